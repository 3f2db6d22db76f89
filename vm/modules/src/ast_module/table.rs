//! kind: table
//!
//! The abstract grammar: every node class with its fields, in the notation of the `ast` documentation
//! (`*` many, `?` optional). Each sum lists its name, whether its nodes carry positions, and its constructors; a
//! sum without constructors is a node class itself whose fields stand beside it.

/// Where nodes of a sum say where they stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Places {
    None,
    /// `end_lineno` and `end_col_offset` may be None.
    OptionalEnd,
    Required,
}

pub(super) struct Sum {
    pub(super) name: &'static str,
    /// Fields of a product, for sums without constructors.
    pub(super) fields: &'static str,
    pub(super) places: Places,
    /// `Name(fields)`
    pub(super) nodes: &'static [&'static str],
}

const fn sum(name: &'static str, places: Places, nodes: &'static [&'static str]) -> Sum {
    Sum { name, fields: "", places, nodes }
}
const fn product(name: &'static str, places: Places, fields: &'static str) -> Sum {
    Sum { name, fields, places, nodes: &[] }
}

use Places::{None as Nowhere, OptionalEnd, Required};

pub(super) const SUMS: &[Sum] = &[
    sum(
        "mod",
        Nowhere,
        &[
            "Module(stmt* body, type_ignore* type_ignores)",
            "Interactive(stmt* body)",
            "Expression(expr body)",
            "FunctionType(expr* argtypes, expr returns)",
        ],
    ),
    sum(
        "stmt",
        OptionalEnd,
        &[
            "FunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)",
            "AsyncFunctionDef(identifier name, arguments args, stmt* body, expr* decorator_list, expr? returns, string? type_comment, type_param* type_params)",
            "ClassDef(identifier name, expr* bases, keyword* keywords, stmt* body, expr* decorator_list, type_param* type_params)",
            "Return(expr? value)",
            "Delete(expr* targets)",
            "Assign(expr* targets, expr value, string? type_comment)",
            "TypeAlias(expr name, type_param* type_params, expr value)",
            "AugAssign(expr target, operator op, expr value)",
            "AnnAssign(expr target, expr annotation, expr? value, int simple)",
            "For(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)",
            "AsyncFor(expr target, expr iter, stmt* body, stmt* orelse, string? type_comment)",
            "While(expr test, stmt* body, stmt* orelse)",
            "If(expr test, stmt* body, stmt* orelse)",
            "With(withitem* items, stmt* body, string? type_comment)",
            "AsyncWith(withitem* items, stmt* body, string? type_comment)",
            "Match(expr subject, match_case* cases)",
            "Raise(expr? exc, expr? cause)",
            "Try(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)",
            "TryStar(stmt* body, excepthandler* handlers, stmt* orelse, stmt* finalbody)",
            "Assert(expr test, expr? msg)",
            "Import(alias* names)",
            "ImportFrom(identifier? module, alias* names, int? level)",
            "Global(identifier* names)",
            "Nonlocal(identifier* names)",
            "Expr(expr value)",
            "Pass()",
            "Break()",
            "Continue()",
        ],
    ),
    sum(
        "expr",
        OptionalEnd,
        &[
            "BoolOp(boolop op, expr* values)",
            "NamedExpr(expr target, expr value)",
            "BinOp(expr left, operator op, expr right)",
            "UnaryOp(unaryop op, expr operand)",
            "Lambda(arguments args, expr body)",
            "IfExp(expr test, expr body, expr orelse)",
            "Dict(expr?* keys, expr* values)",
            "Set(expr* elts)",
            "ListComp(expr elt, comprehension* generators)",
            "SetComp(expr elt, comprehension* generators)",
            "DictComp(expr key, expr value, comprehension* generators)",
            "GeneratorExp(expr elt, comprehension* generators)",
            "Await(expr value)",
            "Yield(expr? value)",
            "YieldFrom(expr value)",
            "Compare(expr left, cmpop* ops, expr* comparators)",
            "Call(expr func, expr* args, keyword* keywords)",
            "FormattedValue(expr value, int conversion, expr? format_spec)",
            "Interpolation(expr value, constant str, int conversion, expr? format_spec)",
            "JoinedStr(expr* values)",
            "TemplateStr(expr* values)",
            "Constant(constant value, string? kind)",
            "Attribute(expr value, identifier attr, expr_context ctx)",
            "Subscript(expr value, expr slice, expr_context ctx)",
            "Starred(expr value, expr_context ctx)",
            "Name(identifier id, expr_context ctx)",
            "List(expr* elts, expr_context ctx)",
            "Tuple(expr* elts, expr_context ctx)",
            "Slice(expr? lower, expr? upper, expr? step)",
        ],
    ),
    sum("expr_context", Nowhere, &["Load()", "Store()", "Del()"]),
    sum("boolop", Nowhere, &["And()", "Or()"]),
    sum(
        "operator",
        Nowhere,
        &[
            "Add()", "Sub()", "Mult()", "MatMult()", "Div()", "Mod()", "Pow()", "LShift()", "RShift()", "BitOr()",
            "BitXor()", "BitAnd()", "FloorDiv()",
        ],
    ),
    sum("unaryop", Nowhere, &["Invert()", "Not()", "UAdd()", "USub()"]),
    sum(
        "cmpop",
        Nowhere,
        &[
            "Eq()", "NotEq()", "Lt()", "LtE()", "Gt()", "GtE()", "Is()", "IsNot()", "In()", "NotIn()",
        ],
    ),
    product("comprehension", Nowhere, "expr target, expr iter, expr* ifs, int is_async"),
    sum("excepthandler", OptionalEnd, &["ExceptHandler(expr? type, identifier? name, stmt* body)"]),
    product(
        "arguments",
        Nowhere,
        "arg* posonlyargs, arg* args, arg? vararg, arg* kwonlyargs, expr?* kw_defaults, arg? kwarg, expr* defaults",
    ),
    product("arg", OptionalEnd, "identifier arg, expr? annotation, string? type_comment"),
    product("keyword", OptionalEnd, "identifier? arg, expr value"),
    product("alias", OptionalEnd, "identifier name, identifier? asname"),
    product("withitem", Nowhere, "expr context_expr, expr? optional_vars"),
    product("match_case", Nowhere, "pattern pattern, expr? guard, stmt* body"),
    sum(
        "pattern",
        Required,
        &[
            "MatchValue(expr value)",
            "MatchSingleton(constant value)",
            "MatchSequence(pattern* patterns)",
            "MatchMapping(expr* keys, pattern* patterns, identifier? rest)",
            "MatchClass(expr cls, pattern* patterns, identifier* kwd_attrs, pattern* kwd_patterns)",
            "MatchStar(identifier? name)",
            "MatchAs(pattern? pattern, identifier? name)",
            "MatchOr(pattern* patterns)",
        ],
    ),
    sum("type_ignore", Nowhere, &["TypeIgnore(int lineno, string tag)"]),
    sum(
        "type_param",
        Required,
        &[
            "TypeVar(identifier name, expr? bound, expr? default_value)",
            "ParamSpec(identifier name, expr? default_value)",
            "TypeVarTuple(identifier name, expr? default_value)",
        ],
    ),
];

/// `PyCF_` flags that the module shows.
pub(super) const FLAGS: &[(&str, i64)] = &[
    ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
    ("PyCF_ONLY_AST", 0x400),
    ("PyCF_TYPE_COMMENTS", 0x1000),
    ("PyCF_OPTIMIZED_AST", 0x8400),
];
