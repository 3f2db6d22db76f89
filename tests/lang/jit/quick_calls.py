# Native functions in hot loops: quick where they run no Python code, right where they do or fail.
import math
import operator
import random
from collections import deque


def run(f, n=600):
    for k in range(3):
        try:
            print(f.__name__, f(n))
        except Exception as e:
            tb = e.__traceback__.tb_next
            print(f.__name__, type(e).__name__, e, tb.tb_lineno - f.__code__.co_firstlineno)


class Odd:
    log = []

    def __init__(self, n):
        self.n = n

    def __len__(self):
        Odd.log.append("len")
        return self.n % 10

    def __abs__(self):
        return self.n

    def __hash__(self):
        Odd.log.append("hash")
        return 1

    def __eq__(self, other):
        Odd.log.append("eq")
        return self is other

    def __lt__(self, other):
        Odd.log.append("lt")
        return self.n < other.n

    def __float__(self):
        return 2.25

    def __int__(self):
        return 7

    def __str__(self):
        return "odd%d" % self.n


class Meta(type):
    def __instancecheck__(cls, x):
        return x == 3


class Checked(metaclass=Meta):
    pass


class Base:
    pass


class Derived(Base):
    pass


def lengths(n):
    values = [[1, 2], (1,), "abc", "é" * 70, {1: 1}, {1, 2}, b"xy", range(9), frozenset("a"), bytearray(3)]
    t = 0
    for k in range(n):
        for v in values:
            t += len(v)
        t += len(Odd(k)) if k > 400 else 0
    return t


def length_changes(n):
    l, d, s = [], {}, set()
    t = 0
    for k in range(n):
        l.append(k)
        d[k] = k
        s.add(k % 50)
        t += len(l) + len(d) + len(s)
        if k % 100 == 99:
            l.clear()
            d.clear()
    return t


def length_bad(n):
    t = 0
    for k in range(n):
        x = "abc" if k < n - 2 else k
        t += len(x)
    return t


def scalars(n):
    t = 0
    for k in range(n):
        t += ord(chr(k + 65)) + abs(-k) + abs(k * -0.5) + int("12") + int(k * 1.7) + float(k) + float("1.5")
        t += min(k, 300) + max(k, 10.5) + min(3, k, 7) + max([k, 2]) + bool(k % 2) + len(str(k)) + round(k / 7)
        t += hash(k) + hash("a") % 1 + divmod(k, 7)[0] + pow(2, k % 9) + sum([k, 1.5]) + len(repr(k)) + len(hex(k))
    return t


def scalars_user(n):
    t = 0
    for k in range(n):
        x = k if k < 300 else Odd(k)
        t += abs(x) + float(x) + int(x) + len(str(x))
    return t


def int_bad(n):
    t = 0
    for k in range(n):
        t += int("5" if k < n - 2 else "five")
    return t


def chr_bad(n):
    t = 0
    for k in range(n):
        t += ord(chr(1114111 - n + 4 + k))
    return t


def checks(n):
    values = [1, 1.5, "x", None, True, Base(), Derived(), [], Odd(3), 3]
    t = 0
    for k in range(n):
        for v in values:
            t += isinstance(v, int) + 2 * isinstance(v, Base) + 4 * isinstance(v, (str, list, Derived))
            t += 8 * isinstance(v, Checked) if not isinstance(v, Odd) else 0
            t += 16 * (type(v) is int) + 32 * issubclass(type(v), Base) + 64 * (type(v) == Derived)
    return t


def bases_change(n):
    class A:
        pass

    class B:
        pass

    class C(A):
        pass

    c, t = C(), 0
    for k in range(n):
        t += isinstance(c, B)
        if k == 400:
            C.__bases__ = (B,)
    return t


def mathematics(n):
    t = 0.0
    for k in range(1, n):
        x = k / 7
        t += math.sqrt(x) + math.sin(x) + math.cos(k) + math.exp(-x) + math.log(x) + math.atan2(x, 2) + math.fabs(-x)
        t += math.floor(x) + math.ceil(x) + math.pow(x, 1.5) + math.hypot(x, 1) + math.tan(x) + math.atan(x)
        t += math.gcd(k, 12) + math.isqrt(k) + math.copysign(1, -x) + math.fsum([x, 1])
    return round(t, 6)


def sqrt_bad(n):
    t = 0
    for k in range(n):
        t += math.sqrt(n - 3 - k)
    return t


def exp_bad(n):
    t = 0
    for k in range(n):
        t += math.exp(k * 2.0)
    return t


def sin_bad(n):
    t = 0
    for k in range(n):
        t += math.sin(k if k < n - 2 else math.inf)
    return t


def math_user(n):
    t = 0
    for k in range(n):
        t += math.sqrt(k if k < 300 else Odd(k))
    return round(t, 6)


def list_methods(n):
    l = []
    for k in range(n):
        l.append(k)
        l.extend([k, 1])
        l.insert(0, k)
        if len(l) > 30:
            l.pop()
            l.pop(0)
            l.reverse()
            l.remove(1)
            l = l[:10]
        l.sort()
        t = l.index(k) + l.count(1) + len(l.copy())
    return l, t


def pop_bad(n):
    l = list(range(n - 3))
    t = 0
    for k in range(n):
        t += l.pop()
    return t


def remove_bad(n):
    l = list(range(n))
    for k in range(n):
        l.remove(k if k < n - 3 else -1)
    return l


def sort_user(n):
    Odd.log.clear()
    t = 0
    for k in range(n):
        l = [3, 1, 2] if k < 400 else [Odd(3), Odd(1), Odd(2)]
        l.sort()
        t += l[0] if k < 400 else l[0].n
    return t, len(Odd.log)


def sort_bad(n):
    l = []
    for k in range(n):
        l = [3, 1, 2 if k < n - 2 else "x"]
        l.sort()
    return l


def extend_user(n):
    def numbers():
        yield 1
        yield 2

    l = []
    for k in range(n):
        l.extend([k] if k < 300 else numbers())
    return len(l), l[-3:]


def dict_methods(n):
    d = {}
    t = 0
    for k in range(n):
        t += d.get(k % 20, 5)
        d.setdefault(k % 30, []).append(k) if k % 20 > 19 else d.setdefault(k % 30, k)
        t += len(d.keys()) + len(d.values()) + len(d.items())
        if k % 7 == 0:
            t += d.pop(k % 30, 3)
        d.update({k % 3: 1})
    return t, sorted(d)[:5]


def dict_get_user(n):
    Odd.log.clear()
    d = {1: 10}
    x = Odd(1)
    t = 0
    for k in range(n):
        t += d.get(1 if k < 400 else x, 1)
        if k == 450:
            d[x] = 100
    return t, len(Odd.log)


def dict_pop_bad(n):
    d = {k: k for k in range(n - 3)}
    for k in range(n):
        d.pop(k)
    return d


def set_methods(n):
    s = set()
    t = 0
    for k in range(n):
        s.add(k % 40)
        s.discard(k % 7)
        t += len(s.union({1, 2})) + s.issubset({1}) + len(s.intersection([1])) + s.isdisjoint(set())
    return t


def set_remove_bad(n):
    s = set(range(n - 3))
    for k in range(n):
        s.remove(k)
    return s


def str_methods(n):
    t = 0
    for k in range(n):
        s = " Ab,cd,%d " % k
        t += len(s.strip().split(",")) + s.find("c") + s.startswith(" A") + len("-".join(["a", s])) + s.count("d")
        t += len(s.upper().lower().replace("a", "bb")) + s.isdigit() + len(s.encode()) + len(s.partition(",")[2])
        t += len("{} {:>5}".format(k, s)) + len(f"{k:04d}{s!r}{k}") + "7".isdigit() + len(b"a,b".split(b","))
    return t


def join_bad(n):
    t = 0
    for k in range(n):
        t += len("".join(["a", "b" if k < n - 2 else 5]))
    return t


def format_user(n):
    t = 0
    for k in range(n):
        x = k if k < 300 else Odd(k)
        t += len(f"{x}") + len("%s" % x) + len(str(x)) + len("{}".format(x))
    return t


def constructors(n):
    t = 0
    for k in range(n):
        t += len(list(range(k % 5))) + len(tuple([1, k])) + len(set("aab")) + len(dict()) + len(list("abc"))
        t += sum(list(map(abs, [-1, 2]))) + len(list(zip([1, 2], "ab"))) + len(bytes(3)) + sum(range(k % 9))
        t += len(sorted([3, 1, k])) + any([0, k % 2]) + all([1, k % 3])
    return t


def generators_consumed(n):
    t = 0
    for k in range(n):
        g = (x for x in [1, 2, 3])
        t += sum(g) + len(list(g)) + len(tuple(x for x in "ab")) + max(x for x in [1, k]) + sum(x * 2 for x in (1, 2))
    return t


def objects(n):
    q, r = deque(), random.Random(5)
    t = 0
    for k in range(n):
        q.append(k)
        q.appendleft(-k)
        if k % 3:
            t += q.pop() + q.popleft()
        r.random()
        t += operator.add(k, 1) + operator.lt(k, 5) + operator.mul("a", 2).count("a")
    return t, len(q), round(r.random(), 9)


def deque_bad(n):
    q = deque(range(n - 3))
    for k in range(n):
        q.popleft()
    return q


def receivers(n):
    t = 0
    for k in range(n):
        f = str.upper if k < n - 2 else str.lower
        t += len(f("abc" if k < n - 1 else 5))
    return t


def bound(n):
    l, out = [], 0
    append, get = l.append, {k: k for k in range(9)}.get
    for k in range(n):
        append(k)
        out += get(k % 12, -1)
    return len(l), l[-1], out


def replaced(n):
    t = 0
    for k in range(n):
        if k == 300:
            globals()["len"] = lambda x: 1000
        t += len("abc")
    del globals()["len"]
    return t


def nexts(n):
    t = 0
    it = iter(range(n + 5))
    for k in range(n):
        t += next(it)
    return t, next(it)


def next_bad(n):
    t = 0
    it = iter([1] * (n - 3))
    for k in range(n):
        t += next(it)
    return t


for f in [
    lengths, length_changes, length_bad, scalars, scalars_user, int_bad, chr_bad, checks, bases_change, mathematics,
    sqrt_bad, exp_bad, sin_bad, math_user, list_methods, pop_bad, remove_bad, sort_user, sort_bad, extend_user,
    dict_methods, dict_get_user, dict_pop_bad, set_methods, set_remove_bad, str_methods, join_bad, format_user,
    constructors, generators_consumed, objects, deque_bad, receivers, bound, replaced, nexts, next_bad,
]:
    run(f)
