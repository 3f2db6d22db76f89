# An uncaught, chained exception: the layout of the traceback with carets, notes and repeats.
class Failure(Exception):
    pass


def parse(text):
    return int(text) + len(text)


def wrap(value):
    try:
        return parse(value)
    except ValueError as error:
        error.add_note("while parsing\nthe value")
        raise Failure("cannot wrap", value) from error


def recurse(n):
    if n == 0:
        table = {"rows": [1, 2, None]}
        return table["rows"][2].missing + wrap(
            "x",
        )
    return recurse(n - 1)


try:
    recurse(6)
except AttributeError:
    result = [wrap(item) for item in ("12", "twelve")]
