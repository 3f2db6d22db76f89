//! What a trace is handed when it begins: its *contract*.
//!
//! Input 0 is the base of the frame; each input after it is a register in the form that the trace wants it in. The
//! interpreter and other traces' links hand over the same inputs, so code never tests what a contract says. A place
//! has a few traces that differ in their contracts (its *versions*); whoever arrives takes the first that fits.

use super::Jit;
use super::numbers::exact_float;
use super::recorder::{Recorder, Rep, value_at};
use crate::interp::S;
use pyrs_heap::Value;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::Ty;
use std::rc::Rc;

/// The form of a register.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// A value word: fits everything.
    Tagged,
    /// An int of a machine word.
    Int,
    Float,
}

impl Form {
    /// The form that suits a value best.
    pub(super) fn of(v: Value) -> Form {
        if v.is_int() {
            Form::Int
        } else if exact_float(v).is_some_and(|x| !x.is_nan()) {
            Form::Float
        } else {
            Form::Tagged
        }
    }
    pub(super) fn ty(self) -> Ty {
        match self {
            Form::Tagged => Ty::R,
            Form::Int => Ty::W,
            Form::Float => Ty::F,
        }
    }
    pub(super) fn rep(self, r: Ref) -> Rep {
        match self {
            Form::Tagged => Rep::Tagged(r),
            Form::Int => Rep::Int(r),
            Form::Float => Rep::Float(r),
        }
    }
    fn fits(self, v: Value) -> bool {
        self == Form::Tagged || self == Form::of(v)
    }
    /// The bits of a value that fits.
    fn bits(self, v: Value) -> u64 {
        match self {
            Form::Tagged => v.bits() as u64,
            Form::Int => v.as_int().unwrap_or(0) as u64,
            Form::Float => exact_float(v).unwrap_or(0.0).to_bits(),
        }
    }
}

/// One register of a contract.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Handed {
    /// From the base, in words.
    pub offset: usize,
    pub form: Form,
    /// The trace reads the input. Where it does not, anything may be handed.
    pub used: bool,
    /// Memory must have the value, too: exits of the trace do not write it.
    pub in_memory: bool,
}

pub(super) type Contract = Rc<[Handed]>;

/// Whether the registers of the frame at `base` fit.
///
/// The frame is one that the trace's place belongs to.
pub(super) fn fits(contract: &[Handed], base: *mut Value) -> bool {
    contract.iter().all(|h| !h.used || h.form.fits(value_at(base, h.offset)))
}

/// The inputs of a trace for the frame at `base`, whose registers fit.
pub(super) fn inputs(contract: &[Handed], base: *mut Value, out: &mut Vec<u64>) {
    out.push(base as usize as u64);
    out.extend(
        contract.iter().map(|h| if h.used { h.form.bits(value_at(base, h.offset)) } else { 0 }),
    );
}

impl Jit {
    pub(super) fn contract(&self, trace: usize) -> Contract {
        self.traces.borrow()[trace].contract.clone()
    }
    /// Whether there is a trace that begins at `pc`.
    pub(super) fn is_head(&self, pc: *const u32) -> bool {
        self.sites.borrow().get(&(pc as usize)).is_some_and(|s| !s.traces.is_empty())
    }
    /// The trace for the state at hand.
    pub(super) fn version(&self, s: S) -> Option<usize> {
        if self.stale.get() {
            return None;
        }
        let sites = self.sites.borrow();
        let traces = self.traces.borrow();
        let fitting = |t: &&usize| fits(&traces[**t].contract, s.base);
        sites.get(&(s.pc as usize))?.traces.iter().find(fitting).copied()
    }
    /// The registers that a new version of a place takes in any form: of the last but one, those in which the versions
    /// differ from the state at hand and those that are not read from there on; of the last, all.
    pub(super) fn generalised(&self, s: S) -> Vec<usize> {
        let sites = self.sites.borrow();
        let Some(site) = sites.get(&(s.pc as usize)) else { return Vec::new() };
        let (count, have) = (s.above(), site.traces.len());
        if have >= super::MAX_VERSIONS {
            return (0..count).collect();
        }
        if have + 1 < super::MAX_VERSIONS {
            return Vec::new();
        }
        let live = self.liveness(s.code());
        let word = s.word_in(s.code());
        let dead = |n: usize| match (&live, word) {
            (Some(live), Some(word)) => !live.is_live(word, n as u32),
            _ => false,
        };
        let traces = self.traces.borrow();
        let handed = site.traces.iter().flat_map(|&t| traces[t].contract.iter());
        let contested: Vec<usize> =
            handed.filter(|h| !h.form.fits(value_at(s.base, h.offset))).map(|h| h.offset).collect();
        (0..count).filter(|&n| dead(n) || contested.contains(&n)).collect()
    }
}

impl Recorder<'_> {
    /// A register in the form that another trace wants it in; none if it has another one now.
    pub(super) fn in_form(&mut self, form: Form, rep: Rep, v: Value) -> Option<Ref> {
        match form {
            Form::Int => self.narrow_int(rep, v),
            Form::Float => self.narrow_float(rep, v),
            Form::Tagged => Some(self.boxed(rep, v)),
        }
    }
    /// What is handed where nothing is read.
    pub(super) fn nothing(&mut self, form: Form) -> Ref {
        self.b.trace.constant(form.ty(), 0)
    }
}
