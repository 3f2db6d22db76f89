//! "Did you mean ...?": the closest of some names by weighted edit distance, as CPython measures it.

/// Most names looked at, and the longest name considered.
const MAX_CANDIDATES: usize = 750;
const MAX_LENGTH: usize = 40;
/// Cost of a change; of a change of case only.
const MOVE: usize = 2;
const CASE: usize = 1;

fn substitution(a: u8, b: u8) -> usize {
    if a == b {
        0
    } else if a.eq_ignore_ascii_case(&b) {
        CASE
    } else {
        MOVE
    }
}

/// Edit distance of two names, or `None` above `limit`.
fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) * MOVE > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).map(|i| i * MOVE).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * MOVE;
        let mut best = row[0];
        for (j, &y) in b.iter().enumerate() {
            let d = (diagonal + substitution(x, y)).min(row[j] + MOVE).min(row[j + 1] + MOVE);
            diagonal = row[j + 1];
            row[j + 1] = d;
            best = best.min(d);
        }
        if best > limit {
            return None;
        }
    }
    (row[b.len()] <= limit).then_some(row[b.len()])
}

/// The candidate most like `wrong`, if one is like enough: at most a third of the letters may differ.
pub fn suggest(wrong: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    if wrong.len() > MAX_LENGTH {
        return None;
    }
    let mut best: Option<(usize, String)> = None;
    for c in candidates.into_iter().take(MAX_CANDIDATES) {
        if c == wrong || c.len() > MAX_LENGTH {
            continue;
        }
        let limit = (wrong.len() + c.len() + 3) * MOVE / 6;
        let limit = best.as_ref().map_or(limit, |(d, _)| limit.min(d.saturating_sub(1)));
        if let Some(d) = distance(wrong.as_bytes(), c.as_bytes(), limit) {
            best = Some((d, c));
        }
    }
    best.map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn close_names_are_found_and_far_ones_are_not() {
        let names = || ["append", "extend", "index"].map(String::from);
        assert_eq!(suggest("apend", names()), Some("append".into()));
        assert_eq!(suggest("Index", names()), Some("index".into()));
        assert_eq!(suggest("zzzz", names()), None);
    }
}
