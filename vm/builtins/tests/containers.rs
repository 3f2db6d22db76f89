//! Lists, tuples, ranges, slices, dicts, sets, iterators, generic types, weak references and templates against
//! CPython 3.14: every line of the golden files holds statements and an expression, a tab, and what CPython answers:
//! the repr of the result or the exception with its text. `\n` stands for a line break. A third column is the answer
//! on 32-bit CPUs, where it differs (hashes; by a model of CPython's arithmetic that gives the second column too).

use pyrs_core::{NativeDef, Res, Settings, Value, Vm};

/// Evaluates one case inside the machine; the same text as CPython made.
const EVALUATOR: &str = "
def text(case, given):
    case = case.replace('\\\\n', '\\n')
    body, sep, expr = case.rpartition(' ;; ')
    if not sep:
        body, expr = '', case
    ns = dict(given)
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
template = type(t'')
interpolation = type(t'{1}'.interpolations[0])
";

#[test]
fn containers_answer_as_cpython_does() {
    machine(|vm| run(vm, include_str!("golden/containers.txt"), false));
}
#[test]
fn types_references_and_templates_answer_as_cpython_does() {
    machine(|vm| run(vm, include_str!("golden/typing.txt"), true));
}

#[test]
fn everything_holds_while_objects_move_all_the_time() {
    let mut settings = Settings::default();
    settings.heap.stress = 19;
    settings.heap.poison = true;
    machine_with(settings, |vm| {
        run(vm, include_str!("golden/containers.txt"), false);
        run(vm, include_str!("golden/typing.txt"), true);
    });
}

fn machine(f: impl FnOnce(&Vm)) {
    machine_with(Settings::default(), f);
}
fn machine_with(settings: Settings, f: impl FnOnce(&Vm)) {
    let vm = Vm::new(settings);
    pyrs_builtins::install(&vm).expect("a fresh machine has room");
    vm.heap.with_stack(|| f(&vm));
}

static COLLECT: NativeDef = NativeDef::function(
    "collect",
    "()",
    |vm, _| {
        vm.heap.collect_full();
        pyrs_builtins::run_finalisers(vm);
        Ok(Value::NONE)
    },
    "",
);

/// What CPython's cases found as globals: parts of native modules.
fn names(vm: &Vm, globals: pyrs_core::Gc<pyrs_core::object::Dict>) -> Res {
    let module = |name: &str| {
        let table = vm.native_modules.borrow();
        let init = table.iter().find(|(n, _)| *n == name).map(|&(_, f)| f);
        drop(table);
        init.expect("registered")(vm)
    };
    let d = vm.new_dict()?;
    let set = |name: &str, v: Value| vm.dict_set_str(d, vm.intern(name), v);
    set("_weakref", module("_weakref")?)?;
    let typing = module("_typing")?;
    for name in [
        "TypeVar",
        "ParamSpec",
        "TypeVarTuple",
        "TypeAliasType",
        "Union",
        "NoDefault",
        "Generic",
        "_idfunc",
    ] {
        set(name, vm.get_attr(typing, vm.intern(name))?)?;
    }
    set("GenericAlias", vm.generic_alias_class.get())?;
    set("collect", vm.new_native(&COLLECT, None, Value::NONE)?)?;
    for (name, from) in [("Template", "template"), ("Interpolation", "interpolation")] {
        set(name, vm.dict_get_str(globals, vm.intern(from)).expect("defined"))?;
    }
    set("__name__", vm.str("m")?)?;
    Ok(d.value())
}

fn run(vm: &Vm, golden: &str, with_names: bool) {
    let parsed = pyrs_syntax::parse(EVALUATOR, pyrs_syntax::Mode::Exec, &Default::default());
    let compiled = pyrs_compiler::compile(&parsed.expect("parses"), "<test>", &Default::default());
    let code = vm.new_code(compiled.expect("compiles").code).expect("memory");
    let globals = vm.new_dict().expect("memory");
    assert!(vm.run_code(code, globals, globals.value(), Value::UNBOUND).is_ok());
    let text = vm.dict_get_str(globals, vm.intern("text")).expect("defined above");
    let given = if with_names { names(vm, globals) } else { vm.new_dict().map(|d| d.value()) };
    let given = given.expect("native modules build");
    let (mut failed, mut count) = (Vec::new(), 0);
    for line in golden.lines() {
        let (case, expected) = line.split_once('\t').expect("a tab in every line");
        let expected = match expected.split_once('\t') {
            Some((_, narrow)) if usize::BITS == 32 => narrow,
            Some((wide, _)) => wide,
            None => expected,
        };
        let answer = match vm.str(case).and_then(|c| vm.call(text, &[c, given])) {
            Ok(v) => vm.as_str(v).map_or_else(String::new, |s| s.to_lossy().replace('\n', "\\n")),
            Err(r) => {
                format!("(the machine raised {})", vm.type_name(vm.take_exception(r).value()))
            }
        };
        count += 1;
        if answer != expected {
            failed.push(format!("{case}\n  expected {expected}\n  given    {answer}"));
        }
    }
    assert!(failed.is_empty(), "{} of {count} fail:\n{}", failed.len(), failed.join("\n"));
}
