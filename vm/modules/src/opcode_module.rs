//! `_opcode`: facts about the opcodes that `opcode` and `dis` name.
//!
//! Those modules list the numbers of the reference implementation (`_opcode_metadata`), so the facts are told for
//! these names. The machine itself runs a register bytecode, which has no evaluation stack: `stack_effect` knows no
//! opcode.

use pyrs_core::{NativeDef, Res, Value, Vm};

/// Opcode names by property.
const CONSTS: &[&str] = &["LOAD_CONST"];
const NAMES: &[&str] = &[
    "DELETE_ATTR",
    "DELETE_GLOBAL",
    "DELETE_NAME",
    "IMPORT_FROM",
    "IMPORT_NAME",
    "LOAD_ATTR",
    "LOAD_FROM_DICT_OR_GLOBALS",
    "LOAD_GLOBAL",
    "LOAD_NAME",
    "LOAD_SUPER_ATTR",
    "STORE_ATTR",
    "STORE_GLOBAL",
    "STORE_NAME",
    "LOAD_METHOD",
    "LOAD_SUPER_METHOD",
    "LOAD_ZERO_SUPER_ATTR",
    "LOAD_ZERO_SUPER_METHOD",
];
const JUMPS: &[&str] = &[
    "END_ASYNC_FOR",
    "FOR_ITER",
    "JUMP",
    "JUMP_BACKWARD",
    "JUMP_BACKWARD_NO_INTERRUPT",
    "JUMP_FORWARD",
    "JUMP_IF_FALSE",
    "JUMP_IF_TRUE",
    "JUMP_NO_INTERRUPT",
    "POP_JUMP_IF_FALSE",
    "POP_JUMP_IF_NONE",
    "POP_JUMP_IF_NOT_NONE",
    "POP_JUMP_IF_TRUE",
    "SEND",
];
const FREES: &[&str] = &[
    "COPY_FREE_VARS",
    "DELETE_DEREF",
    "LOAD_CLOSURE",
    "LOAD_DEREF",
    "LOAD_FROM_DICT_OR_DEREF",
    "MAKE_CELL",
    "STORE_DEREF",
];
const LOCALS: &[&str] = &[
    "DELETE_FAST",
    "LOAD_CLOSURE",
    "LOAD_FAST",
    "LOAD_FAST_AND_CLEAR",
    "LOAD_FAST_BORROW",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
    "LOAD_FAST_CHECK",
    "LOAD_FAST_LOAD_FAST",
    "STORE_FAST",
    "STORE_FAST_LOAD_FAST",
    "STORE_FAST_MAYBE_NULL",
    "STORE_FAST_STORE_FAST",
];
const EXCEPTIONS: &[&str] = &["SETUP_CLEANUP", "SETUP_FINALLY", "SETUP_WITH"];

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "stack_effect",
        "(opcode, oparg=None, /, *, jump=None)",
        |vm, _| Err(vm.value_error("invalid opcode or oparg: the bytecode has no stack")),
        "Compute the stack effect of the opcode.",
    ),
    NativeDef::function(
        "is_valid",
        "(opcode)",
        |vm, a| Ok(Value::bool(name_of(vm, a[0])?.is_some())),
        "Return True if opcode is valid, False otherwise.",
    ),
    NativeDef::function(
        "has_arg",
        "(opcode)",
        has_arg,
        "Return True if the opcode uses its oparg, False otherwise.",
    ),
    NativeDef::function(
        "has_const",
        "(opcode)",
        |vm, a| is_one_of(vm, a[0], CONSTS),
        "Return True if the opcode accesses a constant, False otherwise.",
    ),
    NativeDef::function(
        "has_name",
        "(opcode)",
        |vm, a| is_one_of(vm, a[0], NAMES),
        "Return True if the opcode accesses an attribute by name, False otherwise.",
    ),
    NativeDef::function(
        "has_jump",
        "(opcode)",
        |vm, a| is_one_of(vm, a[0], JUMPS),
        "Return True if the opcode has a jump target, False otherwise.",
    ),
    NativeDef::function(
        "has_free",
        "(opcode)",
        |vm, a| is_one_of(vm, a[0], FREES),
        "Return True if the opcode accesses a free variable, False otherwise.\n\nNote that 'free' in this context refers to names in the current scope\nthat are referenced by inner scopes or names in the current scope that\nare bound outside it.",
    ),
    NativeDef::function(
        "has_local",
        "(opcode)",
        |vm, a| is_one_of(vm, a[0], LOCALS),
        "Return True if the opcode accesses a local variable, False otherwise.",
    ),
    NativeDef::function(
        "has_exc",
        "(opcode)",
        |vm, a| is_one_of(vm, a[0], EXCEPTIONS),
        "Return True if the opcode sets an exception handler, False otherwise.",
    ),
    NativeDef::function(
        "get_specialization_stats",
        "()",
        |_, _| Ok(Value::NONE),
        "Return the specialization stats",
    ),
    NativeDef::function("get_nb_ops", "()", nb_ops, "Return array of symbols of binary ops."),
    NativeDef::function(
        "get_intrinsic1_descs",
        "()",
        |vm, _| texts(vm, INTRINSICS_1),
        "Return a list of names of the unary intrinsics.",
    ),
    NativeDef::function(
        "get_intrinsic2_descs",
        "()",
        |vm, _| texts(vm, INTRINSICS_2),
        "Return a list of names of the binary intrinsics.",
    ),
    NativeDef::function(
        "get_special_method_names",
        "()",
        |vm, _| texts(vm, SPECIAL_METHODS),
        "Return a list of special method names.",
    ),
    NativeDef::function(
        "get_executor",
        "(*, code, offset)",
        |vm, _| Err(vm.value_error("no executor exists at the given offset")),
        "Return the executor object at offset in code if exists, None otherwise.",
    ),
];
const INTRINSICS_1: &[&str] = &[
    "INTRINSIC_1_INVALID",
    "INTRINSIC_PRINT",
    "INTRINSIC_IMPORT_STAR",
    "INTRINSIC_STOPITERATION_ERROR",
    "INTRINSIC_ASYNC_GEN_WRAP",
    "INTRINSIC_UNARY_POSITIVE",
    "INTRINSIC_LIST_TO_TUPLE",
    "INTRINSIC_TYPEVAR",
    "INTRINSIC_PARAMSPEC",
    "INTRINSIC_TYPEVARTUPLE",
    "INTRINSIC_SUBSCRIPT_GENERIC",
    "INTRINSIC_TYPEALIAS",
];
const INTRINSICS_2: &[&str] = &[
    "INTRINSIC_2_INVALID",
    "INTRINSIC_PREP_RERAISE_STAR",
    "INTRINSIC_TYPEVAR_WITH_BOUND",
    "INTRINSIC_TYPEVAR_WITH_CONSTRAINTS",
    "INTRINSIC_SET_FUNCTION_TYPE_PARAMS",
    "INTRINSIC_SET_TYPEPARAM_DEFAULT",
];
const SPECIAL_METHODS: &[&str] = &["__enter__", "__exit__", "__aenter__", "__aexit__"];
/// Name and symbol, in the order of the operator numbers; in-place forms follow.
const OPERATORS: &[(&str, &str)] = &[
    ("ADD", "+"),
    ("AND", "&"),
    ("FLOOR_DIVIDE", "//"),
    ("LSHIFT", "<<"),
    ("MATRIX_MULTIPLY", "@"),
    ("MULTIPLY", "*"),
    ("REMAINDER", "%"),
    ("OR", "|"),
    ("POWER", "**"),
    ("RSHIFT", ">>"),
    ("SUBTRACT", "-"),
    ("TRUE_DIVIDE", "/"),
    ("XOR", "^"),
];

pub(crate) fn init(vm: &Vm) -> Res {
    Ok(vm.new_native_module("_opcode", "Opcode support module.", FUNCTIONS)?.value())
}
fn texts(vm: &Vm, list: &[&str]) -> Res {
    let out = vm.new_list()?;
    for t in list {
        vm.list_append(out, vm.intern(t).value())?;
    }
    Ok(out.value())
}
fn nb_ops(vm: &Vm, _: &[Value]) -> Res {
    let out = vm.new_list()?;
    let add = |name: String, symbol: String| {
        let pair = vm.tuple(&[vm.str(&name)?, vm.str(&symbol)?])?;
        vm.list_append(out, pair)
    };
    for (name, symbol) in OPERATORS {
        add(format!("NB_{name}"), (*symbol).to_owned())?;
    }
    for (name, symbol) in OPERATORS {
        add(format!("NB_INPLACE_{name}"), format!("{symbol}="))?;
    }
    add("NB_SUBSCR".to_owned(), "[]".to_owned())?;
    Ok(out.value())
}
/// The name of an opcode number in `_opcode_metadata.opmap`.
fn name_of(vm: &Vm, op: Value) -> Res<Option<String>> {
    let n = vm.int_i64(op)?;
    let metadata = vm.import_module("_opcode_metadata")?;
    let map = vm.get_attr(metadata, vm.intern("opmap"))?;
    let Some(d) = vm.as_dict(map) else { return Ok(None) };
    let mut row = 0;
    while let Some(r) = d.next_row(row) {
        if let Some((k, v)) = d.row(r)
            && v.as_int() == Some(n as isize)
        {
            return Ok(vm.as_str(k).map(|s| s.to_lossy()));
        }
        row = r + 1;
    }
    Ok(None)
}
fn is_one_of(vm: &Vm, op: Value, names: &[&str]) -> Res {
    let n = vm.int_i64(op)? as isize;
    let metadata = vm.import_module("_opcode_metadata")?;
    let map = vm.get_attr(metadata, vm.intern("opmap"))?;
    let Some(d) = vm.as_dict(map) else { return Ok(Value::FALSE) };
    let number = |name: &&str| vm.dict_get_str(d, vm.intern(name)).and_then(|v| v.as_int());
    Ok(Value::bool(names.iter().any(|name| number(name) == Some(n))))
}
fn has_arg(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.int_i64(a[0])?;
    let metadata = vm.import_module("_opcode_metadata")?;
    let first = vm.int_i64(vm.get_attr(metadata, vm.intern("HAVE_ARGUMENT"))?)?;
    let Some(name) = name_of(vm, a[0])? else { return Ok(Value::FALSE) };
    // Beyond the real opcodes lie pseudo ones, of which these take none.
    let bare =
        ["ANNOTATIONS_PLACEHOLDER", "POP_BLOCK", "CACHE", "RESERVED"].contains(&name.as_str());
    Ok(Value::bool(n > first && !bare))
}
