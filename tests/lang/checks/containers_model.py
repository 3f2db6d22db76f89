# Pseudo-random operations on list, dict, set and deque against simple models.
from collections import deque


def lcg(seed):
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        yield seed >> 33


g = lcg(11)


class Model:
    """A dict as a list of pairs."""

    def __init__(self):
        self.pairs = []

    def set(self, k, v):
        for i, (kk, _) in enumerate(self.pairs):
            if kk == k:
                self.pairs[i] = (kk, v)
                return
        self.pairs.append((k, v))

    def delete(self, k):
        self.pairs = [p for p in self.pairs if p[0] != k]


def key(n):
    kind = n % 5
    return (n % 40, str(n % 40), float(n % 20), (n % 6, "t"), -(n % 30) - 1)[kind]


d, model, s = {}, Model(), set()
for step in range(6000):
    n = next(g)
    k = key(n)
    op = n // 64 % 8
    if op < 4:
        d[k] = step
        model.set(k, step)
        s.add(k)
    elif op < 6:
        d.pop(k, None)
        model.delete(k)
        s.discard(k)
    elif op == 6 and d and n % 3 == 0:
        gone = d.popitem()
        assert model.pairs.pop() == gone
        s.discard(gone[0])
    else:
        assert d.get(k) == dict(model.pairs).get(k)
    if step % 500 == 0:
        assert list(d.items()) == model.pairs and set(d) == s and len(d) == len(s)
        print(step, len(d), sum(v for v in d.values()) % 10007, list(d.items())[:2])
a, b = [], []
q = deque()
for step in range(4000):
    n = next(g)
    i, j = n % (len(a) + 1), n // 128 % (len(a) + 1)
    op = n // 8192 % 8
    if op < 3:
        a.insert(i, step)
        b = b[:i] + [step] + b[i:]
    elif op == 3:
        a[i:j] = [step, -step]
        b = b[:i] + [step, -step] + b[max(i, j):]
    elif op == 4:
        a.append(step)
        b = b + [step]
    elif op == 5 and a:
        assert a.pop(i % len(a)) == b[i % len(b)]
        b = b[:i % len(b)] + b[i % len(b) + 1:]
    elif op == 6:
        a.reverse()
        b = b[::-1]
    elif len(a) > 60:
        del a[::3]
        b = [x for p, x in enumerate(b) if p % 3]
    assert len(a) == len(b)
    q.appendleft(n % 100) if n % 2 else q.append(n % 100)
    if len(q) > 20:
        q.rotate(n % 7)
        q.pop() if n % 3 else q.popleft()
    if step % 400 == 0:
        assert a == b
        print(step, len(a), sum(a) % 10007, a[:3], len(q), sum(x * p for p, x in enumerate(q)))
x, y = {n % 50 for n in range(0, 900, 7)}, {n % 60 for n in range(0, 500, 11)}
print(len(x | y), len(x & y), len(x - y), sum(x ^ y), x <= y, (x | y) - y == x - y)
