//! What can be set about the JIT: one table of names, from which the command line, the environment and `--help` derive.

/// Settings of the JIT of one machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Backward jumps until a loop is recorded.
    pub threshold: u16,
    /// Times an exit is taken until a bridge is recorded.
    pub bridge_threshold: u32,
    /// Recorded operations with which the thresholds grow by as much as they were at first; 0: they never grow.
    pub patience: usize,
    /// Most instructions of a recording.
    pub limit: usize,
    /// Bytes of code memory.
    pub arena: usize,
    /// Most exits: what is known of them takes more memory than their code.
    pub exits: usize,
    /// Testing: one guard of every trace, chosen by this number, always leaves. 0: none.
    pub force: usize,
    /// Most traces: halving it finds the one that goes wrong.
    pub traces: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            threshold: 150,
            bridge_threshold: 25,
            patience: 400,
            limit: 8000,
            arena: 16 << 20,
            exits: 60_000,
            force: 0,
            traces: usize::MAX,
        }
    }
}

impl Options {
    /// Everything is compiled almost at once: what tests run with.
    pub fn eager() -> Options {
        Options { threshold: 2, bridge_threshold: 2, patience: 0, ..Options::default() }
    }
}

/// One setting with a number.
#[derive(Debug)]
pub struct Setting {
    /// Its name: the command line says `-X jit-NAME=N`.
    pub name: &'static str,
    /// The environment variable for the same.
    pub variable: &'static str,
    pub help: &'static str,
    /// Smallest and largest value.
    pub range: (u64, u64),
    set: fn(&mut Options, u64),
    get: fn(&Options) -> u64,
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "threshold",
        variable: "PYRS_JIT_THRESHOLD",
        help: "rounds of a loop until it is compiled; one that is given does not grow",
        range: (1, u16::MAX as u64),
        set: |o, n| (o.threshold, o.patience) = (n as u16, 0),
        get: |o| o.threshold.into(),
    },
    Setting {
        name: "bridge-threshold",
        variable: "PYRS_JIT_BRIDGE",
        help: "times compiled code is left at one place until that is compiled, too",
        range: (1, 1 << 30),
        set: |o, n| o.bridge_threshold = n as u32,
        get: |o| o.bridge_threshold.into(),
    },
    Setting {
        name: "patience",
        variable: "PYRS_JIT_PATIENCE",
        help: "operations recorded until the thresholds have doubled, and so on up to eight times (0: never)",
        range: (0, 1 << 30),
        set: |o, n| o.patience = n as usize,
        get: |o| o.patience as u64,
    },
    Setting {
        name: "limit",
        variable: "PYRS_JIT_LIMIT",
        help: "operations of a trace at most",
        range: (1, 60_000),
        set: |o, n| o.limit = n as usize,
        get: |o| o.limit as u64,
    },
    Setting {
        name: "arena",
        variable: "PYRS_JIT_ARENA",
        help: "bytes of memory for machine code (k and M may follow)",
        range: (16 << 10, 32 << 20),
        set: |o, n| o.arena = n as usize,
        get: |o| o.arena as u64,
    },
    Setting {
        name: "exits",
        variable: "PYRS_JIT_EXITS",
        help: "exits of all traces at most",
        range: (1, 1 << 20),
        set: |o, n| o.exits = n as usize,
        get: |o| o.exits as u64,
    },
    Setting {
        name: "force",
        variable: "PYRS_JIT_FORCE",
        help: "for tests: one guard of each trace, chosen by this number, always leaves",
        range: (0, 1 << 20),
        set: |o, n| o.force = n as usize,
        get: |o| o.force as u64,
    },
    Setting {
        name: "traces",
        variable: "PYRS_JIT_TRACES",
        help: "traces at most",
        range: (0, u32::MAX as u64),
        set: |o, n| o.traces = n as usize,
        get: |o| o.traces.min(u32::MAX as usize) as u64,
    },
];

impl Setting {
    /// The setting of that name.
    pub fn named(name: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|s| s.name == name)
    }
    /// Its value.
    pub fn get(&self, options: &Options) -> u64 {
        (self.get)(options)
    }
    /// Sets it from text: decimal digits, with `k` or `M` behind them for 2 to the power of 10 or 20.
    /// The error is a sentence for the user.
    pub fn set(&self, options: &mut Options, text: &str) -> Result<(), String> {
        let (digits, unit) = match text.strip_suffix(['k', 'K']) {
            Some(d) => (d, 1 << 10),
            None => match text.strip_suffix(['m', 'M']) {
                Some(d) => (d, 1 << 20),
                None => (text, 1),
            },
        };
        let (low, high) = self.range;
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let n = plain.then(|| digits.parse::<u64>().ok()?.checked_mul(unit)).flatten();
        match n.filter(|n| (low..=high).contains(n)) {
            Some(n) => {
                (self.set)(options, n);
                Ok(())
            }
            None => Err(format!("jit-{} must be a number from {low} to {high}", self.name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_set_by_name_and_checked() {
        let mut o = Options::default();
        for s in SETTINGS {
            let (low, high) = s.range;
            for n in [low, high] {
                assert_eq!(s.set(&mut o, &n.to_string()), Ok(()));
                assert_eq!(s.get(&o), n, "{}", s.name);
            }
            for bad in ["", "x", "-1", "+1", "k", "99999999999999999999", &format!("{}", high + 1)]
            {
                assert!(s.set(&mut o, bad).is_err(), "{} {bad}", s.name);
            }
        }
        let arena = Setting::named("arena").expect("in the table");
        assert_eq!(arena.set(&mut o, "4M"), Ok(()));
        assert_eq!(o.arena, 4 << 20);
        assert_eq!(arena.set(&mut o, "128k"), Ok(()));
        assert_eq!(o.arena, 128 << 10);
        assert!(Setting::named("nothing").is_none());
    }
}
