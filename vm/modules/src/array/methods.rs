//! The named methods of arrays.

use super::sequence::{add_bytes, add_text, extend, find, to_list, to_text};
use super::{Array, append_value, from_bytes, items, pickle, resize, splice, this};
use pyrs_core::{Gc, GetSetDef, NativeDef, Res, Value, Vm};

pub(super) static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only(
        "typecode",
        |vm, v| Ok(vm.str_of_point(this(vm, v)?.kind().code as u32)?.value()),
        "the typecode character used to create the array",
    ),
    GetSetDef::read_only(
        "itemsize",
        |vm, v| vm.int_usize(this(vm, v)?.kind().size),
        "the size, in bytes, of one array item",
    ),
];

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "append",
        "(self, v, /)",
        append,
        "Append new value v to the end of the array.",
    ),
    NativeDef::method(
        "buffer_info",
        "(self, /)",
        buffer_info,
        "Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.\n\nThe length should be multiplied by the itemsize attribute to calculate\nthe buffer length in bytes.",
    ),
    NativeDef::method(
        "byteswap",
        "(self, /)",
        byteswap,
        "Byteswap all items of the array.\n\nIf the items in the array are not 1, 2, 4, or 8 bytes in size, RuntimeError is\nraised.",
    ),
    NativeDef::method(
        "clear",
        "(self, /)",
        |vm, a| resize(vm, this(vm, a[0])?, 0).map(|()| Value::NONE),
        "Remove all items from the array.",
    ),
    NativeDef::method(
        "count",
        "(self, v, /)",
        count,
        "Return number of occurrences of v in the array.",
    ),
    NativeDef::method(
        "extend",
        "(self, bb, /)",
        |vm, a| extend(vm, this(vm, a[0])?, a[1]).map(|()| Value::NONE),
        "Append items to the end of the array.",
    ),
    NativeDef::method(
        "frombytes",
        "(self, buffer, /)",
        |vm, a| add_bytes(vm, this(vm, a[0])?, a[1]).map(|()| Value::NONE),
        "Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method.",
    ),
    NativeDef::method(
        "fromfile",
        "(self, f, n, /)",
        from_file,
        "Read n objects from the file object f and append them to the end of the array.",
    ),
    NativeDef::method("fromlist", "(self, list, /)", from_list, "Append items to array from list."),
    NativeDef::method(
        "fromunicode",
        "(self, ustr, /)",
        from_unicode,
        "Extends this array with data from the unicode string ustr.\n\nThe array must be a unicode type array; otherwise a ValueError is raised.\nUse array.frombytes(ustr.encode(...)) to append Unicode data to an array of\nsome other type.",
    ),
    NativeDef::method(
        "index",
        "(self, v, start=0, stop=9223372036854775807, /)",
        index,
        "Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present.",
    ),
    NativeDef::method(
        "insert",
        "(self, i, v, /)",
        insert,
        "Insert a new item v into the array before position i.",
    ),
    NativeDef::method(
        "pop",
        "(self, i=-1, /)",
        pop,
        "Return the i-th element and delete it from the array.\n\ni defaults to -1.",
    ),
    NativeDef::method(
        "remove",
        "(self, v, /)",
        remove,
        "Remove the first occurrence of v in the array.",
    ),
    NativeDef::method(
        "reverse",
        "(self, /)",
        reverse,
        "Reverse the order of the items in the array.",
    ),
    NativeDef::method(
        "tobytes",
        "(self, /)",
        |vm, a| {
            let a = this(vm, a[0])?;
            vm.bytes(a.bytes())
        },
        "Convert the array to an array of machine values and return the bytes representation.",
    ),
    NativeDef::method(
        "tofile",
        "(self, f, /)",
        to_file,
        "Write all items (as machine values) to the file object f.",
    ),
    NativeDef::method(
        "tolist",
        "(self, /)",
        |vm, a| to_list(vm, this(vm, a[0])?),
        "Convert array to an ordinary list with the same items.",
    ),
    NativeDef::method(
        "tounicode",
        "(self, /)",
        to_unicode,
        "Extends this array with data from the unicode string ustr.\n\nConvert the array to a unicode string.  The array must be a unicode type array;\notherwise a ValueError is raised.  Use array.tobytes().decode() to obtain a\nunicode string from an array of some other type.",
    ),
    NativeDef::method("__copy__", "(self, /)", copy, "Return a copy of the array."),
    NativeDef::method("__deepcopy__", "(self, unused, /)", copy, "Return a copy of the array."),
    NativeDef::method(
        "__reduce_ex__",
        "(self, value, /)",
        pickle::reduce,
        "Return state information for pickling.",
    ),
    NativeDef::method(
        "__sizeof__",
        "(self, /)",
        size_of_array,
        "Size of the array in memory, in bytes.",
    ),
];

fn append(vm: &Vm, a: &[Value]) -> Res {
    append_value(vm, this(vm, a[0])?, a[1])?;
    Ok(Value::NONE)
}
fn buffer_info(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    // The address is out in the world now: the block must stay where it is.
    if let Some(raw) = a.raw() {
        vm.heap.pin(raw.value());
    }
    let address = vm.int_usize(a.bytes().as_ptr() as usize)?;
    vm.tuple(&[address, vm.int_usize(a.len())?])
}
fn byteswap(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let mut data = a.bytes().to_vec();
    data.chunks_mut(a.kind().size).for_each(<[u8]>::reverse);
    a.write(0, &data);
    Ok(Value::NONE)
}
fn count(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let (mut n, mut from) = (0, 0);
    while let Some(i) = find(vm, a, args[1], from, usize::MAX)? {
        n += 1;
        from = i + 1;
    }
    vm.int(n)
}
fn from_file(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let n = vm.index_isize(args[2], Some(vm.exc().overflow_error))?;
    if n < 0 {
        return Err(vm.value_error("negative count"));
    }
    let Some(wanted) = (n as usize).checked_mul(a.kind().size) else {
        return Err(vm.memory_error());
    };
    let data = vm.call_method(args[1], "read", &[vm.int_usize(wanted)?])?;
    let Some(bytes) = vm.as_bytes(data) else {
        return Err(vm.type_error("read() didn't return bytes"));
    };
    let complete = bytes.len() == wanted;
    add_bytes(vm, a, data)?;
    if complete { Ok(Value::NONE) } else { Err(vm.eof_error("read() didn't return enough bytes")) }
}
fn to_file(vm: &Vm, args: &[Value]) -> Res {
    const BLOCK: usize = 64 * 1024;
    let a = this(vm, args[0])?;
    let mut at = 0;
    while at < a.bytes().len() {
        let data = a.bytes();
        let block = vm.bytes(&data[at..data.len().min(at + BLOCK)])?;
        vm.call_method(args[1], "write", &[block])?;
        at += BLOCK;
    }
    Ok(Value::NONE)
}
fn from_list(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let Some(list) = vm.as_list(args[1]) else { return Err(vm.type_error("arg must be list")) };
    let (kind, n) = (a.kind(), list.len());
    let mut data = Vec::with_capacity(n * kind.size);
    for i in 0..n {
        let item = items::convert(vm, kind, list.get(i).unwrap_or(Value::NONE))?;
        if list.len() != n {
            return Err(vm.runtime_error("list changed size during iteration"));
        }
        data.extend_from_slice(&item[..kind.size]);
    }
    super::append_bytes(vm, a, &data)?;
    Ok(Value::NONE)
}
fn from_unicode(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let Some(s) = vm.as_str(args[1]) else {
        return Err(vm.type_error(format!(
            "fromunicode() argument must be str, not {}",
            vm.type_name(args[1])
        )));
    };
    if !a.kind().is_text() {
        return Err(
            vm.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    add_text(vm, a, s)?;
    Ok(Value::NONE)
}
fn to_unicode(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    if !a.kind().is_text() {
        return Err(
            vm.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    to_text(vm, a)
}
fn index(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let bound = |v: Value| -> Res<usize> {
        let n = vm.index_clamped(v)?;
        Ok(if n < 0 { n.saturating_add(a.len() as isize).max(0) as usize } else { n as usize })
    };
    let (start, stop) = (bound(args[2])?, bound(args[3])?);
    match find(vm, a, args[1], start, stop)? {
        Some(i) => vm.int_usize(i),
        None => Err(vm.value_error("array.index(x): x not in array")),
    }
}
fn insert(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let n = vm.index_isize(args[1], Some(vm.exc().overflow_error))?;
    let kind = a.kind();
    let item = items::convert(vm, kind, args[2])?;
    let len = a.len();
    let i =
        if n < 0 { n.saturating_add(len as isize).max(0) as usize } else { (n as usize).min(len) };
    splice(vm, a, i, i, &item[..kind.size])?;
    Ok(Value::NONE)
}
fn pop(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let n = vm.index_isize(args[1], Some(vm.exc().overflow_error))?;
    if a.len() == 0 {
        return Err(vm.index_error("pop from empty array"));
    }
    let i = if n < 0 { n.saturating_add(a.len() as isize) } else { n };
    if i < 0 || i as usize >= a.len() {
        return Err(vm.index_error("pop index out of range"));
    }
    let v = a.get(vm, i as usize)?;
    splice(vm, a, i as usize, i as usize + 1, &[])?;
    Ok(v)
}
fn remove(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    match find(vm, a, args[1], 0, usize::MAX)? {
        Some(i) if i < a.len() => splice(vm, a, i, i + 1, &[]).map(|()| Value::NONE),
        _ => Err(vm.value_error("array.remove(x): x not in array")),
    }
}
fn reverse(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let data: Vec<u8> = a.bytes().chunks(a.kind().size).rev().flatten().copied().collect();
    a.write(0, &data);
    Ok(Value::NONE)
}
fn copy(vm: &Vm, args: &[Value]) -> Res {
    let a: Gc<Array> = this(vm, args[0])?;
    Ok(from_bytes(vm, a.kind(), a.bytes())?.value())
}
fn size_of_array(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    vm.int_usize(size_of::<Array>() + a.raw().map_or(0, |r| r.capacity() + size_of::<super::Raw>()))
}
