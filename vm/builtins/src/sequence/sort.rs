//! Stable sorting of lists whose comparisons may run Python code, raise, or change the list.
//!
//! While a list is sorted it looks empty (as in CPython); its storage array is detached and stays on this
//! stack. What is sorted is a permutation: plain numbers that no collection touches. Lists whose keys are all
//! small ints, all floats without NaN or all strings are sorted by the standard library's sort; everything else by
//! a merge sort that finds natural runs and gallops (Peters, "timsort"; merge order after Munro and Wild,
//! "Nearly-optimal mergesorts", 2018).
//!
//! Invariant: whatever a comparison does, the permutation holds each number once when `sort` returns.

use pyrs_core::object::{Array, List, Tuple, core_shape};
use pyrs_core::protocol::{Comparison, compare_text};
use pyrs_core::{Gc, Res, Value, Vm};

/// Sorts a list in place. `key` None means the items themselves.
///
/// # Errors
/// What comparisons and `key` raise (the list then holds all its items in some order); ValueError when they
/// changed the list.
pub(crate) fn sort_list(vm: &Vm, list: Gc<List>, key: Value, reverse: bool) -> Res<()> {
    let n = list.len();
    let Some(items) = list.array() else { return Ok(()) };
    if n < 2 && key.is_none() {
        return Ok(());
    }
    let mark = hide_items(vm, list)?;
    let sorted = sort_array(vm, items, n, key, reverse);
    let changed = !list.is_empty() || list.storage.get() != mark;
    list.storage.set(&vm.heap, list, items.value());
    list.length.set(n);
    sorted?;
    if changed { Err(vm.value_error("list modified during sort")) } else { Ok(()) }
}
/// Leaves a list empty, with an array of no use but to be recognised: whoever adds items puts another in its place.
fn hide_items(vm: &Vm, list: Gc<List>) -> Res {
    let mark = vm.new_array(0)?;
    list.storage.set(&vm.heap, list, mark.value());
    list.length.set(0);
    Ok(mark.value())
}

// ---- for the prelude: `list.sort` with a key in Python, step by step
/// Takes the items out of a list: a new list of them, and what `put_back` will want.
pub(crate) fn take(vm: &Vm, args: &[Value]) -> Res {
    let taken = vm.new_list()?;
    let Some(list) = vm.as_list(args[0]) else { return Err(vm.type_error("a list is required")) };
    let (items, n) = (list.storage.get(), list.len());
    let mark = hide_items(vm, list)?;
    taken.storage.set(&vm.heap, taken, items);
    taken.length.set(n);
    vm.tuple(&[taken.value(), mark])
}
/// Gives a list its items again; whether it was changed meanwhile.
pub(crate) fn put_back(vm: &Vm, args: &[Value]) -> Res {
    let (Some(list), Some(taken)) = (vm.as_list(args[0]), vm.as_list(args[1])) else {
        return Err(vm.type_error("a list is required"));
    };
    let changed = !list.is_empty() || list.storage.get() != args[2];
    list.storage.set(&vm.heap, list, taken.storage.get());
    list.length.set(taken.len());
    // Nothing uses the other list any more; the items are not shared all the same.
    taken.storage.set(&vm.heap, taken, Value::UNBOUND);
    taken.length.set(0);
    Ok(Value::bool(changed))
}
/// Sorts a list that nobody else sees.
pub(crate) fn order(vm: &Vm, args: &[Value]) -> Res {
    let Some(list) = vm.as_list(args[0]) else { return Err(vm.type_error("a list is required")) };
    sort_list(vm, list, Value::NONE, args[1] == Value::TRUE)?;
    Ok(args[0])
}
/// Sorts a list that nobody else sees by the keys in another, which is as long.
pub(crate) fn order_by(vm: &Vm, args: &[Value]) -> Res {
    let (Some(list), Some(keys)) = (vm.as_list(args[0]), vm.as_list(args[1])) else {
        return Err(vm.type_error("a list is required"));
    };
    let n = list.len();
    if let (Some(items), Some(keys)) = (list.array(), keys.array().filter(|_| keys.len() == n)) {
        sort_by_keys(vm, items, n, keys, args[2] == Value::TRUE)?;
    }
    Ok(args[0])
}

fn sort_array(vm: &Vm, items: Gc<Array>, n: usize, key: Value, reverse: bool) -> Res<()> {
    let keys = if key.is_none() {
        items
    } else {
        let keys = vm.new_array(n)?;
        for i in 0..n {
            let k = vm.call(key, &[items.get(i)])?;
            keys.slot(i).set(&vm.heap, keys, k);
        }
        keys
    };
    sort_by_keys(vm, items, n, keys, reverse)
}
/// Sorts the first `n` items by as many keys, which may be the items themselves.
fn sort_by_keys(vm: &Vm, items: Gc<Array>, n: usize, keys: Gc<Array>, reverse: bool) -> Res<()> {
    if u32::try_from(n).is_err() {
        return Err(vm.memory_error());
    }
    let mut order: Vec<u32> = (0..n as u32).collect();
    if reverse {
        order.reverse();
    }
    let result = match uniform(vm, keys, n) {
        Uniform::Ints if keys == items => {
            sort_ints(vm, items, n, reverse);
            return Ok(());
        }
        Uniform::Ints => {
            order.sort_by_key(|&i| keys.get(i as usize).int_unchecked());
            Ok(())
        }
        Uniform::Floats => {
            let number = |i: u32| vm.exact_float(keys.get(i as usize)).unwrap_or(0.0);
            order.sort_by(|&i, &j| {
                number(i).partial_cmp(&number(j)).unwrap_or(core::cmp::Ordering::Equal)
            });
            Ok(())
        }
        Uniform::Strings => {
            let text = |i: u32| vm.exact_str(keys.get(i as usize)).unwrap_or(vm.names().empty);
            order.sort_by(|&i, &j| compare_text(text(i), text(j)));
            Ok(())
        }
        Uniform::No => Sorter::new(vm, keys).sort(&mut order),
    };
    if reverse {
        order.reverse();
    }
    permute(vm, items, order);
    result
}

/// What all keys have in common.
enum Uniform {
    Ints,
    Floats,
    Strings,
    No,
}

fn uniform(vm: &Vm, keys: Gc<Array>, n: usize) -> Uniform {
    let all = |test: &dyn Fn(Value) -> bool| (0..n).all(|i| test(keys.get(i)));
    match n {
        0 => Uniform::No,
        _ if keys.get(0).is_int() && all(&|v| v.is_int()) => Uniform::Ints,
        _ if vm.exact_str(keys.get(0)).is_some() && all(&|v| vm.exact_str(v).is_some()) => {
            Uniform::Strings
        }
        _ if vm.exact_float(keys.get(0)).is_some()
            && all(&|v| vm.exact_float(v).is_some_and(|x| !x.is_nan())) =>
        {
            Uniform::Floats
        }
        _ => Uniform::No,
    }
}

/// Small ints are their own keys: equal ones cannot be told apart, so stability is free.
fn sort_ints(vm: &Vm, items: Gc<Array>, n: usize, reverse: bool) {
    let mut numbers: Vec<isize> = (0..n).map(|i| items.get(i).int_unchecked()).collect();
    numbers.sort_unstable();
    if reverse {
        numbers.reverse();
    }
    vm.heap.barrier_all(items.erase());
    for (i, &x) in numbers.iter().enumerate() {
        items.slot(i).set_unbarriered(Value::small_int(x));
    }
}

/// Puts item `order[i]` at place `i`, for all places, cycle by cycle.
fn permute(vm: &Vm, items: Gc<Array>, mut order: Vec<u32>) {
    vm.heap.barrier_all(items.erase());
    for start in 0..order.len() {
        let mut at = start;
        let first = items.get(start);
        while order[at] as usize != start {
            let from = order[at] as usize;
            items.slot(at).set_unbarriered(items.get(from));
            order[at] = at as u32;
            at = from;
        }
        items.slot(at).set_unbarriered(first);
        order[at] = at as u32;
    }
}

/// Runs shorter than this are lengthened by binary insertion: all of a short list, else 32 to 64 so that the
/// number of runs is at or just below a power of two.
fn minimal_run(mut n: usize) -> usize {
    let mut rest = 0;
    while n >= 64 {
        rest |= n & 1;
        n >>= 1;
    }
    n + rest
}
/// Wins in a row that start galloping.
const GALLOP: usize = 7;

/// A sorted stretch of the permutation, and its depth in the merge tree.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    end: usize,
    power: u32,
}

struct Sorter<'vm> {
    vm: &'vm Vm,
    keys: Gc<Array>,
    buffer: Vec<u32>,
}

impl<'vm> Sorter<'vm> {
    fn new(vm: &'vm Vm, keys: Gc<Array>) -> Sorter<'vm> {
        Sorter { vm, keys, buffer: Vec::new() }
    }
    /// Key `i` is less than key `j`.
    fn less(&self, i: u32, j: u32) -> Res<bool> {
        let (a, b) = (self.keys.get(i as usize), self.keys.get(j as usize));
        let vm = self.vm;
        if let Some(r) = vm.compare_exact(Comparison::Lt, a, b) {
            return Ok(r);
        }
        let tuple = |v| vm.exact::<Tuple>(v, core_shape::TUPLE);
        match (tuple(a), tuple(b)) {
            (Some(x), Some(y)) => self.tuple_less(x, y),
            _ => vm.compare_bool(Comparison::Lt, a, b),
        }
    }
    fn tuple_less(&self, x: Gc<Tuple>, y: Gc<Tuple>) -> Res<bool> {
        for i in 0..x.len().min(y.len()) {
            if !self.vm.equal(x.get(i), y.get(i))? {
                return self.vm.compare_bool(Comparison::Lt, x.get(i), y.get(i));
            }
        }
        Ok(x.len() < y.len())
    }
    fn sort(&mut self, order: &mut [u32]) -> Res<()> {
        let n = order.len();
        let mut stack: Vec<Run> = Vec::new();
        let minimal = minimal_run(n);
        let mut start = 0;
        while start < n {
            let mut end = start + self.natural_run(&mut order[start..])?;
            let wanted = (start + minimal).min(n);
            if end < wanted {
                self.insert_sorted(&mut order[start..wanted], end - start)?;
                end = wanted;
            }
            let mut run = Run { start, end, power: 0 };
            if let Some(&previous) = stack.last() {
                run.power = boundary_power(previous, run, n);
            }
            while stack.len() > 1 && stack.last().is_some_and(|top| top.power > run.power) {
                self.merge_top(order, &mut stack)?;
            }
            stack.push(run);
            start = end;
        }
        while stack.len() > 1 {
            self.merge_top(order, &mut stack)?;
        }
        Ok(())
    }
    fn merge_top(&mut self, order: &mut [u32], stack: &mut Vec<Run>) -> Res<()> {
        let (Some(right), Some(left)) = (stack.pop(), stack.pop()) else { return Ok(()) };
        stack.push(Run { start: left.start, end: right.end, power: left.power });
        self.merge(&mut order[left.start..right.end], right.start - left.start)
    }
    /// Length of the ascending run at the start; a descending one is reversed, equal neighbours in it keep their
    /// order. The comparisons are CPython's, one for one: programs count them.
    fn natural_run(&self, order: &mut [u32]) -> Res<usize> {
        let len = order.len();
        let mut n = 1;
        while n < len && !self.less(order[n], order[n - 1])? {
            n += 1;
        }
        if n >= len {
            return Ok(len);
        }
        if n > 1 {
            if self.less(order[0], order[n - 1])? {
                return Ok(n);
            }
            // All equal so far: they come back into their order with the last reversal.
            order[..n].reverse();
        }
        n += 1;
        let mut equal = 0;
        while n < len {
            if self.less(order[n], order[n - 1])? {
                order[n - 1 - equal..n].reverse();
                equal = 0;
            } else if self.less(order[n - 1], order[n])? {
                break;
            } else {
                equal += 1;
            }
            n += 1;
        }
        order[n - 1 - equal..n].reverse();
        order[..n].reverse();
        while n < len && !self.less(order[n], order[n - 1])? {
            n += 1;
        }
        Ok(n)
    }
    /// Inserts items `sorted..` one after the other into the sorted beginning.
    fn insert_sorted(&self, order: &mut [u32], sorted: usize) -> Res<()> {
        for i in sorted..order.len() {
            let item = order[i];
            let (mut low, mut high) = (0, i);
            while low < high {
                let middle = (low + high) / 2;
                if self.less(item, order[middle])? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            order[low..=i].rotate_right(1);
        }
        Ok(())
    }
    /// Items of `run` that stand before `item` when equal ones stand before it (`after`) or behind it; found by
    /// doubling steps from the front.
    fn gallop(&self, item: u32, run: &[u32], after: bool) -> Res<usize> {
        let belongs_before = |x: u32| -> Res<bool> {
            if after { Ok(!self.less(item, x)?) } else { self.less(x, item) }
        };
        let (mut low, mut step) = (0, 1);
        while low + step <= run.len() && belongs_before(run[low + step - 1])? {
            low += step;
            step *= 2;
        }
        let mut high = (low + step - 1).min(run.len());
        while low < high {
            let middle = (low + high) / 2;
            if belongs_before(run[middle])? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
    /// As `gallop`, from the back.
    fn gallop_back(&self, item: u32, run: &[u32], after: bool) -> Res<usize> {
        let belongs_before = |x: u32| -> Res<bool> {
            if after { Ok(!self.less(item, x)?) } else { self.less(x, item) }
        };
        let (mut high, mut step) = (run.len(), 1);
        while high >= step && !belongs_before(run[high - step])? {
            high -= step;
            step *= 2;
        }
        let mut low = (high + 1).saturating_sub(step);
        while low < high {
            let middle = (low + high) / 2;
            if belongs_before(run[middle])? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }
    /// Merges the sorted `order[..middle]` and `order[middle..]`.
    fn merge(&mut self, order: &mut [u32], middle: usize) -> Res<()> {
        let skip = self.gallop(order[middle], &order[..middle], true)?;
        if skip == middle {
            return Ok(());
        }
        let keep = self.gallop_back(order[middle - 1], &order[middle..], false)?;
        let order = &mut order[skip..middle + keep];
        let middle = middle - skip;
        if middle <= keep {
            self.merge_forward(order, middle)
        } else {
            self.merge_backward(order, middle)
        }
    }
    /// Left part in the buffer, filling from the front.
    fn merge_forward(&mut self, order: &mut [u32], middle: usize) -> Res<()> {
        let mut buffer = core::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.extend_from_slice(&order[..middle]);
        let mut m = Merge { left: 0, right: middle, out: 0 };
        let result = self.forward_steps(&buffer, order, &mut m);
        // What is left of the buffer belongs between the output and the rest of the right part.
        let rest = &buffer[m.left..];
        order[m.out..m.out + rest.len()].copy_from_slice(rest);
        self.buffer = buffer;
        result
    }
    fn forward_steps(&self, buffer: &[u32], order: &mut [u32], m: &mut Merge) -> Res<()> {
        let (mut left_wins, mut right_wins) = (0, 0);
        while m.left < buffer.len() && m.right < order.len() {
            if self.less(order[m.right], buffer[m.left])? {
                order[m.out] = order[m.right];
                m.right += 1;
                (left_wins, right_wins) = (0, right_wins + 1);
            } else {
                order[m.out] = buffer[m.left];
                m.left += 1;
                (left_wins, right_wins) = (left_wins + 1, 0);
            }
            m.out += 1;
            if left_wins >= GALLOP && m.right < order.len() {
                let n = self.gallop(order[m.right], &buffer[m.left..], true)?;
                order[m.out..m.out + n].copy_from_slice(&buffer[m.left..m.left + n]);
                (m.left, m.out, left_wins) = (m.left + n, m.out + n, 0);
            } else if right_wins >= GALLOP && m.left < buffer.len() {
                let n = self.gallop(buffer[m.left], &order[m.right..], false)?;
                order.copy_within(m.right..m.right + n, m.out);
                (m.right, m.out, right_wins) = (m.right + n, m.out + n, 0);
            }
        }
        Ok(())
    }
    /// Right part in the buffer, filling from the back.
    fn merge_backward(&mut self, order: &mut [u32], middle: usize) -> Res<()> {
        let mut buffer = core::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.extend_from_slice(&order[middle..]);
        let mut m = Merge { left: middle, right: buffer.len(), out: order.len() };
        let result = self.backward_steps(&buffer, order, &mut m);
        let rest = &buffer[..m.right];
        order[m.out - rest.len()..m.out].copy_from_slice(rest);
        self.buffer = buffer;
        result
    }
    fn backward_steps(&self, buffer: &[u32], order: &mut [u32], m: &mut Merge) -> Res<()> {
        let (mut left_wins, mut right_wins) = (0, 0);
        while m.left > 0 && m.right > 0 {
            if self.less(buffer[m.right - 1], order[m.left - 1])? {
                order[m.out - 1] = order[m.left - 1];
                m.left -= 1;
                (left_wins, right_wins) = (left_wins + 1, 0);
            } else {
                order[m.out - 1] = buffer[m.right - 1];
                m.right -= 1;
                (left_wins, right_wins) = (0, right_wins + 1);
            }
            m.out -= 1;
            if left_wins >= GALLOP && m.right > 0 {
                let n = m.left - self.gallop_back(buffer[m.right - 1], &order[..m.left], true)?;
                order.copy_within(m.left - n..m.left, m.out - n);
                (m.left, m.out, left_wins) = (m.left - n, m.out - n, 0);
            } else if right_wins >= GALLOP && m.left > 0 {
                let n = m.right - self.gallop_back(order[m.left - 1], &buffer[..m.right], false)?;
                order[m.out - n..m.out].copy_from_slice(&buffer[m.right - n..m.right]);
                (m.right, m.out, right_wins) = (m.right - n, m.out - n, 0);
            }
        }
        Ok(())
    }
}

/// Where a merge stands: what is left of both parts and what has been put out.
struct Merge {
    left: usize,
    right: usize,
    out: usize,
}

/// Depth in the merge tree of the boundary between two neighbouring runs of `n` items in all: the number of
/// leading bits that the midpoints of both, as fractions of `n`, share, plus one.
fn boundary_power(left: Run, right: Run, n: usize) -> u32 {
    let n = n as u128;
    let scaled = |a: usize, b: usize| (((a + b) as u128) << 62) / n;
    let (x, y) = (scaled(left.start, left.end), scaled(right.start, right.end));
    (x ^ y).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyrs_core::Settings;

    /// A small generator of pseudo-random numbers (xorshift).
    fn numbers(mut seed: u64, n: usize, bound: u64) -> Vec<i64> {
        let mut step = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        (0..n).map(|_| (step() % bound) as i64).collect()
    }

    /// Sorts pairs (number, position) by the general path and checks order and stability.
    fn check_general(vm: &Vm, input: &[i64]) {
        let keys = vm.new_array(input.len()).expect("memory");
        for (i, &x) in input.iter().enumerate() {
            keys.slot(i).set(&vm.heap, keys, vm.int(x).expect("small"));
        }
        let mut order: Vec<u32> = (0..input.len() as u32).collect();
        Sorter::new(vm, keys).sort(&mut order).expect("ints compare");
        let mut expected: Vec<u32> = (0..input.len() as u32).collect();
        expected.sort_by_key(|&i| input[i as usize]);
        assert_eq!(order, expected, "{input:?}");
    }

    #[test]
    fn the_merge_sort_is_stable_on_runs_and_noise() {
        let vm = Vm::new(Settings::default());
        for n in [0, 1, 2, 3, 23, 24, 25, 47, 100, 333, 1000, 4000] {
            for bound in [2, 10, 1000, 1 << 40] {
                check_general(&vm, &numbers(n as u64 * 31 + bound + 1, n, bound));
            }
            let up: Vec<i64> = (0..n as i64).collect();
            check_general(&vm, &up);
            let down: Vec<i64> = (0..n as i64).rev().collect();
            check_general(&vm, &down);
            let mut saw: Vec<i64> = (0..n as i64).map(|i| i % 50).collect();
            check_general(&vm, &saw);
            saw.extend_from_slice(&up);
            saw.extend_from_slice(&down);
            check_general(&vm, &saw);
            let blocks: Vec<i64> =
                (0..n as i64).map(|i| (i / 60) * if i / 60 % 2 == 0 { 1 } else { -1 }).collect();
            check_general(&vm, &blocks);
        }
    }

    #[test]
    fn lists_of_ints_floats_and_strings_sort_both_ways() {
        let vm = Vm::new(Settings::default());
        let list = vm.new_list().expect("memory");
        for x in numbers(7, 500, 90) {
            vm.list_append(list, vm.int(x).expect("small")).expect("memory");
        }
        sort_list(&vm, list, Value::NONE, false).expect("sorts");
        assert!(list.items().windows(2).all(|w| w[0].as_int() <= w[1].as_int()));
        sort_list(&vm, list, Value::NONE, true).expect("sorts");
        assert!(list.items().windows(2).all(|w| w[0].as_int() >= w[1].as_int()));
        let texts = vm.new_list().expect("memory");
        for t in ["b", "\u{e9}", "a", "", "ab"] {
            vm.list_append(texts, vm.str(t).expect("memory")).expect("memory");
        }
        sort_list(&vm, texts, Value::NONE, false).expect("sorts");
        let all: Vec<String> =
            texts.items().iter().map(|&v| vm.as_str(v).expect("str").to_lossy()).collect();
        assert_eq!(all, ["", "a", "ab", "b", "\u{e9}"]);
    }

    #[test]
    fn incomparable_items_raise_and_stay() {
        let vm = Vm::new(Settings::default());
        let list = vm.new_list().expect("memory");
        for i in 0..60 {
            vm.list_append(list, vm.int(60 - i).expect("small")).expect("memory");
        }
        vm.list_append(list, Value::NONE).expect("memory");
        let r = sort_list(&vm, list, Value::NONE, false).expect_err("None has no order");
        assert!(vm.pending_is(r, vm.exc().type_error));
        vm.take_exception(r);
        assert_eq!(list.len(), 61);
        let mut seen: Vec<isize> = list.items().iter().filter_map(|v| v.as_int()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=60).collect::<Vec<_>>());
    }
}
