//! Signatures of native functions: parsed from text once, used to bind the arguments of every call.
//!
//! The text is that of `inspect.signature`: `"(self, /, x, y=None, *args, key=1, **kwargs)"`. Defaults may be
//! `None True False`, ints, floats, strings and bytes in quotes, or `<unrepresentable>`, which binds UNBOUND.

use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};

/// A default value in a signature.
#[derive(Clone, Debug, PartialEq)]
pub enum DefaultValue {
    Required,
    Absent,
    Value(Value),
    /// An int that is no small one.
    Long(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub default: DefaultValue,
}

/// A parsed signature. Values bind in this order: positional, `*args`, keyword-only, `**kwargs`.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    pub positional: Vec<Parameter>,
    /// How many of `positional` cannot be given by name.
    pub positional_only: usize,
    /// How many of `positional` must be given.
    pub required: usize,
    pub star: bool,
    pub keyword_only: Vec<Parameter>,
    pub double_star: bool,
    /// Positional parameters only, those without defaults first.
    pub plain: bool,
}

impl Signature {
    pub fn parse(text: &str) -> Signature {
        let mut s = Signature::default();
        let inner = text.trim().strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or("");
        let mut after_star = false;
        for part in split_commas(inner) {
            let part = part.trim();
            match part {
                "" => {}
                "/" => s.positional_only = s.positional.len(),
                "*" => after_star = true,
                _ if part.starts_with("**") => s.double_star = true,
                _ if part.starts_with('*') => {
                    s.star = true;
                    after_star = true;
                }
                _ => {
                    let (name, default) = match part.split_once('=') {
                        Some((n, d)) => (n.trim(), parse_default(d.trim())),
                        None => (part, DefaultValue::Required),
                    };
                    let name = name.trim_start_matches('$').to_owned();
                    let p = Parameter { name, default };
                    if after_star {
                        s.keyword_only.push(p);
                    } else {
                        s.required += (p.default == DefaultValue::Required) as usize;
                        s.positional.push(p);
                    }
                }
            }
        }
        s.plain = s.exact().is_some()
            && s.positional[..s.required].iter().all(|p| p.default == DefaultValue::Required);
        s
    }
    /// Values a bound call has.
    pub fn slots(&self) -> usize {
        self.positional.len()
            + self.keyword_only.len()
            + self.star as usize
            + self.double_star as usize
    }
    /// The argument count of a call that needs no work at all, if there is such a count.
    pub fn exact(&self) -> Option<usize> {
        let simple = !self.star && !self.double_star && self.keyword_only.is_empty();
        simple.then_some(self.positional.len())
    }
}

/// Splits at commas outside quotes and brackets.
fn split_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quote, mut depth) = (Vec::new(), 0, None, 0);
    for (i, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '<') => depth += 1,
            (None, ')' | ']' | '>') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn parse_default(d: &str) -> DefaultValue {
    match d {
        "None" => DefaultValue::Value(Value::NONE),
        "True" => DefaultValue::Value(Value::TRUE),
        "False" => DefaultValue::Value(Value::FALSE),
        _ if d.starts_with("b'") => {
            DefaultValue::Bytes(d[1..].trim_matches('\'').as_bytes().to_vec())
        }
        _ if d.starts_with(['\'', '"']) => {
            DefaultValue::Text(d.trim_matches(['\'', '"']).replace("\\n", "\n"))
        }
        _ => match (d.parse::<i64>(), d.parse::<f64>()) {
            // How sys.maxsize is spelled on all CPUs.
            (Ok(i64::MAX), _) => DefaultValue::Long(isize::MAX as i64),
            (Ok(n), _) => Value::try_int(n).map_or(DefaultValue::Long(n), DefaultValue::Value),
            (Err(_), Ok(x)) => DefaultValue::Float(x),
            _ => DefaultValue::Absent,
        },
    }
}

/// Most parameters a native function may declare.
pub const MAX_PARAMETERS: usize = 24;

impl Vm {
    /// The parsed signature of a native function.
    pub fn signature(&self, f: Gc<NativeFunction>) -> &'static Signature {
        let p = f.parsed.get();
        if !p.is_null() {
            // SAFETY: set below to a leaked box.
            return unsafe { &*p };
        }
        let s: &'static Signature = Box::leak(Box::new(Signature::parse(f.def.signature)));
        f.parsed.set(s);
        if let Some(n) = s.exact() {
            f.exact.set(n as u32);
        }
        s
    }
    fn default_value(&self, d: &DefaultValue) -> Res {
        match d {
            DefaultValue::Required | DefaultValue::Absent => Ok(Value::UNBOUND),
            DefaultValue::Value(v) => Ok(*v),
            DefaultValue::Long(n) => self.int(*n),
            DefaultValue::Float(x) => self.float(*x),
            DefaultValue::Text(t) => Ok(self.intern(t).value()),
            DefaultValue::Bytes(b) => self.bytes(b),
        }
    }
    /// Binds `args` (the last of them named by `names`) and calls the function.
    pub fn call_native(
        &self,
        f: Gc<NativeFunction>,
        args: &[Value],
        names: Option<Gc<Tuple>>,
    ) -> Res {
        if names.is_none() && f.exact.get() as usize == args.len() {
            return (f.def.function)(self, args);
        }
        if names.is_none()
            && let Some(direct) = f.def.direct
        {
            return direct(self, args);
        }
        let s = self.signature(f);
        if names.is_none() && f.exact.get() as usize == args.len() {
            return (f.def.function)(self, args);
        }
        const FEW: usize = 8;
        let positional = s.positional.len();
        if names.is_none()
            && s.plain
            && positional <= FEW
            && (s.required..=positional).contains(&args.len())
        {
            // Only defaults are missing.
            let mut bound = [Value::UNBOUND; FEW];
            bound[..args.len()].copy_from_slice(args);
            for (b, p) in bound[args.len()..].iter_mut().zip(&s.positional[args.len()..]) {
                *b = match &p.default {
                    DefaultValue::Value(v) => *v,
                    d => self.default_value(d)?,
                };
            }
            return (f.def.function)(self, &bound[..positional]);
        }
        let mut bound = [Value::UNBOUND; MAX_PARAMETERS];
        let n = self.bind(f, s, args, names, &mut bound)?;
        (f.def.function)(self, &bound[..n])
    }
    fn bind(
        &self,
        f: Gc<NativeFunction>,
        s: &Signature,
        args: &[Value],
        names: Option<Gc<Tuple>>,
        bound: &mut [Value; MAX_PARAMETERS],
    ) -> Res<usize> {
        let named = names.map_or(0, |t| t.len());
        let (plain, named_values) = args.split_at(args.len() - named);
        let npos = s.positional.len();
        let direct = plain.len().min(npos);
        bound[..direct].copy_from_slice(&plain[..direct]);
        if plain.len() > npos && !s.star {
            return Err(self.too_many_arguments(f, s, plain.len()));
        }
        let key_base = npos + s.star as usize;
        let extra = if s.double_star { Some(self.new_dict()?) } else { None };
        if let Some(names) = names {
            for (i, &v) in named_values.iter().enumerate() {
                let Some(name) = self.as_str(names.get(i)) else {
                    return Err(self.type_error("keywords must be strings"));
                };
                let by_name = |p: &Parameter| name.is(&p.name);
                let slot = match s.positional.iter().skip(s.positional_only).position(by_name) {
                    Some(k) => Some(k + s.positional_only),
                    None => s.keyword_only.iter().position(by_name).map(|k| key_base + k),
                };
                match (slot, extra) {
                    (Some(k), _) if bound[k].is_unbound() => bound[k] = v,
                    (Some(_), _)
                        if args.len() > npos && f.owner.get() == self.classes().str_.value() =>
                    {
                        return Err(self.type_error(format!(
                            "{}() takes at most {} arguments ({} given)",
                            self.short_name(f),
                            npos - method_offset(f),
                            args.len() - method_offset(f)
                        )));
                    }
                    (Some(k), _) => {
                        return Err(self.type_error(format!(
                            "argument for {}() given by name ('{}') and position ({})",
                            self.short_name(f),
                            name.to_lossy(),
                            k + 1 - method_offset(f)
                        )));
                    }
                    (None, Some(d)) => self.dict_set(d, name.value(), v)?,
                    (None, None) if self.keywords_are_for_the_other(f, s, args) => {}
                    (None, None) => return Err(self.unexpected_keyword(f, s, name)),
                }
            }
        }
        for (i, p) in s.positional.iter().enumerate().skip(direct) {
            if !bound[i].is_unbound() {
                continue;
            }
            if p.default == DefaultValue::Required {
                return Err(self.missing_argument(f, s, i, plain.len()));
            }
            bound[i] = self.default_value(&p.default)?;
        }
        if s.star {
            bound[npos] = self.tuple(&plain[direct..])?;
        }
        for (i, p) in s.keyword_only.iter().enumerate() {
            let b = &mut bound[key_base + i];
            if b.is_unbound() {
                if p.default == DefaultValue::Required {
                    return Err(self.type_error(format!(
                        "{}() missing required keyword-only argument: '{}'",
                        f.def.name, p.name
                    )));
                }
                *b = self.default_value(&p.default)?;
            }
        }
        if let Some(d) = extra {
            bound[s.slots() - 1] = d.value();
        }
        Ok(s.slots())
    }
    /// Keywords given to a constructor without named parameters are no fault if they are meant for a subclass:
    /// one with its own `__init__` (then `__new__` ignores them) or its own `__new__` (then `__init__` does).
    #[cold]
    fn keywords_are_for_the_other(
        &self,
        f: Gc<NativeFunction>,
        s: &Signature,
        args: &[Value],
    ) -> bool {
        let other = match f.def.name {
            "__new__" => Special::Init,
            "__init__" => Special::New,
            _ => return false,
        };
        let unnamed = !s.star && s.keyword_only.is_empty() && s.positional.len() > 1;
        let Some(&first) = args.first() else { return false };
        let given = if other == Special::Init { self.as_class(first) } else { None };
        let class = given.unwrap_or_else(|| self.class_of(first));
        match self.as_class(f.owner.get()) {
            Some(owner) => {
                unnamed
                    && s.positional_only == s.positional.len()
                    && owner != self.classes().object
                    && !(owner == self.classes().set && other == Special::New)
                    && self.special(class, other) != self.special(owner, other)
            }
            None => false,
        }
    }
    #[cold]
    fn too_many_arguments(
        &self,
        f: Gc<NativeFunction>,
        s: &Signature,
        given: usize,
    ) -> crate::error::Raised {
        let constructor = is_constructor(f);
        let skip = method_offset(f);
        let name = self.native_display_name(f);
        let (max, given) =
            (s.positional.len() - skip.min(s.positional.len()), given - skip.min(given));
        let min = s.required - skip.min(s.required);
        if let Some(text) = self.slot_arity(f, min, max, given) {
            return self.type_error(text);
        }
        if f.owner.get() == self.classes().str_.value() && constructor {
            return self.type_error(format!("str expected at most {max} arguments, got {given}"));
        }
        let positional = if s.keyword_only.is_empty() { "" } else { "positional " };
        let text = match (max, min == max, s.positional_only == s.positional.len()) {
            (0, ..) if !s.keyword_only.is_empty() => {
                format!("{}() takes no positional arguments", f.def.name)
            }
            (0, ..) => format!("{name}() takes no arguments ({given} given)"),
            (1, true, true) if !constructor => {
                format!("{name}() takes exactly one argument ({given} given)")
            }
            (_, true, true) => {
                format!(
                    "{} expected {max} argument{}, got {given}",
                    self.short_name(f),
                    plural(max)
                )
            }
            (_, false, true) => {
                format!(
                    "{} expected at most {max} argument{}, got {given}",
                    self.short_name(f),
                    plural(max)
                )
            }
            (_, true, false) => {
                format!(
                    "{}() takes exactly {max} {positional}argument{} ({given} given)",
                    self.short_name(f),
                    plural(max)
                )
            }
            // int's constructor counts its arguments itself.
            (_, false, false) if constructor && self.short_name(f) == "int" => {
                format!("int expected at most {max} arguments, got {given}")
            }
            (_, false, false) => {
                format!(
                    "{}() takes at most {max} {positional}argument{} ({given} given)",
                    self.short_name(f),
                    plural(max)
                )
            }
        };
        self.type_error(text)
    }
    /// The message of a special method that CPython makes from a type slot.
    fn slot_arity(
        &self,
        f: Gc<NativeFunction>,
        min: usize,
        max: usize,
        given: usize,
    ) -> Option<String> {
        use crate::names::Special as S;
        let special = S::ALL.into_iter().find(|k| k.text() == f.def.name)?;
        let plain = matches!(
            special,
            S::New
                | S::Init
                | S::Call
                | S::Enter
                | S::Exit
                | S::AEnter
                | S::AExit
                | S::InstanceCheck
                | S::SubclassCheck
        );
        let owner = self.as_class(f.owner.get())?;
        let k = self.classes();
        // These types bring ordinary methods for speed.
        let own = match special {
            S::GetItem => owner == k.dict || owner == k.list,
            S::Contains => owner == k.dict || owner == k.set || owner == k.frozenset,
            _ => false,
        };
        if plain || own || f.def.kind != DefKind::Method {
            return None;
        }
        Some(match (min, max) {
            (1, 2) => format!("expected 1 or 2 arguments, got {given}"),
            (2, 2) => format!("{} expected 2 arguments, got {given}", f.def.name),
            _ => format!("expected {max} argument{}, got {given}", plural(max)),
        })
    }
    #[cold]
    fn missing_argument(
        &self,
        f: Gc<NativeFunction>,
        s: &Signature,
        i: usize,
        given: usize,
    ) -> crate::error::Raised {
        let skip = method_offset(f);
        let name = self.native_display_name(f);
        if i < skip {
            let owner =
                self.as_class(f.owner.get()).map_or_else(String::new, |c| self.class_name(c));
            return self
                .type_error(format!("unbound method {owner}.{}() needs an argument", f.def.name));
        }
        let given = given - skip.min(given);
        let (min, max) = (s.required - skip, s.positional.len() - skip);
        if let Some(text) = self.slot_arity(f, min, max, given) {
            return self.type_error(text);
        }
        let text = if i >= s.positional_only {
            format!(
                "{}() missing required argument '{}' (pos {})",
                self.short_name(f),
                s.positional[i].name,
                i + 1 - skip
            )
        } else if s.positional_only < s.positional.len() {
            let required = s.positional[..s.positional_only]
                .iter()
                .filter(|p| p.default == DefaultValue::Required)
                .count()
                .saturating_sub(skip);
            let how = if required < max { "at least" } else { "exactly" };
            format!(
                "{}() takes {how} {required} positional argument{} ({given} given)",
                self.short_name(f),
                plural(required)
            )
        } else if min == 1 && max == 1 && !is_constructor(f) {
            format!("{name}() takes exactly one argument ({given} given)")
        } else if min == max {
            format!("{} expected {min} argument{}, got {given}", self.short_name(f), plural(min))
        } else {
            let name = self.short_name(f);
            format!("{name} expected at least {min} argument{}, got {given}", plural(min))
        };
        self.type_error(text)
    }
    #[cold]
    fn unexpected_keyword(
        &self,
        f: Gc<NativeFunction>,
        s: &Signature,
        name: Gc<Str>,
    ) -> crate::error::Raised {
        let takes_names = s.positional_only < s.positional.len() || !s.keyword_only.is_empty();
        if takes_names {
            self.type_error(format!(
                "{}() got an unexpected keyword argument '{}'",
                self.short_name(f),
                name.to_lossy()
            ))
        } else {
            self.type_error(format!("{}() takes no keyword arguments", self.native_display_name(f)))
        }
    }
    /// `list.append` for methods, `len` for builtin functions, `math.sqrt` for those of other modules.
    fn native_display_name(&self, f: Gc<NativeFunction>) -> String {
        match (self.as_class(f.owner.get()), self.as_str(f.module.get())) {
            (Some(c), _) if matches!(f.def.name, "__new__" | "__init__") => self.class_name(c),
            (Some(c), _) => format!("{}.{}", self.class_name(c), f.def.name),
            (None, Some(m)) if !m.is("builtins") => format!("{}.{}", m.to_lossy(), f.def.name),
            _ => f.def.name.to_owned(),
        }
    }
    /// `pop` for methods and functions, the class's name for constructors.
    fn short_name(&self, f: Gc<NativeFunction>) -> String {
        match self.as_class(f.owner.get()) {
            Some(c) if matches!(f.def.name, "__new__" | "__init__") => self.class_name(c),
            _ => f.def.name.to_owned(),
        }
    }
}

/// Constructors check their positional arguments in another way, which words it differently.
fn is_constructor(f: Gc<NativeFunction>) -> bool {
    matches!(f.def.name, "__new__" | "__init__")
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// Parameters that the receiver fills.
fn method_offset(f: Gc<NativeFunction>) -> usize {
    match f.def.kind {
        DefKind::Method | DefKind::Class => 1,
        DefKind::Static if f.def.name == "__new__" => 1,
        _ => 0,
    }
}
