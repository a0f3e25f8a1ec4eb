//! The figures of a desktop, one JSON object a line: `name`, `value` and `unit`.
//!
//! Enter at [`print`]. What the guest knows of itself comes from its `stats`; on top of that come situations that are
//! played here: pointer moves, one click on the counter, letters typed into the REPL and its window dragged, a whole screen,
//! and the swarm with one worker and with all.
//! The unit is in the name, as our names have it (`frame_us` is in `us`).

use crate::error::{Error, Result, naming};
use crate::input::{Button, Gesture, Point, Stroke};
use crate::machine::Machine;
use crate::player::{Desktop, Stage, numbers};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// How many moves of the pointer the latency is measured over.
const MOVES: u32 = 200;
/// Pairs of repaints that a median is taken of.
const REPAINTS: u32 = 4;
/// Letters that are typed, and steps by which a window is dragged.
const STEPS: u32 = 9;
/// How often a hand's moves are reported.
const MOVE_EVERY: Duration = Duration::from_millis(8);
/// How long the swarm flies for one reading.
const SWARM: Duration = Duration::from_secs(5);
/// The centre of the counter's first button.
const COUNTER_BUTTON: &str =
    "(let [w (first (filter (fn [w] (= \"counter\" (:app w))) (:windows @halt.shell/desktop)))
      [x y w h] (:rect (first (focusables (:id w))))]
  [(+ x (quot w 2)) (+ y (quot h 2))])";

/// The corner of the front window.
pub(crate) const FRONT_CORNER: &str =
    "(let [w (halt.shell/focused-window @halt.shell/desktop)] [(:x w) (:y w)])";

/// Plays every situation and prints every figure there is.
pub fn print(guest: &mut impl Desktop, machine: &Machine, efi: Option<&Path>) -> Result<()> {
    print_figure("guest_cpus", &json!(machine.cpus));
    print_figure("guest_memory_mib", &json!(machine.memory_mib));
    if let Some(efi) = efi {
        let efi_bytes = std::fs::metadata(efi).map_err(naming(efi.display()))?.len();
        print_figure("halt_efi_bytes", &json!(efi_bytes));
    }

    guest.lisp("(reset-latencies!)")?;
    move_about(guest)?;
    let stats = stats(guest)?;
    if let (Some(loader), Some(kernel)) = (stats["loader_us"].as_u64(), stats["kernel_to_frame_us"].as_u64())
    {
        print_figure("loader_to_frame_us", &json!(loader + kernel));
    }
    let mut figures = Vec::new();
    flatten("", &stats, &mut figures);
    figures.iter().for_each(|(name, value)| print_figure(name, value));

    // A desktop that was changed until it has no counter has no such click.
    match place_of_counter(guest) {
        Ok((x, y)) => {
            guest.play(&Gesture::Move(Point { x, y }))?;
            guest.play(&Gesture::Click(Button::Left))?;
            print_frame("click", guest)?;
        }
        Err(error) => eprintln!("halt: no figures of the counter: {error}"),
    }
    typed_and_dragged(guest)?;
    repaints(guest, machine.cpus)?;
    print_frame("screen", guest)?;
    swarm(guest, machine.cpus)
}

/// The whole screen painted again, with one worker and with one for each processor: medians of several.
fn repaints(guest: &mut impl Desktop, cpus: u32) -> Result<()> {
    let mut medians = Vec::new();
    for workers in worker_counts(cpus) {
        guest.lisp(&format!("(set-workers! {workers})"))?;
        let mut times = Vec::new();
        for repaint in 0..2 * REPAINTS {
            // The tint paints everything again whenever it changes; every second one is without it.
            guest.lisp(if repaint % 2 == 0 { "(set-tint! true)" } else { "(set-tint! false)" })?;
            guest.sync()?;
            times.extend(stats(guest)?["frame_us"].as_u64());
        }
        times.sort_unstable();
        let median = times.get(times.len() / 2).copied().unwrap_or(0);
        print_figure(&format!("repaint_{workers}_workers_us"), &json!(median));
        medians.push(median as f64);
    }
    if let [one, many] = medians[..] {
        print_figure("repaint_speed_up", &json!((one / many * 100.0).round() / 100.0));
    }
    Ok(())
}

/// What a frame costs in which a letter is typed, and one in which a window is dragged by 8 pixels.
fn typed_and_dragged(guest: &mut impl Desktop) -> Result<()> {
    guest.lisp("(open-app \"repl\")")?;
    guest.sync()?;
    let letters = (b'a'..).take(STEPS as usize).filter_map(|letter| Stroke::typing(letter.into()));
    frames(guest, "type", letters.map(|stroke| Gesture::Type(vec![stroke])))?;
    let corner = guest.lisp(FRONT_CORNER)?;
    let Some(&[x, y]) = numbers::<i64>(&corner).as_deref() else {
        return Err(Error::failed(format!("the front window is at {corner}")));
    };
    let at =
        |step: u32| Gesture::Move(Point { x: (x + 60).max(0) as u32 + 8 * step, y: (y + 14).max(0) as u32 });
    guest.play(&at(0))?;
    guest.send_input(&[Button::Left.event(true)])?;
    frames(guest, "drag", (1..=STEPS).map(at))?;
    guest.send_input(&[Button::Left.event(false)])?;
    guest.sync()
}

/// The medians of what the last frame after each of some gestures cost.
fn frames(guest: &mut impl Desktop, situation: &str, gestures: impl Iterator<Item = Gesture>) -> Result<()> {
    let mut seen: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for gesture in gestures {
        guest.play(&gesture)?;
        for (name, value) in stats(guest)?.as_object().into_iter().flatten() {
            if let (true, Some(value)) = (name.starts_with("frame_"), value.as_u64()) {
                seen.entry(name.clone()).or_default().push(value);
            }
        }
    }
    for (name, mut values) in seen {
        values.sort_unstable();
        print_figure(&format!("{situation}_{name}"), &json!(values[values.len() / 2]));
    }
    Ok(())
}

/// One worker, and as many as there are processors.
fn worker_counts(cpus: u32) -> Vec<u32> {
    if cpus > 1 { vec![1, cpus] } else { vec![1] }
}

/// Across the whole screen in a zigzag, so that a move crosses windows as well as wallpaper.
fn move_about(guest: &mut impl Desktop) -> Result<()> {
    let size = guest.size();
    for step in 0..MOVES {
        let to = Point { x: (step * 97) % size.width, y: (step * 61) % size.height };
        guest.play(&Gesture::Move(to))?;
    }
    Ok(())
}

fn place_of_counter(guest: &mut impl Desktop) -> Result<(u32, u32)> {
    let text = guest.lisp(COUNTER_BUTTON)?;
    match numbers(&text).as_deref() {
        Some(&[x, y]) => Ok((x, y)),
        _ => Err(Error::failed(format!("its button is at {text}"))),
    }
}

/// What the last frame cost.
fn print_frame(situation: &str, guest: &mut impl Desktop) -> Result<()> {
    let stats = stats(guest)?;
    for (name, value) in
        stats.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("frame_"))
    {
        print_figure(&format!("{situation}_{name}"), value);
    }
    Ok(())
}

/// Frames and commits each second of the swarm, with one worker and with one for each processor.
fn swarm(guest: &mut impl Desktop, cpus: u32) -> Result<()> {
    if guest.lisp("(some (fn [name] (= name \"swarm\")) (keys (known-apps)))")? != "true" {
        return Ok(());
    }
    guest.lisp("(open-app \"swarm\")")?;
    let mut rates = Vec::new();
    for workers in worker_counts(cpus) {
        guest.lisp(&format!("(set-workers! {workers})"))?;
        std::thread::sleep(Duration::from_secs(1)); // it flies evenly by now
        let before = stats(guest)?;
        std::thread::sleep(SWARM);
        let after = stats(guest)?;
        for name in ["frames", "commits", "retries"] {
            if let Some(rate) = rate(&before, &after, name) {
                print_figure(&format!("swarm_{name}_per_s_{workers}_workers"), &json!(rate));
                if name == "frames" {
                    rates.push(rate);
                }
            }
        }
    }
    if let [one, many] = rates[..] {
        print_figure("swarm_speed_up", &json!((many / one * 100.0).round() / 100.0));
    }
    busy_pointer(guest)
}

/// The latency of the pointer while the swarm flies, moved as a hand moves it: steadily, waiting for nobody.
fn busy_pointer(guest: &mut impl Desktop) -> Result<()> {
    guest.lisp("(reset-latencies!)")?;
    let size = guest.size();
    for step in 0..MOVES {
        let to = Point { x: (step * 7) % size.width, y: (step * 5) % size.height };
        for batch in Gesture::Move(to).batches(size) {
            guest.send_input(&batch)?;
        }
        std::thread::sleep(MOVE_EVERY);
    }
    guest.sync()?;
    let stats = stats(guest)?;
    for name in ["pointer_moves", "pointer_median_us", "pointer_p99_us"] {
        print_figure(&format!("busy_{name}"), &stats[name]);
    }
    Ok(())
}

/// How much a count grew each second of the guest's time, to one decimal.
pub(crate) fn rate(before: &Value, after: &Value, name: &str) -> Option<f64> {
    let grown = |name: &str| Some((after[name].as_u64()?.checked_sub(before[name].as_u64()?)?) as f64);
    let seconds = grown("time_us").filter(|us| *us > 0.0)? / 1e6;
    Some((grown(name)? / seconds * 10.0).round() / 10.0)
}

pub(crate) fn stats(guest: &mut impl Desktop) -> Result<Value> {
    let text = guest.stats()?;
    serde_json::from_str(&text).map_err(|error| Error::failed(format!("stats: {error}: {text}")))
}

pub(crate) fn print_figure(name: &str, value: &Value) {
    crate::output::line(&json!({ "name": name, "value": value, "unit": unit(name) }).to_string());
}

/// Lists every number and text in a value under the path to it.
fn flatten(path: &str, value: &Value, figures: &mut Vec<(String, Value)>) {
    let below = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| flatten(&below(name), value, figures))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| flatten(&below(&at.to_string()), value, figures));
        }
        Value::Null => {}
        _ => figures.push((path.to_string(), value.clone())),
    }
}

/// A figure as a line of a table.
pub(crate) fn print_row(name: &str, value: &Value) {
    crate::output::line(&format!("{name:<44} {value:>12} {}", unit(name)));
}

/// The unit that a name says, else `count`.
fn unit(name: &str) -> &'static str {
    let units = ["us", "ms", "ns", "bytes", "mib", "percent"];
    let words = || name.rsplit(['_', '.']);
    match words().find_map(|word| units.into_iter().find(|unit| *unit == word)) {
        Some(unit) => unit,
        None if name.contains("_per_s") => "per s",
        None if name.ends_with("speed_up") => "ratio",
        None => "count",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stats_are_flattened() {
        let mut figures = Vec::new();
        let stats = json!({ "boot": { "ready_us": 7, "none": null }, "tiles": [1, 2], "mode": "tcg" });
        flatten("", &stats, &mut figures);
        figures.sort_by(|a, b| a.0.cmp(&b.0));
        let expected = [
            ("boot.ready_us", json!(7)),
            ("mode", json!("tcg")),
            ("tiles.0", json!(1)),
            ("tiles.1", json!(2)),
        ];
        assert_eq!(figures, expected.map(|(name, value)| (name.to_string(), value)));
    }

    #[test]
    fn units_are_read_off_names() {
        for (name, expected) in [
            ("boot.ready_us", "us"),
            ("pause_us_max", "us"),
            ("heap_bytes", "bytes"),
            ("frames", "count"),
            ("bonus", "count"),
            ("swarm_frames_per_s_2_workers", "per s"),
        ] {
            assert_eq!(unit(name), expected, "{name}");
        }
    }

    #[test]
    fn rates_are_by_the_guests_clock() {
        let (before, after) =
            (json!({ "time_us": 1_000_000, "frames": 10 }), json!({ "time_us": 3_000_000, "frames": 71 }));
        assert_eq!(rate(&before, &after, "frames"), Some(30.5));
        assert_eq!(rate(&before, &after, "absent"), None);
        assert_eq!(rate(&before, &before, "frames"), None);
    }
}
