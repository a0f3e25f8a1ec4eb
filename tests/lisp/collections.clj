;; Vectors, maps, sets, and what is common to them.
(ns lisp.collections
  (:require [clojure.test :refer [deftest is are]]
            [clojure.set :as set]
            [clojure.walk :as walk]))

(deftest vectors
  (are [form value] (= form value)
    (vector 1 2) [1 2]
    (vec '(1 2)) [1 2]
    (vec nil) []
    (get [1 2] 1) 2
    (get [1 2] 2) nil
    (get [1 2] -1) nil
    (get [1 2] 5 :none) :none
    ([1 2] 0) 1
    (assoc [1 2] 0 :a) [:a 2]
    (assoc [1 2] 2 3) [1 2 3]
    (subvec [1 2 3 4] 1) [2 3 4]
    (subvec [1 2 3 4] 1 3) [2 3]
    (peek [1 2]) 2
    (peek []) nil
    (pop [1 2]) [1]
    (contains? [1 2] 1) true
    (contains? [1 2] 2) false
    (find [1 2] 0) [0 1]
    (update [1 2] 0 inc) [2 2]
    (count [1 2 3]) 3
    (mapv inc (subvec [1 2 3 4] 2)) [4 5]
    (reduce conj [] (range 1000)) (range 1000)
    (vector? []) true)
  (is (thrown? IndexOutOfBoundsException (assoc [1] 5 1)))
  (is (thrown? IndexOutOfBoundsException (subvec [1 2] 1 5)))
  (is (thrown? Exception (pop [])))
  (is (thrown? Exception ([1 2] 5)))
  (is (thrown? Exception (assoc [1] :a 1))))

(deftest old-versions-stay
  (let [v (vec (range 100))
        w (assoc v 50 :x)
        m (zipmap (range 100) (range 100))
        n (assoc m 50 :x)]
    (is (= 50 (nth v 50)))
    (is (= :x (nth w 50)))
    (is (= 50 (m 50)))
    (is (= :x (n 50)))
    (is (= 99 (count (dissoc m 0))))
    (is (= 100 (count m)))))

(deftest maps
  (are [form value] (= form value)
    (hash-map :a 1) {:a 1}
    (hash-map) {}
    (get {:a 1} :a) 1
    (get {:a 1} :b) nil
    (get {:a 1} :b 2) 2
    (get {:a nil} :a 2) nil
    (get nil :a) nil
    (get nil :a 1) 1
    (get 1 :a) nil
    (:a {:a 1}) 1
    (:b {:a 1} 2) 2
    (:a nil) nil
    ({:a 1} :a) 1
    ({:a 1} :b 2) 2
    (assoc {:a 1} :b 2 :c 3) {:a 1 :b 2 :c 3}
    (assoc nil :a 1) {:a 1}
    (dissoc {:a 1 :b 2} :a) {:b 2}
    (dissoc {:a 1} :b) {:a 1}
    (dissoc nil :a) nil
    (contains? {:a nil} :a) true
    (contains? {:a 1} :b) false
    (contains? nil :a) false
    (find {:a nil} :a) [:a nil]
    (find {:a 1} :b) nil
    (keys {:a 1}) [:a]
    (keys {}) nil
    (keys nil) nil
    (vals {:a 1}) [1]
    (vals nil) nil
    (key (first {:a 1})) :a
    (val (first {:a 1})) 1
    (merge {:a 1 :b 1} {:b 2} nil {:c 3}) {:a 1 :b 2 :c 3}
    (merge) nil
    (merge nil nil) nil
    (merge nil {:a 1}) {:a 1}
    (merge-with + {:a 1 :b 1} {:a 2}) {:a 3 :b 1}
    (merge-with into {:a [1]} {:a [2]}) {:a [1 2]}
    (select-keys {:a 1 :b 2} [:a :c]) {:a 1}
    (update {:a 1} :a inc) {:a 2}
    (update {} :a (fnil inc 0)) {:a 1}
    (update {:a 1} :a + 1 2 3) {:a 7}
    (get-in {:a {:b [1 2]}} [:a :b 1]) 2
    (get-in {:a 1} [:x :y]) nil
    (get-in {:a 1} [:x :y] :none) :none
    (get-in {:a 1} []) {:a 1}
    (assoc-in {} [:a :b] 1) {:a {:b 1}}
    (assoc-in {:a {:b 1}} [:a :c] 2) {:a {:b 1 :c 2}}
    (assoc-in [[1 2]] [0 1] :x) [[1 :x]]
    (update-in {:a {:b 1}} [:a :b] inc) {:a {:b 2}}
    (update-in {:a {:b 1}} [:a :b] + 1 1) {:a {:b 3}}
    (update-vals {:a 1 :b 2} inc) {:a 2 :b 3}
    (update-keys {:a 1} name) {"a" 1}
    (count {:a 1 :b 2}) 2
    (map? {}) true
    (empty {:a 1}) {}
    (into {} (map (fn [[k v]] [v k]) {:a 1})) {1 :a}
    (= {:a 1 :b 2} {:b 2 :a 1}) true
    (= {:a 1} {:a 1.0}) false
    (= {:a [1 2]} {:a '(1 2)}) true)
  (is (thrown? Exception (assoc 1 :a 1)))
  (is (thrown? Exception (hash-map :a)))
  (is (thrown? Exception (key 1))))

(deftest large-maps
  (let [n 5000
        m (reduce (fn [m i] (assoc m i (* i i))) {} (range n))
        half (reduce dissoc m (range 0 n 2))]
    (is (= n (count m)))
    (is (= (* 4321 4321) (get m 4321)))
    (is (= (/ n 2) (count half)))
    (is (nil? (get half 100)))
    (is (= (* 101 101) (get half 101)))
    (is (= half (into {} (filter (fn [[k v]] (odd? k)) m))))
    (is (= (reduce + (range n)) (reduce + (keys m))))))

(deftest sets
  (are [form value] (= form value)
    (set [1 2 1]) #{1 2}
    (hash-set 1 2) #{1 2}
    (conj #{1} 2) #{1 2}
    (disj #{1 2} 1) #{2}
    (disj #{1} 5) #{1}
    (contains? #{1} 1) true
    (get #{1} 1) 1
    (get #{1} 2 :none) :none
    (#{1 2} 1) 1
    (#{1 2} 3) nil
    (count #{1 2}) 2
    (set nil) #{}
    (= #{1 2} #{2 1}) true
    (set/union #{1} #{2}) #{1 2}
    (set/union) #{}
    (set/intersection #{1 2 3} #{2 3 4} #{3}) #{3}
    (set/difference #{1 2 3} #{2} #{3}) #{1}
    (count (set/union (set (range 1000)) (set (range 500 1500)))) 1500
    (set/intersection (set (range 1000)) (set (range 995 2000))) #{995 996 997 998 999}
    (set/difference (set (range 1000)) (set (range 3 2000))) #{0 1 2}
    (set/difference (sorted-set 1 2 3) #{2}) #{1 3}
    (set/intersection #{1 2 3} (sorted-set 2 3 4)) #{2 3}
    (count (merge (zipmap (range 1000) (range)) (zipmap (range 500 1500) (range)))) 1500
    (get (merge (zipmap (range 1000) (range)) (zipmap (range 500 1500) (range))) 500) 0
    (set/subset? #{1} #{1 2}) true
    (set/superset? #{1} #{1 2}) false
    (set/select odd? #{1 2 3}) #{1 3}
    (set/map-invert {:a 1}) {1 :a}
    (set/rename-keys {:a 1 :b 2} {:a :x}) {:x 1 :b 2}
    (set/project #{{:a 1 :b 2}} [:a]) #{{:a 1}}
    (set/index #{{:a 1 :b 2}} [:a]) {{:a 1} #{{:a 1 :b 2}}}
    (set/join #{{:a 1 :b 2}} #{{:a 1 :c 3}}) #{{:a 1 :b 2 :c 3}}))

(deftest lists
  (are [form value] (= form value)
    (list 1 2) '(1 2)
    (list) ()
    (peek '(1 2)) 1
    (pop '(1 2)) '(2)
    (count '(1 2 3)) 3
    (list? '(1)) true
    (list? [1]) false
    (empty '(1)) ())
  (is (thrown? Exception (pop ()))))

(deftest kinds
  (are [form] (true? form)
    (coll? []) (coll? {}) (coll? #{}) (coll? ()) (coll? (map inc [1]))
    (sequential? []) (sequential? ()) (seq? ()) (seq? (map inc [1])) (associative? {}) (associative? [])
    (counted? [1]) (vector? [1]) (set? #{}) (map? {}) (ifn? :a) (ifn? {}) (fn? inc) (fn? (fn [] 1))
    (some? 1) (nil? nil) (true? true) (false? false) (boolean? false) (string? "") (char? \a)
    (keyword? :a) (symbol? 'a) (ident? :a) (any? nil) (seqable? nil) (seqable? "") (indexed? [])
    (simple-keyword? :a) (qualified-keyword? :a/b) (qualified-symbol? 'a/b) (reversible? [1])
    (var? #'inc) (delay? (delay 1)) (map-entry? (first {:a 1})))
  (are [form] (false? form)
    (coll? "a") (coll? nil) (sequential? {}) (sequential? #{}) (seq? []) (list? (map inc [1])) (fn? :a) (nil? false)
    (some? nil) (string? :a) (keyword? 'a) (symbol? :a) (ifn? 1) (qualified-keyword? :a)))

(deftest metadata
  (let [v (with-meta [1] {:a 1})]
    (is (= {:a 1} (meta v)))
    (is (= [1] v))
    (is (= {:a 1} (meta (conj v 2))))
    (is (= {:a 2} (meta (vary-meta v update :a inc))))
    (is (nil? (meta [1]))))
  (is (= {:b 1} (meta (with-meta {:x 1} {:b 1}))))
  (is (= {:b 1} (meta (assoc (with-meta {:x 1} {:b 1}) :y 2))))
  (is (= {:b 1} (meta (with-meta #{} {:b 1}))))
  (is (= {:b 1} (meta (with-meta (fn [] 1) {:b 1}))))
  (is (= 1 ((with-meta (fn [] 1) {:b 1}))))
  (is (= true (:tag2 (meta ^:tag2 [1])))))

(deftest walking
  (is (= [2 [3 {:a 4}]] (walk/postwalk (fn [x] (if (int? x) (inc x) x)) [1 [2 {:a 3}]])))
  (is (= '(1 :b (:b)) (walk/postwalk-replace {:a :b} '(1 :a (:a)))))
  (is (= [:x [:x]] (walk/prewalk-replace {:a :x} [:a [:a]])))
  (is (= {:a {:b 1}} (walk/keywordize-keys {"a" {"b" 1}})))
  (is (= {"a" [{"b" 1}]} (walk/stringify-keys {:a [{:b 1}]}))))

(deftest merges-of-what-is-no-map
  (are [form value] (= form value)
    (merge [1] 2) [1 2]
    (merge {:a 1} [:b 2]) {:a 1 :b 2}
    (merge nil {:a 1}) {:a 1}
    (merge {:a 1} nil) {:a 1}
    (merge #{1} 2) #{1 2}))

(deftest vars-by-name
  (is (= #'map (find-var 'clojure.core/map)))
  (is (thrown? Exception (find-var 'map))))
