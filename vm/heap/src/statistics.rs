//! What the collector did: counters, and a histogram of pauses in CPU time.

use std::fmt::Write as _;

/// Pauses by powers of two of microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pauses {
    /// `buckets[i]` counts pauses below 2^i microseconds (and not below 2^(i-1)).
    pub buckets: [u64; 32],
    pub count: u64,
    pub total_ns: u64,
    pub worst_ns: u64,
}

impl Pauses {
    pub(crate) fn add(&mut self, ns: u64) {
        let micro = ns / 1000;
        let i = (64 - micro.leading_zeros()) as usize;
        self.buckets[i.min(31)] += 1;
        self.count += 1;
        self.total_ns += ns;
        self.worst_ns = self.worst_ns.max(ns);
    }
    /// An upper bound, in microseconds, of the shortest `share` (0 to 1) of all pauses.
    pub fn quantile(&self, share: f64) -> u64 {
        let wanted = (self.count as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (i, &n) in self.buckets.iter().enumerate() {
            seen += n;
            if seen >= wanted.max(1) {
                return (1u64 << i).min(self.worst_ns / 1000 + 1);
            }
        }
        0
    }
}

/// Counters since the heap was made, and sizes now. Bytes, unless the name says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    pub minors: u64,
    /// Full cycles started and finished.
    pub cycles_started: u64,
    pub cycles: u64,
    pub slices: u64,
    pub objects_marked: u64,
    /// Nursery memory and large objects handed out (up to now, rounded to runs).
    pub bytes_allocated: u64,
    pub objects_copied: u64,
    pub bytes_copied: u64,
    pub objects_pinned: u64,
    pub bytes_pinned: u64,
    /// Words of native stacks and other conservative ranges looked at.
    pub words_scanned: u64,
    pub objects_logged: u64,
    pub slots_logged: u64,
    pub weak_cleared: u64,
    pub finalisers_queued: u64,
    pub drops: u64,
    /// Old objects found dead (counted by `collect_full` only).
    pub objects_died: u64,
    pub refusals: u64,
    /// Memory given back to the system.
    pub bytes_trimmed: u64,
    pub blocks_in_use: usize,
    pub large_bytes: usize,
    /// Live after the last full cycle plus promoted since: an upper estimate of what lives.
    pub live_bytes: usize,
    pub external_bytes: usize,
    /// Filled only when pauses are measured (`HeapConfig::log`).
    pub pauses: Pauses,
}

impl Statistics {
    /// Memory in blocks and large objects.
    pub fn bytes_in_use(&self) -> usize {
        self.blocks_in_use * crate::blocks::BLOCK + self.large_bytes
    }
    fn rows(&self) -> [(&'static str, u64); 24] {
        [
            ("minors", self.minors),
            ("cycles", self.cycles),
            ("slices", self.slices),
            ("objects_marked", self.objects_marked),
            ("bytes_allocated", self.bytes_allocated),
            ("objects_copied", self.objects_copied),
            ("bytes_copied", self.bytes_copied),
            ("objects_pinned", self.objects_pinned),
            ("bytes_pinned", self.bytes_pinned),
            ("words_scanned", self.words_scanned),
            ("objects_logged", self.objects_logged),
            ("slots_logged", self.slots_logged),
            ("weak_cleared", self.weak_cleared),
            ("finalisers_queued", self.finalisers_queued),
            ("drops", self.drops),
            ("bytes_trimmed", self.bytes_trimmed),
            ("blocks_in_use", self.blocks_in_use as u64),
            ("bytes_in_use", self.bytes_in_use() as u64),
            ("live_bytes", self.live_bytes as u64),
            ("pause_total_us", self.pauses.total_ns / 1000),
            ("pause_p50_us", self.pauses.quantile(0.5)),
            ("pause_p99_us", self.pauses.quantile(0.99)),
            ("pause_worst_us", self.pauses.worst_ns / 1000),
            ("refusals", self.refusals),
        ]
    }
    /// One `name value` line per counter, then the histogram.
    pub fn to_text(&self) -> String {
        let mut s = String::from("pyrs heap\n");
        for (name, n) in self.rows() {
            let _ = writeln!(s, "  {name:<18} {n}");
        }
        for (i, &n) in self.pauses.buckets.iter().enumerate().filter(|(_, n)| **n > 0) {
            let _ = writeln!(s, "  pauses < {:>8} us {n}", 1u64 << i);
        }
        s
    }
    /// One JSON object.
    pub fn to_json(&self) -> String {
        let mut s = String::from("{");
        for (name, n) in self.rows() {
            let _ = write!(s, "\"{name}\":{n},");
        }
        s.push_str("\"pauses_below_us\":{");
        let mut first = true;
        for (i, &n) in self.pauses.buckets.iter().enumerate().filter(|(_, n)| **n > 0) {
            let _ = write!(s, "{}\"{}\":{n}", if first { "" } else { "," }, 1u64 << i);
            first = false;
        }
        s.push_str("}}");
        s
    }
}

/// CPU time of the calling thread in nanoseconds.
pub(crate) fn thread_time() -> u64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `t` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut t) };
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_come_from_the_histogram() {
        let mut p = Pauses::default();
        for _ in 0..99 {
            p.add(100_000);
        }
        p.add(3_000_000);
        assert_eq!(p.quantile(0.5), 128);
        assert_eq!(p.quantile(0.99), 128);
        assert_eq!(p.quantile(1.0), 3001);
        assert!(Statistics::default().to_json().starts_with("{\"minors\":0,"));
    }
}
