# Loops over built-in iterators, unpacking, building and closures in hot loops.


def run(f, n=600):
    for k in range(3):
        try:
            print(f.__name__, f(n))
        except Exception as e:
            tb = e.__traceback__.tb_next
            print(f.__name__, type(e).__name__, e, tb.tb_lineno - f.__code__.co_firstlineno)


class Count:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0:
            raise StopIteration
        return self.n


def over_dicts(n):
    t = 0
    for k in range(n // 10):
        d = {j: j * k for j in range(k % 12)}
        for key in d:
            t += key
        for v in d.values():
            t += v
        for key, v in d.items():
            t += key * v
        for key in reversed(d):
            t -= key
    return t


def over_others(n):
    t = 0
    for k in range(n // 10):
        for x in {1, 2, k}:
            t += x
        for c in "añb"[:k % 4]:
            t += ord(c)
        for b in b"xyz":
            t += b
        for i, x in enumerate([5, 6, 7], 2):
            t += i * x
        for x, y in zip(range(k % 7), "abcd"):
            t += x + ord(y)
        for x in reversed([1, 2, 3]):
            t = t * 3 + x
            t %= 1000003
        for x in range(k % 5, 30, 4):
            t += x
        for x in range(10, 0, -3):
            t += x
        for x in (1, 2.5, None)[:2]:
            t += x
    return t


def long_loop(n):
    t = 0
    for k, x in enumerate({j: j for j in range(n)}):
        t += k * x
    for k, (x, y) in enumerate(zip(range(n), range(n, 0, -1))):
        t += x * y - k
    return t


def zip_uneven(n):
    t = 0
    for k in range(n // 10):
        a, b = iter(range(10)), iter(range(k % 12))
        for x, y in zip(a, b):
            t += x * y
        t += len(list(a)) * 100
    return t


def zip_users(n):
    t = 0
    for k in range(n // 10):
        a = iter(range(10))
        b = iter(range(7)) if k < n // 20 else Count(7)
        for x, y in zip(a, b):
            t += x * y
        t += len(list(a)) * 100
    return t


def users(n):
    t = 0
    for k in range(n // 10):
        for x in [1, 2, 3] if k < n // 20 else Count(5):
            t += x
        for i, x in enumerate(Count(3)):
            t += i * x
        for x in (j for j in (1, 2, 3)):
            t += x
    return t


def nested(n):
    t = 0
    for a in range(4):
        for b in {1: 2, 3: 4}:
            for c in "abcdef":
                for d in {a, b}:
                    for i, e in enumerate((1, 2)):
                        t += a * b + ord(c) * d - i * e
    return t


def changed(n):
    d = {k: 0 for k in range(n)}
    t = 0
    for k in d:
        t += k
        if k == n - 50:
            d["x"] = 1
    return t


def changed_set(n):
    s = set(range(n))
    for k in s:
        if k == n - 50:
            s.discard(0)
    return len(s)


def not_iterable(n):
    t = 0
    for k in range(n):
        for x in (1,) if k < n - 2 else k:
            t += x
    return t


def list_grows(n):
    l = [1]
    t = 0
    for x in l:
        t += x
        if len(l) < n:
            l.append(len(l))
    return t


def unpacking(n):
    t = 0
    for k in range(n):
        a, b = [k, 1]
        c, d, e = (k, 2, 3)
        (f, g), h = [(1, k), 2]
        a, b = b, a
        x, *y = [1, 2, k]
        p, q = "xy"
        t += a - b + c * d + e + f * g + h + len(y) + (p < q)
    return t


def unpack_bad(n):
    t = 0
    for k in range(n):
        a, b = (1, 2) if k < n - 2 else (1, 2, 3)
        t += a + b
    return t


def unpack_bad_list(n):
    t = 0
    for k in range(n):
        a, b = [1, 2] if k < n - 2 else [1]
        t += a + b
    return t


def building(n):
    out = None
    for k in range(n):
        l = [k, k + 1]
        m = [k, 1, 2, 3, 4, 5, 6, 7, 8, k * 1.5, "x"]
        s = {k % 3, 1}
        d = {"a": k, k: 1}
        e = {"a": k, "b": 1, "c": 2, "d": 3, "e": 4}
        t = (k, l, m)
        text = f"{k}-{l}-{sorted(s)}-{k / 2:.2f}"
        u = [*l, *t[:1]]
        v = {**d, "z": 1}
        w = (*l, k)
        out = l, m, sorted(s), d, e, text, u, v, w
    return out


def build_bad(n):
    for k in range(n):
        s = {1, k if k < n - 2 else []}
        d = {k: s}
    return d


def comprehensions(n):
    t = 0
    for k in range(n // 5):
        t += len([x for x in range(k % 40) if x % 2]) + len({x % 5 for x in range(20)})
        t += len({x: k for x in "abcabc"}) + sum([x * y for x in range(4) for y in (1, 2)])
    return t


def closures(n):
    total = 0

    def add(x):
        nonlocal total
        total += x
        return total

    fs = []
    for k in range(n):
        def f(a, b=k):
            return a + b + k

        g = lambda: k
        add(f(1))
        if k % 100 == 0:
            fs.append((f, g))
    return total, [(f(1), g()) for f, g in fs]


def cells(n):
    fs = []
    for k in range(n):
        def make(k):
            x = k

            def inner():
                return x + k
            return inner
        fs.append(make(k))
    return sum(f() for f in fs)


for f in [
    over_dicts, over_others, long_loop, zip_uneven, zip_users, users, nested, changed, changed_set, not_iterable,
    list_grows, unpacking, unpack_bad, unpack_bad_list, building, build_bad, comprehensions, closures, cells,
]:
    run(f)
