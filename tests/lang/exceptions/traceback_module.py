# The traceback module on live exceptions.
import sys
import traceback


def low(x):
    y = [x]
    return y[x] + (
        x / 0
    )


def high():
    return low(0)


try:
    high()
except ZeroDivisionError as e:
    print("".join(traceback.format_exception(e)))
    tb = e.__traceback__
    lines = []
    while tb:
        lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
        tb = tb.tb_next
    print(lines)
    print([(f.name, f.lineno, f.line, f.colno, f.end_colno) for f in traceback.extract_tb(e.__traceback__)])
try:
    compile("x = (1 +\n", "<text>", "exec")
except SyntaxError as e:
    print("".join(traceback.format_exception_only(e)))
try:
    compile("def f():\n    x = = 2\n", "<text>", "exec")
except SyntaxError as e:
    print("".join(traceback.format_exception_only(e)))


def forever(n):
    return forever(n + 1)


sys.setrecursionlimit(150)
try:
    forever(0)
except RecursionError as e:
    text = traceback.format_exception(e)
    print(text[-1], "".join(text[-4:-1]))
sys.setrecursionlimit(1000)


def locals_shown(a):
    b = a * 2
    raise ValueError(b)


try:
    locals_shown(4)
except ValueError as e:
    te = traceback.TracebackException.from_exception(e, capture_locals=True)
    print(te.stack[-1].locals, [line.strip() for line in list(te.format())[-2].splitlines()[1:]])
print([f.name for f in traceback.extract_stack()])
print(sys._getframe().f_code.co_name, sys._getframe().f_lineno)


def caller():
    f = sys._getframe(1)
    return f.f_code.co_name, sorted(f.f_locals)


def has_locals():
    p, q = 1, 2
    return caller()


print(has_locals())
