//! Finding, counting, replacing, prefixes and suffixes, stripping.

use super::arguments::needle;
use super::{make, own, same};
use crate::string::{limit, search_range};
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};
use pyrs_text::CodePoints::One;
use pyrs_text::{StrBuilder, strmath};

fn position(vm: &Vm, a: &[Value], last: bool) -> Res<Option<usize>> {
    let own = own(vm, a[0])?;
    let range = search_range(vm, a[2], a[3], own.len())?;
    let sub = needle(vm, a[1])?;
    let Some((start, end)) = range else { return Ok(None) };
    let part = One(&own.data()[start..end]);
    let found = match last {
        false => strmath::find(part, One(sub.data())),
        true => strmath::rfind(part, One(sub.data())),
    };
    Ok(found.map(|i| i + start))
}
fn find_result(vm: &Vm, r: Option<usize>) -> Res {
    match r {
        Some(i) => vm.int_usize(i),
        None => Ok(Value::small_int(-1)),
    }
}
fn index_result(vm: &Vm, r: Option<usize>) -> Res {
    match r {
        Some(i) => vm.int_usize(i),
        None => Err(vm.value_error("subsection not found")),
    }
}
fn find(vm: &Vm, a: &[Value]) -> Res {
    find_result(vm, position(vm, a, false)?)
}
fn rfind(vm: &Vm, a: &[Value]) -> Res {
    find_result(vm, position(vm, a, true)?)
}
fn index(vm: &Vm, a: &[Value]) -> Res {
    index_result(vm, position(vm, a, false)?)
}
fn rindex(vm: &Vm, a: &[Value]) -> Res {
    index_result(vm, position(vm, a, true)?)
}
fn count(vm: &Vm, a: &[Value]) -> Res {
    let own = own(vm, a[0])?;
    let range = search_range(vm, a[2], a[3], own.len())?;
    let sub = needle(vm, a[1])?;
    match range {
        Some((start, end)) => {
            vm.int_usize(strmath::count(One(&own.data()[start..end]), One(sub.data())))
        }
        None => Ok(Value::small_int(0)),
    }
}
fn replace(vm: &Vm, a: &[Value]) -> Res {
    let own = own(vm, a[0])?;
    let (old, new) = (vm.buffer(a[1], false)?, vm.buffer(a[2], false)?);
    let max = limit(vm, a[3])?;
    match strmath::replace(One(own.data()), One(old.data()), One(new.data()), max) {
        Some(StrBuilder::Narrow(r)) => make(vm, a[0], &r),
        _ => {
            drop(own);
            same(vm, a[0])
        }
    }
}
/// `startswith` and `endswith`.
fn affix(vm: &Vm, a: &[Value], name: &str, at_end: bool) -> Res {
    let own = own(vm, a[0])?;
    let range = search_range(vm, a[2], a[3], own.len())?;
    let holds = |sub: &[u8]| match range {
        Some((start, end)) if at_end => own.data()[start..end].ends_with(sub),
        Some((start, end)) => own.data()[start..end].starts_with(sub),
        None => false,
    };
    if let Some(options) = vm.as_tuple(a[1]) {
        for &option in options.items() {
            if holds(vm.buffer(option, false)?.data()) {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    match vm.try_buffer(a[1])? {
        Some(sub) => Ok(Value::bool(holds(sub.data()))),
        None => Err(vm.type_error(format!(
            "{name} first arg must be bytes or a tuple of bytes, not {}",
            vm.type_name(a[1])
        ))),
    }
}
fn startswith(vm: &Vm, a: &[Value]) -> Res {
    affix(vm, a, "startswith", false)
}
fn endswith(vm: &Vm, a: &[Value]) -> Res {
    affix(vm, a, "endswith", true)
}
fn removeprefix(vm: &Vm, a: &[Value]) -> Res {
    let own = own(vm, a[0])?;
    let p = vm.buffer(a[1], false)?;
    match own.data().strip_prefix(p.data()) {
        Some(rest) if !p.is_empty() => make(vm, a[0], rest),
        _ => {
            drop(own);
            same(vm, a[0])
        }
    }
}
fn removesuffix(vm: &Vm, a: &[Value]) -> Res {
    let own = own(vm, a[0])?;
    let p = vm.buffer(a[1], false)?;
    match own.data().strip_suffix(p.data()) {
        Some(rest) if !p.is_empty() => make(vm, a[0], rest),
        _ => {
            drop(own);
            same(vm, a[0])
        }
    }
}
/// ASCII whitespace as `bytes.isspace` sees it.
pub(super) fn is_space(b: u8) -> bool {
    matches!(b, b' ' | 9..=13)
}
fn strip_by(vm: &Vm, a: &[Value], at_start: bool, at_end: bool) -> Res {
    let own = own(vm, a[0])?;
    let chars = if a[1].is_none() { None } else { Some(vm.buffer(a[1], false)?) };
    let goes = |b: &u8| match &chars {
        Some(c) => memchr::memchr(*b, c.data()).is_some(),
        None => is_space(*b),
    };
    let mut data = own.data();
    while at_start && data.first().is_some_and(goes) {
        data = &data[1..];
    }
    while at_end && data.last().is_some_and(goes) {
        data = &data[..data.len() - 1];
    }
    if data.len() == own.len() {
        drop(own);
        return same(vm, a[0]);
    }
    make(vm, a[0], data)
}
fn strip(vm: &Vm, a: &[Value]) -> Res {
    strip_by(vm, a, true, true)
}
fn lstrip(vm: &Vm, a: &[Value]) -> Res {
    strip_by(vm, a, true, false)
}
fn rstrip(vm: &Vm, a: &[Value]) -> Res {
    strip_by(vm, a, false, true)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "find",
        "(self, sub, start=None, end=None, /)",
        find,
        "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
    ),
    NativeDef::method(
        "rfind",
        "(self, sub, start=None, end=None, /)",
        rfind,
        "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
    ),
    NativeDef::method(
        "index",
        "(self, sub, start=None, end=None, /)",
        index,
        "Return the lowest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
    ),
    NativeDef::method(
        "rindex",
        "(self, sub, start=None, end=None, /)",
        rindex,
        "Return the highest index in B where subsection 'sub' is found, such that 'sub' is contained within B[start,end].",
    ),
    NativeDef::method(
        "count",
        "(self, sub, start=None, end=None, /)",
        count,
        "Return the number of non-overlapping occurrences of subsection 'sub' in bytes B[start:end].",
    ),
    NativeDef::method(
        "replace",
        "(self, old, new, count=-1, /)",
        replace,
        "Return a copy with all occurrences of substring old replaced by new.",
    ),
    NativeDef::method(
        "startswith",
        "(self, prefix, start=None, end=None, /)",
        startswith,
        "Return True if the bytes starts with the specified prefix, False otherwise.",
    ),
    NativeDef::method(
        "endswith",
        "(self, suffix, start=None, end=None, /)",
        endswith,
        "Return True if the bytes ends with the specified suffix, False otherwise.",
    ),
    NativeDef::method(
        "removeprefix",
        "(self, prefix, /)",
        removeprefix,
        "Return a bytes object with the given prefix string removed if present.",
    ),
    NativeDef::method(
        "removesuffix",
        "(self, suffix, /)",
        removesuffix,
        "Return a bytes object with the given suffix string removed if present.",
    ),
    NativeDef::method(
        "strip",
        "(self, bytes=None, /)",
        strip,
        "Strip leading and trailing bytes contained in the argument.",
    ),
    NativeDef::method(
        "lstrip",
        "(self, bytes=None, /)",
        lstrip,
        "Strip leading bytes contained in the argument.",
    ),
    NativeDef::method(
        "rstrip",
        "(self, bytes=None, /)",
        rstrip,
        "Strip trailing bytes contained in the argument.",
    ),
];
