//! Writing JSON: one string builder for the whole text.

use crate::class_support::class_of_new;
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Dict, NativeFunction, class_flag, core_shape};
use pyrs_core::{Gc, Header, Native, NativeDef, Raised, Res, Slot, Value, Vm, native_object};
use pyrs_text::{CodePoints, StrBuilder};

/// How strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Ascii,
    Unicode,
    /// By calling `encoder`.
    Call,
}

#[repr(C)]
pub(super) struct Encoder {
    header: Header,
    /// dict of the containers being written by id, or None
    markers: Slot,
    default: Slot,
    encoder: Slot,
    /// str or None
    indent: Slot,
    key_separator: Slot,
    item_separator: Slot,
    sort_keys: Cell<bool>,
    skip_keys: Cell<bool>,
    allow_nan: Cell<bool>,
}
native_object!(Encoder, "Encoder", slots = 6);

pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "_json.Encoder",
    layout: <Encoder as Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
            new,
            "",
        ),
        NativeDef::method(
            "__call__",
            "(self, /, obj, _current_indent_level)",
            call,
            "Call self as a function.",
        ),
    ],
    getset: &[],
    fields: &[],
};

fn new(vm: &Vm, a: &[Value]) -> Res {
    if !a[1].is_none() && vm.as_dict(a[1]).is_none() {
        return Err(vm.type_error(format!(
            "make_encoder() argument 1 must be dict or None, not {}",
            vm.type_name(a[1])
        )));
    }
    let (sort, skip, nan) = (vm.truth(a[7])?, vm.truth(a[8])?, vm.truth(a[9])?);
    let o = vm.new_instance(class_of_new(vm, a[0])?)?;
    let Some(e) = vm.cast::<Encoder>(o.value()) else { return Ok(Value::NONE) };
    let slots =
        [&e.markers, &e.default, &e.encoder, &e.indent, &e.key_separator, &e.item_separator];
    for (slot, &v) in slots.into_iter().zip(&a[1..]) {
        slot.set(&vm.heap, e, v);
    }
    e.sort_keys.set(sort);
    e.skip_keys.set(skip);
    e.allow_nan.set(nan);
    Ok(o.value())
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let Some(e) = vm.cast::<Encoder>(a[0]) else {
        return Err(vm.type_error("an Encoder is required"));
    };
    let level = vm.index_isize(a[2], Some(vm.exc().overflow_error))?.max(0) as usize;
    let quoting = match vm.exact::<NativeFunction>(e.encoder.get(), core_shape::NATIVE_FUNCTION) {
        Some(f) if core::ptr::eq(f.def, &super::FUNCTIONS[0]) => Quoting::Ascii,
        Some(f) if core::ptr::eq(f.def, &super::FUNCTIONS[1]) => Quoting::Unicode,
        _ => Quoting::Call,
    };
    let mut w = Writer { vm, e, quoting, out: StrBuilder::new() };
    w.value(a[1], level)?;
    let text = vm.new_str_builder(&w.out)?;
    vm.tuple(&[text.value()])
}

/// `encode_basestring` and `encode_basestring_ascii`.
pub(super) fn quoted_value(vm: &Vm, v: Value, ascii: bool) -> Res {
    let Some(s) = vm.as_str(v) else {
        return Err(
            vm.type_error(format!("first argument must be a string, not {}", vm.type_name(v)))
        );
    };
    let mut out = StrBuilder::with_capacity(s.len() + 2);
    quote(&mut out, s.points(), ascii);
    Ok(vm.new_str_builder(&out)?.value())
}
/// Appends a string literal.
fn quote(out: &mut StrBuilder, p: CodePoints<'_>, ascii: bool) {
    out.push(34);
    let special = |c: u32| c == 34 || c == 92 || c < 32 || (ascii && c > 126);
    let mut from = 0;
    while let Some(n) = p.from(from).find(special) {
        out.push_points(p.slice(from, from + n));
        escape(out, p.get(from + n).unwrap_or(0));
        from += n + 1;
    }
    out.push_points(p.from(from));
    out.push(34);
}
fn escape(out: &mut StrBuilder, c: u32) {
    match c {
        34 => out.push_str("\\\""),
        92 => out.push_str("\\\\"),
        8 => out.push_str("\\b"),
        12 => out.push_str("\\f"),
        10 => out.push_str("\\n"),
        13 => out.push_str("\\r"),
        9 => out.push_str("\\t"),
        0x10000.. => {
            let c = c - 0x10000;
            out.push_str(&format!("\\u{:04x}\\u{:04x}", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff)));
        }
        _ => out.push_str(&format!("\\u{c:04x}")),
    }
}

struct Writer<'a> {
    vm: &'a Vm,
    e: Gc<Encoder>,
    quoting: Quoting,
    out: StrBuilder,
}

impl Writer<'_> {
    fn text(&mut self, v: Value) {
        if let Some(s) = self.vm.as_str(v) {
            self.out.push_points(s.points());
        }
    }
    fn string(&mut self, v: Value) -> Res<()> {
        let vm = self.vm;
        if self.quoting == Quoting::Call {
            let made = vm.call(self.e.encoder.get(), &[v])?;
            if vm.as_str(made).is_none() {
                return Err(vm.type_error(format!(
                    "encoder() must return a string, not {}",
                    vm.type_name(made)
                )));
            }
            self.text(made);
        } else if let Some(s) = vm.as_str(v) {
            quote(&mut self.out, s.points(), self.quoting == Quoting::Ascii);
        }
        Ok(())
    }
    fn int(&mut self, v: Value) -> Res<()> {
        let text = self.vm.repr(v)?;
        self.out.push_points(text.points());
        Ok(())
    }
    fn float(&mut self, x: f64, v: Value) -> Res<()> {
        if x.is_finite() {
            self.out.push_str(&pyrs_text::float_repr::repr(x));
            return Ok(());
        }
        if !self.e.allow_nan.get() {
            let shown = self.vm.repr(v)?.to_lossy();
            return Err(self.vm.value_error(format!(
                "Out of range float values are not JSON compliant: {shown}"
            )));
        }
        self.out.push_str(if x.is_nan() {
            "NaN"
        } else if x > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        });
        Ok(())
    }
    fn value(&mut self, v: Value, level: usize) -> Res<()> {
        let vm = self.vm;
        if v.is_none() {
            self.out.push_str("null");
        } else if let Some(b) = v.as_bool() {
            self.out.push_str(if b { "true" } else { "false" });
        } else if vm.as_str(v).is_some() {
            return self.string(v);
        } else if let Some(n) = vm.as_int(v) {
            return self.int(n);
        } else if let Some(x) = vm.as_float(v) {
            return self.float(x, v);
        } else {
            vm.enter_native()?;
            let r = self.container(v, level);
            vm.leave_native();
            return r;
        }
        Ok(())
    }
    fn container(&mut self, v: Value, level: usize) -> Res<()> {
        let vm = self.vm;
        let marker = self.mark(v)?;
        if let Some(d) = vm.as_dict(v) {
            self.dict(v, d, level)?;
        } else if vm.as_list(v).is_some() || vm.as_tuple(v).is_some() {
            self.list(v, level)?;
        } else {
            let other = vm.call(self.e.default.get(), &[v])?;
            if let Err(r) = self.value(other, level) {
                return Err(note(vm, r, format!("when serializing {} object", qualified(vm, v))));
            }
        }
        if let (Some(id), Some(d)) = (marker, vm.as_dict(self.e.markers.get())) {
            vm.dict_remove(d, id)?;
        }
        Ok(())
    }
    /// Notes that a container is being written; ValueError if it is already.
    fn mark(&self, v: Value) -> Res<Option<Value>> {
        let vm = self.vm;
        let Some(d) = vm.as_dict(self.e.markers.get()) else { return Ok(None) };
        let id = vm.id(v)?;
        if vm.dict_find(d, id)?.is_some() {
            return Err(vm.value_error("Circular reference detected"));
        }
        vm.dict_set(d, id, v)?;
        Ok(Some(id))
    }
    fn new_line(&mut self, level: usize) {
        let indent = self.e.indent.get();
        if indent.is_none() {
            return;
        }
        self.out.push_str("\n");
        for _ in 0..level {
            self.text(indent);
        }
    }
    fn list(&mut self, v: Value, level: usize) -> Res<()> {
        let vm = self.vm;
        // A list may change while its items are written: the items of this moment count.
        let items = match vm.as_tuple(v) {
            Some(t) => t,
            None => {
                let list = vm.as_list(v);
                vm.new_tuple(list.as_ref().map_or(&[][..], |l| l.items()))?
            }
        };
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push_str("[");
        self.new_line(level + 1);
        for (i, &item) in items.items().iter().enumerate() {
            if i > 0 {
                self.text(self.e.item_separator.get());
                self.new_line(level + 1);
            }
            if let Err(r) = self.value(item, level + 1) {
                return Err(note(vm, r, format!("when serializing {} item {i}", qualified(vm, v))));
            }
        }
        self.new_line(level);
        self.out.push_str("]");
        Ok(())
    }
    fn dict(&mut self, v: Value, d: Gc<Dict>, level: usize) -> Res<()> {
        let vm = self.vm;
        if d.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        self.out.push_str("{");
        let mut first = true;
        let plain = vm.exact::<Dict>(v, core_shape::DICT).is_some();
        if !plain || self.e.sort_keys.get() {
            let items = vm.to_list(vm.call_method(v, "items", &[])?)?;
            if self.e.sort_keys.get() {
                vm.call_method(items.value(), "sort", &[])?;
            }
            let mut i = 0;
            while let Some(pair) = items.get(i) {
                let pair = vm.as_tuple(pair).filter(|t| t.len() == 2);
                let Some(pair) = pair else {
                    return Err(vm.value_error("items must return 2-tuples"));
                };
                self.item(v, pair.get(0), pair.get(1), level, &mut first)?;
                i += 1;
            }
        } else {
            let used = d.len();
            let mut row = 0;
            while let Some(r) = d.next_row(row) {
                if let Some((k, item)) = d.row(r) {
                    self.item(v, k, item, level, &mut first)?;
                }
                if d.len() != used {
                    return Err(vm.runtime_error("dictionary changed size during iteration"));
                }
                row = r + 1;
            }
        }
        if !first {
            self.new_line(level);
        }
        self.out.push_str("}");
        Ok(())
    }
    fn item(
        &mut self,
        owner: Value,
        k: Value,
        v: Value,
        level: usize,
        first: &mut bool,
    ) -> Res<()> {
        let vm = self.vm;
        let known = vm.as_str(k).is_some()
            || k.is_none()
            || vm.as_int(k).is_some()
            || vm.as_float(k).is_some();
        if !known {
            if self.e.skip_keys.get() {
                return Ok(());
            }
            return Err(vm.type_error(format!(
                "keys must be str, int, float, bool or None, not {}",
                vm.type_name(k)
            )));
        }
        if *first {
            *first = false;
        } else {
            self.text(self.e.item_separator.get());
        }
        self.new_line(level + 1);
        self.key(k)?;
        self.text(self.e.key_separator.get());
        if let Err(r) = self.value(v, level + 1) {
            let shown = vm.repr_lossy(k);
            return Err(note(
                vm,
                r,
                format!("when serializing {} item {shown}", qualified(vm, owner)),
            ));
        }
        Ok(())
    }
    fn key(&mut self, k: Value) -> Res<()> {
        let vm = self.vm;
        if vm.as_str(k).is_some() {
            return self.string(k);
        }
        // Other keys are written as their value is, in quotes.
        let mark = self.out.len();
        self.value(k, 0)?;
        let text = StrBuilder::from_points(self.out.as_points().from(mark));
        self.out.truncate(mark);
        let text = vm.new_str_builder(&text)?;
        self.string(text.value())
    }
}

/// The class's name with its module unless that is `builtins`.
fn qualified(vm: &Vm, v: Value) -> String {
    vm.display_name(vm.class_of(v))
}
/// The same exception with a note more.
#[cold]
fn note(vm: &Vm, r: Raised, text: String) -> Raised {
    let e = vm.take_exception(r);
    let added = vm.str(&text).and_then(|t| vm.call_method(e.value(), "add_note", &[t]));
    match added {
        Ok(_) => vm.raise_again(e),
        Err(r) => r,
    }
}
