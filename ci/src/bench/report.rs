//! Turns measured rows into a table for people, JSON for programs, and a verdict.

use super::measure::{Figures, Row};

/// What the figures of a mode mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    /// Seconds: first call, steady state; peak memory.
    Speed,
    /// Seconds and peak memory of a whole process.
    Startup,
    /// The checksum is the growth of the resident set in KiB: smaller is better.
    Growth,
}

impl Style {
    /// Whether different results of two interpreters are an error.
    fn compares_results(self) -> bool {
        self != Style::Growth
    }
}

pub(super) fn median<T: Copy + PartialOrd>(values: &[T]) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    sorted.get(sorted.len() / 2).copied()
}

fn geometric_mean(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().map(|v| v.ln()).sum();
    (!values.is_empty()).then(|| (sum / values.len() as f64).exp())
}

/// How many times faster than the base: steady state, or first call.
fn ratio(base: &Figures, other: &Figures, pick: fn(&Figures) -> &[f64]) -> Option<f64> {
    if base.error.is_some() || other.error.is_some() {
        return None;
    }
    Some(median(pick(base))? / median(pick(other))?)
}

fn steady(f: &Figures) -> &[f64] {
    &f.steady
}

fn first(f: &Figures) -> &[f64] {
    &f.first
}

fn growth(f: &Figures) -> Option<f64> {
    f.checksum.parse().ok()
}

/// The whole table, with a line of geometric means.
pub(super) fn table(rows: &[Row], names: &[&str], style: Style) -> String {
    match style {
        Style::Speed | Style::Startup => speed_table(rows, names),
        Style::Growth => growth_table(rows, names),
    }
}

fn speed_table(rows: &[Row], names: &[&str]) -> String {
    let counted = rows.iter().any(|r| r.bytecodes.is_some());
    let mut out = format!("{:24}", "milliseconds");
    for name in names {
        out += &format!(" | {name:>10} {:>9} {:>7}", "first", "MB");
        if counted {
            out += &format!(" {:>6}", "ns/bc");
        }
    }
    for name in &names[1..] {
        out += &format!(" | x {name:>8} {:>6}", "first");
    }
    out.push('\n');
    for row in rows {
        out += &format!("{:24}", row.name);
        for (_, f) in &row.figures {
            out += &speed_cells(f, row.bytecodes, counted);
        }
        let base = &row.figures[0].1;
        for (_, f) in &row.figures[1..] {
            let cell = |r: Option<f64>| r.map_or("-".to_string(), |r| format!("{r:.2}"));
            out += &format!(
                " | {:>10} {:>6}",
                cell(ratio(base, f, steady)),
                cell(ratio(base, f, first))
            );
        }
        out.push('\n');
    }
    for (i, name) in names.iter().enumerate().skip(1) {
        let all = |pick| -> Vec<f64> {
            let ratios = rows.iter().filter_map(|r| ratio(&r.figures[0].1, &r.figures[i].1, pick));
            ratios.collect()
        };
        let (s, f) = (all(steady), all(first));
        if let (Some(gs), Some(gf)) = (geometric_mean(&s), geometric_mean(&f)) {
            out += &format!(
                "geometric mean {name} : {}  steady {gs:.2}  first call {gf:.2}  over {} rows\n",
                names[0],
                s.len()
            );
        }
    }
    out
}

fn speed_cells(f: &Figures, bytecodes: Option<u64>, counted: bool) -> String {
    let (Some(s), Some(first), None) = (median(&f.steady), median(&f.first), &f.error) else {
        let wide = if counted { 35 } else { 28 };
        return format!(" | {:>wide$}", "failed");
    };
    let megabytes = median(&f.peak_kib).unwrap_or(0) as f64 / 1024.0;
    let mut out = format!(" | {:>10.3} {:>9.3} {megabytes:>7.1}", s * 1e3, first * 1e3);
    if counted {
        let each = bytecodes.map_or("-".to_string(), |n| format!("{:.2}", s * 1e9 / n as f64));
        out += &format!(" {each:>6}");
    }
    out
}

fn growth_table(rows: &[Row], names: &[&str]) -> String {
    let mut out = format!("{:24}", "growth in MB");
    names.iter().for_each(|n| out += &format!(" | {n:>10}"));
    names[1..].iter().for_each(|n| out += &format!(" | {n:>8} / {}", names[0]));
    out.push('\n');
    for row in rows {
        out += &format!("{:24}", row.name);
        let cells: Vec<Option<f64>> = row
            .figures
            .iter()
            .map(|(_, f)| if f.error.is_some() { None } else { growth(f) })
            .collect();
        for cell in &cells {
            let text = cell.map_or("failed".to_string(), |k| format!("{:.1}", k / 1024.0));
            out += &format!(" | {text:>10}");
        }
        for cell in &cells[1..] {
            let share =
                cells[0].zip(*cell).map_or("-".to_string(), |(b, c)| format!("{:.2}", c / b));
            out += &format!(" | {share:>8}   {:1$}", "", names[0].len());
        }
        out.push('\n');
    }
    out
}

/// Everything that makes a run fail: errors, different results, missed requirements.
pub(super) fn complaints(
    rows: &[Row],
    names: &[&str],
    require: Option<f64>,
    require_row: Option<f64>,
    style: Style,
) -> Vec<String> {
    let mut out = Vec::new();
    for row in rows {
        for (name, f) in &row.figures {
            match &f.error {
                Some(error) => out.push(format!("{} under {name}: {error}", row.name)),
                None if f.first.is_empty() => {
                    out.push(format!("{} under {name}: no result", row.name));
                }
                None => {}
            }
        }
        if style.compares_results() {
            out.extend(differences(row));
        }
    }
    for (i, name) in names.iter().enumerate().skip(1) {
        let of = |r: &Row| ratio(&r.figures[0].1, &r.figures[i].1, steady);
        let ratios: Vec<f64> = rows.iter().filter_map(of).collect();
        if let (Some(least), mean) = (require, geometric_mean(&ratios).unwrap_or(0.0))
            && mean < least
        {
            out.push(format!("{name}: geometric mean {mean:.2} is below {least}"));
        }
        for row in rows {
            if let (Some(least), Some(r)) = (require_row, of(row))
                && r < least
            {
                out.push(format!("{name}: {} at {r:.2} is below {least}", row.name));
            }
        }
    }
    out
}

/// Interpreters whose result is not that of the base.
fn differences(row: &Row) -> Vec<String> {
    let (base, expected) = &row.figures[0];
    let differs = |f: &&(String, Figures)| {
        f.1.error.is_none() && expected.error.is_none() && f.1.checksum != expected.checksum
    };
    let text = |(name, f): &(String, Figures)| {
        format!("{}: {name} gives {}, {base} gives {}", row.name, f.checksum, expected.checksum)
    };
    row.figures[1..].iter().filter(differs).map(text).collect()
}

/// All figures as JSON.
pub(super) fn json(rows: &[Row], mode: &str) -> String {
    let mut out = format!("{{\"mode\": {}, \"rows\": [", quote(mode));
    for (i, row) in rows.iter().enumerate() {
        out += if i == 0 { "\n" } else { ",\n" };
        out += &format!("  {{\"name\": {}, \"bytecodes\": ", quote(&row.name));
        out += &row.bytecodes.map_or("null".to_string(), |n| n.to_string());
        out += ", \"figures\": {";
        for (k, (name, f)) in row.figures.iter().enumerate() {
            out += if k == 0 { "\n" } else { ",\n" };
            out += &format!("    {}: {}", quote(name), figures_json(f));
        }
        out += "}}";
    }
    out + "\n]}\n"
}

fn figures_json(f: &Figures) -> String {
    fn list<T: std::fmt::Display>(values: &[T]) -> String {
        let texts: Vec<String> = values.iter().map(T::to_string).collect();
        format!("[{}]", texts.join(", "))
    }
    format!(
        "{{\"first_s\": {}, \"steady_s\": {}, \"calls\": {}, \"peak_kib\": {}, \"result\": {}, \"error\": {}}}",
        list(&f.first),
        list(&f.steady),
        list(&f.calls),
        list(&f.peak_kib),
        quote(&f.checksum),
        f.error.as_deref().map_or("null".to_string(), quote)
    )
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if (c as u32) < 0x20 => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(steady: &[f64], checksum: &str) -> Figures {
        Figures {
            first: steady.to_vec(),
            steady: steady.to_vec(),
            calls: vec![1; steady.len()],
            peak_kib: vec![1024; steady.len()],
            checksum: checksum.to_string(),
            error: None,
        }
    }

    fn row(name: &str, a: Figures, b: Figures) -> Row {
        let figures = vec![("a".to_string(), a), ("b".to_string(), b)];
        Row { name: name.to_string(), bytecodes: Some(1000), figures }
    }

    #[test]
    fn medians_and_means() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median::<u64>(&[]), None);
        assert!((geometric_mean(&[2.0, 8.0]).expect("two values") - 4.0).abs() < 1e-12);
        assert_eq!(geometric_mean(&[]), None);
    }

    #[test]
    fn ratios_are_against_the_first_interpreter() {
        let rows = [
            row("x", figures(&[4.0, 4.0, 9.0], "1"), figures(&[2.0, 2.0, 1.0], "1")),
            row("y", figures(&[8.0], "1"), figures(&[1.0], "1")),
        ];
        let text = table(&rows, &["a", "b"], Style::Speed);
        assert!(text.contains("geometric mean b : a  steady 4.00"), "{text}");
        assert!(complaints(&rows, &["a", "b"], Some(3.9), Some(1.9), Style::Speed).is_empty());
        assert_eq!(complaints(&rows, &["a", "b"], Some(4.1), Some(2.1), Style::Speed).len(), 2);
    }

    #[test]
    fn different_results_and_errors_fail() {
        let mut rows = [row("x", figures(&[1.0], "1"), figures(&[1.0], "2"))];
        assert_eq!(complaints(&rows, &["a", "b"], None, None, Style::Speed).len(), 1);
        assert!(complaints(&rows, &["a", "b"], None, None, Style::Growth).is_empty());
        rows[0].figures[1].1.error = Some("died".to_string());
        assert_eq!(complaints(&rows, &["a", "b"], None, None, Style::Speed), ["x under b: died"]);
        assert!(table(&rows, &["a", "b"], Style::Speed).contains("failed"));
    }

    #[test]
    fn growth_is_a_share_of_the_base() {
        let rows = [row("ints", figures(&[1.0], "2048"), figures(&[1.0], "1024"))];
        let text = table(&rows, &["a", "b"], Style::Growth);
        assert!(text.contains("2.0") && text.contains("0.50"), "{text}");
    }

    #[test]
    fn json_is_quoted() {
        let rows = [row("x\"\n", figures(&[1.5], "'k'"), Figures::default())];
        let text = json(&rows, "kernels");
        assert!(text.contains("\"x\\\"\\u000a\"") && text.contains("\"first_s\": [1.5]"), "{text}");
    }
}
