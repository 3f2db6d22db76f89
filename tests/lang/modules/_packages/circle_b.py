import circle_a

value = "b", hasattr(circle_a, "value")
try:
    from circle_a import value as early
except ImportError as e:
    print(str(e).partition("(")[0])


def use():
    return circle_a.value
