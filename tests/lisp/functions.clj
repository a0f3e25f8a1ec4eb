;; Functions of functions, arities, destructuring, recursion.
(ns lisp.functions
  (:require [clojure.test :refer [deftest is are]]))

(deftest combinators
  (are [form value] (= form value)
    ((comp inc inc) 1) 3
    ((comp) 1) 1
    ((comp str inc) 1) "2"
    ((comp - + *) 2 3) -6
    ((comp inc (fn [x y z] (+ x y z))) 1 2 3) 7
    ((comp inc inc inc inc) 1) 5
    ((partial + 1) 2) 3
    ((partial + 1 2) 3 4) 10
    ((partial + 1 2 3 4) 5) 15
    ((partial +)) 0
    ((juxt inc dec) 1) [2 0]
    ((juxt + - *) 3 4) [7 -1 12]
    ((complement even?) 1) true
    ((constantly 1) 2 3) 1
    (identity 1) 1
    ((fnil + 0) nil 1) 1
    ((fnil + 0 10) nil nil) 10
    ((every-pred odd? pos?) 1 3) true
    ((every-pred odd? pos?) 1 -3) false
    ((some-fn odd? neg?) 2 4) false
    ((some-fn odd? neg?) 2 3) true
    (apply + []) 0
    (apply max 1 [2 3]) 3
    (map (partial * 2) [1 2]) [2 4]
    (trampoline (fn f [n] (if (= n 0) :done (fn [] (f (dec n))))) 1000) :done))

(deftest memoized
  (let [calls (atom 0)
        f (memoize (fn [x] (swap! calls inc) (* x x)))]
    (is (= 4 (f 2)))
    (is (= 4 (f 2)))
    (is (= 9 (f 3)))
    (is (= 2 @calls))))

(defn arities ([] 0) ([a] 1) ([a b] 2) ([a b & more] [:many (count more)]))

(deftest arity
  (are [form value] (= form value)
    (arities) 0
    (arities 1) 1
    (arities 1 2) 2
    (arities 1 2 3 4) [:many 2]
    ((fn [& xs] xs)) nil
    ((fn [& xs] xs) 1 2) [1 2]
    ((fn [a & [b]] [a b]) 1 2) [1 2]
    (#(+ %1 %2) 1 2) 3
    (#(* % %) 3) 9
    (#(apply + %&) 1 2 3) 6)
  (is (thrown? Exception ((fn [a] a))))
  (is (thrown? Exception ((fn [a] a) 1 2)))
  (is (thrown? Exception (apply inc [1 2])))
  (is (thrown? Exception (apply (identity 1) [2]))))

(deftest destructuring
  (are [form value] (= form value)
    (let [[a b] [1 2]] [a b]) [1 2]
    (let [[a b c] [1 2]] [a b c]) [1 2 nil]
    (let [[a & more] [1 2 3]] [a more]) [1 [2 3]]
    (let [[a & more] [1]] [a more]) [1 nil]
    (let [[a [b c]] [1 [2 3]]] [a b c]) [1 2 3]
    (let [[a :as all] [1 2]] [a all]) [1 [1 2]]
    (let [[a b] nil] [a b]) [nil nil]
    (let [[a b] "xy"] [a b]) [\x \y]
    (let [{:keys [a b]} {:a 1 :b 2}] [a b]) [1 2]
    (let [{a :x} {:x 1}] a) 1
    (let [{:keys [a] :or {a 5}} {}] a) 5
    (let [{:keys [a] :or {a 5}} {:a nil}] a) nil
    (let [{:keys [a] :as m} {:a 1 :b 2}] [a m]) [1 {:a 1 :b 2}]
    (let [{:strs [a]} {"a" 1}] a) 1
    (let [{:syms [a]} {'a 1}] a) 1
    (let [{:keys [x/a]} {:x/a 1}] a) 1
    (let [{:x/keys [a]} {:x/a 1}] a) 1
    (let [{[a b] :p} {:p [1 2]}] [a b]) [1 2]
    (let [[{:keys [a]}] [{:a 1}]] a) 1
    (let [{:keys [a]} nil] a) nil
    ((fn [{:keys [a b]}] [a b]) {:a 1 :b 2}) [1 2]
    ((fn [& {:keys [a b]}] [a b]) :a 1 :b 2) [1 2]
    ((fn [[a b] & {c :c}] [a b c]) [1 2] :c 3) [1 2 3]
    (loop [[a & more] [1 2 3] acc 0] (if a (recur more (+ acc a)) acc)) 6
    (let [_ 1 _ 2] :ok) :ok
    (let [a 1 a (inc a)] a) 2))

(defn fact [n] (if (< n 2) 1 (* n (fact (dec n)))))
(defn count-down [n] (if (= n 0) :done (recur (dec n))))
(declare ev?)
(defn od? [n] (if (= n 0) false (ev? (dec n))))
(defn ev? [n] (if (= n 0) true (od? (dec n))))

(deftest recursion
  (is (= 120 (fact 5)))
  (is (= :done (count-down 100000)))
  (is (ev? 100))
  (is (= 45 (loop [i 0 sum 0] (if (< i 10) (recur (inc i) (+ sum i)) sum))))
  (is (= 6 (letfn [(f [n] (if (= n 0) 0 (+ n (g (dec n))))) (g [n] (f n))] (f 3))))
  (is (= [0 1 4] (mapv (fn sq [x] (* x x)) [0 1 2])))
  (is (thrown? Throwable ((fn f [n] (inc (f n))) 0))))

(deftest closures
  (let [fs (mapv (fn [i] (fn [] i)) (range 3))]
    (is (= [0 1 2] (mapv (fn [f] (f)) fs))))
  (let [counter (let [n (atom 0)] (fn [] (swap! n inc)))]
    (counter)
    (is (= 2 (counter)))))

(deftest transducers
  (are [form value] (= form value)
    (into [] (map inc) [1 2]) [2 3]
    (into [] (filter odd?) (range 5)) [1 3]
    (into [] (comp (map inc) (filter even?)) (range 5)) [2 4]
    (into [] (take 2) (range)) [0 1]
    (into [] (drop 2) (range 4)) [2 3]
    (into [] (take-while odd?) [1 3 4 5]) [1 3]
    (into [] (drop-while odd?) [1 3 4 5]) [4 5]
    (into [] (remove odd?) (range 5)) [0 2 4]
    (into [] (keep #(if (odd? %) % nil)) (range 5)) [1 3]
    (into [] cat [[1 2] [3]]) [1 2 3]
    (into [] (mapcat range) [1 2 3]) [0 0 1 0 1 2]
    (into [] (map-indexed vector) [:a :b]) [[0 :a] [1 :b]]
    (into [] (keep-indexed (fn [i x] (if (odd? i) x nil))) [:a :b]) [:b]
    (into [] (partition-all 2) [1 2 3]) [[1 2] [3]]
    (into [] (partition-by odd?) [1 3 2]) [[1 3] [2]]
    (into [] (distinct) [1 1 2]) [1 2]
    (into [] (dedupe) [1 1 2 1]) [1 2 1]
    (into [] (interpose 0) [1 2]) [1 0 2]
    (into [] (take-nth 2) (range 5)) [0 2 4]
    (into #{} (map inc) [1 1]) #{2}
    (into [] (replace {1 :a}) [1 2]) [:a 2]
    (into [] (comp (mapcat identity) (take 3)) [[1 2] [3 4]]) [1 2 3]
    (transduce (map inc) + [1 2]) 5
    (transduce (map inc) + 10 [1 2]) 15
    (transduce (filter odd?) conj (range 4)) [1 3]
    (transduce (take 2) (completing conj count) [] [1 2 3]) 2
    (sequence (map inc) [1 2]) [2 3]
    (sequence (map +) [1 2] [3 4]) [4 6]
    (sequence nil) ()
    (eduction (map inc) (filter even?) [1 2 3]) [2 4]
    (transduce (halt-when odd?) conj [] [2 3 4]) 3))
