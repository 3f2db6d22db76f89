# Printing when standard output is gone or refuses: exceptions, not crashes.
import io
import sys

real = sys.stdout


class Refuses:
    def write(self, s):
        raise OSError("refused")

    def flush(self):
        pass


for out in (Refuses(), 5, None, object(), io.BytesIO()):
    sys.stdout = out
    try:
        print("hello")
        verdict = "nothing"
    except Exception as e:
        verdict = f"{type(e).__name__}: {e}"
    sys.stdout = real
    print(type(out).__name__, verdict)
buffer = io.StringIO()
sys.stdout = buffer
print("captured", 1)
sys.stdout = real
print(repr(buffer.getvalue()))
buffer.close()
try:
    print("x", file=buffer)
except ValueError as e:
    print(e)
del sys.stdout
try:
    print("lost")
except RuntimeError as e:
    sys.stdout = real
    print(e)
try:
    print("a", file=5)
except AttributeError as e:
    print(e)
