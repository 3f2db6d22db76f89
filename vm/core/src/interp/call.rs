//! Entering Python code from native code, and what frames tell about themselves.

use super::dispatch::run;
use super::frame::{HALT, ORIGIN, S, WINDOW};
use crate::error::{Raised, Res};
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::{FRAME_HEADER, LocalKind};
use pyrs_heap::{Gc, Value};

impl Vm {
    /// Base of a frame that native code may push now, and the base of the frame below it (or null).
    pub(crate) fn native_window(&self) -> (*mut Value, *mut Value) {
        match self.innermost() {
            // SAFETY: there is slack above every frame for a window.
            Some(s) => (unsafe { s.base.add(s.top_window() + WINDOW) }, s.base),
            None => (self.stack.first_base(), core::ptr::null_mut()),
        }
    }
    /// Leaves the pc of the code below a natively pushed frame where tracebacks find it.
    pub(crate) fn publish_native_origin(&self, s: S) {
        if !s.caller_base().is_null() {
            s.set(ORIGIN, Value::from_bits(self.stack.pc.get() as usize | 1));
        } else {
            s.set(ORIGIN, Value::from_bits(1));
        }
    }
    /// Runs a pushed frame whose return pc is HALT's; gives the HALT kind and the result.
    pub(crate) fn run_nested(&self, s: S, base: *mut Value) -> Res<(u8, Value)> {
        let (outer_base, outer_pc) = (self.stack.base.get(), self.stack.pc.get());
        let depth = self.stack.depth();
        self.native_depth.set(self.native_depth.get() + 1);
        debug_assert!(!self.is_quick(), "Python code in a quick call");
        if self.stack.native_stack_low() {
            self.native_depth.set(self.native_depth.get() - 1);
            self.stack.set_depth(depth - 1);
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        // The pushed frame is not the innermost until it runs: publish where it was pushed from.
        let floor = self.stack.native_floor.get();
        let inside = self.stack.inside_trace.replace(false);
        let kind = if s.pc == &raw const HALT[2] {
            2
        } else {
            pyrs_heap::with_registers_on_stack(|sp| {
                self.stack.native_floor.set(sp as usize);
                run(self, s)
            })
        };
        self.stack.inside_trace.set(inside);
        self.stack.native_floor.set(floor);
        self.native_depth.set(self.native_depth.get() - 1);
        self.stack.base.set(outer_base);
        self.stack.pc.set(outer_pc);
        if kind == 2 {
            return Err(Raised(()));
        }
        // SAFETY: the result lies in the function word of the header.
        Ok((kind, unsafe { *base.sub(FRAME_HEADER) }))
    }
    /// Calls a Python function.
    pub fn call_function(&self, f: Gc<Function>, args: &[Value], names: Option<Gc<Tuple>>) -> Res {
        self.may_run_python()?;
        let (base, caller) = self.native_window();
        self.check_call(base, f, args.len())?;
        if names.is_none() && f.exact.get() as usize == args.len() {
            // SAFETY: `check_room_for` has seen to the room; `args` may lie in the frame below, never above it.
            unsafe { core::ptr::copy(args.as_ptr(), base, args.len()) };
        } else {
            self.bind_arguments(f, args, names, base)?;
        }
        let s = S::new_frame(base, f, HALT.as_ptr(), caller, 0);
        self.publish_native_origin(s);
        self.stack.set_depth(self.stack.depth() + 1);
        self.run_nested(s, base).map(|(_, v)| v)
    }
    /// A call is a safepoint, as a backward jump is: recursion may go on for long without one of those. Then as
    /// [`Vm::check_room_for`].
    #[inline]
    pub(crate) fn check_call(&self, base: *mut Value, f: Gc<Function>, args: usize) -> Res<()> {
        if self.must_poll() {
            self.run_pending()?;
        }
        self.check_room_for(base, f, args)
    }
    /// Room for a frame of `f` at `base`, and a recursion depth below the limit.
    #[inline]
    pub(crate) fn check_room(&self, base: *mut Value, f: Gc<Function>) -> Res<()> {
        self.check_room_for(base, f, 0)
    }
    #[inline]
    pub(crate) fn check_room_for(&self, base: *mut Value, f: Gc<Function>, args: usize) -> Res<()> {
        if f.exact.get() == UNREADY {
            self.prepare(f)?;
        }
        let words = f.code().register_count.get() as usize + args + WINDOW;
        if self.stack.has_room(base, words)
            && self.stack.depth() + self.native_depth.get() < self.recursion_limit.get()
        {
            return Ok(());
        }
        self.no_room(base, words)
    }
    #[cold]
    #[inline(never)]
    fn no_room(&self, base: *mut Value, words: usize) -> Res<()> {
        if !self.stack.has_room(base, words) {
            return Err(self.memory_error());
        }
        Err(self.recursion_error("maximum recursion depth exceeded"))
    }

    // ---- running code
    /// Runs a code object (module, `exec`, `eval`) with globals and a local namespace.
    pub fn run_code(
        &self,
        code: Gc<Code>,
        globals: Gc<Dict>,
        locals: Value,
        closure: Value,
    ) -> Res {
        let builtins = self.builtins_for(globals)?;
        let f = self.new_function(code, globals.value(), builtins)?;
        f.namespace.set(&self.heap, f, locals);
        f.closure.set(&self.heap, f, closure);
        self.call_function(f, &[], None)
    }
    /// Runs a class body's function with its namespace.
    pub fn run_class_body(&self, f: Gc<Function>, namespace: Value) -> Res {
        // The function object is fresh for every class statement: it may hold the namespace itself.
        f.namespace.set(&self.heap, f, namespace);
        let r = self.call_function(f, &[], None);
        f.namespace.set(&self.heap, f, Value::UNBOUND);
        r
    }
    /// The builtins that code with these globals sees: `__builtins__` there, or the machine's.
    pub fn builtins_for(&self, globals: Gc<Dict>) -> Res {
        match self.dict_get_str(globals, self.names().builtins) {
            Some(v) => match self.cast::<Module>(v) {
                Some(m) => Ok(m.dict.get()),
                None => Ok(v),
            },
            None => {
                self.dict_set_str(globals, self.names().builtins, self.builtins_module_or_dict())?;
                Ok(self.builtins.get())
            }
        }
    }
    fn builtins_module_or_dict(&self) -> Value {
        self.loaded_module("builtins").unwrap_or(self.builtins.get())
    }

    /// A builtin by the eyes of the innermost Python frame (`__builtins__` of its globals), or `None`.
    pub fn frame_builtin(&self, name: Gc<Str>) -> Res<Option<Value>> {
        let builtins = match self.frame_at(0) {
            Some(s) => s.function().builtins.get(),
            None => self.builtins.get(),
        };
        // Keys that only equal the name count too.
        match self.as_dict(builtins) {
            Some(d) => self.dict_get(d, name.value()),
            None => self.mapping_get(builtins, name),
        }
    }

    // ---- what frames tell
    /// The state of the Python frame `depth` frames out (0: innermost).
    pub(crate) fn frame_at(&self, depth: usize) -> Option<S> {
        let mut s = self.innermost_shown()?;
        for _ in 0..depth {
            s = self.caller_of(s)?;
        }
        Some(s)
    }
    /// Globals of the innermost Python frame.
    pub fn current_globals(&self) -> Option<Gc<Dict>> {
        self.globals_at(0)
    }
    /// `co_flags` of the innermost Python frame; 0 if there is none.
    pub fn current_code_flags(&self) -> u32 {
        self.innermost_shown().map_or(0, |s| s.code().data().flags)
    }
    pub fn globals_at(&self, depth: usize) -> Option<Gc<Dict>> {
        self.frame_at(depth).and_then(|s| self.as_dict(s.function().globals.get()))
    }
    /// `locals()` of the innermost Python frame: the namespace itself, or a fresh dict of a function's variables.
    pub fn current_locals(&self) -> Res {
        match self.innermost_shown() {
            Some(s) => self.locals_of(s),
            None => Err(self.system_error("frame does not exist")),
        }
    }
    pub(crate) fn locals_of(&self, s: S) -> Res {
        let ns = s.function().namespace.get();
        if !ns.is_unbound() {
            return Ok(ns);
        }
        super::generators::fill(self, s);
        let d = self.new_dict()?;
        let code = s.code();
        // Registers that no path has written yet hold whatever an earlier frame left there.
        let assigned = pyrs_bytecode::Assigned::of(code.data());
        let word = s.word();
        for (n, (name, kind)) in code.data().locals.iter().enumerate() {
            let v = match kind {
                LocalKind::Hidden => continue,
                _ if assigned.as_ref().is_some_and(|a| !a.is_assigned(word, n as u32)) => continue,
                LocalKind::Plain => s.reg(n),
                LocalKind::Cell | LocalKind::Free => {
                    match self.exact::<CellObject>(s.reg(n), core_shape::CELL) {
                        Some(c) => c.content.get(),
                        None => s.reg(n),
                    }
                }
            };
            if !v.is_unbound() {
                self.dict_set_str(d, self.intern(name), v)?;
            }
        }
        Ok(d.value())
    }
    /// Function, frame address and word at hand of the frame `depth` frames out.
    pub fn frame_facts(&self, depth: usize) -> Option<(Value, usize, u32)> {
        let s = self.frame_at(depth)?;
        Some((s.function().value(), s.base as usize, s.word()))
    }
    /// How far out the frame at that address is, if a frame of that function still lives there.
    pub fn frame_depth_of(&self, base: usize, function: Value) -> Option<usize> {
        if base == 0 {
            return None;
        }
        let mut s = self.innermost_shown()?;
        let mut depth = 0;
        while s.base as usize != base {
            s = self.caller_of(s)?;
            depth += 1;
        }
        (s.function().value() == function).then_some(depth)
    }
    pub fn frame_word(&self, depth: usize) -> Option<u32> {
        self.frame_at(depth).map(S::word)
    }
    /// `locals()` as seen in the frame `depth` frames out.
    pub fn locals_at(&self, depth: usize) -> Res {
        match self.frame_at(depth) {
            Some(s) => self.locals_of(s),
            None => Err(self.system_error("frame does not exist")),
        }
    }
    /// Class and instance for `super()` without arguments.
    pub fn current_super_args(&self) -> Res<(Value, Value)> {
        let Some(s) = self.innermost_shown() else {
            return Err(self.runtime_error("super(): no current frame"));
        };
        let code = s.code();
        let data = code.data();
        if data.parameter_count() == 0 {
            return Err(self.runtime_error("super(): no arguments"));
        }
        let content = |n: usize| match self.exact::<CellObject>(s.reg(n), core_shape::CELL) {
            Some(c) if data.locals[n].1 != LocalKind::Plain => c.content.get(),
            _ => s.reg(n),
        };
        let first = content(0);
        if first.is_unbound() {
            return Err(self.runtime_error("super(): arg[0] deleted"));
        }
        let Some(n) = data
            .locals
            .iter()
            .position(|(name, k)| &**name == "__class__" && *k == LocalKind::Free)
        else {
            return Err(self.runtime_error("super(): __class__ cell not found"));
        };
        let class = content(n);
        if class.is_unbound() {
            return Err(self.runtime_error("super(): empty __class__ cell"));
        }
        Ok((class, first))
    }
}
