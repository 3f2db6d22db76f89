//! Pattern matching.

use crate::error::Res;
use crate::interp::frame::S;
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Value};

residuals! {
    fn match_class(vm, s, i) + 1 {
        let word = s.extra();
        let names = vm.as_tuple(s.code().constant((word & 0xff_ffff) as usize));
        let v = vm.match_class(s.reg(i.b()), s.reg(i.c()), (word >> 24) as usize, names)?;
        s.put(i.a(), v);
    }
    fn match_mapping(vm, s, i) + 0 {
        let v = s.reg(i.b());
        s.put(i.a(), Value::bool(vm.class_of(v).has(class_flag::MAPPING)));
    }
    fn match_sequence(vm, s, i) + 0 {
        let v = s.reg(i.b());
        s.put(i.a(), Value::bool(vm.class_of(v).has(class_flag::SEQUENCE)));
    }
    fn match_keys(vm, s, i) + 0 {
        let (subject, keys) = (s.reg(i.b()), vm.to_tuple(s.reg(i.c()))?);
        s.put(i.a(), vm.match_keys(subject, keys)?);
    }
    fn match_rest(vm, s, i) + 0 {
        let d = vm.new_dict()?;
        vm.dict_update_from(d, s.reg(i.b()))?;
        for &k in vm.to_tuple(s.reg(i.c()))?.items() {
            vm.dict_remove(d, k)?;
        }
        s.put(i.a(), d.value());
    }
}

impl Vm {
    /// The tuple of attributes a class pattern binds, or None.
    fn match_class(
        &self,
        subject: Value,
        class: Value,
        positional: usize,
        names: Option<Gc<Tuple>>,
    ) -> Res {
        let Some(c) = self.as_class(class) else {
            return Err(self.type_error("called match pattern must be a class"));
        };
        if !self.is_instance(subject, class)? {
            return Ok(Value::NONE);
        }
        let seen = self.new_set(core_shape::SET)?;
        let out = self.new_list()?;
        let attribute = |name: Value| -> Res<bool> {
            let Some(n) = self.as_str(name) else { return Ok(false) };
            if !self.set_add(seen, name)? {
                return Err(self.type_error(format!(
                    "{}() got multiple sub-patterns for attribute {}",
                    self.class_name(c),
                    self.repr(name)?.to_lossy()
                )));
            }
            match self.get_attr_opt(subject, n)? {
                Some(v) => self.list_append(out, v).map(|()| true),
                None => Ok(false),
            }
        };
        if positional > 0
            && !self.match_positional(subject, class, c, positional, out, &attribute)?
        {
            return Ok(Value::NONE);
        }
        if let Some(names) = names {
            for &name in names.items() {
                if !attribute(name)? {
                    return Ok(Value::NONE);
                }
            }
        }
        self.tuple(out.items())
    }
    fn match_positional(
        &self,
        subject: Value,
        class: Value,
        c: Gc<Class>,
        positional: usize,
        out: Gc<List>,
        attribute: &dyn Fn(Value) -> Res<bool>,
    ) -> Res<bool> {
        let (match_args, allowed, match_self) =
            match self.get_attr_opt(class, self.names().match_args)? {
                Some(v) => match self.exact::<Tuple>(v, core_shape::TUPLE) {
                    Some(t) => (Some(t), t.len(), false),
                    None => {
                        return Err(self.type_error(format!(
                            "{}.__match_args__ must be a tuple (got {})",
                            self.class_name(c),
                            self.type_name(v)
                        )));
                    }
                },
                None if c.has(class_flag::MATCH_SELF) => (None, 1, true),
                None => (None, 0, false),
            };
        if positional > allowed {
            return Err(self.type_error(format!(
                "{}() accepts {allowed} positional sub-pattern{} ({positional} given)",
                self.class_name(c),
                if allowed == 1 { "" } else { "s" }
            )));
        }
        if match_self {
            self.list_append(out, subject)?;
            return Ok(true);
        }
        for i in 0..positional {
            let name = match_args.map_or(Value::NONE, |t| t.get(i));
            if self.exact_str(name).is_none() {
                return Err(self.type_error(format!(
                    "__match_args__ elements must be strings (got {})",
                    self.type_name(name)
                )));
            }
            if !attribute(name)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
    fn match_keys(&self, subject: Value, keys: Gc<Tuple>) -> Res {
        let out = self.new_list()?;
        let seen = self.new_set(core_shape::SET)?;
        let get = match self.exact::<Dict>(subject, core_shape::DICT) {
            Some(_) => None,
            None => Some(self.get_attr(subject, self.intern("get"))?),
        };
        // Any object no program can hold tells "absent".
        let missing = self.list(&[])?;
        for &k in keys.items() {
            if !self.set_add(seen, k)? {
                return Err(self.value_error(format!(
                    "mapping pattern checks duplicate key ({})",
                    self.repr(k)?.to_lossy()
                )));
            }
            let v = match (get, self.as_dict(subject)) {
                (None, Some(d)) => self.dict_get(d, k)?.unwrap_or(missing),
                (Some(get), _) => self.call(get, &[k, missing])?,
                (None, None) => missing,
            };
            if v == missing {
                return Ok(Value::NONE);
            }
            self.list_append(out, v)?;
        }
        self.tuple(out.items())
    }
}
