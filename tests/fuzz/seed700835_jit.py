import gc
import weakref
from functools import partial, reduce
from operator import attrgetter, itemgetter


class Stop(BaseException):
    pass


TICKS = [0]
DEATHS = []
# Generators of the program live to its end: their `finally` must not depend on the collector.
KEPT = []
DONE = []


def tick():
    TICKS[0] += 1
    if TICKS[0] > 300:
        raise Stop


def clean(v, depth=3):
    if v is None or isinstance(v, (bool, float)):
        return repr(v)
    if isinstance(v, int):
        return repr(int(v)) if abs(v) < 1 << 200 else "int:%d" % (v % 1000003)
    if isinstance(v, str):
        return repr(str(v)) if "0x" not in v else "str:address"
    if isinstance(v, (bytes, bytearray)):
        return repr(v)
    if depth == 0:
        return "..."
    if isinstance(v, (list, tuple)):
        inner = ", ".join(clean(x, depth - 1) for x in list(v)[:12])
        return "%s(%d: %s)" % (type(v).__name__, len(v), inner)
    if isinstance(v, (set, frozenset)):
        return "%s(%s)" % (type(v).__name__, ", ".join(sorted(clean(x, depth - 1) for x in v)))
    if isinstance(v, dict):
        inner = ", ".join(clean(k, depth - 1) + ": " + clean(x, depth - 1) for k, x in list(v.items())[:12])
        return "dict(%d: %s)" % (len(v), inner)
    if isinstance(v, BaseException):
        return type(v).__name__ + clean(v.args, depth - 1)
    state = [name + "=" + clean(getattr(v, name), depth - 1) for name in ("a", "b") if hasattr(v, name)]
    return "%s<%s>" % (type(v).__name__, " ".join(state))


def show(*values):
    if not DONE:
        print(*map(clean, values))


def clip(x):
    return x if -(1 << 100) < x < 1 << 100 else x % 1000003


def cut(x):
    return x[:30]


def fl(x):
    return x if x == x else 0.5


class Base:
    def __init__(self, a=0, b=None):
        self.a = a
        self.b = b

    def __eq__(self, other):
        return isinstance(other, Base) and self.a == other.a

    def __hash__(self):
        return 7

    def __lt__(self, other):
        return clean(self.a) < clean(other.a)

    def __add__(self, other):
        return type(self)(self.a, other)

    def __call__(self, *args, **kw):
        return len(args) + len(kw)

    def __getitem__(self, i):
        return (self.a, self.b)[i]

    def __contains__(self, x):
        return x is self.a

    def __bool__(self):
        return bool(self.a)


class Slotted(Base):
    __slots__ = ("c", "d")

    def __len__(self):
        return 3

    @property
    def twice(self):
        return [self.a, self.a]

    @twice.setter
    def twice(self, v):
        self.a = v

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return name * 2


class Dying(Base):
    def __del__(self):
        DEATHS.append(type(self).__name__)
        self.b = [self.a]


class Manager(Base):
    def __enter__(self):
        return [self.a]

    def __exit__(self, kind, value, trace):
        self.b = kind
        return bool(self.a) and kind is not None and issubclass(kind, (TypeError, KeyError))


class Descriptor:
    def __get__(self, obj, owner):
        return [owner.__name__, obj is None]

    def __set__(self, obj, v):
        obj.__dict__["stored"] = v


def naturals(n):
    try:
        for i in range(n):
            got = yield i
            if got is not None:
                yield [got]
    except ValueError as e:
        yield repr(e)
    return n


def delegating(n):
    r = yield from naturals(n)
    yield r
    yield from (x * 2 for x in range(n))


def deep(n, kept):
    return deep(n + 1, [kept, n])


i0, i1, i2 = 3, -7, 1 << 65
s0, s1 = "abc", "\u00e9\u4e2d\U0001f600x"
f0, f1 = 1.5, -0.25
l0, l1 = [1, 2, 3], ["a", [2.5], None]
d0, d1 = {"a": 1, 2: "b"}, {}
t0, t1 = (1, "x"), ()
e0 = {1, 2, 3}
b0 = b"bytes"
o0, o1, o2 = Base(1), Slotted(2, [3]), Dying(3)
g0 = naturals(4)
h0 = lambda *a, **k: (a, k)
w0 = weakref.ref(o0)
fn0 = fn1 = fn2 = clean
gen0 = gen1 = naturals
K0, K1 = Base, Slotted


def keep(function):
    def made(*a, **k):
        KEPT.append(function(*a, **k))
        return KEPT[-1]
    return made


try:
    pass
except (Exception, Stop) as e:
    pass
try:
    class Slotted(Dying):
        pass
except (Exception, Stop) as e:
    pass
try:
    h0 = Slotted
except (Exception, Stop) as e:
    pass
try:
    class K1(Manager):
        b = {}[h0(*l0)]
except (Exception, Stop) as e:
    pass
