//! From a parse to nodes.
//!
//! Every field is set, absent ones to None; operators and contexts are the shared nodes. Depth is bounded by the
//! parser.

use super::{class_named, fields_of, singleton};
use pyrs_core::{Res, Value, Vm};
use pyrs_syntax::ast::*;
use pyrs_syntax::{Mode, Options, Parsed, Span};
use pyrs_text::CodePoints;

/// `_parse(source, filename, mode, flags)`: what `compile()` gives with `PyCF_ONLY_AST`.
pub(super) fn parse(vm: &Vm, a: &[Value]) -> Res {
    let Some(text) = vm.as_str(a[0]) else { return Err(vm.type_error("source must be a string")) };
    let text = text.to_lossy();
    let mode = match vm.int_i64(a[2])? {
        0 => Mode::Exec,
        1 => Mode::Eval,
        2 => Mode::Single,
        _ => Mode::FuncType,
    };
    let flags = vm.int_i64(a[3])?;
    let options = Options {
        allow_incomplete_input: flags & 0x4000 != 0,
        dont_imply_dedent: flags & 0x200 != 0,
        barry_as_flufl: flags & i64::from(pyrs_bytecode::flags::FUTURE_BARRY_AS_BDFL) != 0,
        only_tree: true,
    };
    let parsed = pyrs_syntax::parse(&text, mode, &options)
        .map_err(|e| pyrs_builtins::raise_syntax_error(vm, &e, a[1], Some(&text)))?;
    Builder { vm, parsed: &parsed }.module()
}

struct Builder<'a> {
    vm: &'a Vm,
    parsed: &'a Parsed,
}

fn operator_name(op: Operator) -> &'static str {
    use Operator::*;
    match op {
        Add => "Add",
        Sub => "Sub",
        Mult => "Mult",
        MatMult => "MatMult",
        Div => "Div",
        Mod => "Mod",
        Pow => "Pow",
        LShift => "LShift",
        RShift => "RShift",
        BitOr => "BitOr",
        BitXor => "BitXor",
        BitAnd => "BitAnd",
        FloorDiv => "FloorDiv",
    }
}
fn comparison_name(op: CmpOp) -> &'static str {
    use CmpOp::*;
    match op {
        Eq => "Eq",
        NotEq => "NotEq",
        Lt => "Lt",
        LtE => "LtE",
        Gt => "Gt",
        GtE => "GtE",
        Is => "Is",
        IsNot => "IsNot",
        In => "In",
        NotIn => "NotIn",
    }
}

impl Builder<'_> {
    // ---- parts
    fn node(&self, class: &str, values: &[Value], span: Option<Span>) -> Res {
        let vm = self.vm;
        let c = class_named(vm, class)?;
        let fields = fields_of(vm, c)?;
        let o = vm.new_instance(c)?;
        for (&f, &v) in fields.items().iter().zip(values) {
            if let Some(name) = vm.as_str(f) {
                vm.instance_set(o, name, v)?;
            }
        }
        if let Some(s) = span {
            let (from, to) = (self.parsed.lines.place(s.start), self.parsed.lines.place(s.end));
            for (name, n) in [
                ("lineno", from.line),
                ("col_offset", from.column),
                ("end_lineno", to.line),
                ("end_col_offset", to.column),
            ] {
                vm.instance_set(o, vm.intern(name), vm.int(n.into())?)?;
            }
        }
        Ok(o.value())
    }
    fn list<T>(&self, items: &[T], f: impl Fn(&T) -> Res) -> Res {
        let list = self.vm.new_list_with_capacity(items.len())?;
        for i in items {
            self.vm.list_append(list, f(i)?)?;
        }
        Ok(list.value())
    }
    fn name(&self, s: Symbol) -> Res {
        Ok(self.vm.intern(self.parsed.names.text(s)).value())
    }
    fn name_opt(&self, s: Option<Symbol>) -> Res {
        s.map_or(Ok(Value::NONE), |s| self.name(s))
    }
    fn names(&self, list: &[Symbol]) -> Res {
        self.list(list, |&s| self.name(s))
    }
    fn text(&self, t: &Text) -> Res {
        match t {
            Text::Utf8(s) => self.vm.str(s),
            Text::Points(p) => Ok(self.vm.new_str_points(CodePoints::Four(p))?.value()),
        }
    }
    fn number(&self, n: i64) -> Res {
        self.vm.int(n)
    }
    fn constant(&self, c: &Constant) -> Res {
        let vm = self.vm;
        match c {
            Constant::None => Ok(Value::NONE),
            Constant::True => Ok(Value::TRUE),
            Constant::False => Ok(Value::FALSE),
            Constant::Ellipsis => Ok(Value::ELLIPSIS),
            Constant::Int(n) => vm.int(*n),
            Constant::BigInt(b) => {
                let digits = vm.str(&b.digits)?;
                vm.call(vm.classes().int.value(), &[digits, Value::small_int(b.radix.into())])
            }
            Constant::Float(x) => vm.float(*x),
            Constant::Complex(im) => vm.complex(0.0, *im),
            Constant::Str(t) => self.text(t),
            Constant::Bytes(b) => vm.bytes(b),
        }
    }
    fn context(&self, c: ExprContext) -> Res {
        singleton(self.vm, match c {
            ExprContext::Load => "Load",
            ExprContext::Store => "Store",
            ExprContext::Del => "Del",
        })
    }
    fn operator(&self, op: Operator) -> Res {
        singleton(self.vm, operator_name(op))
    }
    fn conversion(&self, c: Conversion) -> Res {
        self.number(match c {
            Conversion::None => -1,
            Conversion::Str => i64::from(b's'),
            Conversion::Repr => i64::from(b'r'),
            Conversion::Ascii => i64::from(b'a'),
        })
    }

    // ---- modules and statements
    fn module(&self) -> Res {
        match &self.parsed.module {
            Mod::Module { body } => {
                let none = self.vm.new_list()?.value();
                self.node("Module", &[self.body(body)?, none], None)
            }
            Mod::Interactive { body } => self.node("Interactive", &[self.body(body)?], None),
            Mod::Expression { body } => self.node("Expression", &[self.expr(body)?], None),
            Mod::FunctionType { argtypes, returns } => {
                self.node("FunctionType", &[self.exprs(argtypes)?, self.expr(returns)?], None)
            }
        }
    }
    fn body(&self, list: &[Stmt]) -> Res {
        self.list(list, |s| self.stmt(s))
    }
    fn stmt(&self, s: &Stmt) -> Res {
        let (class, values): (&str, &[Value]) = match &s.kind {
            StmtKind::FunctionDef(f) => return self.function("FunctionDef", f, s.span),
            StmtKind::AsyncFunctionDef(f) => return self.function("AsyncFunctionDef", f, s.span),
            StmtKind::ClassDef(c) => ("ClassDef", &[
                self.name(c.name)?,
                self.exprs(&c.bases)?,
                self.keywords(&c.keywords)?,
                self.body(&c.body)?,
                self.exprs(&c.decorator_list)?,
                self.type_params(&c.type_params)?,
            ]),
            StmtKind::Return { value } => ("Return", &[self.optional(value)?]),
            StmtKind::Delete { targets } => ("Delete", &[self.exprs(targets)?]),
            StmtKind::Assign { targets, value } => {
                ("Assign", &[self.exprs(targets)?, self.expr(value)?, Value::NONE])
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                ("TypeAlias", &[self.expr(name)?, self.type_params(type_params)?, self.expr(value)?])
            }
            StmtKind::AugAssign { target, op, value } => {
                ("AugAssign", &[self.expr(target)?, self.operator(*op)?, self.expr(value)?])
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => ("AnnAssign", &[
                self.expr(target)?,
                self.expr(annotation)?,
                self.optional(value)?,
                self.number(i64::from(*simple))?,
            ]),
            StmtKind::For(f) => return self.for_loop("For", f, s.span),
            StmtKind::AsyncFor(f) => return self.for_loop("AsyncFor", f, s.span),
            StmtKind::While { test, body, orelse } => {
                ("While", &[self.expr(test)?, self.body(body)?, self.body(orelse)?])
            }
            StmtKind::If { test, body, orelse } => {
                ("If", &[self.expr(test)?, self.body(body)?, self.body(orelse)?])
            }
            StmtKind::With(w) => return self.with("With", w, s.span),
            StmtKind::AsyncWith(w) => return self.with("AsyncWith", w, s.span),
            StmtKind::Match { subject, cases } => {
                ("Match", &[self.expr(subject)?, self.list(cases, |c| self.case(c))?])
            }
            StmtKind::Raise { exc, cause } => ("Raise", &[self.optional(exc)?, self.optional(cause)?]),
            StmtKind::Try(t) => return self.try_block("Try", t, s.span),
            StmtKind::TryStar(t) => return self.try_block("TryStar", t, s.span),
            StmtKind::Assert { test, msg } => ("Assert", &[self.expr(test)?, self.optional(msg)?]),
            StmtKind::Import { names } => ("Import", &[self.aliases(names)?]),
            StmtKind::ImportFrom { module, names, level } => ("ImportFrom", &[
                self.name_opt(*module)?,
                self.aliases(names)?,
                self.number(i64::from(*level))?,
            ]),
            StmtKind::Global { names } => ("Global", &[self.names(names)?]),
            StmtKind::Nonlocal { names } => ("Nonlocal", &[self.names(names)?]),
            StmtKind::Expr { value } => ("Expr", &[self.expr(value)?]),
            StmtKind::Pass => ("Pass", &[]),
            StmtKind::Break => ("Break", &[]),
            StmtKind::Continue => ("Continue", &[]),
        };
        self.node(class, values, Some(s.span))
    }
    fn function(&self, class: &str, f: &FunctionDef, span: Span) -> Res {
        let values = [
            self.name(f.name)?,
            self.arguments(&f.args)?,
            self.body(&f.body)?,
            self.exprs(&f.decorator_list)?,
            self.optional(&f.returns)?,
            Value::NONE,
            self.type_params(&f.type_params)?,
        ];
        self.node(class, &values, Some(span))
    }
    fn for_loop(&self, class: &str, f: &For, span: Span) -> Res {
        let (target, iter) = (self.expr(&f.target)?, self.expr(&f.iter)?);
        let values = [target, iter, self.body(&f.body)?, self.body(&f.orelse)?, Value::NONE];
        self.node(class, &values, Some(span))
    }
    fn with(&self, class: &str, w: &With, span: Span) -> Res {
        let items = self.list(&w.items, |i| {
            let values = [self.expr(&i.context_expr)?, self.optional(&i.optional_vars)?];
            self.node("withitem", &values, None)
        })?;
        self.node(class, &[items, self.body(&w.body)?, Value::NONE], Some(span))
    }
    fn try_block(&self, class: &str, t: &Try, span: Span) -> Res {
        let handlers = self.list(&t.handlers, |h| {
            let values = [self.optional(&h.typ)?, self.name_opt(h.name)?, self.body(&h.body)?];
            self.node("ExceptHandler", &values, Some(h.span))
        })?;
        let values = [self.body(&t.body)?, handlers, self.body(&t.orelse)?, self.body(&t.finalbody)?];
        self.node(class, &values, Some(span))
    }
    fn aliases(&self, list: &[Alias]) -> Res {
        self.list(list, |a| {
            self.node("alias", &[self.name(a.name)?, self.name_opt(a.asname)?], Some(a.span))
        })
    }
    fn case(&self, c: &MatchCase) -> Res {
        let values = [self.pattern(&c.pattern)?, self.optional(&c.guard)?, self.body(&c.body)?];
        self.node("match_case", &values, None)
    }
    fn patterns(&self, list: &[Pattern]) -> Res {
        self.list(list, |p| self.pattern(p))
    }
    fn pattern(&self, p: &Pattern) -> Res {
        let (class, values): (&str, &[Value]) = match &p.kind {
            PatternKind::MatchValue { value } => ("MatchValue", &[self.expr(value)?]),
            PatternKind::MatchSingleton { value } => ("MatchSingleton", &[self.constant(value)?]),
            PatternKind::MatchSequence { patterns } => ("MatchSequence", &[self.patterns(patterns)?]),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                ("MatchMapping", &[self.exprs(keys)?, self.patterns(patterns)?, self.name_opt(*rest)?])
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => ("MatchClass", &[
                self.expr(cls)?,
                self.patterns(patterns)?,
                self.names(kwd_attrs)?,
                self.patterns(kwd_patterns)?,
            ]),
            PatternKind::MatchStar { name } => ("MatchStar", &[self.name_opt(*name)?]),
            PatternKind::MatchAs { pattern, name } => {
                let inner = match pattern {
                    Some(p) => self.pattern(p)?,
                    None => Value::NONE,
                };
                ("MatchAs", &[inner, self.name_opt(*name)?])
            }
            PatternKind::MatchOr { patterns } => ("MatchOr", &[self.patterns(patterns)?]),
        };
        self.node(class, values, Some(p.span))
    }
    fn type_params(&self, list: &[TypeParam]) -> Res {
        self.list(list, |p| {
            let (class, values): (&str, &[Value]) = match &p.kind {
                TypeParamKind::TypeVar { name, bound, default_value } => {
                    ("TypeVar", &[self.name(*name)?, self.optional(bound)?, self.optional(default_value)?])
                }
                TypeParamKind::ParamSpec { name, default_value } => {
                    ("ParamSpec", &[self.name(*name)?, self.optional(default_value)?])
                }
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    ("TypeVarTuple", &[self.name(*name)?, self.optional(default_value)?])
                }
            };
            self.node(class, values, Some(p.span))
        })
    }
    fn arguments(&self, a: &Arguments) -> Res {
        let arg = |a: &Arg| {
            let values = [self.name(a.arg)?, self.optional(&a.annotation)?, Value::NONE];
            self.node("arg", &values, Some(a.span))
        };
        let one = |a: &Option<Box<Arg>>| a.as_ref().map_or(Ok(Value::NONE), |a| arg(a));
        let values = [
            self.list(&a.posonlyargs, arg)?,
            self.list(&a.args, arg)?,
            one(&a.vararg)?,
            self.list(&a.kwonlyargs, arg)?,
            self.list(&a.kw_defaults, |d| self.maybe(d))?,
            one(&a.kwarg)?,
            self.exprs(&a.defaults)?,
        ];
        self.node("arguments", &values, None)
    }

    // ---- expressions
    fn optional(&self, e: &Option<Box<Expr>>) -> Res {
        e.as_ref().map_or(Ok(Value::NONE), |e| self.expr(e))
    }
    fn maybe(&self, e: &Option<Expr>) -> Res {
        e.as_ref().map_or(Ok(Value::NONE), |e| self.expr(e))
    }
    fn exprs(&self, list: &[Expr]) -> Res {
        self.list(list, |e| self.expr(e))
    }
    fn keywords(&self, list: &[Keyword]) -> Res {
        self.list(list, |k| {
            self.node("keyword", &[self.name_opt(k.arg)?, self.expr(&k.value)?], Some(k.span))
        })
    }
    fn generators(&self, list: &[Comprehension]) -> Res {
        self.list(list, |c| {
            let asynchronous = self.number(i64::from(c.is_async))?;
            let values =
                [self.expr(&c.target)?, self.expr(&c.iter)?, self.exprs(&c.ifs)?, asynchronous];
            self.node("comprehension", &values, None)
        })
    }
    fn expr(&self, e: &Expr) -> Res {
        let (class, values): (&str, &[Value]) = match &e.kind {
            ExprKind::BoolOp { op, values } => {
                let op = singleton(self.vm, if *op == BoolOp::And { "And" } else { "Or" })?;
                ("BoolOp", &[op, self.exprs(values)?])
            }
            ExprKind::NamedExpr { target, value } => {
                ("NamedExpr", &[self.expr(target)?, self.expr(value)?])
            }
            ExprKind::BinOp { left, op, right } => {
                ("BinOp", &[self.expr(left)?, self.operator(*op)?, self.expr(right)?])
            }
            ExprKind::UnaryOp { op, operand } => {
                let op = match op {
                    UnaryOp::Invert => "Invert",
                    UnaryOp::Not => "Not",
                    UnaryOp::UAdd => "UAdd",
                    UnaryOp::USub => "USub",
                };
                ("UnaryOp", &[singleton(self.vm, op)?, self.expr(operand)?])
            }
            ExprKind::Lambda { args, body } => ("Lambda", &[self.arguments(args)?, self.expr(body)?]),
            ExprKind::IfExp { test, body, orelse } => {
                ("IfExp", &[self.expr(test)?, self.expr(body)?, self.expr(orelse)?])
            }
            ExprKind::Dict { keys, values } => {
                ("Dict", &[self.list(keys, |k| self.maybe(k))?, self.exprs(values)?])
            }
            ExprKind::Set { elts } => ("Set", &[self.exprs(elts)?]),
            ExprKind::ListComp { elt, generators } => {
                ("ListComp", &[self.expr(elt)?, self.generators(generators)?])
            }
            ExprKind::SetComp { elt, generators } => {
                ("SetComp", &[self.expr(elt)?, self.generators(generators)?])
            }
            ExprKind::DictComp { key, value, generators } => {
                ("DictComp", &[self.expr(key)?, self.expr(value)?, self.generators(generators)?])
            }
            ExprKind::GeneratorExp { elt, generators } => {
                ("GeneratorExp", &[self.expr(elt)?, self.generators(generators)?])
            }
            ExprKind::Await { value } => ("Await", &[self.expr(value)?]),
            ExprKind::Yield { value } => ("Yield", &[self.optional(value)?]),
            ExprKind::YieldFrom { value } => ("YieldFrom", &[self.expr(value)?]),
            ExprKind::Compare { left, ops, comparators } => {
                let ops = self.list(ops, |&op| singleton(self.vm, comparison_name(op)))?;
                ("Compare", &[self.expr(left)?, ops, self.exprs(comparators)?])
            }
            ExprKind::Call { func, args, keywords } => {
                ("Call", &[self.expr(func)?, self.exprs(args)?, self.keywords(keywords)?])
            }
            _ => return self.expr_of_text_or_target(e),
        };
        self.node(class, values, Some(e.span))
    }
    fn expr_of_text_or_target(&self, e: &Expr) -> Res {
        let (class, values): (&str, &[Value]) = match &e.kind {
            ExprKind::FormattedValue { value, conversion, format_spec } => ("FormattedValue", &[
                self.expr(value)?,
                self.conversion(*conversion)?,
                self.optional(format_spec)?,
            ]),
            ExprKind::Interpolation { value, str, conversion, format_spec } => ("Interpolation", &[
                self.expr(value)?,
                self.text(str)?,
                self.conversion(*conversion)?,
                self.optional(format_spec)?,
            ]),
            ExprKind::JoinedStr { values } => ("JoinedStr", &[self.exprs(values)?]),
            ExprKind::TemplateStr { values } => ("TemplateStr", &[self.exprs(values)?]),
            ExprKind::Constant { value, unicode_prefix } => {
                let kind = if *unicode_prefix { self.vm.intern("u").value() } else { Value::NONE };
                ("Constant", &[self.constant(value)?, kind])
            }
            ExprKind::Attribute { value, attr, ctx } => {
                ("Attribute", &[self.expr(value)?, self.name(*attr)?, self.context(*ctx)?])
            }
            ExprKind::Subscript { value, slice, ctx } => {
                ("Subscript", &[self.expr(value)?, self.expr(slice)?, self.context(*ctx)?])
            }
            ExprKind::Starred { value, ctx } => ("Starred", &[self.expr(value)?, self.context(*ctx)?]),
            ExprKind::Name { id, ctx } => ("Name", &[self.name(*id)?, self.context(*ctx)?]),
            ExprKind::List { elts, ctx } => ("List", &[self.exprs(elts)?, self.context(*ctx)?]),
            ExprKind::Tuple { elts, ctx } => ("Tuple", &[self.exprs(elts)?, self.context(*ctx)?]),
            ExprKind::Slice { lower, upper, step } => {
                ("Slice", &[self.optional(lower)?, self.optional(upper)?, self.optional(step)?])
            }
            _ => return Err(self.vm.system_error("unexpected expression")),
        };
        self.node(class, values, Some(e.span))
    }
}
