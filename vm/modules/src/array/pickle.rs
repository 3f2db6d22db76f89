//! Pickling of arrays: items travel as bytes with a number that tells size, sign and byte order.

use super::items::{self, KINDS, Kind};
use super::{Array, append_value, new_array, sequence, this};
use pyrs_core::{Res, Value, Vm};
use pyrs_text::bigint::{self, ByteOrder};

/// What a machine format code means.
#[derive(Clone, Copy)]
enum Meaning {
    Int { size: usize, signed: bool },
    Float(usize),
    Text(usize),
}
/// Meaning and byte order (big?) of a code.
fn meaning(code: i64) -> Option<(Meaning, bool)> {
    let m = match code {
        0 | 1 => Meaning::Int { size: 1, signed: code == 1 },
        2..=13 => {
            let pair = (code - 2) / 2;
            Meaning::Int { size: 2 << (pair / 2), signed: pair % 2 == 1 }
        }
        14 | 15 => Meaning::Float(4),
        16 | 17 => Meaning::Float(8),
        18 | 19 => Meaning::Text(2),
        20 | 21 => Meaning::Text(4),
        _ => return None,
    };
    Some((m, code > 1 && code % 2 == 1))
}

pub(super) fn reduce(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let protocol = vm.int_i64(args[1])?;
    let class = vm.get_attr(args[0], vm.names().class)?;
    let dict = vm.get_attr_opt(args[0], vm.names().dict)?.unwrap_or(Value::NONE);
    let kind = a.kind();
    let code = vm.str_of_point(kind.code as u32)?.value();
    if protocol < 3 {
        let list = sequence::to_list(vm, a)?;
        return vm.tuple(&[class, vm.tuple(&[code, list])?, dict]);
    }
    let module = vm.import_module("array")?;
    let f = vm.get_attr(module, vm.intern("_array_reconstructor"))?;
    let given = vm.tuple(&[class, code, vm.int(kind.machine_format)?, vm.bytes(a.bytes())?])?;
    vm.tuple(&[f, given, dict])
}

pub(super) fn reconstruct(vm: &Vm, args: &[Value]) -> Res {
    let base = vm.native_class::<Array>();
    let Some(class) = vm.as_class(args[0]) else {
        return Err(vm.type_error(format!(
            "first argument must be a type object, not {}",
            vm.type_name(args[0])
        )));
    };
    if !vm.is_subclass_exact(class, base) {
        let (c, b) = (vm.display_name(class), vm.display_name(base));
        return Err(vm.type_error(format!("{c} is not a subtype of {b}")));
    }
    let one = vm.as_str(args[1]).filter(|s| s.len() == 1).map(|s| s.at(0));
    let Some(kind) = one.and_then(|c| u8::try_from(c).ok()).and_then(items::kind) else {
        return Err(vm.value_error("second argument must be a valid type code"));
    };
    let format = vm.int_i64(args[2])?;
    let Some((meaning, big)) = meaning(format) else {
        return Err(vm.value_error("third argument must be a valid machine format code."));
    };
    let Some(data) = vm.as_bytes(args[3]) else {
        return Err(vm.type_error(format!(
            "fourth argument should be bytes, not {}",
            vm.type_name(args[3])
        )));
    };
    if format == kind.machine_format {
        let a = new_array(vm, args[0], kind)?;
        sequence::add_bytes(vm, a, args[3])?;
        return Ok(a.value());
    }
    convert(vm, class.value(), kind, meaning, big, data.data())
}
/// Items of another machine, one by one.
fn convert(vm: &Vm, class: Value, kind: &Kind, m: Meaning, big: bool, data: &[u8]) -> Res {
    let size = match m {
        Meaning::Int { size, .. } | Meaning::Float(size) | Meaning::Text(size) => size,
    };
    if !data.len().is_multiple_of(size) && !matches!(m, Meaning::Text(_)) {
        return Err(vm.value_error("bytes length not a multiple of item size"));
    }
    // A type of exactly the items' size and sign serves best, if there is one.
    let kind = match m {
        Meaning::Int { size, signed } => KINDS
            .iter()
            .find(|k| k.is_integer() && k.size == size && k.is_signed() == signed)
            .unwrap_or(kind),
        _ => kind,
    };
    let a = new_array(vm, class, kind)?;
    let order = if big { ByteOrder::Big } else { ByteOrder::Little };
    if let Meaning::Text(size) = m {
        let name = format!("utf-{}-{}", 8 * size, if big { "be" } else { "le" });
        let text = vm.call_method(vm.bytes(data)?, "decode", &[vm.str(&name)?])?;
        vm.iterate(text, |c| append_value(vm, a, c))?;
        return Ok(a.value());
    }
    for item in data.chunks_exact(size) {
        let v = match m {
            Meaning::Int { signed, .. } => {
                vm.int_from_big(&bigint::from_bytes(item, order, signed))?
            }
            _ => {
                let word = bigint::from_bytes(item, order, false);
                let word = vm.int_from_big(&word)?;
                let bits = crate::structs::to_u64(vm.int_ref(&word)).unwrap_or(0);
                let x = if size == 4 {
                    f32::from_bits(bits as u32) as f64
                } else {
                    f64::from_bits(bits)
                };
                vm.float(x)?
            }
        };
        append_value(vm, a, v)?;
    }
    Ok(a.value())
}
