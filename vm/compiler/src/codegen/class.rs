//! Class definitions and bodies.

use super::Compiler;
use super::call::name_const;
use super::function::FunctionParts;
use crate::error::Result;
use crate::scope::Role;
use crate::unit::{Reg, Unit};
use pyrs_bytecode::{CodeData, Const, Intrinsic1, Op};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

/// What a class statement calls `__build_class__` with besides its bases.
enum GenericBase {
    None,
    /// `.generic_base` of the enclosing scope of type parameters.
    Appended,
}

impl<'a> Compiler<'a> {
    pub(crate) fn class_def(&mut self, s: &'a Stmt, c: &'a ClassDef) -> Result<()> {
        let first_line = self.line(c.decorator_list.first().map_or(s.span, |d| d.span));
        let r = self.decorators(&c.decorator_list)?;
        if c.type_params.is_empty() {
            let (code, unit) = self.class_code(s, c, first_line)?;
            self.build_class(c, code, &unit, r, GenericBase::None)?;
        } else {
            self.generic_class(s, c, first_line, r)?;
        }
        let r = self.apply_decorators(&c.decorator_list, r);
        self.store_name(c.name, r);
        Ok(())
    }

    fn generic_class(
        &mut self,
        s: &'a Stmt,
        c: &'a ClassDef,
        first_line: u32,
        r: Reg,
    ) -> Result<()> {
        let id = self.scope_of(c, Role::Params, s.span)?;
        let name = self.scopes.get(id).name;
        self.enter(id, name, first_line);
        self.unit.private = Some(c.name);
        self.unit.mangled = Some(c.type_params.iter().map(|p| p.kind.name()).collect());
        self.unit.span = s.span;
        let params = self.type_params(&c.type_params)?;
        self.store_mangled(self.known.dot_type_params, params);
        let t = self.unit.temp();
        let (code, unit) = self.class_code(s, c, first_line)?;
        let p = self.loaded(self.known.dot_type_params);
        self.unit.emit(Op::Intrinsic1, t, p, Intrinsic1::SubscriptGeneric as u32);
        self.store_mangled(self.known.dot_generic_base, t);
        let class = self.unit.temp();
        self.build_class(c, code, &unit, class, GenericBase::Appended)?;
        self.unit.emit(Op::Return, class, 0, 0);
        let (code, unit) = self.leave(0)?;
        self.call_scope(r, code, &unit, &[]);
        Ok(())
    }

    /// r = __build_class__(body, name, *bases, **keywords)
    fn build_class(
        &mut self,
        c: &'a ClassDef,
        code: CodeData,
        unit: &Unit<'a>,
        r: Reg,
        generic: GenericBase,
    ) -> Result<()> {
        let mark = self.unit.next;
        let w = self.window(r);
        self.unit.emit(Op::LoadBuildClass, w, 0, 0);
        self.unit.temps(3);
        let function = self.unit.temp();
        self.make_function(function, code, unit, FunctionParts::default());
        let name = self.unit.temp();
        self.unit.load_const(name, name_const(&self.names, c.name));
        let starred = c.bases.iter().any(|b| matches!(b.kind, ExprKind::Starred { .. }))
            || c.keywords.iter().any(|k| k.arg.is_none())
            || c.bases.len() + c.keywords.len() > 40;
        if starred {
            let list = self.unit.temp();
            self.unit.emit(Op::BuildList, list, function, 2);
            self.extend_list(list, &c.bases)?;
            if matches!(generic, GenericBase::Appended) {
                let base = self.loaded(self.known.dot_generic_base);
                self.unit.emit(Op::ListAppend, list, base, 0);
            }
            self.unit.mov(function, list);
            self.call_ex_keywords(w, &c.keywords)?;
        } else {
            let mut count = 2;
            for base in &c.bases {
                self.expr_temp(base)?;
                count += 1;
            }
            if matches!(generic, GenericBase::Appended) {
                self.loaded(self.known.dot_generic_base);
                count += 1;
            }
            let mut names = Vec::new();
            for keyword in &c.keywords {
                self.expr_temp(&keyword.value)?;
                if let Some(arg) = keyword.arg {
                    let symbol = self.mangle(arg);
                    names.push(name_const(&self.names, symbol));
                }
                count += 1;
            }
            if names.is_empty() {
                self.unit.emit(Op::Call, w, count, 0);
            } else {
                let names = self.unit.constant(Const::Tuple(names.into()));
                self.unit.emit_extra(Op::CallKw, w, count, 0, names);
            }
        }
        self.unit.mov(r, w);
        self.unit.next = mark;
        Ok(())
    }

    fn class_code(
        &mut self,
        s: &'a Stmt,
        c: &'a ClassDef,
        first_line: u32,
    ) -> Result<(CodeData, Unit<'a>)> {
        let id = self.scope_of(c, Role::Body, s.span)?;
        self.enter(id, c.name, first_line);
        self.unit.private = Some(c.name);
        self.unit.mangled = None;
        // As in CPython, the set-up of the class is reported at the beginning of its first line.
        let start = self.parsed.lines.line_range(first_line).start as u32;
        self.unit.span = Span::new(start, start);
        let k = self.known;
        let t = self.unit.temp();
        self.load_mangled(k.name, t);
        self.store_mangled(k.module_attr, t);
        let qualname = Const::Str(self.unit.qualname.as_str().into());
        self.unit.load_const(t, qualname);
        self.store_mangled(k.qualname, t);
        self.unit.load_const(t, Const::Int(i64::from(first_line)));
        self.store_mangled(k.firstlineno, t);
        if !c.type_params.is_empty() {
            self.load_mangled(k.dot_type_params, t);
            self.store_mangled(k.type_params, t);
        }
        if self.scope().needs_classdict {
            self.unit.emit(Op::LoadLocals, t, 0, 0);
            self.store_cell(k.classdict, t);
        }
        self.unit.next = t;
        self.class_annotations_begin(&c.body);
        let body = self.docstring(&c.body)?;
        self.stmts(body)?;
        self.unit.span = Span::new(start, start);
        self.class_annotations_end(&c.body)?;
        let t = self.unit.temp();
        let mut attributes: Vec<&str> =
            self.unit.static_attributes.iter().map(|s| self.names.text(*s)).collect();
        attributes.sort_unstable();
        let attributes = attributes.into_iter().map(|a| Const::Str(a.into())).collect();
        self.unit.load_const(t, Const::Tuple(attributes));
        self.store_mangled(k.static_attributes, t);
        if self.scope().needs_classdict {
            self.cell_into(k.classdict, t);
            self.store_mangled(k.classdictcell, t);
        }
        if self.scope().needs_class_closure {
            self.cell_into(k.class_, t);
            self.store_mangled(k.classcell, t);
            self.unit.emit(Op::Return, t, 0, 0);
        } else {
            self.unit.emit(Op::ReturnNone, 0, 0, 0);
        }
        self.leave(0)
    }

    /// Stores into a cell that class code made for itself.
    pub(crate) fn store_cell(&mut self, symbol: Symbol, src: Reg) {
        if let Some(var) = self.unit.vars.get(&symbol).copied() {
            let mark = self.unit.next;
            let cell = self.cell(var);
            self.unit.emit(Op::StoreCell, cell, src, 0);
            self.unit.next = mark;
        }
    }
}
