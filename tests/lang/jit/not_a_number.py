# A float that is no number is found in containers because it is the same object, in compiled loops, too.
INF, NAN = float("inf"), float("nan")
wrong = []


def check(member, container):
    if member not in container:
        wrong.append((member, container))


def contained():
    floats = (INF, -INF, 0.0, 1.0, NAN, 1e300, 5e-324)
    for f in floats:
        check(f, [f])
        check(f, (f,))
        check(f, {f})
        check(f, {f: 1})
        check(f, floats)
        if [f].count(f) != 1 or [f] != [f]:
            wrong.append(f)


def carried(x, n):
    kept = [x]
    same = 0
    for _ in range(n):
        y = x
        same += y in kept and y is x
    return same


def summed(values):
    t = 0.0
    for v in values:
        t = t + v
    return t


for k in range(60):
    contained()
print(wrong)
print(carried(1e300, 500), carried(NAN, 500), carried(2.5, 500), carried(NAN, 500))
print(summed([0.5] * 300), summed([1e300] * 300), summed([1e300, NAN] * 200), summed([NAN] * 300))
