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
