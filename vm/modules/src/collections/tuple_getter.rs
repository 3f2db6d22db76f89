//! `_tuplegetter`: the descriptor through which a named tuple shows one item as an attribute.

use crate::class_support::class_of_new;
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

#[repr(C)]
struct TupleGetter {
    header: Header,
    doc: Slot,
    index: Cell<isize>,
}
native_object!(TupleGetter, "_tuplegetter", slots = 1);

pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "collections._tuplegetter",
    layout: <TupleGetter as Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "",
    methods: &[
        NativeDef::static_method("__new__", "(cls, index, doc, /)", new, ""),
        NativeDef::method(
            "__get__",
            "(self, instance, owner=None, /)",
            get,
            "Return an attribute of instance, which is of type owner.",
        ),
        NativeDef::method(
            "__set__",
            "(self, instance, value, /)",
            |vm, _| Err(vm.raise_text(vm.exc().attribute_error, "can't set attribute")),
            "Set an attribute of instance to value.",
        ),
        NativeDef::method(
            "__delete__",
            "(self, instance, /)",
            |vm, _| Err(vm.raise_text(vm.exc().attribute_error, "can't delete attribute")),
            "Delete an attribute of instance.",
        ),
        NativeDef::method("__reduce__", "(self, /)", reduce, ""),
        NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    ],
    getset: &[GetSetDef { name: "__doc__", get: doc, set: Some(set_doc), doc: "" }],
    fields: &[],
};

fn new(vm: &Vm, a: &[Value]) -> Res {
    let index = vm.index_isize(a[1], Some(vm.exc().overflow_error))?;
    let o = vm.new_instance(class_of_new(vm, a[0])?)?;
    if let Some(g) = vm.cast::<TupleGetter>(o.value()) {
        g.index.set(index);
        g.doc.set(&vm.heap, g, a[2]);
    }
    Ok(o.value())
}
fn get(vm: &Vm, a: &[Value]) -> Res {
    let index = vm.cast::<TupleGetter>(a[0]).map_or(0, |g| g.index.get());
    if a[1].is_none() {
        return Ok(a[0]);
    }
    let Some(t) = vm.as_tuple(a[1]) else {
        return Err(vm.type_error(format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{}' object",
            vm.type_name(a[1])
        )));
    };
    match usize::try_from(index) {
        Ok(i) if i < t.len() => Ok(t.get(i)),
        _ => Err(vm.index_error("tuple index out of range")),
    }
}
fn doc(vm: &Vm, v: Value) -> Res {
    // Seen through the class itself there is no text.
    Ok(vm.cast::<TupleGetter>(v).map_or(Value::NONE, |g| g.doc.get()))
}
fn set_doc(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    if let Some(g) = vm.cast::<TupleGetter>(v) {
        g.doc.set(&vm.heap, g, new.unwrap_or(Value::NONE));
    }
    Ok(())
}
fn parts(vm: &Vm, v: Value) -> Res<(Value, Value)> {
    match vm.cast::<TupleGetter>(v) {
        Some(g) => Ok((vm.int(g.index.get() as i64)?, g.doc.get())),
        None => Err(vm.type_error("a _tuplegetter is required")),
    }
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let (index, doc) = parts(vm, a[0])?;
    vm.tuple(&[vm.class_of(a[0]).value(), vm.tuple(&[index, doc])?])
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let (index, doc) = parts(vm, a[0])?;
    let (index, doc) = (vm.repr(index)?.to_lossy(), vm.repr(doc)?.to_lossy());
    vm.str(&format!("{}({index}, {doc})", vm.class_name(vm.class_of(a[0]))))
}
