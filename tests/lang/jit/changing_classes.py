# Classes change while compiled code relies on what they answer.
class A:
    limit = 10

    def get(self):
        return 1

    @property
    def prop(self):
        return 2

    @staticmethod
    def fixed():
        return 3

    def __add__(self, other):
        return 4

    def __len__(self):
        return 5


class B(A):
    pass


def loop(objects, change, rounds=600, at=300):
    total = 0
    for i in range(rounds):
        o = objects[i % len(objects)]
        total += o.get() + o.prop + o.limit + A.fixed() + (o + 1) + len(o)
        if i == at:
            change()
    return total


def changes():
    def set_(c, name, v):
        return lambda: setattr(c, name, v)

    yield lambda: None
    yield set_(A, "get", lambda self: 100)
    yield set_(B, "get", lambda self: 1000)
    yield set_(A, "prop", property(lambda self: 10_000))
    yield set_(B, "prop", 7)
    yield set_(A, "limit", 20)
    yield set_(A, "fixed", staticmethod(lambda: 50))
    yield set_(A, "__add__", lambda self, other: 60)
    yield set_(B, "__len__", lambda self: 70)
    yield lambda: delattr(B, "get")
    yield set_(A, "__getattribute__", lambda self, name: 1 if name != "get" else lambda: 2)


for n, change in enumerate(changes()):
    objects = [[A()], [B()], [A(), B()]][n % 3]
    print(n, loop(objects, change), loop(objects, lambda: None))
del A.__getattribute__


class Counter:
    made = 0

    def __init__(self):
        Counter.made += 1
        self.n = Counter.made


total = 0
for i in range(2000):
    total += Counter().n
print(total, Counter.made)


class Lazy:
    def __getattr__(self, name):
        setattr(type(self), name, lambda self: name)
        return lambda: "first " + name


for k in range(40):
    cls = type("Lazy%d" % k, (Lazy,), {})
    o, out = cls(), []
    for i in range(250):
        out.append(o.answer())
    if k % 13 == 0:
        print(k, out[0], out[-1], len(out))


class Cell:
    value = 0


class Special(Cell):
    pass


def reads(o):
    total = 0
    for i in range(500):
        total += o.value
        if i == 250:
            o.__class__ = Special
            Special.value = 3
    return total


print(reads(Cell()), reads(Special()))


class Meta(type):
    @property
    def wide(cls):
        return 1


class Made(metaclass=Meta):
    pass


total = 0
for i in range(600):
    total += Made.wide
    if i == 300:
        Meta.wide = property(lambda cls: 2)
print(total)


class Base1:
    def f(self):
        return 1


class Base2:
    def f(self):
        return 2


class Derived(Base1):
    pass


d, total = Derived(), 0
for i in range(600):
    total += d.f()
    if i == 299:
        Derived.__bases__ = (Base2,)
print(total)
