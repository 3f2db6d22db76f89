# Template string literals.
from string.templatelib import Interpolation, Template, convert

name, n = "world", 42
t = t"hello {name!r:>10} and {n + 1}!"
print(type(t).__name__, t.strings, t.values)
for part in t:
    if isinstance(part, Interpolation):
        print("interpolation", part.value, part.expression, part.conversion, repr(part.format_spec))
    else:
        print("text", repr(part))
print(t"".strings, t"{n}".strings, t"{n}{n}".strings, len(t"{n}{n}".interpolations))


def render(template):
    out = []
    for item in template:
        if isinstance(item, str):
            out.append(item)
        else:
            value = convert(item.value, item.conversion)
            out.append(format(value, item.format_spec))
    return "".join(out)


print(render(t), render(t"{n:{5}d}|{n=}|{{}}"))


def html(template):
    escape = {"<": "&lt;", ">": "&gt;"}
    return "".join(p if isinstance(p, str) else "".join(escape.get(c, c) for c in str(p.value)) for p in template)


evil = "<script>"
print(html(t"<p>{evil}</p>"))
both = t"a{1}" + t"b{2}"
print(both.strings, both.values)
try:
    t"a" + "b"
except TypeError as e:
    print(e)
try:
    "b" + t"a"
except TypeError as e:
    print(e)
print((t"x" t"y{n}").strings, repr(t"{n!s}"))
match t"{n}":
    case Template(strings=s, interpolations=[Interpolation(value, expr)]):
        print(s, value, expr)
nested = t"{t"inner {n}"}"
print(nested.values[0].strings)
print(Template("a", Interpolation(1, "one"), "b", "c").strings)
lazy = t"{(lambda: n)}"
n = 7
print(lazy.values[0]())
for source in ("t'{}'", "t'{a'", "t'a' 'b'", "t'a' f'b'", "bt''", "ut''"):
    try:
        compile(source, "<t>", "eval")
    except SyntaxError as e:
        print(source, "->", e.msg)
