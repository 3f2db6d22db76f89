//! Code words to tree: complete validation, without recursion.
//!
//! Every instruction is read at its own place (never by looking back from an end), every skip must
//! point at exactly the instruction that the compiler would have put there, inside the enclosing
//! region; anything else is [`BadCode`]. After this nothing of the code words is used again.
//! A *region* is the body of an instruction that encloses others.

mod operands;

use crate::chars::Locale;
use crate::class::{Class, Fold, Item, Single};
use crate::opcodes::{self, MAXGROUPS, category, op};
use crate::tree::{Greed, Node, SeqId, Tree};
use std::fmt;

/// The code list is not one that `re._compiler` can produce.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadCode {
    /// Index of the offending code word.
    pub at: usize,
}

impl fmt::Display for BadCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid SRE code")
    }
}

impl std::error::Error for BadCode {}

/// What to do when a region is complete.
enum Kind {
    Root,
    Repeat {
        greed: Greed,
        min: u32,
        max: u32,
        one: bool,
    },
    Atomic,
    Assert {
        negate: bool,
        back: u32,
    },
    /// `end` of the region is the JUMP at the end of this alternative.
    Way {
        ways: Vec<SeqId>,
        join: Option<usize>,
    },
    CondYes {
        group: u32,
    },
    CondNo {
        group: u32,
        yes: SeqId,
    },
}

/// An open region: its end (exclusive), where reading goes on behind it, and its nodes so far.
struct Region {
    kind: Kind,
    end: usize,
    resume: usize,
    nodes: Vec<Node>,
}

/// Reads a code list. The result is the tree and its outermost sequence.
pub(crate) fn parse(code: &[u32], groups: usize, at: &Locale) -> Result<(Tree, SeqId), BadCode> {
    if groups > MAXGROUPS {
        return Err(BadCode { at: 0 });
    }
    let mut parser = Parser { code, groups, locale: at, tree: Tree::default(), open: Vec::new() };
    parser.run()
}

struct Parser<'a> {
    code: &'a [u32],
    groups: usize,
    locale: &'a Locale,
    tree: Tree,
    open: Vec<Region>,
}

type Parsed<T> = Result<T, BadCode>;

impl Parser<'_> {
    fn run(&mut self) -> Parsed<(Tree, SeqId)> {
        let end = self.code.len();
        let start = self.info()?;
        if end == start || self.code[end - 1] != op::SUCCESS {
            return Err(BadCode { at: end });
        }
        self.enter(Kind::Root, end - 1, end);
        let mut pc = start;
        loop {
            let Some(region) = self.open.last() else { return Err(BadCode { at: pc }) };
            if pc < region.end {
                pc = self.instruction(pc)?;
            } else if pc > region.end {
                return Err(BadCode { at: pc });
            } else if let Some(region) = self.open.pop() {
                if matches!(region.kind, Kind::Root) {
                    let root = self.tree.close(region.nodes);
                    return Ok((std::mem::take(&mut self.tree), root));
                }
                pc = self.leave(region)?;
            }
        }
    }

    /// A code word; the compiler's own word list never ends before it.
    fn word(&self, at: usize) -> Parsed<u32> {
        self.code.get(at).copied().ok_or(BadCode { at })
    }

    /// The place a skip word at `at` points to, counted from `base`; not beyond `limit`.
    fn skip(&self, at: usize, base: usize, limit: usize) -> Parsed<usize> {
        let target = base.checked_add(self.word(at)? as usize).ok_or(BadCode { at })?;
        if target > at && target <= limit { Ok(target) } else { Err(BadCode { at }) }
    }

    fn enter(&mut self, kind: Kind, end: usize, resume: usize) {
        self.open.push(Region { kind, end, resume, nodes: Vec::new() });
    }

    /// The end of the innermost region.
    fn limit(&self) -> usize {
        self.open.last().map_or(self.code.len(), |region| region.end)
    }

    fn emit(&mut self, node: Node) {
        if let Some(region) = self.open.last_mut() {
            region.nodes.push(node);
        }
    }

    /// Reads the instruction at `pc`; the result is where to go on.
    fn instruction(&mut self, pc: usize) -> Parsed<usize> {
        let bad = Err(BadCode { at: pc });
        let limit = self.limit();
        match self.word(pc)? {
            op::FAILURE => self.emit(Node::Fail),
            op::ANY => self.emit(Node::Single(Single::Any)),
            op::ANY_ALL => self.emit(Node::Single(Single::AnyAll)),
            op::AT | op::MARK | op::CATEGORY => {
                let arg = self.word(pc + 1)?;
                self.with_argument(pc, arg)?;
                return Ok(pc + 2);
            }
            op::LITERAL
            | op::NOT_LITERAL
            | op::LITERAL_IGNORE
            | op::NOT_LITERAL_IGNORE
            | op::LITERAL_LOC_IGNORE
            | op::NOT_LITERAL_LOC_IGNORE
            | op::LITERAL_UNI_IGNORE
            | op::NOT_LITERAL_UNI_IGNORE => {
                self.literal(self.word(pc)?, self.word(pc + 1)?);
                return Ok(pc + 2);
            }
            op::GROUPREF
            | op::GROUPREF_IGNORE
            | op::GROUPREF_LOC_IGNORE
            | op::GROUPREF_UNI_IGNORE => {
                let group = self.group(pc + 1)?;
                let fold = fold_of(self.word(pc)?);
                self.tree.refers = true;
                self.emit(Node::GroupRef { group, fold });
                return Ok(pc + 2);
            }
            op::IN | op::IN_IGNORE | op::IN_LOC_IGNORE | op::IN_UNI_IGNORE => {
                let target = self.skip(pc + 1, pc + 1, limit)?;
                let items = self.charset(pc + 2, target)?;
                let class = Class::new(fold_of(self.word(pc)?), items, false, self.locale);
                let single = self.tree.classes.single(class);
                self.emit(Node::Single(single));
                return Ok(target);
            }
            op::BRANCH => {
                return self.way(pc + 1, Vec::new(), None);
            }
            op::JUMP => {
                // Only the end of the first half of a condition may be a jump.
                let Some(region) = self.open.pop() else { return bad };
                let Kind::CondYes { group } = region.kind else { return bad };
                if pc + 2 != region.end {
                    return bad;
                }
                let target = self.skip(pc + 1, pc + 1, self.limit())?;
                let yes = self.tree.close(region.nodes);
                self.enter(Kind::CondNo { group, yes }, target, target);
                return Ok(pc + 2);
            }
            op::GROUPREF_EXISTS => {
                let group = self.group(pc + 1)?;
                let target = self.skip(pc + 2, pc + 1, limit)?;
                self.tree.refers = true;
                self.enter(Kind::CondYes { group }, target, target);
                return Ok(pc + 3);
            }
            _ => return self.enclosing(pc, limit),
        }
        Ok(pc + 1)
    }

    /// The instructions with a body and an own end mark.
    fn enclosing(&mut self, pc: usize, limit: usize) -> Parsed<usize> {
        let code = self.word(pc)?;
        let (kind, start) = match code {
            op::ATOMIC_GROUP => (Kind::Atomic, pc + 2),
            op::ASSERT | op::ASSERT_NOT => {
                let back = self.word(pc + 2)?;
                (Kind::Assert { negate: code == op::ASSERT_NOT, back }, pc + 3)
            }
            op::REPEAT
            | op::REPEAT_ONE
            | op::MIN_REPEAT_ONE
            | op::POSSESSIVE_REPEAT
            | op::POSSESSIVE_REPEAT_ONE => {
                let (min, max) = (self.word(pc + 2)?, self.word(pc + 3)?);
                if min > max {
                    return Err(BadCode { at: pc + 2 });
                }
                let greed = match code {
                    op::MIN_REPEAT_ONE => Greed::Lazy,
                    op::POSSESSIVE_REPEAT | op::POSSESSIVE_REPEAT_ONE => Greed::Possessive,
                    _ => Greed::Greedy,
                };
                let one = !matches!(code, op::REPEAT | op::POSSESSIVE_REPEAT);
                (Kind::Repeat { greed, min, max, one }, pc + 4)
            }
            _ => return Err(BadCode { at: pc }),
        };
        let target = self.skip(pc + 1, pc + 1, limit)?;
        // The two-part repeats end with an instruction of their own behind the skip.
        let outside = matches!(code, op::REPEAT | op::POSSESSIVE_REPEAT);
        let (end, resume) = if outside { (target, target + 1) } else { (target - 1, target) };
        if resume > limit || start > end {
            return Err(BadCode { at: pc + 1 });
        }
        let kind = match (kind, self.word(end)?) {
            (kind, op::SUCCESS) if code != op::REPEAT => kind,
            (kind, op::MAX_UNTIL) if code == op::REPEAT => kind,
            (Kind::Repeat { min, max, one, .. }, op::MIN_UNTIL) if code == op::REPEAT => {
                Kind::Repeat { greed: Greed::Lazy, min, max, one }
            }
            _ => return Err(BadCode { at: end }),
        };
        self.enter(kind, end, resume);
        Ok(start)
    }

    /// Starts the alternative whose skip word is at `at`, or ends the branch.
    fn way(&mut self, at: usize, ways: Vec<SeqId>, join: Option<usize>) -> Parsed<usize> {
        let limit = self.limit();
        if at >= limit {
            return Err(BadCode { at });
        }
        if self.word(at)? == 0 {
            if ways.is_empty() || join != Some(at + 1) {
                return Err(BadCode { at });
            }
            self.emit(Node::Branch(ways));
            return Ok(at + 1);
        }
        let target = self.skip(at, at, limit)?;
        let Some(end) = target.checked_sub(2).filter(|&end| end > at) else {
            return Err(BadCode { at });
        };
        self.enter(Kind::Way { ways, join }, end, target);
        Ok(at + 1)
    }

    /// Completes a region whose end has been reached; the result is where to go on.
    fn leave(&mut self, region: Region) -> Parsed<usize> {
        let Region { kind, end, resume, nodes } = region;
        let bad = Err(BadCode { at: end });
        match kind {
            Kind::Root => return bad,
            Kind::Repeat { greed, min, max, one } => {
                let nodes = match nodes.as_slice() {
                    // A repeated empty set: the compiler writes FAILURE for it.
                    [Node::Fail] if one => {
                        vec![Node::Single(self.tree.classes.single(Class::empty()))]
                    }
                    [Node::Single(_)] => nodes,
                    _ if one => return bad,
                    _ => nodes,
                };
                let body = self.tree.close(nodes);
                self.emit(Node::Repeat { greed, min, max, body });
            }
            Kind::Atomic => {
                let body = self.tree.close(nodes);
                self.emit(Node::Atomic(body));
            }
            Kind::Assert { negate, back } => {
                let body = self.tree.close(nodes);
                self.emit(Node::Assert { negate, back, body });
            }
            Kind::Way { mut ways, join } => {
                if self.word(end)? != op::JUMP {
                    return bad;
                }
                let target = self.skip(end + 1, end + 1, self.limit())?;
                if join.is_some_and(|join| join != target) {
                    return bad;
                }
                ways.push(self.tree.close(nodes));
                return self.way(resume, ways, Some(target));
            }
            Kind::CondYes { group } => {
                let yes = self.tree.close(nodes);
                let no = self.tree.close(Vec::new());
                self.emit(Node::Cond { group, yes, no });
            }
            Kind::CondNo { group, yes } => {
                let no = self.tree.close(nodes);
                self.emit(Node::Cond { group, yes, no });
            }
        }
        Ok(resume)
    }

    /// AT, MARK and CATEGORY.
    fn with_argument(&mut self, pc: usize, arg: u32) -> Parsed<()> {
        let node = match self.word(pc)? {
            op::AT if arg <= opcodes::at::UNI_NON_BOUNDARY => Node::At(arg),
            op::MARK if (arg as usize) < 2 * self.groups => Node::Mark(arg),
            op::CATEGORY if arg < category::COUNT => {
                let items = vec![Item::Category(arg)];
                let class = Class::new(Fold::None, items, false, self.locale);
                Node::Single(self.tree.classes.single(class))
            }
            _ => return Err(BadCode { at: pc + 1 }),
        };
        self.emit(node);
        Ok(())
    }

    /// The literals, case-insensitive and negated ones too.
    fn literal(&mut self, code: u32, ch: u32) {
        let complement = matches!(
            code,
            op::NOT_LITERAL
                | op::NOT_LITERAL_IGNORE
                | op::NOT_LITERAL_LOC_IGNORE
                | op::NOT_LITERAL_UNI_IGNORE
        );
        let fold = match fold_of(code) {
            Fold::Locale => Fold::LocaleLiteral,
            fold => fold,
        };
        let single = match (fold, complement) {
            (Fold::None, false) => Single::Lit(ch),
            (Fold::None, true) => Single::NotLit(ch),
            _ => {
                let class = Class::new(fold, vec![Item::Literal(ch)], complement, self.locale);
                self.tree.classes.single(class)
            }
        };
        self.emit(Node::Single(single));
    }

    fn group(&self, at: usize) -> Parsed<u32> {
        let group = self.word(at)?;
        if (group as usize) < self.groups { Ok(group) } else { Err(BadCode { at }) }
    }
}

/// The case folding that an opcode asks for.
fn fold_of(code: u32) -> Fold {
    match code {
        op::GROUPREF_IGNORE | op::IN_IGNORE | op::LITERAL_IGNORE | op::NOT_LITERAL_IGNORE => {
            Fold::Ascii
        }
        op::GROUPREF_LOC_IGNORE
        | op::IN_LOC_IGNORE
        | op::LITERAL_LOC_IGNORE
        | op::NOT_LITERAL_LOC_IGNORE => Fold::Locale,
        op::GROUPREF_UNI_IGNORE
        | op::IN_UNI_IGNORE
        | op::LITERAL_UNI_IGNORE
        | op::NOT_LITERAL_UNI_IGNORE => Fold::Unicode,
        _ => Fold::None,
    }
}
