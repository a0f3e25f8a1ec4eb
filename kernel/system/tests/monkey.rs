//! A hand that knows nothing plays every app: it clicks, drags, turns the wheel, presses keys and types, anywhere and in any order. Nothing
//! of that may be an error, end a process or stop the desktop from answering.

#[allow(dead_code, reason = "the tests of the desktop use the rest")]
mod machine;
#[path = "../../lisp/tests/random/mod.rs"]
mod random;

use halt_system::InputEvent;
use halt_system::pc_keyboard::{KeyCode, KeyState};
use machine::Guest;
use random::Random;

/// What it does to each app, and to the desktop, in one run; `MONKEY_TURNS`, `MONKEY_SEED` and `MONKEY_APPS` ask for others.
const TURNS: usize = 50;
/// Turns between two looks at the desktop.
const LOOK_EVERY: usize = 25;

/// A number from the first on, and below the last.
fn between(random: &mut Random, low: i32, high: i32) -> i32 {
    low + random.below((high - low).max(1) as usize) as i32
}

use KeyCode::*;
const LETTERS: &[KeyCode] = &[
    A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z, Key0, Key1, Key2, Key3,
    Key4, Key5, Key6, Key7, Key8, Key9, Oem1, Oem2, Oem3, Oem4, Oem5, Oem6, Oem7, OemComma, OemPeriod,
    OemMinus, OemPlus, Spacebar,
];
const OTHERS: &[KeyCode] = &[
    Return, Return, Tab, Tab, Backspace, Delete, Escape, ArrowLeft, ArrowRight, ArrowUp, ArrowDown, Home,
    End, PageUp, PageDown, F1, F2, F5, Spacebar,
];
/// What an app gets. The others are the desktop's.
const MODIFIERS: &[KeyCode] = &[LShift, LControl];
const ALL_MODIFIERS: &[KeyCode] = &[LShift, LControl, LAlt, LWin, LWin];

fn key(code: KeyCode, state: KeyState) -> InputEvent {
    InputEvent::Key { code, state }
}

fn press(code: KeyCode) -> [InputEvent; 2] {
    [key(code, KeyState::Down), key(code, KeyState::Up)]
}

/// Where a hand may go: the front window, `x y width height`, and a part of what it shows.
struct Aims {
    window: [i32; 4],
    part: [i32; 4],
}

/// One thing that a hand does, as events.
fn gesture(random: &mut Random, guest: &Guest, aims: &Aims, modifiers: &[KeyCode]) -> Vec<InputEvent> {
    let screen = [0, 0, guest.width, guest.height];
    let mut place = || {
        let [x, y, w, h] = [aims.window, aims.part, aims.part, aims.part, screen][random.below(5)];
        guest.place(between(random, x, x + w), between(random, y, y + h))
    };
    let (from, to) = (place(), place());
    let button = |button, down| InputEvent::Button { button, down };
    match random.below(12) {
        0..=3 => vec![from, button(0, true), button(0, false)],
        4 => vec![from, button(0, true), to, button(0, false)],
        5 => {
            let which = random.of(&[1, 2, 0]);
            vec![from, button(which, true), button(which, false), button(0, true), button(0, false)]
        }
        6 => vec![from, InputEvent::Wheel { notches: between(random, -9, 10) }],
        7 | 8 => (0..between(random, 1, 9)).flat_map(|_| press(random.of(LETTERS))).collect(),
        9 | 10 => (0..between(random, 1, 4)).flat_map(|_| press(random.of(OTHERS))).collect(),
        _ => {
            let held = random.of(modifiers);
            let code = if random.below(2) == 0 { random.of(LETTERS) } else { random.of(OTHERS) };
            [&[key(held, KeyState::Down)][..], &press(code), &[key(held, KeyState::Up)]].concat()
        }
    }
}

/// The value of an environment variable, where it is set.
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn number(name: &str, default: u64) -> u64 {
    asked(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Fails if an app, a process or the shell complained since the log had `before` lines.
fn look(guest: &mut Guest, before: usize, what: &str) {
    guest.sync();
    let is_bad = |line: &String| {
        ["died", "shell:", "halt: app:", ": handler: ", ": view: "].iter().any(|part| line.contains(part))
    };
    let bad: Vec<String> = guest.log().split_off(before).into_iter().filter(is_bad).collect();
    assert!(bad.is_empty(), "{what}: {bad:#?}");
}

/// Does `TURNS` things.
fn play(guest: &mut Guest, what: &str, modifiers: &[KeyCode]) {
    let seed = number("MONKEY_SEED", 1);
    let mut random = Random(seed);
    let before = guest.log().len();
    for turn in 0..number("MONKEY_TURNS", TURNS as u64) as usize {
        if turn % LOOK_EVERY == 0 {
            look(guest, before, &format!("{what}, seed {seed}, turn {turn}"));
        }
        let source = format!(
            "(let [w (halt.shell/focused-window @halt.shell/desktop)
                   parts (when w (vec (window-parts (:id w))))
                   rect (if (seq parts) (:rect (nth parts (mod {} (count parts)))) [0 0 1 1])]
               (apply str (interpose \" \" (concat (map #(get w % 300) [:x :y :w :h]) rect))))",
            random.below(1 << 30)
        );
        let numbers = guest.lisp(&source);
        let numbers: Vec<i32> =
            numbers.trim_matches('"').split(' ').map(|number| number.parse().expect("a number")).collect();
        let aims = Aims { window: numbers[..4].try_into().unwrap(), part: numbers[4..].try_into().unwrap() };
        for event in gesture(&mut random, guest, &aims, modifiers) {
            guest.system.push_input(event);
        }
    }
    look(guest, before, &format!("{what}, seed {seed}, at the end"));
}

#[test]
fn a_hand_that_knows_nothing_breaks_no_app() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    let apps = asked("MONKEY_APPS").unwrap_or_else(|| {
        guest.lisp("(apply str (interpose \" \" (sort (keys (known-apps)))))").trim_matches('"').to_string()
    });
    for app in apps.split(' ') {
        for _ in 0..50 {
            if guest.lisp("(count (:windows @halt.shell/desktop))") == "0" {
                break;
            }
            for event in [&[key(LAlt, KeyState::Down)][..], &press(F4), &[key(LAlt, KeyState::Up)]].concat() {
                guest.system.push_input(event);
            }
            guest.sync();
        }
        guest.lisp(&format!("(open-app {app:?})"));
        guest.eventually(&format!("(boolean (app-state {app:?}))"), "true");
        play(&mut guest, app, MODIFIERS);
    }
}

#[test]
fn a_hand_that_knows_nothing_breaks_no_desktop() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    for round in 0..6 {
        play(&mut guest, &format!("the desktop, round {round}"), ALL_MODIFIERS);
        guest.lisp("(open-app (rand-nth (sort (keys (known-apps)))))");
    }
    // It answers, and the pointer is where the hand is.
    guest.lisp("(reset! halt.shell/desktop (assoc @halt.shell/desktop :menu nil :drag nil))");
    guest.move_to(500, 300);
    assert_eq!(guest.lisp("(+ 40 2)"), "42");
}
