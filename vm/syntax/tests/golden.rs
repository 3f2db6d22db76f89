//! Trees, verdicts and warnings against what CPython 3.14 said about the same sources
//! (recorded in `data/`: trees in the format of `dump`, verdicts as class, message and place).

use pyrs_syntax::{ErrorClass, Mode, Options, decode_source, dump, parse};

/// Undoes the escapes of a record's source.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(character) = chars.next() {
        let escaped = (character == '\\').then(|| chars.next()).flatten();
        match (character, escaped) {
            (_, Some('n')) => out.push('\n'),
            (_, Some('r')) => out.push('\r'),
            (_, Some('t')) => out.push('\t'),
            (_, Some('f')) => out.push('\u{c}'),
            (_, Some(other)) => out.push(other),
            (character, None) => out.push(character),
        }
    }
    out
}

#[test]
fn trees_equal_cpythons() {
    for record in include_str!("data/trees.txt").lines() {
        let (source, expected) = record.split_once('\t').expect("two fields");
        let source = unescape(source);
        let decoded = decode_source(source.as_bytes()).expect("UTF-8");
        let options = Options { only_tree: true, ..Options::default() };
        let parsed = parse(&decoded, Mode::Exec, &options)
            .unwrap_or_else(|error| panic!("{source:?}: {error}"));
        let ours = dump::dump(&parsed).replace(
            "int(\"123456789012345678901234567890\", 10)",
            "BIG(18ee90ff6c373e0ee4e3f0ad2)",
        );
        assert_eq!(ours, expected, "{source:?}");
    }
}

fn verdict(mode: &str, source: &str) -> String {
    let interactive = mode == mode.to_ascii_uppercase();
    let options = Options {
        allow_incomplete_input: interactive,
        dont_imply_dedent: interactive,
        ..Options::default()
    };
    let mode = match mode.to_ascii_lowercase().as_str() {
        "v" => Mode::Eval,
        "s" => Mode::Single,
        _ => Mode::Exec,
    };
    let Err(error) = parse(source, mode, &options) else { return "ok".to_owned() };
    let class = match error.class {
        ErrorClass::Syntax => "SyntaxError",
        ErrorClass::Indentation => "IndentationError",
        ErrorClass::Tab => "TabError",
        ErrorClass::IncompleteInput => "_IncompleteInputError",
        ErrorClass::Memory => "MemoryError",
        ErrorClass::Recursion => "RecursionError",
        ErrorClass::Overflow => "OverflowError",
    };
    let (end_line, end_column) = error.end.unwrap_or((0, 0));
    format!("{class}|{}|{}|{}|{end_line}|{end_column}", error.message, error.line, error.column)
}

/// Verdicts marked `C:` come from CPython's compiler: ours must be the same, or leave it to the
/// compiler crate.
#[test]
fn verdicts_equal_cpythons() {
    let mut wrong = Vec::new();
    let (mut refused, mut from_compiler) = (0, 0);
    for record in include_str!("data/verdicts.txt").lines() {
        let mut fields = record.splitn(3, '\t');
        let (mode, source, expected) = (fields.next(), fields.next(), fields.next());
        let (Some(mode), Some(source), Some(expected)) = (mode, source, expected) else {
            panic!("three fields: {record}");
        };
        let (source, expected) = (unescape(source), unescape(expected));
        let ours = verdict(mode, &source);
        refused += usize::from(ours != "ok");
        let fits = match expected.strip_prefix("C:") {
            Some(late) => {
                from_compiler += usize::from(ours == late);
                ours == "ok" || ours == late
            }
            None => ours == expected,
        };
        if !fits {
            wrong.push(format!("{mode} {source:?}\n  expected {expected}\n  ours     {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused > 400, "only {refused} refused");
    assert!(from_compiler > 60, "only {from_compiler} compiler errors found here");
}

fn warnings(source: &str) -> Vec<String> {
    let parsed = parse(source, Mode::Exec, &Options::default()).expect("valid");
    parsed
        .warnings
        .iter()
        .map(|warning| format!("{}: {}", parsed.lines.line(warning.span.start), warning.message))
        .collect()
}

#[test]
fn warnings_equal_cpythons() {
    let escape = |what: &str, line: u32| {
        format!(
            "{line}: \"\\{what}\" is an invalid escape sequence. Such sequences will not work in \
             the future. Did you mean \"\\\\{what}\"? A raw string is also an option."
        )
    };
    let is = |what: &str| format!("1: \"is\" with '{what}' literal. Did you mean \"==\"?");
    let called =
        |what: &str| format!("1: '{what}' object is not callable; perhaps you missed a comma?");
    let subscripted = |what: &str| {
        format!("1: '{what}' object is not subscriptable; perhaps you missed a comma?")
    };
    let indexed = |what: &str, by: &str| {
        format!(
            "1: {what} indices must be integers or slices, not {by}; perhaps you missed a comma?"
        )
    };
    let cases: Vec<(&str, Vec<String>)> = vec![
        (r"'a\d\q' '\8'", vec![escape("d", 1), escape("8", 1)]),
        (r"f'\d{x}\q{{\z'", vec![escape("d", 1), escape("q", 1), escape("z", 1)]),
        (r"f'\{x}'", vec![escape("{", 1)]),
        (r"rf'\{x}'", vec![]),
        (r"f'{x!r:\d}'", vec![escape("d", 1)]),
        ("'a\\\n\\d'", vec![escape("d", 2)]),
        ("'''\n\n\\d'''", vec![escape("d", 3)]),
        (r"b'\d'", vec![escape("d", 1)]),
        (r"'\é' r'\d'", vec![]),
        ("x is 1 is 2", vec![is("int")]),
        ("x is -1", vec![]),
        ("x is (1, None)", vec![is("tuple")]),
        ("x is (1, (2, 3))", vec![]),
        ("x is f'a'", vec![]),
        (r"f'\d{x:\q}'", vec![escape("q", 1), escape("d", 1)]),
        (r"f(1[0])([1]())", vec![subscripted("int"), called("list")]),
        ("x is not 'a'", vec!["1: \"is not\" with 'str' literal. Did you mean \"!=\"?".into()]),
        ("'a'(1)", vec![called("str")]),
        ("(1)(2)", vec![called("int")]),
        ("{}(1)", vec![called("dict")]),
        ("...(1)", vec![called("ellipsis")]),
        ("t'a'(1)", vec![called("string.templatelib.Template")]),
        ("(lambda: 1)(1)", vec![]),
        ("1[2]", vec![subscripted("int")]),
        ("None[1]", vec![subscripted("NoneType")]),
        ("(lambda: 1)[1]", vec![subscripted("function")]),
        ("{}[1]; 1[2] = 3", vec![]),
        ("'a'['b']", vec![indexed("str", "str")]),
        ("[1][1, 2]", vec![indexed("list", "tuple")]),
        ("'a'[True]; 'a'[1:2]", vec![]),
        (
            "assert (1, 'a')",
            vec!["1: assertion is always true, perhaps remove parentheses?".into()],
        ),
        ("assert ()", vec![]),
        ("1if x else 2", vec!["1: invalid decimal literal".into()]),
        ("0x1for x in y", vec!["1: invalid hexadecimal literal".into()]),
    ];
    for (source, expected) in cases {
        if source == "0x1for x in y" {
            // Not an expression by itself.
            assert_eq!(warnings("[0x1for x in y]"), expected);
            continue;
        }
        assert_eq!(warnings(source), expected, "{source:?}");
    }
    let jump = "def f():\n for i in y:\n  try: pass\n  finally:\n   for x in y: break\n   \
                else: break\n   return 1";
    assert_eq!(
        warnings(jump),
        ["6: 'break' in a 'finally' block", "7: 'return' in a 'finally' block"]
    );
    assert_eq!(warnings("try: pass\nfinally:\n def f(): return"), [""; 0]);
}

#[test]
fn modes() {
    let options = Options::default();
    let single = parse("x; y\n", Mode::Single, &options).expect("valid");
    assert!(dump::dump(&single).starts_with("Interactive(body=[Expr("));
    let eval = parse("\n (1,\n 2)", Mode::Eval, &options);
    assert!(eval.is_err(), "eval text may not be indented");
    let eval = parse("a, b", Mode::Eval, &options).expect("valid");
    assert!(dump::dump(&eval).starts_with("Expression(body=Tuple("));
    let signature = parse("(int, *str, **dict[a, b]) -> bool", Mode::FuncType, &options);
    let signature = dump::dump(&signature.expect("valid"));
    assert!(signature.starts_with("FunctionType(argtypes=[Name(id='int'"), "{signature}");
    assert!(signature.contains("Subscript(value=Name(id='dict'"), "{signature}");
    assert!(parse("() -> None", Mode::FuncType, &options).is_ok());
    assert!(parse("(int,) -> None", Mode::FuncType, &options).is_err());
    let null = parse("a\0", Mode::Exec, &options).expect_err("null byte");
    assert_eq!(null.message, "source code string cannot contain null bytes");
    let flufl = Options { barry_as_flufl: true, ..Options::default() };
    assert_eq!(
        parse("a != b", Mode::Exec, &flufl).expect_err("is refused").message,
        "with Barry as BDFL, use '<>' instead of '!='"
    );
    let parsed = parse("a <> b", Mode::Exec, &flufl).expect("valid");
    assert!(dump::dump(&parsed).contains("ops=[NotEq()]"));
}

#[test]
fn deep_sources_fail_cleanly() {
    for count in [150usize, 5_000, 100_000] {
        let sources = [
            format!("{}1", "-".repeat(count)),
            vec!["a"; count].join("+"),
            format!("a{}", ".b".repeat(count)),
            format!("{}1", "not ".repeat(count)),
            format!("{}1", "lambda:".repeat(count)),
            format!("{}1", "a if b else ".repeat(count)),
            format!("{}1", "a**".repeat(count)),
            format!("a{}", "()".repeat(count)),
            format!("if x: pass\n{}", "elif x: pass\n".repeat(count)),
        ];
        for source in sources {
            match parse(&source, Mode::Exec, &Options::default()) {
                Ok(_) => assert!(count <= 6_000),
                Err(error) => {
                    assert!(count > 1_000);
                    assert!(matches!(error.class, ErrorClass::Memory | ErrorClass::Recursion));
                }
            }
        }
        let nested = format!("{}{}", "(".repeat(count), ")".repeat(count));
        let result = parse(&nested, Mode::Exec, &Options::default());
        assert_eq!(result.is_ok(), count <= 200);
        if let Err(error) = result {
            assert_eq!(error.message, "too many nested parentheses");
        }
    }
}
