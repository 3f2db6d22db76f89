//! Text in, text out: what each pass does to small traces.

use super::{Passes, optimize};
use crate::types::Target;
use crate::{parse, print, verify};

const SCHEMA: &str = "field f0 W word 8 class 0
field f1 R word 16 class 1 barrier
field f2 W u8 24 class 2
field f3 W word 8 class 3
field f4 W u32 0 class 4 immutable
shape s0 32 header 7 0 fields f0 f1 f2
sig c0 helper 0 (W) W pure
sig c1 helper 1 () V any
";

/// Optimises; the result without indentation, constants and all.
fn opt(passes: Passes, body: &str) -> Vec<String> {
    let text = format!("{SCHEMA}trace\n{body}");
    let m = parse::module(&text, Target::LE64).expect("parses");
    verify::verify(&m.trace, &m.schema).expect("valid");
    let t = optimize(&m.trace, &m.schema, passes);
    verify::verify(&t, &m.schema).expect("still valid");
    print::trace(&t, &m.schema).lines().skip(1).map(|l| l.trim().to_string()).collect()
}

fn with(set: fn(&mut Passes)) -> Passes {
    let mut p = Passes { dce: true, ..Passes::NONE };
    set(&mut p);
    p
}

#[test]
fn folding() {
    let got = opt(
        with(|p| p.fold = true),
        "%a = input W 0
        %b = add %a, 3
        %c = add 4, %b
        %d = mul %c, 8
        %e = floormod %d, 16
        %f = sub %e, %e
        %g = add 2, 3
        %h = cmp lt %a, 9
        guard_false %h [1 | 0=%e 1=%f 2=%g]
        exit [2 |]",
    );
    let want = [
        "%0 = input W 0",
        "%1 = add %0, 7",
        "%2 = shl %1, 3",
        "%3 = and %2, 15",
        "guard ge %0, 9 [1 | 0=%3 1=0 2=5]",
        "exit [2 |]",
    ];
    assert_eq!(got, want);
}

#[test]
fn facts_drop_checks() {
    let got = opt(
        with(|p| p.facts = true),
        "%a = input W 0
        guard lt %a, 100 [1 |]
        guard ge %a, 0 [2 |]
        %b = addov %a, 1 [3 |]
        %c = mulov %b, 1000 [4 |]
        guard ult %b, 101 [5 |]
        %d = and %b, 127
        exit [6 | 0=%c 1=%d]",
    );
    let want = [
        "%0 = input W 0",
        "guard lt %0, 100 [1 |]",
        "guard ge %0, 0 [2 |]",
        "%3 = add %0, 1",
        "%4 = mul %3, 1000",
        "exit [6 | 0=%4 1=%3]",
    ];
    assert_eq!(got, want);
}

#[test]
fn virtual_objects_live_in_snapshots_only() {
    let got = opt(
        with(|p| p.virt = true),
        "%a = input W 0
        %o = new s0
        store f0 %o, %a
        store f2 %o, %a
        guard ne %o, r:0 [1 |]
        %h = load W f4 %o
        %x = load W f0 %o
        %y = load W f2 %o
        guard lt %x, 9 [2 | 0=%o 1=%h]
        store f0 %o, 5
        exit [3 | 0=%o 1=%y]",
    );
    let want = [
        "%0 = input W 0",
        "%1 = zext 8 %0",
        "guard lt %0, 9 [2 | 0=@0 1=7]",
        "exit [3 | 0=@1 1=%1]",
        "@0 = virtual s0 f0=%0 f2=%0",
        "@1 = virtual s0 f0=5 f2=%0",
    ];
    assert_eq!(got, want);
}

#[test]
fn objects_that_escape_are_made_late() {
    let got = opt(
        with(|p| p.virt = true),
        "%a = input R 0
        %o = new s0
        %p = new s0
        store f1 %o, %p
        store f1 %p, %o
        guard eq %a, r:8 [1 |]
        store f1 %a, %o
        exit [2 |]",
    );
    let want = [
        "%0 = input R 0",
        "guard eq %0, r:8 [1 |]",
        "%2 = new s0",
        "%3 = new s0",
        "store f1 %3, %2",
        "store f1 %2, %3",
        "store f1 %0, %3",
        "exit [2 |]",
    ];
    assert_eq!(got, want);
}

#[test]
fn heap_cache() {
    let got = opt(
        with(|p| p.heap = true),
        "%a = input R 0
        %b = input R 1
        %w = input W 2
        %x = load W f0 %a
        %y = load W f0 %a
        store f0 %a, 1
        store f0 %a, %w
        %z = load W f0 %a
        store f0 %b, 3
        %u = load W f0 %a
        %i = load W f4 %a
        call V c1
        %v = load W f0 %b
        %j = load W f4 %a
        exit [1 | 0=%x 1=%y 2=%z 3=%u 4=%v 5=%i 6=%j]",
    );
    // The store of 1 is overwritten unseen; the one to %b may change %a; after the call only the
    // immutable field is still known.
    let want = [
        "%0 = input R 0",
        "%1 = input R 1",
        "%2 = input W 2",
        "%3 = load W f0 %0",
        "store f0 %0, %2",
        "store f0 %1, 3",
        "%6 = load W f0 %0",
        "%7 = load W f4 %0",
        "call V c1",
        "%9 = load W f0 %1",
        "exit [1 | 0=%3 1=%3 2=%2 3=%6 4=%9 5=%7 6=%7]",
    ];
    assert_eq!(got, want);
}

#[test]
fn the_loop_may_change_what_was_known_before_it() {
    let body = "%a = input R 0
        %b = input R 1
        %x = load W f0 %a
        %y = load W f4 %a
        loop
        %i = phi W 0, %j
        %u = load W f0 %a
        %v = load W f4 %a
        guard lt %u, %x [1 | 0=%v 1=%y]
        %j = add %i, 1
        store f0 %b, %j
        jump";
    let got = opt(with(|p| p.heap = true), body);
    let loads = |f: &str| got.iter().filter(|l| l.contains(&format!("load W {f} %0"))).count();
    assert_eq!((loads("f0"), loads("f4")), (2, 1), "{got:?}");
    // Peeled, the field is carried around the loop; but %b may be the same object, so each round
    // has to load it again.
    let got = opt(Passes::ALL, body);
    let at = got.iter().position(|l| l == "loop").expect("a loop");
    let again = got[at..].iter().filter(|l| l.contains("load W f0 %0")).count();
    assert_eq!(again, 1, "{got:?}");
}

#[test]
fn common_subexpressions() {
    let got = opt(
        with(|p| p.cse = true),
        "%a = input W 0
        %b = add %a, 1
        %c = add %a, 1
        guard lt %b, 9 [1 |]
        guard lt %c, 9 [2 |]
        %d = addov %b, %a [3 |]
        %e = addov %c, %a [4 |]
        %f = call W c0 %d
        %g = call W c0 %e
        exit [5 | 0=%f 1=%g]",
    );
    let want = [
        "%0 = input W 0",
        "%1 = add %0, 1",
        "guard lt %1, 9 [1 |]",
        "%3 = addov %1, %0 [3 |]",
        "%4 = call W c0 %3",
        "exit [5 | 0=%4 1=%4]",
    ];
    assert_eq!(got, want);
}

#[test]
fn peeling_moves_what_does_not_vary() {
    let got = opt(
        Passes::ALL,
        "%o = input R 0
        %n = input W 1
        loop
        %i = phi W 0, %j
        %p = phi R %o, %p
        guard lt %i, %n [1 | 0=%i]
        guard ne %p, r:0 [2 | 0=%i]
        %s = load W f4 %p
        guard eq %s, 7 [3 | 0=%i]
        %j = addov %i, 1 [4 | 0=%i]
        jump",
    );
    let want = [
        "%0 = input R 0",
        "%1 = input W 1",
        "guard gt %1, 0 [1 | 0=0]",
        "guard ne %0, r:0 [2 | 0=0]",
        "%4 = load W f4 %0",
        "guard eq %4, 7 [3 | 0=0]",
        "loop",
        "%7 = phi W 1, %9",
        "guard lt %7, %1 [1 | 0=%7]",
        "%9 = add %7, 1",
        "jump",
    ];
    assert_eq!(got, want);
}

#[test]
fn loops_carry_virtual_objects_and_written_fields() {
    let got = opt(
        Passes::ALL,
        "%a = input R 0
        %n = input W 1
        %b = new s0
        loop
        %o = phi R %b, %p
        %x = load W f0 %o
        guard lt %x, %n [1 | 0=%o]
        %w = load W f3 %a
        %v = add %w, %x
        store f3 %a, %v
        %y = add %x, 1
        %p = new s0
        store f0 %p, %y
        jump",
    );
    // The first round would store back what it loaded, so that store is gone too.
    let want = [
        "%0 = input R 0",
        "%1 = input W 1",
        "guard gt %1, 0 [1 | 0=@0]",
        "%3 = load W f3 %0",
        "loop",
        "%5 = phi W 1, %10",
        "%6 = phi W %3, %8",
        "guard lt %5, %1 [1 | 0=@1]",
        "%8 = add %5, %6",
        "store f3 %0, %8",
        "%10 = add %5, 1",
        "jump",
        "@0 = virtual s0",
        "@1 = virtual s0 f0=%5 f1=r:0 f2=0",
    ];
    assert_eq!(got, want);
}

#[test]
fn an_object_from_before_the_loop_is_made_once() {
    let body = "%n = input W 0
        %o = new s0
        loop
        %i = phi W 0, %j
        %p = phi R r:0, %o
        guard lt %i, %n [1 | 0=%p 1=%o]
        %j = add %i, 1
        jump";
    for passes in [Passes::ALL, with(|p| p.virt = true)] {
        let got = opt(passes, body);
        let at = got.iter().position(|l| l == "loop").expect("a loop");
        let new = |l: &[String]| l.iter().filter(|l| l.contains("new s0")).count();
        assert_eq!((new(&got[..at]), new(&got[at..])), (1, 0), "{got:?}");
    }
}

#[test]
fn dead_code_goes_and_numbers_become_dense() {
    let got = opt(
        Passes { dce: true, ..Passes::NONE },
        "%a = input W 0
        %b = mul %a, %a
        %c = call W c0 %b
        %o = new s0
        %d = load W f0 %o
        loop
        %i = phi W %a, %i
        %k = phi W 1, %k
        guard lt %i, 9 [1 | 0=%k]
        jump",
    );
    let want = ["%0 = input W 0", "loop", "guard lt %0, 9 [1 | 0=1]", "jump"];
    assert_eq!(got, want);
}

#[test]
fn long_chains_of_objects_are_cut() {
    // A list that grows at its end: without a limit the recursion over it would be as deep.
    use std::fmt::Write;
    let mut body = String::from("%a = input R 0\n%o0 = new s0\n");
    for k in 1..5000 {
        let _ = writeln!(body, "%o{k} = new s0\nstore f1 %o{}, %o{k}", k - 1);
    }
    body.push_str("guard ne %a, r:0 [1 | 0=%o0]\nstore f1 %a, %o0\nexit [2 |]");
    let got = opt(Passes::ALL, &body);
    let virtuals = got.iter().filter(|l| l.starts_with('@')).count();
    assert!((300..=401).contains(&virtuals), "{virtuals}");
    assert_eq!(got.iter().filter(|l| l.contains("= new s0")).count(), 5000);
}

/// A sum and a count in a loop whose limit is not known: both checks of the loop proper go, and
/// the peeled round tests the limit once. A term of 56 bits
/// keeps its check: 2^31 rounds of it could overflow.
#[test]
fn sums_of_counted_loops_need_no_checks() {
    let got = opt(
        Passes::ALL,
        "%n = input W 0
        %w = shr %n, 8
        loop
        %i = phi W 0, %j
        %s = phi W 0, %t
        %p = phi W 1, %q
        guard lt %i, %n [1 | 0=%s 1=%i 2=%p]
        %t = addov %s, %i [2 | 0=%s 1=%i 2=%p]
        %q = subov %p, %w [3 | 0=%t 1=%i 2=%p]
        %j = addov %i, 1 [4 | 0=%t 1=%i 2=%q]
        jump",
    );
    let want = [
        "%0 = input W 0",
        "%1 = shr %0, 8",
        "guard gt %0, 0 [1 | 0=0 1=0 2=1]",
        "guard le %0, 2147483647 [2 | 0=0 1=0 2=1]",
        "%4 = sub 1, %1",
        "loop",
        "%6 = phi W 1, %12",
        "%7 = phi W 0, %10",
        "%8 = phi W %4, %11",
        "guard lt %6, %0 [1 | 0=%7 1=%6 2=%8]",
        "%10 = add %6, %7",
        "%11 = subov %8, %1 [3 | 0=%10 1=%6 2=%8]",
        "%12 = add %6, 1",
        "jump",
    ];
    assert_eq!(got, want);
}

/// The same for a counter that runs down, with a limit and a start of the sum that are inputs.
#[test]
fn sums_of_loops_that_count_down_need_no_checks() {
    let got = opt(
        Passes::ALL,
        "%n = input W 0
        %m = input W 1
        %z = input W 2
        loop
        %i = phi W %n, %j
        %s = phi W %z, %t
        guard ge %i, %m [1 | 0=%s 1=%i]
        %t = subov %s, %i [2 | 0=%s 1=%i]
        %j = subov %i, 1 [4 | 0=%t 1=%i]
        jump",
    );
    let loop_at = got.iter().position(|l| l == "loop").expect("a loop");
    let (before, proper) = got.split_at(loop_at);
    assert_eq!(before.iter().filter(|l| l.ends_with("[2 | 0=%2 1=%0]")).count(), 5, "{before:?}");
    assert!(proper.iter().all(|l| !l.contains("subov %6")), "{proper:?}");
    assert_eq!(proper.iter().filter(|l| l.contains("guard")).count(), 1);
}

/// Two references that come from outside may be the same object: a store through one is seen
/// through the other.
#[test]
fn references_from_outside_may_be_equal() {
    let body = "%a = input R 0
        %b = input R 1
        store f0 %a, 1
        store f0 %b, 2
        %x = load W f0 %a
        %y = load W f0 %b
        exit [1 | 0=%x 1=%y]";
    let got = opt(with(|p| p.heap = true), body);
    let want = [
        "%0 = input R 0",
        "%1 = input R 1",
        "store f0 %0, 1",
        "store f0 %1, 2",
        "%4 = load W f0 %0",
        "exit [1 | 0=%4 1=2]",
    ];
    assert_eq!(got, want);
}
