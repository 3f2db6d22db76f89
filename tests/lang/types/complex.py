# Complex numbers.
import cmath

z = 3 + 4j
print(z, z.real, z.imag, abs(z), z.conjugate(), -z, z * z, z / (1 - 1j), z ** 2, z ** 0.5, z + 1, 2 * z, z == 3 + 4j, z == 5, complex(3) == 3)
print(1j, -1j, 0j, -0j, complex(-0.0, -0.0), 1e20j, complex(1, float("inf")), complex("nan"), 1.5 - 2.5e-10j, complex(0, 1) * 1j, [1 + 2j])
print(complex("1+2j"), complex(" -j "), complex("1e3-.5J"), complex("(3+4j)"), complex(1, 2), complex("inf"), complex(imag=2), complex(2.5), complex("5"))
for args in (("",), ("1 + 2j",), ("abc",), ("1", 2), (1, "2"), ([],), (None,), ("1+2",), ("j1",)):
    try:
        print(complex(*args))
    except (ValueError, TypeError) as e:
        print(args, "->", type(e).__name__, e)
for expression in ("1j / 0", "1j // 1", "1j % 1", "1j < 2j", "int(1j)", "float(1j)", "0j ** -1", "round(1j)", "1j & 1", "divmod(1j, 1)", "math.sqrt(1j)", "abs(complex(1e308, 1e308))"):
    try:
        import math
        print(expression, "=", eval(expression))
    except Exception as e:
        print(expression, "->", type(e).__name__, e)
print(f"{z}", f"{z:.2f}", f"{z:>15}", f"{z:e}", f"{z:g}", f"{z:+.1f}", "%s %r" % (z, z), format(1j, ""))
print(hash(1 + 0j) == hash(1), {1 + 0j: "x"}[1], hash(z) == hash(complex(3, 4)), bool(0j), bool(1j), type(1j * 1j).__name__)
print(cmath.sqrt(-1), cmath.polar(1j), cmath.rect(1, 0), cmath.phase(-1), cmath.exp(0j), cmath.isnan(complex("nan")), cmath.inf)
print((1 + 2j).__add__(1), (1 + 2j).__eq__("x"), 1 + 2j - 1, pow(1j, 2), (2 + 0j) ** 10, 1j ** 1j, (0j) ** 0, sum([1j, 2]))
print(complex.from_number(3), repr(complex(1, -0.0)), (1 + 2j) * 3.0, 3.0 - (1 + 2j), 1 / 2j)
