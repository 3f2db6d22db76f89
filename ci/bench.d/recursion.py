"""recursion.py CASE: deep recursion without a native stack to lean on.

Prints `RESULT CASE seconds seconds 1 CHECKSUM`.
"""
import sys
import time

sys.setrecursionlimit(2_000_000)


def depth(n):
    if n == 0:
        return 0
    return depth(n - 1) + 1


class Deep:
    def __init__(self, n):
        self.child = Deep(n - 1) if n else None


def nested(n):
    if n:
        yield from nested(n - 1)
    yield n


CASES = {
    "function_1000000": lambda: depth(1_000_000),
    "constructor_100000": lambda: Deep(100_000).child.child is not None,
    "generators_10000": lambda: sum(1 for _ in nested(10_000)),
}


def main():
    name = sys.argv[1]
    begin = time.perf_counter()
    result = CASES[name]()
    seconds = time.perf_counter() - begin
    print("RESULT %s %.6f %.6f 1 %r" % (name, seconds, seconds, result), flush=True)


main()
