//! What the command line and the environment say about the JIT.
//!
//! `--jit=WORD` may be given several times, and the variable `PYRS_JIT` holds such words with spaces between.
//! `-X jit=LEVEL` and `-X jit-NAME=N` are for scripts that already pass `-X`. The command line comes after the
//! environment and wins. Mistakes are errors: a setting that was mistyped must not be a setting that was ignored.

use pyrs_core::jit::{Options, SETTINGS, Setting, Stages};

/// How statistics are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Table,
    Json,
}

/// Everything that was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JitOptions {
    /// Compile, or not; if nobody said, yes.
    pub on: Option<bool>,
    pub options: Options,
    /// Statistics at the end: how, and to which file (none is stderr).
    pub stats: Option<(Format, Option<String>)>,
    /// Traces as they are made: which stages, and to which file.
    pub dump: Option<(Stages, Option<String>)>,
    /// At the end, what was not compiled and why code was left.
    pub why: bool,
    /// The map of code for `perf`.
    pub perf: bool,
}

/// A word after `--jit=`: the table that parsing, errors and `--help` derive from.
struct Word {
    name: &'static str,
    /// What may follow it.
    more: &'static str,
    help: &'static str,
    apply: fn(&mut JitOptions, &str) -> Result<(), String>,
}

const WORDS: &[Word] = &[
    Word {
        name: "off",
        more: "",
        help: "interpret only; also -X jit=0",
        apply: |o, rest| plain(rest, || o.on = Some(false)),
    },
    Word {
        name: "on",
        more: "",
        help: "compile hot loops (default); also -X jit=1",
        apply: |o, rest| plain(rest, || o.on = Some(true)),
    },
    Word {
        name: "eager",
        more: "",
        help: "compile loops almost at once; also -X jit=2",
        apply: |o, rest| plain(rest, || o.eager()),
    },
    Word {
        name: "stats",
        more: "[:json][:FILE]",
        help: "print what was compiled, why code was left, and the time spent, at exit",
        apply: stats,
    },
    Word {
        name: "dump",
        more: "[=STAGE,...][:FILE]",
        help: "print every trace; stages are bytecode, recorded, optimised, registers, code",
        apply: dump,
    },
    Word {
        name: "why",
        more: "",
        help: "print which loops were not compiled and where compiled code was left, at exit",
        apply: |o, rest| plain(rest, || o.why = true),
    },
];

fn plain(rest: &str, set: impl FnOnce()) -> Result<(), String> {
    if !rest.is_empty() {
        return Err(format!("nothing may follow: '{rest}'"));
    }
    set();
    Ok(())
}
/// A file name behind a colon; none for an empty text.
fn file(rest: &str) -> Result<Option<String>, String> {
    match rest.strip_prefix(':') {
        Some(name) if !name.is_empty() => Ok(Some(name.to_owned())),
        None if rest.is_empty() => Ok(None),
        _ => Err("a file name must follow ':'".to_owned()),
    }
}
fn stats(o: &mut JitOptions, rest: &str) -> Result<(), String> {
    let (format, rest) = match rest.strip_prefix(":json") {
        Some(more) if more.is_empty() || more.starts_with(':') => (Format::Json, more),
        _ => (Format::Table, rest),
    };
    o.stats = Some((format, file(rest)?));
    Ok(())
}
fn dump(o: &mut JitOptions, rest: &str) -> Result<(), String> {
    let (stages, rest) = match rest.strip_prefix('=') {
        Some(text) => {
            let end = text.find(':').unwrap_or(text.len());
            let stages = Stages::parse(&text[..end]).map_err(|bad| {
                format!("'{bad}' is no stage; stages are {}", Stages::NAMES.join(", "))
            })?;
            (stages, &text[end..])
        }
        None => (Stages::ALL, rest),
    };
    o.dump = Some((stages, file(rest)?));
    Ok(())
}

fn wrong(what: &str, why: &str) -> String {
    format!("pyrs: {what}: {why}\n")
}

impl JitOptions {
    /// What the environment says; `variable` gives the value of a variable that is set.
    pub fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<JitOptions, String> {
        let mut o = JitOptions::default();
        for word in variable("PYRS_JIT").unwrap_or_default().split_whitespace() {
            o.word(word).map_err(|why| wrong("PYRS_JIT", &why))?;
        }
        for s in SETTINGS {
            if let Some(text) = variable(s.variable).filter(|t| !t.is_empty()) {
                s.set(&mut o.options, &text).map_err(|why| wrong(s.variable, &why))?;
            }
        }
        if variable("PYRS_JIT_STATS").is_some_and(|t| !t.is_empty() && t != "0") {
            o.stats = Some((Format::Table, None));
            o.why = true;
        }
        // `1` is short for everything.
        if let Some(text) = variable("PYRS_JIT_DUMP").filter(|t| !t.is_empty() && t != "0") {
            let rest = if text == "1" { String::new() } else { format!("={text}") };
            dump(&mut o, &rest).map_err(|why| wrong("PYRS_JIT_DUMP", &why))?;
        }
        Ok(o)
    }
    /// Whether to compile.
    pub fn is_on(&self) -> bool {
        self.on.unwrap_or(true)
    }
    /// CPython's variable `PYTHON_JIT`, which counts if nothing else was said.
    pub fn python_variable(&mut self, value: &str) {
        self.on = self.on.or(Some(value != "0"));
    }
    /// `--jit=WORD`
    pub fn option(&mut self, word: &str) -> Result<(), String> {
        self.word(word).map_err(|why| wrong(&format!("--jit={word}"), &why))
    }
    /// `-X name=value`; names that are not of the JIT are none of its business.
    pub fn x_option(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let failed = |why: String| wrong(&format!("-X {name}"), &why);
        match name {
            "jit" => match value {
                Some(level @ ("0" | "1" | "2")) => self.word(level),
                None => self.word("1"),
                Some(_) => Err("must be 0 (off), 1 (on) or 2 (eager)".to_owned()),
            }
            .map_err(failed),
            "perf" | "perf_jit" => {
                self.perf = value != Some("0");
                Ok(())
            }
            _ => {
                let Some(setting) = name.strip_prefix("jit-") else { return Ok(()) };
                let Some(s) = Setting::named(setting) else {
                    let names: Vec<String> =
                        SETTINGS.iter().map(|s| format!("jit-{}", s.name)).collect();
                    return Err(failed(format!("unknown; there are {}", names.join(", "))));
                };
                s.set(&mut self.options, value.unwrap_or("")).map_err(failed)
            }
        }
    }
    fn word(&mut self, text: &str) -> Result<(), String> {
        let text = match text {
            "0" => "off",
            "1" => "on",
            "2" => "eager",
            other => other,
        };
        let end = text.find([':', '=']).unwrap_or(text.len());
        let Some(word) = WORDS.iter().find(|w| w.name == &text[..end]) else {
            let names: Vec<String> =
                WORDS.iter().map(|w| format!("{}{}", w.name, w.more)).collect();
            return Err(format!("'{text}' is unknown; there are {}", names.join(", ")));
        };
        (word.apply)(self, &text[end..])
    }
    /// The thresholds of eager compilation; the other settings stay.
    fn eager(&mut self) {
        let Options { threshold, bridge_threshold, patience, .. } = Options::eager();
        self.on = Some(true);
        self.options = Options { threshold, bridge_threshold, patience, ..self.options };
    }
}

/// The part of `--help`.
pub fn help() -> String {
    let mut out = String::from("\nThe JIT (also words of PYRS_JIT, with spaces between):\n");
    let mut line = |left: String, help: &str| out.push_str(&format!("{left}\n         {help}\n"));
    for w in WORDS {
        line(format!("--jit={}{}", w.name, w.more), w.help);
    }
    for s in SETTINGS {
        let default = s.get(&Options::default());
        let default = if default == s.range.1 { "any" } else { &default.to_string() };
        let help = format!("{} (default {default}); also {}=N", s.help, s.variable);
        line(format!("-X jit-{}=N", s.name), &help);
    }
    line("-X perf".into(), "write /tmp/perf-PID.map, where perf finds the names of compiled code");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Result<JitOptions, String> {
        let mut o = JitOptions::default();
        for w in list {
            o.option(w)?;
        }
        Ok(o)
    }

    #[test]
    fn words_of_the_jit() {
        let on = JitOptions::default();
        assert!(on.is_on() && words(&["on"]).expect("a known word").is_on());
        assert!(!words(&["on", "off"]).expect("known words").is_on());
        assert!(words(&["0", "2"]).expect("known words").is_on());
        assert_eq!(words(&["eager"]).expect("known word").options, Options::eager());
        assert_eq!(words(&["stats"]).expect("known word").stats, Some((Format::Table, None)));
        let file = |name: &str| Some(name.to_owned());
        for (text, stats) in [
            ("stats:json", (Format::Json, None)),
            ("stats:json:x:y", (Format::Json, file("x:y"))),
            ("stats:jsonx", (Format::Table, file("jsonx"))),
        ] {
            assert_eq!(words(&[text]).expect(text).stats, Some(stats));
        }
        let recorded = Stages::parse("recorded,code").expect("names");
        for (text, dump) in [
            ("dump", (Stages::ALL, None)),
            ("dump:out", (Stages::ALL, file("out"))),
            ("dump=recorded,code", (recorded, None)),
            ("dump=recorded,code:out", (recorded, file("out"))),
        ] {
            assert_eq!(words(&[text]).expect(text).dump, Some(dump));
        }
        assert!(words(&["why"]).expect("known word").why);
        let bad = [
            "",
            "x",
            "offx",
            "off:",
            "stats:",
            "stats:json:",
            "stats=x",
            "dump=",
            "dump=ir",
            "dump:",
            "3",
            "why:x",
        ];
        for text in bad {
            let error = words(&[text]).expect_err(text);
            assert!(error.starts_with(&format!("pyrs: --jit={text}: ")), "{error}");
        }
    }

    #[test]
    fn x_options_of_the_jit() {
        let set = |name: &str, value: Option<&str>| {
            let mut o = JitOptions::default();
            o.x_option(name, value).map(|()| o)
        };
        assert!(!set("jit", Some("0")).expect("a level").is_on());
        assert!(set("jit", None).expect("a level").is_on());
        assert_eq!(set("jit", Some("2")).expect("a level").options, Options::eager());
        assert_eq!(set("jit-threshold", Some("7")).expect("a number").options.threshold, 7);
        assert_eq!(set("jit-arena", Some("1M")).expect("a number").options.arena, 1 << 20);
        assert!(set("perf", None).expect("a switch").perf);
        assert!(!set("perf", Some("0")).expect("a switch").perf);
        assert_eq!(set("importtime", None), Ok(JitOptions::default()));
        for (name, value) in [
            ("jit", Some("3")),
            ("jit-threshold", None),
            ("jit-threshold", Some("0")),
            ("jit-x", Some("1")),
        ] {
            assert!(set(name, value).is_err(), "{name} {value:?}");
        }
    }

    #[test]
    fn the_variable_of_cpython_counts_last() {
        for (word, value, on) in
            [("on", "0", true), ("off", "1", false), ("stats", "0", false), ("stats", "1", true)]
        {
            let mut o = words(&[word]).expect("a known word");
            o.python_variable(value);
            assert_eq!(o.is_on(), on, "{word} {value}");
        }
    }

    #[test]
    fn the_environment() {
        let with = |pairs: &[(&str, &str)]| {
            let find = |name: &str| pairs.iter().find(|p| p.0 == name).map(|p| p.1.to_owned());
            JitOptions::from_environment(find)
        };
        assert_eq!(with(&[]), Ok(JitOptions::default()));
        assert_eq!(with(&[("PYRS_JIT", ""), ("PYRS_JIT_DUMP", "0")]), Ok(JitOptions::default()));
        assert!(!with(&[("PYRS_JIT", "0")]).expect("a level").is_on());
        let o =
            with(&[("PYRS_JIT", "eager stats"), ("PYRS_JIT_BRIDGE", "5")]).expect("known words");
        assert_eq!((o.options.threshold, o.options.bridge_threshold), (2, 5));
        assert!(o.stats.is_some());
        let o = with(&[("PYRS_JIT_DUMP", "1")]).expect("a switch");
        assert_eq!(o.dump, Some((Stages::ALL, None)));
        let o = with(&[("PYRS_JIT_DUMP", "code:x")]).expect("a stage");
        assert_eq!(o.dump, Some((Stages::parse("code").expect("a name"), Some("x".to_owned()))));
        for bad in [("PYRS_JIT", "maybe"), ("PYRS_JIT_LIMIT", "-1"), ("PYRS_JIT_DUMP", "2")] {
            let error = with(&[bad]).expect_err(bad.0);
            assert!(error.starts_with(&format!("pyrs: {}: ", bad.0)), "{error}");
        }
    }

    #[test]
    fn help_names_everything() {
        let text = help();
        for w in WORDS {
            assert!(text.contains(&format!("--jit={}{}\n", w.name, w.more)));
        }
        for s in SETTINGS {
            assert!(text.contains(&format!("-X jit-{}=N\n", s.name)) && text.contains(s.variable));
        }
        for stage in Stages::NAMES {
            assert!(text.contains(stage));
        }
    }
}
