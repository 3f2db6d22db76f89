//! Prints the syntax tree of each file given, one line per file, in the format of
//! `ast.dump(tree, include_attributes=True)` with non-ASCII text, floats and bytes spelt in hex.

use pyrs_syntax::{Mode, Options, decode_source, dump, parse};

fn main() {
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                println!("unreadable: {error}");
                continue;
            }
        };
        let options = Options { only_tree: true, ..Options::default() };
        let parsed = decode_source(&bytes).and_then(|source| parse(&source, Mode::Exec, &options));
        match parsed {
            Ok(parsed) => println!("{}", dump::dump(&parsed)),
            Err(error) => println!("error: {error}"),
        }
    }
}
