# The order of finally blocks, context managers, generators and exceptions that replace each other.
log = []


class Step:
    def __init__(self, name, swallow=False, fail=None):
        self.name, self.swallow, self.fail = name, swallow, fail

    def __enter__(self):
        log.append(f"+{self.name}")
        if self.fail == "enter":
            raise RuntimeError(f"enter {self.name}")
        return self

    def __exit__(self, kind, value, tb):
        log.append(f"-{self.name}({kind.__name__ if kind else ''})")
        if self.fail == "exit":
            raise RuntimeError(f"exit {self.name}")
        return self.swallow


def show(f):
    log.clear()
    try:
        r = f()
    except BaseException as e:
        chain = []
        while e is not None:
            chain.append(f"{type(e).__name__}({e})")
            e = e.__cause__ or e.__context__
        r = " <- ".join(chain)
    print(f.__name__, " ".join(log), "=>", r)


def nested():
    with Step("a"), Step("b") as b, Step("c", swallow=True):
        log.append(b.name)
        raise ValueError("x")
    return "swallowed"


def failing_enter():
    with Step("a"), Step("b", fail="enter"), Step("c"):
        log.append("never")


def failing_exit():
    with Step("a"), Step("b", fail="exit"):
        raise ValueError("first")


def finally_chain():
    try:
        try:
            try:
                raise KeyError(1)
            finally:
                log.append("f1")
                1 / 0
        finally:
            log.append("f2")
            [][0]
    finally:
        log.append("f3")


def return_through():
    with Step("a"):
        try:
            with Step("b"):
                return log.append("returning") or "value"
        finally:
            log.append("finally")


def loop_control():
    for i in range(3):
        with Step(str(i)):
            try:
                if i == 1:
                    continue
                if i == 2:
                    break
            finally:
                log.append(f"f{i}")
    else:
        log.append("else")
    return i


def generator_cleanup():
    def gen():
        with Step("g"):
            try:
                yield 1
                yield 2
            finally:
                log.append("gf")
    it = gen()
    next(it)
    it.close()
    it = gen()
    next(it)
    try:
        it.throw(OSError("t"))
    except OSError:
        log.append("thrown")
    return list(gen())


def else_clause():
    try:
        log.append("try")
    except ValueError:
        log.append("except")
    else:
        log.append("else")
        raise TypeError("from else")
    finally:
        log.append("finally")


def reraise_changes():
    try:
        try:
            raise ValueError("a")
        except ValueError as e:
            e.args = ("b",)
            raise
    except ValueError as e:
        saved = e
    try:
        saved.args[0], saved.missing
    except AttributeError:
        raise saved from KeyError("cause")


def handler_in_loop():
    errors = []
    for x in (1, 0, "a", None):
        try:
            errors.append(10 // x)
        except ZeroDivisionError:
            errors.append("zero")
            continue
        except TypeError as e:
            errors.append("type")
            if x is None:
                break
        finally:
            log.append(f"f{x}")
    return errors


def deep_unwind():
    def level(n):
        try:
            if n == 0:
                raise ValueError("bottom")
            level(n - 1)
        finally:
            log.append(str(n))
    level(5)


def exit_from_finally():
    def inner():
        for i in range(3):
            try:
                raise ValueError(i)
            finally:
                break
        return i
    return inner()


for f in (nested, failing_enter, failing_exit, finally_chain, return_through, loop_control, generator_cleanup, else_clause, reraise_changes, handler_in_loop, deep_unwind, exit_from_finally):
    show(f)
