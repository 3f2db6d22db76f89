//! Arrays as sequences: construction, subscripts, arithmetic, comparison.

use super::items::{self, Kind};
use super::{
    Array, append_bytes, append_value, from_bytes, new_array, new_iterator, resize, splice, this,
};
use pyrs_core::object::ByteArray;
use pyrs_core::protocol::{Comparison, Indices};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method(
        "__len__",
        "(self, /)",
        |vm, a| vm.int_usize(this(vm, a[0])?.len()),
        "Return len(self).",
    ),
    NativeDef::method(
        "__iter__",
        "(self, /)",
        |vm, a| new_iterator(vm, a[0]),
        "Implement iter(self).",
    ),
    NativeDef::method("__getitem__", "(self, key, /)", get_item, "Return self[key]."),
    NativeDef::method("__setitem__", "(self, key, value, /)", set_item, "Set self[key] to value."),
    NativeDef::method("__delitem__", "(self, key, /)", delete_item, "Delete self[key]."),
    NativeDef::method("__contains__", "(self, key, /)", contains, "Return bool(key in self)."),
    NativeDef::method("__add__", "(self, value, /)", add, "Return self+value."),
    NativeDef::method("__iadd__", "(self, value, /)", in_place_add, "Implement self+=value."),
    NativeDef::method("__mul__", "(self, value, /)", multiply, "Return self*value."),
    NativeDef::method("__rmul__", "(self, value, /)", multiply, "Return value*self."),
    NativeDef::method("__imul__", "(self, value, /)", in_place_multiply, "Implement self*=value."),
    NativeDef::method(
        "__eq__",
        "(self, value, /)",
        |vm, a| compare(vm, a, Comparison::Eq),
        "Return self==value.",
    ),
    NativeDef::method(
        "__ne__",
        "(self, value, /)",
        |vm, a| compare(vm, a, Comparison::Ne),
        "Return self!=value.",
    ),
    NativeDef::method(
        "__lt__",
        "(self, value, /)",
        |vm, a| compare(vm, a, Comparison::Lt),
        "Return self<value.",
    ),
    NativeDef::method(
        "__le__",
        "(self, value, /)",
        |vm, a| compare(vm, a, Comparison::Le),
        "Return self<=value.",
    ),
    NativeDef::method(
        "__gt__",
        "(self, value, /)",
        |vm, a| compare(vm, a, Comparison::Gt),
        "Return self>value.",
    ),
    NativeDef::method(
        "__ge__",
        "(self, value, /)",
        |vm, a| compare(vm, a, Comparison::Ge),
        "Return self>=value.",
    ),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method(
        "__buffer__",
        "(self, flags, /)",
        |vm, a| vm.new_memoryview(a[0]),
        "Return a buffer object that exposes the underlying memory of the object.",
    ),
    NativeDef::class_method(
        "__class_getitem__",
        "(cls, object, /)",
        |vm, a| vm.generic_alias(a[0], a[1]),
        "See PEP 585",
    ),
];

/// The kind a type code argument names.
pub(super) fn kind_of(vm: &Vm, v: Value) -> Res<&'static Kind> {
    let Some(s) = vm.as_str(v) else {
        return Err(vm.type_error(format!(
            "array() argument 1 must be a unicode character, not {}",
            vm.type_name(v)
        )));
    };
    if s.len() != 1 {
        return Err(vm.type_error(format!(
            "array() argument 1 must be a unicode character, not a string of length {}",
            s.len()
        )));
    }
    match u8::try_from(s.at(0)).ok().and_then(items::kind) {
        Some(k) => Ok(k),
        None => {
            Err(vm.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"))
        }
    }
}
fn new(vm: &Vm, args: &[Value]) -> Res {
    let exact = args[0] == vm.native_class::<Array>().value();
    if exact && vm.as_dict(args[2]).is_some_and(|d| !d.is_empty()) {
        return Err(vm.type_error("array.array() takes no keyword arguments"));
    }
    let given = vm.to_tuple(args[1])?;
    let n = given.len();
    if n == 0 || n > 2 {
        let (how, most, s) = if n == 0 { ("least", 1, "") } else { ("most", 2, "s") };
        return Err(vm.type_error(format!("array() takes at {how} {most} argument{s} ({n} given)")));
    }
    let kind = kind_of(vm, given.get(0))?;
    if kind.code == b'u' {
        let text = "The 'u' type code is deprecated and will be removed in Python 3.16";
        pyrs_builtins::warn(vm, vm.exc().deprecation_warning, text)?;
    }
    let initial = if n == 2 { Some(given.get(1)) } else { None };
    if let Some(v) = initial {
        check_initial(vm, kind, v)?;
    }
    let a = new_array(vm, args[0], kind)?;
    if let Some(v) = initial {
        fill(vm, a, v)?;
    }
    Ok(a.value())
}
/// Texts and arrays of text fit text arrays only.
fn check_initial(vm: &Vm, kind: &Kind, v: Value) -> Res<()> {
    let code = kind.code as char;
    if vm.as_str(v).is_some() && !kind.is_text() {
        return Err(vm.type_error(format!(
            "cannot use a str to initialize an array with typecode '{code}'"
        )));
    }
    if vm.cast::<Array>(v).is_some_and(|b| b.kind().is_text()) && !kind.is_text() {
        return Err(vm.type_error(format!(
            "cannot use a unicode array to initialize an array with typecode '{code}'"
        )));
    }
    Ok(())
}
fn fill(vm: &Vm, a: Gc<Array>, v: Value) -> Res<()> {
    if vm.as_bytes(v).is_some() || vm.cast::<ByteArray>(v).is_some() {
        return add_bytes(vm, a, v);
    }
    if let Some(s) = vm.as_str(v) {
        return add_text(vm, a, s);
    }
    match vm.cast::<Array>(v) {
        Some(b) if b.kind().code == a.kind().code => append_bytes(vm, a, b.bytes()),
        _ => vm.iterate(v, |item| append_value(vm, a, item)),
    }
}
/// Appends the items whose bytes a bytes-like object holds.
pub(super) fn add_bytes(vm: &Vm, a: Gc<Array>, v: Value) -> Res<()> {
    // A copy, as the object may be the array itself, whose memory a buffer would lock.
    let data = vm.buffer(v, false)?.data().to_vec();
    if data.len() % a.kind().size != 0 {
        return Err(vm.value_error("bytes length not a multiple of item size"));
    }
    append_bytes(vm, a, &data)
}
pub(super) fn add_text(vm: &Vm, a: Gc<Array>, s: Gc<pyrs_core::object::Str>) -> Res<()> {
    let data: Vec<u8> = s.points().iter().flat_map(|c| c.to_ne_bytes()).collect();
    append_bytes(vm, a, &data)
}

fn is_index(vm: &Vm, v: Value) -> bool {
    vm.as_int(v).is_some() || vm.special(vm.class_of(v), pyrs_core::Special::Index).is_some()
}
fn get_item(vm: &Vm, args: &[Value]) -> Res {
    let (a, key) = (this(vm, args[0])?, args[1]);
    if let Some(s) = vm.as_slice(key) {
        let r = vm.resolve_slice(s, a.len())?;
        let (size, data) = (a.kind().size, a.bytes());
        let mut out = Vec::with_capacity(r.count * size);
        for i in places(&r) {
            out.extend_from_slice(&data[i * size..(i + 1) * size]);
        }
        return Ok(from_bytes(vm, a.kind(), &out)?.value());
    }
    if !is_index(vm, key) {
        return Err(vm.type_error("array indices must be integers"));
    }
    let i = vm.sequence_index(key, a.len(), "array index out of range")?;
    a.get(vm, i)
}
/// The places a slice selects, in its order.
fn places(r: &Indices) -> impl Iterator<Item = usize> + use<> {
    let (start, step) = (r.start, r.step);
    (0..r.count as isize).map(move |i| (start + i * step) as usize)
}
fn set_item(vm: &Vm, args: &[Value]) -> Res {
    let (a, key, v) = (this(vm, args[0])?, args[1], args[2]);
    if let Some(s) = vm.as_slice(key) {
        let r = vm.resolve_slice(s, a.len())?;
        let Some(b) = vm.cast::<Array>(v) else {
            return Err(vm.type_error(format!(
                "can only assign array (not \"{}\") to array slice",
                vm.type_name(v)
            )));
        };
        if b.code != a.code {
            return Err(vm.type_error("bad argument type for built-in operation"));
        }
        let data = b.bytes().to_vec();
        return assign(vm, a, &r, &data).map(|()| Value::NONE);
    }
    if !is_index(vm, key) {
        return Err(vm.type_error("array indices must be integers"));
    }
    let message = "array assignment index out of range";
    let i = vm.sequence_index(key, a.len(), message)?;
    let kind = a.kind();
    let item = items::convert(vm, kind, v)?;
    // The conversion may have run Python code that shortened the array.
    if i >= a.len() {
        return Err(vm.index_error(message));
    }
    a.write(i * kind.size, &item[..kind.size]);
    Ok(Value::NONE)
}
fn assign(vm: &Vm, a: Gc<Array>, r: &Indices, data: &[u8]) -> Res<()> {
    let size = a.kind().size;
    if r.step == 1 {
        let from = r.start as usize;
        return splice(vm, a, from, from + r.count, data);
    }
    let n = data.len() / size;
    if n != r.count {
        return Err(vm.value_error(format!(
            "attempt to assign array of size {n} to extended slice of size {}",
            r.count
        )));
    }
    for (i, item) in places(r).zip(data.chunks(size)) {
        a.write(i * size, item);
    }
    Ok(())
}
fn delete_item(vm: &Vm, args: &[Value]) -> Res {
    let (a, key) = (this(vm, args[0])?, args[1]);
    if let Some(s) = vm.as_slice(key) {
        let r = vm.resolve_slice(s, a.len())?;
        if r.count == 0 {
            return Ok(Value::NONE);
        }
        let size = a.kind().size;
        let mut gone = vec![false; a.len()];
        places(&r).for_each(|i| gone[i] = true);
        let kept: Vec<u8> = a
            .bytes()
            .chunks(size)
            .zip(&gone)
            .filter(|(_, gone)| !**gone)
            .flat_map(|(item, _)| item.iter().copied())
            .collect();
        resize(vm, a, kept.len() / size)?;
        a.write(0, &kept);
        return Ok(Value::NONE);
    }
    if !is_index(vm, key) {
        return Err(vm.type_error("array indices must be integers"));
    }
    let i = vm.sequence_index(key, a.len(), "array assignment index out of range")?;
    splice(vm, a, i, i + 1, &[])?;
    Ok(Value::NONE)
}
/// The first place from `start` on that holds `v`, looked up while the array may change.
pub(super) fn find(
    vm: &Vm,
    a: Gc<Array>,
    v: Value,
    start: usize,
    stop: usize,
) -> Res<Option<usize>> {
    let mut i = start;
    while i < stop.min(a.len()) {
        let item = a.get(vm, i)?;
        if vm.equal(item, v)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}
fn contains(vm: &Vm, args: &[Value]) -> Res {
    let found = find(vm, this(vm, args[0])?, args[1], 0, usize::MAX)?;
    Ok(Value::bool(found.is_some()))
}
fn add(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let Some(b) = vm.cast::<Array>(args[1]) else {
        return Err(vm.type_error(format!(
            "can only append array (not \"{}\") to array",
            vm.type_name(args[1])
        )));
    };
    if b.code != a.code {
        return Err(vm.type_error("bad argument type for built-in operation"));
    }
    let joined = [a.bytes(), b.bytes()].concat();
    Ok(from_bytes(vm, a.kind(), &joined)?.value())
}
fn in_place_add(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    if vm.cast::<Array>(args[1]).is_none() {
        return Err(vm.type_error(format!(
            "can only extend array with array (not \"{}\")",
            vm.type_name(args[1])
        )));
    }
    extend(vm, a, args[1])?;
    Ok(args[0])
}
pub(super) fn extend(vm: &Vm, a: Gc<Array>, v: Value) -> Res<()> {
    let Some(b) = vm.cast::<Array>(v) else {
        return vm.iterate(v, |item| append_value(vm, a, item));
    };
    if b.code != a.code {
        return Err(vm.type_error("can only extend with array of same kind"));
    }
    let data = b.bytes().to_vec();
    append_bytes(vm, a, &data)
}
/// The bytes `n` times over.
fn repeated(vm: &Vm, a: Gc<Array>, times: Value) -> Res<Option<Vec<u8>>> {
    if !is_index(vm, times) {
        return Ok(None);
    }
    let n = vm.index_isize(times, Some(vm.exc().overflow_error))?.max(0) as usize;
    let data = a.bytes();
    let mut out = Vec::new();
    match data.len().checked_mul(n) {
        Some(size) if out.try_reserve_exact(size).is_ok() => {}
        _ => return Err(vm.memory_error()),
    }
    for _ in 0..if data.is_empty() { 0 } else { n } {
        out.extend_from_slice(data);
    }
    Ok(Some(out))
}
fn cannot_multiply(vm: &Vm, v: Value) -> pyrs_core::Raised {
    vm.type_error(format!("can't multiply sequence by non-int of type '{}'", vm.type_name(v)))
}
fn multiply(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    match repeated(vm, a, args[1])? {
        Some(data) => Ok(from_bytes(vm, a.kind(), &data)?.value()),
        None => Err(cannot_multiply(vm, args[1])),
    }
}
fn in_place_multiply(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let Some(data) = repeated(vm, a, args[1])? else { return Err(cannot_multiply(vm, args[1])) };
    resize(vm, a, data.len() / a.kind().size)?;
    a.write(0, &data);
    Ok(args[0])
}
fn compare(vm: &Vm, args: &[Value], op: Comparison) -> Res {
    let a = this(vm, args[0])?;
    let Some(b) = vm.cast::<Array>(args[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    let equality = matches!(op, Comparison::Eq | Comparison::Ne);
    if equality && a.len() != b.len() {
        return Ok(Value::bool(op == Comparison::Ne));
    }
    if a.code == b.code && !a.kind().is_float() && equality {
        return Ok(Value::bool((a.bytes() == b.bytes()) == (op == Comparison::Eq)));
    }
    let mut i = 0;
    while i < a.len() && i < b.len() {
        let (x, y) = (a.get(vm, i)?, b.get(vm, i)?);
        if !vm.compare_bool(Comparison::Eq, x, y)? {
            return if equality {
                Ok(Value::bool(op == Comparison::Ne))
            } else {
                vm.compare(op, x, y)
            };
        }
        i += 1;
    }
    Ok(Value::bool(op.holds(a.len().cmp(&b.len()))))
}
fn repr(vm: &Vm, args: &[Value]) -> Res {
    let a = this(vm, args[0])?;
    let (name, code) = (vm.type_name(args[0]), a.kind().code as char);
    let short = name.rsplit('.').next().unwrap_or(&name).to_owned();
    if a.len() == 0 {
        return vm.str(&format!("{short}('{code}')"));
    }
    let inner = if a.kind().is_text() { to_text(vm, a)? } else { to_list(vm, a)? };
    let shown = vm.repr(inner)?;
    let mut out = pyrs_text::StrBuilder::from(format!("{short}('{code}', ").as_str());
    out.push_points(shown.points());
    out.push(u32::from(b')'));
    Ok(vm.new_str_builder(&out)?.value())
}
pub(super) fn to_list(vm: &Vm, a: Gc<Array>) -> Res {
    let list = vm.new_list_with_capacity(a.len())?;
    for i in 0..a.len() {
        vm.list_append(list, a.get(vm, i)?)?;
    }
    Ok(list.value())
}
pub(super) fn to_text(vm: &Vm, a: Gc<Array>) -> Res {
    let mut out = pyrs_text::StrBuilder::new();
    for c in a.bytes().chunks_exact(4) {
        let c = u32::from_ne_bytes([c[0], c[1], c[2], c[3]]);
        if c > 0x10ffff {
            return Err(
                vm.value_error(format!("character U+{c:x} is not in range [U+0000; U+10ffff]"))
            );
        }
        out.push(c);
    }
    Ok(vm.new_str_builder(&out)?.value())
}
