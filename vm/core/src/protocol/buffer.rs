//! The buffer protocol (PEP 3118, PEP 688): native code looks at the memory of `bytes`, `bytearray`, `array`, ...
//!
//! [`Vm::buffer`] gives a [`Buffer`], a guard on the native stack: while it lives the exporter is kept, does not
//! move, and must not change its size. What may live longer than a native call (memoryviews) holds an [`Export`],
//! which counts in a table of the machine, so that an unreachable holder stops counting when the collector
//! drops it. Kinds of objects that export memory register an [`Exporter`]; Python classes bring `__buffer__`.
//!
//! Invariants: I1 `data` stays valid while the guard (or an export) lives: exporters refuse to resize
//! (`check_resizable`) and pin what holds the memory; I2 `shape` and `strides` are both empty for plain
//! one-dimensional memory of `len` bytes.

use crate::error::Res;
use crate::object::*;
use crate::vm::Vm;
use core::cell::{Cell, RefCell};
use hashbrown::HashMap;
use pyrs_heap::{Keep, Value};
use std::borrow::Cow;
use std::rc::Rc;

/// Memory as its exporter describes it.
#[derive(Clone, Debug)]
pub struct BufferInfo {
    pub data: *mut u8,
    /// Bytes in all items.
    pub len: usize,
    pub itemsize: usize,
    pub readonly: bool,
    /// In the syntax of the struct module.
    pub format: Cow<'static, str>,
    /// Items along each dimension; empty for one dimension of `len / itemsize`, unless `scalar`.
    pub shape: Vec<isize>,
    /// Bytes between neighbours along each dimension; empty for C order.
    pub strides: Vec<isize>,
    /// No dimension at all: one item.
    pub scalar: bool,
    /// The heap object that holds the memory (to be kept unmoved), or UNBOUND.
    pub holder: Value,
}

impl BufferInfo {
    /// One dimension of bytes.
    pub fn bytes(data: *mut u8, len: usize, readonly: bool, holder: Value) -> BufferInfo {
        BufferInfo {
            data,
            len,
            itemsize: 1,
            readonly,
            format: Cow::Borrowed("B"),
            shape: Vec::new(),
            strides: Vec::new(),
            scalar: false,
            holder,
        }
    }
    pub fn dimensions(&self) -> usize {
        if self.scalar { 0 } else { self.shape.len().max(1) }
    }
    /// Items along each dimension, written out.
    pub fn full_shape(&self) -> Vec<isize> {
        if self.scalar || !self.shape.is_empty() {
            return self.shape.clone();
        }
        vec![(self.len / self.itemsize.max(1)) as isize]
    }
    /// Strides, written out.
    pub fn full_strides(&self) -> Vec<isize> {
        if !self.strides.is_empty() {
            return self.strides.clone();
        }
        c_strides(&self.full_shape(), self.itemsize)
    }
    /// Items follow each other in C order without gaps.
    pub fn is_c_contiguous(&self) -> bool {
        self.strides.is_empty()
            || self.len == 0
            || runs(&self.shape, &self.strides, self.itemsize, self.shape.len(), |i, n| n - 1 - i)
    }
    pub fn is_f_contiguous(&self) -> bool {
        let strides = self.full_strides();
        let shape = self.full_shape();
        self.len == 0 || runs(&shape, &strides, self.itemsize, shape.len(), |i, _| i)
    }
    /// Calls `f` with the address of every item in C order.
    pub fn each_item(&self, mut f: impl FnMut(*mut u8)) {
        let (shape, strides) = (self.full_shape(), self.full_strides());
        walk(self.data, &shape, &strides, &mut f);
    }
}

/// Strides of C order.
pub fn c_strides(shape: &[isize], itemsize: usize) -> Vec<isize> {
    let mut strides = vec![0; shape.len()];
    let mut step = itemsize as isize;
    for i in (0..shape.len()).rev() {
        strides[i] = step;
        step = step.wrapping_mul(shape[i]);
    }
    strides
}
/// Dimensions in the order `pick` gives grow from the item size without gaps.
fn runs(
    shape: &[isize],
    strides: &[isize],
    itemsize: usize,
    n: usize,
    pick: impl Fn(usize, usize) -> usize,
) -> bool {
    let mut step = itemsize as isize;
    for i in 0..n {
        let d = pick(i, n);
        if shape[d] > 1 && strides[d] != step {
            return false;
        }
        step = step.wrapping_mul(shape[d]);
    }
    true
}
fn walk(at: *mut u8, shape: &[isize], strides: &[isize], f: &mut dyn FnMut(*mut u8)) {
    match shape.split_first() {
        None => f(at),
        Some((&n, rest)) => {
            for i in 0..n {
                walk(at.wrapping_offset(i * strides[0]), rest, &strides[1..], f);
            }
        }
    }
}

/// How objects of a native layout export their memory.
#[derive(Clone, Copy)]
pub struct Exporter {
    pub layout: &'static NativeLayout,
    /// Describes the memory, or raises (BufferError).
    pub get: fn(&Vm, Value) -> Res<BufferInfo>,
    /// The object's count of guards on the native stack, if its memory can move or vanish.
    pub count: Option<fn(&Vm, Value) -> Option<*const Cell<usize>>>,
}

/// The machine's registry of exporters and the table of long-lived exports.
#[derive(Default)]
pub struct Exporters {
    rows: RefCell<Vec<Exporter>>,
    exports: Rc<RefCell<ExportTable>>,
    /// How often an export that seemed to be in the way was not in use.
    vain: Cell<u64>,
    /// Makes a memoryview for `__buffer__` (registered by the built-in types).
    make_view: Cell<Option<fn(&Vm, Value) -> Res>>,
}

/// The long-lived exports by the address of the exporter, which is pinned.
#[derive(Default)]
struct ExportTable {
    rows: HashMap<usize, ExportRow>,
    serial: u64,
}
struct ExportRow {
    count: usize,
    /// Tells rows of the same exporter apart.
    serial: u64,
    /// Minor collections before the first export.
    born: u64,
    /// Addresses of the objects that hold the exports.
    holders: Vec<usize>,
}

/// A long-lived export of `owner`, dropped by whoever holds it (a memoryview's native part).
pub struct Export {
    table: Rc<RefCell<ExportTable>>,
    owner: usize,
    serial: u64,
}
impl Export {
    fn row<R>(&self, f: impl FnOnce(&mut ExportRow) -> R) -> Option<R> {
        let mut t = self.table.borrow_mut();
        t.rows.get_mut(&self.owner).filter(|r| r.serial == self.serial).map(f)
    }
    /// The object `v`, which does not move any more, holds this export.
    pub fn held_by(&self, v: Value) {
        self.row(|r| r.holders.push(v.bits()));
    }
    /// The object at that address does not hold this export any more.
    pub fn let_go(&self, address: usize) {
        self.row(|r| r.holders.retain(|&h| h != address));
    }
}
impl Drop for Export {
    fn drop(&mut self) {
        let left = self.row(|r| {
            r.count -= 1;
            r.count
        });
        if left == Some(0) {
            self.table.borrow_mut().rows.remove(&self.owner);
        }
    }
}

/// Memory of an object, for the length of a native call.
pub struct Buffer<'vm> {
    vm: &'vm Vm,
    /// The object asked.
    pub owner: Value,
    pub info: BufferInfo,
    count: Option<*const Cell<usize>>,
    /// The memoryview a Python `__buffer__` gave, else UNBOUND.
    view: Value,
    _keep: [Keep; 2],
}

impl Buffer<'_> {
    #[inline]
    pub fn len(&self) -> usize {
        self.info.len
    }
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.info.len == 0
    }
    /// The bytes of a contiguous buffer. No Python code may run while the slice is used: it could write there.
    #[inline]
    pub fn data(&self) -> &[u8] {
        if self.info.len == 0 {
            return &[];
        }
        // SAFETY: I1; `buffer` and `try_buffer` demand contiguous memory.
        unsafe { core::slice::from_raw_parts(self.info.data, self.info.len) }
    }
    /// The bytes of a contiguous writable buffer.
    #[inline]
    pub fn cells(&self) -> &[Cell<u8>] {
        if self.info.len == 0 {
            return &[];
        }
        // SAFETY: as for `data`; cells may be written by others.
        unsafe { core::slice::from_raw_parts(self.info.data.cast(), self.info.len) }
    }
    /// Takes over the memoryview a Python `__buffer__` gave: the caller releases it then.
    pub fn take_view(&mut self) -> Option<Value> {
        let v = core::mem::replace(&mut self.view, Value::UNBOUND);
        if v.is_unbound() { None } else { Some(v) }
    }
    /// Copies `from` to the start of a writable buffer.
    pub fn write(&self, at: usize, from: &[u8]) {
        debug_assert!(!self.info.readonly);
        let room = self.info.len.saturating_sub(at).min(from.len());
        // SAFETY: I1, and the range lies within the buffer; the source may overlap.
        unsafe { core::ptr::copy(from.as_ptr(), self.info.data.add(at), room) };
    }
    /// The items' bytes in C order.
    pub fn to_vec(&self) -> Vec<u8> {
        if self.info.is_c_contiguous() {
            return self.data().to_vec();
        }
        let mut out = Vec::with_capacity(self.info.len);
        let n = self.info.itemsize;
        // SAFETY: I1: every item lies within the exporter's memory.
        self.info
            .each_item(|p| out.extend_from_slice(unsafe { core::slice::from_raw_parts(p, n) }));
        out
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        if let Some(c) = self.count {
            // SAFETY: the cell lies in the exporter, which the guard keeps.
            let c = unsafe { &*c };
            c.set(c.get() - 1);
        }
        if !self.view.is_unbound() {
            self.vm.release_python_buffer(self.owner, self.view);
        }
    }
}

impl Vm {
    pub fn register_exporter(&self, e: Exporter) {
        self.exporters.rows.borrow_mut().push(e);
    }
    /// The function that makes memoryviews, for `__buffer__` methods of native classes.
    pub fn register_view_maker(&self, f: fn(&Vm, Value) -> Res) {
        self.exporters.make_view.set(Some(f));
    }
    /// `memoryview(v)`
    pub fn new_memoryview(&self, v: Value) -> Res {
        match self.exporters.make_view.get() {
            Some(f) => f(self, v),
            None => Err(self.system_error("memoryview is not there yet")),
        }
    }
    fn exporter_of(&self, v: Value) -> Option<Exporter> {
        let o = self.object(v)?;
        let shape = self.shape(o.shape());
        let rows = self.exporters.rows.borrow();
        rows.iter().find(|e| core::ptr::eq(e.layout, shape.layout)).copied()
    }
    /// The class's `__buffer__`, if written in Python.
    fn python_buffer(&self, v: Value) -> Option<Value> {
        let f = self.lookup(self.class_of(v), self.names().buffer)?;
        let native = self.object(f).is_some_and(|o| o.shape() == core_shape::NATIVE_METHOD);
        if native || f.is_none() { None } else { Some(f) }
    }
    /// A bytes-like object's contiguous memory, or TypeError "a bytes-like object is required, not 'X'".
    pub fn buffer(&self, v: Value, writable: bool) -> Res<Buffer<'_>> {
        match self.try_buffer(v)? {
            Some(b) if writable && b.info.readonly => {
                drop(b);
                Err(self.buffer_error("Object is not writable."))
            }
            Some(b) => Ok(b),
            None => Err(self.not_bytes_like(v)),
        }
    }
    /// Memory to write to, the only argument of the function `name`: TypeError for anything else, as CPython's
    /// argument parser has it.
    pub fn writable_argument(&self, name: &str, v: Value) -> Res<Buffer<'_>> {
        match self.try_buffer(v)? {
            Some(b) if !b.info.readonly => Ok(b),
            _ => Err(self.type_error(format!(
                "{name}() argument must be read-write bytes-like object, not {}",
                self.type_name(v)
            ))),
        }
    }
    #[cold]
    pub fn not_bytes_like(&self, v: Value) -> crate::error::Raised {
        self.type_error(format!("a bytes-like object is required, not '{}'", self.type_name(v)))
    }
    /// As `buffer`, `None` for objects that are not bytes-like.
    pub fn try_buffer(&self, v: Value) -> Res<Option<Buffer<'_>>> {
        match self.try_buffer_strided(v)? {
            Some(b) if !b.info.is_c_contiguous() => {
                drop(b);
                Err(self.buffer_error("memoryview: underlying buffer is not C-contiguous"))
            }
            b => Ok(b),
        }
    }
    /// Memory of any layout.
    pub fn try_buffer_strided(&self, v: Value) -> Res<Option<Buffer<'_>>> {
        if let Some(b) = self.exact::<Bytes>(v, core_shape::BYTES) {
            let info = BufferInfo::bytes(b.data().as_ptr() as *mut u8, b.len(), true, v);
            return Ok(Some(self.guard(v, info, None)));
        }
        if self.object(v).is_none() {
            return Ok(None);
        }
        let builtin = self.object(v).is_some_and(|o| o.shape() == core_shape::BYTEARRAY);
        if !builtin && let Some(f) = self.python_buffer(v) {
            return self.call_python_buffer(v, f).map(Some);
        }
        if let Some(b) = self.bytes_buffer(v) {
            return Ok(Some(b));
        }
        let Some(e) = self.exporter_of(v) else { return Ok(None) };
        let info = (e.get)(self, v)?;
        let count = e.count.and_then(|f| f(self, v));
        Ok(Some(self.guard(v, info, count)))
    }
    /// The memory of bytes and bytearrays (and instances of subclasses), whatever `__buffer__` says.
    pub fn bytes_buffer(&self, v: Value) -> Option<Buffer<'_>> {
        if let Some(b) = self.as_bytes(v) {
            let info = BufferInfo::bytes(b.data().as_ptr() as *mut u8, b.len(), true, b.value());
            return Some(self.guard(v, info, None));
        }
        let b = self.cast::<ByteArray>(v)?;
        let data = b.data().as_ptr() as *mut u8;
        let info = BufferInfo::bytes(data, b.len(), false, b.storage.get());
        Some(self.guard(v, info, Some(&b.exports as *const Cell<usize>)))
    }
    fn guard(
        &self,
        owner: Value,
        info: BufferInfo,
        count: Option<*const Cell<usize>>,
    ) -> Buffer<'_> {
        if let Some(c) = count {
            // SAFETY: the cell lies in `owner`, which stands on the stack.
            let c = unsafe { &*c };
            c.set(c.get() + 1);
        }
        let keep = [Keep::value(owner), Keep::value(info.holder)];
        Buffer { vm: self, owner, info, count, view: Value::UNBOUND, _keep: keep }
    }
    fn call_python_buffer(&self, v: Value, f: Value) -> Res<Buffer<'_>> {
        // PyBUF_FULL_RO: the consumer checks what it needs afterwards.
        const FULL_RO: isize = 0x11c;
        let view = self.call_bound(f, v, &[Value::small_int(FULL_RO)])?;
        let is_view = self.class_of(view).value() == self.memoryview_class.get();
        if !is_view {
            return Err(self.type_error("__buffer__ returned non-memoryview object"));
        }
        let Some(inner) = self.try_buffer_strided(view)? else {
            return Err(self.type_error("__buffer__ returned non-memoryview object"));
        };
        let (info, count) = (inner.info.clone(), inner.count);
        // The count passes to the guard that is given out.
        let mut b = self.guard(v, info, count);
        drop(inner);
        b.view = view;
        Ok(b)
    }
    /// Ends the use of a memoryview that `owner.__buffer__` gave: `__release_buffer__`, then `release`.
    /// Errors have nowhere to go.
    pub fn release_python_buffer(&self, owner: Value, view: Value) {
        let pending = self.pending.replace(Value::NONE);
        let release = self.lookup(self.class_of(owner), self.names().release_buffer);
        let native =
            |f: Value| self.object(f).is_some_and(|o| o.shape() == core_shape::NATIVE_METHOD);
        if let Some(f) = release.filter(|&f| !f.is_none() && !native(f))
            && let Err(r) = self.call_bound(f, owner, &[view])
        {
            self.take_exception(r);
        }
        if let Err(r) = self.call_method(view, "release", &[]) {
            self.take_exception(r);
        }
        self.pending.set(pending);
    }
    /// Whether `v` exports memory.
    pub fn is_bytes_like(&self, v: Value) -> bool {
        self.as_bytes(v).is_some()
            || self.cast::<ByteArray>(v).is_some()
            || self.exporter_of(v).is_some()
            || self.python_buffer(v).is_some()
    }

    // ---- long-lived exports
    /// Counts a long-lived export of `owner`, and pins it and the object that holds its memory.
    pub fn export(&self, owner: Value, holder: Value) -> Export {
        for v in [owner, holder] {
            if v.is_object() {
                self.heap.pin(v);
            }
        }
        let table = self.exporters.exports.clone();
        let (born, owner) = (self.heap.statistics().minors, owner.bits());
        let serial = {
            let mut t = table.borrow_mut();
            t.serial += 1;
            let serial = t.serial;
            let fresh = ExportRow { count: 0, serial, born, holders: Vec::new() };
            let row = t.rows.entry(owner).or_insert(fresh);
            row.count += 1;
            row.serial
        };
        Export { table, owner, serial }
    }
    /// BufferError if the memory of `owner` is exported; `guards` is its count of guards on the stack.
    /// Exports whose holders are garbage are found by a collection first.
    #[inline]
    pub fn check_resizable(&self, owner: Value, guards: usize) -> Res<()> {
        if guards == 0 && self.exporters.exports.borrow().rows.is_empty() {
            return Ok(());
        }
        self.check_exports(owner, guards)
    }
    #[cold]
    #[inline(never)]
    fn check_exports(&self, owner: Value, guards: usize) -> Res<()> {
        // Else the words that the frames of the search leave as they were would show it what the last one held.
        crate::interp::wipe_native_stack();
        if guards == 0 && !self.still_exported(owner) {
            return Ok(());
        }
        Err(self.buffer_error("Existing exports of data: object cannot be re-sized"))
    }
    /// Whether the program still has an export of `owner`. There are no reference counts to tell, and the
    /// native stack may hold what nobody means any more. So: an export is in use if its holder stands on the Python
    /// stack, or if an object refers to it. Looking through the heap is slow, and temporaries are the common case: of
    /// holders just made only the stack is asked once the heap has been looked through in vain often enough.
    /// Exports not in use are taken out of the table; the holder, should it turn up again, sees the memory it was
    /// made for (which it keeps).
    #[inline(never)]
    fn still_exported(&self, owner: Value) -> bool {
        /// Searches of the heap in vain before holders just made are believed to be temporaries.
        const PATIENCE: u64 = 256;
        let find = || {
            let t = self.exporters.exports.borrow();
            t.rows.get(&owner.bits()).map(|r| (r.born, r.holders.clone()))
        };
        let Some((born, holders)) = find() else { return false };
        if self.on_python_stacks(&holders) {
            // Most often the holder is a temporary that has just been used.
            self.forget_dead_registers(false);
            if self.on_python_stacks(&holders) {
                return true;
            }
        }
        let now = self.heap.statistics().minors;
        let vain = self.exporters.vain.get() + 1;
        if born != now || vain <= PATIENCE || vain.is_power_of_two() {
            self.heap.collect_full();
            let Some((_, holders)) = find() else { return false };
            if self.referred_to(&holders, owner) {
                return true;
            }
        }
        self.exporters.vain.set(vain);
        self.exporters.exports.borrow_mut().rows.remove(&owner.bits());
        false
    }
    /// Whether an object of the heap (other than views of the same memory) refers to one of `targets`. Tuples count
    /// only if something refers to them or the Python stack holds them: arguments are passed in tuples, which the
    /// native stack may hold as it may hold the views.
    fn referred_to(&self, targets: &[usize], owner: Value) -> bool {
        let mut known = targets.to_vec();
        loop {
            let (mut tuples, mut found) = (Vec::new(), false);
            self.heap.for_each_object(|v| {
                if found || v == owner || known.contains(&v.bits()) {
                    return;
                }
                let Some(o) = self.object(v) else { return };
                let mut refers = false;
                self.heap.referents(o, |r| refers |= known.contains(&r.bits()));
                if refers && o.shape() == core_shape::TUPLE {
                    tuples.push(v.bits());
                } else {
                    found |= refers;
                }
            });
            if found || self.on_python_stacks(&tuples) {
                return true;
            }
            if tuples.is_empty() {
                return false;
            }
            known.append(&mut tuples);
        }
    }
}
