# Built-in containers in hot loops: slices, items of bytes, iterators over rows, operators resolved while recording.
from collections import defaultdict, OrderedDict, deque
import copy

N = 400

def slices():
    p = list(range(12)); out = []
    for n in range(N):
        k = n % 12
        p[:k + 1] = p[k::-1]
        q = p[:]
        q[1:3] = [n]
        q[2:2] = (n, n)
        out.append((sum(q[::2]), len(q[::-3]), q[-4:-1], q[n % 5:], q[5:2:-1]))
    return out[-3:], p

def odd_slices():
    t = tuple(range(9)); s = 'abcdefghi'; b = b'abcdefghi'; r = []
    class I:
        def __index__(self): return 2
    for n in range(N):
        k = n % 11 - 5
        r.append((t[k:], t[::-1][k:], t[:k:2], s[k::-1], b[k:], b[::k or 1], t[None:k], b[:], s[::2]))
        if n % 50 == 49:
            r.append(t[I():])
            try:
                t[::0]
            except ValueError as e:
                r.append(str(e))
            try:
                t['a':]
            except TypeError as e:
                r.append(str(e))
    return hash(tuple(map(str, r))) == hash(tuple(map(str, r))), r[-1], r[60]

def kept_slices():
    r = []
    for n in range(N):
        s = slice(n, None)
        r.append([1, 2, 3][s] or s)
        class G:
            def __getitem__(self, k): return k
        r.append(G()[n:3:n])
    return r[-2:], r[4], r[0]

def byte_items():
    b = bytes(range(200)) ; t = 0
    for n in range(N):
        t += b[n % 200] - b[-1 - n % 200]
        for x in b[:5]:
            t += x
    try:
        for n in range(N):
            t += b[n]
    except IndexError as e:
        return t, str(e)

class L(list):
    pass
class M(list):
    def __getitem__(self, k): return 'M%r' % k
    def __iter__(self): return iter((7, 8))

def subclass_items():
    r = []
    for n in range(N):
        l = L(); l.append(n); l.append(2)
        m = M(); m.append(n)
        r.append((sum(x for x in l), l[0], l[-1], m[0], [x for x in m], len(l), l[:1]))
        for x in l:
            if x == n and n < 300:
                l.append(3)
                break
        for x in l:
            pass
    L.__getitem__ = lambda self, k: 'L'
    for n in range(N):
        l = L(); l.append(n)
        r.append(l[0])
    del L.__getitem__
    return r[0], r[-1], r[399]

def rows():
    r = []
    for n in range(N):
        d = {k: k * n for k in range(n % 13)}
        d.pop(3, None)
        s = set(d); f = frozenset(d)
        t = 0
        for k in d: t += k
        for k, v in d.items(): t += k * v
        for v in d.values(): t -= v
        for x in s: t += x
        for x in f: t += 2 * x
        for n2, (k, v) in enumerate(d.items()): t += n2 * k
        for a, b in zip(d, d.values()): t += a - b
        r.append(t)
    return r[-5:], sum(r)

def changes():
    r = []
    for n in range(N):
        d = dict.fromkeys(range(9), n); s = set(range(9)); e2 = dict.fromkeys(range(3))
        try:
            for k in d:
                if k == 4:
                    d[100 + n] = 1
        except RuntimeError as e:
            r.append(str(e))
        try:
            for k in e2:
                if k == 1:
                    del e2[0]; e2[n + 50] = 1
        except RuntimeError as e:
            r.append(str(e))
        try:
            for k in s:
                if k == 4:
                    s.add(k + n + 5)
        except RuntimeError as e:
            r.append(str(e))
        for k in d:
            d[k] = k
        it = iter(d)
        next(it)
        for k in it:
            if k > 3:
                break
        r.append(sum(1 for _ in it))
    return len(r), sorted(set(map(str, r)))

def operators():
    r = 0; a = frozenset(range(0, 40, 3)); b = set(range(0, 40, 2)); l = [1, 2]; out = []
    for n in range(N):
        b.add(n)
        r += len(a & b) + len(b - a) * 2 + len(a | b) + len(b ^ a)
        r += (a <= b) + (a < b) * 3 + (b >= a) * 5 + (a == b) * 7 + (a != b)
        if a.issubset(b) != (a <= b): r += 1000000
        x = l + [n]; y = x * 2; z = 2 * x
        if y == z and x < y and not x > y: r += 1
        t = (n, 'a', 2.5); u = (n % 7, 'a')
        r += (t < u) + (t == (n, 'a', 2.5)) * 2 + (t != u) * 4 + (u <= u) * 8
        r += len(b'ab' + b'c' * (n % 3)) + len('ab' * (n % 4))
    try:
        for n in range(N):
            r += len(l * (2 if n < 390 else 2.0))
    except TypeError as e:
        out.append(str(e))
    try:
        for n in range(N):
            r += len(l + ([n] if n < 390 else (n,)))
    except TypeError as e:
        out.append(str(e))
    try:
        for n in range(N):
            r += len(a & (b if n < 390 else [n]))
    except TypeError as e:
        out.append(str(e))
    return r, out

class P: pass
class Q:
    def __init__(self, n): self.n = n
    def __eq__(self, o): return isinstance(o, Q) and self.n == o.n
    def __hash__(self): return 5

def identity():
    a, b = P(), P(); r = 0; ps = [a, b, P()]
    for n in range(N):
        p = ps[n % 3]
        if p == a: r += 1
        if p != b: r += 10
        r += (p == b) * 100
    P.__eq__ = lambda self, o: True
    for n in range(N):
        if ps[n % 3] == a: r += 1000
    del P.__eq__
    qs = [Q(n % 3) for n in range(4)]
    for n in range(N):
        if qs[n % 4] == qs[0]: r += 7
        if ps[n % 3] == qs[0]: r += 3
    return r

ATOMS = {int, str, 'x', 3}
FROZEN = frozenset({list, 4})
TABLE = {1: 2, 'k': 3}

def membership():
    r = 0; local = {1, 2}; objects = {Q(1), Q(2)}
    for n in range(N):
        if int in ATOMS: r += 1
        if dict in ATOMS: r += 10
        if list in FROZEN: r += 100
        if 'k' in TABLE: r += 1000
        if 9 in TABLE: r += 10000
        if n in local: r += 3
        if Q(n % 4) in objects: r += 5
        if (n % 9, 1) in {(1, 1), (2, 1)}: r += 2
        if n % 5 in (1, 3, 2.0, True): r += 11
        if {1} in {frozenset({1})}: r += 13
        if n == 300:
            ATOMS.add(dict); TABLE[9] = 1; ATOMS.discard(int)
        if n > 350:
            ATOMS.symmetric_difference_update({int})
        try:
            if n > 390 and [] in local: r += 1
        except TypeError:
            r += 17
    return r

def popping():
    r = []
    for n in range(N):
        l = list(range(n % 150))
        t = 0
        while l:
            t += l.pop()
            if t > 4000: l.insert(0, 1); l.pop(0); l.clear()
        r.append(t)
        m = [object(), n]
        m.pop(); m.append(3); m.pop(); m.pop(); m.append(n)
        r.append(m)
    try:
        m = [1] * 300
        for n in range(N):
            m.pop()
    except IndexError as e:
        r.append((str(e), n, m))
    return r[-2:], r[100], sum(x for x in r[:-1:2])

def tables():
    r = 0; dd = defaultdict(int); ds = defaultdict(list); od = OrderedDict(); d = {}
    for n in range(N):
        dd[n % 7, 'a'] += n
        ds[n % 5].append(n)
        od[n % 3] = n
        d[(n % 4, (n % 2, 'x'))] = n
        r += dd[n % 7, 'a'] + d[(n % 4, (n % 2, 'x'))] + od[n % 3] + len(ds[n % 5])
        try:
            r += d[n]
        except KeyError as e:
            r += e.args[0] if n > 200 else 0
    dq = deque(range(5))
    for n in range(N):
        r += dq[n % 5]
    return r, dict(dd), sorted(d.items())[-1]

class E:
    def __init__(self, h): self.h = h
    def __hash__(self): return self.h
    def __eq__(self, o): return True

def hashes():
    e = E(1); d = {e: 1}; s = {e}; r = 0; big = {E(n): n for n in range(1, 20)}
    for n in range(N):
        e.h = n % 3
        r += (e in d) + 10 * (e in s) + 100 * len(big)
        if e in big: r += 7
    return r

def few():
    r = 0; xs = [1, 2, 3, 40, True, 2.0, 'a', 1 << 80]
    for n in range(N):
        if n % 7 in (1, 3, 5): r += 1
        if n not in (10, 20): r += 10
        if n > 380 and xs[n % 8] in (1, 2, 40): r += 100
    return r

class I1(list): pass
class I2(dict): pass

def own_iterators():
    r = 0
    for n in range(N):
        a = I1((n, 1)); b = I2({n: 2})
        for x in a: r += x
        for x in b: r += x
        for x in iter(a): r += x
        if n == 350:
            I1.__iter__ = lambda self: iter((5,))
            I2.__iter__ = lambda self: iter((6,))
    return r

def equal_keys():
    d = {(n, ('a', n % 3)): n for n in range(50)}; r = 0
    class T(tuple):
        def __eq__(self, o): return NotImplemented
        __hash__ = tuple.__hash__
    for n in range(N):
        k = (n % 60, ('a', n % 60 % 3))
        r += d.get(k, -1) + (k in d)
        r += T(k) in d
    return r

def characters():
    r = 0; words = ['', 'a', 'b', 'ab', 'abc', 'xyz', '\xe9', '\u0161', '\u6100', '\U0001f600', 'a' * 70]
    class W(str): pass
    words.append(W('a')); words.append(W('q'))
    text = 'the quick brown fox'; latin = 'caf\xe9 \xff'; wide = 'a\u6100b'; out = []
    grown = ''
    for n in range(N):
        w = words[n % len(words)]
        if w == 'a': r += 1
        if w != 'abc': r += 10
        if 'b' == w: r += 100
        r += (w == 'xyz') * 1000 + (w != '') * 10000
        if ''.join(['a', '']) == 'a': r += 3
        if chr(97 + n % 3) * 2 == 'bb': r += 5
        c = text[n % 19]
        if c == 'q': r += 7
        if c in 'aeiou': r += 11
        if latin[n % 6] == '\xe9' or latin[-1] == 'f': r += 13
        if wide[n % 3] == 'b': r += 17
        grown += c
        if grown[n] == c and grown[0] == 't': r += 19
        for c in text[:n % 19]:
            if c == ' ': r += 23
        for c in latin: r += c == '\xff'
        for c in wide: r += c == 'a'
        for k, c in enumerate(text): r += k * (c == 'o')
        for c in w: r += ord(c) % 7
        if text[n % 19] is text[n % 19]: r += 29
    it = iter('abc' * 300)
    for c in it:
        if c == 'c': out.append(next(it, ''))
    try:
        for n in range(N): text[n]
    except IndexError as e:
        out.append((str(e), n))
    return r, len(out), out[-1]

def exhausted_inside():
    r = 0
    for n in range(N):
        for make in (list, tuple, set, dict.fromkeys, bytes, lambda x: {k: k for k in x}.values()):
            it = iter(make(range(n % 6)))
            for x in it:
                r += x
                if x & 1:
                    for y in it: r += 2 * y
                else:
                    r += next(it, 50)
            for x in it: r += 1000
            it = iter(make(range(3)))
            while True:
                for x in it: break
                else: break
                r += x
    return r

def ints_in_lists():
    r = 0; xs = [3, 1, 2.0, 'a', 5]; ys = [1, 2, 3]; t = (4, 5, True, 1 << 70)
    for n in range(N):
        if n % 7 in xs: r += 1
        if n % 5 in ys: r += 10
        if n % 9 not in t: r += 100
        if n > 390 and (2.0 if n % 2 else 'a') in ys: r += 1000
        if (1 << 70) in t: r += 1
    return r

class Plain:
    def __init__(self, x):
        super().__init__()
        self.x = x

def plain_init():
    r = 0
    for n in range(N):
        r += Plain(n).x
        s = set(); s.add(n % 3); s.add(n % 3); r += len(s)
    try:
        for n in range(N):
            s.add(n if n < 300 else [])
    except TypeError as e:
        r += n
    return r

class SetLogged(dict):
    log = 0
    def __setitem__(self, k, v):
        SetLogged.log += 1
        dict.__setitem__(self, k, v)

class Miss(dict):
    def __missing__(self, k): return ('miss', k)

def derived_dicts():
    dd = defaultdict(lambda: 1.5); di = defaultdict(int); od = OrderedDict(); m = Miss(); r = 0
    class P(dict): pass
    p = P(); plain = {}
    for n in range(N):
        k = n % 11
        dd[k] = dd[k] + 1; di[k] += 2; od[k] = n; p[k] = n
        r += dd[n % 13] + di[n % 12] + od[k] + p[k]
        r += m[n % 5] == ('miss', n % 5)
        if n % 50 == 0: m[n % 5] = n
        r += plain.get(n % 9, 3) + (plain.get(n) is None)
        try:
            r += plain[n % 4]
        except KeyError:
            plain[n % 4] = n
        if n % 100 == 99: dd.clear(); od.popitem(False); plain.clear()
    ds = [{}, SetLogged(), {}, P(), SetLogged(), od]
    for n in range(N):
        d = ds[n % 6]
        d[n] = n
        r += d[n]
    Miss.__getitem__ = lambda self, k: 7
    for n in range(N): r += m[n]
    try:
        for n in range(N): r += {n: 1}[n if n < 300 else [n]]
    except TypeError as e:
        r += n
    return r, SetLogged.log, len(m), sorted(dd), list(od)[:4]

def named_keys():
    from collections import namedtuple
    T = namedtuple('T', 'a b'); r = 0
    d = {(T(n, T(n, 'x')), n): n for n in range(40)}
    class Odd(tuple):
        def __eq__(self, o): return True
        __hash__ = tuple.__hash__
    for n in range(N):
        k = n % 50
        r += d.get((T(k, T(k, 'x')), k), 1) + ((T(k, (k, 'x')), k) in d) + ((T(k, Odd((k, 'x'))), k) in d)
        r += (T(k, 1), 2.0) == (T(k, True), 2) and (1, (2, (3, n))) != (1, (2, (3, n + 1)))
    return r

class Logged:
    log = 0
    def __init__(self, n): self.n = n
    def __hash__(self): return 1
    def __eq__(self, o):
        Logged.log += 1
        return self is o

def asked():
    x, y = Logged(1), Logged(2); d = {1: 10, x: 1, y: 2}; s = {x, 1, y}; r = 0
    big = {k: k for k in range(30)}; big[x] = 3; big[y] = 4
    for n in range(N):
        r += d[y] + d.get(x) + (y in s) + (x in s) + big[y] + big.get(x)
        d[y] = 2; s.add(y); big[x] = 3
    return r, Logged.log

class C(list): pass
class D(dict): pass
class O: pass
class S2(list):
    def __init__(self, *a): self.x = len(a)

def construct():
    r = []
    for n in range(N):
        c = C(); c.append(n); d = D(); d[n] = c; o = O(); o.x = n; s = S2()
        c.y = 1
        r.append((c, d, o.x, s.x, type(c).__name__))
        if n == 350:
            C.__init__ = lambda self: self.extend('ab')
    return r[0], r[-1]

def copying():
    a = [1, 2, 3]; r = 0
    for n in range(N):
        b = copy.copy(a); b[0] = n; r += sum(b) + len(copy.copy((1, 2)))
    return r, a

for f in (slices, odd_slices, kept_slices, byte_items, subclass_items, rows, changes, operators, identity, membership,
          popping, tables, hashes, asked, few, own_iterators, equal_keys, characters, derived_dicts, named_keys, exhausted_inside, ints_in_lists, plain_init,
          construct, copying):
    print(f.__name__, f())
