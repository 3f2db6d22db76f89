# set and frozenset.
s = {3, 1, 2}
s.add(4)
s.add(1)
s.discard(9)
s.remove(2)
print(sorted(s), len(s), 3 in s, s == {1, 3, 4}, {1} < {1, 2}, {1} <= {1}, {1, 2} > {3}, {1}.isdisjoint({2}), s.issubset(range(9)), s.issuperset([1]))
a, b = {1, 2, 3}, {3, 4}
print(a | b, a & b, a - b, a ^ b, a.union([9], (8,)), a.intersection([1, 5], {1}), a.difference([1]), a.symmetric_difference([1, 7]), a.copy() is a)
c = set(a)
c |= {10}
c &= {10, 1}
c -= {1}
c ^= {10, 11}
print(c, c.update([1], "x"), sorted(map(str, c)), c.pop() in (11, 1, "x"), len(c), c.clear(), c, set(), {*()}, bool(set()))
c.update([1, 2, 3])
c.intersection_update([2, 3])
c.difference_update([3])
c.symmetric_difference_update([2, 5])
print(c, frozenset([1]), frozenset(), frozenset({1}) == {1}, hash(frozenset([1, 2])) == hash(frozenset([2, 1])), {frozenset([1]): "k"}[frozenset({1})], {1} | frozenset({2}), frozenset({1}) | {2}, {1} in {frozenset({1})})
for fn in (lambda: {[]}, lambda: {1}.remove(2), lambda: set().pop(), lambda: {1} + {2}, lambda: {1} | [2], lambda: set(5), lambda: hash({1}), lambda: {1}[0], lambda: frozenset().add, lambda: {1}.update(5), lambda: {1} < [1], lambda: set(1, 2), lambda: [] in {1}, lambda: {1}.foo, lambda: {}.add(1), lambda: {1}.remove([]), lambda: set([[]])):
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)
v = {0, 1, 2}
try:
    for x in v:
        v.add(x + 10)
except RuntimeError as e:
    print(e)
print({1, 1.0, True}, {0, False, 0.0}, len({float("nan"), float("nan")}), {"a"} == frozenset("a"), sorted({"b", "a"}), {(1, 2), (1, 2)}, set("hello") == set("ehlo"))


class S(set):
    pass


print(S([1]), type(S([1]) | {2}).__name__, type(S([1]).copy()).__name__, S([1]) == {1}, repr(S()), frozenset(S([1])))
big = set(range(1000))
big -= set(range(0, 1000, 3))
print(len(big), sum(big), min(big), max(big), 999 in big, len(big & set(range(500))))
print([x in {1, "a", (2,), None, 2.5} for x in (1, "a", (2,), None, 2.5, 1.0, 3)])
