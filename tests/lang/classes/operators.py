# Operator methods, reflected ones, in-place ones, and NotImplemented.
class V:
    def __init__(self, *xs):
        self.xs = xs

    def __repr__(self):
        return f"V{self.xs}"

    def __add__(self, other):
        if not isinstance(other, V):
            return NotImplemented
        return V(*(a + b for a, b in zip(self.xs, other.xs)))

    def __radd__(self, other):
        return V(*(other + x for x in self.xs))

    def __mul__(self, k):
        return V(*(x * k for x in self.xs))

    __rmul__ = __mul__

    def __neg__(self):
        return V(*(-x for x in self.xs))

    def __pos__(self):
        return self

    def __invert__(self):
        return V(*reversed(self.xs))

    def __abs__(self):
        return sum(x * x for x in self.xs) ** 0.5

    def __eq__(self, other):
        return isinstance(other, V) and self.xs == other.xs

    def __hash__(self):
        return hash(self.xs)

    def __bool__(self):
        return any(self.xs)

    def __len__(self):
        return len(self.xs)

    def __getitem__(self, i):
        return self.xs[i]

    def __contains__(self, x):
        return x in self.xs

    def __call__(self, *a, **k):
        return a, k

    def __iadd__(self, other):
        print("iadd")
        return V(*self.xs, other)

    def __index__(self):
        return len(self.xs)

    def __divmod__(self, other):
        return "divmod", other

    def __rdivmod__(self, other):
        return "rdivmod", other

    def __pow__(self, e, m=None):
        return "pow", e, m

    def __round__(self, n=None):
        return "round", n

    def __format__(self, spec):
        return f"<{spec}>"


v, w = V(3, 4), V(1, 2)
print(v + w, 1 + v, v * 2, 2 * v, -v, +v, ~v, abs(v), v == w, v == V(3, 4))
print(bool(V(0)), len(v), v[0], v[::-1], 3 in v, v(1, a=2), [*v], list(range(5))[v], bin(v))
v += 5
print(v, divmod(v, 2), divmod(2, v), pow(v, 2, 3), v ** 4, round(v), round(v, 2), f"{v:abc}")
for expression in ("v + 'x'", "v - 1", "1 - v", "v < w", "v @ w", "v / 2", "v[10]", "'%d' % v",
                   "[] + v", "v & 1", "v >> w", "int(v)", "float(v)", "-'x'", "~1.5", "1 < 'a'",
                   "[] < {}", "None > 1", "1 + None", "'a' * 'b'", "'a' - 1", "[1] * 1.5"):
    try:
        print(expression, "=", eval(expression))
    except (TypeError, IndexError) as e:
        print(expression, "->", e)


class Base:
    def __add__(self, other):
        return "Base.add"

    def __radd__(self, other):
        return "Base.radd"


class Derived(Base):
    def __radd__(self, other):
        return "Derived.radd"


print(Base() + Derived(), Derived() + Base(), Base() + Base(), 1 + Base())


class Order:
    def __init__(self, n):
        self.n = n

    def __lt__(self, o):
        return ("lt", self.n, o.n) if isinstance(o, Order) else NotImplemented

    def __ge__(self, o):
        return ("ge", self.n)


print(Order(1) < Order(2), Order(1) > Order(2), Order(1) >= 2, 2 <= Order(1))
print(Order(1) == Order(1), Order(1) != Order(1))


class Weird:
    def __bool__(self):
        return 1


class NegLen:
    def __len__(self):
        return -1


for bad in (Weird, NegLen):
    try:
        bool(bad())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)


class NoHash:
    def __eq__(self, other):
        return True


try:
    {NoHash(): 1}
except TypeError as e:
    print(e)
print(NoHash.__hash__)
