# Operators, comparisons and truth of built-in values in hot loops; failures and user classes on the way.


def run(f, n=600):
    for k in range(3):
        try:
            print(f.__name__, f(n))
        except Exception as e:
            tb = e.__traceback__.tb_next
            print(f.__name__, type(e).__name__, e, tb.tb_lineno - f.__code__.co_firstlineno)


class Num:
    calls = 0

    def __init__(self, n):
        self.n = n

    def __add__(self, other):
        Num.calls += 1
        return Num(self.n + (other.n if isinstance(other, Num) else other))

    __radd__ = __add__

    def __lt__(self, other):
        Num.calls += 1
        return self.n < (other.n if isinstance(other, Num) else other)

    def __eq__(self, other):
        Num.calls += 1
        return self.n == (other.n if isinstance(other, Num) else other)

    def __bool__(self):
        Num.calls += 1
        return self.n % 2 == 0


class Plain:
    pass


class Sized:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


def big_ints(n):
    x, y = 1 << 70, 3 ** 50
    t = 0
    for k in range(n):
        t += (x + k) * y - (y >> k % 60) ^ (x | k)
        t %= 1 << 200
        t -= -k // 3
        t <<= 1
        t &= (1 << 190) - 1
    return t


def overflow(n):
    t = 4611686018427387000
    out = 0
    for k in range(n):
        t = t + k
        out ^= t * t
        out += t - -t
    return t, out & (1 << 64) - 1


def powers(n):
    t = 0
    for k in range(n):
        t += (k % 7) ** (k % 5) + 2.0 ** (k % 3) + pow(k, 3, 1000)
    return t


def float_division(n):
    t = 0.0
    for k in range(1, n):
        t += (k * 1.5) // 2.0 + (k * 1.5) % 0.7 + divmod(k, 7)[1] + k / 3 + -k % 3.5
    return round(t, 6)


def zero_division(n):
    t = 0
    for k in range(n):
        t += 100 // (n - 3 - k)
    return t


def zero_float(n):
    t = 0
    for k in range(n):
        t += 1.0 / (n - 3 - k)
    return t


def zero_modulo(n):
    t = 0
    for k in range(n):
        t += (1 << 80) % (n - 9 - k)
    return t


def shifts(n):
    t = 0
    for k in range(n):
        t ^= 1 << k % 100
        t >>= k % 3
    return t


def shift_bad(n):
    t = 0
    for k in range(n):
        t += 1 << (n - 5 - k)
    return t


def strings(n):
    s = ""
    for k in range(n):
        s = s + "ab"[k % 2]
        s += "é" * (k % 3 == 0)
        if len(s) > 50:
            s = s[25:]
    return s, "%d-%s-%.2f" % (n, "x", 1.5)


def str_plus_int(n):
    s = ""
    for k in range(n):
        s = s + (str(k) if k < n - 3 else k)
    return s


def lists(n):
    l, t = [], ()
    for k in range(n):
        l = l + [k]
        l += (k, k)
        t = t + (k,)
        l *= 1 + (k % 200 == 0)
        if len(l) > 60:
            l, t = l[40:], t[:2]
    return l[-5:], t


def alias(n):
    l = []
    other = l
    for k in range(n):
        l += [k]
        l += "xy"
    return other is l, len(other)


def list_in_place_bad(n):
    l = []
    for k in range(n):
        l += [k] if k < n - 3 else k
    return l


def sets(n):
    a, b, c = set(range(20)), {3, 50}, frozenset(range(5, 9))
    t = 0
    for k in range(n):
        d = (a | b) - c
        d ^= {k % 30}
        d |= {1, 2}
        d &= a
        d -= {k % 4}
        t += len(d & a) + (d <= a) + (c < a)
    return t


def dicts(n):
    d = {}
    for k in range(n):
        d |= {k % 5: k}
        e = d | {"x": 1}
    return d, len(e)


def compares(n):
    words = ["abc", "abd", "xyz", "", "é"]
    t = 0
    for k in range(n):
        a, b = words[k % 5], words[k % 3]
        t += (a < b) + 2 * (a == b) + 4 * (a >= b)
        x, y = (k % 4, "a"), (2, "b")
        t += 8 * (x < y) + 16 * (x == (2, "a"))
        t += 32 * (k > 1 << 70) + (k == 3.0) + (k < 2.5) + (None == k) + (b"a" < b"b")
        if a == "xyz":
            t += 1
        if (1 << 80) + k > (1 << 80) + 5:
            t += 1
        if [k % 3] < [1]:
            t += 5
    return t


def compare_bad(n):
    t = 0
    for k in range(n):
        x = k if k < n - 3 else "x"
        t += x < 5
        t += (1, k) < (1, x)
    return t


def compare_jump_bad(n):
    t = 0
    for k in range(n):
        x = "a" if k < n - 3 else None
        if x < "b":
            t += 1
    return t


def users(n):
    Num.calls = 0
    x = 0
    t = 0
    for k in range(n):
        if k == 300:
            x = Num(5)
        x = x + 1
        t += x == 3
        t += x < 100
        if x:
            t += 1
    return t, Num.calls


def truths(n):
    values = [[], [1], (), (1,), "", "x", {}, {1: 1}, set(), {1}, 0.0, 1.5, 0, 7, None, b"", 1 << 70, Plain(), len]
    t = 0
    for k in range(n):
        for j, v in enumerate(values):
            if v:
                t += j
            if not v:
                t -= 1
            t += (not v) + bool(v)
    return t


def plain_truth(n):
    p, s = Plain(), Sized(0)
    t = 0
    for k in range(n):
        if p:
            t += 1
        if not s:
            t += 2
        s.n = k % 2
        if k == 400:
            Plain.__bool__ = lambda self: False
        if k == 500:
            del Plain.__bool__
    return t


def same(n):
    a, b = Plain(), Plain()
    x = [a, b, a, "s", 1.5, 1 << 70, None]
    t = 0
    for k in range(n):
        v, w = x[k % 7], x[k % 3]
        t += (v is w) + 2 * (v is not a)
        if v is a:
            t += 4
        if type(v) is Plain:
            t += 8
    return t


def unary(n):
    t = 0
    for k in range(n):
        t += -(1 << 70) + +(k * 1.0) + ~k + ~(1 << 65)
    return t


def unary_bad(n):
    t = 0
    for k in range(n):
        x = k if k < n - 2 else "x"
        t += -x
    return t


for f in [
    big_ints, overflow, powers, float_division, zero_division, zero_float, zero_modulo, shifts, shift_bad, strings,
    str_plus_int, lists, alias, list_in_place_bad, sets, dicts, compares, compare_bad, compare_jump_bad, users, truths,
    plain_truth, same, unary, unary_bad,
]:
    run(f)
