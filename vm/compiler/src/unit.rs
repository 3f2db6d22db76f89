//! A code block under construction: instructions with labels, registers, constants, protected ranges.
//!
//! Registers `0..first_temp` are named, above them temporaries are handed out like a stack: whoever takes
//! temporaries remembers `next` and puts it back. No temporary holds anything between statements except those
//! that an enclosing loop, `with` or handler took before its body.

use crate::scope::ScopeId;
use hashbrown::HashMap;
use pyrs_bytecode::{Const, LocalKind, Op};
use pyrs_syntax::Span;
use pyrs_syntax::ast::Symbol;

/// A register number; operands reach below 256.
pub(crate) type Reg = u32;

/// Slots from here on are far variables: item `slot - FAR` of a list of cells.
pub(crate) const FAR: Reg = 1 << 16;

/// A jump target to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Label(pub(crate) u32);

pub(crate) const NO_LABEL: Label = Label(u32::MAX);

/// An instruction before assembly. 16-bit operands lie in `b` (low byte) and `c`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ins {
    pub(crate) op: Op,
    pub(crate) a: u8,
    pub(crate) b: u8,
    pub(crate) c: u8,
    pub(crate) extra: u32,
    pub(crate) label: Label,
    pub(crate) span: Span,
}

impl Ins {
    pub(crate) fn new(op: Op, span: Span) -> Self {
        Ins { op, a: 0, b: 0, c: 0, extra: 0, label: NO_LABEL, span }
    }
}

/// Instructions `start..end` are protected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protected {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) target: Label,
    pub(crate) register: Reg,
    pub(crate) depth: u32,
}

/// A protected range that is still open; `start` is absent while it is suspended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    pub(crate) start: Option<u32>,
    pub(crate) target: Label,
    pub(crate) register: Reg,
}

/// A named register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Var {
    pub(crate) slot: Reg,
}

/// What surrounds the statement being compiled, as `break`, `continue` and `return` see it.
#[derive(Clone)]
pub(crate) struct Block<'a> {
    /// Protected ranges from this one on are left together with the block.
    pub(crate) region: u32,
    pub(crate) kind: BlockKind<'a>,
}

#[derive(Clone)]
pub(crate) enum BlockKind<'a> {
    Loop {
        again: Label,
        done: Label,
    },
    /// The body of an `except*` clause: may not be left by a jump.
    ExceptStar,
    /// The body of a `try` with `except` clauses.
    Try,
    /// The body of a `try` with a `finally` clause, which runs when the body is left.
    Finally {
        body: &'a [pyrs_syntax::ast::Stmt],
    },
    /// In a handler: the saved exception state, and the name to delete.
    Handler {
        saved: Reg,
        name: Option<Symbol>,
    },
    With {
        exit: Reg,
        is_async: bool,
        span: Span,
    },
}

/// The variables of a comprehension, and whether each is in a cell.
pub(crate) type CompVars = HashMap<Symbol, (Var, bool)>;

/// A set of temporaries, for what is certainly written.
pub(crate) type RegSet = [u64; 4];

pub(crate) struct Unit<'a> {
    pub(crate) scope: ScopeId,
    pub(crate) name: Symbol,
    pub(crate) qualname: String,
    pub(crate) first_line: u32,
    pub(crate) private: Option<Symbol>,
    /// The only names to mangle, in the scope of a generic class's type parameters.
    pub(crate) mangled: Option<Vec<Symbol>>,
    pub(crate) ins: Vec<Ins>,
    /// Instruction index of each label.
    pub(crate) labels: Vec<u32>,
    pub(crate) protected: Vec<Protected>,
    pub(crate) regions: Vec<Region>,
    pub(crate) blocks: Vec<Block<'a>>,
    /// Names and kinds of the named registers.
    pub(crate) locals: Vec<(Symbol, LocalKind)>,
    pub(crate) vars: HashMap<Symbol, Var>,
    /// Free variables in the order of the closure.
    pub(crate) free: Vec<Symbol>,
    /// Registers of the variables of inlined comprehensions, by name, nesting and whether a cell.
    pub(crate) comp_vars: HashMap<(Symbol, u32, bool), Var>,
    /// Inlined comprehensions being compiled: scope and variables.
    pub(crate) overlays: Vec<(ScopeId, CompVars)>,
    pub(crate) parameter_count: u32,
    /// How the parameters divide: positional, of these positional-only, keyword-only.
    pub(crate) positional: u32,
    pub(crate) positional_only: u32,
    pub(crate) keyword_only: u32,
    pub(crate) first_temp: Reg,
    pub(crate) next: Reg,
    /// Temporaries from here on belong to the expression being compiled.
    pub(crate) expr_base: Reg,
    pub(crate) max_reg: Reg,
    /// The register of the list of far variables' cells, if there are any.
    pub(crate) far_list: Reg,
    pub(crate) far_count: u32,
    /// How many parameters, the last ones, are far.
    pub(crate) far_params: u32,
    /// Far free variables: number among the far ones, number in the closure.
    pub(crate) far_free: Vec<(u32, u32)>,
    pub(crate) written: RegSet,
    pub(crate) overflow: bool,
    /// Where blocks were nested too deeply.
    pub(crate) too_deep: Option<Span>,
    pub(crate) consts: Vec<Const>,
    pub(crate) const_index: HashMap<Vec<u8>, u32>,
    pub(crate) names: Vec<Symbol>,
    pub(crate) name_index: HashMap<Symbol, u32>,
    pub(crate) sites: Vec<u32>,
    pub(crate) span: Span,
    /// Plain locals known to be bound here, since the last label.
    pub(crate) known_bound: Vec<Reg>,
    pub(crate) static_attributes: Vec<Symbol>,
    pub(crate) annotation_index: HashMap<usize, u32>,
    pub(crate) has_walrus: bool,
}

impl Unit<'_> {
    pub(crate) fn push(&mut self, ins: Ins) {
        if ins.a as u32 >= self.first_temp {
            self.written[(ins.a >> 6) as usize] |= 1 << (ins.a & 63);
        }
        self.ins.push(ins);
    }

    pub(crate) fn reg(&mut self, r: Reg) -> u8 {
        if r > 255 {
            self.overflow = true;
            return 255;
        }
        r as u8
    }

    pub(crate) fn emit(&mut self, op: Op, a: Reg, b: Reg, c: Reg) {
        let (a, b, c) = (self.reg(a), self.reg(b), self.reg(c));
        self.push(Ins { a, b, c, ..Ins::new(op, self.span) });
    }
    pub(crate) fn emit_extra(&mut self, op: Op, a: Reg, b: Reg, c: Reg, extra: u32) {
        let (a, b, c) = (self.reg(a), self.reg(b), self.reg(c));
        self.push(Ins { a, b, c, extra, ..Ins::new(op, self.span) });
    }
    /// An instruction with a 16-bit operand.
    pub(crate) fn emit16(&mut self, op: Op, a: Reg, u: u16) {
        let a = self.reg(a);
        self.push(Ins { a, b: u as u8, c: (u >> 8) as u8, ..Ins::new(op, self.span) });
    }
    pub(crate) fn jump(&mut self, label: Label) {
        self.push(Ins { label, ..Ins::new(Op::Jump, self.span) });
    }
    /// A jump with up to three 8-bit operands.
    pub(crate) fn branch(&mut self, op: Op, a: Reg, b: u32, c: u32, label: Label) {
        let (a, b, c) = (self.reg(a), self.reg(b), self.reg(c));
        self.push(Ins { a, b, c, label, ..Ins::new(op, self.span) });
    }
    pub(crate) fn mov(&mut self, to: Reg, from: Reg) {
        if to != from {
            self.emit(Op::Move, to, from, 0);
        }
    }

    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }
    pub(crate) fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.ins.len() as u32;
        self.known_bound.clear();
    }

    /// The next temporary.
    pub(crate) fn temp(&mut self) -> Reg {
        self.temps(1)
    }
    /// The next `n` temporaries.
    pub(crate) fn temps(&mut self, n: u32) -> Reg {
        let r = self.next;
        self.next += n;
        self.max_reg = self.max_reg.max(self.next);
        for i in r..self.next.min(256) {
            self.written[(i >> 6) as usize] &= !(1 << (i & 63));
        }
        r
    }
    pub(crate) fn is_temp(&self, r: Reg) -> bool {
        r >= self.first_temp
    }
    pub(crate) fn is_written(&self, r: Reg) -> bool {
        r < 256 && self.written[(r >> 6) as usize] & 1 << (r & 63) != 0
    }
    pub(crate) fn mark_written(&mut self, r: Reg) {
        if r < 256 {
            self.written[(r >> 6) as usize] |= 1 << (r & 63);
        }
    }

    /// Opens a protected range.
    pub(crate) fn protect(&mut self, target: Label, register: Reg) {
        let start = Some(self.ins.len() as u32);
        self.regions.push(Region { start, target, register });
        // What a handler may see must not be taken for bound on the strength of code outside.
    }
    /// Closes the innermost protected range.
    pub(crate) fn unprotect(&mut self) {
        self.suspend(self.regions.len() as u32 - 1);
        self.regions.pop();
    }
    /// Interrupts all open ranges from number `from` on (code follows that belongs outside of them).
    pub(crate) fn suspend(&mut self, from: u32) -> Vec<bool> {
        let end = self.ins.len() as u32;
        let mut open = Vec::new();
        for depth in from as usize..self.regions.len() {
            let region = &mut self.regions[depth];
            let start = region.start.take();
            open.push(start.is_some());
            if let Some(start) = start.filter(|&start| start < end) {
                let (target, register) = (region.target, region.register);
                self.protected.push(Protected {
                    start,
                    end,
                    target,
                    register,
                    depth: depth as u32,
                });
            }
        }
        open
    }
    /// Takes up the ranges that `suspend` interrupted.
    pub(crate) fn resume(&mut self, from: u32, open: &[bool]) {
        let here = self.ins.len() as u32;
        for (i, open) in open.iter().enumerate() {
            if *open {
                self.regions[from as usize + i].start = Some(here);
            }
        }
    }
}
