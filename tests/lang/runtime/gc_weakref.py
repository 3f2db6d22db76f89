# Collection, weak references, finalisers, resurrection.
import gc
import weakref


class Obj:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"<{self.name}>"


class Final(Obj):
    log = []

    def __del__(self):
        Final.log.append(self.name)


def clear_stack(n=200):
    # Overwrites what earlier calls left on stacks, for collectors that scan them conservatively.
    return n and clear_stack(n - 1) + len([n, n + 1, n + 2])


def make_cycles():
    for i in range(50):
        a, b = Final(f"a{i}"), Final(f"b{i}")
        a.other, b.other = b, a


make_cycles()
clear_stack()
gc.collect()
print(len(Final.log) >= 96, len(set(Final.log)) == len(Final.log))
strong = Obj("strong")
ref = weakref.ref(strong)
print(ref() is strong, ref == weakref.ref(strong), hash(ref) == hash(strong), type(ref).__name__, weakref.getweakrefcount(strong) >= 1)
notes = []


def weak_list():
    objs = [Obj(i) for i in range(50)]
    return [weakref.ref(o, lambda r: notes.append(1)) for o in objs]


refs = weak_list()
clear_stack()
gc.collect()
dead = sum(r() is None for r in refs)
print(dead >= 48, len(notes) == dead)
table = weakref.WeakValueDictionary()
keep = Obj("kept")
table["kept"] = keep
table["gone"] = Obj("gone")
keys = weakref.WeakKeyDictionary()
keys[keep] = "value"
some = weakref.WeakSet([keep])
clear_stack()
gc.collect()
print(table["kept"], "kept" in table, keys[keep], keep in some)
proxy = weakref.proxy(keep)
print(proxy.name, repr(proxy)[:1])
for bad in (5, "text", [], None, (1,)):
    try:
        weakref.ref(bad)
    except TypeError as e:
        print(e)


class NoWeak:
    __slots__ = ()


class Weak:
    __slots__ = ("__weakref__",)


try:
    weakref.ref(NoWeak())
except TypeError as e:
    print(e)
w = Weak()
print(weakref.ref(w)() is w)
saved = []


class Phoenix:
    def __del__(self):
        saved.append(self)


def burn():
    for _ in range(20):
        Phoenix()


burn()
clear_stack()
gc.collect()
print(len(saved) >= 18, all(type(p) is Phoenix for p in saved))


class Angry:
    def __del__(self):
        pass


order = []


def finalizers():
    objs = [Obj(i) for i in range(20)]
    for o in objs:
        weakref.finalize(o, order.append, o.name)


finalizers()
clear_stack()
gc.collect()
print(len(order) >= 18)
f = weakref.finalize(keep, print, "finalised at exit", keep.name)
print(f.alive, gc.isenabled(), gc.disable(), gc.isenabled(), gc.enable(), isinstance(gc.get_count(), tuple), gc.get_threshold() is not None)
print(gc.is_tracked([]), gc.is_tracked(1), isinstance(gc.collect(), int))
m = weakref.WeakMethod(keep.__repr__)
print(m()())
chain = None
for i in range(100000):
    chain = [chain]
del chain
gc.collect()
big = [[i, [i]] for i in range(20000)]
print(sum(x[1][0] for x in big))
del keep
clear_stack()
print("end")
