//! Accounting as values: the figures of the heap, and who holds how much, for programs that run on it.
//!
//! Enter at [`Scope::heap_report`] and [`Heap::mutator_uses`]. Figures are of about now: nobody is stopped to count them.

use crate::core::Heap;
use crate::pause::{PAUSE_LENGTHS, PauseCause, PauseUse};
use crate::scope::{OutOfMemory, Scope};
use crate::stats::HeapStats;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;

/// How much a mutator holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MutatorUse {
    /// Tells it from others while it exists.
    pub number: u32,
    /// As it was called by `Mutator::set_name`.
    pub name: Option<String>,
    /// Its nursery and what it put into the old space (of old, an estimate), at the end of its last scope.
    pub used_bytes: usize,
}

impl Heap {
    /// How much each mutator holds, in the order of their numbers.
    pub fn mutator_uses(&self) -> Vec<MutatorUse> {
        let mut uses = Vec::new();
        self.0.registry.for_each_use(|number, name, words| {
            uses.push(MutatorUse { number, name: name.map(String::from), used_bytes: words * 8 });
        });
        uses
    }

    /// The mutators that hold most, at most so many, the one that holds most first.
    fn largest_mutators(&self, most: usize) -> Vec<MutatorUse> {
        let mut uses = Vec::new();
        self.0.registry.for_each_use(|number, _, words| uses.push((words, number)));
        uses.sort_unstable_by_key(|(words, number)| (core::cmp::Reverse(*words), *number));
        uses.truncate(most);
        let named = uses.into_iter().map(|(words, number)| MutatorUse {
            number,
            name: self.0.registry.name_of(number),
            used_bytes: words * 8,
        });
        named.collect()
    }
}

/// Mutators in a report: a heap may have a hundred thousand, and a report is made within one scope.
const MUTATORS_MOST: usize = 64;

fn by_cause(stats: &HeapStats, figure: impl Fn(PauseUse) -> u64) -> Vec<(&'static str, u64)> {
    let named = PauseCause::ALL.into_iter().zip(stats.pause_causes);
    named.map(|(cause, pauses)| (cause.name(), figure(pauses))).collect()
}

/// The groups of the report.
fn groups(stats: &HeapStats) -> [(&'static str, Vec<(&'static str, u64)>); 9] {
    let s = stats;
    [
        ("arena", alloc::vec![("bytes", s.arena_bytes as u64), ("free-bytes", s.free_bytes as u64)]),
        (
            "old",
            alloc::vec![
                ("live-bytes", s.old_live_bytes as u64),
                ("used-bytes", s.old_used_bytes as u64),
                ("promoted-bytes", s.promoted_bytes as u64),
            ],
        ),
        (
            "nurseries",
            alloc::vec![
                ("count", s.mutators as u64),
                ("bytes", s.nursery_bytes as u64),
                ("allocated-bytes", s.allocated_bytes),
                ("allocated-bytes-per-s", s.allocated_bytes_per_s),
                ("collections", s.minors),
                ("us-total", s.minor_us_total),
                ("us-max", s.minor_us_max),
            ],
        ),
        (
            "collections",
            alloc::vec![
                ("count", s.majors),
                ("concurrent", s.majors_sliced),
                ("given-up", s.majors_given_up),
                ("stopped-us-total", s.major_us_total),
                ("stopped-us-max", s.major_us_max),
            ],
        ),
        ("handshakes", alloc::vec![("count", s.handshakes), ("us-max", s.handshake_us_max)]),
        (
            "phases",
            alloc::vec![
                ("prepare-us", s.prepare_us_total),
                ("mark-us", s.mark_us_total),
                ("move-us", s.move_us_total),
                ("sweep-us", s.sweep_us_total),
                ("marked-bytes", s.marked_bytes),
                ("moved-bytes", s.moved_bytes),
                ("blocks-evacuated", s.blocks_evacuated),
            ],
        ),
        ("pauses-us-max", by_cause(s, |pauses| pauses.us_max)),
        ("pauses-us-total", by_cause(s, |pauses| pauses.us_total)),
        ("atoms", alloc::vec![("commits", s.commits), ("retries", s.retries)]),
    ]
}

impl<'s> Scope<'s> {
    /// The figures of the heap as a map of maps by keywords. Under `:pauses` a vector of pairs, in rising order: a length in micro-seconds
    /// and how many pauses were at most that long, and longer than the one before (nil stands for any length). Under `:mutators` a
    /// vector of maps, for the 64 that hold most; `:nurseries` tells how many there are.
    ///
    /// ```
    /// # let heap = halt_heap::Heap::new(halt_heap::Region::allocate(1 << 20)).unwrap();
    /// # heap.mutator().enter(|s| {
    /// let report = s.heap_report()?;
    /// let arena = s.map_get(report, s.keyword("arena")).unwrap();
    /// let bytes = s.map_get(arena, s.keyword("bytes")).and_then(|bytes| s.as_int(bytes));
    /// assert_eq!(bytes, Some(1 << 20));
    /// # Ok::<(), halt_heap::OutOfMemory>(())
    /// # }).unwrap();
    /// ```
    pub fn heap_report(self) -> Result<Value<'s>, OutOfMemory> {
        let heap = &self.core.heap;
        let mut report = self.empty_map()?;
        for (group, figures) in groups(&heap.stats()) {
            let mut map = self.empty_map()?;
            for (name, figure) in figures {
                map = self.map_assoc(map, self.keyword(name), self.figure(figure)?)?;
            }
            report = self.map_assoc(report, self.keyword(group), map)?;
        }
        let mut pauses = self.vector(&[])?;
        for (length, count) in heap.stats().pauses.into_iter().enumerate() {
            let us = if length == PAUSE_LENGTHS - 1 { Value::NIL } else { self.figure(1 << length)? };
            pauses = self.vector_push(pauses, self.vector(&[us, self.figure(count)?])?)?;
        }
        report = self.map_assoc(report, self.keyword("pauses"), pauses)?;
        let mut mutators = self.vector(&[])?;
        for mutator in heap.largest_mutators(MUTATORS_MOST) {
            let name = mutator.name.map_or(Ok(Value::NIL), |name| self.string(&name))?;
            let map = self.map(&[
                (self.keyword("number"), self.figure(mutator.number as u64)?),
                (self.keyword("name"), name),
                (self.keyword("used-bytes"), self.figure(mutator.used_bytes as u64)?),
            ])?;
            mutators = self.vector_push(mutators, map)?;
        }
        self.map_assoc(report, self.keyword("mutators"), mutators)
    }

    fn figure(self, figure: u64) -> Result<Value<'s>, OutOfMemory> {
        self.int(i64::try_from(figure).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Region, Value};

    fn figure<'s>(s: Scope<'s>, group: &str, name: &str) -> i64 {
        let group = s.map_get(s.heap_report().unwrap(), s.keyword(group)).unwrap();
        s.as_int(s.map_get(group, s.keyword(name)).unwrap()).unwrap()
    }

    #[test]
    fn the_report_tells_what_happened() {
        let heap = Heap::new(Region::allocate(16 << 20)).unwrap();
        heap.set_clock(|| {
            static NOW: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);
            NOW.fetch_add(1000, core::sync::atomic::Ordering::Relaxed)
        });
        let mut mutator = heap.mutator();
        mutator.set_name("the tester");
        mutator.enter(|s| {
            let atom = s.atom(Value::NIL).unwrap();
            s.root_push(atom);
            for _ in 0..10 {
                s.atom_store(atom, s.vector(&[Value::TRUE; 1000]).unwrap()).unwrap();
                s.atom_swap(atom, Ok).unwrap();
            }
        });
        mutator.collect_young();
        assert!(heap.collect());
        while heap.collect_a_little(1000) && heap.stats().majors < 2 {}
        mutator.enter(|s| {
            assert_eq!((figure(s, "atoms", "commits"), figure(s, "atoms", "retries")), (10, 0));
            assert!(figure(s, "old", "live-bytes") >= 8_000);
            assert!(figure(s, "phases", "marked-bytes") >= 2 * 8_000);
            assert!(figure(s, "nurseries", "allocated-bytes") >= 80_000);
            assert!(figure(s, "nurseries", "allocated-bytes-per-s") > 0);
            assert_eq!(figure(s, "collections", "count"), 2);
            assert_eq!(figure(s, "collections", "concurrent"), 1);
            for cause in ["prepare", "choose", "mark", "sweep"] {
                assert!(figure(s, "pauses-us-max", cause) >= 1000, "{cause}");
            }
            assert_eq!(figure(s, "pauses-us-total", "wait"), 0);
            let pauses = s.map_get(s.heap_report().unwrap(), s.keyword("pauses")).unwrap();
            let counts = (0..s.vector_count(pauses)).map(|n| {
                let pair = s.vector_get(pauses, n).unwrap();
                s.as_int(s.vector_get(pair, 1).unwrap()).unwrap() as u64
            });
            assert_eq!(counts.sum::<u64>(), heap.stats().pauses.iter().sum());
            let mutators = s.map_get(s.heap_report().unwrap(), s.keyword("mutators")).unwrap();
            assert_eq!(s.vector_count(mutators), 1);
        });
        let others: Vec<_> = (0..2 * MUTATORS_MOST).map(|_| heap.mutator()).collect();
        mutator.enter(|s| {
            assert_eq!(figure(s, "nurseries", "count"), others.len() as i64 + 1);
            let mutators = s.map_get(s.heap_report().unwrap(), s.keyword("mutators")).unwrap();
            assert_eq!(s.vector_count(mutators), MUTATORS_MOST);
            let name = s.map_get(s.vector_get(mutators, 0).unwrap(), s.keyword("name")).unwrap();
            assert!(s.equal(name, s.string("the tester").unwrap()));
        });
        drop(others);
        let uses = heap.mutator_uses();
        assert_eq!((uses.len(), uses[0].name.as_deref()), (1, Some("the tester")));
        assert!(uses[0].used_bytes >= 8_000, "{uses:?}");
    }
}
