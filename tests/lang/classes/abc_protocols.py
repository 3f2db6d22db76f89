# Abstract classes, virtual subclasses, generic aliases, super in odd places.
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, MutableSequence, Sized


class Shape(ABC):
    @abstractmethod
    def area(self):
        return 0

    @property
    @abstractmethod
    def name(self): ...


class Half(Shape):
    def area(self):
        return super().area() + 1


for cls in (Shape, Half):
    try:
        cls()
    except TypeError as e:
        print(e)


class Full(Half):
    name = "full"


print(Full().area(), Full().name)


class Duck:
    def __len__(self):
        return 0

    def __iter__(self):
        return iter(())


print(isinstance(Duck(), Sized), isinstance(Duck(), Iterable), isinstance(Duck(), Hashable), isinstance([], Hashable))


class Virtual:
    pass


Shape.register(Virtual)
print(issubclass(Virtual, Shape), isinstance(Virtual(), Shape), Shape in Virtual.__mro__)


class Stack(MutableSequence):
    def __init__(self, *a):
        self.a = list(a)

    def __getitem__(self, i):
        return self.a[i]

    def __setitem__(self, i, v):
        self.a[i] = v

    def __delitem__(self, i):
        del self.a[i]

    def __len__(self):
        return len(self.a)

    def insert(self, i, v):
        self.a.insert(i, v)


s = Stack(1, 2)
s.append(3)
s.extend([4, 5])
s.remove(2)
s += [6]
print(s.a, s.pop(), s.index(4), s.count(1), 3 in s, list(reversed(s)))
s.reverse()
print(s.a)


class Env(Mapping):
    def __getitem__(self, k):
        return {"a": 1, "b": 2}[k]

    def __iter__(self):
        return iter("ab")

    def __len__(self):
        return 2


e = Env()
print(dict(e), e.get("z"), "a" in e, list(e.items()), e == {"a": 1, "b": 2}, {**e})
print(list[int], dict[str, list[int]], tuple[int, ...], list[int].__origin__, int | str | None)
print(isinstance(1, int | str), isinstance(None, int | None), issubclass(bool, int | str))
try:
    isinstance(1, list[int])
except TypeError as e:
    print(e)
try:
    isinstance(1, 5)
except TypeError as e:
    print(e)


class Outer:
    class Inner:
        def f(self):
            return [__class__.__qualname__ for _ in range(2)]

    def g(self):
        return (lambda: super(Outer, self).__repr__()[:1])()


print(Outer.Inner().f(), Outer().g())
try:
    super()
except RuntimeError as e:
    print(e)
def stray(self):
    super().x
try:
    stray(1)
except RuntimeError as e:
    print(e)
