# exec, eval and compile with their namespaces.
print(eval("1 + 2"), eval(" \t3"), eval("x * 2", {"x": 21}), eval("x + y", {"x": 1}, {"y": 2}))
ns = {}
exec("def f(n):\n    return n * k\nk = 3", ns)
print(ns["f"](5), sorted(k for k in ns if k != "__builtins__"))
code = compile("a + b", "<sum>", "eval")
print(eval(code, {"a": 1, "b": 2}), code.co_names, code.co_filename)


def local_exec():
    a = 1
    exec("a = 2; b = 3")
    try:
        b
    except NameError as e:
        return a, str(e)


print(local_exec())


def with_locals():
    a = 1
    loc = {}
    exec("b = a + 1", {"a": a}, loc)
    return loc


print(with_locals())


class Space(dict):
    def __missing__(self, key):
        return f"<{key}>"


print(eval("spam + eggs", {}, Space()))
try:
    eval("1 +")
except SyntaxError as e:
    print(e.msg)
try:
    eval("x", {"__builtins__": {}})
except NameError as e:
    print(e)
try:
    exec("print", {"__builtins__": {}})
except NameError as e:
    print(e)
try:
    eval("1", [])
except TypeError as e:
    print(e)
exec(compile("7 * 6", "<single>", "single"))
exec("import math as m", ns)
print(ns["m"].floor(2.7))


def closure_code():
    x = 5

    def inner():
        return x
    return inner


try:
    exec(closure_code().__code__)
except TypeError as e:
    print(e)
exec(closure_code().__code__, {}, closure=closure_code().__closure__)
print(eval("[i * j for i in range(3) for j in range(2)]"))
print(eval("(lambda: [x for x in (y, y)])()", {"y": 4}))
f = eval("lambda n: n and n + f(n - 1)", globals())
print(f(10))
