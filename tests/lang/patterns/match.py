# Structural pattern matching: every pattern kind.
from dataclasses import dataclass
from enum import Enum


class Color(Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    y: int


class Pair:
    __match_args__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right


def kind(v):
    match v:
        case None:
            return "none"
        case True | False as b:
            return f"bool {b}"
        case 0:
            return "zero"
        case -1 | 2.5 | 1 + 2j:
            return "number literal"
        case "text" | b"bytes":
            return "literal string"
        case Color.RED:
            return "red"
        case int(n) if n > 100:
            return f"big {n}"
        case int() | float():
            return "number"
        case []:
            return "empty sequence"
        case [x]:
            return f"one {x!r}"
        case [1, *rest]:
            return f"starts with 1, then {rest}"
        case (first, [a, b], *_, last):
            return f"nested {first} {a} {b} {last}"
        case [*_, 99]:
            return "ends with 99"
        case {"type": "circle", "r": r}:
            return f"circle {r}"
        case {"type": str(t), **rest}:
            return f"{t} with {rest}"
        case {}:
            return "mapping"
        case Point(x=0, y=0):
            return "origin"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case Point(x, y=(1 | 2) as y):
            return f"low {x} {y}"
        case Pair(Point(), right):
            return f"pair with point and {right}"
        case Pair(l, Pair(m, r)):
            return f"{l} {m} {r}"
        case str(s):
            return f"string {s}"
        case _:
            return f"other {type(v).__name__}"


VALUES = [None, True, 0, False, -1, 2.5, 1 + 2j, "text", b"bytes", Color.RED, Color.BLUE, 500, 7, 7.5, [], (),
          [5], ("x",), [1, 2, 3], (1,), ["a", "bc", 3, 4], ["a", [1, 2], 5], [0, 0, 99], range(1, 3),
          {"type": "circle", "r": 2, "extra": 1}, {"type": "box", "w": 1}, {"type": 3}, {}, Point(0, 0), Point(3, 3),
          Point(5, 2), Point(5, 9), Pair(Point(1, 2), "r"), Pair(1, Pair(2, 3)), "hello", b"x", {1, 2}, object()]
for v in VALUES:
    print(kind(v))


def bindings(v):
    match v:
        case [a, b] | [a, b, _]:
            pass
        case _:
            return "none"
    return a, b


print(bindings([1, 2]), bindings([1, 2, 3]), bindings(5))
match 5, 6:
    case x, y:
        print(x + y)
match = {"case": 1}
print(match["case"])
case = 3
type = 4
_ = 5
print(case + type + _)
for bad in (lambda: matcher(Point(1, 2), 1), lambda: matcher(5, 2)):
    def matcher(v, which):
        match v:
            case Point(1, 2, 3) if which == 1:
                return 1
            case int(a, b):
                return 2
    try:
        bad()
    except TypeError as e:
        print(e)


class Wrong:
    __match_args__ = ["not", "a tuple"]


try:
    match Wrong():
        case Wrong(x):
            pass
except TypeError as e:
    print(e)
try:
    match 1:
        case case.nothing:
            pass
except AttributeError as e:
    print(e)


def fall():
    match "nothing":
        case "a":
            return 1
        case "b" | "c":
            return 2


print(fall())
match {"k": {"deep": [1, {"x": (2, 3)}]}}:
    case {"k": {"deep": [_, {"x": (p, q)}]}}:
        print(p, q)
