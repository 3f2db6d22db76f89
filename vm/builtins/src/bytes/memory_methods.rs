//! `memoryview`: everything but items.

use super::hex::to_hex;
use super::memory::{derive, info, release, view, view_of};
use super::memory_items::{native_char, size_of_char, value_at};
use crate::support::class_argument;
use pyrs_core::object::{GetSetDef, NativeDef, core_shape};
use pyrs_core::protocol::{Buffer, BufferInfo};
use pyrs_core::{Res, Value, Vm};
use std::borrow::Cow;

fn new(vm: &Vm, a: &[Value]) -> Res {
    if let Some(class) = vm.as_class(vm.memoryview_class.get()) {
        class_argument(vm, a[0], class)?;
    }
    view_of(vm, a[1])
}
fn from_flags(vm: &Vm, a: &[Value]) -> Res {
    const WRITABLE: i64 = 1;
    let flags = vm.int_i64(a[2])?;
    let m = view_of(vm, a[1])?;
    if flags & WRITABLE != 0 && info(vm, m)?.readonly {
        release(vm, m)?;
        return Err(vm.buffer_error("Object is not writable."));
    }
    Ok(m)
}
fn len(vm: &Vm, a: &[Value]) -> Res {
    let i = info(vm, a[0])?;
    match i.full_shape().first() {
        Some(&n) => vm.int(n as i64),
        None => Err(vm.type_error("0-dim memory has no length")),
    }
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    vm.heap.pin(a[0]);
    let released = if view(vm, a[0])?.native.get().is_null() { "released " } else { "" };
    vm.str(&format!("<{released}memory at {:#x}>", a[0].bits()))
}
fn do_release(vm: &Vm, a: &[Value]) -> Res {
    release(vm, a[0])?;
    Ok(Value::NONE)
}
fn enter(vm: &Vm, a: &[Value]) -> Res {
    info(vm, a[0])?;
    Ok(a[0])
}
fn iter(vm: &Vm, a: &[Value]) -> Res {
    match info(vm, a[0])?.dimensions() {
        0 => Err(vm.type_error("invalid indexing of 0-dim memory")),
        1 => vm.new_seq_iter_of(core_shape::MEMORY_ITER, a[0], 0, 1),
        _ => Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
}
fn contents(i: &BufferInfo) -> Vec<u8> {
    let mut out = Vec::with_capacity(i.len);
    let n = i.itemsize;
    // SAFETY: the items lie in the live export.
    i.each_item(|p| out.extend_from_slice(unsafe { core::slice::from_raw_parts(p, n) }));
    out
}
fn tobytes(vm: &Vm, a: &[Value]) -> Res {
    let i = info(vm, a[0])?;
    let fortran = match vm.as_str(a[1]) {
        None if a[1].is_none() => false,
        Some(s) if s.is("C") => false,
        Some(s) if s.is("F") => true,
        Some(s) if s.is("A") => !i.is_c_contiguous() && i.is_f_contiguous(),
        Some(_) => return Err(vm.value_error("order must be 'C', 'F' or 'A'")),
        None => {
            return Err(crate::support::bad_argument_at(
                vm,
                "tobytes",
                "'order'",
                "str or None",
                a[1],
            ));
        }
    };
    if fortran && i.dimensions() > 1 {
        // The same items with the dimensions reversed, in C order.
        let mut turned = i.clone();
        (turned.shape, turned.strides) = (i.full_shape(), i.full_strides());
        turned.shape.reverse();
        turned.strides.reverse();
        return vm.bytes(&contents(&turned));
    }
    vm.bytes(&contents(i))
}
/// Runs `f` while the view cannot be released.
fn locked<R>(vm: &Vm, v: Value, f: impl FnOnce() -> R) -> Res<R> {
    let m = view(vm, v)?;
    m.exports.set(m.exports.get() + 1);
    let r = f();
    m.exports.set(m.exports.get() - 1);
    Ok(r)
}
fn hex(vm: &Vm, a: &[Value]) -> Res {
    let data = contents(info(vm, a[0])?);
    locked(vm, a[0], || to_hex(vm, &data, a[1], a[2]))?
}
fn toreadonly(vm: &Vm, a: &[Value]) -> Res {
    let mut i = info(vm, a[0])?.clone();
    i.readonly = true;
    derive(vm, view(vm, a[0])?, i)
}

/// Whether the values of two buffers are equal, item by item; formats nobody can read make them unequal.
fn same_items(vm: &Vm, x: &BufferInfo, y: &BufferInfo) -> Res<bool> {
    if x.full_shape() != y.full_shape() || x.dimensions() != y.dimensions() {
        return Ok(false);
    }
    let (cx, cy) = (native_char(&x.format), native_char(&y.format));
    let (Some(cx), Some(cy)) = (cx, cy) else { return same_by_struct(vm, x, y) };
    if cx == cy && !matches!(cx, b'f' | b'd' | b'e' | b'?') {
        return Ok(contents(x) == contents(y));
    }
    let mut right = Vec::with_capacity(y.len / y.itemsize.max(1));
    y.each_item(|p| right.push(p));
    let (mut i, mut result) = (0, Ok(true));
    x.each_item(|p| {
        if result == Ok(true) {
            result = equal_items(vm, x, p, y, right[i]);
        }
        i += 1;
    });
    result
}
fn equal_items(vm: &Vm, x: &BufferInfo, p: *mut u8, y: &BufferInfo, q: *mut u8) -> Res<bool> {
    let (v, w) = (value_at(vm, x, p)?, value_at(vm, y, q)?);
    vm.compare_bool(pyrs_core::protocol::Comparison::Eq, v, w)
}
/// Formats of the struct module: its `unpack` reads them.
fn same_by_struct(vm: &Vm, x: &BufferInfo, y: &BufferInfo) -> Res<bool> {
    let read = |i: &BufferInfo| -> Res<Value> {
        let m = vm.import_module("struct")?;
        let data = contents(i);
        let list = vm.new_list()?;
        let format = vm.str(&i.format)?;
        for item in data.chunks(i.itemsize.max(1)) {
            let v = vm.call_method(m, "unpack", &[format, vm.bytes(item)?])?;
            vm.list_append(list, v)?;
        }
        Ok(list.value())
    };
    let values = read(x).and_then(|v| Ok((v, read(y)?)));
    match values {
        Ok((v, w)) => vm.compare_bool(pyrs_core::protocol::Comparison::Eq, v, w),
        Err(r) => {
            vm.take_exception(r);
            Ok(false)
        }
    }
}
/// `None` when the other object is no buffer.
fn equal(vm: &Vm, a: &[Value]) -> Res<Option<bool>> {
    if view(vm, a[0])?.native.get().is_null() {
        return Ok(Some(a[0] == a[1]));
    }
    if let Some(other) = vm.cast::<super::memory::MemoryView>(a[1])
        && other.native.get().is_null()
    {
        return Ok(Some(a[0] == a[1]));
    }
    let Some(other): Option<Buffer<'_>> = vm.try_buffer_strided(a[1])? else { return Ok(None) };
    same_items(vm, &info(vm, a[0])?.clone(), &other.info).map(Some)
}
fn eq(vm: &Vm, a: &[Value]) -> Res {
    Ok(equal(vm, a)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}
fn ne(vm: &Vm, a: &[Value]) -> Res {
    Ok(equal(vm, a)?.map_or(Value::NOT_IMPLEMENTED, |e| Value::bool(!e)))
}
fn unordered(_: &Vm, _: &[Value]) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let m = view(vm, a[0])?;
    if m.hash.get() == 0 {
        let i = info(vm, a[0])?;
        if !i.readonly {
            return Err(vm.value_error("cannot hash writable memoryview object"));
        }
        if !matches!(native_char(&i.format), Some(b'B' | b'b' | b'c')) {
            return Err(
                vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'")
            );
        }
        // The exporter must be hashable too.
        let hashed = locked(vm, a[0], || vm.hash(m.owner.get()))?;
        hashed?;
        let data = contents(info(vm, a[0])?);
        m.hash.set(pyrs_text::hash::hash_bytes(&data, vm.seed));
    }
    vm.int(m.hash.get() as i64)
}
fn index(vm: &Vm, a: &[Value]) -> Res {
    let i = info(vm, a[0])?.clone();
    match i.dimensions() {
        0 => return Err(vm.type_error("invalid lookup on 0-dim memory")),
        1 => {}
        _ => {
            return Err(vm.not_implemented_error("multi-dimensional lookup is not implemented"));
        }
    }
    let n = i.full_shape()[0];
    let clamp = |v: Value| -> Res<isize> {
        let k = crate::support::ssize(vm, v)?;
        Ok(if k < 0 { (k + n).max(0) } else { k }.min(n))
    };
    let (start, stop) = (clamp(a[2])?, clamp(a[3])?);
    let stride = i.full_strides()[0];
    for k in start..stop {
        let v = value_at(vm, info(vm, a[0])?, i.data.wrapping_offset(k * stride))?;
        if vm.equal(v, a[1])? {
            return vm.int(k as i64);
        }
    }
    Err(vm.value_error("memoryview.index(x): x not found"))
}
fn count(vm: &Vm, a: &[Value]) -> Res {
    let it = iter(vm, a)?;
    let mut n = 0;
    while let Some(v) = vm.next(it)? {
        n += i64::from(vm.equal(v, a[1])?);
    }
    vm.int(n)
}

const FORMAT: &str =
    "format must be a native single character format prefixed with an optional '@'";
fn cast(vm: &Vm, a: &[Value]) -> Res {
    let i = info(vm, a[0])?.clone();
    let Some(format) = vm.as_str(a[1]) else {
        return Err(crate::support::bad_argument_at(vm, "cast", "'format'", "str", a[1]));
    };
    if !i.is_c_contiguous() {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let shaped = !a[2].is_unbound();
    if (shaped || i.dimensions() != 1) && i.full_shape().contains(&0) {
        return Err(vm.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let shape = if shaped { Some(shape_argument(vm, a[2], i.dimensions())?) } else { None };
    let Some(from) = native_char(&i.format) else {
        return Err(vm.value_error(format!("memoryview: source {FORMAT}")));
    };
    let text = format.to_lossy();
    let Some(to) = native_char(&text) else {
        return Err(vm.value_error(format!("memoryview: destination {FORMAT}")));
    };
    let octet = |c: u8| matches!(c, b'b' | b'B' | b'c');
    if !octet(from) && !octet(to) {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let itemsize = size_of_char(to).unwrap_or(1);
    if i.len % itemsize != 0 {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let mut new = BufferInfo::bytes(i.data, i.len, i.readonly, i.holder);
    new.itemsize = itemsize;
    new.format = Cow::Owned(text);
    if let Some(shape) = shape {
        let product = shape.iter().try_fold(itemsize as isize, |p, &n| p.checked_mul(n));
        if product != Some(i.len as isize) {
            return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
        }
        new.scalar = shape.is_empty();
        new.shape = shape;
    }
    derive(vm, view(vm, a[0])?, new)
}
fn shape_argument(vm: &Vm, v: Value, dimensions: usize) -> Res<Vec<isize>> {
    let items = match (vm.as_list(v), vm.as_tuple(v)) {
        (Some(l), _) => vm.new_tuple(l.items())?,
        (_, Some(t)) => t,
        _ => return Err(vm.type_error("shape must be a list or a tuple")),
    };
    if items.len() > 64 {
        return Err(vm.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    if dimensions != 1 && items.len() != 1 {
        return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let mut shape = Vec::with_capacity(items.len());
    for &v in items.items() {
        let Some(n) = vm.as_int(v) else {
            return Err(vm.type_error("memoryview.cast(): elements of shape must be integers"));
        };
        match n.as_int() {
            Some(n) if n > 0 => shape.push(n),
            _ => {
                return Err(
                    vm.value_error("memoryview.cast(): elements of shape must be integers > 0")
                );
            }
        }
    }
    Ok(shape)
}
fn buffer(vm: &Vm, a: &[Value]) -> Res {
    vm.index(a[1])?;
    view_of(vm, a[0])
}
fn release_buffer(vm: &Vm, a: &[Value]) -> Res {
    release(vm, a[1])?;
    Ok(Value::NONE)
}
fn class_getitem(vm: &Vm, a: &[Value]) -> Res {
    vm.generic_alias(a[0], a[1])
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, object)",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    ),
    NativeDef::class_method(
        "_from_flags",
        "(cls, object, flags)",
        from_flags,
        "Create a new memoryview object which references the given object.",
    ),
    NativeDef::method("__len__", "(self, /)", len, "Return len(self)."),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__hash__", "(self, /)", hash, "Return hash(self)."),
    NativeDef::method("__eq__", "(self, value, /)", eq, "Return self==value."),
    NativeDef::method("__ne__", "(self, value, /)", ne, "Return self!=value."),
    NativeDef::method("__lt__", "(self, value, /)", unordered, "Return self<value."),
    NativeDef::method("__le__", "(self, value, /)", unordered, "Return self<=value."),
    NativeDef::method("__gt__", "(self, value, /)", unordered, "Return self>value."),
    NativeDef::method("__ge__", "(self, value, /)", unordered, "Return self>=value."),
    NativeDef::method("__iter__", "(self, /)", iter, "Implement iter(self)."),
    NativeDef::method(
        "__buffer__",
        "(self, flags, /)",
        buffer,
        "Return a buffer object that exposes the underlying memory of the object.",
    ),
    NativeDef::method(
        "__release_buffer__",
        "(self, buffer, /)",
        release_buffer,
        "Release the buffer object that exposes the underlying memory of the object.",
    ),
    NativeDef::method("__enter__", "(self, /)", enter, ""),
    NativeDef::method(
        "__exit__",
        "(self, /, *args)",
        do_release,
        "Release the underlying buffer exposed by the memoryview object.",
    ),
    NativeDef::method(
        "release",
        "(self, /)",
        do_release,
        "Release the underlying buffer exposed by the memoryview object.",
    ),
    NativeDef::method(
        "tobytes",
        "(self, /, order='C')",
        tobytes,
        "Return the data in the buffer as a byte string.",
    ),
    NativeDef::method(
        "hex",
        "(self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        hex,
        "Return the data in the buffer as a str of hexadecimal numbers.",
    ),
    NativeDef::method(
        "toreadonly",
        "(self, /)",
        toreadonly,
        "Return a readonly version of the memoryview.",
    ),
    NativeDef::method(
        "cast",
        "(self, /, format, shape=<unrepresentable>)",
        cast,
        "Cast a memoryview to a new format or shape.",
    ),
    NativeDef::method(
        "count",
        "(self, value, /)",
        count,
        "Count the number of occurrences of a value.",
    ),
    NativeDef::method(
        "index",
        "(self, value, start=0, stop=9223372036854775807, /)",
        index,
        "Return the index of the first occurrence of a value.",
    ),
    NativeDef::class_method("__class_getitem__", "(cls, object, /)", class_getitem, "See PEP 585"),
];

fn get_obj(vm: &Vm, v: Value) -> Res {
    info(vm, v)?;
    Ok(view(vm, v)?.owner.get())
}
fn get_nbytes(vm: &Vm, v: Value) -> Res {
    vm.int_usize(info(vm, v)?.len)
}
fn get_readonly(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(info(vm, v)?.readonly))
}
fn get_itemsize(vm: &Vm, v: Value) -> Res {
    vm.int_usize(info(vm, v)?.itemsize)
}
fn get_format(vm: &Vm, v: Value) -> Res {
    let text = info(vm, v)?.format.clone();
    vm.str(&text)
}
fn get_ndim(vm: &Vm, v: Value) -> Res {
    vm.int_usize(info(vm, v)?.dimensions())
}
fn int_tuple(vm: &Vm, numbers: &[isize]) -> Res {
    let t = vm.new_tuple_blank(numbers.len())?;
    for (i, &n) in numbers.iter().enumerate() {
        t.slot(i).set(&vm.heap, t, vm.int(n as i64)?);
    }
    Ok(t.value())
}
fn get_shape(vm: &Vm, v: Value) -> Res {
    int_tuple(vm, &info(vm, v)?.full_shape())
}
fn get_strides(vm: &Vm, v: Value) -> Res {
    int_tuple(vm, &info(vm, v)?.full_strides())
}
fn get_suboffsets(vm: &Vm, v: Value) -> Res {
    info(vm, v)?;
    vm.tuple(&[])
}
fn get_c_contiguous(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(info(vm, v)?.is_c_contiguous()))
}
fn get_f_contiguous(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(info(vm, v)?.is_f_contiguous()))
}
fn get_contiguous(vm: &Vm, v: Value) -> Res {
    let i = info(vm, v)?;
    Ok(Value::bool(i.is_c_contiguous() || i.is_f_contiguous()))
}

pub(super) static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("obj", get_obj, "The underlying object of the memoryview."),
    GetSetDef::read_only(
        "nbytes",
        get_nbytes,
        "The amount of space in bytes that the array would use in a contiguous representation.",
    ),
    GetSetDef::read_only(
        "readonly",
        get_readonly,
        "A bool indicating whether the memory is read only.",
    ),
    GetSetDef::read_only(
        "itemsize",
        get_itemsize,
        "The size in bytes of each element of the memoryview.",
    ),
    GetSetDef::read_only(
        "format",
        get_format,
        "A string containing the format (in struct module style) for each element in the view.",
    ),
    GetSetDef::read_only(
        "ndim",
        get_ndim,
        "An integer indicating how many dimensions of a multi-dimensional array the memory represents.",
    ),
    GetSetDef::read_only(
        "shape",
        get_shape,
        "A tuple of ndim integers giving the shape of the memory as an N-dimensional array.",
    ),
    GetSetDef::read_only(
        "strides",
        get_strides,
        "A tuple of ndim integers giving the size in bytes to access each element for each dimension of the array.",
    ),
    GetSetDef::read_only(
        "suboffsets",
        get_suboffsets,
        "A tuple of integers used internally for PIL-style arrays.",
    ),
    GetSetDef::read_only(
        "c_contiguous",
        get_c_contiguous,
        "A bool indicating whether the memory is C contiguous.",
    ),
    GetSetDef::read_only(
        "f_contiguous",
        get_f_contiguous,
        "A bool indicating whether the memory is Fortran contiguous.",
    ),
    GetSetDef::read_only(
        "contiguous",
        get_contiguous,
        "A bool indicating whether the memory is contiguous.",
    ),
];
