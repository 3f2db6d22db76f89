//! Compile-stage errors and warnings: message, line and columns as CPython 3.14 gives them.

mod common;

use pyrs_compiler::Options;
use pyrs_syntax::Mode;

/// Source, message, line, column, end column (columns in characters from 1).
const ERRORS: &[(&str, &str, u32, u32, i32)] = &[
    ("return", "'return' outside function", 1, 1, 7),
    ("class A:\n    return 1", "'return' outside function", 2, 5, 13),
    ("yield 1", "'yield' outside function", 1, 1, 8),
    ("x = yield", "'yield' outside function", 1, 5, 10),
    ("class A: yield from x", "'yield from' outside function", 1, 10, 22),
    ("await x", "'await' outside function", 1, 1, 8),
    ("def f(): await x", "'await' outside async function", 1, 10, 17),
    ("def f():\n  async with a: pass", "'async with' outside async function", 2, 3, 21),
    ("def f():\n  async for a in b: pass", "'async for' outside async function", 2, 3, 25),
    ("async def f(): yield from x", "'yield from' inside async function", 1, 16, 28),
    ("async def f():\n  yield 1\n  return 2", "'return' with value in async generator", 3, 3, 11),
    (
        "def f(): [x async for x in y]",
        "asynchronous comprehension outside of an asynchronous function",
        1,
        10,
        30,
    ),
    ("break", "'break' outside loop", 1, 1, 6),
    ("def f():\n  if x:\n    break", "'break' outside loop", 3, 5, 10),
    ("continue", "'continue' not properly in loop", 1, 1, 9),
    ("while x:\n  def f(): continue", "'continue' not properly in loop", 2, 12, 20),
    ("def f():\n  x\n  global x", "name 'x' is used prior to global declaration", 3, 3, 11),
    (
        "def f():\n  x = 1\n  global x",
        "name 'x' is assigned to before global declaration",
        3,
        3,
        11,
    ),
    ("def f(x):\n  global x", "name 'x' is parameter and global", 2, 3, 11),
    ("def f(x):\n  nonlocal x", "name 'x' is parameter and nonlocal", 2, 3, 13),
    ("nonlocal x", "nonlocal declaration not allowed at module level", 1, 1, 11),
    ("def f():\n  nonlocal x", "no binding for nonlocal 'x' found", 2, 3, 13),
    ("def f():\n  global x\n  nonlocal x", "name 'x' is nonlocal and global", 2, 3, 11),
    ("def f[T]():\n  nonlocal T", "nonlocal binding not allowed for type parameter 'T'", 2, 3, 13),
    ("def f():\n  global x\n  x: int", "annotated name 'x' can't be global", 3, 3, 9),
    ("def f():\n  from a import *", "import * only allowed at module level", 2, 17, 18),
    (
        "x = 1\nfrom __future__ import annotations",
        "from __future__ imports must occur at the beginning of the file",
        2,
        1,
        35,
    ),
    ("from __future__ import nope", "future feature nope is not defined", 1, 24, 28),
    ("from __future__ import braces", "not a chance", 1, 24, 30),
    ("def f[T, T](): pass", "duplicate type parameter 'T'", 1, 10, 11),
    (
        "[i := 0 for i in x]",
        "assignment expression cannot rebind comprehension iteration variable 'i'",
        1,
        2,
        3,
    ),
    (
        "[x for y in (a := b)]",
        "assignment expression cannot be used in a comprehension iterable expression",
        1,
        14,
        20,
    ),
    (
        "class A: [x := 1 for y in z]",
        "assignment expression within a comprehension cannot be used in a class body",
        1,
        11,
        12,
    ),
    (
        "[[(j := 0) for i in x] for j in y]",
        "assignment expression cannot rebind comprehension iteration variable 'j'",
        1,
        4,
        5,
    ),
    (
        "[(a, b) for a in [1] for b in (lambda: (c := 2))()]",
        "assignment expression cannot be used in a comprehension iterable expression",
        1,
        41,
        47,
    ),
    (
        "[j for i in x if (j := 1) for j in y]",
        "comprehension inner loop cannot rebind assignment expression target 'j'",
        1,
        31,
        32,
    ),
    (
        "[[await y for y in z] for w in v]",
        "asynchronous comprehension outside of an asynchronous function",
        1,
        1,
        34,
    ),
    (
        "def f():\n  return [x for x in [await y for y in z]]",
        "asynchronous comprehension outside of an asynchronous function",
        2,
        22,
        42,
    ),
    ("def f(): [(yield) for x in y]", "'yield' inside list comprehension", 1, 12, 17),
    ("def f(): ((yield) for x in y)", "'yield' inside generator expression", 1, 12, 17),
    ("def f(x: (yield)): pass", "yield expression cannot be used within an annotation", 1, 11, 16),
    ("x: (y := 1)", "named expression cannot be used within an annotation", 1, 5, 11),
    (
        "async def f(x: await y): pass",
        "await expression cannot be used within an annotation",
        1,
        16,
        23,
    ),
    (
        "def f[T: (yield)](): pass",
        "yield expression cannot be used within a TypeVar bound",
        1,
        11,
        16,
    ),
    ("type A = (yield)", "yield expression cannot be used within a type alias", 1, 11, 16),
    (
        "class A[T]((yield)): pass",
        "yield expression cannot be used within the definition of a generic",
        1,
        13,
        18,
    ),
    (
        "def f[T = int, U](): pass",
        "non-default type parameter 'U' follows default type parameter",
        1,
        16,
        17,
    ),
    (
        "match x:\n  case _: pass\n  case 1: pass",
        "wildcard makes remaining patterns unreachable",
        2,
        8,
        9,
    ),
    (
        "match x:\n  case y: pass\n  case 1: pass",
        "name capture 'y' makes remaining patterns unreachable",
        2,
        8,
        9,
    ),
    (
        "match x:\n  case y | 1: pass",
        "name capture 'y' makes remaining patterns unreachable",
        2,
        8,
        9,
    ),
    ("match x:\n  case [a] | [b]: pass", "alternative patterns bind different names", 2, 8, 17),
    ("match x:\n  case [a, a]: pass", "multiple assignments to name 'a' in pattern", 2, 12, 13),
    ("match x:\n  case {1: _, 1: _}: pass", "mapping pattern checks duplicate key (1)", 2, 8, 20),
    (
        "match x:\n  case A(a=1, a=2): pass",
        "attribute name repeated in class pattern: a",
        2,
        17,
        18,
    ),
    ("try: pass\nexcept: pass\nexcept A: pass", "default 'except:' must be last", 2, 1, 13),
    (
        "while 1:\n  try: pass\n  except* A: break",
        "'break', 'continue' and 'return' cannot appear in an except* block",
        3,
        14,
        19,
    ),
    (
        "def f():\n  try: pass\n  except* A: return",
        "'break', 'continue' and 'return' cannot appear in an except* block",
        3,
        14,
        20,
    ),
    ("f(a=1, a=2)", "keyword argument repeated: a", 1, 8, 11),
    ("__debug__ = 1", "cannot assign to __debug__", 1, 1, 10),
    ("*a, *b = c", "multiple starred expressions in assignment", 1, 1, 7),
];

#[test]
fn errors_have_their_texts_and_places() {
    let mut failures = Vec::new();
    for &(source, message, line, column, end) in ERRORS {
        match common::build(source, Mode::Exec, &Options::default()) {
            Ok(_) => failures.push(format!("{source:?}: compiled")),
            Err(e) => {
                let found = (&e.message[..], e.line, e.column, e.end.map_or(0, |end| end.1));
                if found != (message, line, column, end) {
                    failures.push(format!(
                        "{source:?}: {found:?}, not {:?}",
                        (message, line, column, end)
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Programs that look like errors but are none.
const FINE: &[&str] = &[
    "def f():\n  def g():\n    nonlocal x\n  x = 1",
    "def f():\n  x = 1\n  class A:\n    nonlocal x\n    x = 2",
    "x: int\nglobal y\ny = 1",
    "while 1:\n  try: continue\n  finally: pass",
    "for x in y:\n  with a:\n    break",
    "[(y := x) for x in z]",
    "def f(): return (lambda: (yield))",
    "class A:\n  def __m(self): return self.__x",
    "match x:\n  case _ if y: pass\n  case _: pass",
    "match x:\n  case (a, b) | [b, a]: pass",
    "async def f(): return [await x async for x in y if await z]",
    "async def f(): return (x async for x in y)",
    "type A[T] = list[T]\nclass B[T: (int, str), *Ts, **P = [int]](C): x: T",
    "from __future__ import annotations, division\nx: int",
    "'doc'\nfrom __future__ import annotations",
    "def f(a, /, b, *, c, **d): return locals()",
];

#[test]
fn programs_that_look_wrong_but_are_not() {
    for source in FINE {
        match common::build(source, Mode::Exec, &Options::default()) {
            Ok(compiled) => pyrs_bytecode::verify(&compiled.code).expect(source),
            Err(error) => panic!("{source:?}: {error}"),
        }
    }
}

/// Source, warning, line.
const WARNINGS: &[(&str, &str, u32)] = &[
    ("x is 1", "\"is\" with 'int' literal. Did you mean \"==\"?", 1),
    ("x is not 'a'", "\"is not\" with 'str' literal. Did you mean \"!=\"?", 1),
    ("assert (x, 'y')", "assertion is always true, perhaps remove parentheses?", 1),
    ("x = [(1, 2) (3, 4)]", "'tuple' object is not callable; perhaps you missed a comma?", 1),
    ("x = 1[2]", "'int' object is not subscriptable; perhaps you missed a comma?", 1),
    (
        "x = [1]['a']",
        "list indices must be integers or slices, not str; perhaps you missed a comma?",
        1,
    ),
    ("def f():\n  try: pass\n  finally:\n    return", "'return' in a 'finally' block", 4),
    ("while x:\n  try: pass\n  finally: break", "'break' in a 'finally' block", 3),
];

#[test]
fn warnings_have_their_texts_and_lines() {
    for &(source, message, line) in WARNINGS {
        let parsed = pyrs_syntax::parse(source, Mode::Exec, &pyrs_syntax::Options::default())
            .expect("a valid program");
        let compiled = pyrs_compiler::compile(&parsed, "test.py", &Options::default())
            .expect("a program without errors");
        let found: Vec<_> = compiled
            .warnings
            .iter()
            .map(|w| (&w.message[..], parsed.lines.line(w.span.start)))
            .collect();
        assert_eq!(found, [(message, line)], "{source:?}");
    }
}

#[test]
fn annotations_become_strings() {
    let cases = [
        ("a|b", "a | b"),
        ("list [ int,str ]", "list[int, str]"),
        ("(a , b)", "(a, b)"),
        ("Callable[[int], 'x']", "Callable[[int], 'x']"),
        ("-1", "-1"),
        ("x if y else z", "x if y else z"),
        ("lambda a, *b, c=1, **d: a", "lambda a, *b, c=1, **d: a"),
        ("f(x for x in y)", "f(x for x in y)"),
        ("f(x, *y, z=1, **w)", "f(x, *y, z=1, **w)"),
        ("a[1:2, ::3]", "a[1:2, ::3]"),
        ("{1: 2, **x}", "{1: 2, **x}"),
        ("not a and b or c", "not a and b or c"),
        ("(a + b) * c ** -d", "(a + b) * c ** (-d)"),
        ("a < b <= c is not d", "a < b <= c is not d"),
        ("f'{x!r:>{y}} {{'", "f'{x!r:>{y}} {{'"),
        ("1.0", "1.0"),
        ("1e300", "1e+300"),
        ("...", "..."),
        ("b'a\\n'", "b'a\\n'"),
        ("[x for x in y if z]", "[x for x in y if z]"),
    ];
    for (source, expected) in cases {
        let program = format!("from __future__ import annotations\nx: {source}\n");
        let compiled = common::build(&program, Mode::Exec, &Options::default()).expect(source);
        let found = compiled
            .code
            .consts
            .iter()
            .any(|c| matches!(c, pyrs_bytecode::Const::Str(s) if &**s == expected));
        assert!(found, "{source}: {:?}", compiled.code.consts);
    }
}
