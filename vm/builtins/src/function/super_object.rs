//! `super`

use super::shared::{GET, SELF};
use crate::functions::attribute_name;
use crate::functions::iterators::{fresh, receiver};
use pyrs_core::object::{Class, NativeDef, Super, core_shape};
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, /, *args, **kwargs)", init, ""),
    NativeDef::method("__getattribute__", "(self, name, /)", getattribute, "self.name"),
    NativeDef::method("__get__", GET, get, "Binds an unbound super object."),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("__thisclass__", owner, "the class invoking super()"),
    GetSetDef::read_only("__self__", instance, "the instance invoking super(); may be None"),
    GetSetDef::read_only(
        "__self_class__",
        instance_class,
        "the type of that instance; may be None",
    ),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.classes().super_, METHODS, GETSET)
}

fn object(vm: &Vm, v: Value) -> Res<Gc<Super>> {
    receiver::<Super>(vm, v)
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    Ok(fresh::<Super>(vm, args[0])?.value())
}

fn init(vm: &Vm, args: &[Value]) -> Res {
    let s = object(vm, args[0])?;
    let given = vm.to_tuple(args[1])?;
    if crate::functions::given(vm, args[2]).is_some() {
        return Err(vm.type_error("super() takes no keyword arguments"));
    }
    let (class, receiver) = match given.items() {
        [] => vm.current_super_args()?,
        [class] => (*class, Value::NONE),
        [class, receiver] => (*class, *receiver),
        more => {
            return Err(
                vm.type_error(format!("super expected at most 2 arguments, got {}", more.len()))
            );
        }
    };
    let Some(owner) = vm.as_class(class) else {
        return Err(crate::support::bad_argument_at(vm, "super", "1", "a type", class));
    };
    bind(vm, s, owner, Some(receiver).filter(|r| !r.is_none()))
}

fn bind(vm: &Vm, s: Gc<Super>, owner: Gc<Class>, instance: Option<Value>) -> Res {
    let (instance, class) = match instance {
        Some(v) => (v, searched_class(vm, owner, v)?.value()),
        None => (Value::UNBOUND, Value::UNBOUND),
    };
    s.owner.set(&vm.heap, s, owner.value());
    s.receiver.set(&vm.heap, s, instance);
    s.receiver_class.set(&vm.heap, s, class);
    Ok(Value::NONE)
}

/// The class whose MRO is searched: the receiver itself, its class, or what it claims as its class.
fn searched_class(vm: &Vm, owner: Gc<Class>, v: Value) -> Res<Gc<Class>> {
    if let Some(c) = vm.as_class(v)
        && vm.is_subclass_exact(c, owner)
    {
        return Ok(c);
    }
    let class = vm.class_of(v);
    if vm.is_subclass_exact(class, owner) {
        return Ok(class);
    }
    if let Some(claimed) = vm.get_attr_opt(v, vm.names().class)?
        && let Some(c) = vm.as_class(claimed)
        && vm.is_subclass_exact(c, owner)
    {
        return Ok(c);
    }
    let what = match vm.as_class(v) {
        Some(c) => format!("type {}", vm.class_name(c)),
        None => format!("instance of {}", vm.type_name(v)),
    };
    Err(vm.type_error(format!(
        "super(type, obj): obj ({what}) is not an instance or subtype of type ({}).",
        vm.class_name(owner)
    )))
}

fn getattribute(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    let s = object(vm, args[0])?;
    let class = vm.as_class(s.receiver_class.get()).filter(|_| name != vm.names().class);
    let Some(class) = class else { return vm.generic_get_attr(args[0], name) };
    let mro = vm.mro(class);
    let after = mro.items().iter().position(|&k| k == s.owner.get()).map_or(mro.len(), |i| i + 1);
    for &k in &mro.items()[after..] {
        let Some(k) = vm.as_class(k) else { continue };
        if let Some(f) = vm.dict_get_str(vm.class_dict(k), name) {
            let receiver = s.receiver.get();
            let through = receiver == class.value();
            return vm.descriptor_get(f, if through { Value::UNBOUND } else { receiver }, class);
        }
    }
    vm.generic_get_attr(args[0], name)
}

fn get(vm: &Vm, args: &[Value]) -> Res {
    let s = object(vm, args[0])?;
    if args[1].is_none() || !s.receiver.is_unbound() {
        return Ok(args[0]);
    }
    let exact = vm.object(args[0]).is_some_and(|o| o.shape() == core_shape::SUPER);
    if !exact {
        return vm.call(vm.class_of(args[0]).value(), &[s.owner.get(), args[1]]);
    }
    let Some(owner) = vm.as_class(s.owner.get()) else { return Ok(args[0]) };
    let made = fresh::<Super>(vm, vm.classes().super_.value())?;
    bind(vm, made, owner, Some(args[1]))?;
    Ok(made.value())
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let s = object(vm, args[0])?;
    let owner = vm.as_class(s.owner.get()).map_or_else(|| "NULL".to_owned(), |c| vm.class_name(c));
    let text = match vm.as_class(s.receiver_class.get()) {
        Some(c) => format!("<super: <class '{owner}'>, <{} object>>", vm.class_name(c)),
        None => format!("<super: <class '{owner}'>, NULL>"),
    };
    vm.str(&text)
}

fn or_none(v: Value) -> Value {
    if v.is_unbound() { Value::NONE } else { v }
}

fn owner(vm: &Vm, v: Value) -> Res {
    Ok(or_none(object(vm, v)?.owner.get()))
}

fn instance(vm: &Vm, v: Value) -> Res {
    Ok(or_none(object(vm, v)?.receiver.get()))
}

fn instance_class(vm: &Vm, v: Value) -> Res {
    Ok(or_none(object(vm, v)?.receiver_class.get()))
}
