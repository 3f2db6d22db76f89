# Iterators that ask several others: no item is lost when one of them runs Python code, in a loop that is compiled.
import itertools


def numbers(start):
    while True:
        yield start
        start += 1


def pairs(n):
    both = itertools.zip_longest(itertools.islice(iter(range(10, 1000)), n), itertools.islice(numbers(10), n))
    return [(i, x, y) for i, (x, y) in enumerate(both) if x != y or i + 10 != x]


def loop(make, n=400):
    wrong = []
    for i, x in enumerate(make()):
        if i == n:
            break
        if x != (i, i):
            wrong.append((i, x))
    return wrong


class Numbers:
    def __init__(self):
        self.n = -1

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        return self.n


print(pairs(300))
print(loop(lambda: zip(iter(range(1000)), numbers(0))))
print(loop(lambda: itertools.chain(zip(range(1000), Numbers()))))
print(loop(lambda: map(lambda x, y: (x, y), range(1000), numbers(0))))
print(loop(lambda: itertools.zip_longest(range(1000), Numbers())))
print(loop(lambda: itertools.islice(zip(range(1000), numbers(0)), 500)))
print(loop(lambda: itertools.pairwise(range(10))) == [(i, (i, i + 1)) for i in range(9)])
kept = iter([1, 2, 300])
for k in range(300):
    it = iter([1, 2, 300, k])
    try:
        bytes(it)
    except ValueError as e:
        if list(it) != [k]:
            print(k, "lost", e)
