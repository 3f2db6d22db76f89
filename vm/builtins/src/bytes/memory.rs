//! `memoryview` objects: their layout, how they are made and released.
//!
//! A view holds the exporter, the object its memory lies in, and native parts: shape, strides and a share of the
//! export. Views made from a view share its export; it ends with the last of them, by `release` or by the
//! collector. Invariant: `native` is null exactly in released views.

use super::{memory_items, memory_methods};
use core::cell::Cell;
use core::ptr::NonNull;
use pyrs_core::object::{ClassSpec, Native as _, class_flag};
use pyrs_core::protocol::{Buffer, BufferInfo, Export, Exporter};
use pyrs_core::{Gc, Header, Raised, Res, Slot, Value, Vm, flag, native_object};
use std::rc::Rc;

#[repr(C)]
pub(super) struct MemoryView {
    pub header: Header,
    /// The exporter: `obj`.
    pub owner: Slot,
    /// What the memory lies in.
    pub holder: Slot,
    /// The memoryview that the exporter's Python `__buffer__` gave, else UNBOUND.
    pub view: Slot,
    pub native: Cell<*mut Parts>,
    /// Guards on the native stack over this view.
    pub exports: Cell<usize>,
    /// hash once computed, 0 before
    pub hash: Cell<isize>,
}
native_object!(MemoryView, "memoryview", slots = 3, drop = drop_view);

/// What does not fit words.
pub(super) struct Parts {
    pub info: BufferInfo,
    pub export: Rc<Export>,
}

fn drop_view(p: NonNull<Header>) {
    // SAFETY: the layout is registered with this function only.
    let view = unsafe { p.cast::<MemoryView>().as_ref() };
    free_parts(view);
}
fn free_parts(view: &MemoryView) -> Option<Box<Parts>> {
    let parts = view.native.replace(core::ptr::null_mut());
    // SAFETY: a non-null pointer comes from `Box::into_raw` below and is owned by the view alone.
    let parts = if parts.is_null() { None } else { Some(unsafe { Box::from_raw(parts) }) };
    if let Some(p) = &parts {
        p.export.let_go(core::ptr::from_ref(view) as usize);
    }
    parts
}

pub(super) fn install(vm: &Vm) -> Res<()> {
    static SPEC: ClassSpec = ClassSpec {
        name: "memoryview",
        layout: MemoryView::LAYOUT,
        flags: class_flag::SEQUENCE | class_flag::HAS_WEAKREF,
        doc: "Create a new memoryview object which references the given object.",
        methods: memory_methods::METHODS,
        getset: memory_methods::GETSET,
        fields: &[],
    };
    let class = vm.define_class(&SPEC, None)?;
    vm.extend_class(class, memory_items::METHODS, &[])?;
    vm.memoryview_class.set(class.value());
    vm.register_view_maker(view_of);
    vm.register_exporter(Exporter {
        layout: MemoryView::layout(),
        get: |vm, v| Ok(info(vm, v)?.clone()),
        count: Some(|vm, v| vm.cast::<MemoryView>(v).map(|m| &m.exports as *const Cell<usize>)),
    });
    Ok(())
}

#[cold]
fn released(vm: &Vm) -> Raised {
    vm.value_error("operation forbidden on released memoryview object")
}
/// The receiver.
pub(super) fn view(vm: &Vm, v: Value) -> Res<Gc<MemoryView>> {
    vm.cast::<MemoryView>(v).ok_or_else(|| vm.not_bytes_like(v))
}
/// The receiver's memory; ValueError once released. Do not hold across calls that may release the view.
pub(super) fn info(vm: &Vm, v: Value) -> Res<&BufferInfo> {
    let m = view(vm, v)?;
    let parts = m.native.get();
    if parts.is_null() {
        return Err(released(vm));
    }
    // SAFETY: parts live until the view is released or dies; it stands on the caller's stack.
    Ok(unsafe { &(*parts).info })
}
fn new_view(
    vm: &Vm,
    owner: Value,
    holder: Value,
    python: Value,
    info: BufferInfo,
    export: Rc<Export>,
) -> Res {
    let Some(class) = vm.as_class(vm.memoryview_class.get()) else {
        return Err(vm.system_error("memoryview is not there yet"));
    };
    let native = Box::into_raw(Box::new(Parts { info, export }));
    let made = vm.alloc(MemoryView {
        header: Header::with_flags(class.root_shape.get(), flag::FINALISER, 0),
        owner: Slot::new(owner),
        holder: Slot::new(holder),
        view: Slot::new(python),
        native: Cell::new(native),
        exports: Cell::new(0),
        hash: Cell::new(0),
    });
    match made {
        Ok(m) => {
            // The table of exports knows it by its address.
            vm.heap.pin(m.value());
            // SAFETY: the parts belong to the new view, which nobody has released yet.
            unsafe { &*native }.export.held_by(m.value());
            Ok(m.value())
        }
        Err(r) => {
            // SAFETY: the pointer was made above and given to nobody.
            drop(unsafe { Box::from_raw(native) });
            Err(r)
        }
    }
}
/// Another view of the same export, described anew.
pub(super) fn derive(vm: &Vm, from: Gc<MemoryView>, info: BufferInfo) -> Res {
    let parts = from.native.get();
    if parts.is_null() {
        return Err(released(vm));
    }
    // SAFETY: parts live while the view does; nothing ran since the check.
    let export = unsafe { &*parts }.export.clone();
    new_view(vm, from.owner.get(), from.holder.get(), from.view.get(), info, export)
}
/// `memoryview(v)`
pub(super) fn view_of(vm: &Vm, v: Value) -> Res {
    if let Some(m) = vm.cast::<MemoryView>(v) {
        let info = info(vm, v)?.clone();
        return derive(vm, m, info);
    }
    let Some(buffer) = vm.try_buffer_strided(v)? else {
        return Err(vm.type_error(format!(
            "memoryview: a bytes-like object is required, not '{}'",
            vm.type_name(v)
        )));
    };
    from_buffer(vm, buffer)
}
fn from_buffer(vm: &Vm, mut buffer: Buffer<'_>) -> Res {
    let owner = buffer.owner;
    let holder = buffer.info.holder;
    let python = buffer.take_view().unwrap_or(Value::UNBOUND);
    let mut info = buffer.info.clone();
    // From here on the slots keep the holder.
    info.holder = Value::UNBOUND;
    let export = Rc::new(vm.export(owner, holder));
    new_view(vm, owner, holder, python, info, export)
}
/// `memoryview.release()`
pub(super) fn release(vm: &Vm, v: Value) -> Res<()> {
    let m = view(vm, v)?;
    let n = m.exports.get();
    if n > 0 {
        return Err(vm.buffer_error(format!(
            "memoryview has {n} exported buffer{}",
            if n == 1 { "" } else { "s" }
        )));
    }
    let Some(parts) = free_parts(&m) else { return Ok(()) };
    let last = Rc::strong_count(&parts.export) == 1;
    let (owner, python) = (m.owner.get(), m.view.get());
    drop(parts);
    for slot in [&m.owner, &m.holder, &m.view] {
        slot.set(&vm.heap, m, Value::NONE);
    }
    if last && python.is_object() {
        vm.release_python_buffer(owner, python);
    }
    Ok(())
}
