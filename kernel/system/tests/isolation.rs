//! What an unprivileged process tries in order to get out of its place, and what it is told.

#[allow(dead_code, reason = "the tests of the desktop use the rest")]
mod machine;

use machine::Guest;

/// Runs a program in an unprivileged process. Returns its value, or the text of its error.
fn unprivileged(guest: &mut Guest, program: &str) -> String {
    guest.lisp(&format!(
        "(let [me (self)]
           (spawn (fn [] (send me [:answer (try {program} (catch :default e (error-text e)))])))
           (receive [:answer a] a :after 20000 :silent))"
    ))
}

#[test]
fn what_a_process_was_not_handed_it_is_refused() {
    let mut guest = Guest::boot(2, 800, 600, None);
    guest.lisp("(def shell-pid (:pid (some (fn [p] (when (= \"shell\" (:name p)) p)) (processes))))");
    guest.lisp(
        "(def counter-pid (:pid (some (fn [e] (when (= \"counter\" (:app e)) e)) (vals @running-apps))))",
    );
    for program in [
        "(set-workers! 1)",
        "(set-tint! true)",
        "(set-workers! (make-capability! :painters) 1)",
        "(set-workers! :painters 1)",
        "(reset-latencies!)",
        "(hit-test 10 10)",
        "(focusables 1)",
        "(key-targets 1)",
        "(pointer-place)",
        "(become-shell!)",
        "(power-off)",
        "(kill shell-pid)",
        "(kill counter-pid)",
        "(link counter-pid)",
        "(exit counter-pid :now)",
        "(spawn-privileged (fn [] (power-off)))",
        "(send-control counter-pid {:type :undo})",
        "(make-window! 1)",
        "(spawn-confined \"user\" inc 1)",
    ] {
        let answer = unprivileged(&mut guest, program);
        assert!(answer.contains("was not handed the right"), "{program}: {answer}");
    }
    for (program, expected) in [
        ("(send-shell {:type :key :key :f4 :alt true})", "alone"),
        ("(send shell-pid {:type :key :key :f4 :alt true})", "alone"),
        ("(send shell-pid {:type :exit :pid counter-pid :reason \"killed\"})", "alone"),
        ("(send shell-pid 5)", "alone"),
        ("(send-shell {:type :app-error :id 1 :message \"not mine\"})", "the process's window"),
        ("(send-shell {:type :restart :id 1 :right :processes})", "the right to do this"),
        ("(kill :processes counter-pid)", "was not handed the right"),
        ("(send-shell {:type :open :app {:view inc}})", "the name of an app"),
        ("(send-shell {:type :notify :title (map inc (range)) :text \"\"})", "must be texts"),
    ] {
        let answer = unprivileged(&mut guest, program);
        assert!(answer.contains(expected), "{program}: {answer}");
    }
    assert_eq!(guest.lisp("(figures :workers)"), "2");
    assert_eq!(guest.lisp("(count (:windows @halt.shell/desktop))"), "2");
    assert!(!guest.is_powered_off());
    // What is for everybody works.
    assert_eq!(unprivileged(&mut guest, "(open-app \"counter\")"), "\"counter\"");
    assert_eq!(unprivileged(&mut guest, "(notify! \"Done\" 42)"), "nil");
    guest.sync();
    assert_eq!(guest.lisp("(count (:windows @halt.shell/desktop))"), "3");
    assert_eq!(guest.lisp("(:text (first (:notices @halt.shell/desktop)))"), "\"42\"");
}

#[test]
fn a_capability_lets_its_holder_do_what_it_names_and_no_more() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let with = |guest: &mut Guest, program: &str| {
        guest.lisp(&format!(
            "(let [me (self)]
               (spawn (fn [painters] (send me [:answer (try {program} (catch :default e (error-text e)))]))
                      (make-capability! :painters))
               (receive [:answer a] a :after 20000 :silent))"
        ))
    };
    assert_eq!(with(&mut guest, "(set-workers! painters 1)"), "1");
    assert_eq!(guest.lisp("(figures :workers)"), "1");
    assert_eq!(with(&mut guest, "(set-tint! painters true)"), "true");
    let answer = with(&mut guest, "(hit-test painters 1)");
    assert!(answer.contains("was not handed the right"), "{answer}");
}

#[test]
fn the_right_to_end_processes_can_be_handed_on() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let with = |guest: &mut Guest, program: &str| {
        guest.lisp(&format!(
            "(let [me (self)]
               (spawn (fn [right] (send me [:answer (try {program} (catch :default e (error-text e)))]))
                      (make-capability! :processes))
               (receive [:answer a] a :after 20000 :silent))"
        ))
    };
    guest.lisp("(def counter-pid (:pid (get @running-apps 1)))");
    guest.lisp("(reset! (app-state 1) 7)");
    assert_eq!(with(&mut guest, "(send-shell {:type :restart :id 1 :right right})"), "true");
    guest.sync();
    assert_eq!(guest.lisp("[@(app-state 1) (= counter-pid (:pid (get @running-apps 1)))]"), "[0 false]");
    assert_eq!(guest.lisp("(some (fn [p] (= counter-pid (:pid p))) (processes))"), "nil");
    assert_eq!(guest.lisp("(:error (first (:windows @halt.shell/desktop)))"), "nil");
    assert_eq!(with(&mut guest, "(send-shell {:type :restart :id 99 :right right})"), "true");
    assert_eq!(with(&mut guest, "(kill right (:pid (get @running-apps 1)))"), "true");
    guest.sync();
    assert_eq!(guest.lisp("(:error (first (:windows @halt.shell/desktop)))"), "\"the app was ended\"");
    assert_eq!(with(&mut guest, "(kill right 999999)"), "false");
}

#[test]
fn an_app_obeys_the_shell_and_nobody_else() {
    let mut guest = Guest::boot(2, 800, 600, None);
    guest.lisp(
        "(def counter-pid (:pid (some (fn [e] (when (= \"counter\" (:app e)) e)) (vals @running-apps))))",
    );
    let forged = "{:type :event :handler (fn [_] 99) :event {:type :click}}";
    let settle = "(do (sleep 30) @(app-state \"counter\"))";
    for program in [
        format!("(send counter-pid {forged})"),
        "(send counter-pid {:type :update :fn (fn [_] 99)})".to_string(),
        // One that was meant for another process is no use either.
        format!("(do (send-control (self) {forged}) (send counter-pid (next-message 1000)))"),
    ] {
        assert_eq!(guest.lisp(&program), "true", "{program}");
        assert_eq!(guest.lisp(settle), "0", "{program}");
    }
    // The very same message of one who may.
    assert_eq!(guest.lisp(&format!("(send-control counter-pid {forged})")), "true");
    assert_eq!(guest.lisp(settle), "99");
}

/// Runs a source as an app that was pushed from elsewhere might: confined to `app.evil`, with names that it looks up itself.
fn as_an_app(guest: &mut Guest, program: &str) -> String {
    guest.lisp(&format!(
        "(let [me (self) text {text:?}]
           (spawn-confined \"app.evil\"
             (fn [] (spawn-source \"evil\" text \"app.evil\" show-str)
                    (loop [] (let [m (next-message)]
                               (if (= :exit (:type m)) (send me [:answer (str (:value m) (:reason m))]) (recur))))))
           (receive [:answer a] a :after 20000 :silent))",
        text = program,
    ))
}

#[test]
fn an_app_names_neither_the_shell_nor_other_apps() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let before =
        guest.lisp("[@(app-state \"counter\") (count (:windows @halt.shell/desktop)) (sort (keys @apps))]");
    for program in [
        "@running-apps",
        "(app-state \"counter\")",
        "(reset! (app-state 1) 99)",
        "(swap! running-apps dissoc 1)",
        "@halt.shell/desktop",
        "(swap! halt.shell/desktop assoc :windows [])",
        "(reset! halt.shell/desktop nil)",
        "(#'halt.shell/drop-window! 1)",
        "(window-parts 1)",
        "(halt.port/complete \"user\" \"in\")",
        "(eval '(swap! clojure.core/running-apps empty))",
        "(do (in-ns 'halt.shell) (eval '(reset! desktop nil)))",
        "(do (in-ns 'clojure.core) (eval '@running-apps))",
        "(deref (resolve 'running-apps))",
        "(swap! apps assoc \"repl\" {:name \"repl\" :view (fn [_] [:text \"mine\"])})",
        "(defapp repl {} (fn [_] [:text \"mine\"]))",
        "(defapp counter {} (fn [_] [:text \"mine\"]))",
        "(defapp problem {} (fn [_] [:text \"mine\"]))",
        "(register-app! {:name \"repl\" :view inc})",
        "(in-ns 'app.counter) (defn increment [n] 99)",
        "(ns app.counter)",
        "(intern 'app.counter 'evil 1)",
        "(alter-var-root #'clojure.core/open-app (fn [_] (fn [& _] :mine)))",
        "(in-ns 'clojure.core) (defn app-process [& _] nil)",
        "(defmethod print-method :evil [_ _] (power-off))",
        "(spawn-privileged (fn [] (power-off)))",
        "(make-capability! :code)",
        // What it spawns is where it is.
        "(do (spawn-source \"x\" \"(in-ns 'clojure.core) (def inc dec)\" \"user\") (:reason (next-message 9000)))",
        "(do (spawn-source \"x\" \"@running-apps\") (:reason (next-message 9000)))",
        "(do (monitor (spawn (fn [] (eval '@running-apps)))) (:reason (next-message 9000)))",
        "(if (fork) (:reason (do (next-message 200) {:reason \"was not handed the right\"})) (eval '@running-apps))",
    ] {
        let answer = as_an_app(&mut guest, program);
        assert!(answer.contains("was not handed the right"), "{program}: {answer}");
    }
    assert_eq!(
        guest.lisp("[@(app-state \"counter\") (count (:windows @halt.shell/desktop)) (sort (keys @apps))]"),
        before
    );
    assert_eq!(guest.lisp("(inc 1)"), "2");
    assert!(!guest.is_powered_off());
}

#[test]
fn an_app_in_its_place_works() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let program = "(defapp evil {:state 5 :on-start (fn [s event] (+ s (count (:grants event))))} (fn [n] [:text (str n)]))
                   (open-app \"evil\")";
    assert!(as_an_app(&mut guest, program).contains("evil"));
    guest.sync();
    assert_eq!(guest.lisp("(do (sleep 50) @(app-state \"evil\"))"), "5");
    // Its process is confined to where it comes from.
    guest.lisp("(def seen (atom nil))");
    guest.lisp(
        "(send-control (:pid (get @running-apps 3))
           {:type :update :fn (fn [s] {:state s :fx [[(fn [] (reset! seen (confined*)))]]})})",
    );
    assert_eq!(guest.lisp("(do (sleep 50) @seen)"), "\"app.evil\"");
    // Again, as a change of its source would; and by whoever may change all.
    let again = "(defapp evil {:state 6} (fn [n] [:text (str \"n \" n)]))";
    assert!(as_an_app(&mut guest, again).contains("evil"));
    assert_eq!(
        guest.lisp("(do (defapp evil {:state 7} (fn [n] [:text \"\"])) (:state (get @apps \"evil\")))"),
        "7"
    );
    // With the right to do so, a process runs what is free.
    assert_eq!(
        guest.lisp(
            "(let [me (self)]
               (spawn-confined \"app.evil\"
                 (fn [right] (spawn-source right \"x\" \"(in-ns 'user) (def freely 1) (count @running-apps)\" \"user\" str)
                             (send me [:answer (:value (next-message 9000))]))
                 (make-capability! :code))
               (receive [:answer a] [a (eval 'freely)] :after 20000 :silent))"
        ),
        "[\"3\" 1]"
    );
}
