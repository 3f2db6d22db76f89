//! Calls of native functions in traces: which of them may be quick (see `quick`), and those that are a few
//! instructions.
//!
//! The table names functions that never look at frames, run no code of other threads meanwhile, and change nothing
//! before the last point where Python code could run. Their receivers are of the very class, and what they iterate
//! over is a built-in container, where the row says so: traces guard that.

use super::answers as quick;
use super::domain::{Flt, Int, Rec, V};
use super::layout as fields;
use super::quick::{Does, MOST};
use super::recorder::Rep;
use crate::interp::{Dom, S, Tx, WINDOW};
use crate::object::*;
use crate::protocol::DefaultValue;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Value};
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Fcc, Ty};

/// What a row demands of arguments.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Takes {
    Anything,
    /// Argument number so much is a built-in container.
    Container(usize),
    /// All arguments from there on are sets or dicts.
    Tables(usize),
}
use Takes::{Anything, Container, Tables};

/// Functions of one class or module.
struct Row {
    /// Name of a built-in class, or of a module.
    owner: &'static str,
    does: Does,
    takes: Takes,
    names: &'static [&'static str],
}
const fn row(owner: &'static str, does: Does, takes: Takes, names: &'static [&'static str]) -> Row {
    Row { owner, does, takes, names }
}

const TEXT: &[&str] = &[
    "capitalize",
    "casefold",
    "center",
    "count",
    "encode",
    "decode",
    "endswith",
    "expandtabs",
    "find",
    "format",
    "format_map",
    "hex",
    "index",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "removeprefix",
    "removesuffix",
    "replace",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "swapcase",
    "title",
    "translate",
    "upper",
    "zfill",
];
const NUMBER: &[&str] =
    &["as_integer_ratio", "bit_count", "bit_length", "conjugate", "hex", "is_integer", "to_bytes"];
const TABLE: &[Row] = &[
    row(
        "builtins",
        Does::Looks,
        Anything,
        &[
            "abs",
            "ascii",
            "bin",
            "callable",
            "chr",
            "divmod",
            "format",
            "hash",
            "hex",
            "id",
            "isinstance",
            "issubclass",
            "iter",
            "len",
            "oct",
            "ord",
            "pow",
            "repr",
            "round",
        ],
    ),
    row("builtins", Does::Any, Anything, &["getattr", "hasattr"]),
    row("builtins", Does::Looks, Container(0), &["all", "any", "sorted", "sum"]),
    row("str", Does::Looks, Anything, TEXT),
    row("str", Does::Looks, Container(1), &["join"]),
    row("bytes", Does::Looks, Anything, TEXT),
    row("bytes", Does::Looks, Container(1), &["join"]),
    row(
        "bytearray",
        Does::Looks,
        Anything,
        &["count", "decode", "endswith", "find", "index", "rfind", "rindex", "startswith"],
    ),
    row(
        "bytearray",
        Does::Other,
        Anything,
        &["append", "clear", "insert", "pop", "remove", "reverse"],
    ),
    row("bytearray", Does::Other, Container(1), &["extend"]),
    row("int", Does::Looks, Anything, NUMBER),
    row("float", Does::Looks, Anything, NUMBER),
    row("list", Does::Looks, Anything, &["copy", "count", "index"]),
    row("list", Does::List, Anything, &["append", "clear", "insert", "pop", "remove", "reverse"]),
    row("list", Does::List, Container(1), &["extend"]),
    row("tuple", Does::Looks, Anything, &["count", "index"]),
    row("range", Does::Looks, Anything, &["count", "index"]),
    row("dict", Does::Looks, Anything, &["copy", "get", "items", "keys", "values"]),
    row("dict", Does::Table, Anything, &["clear", "pop", "popitem", "setdefault"]),
    row("dict", Does::Table, Tables(1), &["update"]),
    row("set", Does::Looks, Anything, &["copy"]),
    row(
        "set",
        Does::Looks,
        Tables(1),
        &[
            "difference",
            "intersection",
            "isdisjoint",
            "issubset",
            "issuperset",
            "symmetric_difference",
            "union",
        ],
    ),
    row("set", Does::Table, Anything, &["add", "clear", "discard", "pop", "remove"]),
    row("set", Does::Table, Tables(1), &["difference_update", "update"]),
    row("frozenset", Does::Looks, Anything, &["copy"]),
    row(
        "frozenset",
        Does::Looks,
        Tables(1),
        &[
            "difference",
            "intersection",
            "isdisjoint",
            "issubset",
            "issuperset",
            "symmetric_difference",
            "union",
        ],
    ),
    row(
        "math",
        Does::Looks,
        Anything,
        &[
            "acos",
            "acosh",
            "asin",
            "asinh",
            "atan",
            "atan2",
            "atanh",
            "cbrt",
            "ceil",
            "comb",
            "copysign",
            "cos",
            "cosh",
            "degrees",
            "erf",
            "erfc",
            "exp",
            "exp2",
            "expm1",
            "fabs",
            "factorial",
            "floor",
            "fma",
            "fmod",
            "frexp",
            "gamma",
            "gcd",
            "hypot",
            "isclose",
            "isfinite",
            "isinf",
            "isnan",
            "isqrt",
            "lcm",
            "ldexp",
            "lgamma",
            "log",
            "log10",
            "log1p",
            "log2",
            "modf",
            "nextafter",
            "perm",
            "pow",
            "radians",
            "remainder",
            "sin",
            "sinh",
            "sqrt",
            "tan",
            "tanh",
            "trunc",
            "ulp",
        ],
    ),
    row("math", Does::Looks, Container(0), &["fsum", "prod"]),
    row("_operator", Does::Looks, Anything, OPERATORS),
    row("operator", Does::Looks, Anything, OPERATORS),
    row(
        "time",
        Does::Other,
        Anything,
        &[
            "monotonic",
            "monotonic_ns",
            "perf_counter",
            "perf_counter_ns",
            "process_time",
            "process_time_ns",
            "time",
            "time_ns",
        ],
    ),
    row("_random.Random", Does::Other, Anything, &["getrandbits", "random"]),
    row("Random", Does::Other, Anything, &["getrandbits", "random"]),
    row("deque", Does::Other, Anything, &["append", "appendleft", "clear", "pop", "popleft"]),
    row("deque", Does::Other, Container(1), &["extend", "extendleft"]),
    row("array", Does::Other, Anything, &["append", "pop"]),
    row("Struct", Does::Looks, Anything, &["pack", "unpack", "unpack_from"]),
    row("_struct", Does::Looks, Anything, &["pack", "unpack", "unpack_from", "calcsize"]),
    row("_bisect", Does::Looks, Anything, &["bisect", "bisect_left", "bisect_right"]),
    row("bisect", Does::Looks, Anything, &["bisect", "bisect_left", "bisect_right"]),
    row("Pattern", Does::Looks, Anything, &["findall", "fullmatch", "match", "search", "split"]),
    row("Match", Does::Looks, Anything, &["end", "group", "groups", "span", "start"]),
];
const OPERATORS: &[&str] = &[
    "add", "and_", "eq", "floordiv", "ge", "gt", "index", "invert", "is_", "is_not", "le",
    "lshift", "lt", "mod", "mul", "ne", "neg", "not_", "or_", "pos", "pow", "rshift", "sub",
    "truediv", "truth", "xor",
];
/// Built-in classes whose construction is quick, and what they demand.
const CLASSES: &[(&str, Takes)] = &[
    ("bool", Anything),
    ("bytearray", Container(0)),
    ("bytes", Container(0)),
    ("complex", Anything),
    ("dict", Tables(0)),
    ("enumerate", Anything),
    ("float", Anything),
    ("frozenset", Container(0)),
    ("int", Anything),
    ("list", Container(0)),
    ("range", Anything),
    ("reversed", Anything),
    ("set", Container(0)),
    ("slice", Anything),
    ("str", Anything),
    ("tuple", Container(0)),
    ("zip", Anything),
];
fn find(owner: &str, name: &str) -> Option<&'static Row> {
    TABLE.iter().find(|r| r.owner == owner && r.names.contains(&name))
}

/// What functions of `math` are to a trace: an operation, or a function on floats.
enum OfFloat {
    Op(Op),
    One(fn(f64) -> f64),
    Two(fn(f64, f64) -> f64),
}
fn of_floats(name: &str) -> Option<OfFloat> {
    use OfFloat::{One, Two};
    Some(match name {
        "sqrt" => OfFloat::Op(Op::FSqrt),
        "fabs" => OfFloat::Op(Op::FAbs),
        "sin" => One(f64::sin),
        "cos" => One(f64::cos),
        "tan" => One(f64::tan),
        "atan" => One(f64::atan),
        "exp" => One(f64::exp),
        "atan2" => Two(f64::atan2),
        _ => return None,
    })
}

impl Rec<'_, '_> {
    /// A call of something native in window `i.a()`.
    pub(super) fn quick_call(&mut self, i: Insn, method: bool) -> Option<S> {
        let (w, mut n) = (i.a(), i.b());
        let mut first = w + WINDOW;
        if method {
            let receiver = self.reg(first);
            if self.bound(receiver) {
                n += 1;
            } else {
                first += 1;
            }
        }
        let callee = self.reg(w);
        let mut args = self.some_registers(first, n)?;
        let v = match self.vm.object(callee.v)?.shape() {
            core_shape::NATIVE_FUNCTION | core_shape::NATIVE_METHOD => {
                self.is(callee, callee.v);
                self.native(callee.v, &args)?
            }
            core_shape::BOUND_NATIVE => {
                let (f, receiver) = self.unbound(callee)?;
                args.insert(0, receiver);
                self.native(f, &args)?
            }
            core_shape::CLASS => {
                self.is(callee, callee.v);
                self.construct_native(callee.v, &args)?
            }
            _ => return None,
        };
        self.store(i, v, 0)
    }
    /// Function and receiver of a bound native method.
    pub(super) fn unbound(&mut self, callee: V) -> Option<(Value, V)> {
        let bound = self.vm.exact::<BoundNative>(callee.v, core_shape::BOUND_NATIVE)?;
        let (function, receiver) = (bound.function.get(), bound.receiver.get());
        let o = self.obj(callee)?;
        self.shape_is(o, core_shape::BOUND_NATIVE);
        let f = self.r.load(fields::BOUND_FUNCTION, o.r);
        self.is(V { v: function, rep: Rep::Tagged(f) }, function);
        let r = self.r.load(fields::BOUND_RECEIVER, o.r);
        Some((function, V { v: receiver, rep: Rep::Tagged(r) }))
    }
    /// Guards that a value is an object of the shape it has now.
    pub(super) fn guard_shape_of(&mut self, x: V) -> Option<()> {
        let shape = self.vm.object(x.v)?.shape();
        let o = self.obj(x)?;
        self.shape_is(o, shape);
        Some(())
    }
    fn meets(&mut self, takes: Takes, args: &[V]) -> Option<()> {
        let shape = |v: V| self.vm.object(v.v).map(|o| o.shape());
        let (from, to) = match takes {
            Anything => return Some(()),
            Container(k) => {
                if k < args.len() && !shape(args[k]).is_some_and(quick::is_container) {
                    return None;
                }
                (k, k + 1)
            }
            Tables(k) => {
                let table = |v: V| {
                    use core_shape::{DICT, FROZENSET, SET};
                    matches!(shape(v), Some(SET | FROZENSET | DICT))
                };
                if !args.iter().skip(k).all(|&v| table(v)) {
                    return None;
                }
                (k, args.len())
            }
        };
        for k in from..to.min(args.len()) {
            self.guard_shape_of(args[k])?;
        }
        Some(())
    }
    /// A native function, whose identity is guarded.
    fn native(&mut self, f: Value, args: &[V]) -> Option<V> {
        // SAFETY: the shape is that of native functions.
        let native: Gc<NativeFunction> = unsafe { Gc::from_value(f) };
        let owner = self.vm.as_class(native.owner.get());
        let name = native.def.name;
        if !matches!(native.def.kind, DefKind::Function | DefKind::Method) {
            return None;
        }
        let owner = match owner {
            Some(c) if c.has(class_flag::MUTABLE) => return None,
            Some(c) => {
                // The receiver's class must be what the function was written for.
                let now = args.iter().map(|a| a.v).next()?;
                let class = self.vm.class_of(now);
                if class != c && !self.vm.is_subclass_exact(class, c) {
                    return None;
                }
                if now.is_int() {
                    self.int(args[0])?;
                } else if self.vm.exact_float(now).is_some() {
                    self.flt(args[0])?;
                } else {
                    self.guard_shape_of(args[0])?;
                }
                self.vm.class_name(c)
            }
            None => self.vm.as_str(native.module.get())?.to_lossy(),
        };
        if let Some(v) = self.special_native(&owner, name, f, args) {
            return Some(v);
        }
        let row = find(&owner, name)?;
        self.meets(row.takes, args)?;
        let signature = self.vm.signature(native);
        if native.exact.get() as usize == args.len() {
            return self.ask(row.does, native.def.function, args);
        }
        if let Some(direct) = native.def.direct {
            return self.ask(row.does, direct, args);
        }
        let (given, all) = (args.len(), signature.positional.len());
        if signature.plain && all <= MOST && (signature.required..=all).contains(&given) {
            let missing = &signature.positional[given..];
            let defaults = missing.iter().map(|p| match p.default {
                DefaultValue::Value(v) => Some(v),
                DefaultValue::Absent => Some(Value::UNBOUND),
                DefaultValue::Long(n) => Value::try_int(n),
                _ => None,
            });
            if let Some(defaults) = defaults.collect::<Option<Vec<Value>>>() {
                let mut bound = args.to_vec();
                bound.extend(defaults.into_iter().map(|v| V { v, rep: Rep::Const(v) }));
                return self.ask(row.does, native.def.function, &bound);
            }
        }
        let mut all = vec![V { v: f, rep: Rep::Const(f) }];
        all.extend_from_slice(args);
        self.ask(row.does, quick::call_native, &all)
    }
    /// A new instance of a built-in class, whose identity is guarded.
    fn construct_native(&mut self, class: Value, args: &[V]) -> Option<V> {
        let c = self.vm.as_class(class)?;
        if c == self.vm.classes().type_ {
            let [x] = *args else { return None };
            return self.type_of(x);
        }
        if c.has(class_flag::MUTABLE) {
            return self.blank_instance(class, args);
        }
        if args.len() + 1 > MOST {
            return None;
        }
        let name = self.vm.class_name(c);
        let (_, takes) = CLASSES.iter().find(|r| r.0 == name)?;
        if !matches!(args.len(), 0 | 1) && *takes != Anything {
            return None;
        }
        if let &[x] = args
            && let Some(v) = self.converted(&name, x)
        {
            return Some(v);
        }
        if name == "range"
            && let Some(v) = self.new_range(args)
        {
            return Some(v);
        }
        self.meets(*takes, args)?;
        let mut all = vec![V { v: class, rep: Rep::Const(class) }];
        all.extend_from_slice(args);
        self.ask(Does::Looks, quick::construct, &all)
    }
    /// Conversions between numbers.
    fn converted(&mut self, class: &str, x: V) -> Option<V> {
        let number = x.v.is_int() || super::numbers::exact_float(x.v).is_some();
        match class {
            "int" if x.v.is_int() => {
                let n = self.int(x)?;
                Some(self.boxi(n))
            }
            "int" if number => {
                let now = super::numbers::exact_float(x.v)?.trunc();
                if now.abs() >= Value::INT_MAX as f64 || now.is_nan() {
                    return None;
                }
                let f = self.flt(x)?;
                let snap = self.r.snap();
                let r = self.r.b.emit(Op::FtoWTrunc, Ty::W, 0, [f.r, Ref::NONE, snap]);
                let n = self.run().small(now as isize);
                Some(self.boxi(Int { n, r }))
            }
            "float" if number => {
                let x = self.as_float(x)?;
                self.boxf(x)
            }
            "str" if x.v.is_int() => {
                self.int(x)?;
                self.ask(Does::Looks, quick::int_text, &[x])
            }
            "bool" if number => {
                let b = self.truth_of_any(x)?;
                Some(self.value(Value::bool(b)))
            }
            _ => None,
        }
    }
    /// `range(stop)` and `range(start, stop)` of small ints, as an object that need not exist.
    fn new_range(&mut self, args: &[V]) -> Option<V> {
        let zero = self.small(0);
        let (start, stop) = match *args {
            [stop] => (zero, self.int(stop)?),
            [start, stop] => (self.int(start)?, self.int(stop)?),
            _ => return None,
        };
        let distance = self.sub_ovf(stop, start)?;
        let length = self.r.op2(Op::MaxS, distance.r, zero.r);
        let now = self.run().small(distance.n.get().max(0));
        let parts = [start, stop, self.small(1), Int { n: now, r: length }];
        let boxed: Vec<Ref> = parts.iter().map(|n| self.r.tag_int(n.r)).collect();
        self.vm.publish(self.s);
        let words = parts.map(|n| Value::small_int(n.n.get()));
        let made = self.vm.new_range(words[0], words[1], words[2], words[3]);
        let v = match made {
            Ok(v) => v,
            Err(r) => {
                self.vm.take_exception(r);
                return None;
            }
        };
        let shape = self.r.tables.borrow_mut().range();
        let r = self.r.b.emit(Op::New, Ty::R, shape, [Ref::NONE; 3]);
        let slots =
            [fields::RANGE_START, fields::RANGE_STOP, fields::RANGE_STEP, fields::RANGE_LENGTH];
        for (field, word) in slots.into_iter().zip(boxed) {
            self.r.b.store(field, r, word);
        }
        Some(V { v, rep: Rep::Tagged(r) })
    }
    /// `type(x)` of objects whose shape says it.
    fn type_of(&mut self, x: V) -> Option<V> {
        let class = self.own_class(x)?;
        Some(self.value(class.value()))
    }
    /// The class of `x`, which is guarded.
    pub(super) fn own_class(&mut self, x: V) -> Option<Gc<Class>> {
        let class = self.vm.class_of(x.v);
        if x.v.is_int() {
            self.int(x)?;
        } else if self.vm.exact_float(x.v).is_some() {
            self.flt(x)?;
        } else if x.v.is_object() {
            self.guard_shape_of(x)?;
        } else {
            self.is(x, x.v);
        }
        Some(class)
    }

    // ---- functions that are a few instructions
    fn special_native(&mut self, owner: &str, name: &str, f: Value, args: &[V]) -> Option<V> {
        match (owner, name, args) {
            ("builtins", "len", &[x]) => self.length_of(x),
            ("builtins", "isinstance", &[x, c]) => self.instance_check(x, c),
            ("builtins", "abs", &[x]) => self.absolute(x),
            ("builtins", "min" | "max", _) => {
                if let &[x, y] = args
                    && let Some(v) = self.smaller(x, y, name == "min")
                {
                    return Some(v);
                }
                if args.len() == 1 {
                    self.meets(Container(0), args)?;
                }
                // SAFETY: the caller has a native function.
                let native: Gc<NativeFunction> = unsafe { Gc::from_value(f) };
                if let Some(direct) = native.def.direct {
                    return self.ask(Does::Looks, direct, args);
                }
                let mut all = vec![V { v: f, rep: Rep::Const(f) }];
                all.extend_from_slice(args);
                self.ask(Does::Looks, quick::call_native, &all)
            }
            ("builtins", "next", &[x]) if quick::is_plain_iterator(self.vm, x.v) => {
                self.guard_shape_of(x)?;
                self.ask(Does::Other, quick::next_or_refuse, &[x])
            }
            ("list", "append", &[list, v]) => {
                let o = self.obj(list)?;
                if self.list_room(o) {
                    let none = self.value(Value::NONE);
                    self.push_list_item(o, v);
                    return Some(none);
                }
                None
            }
            ("list", "pop", &[list]) => self.pop_last(f, list),
            ("dict", "get", &[d, key]) | ("dict", "get", &[d, key, _])
                if self.vm.exact::<Dict>(d.v, core_shape::DICT).is_some() =>
            {
                let default = args
                    .get(2)
                    .copied()
                    .unwrap_or(V { v: Value::NONE, rep: Rep::Const(Value::NONE) });
                self.ask(Does::Looks, quick::dict_get, &[d, key, default])
            }
            ("set", "add", &[s, v]) => self.ask(Does::Table, quick::set_add, &[s, v]),
            ("object", "__init__", &[_]) => Some(self.value(Value::NONE)),
            ("list", "sort", &[list]) => {
                let f = V { v: f, rep: Rep::Const(f) };
                self.ask(Does::List, quick::sort, &[f, list])
            }
            ("math", _, _) => self.float_function(name, args),
            _ => None,
        }
    }
    /// `isinstance` of a class that only its `__mro__` decides about.
    fn instance_check(&mut self, x: V, c: V) -> Option<V> {
        let vm = self.vm;
        let plain = |c: Value| vm.as_class(c).filter(|_| vm.class_of(c) == vm.classes().type_);
        let wanted: Vec<Gc<Class>> = match vm.exact::<Tuple>(c.v, core_shape::TUPLE) {
            // A tuple made anew each time is another one each time.
            Some(_) if !matches!(c.rep, Rep::Const(_)) => return None,
            Some(t) => t.items().iter().map(|&c| plain(c)).collect::<Option<_>>()?,
            None => vec![plain(c.v)?],
        };
        let own = vm.class_of(x.v);
        let shape = vm.object(x.v).map(|o| o.shape());
        let builtin =
            shape.is_none_or(|s| (s.0 as usize) < core_shape::COUNT && s != core_shape::WEAKREF);
        let truth = wanted.iter().any(|&c| vm.is_subclass_exact(own, c));
        if !truth && !builtin && !vm.claims_no_other_class(own) {
            return None;
        }
        self.is(c, c.v);
        self.own_class(x)?;
        if own.has(class_flag::MUTABLE) {
            self.class_is(own.value(), own.version.get());
        }
        Some(self.value(Value::bool(truth)))
    }
    fn absolute(&mut self, x: V) -> Option<V> {
        if let Some(n) = self.int(x) {
            let zero = self.small(0);
            let negative = self.compare_int(0, n, zero);
            if !self.branch(negative) {
                return Some(self.boxi(n));
            }
            let n = self.sub_ovf(zero, n)?;
            return Some(self.boxi(n));
        }
        let x = self.flt(x)?;
        let r = self.r.op1(Op::FAbs, x.r);
        self.boxf(Flt { x: x.x.abs(), r })
    }
    /// `min(x, y)` or `max(x, y)` of two ints or two floats: the first one unless the second is better.
    fn smaller(&mut self, x: V, y: V, min: bool) -> Option<V> {
        if let Some((p, q)) = self.int2(x, y) {
            let r = self.r.op2(if min { Op::MinS } else { Op::MaxS }, p.r, q.r);
            let first = if min { p.n.get() <= q.n.get() } else { p.n.get() >= q.n.get() };
            let n = if first { p.n } else { q.n };
            return Some(self.boxi(Int { n, r }));
        }
        let (p, q) = self.flt2(x, y)?;
        let (better, cc_args) = if min { (q.x < p.x, [q.r, p.r]) } else { (q.x > p.x, [p.r, q.r]) };
        let [a, b] = cc_args;
        let c = self.r.b.emit(Op::FCmp, Ty::B, Fcc::Lt as u16, [a, b, Ref::NONE]);
        let r = self.r.select(Ty::F, c, q.r, p.r);
        self.boxf(Flt { x: if better { q.x } else { p.x }, r })
    }
    /// Functions of `math` on floats whose result is finite.
    fn float_function(&mut self, name: &str, args: &[V]) -> Option<V> {
        let f = of_floats(name)?;
        let mut floats = Vec::new();
        for &a in args {
            floats.push(self.as_float(a)?);
        }
        let (now, r) = match (f, floats.as_slice()) {
            (OfFloat::Op(Op::FSqrt), &[x]) => {
                if x.x.is_nan() || x.x < 0.0 {
                    return None;
                }
                let zero = self.r.b.float(0.0);
                self.r.fguard(Fcc::Le, zero, x.r);
                (x.x.sqrt(), self.r.op1(Op::FSqrt, x.r))
            }
            (OfFloat::Op(op), &[x]) => (x.x.abs(), self.r.op1(op, x.r)),
            (OfFloat::One(f), &[x]) => (f(x.x), self.call_float(f as *const (), &[x.r])),
            (OfFloat::Two(f), &[x, y]) => {
                (f(x.x, y.x), self.call_float(f as *const (), &[x.r, y.r]))
            }
            _ => return None,
        };
        if !now.is_finite() {
            return None;
        }
        if !matches!(name, "sqrt" | "fabs") {
            self.guard_finite(r);
        }
        self.boxf(Flt { x: now, r })
    }
    /// A float, or a small int as one.
    pub(super) fn as_float(&mut self, x: V) -> Option<Flt> {
        if let Some(n) = self.int(x) {
            let zero = self.small(0);
            return Some(self.exact_floats(n, zero)?.0);
        }
        self.flt(x)
    }
}
