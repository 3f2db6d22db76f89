//! `compile`, `eval` and `exec`, and turning the parser's and compiler's errors into exceptions.

use pyrs_core::object::{ByteArray, Class, Code, Dict, Exception, NativeDef, Str};
use pyrs_core::{Gc, Raised, Res, Special, Value, Vm};
use pyrs_syntax::{ErrorClass, LineIndex, Mode, Parsed, SyntaxError, SyntaxWarning};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "compile",
        "(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
        compile,
        "Turns source (text, bytes or a syntax tree) into a code object for exec() or eval().\n\nmode is 'exec' for a module, 'single' for an interactive statement, 'eval' for an expression.",
    ),
    NativeDef::function(
        "eval",
        "(source, /, globals=None, locals=None)",
        eval,
        "Evaluates an expression, given as text or code, in the given namespaces.\n\nThe default is where the call stands.",
    ),
    NativeDef::function(
        "exec",
        "(source, /, globals=None, locals=None, *, closure=None)",
        exec,
        "Runs statements, given as text or code, in the given namespaces.\n\nThe default is where the call stands.",
    ),
];

/// Bits of `compile(flags=)` (cpython/compile.h).
mod flag {
    pub const DONT_IMPLY_DEDENT: u32 = 0x200;
    pub const ONLY_AST: u32 = 0x400;
    pub const TYPE_COMMENTS: u32 = 0x1000;
    pub const ALLOW_TOP_LEVEL_AWAIT: u32 = 0x2000;
    pub const ALLOW_INCOMPLETE_INPUT: u32 = 0x4000;
    pub const OPTIMIZED_AST: u32 = 0x8000 | ONLY_AST;
    pub const FUTURE: u32 = 0x1fe_0000;
    pub const ALL: u32 = DONT_IMPLY_DEDENT
        | TYPE_COMMENTS
        | ALLOW_TOP_LEVEL_AWAIT
        | ALLOW_INCOMPLETE_INPUT
        | OPTIMIZED_AST
        | FUTURE;
}

/// What `compile` is asked for, checked.
pub struct Request {
    pub mode: Mode,
    pub flags: u32,
    pub optimize: u8,
}

// ---- errors
impl Request {
    /// A plain compilation in `mode`.
    pub fn plain(vm: &Vm, mode: Mode) -> Request {
        Request { mode, flags: 0, optimize: vm.settings.optimize }
    }
}

fn class_of(vm: &Vm, class: ErrorClass) -> Gc<Class> {
    let x = vm.exc();
    match class {
        ErrorClass::Syntax => x.syntax_error,
        ErrorClass::Indentation => x.indentation_error,
        ErrorClass::Tab => x.tab_error,
        ErrorClass::IncompleteInput => x.incomplete_input_error,
        ErrorClass::Memory => x.memory_error,
        ErrorClass::Recursion => x.recursion_error,
        ErrorClass::Overflow => x.overflow_error,
    }
}

/// Raises the exception that a failed parse or compilation stands for, with all its fields. `source` is kept
/// for `traceback`'s guesses.
pub fn raise_syntax_error(
    vm: &Vm,
    error: &SyntaxError,
    filename: Value,
    source: Option<&str>,
) -> Raised {
    match syntax_error_object(vm, error, filename, source) {
        Ok(e) => vm.raise(e),
        Err(r) => r,
    }
}

fn syntax_error_object(
    vm: &Vm,
    error: &SyntaxError,
    filename: Value,
    source: Option<&str>,
) -> Res<Gc<Exception>> {
    let class = class_of(vm, error.class);
    let message = vm.str(&error.message)?;
    let has_place = vm.is_subclass_exact(class, vm.exc().syntax_error);
    if !has_place || error.line == 0 {
        let e = vm.new_exception(class, &[message])?;
        if has_place {
            vm.set_exception_field(e, 0, message);
        }
        return Ok(e);
    }
    let text = match &error.text {
        Some(t) => vm.str(t)?,
        None => Value::NONE,
    };
    let (end_line, end_column) = match error.end {
        Some((line, column)) => (vm.int(line.into())?, vm.int(column.into())?),
        None => (Value::NONE, Value::NONE),
    };
    let (line, column) = (vm.int(error.line.into())?, vm.int(error.column.into())?);
    let detail = [filename, line, column, text, end_line, end_column];
    let place = if error.end.is_some() { vm.tuple(&detail)? } else { vm.tuple(&detail[..4])? };
    let e = vm.new_exception(class, &[message, place])?;
    vm.set_exception_field(e, 0, message);
    for (i, &v) in detail.iter().enumerate() {
        vm.set_exception_field(e, i + 1, v);
    }
    if let (Some((line, column)), Some(source)) = (error.statement, source) {
        let facts = [vm.int(line.into())?, vm.int(column.into())?, vm.str(source)?];
        vm.set_exception_field(e, 8, vm.tuple(&facts)?);
    }
    Ok(e)
}

/// Issues SyntaxWarnings; one that a filter turns into an error becomes a SyntaxError at its place.
fn issue_warnings(
    vm: &Vm,
    warnings: &[SyntaxWarning],
    lines: &LineIndex,
    source: &str,
    filename: Value,
) -> Res<()> {
    if warnings.is_empty() {
        return Ok(());
    }
    let module = match vm.loaded_module("warnings") {
        Some(m) => m,
        None => match vm.catch(vm.import_module("warnings"), vm.exc().import_error)? {
            Some(m) => m,
            None => return Ok(()),
        },
    };
    for w in warnings {
        let place = lines.place(w.span.start);
        let message = vm.str(&w.message)?;
        let category = vm.exc().syntax_warning;
        let args = [message, category.value(), filename, vm.int(place.line.into())?];
        let issued = vm.call_method(module, "warn_explicit", &args);
        if vm.catch(issued, category)?.is_none() {
            let end = lines.place(w.span.end);
            let error = SyntaxError {
                class: ErrorClass::Syntax,
                // An error does not foretell one.
                message: w.message.replace(" Such sequences will not work in the future.", ""),
                line: place.line,
                column: lines.char_column(source, w.span.start) + 1,
                end: Some((end.line, lines.char_column(source, w.span.end) as i32 + 1)),
                text: source.get(lines.line_range(place.line)).map(Into::into),
                statement: None,
            };
            return Err(raise_syntax_error(vm, &error, filename, None));
        }
    }
    Ok(())
}

// ---- source text
/// The text of a source argument: a str, or bytes that declare their encoding.
fn source_text(vm: &Vm, source: Value, filename: Value, otherwise: &str) -> Res<String> {
    if let Some(s) = vm.as_str(source) {
        return utf8(vm, s);
    }
    let bytes: Vec<u8> = if let Some(b) = vm.as_bytes(source) {
        b.data().to_vec()
    } else if let Some(b) = vm.cast::<ByteArray>(source) {
        b.data().iter().map(|c| c.get()).collect()
    } else if vm.lookup(vm.class_of(source), vm.names().buffer).is_some() {
        let copy = vm.call(vm.classes().bytes.value(), &[source])?;
        vm.as_bytes(copy).map(|b| b.data().to_vec()).unwrap_or_default()
    } else {
        return Err(vm.type_error(otherwise));
    };
    match pyrs_syntax::decode_source(&bytes) {
        Ok(text) => Ok(text),
        Err(error) => match other_encoding(vm, &bytes)? {
            Some(text) => Ok(text),
            None => Err(raise_syntax_error(vm, &error, filename, None)),
        },
    }
}

/// Decodes by a codec of Python's own, if the source names one that the parser does not know.
fn other_encoding(vm: &Vm, bytes: &[u8]) -> Res<Option<String>> {
    if bytes.contains(&0) {
        return Ok(None);
    }
    let Some(name) = pyrs_syntax::declared_encoding(bytes) else { return Ok(None) };
    let decoded = vm.call_method(vm.bytes(bytes)?, "decode", &[vm.str(&name)?]);
    match decoded {
        Ok(s) => vm.as_str(s).map(|s| utf8(vm, s)).transpose(),
        Err(r) => {
            vm.take_exception(r);
            Ok(None)
        }
    }
}

/// A string as UTF-8; lone surrogates raise UnicodeEncodeError.
pub(crate) fn utf8(vm: &Vm, s: Gc<Str>) -> Res<String> {
    if let Some(text) = s.as_ascii() {
        return Ok(text.to_owned());
    }
    let points = s.points();
    let mut out = String::with_capacity(points.len() + points.len() / 2);
    for (i, c) in points.iter().enumerate() {
        match char::from_u32(c) {
            Some(c) => out.push(c),
            None => {
                let end =
                    i + points.iter().skip(i).take_while(|&c| char::from_u32(c).is_none()).count();
                return Err(crate::support::surrogates(vm, s, i, end)?);
            }
        }
    }
    Ok(out)
}

/// A line of a source file, for errors found after the text was parsed.
fn file_line(name: &str, line: u32) -> Option<Box<str>> {
    if line == 0 || name.starts_with('<') {
        return None;
    }
    let text = pyrs_syntax::decode_source(&std::fs::read(name).ok()?).ok()?;
    let found = text.split_inclusive('\n').nth(line as usize - 1)?;
    Some(if found.ends_with('\n') { found.into() } else { format!("{found}\n").into() })
}

fn parse(vm: &Vm, text: &str, filename: Value, request: &Request) -> Res<Parsed> {
    let options = pyrs_syntax::Options {
        allow_incomplete_input: request.flags & flag::ALLOW_INCOMPLETE_INPUT != 0,
        dont_imply_dedent: request.flags & flag::DONT_IMPLY_DEDENT != 0,
        barry_as_flufl: request.flags & pyrs_bytecode::flags::FUTURE_BARRY_AS_BDFL != 0,
        only_tree: request.flags & flag::ONLY_AST != 0,
    };
    let parsed = pyrs_syntax::parse(text, request.mode, &options)
        .map_err(|e| raise_syntax_error(vm, &e, filename, Some(text)))?;
    issue_warnings(vm, &parsed.warnings, &parsed.lines, &parsed.source, filename)?;
    Ok(parsed)
}

/// Compiles text.
pub fn compile_text(vm: &Vm, text: &str, filename: Value, request: &Request) -> Res<Gc<Code>> {
    let parsed = parse(vm, text, filename, request)?;
    compile_tree(vm, &parsed, filename, request)
}

fn compile_tree(vm: &Vm, parsed: &Parsed, filename: Value, request: &Request) -> Res<Gc<Code>> {
    let options = pyrs_compiler::Options {
        future: request.flags & flag::FUTURE,
        optimize: request.optimize,
        top_level_await: request.flags & flag::ALLOW_TOP_LEVEL_AWAIT != 0,
    };
    let name = vm.as_str(filename).map_or_else(String::new, |s| s.to_lossy());
    let compiled = pyrs_compiler::compile(parsed, &name, &options).map_err(|mut e| {
        e.text = e.text.or_else(|| file_line(&name, e.line));
        raise_syntax_error(vm, &e, filename, None)
    })?;
    // Some remarks are the parser's and the compiler's alike: each is made once.
    let new: Vec<SyntaxWarning> = compiled
        .warnings
        .iter()
        .filter(|w| !parsed.warnings.iter().any(|p| p.message == w.message && p.span == w.span))
        .cloned()
        .collect();
    issue_warnings(vm, &new, &parsed.lines, &parsed.source, filename)?;
    vm.new_code(compiled.code)
}

/// `os.fsdecode(v)`: the text of a path argument.
pub(crate) fn path_text(vm: &Vm, v: Value) -> Res {
    let path = match vm.lookup(vm.class_of(v), vm.names().fspath) {
        Some(f) if vm.as_str(v).is_none() && vm.as_bytes(v).is_none() => {
            vm.call_bound(f, v, &[])?
        }
        _ => v,
    };
    if vm.as_str(path).is_some() {
        return Ok(path);
    }
    if let Some(b) = vm.as_bytes(path) {
        let points: Vec<u32> = match core::str::from_utf8(b.data()) {
            Ok(text) => text.chars().map(u32::from).collect(),
            Err(_) => escaped(b.data()),
        };
        return Ok(vm.new_str_points(pyrs_text::CodePoints::Four(&points))?.value());
    }
    Err(vm
        .type_error(format!("expected str, bytes or os.PathLike object, not {}", vm.type_name(v))))
}

/// UTF-8 with the bytes that are none as lone surrogates (PEP 383).
fn escaped(bytes: &[u8]) -> Vec<u32> {
    let mut out = Vec::new();
    for chunk in bytes.utf8_chunks() {
        out.extend(chunk.valid().chars().map(u32::from));
        out.extend(chunk.invalid().iter().map(|&b| 0xdc00 + u32::from(b)));
    }
    out
}

fn compile(vm: &Vm, args: &[Value]) -> Res {
    let filename = path_text(vm, args[1])?;
    let Some(mode) = vm.as_str(args[2]) else {
        return Err(vm.type_error(format!(
            "compile() argument 'mode' must be str, not {}",
            vm.type_name(args[2])
        )));
    };
    let flags = vm.int_i64(args[3])?;
    let dont_inherit = vm.truth(args[4])?;
    let optimize = vm.int_i64(args[5])?;
    let mut flags = match u32::try_from(flags) {
        Ok(f) if f & !flag::ALL == 0 => f,
        _ => return Err(vm.value_error("compile(): unrecognised flags")),
    };
    let optimize = match optimize {
        -1 => vm.settings.optimize,
        0..=2 => optimize as u8,
        _ => return Err(vm.value_error("compile(): invalid optimize value")),
    };
    if !dont_inherit {
        flags |= vm.current_code_flags() & flag::FUTURE;
    }
    let only_tree = flags & flag::ONLY_AST != 0;
    let mode = match mode.as_ascii() {
        Some("exec") => Mode::Exec,
        Some("eval") => Mode::Eval,
        Some("single") => Mode::Single,
        Some("func_type") if only_tree => Mode::FuncType,
        Some("func_type") => {
            return Err(vm.value_error("compile() mode 'func_type' requires flag PyCF_ONLY_AST"));
        }
        _ if only_tree => {
            return Err(
                vm.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'")
            );
        }
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let request = Request { mode, flags, optimize };
    if vm.exact::<Code>(args[0], pyrs_core::object::core_shape::CODE).is_some() {
        return Ok(args[0]);
    }
    if crate::tree::is_tree(vm, args[0]) {
        if only_tree && flags & flag::OPTIMIZED_AST != flag::OPTIMIZED_AST {
            return Ok(args[0]);
        }
        let parsed = crate::tree::parsed_tree(vm, args[0], mode)?;
        if only_tree {
            return crate::tree::tree_object(vm, &parsed);
        }
        pyrs_syntax::check_tree(&parsed).map_err(|e| raise_syntax_error(vm, &e, filename, None))?;
        return Ok(compile_tree(vm, &parsed, filename, &request)?.value());
    }
    let message = "compile() arg 1 must be a string, bytes or AST object";
    let text = source_text(vm, args[0], filename, message)?;
    if only_tree {
        let parsed = parse(vm, &text, filename, &request)?;
        return crate::tree::tree_object(vm, &parsed);
    }
    Ok(compile_text(vm, &text, filename, &request)?.value())
}

// ---- eval and exec
/// The namespaces of a call, `__builtins__` included.
fn namespaces(vm: &Vm, globals: Value, locals: Value) -> Res<(Gc<Dict>, Value)> {
    let (globals, locals) = match (globals.is_none(), locals.is_none()) {
        (true, true) => (current_globals(vm)?, vm.current_locals()?),
        (true, false) => (current_globals(vm)?, locals),
        (false, true) => (globals, globals),
        (false, false) => (globals, locals),
    };
    let Some(dict) = vm.as_dict(globals) else {
        return Err(vm.system_error("globals and locals cannot be NULL"));
    };
    if vm.dict_get_str(dict, vm.names().builtins).is_none() {
        vm.dict_set_str(dict, vm.names().builtins, vm.builtins.get())?;
    }
    Ok((dict, locals))
}

fn current_globals(vm: &Vm) -> Res {
    match vm.current_globals() {
        Some(g) => Ok(g.value()),
        None => Err(vm.system_error("globals and locals cannot be NULL")),
    }
}

fn is_mapping(vm: &Vm, v: Value) -> bool {
    vm.special(vm.class_of(v), Special::GetItem).is_some()
}

fn eval(vm: &Vm, args: &[Value]) -> Res {
    let (source, globals, locals) = (args[0], args[1], args[2]);
    if !locals.is_none() && !is_mapping(vm, locals) {
        return Err(vm.type_error("locals must be a mapping"));
    }
    if !globals.is_none() && vm.as_dict(globals).is_none() {
        return Err(vm.type_error(if is_mapping(vm, globals) {
            "globals must be a real dict; try eval(expr, {}, mapping)"
        } else {
            "globals must be a dict"
        }));
    }
    let (globals, locals) = namespaces(vm, globals, locals)?;
    if let Some(code) = vm.exact::<Code>(source, pyrs_core::object::core_shape::CODE) {
        if free_variables(code) > 0 {
            return Err(
                vm.type_error("code object passed to eval() may not contain free variables")
            );
        }
        return vm.run_code(code, globals, locals, Value::UNBOUND);
    }
    let filename = vm.str("<string>")?;
    let message = "eval() arg 1 must be a string, bytes or code object";
    let text = source_text(vm, source, filename, message)?;
    let mut request = Request::plain(vm, Mode::Eval);
    request.flags = vm.current_code_flags() & flag::FUTURE;
    let code = compile_text(vm, text.trim_start_matches([' ', '\t']), filename, &request)?;
    vm.run_code(code, globals, locals, Value::UNBOUND)
}

/// How many variables of enclosing functions a code object uses.
pub(crate) fn free_variables(code: Gc<Code>) -> usize {
    code.data().locals.iter().filter(|l| l.1 == pyrs_bytecode::LocalKind::Free).count()
}

fn exec(vm: &Vm, args: &[Value]) -> Res {
    let (source, globals, locals, closure) = (args[0], args[1], args[2], args[3]);
    if !globals.is_none() && vm.as_dict(globals).is_none() {
        return Err(
            vm.type_error(format!("exec() globals must be a dict, not {}", vm.type_name(globals)))
        );
    }
    if !locals.is_none() && !is_mapping(vm, locals) {
        return Err(vm.type_error(format!(
            "locals must be a mapping or None, not {}",
            vm.type_name(locals)
        )));
    }
    let (globals, locals) = namespaces(vm, globals, locals)?;
    if let Some(code) = vm.exact::<Code>(source, pyrs_core::object::core_shape::CODE) {
        let free = free_variables(code);
        if free == 0 {
            if !closure.is_none() {
                return Err(vm.type_error("cannot use a closure with this code object"));
            }
            vm.run_code(code, globals, locals, Value::UNBOUND)?;
            return Ok(Value::NONE);
        }
        let cells = vm.as_tuple(closure).filter(|t| {
            t.len() == free && t.items().iter().all(|&c| vm.class_of(c) == vm.classes().cell)
        });
        let Some(cells) = cells else {
            return Err(
                vm.type_error(format!("code object requires a closure of exactly length {free}"))
            );
        };
        vm.run_code(code, globals, locals, cells.value())?;
        return Ok(Value::NONE);
    }
    if !closure.is_none() {
        return Err(vm.type_error("closure can only be used when source is a code object"));
    }
    let filename = vm.str("<string>")?;
    let message = "exec() arg 1 must be a string, bytes or code object";
    let text = source_text(vm, source, filename, message)?;
    let mut request = Request::plain(vm, Mode::Exec);
    request.flags = vm.current_code_flags() & flag::FUTURE;
    let code = compile_text(vm, &text, filename, &request)?;
    vm.run_code(code, globals, locals, Value::UNBOUND)?;
    Ok(Value::NONE)
}
