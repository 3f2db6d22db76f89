# A recursion that never jumps backward is interrupted as a loop is, however its frames are entered.
import signal


class Late(Exception):
    pass


def stop(*_):
    raise Late


def plain(n):
    return plain(n - 1) + plain(n - 2) if n > 1 else n


def keywords(*, n):
    return keywords(n=n - 1) + keywords(n=n - 2) if n > 1 else n


def unpacked(*args):
    return unpacked(*(args[0] - 1,)) + unpacked(*(args[0] - 2,)) if args[0] > 1 else 1


class Item:
    def __init__(self, n=0):
        self.value = n if n < 2 else Item(n - 1).value + Item(n - 2).value

    def __getitem__(self, n):
        return self[n - 1] + self[n - 2] if n > 1 else n

    def method(self, n):
        return self.method(n - 1) + self.method(n - 2) if n > 1 else n


def natively(n):
    return sum(map(natively, (n - 1, n - 2))) if n > 1 else n


def generator(n):
    yield from generator(n - 1) if n > 1 else ()
    yield from generator(n - 2) if n > 1 else ()


signal.signal(signal.SIGALRM, stop)
for f in (
    plain,
    lambda n: keywords(n=n),
    unpacked,
    Item,
    lambda n: Item()[n],
    Item().method,
    natively,
    lambda n: list(generator(n)),
):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        print(f(60))
    except Late:
        print("late")
print(plain(10), Item()[10])
