//! Branches: ordered ways, sieved by the next symbol before any is tried.
//!
//! Every choice between alternatives and every loop without a counter is a [`Branch`]. They are
//! finished together when all instructions exist ([`finish`]), so that a branch which leads straight
//! into another can take over its ways: order of preference is associative.
//! Three things follow from knowing the next character: ways that cannot start with it are left
//! out; a way that starts with a single-character instruction goes on behind it (`after`); and a
//! character whose only way is one instruction that leads back to this branch is a whole round of a
//! loop, so a run of such characters is skipped at once (`spin`).

use crate::first::First;
use crate::program::{Inst, Pc};
use std::sync::Arc;

/// The most ways that one branch takes.
pub(crate) const WAYS: usize = 32;

/// In [`Branch::after`]: the way has to be entered at its start.
pub(crate) const NOT_SINGLE: Pc = Pc::MAX;

/// Up to 32 ways, in order of preference.
pub(crate) struct Branch {
    pub(crate) ways: Vec<Pc>,
    /// Where each way goes on when its first character is known to match.
    pub(crate) after: Vec<Pc>,
    /// Nothing can be sieved out.
    pub(crate) blind: bool,
    /// For each character below 256 an index into `masks`.
    pub(crate) kinds: [u8; 256],
    /// Sets of ways that may succeed, one bit a way.
    pub(crate) masks: Vec<u32>,
    /// The ways that may succeed at the end of the text.
    pub(crate) eof: u32,
    /// One for each way: for the characters above 255.
    pub(crate) firsts: Vec<Arc<First>>,
    /// The characters below 256 that are a round of the loop, if there are any.
    pub(crate) spin: Option<Box<[bool; 256]>>,
}

/// The ways of a branch that is not finished, and the instruction that it belongs to.
pub(crate) struct Draft {
    pub(crate) ways: Vec<Pc>,
    pub(crate) own: Pc,
}

/// Finishes all branches; `firsts` are the first sets of the instructions.
pub(crate) fn finish(drafts: &[Draft], insts: &[Inst], firsts: &[Arc<First>]) -> Vec<Branch> {
    let flat = drafts.iter().map(|draft| {
        let mut ways = Vec::new();
        for (at, &way) in draft.ways.iter().enumerate() {
            let rest = draft.ways.len() - at;
            match insts[way as usize] {
                Inst::Branch { id } if way != draft.own => {
                    let inner = &drafts[id as usize].ways;
                    if ways.len() + inner.len() + rest - 1 <= WAYS {
                        ways.extend(inner);
                        continue;
                    }
                }
                _ => {}
            }
            ways.push(way);
        }
        Branch::new(ways, draft.own, insts, firsts)
    });
    flat.collect()
}

/// What follows a single-character instruction.
fn behind(inst: Inst) -> Option<Pc> {
    match inst {
        Inst::Lit { next, .. }
        | Inst::NotLit { next, .. }
        | Inst::Any { next }
        | Inst::AnyAll { next }
        | Inst::Class { next, .. } => Some(next),
        _ => None,
    }
}

impl Branch {
    /// Works out which ways each symbol leaves.
    fn new(ways: Vec<Pc>, own: Pc, insts: &[Inst], all: &[Arc<First>]) -> Branch {
        let firsts: Vec<Arc<First>> = ways.iter().map(|&way| all[way as usize].clone()).collect();
        let mask_of = |has: &dyn Fn(&First) -> bool| {
            firsts.iter().rev().fold(0u32, |mask, first| mask << 1 | u32::from(has(first)))
        };
        let after: Vec<Pc> =
            ways.iter().map(|&way| behind(insts[way as usize]).unwrap_or(NOT_SINGLE)).collect();
        let (mut kinds, mut masks, mut spin) = ([0; 256], Vec::new(), [false; 256]);
        for (ch, (kind, spin)) in (0u32..).zip(kinds.iter_mut().zip(spin.iter_mut())) {
            let mask = mask_of(&|first| first.has_latin(ch));
            *spin = mask.is_power_of_two() && after[mask.trailing_zeros() as usize] == own;
            let known = masks.iter().position(|&other| other == mask);
            let at = known.unwrap_or_else(|| {
                masks.push(mask);
                masks.len() - 1
            });
            // At most one new mask for each of 256 characters, so this fits.
            *kind = at as u8;
        }
        let blind = firsts.iter().all(|first| first.is_full());
        let spin = spin.contains(&true).then(|| Box::new(spin));
        let eof = mask_of(&First::has_eof);
        Branch { ways, after, blind, kinds, masks, eof, firsts, spin }
    }
}
