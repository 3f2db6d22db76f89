# Corners of the language that CPython's own tests look into: exceptions in generators, descriptors, patterns,
# names in class scopes, reassigned bases.
import sys


def attempt(f):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)


# A generator handles the exception that its resumer handles too.
def keeper():
    try:
        yield
    except Exception:
        yield
        print('still', repr(sys.exception()))
        yield
        raise


k = keeper()
next(k)
try:
    raise ValueError('mine')
except ValueError as e:
    k.throw(e)
print(sys.exception())
next(k)
try:
    next(k)
except ValueError as e:
    print(repr(e), e.__context__)


# What goes wrong while an exception is made is thrown into the generator.
class Odd(Exception):
    def __new__(cls, *args):
        return cls


def plain():
    yield


g = plain()
attempt(lambda: g.throw(Odd))
print(list(g))


# The frame of a delegating generator is seen from the code thrown into.
class Target:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def throw(self, *args):
        f = sys._getframe()
        print(f.f_code.co_name, f.f_back.f_code.co_name)
        return 2


def delegating():
    yield from Target()


d = delegating()
next(d)
print(d.throw(RuntimeError))


# Descriptors that only assign do not hide the instance's own attribute.
class Setter:
    def __set__(self, obj, value):
        obj.__dict__['a'] = value


class HasSetter:
    a = Setter()


h = HasSetter()
print(type(h.a).__name__)
h.a = 42
print(h.a)


class Hook:
    def __get__(self, obj, owner=None):
        return lambda name: 'got ' + name


class Hooked:
    __getattr__ = Hook()


print(Hooked().x)


class Broken:
    @property
    def __eq__(self):
        raise AttributeError('no')


print(Broken() == Broken())


# Metaclasses that inherit from ordinary classes.
class Base:
    pass


class Meta(Base, type):
    pass


class WithMeta(metaclass=Meta):
    pass


print(type(WithMeta.__dict__).__name__)


class G:
    __slots__ = ['a', 'b']


class J:
    __slots__ = ['c', 'b']


class H:
    __slots__ = ['b', 'a']


def reclass(cls, other):
    x = cls()
    x.__class__ = other
    return type(x).__name__


attempt(lambda: reclass(G, J))
attempt(lambda: reclass(G, H))


# A custom mro() that changes bases on the way must not make a cycle.
class M(type):
    def mro(cls):
        if ready:
            if cls.__name__ == 'B1':
                B2.__bases__ = (B1,)
            if cls.__name__ == 'B2':
                B1.__bases__ = (B2,)
        return type.mro(cls)


ready = False


class A(metaclass=M):
    pass


class B1(A):
    pass


class B2(A):
    pass


ready = True
try:
    B1.__bases__ += ()
except TypeError as e:
    print(e)
ready = False


# Patterns.
def match(x):
    match x:
        case {-0-0j: int(n)}:
            return n
        case {-1.5+2j: n, **rest}:
            return n, rest


print(match({0: 3}), match({-1.5+2j: 4, 'k': 1}))


def kind(x):
    match x:
        case [*_]:
            return 'seq'
        case {}:
            return 'map'


import collections
import collections.abc


class MapFirst(collections.UserDict, list):
    pass


class SeqFirst(collections.UserList, dict):
    pass


print(kind(MapFirst()), kind(SeqFirst()))
for source in ('match 1:\n  case -0j ** 0: pass', 'yield from x', 'yield', 'x = 1'):
    attempt(lambda: compile(source, '<s>', 'exec') and 'compiled')

# Names.
T = 'global'


class C:
    T = 'class'
    type Listed = [T for _ in (1,)]
    type Generic[T] = (T for _ in (1,))


print(C.Listed.__value__, list(C.Generic.__value__)[0] is C.Generic.__type_params__[0])


def shown():
    items = [(lambda: i) for i in range(3)]
    i = 20
    return [f() for f in items], sorted(locals().items())[0]


print(shown())


class Shadow:
    msg = 'shadowed'


class UsesSuper:
    def method(self):
        return super().msg


super_, globals()['super'] = super, Shadow
print(UsesSuper().method())
del globals()['super']


# Calls.
class BadIterable:
    def __iter__(self):
        raise TypeError('my own')


def f(*args, **kwargs):
    return args, kwargs


attempt(lambda: f(*BadIterable()))
attempt(lambda: f(**{1: 3}, **{1: 5}))
attempt(lambda: f(**{1: 3}))


# A class that a custom mro() brings in tells of its changes.
class Told:
    value = 1


class Brings(type):
    def mro(cls):
        return (cls, Told, object)


class Weird(metaclass=Brings):
    pass


print(Weird.value, Weird().value)
Told.value = 2
print(Weird.value, Weird().value, Told.__subclasses__())


class BadEq:
    @property
    def __eq__(self):
        raise KeyError('passes')


attempt(lambda: BadEq() == BadEq())


class Mixed(Base, Exception):
    pass


def forget_dict():
    del Mixed().__dict__


attempt(forget_dict)
