//! Who waits for whom: the shell and the app in front come first, others get their share, and what nobody sees rests.

#[allow(dead_code, reason = "the tests of the desktop use the rest")]
mod machine;

use machine::Guest;

/// An app that keeps, for a key, how many turns the spinning processes have had by then.
const KEYS: &str = "
(defn spin [] (loop [] (recur)))
(defn turns [] (reduce + (map :slices (filter (fn [row] (= \"spin\" (:name row))) (processes)))))
(defapp keys {:state nil} (fn [_] [:column {:on-key (fn [_ _] (turns))} [:text \"keys\"]]))";

/// A machine of one core on which so many processes spin, once they have had as many turns.
fn with_spinning(count: usize) -> Guest {
    let mut guest = Guest::boot(1, 800, 600, Some(("keys.clj", KEYS)));
    guest.lisp(&format!("(dotimes [_ {count}] (spawn spin))"));
    guest.eventually(&format!("(>= (turns) {count})"), "true");
    guest
}

#[test]
fn a_key_does_not_wait_for_what_runs_in_the_background() {
    let mut guest = with_spinning(40);
    let waited = guest.lisp(
        "(let [before (turns) state (app-state \"keys\")]
           (send-shell {:type :key :key :x :text \"x\"})
           (while (nil? @state) (sleep 1))
           (- @state before))",
    );
    // In one queue the shell waits for all forty, and then the app does.
    let waited: i64 = waited.parse().expect("a number of turns");
    assert!((0..20).contains(&waited), "the key was answered after {waited} turns of the others");
}

#[test]
fn whoever_is_in_front_starves_nobody() {
    let text = "(defapp greedy {:state 0 :on-message (fn [_ _] (loop [] (recur)))} (fn [n] [:text (str n)]))";
    let mut guest = Guest::boot(1, 800, 600, Some(("greedy.clj", text)));
    guest.lisp("(def pid (:pid (halt.shell/focused-window @halt.shell/desktop)))");
    guest.lisp("(send pid :go)");
    guest.eventually("(> (:slices (first (filter (fn [row] (= pid (:pid row))) (processes)))) 50)", "true");
    assert_eq!(guest.lisp("(reduce + (range 1000))"), "499500");
    assert_eq!(guest.lisp("(kill pid)"), "true");
}

#[test]
fn an_evaluation_does_not_wait_for_every_process_before_each_of_its_turns() {
    let mut guest = with_spinning(200);
    let waited = guest.lisp(
        "(let [turns-of-mine (fn [] (:slices (first (filter (fn [row] (= (self) (:pid row))) (processes)))))
               [mine others] [(turns-of-mine) (turns)]]
           (while (< (- (turns-of-mine) mine) 20) (reduce + (range 100)))
           (- (turns) others))",
    );
    // In one queue with them it is two hundred for each of the twenty.
    let waited: i64 = waited.parse().expect("a number of turns");
    assert!((0..100).contains(&waited), "twenty turns came with {waited} of the others");
}

/// An app with a process that counts as long as it lives, and ticks that count.
const COUNTING: &str = "
(def counted (atom 0))
(defn counts [] (loop [] (swap! counted inc) (sleep 1) (recur)))
(defapp cover {:place [0 0] :width 700 :height 500} (fn [_] [:text \"cover\"]))
(defn key! [key & held] (send-shell (into {:type :key :key key} (map (fn [held] [held true])) held)))
(defn figures-now [] [@counted (:ticks @(app-state \"counting\"))])
(defn goes-on? [] (let [before (figures-now)] (sleep 20) (every? true? (map < before (figures-now)))))
(defn resting [] (mapv :state (filter (fn [row] (= \"counts\" (:name row))) (processes))))
(defapp counting {:state {:ticks 0 :woken 0} :place [40 40] :width 200 :height 120 :rests? true
                  :on-start (fn [state] {:state state :fx [[spawn counts]]})
                  :on-wake (fn [state] (update state :woken inc))
                  :tick-ms 1 :on-tick (fn [state] (update state :ticks inc))}
  (fn [state] [:text (str (:ticks state))]))";

#[test]
fn what_nobody_sees_rests_and_goes_on_when_it_is_seen() {
    let mut guest = Guest::boot(2, 800, 600, Some(("counting.clj", COUNTING)));
    guest.eventually("(goes-on?)", "true");
    let rests = |guest: &mut Guest| {
        guest.eventually("(resting)", "[:resting]");
        // The app's own process may have begun a tick: once that is over, nothing moves.
        guest.sync();
        assert_eq!(guest.lisp("(let [before (figures-now)] (sleep 40) (= before (figures-now)))"), "true");
    };

    guest.lisp("(key! :2 :super)");
    rests(&mut guest);
    // It still answers: what somebody else makes of its state is shown, no tick comes.
    guest.lisp("(swap! (app-state \"counting\") assoc :ticks 7)");
    rests(&mut guest);
    guest.lisp("(key! :1 :super)");
    guest.eventually("(goes-on?)", "true");
    assert_eq!(guest.lisp("(:woken @(app-state \"counting\"))"), "1");

    guest.lisp("(open-app \"cover\")");
    rests(&mut guest);
    guest.lisp("(key! :f4 :alt)");
    guest.eventually("(goes-on?)", "true");

    // Minimised, and started again while nobody sees it.
    guest.lisp("(key! :m :alt)");
    rests(&mut guest);
    let id =
        guest.lisp("(key (first (filter (fn [entry] (= \"counting\" (:app (val entry)))) @running-apps)))");
    guest.lisp(&format!("(send-shell {{:type :restart :id {id}}})"));
    guest.eventually("(:ticks @(app-state \"counting\"))", "0");
    rests(&mut guest);

    // What rests ends with its app.
    guest.lisp(&format!("(kill (:pid (get @running-apps {id})))"));
    guest.eventually("(resting)", "[]");
}
