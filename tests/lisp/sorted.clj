;; Sorted maps and sets, in the order of compare and in orders of the program.
(ns lisp.sorted
  (:require [clojure.test :refer [deftest is are testing]]))

(defmacro throws? [form] `(try ~form false (catch Exception e# true)))

(def by-size (fn [a b] (compare [(count a) a] [(count b) b])))
(def numbers (into (sorted-map) (map (fn [n] [(mod (* n 7919) 1009) n])) (range 1000)))

(deftest natural-maps
  (are [form value] (= form value)
    (seq (sorted-map 3 :c 1 :a 2 :b)) '([1 :a] [2 :b] [3 :c])
    (sorted-map) {}
    (sorted-map 1 :a 1 :b) {1 :b}
    (get (sorted-map :a 1) :a) 1
    (get (sorted-map :a 1) :b) nil
    (get (sorted-map :a 1) :b :none) :none
    ((sorted-map :a 1 :b 2) :b) 2
    ((sorted-map :a 1 :b 2) :c :none) :none
    (:a (sorted-map :a 1)) 1
    (:b (sorted-map :a 1) :none) :none
    (get-in (sorted-map :a (sorted-map :b 1)) [:a :b]) 1
    (get-in (sorted-map :a (sorted-map :b 1)) [:a :c] :none) :none
    (assoc (sorted-map 2 :b) 1 :a 3 :c) {1 :a 2 :b 3 :c}
    (seq (assoc (sorted-map 2 :b) 1 :a 3 :c)) '([1 :a] [2 :b] [3 :c])
    (seq (assoc-in (sorted-map 2 {}) [1 :a] 5)) '([1 {:a 5}] [2 {}])
    (dissoc (sorted-map 1 :a 2 :b) 1 7) {2 :b}
    (seq (update (sorted-map 2 1) 1 (fnil inc 0))) '([1 1] [2 1])
    (seq (conj (sorted-map 2 :b) [1 :a])) '([1 :a] [2 :b])
    (seq (conj (sorted-map 2 :b) {1 :a 3 :c})) '([1 :a] [2 :b] [3 :c])
    (conj (sorted-map 2 :b) nil) {2 :b}
    (contains? (sorted-map 1 nil) 1) true
    (contains? (sorted-map 1 nil) 2) false
    (find (sorted-map 1 nil) 1) [1 nil]
    (find (sorted-map 1 nil) 2) nil
    (keys (sorted-map 2 :b 1 :a)) '(1 2)
    (vals (sorted-map 2 :b 1 :a)) '(:a :b)
    (keys (sorted-map)) nil
    (vals (sorted-map)) nil
    (first (sorted-map 2 :b 1 :a)) [1 :a]
    (first (sorted-map)) nil
    (last (sorted-map 2 :b 1 :a)) [2 :b]
    (rest (sorted-map 1 :a)) ()
    (rest (sorted-map 2 :b 1 :a)) '([2 :b])
    (next (sorted-map 1 :a)) nil
    (next (sorted-map 2 :b 1 :a)) '([2 :b])
    (second (sorted-map 2 :b 1 :a)) [2 :b]
    (seq (sorted-map)) nil
    (count (sorted-map 1 :a 2 :b)) 2
    (count (sorted-map)) 0
    (empty? (sorted-map)) true
    (empty? (sorted-map 1 1)) false
    (not-empty (sorted-map)) nil
    (empty (sorted-map 1 :a)) {}
    (seq (into (sorted-map) {3 1, 1 3, 2 2})) '([1 3] [2 2] [3 1])
    (into {} (sorted-map 1 :a)) {1 :a}
    (into [] (sorted-map 2 :b 1 :a)) [[1 :a] [2 :b]]
    (vec (sorted-map 2 :b 1 :a)) [[1 :a] [2 :b]]
    (map key (sorted-map 2 :b 1 :a)) '(1 2)
    (mapv val (sorted-map 2 :b 1 :a)) [:a :b]
    (filter (fn [[k v]] (odd? k)) (sorted-map 2 :b 1 :a)) '([1 :a])
    (reduce (fn [acc [k v]] (conj acc k v)) [] (sorted-map 2 :b 1 :a)) [1 :a 2 :b]
    (reduce-kv (fn [acc k v] (conj acc k v)) [] (sorted-map 2 :b 1 :a)) [1 :a 2 :b]
    (seq (merge (sorted-map 2 :b) {1 :a 2 :c})) '([1 :a] [2 :c])
    (merge {1 :x} (sorted-map 1 :a)) {1 :a}
    (merge nil (sorted-map 1 :a)) {1 :a}
    (seq (merge-with + (sorted-map 2 1) {1 1 2 1})) '([1 1] [2 2])
    (select-keys (sorted-map 1 :a 2 :b) [2 3]) {2 :b}
    (zipmap [1 2] (sorted-set 4 3)) {1 3 2 4}
    (let [{:keys [a b] :or {b 7}} (sorted-map :a 1)] [a b]) [1 7]
    (apply + (keys (sorted-map 1 :a 2 :b))) 3
    (group-by odd? (sorted-set 3 1 2)) {true [1 3] false [2]}
    (hash (sorted-map 1 :a 2 :b)) (hash {1 :a 2 :b})
    (pr-str (sorted-map 2 :b 1 "a")) "{1 \"a\", 2 :b}"
    (str (sorted-map 2 :b 1 "a")) "{1 \"a\", 2 :b}"
    (nth (seq (sorted-map 2 :b 1 :a)) 1) [2 :b]))

(deftest natural-sets
  (are [form value] (= form value)
    (seq (sorted-set 3 1 2 1)) '(1 2 3)
    (sorted-set) #{}
    (get (sorted-set 1 2) 2) 2
    (get (sorted-set 1 2) 3 :none) :none
    ((sorted-set 1 2) 2) 2
    ((sorted-set 1 2) 3) nil
    (:a (sorted-set :a)) :a
    (contains? (sorted-set 1 2) 2) true
    (contains? (sorted-set 1 2) 3) false
    (seq (conj (sorted-set 3) 1 2)) '(1 2 3)
    (seq (disj (sorted-set 1 2 3) 2 9)) '(1 3)
    (first (sorted-set 3 1 2)) 1
    (last (sorted-set 3 1 2)) 3
    (rest (sorted-set 3 1 2)) '(2 3)
    (count (sorted-set 3 1 2 3)) 3
    (seq (into (sorted-set) [3 1 2])) '(1 2 3)
    (map inc (sorted-set 3 1 2)) '(2 3 4)
    (reduce + (sorted-set 3 1 2)) 6
    (reduce conj [] (sorted-set 3 1 2)) [1 2 3]
    (seq (empty (sorted-set 1))) nil
    (hash (sorted-set 1 2)) (hash #{1 2})
    (pr-str (sorted-set 2 1)) "#{1 2}"
    (sort > (sorted-set 1 2 3)) '(3 2 1)
    (seq (set (sorted-set 1))) '(1)
    (take 2 (sorted-set 3 1 2)) '(1 2)
    (drop 2 (sorted-set 3 1 2)) '(3)
    (reverse (sorted-set 3 1 2)) '(3 2 1)
    (some #{2} (sorted-set 3 1 2)) 2
    (every? pos? (sorted-set 3 1 2)) true
    (apply max (sorted-set 3 1 2)) 3
    (seq (sorted-set nil 1)) '(nil 1)
    (seq (sorted-set "b" "a" "ab")) '("a" "ab" "b")
    (seq (sorted-set :b :a :a/a)) '(:a :b :a/a)
    (seq (sorted-set 'b 'a)) '(a b)
    (seq (sorted-set \b \a)) '(\a \b)
    (seq (sorted-set true false)) '(false true)
    (seq (sorted-set [2] [1 1] [1])) '([1] [2] [1 1])
    (seq (sorted-set 1.5 1 2)) '(1 1.5 2)
    (count (sorted-set 1 1.0)) 1
    (seq (sorted-set 3N 1/2 1)) '(1/2 1 3N)))

(deftest kinds
  (are [form] form
    (map? (sorted-map)) (set? (sorted-set)) (coll? (sorted-map)) (coll? (sorted-set))
    (associative? (sorted-map)) (counted? (sorted-map)) (counted? (sorted-set))
    (sorted? (sorted-map)) (sorted? (sorted-set)) (sorted? (sorted-map-by >)) (sorted? (sorted-set-by >))
    (not (sorted? {})) (not (sorted? #{})) (not (sorted? [1])) (not (sorted? nil))
    (reversible? (sorted-map)) (reversible? (sorted-set))
    (seqable? (sorted-map)) (ifn? (sorted-map)) (ifn? (sorted-set))
    (not (sequential? (sorted-set))) (seq? (seq (sorted-set 1)))
    (not (vector? (sorted-map))) (not (map? (sorted-set))) (not (set? (sorted-map)))
    (sorted? (assoc (sorted-map) 1 2)) (sorted? (conj (sorted-set) 1)) (sorted? (empty (sorted-map 1 2)))
    (sorted? (into (sorted-map) {1 2})) (sorted? (dissoc (sorted-map 1 2) 1))
    (sorted? (with-meta (sorted-map) {:a 1}))))

(deftest equality
  (are [a b] (and (= a b) (= b a) (= (hash a) (hash b)))
    (sorted-map 1 2) {1 2}
    (sorted-map 1 2) (sorted-map-by > 1 2)
    (sorted-map-by < 1 2 3 4) (sorted-map-by > 1 2 3 4)
    (sorted-set 1 2 3) #{1 2 3}
    (sorted-set-by > 1 2 3) (sorted-set 1 2 3)
    (sorted-map :a [1 2]) {:a '(1 2)}
    (sorted-map [1] (sorted-set 1)) {[1] #{1}}
    {(sorted-set 1 2) 1} {#{1 2} 1}
    (seq (sorted-set 1 2)) [1 2]
    (keys (sorted-map 3 4 1 2)) [1 3])
  (are [a b] (and (not= a b) (not= b a))
    (sorted-map 1 2) {1 3}
    (sorted-map 1 2) {2 2}
    (sorted-map 1 2) (sorted-map 1 2 3 4)
    (sorted-set 1 2) #{1 3}
    (sorted-set 1 2) [1 2]
    (sorted-set) (sorted-map)
    (seq (sorted-set 1 2 3)) (seq (sorted-set-by > 1 2 3))
    (rseq (sorted-set 1 2 3)) (seq (sorted-set 1 2 3)))
  (is (= (sorted-map :a (map inc [1 2])) {:a [2 3]}))
  (is (= {:a [2 3]} (sorted-map :a (map inc [1 2]))))
  (is (= (sorted-map-by > 1 (map inc [1 2])) (sorted-map 1 [2 3])))
  (is (= :found (get {#{1 2} :found} (sorted-set 2 1))))
  (is (= :found (get {(sorted-map 1 2) :found} {1 2}))))

(deftest orders-of-the-program
  (are [form value] (= form value)
    (seq (sorted-map-by > 1 :a 3 :c 2 :b)) '([3 :c] [2 :b] [1 :a])
    (seq (sorted-set-by > 1 3 2 3)) '(3 2 1)
    (seq (sorted-set-by by-size "bb" "a" "ccc" "aa")) '("a" "aa" "bb" "ccc")
    (seq (sorted-set-by (comparator >) 1 2)) '(2 1)
    (seq (sorted-set-by compare 2 1)) '(1 2)
    (seq (sorted-set-by #(compare %2 %1) 1 3 2)) '(3 2 1)
    (get (sorted-map-by > 1 :a 2 :b) 1) :a
    (get (sorted-map-by > 1 :a 2 :b) 3) nil
    (get (sorted-map-by > 1 :a 2 :b) 3 :none) :none
    ((sorted-map-by > 1 :a 2 :b) 2) :b
    ((sorted-map-by > 1 :a 2 :b) 3 :none) :none
    ((sorted-set-by > 1 2) 2) 2
    ((sorted-set-by > 1 2) 3) nil
    (:a (sorted-map-by (fn [a b] (compare b a)) :a 1 :b 2)) 1
    (:c (sorted-map-by (fn [a b] (compare b a)) :a 1 :b 2) :none) :none
    (map (sorted-map-by > 1 :a 2 :b) [1 2 3]) '(:a :b nil)
    (get-in {:m (sorted-map-by > 1 {:x 5})} [:m 1 :x]) 5
    (get-in {:m (sorted-map-by > 1 {:x 5})} [:m 2 :x] :none) :none
    (assoc-in {:m (sorted-map-by > 1 {:x 5})} [:m 1 :x] 6) {:m {1 {:x 6}}}
    (seq (:m (assoc-in {:m (sorted-map-by > 1 {:x 5})} [:m 2 :y] 6))) '([2 {:y 6}] [1 {:x 5}])
    (seq (assoc (sorted-map-by > 2 :b) 1 :a 3 :c 2 :z)) '([3 :c] [2 :z] [1 :a])
    (seq (update (sorted-map-by > 2 1) 3 (fnil inc 0))) '([3 1] [2 1])
    (seq (update-in (sorted-map-by > 2 {:n 1}) [2 :n] inc)) '([2 {:n 2}])
    (seq (dissoc (sorted-map-by > 1 :a 2 :b 3 :c) 2 7)) '([3 :c] [1 :a])
    (seq (disj (sorted-set-by > 1 2 3) 2 7)) '(3 1)
    (seq (conj (sorted-set-by > 2) 1 3 2)) '(3 2 1)
    (seq (conj (sorted-map-by > 2 :b) [1 :a] {3 :c} nil)) '([3 :c] [2 :b] [1 :a])
    (contains? (sorted-set-by > 1 2) 2) true
    (contains? (sorted-set-by > 1 2) 3) false
    (contains? (sorted-map-by > 1 nil) 1) true
    (find (sorted-map-by > 1 nil) 1) [1 nil]
    (find (sorted-map-by > 1 nil) 2) nil
    (keys (sorted-map-by > 1 :a 2 :b)) '(2 1)
    (vals (sorted-map-by > 1 :a 2 :b)) '(:b :a)
    (seq (into (sorted-map-by >) {1 :a 2 :b})) '([2 :b] [1 :a])
    (seq (into (sorted-set-by >) (map inc) [1 2])) '(3 2)
    (seq (empty (sorted-set-by > 1))) nil
    (seq (conj (empty (sorted-set-by > 1)) 1 2)) '(2 1)
    (seq (merge (sorted-map-by > 2 :b) {1 :a 3 :c 2 :z})) '([3 :c] [2 :z] [1 :a])
    (merge {1 :x} (sorted-map-by > 1 :a)) {1 :a}
    (seq (merge-with + (sorted-map-by > 2 1) {1 1 2 1})) '([2 2] [1 1])
    (select-keys (sorted-map-by > 1 :a 2 :b) [2 3]) {2 :b}
    (reduce-kv (fn [acc k v] (conj acc k v)) [] (sorted-map-by > 1 :a 2 :b)) [2 :b 1 :a]
    (let [{a 1 :or {a 5}} (sorted-map-by > 1 :a)] a) :a
    (first (sorted-set-by > 1 2 3)) 3
    (pr-str (sorted-map-by > 1 :a 2 :b)) "{2 :b, 1 :a}"
    (apply max (sorted-set-by > 1 2 3)) 3
    (count (sorted-set-by (fn [a b] 0) 1 2 3)) 1
    (seq (sorted-set-by (fn [a b] (< (mod a 3) (mod b 3))) 1 2 3 4 5)) '(3 1 2)
    (count (into (sorted-set-by >) (range 500))) 500
    (take 3 (into (sorted-set-by >) (range 500))) '(499 498 497)
    (count (reduce disj (into (sorted-set-by >) (range 500)) (range 0 500 2))) 250))

(deftest parts
  (let [s (sorted-set 1 3 5 7) m (sorted-map 1 :a 3 :c 5 :e) d (sorted-set-by > 1 3 5 7)]
    (are [form value] (= form value)
      (subseq s > 3) '(5 7)
      (subseq s >= 3) '(3 5 7)
      (subseq s < 3) '(1)
      (subseq s <= 3) '(1 3)
      (subseq s > 4) '(5 7)
      (subseq s >= 4) '(5 7)
      (subseq s < 4) '(1 3)
      (subseq s <= 4) '(1 3)
      (subseq s > 7) nil
      (subseq s < 1) ()
      (subseq s >= 8) nil
      (subseq s <= 8) '(1 3 5 7)
      (subseq s > 1 < 7) '(3 5)
      (subseq s >= 1 <= 7) '(1 3 5 7)
      (subseq s >= 3 < 4) '(3)
      (subseq s > 3 < 5) ()
      (subseq s > 5 < 3) ()
      (subseq s > 9 < 12) nil
      (rsubseq s > 3 < 5) ()
      (rsubseq s > -3 < 0) nil
      (rsubseq s < 1) nil
      (subseq m >= 3) '([3 :c] [5 :e])
      (subseq m > 0 < 5) '([1 :a] [3 :c])
      (rsubseq s > 3) '(7 5)
      (rsubseq s >= 3) '(7 5 3)
      (rsubseq s < 5) '(3 1)
      (rsubseq s <= 5) '(5 3 1)
      (rsubseq s > 1 < 7) '(5 3)
      (rsubseq s > 7) ()
      (rsubseq m <= 3) '([3 :c] [1 :a])
      (rseq s) '(7 5 3 1)
      (rseq m) '([5 :e] [3 :c] [1 :a])
      (rseq (sorted-set)) nil
      (first (rseq s)) 7
      (rest (rseq s)) '(5 3 1)
      (count (rseq s)) 4
      (count (subseq s > 3)) 2
      (nth (rseq s) 1) 5
      (map inc (rseq s)) '(8 6 4 2)
      (vec (rseq s)) [7 5 3 1]
      (reduce + (subseq s > 1)) 15
      (subseq d > 3) '(1)
      (subseq d >= 3) '(3 1)
      (subseq d < 3) '(7 5)
      (rsubseq d < 3) '(5 7)
      (rseq d) '(1 3 5 7)
      (first (subseq (sorted-map) > 1)) nil)))

(deftest many
  (is (= 1000 (count numbers)))
  (is (= (range 0 1009) (sort (distinct (concat (keys numbers) (remove numbers (range 1009)))))))
  (is (every? (fn [[k n]] (= k (mod (* n 7919) 1009))) numbers))
  (is (= (map key numbers) (sort (map key numbers))))
  (is (= (reverse (map key numbers)) (map key (rseq numbers))))
  (is (= (drop 100 (map key numbers)) (map key (subseq numbers >= (key (nth (seq numbers) 100))))))
  (let [smaller (reduce dissoc numbers (range 0 1009 3))]
    (is (= 1000 (count numbers)))
    (is (= (keys smaller) (remove (fn [k] (zero? (mod k 3))) (keys numbers))))
    (is (= smaller (into {} smaller)))))

(deftest laziness-and-metadata
  (is (= {:a 1} (meta (assoc (with-meta (sorted-map) {:a 1}) 1 2))))
  (is (= {:a 1} (meta (conj (with-meta (sorted-set-by >) {:a 1}) 1 2))))
  (is (= {:a 1} (meta (empty (with-meta (sorted-map 1 2) {:a 1})))))
  (is (= '(3 2 1) (seq (apply sorted-set-by > (map inc (range 3)))))))

(deftest wrong-keys
  (is (throws? (sorted-map 1 :a :b :c)))
  (is (throws? (sorted-set 1 :a)))
  (is (throws? (sorted-set "a" 'a)))
  (is (throws? (assoc (sorted-map 1 :a) :b :c)))
  (is (throws? (get (sorted-map 1 :a) :b)))
  (is (throws? (contains? (sorted-set 1) "a")))
  (is (throws? (sorted-set-by > 1 :a)))
  (is (throws? (sorted-map 1)))
  (is (throws? (sorted-map-by > 1)))
  (is (throws? (conj (sorted-map) [1])))
  (is (throws? (conj (sorted-map-by >) [1 2 3])))
  (is (throws? (conj (sorted-map) 5)))
  (is (throws? (get (sorted-set-by (fn [a b] (throw (ex-info "no order" {}))) 1) 2)))
  (is (throws? (rseq #{1})))
  (is (throws? (subseq #{1} > 1))))
