;; clojure.test: tests, assertions, and reports of what became of them.
(ns clojure.test
  (:require [clojure.walk :as walk]))

(def ^:dynamic *load-tests* "Whether deftest and its like define tests." true)
(def ^:dynamic *stack-trace-depth* "How many calls of a stack trace are shown; nil for all." nil)
(def ^:dynamic *report-counters* "An atom with the counts of the run, within one." nil)
(def ^:dynamic *initial-report-counters* "The counts that a run begins with." {:test 0 :pass 0 :fail 0 :error 0})
(def ^:dynamic *testing-vars* "The vars of the tests that run, the innermost first." ())
(def ^:dynamic *testing-contexts* "What testing says around an assertion, the innermost first." ())
(def ^:dynamic *test-out* "Where reports go; nil for where everything else goes." nil)

(defmacro with-test-out "Evaluates the body with what it prints going to *test-out*." [& body]
  `(binding [*out* (or *test-out* *out*)] ~@body))

;; Reports.

(defn testing-vars-str "Returns the names of the tests that run and the place of an assertion." [m]
  (str (pr-str (reverse (map (fn [v] (:name (meta v))) *testing-vars*))) " (" (:file m) ":" (:line m) ")"))
(defn testing-contexts-str "Returns what testing says around the assertion that runs." []
  (apply str (interpose " " (reverse *testing-contexts*))))

(defn inc-report-counter "Counts one more of a kind." [name]
  (if *report-counters* (swap! *report-counters* update name (fnil inc 0)) nil))

(defn print-error* [error]
  (println (if (and (map? error) (:message error)) (str (:type error) ": " (:message error)) (pr-str error)))
  (if (seq (:data error)) (prn (:data error)) nil)
  (let [calls (take-while (fn [call] (not (clojure.string/starts-with? call "test-var (clojure/"))) (:trace error))
        calls (remove (fn [call] (clojure.string/includes? call "(clojure/test.clj:")) calls)
        calls (if *stack-trace-depth* (take *stack-trace-depth* calls) calls)]
    (if (seq calls) (println (str " at " (apply str (interpose "\n    " calls)))) nil))
  (if (:cause error)
    (do (print "Caused by: ") (print-error* (:cause error)))
    nil))

(defn print-problem* [title m]
  (println (str "\n" title " in " (testing-vars-str m)))
  (if (seq *testing-contexts*) (println (testing-contexts-str)) nil)
  (if (:message m) (println (:message m)) nil)
  (println "expected:" (pr-str (:expected m)))
  (print "  actual: ")
  (if (and (= :error (:type m)) (map? (:actual m)))
    (print-error* (:actual m))
    (prn (:actual m))))

(defmulti ^:dynamic report "Reports what became of something: a map with its :type. May be bound, and extended by defmethod." :type)
(defmethod report :default [m] (with-test-out (prn m)))
(defmethod report :pass [m] (inc-report-counter :pass))
(defmethod report :fail [m]
  (with-test-out (inc-report-counter :fail) (print-problem* "FAIL" m)))
(defmethod report :error [m]
  (with-test-out (inc-report-counter :error) (print-problem* "ERROR" m)))
(defmethod report :summary [m]
  (with-test-out
    (println (str "\nRan " (:test m) " tests containing " (+ (:pass m) (:fail m) (:error m)) " assertions."))
    (println (str (:fail m) " failures, " (:error m) " errors."))))
(defmethod report :begin-test-ns [m] (with-test-out (println (str "\nTesting " (ns-name (:ns m))))))
(defmethod report :end-test-ns [m] nil)
(defmethod report :begin-test-var [m] nil)
(defmethod report :end-test-var [m] nil)

(defn place* [calls]
  (let [call (first (drop-while (fn [call] (clojure.string/includes? call "(clojure/")) calls))
        [_ file line] (re-find #"\((?:.*/)?(.*):(\d+):\d+\)$" (or call ""))]
    (if line {:file file :line (parse-long line)} {:file nil :line nil})))
(defn file-position "Returns [file line] of the call that runs." [n]
  (let [place (place* (try (throw (ex-info "" {})) (catch :default e (:trace e))))]
    [(:file place) (:line place)]))

(defn do-report "Adds the place, where something failed, and reports." [m]
  (report
    (cond
      (= :fail (:type m)) (merge (place* (try (throw (ex-info "" {})) (catch :default e (:trace e)))) m)
      (and (= :error (:type m)) (map? (:actual m))) (merge (place* (:trace (:actual m))) m)
      :else m)))

;; Assertions.

(defn get-possibly-unbound-var "Returns the value of a var, nil when it has none." [v] (if (bound? v) (deref v) nil))
(defn function? "Returns true if x is a function or names one, but no macro." [x]
  (if (symbol? x)
    (let [v (resolve x)] (boolean (and v (bound? v) (fn? (deref v)) (not (:macro (meta v))))))
    (fn? x)))

(defn said* [holds message form actual]
  (do-report {:type (if holds :pass :fail) :message message :expected form :actual actual})
  holds)
(defn predicate* [message form function values]
  (let [result (apply function values)]
    (do-report {:type (if result :pass :fail) :message message :expected form
                :actual (let [call (cons (first form) values)] (if result call (list 'not call)))})
    result))
(defn thrown* [message form error]
  (do-report {:type :pass :message message :expected form :actual error})
  error)
(defn thrown-with* [message form re error]
  (do-report {:type (if (re-find re (str (ex-message error))) :pass :fail) :message message :expected form :actual error})
  error)

(defn assert-predicate "Returns the code of an assertion that a call of a function is true." [msg form]
  `(predicate* ~msg '~form ~(first form) (list ~@(rest form))))
(defn assert-any "Returns the code of an assertion that a form is true." [msg form]
  `(let [value# ~form] (said* value# ~msg '~form value#)))

(defmulti assert-expr "Returns the code of an assertion: dispatches on the name that a form begins with. Extended by defmethod."
  (fn [msg form] (cond (nil? form) :always-fail (seq? form) (first form) :else :default)))
(defmethod assert-expr :always-fail [msg form] `(do-report {:type :fail :message ~msg}))
(defmethod assert-expr :default [msg form]
  (if (and (sequential? form) (function? (first form))) (assert-predicate msg form) (assert-any msg form)))
(defmethod assert-expr 'instance? [msg form]
  `(let [type# ~(nth form 1) value# ~(nth form 2)] (said* (instance? type# value#) ~msg '~form (type value#))))
(defmethod assert-expr 'thrown? [msg form]
  `(try
     ~@(nthnext form 2)
     (said* false ~msg '~form nil)
     (catch ~(second form) e# (thrown* ~msg '~form e#))))
(defmethod assert-expr 'thrown-with-msg? [msg form]
  `(try
     ~@(nthnext form 3)
     (said* false ~msg '~form nil)
     (catch ~(nth form 1) e# (thrown-with* ~msg '~form ~(nth form 2) e#))))

(defmacro try-expr "Used by is: asserts, and reports what is thrown." [msg form]
  `(try ~(assert-expr msg form)
     (catch :default e# (do-report {:type :error :message ~msg :expected '~form :actual e#}))))

(defmacro is "Checks that a form is true; (is (thrown? Type form)) that it throws, (is (thrown-with-msg? Type re form)) with which message."
  ([form] `(is ~form nil))
  ([form msg] `(try-expr ~msg ~form)))

(defmacro are "Checks a form with the names in args for each group of values." [args form & values]
  (if (if (seq args) (and (seq values) (zero? (rem (count values) (count args)))) (empty? values))
    `(do ~@(map (fn [group] `(is ~(walk/postwalk-replace (zipmap args group) form)))
                (if (seq args) (partition (count args) values) ())))
    (throw (ex-info "are wants as many values as names, or a multiple of that" {:names args :values (count values)}))))

(defmacro testing "Says what the assertions in the body are about." [text & body]
  `(binding [*testing-contexts* (conj *testing-contexts* ~text)] ~@body))

;; Tests: functions of no arguments in the metadata of vars.

(defmacro with-test "Evaluates a definition and gives its var a test." [definition & body]
  (if *load-tests*
    `(let [v# ~definition] (alter-meta! v# assoc :test (fn [] ~@body)) v#)
    definition))
(defmacro deftest "Defines a test, a function of no arguments." [name & body]
  (if *load-tests*
    `(do
       (defn ~name [] (test-var (var ~name)))
       (alter-meta! (var ~name) assoc :test (fn [] ~@body))
       (var ~name))
    nil))
(defmacro deftest- "Like deftest, for a private name." [name & body]
  (if *load-tests*
    `(let [v# (deftest ~name ~@body)] (alter-meta! v# assoc :private true) v#)
    nil))
(defmacro set-test "Gives a var a test." [name & body]
  (if *load-tests* `(alter-meta! (var ~name) assoc :test (fn [] ~@body)) nil))

;; Fixtures: functions that are handed a function of no arguments to call.

(def fixtures* "A map from the name of a namespace to {:once fixture :each fixture}." (atom {}))
(defn compose-fixtures "Returns a fixture that puts the second inside of the first." [f g]
  (fn [body] (f (fn [] (g body)))))
(defn join-fixtures "Returns the composition of fixtures." [fixtures]
  (reduce compose-fixtures (fn [body] (body)) fixtures))
(defn use-fixtures "Runs fixtures around all tests of the current namespace (:once), or around each (:each)." [kind & fixtures]
  (swap! fixtures* assoc-in [(current-ns*) kind] (join-fixtures fixtures))
  nil)
(defn fixture* [ns kind] (get-in (deref fixtures*) [ns kind] (fn [body] (body))))

;; Running tests.

(defn test-var "Runs the test of a var, without fixtures." [v]
  (let [test (:test (meta v))]
    (if test
      (binding [*testing-vars* (conj *testing-vars* v)]
        (do-report {:type :begin-test-var :var v})
        (inc-report-counter :test)
        (try
          (test)
          (catch :default e
            (do-report {:type :error :message "Uncaught exception, not in assertion." :expected nil :actual e})))
        (do-report {:type :end-test-var :var v}))
      nil)))

(defn test-vars "Runs the tests of vars, with the fixtures of their namespaces." [vars]
  (run! (fn [[ns vars]]
          ((fixture* ns :once)
           (fn [] (run! (fn [v] ((fixture* ns :each) (fn [] (test-var v)))) vars))))
        (group-by (fn [v] (:ns (meta v))) (filter (fn [v] (:test (meta v))) vars))))
(defn tests-of* [ns] (sort-by (fn [v] (:line (meta v) 0)) (filter (fn [v] (:test (meta v))) (vals (ns-interns ns)))))
(defn test-all-vars "Runs the tests of a namespace, in their order in the file." [ns] (test-vars (tests-of* ns)))

(defn tested* [ns run]
  (binding [*report-counters* (atom *initial-report-counters*)]
    (let [ns (the-ns ns)]
      (do-report {:type :begin-test-ns :ns ns})
      (run)
      (do-report {:type :end-test-ns :ns ns}))
    (deref *report-counters*)))
(defn test-ns "Runs the tests of a namespace, by its function test-ns-hook if it has one. Returns the counts." [ns]
  (tested* ns (fn []
                (let [hook (get (ns-interns ns) 'test-ns-hook)]
                  (if hook ((deref hook)) (test-all-vars ns))))))

(defn summed* [counts]
  (let [summary (assoc (apply merge-with + *initial-report-counters* counts) :type :summary)]
    (do-report summary)
    summary))
(defn run-tests "Runs the tests of namespaces, the current one by default, and reports. Returns the counts."
  ([] (run-tests *ns*))
  ([& spaces] (summed* (mapv test-ns spaces))))
(defn run-all-tests "Runs the tests of all namespaces that have some, or of those whose names a regex matches."
  ([] (run-all-tests #".*"))
  ([re]
   (summed* (mapv test-ns (sort-by str (filter (fn [ns] (and (re-matches re (str (ns-name ns))) (seq (tests-of* ns))))
                                               (all-ns)))))))
(defn run-test-var "Runs the test of a var, with fixtures, and reports. Returns the counts." [v]
  (summed* [(tested* (:ns (meta v)) (fn [] (test-vars [v])))]))
(defmacro run-test "Runs the test of a name, with fixtures, and reports. Returns the counts." [name] `(run-test-var (var ~name)))

(defn successful? "Returns true if a run had neither failures nor errors." [results]
  (and (zero? (:fail results 0)) (zero? (:error results 0))))
