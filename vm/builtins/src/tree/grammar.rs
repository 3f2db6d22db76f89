//! kind: table
//!
//! The node classes of the `ast` module: base, fields with their types (in the notation of CPython's
//! `Python.asdl`), whether nodes have a place. Everything about the classes is derived from these rows.

macro_rules! nodes {
    ($($name:ident: $base:literal, $place:literal, $fields:literal;)*) => {
        /// A node class.
        #[allow(non_camel_case_types, reason = "named as in Python")]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(usize)]
        pub(super) enum Kind { $($name,)* }
        impl Kind {
            pub(super) const ALL: &[Kind] = &[$(Kind::$name,)*];
        }
        /// One row per kind, in order.
        pub(super) const ROWS: &[Row] =
            &[$(Row { name: plain_name(stringify!($name)), base: $base, place: $place, fields: $fields },)*];
    };
}

/// A node class: its name, its base (`""` for a base itself), whether it has a place, its fields.
pub(super) struct Row {
    pub name: &'static str,
    pub base: &'static str,
    pub place: bool,
    /// `type name, type? name, type* name`
    pub fields: &'static str,
}

/// `mod` is a word of Rust's.
const fn plain_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        b"mod_" => "mod",
        _ => name,
    }
}

/// How often a field's value occurs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Count {
    One,
    Optional,
    Many,
}

/// A field of a row.
pub(super) struct Field {
    pub kind: &'static str,
    pub count: Count,
    pub name: &'static str,
}

impl Row {
    pub(super) fn fields(&self) -> impl Iterator<Item = Field> {
        self.fields.split(", ").filter(|f| !f.is_empty()).map(|f| {
            let (kind, name) = f.split_once(' ').unwrap_or((f, ""));
            let (kind, count) = match kind.as_bytes().last() {
                Some(b'*') => (kind.trim_end_matches(['*', '?']), Count::Many),
                Some(b'?') => (kind.trim_end_matches('?'), Count::Optional),
                _ => (kind, Count::One),
            };
            Field { kind, count, name }
        })
    }
    /// `Name(type field, ...)`
    pub(super) fn text(&self) -> String {
        if self.fields.is_empty() {
            self.name.to_owned()
        } else {
            format!("{}({})", self.name, self.fields)
        }
    }
}

/// Attributes of nodes that have a place.
pub(super) const PLACE: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

impl Kind {
    pub(super) fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
    pub(super) fn by_name(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.row().name == name)
    }
}

nodes! {
    // ORDER: bases stand before what derives from them
    mod_: "", false, "";
    stmt: "", true, "";
    expr: "", true, "";
    expr_context: "", false, "";
    boolop: "", false, "";
    operator: "", false, "";
    unaryop: "", false, "";
    cmpop: "", false, "";
    excepthandler: "", true, "";
    pattern: "", true, "";
    type_ignore: "", false, "";
    type_param: "", true, "";
    comprehension: "", false, "expr target, expr iter, expr* ifs, int is_async";
    arguments: "", false, "arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults";
    arg: "", true, "identifier arg, expr? annotation, string? type_comment";
    keyword: "", true, "identifier? arg, expr value";
    alias: "", true, "identifier name, identifier? asname";
    withitem: "", false, "expr context_expr, expr? optional_vars";
    match_case: "", false, "pattern pattern, expr? guard, stmt* body";
    Module: "mod", false, "stmt* body, type_ignore* type_ignores";
    Interactive: "mod", false, "stmt* body";
    Expression: "mod", false, "expr body";
    FunctionType: "mod", false, "expr* argtypes, expr returns";
    FunctionDef: "stmt", true, "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params";
    AsyncFunctionDef: "stmt", true, "identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params";
    ClassDef: "stmt", true, "identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params";
    Return: "stmt", true, "expr? value";
    Delete: "stmt", true, "expr* targets";
    Assign: "stmt", true, "expr* targets, expr value, string? type_comment";
    TypeAlias: "stmt", true, "expr name, type_param* type_params, expr value";
    AugAssign: "stmt", true, "expr target, operator op, expr value";
    AnnAssign: "stmt", true, "expr target, expr annotation, expr? value, int simple";
    For: "stmt", true, "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment";
    AsyncFor: "stmt", true, "expr target, expr iter, stmt* body, stmt* orelse, string? type_comment";
    While: "stmt", true, "expr test, stmt* body, stmt* orelse";
    If: "stmt", true, "expr test, stmt* body, stmt* orelse";
    With: "stmt", true, "withitem* items, stmt* body, string? type_comment";
    AsyncWith: "stmt", true, "withitem* items, stmt* body, string? type_comment";
    Match: "stmt", true, "expr subject, match_case* cases";
    Raise: "stmt", true, "expr? exc, expr? cause";
    Try: "stmt", true, "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody";
    TryStar: "stmt", true, "stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody";
    Assert: "stmt", true, "expr test, expr? msg";
    Import: "stmt", true, "alias* names";
    ImportFrom: "stmt", true, "identifier? module, alias* names, int? level";
    Global: "stmt", true, "identifier* names";
    Nonlocal: "stmt", true, "identifier* names";
    Expr: "stmt", true, "expr value";
    Pass: "stmt", true, "";
    Break: "stmt", true, "";
    Continue: "stmt", true, "";
    BoolOp: "expr", true, "boolop op, expr* values";
    NamedExpr: "expr", true, "expr target, expr value";
    BinOp: "expr", true, "expr left, operator op, expr right";
    UnaryOp: "expr", true, "unaryop op, expr operand";
    Lambda: "expr", true, "arguments args, expr body";
    IfExp: "expr", true, "expr test, expr body, expr orelse";
    Dict: "expr", true, "expr?* keys, expr* values";
    Set: "expr", true, "expr* elts";
    ListComp: "expr", true, "expr elt, comprehension* generators";
    SetComp: "expr", true, "expr elt, comprehension* generators";
    DictComp: "expr", true, "expr key, expr value, comprehension* generators";
    GeneratorExp: "expr", true, "expr elt, comprehension* generators";
    Await: "expr", true, "expr value";
    Yield: "expr", true, "expr? value";
    YieldFrom: "expr", true, "expr value";
    Compare: "expr", true, "expr left, cmpop* ops, expr* comparators";
    Call: "expr", true, "expr func, expr* args, keyword* keywords";
    FormattedValue: "expr", true, "expr value, int conversion, expr? format_spec";
    Interpolation: "expr", true, "expr value, constant str, int conversion, expr? format_spec";
    JoinedStr: "expr", true, "expr* values";
    TemplateStr: "expr", true, "expr* values";
    Constant: "expr", true, "constant value, string? kind";
    Attribute: "expr", true, "expr value, identifier attr, expr_context ctx";
    Subscript: "expr", true, "expr value, expr slice, expr_context ctx";
    Starred: "expr", true, "expr value, expr_context ctx";
    Name: "expr", true, "identifier id, expr_context ctx";
    List: "expr", true, "expr* elts, expr_context ctx";
    Tuple: "expr", true, "expr* elts, expr_context ctx";
    Slice: "expr", true, "expr? lower, expr? upper, expr? step";
    Load: "expr_context", false, "";
    Store: "expr_context", false, "";
    Del: "expr_context", false, "";
    And: "boolop", false, "";
    Or: "boolop", false, "";
    Add: "operator", false, "";
    Sub: "operator", false, "";
    Mult: "operator", false, "";
    MatMult: "operator", false, "";
    Div: "operator", false, "";
    Mod: "operator", false, "";
    Pow: "operator", false, "";
    LShift: "operator", false, "";
    RShift: "operator", false, "";
    BitOr: "operator", false, "";
    BitXor: "operator", false, "";
    BitAnd: "operator", false, "";
    FloorDiv: "operator", false, "";
    Invert: "unaryop", false, "";
    Not: "unaryop", false, "";
    UAdd: "unaryop", false, "";
    USub: "unaryop", false, "";
    Eq: "cmpop", false, "";
    NotEq: "cmpop", false, "";
    Lt: "cmpop", false, "";
    LtE: "cmpop", false, "";
    Gt: "cmpop", false, "";
    GtE: "cmpop", false, "";
    Is: "cmpop", false, "";
    IsNot: "cmpop", false, "";
    In: "cmpop", false, "";
    NotIn: "cmpop", false, "";
    ExceptHandler: "excepthandler", true, "expr? type, identifier? name, stmt* body";
    MatchValue: "pattern", true, "expr value";
    MatchSingleton: "pattern", true, "constant value";
    MatchSequence: "pattern", true, "pattern* patterns";
    MatchMapping: "pattern", true, "expr* keys, pattern* patterns, identifier? rest";
    MatchClass: "pattern", true, "expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns";
    MatchStar: "pattern", true, "identifier? name";
    MatchAs: "pattern", true, "pattern? pattern, identifier? name";
    MatchOr: "pattern", true, "pattern* patterns";
    TypeIgnore: "type_ignore", false, "int lineno, string tag";
    TypeVar: "type_param", true, "identifier name, expr? bound, expr? default_value";
    ParamSpec: "type_param", true, "identifier name, expr? default_value";
    TypeVarTuple: "type_param", true, "identifier name, expr? default_value";
}
