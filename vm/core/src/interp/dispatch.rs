//! kind: dispatch
//!
//! The one switch: from opcode to its meaning. State stays in registers; slow paths are calls out of the loop.

use super::dom::Run;
use super::frame::S;
use super::{ops, residual as slow};
use crate::vm::Vm;
use pyrs_bytecode::{Insn, Op};
use pyrs_heap::Value;

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
        // SAFETY: verified code holds only opcodes of the table.
        let op: Op = unsafe { core::mem::transmute::<u8, Op>(i.op_byte()) };
        s = match op {
            Op::Nop => s,
            Op::Halt => return i.a() as u8,
            Op::Move => ops::mov(d!(), i),
            Op::LoadConst => ops::load_const(d!(), i),
            Op::LoadConstFar => slow::load_const_far(vm, s, i),
            Op::LoadInt => ops::load_value(d!(), i, Value::small_int(i.i16() as isize)),
            Op::LoadNone => ops::load_value(d!(), i, Value::NONE),
            Op::LoadTrue => ops::load_value(d!(), i, Value::TRUE),
            Op::LoadFalse => ops::load_value(d!(), i, Value::FALSE),
            Op::Unbind => ops::load_value(d!(), i, Value::UNBOUND),
            Op::UnbindRange => slow::unbind_range(vm, s, i),
            Op::CheckBound => ops::check_bound(d!(), i),
            Op::LoadFar => slow::load_far(vm, s, i),
            Op::StoreFar => slow::store_far(vm, s, i),

            Op::MakeCell => slow::make_cell(vm, s, i),
            Op::CopyFree => slow::copy_free(vm, s, i),
            Op::LoadFree => slow::load_free(vm, s, i),
            Op::LoadCell => ops::load_cell(d!(), i),
            Op::StoreCell => ops::store_cell(d!(), i),
            Op::DeleteCell => slow::delete_cell(vm, s, i),
            Op::CheckCell => slow::check_cell(vm, s, i),
            Op::LoadDictOrCell => slow::load_dict_or_cell(vm, s, i),

            Op::LoadGlobal => ops::load_global(d!(), i),
            Op::StoreGlobal => ops::store_global(d!(), i, slow::store_global, false),
            Op::DeleteGlobal => slow::delete_global(vm, s, i),
            Op::LoadName => ops::load_name(d!(), i),
            Op::StoreName => ops::store_global(d!(), i, slow::store_name, true),
            Op::DeleteName => slow::delete_name(vm, s, i),
            Op::LoadDictOrGlobal => slow::load_dict_or_global(vm, s, i),
            Op::LoadLocals => slow::load_locals(vm, s, i),
            Op::LoadBuildClass => slow::load_build_class(vm, s, i),
            Op::LoadCommon => slow::load_common(vm, s, i),

            Op::GetAttr => ops::get_attr(d!(), i),
            Op::SetAttr => ops::set_attr(d!(), i),
            Op::DeleteAttr => slow::delete_attr(vm, s, i),
            Op::LoadMethod => ops::load_method(d!(), i),
            Op::GetSuperAttr => slow::get_super_attr(vm, s, i),
            Op::LoadSuperMethod => slow::load_super_method(vm, s, i),
            Op::LoadSpecial => slow::load_special(vm, s, i),

            Op::GetItem => ops::get_item(d!(), i),
            Op::SetItem => ops::set_item(d!(), i),
            Op::DeleteItem => slow::delete_item(vm, s, i),
            Op::GetSlice => slow::get_slice(vm, s, i),
            Op::SetSlice => slow::set_slice(vm, s, i),
            Op::BuildSlice => slow::build_slice(vm, s, i),

            Op::Negative => ops::negative(d!(), i),
            Op::Positive => slow::positive(vm, s, i),
            Op::Invert => slow::invert(vm, s, i),
            Op::Not => ops::not(d!(), i),
            Op::ToBool => slow::to_bool(vm, s, i),

            Op::Add => ops::binary::<_, ops::Add>(d!(), i, slow::binary),
            Op::Sub => ops::binary::<_, ops::Sub>(d!(), i, slow::binary),
            Op::Mul => ops::binary::<_, ops::Mul>(d!(), i, slow::binary),
            Op::TrueDiv => ops::binary::<_, ops::TrueDiv>(d!(), i, slow::binary),
            Op::FloorDiv => ops::binary::<_, ops::FloorDiv>(d!(), i, slow::binary),
            Op::Mod => ops::binary::<_, ops::Mod>(d!(), i, slow::binary),
            Op::LShift => ops::binary::<_, ops::LShift>(d!(), i, slow::binary),
            Op::RShift => ops::binary::<_, ops::RShift>(d!(), i, slow::binary),
            Op::And => ops::binary::<_, ops::And>(d!(), i, slow::binary),
            Op::Or => ops::binary::<_, ops::Or>(d!(), i, slow::binary),
            Op::Xor => ops::binary::<_, ops::Xor>(d!(), i, slow::binary),
            Op::MatMul | Op::Pow => slow::binary(vm, s, i),
            Op::InplaceAdd => ops::binary::<_, ops::Add>(d!(), i, slow::in_place),
            Op::InplaceSub => ops::binary::<_, ops::Sub>(d!(), i, slow::in_place),
            Op::InplaceMul => ops::binary::<_, ops::Mul>(d!(), i, slow::in_place),
            Op::InplaceTrueDiv => ops::binary::<_, ops::TrueDiv>(d!(), i, slow::in_place),
            Op::InplaceFloorDiv => ops::binary::<_, ops::FloorDiv>(d!(), i, slow::in_place),
            Op::InplaceMod => ops::binary::<_, ops::Mod>(d!(), i, slow::in_place),
            Op::InplaceLShift => ops::binary::<_, ops::LShift>(d!(), i, slow::in_place),
            Op::InplaceRShift => ops::binary::<_, ops::RShift>(d!(), i, slow::in_place),
            Op::InplaceAnd => ops::binary::<_, ops::And>(d!(), i, slow::in_place),
            Op::InplaceOr => ops::binary::<_, ops::Or>(d!(), i, slow::in_place),
            Op::InplaceXor => ops::binary::<_, ops::Xor>(d!(), i, slow::in_place),
            Op::InplaceMatMul | Op::InplacePow => slow::in_place(vm, s, i),
            Op::AddImm => ops::binary_imm::<_, ops::Add>(d!(), i, slow::binary_imm),
            Op::SubImm => ops::binary_imm::<_, ops::Sub>(d!(), i, slow::binary_imm),
            Op::MulImm => ops::binary_imm::<_, ops::Mul>(d!(), i, slow::binary_imm),
            Op::FloorDivImm => ops::binary_imm::<_, ops::FloorDiv>(d!(), i, slow::binary_imm),
            Op::ModImm => ops::binary_imm::<_, ops::Mod>(d!(), i, slow::binary_imm),
            Op::LShiftImm => ops::binary_imm::<_, ops::LShift>(d!(), i, slow::binary_imm),
            Op::RShiftImm => ops::binary_imm::<_, ops::RShift>(d!(), i, slow::binary_imm),
            Op::AndImm => ops::binary_imm::<_, ops::And>(d!(), i, slow::binary_imm),
            Op::InplaceAddImm => ops::binary_imm::<_, ops::Add>(d!(), i, slow::in_place_imm),
            Op::InplaceSubImm => ops::binary_imm::<_, ops::Sub>(d!(), i, slow::in_place_imm),

            Op::Lt => ops::compare(d!(), i, 0),
            Op::Le => ops::compare(d!(), i, 1),
            Op::Eq => ops::compare(d!(), i, 2),
            Op::Ne => ops::compare(d!(), i, 3),
            Op::Gt => ops::compare(d!(), i, 4),
            Op::Ge => ops::compare(d!(), i, 5),
            Op::Is => ops::is(d!(), i, true),
            Op::IsNot => ops::is(d!(), i, false),
            Op::In | Op::NotIn => slow::contains(vm, s, i),

            Op::Jump => ops_jump(vm, s, i),
            Op::JumpIfTrue => ops::jump_truth(d!(), i, true),
            Op::JumpIfFalse => ops::jump_truth(d!(), i, false),
            Op::JumpIfNone => ops::jump_none(d!(), i, true),
            Op::JumpIfNotNone => ops::jump_none(d!(), i, false),
            Op::JumpLt => ops::jump_compare(d!(), i, 0),
            Op::JumpLe => ops::jump_compare(d!(), i, 1),
            Op::JumpEq => ops::jump_compare(d!(), i, 2),
            Op::JumpNe => ops::jump_compare(d!(), i, 3),
            Op::JumpGt => ops::jump_compare(d!(), i, 4),
            Op::JumpGe => ops::jump_compare(d!(), i, 5),
            Op::JumpLtImm => ops::jump_compare_imm(d!(), i, 0),
            Op::JumpLeImm => ops::jump_compare_imm(d!(), i, 1),
            Op::JumpEqImm => ops::jump_compare_imm(d!(), i, 2),
            Op::JumpNeImm => ops::jump_compare_imm(d!(), i, 3),
            Op::JumpGtImm => ops::jump_compare_imm(d!(), i, 4),
            Op::JumpGeImm => ops::jump_compare_imm(d!(), i, 5),
            Op::JumpIs => ops::jump_is(d!(), i),
            Op::JumpIn => slow::jump_in(vm, s, i),

            Op::GetIter => slow::get_iter(vm, s, i),
            Op::ForPrep => slow::for_prep(vm, s, i),
            Op::ForPrepIter => slow::for_prep_iter(vm, s, i),
            Op::ForLoop => ops::for_loop(d!(), i),

            Op::MakeGenerator => slow::make_generator(vm, s, i),
            Op::Yield => slow::yield_(vm, s, i),
            Op::YieldFrom => slow::yield_from(vm, s, i),
            Op::GetYieldFromIter => slow::get_yield_from_iter(vm, s, i),
            Op::GetAwaitable => slow::get_awaitable(vm, s, i),
            Op::GetAIter => slow::get_aiter(vm, s, i),
            Op::GetANext => slow::get_anext(vm, s, i),
            Op::EndAsyncFor => slow::end_async_for(vm, s, i),
            Op::Return => ops::ret(d!(), i),
            Op::ReturnNone => ops::ret_none(d!()),

            Op::Call => ops::call(d!(), i),
            Op::CallKw => slow::call_kw(vm, s, i),
            Op::CallEx => slow::call_ex(vm, s, i),
            Op::CallMethod => ops::call_method(d!(), i),
            Op::CallMethodKw => slow::call_method_kw(vm, s, i),

            Op::MakeFunction => slow::make_function(vm, s, i),
            Op::MakeFunctionFar => slow::make_function_far(vm, s, i),
            Op::SetFunctionAttr => slow::set_function_attr(vm, s, i),

            Op::BuildTuple => slow::build_tuple(vm, s, i),
            Op::BuildList => slow::build_list(vm, s, i),
            Op::BuildSet => slow::build_set(vm, s, i),
            Op::BuildMap => slow::build_map(vm, s, i),
            Op::BuildString => slow::build_string(vm, s, i),
            Op::ListAppend => ops::list_append(d!(), i),
            Op::SetAdd => slow::set_add(vm, s, i),
            Op::MapAdd => slow::map_add(vm, s, i),
            Op::ListExtend => slow::list_extend(vm, s, i),
            Op::SetUpdate => slow::set_update(vm, s, i),
            Op::DictUpdate => slow::dict_update(vm, s, i),
            Op::DictMerge => slow::dict_merge(vm, s, i),
            Op::ListToTuple => slow::list_to_tuple(vm, s, i),
            Op::FormatValue => slow::format_value(vm, s, i),
            Op::Convert => slow::convert(vm, s, i),
            Op::FormatWithSpec => slow::format_with_spec(vm, s, i),
            Op::BuildInterpolation => slow::build_interpolation(vm, s, i),
            Op::BuildTemplate => slow::build_template(vm, s, i),

            Op::UnpackSequence => slow::unpack_sequence(vm, s, i),
            Op::UnpackEx => slow::unpack_ex(vm, s, i),
            Op::UnpackList => slow::unpack_list(vm, s, i),

            Op::Raise => slow::raise(vm, s, i),
            Op::RaiseFrom => slow::raise_from(vm, s, i),
            Op::RaiseCurrent => slow::raise_current(vm, s, i),
            Op::Reraise => slow::reraise(vm, s, i),
            Op::PushExc => slow::push_exc(vm, s, i),
            Op::PopExc => slow::pop_exc(vm, s, i),
            Op::ExcMatch => slow::exc_match(vm, s, i),
            Op::ExcGroupMatch => slow::exc_group_match(vm, s, i),
            Op::PrepReraiseStar => slow::prep_reraise_star(vm, s, i),
            Op::ExcInfo => slow::exc_info(vm, s, i),

            Op::MatchClass => slow::match_class(vm, s, i),
            Op::MatchMapping => slow::match_mapping(vm, s, i),
            Op::MatchSequence => slow::match_sequence(vm, s, i),
            Op::MatchKeys => slow::match_keys(vm, s, i),
            Op::MatchRest => slow::match_rest(vm, s, i),
            Op::GetLen => slow::get_len(vm, s, i),

            Op::ImportName => slow::import_name(vm, s, i),
            Op::ImportFrom => slow::import_from(vm, s, i),
            Op::ImportStar => slow::import_star(vm, s, i),
            Op::Intrinsic1 => slow::intrinsic_1(vm, s, i),
            Op::Intrinsic2 => slow::intrinsic_2(vm, s, i),
            Op::SetupAnnotations => slow::setup_annotations(vm, s, i),
            Op::Continue => slow::continue_(vm, s, i),
        };
    }
}

#[inline(always)]
fn ops_jump(vm: &Vm, s: S, i: Insn) -> S {
    use super::dom::{Dom, Tx};
    Run { vm, s }.tx().jump(i.jump24() as isize)
}
