//! Combinatoric iterators. They keep the pool as a tuple and the current indices as a list of small ints.
//!
//! State: a pool (or list of pools), b indices, c cycles (permutations), n length of results, flag: started,
//! m 1 when exhausted.

use super::{State, answer, iterator, new_state, state};
use pyrs_core::object::{List, Tuple};
use pyrs_core::{Gc, Res, Value, Vm};

fn indices(vm: &Vm, values: impl Iterator<Item = usize>) -> Res<Gc<List>> {
    let list = vm.new_list()?;
    for i in values {
        vm.list_append(list, Value::small_int(i as isize))?;
    }
    Ok(list)
}
fn index(list: Gc<List>, i: usize) -> usize {
    list.get(i).and_then(Value::as_int).unwrap_or(0) as usize
}
fn set_index(vm: &Vm, list: Gc<List>, i: usize, n: usize) {
    list.set(vm, i, Value::small_int(n as isize));
}
/// The items of the pool that the first `n` indices select.
fn pick(vm: &Vm, pool: Gc<Tuple>, list: Gc<List>, n: usize) -> Res {
    let t = vm.new_tuple_blank(n)?;
    for i in 0..n {
        t.slot(i).set(&vm.heap, t, pool.get(index(list, i)));
    }
    Ok(t.value())
}
/// The iterator's pool and indices.
fn parts(vm: &Vm, v: Value) -> Res<Option<(Gc<State>, Gc<Tuple>, Gc<List>)>> {
    let s = state(vm, v)?;
    if s.m.get() == 1 {
        return Ok(None);
    }
    Ok(match (vm.as_tuple(s.a.get()), vm.as_list(s.b.get())) {
        (Some(pool), Some(list)) => Some((s, pool, list)),
        _ => None,
    })
}
fn length(vm: &Vm, v: Value) -> Res<usize> {
    let n = vm.index_isize(v, None)?;
    if n < 0 { Err(vm.value_error("r must be non-negative")) } else { Ok(n as usize) }
}

iterator!(
    PRODUCT,
    "product",
    "(cls, *iterables, repeat=1)",
    product_new,
    product_next,
    "Cartesian product of input iterables.  Equivalent to nested for-loops."
);
fn product_new(vm: &Vm, args: &[Value]) -> Res {
    let repeat = vm.index_isize(args[2], None)?;
    if repeat < 0 {
        return Err(vm.value_error("repeat argument cannot be negative"));
    }
    let pools = vm.new_list()?;
    let given = vm.to_tuple(args[1])?;
    if (given.len() as u128) * (repeat as u128) > u32::MAX as u128 {
        return Err(vm.overflow_error("repeat argument too large"));
    }
    let first = vm.new_list()?;
    if repeat > 0 {
        for &v in given.items() {
            let pool = vm.to_tuple(v)?;
            vm.list_append(first, pool.value())?;
        }
    }
    let mut empty = false;
    for _ in 0..repeat {
        for i in 0..first.len() {
            let pool = first.get(i).unwrap_or(Value::NONE);
            empty |= vm.as_tuple(pool).is_some_and(|t| t.is_empty());
            vm.list_append(pools, pool)?;
        }
    }
    let n = pools.len();
    let all = vm.tuple(pools.items())?;
    let list = indices(vm, (0..n).map(|_| 0))?;
    let s = new_state(vm, args[0], &[all, list.value()])?;
    s.n.set(n as isize);
    s.m.set(empty as isize);
    Ok(s.value())
}
fn product_next(vm: &Vm, args: &[Value]) -> Res {
    let Some((s, pools, list)) = parts(vm, args[0])? else { return answer(None) };
    let n = s.n.get() as usize;
    let pool = |i: usize| vm.as_tuple(pools.get(i)).map_or(0, |t| t.len());
    if s.flag.get() {
        let mut i = n;
        loop {
            if i == 0 {
                s.m.set(1);
                return answer(None);
            }
            i -= 1;
            let next = index(list, i) + 1;
            if next < pool(i) {
                set_index(vm, list, i, next);
                break;
            }
            set_index(vm, list, i, 0);
        }
    }
    s.flag.set(true);
    let t = vm.new_tuple_blank(n)?;
    for i in 0..n {
        if let Some(p) = vm.as_tuple(pools.get(i)) {
            t.slot(i).set(&vm.heap, t, p.get(index(list, i)));
        }
    }
    Ok(t.value())
}

iterator!(
    PERMUTATIONS,
    "permutations",
    "(cls, iterable, r=None)",
    permutations_new,
    permutations_next,
    "Return successive r-length permutations of elements in the iterable."
);
fn permutations_new(vm: &Vm, args: &[Value]) -> Res {
    let pool = vm.to_tuple(args[1])?;
    let n = pool.len();
    let r = if args[2].is_none() {
        n
    } else if vm.as_int(args[2]).is_none() {
        return Err(vm.type_error("Expected int as r"));
    } else {
        length(vm, args[2])?
    };
    let list = indices(vm, 0..n)?;
    let cycles = indices(vm, (0..r.min(n)).map(|i| n - i))?;
    let s = new_state(vm, args[0], &[pool.value(), list.value(), cycles.value()])?;
    s.n.set(r as isize);
    s.m.set((r > n) as isize);
    Ok(s.value())
}
fn permutations_next(vm: &Vm, args: &[Value]) -> Res {
    let Some((s, pool, list)) = parts(vm, args[0])? else { return answer(None) };
    let (n, r) = (pool.len(), s.n.get() as usize);
    let Some(cycles) = vm.as_list(s.c.get()) else { return answer(None) };
    if s.flag.get() {
        let mut i = r;
        loop {
            if i == 0 {
                s.m.set(1);
                return answer(None);
            }
            i -= 1;
            let c = index(cycles, i) - 1;
            if c == 0 {
                // Rotate the tail left by one and start the cycle anew.
                let first = index(list, i);
                for k in i..n - 1 {
                    set_index(vm, list, k, index(list, k + 1));
                }
                set_index(vm, list, n - 1, first);
                set_index(vm, cycles, i, n - i);
            } else {
                set_index(vm, cycles, i, c);
                let (x, y) = (index(list, i), index(list, n - c));
                set_index(vm, list, i, y);
                set_index(vm, list, n - c, x);
                break;
            }
        }
    }
    s.flag.set(true);
    pick(vm, pool, list, r)
}

iterator!(
    COMBINATIONS,
    "combinations",
    "(cls, iterable, r)",
    combinations_new,
    combinations_next,
    "Return successive r-length combinations of elements in the iterable."
);
fn combinations_new(vm: &Vm, args: &[Value]) -> Res {
    let pool = vm.to_tuple(args[1])?;
    let r = length(vm, args[2])?;
    let list = indices(vm, 0..r.min(pool.len()))?;
    let s = new_state(vm, args[0], &[pool.value(), list.value()])?;
    s.n.set(r as isize);
    s.m.set((r > pool.len()) as isize);
    Ok(s.value())
}
fn combinations_next(vm: &Vm, args: &[Value]) -> Res {
    let Some((s, pool, list)) = parts(vm, args[0])? else { return answer(None) };
    let (n, r) = (pool.len(), s.n.get() as usize);
    if s.flag.get() {
        let Some(i) = (0..r).rev().find(|&i| index(list, i) != i + n - r) else {
            s.m.set(1);
            return answer(None);
        };
        let first = index(list, i) + 1;
        for k in i..r {
            set_index(vm, list, k, first + k - i);
        }
    }
    s.flag.set(true);
    pick(vm, pool, list, r)
}

iterator!(
    COMBINATIONS_WITH_REPLACEMENT,
    "combinations_with_replacement",
    "(cls, iterable, r)",
    cwr_new,
    cwr_next,
    "Return successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats."
);
fn cwr_new(vm: &Vm, args: &[Value]) -> Res {
    let pool = vm.to_tuple(args[1])?;
    let r = length(vm, args[2])?;
    let list = indices(vm, (0..r).map(|_| 0))?;
    let s = new_state(vm, args[0], &[pool.value(), list.value()])?;
    s.n.set(r as isize);
    s.m.set((pool.is_empty() && r > 0) as isize);
    Ok(s.value())
}
fn cwr_next(vm: &Vm, args: &[Value]) -> Res {
    let Some((s, pool, list)) = parts(vm, args[0])? else { return answer(None) };
    let (n, r) = (pool.len(), s.n.get() as usize);
    if s.flag.get() {
        let Some(i) = (0..r).rev().find(|&i| index(list, i) + 1 != n) else {
            s.m.set(1);
            return answer(None);
        };
        let v = index(list, i) + 1;
        for k in i..r {
            set_index(vm, list, k, v);
        }
    }
    s.flag.set(true);
    pick(vm, pool, list, r)
}
