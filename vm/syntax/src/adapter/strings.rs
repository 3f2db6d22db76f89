//! String and bytes literals: decoded from the source text, joined as the grammar says.

use super::{Adapter, Refused, Result, span};
use crate::ast::*;
use crate::literals::{BadEscape, TextBuilder, decode_bytes, decode_str};
use ruff_python_ast as ruff;
use ruff_python_ast::StringFlags;

impl Adapter<'_> {
    pub(super) fn string_literal(&mut self, node: &ruff::ExprStringLiteral) -> Result<ExprKind> {
        let mut out = TextBuilder::default();
        let mut unicode_prefix = false;
        for (index, part) in node.value.iter().enumerate() {
            unicode_prefix |= index == 0 && part.flags.prefix().is_unicode();
            self.string_part(part, &mut out)?;
        }
        Ok(ExprKind::Constant { value: Constant::Str(out.finish()), unicode_prefix })
    }

    /// Decodes one literal behind what `out` holds.
    pub(super) fn string_part(
        &mut self,
        part: &ruff::StringLiteral,
        out: &mut TextBuilder,
    ) -> Result<()> {
        let whole = span(part.range);
        let body = Span::new(
            whole.start + part.flags.opener_len().to_u32(),
            whole.end - part.flags.closer_len().to_u32(),
        );
        let raw = part.flags.prefix().is_raw();
        self.decode_into(body, whole, raw, out)
    }

    /// Decodes the source text of `body` unless `raw`; `whole` is the literal, for errors.
    pub(super) fn decode_into(
        &mut self,
        body: Span,
        whole: Span,
        raw: bool,
        out: &mut TextBuilder,
    ) -> Result<()> {
        let text = self.text(body);
        if raw || !text.as_bytes().contains(&b'\\') {
            out.push_str(text);
            return Ok(());
        }
        let bad = decode_str(text, out).map_err(|message| Refused::Literal(message, whole))?;
        self.warn_escape(bad, body);
        Ok(())
    }

    pub(super) fn bytes_literal(&mut self, node: &ruff::ExprBytesLiteral) -> Result<ExprKind> {
        let mut out = Vec::new();
        for part in node.value.iter() {
            let whole = span(part.range);
            let body = Span::new(
                whole.start + part.flags.opener_len().to_u32(),
                whole.end - part.flags.closer_len().to_u32(),
            );
            let text = self.text(body);
            if part.flags.prefix().is_raw() {
                out.extend_from_slice(text.as_bytes());
                continue;
            }
            let bad =
                decode_bytes(text, &mut out).map_err(|message| Refused::Literal(message, whole))?;
            self.warn_escape(bad, body);
        }
        Ok(super::expressions::constant(Constant::Bytes(out.into())))
    }

    fn warn_escape(&mut self, bad: Option<BadEscape>, body: Span) {
        if let Some(bad) = bad {
            let at = body.start + bad.offset as u32;
            self.warn(super::warn::Phase::Parse, bad.message, Span::new(at, at + 2));
        }
    }
}
