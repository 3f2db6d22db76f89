"""driver.py PROGRAM: measures one program.

A program with a function `run` is loaded once and `run()` is measured; its result is the checksum. Any other
program is measured as a whole: compiled once, executed again and again with its output collected.
"""
import sys

import harness


class Collect:
    def __init__(self):
        self.parts = []

    def write(self, text):
        self.parts.append(text)
        return len(text)

    def flush(self):
        pass


def whole(code, path):
    real = sys.stdout
    sys.stdout = out = Collect()
    try:
        exec(code, {"__name__": "__main__", "__file__": path})
    finally:
        sys.stdout = real
    checksum = 0
    for c in "".join(out.parts).encode():
        checksum = (checksum * 31 + c) % 1000000007
    return checksum


def main():
    path = sys.argv[1]
    name = path.rpartition("/")[2].removesuffix(".py")
    with open(path, encoding="utf-8") as f:
        source = f.read()
    code = compile(source, path, "exec")
    if "\ndef run(" in source:
        space = {"__name__": name, "__file__": path}
        exec(code, space)
        harness.measure(name, space["run"])
    else:
        harness.measure(name, lambda: whole(code, path))


main()
