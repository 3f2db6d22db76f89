"""A byte order mark is one only at the beginning of bytes, and only once."""
for source in ["\ufeffx = 1", b"\xef\xbb\xbfx = 1", b"\xef\xbb\xbf\xef\xbb\xbfx = 1", "x = 1\ufeff", " \ufeffx", "\ufeff"]:
    for mode in ["exec", "single"]:
        try:
            compile(source, "c", mode)
            print(ascii(source), mode, "ok")
        except SyntaxError as e:
            print(ascii(source), mode, type(e).__name__, e.msg, e.lineno, e.offset)
