//! Bytes, bytearrays and memoryviews through their methods.

use pyrs_core::{Settings, Value, Vm};

fn vm() -> Box<Vm> {
    let vm = Vm::new(Settings::default());
    crate::install(&vm).expect("memory");
    vm
}
fn shown(vm: &Vm, r: pyrs_core::Res) -> String {
    let one = |v: Value| match vm.as_str(v) {
        Some(s) => s.to_lossy(),
        None => vm.repr_lossy(v),
    };
    match r {
        Ok(v) if v == Value::NOT_IMPLEMENTED => "NotImplemented".to_owned(),
        Ok(v) => match (vm.as_list(v), vm.as_tuple(v)) {
            (Some(l), _) => {
                format!("[{}]", l.items().iter().map(|&v| one(v)).collect::<Vec<_>>().join("|"))
            }
            (_, Some(t)) => {
                format!("({})", t.items().iter().map(|&v| one(v)).collect::<Vec<_>>().join("|"))
            }
            _ => one(v),
        },
        Err(r) => {
            let e = vm.take_exception(r);
            let args = vm.as_tuple(e.args.get()).expect("a tuple");
            let text = args.items().first().map_or_else(String::new, |&a| one(a));
            format!("{}: {text}", vm.type_name(e.value()))
        }
    }
}
struct Case<'a>(&'a Vm);
impl Case<'_> {
    fn b(&self, data: &[u8]) -> Value {
        self.0.bytes(data).expect("memory")
    }
    fn array(&self, data: &[u8]) -> Value {
        self.0.new_bytearray(data).expect("memory").value()
    }
    fn call(&self, receiver: Value, name: &str, args: &[Value]) -> String {
        shown(self.0, self.0.call_method(receiver, name, args))
    }
    fn slice(&self, start: isize, stop: isize, step: isize) -> Value {
        let n = Value::small_int;
        self.0.new_slice(n(start), n(stop), n(step)).expect("memory")
    }
}

#[test]
fn shared_methods() {
    let vm = vm();
    let c = Case(&vm);
    let n = Value::small_int;
    assert_eq!(c.call(c.b(b"abcabc"), "find", &[n(99), n(3)]), "5");
    assert_eq!(c.call(c.b(b"a"), "find", &[n(300)]), "ValueError: byte must be in range(0, 256)");
    assert_eq!(c.call(c.b(b"a b\tc"), "split", &[]), "[b'a'|b'b'|b'c']");
    assert_eq!(c.call(c.b(b" a  b c "), "rsplit", &[Value::NONE, n(1)]), "[b' a  b'|b'c']");
    assert_eq!(
        c.call(c.array(b"a-b"), "partition", &[c.b(b"-")]),
        "(bytearray(b'a')|bytearray(b'-')|bytearray(b'b'))"
    );
    assert_eq!(c.call(c.b(b"abc"), "hex", &[vm.str(":").expect("memory"), n(2)]), "61:6263");
    assert_eq!(
        c.call(vm.classes().bytes.value(), "fromhex", &[vm.str("61 62").expect("memory")]),
        "b'ab'"
    );
    assert_eq!(
        c.call(vm.classes().bytes.value(), "fromhex", &[vm.str("a").expect("memory")]),
        "ValueError: fromhex() arg must contain an even number of hexadecimal digits"
    );
    let items = vm.list(&[c.b(b"a"), c.array(b"b")]).expect("memory");
    assert_eq!(c.call(c.b(b", "), "join", &[items]), "b'a, b'");
    assert_eq!(
        c.call(
            c.b(b"%d %s|%5.2f"),
            "__mod__",
            &[vm.tuple(&[n(5), c.b(b"x"), vm.float(2.5).expect("memory")]).expect("memory")]
        ),
        "b'5 x| 2.50'"
    );
    assert_eq!(c.call(c.b(b"a"), "__add__", &[n(5)]), "TypeError: can't concat int to bytes");
    assert_eq!(c.call(c.b(b"abc"), "__getitem__", &[c.slice(2, -10, -1)]), "b'cba'");
    assert_eq!(
        c.call(c.b(b"a"), "__contains__", &[n(256)]),
        "ValueError: byte must be in range(0, 256)"
    );
    assert_eq!(c.call(c.b(b"a"), "center", &[n(4)]), "b' a  '");
}

#[test]
fn constructors() {
    let vm = vm();
    let c = Case(&vm);
    let n = Value::small_int;
    let bytes = |args: &[Value]| shown(&vm, vm.call(vm.classes().bytes.value(), args));
    let array = |args: &[Value]| shown(&vm, vm.call(vm.classes().bytearray.value(), args));
    assert_eq!(bytes(&[n(3)]), "b'\\x00\\x00\\x00'");
    assert_eq!(bytes(&[n(-1)]), "ValueError: negative count");
    assert_eq!(
        bytes(&[vm.str("a").expect("memory")]),
        "TypeError: string argument without an encoding"
    );
    assert_eq!(
        bytes(&[vm.list(&[n(97), n(256)]).expect("memory")]),
        "ValueError: bytes must be in range(0, 256)"
    );
    assert_eq!(array(&[vm.list(&[n(97), n(98)]).expect("memory")]), "bytearray(b'ab')");
    assert_eq!(array(&[c.b(b"xy")]), "bytearray(b'xy')");
    assert_eq!(
        array(&[vm.float(1.5).expect("memory")]),
        "TypeError: cannot convert 'float' object to bytearray"
    );
}

#[test]
fn bytearrays_change_in_place() {
    let vm = vm();
    let c = Case(&vm);
    let n = Value::small_int;
    let b = c.array(b"abcdef");
    let text = || shown(&vm, Ok(b));
    assert_eq!(c.call(b, "__setitem__", &[c.slice(1, 3, 1), c.b(b"XYZW")]), "None");
    assert_eq!(text(), "bytearray(b'aXYZWdef')");
    assert_eq!(c.call(b, "__delitem__", &[c.slice(0, 8, 2)]), "None");
    assert_eq!(text(), "bytearray(b'XZdf')");
    assert_eq!(
        c.call(b, "__setitem__", &[c.slice(0, 4, 2), c.b(b"1")]),
        "ValueError: attempt to assign bytes of size 1 to extended slice of size 2"
    );
    for i in 0..300 {
        assert_eq!(c.call(b, "append", &[n(i % 256)]), "None");
    }
    for _ in 0..300 {
        vm.call_method(b, "pop", &[n(0)]).expect("not empty");
    }
    assert_eq!(vm.len(b), Ok(4));
    assert_eq!(c.call(b, "insert", &[n(-1), n(65)]), "None");
    assert_eq!(c.call(b, "remove", &[n(65)]), "None");
    assert_eq!(c.call(b, "__iadd__", &[b]).len(), shown(&vm, Ok(b)).len());
    assert_eq!(vm.len(b), Ok(8));
    assert_eq!(
        c.call(b, "resize", &[n(-1)]),
        "ValueError: Can only resize to positive sizes, got -1"
    );
}

#[test]
fn views_block_resizing_until_released_or_dropped() {
    let vm = vm();
    vm.heap.with_stack(|| views_block_resizing(&vm));
}
fn views_block_resizing(vm: &Vm) {
    let c = Case(vm);
    let n = Value::small_int;
    let b = c.array(b"abcdef");
    let m = vm.new_memoryview(b).expect("exports");
    let part = vm.call_method(m, "__getitem__", &[c.slice(0, 6, 2)]).expect("a view");
    // Views count while Python could reach them: native references alone do not keep an export.
    let kept = vm.list(&[m, part]).expect("memory");
    let builtins = vm.as_dict(vm.builtins.get()).expect("a dict");
    vm.dict_set_str(builtins, vm.intern("kept"), kept).expect("memory");
    assert_eq!(c.call(part, "tolist", &[]), "[97|99|101]");
    // References on the native stack do not make a view one in use; those of objects do.
    let kept = vm.list(&[m, part]).expect("memory");
    const LOCKED: &str = "BufferError: Existing exports of data: object cannot be re-sized";
    assert_eq!(c.call(b, "append", &[n(1)]), LOCKED);
    assert_eq!(c.call(m, "release", &[]), "None");
    assert_eq!(c.call(b, "append", &[n(1)]), LOCKED);
    assert_eq!(c.call(part, "__setitem__", &[n(0), n(65)]), "None");
    assert_eq!(c.call(part, "release", &[]), "None");
    assert_eq!(c.call(b, "append", &[n(1)]), "None");
    assert_eq!(shown(vm, Ok(b)), "bytearray(b'Abcdef\\x01')");
    assert_eq!(
        c.call(m, "tolist", &[]),
        "ValueError: operation forbidden on released memoryview object"
    );
    assert_eq!(vm.len(kept), Ok(2));
}

#[test]
fn casts_and_formats() {
    let vm = vm();
    let c = Case(&vm);
    let n = Value::small_int;
    let s = |t: &str| vm.str(t).expect("memory");
    let m = vm.new_memoryview(c.array(&[1, 0, 2, 0, 3, 0])).expect("exports");
    let little = cfg!(target_endian = "little");
    let shorts = vm.call_method(m, "cast", &[s("H")]).expect("a view");
    assert_eq!(c.call(shorts, "tolist", &[]), if little { "[1|2|3]" } else { "[256|512|768]" });
    assert_eq!(
        c.call(shorts, "__setitem__", &[n(0), n(1 << 16)]),
        "ValueError: memoryview: invalid value for format 'H'"
    );
    assert_eq!(
        c.call(shorts, "__setitem__", &[n(0), s("x")]),
        "TypeError: memoryview: invalid type for format 'H'"
    );
    assert_eq!(
        c.call(m, "cast", &[s("I")]),
        "TypeError: memoryview: length is not a multiple of itemsize"
    );
    assert_eq!(
        c.call(shorts, "cast", &[s("I")]),
        "TypeError: memoryview: cannot cast between two non-byte formats"
    );
    let shape = vm.list(&[n(2), n(3)]).expect("memory");
    let grid = vm.call_method(m, "cast", &[s("B"), shape]).expect("a view");
    assert_eq!(c.call(grid, "__getitem__", &[vm.tuple(&[n(1), n(1)]).expect("memory")]), "3");
    assert_eq!(
        c.call(grid, "__getitem__", &[n(0)]),
        "NotImplementedError: multi-dimensional sub-views are not implemented"
    );
    assert_eq!(c.call(grid, "tobytes", &[s("F")]), "b'\\x01\\x00\\x00\\x03\\x02\\x00'");
    assert_eq!(c.call(m, "__eq__", &[c.b(&[1, 0, 2, 0, 3, 0])]), "True");
    let halves = vm.new_memoryview(c.array(&[0, 0])).expect("exports");
    let halves = vm.call_method(halves, "cast", &[s("e")]).expect("a view");
    for x in [1.5, -2.0, 65504.0, 6e-8, 0.333251953125] {
        let v = vm.float(x).expect("memory");
        assert_eq!(c.call(halves, "__setitem__", &[n(0), v]), "None");
        let back = vm.call_method(halves, "__getitem__", &[n(0)]).expect("a float");
        let back = vm.exact_float(back).expect("a float");
        assert!((back - x).abs() <= x.abs() * 0.001 + 3e-8, "{x} {back}");
    }
}
