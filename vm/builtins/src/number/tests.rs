//! Numbers through their methods, as Python code would call them.

use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Settings, Value, Vm};

fn vm() -> Box<Vm> {
    let vm = Vm::new(Settings::default());
    crate::install(&vm).expect("memory");
    vm
}
/// `repr` of the result of a method, or `Class: message`.
fn shown(vm: &Vm, r: pyrs_core::Res) -> String {
    match r {
        Ok(v) if v == Value::NOT_IMPLEMENTED => "NotImplemented".to_owned(),
        Ok(v) => match vm.object(v) {
            Some(_) if vm.as_tuple(v).is_some() => {
                let items: Vec<String> = vm
                    .as_tuple(v)
                    .expect("a tuple")
                    .items()
                    .iter()
                    .map(|&v| vm.repr_lossy(v))
                    .collect();
                format!("({})", items.join(", "))
            }
            _ if vm.as_str(v).is_some() => vm.as_str(v).expect("a str").to_lossy(),
            _ => vm.repr_lossy(v),
        },
        Err(r) => {
            let e = vm.take_exception(r);
            let name = vm.type_name(e.value());
            let args = vm.as_tuple(e.args.get()).expect("a tuple");
            let text = args.items().first().and_then(|&a| vm.as_str(a));
            format!("{name}: {}", text.map_or_else(String::new, |t| t.to_lossy()))
        }
    }
}
fn call(vm: &Vm, v: Value, name: &str, args: &[Value]) -> String {
    let r = vm.call_method(v, name, args);
    shown(vm, r)
}

#[test]
fn constructors_parse_and_refuse() {
    let vm = vm();
    let k = *vm.classes();
    let s = |t: &str| vm.str(t).expect("memory");
    let int = |args: &[Value]| shown(&vm, vm.call(k.int.value(), args));
    assert_eq!(int(&[s(" -1_000 ")]), "-1000");
    assert_eq!(int(&[s("ff"), Value::small_int(16)]), "255");
    assert_eq!(int(&[s("x")]), "ValueError: invalid literal for int() with base 10: 'x'");
    assert_eq!(
        int(&[Value::NONE]),
        "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'NoneType'"
    );
    assert_eq!(
        int(&[Value::small_int(1), Value::small_int(2)]),
        "TypeError: int() can't convert non-string with explicit base"
    );
    assert_eq!(int(&[vm.float(1e20).expect("memory")]), "100000000000000000000");
    let float = |args: &[Value]| shown(&vm, vm.call(k.float.value(), args));
    assert_eq!(float(&[s(" 1e3 ")]), "1000.0");
    assert_eq!(float(&[s("y")]), "ValueError: could not convert string to float: 'y'");
    assert_eq!(
        float(&[Value::NONE]),
        "TypeError: float() argument must be a string or a real number, not 'NoneType'"
    );
    let complex = |args: &[Value]| shown(&vm, vm.call(k.complex.value(), args));
    assert_eq!(complex(&[s("1+2j")]), "(1+2j)");
    assert_eq!(complex(&[s("1+")]), "ValueError: complex() arg is a malformed string");
    let (one, two) = (Value::small_int(1), Value::small_int(2));
    assert_eq!(complex(&[one, two]), "(1+2j)");
    assert_eq!(shown(&vm, vm.call(k.bool_.value(), &[two])), "True");
    assert_eq!(
        shown(&vm, vm.call_method(k.int.value(), "__new__", &[k.str_.value()])),
        "TypeError: int.__new__(str): str is not a subtype of int"
    );
}

#[test]
fn operators_follow_cpython() {
    let vm = vm();
    let n = Value::small_int;
    let f = |x| vm.float(x).expect("memory");
    assert_eq!(call(&vm, n(7), "__floordiv__", &[n(-2)]), "-4");
    assert_eq!(call(&vm, n(7), "__add__", &[f(1.0)]), "NotImplemented");
    assert_eq!(call(&vm, f(7.5), "__radd__", &[n(1)]), "8.5");
    assert_eq!(call(&vm, n(2), "__pow__", &[n(-1), n(5)]), "3");
    assert_eq!(
        call(&vm, n(2), "__pow__", &[n(3), n(0)]),
        "ValueError: pow() 3rd argument cannot be 0"
    );
    assert_eq!(call(&vm, n(-7), "__divmod__", &[n(2)]), "(-4, 1)");
    for op in [BinaryOp::TrueDiv, BinaryOp::FloorDiv, BinaryOp::Mod] {
        for zero in [n(0), f(0.0)] {
            assert_eq!(
                shown(&vm, vm.binary(op, n(1), zero)),
                "ZeroDivisionError: division by zero"
            );
        }
    }
    let i = vm.complex(0.0, 1.0).expect("memory");
    assert_eq!(shown(&vm, vm.binary(BinaryOp::Pow, i, n(2))), "(-1+0j)");
    assert_eq!(
        shown(&vm, vm.binary(BinaryOp::Sub, n(1), vm.complex(0.0, 0.0).expect("memory"))),
        "(1-0j)"
    );
    assert_eq!(shown(&vm, vm.binary(BinaryOp::Mul, i, f(f64::INFINITY))), "(nan+infj)");
    assert_eq!(
        shown(&vm, vm.binary(BinaryOp::TrueDiv, i, n(0))),
        "ZeroDivisionError: division by zero"
    );
    assert_eq!(
        shown(&vm, vm.binary(BinaryOp::Pow, f(-1e300), f(1.5))),
        "OverflowError: complex exponentiation"
    );
    assert_eq!(
        shown(&vm, vm.binary(BinaryOp::FloorDiv, i, n(1))),
        "TypeError: unsupported operand type(s) for //: 'complex' and 'int'"
    );
}

#[test]
fn comparisons_of_int_and_float_are_exact() {
    use pyrs_core::protocol::Comparison::*;
    let vm = vm();
    let big = vm.int((1 << 53) + 1).expect("memory");
    let f = vm.float(9007199254740992.0).expect("memory");
    assert!(!vm.compare_bool(Eq, big, f).expect("no dispatch"));
    assert!(vm.compare_bool(Gt, big, f).expect("no dispatch"));
    assert!(vm.compare_bool(Lt, f, big).expect("no dispatch"));
    let nan = vm.float(f64::NAN).expect("memory");
    assert!(!vm.compare_bool(Le, nan, Value::TRUE).expect("no dispatch"));
    assert!(vm.compare_bool(Eq, vm.float(1.0).expect("memory"), Value::TRUE).expect("no dispatch"));
}

#[test]
fn methods_and_formats() {
    let vm = vm();
    let n = Value::small_int;
    let s = |t: &str| vm.str(t).expect("memory");
    assert_eq!(call(&vm, n(1500), "__round__", &[n(-3)]), "2000");
    assert_eq!(call(&vm, n(-15), "bit_length", &[]), "4");
    assert_eq!(call(&vm, n(255), "__format__", &[s("#x")]), "0xff");
    assert_eq!(
        call(&vm, n(5), "__format__", &[n(1)]),
        "TypeError: __format__() argument must be str, not int"
    );
    assert_eq!(
        call(&vm, n(5), "__format__", &[s("s")]),
        "ValueError: Unknown format code 's' for object of type 'int'"
    );
    assert_eq!(call(&vm, n(500), "to_bytes", &[]), "OverflowError: int too big to convert");
    let x = vm.float(2.5).expect("memory");
    assert_eq!(call(&vm, x, "__round__", &[]), "2");
    assert_eq!(call(&vm, x, "as_integer_ratio", &[]), "(5, 2)");
    assert_eq!(call(&vm, x, "hex", &[]), "0x1.4000000000000p+1");
    assert_eq!(call(&vm, x, "is_integer", &[]), "False");
    assert_eq!(call(&vm, Value::TRUE, "__and__", &[Value::FALSE]), "False");
    assert_eq!(call(&vm, Value::TRUE, "__add__", &[Value::TRUE]), "2");
    let huge = vm.binary(BinaryOp::Pow, n(10), n(5000)).expect("memory");
    let limit = call(&vm, huge, "__repr__", &[]);
    assert!(limit.starts_with("ValueError: Exceeds the limit (4300 digits)"), "{limit}");
    vm.int_max_str_digits.set(0);
    assert_eq!(call(&vm, huge, "__repr__", &[]).len(), 5001);
}
