"""memory.py STRUCTURE: prints by how many KiB the resident set grows while one structure is built.

`RESULT STRUCTURE seconds seconds 1 KIB`. The structure is alive while the second reading is taken.
"""
import gc
import sys
import time


def resident():
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmRSS"):
                return int(line.split()[1])


class Pair:
    def __init__(self, x, y):
        self.x = x
        self.y = y


def ticker(n):
    while True:
        yield n
        n += 1


def generators(n):
    made = [ticker(i) for i in range(n)]
    for g in made:
        next(g)
    return made


MILLION = 10 ** 6
STRUCTURES = {
    "ints": lambda: [i * 3 + 1000 for i in range(MILLION)],
    "floats": lambda: [i * 0.37 for i in range(MILLION)],
    "instances": lambda: [Pair(i, None) for i in range(MILLION)],
    "pairs": lambda: [(i, i) for i in range(MILLION)],
    "str_to_int": lambda: {"key%d" % i: i for i in range(MILLION)},
    "small_dicts": lambda: [{"a": i, "b": None, "c": i} for i in range(MILLION // 10)],
    "strings": lambda: ["s%d" % i for i in range(MILLION)],
    "generators": lambda: generators(MILLION // 10),
}


def main():
    name = sys.argv[1]
    build = STRUCTURES[name]
    gc.collect()
    before = resident()
    begin = time.perf_counter()
    structure = build()
    seconds = time.perf_counter() - begin
    gc.collect()
    growth = resident() - before
    print("RESULT %s %.6f %.6f 1 %d" % (name, seconds, seconds, growth))
    return structure


main()
