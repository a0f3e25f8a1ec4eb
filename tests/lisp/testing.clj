;; clojure.test itself: what assertions report, and to whom.
(ns lisp.testing
  (:require [clojure.test :as t :refer [deftest is are testing]]))

(defn reports
  "What is reported while f runs, without places and errors."
  [f]
  (let [all (atom [])]
    (binding [t/report (fn [m] (swap! all conj (dissoc m :file :line :actual)))]
      (f))
    @all))

(deftest what-assertions-report
  (are [form reported] (= reported (reports (fn [] form)))
    (is (= 1 1)) '[{:type :pass :message nil :expected (= 1 1)}]
    (is (= 1 2) "why") '[{:type :fail :message "why" :expected (= 1 2)}]
    (is nil "why") '[{:type :fail :message "why"}]
    (is false) '[{:type :fail :message nil :expected false}]
    (is (thrown? ArithmeticException (/ 1 0))) '[{:type :pass :message nil :expected (thrown? ArithmeticException (/ 1 0))}]
    (is (thrown? ArithmeticException 1)) '[{:type :fail :message nil :expected (thrown? ArithmeticException 1)}]
    (is (throw (ex-info "x" {}))) '[{:type :error :message nil :expected (throw (ex-info "x" {}))}]))

(deftest messages-of-what-is-thrown
  (let [kinds (fn [f] (mapv :type (reports f)))]
    (is (= [:pass] (kinds (fn [] (is (thrown-with-msg? Exception #"b+c" (throw (ex-info "abbcd" {}))))))))
    (is (= [:fail] (kinds (fn [] (is (thrown-with-msg? Exception #"^b+c" (throw (ex-info "abbcd" {}))))))))
    (is (= [:fail] (kinds (fn [] (is (thrown-with-msg? Exception #"b" 1))))))))

(deftest what-assertions-return
  (binding [t/report identity]
    (is (= true (is (= 1 1))))
    (is (= false (is (= 1 2))))
    (is (= 3 (is (+ 1 2))))
    (is (= nil (is (first []))))
    (is (= "x" (ex-message (is (thrown? Exception (throw (ex-info "x" {})))))))))

(deftest contexts
  (testing "outer"
    (testing "inner"
      (is (= "outer inner" (t/testing-contexts-str))))
    (is (= "outer" (t/testing-contexts-str)))))

(defmethod t/assert-expr 'roughly? [msg form]
  `(let [[a# b#] (list ~@(rest form))]
     (t/do-report {:type (if (< -1 (- a# b#) 1) :pass :fail) :message ~msg :expected '~form :actual a#})))

(deftest kinds-of-assertions-can-be-added
  (is (roughly? 1.5 1.1))
  (is (= [:fail] (mapv :type (reports (fn [] (is (roughly? 1 3))))))))

(def log (atom []))
(t/deftest ^:hidden sample (swap! log conj (:name (meta (first t/*testing-vars*)))))

(deftest a-test-is-run-by-its-var-and-its-name
  (reset! log [])
  (binding [t/report identity t/*report-counters* nil]
    (t/test-var #'sample)
    (sample))
  (is (= '[sample sample] @log))
  (is (fn? (:test (meta #'sample)))))

(deftest functions-and-their-names
  (are [x] (t/function? x) 'inc inc 'lisp.testing/reports)
  (are [x] (not (t/function? x)) 'when 'nowhere 3))

(deftest success
  (is (t/successful? {:test 1 :pass 2 :fail 0 :error 0}))
  (is (not (t/successful? {:fail 1 :error 0})))
  (is (not (t/successful? {:fail 0 :error 1}))))
