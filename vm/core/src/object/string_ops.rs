//! Strings from strings, without a buffer in between: slices, repetition, joining.

use super::string::{Str, StrKind};
use crate::error::Res;
use crate::make::fill_units;
use crate::vm::Vm;
use pyrs_heap::{Gc, Keep, Value};
use pyrs_text::CodePoints;

impl Vm {
    /// The code points `start..end` (cut to the length); the string itself if that is all of it.
    #[inline]
    pub fn str_slice(&self, s: Gc<Str>, start: usize, end: usize) -> Res<Gc<Str>> {
        let end = end.min(s.len());
        let start = start.min(end);
        if end - start == s.len() {
            return Ok(s);
        }
        if end - start == 1 {
            return self.str_of_point(s.at(start));
        }
        let _keep = Keep::new(s);
        if s.kind() == StrKind::Ascii && end > start {
            let new = self.new_str_blank(StrKind::Ascii, end - start)?;
            // SAFETY: `start..end` lies within the units of `s`, and the new string is that long.
            unsafe {
                core::ptr::copy_nonoverlapping(
                    s.data().add(start),
                    new.data() as *mut u8,
                    end - start,
                );
            }
            return Ok(new);
        }
        self.new_str_points(s.points().slice(start, end))
    }
    /// `s * n`
    pub fn str_repeat(&self, s: Gc<Str>, n: isize) -> Res<Gc<Str>> {
        let n = usize::try_from(n).unwrap_or(0);
        if n == 0 || s.is_empty() {
            return Ok(self.names().empty);
        }
        if n == 1 {
            return Ok(s);
        }
        let total = match s.len().checked_mul(n) {
            Some(t) if t <= isize::MAX as usize => t,
            _ => return Err(self.overflow_error("repeated string is too long")),
        };
        let new = self.new_str_blank(s.kind(), total)?;
        let _keep = Keep::new(s);
        let one = s.len() * s.kind().width();
        let to = new.data() as *mut u8;
        // SAFETY: the new string has room for `n` copies; each step doubles what is there, up to the end.
        unsafe {
            if one == 1 {
                core::ptr::write_bytes(to, *s.data(), total);
                return Ok(new);
            }
            core::ptr::copy_nonoverlapping(s.data(), to, one);
            let (mut done, all) = (one, one * n);
            while done < all {
                let step = done.min(all - done);
                core::ptr::copy_nonoverlapping(to, to.add(done), step);
                done += step;
            }
        }
        Ok(new)
    }
    /// Joins strings by `sep` in two passes: measure, then copy. The inner error is the first item that is no
    /// str, with its index. Runs no Python code.
    pub fn str_join(&self, sep: Gc<Str>, items: &[Value]) -> Res<Result<Gc<Str>, (usize, Value)>> {
        let (mut kind, mut total) = (StrKind::Ascii, 0usize);
        for (i, &item) in items.iter().enumerate() {
            let Some(s) = self.as_str(item) else { return Ok(Err((i, item))) };
            kind = kind.max(s.kind());
            total = total.saturating_add(s.len());
        }
        match items {
            [] => return Ok(Ok(self.names().empty)),
            [one] => {
                if let Some(s) = self.as_str(*one) {
                    return Ok(Ok(s));
                }
            }
            _ => {}
        }
        if !sep.is_empty() {
            kind = kind.max(sep.kind());
            total = total.saturating_add(sep.len().saturating_mul(items.len() - 1));
        }
        if total > isize::MAX as usize {
            return Err(self.overflow_error("join() result is too long for a Python string"));
        }
        let new = self.new_str_blank(kind, total)?;
        let mut to = new.data() as *mut u8;
        let width = kind.width();
        for (i, &item) in items.iter().enumerate() {
            let parts: [Option<Gc<Str>>; 2] =
                [if i > 0 && !sep.is_empty() { Some(sep) } else { None }, self.as_str(item)];
            for part in parts.into_iter().flatten() {
                // SAFETY: the lengths and kinds were summed up above, and nothing ran since.
                unsafe {
                    fill_units(to, kind, part.points());
                    to = to.add(part.len() * width);
                }
            }
        }
        Ok(Ok(new))
    }
    /// A string of Latin-1 bytes.
    pub fn new_str_latin1(&self, bytes: &[u8]) -> Res<Gc<Str>> {
        self.new_str_points(CodePoints::One(bytes))
    }
}
