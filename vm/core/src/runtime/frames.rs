//! Frame objects at work: finding frames on the VM stack and telling what they hold.

use crate::error::Res;
use crate::interp::{S, generator_of};
use crate::object::*;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_bytecode::LocalKind;
use pyrs_heap::{Gc, Header, Slot, Value};

impl Vm {
    /// The object of the running frame `depth` frames out (0: innermost); `None` beyond the outermost.
    pub fn frame_object(&self, depth: usize) -> Res<Option<Gc<Frame>>> {
        self.frame_at(depth).map(|s| self.frame_of_state(s)).transpose()
    }
    fn frame_of_state(&self, s: S) -> Res<Gc<Frame>> {
        let f = self.bare_frame(s.function().value(), s.word())?;
        f.base.set(s.base as usize);
        Ok(f)
    }
    /// A frame object for a function that was running the instruction at `word`.
    pub fn bare_frame(&self, function: Value, word: u32) -> Res<Gc<Frame>> {
        let unset = || Slot::new(Value::UNBOUND);
        self.alloc(Frame {
            header: Header::new(self.native_class::<Frame>().root_shape.get(), 0),
            function: Slot::new(function),
            back: unset(),
            locals: unset(),
            generator: unset(),
            trace: unset(),
            base: Cell::new(0),
            word: Cell::new(word),
            line: Cell::new(0),
            trace_lines: Cell::new(true),
            trace_opcodes: Cell::new(false),
        })
    }
    /// `gi_frame` and its kin.
    pub fn generator_frame(&self, g: Gc<Generator>) -> Res {
        let f = self.bare_frame(g.function.get(), g.resume_word.get())?;
        f.generator.set(&self.heap, f, g.value());
        Ok(f.value())
    }
    /// `tb.tb_frame`: the same object every time.
    pub fn traceback_frame(&self, t: Gc<Traceback>) -> Res {
        if t.frame.is_unbound() {
            let f = self.bare_frame(t.function.get(), t.word.get())?;
            t.frame.set(&self.heap, t, f.value());
        }
        Ok(t.frame.get())
    }
    /// The frame on the VM stack that the object stands for, if it still runs.
    fn live_state(&self, f: Gc<Frame>) -> Option<S> {
        let mut s = self.innermost_shown()?;
        loop {
            let here = if f.base.get() != 0 {
                s.base as usize == f.base.get()
            } else {
                s.is_special() && generator_of(s).value() == f.generator.get()
            };
            if here && s.function().value() == f.function.get() {
                return Some(s);
            }
            s = self.caller_of(s)?;
        }
    }
    pub fn frame_is_running(&self, f: Gc<Frame>) -> bool {
        self.live_state(f).is_some()
    }
    /// `f_back`: the frame object of the caller while the frame runs.
    pub fn frame_back(&self, f: Gc<Frame>) -> Res {
        if f.back.is_unbound() {
            let back = match self.live_state(f).and_then(|s| self.caller_of(s)) {
                Some(s) => self.frame_of_state(s)?.value(),
                None => Value::NONE,
            };
            if f.base.get() == 0 {
                return Ok(back);
            }
            f.back.set(&self.heap, f, back);
        }
        Ok(f.back.get())
    }
    /// Word index of the instruction at hand.
    pub fn frame_object_word(&self, f: Gc<Frame>) -> u32 {
        if let Some(s) = self.live_state(f) {
            return s.word();
        }
        match self.cast::<Generator>(f.generator.get()) {
            Some(g) => crate::interp::suspended_word(g),
            None => f.word.get(),
        }
    }
    /// `f_lineno`; `None` where the code has no line.
    pub fn frame_line(&self, f: Gc<Frame>) -> Option<u32> {
        if f.line.get() != 0 {
            return Some(f.line.get());
        }
        let function: Gc<Function> = self.exact(f.function.get(), core_shape::FUNCTION)?;
        if let Some(g) = self.cast::<Generator>(f.generator.get())
            && g.state.get() == GeneratorState::Created
        {
            return Some(function.code().data().first_line);
        }
        let line = function.code().data().position(self.frame_object_word(f)).line;
        (line != 0).then_some(line)
    }
    /// `f_locals`: the namespace of module and class code, a dict of the variables' present values else.
    pub fn frame_locals(&self, f: Gc<Frame>) -> Res {
        if let Some(s) = self.live_state(f) {
            let locals = self.locals_of(s)?;
            f.locals.set(&self.heap, f, locals);
            return Ok(locals);
        }
        let function = self.exact::<Function>(f.function.get(), core_shape::FUNCTION);
        if let Some(ns) = function.map(|f| f.namespace.get()).filter(|n| !n.is_unbound()) {
            return Ok(ns);
        }
        let suspended = self.cast::<Generator>(f.generator.get());
        if let (Some(g), Some(function)) = (suspended, function) {
            return self.saved_locals(g, function.code());
        }
        if f.locals.is_unbound() {
            let empty = self.new_dict()?;
            f.locals.set(&self.heap, f, empty.value());
        }
        Ok(f.locals.get())
    }
    /// Variables of a suspended generator.
    fn saved_locals(&self, g: Gc<Generator>, code: Gc<Code>) -> Res {
        let d = self.new_dict()?;
        let Some(saved) = self.array_of(g.registers.get()) else { return Ok(d.value()) };
        for (n, (name, kind)) in code.data().locals.iter().enumerate() {
            if *kind == LocalKind::Hidden || n >= saved.capacity() {
                continue;
            }
            let v = saved.get(n);
            let v = match self.exact::<CellObject>(v, core_shape::CELL) {
                Some(c) if *kind != LocalKind::Plain => c.content.get(),
                _ => v,
            };
            if !v.is_unbound() {
                self.dict_set_str(d, self.intern(name), v)?;
            }
        }
        Ok(d.value())
    }
}
