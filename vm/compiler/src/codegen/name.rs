//! Names: where a name's value is, loading, storing and deleting it.

use super::Compiler;
use crate::error::Result;
use crate::scope::{Kind, Place};
use crate::unit::{FAR, Reg, Var};
use pyrs_bytecode::{Const, Op};
use pyrs_syntax::ast::*;

/// How a name is reached from the current place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Access {
    /// In a register.
    Local(Var),
    /// In the cell that a register holds.
    Deref(Var),
    Global,
    /// In the frame's namespace, then as a global.
    Name,
    /// In the class namespace, then in a cell.
    DictOrCell(Var),
    /// In the class namespace of an annotation scope, then as a global.
    DictOrGlobal,
}

impl<'a> Compiler<'a> {
    /// The access to a mangled name.
    pub(crate) fn access(&self, symbol: Symbol) -> Access {
        match self.near_or_far_access(symbol) {
            Access::Local(var) if var.slot >= FAR => Access::Deref(var),
            access => access,
        }
    }

    fn near_or_far_access(&self, symbol: Symbol) -> Access {
        for (_, vars) in self.unit.overlays.iter().rev() {
            if let Some(&(var, cell)) = vars.get(&symbol) {
                return if cell { Access::Deref(var) } else { Access::Local(var) };
            }
        }
        let scope = self.scope();
        let var = self.unit.vars.get(&symbol).copied();
        let in_comp = self.unit.overlays.last().map(|(id, _)| self.scopes.get(*id));
        if let (Some(comp), false) = (in_comp, scope.is_function_like()) {
            return match (comp.place(symbol), var) {
                (Place::Free, Some(var)) => Access::Deref(var),
                (Place::GlobalExplicit, _) => Access::Global,
                _ if scope.kind == Kind::Class => Access::Global,
                _ => Access::Name,
            };
        }
        match (scope.place(symbol), var) {
            (Place::Cell, Some(var)) => Access::Deref(var),
            (Place::Local, Some(var)) if scope.is_function_like() => Access::Local(var),
            (Place::Local, _) => Access::Name,
            (Place::Free, Some(var)) if scope.kind == Kind::Class || scope.can_see_class => {
                Access::DictOrCell(var)
            }
            (Place::Free, Some(var)) => Access::Deref(var),
            (Place::GlobalExplicit, _) => Access::Global,
            _ if !scope.is_function_like() => Access::Name,
            _ if scope.can_see_class => Access::DictOrGlobal,
            _ => Access::Global,
        }
    }

    /// A site of an instruction that names `symbol`.
    pub(crate) fn site(&mut self, symbol: Symbol) -> u32 {
        let unit = &mut self.unit;
        let next = unit.names.len() as u32;
        let index = *unit.name_index.entry(symbol).or_insert(next);
        if index == next {
            unit.names.push(symbol);
        }
        unit.sites.push(index);
        unit.sites.len() as u32 - 1
    }

    /// Emits an instruction with a site.
    pub(crate) fn emit_site(&mut self, op: Op, a: Reg, b: Reg, c: Reg, symbol: Symbol) {
        let site = self.site(symbol);
        self.unit.emit_extra(op, a, b, c, site);
    }

    /// The register that holds cell `var` itself.
    pub(crate) fn cell(&mut self, var: Var) -> Reg {
        if var.slot < FAR {
            return var.slot;
        }
        let t = self.unit.temp();
        self.unit.load_const(t, Const::Int(i64::from(var.slot - FAR)));
        self.unit.emit(Op::GetItem, t, self.unit.far_list, t);
        self.unit.emit(Op::CheckCell, t, 0, 0);
        t
    }

    /// Emits the check that a plain local is bound, unless it was just checked or assigned.
    pub(crate) fn check_bound(&mut self, slot: Reg) {
        if !self.unit.known_bound.contains(&slot) {
            self.unit.emit(Op::CheckBound, slot, 0, 0);
            self.unit.known_bound.push(slot);
        }
    }

    /// The register of a name that is a plain local within reach, checked.
    pub(crate) fn local_register(&mut self, id: Symbol) -> Option<Reg> {
        let symbol = self.mangle(id);
        match self.access(symbol) {
            Access::Local(var) => {
                self.check_bound(var.slot);
                Some(var.slot)
            }
            _ => None,
        }
    }

    /// The register to which an assignment to the name amounts, if it is a plain local within reach.
    pub(crate) fn store_register(&mut self, target: &Expr) -> Option<Reg> {
        let ExprKind::Name { id, .. } = &target.kind else { return None };
        let symbol = self.mangle(*id);
        match self.access(symbol) {
            Access::Local(var) => Some(var.slot),
            _ => None,
        }
    }

    pub(crate) fn load_name(&mut self, id: Symbol, dst: Reg) -> Result<()> {
        let symbol = self.mangle(id);
        self.load_mangled(symbol, dst);
        Ok(())
    }

    pub(crate) fn load_mangled(&mut self, symbol: Symbol, dst: Reg) {
        let mark = self.unit.next;
        match self.access(symbol) {
            Access::Local(var) => {
                self.check_bound(var.slot);
                self.unit.mov(dst, var.slot);
            }
            Access::Deref(var) => {
                let cell = self.cell(var);
                self.unit.emit(Op::LoadCell, dst, cell, 0);
            }
            Access::Global => self.emit_site(Op::LoadGlobal, dst, 0, 0, symbol),
            Access::Name => self.emit_site(Op::LoadName, dst, 0, 0, symbol),
            Access::DictOrCell(var) => {
                let dict = self.class_namespace();
                let cell = self.cell(var);
                self.unit.emit(Op::LoadDictOrCell, dst, cell, dict);
            }
            Access::DictOrGlobal => {
                let dict = self.class_namespace();
                self.emit_site(Op::LoadDictOrGlobal, dst, dict, 0, symbol);
            }
        }
        self.unit.next = mark;
    }

    /// The namespace of the class being defined, in a temporary.
    fn class_namespace(&mut self) -> Reg {
        let t = self.unit.temp();
        match self.unit.vars.get(&self.known.classdict).copied() {
            Some(var) if self.scope().kind != Kind::Class => {
                let cell = self.cell(var);
                self.unit.emit(Op::LoadCell, t, cell, 0);
            }
            _ => self.unit.emit(Op::LoadLocals, t, 0, 0),
        }
        t
    }

    /// Assigns register `src` to a name.
    pub(crate) fn store_name(&mut self, id: Symbol, src: Reg) {
        let symbol = self.mangle(id);
        self.store_mangled(symbol, src);
    }

    pub(crate) fn store_mangled(&mut self, symbol: Symbol, src: Reg) {
        let mark = self.unit.next;
        match self.access(symbol) {
            Access::Local(var) => {
                self.unit.mov(var.slot, src);
                self.note_bound(var.slot);
            }
            Access::Deref(var) | Access::DictOrCell(var) => {
                let cell = self.cell(var);
                self.unit.emit(Op::StoreCell, cell, src, 0);
            }
            Access::Global => self.emit_site(Op::StoreGlobal, src, 0, 0, symbol),
            Access::Name | Access::DictOrGlobal => self.emit_site(Op::StoreName, src, 0, 0, symbol),
        }
        self.unit.next = mark;
    }

    /// The local in `slot` has just been assigned.
    pub(crate) fn note_bound(&mut self, slot: Reg) {
        if !self.unit.known_bound.contains(&slot) {
            self.unit.known_bound.push(slot);
        }
    }

    pub(crate) fn delete_name(&mut self, id: Symbol) {
        let symbol = self.mangle(id);
        let mark = self.unit.next;
        match self.access(symbol) {
            Access::Local(var) => {
                self.check_bound(var.slot);
                self.unbind_local(var);
            }
            Access::Deref(var) | Access::DictOrCell(var) => {
                let cell = self.cell(var);
                self.unit.emit(Op::DeleteCell, cell, 0, 0);
            }
            Access::Global => self.emit_site(Op::DeleteGlobal, 0, 0, 0, symbol),
            Access::Name | Access::DictOrGlobal => self.emit_site(Op::DeleteName, 0, 0, 0, symbol),
        }
        self.unit.next = mark;
    }

    /// Makes a plain local unbound, without asking whether it was bound.
    pub(crate) fn unbind_local(&mut self, var: Var) {
        self.unit.emit(Op::Unbind, var.slot, 0, 0);
        self.unit.known_bound.retain(|&r| r != var.slot);
    }
}
