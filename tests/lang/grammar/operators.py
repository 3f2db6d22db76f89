# Precedence, associativity and chaining of every operator.
print(2 ** 3 ** 2, -2 ** 2, (-2) ** 2, 2 ** -1)
print(7 // 2, -7 // 2, 7 // -2, 7 % -3, -7 % 3, 7.5 // 2, -7.5 % 2)
print(1 + 2 * 3 - 4 / 2, 10 - 3 - 2, 100 / 10 / 2)
print(1 << 3 + 1, 1 | 2 ^ 3 & 4, ~5 & 0xF, -1 >> 3, 5 & 3 == 1)
print(not True or True, not (True or True), False and 1 / 0, True or 1 / 0)
print([] or "default", [] and "unused", 0 or None, 1 and 2 and 3)
print(1 < 3 < 2, 1 < 3 > 2, 3 > 2 == 2, (3 > 2) == 2, 1 == 1.0 == True)
print("a" in "abc" in ["abc"], 1 not in [2], None is not 1)


class Log:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        print("lt", self.n, other.n, end="; ")
        return self.n < other.n


print(Log(1) < Log(2) < Log(0) < Log(9))


def f(x):
    print("f", x, end="; ")
    return x


print(f(1) + f(2) * f(3) ** f(2))
print({f(1): f(2), f(3): f(4)}, [f(5), f(6)])
print(f(1) if f(0) else f(2))


class M:
    def __matmul__(self, other):
        return "@", other

    def __rmatmul__(self, other):
        return "r@", other

    def __imatmul__(self, other):
        return "i@", other


m = M()
print(m @ 1, 2 @ m)
m @= 3
print(m)
x = 5
for op in ("+=", "-=", "*=", "//=", "%=", "**=", "<<=", ">>=", "|=", "&=", "^=", "/="):
    ns = {"x": x}
    exec("x " + op + " 3", ns)
    print(op, ns["x"], end=" ")
print()
print(0x_ff, 0b1010, 0o777, 1_000_000, 1e3, 1_0.5e-1, .5, 5., 3j, 0xDEADBEEF)
print("a" "b" 'c', r"\n", b"x" b"y", "\x41\u00e9\U0001F600\N{BULLET}", """tri
ple""")
print(*[1, 2], *(), sep="-", end="!\n")
print(-0.0, 0.0 == -0.0, 1e308 * 10, -1e308 * 10)
