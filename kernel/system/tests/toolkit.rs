//! What the toolkit does with pointer and keyboard, played on the whole system.

#[allow(dead_code, reason = "the tests of the desktop use the rest")]
mod machine;

use machine::Guest;

/// A desktop with an app in front, and the place of its content: within border and title.
fn with_app(source: &str) -> (Guest, i32, i32) {
    let mut guest = Guest::boot(2, 800, 600, Some(("app.clj", source)));
    let place = |guest: &mut Guest, key: &str| {
        guest
            .lisp(&format!("({key} (halt.shell/focused-window @halt.shell/desktop))"))
            .parse::<i32>()
            .unwrap()
    };
    let (x, y) = (place(&mut guest, ":x") + 1, place(&mut guest, ":y") + 33);
    (guest, x, y)
}

/// Waits until an expression has a value: what runs in other processes takes its time.
fn eventually(guest: &mut Guest, source: &str, wanted: &str) {
    let mut seen = String::new();
    for _ in 0..400 {
        seen = guest.request("eval", source).unwrap_or_else(|error| error);
        if seen == wanted {
            return;
        }
        guest.lisp("(sleep 10)");
    }
    panic!("{source}: {seen}, not {wanted}\n{:?}", guest.log());
}

#[test]
fn events_of_the_pointer_tell_place_size_and_clicks() {
    let app = "(defn note [s event] (conj s (mapv event [:type :x :y :width :height :clicks]))) \
               (defapp noted {:title \"Noted\" :state []} (fn [s] [:stack [:box {:x 10 :y 20 :width 80 :height 40 :fill :panel \
               :on-pointer-down note :on-pointer-up note :on-hover note :on-pointer-enter note :on-pointer-leave note :on-context note}]]))";
    let (mut guest, x, y) = with_app(app);
    let newest = "(take-last 1 @(app-state \"noted\"))";
    guest.move_to(x + 15, y + 27);
    eventually(
        &mut guest,
        "@(app-state \"noted\")",
        "[[:pointer-enter 5 7 80 40 nil] [:hover 5 7 80 40 nil]]",
    );
    guest.move_to(x + 5, y + 5);
    eventually(&mut guest, newest, "([:pointer-leave -5 -15 80 40 nil])");
    guest.drag((x + 15, y + 27), (x + 200, y + 28));
    eventually(&mut guest, newest, "([:pointer-up 190 8 80 40 nil])");
    let down = format!(
        "(send-shell {{:type :pointer-down :button :left :x {} :y {} :time-us 900000000}})",
        x + 15,
        y + 27
    );
    guest.lisp(&down);
    guest.lisp(&down);
    eventually(&mut guest, newest, "([:pointer-down 5 7 80 40 2])");
    guest.lisp(&down.replace(":left", ":right"));
    eventually(&mut guest, newest, "([:context 5 7 80 40 nil])");
    assert_eq!(guest.lisp("(:menu @halt.shell/desktop)"), "nil");
}

#[test]
fn a_tick_that_changes_nothing_is_nothing_to_undo() {
    let app = "(def ticks (atom 0)) \
               (defapp ticking {:title \"Ticking\" :state 0 :tick-ms 1 :on-tick (fn [n] (swap! ticks inc) n)} \
               (fn [n] [:button {:on-click inc} (str n)]))";
    let (mut guest, x, y) = with_app(app);
    guest.click(x + 20, y + 20);
    eventually(&mut guest, "@(app-state \"ticking\")", "1");
    guest.lisp("(reset! ticks 0)");
    eventually(&mut guest, "(< 5 @ticks)", "true");
    guest.lisp(
        "(send-control (:pid (some (fn [run] (when (= \"ticking\" (:app run)) run)) (vals @running-apps))) {:type :undo})");
    eventually(&mut guest, "@(app-state \"ticking\")", "0");
}
