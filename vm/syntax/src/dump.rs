//! The tree as text in the format of CPython's `ast.dump(tree, include_attributes=True)`, for
//! comparing the two and for debugging.

use crate::Parsed;
use crate::ast::*;
use crate::lines::LineIndex;
use crate::names::Names;
use std::fmt::Write;

/// Writes the whole tree on one line.
pub fn dump(parsed: &Parsed) -> String {
    let mut dumper = Dumper { names: &parsed.names, lines: &parsed.lines, out: String::new() };
    match &parsed.module {
        Mod::Module { body } => {
            dumper.node("Module", |d| {
                d.list("body", body, Dumper::stmt);
            });
        }
        Mod::Interactive { body } => {
            dumper.node("Interactive", |d| d.list("body", body, Dumper::stmt));
        }
        Mod::Expression { body } => dumper.node("Expression", |d| d.field("body", body)),
        Mod::FunctionType { argtypes, returns } => dumper.node("FunctionType", |d| {
            d.list("argtypes", argtypes, Dumper::expr);
            d.field("returns", returns);
        }),
    }
    dumper.out
}

/// `repr()` of a string, with everything but ASCII escaped.
pub(crate) fn repr(text: &Text) -> String {
    let (names, lines) = (Names::default(), LineIndex::new(""));
    let mut dumper = Dumper { names: &names, lines: &lines, out: String::new() };
    dumper.text(text);
    dumper.out
}

struct Dumper<'a> {
    names: &'a Names,
    lines: &'a LineIndex,
    out: String,
}

impl Dumper<'_> {
    fn node(&mut self, name: &str, fields: impl FnOnce(&mut Self)) {
        self.out.push_str(name);
        self.out.push('(');
        fields(self);
        self.out.push(')');
    }

    /// Starts a field: separator and name.
    fn key(&mut self, name: &str) {
        if !self.out.ends_with('(') {
            self.out.push_str(", ");
        }
        self.out.push_str(name);
        self.out.push('=');
    }

    fn raw(&mut self, name: &str, value: &str) {
        self.key(name);
        self.out.push_str(value);
    }

    fn symbol(&mut self, name: &str, symbol: Symbol) {
        self.key(name);
        let text = Text::Utf8(self.names.text(symbol).into());
        self.text(&text);
    }

    fn optional_symbol(&mut self, name: &str, symbol: Option<Symbol>) {
        if let Some(symbol) = symbol {
            self.symbol(name, symbol);
        }
    }

    fn symbols(&mut self, name: &str, symbols: &[Symbol]) {
        if symbols.is_empty() {
            return;
        }
        self.key(name);
        self.out.push('[');
        for (index, symbol) in symbols.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            let text = Text::Utf8(self.names.text(*symbol).into());
            self.text(&text);
        }
        self.out.push(']');
    }

    fn field(&mut self, name: &str, expr: &Expr) {
        self.key(name);
        self.expr(expr);
    }

    fn optional(&mut self, name: &str, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.field(name, expr);
        }
    }

    fn list<T>(&mut self, name: &str, items: &[T], each: impl Fn(&mut Self, &T)) {
        // Python leaves empty lists out of a dump.
        if items.is_empty() {
            return;
        }
        self.key(name);
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            each(self, item);
        }
        self.out.push(']');
    }

    fn place(&mut self, span: Span) {
        let (start, end) = (self.lines.place(span.start), self.lines.place(span.end));
        self.key("lineno");
        let _ = write!(
            self.out,
            "{}, col_offset={}, end_lineno={}, end_col_offset={}",
            start.line, start.column, end.line, end.column
        );
    }

    /// `repr()` of a string.
    fn text(&mut self, text: &Text) {
        let points: Vec<u32> = match text {
            Text::Utf8(text) => text.chars().map(u32::from).collect(),
            Text::Points(points) => points.to_vec(),
        };
        // Non-ASCII is escaped: the other side prints with `ascii()`.
        let quote = if points.contains(&39) && !points.contains(&34) { '"' } else { '\'' };
        self.out.push(quote);
        for point in points {
            let _ = match point {
                9 => write!(self.out, "\\t"),
                10 => write!(self.out, "\\n"),
                13 => write!(self.out, "\\r"),
                92 => write!(self.out, "\\\\"),
                _ if point == u32::from(quote) => write!(self.out, "\\{quote}"),
                0x20..0x7F => write!(self.out, "{}", char::from(point as u8)),
                0..0x100 => write!(self.out, "\\x{point:02x}"),
                0x100..0x10000 => write!(self.out, "\\u{point:04x}"),
                _ => write!(self.out, "\\U{point:08x}"),
            };
        }
        self.out.push(quote);
    }

    fn constant(&mut self, value: &Constant) {
        match value {
            Constant::None => self.out.push_str("None"),
            Constant::True => self.out.push_str("True"),
            Constant::False => self.out.push_str("False"),
            Constant::Ellipsis => self.out.push_str("Ellipsis"),
            Constant::Int(value) => {
                let _ = write!(self.out, "{value}");
            }
            Constant::BigInt(big) => {
                let _ = write!(self.out, "int({:?}, {})", big.digits, big.radix);
            }
            Constant::Float(value) => {
                let _ = write!(self.out, "float({:016x})", value.to_bits());
            }
            Constant::Complex(value) => {
                let _ = write!(self.out, "complex({:016x})", value.to_bits());
            }
            Constant::Str(text) => self.text(text),
            Constant::Bytes(bytes) => {
                self.out.push_str("bytes(");
                for byte in bytes {
                    let _ = write!(self.out, "{byte:02x}");
                }
                self.out.push(')');
            }
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let name = stmt_name(&stmt.kind);
        self.node(name, |d| {
            d.stmt_fields(&stmt.kind);
            d.place(stmt.span);
        });
    }

    fn stmt_fields(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::FunctionDef(def) | StmtKind::AsyncFunctionDef(def) => {
                self.symbol("name", def.name);
                self.key("args");
                self.arguments(&def.args);
                self.body("body", &def.body);
                self.list("decorator_list", &def.decorator_list, Self::expr);
                self.optional("returns", def.returns.as_deref());
                self.list("type_params", &def.type_params, Self::type_param);
            }
            StmtKind::ClassDef(def) => {
                self.symbol("name", def.name);
                self.list("bases", &def.bases, Self::expr);
                self.list("keywords", &def.keywords, Self::keyword);
                self.body("body", &def.body);
                self.list("decorator_list", &def.decorator_list, Self::expr);
                self.list("type_params", &def.type_params, Self::type_param);
            }
            StmtKind::Return { value } => self.optional("value", value.as_deref()),
            StmtKind::Delete { targets } => self.list("targets", targets, Self::expr),
            StmtKind::Assign { targets, value } => {
                self.list("targets", targets, Self::expr);
                self.field("value", value);
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.field("name", name);
                self.list("type_params", type_params, Self::type_param);
                self.field("value", value);
            }
            StmtKind::AugAssign { target, op, value } => {
                self.field("target", target);
                self.raw("op", &format!("{op:?}()"));
                self.field("value", value);
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.field("target", target);
                self.field("annotation", annotation);
                self.optional("value", value.as_deref());
                self.raw("simple", if *simple { "1" } else { "0" });
            }
            StmtKind::For(node) | StmtKind::AsyncFor(node) => {
                self.field("target", &node.target);
                self.field("iter", &node.iter);
                self.body("body", &node.body);
                self.body("orelse", &node.orelse);
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.field("test", test);
                self.body("body", body);
                self.body("orelse", orelse);
            }
            StmtKind::With(node) | StmtKind::AsyncWith(node) => {
                self.list("items", &node.items, |d, item| {
                    d.node("withitem", |d| {
                        d.field("context_expr", &item.context_expr);
                        d.optional("optional_vars", item.optional_vars.as_deref());
                    });
                });
                self.body("body", &node.body);
            }
            StmtKind::Match { subject, cases } => {
                self.field("subject", subject);
                self.list("cases", cases, |d, case| {
                    d.node("match_case", |d| {
                        d.key("pattern");
                        d.pattern(&case.pattern);
                        d.optional("guard", case.guard.as_deref());
                        d.body("body", &case.body);
                    });
                });
            }
            StmtKind::Raise { exc, cause } => {
                self.optional("exc", exc.as_deref());
                self.optional("cause", cause.as_deref());
            }
            StmtKind::Try(node) | StmtKind::TryStar(node) => {
                self.body("body", &node.body);
                self.list("handlers", &node.handlers, |d, handler| {
                    d.node("ExceptHandler", |d| {
                        d.optional("type", handler.typ.as_deref());
                        d.optional_symbol("name", handler.name);
                        d.body("body", &handler.body);
                        d.place(handler.span);
                    });
                });
                self.body("orelse", &node.orelse);
                self.body("finalbody", &node.finalbody);
            }
            StmtKind::Assert { test, msg } => {
                self.field("test", test);
                self.optional("msg", msg.as_deref());
            }
            StmtKind::Import { names } => self.list("names", names, Self::alias),
            StmtKind::ImportFrom { module, names, level } => {
                self.optional_symbol("module", *module);
                self.list("names", names, Self::alias);
                self.raw("level", &level.to_string());
            }
            StmtKind::Global { names } | StmtKind::Nonlocal { names } => {
                self.symbols("names", names);
            }
            StmtKind::Expr { value } => self.field("value", value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
        }
    }

    fn body(&mut self, name: &str, body: &[Stmt]) {
        self.list(name, body, Self::stmt);
    }

    fn alias(&mut self, alias: &Alias) {
        self.node("alias", |d| {
            d.symbol("name", alias.name);
            d.optional_symbol("asname", alias.asname);
            d.place(alias.span);
        });
    }

    fn keyword(&mut self, keyword: &Keyword) {
        self.node("keyword", |d| {
            d.optional_symbol("arg", keyword.arg);
            d.field("value", &keyword.value);
            d.place(keyword.span);
        });
    }

    fn arg(&mut self, arg: &Arg) {
        self.node("arg", |d| {
            d.symbol("arg", arg.arg);
            d.optional("annotation", arg.annotation.as_deref());
            d.place(arg.span);
        });
    }

    fn arguments(&mut self, arguments: &Arguments) {
        self.node("arguments", |d| {
            d.list("posonlyargs", &arguments.posonlyargs, Self::arg);
            d.list("args", &arguments.args, Self::arg);
            if let Some(vararg) = &arguments.vararg {
                d.key("vararg");
                d.arg(vararg);
            }
            d.list("kwonlyargs", &arguments.kwonlyargs, Self::arg);
            d.list("kw_defaults", &arguments.kw_defaults, Self::expr_or_none);
            if let Some(kwarg) = &arguments.kwarg {
                d.key("kwarg");
                d.arg(kwarg);
            }
            d.list("defaults", &arguments.defaults, Self::expr);
        });
    }

    fn expr_or_none(&mut self, expr: &Option<Expr>) {
        match expr {
            Some(expr) => self.expr(expr),
            None => self.out.push_str("None"),
        }
    }

    fn type_param(&mut self, param: &TypeParam) {
        let name = match param.kind {
            TypeParamKind::TypeVar { .. } => "TypeVar",
            TypeParamKind::ParamSpec { .. } => "ParamSpec",
            TypeParamKind::TypeVarTuple { .. } => "TypeVarTuple",
        };
        self.node(name, |d| {
            d.symbol("name", param.kind.name());
            match &param.kind {
                TypeParamKind::TypeVar { bound, default_value, .. } => {
                    d.optional("bound", bound.as_deref());
                    d.optional("default_value", default_value.as_deref());
                }
                TypeParamKind::ParamSpec { default_value, .. }
                | TypeParamKind::TypeVarTuple { default_value, .. } => {
                    d.optional("default_value", default_value.as_deref());
                }
            }
            d.place(param.span);
        });
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let name = match pattern.kind {
            PatternKind::MatchValue { .. } => "MatchValue",
            PatternKind::MatchSingleton { .. } => "MatchSingleton",
            PatternKind::MatchSequence { .. } => "MatchSequence",
            PatternKind::MatchMapping { .. } => "MatchMapping",
            PatternKind::MatchClass { .. } => "MatchClass",
            PatternKind::MatchStar { .. } => "MatchStar",
            PatternKind::MatchAs { .. } => "MatchAs",
            PatternKind::MatchOr { .. } => "MatchOr",
        };
        self.node(name, |d| {
            match &pattern.kind {
                PatternKind::MatchValue { value } => d.field("value", value),
                PatternKind::MatchSingleton { value } => {
                    d.key("value");
                    d.constant(value);
                }
                PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                    d.list("patterns", patterns, Self::pattern);
                }
                PatternKind::MatchMapping { keys, patterns, rest } => {
                    d.list("keys", keys, Self::expr);
                    d.list("patterns", patterns, Self::pattern);
                    d.optional_symbol("rest", *rest);
                }
                PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                    d.field("cls", cls);
                    d.list("patterns", patterns, Self::pattern);
                    d.symbols("kwd_attrs", kwd_attrs);
                    d.list("kwd_patterns", kwd_patterns, Self::pattern);
                }
                PatternKind::MatchStar { name } => d.optional_symbol("name", *name),
                PatternKind::MatchAs { pattern, name } => {
                    if let Some(pattern) = pattern {
                        d.key("pattern");
                        d.pattern(pattern);
                    }
                    d.optional_symbol("name", *name);
                }
            }
            d.place(pattern.span);
        });
    }

    fn expr(&mut self, expr: &Expr) {
        let name = expr_name(&expr.kind);
        self.node(name, |d| {
            d.expr_fields(&expr.kind);
            d.place(expr.span);
        });
    }

    fn ctx(&mut self, ctx: ExprContext) {
        self.raw("ctx", &format!("{ctx:?}()"));
    }

    fn comprehensions(&mut self, generators: &[Comprehension]) {
        self.list("generators", generators, |d, generator| {
            d.node("comprehension", |d| {
                d.field("target", &generator.target);
                d.field("iter", &generator.iter);
                d.list("ifs", &generator.ifs, Self::expr);
                d.raw("is_async", if generator.is_async { "1" } else { "0" });
            });
        });
    }

    fn conversion(&mut self, conversion: Conversion, format_spec: Option<&Expr>) {
        let number = match conversion {
            Conversion::None => "-1",
            Conversion::Str => "115",
            Conversion::Repr => "114",
            Conversion::Ascii => "97",
        };
        self.raw("conversion", number);
        self.optional("format_spec", format_spec);
    }

    fn expr_fields(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::BoolOp { op, values } => {
                self.raw("op", &format!("{op:?}()"));
                self.list("values", values, Self::expr);
            }
            ExprKind::NamedExpr { target, value } => {
                self.field("target", target);
                self.field("value", value);
            }
            ExprKind::BinOp { left, op, right } => {
                self.field("left", left);
                self.raw("op", &format!("{op:?}()"));
                self.field("right", right);
            }
            ExprKind::UnaryOp { op, operand } => {
                self.raw("op", &format!("{op:?}()"));
                self.field("operand", operand);
            }
            ExprKind::Lambda { args, body } => {
                self.key("args");
                self.arguments(args);
                self.field("body", body);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.field("test", test);
                self.field("body", body);
                self.field("orelse", orelse);
            }
            ExprKind::Dict { keys, values } => {
                self.list("keys", keys, Self::expr_or_none);
                self.list("values", values, Self::expr);
            }
            ExprKind::Set { elts } => self.list("elts", elts, Self::expr),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.field("elt", elt);
                self.comprehensions(generators);
            }
            ExprKind::DictComp { key, value, generators } => {
                self.field("key", key);
                self.field("value", value);
                self.comprehensions(generators);
            }
            ExprKind::Await { value } | ExprKind::YieldFrom { value } => self.field("value", value),
            ExprKind::Yield { value } => self.optional("value", value.as_deref()),
            ExprKind::Compare { left, ops, comparators } => {
                self.field("left", left);
                self.list("ops", ops, |d, op| {
                    let _ = write!(d.out, "{op:?}()");
                });
                self.list("comparators", comparators, Self::expr);
            }
            ExprKind::Call { func, args, keywords } => {
                self.field("func", func);
                self.list("args", args, Self::expr);
                self.list("keywords", keywords, Self::keyword);
            }
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.field("value", value);
                self.conversion(*conversion, format_spec.as_deref());
            }
            ExprKind::Interpolation { value, str, conversion, format_spec } => {
                self.field("value", value);
                self.key("str");
                self.text(str);
                self.conversion(*conversion, format_spec.as_deref());
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
                self.list("values", values, Self::expr);
            }
            ExprKind::Constant { value, unicode_prefix } => {
                self.key("value");
                self.constant(value);
                if *unicode_prefix {
                    self.raw("kind", "'u'");
                }
            }
            ExprKind::Attribute { value, attr, ctx } => {
                self.field("value", value);
                self.symbol("attr", *attr);
                self.ctx(*ctx);
            }
            ExprKind::Subscript { value, slice, ctx } => {
                self.field("value", value);
                self.field("slice", slice);
                self.ctx(*ctx);
            }
            ExprKind::Starred { value, ctx } => {
                self.field("value", value);
                self.ctx(*ctx);
            }
            ExprKind::Name { id, ctx } => {
                self.symbol("id", *id);
                self.ctx(*ctx);
            }
            ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => {
                self.list("elts", elts, Self::expr);
                self.ctx(*ctx);
            }
            ExprKind::Slice { lower, upper, step } => {
                self.optional("lower", lower.as_deref());
                self.optional("upper", upper.as_deref());
                self.optional("step", step.as_deref());
            }
        }
    }
}

fn stmt_name(kind: &StmtKind) -> &'static str {
    match kind {
        StmtKind::FunctionDef(_) => "FunctionDef",
        StmtKind::AsyncFunctionDef(_) => "AsyncFunctionDef",
        StmtKind::ClassDef(_) => "ClassDef",
        StmtKind::Return { .. } => "Return",
        StmtKind::Delete { .. } => "Delete",
        StmtKind::Assign { .. } => "Assign",
        StmtKind::TypeAlias { .. } => "TypeAlias",
        StmtKind::AugAssign { .. } => "AugAssign",
        StmtKind::AnnAssign { .. } => "AnnAssign",
        StmtKind::For(_) => "For",
        StmtKind::AsyncFor(_) => "AsyncFor",
        StmtKind::While { .. } => "While",
        StmtKind::If { .. } => "If",
        StmtKind::With(_) => "With",
        StmtKind::AsyncWith(_) => "AsyncWith",
        StmtKind::Match { .. } => "Match",
        StmtKind::Raise { .. } => "Raise",
        StmtKind::Try(_) => "Try",
        StmtKind::TryStar(_) => "TryStar",
        StmtKind::Assert { .. } => "Assert",
        StmtKind::Import { .. } => "Import",
        StmtKind::ImportFrom { .. } => "ImportFrom",
        StmtKind::Global { .. } => "Global",
        StmtKind::Nonlocal { .. } => "Nonlocal",
        StmtKind::Expr { .. } => "Expr",
        StmtKind::Pass => "Pass",
        StmtKind::Break => "Break",
        StmtKind::Continue => "Continue",
    }
}

fn expr_name(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::BoolOp { .. } => "BoolOp",
        ExprKind::NamedExpr { .. } => "NamedExpr",
        ExprKind::BinOp { .. } => "BinOp",
        ExprKind::UnaryOp { .. } => "UnaryOp",
        ExprKind::Lambda { .. } => "Lambda",
        ExprKind::IfExp { .. } => "IfExp",
        ExprKind::Dict { .. } => "Dict",
        ExprKind::Set { .. } => "Set",
        ExprKind::ListComp { .. } => "ListComp",
        ExprKind::SetComp { .. } => "SetComp",
        ExprKind::DictComp { .. } => "DictComp",
        ExprKind::GeneratorExp { .. } => "GeneratorExp",
        ExprKind::Await { .. } => "Await",
        ExprKind::Yield { .. } => "Yield",
        ExprKind::YieldFrom { .. } => "YieldFrom",
        ExprKind::Compare { .. } => "Compare",
        ExprKind::Call { .. } => "Call",
        ExprKind::FormattedValue { .. } => "FormattedValue",
        ExprKind::Interpolation { .. } => "Interpolation",
        ExprKind::JoinedStr { .. } => "JoinedStr",
        ExprKind::TemplateStr { .. } => "TemplateStr",
        ExprKind::Constant { .. } => "Constant",
        ExprKind::Attribute { .. } => "Attribute",
        ExprKind::Subscript { .. } => "Subscript",
        ExprKind::Starred { .. } => "Starred",
        ExprKind::Name { .. } => "Name",
        ExprKind::List { .. } => "List",
        ExprKind::Tuple { .. } => "Tuple",
        ExprKind::Slice { .. } => "Slice",
    }
}
