//! Classes at work: searching them, making native ones, and telling caches when they change.

use super::lookup_cache::{Found, Key};
use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use core::cell::{Cell, RefCell};
use pyrs_heap::{Gc, Header, ShapeId, Slot, Value, flag};

impl Vm {
    /// The class of any value.
    #[inline]
    pub fn class_of(&self, v: Value) -> Gc<Class> {
        if let Some(o) = self.object(v) {
            return self.shape(o.shape()).class;
        }
        let c = self.classes();
        match v {
            _ if v.is_int() => c.int,
            _ if v.is_inline_float() => c.float,
            Value::NONE => c.none,
            Value::TRUE | Value::FALSE => c.bool_,
            Value::NOT_IMPLEMENTED => c.not_implemented,
            Value::ELLIPSIS => c.ellipsis,
            _ => c.object,
        }
    }
    /// The name of the class of a value, as error messages show it: native classes of modules with their module.
    pub fn type_name(&self, v: Value) -> String {
        let class = self.class_of(v);
        if class.has(class_flag::MUTABLE) {
            return self.class_name(class);
        }
        self.display_name(class)
    }
    /// `__name__`
    pub fn class_name(&self, c: Gc<Class>) -> String {
        self.as_str(c.name.get()).map_or_else(String::new, |s| s.to_lossy())
    }
    pub fn mro(&self, c: Gc<Class>) -> Gc<Tuple> {
        // SAFETY: `mro` is a tuple from the time the class is finished.
        unsafe { Gc::from_value(c.mro.get()) }
    }
    pub fn class_dict(&self, c: Gc<Class>) -> Gc<Dict> {
        // SAFETY: `dict` is a dict from the time the class is finished.
        unsafe { Gc::from_value(c.dict.get()) }
    }
    /// `b` is in the MRO of `a`.
    pub fn is_subclass_exact(&self, a: Gc<Class>, b: Gc<Class>) -> bool {
        a == b || self.mro(a).items().contains(&b.value())
    }
    pub fn is_instance_exact(&self, v: Value, c: Gc<Class>) -> bool {
        self.is_subclass_exact(self.class_of(v), c)
    }

    // ---- searching
    /// The attribute `name` (interned) in the MRO of `c`, as it stands in the class's dict.
    #[inline]
    pub fn lookup(&self, c: Gc<Class>, name: Gc<Str>) -> Option<Value> {
        let (about, name_address) = (c.value().bits(), name.value().bits());
        let key = Key { about, name: name_address, version: c.version.get() };
        if let Some(known) = self.method_cache.get(key) {
            return if known.value.is_unbound() { None } else { Some(known.value) };
        }
        let found = self.lookup_owner(c, name).map(|(_, v)| v);
        let value = found.unwrap_or(Value::UNBOUND);
        self.method_cache.put(key, Found { kind: SiteKind::Empty, index: 0, value });
        found
    }
    /// The class in the MRO of `c` whose dict holds `name`, and what it holds.
    pub fn lookup_owner(&self, c: Gc<Class>, name: Gc<Str>) -> Option<(Gc<Class>, Value)> {
        self.mro(c).items().iter().find_map(|&k| {
            let k = self.as_class(k)?;
            self.dict_get_str(self.class_dict(k), name).map(|v| (k, v))
        })
    }
    /// A special method of a class, cached; `None` if absent. A value of None blocks the operation.
    #[inline(always)]
    pub fn special(&self, c: Gc<Class>, s: Special) -> Option<Value> {
        let v = c.specials[s as usize].get();
        if v.is_unbound() {
            return self.fill_special(c, s);
        }
        if v == Value::NOT_IMPLEMENTED { None } else { Some(v) }
    }
    #[cold]
    #[inline(never)]
    fn fill_special(&self, c: Gc<Class>, s: Special) -> Option<Value> {
        let found = self.lookup(c, self.intern(s.text()));
        c.specials[s as usize].set(&self.heap, c, found.unwrap_or(Value::NOT_IMPLEMENTED));
        found
    }

    // ---- changing
    /// Sets or deletes an attribute in the class's own dict and tells the caches. False: nothing to delete.
    pub fn class_set(&self, c: Gc<Class>, name: Gc<Str>, v: Option<Value>) -> Res<bool> {
        // A trace that asks for this relies on what the class answers; it would go on.
        self.may_run_python()?;
        let d = self.class_dict(c);
        let name = self.intern_str(name);
        let present = match (v, self.dict_find_str(d, name)) {
            (Some(v), _) => {
                self.dict_set_str(d, name, v)?;
                true
            }
            (None, Some(row)) => {
                self.dict_remove_row(d, row);
                true
            }
            (None, None) => false,
        };
        self.class_changed(c);
        Ok(present)
    }
    /// A property, static or class method that may stand in any class is given other functions: caches remember
    /// the functions themselves, so all classes get new versions. Only a second `__init__` does this.
    #[cold]
    pub fn descriptor_changed(&self) {
        for c in self.all_classes.borrow().iter() {
            self.set_version(*c, self.next_class_version(), false);
        }
    }
    fn set_version(&self, c: Gc<Class>, version: u32, changing: bool) {
        c.version.set(version);
        let flags = c.flags.get();
        if flags & class_flag::WATCHED != 0 {
            let now = if changing { class_flag::CHANGING } else { 0 };
            c.flags.set(flags & !class_flag::WATCHED | now);
            self.jit.invalidate();
        }
    }
    /// New versions and empty caches for a class and its subclasses.
    pub fn class_changed(&self, c: Gc<Class>) {
        let since = self.next_class_version();
        self.set_version(c, since, true);
        self.caches_changed(c, since);
    }
    /// `since`: versions from here on are those of classes that have been seen to.
    fn caches_changed(&self, c: Gc<Class>, since: u32) {
        for s in &c.specials {
            s.set(&self.heap, c, Value::UNBOUND);
        }
        if let Some(subs) = self.as_list(c.subclasses.get()) {
            for i in 0..subs.len() {
                if let Some(k) = subs.get(i).and_then(|k| self.as_class(k))
                    && k.version.get() < since
                {
                    self.set_version(k, self.next_class_version(), true);
                    self.caches_changed(k, since);
                }
            }
        }
        if c.has(class_flag::TYPE_SUBCLASS) && c != self.classes().type_ {
            // What its classes answer may depend on the metaclass, and caches look at the classes' versions only.
            for &k in self.all_classes.borrow().iter() {
                if self.class_of(k.value()) == c && k.version.get() < since {
                    self.set_version(k, self.next_class_version(), true);
                }
            }
        }
        if !c.mro.get().is_unbound() && self.special(c, Special::Del).is_some() {
            c.flags.set(c.flags.get() | class_flag::FINALISER);
        }
    }

    // ---- making native classes
    /// Fills in a class's name, single base, MRO and namespace.
    pub(crate) fn fill_class(
        &self,
        c: Gc<Class>,
        dotted: &str,
        base: Option<Gc<Class>>,
        doc: &str,
    ) -> Res<()> {
        let (module, name) = dotted.rsplit_once('.').unwrap_or(("builtins", dotted));
        let n = self.intern(name).value();
        c.name.set(&self.heap, c, n);
        c.qualname.set(&self.heap, c, n);
        let dict = self.new_dict()?;
        c.dict.set(&self.heap, c, dict.value());
        let base_value = base.map(|b| b.value());
        let bases = self.new_tuple(base_value.as_slice())?;
        c.bases.set(&self.heap, c, bases.value());
        c.base.set(&self.heap, c, base_value.unwrap_or(Value::NONE));
        let subs = self.new_list()?;
        c.subclasses.set(&self.heap, c, subs.value());
        let rest: &[Value] = match &base {
            Some(b) => self.mro(*b).as_static_items(),
            None => &[],
        };
        let mro = self.new_tuple_blank(rest.len() + 1)?;
        mro.slot(0).set(&self.heap, mro, c.value());
        for (i, &k) in rest.iter().enumerate() {
            mro.slot(i + 1).set(&self.heap, mro, k);
        }
        c.mro.set(&self.heap, c, mro.value());
        if let Some(b) = base {
            c.flags.set(c.flags.get() | (b.flags.get() & class_flag::INHERITED));
            if let Some(subs) = self.as_list(b.subclasses.get()) {
                self.list_append(subs, c.value())?;
            }
        }
        // Classes of `builtins` have no `__module__` of their own, lest their instances show one.
        if module != "builtins" {
            self.dict_set_str(dict, self.names().module, self.intern(module).value())?;
        }
        let doc = if doc.is_empty() { Value::NONE } else { self.str(doc)? };
        self.dict_set_str(dict, self.names().doc, doc)
    }
    /// Makes a class from a native module's description. `base` None means `object`.
    pub fn define_class(
        &self,
        spec: &'static ClassSpec,
        base: Option<Gc<Class>>,
    ) -> Res<Gc<Class>> {
        let base = base.unwrap_or(self.classes().object);
        let c = self.bare_class_object(self.classes().type_, spec.layout, spec.flags)?;
        self.fill_class(c, spec.name, Some(base), spec.doc)?;
        let inherited = base.fixed_slots.get();
        c.fixed_slots.set(inherited + spec.fields.len() as u32);
        c.wrapped.set(base.wrapped.get());
        self.make_root_shape(c)?;
        for (i, &field) in spec.fields.iter().enumerate() {
            self.add_member(c, field, inherited + i as u32, true)?;
        }
        if spec.flags & class_flag::HAS_DICT != 0 && self.lookup(c, self.names().dict).is_none() {
            self.extend_class(c, &[], INSTANCE_DICT)?;
        }
        self.extend_class(c, spec.methods, spec.getset)?;
        let key = spec.layout as *const NativeLayout as usize;
        self.native_classes.borrow_mut().entry(key).or_insert(c);
        Ok(c)
    }
    /// The class that `define_class` made first for objects laid out as `T`; `object` if there is none.
    pub fn native_class<T: Native>(&self) -> Gc<Class> {
        let key = T::layout() as *const NativeLayout as usize;
        self.native_classes.borrow().get(&key).copied().unwrap_or(self.classes().object)
    }
    /// Adds native methods and attributes to a class.
    pub fn extend_class(
        &self,
        c: Gc<Class>,
        methods: &'static [NativeDef],
        getset: &'static [GetSetDef],
    ) -> Res<()> {
        let dict = self.class_dict(c);
        for def in methods {
            let mut f = self.new_native(def, Some(c), Value::NONE)?;
            if def.kind == DefKind::Static && def.name != "__new__" {
                f = self.new_static_method(f)?;
            }
            self.dict_set_str(dict, self.intern(def.name), f)?;
        }
        for def in getset {
            let (header, owner) = (Header::new(core_shape::GETSET, 0), Slot::new(c.value()));
            let g = self.alloc(GetSet { header, owner, def })?;
            self.dict_set_str(dict, self.intern(def.name), g.value())?;
        }
        self.class_changed(c);
        Ok(())
    }
    /// A native function object.
    pub fn new_native(
        &self,
        def: &'static NativeDef,
        owner: Option<Gc<Class>>,
        module: Value,
    ) -> Res {
        let shape = match (owner, def.kind) {
            (Some(_), DefKind::Method) => core_shape::NATIVE_METHOD,
            (Some(_), DefKind::Class) => core_shape::NATIVE_CLASS_METHOD,
            _ => core_shape::NATIVE_FUNCTION,
        };
        let f = self.alloc(NativeFunction {
            header: Header::new(shape, 0),
            module: Slot::new(module),
            owner: Slot::new(owner.map_or(Value::UNBOUND, |c| c.value())),
            def,
            parsed: Cell::new(core::ptr::null()),
            exact: Cell::new(u32::MAX),
        })?;
        Ok(f.value())
    }
    pub fn new_static_method(&self, function: Value) -> Res {
        let header = Header::new(core_shape::STATIC_METHOD, 0);
        let (function, dict) = (Slot::new(function), Slot::new(Value::UNBOUND));
        Ok(self.alloc(StaticMethod { header, function, dict })?.value())
    }
    /// Adds a member descriptor for fixed slot `slot`.
    pub fn add_member(&self, c: Gc<Class>, name: &str, slot: u32, none_if_unset: bool) -> Res<()> {
        let name = self.intern(name);
        let m = self.alloc(Member {
            header: Header::new(core_shape::MEMBER, 0),
            owner: Slot::new(c.value()),
            name: Slot::new(name.value()),
            slot: Cell::new(slot),
            none_if_unset: Cell::new(none_if_unset),
            read_only: Cell::new(false),
        })?;
        self.dict_set_str(self.class_dict(c), name, m.value())
    }
    /// A class object without name, bases or namespace; pinned.
    pub fn bare_class_object(
        &self,
        meta: Gc<Class>,
        layout: &'static NativeLayout,
        flags: u32,
    ) -> Res<Gc<Class>> {
        let version = self.next_class_version();
        let c = self.alloc(Class::blank(meta.root_shape.get(), layout, flags, version))?;
        self.heap.pin(c.value());
        self.fresh_pinned.borrow_mut().push(c.value());
        self.all_classes.borrow_mut().push(c);
        Ok(c)
    }

    // ---- shapes of instances
    /// Makes the shape of a class's fresh instances from its layout, fixed slots and flags.
    pub fn make_root_shape(&self, c: Gc<Class>) -> Res<()> {
        let has_dict = c.has(class_flag::HAS_DICT)
            && !c.has(class_flag::TYPE_SUBCLASS)
            && !self.layout_has_dict(c.layout);
        let fixed = c.fixed_slots.get();
        let room = if has_dict { c.capacity_hint.get().max(1) } else { 0 };
        let mode = if has_dict { AttributeMode::Slots } else { AttributeMode::None };
        let shape = self.new_shape_row(c, mode, fixed, fixed + room, Vec::new(), None)?;
        c.root_shape.set(shape.id);
        Ok(())
    }
    /// Objects of this layout keep their `__dict__` in a field of the layout.
    pub fn layout_has_dict(&self, layout: &'static NativeLayout) -> bool {
        let dicts =
            [Module::layout(), Function::layout(), StaticMethod::layout(), ClassMethod::layout()];
        dicts.iter().any(|l| core::ptr::eq(*l, layout))
    }
    fn new_shape_row(
        &self,
        class: Gc<Class>,
        mode: AttributeMode,
        fixed: u32,
        capacity: u32,
        names: Vec<Gc<Str>>,
        parent: Option<ShapeId>,
    ) -> Res<&'static ShapeInfo> {
        let wrapped = class.wrapped.get();
        let layout = class.layout;
        let size = if wrapped { Wrapped::layout().size } else { layout.size };
        let heap_layout = self.heap_layout(layout, wrapped);
        self.add_shape(
            |id| ShapeInfo {
                id,
                class,
                layout,
                wrapped,
                mode,
                fixed,
                capacity,
                slot_base: (size / size_of::<Slot>()) as u32,
                names,
                parent,
                transitions: RefCell::default(),
                dict_shape: Cell::new(None),
            },
            heap_layout,
        )
    }
    /// The shape an instance of `s` takes when it gains attribute `name`; `None` when it has no room.
    pub fn shape_with(
        &self,
        s: &'static ShapeInfo,
        name: Gc<Str>,
    ) -> Res<Option<&'static ShapeInfo>> {
        if s.mode != AttributeMode::Slots || s.fixed as usize + s.names.len() >= s.capacity as usize
        {
            return Ok(None);
        }
        if let Some(&(_, id)) = s.transitions.borrow().iter().find(|&&(n, _)| n == name) {
            return Ok(Some(self.shape(id)));
        }
        let mut names = s.names.clone();
        names.push(name);
        let t = self.new_shape_row(s.class, s.mode, s.fixed, s.capacity, names, Some(s.id))?;
        s.transitions.borrow_mut().push((name, t.id));
        Ok(Some(t))
    }
    /// The dict shape for instances as wide as those of `s`.
    pub fn dict_shape(&self, s: &'static ShapeInfo) -> Res<&'static ShapeInfo> {
        if let Some(id) = s.dict_shape.get() {
            return Ok(self.shape(id));
        }
        let t = self.new_shape_row(
            s.class,
            AttributeMode::Dict,
            s.fixed,
            s.capacity,
            Vec::new(),
            None,
        )?;
        s.dict_shape.set(Some(t.id));
        Ok(t)
    }

    /// A fresh instance of a class: zeroed fields, UNBOUND slots.
    #[inline]
    pub fn new_instance(&self, c: Gc<Class>) -> Res<Gc<Header>> {
        let shape = self.shape(c.root_shape.get());
        let slots = shape.capacity as usize;
        let size = (shape.slot_base as usize + slots) * size_of::<Slot>();
        let finaliser = if c.has(class_flag::FINALISER) { flag::FINALISER } else { 0 };
        let p = self.alloc_raw(size, Header::with_flags(shape.id, finaliser, slots as u32))?;
        // SAFETY: fresh memory headed by its header.
        let o = unsafe { Gc::from_ptr(p) };
        if finaliser != 0 {
            self.heap.register_finaliser(o);
        }
        Ok(o)
    }
    /// Makes `o` an instance of `c`, whose instances look the same up to the names in `__dict__`.
    pub fn move_to_class(&self, o: Gc<Header>, c: Gc<Class>) -> Res<()> {
        let old = self.shape(o.shape());
        let target = match old.mode {
            AttributeMode::None => self.shape(c.root_shape.get()),
            AttributeMode::Slots | AttributeMode::Dict => {
                self.to_dict_mode(o)?;
                let old = self.shape(o.shape());
                let key = (old.id, c.value().bits());
                let known = self.class_moves.borrow().get(&key).copied();
                match known {
                    Some(id) => self.shape(id),
                    None => {
                        let s = self.new_shape_row(
                            c,
                            AttributeMode::Dict,
                            old.fixed,
                            old.capacity,
                            Vec::new(),
                            None,
                        )?;
                        s.dict_shape.set(Some(s.id));
                        self.class_moves.borrow_mut().insert(key, s.id);
                        s
                    }
                }
            }
        };
        o.set_shape(target.id);
        if let Some(class) = self.as_class(o.value()) {
            // Another metaclass: what the class answers may change.
            self.class_changed(class);
        }
        if c.has(class_flag::FINALISER) && !o.has(flag::FINALISER) {
            o.set_flags(flag::FINALISER);
            self.heap.register_finaliser(o);
        }
        Ok(())
    }
    /// An instance of `c` around an exact base value (for subclasses of variable-sized types).
    pub fn new_wrapped(&self, c: Gc<Class>, inner: Value) -> Res {
        let o = self.new_instance(c)?;
        // SAFETY: the class is a wrapped one, so its instances are `Wrapped`.
        let w: Gc<Wrapped> = unsafe { o.cast() };
        w.inner.set(&self.heap, w, inner);
        Ok(w.value())
    }
}

/// `__dict__` of native classes whose instances take attributes.
static INSTANCE_DICT: &[GetSetDef] = &[GetSetDef {
    name: "__dict__",
    get: |vm, v| match vm.instance_dict(v)? {
        Some(d) => Ok(d.value()),
        None => Err(vm.no_attribute(v, vm.names().dict)),
    },
    set: Some(|vm, v, new| {
        let Some(d) = new.and_then(|n| vm.as_dict(n)) else {
            return Err(vm.type_error("__dict__ must be set to a dictionary"));
        };
        vm.set_instance_dict(v, d).map(drop)
    }),
    doc: "dictionary for instance variables",
}];
