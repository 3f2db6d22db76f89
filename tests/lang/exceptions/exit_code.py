# SystemExit with a number, after exit handlers and a finally clause.
import atexit
import sys

atexit.register(print, "registered first, runs last")
atexit.register(print, "registered last, runs first")
try:
    print("before")
    sys.exit(3)
finally:
    print("finally")
