# What follows the death of objects has frames of its own, however deep the code is that it interrupts.
import gc
import sys
import weakref


class Node:
    pass


seen = []


def helper(n):
    return n and 1 + helper(n - 1)


def died(r):
    seen.append(helper(5))


def deep(n):
    if n:
        return deep(n - 1)
    for _ in range(50):
        node = Node()
        node.self = node
        kept.append(weakref.ref(node, died))
    del node
    gc.collect()
    for _ in range(100):
        pass


kept = []
sys.setrecursionlimit(60)
depth = 20
while True:
    try:
        deep(depth)
    except RecursionError:
        break
    depth += 1
sys.setrecursionlimit(1000)
gc.collect()
print(len(seen) >= 50, set(seen), sys.getrecursionlimit())
