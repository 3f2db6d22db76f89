# range, slice, Ellipsis, NotImplemented, and subscripts.
r = range(10, 0, -3)
print(r, list(r), len(r), r[0], r[-1], r[1:], r[::-1], 4 in r, 5 in r, r.index(7), r.count(1), r.start, r.stop, r.step, range(0), range(3) == range(0, 3, 1), range(0, 5, 2) == range(0, 6, 2), hash(range(3)) == hash(range(0, 3)), range(5)[1:4:2], bool(range(0)), bool(range(1)))
print(range(10 ** 20, 10 ** 20 + 3)[-1], len(range(0, 2 ** 62, 2 ** 61)), 10 ** 30 in range(10 ** 31), sum(range(100)), list(range(-5, 6, 5)), list(reversed(range(4))), min(range(3, 9)), range(True), range(2 ** 70, 0, -2 ** 69)[1], list(range(2 ** 63 - 1, 2 ** 63 + 2)))
for fn in (lambda: range(), lambda: range(1.5), lambda: range(1, 2, 0), lambda: range("a"), lambda: range(3)[5], lambda: range(3)["a"], lambda: range(3).index(9), lambda: len(range(10 ** 30)), lambda: range(1, 2, 3, 4), lambda: setattr(range(3), "start", 1), lambda: range(3) < range(4), lambda: range(5)[1:2:0], lambda: range(3).x):
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)


class Show:
    def __getitem__(self, key):
        return key


s = Show()
print(s[1], s[1:2], s[1:2:3], s[:], s[::], s[...], s[1, 2], s[1:2, ...], s["a":"b"], s[()], s[(1,)], s[None:])
x = slice(1, 10, 2)
print(x, x.start, x.stop, x.step, x.indices(5), slice(None).indices(3), slice(-1, None, -1).indices(4), slice(5) == slice(None, 5), slice(1) < slice(2), hash(slice(1, 2)) == hash(slice(1, 2)))
for fn in (lambda: slice(), lambda: slice("a", "b").indices(3), lambda: slice(1).indices(-1), lambda: [1]["a":], lambda: slice(1, 2, 0).indices(3), lambda: "abc"[1:2:0], lambda: [1, 2][None:1.5], lambda: setattr(x, "start", 1)):
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)
print(..., type(...).__name__, NotImplemented, type(NotImplemented).__name__, None, type(None)() is None, Ellipsis is ...)
try:
    bool(NotImplemented)
except TypeError as e:
    print(e)


class Idx:
    def __index__(self):
        return 2


print([1, 2, 3][Idx()], "abcdef"[Idx():], range(Idx()), list(range(10))[:Idx()], range(5)[Idx()])
a = list(range(10))
for sl in (slice(None, None, 3), slice(8, 2, -2), slice(-3, None), slice(None, -20), slice(20, None, -4), slice(-20, 20, 5)):
    print(sl.indices(10), a[sl], tuple(a)[sl] == tuple(a[sl]), "0123456789"[sl], bytes(a)[sl] == bytes(a[sl]), range(10)[sl])
