//! `%`-formatting of str and bytes: fetching the arguments and converting objects; parser and layout are
//! `pyrs_text::percent`'s.

use super::arguments::c_int;
use super::text;
use crate::number::{int_of, real_of};
use crate::support::{ssize, text_error};
use pyrs_core::object::Str;
use pyrs_core::{Gc, Raised, Res, Special, Value, Vm};
use pyrs_text::percent::{self, Amount, Conversion, Layout, Parser, Piece};
use pyrs_text::{CodePoints, StrBuilder};

/// The right operand of `%` and how much of it has been used.
pub(crate) struct Arguments {
    values: Value,
    /// Items of a tuple; `None` for a single value.
    count: Option<usize>,
    used: usize,
    /// The mapping for `%(key)s`.
    mapping: Option<Value>,
    /// The value a key gave: the next argument.
    keyed: Option<Value>,
    single_gone: bool,
}

impl Arguments {
    fn new(vm: &Vm, v: Value, bytes: bool) -> Arguments {
        let tuple = vm.as_tuple(v);
        let text = vm.as_str(v).is_some()
            || bytes
                && (vm.as_bytes(v).is_some()
                    || vm.cast::<pyrs_core::object::ByteArray>(v).is_some());
        let subscript = vm.special(vm.class_of(v), Special::GetItem).is_some_and(|f| !f.is_none());
        let mapping = (tuple.is_none() && !text && subscript).then_some(v);
        let count = tuple.map(|t| t.len());
        Arguments { values: v, count, used: 0, mapping, keyed: None, single_gone: false }
    }
    fn next(&mut self, vm: &Vm) -> Res {
        if let Some(v) = self.keyed.take() {
            return Ok(v);
        }
        match self.count {
            Some(n) if self.used < n => {
                self.used += 1;
                if let Some(t) = vm.as_tuple(self.values) {
                    return Ok(t.get(self.used - 1));
                }
            }
            None if !self.single_gone => {
                self.single_gone = true;
                return Ok(self.values);
            }
            _ => {}
        }
        Err(vm.type_error("not enough arguments for format string"))
    }
    fn key(&mut self, vm: &Vm, key: Value) -> Res<()> {
        let Some(m) = self.mapping else {
            return Err(vm.type_error("format requires a mapping"));
        };
        let v = vm.get_item(m, key)?;
        self.keyed = Some(v);
        // From now on a plain conversion finds no argument.
        self.single_gone = true;
        Ok(())
    }
    fn finish(&self, vm: &Vm, bytes: bool) -> Res<()> {
        let left = match self.count {
            Some(n) => self.used < n,
            None => !self.single_gone && self.keyed.is_none(),
        };
        if left && self.mapping.is_none() {
            let kind = if bytes { "bytes" } else { "string" };
            return Err(
                vm.type_error(format!("not all arguments converted during {kind} formatting"))
            );
        }
        Ok(())
    }
}

/// What differs between str and bytes formats.
pub(crate) trait Target {
    const BYTES: bool;
    /// A mapping key from its place in the format.
    fn key(&self, vm: &Vm, part: CodePoints<'_>) -> Res;
    /// Writes the conversions `s`, `r`, `a`, `b`, `c`; false for letters it does not have.
    fn object(
        &self,
        vm: &Vm,
        out: &mut StrBuilder,
        letter: u8,
        v: Value,
        layout: &Layout,
    ) -> Res<bool>;
}

/// Formats `format % v` into a builder.
pub(crate) fn run<T: Target>(
    vm: &Vm,
    target: &T,
    format: CodePoints<'_>,
    v: Value,
) -> Res<StrBuilder> {
    let mut args = Arguments::new(vm, v, T::BYTES);
    let mut out = StrBuilder::with_capacity(format.len() + 16);
    let mut parser = Parser::new(format, T::BYTES);
    while let Some(piece) = parser.next_piece() {
        match piece {
            Ok(Piece::Literal(r)) => out.push_points(format.slice(r.start, r.end)),
            Ok(Piece::Conversion(c)) => convert(vm, target, format, &mut args, &mut out, &c)?,
            Err(failure) => {
                if let Some(k) = failure.key {
                    let key = target.key(vm, format.slice(k.start, k.end))?;
                    args.key(vm, key)?;
                }
                for _ in 0..failure.stars {
                    star(vm, &mut args)?;
                }
                return Err(text_error(vm, failure.error));
            }
        }
    }
    args.finish(vm, T::BYTES)?;
    Ok(out)
}
fn star(vm: &Vm, args: &mut Arguments) -> Res {
    let v = args.next(vm)?;
    vm.as_int(v).ok_or_else(|| vm.type_error("* wants int"))
}
fn convert<T: Target>(
    vm: &Vm,
    target: &T,
    format: CodePoints<'_>,
    args: &mut Arguments,
    out: &mut StrBuilder,
    c: &Conversion,
) -> Res<()> {
    if let Some(k) = &c.key {
        let key = target.key(vm, format.slice(k.start, k.end))?;
        args.key(vm, key)?;
    }
    let width = match c.width {
        Amount::Star => Some(ssize(vm, star(vm, args)?)?),
        _ => None,
    };
    let precision = match c.precision {
        Amount::Star => Some(c_int(vm, star(vm, args)?)?),
        _ => None,
    };
    if width == Some(isize::MIN) {
        return Err(vm.overflow_error("width too big"));
    }
    let layout = Layout::new(c, width, precision);
    let v = args.next(vm)?;
    let letter = u8::try_from(c.letter).unwrap_or(0);
    let written = match letter {
        b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => {
            let n = integer(vm, v, letter)?;
            let limit = vm.int_max_str_digits.get();
            let poll = &mut || vm.interrupted();
            percent::format_int(out, vm.int_ref(&n), letter, &layout, limit, poll)
        }
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
            let x = match T::BYTES {
                false => real_of(vm, v)?,
                true => match vm.catch(real_of(vm, v), vm.exc().type_error)? {
                    Some(x) => x,
                    None => {
                        return Err(vm.type_error(format!(
                            "float argument required, not {}",
                            vm.type_name(v)
                        )));
                    }
                },
            };
            percent::format_float(out, x, letter, &layout)
        }
        _ if target.object(vm, out, letter, v, &layout)? => Ok(()),
        _ => Err(percent::unsupported(c.letter, c.index, T::BYTES)),
    };
    written.map_err(|e| text_error(vm, e))
}
/// The int for `d i u` (any number, truncated) or `o x X` (ints and `__index__` only).
fn integer(vm: &Vm, v: Value, letter: u8) -> Res {
    if let Some(n) = vm.as_int(v) {
        return Ok(n);
    }
    let has = |s| vm.special(vm.class_of(v), s).is_some_and(|f| !f.is_none());
    let exact = matches!(letter, b'o' | b'x' | b'X');
    let r = if exact && has(Special::Index) {
        Some(vm.index(v))
    } else if !exact && (has(Special::Index) || has(Special::Int) || has(Special::Float)) {
        Some(int_of(vm, v))
    } else {
        None
    };
    if let Some(r) = r
        && let Some(n) = vm.catch(r, vm.exc().type_error)?
    {
        return Ok(n);
    }
    let wanted = if exact { "an integer" } else { "a real number" };
    Err(vm.type_error(format!(
        "%{} format: {wanted} is required, not {}",
        letter as char,
        vm.type_name(v)
    )))
}

struct Text;
impl Target for Text {
    const BYTES: bool = false;
    fn key(&self, vm: &Vm, part: CodePoints<'_>) -> Res {
        vm.new_str_points(part).map(Gc::value)
    }
    fn object(
        &self,
        vm: &Vm,
        out: &mut StrBuilder,
        letter: u8,
        v: Value,
        layout: &Layout,
    ) -> Res<bool> {
        let s = match letter {
            b's' => vm.str_of(v)?,
            b'r' => vm.repr(v)?,
            b'a' => vm.ascii(v)?,
            b'c' => {
                let c = character(vm, v)?;
                return percent::format_char(out, CodePoints::Four(&[c]), layout)
                    .map(|()| true)
                    .map_err(|e| text_error(vm, e));
            }
            _ => return Ok(false),
        };
        if layout.width == 0 && layout.precision.is_none() {
            out.push_points(s.points());
            return Ok(true);
        }
        percent::format_text(out, s.points(), layout).map_err(|e| text_error(vm, e))?;
        Ok(true)
    }
}
/// The argument of `%c`: a string of one character, or a code point.
fn character(vm: &Vm, v: Value) -> Res<u32> {
    if let Some(s) = vm.as_str(v) {
        return match s.len() {
            1 => Ok(s.at(0)),
            n => Err(vm.type_error(format!(
                "%c requires an int or a unicode character, not a string of length {n}"
            ))),
        };
    }
    let wrong = |vm: &Vm| -> Raised {
        vm.type_error(format!(
            "%c requires an int or a unicode character, not {}",
            vm.full_name(vm.class_of(v))
        ))
    };
    if vm.as_int(v).is_none() && vm.special(vm.class_of(v), Special::Index).is_none() {
        return Err(wrong(vm));
    }
    let n = match vm.catch(vm.index(v), vm.exc().type_error)? {
        Some(n) => n,
        None => return Err(wrong(vm)),
    };
    match n.as_int().and_then(|n| u32::try_from(n).ok()) {
        Some(c) if c < 0x11_0000 => Ok(c),
        _ => Err(vm.overflow_error("%c arg not in range(0x110000)")),
    }
}

/// `format % v`
pub(crate) fn percent_format(vm: &Vm, format: Gc<Str>, v: Value) -> Res {
    let out = run(vm, &Text, text(vm, format.value()).points(), v)?;
    Ok(vm.new_str_builder(&out)?.value())
}
