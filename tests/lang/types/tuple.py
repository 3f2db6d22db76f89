# Tuples, and named tuples beside them.
from collections import namedtuple

t = (1, "a", [2])
print(t, (), (1,), 1, t[0], t[-1], t[1:], t[::-1], len(t), t + (3,), t * 2, "a" in t, t.index("a"), t.count(1), hash((1, 2)) == hash((1, 2)))
t[2].append(3)
print(t, (1, 2) < (1, 3), (1,) < (1, 0), () < (0,), (1, 2) == [1, 2], tuple("abc"), tuple([1]), tuple(x for x in range(3)), {(1, 2): "k"}[1, 2])
for fn in (lambda: t.__setitem__, lambda: t[5], lambda: t["x"], lambda: t + [1], lambda: t * 1.5, lambda: hash(t), lambda: t.index("zz"), lambda: tuple(5), lambda: (1, 2) < 5, lambda: assign(t), lambda: delete(t), lambda: aug(t), lambda: t.append(1)):
    def assign(t):
        t[0] = 1

    def delete(t):
        del t[0]

    def aug(t):
        t[2] += [9]
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)
print(t)
a = 1, 2
a += 3,
(x), y = 1, (2, (3,))
print(a, x, y, *(1, 2), (*a, *"z"), tuple() is (), not (), bool((0,)))
P = namedtuple("P", "x y", defaults=[0])
p = P(1)
print(p, p.x, p[1], p._replace(x=5), p._asdict(), P._fields, P._make([7, 8]), p == (1, 0), isinstance(p, tuple), P.__doc__, p + (1,), hash(p) == hash((1, 0)))
for fn in (lambda: P(), lambda: P(1, 2, 3), lambda: setattr(p, "x", 1), lambda: namedtuple("N", "a a"), lambda: namedtuple("N", "class"), lambda: p._replace(z=1)):
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)


class T(tuple):
    def __new__(cls, *args):
        return super().__new__(cls, args)

    def total(self):
        return sum(self)


print(T(1, 2, 3), T(1, 2).total(), type(T(1) + (2,)).__name__, T(1, 2)[0], T() == ())
q = ([],)
q[0].append(q)
print(q)
