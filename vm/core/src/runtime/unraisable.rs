//! Exceptions nobody can handle: of finalisers, weak reference callbacks and the like. They are reported through
//! `sys.unraisablehook`, or plainly on stderr when there is no hook or it fails.

use crate::error::{Raised, Res};
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};

static HOOK_ARGS: ClassSpec = ClassSpec {
    name: "UnraisableHookArgs",
    layout: Instance::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "Type used to pass arguments to sys.unraisablehook.",
    methods: &[],
    getset: &[],
    fields: &["exc_type", "exc_value", "exc_traceback", "err_msg", "object"],
};
impl Vm {
    /// Reports the pending exception. `message` says what was being done ("Exception ignored while ..."), `object`
    /// is what it concerns, or UNBOUND.
    #[cold]
    pub fn write_unraisable(&self, raised: Raised, message: &str, object: Value) {
        let e = self.take_exception(raised);
        if let Err(r) = self.report(e, message, object) {
            self.take_exception(r);
            self.report_plainly(e, message, object);
        }
    }
    fn report(&self, e: Gc<Exception>, message: &str, object: Value) -> Res<()> {
        let sys = self.as_dict(self.sys_dict.get());
        let hook = sys.and_then(|d| self.dict_get_str(d, self.intern("unraisablehook")));
        let Some(hook) = hook.filter(|h| !h.is_none()) else {
            self.report_plainly(e, message, object);
            return Ok(());
        };
        let class = match self.hook("UnraisableHookArgs").and_then(|c| self.as_class(c)) {
            Some(c) => c,
            None => {
                let c = self.define_class(&HOOK_ARGS, None)?;
                self.set_hook("UnraisableHookArgs", c.value());
                c
            }
        };
        let args = self.new_instance(class)?;
        let shape = self.shape(args.shape());
        let object = if object.is_unbound() { Value::NONE } else { object };
        let message = self.str(message)?;
        let class_of_e = self.class_of(e.value()).value();
        let values = [class_of_e, e.value(), e.traceback.get(), message, object];
        for (i, v) in values.into_iter().enumerate() {
            // SAFETY: the class has these five fixed slots.
            unsafe { slot_at(args, shape.word(i)) }.set(&self.heap, args, v);
        }
        self.call(hook, &[args.value()]).map(drop)
    }
    fn report_plainly(&self, e: Gc<Exception>, message: &str, object: Value) {
        let what = if object.is_unbound() {
            String::new()
        } else {
            format!(" {}", self.repr_lossy(object))
        };
        let text = match self.str_of(e.value()) {
            Ok(s) => s.to_lossy(),
            Err(r) => {
                self.take_exception(r);
                String::new()
            }
        };
        eprintln!("{message}{what}:\n{}: {text}", self.type_name(e.value()));
    }
}
