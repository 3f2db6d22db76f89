# Finalisers run one after the other, however many wait when a call finds them.
import gc


class Chain:
    alive = 0

    def __init__(self):
        Chain.alive += 1
        self.me = self

    def __del__(self):
        deeper(20)
        Chain.alive -= 1


def deeper(n):
    if n:
        deeper(n - 1)


def make(n):
    for _ in range(n):
        Chain()


make(20_000)
gc.collect()
deeper(10)
print(Chain.alive)
