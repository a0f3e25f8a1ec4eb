;; Sequences: the library over lists, vectors, lazy sequences and nil.
(ns lisp.sequences
  (:require [clojure.test :refer [deftest is are]]))

(deftest parts
  (are [form value] (= form value)
    (first [1 2 3]) 1
    (first '()) nil
    (first nil) nil
    (first "abc") \a
    (rest [1 2 3]) [2 3]
    (rest [1]) ()
    (rest nil) ()
    (next [1 2]) [2]
    (next [1]) nil
    (next nil) nil
    (second [1 2 3]) 2
    (second [1]) nil
    (last [1 2 3]) 3
    (last nil) nil
    (last (map inc [1 2])) 3
    (butlast [1 2 3]) [1 2]
    (butlast [1]) nil
    (ffirst [[1 2] [3]]) 1
    (nfirst [[1 2] [3]]) [2]
    (fnext [1 2 3]) 2
    (nnext [1 2 3]) [3]
    (nth [1 2 3] 1) 2
    (nth '(1 2 3) 2) 3
    (nth [1] 5 :none) :none
    (nth nil 0) nil
    (nth (map inc (range 100)) 50) 51
    (nth (iterate inc 0) 1000) 1000
    (nth "abc" 1) \b
    (nthnext [1 2 3] 1) [2 3]
    (nthnext [1 2 3] 3) nil
    (nthrest [1 2 3] 3) ()
    (nthrest [1 2 3] 0) [1 2 3])
  (is (thrown? IndexOutOfBoundsException (nth [1] 5)))
  (is (thrown? IndexOutOfBoundsException (nth '(1) 5)))
  (is (thrown? Exception (first 1)))
  (is (thrown? Exception (seq 1))))

(deftest seq-of-everything
  (are [form value] (= form value)
    (seq []) nil
    (seq nil) nil
    (seq "") nil
    (seq {}) nil
    (seq #{}) nil
    (seq ()) nil
    (seq (lazy-seq nil)) nil
    (seq [1]) '(1)
    (seq "ab") '(\a \b)
    (seq {:a 1}) '([:a 1])
    (seq #{1}) '(1)
    (empty? []) true
    (empty? nil) true
    (empty? (filter odd? [2 4])) true
    (empty? [nil]) false
    (not-empty []) nil
    (not-empty [1]) [1]))

(deftest cons-and-conj
  (are [form value] (= form value)
    (cons 1 nil) '(1)
    (cons 1 [2 3]) '(1 2 3)
    (cons 1 (lazy-seq [2])) '(1 2)
    (conj [1] 2 3) [1 2 3]
    (conj '(1) 2 3) '(3 2 1)
    (conj nil 1) '(1)
    (conj) []
    (conj #{1} 1 2) #{1 2}
    (conj {:a 1} [:b 2]) {:a 1 :b 2}
    (conj {:a 1} {:b 2 :a 3}) {:a 3 :b 2}
    (conj {:a 1} nil) {:a 1}
    (list* 1 2 [3 4]) '(1 2 3 4)
    (list* [1]) '(1)
    (list* 1 nil) '(1)
    (into [] '(1 2)) [1 2]
    (into '() [1 2 3]) '(3 2 1)
    (into #{} [1 1 2]) #{1 2}
    (into {} [[:a 1] [:b 2]]) {:a 1 :b 2}
    (into [1] nil) [1]
    (into [1 2] (range 3)) [1 2 0 1 2]
    (into nil [1 2]) '(2 1)))

(deftest sequences-are-equal-by-elements
  (is (= [1 2] '(1 2)))
  (is (= '(1 2) (map inc [0 1])))
  (is (= [] ()))
  (is (= () (lazy-seq nil)))
  (is (not= [1] (cons 1 (lazy-seq [2]))))
  (is (not= [1 2] [2 1]))
  (is (not= nil ()))
  (is (not= [1] #{1}))
  (is (= (hash [1 2]) (hash '(1 2))))
  (is (= :found (get {[1 2] :found} (map inc [0 1])))))

(deftest equality-realises-what-it-needs
  (is (not= [1 (iterate inc 0)] [2 (iterate inc 0)]))
  (is (not= (iterate inc 0) [0 1]))
  (is (not= [0 1] (iterate inc 0)))
  (is (not= (list (iterate inc 0) 1) (list (iterate dec 0) 1)))
  (is (not= {:a [1 (iterate inc 0)]} {:a [2 (iterate inc 0)]}))
  (is (= {:a (map inc [1])} (sorted-map :a (list 2))))
  (is (= (sorted-map :a (map inc [1])) {:a [2]}))
  (is (apply = [(map inc [1 2]) [2 3] (list 2 3) (map dec [3 4])]))
  (is (false? (apply = [(map inc [1 2]) [2 3] (iterate inc 2)])))
  (is (true? (apply not= [(iterate inc 0) [0 1] (iterate inc 2)])))
  (is (= :equal (if (= (map inc [1]) [2]) :equal :different)))
  (is (= :different (if (= (map inc [1]) [3]) :equal :different)))
  (is (= :equal (if (not= [2] (map inc [1])) :different :equal)))
  (is (= :after (let [same? (= (map inc [1]) (map inc [1]))] (if same? :after :never))))
  (is (thrown? Exception (= [1 (map (fn [_] (throw (ex-info "seen" {}))) [1])] [1 [1]])))
  (is (not= [1 (map (fn [_] (throw (ex-info "not seen" {}))) [1])] [2 [1]]))
  (let [seen (atom 0)
        rows (fn [] (map (fn [i] (map (fn [j] (swap! seen inc) [i j]) (range 3))) (range 50)))]
    (is (= (rows) (rows)))
    (is (= 300 @seen))
    (reset! seen 0)
    (is (not= (rows) (map (fn [row] (map (fn [_] :other) row)) (rows))))
    (is (= 6 @seen))))

(deftest map-and-friends
  (are [form value] (= form value)
    (map inc [1 2 3]) [2 3 4]
    (map inc nil) ()
    (map + [1 2] [10 20 30]) [11 22]
    (map + [1 2] [10 20] [100 200]) [111 222]
    (map + [1] [2] [3] [4]) [10]
    (map vector [1 2] "ab") [[1 \a] [2 \b]]
    (map first {:a 1}) [:a]
    (map :a [{:a 1} {:a 2} nil]) [1 2 nil]
    (map inc (range 100)) (range 1 101)
    (mapv inc '(1 2)) [2 3]
    (mapv + [1 2] [3 4]) [4 6]
    (vector? (mapv inc [1])) true
    (map-indexed vector [:a :b]) [[0 :a] [1 :b]]
    (keep (fn [x] (if (odd? x) (* x x) nil)) [1 2 3]) [1 9]
    (keep-indexed (fn [i x] (if (odd? i) x nil)) [:a :b :c :d]) [:b :d]
    (mapcat (fn [x] [x x]) [1 2]) [1 1 2 2]
    (mapcat list [1 2] [3 4]) [1 3 2 4]
    (filter even? (range 10)) [0 2 4 6 8]
    (filter even? nil) ()
    (filter even? '(1 2)) [2]
    (filterv odd? [1 2 3]) [1 3]
    (remove even? (range 5)) [1 3]
    (remove nil? [1 nil 2]) [1 2]
    (filter identity [1 nil false 2]) [1 2]))

(deftest reductions-of-all-kinds
  (are [form value] (= form value)
    (reduce + [1 2 3]) 6
    (reduce + 10 [1 2 3]) 16
    (reduce + []) 0
    (reduce + [5]) 5
    (reduce + nil) 0
    (reduce + 1 nil) 1
    (reduce + '(1 2 3)) 6
    (reduce + (map inc [1 2 3])) 9
    (reduce conj [] #{1}) [1]
    (reduce (fn [a [k v]] (+ a v)) 0 {:a 1 :b 2}) 3
    (reduce (fn [a x] (if (> a 10) (reduced :big) (+ a x))) 0 (range)) :big
    (reduce (fn [a x] (reduced a)) 1 [2 3]) 1
    (reduce-kv (fn [a k v] (+ a k v)) 0 {1 2 3 4}) 10
    (reduce-kv (fn [a i x] (conj a [i x])) [] [:a :b]) [[0 :a] [1 :b]]
    (reduce-kv (fn [a k v] (reduced k)) 0 {:a 1}) :a
    (reductions + [1 2 3]) [1 3 6]
    (reductions + 10 [1 2]) [10 11 13]
    (reductions + []) [0]
    (apply max [3 1 2]) 3
    (apply + 1 2 [3]) 6
    (apply str "a" [\b "c"]) "abc"
    (some even? [1 2]) true
    (some even? [1 3]) nil
    (some #{2} [1 2]) 2
    (every? even? [2 4]) true
    (every? even? []) true
    (every? even? [1]) false
    (not-any? even? [1 3]) true
    (not-every? even? [1 2]) true))

(deftest take-and-drop
  (are [form value] (= form value)
    (take 2 [1 2 3]) [1 2]
    (take 5 [1]) [1]
    (take 0 [1]) ()
    (take -1 [1]) ()
    (drop 1 [1 2]) [2]
    (drop 5 [1]) ()
    (take-while odd? [1 3 4 5]) [1 3]
    (drop-while odd? [1 3 4 5]) [4 5]
    (take-last 2 [1 2 3]) [2 3]
    (take-last 2 []) nil
    (drop-last [1 2 3]) [1 2]
    (drop-last 2 [1 2 3]) [1]
    (take-nth 2 (range 7)) [0 2 4 6]
    (split-at 1 [1 2 3]) [[1] [2 3]]
    (split-with odd? [1 2 3]) [[1] [2 3]]
    (partition 2 [1 2 3 4 5]) [[1 2] [3 4]]
    (partition 2 1 [1 2 3]) [[1 2] [2 3]]
    (partition 2 2 [:pad] [1 2 3]) [[1 2] [3 :pad]]
    (partition 3 [1 2]) ()
    (partition-all 2 [1 2 3]) [[1 2] [3]]
    (partition-all 2 1 [1 2 3]) [[1 2] [2 3] [3]]
    (partition-by odd? [1 3 2 4 5]) [[1 3] [2 4] [5]]
    (interleave [1 2 3] [:a :b]) [1 :a 2 :b]
    (interleave [1 2] [3 4] [5 6]) [1 3 5 2 4 6]
    (interpose :x [1 2 3]) [1 :x 2 :x 3]
    (interpose :x [1]) [1]
    (concat [1] nil [2 3] '(4)) [1 2 3 4]
    (concat) ()
    (reverse [1 2 3]) [3 2 1]
    (reverse nil) ()
    (rseq [1 2 3]) [3 2 1]
    (rseq []) nil
    (flatten [1 [2 (list 3 [4])]]) [1 2 3 4]
    (distinct [1 2 1 3 2]) [1 2 3]
    (dedupe [1 1 2 2 1]) [1 2 1]
    (distinct? 1 2 3) true
    (distinct? 1 2 1) false
    (replace {1 :one} [1 2]) [:one 2]
    (zipmap [:a :b] [1 2 3]) {:a 1 :b 2}
    (zipmap [:a] (range)) {:a 0}
    (frequencies [:a :b :a]) {:a 2 :b 1}
    (group-by odd? [1 2 3]) {true [1 3] false [2]}))

(deftest generators
  (are [form value] (= form value)
    (range 5) [0 1 2 3 4]
    (range 2 5) [2 3 4]
    (range 0 10 3) [0 3 6 9]
    (range 5 0 -2) [5 3 1]
    (range 0) ()
    (range 0 1 0.25) [0 0.25 0.5 0.75]
    (count (range 1000)) 1000
    (take 3 (range)) [0 1 2]
    (take 3 (iterate inc 5)) [5 6 7]
    (take 5 (cycle [1 2])) [1 2 1 2 1]
    (cycle []) ()
    (repeat 3 :x) [:x :x :x]
    (take 2 (repeat 1)) [1 1]
    (repeat 0 1) ()
    (count (repeatedly 4 (fn [] 1))) 4
    (for [x [1 2] y [3 4]] [x y]) [[1 3] [1 4] [2 3] [2 4]]
    (for [x (range 6) :when (even? x)] x) [0 2 4]
    (for [x (range) :while (< x 3)] x) [0 1 2]
    (for [x [1 2] :let [y (* x x)] z [y]] (+ x z)) [2 6]
    (for [[a b] [[1 2] [3 4]]] (+ a b)) [3 7]
    (for [x [1 2 3] y (range x) :when (odd? (+ x y))] [x y]) [[1 0] [2 1] [3 0] [3 2]]
    (for [x []] x) ()
    (tree-seq sequential? seq [1 [2]]) [[1 [2]] 1 [2] 2]))

(deftest laziness
  (let [calls (atom 0)
        s (map (fn [x] (swap! calls inc) x) (iterate inc 0))]
    (is (= 0 @calls))
    (is (= [0 1 2] (take 3 s)))
    (is (= 3 @calls))
    (is (= [0 1 2] (take 3 s)))
    (is (= 3 @calls)))
  (let [s (lazy-seq (throw (ex-info "never" {})))]
    (is (not (realized? s))))
  (is (= [1 2] (take 2 (cons 1 (cons 2 (lazy-seq (throw (ex-info "never" {}))))))))
  (is (= 100000 (count (filter even? (range 200000)))))
  (is (= () (filter neg? (range 100000))))
  (is (= [0 1] (take 2 (mapcat (fn [x] [x]) (range)))))
  (is (= 20000 (count (for [x (range 2000) y (range 10)] [x y]))))
  (is (= [1 1 2 3 5 8] (let [fibs (fn fibs [a b] (lazy-seq (cons a (fibs b (+ a b)))))] (take 6 (fibs 1 1)))))
  (is (nil? (dorun (map inc [1 2]))))
  (is (= [2 3] (doall (map inc [1 2])))))

;; How many elements are realised for the first.
(deftest chunks
  (let [seen (atom [])
        note (fn [x] (swap! seen conj x) x)
        noted (fn [make] (reset! seen []) (first (make)) (count @seen))]
    (are [n make] (= n (noted make))
      32 (fn [] (map note (range 100)))
      16 (fn [] (map note (filter even? (range 100))))
      32 (fn [] (filter pos? (map note (range 1 100))))
      32 (fn [] (map note (map inc (vec (range 100)))))
      32 (fn [] (map note (concat (range 40) (range 40))))
      3 (fn [] (map note (map inc [1 2 3])))
      1 (fn [] (map note (list 1 2 3)))
      1 (fn [] (map note (cons 1 (list 2 3))))
      1 (fn [] (map note (iterate inc 0)))
      1 (fn [] (map note (cons 0 (map inc (range 100)))))
      31 (fn [] (map note (rest (map inc (range 100)))))))
  (are [form value] (= form value)
    (reduce + (map inc (filter odd? (range 1000)))) 250500
    (reduce (fn [acc x] (if (> x 40) (reduced acc) (+ acc x))) 0 (map inc (range 100))) 820
    (reduce + 0 [1 2.5 1/2]) 4.0
    (reduce max (map - (range 100))) 0
    (reduce = [1 1]) true
    (reduce conj [] (map inc (range 40))) (vec (range 1 41))
    (map + [1 2 3]) [1 2 3]
    (map number? [1 :a]) [true false]
    (map empty? [(map inc ()) (map inc [1])]) [true false]
    (filter seq? [(map inc [1]) [1]]) [[2]]
    (conj (map inc [1 2]) 0) [0 2 3]
    (count (map inc (range 100))) 100
    (nth (map inc (range 100)) 70) 71
    (hash (map inc [1 2])) (hash '(2 3))
    (list? (seq (map inc [1 2]))) false
    (mapv - (range 600)) (vec (map (fn [x] (- x)) (range 600))))
  (is (thrown? Exception (reduce + [9223372036854775807 1])))
  (is (thrown? Exception (doall (map even? [1 :a]))))
  (is (thrown? Exception (doall (filter even? [1 :a])))))

;; Ranges and chunks are values of their own; who walks them one by one sees no difference.
(deftest ranges-and-chunks
  (are [form value] (= form value)
    (count (range 5 100 7)) 14
    (nth (range 0 1000000 3) 333333) 999999
    (nth (range 3) 3 :none) :none
    (last (range 100 0 -7)) 2
    (rest (range 1)) ()
    (next (range 1)) nil
    (first (rest (range 40))) 1
    (nth (rest (range 100)) 64) 65
    (drop 33 (range 36)) [33 34 35]
    (conj (range 3) :x) [:x 0 1 2]
    (cons 9 (range 2)) [9 0 1]
    (meta (with-meta (range 3) {:a 1})) {:a 1}
    (with-meta (range 3) {:a 1}) [0 1 2]
    (range 9223372036854775805 9223372036854775807) [9223372036854775805 9223372036854775806]
    (range -9223372036854775808 9223372036854775807 9223372036854775807)
    [-9223372036854775808 -1 9223372036854775806]
    (counted? (range 10)) true
    (hash (range 3)) (hash [0 1 2])
    (get {(range 3) :found} '(0 1 2)) :found
    (= (range 3) (map identity [0 1 2]) '(0 1 2)) true
    (vec (map + (range 70) (rest (range 70)))) (mapv (fn [i] (+ i i 1)) (range 69))
    (pr-str (map inc (range 3))) "(1 2 3)"
    (empty (range 3)) ()
    (reverse (range 4)) [3 2 1 0]
    (into [] (rest (map inc (range 100)))) (vec (range 2 101))
    (apply + (range 101)) 5050
    (concat (range 3) (map inc (range 40)) [7]) (concat [0 1 2] (vec (range 1 41)) [7])
    (reduce + (filter odd? (map inc (range 1000)))) 250000
    (nth (concat (range 40) (range 40)) 79) 39
    (count (map inc (filter even? (range 1001)))) 501
    (reduce (fn [acc x] (if (= x 300) (reduced acc) (+ acc x))) (map inc (range 1000))) 44850
    (sequential? (range 3)) true
    (seq? (seq (map inc [1]))) true)
  (let [seen (atom 0)]
    (first (map (fn [x] (swap! seen inc) x) (range 1000)))
    (is (= 32 @seen)))
  (let [seen (atom 0)]
    (first (map (fn [x] (swap! seen inc) x) (filter even? (map inc (range 1000)))))
    (is (= 16 @seen)))
  (let [seen (atom 0)]
    (first (map (fn [x] (swap! seen inc) x) (map dec (filter even? (map inc (filter pos? (range 1000)))))))
    (is (= 16 @seen)))
  (let [seen (atom [])]
    (dorun 40 (map (fn [x] (swap! seen conj x) x) (filter (fn [x] (< x 80)) (filter odd? (range 1000)))))
    (is (= (range 1 80 2) @seen))))

;; What is written in the host's language and what is a function of the program agree, whatever they are given.
(deftest quick-ways-agree
  (let [values [0 1 -1 2 7 1152921504606846975 1152921504606846976 -1152921504606846976 -1152921504606846977
                2305843009213693951 2305843009213693952 -2305843009213693952 9223372036854775807 -9223372036854775808
                0.0 1.5 -2.5 1/3 10N 1.5M nil :a]
        outcome (fn [f] (try [:value (f)] (catch Throwable _ :thrown)))]
    (doseq [f [inc dec even? odd? zero? pos? neg? - nil? some? number? int? not]
            x values]
      (is (= (outcome #(doall (map f [x]))) (outcome #(doall (map (fn [v] (f v)) [x])))) [f x])
      (is (= (outcome #(doall (filter f [x]))) (outcome #(doall (filter (fn [v] (f v)) [x])))) [f x])
      (is (= (outcome #(let [a (atom x)] [(swap! a f) @a])) (outcome #(let [a (atom x)] [(swap! a (fn [v] (f v))) @a]))) [f x]))
    (doseq [f [+ - * < max] x values y values]
      (is (= (outcome #(reduce f x [y])) (outcome #(reduce (fn [a b] (f a b)) x [y]))) [f x y])
      (is (= (outcome #(swap! (atom x) f y)) (outcome #(swap! (atom x) (fn [a b] (f a b)) y))) [f x y]))))

(deftest swaps-of-the-library-functions
  (let [a (atom {:n 1}) seen (atom [])]
    (is (= {:n 1 :m 2} (swap! a assoc :m 2) @a))
    (is (= {:m 2} (swap! a dissoc :n)))
    (add-watch a :seen (fn [_ _ old new] (swap! seen conj [old new])))
    (is (= {:m 2 :k 3} (swap! a assoc :k 3)))
    (is (= [[{:m 2} {:m 2 :k 3}]] @seen))
    (set-validator! a (fn [m] (< (count m) 3)))
    (is (thrown? Exception (swap! a assoc :j 4)))
    (is (= {:m 2 :k 3} @a))
    (is (= [1 2 3] (swap! (atom [1]) conj 2 3)))
    (is (= #{0 1 2} (swap! (atom #{0}) into (map inc [0 1]))))
    (is (= [-1 0 2] (seq (swap! (atom (sorted-set-by < 2 0)) conj -1))))
    (is (= 7 (count (swap! (atom (map inc [1])) conj 1 2 3 4 5 6))))
    (is (thrown? Exception (swap! (atom :a) inc)))
    (is (thrown? Exception (swap! (atom 1) inc 2)))
    (is (= 5 (let [inc (fn [_] 5)] (swap! (atom 1) inc))))
    (is (= 9 (with-redefs [identity (fn [_] 9)] (swap! (atom 1) identity))))))

(deftest order
  (are [form value] (= form value)
    (sort [3 1 2]) [1 2 3]
    (sort nil) ()
    (sort > [3 1 2]) [3 2 1]
    (sort (fn [a b] (compare b a)) [3 1 2]) [3 2 1]
    (sort ["b" "a"]) ["a" "b"]
    (sort [[2 1] [1 2] [0]]) [[0] [1 2] [2 1]]
    (sort-by count ["ccc" "a" "bb"]) ["a" "bb" "ccc"]
    (sort-by :a > [{:a 1} {:a 2}]) [{:a 2} {:a 1}]
    (sort-by first [[1 :x] [0 :y] [1 :a]]) [[0 :y] [1 :x] [1 :a]]
    (compare 1 2) -1
    (compare nil 1) -1
    (compare "b" "a") 1
    (compare :a :a) 0
    (compare [1 2] [1 3]) -1
    (compare false true) -1)
  (is (thrown? Exception (sort [1 :a])))
  (is (thrown? Exception (compare 1 "a")))
  (let [v (vec (map (fn [i] (mod (* i 7919) 1009)) (range 1009)))]
    (is (= (range 1009) (sort v)))
    (is (= (reverse (range 1009)) (sort > v)))))

;; What the library makes of a chunk at once is what a function of the program makes of each element.
(deftest the-librarys-functions-over-chunks-of-every-kind
  (doseq [coll [(range 1000) (range 10 -990 -3) (range 0) (range 1)
                ;; Around the ends of what fits a word beside its tag, and of 64 bits.
                (range 2305843009213693940 2305843009213693960) (range -2305843009213693940 -2305843009213693970 -1)
                (range 9223372036854775700 9223372036854775806)
                (vec (range 600)) (rest (vec (range 600))) (nthrest (vec (range 600)) 257) (seq [7]) []
                (map inc (range 700)) (rest (map inc (range 700))) (filter odd? (range 900)) (nthrest (filter odd? (range 900)) 40)
                (map dec (filter even? (map inc (range 2000)))) (concat (range 40) [1 2] (range 300)) (list 1 2 3) '() nil
                [1 2N 9223372036854775806 -9223372036854775807 36893488147419103232 4]]]
    (is (= (map inc coll) (map (fn [x] (inc x)) coll)))
    (is (= (map dec coll) (map (fn [x] (dec x)) coll)))
    (is (= (map - coll) (map (fn [x] (- x)) coll)))
    (is (= (filter even? coll) (filter (fn [x] (even? x)) coll)))
    (is (= (filter neg? coll) (filter (fn [x] (neg? x)) coll)))
    (is (= (remove pos? coll) (remove (fn [x] (pos? x)) coll)))
    (let [small (map (fn [x] (rem x 1000)) coll)]
      (is (= (reduce + (map inc small)) (reduce (fn [a b] (+ a b)) 0 (map inc small))))
      (is (= (reduce - 7 (vec small)) (reduce (fn [a b] (- a b)) 7 small)))))
  (is (= [2 3.5 4 3/2 0 2.0 6] (map inc [1 2.5 3 1/2 -1 1.0 5])))
  (is (= [1 :b] (filter some? [nil 1 :b])))
  (is (= [true false true] (map nil? [nil 1 nil])))
  (is (= [nil nil] (filter nil? [nil 1 nil false]))))

(deftest chunks-of-what-was-sifted-are-handed-on-as-they-are
  (doseq [[wanted coll] [[16 (filter even? (range 1000))]
                         [16 (filter odd? (vec (range 1000)))]
                         [32 (map inc (range 1000))]
                         [11 (map inc (filter (fn [n] (zero? (rem n 3))) (map dec (range 1 1000))))]
                         [15 (rest (filter even? (map (fn [n] (quot n 2)) (range 1 1000))))]]]
    (let [seen (atom 0)]
      (first (map (fn [x] (swap! seen inc) x) coll))
      (is (= wanted @seen)))))
