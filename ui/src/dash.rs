//! Dashes: an outline cut into the pieces that a broken stroke follows.
//!
//! Enter at [`Dash::read`] and [`Dash::cut`]. As in SVG: lengths on and off by turns, of which an odd number is gone through twice; the
//! offset is how far into them the outline begins. Round a closed outline the last dash goes over into the first.

use crate::path::{Run, Spot};
use crate::style::{items, number};
use alloc::vec::Vec;
use halt_heap::{Scope, Value};

/// The most lengths of a pattern.
const LENGTHS_MAX: usize = 16;

/// The most dashes of an outline; a stroke has no room for more.
pub(crate) const DASHES_MAX: usize = 1 << 14;

/// How long a dash of no length is, so that its caps know their direction.
const DOT: f64 = 1.0 / 32.0;

/// A pattern of lengths in pixels, on and off by turns.
#[derive(Debug)]
pub(crate) struct Dash {
    /// An even number of them.
    lengths: Vec<f64>,
    period: f64,
    /// How far into them an outline begins.
    offset: f64,
}

/// Where in the pattern a walk along an outline is.
struct Walk<'d> {
    lengths: &'d [f64],
    index: usize,
    /// What is left of that length.
    left: f64,
}

impl Walk<'_> {
    fn is_on(&self) -> bool {
        self.index.is_multiple_of(2)
    }

    fn turn(&mut self) {
        self.index = (self.index + 1) % self.lengths.len();
        self.left = self.lengths[self.index];
    }
}

fn distance(a: Spot, b: Spot) -> f64 {
    libm::hypot(b.0 - a.0, b.1 - a.1)
}

fn between(a: Spot, b: Spot, share: f64) -> Spot {
    (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
}

impl Dash {
    /// Reads a pattern; `None` when it is none.
    pub(crate) fn read<'s>(s: Scope<'s>, lengths: Value<'s>, offset: f64) -> Option<Dash> {
        let list = items(s, lengths).filter(|list| (1..=LENGTHS_MAX).contains(&list.len()))?;
        let mut lengths = list.iter().map(|length| number(s, *length)).collect::<Option<Vec<f64>>>()?;
        if lengths.len() % 2 == 1 {
            lengths.extend_from_within(..);
        }
        let period: f64 = lengths.iter().sum();
        let is_sound = period.is_finite() && period > 0.0 && lengths.iter().all(|length| *length >= 0.0);
        is_sound.then_some(Dash { lengths, period, offset })
    }

    /// The dashes of runs, each a run; `None` when they are too many. `dots` says whether those of no length show.
    pub(crate) fn cut(&self, runs: &[Run], dots: bool) -> Option<Vec<Run>> {
        let mut dashes = Vec::new();
        for run in runs {
            let mut spots = run.spots.clone();
            if run.closed {
                spots.extend(run.spots.first());
            }
            let length: f64 = spots.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
            let count = (length / self.period + 1.0) * self.lengths.len() as f64 / 2.0;
            if dashes.len() as f64 + count > DASHES_MAX as f64 {
                return None;
            }
            self.follow(run, &spots, dots, &mut dashes);
        }
        Some(dashes)
    }

    fn start(&self) -> Walk<'_> {
        let mut left = libm::fmod(self.offset, self.period);
        left += if left < 0.0 { self.period } else { 0.0 };
        let mut walk = Walk { lengths: &self.lengths, index: 0, left: self.lengths[0] };
        // Once through all lengths is enough, whatever the sums are rounded to.
        for _ in 0..self.lengths.len() {
            if left == 0.0 || left < walk.left {
                break;
            }
            left -= walk.left;
            walk.turn();
        }
        walk.left -= left.min(walk.left);
        walk
    }

    fn follow(&self, run: &Run, spots: &[Spot], dots: bool, dashes: &mut Vec<Run>) {
        let before = dashes.len();
        let mut walk = self.start();
        let (begins_on, mut is_whole) = (walk.is_on(), true);
        let mut dash: Vec<Spot> = spots.first().filter(|_| begins_on).copied().into_iter().collect();
        for (from, to) in spots.iter().copied().zip(spots.iter().skip(1).copied()) {
            let length = distance(from, to);
            let mut at = 0.0;
            while length - at > walk.left {
                at += walk.left;
                let place = between(from, to, at / length);
                if walk.is_on() {
                    // A dash may end at a corner.
                    if dash.last() != Some(&place) {
                        dash.push(place);
                    }
                    if dash.iter().any(|spot| distance(*spot, place) > 0.0) {
                        dashes.push(Run { spots: core::mem::take(&mut dash), closed: false });
                    } else if dots {
                        let half = DOT / 2.0 / length;
                        let spots = [-half, half].map(|share| between(from, to, at / length + share));
                        dashes.push(Run { spots: spots.to_vec(), closed: false });
                    }
                    dash.clear();
                } else {
                    dash.push(place);
                }
                walk.turn();
                is_whole = false;
            }
            walk.left -= length - at;
            if walk.is_on() {
                dash.push(to);
            }
        }
        if is_whole && begins_on {
            return dashes.push(run.clone());
        }
        if dash.len() < 2 {
            return;
        }
        // A closed outline ends where it begins.
        match dashes.get_mut(before) {
            Some(first) if run.closed && begins_on => {
                dash.extend(first.spots.drain(..).skip(1));
                first.spots = dash;
            }
            _ => dashes.push(Run { spots: dash, closed: false }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn dash(lengths: &[f64], offset: f64) -> Dash {
        let lengths = if lengths.len() % 2 == 1 { [lengths, lengths].concat() } else { lengths.to_vec() };
        Dash { period: lengths.iter().sum(), lengths, offset }
    }

    /// Where the dashes of a line of 20 pixels begin and end.
    fn check(lengths: &[f64], offset: f64, expected: &[(f64, f64)]) {
        let line = Run { spots: vec![(0.0, 5.0), (7.0, 5.0), (20.0, 5.0)], closed: false };
        let dashes = dash(lengths, offset).cut(core::slice::from_ref(&line), false).unwrap();
        let ends: Vec<(f64, f64)> =
            dashes.iter().map(|run| (run.spots[0].0, run.spots[run.spots.len() - 1].0)).collect();
        assert_eq!(ends, expected, "{lengths:?} {offset}");
    }

    #[test]
    fn lines_are_cut_by_lengths_and_offset() {
        check(&[4.0, 2.0], 0.0, &[(0.0, 4.0), (6.0, 10.0), (12.0, 16.0), (18.0, 20.0)]);
        check(&[4.0, 2.0], 5.0, &[(1.0, 5.0), (7.0, 11.0), (13.0, 17.0), (19.0, 20.0)]);
        check(&[4.0, 2.0], -1.0, &[(1.0, 5.0), (7.0, 11.0), (13.0, 17.0), (19.0, 20.0)]);
        check(&[4.0, 2.0], 6e9 + 5.0, &[(1.0, 5.0), (7.0, 11.0), (13.0, 17.0), (19.0, 20.0)]);
        check(&[5.0], 0.0, &[(0.0, 5.0), (10.0, 15.0)]);
        check(&[6.0, 1.0, 2.0], 0.0, &[(0.0, 6.0), (7.0, 9.0), (15.0, 16.0), (18.0, 20.0)]);
        check(&[100.0, 1.0], 0.0, &[(0.0, 20.0)]);
        check(&[1.0, 100.0], 50.0, &[]);
        check(&[0.0, 3.0], 0.0, &[]);
        check(
            &[3.0, 0.0],
            0.0,
            &[(0.0, 3.0), (3.0, 6.0), (6.0, 9.0), (9.0, 12.0), (12.0, 15.0), (15.0, 18.0), (18.0, 20.0)],
        );
    }

    #[test]
    fn dots_of_no_length_lie_along_their_line() {
        let line = Run { spots: vec![(0.0, 0.0), (0.0, 10.0)], closed: false };
        let dots = dash(&[0.0, 4.0], 0.0).cut(core::slice::from_ref(&line), true).unwrap();
        let middles: Vec<f64> = dots.iter().map(|run| (run.spots[0].1 + run.spots[1].1) / 2.0).collect();
        assert_eq!(middles, [0.0, 4.0, 8.0]);
        assert!(dots.iter().all(|run| run.spots[0].0 == 0.0 && run.spots[1].1 - run.spots[0].1 == DOT));
    }

    #[test]
    fn round_a_closed_outline_the_last_dash_joins_the_first() {
        let square = Run { spots: vec![(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)], closed: true };
        let dashes = dash(&[6.0, 8.0], 0.0).cut(core::slice::from_ref(&square), false).unwrap();
        assert_eq!(dashes[0].spots, [(0.0, 0.0), (6.0, 0.0)]);
        assert_eq!(dashes[1].spots, [(10.0, 4.0), (10.0, 10.0)]);
        // 40 = 2 * 14 + 6 + 6: the third ends 6 before the start.
        assert_eq!(dashes[2].spots, [(2.0, 10.0), (0.0, 10.0), (0.0, 6.0)]);
        let dashes = dash(&[6.0, 8.0], 3.0).cut(core::slice::from_ref(&square), false).unwrap();
        // The last begins at 39.
        assert_eq!(dashes[0].spots, [(0.0, 1.0), (0.0, 0.0), (3.0, 0.0)]);
        // One that is longer than all of it leaves it closed.
        assert_eq!(dash(&[50.0, 8.0], 3.0).cut(core::slice::from_ref(&square), false).unwrap(), [square]);
    }

    #[test]
    fn too_many_dashes_are_refused_before_they_are_made() {
        let line = Run { spots: vec![(0.0, 0.0), (1e6, 0.0)], closed: false };
        assert!(dash(&[0.5, 0.5], 0.0).cut(core::slice::from_ref(&line), false).is_none());
        assert!(dash(&[1e-300, 0.0], 0.0).cut(core::slice::from_ref(&line), false).is_none());
        assert_eq!(dash(&[50.0, 50.0], 0.0).cut(core::slice::from_ref(&line), false).unwrap().len(), 10_000);
    }
}
