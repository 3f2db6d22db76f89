//! A second witness: on sources of the Python 3.11 level that a byte genome unfolds into, this
//! crate and RustPython's parser agree on what is Python; and no source makes this crate panic.

use proptest::prelude::*;
use pyrs_syntax::{Mode, Options, parse};

/// Unfolds bytes into source text; every byte string is a valid program.
struct Writer<'a> {
    genome: &'a [u8],
    out: String,
    fuel: u32,
}

impl Writer<'_> {
    fn pick(&mut self, count: u8) -> u8 {
        let Some((first, rest)) = self.genome.split_first() else { return 0 };
        self.genome = rest;
        first % count
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn name(&mut self) {
        let names = ["a", "b", "_x", "match", "case", "type", "é"];
        let index = self.pick(names.len() as u8);
        self.put(names[usize::from(index)]);
    }

    fn atom(&mut self) {
        let atoms = [
            "1",
            "2.5",
            "3j",
            "'s'",
            "b'x'",
            "None",
            "True",
            "...",
            "f'{a}b{b!r:>3}'",
            "r'\\d'",
            "()",
            "[]",
            "{}",
            "0x1F",
            "\"\"\"t\nu\"\"\"",
        ];
        let index = self.pick(atoms.len() as u8 + 5);
        match atoms.get(usize::from(index)) {
            Some(atom) => self.put(atom),
            None => self.name(),
        }
    }

    fn list(&mut self, open: &str, close: &str, each: fn(&mut Self)) {
        self.put(open);
        for _ in 0..self.pick(4) {
            each(self);
            self.put(", ");
        }
        self.put(close);
    }

    /// An expression; always in parentheses where precedence could matter.
    fn expr(&mut self) {
        if self.fuel == 0 {
            return self.atom();
        }
        self.fuel -= 1;
        match self.pick(16) {
            0..=4 => self.atom(),
            5 => self.binary(),
            6 => self.list("[", "]", Self::expr),
            7 => {
                self.name();
                self.list("(", ")", Self::expr);
            }
            8 => {
                self.name();
                self.put("[");
                self.expr();
                self.put(":");
                self.expr();
                self.put("]");
            }
            9 => {
                self.put("(lambda a, *b, c=1: ");
                self.expr();
                self.put(")");
            }
            10 => {
                self.put("(");
                self.expr();
                self.put(" if ");
                self.expr();
                self.put(" else ");
                self.expr();
                self.put(")");
            }
            11 => {
                self.put("[");
                self.expr();
                self.put(" for ");
                self.name();
                self.put(" in ");
                self.expr();
                self.put(" if ");
                self.expr();
                self.put("]");
            }
            12 => {
                self.put("{");
                self.expr();
                self.put(": ");
                self.expr();
                self.put(", **");
                self.name();
                self.put("}");
            }
            13 => {
                self.put("(not ");
                self.expr();
                self.put(")");
            }
            14 => {
                self.put("(");
                self.name();
                self.put(" := ");
                self.expr();
                self.put(")");
            }
            _ => {
                self.name();
                self.put(".");
                self.name();
            }
        }
    }

    fn binary(&mut self) {
        let operators = [
            "+", "-", "*", "/", "//", "%", "@", "**", "<<", "|", "^", "&", "==", "<", "is", "in",
            "not in", "and", "or",
        ];
        self.put("(");
        self.expr();
        let index = self.pick(operators.len() as u8);
        self.out.push_str(&format!(" {} ", operators[usize::from(index)]));
        self.expr();
        self.put(")");
    }

    fn block(&mut self, indent: usize) {
        self.put(":\n");
        for _ in 0..=self.pick(2) {
            self.stmt(indent + 1);
        }
    }

    fn stmt(&mut self, indent: usize) {
        self.put(&"  ".repeat(indent));
        let simple = self.fuel == 0 || indent > 5;
        self.fuel = self.fuel.saturating_sub(1);
        match self.pick(if simple { 8 } else { 16 }) {
            0 | 1 => {
                self.name();
                self.put(" = ");
                self.expr();
                self.put("\n");
            }
            2 => {
                self.expr();
                self.put("\n");
            }
            3 => self.put("pass; import a.b as c, d\n"),
            4 => {
                self.name();
                self.put(": int = ");
                self.expr();
                self.put(" # c\n");
            }
            5 => {
                self.put("assert ");
                self.expr();
                self.put(", 'm'\n");
            }
            6 => self.put("del a, b.c; global_ = a, *b = c\n"),
            7 => {
                self.name();
                self.put(" += ");
                self.expr();
                self.put("\n");
            }
            8 => self.headed(indent, "if "),
            9 => self.headed(indent, "while "),
            10 => self.headed(indent, "for a, (b, *c) in "),
            11 => {
                self.put("def f(a, /, b=1, *, c: int, **d) -> 'r'");
                self.block(indent);
            }
            12 => {
                self.put("class C(a, k=1)");
                self.block(indent);
            }
            13 => self.try_stmt(indent),
            14 => self.headed(indent, "with a as b, "),
            _ => self.match_stmt(indent),
        }
    }

    fn headed(&mut self, indent: usize, head: &str) {
        self.put(head);
        self.expr();
        self.block(indent);
        if head != "with a as b, " && self.pick(2) == 1 {
            self.put(&"  ".repeat(indent));
            self.put("else");
            self.block(indent);
        }
    }

    fn try_stmt(&mut self, indent: usize) {
        self.put("try");
        self.block(indent);
        self.put(&"  ".repeat(indent));
        let star = self.pick(3) == 0;
        self.put(if star { "except* (A, B) as e" } else { "except A as e" });
        self.block(indent);
        if self.pick(2) == 1 {
            self.put(&"  ".repeat(indent));
            self.put("finally");
            self.block(indent);
        }
    }

    fn match_stmt(&mut self, indent: usize) {
        let patterns = [
            "1 | -2 | 'x'",
            "[a, *_]",
            "{'k': v, **r}",
            "C(x, y=1)",
            "A.b",
            "(1, c) as d if c",
            "None",
        ];
        self.put("match ");
        self.expr();
        self.put(":\n");
        let index = self.pick(patterns.len() as u8);
        self.put(&"  ".repeat(indent + 1));
        self.put("case ");
        self.put(patterns[usize::from(index)]);
        self.block(indent + 1);
    }
}

fn program(genome: &[u8]) -> String {
    let mut writer = Writer { genome, out: String::new(), fuel: 40 };
    while !writer.genome.is_empty() && writer.out.len() < 4000 {
        writer.stmt(0);
    }
    writer.out
}

fn witness_accepts(source: &str) -> bool {
    rustpython_parser::parse(source, rustpython_parser::Mode::Module, "<test>").is_ok()
}

fn accepts(source: &str) -> bool {
    parse(source, Mode::Exec, &Options::default()).is_ok()
}

const NOISE: [&str; 24] = [
    "(", ")", "]", "}", ",", ":", "=", " if ", " else ", " for ", " in ", " not ", "lambda ", "\n",
    "\n  ", "*", ".", " is ", "def ", "return ", "1", "'", "@", ";",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn both_accept_programs(genome in proptest::collection::vec(any::<u8>(), 0..120)) {
        let source = program(&genome);
        let ours = parse(&source, Mode::Exec, &Options::default());
        if let Err(error) = ours {
            // The one thing that the writer may get wrong is what only CPython's compiler sees.
            prop_assert!(false, "{error}\n{source}");
        }
        prop_assert!(witness_accepts(&source), "{}", source);
    }

    #[test]
    fn what_the_witness_refuses_we_refuse(
        genome in proptest::collection::vec(any::<u8>(), 0..80),
        at in any::<prop::sample::Index>(),
        noise in 0..NOISE.len(),
        remove in 0..3usize,
    ) {
        let mut source = program(&genome);
        let places: Vec<usize> = source.char_indices().map(|(place, _)| place).collect();
        if places.is_empty() {
            return Ok(());
        }
        let from = places[at.index(places.len())];
        let to = source[from..].char_indices().nth(remove).map_or(source.len(), |(n, _)| from + n);
        source.replace_range(from..to, NOISE[noise]);
        let ours = accepts(&source);
        // Newer syntax that the witness does not know: `except A, B:`, quotes within f-strings.
        let newer = source.contains("except") || source.contains("f'");
        if !witness_accepts(&source) && !newer {
            prop_assert!(!ours, "{}", source);
        }
    }

    #[test]
    fn any_text_is_judged(text in "[ -~\n\té\u{a0}]{0,60}") {
        for mode in [Mode::Exec, Mode::Eval, Mode::Single, Mode::FuncType] {
            let interactive = Options { allow_incomplete_input: true, ..Options::default() };
            let _ = parse(&text, mode, &Options::default());
            let _ = parse(&text, mode, &interactive);
        }
    }
}
