//! Match objects.

use super::pattern::{self, Pattern};
use super::subject::Subject;
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Tuple, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_regex::Matcher;

/// A match: spans of all groups over a string.
#[repr(C)]
struct Match {
    header: Header,
    string: Slot,
    pattern: Slot,
    /// tuple of start and end of group 0, 1, ...: -1 for groups that took no part
    spans: Slot,
    pos: Cell<usize>,
    end: Cell<usize>,
    /// 0: none
    last: Cell<usize>,
}
native_object!(Match, "re.Match", slots = 3);

static SPEC: ClassSpec = ClassSpec {
    name: "re.Match",
    layout: <Match as pyrs_core::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
    methods: &[
        NativeDef::method(
            "group",
            "(self, /, *args)",
            group,
            "Return subgroup(s) of the match by indices or names.",
        ),
        NativeDef::method(
            "__getitem__",
            "(self, key, /)",
            |vm, a| by_key(vm, this(vm, a[0])?, a[1], Value::NONE),
            "Return self[key].",
        ),
        NativeDef::method(
            "groups",
            "(self, /, default=None)",
            groups,
            "Return a tuple containing all the subgroups of the match, from 1.",
        ),
        NativeDef::method(
            "groupdict",
            "(self, /, default=None)",
            groupdict,
            "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name.",
        ),
        NativeDef::method(
            "start",
            "(self, group=0, /)",
            |vm, a| edge(vm, a, 0),
            "Return index of the start of the substring matched by group.",
        ),
        NativeDef::method(
            "end",
            "(self, group=0, /)",
            |vm, a| edge(vm, a, 1),
            "Return index of the end of the substring matched by group.",
        ),
        NativeDef::method(
            "span",
            "(self, group=0, /)",
            span,
            "For match object m, return the 2-tuple (m.start(group), m.end(group)).",
        ),
        NativeDef::method(
            "expand",
            "(self, /, template)",
            expand,
            "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method.",
        ),
        NativeDef::method("__copy__", "(self, /)", |_, a| Ok(a[0]), ""),
        NativeDef::method("__deepcopy__", "(self, memo, /)", |_, a| Ok(a[0]), ""),
        NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
        NativeDef::class_method(
            "__class_getitem__",
            "(cls, object, /)",
            |vm, a| vm.generic_alias(a[0], a[1]),
            "See PEP 585",
        ),
    ],
    getset: &[
        GetSetDef::read_only(
            "string",
            |vm, v| Ok(this(vm, v)?.string.get()),
            "The string passed to match() or search().",
        ),
        GetSetDef::read_only(
            "re",
            |vm, v| Ok(this(vm, v)?.pattern.get()),
            "The regular expression object.",
        ),
        GetSetDef::read_only(
            "pos",
            |vm, v| vm.int_usize(this(vm, v)?.pos.get()),
            "The index into the string at which the RE engine started looking for a match.",
        ),
        GetSetDef::read_only(
            "endpos",
            |vm, v| vm.int_usize(this(vm, v)?.end.get()),
            "The index into the string beyond which the RE engine will not go.",
        ),
        GetSetDef::read_only(
            "lastindex",
            lastindex,
            "The integer index of the last matched capturing group.",
        ),
        GetSetDef::read_only(
            "lastgroup",
            lastgroup,
            "The name of the last matched capturing group.",
        ),
        GetSetDef::read_only("regs", regs, ""),
    ],
    fields: &[],
};

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.define_class(&SPEC, None)?;
    vm.set_hook("re_match", c.value());
    Ok(())
}
fn this(vm: &Vm, v: Value) -> Res<Gc<Match>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a re.Match is required"))
}

/// A match object for what the matcher found.
pub(super) fn make(
    vm: &Vm,
    p: Gc<Pattern>,
    string: Value,
    m: &Matcher,
    pos: usize,
    end: usize,
) -> Res {
    let groups = p.groups.get();
    let spans = vm.new_tuple_blank(2 * (groups + 1))?;
    for g in 0..=groups {
        let (s, e) = m.group(g).map_or((-1, -1), |(s, e)| (s as isize, e as isize));
        spans.slot(2 * g).set_unbarriered(Value::small_int(s));
        spans.slot(2 * g + 1).set_unbarriered(Value::small_int(e));
    }
    let class = vm.hook("re_match").and_then(|c| vm.as_class(c)).unwrap_or(vm.classes().object);
    let found = vm.alloc(Match {
        header: Header::new(class.root_shape.get(), 0),
        string: Slot::new(string),
        pattern: Slot::new(p.value()),
        spans: Slot::new(spans.value()),
        pos: Cell::new(pos),
        end: Cell::new(end),
        last: Cell::new(m.last_index().unwrap_or(0)),
    })?;
    Ok(found.value())
}

impl Match {
    fn spans(&self, vm: &Vm) -> Res<Gc<Tuple>> {
        vm.as_tuple(self.spans.get()).ok_or_else(|| vm.system_error("a match without spans"))
    }
    fn count(&self, vm: &Vm) -> Res<usize> {
        Ok(self.spans(vm)?.len() / 2)
    }
    fn span(&self, vm: &Vm, g: usize) -> Res<(isize, isize)> {
        let t = self.spans(vm)?;
        let n = |i: usize| t.get(i).as_int().unwrap_or(-1);
        Ok((n(2 * g), n(2 * g + 1)))
    }
    fn text(&self, vm: &Vm, g: usize) -> Res<Option<Value>> {
        let (s, e) = self.span(vm, g)?;
        if s < 0 {
            return Ok(None);
        }
        let string = self.string.get();
        Subject::new(vm, string, None)?.slice(vm, string, s as usize, e as usize).map(Some)
    }
    fn pattern(&self, vm: &Vm) -> Res<Gc<Pattern>> {
        pattern::this(vm, self.pattern.get())
    }
}

/// The number of a group given by number or name; IndexError if there is none.
fn group_number(vm: &Vm, m: Gc<Match>, key: Value) -> Res<usize> {
    let no_such = || vm.index_error("no such group");
    let n = if vm.as_int(key).is_some()
        || vm.special(vm.class_of(key), pyrs_core::Special::Index).is_some()
    {
        vm.index_clamped(key)?
    } else {
        match vm.as_dict(m.pattern(vm)?.groupindex.get()) {
            Some(d) => match vm.dict_get(d, key)? {
                Some(n) => vm.index_clamped(n)?,
                None => return Err(no_such()),
            },
            None => return Err(no_such()),
        }
    };
    if n < 0 || n as usize >= m.count(vm)? { Err(no_such()) } else { Ok(n as usize) }
}
fn by_key(vm: &Vm, m: Gc<Match>, key: Value, default: Value) -> Res {
    let g = group_number(vm, m, key)?;
    Ok(m.text(vm, g)?.unwrap_or(default))
}
fn group(vm: &Vm, args: &[Value]) -> Res {
    let m = this(vm, args[0])?;
    let keys = vm.to_tuple(args[1])?;
    match keys.items() {
        [] => by_key(vm, m, Value::small_int(0), Value::NONE),
        [key] => by_key(vm, m, *key, Value::NONE),
        many => {
            let list = vm.new_list()?;
            for &k in many {
                vm.list_append(list, by_key(vm, m, k, Value::NONE)?)?;
            }
            vm.tuple(list.items())
        }
    }
}
fn groups(vm: &Vm, args: &[Value]) -> Res {
    let m = this(vm, args[0])?;
    let list = vm.new_list()?;
    for g in 1..m.count(vm)? {
        vm.list_append(list, m.text(vm, g)?.unwrap_or(args[1]))?;
    }
    vm.tuple(list.items())
}
fn groupdict(vm: &Vm, args: &[Value]) -> Res {
    let m = this(vm, args[0])?;
    let out = vm.new_dict()?;
    if let Some(index) = vm.as_dict(m.pattern(vm)?.groupindex.get()) {
        let mut row = 0;
        while let Some(r) = index.next_row(row) {
            if let Some((name, n)) = index.row(r) {
                let v = by_key(vm, m, n, args[1])?;
                vm.dict_set(out, name, v)?;
            }
            row = r + 1;
        }
    }
    Ok(out.value())
}
fn edge(vm: &Vm, args: &[Value], which: usize) -> Res {
    let m = this(vm, args[0])?;
    let (s, e) = m.span(vm, group_number(vm, m, args[1])?)?;
    vm.int(if which == 0 { s } else { e } as i64)
}
fn span(vm: &Vm, args: &[Value]) -> Res {
    let m = this(vm, args[0])?;
    let (s, e) = m.span(vm, group_number(vm, m, args[1])?)?;
    vm.tuple(&[vm.int(s as i64)?, vm.int(e as i64)?])
}
fn regs(vm: &Vm, v: Value) -> Res {
    let m = this(vm, v)?;
    let list = vm.new_list()?;
    for g in 0..m.count(vm)? {
        let (s, e) = m.span(vm, g)?;
        vm.list_append(list, vm.tuple(&[vm.int(s as i64)?, vm.int(e as i64)?])?)?;
    }
    vm.tuple(list.items())
}
fn lastindex(vm: &Vm, v: Value) -> Res {
    match this(vm, v)?.last.get() {
        0 => Ok(Value::NONE),
        n => vm.int_usize(n),
    }
}
fn lastgroup(vm: &Vm, v: Value) -> Res {
    let m = this(vm, v)?;
    let names = vm.as_tuple(m.pattern(vm)?.indexgroup.get());
    Ok(match (m.last.get(), names) {
        (n, Some(names)) if n > 0 && n < names.len() => names.get(n),
        _ => Value::NONE,
    })
}
fn expand(vm: &Vm, args: &[Value]) -> Res {
    let m = this(vm, args[0])?;
    let re = vm.import_module("re")?;
    let parser = vm.get_attr(re, vm.intern("_parser"))?;
    let parsed = vm.call_method(parser, "parse_template", &[args[1], m.pattern.get()])?;
    let parts = vm.to_tuple(parsed)?;
    let out = vm.new_list()?;
    pattern::expand_parts(vm, parts, out, |g| m.text(vm, g))?;
    let bytes = vm.as_str(m.string.get()).is_none();
    pattern::join(vm, out, bytes)
}
fn repr(vm: &Vm, args: &[Value]) -> Res {
    let m = this(vm, args[0])?;
    let (s, e) = m.span(vm, 0)?;
    let text = m.text(vm, 0)?.unwrap_or(Value::NONE);
    let shown: String = vm.repr(text)?.to_lossy().chars().take(50).collect();
    vm.str(&format!("<re.Match object; span=({s}, {e}), match={shown}>"))
}
