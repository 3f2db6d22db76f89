//! Calls: windows filled in place, methods, keywords, `*`/`**`, `super()`.

use super::Compiler;
use super::cond::type_name;
use super::expr::RUN_LIMIT;
use crate::error::Result;
use crate::names::NameTable;
use crate::scope::{Place, ScopeId, def};
use crate::unit::Reg;
use pyrs_bytecode::{Const, FRAME_HEADER, Op};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

const HEADER: Reg = FRAME_HEADER as Reg;
/// Most arguments that go through a window's registers.
const MAX_DIRECT: usize = 60;

impl<'a> Compiler<'a> {
    /// A register on top of the temporaries where a window may begin, `dst` itself if it is there.
    pub(crate) fn window(&mut self, dst: Reg) -> Reg {
        if self.unit.is_temp(dst) && dst + 1 == self.unit.next { dst } else { self.unit.temp() }
    }

    pub(crate) fn call(
        &mut self,
        e: &'a Expr,
        func: &'a Expr,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        dst: Reg,
    ) -> Result<()> {
        self.check_keywords(keywords)?;
        let w = self.window(dst);
        if !self.is_direct(args, keywords) {
            self.check_callee(func);
            self.expr_to(func, w)?;
            self.call_ex(w, args, keywords)?;
        } else if let ExprKind::Attribute { value, attr, .. } = &func.kind {
            self.call_method(e, func, value, *attr, args, keywords, w)?;
        } else {
            self.check_callee(func);
            self.expr_to(func, w)?;
            self.unit.temps(HEADER - 1);
            self.arguments(args, keywords)?;
            self.emit_call(Op::Call, Op::CallKw, w, args, keywords);
        }
        self.unit.next = w + 1;
        self.unit.mov(dst, w);
        Ok(())
    }

    fn is_direct(&self, args: &[Expr], keywords: &[Keyword]) -> bool {
        let count = args.len() + keywords.len();
        count <= MAX_DIRECT
            && self.unit.next + HEADER + 2 + count as u32 <= RUN_LIMIT
            && !args.iter().any(|a| matches!(a.kind, ExprKind::Starred { .. }))
            && keywords.iter().all(|k| k.arg.is_some())
    }

    /// Evaluates the arguments into the next registers.
    fn arguments(&mut self, args: &'a [Expr], keywords: &'a [Keyword]) -> Result<()> {
        for arg in args {
            self.expr_temp(arg)?;
        }
        for keyword in keywords {
            self.expr_temp(&keyword.value)?;
        }
        Ok(())
    }

    fn emit_call(&mut self, plain: Op, kw: Op, w: Reg, args: &[Expr], keywords: &[Keyword]) {
        let count = (args.len() + keywords.len()) as u32;
        if keywords.is_empty() {
            self.unit.emit(plain, w, count, 0);
            return;
        }
        let names: Vec<Const> = keywords
            .iter()
            .filter_map(|k| k.arg)
            .map(|arg| {
                let mangled = self.mangle(arg);
                Const::Str(self.names.text(mangled).into())
            })
            .collect();
        let names = self.unit.constant(Const::Tuple(names.into()));
        self.unit.emit_extra(kw, w, count, 0, names);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one call expression")]
    fn call_method(
        &mut self,
        e: &Expr,
        func: &'a Expr,
        value: &'a Expr,
        attr: Symbol,
        args: &'a [Expr],
        keywords: &'a [Keyword],
        w: Reg,
    ) -> Result<()> {
        let symbol = self.mangle(attr);
        let load_span = self.attribute_span(func, attr);
        self.unit.next = w + 1;
        let mut bare = 0;
        let super_run = match &value.kind {
            ExprKind::Call { func, args, keywords } => {
                bare = u32::from(args.is_empty());
                self.unit.temps(HEADER);
                self.super_operands(func, args, keywords)?
            }
            _ => None,
        };
        if let Some(run) = super_run {
            self.at(load_span, |c| {
                c.emit_site(Op::LoadSuperMethod, w, run, bare, symbol);
                Ok(())
            })?;
        } else {
            self.unit.next = w + 1;
            let mut r = w;
            match &value.kind {
                ExprKind::Name { id, .. } => {
                    let local = self.at(value.span, |c| Ok(c.local_register(*id)))?;
                    match local {
                        Some(local) => r = local,
                        None => self.expr_to(value, w)?,
                    }
                }
                _ => self.expr_to(value, w)?,
            }
            self.at(load_span, |c| {
                c.emit_site(Op::LoadMethod, w, r, 0, symbol);
                Ok(())
            })?;
        }
        self.unit.mark_written(w);
        self.unit.next = w + 1;
        self.unit.temps(HEADER);
        self.unit.mark_written(w + HEADER);
        self.arguments(args, keywords)?;
        // A method call in a chain over several lines is reported from the method's name on.
        let lines = &self.parsed.lines;
        let span = if lines.line(e.span.start) == lines.line(func.span.end) {
            e.span
        } else {
            Span::new(load_span.start, e.span.end)
        };
        self.at(span, |c| {
            c.emit_call(Op::CallMethod, Op::CallMethodKw, w, args, keywords);
            Ok(())
        })
    }

    /// A call with `*`, `**` or too many arguments for registers; the callable is in `w`.
    pub(crate) fn call_ex(
        &mut self,
        w: Reg,
        args: &'a [Expr],
        keywords: &'a [Keyword],
    ) -> Result<()> {
        self.unit.next = w + 1;
        self.unit.temps(HEADER - 1);
        let list = self.unit.temp();
        match args {
            [Expr { kind: ExprKind::Starred { value, .. }, .. }] => self.expr_to(value, list)?,
            _ if args.is_empty() => self.unit.load_const(list, Const::Tuple(Box::new([]))),
            _ => {
                self.unit.emit(Op::BuildList, list, self.unit.next, 0);
                self.extend_list(list, args)?;
            }
        }
        self.call_ex_keywords(w, keywords)
    }

    /// The keyword part of `call_ex`, and the call; the arguments are in place.
    pub(crate) fn call_ex_keywords(&mut self, w: Reg, keywords: &'a [Keyword]) -> Result<()> {
        self.unit.next = w + HEADER + 1;
        if !keywords.is_empty() {
            let dict = self.unit.temp();
            self.unit.emit(Op::BuildMap, dict, self.unit.next, 0);
            for keyword in keywords {
                let mark = self.unit.next;
                match keyword.arg {
                    None => {
                        let r = self.expr(&keyword.value)?;
                        self.unit.emit(Op::DictMerge, dict, r, w);
                    }
                    Some(arg) => {
                        let mangled = self.mangle(arg);
                        let name = Const::Str(self.names.text(mangled).into());
                        let seen_double_star = keywords.iter().any(|k| k.arg.is_none());
                        let k = self.unit.temp();
                        if seen_double_star {
                            // Through a dict of its own: a duplicate must raise.
                            let v = self.unit.temp();
                            self.unit.load_const(k, name);
                            self.expr_to(&keyword.value, v)?;
                            let one = self.unit.temp();
                            self.unit.emit(Op::BuildMap, one, k, 1);
                            self.unit.emit(Op::DictMerge, dict, one, w);
                        } else {
                            self.unit.load_const(k, name);
                            let v = self.expr(&keyword.value)?;
                            self.unit.emit(Op::MapAdd, dict, k, v);
                        }
                    }
                }
                self.unit.next = mark;
            }
        }
        self.unit.emit(Op::CallEx, w, u32::from(!keywords.is_empty()), 0);
        Ok(())
    }

    fn check_keywords(&self, keywords: &[Keyword]) -> Result<()> {
        for (i, keyword) in keywords.iter().enumerate() {
            let Some(arg) = keyword.arg else { continue };
            if arg == self.known.debug {
                return self.error(keyword.span, "cannot assign to __debug__");
            }
            if let Some(again) = keywords[i + 1..].iter().find(|k| k.arg == Some(arg)) {
                let text = self.names.text(arg);
                return self.error(again.span, format!("keyword argument repeated: {text}"));
            }
        }
        Ok(())
    }

    /// If `func(args)` is `super()` or `super(a, b)` that may be fused with the attribute access: its three
    /// operands in a new run of registers.
    pub(crate) fn super_operands(
        &mut self,
        func: &'a Expr,
        args: &'a [Expr],
        keywords: &'a [Keyword],
    ) -> Result<Option<Reg>> {
        let ExprKind::Name { id, .. } = &func.kind else { return Ok(None) };
        let super_ = self.known.super_;
        let scope = self.scope();
        if *id != super_ || !keywords.is_empty() || !scope.is_function_like() {
            return Ok(None);
        }
        let module = self.scopes.get(ScopeId(0));
        let shadowed = module.get(super_).is_some_and(|i| i.flags & def::BOUND != 0);
        if scope.place(super_) != Place::GlobalImplicit || shadowed || scope.can_see_class {
            return Ok(None);
        }
        if !self.unit.overlays.is_empty() {
            return Ok(None);
        }
        match args {
            [] => {
                let class = self.known.class_;
                let free = scope.place(class) == Place::Free;
                let first = scope.params.first().copied();
                let (true, Some(first)) = (free && self.has_positional(), first) else {
                    return Ok(None);
                };
                let run = self.unit.temps(3);
                self.expr_to(func, run)?;
                self.load_mangled(class, run + 1);
                self.load_mangled(first, run + 2);
                Ok(Some(run))
            }
            [a, b] if !args.iter().any(|a| matches!(a.kind, ExprKind::Starred { .. })) => {
                let run = self.unit.temps(3);
                self.expr_to(func, run)?;
                self.expr_to(a, run + 1)?;
                self.expr_to(b, run + 2)?;
                Ok(Some(run))
            }
            _ => Ok(None),
        }
    }

    /// Whether the function being compiled has a positional parameter.
    fn has_positional(&self) -> bool {
        self.unit.positional > 0
    }

    /// Calling a literal.
    fn check_callee(&mut self, func: &Expr) {
        let name = match &func.kind {
            ExprKind::Constant { value, .. } => type_name(&crate::constant::of_literal(value)),
            _ => match display_type(func) {
                Some("function") | None => return,
                Some(name) => name,
            },
        };
        let message = format!("'{name}' object is not callable; perhaps you missed a comma?");
        self.warn(func.span, message);
    }

    /// Subscripting a literal that has no items, or with an index of the wrong type.
    pub(crate) fn check_subscript_warning(&mut self, e: &Expr) {
        let ExprKind::Subscript { value, slice, ctx: ExprContext::Load } = &e.kind else { return };
        let literal = match &value.kind {
            ExprKind::Constant { value, .. } => {
                Some(type_name(&crate::constant::of_literal(value)))
            }
            _ => None,
        };
        let container = display_type(value);
        let unsubscriptable = match literal {
            Some(name @ ("NoneType" | "ellipsis" | "bool" | "int" | "float" | "complex")) => {
                Some(name)
            }
            Some(_) => None,
            None => container.filter(|n| matches!(*n, "set" | "generator" | "function")),
        };
        if let Some(name) = unsubscriptable {
            let message =
                format!("'{name}' object is not subscriptable; perhaps you missed a comma?");
            self.warn(value.span, message);
            return;
        }
        let Some(name) =
            literal.or(container).filter(|n| matches!(*n, "str" | "bytes" | "tuple" | "list"))
        else {
            return;
        };
        let index = match &slice.kind {
            ExprKind::Constant { value, .. } => {
                Some(type_name(&crate::constant::of_literal(value)))
            }
            _ => display_type(slice),
        };
        if let Some(index) = index.filter(|i| !matches!(*i, "int" | "bool")) {
            let message = format!(
                "{name} indices must be integers or slices, not {index}; perhaps you missed a comma?"
            );
            self.warn(value.span, message);
        }
    }
}

/// Type name of a display or other expression whose type is plain to see.
fn display_type(e: &Expr) -> Option<&'static str> {
    Some(match &e.kind {
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::List { .. } | ExprKind::ListComp { .. } => "list",
        ExprKind::Dict { .. } | ExprKind::DictComp { .. } => "dict",
        ExprKind::Set { .. } | ExprKind::SetComp { .. } => "set",
        ExprKind::GeneratorExp { .. } => "generator",
        ExprKind::Lambda { .. } => "function",
        ExprKind::TemplateStr { .. } | ExprKind::Interpolation { .. } => {
            "string.templatelib.Template"
        }
        ExprKind::JoinedStr { .. } | ExprKind::FormattedValue { .. } => "str",
        _ => return None,
    })
}

/// A string constant with the text of a name.
pub(crate) fn name_const(names: &NameTable<'_>, symbol: Symbol) -> Const {
    Const::Str(names.text(symbol).into())
}
