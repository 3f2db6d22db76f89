//! What compiled code knows of memory: the fields of objects and of the machine, by number.
//!
//! Everything is computed from the Rust structs. Alias classes: every fixed field has its own; words of instances
//! and registers of frames have one per offset, made when first needed. Fields of class [`VOLATILE`] are read anew
//! each time, because others write them (signals, helper functions).

use crate::object::string::STR_DATA;
use crate::object::*;
use core::mem::{offset_of, size_of};
use hashbrown::HashMap;
use pyrs_heap::{Heap, ShapeId, Value};
use pyrs_ir::opt::heap::VOLATILE;
use pyrs_ir::schema::{Effect, Field, Schema, Shape, Sig};
use pyrs_ir::types::{Ty, Width};

macro_rules! fields {
    ($(
        $(#[$doc:meta])*
        $name:ident: $ty:ident $width:ident @ $offset:expr $(, $flag:ident)*;
    )*) => {
        #[allow(
            non_camel_case_types,
            clippy::upper_case_acronyms,
            reason = "an enum used only to number constants"
        )]
        #[repr(u16)]
        enum Number { $($name,)* COUNT }
        $($(#[$doc])* pub(super) const $name: u16 = Number::$name as u16;)*
        fn fixed() -> Vec<Field> {
            vec![$({
                #[allow(unused_mut, reason = "not every row has flags")]
                let mut f = Field {
                    ty: Ty::$ty,
                    width: Width::$width,
                    offset: ($offset) as i32,
                    class: $name,
                    immutable: false,
                    barrier: false,
                };
                $(fields!(@ f $flag);)*
                f
            }),*]
        }
    };
    (@ $f:ident immutable) => { $f.immutable = true };
    (@ $f:ident barrier) => { $f.barrier = true };
    (@ $f:ident volatile) => { $f.class = VOLATILE };
}

/// Words of the context block that belong to the JIT, counted from `Heap::CONTEXT_AT`.
pub(super) mod word {
    pub const ON_EXIT: usize = 0;
    pub const ALLOC_SLOW: usize = 1;
    pub const BARRIER_SLOW: usize = 2;
    /// The machine.
    pub const VM: usize = 3;
    /// Base of the frame that the trace about to start runs in.
    pub const BASE: usize = 4;
    /// State after the last residual.
    pub const RETURNED_PC: usize = 5;
    pub const RETURNED_BASE: usize = 6;
    /// The pc of that state for bridges that go on there; null when no code may be gone on with.
    pub const BRIDGED_PC: usize = 7;
    /// Helper 0; the others follow.
    pub const HELPERS: usize = 8;
}

/// Byte offset of a word of the context block.
pub(super) const fn context(word: usize) -> usize {
    Heap::CONTEXT_AT + word * size_of::<usize>()
}

const HEADER: usize = size_of::<pyrs_heap::Header>();
const TABLE: usize = offset_of!(Dict, table);
const _: () = assert!(offset_of!(Set, table) == TABLE);

fields! {
    /// Shape and flags of any object.
    META: W U32 @ 0;
    /// The same of objects whose shape never changes: those of built-in types.
    META_FIXED: W U32 @ 0, immutable;
    /// Length word of tuples and strings.
    FIXED_LENGTH: W U32 @ 4, immutable;
    /// Length word of storage arrays: their capacity.
    CAPACITY: W U32 @ 4, immutable;
    POLL: W U32 @ Heap::POLL_AT, volatile;
    CONTEXT_BASE: P Word @ context(word::BASE), volatile;
    RETURNED_PC: P Word @ context(word::BRIDGED_PC), volatile;
    RETURNED_BASE: P Word @ context(word::RETURNED_BASE), volatile;
    /// A word of the machine at a constant address: how deep frames are stacked.
    /// Header words of the base frame.
    FRAME_FUNCTION: R Word @ -4 * size_of::<Value>() as isize, immutable;
    FRAME_RETURN: W Word @ -3 * size_of::<Value>() as isize;
    FRAME_CALLER: P Word @ -2 * size_of::<Value>() as isize;
    DEPTH: W Word @ 0;
    RECURSION_LIMIT: W Word @ 0;
    STACK_END: P Word @ 0;
    LIST_STORAGE: R Word @ offset_of!(List, storage);
    LIST_LENGTH: W Word @ offset_of!(List, length);
    LIST_ITEM: R Word @ HEADER, barrier;
    /// The same for stores that the collector need not know of.
    LIST_ITEM_PLAIN: R Word @ HEADER;
    TUPLE_ITEM: R Word @ size_of::<Tuple>(), immutable;
    DICT_ENTRIES: R Word @ TABLE + offset_of!(Table, entries);
    DICT_KEYS_VERSION: W U32 @ TABLE + offset_of!(Table, keys_version);
    /// Live rows of a dict or set.
    TABLE_USED: W U32 @ TABLE + offset_of!(Table, used);
    /// Rows ever written to a dict or set.
    TABLE_FILLED: W U32 @ TABLE + offset_of!(Table, filled);
    DICT_ITEM: R Word @ HEADER, barrier;
    DICT_ITEM_PLAIN: R Word @ HEADER;
    BOUND_FUNCTION: R Word @ offset_of!(BoundNative, function), immutable;
    BOUND_RECEIVER: R Word @ offset_of!(BoundNative, receiver), immutable;
    CLASS_VERSION: W U32 @ offset_of!(Class, version);
    FUNCTION_CODE: R Word @ offset_of!(Function, code);
    FUNCTION_GLOBALS: R Word @ offset_of!(Function, globals);
    FUNCTION_BUILTINS: R Word @ offset_of!(Function, builtins);
    FUNCTION_NAMESPACE: R Word @ offset_of!(Function, namespace);
    FUNCTION_CLOSURE: R Word @ offset_of!(Function, closure);
    FUNCTION_DEFAULTS: R Word @ offset_of!(Function, defaults);
    FUNCTION_KWDEFAULTS: R Word @ offset_of!(Function, kwdefaults);
    FUNCTION_EXACT: W U32 @ offset_of!(Function, exact);
    MODULE_DICT: R Word @ offset_of!(Module, dict);
    CELL_CONTENT: R Word @ offset_of!(CellObject, content), barrier;
    RAW_F64: F F64 @ size_of::<Raw>();
    RAW_I8: W I8 @ size_of::<Raw>();
    RAW_U8: W U8 @ size_of::<Raw>();
    RAW_I16: W I16 @ size_of::<Raw>();
    RAW_U16: W U16 @ size_of::<Raw>();
    RAW_I32: W I32 @ size_of::<Raw>();
    RAW_U32: W U32 @ size_of::<Raw>();
    RAW_WORD: W Word @ size_of::<Raw>();
    METHOD_FUNCTION: R Word @ offset_of!(BoundMethod, function), immutable;
    METHOD_RECEIVER: R Word @ offset_of!(BoundMethod, receiver), immutable;
    /// Of `map` and `filter` alike.
    MAP_FUNCTION: R Word @ offset_of!(Filter, function);
    MAP_ITERATOR: R Word @ offset_of!(Filter, iterator);
    GENERATOR_FUNCTION: R Word @ offset_of!(Generator, function), immutable;
    RANGE_START: R Word @ offset_of!(Range, start), immutable;
    RANGE_STOP: R Word @ offset_of!(Range, stop), immutable;
    RANGE_STEP: R Word @ offset_of!(Range, step), immutable;
    RANGE_LENGTH: R Word @ offset_of!(Range, length), immutable;
    FLOAT_VALUE: F F64 @ offset_of!(Float, value), immutable;
    FUNCTION_NAME: R Word @ offset_of!(Function, name);
    FUNCTION_QUALNAME: R Word @ offset_of!(Function, qualname);
    GENERATOR_REGISTERS: R Word @ offset_of!(Generator, registers), barrier;
    GENERATOR_NAME: R Word @ offset_of!(Generator, name), barrier;
    GENERATOR_QUALNAME: R Word @ offset_of!(Generator, qualname), barrier;
    GENERATOR_HANDLED: R Word @ offset_of!(Generator, handled), barrier;
    GENERATOR_EXTRA: R Word @ offset_of!(Generator, extra), barrier;
    GENERATOR_RESUME: W U32 @ offset_of!(Generator, resume_word);
    GENERATOR_STATE: W U8 @ offset_of!(Generator, state);
    GENERATOR_KIND: W U8 @ offset_of!(Generator, kind);
    GENERATOR_FLAGS: W U8 @ offset_of!(Generator, flags);
    /// A word of the machine at a constant address: the exception being handled.
    HANDLED: R Word @ 0;
    SEQ_SEQUENCE: R Word @ offset_of!(SeqIter, sequence);
    SEQ_INDEX: W Word @ offset_of!(SeqIter, index);
    /// Of 64-bit CPUs only.
    RANGE_ITER_NEXT: W Word @ offset_of!(RangeIter, next);
    RANGE_ITER_STEP: W Word @ offset_of!(RangeIter, step), immutable;
    RANGE_ITER_LEFT: W Word @ offset_of!(RangeIter, left);
    /// Its offset is that of the described class.
    ENUMERATE_COUNT: R Word @ 0;
    ITER_OWNER: R Word @ offset_of!(TableIter, owner);
    ITER_ROW: W U32 @ offset_of!(TableIter, row);
    ITER_USED: W U32 @ offset_of!(TableIter, used);
    ITER_LEFT: W U32 @ offset_of!(TableIter, left);
    BYTES_ITEM: W U8 @ size_of::<Bytes>(), immutable;
    /// Of strings of one byte a character.
    STR_BYTE: W U8 @ STR_DATA, immutable;
    /// Of the table of strings of one character, which never changes.
    LATIN1: R Word @ 0;
    SLICE_START: R Word @ offset_of!(Slice, start), immutable;
    SLICE_STOP: R Word @ offset_of!(Slice, stop), immutable;
    SLICE_STEP: R Word @ offset_of!(Slice, step), immutable;
}

/// Calls from traces, in order of their signatures and helper numbers.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u16)]
pub(super) enum Helper {
    /// `(machine, function, pc, base, expected base) -> pc`, or 1 if another frame runs now.
    Residual,
}
impl Helper {
    pub(super) const COUNT: usize = 1;
}

fn signatures() -> Vec<Sig> {
    let sig = |helper: Helper, args: &[Ty], ret, effect| Sig {
        helper: helper as u16,
        args: args.to_vec(),
        ret,
        effect,
        writes: Vec::new(),
    };
    use Ty::{P, W};
    let mut sigs = vec![sig(Helper::Residual, &[P, P, P, P, P], W, Effect::Any)];
    sigs.extend(super::quick::signatures());
    sigs
}

/// Most words above the base of a trace's frame that the trace may use.
pub(super) const MAX_OFFSET: usize = 4000;
/// Most items of a tuple that is made or taken apart item by item.
pub(super) const MAX_TUPLE: usize = 32;
/// Most words of an instance that compiled code accesses by name.
const MAX_WORD: usize = 2000;

/// The schema with what was added to it on demand.
pub(super) struct Tables {
    pub(super) schema: Schema,
    /// Field of each register, 0 if there is none yet.
    registers: Vec<u16>,
    /// Field of each word of instances.
    words: Vec<u16>,
    /// Field of each register that a suspended generator has saved; shape of so many of them.
    saved: Vec<u16>,
    saves: HashMap<usize, u16>,
    /// Field of each item of tuples.
    items: Vec<u16>,
    /// Shape of tuples by length; of instances by shape id.
    tuples: HashMap<usize, u16>,
    instances: HashMap<ShapeId, u16>,
    next_class: u16,
    pub(super) typed: Option<TypedFields>,
    pub(super) enumerate: Option<EnumerateFields>,
    pub(super) zip: Option<ZipFields>,
}

/// Where `enumerate` and `zip` objects keep what traces need, in words from their start.
pub struct Iterators {
    /// Of exact instances.
    pub enumerate: ShapeId,
    /// The iterator over the items.
    pub iterator: usize,
    /// The next number.
    pub count: usize,
    pub zip: ShapeId,
    /// The tuple of iterators.
    pub iterators: usize,
}
/// A field, and the word it is.
type FieldWord = (u16, usize);
/// The fields of `enumerate` objects.
#[derive(Clone, Copy)]
pub(super) struct EnumerateFields {
    pub shape: ShapeId,
    pub iterator: FieldWord,
    pub count: FieldWord,
}
/// The fields of `zip` objects.
#[derive(Clone, Copy)]
pub(super) struct ZipFields {
    pub shape: ShapeId,
    pub iterators: FieldWord,
}

/// Where a compact array of C numbers keeps what traces need, in bytes from its start. The items lie in a `Raw` object.
pub struct TypedArray {
    /// Of its exact instances.
    pub shape: ShapeId,
    pub storage: usize,
    /// Number of items, a word.
    pub length: usize,
    /// The type code, a byte, as in the `array` module.
    pub code: usize,
}
/// The fields of such arrays.
#[derive(Clone, Copy)]
pub(super) struct TypedFields {
    pub shape: ShapeId,
    pub storage: u16,
    pub length: u16,
    pub code: u16,
}
/// Field of the items of an array of doubles, or of ints by their type code; none for other codes.
pub(super) fn raw_items(code: u8) -> Option<u16> {
    let long = size_of::<core::ffi::c_long>() == 8;
    Some(match code {
        b'd' => RAW_F64,
        b'b' => RAW_I8,
        b'B' => RAW_U8,
        b'h' => RAW_I16,
        b'H' => RAW_U16,
        b'i' => RAW_I32,
        b'l' if !long => RAW_I32,
        b'I' if TARGET_BITS == 64 => RAW_U32,
        b'l' => RAW_WORD,
        b'q' if TARGET_BITS == 64 => RAW_WORD,
        _ => return None,
    })
}
const TARGET_BITS: u32 = usize::BITS;

impl Tables {
    pub(super) fn new() -> Tables {
        let mut fields = fixed();
        for (plain, field) in [(LIST_ITEM_PLAIN, LIST_ITEM), (DICT_ITEM_PLAIN, DICT_ITEM)] {
            fields[plain as usize].class = field;
        }
        let float = Shape {
            size: size_of::<Float>() as u32,
            header: [core_shape::FLOAT.0, 0],
            fields: vec![FLOAT_VALUE],
            array: None,
        };
        let schema = Schema { fields, shapes: vec![float], sigs: signatures() };
        let next_class = Number::COUNT as u16;
        Tables {
            schema,
            registers: Vec::new(),
            words: Vec::new(),
            saved: Vec::new(),
            saves: HashMap::new(),
            items: Vec::new(),
            tuples: HashMap::new(),
            instances: HashMap::new(),
            next_class,
            typed: None,
            enumerate: None,
            zip: None,
        }
    }
    /// Item `n` of tuples, below [`MAX_TUPLE`].
    pub(super) fn tuple_item(&mut self, n: usize) -> u16 {
        while self.items.len() <= n {
            let class = self.class();
            let at = size_of::<Tuple>() + self.items.len() * size_of::<Value>();
            let f = Field {
                ty: Ty::R,
                width: Width::Word,
                offset: at as i32,
                class,
                immutable: true,
                barrier: true,
            };
            let f = self.add(f);
            self.items.push(f);
        }
        self.items[n]
    }
    /// The shape of tuples of `n` items.
    pub(super) fn tuple(&mut self, n: usize) -> u16 {
        if let Some(&s) = self.tuples.get(&n) {
            return s;
        }
        let fields = (0..n).map(|k| self.tuple_item(k)).collect();
        let size = size_of::<Tuple>() + n * size_of::<Value>();
        let size = size.next_multiple_of(8) as u32;
        let header = [core_shape::TUPLE.0, n as u32];
        let s = self.add_shape(Shape { size, header, fields, array: None });
        self.tuples.insert(n, s);
        s
    }
    /// Register `n` in the storage of a suspended generator.
    pub(super) fn saved(&mut self, n: usize) -> u16 {
        while self.saved.len() <= n {
            let field =
                self.value_word(size_of::<Array>() / size_of::<Value>() + self.saved.len(), true);
            self.saved.push(field);
        }
        self.saved[n]
    }
    /// The shape of storage for `n` registers.
    pub(super) fn saved_registers(&mut self, n: usize) -> u16 {
        if let Some(&s) = self.saves.get(&n) {
            return s;
        }
        let fields = (0..n).map(|k| self.saved(k)).collect();
        let size = size_of::<Array>() + n * size_of::<Value>();
        let size = size.next_multiple_of(8) as u32;
        let header = [core_shape::ARRAY.0, n as u32];
        let s = self.add_shape(Shape { size, header, fields, array: None });
        self.saves.insert(n, s);
        s
    }
    /// The shape of generators.
    pub(super) fn generator(&mut self) -> u16 {
        if let Some(&s) = self.instances.get(&core_shape::GENERATOR) {
            return s;
        }
        let fields = vec![
            GENERATOR_FUNCTION,
            GENERATOR_REGISTERS,
            GENERATOR_NAME,
            GENERATOR_QUALNAME,
            GENERATOR_HANDLED,
            GENERATOR_EXTRA,
            GENERATOR_RESUME,
            GENERATOR_STATE,
            GENERATOR_KIND,
            GENERATOR_FLAGS,
        ];
        let size = size_of::<Generator>().next_multiple_of(8) as u32;
        let header = [core_shape::GENERATOR.0, 0];
        let s = self.add_shape(Shape { size, header, fields, array: None });
        self.instances.insert(core_shape::GENERATOR, s);
        s
    }
    /// The shape of ranges.
    pub(super) fn range(&mut self) -> u16 {
        if let Some(&s) = self.instances.get(&core_shape::RANGE) {
            return s;
        }
        let fields = vec![RANGE_START, RANGE_STOP, RANGE_STEP, RANGE_LENGTH];
        let size = size_of::<Range>().next_multiple_of(8) as u32;
        let s =
            self.add_shape(Shape { size, header: [core_shape::RANGE.0, 0], fields, array: None });
        self.instances.insert(core_shape::RANGE, s);
        s
    }
    /// The shape of slices.
    pub(super) fn slice(&mut self) -> u16 {
        if let Some(&s) = self.instances.get(&core_shape::SLICE) {
            return s;
        }
        let fields = vec![SLICE_START, SLICE_STOP, SLICE_STEP];
        let size = size_of::<Slice>().next_multiple_of(8) as u32;
        let s =
            self.add_shape(Shape { size, header: [core_shape::SLICE.0, 0], fields, array: None });
        self.instances.insert(core_shape::SLICE, s);
        s
    }
    /// The shape of blank instances; none if they are too long.
    pub(super) fn instance(&mut self, shape: &ShapeInfo) -> Option<u16> {
        if let Some(&s) = self.instances.get(&shape.id) {
            return Some(s);
        }
        let end = shape.slot_base + shape.capacity;
        let mut fields = vec![META];
        for word in shape.slot_base..end {
            fields.push(self.word(word as usize)?);
        }
        let size = (end as usize * size_of::<Value>()).next_multiple_of(8) as u32;
        let header = [shape.id.0, shape.capacity];
        let s = self.add_shape(Shape { size, header, fields, array: None });
        self.instances.insert(shape.id, s);
        Some(s)
    }
    fn add_shape(&mut self, s: Shape) -> u16 {
        self.schema.shapes.push(s);
        (self.schema.shapes.len() - 1) as u16
    }
    /// Makes arrays of C numbers known.
    pub(super) fn set_typed(&mut self, t: &TypedArray) {
        let mut field = |ty, width, offset: usize| {
            let class = self.class();
            let offset = offset as i32;
            self.add(Field { ty, width, offset, class, immutable: false, barrier: false })
        };
        let storage = field(Ty::R, Width::Word, t.storage);
        let length = field(Ty::W, Width::Word, t.length);
        let code = field(Ty::W, Width::U8, t.code);
        self.typed = Some(TypedFields { shape: t.shape, storage, length, code });
    }
    /// Makes `enumerate` and `zip` known.
    pub(super) fn set_iterators(&mut self, t: &Iterators) {
        let mut lasting = |word: usize| {
            let class = self.class();
            let offset = (word * size_of::<Value>()) as i32;
            let (ty, width) = (Ty::R, Width::Word);
            (self.add(Field { ty, width, offset, class, immutable: true, barrier: true }), word)
        };
        let (iterator, iterators) = (lasting(t.iterator), lasting(t.iterators));
        self.schema.fields[ENUMERATE_COUNT as usize].offset = (t.count * size_of::<Value>()) as i32;
        let count = (ENUMERATE_COUNT, t.count);
        self.enumerate = Some(EnumerateFields { shape: t.enumerate, iterator, count });
        self.zip = Some(ZipFields { shape: t.zip, iterators });
    }
    fn class(&mut self) -> u16 {
        self.next_class += 1;
        self.next_class - 1
    }
    fn add(&mut self, f: Field) -> u16 {
        self.schema.fields.push(f);
        (self.schema.fields.len() - 1) as u16
    }
    /// The word `offset` words above the trace's base, at most [`MAX_OFFSET`].
    pub(super) fn register(&mut self, offset: usize) -> u16 {
        if self.registers.len() <= offset {
            self.registers.resize(offset + 1, 0);
        }
        if self.registers[offset] == 0 {
            self.registers[offset] = self.value_word(offset, false);
        }
        self.registers[offset]
    }
    fn value_word(&mut self, word: usize, barrier: bool) -> u16 {
        let (class, offset) = (self.class(), (word * size_of::<Value>()) as i32);
        let (ty, width) = (Ty::R, Width::Word);
        self.add(Field { ty, width, offset, class, immutable: false, barrier })
    }
    /// The field for stores of and over what is no object.
    pub(super) fn unbarriered(&self, field: u16) -> u16 {
        match field {
            LIST_ITEM => LIST_ITEM_PLAIN,
            DICT_ITEM => DICT_ITEM_PLAIN,
            other => other,
        }
    }
    /// Word `word` of an instance; none if it lies too far behind.
    pub(super) fn word(&mut self, word: usize) -> Option<u16> {
        if word >= MAX_WORD {
            return None;
        }
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if self.words[word] == 0 {
            self.words[word] = self.value_word(word, true);
        }
        Some(self.words[word])
    }
}

/// Objects of these shapes keep them for life.
pub(super) fn is_fixed(shape: ShapeId) -> bool {
    (shape.0 as usize) < core_shape::COUNT
        && !matches!(
            shape,
            core_shape::STR
                | core_shape::STR_BUFFERED
                // `__class__` of a module or class may be assigned.
                | core_shape::MODULE
                | core_shape::CLASS
        )
}
