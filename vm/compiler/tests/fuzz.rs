//! Random programs: nothing panics, and whatever compiles verifies and survives serialisation.

mod common;

use proptest::prelude::*;
use pyrs_compiler::Options;
use pyrs_syntax::Mode;

/// Pieces from which token soups are made.
const TOKENS: &[&str] = &[
    "x",
    "y",
    "z",
    "f",
    "1",
    "300",
    "'s'",
    "None",
    "True",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".a",
    "=",
    "+=",
    ":=",
    "+",
    "-",
    "*",
    "**",
    "//",
    "<",
    "is",
    "not",
    "in",
    "and",
    "or",
    "if",
    "else",
    "for",
    "while",
    "def f(x):",
    "class A:",
    "return",
    "yield",
    "await",
    "async",
    "lambda",
    "try:",
    "except",
    "finally:",
    "with",
    "as",
    "import",
    "from",
    "global x",
    "nonlocal x",
    "del",
    "raise",
    "assert",
    "match",
    "case",
    "pass",
    "break",
    "continue",
    "\n",
    "\n    ",
    "\n        ",
    "f'{x!r:>{y}}'",
    "*x",
    "**y",
    "@f",
    "type",
    "_",
    "|",
    ";",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(TOKENS), 0..60).prop_map(|tokens| tokens.join(" "))
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "d", "self", "__p", "super", "__class__"])
        .prop_map(String::from)
}

/// Well-formed expressions.
fn expr() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        name(),
        (-200i32..400).prop_map(|i| format!("({i})")),
        Just("'s'".to_owned()),
        Just("None".to_owned()),
        Just("1.5".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let e = inner;
        prop_oneof![
            (
                e.clone(),
                prop::sample::select(vec![
                    "+", "-", "*", "//", "<<", "and", "or", "<", "==", "is", "in"
                ]),
                e.clone()
            )
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (e.clone(), e.clone(), e.clone())
                .prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
            (e.clone(), e.clone(), e.clone()).prop_map(|(a, b, c)| format!("({a} < {b} <= {c})")),
            e.clone().prop_map(|a| format!("(not {a})")),
            (name(), e.clone()).prop_map(|(n, a)| format!("({n} := {a})")),
            prop::collection::vec(e.clone(), 0..5).prop_map(|v| format!("[{}]", v.join(", "))),
            prop::collection::vec(e.clone(), 1..5).prop_map(|v| format!("({},)", v.join(", "))),
            prop::collection::vec(e.clone(), 1..4).prop_map(|v| format!("{{{}}}", v.join(", "))),
            (e.clone(), e.clone()).prop_map(|(a, b)| format!("{{{a}: {b}, **{a}}}")),
            (e.clone(), prop::collection::vec(e.clone(), 0..4))
                .prop_map(|(f, v)| format!("({f})({})", v.join(", "))),
            (e.clone(), e.clone(), e.clone())
                .prop_map(|(f, a, b)| format!("({f})({a}, *{b}, k={a}, **{b})")),
            (e.clone(), name(), e.clone()).prop_map(|(o, n, a)| format!("({o}).{n}({a})")),
            (e.clone(), e.clone()).prop_map(|(a, i)| format!("({a})[{i}]")),
            (e.clone(), e.clone()).prop_map(|(a, i)| format!("({a})[{i}:]")),
            (e.clone(), e.clone(), e.clone())
                .prop_map(|(a, b, c)| format!("[{a} for i in {b} if {c}]")),
            (e.clone(), e.clone())
                .prop_map(|(a, b)| format!("[lambda: (i, {a}) for i in {b} for j in i]")),
            (e.clone(), e.clone()).prop_map(|(a, b)| format!("({a} for i in {b})")),
            (e.clone(), e.clone()).prop_map(|(a, b)| format!("(lambda p, q={a}: {b})")),
            (e.clone(), e).prop_map(|(a, b)| format!("f'{{{a}!r}}-{{{b}}}'")),
        ]
    })
}

fn indent(body: &str) -> String {
    body.lines().map(|line| format!("    {line}\n")).collect()
}

/// Well-formed statements, some of which the compiler refuses.
fn stmt() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (name(), expr()).prop_map(|(n, e)| format!("{n} = {e}\n")),
        (name(), expr()).prop_map(|(n, e)| format!("{n} += {e}\n")),
        (name(), name(), expr()).prop_map(|(a, b, e)| format!("{a}, *{b} = {e}\n")),
        (name(), name()).prop_map(|(a, b)| format!("{a}, {b} = {b}, {a}\n")),
        expr().prop_map(|e| format!("{e}\n")),
        name().prop_map(|n| format!("del {n}\n")),
        expr().prop_map(|e| format!("return {e}\n")),
        expr().prop_map(|e| format!("a.b = c[{e}] = {e}\n")),
        expr().prop_map(|e| format!("b = yield {e}\n")),
        (name(), expr()).prop_map(|(n, e)| format!("{n}: {e} = 1\n")),
        Just("break\n".to_owned()),
        Just("continue\n".to_owned()),
        Just("import a.b as c\n".to_owned()),
    ];
    leaf.prop_recursive(4, 30, 3, |inner| {
        let body = prop::collection::vec(inner, 1..4).prop_map(|v| indent(&v.concat()));
        let b = body;
        prop_oneof![
            (expr(), b.clone(), b.clone()).prop_map(|(e, x, y)| format!("if {e}:\n{x}else:\n{y}")),
            (expr(), b.clone()).prop_map(|(e, x)| format!("while {e}:\n{x}")),
            (name(), expr(), b.clone(), b.clone())
                .prop_map(|(n, e, x, y)| format!("for {n} in {e}:\n{x}else:\n{y}")),
            (b.clone(), b.clone(), b.clone(), expr()).prop_map(|(x, y, z, e)| {
                format!("try:\n{x}except {e} as a:\n{y}finally:\n{z}")
            }),
            (b.clone(), b.clone(), b.clone()).prop_map(|(x, y, z)| {
                format!("try:\n{x}except a:\n{y}except:\n{z}else:\n{y}")
            }),
            (b.clone(), b.clone()).prop_map(|(x, y)| format!("try:\n{x}except* a as b:\n{y}")),
            (expr(), name(), b.clone()).prop_map(|(e, n, x)| format!("with {e} as {n}, a:\n{x}")),
            (name(), expr(), b.clone())
                .prop_map(|(n, e, x)| format!("def {n}(a, b={e}, *c, d=1):\n{x}")),
            (name(), expr(), b.clone()).prop_map(|(n, e, x)| format!("class {n}({e}):\n{x}")),
            (expr(), b.clone(), b).prop_map(|(e, x, y)| {
                format!("match {e}:\n    case [a, *b] | {{'k': a, **b}}:\n{}    case c.d(a, x=1) as b if a:\n{}",
                    indent(&x), indent(&y))
            }),
        ]
    })
}

/// Compiles; what comes out must be sound.
fn check(source: &str) {
    for options in [Options::default(), Options { optimize: 2, ..Options::default() }] {
        if let Ok(compiled) = common::build(source, Mode::Exec, &options) {
            if let Err(what) = pyrs_bytecode::verify(&compiled.code) {
                panic!("{what}\n{source}\n{}", pyrs_bytecode::disassemble(&compiled.code));
            }
            if let Some(bytes) = pyrs_bytecode::pyc::write(&compiled.code) {
                assert_eq!(pyrs_bytecode::pyc::read(&bytes).as_ref(), Ok(&compiled.code));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(300)
    })]

    #[test]
    fn token_soups_do_not_panic(source in soup()) {
        check(&source);
    }

    #[test]
    fn random_modules_verify(body in prop::collection::vec(stmt(), 1..5)) {
        check(&body.concat());
    }

    #[test]
    fn random_functions_verify(body in prop::collection::vec(stmt(), 1..5)) {
        check(&format!("def f(a, b=1):\n{}", indent(&body.concat())));
        check(&format!("async def f(a, b=1):\n{}", indent(&body.concat())));
        let in_loop = indent(&indent(&body.concat()));
        check(&format!("def f(a):\n    for b in a:\n{in_loop}"));
        let names: String = (0..200).map(|i| format!("    v{i} = {i}\n")).collect();
        check(&format!("def f(a):\n{names}{}", indent(&body.concat())));
    }

    #[test]
    fn damaged_pyc_files_do_not_panic(
        source in stmt(), cut in 0usize..2000, at in 0usize..2000, byte in any::<u8>(),
    ) {
        let source = format!("def f(a):\n{}", indent(&source));
        if let Ok(compiled) = common::build(&source, Mode::Exec, &Options::default()) {
            let mut bytes = pyrs_bytecode::pyc::write(&compiled.code).unwrap_or_default();
            if let Some(b) = bytes.get_mut(at) {
                *b = byte;
            }
            bytes.truncate(cut.max(20));
            if let Ok(code) = pyrs_bytecode::pyc::read(&bytes) {
                let _ = pyrs_bytecode::verify(&code);
                let _ = pyrs_bytecode::disassemble(&code);
            }
        }
    }
}

/// Shapes that need many registers, much nesting or long jumps.
#[test]
fn large_programs_compile_and_verify() {
    let n = 400;
    let list = |f: &dyn Fn(usize) -> String| (0..n).map(f).collect::<Vec<_>>();
    let args = list(&|i| format!("a{i}")).join(", ");
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{}x{}", open.repeat(depth), close.repeat(depth))
    };
    let many = list(&|i| format!("    v{i} = {i}\n")).concat();
    let uses = list(&|i| format!("v{i}")).join(" + ");
    let programs = [
        format!("def f({args}):\n    return a0 + a150 + a300 + a399\n"),
        format!("def f({args}):\n    return lambda: (a0, a150, a300)\n"),
        format!("def f({args}):\n    del a150, a350\n    return a150, a350\n"),
        format!("def f():\n    g({args})\n    return [{args}], ({args}), {{{args}}}\n"),
        format!("def f(x):\n    {args} = x\n    *{args}, b = x\n    return a3, a390\n"),
        format!("def f():\n{many}    return {uses}\n"),
        format!("def f():\n{many}    return g(v0, h(v350, v399), *v20, k=v300)\n"),
        format!("def f():\n{many}    def g():\n        return {uses}\n    return g\n"),
        format!("def f():\n{many}    return [v3 for v3 in v399 if v3 for w in v3]\n"),
        format!("def f(x):\n    return {}\n", nested("g(1, ", ")", 90)),
        format!("def f(x):\n    return {}\n", nested("[1, 2, ", "]", 90)),
        format!("def f(x):\n    return {}\n", nested("(1 + 2 * y - ", ")", 90)),
        format!(
            "def f():\n{many}    return {}\n",
            nested("g(1, k=(v399 if v2 else ", "))", 60).replace('x', "v4")
        ),
        format!("def f(x):\n    return {}\n", nested("{1: ", "}", 90)),
        format!("def f(x):\n    return {}\n", nested("[y for y in ", "]", 80)),
        format!("def f(x):\n    return {}\n", nested("lambda: (", ")", 80)),
        format!(
            "def f(x):\n    while x:\n{}",
            "        g(x, x, x)\n        if x: continue\n".repeat(8000)
        ),
        format!(
            "x = [{}]\n",
            (0..70_000).map(|i| (i + 100_000).to_string()).collect::<Vec<_>>().join(",")
        ),
        (0..70_000).map(|i| format!("x={i}.5\n")).collect(),
        format!("def f(x):\n    return {}\n", vec!["x"; 3000].join(" + ")),
        format!("def f(x):\n    return {}\n", vec!["x.y"; 3000].join(" < ")),
        format!("def f(x):\n    if {}: return 1\n", vec!["x.y"; 3000].join(" < ")),
        format!("def f(x):\n    return f'{}'\n", "{x}-".repeat(500)),
        format!("def f(x):\n    return x{}\n", ".a(1)".repeat(500)),
        format!("def f(x):\n    if x: pass\n{}", "    elif x == 1: pass\n".repeat(500)),
        format!("match x:\n    case [{args}]: pass\n"),
        format!("match x:\n    case {}: pass\n", list(&|i| i.to_string()).join(" | ")),
        format!("class A({}): pass\n", list(&|i| format!("b{i}")).join(", ")),
    ];
    for source in programs {
        let start: String = source.chars().take(60).collect();
        match common::build(&source, Mode::Exec, &Options::default()) {
            Ok(compiled) => {
                pyrs_bytecode::verify(&compiled.code)
                    .unwrap_or_else(|what| panic!("{start}: {what}"));
            }
            Err(error) => panic!("{start}: {error}"),
        }
    }
}
