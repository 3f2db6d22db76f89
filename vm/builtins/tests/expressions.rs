//! Expressions on numbers, strings and bytes against CPython 3.14's results, exception types and messages.
//!
//! Each line of the golden files reads `expression -> repr of the result` or `expression -> Class: message`; lines
//! that start with `!` are statements to be run first (`\n` stands for a line break).

use pyrs_core::{Res, Settings, Value, Vm};

struct Session<'a> {
    vm: &'a Vm,
    globals: Value,
}

impl Session<'_> {
    fn new(vm: &Vm) -> Session<'_> {
        let globals = vm.new_dict().expect("memory");
        vm.dict_set_str(globals, vm.names().name, vm.names().main.value()).expect("memory");
        let globals = globals.value();
        Session { vm, globals }
    }
    fn builtin(&self, name: &str) -> Value {
        let vm = self.vm;
        let builtins = vm.as_dict(vm.builtins.get()).expect("a dict");
        vm.dict_get_str(builtins, vm.intern(name)).expect("a builtin function")
    }
    fn run(&self, function: &str, source: &str) -> Res {
        let text = self.vm.str(source)?;
        self.vm.call(self.builtin(function), &[text, self.globals])
    }
    /// The repr of an expression's value, or `Class: message`.
    fn outcome(&self, source: &str) -> String {
        let vm = self.vm;
        let r = self.run("eval", source).and_then(|v| vm.repr(v));
        match r {
            Ok(s) => s.to_lossy(),
            Err(r) => {
                let e = vm.take_exception(r);
                let text = vm.str_of(e.value()).map_or_else(|_| "?".to_owned(), |s| s.to_lossy());
                format!("{}: {text}", vm.type_name(e.value()))
            }
        }
    }
}

fn check(golden: &str) {
    let vm = Vm::new(Settings::default());
    pyrs_builtins::install(&vm).expect("memory");
    // Whether a view is in use is found out by a collection, which has to know this stack.
    vm.heap.with_stack(|| check_in(&Session::new(&vm), golden));
}
fn check_in(session: &Session<'_>, golden: &str) {
    let mut wrong = String::new();
    for line in golden.lines() {
        if let Some(statement) = line.strip_prefix("! ") {
            let source = statement.replace("\\n", "\n");
            if let Err(r) = session.run("exec", &source) {
                let e = session.vm.take_exception(r);
                wrong += &format!("{source}\n  raised {}\n", session.vm.repr_lossy(e.value()));
            }
            continue;
        }
        let (source, expected) = line.split_once(" -> ").expect("expression -> outcome");
        let found = session.outcome(source);
        if found.trim_end() != expected.trim_end() {
            wrong += &format!("{source}\n  expected {expected}\n  found    {found}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What code relies upon cannot be taken away by `code.replace` (CPython trusts whoever calls it).
#[test]
fn changed_code_is_refused_or_raises() {
    check(include_str!("expressions/changed_code.txt"));
}
#[test]
fn numbers() {
    check(include_str!("expressions/numbers.txt"));
}
#[test]
fn strings() {
    check(include_str!("expressions/strings.txt"));
}
#[test]
fn bytes() {
    check(include_str!("expressions/bytes.txt"));
}
#[test]
fn subclasses() {
    check(include_str!("expressions/subclasses.txt"));
}
