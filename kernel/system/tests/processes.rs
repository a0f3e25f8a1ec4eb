//! Processes as programs see them: messages by pattern, links, promises and futures.

#[allow(dead_code, reason = "the tests of the desktop use the rest")]
mod machine;

use machine::Guest;

#[test]
fn receive_takes_the_first_message_that_fits_and_leaves_the_others() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for (program, expected) in [
        (
            "(do (send (self) :noise) (send (self) [:add 1 2])
                 [(receive [:add a b] (+ a b)) (receive :noise :kept :after 0 :gone) (next-message 0)])",
            "[3 :kept nil]",
        ),
        ("(receive x x :after 5 :late)", ":late"),
        ("(do (send (self) nil) (receive x [x] :after 5 :late))", "[nil]"),
        (
            "(do (dotimes [i 5] (send (self) {:n i :text \"t\"}))
                 (let [odd (receive {:n n} :when (= n 3) n)] [odd (mapv (fn [_] (:n (next-message 0))) (range 5))]))",
            "[3 [0 1 2 4 nil]]",
        ),
        ("(do (send (self) [1 2 3 [4 5]]) (receive [a & [b _ [_ c]]] [a b c]))", "[1 2 5]"),
        ("(do (send (self) 'go) (receive 'stop :stop 'go :go))", ":go"),
        ("(do (send (self) [1 [2]]) (receive [1 [x y]] :two [1 [x]] [:one x]))", "[:one 2]"),
        ("(do (send (self) :a) (send (self) :b) [(receive :b (receive :a :both :after 0 :lost))])", "[:both]"),
    ] {
        assert_eq!(guest.lisp(program), expected, "{program}");
    }
}

#[test]
fn promises_and_futures_wait_for_their_processes() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for (program, expected) in [
        ("(let [p (promise)] (spawn (fn [] (sleep 20) (deliver p 7))) [(realized? p) @p @p])", "[false 7 7]"),
        ("(deref (promise) 10 :late)", ":late"),
        ("@(future (sleep 10) (+ 1 2))", "3"),
        ("(try @(future (throw (ex-info \"no\" {}))) (catch :default e (ex-message e)))", "\"no\""),
        (
            "(let [f (future (loop [] (sleep 10) (recur)))]
               [(future-done? f) (future-cancel f) (future-cancelled? f) (try @f (catch :default e (:type e)))])",
            "[false true true :cancelled]",
        ),
        ("(vec (pmap (fn [x] (sleep 5) (* x x)) [1 2 3]))", "[1 4 9]"),
        ("(vec (pvalues (+ 1 1) (+ 2 2)))", "[2 4]"),
    ] {
        assert_eq!(guest.lisp(program), expected, "{program}");
    }
}

#[test]
fn what_waits_for_a_promise_is_woken_and_does_not_look() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for (program, expected) in [
        // It hardly runs while it waits: neither for a value nor for an agent.
        (
            "(let [me (self) p (promise) a (agent 0)
                   slices (fn [] (:slices (some (fn [row] (when (= (self) (:pid row)) row)) (processes))))
                   slow (fn [x] (sleep 150) (inc x))]
               (spawn (fn [] (let [before (slices)] (send me [@p (< (- (slices) before) 10)]))))
               (spawn (fn [] (let [before (slices)] (send-off a slow) (await a) (send me [@a (< (- (slices) before) 10)]))))
               (sleep 150)
               (deliver p 1)
               [(next-message 5000) (next-message 5000)])",
            "[[1 true] [1 true]]",
        ),
        // Everybody who waits is woken.
        (
            "(let [me (self) p (promise)]
               (dotimes [_ 50] (spawn (fn [] (send me @p))))
               (sleep 5)
               (deliver p 2)
               (reduce + (vec (repeatedly 50 (fn [] (next-message 5000 0))))))",
            "100",
        ),
        // A message does not end the wait, and is not lost.
        (
            "(let [me (self) p (promise) waits (spawn (fn [] (let [v (deref p 5000 :late)] (send me [v (next-message 0)]))))]
               (sleep 5) (send waits :meanwhile) (sleep 5) (deliver p 3) (next-message 5000))",
            "[3 :meanwhile]",
        ),
        // Who gave up is not woken any more, and one that gives up in time can wait again.
        (
            "(let [p (promise) early (deref p 3 :early) again (deref p 3 :again)]
               (deliver p 4) [early again (deref p 3 :late) @p])",
            "[:early :again 4 4]",
        ),
        // The process of a future is killed with the one that made it: whoever waits hears of it.
        (
            "(let [me (self)
                   maker (spawn (fn [] (send me (future (sleep 100000))) (sleep 20)))
                   f (next-message 5000)]
               [(try @f (catch :cancelled e :cancelled)) (realized? f) (try (deref f 5 :late) (catch :cancelled e :again))])",
            "[:cancelled true :again]",
        ),
    ] {
        assert_eq!(guest.lisp(program), expected, "{program}");
    }
}

#[test]
fn a_link_lets_a_process_die_with_its_child() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let ends = |body: &str, wait_ms: u32| {
        format!(
            "(let [p (spawn (fn [] (let [c (spawn (fn [] (next-message) {body}))] (link c) (send c 1) (next-message))))]
               (monitor p)
               (receive {{:type :exit :pid pid}} :when (= pid p) :died :after {wait_ms} (do (kill p) :alive)))"
        )
    };
    assert_eq!(guest.lisp(&ends("(throw {})", 20_000)), ":died");
    assert_eq!(guest.lisp(&ends(":fine", 300)), ":alive");
    let stranger = "(let [me (self)]
        (spawn (fn [] (send me (try (link 1) (catch :default e (error-text e))))))
        (next-message 5000))";
    let error = guest.lisp(stranger);
    assert!(error.contains("link"), "only what it spawned may be linked: {error}");
}

#[test]
fn the_end_of_a_process_says_why() {
    let mut guest = Guest::boot(2, 800, 600, None);
    // What a monitor hears of a process that runs this body once it is told to.
    let heard = |body: &str| {
        format!(
            "(let [p (spawn (fn [] (next-message) {body}))]
               (monitor p) (send p :go)
               (let [end (receive end :when (= p (:pid end)) end :after 20000 :silent)]
                 [(:reason end) (:value end) (:type (:error end)) (pos? (count (:trace (:error end))))]))"
        )
    };
    for (body, expected) in [
        ("(+ 1 2)", "[:normal 3 nil false]"),
        ("(exit :normal)", "[:normal nil nil false]"),
        ("(exit [:no-more 7])", "[[:no-more 7] nil nil false]"),
        ("(try (exit :left) (finally (exit :rather)))", "[:rather nil nil false]"),
        ("(try (exit :caught) (catch :exit e (:reason e)))", "[:normal :caught nil false]"),
        ("(kill (self))", "[\"killed\" nil nil false]"),
        ("(exit (self) :normal)", "[:normal nil nil false]"),
        ("(exit (self) :mine)", "[:mine nil nil false]"),
    ] {
        assert_eq!(guest.lisp(&heard(body)), expected, "{body}");
    }
    let failed = guest.lisp(&heard("(throw (ex-info \"no\" {:type :broken}))"));
    assert!(failed.contains("no {:type :broken}\" nil :ex-info true]"), "{failed}");
    let silent = "(let [p (spawn (fn [] (next-message)))]
        (monitor p) (demonitor p) (send p 1)
        (receive {:type :exit :pid pid} :when (= pid p) :heard :after 100 :silent))";
    assert_eq!(guest.lisp(silent), ":silent");
}

#[test]
fn links_hand_reasons_on_and_can_be_trapped() {
    let mut guest = Guest::boot(2, 800, 600, None);
    // A process with a linked child; what a monitor of the first hears when the child runs this body.
    let chain = |body: &str, after: &str, wait_ms: u32| {
        format!(
            "(let [p (spawn (fn []
                        (next-message)
                        (let [c (spawn (fn [] (next-message) {body}))] (link c) {after} (send c 1) (next-message))))]
               (monitor p) (send p :go)
               (let [reason (receive {{:type :exit :pid pid :reason r}} :when (= pid p) r :after {wait_ms} :alive)]
                 (kill p) reason))"
        )
    };
    assert_eq!(guest.lisp(&chain("(exit :tired)", "", 20_000)), ":tired");
    assert_eq!(guest.lisp(&chain("(exit :normal)", "", 300)), ":alive");
    assert_eq!(guest.lisp(&chain("(exit :tired)", "(unlink c)", 300)), ":alive");
    // Trapped: a message, of good ends too, and the process goes on.
    for (body, reason) in [("(exit :tired)", ":tired"), ("7", ":normal"), ("(kill (self))", "\"killed\"")] {
        let trapped = format!(
            "(let [me (self)]
               (spawn (fn [] (trap-exit true)
                             (let [c (spawn (fn [] (next-message) {body}))]
                               (link c) (send c 1)
                               (receive {{:type :exit :pid pid :reason r}} :when (= pid c) (send me [:trapped r])))))
               (receive [:trapped r] r :after 20000 :silent))"
        );
        assert_eq!(guest.lisp(&trapped), reason, "{body}");
    }
    // Another's exit is a message to who traps, an end to who does not, and not for strangers.
    let asked = "(let [me (self)
                       p (spawn (fn [] (trap-exit true) (send me :ready) (receive {:type :exit :reason r} (send me [:asked r]))))]
        (receive :ready 1)
        (exit p :please)
        (receive [:asked r] r :after 20000 :silent))";
    assert_eq!(guest.lisp(asked), ":please");
    let told = "(let [p (spawn (fn [] (next-message)))]
        (monitor p) (exit p :normal) (exit p [:go 1])
        (receive {:type :exit :pid pid :reason r} :when (= pid p) r :after 20000 :silent))";
    assert_eq!(guest.lisp(told), "[:go 1]");
}

/// `send` knows an agent from a process, and what processes add to a ref in transactions is all there.
#[test]
fn agents_and_refs_work_across_processes() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for (program, expected) in [
        ("(let [a (agent 1)] (send a + 2) (send-off a (fn [x] (sleep 5) (* x 10))) (await a) @a)", "30"),
        (
            "(let [a (agent 1)] (send a (fn [_] (throw (ex-info \"no\" {})))) (loop [] (if (agent-error a) nil (do (sleep 1) (recur))))
               [(ex-message (agent-error a)) (restart-agent a 5) (do (send a inc) (await a) @a)])",
            "[\"no\" 5 6]",
        ),
        (
            "(let [from (ref 400) to (ref 0)
                   work (fn [] (dotimes [_ 100] (dosync (alter from dec) (alter to inc))) (= 400 (dosync (+ @from @to))))
                   all (doall (map (fn [_] (future (work))) (range 4)))]
               [(mapv deref all) @from @to])",
            "[[true true true true] 0 400]",
        ),
        ("(try (send (self) 1 2) (catch :default e (:type e)))", ":arity"),
    ] {
        assert_eq!(guest.lisp(program), expected, "{program}");
    }
}

#[test]
fn a_fork_goes_on_in_both_with_the_same_state() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for (program, expected) in [
        // Locals, bindings and handlers are there in both; each goes its own way.
        (
            "(let [me (self) x [1 2] child (fork)]
               (if child
                 [(= child (receive [:child pid y] (if (= y [1 2 :child]) pid nil) :after 5000 nil)) (conj x :parent)]
                 (send me [:child (self) (conj x :child)])))",
            "[true [1 2 :parent]]",
        ),
        (
            "(let [me (self)]
               (binding [*print-length* 3]
                 (try
                   (if (fork) (throw (ex-info \"parent\" {})) (throw (ex-info \"child\" {})))
                   (catch :default e
                     (if (= \"child\" (ex-message e))
                       (send me [:child *print-length*])
                       [:parent *print-length* (receive [:child n] n :after 5000 :late)])))))",
            "[:parent 3 3]",
        ),
        // Deep inside of calls that others wait for.
        (
            "(let [me (self)
                   deep (fn deep [n] (if (= n 0) (if (fork) 0 1) (+ 1000 (deep (dec n)))))
                   sum (reduce + (mapv (fn [n] (deep n)) [500]))]
               (if (= sum 500000) [sum (receive [:child n] n :after 5000 :late)] (send me [:child sum])))",
            "[500000 500001]",
        ),
        // A sequence has one value: that of whoever realised it first.
        (
            "(let [me (self) s (map (fn [n] (if (fork) [n (self)] [n (self)])) [7]) one (first s)]
               (if (= me (self)) [(= one (next-message 5000)) (first one)] (send me one)))",
            "[true 7]",
        ),
        // Each fork forks again.
        (
            "(let [me (self)]
               (dotimes [_ 4] (fork))
               (if (= me (self))
                 [(count (distinct (vec (repeatedly 15 (fn [] (next-message 5000)))))) (next-message 0)]
                 (send me (self))))",
            "[15 nil]",
        ),
        // A lazy sequence that both go on to realise.
        (
            "(let [me (self) s (map inc (range 100)) half (doall (take 40 s)) child (fork) sum (reduce + s)]
               (if child (= sum (next-message 5000)) (send me sum)))",
            "true",
        ),
        // What had come for the parent is the parent's.
        (
            "(let [me (self)]
               (send me :before)
               (if (fork) [(next-message 0) (next-message 5000)] (send me [:child (next-message 0)])))",
            "[:before [:child nil]]",
        ),
    ] {
        assert_eq!(guest.lisp(program), expected, "{program}");
    }
}

#[test]
fn a_fork_is_a_child_with_no_more_rights_than_its_parent() {
    let mut guest = Guest::boot(2, 800, 600, None);
    // It dies with its parent.
    let dies = "(let [me (self)
            parent (spawn (fn [] (let [child (fork)] (when child (send me child)) (next-message))))
            child (next-message 5000)]
        (monitor child)
        (kill parent)
        (receive {:type :exit :pid pid :reason reason} :when (= pid child) reason :after 5000 :alive))";
    assert_eq!(guest.lisp(dies), "\"killed\"");
    // What an app may not do, its fork may not.
    let rights = "(let [me (self)]
        (spawn (fn [] (if (fork) (next-message)
                        (send me (try (power-off) (catch :default e (:type e)))))))
        (next-message 5000))";
    assert_eq!(guest.lisp(rights), ":not-permitted");
    assert!(!guest.is_powered_off());
    // Its parent may end it and hears of that; nobody else may.
    let kills = "(let [me (self)]
        (spawn (fn [] (let [child (fork)]
                        (when child
                          (monitor child)
                          (kill child)
                          (send me (receive {:type :exit :pid p :reason r} [(= p child) r] :after 5000 :alive)))
                        (next-message))))
        (next-message 5000))";
    assert_eq!(guest.lisp(kills), "[true \"killed\"]");
}

#[test]
fn what_cannot_fork_says_so() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let error = guest.request("eval", "(do (defmacro forks [] (fork)) (forks))").unwrap_err();
    assert!(error.contains("must not fork"), "{error}");
    // The refused fork leaves nothing behind: the next wait is a wait.
    let waits = "(let [before (count (processes))]
        [(try (eval '(forks)) (catch :default e (:type e))) (next-message 5) (- (count (processes)) before)])";
    assert_eq!(guest.lisp(waits), "[:compile nil 0]");
    // A fork bomb ends at the bound, and the desktop lives.
    let bomb = "(let [me (self)
            pid (spawn (fn [] (try (loop [] (fork) (recur))
                                (catch :default e (send me (:type e)) (next-message)))))
            error (next-message 60000)]
        (kill pid)
        error)";
    assert_eq!(guest.lisp(bomb), ":too-many-processes");
    assert_eq!(guest.lisp("(+ 1 1)"), "2");
}

#[test]
fn as_many_processes_as_fit_wait_answer_and_end() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let start = "(do
        (def pids [])
        (defn worker [] (loop [] (send (next-message) (self)) (recur)))
        (def parent (spawn (fn []
          (loop [all []]
            (let [pid (try (spawn worker) (catch :too-many-processes e nil))]
              (if pid (recur (conj all pid)) (def pids all))))
          (next-message))))
        (while (empty? pids) (sleep 1))
        [(< 95000 (count pids)) (< (count pids) (figures :processes)) (= (count pids) (count (distinct pids)))])";
    assert_eq!(guest.lisp(start), "[true true true]");
    // Each answers, in whichever order they are asked.
    let asks = "(let [me (self)]
        (reduce + (map (fn [part]
                         (doseq [pid part] (send pid me))
                         (count (set (repeatedly (count part) (fn [] (next-message 60000))))))
                       (partition-all 1000 (reverse pids)))))";
    let count = guest.lisp("(count pids)");
    assert_eq!(guest.lisp(asks), count);
    // With them their parent ends, and another takes their place.
    assert_eq!(
        guest.lisp("(do (kill parent) (while (< 100 (figures :processes)) (sleep 1)) @(future :room))"),
        ":room"
    );
    assert_eq!(guest.lisp("(some #{(first pids)} (map :pid (processes)))"), "nil");
}

#[test]
fn a_mailbox_takes_so_many_messages_and_its_end_forgets_them() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let fills = "(let [pid (spawn (fn [] (sleep 100000))) before (figures :messages)]
        (dotimes [n 16384] (send pid n))
        [(send pid :more) (- (figures :messages) before) (do (monitor pid) (kill pid) (receive {:type :exit :pid p} :when (= p pid) (figures :messages)))])";
    assert_eq!(guest.lisp(fills), "[false 16384 0]");
}

#[test]
fn a_program_sees_what_the_heap_does() {
    let mut guest = Guest::boot(2, 800, 600, None);
    for (program, expected) in [
        ("(let [{:keys [arena old nurseries]} (heap-report)]
            (and (< 0 (:used-bytes old) (:bytes arena)) (<= 0 (:free-bytes arena) (:bytes arena))
                 (< 0 (:allocated-bytes-per-s nurseries)) (<= (count (processes)) (:count nurseries))))", "true"),
        ("(let [before (get-in (heap-report) [:nurseries :allocated-bytes])]
            (dotimes [i 100000] (vector i))
            (< (+ before 1000000) (get-in (heap-report) [:nurseries :allocated-bytes])))", "true"),
        ("(let [{:keys [pauses]} (heap-report)] [(mapv first pauses) (every? nat-int? (map second pauses))])",
         "[[1 2 4 8 16 32 64 128 256 512 1024 2048 4096 8192 16384 nil] true]"),
        ("(= (sort [:prepare-us :mark-us :move-us :sweep-us :marked-bytes :moved-bytes :blocks-evacuated])
             (sort (keys (:phases (heap-report)))))", "true"),
        ("(= (set (keys (:pauses-us-max (heap-report)))) (set (keys (:pauses-us-total (heap-report)))))", "true"),
        ("(let [{:keys [mutators]} (heap-report)]
            [(apply >= (map :used-bytes mutators)) (every? (set (map :name mutators)) [\"core 0\" \"core 1\"])])", "[true true]"),
    ] {
        assert_eq!(guest.lisp(program), expected, "{program}");
    }
}
