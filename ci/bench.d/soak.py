"""soak.py [MINUTES] [STEP]: allocates for MINUTES (10) and samples the resident set every STEP seconds (10).

The work mixes sizes (16 bytes to 200 KB), dict and list churn, cycles, weak references with callbacks,
finalisers, suspended generators and threads, while what lives stays the same. Memory that is lost shows as
growth: the largest sample of the second half may exceed the largest of the first half (without its first
tenth, when caches fill) by 5 % and 2 MB. The last line is `RESULT soak flat` or `RESULT soak GROWS`, with exit code 1.
"""
import random
import sys
import threading
import time
import weakref


def resident():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1])


class Node:
    def __init__(self, payload):
        self.payload = payload
        self.links = []
        self.extra = {}


class Slotted:
    __slots__ = ("a", "b", "__weakref__")

    def __init__(self, a, b):
        self.a = a
        self.b = b


COUNTS = {"finalised": 0, "callbacks": 0, "rounds": 0}


class Finalised:
    def __init__(self, partner):
        self.partner = partner

    def __del__(self):
        COUNTS["finalised"] += 1


def called_back(_):
    COUNTS["callbacks"] += 1


def walker(depth, payload):
    try:
        for i in range(depth):
            yield i, payload
            if i % 5 == 0:
                yield from walker(2, payload)
    finally:
        del payload


def sizes(rng, table):
    """Strings, bytes and lists of mixed sizes into random places of a table of fixed length."""
    for _ in range(300):
        kind = rng.randrange(5)
        n = rng.choice((1, 3, 8, 20, 60, 200, 900, 4000)) if rng.random() < 0.99 else 200000
        if kind == 0:
            made = "x%d" % n * (n // 8 + 1)
        elif kind == 1:
            made = bytes(n)
        elif kind == 2:
            made = [None] * (n // 8 + 1)
        elif kind == 3:
            made = bytearray(n)
        else:
            made = tuple(range(min(n, 500)))
        table[rng.randrange(len(table))] = made


def dicts(rng, store):
    """Keys come and go; now and then a dict is emptied by popping, or replaced by a copy of itself."""
    for _ in range(300):
        key = "k%d" % rng.randrange(5000) if rng.random() < 0.5 else rng.randrange(5000)
        if rng.random() < 0.5:
            store[key] = [key, 1.5 * len(store)]
        else:
            store.pop(key, None)
    if rng.random() < 0.01:
        while store:
            store.popitem()


def lists(rng, queue):
    for _ in range(300):
        queue.append((rng.random(), Slotted(len(queue), None)))
        if len(queue) > 2000:
            del queue[rng.randrange(1000):rng.randrange(1000, 2000)]
    if rng.random() < 0.05:
        queue.sort(key=lambda pair: pair[0])
        queue[:] = queue[::2]


def cycles(rng, nodes):
    """Rings that die as rings, and nodes linked at random to a set that lives."""
    ring = [Node(i) for i in range(rng.randrange(2, 40))]
    for i, node in enumerate(ring):
        node.links.append(ring[i - 1])
        node.extra["self"] = node
    at = rng.randrange(len(nodes))
    nodes[at] = ring[0]
    ring[0].links.append(nodes[at - 1])
    # The neighbour loses its own, or a chain of old rings would stay reachable for ever.
    del nodes[at - 1].links[1:]


def weaks(rng, nodes, weak):
    for _ in range(20):
        target = Node(None) if rng.random() < 0.7 else rng.choice(nodes)
        weak[rng.randrange(1000)] = target
        weakref.ref(target, called_back)
        loop = Finalised(None)
        loop.partner = [loop, target]
    return sum(1 for r in list(weak.values()) if r.payload is None)


def generators(rng, suspended):
    for _ in range(20):
        made = walker(rng.randrange(1, 20), [0] * rng.randrange(50))
        for _ in range(rng.randrange(5)):
            next(made, None)
        suspended[rng.randrange(len(suspended))] = made
    closing = suspended[rng.randrange(len(suspended))]
    if closing is not None:
        closing.close()


def exceptions(rng):
    def fail(n):
        kept = [n] * 10
        if n:
            fail(n - 1)
        raise ValueError(kept)

    held = None
    for _ in range(5):
        try:
            fail(rng.randrange(20))
        except ValueError as error:
            held = error
    return held


def work(seed, until):
    rng = random.Random(seed)
    table, store, queue, suspended = [None] * 2000, {}, [], [None] * 200
    nodes = [Node(i) for i in range(200)]
    for node in nodes:
        node.links.append(node)
    weak = weakref.WeakValueDictionary()
    while time.monotonic() < until:
        sizes(rng, table)
        dicts(rng, store)
        lists(rng, queue)
        cycles(rng, nodes)
        weaks(rng, nodes, weak)
        generators(rng, suspended)
        exceptions(rng)
        short = threading.Thread(target=sizes, args=(rng, table)) if rng.random() < 0.05 else None
        if short:
            short.start()
            short.join()
        COUNTS["rounds"] += 1


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    step = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    begin = time.monotonic()
    until = begin + minutes * 60
    threads = [threading.Thread(target=work, args=(seed, until)) for seed in range(3)]
    for thread in threads:
        thread.start()
    samples = []
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(step, left))
        samples.append(resident())
        print("%6.0f s %8d KiB %s" % (time.monotonic() - begin, samples[-1], COUNTS), flush=True)
    for thread in threads:
        thread.join()
    half = len(samples) // 2
    first, second = max(samples[len(samples) // 10:half]), max(samples[half:])
    flat = second <= first * 1.05 + 2048
    print("RESULT soak %s: %d KiB, then %d KiB" % ("flat" if flat else "GROWS", first, second))
    sys.exit(0 if flat else 1)


if __name__ == "__main__":
    main()
