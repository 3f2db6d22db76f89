//! `str.format`: the parser of format strings and of field names.
//!
//! [`Parser`] yields `(literal, field)` pairs as `_string.formatter_parser` does; [`split_name`]
//! takes a field name apart and [`AutoNumber`] fills in the index of an empty one. Looking values
//! up, converting and formatting them is the caller's, as is the recursion into a specification
//! that [`Field::nested`] marks: [`MAX_DEPTH`] levels, then [`recursion_error`].

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::error::TextError;
use crate::points::{CodePoints, StrBuilder};

/// How deep format strings nest: the string itself, and specifications within it.
pub const MAX_DEPTH: usize = 2;

/// What to raise beyond [`MAX_DEPTH`].
pub fn recursion_error() -> TextError {
    TextError::value("Max string recursion exceeded")
}

/// A replacement field; all ranges are of the format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field name, for [`split_name`].
    pub name: Range<usize>,
    /// The character after `!`, if any; see [`unknown_conversion`].
    pub conversion: Option<u32>,
    /// The format specification.
    pub spec: Range<usize>,
    /// Whether the specification holds fields of its own.
    pub nested: bool,
}

/// Literal text, then perhaps a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// A range of the format string; doubled braces are already single in it.
    pub literal: Range<usize>,
    /// The field after the literal.
    pub field: Option<Field>,
}

/// Splits a format string into pieces.
#[derive(Clone, Debug)]
pub struct Parser<'a> {
    text: CodePoints<'a>,
    at: usize,
    end: usize,
}

fn is(point: Option<u32>, wanted: u8) -> bool {
    point == Some(u32::from(wanted))
}

impl<'a> Parser<'a> {
    /// A parser of the whole of `text`.
    pub fn new(text: CodePoints<'a>) -> Parser<'a> {
        Parser { text, at: 0, end: text.len() }
    }

    /// A parser of a part of `text`; the ranges it yields are still of the whole.
    pub fn of_range(text: CodePoints<'a>, range: Range<usize>) -> Parser<'a> {
        let end = range.end.min(text.len());
        Parser { text, at: range.start.min(end), end }
    }

    fn bump(&mut self) -> Option<u32> {
        let point = if self.at < self.end { self.text.get(self.at) } else { None };
        self.at += usize::from(point.is_some());
        point
    }

    fn parse_piece(&mut self) -> Result<Piece, TextError> {
        let start = self.at;
        let brace = |p: u32| p == u32::from(b'{') || p == u32::from(b'}');
        let Some(offset) = self.text.slice(start, self.end).iter().position(brace) else {
            self.at = self.end;
            return Ok(Piece { literal: start..self.end, field: None });
        };
        let at = start + offset;
        let found = self.text.get(at);
        self.at = at + 1;
        if self.at < self.end && self.text.get(self.at) == found {
            self.at += 1;
            return Ok(Piece { literal: start..at + 1, field: None });
        }
        if is(found, b'}') {
            return Err(TextError::value("Single '}' encountered in format string"));
        }
        if self.at >= self.end {
            return Err(TextError::value("Single '{' encountered in format string"));
        }
        Ok(Piece { literal: start..at, field: Some(self.parse_field()?) })
    }

    /// The inside of a field, up to and including its closing brace.
    fn parse_field(&mut self) -> Result<Field, TextError> {
        let start = self.at;
        let stop = loop {
            let Some(point) = self.bump() else {
                return Err(TextError::value("expected '}' before end of string"));
            };
            match u8::try_from(point) {
                Ok(b'{') => return Err(TextError::value("unexpected '{' in field name")),
                Ok(b'[') => {
                    let rest = self.text.slice(self.at, self.end);
                    self.at = rest.position(u32::from(b']')).map_or(self.end, |n| self.at + n);
                }
                Ok(stop @ (b'}' | b':' | b'!')) => break stop,
                _ => {}
            }
        };
        let name = start..self.at - 1;
        let mut field = Field { name, conversion: None, spec: self.at..self.at, nested: false };
        if stop == b'}' {
            return Ok(field);
        }
        if stop == b'!' {
            field.conversion = self.bump();
            if field.conversion.is_none() {
                return Err(TextError::value(
                    "end of string while looking for conversion specifier",
                ));
            }
            match self.bump() {
                Some(point) if point == u32::from(b'}') => {
                    field.spec = self.at - 1..self.at - 1;
                    return Ok(field);
                }
                Some(point) if point != u32::from(b':') => {
                    return Err(TextError::value("expected ':' after conversion specifier"));
                }
                _ => {}
            }
        }
        self.parse_spec(&mut field)?;
        Ok(field)
    }

    /// A specification with balanced braces, up to and including the field's closing brace.
    fn parse_spec(&mut self, field: &mut Field) -> Result<(), TextError> {
        let start = self.at;
        let mut depth = 1usize;
        while let Some(point) = self.bump() {
            if point == u32::from(b'{') {
                field.nested = true;
                depth += 1;
            } else if point == u32::from(b'}') {
                depth -= 1;
                if depth == 0 {
                    field.spec = start..self.at - 1;
                    return Ok(());
                }
            }
        }
        Err(TextError::value("unmatched '{' in format spec"))
    }
}

impl Iterator for Parser<'_> {
    type Item = Result<Piece, TextError>;

    fn next(&mut self) -> Option<Result<Piece, TextError>> {
        if self.at >= self.end {
            return None;
        }
        let piece = self.parse_piece();
        if piece.is_err() {
            self.at = self.end;
        }
        Some(piece)
    }
}

/// What to raise for a conversion other than `r`, `s` and `a`.
pub fn unknown_conversion(conversion: u32) -> TextError {
    TextError::value(match u8::try_from(conversion) {
        Ok(byte @ 33..=126) => format!("Unknown conversion specifier {}", char::from(byte)),
        _ => format!("Unknown conversion specifier \\x{conversion:x}"),
    })
}

/// The first part of a field name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum First {
    /// Nothing: the next index, see [`AutoNumber`].
    Empty,
    /// Decimal digits: an index into the positional arguments.
    Index(usize),
    /// A keyword argument: a range of the format string.
    Name(Range<usize>),
}

/// One step from a value to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accessor {
    /// `.name`
    Attribute(Range<usize>),
    /// `[12]`: an item by integer.
    Index(usize),
    /// `[key]`: an item by string.
    Key(Range<usize>),
}

/// The steps of a field name, in order. Errors come up step by step, as the values are looked up.
#[derive(Clone, Debug)]
pub struct Accessors<'a> {
    text: CodePoints<'a>,
    at: usize,
    end: usize,
}

/// An index, if `range` is all decimal digits (and not empty).
fn index_of(text: CodePoints<'_>, range: &Range<usize>) -> Result<Option<usize>, TextError> {
    let (value, at) = crate::format_spec::decimal_number(text.slice(0, range.end), range.start)?;
    Ok((at == range.end && !range.is_empty()).then_some(value))
}

/// Splits the field name in `range` of `text` into its first part and the steps that follow.
pub fn split_name(
    text: CodePoints<'_>,
    range: Range<usize>,
) -> Result<(First, Accessors<'_>), TextError> {
    let name = text.slice(range.start, range.end);
    let step = |p: u32| p == u32::from(b'.') || p == u32::from(b'[');
    let end = name.iter().position(step).map_or(range.end, |n| range.start + n);
    let first = range.start..end;
    let first = match index_of(text, &first)? {
        Some(index) => First::Index(index),
        None if first.is_empty() => First::Empty,
        None => First::Name(first),
    };
    Ok((first, Accessors { text, at: end, end: range.end }))
}

impl Accessors<'_> {
    fn step(&mut self) -> Result<Accessor, TextError> {
        let opening = self.text.get(self.at);
        let start = self.at + 1;
        let rest = self.text.slice(start, self.end);
        let empty = || TextError::value("Empty attribute in format string");
        if is(opening, b'.') {
            let stop = |p: u32| p == u32::from(b'.') || p == u32::from(b'[');
            let end = rest.iter().position(stop).map_or(self.end, |n| start + n);
            self.at = end;
            return if end == start { Err(empty()) } else { Ok(Accessor::Attribute(start..end)) };
        }
        if !is(opening, b'[') {
            return Err(TextError::value(
                "Only '.' or '[' may follow ']' in format field specifier",
            ));
        }
        let length = rest
            .position(u32::from(b']'))
            .ok_or_else(|| TextError::value("Missing ']' in format string"))?;
        let key = start..start + length;
        self.at = key.end + 1;
        match index_of(self.text, &key)? {
            Some(index) => Ok(Accessor::Index(index)),
            None if key.is_empty() => Err(empty()),
            None => Ok(Accessor::Key(key)),
        }
    }
}

impl Iterator for Accessors<'_> {
    type Item = Result<Accessor, TextError>;

    fn next(&mut self) -> Option<Result<Accessor, TextError>> {
        if self.at >= self.end {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.at = self.end;
        }
        Some(step)
    }
}

/// Numbers empty field names; one per call of `str.format`, shared with nested specifications.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutoNumber {
    automatic: Option<bool>,
    next: usize,
}

impl AutoNumber {
    /// The index `first` stands for, or `None` for a name.
    pub fn resolve(&mut self, first: &First) -> Result<Option<usize>, TextError> {
        let index = match first {
            First::Name(_) => return Ok(None),
            First::Empty => None,
            First::Index(index) => Some(*index),
        };
        match (*self.automatic.get_or_insert(index.is_none()), index) {
            (false, None) => Err(TextError::value(
                "cannot switch from manual field specification to automatic field numbering",
            )),
            (true, Some(_)) => Err(TextError::value(
                "cannot switch from automatic field numbering to manual field specification",
            )),
            (true, None) => {
                self.next += 1;
                Ok(Some(self.next - 1))
            }
            (false, index) => Ok(index),
        }
    }
}

/// What to raise (`IndexError`) for a positional argument that is not there.
pub fn index_message(index: usize) -> String {
    format!("Replacement index {index} out of range for positional args tuple")
}

/// What to raise (`ValueError`) for a positional field in `str.format_map`.
pub fn no_positionals() -> TextError {
    TextError::value("Format string contains positional fields")
}

/// A copy of `range` of `text`, as the caller needs it for names and keys.
pub fn part(text: CodePoints<'_>, range: &Range<usize>) -> StrBuilder {
    StrBuilder::from_points(text.slice(range.start, range.end))
}
