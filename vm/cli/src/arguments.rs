//! The command line, after CPython's rules: short options may be bundled, `-c` and `-m` end the options.

use crate::jit_options::{self, JitOptions};
use pyrs_modules::startup::Config;
use std::ffi::OsString;

/// What is to be run.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// `-c TEXT`
    Command(String),
    /// `-m NAME`
    Module(String),
    /// a file, folder or zip archive
    Path(String),
    /// `-`, or nothing on the command line
    Stdin,
}

/// A parsed command line.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub source: Source,
    pub config: Config,
    /// `PYTHONHASHSEED`
    pub hash_seed: Option<u32>,
    pub skip_first_line: bool,
    pub jit: JitOptions,
}

pub enum Parsed {
    Run(Box<Invocation>),
    Print(String),
}

/// One option of the command line: the table that parsing and `--help` derive from.
struct Flag {
    letter: char,
    /// name of its argument, if it takes one
    argument: Option<&'static str>,
    help: &'static str,
}

const FLAGS: &[Flag] = &[
    Flag {
        letter: 'b',
        argument: None,
        help: "issue warnings about converting bytes/bytearray to str; -bb: issue errors",
    },
    Flag {
        letter: 'B',
        argument: None,
        help: "don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x",
    },
    Flag {
        letter: 'c',
        argument: Some("cmd"),
        help: "program passed in as string (terminates option list)",
    },
    Flag {
        letter: 'E',
        argument: None,
        help: "ignore PYTHON* environment variables (such as PYTHONPATH)",
    },
    Flag { letter: 'h', argument: None, help: "print this help message and exit (also --help)" },
    Flag { letter: 'i', argument: None, help: "inspect interactively after running script" },
    Flag {
        letter: 'I',
        argument: None,
        help: "isolate from the user's environment (implies -E, -P and -s)",
    },
    Flag {
        letter: 'm',
        argument: Some("mod"),
        help: "run library module as a script (terminates option list)",
    },
    Flag {
        letter: 'O',
        argument: None,
        help: "remove assert statements and __debug__-dependent code; also PYTHONOPTIMIZE=x",
    },
    Flag {
        letter: 'P',
        argument: None,
        help: "don't prepend a potentially unsafe path to sys.path; also PYTHONSAFEPATH",
    },
    Flag {
        letter: 'q',
        argument: None,
        help: "don't print version and copyright messages on interactive startup",
    },
    Flag {
        letter: 's',
        argument: None,
        help: "don't add user site directory to sys.path; also PYTHONNOUSERSITE=x",
    },
    Flag { letter: 'S', argument: None, help: "don't imply 'import site' on initialization" },
    Flag {
        letter: 'u',
        argument: None,
        help: "force the stdout and stderr streams to be unbuffered; also PYTHONUNBUFFERED=x",
    },
    Flag {
        letter: 'v',
        argument: None,
        help: "verbose (trace import statements); also PYTHONVERBOSE=x",
    },
    Flag {
        letter: 'V',
        argument: None,
        help: "print the version number and exit (also --version)",
    },
    Flag {
        letter: 'W',
        argument: Some("arg"),
        help: "warning control; arg is action:message:category:module:lineno; also PYTHONWARNINGS=arg",
    },
    Flag {
        letter: 'x',
        argument: None,
        help: "skip first line of source, allowing use of non-Unix forms of #!cmd",
    },
    Flag { letter: 'X', argument: Some("opt"), help: "set implementation-specific option" },
];

fn usage_line(program: &str) -> String {
    format!("usage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...\n")
}

/// The text of `--help`.
pub fn help(program: &str) -> String {
    let mut out = usage_line(program);
    out.push_str("Options (and corresponding environment variables):\n");
    for f in FLAGS {
        let left = match f.argument {
            Some(a) => format!("-{} {a}", f.letter),
            None => format!("-{}", f.letter),
        };
        out.push_str(&format!("{left:<7}: {}\n", f.help));
    }
    out.push_str(&jit_options::help());
    out.push_str(
        "\nArguments:\nfile   : program read from script file\n-      : program read from stdin (default; interactive mode if a tty)\narg ...: arguments passed to program in sys.argv[1:]\n\nOther environment variables:\nPYTHONPATH      : ':'-separated list of directories prefixed to the default module search path\nPYTHONHASHSEED  : 'random', or an integer in 0..4294967295, to seed the hashes of str and bytes\nPYTHONIOENCODING: Encoding[:errors] used for stdin/stdout/stderr\nPYRS_GC_*       : settings of the garbage collector (see docs/heap.md)\n",
    );
    out
}

fn version() -> String {
    "Python 3.14.7\n".to_owned()
}

/// Parses the command line; `Err` is the text for stderr (exit status 2).
pub fn parse(args: Vec<OsString>) -> Result<Parsed, String> {
    let args: Vec<String> = args.into_iter().map(|a| surrogate_escaped(&a)).collect();
    let program = args.first().cloned().unwrap_or_else(|| "pyrs".to_owned());
    let mut state = State {
        config: Config { orig_argv: args.clone(), ..Config::default() },
        skip_first_line: false,
        jit: JitOptions::from_environment(|name| std::env::var(name).ok())?,
    };
    let mut rest = args.iter().skip(1).cloned();
    let mut source = None;
    while let Some(a) = rest.next() {
        match a.as_str() {
            "-" => {
                source = Some((Source::Stdin, a));
                break;
            }
            "--help" => return Ok(Parsed::Print(help(&program))),
            "--version" => return Ok(Parsed::Print(version())),
            "--" => {
                source = rest.next().map(|p| (Source::Path(p.clone()), p));
                break;
            }
            _ if a.starts_with("--jit=") => state.jit.option(&a["--jit=".len()..])?,
            _ if a.starts_with("--") => return Err(unknown(&program, &a)),
            _ if a.starts_with('-') => match state.short_options(&program, &a[1..], &mut rest)? {
                Outcome::More => {}
                Outcome::Print(text) => return Ok(Parsed::Print(text)),
                Outcome::Source(s, zero) => {
                    source = Some((s, zero));
                    break;
                }
            },
            _ => {
                source = Some((Source::Path(a.clone()), a));
                break;
            }
        }
    }
    let (source, zero) = source.unwrap_or((Source::Stdin, String::new()));
    state.config.argv = std::iter::once(zero).chain(rest).collect();
    state.config.executable = executable(&program);
    let hash_seed = state.environment()?;
    let State { config, skip_first_line, jit } = state;
    let invocation = Invocation { source, config, hash_seed, skip_first_line, jit };
    Ok(Parsed::Run(Box::new(invocation)))
}

enum Outcome {
    More,
    Print(String),
    Source(Source, String),
}

fn unknown(program: &str, option: &str) -> String {
    format!(
        "unknown option {option}\n{}Try `{program} -h' for more information.\n",
        usage_line(program)
    )
}

struct State {
    config: Config,
    skip_first_line: bool,
    jit: JitOptions,
}

impl State {
    /// Bundled short options; an option that takes an argument ends the bundle.
    fn short_options(
        &mut self,
        program: &str,
        bundle: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<Outcome, String> {
        let c = &mut self.config;
        for (i, letter) in bundle.char_indices() {
            let Some(flag) = FLAGS.iter().find(|f| f.letter == letter) else {
                return Err(
                    unknown(program, &format!("-{letter}")).replacen("unknown", "Unknown", 1)
                );
            };
            if flag.argument.is_some() {
                let inline = &bundle[i + letter.len_utf8()..];
                let value = if inline.is_empty() { rest.next() } else { Some(inline.to_owned()) };
                let Some(value) = value else {
                    return Err(format!(
                        "Argument expected for the -{letter} option\n{}Try `{program} -h' for more information.\n",
                        usage_line(program)
                    ));
                };
                match letter {
                    'c' => return Ok(Outcome::Source(Source::Command(value), "-c".to_owned())),
                    'm' => return Ok(Outcome::Source(Source::Module(value), "-m".to_owned())),
                    'W' => c.warn_options.push(value),
                    _ => {
                        let (k, v) = match value.split_once('=') {
                            Some((k, v)) => (k.to_owned(), Some(v.to_owned())),
                            None => (value, None),
                        };
                        c.dev_mode |= k == "dev";
                        self.jit.x_option(&k, v.as_deref())?;
                        c.x_options.push((k, v));
                    }
                }
                return Ok(Outcome::More);
            }
            match letter {
                'h' => return Ok(Outcome::Print(help(program))),
                'V' => return Ok(Outcome::Print(version())),
                'b' => c.bytes_warning += 1,
                'B' => c.dont_write_bytecode = true,
                'E' => c.ignore_environment = true,
                'i' => {
                    c.inspect = true;
                    c.interactive = true;
                }
                'I' => {
                    c.isolated = true;
                    c.ignore_environment = true;
                    c.safe_path = true;
                    c.no_user_site = true;
                }
                'O' => c.optimize += 1,
                'P' => c.safe_path = true,
                'q' => c.quiet = true,
                's' => c.no_user_site = true,
                'S' => c.no_site = true,
                'u' => c.unbuffered = true,
                'v' => c.verbose += 1,
                _ => self.skip_first_line = true,
            }
        }
        Ok(Outcome::More)
    }
    /// Applies `PYTHON*` variables; gives the hash seed.
    fn environment(&mut self) -> Result<Option<u32>, String> {
        let c = &mut self.config;
        if c.ignore_environment {
            return Ok(None);
        }
        let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        if let Some(p) = var("PYTHONPATH") {
            c.python_path = p.split(':').map(str::to_owned).collect();
        }
        let level = |name: &str| var(name).map_or(0, |v| v.parse::<u8>().unwrap_or(1));
        c.optimize = c.optimize.max(level("PYTHONOPTIMIZE"));
        c.verbose = c.verbose.max(level("PYTHONVERBOSE"));
        c.dont_write_bytecode |= var("PYTHONDONTWRITEBYTECODE").is_some();
        c.unbuffered |= var("PYTHONUNBUFFERED").is_some();
        c.no_user_site |= var("PYTHONNOUSERSITE").is_some();
        c.safe_path |= var("PYTHONSAFEPATH").is_some();
        c.dev_mode |= var("PYTHONDEVMODE").is_some();
        c.inspect |= var("PYTHONINSPECT").is_some();
        if let Some(v) = var("PYTHON_JIT") {
            self.jit.python_variable(&v);
        }
        if let Some(w) = var("PYTHONWARNINGS") {
            let given = std::mem::take(&mut c.warn_options);
            c.warn_options = w.split(',').map(str::to_owned).chain(given).collect();
        }
        match var("PYTHONHASHSEED").as_deref() {
            None | Some("random") => Ok(None),
            Some(n) => match n.parse::<u32>() {
                Ok(n) => Ok(Some(n)),
                Err(_) => Err("Fatal Python error: PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]\n".to_owned()),
            },
        }
    }
}

/// Bytes that are no UTF-8 cannot be carried by a Rust string: they become U+FFFD.
fn surrogate_escaped(a: &OsString) -> String {
    a.to_string_lossy().into_owned()
}

/// `sys.executable`
fn executable(program: &str) -> String {
    match std::env::current_exe() {
        Ok(p) => p.display().to_string(),
        Err(_) => program.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Invocation {
        match parse(args.iter().map(OsString::from).collect()) {
            Ok(Parsed::Run(i)) => *i,
            _ => panic!("not a run"),
        }
    }

    #[test]
    fn options_end_at_the_program() {
        let i = run(&["pyrs", "-BOu", "-Wdefault", "-X", "a=b", "x.py", "-O", "y"]);
        assert_eq!(i.source, Source::Path("x.py".into()));
        assert_eq!(i.config.argv, ["x.py", "-O", "y"]);
        assert!(i.config.dont_write_bytecode && i.config.unbuffered && i.config.optimize >= 1);
        assert_eq!(i.config.x_options, [("a".to_owned(), Some("b".to_owned()))]);
        let i = run(&["pyrs", "-Ic", "pass", "-m"]);
        assert_eq!((i.source, i.config.isolated), (Source::Command("pass".into()), true));
        assert_eq!(i.config.argv, ["-c", "-m"]);
        let i = run(&["pyrs", "--jit=off", "-Xjit-limit=9", "--jit=stats", "x.py", "--jit=on"]);
        assert_eq!((i.jit.is_on(), i.jit.options.limit), (false, 9));
        assert!(i.jit.stats.is_some() && i.jit.dump.is_none());
        assert_eq!(i.config.argv, ["x.py", "--jit=on"]);
        for bad in ["--jit", "--jit=", "--jit=of", "-Xjit=9", "-Xjit-limit"] {
            assert!(parse(vec!["pyrs".into(), bad.into()]).is_err(), "{bad}");
        }
        assert!(parse(vec!["pyrs".into(), "-z".into()]).is_err());
        assert!(parse(vec!["pyrs".into(), "-c".into()]).is_err());
    }
}
