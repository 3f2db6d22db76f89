# Finalisers at the end of a program: what is dead already goes first, then what the modules kept; the globals
# that they use are whole.
import weakref

COUNTS = {"cycles": 0, "kept": 0}


class Cycle:
    def __init__(self):
        self.me = self

    def __del__(self):
        COUNTS["cycles"] += 1


class Kept:
    def __del__(self):
        COUNTS["kept"] += 1
        if COUNTS["kept"] == 3:
            print("finalised", COUNTS["cycles"], COUNTS["kept"], Kept.__name__, after)


def work(n):
    for _ in range(n):
        Cycle()


def suspended():
    try:
        yield 1
    finally:
        print("closed", after)


def default(kept=Kept()):
    pass


work(20)
one = Kept()
_two = Kept()
after = "still here"
print("end")
