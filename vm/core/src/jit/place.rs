//! Places in Python code: from the interpreter's program counter to file, function, line and the line's text.

use crate::interp::S;
use crate::object::Code;
use core::cell::RefCell;
use hashbrown::HashMap;
use pyrs_bytecode::{CodeData, Insn, Op, Position};
use pyrs_heap::Gc;
use std::rc::Rc;

/// An instruction of a code object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    // TRACED: a constant of a trace or recording, see `Jit::keep`.
    pub code: Gc<Code>,
    /// First word of the instruction; possibly that of a continuation, or null.
    pub pc: *const u32,
}

impl Place {
    pub(super) fn of(s: S) -> Place {
        Place { code: s.code(), pc: s.pc }
    }
    /// The word in the code, unless the place is a continuation.
    pub(super) fn word(self) -> Option<u32> {
        S { pc: self.pc, base: core::ptr::null_mut() }.word_in(self.code)
    }
    pub(super) fn position(self) -> Position {
        self.word().map_or(Position::default(), |w| self.code.data().position(w))
    }
    /// The source line, 0 if none is known.
    pub(super) fn line(self) -> u32 {
        self.position().line
    }
    pub(super) fn file(&self) -> &str {
        &self.code.data().filename
    }
    pub(super) fn function(&self) -> &str {
        &self.code.data().qualname
    }
    /// The instruction's opcode.
    pub(super) fn op(self) -> Option<Op> {
        let word = *self.code.data().words.get(self.word()? as usize)?;
        Op::from_byte(Insn(word).op_byte())
    }
    /// Of a loop's first instruction, the one whose line people take for the loop's.
    pub(super) fn as_loop(self) -> Place {
        let data = self.code.data();
        let Some(head) = self.word().map(|w| w as usize) else { return self };
        match pyrs_bytecode::loops(data).into_iter().find(|l| l.0 == head) {
            // SAFETY: both are indices into the code's words.
            Some(l) => Place { pc: unsafe { self.pc.add(loop_word(data, l) - head) }, ..self },
            None => self,
        }
    }
    /// `file:line in function`
    pub(super) fn describe(&self) -> String {
        format!("{}:{} in {}", self.file(), self.line(), self.function())
    }
    /// The same source line of the same code.
    pub(super) fn is_beside(&self, other: &Place) -> bool {
        self.code == other.code && self.line() == other.line()
    }
}

/// The instruction whose line is a loop's: the `for` or the condition, which stand behind the body.
pub(super) fn loop_word(data: &CodeData, (head, last): (usize, usize)) -> usize {
    let op = Op::from_byte(Insn(data.words[last]).op_byte());
    let plain = op == Some(Op::Jump) || data.position(last as u32).line == 0;
    if plain { head } else { last }
}

/// The text of source files, read when first asked for.
#[derive(Default)]
pub(super) struct Sources {
    files: RefCell<HashMap<String, Option<Rc<Vec<String>>>>>,
}

impl Sources {
    fn file(&self, name: &str) -> Option<Rc<Vec<String>>> {
        if let Some(known) = self.files.borrow().get(name) {
            return known.clone();
        }
        let text = std::fs::read(name).ok();
        let lines = text.map(|t| {
            Rc::new(String::from_utf8_lossy(&t).lines().map(str::to_owned).collect::<Vec<_>>())
        });
        self.files.borrow_mut().insert(name.to_owned(), lines.clone());
        lines
    }
    /// The text of a place's line, if there is such a file.
    pub(super) fn line(&self, place: &Place) -> Option<String> {
        let n = (place.line() as usize).checked_sub(1)?;
        self.file(place.file())?.get(n).map(|l| l.trim_end().to_owned())
    }
    /// ``line N `text` ``
    pub(super) fn quote(&self, place: &Place) -> String {
        match (place.line(), self.line(place)) {
            (0, _) => "an unknown line".to_owned(),
            (n, Some(text)) => format!("line {n} `{}`", text.trim()),
            (n, None) => format!("line {n}"),
        }
    }
}
