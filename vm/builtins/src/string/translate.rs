//! `str.translate` and `str.maketrans`.

use super::arguments::str_argument;
use super::text;
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};
use pyrs_text::StrBuilder;

/// What a table says of one character.
enum Entry {
    Same,
    Deleted,
    Point(u32),
    Text(Value),
}
fn look_up(vm: &Vm, table: Value, c: u32) -> Res<Entry> {
    let key = Value::small_int(c as isize);
    let v = match vm.catch(vm.get_item(table, key), vm.exc().lookup_error)? {
        None => return Ok(Entry::Same),
        Some(v) => v,
    };
    if v.is_none() {
        return Ok(Entry::Deleted);
    }
    if let Some(n) = vm.as_int(v) {
        return match n.as_int().and_then(|n| u32::try_from(n).ok()) {
            Some(p) if p < 0x11_0000 => Ok(Entry::Point(p)),
            _ => Err(vm.value_error("character mapping must be in range(0x110000)")),
        };
    }
    match vm.as_str(v) {
        Some(s) => Ok(Entry::Text(s.value())),
        None => Err(vm.type_error("character mapping must return integer, None or str")),
    }
}
fn translate(vm: &Vm, a: &[Value]) -> Res {
    const UNKNOWN: u32 = u32::MAX;
    const DELETED: u32 = u32::MAX - 1;
    let s = text(vm, a[0]);
    let mut out = StrBuilder::with_capacity(s.len());
    let mut known = [UNKNOWN; 128];
    for i in 0..s.len() {
        let c = s.at(i);
        match known.get(c as usize) {
            Some(&DELETED) => continue,
            Some(&p) if p != UNKNOWN => {
                out.push(p);
                continue;
            }
            _ => {}
        }
        let single = match look_up(vm, a[1], c)? {
            Entry::Same => c,
            Entry::Deleted => DELETED,
            Entry::Point(p) => p,
            Entry::Text(t) => {
                out.push_points(text(vm, t).points());
                continue;
            }
        };
        if single != DELETED {
            out.push(single);
        }
        if let Some(k) = known.get_mut(c as usize) {
            *k = single;
        }
    }
    Ok(vm.new_str_builder(&out)?.value())
}
fn maketrans(vm: &Vm, a: &[Value]) -> Res {
    let (x, y, z) = (a[0], a[1], a[2]);
    let result = vm.new_dict()?;
    let point = |c: u32| Value::small_int(c as isize);
    if y.is_unbound() {
        let Some(d) = vm.as_dict(x) else {
            return Err(
                vm.type_error("if you give only one argument to maketrans it must be a dict")
            );
        };
        let mut row = 0;
        while let Some(r) = d.next_row(row) {
            row = r + 1;
            let Some((k, v)) = d.row(r) else { continue };
            let key = match (vm.as_str(k), vm.as_int(k)) {
                (Some(s), _) if s.len() == 1 => point(s.at(0)),
                (Some(_), _) => {
                    return Err(vm.value_error("string keys in translatetable must be of length 1"));
                }
                (_, Some(_)) => k,
                _ => {
                    return Err(vm.type_error("keys in translate table mustbe strings or integers"));
                }
            };
            vm.dict_set(result, key, v)?;
        }
        return Ok(result.value());
    }
    let to = str_argument(vm, "maketrans", "2", y)?;
    let deleted = match z.is_unbound() {
        true => None,
        false => Some(str_argument(vm, "maketrans", "3", z)?),
    };
    let Some(from) = vm.as_str(x) else {
        return Err(vm.type_error(
            "first maketrans argument must be a string if there is a second argument",
        ));
    };
    if from.len() != to.len() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for i in 0..from.len() {
        vm.dict_set(result, point(from.at(i)), point(to.at(i)))?;
    }
    if let Some(deleted) = deleted {
        for i in 0..deleted.len() {
            vm.dict_set(result, point(deleted.at(i)), Value::NONE)?;
        }
    }
    Ok(result.value())
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "translate",
        "(self, table, /)",
        translate,
        "Replace each character in the string using the given translation table.",
    ),
    NativeDef::static_method(
        "maketrans",
        "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
        maketrans,
        "Return a translation table usable for str.translate().",
    ),
];
