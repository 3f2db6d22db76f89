//! Calling things from native code.
//!
//! Python-to-Python calls made by bytecode never come here: the interpreter pushes frames itself. A call from
//! native code to a Python function runs a nested interpreter loop, bounded by the native stack.

use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};

/// Names of the last arguments of a call.
pub type KwNames = Option<Gc<Tuple>>;

/// Arguments up to this many are put together on the native stack.
const INLINE: usize = 8;

impl Vm {
    /// `f(*args)`
    #[inline]
    pub fn call(&self, f: Value, args: &[Value]) -> Res {
        self.call_kw(f, args, None)
    }
    /// `f(receiver, *args)`
    pub fn call_with_self(&self, f: Value, receiver: Value, args: &[Value]) -> Res {
        self.call_kw_with_self(f, receiver, args, None)
    }
    pub fn call_kw_with_self(
        &self,
        f: Value,
        receiver: Value,
        args: &[Value],
        names: KwNames,
    ) -> Res {
        if args.len() < INLINE {
            let mut all = [Value::UNBOUND; INLINE];
            all[0] = receiver;
            all[1..=args.len()].copy_from_slice(args);
            return self.call_kw(f, &all[..=args.len()], names);
        }
        let t = self.new_tuple_blank(args.len() + 1)?;
        t.slot(0).set(&self.heap, t, receiver);
        for (i, &v) in args.iter().enumerate() {
            t.slot(i + 1).set(&self.heap, t, v);
        }
        self.call_kw(f, t.items(), names)
    }
    /// Calls with the last `names.len()` arguments given by name.
    pub fn call_kw(&self, f: Value, args: &[Value], names: KwNames) -> Res {
        let Some(o) = self.object(f) else { return Err(self.not_callable(f)) };
        match o.shape() {
            core_shape::FUNCTION => {
                // SAFETY: the shape is that of functions.
                let function: Gc<Function> = unsafe { Gc::from_value(f) };
                self.call_function(function, args, names)
            }
            core_shape::NATIVE_FUNCTION | core_shape::NATIVE_METHOD => {
                // SAFETY: both shapes are native functions.
                let native: Gc<NativeFunction> = unsafe { Gc::from_value(f) };
                self.check_receiver(native, args)?;
                let v = self.call_native(native, args, names)?;
                // A native `__next__` may answer UNBOUND for "exhausted".
                if v.is_unbound() { Err(self.stop_iteration(Value::NONE)) } else { Ok(v) }
            }
            core_shape::BOUND_METHOD | core_shape::BOUND_NATIVE => {
                // SAFETY: both shapes hold a function and its receiver in the same places.
                let m: Gc<BoundMethod> = unsafe { Gc::from_value(f) };
                self.call_kw_with_self(m.function.get(), m.receiver.get(), args, names)
            }
            core_shape::NATIVE_CLASS_METHOD => {
                // SAFETY: the shape is that of native functions.
                let native: Gc<NativeFunction> = unsafe { Gc::from_value(f) };
                self.call_native(native, args, names)
            }
            _ => match self.as_class(f) {
                Some(class) => self.call_class(class, args, names),
                None => {
                    let class = self.class_of(f);
                    match self.special(class, Special::Call) {
                        Some(call) => {
                            self.enter_native()?;
                            let bound = match self.object(call).map(|o| o.shape()) {
                                Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD) => {
                                    self.call_kw_with_self(call, f, args, names)
                                }
                                _ => self
                                    .descriptor_get(call, f, class)
                                    .and_then(|bound| self.call_kw(bound, args, names)),
                            };
                            self.leave_native();
                            bound
                        }
                        _ => Err(self.not_callable(f)),
                    }
                }
            },
        }
    }
    #[cold]
    pub fn not_callable(&self, f: Value) -> crate::error::Raised {
        self.type_error(format!("'{}' object is not callable", self.type_name(f)))
    }
    /// An unbound native method demands a receiver of its class.
    #[inline]
    pub fn check_receiver(&self, f: Gc<NativeFunction>, args: &[Value]) -> Res<()> {
        if f.def.kind != DefKind::Method {
            return match f.def.kind {
                DefKind::Static => self.check_new_receiver(f, args),
                _ => Ok(()),
            };
        }
        let (Some(owner), Some(&receiver)) = (self.as_class(f.owner.get()), args.first()) else {
            return Ok(());
        };
        let class = self.class_of(receiver);
        if class == owner || self.is_subclass_exact(class, owner) {
            return Ok(());
        }
        let (name, owner, given) = (f.def.name, self.class_name(owner), self.type_name(receiver));
        Err(self.type_error(if name.starts_with("__") {
            format!("descriptor '{name}' requires a '{owner}' object but received a '{given}'")
        } else {
            format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{given}' object")
        }))
    }
    /// A native `__new__` demands a subclass of its owner whose instances its owner can make.
    fn check_new_receiver(&self, f: Gc<NativeFunction>, args: &[Value]) -> Res<()> {
        let Some(owner) = self.as_class(f.owner.get()) else { return Ok(()) };
        if args.first() == Some(&owner.value()) || f.def.name != "__new__" {
            return Ok(());
        }
        let name = self.display_name(owner);
        let Some(&receiver) = args.first() else {
            return Err(self.type_error(format!("{name}.__new__(): not enough arguments")));
        };
        let Some(class) = self.as_class(receiver) else {
            return Err(self.type_error(format!(
                "{name}.__new__(X): X is not a type object ({})",
                self.type_name(receiver)
            )));
        };
        let given = self.display_name(class);
        if !self.is_subclass_exact(class, owner) {
            return Err(self.type_error(format!(
                "{name}.__new__({given}): {given} is not a subtype of {name}"
            )));
        }
        // The most derived native base decides how instances are laid out: only its `__new__` is safe.
        let mut base = class;
        while base != owner
            && base.has(class_flag::MUTABLE)
            && let Some(b) = self.as_class(base.base.get())
        {
            base = b;
        }
        let safe = !base.has(class_flag::NO_NEW)
            && match self.special(base, Special::New) {
                Some(n) => n == f.value(),
                None => false,
            };
        if safe {
            return Ok(());
        }
        let base = self.display_name(base);
        Err(self.type_error(format!("{name}.__new__({given}) is not safe, use {base}.__new__()")))
    }
    /// `class(*args)` through the metaclass.
    pub fn call_class(&self, class: Gc<Class>, args: &[Value], names: KwNames) -> Res {
        let meta = self.class_of(class.value());
        if meta != self.classes().type_
            && let Some(call) = self.special(meta, Special::Call)
            && self
                .exact::<NativeFunction>(call, core_shape::NATIVE_METHOD)
                .is_none_or(|f| f.owner.get() != self.classes().type_.value())
        {
            let bound = self.descriptor_get(call, class.value(), meta)?;
            return self.call_kw(bound, args, names);
        }
        self.type_call(class, args, names)
    }
    /// `type.__call__`: `__new__`, then `__init__` if the result is an instance of the class.
    pub fn type_call(&self, class: Gc<Class>, args: &[Value], names: KwNames) -> Res {
        if class == self.classes().type_ && names.is_none() && args.len() == 1 {
            return Ok(self.class_of(args[0]).value());
        }
        if class == self.classes().type_ && args.len() - names.map_or(0, |n| n.len()) != 3 {
            return Err(self.type_error("type() takes 1 or 3 arguments"));
        }
        if class.has(class_flag::NO_NEW) {
            return Err(
                self.type_error(format!("cannot create '{}' instances", self.display_name(class)))
            );
        }
        let Some(new) = self.special(class, Special::New) else {
            return Err(
                self.type_error(format!("cannot create '{}' instances", self.display_name(class)))
            );
        };
        let new = match self.object(new).map(|o| o.shape()) {
            Some(core_shape::NATIVE_FUNCTION | core_shape::FUNCTION) => new,
            _ => self.descriptor_get(new, Value::UNBOUND, class)?,
        };
        if names.is_none()
            && let Some(made) = self.construct_natively(class, new, args)?
        {
            return Ok(made);
        }
        let object = if self.is_blank_new(new) {
            self.new_instance(class)?.value()
        } else {
            self.call_kw_with_self(new, class.value(), args, names)?
        };
        let made = self.class_of(object);
        if !self.is_subclass_exact(made, class) {
            return Ok(object);
        }
        // object.__init__ has nothing to say when another `__new__` has taken the arguments.
        let by_object = |f: Value, shape| {
            self.exact::<NativeFunction>(f, shape)
                .is_some_and(|n| n.owner.get() == self.classes().object.value())
        };
        if let Some(init) = self.special(made, Special::Init)
            && (by_object(new, core_shape::NATIVE_FUNCTION)
                || !by_object(init, core_shape::NATIVE_METHOD))
        {
            let result = match self.object(init).map(|o| o.shape()) {
                Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD) => {
                    self.call_kw_with_self(init, object, args, names)?
                }
                _ => {
                    let bound = self.descriptor_get(init, object, made)?;
                    self.call_kw(bound, args, names)?
                }
            };
            if !result.is_none() {
                return Err(self.init_result(result));
            }
        }
        Ok(object)
    }
    /// `class(*args)` of a built-in class whose `__new__` and `__init__` are native: no look-ups by name, no checks
    /// of receivers. `None` when the general way must be taken.
    pub(crate) fn construct_builtin(&self, class: Gc<Class>, args: &[Value]) -> Option<Res> {
        const FEW: usize = 3;
        if class == self.classes().str_
            && let &[x] = args
            && x.is_int()
        {
            return Some(self.str_of(x).map(Gc::value));
        }
        if class.has(class_flag::MUTABLE | class_flag::NO_NEW | class_flag::ABSTRACT)
            || args.len() > FEW
            || class == self.classes().type_
        {
            return None;
        }
        let native = |s: Special, shape| {
            self.special(class, s).and_then(|f| self.exact::<NativeFunction>(f, shape))
        };
        let new = native(Special::New, core_shape::NATIVE_FUNCTION)?;
        let init = native(Special::Init, core_shape::NATIVE_METHOD)?;
        let own = |f: Gc<NativeFunction>| f.owner.get() == class.value();
        if !own(new) || !(own(init) || init.owner.get() == self.classes().object.value()) {
            return None;
        }
        let mut all = [class.value(); FEW + 1];
        all[1..=args.len()].copy_from_slice(args);
        let object = if class.has(class_flag::BLANK_NEW) {
            self.new_instance(class).map(Gc::value)
        } else {
            self.call_native(new, &all[..=args.len()], None)
        };
        let object = match object {
            Ok(object) => object,
            Err(r) => return Some(Err(r)),
        };
        let made = self.class_of(object);
        if init.owner.get() == self.classes().object.value() || made != class {
            // `object` has nothing to add; and built-in classes that give something else leave it as it is.
            return Some(Ok(object));
        }
        all[0] = object;
        Some(self.call_native(init, &all[..=args.len()], None).map(|_| object))
    }
    /// A native `__new__` that only makes a blank instance: calling it is not worth the binding of arguments.
    #[inline]
    pub(crate) fn is_blank_new(&self, new: Value) -> bool {
        self.exact::<NativeFunction>(new, core_shape::NATIVE_FUNCTION)
            .and_then(|f| self.as_class(f.owner.get()))
            .is_some_and(|owner| owner.has(class_flag::BLANK_NEW))
    }
    /// Instances that need no calls at all: `object()` and its likes without arguments, and exceptions that only
    /// keep their arguments.
    fn construct_natively(
        &self,
        class: Gc<Class>,
        new: Value,
        args: &[Value],
    ) -> Res<Option<Value>> {
        let owner = |f: Value, shape| self.exact::<NativeFunction>(f, shape).map(|n| n.owner.get());
        let Some(by_new) = owner(new, core_shape::NATIVE_FUNCTION) else { return Ok(None) };
        let init = self.special(class, Special::Init);
        if init.and_then(|i| owner(i, core_shape::NATIVE_METHOD)) != Some(by_new) {
            return Ok(None);
        }
        if by_new == self.classes().object.value() {
            let plain = args.is_empty() && !class.has(class_flag::ABSTRACT);
            return if plain { Ok(Some(self.new_instance(class)?.value())) } else { Ok(None) };
        }
        match self.exceptions_if_made() {
            Some(x) if by_new == x.base_exception.value() => {
                Ok(Some(self.new_exception(class, args)?.value()))
            }
            _ => Ok(None),
        }
    }
    #[cold]
    pub fn init_result(&self, result: Value) -> crate::error::Raised {
        self.type_error(format!("__init__() should return None, not '{}'", self.type_name(result)))
    }
    /// The class's name with its module, as some messages show it.
    pub fn display_name(&self, class: Gc<Class>) -> String {
        let name = self.as_str(class.qualname.get()).map_or_else(String::new, |s| s.to_lossy());
        match self
            .dict_get_str(self.class_dict(class), self.names().module)
            .and_then(|m| self.as_str(m))
        {
            Some(m) if !m.is("builtins") => format!("{}.{name}", m.to_lossy()),
            _ => name,
        }
    }
    /// As `display_name`, but classes of `__main__` go without their module (CPython's `%T`).
    pub fn full_name(&self, class: Gc<Class>) -> String {
        let name = self.display_name(class);
        name.strip_prefix("__main__.").map_or(name.clone(), str::to_owned)
    }
    /// Calls with a dict of keyword arguments (whose keys must be strings) besides `args`.
    pub fn call_dict(&self, f: Value, args: &[Value], kwargs: Option<Gc<Dict>>) -> Res {
        let Some(d) = kwargs.filter(|d| !d.is_empty()) else { return self.call(f, args) };
        let names = self.new_tuple_blank(d.len())?;
        let all = self.new_tuple_blank(args.len() + d.len())?;
        for (i, &v) in args.iter().enumerate() {
            all.slot(i).set(&self.heap, all, v);
        }
        let (mut row, mut i) = (0, 0);
        while let Some(r) = d.next_row(row) {
            if let Some((k, v)) = d.row(r) {
                if self.as_str(k).is_none() {
                    return Err(self.type_error("keywords must be strings"));
                }
                names.slot(i).set(&self.heap, names, k);
                all.slot(args.len() + i).set(&self.heap, all, v);
                i += 1;
            }
            row = r + 1;
        }
        self.call_kw(f, all.items(), Some(names))
    }
    pub fn is_callable(&self, v: Value) -> bool {
        self.special(self.class_of(v), Special::Call).is_some()
    }
    /// Counts a nested native call; RecursionError when the native stack or the recursion limit is used up.
    pub fn enter_native(&self) -> Res<()> {
        if self.stack.native_stack_low() {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        let depth = self.native_depth.get() + 1;
        if depth + self.stack.depth() > self.recursion_limit.get() {
            return Err(self.recursion_error("maximum recursion depth exceeded"));
        }
        self.native_depth.set(depth);
        Ok(())
    }
    pub fn leave_native(&self) {
        self.native_depth.set(self.native_depth.get() - 1);
    }
}
