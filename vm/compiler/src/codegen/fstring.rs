//! f-strings and t-strings.

use super::Compiler;
use super::expr::RUN_MAX;
use crate::constant::of_text;
use crate::error::Result;
use crate::unit::Reg;
use pyrs_bytecode::{Const, Op};
use pyrs_syntax::ast::*;

fn conversion_code(conversion: Conversion) -> u32 {
    match conversion {
        Conversion::None => 0,
        Conversion::Str => 1,
        Conversion::Repr => 2,
        Conversion::Ascii => 3,
    }
}

impl<'a> Compiler<'a> {
    pub(crate) fn joined_str(&mut self, values: &'a [Expr], dst: Reg) -> Result<()> {
        match values {
            [] => {
                self.unit.load_const(dst, Const::Str("".into()));
                return Ok(());
            }
            [only] => return self.expr_to(only, dst),
            _ => {}
        }
        // Long ones are joined piece by piece, the text so far being the first of the next run.
        let run = self.unit.next;
        for value in values {
            if self.unit.next - run >= RUN_MAX as u32 || self.unit.next > super::expr::SPILL_FROM {
                let count = self.unit.next - run;
                if count > 1 {
                    self.unit.emit(Op::BuildString, run, run, count);
                    self.unit.next = run + 1;
                }
            }
            self.expr_temp(value)?;
        }
        let count = self.unit.next - run;
        self.unit.emit(Op::BuildString, dst, run, count);
        Ok(())
    }

    pub(crate) fn formatted_value(
        &mut self,
        value: &'a Expr,
        conversion: Conversion,
        spec: Option<&'a Expr>,
        dst: Reg,
    ) -> Result<()> {
        let code = conversion_code(conversion);
        let Some(spec) = spec else {
            let r = self.expr(value)?;
            self.unit.emit(Op::FormatValue, dst, r, code);
            return Ok(());
        };
        let mut r = self.operand(value, &[spec])?;
        if code != 0 {
            let t = self.unit.temp();
            self.unit.emit(Op::Convert, t, r, code);
            r = t;
        }
        let s = self.expr(spec)?;
        self.unit.emit(Op::FormatWithSpec, dst, r, s);
        Ok(())
    }

    /// t-strings (PEP 750): a tuple of strings around a tuple of interpolations.
    pub(crate) fn template(&mut self, values: &'a [Expr], dst: Reg) -> Result<()> {
        let mut strings: Vec<Const> = Vec::new();
        let mut text_open = false;
        let mut interpolations = Vec::new();
        for value in values {
            match &value.kind {
                ExprKind::Constant { value: Constant::Str(text), .. } => {
                    strings.push(of_text(text));
                    text_open = true;
                }
                _ => {
                    if !text_open {
                        strings.push(Const::Str("".into()));
                    }
                    text_open = false;
                    interpolations.push(value);
                }
            }
        }
        if !text_open {
            strings.push(Const::Str("".into()));
        }
        let tuple = self.unit.temp();
        self.unit.load_const(tuple, Const::Tuple(strings.into()));
        let list = self.unit.temp();
        self.unit.emit(Op::BuildList, list, self.unit.next, 0);
        for value in interpolations {
            let mark = self.unit.next;
            let t = self.unit.temp();
            self.at(value.span, |c| c.interpolation(value, t))?;
            self.unit.emit(Op::ListAppend, list, t, 0);
            self.unit.next = mark;
        }
        self.unit.emit(Op::ListToTuple, list, list, 0);
        self.unit.emit(Op::BuildTemplate, dst, tuple, list);
        Ok(())
    }

    fn interpolation(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        let ExprKind::Interpolation { value, str, conversion, format_spec } = &e.kind else {
            return self.expr_to(e, dst);
        };
        let run = self.unit.temps(3);
        self.expr_to(value, run)?;
        self.unit.load_const(run + 1, of_text(str));
        match format_spec {
            Some(spec) => self.expr_to(spec, run + 2)?,
            None => self.unit.load_const(run + 2, Const::Str("".into())),
        }
        self.unit.emit(Op::BuildInterpolation, dst, run, conversion_code(*conversion));
        Ok(())
    }

    /// `"..." % tuple` is left to run time: the operator is as fast as formatting piece by piece.
    pub(crate) fn percent_format(
        &mut self,
        _left: &Expr,
        _right: &Expr,
        _dst: Reg,
    ) -> Result<bool> {
        Ok(false)
    }
}
