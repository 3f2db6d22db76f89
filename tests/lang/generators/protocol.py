# send, throw, close, return values, yield from, and misuse.
def echo():
    received = []
    try:
        while True:
            try:
                x = yield len(received)
            except ValueError as e:
                received.append(f"caught {e}")
            else:
                if x is None:
                    continue
                if x == "stop":
                    return received
                received.append(x)
    finally:
        print("cleanup")


g = echo()
try:
    g.send(1)
except TypeError as e:
    print(e)
print(next(g), g.send("a"), g.throw(ValueError("v")), next(g))
try:
    g.send("stop")
except StopIteration as e:
    print("returned", e.value)
try:
    next(g)
except StopIteration as e:
    print("exhausted", e.value)
g = echo()
next(g)
print(g.close(), g.gi_frame, g.gi_running)


def inner():
    try:
        a = yield "first"
        print("inner got", a)
        b = yield "second"
        print("inner got", b)
    except KeyError as e:
        yield f"inner handled {e!r}"
    return "inner result"


def outer():
    result = yield from inner()
    print("outer has", result)
    result = yield from [1, 2]
    print("list gives", result)
    return "done"


g = outer()
print(next(g), g.send("A"), g.send("B"))
print(list(g))
g = outer()
next(g)
print(g.throw(KeyError("k")), g.gi_yieldfrom is not None, next(g))


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as e:
    print(e)


def raises_stop():
    yield 1
    raise StopIteration("inside")


try:
    list(raises_stop())
except RuntimeError as e:
    print(e, repr(e.__cause__))


def selfish():
    yield next(me)


me = selfish()
try:
    next(me)
except ValueError as e:
    print(e)


def never():
    return 5
    yield


print(list(never()))
try:
    next(never())
except StopIteration as e:
    print(e.value)
g = echo()
try:
    g.throw(KeyError)
except KeyError as e:
    print(repr(e))
print(next(g, "default"))


def returning_close():
    try:
        yield
    except GeneratorExit:
        return "closed with value"


g = returning_close()
next(g)
print(g.close())
try:
    g = echo()
    next(g)
    g.throw(5)
except TypeError as e:
    print(e)
print(type(g).__name__, g.__name__, g.__qualname__, g.gi_code.co_name)


def f():
    x = yield (yield 1)
    return x


g = f()
print(next(g), g.send(2))
try:
    g.send(3)
except StopIteration as e:
    print(e.value)
