//! Built-in functions of one or a few plain values: numbers, characters, text, hashes.

use pyrs_core::names::Special;
use pyrs_core::object::{ByteArray, NativeDef};
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Res, Value, Vm};
use pyrs_text::int_text;

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("abs", "(x, /)", abs, "Return the absolute value of the argument."),
    NativeDef::function("ascii", "(obj, /)", ascii, "Return an ASCII-only representation of an object.\n\nAs repr(), return a string containing a printable representation of an\nobject, but escape the non-ASCII characters in the string returned by\nrepr() using \\\\x, \\\\u or \\\\U escapes. This generates a string similar\nto that returned by repr() in Python 2."),
    NativeDef::function("bin", "(number, /)", bin, "Return the binary representation of an integer.\n\n   >>> bin(2796202)\n   '0b1010101010101010101010'"),
    NativeDef::function("callable", "(obj, /)", callable, "Return whether the object is callable (i.e., some kind of function).\n\nNote that classes are callable, as are instances of classes with a\n__call__() method."),
    NativeDef::function("chr", "(i, /)", chr, "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff."),
    NativeDef::function("divmod", "(x, y, /)", divmod, "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x."),
    NativeDef::function("format", "(value, format_spec='', /)", format, "Return type(value).__format__(value, format_spec).\n\nMany built-in types implement format_spec according to the\nFormat Specification Mini-language. See help('FORMATTING')\nfor details."),
    NativeDef::function("hash", "(obj, /)", hash, "Return the hash value for the given object.\n\nTwo objects that compare equal must also have the same hash value, but the\nreverse is not necessarily true."),
    NativeDef::function("hex", "(number, /)", hex, "Return the hexadecimal representation of an integer.\n\n   >>> hex(12648430)\n   '0xc0ffee'"),
    NativeDef::function("id", "(obj, /)", id, "Return the identity of an object.\n\nThis is guaranteed to be unique among simultaneously existing objects."),
    NativeDef::function("len", "(obj, /)", len, "Return the number of items in a container."),
    NativeDef::function("oct", "(number, /)", oct, "Return the octal representation of an integer.\n\n   >>> oct(342391)\n   '0o1234567'"),
    NativeDef::function("ord", "(character, /)", ord, "Return the ordinal value of a character.\n\nIf the argument is a one-character string, return the Unicode code\npoint of that character.\n\nIf the argument is a bytes or bytearray object of length 1, return its\nsingle byte value."),
    NativeDef::function("pow", "(base, exp, mod=None)", pow, "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.\n\nSome types, such as ints, are able to use a more efficient algorithm when\ninvoked using the three argument form."),
    NativeDef::function("repr", "(obj, /)", repr, "Return the canonical string representation of the object.\n\nFor many object types, including most builtins, eval() will return\nthe object itself."),
    NativeDef::function("round", "(number, ndigits=None)", round, "Round a number to a given precision in decimal digits.\n\nThe return value is an integer if ndigits is omitted or None.  Otherwise\nthe return value has the same type as the number.  ndigits may be negative."),
];

fn abs(vm: &Vm, args: &[Value]) -> Res {
    vm.absolute(args[0])
}

fn ascii(vm: &Vm, args: &[Value]) -> Res {
    Ok(vm.ascii(args[0])?.value())
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
fn reflected_pair(vm: &Vm, op: Special, reflected: Special, a: Value, b: Value) -> Res<Option<Value>> {
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
        None => Err(vm.type_error(format!(
            "format() argument 2 must be str, not {}",
            vm.type_name(args[1])
        ))),
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
    if right_first && let Some(f) = reflected && let Some(r) = call(f, exp, base)? {
        return Ok(r);
    }
    if let Some(f) = vm.special(cb, Special::Pow).filter(|f| !f.is_none())
        && let Some(r) = call(f, base, exp)?
    {
        return Ok(r);
    }
    if !right_first && let Some(f) = reflected && let Some(r) = call(f, exp, base)? {
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
    Ok(vm.repr(args[0])?.value())
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
