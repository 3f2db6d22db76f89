//! Model-based fuzzing: random programs on the heap, compared with a shadow graph in plain Rust.
//!
//! Every object carries an identity; the shadow knows its fields. After each batch of steps the graph
//! reachable from the roots is compared object by object, weak references and finalisers are checked against
//! reachability, and the number of collections is asserted, so that a mode which never collects cannot pass.

use pyrs_heap::{
    Gc, Header, Heap, HeapConfig, Layout, ShapeId, Slot, Value, ValueVec, Visitor, flag,
};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

const ROOTS: usize = 24;
const WORD: usize = size_of::<usize>();
const WEAK_SIZE: usize = 8 + 2 * WORD + 8;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    /// header, identity, `len` references
    Array,
    /// header, identity, `len` bytes of a pattern
    Bytes,
    /// header, weak reference, strong reference, identity
    Weak,
    /// header, identity, two references that a function traces; counted when dropped
    Custom,
}

struct Node {
    kind: Kind,
    /// Identities; 0 is no reference. For weak objects the first is the weak target.
    fields: Vec<u64>,
    bytes: usize,
    finaliser: bool,
}

struct Shapes {
    array: ShapeId,
    bytes: ShapeId,
    weak: ShapeId,
    custom: ShapeId,
}

struct World {
    heap: Box<Heap>,
    shapes: Shapes,
    roots: ValueVec,
    shadow_roots: Vec<u64>,
    nodes: HashMap<u64, Node>,
    next: u64,
    random: u64,
    finalised: HashSet<u64>,
    conservative: bool,
    big: bool,
    custom_made: u64,
    /// A table of the kind the VM keeps for interned strings: it does not keep its entries alive.
    table: Rc<RefCell<Vec<(u64, Value)>>>,
    /// Objects that were dead when the table handed them out: weak references may have lost them.
    ghosts: HashSet<u64>,
}

static DROPPED: AtomicU64 = AtomicU64::new(0);

fn slot<'a>(p: usize) -> &'a Slot {
    // SAFETY: test code passes addresses of reference words of live objects.
    unsafe { &*(p as *const Slot) }
}
fn trace_custom(p: NonNull<Header>, v: &mut Visitor<'_>) {
    let base = p.as_ptr() as usize + 16;
    v.slot(slot(base));
    v.slot(slot(base + WORD));
}
fn drop_custom(_: NonNull<Header>) {
    DROPPED.fetch_add(1, Ordering::Relaxed);
}
fn custom_size(_: &Header) -> usize {
    16 + 2 * WORD
}
fn bytes_size(h: &Header) -> usize {
    16 + h.len() as usize
}

impl World {
    fn new(config: HeapConfig, seed: u64, conservative: bool, big: bool) -> World {
        let heap = Heap::new(config);
        let shape = |l| heap.new_shape(heap.register_layout(l)).expect("few shapes");
        let shapes = Shapes {
            array: shape(Layout::Slots { size: 16, slots: 0 }),
            bytes: shape(Layout::Bytes { size: bytes_size }),
            weak: shape(Layout::Weak { size: WEAK_SIZE, slots: 2 }),
            custom: shape(Layout::Custom {
                size: custom_size,
                trace: trace_custom,
                drop: Some(drop_custom),
            }),
        };
        let mut roots = heap.value_vec();
        roots.resize(ROOTS, Value::UNBOUND).expect("memory");
        let table = Rc::new(RefCell::new(Vec::<(u64, Value)>::new()));
        let entries = table.clone();
        heap.add_weak_table(move |live| {
            entries.borrow_mut().retain_mut(|e| match live.resolve(e.1) {
                Some(v) => {
                    e.1 = v;
                    true
                }
                None => false,
            });
        });
        World {
            table,
            ghosts: HashSet::new(),
            shapes,
            roots,
            heap,
            shadow_roots: vec![0; ROOTS],
            nodes: HashMap::new(),
            next: 0,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            finalised: HashSet::new(),
            conservative,
            big,
            custom_made: 0,
        }
    }
    fn rnd(&mut self, n: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        ((self.random >> 11) % n as u64) as usize
    }
    fn kind_of(&self, h: &Header) -> Kind {
        let s = h.shape();
        if s == self.shapes.array {
            Kind::Array
        } else if s == self.shapes.bytes {
            Kind::Bytes
        } else if s == self.shapes.weak {
            Kind::Weak
        } else {
            assert_eq!(s, self.shapes.custom, "a header of no known shape");
            Kind::Custom
        }
    }
    fn header(v: Value) -> &'static Header {
        // SAFETY: the value comes from a root or a field of a live object.
        unsafe { &*(v.bits() as *const Header) }
    }
    fn gc(v: Value) -> Gc<Header> {
        // SAFETY: as above.
        unsafe { Gc::from_value(v) }
    }
    fn id_place(&self, v: Value) -> *mut u64 {
        let off = if self.kind_of(Self::header(v)) == Kind::Weak { 8 + 2 * WORD } else { 8 };
        (v.bits() + off) as *mut u64
    }
    fn id(&self, v: Value) -> u64 {
        if v.is_unbound() {
            return 0;
        }
        // SAFETY: every test object carries its identity there.
        unsafe { *self.id_place(v) }
    }
    fn field(&self, v: Value, i: usize) -> &'static Slot {
        let base = if self.kind_of(Self::header(v)) == Kind::Weak { 8 } else { 16 };
        slot(v.bits() + base + i * WORD)
    }
    fn alloc(&mut self) {
        let (shape, size, len, kind) = match self.rnd(20) {
            0..=10 => {
                let len = match self.rnd(40) {
                    0 | 3..=5 => 17 + self.rnd(100),
                    1 => 513 + self.rnd(600),
                    2 if self.big => 4200 + self.rnd(9000),
                    _ => self.rnd(6),
                };
                (self.shapes.array, 16 + len * WORD, len, Kind::Array)
            }
            11..=14 => {
                let len = match self.rnd(30) {
                    0 => self.rnd(3000),
                    1 if self.big => 17_000 + self.rnd(60_000),
                    _ => self.rnd(60),
                };
                (self.shapes.bytes, 16 + len, len, Kind::Bytes)
            }
            15..=17 => (self.shapes.weak, WEAK_SIZE, 0, Kind::Weak),
            _ => (self.shapes.custom, 16 + 2 * WORD, 0, Kind::Custom),
        };
        let birth = if kind == Kind::Custom { flag::FINALISER } else { 0 };
        let header = Header::with_flags(shape, birth, len as u32);
        let p = self.heap.alloc_raw(size, header).expect("memory");
        let v = Value::from_object(p);
        self.next += 1;
        let id = self.next;
        // SAFETY: fresh object: its bytes behind the header are zero and ours.
        unsafe {
            let body = std::slice::from_raw_parts_mut((v.bits() + 8) as *mut u8, size - 8);
            assert!(body.iter().all(|&b| b == 0), "fresh memory is not zero");
            self.id_place(v).write(id);
            if kind == Kind::Bytes {
                body[8..].fill(id as u8);
            }
        }
        let count = match kind {
            Kind::Array => len,
            Kind::Bytes => 0,
            Kind::Weak | Kind::Custom => 2,
        };
        let mut fields = vec![0; count];
        for (i, f) in fields.iter_mut().enumerate() {
            if i < 30 || i % 97 == 0 {
                let r = self.rnd(ROOTS);
                *f = self.shadow_roots[r];
                self.field(v, i).set(&self.heap, Self::gc(v), self.roots[r]);
            }
        }
        let finaliser = self.rnd(12) == 0;
        if finaliser {
            self.heap.register_finaliser(Self::gc(v));
        }
        if self.rnd(10) == 0 {
            self.table.borrow_mut().push((id, v));
        }
        self.custom_made += u64::from(kind == Kind::Custom);
        self.nodes.insert(id, Node { kind, fields, bytes: len, finaliser });
        let r = self.rnd(ROOTS);
        self.roots.set(r, v);
        self.shadow_roots[r] = id;
    }
    /// A random object some steps away from a root.
    fn pick(&mut self) -> Value {
        let r = self.rnd(ROOTS);
        let mut v = self.roots[r];
        for _ in 0..self.rnd(4) {
            let Some(n) = self.nodes.get(&self.id(v)).map(|n| n.fields.len()).filter(|&n| n > 0)
            else {
                return v;
            };
            let i = self.rnd(n);
            let weak = self.kind_of(Self::header(v)) == Kind::Weak && i == 0;
            let next = self.field(v, i).get();
            if next.is_unbound() {
                return v;
            }
            if weak {
                self.heap.weak_read(next);
            }
            v = next;
        }
        v
    }
    fn store(&mut self) {
        let (owner, target) = (self.pick(), self.pick());
        if owner.is_unbound() {
            return;
        }
        let (owner_id, target_id) = (self.id(owner), self.id(target));
        let count = self.nodes[&owner_id].fields.len();
        if count == 0 {
            return;
        }
        let i = self.rnd(count);
        if self.rnd(8) == 0 {
            self.heap.barrier_all(Self::gc(owner));
            self.field(owner, i).set_unbarriered(target);
        } else {
            self.field(owner, i).set(&self.heap, Self::gc(owner), target);
        }
        self.nodes.get_mut(&owner_id).expect("known").fields[i] = target_id;
    }
    /// Takes an object out of the weak table and roots it, dead or alive.
    fn look_up(&mut self) {
        let n = self.table.borrow().len();
        if n == 0 {
            return;
        }
        let i = self.rnd(n);
        let (id, v) = self.table.borrow()[i];
        self.heap.weak_read(v);
        let live = self.compare();
        let (mut work, mut seen) = (vec![id], HashSet::new());
        while let Some(id) = work.pop() {
            if id == 0 || live.contains(&id) || !seen.insert(id) {
                continue;
            }
            self.ghosts.insert(id);
            work.extend(&self.nodes[&id].fields);
        }
        let r = self.rnd(ROOTS);
        self.roots.set(r, v);
        self.shadow_roots[r] = id;
    }
    fn step(&mut self) {
        if self.rnd(300) == 0 {
            self.look_up();
        }
        match self.rnd(64) {
            0..=27 => self.alloc(),
            28..=50 => self.store(),
            51..=58 => {
                let r = self.rnd(ROOTS);
                self.roots.set(r, Value::UNBOUND);
                self.shadow_roots[r] = 0;
            }
            59..=61 => {
                let v = self.pick();
                let r = self.rnd(ROOTS);
                self.shadow_roots[r] = self.id(v);
                self.roots.set(r, v);
            }
            62 => {
                let v = self.pick();
                if self.rnd(10) == 0 {
                    self.heap.pin(v);
                }
            }
            _ => self.heap.charge(300),
        }
    }
    /// Compares everything reachable. Gives the identities.
    fn compare(&mut self) -> HashSet<u64> {
        for &(id, v) in self.table.borrow().iter() {
            assert_eq!(self.id(v), id, "a weak table's entry is another object");
        }
        let mut seen = HashSet::new();
        let mut work: Vec<(Value, u64)> =
            self.roots.iter().zip(self.shadow_roots.iter().copied()).collect();
        while let Some((v, id)) = work.pop() {
            assert_eq!(self.id(v), id, "a reference leads to the wrong object");
            if id == 0 || !seen.insert(id) {
                continue;
            }
            let node = &self.nodes[&id];
            assert_eq!(self.kind_of(Self::header(v)), node.kind);
            match node.kind {
                Kind::Bytes => {
                    // SAFETY: a live object of this length.
                    let body = unsafe {
                        std::slice::from_raw_parts((v.bits() + 16) as *const u8, node.bytes)
                    };
                    assert!(body.iter().all(|&b| b == id as u8), "bytes of an object changed");
                }
                Kind::Weak => work.push((self.field(v, 1).get(), node.fields[1])),
                _ => {
                    for (i, &f) in node.fields.iter().enumerate() {
                        work.push((self.field(v, i).get(), f));
                    }
                }
            }
        }
        seen
    }
    /// Checks the slots of reachable weak objects; with `exact`, dead targets must have been cleared.
    fn compare_weak(&mut self, live: &HashSet<u64>, exact: bool) {
        let mut seen = HashSet::new();
        let mut work: Vec<Value> = self.roots.iter().collect();
        let mut cleared = Vec::new();
        while let Some(v) = work.pop() {
            let id = self.id(v);
            if id == 0 || !seen.insert(id) {
                continue;
            }
            let node = &self.nodes[&id];
            for i in 0..node.fields.len() {
                let target = self.field(v, i).get();
                if node.kind == Kind::Weak && i == 0 {
                    let t = node.fields[0];
                    if target.is_unbound() {
                        assert!(
                            t == 0 || !live.contains(&t) || self.ghosts.contains(&t),
                            "weak reference to a live object cleared"
                        );
                        cleared.push(id);
                    } else {
                        assert_eq!(self.id(target), t, "weak reference to another object");
                        assert!(
                            !exact || live.contains(&t) || self.finalised.contains(&t),
                            "weak reference to a dead object not cleared"
                        );
                    }
                } else {
                    work.push(target);
                }
            }
        }
        for id in cleared {
            self.nodes.get_mut(&id).expect("known").fields[0] = 0;
        }
    }
    fn drain_queues(&mut self, live: &HashSet<u64>) {
        while let Some(v) = self.heap.next_finalisable() {
            let id = self.id(v);
            assert!(self.nodes[&id].finaliser, "no finaliser was registered for this object");
            assert!(!live.contains(&id) || self.ghosts.contains(&id), "a live object is finalised");
            assert!(self.finalised.insert(id), "finalised twice");
        }
        while let Some(v) = self.heap.next_cleared_weak() {
            assert_eq!(self.kind_of(Self::header(v)), Kind::Weak);
        }
        assert_eq!(self.heap.poll_word().load(Ordering::Relaxed) & pyrs_heap::poll::HEAP, 0);
    }
    /// A full collection; where roots are exact, what died must be known to be dead.
    fn full(&mut self) {
        let live = self.compare();
        self.drain_queues(&live);
        self.heap.collect_full();
        let live = self.compare();
        self.drain_queues(&live);
        self.compare_weak(&live, false);
        if self.conservative {
            return;
        }
        for (id, n) in &self.nodes {
            assert!(
                !n.finaliser || live.contains(id) || self.finalised.contains(id),
                "a dead object was not finalised"
            );
        }
        // Finalised objects and what they reached are gone now.
        self.heap.collect_full();
        let live = self.compare();
        self.compare_weak(&live, true);
        let mut count = 0;
        self.heap.for_each_object(|_| count += 1);
        assert_eq!(count, live.len(), "dead objects are still in the heap");
        self.nodes.retain(|id, _| live.contains(id));
    }
    fn run(&mut self, steps: usize) {
        for i in 0..steps {
            self.step();
            if i % 500 == 499 {
                let live = self.compare();
                self.drain_queues(&live);
                self.compare_weak(&live, false);
            }
            if i % 4000 == 3999 {
                self.full();
            }
        }
        self.full();
    }
    /// As `run`, with values that only the native stack holds.
    #[inline(never)]
    fn run_with_stack(&mut self, steps: usize) {
        let mut held = [(Value::UNBOUND, 0u64); 16];
        for i in 0..steps {
            self.step();
            if i % 3 == 0 {
                let v = self.pick();
                held[i / 3 % 16] = (v, self.id(v));
            }
            for &(v, id) in &held {
                assert_eq!(self.id(v), id, "an object held by the stack moved or died (step {i})");
            }
            if i % 500 == 499 {
                let live = self.compare();
                self.compare_weak(&live, false);
                while self.heap.next_finalisable().is_some() {}
                while self.heap.next_cleared_weak().is_some() {}
            }
            std::hint::black_box(&mut held);
        }
        self.heap.collect_full();
        self.compare();
    }
}

fn small(f: impl FnOnce(&mut HeapConfig)) -> HeapConfig {
    let mut c = HeapConfig {
        budget: 16 << 10,
        reserve: 64 << 20,
        min_cycle: 8 << 10,
        slice: 50,
        poison: true,
        verify: true,
        ..HeapConfig::default()
    };
    f(&mut c);
    c
}

/// Runs one configuration and asserts that it collected enough.
fn fuzz(name: &str, config: HeapConfig, seed: u64, steps: usize, big: bool) {
    for conservative in [false, true] {
        let config = HeapConfig { exact_roots: !conservative, ..config.clone() };
        let mut w = World::new(config.clone(), seed + u64::from(conservative), conservative, big);
        if conservative {
            let base = 0usize;
            let heap: *const Heap = &*w.heap;
            // SAFETY: the heap is boxed and outlives the guard; the local lies above the callee's frame.
            let guard = unsafe { (*heap).enter_stack(std::hint::black_box(&raw const base)) };
            w.run_with_stack(steps);
            drop(guard);
        } else {
            w.run(steps);
        }
        let s = w.heap.statistics();
        assert!(s.minors >= 10, "{name}: only {} minor collections", s.minors);
        let least = if conservative { 3 } else { 5 };
        assert!(s.cycles >= least, "{name}: only {} full cycles", s.cycles);
        if conservative && config.stress == 1 {
            // The only young object is the last one, and the stack may well hold it.
        } else if config.moving {
            assert!(s.objects_copied > 50, "{name}: only {} objects copied", s.objects_copied);
        } else {
            assert_eq!(s.objects_copied, 0, "{name}: moved");
        }
        if conservative {
            assert!(
                s.objects_pinned > 0 && s.words_scanned > 0,
                "{name}: the stack was not scanned"
            );
        }
        if config.incremental && !config.full_every_minor && config.stress == 0 {
            let several = if config.slice == 1 { 3 * s.cycles } else { s.cycles / 2 };
            assert!(s.slices > several, "{name}: {} slices for {} cycles", s.slices, s.cycles);
        }
    }
}

/// Moving or not x incremental or not x collecting when full, every 7th, every allocation x two budgets.
#[test]
fn matrix_of_modes() {
    let mut seed = 1;
    for moving in [true, false] {
        for incremental in [true, false] {
            for stress in [0, 1, 7] {
                for budget in [4 << 10, 64 << 10] {
                    seed += 2;
                    let c = small(|c| {
                        c.moving = moving;
                        c.incremental = incremental;
                        c.stress = stress;
                        c.budget = budget;
                        c.run = if budget < 32 << 10 { 1 << 10 } else { 32 << 10 };
                    });
                    let name = format!(
                        "moving {moving} incremental {incremental} stress {stress} {budget}"
                    );
                    fuzz(&name, c, seed, if stress == 1 { 1200 } else { 6000 }, budget > 32 << 10);
                }
            }
        }
    }
}

#[test]
fn slices_of_few_objects_while_the_program_runs() {
    for (seed, slice) in [(0, 1), (1, 3), (2, 10), (3, 30), (4, 1), (5, 3), (6, 10), (7, 30)] {
        let c = small(|c| {
            c.slice = slice;
            c.budget = 1 << 10;
            c.run = 512;
            c.min_cycle = 1 << 10;
        });
        fuzz("small slices", c, 1000 + seed, 12_000, false);
    }
}

#[test]
fn full_collection_at_every_minor() {
    fuzz("full", small(|c| c.full_every_minor = true), 2000, 6000, true);
    fuzz(
        "full at every allocation",
        small(|c| {
            c.full_every_minor = true;
            c.stress = 1;
        }),
        2001,
        1000,
        false,
    );
}

#[test]
fn random_pins_and_mixed_blocks() {
    for (seed, one_in) in [(0, 2), (1, 10), (2, 100)] {
        fuzz("random pins", small(|c| c.random_pin = one_in), 3000 + seed, 8000, false);
    }
}

#[test]
fn without_poison_and_verification() {
    for seed in 0..12 {
        let c = small(|c| {
            c.poison = false;
            c.verify = false;
            c.budget = 32 << 10;
        });
        fuzz("plain", c, 4000 + seed, 10_000, true);
    }
}

#[test]
fn drops_happen_exactly_once() {
    // The counter is shared by all tests of this file, so this one only bounds it from below.
    let mut w = World::new(small(|c| c.exact_roots = true), 77, false, false);
    let before = DROPPED.load(Ordering::Relaxed);
    w.run(6000);
    let made = w.custom_made;
    let s = w.heap.statistics();
    let alive = w.nodes.values().filter(|n| n.kind == Kind::Custom).count() as u64;
    assert_eq!(s.drops + alive, made);
    drop(w);
    assert!(DROPPED.load(Ordering::Relaxed) - before >= made);
}
