"""Subscripts: bubble sort of pseudo-random integers in place."""
BYTECODES = 9028715


def run():
    seed = 12345
    items = []
    for _ in range(1000):
        seed = (seed * 1103515245 + 12345) % 2147483648
        items.append(seed // 65536)
    n = len(items)
    for i in range(n - 1):
        for j in range(n - 1 - i):
            if items[j] > items[j + 1]:
                items[j], items[j + 1] = items[j + 1], items[j]
    checksum = 0
    for i in range(n):
        checksum = (checksum * 7 + items[i]) % 1000003
    return checksum
