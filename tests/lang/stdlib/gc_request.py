# What gc.collect() lets go of, and what gc tells.
import functools
import gc
import itertools
import sys
import weakref


class Object:
    def __init__(self, arg):
        self.arg = arg

    def __eq__(self, other):
        return isinstance(other, Object) and self.arg == other.arg

    __hash__ = None


def temporaries():
    x, y, z = Object(1), Object(1), Object(2)
    a, b, c = weakref.ref(x), weakref.ref(y), weakref.ref(z)
    print(a == b, a != c, [o.arg for o in (x, y, z)])
    del x, y, z
    gc.collect()
    print(a(), b(), c())


temporaries()


class Lazarus:
    def __del__(self):
        saved.append(self)


def finalized():
    o = Lazarus()
    print(gc.is_finalized(o))
    del o
    gc.collect()
    print(gc.is_finalized(saved.pop()))


saved = []
finalized()

print(sorted(gc.get_referents([1, 2], {3: 4}, (0, 0))), gc.get_referents(1, 'a'))
print([gc.is_tracked(v) for v in (int, object(), Object, [], 1.0, 'a')])
for generation in (-1, 3):
    try:
        gc.get_objects(generation)
    except ValueError as e:
        print(e)
before = gc.get_stats()
gc.collect()
after = gc.get_stats()
print([n['collections'] - o['collections'] for n, o in zip(after, before)][2])


def caller_locals(**keywords):
    return sys._getframe(1).f_locals


def with_keyword_call():
    x = 1
    return dict(caller_locals(a=2))


print(with_keyword_call())


# A tee that is asked while it runs, a groupby whose keys run it on.
class Again:
    def __iter__(self):
        return self

    def __next__(self):
        return next(second)


first, second = itertools.tee(Again())
try:
    next(first)
except RuntimeError as e:
    print(e)


class Key:
    def __init__(self, advance):
        self.advance = advance

    def __eq__(self, other):
        if self.advance:
            self.advance = False
            next(group, None)
            return NotImplemented
        return True


keys, group = None, None
g = itertools.groupby(range(4), lambda n: Key(n == 0))
key, group = next(g)
print(len(list(group)))
print(list(itertools.islice(itertools.count(), 1, 10, sys.maxsize)))

p = functools.partial(print)
state = {'sep': '-'}
p.__setstate__((print, (1,), state, None))
print(p.keywords is state)
try:
    p.__setstate__((print, (), {}, ()))
except TypeError as e:
    print(e)

target = Lazarus.__del__


class Ref(weakref.ref):
    pass


r1 = Ref(target)
r2 = weakref.ref(target)
print([r is r2 for r in weakref.getweakrefs(target)])


class Number:
    def __pow__(self, other, mod=None):
        return other, mod


n = Number()
print(pow(weakref.proxy(n), 2, 3), weakref.proxy(n) ** 2)
