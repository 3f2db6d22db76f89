//! Code generation: the tree is walked once, each construct emitting its instructions.
//!
//! This file has the state and the life of a unit; the constructs are in the other files, by family.
//! Conventions: `expr_to(e, r)` evaluates into register `r`, and writes a *named* register only as the last
//! thing that can fail; `expr(e)` evaluates into any register, which may be the variable's own; whoever takes
//! temporaries gives them back by restoring `unit.next`.

mod annotations;
mod assign;
mod call;
mod class;
mod comprehension;
mod cond;
mod expr;
mod fstring;
mod function;
mod import;
mod loops;
mod name;
mod pattern;
mod stmt;
mod tries;
mod typeparams;
mod unwind;
mod with;

use crate::error::{Result, error_at};
use crate::names::{Known, NameTable};
use crate::scope::{self, CompKind, Kind, Place, Scope, ScopeId, Scopes};
use crate::unit::{FAR, Unit, Var};
use crate::{Compiled, Options, assemble, future};
use hashbrown::HashMap;
use pyrs_bytecode::{CodeData, LocalKind, Op, flags};
use pyrs_syntax::ast::*;
use pyrs_syntax::{Parsed, Span, SyntaxWarning};

/// Functions with more named registers than this keep the rest in far registers.
const MANY_LOCALS: usize = 120;
/// Direct named registers of such functions.
const DIRECT_LOCALS: usize = 100;

pub(crate) struct Compiler<'a> {
    pub(crate) parsed: &'a Parsed,
    pub(crate) names: NameTable<'a>,
    pub(crate) known: Known,
    pub(crate) scopes: Scopes,
    pub(crate) filename: &'a str,
    pub(crate) optimize: u8,
    pub(crate) top_level_await: bool,
    pub(crate) future: u32,
    pub(crate) future_end: u32,
    pub(crate) interactive: bool,
    pub(crate) warnings: Vec<SyntaxWarning>,
    /// Above zero while code is compiled that was compiled before: a second copy of a `finally` body.
    pub(crate) quiet: u32,
    /// The pattern being compiled has too many names to bind them last.
    pub(crate) early_binding: bool,
    /// Protected ranges that the `unwind` before a jump interrupted.
    pub(crate) pending_resume: Vec<(u32, Vec<bool>)>,
    pub(crate) unit: Unit<'a>,
    /// Enclosing units, outermost first.
    pub(crate) outer: Vec<Unit<'a>>,
}

/// Compiles a whole program.
pub(crate) fn program(parsed: &Parsed, filename: &str, options: &Options) -> Result<Compiled> {
    let futures = future::futures(parsed)?;
    let future = futures.flags | (options.future & future::MASK);
    let mut names = NameTable::new(&parsed.names);
    let known = Known::new(&mut names);
    let annotations = future & flags::FUTURE_ANNOTATIONS != 0;
    let await_ = options.top_level_await;
    let scopes = scope::build(parsed, &mut names, known, annotations, await_)?;
    let unit = new_unit(&names, &scopes, known, ScopeId(0), known.module, "<module>".into(), 1);
    let mut compiler = Compiler {
        parsed,
        names,
        known,
        scopes,
        filename,
        optimize: options.optimize,
        top_level_await: options.top_level_await,
        future,
        future_end: futures.last,
        interactive: matches!(parsed.module, Mod::Interactive { .. }),
        warnings: Vec::new(),
        quiet: 0,
        early_binding: false,
        pending_resume: Vec::new(),
        unit,
        outer: Vec::new(),
    };
    let code = compiler.module(&parsed.module)?;
    if cfg!(debug_assertions)
        && let Err(what) = pyrs_bytecode::verify(&code)
    {
        panic!("the compiler made unsound code for {filename}: {what}");
    }
    Ok(Compiled { code, warnings: compiler.warnings, future })
}

impl<'a> Compiler<'a> {
    fn module(&mut self, module: &'a Mod) -> Result<CodeData> {
        self.set_up_cells();
        if self.scope().coroutine {
            self.unit.emit(Op::MakeGenerator, 0, 0, 0);
        }
        match module {
            Mod::Module { body } | Mod::Interactive { body } => {
                self.unit.first_line = 1;
                self.module_annotations(body)?;
                let rest = if self.interactive { body } else { self.docstring(body)? };
                self.stmts(rest)?;
                self.unit.emit(Op::ReturnNone, 0, 0, 0);
            }
            Mod::Expression { body } => {
                let r = self.expr(body)?;
                self.unit.emit(Op::Return, r, 0, 0);
            }
            Mod::FunctionType { .. } => {}
        }
        let scope = self.scope();
        let mut code_flags = 0;
        if scope.coroutine {
            code_flags |= if scope.generator { flags::ASYNC_GENERATOR } else { flags::COROUTINE };
        }
        self.finish(code_flags)
    }

    pub(crate) fn scope(&self) -> &Scope {
        self.scopes.get(self.unit.scope)
    }

    pub(crate) fn error<T>(&self, span: Span, message: impl Into<String>) -> Result<T> {
        Err(error_at(self.parsed, span, message))
    }

    pub(crate) fn warn(&mut self, span: Span, message: String) {
        if self.quiet == 0 {
            self.warnings.push(SyntaxWarning { message, span });
        }
    }

    pub(crate) fn mangle(&mut self, symbol: Symbol) -> Symbol {
        self.names.mangle_in(self.unit.private, self.unit.mangled.as_deref(), symbol)
    }

    pub(crate) fn line(&self, span: Span) -> u32 {
        self.parsed.lines.line(span.start)
    }

    /// Starts the unit of block `scope`, and its registers' set-up code.
    pub(crate) fn enter(&mut self, scope: ScopeId, name: Symbol, first_line: u32) {
        let qualname = self.qualname(scope, name);
        let mut unit =
            new_unit(&self.names, &self.scopes, self.known, scope, name, qualname, first_line);
        unit.private = self.unit.private;
        unit.mangled = self.unit.mangled.clone();
        unit.span = Span::default();
        self.outer.push(std::mem::replace(&mut self.unit, unit));
        self.set_up_cells();
    }

    /// Ends the current unit and gives its code.
    pub(crate) fn leave(&mut self, code_flags: u32) -> Result<(CodeData, Unit<'a>)> {
        let code = self.finish(code_flags)?;
        let outer = self.outer.pop().expect("a unit was entered");
        let unit = std::mem::replace(&mut self.unit, outer);
        Ok((code, unit))
    }

    fn finish(&mut self, code_flags: u32) -> Result<CodeData> {
        let mut code_flags = code_flags | self.future;
        let scope = self.scopes.get(self.unit.scope);
        if scope.is_function_like() {
            code_flags |= flags::OPTIMIZED | flags::NEWLOCALS;
            if scope.nested {
                code_flags |= flags::NESTED;
            }
        }
        let observes = scope.observes_frame;
        assemble::assemble(
            self.parsed,
            &self.names,
            &mut self.unit,
            self.filename,
            code_flags,
            observes,
        )
    }

    /// Copies the closure's cells to their registers and makes the unit's own cells.
    fn set_up_cells(&mut self) {
        self.set_up_far();
        let unit = &mut self.unit;
        let near =
            |unit: &Unit<'_>, s: &Symbol| unit.vars.get(s).filter(|v| v.slot < FAR).map(|v| v.slot);
        let slots: Vec<Option<u32>> = unit.free.iter().map(|s| near(unit, s)).collect();
        if unit.far_count == 0 {
            if let Some(Some(first)) = slots.first() {
                unit.emit(Op::CopyFree, *first, slots.len() as u32, 0);
            }
        } else {
            for (i, slot) in slots.into_iter().enumerate() {
                if let Some(slot) = slot {
                    unit.emit16(Op::LoadFree, slot, i as u16);
                }
            }
        }
        for slot in 0..unit.first_temp.min(unit.locals.len() as u32) {
            let (symbol, kind) = unit.locals[slot as usize];
            if kind != LocalKind::Cell || unit.vars.get(&symbol) != Some(&Var { slot }) {
                continue;
            }
            if slot >= unit.parameter_count {
                unit.emit(Op::Unbind, slot, 0, 0);
            }
            unit.emit(Op::MakeCell, slot, 0, 0);
        }
    }

    /// Makes the list of the far variables' cells: parameters first, from the registers in which they arrive.
    fn set_up_far(&mut self) {
        let unit = &mut self.unit;
        if unit.far_count == 0 {
            return;
        }
        let list = unit.far_list;
        let near_end = unit.parameter_count.min(256);
        let moved = unit.far_params;
        let in_reach = moved.min(near_end.saturating_sub(unit.parameter_count - moved));
        let first = unit.parameter_count - moved;
        for slot in first..first + in_reach {
            unit.emit(Op::MakeCell, slot, 0, 0);
        }
        let run = if in_reach > 0 { first } else { list };
        unit.emit(Op::BuildList, list, run, in_reach);
        let t = unit.temp();
        for u in in_reach..unit.far_count {
            let free =
                unit.far_free.iter().position(|&(far, _)| far == u).map(|i| unit.far_free[i].1);
            match free {
                Some(number) => unit.emit16(Op::LoadFree, t, number as u16),
                None => {
                    if u < moved {
                        unit.emit16(Op::LoadFar, t, (first + u - 256) as u16);
                    } else {
                        unit.emit(Op::Unbind, t, 0, 0);
                    }
                    unit.emit(Op::MakeCell, t, 0, 0);
                }
            }
            unit.emit(Op::ListAppend, list, t, 0);
        }
        unit.next = t;
    }

    /// The dotted path of a definition (PEP 3155).
    fn qualname(&mut self, scope: ScopeId, name: Symbol) -> String {
        let text = self.names.text(name).to_owned();
        let mangled = self.mangle(name);
        let type_params =
            |scopes: &Scopes, u: &Unit<'_>| scopes.get(u.scope).kind == Kind::TypeParams;
        let mut chain = self.outer.iter().chain(std::iter::once(&self.unit)).rev();
        let mut parent = chain.next();
        if parent.is_some_and(|u| type_params(&self.scopes, u)) {
            parent = chain.next();
        }
        let Some(parent) = parent else { return text };
        if parent.scope == ScopeId(0) {
            return text;
        }
        let own = self.scopes.get(scope);
        if matches!(own.kind, Kind::Function | Kind::Class)
            && self.scopes.get(parent.scope).place(mangled) == Place::GlobalExplicit
        {
            return text;
        }
        let joint = match self.scopes.get(parent.scope).kind {
            Kind::Class => ".",
            _ => ".<locals>.",
        };
        format!("{}{joint}{text}", parent.qualname)
    }
}

/// All comprehensions inlined into `scope`, with their nesting.
fn inlined(scopes: &Scopes, scope: ScopeId, depth: u32, out: &mut Vec<(ScopeId, u32)>) {
    for &comp in &scopes.get(scope).inlined_comps {
        // The outermost iterable runs in the enclosing block, but a comprehension in it is listed there.
        out.push((comp, depth));
        inlined(scopes, comp, depth + 1, out);
    }
}

/// A unit with its named registers laid out: parameters, other locals, variables of inlined comprehensions,
/// free variables. If they are too many, free variables and cells come first behind the parameters, temporaries
/// get the registers from [`DIRECT_LOCALS`] on, and what does not fit is far: a cell in a list, which has a
/// register. (Registers above a call window do not survive the call: there is no other place.)
fn new_unit<'a>(
    names: &NameTable<'_>,
    scopes: &Scopes,
    known: Known,
    id: ScopeId,
    name: Symbol,
    qualname: String,
    first_line: u32,
) -> Unit<'a> {
    let scope = scopes.get(id);
    let mut locals: Vec<(Symbol, LocalKind)> = Vec::new();
    let kind_of = |place| if place == Place::Cell { LocalKind::Cell } else { LocalKind::Plain };
    for &p in &scope.params {
        locals.push((p, kind_of(scope.place(p))));
    }
    let parameter_count = locals.len();
    let mut own = Vec::new();
    if scope.is_function_like() {
        for info in &scope.symbols {
            let is_local = matches!(info.place, Place::Local | Place::Cell);
            if is_local && !scope.params.contains(&info.symbol) {
                own.push((info.symbol, kind_of(info.place)));
            }
        }
    }
    if scope.kind == Kind::Class {
        for (wanted, symbol) in [
            (scope.needs_class_closure, known.class_),
            (scope.needs_classdict, known.classdict),
            (scope.conditional_annotations, known.conditional),
        ] {
            if wanted {
                own.push((symbol, LocalKind::Cell));
            }
        }
    }
    let mut comps = Vec::new();
    inlined(scopes, id, 0, &mut comps);
    let mut comp_list: Vec<((Symbol, u32, bool), LocalKind)> = Vec::new();
    for (comp, depth) in comps {
        let comp = scopes.get(comp);
        debug_assert!(comp.comp != CompKind::No);
        for info in &comp.symbols {
            if !matches!(info.place, Place::Local | Place::Cell) || info.symbol == known.dot_zero {
                continue;
            }
            let cell = info.place == Place::Cell;
            let key = (info.symbol, depth, cell);
            let kind = match (scope.observes_frame, cell) {
                (true, true) => LocalKind::Cell,
                (true, false) => LocalKind::Plain,
                _ => LocalKind::Hidden,
            };
            if !comp_list.iter().any(|(k, _)| *k == key) {
                comp_list.push((key, kind));
            }
        }
    }
    let mut free: Vec<Symbol> = scope
        .symbols
        .iter()
        .filter(|i| i.place == Place::Free || scope.is_free_in_class(i.symbol))
        .filter(|i| !(matches!(i.place, Place::Cell) || own.iter().any(|o| o.0 == i.symbol)))
        .map(|i| i.symbol)
        .collect();
    free.sort_by(|a, b| names.text(*a).cmp(names.text(*b)));

    let total = locals.len() + own.len() + comp_list.len() + free.len();
    let many = total > MANY_LOCALS;
    let mut vars = HashMap::new();
    let mut comp_vars = HashMap::new();
    let (mut far_count, mut far_params, mut far_list) = (0, 0, 0);
    let mut far_free = Vec::new();
    if many {
        // One direct register is for the list of the others.
        let direct = DIRECT_LOCALS - 1;
        for (i, (symbol, kind)) in locals.iter_mut().enumerate() {
            if i < direct {
                vars.insert(*symbol, Var { slot: i as u32 });
            } else {
                vars.insert(*symbol, Var { slot: FAR + far_params });
                *kind = LocalKind::Hidden;
                far_params += 1;
            }
        }
        far_count = far_params;
        far_list = locals.len().min(direct) as u32;
        if locals.len() < DIRECT_LOCALS {
            locals.push((known.empty, LocalKind::Hidden));
        }
        own.sort_by_key(|(_, kind)| *kind != LocalKind::Cell);
        let mut place = |symbol: Symbol, kind: LocalKind, locals: &mut Vec<(Symbol, LocalKind)>| {
            if locals.len() < DIRECT_LOCALS {
                locals.push((symbol, kind));
                Var { slot: locals.len() as u32 - 1 }
            } else {
                far_count += 1;
                Var { slot: FAR + far_count - 1 }
            }
        };
        for (number, symbol) in free.iter().enumerate() {
            let var = place(*symbol, LocalKind::Free, &mut locals);
            if var.slot >= FAR {
                far_free.push((var.slot - FAR, number as u32));
            }
            vars.insert(*symbol, var);
        }
        for (symbol, kind) in own {
            vars.insert(symbol, place(symbol, kind, &mut locals));
        }
        for (key, kind) in comp_list {
            comp_vars.insert(key, place(key.0, kind, &mut locals));
        }
    } else {
        locals.extend(own);
        for (slot, (symbol, _)) in locals.iter().enumerate() {
            vars.insert(*symbol, Var { slot: slot as u32 });
        }
        for (key, kind) in comp_list {
            comp_vars.insert(key, Var { slot: locals.len() as u32 });
            locals.push((key.0, kind));
        }
        for symbol in &free {
            vars.insert(*symbol, Var { slot: locals.len() as u32 });
            locals.push((*symbol, LocalKind::Free));
        }
    }
    let first_temp = if many { DIRECT_LOCALS.min(locals.len()) } else { locals.len() } as u32;
    let count = locals.len() as u32;
    Unit {
        scope: id,
        name,
        qualname,
        first_line,
        private: None,
        mangled: None,
        ins: Vec::new(),
        labels: Vec::new(),
        protected: Vec::new(),
        regions: Vec::new(),
        blocks: Vec::new(),
        locals,
        vars,
        comp_vars,
        overlays: Vec::new(),
        parameter_count: parameter_count as u32,
        positional: 0,
        positional_only: 0,
        keyword_only: 0,
        first_temp,
        next: first_temp,
        expr_base: first_temp,
        max_reg: count.min(256),
        far_list,
        far_count,
        far_params,
        far_free,
        free,
        written: [0; 4],
        overflow: false,
        too_deep: None,
        consts: Vec::new(),
        const_index: HashMap::new(),
        names: Vec::new(),
        name_index: HashMap::new(),
        sites: Vec::new(),
        span: Span::default(),
        known_bound: Vec::new(),
        static_attributes: Vec::new(),
        annotation_index: HashMap::new(),
        has_walrus: scope.has_walrus,
    }
}
