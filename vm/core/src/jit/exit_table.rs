//! What exits are made of. Most of them are never taken: what is known of one is put together when it is asked for.

use super::exits::{Exit, Held, VirtualObject};
use super::place::Place;
use super::recorder::ExitState;
use core::cell::{Cell, OnceCell};
use pyrs_ir::ra::{ExitMap, Loc};
use pyrs_ir::trace::{Ref, Trace};
use pyrs_ir::types::Ty;

/// The exits of a trace.
pub(super) struct ExitTable {
    /// As it was compiled.
    pub trace: Trace,
    pub exits: Vec<ExitMap>,
    /// Places of their values.
    pub locs: Vec<Loc>,
    /// What snapshots mean, and where they were taken.
    pub states: Vec<ExitState>,
    pub places: Vec<Place>,
    /// Addresses of their stubs.
    pub stubs: Vec<u64>,
}

/// An exit by its number among all.
pub(super) struct Slot {
    /// Its trace, and its number there.
    pub trace: usize,
    k: u32,
    made: OnceCell<Box<Exit>>,
}
impl Slot {
    pub(super) fn new(trace: usize, k: u32) -> Slot {
        Slot { trace, k, made: OnceCell::new() }
    }
    pub(super) fn get(&self, table: &ExitTable) -> &Exit {
        self.made.get_or_init(|| Box::new(exit_of(self.trace, table, self.k as usize)))
    }
    /// The exit, if it was ever asked for.
    pub(super) fn made(&self) -> Option<&Exit> {
        self.made.get().map(|e| &**e)
    }
}

/// What is to be known of exit `k` of trace `number`.
fn exit_of(number: usize, table: &ExitTable, k: usize) -> Exit {
    let trace = &table.trace;
    let map = table.exits[k];
    let snap = map.snap as usize;
    let values = trace.snap_values(snap);
    let locs = &table.locs[map.start as usize..(map.start + map.len) as usize];
    let mut inputs: Vec<(Loc, Ty)> = Vec::with_capacity(values.len());
    let mut held: Vec<Held> = Vec::with_capacity(values.len());
    for (&r, &loc) in values.iter().zip(locs) {
        let ty = trace.ty(r).unwrap_or(Ty::W);
        match loc {
            Loc::Const(c) => held.push(Held::Const(ty, trace.consts[c as usize].bits)),
            loc => {
                held.push(Held::Input(inputs.len() as u16));
                inputs.push((loc, ty));
            }
        }
    }
    let mut order: Vec<usize> = Vec::new();
    for &(_, r) in trace.snap_slots(snap) {
        virtuals(trace, r, &mut order);
    }
    let hold = |r: Ref| -> Held {
        if let Some(v) = r.as_virt() {
            let n = order.iter().position(|&o| o == v).unwrap_or(0);
            return Held::Virtual(n as u16);
        }
        match values.iter().position(|&x| x == r) {
            Some(n) => held[n],
            None => {
                let c = r.as_const().unwrap_or(0);
                Held::Const(trace.consts[c].ty, trace.consts[c].bits)
            }
        }
    };
    let slots = trace.snap_slots(snap).iter().map(|&(k, r)| (k, hold(r))).collect();
    let virtuals = order
        .iter()
        .map(|&v| VirtualObject {
            shape: trace.virtuals[v].shape,
            fields: trace.virt_fields(v).iter().map(|&(f, r)| (f, hold(r))).collect(),
        })
        .collect();
    let number_of_state = trace.snaps[snap].pc as usize;
    let state = table.states[number_of_state].clone();
    let place = table.places[number_of_state];
    let reason = super::reason::of_exit(trace, map.inst as usize, &state, place);
    Exit {
        trace: number,
        state,
        inputs,
        slots,
        virtuals,
        place,
        reason,
        taken: Cell::new(0),
        given_up: Cell::new(None),
        count: Cell::new(0),
        next: Cell::new(0),
        stub: table.stubs[k],
        bridged: Cell::new(false),
    }
}

/// Virtual objects that a value leads to, each once.
fn virtuals(trace: &Trace, r: Ref, order: &mut Vec<usize>) {
    if let Some(v) = r.as_virt()
        && !order.contains(&v)
    {
        order.push(v);
        for &(_, x) in trace.virt_fields(v) {
            virtuals(trace, x, order);
        }
    }
}
