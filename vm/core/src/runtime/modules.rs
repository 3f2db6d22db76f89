//! Modules as objects: making them, and the registry of native ones. Finding and loading source modules is
//! importlib's work, above this crate.

use crate::error::Res;
use crate::object::*;
use crate::vm::{ModuleInit, Vm};
use pyrs_heap::{Gc, Header, Slot, Value};

impl Vm {
    /// An empty module with the usual attributes.
    pub fn new_module(&self, name: &str, doc: Value) -> Res<Gc<Module>> {
        let dict = self.new_dict()?;
        let n = self.names();
        self.dict_set_str(dict, n.name, self.intern(name).value())?;
        self.dict_set_str(dict, n.doc, doc)?;
        for key in [n.package, n.loader, n.spec] {
            self.dict_set_str(dict, key, Value::NONE)?;
        }
        let shape = self.classes().module.root_shape.get();
        self.alloc(Module { header: Header::new(shape, 0), dict: Slot::new(dict.value()) })
    }
    pub fn module_dict(&self, m: Gc<Module>) -> Gc<Dict> {
        // SAFETY: a module's dict is a dict.
        unsafe { Gc::from_value(m.dict.get()) }
    }
    /// A native module from a table of functions.
    pub fn new_native_module(
        &self,
        name: &'static str,
        doc: &str,
        functions: &'static [NativeDef],
    ) -> Res<Gc<Module>> {
        let doc = self.str(doc)?;
        let m = self.new_module(name, doc)?;
        self.add_functions(m, functions)?;
        Ok(m)
    }
    pub fn add_functions(&self, m: Gc<Module>, functions: &'static [NativeDef]) -> Res<()> {
        let dict = self.module_dict(m);
        let name = self.dict_get_str(dict, self.names().name).unwrap_or(Value::NONE);
        for def in functions {
            let f = self.new_native(def, None, name)?;
            self.dict_set_str(dict, self.intern(def.name), f)?;
        }
        Ok(())
    }
    /// `module.name = v`
    pub fn module_set(&self, m: Gc<Module>, name: &str, v: Value) -> Res<()> {
        self.dict_set_str(self.module_dict(m), self.intern(name), v)
    }
    /// Makes native modules known to import.
    pub fn register_modules(&self, table: &[(&'static str, ModuleInit)]) {
        self.native_modules.borrow_mut().extend_from_slice(table);
    }
    /// A missing module attribute: the module's own `__getattr__`, else AttributeError.
    pub(crate) fn module_missing(&self, m: Gc<Module>, name: Gc<Str>) -> Res {
        let dict = self.module_dict(m);
        let hook = self.intern("__getattr__");
        if name != hook
            && let Some(f) = self.dict_get_str(dict, hook)
        {
            return self.call(f, &[name.value()]);
        }
        let text = match self.dict_get_str(dict, self.names().name).and_then(|n| self.as_str(n)) {
            Some(n) => format!("module '{}' has no attribute '{}'", n.to_lossy(), name.to_lossy()),
            None => format!("module has no attribute '{}'", name.to_lossy()),
        };
        Err(self.attribute_error(&text, m.value(), name))
    }
    /// An imported module from `sys.modules`.
    pub fn loaded_module(&self, name: &str) -> Option<Value> {
        let modules = self.as_dict(self.modules.get())?;
        self.dict_get_str(modules, self.intern(name))
    }
    /// `import name` (dotted names give the last part) through `builtins.__import__`'s machinery.
    pub fn import_module(&self, name: &str) -> Res {
        if let Some(m) = self.loaded_module(name) {
            return Ok(m);
        }
        let builtins = self.as_dict(self.builtins.get());
        let Some(import) = builtins.and_then(|b| self.dict_get_str(b, self.names().import)) else {
            return Err(self.raise_text(self.exc().import_error, "__import__ not found"));
        };
        let from = self.tuple(&[self.intern("x").value()])?;
        self.call(import, &[self.str(name)?, Value::NONE, Value::NONE, from, Value::small_int(0)])?;
        self.loaded_module(name).ok_or_else(|| {
            self.raise_text(self.exc().module_not_found_error, &format!("No module named '{name}'"))
        })
    }
}
