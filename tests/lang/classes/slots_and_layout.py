# __slots__, __dict__ and inheritance of layouts; attribute order; many attributes; deleting and adding.
class A:
    __slots__ = ("x", "__private")

    def __init__(self):
        self.x = 1
        self.__private = 2

    def get(self):
        return self.__private


class B(A):
    __slots__ = {"y": "documented"}


class C(A):
    pass


a, b, c = A(), B(), C()
b.y = 5
c.anything = 6
print(a.x, a.get(), b.y, c.anything, hasattr(a, "__dict__"), hasattr(b, "__dict__"), c.__dict__, B.y.__doc__, sorted(n for n in dir(A) if "private" in n), type(A.x).__name__)
for action in ("a.z = 1", "b.z = 1", "del a.x; a.x", "A.x.__get__(5)", "A.x.__set__(a, 9); print(a.x)", "a.__dict__", "a.__class__ = B", "c.__class__ = B"):
    try:
        exec(action)
        print(action, "fine")
    except (AttributeError, TypeError) as e:
        print(action, "->", type(e).__name__, e)
for body in ("__slots__ = ('a', 'a')", "__slots__ = ('1a',)", "__slots__ = (5,)", "__slots__ = 'single'", "__slots__ = ('__dict__', 'q')", "__slots__ = ('x',)\n    x = 1", "__slots__ = ('__dict__', '__dict__')", "__slots__ = ()"):
    try:
        ns = {}
        exec(f"class K:\n    {body}", ns)
        k = ns["K"]()
        print(body.split("\n")[0], hasattr(k, "__dict__"), hasattr(k, "__weakref__"))
    except (TypeError, ValueError) as e:
        print(body.split("\n")[0], "->", type(e).__name__, e)
try:
    class D(B, type("E", (), {"__slots__": ("w",)})):
        pass
except TypeError as e:
    print(e)
try:
    class F(int, str):
        pass
except TypeError as e:
    print(e)
try:
    class G(int):
        __slots__ = ("v",)
except TypeError as e:
    print(e)


class Open:
    pass


objs = []
for i in range(20):
    o = Open()
    names = ["a", "b", "c", "d", "e"]
    for n in names[i % 5:] + names[:i % 5]:
        setattr(o, n, (n, i))
    objs.append(o)
print([list(vars(o)) for o in objs[:5]], all(o.c == ("c", i) for i, o in enumerate(objs)))
for o in objs[::2]:
    del o.b
    o.b = "again"
    o.f = 1
print(list(vars(objs[0])), list(vars(objs[1])), objs[0].b)
wide = Open()
for i in range(300):
    setattr(wide, f"n{i}", i)
for i in range(0, 300, 3):
    delattr(wide, f"n{i}")
print(len(vars(wide)), wide.n100, hasattr(wide, "n99"), sum(vars(wide).values()))
wide.__dict__ = {"only": 1}
print(vars(wide), wide.only)
wide.__dict__["added"] = 2
print(wide.added)
try:
    wide.__dict__ = 5
except TypeError as e:
    print(e)
del wide.__dict__
print(vars(wide))
o = Open()
o.__dict__.update({"x": 1, 5: "not a name"})
print(o.x, vars(o))
Open.shared = "class"
print(o.shared, objs[3].shared)
o.shared = "own"
print(o.shared, objs[3].shared)
del o.shared
print(o.shared)
del Open.shared
try:
    o.shared
except AttributeError as e:
    print(e)


class Many:
    def __init__(self, k):
        if k % 2:
            self.odd = k
        self.k = k
        if k % 3 == 0:
            self.three = True


print(sum(getattr(m, "odd", 0) + m.k + hasattr(m, "three") for m in map(Many, range(100))))
