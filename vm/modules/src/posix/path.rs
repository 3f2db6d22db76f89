//! File names as arguments: str (in the file system encoding, UTF-8 with surrogateescape), bytes, PathLike or
//! descriptor numbers.

use crate::os_error::os_error;
use pyrs_core::{Res, Value, Vm};
use pyrs_text::CodePoints;
use pyrs_text::codec::{Builtin, Handler};
use std::ffi::CString;

/// What a path parameter admits besides str, bytes and PathLike.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admit {
    Path,
    PathOrFd,
    PathFdOrNone,
}

/// A converted path argument. Lives on the native stack only: it holds a reference.
pub(crate) struct PathArg {
    /// What the caller passed, for error messages.
    pub object: Value,
    /// The name; empty for descriptors.
    pub name: CString,
    pub fd: Option<i32>,
    /// The caller speaks bytes: answers are bytes too.
    pub bytes: bool,
}

impl PathArg {
    pub fn ptr(&self) -> *const libc::c_char {
        self.name.as_ptr()
    }
    /// OSError about this path.
    pub fn error(&self, vm: &Vm, errno: i32) -> pyrs_core::Raised {
        os_error(vm, errno, Some(self.object))
    }
    /// A file name in the caller's kind of text.
    pub fn answer(&self, vm: &Vm, name: &[u8]) -> Res {
        if self.bytes { vm.bytes(name) } else { fs_decode(vm, name) }
    }
}

/// Decodes a file name.
pub(crate) fn fs_decode(vm: &Vm, name: &[u8]) -> Res {
    if let Ok(s) = core::str::from_utf8(name) {
        return vm.str(s);
    }
    let mut h = Builtin::new(Handler::SurrogateEscape);
    match pyrs_text::codec::decode_utf8(name, true, &mut h) {
        Ok((b, _)) => Ok(vm.new_str_builder(&b)?.value()),
        Err(_) => Err(vm.value_error("undecodable file name")),
    }
}
/// Encodes text for the operating system.
pub(crate) fn fs_encode(vm: &Vm, text: CodePoints<'_>) -> Res<Vec<u8>> {
    if let Some(b) = text.as_ascii() {
        return Ok(b.to_vec());
    }
    let mut h = Builtin::new(Handler::SurrogateEscape);
    pyrs_text::codec::encode_utf8(text, &mut h).map_err(|e| {
        let args = (|| -> Res<_> {
            let object = vm.new_str_points(text)?;
            vm.new_exception(
                vm.exc().unicode_encode_error,
                &[
                    vm.str("utf-8")?,
                    object.value(),
                    vm.int_usize(e.range.start)?,
                    vm.int_usize(e.range.end)?,
                    vm.str(e.reason)?,
                ],
            )
        })();
        match args {
            Ok(e) => vm.raise(e),
            Err(r) => r,
        }
    })
}

/// `os.fspath`
pub(crate) fn fspath(vm: &Vm, v: Value) -> Res {
    if vm.as_str(v).is_some() || vm.as_bytes(v).is_some() {
        return Ok(v);
    }
    let Some(f) = vm.lookup(vm.class_of(v), vm.intern("__fspath__")).filter(|f| !f.is_none())
    else {
        return Err(vm.type_error(format!(
            "expected str, bytes or os.PathLike object, not {}",
            vm.type_name(v)
        )));
    };
    let p = vm.call_bound(f, v, &[])?;
    if vm.as_str(p).is_some() || vm.as_bytes(p).is_some() {
        return Ok(p);
    }
    Err(vm.type_error(format!(
        "expected {}.__fspath__() to return str or bytes, not {}",
        vm.type_name(v),
        vm.type_name(p)
    )))
}

/// Converts the path parameter `what` of `function`.
pub(crate) fn path(vm: &Vm, v: Value, function: &str, what: &str, admit: Admit) -> Res<PathArg> {
    if v.is_none() && admit == Admit::PathFdOrNone {
        return Ok(PathArg { object: v, name: c".".to_owned(), fd: None, bytes: false });
    }
    let with_fd = matches!(admit, Admit::PathOrFd | Admit::PathFdOrNone);
    let plain = if vm.as_str(v).is_some() || vm.as_bytes(v).is_some() {
        v
    } else if with_fd && (vm.as_int(v).is_some() || v.as_bool().is_some()) {
        let fd = descriptor_number(vm, v)?;
        return Ok(PathArg { object: v, name: CString::default(), fd: Some(fd), bytes: false });
    } else if vm.lookup(vm.class_of(v), vm.intern("__fspath__")).is_some_and(|f| !f.is_none()) {
        fspath(vm, v)?
    } else if with_fd && vm.lookup(vm.class_of(v), vm.intern("__index__")).is_some() {
        let fd = descriptor_number(vm, v)?;
        return Ok(PathArg { object: v, name: CString::default(), fd: Some(fd), bytes: false });
    } else {
        let kinds = match admit {
            Admit::Path => "string, bytes or os.PathLike",
            Admit::PathOrFd => "string, bytes, os.PathLike or integer",
            Admit::PathFdOrNone => "string, bytes, os.PathLike, integer or None",
        };
        return Err(
            vm.type_error(format!("{function}: {what} should be {kinds}, not {}", vm.type_name(v)))
        );
    };
    let (data, bytes) = match vm.as_str(plain) {
        Some(s) => (fs_encode(vm, s.points())?, false),
        None => (vm.as_bytes(plain).map_or_else(Vec::new, |b| b.data().to_vec()), true),
    };
    match CString::new(data) {
        Ok(name) => Ok(PathArg { object: v, name, fd: None, bytes }),
        Err(_) => Err(vm.value_error(format!("{function}: embedded null character in {what}"))),
    }
}

/// An int that names a descriptor: OverflowError outside the range of C's `int`.
pub(crate) fn descriptor_number(vm: &Vm, v: Value) -> Res<i32> {
    let n = vm.index(v)?;
    match vm.int_ref(&n).to_i64() {
        Some(n) if n > i32::MAX as i64 => Err(vm.overflow_error("fd is greater than maximum")),
        Some(n) if n < i32::MIN as i64 => Err(vm.overflow_error("fd is less than minimum")),
        Some(n) => Ok(n as i32),
        None if vm.int_ref(&n).is_negative() => Err(vm.overflow_error("fd is less than minimum")),
        None => Err(vm.overflow_error("fd is greater than maximum")),
    }
}

/// `fd` parameters: an int, or an object with `fileno()`.
pub(crate) fn fildes(vm: &Vm, v: Value) -> Res<i32> {
    if vm.as_int(v).is_some() || v.as_bool().is_some() {
        return c_int(vm, v);
    }
    let Some(f) = vm.get_attr_opt(v, vm.intern("fileno"))? else {
        return Err(vm.type_error("argument must be an int, or have a fileno() method."));
    };
    let n = vm.call(f, &[])?;
    if vm.as_int(n).is_none() {
        return Err(vm.type_error("fileno() returned a non-integer"));
    }
    let fd = c_int(vm, n)?;
    if fd < 0 {
        return Err(vm.value_error(format!("file descriptor cannot be a negative integer ({fd})")));
    }
    Ok(fd)
}

/// A C `int` parameter.
pub(crate) fn c_int(vm: &Vm, v: Value) -> Res<i32> {
    let n = vm.index(v)?;
    match vm.int_ref(&n).to_i64() {
        Some(n) if i32::try_from(n).is_ok() => Ok(n as i32),
        Some(n) if n > 0 => Err(vm.overflow_error("signed integer is greater than maximum")),
        Some(_) => Err(vm.overflow_error("signed integer is less than minimum")),
        None => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}

/// `dir_fd` parameters.
pub(crate) fn dir_fd(vm: &Vm, v: Value) -> Res<i32> {
    if v.is_none() {
        return Ok(libc::AT_FDCWD);
    }
    if vm.as_int(v).is_some()
        || v.as_bool().is_some()
        || vm.lookup(vm.class_of(v), vm.intern("__index__")).is_some()
    {
        return descriptor_number(vm, v);
    }
    Err(vm.type_error(format!("argument should be integer or None, not {}", vm.type_name(v))))
}

// ---- pure functions on names
/// `os._path_normpath`
pub(super) fn normpath(vm: &Vm, args: &[Value]) -> Res {
    let p = fspath(vm, args[0])?;
    if let Some(s) = vm.as_str(p) {
        let points: Vec<u32> = s.points().iter().collect();
        let out = normalise(&points);
        return Ok(vm.new_str_points(CodePoints::Four(&out))?.value());
    }
    let points: Vec<u32> =
        vm.as_bytes(p).map_or_else(Vec::new, |b| b.data().iter().map(|&c| c as u32).collect());
    let out: Vec<u8> = normalise(&points).iter().map(|&c| c as u8).collect();
    vm.bytes(&out)
}
const SLASH: u32 = b'/' as u32;
const DOT: u32 = b'.' as u32;

fn root_length(p: &[u32]) -> usize {
    match p {
        [SLASH, SLASH, SLASH, ..] => 1,
        [SLASH, SLASH, ..] => 2,
        [SLASH, ..] => 1,
        _ => 0,
    }
}
fn normalise(p: &[u32]) -> Vec<u32> {
    let root = root_length(p);
    let mut parts: Vec<&[u32]> = Vec::new();
    for part in p[root..].split(|&c| c == SLASH) {
        match part {
            [] | [DOT] => {}
            [DOT, DOT] => match parts.last() {
                Some([DOT, DOT]) => parts.push(part),
                Some(_) => {
                    parts.pop();
                }
                None if root == 0 => parts.push(part),
                None => {}
            },
            _ => parts.push(part),
        }
    }
    let mut out = p[..root].to_vec();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push(SLASH);
        }
        out.extend_from_slice(part);
    }
    if out.is_empty() {
        out.push(DOT);
    }
    out
}
/// `os._path_splitroot_ex`: drive (always empty), root, tail.
pub(super) fn splitroot(vm: &Vm, args: &[Value]) -> Res {
    let p = fspath(vm, args[0])?;
    if let Some(s) = vm.as_str(p) {
        let head: Vec<u32> = (0..s.len().min(3)).map(|i| s.at(i)).collect();
        let cut = if head.first() == Some(&SLASH) { root_length_of(&head, s.len()) } else { 0 };
        let root = vm.new_str_points(s.points().slice(0, cut))?.value();
        let tail = vm.new_str_points(s.points().slice(cut, s.len()))?.value();
        return vm.tuple(&[vm.str("")?, root, tail]);
    }
    let Some(b) = vm.as_bytes(p) else { return Ok(Value::NONE) };
    let data = b.data();
    let head: Vec<u32> = data.iter().take(3).map(|&c| c as u32).collect();
    let cut = root_length_of(&head, data.len());
    vm.tuple(&[vm.bytes(b"")?, vm.bytes(&data[..cut])?, vm.bytes(&data[cut..])?])
}
fn root_length_of(head: &[u32], len: usize) -> usize {
    root_length(&head[..head.len().min(len)])
}

#[cfg(test)]
mod tests {
    use super::normalise;
    fn n(s: &str) -> String {
        let p: Vec<u32> = s.chars().map(|c| c as u32).collect();
        normalise(&p).into_iter().filter_map(char::from_u32).collect()
    }
    #[test]
    fn names_are_normalised_as_posixpath_does() {
        for (from, to) in [
            ("", "."),
            ("/", "/"),
            ("//", "//"),
            ("///", "/"),
            ("///foo/.//bar//", "/foo/bar"),
            ("a/../..", ".."),
            ("/..", "/"),
            ("//a/./b/../c", "//a/c"),
            ("../x/", "../x"),
            ("a/b/../../../c", "../c"),
            ("./a", "a"),
        ] {
            assert_eq!(n(from), to, "{from}");
        }
    }
}
