# Items of built-in iterators in compiled loops: enumerate, zip, reversed, iter(range).


def enumerated(seq, start):
    n = t = 0
    for i, x in enumerate(seq, start):
        n += i
        t += x
    return n, t


def zipped(a, b):
    t = 0
    for x, y in zip(a, b):
        t += x * y
    return t


def same_twice(a):
    it = iter(a)
    out = []
    for x, y in zip(it, it):
        out.append(x - y)
    return out


def shared(a):
    # The same iterator below both parts.
    it = iter(a)
    t = 0
    for i, (x, y) in enumerate(zip(it, it)):
        t += i * x - y
    return t


def sometimes_shared(a, b):
    out = []
    for k in range(60):
        x = iter(a)
        y = x if k > 40 else iter(b)
        t = 0
        for p, q in zip(x, y):
            t = t * 3 + p - q
        out.append(t % 1000003)
    return out


def backwards(a):
    out = 0
    for x in reversed(a):
        out = (out * 7 + x) % 1000003
    return out


def growing():
    a = [1]
    for i, x in enumerate(a):
        if i < 500:
            a.append(x + i)
    return len(a), a[-1]


def exhausted_for_good():
    a = [1, 2, 3] * 100
    it = iter(a)
    t = 0
    for x in it:
        t += x
    a.append(1000)
    return t, list(it), next(it, "end")


def ranges(n):
    it = iter(range(n))
    t = 0
    for x in it:
        t += x
        if x % 3 == 0:
            t += next(it, 0)
    return t


def large_counts():
    n = 0
    for i, x in enumerate([1] * 200, 2**61 - 50):
        n += i * x
    for i, x in enumerate([1] * 200, 2**62 - 50):
        n += i * x
    for i, x in enumerate([1] * 200, 2**63 - 50):
        n += i * x
    for i, x in enumerate([1] * 200, 2**29 - 50):
        n += i * x
    for i, x in enumerate([1] * 200, 2**30 - 50):
        n += i * x
    return n


def consumed_meanwhile(a):
    it = iter(a)
    out = []
    for x in it:
        if x % 50 == 0:
            out.append(bytes(it)[:3])
        out.append(x)
    return len(out), out[-1]


def strict():
    t = 0
    try:
        for x, y in zip([1, 2] * 100, [3] * 199, strict=True):
            t += x * y
    except ValueError as e:
        return t, str(e)


def kept():
    out = []
    for pair in enumerate(zip((1, 2, 3) * 50, [4, 5] * 75)):
        out.append(pair)
    return out[::31]


def tuples_in_zip(rows):
    t = 0
    for row in rows:
        for i, (a, b) in enumerate(zip(row, row[1:])):
            t += i * (b - a)
    return t


class Sub(list):
    def __iter__(self):
        return iter([9, 8, 7] * 30)


for _ in range(3):
    print(enumerated(list(range(300)), 0), enumerated(tuple(range(300)), 5))
    print(enumerated(range(300), -3), enumerated([0.5] * 300, 0))
    print(zipped(range(200), [3] * 150), zipped((1, 2) * 80, list(range(200))))
    print(same_twice(list(range(201)))[-2:], shared(list(range(301))))
    print(sometimes_shared(list(range(20)), list(range(5, 25)))[::7])
    print(backwards(list(range(300))), growing(), exhausted_for_good(), ranges(500))
    print(large_counts(), consumed_meanwhile([1] * 49 + [50] + [2] * 100), strict())
    print(kept(), tuples_in_zip([tuple(range(k, k + 9)) for k in range(60)]))
    print(enumerated(Sub([1]), 0), zipped(Sub(), Sub()))
