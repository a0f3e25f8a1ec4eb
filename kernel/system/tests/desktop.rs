//! The whole desktop on threads: clicks, keys, windows, errors, other numbers of cores.

mod machine;

use halt_system::pc_keyboard::KeyCode;
use machine::Guest;

/// A number of the window of an app, as the shell has it.
fn window(guest: &mut Guest, app: &str, key: &str) -> i32 {
    let source =
        format!("({key} (first (filter (fn [w] (= {app:?} (:app w))) (:windows @halt.shell/desktop))))");
    guest.lisp(&source).parse().unwrap_or_else(|_| panic!("no window of {app}"))
}

#[test]
fn a_click_counts_and_changes_pixels() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    if let Ok(path) = std::env::var("HALT_PICTURE") {
        guest.write_ppm(&path);
    }
    let (x, y) = (window(&mut guest, "counter", ":x"), window(&mut guest, "counter", ":y"));
    assert_eq!(guest.lisp("@(app-state \"counter\")"), "0");
    guest.click(x + 110, y + 32 + 55);
    assert_eq!(guest.lisp("@(app-state \"counter\")"), "1");
    // The second click changes the digit alone: the window already is in front.
    let before = guest.pixels();
    guest.click(x + 110, y + 32 + 55);
    assert_eq!(guest.lisp("@(app-state \"counter\")"), "2");
    let after = guest.pixels();
    let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    assert!((10..5000).contains(&changed), "{changed} pixels changed");
    assert!(
        guest.log().iter().all(|line| !line.contains("died") && !line.contains("shell:")),
        "{:?}",
        guest.log()
    );
}

#[test]
fn windows_move_and_close_by_mouse_and_keyboard() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    let (x, y) = (window(&mut guest, "counter", ":x"), window(&mut guest, "counter", ":y"));
    guest.drag((x + 60, y + 14), (x + 160, y + 94));
    assert_eq!(window(&mut guest, "counter", ":x"), x + 100);
    assert_eq!(window(&mut guest, "counter", ":y"), y + 80);
    // By its lower right corner.
    let (w, h) = (window(&mut guest, "counter", ":w"), window(&mut guest, "counter", ":h"));
    let corner = (x + 100 + w - 2, y + 80 + h - 2);
    guest.drag(corner, (corner.0 + 60, corner.1 + 40));
    assert_eq!(window(&mut guest, "counter", ":w"), w + 60);
    assert_eq!(window(&mut guest, "counter", ":h"), h + 40);
    assert_eq!(guest.lisp("(count (:windows @halt.shell/desktop))"), "2");
    // The close button of the counter.
    guest.click(x + 100 + w + 60 - 20, y + 80 + 16);
    assert_eq!(guest.lisp("(count (:windows @halt.shell/desktop))"), "1");
    assert_eq!(guest.lisp("(app-state \"counter\")"), "nil");
}

#[test]
fn the_repl_evaluates_what_is_typed() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    let (x, y) = (window(&mut guest, "repl", ":x"), window(&mut guest, "repl", ":y"));
    guest.click(x + 100, y + 120);
    for code in [KeyCode::Key1, KeyCode::Key2, KeyCode::Return] {
        guest.key(code);
    }
    guest.lisp("(sleep 50)");
    guest.sync();
    let lines = guest.lisp("(:lines @(app-state \"repl\"))");
    assert!(lines.contains("[:in \"12\"] [:out \"12\"]"), "{lines}");
}

#[test]
fn a_broken_app_names_its_place_and_the_desktop_goes_on() {
    let mut guest = Guest::boot(
        1,
        800,
        600,
        Some(("bad.clj", "(defapp bad\n  {:title \"Bad\"}\n  (fn [n] (frobnicate n)))")),
    );
    assert!(guest.wait_for_log("halt: app:").contains("bad.clj:3:"), "{:?}", guest.log());
    assert_eq!(
        guest.lisp("(count (filter (fn [w] (= \"problem\" (:app w))) (:windows @halt.shell/desktop)))"),
        "1"
    );
    assert_eq!(guest.lisp("(+ 1 2)"), "3");
}

#[test]
fn an_app_that_loops_for_ever_is_alone_in_it() {
    let text =
        "(defapp spin {:title \"Spin\" :state 0} (fn [n] (if (= n 1) (loop [] (recur)) [:text \"still\"])))";
    let mut guest = Guest::boot(1, 800, 600, Some(("spin.clj", text)));
    guest.lisp("(reset! (app-state \"spin\") 1)");
    guest.lisp("(send-control (:pid (some (fn [e] (when (= \"spin\" (:app (val e))) (val e))) @running-apps)) {:type :retry})");
    assert_eq!(guest.lisp("(+ 40 2)"), "42");
    assert_eq!(
        guest.lisp("(kill (:pid (some (fn [e] (when (= \"spin\" (:app (val e))) (val e))) @running-apps)))"),
        "true"
    );
    assert_eq!(guest.lisp("(+ 40 3)"), "43");
}

#[test]
fn the_systems_files_are_evaluated_anew_and_the_desktop_stays() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    guest.lisp("(do (reset! (app-state \"counter\") 41) (swap! files assoc \"notes/1\" \"kept\"))");
    record(&mut guest);
    for file in ["files.clj", "app.clj", "windows.clj", "timeline.clj", "shell.clj"] {
        let evaluate = format!(
            "(let [{{:keys [text namespace]}} (system-file {file:?})] (spawn-source {file:?} text namespace) (:reason (next-message 60000)))"
        );
        assert_eq!(guest.lisp(&evaluate), ":normal", "{file}");
    }
    assert_eq!(guest.lisp("(mapv :app (:windows @halt.shell/desktop))"), "[\"counter\" \"repl\"]");
    assert_eq!(
        guest.lisp("[@(app-state \"counter\") (@files \"notes/1\") (pos? (count @halt.shell/snapshots))]"),
        "[41 \"kept\" true]"
    );
}

#[test]
fn the_launcher_works_by_keyboard_and_powers_off() {
    let mut guest = Guest::boot(2, 800, 600, None);
    guest.key(KeyCode::LWin);
    assert_eq!(guest.lisp("(:menu @halt.shell/desktop)"), ":launcher");
    // Up from the first item is the last one: power off.
    guest.key(KeyCode::ArrowUp);
    guest.key(KeyCode::Return);
    assert!(guest.is_powered_off());
}

#[test]
fn an_app_that_was_ended_can_be_restarted() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    let (x, y) = (window(&mut guest, "counter", ":x"), window(&mut guest, "counter", ":y"));
    guest.lisp("(reset! (app-state \"counter\") 41)");
    guest.lisp("(kill (:pid (get @running-apps 1)))");
    guest.sync();
    assert_eq!(guest.lisp("(:error (first (:windows @halt.shell/desktop)))"), "\"the app was ended\"");
    // The strip's button lies at its right end, under the title bar.
    guest.click(x + 220, y + 32 + 20);
    assert_eq!(
        guest.lisp("(:error (first (filter (fn [w] (= 1 (:id w))) (:windows @halt.shell/desktop))))"),
        "nil"
    );
    assert_eq!(guest.lisp("@(app-state \"counter\")"), "0");
}

#[test]
fn tab_and_enter_press_a_button() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    let (x, y) = (window(&mut guest, "counter", ":x"), window(&mut guest, "counter", ":y"));
    guest.click(x + 60, y + 14);
    guest.key(KeyCode::Tab);
    guest.key(KeyCode::Return);
    guest.key(KeyCode::Spacebar);
    assert_eq!(guest.lisp("@(app-state \"counter\")"), "2");
}

#[test]
fn an_app_that_allocates_without_end_is_alone_in_it() {
    let text = "(defapp hog {:title \"Hog\" :state 0}
      (fn [n] (if (= n 1) (loop [all []] (recur (conj all (str \"abc\" (count all))))) [:text \"still\"])))";
    let mut guest = Guest::boot(2, 800, 600, Some(("hog.clj", text)));
    guest.lisp("(reset! (app-state \"hog\") 1)");
    guest.lisp("(send-control (:pid (some (fn [e] (when (= \"hog\" (:app (val e))) (val e))) @running-apps)) {:type :retry})");
    assert_eq!(guest.lisp("(count (vec (range 1000)))"), "1000");
    let mut error = String::from("nil");
    for _ in 0..200 {
        error = guest
            .lisp("(:error (first (filter (fn [w] (= \"hog\" (:app w))) (:windows @halt.shell/desktop))))");
        if error != "nil" {
            break;
        }
        guest.lisp("(sleep 50)");
    }
    assert!(error.contains("out of memory"), "{error}; {:?}", guest.log());
    assert_eq!(guest.lisp("(+ 40 2)"), "42");
}

/// Sequences without an end, a million nodes and values that stand for as many are an error box in the window: the view has
/// not failed, and what is beside them is drawn.
#[test]
fn scenes_without_an_end_are_an_error_box() {
    let text = "(defn part [n] [:text n])
      (defapp vast {:title \"Vast\" :state 0 :place [0 0] :width 400 :height 300}
        (fn [n]
          (case n
            0 [:column [:text \"still\"]]
            1 [:column (map part (range)) [:box {:height 9 :fill 0x123456}]]
            2 [:column (map (fn [i] [part i]) (range 1000000)) [:box {:height 9 :fill 0x123456}]]
            3 [:column (map (fn [i] (map part (range))) (range)) [:box {:height 9 :fill 0x123456}]]
            4 [:column (vec (repeat 30000 nil)) [:box {:height 9 :fill 0x123456}]]
            5 [:column (map (fn [i] [:row (map part (range 1000))]) (range 1000))]
            6 (nth (iterate (fn [x] [:row x x]) [part 1]) 40)
            7 (nth (iterate (fn [x] [:row x x]) \"x\") 40)
            8 [:rich-text (map str (range))])))";
    let mut guest = Guest::boot(2, 800, 600, Some(("vast.clj", text)));
    let danger = 0x00F0_5B6B;
    let has = |guest: &Guest, color: u32| guest.pixels().iter().any(|pixel| pixel & 0xFF_FFFF == color);
    assert!(!has(&guest, danger));
    for state in 1..=8 {
        guest.lisp(&format!("(reset! (app-state \"vast\") {state})"));
        guest.settle();
        assert!(has(&guest, danger), "{state}: {:?}", guest.log());
        // Of a vector that stands among its children, the column itself holds too many.
        assert_eq!(has(&guest, 0x12_3456), state <= 3, "{state}");
        let error = "(:error (first (filter (fn [w] (= \"vast\" (:app w))) (:windows @halt.shell/desktop))))";
        assert_eq!(guest.lisp(error), "nil", "{state}");
        guest.lisp("(reset! (app-state \"vast\") 0)");
        guest.settle();
        assert!(!has(&guest, danger), "{state}");
    }
}

/// Whatever an app says of its window, that has a size to take hold of, and lies on the screen.
#[test]
fn windows_of_wild_sizes_open_as_windows() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for (number, (options, width, height)) in [
        (":width 0 :height 0", 160, 90),
        (":width -50 :height -1000000", 160, 90),
        (":width ##NaN :height ##NaN :place [##NaN ##-Inf]", 160, 90),
        (":width ##Inf :height 1e300 :place [1e300 -5]", 800, 560),
        (":width 9223372036854775807 :height 9223372036854775807", 800, 560),
        (":width 300.5 :height 100 :place [-1000000000 ##NaN]", 300, 132),
        (":width 200 :height 100 :place [1000000000 1000000000]", 200, 132),
    ]
    .into_iter()
    .enumerate()
    {
        let app = format!("wild{number}");
        guest.lisp(&format!(
            "(do (defapp {app} {{:title \"Wild\" :state 0 {options}}} (fn [n] [:text n])) (open-app {app:?}))"
        ));
        guest.settle();
        let [x, y, w, h] = [":x", ":y", ":w", ":h"].map(|key| window(&mut guest, &app, key));
        assert_eq!((w, h), (width, height), "{options}");
        assert!(x >= 0 && y >= 0 && x + w <= 800 && y + h <= 560, "{options}: {x} {y}");
        guest.lisp(
            "(swap! halt.shell/desktop (fn [d] (halt.shell/close d (:id (halt.shell/focused-window d)))))",
        );
        guest.settle();
    }
}

#[test]
fn whoever_changes_the_state_the_window_shows_it() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    let before = guest.pixels();
    guest.lisp("(reset! (app-state \"counter\") 4)");
    guest.sync();
    let after = guest.pixels();
    let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    // Figures are of one width, so nothing but the figure changes.
    assert!((20..600).contains(&changed), "{changed} pixels changed");
    // A new definition keeps the state and shows at once.
    guest.lisp("(defapp counter {:title \"Counter\" :state 0} (fn [n] [:text (str \"now \" n)]))");
    guest.sync();
    assert_ne!(guest.pixels(), after);
    assert_eq!(guest.lisp("@(app-state \"counter\")"), "4");
}

#[test]
fn a_handler_that_throws_keeps_the_picture_and_shows_a_strip() {
    let text = "(defapp fragile {:title \"Fragile\" :state 1 :place [0 0] :width 300 :height 100}
      (fn [n] [:button {:on-click (fn [n] (/ 1 0)) :width 300 :height 100} (str n)]))";
    let mut guest = Guest::boot(2, 800, 600, Some(("fragile.clj", text)));
    guest.click(150, 80);
    guest.sync();
    let error = guest
        .lisp("(:error (first (filter (fn [w] (= \"fragile\" (:app w))) (:windows @halt.shell/desktop))))");
    assert!(error.contains("fragile.clj:2:") && error.contains("divide by zero"), "{error}");
    assert_eq!(guest.lisp("@(app-state \"fragile\")"), "1");
}

/// Clicks the button of a window's error strip that has this place, from the right.
fn press_in_strip(guest: &mut Guest, app: &str, place: usize) {
    let [x, y, w] = [":x", ":y", ":w"].map(|key| window(guest, app, key));
    let buttons = format!(
        "(vec (distinct (keep (fn [x] (:rect (first (filter (fn [hit] (contains? (:handlers hit) :on-click)) (hit-test x {}))))) (range {} {x} -8))))",
        y + 64,
        x + w
    );
    // The strip is painted soon after the desktop holds it.
    guest.eventually(&format!("(< {place} (count {buttons}))"), "true");
    let numbers = guest.lisp(&format!("(nth {buttons} {place})"));
    let numbers: Vec<i32> = numbers.trim_matches(['[', ']']).split(' ').map(|n| n.parse().unwrap()).collect();
    guest.click(numbers[0] + numbers[2] / 2, numbers[1] + numbers[3] / 2);
    guest.sync();
}

#[test]
fn retry_paints_what_failed_when_it_was_opened() {
    let text = "(def ready (atom false))
      (defapp shy {:title \"Shy\" :state 7 :width 420}
        (fn [n] (if @ready [:text (str \"I am \" n)] (throw (ex-info \"not yet\" {})))))";
    let mut guest = Guest::boot(2, 1024, 768, Some(("shy.clj", text)));
    let error = "(:error (first (filter (fn [w] (= \"shy\" (:app w))) (:windows @halt.shell/desktop))))";
    assert!(guest.lisp(error).contains("not yet"));
    press_in_strip(&mut guest, "shy", 0);
    // Once the app has answered everything, nothing but a press makes it try again.
    let rests = "(every? (fn [p] (and (not (contains? #{:ready :running} (:state p))) (zero? (:messages p))))
      (filter (fn [p] (= (:pid p) (:pid (last (sort-by :pid (vals @running-apps)))))) (processes)))";
    guest.eventually(rests, "true");
    assert!(guest.lisp(error).contains("not yet"));
    guest.lisp("(reset! ready true)");
    press_in_strip(&mut guest, "shy", 0);
    guest.eventually(error, "nil");
    let id = window(&mut guest, "shy", ":id");
    guest.eventually(&format!("(mapv :text (window-parts {id}))"), "[\"I am 7\"]");
}

#[test]
fn retry_lets_a_running_app_answer_the_same_event_again() {
    let text = "(defn answer [n] (/ n 0))
      (defapp fragile {:title \"Fragile\" :state 20 :place [0 0] :width 420 :height 100}
        (fn [n] [:button {:on-click (fn [n] (answer n)) :width 420 :height 100} (str n)]))";
    let mut guest = Guest::boot(2, 800, 600, Some(("fragile.clj", text)));
    let error = "(:error (first (filter (fn [w] (= \"fragile\" (:app w))) (:windows @halt.shell/desktop))))";
    guest.click(200, 80);
    guest.sync();
    assert!(guest.lisp(error).contains("divide by zero"));
    // Nobody but the shell makes it try: an app may not act in another's window.
    guest.lisp("(send (:pid (some (fn [e] (when (= \"fragile\" (:app (val e))) (val e))) @running-apps)) {:type :retry})");
    guest.sync();
    assert!(guest.lisp(error).contains("divide by zero"));
    guest.lisp("(defn answer [n] (inc n))");
    press_in_strip(&mut guest, "fragile", 0);
    guest.eventually("@(app-state \"fragile\")", "21");
    guest.eventually(error, "nil");
}

#[test]
fn the_launcher_searches_titles_and_abouts() {
    let mut guest = Guest::boot(1, 800, 600, None);
    let found = |guest: &mut Guest, query: &str| {
        guest.lisp(&format!("(mapv first (halt.shell/found-items {query:?}))"))
    };
    assert_eq!(found(&mut guest, "SETT"), "[\"Settings\"]");
    assert_eq!(found(&mut guest, "wallpaper clock"), "[\"Settings\"]");
    assert_eq!(found(&mut guest, "past"), "[\"Timeline\"]");
    assert_eq!(found(&mut guest, "zebra"), "[]");
    // What begins with the query goes before what only tells of it.
    assert!(found(&mut guest, "re").starts_with("[\"REPL\""));
    assert!(found(&mut guest, "  ").contains("\"Power off\""));
}

#[test]
fn the_tutorial_tells_the_truth() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/TUTORIAL.md")).unwrap();
    let mut answers = 0;
    for block in page.split("```clojure\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        // One block is wrong on purpose.
        if block.contains("frobnicate") {
            assert!(guest.request("eval", block).unwrap_err().contains("frobnicate"));
            continue;
        }
        let value = guest.lisp(block);
        if let Some((_, answer)) = block.split_once(";=> ") {
            assert_eq!(value, answer.trim(), "{block}");
            answers += 1;
        }
    }
    assert!(answers >= 7);
    // The reader's own app runs, and its last program shows a strip.
    let error = "(:error (first (filter (fn [w] (= \"mine\" (:app w))) (:windows @halt.shell/desktop))))";
    guest.eventually(&format!("(clojure.string/includes? (str {error}) \"divide by zero\")"), "true");
    // As the app reads it.
    let parts = "(frequencies (map first (manual-parts (manual-page \"TUTORIAL\"))))";
    assert_eq!(guest.lisp(&format!("(:code {parts})")), page.matches("```clojure").count().to_string());
    assert_eq!(guest.lisp("(manual-page \"NONE\")"), "nil");
}

#[test]
fn pages_of_the_manual_are_read_part_by_part() {
    let mut guest = Guest::boot(1, 640, 480, None);
    let page = "# A\\none\\ntwo [link](x.md)\\n\\n- item\\n  goes on\\n\\n| a | b |\\n|---|---|\\n| c | |\\n\\n    (code)\\n\\n      more\\n\\n```\\nx\\n\\ny";
    assert_eq!(
        guest.lisp(&format!("(manual-parts \"{page}\")")),
        "[[:heading [1 \"A\"]] [:text \"one two link\"] [:item \"item goes on\"] [:row [\"a\" \"b\"]] [:row [\"c\" \"\"]] \
         [:code \"(code)\\n\\n  more\"] [:code \"x\\n\\ny\"]]"
    );
    assert_eq!(guest.lisp("(manual-parts \"\")"), "[]");
}

#[test]
fn themes_change_every_window_and_come_back() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let dark = guest.pixels();
    let settle = |guest: &mut Guest| {
        guest.lisp("(sleep 50)");
        guest.sync();
        guest.pixels()
    };
    let (x, y) = (window(&mut guest, "counter", ":x"), window(&mut guest, "counter", ":y"));
    let inside = ((y + 120) * 800 + x + 8) as usize;
    assert_eq!(dark[inside], 0xFF1E_2230);
    guest.lisp("(change-settings! {:theme :light :wallpaper :bloom})");
    let light = settle(&mut guest);
    assert_eq!(light[inside], 0xFFFA_FBFD);
    guest.lisp("(change-settings! {:theme :high-contrast})");
    assert_eq!(settle(&mut guest)[inside], 0xFF00_0000);
    // What is opened now has the theme from the start.
    guest.lisp("(open-app \"counter\")");
    settle(&mut guest);
    assert!(guest.pixels().iter().all(|pixel| *pixel != 0xFF1E_2230));
    guest.lisp("(send-shell {:type :key :key :f4 :alt true})");
    guest.lisp("(change-settings! {:theme :dark :wallpaper :dusk :utc-offset 0})");
    guest.eventually("(count (:windows @halt.shell/desktop))", "2");
    let again = settle(&mut guest);
    assert_eq!(again[inside], 0xFF1E_2230);
    // Every wallpaper can be drawn at any size.
    let drawn = guest.lisp(
        "(every? (fn [[_ paper]] (every? (fn [[w h]] (sequential? (doall ((:draw paper) w h)))) [[0 0] [1 1] [640 480] [3840 2160]])) halt.shell/wallpapers)",
    );
    assert_eq!(drawn, "true");
    assert!(guest.log().iter().all(|line| !line.contains("shell:")), "{:?}", guest.log());
}

#[test]
fn settings_take_only_what_will_do() {
    let mut guest = Guest::boot(1, 800, 600, None);
    let after = |guest: &mut Guest, change: &str| {
        guest.lisp(&format!("(mapv (:settings (halt.shell/change-settings @halt.shell/desktop {change})) [:theme :accent :utc-offset])"))
    };
    assert_eq!(after(&mut guest, "{:theme :light}"), "[:light :blue 0]");
    let same = "[:dark :blue 0]";
    for change in ["{}", "{:theme :pink}", "{:accent 3 :utc-offset 841}", "{:colour :red \"theme\" :light}"] {
        assert_eq!(after(&mut guest, change), same, "{change}");
    }
    // Who was handed nothing changes nothing.
    let refused = "(let [me (self)] (spawn (fn [] (send me (try (change-settings! {:theme :light}) (catch :default e (:type e)))))) (next-message 5000))";
    assert_eq!(guest.lisp(refused), ":not-permitted");
    assert!(guest.request("eval", "(change-settings! {:theme inc})").is_err());
    assert!(guest.request("eval", "(set-theme! :pale)").is_err());
    assert!(guest.request("eval", "(set-theme! :dark {:accent :blue})").is_err());
}

#[test]
fn a_drag_ends_where_the_button_was_released() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    let (x, y) = (window(&mut guest, "counter", ":x"), window(&mut guest, "counter", ":y"));
    guest.fast_drag((x + 60, y + 14), (x + 190, y + 114));
    assert_eq!(
        (window(&mut guest, "counter", ":x"), window(&mut guest, "counter", ":y")),
        (x + 130, y + 100)
    );
}

#[test]
fn floods_of_messages_and_processes_are_bounded() {
    let mut guest = Guest::boot(2, 800, 600, None);
    assert_eq!(guest.lisp("(do (dotimes [i 20000] (send (self) i)) (send (self) :one-more))"), "false");
    let flood = "(let [me (self)]
       (spawn (fn [] (try (loop [] (spawn sleep 100000) (recur))
                          (catch :default e (send me (error-text e)) (next-message)))))
       (next-message 60000))";
    let error = guest.lisp(flood);
    assert!(error.contains("as many processes"), "{error}");
    // There is still a place for the REPL.
    assert_eq!(guest.lisp("(+ 40 2)"), "42");
}

#[test]
fn what_is_spawned_at_a_repl_lives_on() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let pid = guest.lisp("(spawn (fn [] (loop [] (sleep 10) (recur))))");
    guest.lisp("(sleep 50)");
    let living = format!("(count (filter (fn [p] (= {pid} (:pid p))) (processes)))");
    assert_eq!(guest.lisp(&living), "1");
    assert_eq!(guest.lisp(&format!("(kill {pid})")), "true");
    guest.lisp("(sleep 20)");
    assert_eq!(guest.lisp(&living), "0");
}

#[test]
fn the_swarm_flies_and_its_switches_work() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    guest.lisp("(open-app \"swarm\")");
    // Its processes are loaded with it.
    let flying = "(count (filter (fn [p] (= \"fly\" (:name p))) (processes)))";
    guest.eventually(flying, "2000");
    let first = "(first (val (first (sort-by key (:parts @(app-state \"swarm\"))))))";
    guest.eventually("(boolean (seq (:parts @(app-state \"swarm\"))))", "true");
    let before = guest.lisp(first);
    guest.eventually(&format!("(= {first} {before})"), "false");
    let place = guest.lisp(
        "(let [w (last (:windows @halt.shell/desktop))] (mapv (fn [c] (:rect c)) (focusables (:id w))))",
    );
    let numbers: Vec<i32> =
        place.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    // The controls in order: one worker, two workers, tint; each is x y width height.
    guest.click(numbers[0] + 5, numbers[1] + 5);
    guest.eventually("(figures :workers)", "1");
    guest.click(numbers[8] + 5, numbers[9] + 5);
    guest.eventually("(figures :tint)", "1");
    guest.click(numbers[4] + 5, numbers[5] + 5);
    guest.eventually("(figures :workers)", "2");
    // Closing it ends its processes and forgets its state.
    guest.lisp("(send-shell {:type :key :key :f4 :alt true})");
    guest.eventually("(app-state \"swarm\")", "nil");
    guest.eventually(flying, "0");
}

#[test]
fn windows_tile_by_keyboard_and_by_dragging_to_an_edge() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    let rect = |guest: &mut Guest| [":x", ":y", ":w", ":h"].map(|key| window(guest, "repl", key));
    let before = rect(&mut guest);
    let send = |guest: &mut Guest, key: &str| {
        guest.lisp(&format!("(send-shell {{:type :key :key {key} :super true}})"));
        guest.sync();
    };
    send(&mut guest, ":left");
    assert_eq!(rect(&mut guest), [0, 0, 512, 728]);
    send(&mut guest, ":up");
    assert_eq!(rect(&mut guest), [0, 0, 512, 364]);
    send(&mut guest, ":up");
    assert_eq!(rect(&mut guest), [0, 0, 1024, 728]);
    send(&mut guest, ":down");
    assert_eq!(rect(&mut guest), before);
    // Its title bar dragged to the right edge: a preview first, then the half.
    let (x, y) = (before[0] + 60, before[1] + 14);
    guest.move_to(x, y);
    guest.button(true);
    guest.move_to(900, 300);
    guest.move_to(1023, 300);
    assert_eq!(guest.lisp("(:snap @halt.shell/desktop)"), ":right");
    guest.button(false);
    assert_eq!(rect(&mut guest), [512, 0, 512, 728]);
    // Pulled out of the tile, it has its old size again.
    guest.drag((600, 10), (400, 200));
    let out = rect(&mut guest);
    assert_eq!([out[2], out[3]], [before[2], before[3]]);
    assert!(out[0] <= 400 && 400 < out[0] + out[2], "{out:?}");
    // A double click on the title fills the screen.
    guest.click(out[0] + 60, out[1] + 14);
    guest.click(out[0] + 60, out[1] + 14);
    assert_eq!(rect(&mut guest), [0, 0, 1024, 728]);
}

#[test]
fn workspaces_hold_windows_apart() {
    let mut guest = Guest::boot(2, 800, 600, None);
    guest.lisp("(send-shell {:type :key :key :2 :super true :shift true})");
    guest.sync();
    assert_eq!(window(&mut guest, "repl", ":workspace"), 1);
    assert_eq!(guest.lisp("(:app (halt.shell/focused-window @halt.shell/desktop))"), "\"counter\"");
    guest.lisp("(send-shell {:type :key :key :2 :super true})");
    guest.sync();
    assert_eq!(guest.lisp("(:app (halt.shell/focused-window @halt.shell/desktop))"), "\"repl\"");
    guest.lisp("(send-shell {:type :key :key :3 :super true})");
    guest.sync();
    assert_eq!(guest.lisp("(halt.shell/focused-window @halt.shell/desktop)"), "nil");
}

#[test]
fn the_launcher_finds_what_is_typed() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for code in [KeyCode::LWin, KeyCode::S, KeyCode::W, KeyCode::A, KeyCode::Return] {
        guest.key(code);
    }
    assert_eq!(guest.lisp("(:menu @halt.shell/desktop)"), "nil");
    assert_eq!(guest.lisp("(:app (halt.shell/focused-window @halt.shell/desktop))"), "\"swarm\"");
    // What nothing is called opens nothing.
    for code in [KeyCode::LWin, KeyCode::Q, KeyCode::Q, KeyCode::Return] {
        guest.key(code);
    }
    assert_eq!(guest.lisp("(count (:windows @halt.shell/desktop))"), "3");
    guest.key(KeyCode::Escape);
    // The keys of a window's menu: the last item closes it.
    guest.lisp("(send-shell {:type :key :key :menu})");
    guest.key(KeyCode::ArrowUp);
    guest.key(KeyCode::Return);
    guest.sync();
    assert_eq!(guest.lisp("(count (:windows @halt.shell/desktop))"), "2");
}

/// The app of the window in front.
fn front(guest: &mut Guest) -> String {
    guest.lisp("(:app (halt.shell/focused-window @halt.shell/desktop))")
}

fn send(guest: &mut Guest, message: &str) {
    guest.lisp(&format!("(send-shell {message})"));
    guest.sync();
}

#[test]
fn alt_and_tab_choose_a_window() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    guest.lisp("(open-app \"swarm\")");
    guest.sync();
    let tab = "{:type :key :key :tab :alt true}";
    // Once is the window before; it comes to the front when Alt is let go.
    send(&mut guest, tab);
    assert_eq!(front(&mut guest), "\"swarm\"");
    send(&mut guest, "{:type :key-up :key :alt}");
    assert_eq!(front(&mut guest), "\"repl\"");
    // Round to the end and back by Shift; what closes meanwhile is harmless.
    for _ in 0..4 {
        send(&mut guest, tab);
    }
    send(&mut guest, "{:type :key :key :tab :alt true :shift true}");
    send(&mut guest, "{:type :key-up :key :alt}");
    assert_eq!(front(&mut guest), "\"repl\"");
    send(&mut guest, tab);
    send(&mut guest, "{:type :key :key :escape :alt true}");
    send(&mut guest, "{:type :key-up :key :alt}");
    assert_eq!(front(&mut guest), "\"repl\"");
    // A minimised window is the last to choose, and comes back.
    send(&mut guest, "{:type :key :key :m :alt true}");
    send(&mut guest, "{:type :key :key :tab :alt true :shift true}");
    send(&mut guest, "{:type :key-up :key :alt}");
    assert_eq!(front(&mut guest), "\"repl\"");
    send(&mut guest, "{:type :key-up :key :alt}");
}

#[test]
fn the_windows_to_choose_from_are_alive() {
    let mut guest = Guest::boot(2, 1024, 768, None);
    send(&mut guest, "{:type :key :key :tab :alt true}");
    // The panel lies in the middle of the screen, away from the counter's window.
    let panel = |guest: &Guest| -> Vec<u32> {
        let pixels = guest.pixels();
        (290..470).flat_map(|y| pixels[y * 1024 + 330..y * 1024 + 740].to_vec()).collect()
    };
    let before = panel(&guest);
    guest.lisp("(reset! (app-state \"counter\") 1234567)");
    let mut after = before.clone();
    for _ in 0..400 {
        guest.sync();
        after = panel(&guest);
        if after != before {
            break;
        }
        guest.lisp("(sleep 10)");
    }
    assert_ne!(before, after);
    // What is small cannot be pressed: the card is.
    guest.click(512 - 120, 384);
    assert_eq!(guest.lisp("(:switch @halt.shell/desktop)"), "nil");
    assert_eq!(front(&mut guest), "\"repl\"");
    assert_eq!(guest.lisp("@(app-state \"counter\")"), "1234567");
}

#[test]
fn notices_show_and_stay_in_a_list() {
    let mut guest = Guest::boot(2, 640, 480, None);
    let before = guest.pixels();
    guest.lisp("(do (dotimes [i 60] (notify! (str \"Build \" i) (apply str (repeat 500 \"x\")))) (notify! nil {:a 1}))");
    guest.sync();
    assert_ne!(before, guest.pixels());
    let count = |guest: &mut Guest, of: &str| guest.lisp(&format!("(count ({of} @halt.shell/desktop))"));
    assert_eq!((count(&mut guest, ":notices"), count(&mut guest, ":toasts")), ("50".into(), "3".into()));
    assert_eq!(guest.lisp("(count (:text (nth (:notices @halt.shell/desktop) 3)))"), "200");
    send(&mut guest, "{:type :key :key :n :super true}");
    assert_eq!(guest.lisp("(:unread @halt.shell/desktop)"), "0");
    // Enter dismisses the chosen one, the newest first.
    send(&mut guest, "{:type :key :key :down}");
    send(&mut guest, "{:type :key :key :enter}");
    assert_eq!(count(&mut guest, ":notices"), "49");
    assert_eq!(guest.lisp("(:title (peek (pop (:notices @halt.shell/desktop))))"), "\"Build 58\"");
    // A toast goes when its time is over.
    assert_eq!(
        guest.lisp("(:toasts (halt.shell/expire-toasts {:toasts [{:until-us 5} {:until-us 6}]} 5))"),
        "[{:until-us 6}]"
    );
    assert!(guest.log().iter().all(|line| !line.contains("shell:")), "{:?}", guest.log());
}

#[test]
fn the_calendar_knows_its_days() {
    let mut guest = Guest::boot(1, 640, 480, None);
    let dates = "(mapv halt.shell/days->date [0 -1 11016 19782 20785])";
    assert_eq!(guest.lisp(dates), "[[1970 1 1] [1969 12 31] [2000 2 29] [2024 2 29] [2026 11 28]]");
    // There and back for eleven centuries.
    let back = "(every? (fn [days] (= days (apply halt.shell/date->days (halt.shell/days->date days)))) (range -200000 200000 7))";
    assert_eq!(guest.lisp(back), "true");
    let weeks = "(let [w (halt.shell/month-weeks [2024 2])] [(count w) (first w) (peek w)])";
    assert_eq!(guest.lisp(weeks), "[5 [nil nil nil 1 2 3 4] [26 27 28 29 nil nil nil]]");
    assert_eq!(
        guest.lisp("(map (partial halt.shell/month-after [2026 11]) [-23 -11 1 2])"),
        "([2024 12] [2025 12] [2026 12] [2027 1])"
    );
    guest.lisp("(swap! halt.shell/desktop assoc :now 1795000000)");
    send(&mut guest, "{:type :key :key :c :super true}");
    for key in [":left", ":up", ":right", ":right"] {
        send(&mut guest, &format!("{{:type :key :key {key}}}"));
    }
    assert_eq!(guest.lisp("(:month-step @halt.shell/desktop)"), "-11");
    send(&mut guest, "{:type :key :key :escape}");
    assert_eq!(guest.lisp("(:menu @halt.shell/desktop)"), "nil");
    assert!(guest.log().iter().all(|line| !line.contains("shell:")), "{:?}", guest.log());
}

#[test]
fn any_value_is_copied_from_app_to_app() {
    let app = "(defapp taker {:title \"Taker\" :state :nothing} \
               (fn [s] [:column {:on-key (fn [s event] (if (contains? event :clipboard) \
               [(:clipboard event) (edit-op event)] s))} [:text (pr-str s)]]))";
    let mut guest = Guest::boot(2, 800, 600, Some(("taker.clj", app)));
    let paste = "{:type :key :key :v :ctrl true}";
    send(&mut guest, paste);
    guest.eventually("@(app-state \"taker\")", "[nil nil]");
    guest.lisp("(copy! {:any [1 2 #{3}]})");
    send(&mut guest, paste);
    guest.eventually("@(app-state \"taker\")", "[{:any [1 2 #{3}]} nil]");
    // Text is what an edit inserts.
    guest.lisp("(copy! \"words\")");
    send(&mut guest, paste);
    guest.eventually("@(app-state \"taker\")", "[\"words\" [:insert \"words\"]]");
}

#[test]
fn an_app_has_a_menu_of_its_own() {
    let app = "(defapp menued {:title \"Menued\" :state 1 :place [0 0] \
               :menu [[\"Double\" (fn [n] (* 2 n))] [:not \"a handler\"] 7 [\"Note\" (fn [n e] (:type e))]]} \
               (fn [n] [:text (str n)]))";
    let mut guest = Guest::boot(2, 800, 600, Some(("menued.clj", app)));
    let right_click = |guest: &mut Guest, x, y| {
        for kind in [":pointer-down", ":pointer-up"] {
            send(guest, &format!("{{:type {kind} :x {x} :y {y} :button :right :time-us 0}}"));
        }
    };
    right_click(&mut guest, 200, 100);
    assert_eq!(
        guest.lisp("(mapv first (halt.shell/menu-items @halt.shell/desktop))"),
        "[\"Double\" \"Note\"]"
    );
    send(&mut guest, "{:type :key :key :enter}");
    guest.eventually("@(app-state \"menued\")", "2");
    // The title's menu has them as well, before what can be done with any window.
    right_click(&mut guest, 60, 12);
    send(&mut guest, "{:type :key :key :down}");
    send(&mut guest, "{:type :key :key :enter}");
    guest.eventually("@(app-state \"menued\")", ":menu");
}

#[test]
fn the_print_key_asks_for_a_picture() {
    let mut guest = Guest::boot(1, 640, 480, None);
    guest.key(KeyCode::PrintScreen);
    guest.wait_for_log("halt: screenshot");
}

#[test]
fn gauges_move_in_steps() {
    let mut guest = Guest::boot(2, 640, 480, None);
    let read = |us: u64, idle: &str, frames: u64, free: u64| {
        format!("{{:time-us {us} :idle-us {idle} :frames {frames} :free {free} :arena 800}}")
    };
    let source = format!(
        "(halt.shell/gauges {} {})",
        read(0, "[0 0]", 0, 800),
        read(1_000_000, "[1000000 250000]", 3, 400)
    );
    let seen = guest.lisp(&format!("((juxt :load :memory :painting?) {source})"));
    assert_eq!(seen, "[[0 6] 4 true]");
    // They show within seconds of time, whatever the figures are.
    for _ in 0..200 {
        if guest.lisp("(count (:load (:gauges @halt.shell/desktop)))") == "2" {
            return;
        }
        guest.lisp("(sleep 50)");
    }
    panic!("no gauges");
}

#[test]
fn fifty_windows_stay_usable() {
    let mut guest = Guest::boot(2, 640, 480, None);
    guest.lisp("(dotimes [i 49] (open-app \"counter\"))");
    guest.sync();
    assert_eq!(guest.lisp("(:title (peek (:windows @halt.shell/desktop)))"), "\"Counter 50\"");
    // One button for all of them; its list reaches each by keyboard, by wheel and by pointer.
    let group = "(some (fn [hit] (:on-click (:handlers hit))) (hit-test 190 460))";
    guest.lisp(&format!("(swap! halt.shell/desktop (fn [d] ({group} d {{:left 175}})))"));
    assert_eq!(guest.lisp("(count (halt.shell/menu-items @halt.shell/desktop))"), "50");
    send(&mut guest, "{:type :paint}");
    send(&mut guest, "{:type :wheel :x 240 :y 200 :notches -3}");
    assert_eq!(guest.lisp("(:menu-at @halt.shell/desktop)"), "3");
    send(&mut guest, "{:type :key :key :end}");
    send(&mut guest, "{:type :key :key :up}");
    send(&mut guest, "{:type :key :key :enter}");
    assert_eq!(guest.lisp("(:title (halt.shell/focused-window @halt.shell/desktop))"), "\"Counter 49\"");
    assert_eq!(guest.lisp("(halt.shell/window-of-rows 50 49 9)"), "[41 50]");
    assert_eq!(guest.lisp("(halt.shell/window-of-rows 3 0 9)"), "[0 3]");
    assert!(guest.log().iter().all(|line| !line.contains("shell:")), "{:?}", guest.log());
}

/// Forgets the past, and has no more of it recorded but by `record`: the shell does it by itself whenever 0.4 s have gone by.
fn forget_the_past(guest: &mut Guest) {
    guest.lisp("(var-root* #'halt.shell/snapshot-us 1000000000000000)");
    guest.settle();
    guest.lisp("(reset! halt.shell/snapshots [])");
}

/// Records a snapshot now.
fn record(guest: &mut Guest) {
    let after = "(+ (:time-us (peek @halt.shell/snapshots) 0) halt.shell/snapshot-us)";
    guest.lisp(&format!("(halt.shell/record! @halt.shell/desktop {after})"));
}

#[test]
fn the_past_comes_back_and_nothing_is_lost_by_it() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let counter = "@(app-state \"counter\")";
    forget_the_past(&mut guest);
    record(&mut guest);
    for n in [1, 2] {
        guest.lisp(&format!("(reset! (app-state \"counter\") {n})"));
        record(&mut guest);
    }
    // A window moves, then the counter is closed; another app is opened.
    send(&mut guest, "{:type :key :key :right :alt true}");
    record(&mut guest);
    guest.lisp("(swap! halt.shell/desktop (fn [d] (halt.shell/raise d 1)))");
    send(&mut guest, "{:type :key :key :f4 :alt true}");
    guest.lisp("(open-app \"swarm\")");
    guest.sync();
    record(&mut guest);
    assert_eq!(guest.lisp("(app-state \"counter\")"), "nil");

    // The timeline: to the beginning, then two steps on.
    send(&mut guest, "{:type :key :key :t :super true}");
    send(&mut guest, "{:type :key :key :home}");
    guest.eventually(counter, "0");
    assert_eq!(guest.lisp("(mapv :app (:windows @halt.shell/desktop))"), "[\"counter\" \"repl\"]");
    for _ in 0..2 {
        send(&mut guest, "{:type :key :key :right}");
    }
    guest.eventually(counter, "2");
    // Escape is now again: the counter closed, the swarm open.
    send(&mut guest, "{:type :key :key :escape}");
    guest.eventually("(mapv :app (:windows @halt.shell/desktop))", "[\"repl\" \"swarm\"]");
    assert_eq!(guest.lisp("(app-state \"counter\")"), "nil");

    // Going on from the past: what came after it is still there.
    send(&mut guest, "{:type :key :key :t :super true}");
    send(&mut guest, "{:type :key :key :home}");
    send(&mut guest, "{:type :key :key :right}");
    send(&mut guest, "{:type :key :key :enter}");
    guest.eventually(counter, "1");
    let before: usize = guest.lisp("(count @halt.shell/snapshots)").parse().unwrap();
    record(&mut guest);
    assert_eq!(guest.lisp("(count @halt.shell/snapshots)"), (before + 1).to_string());
    // It is an app like any other: a click counts on.
    let (x, y) = (window(&mut guest, "counter", ":x"), window(&mut guest, "counter", ":y"));
    guest.lisp("(swap! halt.shell/desktop (fn [d] (halt.shell/raise d 1)))");
    send(&mut guest, "{:type :paint}");
    guest.click(x + 110, y + 32 + 55);
    guest.eventually(counter, "2");
    assert!(guest.log().iter().all(|line| !line.contains("shell:")), "{:?}", guest.log());
}

#[test]
fn one_app_goes_back_alone() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for n in 1..4 {
        guest.lisp(&format!("(reset! (app-state \"counter\") {n})"));
        guest.lisp(&format!("(swap! (app-state \"repl\") assoc :mark {n})"));
        record(&mut guest);
    }
    guest.lisp("(swap! halt.shell/desktop (fn [d] (halt.shell/open-timeline d 1)))");
    let at: usize = guest.lisp("(:at (:travel @halt.shell/desktop))").parse().unwrap();
    guest.lisp("(swap! halt.shell/desktop dissoc :fx)");
    send(&mut guest, "{:type :key :key :left}");
    send(&mut guest, "{:type :key :key :left}");
    assert_eq!(guest.lisp("(:at (:travel @halt.shell/desktop))"), (at - 2).to_string());
    send(&mut guest, "{:type :key :key :enter}");
    guest.eventually("[@(app-state \"counter\") (:mark @(app-state \"repl\"))]", "[1 3]");
}

#[test]
fn a_fork_is_kept_or_dropped() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let change = |guest: &mut Guest| guest.lisp("(reset! (app-state \"counter\") 9)");
    let act = |guest: &mut Guest, what: &str| {
        guest.lisp(&format!(
            "(swap! halt.shell/desktop (fn [d] (let [d (halt.shell/{what} d)] \
             (doseq [effect (:fx d)] (apply (first effect) (rest effect))) (dissoc d :fx))))"
        ));
    };
    act(&mut guest, "fork-desktop");
    change(&mut guest);
    act(&mut guest, "drop-fork");
    guest.eventually("[@(app-state \"counter\") (:fork @halt.shell/desktop)]", "[0 nil]");
    act(&mut guest, "fork-desktop");
    change(&mut guest);
    act(&mut guest, "keep-fork");
    guest.eventually("[@(app-state \"counter\") (:fork @halt.shell/desktop)]", "[9 nil]");
}

/// Each snapshot keeps a megabyte that no other has: many times the memory in all.
#[test]
fn the_past_gives_way_where_memory_is_short() {
    let mut guest = Guest::boot(2, 640, 480, None);
    forget_the_past(&mut guest);
    for n in 0..400 {
        let state = format!("(swap! (app-state \"repl\") assoc :mark (vec (range {n} (+ {n} 125000))))");
        guest.lisp(&format!("(do {state} nil)"));
        record(&mut guest);
    }
    let kept: usize = guest.lisp("(count @halt.shell/snapshots)").parse().unwrap();
    assert!((4..96).contains(&kept), "{kept} megabytes of the past are kept");
    let newest = "(first (get-in (peek @halt.shell/snapshots) [:states 2 :mark]))";
    assert_eq!(guest.lisp(newest), "399", "{:?}", guest.log());
    assert!(guest.log().iter().all(|line| !line.contains("memory")), "{:?}", guest.log());
}

#[test]
fn the_past_thins_out_and_never_grows_without_end() {
    let mut guest = Guest::boot(1, 640, 480, None);
    let kept = "(let [all (reduce (fn [all i] (halt.shell/thin (conj all i))) [] (range 5000))] \
                [(<= (count all) halt.shell/snapshots-max) (first all) (peek all) (apply < all)])";
    assert_eq!(guest.lisp(kept), "[true 0 4999 true]");
    assert_eq!(
        guest.lisp("(mapv (fn [n] (halt.shell/halve (vec (range n)))) [0 1 2 7])"),
        "[[] [0] [1] [0 2 4 6]]"
    );
    assert_eq!(guest.lisp("(mapv (fn [x] (halt.shell/track-at x 100 10)) [-5 0 10 99 200])"), "[0 0 1 9 9]");
}

#[test]
fn menus_and_notices_come_and_go_gradually_and_cost_nothing_at_rest() {
    let mut guest = Guest::boot(2, 800, 600, None);
    // Slow enough for any machine; the gauges do not count.
    guest.lisp(
        "(do (def paints (atom 0))
             (let [paint! halt.shell/paint-desktop!]
               (var-root* #'halt.shell/paint-desktop! (fn [cache] (swap! paints inc) (paint! cache))))
             (var-root* #'halt.shell/gauges-us 1000000000000)
             (var-root* #'halt.shell/fade-ms 400) (var-root* #'halt.shell/toast-ms 400))",
    );
    let still = "(nil? @halt.shell/moving)";
    let at_rest = |guest: &mut Guest| {
        guest.eventually(still, "true");
        guest.lisp("(reset! paints 0)");
        guest.lisp("(sleep 300)");
        assert_eq!(guest.lisp("@paints"), "0");
    };
    at_rest(&mut guest);
    for shown in [":launcher", "nil"] {
        guest.key(KeyCode::LWin);
        assert_eq!(guest.lisp("(:menu @halt.shell/desktop)"), shown);
        guest.eventually("(< 2 @paints)", "true");
        at_rest(&mut guest);
    }
    // What has gone is drawn no more, and not to be hit while it goes.
    assert_eq!(guest.lisp("(filter (fn [hit] (= :menu (:key hit))) (hit-test 100 500))"), "()");
    // A toast comes; while it only stays, nothing is painted.
    send(&mut guest, "{:type :notify :title \"Timer\" :text \"over\"}");
    guest.eventually("(< 2 @paints)", "true");
    guest.eventually("(< (+ 1000 (quot (time-us) 1000)) @halt.shell/moving)", "true");
    guest.lisp("(reset! paints 0)");
    guest.lisp("(sleep 300)");
    assert_eq!(guest.lisp("@paints"), "0");
    // It goes, and is gone.
    guest.lisp("(swap! halt.shell/desktop update :toasts (fn [toasts] (mapv (fn [toast] (assoc toast :until-us (+ 900000 (time-us)))) toasts)))");
    guest.lisp("(send-shell {:type :paint})");
    guest.eventually("(count (:toasts @halt.shell/desktop))", "0");
    assert_eq!(guest.lisp("(< 3 @paints)"), "true");
    assert!(guest.log().iter().all(|line| !line.contains("shell:")), "{:?}", guest.log());
}

#[test]
fn states_of_a_megabyte_give_way_before_memory_is_full() {
    // 96 MiB of memory, and no state shares anything with another.
    let text = "(defn grown [{n :n}] {:n (inc n) :load (vec (range n (+ n 120000)))})
      (defapp heavy {:title \"Heavy\" :state {:n 0}} (fn [state] [:text (str (:n state))]))";
    let mut guest = Guest::boot(2, 640, 480, Some(("heavy.clj", text)));
    let tell = |message: &str| {
        format!(
            "(send-control (:pid (first (filter (fn [run] (= \"heavy\" (:app run))) (vals @running-apps)))) {message})"
        )
    };
    let pressed = tell("{:type :update :fn user/grown}");
    for n in 1..=150 {
        guest.lisp(&pressed);
        guest.settle();
        assert_eq!(guest.lisp("(:n @(app-state \"heavy\"))"), n.to_string(), "{:#?}", guest.log());
    }
    // The newest change can still be undone.
    guest.lisp(&tell("{:type :undo}"));
    guest.settle();
    assert_eq!(guest.lisp("(:n @(app-state \"heavy\"))"), "149");
}
