# Metaclasses: __prepare__, __new__, __call__, conflicts, keyword arguments, __init_subclass__.
class Recorder(dict):
    def __init__(self):
        self.order = []

    def __setitem__(self, k, v):
        self.order.append(k)
        super().__setitem__(k, v)


class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        print("prepare", name, [b.__name__ for b in bases], kw)
        return Recorder()

    def __new__(mcs, name, bases, ns, **kw):
        cls = super().__new__(mcs, name, bases, dict(ns))
        cls.order = [k for k in ns.order if not k.startswith("__")]
        return cls

    def __init__(cls, name, bases, ns, **kw):
        print("init", name, kw)
        super().__init__(name, bases, ns)

    def __call__(cls, *args):
        print("call", cls.__name__, args)
        return super().__call__(*args)

    def __instancecheck__(cls, obj):
        return obj == "magic" or super().__instancecheck__(obj)

    def __len__(cls):
        return len(cls.order)

    def __getattr__(cls, name):
        return f"meta:{name}"

    def __iter__(cls):
        return iter(cls.order)

    @property
    def shout(cls):
        return cls.__name__.upper()


class A(metaclass=Meta, flag=1):
    z = 1
    y = 2

    def method(self):
        pass


print(A.order, len(A), list(A), A.missing, A.shout, isinstance("magic", A), isinstance(1, A))
a = A()
try:
    a.missing
except AttributeError as e:
    print(e)


class B(A, extra="k"):
    w = 0


print(type(B).__name__, B.order)


class Other(type):
    pass


try:
    class Conflict(A, metaclass=Other):
        pass
except TypeError as e:
    print(e)


class Plugin:
    registry = {}

    def __init_subclass__(cls, /, key=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry[key or cls.__name__] = cls


class P1(Plugin, key="one"):
    pass


class P2(Plugin):
    pass


print({k: v.__name__ for k, v in Plugin.registry.items()})
try:
    class P3(Plugin, nonsense=1):
        pass
except TypeError as e:
    print(e)


class Singleton(type):
    _instances = {}

    def __call__(cls, *a, **k):
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*a, **k)
        return cls._instances[cls]


class Config(metaclass=Singleton):
    def __init__(self):
        print("made once")


print(Config() is Config())


def function_meta(name, bases, ns):
    return name, bases, sorted(k for k in ns if not k.startswith("__"))


class NotReally(metaclass=function_meta):
    a = 1


print(NotReally)


class Proxy:
    def __mro_entries__(self, bases):
        return (dict,)


class FromProxy(Proxy()):
    pass


print(FromProxy.__bases__, FromProxy.__orig_bases__[0].__class__.__name__)


class New:
    def __new__(cls, x):
        if x < 0:
            return "not an instance"
        return super().__new__(cls)

    def __init__(self, x):
        print("init", x)


print(type(New(1)).__name__, New(-1))
try:
    type("X", (), {}, 1, 2)
except TypeError as e:
    print(e)
try:
    type(1, 2)
except TypeError as e:
    print(e)
