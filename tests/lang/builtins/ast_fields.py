"""Fields of syntax trees that do not fit are refused, also those that compilation does not use."""
import ast


def show(change, source="x = f(1, 'a')\n"):
    tree = ast.parse(source)
    change(tree)
    try:
        compile(tree, "tree", "exec")
        print("ok")
    except Exception as e:
        print(type(e).__name__, e)


for value in [None, [], "", 5, [ast.TypeIgnore(1, "")]]:
    show(lambda t: setattr(t, "type_ignores", value))
for value in [None, "text", b"text", 5, [], ast.Load()]:
    show(lambda t: setattr(t.body[0], "type_comment", value))
    show(lambda t: setattr(t.body[0].value.args[1], "kind", value))
for value in [None, 5, ast.Load, ast.Store()]:
    show(lambda t: setattr(t.body[0].value.func, "ctx", value))
    show(lambda t: setattr(t.body[0].value, "op", value), "x = a + b")
    show(lambda t: setattr(t.body[0].value, "op", value), "x = not a")
    show(lambda t: setattr(t.body[0].value, "op", value), "x = a and b")
    show(lambda t: setattr(t.body[0].value, "ops", [value]), "x = a < b")
for place in [(1, -1, 1, 3), (-1, 0, 1, 3), (1, -1, 1, -1), (2, 0, 1, 3), (1, 5, 1, 3), (-1, -1, -1, -1)]:
    def change(tree):
        node = tree.body[0]
        node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = place
    show(change)
