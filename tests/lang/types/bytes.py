# bytes, bytearray and memoryview.
b = b"Hello\x00\xff"
print(b, b[0], b[-1], b[1:3], b[::-1], len(b), list(b), b.hex(), b.hex("-", 2), bytes.fromhex("48 65 6C"), b"'", b'"\'', b"\t\n\r\\")
print(bytes(3), bytes([1, 2]), bytes("é", "utf-8"), bytes(range(3)), bytes(b"x"), bytes(bytearray(b"y")), bytearray("a", "ascii"), bytearray(2), bytes())
print(b"a,b".split(b","), b"abc".find(b"c"), b"abc".find(99), b"abc".replace(b"b", b""), b"-".join([b"a", bytearray(b"b")]), b" x ".strip(), b"abc".upper(), b"aXb".lower(), b"abc".startswith(b"a"), b"a-b".partition(b"-"), b"ab".center(6, b"*"), b"x".zfill(3), b"abc".translate(None, b"b"), b"a\nb".splitlines(), b"abab".count(b"ab"), b"abc".isalpha(), b"12".isdigit(), b"Ab".swapcase(), b"hello world".title(), b"a\tb".expandtabs(4))
print(b"a" + b"b", b"ab" * 2, b"a" in b"abc", 97 in b"abc", b"a" < b"b", b"a" == "a", b"a" == bytearray(b"a"), b"%d %s %r %x %b" % (1, b"x", b"y", 255, b"z"), hash(b"a") == hash(b"a"), b"\xc3\xa9".decode(), b"\xff".decode("latin-1"), b"a\xffb".decode("utf-8", "replace"), b"a\xff".decode("ascii", "ignore"), b"\xff".decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape"))
ba = bytearray(b"hello")
ba[0] = 72
ba.append(33)
ba.extend(b"??")
ba += b"."
ba[1:3] = b"EEE"
del ba[-1]
ba.insert(0, 62)
print(ba, ba.pop(), ba.remove(33), ba, ba.reverse(), ba, ba[::2], ba.copy() == ba, len(ba))
ba[::2] = b"12345"[:len(ba[::2])]
print(ba, ba.find(b"1"), bytes(ba), ba * 2, ba + b"z", repr(bytearray()), ba.clear(), ba)
for f in (lambda: bytes([256]), lambda: bytes([-1]), lambda: bytes("x"), lambda: bytes(-1), lambda: bytes("a", "ascii", "strict", 1), lambda: bytes(["a"]), lambda: b"a" + "b", lambda: "a" + b"b", lambda: b"abc"[5], lambda: b"a"[0:1]["x"], lambda: b"a".join(["x"]), lambda: bytearray(b"a").__setitem__(0, 300), lambda: bytearray(b"a").__setitem__(5, 1), lambda: bytes.fromhex("4"), lambda: bytes.fromhex("zz"), lambda: b"a".find("a"), lambda: 300 in b"a", lambda: "a" in b"a", lambda: b"\xff".decode(), lambda: b"\xc3".decode("utf-8"), lambda: b"a".decode("nope"), lambda: bytearray().pop(), lambda: bytearray(b"a").remove(5), lambda: b"%d" % "x", lambda: b"%s" % "x", lambda: {bytearray(b"a"): 1}, lambda: bytes(5.5), lambda: int(b"x"), lambda: b"abc".index(b"z"), lambda: b"a" < "a"):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
data = bytearray(range(10))
m = memoryview(data)
print(m[0], m[2:5].tolist(), m.tobytes(), len(m), m.format, m.itemsize, m.nbytes, m.shape, m.readonly, m == data, m[::-2].tolist(), bytes(m[1:3]))
m[0] = 100
m[1:3] = b"\x07\x08"
print(data, m.hex(), 8 in m, list(m)[:3], m.obj is data, m.contiguous)
try:
    data.append(1)
except BufferError as e:
    print(e)
m.release()
data.append(1)
print(len(data))
for f in (lambda: m[0], lambda: memoryview(b"x").__setitem__(0, 1), lambda: memoryview("x"), lambda: memoryview(bytearray(b"ab")).__setitem__(slice(0, 2), b"abc"), lambda: memoryview(b"ab")[5]):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
w = memoryview(bytes(range(8))).cast("H")
print(len(w), w.itemsize, w.format, w.nbytes, memoryview(b"abcd").cast("B", [2, 2]).tolist(), memoryview(b"ab").toreadonly().readonly)
with memoryview(b"ctx") as view:
    print(view.tobytes())
