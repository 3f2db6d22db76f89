# Integers of every size: arithmetic, bits, conversion, text, errors.
import sys

big = 2 ** 200
print(big, -big, big // 3, -big // 7, big % 1000007, -big % 1000007, divmod(-big, 10 ** 30))
for n in (0, 1, -1, 2 ** 30 - 1, 2 ** 30, 2 ** 31 - 1, 2 ** 31, -2 ** 31, 2 ** 61, 2 ** 62 - 1, 2 ** 62, -2 ** 62, -2 ** 62 - 1,
          2 ** 63 - 1, 2 ** 63, -2 ** 63, -2 ** 63 - 1, 2 ** 64, 2 ** 65):
    print(n, n + 1, n - 1, -n, n * n, n.bit_length(), n & 0xFF, n >> 3, n << 3, ~n, n == float(n), n ^ -1)
print([a // b for a in (7, -7) for b in (2, -2)], [a % b for a in (7, -7) for b in (2, -2)])
print(2 ** 63 - 2 ** 63, 2 ** 100 >> 99, -1 >> 100, 1 << 70, -5 >> 1, (2 ** 64) * (2 ** 64), (10 ** 40) // (10 ** 39))
print(pow(3, 1000, 10 ** 9 + 7), pow(3, -1, 7), pow(2, -2), pow(-2, 3), 0 ** 0)
print(int("  -0x1F  ", 16), int("0b101", 0), int("z", 36), int("1_000"), int(3.99), int(-3.99), int("٣"), int(b"12"), int(True))
for args in (("",), ("abc",), ("1__0",), ("12", 1), ("12", 37), ("9", 8), (None,), ([],), (float("nan"),), (float("inf"),), (1.5, 10), ("1 2",), ("0x1", 10)):
    try:
        print(int(*args))
    except (ValueError, TypeError, OverflowError) as e:
        print(args, "->", type(e).__name__, e)
for expression in ("1 // 0", "1 % 0", "divmod(1, 0)", "1 << -1", "1 >> -1", "0 ** -1", "pow(2, 3, 0)", "pow(2, -1, 4)", "10 ** 400 / 1", "1 / 0",
                   "float(10 ** 400)", "1 << (1 << 70)", "(5).foo", "5 .real.to_bytes(0)", "(300).to_bytes(1)", "(-1).to_bytes(2)",
                   "int.from_bytes('x')", "round(5, 'x')", "1 < 'x'", "1.0 & 1", "int('1' * 5000)", "str(10 ** 5000)"):
    try:
        print(expression, "=", eval(expression))
    except Exception as e:
        print(expression, "->", type(e).__name__, e)
print((1000).to_bytes(3, "little"), (-2).to_bytes(4, signed=True), int.from_bytes(b"\xff\x00"), int.from_bytes(b"\xff\x00", "little", signed=True))
print((10).bit_count(), (6).as_integer_ratio(), (7).conjugate(), (7).numerator, (7).denominator, (3).is_integer())
print(round(12345, -2), round(15, -1), round(25, -1), round(-15, -1), round(7), (5).__round__(-1))
print(hex(-255), oct(8), bin(-5), f"{big:x}", f"{big:,}", f"{-12345:_}", f"{255:08b}", f"{65:c}", f"{7:e}", f"{10**20:.3e}", f"{10**25:g}")
print(big / 3, (2 ** 53 + 1) / 1, 10 ** 30 / 10 ** 29, 1 / 3, int(1e20), (2 ** 70) * 1.0, 2 ** 1023 * 2.0 == 2.0 ** 1024 if False else 0)
print(2 ** 53 == 2.0 ** 53, 2 ** 53 + 1 == 2.0 ** 53, 10 ** 22 == 1e22, 10 ** 23 == 1e23, 10 ** 400 > 1e308, -10 ** 400 < float("-inf"))
print(True + True, True * 5, -True, ~0, True & 3, True & False, True | 2, isinstance(True, int), bool(10 ** 30), int.__name__)
print(sum(range(10 ** 6)), max(1, 2.5, True), min(-1, 0), abs(-big) == big, (-7).__floordiv__(2), (7).__rsub__(10), (1).__add__(1.5))


class I(int):
    def __repr__(self):
        return f"I({int(self)})"

    def __add__(self, other):
        return I(int(self) + other)


print(I(5), I(5) + 1, I(5) * 2, type(I(5) * 2).__name__, I("12"), 5 + I(1), [I(1)], f"{I(3)}", str(I(4)))
factorial = 1
for i in range(1, 60):
    factorial *= i
print(factorial, str(factorial)[::-1][:10], len(str(2 ** 10000)), sum(map(int, str(3 ** 1000))))
print(sys.int_info.default_max_str_digits, sys.maxsize in (2 ** 31 - 1, 2 ** 63 - 1))
a, b = 0, 1
for _ in range(300):
    a, b = b, a + b
print(a, a % 997, a // 10 ** 40, a.bit_length())
