# Standard input, command-line arguments, environment of the main module.
import sys

print(sys.argv)
print(repr(input("prompt> ")))
print(repr(sys.stdin.readline()), [line.rstrip() for line in sys.stdin])
try:
    input()
except EOFError as e:
    print(type(e).__name__, e)
print("to stderr", file=sys.stderr)
sys.stdout.write("written\n")
print(sys.stdin.encoding, sys.stdout.encoding, __name__, sys.flags.optimize, sys.version_info[:2], sys.implementation.cache_tag is not None)
