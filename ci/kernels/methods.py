"""Objects: method calls that read and write attributes, over two classes."""
BYTECODES = 19500054


class Counter:
    def __init__(self, step):
        self.step = step
        self.value = 0

    def advance(self, by):
        self.value = (self.value + self.step * by) & 0xFFFFF
        return self.value


class Doubling(Counter):
    def advance(self, by):
        self.value = (self.value * 2 + self.step + by) & 0xFFFFF
        return self.value


def run():
    counters = [Counter(3), Doubling(5), Counter(7)]
    total = 0
    for i in range(250000):
        for counter in counters:
            total += counter.advance(i)
    return total
