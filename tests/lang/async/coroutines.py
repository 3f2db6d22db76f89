# Coroutines driven by hand and by asyncio; awaitables, async with and async for.
import asyncio


class Suspend:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        got = yield self.value
        return got


async def child(n):
    got = await Suspend(f"child {n}")
    return got, n


async def parent():
    a = await child(1)
    b = await child(2)
    return [a, b]


c = parent()
print(c.send(None), c.send("x"))
try:
    c.send("y")
except StopIteration as e:
    print(e.value)
try:
    c.send(None)
except RuntimeError as e:
    print(e)


async def not_awaitable():
    await 5


try:
    not_awaitable().send(None)
except TypeError as e:
    print(e)


class Manager:
    async def __aenter__(self):
        print("aenter")
        return await child("in") if False else "entered"

    async def __aexit__(self, *exc):
        print("aexit", exc[0])
        return exc[0] is KeyError


class Countdown:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        await asyncio.sleep(0)
        return self.n


async def agen(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                print("agen got", got)
    finally:
        print("agen closed")


async def main():
    async with Manager() as m:
        print(m)
        raise KeyError("swallowed")
    async for x in Countdown(3):
        print("for", x)
    else:
        print("else")
    print([x async for x in Countdown(3)], {x: 1 async for x in agen(2)})
    print([await child_value(i) for i in range(3)], sum([x async for x in agen(4) if x % 2]))
    g = agen(3)
    print(await g.asend(None), await g.asend("hello"))
    await g.aclose()
    try:
        await anext(g)
    except StopAsyncIteration:
        print("exhausted")
    print(await anext(agen(0), "default"))
    for bad in ("async for x in [1]: pass", "async with 5: pass"):
        try:
            ns = {}
            exec(f"async def f():\n    {bad}", ns)
            await ns["f"]()
        except TypeError as e:
            print(e)
    return "main done"


async def child_value(i):
    await asyncio.sleep(0)
    return i * 10


print(asyncio.run(main()))
print(type(c).__name__, c.cr_code.co_name, c.cr_frame)
x = agen(1)
print(type(x).__name__, x.ag_code.co_name)
