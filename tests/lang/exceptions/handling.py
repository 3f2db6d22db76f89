# Matching, ordering, else and finally, re-raising, chaining, and the current exception.
import sys


def risky(kind):
    try:
        try:
            if kind:
                raise kind("message")
        except (KeyError, IndexError) as e:
            return "lookup", repr(e)
        except ArithmeticError as e:
            return "arithmetic", repr(e)
        else:
            return "fine"
        finally:
            print("  finally", sys.exception() is None)
    except Exception as e:
        return "outer", repr(e)


for kind in (None, KeyError, IndexError, ZeroDivisionError, OverflowError, ValueError):
    print(risky(kind))


def chain():
    try:
        try:
            {}["missing"]
        except KeyError as e:
            raise ValueError("explicit") from e
    except ValueError as e:
        print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
    try:
        try:
            {}["missing"]
        except KeyError:
            1 / 0
    except ZeroDivisionError as e:
        print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)
    try:
        try:
            {}["missing"]
        except KeyError:
            raise ValueError("hidden") from None
    except ValueError as e:
        print(repr(e.__cause__), repr(e.__context__), e.__suppress_context__)


chain()
try:
    raise
except RuntimeError as e:
    print(e)
for bad in ("raise 5", "raise 'text'", "raise ValueError from 5", "raise int"):
    try:
        exec(bad)
    except TypeError as e:
        print(bad, "->", e)
try:
    try:
        raise ValueError(1)
    except "not a class":
        pass
except TypeError as e:
    print(e)
e = ValueError("a", 2)
print(e.args, str(e), repr(e), str(ValueError()), str(KeyError("k")), repr(ValueError("x",)))


class Custom(Exception):
    def __init__(self, code, *args):
        super().__init__(*args)
        self.code = code

    def __str__(self):
        return f"code {self.code}"


try:
    raise Custom(7, "extra")
except Custom as c:
    print(c, c.args, repr(c), c.code)
    c.add_note("a note")
    print(c.__notes__)
try:
    raise Custom
except TypeError as e:
    print(e)


def nested_handlers():
    try:
        raise KeyError("first")
    except KeyError:
        print(repr(sys.exception()))
        try:
            raise ValueError("second")
        except ValueError:
            print(repr(sys.exception()))
        print(repr(sys.exception()))
        try:
            raise
        except KeyError as e:
            return repr(e)


print(nested_handlers(), sys.exception())


def gen():
    try:
        yield
    except ValueError:
        yield repr(sys.exception())


g = gen()
next(g)
print(g.throw(ValueError("in gen")), sys.exception())
print([c.__name__ for c in FileNotFoundError.__mro__])
try:
    open("/no/such/file")
except OSError as e:
    print(type(e).__name__, e.errno, e.filename, e)
print(repr(OSError(2, "msg")), repr(OSError(13, "m", "f")), OSError(1).errno)
try:
    "é".encode("ascii")
except UnicodeEncodeError as e:
    print(e, e.start, e.end, e.reason, e.object, e.encoding)
try:
    b"\xff".decode()
except UnicodeDecodeError as e:
    print(e)
print(StopIteration(5).value, SystemExit(3).code, repr(SyntaxError("m", ("f", 1, 2, "t"))))
e = ImportError("msg", name="n", path="p")
print(e.name, e.path, e.msg)
x = e.with_traceback(None)
print(x is e, e.__traceback__)
try:
    try:
        raise ValueError("v")
    finally:
        raise TypeError("t")
except TypeError as e:
    print(repr(e.__context__))
def f():
    for i in range(3):
        try:
            continue
        finally:
            print("f", i)
f()
