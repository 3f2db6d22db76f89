//! Frames and the interpreter's state.
//!
//! A frame's header lies below its registers (see `stack`). Below the header of a frame that an opcode or native
//! code pushed lie the pusher's pc, a value of its continuation, and for generators two words of their own.

use crate::object::{Code, Function};
use crate::vm::Vm;
use pyrs_bytecode::{FRAME_HEADER, Insn, Op};
use pyrs_heap::{Gc, Value};

/// Program counter (after the first word of the instruction at hand) and frame base.
#[derive(Copy, Clone)]
pub struct S {
    pub(crate) pc: *const u32,
    pub(crate) base: *mut Value,
}

/// Set in the caller-base word of frames whose return is not plain: generators.
pub(crate) const SPECIAL: usize = 2;

/// Offsets of header words from the base.
pub(crate) const FUNCTION: isize = -4;
pub(crate) const RETURN: isize = -3;
pub(crate) const CALLER: isize = -2;
pub(crate) const CODE: isize = -1;
/// Words below the header of frames pushed by opcodes or native code: the pusher's pc (+ 1), and a value of
/// the continuation's.
pub(crate) const ORIGIN: isize = -6;
pub(crate) const AUX: isize = -5;
/// Below them, for frames of generators: the generator, and the exception its resumer handles. (Not above the
/// registers: the frames of plain calls lie there.)
pub(crate) const GENERATOR: isize = -8;
pub(crate) const HANDLED: isize = -7;

/// What the opcode that pushed a frame has still to do when it returns.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Continuation {
    /// `for` over a generator: it yielded / it returned.
    ForYield,
    ForReturn,
    /// `yield from` a generator: it yielded / it returned.
    SendYield,
    SendReturn,
    /// `__init__` returned to the construction of an instance.
    Init,
    /// A result goes to the destination register of the instruction.
    Store,
    /// A result is of no interest.
    Discard,
    /// A special method of an operator has answered, perhaps with NotImplemented.
    Operator,
    /// `__iter__` has answered.
    Iterator,
    /// `next(generator)`: it yielded / it returned.
    NextYield,
    NextReturn,
    /// `for` over `map` or `filter` of a generator: it yielded / it returned.
    ArgumentYield,
    ArgumentReturn,
    /// `for`: `__next__`, or the function of a `map`, has answered. StopIteration ends the loop.
    ForItem,
    /// `for`: the function of a `filter` has answered. StopIteration ends the loop.
    ForTest,
}

const fn halt(a: u8) -> u32 {
    Insn::abc(Op::Halt, a, 0, 0).0
}
const fn go_on(k: Continuation) -> u32 {
    Insn::abc(Op::Continue, k as u8, 0, 0).0
}

/// Return points of frames entered from native code: a result or a yield; a generator's return; an exception.
pub(crate) static HALT: [u32; 3] = [halt(0), halt(1), halt(2)];
/// Return points of frames pushed by opcodes, by `Continuation`.
pub(crate) static CONTINUE: [u32; 15] = [
    go_on(Continuation::ForYield),
    go_on(Continuation::ForReturn),
    go_on(Continuation::SendYield),
    go_on(Continuation::SendReturn),
    go_on(Continuation::Init),
    go_on(Continuation::Store),
    go_on(Continuation::Discard),
    go_on(Continuation::Operator),
    go_on(Continuation::Iterator),
    go_on(Continuation::NextYield),
    go_on(Continuation::NextReturn),
    go_on(Continuation::ArgumentYield),
    go_on(Continuation::ArgumentReturn),
    go_on(Continuation::ForItem),
    go_on(Continuation::ForTest),
];

/// The pc is that of a return point outside of any code.
pub(crate) fn is_stub(pc: *const u32) -> bool {
    HALT.as_ptr_range().contains(&pc) || CONTINUE.as_ptr_range().contains(&pc)
}

impl Continuation {
    pub(crate) fn address(self) -> *const u32 {
        &CONTINUE[self as usize]
    }
    pub(crate) fn from_byte(b: usize) -> Continuation {
        use Continuation::*;
        [
            ForYield,
            ForReturn,
            SendYield,
            SendReturn,
            Init,
            Store,
            Discard,
            Operator,
            Iterator,
            NextYield,
            NextReturn,
            ArgumentYield,
            ArgumentReturn,
            ForItem,
            ForTest,
        ][b]
    }
}

impl S {
    /// Register or header word `n`.
    #[inline(always)]
    pub(crate) fn get(self, n: isize) -> Value {
        // SAFETY: the verifier bounds registers; the stack has slack above every frame.
        unsafe { *self.base.offset(n) }
    }
    #[inline(always)]
    pub(crate) fn set(self, n: isize, v: Value) {
        // SAFETY: as in `get`.
        unsafe { *self.base.offset(n) = v }
    }
    #[inline(always)]
    pub(crate) fn reg(self, n: usize) -> Value {
        self.get(n as isize)
    }
    #[inline(always)]
    pub(crate) fn put(self, n: usize, v: Value) {
        self.set(n as isize, v)
    }
    /// Registers `from..from + n` as a slice; valid until they are written.
    #[inline(always)]
    pub(crate) fn regs<'a>(self, from: usize, n: usize) -> &'a [Value] {
        // SAFETY: as in `get`; the stack never moves.
        unsafe { core::slice::from_raw_parts(self.base.add(from), n) }
    }
    #[inline(always)]
    pub(crate) fn code(self) -> Gc<Code> {
        // SAFETY: the header word of every frame holds its code.
        unsafe { Gc::from_value(self.get(CODE)) }
    }
    #[inline(always)]
    pub(crate) fn function(self) -> Gc<Function> {
        // SAFETY: the header word of every frame holds its function.
        unsafe { Gc::from_value(self.get(FUNCTION)) }
    }
    /// The word at the pc: the extra word of a two-word instruction.
    #[inline(always)]
    pub(crate) fn extra(self) -> u32 {
        // SAFETY: the pc lies within the code's words.
        unsafe { *self.pc }
    }
    #[inline(always)]
    pub(crate) fn skip(self, words: isize) -> S {
        // SAFETY: jumps stay within the code's words (verified).
        S { pc: unsafe { self.pc.offset(words) }, base: self.base }
    }
    /// The frame is the prelude's: nobody sees it.
    #[inline]
    pub(crate) fn is_hidden(self) -> bool {
        self.code().flags.get() & crate::runtime::HIDDEN != 0
    }
    /// Index of the word before the pc in the code.
    pub(crate) fn word(self) -> u32 {
        let start = self.code().words.get().cast::<u32>();
        // SAFETY: the pc lies within (or one behind) the words that begin at `start`.
        unsafe { self.pc.offset_from(start) as u32 - 1 }
    }
    /// The word at the pc as an index into the words of `code`, if it lies there.
    pub(crate) fn word_in(self, code: Gc<Code>) -> Option<u32> {
        let n = code.data().words.len();
        let at = (self.pc as usize).wrapping_sub(code.words.get() as usize) / size_of::<u32>();
        (at <= n).then_some(at as u32)
    }
    pub(crate) fn at_word(self, word: u32) -> S {
        let start = self.code().words.get().cast::<u32>();
        // SAFETY: `word` is an index into the code's words.
        S { pc: unsafe { start.add(word as usize) }, base: self.base }
    }
    /// First word above the registers.
    #[inline(always)]
    pub(crate) fn above(self) -> usize {
        self.code().register_count.get() as usize
    }
    /// A call window above the registers, with the two words of a generator and of a continuation below it.
    #[inline(always)]
    pub(crate) fn top_window(self) -> usize {
        self.above() + 4
    }
    #[inline(always)]
    pub(crate) fn caller_base(self) -> *mut Value {
        (self.get(CALLER).bits() & !3) as *mut Value
    }
    #[inline(always)]
    pub(crate) fn return_pc(self) -> *const u32 {
        (self.get(RETURN).bits() & !1) as *const u32
    }
    #[inline(always)]
    pub(crate) fn is_special(self) -> bool {
        self.get(CALLER).bits() & SPECIAL != 0
    }
    /// Writes the header of a frame at `base` and gives the state at its first instruction.
    #[inline(always)]
    pub(crate) fn new_frame(
        base: *mut Value,
        f: Gc<Function>,
        return_pc: *const u32,
        caller: *mut Value,
        special: usize,
    ) -> S {
        let code = f.code();
        let s = S { pc: code.words.get().cast(), base };
        s.set(FUNCTION, f.value());
        s.set(RETURN, Value::from_bits(return_pc as usize | 1));
        s.set(CALLER, Value::from_bits(caller as usize | 1 | special));
        s.set(CODE, code.value());
        s
    }
}

impl Vm {
    /// Makes the state visible to the collector, tracebacks and nested calls.
    #[inline(always)]
    pub(crate) fn publish(&self, s: S) {
        self.stack.base.set(s.base);
        self.stack.pc.set(s.pc);
    }
    /// The innermost Python frame, if any code runs.
    pub(crate) fn innermost(&self) -> Option<S> {
        let base = self.stack.base.get();
        if base.is_null() { None } else { Some(S { pc: self.stack.pc.get(), base }) }
    }
    /// The innermost Python frame that is not hidden.
    pub(crate) fn innermost_shown(&self) -> Option<S> {
        self.innermost().and_then(|s| self.shown(s))
    }
    /// The frame that called `s` and is not hidden, with its pc.
    pub(crate) fn caller_of(&self, s: S) -> Option<S> {
        self.pusher_of(s).and_then(|s| self.shown(s))
    }
    fn shown(&self, mut s: S) -> Option<S> {
        while s.is_hidden() {
            s = self.pusher_of(s)?;
        }
        Some(s)
    }
    /// The frame below `s`, with its pc; skips nothing.
    pub(crate) fn pusher_of(&self, s: S) -> Option<S> {
        let base = s.caller_base();
        if base.is_null() {
            return None;
        }
        let caller = S { pc: s.return_pc(), base };
        let stub = |t: &[u32]| t.as_ptr_range().contains(&caller.pc);
        if stub(&HALT) || stub(&CONTINUE) {
            return Some(S { pc: (s.get(ORIGIN).bits() & !1) as *const u32, base });
        }
        Some(caller)
    }
}

/// Distance from a window to the base of the frame in it.
pub(crate) const WINDOW: usize = FRAME_HEADER;
const _: () = assert!(WINDOW == 4 && FUNCTION == -4);
