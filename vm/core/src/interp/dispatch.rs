//! kind: dispatch
//!
//! The one table from opcode to its meaning, as a macro, and the interpreter's loop over it. State stays in
//! registers; slow paths are calls out of the loop. The recorder of traces runs the same table (`crate::jit`).

use super::dom::Run;
use super::frame::S;
use super::{ops, residual as slow};
use crate::vm::Vm;
use pyrs_bytecode::{Insn, Op};
use pyrs_heap::Value;

/// The state after instruction `$i` with opcode `$op`. `$d!()` gives the domain at the instruction, `$r!(f)` the
/// state after the residual `f`; `$nop` and `$halt` stand for the two opcodes without a meaning of their own.
macro_rules! opcodes {
    ($op:expr, $i:expr, $d:ident, $r:ident, $nop:expr, $halt:expr) => {
        match $op {
            Op::Nop => $nop,
            Op::Halt => $halt,
            Op::Move => ops::mov($d!(), $i),
            Op::LoadConst => ops::load_const($d!(), $i),
            Op::LoadConstFar => $r!(load_const_far),
            Op::LoadInt => ops::load_value($d!(), $i, Value::small_int($i.i16() as isize)),
            Op::LoadNone => ops::load_value($d!(), $i, Value::NONE),
            Op::LoadTrue => ops::load_value($d!(), $i, Value::TRUE),
            Op::LoadFalse => ops::load_value($d!(), $i, Value::FALSE),
            Op::Unbind => ops::load_value($d!(), $i, Value::UNBOUND),
            Op::UnbindRange => $r!(unbind_range),
            Op::CheckBound => ops::check_bound($d!(), $i),
            Op::LoadFar => $r!(load_far),
            Op::StoreFar => $r!(store_far),

            Op::MakeCell => $r!(make_cell),
            Op::CopyFree => $r!(copy_free),
            Op::LoadFree => $r!(load_free),
            Op::LoadCell => ops::load_cell($d!(), $i),
            Op::StoreCell => ops::store_cell($d!(), $i),
            Op::DeleteCell => $r!(delete_cell),
            Op::CheckCell => $r!(check_cell),
            Op::LoadDictOrCell => $r!(load_dict_or_cell),

            Op::LoadGlobal => ops::load_global($d!(), $i),
            Op::StoreGlobal => ops::store_global($d!(), $i, slow::store_global, false),
            Op::DeleteGlobal => $r!(delete_global),
            Op::LoadName => ops::load_name($d!(), $i),
            Op::StoreName => ops::store_global($d!(), $i, slow::store_name, true),
            Op::DeleteName => $r!(delete_name),
            Op::LoadDictOrGlobal => $r!(load_dict_or_global),
            Op::LoadLocals => $r!(load_locals),
            Op::LoadBuildClass => $r!(load_build_class),
            Op::LoadCommon => $r!(load_common),

            Op::GetAttr => ops::get_attr($d!(), $i),
            Op::SetAttr => ops::set_attr($d!(), $i),
            Op::DeleteAttr => $r!(delete_attr),
            Op::LoadMethod => ops::load_method($d!(), $i),
            Op::GetSuperAttr => $r!(get_super_attr),
            Op::LoadSuperMethod => $r!(load_super_method),
            Op::LoadSpecial => $r!(load_special),

            Op::GetItem => ops::get_item($d!(), $i),
            Op::SetItem => ops::set_item($d!(), $i),
            Op::DeleteItem => $r!(delete_item),
            Op::GetSlice => $r!(get_slice),
            Op::SetSlice => $r!(set_slice),
            Op::BuildSlice => $r!(build_slice),

            Op::Negative => ops::negative($d!(), $i),
            Op::Positive => $r!(positive),
            Op::Invert => $r!(invert),
            Op::Not => ops::not($d!(), $i),
            Op::ToBool => $r!(to_bool),

            Op::Add => ops::binary::<_, ops::Add>($d!(), $i, slow::binary),
            Op::Sub => ops::binary::<_, ops::Sub>($d!(), $i, slow::binary),
            Op::Mul => ops::binary::<_, ops::Mul>($d!(), $i, slow::binary),
            Op::TrueDiv => ops::binary::<_, ops::TrueDiv>($d!(), $i, slow::binary),
            Op::FloorDiv => ops::binary::<_, ops::FloorDiv>($d!(), $i, slow::binary),
            Op::Mod => ops::binary::<_, ops::Mod>($d!(), $i, slow::binary),
            Op::LShift => ops::binary::<_, ops::LShift>($d!(), $i, slow::binary),
            Op::RShift => ops::binary::<_, ops::RShift>($d!(), $i, slow::binary),
            Op::And => ops::binary::<_, ops::And>($d!(), $i, slow::binary),
            Op::Or => ops::binary::<_, ops::Or>($d!(), $i, slow::binary),
            Op::Xor => ops::binary::<_, ops::Xor>($d!(), $i, slow::binary),
            Op::MatMul | Op::Pow => $r!(binary),
            Op::InplaceAdd => ops::binary::<_, ops::Add>($d!(), $i, slow::in_place),
            Op::InplaceSub => ops::binary::<_, ops::Sub>($d!(), $i, slow::in_place),
            Op::InplaceMul => ops::binary::<_, ops::Mul>($d!(), $i, slow::in_place),
            Op::InplaceTrueDiv => ops::binary::<_, ops::TrueDiv>($d!(), $i, slow::in_place),
            Op::InplaceFloorDiv => ops::binary::<_, ops::FloorDiv>($d!(), $i, slow::in_place),
            Op::InplaceMod => ops::binary::<_, ops::Mod>($d!(), $i, slow::in_place),
            Op::InplaceLShift => ops::binary::<_, ops::LShift>($d!(), $i, slow::in_place),
            Op::InplaceRShift => ops::binary::<_, ops::RShift>($d!(), $i, slow::in_place),
            Op::InplaceAnd => ops::binary::<_, ops::And>($d!(), $i, slow::in_place),
            Op::InplaceOr => ops::binary::<_, ops::Or>($d!(), $i, slow::in_place),
            Op::InplaceXor => ops::binary::<_, ops::Xor>($d!(), $i, slow::in_place),
            Op::InplaceMatMul | Op::InplacePow => $r!(in_place),
            Op::AddImm => ops::binary_imm::<_, ops::Add>($d!(), $i, slow::binary_imm),
            Op::SubImm => ops::binary_imm::<_, ops::Sub>($d!(), $i, slow::binary_imm),
            Op::MulImm => ops::binary_imm::<_, ops::Mul>($d!(), $i, slow::binary_imm),
            Op::FloorDivImm => ops::binary_imm::<_, ops::FloorDiv>($d!(), $i, slow::binary_imm),
            Op::ModImm => ops::binary_imm::<_, ops::Mod>($d!(), $i, slow::binary_imm),
            Op::LShiftImm => ops::binary_imm::<_, ops::LShift>($d!(), $i, slow::binary_imm),
            Op::RShiftImm => ops::binary_imm::<_, ops::RShift>($d!(), $i, slow::binary_imm),
            Op::AndImm => ops::binary_imm::<_, ops::And>($d!(), $i, slow::binary_imm),
            Op::InplaceAddImm => ops::binary_imm::<_, ops::Add>($d!(), $i, slow::in_place_imm),
            Op::InplaceSubImm => ops::binary_imm::<_, ops::Sub>($d!(), $i, slow::in_place_imm),

            Op::Lt => ops::compare($d!(), $i, 0),
            Op::Le => ops::compare($d!(), $i, 1),
            Op::Eq => ops::compare($d!(), $i, 2),
            Op::Ne => ops::compare($d!(), $i, 3),
            Op::Gt => ops::compare($d!(), $i, 4),
            Op::Ge => ops::compare($d!(), $i, 5),
            Op::Is => ops::is($d!(), $i, true),
            Op::IsNot => ops::is($d!(), $i, false),
            Op::In | Op::NotIn => $r!(contains),

            Op::Jump => ops::jump($d!(), $i),
            Op::JumpIfTrue => ops::jump_truth($d!(), $i, true),
            Op::JumpIfFalse => ops::jump_truth($d!(), $i, false),
            Op::JumpIfNone => ops::jump_none($d!(), $i, true),
            Op::JumpIfNotNone => ops::jump_none($d!(), $i, false),
            Op::JumpLt => ops::jump_compare($d!(), $i, 0),
            Op::JumpLe => ops::jump_compare($d!(), $i, 1),
            Op::JumpEq => ops::jump_compare($d!(), $i, 2),
            Op::JumpNe => ops::jump_compare($d!(), $i, 3),
            Op::JumpGt => ops::jump_compare($d!(), $i, 4),
            Op::JumpGe => ops::jump_compare($d!(), $i, 5),
            Op::JumpLtImm => ops::jump_compare_imm($d!(), $i, 0),
            Op::JumpLeImm => ops::jump_compare_imm($d!(), $i, 1),
            Op::JumpEqImm => ops::jump_compare_imm($d!(), $i, 2),
            Op::JumpNeImm => ops::jump_compare_imm($d!(), $i, 3),
            Op::JumpGtImm => ops::jump_compare_imm($d!(), $i, 4),
            Op::JumpGeImm => ops::jump_compare_imm($d!(), $i, 5),
            Op::JumpIs => ops::jump_is($d!(), $i),
            Op::JumpIn => $r!(jump_in),

            Op::GetIter => $r!(get_iter),
            Op::ForPrep => $r!(for_prep),
            Op::ForPrepIter => $r!(for_prep_iter),
            Op::ForLoop => ops::for_loop($d!(), $i),

            Op::MakeGenerator => $r!(make_generator),
            Op::Yield => $r!(yield_),
            Op::YieldFrom => $r!(yield_from),
            Op::GetYieldFromIter => $r!(get_yield_from_iter),
            Op::GetAwaitable => $r!(get_awaitable),
            Op::GetAIter => $r!(get_aiter),
            Op::GetANext => $r!(get_anext),
            Op::EndAsyncFor => $r!(end_async_for),
            Op::Return => ops::ret($d!(), $i),
            Op::ReturnNone => ops::ret_none($d!()),

            Op::Call => ops::call($d!(), $i),
            Op::CallKw => $r!(call_kw),
            Op::CallEx => $r!(call_ex),
            Op::CallMethod => ops::call_method($d!(), $i),
            Op::CallMethodKw => $r!(call_method_kw),

            Op::MakeFunction => $r!(make_function),
            Op::MakeFunctionFar => $r!(make_function_far),
            Op::SetFunctionAttr => $r!(set_function_attr),

            Op::BuildTuple => $r!(build_tuple),
            Op::BuildList => $r!(build_list),
            Op::BuildSet => $r!(build_set),
            Op::BuildMap => $r!(build_map),
            Op::BuildString => $r!(build_string),
            Op::ListAppend => ops::list_append($d!(), $i),
            Op::SetAdd => $r!(set_add),
            Op::MapAdd => $r!(map_add),
            Op::ListExtend => $r!(list_extend),
            Op::SetUpdate => $r!(set_update),
            Op::DictUpdate => $r!(dict_update),
            Op::DictMerge => $r!(dict_merge),
            Op::ListToTuple => $r!(list_to_tuple),
            Op::FormatValue => $r!(format_value),
            Op::Convert => $r!(convert),
            Op::FormatWithSpec => $r!(format_with_spec),
            Op::BuildInterpolation => $r!(build_interpolation),
            Op::BuildTemplate => $r!(build_template),

            Op::UnpackSequence => $r!(unpack_sequence),
            Op::UnpackEx => $r!(unpack_ex),
            Op::UnpackList => $r!(unpack_list),

            Op::Raise => $r!(raise),
            Op::RaiseFrom => $r!(raise_from),
            Op::RaiseCurrent => $r!(raise_current),
            Op::Reraise => $r!(reraise),
            Op::PushExc => $r!(push_exc),
            Op::PopExc => $r!(pop_exc),
            Op::ExcMatch => $r!(exc_match),
            Op::ExcGroupMatch => $r!(exc_group_match),
            Op::PrepReraiseStar => $r!(prep_reraise_star),
            Op::ExcInfo => $r!(exc_info),

            Op::MatchClass => $r!(match_class),
            Op::MatchMapping => $r!(match_mapping),
            Op::MatchSequence => $r!(match_sequence),
            Op::MatchKeys => $r!(match_keys),
            Op::MatchRest => $r!(match_rest),
            Op::GetLen => $r!(get_len),

            Op::ImportName => $r!(import_name),
            Op::ImportFrom => $r!(import_from),
            Op::ImportStar => $r!(import_star),
            Op::Intrinsic1 => $r!(intrinsic_1),
            Op::Intrinsic2 => $r!(intrinsic_2),
            Op::SetupAnnotations => $r!(setup_annotations),
            Op::Continue => $r!(continue_),
        }
    };
}
pub(crate) use opcodes;

/// Runs from `s` until a frame returns to a HALT word; gives that word's operand (0 result or yield,
/// 1 a generator's return, 2 exception pending).
pub(crate) fn run(vm: &Vm, mut s: S) -> u8 {
    macro_rules! d {
        () => {
            Run { vm, s }
        };
    }
    loop {
        // SAFETY: the pc stays within verified code, every path of which ends in a return or jump.
        let i = Insn(unsafe { *s.pc });
        s = s.skip(1);
        macro_rules! r {
            ($f:ident) => {
                slow::$f(vm, s, i)
            };
        }
        // SAFETY: verified code holds only opcodes of the table.
        let op: Op = unsafe { core::mem::transmute::<u8, Op>(i.op_byte()) };
        s = opcodes!(op, i, d, r, s, return i.a() as u8);
    }
}
