"""hash(frozenset) is what collections.abc.Set computes, for hashes with all bits in use too."""
from collections.abc import Set


class Wide:
    def __init__(self, h):
        self.h = h

    def __hash__(self):
        return self.h


for items in ([], [2 ** 62], [-2 ** 62 - 5, 2 ** 61], ['a', 'b', 'hello' * 9], [1.5, (1, 2), None],
              [Wide(2 ** 63 - 1), Wide(-2 ** 63), Wide(3)]):
    s = frozenset(items)
    print(hash(s) == Set._hash(s), s == set(items), len(s))
