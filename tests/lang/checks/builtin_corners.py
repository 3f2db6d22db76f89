# Corners of built-in types and functions found by CPython's own tests.
import array
import collections
import collections.abc
import io
import math
import operator
import pickle
import struct
import sys
import types
import unicodedata


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e, *getattr(e, "__notes__", ()))


# None as a special method is called, and cannot be.
class No:
    __add__ = __radd__ = __iadd__ = __eq__ = __ne__ = __lt__ = __neg__ = __len__ = None
    __getitem__ = __index__ = __int__ = __call__ = __repr__ = None


no = No()
for f in (
    lambda: no + 1,
    lambda: 1 + no,
    lambda: operator.iadd(no, 1),
    lambda: no == 1,
    lambda: 1 != no,
    lambda: no < 1,
    lambda: -no,
    lambda: len(no),
    lambda: no[0],
    lambda: operator.index(no),
    lambda: int(no),
    lambda: no(),
    lambda: repr(no),
):
    attempt(f)

# Defaults of native functions that are bytes.
b = io.BytesIO()
b.write(b"abc")
print(b.getvalue(), pickle.loads(pickle.dumps([1, "x", None])))


# Keywords of constructors that a subclass's other constructor takes.
def with_init(base):
    class Sub(base):
        def __init__(self, arg, newarg=None):
            self.newarg = newarg

    return Sub([1, 2] if base is not float else 2.5, newarg=3).newarg


print([with_init(c) for c in (float, tuple, frozenset)])


class NewList(list):
    def __new__(cls, arg, newarg=None):
        self = super().__new__(cls)
        self.newarg = newarg
        return self


print(NewList([1, 2], newarg=3), NewList([1], newarg=3).newarg)


class NewSet(set):
    __new__ = NewList.__new__


attempt(lambda: float(1.5, newarg=3))
attempt(lambda: list([1], newarg=3))


# Lists that comparing empties, or that sorting finds changed.
class Empties:
    def __init__(self, victim):
        self.victim = victim

    def __eq__(self, other):
        self.victim().clear()
        return NotImplemented


l1 = [Empties(lambda: l2)]
l2 = [Empties(lambda: l1)]
print(l1 == l2)


def sneaky(x):
    l3.append(3)
    l3.pop()
    return x


l3 = [1, 2]
attempt(lambda: l3.sort(key=sneaky))
print(l3)

# Iterators' __reduce__ looks for builtins where the running code does.
code = compile("x.__reduce__()", "test", "eval")
attempt(lambda: eval(code, {"__builtins__": types.MappingProxyType({}), "x": iter([1, 2])}))
r = reversed([1, 2])
list(r)
print(r.__reduce__())

# A reverse iterator over a dict that was emptied meanwhile.
d = {f"k{i}": i for i in range(100)}
for i in range(1, 100):
    del d[f"k{i}"]
r = reversed(d)
d.clear()
d["k0"] = 0
print(list(r))
attempt(lambda: {}.update([object()]))
print(type({1: 2}.keys() & frozenset([1])), len(range(-sys.maxsize, sys.maxsize, 2)) == sys.maxsize)

# Buffers locked while Python code runs.
ba = bytearray(b"\xaa")


class Sep(bytes):
    def __len__(self):
        ba.clear()
        return 1


attempt(lambda: ba.hex(Sep(b":")))
attempt(lambda: bytearray(b",").join(x for x in [ba.clear()]))
attempt(lambda: io.BytesIO(b"a").readinto(b""))
attempt(lambda: struct.pack_into("b", memoryview(bytearray(4))[::2], 0, 1))
attempt(lambda: struct.calcsize("b\0"))
attempt(lambda: "%c" % No)
print(bytearray().__alloc__() > 0)

# Instances of subclasses of str that __repr__ gives.
S = type("S", (str,), {})
R = type("R", (), {"__repr__": lambda self: S("<R>")})
print(type(repr(R())).__name__, type(ascii(R())).__name__, type(str(R())).__name__)
attempt(lambda: str("a", "b", "c", "d"))
attempt(lambda: str("a", "b", encoding="c"))
attempt(lambda: str("a", "b", "c", encoding="c"))
attempt(lambda: type("A\udcdcB", (), {}))
attempt(lambda: type("A", (), {"__doc__": "x\udcdcy"}))

# Functions of code without variables of its own run in their globals.
g = {}
types.FunctionType(compile("x = 1", "", "exec"), g)()
print(g["x"])

print(str.maketrans.__self__, str.maketrans.__reduce__(), type.__module__)
attempt(lambda: dict.__dict__["fromkeys"].__reduce__())
print(isinstance(array.array("b"), collections.abc.MutableSequence))
u = list("spam")
u += collections.UserList("eggs")
print(type(u).__name__, pow(0.0, -math.inf), math.sumprod([10, 20], [1, 2]))
for name in ("CJK UNIFIED IDEOGRAPH-03400", "CJK UNIFIED IDEOGRAPH-F900", "tangut ideograph-17000"):
    attempt(lambda: hex(ord(unicodedata.lookup(name))))
attempt(lambda: unicodedata.ucd_3_2_0.lookup("LATIN CAPITAL LETTER GHA"))


class Clears:
    def __index__(self):
        ba.clear()
        return 65


ba = bytearray(b"A")
attempt(lambda: Clears() in ba)
