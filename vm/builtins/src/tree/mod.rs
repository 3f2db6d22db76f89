//! Built-in types: the nodes of syntax trees (`_ast`), and trees as arguments and results of `compile`.

mod grammar;
mod node;
mod part;
mod put;
mod take;
mod validate;

pub(crate) use put::tree_object;
pub(crate) use take::{is_tree, parsed_tree};

use pyrs_core::{Res, Vm};

/// Makes the `_ast` module known to import.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    vm.register_modules(&[("_ast", node::module as _)]);
    Ok(())
}
