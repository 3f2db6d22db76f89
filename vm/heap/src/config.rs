//! Sizes and stress modes of the heap, settable by program or by `PYRS_GC_*` environment variables.
//!
//! Every mode keeps the meaning of programs; modes exist to provoke or to exclude collector behaviour. The
//! table of variables in `docs/heap.md` repeats the comments here.

use std::str::FromStr;

/// Byte written over freed memory in poison mode.
pub(crate) const POISON: u8 = 0xdb;

/// How a summary is written when the heap goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Off,
    Text,
    Json,
}

/// Sizes and stress modes; `from_env` reads the `PYRS_GC_*` variables.
#[derive(Clone, Debug)]
pub struct HeapConfig {
    /// Bytes allocated (and charged) between minor collections. `PYRS_GC_BUDGET`.
    pub budget: usize,
    /// Bytes of heap after which allocation is refused. `PYRS_GC_LIMIT`.
    pub limit: usize,
    /// Bytes of address space for each of the two regions (blocks, large objects), halved on refusal.
    /// `PYRS_GC_RESERVE`.
    pub reserve: usize,
    /// Longest nursery run in bytes. `PYRS_GC_RUN`.
    pub run: usize,
    /// Never move an object: the non-moving fall-back. `PYRS_GC_MOVE=0`.
    pub moving: bool,
    /// Pin one in so many survivors at random; 0 = none. `PYRS_GC_RANDOM_PIN`.
    pub random_pin: u32,
    /// Collect at every n-th allocation; 0 = only when the budget is used up. `PYRS_GC_STRESS` = n or `alloc`.
    pub stress: u32,
    /// A complete full collection at every minor. `PYRS_GC_FULL=1`.
    pub full_every_minor: bool,
    /// All references are in precise roots: collections may run while no native stack is registered. Without
    /// this (the default) a thread outside of `Heap::enter_stack` never collects, it only takes more memory.
    /// Not settable by environment.
    pub exact_roots: bool,
    /// Mark in slices between minors instead of all at once. `PYRS_GC_INCREMENTAL`.
    pub incremental: bool,
    /// Objects marked after a minor, at least. `PYRS_GC_SLICE`.
    pub slice: usize,
    /// Promoted bytes below which no full cycle starts. `PYRS_GC_MIN_CYCLE`.
    pub min_cycle: usize,
    /// Overwrite freed memory with 0xDB. `PYRS_GC_POISON=1`.
    pub poison: bool,
    /// Check the whole heap after each phase. `PYRS_GC_VERIFY=1`.
    pub verify: bool,
    /// Measure pauses and print a summary when the heap is dropped. `PYRS_GC_LOG` = 1 or `json`.
    pub log: LogFormat,
}

impl Default for HeapConfig {
    fn default() -> HeapConfig {
        HeapConfig {
            budget: 1 << 20,
            limit: usize::MAX,
            reserve: if usize::BITS == 64 { (16u64 << 30) as usize } else { 512 << 20 },
            run: crate::blocks::BLOCK,
            moving: true,
            random_pin: 0,
            stress: 0,
            full_every_minor: false,
            exact_roots: false,
            incremental: true,
            slice: 8_000,
            min_cycle: 4 << 20,
            poison: false,
            verify: false,
            log: LogFormat::Off,
        }
    }
}

impl HeapConfig {
    pub fn from_env() -> HeapConfig {
        HeapConfig::from_lookup(&|name| std::env::var(name).ok())
    }
    /// Settings from any source of variables. Unknown values are ignored.
    pub fn from_lookup(get: &dyn Fn(&str) -> Option<String>) -> HeapConfig {
        let mut c = HeapConfig::default();
        size(get, "PYRS_GC_BUDGET", &mut c.budget);
        size(get, "PYRS_GC_LIMIT", &mut c.limit);
        size(get, "PYRS_GC_RESERVE", &mut c.reserve);
        size(get, "PYRS_GC_RUN", &mut c.run);
        size(get, "PYRS_GC_MIN_CYCLE", &mut c.min_cycle);
        number(get, "PYRS_GC_SLICE", &mut c.slice);
        number(get, "PYRS_GC_RANDOM_PIN", &mut c.random_pin);
        flag(get, "PYRS_GC_MOVE", &mut c.moving);
        flag(get, "PYRS_GC_FULL", &mut c.full_every_minor);
        flag(get, "PYRS_GC_INCREMENTAL", &mut c.incremental);
        flag(get, "PYRS_GC_POISON", &mut c.poison);
        flag(get, "PYRS_GC_VERIFY", &mut c.verify);
        match get("PYRS_GC_STRESS").as_deref() {
            Some("alloc") => c.stress = 1,
            _ => number(get, "PYRS_GC_STRESS", &mut c.stress),
        }
        match get("PYRS_GC_LOG").as_deref() {
            Some("json") => c.log = LogFormat::Json,
            Some("" | "0") | None => {}
            Some(_) => c.log = LogFormat::Text,
        }
        c
    }
}

fn number<T: FromStr>(get: &dyn Fn(&str) -> Option<String>, name: &str, place: &mut T) {
    if let Some(n) = get(name).and_then(|s| s.parse().ok()) {
        *place = n;
    }
}

/// A byte count with an optional suffix k, m or g.
fn size(get: &dyn Fn(&str) -> Option<String>, name: &str, place: &mut usize) {
    let Some(text) = get(name) else { return };
    let text = text.trim().to_ascii_lowercase();
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'k') => (&text[..text.len() - 1], 10),
        Some(b'm') => (&text[..text.len() - 1], 20),
        Some(b'g') => (&text[..text.len() - 1], 30),
        _ => (&text[..], 0),
    };
    if let Some(n) = digits.parse::<usize>().ok().and_then(|n| n.checked_mul(1 << shift)) {
        *place = n;
    }
}

fn flag(get: &dyn Fn(&str) -> Option<String>, name: &str, place: &mut bool) {
    match get(name).as_deref() {
        Some("0" | "off" | "no") => *place = false,
        Some("1" | "on" | "yes") => *place = true,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_set_the_fields_and_nonsense_is_ignored() {
        let c = HeapConfig::from_lookup(&|name| {
            Some(
                match name {
                    "PYRS_GC_BUDGET" => "64k",
                    "PYRS_GC_LIMIT" => "2G",
                    "PYRS_GC_STRESS" => "alloc",
                    "PYRS_GC_MOVE" => "0",
                    "PYRS_GC_LOG" => "json",
                    "PYRS_GC_SLICE" => "many",
                    "PYRS_GC_RUN" => "99999999999999999999g",
                    _ => return None,
                }
                .to_string(),
            )
        });
        assert_eq!((c.budget, c.stress, c.moving, c.log), (65536, 1, false, LogFormat::Json));
        assert_eq!((c.slice, c.run), (8000, 32768));
        #[cfg(target_pointer_width = "64")]
        assert_eq!(c.limit, 2 << 30);
    }
}
