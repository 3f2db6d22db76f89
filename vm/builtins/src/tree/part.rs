//! Parts of a syntax tree in both worlds: `put` makes Python objects of them, `take` reads them back.
//!
//! One macro row per node says which fields it has; both directions come from it. Fields that only Python
//! has (`type_comment`) are written `none`.

use super::grammar::Kind;
use super::put::Put;
use super::take::{Place, Take};
use pyrs_core::{Res, Value};
use pyrs_syntax::ast::*;

/// Something that is a field of a node, or a node.
pub(super) trait Part: Sized {
    fn put(&self, c: &Put<'_>) -> Res;
    /// `place` names the node and field, for messages.
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self>;
    /// What an absent field stands for, if it may be absent.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Part> Part for Box<T> {
    fn put(&self, c: &Put<'_>) -> Res {
        (**self).put(c)
    }
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
        T::take(c, v, place).map(Box::new)
    }
}

impl<T: Part> Part for Option<T> {
    fn put(&self, c: &Put<'_>) -> Res {
        match self {
            Some(x) => x.put(c),
            None => Ok(Value::NONE),
        }
    }
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
        if v.is_none() { Ok(None) } else { T::take(c, v, place).map(Some) }
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Part> Part for Vec<T> {
    fn put(&self, c: &Put<'_>) -> Res {
        let list = c.vm.new_list_with_capacity(self.len())?;
        for x in self {
            let v = x.put(c)?;
            c.vm.list_append(list, v)?;
        }
        Ok(list.value())
    }
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
        let items = c.list(v, place)?;
        let mut out = Vec::with_capacity(items.len());
        for &x in items.items() {
            out.push(T::take(c, x, place)?);
        }
        Ok(out)
    }
    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
}

impl Part for Symbol {
    fn put(&self, c: &Put<'_>) -> Res {
        Ok(c.vm.intern(c.names.text(*self)).value())
    }
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
        c.identifier(v, place)
    }
}

impl Part for bool {
    fn put(&self, _c: &Put<'_>) -> Res {
        Ok(Value::small_int(*self as isize))
    }
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
        Ok(c.number(v, place)? != 0)
    }
}

impl Part for u32 {
    fn put(&self, c: &Put<'_>) -> Res {
        c.vm.int((*self).into())
    }
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
        let n = if v.is_none() { 0 } else { c.number(v, place)? };
        u32::try_from(n).map_err(|_| c.vm.value_error("Negative ImportFrom level"))
    }
    fn absent() -> Option<Self> {
        Some(0)
    }
}

impl Part for Conversion {
    fn put(&self, c: &Put<'_>) -> Res {
        c.vm.int(match self {
            Conversion::None => -1,
            Conversion::Str => i64::from(b's'),
            Conversion::Repr => i64::from(b'r'),
            Conversion::Ascii => i64::from(b'a'),
        })
    }
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
        Ok(match u8::try_from(c.number(v, place)?) {
            Ok(b's') => Conversion::Str,
            Ok(b'r') => Conversion::Repr,
            Ok(b'a') => Conversion::Ascii,
            _ => Conversion::None,
        })
    }
}

/// Nodes without fields that are shared by all trees.
macro_rules! shared {
    ($t:ident, $base:ident: $($name:ident)*) => {
        impl Part for $t {
            fn put(&self, c: &Put<'_>) -> Res {
                Ok(c.shared(match self { $($t::$name => Kind::$name,)* }))
            }
            fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
                match c.kind_of(v, Kind::$base, place)? {
                    $(Kind::$name => Ok($t::$name),)*
                    _ => Err(c.unexpected(Kind::$base, v)),
                }
            }
        }
    };
}

shared!(ExprContext, expr_context: Load Store Del);
shared!(BoolOp, boolop: And Or);
shared!(Operator, operator:
    Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv);
shared!(UnaryOp, unaryop: Invert Not UAdd USub);
shared!(CmpOp, cmpop: Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn);

/// A field of a struct on its way to Python.
macro_rules! put_field {
    ($c:ident, $n:expr, none) => {
        Value::NONE
    };
    ($c:ident, $n:expr, $f:ident) => {
        $n.$f.put($c)?
    };
}

/// Structs that are nodes of one kind.
macro_rules! structs {
    ($($t:ident = $kind:ident $(, $span:ident)? : $($f:ident)*;)*) => {
        $(impl Part for $t {
            fn put(&self, c: &Put<'_>) -> Res {
                let values = [$(put_field!(c, self, $f)),*];
                #[allow(unused_mut, unused_assignments, reason = "nodes without a place leave it")]
                let mut span = None;
                $(span = Some(self.$span);)?
                c.node(Kind::$kind, &values, span)
            }
            fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
                c.kind_of(v, Kind::$kind, place)?;
                structs!(@take c, v, $t, $kind, [$($span)?], [$($f)*], [])
            }
        })*
    };
    (@take $c:ident, $v:ident, $t:ident, $kind:ident, [$($span:ident)?],
        [none $($rest:ident)*], [$($done:ident)*]) => {
        structs!(@take $c, $v, $t, $kind, [$($span)?], [$($rest)*], [$($done)*])
    };
    (@take $c:ident, $v:ident, $t:ident, $kind:ident, [$($span:ident)?],
        [$f:ident $($rest:ident)*], [$($done:ident)*]) => {
        structs!(@take $c, $v, $t, $kind, [$($span)?], [$($rest)*], [$($done)* $f])
    };
    (@take $c:ident, $v:ident, $t:ident, $kind:ident, [$($span:ident)?], [], [$($f:ident)*]) => {
        Ok($t {
            $($f: $c.field($v, Kind::$kind, stringify!($f))?,)*
            $($span: $c.span($v, Kind::$kind)?,)?
        })
    };
}

structs! {
    Comprehension = comprehension: target iter ifs is_async;
    Arguments = arguments: posonlyargs args vararg kwonlyargs kw_defaults kwarg defaults;
    Arg = arg, span: arg annotation none;
    Keyword = keyword, span: arg value;
    Alias = alias, span: name asname;
    WithItem = withitem: context_expr optional_vars;
    MatchCase = match_case: pattern guard body;
}

impl Part for ExceptHandler {
    fn put(&self, c: &Put<'_>) -> Res {
        let values = [self.typ.put(c)?, self.name.put(c)?, self.body.put(c)?];
        c.node(Kind::ExceptHandler, &values, Some(self.span))
    }
    fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
        c.kind_of(v, Kind::excepthandler, place)?;
        Ok(ExceptHandler {
            span: c.span(v, Kind::excepthandler)?,
            typ: c.field(v, Kind::ExceptHandler, "type")?,
            name: c.field(v, Kind::ExceptHandler, "name")?,
            body: c.field(v, Kind::ExceptHandler, "body")?,
        })
    }
}

/// Enums of nodes. `plain` kinds have their fields in the variant, `boxed` ones in a struct of their own (whose
/// name follows the kind's); `$special` handles what the rows cannot say.
macro_rules! variants {
    ($t:ident, $kind:ident, $base:ident;
     plain: $($p:ident { $($pf:ident)* })*;
     boxed: $($b:ident = $s:ident { $($bf:ident)* })*;
     special: $($x:ident)*;) => {
        impl Part for $t {
            fn put(&self, c: &Put<'_>) -> Res {
                c.vm.enter_native()?;
                let r = self.put_inside(c);
                c.vm.leave_native();
                r
            }
            fn take(c: &mut Take<'_>, v: Value, place: Place) -> Res<Self> {
                if v.is_none() {
                    c.kind_of(v, Kind::$base, place)?;
                }
                let span = c.span(v, Kind::$base)?;
                let k = c.kind_of(v, Kind::$base, place)?;
                c.vm.enter_native()?;
                let kind = Self::take_inside(c, v, k);
                c.vm.leave_native();
                Ok($t { span, kind: kind? })
            }
        }
        impl Inside for $t {
            type Kind = $kind;
            fn put_inside(&self, c: &Put<'_>) -> Res {
                let span = Some(self.span);
                match &self.kind {
                    $($kind::$p { $($pf),* } => {
                        c.node(Kind::$p, &[$($pf.put(c)?),*], span)
                    })*
                    $($kind::$b(n) => c.node(Kind::$b, &[$(put_field!(c, n, $bf)),*], span),)*
                    #[allow(unreachable_patterns, reason = "not every enum has special kinds")]
                    special => special.put_special(c, span),
                }
            }
            fn take_inside(c: &mut Take<'_>, v: Value, k: Kind) -> Res<$kind> {
                match k {
                    $(Kind::$p => Ok($kind::$p { $($pf: c.field(v, k, stringify!($pf))?),* }),)*
                    $(Kind::$b => {
                        let n = variants!(@take c, v, k, $s, [$($bf)*], []);
                        Ok($kind::$b(Box::new(n)))
                    })*
                    $(Kind::$x => $kind::take_special(c, v, k),)*
                    _ => Err(c.unexpected(Kind::$base, v)),
                }
            }
        }
    };
    (@take $c:ident, $v:ident, $k:ident, $s:ident, [none $($rest:ident)*], [$($done:ident)*]) => {
        variants!(@take $c, $v, $k, $s, [$($rest)*], [$($done)*])
    };
    (@take $c:ident, $v:ident, $k:ident, $s:ident,
        [$f:ident $($rest:ident)*], [$($done:ident)*]) => {
        variants!(@take $c, $v, $k, $s, [$($rest)*], [$($done)* $f])
    };
    (@take $c:ident, $v:ident, $k:ident, $s:ident, [], [$($f:ident)*]) => {
        $s { $($f: $c.field($v, $k, stringify!($f))?),* }
    };
}

variants! { Stmt, StmtKind, stmt;
    plain:
        Return { value }
        Delete { targets }
        TypeAlias { name type_params value }
        AugAssign { target op value }
        AnnAssign { target annotation value simple }
        While { test body orelse }
        If { test body orelse }
        Match { subject cases }
        Raise { exc cause }
        Assert { test msg }
        Import { names }
        ImportFrom { module names level }
        Global { names }
        Nonlocal { names }
        Expr { value };
    boxed:
        FunctionDef = FunctionDef { name args body decorator_list returns none type_params }
        AsyncFunctionDef = FunctionDef { name args body decorator_list returns none type_params }
        ClassDef = ClassDef { name bases keywords body decorator_list type_params }
        For = For { target iter body orelse none }
        AsyncFor = For { target iter body orelse none }
        With = With { items body none }
        AsyncWith = With { items body none }
        Try = Try { body handlers orelse finalbody }
        TryStar = Try { body handlers orelse finalbody };
    special: Assign Pass Break Continue;
}

/// The part of a node that `variants!` writes.
trait Inside {
    type Kind;
    fn put_inside(&self, c: &Put<'_>) -> Res;
    fn take_inside(c: &mut Take<'_>, v: Value, k: Kind) -> Res<Self::Kind>;
}

/// Kinds that the rows of `variants!` cannot describe.
trait Special: Sized {
    fn put_special(&self, c: &Put<'_>, span: Option<Span>) -> Res;
    fn take_special(c: &mut Take<'_>, v: Value, k: Kind) -> Res<Self>;
}

impl Special for StmtKind {
    fn put_special(&self, c: &Put<'_>, span: Option<Span>) -> Res {
        match self {
            StmtKind::Assign { targets, value } => {
                c.node(Kind::Assign, &[targets.put(c)?, value.put(c)?, Value::NONE], span)
            }
            StmtKind::Break => c.node(Kind::Break, &[], span),
            StmtKind::Continue => c.node(Kind::Continue, &[], span),
            _ => c.node(Kind::Pass, &[], span),
        }
    }
    fn take_special(c: &mut Take<'_>, v: Value, k: Kind) -> Res<Self> {
        Ok(match k {
            Kind::Assign => StmtKind::Assign {
                targets: c.field(v, k, "targets")?,
                value: c.field(v, k, "value")?,
            },
            Kind::Break => StmtKind::Break,
            Kind::Continue => StmtKind::Continue,
            _ => StmtKind::Pass,
        })
    }
}

variants! { Expr, ExprKind, expr;
    plain:
        BoolOp { op values }
        NamedExpr { target value }
        BinOp { left op right }
        UnaryOp { op operand }
        Lambda { args body }
        IfExp { test body orelse }
        Dict { keys values }
        Set { elts }
        ListComp { elt generators }
        SetComp { elt generators }
        DictComp { key value generators }
        GeneratorExp { elt generators }
        Await { value }
        Yield { value }
        YieldFrom { value }
        Compare { left ops comparators }
        Call { func args keywords }
        FormattedValue { value conversion format_spec }
        Interpolation { value str conversion format_spec }
        JoinedStr { values }
        TemplateStr { values }
        Attribute { value attr ctx }
        Subscript { value slice ctx }
        Starred { value ctx }
        Name { id ctx }
        List { elts ctx }
        Tuple { elts ctx }
        Slice { lower upper step };
    boxed: ;
    special: Constant;
}

impl Special for ExprKind {
    fn put_special(&self, c: &Put<'_>, span: Option<Span>) -> Res {
        let ExprKind::Constant { value, unicode_prefix } = self else {
            return Err(c.vm.system_error("unknown kind of expression"));
        };
        let kind = if *unicode_prefix { c.vm.intern("u").value() } else { Value::NONE };
        c.node(Kind::Constant, &[value.put(c)?, kind], span)
    }
    fn take_special(c: &mut Take<'_>, v: Value, k: Kind) -> Res<Self> {
        let value = c.raw_field(v, k, "value")?;
        let span = c.span(v, Kind::expr)?;
        c.constant_expression(value, span)
    }
}

variants! { Pattern, PatternKind, pattern;
    plain:
        MatchValue { value }
        MatchSingleton { value }
        MatchSequence { patterns }
        MatchMapping { keys patterns rest }
        MatchClass { cls patterns kwd_attrs kwd_patterns }
        MatchStar { name }
        MatchAs { pattern name }
        MatchOr { patterns };
    boxed: ;
    special: ;
}

impl Special for PatternKind {
    fn put_special(&self, c: &Put<'_>, _span: Option<Span>) -> Res {
        Err(c.vm.system_error("unknown kind of pattern"))
    }
    fn take_special(c: &mut Take<'_>, v: Value, _k: Kind) -> Res<Self> {
        Err(c.unexpected(Kind::pattern, v))
    }
}

variants! { TypeParam, TypeParamKind, type_param;
    plain:
        TypeVar { name bound default_value }
        ParamSpec { name default_value }
        TypeVarTuple { name default_value };
    boxed: ;
    special: ;
}

impl Special for TypeParamKind {
    fn put_special(&self, c: &Put<'_>, _span: Option<Span>) -> Res {
        Err(c.vm.system_error("unknown kind of type parameter"))
    }
    fn take_special(c: &mut Take<'_>, v: Value, _k: Kind) -> Res<Self> {
        Err(c.unexpected(Kind::type_param, v))
    }
}
