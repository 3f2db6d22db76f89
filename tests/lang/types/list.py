# Every method of list, slices, comparison, mutation while iterating.
a = [3, 1, 2]
a.append(4)
a.extend("xy")
a.insert(1, "in")
a.insert(-100, "first")
a.insert(100, "last")
print(a, len(a), a.pop(), a.pop(0), a.pop(-2), a.index(2), a.count(1), a.remove("in"), a)
a[:] = [5, 3, 9, 1]
a.sort()
print(a, a.sort(reverse=True), a, a.copy() is a, a.copy() == a, a.reverse(), a, a.clear(), a)
b = list(range(10))
b[2:5] = ["a"]
b[0:0] = [-1, -2]
b[::3] = "WXYZ"[:len(b[::3])]
del b[1::4]
b[-1:] = []
print(b, b[::-1], b[5:1:-2], b[-3:], b[100:], b[:0], b * 2, b + [1], [] * 5, [[]] * 2)
c = [1, 2, 3]
c += (4, 5)
c *= 2
c[1:1] = c
print(c, 5 in c, [1, 2] < [1, 3], [1] < [1, 0], [] == [], [1, [2]] == [1, [2]], [1] != (1,), max([[1], [2, 0]]), [1, 2] > [1])
d = [[0] * 3 for _ in range(2)]
d[0][1] = 5
e = [[0] * 2] * 2
e[0][0] = 1
print(d, e, e[0] is e[1])
loop = [1]
loop.append(loop)
print(loop, loop[1][1] is loop, repr([loop]))
f = [1, 2, 3, 4]
for x in f:
    if x < 8:
        f.append(x * 3)
print(f)
g = list(range(8))
for x in g:
    g.remove(x)
print(g)
for fn in (lambda: a.pop(), lambda: [1].pop(5), lambda: [1].index(2), lambda: [1].remove(2), lambda: [1][1], lambda: [1]["a"], lambda: [1][1.0], lambda: [1] + (2,), lambda: [1] * "a", lambda: [1] < 1,
           lambda: list(5), lambda: list(1, 2), lambda: [1, 2].__setitem__(5, 1), lambda: [1, 2, 3].__setitem__(slice(0, 3, 2), [1]), lambda: [1].__setitem__(slice(0, 1), 5), lambda: {[1]: 2}, lambda: hash([]), lambda: [1].foo, lambda: [3, "a"].sort(), lambda: [1].sort(key=5), lambda: [1].sort(lambda x: x), lambda: [1].insert("a", 1), lambda: [1, 2].index(1, 1), lambda: [1].extend(5), lambda: [1][::0], lambda: del_missing(), lambda: [1].__delitem__(3)):
    def del_missing():
        x = [1]
        del x[3]
    try:
        print(fn())
    except Exception as ex:
        print(type(ex).__name__, ex)
print([1, 2, 3].index(3, -1), [*range(3)][True], [1, 2, 3][-1], list("abc"), list({"k": 1}), list((i for i in range(3))), [None] * 3)
print([x for x in [1, [2, [3]]]], sum([[1], [2]], []), any([0, []]), all([]), sorted([3, 1, 2]), list(reversed([1, 2])), [*zip([1, 2], "ab")], list(map(str, [1])), list(filter(None, [0, 1])))
h = [5, 2, 8, 1]
h.sort(key=lambda v: -v)
print(h, sorted("bca", reverse=True), sorted([(1, "b"), (1, "a"), (0, "z")], key=lambda t: t[0]), sorted([True, 0, 2.5, -1]))


class L(list):
    def append(self, x):
        super().append(x * 2)


l = L([1])
l.append(2)
l.extend([3])
print(l, type(l + [1]).__name__, type(l[:]).__name__, isinstance(l, list), l == [1, 4, 3], L("ab"), type(l.copy()).__name__)


class Bomb:
    def __eq__(self, other):
        victim.clear()
        return False


victim = [Bomb(), Bomb(), Bomb()]
print(5 in victim, victim)
victim = [3, 2, 1]


def spoil(x):
    victim.append(x)
    return x


try:
    victim.sort(key=spoil)
except ValueError as ex:
    print(ex, victim)
it = iter([1, 2])
print(next(it), it.__length_hint__(), list(it), next(it, "end"), list(it))
