//! `_contextvars`: context variables, contexts and tokens.
//!
//! A context's variables lie in a dict that copies share until one of them writes (`shared` then makes it copy
//! first), so `copy_context()` costs the same however many variables there are. Each thread has a running
//! context; entering one remembers the one before.

use crate::class_support::{CLASS_GETITEM, add_class};
use core::cell::Cell;
use pyrs_core::object::{Class, ClassSpec, Dict, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

#[repr(C)]
struct Context {
    header: Header,
    /// dict: variable to value, or UNBOUND while empty
    vars: Slot,
    /// The context that was current before this one was entered.
    previous: Slot,
    entered: Cell<bool>,
    /// Another context may use the same dict.
    shared: Cell<bool>,
}
native_object!(Context, "Context", slots = 2);

#[repr(C)]
struct Var {
    header: Header,
    name: Slot,
    /// UNBOUND without a default.
    default: Slot,
}
native_object!(Var, "ContextVar", slots = 2);

#[repr(C)]
struct Token {
    header: Header,
    var: Slot,
    context: Slot,
    /// UNBOUND if the variable had no value.
    old: Slot,
    used: Cell<bool>,
}
native_object!(Token, "Token", slots = 3);

#[repr(C)]
struct Missing {
    header: Header,
}
native_object!(Missing, "Token.MISSING", slots = 0);

const SELF: &str = "(self, /)";
static CONTEXT: ClassSpec = ClassSpec {
    name: "_contextvars.Context",
    layout: <Context as Native>::LAYOUT,
    flags: class_flag::HAS_WEAKREF,
    doc: "",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", context_new, ""),
        NativeDef::method("run", "(self, callable=<unrepresentable>, /, *args, **kwargs)", run, ""),
        NativeDef::method(
            "copy",
            SELF,
            |vm, a| copy(vm, context(vm, a[0])?),
            "Return a shallow copy of the context object.",
        ),
        NativeDef::method(
            "get",
            "(self, key, default=None, /)",
            |vm, a| Ok(look_up(vm, a)?.unwrap_or(a[2])),
            "Return the value for `key` if `key` has the value in the context object.\n\nIf `key` does not exist, return `default`. If `default` is not given,\nreturn None.",
        ),
        NativeDef::method(
            "keys",
            SELF,
            |vm, a| vm.call_method(vars(vm, a[0])?, "keys", &[]),
            "Return a list of all variables in the context object.",
        ),
        NativeDef::method(
            "values",
            SELF,
            |vm, a| vm.call_method(vars(vm, a[0])?, "values", &[]),
            "Return a list of all variables' values in the context object.",
        ),
        NativeDef::method(
            "items",
            SELF,
            |vm, a| vm.call_method(vars(vm, a[0])?, "items", &[]),
            "Return all variables and their values in the context object.\n\nThe result is returned as a list of 2-tuples (variable, value).",
        ),
        NativeDef::method(
            "__iter__",
            SELF,
            |vm, a| vm.get_iter(vars(vm, a[0])?),
            "Implement iter(self).",
        ),
        NativeDef::method(
            "__len__",
            SELF,
            |vm, a| vm.int_usize(vm.len(vars(vm, a[0])?)?),
            "Return len(self).",
        ),
        NativeDef::method(
            "__contains__",
            "(self, key, /)",
            |vm, a| Ok(Value::bool(look_up(vm, a)?.is_some())),
            "Return bool(key in self).",
        ),
        NativeDef::method(
            "__getitem__",
            "(self, key, /)",
            |vm, a| look_up(vm, a)?.ok_or_else(|| vm.key_error(a[1])),
            "Return self[key].",
        ),
        NativeDef::method(
            "__eq__",
            "(self, value, /)",
            |vm, a| equal(vm, a, true),
            "Return self==value.",
        ),
        NativeDef::method(
            "__ne__",
            "(self, value, /)",
            |vm, a| equal(vm, a, false),
            "Return self!=value.",
        ),
    ],
    getset: &[],
    fields: &[],
};
static VAR: ClassSpec = ClassSpec {
    name: "_contextvars.ContextVar",
    layout: <Var as Native>::LAYOUT,
    flags: class_flag::HAS_WEAKREF,
    doc: "",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, name, /, *, default=<unrepresentable>)",
            var_new,
            "",
        ),
        NativeDef::method(
            "get",
            "(self, default=<unrepresentable>, /)",
            var_get,
            "Return a value for the context variable for the current context.\n\nIf there is no value for the variable in the current context, the method will:\n * return the value of the default argument of the method, if provided; or\n * return the default value for the context variable, if it was created\n   with one; or\n * raise a LookupError.",
        ),
        NativeDef::method(
            "set",
            "(self, value, /)",
            var_set,
            "Call to set a new value for the context variable in the current context.\n\nThe required *value* argument is the new value for the context variable.\n\nReturns a Token object that can be used to restore the variable to its previous\nvalue via the `ContextVar.reset()` method.",
        ),
        NativeDef::method(
            "reset",
            "(self, token, /)",
            |vm, a| reset(vm, var(vm, a[0])?, a[1]),
            "Reset the context variable.\n\nThe variable is reset to the value it had before the `ContextVar.set()` that\ncreated the token was used.",
        ),
        NativeDef::method("__repr__", SELF, var_repr, "Return repr(self)."),
        CLASS_GETITEM,
    ],
    getset: &[GetSetDef::read_only("name", |vm, v| Ok(var(vm, v)?.name.get()), "")],
    fields: &[],
};
static TOKEN: ClassSpec = ClassSpec {
    name: "_contextvars.Token",
    layout: <Token as Native>::LAYOUT,
    flags: 0,
    doc: "",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *args, **kwargs)",
            |vm, _| Err(vm.runtime_error("Tokens can only be created by ContextVars")),
            "",
        ),
        NativeDef::method("__enter__", SELF, |_, a| Ok(a[0]), "Enter into Token context manager."),
        NativeDef::method(
            "__exit__",
            "(self, type, value, traceback, /)",
            token_exit,
            "Exit from Token context manager, restore the linked ContextVar.",
        ),
        NativeDef::method("__repr__", SELF, token_repr, "Return repr(self)."),
        CLASS_GETITEM,
    ],
    getset: &[
        GetSetDef::read_only("var", |vm, v| Ok(token(vm, v)?.var.get()), ""),
        GetSetDef::read_only("old_value", old_value, ""),
    ],
    fields: &[],
};
static MISSING: ClassSpec = ClassSpec {
    name: "_contextvars.Token.MISSING",
    layout: <Missing as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[NativeDef::method(
        "__repr__",
        SELF,
        |vm, _| vm.str("<Token.MISSING>"),
        "Return repr(self).",
    )],
    getset: &[],
    fields: &[],
};
static FUNCTIONS: &[NativeDef] =
    &[NativeDef::function("copy_context", "()", |vm, _| copy(vm, current(vm)?), "")];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_contextvars", "Context Variables", FUNCTIONS)?;
    add_class(vm, m, &CONTEXT, None)?;
    add_class(vm, m, &VAR, None)?;
    let t = add_class(vm, m, &TOKEN, None)?;
    let c: Gc<Class> = vm.define_class(&MISSING, None)?;
    let missing = vm.new_instance(c)?.value();
    vm.set_hook("contextvars_missing", missing);
    vm.class_set(t, vm.intern("MISSING"), Some(missing))?;
    Ok(m.value())
}

fn context(vm: &Vm, v: Value) -> Res<Gc<Context>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a Context is required"))
}
fn var(vm: &Vm, v: Value) -> Res<Gc<Var>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a ContextVar is required"))
}
fn token(vm: &Vm, v: Value) -> Res<Gc<Token>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a Token is required"))
}
fn new_context(vm: &Vm, vars: Value) -> Res<Gc<Context>> {
    vm.alloc(Context {
        header: Header::new(vm.native_class::<Context>().root_shape.get(), 0),
        vars: Slot::new(vars),
        previous: Slot::new(Value::UNBOUND),
        entered: Cell::new(false),
        shared: Cell::new(!vars.is_unbound()),
    })
}
/// The running contexts by thread.
fn running(vm: &Vm) -> Res<Gc<Dict>> {
    if let Some(d) = vm.hook("contextvars_running").and_then(|v| vm.as_dict(v)) {
        return Ok(d);
    }
    let d = vm.new_dict()?;
    vm.set_hook("contextvars_running", d.value());
    Ok(d)
}
/// The running context; a thread starts with an empty one.
fn current(vm: &Vm) -> Res<Gc<Context>> {
    let found = vm.dict_get(running(vm)?, vm.int_usize(crate::thread::serial())?)?;
    if let Some(c) = found.and_then(|v| vm.cast::<Context>(v)) {
        return Ok(c);
    }
    let c = new_context(vm, Value::UNBOUND)?;
    c.entered.set(true);
    set_current(vm, c.value())?;
    Ok(c)
}
fn set_current(vm: &Vm, c: Value) -> Res<()> {
    vm.dict_set(running(vm)?, vm.int_usize(crate::thread::serial())?, c)
}
fn copy(vm: &Vm, c: Gc<Context>) -> Res {
    if !c.vars.is_unbound() {
        c.shared.set(true);
    }
    Ok(new_context(vm, c.vars.get())?.value())
}
/// The context's dict, for this context alone.
fn own_vars(vm: &Vm, c: Gc<Context>) -> Res<Gc<Dict>> {
    let d = match vm.as_dict(c.vars.get()) {
        Some(d) if !c.shared.get() => return Ok(d),
        Some(d) => vm.dict_copy(d)?,
        None => vm.new_dict()?,
    };
    c.vars.set(&vm.heap, c, d.value());
    c.shared.set(false);
    Ok(d)
}
/// A dict to read; contexts that are iterated must not see later writes, so writers copy from now on.
fn vars(vm: &Vm, v: Value) -> Res {
    let c = context(vm, v)?;
    if c.vars.is_unbound() {
        return Ok(vm.new_dict()?.value());
    }
    c.shared.set(true);
    Ok(c.vars.get())
}
fn context_new(vm: &Vm, a: &[Value]) -> Res {
    if vm.len(a[1])? > 0 || vm.len(a[2])? > 0 {
        return Err(vm.type_error("Context() does not accept any arguments"));
    }
    Ok(new_context(vm, Value::UNBOUND)?.value())
}
fn run(vm: &Vm, a: &[Value]) -> Res {
    let c = context(vm, a[0])?;
    if a[1].is_unbound() {
        return Err(vm.type_error("run() missing 1 required positional argument"));
    }
    if c.entered.get() {
        let text = vm.repr(a[0])?.to_lossy();
        return Err(vm.runtime_error(format!("cannot enter context: {text} is already entered")));
    }
    let before = current(vm)?;
    c.previous.set(&vm.heap, c, before.value());
    c.entered.set(true);
    set_current(vm, a[0])?;
    let args = vm.to_tuple(a[2])?;
    let result = vm.call_dict(a[1], args.items(), vm.as_dict(a[3]));
    set_current(vm, c.previous.get())?;
    c.previous.set(&vm.heap, c, Value::UNBOUND);
    c.entered.set(false);
    result
}
fn look_up(vm: &Vm, a: &[Value]) -> Res<Option<Value>> {
    if vm.cast::<Var>(a[1]).is_none() {
        let text = vm.repr(a[1])?.to_lossy();
        return Err(vm.type_error(format!("a ContextVar key was expected, got {text}")));
    }
    match vm.as_dict(context(vm, a[0])?.vars.get()) {
        Some(d) => vm.dict_get(d, a[1]),
        None => Ok(None),
    }
}
fn equal(vm: &Vm, a: &[Value], wanted: bool) -> Res {
    if vm.cast::<Context>(a[1]).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (x, y) = (vars(vm, a[0])?, vars(vm, a[1])?);
    Ok(Value::bool(vm.equal(x, y)? == wanted))
}

// ---- variables
fn var_new(vm: &Vm, a: &[Value]) -> Res {
    if vm.as_str(a[1]).is_none() {
        return Err(vm.type_error("context variable name must be a str"));
    }
    let header = Header::new(vm.native_class::<Var>().root_shape.get(), 0);
    Ok(vm.alloc(Var { header, name: Slot::new(a[1]), default: Slot::new(a[2]) })?.value())
}
fn var_get(vm: &Vm, a: &[Value]) -> Res {
    let this = var(vm, a[0])?;
    if let Some(d) = vm.as_dict(current(vm)?.vars.get())
        && let Some(v) = vm.dict_get(d, a[0])?
    {
        return Ok(v);
    }
    if !a[1].is_unbound() {
        return Ok(a[1]);
    }
    if !this.default.is_unbound() {
        return Ok(this.default.get());
    }
    Err(vm.raise_with(vm.exc().lookup_error, &[a[0]]))
}
fn var_set(vm: &Vm, a: &[Value]) -> Res {
    let c = current(vm)?;
    let d = own_vars(vm, c)?;
    let old = vm.dict_get(d, a[0])?.unwrap_or(Value::UNBOUND);
    vm.dict_set(d, a[0], a[1])?;
    let t = vm.alloc(Token {
        header: Header::new(vm.native_class::<Token>().root_shape.get(), 0),
        var: Slot::new(a[0]),
        context: Slot::new(c.value()),
        old: Slot::new(old),
        used: Cell::new(false),
    })?;
    Ok(t.value())
}
fn reset(vm: &Vm, this: Gc<Var>, t: Value) -> Res {
    let shown = || Ok(vm.repr(t)?.to_lossy());
    let Some(tok) = vm.cast::<Token>(t) else {
        let text: String = shown()?;
        return Err(vm.type_error(format!("expected an instance of Token, got {text}")));
    };
    if tok.used.get() {
        let text: String = shown()?;
        return Err(vm.runtime_error(format!("{text} has already been used once")));
    }
    if tok.var.get() != this.value() {
        let text: String = shown()?;
        return Err(vm.value_error(format!("{text} was created by a different ContextVar")));
    }
    let c = current(vm)?;
    if tok.context.get() != c.value() {
        let text: String = shown()?;
        return Err(vm.value_error(format!("{text} was created in a different Context")));
    }
    tok.used.set(true);
    let d = own_vars(vm, c)?;
    if tok.old.is_unbound() {
        if vm.dict_remove(d, this.value())?.is_none() {
            return Err(vm.raise_with(vm.exc().lookup_error, &[this.value()]));
        }
    } else {
        vm.dict_set(d, this.value(), tok.old.get())?;
    }
    Ok(Value::NONE)
}
fn var_repr(vm: &Vm, a: &[Value]) -> Res {
    let this = var(vm, a[0])?;
    let mut out = StrBuilder::from("<ContextVar name=");
    out.push_points(vm.repr(this.name.get())?.points());
    if !this.default.is_unbound() {
        out.push_str(" default=");
        match vm.guard_repr(a[0], || vm.repr(this.default.get()))? {
            Some(text) => out.push_points(text.points()),
            None => out.push_str("..."),
        }
    }
    vm.heap.pin(a[0]);
    out.push_str(&format!(" at {:#x}>", a[0].bits()));
    Ok(vm.new_str_builder(&out)?.value())
}

// ---- tokens
fn old_value(vm: &Vm, v: Value) -> Res {
    let old = token(vm, v)?.old.get();
    Ok(if old.is_unbound() { vm.hook("contextvars_missing").unwrap_or(Value::NONE) } else { old })
}
fn token_exit(vm: &Vm, a: &[Value]) -> Res {
    let this = var(vm, token(vm, a[0])?.var.get())?;
    reset(vm, this, a[0])
}
fn token_repr(vm: &Vm, a: &[Value]) -> Res {
    let t = token(vm, a[0])?;
    let mut out = StrBuilder::from("<Token");
    if t.used.get() {
        out.push_str(" used");
    }
    out.push_str(" var=");
    out.push_points(vm.repr(t.var.get())?.points());
    vm.heap.pin(a[0]);
    out.push_str(&format!(" at {:#x}>", a[0].bits()));
    Ok(vm.new_str_builder(&out)?.value())
}
