//! Checks of the whole heap after each phase (`HeapConfig::verify`): every reference of every old object leads
//! to the start of an old object, headers are sane, lines and bitmaps agree.

use crate::collector::Collector;
use crate::header::flag;
use crate::shapes::header;

impl Collector {
    /// In verify mode, panics with a description if the heap is damaged: the only sane end of a test run.
    pub(crate) fn check(&mut self, phase: &str) {
        if self.config.verify
            && let Err(e) = self.verify()
        {
            panic!("heap damaged after {phase}: {e}");
        }
    }
    /// In verify mode, before a minor collection: all runs can be walked to their exact ends. A failure here
    /// means that an object's size changed behind the heap's back, or that its header was damaged.
    pub(crate) fn check_runs(&self) {
        for &(start, end) in self.nursery.runs.iter().filter(|_| self.config.verify) {
            let (mut p, mut last) = (start, start);
            while p < end {
                last = p;
                p += self.shapes().walk_size(p).unwrap_or(usize::MAX - p);
            }
            let meta = header(last).meta();
            assert!(p == end, "a young run cannot be read from {last:#x} on (header {meta:#x})");
        }
    }
    /// Nothing is young when this is called.
    pub(crate) fn verify(&mut self) -> Result<(), String> {
        let mut error = None;
        let mut old = Vec::new();
        self.each_old(&mut |p| old.push(p));
        for &p in &old {
            if error.is_none() {
                error = self.object_error(p);
            }
        }
        let mut f = |c: &mut Collector, s: &crate::Slot| {
            if let Some(e) = c.reference_error(s.get().bits()).filter(|_| s.get().is_object()) {
                error.get_or_insert(format!("root: {e}"));
            }
        };
        self.each_root(false, &mut f);
        error.map_or(Ok(()), Err)
    }
    fn object_error(&self, p: usize) -> Option<String> {
        let h = header(p);
        let Some(size) = self.shapes().checked_layout(h).and(self.shapes().walk_size(p)) else {
            return Some(format!("object {p:#x} has header {:#x}", h.meta()));
        };
        if !h.has(flag::UNLOGGED) {
            return Some(format!("old object {p:#x} is not UNLOGGED"));
        }
        if self.blocks.contains(p) {
            let from = self.blocks.offset(p) / crate::blocks::LINE;
            let to = (self.blocks.offset(p) + size - 1) / crate::blocks::LINE;
            for l in from..=to {
                let byte = self.blocks.lines.get(l);
                if byte != 1 && byte != 2 {
                    return Some(format!("line {l} of object {p:#x} has byte {byte}"));
                }
            }
        } else if self.large.find(p).is_none_or(|r| size > self.large.size(r)) {
            return Some(format!("large object {p:#x} of {size} bytes exceeds its pages"));
        }
        let mut error = None;
        self.shapes().each_slot(p, true, |s| {
            if s.get().is_object()
                && error.is_none()
                && let Some(e) = self.reference_error(s.get().bits())
            {
                error = Some(format!("object {p:#x} (shape {}): {e}", h.shape().0));
            }
        });
        error
    }
    /// What is wrong with a reference to `p`. References out of the heap are the VM's business.
    fn reference_error(&self, p: usize) -> Option<String> {
        let inside = self.blocks.contains(p) || self.large.contains(p);
        (inside && !self.is_old_object(p)).then(|| format!("reference to {p:#x}: no object there"))
    }
}
