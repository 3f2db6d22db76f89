# The iteration protocol: iterators of builtins, sentinels, exhaustion, sequence fallback, zip and friends.
import itertools as it


class Seq:
    def __getitem__(self, i):
        if i == 3:
            raise IndexError
        return i * 2


class Stop:
    def __getitem__(self, i):
        if i == 2:
            raise StopIteration
        return i


print(list(Seq()), 4 in Seq(), tuple(Stop()), [*Seq()], dict(enumerate(Seq())))


class Iter:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration("value", self.n)
        self.n -= 1
        return self.n


x = Iter(3)
print(list(x), list(x), next(x, "none"))
x.n = 2
print(list(x))
try:
    next(Iter(0))
except StopIteration as e:
    print(e.args, e.value)
for obj in ([1], (1,), "a", b"a", {1}, {1: 2}, range(1), {1: 2}.values(), {1: 2}.items(), enumerate([1]), zip([1]), map(str, [1]), filter(None, [1]), reversed([1]), reversed({1: 2}), iter(int, 0), bytearray(b"a"), memoryview(b"a"), (i for i in [1]), frozenset([1]), "é😀"):
    i = iter(obj)
    print(type(i).__name__, next(i, "end"), next(i, "end"), iter(i) is i)
l = [1, 2]
i = iter(l)
next(i)
l.append(3)
print(list(i))
l.append(4)
print(list(i))
d = {"a": 1}
i = iter(d)
d["b"] = 2
try:
    next(i)
except RuntimeError as e:
    print(e)
z = zip(iter([1, 2, 3]), "ab")
print(list(z), list(zip(*[(1, 2), (3, 4)])), list(zip([1, 2, 3], [4, 5], [6])))
e = enumerate("ab", start=2 ** 63 - 1)
print(list(e))
print(list(it.chain([1], "a")), list(it.islice(it.count(5, 2), 3)), list(it.islice("abcdef", 1, None, 2)), list(it.repeat(0, 2)), list(it.accumulate([1, 2, 3])), list(it.accumulate([1, 2, 3], lambda a, b: a * b, initial=10)), list(it.compress("abc", [1, 0, 1])), list(it.dropwhile(lambda v: v < 2, [1, 2, 1])), list(it.takewhile(lambda v: v < 2, [1, 2, 1])), list(it.starmap(pow, [(2, 3)])), list(it.zip_longest("ab", [1], fillvalue="-")), list(it.pairwise("abc")), list(it.batched("abcde", 2)), list(it.filterfalse(lambda v: v % 2, range(4))))
print(list(it.product("ab", [1, 2])), list(it.permutations([1, 2, 3], 2)), list(it.combinations("abc", 2)), list(it.combinations_with_replacement("ab", 2)), [(k, list(g)) for k, g in it.groupby("aabbb")], list(it.product([0, 1], repeat=2)), list(it.islice(it.cycle("ab"), 5)))
a, b = it.tee(iter([1, 2, 3]))
print(next(a), list(b), list(a))
for fn in (lambda: iter(5), lambda: next(5), lambda: iter([], 5), lambda: list(it.islice([1], -1)), lambda: list(zip([1], 5)), lambda: list(it.batched([1], 0)), lambda: list(it.product(5)), lambda: it.repeat(), lambda: list(it.starmap(pow, [1])), lambda: it.islice([1], 1, 2, 0), lambda: list(it.batched("abc", 2, strict=True)), lambda: it.count("a")):
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)
g = it.groupby([1, 1, 2])
k, group = next(g)
next(g)
print(list(group))
print(sum(1 for _ in it.takewhile(lambda v: v < 100, it.count())), max(it.accumulate([1, -5, 9])), "".join(it.chain.from_iterable(["ab", "c"])))
