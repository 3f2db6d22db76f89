//! Reads the notation of `grammar` into tables, once per process.

use super::grammar::GRAMMAR;
use std::collections::HashMap;
use std::sync::OnceLock;

/// What a node is, as far as messages tell kinds apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    /// Several nodes in a row.
    Seq,
    /// A single token.
    Token,
    /// An optional part that is absent.
    Nil,
    Name,
    Attribute,
    Subscript,
    Starred,
    List,
    Tuple,
    Lambda,
    Call,
    Expression,
    Generator,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    JoinedStr,
    TemplateStr,
    None,
    True,
    False,
    Ellipsis,
    Literal,
    Compare,
    IfExp,
    Named,
    Keyword,
    DoubleStar,
    Args,
    Clause,
}

impl NodeKind {
    fn parse(name: &str) -> Option<Self> {
        use NodeKind::*;
        let all = [
            Seq,
            Name,
            Attribute,
            Subscript,
            Starred,
            List,
            Tuple,
            Lambda,
            Call,
            Expression,
            Generator,
            Yield,
            Await,
            ListComp,
            SetComp,
            DictComp,
            Dict,
            Set,
            JoinedStr,
            TemplateStr,
            None,
            True,
            False,
            Ellipsis,
            Literal,
            Compare,
            IfExp,
            Named,
            Keyword,
            DoubleStar,
            Args,
            Clause,
        ];
        all.into_iter().find(|kind| format!("{kind:?}") == name)
    }

    /// What CPython calls an expression of this kind.
    pub(super) fn words(self) -> &'static str {
        match self {
            NodeKind::Name => "name",
            NodeKind::Attribute => "attribute",
            NodeKind::Subscript => "subscript",
            NodeKind::Starred => "starred",
            NodeKind::List => "list",
            NodeKind::Tuple => "tuple",
            NodeKind::Lambda => "lambda",
            NodeKind::Call => "function call",
            NodeKind::Generator => "generator expression",
            NodeKind::Yield => "yield expression",
            NodeKind::Await => "await expression",
            NodeKind::ListComp => "list comprehension",
            NodeKind::SetComp => "set comprehension",
            NodeKind::DictComp => "dict comprehension",
            NodeKind::Dict => "dict literal",
            NodeKind::Set => "set display",
            NodeKind::JoinedStr => "f-string expression",
            NodeKind::TemplateStr => "t-string expression",
            NodeKind::None => "None",
            NodeKind::True => "True",
            NodeKind::False => "False",
            NodeKind::Ellipsis => "ellipsis",
            NodeKind::Literal => "literal",
            NodeKind::Compare => "comparison",
            NodeKind::IfExp => "conditional expression",
            NodeKind::Named => "named expression",
            _ => "expression",
        }
    }
}

/// Token classes of the notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Kind(super::lexer::Kind),
    /// `!=`, or `<>` under `barry_as_FLUFL`.
    NotEqual,
    /// A name that is a keyword only in places.
    SoftKeyword,
}

/// One piece of an alternative.
#[derive(Debug)]
pub(super) enum Element {
    Text(&'static str),
    Class(Class),
    Rule(usize),
    Group(Vec<Alternative>),
    Optional(Box<Element>),
    Many(Box<Element>),
    Some(Box<Element>),
    Separated(Box<Element>, &'static str),
    Ahead(Box<Element>),
    NotAhead(Box<Element>),
    Demand(&'static str),
    Commit,
}

/// Where an error is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    At(u8),
    From(u8),
    Range(u8, u8),
    Last,
    Next,
    Indent,
}

/// What an alternative yields.
#[derive(Debug)]
pub(super) enum Action {
    /// The only part's node, or a `Seq` of all.
    Default,
    Node(NodeKind),
    Part(u8),
    Error(Where, &'static str),
    Call(&'static str, Vec<u8>),
}

#[derive(Debug)]
pub(super) struct Alternative {
    pub(super) items: Vec<(Option<u8>, Element)>,
    pub(super) action: Action,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) memo: bool,
    /// Only in the second pass.
    pub(super) bad: bool,
    /// No bad rules below it.
    pub(super) without_bad: bool,
    pub(super) alternatives: Vec<Alternative>,
    /// Continuations of a left-recursive rule.
    pub(super) tails: Vec<Alternative>,
}

pub(super) struct Rules {
    pub(super) rules: Vec<Rule>,
    by_name: HashMap<&'static str, usize>,
}

impl Rules {
    /// The rule called `name`; the grammar is fixed, so it exists.
    pub(super) fn find(&self, name: &str) -> usize {
        self.by_name.get(name).copied().unwrap_or(0)
    }
}

/// The grammar, read on first use.
pub(super) fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(read)
}

fn read() -> Rules {
    let mut by_name = HashMap::new();
    let mut texts: Vec<(bool, bool, bool, &'static str)> = Vec::new();
    let mut rest = GRAMMAR;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let body = &rest[start..];
        let colon = body.find(':').unwrap_or(body.len() - 1);
        let name = &body[..colon];
        // The rule goes on until a line that starts in the first column.
        let mut end = body.len();
        for (at, _) in body.match_indices('\n') {
            let next = body.as_bytes().get(at + 1).copied().unwrap_or(b'x');
            if next != b' ' {
                end = at;
                break;
            }
        }
        let plain = name.trim_end_matches(['@', '^']);
        by_name.insert(plain, texts.len());
        let bad = plain.starts_with("bad_");
        texts.push((name.ends_with('@'), bad, name.ends_with('^'), &body[colon + 1..end]));
        rest = &body[end..];
    }
    let rules = texts
        .iter()
        .map(|(memo, bad, without_bad, text)| {
            let mut reader = Reader { text, at: 0, by_name: &by_name };
            let alternatives = reader.alternatives();
            let tails = if reader.eat("<<") { reader.alternatives() } else { Vec::new() };
            Rule { memo: *memo, bad: *bad, without_bad: *without_bad, alternatives, tails }
        })
        .collect();
    Rules { rules, by_name }
}

struct Reader<'a> {
    text: &'static str,
    at: usize,
    by_name: &'a HashMap<&'static str, usize>,
}

impl Reader<'_> {
    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.text[self.at..].starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn peek(&mut self) -> u8 {
        self.blanks();
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// Text up to and without `end`, which is passed.
    fn until(&mut self, end: char) -> &'static str {
        let rest = &self.text[self.at..];
        let length = rest.find(end).unwrap_or(rest.len());
        self.at += length + 1;
        &rest[..length]
    }

    fn word(&mut self) -> &'static str {
        self.blanks();
        let rest = &self.text[self.at..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn alternatives(&mut self) -> Vec<Alternative> {
        let mut alternatives = vec![self.alternative()];
        while self.eat("|") {
            alternatives.push(self.alternative());
        }
        alternatives
    }

    fn alternative(&mut self) -> Alternative {
        let mut items = Vec::new();
        loop {
            match self.peek() {
                0 | b'|' | b')' | b'<' => break,
                b'{' => {
                    self.at += 1;
                    let action = self.action();
                    return Alternative { items, action };
                }
                _ => items.push(self.item()),
            }
        }
        Alternative { items, action: Action::Default }
    }

    fn item(&mut self) -> (Option<u8>, Element) {
        self.blanks();
        let bytes = self.text.as_bytes();
        let mut name = None;
        if bytes.get(self.at + 1) == Some(&b'=') && bytes[self.at].is_ascii_lowercase() {
            name = Some(bytes[self.at] - b'a');
            self.at += 2;
        }
        (name, self.element())
    }

    fn element(&mut self) -> Element {
        if self.eat("&&") {
            self.at += 1;
            return Element::Demand(self.until('\''));
        }
        if self.eat("&") {
            return Element::Ahead(Box::new(self.primary()));
        }
        if self.eat("!") {
            return Element::NotAhead(Box::new(self.primary()));
        }
        if self.eat("~") {
            return Element::Commit;
        }
        let element = self.primary();
        match self.text.as_bytes().get(self.at) {
            Some(b'?') => {
                self.at += 1;
                Element::Optional(Box::new(element))
            }
            Some(b'*') => {
                self.at += 1;
                Element::Many(Box::new(element))
            }
            Some(b'+') => {
                self.at += 1;
                Element::Some(Box::new(element))
            }
            Some(b'%') => {
                self.at += 2;
                Element::Separated(Box::new(element), self.until('\''))
            }
            _ => element,
        }
    }

    fn primary(&mut self) -> Element {
        if self.eat("'") {
            return Element::Text(self.until('\''));
        }
        if self.eat("(") {
            let alternatives = self.alternatives();
            self.eat(")");
            return Element::Group(alternatives);
        }
        use super::lexer::Kind;
        let word = self.word();
        let kind = match word {
            "NAME" => Kind::Name,
            "NUMBER" => Kind::Number,
            "STRING" => Kind::String,
            "FSTART" => Kind::FStart,
            "FMID" => Kind::FMiddle,
            "FEND" => Kind::FEnd,
            "TSTART" => Kind::TStart,
            "TMID" => Kind::TMiddle,
            "TEND" => Kind::TEnd,
            "NEWLINE" => Kind::Newline,
            "INDENT" => Kind::Indent,
            "DEDENT" => Kind::Dedent,
            "END" => Kind::End,
            "NE" => return Element::Class(Class::NotEqual),
            "SOFT" => return Element::Class(Class::SoftKeyword),
            _ => return Element::Rule(self.by_name.get(word).copied().unwrap_or(usize::MAX)),
        };
        Element::Class(Class::Kind(kind))
    }

    fn part(&mut self) -> u8 {
        self.word().bytes().next().map_or(0, |letter| letter.wrapping_sub(b'a'))
    }

    fn action(&mut self) -> Action {
        let action = if self.eat("=") {
            Action::Part(self.part())
        } else if self.eat("!") {
            let place = match self.word() {
                "at" => Where::At(self.part()),
                "from" => Where::From(self.part()),
                "range" => Where::Range(self.part(), self.part()),
                "last" => Where::Last,
                "next" => Where::Next,
                _ => Where::Indent,
            };
            self.eat("`");
            Action::Error(place, self.until('`'))
        } else if self.eat("?") {
            let function = self.word();
            let mut parts = Vec::new();
            while self.peek() != b'}' {
                parts.push(self.part());
            }
            Action::Call(function, parts)
        } else {
            Action::Node(NodeKind::parse(self.word()).unwrap_or(NodeKind::Seq))
        };
        self.eat("}");
        action
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(element: &Element, count: usize) {
        match element {
            Element::Rule(rule) => assert!(*rule < count, "unknown rule"),
            Element::Group(alternatives) => {
                alternatives.iter().flat_map(|alt| &alt.items).for_each(|(_, e)| visit(e, count));
            }
            Element::Optional(inner)
            | Element::Many(inner)
            | Element::Some(inner)
            | Element::Separated(inner, _)
            | Element::Ahead(inner)
            | Element::NotAhead(inner) => visit(inner, count),
            _ => {}
        }
    }

    #[test]
    fn every_rule_named_exists() {
        let rules = rules();
        assert!(rules.rules.len() > 200);
        for (name, index) in &rules.by_name {
            let rule = &rules.rules[*index];
            for alternative in rule.alternatives.iter().chain(&rule.tails) {
                assert!(!alternative.items.is_empty(), "empty alternative in {name}");
                for (_, element) in &alternative.items {
                    visit(element, rules.rules.len());
                }
            }
        }
    }
}
