//! The pattern as a tree, between the code words and the matcher's instructions.
//!
//! Sequences live in one arena and are named by index; a sequence's parts always have smaller
//! indices than itself, so nothing here needs recursion, however deep a pattern nests.
//! Every finished sequence knows three things that the emitter asks for: `min`, the least number of
//! characters it can consume; `first`, the symbols it can start with; and `open`, whether it can let
//! the next symbol through to what follows (then the follower's first set has to be added).

use crate::class::{Classes, Fold, Single};
use crate::first::First;
use crate::opcodes::{MAXREPEAT, at};

/// Index of a sequence in [`Tree::seqs`].
pub(crate) type SeqId = usize;

/// How a repeat chooses the number of rounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Greed {
    /// As many as possible, giving back.
    Greedy,
    /// As few as possible, taking more.
    Lazy,
    /// As many as possible, for good.
    Possessive,
}

/// One part of a sequence.
pub(crate) enum Node {
    Single(Single),
    At(u32),
    Mark(u32),
    Fail,
    GroupRef { group: u32, fold: Fold },
    Branch(Vec<SeqId>),
    Repeat { greed: Greed, min: u32, max: u32, body: SeqId },
    Atomic(SeqId),
    Assert { negate: bool, back: u32, body: SeqId },
    Cond { group: u32, yes: SeqId, no: SeqId },
}

/// A finished sequence of nodes.
pub(crate) struct Seq {
    pub(crate) nodes: Vec<Node>,
    pub(crate) min: u64,
    pub(crate) first: First,
    pub(crate) open: bool,
}

/// The characters of a fixed body, and its marks with their offsets.
pub(crate) type FixedBody = (Vec<Single>, Vec<(u32, usize)>);

/// All sequences of a pattern.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) seqs: Vec<Seq>,
    pub(crate) classes: Classes,
    /// The pattern has a back reference or a condition: what follows depends on the groups.
    pub(crate) refers: bool,
}

impl Tree {
    /// Closes a sequence and computes what is known about it.
    pub(crate) fn close(&mut self, nodes: Vec<Node>) -> SeqId {
        let mut seq = Seq { min: 0, first: First::none(), open: true, nodes };
        for node in &seq.nodes {
            seq.min = seq.min.saturating_add(self.min(node));
            if seq.open {
                let (first, open) = self.first(node);
                seq.first.join(&first);
                seq.open = open;
            }
        }
        self.seqs.push(seq);
        self.seqs.len() - 1
    }

    /// The least number of characters that the node consumes.
    fn min(&self, node: &Node) -> u64 {
        match node {
            Node::Single(_) => 1,
            Node::At(_) | Node::Mark(_) | Node::Fail | Node::GroupRef { .. } => 0,
            Node::Assert { .. } => 0,
            Node::Branch(ways) => ways.iter().map(|&way| self.seqs[way].min).min().unwrap_or(0),
            Node::Repeat { min, body, .. } => self.seqs[*body].min.saturating_mul(u64::from(*min)),
            Node::Atomic(body) => self.seqs[*body].min,
            Node::Cond { yes, no, .. } => self.seqs[*yes].min.min(self.seqs[*no].min),
        }
    }

    /// The symbols that the node can start with, and whether it is open.
    fn first(&self, node: &Node) -> (First, bool) {
        let of = |id: SeqId| (self.seqs[id].first.clone(), self.seqs[id].open);
        match node {
            Node::Single(single) => (First::of(*single, &self.classes.list), false),
            Node::At(at::END | at::END_LINE) => (First::end(true), false),
            Node::At(at::END_STRING) => (First::end(false), false),
            Node::At(_) | Node::Mark(_) => (First::none(), true),
            Node::Fail => (First::none(), false),
            Node::GroupRef { .. } => (First::full(), false),
            Node::Branch(ways) => {
                let mut all = (First::none(), false);
                for &way in ways {
                    all.0.join(&self.seqs[way].first);
                    all.1 |= self.seqs[way].open;
                }
                all
            }
            Node::Repeat { max: 0, .. } => (First::none(), true),
            Node::Repeat { min, body, .. } => {
                let (first, open) = of(*body);
                (first, open || *min == 0)
            }
            Node::Atomic(body) => of(*body),
            // What a positive lookahead wants to see is what comes next.
            Node::Assert { negate: false, back: 0, body } => of(*body),
            Node::Assert { .. } => (First::none(), true),
            Node::Cond { yes, no, .. } => {
                let (mut first, open) = of(*yes);
                first.join(&self.seqs[*no].first);
                (first, open || self.seqs[*no].open)
            }
        }
    }

    /// The one instruction that the sequence consists of, if it is a single character.
    pub(crate) fn as_single(&self, id: SeqId) -> Option<Single> {
        match self.seqs[id].nodes.as_slice() {
            [Node::Single(single)] => Some(*single),
            _ => None,
        }
    }

    /// The characters and marks (with their offsets) of a sequence that has nothing else and at
    /// least one character: a body whose every round is alike.
    pub(crate) fn as_fixed(&self, id: SeqId) -> Option<FixedBody> {
        let (mut singles, mut marks) = (Vec::new(), Vec::new());
        for node in &self.seqs[id].nodes {
            match node {
                Node::Single(single) => singles.push(*single),
                Node::Mark(mark) => marks.push((*mark, singles.len())),
                _ => return None,
            }
        }
        (!singles.is_empty()).then_some((singles, marks))
    }
}

/// Whether the repeat has no upper limit.
pub(crate) fn unlimited(max: u32) -> bool {
    max == MAXREPEAT
}
