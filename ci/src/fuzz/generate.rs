//! Random programs from the grammar's templates, as trees of statements that can be thinned out.
//!
//! Programs are valid, end (loops and functions tick, and the 300th tick stops what is guarded together), and print the same
//! wherever they run: nothing depends on addresses, on the order of sets or on when an object dies.

use super::grammar::{
    BASES, CLASSES, COMPOUND, EXCEPTIONS, EXPRESSIONS, FUNCTIONS, GENERATORS, IN_FUNCTION,
    IN_GENERATOR, IN_LOOP, MEMBERS, NAMES, SIMPLE, VARIABLES,
};
use super::random::Random;

/// What every program begins with.
pub const PRELUDE: &str = include_str!("prelude.py");
/// Holes inside holes.
const DEPTH: usize = 4;

/// A statement: its first line, and the lines below it. Several heads of one compound statement are siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub head: String,
    pub body: Vec<Node>,
}

/// A program's own statements.
pub type Program = Vec<Node>;

/// The text of a program, with its prelude.
pub fn text(program: &[Node]) -> String {
    text_with(PRELUDE, program)
}
/// The text of a program behind another prelude.
pub(super) fn text_with(prelude: &str, program: &[Node]) -> String {
    let mut out = prelude.to_string();
    for node in program {
        render(node, 0, &mut out);
    }
    out
}
fn render(node: &Node, depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("    ");
    }
    out.push_str(&node.head);
    out.push('\n');
    if node.head.ends_with(':') && node.body.is_empty() {
        render(&leaf("pass".to_string()), depth + 1, out);
    }
    node.body.iter().for_each(|n| render(n, depth + 1, out));
}
pub(super) fn leaf(head: String) -> Node {
    Node { head, body: Vec::new() }
}

/// The program of a seed.
pub fn program(seed: u64) -> Program {
    let mut g = Generator::new(Random::new(seed), EXPRESSIONS, VARIABLES);
    let n = 8 + g.random.below(20);
    let mut out = Vec::new();
    for i in 0..n {
        let mut body = Vec::new();
        g.statement(&mut body, Place::default(), 3);
        // Each statement has a guard of its own, so that an exception does not end the program.
        let shown = leaf(format!("show({i}, e); TICKS[0] = 0"));
        out.push(Node { head: "try:".to_string(), body });
        let head = "except (Exception, Stop) as e:".to_string();
        out.push(Node { head, body: vec![shown] });
    }
    for kind in VARIABLES {
        for name in kind.1.iter().filter(|_| !"GH".contains(kind.0)) {
            // A deleted one is a NameError, which must not hide the others.
            let lines = ["try:", "except NameError as e:"];
            for (head, what) in lines.iter().zip([*name, "e"]) {
                let body = vec![leaf(format!("show('{name}', {what})"))];
                out.push(Node { head: (*head).to_string(), body });
            }
        }
    }
    out.push(leaf("DONE.append(1)".to_string()));
    out
}

/// Where a statement stands.
#[derive(Clone, Copy, Default)]
struct Place {
    function: bool,
    generator: bool,
    looping: bool,
}

/// Expressions by kind: how many of them are leaves, and the templates.
type Expressions = &'static [(char, usize, &'static [&'static str])];
type Variables = &'static [(char, &'static [&'static str])];

/// Fills templates.
pub(super) struct Generator {
    pub(super) random: Random,
    expressions: Expressions,
    variables: Variables,
    /// Statements made: large programs say less than many small ones.
    size: usize,
}

impl Generator {
    pub(super) fn new(random: Random, expressions: Expressions, variables: Variables) -> Generator {
        Generator { random, expressions, variables, size: 0 }
    }
    fn statement(&mut self, out: &mut Vec<Node>, place: Place, depth: usize) {
        self.size += 1;
        if depth == 0 || self.size > 150 || !self.random.one_in(3) {
            let r = self.random.below(5);
            let table = match r {
                0 if place.looping => IN_LOOP,
                1 if place.generator => IN_GENERATOR,
                2 if place.generator => IN_GENERATOR,
                1 if place.function => IN_FUNCTION,
                _ => SIMPLE,
            };
            let template = *self.random.pick(table);
            return out.push(leaf(self.expand(template, DEPTH)));
        }
        let heads = *self.random.pick(COMPOUND);
        for template in heads {
            let head = self.expand(template, 2);
            let mut body = Vec::new();
            if template.starts_with("class") {
                for _ in 0..1 + self.random.below(5) {
                    let member = *self.random.pick(MEMBERS);
                    body.push(leaf(self.expand(member, 2)));
                }
            } else if template.starts_with("match") {
                self.cases(&mut body, place, depth);
            } else if !template.starts_with('@') {
                self.block(template, &mut body, place, depth);
            }
            out.push(Node { head, body });
        }
    }
    fn cases(&mut self, body: &mut Vec<Node>, place: Place, depth: usize) {
        for _ in 0..1 + self.random.below(3) {
            let guard = if self.random.one_in(3) { " if <C>" } else { "" };
            let head = self.expand(&format!("case <P>{guard}:"), 3);
            let last = head == "case _:";
            let mut inner = Vec::new();
            self.statement(&mut inner, place, depth - 1);
            body.push(Node { head, body: inner });
            if last {
                break;
            }
        }
    }
    fn block(&mut self, head: &str, body: &mut Vec<Node>, place: Place, depth: usize) {
        let mut inner = place;
        let is_loop = head.starts_with("for") || head.starts_with("while");
        inner.looping |= is_loop;
        if head.starts_with("except*") {
            inner = Place::default();
        }
        if head.starts_with("def") {
            inner = Place { function: true, generator: head.contains("<gen>"), looping: false };
            body.push(leaf("tick()".to_string()));
            if !self.random.one_in(4) {
                // Most functions have variables of their own for what they assign.
                body.push(leaf(
                    "i0, s0, l0, d0, o0, g0 = 5, 'loc', [x], {1: x}, Base(x), iter('ab')".into(),
                ));
            }
            if inner.generator {
                body.push(leaf("yield x".to_string()));
            }
        } else if is_loop {
            body.push(leaf("tick()".to_string()));
        }
        for _ in 0..1 + self.random.below(3) {
            self.statement(body, inner, depth - 1);
        }
    }
    /// Fills the holes of a template.
    pub(super) fn expand(&mut self, template: &str, depth: usize) -> String {
        let (mut out, mut rest) = (String::new(), template);
        while let Some(at) = rest.find('<') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let end = from[1..].find(|c: char| !c.is_ascii_alphabetic()).map_or(0, |e| e + 1);
            if end > 1 && from.as_bytes()[end] == b'>' {
                let filled = self.hole(&from[1..end], depth);
                out.push_str(&filled);
                rest = &from[end + 1..];
            } else {
                out.push('<');
                rest = &from[1..];
            }
        }
        out + rest
    }
    fn hole(&mut self, hole: &str, depth: usize) -> String {
        let fixed = match hole {
            "n" => return self.random.below(10).to_string(),
            "q" => NAMES,
            "X" => EXCEPTIONS,
            "fn" => FUNCTIONS,
            "gen" => GENERATORS,
            "K" => CLASSES,
            "base" => BASES,
            "v" => self.random.pick(self.variables).1,
            _ => {
                let kind = hole.chars().last().unwrap_or('A');
                if hole.len() == 2 {
                    self.variables.iter().find(|(k, _)| *k == kind).map_or(NAMES, |(_, v)| v)
                } else {
                    return self.expression(kind, depth);
                }
            }
        };
        self.random.pick(fixed).to_string()
    }
    fn expression(&mut self, kind: char, depth: usize) -> String {
        let Some((_, leaves, all)) = self.expressions.iter().find(|(k, ..)| *k == kind) else {
            return "None".to_string();
        };
        let n = if depth == 0 { *leaves } else { all.len() };
        let template = all[self.random.below(n)];
        self.expand(template, depth.saturating_sub(1))
    }
}
