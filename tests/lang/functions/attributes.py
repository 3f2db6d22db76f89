# Functions as objects: names, attributes, methods, partial application, signatures.
import functools
import inspect


def sample(a, b: int = 2, *args, key: str = "k", **kw) -> bool:
    """Docstring."""
    return True


print(sample.__name__, sample.__qualname__, sample.__doc__, sample.__module__)
print(inspect.signature(sample))
sample.tag = [1]
sample.tag.append(2)
print(sample.__dict__)
sample.__name__ = "renamed"
print(sample.__name__, sample.__qualname__)
try:
    sample.__name__ = 5
except TypeError as e:
    print(e)
try:
    sample.__code__ = 5
except TypeError as e:
    print(e)
try:
    sample.nothing
except AttributeError as e:
    print(e)


class C:
    def m(self, x):
        return self, x

    @staticmethod
    def s(x):
        return x

    @classmethod
    def c(cls, x):
        return cls.__name__, x


obj = C()
bound = obj.m
print(bound(1)[1], bound.__self__ is obj, bound.__func__ is C.m, obj.m == obj.m, obj.m is obj.m)
print(C.s(1), obj.s(2), C.c(3), obj.c(4), C.m.__qualname__)
try:
    bound.x = 1
except AttributeError as e:
    print(e)
p = functools.partial(sample, 1, key="z")
print(p.func is sample, p.args, p.keywords, p())


def swap(a, b):
    return a, b


def other(x, y):
    return y, x


swap.__code__ = other.__code__
print(swap(1, 2))


@functools.wraps(sample)
def wrapper(*a):
    return sample(*a)


print(wrapper.__name__, wrapper.__doc__, wrapper.__wrapped__ is sample)


@functools.lru_cache(maxsize=2)
def slow(n):
    print("computing", n)
    return n * n


print(slow(1), slow(1), slow(2), slow(3), slow(1))
print(slow.cache_info())


@functools.singledispatch
def show(x):
    return f"object {x}"


@show.register
def _(x: int):
    return f"int {x}"


@show.register(list)
def _(x):
    return f"list of {len(x)}"


print(show(1), show([1]), show("s"), show(True))
print(functools.reduce(lambda a, b: a * b, range(1, 10)), callable(sample), callable(3))
print((lambda: 0).__name__, (lambda: 0).__qualname__)
