# Floats with small whole constants on the right: in the interpreter and compiled.
def loop(x, n):
    out = []
    for i in range(n):
        x = x * 3 - 7
        y = x + 1
        x = y - 2
        x += 5
        x -= 4
        if i % 50 == 0:
            out.append(x)
        if x > 1e6:
            x = 0.5
    return out


print(loop(0.25, 400))
print(loop(1, 200)[:3], loop(-0.0, 3), loop(True, 60))


class Number(float):
    def __mul__(self, other):
        return "mul"

    def __add__(self, other):
        return ("add", other)


def generic(values):
    out = []
    for v in values:
        try:
            out.append((v * 3, v + 1, v - 1))
        except TypeError as e:
            out.append(str(e))
    return out


values = [1.5, Number(2), 3, float("inf"), float("nan"), "a", 2.0**1000 * 8, -0.0, [1]] * 60
seen = generic(values)
print(len(seen), sorted({repr(s) for s in seen}))
print(0.0 * -1, -0.0 + 0, -0.0 - 0, 0.0 * -3, 1e308 * 10 - 1)
