"""Chains of `yield from`: resumed and suspended many levels deep, with exceptions and collections in between."""
import gc


def leaf(n):
    for i in range(n):
        got = yield i
        if got:
            print('leaf got', got)
    return 'leaf done'


def level(depth, n):
    kept = [depth]
    if depth:
        result = yield from level(depth - 1, n)
    else:
        result = yield from leaf(n)
    kept.append(result)
    yield ('back', depth, kept)
    return result


for item in level(3, 3):
    gc.collect()
    print(item)
g = level(2, 2)
print(next(g), g.send('hello'))
for item in g:
    print(item)


class Awaitable:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


async def inner():
    try:
        await Awaitable(1)
    except ValueError:
        gc.collect()
        return await Awaitable(2)


async def outer():
    try:
        return await inner()
    except KeyError:
        gc.collect()
        return [await Awaitable(5), await Awaitable(6)]


c = outer()
print(c.send(None), c.throw(ValueError()), c.throw(KeyError()), c.send('a'))
try:
    c.send('b')
except StopIteration as e:
    print('stop', e.value)


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def tree(r):
    n = len(r)
    if not n:
        return None
    return Tree(tree(r[:n // 2]), r[n // 2], tree(r[n // 2 + 1:]))


print(list(tree(range(50))) == list(range(50)))
it = iter(tree(range(20)))
print([next(it) for _ in range(7)], gc.collect() >= 0, list(it))


def steps():
    got = yield 1
    print('got', got)
    try:
        yield 2
    except ValueError:
        yield 'caught'
    return 'end'


g = steps()
print(next(g), next(g), g.throw(ValueError))
try:
    next(g)
except StopIteration as e:
    print('stop', e.value)
try:
    next(g)
except StopIteration as e:
    print('again', e.value)
print(next(g, 'default'))


def itself():
    yield next(me)


me = itself()
try:
    next(me)
except ValueError as e:
    print(e)


def failing():
    yield 1
    raise KeyError('inside')


f = failing()
next(f)
try:
    next(f)
except KeyError as e:
    print('KeyError', e, e.__traceback__.tb_next.tb_frame.f_code.co_name)


def stops():
    yield next(iter(()))


try:
    next(stops())
except RuntimeError as e:
    print(e, type(e.__cause__).__name__)
print([next(x) for x in [iter(tree(range(5))), steps()]], min(3, 1, 2), max('b', 'a'), min([4, 2]), max(1, 2.5, key=lambda x: -x))
for bad in (lambda: min(), lambda: max(1), lambda: min(1, 2, default=3), lambda: max([]), lambda: min(1, 'a')):
    try:
        print(bad())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
print((1, 2) < (1, 3), (1, 2) <= (1, 2), (1,) > (1, 0), ((1, 2), 'a') >= ((1, 2), 'b'), (float('nan'),) < (1,), () < (1,))
print(3 ** 4, (-2) ** 3, 2 ** 62, 2 ** 63, 0 ** 0, 7 ** 30, int('12'), int(), str(5), tuple('ab'), list((1, 2)), set([1]), range(3), float('1.5'), bool([]), bytes(2), frozenset('a'), dict([(1, 2)]), complex(1, 2), object.__class__, bytearray(b'x'), slice(1))
for bad in (lambda: int('x'), lambda: tuple(1), lambda: list(1, 2), lambda: range(), lambda: set(1, 2), lambda: dict(1), lambda: float([]), lambda: bool(1, 2), lambda: object(1), lambda: enumerate()):
    try:
        print(bad())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
