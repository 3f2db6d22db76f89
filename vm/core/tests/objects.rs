//! The object model without an interpreter: classes, dicts, strings, attributes.

use pyrs_core::{Settings, Vm};

#[test]
fn a_fresh_machine_has_classes_and_names() {
    let vm = Vm::new(Settings::default());
    assert_eq!(vm.class_name(vm.class_of(pyrs_core::Value::TRUE)), "bool");
    assert!(vm.is_subclass_exact(vm.exc().zero_division_error, vm.exc().exception));
    assert!(vm.intern("__init__") == vm.intern("__init__"));
}

#[test]
fn dicts_hold_thousands_of_keys_in_order() {
    let vm = Vm::new(Settings::default());
    let d = vm.new_dict().expect("memory");
    for i in 0..5000i64 {
        let key = if i % 2 == 0 { vm.int(i) } else { vm.str(&format!("key {i}")) }.expect("memory");
        vm.dict_set(d, key, vm.int(i * 3).expect("memory")).expect("hashable");
    }
    for i in (0..5000i64).step_by(3) {
        let key = if i % 2 == 0 { vm.int(i) } else { vm.str(&format!("key {i}")) }.expect("memory");
        assert!(vm.dict_remove(d, key).expect("hashable").is_some());
    }
    let mut expected = (0..5000i64).filter(|i| i % 3 != 0);
    let mut row = 0;
    while let Some(r) = d.next_row(row) {
        let (_, v) = d.row(r).expect("live");
        assert_eq!(v.as_int(), expected.next().map(|i| i as isize * 3));
        row = r + 1;
    }
    assert_eq!(expected.next(), None);
    let key = vm.str("key 4001").expect("memory");
    assert_eq!(vm.dict_get(d, key).expect("hashable").and_then(|v| v.as_int()), Some(12003));
}

#[test]
fn growing_strings_stay_what_they_were() {
    let vm = Vm::new(Settings::default());
    let mut s = vm.new_str("").expect("memory");
    let part = vm.new_str("abcdefgh\u{e9}").expect("memory");
    let mut kept = Vec::new();
    for i in 0..200 {
        s = vm.str_concat(s, part, true).expect("memory");
        if i % 50 == 0 {
            kept.push((s, s.to_lossy()));
        }
    }
    assert_eq!(s.len(), 1800);
    for (s, text) in kept {
        assert_eq!(s.to_lossy(), text);
    }
}

#[test]
fn instances_change_shape_and_fall_back_to_a_dict() {
    let vm = Vm::new(Settings::default());
    let e = vm.new_exception(vm.exc().value_error, &[]).expect("memory");
    for i in 0..40 {
        vm.set_attr(e.value(), vm.intern(&format!("a{i}")), vm.int(i).expect("small"))
            .expect("has a dict");
    }
    vm.delete_attr(e.value(), vm.intern("a3")).expect("is there");
    for i in (0..40).filter(|&i| i != 3) {
        let v = vm.get_attr(e.value(), vm.intern(&format!("a{i}"))).expect("is there");
        assert_eq!(v.as_int(), Some(i as isize));
    }
    assert!(vm.get_attr(e.value(), vm.intern("a3")).is_err());
}
