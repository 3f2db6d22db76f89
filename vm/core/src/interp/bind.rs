//! Binding arguments to the parameters of a Python function.
//!
//! Parameters are the first registers of the frame: positional, keyword-only, `*args`, `**kwargs`. Whatever must
//! be allocated is allocated before anything moves, because the arguments may lie where the parameters go.

use crate::error::{Raised, Res};
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::flags;
use pyrs_heap::{Gc, Value};

struct Target {
    base: *mut Value,
}
impl Target {
    fn get(&self, n: usize) -> Value {
        // SAFETY: the caller has checked that the parameters fit above `base`.
        unsafe { *self.base.add(n) }
    }
    fn put(&self, n: usize, v: Value) {
        // SAFETY: as above.
        unsafe { *self.base.add(n) = v }
    }
}

impl Vm {
    /// Fills the parameter registers at `base` from `args`, the last of them named by `names`.
    pub(crate) fn bind_arguments(
        &self,
        f: Gc<Function>,
        args: &[Value],
        names: Option<Gc<Tuple>>,
        base: *mut Value,
    ) -> Res<()> {
        let d = f.code();
        let data = d.data();
        let (npos, nkw) = (data.arg_count as usize, data.kwonly_count as usize);
        let named = names.map_or(0, |t| t.len());
        let plain = args.len() - named;
        let star = data.flags & flags::VARARGS != 0;
        let double_star = data.flags & flags::VARKEYWORDS != 0;
        // Allocations first.
        let extra = if star { Some(self.new_tuple(&args[plain.min(npos)..plain])?) } else { None };
        let values = if named > 0 { Some(self.new_tuple(&args[plain..])?) } else { None };
        let keywords = if double_star { Some(self.new_dict()?) } else { None };
        let t = Target { base };
        let direct = plain.min(npos);
        // SAFETY: both ranges are readable and writable; they may overlap.
        unsafe { core::ptr::copy(args.as_ptr(), base, direct) };
        for n in direct..npos + nkw {
            t.put(n, Value::UNBOUND);
        }
        if let Some(extra) = extra {
            t.put(npos + nkw, extra.value());
        }
        if let Some(k) = keywords {
            t.put(npos + nkw + star as usize, k.value());
        }
        if let (Some(names), Some(values)) = (names, values) {
            self.bind_keywords(f, names, values, keywords, &t)?;
        }
        if plain > npos && !star {
            return Err(self.too_many_positional(f, plain, &t));
        }
        if direct < npos {
            self.bind_defaults(f, direct, npos, &t)?;
        }
        if nkw > 0 {
            self.bind_keyword_defaults(f, npos, nkw, &t)?;
        }
        Ok(())
    }
    fn bind_keywords(
        &self,
        f: Gc<Function>,
        names: Gc<Tuple>,
        values: Gc<Tuple>,
        keywords: Option<Gc<Dict>>,
        t: &Target,
    ) -> Res<()> {
        let code = f.code();
        let data = code.data();
        let (npos, nkw) = (data.arg_count as usize, data.kwonly_count as usize);
        let local_names = self.as_tuple(code.local_names.get());
        for (i, &key) in names.items().iter().enumerate() {
            let Some(name) = self.as_str(key) else {
                return Err(self.type_error("keywords must be strings"));
            };
            let name = self.intern_str(name);
            let first = data.posonly_count as usize;
            let slot = local_names.and_then(|l| {
                l.items()[first..npos + nkw]
                    .iter()
                    .position(|&n| n == name.value())
                    .map(|p| p + first)
            });
            match (slot, keywords) {
                (Some(n), _) if t.get(n).is_unbound() => t.put(n, values.get(i)),
                (Some(_), _) => {
                    return Err(self.type_error(format!(
                        "{}() got multiple values for argument '{}'",
                        self.function_text(f),
                        name.to_lossy()
                    )));
                }
                (None, Some(k)) => self.dict_set(k, name.value(), values.get(i))?,
                (None, None) => return Err(self.unexpected_argument(f, name, names)),
            }
        }
        Ok(())
    }
    fn bind_defaults(&self, f: Gc<Function>, direct: usize, npos: usize, t: &Target) -> Res<()> {
        let defaults = self.as_tuple(f.defaults.get());
        let count = defaults.map_or(0, |d| d.len()).min(npos);
        let first = npos - count;
        for n in direct..npos {
            if t.get(n).is_unbound() {
                match defaults {
                    Some(d) if n >= first => t.put(n, d.get(d.len() - count + n - first)),
                    _ => return Err(self.missing_arguments(f, first, t, "positional")),
                }
            }
        }
        Ok(())
    }
    fn bind_keyword_defaults(
        &self,
        f: Gc<Function>,
        npos: usize,
        nkw: usize,
        t: &Target,
    ) -> Res<()> {
        let names = self.as_tuple(f.code().local_names.get());
        let defaults = self.as_dict(f.kwdefaults.get());
        for n in npos..npos + nkw {
            if !t.get(n).is_unbound() {
                continue;
            }
            let found = match (defaults, names) {
                (Some(d), Some(l)) => self.dict_get(d, l.get(n))?,
                _ => None,
            };
            match found {
                Some(v) => t.put(n, v),
                None => return Err(self.missing_arguments(f, npos + nkw, t, "keyword-only")),
            }
        }
        Ok(())
    }

    // ---- errors
    /// The function's qualified name, for messages.
    fn function_text(&self, f: Gc<Function>) -> String {
        self.as_str(f.qualname.get()).map_or_else(String::new, |s| s.to_lossy())
    }
    fn parameter(&self, f: Gc<Function>, n: usize) -> String {
        f.code().data().locals.get(n).map_or_else(String::new, |(name, _)| name.to_string())
    }
    #[cold]
    fn missing_arguments(&self, f: Gc<Function>, end: usize, t: &Target, kind: &str) -> Raised {
        let data = f.code();
        let npos = data.data().arg_count as usize;
        let range = if kind == "positional" { 0..end } else { npos..end };
        let defaults = self.as_dict(f.kwdefaults.get());
        let missing: Vec<String> = range
            .filter(|&n| t.get(n).is_unbound())
            .map(|n| self.parameter(f, n))
            .filter(|name| {
                kind == "positional"
                    || defaults.is_none_or(|d| self.dict_get_str(d, self.intern(name)).is_none())
            })
            .map(|n| format!("'{n}'"))
            .collect();
        let list = match missing.as_slice() {
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [init @ .., last] => format!("{}, and {last}", init.join(", ")),
            [] => String::new(),
        };
        self.type_error(format!(
            "{}() missing {} required {kind} argument{}: {list}",
            self.function_text(f),
            missing.len(),
            if missing.len() == 1 { "" } else { "s" }
        ))
    }
    #[cold]
    fn too_many_positional(&self, f: Gc<Function>, given: usize, t: &Target) -> Raised {
        let code = f.code();
        let data = code.data();
        let (npos, nkw) = (data.arg_count as usize, data.kwonly_count as usize);
        let defaults = self.as_tuple(f.defaults.get()).map_or(0, |d| d.len());
        let kw_given = (npos..npos + nkw).filter(|&n| !t.get(n).is_unbound()).count();
        let (takes, plural) = if defaults > 0 {
            (format!("from {} to {npos}", npos - defaults.min(npos)), true)
        } else {
            (npos.to_string(), npos != 1)
        };
        let kw_text = if kw_given > 0 {
            format!(
                " positional argument{} (and {kw_given} keyword-only argument{})",
                if given == 1 { "" } else { "s" },
                if kw_given == 1 { "" } else { "s" }
            )
        } else {
            String::new()
        };
        self.type_error(format!(
            "{}() takes {takes} positional argument{} but {given}{kw_text} {} given",
            self.function_text(f),
            if plural { "s" } else { "" },
            if given == 1 && kw_given == 0 { "was" } else { "were" }
        ))
    }
    #[cold]
    fn unexpected_argument(&self, f: Gc<Function>, name: Gc<Str>, names: Gc<Tuple>) -> Raised {
        let code = f.code();
        let data = code.data();
        let positional_only: Vec<String> = (0..data.posonly_count as usize)
            .map(|n| self.parameter(f, n))
            .filter(|p| names.items().iter().any(|&k| self.as_str(k).is_some_and(|k| k.is(p))))
            .collect();
        if !positional_only.is_empty() {
            return self.type_error(format!(
                "{}() got some positional-only arguments passed as keyword arguments: '{}'",
                self.function_text(f),
                positional_only.join(", ")
            ));
        }
        let keyword = name.to_lossy();
        let candidates = (data.posonly_count as usize
            ..(data.arg_count + data.kwonly_count) as usize)
            .map(|n| self.parameter(f, n));
        let hint = match crate::protocol::suggest(&keyword, candidates) {
            Some(s) => format!(". Did you mean '{s}'?"),
            None => String::new(),
        };
        self.type_error(format!(
            "{}() got an unexpected keyword argument '{keyword}'{hint}",
            self.function_text(f)
        ))
    }
}
