//! Checks of a finished tree: what CPython's compiler refuses although it parses, and what needs
//! no scopes to see: `__debug__` as a target, repeated parameters and keywords, misplaced stars,
//! a bare `except:` that is not last.
//!
//! CPython finds some of these while it builds symbol tables and the others while it generates
//! code; the first of the former is reported, else the first of the latter.

mod patterns;

use crate::ast::*;
use crate::names::Names;
use std::collections::HashSet;

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) message: String,
    pub(crate) span: Span,
}

/// Checks a whole tree.
pub(crate) fn check(module: &Mod, names: &Names) -> Result<(), Problem> {
    let mut checker = Checker {
        names,
        debug: names.find("__debug__"),
        symbols: None,
        code: None,
        in_function: false,
        depth: 0,
    };
    match module {
        Mod::Module { body } | Mod::Interactive { body } => {
            checker.future_features(body);
            checker.body(body);
        }
        Mod::Expression { body } => checker.expr(body),
        Mod::FunctionType { argtypes, returns } => {
            checker.exprs(argtypes);
            checker.expr(returns);
        }
    }
    match checker.symbols.or(checker.code) {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// What can be imported from `__future__`.
const FUTURE_FEATURES: [&str; 10] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

struct Checker<'a> {
    names: &'a Names,
    /// The symbol of `__debug__`, if the source mentions it.
    debug: Option<Symbol>,
    /// First problem that symbol tables reveal.
    symbols: Option<Problem>,
    /// First problem that code generation reveals.
    code: Option<Problem>,
    /// Outside functions, `return` and `yield` are the compiler's to refuse.
    in_function: bool,
    depth: u32,
}

impl Checker<'_> {
    fn symbol_problem(&mut self, message: impl Into<String>, span: Span) {
        if self.symbols.is_none() {
            self.symbols = Some(Problem { message: message.into(), span });
        }
    }

    fn code_problem(&mut self, message: impl Into<String>, span: Span) {
        if self.code.is_none() {
            self.code = Some(Problem { message: message.into(), span });
        }
    }

    /// A name that is bound (or deleted): not `__debug__`.
    fn bound(&mut self, name: Symbol, span: Span) {
        if Some(name) == self.debug {
            self.symbol_problem("cannot assign to __debug__", span);
        }
    }

    fn bound_as(&mut self, name: Symbol, ctx: ExprContext, span: Span) {
        match ctx {
            ExprContext::Load => {}
            ExprContext::Store => self.bound(name, span),
            ExprContext::Del if Some(name) == self.debug => {
                self.symbol_problem("cannot delete __debug__", span);
            }
            ExprContext::Del => {}
        }
    }

    /// The `from __future__` imports that open a file name known features.
    fn future_features(&mut self, body: &[Stmt]) {
        let is_docstring = |stmt: &Stmt| {
            matches!(&stmt.kind, StmtKind::Expr { value }
                if matches!(value.kind, ExprKind::Constant { value: Constant::Str(_), .. }))
        };
        let skipped = usize::from(body.first().is_some_and(is_docstring));
        for stmt in &body[skipped..] {
            let StmtKind::ImportFrom { module: Some(module), names, level: 0 } = &stmt.kind else {
                return;
            };
            if self.names.text(*module) != "__future__" {
                return;
            }
            for alias in names {
                let feature = self.names.text(alias.name);
                if feature == "braces" {
                    self.symbol_problem("not a chance", alias.span);
                } else if !FUTURE_FEATURES.contains(&feature) {
                    let message = format!("future feature {feature} is not defined");
                    self.symbol_problem(message, alias.span);
                }
            }
        }
    }

    fn body(&mut self, body: &[Stmt]) {
        for stmt in body {
            self.deeper(|this| this.stmt(stmt));
        }
    }

    fn deeper(&mut self, check: impl FnOnce(&mut Self)) {
        self.depth += 1;
        if self.depth.is_multiple_of(32) {
            stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || check(self));
        } else {
            check(self);
        }
        self.depth -= 1;
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::FunctionDef(def) | StmtKind::AsyncFunctionDef(def) => {
                self.bound(def.name, stmt.span);
                self.exprs(&def.decorator_list);
                self.type_params(&def.type_params);
                self.arguments(&def.args);
                self.optional(def.returns.as_deref());
                let outer = std::mem::replace(&mut self.in_function, true);
                self.body(&def.body);
                self.in_function = outer;
            }
            StmtKind::ClassDef(def) => {
                self.bound(def.name, stmt.span);
                self.exprs(&def.decorator_list);
                self.type_params(&def.type_params);
                self.call_arguments(&def.bases, &def.keywords);
                let outer = std::mem::replace(&mut self.in_function, false);
                self.body(&def.body);
                self.in_function = outer;
            }
            StmtKind::Return { value } => self.leaving(value.as_deref()),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value } => {
                self.expr(value);
                targets.iter().for_each(|target| self.target(target));
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.expr(name);
                self.type_params(type_params);
                self.expr(value);
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target);
                self.expr(value);
            }
            StmtKind::AnnAssign { target, annotation, value, .. } => {
                self.expr(target);
                self.expr(annotation);
                self.optional(value.as_deref());
            }
            StmtKind::For(node) | StmtKind::AsyncFor(node) => {
                self.target(&node.target);
                self.expr(&node.iter);
                self.body(&node.body);
                self.body(&node.orelse);
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test);
                self.body(body);
                self.body(orelse);
            }
            StmtKind::With(node) | StmtKind::AsyncWith(node) => {
                for item in &node.items {
                    self.expr(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.target(target);
                    }
                }
                self.body(&node.body);
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                self.cases(cases);
            }
            StmtKind::Raise { exc, cause } => {
                self.optional(exc.as_deref());
                self.optional(cause.as_deref());
            }
            StmtKind::Try(node) | StmtKind::TryStar(node) => self.try_stmt(node),
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                self.optional(msg.as_deref());
            }
            StmtKind::Import { names } => self.imports(names, true),
            StmtKind::ImportFrom { names, .. } => self.imports(names, false),
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Global { .. }
            | StmtKind::Nonlocal { .. }
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue => {}
        }
    }

    fn try_stmt(&mut self, node: &Try) {
        self.body(&node.body);
        for (index, handler) in node.handlers.iter().enumerate() {
            if handler.typ.is_none() && index + 1 < node.handlers.len() {
                self.code_problem("default 'except:' must be last", handler.span);
            }
            self.optional(handler.typ.as_deref());
            if let Some(name) = handler.name {
                self.bound(name, handler.span);
            }
            self.body(&handler.body);
        }
        self.body(&node.orelse);
        self.body(&node.finalbody);
    }

    /// `import a.b` binds `a`; `from x import a` binds `a`.
    fn imports(&mut self, aliases: &[Alias], dotted: bool) {
        if self.debug.is_none() && !dotted {
            return;
        }
        for alias in aliases {
            let bound = match alias.asname {
                Some(name) => self.names.text(name),
                None => self.names.text(alias.name).split('.').next().unwrap_or(""),
            };
            if bound == "__debug__" {
                self.symbol_problem("cannot assign to __debug__", alias.span);
            }
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn optional(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    /// The value of `return` or `yield`.
    fn leaving(&mut self, value: Option<&Expr>) {
        if self.in_function { self.optional(value) } else { self.maybe_starred(value) }
    }

    /// Elements of a display or arguments of a call, where `*x` may stand.
    fn starrable(&mut self, exprs: &[Expr]) {
        for expr in exprs {
            match &expr.kind {
                ExprKind::Starred { value, .. } => self.expr(value),
                _ => self.expr(expr),
            }
        }
    }

    fn type_params(&mut self, params: &[TypeParam]) {
        let mut seen = HashSet::new();
        for param in params {
            let name = param.kind.name();
            self.bound(name, param.span);
            if !seen.insert(name) {
                let text = self.names.text(name);
                self.symbol_problem(format!("duplicate type parameter '{text}'"), param.span);
            }
            match &param.kind {
                TypeParamKind::TypeVar { bound, default_value, .. } => {
                    self.optional(bound.as_deref());
                    self.optional(default_value.as_deref());
                }
                TypeParamKind::ParamSpec { default_value, .. } => {
                    self.optional(default_value.as_deref());
                }
                TypeParamKind::TypeVarTuple { default_value, .. } => {
                    self.maybe_starred(default_value.as_deref());
                }
            }
        }
    }

    fn maybe_starred(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.starrable(std::slice::from_ref(expr));
        }
    }

    fn arguments(&mut self, arguments: &Arguments) {
        let plain = arguments.posonlyargs.iter().chain(&arguments.args);
        let starred = arguments.vararg.iter().chain(&arguments.kwarg).map(|arg| &**arg);
        let mut seen = HashSet::new();
        for arg in plain.chain(&arguments.kwonlyargs).chain(starred) {
            self.bound(arg.arg, arg.span);
            if !seen.insert(arg.arg) {
                let text = self.names.text(arg.arg);
                let message = format!("duplicate argument '{text}' in function definition");
                self.symbol_problem(message, arg.span);
            }
            let is_vararg = arguments.vararg.as_deref().is_some_and(|var| std::ptr::eq(var, arg));
            match arg.annotation.as_deref() {
                annotation if is_vararg => self.maybe_starred(annotation),
                annotation => self.optional(annotation),
            }
        }
        self.exprs(&arguments.defaults);
        arguments.kw_defaults.iter().flatten().for_each(|default| self.expr(default));
    }

    fn call_arguments(&mut self, args: &[Expr], keywords: &[Keyword]) {
        self.starrable(args);
        let mut seen = HashSet::new();
        for keyword in keywords {
            if let Some(name) = keyword.arg {
                self.bound(name, keyword.span);
                if !seen.insert(name) {
                    let text = self.names.text(name);
                    self.code_problem(format!("keyword argument repeated: {text}"), keyword.span);
                }
            }
            self.expr(&keyword.value);
        }
    }

    /// What is assigned to, iterated into, or bound by `with`: no star at the top.
    fn target(&mut self, target: &Expr) {
        if let ExprKind::Starred { value, .. } = &target.kind {
            let message = "starred assignment target must be in a list or tuple";
            self.code_problem(message, target.span);
            return self.expr(value);
        }
        self.expr(target);
    }

    fn sequence_target(&mut self, elts: &[Expr], span: Span) {
        let is_star = |elt: &&Expr| matches!(elt.kind, ExprKind::Starred { .. });
        if elts.iter().filter(is_star).count() > 1 {
            self.code_problem("multiple starred expressions in assignment", span);
        }
        let before = elts.iter().position(|elt| is_star(&elt));
        if before.is_some_and(|before| {
            before >= 1 << 8 || elts.len() - before > (i32::MAX >> 8) as usize
        }) {
            self.code_problem("too many expressions in star-unpacking assignment", span);
        }
        self.starrable(elts);
    }

    fn expr(&mut self, expr: &Expr) {
        self.deeper(|this| this.expr_inner(expr));
    }

    fn generators(&mut self, generators: &[Comprehension]) {
        for generator in generators {
            self.target(&generator.target);
            self.expr(&generator.iter);
            self.exprs(&generator.ifs);
        }
    }

    fn expr_inner(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Starred { value, ctx } => {
                if *ctx == ExprContext::Load {
                    self.code_problem("can't use starred expression here", expr.span);
                }
                self.expr(value);
            }
            ExprKind::Name { id, ctx } => self.bound_as(*id, *ctx, expr.span),
            ExprKind::Attribute { value, attr, ctx } => {
                self.bound_as(*attr, *ctx, expr.span);
                self.expr(value);
            }
            ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => match ctx {
                ExprContext::Store => self.sequence_target(elts, expr.span),
                _ => self.starrable(elts),
            },
            ExprKind::Set { elts } => self.starrable(elts),
            ExprKind::Call { func, args, keywords } => {
                self.expr(func);
                self.call_arguments(args, keywords);
            }
            ExprKind::Lambda { args, body } => {
                self.arguments(args);
                let outer = std::mem::replace(&mut self.in_function, true);
                self.expr(body);
                self.in_function = outer;
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().flatten().for_each(|key| self.expr(key));
                self.exprs(values);
            }
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.generators(generators);
                self.expr(elt);
            }
            ExprKind::DictComp { key, value, generators } => {
                self.generators(generators);
                self.expr(key);
                self.expr(value);
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left);
                self.exprs(comparators);
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value);
                self.optional(format_spec.as_deref());
            }
            ExprKind::BoolOp { values, .. }
            | ExprKind::JoinedStr { values }
            | ExprKind::TemplateStr { values } => self.exprs(values),
            ExprKind::NamedExpr { target: left, value: right }
            | ExprKind::BinOp { left, right, .. }
            | ExprKind::Subscript { value: left, slice: right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::UnaryOp { operand: value, .. }
            | ExprKind::Await { value }
            | ExprKind::YieldFrom { value } => self.expr(value),
            ExprKind::Yield { value } => self.leaving(value.as_deref()),
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower.as_deref());
                self.optional(upper.as_deref());
                self.optional(step.as_deref());
            }
            ExprKind::Constant { .. } => {}
        }
    }
}
