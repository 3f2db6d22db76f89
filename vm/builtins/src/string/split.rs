//! Taking strings apart: `split`, `rsplit`, `splitlines`, `partition`, `rpartition`.

use super::arguments::limit;
use super::text;
use core::ops::Range;
use pyrs_core::object::{List, NativeDef, Str};
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::{strmath, unicode};

fn push(vm: &Vm, list: Gc<List>, s: Gc<Str>, r: Range<usize>) -> Res<()> {
    let piece = vm.str_slice(s, r.start, r.end)?;
    vm.list_append(list, piece.value())
}
/// The separator argument: `None` for whitespace.
fn separator(vm: &Vm, v: Value) -> Res<Option<Gc<Str>>> {
    if v.is_none() {
        return Ok(None);
    }
    match vm.as_str(v) {
        Some(s) if s.is_empty() => Err(vm.value_error("empty separator")),
        Some(s) => Ok(Some(s)),
        None => Err(vm.type_error(format!("must be str or None, not {}", vm.type_name(v)))),
    }
}
fn split(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let max = limit(vm, a[2])?;
    let sep = separator(vm, a[1])?;
    let list = vm.new_list()?;
    let Some(sep) = sep else {
        let mut words = unicode::split_words(s.points());
        let mut last = 0;
        for _ in 0..max {
            let Some(w) = words.next() else { return Ok(list.value()) };
            last = w.end;
            push(vm, list, s, w)?;
        }
        let rest = unicode::trim_whitespace(s.points().from(last), true, false);
        if !rest.is_empty() {
            push(vm, list, s, last + rest.start..s.len())?;
        }
        return Ok(list.value());
    };
    for r in strmath::split(s.points(), sep.points(), max) {
        push(vm, list, s, r)?;
    }
    Ok(list.value())
}
fn rsplit(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let max = limit(vm, a[2])?;
    let sep = separator(vm, a[1])?;
    let list = vm.new_list()?;
    match sep {
        Some(sep) => {
            for r in strmath::rsplit(s.points(), sep.points(), max) {
                push(vm, list, s, r)?;
            }
        }
        None => {
            let mut end = s.len();
            for n in 0.. {
                let p = s.points().slice(0, end);
                let used = unicode::trim_whitespace(p, false, true);
                if used.is_empty() {
                    break;
                }
                if n == max {
                    push(vm, list, s, used)?;
                    break;
                }
                let start =
                    p.slice(0, used.end).rfind(unicode::is_space).map_or(0, |space| space + 1);
                push(vm, list, s, start..used.end)?;
                end = start;
            }
        }
    }
    let n = list.len();
    for i in 0..n / 2 {
        if let (Some(x), Some(y)) = (list.get(i), list.get(n - 1 - i)) {
            list.set(vm, i, y);
            list.set(vm, n - 1 - i, x);
        }
    }
    Ok(list.value())
}
fn splitlines(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let keep = vm.truth(a[1])?;
    let list = vm.new_list()?;
    for r in unicode::split_lines(s.points(), keep) {
        push(vm, list, s, r)?;
    }
    Ok(list.value())
}
fn partition_by(vm: &Vm, a: &[Value], last: bool) -> Res {
    let s = text(vm, a[0]);
    let Some(sep) = vm.as_str(a[1]) else {
        return Err(vm.type_error(format!("must be str, not {}", vm.type_name(a[1]))));
    };
    if sep.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let found = if last {
        strmath::rfind(s.points(), sep.points())
    } else {
        strmath::find(s.points(), sep.points())
    };
    let empty = vm.names().empty.value();
    match found {
        Some(i) => {
            let before = vm.str_slice(s, 0, i)?.value();
            let after = vm.str_slice(s, i + sep.len(), s.len())?.value();
            vm.tuple(&[before, sep.value(), after])
        }
        None if last => vm.tuple(&[empty, empty, s.value()]),
        None => vm.tuple(&[s.value(), empty, empty]),
    }
}
fn partition(vm: &Vm, a: &[Value]) -> Res {
    partition_by(vm, a, false)
}
fn rpartition(vm: &Vm, a: &[Value]) -> Res {
    partition_by(vm, a, true)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "split",
        "(self, /, sep=None, maxsplit=-1)",
        split,
        "Return a list of the substrings in the string, using sep as the separator string.",
    ),
    NativeDef::method(
        "rsplit",
        "(self, /, sep=None, maxsplit=-1)",
        rsplit,
        "Return a list of the substrings in the string, using sep as the separator string.",
    ),
    NativeDef::method(
        "splitlines",
        "(self, /, keepends=False)",
        splitlines,
        "Return a list of the lines in the string, breaking at line boundaries.",
    ),
    NativeDef::method(
        "partition",
        "(self, sep, /)",
        partition,
        "Partition the string into three parts using the given separator.",
    ),
    NativeDef::method(
        "rpartition",
        "(self, sep, /)",
        rpartition,
        "Partition the string into three parts using the given separator.",
    ),
];
