//! Start-up: from an empty heap to the core classes.
//!
//! Order matters: shape ids are constants numbered by `core_shape`, so bare classes come first, then one shape
//! per number, then strings and names, then the classes' names and namespaces, then exception classes.

use crate::error::{ExceptionClasses, Res};
use crate::names::{Names, Special};
use crate::object::*;
use crate::vm::{Classes, Vm};
use core::cell::{Cell, RefCell};
use pyrs_heap::{Gc, Header, Layout, ShapeId, Slot, Value};

/// The heap's description of objects with this native layout.
pub(crate) fn heap_layout_of(layout: &'static NativeLayout, wrapped: bool) -> Layout {
    if wrapped {
        let l = Wrapped::layout();
        return Layout::Slots { size: l.size, slots: l.slots };
    }
    let same = |l: &'static NativeLayout| core::ptr::eq(layout, l);
    if same(Str::layout()) {
        return Layout::Bytes { size: Str::size };
    }
    if same(BigInt::layout()) {
        return Layout::Bytes { size: BigInt::size };
    }
    if same(Bytes::layout()) {
        return Layout::Bytes { size: Bytes::size };
    }
    if same(array::Raw::layout()) {
        return Layout::Bytes { size: array::Raw::size };
    }
    if same(string::BufferedStr::layout()) {
        // Its length counts code points, not slots.
        let size = |_: &Header| string::BufferedStr::layout().size;
        return Layout::Custom { size, trace: string::BufferedStr::trace, drop: None };
    }
    let (size, slots) = (layout.size, layout.slots);
    if same(WeakRef::layout()) {
        return Layout::Weak { size, slots };
    }
    match (layout.trace, layout.drop) {
        (None, None) => Layout::Slots { size, slots },
        (trace, drop) => Layout::Owned { size, slots, trace, drop },
    }
}

type ClassRow = (&'static str, ShapeId, &'static NativeLayout, u32);

/// Python name, exact shape, layout and flags of every core class.
fn class_row(field: &str) -> ClassRow {
    use class_flag::*;
    use core_shape as s;
    let raw = Instance::layout();
    let native = NativeFunction::layout();
    let sequence = BASE | MATCH_SELF | SEQUENCE;
    match field {
        "object" => ("object", s::OBJECT, raw, BASE),
        "type_" => {
            ("type", s::CLASS, Class::layout(), BASE | TYPE_SUBCLASS | HAS_DICT | HAS_WEAKREF)
        }
        "int" => ("int", s::INT, BigInt::layout(), BASE | MATCH_SELF),
        "bool_" => ("bool", s::INVALID, BigInt::layout(), MATCH_SELF),
        "float" => ("float", s::FLOAT, Float::layout(), BASE | MATCH_SELF),
        "complex" => ("complex", s::COMPLEX, Complex::layout(), BASE),
        "str_" => ("str", s::STR, Str::layout(), BASE | MATCH_SELF),
        "bytes" => ("bytes", s::BYTES, Bytes::layout(), BASE | MATCH_SELF),
        "bytearray" => ("bytearray", s::BYTEARRAY, ByteArray::layout(), BASE | MATCH_SELF),
        "tuple" => ("tuple", s::TUPLE, Tuple::layout(), sequence),
        "list" => ("list", s::LIST, List::layout(), sequence),
        "dict" => ("dict", s::DICT, Dict::layout(), BASE | MATCH_SELF | MAPPING),
        "set" => ("set", s::SET, Set::layout(), BASE | MATCH_SELF | HAS_WEAKREF),
        "frozenset" => ("frozenset", s::FROZENSET, Set::layout(), BASE | MATCH_SELF | HAS_WEAKREF),
        "none" => ("NoneType", s::INVALID, raw, 0),
        "not_implemented" => ("NotImplementedType", s::INVALID, raw, 0),
        "ellipsis" => ("ellipsis", s::INVALID, raw, 0),
        "function" => ("function", s::FUNCTION, Function::layout(), HAS_WEAKREF),
        "builtin_function" => {
            ("builtin_function_or_method", s::NATIVE_FUNCTION, native, NO_NEW | HAS_WEAKREF)
        }
        "method_descriptor" => ("method_descriptor", s::NATIVE_METHOD, native, NO_NEW),
        "class_method_descriptor" => {
            ("classmethod_descriptor", s::NATIVE_CLASS_METHOD, native, NO_NEW)
        }
        "method" => ("method", s::BOUND_METHOD, BoundMethod::layout(), HAS_WEAKREF),
        "code" => ("code", s::CODE, Code::layout(), HAS_WEAKREF),
        "cell" => ("cell", s::CELL, CellObject::layout(), 0),
        "module" => ("module", s::MODULE, Module::layout(), BASE | HAS_WEAKREF),
        "property" => ("property", s::PROPERTY, Property::layout(), BASE),
        "static_method" => ("staticmethod", s::STATIC_METHOD, StaticMethod::layout(), BASE),
        "class_method" => ("classmethod", s::CLASS_METHOD, ClassMethod::layout(), BASE),
        "getset" => ("getset_descriptor", s::GETSET, GetSet::layout(), NO_NEW),
        "member" => ("member_descriptor", s::MEMBER, Member::layout(), NO_NEW),
        "range" => ("range", s::RANGE, Range::layout(), SEQUENCE),
        "slice" => ("slice", s::SLICE, Slice::layout(), 0),
        "seq_iter" => ("iterator", s::SEQ_ITER, SeqIter::layout(), NO_NEW),
        "call_iter" => ("callable_iterator", s::CALL_ITER, CallIter::layout(), NO_NEW),
        "list_iter" => ("list_iterator", s::LIST_ITER, SeqIter::layout(), NO_NEW),
        "list_reverse_iter" => {
            ("list_reverseiterator", s::LIST_REVERSE_ITER, SeqIter::layout(), NO_NEW)
        }
        "str_ascii_iter" => ("str_ascii_iterator", s::STR_ASCII_ITER, SeqIter::layout(), NO_NEW),
        "str_iter" => ("str_iterator", s::STR_ITER, SeqIter::layout(), NO_NEW),
        "bytes_iter" => ("bytes_iterator", s::BYTES_ITER, SeqIter::layout(), NO_NEW),
        "bytearray_iter" => ("bytearray_iterator", s::BYTEARRAY_ITER, SeqIter::layout(), NO_NEW),
        "memory_iter" => ("memory_iterator", s::MEMORY_ITER, SeqIter::layout(), NO_NEW),
        "tuple_iter" => ("tuple_iterator", s::TUPLE_ITER, SeqIter::layout(), NO_NEW),
        "range_iter" => ("range_iterator", s::RANGE_ITER, RangeIter::layout(), NO_NEW),
        "long_range_iter" => {
            ("longrange_iterator", s::LONG_RANGE_ITER, LongRangeIter::layout(), NO_NEW)
        }
        "dict_keys" => ("dict_keys", s::DICT_KEYS, DictView::layout(), NO_NEW),
        "dict_values" => ("dict_values", s::DICT_VALUES, DictView::layout(), NO_NEW),
        "dict_items" => ("dict_items", s::DICT_ITEMS, DictView::layout(), NO_NEW),
        "dict_key_iter" => ("dict_keyiterator", s::DICT_KEY_ITER, TableIter::layout(), NO_NEW),
        "dict_value_iter" => {
            ("dict_valueiterator", s::DICT_VALUE_ITER, TableIter::layout(), NO_NEW)
        }
        "dict_item_iter" => ("dict_itemiterator", s::DICT_ITEM_ITER, TableIter::layout(), NO_NEW),
        "dict_reverse_key_iter" => {
            ("dict_reversekeyiterator", s::DICT_REVERSE_KEY_ITER, TableIter::layout(), NO_NEW)
        }
        "dict_reverse_value_iter" => {
            ("dict_reversevalueiterator", s::DICT_REVERSE_VALUE_ITER, TableIter::layout(), NO_NEW)
        }
        "dict_reverse_item_iter" => {
            ("dict_reverseitemiterator", s::DICT_REVERSE_ITEM_ITER, TableIter::layout(), NO_NEW)
        }
        "set_iter" => ("set_iterator", s::SET_ITER, TableIter::layout(), NO_NEW),
        "generator" => ("generator", s::GENERATOR, Generator::layout(), NO_NEW | HAS_WEAKREF),
        "coroutine" => ("coroutine", s::COROUTINE, Generator::layout(), NO_NEW | HAS_WEAKREF),
        "async_generator" => {
            ("async_generator", s::ASYNC_GENERATOR, Generator::layout(), NO_NEW | HAS_WEAKREF)
        }
        "traceback" => ("traceback", s::TRACEBACK, Traceback::layout(), 0),
        "weakref" => ("weakref.ReferenceType", s::WEAKREF, WeakRef::layout(), BASE),
        "super_" => ("super", s::SUPER, Super::layout(), BASE),
        _ => ("?", s::INVALID, raw, 0),
    }
}

/// Layout and class of a core shape; shapes without a class of their own borrow one.
fn shape_row(id: ShapeId, classes: &Classes) -> (&'static NativeLayout, Gc<Class>) {
    let own = classes.in_order().into_iter().find(|&(f, _)| id.0 != 0 && class_row(f).1 == id);
    match (id, own) {
        (_, Some((_, class))) => (class.layout, class),
        (core_shape::STR_BUFFERED, _) => (string::BufferedStr::layout(), classes.str_),
        (core_shape::BOUND_NATIVE, _) => (BoundNative::layout(), classes.builtin_function),
        (core_shape::ARRAY, _) => (Array::layout(), classes.object),
        (core_shape::RAW, _) => (array::Raw::layout(), classes.object),
        _ => (Instance::layout(), classes.object),
    }
}

const FATAL: &str = "a fresh heap has room for the core classes";

pub(crate) fn bootstrap(vm: &Vm) {
    let classes = Classes::new(|field| bare_class(vm, class_row(field)));
    vm.set_classes(classes);
    for number in 0..core_shape::COUNT {
        let (layout, class) = shape_row(ShapeId(number as u32), &classes);
        let heap_layout = vm.heap_layout(layout, false);
        vm.add_shape(|id| core_row(id, class, layout), heap_layout).expect(FATAL);
    }
    for c in 0..256u32 {
        let s = vm.new_str_points(pyrs_text::CodePoints::Four(&[c])).expect(FATAL);
        vm.heap.pin(s.value());
        vm.fresh_pinned.borrow_mut().push(s.value());
        vm.latin1.borrow_mut().push(s);
    }
    let empty = vm.new_str_blank(StrKind::Ascii, 0).expect(FATAL);
    vm.heap.pin(empty.value());
    vm.fresh_pinned.borrow_mut().push(empty.value());
    vm.latin1.borrow_mut().push(empty);
    let no_items = vm.new_tuple_blank(0).expect(FATAL);
    vm.heap.pin(no_items.value());
    vm.empty_tuple.set(no_items.value());
    vm.set_names(Names::new(|text| vm.intern(text)));
    finish_classes(vm, &classes).expect(FATAL);
    let exceptions = ExceptionClasses::new(|name, base, fields| {
        crate::runtime::exceptions::make_exception_class(vm, name, base, fields).expect(FATAL)
    });
    vm.set_exceptions(exceptions);
    let spare = vm.new_exception(exceptions.memory_error, &[]).expect(FATAL);
    vm.spare_memory_error.set(spare.value());
    for cell in [&vm.modules, &vm.builtins, &vm.sys_dict] {
        cell.set(vm.new_dict().expect(FATAL).value());
    }
}

fn core_row(id: ShapeId, class: Gc<Class>, layout: &'static NativeLayout) -> ShapeInfo {
    ShapeInfo {
        id,
        class,
        layout,
        wrapped: false,
        mode: AttributeMode::None,
        fixed: 0,
        capacity: 0,
        slot_base: (layout.size / size_of::<Slot>()) as u32,
        names: Vec::new(),
        parent: None,
        transitions: RefCell::default(),
        dict_shape: Cell::new(None),
    }
}

/// A class without name, bases or namespace, made before there are shapes.
fn bare_class(vm: &Vm, (_, shape, layout, flags): ClassRow) -> Gc<Class> {
    let class =
        vm.heap.alloc(Class::blank(core_shape::CLASS, layout, flags, vm.next_class_version()));
    let class = class.expect(FATAL);
    class.root_shape.set(shape);
    vm.heap.pin(class.value());
    vm.fresh_pinned.borrow_mut().push(class.value());
    vm.all_classes.borrow_mut().push(class);
    class
}

/// Gives the bare classes names, bases, namespaces.
fn finish_classes(vm: &Vm, classes: &Classes) -> Res<()> {
    for (field, class) in classes.in_order() {
        let base = match field {
            "object" => None,
            "bool_" => Some(classes.int),
            _ => Some(classes.object),
        };
        vm.fill_class(class, class_row(field).0, base, "")?;
        if class.root_shape.get() == core_shape::INVALID {
            class.root_shape.set(core_shape::OBJECT);
        }
    }
    Ok(())
}

impl Class {
    /// A class object with everything still to be filled in.
    pub(crate) fn blank(
        shape: ShapeId,
        layout: &'static NativeLayout,
        flags: u32,
        version: u32,
    ) -> Class {
        Class {
            header: Header::new(shape, 0),
            name: Slot::new(Value::UNBOUND),
            qualname: Slot::new(Value::UNBOUND),
            bases: Slot::new(Value::UNBOUND),
            mro: Slot::new(Value::UNBOUND),
            dict: Slot::new(Value::UNBOUND),
            subclasses: Slot::new(Value::UNBOUND),
            base: Slot::new(Value::NONE),
            specials: [const { Slot::new(Value::UNBOUND) }; Special::COUNT],
            layout,
            version: Cell::new(version),
            flags: Cell::new(flags),
            root_shape: Cell::new(core_shape::OBJECT),
            capacity_hint: Cell::new(0),
            fixed_slots: Cell::new(0),
            wrapped: Cell::new(false),
        }
    }
}
