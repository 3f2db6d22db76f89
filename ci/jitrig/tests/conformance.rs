//! The readable cases of `tests/ir` on this CPU, with all features and with none.

use pyrs_jitrig::file::{check, parse};
use pyrs_jitrig::session::Session;
use pyrs_jitrig::{host, variants};

#[test]
fn cases_of_tests_ir() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/ir");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .expect("tests/ir is there")
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "ir"))
        .collect();
    files.sort();
    let mut runs = 0;
    for &features in variants().iter().take(2) {
        let Some(backend) = host(features) else { return };
        let target = backend.target();
        let mut session = Session::new(backend).expect("this system allows executable memory");
        for file in &files {
            let text = std::fs::read_to_string(file).expect("readable");
            let cases = parse(&text, target).unwrap_or_else(|e| panic!("{file:?}: {e}"));
            for case in &cases {
                runs += check(&mut session, case).unwrap_or_else(|e| panic!("{file:?}: {e}"));
            }
        }
    }
    println!("{runs} runs of {} files", files.len());
    assert!(runs > 2000, "only {runs} runs");
}
