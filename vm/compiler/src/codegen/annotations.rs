//! Annotations (PEP 649, 749): `__annotate__` functions, or strings under `from __future__ import annotations`.

use super::Compiler;
use super::call::name_const;
use super::function::FunctionParts;
use crate::error::Result;
use crate::scope::{Kind, Role, ScopeId};
use crate::unit::Reg;
use pyrs_bytecode::{Const, Op, flags};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

/// An annotated variable of a class or module: name, annotation, and number if it may not run.
struct Annotated<'a> {
    name: Symbol,
    annotation: &'a Expr,
    conditional: Option<u32>,
}

impl<'a> Compiler<'a> {
    pub(crate) fn annotations_are_strings(&self) -> bool {
        self.future & flags::FUTURE_ANNOTATIONS != 0
    }

    /// Set-up at the beginning of a module.
    pub(crate) fn module_annotations(&mut self, body: &'a [Stmt]) -> Result<()> {
        let scope = self.scope();
        if !scope.annotations_used {
            return Ok(());
        }
        if self.annotations_are_strings() {
            self.unit.emit(Op::SetupAnnotations, 0, 0, 0);
            return Ok(());
        }
        self.begin_conditional();
        let list = self.annotated(body);
        self.annotate_function(&list, self.known.annotate)
    }

    /// Set-up at the beginning of a class body.
    pub(crate) fn class_annotations_begin(&mut self, _body: &'a [Stmt]) {
        if !self.scope().annotations_used {
            return;
        }
        if self.annotations_are_strings() {
            self.unit.emit(Op::SetupAnnotations, 0, 0, 0);
            return;
        }
        self.begin_conditional();
        let _ = self.annotated(_body);
    }

    pub(crate) fn class_annotations_end(&mut self, body: &'a [Stmt]) -> Result<()> {
        if !self.scope().annotations_used || self.annotations_are_strings() {
            return Ok(());
        }
        let list = self.annotated(body);
        self.annotate_function(&list, self.known.annotate_func)
    }

    /// `__conditional_annotations__ = set()`
    fn begin_conditional(&mut self) {
        if self.scope().conditional_annotations {
            let t = self.unit.temp();
            self.unit.emit(Op::BuildSet, t, t, 0);
            self.store_conditional_set(t);
            self.unit.next = t;
        }
    }

    fn store_conditional_set(&mut self, t: Reg) {
        let symbol = self.known.conditional;
        if self.scope().kind == Kind::Class {
            self.store_cell(symbol, t);
        } else {
            self.emit_site(Op::StoreName, t, 0, 0, symbol);
        }
    }

    /// The annotated names of a class or module body in source order; numbers the conditional ones.
    fn annotated(&mut self, body: &'a [Stmt]) -> Vec<Annotated<'a>> {
        let all = self.scope().kind == Kind::Module;
        let mut found = Vec::new();
        collect(body, all, &mut found);
        let mut count = 0;
        let mut list = Vec::with_capacity(found.len());
        for (s, conditional) in found {
            let StmtKind::AnnAssign { target, annotation, .. } = &s.kind else { continue };
            let ExprKind::Name { id, .. } = &target.kind else { continue };
            let number = conditional.then_some(count);
            if conditional {
                count += 1;
                self.unit.annotation_index.insert(std::ptr::from_ref(s) as usize, count - 1);
            }
            list.push(Annotated { name: *id, annotation, conditional: number });
        }
        list
    }

    /// Makes `__annotate__` of a class or module.
    fn annotate_function(&mut self, list: &[Annotated<'a>], target: Symbol) -> Result<()> {
        let Some(block) = self.scope().annotation_block else { return Ok(()) };
        if list.is_empty() {
            return Ok(());
        }
        let in_class = self.scope().kind == Kind::Class;
        let span = list[0].annotation.span;
        let line = self.line(span);
        self.begin_annotate(block, line, span);
        let dict = self.unit.temp();
        self.unit.emit(Op::BuildMap, dict, dict, 0);
        for entry in list {
            let mark = self.unit.next;
            self.unit.span = entry.annotation.span;
            let skip = self.unit.label();
            if let Some(number) = entry.conditional {
                let n = self.unit.temp();
                self.unit.load_const(n, Const::Int(i64::from(number)));
                let set = self.unit.temp();
                let symbol = self.known.conditional;
                match (in_class, self.unit.vars.get(&symbol).copied()) {
                    (true, Some(var)) => {
                        let cell = self.cell(var);
                        self.unit.emit(Op::LoadCell, set, cell, 0);
                    }
                    _ => self.emit_site(Op::LoadGlobal, set, 0, 0, symbol),
                }
                self.unit.branch(Op::JumpIn, n, set, 0, skip);
                self.unit.next = mark;
            }
            self.annotation_item(dict, entry.name, entry.annotation)?;
            self.unit.bind(skip);
            self.unit.next = mark;
        }
        self.unit.emit(Op::Return, dict, 0, 0);
        let (code, unit) = self.leave(0)?;
        let t = self.unit.temp();
        self.make_function(t, code, &unit, FunctionParts::default());
        self.store_mangled(target, t);
        self.unit.next = t;
        Ok(())
    }

    /// Enters the unit of an annotation scope and tests the format argument.
    pub(crate) fn begin_annotate(&mut self, block: ScopeId, line: u32, span: Span) {
        let name = self.scopes.get(block).name;
        self.enter(block, name, line);
        self.unit.positional = 1;
        self.unit.positional_only = 1;
        if let Some(first) = self.unit.locals.first_mut() {
            // What `inspect` shows; the code itself cannot mention either name.
            first.0 = self.known.format;
        }
        self.unit.span = span;
        let go = self.unit.label();
        self.unit.branch(Op::JumpGtImm, 0, 2, 0, go);
        let t = self.unit.temp();
        self.unit.emit(Op::LoadCommon, t, 1, 0);
        self.unit.emit(Op::Raise, t, 0, 0);
        self.unit.next = t;
        self.unit.bind(go);
    }

    /// dict[name] = annotation
    fn annotation_item(&mut self, dict: Reg, name: Symbol, annotation: &'a Expr) -> Result<()> {
        let mark = self.unit.next;
        let symbol = self.mangle(name);
        let k = self.unit.temp();
        self.unit.load_const(k, name_const(&self.names, symbol));
        let v = self.annotation_value(annotation)?;
        self.unit.emit(Op::MapAdd, dict, k, v);
        self.unit.next = mark;
        Ok(())
    }

    /// An annotation's value; `*args: *Ts` stands for the only item of `[*Ts]`.
    fn annotation_value(&mut self, annotation: &'a Expr) -> Result<Reg> {
        if let ExprKind::Starred { value, .. } = &annotation.kind {
            let t = self.unit.temp();
            let r = self.expr(value)?;
            self.unit.emit(Op::UnpackSequence, t, r, 1);
            self.unit.mark_written(t);
            self.unit.next = t + 1;
            return Ok(t);
        }
        self.expr(annotation)
    }

    /// The annotations of a function, as `__annotate__` or as a dict of strings.
    pub(crate) fn annotation_parts(
        &mut self,
        s: &Stmt,
        f: &'a FunctionDef,
        parts: &mut FunctionParts,
    ) -> Result<()> {
        let block = self.scope_of(f, Role::Annotation, s.span)?;
        if !self.scopes.get(block).annotations_used {
            return Ok(());
        }
        let args = &f.args;
        let all = args.posonlyargs.iter().chain(&args.args).chain(args.vararg.as_deref());
        let all = all.chain(&args.kwonlyargs).chain(args.kwarg.as_deref());
        let returns = self.names.intern("return");
        let list: Vec<(Symbol, &'a Expr)> = all
            .filter_map(|arg| arg.annotation.as_deref().map(|a| (arg.arg, a)))
            .chain(f.returns.as_deref().map(|r| (returns, r)))
            .collect();
        if self.annotations_are_strings() {
            let dict = self.unit.temp();
            self.unit.emit(Op::BuildMap, dict, dict, 0);
            for (name, annotation) in list {
                self.string_annotation(dict, name, annotation);
            }
            parts.annotations = Some(dict);
            return Ok(());
        }
        let line = self.line(s.span);
        self.begin_annotate(block, line, s.span);
        let dict = self.unit.temp();
        self.unit.emit(Op::BuildMap, dict, dict, 0);
        for (name, annotation) in list {
            self.unit.span = annotation.span;
            self.annotation_item(dict, name, annotation)?;
        }
        self.unit.emit(Op::Return, dict, 0, 0);
        let (code, unit) = self.leave(0)?;
        let t = self.unit.temp();
        self.make_function(t, code, &unit, FunctionParts::default());
        parts.annotate = Some(t);
        Ok(())
    }

    /// dict[name] = source text of the annotation
    fn string_annotation(&mut self, dict: Reg, name: Symbol, annotation: &Expr) {
        let mark = self.unit.next;
        let symbol = self.mangle(name);
        let k = self.unit.temps(2);
        self.unit.load_const(k, name_const(&self.names, symbol));
        let text = crate::unparse::annotation(annotation, &self.names);
        self.unit.load_const(k + 1, text);
        self.unit.emit(Op::MapAdd, dict, k, k + 1);
        self.unit.next = mark;
    }

    pub(crate) fn ann_assign(
        &mut self,
        s: &'a Stmt,
        target: &'a Expr,
        annotation: &'a Expr,
        value: Option<&'a Expr>,
        simple: bool,
    ) -> Result<()> {
        if let Some(value) = value {
            let later = [target];
            if let Some(slot) = self.store_register(target) {
                self.expr_to(value, slot)?;
                self.note_bound(slot);
            } else {
                let r = self.operand(value, &later)?;
                self.assign(target, r)?;
            }
        }
        match &target.kind {
            ExprKind::Name { id, .. } => {
                let namespace = matches!(self.scope().kind, Kind::Class | Kind::Module);
                if !(simple && namespace) {
                    return Ok(());
                }
                if self.annotations_are_strings() {
                    let dict = self.unit.temp();
                    let symbol = self.known.annotations;
                    self.emit_site(Op::LoadName, dict, 0, 0, symbol);
                    let k = self.unit.temps(2);
                    let name = self.mangle(*id);
                    self.unit.load_const(k, name_const(&self.names, name));
                    let text = crate::unparse::annotation(annotation, &self.names);
                    self.unit.load_const(k + 1, text);
                    self.unit.emit(Op::SetItem, dict, k, k + 1);
                } else if let Some(&n) =
                    self.unit.annotation_index.get(&(std::ptr::from_ref(s) as usize))
                {
                    self.note_conditional(n);
                }
            }
            ExprKind::Attribute { value: object, .. } if value.is_none() => {
                self.expr(object)?;
            }
            ExprKind::Subscript { value: object, slice, .. } if value.is_none() => {
                self.expr(object)?;
                self.expr(slice)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// `__conditional_annotations__.add(n)`
    fn note_conditional(&mut self, n: u32) {
        let set = self.unit.temp();
        let symbol = self.known.conditional;
        match (self.scope().kind, self.unit.vars.get(&symbol).copied()) {
            (Kind::Class, Some(var)) => {
                let cell = self.cell(var);
                self.unit.emit(Op::LoadCell, set, cell, 0);
            }
            _ => self.emit_site(Op::LoadName, set, 0, 0, symbol),
        }
        let t = self.unit.temp();
        self.unit.load_const(t, Const::Int(i64::from(n)));
        self.unit.emit(Op::SetAdd, set, t, 0);
        self.unit.next = set;
    }
}

/// Annotated assignments to simple names, and whether each may be passed over.
fn collect<'a>(body: &'a [Stmt], conditional: bool, out: &mut Vec<(&'a Stmt, bool)>) {
    for s in body {
        match &s.kind {
            StmtKind::AnnAssign { target, simple: true, .. } => {
                if matches!(target.kind, ExprKind::Name { .. }) {
                    out.push((s, conditional));
                }
            }
            StmtKind::For(f) | StmtKind::AsyncFor(f) => {
                collect(&f.body, true, out);
                collect(&f.orelse, true, out);
            }
            StmtKind::While { body, orelse, .. } | StmtKind::If { body, orelse, .. } => {
                collect(body, true, out);
                collect(orelse, true, out);
            }
            StmtKind::With(w) | StmtKind::AsyncWith(w) => collect(&w.body, true, out),
            StmtKind::Match { cases, .. } => cases.iter().for_each(|c| collect(&c.body, true, out)),
            StmtKind::Try(t) | StmtKind::TryStar(t) => {
                collect(&t.body, true, out);
                t.handlers.iter().for_each(|h| collect(&h.body, true, out));
                collect(&t.orelse, true, out);
                collect(&t.finalbody, true, out);
            }
            _ => {}
        }
    }
}
