# `else` needs an `except`, with or without `finally`.
for source in (
    "try:\n    pass\nelse:\n    pass\nfinally:\n    pass\n",
    "try:\n    pass\nelse:\n    pass\n",
    "try:\n    pass\nfinally:\n    pass\n",
):
    try:
        compile(source, "f", "exec")
    except SyntaxError as e:
        print(e)
    else:
        print("fine")
try:
    type(None, (), {})
except TypeError as e:
    print(e)
