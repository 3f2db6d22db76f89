"""allocation.py CASE: what making objects costs.

The first cases make a million objects of one kind; each is parked in a ring of 64 slots, so that it cannot be
optimised away and dies soon. `ring` is the loop alone, to subtract. The mixes make three kinds in turn; one in N
survives into a random slot of a thousand old lists. `pauses` keeps 2.4 million objects alive while allocating in
small steps; its "first call" is the longest step in CPU time and its "steady" figure the median step, so
their difference is the longest pause of the collector.
"""
import sys
import time

import harness

N = 1000000


class Instance:
    def __init__(self, a, b):
        self.a = a
        self.b = b


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


def ring():
    slots = [None] * 64
    for i in range(N):
        slots[i & 63] = i
    return slots[5]


def floats():
    slots = [None] * 64
    x = 1e300
    for i in range(N):
        slots[i & 63] = x * i
    return slots[5]


def pairs():
    slots = [None] * 64
    for i in range(N):
        slots[i & 63] = (i, slots)
    return slots[5][0]


def slotted():
    slots = [None] * 64
    for i in range(N):
        slots[i & 63] = Slots(i, None)
    return slots[5].a


def instances():
    slots = [None] * 64
    for i in range(N):
        slots[i & 63] = Instance(i, None)
    return slots[5].a


def lists():
    slots = [None] * 64
    for i in range(N):
        slots[i & 63] = [i]
    return slots[5][0]


def dicts():
    slots = [None] * 64
    for i in range(N):
        slots[i & 63] = {1: i}
    return slots[5][1]


def strings():
    slots = [None] * 64
    for i in range(N):
        slots[i & 63] = "%d" % i
    return slots[5]


def mix(one_in):
    old = [[None] * 100 for _ in range(1000)]
    slots = [None] * 64
    seed = 1
    for i in range(N):
        kind = i % 3
        if kind == 0:
            thing = (i, slots)
        elif kind == 1:
            thing = [i]
        else:
            thing = Slots(i, old)
        slots[i & 63] = thing
        if i % one_in == 0:
            seed = (seed * 1103515245 + 12345) % 2147483648
            old[seed % 1000][seed // 1000 % 100] = thing
    return sum(1 for row in old for x in row if x is not None)


class Node:
    __slots__ = ("value", "children")

    def __init__(self, value):
        self.value = value
        self.children = [None, None]


def pauses():
    """600,000 nodes with a list and two numbers each; then steps in which one object in 20 survives."""
    nodes = [Node(i * 1.1e300) for i in range(600000)]
    clock = time.process_time
    seed, steps = 1, []
    for _ in range(20000):
        begin = clock()
        for i in range(50):
            node = Node(i * 1.1e300)
            if i % 20 == 0:
                seed = (seed * 1103515245 + 12345) % 2147483648
                nodes[seed % 600000] = node
        steps.append(clock() - begin)
    steps.sort()
    print("RESULT pauses %.9f %.9f %d %d" % (steps[-1], steps[len(steps) // 2], len(steps), len(nodes)))


CASES = {
    "ring": ring,
    "floats": floats,
    "pairs": pairs,
    "slotted": slotted,
    "instances": instances,
    "lists": lists,
    "dicts": dicts,
    "strings": strings,
    "mix_20_percent": lambda: mix(5),
    "mix_5_percent": lambda: mix(20),
    "mix_1_percent": lambda: mix(100),
}


def main():
    name = sys.argv[1]
    if name == "pauses":
        pauses()
    else:
        harness.measure(name, CASES[name])


main()
