# Data and non-data descriptors, properties, __getattr__ and friends, __set_name__.
class Typed:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        self.name = name
        print("set_name", owner.__name__, name)

    def __get__(self, obj, owner=None):
        if obj is None:
            return self
        return obj.__dict__.get(self.name, f"no {self.name}")

    def __set__(self, obj, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name} must be {self.kind.__name__}, not {type(value).__name__}")
        obj.__dict__[self.name] = value

    def __delete__(self, obj):
        del obj.__dict__[self.name]


class Point:
    x = Typed(int)
    y = Typed(int)


p = Point()
p.x = 3
print(p.x, p.y, isinstance(Point.x, Typed))
try:
    p.y = "no"
except TypeError as e:
    print(e)
p.__dict__["x"] = 99
print(p.x)
del p.x
print(p.x)


class NonData:
    def __get__(self, obj, owner):
        return "descriptor", obj is None


class Holder:
    attr = NonData()


h = Holder()
print(h.attr, Holder.attr)
h.attr = "instance wins"
print(h.attr)


class Temp:
    def __init__(self):
        self._c = 0

    @property
    def f(self):
        "Fahrenheit"
        return self._c * 9 / 5 + 32

    @f.setter
    def f(self, v):
        self._c = (v - 32) * 5 / 9

    @f.deleter
    def f(self):
        self._c = None

    ro = property(lambda self: 1)


t = Temp()
t.f = 212
print(t.f, t._c, Temp.f.__doc__, Temp.f.fset is not None)
del t.f
print(t._c)
for action in ("t.ro = 1", "del t.ro", "Temp.nothing", "t.nothing = Temp.f.nothing"):
    try:
        exec(action)
    except AttributeError as e:
        print(action, "->", e)


class Dynamic:
    def __init__(self):
        self.log = []

    def __getattr__(self, name):
        if name.startswith("dyn_"):
            return name[4:]
        raise AttributeError(f"no {name}", name=name, obj=self)

    def __setattr__(self, name, value):
        if name != "log":
            self.log.append(("set", name))
        object.__setattr__(self, name, value)

    def __delattr__(self, name):
        self.log.append(("del", name))
        object.__delattr__(self, name)


d = Dynamic()
d.a = 1
print(d.dyn_hello, d.a, getattr(d, "b", "default"), hasattr(d, "c"))
del d.a
try:
    del d.a
except AttributeError as e:
    print(e)
print(d.log)


class Intercept:
    x = 1

    def __getattribute__(self, name):
        if name == "x":
            return "intercepted"
        return super().__getattribute__(name)


print(Intercept().x, Intercept.x)


class Lazy:
    def __init__(self, f):
        self.f = f

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, obj, owner):
        value = obj.__dict__[self.name] = self.f(obj)
        return value


class Page:
    @Lazy
    def body(self):
        print("computing")
        return "text"


page = Page()
print(page.body, page.body)


class WithClassGet:
    def __class_getitem__(cls, item):
        return cls.__name__, item


print(WithClassGet[int], WithClassGet[1, 2])
print(Temp.f.__get__(t) if t._c is not None else "unset", type(Temp.__dict__["f"]).__name__)
