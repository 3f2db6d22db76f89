//! `str.format` and `str.format_map`.

use super::text;
use crate::support::text_error;
use core::ops::Range;
use pyrs_core::object::{NativeDef, Str};
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::StrBuilder;
use pyrs_text::format_string::{
    self, Accessor, AutoNumber, Field, First, MAX_DEPTH, Parser, split_name,
};

/// What field names refer to.
struct Source {
    /// tuple of positional arguments, or UNBOUND for `format_map`
    positional: Value,
    /// dict of keyword arguments, or the mapping
    named: Value,
    auto: AutoNumber,
}

impl Source {
    fn first(&mut self, vm: &Vm, s: Gc<Str>, first: &First) -> Res {
        let index = self.auto.resolve(first).map_err(|e| text_error(vm, e))?;
        match (index, first) {
            (Some(i), _) => {
                let Some(t) = vm.as_tuple(self.positional) else {
                    return Err(text_error(vm, format_string::no_positionals()));
                };
                match t.items().get(i) {
                    Some(&v) => Ok(v),
                    None => Err(vm.index_error(format_string::index_message(i))),
                }
            }
            (None, First::Name(r)) => {
                let key = vm.str_slice(s, r.start, r.end)?.value();
                if !self.positional.is_unbound()
                    && let Some(d) = vm.as_dict(self.named)
                {
                    return match vm.dict_get(d, key)? {
                        Some(v) => Ok(v),
                        None => Err(vm.key_error(key)),
                    };
                }
                vm.get_item(self.named, key)
            }
            _ => Err(vm.system_error("a field name without index and name")),
        }
    }
    /// The object a field names.
    fn object(&mut self, vm: &Vm, s: Gc<Str>, name: Range<usize>) -> Res {
        let (first, steps) = split_name(s.points(), name).map_err(|e| text_error(vm, e))?;
        let mut v = self.first(vm, s, &first)?;
        for step in steps {
            v = match step.map_err(|e| text_error(vm, e))? {
                Accessor::Attribute(r) => {
                    let name = vm.str_slice(s, r.start, r.end)?;
                    vm.get_attr(v, vm.intern_str(name))?
                }
                Accessor::Index(i) => vm.get_item(v, vm.int_usize(i)?)?,
                Accessor::Key(r) => vm.get_item(v, vm.str_slice(s, r.start, r.end)?.value())?,
            };
        }
        Ok(v)
    }
    fn field(
        &mut self,
        vm: &Vm,
        out: &mut StrBuilder,
        s: Gc<Str>,
        f: Field,
        depth: usize,
    ) -> Res<()> {
        let mut v = self.object(vm, s, f.name)?;
        if let Some(c) = f.conversion {
            v = match char::from_u32(c) {
                Some('r') => vm.repr(v)?.value(),
                Some('s') => vm.str_of(v)?.value(),
                Some('a') => vm.ascii(v)?.value(),
                _ => return Err(text_error(vm, format_string::unknown_conversion(c))),
            };
        }
        let spec = if f.nested {
            let mut inner = StrBuilder::new();
            self.build(vm, &mut inner, s, f.spec, depth - 1)?;
            vm.new_str_builder(&inner)?
        } else if f.spec.is_empty() {
            vm.names().empty
        } else {
            vm.str_slice(s, f.spec.start, f.spec.end)?
        };
        let r = vm.format(v, spec)?;
        out.push_points(r.points());
        Ok(())
    }
    fn build(
        &mut self,
        vm: &Vm,
        out: &mut StrBuilder,
        s: Gc<Str>,
        range: Range<usize>,
        depth: usize,
    ) -> Res<()> {
        if depth == 0 {
            return Err(text_error(vm, format_string::recursion_error()));
        }
        for piece in Parser::of_range(s.points(), range) {
            let piece = piece.map_err(|e| text_error(vm, e))?;
            out.push_points(s.points().slice(piece.literal.start, piece.literal.end));
            if let Some(f) = piece.field {
                self.field(vm, out, s, f, depth)?;
            }
        }
        Ok(())
    }
}
fn run(vm: &Vm, s: Gc<Str>, positional: Value, named: Value) -> Res {
    let mut source = Source { positional, named, auto: AutoNumber::default() };
    let mut out = StrBuilder::with_capacity(s.len() + 16);
    source.build(vm, &mut out, s, 0..s.len(), MAX_DEPTH)?;
    Ok(vm.new_str_builder(&out)?.value())
}
fn format(vm: &Vm, a: &[Value]) -> Res {
    run(vm, text(vm, a[0]), a[1], a[2])
}
fn format_map(vm: &Vm, a: &[Value]) -> Res {
    run(vm, text(vm, a[0]), Value::UNBOUND, a[1])
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "format",
        "(self, /, *args, **kwargs)",
        format,
        "Return a formatted version of the string, using substitutions from args and kwargs.",
    ),
    NativeDef::method(
        "format_map",
        "(self, mapping, /)",
        format_map,
        "Return a formatted version of the string, using substitutions from mapping.",
    ),
];
