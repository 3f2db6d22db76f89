# An int that outgrows a value word where a generator's frame comes to memory: nothing of the frame is lost.

import sys


def low(n, step):
    # The int that needs a box is the first of the frame's variables, and the last.
    first = step
    a, b, c, text = 1, 2.5, [3], "text"
    last = step
    for i in range(n):
        a += 1
        first += step
        last += step
        b += 0.5
        sys._getframe()
        yield a, b, c, text, first, last


def high(n, step):
    a, b, c, text = 1, 2.5, [3], "text"
    k = m = step
    for i in range(n):
        a += 1
        b += 0.25
        m += 1
        k += step
        sys._getframe(0)
        yield a, b, c, text, k, m


def run(make, n, step):
    out = []
    for a, b, c, text, x, y in make(n, step):
        out.append((a, b, c[0], text, x, y))
    return out


def passed_on(make, n, step):
    here = [n]
    yield from make(n, step)
    yield 0, 0.0, here, "end", 0, 0


def check(rows, n):
    # Whole, and with a sum that shows any difference.
    total = 0
    for k, (a, b, c, text, x, y) in enumerate(rows):
        total = (total * 31 + a * 7 + int(b * 4) * 5 + c * 3 + len(text) + x % 1009 + y % 2003) % 1000000007
    return len(rows), total, rows[-1]


for make in (low, high):
    for bits in (29, 30, 31, 59, 60, 61, 62, 63, 64):
        for near in (40, 75, 120):
            # It crosses the border in round `near`.
            step = (1 << bits) // near
            print(make.__name__, bits, near, check(run(make, 150, step), 150))
            print(check(run(lambda n, s: passed_on(make, n, s), 150, -step), 150))
