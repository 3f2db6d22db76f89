//! The prelude: built-in functions that call back into Python in a loop, as Python bytecode.
//!
//! A native function calls Python code by running a nested interpreter, which no trace sees through. So the native
//! functions that loop over callbacks (`sum` of a generator, `sorted` with a key in Python) have a twin in the
//! prelude (`vm/library/prelude`). A call instruction that meets such a function asks it ([`Enter`]) whether these
//! operands will run Python code; if so the twin's frame is pushed instead, in the loop that runs already.
//!
//! *Hidden*: frames of the prelude show nowhere. `Vm::caller_of` and `Vm::frame_at` leave them out, and unwinding
//! makes no traceback entries for them; nothing else needs to know.
//!
//! *Copies*: a trace knows one code object at one place. A loop in the prelude would be shared by the whole program
//! and meet every generator and key function there is, so each code object that is called back keeps its own copy of
//! each function it is used with ([`Code::copies`]): as many as there are routines at most, and they die with it.

use crate::error::Res;
use crate::interp::residual::{Stepper, constructor, stepper};
use crate::object::*;
use crate::vm::Vm;
use core::cell::{Cell, RefCell};
use pyrs_bytecode::SharedCode;
use pyrs_heap::{Gc, Value};

macro_rules! routines {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// The functions of the prelude.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        pub enum Routine { $($(#[$doc])* $variant,)* }
        impl Routine {
            const NAMES: &[&str] = &[$($name),*];
        }
    };
}
routines! {
    /// `any(iterator)`
    Any = "any_";
    /// `all(iterator)`
    All = "all_";
    /// `sum(iterator, start)`
    Sum = "sum_";
    /// `min(iterator, default, a default was given)`
    Min = "min_";
    Max = "max_";
    /// `min(iterable, key, default, a default was given)`
    MinKey = "min_key";
    MaxKey = "max_key";
    /// `sorted(iterator, reverse)`
    Sorted = "sorted_";
    /// `sorted(iterable, key, reverse)`
    SortedKey = "sorted_key";
    /// `list.sort(key, reverse)`
    SortKey = "sort_key";
    /// `reduce(f, iterable)`
    Reduce = "reduce_";
    /// `reduce(f, iterable, value)`
    ReduceFrom = "reduce_from";
    /// `list(iterator)` and its like
    List = "list_";
    Tuple = "tuple_";
    Set = "set_";
    FrozenSet = "frozenset_";
    Dict = "dict_";
    /// `str.join(iterator)`
    Join = "join";
    /// `list.extend(iterator)`
    Extend = "extend";
}

/// Most arguments of a routine.
const MOST: usize = 4;

/// A routine to be run in the place of a call.
#[derive(Copy, Clone)]
pub struct Entry {
    pub routine: Routine,
    args: [Value; MOST],
    count: usize,
    /// The Python code that will be called back.
    key: Gc<Code>,
}

impl Entry {
    /// `args` are at most four.
    pub fn new(routine: Routine, key: Gc<Code>, args: &[Value]) -> Entry {
        let mut all = [Value::NONE; MOST];
        all[..args.len()].copy_from_slice(args);
        Entry { routine, args: all, count: args.len(), key }
    }
    pub(crate) fn args(&self) -> &[Value] {
        &self.args[..self.count]
    }
}

/// Says whether a native function that is called with these arguments, the last of them named, is better run by the
/// prelude. It looks only: it runs no Python code and raises nothing.
pub type Enter = fn(&Vm, &[Value], Option<Gc<Tuple>>) -> Option<Entry>;

/// What the machine keeps of the prelude.
#[derive(Default)]
pub(crate) struct Prelude {
    bytes: Cell<Option<fn() -> &'static [u8]>>,
    natives: RefCell<Vec<&'static NativeDef>>,
    state: Cell<State>,
}
#[derive(Copy, Clone, Default)]
enum State {
    #[default]
    Unread,
    /// Root of the tuple of functions, by number.
    Read(usize),
    Damaged,
}

impl Vm {
    /// Provides the prelude's bytecode. It is read when it is first needed.
    pub fn set_prelude(&self, bytes: fn() -> &'static [u8]) {
        self.prelude.bytes.set(Some(bytes));
    }
    /// Provides native functions that the prelude calls by name.
    pub fn add_prelude_natives(&self, natives: &'static [NativeDef]) {
        self.prelude.natives.borrow_mut().extend(natives);
    }
    fn read_prelude(&self) -> Res<Option<Gc<Tuple>>> {
        let Some(bytes) = self.prelude.bytes.get() else { return Ok(None) };
        let Ok(data) = pyrs_bytecode::pyc::read_library(bytes()) else { return Ok(None) };
        let (module, globals) = (self.new_code(data)?, self.new_dict()?);
        let (c, x) = (self.classes(), self.exc());
        let classes = [
            c.type_,
            c.int,
            c.bool_,
            c.float,
            c.complex,
            c.tuple,
            c.frozenset,
            x.value_error,
            x.type_error,
        ];
        for class in classes {
            self.dict_set_str(globals, self.intern(&self.class_name(class)), class.value())?;
        }
        let natives = self.prelude.natives.borrow().clone();
        for def in natives {
            let f = self.new_native(def, None, self.str("builtins")?)?;
            self.dict_set_str(globals, self.intern(def.name), f)?;
        }
        let functions = self.new_tuple_blank(Routine::NAMES.len())?;
        for k in 0..module.data().consts.len() {
            let Some(code) = self.exact::<Code>(module.constant(k), core_shape::CODE) else {
                continue;
            };
            let name = code.body().data.head().name;
            if let Some(n) = Routine::NAMES.iter().position(|&r| r == name) {
                let f = self.new_function(code, globals.value(), self.builtins.get())?;
                functions.slot(n).set(&self.heap, functions, f.value());
            }
        }
        let whole = functions.items().iter().all(|f| f.is_object());
        debug_assert!(whole, "the prelude lacks a routine");
        Ok(whole.then_some(functions))
    }
    fn prelude_functions(&self) -> Option<Gc<Tuple>> {
        match self.prelude.state.get() {
            State::Read(root) => self.as_tuple(self.root(root)),
            State::Damaged => None,
            State::Unread if self.prelude.bytes.get().is_none() => None,
            State::Unread => {
                let functions = self.read_prelude().unwrap_or_else(|r| {
                    self.take_exception(r);
                    None
                });
                self.prelude.state.set(match functions {
                    Some(t) => State::Read(self.register_root(t.value())),
                    None => State::Damaged,
                });
                functions
            }
        }
    }
    /// The copy of a routine for code that it calls back; `None` where there is no prelude.
    pub(crate) fn prelude_function(&self, e: &Entry) -> Option<Gc<Function>> {
        let n = e.routine as usize;
        if matches!(e.routine, Routine::Sum | Routine::Dict) && !self.jit.is_started() {
            // They look at the type of each item, which costs nothing in traces only.
            return None;
        }
        let copies = self.array_of(e.key.copies.get());
        if let Some(f) = copies.map(|a| a.get(n)).filter(|f| f.is_object()) {
            // SAFETY: copies are functions.
            return Some(unsafe { Gc::from_value(f) });
        }
        match self.copy_routine(e.key, n) {
            Ok(f) => f,
            Err(r) => {
                self.take_exception(r);
                None
            }
        }
    }
    #[cold]
    #[inline(never)]
    fn copy_routine(&self, key: Gc<Code>, n: usize) -> Res<Option<Gc<Function>>> {
        let Some(models) = self.prelude_functions() else { return Ok(None) };
        // SAFETY: the tuple holds functions.
        let model: Gc<Function> = unsafe { Gc::from_value(models.get(n)) };
        let data: SharedCode = model.code().body().data.clone();
        let code = self.new_code(data)?;
        code.flags.set(code.flags.get() | HIDDEN);
        let f = self.new_function(code, model.globals.get(), model.builtins.get())?;
        let copies = match self.array_of(key.copies.get()) {
            Some(a) => a,
            None => {
                let a = self.new_array(Routine::NAMES.len())?;
                key.copies.set(&self.heap, key, a.value());
                a
            }
        };
        copies.slot(n).set(&self.heap, copies, f.value());
        Ok(Some(f))
    }

    // ---- what operands will do
    /// The Python code that a call of `f` runs.
    pub fn python_callee(&self, f: Value) -> Option<Gc<Code>> {
        match self.object(f)?.shape() {
            core_shape::FUNCTION => {
                // SAFETY: the shape is that of functions.
                Some(unsafe { Gc::<Function>::from_value(f) }.code())
            }
            core_shape::BOUND_METHOD => {
                // SAFETY: the shape is that of bound methods.
                let m: Gc<BoundMethod> = unsafe { Gc::from_value(f) };
                self.exact::<Function>(m.function.get(), core_shape::FUNCTION).map(|f| f.code())
            }
            core_shape::CLASS => {
                let class = self.as_class(f)?;
                constructor(self, class).map(|f| f.code())
            }
            _ => None,
        }
    }
    /// The Python code that runs when the iterator `it` is asked for items and the interpreter's loop runs it itself.
    pub fn python_iterator(&self, it: Value) -> Option<Gc<Code>> {
        match self.object(it)?.shape() {
            core_shape::GENERATOR => {
                // SAFETY: the shape is that of generators, which hold a function.
                let g: Gc<Generator> = unsafe { Gc::from_value(it) };
                self.exact::<Function>(g.function.get(), core_shape::FUNCTION).map(|f| f.code())
            }
            _ => Some(match stepper(self, it)? {
                Stepper::Next(f) => f.code(),
                Stepper::Applied(a) => a.function.code(),
            }),
        }
    }
    /// The same of generators, `map` and `filter` objects only, which have no attributes of interest: others may have a
    /// length, or keys.
    pub fn python_builtin_iterator(&self, it: Value) -> Option<Gc<Code>> {
        let shape = self.object(it)?.shape();
        let known = [core_shape::GENERATOR, self.map_shape.get(), self.filter_shape.get()];
        if known.contains(&shape) { self.python_iterator(it) } else { None }
    }
    /// The Python code that runs when `v` is iterated: that of its `__iter__`, or of the iterator that it is.
    pub fn python_iterable(&self, v: Value) -> Option<Gc<Code>> {
        if let Some(code) = self.python_iterator(v) {
            return Some(code);
        }
        if (self.object(v)?.shape().0 as usize) < core_shape::COUNT {
            return None;
        }
        let iter = self.special(self.class_of(v), crate::names::Special::Iter)?;
        self.exact::<Function>(iter, core_shape::FUNCTION).map(|f| f.code())
    }
    /// A built-in container or iterator whose iteration is native from the beginning to the end.
    pub fn is_native_iterable(&self, v: Value) -> bool {
        let Some(o) = self.object(v) else { return false };
        use core_shape::*;
        let shape = o.shape();
        matches!(
            shape,
            LIST | TUPLE | STR | STR_BUFFERED | BYTES | BYTEARRAY | DICT | SET | FROZENSET | RANGE
        ) || matches!(shape, DICT_KEYS | DICT_VALUES | DICT_ITEMS)
            || self.is_plain_iterator(v)
    }
    /// `class(v)` of a built-in collection over an iterator that runs Python code.
    pub(crate) fn prelude_construction(&self, class: Gc<Class>, args: &[Value]) -> Option<Entry> {
        let &[it] = args else { return None };
        if class.has(class_flag::MUTABLE) || !it.is_object() {
            return None;
        }
        let c = self.classes();
        let routine = match class {
            k if k == c.list => Routine::List,
            k if k == c.tuple => Routine::Tuple,
            k if k == c.set => Routine::Set,
            k if k == c.frozenset => Routine::FrozenSet,
            k if k == c.dict => Routine::Dict,
            _ => return None,
        };
        let key = self.python_builtin_iterator(it)?;
        Some(Entry::new(routine, key, args))
    }
}

/// `Code::flags` of the prelude's copies, beside those that Python knows.
pub(crate) const HIDDEN: u32 = 1 << 31;
