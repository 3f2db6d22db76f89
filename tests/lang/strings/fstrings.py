# Formatted string literals: nesting, conversions, specifications, debugging, errors.
import datetime

name, n, x = "world", 42, 3.14159
print(f"hello {name}!", f"{n:5d}|{n:<5}|{n:^5}|{n:>5}|{n:05}|{n:+}|{n:,}", f"{x:.2f} {x:e} {x:8.3f} {x:%}")
print(f"{name!r} {name!s} {'é'!a} {name!r:>10}")
print(f"{n=} {n = } {name=!s} {x=:.1f} {n + 1 = }", f"{n!r:^{10}}", f"{x:{8}.{2}f}")
print(f"{{literal}} {{{n}}} {'nested ' + f'{name} {f"{n}"}'}")
print(f"{f"{f"{1 + 1}"}"}", f'{"double" 'single'}', f"{'\n'.join(['a', 'b'])}")
print(f"""{
    n  # a comment
    + 1
}""")
print(f"{lambda_test(2)}" if False else f"{(lambda v: v * 2)(3)}", f"{[i for i in range(3)]}", f"{ {'a': 1}['a'] }")
print(f"{n if n > 1 else 0}", f"{n:{'>' if n else '<'}6}", f"{(w := 5)} {w}", f"{n!s:>{w}}")
print(f"{datetime.date(2024, 2, 29):%d.%m.%Y}", f"{3 != 4}", f"{n:b} {n:o} {n:x} {n:X} {n:#x} {n:c}")
print(rf"\n{n}\t", Rf"{name}\\", f"\x41{n}\u00e9\N{BULLET}", f"a" "b{n}" f"{n}" r"\c")
print(f"", f"{''}", f"{'a' 'b'}", type(f"{n}").__name__)
print(f"{'quoted':*^20}", f"{1234567.891:,.2f}", f"{1234567:_}", f"{0b1010:#_b}", f"{255:#06x}", f"{-5:=+6}")


class Spec:
    def __format__(self, spec):
        return f"[{spec}]"

    def __repr__(self):
        return "Spec!"


s = Spec()
print(f"{s}", f"{s:}", f"{s:abc {n} def}", f"{s!r:>8}", f"{s=}", f"{s=:x}", f"{s:{{}}}" if False else f"{s:{'{'}}")
order = []


def track(v):
    order.append(v)
    return v


print(f"{track(1)} {track(2):{track(3)}}", order)
for source in ("f'{}'", "f'{ }'", "f'{!r}'", "f'{a'", "f'a}'", "f'{a!}'", "f'{a!x}'", "f'{a!rr}'", "f'{a:{b:{c}}}'",
               "f'{a:{b:{c:{d}}}}'", "f'{a b}'", "f'{lambda x: 1}'", "f'{a:'", "f'{*}'", "f'{a=!r:x}'", "f'{\\n}'", "f'{#}'",
               "f'{yield}'", "f'{a:=5}'", "f'{(a:=5)}'", "f'{a[}'", "f'{a)}'", "rb'' f''", "fb''"):
    try:
        compile(source, "<f>", "eval")
        print(source, "fine")
    except SyntaxError as e:
        print(source, "->", e.msg)
for bad in ("f'{n:z}'", "f'{name:d}'", "f'{n:.2}'", "f'{x:d}'", "f'{[]:5}'", "f'{name:=5}'"):
    try:
        print(eval(bad))
    except (ValueError, TypeError) as e:
        print(bad, "->", type(e).__name__, e)
