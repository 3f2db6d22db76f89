//! Named hooks: objects that crates above register and the core calls.

use crate::error::Res;
use crate::vm::Vm;
use pyrs_heap::Value;

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
    /// Calls the hook of that name: something compiled code needs that the built-in types provide.
    pub(crate) fn call_hook(&self, name: &'static str, args: &[Value]) -> Res {
        match self.hook(name) {
            Some(f) => self.call(f, args),
            None => Err(self.runtime_error(format!("{name} is not available"))),
        }
    }
}
