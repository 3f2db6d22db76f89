# Names whose value nothing reads any more still show in locals(), also when their type changes around the loop.
def dead(n):
    x = 0
    r = []
    for i in range(n):
        if i % 500 == 499:
            r.append(sorted((k, v) for k, v in locals().items() if k != "r"))
        x = i if i % 3 else "a%d" % i
        y = x
        x = 1.5
        x = y
    return r


# A frame's header takes the place of registers that the caller used before: those of frames further out as well.
def inner(x):
    return str(x)


def middle(x):
    y = x + 1
    z = inner(y) + inner(y + 1)
    return z


def outer(n):
    out = []
    for i in range(n):
        a = (i + 1) * (i + 2) + (i + 3) * (i + 4)
        out.append(middle(a) + middle(i))
    return out[-3:]


for row in dead(2000):
    print(row)
print(outer(3000))
