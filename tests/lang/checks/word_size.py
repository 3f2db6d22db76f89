# What depends on the size of a word and on the byte order, said relative to them.
import array, collections, re, struct, sys

word = struct.calcsize("P")
bits = 8 * word
print(sys.maxsize == 2 ** (bits - 1) - 1, struct.calcsize("n") == struct.calcsize("N") == word)
print(struct.calcsize("i"), struct.calcsize("q"), struct.calcsize("l") == array.array("l").itemsize)

# Sizes as CPython counts them: heads are words.
for value, words, rest in (
    (0, 3, 4), (1, 3, 4), (2**30 - 1, 3, 4), (2**30, 3, 8), (-(2**60), 3, 12), (True, 3, 4),
    ("", 5, 1), ("abc", 5, 4), (chr(0xe9) * 2, 7, 3), (chr(0x20ac) * 2, 7, 6), (chr(0x1f600) * 2, 7, 12),
    (b"", 4, 1), (b"abc", 4, 4), (bytearray(), 7, 0),
):
    print(repr(value), value.__sizeof__() == words * word + rest)

# Hashes are modulo a Mersenne prime of the word's size.
info = sys.hash_info
print(info.modulus == 2 ** (61 if word == 8 else 31) - 1, info.width == bits, info.inf, info.nan, info.imag)
p = info.modulus
for n in (0, 1, -1, -2, p - 1, p, p + 1, -p, -p - 1, 2**64, -(2**64), 10**40):
    expected = abs(n) % p * (1 if n >= 0 else -1)
    print(n % 7, hash(n) == (expected if expected != -1 else -2))
for x, top, bottom in ((0.5, 1, 2), (1.5, 3, 2), (-0.25, -1, 4), (1e20, 10**20, 1), (0.1, *(0.1).as_integer_ratio())):
    expected = abs(top) * pow(bottom, -1, p) % p * (1 if top >= 0 else -1)
    print(x, hash(x) == (expected if expected != -1 else -2))
print(hash(2.0**70) == hash(2**70), hash(complex(3, 0)) == 3)

# Arithmetic at the edges of small ints (31 and 63 bits) and of words.
edges = [s * 2**k + d for k in (29, 30, 31, 32, 61, 62, 63, 64) for s in (1, -1) for d in (-1, 0, 1)]
total = 0
for a in edges:
    for b in edges:
        total += (a + b) - (a - b) + a * b // 3 + (a // b) - a % b + (a & b) + (a | b) - (a ^ b)
        assert divmod(a, b) == (a // b, a % b) and (a // b) * b + a % b == a
        assert (a + b) - b == a and (a * b) // b == a and (a < b) == (b - a > 0)
    for k in (1, 29, 30, 31, 32, 33, 61, 62, 63, 64, 65):
        assert (a << k) >> k == a and a << k == a * 2**k and a >> k == a // 2**k
        total += a >> k
    assert int(str(a)) == a and int(hex(a), 16) == a and ~a == -a - 1 and -(-a) == a
    assert float(a) == a or abs(a) > 2**53
print(total)
n = 2**29 - 3
for _ in range(6):
    n += 1
print(n)
n = -(2**30) + 3
for _ in range(6):
    n -= 1
print(n)
i = 2**30 - 2
while i < 2**30 + 2:
    i = i + 1
    print(i, i * i, -i, i // 3, i % 7, i / 2)
for i in range(2**30 - 2, 2**30 + 2):
    print(i, end=" ")
for i in range(-(2**30) + 1, -(2**30) - 3, -1):
    print(i, end=" ")
print()
print(len(range(-(2**30), 2**30 - 1)), sum(range(2**30 - 2, 2**30 + 2)), max(range(2**31, 2**31 + 3)))

# Iterators that count beyond a small int; lengths and indices beyond a word.
import itertools

print(list(itertools.islice(itertools.count(2**30 - 1), 3)), [n - sys.maxsize for n in itertools.islice(itertools.count(sys.maxsize), 3)])
print([i for i, _ in zip(itertools.count(-(2**30) - 1), "ab")], list(enumerate("ab", 2**30 - 1)))
for text in ("[1][sys.maxsize]", "[1][sys.maxsize + 1]", "'a'[-sys.maxsize - 1]", "(1,)[-sys.maxsize - 2]",
             "len(range(sys.maxsize))", "len(range(sys.maxsize + 1))", "range(sys.maxsize + 9)[-1] - sys.maxsize",
             "[0, 1, 2][-sys.maxsize - 1:sys.maxsize]", "b'abc'[:sys.maxsize + 5]", "'ab' * -sys.maxsize",
             "'abc'.find('c', 0, sys.maxsize)", "'abc'.find('c', -sys.maxsize * 3)"):
    try:
        value = eval(text)
        print(text, value == sys.maxsize or value)
    except (IndexError, OverflowError) as e:
        print(text, type(e).__name__, e)

# Native byte order and sizes.
order = sys.byteorder
print((1).to_bytes(4, order) == struct.pack("=I", 1) == array.array("I", [1]).tobytes())
print(struct.pack("<If", 0x01020304, 1.5), struct.pack(">If", 0x01020304, 1.5))
print(int.from_bytes(memoryview(array.array("H", [1, 2])).cast("B")[:2], order))
print(memoryview(bytes(range(8))).cast("Q")[0] == int.from_bytes(bytes(range(8)), order))
view = memoryview(bytearray(8)).cast("i")
view[1] = -2
print(view.tolist(), view.tobytes()[4:] == (-2).to_bytes(4, order, signed=True))
view = memoryview(bytearray(16)).cast("d")
view[0], view[1] = 0.1, -1e300
print(view.tolist(), struct.unpack("=dd", view.tobytes()))
print("\u20ac\U0001f600".encode("utf-16")[2:] == "\u20ac\U0001f600".encode("utf-16-" + order[0] + "e"))
print("h\xe9\u20ac".encode("utf-32-le"), "h\xe9\u20ac".encode("utf-16-be"))
a = array.array("d", [0.1, 2.5])
a.byteswap()
print(struct.unpack((">" if order == "little" else "<") + "dd", a.tobytes()))
floats = [0.1, -0.0, 1e-320, 1e308, 2.0**-256, 2.0**256, float("inf"), 3.0]
print(floats, sorted(floats), [x == y for x, y in zip(floats, floats)], [x is x for x in floats])
x = 0.1
for _ in range(5):
    x = x * 3 - 0.05 + x / 7
print(x, -x, x ** 2, x // 0.3, x % 0.3, int(x * 1e12), round(x, 3), x.hex())

# C ints and sys.maxsize as parameters, where small ints are narrower than they are.
print(memoryview(b"abc").index(99), b"\x01\x02".hex(":", 2**31 - 1), b"\x01\x02".hex(":", -(2**31 - 1)))
for call in (lambda: b"ab".hex(":", 2**31), lambda: "ab".expandtabs(2**31), lambda: memoryview(b"ab").hex(":", -(2**31) - 1)):
    try:
        print(call())
    except OverflowError as e:
        print(e)
print("a\tb".expandtabs(-(2**31)), array.array("b", [1, 2]).index(2), collections.deque("ab").index("b"), (1, 2).index(2))
print(re.compile("b").search("ab", 0).span(), re.compile("b").search("ab", 1, 2**31 - 1).span())
