//! Syntax trees as Python objects: `compile(..., PyCF_ONLY_AST)`.

use super::grammar::{Kind, PLACE};
use super::node::{Nodes, nodes};
use super::part::Part;
use pyrs_core::{Res, Value, Vm};
use pyrs_syntax::ast::{Constant, Mod, Span, Text};
use pyrs_syntax::{LineIndex, Names, Parsed};

/// What making the objects needs.
pub(super) struct Put<'a> {
    pub vm: &'a Vm,
    pub names: &'a Names,
    lines: &'a LineIndex,
    nodes: Nodes,
}

/// The tree of a parse as an `ast.Module`, `ast.Expression`, ...
pub(crate) fn tree_object(vm: &Vm, parsed: &Parsed) -> Res {
    let c = Put { vm, names: &parsed.names, lines: &parsed.lines, nodes: nodes(vm)? };
    match &parsed.module {
        Mod::Module { body } => {
            let ignores = vm.list(&[])?;
            c.node(Kind::Module, &[body.put(&c)?, ignores], None)
        }
        Mod::Interactive { body } => c.node(Kind::Interactive, &[body.put(&c)?], None),
        Mod::Expression { body } => c.node(Kind::Expression, &[body.put(&c)?], None),
        Mod::FunctionType { argtypes, returns } => {
            c.node(Kind::FunctionType, &[argtypes.put(&c)?, returns.put(&c)?], None)
        }
    }
}

impl Put<'_> {
    /// A node with its fields in order.
    pub(super) fn node(&self, kind: Kind, values: &[Value], span: Option<Span>) -> Res {
        let vm = self.vm;
        let o = vm.new_instance(self.nodes.class(vm, kind))?;
        if let Some(fields) = vm.as_tuple(self.nodes.fields.get(kind as usize)) {
            for (&name, &v) in fields.items().iter().zip(values) {
                if let Some(name) = vm.as_str(name) {
                    vm.instance_set(o, name, v)?;
                }
            }
        }
        if let Some(span) = span {
            let (start, end) = (self.lines.place(span.start), self.lines.place(span.end));
            let numbers = [start.line, start.column, end.line, end.column];
            for (name, n) in PLACE.iter().zip(numbers) {
                vm.instance_set(o, vm.intern(name), vm.int(n.into())?)?;
            }
        }
        Ok(o.value())
    }
    /// The one instance of a node without fields.
    pub(super) fn shared(&self, kind: Kind) -> Value {
        self.nodes.shared.get(kind as usize)
    }
}

/// A decoded string as a `str`.
pub(super) fn text(vm: &Vm, t: &Text) -> Res {
    match t {
        Text::Utf8(s) => vm.str(s),
        Text::Points(p) => Ok(vm.new_str_points(pyrs_text::CodePoints::Four(p))?.value()),
    }
}

/// A literal's value.
pub(super) fn constant(vm: &Vm, value: &Constant) -> Res {
    Ok(match value {
        Constant::None => Value::NONE,
        Constant::True => Value::TRUE,
        Constant::False => Value::FALSE,
        Constant::Ellipsis => Value::ELLIPSIS,
        Constant::Int(n) => vm.int(*n)?,
        Constant::BigInt(b) => {
            let digits = vm.str(&b.digits)?;
            vm.call(vm.classes().int.value(), &[digits, vm.int(b.radix.into())?])?
        }
        Constant::Float(x) => vm.float(*x)?,
        Constant::Complex(x) => vm.complex(0.0, *x)?,
        Constant::Str(t) => text(vm, t)?,
        Constant::Bytes(b) => vm.bytes(b)?,
    })
}
