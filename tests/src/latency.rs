//! How long it takes from a hand to the pixels: `halt bench latency`.
//!
//! Enter at [`measure`]. Everything is played through the devices of a desktop, as a hand plays it: steadily, waiting for
//! nobody. The clock is the desktop's own: it starts when an event comes from a device and stops when the frame with
//! what came of it is on the display (`pointer-…` and `answer-…` among the figures of `stats`).

use crate::error::{Error, Result, naming};
use crate::figures::{FRONT_CORNER, stats};
use crate::input::{Button, Gesture, Key, Point, Stroke};
use crate::player::{Desktop, Stage, numbers};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How often a hand's moves are reported.
const MOVE_EVERY: Duration = Duration::from_millis(8);
/// How often a quick typist presses a key.
const KEY_EVERY: Duration = Duration::from_millis(60);
/// How many letters are typed before they are deleted again.
const LETTERS: u32 = 20;
/// Lines of the long text in the editor.
const LINES: u32 = 10_000;
/// How long apps may take to open.
const OPEN_LOOKS: u32 = 600;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How much is played.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    moves: u32,
    keys: u32,
    pushes: u32,
}

impl Amount {
    /// Enough for a 99th percentile; or, quickly, just to see that it works.
    pub fn new(is_quick: bool) -> Self {
        if is_quick {
            Self { moves: 20, keys: 10, pushes: 5 }
        } else {
            Self { moves: 400, keys: 200, pushes: 100 }
        }
    }
}

/// Figures by name, in the order in which they were taken.
pub type Figures = Vec<(String, Value)>;

/// Measures a desktop that has just come up. `place` begins the names of the figures.
pub fn measure(desktop: &mut impl Desktop, place: &str, amount: Amount) -> Result<Figures> {
    let mut figures = Figures::new();
    let first = stats(desktop)?;
    figures.push((format!("{place}_kernel_to_frame_us"), first["kernel_to_frame_us"].clone()));
    figures.push((format!("{place}_first_apps_heap_bytes"), json!(heap_bytes(&first))));
    hands(desktop, &format!("{place}_quiet"), amount, &mut figures)?;
    pushes(desktop, &format!("{place}_push_counter"), ("counter", "Add one"), amount, &mut figures)?;

    let text = format!(
        "(do (open-app \"editor\")
           (loop [] (if-let [state (app-state \"editor\")]
             (swap! state assoc :doc (assoc ((resolve 'app.editor/document) \"long\"
                                       (apply str (repeat {} \"(defn area [w h]\\n  (* w h))\\n\\n; next\\n\"))) :row {} :top {}))
             (do (sleep 20) (recur))))
           (count (:lines (:doc @(app-state \"editor\")))))",
        LINES / 4,
        LINES / 2,
        LINES / 2 - 5
    );
    desktop.lisp(&text)?;
    desktop.sync()?;
    type_text(desktop, &format!("{place}_editor_{LINES}_lines"), amount.keys, &mut figures)?;

    pushes(desktop, &format!("{place}_push_editor"), ("editor", "Open app"), amount, &mut figures)?;

    let opened = open_everything(desktop)?;
    figures.push((format!("{place}_open_windows"), json!(opened)));
    figures.push((format!("{place}_all_apps_heap_bytes"), json!(heap_bytes(&stats(desktop)?))));
    hands(desktop, &format!("{place}_all_apps"), amount, &mut figures)?;
    Ok(figures)
}

/// Loads the program of an app that is open, as `halt push` does when its file was saved: with another label each time, then with a line
/// more above everything each time. The clock is the launcher's: from the request until all is painted, and until the reply.
fn pushes(
    desktop: &mut impl Desktop,
    name: &str,
    (app, label): (&str, &str),
    amount: Amount,
    figures: &mut Figures,
) -> Result<()> {
    let file = crate::workspace().join("apps").join(app).join("app.clj");
    let source = std::fs::read_to_string(&file).map_err(naming(file.display()))?;
    let mut push = |text: &str| -> Result<[u64; 2]> {
        let start = Instant::now();
        desktop
            .request("push", &format!("app.{app} 1 1 apps/{app}/app.clj\n{text}"))?
            .map_err(Error::failed)?;
        let replied = start.elapsed();
        desktop.sync()?;
        Ok([start.elapsed(), replied].map(|time| time.as_micros() as u64))
    };
    let relabelled = |turn| source.replace(label, &format!("{label} {turn}"));
    let [first, _] = push(&relabelled(0))?;
    let changed = (1..=amount.pushes).map(|turn| push(&relabelled(turn))).collect::<Result<Vec<_>>>()?;
    let last = relabelled(amount.pushes);
    let moved = (1..=amount.pushes)
        .map(|turn| push(&("\n".repeat(turn as usize) + &last)))
        .collect::<Result<Vec<_>>>()?;
    let shown = format!("{label} {}", amount.pushes);
    let see =
        format!("(some (fn [part] (= {shown:?} (:text part))) (mapcat window-parts (keys @running-apps)))");
    if desktop.lisp(&see)? != "true" {
        return Err(Error::failed(format!("`{shown}` was pushed, but is not shown")));
    }
    figures.push((format!("{name}_first_us"), json!(first)));
    figures.push((format!("{name}_count"), json!(changed.len())));
    for (what, times) in [("", &changed), ("_moved", &moved)] {
        for (until, suffix) in ["", "_reply"].into_iter().enumerate() {
            let mut times: Vec<u64> = times.iter().map(|both| both[until]).collect();
            times.sort_unstable();
            figures.push((format!("{name}{what}{suffix}_median_us"), json!(times[times.len() / 2])));
            figures.push((format!("{name}{what}{suffix}_p99_us"), json!(times[times.len() * 99 / 100])));
        }
    }
    Ok(())
}

/// What of the heap is in use: live values, and garbage that was not collected yet.
fn heap_bytes(stats: &Value) -> u64 {
    let bytes = |name: &str| stats[name].as_u64().unwrap_or(0);
    bytes("arena_bytes").saturating_sub(bytes("free_bytes"))
}

/// What hands do with a pointer, a window and a REPL.
fn hands(desktop: &mut impl Desktop, name: &str, amount: Amount, figures: &mut Figures) -> Result<()> {
    let size = desktop.size();
    forget(desktop)?;
    for step in 0..amount.moves {
        send(desktop, &Gesture::Move(Point { x: (step * 7) % size.width, y: (step * 5) % size.height }))?;
        std::thread::sleep(MOVE_EVERY);
    }
    report(desktop, &format!("{name}_pointer"), "pointer", figures)?;

    desktop.lisp("(open-app \"repl\")")?;
    desktop.sync()?;
    type_text(desktop, &format!("{name}_typing"), amount.keys, figures)?;
    drag(desktop, &format!("{name}_drag"), amount.moves, figures)
}

/// Types into the front window: some letters, which are deleted again, so that they stay in sight.
fn type_text(desktop: &mut impl Desktop, name: &str, keys: u32, figures: &mut Figures) -> Result<()> {
    forget(desktop)?;
    for key in 0..keys {
        let character = char::from(b'a' + (key % LETTERS) as u8);
        let gesture = if (key / LETTERS).is_multiple_of(2) {
            Stroke::typing(character).map(|stroke| Gesture::Type(vec![stroke]))
        } else {
            Key::named("backspace").map(|key| Gesture::Keys(vec![key]))
        };
        send(desktop, &gesture.ok_or_else(|| Error::failed("a key that is not there"))?)?;
        std::thread::sleep(KEY_EVERY);
    }
    report(desktop, name, "answer", figures)
}

/// Drags the front window by its title, to and fro.
fn drag(desktop: &mut impl Desktop, name: &str, moves: u32, figures: &mut Figures) -> Result<()> {
    let corner = desktop.lisp(FRONT_CORNER)?;
    let Some(&[x, y]) = numbers::<i64>(&corner).as_deref() else {
        return Err(Error::failed(format!("the front window is at {corner}")));
    };
    let (x, y) = ((x + 60).max(0) as u32, (y + 14).max(0) as u32);
    send(desktop, &Gesture::Move(Point { x, y }))?;
    let press = |is_down| [Button::Left.event(is_down)];
    desktop.send_input(&press(true))?;
    desktop.sync()?;
    forget(desktop)?;
    for step in 0..moves {
        let (there, back) = (step % 50, (step / 50) % 2 == 1);
        let away = 4 * if back { 50 - there } else { there };
        send(desktop, &Gesture::Move(Point { x: x + away, y: y + away / 4 }))?;
        std::thread::sleep(MOVE_EVERY);
    }
    report(desktop, name, "answer", figures)?;
    desktop.send_input(&press(false))?;
    desktop.sync()
}

/// Opens every app that there is; returns how many windows there are then.
fn open_everything(desktop: &mut impl Desktop) -> Result<u64> {
    let all = "(doseq [entry (known-apps) :when (not (:hidden? (val entry)))]
                 (when-not (app-state (key entry)) (open-app (key entry))))";
    desktop.lisp(all)?;
    let missing = "(count (for [entry (known-apps) :when (not (or (:hidden? (val entry)) (app-state (key entry))))] 1))";
    for _ in 0..OPEN_LOOKS {
        if desktop.lisp(missing)? == "0" {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    desktop.sync()?;
    Ok(desktop.lisp("(count @running-apps)")?.parse().unwrap_or(0))
}

fn send(desktop: &mut impl Desktop, gesture: &Gesture) -> Result<()> {
    let size = desktop.size();
    gesture.batches(size).iter().try_for_each(|batch| desktop.send_input(batch))
}

fn forget(desktop: &mut impl Desktop) -> Result<()> {
    desktop.sync()?;
    desktop.lisp("(reset-latencies!)").map(|_| ())
}

/// Notes how many latencies there were, their median and their 99th percentile.
fn report(desktop: &mut impl Desktop, name: &str, which: &str, figures: &mut Figures) -> Result<()> {
    desktop.sync()?;
    let stats = stats(desktop)?;
    let count = if which == "pointer" { "pointer_moves" } else { "answers" };
    figures.push((format!("{name}_count"), stats[count].clone()));
    for share in ["median", "p99"] {
        figures.push((format!("{name}_{share}_us"), stats[&format!("{which}_{share}_us")].clone()));
    }
    Ok(())
}
