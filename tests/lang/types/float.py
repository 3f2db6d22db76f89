# Floats: shortest text, rounding, special values, conversion, formatting, errors.
import math

inf, nan = float("inf"), float("nan")
print(0.1 + 0.2, 1e16, 1e15, 123456789012345678.0, 1e-5, 1e-4, 0.0001, 1.0, 100.0, 1e22, 1e23, 5e-324, 1.7976931348623157e308, -0.0)
print(2 / 3, 1 / 10, 9007199254740993.0, 1.1 * 1.1, 1e100, 123.456e-10, 0.5, 2.5e-8, 4.35, 2 ** 0.5, math.pi, math.e)
print(inf, -inf, nan, inf - inf, inf * 0, nan == nan, nan != nan, nan < 1, inf > 10 ** 1000, [nan] == [nan], inf == inf)
print(7.5 // 2, -7.5 // 2, 7.5 % 2, -7.5 % 2, 7.5 % -2, divmod(-7.5, 2), 0.0 / 5, -0.0 + 0.0, 5.0 // inf, -5.0 // inf, -5 % inf, 1e308 * 10)
print(round(2.5), round(3.5), round(-2.5), round(2.675, 2), round(1234.5678, -2), round(0.5), round(1e20), round(5e-324, 3), type(round(2.0)).__name__, round(2.0, 0))
print(int(1e18), int(-1.9), math.floor(-1.5), math.ceil(-1.5), math.trunc(-1.5), (2.5).is_integer(), (4.0).is_integer(), (0.75).as_integer_ratio())
print((255.5).hex(), float.fromhex("0x1.8p3"), (-0.0).hex(), inf.hex(), float.fromhex("nan"), (5e-324).hex())
print(float("  1.5e3 "), float("1_0.5"), float("-inf"), float("Infinity"), float("nan"), float(".5"), float("5."), float(b"2.5"), float("٣.٥"), float(True))
for bad in ("", "abc", "1e", "1__0", ".", "0x10", "1 2", "--1", None, [], 1j, "infinit"):
    try:
        print(float(bad))
    except (ValueError, TypeError) as e:
        print(repr(bad), "->", type(e).__name__, e)
for expression in ("1.0 / 0", "1.0 // 0", "1.0 % 0", "0.0 ** -1", "10.0 ** 400", "int(inf)", "int(nan)", "round(inf)", "round(nan)", "inf.as_integer_ratio()",
                   "math.sqrt(-1)", "math.log(0)", "math.exp(1000)", "math.factorial(2.5)", "math.floor(nan)", "1.5 << 1", "'x' * 1.5", "float.fromhex('zz')", "1.5()", "(1.5).x"):
    try:
        print(expression, "=", eval(expression))
    except Exception as e:
        print(expression, "->", type(e).__name__, e)
print((-8.0) ** (1 / 3), 2.0 ** -1074, 0.0 ** 0, nan ** 0, 1 ** nan, (-2.0) ** 3, (-1) ** 0.5, 2 ** 0.5, inf ** -1, (-inf) ** 3)
for spec in ("", ".0f", ".3f", "10.2f", "<10.2f", "^+10.1f", "e", ".0e", "g", ".3g", "G", "%", ".1%", ",", ",.2f", "_.1f", "010.1f", "=+10", "#.0f", "n", ".10g", "z.0f", "E", "F"):
    print(spec, "|".join(format(v, spec) for v in (0.0, -0.25, 1234567.891, 1e-7, 1.5e300 if "f" not in spec and "%" not in spec and "F" not in spec else 15.0, inf, nan)))
print("%f %.2f %e %g %5.1f|%-8.2f|%+.1f %r %s %i" % (1.5, 2.345, 12345.678, 1e-10, 2.25, 2.5, 3, 0.1, 1e16, 9.99))
print(hash(1.0) == hash(1), hash(0.5) == hash(0.5), hash(inf), hash(-inf), hash(2.0 ** 100) == hash(2 ** 100), {1: "a", 1.0: "b", True: "c"})
print(1.5 == 3 / 2, 1 == 1.0, 2 ** 53 + 1.0, 1 < 1.5 < 2, 0.1 + 0.1 + 0.1 == 0.3, math.isclose(0.1 + 0.2, 0.3), math.fsum([0.1] * 10), sum([0.1] * 10))
print(math.copysign(1, -0.0), math.hypot(3, 4), math.gcd(12, 18), math.lcm(4, 6), math.comb(50, 25), math.isqrt(10 ** 40), math.frexp(8.5), math.ldexp(0.5, 4), math.modf(-2.5), math.fmod(-7, 3), math.remainder(7, 2), math.nextafter(1, 2), math.ulp(1.0))
print(float(10 ** 22), float(10 ** 23), float(2 ** 53 + 1), float(-2 ** 63), float(2 ** 64 - 1), 1e308 + 1e308, min(nan, 1), max(1, nan), sorted([3.5, -1, 2, -0.5]))


class F(float):
    pass


print(F(1.5), repr(F(1.5)), type(F(1.5) + 1).__name__, F("2.5") * 2, F.fromhex("0x1p1"), type(F.fromhex("0x1p1")).__name__)
total = 0.0
for i in range(1, 1000):
    total += 1 / i / i
print(total, total.hex())
