# Cells, late binding, decorators with state, recursion through a name.
def make_account(balance):
    history = []

    def deposit(n):
        nonlocal balance
        balance += n
        history.append(("deposit", n))
        return balance

    def withdraw(n):
        nonlocal balance
        if n > balance:
            raise ValueError(f"only {balance} left")
        balance -= n
        history.append(("withdraw", n))
        return balance

    return deposit, withdraw, lambda: (balance, history)


deposit, withdraw, state = make_account(100)
print(deposit(50), withdraw(30))
try:
    withdraw(1000)
except ValueError as e:
    print(e)
print(state())


def memo(f):
    cache = {}

    def wrapper(*args):
        if args not in cache:
            cache[args] = f(*args)
        return cache[args]
    wrapper.cache = cache
    wrapper.__wrapped__ = f
    return wrapper


@memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(90), len(fib.cache))


def trace(label):
    def deco(f):
        def inner(*a, **k):
            print(f"{label}>{f.__name__}{a}{k}")
            return f(*a, **k)
        return inner
    return deco


@trace("outer")
@trace("inner")
def add(a, b=1):
    return a + b


print(add(1), add(1, b=5))


def deep(n):
    def level1():
        def level2():
            def level3():
                nonlocal n
                n *= 2
                return n
            return level3
        return level2
    return level1


print(deep(4)()()(), [c.cell_contents for c in deep(7).__closure__])


def shared():
    fs = []
    for i in range(3):
        def f(j=i):
            return i, j
        fs.append(f)
    i = "after"
    return [f() for f in fs]


print(shared())


def empty_cell():
    def inner():
        return value
    yield inner
    value = 10
    yield inner


gen = empty_cell()
inner = next(gen)
try:
    inner.__closure__[0].cell_contents
except ValueError as e:
    print(e)
next(gen)
print(inner())
compose = lambda *fs: lambda x: x if not fs else compose(*fs[:-1])(fs[-1](x))
print(compose(str, lambda x: x + 1, lambda x: x * 2)(10))
y = (lambda f: (lambda x: x(x))(lambda x: f(lambda n: x(x)(n))))
print(y(lambda self: lambda n: 1 if n == 0 else n * self(n - 1))(20))
