# super().method() in loops: the class of the receiver, the class behind super and the function may change.
class A:
    def f(self):
        return 1

    def g(self, x):
        return x


class B(A):
    def f(self):
        return super().f() + 10

    def g(self, x):
        return super().g(x) * 2


class C(A):
    def f(self):
        return super().f() + 100


class D(B, C):
    def f(self):
        return super().f() + 1000

    @property
    def p(self):
        return 5


class E(D):
    def f(self):
        return super().f() + super().p

    @classmethod
    def make(cls):
        return super().__new__(cls)


total = 0
objects = [B(), D(), E(), C()]
for n in range(900):
    total += objects[n % 4].f()
print(total)
d = D()
for n in range(400):
    if n == 200:
        A.f = lambda self: -1
    if n == 300:
        B.__bases__ = (C,)
    total += d.f()
print(total, d.f())


def factory(base):
    class Made(base):
        def f(self):
            return super().f() * 2

    return Made()


made = [factory(k) for k in (A, B, C, D)]
print([sum(m.f() for _ in range(200)) for m in made])
print(sum(E.make().f() for _ in range(200)))


class Wrong(A):
    def f(self):
        return super().missing()


for n in range(300):
    try:
        Wrong().f()
    except AttributeError as e:
        message = str(e)
print(message)


class Replaced(A):
    def f(self):
        return super().f() if self.n % 2 else super(Replaced, self).f()


r = Replaced()
for r.n in range(300):
    total += r.f()
print(total)

# Powers of floats.
s = 0.0
for n in range(1, 500):
    s += n**0.5 + (n - 250.0) ** 2 + 2.0**-n + float(n) ** -1.5 + (-1.5) ** (n % 7)
print(s)
out = []
for n in range(400):
    try:
        x = [2.0, 0.0, -8.0, 1e200, float("nan"), float("inf"), -1.0][n % 7]
        y = [2, -1, 0.5, 3.0, 1 / 3, 0][n % 6]
        out.append(repr(x**y))
    except (ZeroDivisionError, OverflowError) as e:
        out.append(str(e))
print(len(out), sorted(set(out)))
