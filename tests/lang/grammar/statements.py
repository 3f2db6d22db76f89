# Simple and compound statements, their else branches, and control flow through finally.
def classify(n):
    if n < 0:
        return "negative"
    elif n == 0:
        return "zero"
    else:
        return "positive"


print([classify(n) for n in (-5, 0, 7)])

for i in range(5):
    if i == 3:
        break
else:
    print("not reached")
for i in range(2):
    pass
else:
    print("for-else", i)

n = 3
while n:
    n -= 1
    if n == 1:
        continue
    print("while", n)
else:
    print("while-else")


def leave(how):
    for i in range(3):
        try:
            if how == "return":
                return "returned", i
            if how == "break":
                break
            if how == "continue":
                continue
        finally:
            print("  finally", how, i)
    return "fell out", i


for how in ("return", "break", "continue"):
    print(leave(how))


def override():
    try:
        return "try"
    finally:
        return "finally"


print(override())


def loop_in_finally():
    out = []
    for i in range(4):
        try:
            out.append(i)
        finally:
            for j in range(i):
                if j == 1:
                    break
                out.append((i, j))
    return out


print(loop_in_finally())
x = y = z = [1]
x.append(2)
print(y, z is x)
a, *b, c = "hello"
print(a, b, c)
(d, [e, *f]), g = (1, [2, 3, 4]), 5
print(d, e, f, g)
del a, (b, c)
try:
    a
except NameError as err:
    print(err)
assert True, "not shown"
try:
    assert not 1, ("a", "tuple")
except AssertionError as err:
    print(repr(err))
if True: print("one line"); print("two statements")
if (walrus := 10) > 5:
    print(walrus)
print((lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4))
print(1 if [] else 2 if () else 3)
print(not 1 == 2, not (1 is None), 1 < 2 < 3 > 2 != 5)
...
None
"a string statement"
