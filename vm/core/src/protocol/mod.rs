//! What operations on values mean, over all types: attribute access, calls, operators, comparison, iteration,
//! text. Interpreter slow paths and native modules both come here.

mod attribute;
mod buffer;
mod call;
mod compare;
mod instance;
mod item;
mod iterate;
mod number;
mod signature;
mod suggest;
mod text;

pub use attribute::Binding;
pub use buffer::{Buffer, BufferInfo, Export, Exporter, Exporters};
pub use call::KwNames;
pub use compare::{Comparison, compare_text};
pub use item::Indices;
pub use number::{BinaryOp, float_divmod, floor_div, floor_mod};
pub use signature::{DefaultValue, Parameter, Signature};
pub use suggest::suggest;
