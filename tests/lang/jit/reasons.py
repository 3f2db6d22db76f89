# Why compiled code is left has a name: each function goes on long enough to be compiled, then does something else.
# Other interpreters have no such module, and print the same.
try:
    from pyrs import jit
except ImportError:
    jit = None


def types(n):
    values = [1] * n + [1.5] + [2] * 10
    total = 0
    for v in values:
        total = total + v
    return total


def overflow(n):
    x = 1
    for v in [1] * n + [(1 << 61) - 7] * 9:
        x = x + v
    return x


def branch(n):
    found = 0
    for i in range(n):
        if i == n - 5:
            found = i
    return found


def ends(n):
    total = 0
    for i in range(n):
        total += i
    return total


class Thing:
    factor = 2

    def double(self, x):
        return x * self.factor


def classes(n):
    thing = Thing()
    total = 0
    for i in range(n):
        total += thing.double(i)
    return total


scale = 2


def namespace(n):
    total = 0
    for i in range(n):
        total += scale
    return total


def add(x):
    return x + 1


def subtract(x):
    return x - 1


def functions(n):
    which = [add] * n + [subtract] * 3
    x = 0
    for f in which:
        x = f(x)
    return x


def raises(n):
    caught = 0
    for i in range(n):
        try:
            int("x" if i == n - 5 else "1")
        except ValueError:
            caught += 1
    return caught


def change_class():
    Thing.factor = 3


def change_namespace():
    global another_name
    another_name = 1


def nothing():
    pass


N = 2000
# Compiled code takes what classes answer for granted; one that has changed is tested from then on.
classes(N)
Thing.factor = 2
for f, change, names in [
    (types, nothing, ["type"]),
    (overflow, nothing, ["overflow", "type"]),
    (branch, nothing, ["branch"]),
    (ends, nothing, ["loop end"]),
    (classes, change_class, ["class", "type"]),
    (namespace, change_namespace, ["namespace"]),
    (functions, nothing, ["function", "value", "type"]),
    (raises, nothing, ["returned", "branch"]),
]:
    before = jit and jit.stats()
    print(f.__name__, f(N))
    change()
    print(f(N))
    # With other thresholds something else may happen.
    if before and before["enabled"] and before["settings"]["threshold"] == 150:
        after = jit.stats()
        new = [name for name, n in after["exits"].items() if n > before["exits"][name]]
        if not set(new) & set(names):
            print("  left for other reasons:", new)
            print(jit.explain(f))
