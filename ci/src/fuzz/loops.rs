//! Programs of loops, for the JIT: functions whose loops run often enough to be recorded, on numbers, containers,
//! objects, closures and generators; with rare paths, values that change their type half-way, overflow to large ints,
//! exceptions and other ways out. `--loops` of `ci/fuzz`.
//!
//! Every function is called a few times. A result, or an exception with the lines of its traceback, is printed.
//! Bounds are small and known, so programs end.

use super::generate::{Generator, Node, Program, leaf};
use super::random::Random;

/// What every program begins with.
pub const PRELUDE: &str = include_str!("loops.py");
/// Holes inside holes.
const DEPTH: usize = 2;

/// Expressions by kind; the first are leaves. `<A>` is of any kind, `<M>` a variable whose kind changes.
const EXPRESSIONS: &[(char, usize, &[&str])] = &[
    (
        'I',
        6,
        &[
            "<vI>",
            "<vI>",
            "<n>",
            "k0",
            "k1",
            "<vI>",
            "(<I> + <I>)",
            "(<I> - <I>)",
            "(<I> + <n>)",
            "(<I> * <I>)",
            "(<I> - 1)",
            "(<I> % (<n> + 1))",
            "(<I> // (<n> + 1))",
            "(<I> % <I>)",
            "(<I> // <I>)",
            "(<I> & <I>)",
            "(<I> | <n>)",
            "(<I> ^ <I>)",
            "(<I> << <n>)",
            "(<I> >> <n>)",
            "(-<I>)",
            "(~<I>)",
            "len(<vL>)",
            "len(<vS>)",
            "len(<vD>)",
            "abs(<I>)",
            "(<I> if <C> else <I>)",
            "int(<F>)",
            "<vO>.a",
            "<vO>.get(<I>)",
            "<vO>.b",
            "add(<I>, <I>)",
            "inc(<I>)",
            "scale(<I>)",
            "min(<I>, <I>)",
            "max(<I>, <n>)",
            "(<C>)",
            "<vL>[<I> % 5]",
            "<vT>[<n> % 3]",
            "<vD>.get(<I>, <n>)",
            "twice(<I>)",
            "ord(<vS>[0])",
            "fib(<I> % 8)",
            "G0",
            "<vO>.prop",
            "(lambda q: q + <I>)(<I>)",
            "sum([<I>, <I>, <n>])",
            "rare(<I>)",
            "later(<I>, k=<n>)",
            "several(<I>, <I>, <n>)",
            "(<I> + <M>)",
            "bool(<I>)",
            "<vO>(<I>)",
            "(<vO> + <I>)",
            "<vO>[<n>]",
            "sum(q + <I> for q in <vL>[:5])",
            "min(<vL>[:5] + [<n>], key=scale)",
            "max(<I>, <I>, key=lambda q: -q)",
            "max([q for q in range(<n>)], key=inc, default=<I>)",
            "min((rare(q) for q in range(<n>)), default=<I>)",
            "any(q == <I> for q in range(<n>))",
            "all(rare(q) < <I> for q in range(1<n>))",
            "sum(map(scale, range(<n>)))",
            "reduce(add, <vL>[:5], <I>)",
            "reduce(lambda p, q: p - q, Down(<n>), <I>)",
            "len(tuple(rare(q) for q in range(<n>)))",
            "len(set(q % 3 for q in count(<n>)))",
            "sum(filter(even, range(<n>)))",
            "sum(Down(<n>))",
        ],
    ),
    (
        'F',
        3,
        &[
            "<vF>",
            "<n>.5",
            "<vF>",
            "(<F> + <F>)",
            "(<F> * <F>)",
            "(<F> - <n>)",
            "(<F> / (<n> + 0.5))",
            "(<F> / <F>)",
            "(<I> / (<n> + 1))",
            "float(<I>)",
            "(-<F>)",
            "abs(<F>)",
            "(<F> if <C> else <F>)",
            "<vO>.f",
            "(<F> + <I>)",
            "(<I> * <F>)",
            "small(<F>)",
            "(<F> // 3)",
            "(<F> % 2.5)",
            "(<F> ** 2)",
            "(<F> * 1e200)",
            "(<F> * 1e-200)",
            "0.0",
            "-0.0",
            "half(<F>)",
            "(<I> / <I>)",
            "sum(q * <F> for q in range(<n>))",
            "sum((<F> for q in range(<n>)), <F>)",
        ],
    ),
    (
        'S',
        3,
        &[
            "<vS>",
            "'ab'",
            "<vS>",
            "(<S> + 'x')",
            "str(<I>)",
            "<vS>[<n>:]",
            "f'{<I>}-{<S>}'",
            "<vS>[-1:]",
            "(<S> if <C> else <S>)",
            "<vS>.upper()",
            "repr(<F>)",
            "'-'.join([<S>, <S>])",
            "<vO>.name",
            "''.join(str(q) for q in range(<n>))",
            "'-'.join(map(str, <vL>[:4]))",
        ],
    ),
    (
        'L',
        2,
        &[
            "<vL>",
            "[<I>, <I>]",
            "[<I> for q in range(<n>)]",
            "[q * 2 for q in <vL>]",
            "<vL>[1:]",
            "list(<vT>)",
            "[q for q in <vL> if q != <I>]",
            "<vL> + [<I>]",
            "sorted(<vD>)",
            "list(count(<n>))",
            "list(map(rare, range(1<n>)))",
            "[q for q in filter(even, range(<n>))]",
            "list(map(<vO>.get, range(<n>)))",
            "list(inc(q) for q in range(<n>))",
            "sorted(<vL>[:6], key=lambda q: q % 3 if type(q) is int else 0)",
            "sorted(Down(<n>), key=scale)",
        ],
    ),
    (
        'C',
        5,
        &[
            "<vI> < <I>",
            "k0 % <n> == 1",
            "k0 == 1<n>",
            "<vI> == <I>",
            "k0 > 1<n>",
            "<I> <= <I>",
            "<F> < <F>",
            "<F> >= <I>",
            "not <C>",
            "<C> and <C>",
            "<C> or <C>",
            "<vS> == <S>",
            "<M> is None",
            "<M> is not None",
            "<I> in <vL>",
            "<I> in <vD>",
            "isinstance(<M>, int)",
            "<vL>",
            "<vS>",
            "<M>",
            "<vO> is <vO>",
            "<vO>",
            "<I> != <n>",
            "type(<M>) is int",
            "<n> < <I> < 9",
            "<M> == <I>",
            "even(<I>)",
            "G1 is <M>",
            "<F> == <F>",
        ],
    ),
    (
        'A',
        4,
        &[
            "<vI>",
            "<M>",
            "None",
            "<I>",
            "<I>",
            "<F>",
            "<S>",
            "<L>",
            "<C>",
            "(<I>, <F>)",
            "<vO>",
            "True",
            "{<I>: <M>}",
            "<I>",
        ],
    ),
    ('M', 1, &["<vM>"]),
];

const VARIABLES: &[(char, &[&str])] = &[
    ('I', &["i0", "i1", "i2", "k0"]),
    ('F', &["f0", "f1"]),
    ('S', &["s0"]),
    ('L', &["l0", "l1"]),
    ('T', &["t0"]),
    ('D', &["d0"]),
    ('O', &["o0", "o1"]),
    ('M', &["m0", "m1"]),
];

/// Statements of one line.
const SIMPLE: &[&str] = &[
    "<vI> = <I>",
    "<vI> = <I>",
    "<vI> += <I>",
    "<vI> -= <n>",
    "<vI> *= 3",
    "<vI> = <I> & 0xffff",
    "<vI>, <vI> = <I>, <I>",
    "<vF> = <F>",
    "<vF> = <F>",
    "<vF> += <F>",
    "<vF> *= <F>",
    "<vS> = (<S>)[:9]",
    "<vS> += 'y'",
    "<vL> = (<L>)[:9]",
    "<vL>.append(<I>)",
    "<vL>.append(<F>)",
    "<vL>[<I> % 5] = <I>",
    "<vL>[-1] = <I>",
    "<vL>[<I>] = <A>",
    "<vL>.pop()",
    "<vD>[<I> % 7] = <I>",
    "<vD>[<I> % 7] = <A>",
    "<vD>[<S>] = <I>",
    "del <vD>[<I> % 7]",
    "<vT> = (<I>, <F>, <A>)",
    "<vI>, <vF>, <M> = <vT>",
    "<vM> = <A>",
    "<vM> = <A>",
    "<vM> = None",
    "<vM> = <vO>",
    "<vO>.a = <I>",
    "<vO>.a += 1",
    "<vO>.b = <A>",
    "<vO>.f = <F>",
    "<vO>.f += 0.5",
    "<vO>.set(<I>)",
    "<vO>.prop = <I>",
    "<vO>.c = <I>",
    "<vO> = Point(<I>, <F>)",
    "<vO> = Slots(<I>, <F>)",
    "<vO> = Sub(<I>, <F>)",
    "<vO>.peer = <vO>",
    "<vM> = <vO>.peer",
    "G0 = <I>",
    "G0 += 1",
    "G1 = <A>",
    "bump()",
    "hold(<I>)",
    "<vI> = held()",
    "out.append(<A>)",
    "out.append(sorted(locals()))",
    "out.append(clean(locals()))",
    "out.append(line())",
    "out.append(names(1))",
    "<vM> = [<I>, <I>][<I>]",
    "<vI> = <M>",
    "<vI> = add(<I>, k0)",
    "globals()['add'] = dec if <C> else ADD",
    "globals()['bump'] = fails if <C> else BUMP",
    "if k0 == 1<n>: del m1",
    "m1 = <A>",
    "assert <C>, <I>",
    "<vM> = <S> % <I>",
    "if k0 == 1<n>: <vI> = 1 << 6<n>",
    "if k0 == 1<n>: <vI> = 'text'",
    "if k0 == 1<n>: <vF> = <I>",
    "if k0 == 1<n>: <vL> = <vT>",
    "if k0 == 1<n>: Point.a = <n>",
    "if k0 == 1<n>: Point.get = lambda self, x: x - 1",
    "if k0 == 1<n>: inc.__code__ = dec.__code__",
    "if k0 == 1<n>: inc.__defaults__ = (<n>,)",
    "if k0 == 1<n>: globals()['add'] = dec",
    "if k0 == 1<n>: <vO>.__class__ = Other",
    "if k0 == 1<n>: <vO>.__dict__['get'] = scale",
    "if k0 == 1<n>: raise KeyError(<I>)",
    "if k0 == 1<n>: <vL>.clear()",
    "if k0 == 1<n>: <vD>.clear()",
    "if k0 == 1<n>: gc.collect()",
    "if k0 == 1<n>: builtins.abs = inc if builtins.abs is ABS else ABS",
    "if <C>: return <A>",
    "fails(<I>)",
    "<vM> = next(g0, None)",
    "<vM> = g0.send(<I>)",
    "<vI> = sum(<I> for q in range(<n>))",
    "<vI> = deep(<I> % 9)",
    "<vM> = SELF(n - 1, <A>) if type(n) is int and 0 < n < 6 else <A>",
    "if type(n) is int and n > 0: <vM> = SELF(n - 1, <vM>)",
    "<vM> = deep(2000)",
    "<vL>.sort(key=lambda q: -q if type(q) is int else 0)",
    "<vL> = <vL>[:9]; <vL>.extend(rare(q) for q in range(<n>))",
];

/// Statements that only loops have.
const IN_LOOP: &[&str] = &[
    "if <C>: break",
    "if <C>: continue",
    "if k0 == 1<n>: break",
    "break",
    "continue",
    "if <C>: <vI> = <I>",
];

/// Statements that have bodies.
const COMPOUND: &[&[&str]] = &[
    &["if <C>:"],
    &["if <C>:", "else:"],
    &["if <C>:", "elif <C>:", "else:"],
    &["if k0 == 1<n>:"],
    &["if k0 % <n> == 1:", "else:"],
    &["for <k> in range(<n>):"],
    &["for <k> in range(<n>, <n> - 12, -1):"],
    &["for <k> in range(1<n>):", "else:"],
    &["for <vI> in <vL>[:7]:"],
    &["for <vM> in <vT>:"],
    &["for q, <vM> in enumerate(<vL>[:7]):"],
    &["for <vM> in list(<vD>):"],
    &["for <vI> in count(<n>):"],
    &["for <vM> in zip(<vL>, range(6)):"],
    &["for <vM> in map(rare, range(1<n>)):"],
    &["for <vM> in filter(even, count(<n>)):"],
    &["for <vM> in map(scale, count(<n>)):"],
    &["for <vI> in map(<vO>.get, <vL>[:7]):"],
    &["for <vM> in Down(<n>):", "else:"],
    &["try:", "except (ArithmeticError, LookupError) as e:"],
    &["try:", "except TypeError:"],
    &["try:", "except Exception as e:"],
    &["try:", "finally:"],
    &["try:", "except ValueError as e:", "else:", "finally:"],
    &["with Manager():"],
];
const WHILE: &str = "while <C>:";

/// Heads of functions, with a line that calls them.
const HEADS: &[(&str, &str)] = &[
    ("def <f>(n, x):", "run(<f>, <n>, <I>)"),
    ("def <f>(n, x=3, *rest):", "run(<f>, <n>)"),
    ("def <f>(n, x):", "run(lambda *a: list(<f>(*a))[:50], <n>, 2)"),
    ("def <f>(n, x):", "run(<f>, 1.5, None)"),
    ("def <f>(n, x):", "run(lambda n, x: [<f>(q, x) for q in range(4)], 0, <n>)"),
    ("def <f>(n, x):", "run(Sub.method_of(<f>), 1, <n>)"),
];
/// What every function begins with.
const LOCALS: &[&str] = &[
    "global G0, G1",
    "k0 = k1 = k2 = q = 0",
    "i0, i1, i2, f0, f1 = 1, -7, 1000, 0.5, 3.0",
    "s0, l0, l1, d0, t0 = 'abc', [1, 2, 3, 4, 5], [7, -1, 0.5, 2, 9], {1: 2, 3: 4}, (1, 2.5, 3)",
    "o0, o1, m0, m1, g0 = Point(1, 0.5), Sub(2, 1.5), n, x, naturals()",
    "out = []",
];

/// The text of a program, with its prelude.
pub fn text(program: &[Node]) -> String {
    super::generate::text_with(PRELUDE, program)
}

/// The program of a seed.
pub fn program(seed: u64) -> Program {
    let mut g = Generator::new(Random::new(seed), EXPRESSIONS, VARIABLES);
    let mut out = Vec::new();
    for n in 0..1 + g.random.below(3) {
        let name = format!("test{n}");
        let (head, call) = *g.random.pick(HEADS);
        let generator = call.contains("list(");
        let mut body: Vec<Node> = LOCALS.iter().map(|l| leaf((*l).to_string())).collect();
        if g.random.one_in(4) {
            body.push(leaf("nonlocal_ = [lambda: (i0, m0), lambda: k0]".to_string()));
        }
        let mut size = 0;
        for _ in 0..1 + g.random.below(3) {
            looped(&mut g, &mut body, 0, generator, &mut size);
        }
        body.push(leaf(
            "return clean((i0, i1, i2, f0, f1, s0, l0, l1, d0, t0, o0, o1, m0, k0, out))"
                .to_string(),
        ));
        body.iter_mut().for_each(|node| renamed(node, &name));
        out.push(Node { head: head.replace("<f>", &name), body });
        for _ in 0..1 + g.random.below(2) {
            let call = g.expand(&call.replace("<f>", &name).replace("<I>", "<n>"), 0);
            out.push(leaf(call));
        }
    }
    if g.random.one_in(3) {
        // The same in a module, where variables are globals.
        let mut body: Vec<Node> =
            LOCALS[1..].iter().map(|l| leaf(l.replace("= n, x,", "= 1, 2,"))).collect();
        let mut size = 40;
        looped(&mut g, &mut body, 0, false, &mut size);
        body.iter_mut().for_each(at_module_level);
        out.push(Node { head: "try:".to_string(), body });
        let shown = leaf("show_exception(e)".to_string());
        out.push(Node { head: "except Exception as e:".to_string(), body: vec![shown] });
        out.push(leaf("print(clean((i0, i1, f0, s0, l0, d0, k0, out)))".to_string()));
    }
    out
}
/// A function that calls itself is known by its name.
fn renamed(node: &mut Node, name: &str) {
    node.head = node.head.replace("SELF", name);
    node.body.iter_mut().for_each(|n| renamed(n, name));
}
fn at_module_level(node: &mut Node) {
    for (of, by) in [("return ", "m0 = "), ("locals()", "[1]"), ("names(1)", "0"), ("SELF", "max")]
    {
        node.head = node.head.replace(of, by);
    }
    node.body.iter_mut().for_each(at_module_level);
}

/// A loop of `depth` loops around it.
fn looped(g: &mut Generator, out: &mut Vec<Node>, depth: usize, generator: bool, size: &mut usize) {
    let mut body = Vec::new();
    let bound = [30, 9, 5][depth.min(2)] + g.random.below(8);
    let head = if g.random.one_in(3) {
        out.push(leaf(format!("k{depth} = 0")));
        body.push(leaf(format!("k{depth} += 1")));
        format!("while k{depth} < {bound}:")
    } else if g.random.one_in(8) {
        let head = g.expand(WHILE, 1);
        out.push(leaf(format!("k{depth} = 0")));
        body.push(leaf(format!("k{depth} += 1")));
        body.push(leaf(format!("if k{depth} > {bound}: break")));
        head
    } else {
        format!("for k{depth} in range({bound}):")
    };
    // Numbers stay of a printable size, and no loop goes on for ever.
    body.push(leaf("i0, i1, i2 = clip(i0), clip(i1), clip(i2)".to_string()));
    for _ in 0..1 + g.random.below(5) {
        statement(g, &mut body, depth, 2, generator, size);
    }
    out.push(Node { head, body });
    if g.random.one_in(5) {
        let mut body = Vec::new();
        statement(g, &mut body, 9, 0, generator, size);
        out.push(Node { head: "else:".to_string(), body });
    }
}
fn statement(
    g: &mut Generator,
    out: &mut Vec<Node>,
    depth: usize,
    nesting: usize,
    generator: bool,
    size: &mut usize,
) {
    *size += 1;
    if generator && g.random.one_in(6) {
        let line = g.expand("<vM> = yield <A>", 1);
        return out.push(leaf(line));
    }
    if nesting == 0 || *size > 60 || !g.random.one_in(3) {
        let table = if depth < 9 && g.random.one_in(8) { IN_LOOP } else { SIMPLE };
        let template = *g.random.pick(table);
        let line = leaf(g.expand(template, DEPTH));
        if g.random.one_in(2) || line.head.starts_with("if ") {
            return out.push(line);
        }
        // Most faults end a function early: some are caught at once.
        out.push(Node { head: "try:".to_string(), body: vec![line] });
        let body = vec![leaf("out.append(type(e).__name__)".to_string())];
        return out.push(Node { head: "except Exception as e:".to_string(), body });
    }
    if depth < 2 && g.random.one_in(3) {
        return looped(g, out, depth + 1, generator, size);
    }
    for head in *g.random.pick(COMPOUND) {
        let k = if g.random.one_in(2) { "k2" } else { "q" };
        let head = g.expand(&head.replace("<k>", k), 1);
        let mut body = Vec::new();
        for _ in 0..1 + g.random.below(2) {
            statement(g, &mut body, depth, nesting - 1, generator, size);
        }
        out.push(Node { head, body });
    }
}
