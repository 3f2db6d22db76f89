//! Code blocks made by hand, sound and unsound.

use super::verify;
use crate::{Assigned, CodeData, Const, Handler, Insn, Liveness, LocalKind, Op, disassemble};

fn code(register_count: u32, words: &[Insn]) -> CodeData {
    CodeData {
        name: "f".into(),
        qualname: "f".into(),
        filename: "f.py".into(),
        first_line: 1,
        flags: 0,
        arg_count: 1,
        posonly_count: 0,
        kwonly_count: 0,
        locals: vec![("a".into(), LocalKind::Plain)],
        register_count,
        words: words.iter().map(|i| i.0).collect(),
        positions: Vec::new(),
        handlers: Vec::new(),
        consts: vec![Const::Int(100_000)],
        names: Vec::new(),
        sites: Vec::new(),
        static_attributes: Vec::new(),
    }
}

fn abc(op: Op, a: u8, b: u8, c: u8) -> Insn {
    Insn::abc(op, a, b, c)
}

#[test]
fn sound_code_passes() {
    let c = code(
        3,
        &[
            Insn::with_u16(Op::LoadConst, 1, 0),
            abc(Op::Add, 2, 0, 1),
            Insn::with_i16(Op::JumpIfTrue, 2, -2),
            abc(Op::Return, 2, 0, 0),
        ],
    );
    assert_eq!(verify(&c), Ok(()));
    assert!(disassemble(&c).contains("JumpIfTrue           r2 -> 1"));
}

#[test]
fn unsound_code_is_refused() {
    let ret = abc(Op::Return, 0, 0, 0);
    let refused = |registers: u32, words: &[Insn], what: &str| {
        let error = verify(&code(registers, words)).expect_err(what);
        assert!(error.contains(what), "{error}");
    };
    refused(1, &[abc(Op::Move, 0, 1, 0), ret], "register");
    refused(2, &[abc(Op::Move, 0, 1, 0), ret], "may be unwritten");
    refused(1, &[Insn::with_u16(Op::LoadConst, 0, 1), ret], "constant 1");
    refused(1, &[Insn::with_jump24(Op::Jump, 7), ret], "jumps to 8");
    refused(1, &[Insn::with_jump24(Op::Jump, -5), ret], "jumps");
    refused(1, &[abc(Op::Nop, 0, 0, 0)], "run over");
    refused(1, &[abc(Op::JumpLt, 0, 0, 0)], "no instructions");
    refused(1, &[Insn(0xff), ret], "no instructions");
    refused(1, &[abc(Op::DeleteGlobal, 0, 0, 0), Insn(3), ret], "site 3");
    refused(6, &[Insn::with_u16(Op::MakeFunction, 1, 0), ret], "without code");
    refused(6, &[abc(Op::Move, 1, 0, 0), abc(Op::CallKw, 1, 0, 0), Insn(0), ret], "without names");
    // A value above a window does not survive the call.
    let lost = [
        abc(Op::Move, 1, 0, 0),
        abc(Op::Move, 7, 0, 0),
        abc(Op::Call, 1, 0, 0),
        abc(Op::Return, 7, 0, 0),
    ];
    refused(8, &lost, "reads r7");
}

#[test]
fn a_handler_sees_what_was_written_before_its_range() {
    let words = [
        abc(Op::Negative, 1, 0, 0),
        abc(Op::Negative, 2, 1, 0),
        ret_of(2),
        abc(Op::Return, 1, 0, 0),
    ];
    let mut c = code(4, &words);
    c.handlers = vec![Handler { start: 1, end: 2, target: 3, register: 3 }];
    assert_eq!(verify(&c), Ok(()));
    c.handlers[0].start = 0;
    assert!(verify(&c).is_err_and(|e| e.contains("reads r1")));
    c.handlers[0] = Handler { start: 1, end: 2, target: 9, register: 3 };
    assert!(verify(&c).is_err_and(|e| e.contains("handler target")));
}

fn ret_of(r: u8) -> Insn {
    abc(Op::Return, r, 0, 0)
}

#[test]
fn registers_are_live_from_write_to_last_read() {
    let c = code(
        3,
        &[
            abc(Op::Negative, 1, 0, 0),
            abc(Op::Negative, 2, 0, 0),
            Insn::with_i16(Op::JumpIfFalse, 2, 1),
            ret_of(1),
            ret_of(0),
        ],
    );
    let live = Liveness::of(&c).expect("well-formed");
    let before = |word| live.live_before(word).collect::<Vec<_>>();
    assert_eq!(before(0), [0]);
    assert_eq!(before(1), [0, 1]);
    assert_eq!(before(2), [0, 1, 2]);
    assert_eq!(before(3), [1]);
    assert_eq!(before(4), [0]);
    let assigned = Assigned::of(&c).expect("well-formed");
    assert!(assigned.is_assigned(0, 0) && !assigned.is_assigned(0, 1));
    assert!(assigned.is_assigned(3, 2) && assigned.is_reachable(4));
}

#[test]
fn a_loop_keeps_its_state_live_and_writes_its_item_only_when_it_goes_on() {
    let words = [
        abc(Op::ForPrep, 1, 0, 0),
        Insn::with_jump24(Op::Jump, 1),
        abc(Op::Negative, 5, 4, 0),
        abc(Op::ForLoop, 1, 4, 0),
        Insn(-3i32 as u32),
        ret_of(0),
    ];
    let mut c = code(6, &words);
    assert_eq!(verify(&c), Ok(()));
    let live = Liveness::of(&c).expect("well-formed");
    assert_eq!(live.live_before(2).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    c.words[5] = ret_of(4).0;
    assert!(verify(&c).is_err_and(|e| e.contains("reads r4")));
}
