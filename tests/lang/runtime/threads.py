# Threads: start, join, locks, events, exceptions, thread-local data.
import queue
import threading

total = 0
lock = threading.Lock()


def add(n):
    global total
    for _ in range(n):
        with lock:
            total += 1


threads = [threading.Thread(target=add, args=(500,), name=f"t{i}") for i in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(total, [t.name for t in threads], any(t.is_alive() for t in threads))
local = threading.local()
local.x = "main"
seen = []


def use_local():
    seen.append(hasattr(local, "x"))
    local.x = "thread"
    seen.append(local.x)


t = threading.Thread(target=use_local)
t.start()
t.join()
print(seen, local.x)
q, results = queue.Queue(), queue.Queue()


def worker():
    while (item := q.get()) is not None:
        results.put(item * item)


ts = [threading.Thread(target=worker) for _ in range(2)]
for t in ts:
    t.start()
for i in range(10):
    q.put(i)
for t in ts:
    q.put(None)
for t in ts:
    t.join()
print(sorted(results.queue))
event, order = threading.Event(), []


def waits():
    event.wait()
    order.append("after")


t = threading.Thread(target=waits)
t.start()
order.append("before")
event.set()
t.join()
print(order)
r = threading.RLock()
with r, r:
    print("reentered")
try:
    lock.release()
except RuntimeError as e:
    print(e)
caught = []
threading.excepthook = lambda a: caught.append((a.exc_type.__name__, str(a.exc_value)))
t = threading.Thread(target=lambda: 1 / 0)
t.start()
t.join()
print(caught, threading.current_thread().name, threading.main_thread() is threading.current_thread(), threading.active_count())
c = threading.Condition()
items = []


def produce():
    with c:
        items.append(1)
        c.notify()


with c:
    t = threading.Thread(target=produce)
    t.start()
    while not items:
        c.wait()
t.join()
s = threading.Semaphore(2)
print(items, s.acquire(), s.acquire(), s.acquire(blocking=False), lock.acquire(timeout=0.01), lock.locked())
b = threading.Barrier(2)
out = []
t = threading.Thread(target=lambda: out.append(b.wait() in (0, 1)))
t.start()
out.append(b.wait() in (0, 1))
t.join()
print(out)
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(2) as pool:
    print(list(pool.map(lambda v: v * 2, range(5))), pool.submit(pow, 2, 5).result())
    try:
        pool.submit(int, "x").result()
    except ValueError as e:
        print(e)
# Many at once, in a process with few addresses too.
gate = threading.Event()
crowd = [threading.Thread(target=gate.wait) for _ in range(60)]
for t in crowd:
    t.start()
alive = sum(t.is_alive() for t in crowd)
gate.set()
for t in crowd:
    t.join()
print(alive, any(t.is_alive() for t in crowd))
