# Unpacking in assignment, calls, displays, loops and returns; and the errors.
a, b = 1, 2
a, b = b, a
(c, d), [e, *f] = (3, 4), range(5)
*g, = "abc"
h, *i, j = [1, 2]
print(a, b, c, d, e, f, g, h, i, j)
for x, (y, *z) in [(1, (2, 3, 4)), (5, "six")]:
    print(x, y, z)
k = l = [0]
k[0], k = 5, "rebound"
print(k, l)
m = [0, 1, 2]
n = 0
n, m[n] = 2, "late index"
print(n, m)


class Target:
    pass


t = Target()
t.attr, m[1], (q, *t.rest) = "attr", "item", "pqr"
print(t.attr, m, q, t.rest)
print([*[1], *(2,), *{3}, *{4: 0}, *"5", *range(6, 8)], {**{"a": 1}, **dict(b=2)}, (*"ab",), {*"aa"})


def f(*args, **kw):
    return args, kw


print(f(*[1], 2, *(3, 4), k=5, **{"l": 6}, **{"m": 7}), f(*"ab", *[]), f(**{}))


def ret():
    return 1, *[2, 3]


def gen():
    yield 0, *[1, 2]


print(ret(), list(gen()))
for source in ("a, b = 1", "a, b = 1,", "a, b = 1, 2, 3", "a, *b, c = 1,", "a, b = {}", "a, b = 'x'", "[a, b] = None", "(a, (b, c)) = 1, 2", "a, b = iter([1])", "a, b = (i for i in range(5))", "for a, b in [1]: pass", "for a, b in [(1,)]: pass", "[*1]", "{**1}", "{*1}", "f(*1)", "f(**1)", "f(**{'a': 1}, **{'a': 2})", "a, b = 5.5", "x, y = {1, 2, 3}", "a, b, c = 'ab'", "[a for a, b in [(1, 2, 3)]]"):
    try:
        exec(source)
        print(source, "fine")
    except Exception as e:
        print(source, "->", type(e).__name__, e)


class Count:
    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        return self.n


count = Count()
a, b = 1, 2
try:
    a, b = count
except ValueError as e:
    print(e, count.n, a, b)


class Fails:
    def __iter__(self):
        yield 1
        raise KeyError("in the middle")


try:
    a, b = Fails()
except KeyError as e:
    print(repr(e), a)
[] = ()
() = []
print("empty targets")
first, *_, last = range(1000)
print(first, last, len(_))
x = y = *[1, 2], 3
print(x, y)
(a, b), c = "xy", [1]
print(a, b, c)
