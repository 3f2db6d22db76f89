# Conversions, containers, context managers, copying and representation through methods.
import copy
import operator


class Num:
    def __int__(self):
        return 7

    def __float__(self):
        return 7.5

    def __complex__(self):
        return 7 + 1j

    def __index__(self):
        return 7

    def __trunc__(self):
        return 70

    def __str__(self):
        return "str"

    def __repr__(self):
        return "repr"

    def __bytes__(self):
        return b"bytes"

    def __hash__(self):
        return 77

    def __length_hint__(self):
        return 3

    def __dir__(self):
        return ["b", "a"]

    def __sizeof__(self):
        return 1


n = Num()
print(int(n), float(n), complex(n), hex(n), str(n), repr(n), bytes(n), hash(n), f"{n}{n!r}", dir(n))
print("%s %r" % (n, n), [n], (n,), {n: n}, operator.index(n), operator.length_hint(n), "abcdefghij"[n])


class Bad:
    def __str__(self):
        return 5

    def __repr__(self):
        return None

    def __int__(self):
        return "x"

    def __float__(self):
        return 1

    def __hash__(self):
        return "h"

    def __index__(self):
        return 1.5

    def __iter__(self):
        return 5

    def __len__(self):
        return "long"

    def __bytes__(self):
        return "text"

    def __format__(self, spec):
        return 1


for f in (str, repr, int, float, hash, operator.index, iter, len, bytes, format, list, sorted):
    try:
        print(f.__name__, f(Bad()))
    except TypeError as e:
        print(f.__name__, "->", e)


class Seq:
    def __init__(self, n):
        self.n = n

    def __getitem__(self, i):
        if isinstance(i, slice):
            return i.indices(self.n)
        if i >= self.n:
            raise IndexError(i)
        return i * i

    def __len__(self):
        return self.n


s = Seq(5)
print(list(s), 9 in s, 10 in s, list(reversed(s)), s[1:], s[::-1], max(s), sum(s), [*zip(s, s)])
a, b, *c = s
print(a, b, c)


class Box(dict):
    def __missing__(self, key):
        self[key] = value = key * 2
        return value

    def __copy__(self):
        return "copied"

    def __deepcopy__(self, memo):
        return "deep"

    def __reduce_ex__(self, protocol):
        return str, ("reduced",)


box = Box()
print(box[3], box, box.get(4), copy.copy(box), copy.deepcopy([box]))


class Matrix:
    def __init__(self):
        self.cells = {}

    def __setitem__(self, key, value):
        self.cells[key] = value

    def __getitem__(self, key):
        return self.cells[key]

    def __delitem__(self, key):
        del self.cells[key]


m = Matrix()
m[1, 2] = "a"
m[...] = "b"
m[1:2, ::3] = "c"
del m[1, 2]
print(m.cells, m[...])
m[...] += "!"
print(m[...])


class Managed:
    def __enter__(self):
        print("enter")
        return self

    def __exit__(self, kind, value, tb):
        print("exit", kind and kind.__name__, value)
        return kind is KeyError


with Managed() as one, Managed() as two:
    raise KeyError("swallowed")
try:
    with Managed():
        raise ValueError("passes")
except ValueError as e:
    print("caught", e)
try:
    with 5:
        pass
except TypeError as e:
    print(e)
