# re, json, struct, string and textwrap on small inputs.
import json
import re
import struct
import textwrap

print(re.findall(r"(\w)(\d+)", "a1 b22 c"), re.sub(r"\s+", " ", "a  b\n c"), re.split(r"[,;]", "a,b;c"), re.match(r"(?P<y>\d{4})-(?P<m>\d\d)", "2024-05x").groupdict(), re.fullmatch(r"a+", "aab"), re.search(r"(?<=x)y", "axy").span())
print(re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"), re.sub("a", lambda m: m[0].upper(), "banana", count=2), [m.start() for m in re.finditer("an", "banana")], re.compile(r"(?i)HE(L)+o").match("hello").groups(), re.escape("a.b*c"), re.subn("x", "y", "xx"))
print(re.findall(r"(?s)<.*?>", "<a>\n<b>"), re.match(r"(a)?b", "b").groups("none"), re.search(r"\bfoo\b", "a foo b").group(), re.findall(r"[^\W\d_]+", "añb1_c"), re.match(r"(?x) a  # comment\n b", "ab"), re.findall(r"^\w", "ab\ncd", re.M), re.match(r"(\w)\1", "aa").end(), re.search(r"(?!a)\w", "ab").group(), re.split(r"(-)", "a-b"), re.findall(r"a{2,3}?", "aaaaa"), re.match(r"(?>a+)b", "aab") is not None)
for pattern in ("(", "[a", "*a", "a**", "(?P<1>a)", r"\1", "(?<=a+)b", "a{3,2}", "(?z)", "[b-a]", r"\q", "(?P=x)"):
    try:
        print(re.compile(pattern).pattern)
    except re.error as e:
        print(pattern, "->", e)
print(json.loads('{"a": [1, 2.5, "x\\u00e9", null, true], "b": {"c": -1e3}}'), json.dumps({"b": 1, "a": [None, 1.5, "é\n\"", (1, 2)]}, sort_keys=True), json.dumps([1, {"a": 2}], indent=2), json.dumps("é", ensure_ascii=False), json.dumps({1: 2, None: 3, True: 4}), json.dumps([1, 2], separators=(",", ":")), json.dumps(float("inf")))
for bad in ("", "{", "[1,]", '{"a" 1}', "nul", '"\n"', "[1] x", "{'a': 1}", '"\\x"', "01", "-", '{"a":1,}', "[1 2]"):
    try:
        print(json.loads(bad))
    except json.JSONDecodeError as e:
        print(repr(bad), "->", e)
for bad in (object, {1, 2}, b"x", {(1, 2): 3}, 1j):
    try:
        json.dumps(bad)
    except TypeError as e:
        print(str(e).replace("0x", "")[:60])
loop = []
loop.append(loop)
try:
    json.dumps(loop)
except ValueError as e:
    print(e)
print(json.loads("[1.0, 12345678901234567890, 1E5]"), json.loads('{"a":1,"a":2}'), json.loads(" [ ] "), json.loads("1", parse_int=float), json.loads('{"k":1}', object_hook=lambda d: list(d)))
print(struct.pack("<iHbq", -1, 65535, -128, 2 ** 40), struct.pack(">hf3s?", 1, 1.5, b"abcd", True), struct.unpack("<iH", b"\xff\xff\xff\xff\x01\x00"), struct.calcsize("<ibh"), struct.pack("!d", -0.5), list(struct.iter_unpack("<H", b"\1\0\2\0")), struct.pack("<e", 1.5), struct.unpack("<2c", b"ab"), struct.pack("4p", b"ab"))
for args in (("<b", 200), ("<H", -1), ("<i", "x"), ("<z", 1), ("<ii", 1), ("<f", "a"), ("<s", 5)):
    try:
        print(struct.pack(*args))
    except struct.error as e:
        print(args, "->", e)
try:
    struct.unpack("<i", b"abc")
except struct.error as e:
    print(e)
print(textwrap.wrap("the quick brown fox jumps over", 12), textwrap.dedent("  a\n   b\n"), textwrap.fill("aaa bbb ccc", 7), textwrap.shorten("hello wide world", 11))
import string
print(string.Template("$a ${b} $$").substitute(a=1, b=2), string.ascii_lowercase[:5], string.capwords("a bc"), string.Formatter().format("{0}-{x}", 1, x=2))
