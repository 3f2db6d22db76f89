//! The decisions of the grammar that need code: checks of literals and targets, and errors whose
//! place or text depends on more than the parts of one rule.

use super::engine::{Engine, Outcome};
use super::lexer::Kind;
use super::notation::NodeKind;
use crate::error::{ErrorClass, SyntaxError};
use crate::literals::{TextBuilder, decode_bytes, decode_str};

/// What a target is for.
#[derive(Clone, Copy, PartialEq)]
enum Target {
    Assign,
    Delete,
    Loop,
}

impl Engine<'_> {
    /// Runs the function `name` of the grammar. `given` are the parts it asked for, `all` those
    /// of the alternative, which began at token `start`.
    pub(super) fn call(
        &mut self,
        name: &str,
        given: &[u32],
        all: Vec<u32>,
        start: usize,
    ) -> Outcome {
        let first = given.first().copied();
        let second = given.get(1).copied();
        match (name, first, second) {
            ("statement", ..) => {
                let token = self.tokens[start];
                let place = self.request.lines.place(token.start as u32);
                if place.line >= self.last_statement.0 {
                    self.last_statement = (place.line, place.column);
                }
                let last = self.last_of(&all);
                Ok(Some(last.unwrap_or_else(|| self.add(NodeKind::Seq, start, all))))
            }
            ("interactive_end", ..) => Ok(None),
            ("fstring", ..) => self.interpolated(NodeKind::JoinedStr, start),
            ("tstring", ..) => self.interpolated(NodeKind::TemplateStr, start),
            ("unequal", Some(less), Some(greater)) => {
                let (less, greater) = (self.node(less).start, self.node(greater).start);
                if self.tokens[less].end != self.tokens[greater].start {
                    return Ok(None);
                }
                let message = "invalid syntax.  Maybe you meant '!=' instead of '<>'?".to_owned();
                Err(Box::new(self.error_over(less, greater + 1, message)))
            }
            ("number", Some(number), _) => self.number(number, start),
            ("string", Some(string), _) => self.string(string, start),
            ("strings", Some(parts), _) => self.strings(parts, start),
            ("real", Some(number), _) => self.complex_part(number, false),
            ("imaginary", Some(number), _) => self.complex_part(number, true),
            ("conversion", Some(mark), Some(name)) => self.conversion(mark, name, start),
            ("star_target", Some(target), _) => self.bad_target(target, Target::Assign),
            ("for_target", Some(target), _) => self.bad_target(target, Target::Loop),
            ("del_target", Some(target), _) => self.bad_target(target, Target::Delete),
            ("legacy", Some(name), Some(rest)) => self.legacy(name, rest),
            ("missing_comma", Some(left), Some(right)) => self.missing_comma(left, right),
            ("missing_colon", Some(key), _) => {
                let end = self.end_of(key);
                Err(Box::new(self.error_behind(end, "':' expected after dictionary key")))
            }
            ("genexp_argument", Some(elt), Some(clauses)) => {
                let last = self.last_comprehension_item(clauses);
                let message = "Generator expression must be parenthesized".to_owned();
                Err(Box::new(self.error_nodes(Some(elt), Some(last), message)))
            }
            ("genexp_in_call", Some(args), Some(clauses)) => {
                let positional = self.positional(args);
                let Some(last) = positional.last().copied().filter(|_| positional.len() > 1) else {
                    return Ok(None);
                };
                let end = self.last_comprehension_item(clauses);
                let message = "Generator expression must be parenthesized".to_owned();
                Err(Box::new(self.error_nodes(Some(last), Some(end), message)))
            }
            ("argument_order", Some(args), _) => {
                let message = if self.has_double_star(args) {
                    "positional argument follows keyword argument unpacking"
                } else {
                    "positional argument follows keyword argument"
                };
                Err(Box::new(self.error_last(ErrorClass::Syntax, message.to_owned())))
            }
            ("type_bound", Some(colon), Some(bound)) => {
                self.type_bound(colon, bound, "TypeVarTuple")
            }
            ("type_bound_spec", Some(colon), Some(bound)) => {
                self.type_bound(colon, bound, "ParamSpec")
            }
            ("mixed_strings", Some(first), Some(second)) => {
                let last = self.node(first).parts.last().copied().unwrap_or(first);
                let message = "cannot mix t-string literals with string or bytes literals";
                Err(Box::new(self.error_nodes(Some(last), Some(second), message.to_owned())))
            }
            _ => Ok(None),
        }
    }

    fn last_of(&self, parts: &[u32]) -> Option<u32> {
        parts.last().copied()
    }

    fn type_bound(&mut self, colon: u32, bound: u32, what: &str) -> Outcome {
        let noun = match self.node(bound).kind {
            NodeKind::Tuple => "constraints",
            _ => "bound",
        };
        let message = format!("cannot use {noun} with {what}");
        Err(Box::new(self.error_from(Some(colon), message)))
    }

    /// Positional arguments of an `Args` node, in order.
    fn positional(&self, args: u32) -> Vec<u32> {
        let mut found = Vec::new();
        self.collect_arguments(args, &mut found);
        found.retain(|id| !matches!(self.node(*id).kind, NodeKind::Keyword | NodeKind::DoubleStar));
        found
    }

    fn has_double_star(&self, args: u32) -> bool {
        let mut found = Vec::new();
        self.collect_arguments(args, &mut found);
        found.iter().any(|id| self.node(*id).kind == NodeKind::DoubleStar)
    }

    fn collect_arguments(&self, id: u32, out: &mut Vec<u32>) {
        let node = self.node(id);
        match node.kind {
            NodeKind::Args => node.parts.iter().for_each(|part| self.collect_arguments(*part, out)),
            NodeKind::Seq
                if node.parts.first().is_some_and(|part| self.is_argument_list(*part)) =>
            {
                node.parts.iter().for_each(|part| self.collect_arguments(*part, out));
            }
            NodeKind::Nil | NodeKind::Token => {}
            _ => out.push(id),
        }
    }

    fn is_argument_list(&self, part: u32) -> bool {
        !matches!(self.node(part).kind, NodeKind::Token | NodeKind::Nil)
    }

    /// The iterable of the last `for`, or its last condition.
    fn last_comprehension_item(&self, clauses: u32) -> u32 {
        let Some(clause) = self.node(clauses).parts.last().copied() else { return clauses };
        let parts = &self.node(clause).parts;
        let conditions = parts.last().map(|id| &self.node(*id).parts);
        let last_condition = conditions.and_then(|conditions| conditions.last());
        last_condition.or(parts.first()).copied().unwrap_or(clause)
    }

    fn number(&mut self, number: u32, start: usize) -> Outcome {
        let text = self.text(self.tokens[self.node(number).start]);
        let decimal = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if decimal && digits > 4300 {
            let message = format!(
                "Exceeds the limit (4300 digits) for integer string conversion: value has \
                 {digits} digits; use sys.set_int_max_str_digits() to increase the limit - \
                 Consider hexadecimal for huge integer literals to avoid decimal conversion \
                 limits."
            );
            let token = self.tokens[start];
            return Err(Box::new(self.request.whole_line_raise(message, token.start)));
        }
        Ok(Some(self.add(NodeKind::Literal, start, Vec::new())))
    }

    fn string(&mut self, string: u32, start: usize) -> Outcome {
        let token = self.tokens[self.node(string).start];
        let text = self.text(token);
        let prefix = text.bytes().take_while(|b| !matches!(b, b'"' | b'\'')).count();
        let has = |letter: u8| text.as_bytes()[..prefix].iter().any(|b| b | 0x20 == letter);
        let quotes = if text[prefix..].len() >= 6 && is_triple(&text[prefix..]) { 3 } else { 1 };
        let body = text.get(prefix + quotes..text.len() - quotes).unwrap_or("");
        let bytes = has(b'b');
        if bytes && !body.is_ascii() {
            let message = "bytes can only contain ASCII literal characters".to_owned();
            return Err(Box::new(self.error_nodes(Some(string), Some(string), message)));
        }
        if !has(b'r') && body.contains('\\') {
            let decoded = if bytes {
                decode_bytes(body, &mut Vec::new()).map(|_| ())
            } else {
                decode_str(body, &mut TextBuilder::default()).map(|_| ())
            };
            if let Err(message) = decoded {
                return Err(Box::new(self.error_last(ErrorClass::Syntax, message)));
            }
        }
        Ok(Some(self.add(NodeKind::Literal, start, Vec::new())))
    }

    /// An f- or t-string is complete: its literal text must decode.
    fn interpolated(&mut self, kind: NodeKind, start: usize) -> Outcome {
        for at in start..self.mark {
            let token = self.tokens[at];
            let text = self.text(token);
            let literal = matches!(token.kind, Kind::FMiddle | Kind::TMiddle) && !token.raw;
            if !literal || !text.contains('\\') {
                continue;
            }
            // A backslash before a field is itself.
            let lone = text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2;
            let body = &text[..text.len() - lone];
            if let Err(message) = decode_str(body, &mut TextBuilder::default()) {
                return Err(Box::new(self.error_over(at, at + 1, message)));
            }
        }
        Ok(Some(self.add(kind, start, Vec::new())))
    }

    /// Neighbouring literals must all be text or all bytes.
    fn strings(&mut self, parts: u32, start: usize) -> Outcome {
        let ids = self.node(parts).parts.clone();
        let (mut bytes, mut joined) = (0, false);
        for id in &ids {
            let node = self.node(*id);
            joined |= node.kind == NodeKind::JoinedStr;
            let text = self.text(self.tokens[node.start]);
            let prefix = text.bytes().take_while(|b| !matches!(b, b'"' | b'\''));
            bytes += usize::from(node.kind == NodeKind::Literal && prefix.clone().any(is_b));
        }
        if bytes != 0 && bytes != ids.len() {
            let message = "cannot mix bytes and nonbytes literals".to_owned();
            return Err(Box::new(self.error_last(ErrorClass::Syntax, message)));
        }
        let kind = if joined { NodeKind::JoinedStr } else { NodeKind::Literal };
        Ok(Some(self.add(kind, start, Vec::new())))
    }

    fn complex_part(&mut self, number: u32, imaginary: bool) -> Outcome {
        let text = self.text(self.tokens[self.node(number).start]);
        let hex = text.starts_with("0x") || text.starts_with("0X");
        let is_imaginary = !hex && text.ends_with(['j', 'J']);
        if is_imaginary == imaginary {
            return Ok(Some(number));
        }
        let message = if imaginary {
            "imaginary number required in complex literal"
        } else {
            "real number required in complex literal"
        };
        Err(Box::new(self.error_nodes(Some(number), Some(number), message.to_owned())))
    }

    fn conversion(&mut self, mark: u32, name: u32, start: usize) -> Outcome {
        let prefix = if self.lexer.in_template() { 't' } else { 'f' };
        let (mark_token, name_token) =
            (self.tokens[self.node(mark).start], self.tokens[self.node(name).start]);
        if mark_token.end != name_token.start {
            let message = format!(
                "{prefix}-string: conversion type must come right after the exclamation mark"
            );
            return Err(Box::new(self.error_nodes(Some(mark), Some(name), message)));
        }
        let text = self.text(name_token);
        if !matches!(text, "s" | "r" | "a") {
            let message = format!(
                "{prefix}-string: invalid conversion character '{text}': expected 's', 'r', or 'a'"
            );
            return Err(Box::new(self.error_nodes(Some(name), Some(name), message)));
        }
        Ok(Some(self.add(NodeKind::Seq, start, Vec::new())))
    }

    fn legacy(&mut self, name: u32, rest: u32) -> Outcome {
        let text = self.text(self.tokens[self.node(name).start]);
        if !matches!(text, "print" | "exec") {
            return Ok(None);
        }
        let message = format!("Missing parentheses in call to '{text}'. Did you mean {text}(...)?");
        Err(Box::new(self.error_nodes(Some(name), Some(rest), message)))
    }

    fn missing_comma(&mut self, left: u32, right: u32) -> Outcome {
        let node = self.node(left);
        let text = self.text(self.tokens[node.start]);
        let legacy = node.kind == NodeKind::Name && matches!(text, "print" | "exec");
        if legacy || self.mark == 0 || self.tokens[self.mark - 1].level == 0 {
            return Ok(None);
        }
        let message = "invalid syntax. Perhaps you forgot a comma?".to_owned();
        Err(Box::new(self.error_nodes(Some(left), Some(right), message)))
    }

    fn bad_target(&mut self, target: u32, purpose: Target) -> Outcome {
        let Some(culprit) = self.invalid_target(target, purpose) else { return Ok(None) };
        let verb = if purpose == Target::Delete { "delete" } else { "assign to" };
        let message = format!("cannot {verb} {}", self.node(culprit).kind.words());
        Err(Box::new(self.error_nodes(Some(culprit), Some(culprit), message)))
    }

    /// The part of `id` that cannot be a target.
    fn invalid_target(&self, id: u32, purpose: Target) -> Option<u32> {
        let node = self.node(id);
        match node.kind {
            NodeKind::List | NodeKind::Tuple | NodeKind::Seq => {
                node.parts.iter().find_map(|part| self.invalid_target(*part, purpose))
            }
            NodeKind::Starred if purpose == Target::Delete => Some(id),
            NodeKind::Starred => {
                node.parts.iter().find_map(|part| self.invalid_target(*part, purpose))
            }
            NodeKind::Compare if purpose == Target::Loop => {
                // `for x in y` without the loop: the left side of `in` is the target.
                let first = node.parts.get(1).and_then(|pairs| self.node(*pairs).parts.first());
                let operator = first.map(|pair| self.text(self.tokens[self.node(*pair).start]));
                if operator != Some("in") {
                    return None;
                }
                node.parts.first().and_then(|left| self.invalid_target(*left, purpose))
            }
            NodeKind::Name
            | NodeKind::Subscript
            | NodeKind::Attribute
            | NodeKind::Token
            | NodeKind::Nil => None,
            _ => Some(id),
        }
    }

    fn end_of(&self, id: u32) -> usize {
        self.last_visible(self.node(id).start, self.node(id).end).end
    }

    /// An error from the last character before `end` to nowhere.
    fn error_behind(&self, end: usize, message: &str) -> SyntaxError {
        self.request.raise_open_end(message.to_owned(), end - 1, end)
    }
}

fn is_b(byte: u8) -> bool {
    byte | 0x20 == b'b'
}

fn is_triple(text: &str) -> bool {
    text.starts_with("\"\"\"") || text.starts_with("'''")
}
