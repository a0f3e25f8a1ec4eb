//! Processes: a whole system on one thread of this program, asked through its port.
//!
//! Enter at [`contest`]. Times are CPU time of all threads, so that a busy machine does not matter; Erlang does the same.

use crate::harness::asked::{Asked, source};
use crate::harness::contest::{Contest, Turn};
use crate::harness::{Plan, clock};
use halt_host::{Host, HostConfig};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

/// Memory of the system's heap, in MiB.
const MEMORY_MIB: usize = 512;

/// A system and the way to it.
struct Guest {
    /// Dropped, it would end.
    _host: Host,
    port: BufReader<UnixStream>,
    requests: u64,
}

impl Guest {
    fn boot() -> Result<Guest, String> {
        let config = HostConfig {
            cores: 1,
            memory_mib: MEMORY_MIB,
            width: 640,
            height: 480,
            scale: 0,
            app: None,
            boot_unix_seconds: Some(0),
        };
        let (host, port) = Host::boot(config).map_err(|error| error.to_string())?;
        host.wait_until_ready(Duration::from_secs(120)).map_err(|error| error.to_string())?;
        Ok(Guest { _host: host, port: BufReader::new(port), requests: 0 })
    }

    /// The value of a program, as text.
    fn lisp(&mut self, source: &str) -> Result<String, String> {
        self.requests += 1;
        let request = format!("{} eval {}\n{source}\n", self.requests, source.len());
        self.port.get_mut().write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.port.read_line(&mut line).map_err(|error| error.to_string())?;
        let length = line.trim().rsplit(' ').next().and_then(|n| n.parse::<usize>().ok());
        let mut text = vec![0; length.ok_or_else(|| format!("answered `{}`", line.trim()))? + 1];
        self.port.read_exact(&mut text).map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&text).trim().to_string();
        if line.contains(" ok ") { Ok(text) } else { Err(text) }
    }

    fn number(&mut self, source: &str) -> Result<u64, String> {
        let text = self.lisp(source)?;
        text.parse().map_err(|_| format!("`{text}` is no number"))
    }

    /// Microseconds for each of so many operations.
    fn timed(&mut self, count: u64, source: &str) -> Result<Turn, String> {
        let start = clock::process_ns();
        let check = self.number(source)?;
        Ok(Turn { value: (clock::process_ns() - start) as f64 / 1000.0 / count as f64, check })
    }

    /// Bytes in use, once what is garbage is gone: those of the program outside of the heap, and what lives in it.
    fn weight(&mut self) -> Result<f64, String> {
        self.lisp(
            "(let [until (+ 2 (figures :major-collections))]
               (while (< (figures :major-collections) until)
                 (dotimes [n 1000] (send (self) [n n n]) (next-message))))",
        )?;
        Ok(resident_bytes() + self.number("(figures :old-live-bytes)")? as f64)
    }

    /// Bytes of each of so many processes that wait for a message, after each has answered one.
    fn parked(&mut self, count: u64) -> Result<Turn, String> {
        let before = self.weight()?;
        self.lisp(&format!(
            "(do (def pids [])
                 (def parent (spawn (fn []
                   (def pids (mapv (fn [_] (spawn (fn [] (loop [] (send (next-message) 1) (recur))))) (range {count})))
                   (next-message))))
                 (while (empty? pids) (sleep 1)))"
        ))?;
        let answers = self.number(
            "(let [me (self)]
               (reduce + (map (fn [part]
                                (doseq [p part] (send p me))
                                (reduce + (repeatedly (count part) next-message)))
                              (partition-all 1000 pids))))",
        )?;
        self.lisp("(sleep 300)")?;
        let value = (self.weight()? - before) / count as f64;
        self.lisp("(do (kill parent) (def pids []) (while (< 100 (figures :processes)) (sleep 1)))")?;
        Ok(Turn { value, check: answers })
    }
}

/// Memory of this program that is there, without its largest mapping, which is the heap's.
fn resident_bytes() -> f64 {
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let kib = |line: &str, key: &str| {
        line.strip_prefix(key)?.trim().trim_end_matches(" kB").trim().parse::<f64>().ok()
    };
    let sizes = maps.lines().filter_map(|line| kib(line, "Size:"));
    let mut all: Vec<_> = sizes.zip(maps.lines().filter_map(|line| kib(line, "Rss:"))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.pop();
    all.iter().map(|(_, resident)| resident).sum::<f64>() * 1024.0
}

/// One of `spawn`, `switch` and `process-bytes`.
pub(crate) fn contest(name: &'static str, plan: &Plan) -> Result<Contest, String> {
    let count = match name {
        "spawn" => plan.scaled(100_000),
        "switch" => plan.scaled(500_000),
        // So many that what they hold is more than what the rest of the program takes or gives back meanwhile.
        _ => plan.scaled(50_000).max(5_000),
    };
    let mut guest = Guest::boot()?;
    let contest = Contest::new_fallible(move || {
        match name {
        "spawn" => guest.timed(
            count,
            &format!(
                "(let [me (self) answer (fn [] (send me (next-message)))]
                   (loop [n 0 sum 0]
                     (if (< n {count}) (do (send (spawn answer) n) (recur (inc n) (+ sum (next-message)))) sum)))"
            ),
        ),
        // There and back: two switches.
        "switch" => guest.timed(
            2 * count,
            &format!(
                "(let [me (self) p (spawn (fn [] (loop [] (send me (next-message)) (recur))))
                       sum (loop [n 0 sum 0]
                             (if (< n {count}) (do (send p n) (recur (inc n) (+ sum (next-message)))) sum))]
                   (kill p)
                   sum)"
            ),
        ),
        _ => guest.parked(count),
    }
    });
    Ok(contest.and_program("Erlang", erlang(), &format!("{name} {count}")))
}

fn erlang() -> Asked {
    Asked(Box::new(|| {
        let mut command = Command::new("escript");
        command.arg(source("processes.erl"));
        Ok(command)
    }))
}
