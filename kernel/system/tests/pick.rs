//! From a pixel to its source: any node of any window, what made it and where that was written.

#[allow(dead_code, reason = "the tests of the desktop use the rest")]
mod machine;

use halt_system::pc_keyboard::KeyCode;
use machine::Guest;

/// Every kind of node: made of constants, by a component, in a list, and by a library.
const TEXT: &str = r#"(defn- line [n]
  [:row {:key n :height 20} [:text (str "line " n)]])

(defapp picked {:state 2 :place [100 100] :width 300 :height 200}
  (fn [n]
    [:column {:gap 0}
     [:text {:height 20} "constant"]
     [:text {:height 20} (str "n is " n)]
     [line 7]
     (map (fn [i] [line i])
          (range n))
     [tabs {:key :tabs :value 1 :options [[1 "one"]] :on-change (fn [n _] n)}]]))"#;

/// Picks what is at a place of the app; returns what the inspector tells of it, and closes that.
fn pick(guest: &mut Guest, x: i32, y: i32) -> String {
    guest.lisp("(send-shell {:type :pick})");
    guest.sync();
    guest.click(100 + x, 132 + y);
    guest.eventually("(some? (app-state \"inspector\"))", "true");
    let told = guest.lisp("((juxt :tag :line :column :text) (:picked @(app-state \"inspector\")))");
    guest.lisp("(send-shell {:type :key :key :f4 :alt true})");
    guest.eventually("(app-state \"inspector\")", "nil");
    told
}

#[test]
fn a_pixel_leads_to_the_form_that_made_it() {
    let mut guest = Guest::boot(2, 800, 600, Some(("picked.clj", TEXT)));
    // Where the text of the file is not known, a constant has the place of what it is in.
    assert_eq!(pick(&mut guest, 20, 10), "[:text 6 5 nil]");
    guest.lisp(&format!("(swap! files assoc \"picked.clj\" {TEXT:?})"));
    for (x, y, expected) in [
        (20, 10, r#"[:text 7 6 "[:text {:height 20} \"constant\"]"]"#),
        (20, 30, r#"[:text 8 6 "[:text {:height 20} (str \"n is \" n)]"]"#),
        (20, 50, r#"[:text 2 29 "[:text (str \"line \" n)]"]"#),
        (20, 90, r#"[:text 2 29 "[:text (str \"line \" n)]"]"#),
        // Beside the text.
        (280, 70, r#"[:row 2 3 "[:row {:key n :height 20} [:text (str \"line \" n)]]"]"#),
    ] {
        assert_eq!(pick(&mut guest, x, y), expected, "{x} {y}");
    }
    let tab = pick(&mut guest, 20, 115);
    let source = r#" "[:button {:key v :primary? (= v value) :on-click (chosen on-change v)} label]"]"#;
    assert!(tab.starts_with("[:button ") && tab.ends_with(source), "{tab}");
    assert_eq!(guest.lisp("@(app-state \"picked\")"), "2", "what is picked is not pressed");
    // The desktop's own nodes.
    assert!(pick(&mut guest, 20, -20).starts_with("[:"), "a title bar");
    assert_eq!(guest.lisp("(meta (let [n 1] [:row n]))"), "nil", "nothing is marked afterwards");
}

#[test]
fn escape_ends_picking_and_nothing_is_opened() {
    let mut guest = Guest::boot(2, 800, 600, Some(("picked.clj", TEXT)));
    guest.lisp("(send-shell {:type :pick})");
    guest.move_to(300, 300);
    guest.eventually("(some? (:hit (:pick @halt.shell/desktop)))", "true");
    guest.key(KeyCode::Escape);
    assert_eq!(guest.lisp("(:pick @halt.shell/desktop)"), "nil");
    assert_eq!(guest.lisp("(count (:windows @halt.shell/desktop))"), "3");
}
