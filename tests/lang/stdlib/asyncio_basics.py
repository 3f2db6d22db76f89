# asyncio on its default event loop: tasks, synchronisation, timeouts, streams, subprocesses, threads.
import asyncio, contextvars, signal, os, socket, sys, time

async def double(x, delay=0):
    await asyncio.sleep(delay)
    return 2 * x

async def fail(message, delay=0):
    await asyncio.sleep(delay)
    raise ValueError(message)

async def tasks():
    print(await double(4))
    print(await asyncio.gather(double(1, .02), double(2, .01), double(3)))
    print(await asyncio.gather(double(1), fail('no'), return_exceptions=True))
    t = asyncio.create_task(double(5), name='five')
    print(t.get_name(), t.done(), await t, t.done(), t.result())
    done, pending = await asyncio.wait([asyncio.create_task(double(i, i / 50)) for i in range(3)],
                                       return_when=asyncio.FIRST_COMPLETED)
    print(len(done), len(pending))
    print(sorted(await asyncio.gather(*pending)))
    order = []
    for f in asyncio.as_completed([double(1, .04), double(2, .02), double(3)]):
        order.append(await f)
    print(order)
    t = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    t.cancel('enough')
    try:
        await t
    except asyncio.CancelledError as e:
        print('cancelled', e.args, t.cancelled())
    try:
        await fail('direct')
    except ValueError as e:
        print(e)

async def groups():
    async with asyncio.TaskGroup() as g:
        a, b = g.create_task(double(1)), g.create_task(double(2, .01))
    print(a.result(), b.result())
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(fail('one'))
            g.create_task(fail('two'))
            slow = g.create_task(asyncio.sleep(10))
    except* ValueError as e:
        print(type(e).__name__, sorted(str(x) for x in e.exceptions), slow.cancelled())

async def timeouts():
    try:
        await asyncio.wait_for(asyncio.sleep(10), .01)
    except TimeoutError as e:
        print('wait_for', repr(e))
    print(await asyncio.wait_for(double(1), 10))
    try:
        async with asyncio.timeout(.01) as limit:
            await asyncio.sleep(10)
    except TimeoutError:
        print('timeout', limit.expired())
    async with asyncio.timeout(None) as limit:
        print(limit.when())
    inner = asyncio.create_task(double(7, .03))
    try:
        await asyncio.wait_for(asyncio.shield(inner), .01)
    except TimeoutError:
        print('shielded', await inner)

async def synchronisation():
    lock, log = asyncio.Lock(), []
    async def worker(n):
        async with lock:
            log.append(('in', n))
            await asyncio.sleep(.001)
            log.append(('out', n))
    await asyncio.gather(*map(worker, range(3)))
    print(log)
    queue = asyncio.Queue(2)
    async def producer():
        for i in range(5):
            await queue.put(i)
        queue.shutdown()
    got = []
    async def consumer():
        try:
            while True:
                got.append(await queue.get())
                queue.task_done()
        except asyncio.QueueShutDown:
            print('shut down')
    await asyncio.gather(producer(), consumer())
    print(got, queue.qsize(), queue.maxsize)
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(.01, event.set)
    print(await event.wait(), event.is_set())
    limit = asyncio.Semaphore(2)
    running = most = 0
    async def limited():
        nonlocal running, most
        async with limit:
            running += 1
            most = max(most, running)
            await asyncio.sleep(.001)
            running -= 1
    await asyncio.gather(*(limited() for _ in range(6)))
    print(most)
    condition, ready = asyncio.Condition(), []
    async def waiter():
        async with condition:
            await condition.wait_for(lambda: ready)
            return ready[:]
    t = asyncio.create_task(waiter())
    await asyncio.sleep(0)
    async with condition:
        ready.append('yes')
        condition.notify_all()
    print(await t)
    barrier = asyncio.Barrier(3)
    async def meet():
        return await barrier.wait()
    print(sorted(await asyncio.gather(meet(), meet(), meet())))

async def streams():
    async def echo(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.write(b'bye')
        writer.close()
    server = await asyncio.start_server(echo, '127.0.0.1', 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        for line in b'first\n', b'second\n':
            writer.write(line)
            print(await reader.readline())
        writer.writelines([b'x' * 50000, b'\n', b'a,b,c\n'])
        print(len(await reader.readexactly(50001)))
        print(await reader.readuntil(b','), await reader.read(2), await reader.readline())
        writer.write_eof()
        print(await reader.read(), reader.at_eof())
        try:
            await reader.readexactly(3)
        except asyncio.IncompleteReadError as e:
            print(e)
        writer.close()
        await writer.wait_closed()
    loop = asyncio.get_running_loop()
    a, b = socket.socketpair()
    a.setblocking(False); b.setblocking(False)
    with a, b:
        receiver = asyncio.create_task(loop.sock_recv(a, 100))
        await loop.sock_sendall(b, b'raw socket')
        print(await receiver)

class Protocol(asyncio.DatagramProtocol):
    def __init__(self, done):
        self.done = done
    def connection_made(self, transport):
        self.transport = transport
    def datagram_received(self, data, address):
        if data.startswith(b'?'):
            self.transport.sendto(b'!' + data[1:], address)
        else:
            self.done.set_result(data)

async def datagrams():
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    server, _ = await loop.create_datagram_endpoint(lambda: Protocol(None), local_addr=('127.0.0.1', 0))
    client, _ = await loop.create_datagram_endpoint(
        lambda: Protocol(done), remote_addr=server.get_extra_info('sockname'))
    client.sendto(b'?question')
    print(await done)
    client.close(); server.close()

async def processes():
    p = await asyncio.create_subprocess_exec('cat', stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await p.communicate(b'through cat'), p.returncode)
    p = await asyncio.create_subprocess_shell('echo out; exit 3', stdout=asyncio.subprocess.PIPE)
    print(await p.stdout.read(), await p.wait())

variable = contextvars.ContextVar('variable', default='outer')
async def others():
    loop = asyncio.get_running_loop()
    print(await asyncio.to_thread(lambda: (variable.get(), time.sleep(.01))[0]))
    async def change():
        variable.set('inner')
        return variable.get()
    print(await asyncio.create_task(change()), variable.get())
    seen = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, seen.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    print(await seen.wait(), loop.remove_signal_handler(signal.SIGUSR1))
    calls = []
    loop.call_soon(calls.append, 1)
    loop.call_soon_threadsafe(calls.append, 2)
    loop.call_at(loop.time(), calls.append, 3)
    loop.call_later(9, calls.append, 4).cancel()
    await asyncio.sleep(.01)
    print(calls)
    reported = []
    loop.set_exception_handler(lambda loop, context: reported.append((context['message'], context['exception'])))
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
    print(reported[0][0].startswith('Exception in callback'), repr(reported[0][1]))
    loop.set_exception_handler(None)
    f = loop.create_future()
    f.add_done_callback(lambda f: print('callback', f.result()))
    f.set_result('set')
    print(f.done(), await f)
    try:
        f.set_result(1)
    except asyncio.InvalidStateError as e:
        print(type(e).__name__)
    async def numbers(n):
        try:
            for i in range(n):
                yield i
                await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0)
            print('generator closed')
    print([i async for i in numbers(3)])
    async for i in (g := numbers(9)):
        if i == 2:
            break
    await g.aclose()
    coroutine = double(1)
    try:
        asyncio.run(coroutine)
    except RuntimeError as e:
        print(e)
    coroutine.close()
    return 'result'

for part in tasks, groups, timeouts, synchronisation, streams, datagrams, processes:
    print('--', part.__name__)
    asyncio.run(part())
with asyncio.Runner() as runner:
    print(runner.run(others()), runner.get_loop().is_closed())
    print(runner.run(double(21)))
try:
    asyncio.run(fail('out of run'))
except ValueError as e:
    print(e)
def interrupted():
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    async def wait():
        try:
            signal.setitimer(signal.ITIMER_REAL, .02)
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            print('cancelled by SIGINT')
            raise
    try:
        asyncio.run(wait())
    except KeyboardInterrupt:
        print('KeyboardInterrupt')
interrupted()
