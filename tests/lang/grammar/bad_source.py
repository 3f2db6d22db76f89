# Sources that no parser likes: exceptions, never a crash.
import warnings

warnings.simplefilter("ignore")


def attempt(label, source, mode="exec"):
    try:
        compile(source, "<bad>", mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as e:
        kind = type(e).__name__
        print(label, "SyntaxError" if isinstance(e, SyntaxError) else kind)
    else:
        print(label, "compiles")


attempt("nul byte", "x = 1\0")
attempt("nul in string", "'a\0b'")
attempt("bad utf-8", b"x = '\xff'")
attempt("coding latin-1", b"# coding: latin-1\nx = '\xff'")
attempt("coding unknown", b"# coding: nothing-known\nx = 1")
attempt("bom", b"\xef\xbb\xbfx = 1")
attempt("bom and latin-1", b"\xef\xbb\xbf# coding: latin-1\nx = 1")
attempt("deep brackets", "(" * 5000 + ")" * 5000)
attempt("unbalanced", "[" * 150)
attempt("deep unary", "-" * 20 + "1")
attempt("empty", "")
attempt("empty eval", "", "eval")
attempt("only comment", "# nothing")
attempt("form feed", "\f\nx = 1")
attempt("lone backslash", "x = \\")
attempt("backslash eof", "x = 1 + \\\n")
attempt("tabs and spaces", "if 1:\n\tx\n        y")
attempt("carriage returns", "x = 1\ry = 2\r\nz = 3")
attempt("statement in eval", "x = 1", "eval")
attempt("two in single", "x = 1\ny = 2", "single")
attempt("unicode digits", "x = ١")
attempt("unicode name", "é = 1; ª = 2")
attempt("invisible", "x\u200b = 1")
attempt("surrogate", "x = '\ud800'")
attempt("huge int", "x = " + "9" * 5000)
for mode in ("exe", "", "EXEC"):
    try:
        compile("1", "f", mode)
    except ValueError as e:
        print(e)
try:
    compile(3.5, "f", "exec")
except TypeError as e:
    print(e)
ns = {}
exec("é = 1\nª = 2\nfi = 3", ns)
print(sorted(k for k in ns if not k.startswith("__")))
