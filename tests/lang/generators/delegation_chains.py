# Long chains of `yield from`: what passes values on is resumed without its registers until somebody wants them.

import gc
import sys
import weakref


def leaf(n, look=None):
    mark = "leaf"
    for i in range(n):
        if look:
            look()
        x = yield i
        if x is not None:
            yield ("sent", x)
    return mark


def level(k, n, look=None):
    here, twice = k, k * 2
    if k == 0:
        result = yield from leaf(n, look)
    else:
        result = yield from level(k - 1, n, look)
    assert (here, twice) == (k, k * 2)
    return result, here


def nested(r):
    out = []
    while isinstance(r, tuple):
        r, k = r
        out.append(k)
    return r, out


def drive(g):
    out = []
    try:
        while True:
            out.append(next(g))
    except StopIteration as e:
        return out, nested(e.value)


print(drive(level(5, 4)))


# ---- what is seen from below
def look():
    f = sys._getframe(1)
    seen = []
    while f and f.f_code.co_name in ("leaf", "level"):
        seen.append((f.f_code.co_name, f.f_locals.get("here"), f.f_locals.get("twice"), f.f_lineno - f.f_code.co_firstlineno))
        f = f.f_back
    looks.append(seen)


looks = []
g = level(4, 3, look)
for x in g:
    pass
print(len(looks), looks[0] == looks[1] == looks[2], looks[0])

looks = []
g = level(3, 3, lambda: looks.append((g.gi_running, g.gi_frame.f_locals["twice"])))
print(list(g), looks)


def again():
    try:
        next(g)
    except ValueError as e:
        looks.append(str(e))
    try:
        g.send(1)
    except ValueError as e:
        looks.append(str(e))
    try:
        g.throw(KeyError)
    except ValueError as e:
        looks.append(str(e))


looks = []
g = level(3, 2, again)
print(list(g), looks)


# ---- inner ones resumed by others meanwhile
inner = leaf(6)


def around(it):
    where = "around"
    r = yield from it
    yield where, r


a = around(around(inner))
print(next(a), next(inner), next(a), next(inner), next(a), list(inner), list(a))

inner = leaf(6)
a = around(around(inner))
b = around(inner)
print(next(a), next(b), next(a), next(b), next(a), next(b), next(a), next(b), list(a), list(b))

middle = around(leaf(5))
a = around(around(middle))
print(next(a), next(middle), next(a), next(middle), next(a), next(middle), list(a), list(middle))


# ---- sending, throwing, closing
g = level(4, 5)
print(next(g), g.send("x"), next(g), g.send("y"), next(g), drive(g))


def guarded(k, log, n=5):
    mine = k
    try:
        if k:
            yield from guarded(k - 1, log, n)
        else:
            yield from leaf(n)
    except KeyError as e:
        log.append(("caught", mine, e.args))
        if mine == 2:
            yield "recovered"
        else:
            raise
    finally:
        log.append(("finally", mine, k))


log = []
g = guarded(4, log)
print(next(g), next(g), next(g), g.throw(KeyError("k")), list(g), log)
log = []
g = guarded(4, log)
print(next(g), next(g), g.close(), log)
log = []
g = guarded(3, log)
next(g)
next(g)
del g
gc.collect()
print(log)


def breaks(n):
    ok = "ok"
    for i in range(n):
        yield i
    raise ValueError(ok)


def through(k):
    name = "t%d" % k
    try:
        if k:
            yield from through(k - 1)
        else:
            yield from breaks(3)
    except ValueError as e:
        if k == 1:
            yield name, e.args
            raise
        else:
            raise


def trace(g):
    out = []
    try:
        for x in g:
            out.append(x)
    except ValueError as e:
        tb = e.__traceback__
        while tb:
            f = tb.tb_frame
            out.append((f.f_code.co_name, tb.tb_lineno - f.f_code.co_firstlineno))
            tb = tb.tb_next
    return out


print(trace(through(4)))


# ---- mixed chains: other iterators below and between
class It:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if not self.n:
            raise StopIteration("end")
        self.n -= 1
        return self.n


def mixed(k):
    if k == 0:
        r = yield from It(3)
        yield r
        r = yield from [1, 2]
        yield r
        r = yield from leaf(2)
        yield r
        yield from It(2)
    else:
        yield k
        yield from mixed(k - 1)
        yield -k


print(list(mixed(4)))
g = mixed(3)
out = []
for x in g:
    out.append((x, g.gi_yieldfrom is not None and type(g.gi_yieldfrom).__name__))
print(out, g.gi_yieldfrom)


# ---- exceptions being handled while the chain is suspended
def handler(k):
    try:
        raise IndexError(k)
    except IndexError:
        if k:
            yield from handler(k - 1)
        else:
            yield from leaf(3)
        yield sys.exception().args
    yield sys.exception()


def states(g):
    out = []
    for x in g:
        out.append((x, sys.exception()))
    return out


print(states(handler(2)))
try:
    raise TypeError("outer")
except TypeError:
    print([(x, type(e)) for x, e in states(handler(1))])
    print([x for x in level(3, 2, lambda: looks.append(sys.exception()))], looks[-1])


# ---- nothing is kept alive by a delegation that has ended
class Thing:
    pass


def holds(thing):
    yield 1
    thing.x = 1


def outer():
    t = Thing()
    refs.append(weakref.ref(t))
    yield from holds(t)
    del t
    yield 2
    yield 3


refs = []
g = outer()
print(next(g), next(g))
gc.collect()
print(next(g), list(g))
gc.collect()
print(refs[0]())


# ---- very deep
def deep(k):
    if k:
        yield from deep(k - 1)
    yield k


sys.setrecursionlimit(3000)
print(sum(deep(1500)))
g = deep(1500)
for _ in range(700):
    x = next(g)
print(x, len(list(g)))
sys.setrecursionlimit(400)
try:
    print(sum(deep(1500)))
except RecursionError as e:
    print(type(e))
sys.setrecursionlimit(1000)


# ---- coroutines delegate the same way
class Awaitable:
    def __await__(self):
        r = yield from leaf(2)
        return r


async def co(k):
    mine = k
    if k:
        r = await co(k - 1)
    else:
        r = await Awaitable()
    return r, mine


c = co(3)
out = []
try:
    while True:
        out.append(c.send(None))
except StopIteration as e:
    print(out, nested(e.value))
