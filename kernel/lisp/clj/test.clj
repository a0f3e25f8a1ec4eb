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

(defmacro deftest "Defines a test, a function of no arguments." [name & body]
  `(do
     (defn ~name [] ~@body)
     (swap! tests* (fn [all#] (conj (filterv (fn [t#] (not (= (first t#) '~name))) all#) ['~name (var ~name)])))
     (var ~name)))

(defn run-tests "Runs all tests. Returns {:test :pass :fail :error} and the texts of the :problems." [& _]
  (reset! results* {:test 0 :pass 0 :fail 0 :error 0})
  (doseq [[name test] (deref tests*)]
    (swap! results* update :test inc)
    (try
      (test)
      (catch :default e (failed* :error name nil (str (or (ex-message e) (pr-str e)))))))
  (deref results*))

(defn successful? "Returns true if a run had neither failures nor errors." [results]
  (and (= 0 (:fail results)) (= 0 (:error results))))
