//! Looking for words on the Python stacks.

use crate::interp::Stack;
use crate::vm::Vm;

impl Vm {
    /// Whether a frame of any thread holds one of the words.
    pub(crate) fn on_python_stacks(&self, words: &[usize]) -> bool {
        let holds = |stack: &Stack| stack.used().iter().any(|v| words.contains(&v.bits()));
        holds(&self.stack) || self.threads.borrow().iter().any(|t| holds(t.stack()))
    }
}
