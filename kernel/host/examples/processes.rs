//! Times processes and weighs them: `cargo run --release -p halt-host --example processes [COUNT]`.
//!
//! One core; CPU time of the whole process (Linux), so that a busy machine does not matter. Erlang does the same afterwards, where
//! it is installed.

use halt_host::{Host, HostConfig};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

/// Seconds of CPU time of all threads so far.
fn cpu_seconds() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let of_task = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(path.join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.filter_map(|task| of_task(task.path())).sum::<f64>() / 1e9
}

/// Memory of this process that is there, in bytes, without its largest mapping, which is the arena.
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

struct Guest {
    port: BufReader<UnixStream>,
    requests: u64,
}

impl Guest {
    fn lisp(&mut self, source: &str) -> String {
        self.requests += 1;
        let request = format!("{} eval {}\n{source}\n", self.requests, source.len());
        self.port.get_mut().write_all(request.as_bytes()).expect("the port takes a request");
        let mut line = String::new();
        self.port.read_line(&mut line).expect("a reply");
        let length: usize = line.trim().rsplit(' ').next().and_then(|n| n.parse().ok()).expect("a length");
        let mut text = vec![0; length + 1];
        self.port.read_exact(&mut text).expect("a whole reply");
        let text = String::from_utf8_lossy(&text).trim().to_string();
        assert!(line.contains(" ok "), "{text}");
        text
    }

    fn number(&mut self, source: &str) -> f64 {
        self.lisp(source).parse().expect("a number")
    }

    fn time(&mut self, name: &str, per: f64, source: &str) {
        self.lisp(source);
        let mut all: Vec<f64> = (0..5)
            .map(|_| {
                let before = cpu_seconds();
                self.lisp(source);
                cpu_seconds() - before
            })
            .collect();
        all.sort_by(f64::total_cmp);
        println!("{name:34} {:9.3} us", all[2] / per * 1e6);
    }
}

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let config = HostConfig {
        cores: 1,
        memory_mib: 512,
        width: 640,
        height: 480,
        scale: 0,
        app: None,
        boot_unix_seconds: Some(0),
    };
    let (host, port) = Host::boot(config).expect("a system");
    host.wait_until_ready(Duration::from_secs(60)).expect("a desktop");
    let mut guest = Guest { port: BufReader::new(port), requests: 0 };
    guest.time(
        "spawn, message, answer",
        20_000.0,
        "(let [me (self) answer (fn [] (send me (next-message)))]
           (dotimes [n 20000] (let [p (spawn answer)] (send p n) (next-message))))",
    );
    guest.time(
        "spawn, end",
        20_000.0,
        "(let [me (self) answer (fn [] (send me 1))] (dotimes [n 20000] (spawn answer) (next-message)))",
    );
    guest.time(
        "fork, answer",
        20_000.0,
        "(let [me (self)]
           (loop [n 0] (when (< n 20000) (if (fork) (do (next-message) (recur (inc n))) (send me n)))))",
    );
    guest.time(
        "round trip of a message",
        100_000.0,
        "(let [me (self) p (spawn (fn [] (loop [] (send me (next-message)) (recur))))]
           (dotimes [n 100000] (send p n) (next-message))
           (kill p))",
    );
    guest.time(
        "send, next-message of one's own",
        100_000.0,
        "(dotimes [n 100000] (send (self) n) (next-message))",
    );
    guest.time("yield", 100_000.0, "(dotimes [n 100000] (yield))");

    // What is garbage does not count: the heap is collected twice first.
    let weigh = |guest: &mut Guest| {
        guest.lisp(
            "(let [until (+ 2 (figures :major-collections))]
               (loop [] (when (< (figures :major-collections) until) (dotimes [n 1000] (send (self) [n n n]) (next-message)) (recur))))",
        );
        let arena = guest.number("(figures :old-live-bytes)");
        (resident_bytes(), arena)
    };
    let weight = weigh(&mut guest);
    let before = cpu_seconds();
    guest.lisp(&format!(
        "(do (def pids []) (def parked (spawn (fn [] (let [mum (self)]
                (def pids (vec (repeatedly {count} (fn [] (spawn (fn [] (loop [] (send (next-message) 1) (recur))))))))
                (next-message))))) nil)"
    ));
    while guest.lisp("(pos? (count pids))") != "true" {
        std::thread::sleep(Duration::from_millis(20));
    }
    guest.lisp("(sleep 300)");
    let start = cpu_seconds() - before;
    let print_weight = |(resident, arena): (f64, f64)| {
        let each = |bytes: f64, before: f64| (bytes - before) / count as f64;
        let (native, arena) = (each(resident, weight.0), each(arena, weight.1));
        println!("{:34} {:9.0} bytes, {arena:.0} of that in the arena", "  memory of each", native + arena);
    };
    println!("{:34} {:9.0}", "parked processes", guest.number("(figures :processes)"));
    print_weight(weigh(&mut guest));
    println!("{:34} {:9.3} us", "  start of each", start / count as f64 * 1e6);
    guest.time(
        "  message to each and its answer",
        count as f64,
        "(let [me (self)]
           (doseq [part (partition-all 1000 pids)]
             (doseq [p part] (send p me))
             (dotimes [_ (count part)] (next-message))))",
    );
    guest.lisp("(sleep 300)");
    print_weight(weigh(&mut guest));
    let before = cpu_seconds();
    guest.lisp("(do (kill parked) (while (< 100 (figures :processes)) (sleep 1)))");
    println!("{:34} {:9.3} us", "  end of each", (cpu_seconds() - before) / count as f64 * 1e6);

    println!("\nErlang");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/bench/peers/processes.erl");
    match Command::new("escript").arg(script).arg(count.to_string()).status() {
        Ok(status) if status.success() => {}
        Ok(status) => println!("failed: {status}"),
        Err(_) => println!("skipped: there is no escript here"),
    }
}
