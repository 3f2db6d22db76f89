# Instructions that meet many kinds of operands: bridges for the first few, then generic operations.


def classes(n):
    source = []
    for k in range(n):
        body = f"class C{k}:\n    def __init__(self):\n"
        if k % 3 == 0:
            body += f"        self.extra{k} = {k}\n"
        body += f"        self.x = {k}\n        self.count = 0\n"
        body += f"    def m(self, y):\n        return self.x * {k % 5} + y\n"
        if k % 7 == 3:
            body += f"    @property\n    def p(self):\n        return self.x + {k}\n"
        elif k % 7 == 4:
            body += f"    p = {k}\n"
        else:
            body += f"    def __getattr__(self, name):\n        return (name, {k})[1]\n"
        source.append(body)
    namespace = {}
    exec("\n".join(source), namespace)
    return [namespace[f"C{k}"]() for k in range(n)]


def calls(objects, rounds):
    total = 0
    for r in range(rounds):
        for o in objects:
            total += o.m(r)
    return total


def reads(objects, rounds):
    total = 0
    for r in range(rounds):
        for o in objects:
            total += o.x
    return total


def stores(objects, rounds):
    for r in range(rounds):
        for o in objects:
            o.count = o.count + r
            o.later = r
    return sum(o.count for o in objects), sum(o.later for o in objects)


def properties(objects, rounds):
    total = 0
    for r in range(rounds):
        for o in objects:
            total += o.p
    return total


for n in (1, 2, 3, 5, 9, 40, 128):
    objects = classes(n)
    print(n, calls(objects, 60), reads(objects, 60), stores(objects, 60), properties(objects, 60))


# What the class or the instance says may change at any time.
def changing(objects, rounds):
    out = []
    for r in range(rounds):
        for o in objects:
            out.append(o.m(r))
        if r == 40:
            type(objects[2]).m = lambda self, y: -1
        if r == 50:
            objects[3].m = lambda y: -2
        if r == 60:
            del type(objects[2]).m
            type(objects[2]).m = lambda self, y: (self.x, y)[0]
        if r == 70:
            objects[4].__dict__["x"] = 1000
        if r == 80:
            objects[5].__class__ = type(objects[6])
    return sum(out)


print(changing(classes(12), 100))


# Attributes that go away.
def missing(objects, rounds):
    seen = 0
    for r in range(rounds):
        for o in objects:
            try:
                seen += o.extra0
            except AttributeError as e:
                seen -= 1
                text = str(e)
    return seen, text


class Plain:
    pass


some = []
for k in range(10):
    o = type(f"D{k}", (Plain,), {})()
    setattr(o, f"a{k}", k)
    if k % 4 != 3:
        o.extra0 = k
    some.append(o)
print(missing(some, 50))


# Slots, instances with a dict, classes and modules at one site.
import math


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self):
        self.x = 5


class Wide:
    def __init__(self):
        for k in range(80):
            setattr(self, f"w{k}", k)
        self.x = 7


class Static:
    x = 11


class Meta(type):
    x = 13


class WithMeta(metaclass=Meta):
    pass


math.x = 17
mixed = [Slotted(), Wide(), Static(), Static, WithMeta, math] + classes(6)
print(reads(mixed, 60))
del math.x
try:
    reads(mixed, 3)
except AttributeError as e:
    print(e)


# Numbers of all kinds in turn.
def flips(values, rounds):
    h = 0
    f = 0
    text = []
    for r in range(rounds):
        for v in values:
            if isinstance(v, int):
                h ^= v
                h = h >> 1 if h > v else h | 1
            f = f + v
            if f > v:
                f -= v * 2
        text.append((h, f))
    return len(text), text[-1]


big = 2**62
print(flips([1, big, True, 2.5, -3, big + 5, 1 << 70, 0.0, -big, 7], 60))
print(flips([big - 1, 1, big, 3, -big - 1], 200))


def index(values, keys, rounds):
    out = 0
    for r in range(rounds):
        for v in values:
            for k in keys:
                try:
                    x = v[k]
                except (KeyError, IndexError, TypeError):
                    out -= 1
                else:
                    out += x if isinstance(x, int) else len(x)
    return out


print(index([[1, 2], (3, 4, 5), {0: 6, 1: 7}, "ab", b"xyz", range(9), bytearray(b"q")], [0, 1, True, -1], 60))


# Functions of many codes at one call.
functions = {}
exec("\n".join(f"def f{k}(x, y={k}):\n    return x * {k} + y\n" for k in range(60)), functions)
functions = [functions[f"f{k}"] for k in range(60)]


def apply(functions, rounds):
    total = 0
    for r in range(rounds):
        for f in functions:
            total += f(r)
    return total


print(apply(functions, 50), apply(functions[:3], 50))


def raising(functions, rounds):
    total = 0
    for r in range(rounds):
        for f in functions:
            try:
                total += f(r)
            except ZeroDivisionError:
                total -= 1
    return total


def bad(x):
    return 1 // (x % 3)


print(raising(functions[:20] + [bad] + functions[20:40], 50))
