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
fn a_link_lets_a_process_die_with_its_child() {
    let mut guest = Guest::boot(2, 800, 600, None);
    let ends = |body: &str| {
        format!(
            "(let [p (spawn (fn [] (let [c (spawn (fn [] (next-message) {body}))] (link c) (send c 1) (next-message))))]
               (monitor p)
               (receive {{:type :exit :pid pid}} :when (= pid p) :died :after 300 (do (kill p) :alive)))"
        )
    };
    assert_eq!(guest.lisp(&ends("(throw {})")), ":died");
    assert_eq!(guest.lisp(&ends(":fine")), ":alive");
    let stranger = "(let [me (self)]
        (spawn (fn [] (send me (try (link 1) (catch :default e (error-text e))))))
        (next-message 5000))";
    let error = guest.lisp(stranger);
    assert!(error.contains("link"), "only what it spawned may be linked: {error}");
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
