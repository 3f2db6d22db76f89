# deque, defaultdict, OrderedDict, functools, operator, contextvars and abc against figures from CPython 3.14.
import collections, functools, operator, contextvars
from collections import deque, defaultdict, OrderedDict, Counter, namedtuple
import sys
fails = 0
def check(label, got, want):
    global fails
    if got != want:
        fails += 1
        print("FAIL", label, "got", got, "want", want)
def raises(label, f, exc, text=None):
    global fails
    try:
        r = f()
    except exc as e:
        if text is not None and str(e) != text:
            fails += 1; print("FAIL", label, "text", repr(str(e)), "want", repr(text))
    except BaseException as e:
        fails += 1; print("FAIL", label, "raised", type(e), e)
    else:
        fails += 1; print("FAIL", label, "no exception, got", r)
d = deque(range(5), maxlen=7)
check("repr", repr(d), "deque([0, 1, 2, 3, 4], maxlen=7)")
d.append(5); d.append(6); d.append(7)
check("maxlen", list(d), [1,2,3,4,5,6,7])
d.appendleft(0); check("left", list(d), [0,1,2,3,4,5,6])
for n in range(-20, 20):
    for size in (0,1,2,3,5,8,9,16):
        d = deque(range(size)); d.rotate(n)
        l = list(range(size)); k = n % size if size else 0
        check(("rot", n, size), list(d), l[-k:] + l[:-k] if k else l)
for size in range(0, 12):
    for i in range(-14, 14):
        d = deque(range(size)); d.insert(i, 'x'); l = list(range(size)); l.insert(i, 'x')
        check(("ins", size, i), list(d), l)
        if -size <= i < size:
            d = deque(range(size)); d.rotate(3); d.rotate(-3); del d[i]; l = list(range(size)); del l[i]
            check(("del", size, i), list(d), l)
d = deque('abc')
raises("idx", lambda: d[3], IndexError, "deque index out of range")
raises("mut", lambda: [d.append(1) for x in d], RuntimeError, "deque mutated during iteration")
raises("pop", lambda: deque().pop(), IndexError, "pop from an empty deque")
raises("hash", lambda: hash(d), TypeError)
check("eq", deque([1,2]) == deque([1,2]), True)
check("lt", deque([1,2]) < deque([1,3]), True)
check("add", deque([1]) + deque([2]), deque([1,2]))
check("mul", deque([1,2]) * 3, deque([1,2]*3))
check("mulmax", deque([1,2,3], 4) * 3, deque([3,1,2,3], 4))
check("rev", list(reversed(deque('abc'))), ['c','b','a'])
check("index", deque('abcabc').index('c', 3), 5)
check("count", deque('abcabc').count('c'), 2)
d = deque('abc'); d.reverse(); check("reverse", ''.join(d), 'cba')
d.extendleft('xy'); check("extl", ''.join(d), 'yxcba')
d.remove('c'); check("rm", ''.join(d), 'yxba')
d += 'zz'; check("iadd", ''.join(d), 'yxbazz')
d.extend(d); check("self", len(d), 12)
class D(deque): pass
x = D([1], 3); x.foo = 1
import copy
check("copy", type(copy.copy(x)), D); check("copyd", copy.deepcopy(deque([[1]], 2)), deque([[1]], 2))
match deque([1,2]):
    case [a, b]: pass
    case _: check("match", 0, 1)
dd = defaultdict(list); dd[1].append(2); check("dd", dd, {1:[2]}); check("ddr", repr(dd), "defaultdict(<class 'list'>, {1: [2]})")
check("ddc", dd.copy().default_factory, list); check("ddor", type(dd | {3:4}), defaultdict); check("ddror", ({3:4} | dd), {3:4,1:[2]})
raises("ddn", lambda: defaultdict(None)[5], KeyError, "5"); raises("ddi", lambda: defaultdict(3), TypeError, "first argument must be callable or None")
check("ddkw", defaultdict(int, a=1)["a"], 1)
od = OrderedDict(a=1, b=2, c=3)
check("odr", repr(od), "OrderedDict({'a': 1, 'b': 2, 'c': 3})")
od.move_to_end('a'); check("mte", list(od), ['b','c','a']); od.move_to_end('a', last=False); check("mtf", list(od), ['a','b','c'])
check("pi", od.popitem(last=False), ('a',1)); check("pi2", od.popitem(), ('c',3))
check("odeq", OrderedDict(a=1,b=2) == OrderedDict(b=2,a=1), False); check("odeq2", OrderedDict(a=1,b=2) == dict(b=2,a=1), True)
raises("odk", lambda: od.move_to_end('zz'), KeyError)
check("odor", OrderedDict(a=1) | {'b':2}, OrderedDict(a=1,b=2)); check("odrev", list(reversed(OrderedDict(a=1,b=2))), ['b','a'])

check("fk", OrderedDict.fromkeys('ab', 1), OrderedDict(a=1,b=1))
check("cnt", Counter("abracadabra").most_common(2), [('a',5),('b',2)])
P = namedtuple('P', 'x y', defaults=[9]); p = P(1); check("nt", (p.x, p.y, p, repr(p)), (1, 9, (1,9), "P(x=1, y=9)")); check("ntr", p._replace(x=4), (4,9))
raises("ntset", lambda: setattr(p, 'x', 1), AttributeError, "can't set attribute"); check("ntdoc", P.x.__doc__, "Alias for field number 0")
# functools
pt = functools.partial(int, base=2); check("part", pt('101'), 5); check("partr", repr(pt), "functools.partial(<class 'int'>, base=2)")
Pl = functools.Placeholder
f = lambda *a, **k: (a, k)
q = functools.partial(f, Pl, 2, Pl, 4); check("ph", q(1,3,5), ((1,2,3,4,5), {})); raises("phm", lambda: q(1), TypeError, "missing positional arguments in 'partial' call; expected at least 2, got 1")
check("phn", functools.partial(q, 1)(3), ((1,2,3,4), {})) ; raises("pht", lambda: functools.partial(f, Pl), TypeError, "trailing Placeholders are not allowed")
q.attr = 5; check("pd", q.attr, 5)
class C:
    m = functools.partial(lambda self, x: (self, x), )
    @functools.lru_cache(maxsize=2)
    def g(self, x): return x
c = C(); check("pm", c.m(2)[1], 2); check("lrm", c.g(3), 3)
@functools.lru_cache(maxsize=2)
def g(x, *, y=1):
    calls.append(x); return x * y
calls = []
g(1); g(2); g(1); g(3); g(2); g(2, y=3); g(2, y=3)
check("lru", (calls, tuple(g.cache_info())), ([1,2,3,2,2], (2,5,2,2)))
check("wrapped", g.__wrapped__.__name__, "g"); check("name", g.__name__, "g"); g.cache_clear(); check("lru0", tuple(g.cache_info()), (0,0,2,0)); check("par", g.cache_parameters(), {'maxsize':2,'typed':False})
@functools.cache
def fib(n): return n if n < 2 else fib(n-1) + fib(n-2)
check("fib", fib(100), 354224848179261915075)
check("red", functools.reduce(lambda a,b: a*b, range(1,6)), 120); raises("rede", lambda: functools.reduce(f, []), TypeError, "reduce() of empty iterable with no initial value"); check("redi", functools.reduce(operator.add, [], initial=3), 3)
check("cmp", sorted([3,1,2], key=functools.cmp_to_key(lambda a,b: b-a)), [3,2,1])
@functools.singledispatch
def sd(x): return "obj"
@sd.register
def _(x: int): return "int"
check("sd", (sd(1), sd("")), ("int", "obj"))
@functools.total_ordering
class T:
    def __init__(s, v): s.v = v
    def __eq__(s, o): return s.v == o.v
    def __lt__(s, o): return s.v < o.v
check("to", T(1) >= T(0), True)
# operator
check("ig", operator.itemgetter(1, -1)("abc"), ('b','c')); check("ag", operator.attrgetter('real', 'numerator.real')(5), (5,5)); check("mc", operator.methodcaller('split', ',', maxsplit=1)("a,b,c"), ['a','b,c'])
check("igr", repr(operator.itemgetter(1,2)), "operator.itemgetter(1, 2)"); check("mcr", repr(operator.methodcaller('a', 1, k=2)), "operator.methodcaller('a', 1, k=2)"); check("agr", repr(operator.attrgetter('a.b')), "operator.attrgetter('a.b')")
raises("cat", lambda: operator.concat(1, 2), TypeError, "'int' object can't be concatenated"); check("lh", operator.length_hint(iter([1,2])), 2); check("lhd", operator.length_hint(object(), 7), 7); check("cof", operator.countOf([1,2,1], 1), 2); check("iof", operator.indexOf([1,2,1], 2), 1); check("ia", operator.iadd([1],[2]), [1,2])
# contextvars
v = contextvars.ContextVar('v', default=1); check("cv", v.get(), 1); t = v.set(2); check("cv2", v.get(), 2)
ctx = contextvars.copy_context(); check("ctx", ctx[v], 2)
def run(): v.set(5); return v.get()
check("run", ctx.run(run), 5); check("after", v.get(), 2); check("ctx5", ctx[v], 5); v.reset(t); check("rst", v.get(), 1)
raises("twice", lambda: v.reset(t), RuntimeError)
with v.set(9): check("with", v.get(), 9)
check("withafter", v.get(), 1); raises("le", lambda: contextvars.ContextVar('w').get(), LookupError); check("miss", repr(t.old_value), "<Token.MISSING>"); check("clen", (len(ctx), list(ctx), v in ctx), (1, [v], True))
# abc
import abc
class A(abc.ABC):
    @abc.abstractmethod
    def f(self): ...
raises("abs", lambda: A(), TypeError, "Can't instantiate abstract class A without an implementation for abstract method 'f'")
class B: pass
check("nosub", issubclass(B, A), False); A.register(B); check("reg", (issubclass(B, A), isinstance(B(), A)), (True, True))
import collections.abc as ca
check("abc", [isinstance(x, y) for x, y in [([], ca.Sequence), ({}, ca.Mapping), (deque(), ca.MutableSequence), (1, ca.Hashable), ([], ca.Hashable), (iter([]), ca.Iterator), ((x for x in []), ca.Generator), ("", ca.Container), (C, ca.Callable)]], [True,True,True,True,False,True,True,True,True])
print("done, fails:", fails)
