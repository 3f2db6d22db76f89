//! What a thread of Python code owns in the machine, and its exchange when another thread goes on.
//!
//! One thread runs at a time; the machine's own fields are the running thread's. A thread that stops exchanges
//! them with its `ThreadState`, and again when it goes on. Whoever does that holds the interpreter lock.

use crate::interp::Stack;
use crate::vm::Vm;
use core::cell::{Cell, RefCell};
use pyrs_heap::{Roots, Value};
use std::rc::Rc;

/// A waiting thread's part of the machine. Of a running thread: nothing of interest.
pub struct ThreadState {
    stack: Stack,
    pending: Cell<Value>,
    handled: Cell<Value>,
    native_depth: Cell<usize>,
    finalising: Cell<bool>,
    repr_stack: RefCell<Vec<usize>>,
    /// What a new thread is to call, or None; free for the thread's own use.
    pub start: Cell<Value>,
}

impl ThreadState {
    fn new(stack: Stack) -> Rc<ThreadState> {
        Rc::new(ThreadState {
            stack,
            pending: Cell::new(Value::NONE),
            handled: Cell::new(Value::NONE),
            native_depth: Cell::new(0),
            finalising: Cell::new(false),
            repr_stack: RefCell::default(),
            start: Cell::new(Value::NONE),
        })
    }
    pub(crate) fn stack(&self) -> &Stack {
        &self.stack
    }
    pub(crate) fn roots(&self, roots: &mut Roots<'_>) {
        {
            let mut v = roots.visitor();
            for c in [&self.pending, &self.handled, &self.start] {
                v.cell(c);
            }
        }
        self.stack.roots(roots);
    }
    /// Exchanges the machine's running state with this one.
    pub fn exchange(&self, vm: &Vm) {
        vm.stack.exchange(&self.stack);
        vm.pending.swap(&self.pending);
        vm.handled.swap(&self.handled);
        vm.native_depth.swap(&self.native_depth);
        vm.finalising.swap(&self.finalising);
        vm.repr_stack.swap(&self.repr_stack);
    }
}

impl Vm {
    /// The state of a thread that runs already.
    pub fn adopt_thread(&self) -> Rc<ThreadState> {
        self.add_thread(Stack::vacant())
    }
    /// The state of a thread to come, with an empty Python stack.
    pub fn new_thread(&self) -> Rc<ThreadState> {
        self.add_thread(Stack::of_thread())
    }
    fn add_thread(&self, stack: Stack) -> Rc<ThreadState> {
        let t = ThreadState::new(stack);
        self.threads.borrow_mut().push(t.clone());
        t
    }
    /// Forgets a thread that has ended.
    pub fn remove_thread(&self, t: &Rc<ThreadState>) {
        self.threads.borrow_mut().retain(|x| !Rc::ptr_eq(x, t));
    }
}
