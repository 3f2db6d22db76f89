//! Built-in functions of one or a few plain values: numbers, characters, text, hashes.

use pyrs_core::names::Special;
use pyrs_core::object::{ByteArray, NativeDef};
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Res, Value, Vm};
use pyrs_text::int_text;

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("abs", "(x, /)", abs, "Absolute value of a number."),
    NativeDef::function(
        "ascii",
        "(obj, /)",
        ascii,
        "repr() of an object with all characters beyond ASCII escaped.",
    ),
    NativeDef::function("bin", "(number, /)", bin, "Binary digits of an integer, after '0b'."),
    NativeDef::function("callable", "(obj, /)", callable, "Whether the object can be called."),
    NativeDef::function("chr", "(i, /)", chr, "The character with code point i."),
    NativeDef::function("divmod", "(x, y, /)", divmod, "The pair (x // y, x % y)."),
    NativeDef::function(
        "format",
        "(value, format_spec='', /)",
        format,
        "The value as text, as its type understands format_spec.",
    ),
    NativeDef::function(
        "hash",
        "(obj, /)",
        hash,
        "Hash of an object: equal objects have equal hashes.",
    ),
    NativeDef::function("hex", "(number, /)", hex, "Hexadecimal digits of an integer, after '0x'."),
    NativeDef::function("id", "(obj, /)", id, "A number that no other living object has."),
    NativeDef::function("len", "(obj, /)", len, "How many items a container holds."),
    NativeDef::function("oct", "(number, /)", oct, "Octal digits of an integer, after '0o'."),
    NativeDef::function(
        "ord",
        "(character, /)",
        ord,
        "Code point of a character, or value of a single byte.",
    ),
    NativeDef::function(
        "pow",
        "(base, exp, mod=None)",
        pow,
        "base ** exp, or base ** exp % mod without large intermediate results.",
    ),
    NativeDef::function(
        "repr",
        "(obj, /)",
        repr,
        "Text of an object for programmers; often its source form.",
    ),
    NativeDef::function(
        "round",
        "(number, ndigits=None)",
        round,
        "The number rounded to ndigits decimal digits; to an integer when ndigits is None.",
    ),
];

fn abs(vm: &Vm, args: &[Value]) -> Res {
    vm.absolute(args[0])
}

fn ascii(vm: &Vm, args: &[Value]) -> Res {
    let r = vm.repr_object(args[0])?;
    match vm.as_str(r) {
        Some(s) if s.is_ascii() => Ok(r),
        _ => Ok(vm.ascii_of(r)?.value()),
    }
}

fn based(vm: &Vm, v: Value, base: u32) -> Res {
    let n = vm.index(v)?;
    let text = int_text::with_prefix(vm.int_ref(&n), base);
    vm.str(&text)
}

fn bin(vm: &Vm, args: &[Value]) -> Res {
    based(vm, args[0], 2)
}

fn oct(vm: &Vm, args: &[Value]) -> Res {
    based(vm, args[0], 8)
}

fn hex(vm: &Vm, args: &[Value]) -> Res {
    based(vm, args[0], 16)
}

fn callable(vm: &Vm, args: &[Value]) -> Res {
    Ok(Value::bool(vm.is_callable(args[0])))
}

fn chr(vm: &Vm, args: &[Value]) -> Res {
    let n = vm.index(args[0])?;
    match n.as_int() {
        Some(n) if (0..0x11_0000).contains(&n) => Ok(vm.str_of_point(n as u32)?.value()),
        _ => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

fn ord(vm: &Vm, args: &[Value]) -> Res {
    let v = args[0];
    let (length, point) = if let Some(s) = vm.as_str(v) {
        (s.len(), s.points().get(0))
    } else if let Some(b) = vm.as_bytes(v) {
        (b.len(), b.data().first().map(|&b| b.into()))
    } else if let Some(b) = vm.cast::<ByteArray>(v) {
        (b.len(), b.data().first().map(|b| b.get().into()))
    } else {
        return Err(vm.type_error(format!(
            "ord() expected string of length 1, but {} found",
            vm.type_name(v)
        )));
    };
    match point {
        Some(c) if length == 1 => Ok(Value::small_int(c as isize)),
        _ => Err(vm.type_error(format!(
            "ord() expected a character, but string of length {length} found"
        ))),
    }
}

/// Tries `left.__op__(b)` and `b.__rop__(a)` in CPython's order.
fn reflected_pair(
    vm: &Vm,
    op: Special,
    reflected: Special,
    a: Value,
    b: Value,
) -> Res<Option<Value>> {
    let (ca, cb) = (vm.class_of(a), vm.class_of(b));
    let (f, g) = (vm.special(ca, op), vm.special(cb, reflected));
    let g = if ca == cb || (vm.special(ca, reflected) == g && vm.is_subclass_exact(ca, cb)) {
        None
    } else {
        g
    };
    let attempt = |f: Option<Value>, x: Value, y: Value| -> Res<Option<Value>> {
        match f {
            Some(f) if !f.is_none() => {
                let r = vm.call_bound(f, x, &[y])?;
                Ok((r != Value::NOT_IMPLEMENTED).then_some(r))
            }
            _ => Ok(None),
        }
    };
    let right_first = g.is_some() && ca != cb && vm.is_subclass_exact(cb, ca);
    if right_first && let Some(r) = attempt(g, b, a)? {
        return Ok(Some(r));
    }
    if let Some(r) = attempt(f, a, b)? {
        return Ok(Some(r));
    }
    if right_first { Ok(None) } else { attempt(g, b, a) }
}

fn divmod(vm: &Vm, args: &[Value]) -> Res {
    let (a, b) = (args[0], args[1]);
    if Value::both_int(a, b) {
        let q = vm.binary(BinaryOp::FloorDiv, a, b);
        if q.is_ok() {
            return vm.tuple(&[q?, vm.binary(BinaryOp::Mod, a, b)?]);
        }
    }
    match reflected_pair(vm, Special::DivMod, Special::RDivMod, a, b)? {
        Some(r) => Ok(r),
        None => Err(vm.type_error(format!(
            "unsupported operand type(s) for divmod(): '{}' and '{}'",
            vm.type_name(a),
            vm.type_name(b)
        ))),
    }
}

fn format(vm: &Vm, args: &[Value]) -> Res {
    match vm.as_str(args[1]) {
        Some(spec) => Ok(vm.format(args[0], spec)?.value()),
        None => Err(vm
            .type_error(format!("format() argument 2 must be str, not {}", vm.type_name(args[1])))),
    }
}

fn hash(vm: &Vm, args: &[Value]) -> Res {
    let h = vm.hash(args[0])?;
    vm.int(h as i64)
}

fn id(vm: &Vm, args: &[Value]) -> Res {
    vm.id(args[0])
}

fn len(vm: &Vm, args: &[Value]) -> Res {
    let n = vm.len(args[0])?;
    vm.int_usize(n)
}

fn pow(vm: &Vm, args: &[Value]) -> Res {
    let (base, exp, modulus) = (args[0], args[1], args[2]);
    if modulus.is_none() {
        return vm.binary(BinaryOp::Pow, base, exp);
    }
    let (cb, ce) = (vm.class_of(base), vm.class_of(exp));
    let reflected = vm.special(ce, Special::RPow).filter(|f| !f.is_none() && ce != cb);
    let call = |f: Value, x: Value, y: Value| -> Res<Option<Value>> {
        let r = vm.call_bound(f, x, &[y, modulus])?;
        Ok((r != Value::NOT_IMPLEMENTED).then_some(r))
    };
    let right_first = vm.is_subclass_exact(ce, cb);
    if right_first
        && let Some(f) = reflected
        && let Some(r) = call(f, exp, base)?
    {
        return Ok(r);
    }
    if let Some(f) = vm.special(cb, Special::Pow).filter(|f| !f.is_none())
        && let Some(r) = call(f, base, exp)?
    {
        return Ok(r);
    }
    if !right_first
        && let Some(f) = reflected
        && let Some(r) = call(f, exp, base)?
    {
        return Ok(r);
    }
    Err(vm.type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
        vm.type_name(base),
        vm.type_name(exp),
        vm.type_name(modulus)
    )))
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    vm.repr_object(args[0])
}

fn round(vm: &Vm, args: &[Value]) -> Res {
    let Some(f) = vm.lookup(vm.class_of(args[0]), vm.names().round) else {
        return Err(vm.type_error(format!(
            "type {} doesn't define __round__ method",
            vm.type_name(args[0])
        )));
    };
    let digits = if args[1].is_none() { &[][..] } else { &args[1..2] };
    vm.call_bound(f, args[0], digits)
}
