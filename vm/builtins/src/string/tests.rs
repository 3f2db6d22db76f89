//! Strings through their methods.

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
    fn s(&self, t: &str) -> Value {
        self.0.str(t).expect("memory")
    }
    fn call(&self, receiver: &str, name: &str, args: &[Value]) -> String {
        shown(self.0, self.0.call_method(self.s(receiver), name, args))
    }
}

#[test]
fn searching_and_splitting() {
    let vm = vm();
    let c = Case(&vm);
    let n = Value::small_int;
    assert_eq!(c.call("abcabc", "find", &[c.s("c"), n(3)]), "5");
    assert_eq!(c.call("abc", "find", &[c.s(""), n(4)]), "-1");
    assert_eq!(c.call("abc", "find", &[c.s(""), n(3)]), "3");
    assert_eq!(c.call("abc", "index", &[c.s("x")]), "ValueError: substring not found");
    assert_eq!(c.call("abc", "find", &[n(5)]), "TypeError: find() argument 1 must be str, not int");
    assert_eq!(c.call(" a  b c ", "split", &[]), "[a|b|c]");
    assert_eq!(c.call(" a  b c ", "split", &[Value::NONE, n(1)]), "[a|b c ]");
    assert_eq!(c.call(" a  b c ", "rsplit", &[Value::NONE, n(1)]), "[ a  b|c]");
    assert_eq!(c.call("a,b,c", "rsplit", &[c.s(","), n(1)]), "[a,b|c]");
    assert_eq!(c.call("a", "split", &[c.s("")]), "ValueError: empty separator");
    assert_eq!(c.call("a\r\nb\u{2028}c", "splitlines", &[Value::TRUE]), "[a\r\n|b\u{2028}|c]");
    assert_eq!(c.call("a-b-c", "rpartition", &[c.s("-")]), "(a-b|-|c)");
    assert_eq!(
        c.call("a", "startswith", &[n(5)]),
        "TypeError: startswith first arg must be str or a tuple of str, not int"
    );
    assert_eq!(c.call("xxabxx", "strip", &[c.s("x")]), "ab");
    assert_eq!(c.call("aXbX", "replace", &[c.s("X"), c.s("yy"), n(1)]), "ayybX");
}

#[test]
fn operators_and_padding() {
    let vm = vm();
    let c = Case(&vm);
    let n = Value::small_int;
    assert_eq!(
        c.call("a", "__add__", &[n(5)]),
        "TypeError: can only concatenate str (not \"int\") to str"
    );
    assert_eq!(c.call("ab", "__mul__", &[n(3)]), "ababab");
    assert_eq!(c.call("\u{1234}b", "__mul__", &[n(3)]), "\u{1234}b\u{1234}b\u{1234}b");
    assert_eq!(
        c.call(
            "abcd",
            "__getitem__",
            &[vm.new_slice(Value::NONE, Value::NONE, n(-2)).expect("memory")]
        ),
        "db"
    );
    assert_eq!(c.call("a", "__getitem__", &[n(5)]), "IndexError: string index out of range");
    assert_eq!(
        c.call("a", "__getitem__", &[c.s("x")]),
        "TypeError: string indices must be integers, not 'str'"
    );
    assert_eq!(
        c.call("a", "__contains__", &[n(5)]),
        "TypeError: 'in <string>' requires string as left operand, not int"
    );
    assert_eq!(c.call("ab", "center", &[n(5), c.s("\u{1234}")]), "\u{1234}\u{1234}ab\u{1234}");
    assert_eq!(c.call("-5", "zfill", &[n(5)]), "-0005");
    assert_eq!(c.call("a\tb", "expandtabs", &[n(4)]), "a   b");
    let items = vm.list(&[c.s("a"), c.s("\u{1f600}"), c.s("c")]).expect("memory");
    assert_eq!(c.call(", ", "join", &[items]), "a, \u{1f600}, c");
    let bad = vm.list(&[c.s("a"), n(5)]).expect("memory");
    assert_eq!(
        c.call("", "join", &[bad]),
        "TypeError: sequence item 1: expected str instance, int found"
    );
    assert_eq!(c.call("hELLO wORLD", "title", &[]), "Hello World");
    assert_eq!(c.call("stra\u{df}e", "upper", &[]), "STRASSE");
}

#[test]
fn percent_formatting() {
    let vm = vm();
    let c = Case(&vm);
    let n = Value::small_int;
    let t = |items: &[Value]| vm.tuple(items).expect("memory");
    assert_eq!(
        c.call("%s-%5d|%-4s|%x", "__mod__", &[t(&[c.s("a"), n(42), c.s("b"), n(255)])]),
        "a-   42|b   |ff"
    );
    assert_eq!(
        c.call("%d", "__mod__", &[c.s("a")]),
        "TypeError: %d format: a real number is required, not str"
    );
    assert_eq!(
        c.call("%d %d", "__mod__", &[n(1)]),
        "TypeError: not enough arguments for format string"
    );
    assert_eq!(
        c.call("a", "__mod__", &[n(1)]),
        "TypeError: not all arguments converted during string formatting"
    );
    assert_eq!(
        c.call("%*.*f", "__mod__", &[t(&[n(8), n(2), vm.float(1.555).expect("memory")])]),
        "    1.55"
    );
    let d = vm.new_dict().expect("memory");
    vm.dict_set(d, c.s("k"), n(7)).expect("hashable");
    assert_eq!(c.call("%(k)03d", "__mod__", &[d.value()]), "007");
    assert_eq!(
        c.call("%(k)s%s", "__mod__", &[d.value()]),
        "TypeError: not enough arguments for format string"
    );
    assert_eq!(c.call("%c%c", "__mod__", &[t(&[n(0x1234), c.s("z")])]), "\u{1234}z");
    assert_eq!(
        c.call("%y", "__mod__", &[n(1)]),
        "ValueError: unsupported format character 'y' (0x79) at index 1"
    );
}

#[test]
fn str_format() {
    let vm = vm();
    let c = Case(&vm);
    let n = Value::small_int;
    assert_eq!(c.call("{}-{:>{}}|{{", "format", &[n(1), c.s("a"), n(4)]), "1-   a|{");
    assert_eq!(c.call("{0!r}{0}", "format", &[c.s("a")]), "'a'a");
    assert_eq!(
        c.call("{}", "format", &[]),
        "IndexError: Replacement index 0 out of range for positional args tuple"
    );
    assert_eq!(
        c.call("{}{0}", "format", &[n(1)]),
        "ValueError: cannot switch from automatic field numbering to manual field specification"
    );
    assert_eq!(c.call("{0.real}{0.imag}", "format", &[n(4)]), "40");
    assert_eq!(
        c.call("{:{:{}}}", "format", &[n(1), n(2), n(3)]),
        "ValueError: Max string recursion exceeded"
    );
}
