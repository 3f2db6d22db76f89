//! Comprehensions and generator expressions: inlined where PEP 709 allows, else functions of one argument.

use super::Compiler;
use super::function::FunctionParts;
use crate::error::Result;
use crate::scope::{CompKind, Place, Role, ScopeId};
use crate::unit::{CompVars, FAR, Reg, Var};
use pyrs_bytecode::{Const, LocalKind, Op, flags};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

/// The parts of a comprehension.
#[derive(Clone, Copy)]
struct Comp<'a> {
    kind: CompKind,
    elt: &'a Expr,
    value: Option<&'a Expr>,
    generators: &'a [Comprehension],
}

/// Where the outermost loop gets its items.
#[derive(Clone, Copy)]
enum First {
    /// The loop state is prepared here (or the asynchronous iterator is here).
    State(Reg),
    /// Evaluate the iterable.
    Evaluate,
}

fn parts(e: &Expr) -> Option<Comp<'_>> {
    let comp = |kind, elt, value, generators| Some(Comp { kind, elt, value, generators });
    match &e.kind {
        ExprKind::ListComp { elt, generators } => comp(CompKind::List, elt, None, generators),
        ExprKind::SetComp { elt, generators } => comp(CompKind::Set, elt, None, generators),
        ExprKind::DictComp { key, value, generators } => {
            comp(CompKind::Dict, key, Some(value), generators)
        }
        ExprKind::GeneratorExp { elt, generators } => {
            comp(CompKind::Generator, elt, None, generators)
        }
        _ => None,
    }
}

impl<'a> Compiler<'a> {
    pub(crate) fn comprehension(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        let Some(comp) = parts(e) else { return Ok(()) };
        let id = self.scope_of(e, Role::Body, e.span)?;
        if self.scopes.get(id).inlined {
            self.inlined_comprehension(e, comp, id, dst)
        } else {
            self.comprehension_function(e, comp, id, dst)
        }
    }

    fn inlined_comprehension(
        &mut self,
        e: &'a Expr,
        comp: Comp<'a>,
        id: ScopeId,
        dst: Reg,
    ) -> Result<()> {
        let acc = if self.unit.is_temp(dst) { dst } else { self.unit.temp() };
        let first = &comp.generators[0];
        let state = self.unit.temps(3);
        self.at(first.iter.span, |c| {
            if first.is_async {
                let r = c.expr(&first.iter)?;
                c.unit.emit(Op::GetAIter, state, r, 0);
                return Ok(());
            }
            c.loop_over(state, &first.iter)
        })?;
        self.unit.next = state + 3;
        let depth = self.unit.overlays.len() as u32;
        let mut vars = CompVars::new();
        let mut list = Vec::new();
        for info in &self.scopes.get(id).symbols {
            if matches!(info.place, Place::Local | Place::Cell) {
                let cell = info.place == Place::Cell;
                if let Some(&var) = self.unit.comp_vars.get(&(info.symbol, depth, cell)) {
                    vars.insert(info.symbol, (var, cell));
                    list.push((var, cell));
                }
            }
        }
        for &(var, cell) in &list {
            self.fresh_variable(var, cell);
        }
        self.unit.overlays.push((id, vars));
        self.begin_collection(comp.kind, acc);
        let result = self.generator(comp, 0, acc, First::State(state));
        self.unit.overlays.pop();
        result?;
        for &(var, _) in &list {
            let shown =
                self.unit.locals.get(var.slot as usize).is_some_and(|l| l.1 != LocalKind::Hidden);
            if shown && var.slot < FAR {
                self.unbind_local(var);
            }
        }
        self.unit.span = e.span;
        self.unit.mov(dst, acc);
        Ok(())
    }

    /// Makes a variable of a comprehension new: unbound, and in a cell of its own if it is in one.
    fn fresh_variable(&mut self, var: Var, cell: bool) {
        if var.slot < FAR {
            self.unbind_local(var);
            if cell {
                self.unit.emit(Op::MakeCell, var.slot, 0, 0);
            }
            return;
        }
        let run = self.unit.temps(2);
        self.unit.emit(Op::Unbind, run, 0, 0);
        self.unit.emit(Op::MakeCell, run, 0, 0);
        self.unit.load_const(run + 1, Const::Int(i64::from(var.slot - FAR)));
        self.unit.emit(Op::SetItem, self.unit.far_list, run + 1, run);
        self.unit.next = run;
    }

    fn begin_collection(&mut self, kind: CompKind, acc: Reg) {
        let op = match kind {
            CompKind::List => Op::BuildList,
            CompKind::Set => Op::BuildSet,
            CompKind::Dict => Op::BuildMap,
            _ => return,
        };
        let next = self.unit.next;
        self.unit.emit(op, acc, next.min(255), 0);
    }

    fn comprehension_function(
        &mut self,
        e: &'a Expr,
        comp: Comp<'a>,
        id: ScopeId,
        dst: Reg,
    ) -> Result<()> {
        let first = &comp.generators[0];
        let w = self.window(dst);
        self.unit.temps(3);
        let arg = self.unit.temp();
        let r = self.expr(&first.iter)?;
        let op = if first.is_async { Op::GetAIter } else { Op::GetIter };
        self.at(first.iter.span, |c| {
            c.unit.emit(op, arg, r, 0);
            Ok(())
        })?;
        self.unit.next = arg + 1;

        let line = self.line(e.span);
        let name = self.scopes.get(id).name;
        self.enter(id, name, line);
        self.unit.positional = 1;
        self.unit.span = e.span;
        let coroutine = self.scope().coroutine;
        let generator = comp.kind == CompKind::Generator;
        let code_flags = match (generator, coroutine) {
            (true, true) => flags::ASYNC_GENERATOR,
            (true, false) => flags::GENERATOR,
            (false, true) => flags::COROUTINE,
            (false, false) => 0,
        };
        if code_flags != 0 {
            self.unit.emit(Op::MakeGenerator, 0, 0, 0);
        }
        let acc = self.unit.temp();
        self.begin_collection(comp.kind, acc);
        let state = self.unit.temps(3);
        let span = std::mem::replace(&mut self.unit.span, first.iter.span);
        let zero = self.unit.temp();
        self.load_mangled(self.known.dot_zero, zero);
        if first.is_async {
            self.unit.mov(state, zero);
        } else {
            self.unit.emit(Op::ForPrepIter, state, zero, 0);
        }
        self.unit.next = zero;
        self.unit.span = span;
        self.generator(comp, 0, acc, First::State(state))?;
        if generator {
            self.unit.emit(Op::ReturnNone, 0, 0, 0);
        } else {
            self.unit.emit(Op::Return, acc, 0, 0);
        }
        let (code, unit) = self.leave(code_flags)?;
        self.make_function(w, code, &unit, FunctionParts::default());
        self.unit.emit(Op::Call, w, 1, 0);
        self.unit.next = w + 1;
        if coroutine && !generator {
            self.await_in(w, 0, w);
        }
        self.unit.mov(dst, w);
        Ok(())
    }

    /// The loop of generator number `index` and all inside it.
    fn generator(&mut self, comp: Comp<'a>, index: usize, acc: Reg, first: First) -> Result<()> {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || {
            self.generator_inner(comp, index, acc, first)
        })
    }

    fn generator_inner(
        &mut self,
        comp: Comp<'a>,
        index: usize,
        acc: Reg,
        first: First,
    ) -> Result<()> {
        let Some(generator) = comp.generators.get(index) else { return self.element(comp, acc) };
        let mark = self.unit.next;
        if generator.is_async {
            return self.async_generator(comp, generator, index, acc, first);
        }
        if index > 0
            && let Some(only) = single_element(&generator.iter)
        {
            // `for x in [value]` is an assignment.
            let skip = self.unit.label();
            match self.store_register(&generator.target) {
                Some(slot) => {
                    self.expr_to(only, slot)?;
                    self.note_bound(slot);
                }
                None => {
                    let r = self.expr_temp(only)?;
                    self.assign(&generator.target, r)?;
                }
            }
            for test in &generator.ifs {
                self.jump_if(test, false, skip)?;
            }
            self.generator(comp, index + 1, acc, First::Evaluate)?;
            self.unit.bind(skip);
            self.unit.next = mark;
            return Ok(());
        }
        let state = match first {
            First::State(state) => state,
            First::Evaluate => {
                let state = self.unit.temps(3);
                self.at(generator.iter.span, |c| c.loop_over(state, &generator.iter))?;
                state
            }
        };
        let (top, again) = (self.unit.label(), self.unit.label());
        let span = std::mem::replace(&mut self.unit.span, generator.iter.span);
        self.unit.jump(again);
        self.unit.bind(top);
        self.unit.span = span;
        let slot = self.store_register(&generator.target);
        let item = match slot {
            Some(slot) => slot,
            None => self.unit.temp(),
        };
        self.unit.mark_written(item);
        match slot {
            Some(slot) => self.note_bound(slot),
            None => {
                self.assign(&generator.target, item)?;
                self.unit.next = item;
            }
        }
        for test in &generator.ifs {
            self.jump_if(test, false, again)?;
        }
        self.generator(comp, index + 1, acc, First::Evaluate)?;
        self.unit.bind(again);
        self.at(generator.iter.span, |c| {
            c.unit.branch(Op::ForLoop, state, item, 0, top);
            Ok(())
        })?;
        self.unit.next = mark;
        Ok(())
    }

    fn async_generator(
        &mut self,
        comp: Comp<'a>,
        generator: &'a Comprehension,
        index: usize,
        acc: Reg,
        first: First,
    ) -> Result<()> {
        let mark = self.unit.next;
        let iterator = match first {
            First::State(r) => r,
            First::Evaluate => {
                let iterator = self.unit.temp();
                let r = self.expr(&generator.iter)?;
                self.at(generator.iter.span, |c| {
                    c.unit.emit(Op::GetAIter, iterator, r, 0);
                    Ok(())
                })?;
                self.unit.next = iterator + 1;
                iterator
            }
        };
        let (again, ended) = (self.unit.label(), self.unit.label());
        let item = self.unit.temp();
        // The handler needs the temporaries where they are.
        let base = std::mem::replace(&mut self.unit.expr_base, self.unit.next);
        self.unit.bind(again);
        self.at(generator.iter.span, |c| {
            c.next_async_item(iterator, item, ended);
            Ok(())
        })?;
        self.assign(&generator.target, item)?;
        self.unit.next = item + 1;
        for test in &generator.ifs {
            self.jump_if(test, false, again)?;
        }
        self.generator(comp, index + 1, acc, First::Evaluate)?;
        self.unit.jump(again);
        self.unit.bind(ended);
        self.at(generator.iter.span, |c| {
            c.unit.emit(Op::EndAsyncFor, item, 0, 0);
            Ok(())
        })?;
        self.unit.expr_base = base;
        self.unit.next = mark;
        Ok(())
    }

    fn element(&mut self, comp: Comp<'a>, acc: Reg) -> Result<()> {
        let mark = self.unit.next;
        let span: Span = comp.value.map_or(comp.elt.span, |v| comp.elt.span.to(v.span));
        match (comp.kind, comp.value) {
            (CompKind::Dict, Some(value)) => {
                let k = self.operand(comp.elt, &[value])?;
                let v = self.expr(value)?;
                self.at(span, |c| {
                    c.unit.emit(Op::MapAdd, acc, k, v);
                    Ok(())
                })?;
            }
            (kind, _) => {
                let r = self.expr(comp.elt)?;
                self.at(span, |c| {
                    match kind {
                        CompKind::List => c.unit.emit(Op::ListAppend, acc, r, 0),
                        CompKind::Set => c.unit.emit(Op::SetAdd, acc, r, 0),
                        _ => {
                            let t = c.unit.temp();
                            c.unit.emit(Op::Yield, t, r, 0);
                        }
                    }
                    Ok(())
                })?;
            }
        }
        self.unit.next = mark;
        Ok(())
    }
}

/// The only element of a list or tuple display.
fn single_element(e: &Expr) -> Option<&Expr> {
    match &e.kind {
        ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => match &elts[..] {
            [only] if !matches!(only.kind, ExprKind::Starred { .. }) => Some(only),
            _ => None,
        },
        _ => None,
    }
}
