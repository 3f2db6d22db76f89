# Every kind of parameter, and what is said when a call does not fit.
def f(a, b=2, /, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw


print(f(1, d=4))
print(f(1, 2, 3, 4, 5, d=6, e=7, f=8, a=9, b=10))
print(f(*[1, 2], *(3, 4), **{"d": 1}, **{"z": 2}))


def only(a, /):
    return a


def named(*, a, b=1):
    return a, b


def plain(a, b, c):
    return a, b, c


def nothing():
    return None


def defaults(a, b=[], *, c={}):
    b.append(a)
    c[a] = len(b)
    return b, c


print(defaults(1), defaults(2), defaults(3, [], c={}))
CALLS = [
    "plain()",
    "plain(1)",
    "plain(1, 2)",
    "plain(1, 2, 3, 4)",
    "plain(1, 2, 3, d=4)",
    "plain(1, b=2, a=3, c=4)",
    "plain(a=1, c=2)",
    "nothing(1)",
    "nothing(a=1)",
    "only()",
    "only(a=1)",
    "only(1, 2)",
    "named(1)",
    "named()",
    "named(a=1, c=2)",
    "named(b=2)",
    "f()",
    "f(1)",
    "f(1, 2, 3, c=4, d=5)",
    "plain(*1)",
    "plain(**1)",
    "plain(**{1: 2})",
    "plain(*[1], **{'a': 2})",
    "plain(1, 2, 3, **{'c': 4})",
    "f(d=1, **{'d': 2})",
    "len()",
    "len(1, 2)",
    "len(obj=[])",
    "int(1, 2, 3)",
    "(lambda x: x)()",
    "C()",
    "C(1, 2)",
    "C(1).method(1)",
    "C.method()",
    "object(1)",
    "3()",
    "None()",
    "'text'()",
    "plain(1, 2, 3)()",
]


class C:
    def __init__(self, x):
        self.x = x

    def method(self):
        return self.x


for call in CALLS:
    try:
        print(call, "->", eval(call))
    except TypeError as e:
        print(call, "->", e)
print(f.__defaults__, f.__kwdefaults__, f.__code__.co_argcount, f.__code__.co_posonlyargcount,
      f.__code__.co_kwonlyargcount, f.__code__.co_varnames)
f.__defaults__ = (1, 2, 3)
f.__kwdefaults__ = {"d": 4}
try:
    f()
except TypeError as e:
    print(e)
print(f(e=0))
