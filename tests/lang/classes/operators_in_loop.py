"""Special methods in Python, reached from loops: refusals, reflections, results of odd types, caches that go stale."""


class V:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f'V({self.x})'

    def __add__(self, o):
        return V(self.x + o.x) if isinstance(o, V) else NotImplemented

    def __radd__(self, o):
        return V(o + self.x)

    def __mul__(self, o):
        return V(self.x * o)

    __rmul__ = __mul__

    def __iadd__(self, o):
        if isinstance(o, str):
            return NotImplemented
        self.x += getattr(o, 'x', o)
        return self

    def __eq__(self, o):
        return o.x == self.x if isinstance(o, V) else NotImplemented

    def __lt__(self, o):
        return [] if self.x > o.x else ['yes']

    def __getitem__(self, k):
        if k == 3:
            raise KeyError(k)
        return ('item', k)

    def __setitem__(self, k, v):
        print('set', k, v)

    def __delitem__(self, k):
        print('del', k)

    def __contains__(self, k):
        return [k] if k else 0

    def __call__(self, *a, **k):
        return a, k

    def __iter__(self):
        return iter('ab')


class W(V):
    def __radd__(self, o):
        return 'W first'


class Plain:
    __slots__ = ('a', 'b')
    total = 0

    @property
    def both(self):
        return self.a, self.b

    @staticmethod
    def twice(x):
        return 2 * x

    @classmethod
    def name(cls):
        return cls.__name__


for i in range(3):
    v, w = V(i), W(i)
    print(v + w, v + v, 2 + v, 1.5 + v, v * 2, 2 * v, 2.5 * v)
    v += 1
    v += w
    print(v, v == V(2 * i + 1), v == 1, v != 1, w == v, v < w, not (w < v))
    if v < w:
        print('less')
    if v == V(1):
        print('equal')
    print(v[i], i in v, i not in v, v(1, *[2], k=i), list(v), [c for c in v])
    v[i] = i
    del v[i]
    for bad in (lambda: v + 'x', lambda: v[3], lambda: v < 1, lambda: [] + v, lambda: v @ v, lambda: v(**{1: 2})):
        try:
            print(bad())
        except Exception as e:
            print(type(e).__name__, e)
    try:
        v += 'x'
    except TypeError as e:
        print(e)

for i in range(4):
    p = Plain()
    try:
        p.a
    except AttributeError as e:
        print(e)
    p.a, p.b = i, -i
    print(p.a, p.both, p.twice(i), Plain.twice(i), p.name(), Plain.name(), Plain.total)
    Plain.total += 1
    if i == 1:
        Plain.both = property(lambda self: 'other')
    if i == 2:
        Plain.twice = lambda self: 'method'
        Plain.name = 5
        Plain.a = 'class attribute'
        del p.b
        try:
            p.b
        except AttributeError as e:
            print(e)
        break
print(Plain.total, Plain.name, Plain().twice(), Plain().a)


class Many:
    pass


shapes = []
for n in range(40):
    o = Many()
    for k in range(n % 7):
        setattr(o, f'f{k}', k)
    o.last = n
    shapes.append(o)
print(sum(o.last for o in shapes), sum(getattr(o, 'f0', 10) for o in shapes))
Many.last = property(lambda self: -1)
print({o.last for o in shapes})
Many.f0 = 'class'
print(sorted({str(o.f0) for o in shapes}))
print((0.0 + 1) * 2, 1 / 4, 7 / 7, -0.0, -(0), 2 ** 53 / 3, (2 ** 62 + 1) / 3, 2 ** 53 + 1 == float(2 ** 53), 3 < 2.5, 1e300 * 10)
t = (1, (2, 'x', (3.0, None)))
print(hash(t) == hash((1, (2, 'x', (3.0, None)))), t == (1, (2, 'x', (3.0, None))), t != (1, (2, 'x', (3.5, None))))
print([1, 2, 3, 4][1:3], (1, 2, 3)[-2:], 'hello'[1:-1], [1, 2, 3][::-1], b'abc'[0:2])
a = [1, 2, 3, 4]
a[1:3] = (9, 9, 9)
a[:] = a
a[0:1] = []
print(a)


def documented():
    """text"""


print(documented.__doc__, (lambda: 0).__doc__, documented.__code__.co_consts[0], len.__doc__ is not None)


class Meta(type):
    pass


class Meta2(Meta):
    late = 'from Meta2'


class K(metaclass=Meta):
    late = 'from K'

    def __eq__(self, other):
        return 'equal'


class Bare:
    pass


k, first, second = K(), Bare(), Bare()
for step in range(5):
    print(K.late, k == first, first == second, first == first, first != second, first == k, first == None)
    if step == 0:
        Meta.late = property(lambda cls: 'data of Meta')
    elif step == 1:
        del Meta.late
        K.late = 'new'
    elif step == 2:
        K.__class__ = Meta2
    elif step == 3:
        Meta2.late = property(lambda cls: 'data of Meta2')
        Bare.__eq__ = lambda self, other: 'changed'
