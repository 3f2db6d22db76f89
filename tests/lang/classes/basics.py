# Instances, class attributes, inheritance, super, method resolution order.
class Animal:
    count = 0
    kinds = []

    def __init__(self, name):
        self.name = name
        Animal.count += 1
        self.kinds.append(type(self).__name__)

    def speak(self):
        return f"{self.name} makes a sound"

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"


class Dog(Animal):
    def speak(self):
        return super().speak() + ": woof"


class Puppy(Dog):
    def __init__(self, name, age):
        super().__init__(name)
        self.age = age

    def speak(self):
        return super(Puppy, self).speak() + "!" * self.age


pets = [Animal("a"), Dog("d"), Puppy("p", 2)]
print([p.speak() for p in pets], Animal.count, Animal.kinds, pets)
print(isinstance(pets[2], Animal), issubclass(Dog, (int, Animal)), Puppy.__mro__[-1])


class A:
    def who(self):
        return ["A"]


class B(A):
    def who(self):
        return ["B"] + super().who()


class C(A):
    def who(self):
        return ["C"] + super().who()


class D(B, C):
    def who(self):
        return ["D"] + super().who()


print(D().who(), [c.__name__ for c in D.__mro__])
try:
    class Bad(A, B):
        pass
except TypeError as e:
    print(e)
try:
    class Dup(A, A):
        pass
except TypeError as e:
    print(e)
try:
    class NotBase(5):
        pass
except TypeError as e:
    print(e)
try:
    class Sub(bool):
        pass
except TypeError as e:
    print(e)

d = D()
d.x = 1
print(d.__dict__, vars(d) is d.__dict__, hasattr(d, "y"), getattr(d, "y", "none"))
del d.x
for action in ("d.x", "del_x()", "D.zzz", "d.who.zzz", "(1).zzz", "None.zzz", "len.zzz", "d[0]", "d()"):
    def del_x():
        del d.x
    try:
        print(eval(action))
    except (AttributeError, TypeError) as e:
        print(action, "->", type(e).__name__, e)
D.extra = property(lambda self: "added later")
print(d.extra)
d.__class__ = C
print(d.who(), type(d).__name__)
try:
    d.__class__ = int
except TypeError as e:
    print(e)
C.who = lambda self: ["patched"]
print(d.who(), D().who())


class Meta(type):
    pass


Dyn = type("Dyn", (A,), {"v": 3, "m": lambda self: self.v})
print(Dyn().m(), Dyn.__name__, Dyn.__bases__, type(Dyn) is type)
print(A.__subclasses__())


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


s = Slots()
try:
    s.c = 1
except AttributeError as e:
    print(e)
try:
    s.b
except AttributeError as e:
    print(e)
print(s.a, hasattr(s, "__dict__"), Slots.__slots__)
print(A.__doc__, A().__doc__, A.__module__, Dog.speak.__qualname__)
