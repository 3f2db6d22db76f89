//! `_locale`: the C locale and its answers. The process stays in the C locale whatever programs ask for, except
//! that names of UTF-8 locales are accepted: text is UTF-8 here anyway.

use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "setlocale",
        "(category, locale=None, /)",
        setlocale,
        "Activates/queries locale processing.",
    ),
    NativeDef::function(
        "localeconv",
        "()",
        localeconv,
        "Returns numeric and monetary locale-specific parameters.",
    ),
    NativeDef::function(
        "nl_langinfo",
        "(key, /)",
        nl_langinfo,
        "Return the value for the locale information associated with key.",
    ),
    NativeDef::function(
        "strcoll",
        "(os1, os2, /)",
        strcoll,
        "Compares two strings according to the locale.",
    ),
    NativeDef::function(
        "strxfrm",
        "(string, /)",
        strxfrm,
        "Return a string that can be used as a key for locale-aware comparisons.",
    ),
    NativeDef::function(
        "getencoding",
        "()",
        |vm, _| vm.str("UTF-8"),
        "Get the current locale encoding.",
    ),
    NativeDef::function("gettext", "(msg, /)", |_, a| Ok(a[0]), "Return translation of msg."),
];
const CATEGORIES: &[(&str, i64)] = &[
    ("LC_CTYPE", 0),
    ("LC_NUMERIC", 1),
    ("LC_TIME", 2),
    ("LC_COLLATE", 3),
    ("LC_MONETARY", 4),
    ("LC_MESSAGES", 5),
    ("LC_ALL", 6),
    ("CHAR_MAX", 127),
];
const ITEMS: &[(&str, libc::nl_item)] = &[
    ("CODESET", libc::CODESET),
    ("RADIXCHAR", libc::RADIXCHAR),
    ("THOUSEP", libc::THOUSEP),
    ("D_T_FMT", libc::D_T_FMT),
    ("D_FMT", libc::D_FMT),
    ("T_FMT", libc::T_FMT),
    ("T_FMT_AMPM", libc::T_FMT_AMPM),
    ("AM_STR", libc::AM_STR),
    ("PM_STR", libc::PM_STR),
    ("YESEXPR", libc::YESEXPR),
    ("NOEXPR", libc::NOEXPR),
    ("CRNCYSTR", libc::CRNCYSTR),
    ("ERA", libc::ERA),
    ("ERA_D_FMT", libc::ERA_D_FMT),
    ("ERA_D_T_FMT", libc::ERA_D_T_FMT),
    ("ERA_T_FMT", libc::ERA_T_FMT),
    ("ALT_DIGITS", libc::ALT_DIGITS),
    ("DAY_1", libc::DAY_1),
    ("DAY_2", libc::DAY_2),
    ("DAY_3", libc::DAY_3),
    ("DAY_4", libc::DAY_4),
    ("DAY_5", libc::DAY_5),
    ("DAY_6", libc::DAY_6),
    ("DAY_7", libc::DAY_7),
    ("ABDAY_1", libc::ABDAY_1),
    ("ABDAY_2", libc::ABDAY_2),
    ("ABDAY_3", libc::ABDAY_3),
    ("ABDAY_4", libc::ABDAY_4),
    ("ABDAY_5", libc::ABDAY_5),
    ("ABDAY_6", libc::ABDAY_6),
    ("ABDAY_7", libc::ABDAY_7),
    ("MON_1", libc::MON_1),
    ("MON_2", libc::MON_2),
    ("MON_3", libc::MON_3),
    ("MON_4", libc::MON_4),
    ("MON_5", libc::MON_5),
    ("MON_6", libc::MON_6),
    ("MON_7", libc::MON_7),
    ("MON_8", libc::MON_8),
    ("MON_9", libc::MON_9),
    ("MON_10", libc::MON_10),
    ("MON_11", libc::MON_11),
    ("MON_12", libc::MON_12),
    ("ABMON_1", libc::ABMON_1),
    ("ABMON_2", libc::ABMON_2),
    ("ABMON_3", libc::ABMON_3),
    ("ABMON_4", libc::ABMON_4),
    ("ABMON_5", libc::ABMON_5),
    ("ABMON_6", libc::ABMON_6),
    ("ABMON_7", libc::ABMON_7),
    ("ABMON_8", libc::ABMON_8),
    ("ABMON_9", libc::ABMON_9),
    ("ABMON_10", libc::ABMON_10),
    ("ABMON_11", libc::ABMON_11),
    ("ABMON_12", libc::ABMON_12),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_locale", "Support for POSIX locales.", FUNCTIONS)?;
    for &(name, n) in CATEGORIES {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    for &(name, n) in ITEMS {
        vm.module_set(m, name, vm.int(n as i64)?)?;
    }
    let bases = vm.tuple(&[vm.exc().exception.value()])?;
    let ns = vm.new_dict()?;
    vm.dict_set_str(ns, vm.names().module, vm.str("locale")?)?;
    let e = vm.call(vm.classes().type_.value(), &[vm.str("Error")?, bases, ns.value()])?;
    vm.set_hook("locale_error", e);
    vm.module_set(m, "Error", e)?;
    Ok(m.value())
}
fn setlocale(vm: &Vm, a: &[Value]) -> Res {
    let category = vm.int_i64(a[0])?;
    if !(0..=12).contains(&category) {
        return error(vm, "invalid locale category");
    }
    if a[1].is_none() {
        return vm.str("C");
    }
    let Some(name) = vm.as_str(a[1]) else {
        return Err(vm.type_error(format!(
            "setlocale() argument 2 must be str or None, not {}",
            vm.type_name(a[1])
        )));
    };
    let text = name.to_lossy();
    let lower = text.to_ascii_lowercase();
    match text.as_str() {
        "" | "C" | "POSIX" => vm.str("C"),
        _ if lower == "c.utf-8" || lower == "c.utf8" => vm.str(&text),
        _ => error(vm, "unsupported locale setting"),
    }
}
fn error(vm: &Vm, message: &str) -> Res {
    let e = vm.call(vm.hook("locale_error").unwrap_or(Value::NONE), &[vm.str(message)?])?;
    match vm.as_exception(e) {
        Some(e) => Err(vm.raise(e)),
        None => Err(vm.value_error(message)),
    }
}
fn localeconv(vm: &Vm, _: &[Value]) -> Res {
    let d = vm.new_dict()?;
    for (key, text) in [
        ("decimal_point", "."),
        ("thousands_sep", ""),
        ("int_curr_symbol", ""),
        ("currency_symbol", ""),
        ("mon_decimal_point", ""),
        ("mon_thousands_sep", ""),
        ("positive_sign", ""),
        ("negative_sign", ""),
    ] {
        vm.dict_set_str(d, vm.intern(key), vm.str(text)?)?;
    }
    for key in ["grouping", "mon_grouping"] {
        vm.dict_set_str(d, vm.intern(key), vm.list(&[])?)?;
    }
    for key in [
        "int_frac_digits",
        "frac_digits",
        "p_cs_precedes",
        "p_sep_by_space",
        "n_cs_precedes",
        "n_sep_by_space",
        "p_sign_posn",
        "n_sign_posn",
    ] {
        vm.dict_set_str(d, vm.intern(key), Value::small_int(127))?;
    }
    Ok(d.value())
}
fn nl_langinfo(vm: &Vm, a: &[Value]) -> Res {
    let key = vm.int_i64(a[0])?;
    if !ITEMS.iter().any(|&(_, n)| n as i64 == key) {
        return Err(vm.value_error("unsupported langinfo constant"));
    }
    if key == libc::CODESET as i64 {
        return vm.str("UTF-8");
    }
    // SAFETY: a known item; the answer is a C string that lives until the next call.
    let text = unsafe { core::ffi::CStr::from_ptr(libc::nl_langinfo(key as libc::nl_item)) };
    let text = text.to_string_lossy().into_owned();
    vm.str(&text)
}
fn strcoll(vm: &Vm, a: &[Value]) -> Res {
    let (Some(x), Some(y)) = (vm.as_str(a[0]), vm.as_str(a[1])) else {
        return Err(vm.type_error("strcoll() arguments must be str"));
    };
    Ok(Value::small_int(pyrs_core::protocol::compare_text(x, y) as isize))
}
fn strxfrm(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_str(a[0]) {
        Some(s) if s.points().position(0).is_some() => {
            Err(vm.value_error("embedded null character"))
        }
        Some(_) => Ok(a[0]),
        None => {
            Err(vm
                .type_error(format!("strxfrm() argument must be str, not {}", vm.type_name(a[0]))))
        }
    }
}
