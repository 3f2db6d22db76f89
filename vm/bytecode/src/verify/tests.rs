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

/// Code whose registers hold something else than their instructions take for granted: from damaged `.pyc` files.
#[test]
fn registers_of_the_wrong_kind_are_refused() {
    let ret = abc(Op::ReturnNone, 0, 0, 0);
    let refused = |words: &[Insn], what: &str| {
        let words: Vec<Insn> = words.iter().copied().chain([ret]).collect();
        let error = verify(&code(12, &words)).expect_err(what);
        assert!(error.contains(what), "{error}");
    };
    // The parameter is no cell, no list and no dict.
    refused(&[abc(Op::LoadCell, 1, 0, 0)], "LoadCell: r0 may be of kind");
    refused(&[abc(Op::StoreCell, 0, 0, 0)], "StoreCell: r0");
    refused(&[abc(Op::ListAppend, 0, 0, 0)], "ListAppend: r0");
    refused(&[abc(Op::MapAdd, 0, 0, 0)], "MapAdd: r0");
    refused(&[abc(Op::BuildSet, 1, 1, 0), abc(Op::ListAppend, 1, 0, 0)], "ListAppend: r1");
    refused(&[abc(Op::SetFunctionAttr, 0, 0, 0)], "SetFunctionAttr: r0");
    // A loop over what is no loop's state, and half of one as an object.
    let back = Insn(-2i32 as u32);
    refused(&[abc(Op::Nop, 0, 0, 0), abc(Op::ForLoop, 0, 4, 0), back], "ForLoop: r0");
    refused(&[abc(Op::ForPrep, 1, 0, 0), abc(Op::Move, 0, 2, 0)], "Move: r0 is a variable");
    refused(&[abc(Op::ForPrep, 1, 0, 0), abc(Op::Return, 2, 0, 0)], "Return: r2");
    // No exception has been saved; no value; no generator.
    refused(&[abc(Op::Move, 1, 0, 0), abc(Op::PopExc, 0, 0, 0)], "PopExc: r1");
    refused(&[abc(Op::Unbind, 1, 0, 0), abc(Op::Return, 1, 0, 0)], "Return: r1");
    refused(&[abc(Op::Yield, 1, 0, 0)], "Yield: outside of a generator");
    refused(&[abc(Op::MakeGenerator, 0, 0, 0)], "no generator by its flags");
    refused(&[abc(Op::Halt, 0, 0, 0)], "not for code blocks");
    refused(&[abc(Op::Continue, 0, 0, 0)], "not for code blocks");
    refused(&[abc(Op::LoadSpecial, 1, 0, 4)], "LoadSpecial with 4");
    refused(&[abc(Op::BuildSlice, 1, 0, 7)], "BuildSlice");
}

#[test]
fn kinds_meet_where_paths_meet() {
    // r1 is a cell on one path and a list on the other.
    let words = [
        Insn::with_i16(Op::JumpIfTrue, 0, 3),
        abc(Op::Move, 1, 0, 0),
        abc(Op::MakeCell, 1, 0, 0),
        Insn::with_jump24(Op::Jump, 1),
        abc(Op::BuildList, 1, 1, 0),
        abc(Op::LoadCell, 2, 1, 0),
        abc(Op::ReturnNone, 0, 0, 0),
    ];
    let error = verify(&code(3, &words)).expect_err("a list is no cell");
    assert!(error.contains("at 5: LoadCell: r1"), "{error}");
    let mut sound = words;
    sound[4] = abc(Op::BuildList, 2, 1, 0);
    sound[0] = Insn::with_i16(Op::JumpIfTrue, 0, 0);
    assert_eq!(verify(&code(3, &sound)), Ok(()));
}

#[test]
fn a_generator_is_made_once_and_with_all_registers_written() {
    let make = |registers, words: &[Insn]| {
        let mut c = code(registers, words);
        c.flags = crate::flags::GENERATOR;
        verify(&c)
    };
    let (g, ret) = (abc(Op::MakeGenerator, 0, 0, 0), abc(Op::ReturnNone, 0, 0, 0));
    assert_eq!(make(1, &[g, abc(Op::Yield, 0, 0, 0), ret]), Ok(()));
    let error = make(2, &[g, ret]).expect_err("r1 is unwritten");
    assert!(error.contains("r1 may be unwritten"), "{error}");
    let error = make(1, &[g, g, ret]).expect_err("made already");
    assert!(error.contains("twice"), "{error}");
}

#[test]
fn hostile_tables_are_refused() {
    let ret = [abc(Op::ReturnNone, 0, 0, 0)];
    let refused = |change: &dyn Fn(&mut CodeData), what: &str| {
        let mut c = code(1, &ret);
        change(&mut c);
        let error = verify(&c).expect_err(what);
        assert!(error.contains(what), "{error}");
    };
    refused(
        &|c| {
            // A loop without a jump.
            c.words.insert(0, abc(Op::GetLen, 0, 0, 0).0);
            c.handlers = vec![Handler { start: 0, end: 1, target: 0, register: 0 }];
        },
        "handler before its range",
    );
    refused(&|c| c.register_count = u32::MAX, "too many registers");
    refused(&|c| c.arg_count = u32::MAX, "more parameters");
    refused(&|c| c.consts = vec![Const::Wide([0x11_0000].into())], "no code point");
    refused(&|c| c.consts = vec![Const::BigInt("1g".into())], "no number");
    refused(&|c| c.consts = vec![Const::Tuple([Const::BigInt("-".into())].into())], "no number");
    refused(
        &|c| {
            c.consts.clear();
            c.flags = crate::flags::HAS_DOCSTRING;
        },
        "no docstring",
    );
    refused(
        &|c| {
            let get = [abc(Op::GetAttr, 0, 0, 0).0, 0];
            c.words.splice(0..0, get.into_iter().chain(get));
            (c.names, c.sites) = (vec!["a".into()], vec![0]);
        },
        "the site of another",
    );
}
