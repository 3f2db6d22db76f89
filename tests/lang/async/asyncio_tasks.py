# Tasks, gathering, cancellation, time-outs, queues, locks, groups.
import asyncio


async def worker(name, delay, log):
    for i in range(3):
        await asyncio.sleep(delay)
        log.append((name, i))
    return name


async def canceled(log):
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        log.append("cancelled")
        raise


async def failing(n):
    await asyncio.sleep(0)
    raise ValueError(n)


async def main():
    log = []
    print(await asyncio.gather(worker("a", 0, log), worker("b", 0, log)))
    print(log)
    log.clear()
    task = asyncio.create_task(canceled(log), name="sleeper")
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print(log, task.cancelled(), task.get_name())
    print(await asyncio.gather(failing(1), child(), return_exceptions=True))
    try:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(100)
    except TimeoutError:
        print("timeout")
    try:
        await asyncio.wait_for(asyncio.sleep(100), 0.001)
    except TimeoutError:
        print("wait_for timeout")
    queue = asyncio.Queue(maxsize=2)

    async def producer():
        for i in range(5):
            await queue.put(i)
        await queue.put(None)

    async def consumer():
        got = []
        while (item := await queue.get()) is not None:
            got.append(item)
        return got

    _, got = await asyncio.gather(producer(), consumer())
    print(got)
    lock, order = asyncio.Lock(), []

    async def guarded(n):
        async with lock:
            order.append(("in", n))
            await asyncio.sleep(0)
            order.append(("out", n))

    await asyncio.gather(*(guarded(i) for i in range(3)))
    print(order)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing("x"))
            group.create_task(failing("y"))
    except* ValueError as eg:
        print([str(e) for e in eg.exceptions])
    event = asyncio.Event()

    async def waiter():
        await event.wait()
        return "woken"

    tasks = [asyncio.create_task(waiter()) for _ in range(2)]
    await asyncio.sleep(0)
    event.set()
    print(await asyncio.gather(*tasks))
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    loop.call_soon(future.set_result, 42)
    print(await future, future.done())
    done, pending = await asyncio.wait([asyncio.create_task(child())])
    print(len(done), len(pending), done.pop().result())


async def child():
    return "child"


asyncio.run(main())
