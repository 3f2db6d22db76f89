# A handler that lies right behind the instruction that raises: it finds the exception in a register that the trace
# must not think it knows.


def check(items, bound):
    out = []
    for i in items:
        try:
            assert i in bound, ord("a") + i
        except Exception as e:
            out.append(type(e).__name__ + str(e))
    return out


def raising(n):
    seen = 0
    for i in range(n):
        try:
            raise KeyError(i)
        except KeyError as e:
            seen += e.args[0]
        try:
            if i % 7 == 3:
                raise ValueError(i)
        except (TypeError, ValueError) as e:
            seen -= e.args[0]
    return seen


print(len(check(range(1000), {3, 500, 999})), check(range(600), range(598))[-1])
print(check([5] * 700, {5: 0}), check(range(400, 800), [7])[350])
print(raising(2000))
