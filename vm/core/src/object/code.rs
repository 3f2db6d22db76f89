//! Code objects: an instantiated code block with its constants and inline caches.
//!
//! Constants are the trailing slots of the object, so that an instruction reaches constant k with one load off
//! the code pointer. Words are cells: the interpreter may quicken them.

use core::cell::{Cell, OnceCell};
use core::ptr::NonNull;
use pyrs_bytecode::{CodeData, SharedCode};
use pyrs_heap::{Gc, Header, ShapeId, Slot, Value, Visitor};

/// What a site's cache holds.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SiteKind {
    Empty,
    /// instance attribute in word `index` of objects of `shape`
    Field,
    /// as Field, but storing adds the attribute: object goes from `shape` to `next_shape`
    AddField,
    /// attribute of the class, given as it is (not a descriptor)
    ClassConstant,
    /// `Function` or native method in the class: method call without binding
    Method,
    /// property with a Python getter
    Property,
    /// global: `value` is the globals dict, `version` its keys version, `index` the entry
    Global,
    /// builtin: globals keys version and builtins dict in `value`, its entry `index`
    Builtin,
    /// attribute of a module: as Global with the module's dict
    ModuleField,
    /// attribute of the class object `owner` that its metaclass does not know: `value`, nothing to bind
    TypeAttribute,
    /// class method of the class object `owner`: function `value`, to be called with the class
    TypeMethod,
    /// `__slots__` member in word `index`: as Field, but the word may be unset
    Member,
    /// call of a class with a Python `__init__` and object's `__new__`
    Construct,
    /// `super().name`: `value` for instances of `owner`, whose class behind `super` has `version_2`
    SuperMethod,
    /// seen too many different receivers
    Megamorphic,
}

/// The inline cache of one site.
pub struct SiteCache {
    pub name: Cell<Value>,
    pub kind: Cell<SiteKind>,
    /// failed matches so far
    pub misses: Cell<u8>,
    pub index: Cell<u16>,
    pub shape: Cell<ShapeId>,
    pub next_shape: Cell<ShapeId>,
    pub version: Cell<u32>,
    pub version_2: Cell<u32>,
    /// class whose version is `version` (pinned), or dict
    pub owner: Cell<Value>,
    pub value: Cell<Value>,
}

impl SiteCache {
    /// An empty cache for that name.
    pub(crate) fn new(name: Value) -> SiteCache {
        SiteCache {
            name: Cell::new(name),
            kind: Cell::new(SiteKind::Empty),
            misses: Cell::new(0),
            index: Cell::new(0),
            shape: Cell::new(ShapeId(0)),
            next_shape: Cell::new(ShapeId(0)),
            version: Cell::new(0),
            version_2: Cell::new(0),
            owner: Cell::new(Value::NONE),
            value: Cell::new(Value::NONE),
        }
    }
}

/// Native memory of a code object.
pub struct CodeBody {
    pub data: SharedCode,
    /// Set when the code is made ready, as are the sites.
    pub words: OnceCell<Box<[Cell<u32>]>>,
    pub sites: OnceCell<Box<[SiteCache]>>,
}

#[repr(C)]
pub struct Code {
    pub header: Header,
    pub name: Slot,
    pub qualname: Slot,
    pub filename: Slot,
    /// tuple of names of all named registers
    pub local_names: Slot,
    /// Array of the prelude's functions that call this code back, by number of the routine; or UNBOUND
    pub copies: Slot,
    /// `Box<CodeBody>`
    pub body: Cell<*mut CodeBody>,
    pub words: Cell<*const Cell<u32>>,
    pub sites: Cell<*const SiteCache>,
    pub register_count: Cell<u32>,
    pub parameter_count: Cell<u32>,
    /// `co_flags`
    pub flags: Cell<u32>,
    /// Calls until the JIT looks at the function as a place where a trace may begin; see `Jit::called`.
    pub calls_left: Cell<u32>,
}

impl Code {
    #[inline(always)]
    pub fn body(&self) -> &CodeBody {
        // SAFETY: set at creation, freed only when the object dies.
        unsafe { &*self.body.get() }
    }
    /// The code may run: its words, constants and caches are there.
    #[inline(always)]
    pub fn is_ready(&self) -> bool {
        !self.words.get().is_null()
    }
    #[inline(always)]
    pub fn data(&self) -> &CodeData {
        &self.body().data
    }
    #[inline(always)]
    pub fn constant(&self, k: usize) -> Value {
        debug_assert!(k < self.header.len() as usize);
        // SAFETY: the verifier bounds k; constants follow the fixed part.
        unsafe { (*(self as *const Code).add(1).cast::<Slot>().add(k)).get() }
    }
    /// The word at that index of code that is ready.
    pub(crate) fn words_at(&self, word: u32) -> u32 {
        let words = self.body().words.get();
        words.and_then(|w| w.get(word as usize)).map_or(0, Cell::get)
    }
    pub(crate) fn constant_slot(&self, k: usize) -> &Slot {
        debug_assert!(k < self.header.len() as usize);
        // SAFETY: as in `constant`.
        unsafe { &*(self as *const Code).add(1).cast::<Slot>().add(k) }
    }
    #[inline(always)]
    pub fn site(&self, i: usize) -> &SiteCache {
        debug_assert!(self.body().sites.get().is_some_and(|s| i < s.len()));
        // SAFETY: the verifier bounds i.
        unsafe { &*self.sites.get().add(i) }
    }
    fn trace(p: NonNull<Header>, v: &mut Visitor<'_>) {
        // SAFETY: called by the collector with a live code object.
        let code: Gc<Code> = unsafe { Gc::from_ptr(p.cast()) };
        if code.body.get().is_null() {
            return;
        }
        for s in code.body().sites.get().into_iter().flatten() {
            v.cell(&s.name);
            v.cell(&s.owner);
            v.cell(&s.value);
        }
    }
    fn drop(p: NonNull<Header>) {
        // SAFETY: called once by the collector with a dead code object, whose body no one uses any more.
        unsafe {
            let body = (*p.as_ptr().cast::<Code>()).body.replace(core::ptr::null_mut());
            if !body.is_null() {
                drop(Box::from_raw(body));
            }
        }
    }
}
crate::native_object!(Code, "code", slots = 5, trace = Code::trace, drop = Code::drop);
