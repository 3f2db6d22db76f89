//! The interpreter lock: one thread at a time runs Python code.
//!
//! While there is one thread only, the lock costs nothing. A thread that wants the lock and does not get it within
//! [`SWITCH_INTERVAL`] sets a bit of the heap's poll word; the running thread hands the lock over at its next
//! safepoint. Who holds the lock owns the machine's fields and all heap objects.
//!
//! Words used. *Release*: exchange the machine's running state out, publish the native stack, unlock.

use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use pyrs_core::Vm;
use pyrs_core::runtime::ThreadState;
use std::rc::Rc;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// Bits of the heap's poll word (the heap owns bit 0).
pub(crate) const POLL_SIGNAL: u32 = 1 << 1;
pub(crate) const POLL_SWITCH: u32 = 1 << 2;

/// Microseconds (`sys.setswitchinterval`).
pub(crate) static SWITCH_INTERVAL: AtomicU64 = AtomicU64::new(5000);

struct State {
    held: bool,
    waiting: usize,
    /// Counts hand-overs.
    turn: u64,
    /// Counts events that blocked threads wait for (locks released, threads ended).
    events: u64,
}
static STATE: Mutex<State> = Mutex::new(State { held: true, waiting: 0, turn: 0, events: 0 });
static FREE: Condvar = Condvar::new();
static TAKEN: Condvar = Condvar::new();
static EVENT: Condvar = Condvar::new();
/// A second thread has been started at some time.
static MANY: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// This thread's part of the machine.
    static HERE: RefCell<Option<Rc<ThreadState>>> = const { RefCell::new(None) };
    /// The lock is given up already: nested releases do nothing.
    static OUTSIDE: Cell<bool> = const { Cell::new(false) };
}

fn state() -> MutexGuard<'static, State> {
    // A panic while the mutex is held cannot happen: no code but this file's runs under it.
    STATE.lock().unwrap_or_else(|e| e.into_inner())
}

fn take(poll: Option<&AtomicU32>) {
    let mut s = state();
    s.waiting += 1;
    while s.held {
        let wait = Duration::from_micros(SWITCH_INTERVAL.load(Ordering::Relaxed).max(1));
        let turn = s.turn;
        let (again, timeout) = FREE.wait_timeout(s, wait).unwrap_or_else(|e| e.into_inner());
        s = again;
        if timeout.timed_out()
            && s.held
            && s.turn == turn
            && let Some(p) = poll
        {
            p.fetch_or(POLL_SWITCH, Ordering::Relaxed);
        }
    }
    s.waiting -= 1;
    s.held = true;
    s.turn += 1;
    TAKEN.notify_all();
}
/// Frees the lock; with `polite`, waits until another thread has taken it.
fn free(polite: bool) {
    let mut s = state();
    s.held = false;
    let turn = s.turn;
    FREE.notify_one();
    while polite && s.waiting > 0 && s.turn == turn {
        s = TAKEN.wait_timeout(s, Duration::from_millis(50)).unwrap_or_else(|e| e.into_inner()).0;
    }
}
fn here(vm: &Vm) -> Rc<ThreadState> {
    HERE.with(|h| h.borrow_mut().get_or_insert_with(|| vm.adopt_thread()).clone())
}

/// Runs `f`, which must not touch Python objects, while other threads may run.
pub(crate) fn released<R>(vm: &Vm, f: impl FnOnce() -> R) -> R {
    if !MANY.load(Ordering::Relaxed) || OUTSIDE.get() {
        return f();
    }
    release(vm, f, false)
}
fn release<R>(vm: &Vm, f: impl FnOnce() -> R, polite: bool) -> R {
    let thread = here(vm);
    let poll = vm.heap.poll_word();
    vm.heap.blocking(|| {
        thread.exchange(vm);
        OUTSIDE.set(true);
        free(polite);
        let r = f();
        take(Some(poll));
        OUTSIDE.set(false);
        thread.exchange(vm);
        r
    })
}
/// Gives other threads a turn if they ask for one. Called at safepoints.
pub(crate) fn yield_if_asked(vm: &Vm) {
    if vm.heap.poll_word().fetch_and(!POLL_SWITCH, Ordering::Relaxed) & POLL_SWITCH != 0
        && MANY.load(Ordering::Relaxed)
    {
        release(vm, || (), true);
    }
}

// ---- events
/// The number of events so far: read it before testing what is to be waited for.
pub(crate) fn events() -> u64 {
    state().events
}
/// Something that threads may wait for has happened. Called with the interpreter lock held or not.
pub(crate) fn announce() {
    if MANY.load(Ordering::Relaxed) {
        state().events += 1;
        EVENT.notify_all();
    }
}
/// Waits, outside the lock, until an event after `seen` or until `limit` is over.
pub(crate) fn wait_event(vm: &Vm, seen: u64, limit: Duration) {
    released(vm, || {
        let mut s = state();
        let end = std::time::Instant::now() + limit;
        while s.events == seen {
            let rest = end.saturating_duration_since(std::time::Instant::now());
            if rest.is_zero() {
                break;
            }
            s = EVENT.wait_timeout(s, rest).unwrap_or_else(|e| e.into_inner()).0;
        }
    });
}

// ---- threads
/// The machine's address for another thread of the same process.
struct Machine(*const Vm);
// SAFETY: a thread looks at the machine only while it holds the interpreter lock.
unsafe impl Send for Machine {}
impl Machine {
    /// # Safety
    /// The machine lives, and the calling thread holds the interpreter lock when it uses the result.
    unsafe fn get(&self) -> &Vm {
        // SAFETY: the caller's promise.
        unsafe { &*self.0 }
    }
}
/// A thread's state on its way to the thread.
struct Parcel(Rc<ThreadState>);
// SAFETY: reference counts and contents are touched only while the interpreter lock is held.
unsafe impl Send for Parcel {}

/// Starts a thread of `stack_size` bytes that runs `body` with the lock held. `start` is kept for the body in its
/// state. The machine must live as long as the process.
pub(crate) fn spawn(
    vm: &Vm,
    stack_size: usize,
    start: pyrs_core::Value,
    body: fn(&Vm, &Rc<ThreadState>),
) -> std::io::Result<()> {
    here(vm);
    let thread = vm.new_thread();
    thread.start.set(start);
    let parcel = Parcel(thread.clone());
    let machine = Machine(vm);
    let many = MANY.swap(true, Ordering::Relaxed);
    let spawned = std::thread::Builder::new().stack_size(stack_size).spawn(move || {
        let (machine, parcel) = (machine, parcel);
        take(None);
        // SAFETY: the lock is held; the machine lives as long as the process.
        let vm = unsafe { machine.get() };
        run(vm, parcel.0, stack_size, body);
        free(false);
    });
    match spawned {
        Ok(_) => Ok(()),
        Err(e) => {
            MANY.store(many, Ordering::Relaxed);
            vm.remove_thread(&thread);
            Err(e)
        }
    }
}
fn run(vm: &Vm, thread: Rc<ThreadState>, stack_size: usize, body: fn(&Vm, &Rc<ThreadState>)) {
    HERE.with(|h| *h.borrow_mut() = Some(thread.clone()));
    thread.exchange(vm);
    let here = 0u8;
    vm.stack.set_native_limit(
        (&raw const here as usize).saturating_sub(stack_size) + (128 << 10).max(stack_size / 16),
    );
    vm.heap.with_stack(|| body(vm, &thread));
    thread.exchange(vm);
    vm.remove_thread(&thread);
    HERE.with(|h| *h.borrow_mut() = None);
}
/// Forks. The child has one thread, which holds the lock; gives the process id and the `errno`.
pub(crate) fn fork() -> (i32, i32) {
    let mut guard = state();
    // SAFETY: the child goes on with this thread only; no other thread is inside this file's mutex.
    let pid = unsafe { libc::fork() };
    let errno = crate::os_error::last();
    if pid == 0 {
        guard.waiting = 0;
        MANY.store(false, Ordering::Relaxed);
    }
    (pid, errno)
}
