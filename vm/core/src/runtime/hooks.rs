//! Named hooks: objects that crates above register and the core calls.

use crate::error::Res;
use crate::object::Class;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};

impl Vm {
    /// Registers (or replaces) the object of that name.
    pub fn set_hook(&self, name: &'static str, f: Value) {
        let known = self.hooks.borrow().iter().find(|(n, _)| *n == name).map(|&(_, root)| root);
        match known {
            Some(root) => self.set_root(root, f),
            None => {
                let root = self.register_root(f);
                self.hooks.borrow_mut().push((name, root));
            }
        }
    }
    pub fn hook(&self, name: &str) -> Option<Value> {
        let root = self.hooks.borrow().iter().find(|(n, _)| *n == name).map(|&(_, root)| root);
        root.map(|root| self.root(root))
    }
    /// `warnings.warn(message, category)`. Silent where there is no warnings machinery.
    pub fn warn(&self, category: Gc<Class>, message: &str) -> Res<()> {
        let module = match self.loaded_module("_warnings") {
            Some(m) => m,
            None => {
                let made = self.import_module("_warnings");
                match self.catch(made, self.exc().import_error)? {
                    Some(m) => m,
                    None => return Ok(()),
                }
            }
        };
        let f = self.get_attr(module, self.intern("warn"))?;
        self.call(f, &[self.str(message)?, category.value(), Value::small_int(1)]).map(drop)
    }
    /// Calls the hook of that name: something compiled code needs that the built-in types provide.
    pub(crate) fn call_hook(&self, name: &'static str, args: &[Value]) -> Res {
        match self.hook(name) {
            Some(f) => self.call(f, args),
            None => Err(self.runtime_error(format!("{name} is not available"))),
        }
    }
}
