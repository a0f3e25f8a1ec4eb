//! The desktop as its user meets it: one boot, played with the emulated tablet and keyboard, read from the screen and,
//! to know what the screen should show, from the system's values.

use halt::golden;
use halt::guest::Guest;
use halt::machine::Machine;
use halt::picture::{Area, Picture};
use halt::player::{self, Desktop, Stage};
use halt::qemu::POWERED_OFF;
use std::time::{Duration, Instant};

/// How long something may take that happens after the input is handled.
const SOON: Duration = Duration::from_secs(60);

fn eval(guest: &mut Guest, expression: &str) -> String {
    guest.lisp(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
}

/// The numbers in a printed vector.
fn numbers(guest: &mut Guest, expression: &str) -> Vec<i64> {
    let text = eval(guest, expression);
    player::numbers(&text).unwrap_or_else(|| panic!("{expression}: {text}"))
}

/// Waits until an expression has a value that contains this.
fn await_value(guest: &mut Guest, expression: &str, part: &str) -> String {
    let until = Instant::now() + SOON;
    loop {
        let value = eval(guest, expression);
        if value.contains(part) {
            return value;
        }
        assert!(Instant::now() < until, "{expression} is {value}, without {part}\n{}", guest.log());
        guest.sync().unwrap();
    }
}

/// Waits until the screen shows something.
fn await_picture(guest: &mut Guest, what: &str, is_it: impl Fn(&Picture) -> bool) {
    let until = Instant::now() + SOON;
    while !is_it(&picture(guest)) {
        assert!(Instant::now() < until, "the screen does not show {what}\n{}", guest.log());
    }
}

fn area(numbers: &[i64]) -> Area {
    let [x, y, width, height] = [0, 1, 2, 3].map(|at| u32::try_from(numbers[at]).unwrap());
    Area { x, y, width, height }
}

/// The expression of an app's window in the desktop's value.
fn window(app: &str) -> String {
    format!("(first (filter (fn [w] (= {app:?} (:app w))) (:windows @halt.shell/desktop)))")
}

fn window_area(guest: &mut Guest, app: &str) -> Area {
    area(&numbers(guest, &format!("(let [w {}] [(:x w) (:y w) (:w w) (:h w)])", window(app))))
}

/// The middle of a control of a window, in Tab order.
fn control(guest: &mut Guest, app: &str, index: usize) -> (u32, u32) {
    let rect = area(&numbers(guest, &format!("(:rect (nth (focusables (:id {})) {index}))", window(app))));
    (rect.x + rect.width / 2, rect.y + rect.height / 2)
}

/// A place where there is only wallpaper, so that the pointer is out of the picture.
fn park(guest: &mut Guest) {
    let size = guest.size();
    guest.move_to(size.width - 4, 4).unwrap();
}

/// The screen above the task bar, whose clock changes by itself.
fn picture(guest: &mut Guest) -> Picture {
    let whole = guest.picture().unwrap();
    whole.crop(Area { x: 0, y: 0, width: whole.width(), height: whole.height() - 40 })
}

fn is_inside(inner: Area, outer: Area) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

#[test]
fn desktop() {
    let mut guest = Guest::boot(&Machine { cpus: 2, memory_mib: 256, ..Machine::default() }).unwrap();
    pointer_arrives_where_it_was_sent(&mut guest);
    counter_counts_clicks(&mut guest);
    repl_evaluates_what_is_typed(&mut guest);
    window_follows_the_drag(&mut guest);
    full_repaint_equals_what_was_painted_bit_by_bit(&mut guest);
    runaway_processes_harm_nobody(&mut guest);
    power_off_in_the_launcher_ends_the_machine(&mut guest);
}

fn pointer_arrives_where_it_was_sent(guest: &mut Guest) {
    let size = guest.size();
    let (right, bottom) = (size.width - 1, size.height - 1);
    for (x, y) in [(0, 0), (right, 0), (0, bottom), (right, bottom), (right / 2, 3), (700, 600)] {
        guest.move_to(x, y).unwrap();
        assert_eq!(numbers(guest, "(pointer-place)"), [i64::from(x), i64::from(y)]);
    }
    // On the wallpaper, below the windows that are open at first.
    let (x, y) = (1000, 600);
    park(guest);
    let before = picture(guest);
    guest.move_to(x, y).unwrap();
    let near = Area { x: x - 40, y: y - 40, width: 100, height: 100 };
    let seen = before.crop(near).difference(&picture(guest).crop(near)).expect("no pointer is painted");
    assert!(
        seen.x.abs_diff(40) <= 2 && seen.y.abs_diff(40) <= 2,
        "the pointer's tip is at {seen:?} of {near:?}"
    );
    assert!(seen.width <= 32 && seen.height <= 32, "{seen:?}");
}

fn counter_counts_clicks(guest: &mut Guest) {
    let (x, y) = control(guest, "counter", 0);
    guest.click(x, y).unwrap();
    await_value(guest, "@(app-state \"counter\")", "1");
    let one = picture(guest);
    for _ in 0..6 {
        guest.click(x, y).unwrap();
    }
    await_value(guest, "@(app-state \"counter\")", "7");
    let seven = picture(guest);
    let whole = window_area(guest, "counter");
    let changed = one.difference(&seven).expect("the number on the screen did not change");
    assert!(is_inside(changed, whole), "{changed:?} is not within the counter {whole:?}");
    park(guest);
    // Whoever changes the atom changes the screen.
    let seven = picture(guest);
    eval(guest, "(reset! (app-state \"counter\") 41)");
    await_picture(guest, "41", |picture| picture.difference(&seven).is_some());
    eval(guest, "(swap! (app-state \"counter\") - 34)");
    await_picture(guest, "7 again", |picture| picture.difference(&seven).is_none());
    let inside = Area { x: whole.x + 8, y: whole.y + 36, width: whole.width - 16, height: whole.height - 44 };
    golden::check("counter-at-7", &picture(guest).crop(inside)).unwrap();
}

fn repl_evaluates_what_is_typed(guest: &mut Guest) {
    let whole = window_area(guest, "repl");
    guest.click(whole.x + whole.width / 2, whole.y + whole.height / 2).unwrap();
    park(guest);
    let before = picture(guest);
    guest.type_text("(+ 20 22)\n").unwrap();
    await_value(guest, "(:lines @(app-state \"repl\"))", "[:out \"42\"]");
    let changed = before.difference(&picture(guest)).expect("the REPL shows nothing");
    assert!(is_inside(changed, whole), "{changed:?} is not within the REPL {whole:?}");
    // An error has its place; editing keys edit; the last input comes back.
    guest.type_text("(nowher 1)").unwrap();
    guest.press(&["backspace"]).unwrap();
    guest.type_text(" 2)\n").unwrap();
    await_value(guest, "(:lines @(app-state \"repl\"))", "repl:1:");
    await_value(guest, "(:lines @(app-state \"repl\"))", "[:in \"(nowher 1 2)\"]");
    guest.press(&["up"]).unwrap();
    guest.press(&["up"]).unwrap();
    await_value(guest, "(:text (:input @(app-state \"repl\")))", "(+ 20 22)");
}

fn window_follows_the_drag(guest: &mut Guest) {
    let old = window_area(guest, "counter");
    let inside = |area: Area| Area {
        x: area.x + 12,
        y: area.y + 40,
        width: area.width - 24,
        height: area.height - 52,
    };
    // It is to be in front before and after, as it looks the same only then.
    guest.click(old.x + 80, old.y + 16).unwrap();
    park(guest);
    let before = picture(guest);
    let (from, by) = ((old.x + 80, old.y + 16), (57, 311));
    guest.drag(from, (from.0 + by.0, from.1 + by.1)).unwrap();
    park(guest);
    let new = window_area(guest, "counter");
    assert_eq!(new, Area { x: old.x + by.0, y: old.y + by.1, ..old });
    let after = picture(guest);
    assert_eq!(
        before.crop(inside(old)).difference(&after.crop(inside(new))),
        None,
        "the window did not move whole"
    );
    assert!(before.crop(old).difference(&after.crop(old)).is_some(), "the window is still at its old place");
}

fn full_repaint_equals_what_was_painted_bit_by_bit(guest: &mut Guest) {
    let incremental = picture(guest);
    for workers in [1, 2] {
        eval(guest, &format!("(set-workers! {workers})"));
        // Both changes of the tint paint every tile.
        eval(guest, "(set-tint! true)");
        assert!(picture(guest).difference(&incremental).is_some(), "no tint");
        eval(guest, "(set-tint! false)");
        assert_eq!(picture(guest).difference(&incremental), None, "with {workers} workers");
    }
}

fn runaway_processes_harm_nobody(guest: &mut Guest) {
    let spin = "(spawn (fn [] (loop [] (recur))))";
    let eat = "(spawn (fn [] (loop [all []] (recur (conj all (vec (range 1000)))))))";
    let spinning = eval(guest, spin);
    eval(guest, eat);
    let (x, y) = control(guest, "counter", 0);
    guest.click(x, y).unwrap();
    await_value(guest, "@(app-state \"counter\")", "8");
    eval(guest, &format!("(kill {spinning})"));
    assert_eq!(eval(guest, "(+ 1 1)"), "2");
}

fn power_off_in_the_launcher_ends_the_machine(guest: &mut Guest) {
    let bottom = guest.size().height;
    guest.click(40, bottom - 20).unwrap();
    await_value(guest, "(:menu @halt.shell/desktop)", ":launcher");
    guest.type_text("power").unwrap();
    await_value(
        guest,
        "(map first (halt.shell/found-items (:query @halt.shell/desktop)))",
        "(\"Power off\")",
    );
    // The machine is gone before it could answer.
    let _ = guest.type_text("\n");
    let status = guest.wait(SOON).unwrap().expect("the machine is still on");
    assert_eq!(status.code(), Some(POWERED_OFF));
}
