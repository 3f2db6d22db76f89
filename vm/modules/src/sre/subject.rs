//! The text a pattern is matched against: a str, or anything with a buffer.

use pyrs_core::object::Str;
use pyrs_core::protocol::Buffer;
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_regex::{MatchError, Matcher, Text};
use pyrs_text::CodePoints;
use std::cell::RefCell;

pub(super) enum Subject<'vm> {
    Text(Gc<Str>),
    Bytes(Buffer<'vm>),
}

impl<'vm> Subject<'vm> {
    /// Checks that the subject is of the pattern's kind: `bytes` None for a pattern that is neither.
    pub(super) fn new(vm: &'vm Vm, v: Value, bytes: Option<bool>) -> Res<Subject<'vm>> {
        if let Some(s) = vm.as_str(v) {
            return match bytes {
                Some(true) => {
                    Err(vm.type_error("cannot use a bytes pattern on a string-like object"))
                }
                _ => Ok(Subject::Text(s)),
            };
        }
        match vm.try_buffer(v)? {
            Some(b) => match bytes {
                Some(false) => {
                    Err(vm.type_error("cannot use a string pattern on a bytes-like object"))
                }
                _ => Ok(Subject::Bytes(b)),
            },
            None => Err(vm.type_error(format!(
                "expected string or bytes-like object, got '{}'",
                vm.type_name(v)
            ))),
        }
    }
    pub(super) fn len(&self) -> usize {
        match self {
            Subject::Text(s) => s.len(),
            Subject::Bytes(b) => b.len(),
        }
    }
    pub(super) fn text(&self) -> Text<'_> {
        match self {
            Subject::Text(s) => match s.points() {
                CodePoints::One(t) => Text::Latin1(t),
                CodePoints::Two(t) => Text::Ucs2(t),
                CodePoints::Four(t) => Text::Ucs4(t),
            },
            Subject::Bytes(b) => Text::Latin1(b.data()),
        }
    }
    /// The part `[start, end)` as a new object; `whole` is the subject itself.
    pub(super) fn slice(&self, vm: &Vm, whole: Value, start: usize, end: usize) -> Res {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            Subject::Text(s) if start == 0 && end == s.len() && vm.exact_str(whole).is_some() => {
                Ok(whole)
            }
            Subject::Text(s) => Ok(vm.new_str_points(s.points().slice(start, end))?.value()),
            Subject::Bytes(b) => vm.bytes(&b.data()[start..end]),
        }
    }
    pub(super) fn is_bytes(&self) -> bool {
        matches!(self, Subject::Bytes(_))
    }
}

thread_local! {
    /// Matchers with warm buffers; several only while a match calls back into Python.
    static POOL: RefCell<Vec<Matcher>> = const { RefCell::new(Vec::new()) };
}
/// Runs `f` with a matcher from the pool.
pub(super) fn with_matcher<R>(f: impl FnOnce(&mut Matcher) -> R) -> R {
    let mut m = POOL.with(|p| p.borrow_mut().pop()).unwrap_or_default();
    let r = f(&mut m);
    POOL.with(|p| {
        let mut pool = p.borrow_mut();
        if pool.len() < 4 {
            pool.push(m);
        }
    });
    r
}
/// A matcher's error as an exception.
pub(super) fn raised(vm: &Vm, e: MatchError) -> pyrs_core::Raised {
    match e {
        MatchError::Interrupted => vm.interrupt_raised(),
        MatchError::OutOfMemory => vm.memory_error(),
    }
}
