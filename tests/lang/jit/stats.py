# pyrs.jit.stats and pyrs.jit.explain: what holds whatever was compiled. Other interpreters have no such module, and
# print the same.
try:
    from pyrs import jit
except ImportError:
    jit = None


def inner(x):
    return x * 2 if x % 3 else x


def hot(n):
    total = 0
    for i in range(n):
        total += inner(i)
    return total


def cold(n):
    while n > 0:
        n -= 1
    return n


def straight():
    return 1


class Box:
    @staticmethod
    def fixed(n):
        for i in range(n):
            pass

    @classmethod
    def of_class(cls, n):
        for i in range(n):
            pass

    def method(self, n):
        for i in range(n):
            yield i


def check(condition, what):
    if not condition:
        print("wrong:", what)


def check_stats():
    before = jit.stats()
    print_sum()
    after = jit.stats()
    check(list(before) == list(after), "the names stay")
    check(isinstance(after["enabled"], bool), "enabled")
    for name in ("traces", "loops", "bridges", "entries", "exits_taken", "exits_compiled", "recordings",
                 "recorded_operations", "optimised_operations", "code_bytes", "arena_used"):
        check(type(after[name]) is int and after[name] >= before[name], name)
    check(after["traces"] == after["loops"] + after["bridges"], "traces are loops and bridges")
    check(sum(after["exits"].values()) == after["exits_taken"], "every exit has a kind")
    check(after["arena_used"] <= max(after["arena_size"], 1), "the arena")
    if not after["flushes"]:
        check(after["code_bytes"] <= after["arena_used"], "the code is in the arena")
    check({"type", "overflow", "bounds", "branch", "returned", "poll"} <= set(after["exits"]), "kinds of exits")
    check({"too long", "inner loop"} <= set(after["aborts"]), "aborts")
    check(all(n >= 0 for n in after["aborts"].values()), "numbers of aborts")
    for name in ("recording", "optimising", "allocating", "emitting"):
        check(type(after["time"][name]) is float, name)
    check(after["settings"]["threshold"] >= 1, "settings")
    after["exits"].clear()
    check(jit.stats()["exits"], "a fresh dict each time")
    if not after["enabled"]:
        check(after["traces"] == after["entries"] == 0, "nothing runs while it is off")


def check_explain():
    text = jit.explain(hot)
    check(text.startswith("hot (") and "stats.py:" in text.splitlines()[0], "the head")
    check("loop at line 15 `for i in range(n):`" in text, "the loop")
    stats = jit.stats()
    # Another setting of the thresholds may leave it cold.
    if stats["enabled"] and stats["settings"]["threshold"] <= 150:
        check("  compiled: trace " in text, "the state")
        check("part of trace " not in text, "no part of others")
    check("  no loops\n" in jit.explain(straight), "no loops")
    check("never run" in jit.explain(cold), "not run yet")
    cold(1)
    check("cold: " in jit.explain(cold) or not stats["enabled"] or stats["settings"]["threshold"] < 3, "cold")
    for f in (Box.fixed, Box.of_class, Box.method, Box().method, Box().method(1), cold.__code__,
              Box.__dict__["fixed"]):
        check("loop at line " in jit.explain(f), f)
    for bad in (3, None, len, Box, "hot"):
        try:
            jit.explain(bad)
            print("no error for", bad)
        except TypeError as e:
            check("is needed, not " in str(e), e)
    for call in (jit.explain, lambda: jit.stats(1)):
        try:
            call()
            print("no error")
        except TypeError:
            pass


def print_sum():
    print(hot(5000))


if jit is None:
    print_sum()
else:
    import pyrs.jit
    check(pyrs.jit is jit and pyrs.__path__ == [], "the package")
    check_stats()
    check_explain()
print("done")
