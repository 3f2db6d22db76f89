//! Taking bytes apart: `split`, `rsplit`, `splitlines`, `partition`, `rpartition`.

use super::search::is_space;
use super::{make, own, same};
use crate::string::limit;
use core::ops::Range;
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};
use pyrs_text::CodePoints::One;
use pyrs_text::strmath;

/// A list of the pieces, in the order of `ranges`.
fn pieces(
    vm: &Vm,
    receiver: Value,
    data: &[u8],
    ranges: impl Iterator<Item = Range<usize>>,
) -> Res {
    let list = vm.new_list()?;
    for r in ranges {
        vm.list_append(list, make(vm, receiver, &data[r])?)?;
    }
    Ok(list.value())
}
/// The words of a text, at most `max` splits from the left; the last piece keeps its inner whitespace.
fn words(data: &[u8], max: usize) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        at += data[at..].iter().take_while(|b| is_space(**b)).count();
        if at == data.len() {
            return out;
        }
        if out.len() == max {
            let end = data.len();
            out.push(at..end);
            return out;
        }
        let n = data[at..].iter().take_while(|b| !is_space(**b)).count();
        out.push(at..at + n);
        at += n;
    }
}
/// As `words` from the right; ranges in text order.
fn words_from_right(data: &[u8], max: usize) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut end = data.len();
    loop {
        end -= data[..end].iter().rev().take_while(|b| is_space(**b)).count();
        if end == 0 {
            break;
        }
        if out.len() == max {
            out.push(0..end);
            break;
        }
        let n = data[..end].iter().rev().take_while(|b| !is_space(**b)).count();
        out.push(end - n..end);
        end -= n;
    }
    out.reverse();
    out
}
fn split_by(vm: &Vm, a: &[Value], from_right: bool) -> Res {
    let own = own(vm, a[0])?;
    let max = limit(vm, a[2])?;
    if a[1].is_none() {
        let ranges = match from_right {
            false => words(own.data(), max),
            true => words_from_right(own.data(), max),
        };
        return pieces(vm, a[0], own.data(), ranges.into_iter());
    }
    let sep = vm.buffer(a[1], false)?;
    if sep.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let (text, sep) = (One(own.data()), One(sep.data()));
    if from_right {
        let mut ranges: Vec<_> = strmath::rsplit(text, sep, max).collect();
        ranges.reverse();
        return pieces(vm, a[0], own.data(), ranges.into_iter());
    }
    pieces(vm, a[0], own.data(), strmath::split(text, sep, max))
}
fn split(vm: &Vm, a: &[Value]) -> Res {
    split_by(vm, a, false)
}
fn rsplit(vm: &Vm, a: &[Value]) -> Res {
    split_by(vm, a, true)
}
fn splitlines(vm: &Vm, a: &[Value]) -> Res {
    let own = own(vm, a[0])?;
    let keep = vm.truth(a[1])?;
    let data = own.data();
    let mut at = 0;
    let lines = core::iter::from_fn(|| {
        if at >= data.len() {
            return None;
        }
        let start = at;
        let end = memchr::memchr2(b'\n', b'\r', &data[at..]).map_or(data.len(), |n| at + n);
        at = match data.get(end..) {
            Some([b'\r', b'\n', ..]) => end + 2,
            Some([_, ..]) => end + 1,
            _ => end,
        };
        Some(start..if keep { at } else { end })
    });
    pieces(vm, a[0], data, lines)
}
fn partition_by(vm: &Vm, a: &[Value], last: bool) -> Res {
    let own = own(vm, a[0])?;
    let sep = vm.buffer(a[1], false)?;
    if sep.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let (text, pattern) = (One(own.data()), One(sep.data()));
    let found = if last { strmath::rfind(text, pattern) } else { strmath::find(text, pattern) };
    let empty = make(vm, a[0], &[])?;
    match found {
        Some(i) => {
            let before = make(vm, a[0], &own.data()[..i])?;
            let middle = match vm.as_bytes(a[0]) {
                Some(_) if vm.as_bytes(a[1]).is_some() => a[1],
                _ => make(vm, a[0], sep.data())?,
            };
            let after = make(vm, a[0], &own.data()[i + sep.len()..])?;
            vm.tuple(&[before, middle, after])
        }
        None => {
            drop(own);
            let whole = same(vm, a[0])?;
            let second = make(vm, a[0], &[])?;
            if last { vm.tuple(&[empty, second, whole]) } else { vm.tuple(&[whole, empty, second]) }
        }
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
        "Return a list of the sections in the bytes, using sep as the delimiter.",
    ),
    NativeDef::method(
        "rsplit",
        "(self, /, sep=None, maxsplit=-1)",
        rsplit,
        "Return a list of the sections in the bytes, using sep as the delimiter.",
    ),
    NativeDef::method(
        "splitlines",
        "(self, /, keepends=False)",
        splitlines,
        "Return a list of the lines in the bytes, breaking at line boundaries.",
    ),
    NativeDef::method(
        "partition",
        "(self, sep, /)",
        partition,
        "Partition the bytes into three parts using the given separator.",
    ),
    NativeDef::method(
        "rpartition",
        "(self, sep, /)",
        rpartition,
        "Partition the bytes into three parts using the given separator.",
    ),
];
