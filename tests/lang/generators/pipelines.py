# Generators as pipelines, trees, infinite streams, and in odd positions.
from itertools import chain, count, islice, takewhile


def primes():
    found = []
    for n in count(2):
        if all(n % p for p in takewhile(lambda p: p * p <= n, found)):
            found.append(n)
            yield n


print(list(islice(primes(), 15)))


class Tree:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def build(xs):
    if not xs:
        return None
    m = len(xs) // 2
    return Tree(xs[m], build(xs[:m]), build(xs[m + 1:]))


print(list(build(range(20))), sum(build(range(1000))))


def permutations(xs):
    if not xs:
        yield ()
    for i, x in enumerate(xs):
        for rest in permutations(xs[:i] + xs[i + 1:]):
            yield x, *rest


print(["".join(p) for p in permutations("abc")])


def average():
    total = n = 0
    value = None
    while True:
        value = yield value
        total += value
        n += 1
        value = total / n


avg = average()
next(avg)
print([avg.send(x) for x in (10, 20, 60)])
lazy = (print("evaluated", x) or x * 2 for x in range(3))
print("created")
print(next(lazy), list(lazy))
print(sum(x * x for x in range(10)), max((len(w), w) for w in "the quick brown".split()))
print(dict((k, v) for k, v in zip("ab", (1, 2))), any(x > 2 for x in count()))


def source():
    print("opened")
    try:
        yield from range(100)
    finally:
        print("closed")


opened = source()
for x in opened:
    if x == 2:
        break
opened.close()
gen = source()
print(list(islice(gen, 3)))
gen.close()


def countdown(n):
    if n:
        yield n
        yield from countdown(n - 1)


print(sum(countdown(200)))
print([*chain.from_iterable(range(i) for i in range(4))])
nested = ((i, j) for i in range(3) for j in range(i))
print(list(nested), list(nested))


def two():
    x = yield
    while x is not None:
        x = yield x.upper()


t = two()
next(t)
print([t.send(w) for w in ("a", "b")])
live = [iter(range(i, i + 3)) for i in range(5)]
out = []
while live:
    g = live.pop(0)
    try:
        out.append(next(g))
    except StopIteration:
        continue
    live.append(g)
print(out)
print(*(c for c in "args"), sep="")
try:
    bad = (x for x in 5)
except TypeError as e:
    print(e)
try:
    list(1 / x for x in (2, 0))
except ZeroDivisionError as e:
    print(e)
