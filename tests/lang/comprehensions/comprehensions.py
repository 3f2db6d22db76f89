# List, set, dict and generator comprehensions: nesting, conditions, scope, unpacking.
print([x * y for x in range(3) for y in range(3) if x != y if x + y > 1])
print({x % 3 for x in range(10)} == {0, 1, 2}, {k: v for k, v in enumerate("abc")})
print([[j for j in range(i)] for i in range(4)])
x = "outer"
print([x for x in range(3)], x)
print([(a, b) for a, (b, *_) in [(1, [2, 3]), (4, [5])]])
print([y for x in [1, 2, 3] if (y := x * 10) > 10], y)


def scopes():
    a = 10
    result = [a + b for b in range(3)]
    funcs = [lambda: b for b in range(3)]
    return result, [f() for f in funcs], [c for c in (a for a in range(2))], a


print(scopes())


class C:
    items = [1, 2, 3]
    doubled = [i * 2 for i in items]
    try:
        bad = [i for i in range(2) for j in items]
    except NameError as e:
        bad = str(e)


print(C.doubled, C.bad)
matrix = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in matrix] for i in range(3)], [n for row in matrix for n in row])
print({**{"a": 1}, "b": 2, **{"a": 3}}, [*range(3), *"ab"], {*[1], *[1, 2]}, (*[1], 2))
print(sum(i for i in range(5)), list(i for i in ()), dict([(i, i * i) for i in range(3)]))
log = []
def note(x):
    log.append(x)
    return x
{note(1): note(2) for _ in range(1)}
[note(3) for _ in range(note(2)) if note(True)]
print(log)
for source in ("[x := 1 for x in y]", "[(x := 1) for x in y]", "[i for i in (j := y)]", "[*x for x in y]",
               "{**x for x in y}", "[x for x in]", "[x, y for x in z]", "(yield x for x in y)",
               "[(yield) for x in y]", "{x: y, z for x in a}"):
    try:
        compile(source, "f", "eval")
    except SyntaxError as e:
        print(source, "->", e.msg)
try:
    [i for i in range(3) for j in i]
except TypeError as e:
    print(e)
print([locals().get("q", sorted(k for k in locals() if len(k) == 1)) for q in (1,)])
print([(lambda n: [n := n + 1 for _ in range(3)])(k) for k in (0, 10)])
print([i for i in range(20) if i % 2 if i % 3], [a or b for a in (0, 1) for b in (2, 3)])
print({frozenset([i % 2]): i for i in range(4)})
