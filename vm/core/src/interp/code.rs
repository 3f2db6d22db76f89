//! Code objects from compiled data: names and parameters at once, the rest when the code first runs.

use crate::error::Res;
use crate::object::*;
use crate::vm::Vm;
use core::cell::{Cell, OnceCell};
use pyrs_bytecode::{Const, SharedCode};
use pyrs_heap::{Gc, Header, Slot, Value, flag};
use pyrs_text::int_text;

impl Vm {
    /// Instantiates a code block: constants, interned names, empty caches.
    pub fn new_code(&self, data: impl Into<SharedCode>) -> Res<Gc<Code>> {
        let code = self.new_code_unready(data.into())?;
        self.make_ready(code)?;
        Ok(code)
    }
    /// A code object that knows its name and parameters only; [`Vm::make_ready`] completes it before it runs.
    fn new_code_unready(&self, data: SharedCode) -> Res<Gc<Code>> {
        let head = data.head();
        let (name, qualname) = (self.intern(head.name), self.intern(head.qualname));
        let filename = self.intern(head.filename);
        let (registers, parameters) = (head.register_count, head.parameter_count());
        let n = head.constant_count as usize;
        let header = Header::with_flags(core_shape::CODE, flag::FINALISER, n as u32);
        let p = self.alloc_raw(size_of::<Code>() + n * size_of::<Slot>(), header)?;
        // SAFETY: fresh zeroed memory of a code object's size; all its fields are valid when zero.
        let code: Gc<Code> = unsafe { Gc::from_ptr(p.cast()) };
        let flags = head.flags;
        let body = CodeBody { data, words: OnceCell::new(), sites: OnceCell::new() };
        code.register_count.set(registers);
        code.calls_left.set(self.jit.calls());
        code.parameter_count.set(parameters);
        code.flags.set(flags);
        code.body.set(Box::into_raw(Box::new(body)));
        self.heap.register_drop(code.erase());
        code.name.set(&self.heap, code, name.value());
        code.qualname.set(&self.heap, code, qualname.value());
        code.filename.set(&self.heap, code, filename.value());
        Ok(code)
    }
    /// Completes a code object: constants, names, caches, words.
    pub fn make_ready(&self, code: Gc<Code>) -> Res<()> {
        if code.is_ready() {
            return Ok(());
        }
        let data = &code.body().data;
        let names = self.new_tuple_blank(data.locals.len())?;
        for (i, (name, _)) in data.locals.iter().enumerate() {
            names.slot(i).set(&self.heap, names, self.intern(name).value());
        }
        code.local_names.set(&self.heap, code, names.value());
        for (i, c) in data.consts.iter().enumerate() {
            let v = self.constant(c)?;
            code.constant_slot(i).set(&self.heap, code, v);
        }
        let site = |&n: &u32| SiteCache::new(self.intern(&data.names[n as usize]).value());
        let sites = data.sites.iter().map(site).collect::<Box<[_]>>();
        let words = data.words.iter().map(|&w| Cell::new(w)).collect::<Box<[_]>>();
        self.heap.barrier_all(code.erase());
        code.sites.set(code.body().sites.get_or_init(|| sites).as_ptr());
        code.words.set(code.body().words.get_or_init(|| words).as_ptr());
        Ok(())
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
            Const::Code(data) => self.new_code_unready(data.clone())?.value(),
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
