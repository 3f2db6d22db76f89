//! The virtual machine: one Python interpreter's state, reached as `&Vm` from everywhere.
//!
//! All fields are cells: native code re-enters freely. References kept here are visited by the `RootSource`
//! implementation below; a field holding a `Value` or `Gc` of something that may move must appear there.
//! (Classes and interned strings are pinned and immortal, so plain copies of their addresses are fine.)

use crate::error::{ExceptionClasses, Res};
use crate::interp::Stack;
use crate::names::Names;
use crate::object::{AttributeMode, Class, NativeLayout, ShapeInfo, Str, core_shape};
use crate::runtime::lookup_cache::LookupCache;
use core::cell::{Cell, OnceCell, RefCell};
use hashbrown::HashTable;
use pyrs_heap::{Gc, Heap, HeapConfig, LayoutId, RootSource, Roots, ShapeId, Value};
use pyrs_text::hash::Seed;

/// Classes of built-in types; all made before any Python code runs.
macro_rules! core_classes {
    ($($field:ident,)*) => {
        /// The classes the virtual machine itself needs.
        #[derive(Clone, Copy)]
        pub struct Classes { $(pub $field: Gc<Class>,)* }
        impl Classes {
            pub(crate) fn new(mut make: impl FnMut(&'static str) -> Gc<Class>) -> Classes {
                Classes { $($field: make(stringify!($field)),)* }
            }
            /// All of them, in declaration order.
            pub(crate) fn in_order(&self) -> Vec<(&'static str, Gc<Class>)> {
                vec![$((stringify!($field), self.$field)),*]
            }
        }
    };
}
core_classes! {
    object, type_, int, bool_, float, complex, str_, bytes, bytearray, tuple, list, dict, set,
    frozenset, none, not_implemented, ellipsis, function, builtin_function, method_descriptor,
    class_method_descriptor,
    method, code, cell, module, property, static_method, class_method, getset, member, range, slice,
    seq_iter, call_iter, list_iter, list_reverse_iter, tuple_iter, range_iter, long_range_iter,
    dict_keys, dict_values, dict_items, dict_key_iter, dict_value_iter, dict_item_iter,
    dict_reverse_key_iter, dict_reverse_value_iter, dict_reverse_item_iter, set_iter,
    str_ascii_iter, str_iter, bytes_iter, bytearray_iter, memory_iter, generator, coroutine,
    async_generator, traceback, weakref, super_,
}

/// Settings that the command line and embedders choose.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub heap: HeapConfig,
    /// `PYTHONHASHSEED`: None = random
    pub hash_seed: Option<u32>,
    /// -O level
    pub optimize: u8,
}

/// Hook through which the modules crate provides native modules.
pub type ModuleInit = fn(&Vm) -> Res<Value>;

/// One Python interpreter.
pub struct Vm {
    pub heap: Box<Heap>,
    pub settings: Settings,
    pub seed: Seed,
    classes: OnceCell<Classes>,
    exceptions: OnceCell<ExceptionClasses>,
    names: OnceCell<Names>,
    /// One row per shape id.
    shapes: RefCell<Vec<&'static ShapeInfo>>,
    shape_rows: Cell<*const &'static ShapeInfo>,
    layouts: RefCell<Vec<(usize, bool, LayoutId)>>,
    // TRACED: visited by `roots`; pinned.
    interned: RefCell<HashTable<Gc<Str>>>,
    /// Strings of the 256 Latin-1 characters.
    // TRACED: visited by `roots`; pinned.
    pub(crate) latin1: RefCell<Vec<Gc<Str>>>,
    /// Interned strings and classes made since the last collection.
    // TRACED: visited by `roots`; pinned.
    pub(crate) fresh_pinned: RefCell<Vec<Value>>,
    // TRACED: visited by `roots`; pinned.
    pub(crate) all_classes: RefCell<Vec<Gc<Class>>>,
    /// Class by address of the native layout it was first defined for (`Vm::native_class`).
    // TRACED: each is in `all_classes` too; pinned.
    pub(crate) native_classes: RefCell<hashbrown::HashMap<usize, Gc<Class>>>,
    /// Shape after `__class__` was assigned, by shape before (in dict mode) and address of the new class.
    pub(crate) class_moves: RefCell<hashbrown::HashMap<(ShapeId, usize), ShapeId>>,
    pub(crate) method_cache: LookupCache,
    pub(crate) shape_cache: LookupCache,
    class_version: Cell<u32>,
    keys_version: Cell<u32>,

    /// The exception being raised, or None.
    pub pending: Cell<Value>,
    /// The exception being handled (`sys.exception()`), or None.
    pub handled: Cell<Value>,
    pub(crate) spare_memory_error: Cell<Value>,
    /// The one tuple without items, or None before it is made.
    pub(crate) empty_tuple: Cell<Value>,
    /// Finalisers and weak callbacks there were when the program began.
    pub at_start: Cell<(usize, usize)>,
    /// Weak references made with a callback.
    pub weak_callbacks: Cell<usize>,
    /// Threads of this machine that wait, with their Python stacks.
    pub(crate) threads: RefCell<Vec<std::rc::Rc<crate::runtime::ThreadState>>>,
    /// Frames of the running thread.
    pub stack: Stack,
    /// Native re-entries of the interpreter in progress.
    pub native_depth: Cell<usize>,
    /// Finalisers are being run: safepoints, of which their calls are some, leave others waiting.
    pub finalising: Cell<bool>,
    pub recursion_limit: Cell<usize>,
    /// `-X dev`: names of codecs and error handlers are checked even where they are not needed.
    pub dev_mode: Cell<bool>,
    /// Frames that `cr_origin` of new coroutines names; 0: none (`sys.set_coroutine_origin_tracking_depth`).
    pub origin_depth: Cell<usize>,
    /// Containers being printed by `repr`, to cut cycles.
    pub repr_stack: RefCell<Vec<usize>>,

    /// Shapes of exact `map` and `filter` objects, which the interpreter steps itself.
    pub map_shape: Cell<ShapeId>,
    pub filter_shape: Cell<ShapeId>,
    pub(crate) prelude: crate::runtime::Prelude,
    /// The built-in function `next`, which the interpreter runs itself over generators.
    pub next_function: Cell<Value>,
    /// `types.GenericAlias`, or None until the built-in types provide it.
    pub generic_alias_class: Cell<Value>,
    /// The builtins module's dict.
    pub builtins: Cell<Value>,
    /// `sys.modules`
    pub modules: Cell<Value>,
    /// The sys module's dict.
    pub sys_dict: Cell<Value>,
    /// Registered references of other crates (`Vm::register_root`).
    // TRACED: visited and updated by `roots`.
    pub(crate) extra_roots: RefCell<Vec<Value>>,
    /// Hooks by name, with the root that holds them.
    pub(crate) hooks: RefCell<Vec<(&'static str, usize)>>,
    pub(crate) weak_index: std::rc::Rc<crate::runtime::WeakIndex>,
    pub native_modules: RefCell<Vec<(&'static str, ModuleInit)>>,
    /// Set asynchronously (signals): look at `run_pending` soon.
    pub interrupts: std::sync::Arc<core::sync::atomic::AtomicU32>,
    /// What to do when `interrupts` is seen set.
    pub on_interrupt: Cell<Option<fn(&Vm) -> Res<()>>>,
    pub unique_counter: Cell<u64>,
    /// `sys.set_int_max_str_digits`: most digits of an int-text conversion, 0 for no limit.
    pub int_max_str_digits: Cell<usize>,
    /// Codec search functions (list), codecs found (dict by name), error handlers (dict by name); None at first.
    pub codec_search: Cell<Value>,
    pub codec_cache: Cell<Value>,
    pub codec_errors: Cell<Value>,
    /// The memoryview class, or None until the built-in types provide it.
    pub memoryview_class: Cell<Value>,
    pub jit: crate::jit::Jit,
    /// Who exports memory (buffer protocol).
    pub(crate) exporters: crate::protocol::Exporters,
}

impl Vm {
    /// A virtual machine with its core classes; `builtins` and other modules are added by their crates.
    pub fn new(settings: Settings) -> Box<Vm> {
        let heap = Heap::new(settings.heap.clone());
        let seed = match settings.hash_seed {
            Some(n) => Seed::from_number(n),
            None => Seed::from_random(random_words()),
        };
        let vm = Box::new(Vm {
            heap,
            settings,
            seed,
            classes: OnceCell::new(),
            exceptions: OnceCell::new(),
            names: OnceCell::new(),
            shapes: RefCell::default(),
            shape_rows: Cell::new(core::ptr::null()),
            layouts: RefCell::default(),
            interned: RefCell::default(),
            latin1: RefCell::default(),
            fresh_pinned: RefCell::default(),
            all_classes: RefCell::default(),
            native_classes: RefCell::default(),
            class_moves: RefCell::default(),
            method_cache: LookupCache::new(),
            shape_cache: LookupCache::new(),
            class_version: Cell::new(1),
            keys_version: Cell::new(1),
            pending: Cell::new(Value::NONE),
            at_start: Cell::new((0, 0)),
            weak_callbacks: Cell::new(0),
            handled: Cell::new(Value::NONE),
            spare_memory_error: Cell::new(Value::NONE),
            empty_tuple: Cell::new(Value::NONE),
            threads: RefCell::default(),
            stack: Stack::new(),
            native_depth: Cell::new(0),
            finalising: Cell::new(false),
            recursion_limit: Cell::new(1000),
            dev_mode: Cell::new(false),
            origin_depth: Cell::new(0),
            repr_stack: RefCell::default(),
            map_shape: Cell::new(core_shape::INVALID),
            filter_shape: Cell::new(core_shape::INVALID),
            prelude: Default::default(),
            next_function: Cell::new(Value::NONE),
            generic_alias_class: Cell::new(Value::NONE),
            builtins: Cell::new(Value::NONE),
            modules: Cell::new(Value::NONE),
            sys_dict: Cell::new(Value::NONE),
            extra_roots: RefCell::default(),
            hooks: RefCell::default(),
            weak_index: Default::default(),
            native_modules: RefCell::default(),
            interrupts: Default::default(),
            on_interrupt: Cell::new(None),
            unique_counter: Cell::new(0),
            int_max_str_digits: Cell::new(4300),
            codec_search: Cell::new(Value::NONE),
            codec_cache: Cell::new(Value::NONE),
            codec_errors: Cell::new(Value::NONE),
            memoryview_class: Cell::new(Value::NONE),
            jit: crate::jit::Jit::new(),
            exporters: Default::default(),
        });
        // SAFETY: the heap is a field of the machine, so the source outlives it; the box never moves.
        unsafe { vm.heap.add_root_source(&*vm as *const Vm as *const dyn RootSource) };
        crate::runtime::bootstrap(&vm);
        vm
    }

    // ---- well-known objects
    #[inline(always)]
    pub fn classes(&self) -> &Classes {
        self.classes.get().expect("bootstrap sets the classes first")
    }
    #[inline(always)]
    pub fn exc(&self) -> &ExceptionClasses {
        self.exceptions.get().expect("bootstrap makes exception classes before anything raises")
    }
    pub(crate) fn exceptions_if_made(&self) -> Option<&ExceptionClasses> {
        self.exceptions.get()
    }
    #[inline(always)]
    pub fn names(&self) -> &Names {
        self.names.get().expect("bootstrap interns the names first")
    }
    pub(crate) fn set_classes(&self, c: Classes) {
        let _ = self.classes.set(c);
    }
    pub(crate) fn set_exceptions(&self, e: ExceptionClasses) {
        let _ = self.exceptions.set(e);
    }
    pub(crate) fn set_names(&self, n: Names) {
        let _ = self.names.set(n);
    }

    // ---- shapes
    #[inline(always)]
    pub fn shape(&self, id: ShapeId) -> &'static ShapeInfo {
        // SAFETY: every live object's shape id names a row; rows are never removed.
        unsafe { *self.shape_rows.get().add(id.0 as usize) }
    }
    /// The heap's layout for objects of `layout`, wrapped or not.
    pub(crate) fn heap_layout(&self, layout: &'static NativeLayout, wrapped: bool) -> LayoutId {
        let key = layout as *const NativeLayout as usize;
        if let Some(&(_, _, id)) =
            self.layouts.borrow().iter().find(|&&(k, w, _)| k == key && w == wrapped)
        {
            return id;
        }
        let id = self.heap.register_layout(crate::runtime::heap_layout_of(layout, wrapped));
        self.layouts.borrow_mut().push((key, wrapped, id));
        id
    }
    /// Adds a row to the shape table.
    pub(crate) fn add_shape(
        &self,
        make: impl FnOnce(ShapeId) -> ShapeInfo,
        layout: LayoutId,
    ) -> Res<&'static ShapeInfo> {
        let id = self.heap.new_shape(layout).map_err(|_| self.memory_error())?;
        let info: &'static ShapeInfo = Box::leak(Box::new(make(id)));
        let mut rows = self.shapes.borrow_mut();
        debug_assert_eq!(rows.len(), id.0 as usize);
        rows.push(info);
        self.shape_rows.set(rows.as_ptr());
        Ok(info)
    }
    pub fn shape_count(&self) -> usize {
        self.shapes.borrow().len()
    }

    // ---- versions
    pub(crate) fn next_class_version(&self) -> u32 {
        let v = self.class_version.get().wrapping_add(1).max(1);
        self.class_version.set(v);
        v
    }
    /// A fresh keys version; 0 once they have run out.
    pub(crate) fn next_keys_version(&self) -> u32 {
        match self.keys_version.get().checked_add(1) {
            Some(v) => {
                self.keys_version.set(v);
                v
            }
            None => 0,
        }
    }

    // ---- interning
    /// The one `str` of this text; made if there is none.
    pub fn intern(&self, text: &str) -> Gc<Str> {
        let interned = if text.is_ascii() {
            self.try_intern_points(pyrs_text::CodePoints::One(text.as_bytes()))
        } else {
            self.try_intern_points(pyrs_text::StrBuilder::from(text).as_points())
        };
        match interned {
            Ok(s) => s,
            Err(r) => {
                // No memory for a short string: nothing sensible can go on; give the empty string.
                self.take_exception(r);
                self.names().empty
            }
        }
    }
    pub fn try_intern_points(&self, p: pyrs_text::CodePoints<'_>) -> Res<Gc<Str>> {
        let hash = pyrs_text::hash::hash_str(p, self.seed);
        if let Some(&s) = self.interned.borrow().find(hash as u64, |s| s.points().same(p)) {
            return Ok(s);
        }
        let s = self.new_str_points(p)?;
        Ok(self.add_interned(s, hash))
    }
    /// The interned string equal to `s`, which becomes it if there was none.
    #[inline]
    pub fn intern_str(&self, s: Gc<Str>) -> Gc<Str> {
        if s.is_interned() { s } else { self.intern_slow(s) }
    }
    fn intern_slow(&self, s: Gc<Str>) -> Gc<Str> {
        let hash = self.hash_str(s);
        if let Some(&s) = self.interned.borrow().find(hash as u64, |t| Str::same_text(*t, s)) {
            return s;
        }
        if s.header.shape() != core_shape::STR {
            // A buffered string keeps more memory than it shows: intern a plain copy.
            if let Ok(copy) = self.new_str_points(s.points()) {
                return self.add_interned(copy, hash);
            }
        }
        self.add_interned(s, hash)
    }
    fn add_interned(&self, s: Gc<Str>, hash: isize) -> Gc<Str> {
        self.heap.pin(s.value());
        s.header.set_flags(crate::object::INTERNED);
        s.hash_cell().set(hash as usize);
        self.fresh_pinned.borrow_mut().push(s.value());
        self.interned.borrow_mut().insert_unique(hash as u64, s, |s| s.hash_cell().get() as u64);
        s
    }

    // ---- roots
    /// Keeps `v` alive for the machine's life; gives a handle for `root`.
    pub fn register_root(&self, v: Value) -> usize {
        let mut roots = self.extra_roots.borrow_mut();
        roots.push(v);
        roots.len() - 1
    }
    pub fn root(&self, handle: usize) -> Value {
        self.extra_roots.borrow()[handle]
    }
    pub fn set_root(&self, handle: usize, v: Value) {
        self.extra_roots.borrow_mut()[handle] = v;
    }

    /// A shape row for tests and tools.
    pub fn mode_of(&self, id: ShapeId) -> AttributeMode {
        self.shape(id).mode
    }
}

impl Vm {
    fn stack_roots(&self, roots: &mut Roots<'_>) {
        self.stack.roots(roots);
        for t in self.threads.borrow().iter() {
            t.roots(roots);
        }
    }
}

impl RootSource for Vm {
    fn roots(&self, roots: &mut Roots<'_>) {
        if !roots.exact() {
            self.stack_roots(roots);
            return;
        }
        let young_only = roots.young_only();
        self.method_cache.forget(!young_only);
        self.shape_cache.forget(!young_only);
        let cells = [
            &self.pending,
            &self.handled,
            &self.spare_memory_error,
            &self.empty_tuple,
            &self.next_function,
            &self.generic_alias_class,
            &self.builtins,
            &self.modules,
            &self.sys_dict,
            &self.codec_search,
            &self.codec_cache,
            &self.codec_errors,
        ];
        {
            let mut v = roots.visitor();
            for c in cells {
                v.cell(c);
            }
            for value in self.extra_roots.borrow_mut().iter_mut() {
                let cell = Cell::new(*value);
                v.cell(&cell);
                *value = cell.get();
            }
            // Pinned for ever: once reported they are old, and need no report in a minor collection.
            let mut fresh = self.fresh_pinned.borrow_mut();
            if young_only {
                for &p in fresh.iter() {
                    v.cell(&Cell::new(p));
                }
            } else {
                for s in self.interned.borrow().iter().chain(self.latin1.borrow().iter()) {
                    v.cell(&Cell::new(s.value()));
                }
                for c in self.all_classes.borrow().iter() {
                    v.cell(&Cell::new(c.value()));
                }
            }
            if young_only {
                fresh.clear();
            }
        }
        self.jit.roots(roots);
        self.stack_roots(roots);
    }
}

/// Two words nobody can guess: the standard library's hasher keys come from the operating system.
fn random_words() -> [u64; 2] {
    use std::hash::{BuildHasher, Hasher, RandomState};
    [1u8, 2].map(|i| {
        let mut h = RandomState::new().build_hasher();
        h.write_u8(i);
        h.finish()
    })
}
