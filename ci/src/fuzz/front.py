# Feeds the cases of a file to the interpreter that runs this: front.py MODE CASES [FIRST [COUNT]].
# Before each case its number goes to standard output, after it what came of it.
import os
import sys
import types


def cases(name):
    with open(name, "rb") as f:
        data = f.read()
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def say(text):
    os.write(1, text.encode())


EXPECTED = (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError, LookupError)
TREE = 0x400


VALUES = [None, 0, -1, 1 << 40, 1 << 100, "", "x", "None", "__debug__", "a.b", "\ud800", b"", 1.5, [], (), {}, True, ..., [None], object]


def change_tree(tree, r):
    """Does to a tree what only programs do that build trees."""
    import ast

    nodes = list(ast.walk(tree))
    for _ in range(r.choice([1, 1, 2, 3])):
        node, other = r.choice(nodes), r.choice(nodes)
        field = r.choice(node._fields or ("lineno",))
        old = getattr(node, field, None)
        match r.randrange(9):
            case 0:
                setattr(node, field, None)
            case 1 if hasattr(node, field):
                delattr(node, field)
            case 2:
                # Perhaps a ring.
                setattr(node, field, [other] if isinstance(old, list) else other)
            case 3 if other._fields:
                setattr(node, field, getattr(other, r.choice(other._fields), None))
            case 4 | 5 if isinstance(old, list):
                at = r.randrange(len(old) + 1)
                old[at:at] = r.choice([[other], old * 2, [None]])
            case 6 if isinstance(old, list):
                old.clear()
            case 7:
                place = r.choice(["lineno", "end_lineno", "col_offset", "end_col_offset"])
                setattr(node, place, r.choice(VALUES))
            case 8 if hasattr(node, "ctx"):
                node.ctx = r.choice([ast.Load, ast.Store, ast.Del])()
            case _:
                setattr(node, field, r.choice(VALUES))


def source(n, data, as_tree=False):
    import marshal
    import random
    import traceback

    given, mode, flags = data, "exec", 0x2000 if n % 7 == 3 else 0
    if n % 5 == 1:
        given = data.decode("utf-8", "surrogateescape" if n % 2 else "replace")
    if n % 11 == 4:
        mode = "eval" if n % 2 else "single"
    expected = EXPECTED
    try:
        if n % 6 == 2 or as_tree:
            given = compile(given, "case.py", mode, TREE | flags)
            if as_tree:
                expected += (TypeError, AttributeError)
                change_tree(given, random.Random(n + len(data)))
        code = compile(given, "case.py", mode, flags)
    except expected as e:
        text = "".join(traceback.format_exception_only(e))
        return type(e).__name__ if text else "?"
    except BaseException as e:
        return "unexpected " + type(e).__name__ + ": " + ascii(e)[:200]
    try:
        whole = marshal.dumps(code)
    except ValueError:
        return "ok, but deep"
    try:
        # In pyrs, code is proved sound when it is loaded.
        marshal.loads(whole)
    except Exception as e:
        return "unexpected " + type(e).__name__ + ": " + ascii(e)[:200]
    return "ok"


SAFE = """abc array base64 bisect builtins collections contextlib copy dataclasses enum functools gc heapq itertools
json math numbers operator random re reprlib statistics string struct textwrap traceback types typing
warnings weakref __future__ _pyrs""".split()


def guarded_import(name, globals=None, locals=None, fromlist=(), level=0):
    if type(name) is not str or name.partition(".")[0] not in SAFE or level:
        raise ImportError("not here")
    return __import__(name, globals, locals, fromlist, level)


class Late(BaseException):
    pass


def compiled(n, data):
    import builtins
    import importlib.machinery
    import marshal
    import signal

    try:
        if n % 8 == 0:
            with open("m.pyc", "wb") as f:
                f.write(data)
            code = importlib.machinery.SourcelessFileLoader("m", "m.pyc").get_code("m")
        else:
            code = marshal.loads(data[16:])
    except (ImportError, EOFError, ValueError, TypeError, MemoryError, OverflowError) as e:
        return type(e).__name__
    except BaseException as e:
        return "unexpected " + type(e).__name__ + ": " + ascii(e)[:200]
    if type(code) is not types.CodeType:
        return "a value"
    late = 0

    def stop(_, frame):
        nonlocal late
        if frame is not None and frame.f_code is compiled.__code__:
            # The program has not begun, or is over.
            return
        late += 1
        if late > 20:
            # It catches what should end it.
            say("late\n")
            os._exit(3)
        raise Late

    names = dict(vars(builtins), __import__=guarded_import)
    for name in ["open", "input", "breakpoint", "exit", "quit", "help"]:
        names.pop(name, None)
    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.5, 0.1)
    try:
        try:
            exec(code, {"__name__": "program", "__builtins__": names})
            return "ran"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            sys.settrace(None)
            sys.setrecursionlimit(1000)
    except BaseException as e:
        return "ran " + type(e).__name__


def main():
    mode, name = sys.argv[1:3]
    # What cases print, and what their objects print when they die, is of no interest.
    sys.stdout = open(os.devnull, "w")
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    end = first + int(sys.argv[4]) if len(sys.argv) > 4 else 1 << 60
    for n, data in enumerate(cases(name)):
        if first <= n < end:
            say("%d " % n)
            match mode:
                case "source":
                    answer = source(n, data)
                case "tree":
                    answer = source(n, data, True)
                case _:
                    answer = compiled(n, data)
            say(answer + "\n")


if sys.argv[1] == "dump":
    # Compiles the files named and puts a .pyc beside each.
    import marshal

    for name in sys.argv[2:]:
        import importlib.util

        try:
            with open(name, "rb") as f:
                code = compile(f.read(), "case.py", "exec")
        except SyntaxError:
            # Tests of wrong programs.
            continue
        with open(name + "c", "wb") as f:
            f.write(importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code))
else:
    main()
