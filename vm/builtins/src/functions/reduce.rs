//! Built-in functions that walk an iterable: `all any max min sum sorted`, and `iter next aiter anext`.

use super::enter;
use pyrs_core::names::Special;
use pyrs_core::object::{Complex, Dict, NativeDef, core_shape};
use pyrs_core::protocol::{BinaryOp, Comparison};
use pyrs_core::{Gc, Res, Value, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "aiter",
        "(async_iterable, /)",
        aiter,
        "The asynchronous iterator of an asynchronous iterable.",
    ),
    NativeDef::function("all", "(iterable, /)", all, "Whether all items are true.")
        .with_enter(enter::all),
    NativeDef::function(
        "anext",
        "(async_iterator, default=<unrepresentable>, /)",
        anext,
        "Awaitable for the next item of an asynchronous iterator, or for default at its end.",
    ),
    NativeDef::function("any", "(iterable, /)", any, "Whether some item is true.")
        .with_enter(enter::any),
    NativeDef::function(
        "iter",
        "(object, sentinel=<unrepresentable>, /)",
        iter,
        "Iterator over an iterable; or over the results of calling object until it gives sentinel.",
    ),
    NativeDef::function(
        "max",
        "(*args, key=None, default=<unrepresentable>)",
        max,
        "The largest argument, or the largest item of the only argument.\n\n  key\n    function whose results are compared\n  default\n    result for an empty iterable",
    )
    .with_direct(max_of)
    .with_enter(enter::max),
    NativeDef::function(
        "min",
        "(*args, key=None, default=<unrepresentable>)",
        min,
        "The smallest argument, or the smallest item of the only argument.\n\n  key\n    function whose results are compared\n  default\n    result for an empty iterable",
    )
    .with_direct(min_of)
    .with_enter(enter::min),
    NativeDef::function(
        "next",
        "(iterator, default=<unrepresentable>, /)",
        next,
        "The next item of an iterator, or default at its end.",
    ),
    NativeDef::function(
        "sorted",
        "(*args, key=None, reverse=False)",
        sorted,
        "New list of the items in ascending order; equal items keep their order.\n\n  key\n    function whose results are compared\n  reverse\n    descending order",
    )
    .with_enter(enter::sorted),
    NativeDef::function(
        "sum",
        "(iterable, /, start=0)",
        sum,
        "start plus all items; floats are added with compensated rounding.",
    )
    .with_enter(enter::sum),
];

/// Steps between two looks at waiting signals.
const POLL: usize = 10_000;

/// Counts steps of a long native loop.
#[derive(Default)]
struct Steps(usize);

impl Steps {
    fn step(&mut self, vm: &Vm) -> Res<()> {
        self.0 += 1;
        if self.0 >= POLL {
            self.0 = 0;
            if vm.interrupted() {
                vm.run_pending()?;
            }
        }
        Ok(())
    }
}

fn find_truth(vm: &Vm, iterable: Value, wanted: bool) -> Res<bool> {
    let it = vm.get_iter(iterable)?;
    let mut steps = Steps::default();
    while let Some(v) = vm.next(it)? {
        if vm.truth(v)? == wanted {
            return Ok(true);
        }
        steps.step(vm)?;
    }
    Ok(false)
}

fn all(vm: &Vm, args: &[Value]) -> Res {
    Ok(Value::bool(!find_truth(vm, args[0], false)?))
}

fn any(vm: &Vm, args: &[Value]) -> Res {
    Ok(Value::bool(find_truth(vm, args[0], true)?))
}

fn extreme(vm: &Vm, args: &[Value], name: &str, op: Comparison) -> Res {
    let Some(given) = vm.as_tuple(args[0]) else { return Ok(Value::NONE) };
    let (key, default) = (args[1], args[2]);
    if given.is_empty() {
        return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0")));
    }
    let many = given.len() > 1;
    if many && !default.is_unbound() {
        return Err(vm.type_error(format!(
            "Cannot specify a default for {name}() with multiple positional arguments"
        )));
    }
    let it = vm.get_iter(if many { given.value() } else { given.get(0) })?;
    let mut best: Option<(Value, Value)> = None;
    let mut steps = Steps::default();
    while let Some(v) = vm.next(it)? {
        let k = if key.is_none() { v } else { vm.call(key, &[v])? };
        best = match best {
            Some((_, best_key)) if !vm.compare_bool(op, k, best_key)? => best,
            _ => Some((v, k)),
        };
        steps.step(vm)?;
    }
    match best {
        Some((v, _)) => Ok(v),
        None if default.is_unbound() => {
            Err(vm.value_error(format!("{name}() iterable argument is empty")))
        }
        None => Ok(default),
    }
}

fn max(vm: &Vm, args: &[Value]) -> Res {
    extreme(vm, args, "max", Comparison::Gt)
}

fn min(vm: &Vm, args: &[Value]) -> Res {
    extreme(vm, args, "min", Comparison::Lt)
}

fn max_of(vm: &Vm, args: &[Value]) -> Res {
    extreme_of(vm, args, "max", Comparison::Gt)
}
fn min_of(vm: &Vm, args: &[Value]) -> Res {
    extreme_of(vm, args, "min", Comparison::Lt)
}
/// As `extreme`, of arguments given one by one and compared themselves.
fn extreme_of(vm: &Vm, args: &[Value], name: &str, op: Comparison) -> Res {
    let [first, rest @ ..] = args else {
        return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0")));
    };
    if rest.is_empty() {
        if let Some(v) = extreme_int(vm, *first, op) {
            return Ok(v);
        }
        let only = vm.tuple(&[*first])?;
        return extreme(vm, &[only, Value::NONE, Value::UNBOUND], name, op);
    }
    let mut best = *first;
    for &v in rest {
        if vm.compare_bool(op, v, best)? {
            best = v;
        }
    }
    Ok(best)
}

/// The least or greatest of a built-in container of small ints, if it is one.
fn extreme_int(vm: &Vm, container: Value, op: Comparison) -> Option<Value> {
    fn best(mut items: impl Iterator<Item = Value>, op: Comparison) -> Option<Value> {
        let mut best = items.next()?.as_int()?;
        for v in items {
            let n = v.as_int()?;
            best = if op == Comparison::Lt { n.min(best) } else { n.max(best) };
        }
        Some(Value::small_int(best))
    }
    match vm.object(container)?.shape() {
        core_shape::LIST => best(vm.as_list(container)?.items().iter().copied(), op),
        core_shape::TUPLE => best(vm.as_tuple(container)?.items().iter().copied(), op),
        core_shape::SET | core_shape::FROZENSET => {
            let s = vm.as_set(container)?;
            best((0..s.rows()).filter_map(|row| s.row(row)), op)
        }
        _ => None,
    }
}

/// A sum of doubles with the running compensation of Neumaier (1974).
#[derive(Clone, Copy, Default)]
struct Compensated {
    high: f64,
    low: f64,
}

impl Compensated {
    fn new(x: f64) -> Compensated {
        Compensated { high: x, low: 0.0 }
    }
    fn add(&mut self, x: f64) {
        let t = self.high + x;
        self.low +=
            if self.high.abs() >= x.abs() { (self.high - t) + x } else { (x - t) + self.high };
        self.high = t;
    }
    fn total(self) -> f64 {
        if self.low != 0.0 && self.low.is_finite() { self.high + self.low } else { self.high }
    }
}

/// What a sum can be kept in without objects.
enum Running {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Any(Value),
}

/// The number in an exact int or bool that fits 64 bits.
fn small(vm: &Vm, v: Value) -> Option<i64> {
    if v.is_int() {
        return v.as_int().map(|n| n as i64);
    }
    match v.as_bool() {
        Some(b) => Some(b as i64),
        None => {
            let exact = vm.object(v).is_some_and(|o| o.shape() == core_shape::INT);
            exact.then(|| vm.int_ref(&v).to_i64()).flatten()
        }
    }
}
/// The same of ints of subclasses, too.
fn any_small(vm: &Vm, v: Value) -> Option<i64> {
    small(vm, v).or_else(|| vm.as_int(v).and_then(|n| vm.int_ref(&n).to_i64()))
}

impl Running {
    fn start(vm: &Vm, v: Value) -> Running {
        if v.as_bool().is_none()
            && let Some(n) = small(vm, v)
        {
            return Running::Int(n);
        }
        if let Some(x) = vm.exact_float(v) {
            return Running::Float(Compensated::new(x));
        }
        match vm.exact::<Complex>(v, core_shape::COMPLEX) {
            Some(c) => Running::Complex(Compensated::new(c.re), Compensated::new(c.im)),
            None => Running::Any(v),
        }
    }
    fn value(&self, vm: &Vm) -> Res {
        match self {
            Running::Int(n) => vm.int(*n),
            Running::Float(x) => vm.float(x.total()),
            Running::Complex(re, im) => vm.complex(re.total(), im.total()),
            Running::Any(v) => Ok(*v),
        }
    }
    /// Adds `v` without dispatch; false if that is not possible.
    fn add(&mut self, vm: &Vm, v: Value) -> bool {
        match self {
            Running::Int(n) => {
                match small(vm, v).and_then(|k| n.checked_add(k)) {
                    Some(sum) => *n = sum,
                    None => return false,
                }
                true
            }
            Running::Float(x) => {
                match (vm.exact_float(v), any_small(vm, v)) {
                    (Some(y), _) => x.add(y),
                    (None, Some(n)) => x.add(n as f64),
                    _ => return false,
                }
                true
            }
            Running::Complex(re, im) => {
                if let Some(c) = vm.exact::<Complex>(v, core_shape::COMPLEX) {
                    re.add(c.re);
                    im.add(c.im);
                } else if let Some(y) = vm.exact_float(v) {
                    re.add(y);
                } else if let Some(n) = any_small(vm, v) {
                    re.add(n as f64);
                } else {
                    return false;
                }
                true
            }
            Running::Any(_) => false,
        }
    }
}

pub(super) fn sum(vm: &Vm, args: &[Value]) -> Res {
    let start = args[1];
    let refused = if vm.as_str(start).is_some() {
        Some("strings [use ''.join(seq) instead]")
    } else if vm.as_bytes(start).is_some() {
        Some("bytes [use b''.join(seq) instead]")
    } else if vm.is_instance_exact(start, vm.classes().bytearray) {
        Some("bytearray [use b''.join(seq) instead]")
    } else {
        None
    };
    if let Some(what) = refused {
        return Err(vm.type_error(format!("sum() can't sum {what}")));
    }
    let it = vm.get_iter(args[0])?;
    let mut total = Running::start(vm, start);
    let mut steps = Steps::default();
    while let Some(v) = vm.next(it)? {
        if !total.add(vm, v) {
            let sum = vm.binary(BinaryOp::Add, total.value(vm)?, v)?;
            // From ints to floats to complex numbers to anything, never back.
            total = match (total, Running::start(vm, sum)) {
                (Running::Int(_), next @ (Running::Float(_) | Running::Complex(..)))
                | (Running::Float(_), next @ Running::Complex(..)) => next,
                _ => Running::Any(sum),
            };
        }
        steps.step(vm)?;
    }
    total.value(vm)
}

fn sorted(vm: &Vm, args: &[Value]) -> Res {
    let given = vm.to_tuple(args[0])?;
    let &[iterable] = given.items() else {
        return Err(vm.type_error(format!("sorted expected 1 argument, got {}", given.len())));
    };
    let reverse = vm.truth(args[2])?;
    let list = vm.to_list(iterable)?;
    crate::sequence::sort::sort_list(vm, list, args[1], reverse)?;
    Ok(list.value())
}

fn iter(vm: &Vm, args: &[Value]) -> Res {
    if args[1].is_unbound() {
        return vm.get_iter(args[0]);
    }
    if !vm.is_callable(args[0]) {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    vm.new_call_iter(args[0], args[1])
}

fn next(vm: &Vm, args: &[Value]) -> Res {
    let (it, default) = (args[0], args[1]);
    if !vm.is_iterator(it) {
        return Err(vm.type_error(format!("'{}' object is not an iterator", vm.type_name(it))));
    }
    if !default.is_unbound() {
        return Ok(vm.next(it)?.unwrap_or(default));
    }
    next_or_raise(vm, it)
}

/// `next(it)` that keeps the StopIteration object that `__next__` raises.
fn next_or_raise(vm: &Vm, it: Value) -> Res {
    let plain = vm.object(it).is_some_and(|o| o.shape() == core_shape::SEQ_ITER);
    if plain {
        return vm.next(it)?.ok_or_else(|| vm.stop_iteration(Value::NONE));
    }
    match vm.special(vm.class_of(it), Special::Next) {
        Some(f) => vm.call_bound(f, it, &[]),
        None => Err(vm.stop_iteration(Value::NONE)),
    }
}

fn aiter(vm: &Vm, args: &[Value]) -> Res {
    let Some(f) = vm.special(vm.class_of(args[0]), Special::AIter).filter(|f| !f.is_none()) else {
        return Err(
            vm.type_error(format!("'{}' object is not an async iterable", vm.type_name(args[0])))
        );
    };
    let it = vm.call_bound(f, args[0], &[])?;
    match vm.special(vm.class_of(it), Special::ANext) {
        Some(f) if !f.is_none() => Ok(it),
        _ => Err(vm.type_error(format!(
            "aiter() returned not an async iterator of type '{}'",
            vm.type_name(it)
        ))),
    }
}

fn anext(vm: &Vm, args: &[Value]) -> Res {
    let Some(f) = vm.special(vm.class_of(args[0]), Special::ANext).filter(|f| !f.is_none()) else {
        return Err(
            vm.type_error(format!("'{}' object is not an async iterator", vm.type_name(args[0])))
        );
    };
    let awaitable = vm.call_bound(f, args[0], &[])?;
    if args[1].is_unbound() {
        return Ok(awaitable);
    }
    crate::generator::anext_awaitable(vm, awaitable, args[1])
}

/// The keyword arguments of a native call, if any were given.
pub(crate) fn given(vm: &Vm, kwargs: Value) -> Option<Gc<Dict>> {
    vm.as_dict(kwargs).filter(|d| !d.is_empty())
}
