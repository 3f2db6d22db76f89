//! `translate`, `maketrans`, `decode`.

use super::{make, own};
use crate::codecs;
use crate::support::codec_name;
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};

fn translate(vm: &Vm, a: &[Value]) -> Res {
    let table = if a[1].is_none() { None } else { Some(vm.buffer(a[1], false)?) };
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return Err(vm.value_error("translation table must be 256 characters long"));
    }
    let mut deleted = [false; 256];
    if !a[2].is_unbound() {
        for &b in vm.buffer(a[2], false)?.data() {
            deleted[usize::from(b)] = true;
        }
    }
    let own = own(vm, a[0])?;
    let kept = own.data().iter().filter(|b| !deleted[usize::from(**b)]);
    let out: Vec<u8> = match &table {
        Some(t) => kept.map(|&b| t.data()[usize::from(b)]).collect(),
        None => kept.copied().collect(),
    };
    make(vm, a[0], &out)
}
fn maketrans(vm: &Vm, a: &[Value]) -> Res {
    let (from, to) = (vm.buffer(a[0], false)?, vm.buffer(a[1], false)?);
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (&f, &t) in from.data().iter().zip(to.data()) {
        table[usize::from(f)] = t;
    }
    vm.bytes(&table)
}
fn decode(vm: &Vm, a: &[Value]) -> Res {
    let encoding = codec_name(vm, "decode", "'encoding'", a[1], false)?;
    let errors = codec_name(vm, "decode", "'errors'", a[2], false)?;
    codecs::decode_buffer(vm, a[0], own(vm, a[0])?, Some(encoding), Some(errors))
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "translate",
        "(self, table, /, delete=<unrepresentable>)",
        translate,
        "Return a copy with each character mapped by the given translation table.",
    ),
    NativeDef::static_method(
        "maketrans",
        "(frm, to, /)",
        maketrans,
        "Return a translation table usable for the bytes or bytearray translate method.",
    ),
    NativeDef::method(
        "decode",
        "(self, /, encoding='utf-8', errors='strict')",
        decode,
        "Decode the bytes using the codec registered for encoding.",
    ),
];
