# Attributes of instances with more of them than their class expects, in hot loops.


def run(f, n=600):
    for k in range(3):
        try:
            print(f.__name__, f(n))
        except Exception as e:
            tb = e.__traceback__.tb_next
            print(f.__name__, type(e).__name__, e, tb.tb_lineno - f.__code__.co_firstlineno)


def make():
    class Wide:
        kind = "class"
        late = 0

        def __init__(self, n):
            self.n = n

        def total(self, x):
            return self.n + self.z9 + x

        @staticmethod
        def fixed(x):
            return x + 1

    first = Wide(1)
    for k in range(40):
        setattr(first, "z%d" % k, k)
    return Wide, first


def widened(w, order=1):
    for k in range(40)[::order]:
        setattr(w, "z%d" % k, k)
    return w


def reads(n):
    cls, w = make()
    other = widened(cls(2))
    t = 0
    for k in range(n):
        x = w if k % 3 else other
        t += x.n + x.z5 * x.z39 + len(x.kind) + x.total(k) + x.fixed(k)
    return t


def writes(n):
    cls, w = make()
    for k in range(n):
        w.z3 = k
        w.z4 = k * 0.5
        w.z5 = [k]
        w.n += 1
        w.late += 1
    return w.z3, w.z4, w.z5, w.n, w.late, cls.late, len(vars(w))


def new_names(n):
    cls, first = make()
    t = 0
    for k in range(n):
        w = cls(k)
        w.a = k
        w.b = 1
        for name in "cdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
            setattr(w, name, k)
        w.zz = k
        t += w.zz + w.A
    return t


def orders(n):
    cls, w = make()
    ws = [w, widened(cls(2), -1), widened(cls(3))]
    t = 0
    for k in range(n):
        x = ws[k % 3]
        t += x.z1 * x.z38
        x.z1 += 1
    return t


def deleted(n):
    cls, w = make()
    t = 0
    for k in range(n):
        t += w.z7
        if k == n - 20:
            del w.z7
    return t


def shadowed(n):
    cls, w = make()
    out = []
    for k in range(n):
        out.append(w.kind)
        if k == 300:
            w.kind = "own"
        if k == 400:
            del w.kind
        if k == 450:
            cls.kind = "changed"
        if k == 500:
            w.fixed = lambda x: -x
        t = w.fixed(1)
    return out[0], out[350], out[420], out[-1], t


def descriptor(n):
    cls, w = make()
    t = 0
    for k in range(n):
        t += w.z8
        if k == 400:
            cls.z8 = property(lambda self: 1000)
    return t


def dict_changes(n):
    cls, w = make()
    d = w.__dict__
    t = 0
    for k in range(n):
        t += w.z6
        d["z6"] = k
        if k == 400:
            d.clear()
            d["z6"] = 5
        if k == 500:
            w.__dict__ = {"z6": -1}
    return t, w.z6, d["z6"]


def missing(n):
    cls, w = make()
    t = 0
    for k in range(n):
        t += w.z6 if k < n - 2 else w.nothing
    return t


def conversions(n):
    t = 0
    for k in range(n):
        t += int(k * 1.7) + int(-k / 3) + float(k) + float(k * 0.5) + bool(k % 3) + bool(k * 0.5) + int(True)
    return t


def conversion_bad(n):
    t = 0
    for k in range(n):
        t += int(k * 1.5 if k < n - 2 else float("nan"))
    return t


def conversion_big(n):
    t = 0
    for k in range(n):
        t += int(k * 1.5 if k < n - 5 else 1e30)
    return t


def ranges(n):
    t = 0
    for k in range(n):
        r = range(k % 7)
        for x in r:
            t += x
        for x in range(3, k % 9):
            t += x
        if k % 50 == 0:
            t += len(r) + r.stop + (2 in r)
    return t, r, range(2, 9)


def range_bad(n):
    t = 0
    for k in range(n):
        for x in range(3 if k < n - 2 else 1.5):
            t += x
    return t


def range_big(n):
    t = 0
    for k in range(n):
        m = 1 if k < n - 2 else 1 << 61
        for x in range(-m * 2, m * 2 - 1):
            t += 1
            if t % 5 == 0:
                break
    return t


for f in [
    reads, writes, new_names, orders, deleted, shadowed, descriptor, dict_changes, missing, conversions, conversion_bad,
    conversion_big, ranges, range_bad, range_big,
]:
    run(f)
