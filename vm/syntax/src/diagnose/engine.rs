//! The parser that runs the grammar of `grammar` over the tokens of `lexer`: ordered choice with
//! the memoisation that CPython has, so that it looks at the same tokens in the same order.
//!
//! The outcome of a rule is `Ok(Some(node))`, `Ok(None)` (no match) or `Err` (an error is raised,
//! everything stops). Nodes live in an arena and are named by number.

use super::Request;
use super::lexer::{Kind, Lexer, Token};
use super::notation::{Action, Alternative, Class, Element, NodeKind, Rules, Where, rules};
use crate::error::{ErrorClass, SyntaxError};
use std::collections::HashMap;

/// How deep rules may nest before CPython's parser gives up.
const MAX_DEPTH: u32 = 6000;

/// A node: its kind, the tokens it covers (end exclusive) and its parts.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) parts: Vec<u32>,
}

pub(super) type Outcome = Result<Option<u32>, Box<SyntaxError>>;

/// Up to five named parts of an alternative.
pub(super) type Frame = [Option<u32>; 5];

pub(super) struct Engine<'a> {
    pub(super) request: &'a Request<'a>,
    rules: &'static Rules,
    pub(super) lexer: Lexer<'a>,
    pub(super) tokens: Vec<Token>,
    /// The next token to match.
    pub(super) mark: usize,
    pub(super) nodes: Vec<Node>,
    memo: HashMap<(u32, u32), (Option<u32>, u32)>,
    /// Second pass: rules for mistakes apply.
    pub(super) with_bad: bool,
    depth: u32,
    /// The tokenizer itself has failed.
    pub(super) lexer_failed: bool,
    /// Place of the last complete statement: line and byte column.
    pub(super) last_statement: (u32, u32),
}

impl<'a> Engine<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Self {
        Self {
            request,
            rules: rules(),
            lexer: Lexer::new(request),
            tokens: Vec::new(),
            mark: 0,
            nodes: Vec::new(),
            memo: HashMap::new(),
            with_bad: false,
            depth: 0,
            lexer_failed: false,
            last_statement: (0, 0),
        }
    }

    /// Starts over for the second pass, with the tokens read so far.
    pub(super) fn second_pass(&mut self) {
        self.mark = 0;
        self.memo.clear();
        self.nodes.clear();
        self.depth = 0;
        self.with_bad = true;
    }

    /// Parses the rule called `name`.
    pub(super) fn start(&mut self, name: &str) -> Outcome {
        let rule = self.rules.find(name);
        self.rule(rule)
    }

    /// The token at `mark`, read now if need be.
    pub(super) fn current(&mut self) -> Result<Token, Box<SyntaxError>> {
        if self.mark == self.tokens.len() {
            match self.lexer.next() {
                Ok(token) => self.tokens.push(token),
                Err(error) => {
                    self.lexer_failed = true;
                    return Err(error);
                }
            }
        }
        Ok(self.tokens[self.mark])
    }

    pub(super) fn text(&self, token: Token) -> &'a str {
        self.request.source.get(token.start..token.end).unwrap_or("")
    }

    pub(super) fn node(&self, id: u32) -> &Node {
        &self.nodes[id as usize]
    }

    pub(super) fn add(&mut self, kind: NodeKind, start: usize, parts: Vec<u32>) -> u32 {
        self.nodes.push(Node { kind, start, end: self.mark, parts });
        (self.nodes.len() - 1) as u32
    }

    fn rule(&mut self, index: usize) -> Outcome {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Box::new(SyntaxError::bare(
                ErrorClass::Memory,
                "Parser stack overflowed - Python source too complex to parse",
            )));
        }
        let outcome = if self.depth.is_multiple_of(32) {
            stacker::maybe_grow(256 * 1024, 2 * 1024 * 1024, || self.rule_memoised(index))
        } else {
            self.rule_memoised(index)
        };
        self.depth -= 1;
        outcome
    }

    fn rule_memoised(&mut self, index: usize) -> Outcome {
        let rules = self.rules;
        let Some(rule) = rules.rules.get(index) else { return Ok(None) };
        let key = (index as u32, self.mark as u32);
        if rule.memo
            && let Some((node, end)) = self.memo.get(&key)
        {
            if node.is_some() {
                self.mark = *end as usize;
            }
            return Ok(*node);
        }
        let with_bad = self.with_bad;
        self.with_bad &= !rule.without_bad;
        let start = self.mark;
        let mut outcome = self.alternatives(&rule.alternatives, None, start)?;
        if !rule.tails.is_empty() {
            while let Some(left) = outcome {
                match self.alternatives(&rule.tails, Some(left), start)? {
                    Some(longer) => outcome = Some(longer),
                    None => break,
                }
            }
        }
        self.with_bad = with_bad;
        if rule.memo {
            self.memo.insert(key, (outcome, self.mark as u32));
        }
        Ok(outcome)
    }

    /// The first alternative that matches. `left` is what a left-recursive rule has so far,
    /// `start` the token it began at.
    fn alternatives(
        &mut self,
        alternatives: &'static [Alternative],
        left: Option<u32>,
        start: usize,
    ) -> Outcome {
        let mark = self.mark;
        for alternative in alternatives {
            if !self.with_bad && self.is_bad(alternative) {
                continue;
            }
            let mut committed = false;
            if let Some(node) = self.alternative(alternative, left, start, &mut committed)? {
                return Ok(Some(node));
            }
            self.mark = mark;
            if committed {
                break;
            }
        }
        Ok(None)
    }

    /// Whether an alternative is nothing but a rule for mistakes. (As in CPython, such a rule
    /// among other parts applies in the first pass too.)
    fn is_bad(&self, alternative: &Alternative) -> bool {
        match alternative.items.as_slice() {
            [(None, Element::Rule(rule))] => {
                self.rules.rules.get(*rule).is_some_and(|rule| rule.bad)
            }
            _ => false,
        }
    }

    fn alternative(
        &mut self,
        alternative: &'static Alternative,
        left: Option<u32>,
        start: usize,
        committed: &mut bool,
    ) -> Outcome {
        let mut frame: Frame = [None; 5];
        let mut parts: Vec<u32> = left.into_iter().collect();
        let mut named = false;
        for (name, element) in &alternative.items {
            if matches!(element, Element::Commit) {
                *committed = true;
                continue;
            }
            let Some(node) = self.element(element)? else { return Ok(None) };
            if let Some(slot) = name {
                frame[usize::from(*slot).min(4)] = Some(node);
                named = true;
            }
            if !matches!(element, Element::Ahead(_) | Element::NotAhead(_)) {
                parts.push(node);
            }
        }
        match &alternative.action {
            Action::Default => match parts.as_slice() {
                [only] => Ok(Some(*only)),
                _ => Ok(Some(self.add(NodeKind::Seq, start, parts))),
            },
            Action::Node(kind) => {
                if named {
                    parts = frame.iter().flatten().copied().collect();
                }
                Ok(Some(self.add(*kind, start, parts)))
            }
            Action::Part(slot) => Ok(frame[usize::from(*slot).min(4)]),
            Action::Error(place, message) => Err(self.raise(*place, message, &frame)),
            Action::Call(function, arguments) => {
                let parts_given: Vec<u32> =
                    arguments.iter().filter_map(|slot| frame[usize::from(*slot).min(4)]).collect();
                self.call(function, &parts_given, parts, start)
            }
        }
    }

    fn element(&mut self, element: &'static Element) -> Outcome {
        match element {
            Element::Text(text) => self.match_text(text),
            Element::Class(class) => self.match_class(*class),
            Element::Rule(rule) => self.rule(*rule),
            Element::Group(alternatives) => {
                let start = self.mark;
                self.alternatives(alternatives, None, start)
            }
            Element::Optional(inner) => {
                let mark = self.mark;
                match self.element(inner)? {
                    Some(node) => Ok(Some(node)),
                    None => {
                        self.mark = mark;
                        Ok(Some(self.add(NodeKind::Nil, mark, Vec::new())))
                    }
                }
            }
            Element::Many(inner) => self.repeat(inner, false),
            Element::Some(inner) => self.repeat(inner, true),
            Element::Separated(inner, separator) => self.separated(inner, separator),
            Element::Ahead(inner) | Element::NotAhead(inner) => {
                let mark = self.mark;
                let found = self.element(inner)?.is_some();
                self.mark = mark;
                if found == matches!(element, Element::Ahead(_)) {
                    return Ok(Some(self.add(NodeKind::Nil, mark, Vec::new())));
                }
                Ok(None)
            }
            Element::Demand(text) => {
                if let Some(node) = self.match_text(text)? {
                    return Ok(Some(node));
                }
                let token = self.mark;
                Err(Box::new(self.error_over(token, token + 1, format!("expected '{text}'"))))
            }
            Element::Commit => Ok(None),
        }
    }

    fn repeat(&mut self, inner: &'static Element, required: bool) -> Outcome {
        let start = self.mark;
        let mut parts = Vec::new();
        loop {
            let mark = self.mark;
            match self.element(inner)? {
                // Something that matches nothing would match forever.
                Some(node) if self.mark > mark => parts.push(node),
                _ => {
                    self.mark = mark;
                    break;
                }
            }
        }
        if required && parts.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.add(NodeKind::Seq, start, parts)))
    }

    fn separated(&mut self, inner: &'static Element, separator: &'static str) -> Outcome {
        let start = self.mark;
        let Some(first) = self.element(inner)? else { return Ok(None) };
        let mut parts = vec![first];
        loop {
            let mark = self.mark;
            if self.match_text(separator)?.is_none() {
                break;
            }
            match self.element(inner)? {
                Some(node) => parts.push(node),
                None => {
                    self.mark = mark;
                    break;
                }
            }
        }
        Ok(Some(self.add(NodeKind::Seq, start, parts)))
    }

    fn match_text(&mut self, text: &'static str) -> Outcome {
        let token = self.current()?;
        if !matches!(token.kind, Kind::Name | Kind::Op) || self.text(token) != text {
            return Ok(None);
        }
        self.take()
    }

    fn take(&mut self) -> Outcome {
        let start = self.mark;
        self.mark += 1;
        Ok(Some(self.add(NodeKind::Token, start, Vec::new())))
    }

    fn match_class(&mut self, class: Class) -> Outcome {
        let token = self.current()?;
        let text = self.text(token);
        let fits = match class {
            Class::Kind(Kind::Name) => token.kind == Kind::Name && !is_keyword(text),
            Class::Kind(kind) => token.kind == kind,
            Class::SoftKeyword => {
                token.kind == Kind::Name && matches!(text, "_" | "case" | "match" | "type")
            }
            Class::NotEqual => {
                let flufl = self.request.options.barry_as_flufl;
                if token.kind == Kind::Op && text == "!=" && flufl {
                    let message = "with Barry as BDFL, use '<>' instead of '!='";
                    return Err(Box::new(self.error_last(ErrorClass::Syntax, message.to_owned())));
                }
                token.kind == Kind::Op && text == if flufl { "<>" } else { "!=" }
            }
        };
        if fits { self.take() } else { Ok(None) }
    }

    fn raise(&mut self, place: Where, message: &str, frame: &Frame) -> Box<SyntaxError> {
        let message = self.expand(message, frame);
        let get = |slot: u8| frame[usize::from(slot).min(4)];
        let error = match place {
            Where::At(a) => self.error_nodes(get(a), get(a), message),
            Where::Range(a, b) => self.error_nodes(get(a), get(b), message),
            Where::From(a) => self.error_from(get(a), message),
            Where::Last => self.error_last(ErrorClass::Syntax, message),
            Where::Indent => self.error_last(ErrorClass::Indentation, message),
            Where::Next => self.error_next(message),
        };
        Box::new(error)
    }

    /// Fills in `{a}`, `{a.text}` and `{a.line}`.
    fn expand(&self, message: &str, frame: &Frame) -> String {
        let mut out = String::with_capacity(message.len());
        let mut rest = message;
        while let Some(open) = rest.find('{') {
            let inner = &rest[open + 1..];
            let slot = inner.bytes().next().filter(u8::is_ascii_lowercase);
            let Some((letter, close)) = slot.zip(inner.find('}')) else {
                out.push_str(&rest[..=open]);
                rest = inner;
                continue;
            };
            out.push_str(&rest[..open]);
            if let Some(node) = frame[usize::from(letter - b'a').min(4)].map(|id| self.node(id)) {
                let token = self.tokens[node.start];
                match &inner[1..close] {
                    ".text" => out.push_str(self.text(token)),
                    ".line" => {
                        out.push_str(&self.request.lines.line(token.start as u32).to_string());
                    }
                    _ => out.push_str(node.kind.words()),
                }
            }
            rest = &inner[close + 1..];
        }
        out.push_str(rest);
        out
    }
}

/// Words that are never names.
pub(super) fn is_keyword(text: &str) -> bool {
    matches!(
        text,
        "False"
            | "None"
            | "True"
            | "and"
            | "as"
            | "assert"
            | "async"
            | "await"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
    )
}
