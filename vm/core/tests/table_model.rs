//! Dicts and sets against a plain model: a vector of pairs in insertion order.

use proptest::prelude::*;
use pyrs_core::object::{Dict, Set, core_shape};
use pyrs_core::{Gc, Settings, Value, Vm};

#[derive(Clone, Debug)]
enum Op {
    Set(u8, u16),
    Remove(u8),
    PopLast,
    PopFirst,
    /// The copy replaces the original.
    Copy,
    Merge(u8, u8),
    Clear,
    Check,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        20 => (any::<u8>(), any::<u16>()).prop_map(|(k, v)| Op::Set(k, v)),
        4 => any::<u8>().prop_map(Op::Remove),
        3 => Just(Op::PopLast),
        3 => Just(Op::PopFirst),
        1 => Just(Op::Copy),
        1 => (any::<u8>(), 0..20u8).prop_map(|(k, n)| Op::Merge(k, n)),
        1 => Just(Op::Clear),
        1 => Just(Op::Check),
    ]
}

/// Number `k` as a key: strings, small ints, and ints whose hashes all collide.
fn key(vm: &Vm, k: u8) -> Value {
    match k % 3 {
        0 => vm.str(&format!("key {k}")),
        1 => vm.int(k as i64),
        // Multiples of the hash modulus of either word size hash like 7.
        _ => vm.int_from_i128(((1i128 << 61) - 1) * ((1i128 << 31) - 1) * k as i128 + 7),
    }
    .expect("memory")
}
/// A text that tells keys apart (big ints have no repr without the built-in types).
fn number(k: Value, vm: &Vm) -> String {
    match vm.as_str(k) {
        Some(s) => s.to_lossy(),
        None => vm.int_ref(&k).with_big(|n| format!("{:?}", n.limbs)),
    }
}

fn rows(vm: &Vm, d: Gc<Dict>) -> Vec<(String, isize)> {
    let (mut out, mut row) = (Vec::new(), 0);
    while let Some(r) = d.next_row(row) {
        let (k, v) = d.row(r).expect("live");
        out.push((number(k, vm), v.as_int().expect("a number")));
        row = r + 1;
    }
    out
}
fn items(vm: &Vm, s: Gc<Set>) -> Vec<String> {
    let (mut out, mut row) = (Vec::new(), 0);
    while let Some(r) = s.next_row(row) {
        out.push(number(s.row(r).expect("live"), vm));
        row = r + 1;
    }
    out
}

fn run(vm: &Vm, ops: &[Op]) {
    let mut d = vm.new_dict().expect("memory");
    let mut s = vm.new_set(core_shape::SET).expect("memory");
    let mut model: Vec<(String, isize)> = Vec::new();
    for op in ops {
        match *op {
            Op::Set(k, v) => {
                let k = key(vm, k);
                let name = number(k, vm);
                vm.dict_set(d, k, Value::small_int(v as isize)).expect("hashable");
                let grew = vm.set_add(s, k).expect("hashable");
                assert_eq!(grew, !model.iter().any(|(n, _)| *n == name));
                match model.iter_mut().find(|(n, _)| *n == name) {
                    Some(entry) => entry.1 = v as isize,
                    None => model.push((name, v as isize)),
                }
            }
            Op::Remove(k) => {
                let k = key(vm, k);
                let name = number(k, vm);
                let at = model.iter().position(|(n, _)| *n == name);
                let gone = vm.dict_remove(d, k).expect("hashable");
                assert_eq!(gone.and_then(|v| v.as_int()), at.map(|i| model[i].1));
                assert_eq!(vm.set_discard(s, k).expect("hashable"), at.is_some());
                at.map(|i| model.remove(i));
            }
            Op::PopLast => {
                let row = vm.dict_last_row(d);
                assert_eq!(row.map(|r| d.value_at(r).as_int()), model.pop().map(|(_, v)| Some(v)));
                if let Some(row) = row {
                    vm.dict_remove_row(d, row);
                    let row = vm.set_last_row(s).expect("as many items");
                    vm.set_remove_row(s, row);
                }
            }
            Op::PopFirst => {
                let row = d.next_row(0);
                assert_eq!(row.is_some(), !model.is_empty());
                if let Some(row) = row {
                    assert_eq!(vm.dict_remove_row(d, row).as_int(), Some(model.remove(0).1));
                    let row = s.next_row(0).expect("as many items");
                    vm.set_remove_row(s, row);
                }
            }
            Op::Copy => {
                let old = d;
                d = vm.dict_copy(d).expect("memory");
                s = vm.set_copy(s, core_shape::SET).expect("memory");
                vm.dict_clear(old);
            }
            Op::Merge(k, n) => {
                let other = vm.new_dict().expect("memory");
                let set = vm.new_set(core_shape::SET).expect("memory");
                for k in (0..n).map(|i| key(vm, k.wrapping_add(i))) {
                    vm.dict_set(other, k, Value::small_int(n as isize)).expect("hashable");
                    vm.set_add(set, k).expect("hashable");
                    let name = number(k, vm);
                    match model.iter_mut().find(|(n, _)| *n == name) {
                        Some(entry) => entry.1 = n as isize,
                        None => model.push((name, n as isize)),
                    }
                }
                vm.dict_merge(d, other).expect("hashable");
                vm.set_merge(s, set).expect("hashable");
            }
            Op::Clear => {
                vm.dict_clear(d);
                vm.set_clear(s);
                model.clear();
            }
            Op::Check => {
                vm.heap.collect_minor();
                assert_eq!(rows(vm, d), model);
            }
        }
        assert_eq!((d.len(), s.len()), (model.len(), model.len()));
    }
    assert_eq!(rows(vm, d), model);
    assert_eq!(items(vm, s), model.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>());
    for k in 0..=255u8 {
        let k = key(vm, k);
        let name = number(k, vm);
        let expected = model.iter().find(|(n, _)| *n == name).map(|&(_, v)| v);
        let found = vm.dict_get(d, k).expect("hashable");
        assert_eq!(found.and_then(|v| v.as_int()), expected, "{name}");
        assert_eq!(vm.set_contains(s, k).expect("hashable"), expected.is_some());
    }
}

/// A machine with a small reservation: hundreds are made here, and qemu's user mode keeps 24 bytes for every page
/// that a program has ever reserved, so the default of 16 GB costs 200 MB and a second a machine under emulation.
fn small_machine() -> Box<Vm> {
    let mut settings = Settings::default();
    settings.heap.reserve = 64 << 20;
    Vm::new(settings)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn dicts_and_sets_behave_like_ordered_lists(ops in prop::collection::vec(op(), 0..400)) {
        let vm = small_machine();
        vm.heap.with_stack(|| run(&vm, &ops));
    }
}

#[test]
fn queues_and_stacks_made_of_dicts_are_linear() {
    let vm = Vm::new(Settings::default());
    vm.heap.with_stack(|| {
        let d = vm.new_dict().expect("memory");
        let n = 200_000i64;
        let put =
            |i: i64| vm.dict_set(d, vm.int(i).expect("small"), Value::NONE).expect("hashable");
        (0..n).for_each(put);
        // A queue: one out in front, one in behind. Quadratic work would take minutes.
        for i in n..2 * n {
            let row = d.next_row(0).expect("not empty");
            vm.dict_remove_row(d, row);
            put(i);
        }
        assert_eq!(d.len(), n as usize);
        // A work list: two out, one in, all at the end.
        let mut next = 2 * n;
        while d.len() > 2 {
            for _ in 0..2 {
                let row = vm.dict_last_row(d).expect("not empty");
                vm.dict_remove_row(d, row);
            }
            put(next);
            next += 1;
        }
        assert_eq!(d.len(), 2);
    });
}
