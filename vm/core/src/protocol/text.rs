//! Text of values: `str`, `repr`, `ascii`, `format`.

use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};
use pyrs_text::float_repr;

impl Vm {
    /// `repr(v)`
    pub fn repr(&self, v: Value) -> Res<Gc<Str>> {
        let r = self.repr_object(v)?;
        // `repr_object` gives nothing else.
        self.as_str(r).ok_or_else(|| self.type_error("__repr__ returned non-string"))
    }
    /// As `repr`, but an instance of a subclass of str that a `__repr__` gave stays what it is.
    pub fn repr_object(&self, v: Value) -> Res {
        if let Some(n) = v.as_int() {
            return self.small_int_text(n).map(Gc::value);
        }
        if let Some(x) = self.exact_float(v) {
            return self.str(&float_repr::repr(x));
        }
        match v {
            Value::NONE => return self.str("None"),
            Value::TRUE => return self.str("True"),
            Value::FALSE => return self.str("False"),
            _ => {}
        }
        self.enter_native()
            .map_err(|r| self.recursion_in(r, "while getting the repr of an object"))?;
        let r = self.call_special(v, Special::Repr, &[]);
        self.leave_native();
        match r {
            Some(r) => {
                let r = r?;
                match self.as_str(r) {
                    Some(_) => Ok(r),
                    None => Err(self.type_error(format!(
                        "__repr__ returned non-string (type {})",
                        self.type_name(r)
                    ))),
                }
            }
            None => self.default_repr(v).map(Gc::value),
        }
    }
    /// The decimal digits of a number.
    pub(crate) fn small_int_text(&self, n: isize) -> Res<Gc<Str>> {
        let mut text = [0u8; 20];
        let (mut at, mut rest) = (text.len(), n.unsigned_abs());
        loop {
            at -= 1;
            text[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if n < 0 {
            at -= 1;
            text[at] = b'-';
        }
        let points = pyrs_text::CodePoints::One(&text[at..]);
        if text.len() - at == 1 {
            return self.new_str_points(points);
        }
        let s = self.new_str_blank(StrKind::Ascii, text.len() - at)?;
        // SAFETY: the string is fresh, and as long as its text.
        unsafe { crate::make::fill_units(s.data() as *mut u8, StrKind::Ascii, points) };
        Ok(s)
    }
    /// `<module.Class object at 0x...>`
    pub fn default_repr(&self, v: Value) -> Res<Gc<Str>> {
        self.heap.pin(v);
        let name = self.display_name(self.class_of(v));
        self.new_str(&format!("<{name} object at {:#x}>", v.bits()))
    }
    /// `str(v)`
    pub fn str_of(&self, v: Value) -> Res<Gc<Str>> {
        if let Some(s) = self.exact_str(v) {
            return Ok(s);
        }
        if v.is_int() || self.exact_float(v).is_some() {
            return self.repr(v);
        }
        let class = self.class_of(v);
        let f = match self.special(class, Special::Str) {
            Some(f) if self.owner_is_object(f) => return self.repr(v),
            Some(f) => f,
            None => return self.repr(v),
        };
        self.enter_native()
            .map_err(|r| self.recursion_in(r, "while getting the str of an object"))?;
        let r = self.call_bound(f, v, &[]);
        self.leave_native();
        let r = r?;
        self.as_str(r).ok_or_else(|| {
            self.type_error(format!("__str__ returned non-string (type {})", self.type_name(r)))
        })
    }
    /// The attribute is one of `object`'s own native methods.
    pub fn owner_is_object(&self, f: Value) -> bool {
        self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD)
            .is_some_and(|n| n.owner.get() == self.classes().object.value())
    }
    /// `format(v, spec)`
    pub fn format(&self, v: Value, spec: Gc<Str>) -> Res<Gc<Str>> {
        if spec.is_empty()
            && (self.exact_str(v).is_some() || v.is_int() || self.exact_float(v).is_some())
        {
            return self.str_of(v);
        }
        let class = self.class_of(v);
        let Some(f) = self.lookup(class, self.names().format) else {
            return Err(
                self.type_error(format!("Type {} doesn't define __format__", self.type_name(v)))
            );
        };
        let r = self.call_bound(f, v, &[spec.value()])?;
        self.as_str(r).ok_or_else(|| {
            self.type_error(format!("__format__ must return a str, not {}", self.type_name(r)))
        })
    }
    /// `ascii(v)`
    pub fn ascii(&self, v: Value) -> Res<Gc<Str>> {
        self.ascii_of(self.repr(v)?.value())
    }
    /// A string with everything beyond ASCII escaped.
    pub fn ascii_of(&self, v: Value) -> Res<Gc<Str>> {
        let Some(s) = self.as_str(v) else { return self.ascii(v) };
        if s.is_ascii() {
            return Ok(s);
        }
        let mut out = String::with_capacity(s.len() * 2);
        for c in s.points().iter() {
            match c {
                0..=0x7f => out.push(c as u8 as char),
                0x80..=0xff => out.push_str(&format!("\\x{c:02x}")),
                0x100..=0xffff => out.push_str(&format!("\\u{c:04x}")),
                _ => out.push_str(&format!("\\U{c:08x}")),
            }
        }
        self.new_str(&out)
    }
    /// Runs `f` unless `v`'s repr is already in progress (then `None`): for containers that hold themselves.
    pub fn guard_repr<T>(&self, v: Value, f: impl FnOnce() -> Res<T>) -> Res<Option<T>> {
        if self.repr_stack.borrow().contains(&v.bits()) {
            return Ok(None);
        }
        self.heap.pin(v);
        self.repr_stack.borrow_mut().push(v.bits());
        let r = f();
        self.repr_stack.borrow_mut().pop();
        r.map(Some)
    }
    /// Text for messages: never raises, lossy.
    pub fn repr_lossy(&self, v: Value) -> String {
        match self.repr(v) {
            Ok(s) => s.to_lossy(),
            Err(r) => {
                self.take_exception(r);
                format!("<{} object>", self.type_name(v))
            }
        }
    }
}
