;; clojure.test: assertions that count, and tests that are run by name.
(ns clojure.test)

(def tests* "All tests of deftest: [name function], in order of definition." (atom []))
(def results* "Counts of the run so far, and its problems." (atom {}))
(def ^:dynamic *testing-contexts* "What testing says around an assertion, outermost first." [])

(defn note* [kind problem]
  (swap! results* update kind (fnil inc 0))
  (if problem
    (do
      (swap! results* update :problems (fnil conj []) problem)
      (println problem))
    nil)
  (= kind :pass))

(defn failed* [kind form message detail]
  (note* kind
         (str (name kind) " in " (pr-str form)
              (if (seq *testing-contexts*) (str " (" (apply str (interpose " " *testing-contexts*)) ")") "")
              (if message (str ": " message) "")
              "\n  " detail)))

(defn check* [form message holds values]
  (if holds (note* :pass nil) (failed* :fail form message (str "actual: " (pr-str values)))))

(defn function-call* [form]
  (if (and (seq? form) (symbol? (first form)))
    (let [v (resolve (first form))]
      (and v (bound? v) (not (:macro (meta v))) (fn? (deref v))))
    false))

(defmacro is "Checks that a form is true; (is (thrown? Type form)) that it throws." 
  ([form] `(is ~form nil))
  ([form message]
   (let [head (if (seq? form) (first form) nil)]
     (cond
       (= head 'thrown?)
       `(try
          ~@(nnext form)
          (failed* :fail '~form ~message "nothing was thrown")
          (catch ~(second form) e# (note* :pass nil)))
       (= head 'thrown-with-msg?)
       `(try
          ~@(next (nnext form))
          (failed* :fail '~form ~message "nothing was thrown")
          (catch ~(second form) e# (note* :pass nil)))
       (function-call* form)
       `(try
          (let [values# (list ~@(rest form))]
            (check* '~form ~message (apply ~head values#) values#))
          (catch :default e# (failed* :error '~form ~message (str (or (ex-message e#) (pr-str e#))))))
       :else
       `(try
          (let [value# ~form] (check* '~form ~message value# value#))
          (catch :default e# (failed* :error '~form ~message (str (or (ex-message e#) (pr-str e#))))))))))

(defmacro are "Checks a form with the names in args for each group of values." [args form & values]
  `(do ~@(map (fn [group] `(let [~@(interleave args group)] (is ~form))) (partition (count args) values))))

(defmacro testing "Says what the assertions in the body are about." [text & body]
  `(binding [*testing-contexts* (conj *testing-contexts* ~text)] ~@body))

(defn add-test* [v]
  (let [name (clojure.core/var-symbol* v)]
    (swap! tests* (fn [all] (conj (filterv (fn [t] (not (= (first t) name))) all) [name v])))
    v))

(defmacro deftest "Defines a test, a function of no arguments." [name & body]
  `(do
     (defn ~name [] ~@body)
     (alter-meta! (var ~name) assoc :test (fn [] (~name)))
     (add-test* (var ~name))))
(defmacro deftest- "Like deftest, for a private name." [name & body]
  `(let [v# (deftest ~name ~@body)] (alter-meta! v# assoc :private true) v#))
(defmacro set-test "Gives a var a test." [name & body]
  `(do (alter-meta! (var ~name) assoc :test (fn [] ~@body)) (add-test* (var ~name))))
(defmacro with-test "Evaluates a definition and gives its var a test." [definition & body]
  `(let [v# ~definition] (alter-meta! v# assoc :test (fn [] ~@body)) (add-test* v#)))

;; Fixtures: functions that are handed a function of no arguments to call.

(def fixtures* "A map from the name of a namespace to {:once fixture :each fixture}." (atom {}))
(defn compose-fixtures "Returns a fixture that puts the second inside of the first." [f g]
  (fn [body] (f (fn [] (g body)))))
(defn join-fixtures "Returns the composition of fixtures." [fixtures]
  (reduce compose-fixtures (fn [body] (body)) fixtures))
(defn use-fixtures "Runs fixtures around all tests of the current namespace (:once), or around each (:each)." [kind & fixtures]
  (swap! fixtures* assoc-in [(current-ns*) kind] (join-fixtures fixtures))
  nil)
(defn fixture* [name kind] (get-in (deref fixtures*) [(symbol (namespace name)) kind] (fn [body] (body))))

(def ^:dynamic *testing-vars* "The vars of the tests that run, the innermost first." ())
(defn testing-vars-str "Returns the names of the tests that run." [& _]
  (str (reverse (map (fn [v] (:name (meta v))) *testing-vars*))))
(defn testing-contexts-str "Returns what testing says around the assertion that runs." []
  (apply str (interpose " " *testing-contexts*)))

(defn test-var "Runs the test of a var, without fixtures." [v]
  (let [test (:test (meta v))]
    (if test
      (binding [*testing-vars* (conj *testing-vars* v)]
        (swap! results* update :test (fnil inc 0))
        (try
          (test)
          (catch :default e
            (failed* :error (clojure.core/var-symbol* v) nil (str (or (ex-message e) (pr-str e)))))))
      nil)
    nil))

(defn test-vars "Runs the tests of vars, with the fixtures of their namespaces." [vars]
  (run! (fn [group]
          (let [name (clojure.core/var-symbol* (first group))]
            ((fixture* name :once)
             (fn [] (run! (fn [v] ((fixture* name :each) (fn [] (test-var v)))) group)))))
        (partition-by (fn [v] (namespace (clojure.core/var-symbol* v))) vars))
  nil)

(defn run* [vars]
  (reset! results* {:test 0 :pass 0 :fail 0 :error 0})
  (test-vars vars)
  (deref results*))
(defn tests-of* [ns]
  (let [own (str (ns-name ns))]
    (keep (fn [[name v]] (if (= own (namespace name)) v nil)) (deref tests*))))

(defn run-tests "Runs the tests of these namespaces, of all by default. Returns {:test :pass :fail :error} and the texts of the :problems."
  [& spaces]
  (run* (if (seq spaces) (mapcat tests-of* spaces) (map second (deref tests*)))))
(defn run-all-tests "Runs the tests of all namespaces, or of those whose names a regex matches."
  ([] (run-tests))
  ([re] (run* (keep (fn [[name v]] (if (re-matches re (namespace name)) v nil)) (deref tests*)))))
(defn test-ns "Runs the tests of a namespace. Returns the results." [ns] (run-tests ns))
(defn test-all-vars "Runs the tests of a namespace within the results so far." [ns] (test-vars (tests-of* ns)))
(defn run-test-var "Runs the test of a var. Returns the results." [v] (run* [v]))
(defmacro run-test "Runs the test of a name. Returns the results." [name] `(run-test-var (var ~name)))

(defn successful? "Returns true if a run had neither failures nor errors." [results]
  (and (= 0 (:fail results 0)) (= 0 (:error results 0))))
(defn function? "Returns true if x is a function or names one." [x]
  (if (symbol? x) (let [v (resolve x)] (and v (bound? v) (fn? (deref v)) (not (:macro (meta v))))) (fn? x)))
