"""Integer arithmetic: nested loops, `while` around `for`, with remainder and exclusive or."""
BYTECODES = 15024022


def run():
    total = 0
    i = 0
    while i < 1500:
        for j in range(1000):
            total = (total ^ (i * j)) % 1000003
        i += 1
    return total
