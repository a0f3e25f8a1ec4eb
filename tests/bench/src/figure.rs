//! What a measurement says: a value, beside it those of the peers; as JSON, as a row of a table, as a line.
//!
//! Enter at [`Figure`]. A line is what one process of a benchmark tells another: fields between tabs.

use crate::suite::{Aim, Bench};

/// The median of a few runs, beside those of the peers in the same runs.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    /// The name of the benchmark, or of a part of it.
    pub name: String,
    /// Our median.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// How many runs counted.
    pub runs: usize,
    /// The medians of the peers, the best first.
    pub peers: Vec<(String, f64)>,
}

/// The heads of the columns of [`Figure::row`].
pub const HEAD: [&str; 8] = ["name", "ours", "unit", "peer", "its figure", "ratio", "to reach", "verdict"];

impl Figure {
    /// The figure of a benchmark; sorts the peers.
    pub fn new(bench: &Bench, value: f64, runs: usize, mut peers: Vec<(String, f64)>) -> Figure {
        peers.sort_by(|a, b| if bench.is_rate() { b.1.total_cmp(&a.1) } else { a.1.total_cmp(&b.1) });
        Figure { name: bench.name.into(), value, unit: bench.unit.into(), runs, peers }
    }

    /// The peer that counts: the one that the aim names, else the best of those that do all of the work. One that does not
    /// says so in its name: `NAME, no ...`.
    pub fn peer(&self, bench: &Bench) -> Option<&(String, f64)> {
        match bench.aim {
            Aim::TimesOf(_, name) => self.peers.iter().find(|(peer, _)| peer == name),
            _ => self.peers.iter().find(|(peer, _)| !peer.contains(", no ")),
        }
    }

    /// How many times as good ours is as the peer that counts.
    pub fn ratio(&self, bench: &Bench) -> Option<f64> {
        self.peer(bench).map(|(_, peer_value)| bench.ratio(self.value, *peer_value))
    }

    /// One JSON object on one line.
    pub fn json(&self, bench: &Bench) -> String {
        let mut text = format!(
            "{{\"name\":{},\"value\":{},\"unit\":{},\"runs\":{}",
            quoted(&self.name),
            rounded(self.value),
            quoted(&self.unit),
            self.runs
        );
        if let (Some((peer, peer_value)), Some(ratio)) = (self.peer(bench), self.ratio(bench)) {
            text += &format!(
                ",\"peer\":{},\"peer_value\":{},\"ratio\":{}",
                quoted(peer),
                rounded(*peer_value),
                rounded(ratio)
            );
            let peers: Vec<_> = self
                .peers
                .iter()
                .map(|(peer, value)| format!("{}:{}", quoted(peer), rounded(*value)))
                .collect();
            text += &format!(",\"peers\":{{{}}}", peers.join(","));
        }
        text + "}"
    }

    /// The cells of the table.
    pub fn row(&self, bench: &Bench) -> [String; 8] {
        let ratio = self.ratio(bench);
        let (peer, peer_value) = match self.peer(bench) {
            Some((peer, value)) => (peer.clone(), rounded(*value)),
            None => Default::default(),
        };
        let verdict = match bench.is_met(self.value, ratio) {
            Some(true) => "reached",
            Some(false) => "short",
            None => "-",
        };
        [
            self.name.clone(),
            rounded(self.value),
            self.unit.clone(),
            peer,
            peer_value,
            ratio.map(rounded).unwrap_or_default(),
            bench.aim_text(),
            verdict.into(),
        ]
    }

    /// The figure as one line of fields between tabs.
    pub fn line(&self) -> String {
        let mut line = format!("{}\t{}\t{}\t{}", self.name, self.value, self.unit, self.runs);
        for (peer, value) in &self.peers {
            line += &format!("\t{peer}\t{value}");
        }
        line
    }

    /// Reads a [`line`](Self::line).
    pub fn from_line(line: &str) -> Option<Figure> {
        let mut fields = line.split('\t');
        let name = fields.next()?.to_string();
        let value = fields.next()?.parse().ok()?;
        let unit = fields.next()?.to_string();
        let runs = fields.next()?.parse().ok()?;
        let mut peers = Vec::new();
        while let Some(peer) = fields.next() {
            peers.push((peer.to_string(), fields.next()?.parse().ok()?));
        }
        Some(Figure { name, value, unit, runs, peers })
    }
}

/// The median of a few values; the mean of the middle two when they are even in number. Not a number when none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => (values[count / 2 - 1] + values[count / 2]) / 2.0,
    }
}

/// Four significant digits at most, without an exponent.
fn rounded(value: f64) -> String {
    let digits = match value.abs() {
        size if size < 1.0 => 4,
        size if size < 10.0 => 3,
        size if size < 100.0 => 2,
        size if size < 1000.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

/// A JSON string. Names and units hold nothing to escape but these.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Lines up cells under their heads.
pub fn table(rows: &[[String; 8]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(HEAD[column].len())
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let line = |cells: &[&str]| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut text = line(&HEAD);
    text += &line(&rule.iter().map(String::as_str).collect::<Vec<_>>());
    for row in rows {
        text += &line(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::suite;

    fn figure(name: &str, peers: &[(&str, f64)]) -> (&'static Bench, Figure) {
        let bench = suite("heap").unwrap().bench(name).unwrap();
        let peers = peers.iter().map(|(peer, value)| (peer.to_string(), *value)).collect();
        (bench, Figure::new(bench, 10.0, 5, peers))
    }

    #[test]
    fn the_best_peer_comes_first() {
        let (bench, times) = figure("vector-push", &[("slow", 90.0), ("quick", 30.0), ("middle", 50.0)]);
        assert_eq!(
            times.peers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["quick", "middle", "slow"]
        );
        assert_eq!(times.ratio(bench), Some(3.0));
        let (bench, rates) = figure("swap-map-1", &[("slow", 1.0), ("quick", 20.0)]);
        assert_eq!(rates.peers[0].0, "quick");
        assert_eq!(rates.ratio(bench), Some(0.5));
        let (bench, unlike) = figure("vector-push", &[("quick, no checks", 5.0), ("whole", 20.0)]);
        assert_eq!((unlike.ratio(bench), unlike.peers.len()), (Some(2.0), 2));
    }

    #[test]
    fn a_named_peer_counts_though_another_is_better() {
        let fib = suite("lisp").unwrap().bench("fib").unwrap();
        let figure = |peers: &[(&str, f64)]| {
            let peers = peers.iter().map(|(peer, value)| (peer.to_string(), *value)).collect();
            Figure::new(fib, 10.0, 5, peers)
        };
        let both = figure(&[("Lua 5.4", 20.0), ("LuaJIT", 1.0)]);
        assert_eq!((both.ratio(fib), both.peers.len()), (Some(2.0), 2));
        assert!(both.json(fib).contains(r#""peer":"Lua 5.4","peer_value":20.00,"ratio":2.000"#));
        assert_eq!(figure(&[("LuaJIT", 1.0)]).ratio(fib), None);
    }

    #[test]
    fn json_has_a_peer_only_when_there_is_one() {
        let (bench, alone) = figure("spawn", &[]);
        assert_eq!(alone.json(bench), r#"{"name":"spawn","value":10.00,"unit":"us","runs":5}"#);
        let (bench, beside) = figure("spawn", &[("a \"b\"", 1234.56)]);
        assert_eq!(
            beside.json(bench),
            concat!(
                r#"{"name":"spawn","value":10.00,"unit":"us","runs":5,"peer":"a \"b\"","peer_value":1235,"#,
                r#""ratio":123.5,"peers":{"a \"b\"":1235}}"#
            )
        );
    }

    #[test]
    fn lines_are_read_back() {
        for peers in [&[][..], &[("imbl", 2.25), ("rpds", 0.1)]] {
            let (_, figure) = figure("vector-get", peers);
            assert_eq!(Figure::from_line(&figure.line()), Some(figure));
        }
        assert_eq!(Figure::from_line("name\tno number\tns\t5"), None);
        assert_eq!(Figure::from_line("name\t1\tns\t5\tpeer"), None);
    }

    #[test]
    fn medians_and_digits() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [5.0]), 5.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&mut []).is_nan());
        for (value, text) in [(0.01234, "0.0123"), (1.0, "1.000"), (23.456, "23.46"), (123456.7, "123457")] {
            assert_eq!(rounded(value), text);
        }
    }

    #[test]
    fn tables_are_lined_up() {
        let (bench, figure) = figure("vector-push", &[("imbl", 30.0)]);
        let text = table(&[figure.row(bench)]);
        let widths: Vec<usize> = text.lines().map(str::len).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{text}");
        assert!(text.contains("| imbl ") && text.contains("| reached |"), "{text}");
    }
}
