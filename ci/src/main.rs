//! The command behind the scripts: `pyrs-ci VERB arguments`, one verb per script.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let verb = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let result = match verb.as_str() {
        "test" => pyrs_ci::stages::main(&rest),
        "bench" => pyrs_ci::bench::main(&rest),
        "fuzz" => pyrs_ci::fuzz::main(&rest),
        "conformance" => pyrs_ci::conformance::main(&rest),
        _ => Err("usage: pyrs-ci test|bench|conformance|fuzz ...".to_string()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}
