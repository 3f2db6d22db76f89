# Functions that call themselves, directly and through others, in compiled code.
import sys


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


print(fib(21))


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


sys.setrecursionlimit(3_000_000)
print(ackermann(2, 60))


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


print([even(k) for k in (2000, 2001)], sum(even(k) for k in range(300)))


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


print(deep(1_000_000))


# Types change on the way.
def mixed(n, step):
    if n <= 0:
        return step
    return mixed(n - 1, step) + step


print(mixed(300, 1), mixed(300, 0.5), mixed(30, "x"), mixed(300, 2**70), mixed(300, 1))


class Tree:
    def __init__(self, depth):
        self.left = Tree(depth - 1) if depth else None
        self.right = Tree(depth - 1) if depth else None

    def count(self):
        return 1 + (self.left.count() if self.left else 0) + (self.right.count() if self.right else 0)

    def sizes(self, into, *more, by=1):
        if self.left is not None:
            self.left.sizes(into, *more, by=by + 1)
            self.right.sizes(into, by=by + 1)
        into.append(by + len(more))


tree = Tree(10)
print(tree.count())
found = []
tree.sizes(found, "a", "b")
print(len(found), sum(found))


# An exception goes through compiled frames, and its traceback names them all.
def fall(n):
    if n == 0:
        raise KeyError("bottom")
    try:
        return fall(n - 1)
    finally:
        falls.append(n)


falls = []
for _ in range(40):
    try:
        fall(30)
    except KeyError as e:
        t, frames = e.__traceback__, 0
        while t:
            frames, t = frames + 1, t.tb_next
print(frames, len(falls), sum(falls))


# Frames of compiled code are there for those who look.
def looks(n):
    if n == 0:
        f, names = sys._getframe(), []
        while f.f_code.co_name == "looks":
            names.append(f.f_locals["n"])
            f = f.f_back
        return names
    return looks(n - 1)


for _ in range(60):
    seen = looks(12)
print(seen)

# The limit holds.
sys.setrecursionlimit(900)


def endless(n):
    return endless(n + 1) + 1


for _ in range(20):
    try:
        endless(0)
    except RecursionError as e:
        print(e)
        break
    finally:
        pass


# The function is replaced while it runs.
def changing(n):
    global changing
    if n == 5:

        def changing(n):
            return 1000

    return 1 + changing(n - 1) if n else 0


first = changing
for _ in range(5):
    changing = first
    print(changing(200), end=" ")
print()


def collatz(n, seen):
    if n in seen:
        return seen[n]
    r = 1 + collatz(n // 2 if n % 2 == 0 else 3 * n + 1, seen)
    seen[n] = r
    return r


seen = {1: 0}
print(max(collatz(n, seen) for n in range(1, 3000)))


def permutations(items, k=0):
    if k == len(items):
        return 1
    total = 0
    for i in range(k, len(items)):
        items[k], items[i] = items[i], items[k]
        total += permutations(items, k + 1)
        items[k], items[i] = items[i], items[k]
    return total


print(permutations(list(range(7))))
