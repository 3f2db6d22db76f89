//! `_symtable`: the compiler's symbol tables as objects.

use core::cell::Cell;
use pyrs_compiler::{Block, Options, SCOPE_OFFSET};
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_syntax::Mode;

#[repr(C)]
struct Entry {
    header: Header,
    name: Slot,
    /// dict: name to flags
    symbols: Slot,
    /// list of names
    varnames: Slot,
    /// list of entries
    children: Slot,
    id: Cell<usize>,
    kind: Cell<u8>,
    line: Cell<u32>,
    nested: Cell<bool>,
}
native_object!(Entry, "symtable entry", slots = 4);

fn this(vm: &Vm, v: Value) -> Res<Gc<Entry>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a symbol table entry is required"))
}
static SPEC: ClassSpec = ClassSpec {
    name: "symtable entry",
    layout: <Entry as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self).")],
    getset: &[
        GetSetDef::read_only("id", |vm, v| vm.int_usize(this(vm, v)?.id.get()), ""),
        GetSetDef::read_only("name", |vm, v| Ok(this(vm, v)?.name.get()), ""),
        GetSetDef::read_only("symbols", |vm, v| Ok(this(vm, v)?.symbols.get()), ""),
        GetSetDef::read_only("varnames", |vm, v| Ok(this(vm, v)?.varnames.get()), ""),
        GetSetDef::read_only("children", |vm, v| Ok(this(vm, v)?.children.get()), ""),
        GetSetDef::read_only("nested", |vm, v| vm.int(this(vm, v)?.nested.get().into()), ""),
        GetSetDef::read_only("type", |vm, v| vm.int(this(vm, v)?.kind.get().into()), ""),
        GetSetDef::read_only("lineno", |vm, v| vm.int(this(vm, v)?.line.get().into()), ""),
    ],
    fields: &[],
};
static FUNCTIONS: &[NativeDef] = &[NativeDef::function(
    "symtable",
    "(source, filename, startstr, /)",
    symtable,
    "Return symbol and scope dictionaries used internally by compiler.",
)];
/// Uses, scopes and kinds of blocks by their names.
const NUMBERS: &[(&str, i64)] = &[
    ("USE", 16),
    ("DEF_GLOBAL", 1),
    ("DEF_NONLOCAL", 8),
    ("DEF_LOCAL", 2),
    ("DEF_PARAM", 4),
    ("DEF_TYPE_PARAM", 1024),
    ("DEF_FREE_CLASS", 64),
    ("DEF_IMPORT", 128),
    ("DEF_BOUND", 2 | 4 | 128 | 1024),
    ("DEF_ANNOT", 256),
    ("DEF_COMP_ITER", 512),
    ("DEF_COMP_CELL", 2048),
    ("SCOPE_OFF", SCOPE_OFFSET as i64),
    ("SCOPE_MASK", 15),
    ("LOCAL", 1),
    ("GLOBAL_EXPLICIT", 2),
    ("GLOBAL_IMPLICIT", 3),
    ("FREE", 4),
    ("CELL", 5),
    ("TYPE_FUNCTION", 0),
    ("TYPE_CLASS", 1),
    ("TYPE_MODULE", 2),
    ("TYPE_ANNOTATION", 3),
    ("TYPE_TYPE_ALIAS", 4),
    ("TYPE_TYPE_PARAMETERS", 5),
    ("TYPE_TYPE_VARIABLE", 6),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_symtable", "", FUNCTIONS)?;
    vm.define_class(&SPEC, None)?;
    for &(name, n) in NUMBERS {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    Ok(m.value())
}
fn source_of(vm: &Vm, v: Value) -> Res<String> {
    if let Some(s) = vm.as_str(v) {
        return Ok(s.to_lossy());
    }
    let Some(b) = vm.try_buffer(v)? else {
        return Err(vm.type_error("symtable() arg 1 must be a string or bytes"));
    };
    match pyrs_syntax::decode_source(b.data()) {
        Ok(text) => Ok(text.into()),
        Err(e) => Err(pyrs_builtins::raise_syntax_error(vm, &e, Value::NONE, None)),
    }
}
fn symtable(vm: &Vm, a: &[Value]) -> Res {
    let text = source_of(vm, a[0])?;
    let filename = match vm.as_str(a[1]) {
        Some(_) => a[1],
        None => vm.call_method(vm.import_module("os")?, "fsdecode", &[a[1]])?,
    };
    let mode = match vm.as_str(a[2]).map(|s| s.to_lossy()).as_deref() {
        Some("exec") => Mode::Exec,
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        _ => {
            let text = "symtable() arg 3 must be 'exec' or 'eval' or 'single'";
            return Err(vm.value_error(text));
        }
    };
    let wrong = |e| pyrs_builtins::raise_syntax_error(vm, &e, filename, Some(&text));
    let parsed =
        pyrs_syntax::parse(&text, mode, &pyrs_syntax::Options::default()).map_err(wrong)?;
    let blocks = pyrs_compiler::symbols(&parsed, &Options::default()).map_err(wrong)?;
    entry(vm, &blocks, 0)
}
fn entry(vm: &Vm, blocks: &[Block], i: usize) -> Res {
    let Some(b) = blocks.get(i) else { return Err(vm.system_error("no such block")) };
    vm.enter_native()?;
    let made = build(vm, blocks, b);
    vm.leave_native();
    made
}
fn build(vm: &Vm, blocks: &[Block], b: &Block) -> Res {
    let symbols = vm.new_dict()?;
    for (name, flags) in &b.symbols {
        vm.dict_set_str(symbols, vm.intern(name), vm.int((*flags).into())?)?;
    }
    let params = vm.new_list()?;
    for p in &b.params {
        vm.list_append(params, vm.str(p)?)?;
    }
    let children = vm.new_list()?;
    for &c in &b.children {
        vm.list_append(children, entry(vm, blocks, c)?)?;
    }
    let id = vm.unique_counter.get() + 1;
    vm.unique_counter.set(id);
    let e = vm.alloc(Entry {
        header: Header::new(vm.native_class::<Entry>().root_shape.get(), 0),
        name: Slot::new(vm.str(&b.name)?),
        symbols: Slot::new(symbols.value()),
        varnames: Slot::new(params.value()),
        children: Slot::new(children.value()),
        id: Cell::new(id as usize),
        kind: Cell::new(b.kind),
        line: Cell::new(b.line),
        nested: Cell::new(b.nested),
    })?;
    Ok(e.value())
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let e = this(vm, a[0])?;
    let name = vm.str_of(e.name.get())?.to_lossy();
    vm.str(&format!("<symtable entry {name}({}), line {}>", e.id.get(), e.line.get()))
}
