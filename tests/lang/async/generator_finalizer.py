# Async generators that die half-way are handed to the finalizer of sys.set_asyncgen_hooks.
import gc, sys

async def numbers():
    try:
        yield 1
        yield 2
    finally:
        print('finally')

async def plain():
    yield 'a'
    yield 'b'

def use(f):
    g = f()
    try:
        g.__anext__().send(None)
    except StopIteration as e:
        print(e.value)

old = sys.get_asyncgen_hooks()
sys.set_asyncgen_hooks(lambda g: print('first', g.__name__), lambda g: print('finalizer', g.__name__))
for f in numbers, plain:
    use(f)
    gc.collect()
sys.set_asyncgen_hooks(*old)
use(numbers)
gc.collect()
