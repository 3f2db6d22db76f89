//! kind: table
//!
//! THE opcode table: every instruction of the register bytecode, its operands and its meaning.
//!
//! An instruction is one 32-bit word, opcode in bits 0-7, operands `a` (8-15), `b` (16-23), `c` (24-31); some
//! use bits 16-31 as one 16-bit operand, jumps use bits 8-31 as one signed 24-bit operand, and some are
//! followed by one extra word. Everything else (names, decoding, disassembly, verification, liveness) derives
//! from this table.
//!
//! Words used. `r[n]` is register n of the frame. A *call window* at `w` is the place where the callee's frame
//! begins: `r[w]` is the callable before the call and the result after it, `r[w+1]..r[w+3]` belong to the
//! frame header, arguments start at `r[w+4]` and become the callee's registers 0, 1, ... In a *method window*
//! `r[w+4]` is `self`, or UNBOUND when the callable is not a method, and arguments start at `r[w+5]`.
//! A *site* indexes the side table of inline caches; the site's name comes from `CodeData::sites`.
//!
//! Operand roles in the table:
//! `d` register written · `s` register read · `x` register read and written · `n` count · `i` immediate (8 bits)
//! `w` call window · `m` method window · `r` first register of a run (its length is told by the meaning)
//! `k` constant index (16 bits) · `h` signed immediate (16 bits) · `u` unsigned immediate (16 bits)
//! `j` signed jump distance (16 bits) · `J` signed jump distance (24 bits)
//! Extra word: `+site`, `+jump` (signed 32-bit distance), `+const` (constant index), `+word` (see meaning).
//! All jump distances count words from the word after the whole instruction.

/// The role of one operand.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Role {
    Dest,
    Source,
    SourceDest,
    Count,
    Imm,
    Window,
    MethodWindow,
    Run,
    Const16,
    Signed16,
    Unsigned16,
    Jump16,
    Jump24,
}

/// The meaning of the extra word.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Extra {
    None,
    Site,
    Jump,
    Const,
    Word,
}

macro_rules! role {
    (d) => {
        Role::Dest
    };
    (s) => {
        Role::Source
    };
    (x) => {
        Role::SourceDest
    };
    (n) => {
        Role::Count
    };
    (i) => {
        Role::Imm
    };
    (w) => {
        Role::Window
    };
    (m) => {
        Role::MethodWindow
    };
    (r) => {
        Role::Run
    };
    (k) => {
        Role::Const16
    };
    (h) => {
        Role::Signed16
    };
    (u) => {
        Role::Unsigned16
    };
    (j) => {
        Role::Jump16
    };
    (J) => {
        Role::Jump24
    };
}
macro_rules! extra {
    () => {
        Extra::None
    };
    (site) => {
        Extra::Site
    };
    (jump) => {
        Extra::Jump
    };
    (const) => {
        Extra::Const
    };
    (word) => {
        Extra::Word
    };
}

macro_rules! ops {
    ($( $(#[doc = $doc:literal])* $name:ident $([$($role:ident)*])? $(+ $extra:tt)? ;)*) => {
        /// An opcode.
        #[derive(Copy, Clone, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Op { $( $(#[doc = $doc])* $name, )* }

        impl Op {
            /// All opcodes in table order.
            pub const ALL: &'static [Op] = &[ $(Op::$name),* ];
            /// Names as `dis` prints them.
            pub const NAMES: &'static [&'static str] = &[ $(stringify!($name)),* ];
            const ROLES: &'static [&'static [Role]] = &[ $(&[ $($(role!($role)),*)? ]),* ];
            const EXTRAS: &'static [Extra] = &[ $(extra!($($extra)?)),* ];
        }
    };
}

ops! {
    // ---- nothing, constants, moves
    /// Does nothing.
    Nop;
    /// Leaves the interpreter loop; the return address of frames entered from native code.
    Halt;
    /// r[a] = r[b]
    Move [d s];
    /// r[a] = constant k
    LoadConst [d k];
    /// r[a] = constant `word`, for code with more than 65,536 constants
    LoadConstFar [d] + const;
    /// r[a] = the small int h
    LoadInt [d h];
    /// r[a] = None
    LoadNone [d];
    /// r[a] = True
    LoadTrue [d];
    /// r[a] = False
    LoadFalse [d];
    /// r[a] = UNBOUND
    Unbind [d];
    /// r[a..a+b] = UNBOUND
    UnbindRange [r n];
    /// raise UnboundLocalError (or NameError for a free variable) naming local a if r[a] is UNBOUND
    CheckBound [s];
    /// r[a] = r[256 + u]: a parameter beyond the reach of 8 bits. Only in the set-up code of a function, before any
    /// call: a callee's frame lies over these registers
    LoadFar [d u];
    /// r[256 + u] = r[a] (not emitted: see `LoadFar`)
    StoreFar [s u];

    // ---- cells
    /// r[a] = a new cell holding r[a] (which may be UNBOUND)
    MakeCell [x];
    /// r[a..a+b] = the b cells of the running function's closure
    CopyFree [r n];
    /// r[a] = cell u of the running function's closure (only in functions with very many variables)
    LoadFree [d u];
    /// r[a] = content of cell r[b]; unbound content raises, naming local b
    LoadCell [d s];
    /// content of cell r[a] = r[b]
    StoreCell [s s];
    /// content of cell r[a] = UNBOUND; unbound content raises
    DeleteCell [s];
    /// raise SystemError unless r[a] is a cell: one from the list of cells of a function with very many variables
    CheckCell [s];
    /// r[a] = r[c][name of local b] if that mapping has it, else content of cell r[b]
    LoadDictOrCell [d s s];

    // ---- names
    /// r[a] = the global (or builtin) of the site's name
    LoadGlobal [d] + site;
    /// global = r[a]
    StoreGlobal [s] + site;
    /// delete a global
    DeleteGlobal + site;
    /// r[a] = the name in the frame's local namespace, else global, else builtin
    LoadName [d] + site;
    /// local namespace[name] = r[a]
    StoreName [s] + site;
    /// delete a name of the local namespace
    DeleteName + site;
    /// r[a] = r[b][name] if that mapping has it, else global, else builtin
    LoadDictOrGlobal [d s] + site;
    /// r[a] = the frame's local namespace (as `locals()` inside a class body gives it)
    LoadLocals [d];
    /// r[a] = builtins.__build_class__
    LoadBuildClass [d];
    /// r[a] = a fixed object: b = 0 AssertionError, 1 NotImplementedError, 2 tuple, 3 all, 4 any, 5 list, 6 set
    LoadCommon [d i];

    // ---- attributes
    /// r[a] = r[b].name
    GetAttr [d s] + site;
    /// r[a].name = r[b]
    SetAttr [s s] + site;
    /// del r[a].name
    DeleteAttr [s] + site;
    /// prepares a method window at a for r[b].name
    LoadMethod [m s] + site;
    /// r[a] = super(r[b+1], r[b+2]).name; r[b] is the value of the name `super` (called as given if it
    /// is not the builtin, without arguments if c = 1)
    GetSuperAttr [d r i] + site;
    /// prepares a method window at a as GetSuperAttr
    LoadSuperMethod [m r i] + site;
    /// r[a], r[a+1] = callable and self (or UNBOUND) of a special method of r[b]; c = 0 __enter__, 1 __exit__, 2 __aenter__, 3 __aexit__
    LoadSpecial [r s i];

    // ---- items
    /// r[a] = r[b][r[c]]
    GetItem [d s s];
    /// r[a][r[b]] = r[c]
    SetItem [s s s];
    /// del r[a][r[b]]
    DeleteItem [s s];
    /// r[a] = r[b][r[c] : r[c+1]]
    GetSlice [d s r];
    /// r[a][r[b] : r[b+1]] = r[c]
    SetSlice [s r s];
    /// r[a] = slice(r[b], r[b+1]) or slice(r[b], r[b+1], r[b+2]); c = 2 or 3
    BuildSlice [d r n];

    // ---- unary
    Negative [d s];
    Positive [d s];
    Invert [d s];
    /// r[a] = not r[b]
    Not [d s];
    /// r[a] = bool(r[b])
    ToBool [d s];

    // ---- binary: r[a] = r[b] op r[c]. ORDER: the 13 binary ops, then their 13 in-place forms in the same order
    Add [d s s];
    Sub [d s s];
    Mul [d s s];
    MatMul [d s s];
    TrueDiv [d s s];
    FloorDiv [d s s];
    Mod [d s s];
    Pow [d s s];
    LShift [d s s];
    RShift [d s s];
    And [d s s];
    Or [d s s];
    Xor [d s s];
    InplaceAdd [d s s];
    InplaceSub [d s s];
    InplaceMul [d s s];
    InplaceMatMul [d s s];
    InplaceTrueDiv [d s s];
    InplaceFloorDiv [d s s];
    InplaceMod [d s s];
    InplacePow [d s s];
    InplaceLShift [d s s];
    InplaceRShift [d s s];
    InplaceAnd [d s s];
    InplaceOr [d s s];
    InplaceXor [d s s];
    // ---- binary with a small int constant c (-128..=127) on the right
    AddImm [d s i];
    SubImm [d s i];
    MulImm [d s i];
    FloorDivImm [d s i];
    ModImm [d s i];
    LShiftImm [d s i];
    RShiftImm [d s i];
    AndImm [d s i];
    InplaceAddImm [d s i];
    InplaceSubImm [d s i];

    // ---- comparisons: r[a] = r[b] op r[c]. ORDER: Lt Le Eq Ne Gt Ge here and below
    Lt [d s s];
    Le [d s s];
    Eq [d s s];
    Ne [d s s];
    Gt [d s s];
    Ge [d s s];
    Is [d s s];
    IsNot [d s s];
    /// r[a] = r[b] in r[c]
    In [d s s];
    NotIn [d s s];

    // ---- jumps. A taken backward jump is a safepoint and counts towards hotness
    Jump [J];
    JumpIfTrue [s j];
    JumpIfFalse [s j];
    JumpIfNone [s j];
    JumpIfNotNone [s j];
    /// jump if the truth of (r[a] op r[b]) equals c
    JumpLt [s s i] + jump;
    JumpLe [s s i] + jump;
    JumpEq [s s i] + jump;
    JumpNe [s s i] + jump;
    JumpGt [s s i] + jump;
    JumpGe [s s i] + jump;
    /// the same with the small int b (-128..=127) on the right
    JumpLtImm [s i i] + jump;
    JumpLeImm [s i i] + jump;
    JumpEqImm [s i i] + jump;
    JumpNeImm [s i i] + jump;
    JumpGtImm [s i i] + jump;
    JumpGeImm [s i i] + jump;
    /// jump if (r[a] is r[b]) equals c
    JumpIs [s s i] + jump;
    /// jump if (r[a] in r[b]) equals c
    JumpIn [s s i] + jump;

    // ---- iteration. A loop keeps its state in r[a..a+3], whose content is the interpreter's own business
    /// r[a] = iter(r[b])
    GetIter [d s];
    /// r[a..a+3] = state of a loop over the iterable r[b]
    ForPrep [r s];
    /// r[a..a+3] = state of a loop over the iterator r[b] (no `iter` call)
    ForPrepIter [r s];
    /// loop end: if the loop state r[a..a+3] has a next item, r[b] = item and jump; else fall through
    ForLoop [r d] + jump;

    // ---- generators and coroutines
    /// first instruction after argument set-up of a generator, coroutine or async generator: return that object. All
    /// registers are written before it (UNBOUND where nothing else), so that they can be saved as they are
    MakeGenerator;
    /// yield r[b]; on resumption r[a] = the value sent
    Yield [d s];
    /// delegate to iterator r[a]: send r[b] into it; if it yields, yield that and repeat this instruction on resumption
    /// with r[b] = the value sent; if it returns, r[b] = its return value and go on
    YieldFrom [s x];
    /// r[a] = iterator for `yield from r[b]`
    GetYieldFromIter [d s];
    /// r[a] = awaitable iterator of r[b]; c = 0 plain, 1 result of __aenter__, 2 result of __aexit__, 3 result of __anext__ (for the error text)
    GetAwaitable [d s i];
    /// r[a] = aiter(r[b])
    GetAIter [d s];
    /// r[a] = awaitable for the next item of async iterator r[b]
    GetANext [d s];
    /// exception r[a] ended an `async for`: go on if it is StopAsyncIteration, else raise it again
    EndAsyncFor [s];
    Return [s];
    ReturnNone;

    // ---- calls
    /// call window a with b positional arguments
    Call [w n];
    /// call window a with b arguments in all, the last of which are named by the tuple constant
    CallKw [w n] + const;
    /// call r[a] with arguments r[a+4] (an iterable) and, if b is 1, keywords r[a+5] (a dict)
    CallEx [w i];
    /// call method window a with b positional arguments (self not counted)
    CallMethod [m n];
    CallMethodKw [m n] + const;

    // ---- functions and classes
    /// r[a] = function of code constant k in the running globals
    MakeFunction [d k];
    /// the same with code constant `word`, for code with more than 65,536 constants
    MakeFunctionFar [d] + const;
    /// set r[a]'s attribute from r[b]; c = 0 defaults tuple, 1 keyword-only defaults dict, 2 closure tuple of cells, 3 __annotate__ function,
    /// 4 __annotations__ dict (annotations future)
    SetFunctionAttr [s s i];

    // ---- building
    /// r[a] = tuple of r[b..b+c]
    BuildTuple [d r n];
    BuildList [d r n];
    BuildSet [d r n];
    /// r[a] = dict of c pairs r[b]:r[b+1], ...
    BuildMap [d r n];
    /// r[a] = the strings r[b..b+c] joined
    BuildString [d r n];
    /// r[a].append(r[b]) for a list under construction
    ListAppend [s s];
    SetAdd [s s];
    /// r[a][r[b]] = r[c] for a dict under construction
    MapAdd [s s s];
    /// r[a].extend(r[b]); `Value after * must be an iterable` when it is not
    ListExtend [s s];
    SetUpdate [s s];
    /// r[a].update(r[b]) for `{**x}`
    DictUpdate [s s];
    /// the same for call keywords of callable r[c]: duplicates and non-string keys raise
    DictMerge [s s s];
    /// r[a] = tuple of list r[b]
    ListToTuple [d s];
    /// r[a] = format(r[b], "") after conversion c: 0 none, 1 str, 2 repr, 3 ascii
    FormatValue [d s i];
    /// r[a] = str(r[b]), repr or ascii; c as above
    Convert [d s i];
    /// r[a] = format(r[b], r[c])
    FormatWithSpec [d s s];
    /// r[a] = Interpolation(value r[b], expression text r[b+1], conversion c, format spec r[b+2])
    BuildInterpolation [d r i];
    /// r[a] = Template(strings tuple r[b], interpolations tuple r[c])
    BuildTemplate [d s s];

    // ---- unpacking
    /// r[a..a+c] = the items of r[b], which must be exactly c. Here and below nothing is written if there is an error
    UnpackSequence [r s n];
    /// r[a..] = word & 0xffff items, a list of the middle, word >> 16 items
    UnpackEx [r s] + word;
    /// r[a] = list of the items of r[b], for targets too many for registers. Bit 31 of `word` clear: exactly `word`
    /// items. Set: `word & 0xffff` items, a list of the middle, `word >> 16 & 0x7fff` items. Errors as above
    UnpackList [d s] + word;

    // ---- exceptions. The exception table names the register that receives the exception
    Raise [s];
    /// raise r[a] from r[b]
    RaiseFrom [s s];
    /// raise the current exception again (`raise` alone)
    RaiseCurrent;
    /// go on raising r[a] as it is: no new context, no traceback entry for this line
    Reraise [s];
    /// enter a handler: r[a+1] = exception being handled until now; r[a] becomes it
    PushExc [r];
    /// leave a handler: the exception being handled is r[a+1] again
    PopExc [r];
    /// r[a] = isinstance(r[b], r[c]) for `except`; bad classes raise TypeError
    ExcMatch [d s s];
    /// r[a], r[a+1] = matching and rest part of r[b] for `except* r[c]`; None where empty
    ExcGroupMatch [r s s];
    /// r[a] = exception (or None) to raise after `except*` clauses: r[b] original, r[c] list of raised and unhandled
    PrepReraiseStar [d s s];
    /// r[a], r[a+1], r[a+2] = type, value, traceback of exception r[b]
    ExcInfo [r s];

    // ---- pattern matching
    /// r[a] = tuple of the class pattern's attributes or None; subject r[b], class r[c]; names tuple = constant `word & 0xffffff`, positional count = word >> 24
    MatchClass [d s s] + word;
    MatchMapping [d s];
    MatchSequence [d s];
    /// r[a] = tuple of the values of keys r[c] (a tuple) in r[b], or None
    MatchKeys [d s s];
    /// r[a] = dict of r[b] without the keys r[c] (a tuple)
    MatchRest [d s s];
    /// r[a] = len(r[b]) for sequence patterns
    GetLen [d s];

    // ---- imports
    /// r[a] = __import__(site's name, globals, locals, fromlist r[c], level r[b])
    ImportName [d s s] + site;
    /// r[a] = attribute or submodule of module r[b]
    ImportFrom [d s] + site;
    /// from r[a] import *
    ImportStar [s];

    // ---- rarely used, by kind
    /// r[a] = intrinsic c of r[b]; see `Intrinsic1`
    Intrinsic1 [d s i];
    /// r[a] = intrinsic c of r[b], r[b+1]; see `Intrinsic2`
    Intrinsic2 [d r i];
    /// make sure the local namespace has `__annotations__` (only for code compiled with the annotations future)
    SetupAnnotations;

    // ---- never emitted by the compiler: return points of frames that native code or an opcode pushed
    /// continuation of the frame below after a frame pushed on its behalf returned; a = kind
    Continue [i];
}

impl Op {
    /// The opcode in the low byte of `word`, if it is one.
    #[inline(always)]
    pub fn from_byte(byte: u8) -> Option<Op> {
        Op::ALL.get(byte as usize).copied()
    }
    pub fn name(self) -> &'static str {
        Op::NAMES[self as usize]
    }
    pub fn roles(self) -> &'static [Role] {
        Op::ROLES[self as usize]
    }
    pub fn extra(self) -> Extra {
        Op::EXTRAS[self as usize]
    }
    /// Words the instruction takes, extra word included.
    pub fn words(self) -> usize {
        if self.extra() == Extra::None { 1 } else { 2 }
    }
}

/// Kinds of `Intrinsic1`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Intrinsic1 {
    /// sys.displayhook of an expression statement in interactive mode
    Print,
    /// TypeVar(name)
    TypeVar,
    /// ParamSpec(name)
    ParamSpec,
    /// TypeVarTuple(name)
    TypeVarTuple,
    /// Generic[params]
    SubscriptGeneric,
    /// TypeAliasType from a tuple (name, type_params or None, evaluator function)
    TypeAlias,
}

/// Kinds of `Intrinsic2`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Intrinsic2 {
    /// TypeVar(name, bound evaluator)
    TypeVarWithBound,
    /// TypeVar(name, constraints evaluator)
    TypeVarWithConstraints,
    /// function.__type_params__ = params; gives the function
    SetFunctionTypeParams,
    /// typeparam.__default__ evaluator; gives the type parameter
    SetTypeParamDefault,
}

impl Intrinsic1 {
    pub fn from_byte(b: u8) -> Option<Self> {
        use Intrinsic1::*;
        [Print, TypeVar, ParamSpec, TypeVarTuple, SubscriptGeneric, TypeAlias]
            .get(b as usize)
            .copied()
    }
}
impl Intrinsic2 {
    pub fn from_byte(b: u8) -> Option<Self> {
        use Intrinsic2::*;
        [TypeVarWithBound, TypeVarWithConstraints, SetFunctionTypeParams, SetTypeParamDefault]
            .get(b as usize)
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_fits_a_byte_and_its_order_is_relied_upon() {
        assert!(Op::ALL.len() <= 256);
        assert!(Op::ALL.len() >= 64, "PowerPC turns smaller matches into binary searches");
        assert_eq!(Op::InplaceAdd as u8 - Op::Add as u8, 13);
        assert_eq!(Op::Ge as u8 - Op::Lt as u8, 5);
        assert_eq!(Op::JumpGe as u8 - Op::JumpLt as u8, 5);
        assert_eq!(Op::JumpGeImm as u8 - Op::JumpLtImm as u8, 5);
    }
}
