# Pseudo-random strings of one, two and four bytes a character against identities and a checksum.
def lcg(seed):
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        yield seed >> 24


g = lcg(3)
ALPHABETS = ["ab", "ab ", "abcABC019_", "aéß ", "aé€Ω ", "a😀é\U0001F680 ", " \t\n\r\x0b\x85\u2028a,"]


def word(n, alphabet):
    return "".join(alphabet[next(g) % len(alphabet)] for _ in range(next(g) % n))


def mix(total, text):
    for c in str(text):
        total = (total * 257 + ord(c)) % (2 ** 61 - 1)
    return total


for group, alphabet in enumerate(ALPHABETS * 2):
    total = 0
    for _ in range(80):
        s, t, u = word(40, alphabet), word(4, alphabet), word(5, alphabet)
        results = [s.count(t), s.find(t), s.rfind(t), s.replace(t, u), s.replace(t, u, 2), s.split(), s.splitlines(), s.strip(), s.lstrip(t), s.rstrip(u), s.partition(t or ","),
                   s.rpartition(t or ","), s.startswith(t), s.endswith(t), s.upper(), s.lower(), s.title(), s.swapcase(), s.capitalize(), s.casefold(), s.center(50, "*"), s.zfill(45),
                   s.isalpha(), s.isalnum(), s.isspace(), s.isupper(), s.islower(), s.istitle(), s.isdigit(), s.isprintable(), s.isidentifier(), s[::-1], s[1:-1], s[::3], s < t, s * 2, t in s,
                   s.encode(), s.encode("utf-16-le"), repr(s), ascii(s), s.expandtabs(4), s.translate({97: "X", 98: None}), sorted(s), s.removeprefix(t), s.removesuffix(t)]
        if t:
            parts = s.split(t)
            assert t.join(parts) == s and len(parts) == s.count(t) + 1, (s, t)
            assert s.find(t) == (s.index(t) if t in s else -1)
            results += [parts, s.split(t, 1), s.rsplit(t, 2)]
        assert s.encode().decode() == s and s[::-1][::-1] == s and (s + t)[len(s):] == t and eval(repr(s)) == s, s
        assert "".join(s.splitlines(True)) == s and hash(s) == hash("".join(list(s))), s
        for r in results:
            total = mix(total, r)
    print(group, total)
