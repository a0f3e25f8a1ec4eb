;; Atoms, watches, validators, errors.
(ns lisp.state
  (:require [clojure.test :refer [deftest is are]]))

(deftest atoms
  (let [a (atom 1)]
    (is (= 1 @a (deref a)))
    (is (= 2 (swap! a inc)))
    (is (= 5 (swap! a + 3)))
    (is (= 10 (swap! a + 1 1 1 1 1)))
    (is (= 7 (reset! a 7)))
    (is (compare-and-set! a 7 8))
    (is (not (compare-and-set! a 7 9)))
    (is (= 8 @a))
    (is (= [8 9] (swap-vals! a inc)))
    (is (= [9 0] (reset-vals! a 0)))
    (is (= a a))
    (is (not= (atom 1) (atom 1)))))

(deftest watches
  (let [a (atom 0) log (atom [])]
    (add-watch a :w (fn [k r old new] (swap! log conj [k old new])))
    (swap! a inc)
    (reset! a 5)
    (remove-watch a :w)
    (reset! a 6)
    (is (= [[:w 0 1] [:w 1 5]] @log))))

(deftest validators
  (let [a (atom 1 :validator pos?)]
    (is (= 2 (swap! a inc)))
    (is (thrown? Exception (reset! a -1)))
    (is (thrown? Exception (swap! a -)))
    (is (= 2 @a))
    (set-validator! a nil)
    (is (= -1 (reset! a -1))))
  (is (thrown? Exception (atom -1 :validator pos?)))
  (is (= {:a 1} (meta (atom 0 :meta {:a 1})))))

(deftest volatiles
  (let [v (volatile! 1)]
    (is (= 2 (vswap! v inc)))
    (is (= 5 (vreset! v 5)))
    (is (= 5 @v))))

(deftest errors
  (are [form value] (= form value)
    (try 1 (catch Exception e 2)) 1
    (try (throw (ex-info "m" {:a 1})) (catch Exception e (ex-message e))) "m"
    (try (throw (ex-info "m" {:a 1})) (catch clojure.lang.ExceptionInfo e (ex-data e))) {:a 1}
    (try (/ 1 0) (catch ArithmeticException e :div)) :div
    (try (/ 1 0) (catch Exception e (ex-data e))) nil
    (ex-message (ex-cause (ex-info "outer" {} (ex-info "inner" {})))) "inner"
    (try (try (/ 1 0) (finally nil)) (catch Exception e :outer)) :outer
    (let [log (atom [])]
      (try (swap! log conj 1) (finally (swap! log conj 2)))
      @log) [1 2]
    (let [log (atom [])]
      (try (throw (ex-info "x" {})) (catch Exception e (swap! log conj :caught)) (finally (swap! log conj :done)))
      @log) [:caught :done]
    (try (throw (ex-info "a" {})) (catch ArithmeticException e 1) (catch Exception e 2)) 2
    (ex-message 1) nil
    (ex-data nil) nil)
  (is (thrown? Exception (ex-info "no map" 1))))

(deftest identity-and-equality
  (are [form] (true? form)
    (identical? :a :a)
    (identical? nil nil)
    (= nil nil)
    (= "a" "a")
    (= 'a 'a)
    (= \a \a)
    (let [x [1]] (identical? x x)))
  (are [form] (false? form)
    (= nil false)
    (= :a 'a)
    (= "a" :a)
    (= "a" \a)
    (identical? [1] [2])))

(deftest namespaces-and-vars
  (is (= 'lisp.state (ns-name (find-ns 'lisp.state))))
  (is (nil? (find-ns 'no.such.namespace)))
  (is (var? (resolve 'inc)))
  (is (nil? (resolve 'no-such-name)))
  (is (= #'inc (resolve 'clojure.core/inc)))
  (is (= 3 (@(resolve 'inc) 2)))
  (is (bound? #'inc)))

(deftest classes-of-errors
  (are [class form] (= :caught (try form (catch class e :caught)))
    NullPointerException (+ nil 1)
    NullPointerException (inc nil)
    ClassCastException (+ "a" 1)
    ClassCastException (assoc 1 2 3)
    ClassCastException (1 2)
    IllegalStateException (pop [])
    IllegalStateException (pop '())
    IllegalStateException (reset! (atom 1 :validator pos?) -1)
    UnsupportedOperationException (nth {} 1)
    StackOverflowError ((fn f [x] (inc (f x))) 1)
    IllegalArgumentException ((fn [x] x))
    IllegalArgumentException (first 1)
    IllegalArgumentException (case 1 2 3)
    IllegalArgumentException (ex-info "a" nil)
    IllegalArgumentException (throw (IllegalArgumentException. "no"))
    IllegalStateException (throw (IllegalStateException. "no"))
    UnsupportedOperationException (throw (UnsupportedOperationException. "no"))
    ArithmeticException (throw (ArithmeticException. "no"))
    RuntimeException (throw (IllegalArgumentException. "no"))
    Exception (throw (Exception.)))
  (is (= ["no" nil nil] (try (throw (Exception. "no")) (catch Exception e [(ex-message e) (ex-cause e) (ex-data e)]))))
  (is (= ["no" "inner"] (try (throw (RuntimeException. "no" (ex-info "inner" {})))
                          (catch Exception e [(ex-message e) (ex-message (ex-cause e))]))))
  (is (= :outer (try (try (throw (IllegalStateException. "no")) (catch ArithmeticException e :inner))
                  (catch IllegalStateException e :outer))))
  (is (thrown-with-msg? Exception #"no" (throw (new Exception "no")))))
