//! Runs Python files on a machine with built-in types and functions only: no importlib, no standard library. For
//! finding out whether a fault lies in the core or in start-up.

use pyrs_builtins::{Request, compile_text};
use pyrs_core::{Res, Settings, Value, Vm};

const PRELUDE: &str = "
class _Out:
    def __init__(self): self.parts = []
    def write(self, s): self.parts.append(s)
    def flush(self): pass
";

fn run(vm: &Vm, text: &str, name: &str) -> Res<()> {
    let globals = vm.new_dict()?;
    vm.dict_set_str(globals, vm.intern("__name__"), vm.str("__main__")?)?;
    let request = Request::plain(vm, pyrs_syntax::Mode::Exec);
    let prelude = compile_text(vm, PRELUDE, vm.str("<prelude>")?, &request)?;
    vm.run_code(prelude, globals, globals.value(), Value::UNBOUND)?;
    let class = vm.dict_get_str(globals, vm.intern("_Out")).unwrap_or(Value::NONE);
    let out = vm.call(class, &[])?;
    if let Some(sys) = vm.as_dict(vm.sys_dict.get()) {
        vm.dict_set_str(sys, vm.intern("stdout"), out)?;
    }
    let code = compile_text(vm, text, vm.str(name)?, &request)?;
    let result = vm.run_code(code, globals, globals.value(), Value::UNBOUND);
    let raised = match result {
        Ok(_) => None,
        Err(r) => Some(vm.take_exception(r)),
    };
    let parts = vm.get_attr(out, vm.intern("parts"))?;
    vm.iterate(parts, |v| {
        print!("{}", vm.as_str(v).map_or_else(String::new, |s| s.to_lossy()));
        Ok(())
    })?;
    if let Some(e) = raised {
        let lines = e.traceback.get();
        if !lines.is_none() {
            let line = vm.get_attr(lines, vm.intern("tb_lineno"))?;
            println!("at line {}", vm.repr_lossy(line));
        }
        return Err(vm.raise_again(e));
    }
    Ok(())
}

fn main() {
    for name in std::env::args().skip(1) {
        let text = match std::fs::read_to_string(&name) {
            Ok(t) => t,
            Err(e) => {
                eprintln!("{name}: {e}");
                continue;
            }
        };
        let vm = Vm::new(Settings::default());
        let r = vm.heap.with_stack(|| {
            pyrs_builtins::install(&vm)?;
            run(&vm, &text, &name)
        });
        if let Err(r) = r {
            let e = vm.take_exception(r);
            println!("{}", vm.repr_lossy(e.value()));
        }
    }
}
