# Deep recursion: the default limit, a raised limit, through dunders, and in builtins.
import sys


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


print(depth(900))
try:
    depth(10 ** 6)
except RecursionError as e:
    print(e)
sys.setrecursionlimit(60000)
print(depth(50000))


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


print(even(30000))


def nest(n):
    return [nest(n - 1)] if n else []


sys.setrecursionlimit(1000)


class Node:
    def __repr__(self):
        return f"N({self.other!r})"


a, b = Node(), Node()
a.other, b.other = b, a
for name, action in (("repr", lambda: repr(a)), ("str", lambda: str(a)), ("format", lambda: f"{a}"), ("list repr", lambda: repr([a]))):
    try:
        action()
    except RecursionError as e:
        print(name, "RecursionError")


class GetAttr:
    def __getattr__(self, name):
        return getattr(self, name + "x")


class Eq:
    def __eq__(self, other):
        return other == self

    def __hash__(self):
        return hash((self,))

    def __len__(self):
        return len(self)

    def __call__(self):
        return self()

    def __iter__(self):
        return iter(self)

    def __getitem__(self, i):
        return self[i]

    def __add__(self, o):
        return self + o

    def __bool__(self):
        return bool(self)

    def __contains__(self, x):
        return x in self

    def __lt__(self, o):
        return o > self

    __gt__ = __lt__


e = Eq()
for action in ("GetAttr().x", "e == Eq()", "hash(e)", "len(e)", "e()", "iter(e)", "e[0]", "e + 1", "bool(e)", "1 in e", "e < Eq()", "sorted([e, e])", "max(e, Eq())", "{e: 1}", "not e"):
    try:
        eval(action)
        print(action, "fine")
    except RecursionError:
        print(action, "RecursionError")
loop = []
loop.append(loop)
other = []
other.append(other)
try:
    loop == other
except RecursionError:
    print("== RecursionError")
print(loop == loop, loop)


def generators(n):
    if n:
        yield from generators(n - 1)
    yield n


print(sum(generators(400)))
deep = None
for _ in range(100000):
    deep = (deep,)
try:
    hash(deep)
    print("hashed")
except RecursionError:
    print("hash RecursionError")
del deep
sys.setrecursionlimit(20000)
x = nest(3000)
n = 0
while x:
    x = x[0]
    n += 1
print(n)
for bad in (0, -1, "a", 10 ** 30):
    try:
        sys.setrecursionlimit(bad)
    except (ValueError, TypeError, OverflowError) as err:
        print(type(err).__name__)
print(sys.getrecursionlimit())
