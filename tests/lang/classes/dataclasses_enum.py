# The two class generators everybody uses.
import enum
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, replace


@dataclass(order=True)
class Item:
    price: float
    name: str = field(compare=False)
    tags: list[str] = field(default_factory=list, repr=False)
    total: int = field(init=False, default=0)

    def __post_init__(self):
        self.total = len(self.name)


a, b = Item(2.5, "apple"), Item(1.0, "pear", ["x"])
print(a, b, a > b, sorted([a, b]), asdict(b), astuple(a), replace(a, price=9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    x: int
    y: int = 0


p = Point(x=1)
try:
    p.x = 2
except FrozenInstanceError as e:
    print(e)
print(p, hash(p) == hash(Point(x=1)), {p: 1}[Point(x=1, y=0)])
try:
    Point(1)
except TypeError as e:
    print(e)
try:
    @dataclass
    class Broken:
        a: int = 1
        b: str
except TypeError as e:
    print(e)
try:
    @dataclass
    class Shared:
        a: list = []
except ValueError as e:
    print(e)


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1

    def describe(self):
        return f"{self.name.lower()}={self.value}"


print(Color.RED, repr(Color.GREEN), Color(2), Color["RED"], Color.CRIMSON is Color.RED)
print([c.describe() for c in Color], Color.RED in Color, len(Color), Color.__members__.keys())
for bad in (lambda: Color(9), lambda: Color["BLUE"], lambda: Color.RED < Color.GREEN):
    try:
        bad()
    except (ValueError, KeyError, TypeError) as e:
        print(type(e).__name__, e)


class Perm(enum.Flag):
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()


rw = Perm.R | Perm.W
print(rw, Perm.R in rw, ~rw, rw & Perm.W, bool(Perm(0)), list(rw))


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 10


print(Level.HIGH > 5, Level.LOW + 1, f"{Level.HIGH}", sorted([Level.HIGH, Level.LOW]))


class Planet(enum.Enum):
    EARTH = (5.97e24, 6.37e6)

    def __init__(self, mass, radius):
        self.mass, self.radius = mass, radius

    @property
    def gravity(self):
        return round(6.674e-11 * self.mass / self.radius ** 2, 2)


print(Planet.EARTH.gravity)
S = enum.StrEnum("S", ["A", "B"])
print(S.A, S.B == "b", [*S])
