//! Pattern objects: compiling, and the methods that walk through a text.

use super::matching;
use super::subject::{Subject, raised, with_matcher};
use core::cell::Cell;
use core::ptr::NonNull;
use pyrs_core::object::{ClassSpec, List, Str, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Res, Slot, Value, Vm, flag, native_object};
use pyrs_regex::{Matcher, Mode, Program, Request, Walk};

/// A compiled pattern.
#[repr(C)]
pub(super) struct Pattern {
    header: Header,
    pub(super) pattern: Slot,
    pub(super) groupindex: Slot,
    /// tuple: name of each group or None
    pub(super) indexgroup: Slot,
    code: Slot,
    program: Cell<*mut Program>,
    pub(super) flags: Cell<i64>,
    pub(super) groups: Cell<usize>,
    /// 0 str, 1 bytes, 2 neither
    kind: Cell<u8>,
}
native_object!(Pattern, "re.Pattern", slots = 4, drop = drop_pattern);

fn drop_pattern(p: NonNull<Header>) {
    // SAFETY: called once by the collector with a dead pattern, which owns its program.
    unsafe {
        let program = (*p.as_ptr().cast::<Pattern>()).program.replace(core::ptr::null_mut());
        if !program.is_null() {
            drop(Box::from_raw(program));
        }
    }
}

impl Pattern {
    pub(super) fn program(&self) -> &Program {
        // SAFETY: set when the pattern was made, freed when it dies.
        unsafe { &*self.program.get() }
    }
    pub(super) fn bytes(&self) -> Option<bool> {
        match self.kind.get() {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

const RANGE: &str = "(self, /, string, pos=0, endpos=9223372036854775807)";

static SPEC: ClassSpec = ClassSpec {
    name: "re.Pattern",
    layout: <Pattern as pyrs_core::Native>::LAYOUT,
    flags: class_flag::NO_NEW | class_flag::HAS_WEAKREF,
    doc: "Compiled regular expression object.",
    methods: &[
        NativeDef::method(
            "match",
            RANGE,
            |vm, a| one(vm, a, Mode::Match),
            "Matches zero or more characters at the beginning of the string.",
        ),
        NativeDef::method(
            "fullmatch",
            RANGE,
            |vm, a| one(vm, a, Mode::FullMatch),
            "Matches against all of the string.",
        ),
        NativeDef::method(
            "search",
            RANGE,
            |vm, a| one(vm, a, Mode::Search),
            "Scan through string looking for a match, and return a corresponding match object instance.",
        ),
        NativeDef::method(
            "findall",
            RANGE,
            findall,
            "Return a list of all non-overlapping matches of pattern in string.",
        ),
        NativeDef::method(
            "finditer",
            RANGE,
            finditer,
            "Return an iterator over all non-overlapping matches for the RE pattern in string.",
        ),
        NativeDef::method("scanner", RANGE, scanner, ""),
        NativeDef::method(
            "split",
            "(self, /, string, maxsplit=0)",
            split,
            "Split string by the occurrences of pattern.",
        ),
        NativeDef::method(
            "sub",
            "(self, /, repl, string, count=0)",
            |vm, a| Ok(substitute(vm, a)?.0),
            "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl.",
        ),
        NativeDef::method(
            "subn",
            "(self, /, repl, string, count=0)",
            |vm, a| {
                let (v, n) = substitute(vm, a)?;
                vm.tuple(&[v, vm.int_usize(n)?])
            },
            "Return the tuple (new_string, number_of_subs_made).",
        ),
        NativeDef::method("__copy__", "(self, /)", |_, a| Ok(a[0]), ""),
        NativeDef::method("__deepcopy__", "(self, memo, /)", |_, a| Ok(a[0]), ""),
        NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
        NativeDef::method("__eq__", "(self, value, /)", eq, "Return self==value."),
        NativeDef::method("__hash__", "(self, /)", hash, "Return hash(self)."),
        NativeDef::class_method(
            "__class_getitem__",
            "(cls, object, /)",
            |vm, a| vm.generic_alias(a[0], a[1]),
            "See PEP 585",
        ),
    ],
    getset: &[
        GetSetDef::read_only(
            "pattern",
            |vm, v| Ok(this(vm, v)?.pattern.get()),
            "The pattern string from which the RE object was compiled.",
        ),
        GetSetDef::read_only(
            "flags",
            |vm, v| vm.int(this(vm, v)?.flags.get()),
            "The regex matching flags.",
        ),
        GetSetDef::read_only(
            "groups",
            |vm, v| vm.int_usize(this(vm, v)?.groups.get()),
            "The number of capturing groups in the pattern.",
        ),
        GetSetDef::read_only(
            "groupindex",
            groupindex,
            "A dictionary mapping group names to group numbers.",
        ),
    ],
    fields: &[],
};

/// A cursor for `scanner` and `finditer`.
#[repr(C)]
struct Scanner {
    header: Header,
    pattern: Slot,
    string: Slot,
    pos: Cell<usize>,
    end: Cell<usize>,
    must_advance: Cell<bool>,
    done: Cell<bool>,
}
native_object!(Scanner, "_sre.SRE_Scanner", slots = 2);

static SCANNER: ClassSpec = ClassSpec {
    name: "_sre.SRE_Scanner",
    layout: <Scanner as pyrs_core::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method(
            "match",
            "(self, /)",
            |vm, a| Ok(advance(vm, a[0], Mode::Match)?.unwrap_or(Value::NONE)),
            "",
        ),
        NativeDef::method(
            "search",
            "(self, /)",
            |vm, a| Ok(advance(vm, a[0], Mode::Search)?.unwrap_or(Value::NONE)),
            "",
        ),
    ],
    getset: &[GetSetDef::read_only(
        "pattern",
        |vm, v| Ok(vm.cast::<Scanner>(v).map_or(Value::NONE, |s| s.pattern.get())),
        "",
    )],
    fields: &[],
};
static ITERATOR: ClassSpec = ClassSpec {
    name: "re.match_iterator",
    layout: <Scanner as pyrs_core::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method("__iter__", "(self, /)", |_, a| Ok(a[0]), "Implement iter(self)."),
        NativeDef::method(
            "__next__",
            "(self, /)",
            |vm, a| Ok(advance(vm, a[0], Mode::Search)?.unwrap_or(Value::UNBOUND)),
            "Implement next(self).",
        ),
    ],
    getset: &[],
    fields: &[],
};

#[repr(C)]
struct Template {
    header: Header,
    /// tuple: literal, group, literal, group, ..., literal
    parts: Slot,
}
native_object!(Template, "_sre.SRE_Template", slots = 1);
static TEMPLATE: ClassSpec = ClassSpec {
    name: "_sre.SRE_Template",
    layout: <Template as pyrs_core::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[],
    getset: &[],
    fields: &[],
};

pub(super) fn install(vm: &Vm) -> Res<()> {
    for (hook, spec) in [
        ("re_pattern", &SPEC),
        ("re_scanner", &SCANNER),
        ("re_iterator", &ITERATOR),
        ("re_template", &TEMPLATE),
    ] {
        let c = vm.define_class(spec, None)?;
        vm.set_hook(hook, c.value());
    }
    Ok(())
}
fn shape(vm: &Vm, hook: &str) -> pyrs_core::ShapeId {
    vm.hook(hook).and_then(|c| vm.as_class(c)).map_or(vm.classes().object, |c| c).root_shape.get()
}
pub(super) fn this(vm: &Vm, v: Value) -> Res<Gc<Pattern>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a re.Pattern is required"))
}

pub(super) fn compile(vm: &Vm, args: &[Value]) -> Res {
    let [source, flags, code, groups, groupindex, indexgroup] = args else {
        return Ok(Value::NONE);
    };
    let words = vm.to_list(*code)?;
    let mut list = Vec::with_capacity(words.len());
    for &w in words.items() {
        let n = vm.int_i64(w)?;
        match u32::try_from(n) {
            Ok(n) => list.push(n),
            Err(_) => return Err(vm.overflow_error("regular expression code size limit exceeded")),
        }
    }
    let (flags, groups) = (vm.int_i64(*flags)?, vm.int_i64(*groups)? as usize);
    let program = match Program::new(&list, groups, flags as u32) {
        Ok(p) => Box::into_raw(Box::new(p)),
        Err(_) => return Err(vm.runtime_error("invalid SRE code")),
    };
    let kind = if source.is_none() { 2 } else { vm.as_str(*source).is_none() as u8 };
    let p = vm.alloc(Pattern {
        header: Header::with_flags(shape(vm, "re_pattern"), flag::FINALISER, 0),
        pattern: Slot::new(*source),
        groupindex: Slot::new(*groupindex),
        indexgroup: Slot::new(*indexgroup),
        code: Slot::new(words.value()),
        program: Cell::new(program),
        flags: Cell::new(flags),
        groups: Cell::new(groups),
        kind: Cell::new(kind),
    })?;
    Ok(p.value())
}
pub(super) fn template(vm: &Vm, args: &[Value]) -> Res {
    let parts = vm.to_tuple(args[1])?;
    // A template without groups is a literal.
    if parts.len() == 1 {
        return Ok(parts.get(0));
    }
    let header = Header::new(shape(vm, "re_template"), 0);
    Ok(vm.alloc(Template { header, parts: Slot::new(parts.value()) })?.value())
}
fn groupindex(vm: &Vm, v: Value) -> Res {
    let p = this(vm, v)?;
    let types = vm.import_module("types")?;
    vm.call_method(types, "MappingProxyType", &[p.groupindex.get()])
}

/// A request for `[pos, endpos)` of a subject of `len` characters, clamped as slices are (but not from the end).
fn request(vm: &Vm, mode: Mode, pos: Value, end: Value, len: usize) -> Res<Request> {
    let clamp = |n: isize| (n.max(0) as usize).min(len);
    let (pos, end) = (clamp(vm.index_clamped(pos)?), clamp(vm.index_clamped(end)?));
    Ok(Request { mode, pos: pos.min(len), end, must_advance: false })
}
fn one(vm: &Vm, args: &[Value], mode: Mode) -> Res {
    let p = this(vm, args[0])?;
    let subject = Subject::new(vm, args[1], p.bytes())?;
    let r = request(vm, mode, args[2], args[3], subject.len())?;
    if r.pos > r.end {
        return Ok(Value::NONE);
    }
    with_matcher(|m| match m.run(p.program(), subject.text(), r, &mut || vm.interrupted()) {
        Ok(true) => matching::make(vm, p, args[1], m, r.pos, r.end),
        Ok(false) => Ok(Value::NONE),
        Err(e) => Err(raised(vm, e)),
    })
}
/// Walks over all matches; `f` may stop the walk by giving false.
fn walk(
    vm: &Vm,
    p: Gc<Pattern>,
    subject: &Subject<'_>,
    r: Request,
    mut f: impl FnMut(&Matcher) -> Res<bool>,
) -> Res<()> {
    if r.pos > r.end {
        return Ok(());
    }
    with_matcher(|m| {
        let mut walk = Walk::new(r);
        loop {
            match walk.step(m, p.program(), subject.text(), &mut || vm.interrupted()) {
                Ok(true) => {
                    if !f(m)? {
                        return Ok(());
                    }
                }
                Ok(false) => return Ok(()),
                Err(e) => return Err(raised(vm, e)),
            }
        }
    })
}
fn findall(vm: &Vm, args: &[Value]) -> Res {
    let p = this(vm, args[0])?;
    let subject = Subject::new(vm, args[1], p.bytes())?;
    let r = request(vm, Mode::Search, args[2], args[3], subject.len())?;
    let list = vm.new_list()?;
    let groups = p.groups.get();
    walk(vm, p, &subject, r, |m| {
        let part = |g: usize| match m.group(g) {
            Some((s, e)) => subject.slice(vm, args[1], s, e),
            None => subject.slice(vm, args[1], 0, 0),
        };
        let item = match groups {
            0 | 1 => part(groups)?,
            _ => {
                let t = vm.new_tuple_blank(groups)?;
                for g in 0..groups {
                    let v = part(g + 1)?;
                    t.slot(g).set(&vm.heap, t, v);
                }
                t.value()
            }
        };
        vm.list_append(list, item)?;
        Ok(true)
    })?;
    Ok(list.value())
}
fn new_scanner(vm: &Vm, args: &[Value], hook: &str) -> Res {
    let p = this(vm, args[0])?;
    let subject = Subject::new(vm, args[1], p.bytes())?;
    let r = request(vm, Mode::Search, args[2], args[3], subject.len())?;
    let s = vm.alloc(Scanner {
        header: Header::new(shape(vm, hook), 0),
        pattern: Slot::new(p.value()),
        string: Slot::new(args[1]),
        pos: Cell::new(r.pos),
        end: Cell::new(r.end),
        must_advance: Cell::new(false),
        done: Cell::new(r.pos > r.end),
    })?;
    Ok(s.value())
}
fn finditer(vm: &Vm, args: &[Value]) -> Res {
    new_scanner(vm, args, "re_iterator")
}
fn scanner(vm: &Vm, args: &[Value]) -> Res {
    new_scanner(vm, args, "re_scanner")
}
fn advance(vm: &Vm, v: Value, mode: Mode) -> Res<Option<Value>> {
    let Some(s) = vm.cast::<Scanner>(v) else { return Ok(None) };
    if s.done.get() {
        return Ok(None);
    }
    let p = this(vm, s.pattern.get())?;
    let string = s.string.get();
    let subject = Subject::new(vm, string, p.bytes())?;
    let r =
        Request { mode, pos: s.pos.get(), end: s.end.get(), must_advance: s.must_advance.get() };
    with_matcher(|m| match m.run(p.program(), subject.text(), r, &mut || vm.interrupted()) {
        Ok(true) => {
            let (start, end) = m.span();
            s.pos.set(end);
            s.must_advance.set(start == end);
            matching::make(vm, p, string, m, r.pos, r.end).map(Some)
        }
        Ok(false) => {
            s.done.set(true);
            Ok(None)
        }
        Err(e) => Err(raised(vm, e)),
    })
}
fn split(vm: &Vm, args: &[Value]) -> Res {
    let p = this(vm, args[0])?;
    let subject = Subject::new(vm, args[1], p.bytes())?;
    let max = vm.index_clamped(args[2])?;
    let list = vm.new_list()?;
    let (mut last, mut count) = (0, 0);
    walk(vm, p, &subject, Request::new(Mode::Search), |m| {
        if max > 0 && count >= max {
            return Ok(false);
        }
        let (start, end) = m.span();
        vm.list_append(list, subject.slice(vm, args[1], last, start)?)?;
        for g in 1..=p.groups.get() {
            let v = match m.group(g) {
                Some((s, e)) => subject.slice(vm, args[1], s, e)?,
                None => Value::NONE,
            };
            vm.list_append(list, v)?;
        }
        last = end;
        count += 1;
        Ok(max <= 0 || count < max)
    })?;
    vm.list_append(list, subject.slice(vm, args[1], last, subject.len())?)?;
    Ok(list.value())
}

/// What replaces a match.
enum Replacement {
    Literal(Value),
    Parts(Gc<pyrs_core::object::Tuple>),
    Call(Value),
}
fn has_backslash(vm: &Vm, v: Value) -> Res<bool> {
    if let Some(s) = vm.as_str(v) {
        return Ok(s.points().position('\\' as u32).is_some());
    }
    Ok(vm.try_buffer(v)?.is_some_and(|b| b.data().contains(&b'\\')))
}
fn replacement(vm: &Vm, p: Gc<Pattern>, repl: Value) -> Res<Replacement> {
    if vm.is_callable(repl) {
        return Ok(Replacement::Call(repl));
    }
    if !has_backslash(vm, repl)? {
        return Ok(Replacement::Literal(repl));
    }
    let re = vm.import_module("re")?;
    let t = vm.call_method(re, "_compile_template", &[p.value(), repl])?;
    Ok(match vm.cast::<Template>(t).and_then(|t| vm.as_tuple(t.parts.get())) {
        Some(parts) => Replacement::Parts(parts),
        None => Replacement::Literal(t),
    })
}
/// Appends what a template gives for the groups of a match.
pub(super) fn expand_parts(
    vm: &Vm,
    parts: Gc<pyrs_core::object::Tuple>,
    out: Gc<List>,
    mut group: impl FnMut(usize) -> Res<Option<Value>>,
) -> Res<()> {
    for (i, &part) in parts.items().iter().enumerate() {
        let v = match (i % 2, part.as_int()) {
            (1, Some(n)) => group(n as usize)?,
            _ => Some(part),
        };
        if let Some(v) = v {
            vm.list_append(out, v)?;
        }
    }
    Ok(())
}
fn substitute(vm: &Vm, args: &[Value]) -> Res<(Value, usize)> {
    let p = this(vm, args[0])?;
    let (repl, string) = (args[1], args[2]);
    let subject = Subject::new(vm, string, p.bytes())?;
    let max = vm.index_clamped(args[3])?;
    let replacement = replacement(vm, p, repl)?;
    let out = vm.new_list()?;
    let (mut last, mut count) = (0usize, 0usize);
    walk(vm, p, &subject, Request::new(Mode::Search), |m| {
        let (start, end) = m.span();
        if start > last {
            vm.list_append(out, subject.slice(vm, string, last, start)?)?;
        }
        match &replacement {
            Replacement::Literal(v) => vm.list_append(out, *v)?,
            Replacement::Parts(parts) => expand_parts(vm, *parts, out, |g| match m.group(g) {
                Some((s, e)) => subject.slice(vm, string, s, e).map(Some),
                None => Ok(None),
            })?,
            Replacement::Call(f) => {
                let object = matching::make(vm, p, string, m, 0, subject.len())?;
                let v = vm.call(*f, &[object])?;
                if !v.is_none() {
                    vm.list_append(out, v)?;
                }
            }
        }
        last = end;
        count += 1;
        Ok(max <= 0 || count < max as usize)
    })?;
    if count == 0 {
        return Ok((subject.slice(vm, string, 0, subject.len())?, 0));
    }
    if last < subject.len() {
        vm.list_append(out, subject.slice(vm, string, last, subject.len())?)?;
    }
    Ok((join(vm, out, subject.is_bytes())?, count))
}
/// Joins strings or bytes-like objects.
pub(super) fn join(vm: &Vm, parts: Gc<List>, bytes: bool) -> Res {
    let empty = if bytes { vm.bytes(&[])? } else { vm.names().empty.value() };
    vm.call_method(empty, "join", &[parts.value()])
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    const NAMES: [(i64, &str); 8] = [
        (2, "re.IGNORECASE"),
        (4, "re.LOCALE"),
        (8, "re.MULTILINE"),
        (16, "re.DOTALL"),
        (32, "re.UNICODE"),
        (64, "re.VERBOSE"),
        (128, "re.DEBUG"),
        (256, "re.ASCII"),
    ];
    let p = this(vm, args[0])?;
    let mut flags = p.flags.get();
    // Unicode is what str patterns have anyway.
    if p.bytes() == Some(false) && flags & (4 | 32 | 256) == 32 {
        flags &= !32;
    }
    let text: Gc<Str> = vm.repr(p.pattern.get())?;
    let shown: String = text.points().slice(0, text.len().min(200)).to_string_lossy();
    let mut names: Vec<String> =
        NAMES.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, n)| (*n).to_owned()).collect();
    let rest = NAMES.iter().fold(flags, |f, (bit, _)| f & !bit);
    if rest != 0 {
        names.push(format!("{rest:#x}"));
    }
    let tail = if names.is_empty() { String::new() } else { format!(", {}", names.join("|")) };
    vm.str(&format!("re.compile({shown}{tail})"))
}
fn eq(vm: &Vm, args: &[Value]) -> Res {
    let (Some(a), Some(b)) = (vm.cast::<Pattern>(args[0]), vm.cast::<Pattern>(args[1])) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let same = a.flags.get() == b.flags.get()
        && a.kind.get() == b.kind.get()
        && vm.equal(a.code.get(), b.code.get())?
        && vm.equal(a.pattern.get(), b.pattern.get())?;
    Ok(Value::bool(same))
}
fn hash(vm: &Vm, args: &[Value]) -> Res {
    let p = this(vm, args[0])?;
    let h = vm.hash(p.pattern.get())? ^ p.flags.get() as isize ^ (p.groups.get() as isize) << 8;
    vm.int(h as i64)
}
