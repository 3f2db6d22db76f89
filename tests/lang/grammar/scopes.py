# Names: global, nonlocal, class scope, comprehension scope, deletion, and their errors.
x = "module"


def outer():
    x = "outer"

    def inner():
        nonlocal x
        x += "+inner"
        return x

    def reader():
        return x

    inner()
    return x, reader(), inner.__closure__[0].cell_contents


print(outer())


class C:
    x = "class"
    seen = [x for _ in range(1)]
    nested = [(i, j) for i in range(2) for j in range(i + 1)]

    def method(self):
        return x

    def cls(self):
        return __class__.__name__


print(C.seen, C.nested, C().method(), C().cls())


def setter():
    global x, fresh
    x = "changed"
    fresh = 1


setter()
print(x, fresh)


def unbound():
    print(late)
    late = 1


def unbound_free():
    def inner():
        return cell
    try:
        inner()
    except NameError as e:
        print(type(e).__name__, e)
    cell = 1
    return inner()


try:
    unbound()
except UnboundLocalError as e:
    print(e)
print(unbound_free())


def deleted():
    v = 1
    del v
    return v


try:
    deleted()
except UnboundLocalError as e:
    print(e)
try:
    undefined_name
except NameError as e:
    print(e, e.name)

fs = [lambda: i for i in range(3)]
print([f() for f in fs])
fs = [lambda i=i: i for i in range(3)]
print([f() for f in fs])


def counter():
    n = 0

    def bump(by=1):
        nonlocal n
        n += by
        return n
    return bump


a, b = counter(), counter()
print(a(), a(), b(5), a(10), b())
print([y := 1, y + 1], y)


def except_scope():
    e = "before"
    try:
        1 / 0
    except ZeroDivisionError as e:
        pass
    try:
        return e
    except UnboundLocalError as err:
        return str(err)


print(except_scope())


class Private:
    __secret = 1

    def __init__(self):
        self.__name = "mangled"

    def get(self):
        return self.__name, self.__secret


print(Private().get(), sorted(k for k in vars(Private()) if "name" in k))
print(sorted(n for n in outer.__code__.co_cellvars), outer.__code__.co_freevars)
def loc():
    a = 1
    b = 2
    return sorted(locals())
print(loc())
