//! The suites of benchmarks: names, units and what each is to reach.
//!
//! Enter at [`SUITES`]. What measures a suite is a bench target of this package.

use Aim::{AtLeast, AtMost, Both, Open, Times, TimesOf};

/// What a benchmark is to reach.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Aim {
    /// So many times as good as the fastest peer.
    Times(f64),
    /// So many times as good as the peer of this name.
    TimesOf(f64, &'static str),
    /// At least this value.
    AtLeast(f64),
    /// At most this value.
    AtMost(f64),
    /// At most this value, and so many times as good as the fastest peer.
    Both(f64, f64),
    /// Nothing: it answers a question.
    Open,
}

/// One benchmark.
#[derive(PartialEq, Debug)]
pub struct Bench {
    /// Its name on the command line and in its figures.
    pub name: &'static str,
    /// The unit of its figures. Those that end in `/s` are better when larger.
    pub unit: &'static str,
    /// What it is to reach.
    pub aim: Aim,
    /// What is measured.
    pub what: &'static str,
}

/// Benchmarks that one program measures.
#[derive(PartialEq, Debug)]
pub struct Suite {
    /// Its name on the command line.
    pub name: &'static str,
    /// The bench target of this package that measures it.
    pub target: &'static str,
    /// What it measures.
    pub what: &'static str,
    /// Its benchmarks, in the order in which they run.
    pub benches: &'static [Bench],
}

const fn bench(name: &'static str, unit: &'static str, aim: Aim, what: &'static str) -> Bench {
    Bench { name, unit, aim, what }
}

/// Every suite there is.
pub const SUITES: &[Suite] = &[HEAP, HEAP_EXPERIMENTS, SCREEN, SCREEN_EXPERIMENTS, LISP];

const HEAP: Suite = Suite {
    name: "heap",
    target: "heap",
    what: "collections, collector, atoms and mutators of the heap beside their peers",
    benches: &[
        bench("vector-push", "ns", Times(3.0), "vector: push one by one"),
        bench("vector-assoc", "ns", Times(3.0), "vector of 10^6: assoc at random"),
        bench("vector-get", "ns", Times(1.0), "vector of 10^6: get at random"),
        bench("vector-iterate", "ns", Times(2.0), "vector of 10^6: iterate, an element"),
        bench("map-assoc", "ns", Times(3.0), "map of integers: assoc of 10^6 new keys"),
        bench("map-update", "ns", Times(3.0), "map of 10^6 integers: assoc of keys it has"),
        bench("map-get", "ns", Times(1.0), "map of 10^6 integers: get at random"),
        bench("map-iterate", "ns", Times(3.0), "map of 10^6 integers: iterate, an entry"),
        bench("map-dissoc", "ns", Times(3.0), "map of 10^6 integers: dissoc until it is empty"),
        bench("map-str-assoc", "ns", Times(3.0), "map of strings: assoc of 10^6 new keys"),
        bench("map-str-get", "ns", Times(1.0), "map of 10^6 strings: get by equal strings at random"),
        bench(
            "churn",
            "updates/s",
            Times(2.0),
            "600 MiB of small nodes live, map updates making 10 GiB of garbage, a CPU second",
        ),
        bench("churn-low-pause", "updates/s", Times(4.0), "the same, beside collectors that pause for short"),
        bench("churn-pause", "us", AtMost(50.0), "the same: longest pause of a mutator, in its own time"),
        bench(
            "churn-pause-alone",
            "us",
            AtMost(50.0),
            "the same where the mutator does all of the collector's work, each pause the shortest of the runs",
        ),
        bench("alloc", "GB/s", Times(0.8), "bump allocation of 32-byte nodes; the peer is memset"),
        bench("swap-number-1", "M/s", AtLeast(150.0), "atom: swap of a number, 1 writer"),
        bench("swap-number-2", "M/s", AtLeast(80.0), "atom: swap of a number, 2 writers together"),
        bench("swap-map-1", "M/s", AtLeast(10.0), "atom with a map of 1,024: assoc, 1 writer"),
        bench("swap-map-2", "M/s", AtLeast(5.0), "atom with a map of 1,024: assoc, 2 writers together"),
        bench("atom-load", "M/s", AtLeast(900.0), "atom: load while another core swaps"),
        bench("spawn", "us", AtMost(0.3), "new mutator, run, answer, end"),
        bench("fork", "us", AtMost(2.0), "fork of a mutator that reaches 1 GiB"),
        bench("parked", "bytes", AtMost(1024.0), "a parked mutator of 10,000, beyond its live data"),
    ],
};

const HEAP_EXPERIMENTS: Suite = Suite {
    name: "heap-experiments",
    target: "heap",
    what: "the experiments on the heap that docs/experiments records",
    benches: &[
        bench(
            "no-barriers",
            "ns",
            Open,
            "a load: unchecked or checked, beside a collector at rest or at work",
        ),
        bench("sharing", "us", Open, "a map of 10,000 sent to 1 to 1,000 mutators: one of them"),
        bench("fork-by-size", "us", Open, "fork of a mutator that reaches 64 to 1,024 MiB"),
    ],
};

const SCREEN: Suite = Suite {
    name: "screen",
    target: "screen",
    what: "layout, diff, painting and copying of the screen beside its peers, on one core",
    benches: &[
        bench("repaint-1080", "ms", Both(1.6, 3.5), "the standard scene, 1920x1080, painted in full"),
        bench(
            "repaint-two-cores",
            "ms",
            Times(1.0 / 0.6),
            "the same by two threads, which start with each frame, by the clock on the wall; the peer is one",
        ),
        bench("repaint-1440", "ms", AtMost(3.0), "the same at 2560x1440"),
        bench("type", "us", AtMost(1.5), "one character typed, from diff to copied pixels"),
        bench("drag", "ms", AtMost(0.12), "a window of 400x300 with its shadow dragged by 8 pixels"),
        bench("scroll", "ms", AtMost(0.15), "a window of 1000x700 full of text scrolled by 3 lines"),
        bench("glyphs", "M/s", AtLeast(20.0), "glyphs onto a plain ground"),
        bench(
            "over",
            "ms",
            Times(0.9),
            "a layer of 1920x1080, every pixel with an alpha of its own, over another",
        ),
        bench("diff-equal", "ns", AtMost(50.0), "diff of equal roots"),
        bench("diff-600", "us", AtMost(0.3), "diff where one leaf of 600 changed"),
        bench("diff-10000", "us", AtMost(3.0), "diff where one leaf of 10,000 changed"),
        bench("layout-cold", "ms", AtMost(1.3), "layout of 1,000 nodes from nothing"),
        bench("layout-leaf", "ms", AtMost(0.1), "layout where one leaf of 10,000 nodes changed"),
        bench("windows", "us", Open, "one change to pixels among 10 to 1,000 windows"),
    ],
};

const SCREEN_EXPERIMENTS: Suite = Suite {
    name: "screen-experiments",
    target: "screen",
    what: "the experiments on the screen that docs/experiments records",
    benches: &[
        bench("tile-size", "us", Open, "a frame with tiles of 256x64, beside other sizes"),
        bench(
            "identity",
            "us",
            Open,
            "diff of trees of 100 to 100,000 leaves, one changed, beside trees that share nothing",
        ),
        bench("layers", "us", Open, "painting again, beside composing a picture for each window"),
        bench(
            "policies",
            "us",
            Open,
            "when 1 to 16 workers are done that take tile after tile, beside other policies",
        ),
    ],
};

const LUA: &str = "Lua 5.4";
const CLOJURE: &str = "Clojure";

const LISP: Suite = Suite {
    name: "lisp",
    target: "lisp",
    what: "programs in Lisp beside the same programs in other languages",
    benches: &[
        bench("fib", "ms", TimesOf(1.3, LUA), "fib 32: calls"),
        bench("tak", "ms", TimesOf(1.3, LUA), "tak 18 12 6: calls with three arguments"),
        bench("sum", "ms", TimesOf(1.3, LUA), "a loop that sums 10^8 integers"),
        bench("mandelbrot", "ms", TimesOf(1.3, LUA), "200 x 200 points, 50 turns: floats"),
        bench("queens", "ms", TimesOf(1.3, LUA), "9 queens on lists"),
        bench("string", "ms", TimesOf(2.0, LUA), "500,000 strings made of parts, and joined"),
        bench("hof", "ms", TimesOf(1.5, CLOJURE), "map, filter, reduce over 10^6 integers"),
        bench("sort", "ms", TimesOf(2.0, CLOJURE), "sort of 10^6 integers"),
        bench("vector", "ms", TimesOf(2.0, CLOJURE), "vector of 10^6 by conj"),
        bench("map", "ms", TimesOf(3.0, CLOJURE), "map of 10^6 by assoc, then as many look-ups"),
        bench(
            "swap",
            "ms",
            TimesOf(1.5, CLOJURE),
            "swap! inc of one atom, 10^6 times on each of two threads",
        ),
        bench("start", "ms", AtMost(5.0), "a process that makes a runtime and evaluates 1"),
        bench("load", "ms", AtMost(100.0), "read, compile and run 10,000 lines"),
        bench("spawn", "us", AtMost(1.0), "a process: spawn, message, answer, end; one core"),
        bench(
            "switch",
            "us",
            AtMost(0.2),
            "from a process that parks to the one that it sent to, with the message",
        ),
        bench("process-bytes", "bytes", AtMost(2048.0), "memory of each of 50,000 parked processes"),
    ],
};

impl Bench {
    /// Whether a larger value is the better one.
    pub fn is_rate(&self) -> bool {
        self.unit.ends_with("/s")
    }

    /// How many times as good `value` is as `peer_value`.
    pub fn ratio(&self, value: f64, peer_value: f64) -> f64 {
        if self.is_rate() { value / peer_value } else { peer_value / value }
    }

    /// Whether the aim is met, where that can be told without a peer.
    pub fn is_met(&self, value: f64, ratio: Option<f64>) -> Option<bool> {
        match self.aim {
            Times(times) | TimesOf(times, _) => ratio.map(|ratio| ratio >= times),
            AtLeast(least) => Some(value >= least),
            AtMost(most) => Some(value <= most),
            Both(most, times) => ratio.map(|ratio| value <= most && ratio >= times),
            Open => None,
        }
    }

    /// The aim as a short text.
    pub fn aim_text(&self) -> String {
        match self.aim {
            Times(times) => format!("{times}x"),
            TimesOf(times, peer) => format!("{times}x {peer}"),
            AtLeast(least) => format!(">= {least}"),
            AtMost(most) => format!("<= {most}"),
            Both(most, times) => format!("<= {most}, {times}x"),
            Open => "-".into(),
        }
    }
}

/// The suite of a name.
pub fn suite(name: &str) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.name == name)
}

impl Suite {
    /// The benchmark of a name.
    pub fn bench(&self, name: &str) -> Option<&'static Bench> {
        self.benches.iter().find(|bench| bench.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_differ() {
        let heap = suite("heap").unwrap();
        for bench in heap.benches {
            assert_eq!(heap.benches.iter().filter(|other| other.name == bench.name).count(), 1);
            assert_eq!(heap.bench(bench.name).map(|found| found.what), Some(bench.what));
        }
        assert!(heap.bench("vector").is_none() && suite("hep").is_none());
    }

    #[test]
    fn ratios_above_one_are_better() {
        let heap = suite("heap").unwrap();
        let (push, swap) = (heap.bench("vector-push").unwrap(), heap.bench("swap-number-1").unwrap());
        assert_eq!(push.ratio(10.0, 30.0), 3.0);
        assert_eq!(swap.ratio(10.0, 30.0), 1.0 / 3.0);
        assert_eq!(push.is_met(10.0, Some(3.0)), Some(true));
        assert_eq!(push.is_met(10.0, None), None);
        assert_eq!(swap.is_met(149.0, None), Some(false));
    }
}
