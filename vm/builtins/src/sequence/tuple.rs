//! `tuple`: constructor and methods. Instances of subclasses wrap an exact tuple.

use super::{
    CLASS_GETITEM, compare_items, comparisons, count_items, document, find_item, index_bound,
    list::new_iter, repeat_count, repr_items, wrong_receiver,
};
use crate::support::{class_argument, instance_of};
use pyrs_core::object::{NativeDef, Tuple, core_shape};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::StrBuilder;

const SELF: &str = "(self, /)";

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, iterable=<unrepresentable>, /)", new, ""),
    NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    NativeDef::method(
        "__hash__",
        SELF,
        |vm, a| vm.int(vm.hash(this(vm, a)?.value())? as i64),
        "Return hash(self).",
    ),
    NativeDef::method(
        "__len__",
        SELF,
        |vm, a| vm.int_usize(this(vm, a)?.len()),
        "Return len(self).",
    ),
    NativeDef::method("__getitem__", "(self, key, /)", get_item, "Return self[key]."),
    NativeDef::method("__contains__", "(self, key, /)", contains, "Return bool(key in self)."),
    NativeDef::method("__iter__", SELF, iter, "Implement iter(self)."),
    NativeDef::method("__add__", "(self, value, /)", add, "Return self+value."),
    NativeDef::method("__mul__", "(self, value, /)", multiply, "Return self*value."),
    NativeDef::method("__rmul__", "(self, value, /)", multiply, "Return value*self."),
    NativeDef::method("__getnewargs__", SELF, |vm, a| vm.tuple(&[this(vm, a)?.value()]), ""),
    NativeDef::method(
        "__sizeof__",
        SELF,
        |vm, a| vm.int_usize(vm.heap.size_of(this(vm, a)?.erase())),
        "Return size of object in memory, in bytes.",
    ),
    NativeDef::method(
        "index",
        "(self, value, start=0, stop=9223372036854775807, /)",
        index,
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    NativeDef::method("count", "(self, value, /)", count, "Return number of occurrences of value."),
    CLASS_GETITEM,
];
static COMPARISONS: &[NativeDef] = &comparisons!(compare);

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes().tuple;
    document(
        vm,
        c,
        "An immutable sequence.\n\nWithout an argument the tuple is empty; else it holds the items of the iterable.",
    )?;
    vm.extend_class(c, METHODS, &[])?;
    vm.extend_class(c, COMPARISONS, &[])
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<Tuple>> {
    vm.as_tuple(a[0]).ok_or_else(|| wrong_receiver(vm, a[0], "tuple"))
}
fn item(t: Gc<Tuple>, i: usize) -> Option<Value> {
    t.items().get(i).copied()
}

fn new(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().tuple;
    let class = class_argument(vm, a[0], base)?;
    let t = match a[1] {
        Value::UNBOUND => vm.new_tuple(&[])?,
        v => vm.to_tuple(v)?,
    };
    instance_of(vm, class, base, t.value())
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let t = this(vm, a)?;
    if t.is_empty() {
        return vm.str("()");
    }
    let mut out = StrBuilder::new();
    let done = vm.guard_repr(a[0], || {
        out.push_str("(");
        repr_items(vm, &mut out, &|i| item(t, i))?;
        out.push_str(if t.len() == 1 { ",)" } else { ")" });
        Ok(())
    })?;
    match done {
        Some(()) => Ok(vm.new_str_builder(&out)?.value()),
        None => vm.str("(...)"),
    }
}
fn compare<const OP: u8>(vm: &Vm, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    let Some(y) = vm.as_tuple(a[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    let op = Comparison::ALL[OP as usize];
    // Lengths of tuples do not settle == beforehand in CPython: items are compared first.
    if x.len() != y.len() && matches!(op, Comparison::Eq | Comparison::Ne) {
        let n = x.len().min(y.len());
        for i in 0..n {
            if !vm.equal(x.get(i), y.get(i))? {
                break;
            }
        }
        return Ok(Value::bool(op == Comparison::Ne));
    }
    compare_items(vm, op, &|i| item(x, i), &|i| item(y, i), &|| (x.len(), y.len()))
}
fn get_item(vm: &Vm, a: &[Value]) -> Res {
    let t = this(vm, a)?;
    let key = a[1];
    if let Some(s) = vm.as_slice(key) {
        let ix = vm.unpack_slice(s)?.resolve(t.len());
        if ix.step == 1 && ix.count == t.len() {
            return Ok(t.value());
        }
        let new = vm.new_tuple_blank(ix.count)?;
        for (k, i) in ix.positions().enumerate() {
            new.slot(k).set_unbarriered(t.get(i));
        }
        vm.written_in_bulk(new);
        return Ok(new.value());
    }
    let indexable = vm.as_int(key).is_some()
        || vm.special(vm.class_of(key), pyrs_core::Special::Index).is_some();
    if !indexable {
        return Err(vm.type_error(format!(
            "tuple indices must be integers or slices, not {}",
            vm.type_name(key)
        )));
    }
    Ok(t.get(vm.sequence_index(key, t.len(), "tuple index out of range")?))
}
fn contains(vm: &Vm, a: &[Value]) -> Res {
    let t = this(vm, a)?;
    Ok(Value::bool(find_item(vm, &|i| item(t, i), a[1], 0, usize::MAX)?.is_some()))
}
fn iter(vm: &Vm, a: &[Value]) -> Res {
    // Over the exact tuple: a subclass instance holds it, and it never changes.
    new_iter(vm, this(vm, a)?.value(), core_shape::TUPLE_ITER, 0, 1)
}
fn add(vm: &Vm, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    let Some(y) = vm.as_tuple(a[1]) else {
        return Err(vm.type_error(format!(
            "can only concatenate tuple (not \"{}\") to tuple",
            vm.type_name(a[1])
        )));
    };
    let exact = |v| vm.exact::<Tuple>(v, core_shape::TUPLE).is_some();
    if x.is_empty() && exact(a[1]) {
        return Ok(a[1]);
    }
    if y.is_empty() && exact(a[0]) {
        return Ok(a[0]);
    }
    let new = vm.new_tuple_blank(x.len() + y.len())?;
    for (i, &v) in x.items().iter().chain(y.items()).enumerate() {
        new.slot(i).set_unbarriered(v);
    }
    vm.written_in_bulk(new);
    Ok(new.value())
}
fn multiply(vm: &Vm, a: &[Value]) -> Res {
    let times = repeat_count(vm, a[1])?;
    let t = this(vm, a)?;
    let n = t.len();
    if times == 1 && vm.exact::<Tuple>(a[0], core_shape::TUPLE).is_some() {
        return Ok(a[0]);
    }
    let total = match n.checked_mul(times) {
        Some(total) if total <= isize::MAX as usize / size_of::<Value>() => total,
        _ => return Err(vm.memory_error()),
    };
    let new = vm.new_tuple_blank(total)?;
    for i in 0..total {
        new.slot(i).set_unbarriered(if i < n { t.get(i) } else { new.get(i - n) });
    }
    vm.written_in_bulk(new);
    Ok(new.value())
}
fn index(vm: &Vm, a: &[Value]) -> Res {
    let t = this(vm, a)?;
    let start = index_bound(vm, a[2], t.len())?;
    let stop = index_bound(vm, a[3], t.len())?;
    match find_item(vm, &|i| item(t, i), a[1], start, stop)? {
        Some(i) => vm.int_usize(i),
        None => Err(vm.value_error("tuple.index(x): x not in tuple")),
    }
}
fn count(vm: &Vm, a: &[Value]) -> Res {
    let t = this(vm, a)?;
    count_items(vm, &|i| item(t, i), a[1])
}
