//! Operators, subscripts, comparison, hash and iteration.

use super::percent::percent_format;
use super::text;
use pyrs_core::object::{NativeDef, core_shape};
use pyrs_core::protocol::{Comparison, compare_text};
use pyrs_core::{Gc, Res, Special, Value, Vm};
use pyrs_text::{StrBuilder, strmath};

fn add(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_str(a[1]) {
        Some(b) => vm.str_concat(text(vm, a[0]), b, true).map(Gc::value),
        None => Err(vm.type_error(format!(
            "can only concatenate str (not \"{}\") to str",
            vm.type_name(a[1])
        ))),
    }
}
fn mul(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index_isize(a[1], None).map_err(|r| repeat_error(vm, r))?;
    vm.str_repeat(text(vm, a[0]), n).map(Gc::value)
}
/// A count too large for an index is an OverflowError here.
pub(crate) fn repeat_error(vm: &Vm, r: pyrs_core::Raised) -> pyrs_core::Raised {
    if !vm.pending_is(r, vm.exc().index_error) {
        return r;
    }
    vm.take_exception(r);
    vm.overflow_error("cannot fit 'int' into an index-sized integer")
}
fn modulo(vm: &Vm, a: &[Value]) -> Res {
    percent_format(vm, text(vm, a[0]), a[1])
}
fn rmodulo(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_str(a[1]) {
        Some(format) => percent_format(vm, format, a[0]),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}
fn contains(vm: &Vm, a: &[Value]) -> Res {
    let Some(b) = vm.as_str(a[1]) else {
        return Err(vm.type_error(format!(
            "'in <string>' requires string as left operand, not {}",
            vm.type_name(a[1])
        )));
    };
    Ok(Value::bool(strmath::find(text(vm, a[0]).points(), b.points()).is_some()))
}
fn len(vm: &Vm, a: &[Value]) -> Res {
    vm.int_usize(text(vm, a[0]).len())
}
fn getitem(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    if let Some(slice) = vm.as_slice(a[1]) {
        let i = vm.resolve_slice(slice, s.len())?;
        if i.step == 1 || i.count < 2 {
            let start = (i.start.max(0) as usize).min(s.len());
            return vm.str_slice(s, start, start + i.count).map(Gc::value);
        }
        let picked: StrBuilder = i.positions().map(|p| s.at(p)).collect();
        return Ok(vm.new_str_builder(&picked)?.value());
    }
    if vm.as_int(a[1]).is_none() && vm.special(vm.class_of(a[1]), Special::Index).is_none() {
        return Err(
            vm.type_error(format!("string indices must be integers, not '{}'", vm.type_name(a[1])))
        );
    }
    let i = vm.sequence_index(a[1], s.len(), "string index out of range")?;
    vm.str_of_point(s.at(i)).map(Gc::value)
}
fn compare(vm: &Vm, op: Comparison, a: &[Value]) -> Res {
    let Some(b) = vm.as_str(a[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    let a = text(vm, a[0]);
    Ok(Value::bool(match op {
        Comparison::Eq => pyrs_core::object::Str::same_text(a, b),
        Comparison::Ne => !pyrs_core::object::Str::same_text(a, b),
        _ => op.holds(compare_text(a, b)),
    }))
}
macro_rules! comparisons {
    ($($name:ident, $op:ident;)*) => {$(
        fn $name(vm: &Vm, a: &[Value]) -> Res { compare(vm, Comparison::$op, a) }
    )*};
}
comparisons! { lt, Lt; le, Le; eq, Eq; ne, Ne; gt, Gt; ge, Ge; }

fn hash(vm: &Vm, a: &[Value]) -> Res {
    vm.int(vm.hash_str(text(vm, a[0])) as i64)
}
fn iter(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let shape = if s.is_ascii() { core_shape::STR_ASCII_ITER } else { core_shape::STR_ITER };
    vm.new_seq_iter_of(shape, s.value(), 0, 1)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method("__hash__", "(self, /)", hash, "Return hash(self)."),
    NativeDef::method("__lt__", "(self, value, /)", lt, "Return self<value."),
    NativeDef::method("__le__", "(self, value, /)", le, "Return self<=value."),
    NativeDef::method("__eq__", "(self, value, /)", eq, "Return self==value."),
    NativeDef::method("__ne__", "(self, value, /)", ne, "Return self!=value."),
    NativeDef::method("__gt__", "(self, value, /)", gt, "Return self>value."),
    NativeDef::method("__ge__", "(self, value, /)", ge, "Return self>=value."),
    NativeDef::method("__iter__", "(self, /)", iter, "Implement iter(self)."),
    NativeDef::method("__len__", "(self, /)", len, "Return len(self)."),
    NativeDef::method("__getitem__", "(self, key, /)", getitem, "Return self[key]."),
    NativeDef::method("__add__", "(self, value, /)", add, "Return self+value."),
    NativeDef::method("__mul__", "(self, value, /)", mul, "Return self*value."),
    NativeDef::method("__rmul__", "(self, value, /)", mul, "Return value*self."),
    NativeDef::method("__mod__", "(self, value, /)", modulo, "Return self%value."),
    NativeDef::method("__rmod__", "(self, value, /)", rmodulo, "Return value%self."),
    NativeDef::method("__contains__", "(self, key, /)", contains, "Return bool(key in self)."),
];
