"""Times calls inside one process and prints a line that ci/bench reads.

`RESULT name first steady calls checksum`: seconds of the first call (everything cold), the median of the
later half of the calls made within the budget, the number of calls, and what the call returned.
Only modules that every interpreter has early are used.
"""
import os
import time

perf_counter = time.perf_counter
BUDGET = float(os.environ.get("BENCH_BUDGET", "2"))


def report(name, seconds, checksum):
    later = sorted(seconds[len(seconds) // 2:])
    steady = later[len(later) // 2]
    text = repr(checksum).replace(" ", "")
    print("RESULT %s %.12f %.12f %d %s" % (name, seconds[0], steady, len(seconds), text), flush=True)


def measure(name, call, inner_loops=1):
    """Calls until the budget is used up, at least twice."""
    seconds = []
    begin = perf_counter()
    while True:
        before = perf_counter()
        checksum = call()
        after = perf_counter()
        seconds.append((after - before) / inner_loops)
        if len(seconds) >= 2 and after - begin > BUDGET:
            break
    report(name, seconds, checksum)


def measure_self_timed(name, timed, inner_loops=1):
    """For functions that take a number of loops and return the seconds they took."""
    seconds = []
    begin = perf_counter()
    loops = 1
    while True:
        took = timed(loops)
        seconds.append(took / loops / inner_loops)
        if len(seconds) >= 2 and perf_counter() - begin > BUDGET:
            break
        if took < 0.05:
            loops *= 2
    report(name, seconds, None)
