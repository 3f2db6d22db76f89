import builtins
import gc
import sys
from functools import reduce

ABS = abs
G0, G1 = 0, None


def clean(v, depth=3):
    if v is None or isinstance(v, (bool, float)):
        return repr(v)
    if isinstance(v, int):
        return repr(int(v)) if abs(v) < 1 << 90 else "int:%d" % (v % 1000003)
    if isinstance(v, str):
        return repr(v[:500]) if "0x" not in v else "str:address"
    if depth == 0:
        return "..."
    if isinstance(v, (list, tuple)):
        return "%s(%d: %s)" % (type(v).__name__, len(v), ", ".join([clean(x, depth - 1) for x in v[:99]]))
    if isinstance(v, dict):
        return "{%s}" % ", ".join([clean(k) + ": " + clean(x, depth - 1) for k, x in v.items()])
    if isinstance(v, BaseException):
        return type(v).__name__
    state = [k + "=" + clean(getattr(v, k), depth - 1) for k in ("a", "b", "f", "c") if hasattr(v, k)]
    return "%s<%s>" % (type(v).__name__, " ".join(state))


def show_exception(e):
    lines = []
    t = e.__traceback__
    while t is not None:
        lines.append((t.tb_frame.f_code.co_name, t.tb_lineno, t.tb_lasti >= 0))
        t = t.tb_next
    if len(lines) > 12:
        lines = lines[:6] + [len(lines)] + lines[-6:]
    print(type(e).__name__, clean(str(e)), lines, type(e.__context__).__name__)


def run(f, *args):
    global add, bump, inc, TICKS
    TICKS = 0
    try:
        r = f(*args)
        print(r if type(r) is str else clean(r, 5))
    except Exception as e:
        show_exception(e)
    builtins.abs = ABS
    print(G0 if type(G0) is int else clean(G0), clean(HELD))
    add, bump = ADD, BUMP
    inc.__code__, inc.__defaults__ = INC_CODE, (1,)
    Point.get = GET
    if "a" in Point.__dict__:
        del Point.a


def clip(x):
    global TICKS
    TICKS += 1
    if TICKS > 2000:
        raise RuntimeError("too long")
    if type(x) is not int:
        return 5
    return x if -(1 << 100) < x < 1 << 100 else x % 1000003


def add(x, y):
    return x + y


def inc(x, by=1):
    return x + by


def dec(x, by=1):
    return x - by


def scale(x):
    if x == 17:
        return 0.5
    return x * 2


def several(a, b, c):
    t = a - b
    for _ in range(3):
        t = add(t, c)
    return inc(t)


def small(x):
    return x if -1e300 < x < 1e300 else 1.25


def half(x):
    y = x * 0.5
    return y


def twice(x):
    def inner(y):
        return x + y
    return inner(x)


def rare(x):
    if x % 13 == 12:
        raise IndexError(x)
    return x + 1


def later(x, *, k=2, z=None):
    return x + k


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def even(n):
    return True if n == 0 else n > 0 and n < 40 and odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def deep(n):
    if n > 1000:
        return deep(n + 1)
    total = 0
    for i in range(3):
        total += i
    return total + deep(n - 1) if n > 0 else total


def bump():
    global G0
    G0 = G0 + 1 if type(G0) is int else 0


class Down:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


HELD = 0


def make():
    held = [0]
    value = 0

    def hold(x):
        nonlocal value
        value = x
        held[0] = x

    def back():
        held[0] += 1 if type(held[0]) is int else 0
        return value
    return hold, back


hold, held = make()


def fails(x):
    try:
        if x % 5 == 3:
            raise ValueError(x)
        return 1 // (x % 3)
    except ZeroDivisionError:
        return rare(x)
    finally:
        bump()


def count(n):
    for i in range(n):
        yield i
        if i == 6:
            return


def naturals():
    i = 0
    while i < 500:
        got = yield i
        i += 1 if got is None else 2


def line():
    return sys._getframe(1).f_lineno


def names(n):
    return clean({k: v for k, v in sys._getframe(n).f_locals.items() if k != "out"})


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        return kind is not None and issubclass(kind, (TypeError, KeyError))


class Point:
    def __init__(self, a, f):
        self.a = a
        self.f = f
        self.b = 0
        self.peer = None

    name = "point"

    def get(self, x):
        return self.a + x

    def set(self, x):
        self.a = x
        self.b = x

    @property
    def prop(self):
        return self.a

    @prop.setter
    def prop(self, v):
        self.a = v

    def __call__(self, x):
        return x - self.a

    def __add__(self, x):
        return self.b

    def __getitem__(self, n):
        return n + self.a


class Sub(Point):
    name = "sub"

    def __init__(self, a, f):
        super().__init__(a, f)
        self.c = a

    def set(self, x):
        self.c = self.a
        super().set(x)

    def __bool__(self):
        return self.a != 0

    @staticmethod
    def method_of(f):
        class Made(Sub):
            def go(self, x):
                return f(self.a, x)
        return lambda n, x: [Made(n, 0.5).go(x) for _ in range(3)]


class Other(Point):
    def get(self, x):
        return x


class Slots:
    __slots__ = ("a", "f", "b", "c", "peer")
    name = "slots"

    def __init__(self, a, f):
        self.a = a
        self.f = f
        self.b = 1

    def get(self, x):
        return self.a - x

    def set(self, x):
        self.a = x

    prop = property(lambda self: self.a, lambda self, v: setattr(self, "a", v))
    __call__ = get
    __add__ = get
    __getitem__ = get


ADD, BUMP, INC_CODE, GET = add, bump, inc.__code__, Point.get
TICKS = 0

