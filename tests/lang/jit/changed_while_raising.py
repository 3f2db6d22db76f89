# A call that changes a class and then ends in an exception: what follows in the handler sees the change.
class Thing:
    def get(self):
        return 1


def one(x):
    return x


def two(x):
    return 2 * x


CODE = one.__code__


class Text:
    def __init__(self, n, at, change):
        self.n, self.at, self.change = n, at, change

    def __str__(self):
        self.n += 1
        if self.n == self.at:
            self.change()
        if self.n % 3 == 0:
            raise ValueError(self.n)
        return "text"


def loop(rounds, at, change):
    thing, text, total, caught = Thing(), Text(0, at, change), 0, 0
    for i in range(rounds):
        try:
            "%s" % (text,)
            total += thing.get() + one(1)
        except ValueError:
            caught += 1
            total += 100 * thing.get() + 100 * one(1)
    return total, caught


def change_class():
    Thing.get = lambda self: 5


def change_code():
    one.__code__ = two.__code__


GET = Thing.get
for at in (600, 601, 602, 900):
    for change in (change_class, change_code):
        print(loop(1200, at, change), end=" ")
        Thing.get = GET
        one.__code__ = CODE
print()
