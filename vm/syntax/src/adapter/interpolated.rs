//! F-strings and t-strings in the shape of CPython's tree: constants and fields alternate,
//! neighbouring constants are joined (their span runs from the first to the last), empty ones
//! are dropped, `{x=}` is spelt out.

use super::{Adapter, Refused, Result, span};
use crate::ast::*;
use crate::literals::TextBuilder;
use ruff_python_ast as ruff;

/// Whether fields become `FormattedValue` or `Interpolation`.
#[derive(Clone, Copy, PartialEq)]
enum Field {
    Formatted,
    Interpolation,
}

/// How many format specifications may nest, less one.
const MAX_SPECS: u32 = 3;

/// How many f-strings and t-strings may nest (CPython's tokenizer keeps a stack of 150 modes).
const MAX_STRINGS: u32 = 149;

/// The values of a joined string so far; `pending` is the constant that may still grow.
#[derive(Default)]
struct Values {
    done: Vec<Expr>,
    pending: Option<(Span, TextBuilder, bool)>,
}

impl Values {
    /// The constant to append to, widened to end at `place.end`.
    fn constant(&mut self, place: Span, unicode_prefix: bool) -> &mut TextBuilder {
        let (span, text, _) =
            self.pending.get_or_insert_with(|| (place, TextBuilder::default(), unicode_prefix));
        span.end = place.end;
        text
    }

    fn field(&mut self, field: Expr) {
        self.flush();
        self.done.push(field);
    }

    fn flush(&mut self) {
        if let Some((span, text, unicode_prefix)) = self.pending.take()
            && !text.is_empty()
        {
            let value = Constant::Str(text.finish());
            self.done.push(Expr { span, kind: ExprKind::Constant { value, unicode_prefix } });
        }
    }

    fn finish(mut self) -> Vec<Expr> {
        self.flush();
        self.done
    }
}

impl Adapter<'_> {
    /// One f-string or t-string deeper; gives the outer one's depth of format specifications.
    fn enter_string(&mut self, place: Span) -> Result<u32> {
        self.string_depth += 1;
        if self.string_depth > MAX_STRINGS {
            let message = "too many nested f-strings or t-strings".to_owned();
            return Err(Refused::Literal(message, place));
        }
        Ok(std::mem::take(&mut self.spec_depth))
    }

    pub(super) fn f_string(&mut self, node: &ruff::ExprFString) -> Result<Expr> {
        let mut values = Values::default();
        let outer_depth = self.enter_string(span(node.range))?;
        for part in node.value.iter() {
            match part {
                ruff::FStringPart::Literal(literal) => {
                    let unicode_prefix = literal.flags.prefix().is_unicode();
                    let text = values.constant(span(literal.range), unicode_prefix);
                    self.string_part(literal, text)?;
                }
                ruff::FStringPart::FString(part) => {
                    let raw = part.flags.prefix().is_raw();
                    self.elements(
                        &part.elements,
                        span(part.range).end,
                        raw,
                        Field::Formatted,
                        &mut values,
                    )?;
                }
            }
        }
        self.spec_depth = outer_depth;
        self.string_depth -= 1;
        let kind = ExprKind::JoinedStr { values: values.finish() };
        Ok(Expr { span: span(node.range), kind })
    }

    pub(super) fn t_string(&mut self, node: &ruff::ExprTString) -> Result<Expr> {
        let mut values = Values::default();
        let outer_depth = self.enter_string(span(node.range))?;
        for part in node.value.iter() {
            let raw = part.flags.prefix().is_raw();
            self.elements(
                &part.elements,
                span(part.range).end,
                raw,
                Field::Interpolation,
                &mut values,
            )?;
        }
        self.spec_depth = outer_depth;
        self.string_depth -= 1;
        let kind = ExprKind::TemplateStr { values: values.finish() };
        Ok(Expr { span: span(node.range), kind })
    }

    fn elements(
        &mut self,
        elements: &[ruff::InterpolatedStringElement],
        end: u32,
        raw: bool,
        field: Field,
        values: &mut Values,
    ) -> Result<()> {
        for element in elements {
            match element {
                ruff::InterpolatedStringElement::Literal(literal) => {
                    let outer = self.read_at.replace(end);
                    self.literal_element(span(literal.range), raw, true, values)?;
                    self.read_at = outer;
                }
                ruff::InterpolatedStringElement::Interpolation(node) => {
                    let outer = self.read_at.take();
                    self.deeper(|this| this.field(node, raw, field, values))?;
                    self.read_at = outer;
                }
            }
        }
        Ok(())
    }

    /// The text between fields. `{{` and `}}` stand for one brace (not in a format
    /// specification).
    fn literal_element(
        &mut self,
        place: Span,
        raw: bool,
        doubled: bool,
        values: &mut Values,
    ) -> Result<()> {
        let bytes = self.text(place).as_bytes();
        let mut from = 0;
        let mut at = 0;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if !raw && bytes.get(at + 1) == Some(&b'N') => {
                    // The braces of a named character are not doubled.
                    let named = bytes[at..].iter().position(|byte| *byte == b'}');
                    let braced = bytes.get(at + 2) == Some(&b'{');
                    at += if braced { named.map_or(2, |end| end + 1) } else { 2 };
                }
                b'\\' if matches!(self.byte_at(place, at + 1), b'{' | b'}') => {
                    if !raw {
                        let offset = place.start + at as u32;
                        self.warn_brace_escape(offset, self.byte_at(place, at + 1));
                    }
                    at += 1;
                }
                b'\\' => at += 2,
                brace @ (b'{' | b'}') if doubled && bytes.get(at + 1) == Some(&brace) => {
                    let segment = Span::new(from as u32, at as u32 + 1);
                    self.segment(place, segment, raw, values)?;
                    at += 2;
                    from = at;
                }
                _ => at += 1,
            }
        }
        let segment = Span::new(from as u32, bytes.len() as u32);
        if segment.start < segment.end {
            self.segment(place, segment, raw, values)?;
        }
        Ok(())
    }

    /// A byte of the source, counted from the start of `place`; 0 behind the end.
    fn byte_at(&self, place: Span, offset: usize) -> u8 {
        self.source.as_bytes().get(place.start as usize + offset).copied().unwrap_or(0)
    }

    fn segment(&mut self, place: Span, at: Span, raw: bool, values: &mut Values) -> Result<()> {
        let body = Span::new(place.start + at.start, place.start + at.end);
        let text = self.text(body);
        // The second of two braces belongs to the constant's place, not to its text.
        let doubled = text.ends_with(['{', '}'])
            && self.source.as_bytes().get(body.end as usize) == text.as_bytes().last()
            && body.end < place.end;
        let covered = Span::new(body.start, body.end + u32::from(doubled));
        let out = values.constant(covered, false);
        // A backslash before a brace is itself; the tokenizer has warned already.
        let before_brace = text.strip_suffix(['{', '}']).filter(|head| ends_in_lone(head));
        match before_brace {
            Some(head) if !raw => {
                let head_end = body.end - 2;
                self.decode_into(Span::new(body.start, head_end), body, raw, out)?;
                out.push_str(&text[head.len() - 1..]);
                Ok(())
            }
            _ if !raw && ends_in_lone(text) => {
                self.decode_into(Span::new(body.start, body.end - 1), body, raw, out)?;
                out.push_str("\\");
                Ok(())
            }
            _ => self.decode_into(body, body, raw, out),
        }
    }

    fn field(
        &mut self,
        node: &ruff::InterpolatedElement,
        raw: bool,
        field: Field,
        values: &mut Values,
    ) -> Result<()> {
        let place = span(node.range);
        let value = self.yieldable(&node.expression)?;
        let mut conversion = match node.conversion {
            ruff::ConversionFlag::None => Conversion::None,
            ruff::ConversionFlag::Str => Conversion::Str,
            ruff::ConversionFlag::Repr => Conversion::Repr,
            ruff::ConversionFlag::Ascii => Conversion::Ascii,
        };
        let format_spec = match &node.format_spec {
            Some(spec) => Some(Box::new(self.format_spec(spec, raw)?)),
            None => None,
        };
        // Where the expression text ends: at the conversion, the specification or the brace.
        let text_end = self.expression_end(node, place);
        let inner = Span::new(place.start + 1, text_end);
        if node.debug_text.is_some() {
            let text = without_comments(self.text(inner));
            values.constant(inner, false).push_str(&text);
            if conversion == Conversion::None && format_spec.is_none() {
                conversion = Conversion::Repr;
            }
        }
        let kind = match field {
            Field::Formatted => ExprKind::FormattedValue { value, conversion, format_spec },
            Field::Interpolation => {
                let mut text = without_comments(self.text(inner));
                if node.debug_text.is_some() {
                    // What stands before the `=`.
                    if let Some(equals) = text.rfind('=') {
                        text.truncate(equals);
                    }
                }
                let str = Text::Utf8(text.into());
                ExprKind::Interpolation { value, str, conversion, format_spec }
            }
        };
        values.field(Expr { span: place, kind });
        Ok(())
    }

    fn expression_end(&self, node: &ruff::InterpolatedElement, place: Span) -> u32 {
        if node.debug_text.is_none() || node.conversion != ruff::ConversionFlag::None {
            // Search forwards from the expression for what is not part of it.
            let start = span(ruff_text_size::Ranged::range(&*node.expression)).end;
            let bytes = self.source.as_bytes();
            let mut at = start as usize;
            while at < place.end as usize {
                match bytes[at] {
                    b'#' => {
                        while at < place.end as usize && bytes[at] != b'\n' {
                            at += 1;
                        }
                    }
                    b'!' | b':' | b'}' => return at as u32,
                    _ => at += 1,
                }
            }
            return place.end - 1;
        }
        match &node.format_spec {
            Some(spec) => self.colon_before(span(spec.range).start),
            None => place.end - 1,
        }
    }

    /// The offset of the colon that opens a format specification starting at `start`.
    fn colon_before(&self, start: u32) -> u32 {
        let bytes = self.source.as_bytes();
        if bytes.get(start as usize) == Some(&b':')
            && (start == 0 || bytes[start as usize - 1] != b':')
        {
            return start;
        }
        start.saturating_sub(1)
    }

    fn format_spec(
        &mut self,
        spec: &ruff::InterpolatedStringFormatSpec,
        raw: bool,
    ) -> Result<Expr> {
        let mut place = span(spec.range);
        place.start = self.colon_before(place.start);
        let mut values = Values::default();
        self.spec_depth += 1;
        if self.spec_depth >= MAX_SPECS {
            return Err(Refused::Suspect);
        }
        for element in &spec.elements {
            match element {
                ruff::InterpolatedStringElement::Literal(literal) => {
                    self.literal_element(span(literal.range), raw, false, &mut values)?;
                }
                ruff::InterpolatedStringElement::Interpolation(node) => {
                    self.deeper(|this| this.field(node, raw, Field::Formatted, &mut values))?;
                }
            }
        }
        self.spec_depth -= 1;
        let kind = ExprKind::JoinedStr { values: values.finish() };
        Ok(Expr { span: place, kind })
    }

    fn warn_brace_escape(&mut self, offset: u32, brace: u8) {
        let message = crate::literals::bad_escape_message(&char::from(brace).to_string());
        let outer = self.read_at.take();
        self.warn(super::warn::Phase::Parse, message, Span::new(offset, offset + 2));
        self.read_at = outer;
    }
}

/// Whether `text` ends in a backslash that is not itself escaped.
fn ends_in_lone(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// The text of a field without comments (a `#` inside a string literal starts none).
fn without_comments(text: &str) -> String {
    if !text.contains('#') {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let mut quote = None;
    let mut comment = false;
    let mut escaped = false;
    for character in text.chars() {
        if std::mem::take(&mut escaped) {
            kept.push(character);
            continue;
        }
        escaped = quote.is_some() && character == '\\';
        match (comment, quote, character) {
            (true, _, '\n') => {
                comment = false;
                kept.push('\n');
            }
            (true, ..) => {}
            (false, None, '#') => comment = true,
            (false, None, '\'' | '"') => {
                quote = Some(character);
                kept.push(character);
            }
            (false, Some(open), _) if open == character => {
                quote = None;
                kept.push(character);
            }
            _ => kept.push(character),
        }
    }
    kept
}
