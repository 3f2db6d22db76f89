//! Code objects from compiled data.

use crate::error::Res;
use crate::object::*;
use crate::vm::Vm;
use core::cell::{Cell, OnceCell};
use pyrs_bytecode::{CodeData, Const};
use pyrs_heap::{Gc, Header, ShapeId, Slot, Value, flag};
use pyrs_text::int_text;

impl Vm {
    /// Instantiates a code block: constants, interned names, empty caches.
    pub fn new_code(&self, data: CodeData) -> Res<Gc<Code>> {
        let consts = self.new_tuple_blank(data.consts.len())?;
        for (i, c) in data.consts.iter().enumerate() {
            let v = self.constant(c)?;
            consts.slot(i).set(&self.heap, consts, v);
        }
        let names = self.new_tuple_blank(data.locals.len())?;
        for (i, (name, _)) in data.locals.iter().enumerate() {
            names.slot(i).set(&self.heap, names, self.intern(name).value());
        }
        let (name, qualname) = (self.intern(&data.name), self.intern(&data.qualname));
        let filename = self.intern(&data.filename);
        let sites = data
            .sites
            .iter()
            .map(|&n| SiteCache {
                name: Cell::new(self.intern(&data.names[n as usize]).value()),
                kind: Cell::new(SiteKind::Empty),
                misses: Cell::new(0),
                index: Cell::new(0),
                shape: Cell::new(ShapeId(0)),
                next_shape: Cell::new(ShapeId(0)),
                version: Cell::new(0),
                version_2: Cell::new(0),
                owner: Cell::new(Value::NONE),
                value: Cell::new(Value::NONE),
            })
            .collect::<Box<[_]>>();
        let words = data.words.iter().map(|&w| Cell::new(w)).collect::<Box<[_]>>();
        let (registers, parameters) = (data.register_count, data.parameter_count() as u32);
        let n = consts.len();
        let header = Header::with_flags(core_shape::CODE, flag::FINALISER, n as u32);
        let p = self.alloc_raw(size_of::<Code>() + n * size_of::<Slot>(), header)?;
        // SAFETY: fresh zeroed memory of a code object's size; all its fields are valid when zero.
        let code: Gc<Code> = unsafe { Gc::from_ptr(p.cast()) };
        let body = Box::new(CodeBody { data, words, sites, dict_for_replace: OnceCell::new() });
        code.words.set(body.words.as_ptr());
        code.sites.set(body.sites.as_ptr());
        code.register_count.set(registers);
        code.parameter_count.set(parameters);
        code.body.set(Box::into_raw(body));
        self.heap.register_drop(code.erase());
        code.name.set(&self.heap, code, name.value());
        code.qualname.set(&self.heap, code, qualname.value());
        code.filename.set(&self.heap, code, filename.value());
        code.local_names.set(&self.heap, code, names.value());
        for i in 0..n {
            code.constant_slot(i).set(&self.heap, code, consts.get(i));
        }
        Ok(code)
    }
    /// Replaces the constants of a fresh code object by as many others.
    pub fn set_constants(&self, code: Gc<Code>, constants: Gc<Tuple>) {
        let n = (code.header.len() as usize).min(constants.len());
        for i in 0..n {
            code.constant_slot(i).set(&self.heap, code, constants.get(i));
        }
    }
    /// A constant as a value; strings that look like names are interned.
    pub fn constant(&self, c: &Const) -> Res {
        Ok(match c {
            Const::None => Value::NONE,
            Const::Ellipsis => Value::ELLIPSIS,
            Const::Bool(b) => Value::bool(*b),
            Const::Int(n) => self.int(*n)?,
            Const::BigInt(hex) => self.int_from_hex(hex)?,
            Const::Float(x) => self.float(f64::from_bits(x.0))?,
            Const::Complex(re, im) => self.complex(f64::from_bits(re.0), f64::from_bits(im.0))?,
            Const::Str(s) if is_name_like(s) => self.intern(s).value(),
            Const::Str(s) => self.str(s)?,
            Const::Wide(p) => self.new_str_points(pyrs_text::CodePoints::Four(p))?.value(),
            Const::Bytes(b) => self.bytes(b)?,
            Const::Tuple(items) => self.constant_tuple(items)?.value(),
            Const::FrozenSet(items) => {
                let set = self.new_set(core_shape::FROZENSET)?;
                for c in items.iter() {
                    self.set_add(set, self.constant(c)?)?;
                }
                set.value()
            }
            Const::Slice(parts) => {
                let [a, b, c] = &**parts;
                self.new_slice(self.constant(a)?, self.constant(b)?, self.constant(c)?)?
            }
            Const::Code(data) => self.new_code((**data).clone())?.value(),
        })
    }
    fn constant_tuple(&self, items: &[Const]) -> Res<Gc<Tuple>> {
        let t = self.new_tuple_blank(items.len())?;
        for (i, c) in items.iter().enumerate() {
            let v = self.constant(c)?;
            t.slot(i).set(&self.heap, t, v);
        }
        Ok(t)
    }
    fn int_from_hex(&self, hex: &str) -> Res {
        match int_text::parse(hex.as_bytes(), 16, 0, &mut || false) {
            Ok(int_text::Int::Small(n)) => self.int(n),
            Ok(int_text::Int::Big(n)) => self.int_from_big(&n),
            Err(_) => Err(self.system_error("bad integer constant")),
        }
    }
}

fn is_name_like(s: &str) -> bool {
    s.len() <= 64 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
