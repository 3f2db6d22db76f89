# Requests that cannot be met are exceptions.
import sys

for expression in ("[0] * 10 ** 13", "'x' * 10 ** 14", "b'x' * 10 ** 14", "(None,) * 2 ** 60", "bytearray(10 ** 14)", "'ab' * sys.maxsize", "[1, 2] * sys.maxsize", "bytes(10 ** 14)", "' '.rjust(10 ** 14)", "format(1, f'>{sys.maxsize - 99}')", "list(range(10 ** 14))[:0] if False else [None] * (10 ** 14)", "bytearray(b'ab') * 10 ** 14"):
    try:
        eval(expression)
        print(expression, "fine")
    except (MemoryError, OverflowError):
        print(expression, "raises")
print(len([0] * 10 ** 6), len("x" * 10 ** 6))
for expression in ("1 << 10 ** 15", "'x'.zfill(10 ** 15)", "(10 ** 20) * [0]", "'a' * 10 ** 20", "[0][10 ** 20:]", "[0][10 ** 20]", "range(10 ** 20)[10 ** 19]", "'abc'[-10 ** 30:]", "list(range(5))[::10 ** 30]"):
    try:
        print(expression, "=", eval(expression))
    except (MemoryError, OverflowError):
        print(expression, "raises")  # Which one depends on the size of a word.
    except IndexError as e:
        print(expression, "->", e)
