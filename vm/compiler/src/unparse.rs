//! Expressions back to source text, as CPython's `ast_unparse.c` writes them: what annotations become under
//! `from __future__ import annotations`.

use crate::constant;
use crate::names::NameTable;
use pyrs_bytecode::Const;
use pyrs_syntax::ast::*;

/// Binding strength, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Level {
    fn next(self) -> Level {
        use Level::*;
        match self {
            Tuple => Test,
            Test => Or,
            Or => And,
            And => Not,
            Not => Compare,
            Compare => BitOr,
            BitOr => BitXor,
            BitXor => BitAnd,
            BitAnd => Shift,
            Shift => Arith,
            Arith => Term,
            Term => Factor,
            Factor => Power,
            Power => Await,
            Await | Atom => Atom,
        }
    }
}

/// Text that may hold lone surrogates.
#[derive(Default)]
struct Out {
    points: Vec<u32>,
}

impl Out {
    fn str(&mut self, text: &str) {
        self.points.extend(text.chars().map(u32::from));
    }
    fn text(&mut self, text: &Text) {
        match text {
            Text::Utf8(text) => self.str(text),
            Text::Points(points) => self.points.extend(&points[..]),
        }
    }
    fn into_const(self) -> Const {
        match self.points.iter().map(|&p| char::from_u32(p)).collect::<Option<String>>() {
            Some(text) => Const::Str(text.into()),
            None => Const::Wide(self.points.into()),
        }
    }
    fn into_string(self) -> String {
        self.points.iter().map(|&p| char::from_u32(p).unwrap_or('\u{fffd}')).collect()
    }
}

struct Unparser<'n, 'a> {
    names: &'n NameTable<'a>,
    out: Out,
}

/// The text of an annotation.
pub(crate) fn annotation(e: &Expr, names: &NameTable<'_>) -> Const {
    let mut unparser = Unparser { names, out: Out::default() };
    unparser.expr(e, Level::Test);
    unparser.out.into_const()
}

/// `repr(value)` of a constant, for messages.
pub(crate) fn repr(value: &Const) -> String {
    let mut out = Out::default();
    repr_const(value, &mut out);
    out.into_string()
}

fn repr_const(value: &Const, out: &mut Out) {
    match value {
        Const::None => out.str("None"),
        Const::Ellipsis => out.str("Ellipsis"),
        Const::Bool(b) => out.str(if *b { "True" } else { "False" }),
        Const::Int(i) => out.str(&i.to_string()),
        Const::BigInt(hex) => out.str(&decimal(hex)),
        Const::Float(f) => out.str(&float(f64::from_bits(f.0))),
        Const::Complex(re, im) => {
            let (re, im) = (f64::from_bits(re.0), f64::from_bits(im.0));
            if re == 0.0 && re.is_sign_positive() {
                out.str(&format!("{}j", complex_part(im)));
            } else {
                let sign = if im.is_sign_negative() { "" } else { "+" };
                out.str(&format!("({}{sign}{}j)", complex_part(re), complex_part(im)));
            }
        }
        Const::Str(s) => repr_points(&s.chars().map(u32::from).collect::<Vec<_>>(), out),
        Const::Wide(points) => repr_points(points, out),
        Const::Bytes(bytes) => repr_bytes(bytes, out),
        Const::Tuple(items) => {
            out.str("(");
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.str(", ");
                }
                repr_const(item, out);
            }
            out.str(if items.len() == 1 { ",)" } else { ")" });
        }
        Const::FrozenSet(_) => out.str("frozenset"),
        Const::Slice(_) => out.str("slice"),
        Const::Code(_) => out.str("code"),
    }
}

/// Decimal digits of a number in hexadecimal.
fn decimal(hex: &str) -> String {
    let (sign, digits) = match hex.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", hex),
    };
    let mut chunks: Vec<u64> = vec![0];
    for digit in digits.chars().filter_map(|c| c.to_digit(16)) {
        let mut carry = u64::from(digit);
        for chunk in &mut chunks {
            let t = *chunk * 16 + carry;
            *chunk = t % 1_000_000_000;
            carry = t / 1_000_000_000;
        }
        if carry != 0 {
            chunks.push(carry);
        }
    }
    let mut text = format!("{sign}{}", chunks.last().copied().unwrap_or(0));
    for chunk in chunks.iter().rev().skip(1) {
        text.push_str(&format!("{chunk:09}"));
    }
    text
}

/// `repr` of a float: the shortest digits that round-trip, exponents outside of 1e-4..1e16.
fn float(f: f64) -> String {
    if f.is_infinite() {
        return if f > 0.0 { "inf".into() } else { "-inf".into() };
    }
    if f.is_nan() {
        return "nan".into();
    }
    let shown = complex_part(f);
    let is_float = shown.contains(['.', 'e', 'n']);
    if is_float { shown } else { format!("{shown}.0") }
}

/// As `float`, but without `.0` behind whole numbers.
fn complex_part(f: f64) -> String {
    if !f.is_finite() {
        return float(f);
    }
    let text = format!("{f:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return format!("{f}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn repr_points(points: &[u32], out: &mut Out) {
    let has = |c: char| points.contains(&u32::from(c));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    out.points.push(quote.into());
    for &p in points {
        match char::from_u32(p) {
            Some(c @ ('\\' | '\'' | '"')) if c == '\\' || c == quote => {
                out.str("\\");
                out.points.push(p);
            }
            Some('\n') => out.str("\\n"),
            Some('\r') => out.str("\\r"),
            Some('\t') => out.str("\\t"),
            Some(c) if printable(c) => out.points.push(p),
            _ if p < 0x100 => out.str(&format!("\\x{p:02x}")),
            _ if p < 0x10000 => out.str(&format!("\\u{p:04x}")),
            _ => out.str(&format!("\\U{p:08x}")),
        }
    }
    out.points.push(quote.into());
}

/// Close to `str.isprintable`: controls, separators other than the space and private or unassigned areas aside.
fn printable(c: char) -> bool {
    if c.is_control() || (c.is_whitespace() && c != ' ') {
        return false;
    }
    let p = u32::from(c);
    !matches!(p, 0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x180e | 0x200b..=0x200f
        | 0x202a..=0x202e | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff9..=0xfffb
        | 0xe0000..=0x10ffff)
        && p & 0xfffe != 0xfffe
}

fn repr_bytes(bytes: &[u8], out: &mut Out) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    out.str("b");
    out.points.push(quote.into());
    for &b in bytes {
        match b {
            b'\\' => out.str("\\\\"),
            b'\n' => out.str("\\n"),
            b'\r' => out.str("\\r"),
            b'\t' => out.str("\\t"),
            _ if b == quote => {
                out.str("\\");
                out.points.push(b.into());
            }
            0x20..=0x7e => out.points.push(b.into()),
            _ => out.str(&format!("\\x{b:02x}")),
        }
    }
    out.points.push(quote.into());
}

fn operator(op: Operator) -> (&'static str, Level, bool) {
    match op {
        Operator::Add => (" + ", Level::Arith, false),
        Operator::Sub => (" - ", Level::Arith, false),
        Operator::Mult => (" * ", Level::Term, false),
        Operator::MatMult => (" @ ", Level::Term, false),
        Operator::Div => (" / ", Level::Term, false),
        Operator::Mod => (" % ", Level::Term, false),
        Operator::LShift => (" << ", Level::Shift, false),
        Operator::RShift => (" >> ", Level::Shift, false),
        Operator::BitOr => (" | ", Level::BitOr, false),
        Operator::BitXor => (" ^ ", Level::BitXor, false),
        Operator::BitAnd => (" & ", Level::BitAnd, false),
        Operator::FloorDiv => (" // ", Level::Term, false),
        Operator::Pow => (" ** ", Level::Power, true),
    }
}

impl Unparser<'_, '_> {
    fn parens(&mut self, wanted: bool, f: impl FnOnce(&mut Self)) {
        if wanted {
            self.out.str("(");
        }
        f(self);
        if wanted {
            self.out.str(")");
        }
    }

    fn list<T>(&mut self, items: &[T], mut f: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.str(", ");
            }
            f(self, item);
        }
    }

    fn name(&mut self, symbol: Symbol) {
        self.out.str(self.names.text(symbol));
    }

    fn expr(&mut self, e: &Expr, level: Level) {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || self.expr_inner(e, level));
    }

    fn expr_inner(&mut self, e: &Expr, level: Level) {
        match &e.kind {
            ExprKind::BoolOp { op, values } => {
                let (text, own) = match op {
                    BoolOp::And => (" and ", Level::And),
                    BoolOp::Or => (" or ", Level::Or),
                };
                self.parens(level > own, |u| {
                    for (i, value) in values.iter().enumerate() {
                        if i > 0 {
                            u.out.str(text);
                        }
                        u.expr(value, own.next());
                    }
                });
            }
            ExprKind::BinOp { left, op, right } => {
                let (text, own, right_assoc) = operator(*op);
                self.parens(level > own, |u| {
                    u.expr(left, if right_assoc { own.next() } else { own });
                    u.out.str(text);
                    u.expr(right, if right_assoc { own } else { own.next() });
                });
            }
            ExprKind::UnaryOp { op, operand } => {
                let (text, own) = match op {
                    UnaryOp::Invert => ("~", Level::Factor),
                    UnaryOp::Not => ("not ", Level::Not),
                    UnaryOp::UAdd => ("+", Level::Factor),
                    UnaryOp::USub => ("-", Level::Factor),
                };
                self.parens(level > own, |u| {
                    u.out.str(text);
                    u.expr(operand, own);
                });
            }
            ExprKind::Lambda { args, body } => self.parens(level > Level::Test, |u| {
                u.out.str("lambda");
                if **args != Arguments::default() {
                    u.out.str(" ");
                    u.arguments(args);
                }
                u.out.str(": ");
                u.expr(body, Level::Test);
            }),
            ExprKind::IfExp { test, body, orelse } => self.parens(level > Level::Test, |u| {
                u.expr(body, Level::Test.next());
                u.out.str(" if ");
                u.expr(test, Level::Test.next());
                u.out.str(" else ");
                u.expr(orelse, Level::Test);
            }),
            ExprKind::Dict { keys, values } => {
                self.out.str("{");
                let pairs: Vec<_> = keys.iter().zip(values).collect();
                self.list(&pairs, |u, (key, value)| match key {
                    Some(key) => {
                        u.expr(key, Level::Test);
                        u.out.str(": ");
                        u.expr(value, Level::Test);
                    }
                    None => {
                        u.out.str("**");
                        u.expr(value, Level::BitOr);
                    }
                });
                self.out.str("}");
            }
            ExprKind::Set { elts } => {
                self.out.str("{");
                self.list(elts, |u, e| u.expr(e, Level::Test));
                self.out.str("}");
            }
            ExprKind::List { elts, .. } => {
                self.out.str("[");
                self.list(elts, |u, e| u.expr(e, Level::Test));
                self.out.str("]");
            }
            ExprKind::Tuple { elts, .. } => self.tuple(elts, level),
            ExprKind::ListComp { elt, generators } => self.comp("[", elt, None, generators, "]"),
            ExprKind::SetComp { elt, generators } => self.comp("{", elt, None, generators, "}"),
            ExprKind::DictComp { key, value, generators } => {
                self.comp("{", key, Some(value), generators, "}");
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comp("(", elt, None, generators, ")")
            }
            ExprKind::Await { value } => self.parens(level > Level::Await, |u| {
                u.out.str("await ");
                u.expr(value, Level::Atom);
            }),
            ExprKind::Yield { value } => match value {
                Some(value) => {
                    self.out.str("(yield ");
                    self.expr(value, Level::Test);
                    self.out.str(")");
                }
                None => self.out.str("(yield)"),
            },
            ExprKind::YieldFrom { value } => {
                self.out.str("(yield from ");
                self.expr(value, Level::Test);
                self.out.str(")");
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.parens(level > Level::Compare, |u| {
                    u.expr(left, Level::Compare.next());
                    for (op, right) in ops.iter().zip(comparators) {
                        u.out.str(match op {
                            CmpOp::Eq => " == ",
                            CmpOp::NotEq => " != ",
                            CmpOp::Lt => " < ",
                            CmpOp::LtE => " <= ",
                            CmpOp::Gt => " > ",
                            CmpOp::GtE => " >= ",
                            CmpOp::Is => " is ",
                            CmpOp::IsNot => " is not ",
                            CmpOp::In => " in ",
                            CmpOp::NotIn => " not in ",
                        });
                        u.expr(right, Level::Compare.next());
                    }
                })
            }
            ExprKind::Call { func, args, keywords } => self.call(func, args, keywords),
            ExprKind::JoinedStr { values } => self.format_string('f', values),
            ExprKind::TemplateStr { values } => self.format_string('t', values),
            ExprKind::FormattedValue { .. } => self.format_string('f', std::slice::from_ref(e)),
            ExprKind::Interpolation { .. } => self.format_string('t', std::slice::from_ref(e)),
            ExprKind::Constant { value, unicode_prefix } => {
                if *unicode_prefix {
                    self.out.str("u");
                }
                self.constant(value);
            }
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value, Level::Atom);
                let int = matches!(
                    value.kind,
                    ExprKind::Constant { value: Constant::Int(_) | Constant::BigInt(_), .. }
                );
                self.out.str(if int { " ." } else { "." });
                self.name(*attr);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value, Level::Atom);
                self.out.str("[");
                self.expr(slice, Level::Tuple);
                self.out.str("]");
            }
            ExprKind::Starred { value, .. } => {
                self.out.str("*");
                self.expr(value, Level::BitOr);
            }
            ExprKind::Name { id, .. } => self.name(*id),
            ExprKind::NamedExpr { target, value } => self.parens(level > Level::Tuple, |u| {
                u.expr(target, Level::Atom);
                u.out.str(" := ");
                u.expr(value, Level::Atom);
            }),
            ExprKind::Slice { lower, upper, step } => {
                if let Some(lower) = lower {
                    self.expr(lower, Level::Test);
                }
                self.out.str(":");
                if let Some(upper) = upper {
                    self.expr(upper, Level::Test);
                }
                if let Some(step) = step {
                    self.out.str(":");
                    self.expr(step, Level::Test);
                }
            }
        }
    }

    fn tuple(&mut self, elts: &[Expr], level: Level) {
        if elts.is_empty() {
            return self.out.str("()");
        }
        self.parens(level > Level::Tuple, |u| {
            u.list(elts, |u, e| u.expr(e, Level::Test));
            if elts.len() == 1 {
                u.out.str(",");
            }
        });
    }

    fn constant(&mut self, value: &Constant) {
        match value {
            Constant::Ellipsis => self.out.str("..."),
            Constant::Float(f) if f.is_infinite() => self.out.str("1e309"),
            Constant::Complex(f) if f.is_infinite() => self.out.str("1e309j"),
            _ => repr_const(&constant::of_literal(value), &mut self.out),
        }
    }

    fn call(&mut self, func: &Expr, args: &[Expr], keywords: &[Keyword]) {
        self.expr(func, Level::Atom);
        if let ([only], []) = (args, keywords)
            && matches!(only.kind, ExprKind::GeneratorExp { .. })
        {
            return self.expr(only, Level::Atom);
        }
        self.out.str("(");
        self.list(args, |u, e| u.expr(e, Level::Test));
        for (i, keyword) in keywords.iter().enumerate() {
            if i > 0 || !args.is_empty() {
                self.out.str(", ");
            }
            match keyword.arg {
                Some(arg) => {
                    self.name(arg);
                    self.out.str("=");
                }
                None => self.out.str("**"),
            }
            self.expr(&keyword.value, Level::Test);
        }
        self.out.str(")");
    }

    fn comp(
        &mut self,
        open: &str,
        elt: &Expr,
        value: Option<&Expr>,
        generators: &[Comprehension],
        close: &str,
    ) {
        self.out.str(open);
        self.expr(elt, Level::Test);
        if let Some(value) = value {
            self.out.str(": ");
            self.expr(value, Level::Test);
        }
        for generator in generators {
            self.out.str(if generator.is_async { " async for " } else { " for " });
            self.expr(&generator.target, Level::Tuple);
            self.out.str(" in ");
            self.expr(&generator.iter, Level::Test.next());
            for test in &generator.ifs {
                self.out.str(" if ");
                self.expr(test, Level::Test.next());
            }
        }
        self.out.str(close);
    }

    fn arguments(&mut self, args: &Arguments) {
        let mut first = true;
        let mut comma = |u: &mut Self| {
            if !std::mem::take(&mut first) {
                u.out.str(", ");
            }
        };
        let positional = args.posonlyargs.len() + args.args.len();
        for (i, arg) in args.posonlyargs.iter().chain(&args.args).enumerate() {
            comma(self);
            self.name(arg.arg);
            if let Some(default) = (i + args.defaults.len()).checked_sub(positional) {
                self.out.str("=");
                self.expr(&args.defaults[default], Level::Test);
            }
            if i + 1 == args.posonlyargs.len() {
                self.out.str(", /");
            }
        }
        if args.vararg.is_some() || !args.kwonlyargs.is_empty() {
            comma(self);
            self.out.str("*");
            if let Some(arg) = &args.vararg {
                self.name(arg.arg);
            }
        }
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            comma(self);
            self.name(arg.arg);
            if let Some(default) = default {
                self.out.str("=");
                self.expr(default, Level::Test);
            }
        }
        if let Some(arg) = &args.kwarg {
            comma(self);
            self.out.str("**");
            self.name(arg.arg);
        }
    }

    /// An f- or t-string: its body is written first, then quoted as a string.
    fn format_string(&mut self, prefix: char, values: &[Expr]) {
        let mut body = Unparser { names: self.names, out: Out::default() };
        body.format_body(values);
        self.out.points.push(prefix.into());
        repr_points(&body.out.points, &mut self.out);
    }

    fn format_body(&mut self, values: &[Expr]) {
        for value in values {
            match &value.kind {
                ExprKind::Constant { value: Constant::Str(text), .. } => {
                    let mut raw = Out::default();
                    raw.text(text);
                    for p in raw.points {
                        self.out.points.push(p);
                        if p == u32::from('{') || p == u32::from('}') {
                            self.out.points.push(p);
                        }
                    }
                }
                ExprKind::FormattedValue { value, conversion, format_spec } => {
                    let mut inner = Unparser { names: self.names, out: Out::default() };
                    inner.expr(value, Level::Test.next());
                    self.field(&inner.out.points, *conversion, format_spec.as_deref());
                }
                ExprKind::Interpolation { str, conversion, format_spec, .. } => {
                    let mut inner = Out::default();
                    inner.text(str);
                    self.field(&inner.points, *conversion, format_spec.as_deref());
                }
                ExprKind::JoinedStr { values } => self.format_body(values),
                _ => self.expr(value, Level::Test),
            }
        }
    }

    fn field(&mut self, inner: &[u32], conversion: Conversion, spec: Option<&Expr>) {
        // A brace directly behind the opening one would read as an escape.
        self.out.str(if inner.first() == Some(&u32::from('{')) { "{ " } else { "{" });
        self.out.points.extend(inner);
        self.out.str(match conversion {
            Conversion::None => "",
            Conversion::Str => "!s",
            Conversion::Repr => "!r",
            Conversion::Ascii => "!a",
        });
        if let Some(spec) = spec {
            self.out.str(":");
            self.format_body(std::slice::from_ref(spec));
        }
        self.out.str("}");
    }
}
