# Every method of str.
s = "Hello, World"
print(s.upper(), s.lower(), s.swapcase(), s.title(), "hELLO wORLD".capitalize(), "STRASSE ß".casefold(), "ß".upper(), "ǆ".title(), "İ".lower())
print(s.find("o"), s.find("o", 5), s.find("z"), s.rfind("o"), s.index("W"), s.count("l"), s.count(""), "aaaa".count("aa"), s.find("", 20), s.rfind(""), s.find("o", -5, -1))
print(s.startswith("He"), s.startswith(("x", "H")), s.endswith("d", 0, -1), s.endswith(()), s.startswith("", 12), s.startswith("", 13))
print(s.replace("l", "L"), s.replace("l", "", 2), "aaa".replace("", "-"), "".replace("", "x"), s.replace("o", "0", count=1))
print("a,b,,c".split(","), " a  b ".split(), "a b c".split(None, 1), "a,b,c".rsplit(",", 1), "".split(), "".split(","), "a\tb\nc".split(), " x y ".rsplit(None, 1), "abc".split("abc"))
print("a\nb\r\nc\x0bd\x85e\u2028f".splitlines(), "a\nb\n".splitlines(True), "".splitlines(), "\n".splitlines())
print("a-b-c".partition("-"), "a-b-c".rpartition("-"), "abc".partition("x"), "abc".rpartition("x"))
print(",".join(["a", "b"]), "".join([]), "-".join("abc"), ", ".join({"k": 1}), "x".join(("one",)))
print("  x ".strip(), "xxaxx".strip("x"), "abcba".lstrip("ab"), "abcba".rstrip("ab"), "\u3000x\u2003".strip() == "x", "prefix-x".removeprefix("prefix-"), "x.py".removesuffix(".py"))
print("x".center(5, "*"), "x".ljust(3) + "|", "x".rjust(3, "."), "-5".zfill(5), "+x".zfill(4), "ab".center(5), "abc".center(2), "\t1\t22\t".expandtabs(4), "a\tb".expandtabs(0))
print("abc".isalpha(), "ab1".isalnum(), "12".isdigit(), "²".isdigit(), "²".isdecimal(), "½".isnumeric(), " \t".isspace(), "".isspace(), "Ab C".istitle(), "ABC1".isupper(), "abc".isidentifier(), "1a".isidentifier(), "class".isidentifier(), "é\n".isprintable(), "é".isascii(), "a1".islower())
print("héllo".encode(), "héllo".encode("latin-1"), "héllo".encode("ascii", "replace"), "é".encode("ascii", "xmlcharrefreplace"), "é".encode("ascii", "backslashreplace"), "é€".encode("utf-16-le"), "é".encode("ascii", "ignore"), "😀".encode("utf-8"), "a".encode("utf-32-be"))
print("abc".translate({97: "X", 98: None, "c": 1}), "hello".translate(str.maketrans("el", "ip", "o")), str.maketrans({"a": "b"}))
print("{} {} {0}".format(1, 2) if False else "{0} {1} {0} {k} {k[0]} {o.real} {l[1]}".format(1, 2, k="kw", o=5, l=[7, 8]), "{:>{w}}|{!r:^7}".format("a", "b", w=4), "{{}}".format(), "{:d} {:.1f}".format(3, 2.25), "{x}".format_map({"x": 1}))
for f in (lambda: "{} {0}".format(1), lambda: "{".format(), lambda: "}".format(), lambda: "{0}".format(), lambda: "{a}".format(), lambda: "{0.x}".format(1), lambda: "{0[x]}".format([1]), lambda: "{:d}".format("x"), lambda: "{!z}".format(1),
          lambda: "abc".index("x"), lambda: "a".join([1]), lambda: "a".join(5), lambda: "a".split(""), lambda: "a".split(1), lambda: "x".center(5, "ab"), lambda: "x".zfill("a"), lambda: "".partition(""), lambda: "a" + 1, lambda: "a" * "b",
          lambda: "abc"[5], lambda: "abc"["a"], lambda: "abc".startswith(1), lambda: "x".encode("nope"), lambda: "é".encode("ascii"), lambda: str(b"\xff", "utf-8"), lambda: "a".replace("a"), lambda: "abc".foo, lambda: "%d" % "x", lambda: "%d %d" % 1, lambda: "%z" % 1, lambda: "%" % (), lambda: "a" % 1, lambda: "%(k)s" % 1, lambda: "%c" % "ab", lambda: "%c" % -1,
          lambda: chr(-1), lambda: chr(0x110000), lambda: ord("ab"), lambda: ord(""), lambda: str.maketrans("a", "bc"), lambda: "a" in 5, lambda: 5 in "a", lambda: "a".expandtabs("x"), lambda: "abc".__getitem__(1.5), lambda: str(1, 2), lambda: "x".format_map(5) + "{a}".format_map(5)):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
print("abcdef"[1:4], "abcdef"[::-1], "abcdef"[-2:], "abcdef"[10:], "abcdef"[::2], "abcdef"[4:1:-1], "abcdef"[-100:2], "äöü"[1], "😀x"[0], "a😀b"[::-1], len("a😀é"))
print("a" < "b", "a" < "A", "abc" < "abd", "" < "a", "é" > "z", "😀" > "\uffff", "a" == "a", "a" != "b", "ab" * 3, 0 * "x", "x" * -1, "a" "b" + "c")
print(repr("it's"), repr('say "hi"'), repr("both ' and \""), repr("\t\n\\\x00\x7f\xa0é\u200b\ud800😀\U000e0001"), ascii("é😀"), str(None), repr("\x1b[0m"))
print("%s %r %a %5s|%-5s|%.2s %05d %+d %x %X %o %e %g %% %c%c %5.1f %i %(a)s" % {"a": 1} if False else "%s %r %a %5s|%-5s|%.2s %05d %+d %x %X %#o %c%c %5.1f %*d" % ("s", "r", "é", "ab", "cd", "xyz", 42, 7, 255, 255, 8, "q", 65, 2.25, 4, 7), "%(a)s %(b)05.1f" % {"a": 1, "b": 2.25})
print(hash("a") == hash("a"), "a" in "abc", "" in "", "ac" not in "abc", min("hello"), max("hello"), sorted("hello"), list(reversed("abc")), *"xy", [*enumerate("ab", 1)])


class S(str):
    def __repr__(self):
        return "S!" + super().__repr__()

    def __missing__(self):
        pass


print(S("x"), repr(S("x")), type(S("a").upper()).__name__, S("a") + "b", S("ab")[0], {S("k"): 1}["k"], S("a") == "a", [S("q")], str(S("w")), type(str(S("w"))).__name__)
text = ""
for i in range(2000):
    text += chr(97 + i % 26)
print(len(text), text[:30], text.count("abc"), text.rfind("xyz"))
