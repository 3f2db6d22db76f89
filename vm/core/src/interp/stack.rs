//! The VM stack: where Python frames live, apart from the native stack.
//!
//! ```text
//!   window of the callee, inside the caller's registers
//!        | function / result | return pc + 1 | caller base + 1 | code | r0 r1 r2 ...
//!                                                                     ^ base
//! ```
//! Return pc and caller base carry a set low bit, so that every word of the stack looks like a value; the
//! collector scans the used part conservatively (stale words are harmless) and what it finds is not moved.
//! The address range is reserved once and committed by the kernel page by page: recursion is bounded by
//! `sys.setrecursionlimit` and by memory, never by a fixed block.

use core::cell::Cell;
use pyrs_bytecode::FRAME_HEADER;
use pyrs_heap::{Roots, Value};

/// Reserved bytes: virtual addresses only.
#[cfg(target_pointer_width = "64")]
const RESERVED: usize = 16 << 30;
#[cfg(not(target_pointer_width = "64"))]
const RESERVED: usize = 192 << 20;
/// The same for a thread that the program starts, of which a process may have hundreds: millions of frames on 64-bit
/// CPUs, and in the few addresses of a 32-bit process still tens of thousands.
#[cfg(target_pointer_width = "64")]
const RESERVED_THREAD: usize = 1 << 30;
#[cfg(not(target_pointer_width = "64"))]
const RESERVED_THREAD: usize = 8 << 20;

/// Words kept free above the topmost frame, for the windows native code pushes.
pub(crate) const SLACK: usize = 512;

pub struct Stack {
    start: Cell<*mut Value>,
    end: Cell<*mut Value>,
    /// Base of the innermost Python frame, or null; its pc is in `pc`.
    pub(crate) base: Cell<*mut Value>,
    /// Word after the instruction being executed in the innermost frame (as published by slow paths).
    pub(crate) pc: Cell<*const u32>,
    depth: Cell<usize>,
    native_limit: Cell<usize>,
    /// Address on the native stack below which lie only the innermost dispatch loop and what it called, with the
    /// registers of its callers saved above; 0 if unknown. The loop itself holds nothing but its state, so a call
    /// made directly by it may be collected in without those frames. Whoever runs code that keeps references on the
    /// native stack in the loop's place (compiled traces) must set it to 0 meanwhile.
    pub(crate) native_floor: Cell<usize>,
    /// While the collector may run on behalf of compiled code that has not said which frame is innermost: an address
    /// above all registers of its frames. Null otherwise.
    pub(crate) trace_end: Cell<*mut Value>,
    /// A residual runs on behalf of compiled code; false in nested runs of the interpreter.
    pub(crate) inside_trace: Cell<bool>,
}

impl Stack {
    /// The stack of the first thread.
    pub fn new() -> Stack {
        Stack::reserve(RESERVED)
    }
    /// The stack of a thread that the program starts.
    pub(crate) fn of_thread() -> Stack {
        Stack::reserve(RESERVED_THREAD)
    }
    fn reserve(mut size: usize) -> Stack {
        let start = loop {
            // SAFETY: an anonymous private mapping anywhere; nothing else is touched.
            let p = unsafe {
                libc::mmap(
                    core::ptr::null_mut(),
                    size,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                    -1,
                    0,
                )
            };
            if p != libc::MAP_FAILED {
                break p.cast::<Value>();
            }
            size /= 2;
            assert!(size >= 1 << 20, "no address space for the Python stack");
        };
        // SAFETY: within or at the end of the mapping.
        let end = unsafe { start.byte_add(size) };
        Stack {
            start: Cell::new(start),
            end: Cell::new(end),
            base: Cell::new(core::ptr::null_mut()),
            pc: Cell::new(core::ptr::null()),
            depth: Cell::new(0),
            native_limit: Cell::new(0),
            native_floor: Cell::new(0),
            trace_end: Cell::new(core::ptr::null_mut()),
            inside_trace: Cell::new(false),
        }
    }
    /// A stack without memory: what stands in a machine's place while no thread runs.
    pub(crate) fn vacant() -> Stack {
        Stack {
            start: Cell::new(core::ptr::null_mut()),
            end: Cell::new(core::ptr::null_mut()),
            base: Cell::new(core::ptr::null_mut()),
            pc: Cell::new(core::ptr::null()),
            depth: Cell::new(0),
            native_limit: Cell::new(0),
            native_floor: Cell::new(0),
            trace_end: Cell::new(core::ptr::null_mut()),
            inside_trace: Cell::new(false),
        }
    }
    /// Exchanges two stacks (a thread stops or goes on).
    pub(crate) fn exchange(&self, other: &Stack) {
        self.start.swap(&other.start);
        self.end.swap(&other.end);
        self.base.swap(&other.base);
        self.pc.swap(&other.pc);
        self.depth.swap(&other.depth);
        self.native_limit.swap(&other.native_limit);
        self.native_floor.swap(&other.native_floor);
        self.trace_end.swap(&other.trace_end);
        self.inside_trace.swap(&other.inside_trace);
    }
    /// Frames and nested native calls may go this deep on the native stack: `low` is the lowest usable address.
    pub fn set_native_limit(&self, low: usize) {
        self.native_limit.set(low);
    }
    /// Less than the reserve is left of the native stack.
    #[inline]
    pub fn native_stack_low(&self) -> bool {
        let here = 0u8;
        (&raw const here as usize) < self.native_limit.get()
    }
    /// The lowest word: where the header of the first frame begins.
    pub(crate) fn start(&self) -> *mut Value {
        self.start.get()
    }
    /// Base of the first frame.
    pub(crate) fn first_base(&self) -> *mut Value {
        // SAFETY: the mapping is far larger than these words.
        unsafe { self.start.get().add(2 * FRAME_HEADER) }
    }
    /// Where the number of frames is counted, for compiled code.
    pub(crate) fn depth_cell(&self) -> *const usize {
        self.depth.as_ptr()
    }
    /// Where the end of the stack is noted, for compiled code.
    pub(crate) fn end_cell(&self) -> *const *mut Value {
        self.end.as_ptr()
    }
    /// Python frames on the stack.
    #[inline(always)]
    pub fn depth(&self) -> usize {
        self.depth.get()
    }
    #[inline(always)]
    pub(crate) fn set_depth(&self, n: usize) {
        self.depth.set(n);
    }
    /// Whether a frame of `words` words fits above `base`.
    #[inline(always)]
    pub(crate) fn has_room(&self, base: *mut Value, words: usize) -> bool {
        (self.end.get() as usize).wrapping_sub(base as usize) > (words + SLACK) * size_of::<Value>()
    }
    /// Runs `f`, which may collect, for compiled code whose frames lie below `words` words above `base`.
    #[inline(always)]
    pub(crate) fn in_trace<R>(&self, base: *mut Value, words: usize, f: impl FnOnce() -> R) -> R {
        let last = (self.end.get() as usize).saturating_sub(SLACK * size_of::<Value>());
        let end = (base as usize).saturating_add(words * size_of::<Value>()).min(last);
        let before = self.trace_end.replace(end as *mut Value);
        let r = f();
        self.trace_end.set(before);
        r
    }
    /// The words in use, up to the innermost frame's registers.
    pub(crate) fn used(&self) -> &[Value] {
        let (start, base) = (self.start.get(), self.base.get());
        if start.is_null() || base.is_null() {
            return &[];
        }
        let s = super::frame::S { pc: self.pc.get(), base };
        let words = (base as usize - start as usize) / size_of::<Value>() + s.above();
        // SAFETY: the frame's registers lie within the mapping, which begins at `start`.
        unsafe { core::slice::from_raw_parts(start, words) }
    }
    /// Reports the used part: up to the innermost frame's registers, and the slack above them.
    pub(crate) fn roots(&self, roots: &mut Roots<'_>) {
        if self.start.get().is_null() {
            return;
        }
        let base = self.base.get();
        let used = if !self.trace_end.get().is_null() {
            // The frame that was published last may be gone: its header is not to be read.
            self.trace_end.get()
        } else if base.is_null() {
            self.first_base()
        } else {
            let s = super::frame::S { pc: self.pc.get(), base };
            // SAFETY: the frame's registers lie within the mapping.
            unsafe { base.add(s.above()) }
        };
        // SAFETY: [start, used + SLACK) lies within the mapping (has_room keeps SLACK words free).
        unsafe { roots.conservative_values(self.start.get().cast(), used.add(SLACK).cast()) };
    }
}

impl Default for Stack {
    fn default() -> Self {
        Stack::new()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let (start, end) = (self.start.get(), self.end.get());
        if start.is_null() {
            return;
        }
        // SAFETY: unmaps exactly what `new` mapped; no frame is alive when the stack dies.
        unsafe {
            libc::munmap(start.cast(), end as usize - start as usize);
        }
    }
}
