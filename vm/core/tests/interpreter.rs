//! The interpreter on programs that need no library: results are read from the module's globals.

use pyrs_core::{Settings, Value, Vm};

/// Runs a module and gives the repr of its global `result`.
fn result_of(source: &str) -> String {
    let vm = Vm::new(Settings::default());
    vm.heap.with_stack(|| {
        let parsed = pyrs_syntax::parse(source, pyrs_syntax::Mode::Exec, &Default::default())
            .expect("parses");
        let compiled =
            pyrs_compiler::compile(&parsed, "<test>", &Default::default()).expect("compiles");
        let code = vm.new_code(compiled.code).expect("memory");
        let globals = vm.new_dict().expect("memory");
        match vm.run_code(code, globals, globals.value(), Value::UNBOUND) {
            Ok(_) => {
                let v = vm.dict_get_str(globals, vm.intern("result")).expect("sets result");
                match vm.as_list(v) {
                    Some(l) => {
                        l.items().iter().map(|&x| vm.repr_lossy(x)).collect::<Vec<_>>().join(" ")
                    }
                    None => vm.repr_lossy(v),
                }
            }
            Err(r) => {
                let e = vm.take_exception(r);
                let args = vm.as_tuple(e.args.get()).map_or(String::new(), |t| {
                    t.items()
                        .iter()
                        .map(|&x| vm.as_str(x).map_or(vm.repr_lossy(x), |s| s.to_lossy()))
                        .collect()
                });
                format!("{}: {args}", vm.type_name(e.value()))
            }
        }
    })
}

#[test]
fn arithmetic_and_loops() {
    assert_eq!(
        result_of("a = 1\nfor i in (1, 2, 3, 4):\n    a = a * i + 1\nresult = a // 2 % 7"),
        "4"
    );
    assert_eq!(result_of("n = 0\nwhile n < 100000:\n    n += 3\nresult = n"), "100002");
    assert_eq!(result_of("result = 2 ** 100 - 2 ** 99 - 2 ** 99"), "0");
    assert_eq!(result_of("result = (7.5 - 2) * 2"), "11.0");
    assert_eq!(result_of("result = 1 // 0"), "ZeroDivisionError: division by zero");
}

#[test]
fn functions_closures_and_recursion() {
    let fib = "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nresult = fib(18)";
    assert_eq!(result_of(fib), "2584");
    let counter = "def make():\n    n = 0\n    def step(by=2, *rest, k=1, **kw):\n        nonlocal n\n        n += by + k\n        return n\n    return step\nf = make()\nf()\nf(10)\nf(by=5, k=3)\nresult = f(0, 1, 2, z=3)";
    assert_eq!(result_of(counter), "23");
    assert_eq!(
        result_of("def f(a): pass\nf()"),
        "TypeError: f() missing 1 required positional argument: 'a'"
    );
    assert_eq!(
        result_of("def f(): return f()\nf()"),
        "RecursionError: maximum recursion depth exceeded"
    );
}

#[test]
fn exceptions() {
    let source = "def f():\n    n = 0\n    try:\n        try:\n            1 / 0\n        finally:\n            n += 1\n    except:\n        return n + 10\n    else:\n        return 0\nresult = f()";
    assert_eq!(result_of(source), "11");
    assert_eq!(result_of("raise ValueError"), "NameError: name 'ValueError' is not defined");
}

#[test]
fn generators() {
    let program = "def count(n):\n    i = 0\n    while i < n:\n        got = yield i\n        i += 1\ndef outer(n):\n    x = yield from count(n)\n    yield 100\nresult = 0\nfor v in outer(10):\n    result += v";
    assert_eq!(result_of(program), "145");
    assert_eq!(
        result_of("result = [x * y for x in (1, 2, 3) for y in (10, 20) if x != 2]"),
        "10 20 30 60"
    );
}

#[test]
fn generators_that_call_keep_themselves() {
    let program = "def f(x):\n    def g(y):\n        return y + 1\n    return g(x)\ndef gen(n):\n    i = 0\n    while i < n:\n        i = f(i)\n        yield f(i)\ndef outer(n):\n    r = yield from gen(n)\n    yield f(50)\nresult = 0\nfor v in outer(5):\n    result += f(v)";
    assert_eq!(result_of(program), "77");
}

#[test]
fn module_variables_are_assigned_in_place() {
    let program = "n = 0\ni = 0\nwhile i < 1000:\n    i += 1\n    n = n + i\ndel i\nresult = n";
    assert_eq!(result_of(program), "500500");
    assert_eq!(result_of("x = 1\ndel x\nx"), "NameError: name 'x' is not defined");
}
