//! temporary
use crate::error::Res;
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};
impl Vm {
    pub fn call_function(
        &self,
        _f: Gc<Function>,
        _args: &[Value],
        _names: Option<Gc<Tuple>>,
    ) -> Res {
        Err(self.memory_error())
    }
    pub fn generator_next(&self, _g: Gc<Generator>) -> Res<Option<Value>> {
        Err(self.memory_error())
    }
}
