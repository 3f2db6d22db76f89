//! Modes and switches of a compilation.

mod common;

use pyrs_bytecode::{CodeData, Const, disassemble, flags};
use pyrs_compiler::Options;
use pyrs_syntax::Mode;

fn text(source: &str, mode: Mode, options: &Options) -> String {
    let compiled = common::build(source, mode, options).expect(source);
    pyrs_bytecode::verify(&compiled.code).expect(source);
    disassemble(&compiled.code)
}

/// The code block called `name` below `code`.
fn find<'c>(code: &'c CodeData, name: &str) -> Option<&'c CodeData> {
    code.consts.iter().find_map(|value| match value {
        Const::Code(inner) if &*inner.name == name => Some(&**inner),
        Const::Code(inner) => find(inner, name),
        _ => None,
    })
}

#[test]
fn an_expression_returns_its_value() {
    let code = text("1 + x", Mode::Eval, &Options::default());
    assert!(code.contains("Return") && !code.contains("ReturnNone"), "{code}");
    let code = text("[i for i in x]", Mode::Eval, &Options::default());
    assert!(code.contains("ForLoop"), "{code}");
}

#[test]
fn interactive_statements_print_their_values() {
    let options = Options::default();
    let print = |source| text(source, Mode::Single, &options).matches("Intrinsic1").count();
    assert_eq!(print("x; 2\n"), 2);
    assert_eq!(print("if x:\n    y\n"), 1);
    assert_eq!(print("def f():\n    y\n"), 0);
}

#[test]
fn optimisation_drops_asserts_then_docstrings() {
    let source =
        "'m'\ndef f():\n    'd'\n    assert x\n    if __debug__: y()\n    return __doc__\n";
    let at =
        |optimize| common::build(source, Mode::Exec, &Options { optimize, ..Options::default() });
    let at = |optimize| at(optimize).expect(source).code;
    let (zero, one, two) = (at(0), at(1), at(2));
    let has_doc =
        |code: &CodeData| find(code, "f").is_some_and(|f| f.flags & flags::HAS_DOCSTRING != 0);
    assert!(disassemble(&zero).contains("Raise") && disassemble(&zero).contains(" y"));
    assert!(!disassemble(&one).contains("Raise") && !disassemble(&one).contains(" y"));
    assert!(has_doc(&zero) && has_doc(&one) && !has_doc(&two));
    assert!(disassemble(&one).contains("StoreName            r0 __doc__"));
    assert!(!disassemble(&two).contains("StoreName            r0 __doc__"));
}

#[test]
fn futures_come_from_the_program_and_from_the_caller() {
    let program = "from __future__ import annotations\nx: int\n";
    let own = common::build(program, Mode::Exec, &Options::default()).expect(program);
    assert_eq!(own.future, flags::FUTURE_ANNOTATIONS);
    assert!(own.code.flags & flags::FUTURE_ANNOTATIONS != 0);
    assert!(disassemble(&own.code).contains("SetupAnnotations"));
    let options = Options { future: flags::FUTURE_ANNOTATIONS, ..Options::default() };
    let inherited = common::build("x: int\n", Mode::Exec, &options).expect("compiles");
    assert!(disassemble(&inherited.code).contains("\"int\""));
}

#[test]
fn await_at_the_top_level_makes_a_coroutine_where_that_is_allowed() {
    let options = Options { top_level_await: true, ..Options::default() };
    let sources =
        ["await x", "async with a: pass", "async for a in b: pass", "[await a for a in b]"];
    for source in sources {
        let code = common::build(source, Mode::Exec, &options).expect(source).code;
        assert!(code.flags & flags::COROUTINE != 0, "{source}");
        assert!(common::build(source, Mode::Exec, &Options::default()).is_err(), "{source}");
    }
}

#[test]
fn code_objects_describe_their_parameters() {
    let source = "class A:\n    async def f(self, a, /, b=1, *c, d, e=2, **g):\n        yield\n";
    let compiled = common::build(source, Mode::Exec, &Options::default()).expect(source);
    let f = find(&compiled.code, "f").expect("is there");
    assert_eq!(&*f.qualname, "A.f");
    assert_eq!((f.arg_count, f.posonly_count, f.kwonly_count, f.parameter_count()), (3, 2, 2, 7));
    let names: Vec<&str> = f.locals.iter().map(|l| &*l.0).collect();
    assert_eq!(names, ["self", "a", "b", "d", "e", "c", "g"]);
    let expected = flags::VARARGS | flags::VARKEYWORDS | flags::ASYNC_GENERATOR | flags::METHOD;
    assert_eq!(f.flags & 0x80002ac, expected);
    assert_eq!(f.first_line, 2);
}

#[test]
fn deep_nesting_needs_no_native_stack() {
    let deep =
        |open: &str, close: &str, n: usize| format!("{}x{}", open.repeat(n), close.repeat(n));
    let sources = [
        deep("-", "", 3000),
        deep("not ", "", 3000),
        deep("(", ")", 150),
        format!("x{}", "[0]".repeat(3000)),
        format!("x{}", "()".repeat(3000)),
        format!("x{}", " + x".repeat(5000)),
        deep("lambda: ", "", 300),
    ];
    // A thread with little stack.
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(move || {
        for source in sources {
            if let Ok(compiled) = common::build(&source, Mode::Eval, &Options::default()) {
                pyrs_bytecode::verify(&compiled.code).expect("sound");
            }
        }
    });
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn parameters_that_no_register_can_name_are_refused() {
    let source = |n: usize| {
        let names: Vec<String> = (0..n).map(|i| format!("a{i}")).collect();
        format!("def f({}): pass\n", names.join(","))
    };
    let build = |n| common::build(&source(n), Mode::Exec, &Options::default());
    assert!(build(300).is_ok());
    let error = build(70_000).expect_err("too many");
    assert!(error.message.to_string().contains("too many parameters"));
}
