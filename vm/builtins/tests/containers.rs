//! Lists, tuples, ranges, slices, dicts, sets and their iterators against CPython 3.14: every line of
//! `golden/containers.txt` holds statements and an expression, a tab, and what CPython answers: the repr of the
//! result or the exception with its text. `\n` stands for a line break.

use pyrs_core::{Settings, Value, Vm};

/// Evaluates one case inside the machine; the same text as CPython made.
const EVALUATOR: &str = "
def text(case):
    case = case.replace('\\\\n', '\\n')
    body, sep, expr = case.rpartition(' ;; ')
    if not sep:
        body, expr = '', case
    ns = {}
    try:
        if sep:
            exec(body, ns)
        try:
            code = compile(expr, '<case>', 'eval')
        except SyntaxError:
            code = None
        if code is None:
            exec(expr, ns)
            return 'None'
        return repr(eval(code, ns))
    except BaseException as e:
        return type(e).__name__ + ': ' + str(e)
";

#[test]
fn every_case_answers_as_cpython_does() {
    let vm = Vm::new(Settings::default());
    pyrs_builtins::install(&vm).expect("a fresh machine has room");
    vm.heap.with_stack(|| run(&vm));
}

fn run(vm: &Vm) {
    let parsed = pyrs_syntax::parse(EVALUATOR, pyrs_syntax::Mode::Exec, &Default::default());
    let compiled = pyrs_compiler::compile(&parsed.expect("parses"), "<test>", &Default::default());
    let code = vm.new_code(compiled.expect("compiles").code).expect("memory");
    let globals = vm.new_dict().expect("memory");
    assert!(vm.run_code(code, globals, globals.value(), Value::UNBOUND).is_ok());
    let text = vm.dict_get_str(globals, vm.intern("text")).expect("defined above");
    let (mut failed, mut count) = (Vec::new(), 0);
    for line in include_str!("golden/containers.txt").lines() {
        let (case, expected) = line.split_once('\t').expect("a tab in every line");
        let given = match vm.str(case).and_then(|c| vm.call(text, &[c])) {
            Ok(v) => vm.as_str(v).map_or_else(String::new, |s| s.to_lossy().replace('\n', "\\n")),
            Err(r) => {
                format!("(the machine raised {})", vm.type_name(vm.take_exception(r).value()))
            }
        };
        count += 1;
        if given != expected {
            failed.push(format!("{case}\n  expected {expected}\n  given    {given}"));
        }
    }
    assert!(failed.is_empty(), "{} of {count} fail:\n{}", failed.len(), failed.join("\n"));
}
