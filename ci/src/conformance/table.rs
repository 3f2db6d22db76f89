//! The results as lines, as a summary and as the page `docs/conformance.md`.

use super::parse::Tally;
use std::collections::BTreeMap;

/// What opens the page.
const HEAD: &str = "\
# Conformance: CPython 3.14's own tests

Written by `ci/conformance DIR`, which runs CPython's test modules with `pyrs -m unittest -v`; each test method
counts once. A module that dies or cannot be imported counts with all its methods as failed. Skipped methods
do not count. Why something fails is kept by hand in `ci/conformance-reasons.txt`.

Some modules import C modules that test CPython's C API (`_testcapi`, `_testinternalcapi`, `_testlimitedcapi`). pyrs
has no C API: stand-ins (`ci/conformance.d`) raise NotImplementedError from every function, so methods that need
one count as failed and the rest of the module runs.
";

/// One module's result for the terminal.
pub(super) fn line(module: &str, t: &Tally) -> String {
    let trouble = t.trouble.as_deref().map_or(String::new(), |w| format!("  ({w})"));
    format!(
        "{module:26} {:5} passed {:5} failed {:4} skipped {:6.1} %{trouble}",
        t.passed,
        t.failed,
        t.skipped,
        t.percent()
    )
}

/// The total, and the modules below 60 percent.
pub(super) fn summary(results: &[(String, Tally)]) -> String {
    let total = add(results.iter().map(|(_, t)| t));
    let low: Vec<String> = results
        .iter()
        .filter(|(_, t)| t.percent() < 60.0)
        .map(|(name, t)| format!("{name} {:.0} %", t.percent()))
        .collect();
    let low = if low.is_empty() { "none".to_string() } else { low.join(", ") };
    format!("{}\nbelow 60 %: {low}", line("total", &total))
}

fn add<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies.fold(Tally::default(), |a, t| Tally {
        passed: a.passed + t.passed,
        failed: a.failed + t.failed,
        skipped: a.skipped + t.skipped,
        trouble: None,
    })
}

/// Lines `module: reason`; a module may have several.
pub(super) fn read_reasons(text: &str) -> BTreeMap<String, String> {
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines().filter(|l| !l.trim_start().starts_with('#')) {
        if let Some((module, reason)) = line.split_once(':') {
            let all = reasons.entry(module.trim().to_string()).or_default();
            if !all.is_empty() {
                all.push_str("; ");
            }
            all.push_str(reason.trim());
        }
    }
    reasons
}

/// The page: rows of the old page stay for modules that were not run now.
pub(super) fn markdown(
    old: &str,
    results: &[(String, Tally)],
    reasons: &BTreeMap<String, String>,
    order: &[&str],
) -> String {
    let mut rows: BTreeMap<String, Tally> = old.lines().filter_map(read_row).collect();
    rows.extend(results.iter().cloned());
    let place = |name: &str| order.iter().position(|m| *m == name).unwrap_or(order.len());
    let mut names: Vec<&String> = rows.keys().collect();
    names.sort_by_key(|n| (place(n), n.to_string()));
    let total = add(rows.values());
    let mut out = HEAD.to_string();
    out += &format!(
        "\n**{} of {} methods pass: {:.1} %** ({} modules, {} methods skipped).\n\n",
        total.passed,
        total.passed + total.failed,
        total.percent(),
        rows.len(),
        total.skipped
    );
    out += "| module | passed | failed | skipped | % | reasons |\n|---|---|---|---|---|---|\n";
    for name in names {
        let t = &rows[name];
        let known = reasons.get(name).map(String::as_str);
        let reason = match (known, t.trouble.as_deref()) {
            (Some(known), Some(trouble)) => format!("{known} [{trouble}]"),
            (known, trouble) => known.or(trouble).unwrap_or("").to_string(),
        };
        let reason = if t.failed == 0 { String::new() } else { reason.replace('|', "\\|") };
        out += &format!(
            "| {name} | {} | {} | {} | {:.1} | {reason} |\n",
            t.passed,
            t.failed,
            t.skipped,
            t.percent()
        );
    }
    out
}

/// A row of the page; the reason is not read back, it has a file of its own.
fn read_row(line: &str) -> Option<(String, Tally)> {
    let mut cells = line.strip_prefix("| ")?.split('|').map(str::trim);
    let name = cells.next()?.to_string();
    let mut number = || cells.next()?.parse().ok();
    let (passed, failed, skipped) = (number()?, number()?, number()?);
    Some((name, Tally { passed, failed, skipped, trouble: None }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(name: &str, passed: usize, failed: usize) -> (String, Tally) {
        (name.to_string(), Tally { passed, failed, skipped: 1, trouble: None })
    }

    #[test]
    fn the_page_keeps_what_was_not_run_and_finds_reasons() {
        let order = ["test_b", "test_a"];
        let reasons = read_reasons("# why\ntest_a: no refcounts\ntest_a: pipes | too\n");
        let old = markdown("", &[result("test_a", 1, 1), result("test_b", 4, 0)], &reasons, &order);
        let new = markdown(&old, &[result("test_a", 2, 1)], &reasons, &order);
        assert!(
            new.contains("**6 of 7 methods pass: 85.7 %** (2 modules, 2 methods skipped)"),
            "{new}"
        );
        assert!(
            new.contains("| test_a | 2 | 1 | 1 | 66.7 | no refcounts; pipes \\| too |"),
            "{new}"
        );
        assert!(new.find("test_b").expect("there") < new.find("test_a").expect("there"));
        assert_eq!(new, markdown(&new, &[], &reasons, &order));
    }

    #[test]
    fn the_summary_names_low_modules() {
        let text = summary(&[result("test_a", 1, 3), result("test_b", 9, 1)]);
        assert!(text.contains("10 passed") && text.contains("below 60 %: test_a 25 %"), "{text}");
    }
}
