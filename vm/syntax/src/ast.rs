//! The abstract syntax tree that the compiler sees: the node kinds and field names of CPython
//! 3.14's `ast` module, as Rust enums.
//!
//! Guarantees: every node that carries a position has a [`Span`] of byte offsets into
//! [`Parsed::source`](crate::Parsed) (which equals the text given to `parse` except that `\r\n`
//! and `\r` are folded to `\n`); identifiers are NFKC-normalised and interned ([`Symbol`]);
//! string literals are decoded and implicit concatenation is done; f- and t-strings have the
//! 3.12+ shape; the `ctx` of targets is set; nesting depth is bounded, so that recursion over the
//! tree (and dropping it) stays within a megabyte or two of native stack.
//!
//! Words: *name* is an interned identifier, *target* an expression in store or delete context.

/// A half-open range of byte offsets into the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The range from `start` up to, but without, `end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest range that covers both.
    pub fn to(self, other: Span) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// An interned identifier: an index into [`Names`](crate::Names) of the same parse.
///
/// Dotted module names (`os.path` in an import) are one symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// A decoded string: code points, which may include lone surrogates (`"\ud800"`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Text {
    /// No surrogates: ordinary UTF-8.
    Utf8(Box<str>),
    /// At least one surrogate: all code points, one per element.
    Points(Box<[u32]>),
}

impl Text {
    /// Whether the string has no code points.
    pub fn is_empty(&self) -> bool {
        match self {
            Text::Utf8(text) => text.is_empty(),
            Text::Points(points) => points.is_empty(),
        }
    }

    /// The string as UTF-8, unless it holds surrogates.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Text::Utf8(text) => Some(text),
            Text::Points(_) => None,
        }
    }
}

/// An integer literal too large for `i64`: its digits without underscores and prefix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BigInt {
    /// 2, 8, 10 or 16.
    pub radix: u8,
    /// At least one digit, all valid in `radix`; no sign.
    pub digits: Box<str>,
}

/// The value of a literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    BigInt(Box<BigInt>),
    Float(f64),
    /// An imaginary literal; the real part is zero.
    Complex(f64),
    Str(Text),
    Bytes(Box<[u8]>),
}

/// What a parse produces, by mode.
#[derive(Clone, Debug, PartialEq)]
pub enum Mod {
    /// `exec`: a file.
    Module { body: Vec<Stmt> },
    /// `single`: one interactive statement (or several on one line).
    Interactive { body: Vec<Stmt> },
    /// `eval`: one expression.
    Expression { body: Box<Expr> },
    /// `func_type`: `(int, str) -> bool`, a signature type comment.
    FunctionType { argtypes: Vec<Expr>, returns: Box<Expr> },
}

/// A statement with its place. Decorated definitions start at `def`/`class`, as in CPython.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

/// `FunctionDef` and `AsyncFunctionDef` share these fields.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDef {
    pub name: Symbol,
    pub args: Box<Arguments>,
    pub body: Vec<Stmt>,
    pub decorator_list: Vec<Expr>,
    pub returns: Option<Box<Expr>>,
    pub type_params: Vec<TypeParam>,
}

/// The fields of `ClassDef`.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassDef {
    pub name: Symbol,
    pub bases: Vec<Expr>,
    pub keywords: Vec<Keyword>,
    pub body: Vec<Stmt>,
    pub decorator_list: Vec<Expr>,
    pub type_params: Vec<TypeParam>,
}

/// `For` and `AsyncFor` share these fields.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    pub target: Box<Expr>,
    pub iter: Box<Expr>,
    pub body: Vec<Stmt>,
    pub orelse: Vec<Stmt>,
}

/// `With` and `AsyncWith` share these fields.
#[derive(Clone, Debug, PartialEq)]
pub struct With {
    pub items: Vec<WithItem>,
    pub body: Vec<Stmt>,
}

/// `Try` and `TryStar` share these fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    pub body: Vec<Stmt>,
    pub handlers: Vec<ExceptHandler>,
    pub orelse: Vec<Stmt>,
    pub finalbody: Vec<Stmt>,
}

/// The statement kinds. `elif` is an `If` that is the only statement of `orelse`.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    FunctionDef(Box<FunctionDef>),
    AsyncFunctionDef(Box<FunctionDef>),
    ClassDef(Box<ClassDef>),
    Return {
        value: Option<Box<Expr>>,
    },
    Delete {
        targets: Vec<Expr>,
    },
    Assign {
        targets: Vec<Expr>,
        value: Box<Expr>,
    },
    TypeAlias {
        name: Box<Expr>,
        type_params: Vec<TypeParam>,
        value: Box<Expr>,
    },
    AugAssign {
        target: Box<Expr>,
        op: Operator,
        value: Box<Expr>,
    },
    /// `simple` is false when the target is not a bare name or stands in parentheses.
    AnnAssign {
        target: Box<Expr>,
        annotation: Box<Expr>,
        value: Option<Box<Expr>>,
        simple: bool,
    },
    For(Box<For>),
    AsyncFor(Box<For>),
    While {
        test: Box<Expr>,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    If {
        test: Box<Expr>,
        body: Vec<Stmt>,
        orelse: Vec<Stmt>,
    },
    With(Box<With>),
    AsyncWith(Box<With>),
    Match {
        subject: Box<Expr>,
        cases: Vec<MatchCase>,
    },
    Raise {
        exc: Option<Box<Expr>>,
        cause: Option<Box<Expr>>,
    },
    Try(Box<Try>),
    TryStar(Box<Try>),
    Assert {
        test: Box<Expr>,
        msg: Option<Box<Expr>>,
    },
    Import {
        names: Vec<Alias>,
    },
    /// `module` is absent in `from . import x`; `level` counts the leading dots.
    ImportFrom {
        module: Option<Symbol>,
        names: Vec<Alias>,
        level: u32,
    },
    Global {
        names: Vec<Symbol>,
    },
    Nonlocal {
        names: Vec<Symbol>,
    },
    Expr {
        value: Box<Expr>,
    },
    Pass,
    Break,
    Continue,
}

/// An expression with its place (parentheses around it are not part of it, except a tuple's).
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

/// The expression kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    BoolOp {
        op: BoolOp,
        values: Vec<Expr>,
    },
    NamedExpr {
        target: Box<Expr>,
        value: Box<Expr>,
    },
    BinOp {
        left: Box<Expr>,
        op: Operator,
        right: Box<Expr>,
    },
    UnaryOp {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Lambda {
        args: Box<Arguments>,
        body: Box<Expr>,
    },
    IfExp {
        test: Box<Expr>,
        body: Box<Expr>,
        orelse: Box<Expr>,
    },
    /// A key is absent for `**value`. As many keys as values.
    Dict {
        keys: Vec<Option<Expr>>,
        values: Vec<Expr>,
    },
    Set {
        elts: Vec<Expr>,
    },
    ListComp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    SetComp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    DictComp {
        key: Box<Expr>,
        value: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    GeneratorExp {
        elt: Box<Expr>,
        generators: Vec<Comprehension>,
    },
    Await {
        value: Box<Expr>,
    },
    Yield {
        value: Option<Box<Expr>>,
    },
    YieldFrom {
        value: Box<Expr>,
    },
    /// As many operators as comparators, at least one.
    Compare {
        left: Box<Expr>,
        ops: Vec<CmpOp>,
        comparators: Vec<Expr>,
    },
    Call {
        func: Box<Expr>,
        args: Vec<Expr>,
        keywords: Vec<Keyword>,
    },
    /// A replacement field of an f-string; `format_spec` is a `JoinedStr`.
    FormattedValue {
        value: Box<Expr>,
        conversion: Conversion,
        format_spec: Option<Box<Expr>>,
    },
    /// A replacement field of a t-string; `str` is the source text of `value`.
    Interpolation {
        value: Box<Expr>,
        str: Text,
        conversion: Conversion,
        format_spec: Option<Box<Expr>>,
    },
    /// An f-string: string constants and `FormattedValue`s, no two constants side by side.
    JoinedStr {
        values: Vec<Expr>,
    },
    /// A t-string: string constants and `Interpolation`s, no two constants side by side.
    TemplateStr {
        values: Vec<Expr>,
    },
    /// `unicode_prefix`: the literal was written `u"..."` (the `kind` field of CPython).
    Constant {
        value: Constant,
        unicode_prefix: bool,
    },
    Attribute {
        value: Box<Expr>,
        attr: Symbol,
        ctx: ExprContext,
    },
    Subscript {
        value: Box<Expr>,
        slice: Box<Expr>,
        ctx: ExprContext,
    },
    Starred {
        value: Box<Expr>,
        ctx: ExprContext,
    },
    Name {
        id: Symbol,
        ctx: ExprContext,
    },
    List {
        elts: Vec<Expr>,
        ctx: ExprContext,
    },
    Tuple {
        elts: Vec<Expr>,
        ctx: ExprContext,
    },
    /// Only directly (or in a tuple) inside the brackets of a subscript.
    Slice {
        lower: Option<Box<Expr>>,
        upper: Option<Box<Expr>>,
        step: Option<Box<Expr>>,
    },
}

/// What is done with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExprContext {
    Load,
    Store,
    Del,
}

/// The conversion of a replacement field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Conversion {
    /// None given (`-1` in CPython's tree).
    None,
    /// `!s`
    Str,
    /// `!r`
    Repr,
    /// `!a`
    Ascii,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoolOp {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Invert,
    Not,
    UAdd,
    USub,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

/// One `for` of a comprehension, with its conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Comprehension {
    pub target: Expr,
    pub iter: Expr,
    pub ifs: Vec<Expr>,
    pub is_async: bool,
}

/// An `except` or `except*` clause.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceptHandler {
    pub span: Span,
    /// What is caught; absent for a bare `except:`.
    pub typ: Option<Box<Expr>>,
    pub name: Option<Symbol>,
    pub body: Vec<Stmt>,
}

/// The parameters of a function or lambda.
///
/// `defaults` belong to the last parameters of `posonlyargs` + `args`; `kw_defaults` has one
/// entry per `kwonlyargs`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Arguments {
    pub posonlyargs: Vec<Arg>,
    pub args: Vec<Arg>,
    pub vararg: Option<Box<Arg>>,
    pub kwonlyargs: Vec<Arg>,
    pub kw_defaults: Vec<Option<Expr>>,
    pub kwarg: Option<Box<Arg>>,
    pub defaults: Vec<Expr>,
}

/// One parameter; the span covers name and annotation, not the star or the default.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    pub span: Span,
    pub arg: Symbol,
    pub annotation: Option<Box<Expr>>,
}

/// A keyword argument; `arg` is absent for `**value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyword {
    pub span: Span,
    pub arg: Option<Symbol>,
    pub value: Expr,
}

/// `name as asname` of an import; `name` may be dotted, or `*`.
#[derive(Clone, Debug, PartialEq)]
pub struct Alias {
    pub span: Span,
    pub name: Symbol,
    pub asname: Option<Symbol>,
}

/// `context_expr as optional_vars`
#[derive(Clone, Debug, PartialEq)]
pub struct WithItem {
    pub context_expr: Expr,
    pub optional_vars: Option<Box<Expr>>,
}

/// `case pattern if guard: body`
#[derive(Clone, Debug, PartialEq)]
pub struct MatchCase {
    pub pattern: Pattern,
    pub guard: Option<Box<Expr>>,
    pub body: Vec<Stmt>,
}

/// A pattern with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub span: Span,
    pub kind: PatternKind,
}

/// The pattern kinds.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// Compared with `==`: a number, string, attribute, f-string-free.
    MatchValue {
        value: Box<Expr>,
    },
    /// Compared with `is`: `None`, `True` or `False`.
    MatchSingleton {
        value: Constant,
    },
    MatchSequence {
        patterns: Vec<Pattern>,
    },
    /// As many keys as patterns; `rest` is the name after `**`.
    MatchMapping {
        keys: Vec<Expr>,
        patterns: Vec<Pattern>,
        rest: Option<Symbol>,
    },
    /// As many `kwd_attrs` as `kwd_patterns`.
    MatchClass {
        cls: Box<Expr>,
        patterns: Vec<Pattern>,
        kwd_attrs: Vec<Symbol>,
        kwd_patterns: Vec<Pattern>,
    },
    /// `*name`, or `*_` without a name.
    MatchStar {
        name: Option<Symbol>,
    },
    /// `pattern as name`, a bare capture (no pattern) or `_` (neither).
    MatchAs {
        pattern: Option<Box<Pattern>>,
        name: Option<Symbol>,
    },
    MatchOr {
        patterns: Vec<Pattern>,
    },
}

/// A type parameter with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeParam {
    pub span: Span,
    pub kind: TypeParamKind,
}

/// The type parameter kinds (PEP 695, PEP 696).
#[derive(Clone, Debug, PartialEq)]
pub enum TypeParamKind {
    TypeVar { name: Symbol, bound: Option<Box<Expr>>, default_value: Option<Box<Expr>> },
    ParamSpec { name: Symbol, default_value: Option<Box<Expr>> },
    TypeVarTuple { name: Symbol, default_value: Option<Box<Expr>> },
}

impl TypeParamKind {
    /// The name that the parameter binds.
    pub fn name(&self) -> Symbol {
        match self {
            TypeParamKind::TypeVar { name, .. }
            | TypeParamKind::ParamSpec { name, .. }
            | TypeParamKind::TypeVarTuple { name, .. } => *name,
        }
    }
}
