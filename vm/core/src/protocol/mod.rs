//! What operations on values mean, over all types: attribute access, calls, operators, comparison, iteration,
//! text. Interpreter slow paths and native modules both come here.

mod attribute;
mod call;
mod compare;
mod instance;
mod item;
mod iterate;
mod number;
mod signature;
mod text;

pub use call::KwNames;
pub use compare::{Comparison, compare_text};
pub use number::BinaryOp;
pub use signature::Signature;
