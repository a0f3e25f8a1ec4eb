//! The collector in the guest: the swarm flies on several cores while values are made and dropped by the hundred
//! thousand, and the old space is collected in steps that stop nobody.

use halt::guest::Guest;
use halt::machine::Machine;
use halt::player::{Desktop, Stage};
use std::time::{Duration, Instant};

/// How long the guest may take for the collections, emulated on a busy machine.
const SOON: Duration = Duration::from_secs(300);
const COLLECTIONS: u64 = 3;

fn figure(stats: &serde_json::Value, name: &str) -> u64 {
    stats[name].as_u64().unwrap_or_else(|| panic!("no figure {name} in {stats}"))
}

fn stats(guest: &mut Guest) -> serde_json::Value {
    serde_json::from_str(&guest.stats().unwrap()).unwrap()
}

fn eval(guest: &mut Guest, expression: &str) -> String {
    guest.lisp(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
}

#[test]
fn collections_happen_while_the_swarm_flies_on_four_cores() {
    let mut guest = Guest::boot(&Machine { cpus: 4, memory_mib: 256, ..Machine::default() }).unwrap();
    eval(&mut guest, "(open-app \"swarm\")");
    let before = stats(&mut guest);
    assert_eq!(figure(&before, "cores"), 4);
    // What is checked at the end: it is read and copied while everything around it dies and moves.
    eval(&mut guest, "(def kept (atom (into {} (map (fn [n] [n [(str n) (* n n)]]) (range 5000)))))");
    eval(&mut guest, "(def churned (atom nil))");
    let until = Instant::now() + SOON;
    let mut now = before.clone();
    let grown = |now: &serde_json::Value, name: &str| figure(now, name) - figure(&before, name);
    while grown(&now, "sliced_collections") < COLLECTIONS || grown(&now, "frames") < 10 {
        assert!(Instant::now() < until, "before {before}\nnow {now}\n{}", guest.log());
        eval(&mut guest, "(dotimes [n 20] (reset! churned (vec (map (fn [i] [i n]) (range 3000)))))");
        eval(&mut guest, "(swap! kept assoc 17 [\"17\" 289])");
        now = stats(&mut guest);
    }
    assert!(grown(&now, "commits") > 100 && grown(&now, "minor_collections") > 10, "{before}\n{now}");
    let whole = "(every? (fn [n] (= (get @kept n) [(str n) (* n n)])) (range 5000))";
    assert_eq!(eval(&mut guest, whole), "true");
    println!("before {before}\nafter {now}");
}
