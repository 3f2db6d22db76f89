//! `bytearray`: changing items and slices.

use super::arguments::BYTE_RANGE;
use super::bytearray::array;
use super::convert::{byte_of, collect};
use crate::support::ssize;
use pyrs_core::object::{ByteArray, NativeDef};
use pyrs_core::protocol::Indices;
use pyrs_core::{Gc, Raised, Res, Special, Value, Vm};

fn is_index(vm: &Vm, v: Value) -> bool {
    vm.as_int(v).is_some() || vm.special(vm.class_of(v), Special::Index).is_some()
}
#[cold]
fn bad_index(vm: &Vm, v: Value) -> Raised {
    vm.type_error(format!("bytearray indices must be integers or slices, not {}", vm.type_name(v)))
}
fn place(vm: &Vm, n: isize, len: usize) -> Res<usize> {
    let i = if n < 0 { n + len as isize } else { n };
    match usize::try_from(i) {
        Ok(i) if i < len => Ok(i),
        _ => Err(vm.index_error("bytearray index out of range")),
    }
}
fn setitem(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    if let Some(slice) = vm.as_slice(a[1]) {
        let number = |s| vm.special(vm.class_of(a[2]), s).is_some();
        let new = match vm.try_buffer_strided(a[2])? {
            Some(other) => other.to_vec(),
            None if vm.as_str(a[2]).is_some()
                || number(Special::Index)
                || number(Special::Int)
                || number(Special::Float) =>
            {
                return Err(vm.type_error(
                    "can assign only bytes, buffers, or iterables of ints in range(0, 256)",
                ));
            }
            None => collect(vm, a[2], "bytearray")?,
        };
        let i = vm.resolve_slice(slice, b.len())?;
        assign(vm, b, i, &new)?;
        return Ok(Value::NONE);
    }
    if !is_index(vm, a[1]) {
        return Err(bad_index(vm, a[1]));
    }
    let n = vm.index_isize(a[1], None)?;
    // The value's `__index__` may change the array: look at the length afterwards.
    place(vm, n, b.len())?;
    let byte = byte_of(vm, a[2], BYTE_RANGE)?;
    let i = place(vm, n, b.len())?;
    b.data()[i].set(byte);
    Ok(Value::NONE)
}
fn assign(vm: &Vm, b: Gc<ByteArray>, i: Indices, new: &[u8]) -> Res<()> {
    if i.step == 1 {
        let from = i.start.max(0) as usize;
        return vm.bytearray_splice(b, from, from + i.count, new);
    }
    if new.is_empty() {
        return remove(vm, b, i);
    }
    if new.len() != i.count {
        return Err(vm.value_error(format!(
            "attempt to assign bytes of size {} to extended slice of size {}",
            new.len(),
            i.count
        )));
    }
    for (p, &byte) in i.positions().zip(new) {
        b.data()[p].set(byte);
    }
    Ok(())
}
/// Deletes the selected bytes.
fn remove(vm: &Vm, b: Gc<ByteArray>, i: Indices) -> Res<()> {
    if i.count == 0 {
        return Ok(());
    }
    if i.step == 1 {
        let from = i.start as usize;
        return vm.bytearray_gap(b, from, from + i.count, 0);
    }
    vm.check_resizable(b.value(), b.exports.get())?;
    let mut gone = vec![false; b.len()];
    i.positions().for_each(|p| gone[p] = true);
    let kept: Vec<u8> =
        b.data().iter().zip(gone).filter(|(_, gone)| !gone).map(|(c, _)| c.get()).collect();
    vm.bytearray_splice(b, 0, b.len(), &kept)
}
fn delitem(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    if let Some(slice) = vm.as_slice(a[1]) {
        let i = vm.resolve_slice(slice, b.len())?;
        remove(vm, b, i)?;
        return Ok(Value::NONE);
    }
    if !is_index(vm, a[1]) {
        return Err(bad_index(vm, a[1]));
    }
    let n = vm.index_isize(a[1], None)?;
    let i = place(vm, n, b.len())?;
    vm.bytearray_gap(b, i, i + 1, 0)?;
    Ok(Value::NONE)
}
fn append(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    let byte = byte_of(vm, a[1], BYTE_RANGE)?;
    vm.bytearray_splice(b, b.len(), b.len(), &[byte])?;
    Ok(Value::NONE)
}
fn extend(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    let end = b.len();
    let new = match vm.try_buffer_strided(a[1])? {
        Some(other) => {
            // Getting the buffer may have resized the array: the bytes go where its end was.
            let end = end.min(b.len());
            let data = other.to_vec();
            drop(other);
            vm.bytearray_splice(b, end, end, &data)?;
            return Ok(Value::NONE);
        }
        None if vm.as_str(a[1]).is_some() => {
            return Err(vm.type_error(format!(
                "expected iterable of integers; got: '{}'",
                vm.type_name(a[1])
            )));
        }
        None => {
            let mut new = Vec::new();
            let Some(it) = vm.catch(vm.get_iter(a[1]), vm.exc().type_error)? else {
                return Err(
                    vm.type_error(format!("can't extend bytearray with {}", vm.type_name(a[1])))
                );
            };
            while let Some(v) = vm.next(it)? {
                new.push(byte_of(vm, v, BYTE_RANGE)?);
            }
            new
        }
    };
    vm.bytearray_splice(b, b.len(), b.len(), &new)?;
    Ok(Value::NONE)
}
fn insert(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    let n = ssize(vm, a[1])?;
    let byte = byte_of(vm, a[2], BYTE_RANGE)?;
    let len = b.len() as isize;
    let at = if n < 0 { (n + len).max(0) } else { n.min(len) } as usize;
    vm.bytearray_splice(b, at, at, &[byte])?;
    Ok(Value::NONE)
}
fn pop(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    let n = ssize(vm, a[1])?;
    if b.is_empty() {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    let i = if n < 0 { n + b.len() as isize } else { n };
    let Some(i) = usize::try_from(i).ok().filter(|&i| i < b.len()) else {
        return Err(vm.index_error("pop index out of range"));
    };
    let byte = b.data()[i].get();
    vm.bytearray_gap(b, i, i + 1, 0)?;
    Ok(Value::small_int(isize::from(byte)))
}
fn remove_value(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    let byte = byte_of(vm, a[1], BYTE_RANGE)?;
    match b.data().iter().position(|c| c.get() == byte) {
        Some(i) => {
            vm.bytearray_gap(b, i, i + 1, 0)?;
            Ok(Value::NONE)
        }
        None => Err(vm.value_error("value not found in bytearray")),
    }
}
fn reverse(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    let data = b.data();
    for i in 0..data.len() / 2 {
        data[i].swap(&data[data.len() - 1 - i]);
    }
    Ok(Value::NONE)
}
fn clear(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    vm.bytearray_gap(b, 0, b.len(), 0)?;
    Ok(Value::NONE)
}
fn copy(vm: &Vm, a: &[Value]) -> Res {
    let data = vm.bytearray_to_vec(array(vm, a[0])?);
    vm.new_bytearray(&data).map(Gc::value)
}
fn resize(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    let n = ssize(vm, a[1])?;
    let Ok(n) = usize::try_from(n) else {
        return Err(vm.value_error(format!("Can only resize to positive sizes, got {n}")));
    };
    let old = b.len();
    if n <= old {
        vm.bytearray_gap(b, n, old, 0)?;
    } else {
        if n > u32::MAX as usize {
            return Err(vm.memory_error());
        }
        vm.bytearray_gap(b, old, old, n - old)?;
        b.data()[old..].iter().for_each(|c| c.set(0));
    }
    Ok(Value::NONE)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method("__setitem__", "(self, key, value, /)", setitem, "Set self[key] to value."),
    NativeDef::method("__delitem__", "(self, key, /)", delitem, "Delete self[key]."),
    NativeDef::method(
        "append",
        "(self, item, /)",
        append,
        "Append a single item to the end of the bytearray.",
    ),
    NativeDef::method(
        "extend",
        "(self, iterable_of_ints, /)",
        extend,
        "Append all the items from the iterator or sequence to the end of the bytearray.",
    ),
    NativeDef::method(
        "insert",
        "(self, index, item, /)",
        insert,
        "Insert a single item into the bytearray before the given index.",
    ),
    NativeDef::method("pop", "(self, index=-1, /)", pop, "Remove and return a single item from B."),
    NativeDef::method(
        "remove",
        "(self, value, /)",
        remove_value,
        "Remove the first occurrence of a value in the bytearray.",
    ),
    NativeDef::method(
        "reverse",
        "(self, /)",
        reverse,
        "Reverse the order of the values in B in place.",
    ),
    NativeDef::method("clear", "(self, /)", clear, "Remove all items from the bytearray."),
    NativeDef::method("copy", "(self, /)", copy, "Return a copy of B."),
    NativeDef::method(
        "resize",
        "(self, size, /)",
        resize,
        "Resize the internal buffer of bytearray to len.",
    ),
];
