# A handler has no more frames than the body: with twelve frames this ends at once, in 2 ** 12 calls.
import sys


def both(counts):
    counts[0] += 1
    try:
        both(counts)
    except RecursionError:
        counts[1] += 1
        both(counts)


def after():
    try:
        1 / 0
    except ZeroDivisionError:
        pass
    after()


def inside():
    try:
        1 / 0
    except ZeroDivisionError:
        inside()


counts = [0, 0]
sys.setrecursionlimit(12)
for f, args in ((both, (counts,)), (after, ()), (inside, ())):
    try:
        f(*args)
    except RecursionError as e:
        print(f.__name__, e)
sys.setrecursionlimit(1000)
print(counts[0] < 1 << 13, counts[1] < 1 << 13)
