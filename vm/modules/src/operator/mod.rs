//! `_operator`: the operators as functions, and the getter classes.

mod getters;

use crate::class_support::add_class;
use pyrs_core::protocol::{BinaryOp, Comparison};
use pyrs_core::{NativeDef, Res, Special, Value, Vm};

/// Rows for `f(a, b)` by operator.
macro_rules! two {
    ($name:literal, $body:expr, $doc:literal) => {
        NativeDef::function($name, "(a, b, /)", $body, $doc)
    };
}
macro_rules! one {
    ($name:literal, $body:expr, $doc:literal) => {
        NativeDef::function($name, "(a, /)", $body, $doc)
    };
}

static FUNCTIONS: &[NativeDef] = &[
    two!("lt", |vm, a| vm.compare(Comparison::Lt, a[0], a[1]), "Same as a < b."),
    two!("le", |vm, a| vm.compare(Comparison::Le, a[0], a[1]), "Same as a <= b."),
    two!("eq", |vm, a| vm.compare(Comparison::Eq, a[0], a[1]), "Same as a == b."),
    two!("ne", |vm, a| vm.compare(Comparison::Ne, a[0], a[1]), "Same as a != b."),
    two!("gt", |vm, a| vm.compare(Comparison::Gt, a[0], a[1]), "Same as a > b."),
    two!("ge", |vm, a| vm.compare(Comparison::Ge, a[0], a[1]), "Same as a >= b."),
    two!("add", |vm, a| vm.binary(BinaryOp::Add, a[0], a[1]), "Same as a + b."),
    two!("sub", |vm, a| vm.binary(BinaryOp::Sub, a[0], a[1]), "Same as a - b."),
    two!("mul", |vm, a| vm.binary(BinaryOp::Mul, a[0], a[1]), "Same as a * b."),
    two!("matmul", |vm, a| vm.binary(BinaryOp::MatMul, a[0], a[1]), "Same as a @ b."),
    two!("truediv", |vm, a| vm.binary(BinaryOp::TrueDiv, a[0], a[1]), "Same as a / b."),
    two!("floordiv", |vm, a| vm.binary(BinaryOp::FloorDiv, a[0], a[1]), "Same as a // b."),
    two!("mod", |vm, a| vm.binary(BinaryOp::Mod, a[0], a[1]), "Same as a % b."),
    two!("pow", |vm, a| vm.binary(BinaryOp::Pow, a[0], a[1]), "Same as a ** b."),
    two!("lshift", |vm, a| vm.binary(BinaryOp::LShift, a[0], a[1]), "Same as a << b."),
    two!("rshift", |vm, a| vm.binary(BinaryOp::RShift, a[0], a[1]), "Same as a >> b."),
    two!("and_", |vm, a| vm.binary(BinaryOp::And, a[0], a[1]), "Same as a & b."),
    two!("or_", |vm, a| vm.binary(BinaryOp::Or, a[0], a[1]), "Same as a | b."),
    two!("xor", |vm, a| vm.binary(BinaryOp::Xor, a[0], a[1]), "Same as a ^ b."),
    two!("iadd", |vm, a| vm.binary_in_place(BinaryOp::Add, a[0], a[1]), "Same as a += b."),
    two!("isub", |vm, a| vm.binary_in_place(BinaryOp::Sub, a[0], a[1]), "Same as a -= b."),
    two!("imul", |vm, a| vm.binary_in_place(BinaryOp::Mul, a[0], a[1]), "Same as a *= b."),
    two!("imatmul", |vm, a| vm.binary_in_place(BinaryOp::MatMul, a[0], a[1]), "Same as a @= b."),
    two!("itruediv", |vm, a| vm.binary_in_place(BinaryOp::TrueDiv, a[0], a[1]), "Same as a /= b."),
    two!(
        "ifloordiv",
        |vm, a| vm.binary_in_place(BinaryOp::FloorDiv, a[0], a[1]),
        "Same as a //= b."
    ),
    two!("imod", |vm, a| vm.binary_in_place(BinaryOp::Mod, a[0], a[1]), "Same as a %= b."),
    two!("ipow", |vm, a| vm.binary_in_place(BinaryOp::Pow, a[0], a[1]), "Same as a **= b."),
    two!("ilshift", |vm, a| vm.binary_in_place(BinaryOp::LShift, a[0], a[1]), "Same as a <<= b."),
    two!("irshift", |vm, a| vm.binary_in_place(BinaryOp::RShift, a[0], a[1]), "Same as a >>= b."),
    two!("iand", |vm, a| vm.binary_in_place(BinaryOp::And, a[0], a[1]), "Same as a &= b."),
    two!("ior", |vm, a| vm.binary_in_place(BinaryOp::Or, a[0], a[1]), "Same as a |= b."),
    two!("ixor", |vm, a| vm.binary_in_place(BinaryOp::Xor, a[0], a[1]), "Same as a ^= b."),
    two!("concat", |vm, a| concat(vm, a, false), "Same as a + b, for a and b sequences."),
    two!("iconcat", |vm, a| concat(vm, a, true), "Same as a += b, for a and b sequences."),
    two!("is_", |vm, a| Ok(Value::bool(vm.same(a[0], a[1]))), "Same as a is b."),
    two!("is_not", |vm, a| Ok(Value::bool(!vm.same(a[0], a[1]))), "Same as a is not b."),
    one!("is_none", |_, a| Ok(Value::bool(a[0].is_none())), "Same as a is None."),
    one!("is_not_none", |_, a| Ok(Value::bool(!a[0].is_none())), "Same as a is not None."),
    one!(
        "truth",
        |vm, a| Ok(Value::bool(vm.truth(a[0])?)),
        "Return True if a is true, False otherwise."
    ),
    one!("not_", |vm, a| Ok(Value::bool(!vm.truth(a[0])?)), "Same as not a."),
    one!(
        "index",
        // An int is given as it is, bools and instances of subclasses too.
        |vm, a| if vm.as_int(a[0]).is_some() { Ok(a[0]) } else { vm.index(a[0]) },
        "Same as a.__index__()"
    ),
    one!("neg", |vm, a| vm.negative(a[0]), "Same as -a."),
    one!("pos", |vm, a| vm.positive(a[0]), "Same as +a."),
    one!("inv", |vm, a| vm.invert(a[0]), "Same as ~a."),
    one!("invert", |vm, a| vm.invert(a[0]), "Same as ~a."),
    one!("abs", |vm, a| vm.absolute(a[0]), "Same as abs(a)."),
    two!(
        "contains",
        |vm, a| Ok(Value::bool(vm.contains(a[0], a[1])?)),
        "Same as b in a (note reversed operands)."
    ),
    two!("countOf", count_of, "Return the number of items in a which are, or which equal, b."),
    two!("indexOf", index_of, "Return the first index of b in a."),
    two!("getitem", |vm, a| vm.get_item(a[0], a[1]), "Same as a[b]."),
    NativeDef::function(
        "setitem",
        "(a, b, c, /)",
        |vm, a| {
            vm.set_item(a[0], a[1], a[2])?;
            Ok(Value::NONE)
        },
        "Same as a[b] = c.",
    ),
    two!(
        "delitem",
        |vm, a| {
            vm.delete_item(a[0], a[1])?;
            Ok(Value::NONE)
        },
        "Same as del a[b]."
    ),
    NativeDef::function(
        "length_hint",
        "(obj, default=0, /)",
        length_hint,
        "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers when building from an iterable.\n\nIf the object supports len(), the result will be exact.\nOtherwise, it may over- or under-estimate by an arbitrary amount.",
    ),
    NativeDef::function("call", "(obj, /, *args, **kwargs)", call, "Same as obj(*args, **kwargs)."),
    two!(
        "_compare_digest",
        compare_digest,
        "Return 'a == b'.\n\nThis function uses an approach designed to prevent\ntiming analysis, making it appropriate for cryptography.\n\na and b must both be of the same type: either str (ASCII only),\nor any bytes-like object."
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_operator", "Operator interface.\n\nThis module exports a set of functions implemented in C corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, y)\nis equivalent to the expression x+y.", FUNCTIONS)?;
    add_class(vm, m, &getters::ITEM, None)?;
    add_class(vm, m, &getters::ATTR, None)?;
    add_class(vm, m, &getters::METHOD, None)?;
    Ok(m.value())
}

fn concat(vm: &Vm, a: &[Value], in_place: bool) -> Res {
    if vm.special(vm.class_of(a[0]), Special::GetItem).is_none() {
        let name = vm.type_name(a[0]);
        return Err(vm.type_error(format!("'{name}' object can't be concatenated")));
    }
    if in_place {
        vm.binary_in_place(BinaryOp::Add, a[0], a[1])
    } else {
        vm.binary(BinaryOp::Add, a[0], a[1])
    }
}
fn count_of(vm: &Vm, a: &[Value]) -> Res {
    let it = vm.get_iter(a[0])?;
    let mut n = 0usize;
    while let Some(v) = vm.next(it)? {
        n += usize::from(vm.equal(v, a[1])?);
    }
    vm.int_usize(n)
}
fn index_of(vm: &Vm, a: &[Value]) -> Res {
    let it = vm.get_iter(a[0])?;
    let mut i = 0;
    while let Some(v) = vm.next(it)? {
        if vm.equal(v, a[1])? {
            return vm.int_usize(i);
        }
        i += 1;
    }
    Err(vm.value_error("sequence.index(x): x not in sequence"))
}
fn length_hint(vm: &Vm, a: &[Value]) -> Res {
    if vm.as_int(a[1]).is_none() {
        let name = vm.type_name(a[1]);
        return Err(vm.type_error(format!("'{name}' object cannot be interpreted as an integer")));
    }
    let default = vm.index_isize(a[1], Some(vm.exc().overflow_error))?;
    // A negative default comes back as it is, so ask with a number that no hint can be.
    let n = vm.length_hint(a[0], usize::MAX)?;
    if n == usize::MAX { vm.int(default as i64) } else { vm.int_usize(n) }
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let args = vm.to_tuple(a[1])?;
    vm.call_dict(a[0], args.items(), vm.as_dict(a[2]))
}
/// Reads all of both texts whatever they hold.
fn same_bytes(x: &[u8], y: &[u8]) -> bool {
    let mut difference = u8::from(x.len() != y.len());
    for (i, &b) in y.iter().enumerate() {
        // With other lengths `y` is compared with itself: the time depends on `y` alone.
        let other = if x.len() == y.len() { x[i] } else { b };
        difference |= other ^ b;
    }
    core::hint::black_box(difference) == 0
}
fn compare_digest(vm: &Vm, a: &[Value]) -> Res {
    if let (Some(x), Some(y)) = (vm.as_str(a[0]), vm.as_str(a[1])) {
        let (Some(x), Some(y)) = (x.as_ascii(), y.as_ascii()) else {
            let text = "comparing strings with non-ASCII characters is not supported";
            return Err(vm.type_error(text));
        };
        return Ok(Value::bool(same_bytes(x.as_bytes(), y.as_bytes())));
    }
    let wrong = || {
        vm.type_error(format!(
            "unsupported operand types(s) or combination of types: '{}' and '{}'",
            vm.type_name(a[0]),
            vm.type_name(a[1])
        ))
    };
    if vm.as_str(a[0]).is_some() || vm.as_str(a[1]).is_some() {
        return Err(wrong());
    }
    let pair = vm.buffer(a[0], false).and_then(|x| Ok((x, vm.buffer(a[1], false)?)));
    match pair {
        Ok((x, y)) => Ok(Value::bool(same_bytes(x.data(), y.data()))),
        Err(r) if vm.pending_is(r, vm.exc().type_error) => {
            vm.take_exception(r);
            Err(wrong())
        }
        Err(r) => Err(r),
    }
}
