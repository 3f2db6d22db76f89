# Comparison, equality and hashing across int, bool, float, complex and big values.
values = [0, 1, -1, True, False, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2, 2.0, 3 + 0j, 3, 1j, 2 ** 53, 2.0 ** 53, 2 ** 53 + 1, 2 ** 62, 2.0 ** 62, 2 ** 63, 2.0 ** 63, 2 ** 63 - 1, -2 ** 63, -2.0 ** 63,
          2 ** 64, 2 ** 100, 2.0 ** 100, 2 ** 100 + 1, 10 ** 400, -10 ** 400, float("inf"), float("-inf"), float("nan"), 1e308, 1e-320, 0.1, 7, 7.5]
for a in values:
    row = ""
    for b in values:
        if isinstance(a, complex) or isinstance(b, complex):
            row += "=" if a == b else "."
        else:
            row += "<" if a < b else ">" if a > b else "=" if a == b else "?"
        if a == b:
            assert hash(a) == hash(b), (a, b)
        assert (a == b) != (a != b)
    print(row, a)


def result(f, *args):
    try:
        r = f(*args)
    except Exception as e:
        return type(e).__name__
    return f"{type(r).__name__}:{r!r}"


import operator

small = [0, 1, -3, True, 0.0, -2.5, 4.0, 2 ** 62, 2 ** 63, -2 ** 64, 1e16, float("inf"), 2j]
for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift", "and_", "or_", "xor"):
    f = getattr(operator, name)
    check = 0
    for a in small:
        for b in small:
            if name in ("pow", "lshift") and isinstance(b, int) and abs(b) > 100:
                continue
            for c in result(f, a, b):
                check = (check * 31 + ord(c)) % (2 ** 61 - 1)
    print(name, check, result(f, 7, 2), result(f, -7, 2.0), result(f, 2 ** 62, 2 ** 3), result(f, True, True))
for name in ("neg", "pos", "abs", "invert"):
    print(name, [result(getattr(operator, name), a) for a in small])
print([result(round, a) for a in small], [result(int, a) for a in small])
print([result(divmod, a, 3) for a in small])
