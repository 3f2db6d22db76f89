# Text of pseudo-random floats there and back: every bit pattern class, in groups so that a difference can be found.
import struct


def lcg(seed):
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        yield seed


def checksum(texts):
    value = 0
    for c in "\n".join(texts):
        value = (value * 131 + ord(c)) % (2 ** 61 - 1)
    return value


g = lcg(1)
for group in range(20):
    floats = []
    while len(floats) < 100:
        bits = next(g)
        if group % 4 == 1:
            bits = bits >> 12 << 12  # Short mantissas.
        if group % 4 == 2:
            bits = bits % 2 ** 52 | (1000 + bits % 60) << 52  # Common exponents.
        f = struct.unpack("<d", struct.pack("<Q", bits))[0]
        if group % 4 == 3:
            f = (bits % 10 ** 8) / 10 ** (bits % 9)  # Decimal-looking.
        if f == f and abs(f) != float("inf"):
            floats.append(f)
    assert all(float(repr(f)) == f for f in floats)
    print(group, checksum(map(repr, floats)), checksum("%.17g" % f for f in floats), checksum("%.3e" % f for f in floats),
          checksum(f"{f:.6g}" for f in floats), checksum(f.hex() for f in floats), checksum(f"{f:.2f}" for f in floats if abs(f) < 1e20),
          checksum(str(int(f)) for f in floats if abs(f) < 1e60), checksum(repr(f * 1.1 + 0.3) for f in floats), repr(floats[0]))
