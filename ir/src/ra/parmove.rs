//! Parallel moves: orders a set of copies that happen at once so that no source is overwritten
//! before it is read. Cycles are broken through a scratch register.

use super::{Loc, PReg};
use crate::types::Class;

/// A copy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Move {
    /// Destination; no two moves of a set share one.
    pub dst: Loc,
    /// Source.
    pub src: Loc,
    /// Class of the value.
    pub class: Class,
}

/// Orders the moves. `scratch` names a free register for each class; it need not belong to the
/// class, the machine can move words through it. The result is appended to `out`.
pub fn resolve(moves: &mut Vec<Move>, scratch: [PReg; 2], out: &mut Vec<Move>) {
    moves.retain(|m| m.dst != m.src && m.dst != Loc::None);
    while !moves.is_empty() {
        let ready = (0..moves.len())
            .find(|&i| moves.iter().enumerate().all(|(k, m)| k == i || m.src != moves[i].dst));
        if let Some(i) = ready {
            out.push(moves.swap_remove(i));
            continue;
        }
        // Every destination is still to be read: only cycles are left. Save one source.
        let Move { src, class, .. } = moves[0];
        let saved = Loc::Reg(scratch[class as usize]);
        out.push(Move { dst: saved, src, class });
        for m in moves.iter_mut().filter(|m| m.src == src) {
            m.src = saved;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All functions from destinations to sources over `n` places, by simulation.
    #[test]
    fn all_sets_of_moves_over_five_places() {
        for n in 1..=5usize {
            // Digit n means: this place is not written.
            let mut digits = vec![0usize; n];
            loop {
                check(&digits, n);
                let Some(k) = digits.iter().position(|&d| d < n) else { break };
                digits[k] += 1;
                digits[..k].fill(0);
            }
        }
    }

    fn check(digits: &[usize], n: usize) {
        // Places: two registers, the rest spill cells.
        let loc = |i: usize| if i < 2 { Loc::Reg(i as u8) } else { Loc::Spill(i as u32) };
        let mut moves: Vec<Move> = (0..n)
            .filter(|&i| digits[i] < n)
            .map(|i| Move { dst: loc(i), src: loc(digits[i]), class: Class::Int })
            .collect();
        let mut out = Vec::new();
        resolve(&mut moves, [9, 41], &mut out);
        let mut state: Vec<(Loc, usize)> = (0..n).map(|i| (loc(i), i)).collect();
        for m in &out {
            let v = state.iter().find(|x| x.0 == m.src).expect("written before read").1;
            state.retain(|x| x.0 != m.dst);
            state.push((m.dst, v));
        }
        for i in 0..n {
            let want = if digits[i] < n { digits[i] } else { i };
            assert!(state.contains(&(loc(i), want)), "{digits:?} gave {out:?}");
        }
    }
}
