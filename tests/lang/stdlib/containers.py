# deque, Counter, defaultdict, OrderedDict, ChainMap.
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque

d = deque([1, 2, 3], maxlen=4)
d.append(4)
d.append(5)
d.appendleft(0)
d.rotate(1)
print(d, d[0], d[-1], len(d), d.pop(), d.popleft(), d, list(reversed(d)), d.index(2), d.count(2), 2 in d, d.maxlen)
d.extend([7, 8])
d.extendleft([9])
d.insert(1, "i") if len(d) < 4 else None
print(d, d.copy() == d, d + deque([1]), d * 2, d.reverse(), d, d.clear(), d)
for fn in (lambda: deque().pop(), lambda: deque([1])[5], lambda: deque([1]).remove(2), lambda: deque([1], 1).insert(0, 2), lambda: deque(5), lambda: deque([1], -1), lambda: deque([1]).index(9), lambda: deque([1]) + [1]):
    try:
        print(fn())
    except Exception as e:
        print(type(e).__name__, e)
it = deque([1, 2])
try:
    for x in it:
        it.append(x)
except RuntimeError as e:
    print(e)
c = Counter("abracadabra")
print(c, c.most_common(2), c["z"], sum(c.values()), c + Counter("aab"), c - Counter("aaaaaab"), c & Counter("ab"), c | Counter("zzz"), sorted(c.elements())[:3], c.total(), +Counter(a=-1, b=1), Counter(a=1) <= Counter(a=2), c.subtract("aa"), c["a"])
dd = defaultdict(list)
dd["a"].append(1)
print(dd, dd["b"], "c" in dd, dd.get("c"), len(dd), dd.default_factory, defaultdict(int, {"x": 1})["y"], dd.copy())
try:
    defaultdict(None)["q"]
except KeyError as e:
    print(repr(e))
try:
    defaultdict(5)
except TypeError as e:
    print(e)
o = OrderedDict(a=1, b=2, c=3)
o.move_to_end("a")
o.move_to_end("c", last=False)
print(o, list(o), o.popitem(last=False), o == {"b": 2, "a": 1}, o == OrderedDict(a=1, b=2), list(reversed(o)), o | {"z": 0})
m = ChainMap({"a": 1}, {"a": 2, "b": 3})
m["c"] = 4
print(m["a"], m["b"], dict(m), m.maps, m.new_child({"a": 0})["a"], m.parents, len(m), sorted(m))
class U(UserDict):
    def __setitem__(self, k, v):
        super().__setitem__(str(k), v)
u = U({1: "a"})
u[2] = "b"
print(u, u["1"], dict(u), 2 in u)
