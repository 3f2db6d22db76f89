//! `%`-formatting of bytes: what differs from str.

use super::convert::by_bytes_method;
use super::{as_bytearray, make, own};
use crate::string::{Target, run};
use crate::support::text_error;
use pyrs_core::{Res, Special, Value, Vm};
use pyrs_text::CodePoints::One;
use pyrs_text::percent::{self, Layout};
use pyrs_text::{CodePoints, StrBuilder};

struct Octets;

impl Target for Octets {
    const BYTES: bool = true;
    fn key(&self, vm: &Vm, part: CodePoints<'_>) -> Res {
        match part {
            One(b) => vm.bytes(b),
            _ => vm.bytes(&[]),
        }
    }
    fn object(
        &self,
        vm: &Vm,
        out: &mut StrBuilder,
        letter: u8,
        v: Value,
        layout: &Layout,
    ) -> Res<bool> {
        let written = match letter {
            b's' | b'b' => {
                if let Some(b) = vm.bytes_buffer(v) {
                    percent::format_text(out, One(b.data()), layout)
                } else if let Some(r) = by_bytes_method(vm, v)? {
                    let b = own(vm, r)?;
                    percent::format_text(out, One(b.data()), layout)
                } else if let Some(b) = vm.try_buffer_strided(v)? {
                    percent::format_text(out, One(&b.to_vec()), layout)
                } else {
                    return Err(vm.type_error(format!(
                        "%b requires a bytes-like object, or an object that implements __bytes__, \
                         not '{}'",
                        vm.type_name(v)
                    )));
                }
            }
            b'a' | b'r' => percent::format_text(out, vm.ascii(v)?.points(), layout),
            b'c' => percent::format_char(out, One(&[byte(vm, v)?]), layout),
            _ => return Ok(false),
        };
        written.map_err(|e| text_error(vm, e))?;
        Ok(true)
    }
}
/// The argument of `%c`.
fn byte(vm: &Vm, v: Value) -> Res<u8> {
    const WANTED: &str = "%c requires an integer in range(256) or a single byte, not";
    if let Some(b) = vm.bytes_buffer(v) {
        let kind = if as_bytearray(vm, v).is_some() { "bytearray" } else { "bytes" };
        return match b.data() {
            [one] => Ok(*one),
            more => {
                Err(vm.type_error(format!("{WANTED} a {kind} object of length {}", more.len())))
            }
        };
    }
    if vm.as_int(v).is_none() && vm.special(vm.class_of(v), Special::Index).is_none() {
        return Err(vm.type_error(format!("{WANTED} {}", vm.full_name(vm.class_of(v)))));
    }
    let n = vm.index(v)?;
    match n.as_int().and_then(|n| u8::try_from(n).ok()) {
        Some(b) => Ok(b),
        None => Err(vm.overflow_error("%c arg not in range(256)")),
    }
}

/// `format % v` for bytes and bytearrays.
pub(super) fn percent_format(vm: &Vm, format: Value, v: Value) -> Res {
    let own = own(vm, format)?;
    let out = run(vm, &Octets, One(own.data()), v)?;
    match out {
        StrBuilder::Narrow(data) => make(vm, format, &data),
        _ => Err(vm.system_error("bytes formatting gave wide text")),
    }
}
