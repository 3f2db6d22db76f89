# A checksum over allocation-heavy work: trees, dicts, strings, generators, exceptions, closures, big integers.
def lcg(seed):
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2 ** 64
        yield seed >> 33


class Tree:
    __slots__ = ("key", "left", "right", "count")

    def __init__(self, key):
        self.key, self.left, self.right, self.count = key, None, None, 1

    def insert(self, key):
        node = self
        while True:
            if key == node.key:
                node.count += 1
                return
            side = "left" if key < node.key else "right"
            child = getattr(node, side)
            if child is None:
                setattr(node, side, Tree(key))
                return
            node = child

    def walk(self):
        if self.left:
            yield from self.left.walk()
        yield self.key, self.count
        if self.right:
            yield from self.right.walk()


rng = lcg(42)
tree = Tree(500)
words, counts = {}, {}
check = 0
for step in range(20000):
    n = next(rng)
    kind = n % 6
    if kind == 0:
        tree.insert(n % 1000)
    elif kind == 1:
        word = "".join(chr(97 + (n >> s) % 26) for s in range(0, 12, 4))
        words.setdefault(word[:2], []).append(word)
        counts[word] = counts.get(word, 0) + 1
    elif kind == 2:
        try:
            check ^= 1000 // (n % 7)
        except ZeroDivisionError as e:
            check += len(str(e))
    elif kind == 3:
        adder = lambda x, n=n: x + n % 10
        check = adder(check) % 2 ** 40
    elif kind == 4:
        check = (check * 3 + pow(n, 5, 10 ** 12 + 39)) % 2 ** 80
    else:
        old = words.pop(chr(97 + n % 26) + chr(97 + n // 26 % 26), None)
        if old:
            check += sum(map(ord, "".join(sorted(old)))) + len({*old})
keys = list(tree.walk())
print(len(keys), keys == sorted(keys), sum(c for _, c in keys), len(words), sum(len(v) for v in words.values()), len(counts), sum(counts.values()))
print(check, sum(hash(k) * c % 1009 for k, c in keys), max(counts.values()), sorted(words)[:5])
