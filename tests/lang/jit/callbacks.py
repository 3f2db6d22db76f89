# Loops that call Python code back, hot enough for traces: map, filter, __next__, and functions of the prelude.
import functools


class Counter:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Scale:
    def __init__(self, k):
        self.k = k

    def times(self, x):
        return self.k * x

    def odd(self, x):
        return x % self.k == 1


def loops(xs, s):
    t = 0
    for x in map(s.times, xs):
        t += x
    for x in filter(s.odd, xs):
        t += x
    for x in map(lambda y: y + 0.5, xs):
        t += x
    for x in Counter(len(xs)):
        t -= x
    for x in filter(lambda y: y & 4, range(50)):
        t += x
    for x in map(lambda y: y * 2, (y for y in xs)):
        t += x
    for i, x in enumerate(map(s.times, xs)):
        t += i * x
    return t


xs = list(range(60))
print([loops(xs, Scale(k)) for k in range(1, 60)])


def several(xs):
    key = lambda x: -x
    return (
        sorted(xs, key=key)[0],
        min(xs, key=key),
        max(xs, key=lambda x: x % 7),
        sum(map(key, xs)),
        sum(x * 0.25 for x in xs),
        any(x > 58 for x in xs),
        all(x < 58 for x in xs),
        functools.reduce(lambda a, b: a ^ b, xs),
        functools.reduce(lambda a, b: a + b, xs, 0.5),
        len(list(filter(lambda x: x & 1, xs))),
        sum(tuple(x + 1 for x in xs)),
        len(set(x & 15 for x in xs)),
        len(dict((x & 15, x) for x in xs)),
        "".join(str(x & 1) for x in xs)[:7],
        [x for x in map(key, xs)][-1],
    )


for n in range(80):
    r = several(xs[: n % 50 + 2])
print(r)

print("# what changes on the way")


def exact(x):
    return x


def boom(x):
    if x == 97:
        raise KeyError(x)
    return x


def ends(x):
    if x == 1000:
        raise StopIteration
    return x


def total(f, xs):
    t = 0
    try:
        for x in map(f, xs):
            t += x
    except KeyError as e:
        return "KeyError", e.args, t
    return t


for _ in range(20):
    r = total(exact, range(100)), total(boom, range(200)), total(ends, range(2000)), total(str.__len__, ["a"] * 9)
print(r)
for _ in range(20):
    r = total(exact, [1, 2.5, 3] * 9), total(exact, (1, 2) * 50), total(exact, iter({1: 2, 3: 4})), total(Scale(3).times, xs)
print(r)


def grows(xs):
    t = 0
    for x in map(lambda y: (xs.append(y) if len(xs) < 200 else None, y)[1], xs):
        t += x
    return t, len(xs)


print(grows([1]), grows([2, 3]))


def shared(xs):
    # Two loops over one iterator, and a loop that goes on after a break.
    it = iter(xs)
    m = map(lambda x: x + next(it, 0), it)
    t = 0
    for x in m:
        t += x
        if t > 300:
            break
    rest = list(m)
    return t, len(rest), sum(rest)


print([shared(range(n)) for n in (10, 100, 400)])


def keyed(points):
    best = []
    for k in range(1, 40):
        best.append(min(points, key=lambda p: (p[0] - k) ** 2 + p[1]))
        points.sort(key=lambda p: p[1] * k % 11)
    return best[::7], points[:3]


print(keyed([(i * 7 % 31, i * 5 % 13) for i in range(40)]))


class Rows:
    def __init__(self, rows):
        self.rows = rows

    def __iter__(self):
        return (sum(x for x in r if x) for r in self.rows)


for _ in range(50):
    r = max(Rows([range(k) for k in range(12)])), sum(Rows([[1, 2], [3.5]])), any(Rows([[0]])), list(Rows([[], [1]]))
print(r)


def recursive(n):
    return 1 + sum(recursive(k) for k in range(n)) if n else 1


print([recursive(k) for k in range(9)])


def stop_at(n):
    return lambda x: x < n


print([all(map(stop_at(n), range(30))) for n in (3, 29, 30, 31)] * 2, [len(list(filter(stop_at(n), range(30)))) for n in range(40)])


def crossing(start):
    # Numbers that stop fitting a small int while the frame of a generator comes to memory.
    for k in range(31):
        big = start + k
        for j in range(9):
            text = "".join(str(q) for q in range(3))
            yield big - start < k + len(text) + j


for bits in (29, 30, 31, 61, 62, 63):
    print(bits, sum(crossing((1 << bits) - 20)), all(x for x in crossing((1 << bits) - 9)), sum(list(crossing(-(1 << bits) + 7))))
