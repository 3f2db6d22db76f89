"""Chains of comparisons with more operands than there are registers."""
seen = []


def n(i):
    seen.append(i)
    return i


for length in (2, 15, 16, 17, 18, 300, 2000):
    chain = " < ".join(f"n({i})" for i in range(length))
    print(length, eval(chain), len(seen))
    seen.clear()
    broken = " < ".join(f"n({i if i != length // 2 else -1})" for i in range(length))
    print(eval(broken), len(seen))
    seen.clear()
    namespace = {"n": n}
    exec(f"def f(x):\n    if {chain}:\n        return 'yes'\n    return 'no'\n", namespace)
    print(namespace["f"](0), len(seen))
    seen.clear()
    exec(f"def f(x):\n    return 'no' if not ({broken}) else 'yes'\n", namespace)
    print(namespace["f"](0), len(seen))
    seen.clear()
