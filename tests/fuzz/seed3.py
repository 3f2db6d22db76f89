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
    i1 += 7
except (Exception, Stop) as e:
    show(0, e); TICKS[0] = 0
try:
    raise ValueError(i0)
except (Exception, Stop) as e:
    show(1, e); TICKS[0] = 0
try:
    try:
        with Manager(i2), Manager(o2 is o2) as e0:
            i0 = clip(len([(lambda: -8e3), {k: v for k, v in d1.items() if o2 is o0}]))
        l1.sort(key=clean)
        l0.extend([int(type(h0).__name__.center(8, '*'), 16), cut(f'{len(cut(str(-0e3)))}:{cut(clean(d0.get(i1, f0)))!r}:{float(Base(4)(None, *[], **{})):.3f}')][:5])
    except (UnboundLocalError, UnboundLocalError) as zz:
        h0 = clean
    else:
        show(o1)
        setattr(Dying(list(zip([], (i2, s1))), next(iter({'a': -1}), h0(*l1))).__class__((lambda a, b=len([(lambda: i1), i2]): a - b)(o0({}.get(e0, None), *[*[i0, ''], t0][:9], **({} | {'a': -3})))), 'a', True)
    finally:
        for f1 in [][:6]:
            tick()
            l1.append(set(list(zip(l0[::1], len(None, None, k=i1)))))
            for d0 in list(reversed([None for q in [][:6]]))[:6]:
                tick()
                l1 = Base((t0.index(None) >> 7)).twice
                raise ArithmeticError(cut(repr(cut(clean(i0)).find(cut(repr(i0))))).partition('a b c'.upper()[9][9])[0]) from NameError(-8)
                s1 = cut(''[9])
            *l0, i2 = cut(clean(True))[8]
        class K1(Slotted):
            def __eq__(self, o): return all(iter(sorted(e0, key=clean)))
            def __exit__(self, *a): return type(i1).__name__ > '-'.join(map(clean, []))[:40]
        while t0 < (None, e0):
            tick()
            with Manager(clean(*([] * 0)[:9])) as h0:
                break
                l1 = [*iter(vars(Dying(i2, i2)).copy())]
                del o2.b
            with Manager(dict(zip('abcd', [i2, ''])).get(i0, o0[4])), Manager((~i0) <= (-8 or -6) < i0) as o2:
                break
                show(fn2(Dying(None, '').__class__(max(clip(-4 * i2), len(e0), key=lambda x: -x))(None, *[len({*(), i0}), ''], **{}), *((Dying(i0, None) + ()[-8]).twice if eval('i1 + 6') == s1 else [(x, y) for x in range(8) for y in [i0, s1].copy().copy()[:3]])))
except (Exception, Stop) as e:
    show(2, e); TICKS[0] = 0
try:
    o1.a = getattr(type(o0)(list(zip(l1, ()))), 'a', Manager(f0))
except (Exception, Stop) as e:
    show(3, e); TICKS[0] = 0
try:
    l1 = [[b0] * 5][0].copy()
except (Exception, Stop) as e:
    show(4, e); TICKS[0] = 0
try:
    o1 = Descriptor.__get__(sorted(l0, key=clean)[(i2 ^ [].index(e0))], len, int)
except (Exception, Stop) as e:
    show(5, e); TICKS[0] = 0
try:
    with Manager(tuple(x for x in [0, s1])[max(i0, -9, key=lambda x: -x)]) as g0:
        show(fn0(i2, *list({**{next(iter({'a': i2}.items())): None}, 'k': Manager(i2)[2]})))
except (Exception, Stop) as e:
    show(6, e); TICKS[0] = 0
try:
    show(sorted(map(clean, e0)))
except (Exception, Stop) as e:
    show(7, e); TICKS[0] = 0
try:
    try:
        @(lambda f: partial(f, b0))
        def fn1(x=0, *y, **z):
            tick()
            i0, s0, l0, d0, o0, g0 = 5, 'loc', [x], {1: x}, Base(x), iter('ab')
            h0, *l0 = [r for name in range(2) if isinstance((), (int, Base))]
            del o1.b
        show(w0() is not None and w0() is o1)
    except* KeyError as zz:
        raise ValueError({zz: i0 for zz in range(7)}.get(float(len(Base(2))), {}))
except (Exception, Stop) as e:
    show(8, e); TICKS[0] = 0
try:
    with Manager(l1) as s0:
        class K1(Base, list):
            def __repr__(self): return 'a b c'
            def __enter__(self): return attrgetter('a')
            def __call__(self, *a): return (a, self.b)
            def __lt__(self, o): return [-1, 'a b c']
            def __del__(self): DEATHS.append(self.a)
        for h0 in list(enumerate(min([i2, 'a b c'], key=clean)))[:6]:
            tick()
            try:
                deep(0, [(*list(reversed([i0, ''])), divmod(6, i1)[0])[sum(x for x in list(b','.join([b'name', b0])[:40]) if type(x) is int)]])
                o0.b = weakref.ref(o2, lambda r: DEATHS.append(1))
                d1[((len(cut('{} {x}'.format(7, x='name'))) & (o1(None, *[], **d1) if None is None else hash(i0)))).bit_length()] = {(len(*l1),): i1}.get((*list({}.items()), {'a': i2}.get(None, i1)), -3e3)
            except TypeError as p:
                b0 = b','.join([b0[4:][9:], bytes(5)])[:40]
            (e0, g0), s1 = tuple(x for x in [(x, y) for x in range(8) for y in l0[:3]]), None
            h0 = Slotted
        o0.b = o2
except (Exception, Stop) as e:
    show(9, e); TICKS[0] = 0
try:
    show('i0', i0)
except NameError as e:
    show('i0', e)
try:
    show('i1', i1)
except NameError as e:
    show('i1', e)
try:
    show('i2', i2)
except NameError as e:
    show('i2', e)
try:
    show('f0', f0)
except NameError as e:
    show('f0', e)
try:
    show('f1', f1)
except NameError as e:
    show('f1', e)
try:
    show('s0', s0)
except NameError as e:
    show('s0', e)
try:
    show('s1', s1)
except NameError as e:
    show('s1', e)
try:
    show('b0', b0)
except NameError as e:
    show('b0', e)
try:
    show('l0', l0)
except NameError as e:
    show('l0', e)
try:
    show('l1', l1)
except NameError as e:
    show('l1', e)
try:
    show('t0', t0)
except NameError as e:
    show('t0', e)
try:
    show('t1', t1)
except NameError as e:
    show('t1', e)
try:
    show('d0', d0)
except NameError as e:
    show('d0', e)
try:
    show('d1', d1)
except NameError as e:
    show('d1', e)
try:
    show('e0', e0)
except NameError as e:
    show('e0', e)
try:
    show('o0', o0)
except NameError as e:
    show('o0', e)
try:
    show('o1', o1)
except NameError as e:
    show('o1', e)
try:
    show('o2', o2)
except NameError as e:
    show('o2', e)
DONE.append(1)

