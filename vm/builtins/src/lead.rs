//! Stand-ins for what the interpreter will provide. An inherent method of the same name wins over these.

use pyrs_bytecode::CodeData;
use pyrs_core::object::{Code, Dict, Exception, Function, Generator};
use pyrs_core::{Gc, Res, Value, Vm};

#[allow(dead_code, reason = "shadowed one by one by the interpreter's own methods")]
pub(crate) enum GeneratorStep {
    Yield(Value),
    Return(Value),
}

#[allow(dead_code, reason = "shadowed one by one by the interpreter's own methods")]
pub(crate) trait Lead {
    fn missing(&self) -> pyrs_core::Raised;
    fn run_class_body(&self, _f: Gc<Function>, _namespace: Value) -> Res {
        Err(self.missing())
    }
    fn current_globals(&self) -> Option<Value> {
        None
    }
    fn current_code_flags(&self) -> u32 {
        0
    }
    fn current_locals(&self) -> Res {
        Err(self.missing())
    }
    fn current_super_args(&self) -> Res<(Value, Value)> {
        Err(self.missing())
    }
    fn new_code(&self, _data: &CodeData) -> Res<Gc<Code>> {
        Err(self.missing())
    }
    fn run_code(&self, _code: Gc<Code>, _globals: Gc<Dict>, _locals: Value) -> Res {
        Err(self.missing())
    }
    fn generator_send(&self, _g: Gc<Generator>, _value: Value) -> Res<GeneratorStep> {
        Err(self.missing())
    }
    fn generator_throw(&self, _g: Gc<Generator>, _e: Gc<Exception>) -> Res<GeneratorStep> {
        Err(self.missing())
    }
}

impl Lead for Vm {
    fn missing(&self) -> pyrs_core::Raised {
        self.system_error("no interpreter yet")
    }
}
