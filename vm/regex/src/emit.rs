//! Tree to instructions, from the end of the pattern to its start.
//!
//! Working backwards, whatever follows a part is known when the part is emitted: its entry and its
//! first set. That is what decides between the forms of a loop:
//!
//! * one character repeated: a run; final when what follows cannot start with that character (then
//!   giving back never helps, for at every shorter length the next character is of the run);
//! * a fixed sequence of characters and marks, greedy: the same with a stride;
//! * a body that cannot be empty, from 0, 1 or without limit: a branch that leads back, no counter;
//! * the rest: a counter slot with the position of the last round, as `_sre` keeps it.
//!
//! A part that ends in SUCCESS of its own (look around, atomic) is followed by the full set: what
//! comes behind must not influence a choice that is final before it is reached.
//! No recursion: [`Frame`] is one sequence in the making.

mod repeats;

use crate::branch::{self, Draft, WAYS};
use crate::class::Single;
use crate::first::First;
use crate::program::{Assert, Inst, Look, Pc, Program};
use crate::search::Plan;
use crate::tree::{Node, SeqId, Tree};
use std::sync::Arc;

/// A sequence whose nodes from `left` on are emitted; `here` is their entry.
struct Frame {
    seq: SeqId,
    left: usize,
    here: Pc,
    /// Entries of the bodies of the node in work, in the order they were asked for.
    done: Vec<Pc>,
    /// What was allotted to the node in work before its body: table index, instruction.
    reserved: (u32, Pc),
}

struct Emitter<'t, 'p> {
    tree: &'t Tree,
    program: &'p mut Program,
    /// The first set of each instruction.
    firsts: Vec<Arc<First>>,
    full: Arc<First>,
    drafts: Vec<Draft>,
}

/// Fills the program from the tree.
pub(crate) fn emit(tree: Tree, root: SeqId, program: &mut Program) {
    let full = Arc::new(First::full());
    let (firsts, drafts) = (Vec::new(), Vec::new());
    let mut emitter = Emitter { tree: &tree, program, firsts, full, drafts };
    let full = emitter.full.clone();
    let success = emitter.push(Inst::Success, full);
    let entry = emitter.sequence(root, success);
    let Emitter { firsts, drafts, program, .. } = emitter;
    let first = firsts[entry as usize].clone();
    program.branches = branch::finish(&drafts, &program.insts, &firsts);
    program.entry = entry;
    program.min_width = usize::try_from(tree.seqs[root].min).unwrap_or(usize::MAX);
    program.classes = tree.classes.list;
    program.plan = Plan::new(program, &first, tree.refers);
}

impl Emitter<'_, '_> {
    fn push(&mut self, inst: Inst, first: Arc<First>) -> Pc {
        self.program.insts.push(inst);
        self.firsts.push(first);
        (self.program.insts.len() - 1) as Pc
    }

    fn first(&self, pc: Pc) -> Arc<First> {
        self.firsts[pc as usize].clone()
    }

    /// The first set of a sequence that is followed by `next`.
    fn first_of(&self, seq: SeqId, next: Pc) -> First {
        let seq = &self.tree.seqs[seq];
        let mut first = seq.first.clone();
        if seq.open {
            first.join(&self.firsts[next as usize]);
        }
        first
    }

    /// Emits a sequence with everything inside; the result is its entry.
    fn sequence(&mut self, root: SeqId, next: Pc) -> Pc {
        let mut stack = vec![self.frame(root, next)];
        loop {
            let Some(frame) = stack.last_mut() else { return next };
            if frame.left == 0 {
                let entry = frame.here;
                stack.pop();
                match stack.last_mut() {
                    Some(parent) => parent.done.push(entry),
                    None => return entry,
                }
                continue;
            }
            if let Some((seq, next)) = self.node(frame) {
                let inner = self.frame(seq, next);
                stack.push(inner);
            }
        }
    }

    fn frame(&self, seq: SeqId, next: Pc) -> Frame {
        let left = self.tree.seqs[seq].nodes.len();
        Frame { seq, left, here: next, done: Vec::new(), reserved: (0, 0) }
    }

    /// Works on the last node left of a frame. Either it is emitted, or the result is a body that
    /// has to be emitted first, with what follows it.
    fn node(&mut self, frame: &mut Frame) -> Option<(SeqId, Pc)> {
        let next = frame.here;
        let tree = self.tree;
        let entry = match &tree.seqs[frame.seq].nodes[frame.left - 1] {
            Node::Single(_) => self.singles(frame),
            Node::At(code) => {
                let first = self.first_at(*code, next);
                self.push(Inst::At { code: *code, next }, first)
            }
            Node::Mark(mark) => {
                let inst = Inst::Mark { mark: *mark, next };
                let first = self.first(next);
                self.push(inst, first)
            }
            Node::Fail => self.push(Inst::Fail, Arc::new(First::none())),
            Node::GroupRef { group, fold } => {
                let inst = Inst::GroupRef { group: *group, fold: *fold, next };
                let full = self.full.clone();
                self.push(inst, full)
            }
            Node::Branch(ways) => {
                if let Some(&way) = ways.get(frame.done.len()) {
                    return Some((way, next));
                }
                let ways = std::mem::take(&mut frame.done);
                self.branch(&ways)
            }
            Node::Cond { group, yes, no } => match *frame.done.as_slice() {
                [] => return Some((*yes, next)),
                [_] => return Some((*no, next)),
                [yes, no, ..] => {
                    let inst = Inst::Cond { group: *group, yes, no };
                    let mut first = (*self.first(yes)).clone();
                    first.join(&self.firsts[no as usize]);
                    self.push(inst, Arc::new(first))
                }
            },
            Node::Atomic(body) => match frame.done.pop() {
                None => {
                    let body = *body;
                    let full = self.full.clone();
                    return Some((body, self.push(Inst::AtomicEnd { next }, full)));
                }
                Some(entry) => {
                    let first = Arc::new(self.first_of(*body, next));
                    self.push(Inst::AtomicBegin { next: entry }, first)
                }
            },
            Node::Assert { negate, back, body } => {
                let (negate, back, body) = (*negate, *back as usize, *body);
                match self.assert(frame, negate, back, body) {
                    Ok(entry) => entry,
                    Err(ask) => return Some(ask),
                }
            }
            Node::Repeat { greed, min, max, body } => {
                let (greed, min, max, body) = (*greed, *min, *max, *body);
                match self.repeat(frame, greed, min, max, body) {
                    Ok(entry) => entry,
                    Err(ask) => return Some(ask),
                }
            }
        };
        frame.done.clear();
        frame.here = entry;
        frame.left -= 1;
        None
    }

    fn first_at(&self, code: u32, next: Pc) -> Arc<First> {
        use crate::opcodes::at;
        match code {
            at::END | at::END_LINE => Arc::new(First::end(true)),
            at::END_STRING => Arc::new(First::end(false)),
            _ => self.first(next),
        }
    }

    /// One character, or the string of literals that ends with it.
    fn singles(&mut self, frame: &mut Frame) -> Pc {
        let next = frame.here;
        let nodes = &self.tree.seqs[frame.seq].nodes[..frame.left];
        let literal = |node: &Node| match node {
            Node::Single(Single::Lit(ch)) => Some(*ch),
            _ => None,
        };
        let text: Vec<u32> = nodes.iter().rev().map_while(literal).collect();
        if text.len() >= 2 {
            let start = self.program.strings.len() as u32;
            let len = text.len() as u32;
            // `node` takes the last one off itself.
            frame.left -= text.len() - 1;
            self.program.strings.extend(text.iter().rev());
            let ch = self.program.strings[start as usize];
            let first = Arc::new(First::of(Single::Lit(ch), &[]));
            return self.push(Inst::Str { start, len, next }, first);
        }
        let Some(Node::Single(single)) = nodes.last() else { return next };
        let single = *single;
        let inst = match single {
            Single::Any => Inst::Any { next },
            Single::AnyAll => Inst::AnyAll { next },
            Single::Lit(ch) => Inst::Lit { ch, next },
            Single::NotLit(ch) => Inst::NotLit { ch, next },
            Single::Class(id) => Inst::Class { id, next },
        };
        let first = Arc::new(First::of(single, &self.tree.classes.list));
        self.push(inst, first)
    }

    /// A branch over any number of ways (chained when there are more than fit).
    fn branch(&mut self, ways: &[Pc]) -> Pc {
        if let [way] = ways {
            return *way;
        }
        let mut rest = ways.to_vec();
        while rest.len() > WAYS {
            let tail = rest.split_off(rest.len() - WAYS);
            let tail = self.small_branch(tail);
            rest.push(tail);
        }
        self.small_branch(rest)
    }

    fn small_branch(&mut self, ways: Vec<Pc>) -> Pc {
        let id = self.drafts.len() as u32;
        let mut first = First::none();
        for &way in &ways {
            first.join(&self.firsts[way as usize]);
        }
        let own = self.push(Inst::Branch { id }, Arc::new(first));
        self.drafts.push(Draft { ways, own });
        own
    }

    fn assert(
        &mut self,
        frame: &mut Frame,
        negate: bool,
        back: usize,
        body: SeqId,
    ) -> Result<Pc, (SeqId, Pc)> {
        let next = frame.here;
        if let Some(single) = self.tree.as_single(body).filter(|_| back <= 1) {
            let id = self.program.looks.len() as u32;
            self.program.looks.push(Look { negate, back, single, next });
            let first = if back == 0 && !negate {
                Arc::new(First::of(single, &self.tree.classes.list))
            } else {
                self.first(next)
            };
            return Ok(self.push(Inst::Look { id }, first));
        }
        match frame.done.pop() {
            None => {
                let id = self.program.asserts.len() as u32;
                self.program.asserts.push(Assert { negate, back, body: 0, next });
                let full = self.full.clone();
                let end = self.push(Inst::AssertEnd { id }, full);
                frame.reserved = (id, end);
                Err((body, end))
            }
            Some(entry) => {
                let id = frame.reserved.0;
                self.program.asserts[id as usize].body = entry;
                let first = if back == 0 && !negate {
                    Arc::new(self.first_of(body, next))
                } else {
                    self.first(next)
                };
                Ok(self.push(Inst::AssertBegin { id }, first))
            }
        }
    }
}
