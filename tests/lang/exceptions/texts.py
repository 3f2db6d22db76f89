# What exception groups and Unicode errors print when their parts change afterwards; coroutines nobody awaits.
import collections
import gc
import sys
import warnings

excs = [ValueError(1), TypeError(2)]
g = ExceptionGroup('test', excs)
excs.clear()
print(repr(g), g.args)
d = collections.deque([ValueError(1)])
g = ExceptionGroup('test', d)
d.clear()
print(repr(g))
g.args = ()
print(repr(g))
g = ExceptionGroup('msg', [ValueError()])
g.args = (1,)
print(repr(g))

u = UnicodeEncodeError('baz', 'xxxxx', 1, 5, 'foo')
print(u)
u.end = 2
print(u)
u.start = 1000
u.end = 5
print(u)
u.encoding, u.reason = 4000, 10 ** 20
print(u)
u = UnicodeDecodeError('baz', b'xxxxx', -3, 1, 'foo')
print(u)
u = UnicodeTranslateError('xxxx', 3, 4, 'foo')
print(u)


class Evil(str):
    def __str__(self):
        u.object = None
        return 'evil'


for u in (UnicodeEncodeError('a', 'x', 0, 1, Evil('r')), UnicodeDecodeError(Evil('a'), b'x', 0, 1, 'r')):
    try:
        print(str(u))
    except TypeError as e:
        print(e)


async def work():
    pass


async def items():
    yield 1


def forget(n):
    if n:
        return forget(n - 1)
    work()
    items().asend(None)
    items().aclose()


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    forget(20)
    gc.collect()
    gc.collect()
for text in sorted(str(w.message) for w in caught):
    print(text)


def origin(depth):
    sys.set_coroutine_origin_tracking_depth(depth)
    c = work()
    sys.set_coroutine_origin_tracking_depth(0)
    c.close()
    return c.cr_origin and [(line, name) for _, line, name in c.cr_origin]


print(origin(0), origin(1), origin(2))
print((i for i in ()).__next__.__doc__)
print([].__add__.__objclass__)
try:
    gen = (i for i in [1])
    next(gen)
    gen.gi_frame.clear()
except RuntimeError as e:
    print(e)
