# Exception groups: construction, splitting, except*, nesting.
eg = ExceptionGroup("many", [ValueError(1), TypeError("t"), ExceptionGroup("inner", [KeyError("k"), ValueError(2)])])
print(eg, repr(eg), eg.message, len(eg.exceptions))
match_, rest = eg.split(ValueError)
print(repr(match_), repr(rest))
print(repr(eg.subgroup(lambda e: isinstance(e, KeyError))), eg.subgroup(OSError))
print(eg.derive([OSError(1)]), isinstance(eg, Exception), isinstance(eg, BaseExceptionGroup))


def run(exc):
    try:
        raise exc
    except* ValueError as g:
        print("  values", [repr(e) for e in g.exceptions])
    except* (TypeError, KeyError) as g:
        print("  types", repr(g))
    else:
        print("  no error")
    finally:
        print("  finally")


run(eg)
run(ValueError("naked"))
try:
    run(ExceptionGroup("g", [OSError(1), ValueError(3)]))
except ExceptionGroup as left:
    print(repr(left))


def reraise():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as g:
        raise KeyError("new")
    except* TypeError:
        raise


try:
    reraise()
except BaseExceptionGroup as g:
    print(repr(g))
try:
    try:
        raise ValueError("x")
    except* ValueError:
        raise RuntimeError("y")
except RuntimeError as e:
    print("not a group", repr(e))
except ExceptionGroup as g:
    print("a group", repr(g), repr(g.exceptions[0].__context__))
for args in (("m", []), ("m", [1]), (1, [ValueError()]), ("m", 5), ("m",)):
    try:
        ExceptionGroup(*args)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
try:
    ExceptionGroup("m", [KeyboardInterrupt()])
except TypeError as e:
    print(e)
print(type(BaseExceptionGroup("m", [ValueError()])).__name__, type(BaseExceptionGroup("m", [KeyboardInterrupt()])).__name__)
try:
    try:
        raise ValueError
    except* ExceptionGroup:
        pass
except TypeError as e:
    print(e)


class Mine(ExceptionGroup):
    def derive(self, excs):
        return Mine(self.message, excs)


m, r = Mine("mine", [ValueError(1), KeyError(2)]).split(KeyError)
print(type(m).__name__, type(r).__name__)
for bad in ("try: pass\nexcept* ValueError: pass\nexcept TypeError: pass",
            "for x in y:\n  try: pass\n  except* ValueError: break",
            "def f():\n  try: pass\n  except* ValueError: return",
            "try: pass\nexcept*: pass"):
    try:
        compile(bad, "f", "exec")
    except SyntaxError as e:
        print(e.msg)
