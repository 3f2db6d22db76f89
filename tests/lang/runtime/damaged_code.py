"""Programs that take away what compiled code relies upon get exceptions."""
import marshal


def show(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


# The set of conditional annotations is a name like any other.
for value in ["5", "'a' * 3", "[]", "None", "frozenset()"]:
    source = f"__conditional_annotations__ = {value}\nif 1:\n    y: str\n"
    show(exec, source, {})
    body = "".join("    " + line + "\n" for line in source.splitlines())
    show(exec, "class A:\n    x: int\n" + body, {})


# Every truncation of compiled code is refused.
def outer(a):
    def inner(b=1, *, c=2):
        return [a + b + c + x for x in range(3)], {x: a for x in "ab"}
    return inner(b=3, c=4)


whole = marshal.dumps(outer.__code__)
print(type(marshal.loads(whole)).__name__)
bad = 0
for n in range(len(whole)):
    try:
        marshal.loads(whole[:n])
    except (EOFError, ValueError, TypeError):
        bad += 1
print(bad == len(whole))


def many():
    """A function with more variables than an instruction can name."""
    names = [f"v{i}" for i in range(400)]
    source = "def f():\n"
    source += "".join(f"    {n} = {i}\n" for i, n in enumerate(names))
    source += "    def g():\n        return " + " + ".join(names) + "\n    return g\n"
    namespace = {}
    exec(source, namespace)
    return namespace["f"]()()


print(many())
