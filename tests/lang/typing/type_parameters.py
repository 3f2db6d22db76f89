# Type parameters and aliases: scopes, lazy evaluation, introspection.
from typing import Generic, TypeVar


def first[T](xs: list[T]) -> T:
    return xs[0]


class Stack[T, *Ts, **P](list):
    kind: T

    def push(self, x: T) -> T:
        self.append(x)
        return x

    def scope(self):
        return T.__name__


print(first([1, 2]), first.__type_params__, first.__annotations__)
print(Stack.__type_params__, Stack[int, str, [bool]], Stack().push(3), Stack().scope(), Stack.__mro__[1:3])
type Alias = list[Undefined]
print(Alias.__name__, Alias)
try:
    Alias.__value__
except NameError as e:
    print(e)
Undefined = int
print(Alias.__value__)
type Tree[T] = T | tuple[Tree[T], Tree[T]]
print(Tree[int], Tree.__type_params__, Tree[int].__args__, Tree.__value__)


def bounded[T: int, U: (str, bytes), V = float](t: T, u: U, v: V): ...


T, U, V = bounded.__type_params__
print(T.__bound__, U.__constraints__, V.__default__, T.has_default(), V.has_default(), T.__variance__ if hasattr(T, "__variance__") else T.__infer_variance__)
print(repr(T), T.__name__, T.__covariant__)


class Outer[A]:
    class Inner[B]:
        def both(self):
            return A, B

    def method[C](self, x: C) -> A:
        return [A, C]


print(Outer.Inner().both(), Outer().method(1), Outer.method.__annotations__)
for bad in ("def f[T](T=T2): pass\nf()", "class C[T](undefined_base): pass", "type X[T: missing] = int\nX.__type_params__[0].__bound__"):
    try:
        exec(bad)
    except NameError as e:
        print(e)


def decorate(f):
    return f.__name__, f.__type_params__


@decorate
def decorated[Z](): ...


print(decorated)
Old = TypeVar("Old")


class OldStyle(Generic[Old]):
    pass


print(OldStyle[int], OldStyle.__parameters__, OldStyle[int]().__orig_class__)
type type = int
print(type, type.__value__)
for source in ("def f[T, T](): pass", "type X[*T: int] = 1", "class C[T=int, U]: pass", "def f[T: (yield)](): pass",
               "type 5 = 3", "def f[](): pass", "type X = (yield)", "class C[T](a := 1): pass"):
    try:
        compile(source, "f", "exec")
        print(source, "fine")
    except SyntaxError as e:
        print(source, "->", e.msg)
