# Sorting: stability, keys, mixed numbers, patterns that merge sorts like, errors in comparisons.
import functools
import operator

data = [5, 3, 9, 1, 5, 7]
print(sorted(data), sorted(data, reverse=True), sorted(data, key=lambda x: -x), data)
people = [("ann", 30), ("bob", 25), ("cid", 30), ("dee", 25)]
print(sorted(people, key=operator.itemgetter(1)), sorted(people, key=lambda p: p[1], reverse=True), sorted(people, key=operator.itemgetter(1, 0)))


def lcg(seed):
    while True:
        seed = (seed * 1103515245 + 12345) % 2 ** 31
        yield seed


for n in (0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 500, 1000, 1025):
    g = lcg(n)
    for name, xs in (("random", [next(g) % (n + 1) for _ in range(n)]), ("up", list(range(n))), ("down", list(range(n, 0, -1))), ("equal", [7] * n), ("saw", [i % 10 for i in range(n)]), ("organ", list(range(n // 2)) + list(range(n // 2, 0, -1))), ("nearly", [i if i % 50 else -i for i in range(n)])):
        pairs = [(v, i) for i, v in enumerate(xs)]
        pairs.sort(key=lambda p: p[0])
        good = all(a[0] < b[0] or a[0] == b[0] and a[1] < b[1] for a, b in zip(pairs, pairs[1:]))
        down = sorted(range(len(xs)), key=xs.__getitem__, reverse=True)
        good = good and all(xs[a] > xs[b] or xs[a] == xs[b] and a < b for a, b in zip(down, down[1:]))
        if not good or sorted(xs) != [p[0] for p in pairs]:
            print("wrong", n, name)
print("sorted all")


class Lt:
    calls = 0

    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        Lt.calls += 1
        return self.v < other.v


print([x.v for x in sorted(map(Lt, [3, 1, 2, 5, 4]))], Lt.calls)
print(sorted(["b", "A", "c", "B"], key=str.lower), sorted(["b", "A", "c"]), sorted("hello world".split(), key=len), sorted([2.5, 1, True, -3]), sorted([[2], [1, 5], [1]]), sorted({"b": 1, "a": 2}), sorted([(1, "a"), (0, "z"), (1, "A")]))
cmp = functools.cmp_to_key(lambda a, b: (a > b) - (a < b))
print(sorted([3, 1, 2], key=cmp), cmp(1) < cmp(2), sorted(["10", "9", "1"], key=int))


class Fail:
    def __lt__(self, other):
        raise RuntimeError("cannot compare")


keep = [Fail(), Fail()]
for fn in (lambda: sorted([1, "a"]), lambda: sorted([None, None]), lambda: sorted(keep), lambda: sorted([1, 2], key=lambda x: 1 / 0), lambda: sorted([1j, 2j]), lambda: sorted([{}, {}]), lambda: [3, 2, "a", 1].sort()):
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)
partial = [3, 1, "x", 2]
try:
    partial.sort()
except TypeError:
    print(sorted(map(str, partial)))
nan = float("nan")
print(len(sorted([3, nan, 1])), sorted([-0.0, 0.0]), sorted([2 ** 70, -2 ** 70, 0, 1.5]))
import bisect
import heapq

a = [1, 3, 3, 7]
bisect.insort(a, 4)
print(bisect.bisect(a, 3), bisect.bisect_left(a, 3), a, bisect.bisect(a, -6, key=lambda v: -v))
h = [5, 2, 8]
heapq.heapify(h)
heapq.heappush(h, 1)
print(heapq.heappop(h), heapq.heappushpop(h, 0), heapq.nlargest(2, data), heapq.nsmallest(2, people, key=lambda p: p[1]), list(heapq.merge([1, 4], [2, 3])))
