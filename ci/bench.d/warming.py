"""warming.py CASE: what the trace compiler finds hard, 10,000 calls (or rounds) at a time.

Prints `RESULT CASE FIRST STEADY RUNS CHECKSUM` in seconds: the first 10,000, and the median of the later half of RUNS
times as many. `classes_N`: one call site cycling through N classes, each with a method of its own; `attributes_N`: one
attribute read off objects of N shapes; `functions_1500`: as many small functions with a loop, called in turn; `leaving`:
every second round of a loop goes the other way (with PYRS_JIT_BRIDGE=1000000000 that leaves compiled code each time:
what it takes beyond PYRS_JIT=0 is the price of 5,000 exits and entries).
"""
import sys
import time

RUNS = 60
CALLS = 10_000


def made(template, n):
    names = {}
    exec("\n".join(template.replace("#", str(k)) for k in range(n)), names)
    return names


def objects(template, n):
    names = made(template, n)
    return [names["C%d" % k]() for k in range(n)]


METHOD = """
class C#:
    def __init__(self): self.x = #
    def m(self, y): return self.x + y
"""
ATTRIBUTE = """
class C#:
    def __init__(self):
        self.a# = 1
        self.x = #
"""
FUNCTION = """
def f#(x):
    t = 0
    for i in range(3):
        t += x * i + #
    return t
"""


def classes(things, rounds):
    t = 0
    for r in range(rounds):
        for o in things:
            t += o.m(r)
    return t


def attributes(things, rounds):
    t = 0
    for r in range(rounds):
        for o in things:
            t += o.x
    return t


def functions(things, rounds):
    t = 0
    for r in range(rounds):
        for f in things:
            t += f(r)
    return t


def leaving(things, rounds):
    a = b = 0
    for i in range(rounds):
        if i & 1:
            a += i
        else:
            b += 1
    return a + b


def case(name):
    kind, _, n = name.partition("_")
    n = int(n or 1)
    if kind == "classes":
        return classes, objects(METHOD, n)
    if kind == "attributes":
        return attributes, objects(ATTRIBUTE, n)
    if kind == "functions":
        names = made(FUNCTION, n)
        return functions, [names["f%d" % k] for k in range(n)]
    return leaving, [None]


def main():
    name = sys.argv[1]
    work, things = case(name)
    rounds = max(CALLS // len(things), 1)
    times = []
    checksum = 0
    for _ in range(RUNS):
        begin = time.perf_counter()
        checksum += work(things, rounds)
        times.append((time.perf_counter() - begin) * CALLS / (rounds * len(things)))
    later = sorted(times[RUNS // 2 :])
    print("RESULT %s %.9f %.9f %d %d" % (name, times[0], later[len(later) // 2], RUNS, checksum), flush=True)


main()
