//! Padding: `center`, `ljust`, `rjust`, `zfill`, `expandtabs`.

use super::{as_bytearray, make, own, same};
use crate::string::c_int;
use crate::support::ssize;
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};

fn fill_argument(vm: &Vm, name: &str, v: Value) -> Res<u8> {
    let one = vm.bytes_buffer(v);
    match &one {
        Some(b) if b.len() == 1 => Ok(b.data()[0]),
        Some(b) => {
            let kind = if as_bytearray(vm, v).is_some() { "bytearray" } else { "bytes" };
            Err(vm.type_error(format!(
                "{name}(): argument 2 must be a byte string of length 1, not a {kind} object of \
                 length {}",
                b.len()
            )))
        }
        None => Err(vm.type_error(format!(
            "{name}() argument 2 must be a byte string of length 1, not {}",
            if v.is_none() { "None".to_owned() } else { vm.type_name(v) }
        ))),
    }
}
/// What is missing to the width in argument 1, checked against memory.
fn missing(vm: &Vm, a: &[Value]) -> Res<(usize, usize)> {
    let width = usize::try_from(ssize(vm, a[1])?).unwrap_or(0);
    let n = width.saturating_sub(own(vm, a[0])?.len());
    if width > u32::MAX as usize { Err(vm.memory_error()) } else { Ok((n, width)) }
}
fn padded(vm: &Vm, receiver: Value, left: usize, fill: u8, right: usize) -> Res {
    if left + right == 0 {
        return same(vm, receiver);
    }
    let own = own(vm, receiver)?;
    let mut out = Vec::new();
    if out.try_reserve_exact(left + right + own.len()).is_err() {
        return Err(vm.memory_error());
    }
    out.resize(left, fill);
    out.extend_from_slice(own.data());
    out.resize(out.len() + right, fill);
    make(vm, receiver, &out)
}
fn center(vm: &Vm, a: &[Value]) -> Res {
    let (n, width) = missing(vm, a)?;
    let fill = fill_argument(vm, "center", a[2])?;
    let left = n / 2 + (n & width & 1);
    padded(vm, a[0], left, fill, n - left)
}
fn ljust(vm: &Vm, a: &[Value]) -> Res {
    let (n, _) = missing(vm, a)?;
    padded(vm, a[0], 0, fill_argument(vm, "ljust", a[2])?, n)
}
fn rjust(vm: &Vm, a: &[Value]) -> Res {
    let (n, _) = missing(vm, a)?;
    padded(vm, a[0], n, fill_argument(vm, "rjust", a[2])?, 0)
}
fn zfill(vm: &Vm, a: &[Value]) -> Res {
    let (n, width) = missing(vm, a)?;
    let own = own(vm, a[0])?;
    match own.data() {
        [sign @ (b'+' | b'-'), rest @ ..] if n > 0 => {
            let mut out = Vec::new();
            if out.try_reserve_exact(width).is_err() {
                return Err(vm.memory_error());
            }
            out.push(*sign);
            out.resize(1 + n, b'0');
            out.extend_from_slice(rest);
            make(vm, a[0], &out)
        }
        _ => {
            drop(own);
            padded(vm, a[0], n, b'0', 0)
        }
    }
}
fn expandtabs(vm: &Vm, a: &[Value]) -> Res {
    let size = usize::try_from(c_int(vm, a[1])?).unwrap_or(0);
    let own = own(vm, a[0])?;
    let mut out = Vec::with_capacity(own.len());
    let mut column = 0;
    for &b in own.data() {
        if b == b'\t' {
            if size > 0 {
                let n = size - column % size;
                if out.len() + n > u32::MAX as usize || out.try_reserve(n).is_err() {
                    return Err(vm.overflow_error("result too long"));
                }
                out.resize(out.len() + n, b' ');
                column += n;
            }
            continue;
        }
        column = if b == b'\n' || b == b'\r' { 0 } else { column + 1 };
        out.push(b);
    }
    make(vm, a[0], &out)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "center",
        "(self, width, fillchar=<unrepresentable>, /)",
        center_default,
        "Return a centered string of length width.",
    ),
    NativeDef::method(
        "ljust",
        "(self, width, fillchar=<unrepresentable>, /)",
        ljust_default,
        "Return a left-justified string of length width.",
    ),
    NativeDef::method(
        "rjust",
        "(self, width, fillchar=<unrepresentable>, /)",
        rjust_default,
        "Return a right-justified string of length width.",
    ),
    NativeDef::method(
        "zfill",
        "(self, width, /)",
        zfill,
        "Pad a numeric string with zeros on the left, to fill a field of the given width.",
    ),
    NativeDef::method(
        "expandtabs",
        "(self, /, tabsize=8)",
        expandtabs,
        "Return a copy where all tab characters are expanded using spaces.",
    ),
];

/// Fills in the default `b' '`, which a signature cannot say.
fn with_fill(vm: &Vm, a: &[Value], f: fn(&Vm, &[Value]) -> Res) -> Res {
    if a[2].is_unbound() {
        return f(vm, &[a[0], a[1], vm.bytes(b" ")?]);
    }
    f(vm, a)
}
fn center_default(vm: &Vm, a: &[Value]) -> Res {
    with_fill(vm, a, center)
}
fn ljust_default(vm: &Vm, a: &[Value]) -> Res {
    with_fill(vm, a, ljust)
}
fn rjust_default(vm: &Vm, a: &[Value]) -> Res {
    with_fill(vm, a, rjust)
}
