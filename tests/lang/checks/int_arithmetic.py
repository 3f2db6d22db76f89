# Pseudo-random integers of all sizes against identities and a checksum.
def lcg(seed):
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        yield seed >> 16


g = lcg(7)


def number():
    n = 0
    for _ in range(next(g) % 8):
        n = n << 40 | next(g) & (2 ** 40 - 1)
    n >>= next(g) % 40
    edge = next(g) % 6
    if edge == 0:
        n = 2 ** (next(g) % 200)
    if edge == 1:
        n = 2 ** (next(g) % 200) - 1
    return -n if next(g) % 2 else n


for group in range(20):
    total = 0
    for _ in range(100):
        a, b = number(), number()
        s = next(g) % 130
        results = [a + b, a - b, a * b, a & b, a | b, a ^ b, ~a, a << s, a >> s, -a, abs(a), a.bit_length(), a.bit_count(), (a > b) + 2 * (a == b)]
        if b:
            q, r = divmod(a, b)
            assert a == q * b + r and (r == 0 or (r < 0) == (b < 0)) and abs(r) < abs(b), (a, b)
            assert q == a // b and r == a % b
            results += [q, r, pow(a, 3, b)]
            if abs(a) < 2 ** 900:
                results.append(int(a / b * 1024) if abs(a) < abs(b) * 2 ** 40 else 0)
        assert (a + b) - b == a and (a ^ b) ^ b == a and -(-a) == a and a << s >> s == a, (a, b, s)
        assert int(str(a)) == a and int(hex(a), 16) == a and int(bin(a), 2) == a and int(oct(a), 8) == a, a
        assert int.from_bytes(a.to_bytes(60, "big", signed=True), "big", signed=True) == a
        assert (a & b) + (a | b) == a + b, (a, b)
        for r in results:
            total = (total * 1000003 + r) % (2 ** 89 - 1)
        total = (total + len(str(a * b)) * 31 + hash(str(a) == str(b))) % (2 ** 89 - 1)
    print(group, total)
print(sum(int(d) for d in str(7 ** 3000)), str(3 ** 500)[:20], int("1" * 300) % 9973, 12345678901234567890 ** 5 % 10 ** 15)
