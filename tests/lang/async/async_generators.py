# Asynchronous generators: asend, athrow, aclose, finalisation, comprehension, errors.
import asyncio


async def counter(n):
    try:
        for i in range(n):
            try:
                got = yield i
                if got is not None:
                    print("got", got)
            except ValueError as e:
                print("caught", e)
                yield "recovered"
    finally:
        await asyncio.sleep(0)
        print("finalised")


async def delegating(n):
    async for x in counter(n):
        yield x * 10


async def main():
    g = counter(5)
    print(await anext(g), await g.asend("hello"), await g.athrow(ValueError("oops")), await g.__anext__())
    await g.aclose()
    print([x async for x in delegating(3)])
    try:
        await g.asend(None)
    except StopAsyncIteration:
        print("stopped")
    fresh = counter(1)
    try:
        await fresh.asend(5)
    except TypeError as e:
        print(e)
    await fresh.aclose()
    g = counter(3)
    await anext(g)
    try:
        await g.athrow(KeyError("through"))
    except KeyError as e:
        print(repr(e))

    async def bad():
        yield 1
        raise StopAsyncIteration

    try:
        async for _ in bad():
            pass
    except RuntimeError as e:
        print(e)

    async def stubborn():
        try:
            yield 1
        except GeneratorExit:
            yield 2

    s = stubborn()
    await anext(s)
    try:
        await s.aclose()
    except RuntimeError as e:
        print(e)
    print([x + y async for x in counter(2) for y in range(2)], [[y async for y in counter(2)] for _ in range(2)])
    both = [counter(1) for _ in range(2)]
    print(await asyncio.gather(*[anext(c) for c in both]))
    for c in both:
        await c.aclose()
    it = aiter(counter(2))
    print(await anext(it), await anext(it, "d"), await anext(it, "default"))
    try:
        for x in counter(1):
            pass
    except TypeError as e:
        print(e)
    one = g.__anext__()
    print(type(one).__name__, g.ag_running, g.ag_frame)
    one.close()
    async with asyncio.timeout(5):
        left = counter(3)
        async for x in left:
            if x == 1:
                break
        await left.aclose()
    async with asyncio.TaskGroup() as tg:
        tasks = [tg.create_task(collect(n)) for n in range(3)]
    print([t.result() for t in tasks])


async def collect(n):
    return [x async for x in counter(n)]


asyncio.run(main())
for source in ("async def f():\n    return 1\n    yield", "async def f():\n    yield from x", "def f():\n    await x", "def f():\n    [x async for x in y]", "async def f():\n    lambda: await x", "async def f():\n    def g():\n        async with x: pass", "async for x in y: pass", "class C:\n    await x"):
    try:
        compile(source, "f", "exec")
        print("fine", repr(source))
    except SyntaxError as e:
        print(repr(source), "->", e.msg)
