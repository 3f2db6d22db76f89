# Signals and other threads reach loops that are compiled, however often.
import signal
import threading


def handler(*args):
    raise KeyboardInterrupt


signal.signal(signal.SIGALRM, handler)
n = 0
for k in range(30):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.005)
        i = 0
        while True:
            i += 1
    except KeyboardInterrupt:
        n += 1
print(n)

stop = []


def spin(turns):
    while not stop:
        turns[0] += 1


all_turns = [[0], [0], [0]]
threads = [threading.Thread(target=spin, args=(t,)) for t in all_turns]
for t in threads:
    t.start()
while min(all_turns)[0] < 1000:
    pass
stop.append(1)
for t in threads:
    t.join()
print("joined")
