# Threads: locks, events, locals, queues, hand-over of the interpreter.
import queue, threading, time
lock, n = threading.Lock(), 0
def count(times):
    global n
    for _ in range(times):
        with lock:
            n += 1
threads = [threading.Thread(target=count, args=(2000,)) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(n)
x = threading.local()
x.a = 1
def other():
    try:
        x.a
    except AttributeError as e:
        print(e)
    x.a = 2
t = threading.Thread(target=other)
t.start()
t.join()
print(x.a)
event = threading.Event()
threading.Timer(.05, event.set).start()
print(event.wait(10), event.wait(.01))
q = queue.Queue(10)
def produce():
    for i in range(500):
        q.put([i] * 3)
    q.put(None)
threading.Thread(target=produce).start()
total = 0
while (v := q.get()) is not None:
    total += sum(v)
print(total)
stop = False
def spin():
    turns = 0
    while not stop:
        turns += 1
    print('stopped', turns > 0)
t = threading.Thread(target=spin)
t.start()
time.sleep(.03)
stop = True
t.join()
r = threading.RLock()
with r, r:
    print(r.acquire(blocking=False), r._is_owned())
    r.release()
c = threading.Condition()
ready = []
def wait_for():
    with c:
        c.wait_for(lambda: ready)
        print('ready', ready)
t = threading.Thread(target=wait_for)
t.start()
with c:
    ready.append(1)
    c.notify()
t.join(10)
print(t.is_alive(), lock.acquire(timeout=.01), lock.acquire(timeout=.01), lock.locked())
for wrong in [lambda: lock.acquire(False, 1), lambda: lock.acquire(timeout=-2), lambda: threading.Lock().release(), t.start]:
    try:
        wrong()
    except Exception as e:
        print(type(e).__name__, e)
