# Generators in compiled loops: resumed, suspended, finished, made in the loop, and looked at from everywhere.

import sys
import gc


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def pairs(n):
    for i in range(n):
        yield i
        yield -i


def squares(n):
    return (y * y for y in range(n))


def plain(n):
    s = 0
    for x in count(n):
        s += x
    return s


def alternating(n):
    s = 0
    for x in pairs(n):
        s = (s * 3 + x) % 1000003
    return s


def expression(n):
    s = 0
    for k in range(n):
        for x in squares(5):
            s += x
    return s


def nested(n):
    s = 0
    for x in count(n):
        for y in count(x % 5):
            s += x * y
    return s


def two(n):
    a, b = count(n), pairs(n)
    s = 0
    for x in a:
        s += x * next(b)
        s += next(b, 0)
    return s, next(b, "none")


def zipped(n):
    s = 0
    for x, y in zip(count(n), pairs(n)):
        s += x * y
    return s


def filtered(n):
    for x in count(n):
        if x % 3:
            yield x


def mapped(n):
    for x in filtered(n):
        yield x * 0.5


def chain(n):
    s = 0
    for x in mapped(n):
        s += x
    return s


def types(n):
    for i in range(n):
        if i % 40 == 39:
            yield 2**70
        elif i % 30 == 29:
            yield str(i)
        elif i % 20 == 19:
            yield i + 0.5
        else:
            yield i


def mixed(n):
    s, t = 0, ""
    for x in types(n):
        if isinstance(x, str):
            t += x
        else:
            s += x
    return s, t


def large(n):
    x = 1
    for _ in range(n):
        yield x
        x *= 3


def growing(n):
    s = 0
    for x in large(n):
        s ^= x
    return s


# ---- what one sees


def watching(n):
    me = yield None
    for i in range(n):
        f = sys._getframe()
        yield me.gi_running, f.f_back.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno


def watch(n):
    g = watching(n)
    next(g)
    g.send(g)
    seen = set()
    for x in g:
        seen.add(x)
    return seen


def outside(n):
    g = pairs(n)
    seen = {}
    for x in g:
        f = g.gi_frame
        state = (g.gi_running, g.gi_suspended, g.gi_yieldfrom, f.f_lineno, f.f_back)
        seen[state] = seen.get(state, 0) + f.f_locals["i"]
    return sorted(seen.items(), key=repr), g.gi_frame, g.gi_running, g.gi_suspended


def reentrant(n, holder):
    for i in range(n):
        try:
            next(holder[0])
        except ValueError as e:
            yield str(e)


def reenter(n):
    holder = []
    holder.append(reentrant(n, holder))
    seen = set()
    for x in holder[0]:
        seen.add(x)
    return seen


def itself(n, holder):
    for i in range(n):
        if i == n - 1:
            for x in holder[0]:
                pass
        yield i


def loop_in_itself(n):
    holder = []
    holder.append(itself(n, holder))
    s = 0
    try:
        for x in holder[0]:
            s += x
    except ValueError as e:
        return s, str(e)


# ---- errors


def failing(n):
    for i in range(n):
        if i == n - 2:
            raise KeyError(i)
        yield i


def fail(n):
    s = 0
    g = failing(n)
    try:
        for x in g:
            s += x
    except KeyError as e:
        tb = e.__traceback__
        lines = []
        while tb:
            code = tb.tb_frame.f_code
            lines.append((code.co_name, tb.tb_lineno - code.co_firstlineno))
            tb = tb.tb_next
        return s, e.args, lines, list(g), g.gi_frame


def stopping(n):
    for i in range(n):
        if i == n - 1:
            next(iter([]))
        yield i


def stop(n):
    s = 0
    try:
        for x in stopping(n):
            s += x
    except RuntimeError as e:
        return s, str(e), type(e.__cause__)


def consumer_fails(n):
    g = pairs(n)
    s = 0
    try:
        for x in g:
            s += 1 // (n - 10 - x)
    except ZeroDivisionError:
        return s, next(g), next(g), g.gi_frame.f_locals


def protected(n, log):
    try:
        for i in range(n):
            yield i
    except GeneratorExit:
        log.append("exit")
        raise
    finally:
        log.append("finally")


def closing(n):
    log = []
    s = 0
    for k in range(n):
        g = protected(10, log)
        for x in g:
            s += x
            if x == k % 12:
                g.close()
    return s, len(log), log.count("exit"), log.count("finally")


def catching(n):
    for i in range(n):
        try:
            yield i
        except ValueError as e:
            yield str(e)


def throwing(n):
    g = catching(n)
    out = []
    for x in g:
        if x % 10 == 9:
            out.append(g.throw(ValueError(x)))
    return len(out), out[-1]


def dropped(n):
    log = []
    for k in range(n):
        for x in protected(5, log):
            if x == 3:
                break
    gc.collect()
    # The last ones may still lie on the native stack.
    return len(log) >= 2 * (n - 3), sorted(set(log))


def handling(n):
    for i in range(n):
        try:
            raise IndexError(i)
        except IndexError:
            yield sys.exc_info()[0]
        yield sys.exc_info()[0]


def handled(n):
    out = []
    for x in handling(n):
        out.append((x, sys.exc_info()[0]))
    try:
        raise TypeError
    except TypeError:
        for x in handling(n):
            out.append((x, sys.exc_info()[0]))
    return sorted(set(map(repr, out))), len(out)


def inherits(n):
    out = []
    for k in range(n):
        g = watcher()
        try:
            raise TypeError(k)
        except TypeError:
            for x in g:
                out.append(x)
                if len(out) % 3 == 2:
                    break
        for x in g:
            out.append(x)
    return out.count(None), len(out)


def watcher():
    for i in range(4):
        e = sys.exception()
        yield e and e.args[0]


# ---- sending, delegation, recursion


def accumulator():
    total = 0
    while True:
        x = yield total
        if x is None:
            return total
        total += x


def sending(n):
    g = accumulator()
    next(g)
    for i in range(n):
        g.send(i)
    try:
        g.send(None)
    except StopIteration as e:
        return e.value


def echo(n):
    got = []
    for i in range(n):
        got.append((yield i))
    yield got


def sent_none(n):
    g = echo(n)
    last = None
    for x in g:
        last = x
        if type(x) is int and x % 7 == 3:
            last = g.send("sent")
    return last.count("sent"), last.count(None)


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right

    def walk(self):
        if self.left:
            for x in self.left.walk():
                yield x
        yield self.value
        if self.right:
            for x in self.right.walk():
                yield x


def tree(items):
    if not items:
        return None
    m = len(items) // 2
    return Tree(tree(items[:m]), items[m], tree(items[m + 1 :]))


def delegating(n):
    result = yield from count(n)
    yield result
    yield from pairs(n)
    return "done"


def delegate(n):
    s = 0
    for x in delegating(n):
        if x is not None:
            s += x * s % 10007
    return s


def hanoi(n, a, b, c):
    if n:
        for m in hanoi(n - 1, a, c, b):
            yield m
        yield a, c
        for m in hanoi(n - 1, b, a, c):
            yield m


def permutations(items):
    if len(items) <= 1:
        yield items
    else:
        for k in range(len(items)):
            for rest in permutations(items[:k] + items[k + 1 :]):
                yield items[k : k + 1] + rest


# ---- made in the loop


def made(n):
    s = 0
    for i in range(n):
        g = (x + i for x in (1, 2, 3))
        s += next(g)
        for y in g:
            s += y
    return s


def kept(n):
    out = []
    for i in range(n):
        out.append(x * i for x in range(3))
    return sum(sum(g) for g in out), out[0].__name__, out[-1].__qualname__, type(out[0])


def never_run(n):
    for i in range(n):
        g = count(i)
    return dict(g.gi_frame.f_locals), g.gi_running, list(g)[-1], g.__name__


def closure(n):
    s = 0
    for i in range(n):
        k = i * 2
        s += sum(x * k for x in range(4))
    return s


def conditional(n):
    s = 0
    for i in range(n):
        s += any(x == i % 7 for x in (1, 2, 3)) + all(x < i for x in [1, 2])
        s += max(x * i for x in (3, 1, 2))
    return s


def returned(n):
    out = []
    for i in range(n):
        g = with_value(i)
        for x in g:
            pass
        try:
            next(g)
        except StopIteration as e:
            out.append(e.value)
        h = with_value(i)
        try:
            while True:
                next(h)
        except StopIteration as e:
            out.append(e.value)
    return out.count(None), out[-1]


def with_value(i):
    yield i
    return i * 10


def renamed(n):
    # The code of a function is exchanged while its generators run.
    def f():
        for i in range(10):
            yield i

    def g():
        for i in range(10):
            yield -i

    s = 0
    for k in range(n):
        for x in f():
            s += x
        if k == n // 2:
            f.__code__ = g.__code__
    return s


def many(n):
    gens = [count(n) for _ in range(5)]
    s = 0
    for k in range(n):
        for g in gens:
            s += next(g, 0) * k
    return s


def swap(n):
    a, b = count(n), count(n)
    s = 0
    for k in range(n):
        s = (s * 3 + next(a)) % 10007
        if k % 3:
            a, b = b, a
    return s


class Iterable:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        for i in range(self.n):
            yield i + self.n


def objects(n):
    s = 0
    for k in range(n):
        for x in Iterable(4):
            s += x
    return s


def wide(n):
    a = b = c = d = e = f = g = h = 0
    for i in range(n):
        a, b, c, d, e, f, g, h = b + 1, c, d + 2, e, f + i, g, h * 0.5, a
        yield a + b, c + d, (e, f), [g, h]


def unpacked(n):
    s = 0
    for p, q, (r, t), [u, v] in wide(n):
        s += p + q + r + t + u + v
    return s


def deep(n):
    def level(k):
        if k:
            for x in level(k - 1):
                yield x + 1
        else:
            for i in range(n):
                yield i

    s = 0
    for x in level(12):
        s += x
    return s


for _ in range(3):
    print(plain(300), alternating(200), expression(100), nested(120))
    print(two(150), zipped(200), chain(300), mixed(200), growing(60) % 10**9)
    print(watch(100))
    print(outside(100))
    print(reenter(60), loop_in_itself(80))
    print(fail(100), stop(100))
    print(consumer_fails(100))
    print(closing(60), throwing(100), dropped(40))
    print(handled(50), inherits(30))
    print(sending(100), sent_none(100), delegate(60))
    t = tree(range(200))
    print(sum(x * k for k, x in enumerate(t)), sum(t.walk()), len(list(hanoi(7, 1, 2, 3))))
    print(sum(p[0] * p[-1] for p in permutations([1, 2, 3, 4, 5])))
    print(made(80), kept(80), never_run(80), closure(60), conditional(60))
    print(returned(60), renamed(50), many(60), swap(100), objects(50))
    print(unpacked(100), deep(100))
