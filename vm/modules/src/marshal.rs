//! `marshal`: values and code objects as bytes, in a format of our own behind a version byte.
//!
//! Code is stored as `pyrs_bytecode::pyc` stores it. Other values use one letter per type, as CPython's format
//! does, so that a damaged file is told apart early; reading never trusts a length without checking it.

use pyrs_core::object::{Code, Dict, Set, core_shape};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "dumps",
        "(value, version=5, /, *, allow_code=True)",
        dumps,
        "Return the bytes object that would be written to a file by dump(value, file).",
    ),
    NativeDef::function(
        "loads",
        "(bytes, /, *, allow_code=True)",
        loads,
        "Convert the bytes-like object to a value.",
    ),
    NativeDef::function(
        "dump",
        "(value, file, version=5, /, *, allow_code=True)",
        dump,
        "Write the value on the open file.",
    ),
    NativeDef::function(
        "load",
        "(file, /, *, allow_code=True)",
        load,
        "Read one value from the open file and return it.",
    ),
];

/// Deepest nesting read or written.
const MAX_DEPTH: usize = 2000;

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "marshal",
        "This module contains functions that can read and write Python values in a binary format.",
        FUNCTIONS,
    )?;
    vm.module_set(m, "version", Value::small_int(5))?;
    Ok(m.value())
}

fn dumps(vm: &Vm, args: &[Value]) -> Res {
    let mut out = Vec::new();
    refuse_code(vm, args[0], args[2], "marshalling", 0)?;
    write(vm, args[0], &mut out, 0)?;
    vm.bytes(&out)
}
fn dump(vm: &Vm, args: &[Value]) -> Res {
    let mut out = Vec::new();
    refuse_code(vm, args[0], args[3], "marshalling", 0)?;
    write(vm, args[0], &mut out, 0)?;
    let bytes = vm.bytes(&out)?;
    vm.call_method(args[1], "write", &[bytes])
}
fn loads(vm: &Vm, args: &[Value]) -> Res {
    let Some(data) = vm.as_bytes(args[0]) else {
        let copy = vm.call(vm.classes().bytes.value(), &[args[0]])?;
        let Some(data) = vm.as_bytes(copy) else {
            return Err(vm.type_error("a bytes-like object is required"));
        };
        return finish(vm, Reader { vm, data: data.data(), at: 0 }.read(0)?, args[1]);
    };
    finish(vm, Reader { vm, data: data.data(), at: 0 }.read(0)?, args[1])
}
fn finish(vm: &Vm, v: Value, allow_code: Value) -> Res {
    refuse_code(vm, v, allow_code, "unmarshalling", 0).map(|()| v)
}
/// ValueError for code objects in a value, with `allow_code=False`. (Nothing runs before this is known.)
fn refuse_code(vm: &Vm, v: Value, allow: Value, verb: &str, depth: usize) -> Res<()> {
    if (depth == 0 && vm.truth(allow)?) || depth > MAX_DEPTH {
        return Ok(());
    }
    if vm.exact::<Code>(v, core_shape::CODE).is_some() {
        return Err(vm.value_error(format!("{verb} code objects is disallowed")));
    }
    let inner = |x: Value| refuse_code(vm, x, allow, verb, depth + 1);
    if let Some(t) = vm.exact::<pyrs_core::object::Tuple>(v, core_shape::TUPLE) {
        return t.items().iter().try_for_each(|&x| inner(x));
    }
    if let Some(l) = vm.exact::<pyrs_core::object::List>(v, core_shape::LIST) {
        return l.items().iter().try_for_each(|&x| inner(x));
    }
    if let Some(d) = vm.exact::<Dict>(v, core_shape::DICT) {
        let mut row = 0;
        while let Some(r) = d.next_row(row) {
            if let Some((k, x)) = d.row(r) {
                inner(k)?;
                inner(x)?;
            }
            row = r + 1;
        }
    }
    Ok(())
}
fn load(vm: &Vm, args: &[Value]) -> Res {
    let all = vm.call_method(args[0], "read", &[])?;
    let Some(data) = vm.as_bytes(all) else {
        return Err(
            vm.type_error(format!("file.read() returned not bytes but {}", vm.type_name(all)))
        );
    };
    let mut r = Reader { vm, data: data.data(), at: 0 };
    let v = r.read(0)?;
    let rest = (data.len() - r.at) as i64;
    if rest > 0 {
        vm.call_method(args[0], "seek", &[vm.int(-rest)?, Value::small_int(1)])?;
    }
    Ok(v)
}

fn length(out: &mut Vec<u8>, tag: u8, n: usize) {
    out.push(tag);
    out.extend((n as u32).to_le_bytes());
}
fn write(vm: &Vm, v: Value, out: &mut Vec<u8>, depth: usize) -> Res<()> {
    if depth > MAX_DEPTH {
        return Err(vm.value_error("object too deeply nested to marshal"));
    }
    match v {
        Value::NONE => out.push(b'N'),
        Value::TRUE => out.push(b'T'),
        Value::FALSE => out.push(b'F'),
        Value::ELLIPSIS => out.push(b'.'),
        _ => return write_object(vm, v, out, depth),
    }
    Ok(())
}
fn write_object(vm: &Vm, v: Value, out: &mut Vec<u8>, depth: usize) -> Res<()> {
    if let Some(n) = v.as_int() {
        out.push(b'i');
        out.extend((n as i64).to_le_bytes());
    } else if let Some(x) = vm.exact_float(v) {
        out.push(b'g');
        out.extend(x.to_bits().to_le_bytes());
    } else if let Some(s) = vm.exact_str(v) {
        length(out, b'u', s.len());
        for c in s.points().iter() {
            out.extend(c.to_le_bytes());
        }
    } else if let Some(b) = vm.exact::<pyrs_core::object::Bytes>(v, core_shape::BYTES) {
        length(out, b's', b.len());
        out.extend_from_slice(b.data());
    } else if let Some(n) = vm.exact::<pyrs_core::object::BigInt>(v, core_shape::INT) {
        let text = pyrs_text::int_text::with_prefix(vm.int_ref(&n.value()), 16);
        length(out, b'l', text.len());
        out.extend_from_slice(text.as_bytes());
    } else if let Some((re, im)) =
        vm.as_complex(v).filter(|_| vm.class_of(v) == vm.classes().complex)
    {
        out.push(b'y');
        out.extend(re.to_bits().to_le_bytes());
        out.extend(im.to_bits().to_le_bytes());
    } else if let Some(code) = vm.exact::<Code>(v, core_shape::CODE) {
        let Some(bytes) = pyrs_bytecode::pyc::write(code.data()) else {
            return Err(vm.value_error("object too deeply nested to marshal"));
        };
        length(out, b'c', bytes.len());
        out.extend(bytes);
    } else {
        return write_container(vm, v, out, depth);
    }
    Ok(())
}
fn write_container(vm: &Vm, v: Value, out: &mut Vec<u8>, depth: usize) -> Res<()> {
    if let Some(t) = vm.exact::<pyrs_core::object::Tuple>(v, core_shape::TUPLE) {
        length(out, b'(', t.len());
        return t.items().iter().try_for_each(|&x| write(vm, x, out, depth + 1));
    }
    if let Some(l) = vm.exact::<pyrs_core::object::List>(v, core_shape::LIST) {
        length(out, b'[', l.len());
        return l.items().iter().try_for_each(|&x| write(vm, x, out, depth + 1));
    }
    if let Some(d) = vm.exact::<Dict>(v, core_shape::DICT) {
        length(out, b'{', d.len());
        let mut row = 0;
        while let Some(r) = d.next_row(row) {
            if let Some((k, x)) = d.row(r) {
                write(vm, k, out, depth + 1)?;
                write(vm, x, out, depth + 1)?;
            }
            row = r + 1;
        }
        return Ok(());
    }
    for (shape, tag) in [(core_shape::SET, b'<'), (core_shape::FROZENSET, b'>')] {
        if let Some(s) = vm.exact::<Set>(v, shape) {
            let count = s.len();
            length(out, tag, count);
            let mut row = 0;
            while let Some(r) = s.next_row(row) {
                if let Some(x) = s.row(r) {
                    write(vm, x, out, depth + 1)?;
                }
                // Getting an item's buffer may run Python code.
                if s.len() != count {
                    return Err(vm.runtime_error("set changed size during iteration"));
                }
                row = r + 1;
            }
            return Ok(());
        }
    }
    if let Some(s) = vm.as_slice(v) {
        out.push(b':');
        return [s.start.get(), s.stop.get(), s.step.get()]
            .iter()
            .try_for_each(|&x| write(vm, x, out, depth + 1));
    }
    if v == vm.exc().stop_iteration.value() {
        out.push(b'S');
        return Ok(());
    }
    // Whatever else has bytes to show is stored as bytes; instances of subclasses of bytes are not.
    if vm.as_bytes(v).is_none()
        && let Some(b) = vm.try_buffer(v)?
    {
        length(out, b's', b.len());
        out.extend_from_slice(b.data());
        return Ok(());
    }
    Err(vm.value_error("unmarshallable object"))
}

struct Reader<'a> {
    vm: &'a Vm,
    data: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn short(&self) -> pyrs_core::Raised {
        self.vm.raise_text(self.vm.exc().eof_error, "marshal data too short")
    }
    fn take(&mut self, n: usize) -> Res<&[u8]> {
        match self.data.get(self.at..).and_then(|d| d.get(..n)) {
            Some(b) => {
                self.at += n;
                Ok(b)
            }
            None => Err(self.short()),
        }
    }
    fn number<const N: usize>(&mut self) -> Res<[u8; N]> {
        let mut b = [0; N];
        b.copy_from_slice(self.take(N)?);
        Ok(b)
    }
    /// A count of items each at least `unit` bytes long.
    fn count(&mut self, unit: usize) -> Res<usize> {
        let n = u32::from_le_bytes(self.number()?) as usize;
        if n.saturating_mul(unit) > self.data.len() - self.at { Err(self.short()) } else { Ok(n) }
    }
    fn read(&mut self, depth: usize) -> Res {
        let vm = self.vm;
        if depth > MAX_DEPTH {
            return Err(vm.value_error("recursion limit exceeded"));
        }
        let tag = self.take(1)?[0];
        match tag {
            b'N' => Ok(Value::NONE),
            b'T' => Ok(Value::TRUE),
            b'F' => Ok(Value::FALSE),
            b'.' => Ok(Value::ELLIPSIS),
            b'S' => Ok(vm.exc().stop_iteration.value()),
            b'i' => vm.int(i64::from_le_bytes(self.number()?)),
            b'g' => vm.float(f64::from_bits(u64::from_le_bytes(self.number()?))),
            b'y' => {
                let re = f64::from_bits(u64::from_le_bytes(self.number()?));
                let im = f64::from_bits(u64::from_le_bytes(self.number()?));
                vm.complex(re, im)
            }
            b'u' => {
                let n = self.count(4)?;
                let points: Vec<u32> = self
                    .take(n * 4)?
                    .chunks_exact(4)
                    .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                    .collect();
                if points.iter().any(|&p| p > 0x10ffff) {
                    return Err(vm.value_error("bad marshal data (invalid character)"));
                }
                Ok(vm.new_str_points(pyrs_text::CodePoints::Four(&points))?.value())
            }
            b's' => {
                let n = self.count(1)?;
                let b = self.take(n)?;
                vm.bytes(b)
            }
            b'l' => {
                let n = self.count(1)?;
                match pyrs_text::int_text::parse(self.take(n)?, 0, 0, &mut || false) {
                    Ok(pyrs_text::int_text::Int::Small(n)) => vm.int(n),
                    Ok(pyrs_text::int_text::Int::Big(n)) => vm.int_from_big(&n),
                    Err(_) => Err(vm.value_error("bad marshal data (invalid number)")),
                }
            }
            b'c' => {
                let n = self.count(1)?;
                let bad = |what: &str| vm.value_error(format!("bad marshal data ({what})"));
                let data = pyrs_bytecode::pyc::read(self.take(n)?);
                let data = data.map_err(|e| bad(&e.to_string()))?;
                // The interpreter trusts its code: what comes from a file must have been proved sound.
                pyrs_bytecode::verify(&data).map_err(|what| bad(&what))?;
                Ok(vm.new_code(data)?.value())
            }
            _ => self.container(tag, depth),
        }
    }
    fn container(&mut self, tag: u8, depth: usize) -> Res {
        let vm = self.vm;
        match tag {
            b'(' | b'[' => {
                let n = self.count(1)?;
                let list = vm.new_list()?;
                for _ in 0..n {
                    vm.list_append(list, self.read(depth + 1)?)?;
                }
                if tag == b'(' { vm.tuple(list.items()) } else { Ok(list.value()) }
            }
            b'{' => {
                let n = self.count(2)?;
                let d: Gc<Dict> = vm.new_dict()?;
                for _ in 0..n {
                    let k = self.read(depth + 1)?;
                    let v = self.read(depth + 1)?;
                    vm.dict_set(d, k, v)?;
                }
                Ok(d.value())
            }
            b':' => {
                let parts = [self.read(depth + 1)?, self.read(depth + 1)?, self.read(depth + 1)?];
                vm.call(vm.classes().slice.value(), &parts)
            }
            b'<' | b'>' => {
                let n = self.count(1)?;
                let s =
                    vm.new_set(if tag == b'<' { core_shape::SET } else { core_shape::FROZENSET })?;
                for _ in 0..n {
                    let v = self.read(depth + 1)?;
                    vm.set_add(s, v)?;
                }
                Ok(s.value())
            }
            _ => Err(vm.value_error("bad marshal data (unknown type code)")),
        }
    }
}
