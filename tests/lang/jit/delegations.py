# `yield from` in compiled loops: values passed on, exits in the middle of chains, and what one sees of them.

import sys


def numbers(n):
    for i in range(n):
        yield i


def outer(n):
    name = "outer"
    yield from numbers(n)
    yield name


def twice(n):
    first, second = n, n * 2
    yield from outer(n)
    yield first
    r = yield from outer(n // 2)
    yield second, r


def total(it):
    s, rest = 0, []
    for x in it:
        if type(x) is int:
            s += x
        else:
            rest.append(x)
    return s, rest


def types(n):
    for i in range(n):
        if i % 50 == 49:
            yield i * 0.5
        elif i % 31 == 30:
            yield 2**65 + i
        else:
            yield i


def passing(n, f=types):
    here = n
    yield from f(n)
    return here


def mixed(n):
    s = 0
    for x in passing(n):
        s += x
    return s


def looks(n):
    for i in range(n):
        f = sys._getframe(1)
        yield f.f_code.co_name, f.f_locals["here"], f.f_back.f_code.co_name


def look(n):
    seen = set()
    for x in passing(n, looks):
        seen.add(x)
    return seen


def running(n, holder):
    for i in range(n):
        g = holder[0]
        yield g.gi_running, g.gi_suspended, g.gi_yieldfrom is holder[1]


def states(n):
    holder = [None, None]
    holder[1] = running(n, holder)
    holder[0] = passing(n, lambda n: holder[1])
    seen, between = set(), set()
    for x in holder[0]:
        seen.add(x)
        g = holder[0]
        between.add((g.gi_running, g.gi_suspended, g.gi_yieldfrom is holder[1], g.gi_frame.f_locals["here"]))
    return seen, between


def again(n, holder):
    for i in range(n):
        for g in holder:
            try:
                next(g)
            except ValueError as e:
                yield str(e)


def reenter(n):
    holder = []
    holder.append(again(n, holder))
    holder.append(passing(n, lambda n: holder[0]))
    holder.append(passing(n, lambda n: holder[1]))
    seen = {}
    for x in holder[2]:
        seen[x] = seen.get(x, 0) + 1
    return seen


def fails(n):
    for i in range(n):
        if i == n - 3:
            raise KeyError(i)
        yield i


def guarded(n):
    mine = n * 2
    try:
        yield from passing(n, fails)
    except KeyError as e:
        yield mine, e.args
        raise
    finally:
        LOG.append(mine)


def failing(n):
    s = 0
    try:
        for x in guarded(n):
            s += x if type(x) is int else x[0]
    except KeyError as e:
        tb, where = e.__traceback__, []
        while tb:
            code = tb.tb_frame.f_code
            where.append((code.co_name, tb.tb_lineno - code.co_firstlineno))
            tb = tb.tb_next
        return s, e.args, where


def broken(n):
    s = 0
    for k in range(n):
        g = guarded(20)
        for x in g:
            s += x if type(x) is int else 0
            if x == k % 15:
                break
        g.close()
    return s


def thrown(n):
    out = 0
    for k in range(n):
        g = guarded(20)
        for x in g:
            if type(x) is tuple:
                out += x[0]
                break
            if x == 4:
                out += g.throw(KeyError(k))[0]
                break
        g.close()
    return out


def alternating(n):
    # The inner one is resumed by others, too.
    inner = numbers(n)
    s = 0
    for x in passing(n, lambda n: inner):
        s = (s * 3 + x) % 10007
        if x % 5 == 2:
            s += next(inner, 0)
        if x % 7 == 3:
            for y in inner:
                s += y
                if y % 4 == 0:
                    break
    return s, list(inner)


def two_outer(n):
    inner = numbers(n)
    a, b = passing(n, lambda n: inner), passing(n, lambda n: inner)
    s = 0
    for x in a:
        s = (s * 3 + x) % 10007
        s = (s * 5 + next(b, 1)) % 10007
    return s


def echo(n):
    got = 0
    for i in range(n):
        x = yield i
        got += x is not None
    return got


def sent(n):
    g = passing(n, echo)
    c = 0
    for x in g:
        if x % 6 == 5 and x < n - 3:
            c += g.send("s")
    return c


def results(n):
    out = []
    for k in range(n):
        for x in collect(k % 6, out):
            pass
    return sum(out), len(out)


def collect(k, out):
    r = yield from passing(k)
    out.append(r)


def walk(n):
    if n:
        yield from walk(n // 2)
        yield n
        yield from walk(n // 3)


def handled(n):
    out = set()
    try:
        raise TypeError("t")
    except TypeError:
        for x in passing(n, watching):
            out.add((x, type(sys.exception()).__name__))
    for x in passing(n, watching):
        out.add((x, type(sys.exception()).__name__))
    return sorted(out)


def watching(n):
    for i in range(n):
        yield type(sys.exception()).__name__


def deep(k, n):
    if k:
        yield from deep(k - 1, n)
    else:
        yield from numbers(n)


def zipped(n):
    return sum(x * y for x, y in zip(outer_numbers(n), deep(2, n)))


def outer_numbers(n):
    yield from numbers(n)


LOG = []
for _ in range(3):
    print(total(twice(120)), mixed(200), look(80))
    print(states(60))
    print(reenter(40), failing(100), broken(50), thrown(40))
    print(alternating(120), two_outer(100), sent(90), results(80))
    print(sum(walk(300)), handled(60))
    for k in range(7):
        print(total(deep(k, 90)), end=" ")
    print(zipped(80), sum(LOG))
