# Every method of dict, its views, ordering, mutation while iterating, hash protocol.
d = {"a": 1, "b": 2}
d["c"] = 3
d["a"] = 10
print(d, len(d), d["b"], d.get("z"), d.get("z", 0), "a" in d, d.pop("b"), d.pop("zz", None), d.setdefault("n", []), d.setdefault("a", 5), d.popitem(), d)
d.update({"x": 1}, y=2)
d.update([("z", 3), "pq"])
print(d, list(d), list(d.values()), list(d.items()), d.copy() == d, dict.fromkeys("ab", 0), dict(a=1, **{"b": 2}), dict([(1, 2)]), dict({"q": 1}, r=2), d | {"a": 0}, {} | {})
del d["x"]
d |= {"new": 1}
d |= [("pair", 2)]
print(d, list(reversed(d)), d.clear(), d, bool({}), {1: "int", 1.0: "float", True: "bool"}, {**{"a": 1}, "a": 2})
k = {"a": 1, "b": 2}.keys()
i = {"a": 1, "b": [2]}.items()
print(k, k & {"a", "z"}, sorted(k | {"c"}), k - {"a"}, sorted(k ^ {"a", "q"}), k == {"a", "b"}, k <= {"a", "b", "c"}, k.isdisjoint("xyz"), ("a", 1) in i, ("b", [2]) in i, ("c", 3) in i, {"a": 1}.values(), {"a": 1}.items(), len(i), list(reversed(k)), k.mapping)
for fn in (lambda: {}["missing"], lambda: {}[1, 2], lambda: {}.pop("q"), lambda: {}.popitem(), lambda: {[]: 1}, lambda: {}[{}], lambda: {"a": 1} < {"b": 2}, lambda: dict(5), lambda: dict([1]), lambda: dict([(1, 2, 3)]), lambda: dict(["abc"]), lambda: {} + {}, lambda: {}.update(5), lambda: {}.foo, lambda: {} | [], lambda: {}.fromkeys(5), lambda: dict(**{1: 2}), lambda: hash({}), lambda: del_missing(), lambda: {}.get(), lambda: {}.get([]), lambda: [] in {}, lambda: next({}), lambda: {}.setdefault([], 1)):
    def del_missing():
        q = {}
        del q["nope"]
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)
for change in ("add", "delete", "replace", "clear"):
    v = {n: n for n in range(5)}
    try:
        for key in v:
            if change == "add":
                v[key + 100] = 0
            elif change == "delete":
                del v[key]
            elif change == "replace":
                v[key] = -key
            else:
                v.clear()
        print(change, v)
    except RuntimeError as e:
        print(change, e)
m = {}
for n in range(1000):
    m[n] = n
for n in range(0, 1000, 2):
    del m[n]
for n in range(0, 10):
    m[n] = "back"
print(len(m), list(m)[:3], list(m)[-5:], sum(v for v in m.values() if v != "back"))


class Key:
    def __init__(self, v):
        self.v = v

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return self.v == other.v

    def __repr__(self):
        return f"K{self.v}"


ks = {Key(n): n for n in range(6)}
del ks[Key(3)]
print(ks, ks[Key(4)], Key(3) in ks, ks.get(Key(9), "none"))


class Broken:
    def __hash__(self):
        raise ValueError("no hash")


class BadEq:
    def __hash__(self):
        return 5

    def __eq__(self, other):
        raise RuntimeError("no eq")


for fn in (lambda: {Broken(): 1}, lambda: {BadEq(): 1, BadEq(): 2}, lambda: {}.get(Broken()), lambda: Broken() in {}):
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)


class D(dict):
    def __missing__(self, key):
        return f"missing {key}"

    def __setitem__(self, k, v):
        super().__setitem__(k, v * 2)


x = D(a=1)
x["b"] = 2
x.update(c=3)
print(x, x["zz"], x.get("zz"), type(x.copy()).__name__, type(x | {}).__name__, D.fromkeys("a", 1), x == {"a": 1, "b": 4, "c": 3})
r = {}
r["self"] = r
print(r, {"a": r})
print({"a": 1, "b": 2} == {"b": 2, "a": 1}, {1: 2} != {1: 3}, {"k": float("nan")} == {"k": float("nan")}, sorted({"b": 1, "a": 2}.items()), max({"a": 3, "b": 9}, key={"a": 3, "b": 9}.get), dict(zip("ab", range(2))), [*{"u": 1}], {**{}})
