# heapq, bisect, string, json, tokenize and modules built on them against figures from CPython 3.14.
fails = 0
def check(label, got, want):
    global fails
    if got != want:
        fails += 1
        print("FAIL", label, "got", got, "want", want)
def raises(label, f, exc, text=None):
    global fails
    try:
        r = f()
    except exc as e:
        if text is not None and str(e) != text:
            fails += 1; print("FAIL", label, "text", repr(str(e)), "want", repr(text))
    except BaseException as e:
        fails += 1; print("FAIL", label, "raised", type(e), e)
    else:
        fails += 1; print("FAIL", label, "no exception, got", r)
import heapq, bisect, string
h = [5,3,8,1,9,2]; heapq.heapify(h); check("heap", [heapq.heappop(h) for _ in range(6)], [1,2,3,5,8,9])
h = [1,5]; check("hr", heapq.heapreplace(h, 7), 1); check("hpp", heapq.heappushpop(h, 0), 0); check("nl", heapq.nlargest(2, [1,5,3]), [5,3])
h = [3,1,2]; heapq.heapify_max(h); check("hmax", [heapq.heappop_max(h) for _ in range(3)], [3,2,1])
raises("hpe", lambda: heapq.heappop([]), IndexError, "index out of range")
check("merge", list(heapq.merge([1,4],[2,3])), [1,2,3,4])
check("bis", (bisect.bisect([1,2,2,3],2), bisect.bisect_left([1,2,2,3],2)), (3,1)); l=[1,3]; bisect.insort(l,2); check("ins", l, [1,2,3])
check("bkey", bisect.bisect_left([(1,'a'),(2,'b')], 2, key=lambda t: t[0]), 1)
raises("blo", lambda: bisect.bisect([1], 1, -1), ValueError, "lo must be non-negative")
check("fmt", string.Formatter().format("{0} {x[1]} {y.real!r:>4}", 1, x=[1,2], y=3), "1 2    3")
check("fp", list(string.Formatter().parse("a{b!r:c}d{{")), [('a','b','c','r'),('d{',None,None,None)] )
check("tmpl", string.Template("$a b").substitute(a=1), "1 b")
import json
check("j1", json.loads('{"a": [1, 2.5, -3e2, "x\\u00e9\\ud83d\\ude00\\n", null, true, false, 123456789012345678901234567890], "b": {}}'), {"a":[1,2.5,-300.0,"x\xe9\U0001f600\n",None,True,False,123456789012345678901234567890],"b":{}})
for t, m in [('[1,]', "Illegal trailing comma before end of array: line 1 column 3 (char 2)"), ('{"a":1,}', "Illegal trailing comma before end of object: line 1 column 7 (char 6)"), ('', "Expecting value: line 1 column 1 (char 0)"), ('{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"), ('[1 2]', "Expecting ',' delimiter: line 1 column 4 (char 3)"), ('"abc', "Unterminated string starting at: line 1 column 1 (char 0)"), ('"\\x"', "Invalid \\escape: line 1 column 2 (char 1)"), ('{a}', "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"), ('"\\u12"', "Invalid \\uXXXX escape: line 1 column 3 (char 2)"), ('1 2', "Extra data: line 1 column 3 (char 2)"), ('"\n"', "Invalid control character at: line 1 column 2 (char 1)")]:
    raises(t, lambda: json.loads(t), json.JSONDecodeError, m)
check("jd", json.dumps({"a":[1,2.5,None,True,"\u00e9\U0001f600\"\\\n"], 1:2, None:3, 1.5:4, True: (1,)}), '{"a": [1, 2.5, null, true, "\\u00e9\\ud83d\\ude00\\"\\\\\\n"], "1": [1], "null": 3, "1.5": 4}')
check("jdu", json.dumps("\u00e9", ensure_ascii=False), '"\u00e9"'); check("jdi", json.dumps({"b":1,"a":[1,{}]}, indent=2, sort_keys=True), '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": 1\n}')
check("jds", json.dumps([1,2], separators=(',',':')), '[1,2]'); raises("jdt", lambda: json.dumps({1,2}), TypeError, "Object of type set is not JSON serializable"); raises("jdk", lambda: json.dumps({(1,):2}), TypeError, "keys must be str, int, float, bool or None, not tuple")
x=[]; x.append(x); raises("circ", lambda: json.dumps(x), ValueError, "Circular reference detected"); raises("nan", lambda: json.dumps(float('nan'), allow_nan=False), ValueError, "Out of range float values are not JSON compliant: nan"); check("nan2", json.dumps([float('inf'), -float('inf')]), '[Infinity, -Infinity]')
try: json.dumps({"k":[1, {2}]})
except TypeError as e: check("notes", e.__notes__, ["when serializing list item 1", "when serializing dict item 'k'"])
check("hook", json.loads('{"a":{"b":1}}', object_hook=lambda d: tuple(d)), ('a',)); check("pairs", json.loads('{"a":1,"a":2}', object_pairs_hook=list), [('a',1),('a',2)]); check("pf", json.loads('[1.5,2]', parse_float=str, parse_int=str), ['1.5','2'])
import io, tokenize
src = 'def f(a, b=1):  # c\n    if a:\n        return f"x{a!r:>{b}}y{{" + \'q\'\n\n    x = (1,\n         2)\n# end\nfoo()\n'
toks = [(tokenize.tok_name[t.type], t.string, t.start, t.end) for t in tokenize.generate_tokens(io.StringIO(src).readline)]
want = [('NAME','def',(1,0),(1,3)),('NAME','f',(1,4),(1,5)),('OP','(',(1,5),(1,6)),('NAME','a',(1,6),(1,7)),('OP',',',(1,7),(1,8)),('NAME','b',(1,9),(1,10)),('OP','=',(1,10),(1,11)),('NUMBER','1',(1,11),(1,12)),('OP',')',(1,12),(1,13)),('OP',':',(1,13),(1,14)),('COMMENT','# c',(1,16),(1,19)),('NEWLINE','\n',(1,19),(1,20)),('INDENT','    ',(2,0),(2,4)),('NAME','if',(2,4),(2,6)),('NAME','a',(2,7),(2,8)),('OP',':',(2,8),(2,9)),('NEWLINE','\n',(2,9),(2,10)),('INDENT','        ',(3,0),(3,8)),('NAME','return',(3,8),(3,14)),('FSTRING_START','f"',(3,15),(3,17)),('FSTRING_MIDDLE','x',(3,17),(3,18)),('OP','{',(3,18),(3,19)),('NAME','a',(3,19),(3,20)),('OP','!',(3,20),(3,21)),('NAME','r',(3,21),(3,22)),('OP',':',(3,22),(3,23)),('FSTRING_MIDDLE','>',(3,23),(3,24)),('OP','{',(3,24),(3,25)),('NAME','b',(3,25),(3,26)),('OP','}',(3,26),(3,27)),('OP','}',(3,27),(3,28)),('FSTRING_MIDDLE','y{',(3,28),(3,30)),('FSTRING_END','"',(3,31),(3,32)),('OP','+',(3,33),(3,34)),('STRING',"'q'",(3,35),(3,38)),('NEWLINE','\n',(3,38),(3,39)),('NL','\n',(4,0),(4,1)),('DEDENT','',(5,4),(5,4)),('NAME','x',(5,4),(5,5)),('OP','=',(5,6),(5,7)),('OP','(',(5,8),(5,9)),('NUMBER','1',(5,9),(5,10)),('OP',',',(5,10),(5,11)),('NL','\n',(5,11),(5,12)),('NUMBER','2',(6,9),(6,10)),('OP',')',(6,10),(6,11)),('NEWLINE','\n',(6,11),(6,12)),('COMMENT','# end',(7,0),(7,5)),('NL','\n',(7,5),(7,6)),('DEDENT','',(8,0),(8,0)),('NAME','foo',(8,0),(8,3)),('OP','(',(8,3),(8,4)),('OP',')',(8,4),(8,5)),('NEWLINE','\n',(8,5),(8,6)),('ENDMARKER','',(9,0),(9,0))]
for i in range(max(len(toks), len(want))):
    a = toks[i] if i < len(toks) else None; b = want[i] if i < len(want) else None
    if a != b: check(("tok", i), a, b); break
check("tk2", [(t.type, t.string, t.end) for t in tokenize.generate_tokens(io.StringIO("x").readline)], [(1,'x',(1,1)),(4,'',(1,2)),(0,'',(2,0))])
raises("tke", lambda: list(tokenize.generate_tokens(io.StringIO("'abc\n").readline)), tokenize.TokenError)
def dec(x): return x
import inspect, dis, dataclasses, traceback, contextlib, enum, re, typing
check("sig", str(inspect.signature(check)), "(label, got, want)")
check("src", inspect.getsource(dec), "def dec(x): return x\n")
@dataclasses.dataclass(order=True)
class DC:
    a: int
    b: list = dataclasses.field(default_factory=list)
check("dc", (repr(DC(1)), DC(1) == DC(1), DC(1) < DC(2)), ("DC(a=1, b=[])", True, True))
class E(enum.Enum):
    X = 1; Y = 2
check("enum", (E.X.name, E(2), list(E)), ("X", E.Y, [E.X, E.Y]))
@contextlib.contextmanager
def cm(): yield 4
with cm() as q: check("cm", q, 4)
check("tb", traceback.format_exception_only(ValueError("x")), ["ValueError: x\n"])
print("done, fails:", fails)
