# Code and defaults of functions that compiled code calls are assigned, from within and from without.
def one(x, step=1):
    return x + step


def two(x, step=5):
    return x + 2 * step


ONE, TWO = one.__code__, two.__code__


class Thing:
    def __init__(self, n):
        self.n = n

    def get(self, by=1):
        return self.n * by


def loop(rounds, at, change):
    total = 0
    thing = Thing(3)
    for i in range(rounds):
        total += one(i) + one(i, 2) + thing.get()
        if i == at:
            change()
    return total


def reset():
    one.__code__ = ONE
    one.__defaults__ = (1,)
    Thing.get.__defaults__ = (1,)
    Thing.get = GET


GET = Thing.get
CHANGES = [
    lambda: setattr(one, "__code__", TWO),
    lambda: setattr(one, "__defaults__", (7,)),
    lambda: setattr(Thing.get, "__defaults__", (10,)),
    lambda: setattr(Thing, "get", lambda self: -1),
    lambda: None,
]
for n in range(15):
    print(loop(700, 350 + n, CHANGES[n % 5]), end=" ")
    reset()
print()


def recursive(n):
    if n == 40:
        recursive.__code__ = TWO if changed else RECURSIVE
    return n if n < 2 else 1 + recursive(n - 1)


RECURSIVE, changed = recursive.__code__, False
for n in range(400):
    changed = n == 300
    try:
        r = recursive(60)
    except TypeError as e:
        r = e
    if n in (0, 200, 300, 301):
        print(r)
    recursive.__code__ = RECURSIVE


def generator(n):
    for i in range(n):
        yield one(i)


print(sum(generator(500)))
for k, x in enumerate(generator(500)):
    if k == 250:
        one.__code__ = TWO
print(x)
reset()


class Changer:
    def __eq__(self, other):
        one.__code__ = TWO
        return True


changer = Changer()
total = 0
for i in range(600):
    total += one(i)
    if i == 400:
        [changer].index(3)
print(total)
reset()


def key(x):
    return -x


OTHER = (lambda x: x).__code__
xs = list(range(300))
print(sorted(xs, key=key)[0], max(xs, key=key))
key.__code__ = OTHER
print(sorted(xs, key=key)[0], max(xs, key=key))
