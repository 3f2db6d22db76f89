# contextlib, functools and operator in use.
import contextlib
import functools
import operator


@contextlib.contextmanager
def tag(name):
    print("<" + name)
    try:
        yield name.upper()
    except ValueError as e:
        print("handled", e)
    finally:
        print(name + ">")


with tag("a") as x, tag("b") as y:
    print(x, y)
    raise ValueError("inside")
with contextlib.suppress(KeyError):
    {}["x"]
with contextlib.ExitStack() as stack:
    for n in "xyz":
        stack.enter_context(tag(n))
    stack.callback(print, "callback")
    stack.push(lambda *exc: print("pushed", exc[0]))


@tag("decorated")
def f():
    print("body")


f()
import io
with contextlib.redirect_stdout(io.StringIO()) as out:
    print("redirected")
print(repr(out.getvalue()))
with contextlib.closing(io.StringIO("c")) as c, contextlib.nullcontext(5) as five:
    print(c.read(), five)
try:
    c.read()
except ValueError as e:
    print(e)


@contextlib.contextmanager
def never():
    if False:
        yield


@contextlib.contextmanager
def twice():
    yield
    yield


for bad in (never, twice):
    try:
        with bad():
            pass
    except RuntimeError as e:
        print(e)


class Ctx:
    def __init__(self, swallow, fail_exit=False):
        self.swallow, self.fail_exit = swallow, fail_exit

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.fail_exit:
            raise KeyError("in exit")
        return self.swallow


def flow(kind):
    for i in range(3):
        with Ctx(kind == "swallow", kind == "fail"):
            if kind == "return":
                return "returned"
            if kind == "break":
                break
            if kind == "continue":
                continue
            raise ValueError(i)
    return "end", i


for kind in ("return", "break", "continue", "swallow", "raise", "fail"):
    try:
        print(kind, flow(kind))
    except Exception as e:
        print(kind, repr(e), repr(e.__context__))


@functools.total_ordering
class V:
    def __init__(self, n):
        self.n = n

    def __eq__(self, o):
        return self.n == o.n

    def __lt__(self, o):
        return self.n < o.n


print(V(1) <= V(2), V(1) >= V(2), V(2) > V(1), max(V(3), V(5)).n)


class C:
    @functools.cached_property
    def slow(self):
        print("computed")
        return 42

    @functools.partialmethod
    def nothing(self):
        return 1

    @functools.singledispatchmethod
    def show(self, x):
        return "other"

    @show.register
    def _(self, x: int):
        return "int"


c = C()
print(c.slow, c.slow, c.show(1), c.show(""), functools.partial(int, base=2)("101"), functools.reduce(operator.add, [[1], [2]], [0]))
print(operator.itemgetter(1, 0)("ab"), operator.attrgetter("real", "imag")(1j), operator.methodcaller("split", ",")("a,b"), operator.concat([1], [2]), operator.contains([1], 1), operator.truth([]), operator.matmul if False else operator.mod(7, 3), operator.index(5), operator.is_not(1, None), operator.setitem, operator.iadd([1], [2]))


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(100), fib.cache_info().misses, fib.cache_clear(), fib.cache_info().currsize)
p = functools.partial(print, "a", sep="-")
p("b", end="!\n")
try:
    functools.reduce(operator.add, [])
except TypeError as e:
    print(e)
