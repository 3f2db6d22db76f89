//! Python objects as syntax trees: `compile(tree, ...)`.
//!
//! Positions come as lines and columns, while our trees hold offsets: the offsets made here count on a grid of
//! lines of equal width, and the line index of the result knows that.

use super::grammar::{Count, Kind, PLACE, ROWS};
use super::node::{Nodes, nodes};
use super::part::Part;
use super::put;
use pyrs_core::object::{Complex, Tuple, core_shape};
use pyrs_core::{Gc, Raised, Res, Value, Vm};
use pyrs_syntax::ast::*;
use pyrs_syntax::{LineIndex, Mode, Names, Parsed};

/// The field a value was found in, for messages.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub node: Kind,
    pub field: &'static str,
}

/// The state of a conversion.
pub(super) struct Take<'a> {
    pub vm: &'a Vm,
    names: Names,
    nodes: Nodes,
    /// Columns of the grid, and the largest column seen.
    width: u32,
    widest: u32,
}

/// Whether `v` is a node object; loads nothing.
pub(crate) fn is_tree(vm: &Vm, v: Value) -> bool {
    let base = vm.hook("ast_base").and_then(|c| vm.as_class(c));
    base.is_some_and(|b| vm.is_instance_exact(v, b))
}

/// The tree that a node object describes, as if it had been parsed in `mode`.
pub(crate) fn parsed_tree(vm: &Vm, v: Value, mode: Mode) -> Res<Parsed> {
    let mut width = 1 << 10;
    loop {
        let mut c = Take { vm, names: Names::default(), nodes: nodes(vm)?, width, widest: 0 };
        let module = c.module(v, mode)?;
        if c.widest < width {
            super::validate::module(vm, &module, &c.names)?;
            return Ok(Parsed {
                module,
                names: c.names,
                warnings: Vec::new(),
                source: "".into(),
                lines: LineIndex::grid(width),
            });
        }
        width = c.widest.saturating_add(1).next_power_of_two().min(1 << 30);
        if c.widest >= 1 << 30 {
            return Err(vm.value_error("AST node column is too large"));
        }
    }
}

impl Take<'_> {
    fn module(&mut self, v: Value, mode: Mode) -> Res<Mod> {
        let wanted = match mode {
            Mode::Exec => Kind::Module,
            Mode::Eval => Kind::Expression,
            Mode::Single => Kind::Interactive,
            Mode::FuncType => Kind::FunctionType,
        };
        if !self.vm.is_instance(v, self.nodes.class(self.vm, wanted).value())? {
            return Err(self.vm.type_error(format!(
                "expected {} node, got {}",
                wanted.row().name,
                self.vm.type_name(v)
            )));
        }
        Ok(match mode {
            Mode::Exec => {
                let body = self.field(v, wanted, "body")?;
                if let Some(ignores) = self.attribute(v, "type_ignores")? {
                    self.list(ignores, Place { node: wanted, field: "type_ignores" })?;
                }
                Mod::Module { body }
            }
            Mode::Single => Mod::Interactive { body: self.field(v, wanted, "body")? },
            Mode::Eval => Mod::Expression { body: self.field(v, wanted, "body")? },
            Mode::FuncType => Mod::FunctionType {
                argtypes: self.field(v, wanted, "argtypes")?,
                returns: self.field(v, wanted, "returns")?,
            },
        })
    }
    /// A field's object, if it is there.
    fn attribute(&self, v: Value, name: &str) -> Res<Option<Value>> {
        self.vm.get_attr_opt(v, self.vm.intern(name))
    }
    pub(super) fn raw_field(&self, v: Value, kind: Kind, name: &'static str) -> Res {
        match self.attribute(v, name)? {
            Some(x) => Ok(x),
            None => Err(self.missing(kind, name)),
        }
    }
    /// A field, converted.
    pub(super) fn field<T: Part>(&mut self, v: Value, node: Kind, field: &'static str) -> Res<T> {
        match self.attribute(v, field)? {
            None => T::absent().ok_or_else(|| self.missing(node, field)),
            Some(x) => {
                // Of these, None is a wrong kind rather than a missing field.
                let by_kind =
                    ["constant", "expr_context", "operator", "unaryop", "boolop", "cmpop"];
                let one = node.row().fields().any(|f| {
                    f.name == field && f.count == Count::One && !by_kind.contains(&f.kind)
                });
                if one && x.is_none() {
                    return Err(self.vm.value_error(format!(
                        "field '{field}' is required for {}",
                        node.row().name
                    )));
                }
                T::take(self, x, Place { node, field })
            }
        }
    }
    fn missing(&self, node: Kind, field: &str) -> Raised {
        self.vm.type_error(format!("required field \"{field}\" missing from {}", node.row().name))
    }
    pub(super) fn unexpected(&self, base: Kind, v: Value) -> Raised {
        let shown = self.vm.repr_lossy(v);
        self.vm.type_error(format!("expected some sort of {}, but got {shown}", base.row().name))
    }
    /// The kind of a node that must derive from `base` (or be of that kind). Its strings, which compilation does
    /// not use, are checked here.
    pub(super) fn kind_of(&self, v: Value, base: Kind, place: Place) -> Res<Kind> {
        let kind = self.kind_alone(v, base, place)?;
        for field in kind.row().fields().filter(|f| f.kind == "string") {
            if let Some(s) = self.attribute(v, field.name)?
                && !s.is_none()
                && self.vm.exact_str(s).is_none()
                && self.vm.class_of(s) != self.vm.classes().bytes
            {
                return Err(self.vm.type_error("AST string must be of type str"));
            }
        }
        Ok(kind)
    }
    fn kind_alone(&self, v: Value, base: Kind, place: Place) -> Res<Kind> {
        let vm = self.vm;
        let class = vm.class_of(v);
        let at = self.nodes.classes.items().iter().position(|&c| c == class.value());
        let fits = |k: Kind| k == base || k.row().base == base.row().name;
        if let Some(k) = at.map(|i| Kind::ALL[i]).filter(|&k| fits(k)) {
            if k == base && ROWS.iter().any(|r| r.base == base.row().name) {
                return Err(self.unexpected(base, v));
            }
            return Ok(k);
        }
        // Instances of subclasses count as their bases.
        for &k in Kind::ALL {
            let abstract_kind = ROWS.iter().any(|r| r.base == k.row().name);
            if fits(k) && !abstract_kind && vm.is_instance(v, self.nodes.class(vm, k).value())? {
                return Ok(k);
            }
        }
        if v.is_none() && base == Kind::expr {
            let many =
                place.node.row().fields().any(|f| f.name == place.field && f.count == Count::Many);
            if many {
                return Err(vm.value_error("None disallowed in expression list"));
            }
        }
        if v.is_none() && base == Kind::stmt {
            return Err(vm.value_error("None disallowed in statement list"));
        }
        Err(self.unexpected(base, v))
    }
    pub(super) fn list(&self, v: Value, place: Place) -> Res<Gc<Tuple>> {
        match self.vm.as_list(v) {
            Some(l) => self.vm.new_tuple(l.items()),
            None => Err(self.vm.type_error(format!(
                "{} field \"{}\" must be a list, not a {}",
                place.node.row().name,
                place.field,
                self.vm.type_name(v)
            ))),
        }
    }
    pub(super) fn identifier(&mut self, v: Value, _place: Place) -> Res<Symbol> {
        match self.vm.exact_str(v) {
            Some(s) => {
                let text = crate::functions::source::utf8(self.vm, s)?;
                Ok(self.names.intern(&text))
            }
            None => Err(self.vm.type_error("AST identifier must be of type str")),
        }
    }
    pub(super) fn number(&self, v: Value, _place: Place) -> Res<i64> {
        match self.vm.as_int(v) {
            Some(n) => match self.vm.int_ref(&n).to_i64().filter(|n| i32::try_from(*n).is_ok()) {
                Some(n) => Ok(n),
                None => Err(self.vm.overflow_error("Python int too large to convert to C int")),
            },
            None => {
                let shown = self.vm.repr_lossy(v);
                Err(self.vm.value_error(format!("invalid integer value: {shown}")))
            }
        }
    }
    /// The place of a node as offsets on the grid.
    pub(super) fn span(&mut self, v: Value, base: Kind) -> Res<Span> {
        let mut numbers = [None; 4];
        for (slot, name) in numbers.iter_mut().zip(PLACE) {
            let found = self.attribute(v, name)?;
            let field = Place { node: base, field: "" };
            *slot = match found {
                Some(n) if !n.is_none() => Some(self.number(n, field)?),
                Some(_) if name.starts_with("end") => None,
                None if name.starts_with("end") => None,
                _ => return Err(self.missing(base, name)),
            };
        }
        let [line, column, end_line, end_column] = numbers;
        let (line, column) = (line.unwrap_or(1), column.unwrap_or(0));
        let (end_line, end_column) = (end_line.unwrap_or(line), end_column.unwrap_or(column));
        if line > end_line {
            return Err(self
                .vm
                .value_error(format!("AST node line range ({line}, {end_line}) is not valid")));
        }
        if (line < 0 && end_line != line) || (column < 0 && end_column != column) {
            return Err(self.vm.value_error(format!(
                "AST node column range ({column}, {end_column}) for line range ({line}, {end_line}) \
                 is not valid"
            )));
        }
        if line == end_line && column > end_column {
            return Err(self.vm.value_error(format!(
                "line {line}, column {column}-{end_column} is not a valid range"
            )));
        }
        Ok(Span::new(self.offset(line, column), self.offset(end_line, end_column)))
    }
    fn offset(&mut self, line: i64, column: i64) -> u32 {
        let column = u32::try_from(column.max(0)).unwrap_or(0);
        self.widest = self.widest.max(column);
        let line = (line - 1).max(0) as u64;
        let offset = line * u64::from(self.width) + u64::from(column.min(self.width - 1));
        u32::try_from(offset).unwrap_or(u32::MAX)
    }
    // ---- constants
    /// The expression that stands for a constant's value.
    pub(super) fn constant_expression(&mut self, v: Value, span: Span) -> Res<ExprKind> {
        let vm = self.vm;
        if let Some(t) = vm.exact::<Tuple>(v, core_shape::TUPLE) {
            let mut elts = Vec::with_capacity(t.len());
            for &x in t.items() {
                elts.push(Expr { span, kind: self.constant_expression(x, span)? });
            }
            return Ok(ExprKind::Tuple { elts, ctx: ExprContext::Load });
        }
        if let Some(c) = vm.exact::<Complex>(v, core_shape::COMPLEX)
            && c.re != 0.0
        {
            let part = |value| {
                let kind = ExprKind::Constant { value, unicode_prefix: false };
                Box::new(Expr { span, kind })
            };
            let (left, right) = (part(Constant::Float(c.re)), part(Constant::Complex(c.im)));
            return Ok(ExprKind::BinOp { left, op: Operator::Add, right });
        }
        if let Some(n) = vm.as_int(v)
            && v.as_bool().is_none()
            && vm.int_ref(&n).to_i64().is_none()
            && vm.int_ref(&n).is_negative()
        {
            let positive = vm.negative(n)?;
            let value = self.constant(positive)?;
            let kind = ExprKind::Constant { value, unicode_prefix: false };
            let operand = Box::new(Expr { span, kind });
            return Ok(ExprKind::UnaryOp { op: UnaryOp::USub, operand });
        }
        Ok(ExprKind::Constant { value: self.constant(v)?, unicode_prefix: false })
    }
    fn constant(&self, v: Value) -> Res<Constant> {
        let vm = self.vm;
        Ok(match v {
            Value::NONE => Constant::None,
            Value::TRUE => Constant::True,
            Value::FALSE => Constant::False,
            Value::ELLIPSIS => Constant::Ellipsis,
            _ => {
                let class = vm.class_of(v);
                let k = vm.classes();
                if class == k.int {
                    return Ok(self.int_constant(v));
                } else if let Some(x) = vm.exact_float(v) {
                    Constant::Float(x)
                } else if let Some(c) = vm.exact::<Complex>(v, core_shape::COMPLEX) {
                    Constant::Complex(c.im)
                } else if let Some(s) = vm.exact_str(v) {
                    Constant::Str(text_of(s))
                } else if let Some(b) = vm.as_bytes(v).filter(|_| class == k.bytes) {
                    Constant::Bytes(b.data().into())
                } else {
                    return Err(vm.type_error(format!(
                        "got an invalid type in Constant: {}",
                        vm.class_name(class)
                    )));
                }
            }
        })
    }
    fn int_constant(&self, v: Value) -> Constant {
        let n = self.vm.int_ref(&v);
        match n.to_i64() {
            Some(n) => Constant::Int(n),
            None => {
                let mut digits = Vec::new();
                pyrs_text::int_text::write_magnitude(&mut digits, n, 16);
                let digits = String::from_utf8_lossy(&digits).into_owned().into();
                Constant::BigInt(Box::new(BigInt { radix: 16, digits }))
            }
        }
    }
}

/// A `str` as a decoded string.
fn text_of(s: Gc<pyrs_core::object::Str>) -> Text {
    let points: Vec<u32> = s.points().iter().collect();
    match points.iter().map(|&c| char::from_u32(c)).collect::<Option<String>>() {
        Some(t) => Text::Utf8(t.into()),
        None => Text::Points(points.into()),
    }
}

impl Part for Constant {
    fn put(&self, c: &put::Put<'_>) -> Res {
        put::constant(c.vm, self)
    }
    fn take(c: &mut Take<'_>, v: Value, _place: Place) -> Res<Self> {
        c.constant(v)
    }
}

impl Part for Text {
    fn put(&self, c: &put::Put<'_>) -> Res {
        put::text(c.vm, self)
    }
    fn take(c: &mut Take<'_>, v: Value, _place: Place) -> Res<Self> {
        match c.vm.as_str(v) {
            Some(s) => Ok(text_of(s)),
            None => Err(c.vm.type_error("got an invalid type in Interpolation")),
        }
    }
}
