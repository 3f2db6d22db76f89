//! Error handlers of codecs: the native ones as codecs use them, the same as Python functions, and calls of
//! handlers written in Python.

use super::registry::lookup_error;
use pyrs_core::object::{Exception, NativeDef, Str};
use pyrs_core::{Gc, Raised, Res, Value, Vm};
use pyrs_text::bigint::ByteOrder;
use pyrs_text::codec::{
    Builtin, CodecError, DecodeErrors, Decoded, EncodeErrors, Handler, Replacement, is_surrogate,
};
use pyrs_text::escape::push_escape;
use pyrs_text::{CodePoints, StrBuilder};

/// Who answers.
enum Kind {
    Native(Builtin),
    NameReplace,
    /// By name in the registry; looked up at the first error.
    Python,
}

/// Answers the errors of one run of a codec. Lives on the native stack.
pub struct Errors<'vm, 'n> {
    vm: &'vm Vm,
    encoding: &'n str,
    kind: Kind,
    name: Gc<Str>,
    /// The string being encoded; UNBOUND when decoding.
    object: Value,
}

/// Unit size and byte order for `surrogatepass`; size 0 where it does not apply.
fn pass_of(encoding: &str) -> (u8, ByteOrder) {
    let n = super::normalize(encoding);
    let order = match () {
        () if n.ends_with("be") => ByteOrder::Big,
        () if n.ends_with("le") => ByteOrder::Little,
        () => ByteOrder::NATIVE,
    };
    match n.as_str() {
        "utf_8" | "utf8" | "cp65001" => (1, order),
        n if n.starts_with("utf_16") || n.starts_with("utf16") => (2, order),
        n if n.starts_with("utf_32") || n.starts_with("utf32") => (4, order),
        _ => (0, order),
    }
}

impl<'vm, 'n> Errors<'vm, 'n> {
    /// `encoding` is the name in exceptions, `object` the str being encoded (UNBOUND when decoding).
    pub fn new(vm: &'vm Vm, encoding: &'n str, errors: Gc<Str>, object: Value) -> Errors<'vm, 'n> {
        let native = errors.as_ascii().and_then(Handler::from_name);
        let kind = match native {
            Some(handler) => Kind::Native(Builtin { handler, pass: pass_of(encoding) }),
            None if errors.is("namereplace") => Kind::NameReplace,
            None => Kind::Python,
        };
        Errors { vm, encoding, kind, name: errors, object }
    }
    /// A UnicodeEncodeError or UnicodeDecodeError object.
    fn exception(&self, input: Option<&[u8]>, e: &CodecError) -> Res<Gc<Exception>> {
        let vm = self.vm;
        let (class, object) = match input {
            Some(data) => (vm.exc().unicode_decode_error, vm.bytes(data)?),
            None => (vm.exc().unicode_encode_error, self.object),
        };
        let args = [
            vm.str(self.encoding)?,
            object,
            vm.int_usize(e.range.start)?,
            vm.int_usize(e.range.end)?,
            vm.str(e.reason)?,
        ];
        vm.new_exception(class, &args)
    }
    /// Raises the exception for `e`.
    pub fn raise(&self, input: Option<&[u8]>, e: &CodecError) -> Raised {
        match self.exception(input, e) {
            Ok(x) => self.vm.raise(x),
            Err(r) => r,
        }
    }
    /// Calls a Python handler: its replacement and the position to go on at, within `len`.
    fn ask(&self, exception: Gc<Exception>, len: usize, message: &str) -> Res<(Value, usize)> {
        let vm = self.vm;
        let f = lookup_error(vm, self.name)?;
        let r = vm.call(f, &[exception.value()])?;
        let parts = vm.as_tuple(r).filter(|t| t.len() == 2);
        let Some((replacement, at)) = parts.map(|t| (t.get(0), t.get(1))) else {
            return Err(vm.type_error(message));
        };
        let Some(at) = vm.as_int(at) else { return Err(vm.type_error(message)) };
        let position = match at.as_int() {
            Some(n) if n < 0 => n.checked_add(len as isize),
            n => n,
        };
        match position.and_then(|n| usize::try_from(n).ok()) {
            Some(n) if n <= len => Ok((replacement, n)),
            _ => Err(vm.index_error(format!(
                "position {} from error handler out of bounds",
                vm.repr(at)?.to_lossy()
            ))),
        }
    }
    #[cold]
    fn cannot_decode(&self) -> Raised {
        self.vm.type_error("don't know how to handle UnicodeDecodeError in error callback")
    }
}

impl DecodeErrors for Errors<'_, '_> {
    type Error = Raised;

    fn handle(&mut self, input: &[u8], error: CodecError) -> Result<Decoded, Raised> {
        match &mut self.kind {
            Kind::NameReplace => Err(self.cannot_decode()),
            Kind::Native(b) if b.handler == Handler::XmlCharRefReplace => Err(self.cannot_decode()),
            Kind::Native(b) => match DecodeErrors::handle(b, input, error) {
                Ok(r) => Ok(r),
                Err(e) => Err(self.raise(Some(input), &e)),
            },
            Kind::Python => {
                const MESSAGE: &str = "decoding error handler must return (str, int) tuple";
                let x = self.exception(Some(input), &error)?;
                let (text, at) = self.ask(x, input.len(), MESSAGE)?;
                match self.vm.as_str(text) {
                    Some(s) => Ok((StrBuilder::from_points(s.points()), at)),
                    None => Err(self.vm.type_error(MESSAGE)),
                }
            }
        }
    }
}

impl EncodeErrors for Errors<'_, '_> {
    type Error = Raised;

    fn handle(
        &mut self,
        text: CodePoints<'_>,
        error: CodecError,
    ) -> Result<(Replacement, usize), Raised> {
        match &mut self.kind {
            Kind::NameReplace => {
                let names = names_of(text.slice(error.range.start, error.range.end));
                Ok((Replacement::Text(names), error.range.end))
            }
            Kind::Native(b) => match EncodeErrors::handle(b, text, error) {
                Ok(r) => Ok(r),
                Err(e) => Err(self.raise(None, &e)),
            },
            Kind::Python => {
                const MESSAGE: &str = "encoding error handler must return (str/bytes, int) tuple";
                let x = self.exception(None, &error)?;
                let (replacement, at) = self.ask(x, text.len(), MESSAGE)?;
                if let Some(s) = self.vm.as_str(replacement) {
                    return Ok((Replacement::Text(StrBuilder::from_points(s.points())), at));
                }
                match self.vm.as_bytes(replacement) {
                    Some(b) => Ok((Replacement::Bytes(b.data().to_vec()), at)),
                    None => Err(self.vm.type_error(MESSAGE)),
                }
            }
        }
    }

    fn fail(&mut self, _: CodePoints<'_>, error: CodecError) -> Raised {
        self.raise(None, &error)
    }
}

/// `\N{NAME}` for each code point, an escape where it has no name.
fn names_of(points: CodePoints<'_>) -> StrBuilder {
    let mut out = StrBuilder::new();
    for p in points.iter() {
        let computed = pyrs_text::unicode::computed_name(p);
        let listed = || char::from_u32(p).and_then(unicode_names2::name).map(|n| n.to_string());
        match computed.or_else(listed) {
            Some(name) => out.push_str(&format!("\\N{{{name}}}")),
            None => push_escape(&mut out, p),
        }
    }
    out
}

// ---- the handlers as Python functions

/// What a handler is told: which error, of what, where.
struct Fault {
    exception: Gc<Exception>,
    kind: FaultKind,
    encoding: String,
    start: usize,
    end: usize,
}
#[derive(Copy, Clone, PartialEq, Eq)]
enum FaultKind {
    Encode,
    Decode,
    Translate,
}

fn fault(vm: &Vm, v: Value) -> Res<Fault> {
    let x = vm.exc();
    let kind = |class| vm.is_instance_exact(v, class);
    let kind = match () {
        () if kind(x.unicode_encode_error) => FaultKind::Encode,
        () if kind(x.unicode_decode_error) => FaultKind::Decode,
        () if kind(x.unicode_translate_error) => FaultKind::Translate,
        () => return Err(unknown(vm, v)),
    };
    let Some(exception) = vm.as_exception(v) else { return Err(unknown(vm, v)) };
    let encoding =
        vm.as_str(vm.exception_field(exception, 0)).map_or_else(String::new, |s| s.to_lossy());
    let object = vm.exception_field(exception, 1);
    let len = match kind {
        FaultKind::Decode => vm.as_bytes(object).map(|b| b.len()),
        _ => vm.as_str(object).map(|s| s.len()),
    };
    let Some(len) = len else { return Err(vm.type_error("object attribute not set")) };
    let at = |i| vm.exception_field(exception, i).as_int().unwrap_or(0).max(0) as usize;
    // As CPython reads them: start within the object, end after it and within.
    let start = at(2).min(len.saturating_sub(1));
    let end = at(3).max(1).min(len).max(start.min(len));
    Ok(Fault { exception, kind, encoding, start, end })
}
#[cold]
fn unknown(vm: &Vm, v: Value) -> Raised {
    vm.type_error(format!("don't know how to handle {} in error callback", vm.type_name(v)))
}
impl Fault {
    fn text(&self, vm: &Vm) -> Gc<Str> {
        vm.as_str(vm.exception_field(self.exception, 1)).unwrap_or(vm.names().empty)
    }
    fn points<'a>(&self, s: &'a Gc<Str>) -> CodePoints<'a> {
        s.points().slice(self.start, self.end)
    }
    fn bytes(&self, vm: &Vm) -> Vec<u8> {
        vm.as_bytes(vm.exception_field(self.exception, 1))
            .map_or_else(Vec::new, |b| b.data().to_vec())
    }
    fn answer(&self, vm: &Vm, text: &StrBuilder, at: usize) -> Res {
        vm.tuple(&[vm.new_str_builder(text)?.value(), vm.int_usize(at)?])
    }
    fn again(&self, vm: &Vm) -> Raised {
        vm.raise_again(self.exception)
    }
}
fn strict(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_exception(a[0]) {
        Some(e) => Err(vm.raise(e)),
        None => Err(vm.type_error("codec must pass exception instance")),
    }
}
fn ignore(vm: &Vm, a: &[Value]) -> Res {
    let f = fault(vm, a[0])?;
    f.answer(vm, &StrBuilder::new(), f.end)
}
fn replace(vm: &Vm, a: &[Value]) -> Res {
    let f = fault(vm, a[0])?;
    let mut out = StrBuilder::new();
    match f.kind {
        FaultKind::Encode => out.push_repeat(u32::from(b'?'), f.end - f.start),
        FaultKind::Decode => out.push(0xFFFD),
        FaultKind::Translate => out.push_repeat(0xFFFD, f.end - f.start),
    }
    f.answer(vm, &out, f.end)
}
fn xmlcharrefreplace(vm: &Vm, a: &[Value]) -> Res {
    let f = fault(vm, a[0])?;
    if f.kind != FaultKind::Encode {
        return Err(unknown(vm, a[0]));
    }
    let mut out = StrBuilder::new();
    let s = f.text(vm);
    for p in f.points(&s).iter() {
        out.push_str(&format!("&#{p};"));
    }
    f.answer(vm, &out, f.end)
}
fn backslashreplace(vm: &Vm, a: &[Value]) -> Res {
    let f = fault(vm, a[0])?;
    let mut out = StrBuilder::new();
    if f.kind == FaultKind::Decode {
        for &b in f.bytes(vm).get(f.start..f.end).unwrap_or(&[]) {
            push_escape(&mut out, u32::from(b));
        }
    } else {
        let s = f.text(vm);
        f.points(&s).iter().for_each(|p| push_escape(&mut out, p));
    }
    f.answer(vm, &out, f.end)
}
fn namereplace(vm: &Vm, a: &[Value]) -> Res {
    let f = fault(vm, a[0])?;
    if f.kind != FaultKind::Encode {
        return Err(unknown(vm, a[0]));
    }
    let s = f.text(vm);
    f.answer(vm, &names_of(f.points(&s)), f.end)
}
/// `surrogateescape` and `surrogatepass`: what the native handler makes of the fault.
fn surrogates(vm: &Vm, a: &[Value], handler: Handler) -> Res {
    let f = fault(vm, a[0])?;
    let mut b = Builtin { handler, pass: pass_of(&f.encoding) };
    let e = CodecError { range: f.start..f.end, reason: "" };
    match f.kind {
        FaultKind::Encode => {
            let s = f.text(vm);
            if handler == Handler::SurrogatePass && !f.points(&s).all(is_surrogate) {
                return Err(f.again(vm));
            }
            match EncodeErrors::handle(&mut b, s.points(), e) {
                Ok((Replacement::Bytes(data), at)) => {
                    vm.tuple(&[vm.bytes(&data)?, vm.int_usize(at)?])
                }
                Ok((Replacement::Text(text), at)) => f.answer(vm, &text, at),
                Err(_) => Err(f.again(vm)),
            }
        }
        FaultKind::Decode => match DecodeErrors::handle(&mut b, &f.bytes(vm), e) {
            Ok((text, at)) => f.answer(vm, &text, at),
            Err(_) => Err(f.again(vm)),
        },
        FaultKind::Translate => Err(unknown(vm, a[0])),
    }
}
fn surrogateescape(vm: &Vm, a: &[Value]) -> Res {
    surrogates(vm, a, Handler::SurrogateEscape)
}
fn surrogatepass(vm: &Vm, a: &[Value]) -> Res {
    surrogates(vm, a, Handler::SurrogatePass)
}

/// The native handlers as functions, each named as CPython names it.
pub static ERROR_FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "strict_errors",
        "(exception, /)",
        strict,
        "Implements the 'strict' error handling, which raises a UnicodeError on coding errors.",
    ),
    NativeDef::function(
        "ignore_errors",
        "(exception, /)",
        ignore,
        "Implements the 'ignore' error handling, which ignores malformed data and continues.",
    ),
    NativeDef::function(
        "replace_errors",
        "(exception, /)",
        replace,
        "Implements the 'replace' error handling, which replaces malformed data with a replacement marker.",
    ),
    NativeDef::function(
        "xmlcharrefreplace_errors",
        "(exception, /)",
        xmlcharrefreplace,
        "Implements the 'xmlcharrefreplace' error handling, which replaces an unencodable character with the appropriate XML character reference.",
    ),
    NativeDef::function(
        "backslashreplace_errors",
        "(exception, /)",
        backslashreplace,
        "Implements the 'backslashreplace' error handling, which replaces malformed data with a backslashed escape sequence.",
    ),
    NativeDef::function(
        "namereplace_errors",
        "(exception, /)",
        namereplace,
        "Implements the 'namereplace' error handling, which replaces an unencodable character with a \\N{...} escape sequence.",
    ),
    NativeDef::function("surrogatepass", "(exception, /)", surrogatepass, ""),
    NativeDef::function("surrogateescape", "(exception, /)", surrogateescape, ""),
];

/// The function of a built-in handler's name.
pub(super) fn native_handler(name: &str) -> Option<&'static NativeDef> {
    ERROR_FUNCTIONS.iter().find(|d| d.name.strip_suffix("_errors").unwrap_or(d.name) == name)
}
pub(super) fn is_builtin_name(name: &str) -> bool {
    native_handler(name).is_some()
}
