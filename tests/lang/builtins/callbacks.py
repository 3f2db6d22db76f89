# Built-in functions that call Python code back: what they answer, what they raise, and who is seen meanwhile.
import functools
import inspect
import sys
import traceback
import warnings


def entries(f):
    """What `f` raises, and the functions of its traceback."""
    try:
        return f()
    except Exception as e:
        names = [x.name for x in traceback.extract_tb(e.__traceback__)][1:]
        return type(e).__name__, str(e), names


def numbers(n):
    for i in range(n):
        yield i


def stops_at(n):
    def f(x):
        if x == n:
            raise StopIteration
        return x

    return f


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Container:
    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        for x in self.items:
            yield x


class Point:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"Point({self.x})"

    def __lt__(self, other):
        return self.x < other.x

    def __gt__(self, other):
        return self.x > other.x

    def scaled(self, n):
        return self.x * n

    def __call__(self, n):
        return self.x + n


class Int(int):
    pass


def compensated():
    # Ints, then floats with compensation, then anything; never back.
    for items in [1e16] + [1] * 10, [Int(1)] + [0.1] * 10, [2**62, 2**62] + [0.1] * 10 + [-(2**63)]:
        yield sum(x for x in items)
        yield sum(items)
    for items in [0.1] * 5 + [2**70] + [0.1] * 5, [0.1, 1j] + [0.1] * 9, [0.1, True, Int(3), True] + [1e16, True, True]:
        yield sum(x for x in items)
        yield sum(items)
    for start in True, Int(0), 0.0, 0j, 2**63:
        yield sum((x for x in [0.1] * 10), start)
        yield sum([0.1] * 10, start)
    yield sum(x for x in [float("inf"), 1.0]), sum(x for x in [1e308, 1e308]), sum(x for x in [float("nan"), 1.0])


print("# answers")
for _ in range(4):
    print(any(x > 5 for x in range(10)), any(x > 50 for x in range(10)), any(numbers(0)))
    print(all(x < 5 for x in range(10)), all(x < 50 for x in range(10)), all(numbers(0)))
    print(sum(numbers(10)), sum(numbers(5), 100), sum(numbers(0), 3.5), sum(([x] for x in range(3)), []))
    print(sum(x * 0.1 for x in range(10)), sum([0.1] * 10), sum(x for x in [1, 2.5, 3, 1e100, 1, -1e100]))
    print(sum(x for x in [1, 2.5, 3j, 4]), sum((x for x in [1e308, 1e308, -1e308])), sum(Container(1, True, 2)))
    print(*map(repr, compensated()))
    print(sum(x for x in [2**62, 2**62, 2**62, -5]), sum(x for x in [True, True]), sum((x for x in [1, 2]), True))
    print(min(x for x in [3, 1, 2]), max(x for x in [3, 1, 2]), min(Countdown(4)), max(Container(5, 7, 6)))
    print(min([3, 1, 2], key=lambda x: -x), max((x for x in "bca"), key=ord), max(1, 5, 3, key=lambda x: -x))
    print(min((x for x in ()), default="none"), max([], key=lambda x: x, default=None), min(numbers(0), default=7))
    print(min([Point(3), Point(1)], key=lambda p: p.x), max([Point(3), Point(1)], key=lambda p: p))
    print(sorted([3, 1, 2], key=lambda x: -x), sorted("bca", key=lambda c: ord(c), reverse=True))
    print(sorted(numbers(5), reverse=True), sorted((c for c in "hello")), sorted(numbers(5), key=lambda x: x % 3))
    print(sorted({3: 1, 1: 2}, key=lambda k: k), sorted([Point(2), Point(1)], key=lambda p: p.x))
    data = [(1, "b"), (0, "c"), (1, "a"), (0, "d")]
    data.sort(key=lambda p: p[0])
    print(data)
    data.sort(key=lambda p: p[0], reverse=True)
    print(data, data.sort(key=lambda p: p[1]), data)
    print(functools.reduce(lambda a, b: a * b, [1, 2, 3, 4]), functools.reduce(lambda a, b: a + b, numbers(5), 10))
    print(functools.reduce(lambda a, b: a + b, "abc", ""), functools.reduce(lambda a, b: b, Countdown(3)))
    print(list(numbers(4)), tuple(numbers(4)), sorted(set(numbers(4))), frozenset(numbers(1)), dict((x, -x) for x in range(3)))
    print(dict([x, x + 1] for x in range(3)), dict(p for p in ["ab", "cd"]), list(x for x in Countdown(3)))
    print("-".join(str(x) for x in range(5)), "".join(c for c in ""), ", ".join(map(str, numbers(3))))
    print(b"-".join(bytes([x + 65]) for x in range(3)), b"".join(map(lambda x: b"x", "ab")), str(-5), str(7), str(1234567890123))
    print(list(map(lambda x: x + 1, [1, 2, 3])), list(map(lambda x: x + 1, numbers(3))), list(map(lambda x, y: x + y, "ab", "cd")))
    print(list(filter(lambda x: x % 2, range(7))), list(filter(lambda x: x % 2, numbers(7))), list(filter(None, numbers(3))))
    print(list(map(Point(3).scaled, range(3))), list(map(Point(3), range(3))), list(map(Point, range(2))))
    print([x for x in map(Point(2).scaled, numbers(3))], [x for x in filter(Point(0).scaled, range(3))])
    print(list(Countdown(3)), [x for x in Countdown(3)], tuple(Countdown(3)), sum(Countdown(5)), any(Countdown(2)))
    print(sum(map(lambda x: x * x, range(5))), sum(filter(lambda x: x > 2, numbers(6))), max(map(lambda x: -x, numbers(4))))
    xs = [0]
    xs.extend(x * x for x in numbers(4))
    xs.extend(map(lambda x: -x, xs[:2]))
    print(xs, xs.extend(Countdown(2)), xs)

print("# StopIteration out of a callback ends the iteration of map and filter, and is an error in a generator")
print(list(map(stops_at(3), range(10))), [x for x in map(stops_at(2), numbers(9))], sum(map(stops_at(4), range(9))))
print(list(filter(stops_at(3), range(10))), [x for x in filter(stops_at(2), numbers(9))])
print(entries(lambda: sum(stops_at(3)(x) for x in range(9))))
print(entries(lambda: sorted([1, 2, 3], key=stops_at(2))), entries(lambda: min([1, 2, 3], key=stops_at(2))))
print(entries(lambda: functools.reduce(lambda a, b: stops_at(b)(b), [1, 2])))

print("# errors")


def divides(x):
    return 6 // (2 - x)


print(entries(lambda: sum(divides(x) for x in range(5))))
print(entries(lambda: any(divides(x) > 100 for x in range(5))))
print(entries(lambda: sorted(range(5), key=divides)))
print(entries(lambda: list(range(5)).sort(key=divides)))
print(entries(lambda: max(range(5), key=divides)))
print(entries(lambda: list(map(divides, range(5)))))
print(entries(lambda: [x for x in map(divides, numbers(5))]))
print(entries(lambda: list(filter(divides, numbers(5)))))
print(entries(lambda: functools.reduce(lambda a, b: divides(b), range(5))))
print(entries(lambda: "".join(str(divides(x)) for x in range(5))))
print(entries(lambda: dict((x, divides(x)) for x in range(5))))
print(entries(lambda: set(divides(x) for x in range(5))))
print(entries(lambda: min(x for x in ())), entries(lambda: max([], key=len)), entries(lambda: max((x for x in ()), key=divides)))
print(entries(lambda: functools.reduce(lambda a, b: a, [])), entries(lambda: functools.reduce(lambda a, b: a, numbers(0))))
print(entries(lambda: functools.reduce(lambda a, b: a, 5)), entries(lambda: functools.reduce(5, [1, 2])))
print(entries(lambda: sum(x for x in "ab")), entries(lambda: sum((x for x in "ab"), "")))
print(entries(lambda: sum((x for x in [1, None]))), entries(lambda: sum((x for x in [1.5, None]))))
print(entries(lambda: sum(5)), entries(lambda: any(5)), entries(lambda: list(5)))
print(entries(lambda: b"".join(x for x in [b"a", 3])))
print(entries(lambda: "".join(x for x in ["a", 3])), entries(lambda: "".join(5)))
print(entries(lambda: dict(x for x in [(1, 2), (1, 2, 3)])), entries(lambda: dict(x for x in [(1, 2), 3])))
print(entries(lambda: set(x for x in [1, [2]])), entries(lambda: {}.fromkeys(x for x in [[]])))
print(entries(lambda: min((x for x in [1, "a"]))), entries(lambda: sorted((x for x in [1, "a"]))))
print(entries(lambda: sorted([2, 1], key=lambda x: x, reverse=[])), entries(lambda: sorted([2, 1], key=lambda: 0)))
print(entries(lambda: min(numbers(3), 4, key=lambda x: x)), entries(lambda: max(1, 2, key=lambda x: x, default=3)))


class NotIterable:
    def __iter__(self):
        return 5


class Raises:
    def __iter__(self):
        return self

    def __next__(self):
        raise KeyError("no")


print(entries(lambda: sum(NotIterable())), entries(lambda: any(NotIterable())), entries(lambda: list(Raises())))
print(entries(lambda: max(Raises())), entries(lambda: [x for x in Raises()]), entries(lambda: tuple(Raises())))

print("# a list while it is sorted")
seen = []
xs = [3, 1, 2]
xs.sort(key=lambda x: (seen.append(list(xs)), x)[1])
print(seen, xs)


def grow(x):
    xs.append(x)
    return x


try:
    xs.sort(key=grow)
except ValueError as e:
    print(e, xs)


def fails(x):
    xs.append(x)
    if x == 2:
        raise KeyError(x)
    return -x


try:
    xs.sort(key=fails)
except KeyError as e:
    print(repr(e), xs, e.__context__)


class Unordered:
    def __init__(self, x):
        self.x = x

    def __lt__(self, other):
        raise RuntimeError("no order")


xs = [Unordered(1), Unordered(2)]
print(entries(lambda: xs.sort(key=lambda x: x)), [x.x for x in xs])

print("# frames")


def frames():
    f = sys._getframe(1)
    names = []
    while f is not None and f.f_code.co_name != "<module>":
        names.append(f.f_code.co_name)
        f = f.f_back
    return names


def callers(*_):
    return tuple(frames()[1:])


def look():
    here = "local"
    yield callers
    print(any(print(callers()) for _ in "a"), sum([], start=0))
    print(sorted([1], key=lambda x: callers()), max([1, 2], key=lambda x: (print(callers()), x)[1]))
    print(list(map(callers, [1])), list(map(lambda x: sys._getframe(1).f_locals["here"], [1])))
    print(functools.reduce(lambda a, b: callers(), [1, 2]))
    print([x for x in map(callers, numbers(1))], list(inspect.stack()[1][3] for _ in "a"))
    print(list(sorted(sys._getframe().f_back.f_locals)[:1] for _ in "a"))


for x in look():
    pass


def warns(x):
    warnings.warn("here", stacklevel=2)
    return x


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    sorted([1, 2], key=warns)
    line = sys._getframe().f_lineno - 1
    list(map(warns, [1]))
    print([w.lineno - line for w in caught])

print(list(map(lambda x: len(locals()), [1])), list(len(globals()) > 5 for _ in "a"))


def lines():
    return sum(
        divides(x)
        for x in range(5)
    )


try:
    lines()
except ZeroDivisionError:
    print(traceback.format_exc().replace(__file__, "FILE"), end="")
try:
    sorted(range(5),
           key=divides)
except ZeroDivisionError:
    print(traceback.format_exc().replace(__file__, "FILE"), end="")

print("# what is left behind")
g = numbers(10)
print(any(x == 3 for x in g), next(g), all(x < 6 for x in g), list(g))
it = iter(range(10))
print(any(map(lambda x: x == 4, it)), next(it))
m = map(divides, range(5))
print(entries(lambda: list(m)), next(m))
g = iter([1, [2], 3])
try:
    set(x for x in g)
except TypeError:
    print(list(g))

print("# recursion")


def tree(n):
    return sum(tree(n - 1) for _ in range(2)) + 1 if n else 1


print(tree(6))


def deep(n):
    return max([n], key=lambda x: deep(n + 1))


try:
    deep(0)
except RecursionError as e:
    print(e)


def nested(n):
    return any(nested(n - 1) for _ in "a") if n else True


print(nested(100))
try:
    nested(100000)
except RecursionError as e:
    print(e)


print("# functions that change meanwhile")


def f(x):
    return x


def other(x, y=1):
    return x + y


def swaps(n):
    for i in range(n):
        if i == 2:
            f.__code__ = other.__code__
            f.__defaults__ = (10,)
        yield i


print([x for x in map(f, swaps(4))])


class Changing:
    n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n == 3:
            Changing.__next__ = Changing.later
        return self.n

    def later(self):
        if self.n > 4:
            raise StopIteration
        self.n += 1
        return self.n * 100


print(entries(lambda: [x for x in Changing()]))
