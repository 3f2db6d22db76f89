//! Reading JSON.

use crate::class_support::class_of_new;
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Dict, Str, class_flag};
use pyrs_core::{
    Gc, GetSetDef, Header, Native, NativeDef, Raised, Res, Slot, Value, Vm, native_object,
};
use pyrs_text::{CodePoints, StrBuilder};

#[repr(C)]
pub(super) struct Scanner {
    header: Header,
    object_hook: Slot,
    pairs_hook: Slot,
    parse_float: Slot,
    parse_int: Slot,
    parse_constant: Slot,
    strict: Cell<bool>,
}
native_object!(Scanner, "Scanner", slots = 5);

macro_rules! field {
    ($name:literal, $slot:ident) => {
        GetSetDef::read_only($name, |vm, v| Ok(this(vm, v)?.$slot.get()), "")
    };
}
pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "_json.Scanner",
    layout: <Scanner as Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "JSON scanner object",
    methods: &[
        NativeDef::static_method("__new__", "(cls, context)", new, ""),
        NativeDef::method("__call__", "(self, /, string, idx)", call, "Call self as a function."),
    ],
    getset: &[
        GetSetDef::read_only(
            "strict",
            |vm, v| Ok(Value::bool(this(vm, v)?.strict.get())),
            "strict",
        ),
        field!("object_hook", object_hook),
        field!("object_pairs_hook", pairs_hook),
        field!("parse_float", parse_float),
        field!("parse_int", parse_int),
        field!("parse_constant", parse_constant),
    ],
    fields: &[],
};

fn this(vm: &Vm, v: Value) -> Res<Gc<Scanner>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a Scanner is required"))
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let o = vm.new_instance(class_of_new(vm, a[0])?)?;
    let s = this(vm, o.value())?;
    let get = |name: &str| vm.get_attr(a[1], vm.intern(name));
    s.strict.set(vm.truth(get("strict")?)?);
    s.object_hook.set(&vm.heap, s, get("object_hook")?);
    s.pairs_hook.set(&vm.heap, s, get("object_pairs_hook")?);
    s.parse_float.set(&vm.heap, s, get("parse_float")?);
    s.parse_int.set(&vm.heap, s, get("parse_int")?);
    s.parse_constant.set(&vm.heap, s, get("parse_constant")?);
    Ok(o.value())
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let Some(text) = vm.as_str(a[1]) else {
        return Err(
            vm.type_error(format!("first argument must be a string, not {}", vm.type_name(a[1])))
        );
    };
    let Ok(at) = usize::try_from(vm.index_isize(a[2], Some(vm.exc().overflow_error))?) else {
        return Err(vm.value_error("idx cannot be negative"));
    };
    let reader = Reader { vm, scanner: s, text, memo: vm.new_dict()? };
    let (v, end) = reader.value(at)?;
    vm.tuple(&[v, vm.int_usize(end)?])
}

/// `json.JSONDecodeError(message, text, position)`
#[cold]
fn decode_error(vm: &Vm, message: &str, text: Gc<Str>, at: usize) -> Raised {
    let make = || -> Res<Raised> {
        let module = vm.import_module("json.decoder")?;
        let class = vm.get_attr(module, vm.intern("JSONDecodeError"))?;
        let e = vm.call(class, &[vm.str(message)?, text.value(), vm.int_usize(at)?])?;
        Ok(match vm.as_exception(e) {
            Some(e) => vm.raise(e),
            None => vm.value_error(message),
        })
    };
    make().unwrap_or_else(|r| r)
}
/// "Expecting value" is reported as StopIteration(index).
#[cold]
fn no_value(vm: &Vm, at: usize) -> Raised {
    match vm.int_usize(at) {
        Ok(n) => vm.raise_with(vm.exc().stop_iteration, &[n]),
        Err(r) => r,
    }
}

fn hex4(p: CodePoints<'_>, at: usize) -> Option<u32> {
    let mut n = 0;
    for i in at..at + 4 {
        n = n * 16 + p.get(i).and_then(char::from_u32).and_then(|c| c.to_digit(16))?;
    }
    Some(n)
}
/// The string whose opening quote is in front of `start`, and the index behind its closing quote.
pub(super) fn string(vm: &Vm, s: Gc<Str>, start: usize, strict: bool) -> Res<(Value, usize)> {
    let p = s.points();
    if start > p.len() {
        return Err(vm.value_error("end is out of bounds"));
    }
    let begin = start.wrapping_sub(1);
    let mut out: Option<StrBuilder> = None;
    let mut at = start;
    loop {
        let from = at;
        let rest = p.from(at);
        let stop = rest.find(|c| c == 34 || c == 92 || (strict && c < 32));
        let Some(n) = stop else {
            return Err(decode_error(vm, "Unterminated string starting at", s, begin));
        };
        at += n;
        let c = p.get(at).unwrap_or(0);
        if c < 32 {
            return Err(decode_error(vm, "Invalid control character at", s, at));
        }
        if c == 34 {
            let text = match &mut out {
                None => vm.new_str_points(p.slice(from, at))?,
                Some(b) => {
                    b.push_points(p.slice(from, at));
                    vm.new_str_builder(b)?
                }
            };
            return Ok((text.value(), at + 1));
        }
        let b = out.get_or_insert_with(StrBuilder::new);
        b.push_points(p.slice(from, at));
        let Some(escape) = p.get(at + 1) else {
            return Err(decode_error(vm, "Unterminated string starting at", s, begin));
        };
        at += 2;
        let plain = match u8::try_from(escape).unwrap_or(0) {
            b'"' => b'"',
            b'\\' => b'\\',
            b'/' => b'/',
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                // The closing quote must still come behind the four digits.
                let code = if at + 4 < p.len() { hex4(p, at) } else { None };
                let Some(code) = code else {
                    return Err(decode_error(vm, "Invalid \\uXXXX escape", s, at - 1));
                };
                at += 4;
                let low = if (0xd800..0xdc00).contains(&code)
                    && p.get(at) == Some(92)
                    && p.get(at + 1) == Some(u32::from(b'u'))
                {
                    hex4(p, at + 2).filter(|n| (0xdc00..0xe000).contains(n))
                } else {
                    None
                };
                match low {
                    Some(low) => {
                        b.push(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
                        at += 6;
                    }
                    None => b.push(code),
                }
                continue;
            }
            _ => return Err(decode_error(vm, "Invalid \\escape", s, at - 2)),
        };
        b.push(u32::from(plain));
    }
}

struct Reader<'a> {
    vm: &'a Vm,
    scanner: Gc<Scanner>,
    text: Gc<Str>,
    /// Keys read so far: equal keys share one string.
    memo: Gc<Dict>,
}

impl Reader<'_> {
    fn points(&self) -> CodePoints<'_> {
        self.text.points()
    }
    fn at(&self, i: usize) -> Option<u8> {
        self.points().get(i).and_then(|c| u8::try_from(c).ok())
    }
    fn skip_space(&self, mut i: usize) -> usize {
        while matches!(self.at(i), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            i += 1;
        }
        i
    }
    fn word(&self, i: usize, text: &str) -> bool {
        let end = i + text.len();
        end <= self.text.len() && self.points().slice(i, end).is_text(text)
    }
    fn error<T>(&self, message: &str, at: usize) -> Res<T> {
        Err(decode_error(self.vm, message, self.text, at))
    }
    /// The value at `i` and the index behind it.
    fn value(&self, i: usize) -> Res<(Value, usize)> {
        let vm = self.vm;
        match self.at(i) {
            Some(b'"') => string(vm, self.text, i + 1, self.scanner.strict.get()),
            Some(b'{') => {
                vm.enter_native()?;
                let r = self.object(i + 1);
                vm.leave_native();
                r
            }
            Some(b'[') => {
                vm.enter_native()?;
                let r = self.array(i + 1);
                vm.leave_native();
                r
            }
            Some(b'n') if self.word(i, "null") => Ok((Value::NONE, i + 4)),
            Some(b't') if self.word(i, "true") => Ok((Value::TRUE, i + 4)),
            Some(b'f') if self.word(i, "false") => Ok((Value::FALSE, i + 5)),
            Some(b'N') if self.word(i, "NaN") => self.special("NaN", i),
            Some(b'I') if self.word(i, "Infinity") => self.special("Infinity", i),
            Some(b'-') if self.word(i, "-Infinity") => self.special("-Infinity", i),
            Some(_) => self.number(i),
            None => Err(no_value(vm, i)),
        }
    }
    fn special(&self, name: &str, i: usize) -> Res<(Value, usize)> {
        let v = self.vm.call(self.scanner.parse_constant.get(), &[self.vm.str(name)?])?;
        Ok((v, i + name.len()))
    }
    fn digits(&self, mut i: usize) -> usize {
        while matches!(self.at(i), Some(b'0'..=b'9')) {
            i += 1;
        }
        i
    }
    fn number(&self, start: usize) -> Res<(Value, usize)> {
        let vm = self.vm;
        let first = start + usize::from(self.at(start) == Some(b'-'));
        let mut end = match self.at(first) {
            Some(b'0') => first + 1,
            Some(b'1'..=b'9') => self.digits(first),
            _ => return Err(no_value(vm, start)),
        };
        let mut is_float = false;
        if self.at(end) == Some(b'.') && matches!(self.at(end + 1), Some(b'0'..=b'9')) {
            is_float = true;
            end = self.digits(end + 1);
        }
        if matches!(self.at(end), Some(b'e' | b'E')) {
            let from = end + 1 + usize::from(matches!(self.at(end + 1), Some(b'+' | b'-')));
            let to = self.digits(from);
            if to > from {
                is_float = true;
                end = to;
            }
        }
        let digits: Vec<u8> = (start..end).filter_map(|i| self.at(i)).collect();
        let k = vm.classes();
        let (parse, plain) = if is_float {
            (self.scanner.parse_float.get(), k.float.value())
        } else {
            (self.scanner.parse_int.get(), k.int.value())
        };
        if parse == plain {
            if is_float {
                if let Some(x) = pyrs_text::float_repr::parse(&digits) {
                    return Ok((vm.float(x)?, end));
                }
            } else if let Some(n) = small_int(&digits) {
                return Ok((vm.int(n)?, end));
            }
        }
        let text = vm.new_str_points(self.points().slice(start, end))?;
        Ok((vm.call(parse, &[text.value()])?, end))
    }
    fn key(&self, i: usize) -> Res<(Value, usize)> {
        let (key, end) = string(self.vm, self.text, i, self.scanner.strict.get())?;
        let hash = self.vm.hash(key)?;
        if let Some(row) = self.vm.dict_find_hashed(self.memo, key, hash)? {
            return Ok((self.memo.value_at(row), end));
        }
        self.vm.dict_insert_new(self.memo, key, hash, key)?;
        Ok((key, end))
    }
    fn object(&self, start: usize) -> Res<(Value, usize)> {
        let vm = self.vm;
        let (object_hook, pairs_hook) =
            (self.scanner.object_hook.get(), self.scanner.pairs_hook.get());
        let pairs = if pairs_hook.is_none() { None } else { Some(vm.new_list()?) };
        let d = vm.new_dict()?;
        let mut i = self.skip_space(start);
        if self.at(i) != Some(b'}') {
            loop {
                if self.at(i) != Some(b'"') {
                    return self.error("Expecting property name enclosed in double quotes", i);
                }
                let (key, end) = self.key(i + 1)?;
                i = self.skip_space(end);
                if self.at(i) != Some(b':') {
                    return self.error("Expecting ':' delimiter", i);
                }
                let (v, end) = self.value(self.skip_space(i + 1))?;
                match pairs {
                    Some(list) => vm.list_append(list, vm.tuple(&[key, v])?)?,
                    None => vm.dict_set(d, key, v)?,
                }
                i = self.skip_space(end);
                match self.at(i) {
                    Some(b'}') => break,
                    Some(b',') => {}
                    _ => return self.error("Expecting ',' delimiter", i),
                }
                let comma = i;
                i = self.skip_space(i + 1);
                if self.at(i) == Some(b'}') {
                    return self.error("Illegal trailing comma before end of object", comma);
                }
            }
        }
        let v = match pairs {
            Some(list) => vm.call(pairs_hook, &[list.value()])?,
            None if !object_hook.is_none() => vm.call(object_hook, &[d.value()])?,
            None => d.value(),
        };
        Ok((v, i + 1))
    }
    fn array(&self, start: usize) -> Res<(Value, usize)> {
        let list = self.vm.new_list()?;
        let mut i = self.skip_space(start);
        if self.at(i) != Some(b']') {
            loop {
                let (v, end) = self.value(i)?;
                self.vm.list_append(list, v)?;
                i = self.skip_space(end);
                match self.at(i) {
                    Some(b']') => break,
                    Some(b',') => {}
                    _ => return self.error("Expecting ',' delimiter", i),
                }
                let comma = i;
                i = self.skip_space(i + 1);
                if self.at(i) == Some(b']') {
                    return self.error("Illegal trailing comma before end of array", comma);
                }
            }
        }
        Ok((list.value(), i + 1))
    }
}

/// An integer of at most 18 digits.
fn small_int(text: &[u8]) -> Option<i64> {
    if text.len() > 18 {
        return None;
    }
    core::str::from_utf8(text).ok()?.parse().ok()
}
