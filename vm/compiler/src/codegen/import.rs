//! Imports.

use super::Compiler;
use super::call::name_const;
use crate::error::Result;
use crate::unit::Reg;
use pyrs_bytecode::{Const, Op};
use pyrs_syntax::ast::*;

impl<'a> Compiler<'a> {
    pub(crate) fn import(&mut self, names: &'a [Alias]) -> Result<()> {
        for alias in names {
            let mark = self.unit.next;
            let module = self.import_name(alias.name, 0, Const::None);
            let text = self.names.text(alias.name).to_owned();
            let mut parts = text.split('.');
            let first = parts.next().unwrap_or_default();
            match alias.asname {
                None => {
                    let first = self.names.intern(first);
                    self.store_name(first, module);
                }
                Some(name) => {
                    // `import a.b.c as d` walks down by attribute, with the fall-back to sys.modules.
                    for part in parts {
                        let part = self.names.intern(part);
                        self.emit_site(Op::ImportFrom, module, module, 0, part);
                    }
                    self.store_name(name, module);
                }
            }
            self.unit.next = mark;
        }
        Ok(())
    }

    fn import_name(&mut self, name: Symbol, level: u32, from: Const) -> Reg {
        let module = self.unit.temp();
        let run = self.unit.temps(2);
        self.unit.load_const(run, Const::Int(i64::from(level)));
        self.unit.load_const(run + 1, from);
        self.emit_site(Op::ImportName, module, run, run + 1, name);
        self.unit.next = module + 1;
        module
    }

    pub(crate) fn import_from(
        &mut self,
        s: &Stmt,
        module: Option<Symbol>,
        names: &'a [Alias],
        level: u32,
    ) -> Result<()> {
        let name = module.unwrap_or(self.known.empty);
        if level == 0 && self.names.text(name) == "__future__" && s.span.end > self.future_end {
            let message = "from __future__ imports must occur at the beginning of the file";
            return self.error(s.span, message);
        }
        let from: Vec<Const> = names.iter().map(|a| name_const(&self.names, a.name)).collect();
        let star = matches!(names, [only] if only.name == self.known.star);
        let module = self.import_name(name, level, Const::Tuple(from.into()));
        if star {
            self.unit.emit(Op::ImportStar, module, 0, 0);
            return Ok(());
        }
        for alias in names {
            let mark = self.unit.next;
            let target = alias.asname.unwrap_or(alias.name);
            let t = self.unit.temp();
            self.emit_site(Op::ImportFrom, t, module, 0, alias.name);
            self.store_name(target, t);
            self.unit.next = mark;
        }
        Ok(())
    }
}
