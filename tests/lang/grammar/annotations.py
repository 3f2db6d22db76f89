# Annotations are evaluated late, on demand.
import annotationlib


def f(a: int, b: "str" = "", *args: undefined_one, c: list[int] = (), **kw: dict) -> float:
    x: also_undefined = 1
    return x


print(f(1))
try:
    f.__annotations__
except NameError as e:
    print(e)
undefined_one = complex
print(f.__annotations__)


class Node:
    next: Node | None
    value: int = 0
    children: list[Node]
    if value == 0:
        extra: str


print(Node.__annotations__)
print(Node.__annotations__["next"].__args__[0] is Node)


class Late:
    field: NotYet


print(annotationlib.get_annotations(Late, format=annotationlib.Format.STRING))
ref = annotationlib.get_annotations(Late, format=annotationlib.Format.FORWARDREF)["field"]
print(type(ref).__name__, ref.__forward_arg__)
x: int
y: str = "given"
print(__annotations__ if "__annotations__" in globals() else __annotate__(1))
try:
    x
except NameError as e:
    print(e)
obj = Node()
obj.attr: int = 5
print(obj.attr)


def no_effect():
    (z): int = 3
    return z


print(no_effect(), no_effect.__annotations__)
