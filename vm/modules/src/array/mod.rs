//! `array`: compact arrays of C numbers or characters.
//!
//! An array is a length and a block of raw bytes with room to spare. `items` converts single items, `sequence` holds
//! subscripts, arithmetic and comparison, `methods` the named methods, `pickle` what pickling needs.
//! Invariants: I1 `length * kind.size` bytes of the storage are in use; I2 while a buffer of the array is exported, its
//! length does not change.

mod items;
mod methods;
mod pickle;
mod sequence;

use core::cell::Cell;
use items::Kind;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::protocol::{BufferInfo, Exporter};
use pyrs_core::{Gc, Header, NativeDef, Res, Slot, Value, Vm, native_object};
use std::borrow::Cow;

type Raw = pyrs_core::object::Raw;

#[repr(C)]
pub(super) struct Array {
    header: Header,
    /// `Raw`, or UNBOUND while empty and never grown.
    storage: Slot,
    /// Items.
    length: Cell<usize>,
    /// Buffers on the native stack.
    exports: Cell<usize>,
    code: Cell<u8>,
}
native_object!(Array, "array.array", slots = 1);

/// Iterator over an array.
#[repr(C)]
struct ArrayIter {
    header: Header,
    /// The array, None when exhausted.
    array: Slot,
    index: Cell<usize>,
}
native_object!(ArrayIter, "array.arrayiterator", slots = 1);

static SPEC: ClassSpec = ClassSpec {
    name: "array.array",
    layout: <Array as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::SEQUENCE | class_flag::HAS_WEAKREF,
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized from the optional initializer value, which must be a list,\nstring or iterable over elements of the appropriate type.\n\nArrays represent basic values and behave very much like lists, except\nthe type of objects stored in them is constrained. The type is specified\nat object creation time by using a type code, which is a single character.",
    methods: sequence::METHODS,
    getset: methods::GETSET,
    fields: &[],
};
static ITERATOR: ClassSpec = ClassSpec {
    name: "array.arrayiterator",
    layout: <ArrayIter as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method("__iter__", "(self, /)", |_, a| Ok(a[0]), "Implement iter(self)."),
        NativeDef::method("__next__", "(self, /)", iterator_next, "Implement next(self)."),
        NativeDef::method(
            "__reduce__",
            "(self, /)",
            iterator_reduce,
            "Return state information for pickling.",
        ),
        NativeDef::method(
            "__setstate__",
            "(self, state, /)",
            iterator_set_state,
            "Set state information for unpickling.",
        ),
    ],
    getset: &[],
    fields: &[],
};
static FUNCTIONS: &[NativeDef] = &[NativeDef::function(
    "_array_reconstructor",
    "(arraytype, typecode, mformat_code, items, /)",
    pickle::reconstruct,
    "Internal. Used for pickling support.",
)];

pub(crate) fn init(vm: &Vm) -> Res {
    let doc = "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point\nnumbers.  Arrays are sequence types and behave very much like lists,\nexcept that the type of objects stored in them is constrained.\n";
    let m = vm.new_native_module("array", doc, FUNCTIONS)?;
    let c = vm.define_class(&SPEC, None)?;
    vm.jit.describe_typed_array(&pyrs_core::jit::TypedArray {
        shape: c.root_shape.get(),
        storage: core::mem::offset_of!(Array, storage),
        length: core::mem::offset_of!(Array, length),
        code: core::mem::offset_of!(Array, code),
    });
    vm.extend_class(c, methods::METHODS, &[])?;
    vm.class_set(c, vm.intern("__hash__"), Some(Value::NONE))?;
    vm.define_class(&ITERATOR, None)?;
    vm.register_exporter(Exporter {
        layout: <Array as pyrs_core::object::Native>::LAYOUT,
        get: export,
        count: Some(|vm, v| vm.cast::<Array>(v).map(|a| &a.exports as *const Cell<usize>)),
    });
    vm.module_set(m, "array", c.value())?;
    vm.module_set(m, "ArrayType", c.value())?;
    // `isinstance(array, MutableSequence)`
    let abc = vm.import_module("collections.abc")?;
    let sequence = vm.get_attr(abc, vm.intern("MutableSequence"))?;
    vm.call_method(sequence, "register", &[c.value()])?;
    let codes: String = items::KINDS.iter().map(|k| k.code as char).collect();
    vm.module_set(m, "typecodes", vm.str(&codes)?)?;
    Ok(m.value())
}
fn export(vm: &Vm, v: Value) -> Res<BufferInfo> {
    let a = this(vm, v)?;
    let (kind, bytes) = (a.kind(), a.bytes());
    let mut info =
        BufferInfo::bytes(bytes.as_ptr() as *mut u8, bytes.len(), false, a.storage.get());
    info.itemsize = kind.size;
    info.format = Cow::Borrowed(kind.format);
    Ok(info)
}

fn this(vm: &Vm, v: Value) -> Res<Gc<Array>> {
    vm.cast(v).ok_or_else(|| vm.type_error("an array.array is required"))
}
/// An empty array of a class.
fn new_array(vm: &Vm, class: Value, kind: &Kind) -> Res<Gc<Array>> {
    let class = vm.as_class(class).ok_or_else(|| vm.type_error("a type is required"))?;
    let o = vm.new_instance(class)?;
    // SAFETY: the class descends from one with this layout.
    let a: Gc<Array> = unsafe { o.cast() };
    a.code.set(kind.code);
    Ok(a)
}
/// An exact array of the given bytes.
fn from_bytes(vm: &Vm, kind: &Kind, data: &[u8]) -> Res<Gc<Array>> {
    let a = new_array(vm, vm.native_class::<Array>().value(), kind)?;
    append_bytes(vm, a, data)?;
    Ok(a)
}

impl Array {
    fn kind(&self) -> &'static Kind {
        items::kind(self.code.get()).unwrap_or(&items::KINDS[0])
    }
    fn len(&self) -> usize {
        self.length.get()
    }
    fn raw(&self) -> Option<Gc<Raw>> {
        let v = self.storage.get();
        // SAFETY: storage is UNBOUND or a Raw.
        if v.is_unbound() { None } else { Some(unsafe { Gc::from_value(v) }) }
    }
    /// The bytes in use; valid until anything may change the array.
    fn bytes(&self) -> &[u8] {
        match self.raw() {
            // SAFETY: I1.
            Some(r) => unsafe {
                core::slice::from_raw_parts(r.data(), self.len() * self.kind().size)
            },
            None => &[],
        }
    }
    /// The item at `i`, which must be below the length.
    fn get(&self, vm: &Vm, i: usize) -> Res {
        let kind = self.kind();
        match self.raw() {
            // SAFETY: I1 and i < length.
            Some(r) if i < self.len() => unsafe {
                items::read(vm, kind, r.data().add(i * kind.size))
            },
            _ => Err(vm.index_error("array index out of range")),
        }
    }
    /// Overwrites bytes in use from `at` on.
    fn write(&self, at: usize, data: &[u8]) {
        if let Some(r) = self.raw()
            && at + data.len() <= r.capacity()
        {
            // SAFETY: within the storage; the source may overlap.
            unsafe { core::ptr::copy(data.as_ptr(), r.data().add(at), data.len()) };
        }
    }
}

/// BufferError while the array's memory is in use by others.
fn check_resizable(vm: &Vm, a: Gc<Array>) -> Res<()> {
    match vm.check_resizable(a.value(), a.exports.get()) {
        Err(r) if vm.pending_is(r, vm.exc().buffer_error) => {
            vm.take_exception(r);
            Err(vm.buffer_error("cannot resize an array that is exporting buffers"))
        }
        other => other,
    }
}
/// Makes the array `n` items long; new ones are not meaningful yet.
fn resize(vm: &Vm, a: Gc<Array>, n: usize) -> Res<()> {
    if n != a.len() {
        check_resizable(vm, a)?;
    }
    let size = a.kind().size;
    let needed = n.checked_mul(size).ok_or_else(|| vm.memory_error())?;
    if needed > a.raw().map_or(0, |r| r.capacity()) {
        // A first filling is exact, growth leaves an eighth of room.
        let room = if a.len() == 0 { 0 } else { (n >> 3) + if n < 8 { 3 } else { 7 } };
        let wanted = needed.saturating_add(room.saturating_mul(size));
        let new = vm.new_raw(wanted)?;
        let old = a.bytes();
        // SAFETY: the new block is larger than the bytes in use.
        unsafe { core::ptr::copy_nonoverlapping(old.as_ptr(), new.data(), old.len()) };
        a.storage.set(&vm.heap, a, new.value());
    }
    a.length.set(n);
    Ok(())
}
/// Appends whole items.
fn append_bytes(vm: &Vm, a: Gc<Array>, data: &[u8]) -> Res<()> {
    let at = a.len() * a.kind().size;
    resize(vm, a, a.len() + data.len() / a.kind().size)?;
    a.write(at, data);
    Ok(())
}
fn append_value(vm: &Vm, a: Gc<Array>, v: Value) -> Res<()> {
    let kind = a.kind();
    let item = items::convert(vm, kind, v)?;
    append_bytes(vm, a, &item[..kind.size])
}
/// Replaces the items `[from, to)` by whole items in `data`, which must not lie in the array.
fn splice(vm: &Vm, a: Gc<Array>, from: usize, to: usize, data: &[u8]) -> Res<()> {
    let size = a.kind().size;
    let tail = a.bytes()[to * size..].to_vec();
    resize(vm, a, a.len() - (to - from) + data.len() / size)?;
    a.write(from * size, data);
    a.write(from * size + data.len(), &tail);
    Ok(())
}

fn new_iterator(vm: &Vm, array: Value) -> Res {
    let it = vm.alloc(ArrayIter {
        header: Header::new(vm.native_class::<ArrayIter>().root_shape.get(), 0),
        array: Slot::new(array),
        index: Cell::new(0),
    })?;
    Ok(it.value())
}
fn iterator(vm: &Vm, v: Value) -> Res<Gc<ArrayIter>> {
    vm.cast(v).ok_or_else(|| vm.type_error("an array.arrayiterator is required"))
}
fn iterator_next(vm: &Vm, args: &[Value]) -> Res {
    let it = iterator(vm, args[0])?;
    if it.array.get().is_none() {
        return Ok(Value::UNBOUND);
    }
    let (a, i) = (this(vm, it.array.get())?, it.index.get());
    if i >= a.len() {
        it.array.set(&vm.heap, it, Value::NONE);
        return Ok(Value::UNBOUND);
    }
    it.index.set(i + 1);
    a.get(vm, i)
}
fn iterator_reduce(vm: &Vm, args: &[Value]) -> Res {
    let it = iterator(vm, args[0])?;
    let iter = vm.get_attr(vm.import_module("builtins")?, vm.intern("iter"))?;
    if it.array.get().is_none() {
        return vm.tuple(&[iter, vm.tuple(&[vm.tuple(&[])?])?]);
    }
    let index = vm.int_usize(it.index.get())?;
    vm.tuple(&[iter, vm.tuple(&[it.array.get()])?, index])
}
fn iterator_set_state(vm: &Vm, args: &[Value]) -> Res {
    let it = iterator(vm, args[0])?;
    let n = vm.index_isize(args[1], None)?.max(0) as usize;
    if !it.array.get().is_none() {
        let len = this(vm, it.array.get())?.len();
        it.index.set(n.min(len));
    }
    Ok(Value::NONE)
}
