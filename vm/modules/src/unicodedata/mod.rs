//! `unicodedata`: the Unicode character database, version 16.0.0, and version 3.2.0 as `ucd_3_2_0`.
//!
//! `tables`, `decompositions` and `sequences` are data; `normal` normalises. Numeric values come from
//! `pyrs_text::unicode`, names from the crate `unicode_names2` (a newer version: characters that 16.0.0 does not know
//! are left out).

mod decompositions;
mod normal;
mod sequences;
mod tables;

use normal::Form;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Res, Value, Vm, native_object};
use pyrs_text::unicode;
use tables::Record;

/// The database of an older version.
#[repr(C)]
struct Ucd {
    header: Header,
}
native_object!(Ucd, "unicodedata.UCD", slots = 0);

/// The version asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V16,
    V3,
}
use Version::{V3, V16};

/// Declares each function twice: of the module, and as a method of `UCD`.
macro_rules! both {
    ($($name:literal, $signature:literal, $f:expr, $doc:literal;)*) => {
        static FUNCTIONS: &[NativeDef] = &[
            $(NativeDef::function($name, concat!("(", $signature, ", /)"),
                |vm, a| $f(vm, a, V16), $doc),)*
        ];
        static METHODS: &[NativeDef] = &[
            $(NativeDef::method($name, concat!("(self, ", $signature, ", /)"),
                |vm, a| $f(vm, &a[1..], V3), $doc),)*
        ];
    };
}
both! {
    "category", "chr", |vm, a, v| text_of(vm, a, v, "category", |r| r.0), "Returns the general category assigned to the character chr as string.";
    "bidirectional", "chr", |vm, a, v| text_of(vm, a, v, "bidirectional", |r| r.1), "Returns the bidirectional class assigned to the character chr as string.\n\nIf no such value is defined, an empty string is returned.";
    "east_asian_width", "chr", |vm, a, v| text_of(vm, a, v, "east_asian_width", |r| r.2), "Returns the east asian width assigned to the character chr as string.";
    "mirrored", "chr", |vm, a, v| number_of(vm, a, v, "mirrored", |r| r.3 as isize), "Returns the mirrored property assigned to the character chr as integer.\n\nReturns 1 if the character has been identified as a \"mirrored\"\ncharacter in bidirectional text, 0 otherwise.";
    "combining", "chr", |vm, a, v| number_of(vm, a, v, "combining", |r| r.4 as isize), "Returns the canonical combining class assigned to the character chr as integer.\n\nReturns 0 if no combining class is defined.";
    "decomposition", "chr", decomposition, "Returns the character decomposition mapping assigned to the character chr as string.\n\nAn empty string is returned in case no such mapping is defined.";
    "decimal", "chr, default=<unrepresentable>", decimal, "Converts a Unicode character into its equivalent decimal value.\n\nReturns the decimal value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    "digit", "chr, default=<unrepresentable>", digit, "Converts a Unicode character into its equivalent digit value.\n\nReturns the digit value assigned to the character chr as integer.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    "numeric", "chr, default=<unrepresentable>", numeric, "Converts a Unicode character into its equivalent numeric value.\n\nReturns the numeric value assigned to the character chr as float.\nIf no such value is defined, default is returned, or, if not given,\nValueError is raised.";
    "name", "chr, default=<unrepresentable>", name, "Returns the name assigned to the character chr as a string.\n\nIf no name is defined, default is returned, or, if not given,\nValueError is raised.";
    "lookup", "name", lookup, "Look up character by name.\n\nIf a character with the given name is found, return the\ncorresponding character.  If not found, KeyError is raised.";
    "normalize", "form, unistr", normalize, "Return the normal form 'form' for the Unicode string unistr.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.";
    "is_normalized", "form, unistr", is_normalized, "Return whether the Unicode string unistr is in the normal form 'form'.\n\nValid values for form are 'NFC', 'NFKC', 'NFD', and 'NFKD'.";
}

static UCD: ClassSpec = ClassSpec {
    name: "unicodedata.UCD",
    layout: <Ucd as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: METHODS,
    getset: &[GetSetDef::read_only("unidata_version", |vm, _| vm.str("3.2.0"), "")],
    fields: &[],
};

pub(crate) fn init(vm: &Vm) -> Res {
    let doc = "This module provides access to the Unicode Character Database which\ndefines character properties for all Unicode characters. The data in\nthis database is based on the UnicodeData.txt file version\n16.0.0 which is publicly available from the Unicode Consortium\nat https://www.unicode.org/Public/16.0.0/ucd/.\n\nThe module uses the same names and symbols as defined by the\nUnicodeData File Format 16.0.0.";
    let m = vm.new_native_module("unicodedata", doc, FUNCTIONS)?;
    let c = vm.define_class(&UCD, None)?;
    vm.module_set(m, "UCD", c.value())?;
    let old: Gc<Ucd> = vm.alloc(Ucd { header: Header::new(c.root_shape.get(), 0) })?;
    vm.module_set(m, "ucd_3_2_0", old.value())?;
    vm.module_set(m, "unidata_version", vm.str(unicode::UNICODE_VERSION)?)?;
    Ok(m.value())
}

fn find(point: u32, runs: &[(u32, u16)], records: &'static [Record]) -> &'static Record {
    // The first run starts at zero.
    let at = runs.partition_point(|&(start, _)| start <= point).saturating_sub(1);
    &records[usize::from(runs[at].1)]
}
fn record(point: u32, version: Version) -> &'static Record {
    match version {
        V16 => find(point, &tables::NEW_RUNS, &tables::NEW_RECORDS),
        V3 => find(point, &tables::OLD_RUNS, &tables::OLD_RECORDS),
    }
}
fn assigned(point: u32, version: Version) -> bool {
    record(point, version).0 != "Cn"
}
/// The one character an argument must be.
fn character(vm: &Vm, v: Value, function: &str) -> Res<u32> {
    match vm.as_str(v) {
        Some(s) if s.len() == 1 => Ok(s.at(0)),
        Some(s) => Err(vm.type_error(format!(
            "{function}(): argument 1 must be a unicode character, not a string of length {}",
            s.len()
        ))),
        None => Err(vm.type_error(format!(
            "{function}() argument 1 must be a unicode character, not {}",
            vm.type_name(v)
        ))),
    }
}
fn text_of(
    vm: &Vm,
    a: &[Value],
    version: Version,
    function: &str,
    field: fn(&Record) -> &'static str,
) -> Res {
    let c = character(vm, a[0], function)?;
    Ok(vm.intern(field(record(c, version))).value())
}
fn number_of(vm: &Vm, a: &[Value], version: Version, f: &str, field: fn(&Record) -> isize) -> Res {
    let c = character(vm, a[0], f)?;
    Ok(Value::small_int(field(record(c, version))))
}
fn decomposition(vm: &Vm, a: &[Value], version: Version) -> Res {
    let c = character(vm, a[0], "decomposition")?;
    if !assigned(c, version) {
        return vm.str("");
    }
    if let Some((parts, n)) = normal::hangul_parts(c) {
        let shown: Vec<String> = parts[..n].iter().map(|p| format!("{p:04X}")).collect();
        return vm.str(&shown.join(" "));
    }
    vm.str(normal::mapping(c).unwrap_or(""))
}

/// What version 3.2.0 said of a character's numbers, if that was something else.
fn old_numbers(c: u32, version: Version) -> Option<(i8, f64)> {
    if version == V16 {
        return None;
    }
    if !assigned(c, V3) {
        return Some((-1, f64::NAN));
    }
    let table = &decompositions::OLD_NUMBERS;
    let at = table.binary_search_by_key(&c, |row| row.0).ok()?;
    let (_, decimal, numeric) = table[at];
    Some((decimal, numeric))
}
fn or_default(vm: &Vm, found: Option<Value>, default: Value, message: &str) -> Res {
    match found {
        Some(v) => Ok(v),
        None if default.is_unbound() => Err(vm.value_error(message)),
        None => Ok(default),
    }
}
fn decimal(vm: &Vm, a: &[Value], version: Version) -> Res {
    let c = character(vm, a[0], "decimal")?;
    let n = match old_numbers(c, version) {
        Some((n, ..)) => u8::try_from(n).ok(),
        None => unicode::decimal_value(c),
    };
    or_default(vm, n.map(|n| Value::small_int(n.into())), a[1], "not a decimal")
}
/// The older database answers with today's digits, as CPython's does.
fn digit(vm: &Vm, a: &[Value], _: Version) -> Res {
    let n = unicode::digit_value(character(vm, a[0], "digit")?);
    or_default(vm, n.map(|n| Value::small_int(n.into())), a[1], "not a digit")
}
fn numeric(vm: &Vm, a: &[Value], version: Version) -> Res {
    let c = character(vm, a[0], "numeric")?;
    let x = match old_numbers(c, version) {
        Some((.., x)) => Some(x).filter(|x| !x.is_nan()),
        None => unicode::numeric_value(c),
    };
    let v = x.map(|x| vm.float(x)).transpose()?;
    or_default(vm, v, a[1], "not a numeric character")
}

fn name_of(c: u32) -> Option<String> {
    let listed = || char::from_u32(c).and_then(unicode_names2::name).map(|n| n.to_string());
    unicode::computed_name(c).or_else(listed)
}
fn name(vm: &Vm, a: &[Value], version: Version) -> Res {
    let c = character(vm, a[0], "name")?;
    let named = assigned(c, version) && !matches!(record(c, V16).0, "Cc" | "Co" | "Cs" | "Cn");
    let found = if named { name_of(c) } else { None };
    let v = found.map(|n| vm.str(&n)).transpose()?;
    or_default(vm, v, a[1], "no such name")
}
fn lookup(vm: &Vm, a: &[Value], version: Version) -> Res {
    let text = match vm.as_str(a[0]) {
        Some(s) => s.to_lossy(),
        None => String::from_utf8_lossy(&vm.buffer(a[0], false)?.to_vec()).into_owned(),
    };
    let known = |c: &char| assigned(u32::from(*c), version);
    let found = match unicode::computed_character(&text) {
        Some(computed) => computed,
        None => unicode_names2::character(&text),
    };
    // Unicode 3.2 had no formal aliases.
    let named = |c: &char| {
        version == V16 || name_of(u32::from(*c)).is_some_and(|n| n.eq_ignore_ascii_case(&text))
    };
    if let Some(c) = found.filter(known).filter(named) {
        return Ok(vm.str_of_point(c.into())?.value());
    }
    let upper = text.to_ascii_uppercase();
    let table = &sequences::SEQUENCES;
    if version == V16
        && let Ok(at) = table.binary_search_by(|row| row.0.cmp(upper.as_str()))
    {
        return Ok(vm.new_str_points(pyrs_text::CodePoints::Four(table[at].1))?.value());
    }
    let message = vm.str(&format!("undefined character name '{text}'"))?;
    Err(vm.key_error(message))
}

fn form_and_text(vm: &Vm, a: &[Value], function: &str) -> Res<(Form, Gc<pyrs_core::object::Str>)> {
    let mut texts = [vm.names().empty; 2];
    for (i, (to, &v)) in texts.iter_mut().zip(a).enumerate() {
        let given = || if v.is_none() { "None".to_owned() } else { vm.type_name(v) };
        *to = vm.as_str(v).ok_or_else(|| {
            vm.type_error(format!("{function}() argument {} must be str, not {}", i + 1, given()))
        })?;
    }
    match normal::form(&texts[0].to_lossy()) {
        Some(f) => Ok((f, texts[1])),
        None => Err(vm.value_error("invalid normalization form")),
    }
}
fn normalize(vm: &Vm, a: &[Value], version: Version) -> Res {
    let (form, s) = form_and_text(vm, a, "normalize")?;
    match normal::normalize(s.points(), form, version == V3) {
        Some(out) => Ok(vm.new_str_points(pyrs_text::CodePoints::Four(&out))?.value()),
        None => Ok(s.value()),
    }
}
fn is_normalized(vm: &Vm, a: &[Value], version: Version) -> Res {
    let (form, s) = form_and_text(vm, a, "is_normalized")?;
    let same = match normal::normalize(s.points(), form, version == V3) {
        Some(out) => pyrs_text::CodePoints::Four(&out).same(s.points()),
        None => true,
    };
    Ok(Value::bool(same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_of_known_characters() {
        let r = record(u32::from('a'), V16);
        assert_eq!((r.0, r.1, r.2, r.3, r.4), ("Ll", "L", "Na", false, 0));
        assert_eq!(record(0x301, V16).4, 230);
        assert_eq!(record(0x4e00, V16).2, "W");
        assert!(record(u32::from('('), V3).3);
        assert!(!assigned(0x10ffff, V16) && !assigned(0x1f600, V3) && assigned(0x1f600, V16));
    }

    #[test]
    fn tables_are_sorted() {
        assert!(sequences::SEQUENCES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(tables::NEW_RUNS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(tables::OLD_RUNS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(decompositions::OLD_NUMBERS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(decompositions::COMPOSITIONS.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        assert!(decompositions::DECOMPOSITIONS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
