//! Padding: `center`, `ljust`, `rjust`, `zfill`, `expandtabs`.

use super::arguments::c_int;
use super::text;
use crate::support::ssize;
use pyrs_core::object::{NativeDef, Str};
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::StrBuilder;

fn fill_argument(vm: &Vm, v: Value) -> Res<u32> {
    match vm.as_str(v) {
        Some(s) if s.len() == 1 => Ok(s.at(0)),
        Some(_) => Err(vm.type_error("The fill character must be exactly one character long")),
        None => Err(vm.type_error(format!(
            "The fill character must be a unicode character, not {}",
            vm.type_name(v)
        ))),
    }
}
/// The text between runs of a fill character.
fn padded(vm: &Vm, s: Gc<Str>, left: usize, fill: u32, right: usize) -> Res {
    let total = left.checked_add(right).and_then(|n| n.checked_add(s.len()));
    if total.is_none_or(|n| n > u32::MAX as usize) {
        return Err(if total.is_none_or(|n| n > isize::MAX as usize) {
            vm.overflow_error("padded string is too long")
        } else {
            vm.memory_error()
        });
    }
    if left + right == 0 {
        return Ok(s.value());
    }
    let mut out = StrBuilder::new();
    if !out.try_reserve(fill, left + right + s.len()) {
        return Err(vm.memory_error());
    }
    out.push_repeat(fill, left);
    out.push_points(s.points());
    out.push_repeat(fill, right);
    Ok(vm.new_str_builder(&out)?.value())
}
/// Receiver, what is missing to the width, and the fill character.
fn missing(vm: &Vm, a: &[Value]) -> Res<(Gc<Str>, usize, usize, u32)> {
    let s = text(vm, a[0]);
    let width = usize::try_from(ssize(vm, a[1])?).unwrap_or(0);
    let fill = fill_argument(vm, a[2])?;
    Ok((s, width.saturating_sub(s.len()), width, fill))
}
fn center(vm: &Vm, a: &[Value]) -> Res {
    let (s, n, width, fill) = missing(vm, a)?;
    let left = n / 2 + (n & width & 1);
    padded(vm, s, left, fill, n - left)
}
fn ljust(vm: &Vm, a: &[Value]) -> Res {
    let (s, n, _, fill) = missing(vm, a)?;
    padded(vm, s, 0, fill, n)
}
fn rjust(vm: &Vm, a: &[Value]) -> Res {
    let (s, n, _, fill) = missing(vm, a)?;
    padded(vm, s, n, fill, 0)
}
fn zfill(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let width = usize::try_from(ssize(vm, a[1])?).unwrap_or(0);
    let n = width.saturating_sub(s.len());
    let signed = s.points().get(0).is_some_and(|c| c == u32::from(b'+') || c == u32::from(b'-'));
    if n == 0 || !signed {
        return padded(vm, s, n, u32::from(b'0'), 0);
    }
    if width > u32::MAX as usize {
        return Err(vm.memory_error());
    }
    let mut out = StrBuilder::new();
    if !out.try_reserve(0, width) {
        return Err(vm.memory_error());
    }
    out.push(s.at(0));
    out.push_repeat(u32::from(b'0'), n);
    out.push_points(s.points().from(1));
    Ok(vm.new_str_builder(&out)?.value())
}
fn expandtabs(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let size = usize::try_from(c_int(vm, a[1])?).unwrap_or(0);
    let p = s.points();
    if p.position(9).is_none() {
        return Ok(s.value());
    }
    let mut out = StrBuilder::with_capacity(p.len());
    let mut column = 0;
    for c in p.iter() {
        if c == 9 {
            if size > 0 {
                let n = size - column % size;
                if !out.try_reserve(0, n) || out.len() + n > u32::MAX as usize {
                    return Err(vm.overflow_error("new string is too long"));
                }
                out.push_repeat(32, n);
                column += n;
            }
            continue;
        }
        column = if c == 10 || c == 13 { 0 } else { column + 1 };
        out.push(c);
    }
    Ok(vm.new_str_builder(&out)?.value())
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "center",
        "(self, width, fillchar=' ', /)",
        center,
        "Return a centered string of length width.",
    ),
    NativeDef::method(
        "ljust",
        "(self, width, fillchar=' ', /)",
        ljust,
        "Return a left-justified string of length width.",
    ),
    NativeDef::method(
        "rjust",
        "(self, width, fillchar=' ', /)",
        rjust,
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
