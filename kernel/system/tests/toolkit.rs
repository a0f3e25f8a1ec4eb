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

#[test]
fn events_of_the_pointer_tell_place_size_and_clicks() {
    let app = "(defn note [s event] (conj s (mapv event [:type :x :y :width :height :clicks]))) \
               (defapp noted {:title \"Noted\" :state []} (fn [s] [:stack [:box {:x 10 :y 20 :width 80 :height 40 :fill :panel \
               :on-pointer-down note :on-pointer-up note :on-hover note :on-pointer-enter note :on-pointer-leave note :on-context note}]]))";
    let (mut guest, x, y) = with_app(app);
    let newest = "(take-last 1 @(app-state \"noted\"))";
    guest.move_to(x + 15, y + 27);
    guest.eventually("@(app-state \"noted\")", "[[:pointer-enter 5 7 80 40 nil] [:hover 5 7 80 40 nil]]");
    guest.move_to(x + 5, y + 5);
    guest.eventually(newest, "([:pointer-leave -5 -15 80 40 nil])");
    guest.drag((x + 15, y + 27), (x + 200, y + 28));
    guest.eventually(newest, "([:pointer-up 190 8 80 40 nil])");
    let down = format!(
        "(send-shell {{:type :pointer-down :button :left :x {} :y {} :time-us 900000000}})",
        x + 15,
        y + 27
    );
    guest.lisp(&down);
    guest.lisp(&down);
    guest.eventually(newest, "([:pointer-down 5 7 80 40 2])");
    guest.lisp(&down.replace(":left", ":right"));
    guest.eventually(newest, "([:context 5 7 80 40 nil])");
    assert_eq!(guest.lisp("(:menu @halt.shell/desktop)"), "nil");
}

#[test]
fn a_tick_that_changes_nothing_is_nothing_to_undo() {
    let app = "(def ticks (atom 0)) \
               (defapp ticking {:title \"Ticking\" :state 0 :tick-ms 1 :on-tick (fn [n] (swap! ticks inc) n)} \
               (fn [n] [:button {:on-click inc} (str n)]))";
    let (mut guest, x, y) = with_app(app);
    guest.click(x + 20, y + 20);
    guest.eventually("@(app-state \"ticking\")", "1");
    guest.lisp("(reset! ticks 0)");
    guest.eventually("(< 5 @ticks)", "true");
    guest.lisp(
        "(send-control (:pid (some (fn [run] (when (= \"ticking\" (:app run)) run)) (vals @running-apps))) {:type :undo})");
    guest.eventually("@(app-state \"ticking\")", "0");
}

/// What is typed goes in character by character.
fn type_text(guest: &mut Guest, text: &str) {
    for c in text.chars() {
        press(guest, &format!("{{:type :key :key :other :text {:?}}}", c.to_string()));
    }
}

fn press(guest: &mut Guest, message: &str) {
    guest.lisp(&format!("(send-shell {message})"));
}

fn key(guest: &mut Guest, key: &str, held: &str) {
    press(guest, &format!("{{:type :key :key {key} {held}}}"));
}

const FORM: &str = "(defapp form {:title \"Form\" :state {:name \"\" :city \"Rome\" :keys [] :saved 0} :width 300 :height 200} \
     (fn [s] [:column {:gap 8 :pad 8 :on-key (fn [s e] (update s :keys conj (:key e)))} \
       [:input {:key :name :value (:name s) :on-change (fn [s text] (assoc s :name text)) :on-enter (fn [s] (update s :saved inc))}] \
       [:input {:key :city :value (:city s) :on-change (fn [s text] (if (= text \"no\") s (assoc s :city text))) \
                :on-focus (fn [s] (update s :keys conj :focused)) :on-blur (fn [s] (update s :keys conj :blurred))}] \
       [:button {:on-click (fn [s] (assoc s :saved 100))} \"Save\"]]))";

#[test]
fn a_field_is_edited_without_a_word_of_the_app() {
    let (mut guest, _, _) = with_app(FORM);
    let name = "(:name @(app-state \"form\"))";
    type_text(&mut guest, "hello wurld");
    guest.eventually(name, "\"hello wurld\"");
    for (pressed, held, wanted) in [
        (":left", "", "hello wurld"),
        (":left", "", "hello wurld"),
        (":left", "", "hello wurld"),
        (":backspace", "", "hello wrld"),
        (":z", ":ctrl true", "hello wurld"),
        (":y", ":ctrl true", "hello wrld"),
        (":home", "", "hello wrld"),
        (":delete", ":ctrl true", " wrld"),
        (":z", ":ctrl true", "hello wrld"),
        (":end", ":shift true", "hello wrld"),
        (":x", ":ctrl true", ""),
        (":v", ":ctrl true", "hello wrld"),
        (":v", ":ctrl true", "hello wrldhello wrld"),
    ] {
        key(&mut guest, pressed, held);
        guest.eventually(name, &format!("{wanted:?}"));
    }
    // What no field takes is the node's, then the app's.
    key(&mut guest, ":enter", "");
    guest.eventually("(:saved @(app-state \"form\"))", "1");
    key(&mut guest, ":up", "");
    guest.eventually("(:keys @(app-state \"form\"))", "[:up]");
    assert!(guest.log().iter().all(|line| !line.contains("form:")), "{:?}", guest.log());
}

#[test]
fn tab_goes_from_field_to_field_and_what_an_app_refuses_is_not_shown() {
    let (mut guest, x, y) = with_app(FORM);
    let city = "(:city @(app-state \"form\"))";
    key(&mut guest, ":tab", "");
    // A field that comes by keyboard is selected.
    type_text(&mut guest, "n");
    guest.eventually(city, "\"n\"");
    type_text(&mut guest, "o");
    // The app has refused that: it is as if it had not been typed.
    type_text(&mut guest, "t");
    guest.eventually(city, "\"nt\"");
    key(&mut guest, ":tab", "");
    key(&mut guest, ":space", "");
    guest.eventually("(:saved @(app-state \"form\"))", "100");
    key(&mut guest, ":tab", ":shift true");
    guest.eventually("(:keys @(app-state \"form\"))", "[:focused :blurred :focused]");
    // A click places the caret, a double click selects the word.
    guest.click(x + 8 + 11 + 100, y + 8 + 16);
    type_text(&mut guest, "a b");
    guest.eventually("(:name @(app-state \"form\"))", "\"a b\"");
    guest.lisp("(sleep 500)");
    guest.click(x + 8 + 12, y + 8 + 16);
    guest.click(x + 8 + 12, y + 8 + 16);
    type_text(&mut guest, "x");
    guest.eventually("(:name @(app-state \"form\"))", "\"x b\"");
    guest.drag((x + 8 + 11 + 8, y + 8 + 16), (x + 300, y + 8 + 16));
    key(&mut guest, ":delete", "");
    guest.eventually("(:name @(app-state \"form\"))", "\"x\"");
}

#[test]
fn sliders_and_scrolls_need_no_handlers_for_the_pointer() {
    let app = "(defapp slid {:title \"Slid\" :state {:n 5 :seen []} :width 300 :height 200} \
               (fn [s] [:column {} [:slider {:key :s :width 116 :height 20 :value (:n s) :min 0 :max 10 :step 1 :on-change (fn [s n] (assoc s :n n))}] \
                 [:scroll {:key :list :height 100} (map (fn [i] [:button {:key i :height 40 :on-click (fn [s] (update s :seen conj i))} (str i)]) (range 20))]]))";
    let (mut guest, x, y) = with_app(app);
    let n = "(:n @(app-state \"slid\"))";
    guest.click(x + 8 + 30, y + 10);
    guest.eventually(n, "3");
    guest.drag((x + 8 + 30, y + 10), (x + 290, y + 90));
    guest.eventually(n, "10");
    for (pressed, wanted) in
        [(":left", "9"), (":home", "0"), (":left", "0"), (":page-up", "5"), (":end", "10")]
    {
        key(&mut guest, pressed, "");
        guest.eventually(n, wanted);
    }
    // Two notches are 96 pixels: below the pointer is now the third button.
    guest.move_to(x + 10, y + 40);
    press(&mut guest, &format!("{{:type :wheel :x {} :y {} :notches -2}}", x + 10, y + 40));
    guest.lisp("(sleep 50)");
    guest.click(x + 10, y + 40);
    guest.eventually("(:seen @(app-state \"slid\"))", "[2]");
    // The keyboard scrolls to where it goes.
    for _ in 0..6 {
        key(&mut guest, ":tab", "");
    }
    key(&mut guest, ":enter", "");
    guest.eventually("(:seen @(app-state \"slid\"))", "[2 8]");
    guest.sync();
    guest.click(x + 10, y + 20 + 90);
    guest.eventually("(:seen @(app-state \"slid\"))", "[2 8 8]");
}

#[test]
fn a_select_offers_its_options_in_a_menu_of_the_desktop() {
    let app = "(defapp chosen {:title \"Chosen\" :state :a} (fn [v] [:column {:gap 8} \
               [select {:value v :options [[:a \"Apple\"] [:b \"Bean\"]] :on-change (fn [_ v] v)}] \
               [radio-group {:value v :options [[:a \"Apple\"] [:c \"Corn\"]] :on-change (fn [_ v] v)}] \
               [tabs {:value v :options [[:a \"Apple\"] [:d \"Date\"]] :on-change (fn [_ v] v)}]]))";
    let (mut guest, x, y) = with_app(app);
    guest.click(x + 20, y + 15);
    let labels = "(mapv first (halt.shell/menu-items @halt.shell/desktop))";
    guest.eventually(labels, "[\"Apple\" \"Bean\"]");
    key(&mut guest, ":down", "");
    key(&mut guest, ":enter", "");
    guest.eventually("@(app-state \"chosen\")", ":b");
    // By keyboard alone: the first control, then each option of the group is one.
    key(&mut guest, ":enter", "");
    guest.eventually(labels, "[\"Apple\" \"Bean\"]");
    key(&mut guest, ":escape", "");
    key(&mut guest, ":tab", "");
    key(&mut guest, ":tab", "");
    key(&mut guest, ":space", "");
    guest.eventually("@(app-state \"chosen\")", ":c");
    key(&mut guest, ":tab", "");
    key(&mut guest, ":tab", "");
    key(&mut guest, ":space", "");
    guest.eventually("@(app-state \"chosen\")", ":d");
    // What is no menu is none, and labels are texts.
    guest.lisp("(send (:pid (some (fn [run] (when (= \"chosen\" (:app run)) run)) (vals @running-apps))) {:type :clojure.core/menu :items [7 [:a inc] [\"ok\" 1]]})");
    guest.sync();
    assert_eq!(guest.lisp("(:menu @halt.shell/desktop)"), "nil");
}

/// A button that the pointer is on looks so, as far as it is seen.
#[test]
fn the_look_under_the_pointer_stays_within_what_is_seen() {
    let app = "(defapp cut {:title \"Cut\" :state 0} (fn [n] [:column [:scroll {:height 60} [:box {:height 40}] \
               [:button {:width 100 :height 60 :on-click inc} \"\"]] [:box {:height 100 :fill 0xFF0000}]]))";
    let (mut guest, x, y) = with_app(app);
    guest.move_to(x + 200, y + 20);
    let (button, below) = (((y + 55) * 800 + x + 30) as usize, ((y + 80) * 800 + x + 30) as usize);
    let before = guest.pixels();
    guest.move_to(x + 20, y + 50);
    let after = guest.pixels();
    assert_eq!((before[below], after[below]), (0xFFFF_0000, 0xFFFF_0000));
    assert_ne!(before[button], after[button]);
    guest.move_to(x + 200, y + 20);
    assert!(guest.pixels() == before);
}

#[test]
fn a_switch_is_turned_and_icons_are_known() {
    let app = "(defapp wired {:title \"Wired\" :state {:on? false :n 0} :icon \"w\"} (fn [s] [:column {:gap 8 :pad 8} \
               [switch {:value (:on? s) :on-change (fn [s on?] (assoc s :on? on?))} \"Wire\"] \
               [icon-button {:icon :plus :tip \"More\" :on-click (fn [s] (update s :n inc))}] \
               [switch {:value true :disabled? true :on-change (fn [s on?] (assoc s :n -1))} \"Fixed\"]]))";
    let (mut guest, x, y) = with_app(app);
    let state = "((juxt :on? :n) @(app-state \"wired\"))";
    guest.click(x + 20, y + 18);
    guest.eventually(state, "[true 0]");
    guest.click(x + 20, y + 84);
    guest.click(x + 20, y + 50);
    guest.eventually(state, "[true 1]");
    key(&mut guest, ":space", "");
    guest.eventually(state, "[true 2]");
    // Past the one that is disabled, and around.
    key(&mut guest, ":tab", "");
    key(&mut guest, ":space", "");
    guest.eventually(state, "[false 2]");
    assert_eq!(guest.lisp("(remove icons (filter keyword? (map :icon (vals (known-apps)))))"), "()");
    assert_eq!(guest.lisp("(:icon (get (known-apps) \"wired\"))"), "\"w\"");
}

#[test]
fn a_list_of_a_hundred_thousand_rows_makes_those_in_sight() {
    let app = "(def made (atom 0)) \
               (defapp listed {:title \"Listed\" :state {:at nil :opened nil} :width 300 :height 300} (fn [s] [:column {:grow 1} \
               [list-view {:key :list :grow 1 :count 100000 :row-height 20 :selected (:at s) :row (fn [i] (swap! made inc) (str \"row \" i)) \
                           :on-change (fn [s i] (assoc s :at i)) :on-open (fn [s i] (assoc s :opened i))}]]))";
    let (mut guest, x, y) = with_app(app);
    let at = "(:at @(app-state \"listed\"))";
    let shown = "(count (filter (fn [part] (when (:text part) (clojure.string/starts-with? (:text part) \"row\"))) \
                 (window-parts (:id (halt.shell/focused-window @halt.shell/desktop)))))";
    // (300 - 10) / 20 rows fit, and a part of one more.
    guest.eventually(shown, "15");
    guest.click(x + 50, y + 5 + 30);
    guest.eventually(at, "1");
    for (pressed, wanted) in [
        (":down", "2"),
        (":page-down", "16"),
        (":end", "99999"),
        (":down", "99999"),
        (":up", "99998"),
        (":home", "0"),
        (":up", "0"),
    ] {
        key(&mut guest, pressed, "");
        guest.eventually(at, wanted);
    }
    key(&mut guest, ":enter", "");
    guest.eventually("(:opened @(app-state \"listed\"))", "0");
    press(&mut guest, &format!("{{:type :wheel :x {} :y {} :notches -2}}", x + 10, y + 40));
    guest.lisp("(sleep 50)");
    guest.click(x + 100, y + 5 + 30);
    guest.eventually(at, "7");
    // The bar, dragged to its end.
    guest.drag((x + 290, y + 10), (x + 290, y + 299));
    guest.lisp("(sleep 50)");
    guest.click(x + 50, y + 5 + 275);
    guest.eventually(at, "99999");
    let made: usize = guest.lisp("@made").parse().unwrap();
    assert!(made < 1000, "{made} rows made");
}

#[test]
fn what_is_typed_chooses_the_row_that_begins_so() {
    let app = "(defapp typed {:title \"Typed\" :state {:at nil :sel nil :passed []} :width 300 :height 400} (fn [s] [:column {:grow 1 :on-key (fn [s e] (if (= :tab (:key e)) :pass (update s :passed conj (:key e))))} \
               [table {:key :table :height 160 :columns [[\"Name\" :fr (fn [row] row)]] :rows [\"Apple\" \"Banana\" \"bean\" \"Beet root\" \"Cherry\"] :selected (:at s) :on-change (fn [s i] (assoc s :at i))}] \
               [tree {:key :tree :height 100 :roots [:one :two :three] :children {} :label name :open #{} :selected (:sel s) :on-change (fn [s id] (assoc s :sel id)) :on-toggle (fn [s id] s)}]]))";
    let (mut guest, _, _) = with_app(app);
    let at = "(:at @(app-state \"typed\"))";
    let letter = |guest: &mut Guest, text: &str, ms: u64| {
        press(guest, &format!("{{:type :key :key :other :text {text:?} :time-us {}}}", ms * 1000));
    };
    key(&mut guest, ":tab", "");
    guest.eventually(
        "(boolean (some #{:table} (:focus (halt.shell/focused-window @halt.shell/desktop))))",
        "true",
    );
    // Letters that follow one another go on with a word; one of them again and again goes from row to row.
    for (text, ms, wanted) in [
        ("b", 10_000, "1"),
        ("e", 10_100, "2"),
        ("e", 10_200, "3"),
        ("t", 10_300, "3"),
        (" ", 10_400, "3"),
        ("B", 20_000, "1"),
        ("b", 20_100, "2"),
        ("b", 20_200, "3"),
        ("b", 20_300, "1"),
        ("c", 30_000, "4"),
        ("x", 40_000, "4"),
        ("A", 50_000, "0"),
    ] {
        letter(&mut guest, text, ms);
        guest.sync();
        guest.eventually(at, wanted);
    }
    guest.eventually("(:passed @(app-state \"typed\"))", "[:other]");
    key(&mut guest, ":tab", "");
    letter(&mut guest, "t", 60_000);
    letter(&mut guest, "h", 60_001);
    guest.eventually("(:sel @(app-state \"typed\"))", ":three");
}

#[test]
fn the_bar_of_a_list_at_the_edge_of_its_window_is_the_lists() {
    let app = "(defapp barred {:title \"Barred\" :state 0 :width 300 :height 300} (fn [n] [:column {:grow 1} \
               [list-view {:key :list :grow 1 :count 1000 :row-height 20 :row str :selected n :on-change (fn [_ i] i)}]]))";
    let (mut guest, x, y) = with_app(app);
    let width = "(:w (halt.shell/focused-window @halt.shell/desktop))";
    let before = guest.lisp(width);
    let outer = x - 1 + before.parse::<i32>().unwrap();
    guest.drag((outer - 4, y + 20), (outer - 4, y + 290));
    guest.sync();
    guest.click(x + 50, y + 200);
    guest.eventually("(< 900 @(app-state \"barred\"))", "true");
    assert_eq!(guest.lisp(width), before);
    // The border still is the window's.
    guest.drag((outer, y + 20), (outer + 40, y + 20));
    guest.eventually(&format!("(- {width} {before})"), "40");
}

#[test]
fn what_is_a_function_of_time_moves_and_then_rests() {
    let app = "(def seen (atom [])) (def rows (atom 0)) (defn row [i] (swap! rows inc) [:text (str i)]) \
               (defapp moved {:title \"Moved\" :state nil} (fn [at] [:column {} [row 1] [:button {:on-click (fn [_ e] (:time e))} \"Go\"] \
               (when at [(fn [] [animate {:at at :for 200} (fn [t] (swap! seen conj t) [:text (str t)])])])]))";
    let (mut guest, x, y) = with_app(app);
    guest.click(x + 20, y + 20 + 10);
    guest.eventually("(peek @seen)", "200");
    let seen = "[(apply <= 0 @seen) (count @seen)]";
    let last = guest.lisp(seen);
    assert!(last.starts_with("[true"), "{last}");
    guest.lisp("(sleep 100)");
    assert_eq!(guest.lisp(seen), last);
    assert_eq!(guest.lisp("@rows"), "1");
}

#[test]
fn an_app_is_told_when_its_window_has_the_keyboard() {
    let app = "(defapp fronted {:title \"Fronted\" :state [] :on-front (fn [s e] (conj s (:on? e)))} (fn [_] [:text \"\"]))";
    let (mut guest, _, _) = with_app(app);
    guest.eventually("@(app-state \"fronted\")", "[true]");
    guest.lisp("(open-app \"counter\")");
    guest.eventually("(:app (halt.shell/focused-window @halt.shell/desktop))", "\"counter\"");
    key(&mut guest, ":m", ":alt true");
    guest.eventually("@(app-state \"fronted\")", "[true false true]");
}

#[test]
fn a_dialog_is_in_front_of_all_else_and_gives_the_keyboard_back() {
    let app = "(defapp asked {:title \"Asked\" :state {:ask? false :a \"\" :b \"\" :pressed 0} :width 400 :height 300} (fn [s] \
               [dialog {:title \"Sure?\" :on-close (fn [s] (assoc s :ask? false))} \
                [:column {:pad 8 :gap 8} [:input {:key :a :value (:a s) :on-change (fn [s t] (assoc s :a t))}] \
                 [:button {:on-click (fn [s] (-> s (assoc :ask? true) (update :pressed inc)))} \"Ask\"]] \
                (when (:ask? s) [:input {:key :b :value (:b s) :on-change (fn [s t] (assoc s :b t))}])]))";
    let (mut guest, x, y) = with_app(app);
    let state = "(map @(app-state \"asked\") [:ask? :a :b :pressed])";
    type_text(&mut guest, "one");
    guest.click(x + 30, y + 8 + 32 + 8 + 10);
    guest.eventually(state, "(true \"one\" \"\" 1)");
    guest.sync();
    // Behind it nothing can be pressed or reached by Tab.
    guest.click(x + 30, y + 8 + 32 + 8 + 10);
    key(&mut guest, ":tab", "");
    guest.eventually(
        "(boolean (some #{:dialog} (:focus (halt.shell/focused-window @halt.shell/desktop))))",
        "true",
    );
    type_text(&mut guest, "two");
    guest.eventually(state, "(true \"one\" \"two\" 1)");
    key(&mut guest, ":escape", "");
    guest.eventually(state, "(false \"one\" \"two\" 1)");
    guest.eventually("(peek (:focus (halt.shell/focused-window @halt.shell/desktop)))", ":a");
    type_text(&mut guest, "!");
    guest.eventually("(:a @(app-state \"asked\"))", "\"one!\"");
}

#[test]
fn a_value_is_dragged_from_node_to_node_and_a_tip_shows_what_is_what() {
    let app = "(defapp dragged {:title \"Dragged\" :state {:got nil :clicks 0} :width 300 :height 200} (fn [s] [:column {} \
               [:box {:height 40 :fill :panel :drag {:n 42} :tip \"a map\" :on-click (fn [s] (update s :clicks inc))} [:text \"map\"]] \
               [:box {:height 40 :fill :field :on-drop (fn [s e] (assoc s :got [(:value e) (:y e)]))} [:text \"here\"]]]))";
    let (mut guest, x, y) = with_app(app);
    guest.drag((x + 20, y + 20), (x + 30, y + 50));
    let state = "(map @(app-state \"dragged\") [:got :clicks])";
    guest.eventually(state, "([{:n 42} 10] 0)");
    // Dropped nowhere it is gone; a press that does not move is a click.
    guest.drag((x + 20, y + 20), (x + 30, y + 150));
    guest.click(x + 20, y + 20);
    guest.eventually(state, "([{:n 42} 10] 1)");
    assert_eq!(guest.lisp("(:carry @halt.shell/desktop)"), "nil");
    guest.move_to(x + 200, y + 150);
    guest.move_to(x + 25, y + 25);
    guest.eventually("(map (:tip @halt.shell/desktop) [:text :shown?])", "(\"a map\" true)");
    guest.move_to(x + 200, y + 150);
    guest.eventually("(:tip @halt.shell/desktop)", "nil");
    key(&mut guest, ":tab", "");
    guest.eventually("(map (:tip @halt.shell/desktop) [:text :shown?])", "(\"a map\" true)");
}

#[test]
fn trees_unfold_and_panes_move() {
    let app = "(defapp treed {:title \"Treed\" :state {:at 100 :open #{} :sel nil} :width 400 :height 300} (fn [s] \
               [split {:at (:at s) :on-change (fn [s at] (assoc s :at at))} \
                [tree {:key :tree :grow 1 :roots [:a :z] :children {:a [:b :c] :c [:d]} :label name :open (:open s) :selected (:sel s) \
                       :on-change (fn [s id] (assoc s :sel id)) :on-toggle (fn [s id] (update s :open (if ((:open s) id) disj conj) id))}] \
                [:text \"beside\"]]))";
    let (mut guest, x, y) = with_app(app);
    let state = "(map @(app-state \"treed\") [:at :open :sel])";
    guest.click(x + 50, y + 5 + 13);
    guest.eventually(state, "(100 #{} :a)");
    for (pressed, wanted) in [
        (":right", "(100 #{:a} :a)"),
        (":down", "(100 #{:a} :b)"),
        (":left", "(100 #{:a} :a)"),
        (":end", "(100 #{:a} :z)"),
        (":home", "(100 #{:a} :a)"),
        (":enter", "(100 #{} :a)"),
    ] {
        key(&mut guest, pressed, "");
        guest.eventually(state, wanted);
    }
    guest.drag((x + 104, y + 100), (x + 184, y + 100));
    guest.eventually(state, "(180 #{} :a)");
    key(&mut guest, ":left", "");
    guest.eventually(state, "(164 #{} :a)");
    guest.drag((x + 168, y + 100), (x + 1, y + 100));
    guest.eventually(state, "(60 #{} :a)");
}

/// A desktop painted larger: the pointer meets what it points at, and an app knows nothing of it.
#[test]
fn in_a_zoom_a_click_hits_what_is_under_the_pointer() {
    let text = "(defapp spot {:state nil :place [100 100] :width 200 :height 100}
      (fn [s] [:canvas {:grow 1 :on-pointer-down (fn [_ e] [(:x e) (:y e) (:width e)])} [:rect {:w 200 :h 100 :fill :accent}]]))";
    let mut guest = Guest::boot(2, 1280, 800, Some(("spot.clj", text)));
    for (percent, size) in [(150, "[854 534]"), (200, "[640 400]"), (100, "[1280 800]")] {
        guest.lisp(&format!("(change-settings! {{:scale {percent}}})"));
        guest.sync();
        assert_eq!(guest.lisp("((juxt :width :height) @halt.shell/desktop)"), size);
        guest.click((100 + 40) * percent / 100, (132 + 30) * percent / 100);
        // The window has a border.
        assert_eq!(guest.lisp("@(app-state \"spot\")"), "[39 29 200]", "{percent}");
        // What is changed one after the other is what is painted at once.
        let painted = guest.pixels();
        guest.lisp("(set-tint! true)");
        guest.sync();
        guest.lisp("(set-tint! false)");
        guest.sync();
        let again = guest.pixels();
        assert_eq!(painted.iter().zip(&again).filter(|(a, b)| a != b).count(), 0, "{percent}");
    }
    // A screen with no room for more stays as it is.
    let mut small = Guest::boot(1, 640, 480, None);
    small.lisp("(change-settings! {:scale 200})");
    small.sync();
    assert_eq!(small.lisp("(:scale (:settings @halt.shell/desktop))"), "100");
}

#[test]
fn keys_go_by_the_rows_that_a_text_area_is_wrapped_into() {
    // Ten characters wide: "one two", "three four", "five".
    let app = "(defapp rows {:title \"Rows\" :state \"one two three four\\nfive\" :width 300 :height 200} \
               (fn [s] [:column {} [:text-area {:value s :font :mono :width 92 :height 100 :on-change (fn [_ text] text)}]]))";
    let (mut guest, _, _) = with_app(app);
    let text = "@(app-state \"rows\")";
    guest.eventually(text, "\"one two three four\\nfive\"");
    key(&mut guest, ":up", "");
    key(&mut guest, ":home", "");
    type_text(&mut guest, "<");
    guest.eventually(text, "\"one two <three four\\nfive\"");
    key(&mut guest, ":z", ":ctrl true");
    guest.eventually(text, "\"one two three four\\nfive\"");
    key(&mut guest, ":up", "");
    key(&mut guest, ":end", "");
    type_text(&mut guest, ">");
    guest.eventually(text, "\"one two> three four\\nfive\"");
    key(&mut guest, ":z", ":ctrl true");
    guest.eventually(text, "\"one two three four\\nfive\"");
    // A short row between shifts nothing; what is undone ends the way that was under way.
    for pressed in [":down", ":down", ":up"] {
        key(&mut guest, pressed, "");
    }
    type_text(&mut guest, "!");
    guest.eventually(text, "\"one two three f!our\\nfive\"");
    key(&mut guest, ":z", ":ctrl true");
    key(&mut guest, ":down", "");
    type_text(&mut guest, "x");
    guest.eventually(text, "\"one two three four\\nfivex\"");
    for (pressed, held) in [(":up", ""), (":up", ""), (":z", ":ctrl true"), (":up", "")] {
        key(&mut guest, pressed, held);
    }
    type_text(&mut guest, "?");
    guest.eventually(text, "\"one two thre?e four\\nfive\"");
    assert!(guest.log().iter().all(|line| !line.contains("rows:")), "{:?}", guest.log());
}

#[test]
fn an_edit_is_told_the_rows_to_go_by() {
    let mut guest = Guest::boot(1, 800, 600, None);
    let mut check = |call: &str, expected: &str| {
        let seen = guest
            .lisp(&format!("(try (mapv {call} [:cursor :anchor :across]) (catch :default e (:message e)))"));
        assert_eq!(seen, expected, "{call}");
    };
    check("(edit-text {:text \"one two\" :cursor 1} [:down])", "[7 7 1]");
    check("(edit-text {:text \"one two\" :cursor 1} [:down] nil)", "[7 7 1]");
    check("(edit-text {:text \"one two\" :cursor 1} [:down] {:width 28 :mono? true})", "[5 5 7]");
    check(
        "(edit-text {:text \"one two\" :cursor 1 :anchor 0} [:select-down] {:width 28 :mono? true})",
        "[5 0 7]",
    );
    check("(edit-text {:text \"one two\" :cursor 1 :across 14} [:down] {:width 28 :mono? true})", "[6 6 14]");
    check(
        "(edit-text {:text \"one two\" :cursor 1 :anchor 1 :across 14} [:right] {:width 28 :mono? true})",
        "[2 2 nil]",
    );
    check(
        "(edit-text {:text \"one two\" :cursor 1} [:down] 28)",
        "\"edit-text: argument 3 must be rows, a map with :width, got 28\"",
    );
}

/// A text area of forty lines, and below it, in a scroll, one that shows all that it holds.
const AREAS: &str = "(defapp areas {:title \"Areas\" :state {:long (clojure.string/join \"\\n\" (map (fn [i] (str \"line \" i)) (range 40))) :short \"all\"} :width 300 :height 320} \
     (fn [s] [:column {} \
       [:text-area {:key :long :value (:long s) :height 160 :on-change (fn [s text] (assoc s :long text))}] \
       [:scroll {:key :around :height 120} [:text-area {:key :short :value (:short s) :height 60 :on-change (fn [s text] (assoc s :short text))}] \
                                           [:box {:key :below :height 200 :fill :panel}]]]))";

/// The first and the last line that are seen, and how far the scroll is down.
const SEEN: &str = "(let [parts (window-parts (:id (last (filter (fn [w] (= \"areas\" (:app w))) (:windows @halt.shell/desktop))))) \
           lines (keep (fn [part] (when-let [[_ n] (re-find #\"^line (\\d+)$\" (str (:text part)))] (parse-long n))) parts) \
           top (fn [key] (second (:rect (some (fn [part] (when (= key (:key part)) part)) parts))))] \
       [(first lines) (last lines) (- (top :around) (top :short))])";

#[test]
fn a_text_area_stays_where_it_was_scrolled_to() {
    let (mut guest, x, y) = with_app(AREAS);
    // The keyboard is in the first one, at its end.
    guest.eventually(SEEN, "[33 39 0]");
    // Without the keyboard, and behind another window, it shows what it showed.
    guest.lisp("(swap! halt.shell/desktop (fn [d] (halt.shell/raise d 1)))");
    press(&mut guest, "{:type :paint}");
    guest.eventually("(:app (halt.shell/focused-window @halt.shell/desktop))", "\"counter\"");
    guest.settle();
    assert_eq!(guest.lisp(SEEN), "[33 39 0]");
    // The wheel looks elsewhere, a key comes back to the caret.
    let wheel = |guest: &mut Guest, y: i32, notches: i32| {
        press(guest, &format!("{{:type :wheel :x {} :y {y} :notches {notches}}}", x + 100));
        guest.settle();
    };
    guest.click(x + 100, y + 100);
    guest.eventually("(:app (halt.shell/focused-window @halt.shell/desktop))", "\"areas\"");
    wheel(&mut guest, y + 40, 100);
    assert_eq!(guest.lisp(SEEN), "[0 6 0]");
    key(&mut guest, ":right", "");
    guest.settle();
    assert_ne!(guest.lisp(SEEN), "[0 6 0]");
    // As many lines on as are seen, but for one.
    key(&mut guest, ":home", ":ctrl true");
    guest.eventually(SEEN, "[0 6 0]");
    key(&mut guest, ":page-down", "");
    key(&mut guest, ":page-down", "");
    guest.eventually(SEEN, "[6 12 0]");
    type_text(&mut guest, "x");
    guest.eventually("(some (fn [line] (when (= \"xline 12\" line) line)) (clojure.string/split-lines (:long @(app-state \"areas\"))))", "\"xline 12\"");
    // The bar is dragged to its end.
    guest.drag((x + 294, y + 40), (x + 294, y + 200));
    guest.eventually(SEEN, "[33 39 0]");
    // One that holds no more than it shows leaves the wheel to what it is in.
    wheel(&mut guest, y + 190, -1);
    assert_eq!(guest.lisp(SEEN), "[33 39 48]");
}
