;; Refs, agents, local vars, bindings that are set, matchers, arrays, struct maps.
(ns lisp.references
  (:require [clojure.test :refer [deftest is are]]))

(deftest transactions
  (let [a (ref 1) b (ref 2)]
    (is (= 12 (dosync (alter a inc) (ref-set b 10) (+ @a @b))))
    (is (= [2 10] [@a @b]))
    (is (= 7 (dosync (commute a + 5))))
    (is (= 7 @a))
    (is (= 8 (dosync (commute a inc) @a)))
    (is (= 9 (dosync (alter a inc) (ensure a))))
    (is (= 11 (dosync (alter a inc) (commute a inc))))
    (is (= [11 1] (dosync (let [x @a] (ref-set a 1) [x @a]))))
    (is (= 3 (dosync (dosync (alter a inc)) (alter a inc))))
    (is (= 4 (sync nil (alter a inc))))))

(deftest transactions_that_fail
  (let [a (ref 1) b (ref 1)]
    (is (thrown? Exception (alter a inc)))
    (is (thrown? Exception (ref-set a 2)))
    (is (thrown? Exception (commute a inc)))
    (is (thrown? Exception (dosync (commute a inc) (alter a inc))))
    (is (thrown? Exception (dosync (alter a inc) (alter b inc) (throw (ex-info "no" {})))))
    (is (= [1 1] [@a @b]))
    (let [r (ref 1 :validator pos? :meta {:m 1})]
      (is (= {:m 1} (meta r)))
      (is (thrown? Exception (dosync (alter a inc) (ref-set r -1))))
      (is (= [1 1] [@a @r])))))

(deftest watches_of_refs
  (let [r (ref 0) log (atom [])]
    (add-watch r :w (fn [k _ old new] (swap! log conj [k old new])))
    (dosync (alter r inc) (alter r inc))
    (is (= [[:w 0 2]] @log))))

(deftest agents
  (let [a (agent 1) log (atom [])]
    (add-watch a :w (fn [k _ old new] (swap! log conj [old new])))
    (send a + 2)
    (send-off a * 10)
    (await a)
    (is (= 30 @a))
    ;; Clojure's await is an action too, which watches see.
    (is (= [[1 3] [3 30]] (take 2 @log)))
    (is (nil? (agent-error a)))
    (is (= :fail (error-mode a)))
    (is (true? (await-for 1000 a)))
    (send a (fn [x] (send *agent* inc) (dec x)))
    (await a)
    (await a)
    (is (= 30 @a))
    (dosync (send a inc) (send a inc))
    (await a)
    (is (= 32 @a))
    (is (nil? *agent*))))

(deftest agents_that_fail
  (let [seen (promise)
        a (agent 1 :error-handler (fn [_ e] (deliver seen (ex-message e))) :error-mode :fail)]
    (send a (fn [_] (throw (ex-info "bad" {}))))
    (is (= "bad" (deref seen 5000 nil)))
    ;; The handler is called just before the agent stops.
    (is (= "bad" (ex-message (loop [turn 0]
                               (or (agent-error a) (if (< turn 1000000000) (recur (inc turn)) nil))))))
    (is (thrown? Exception (send a inc)))
    (is (= 5 (restart-agent a 5)))
    (is (thrown? Exception (restart-agent a 5)))
    (send a inc)
    (await a)
    (is (= 6 @a)))
  (let [a (agent 1 :error-mode :continue)]
    (send a (fn [_] (throw (ex-info "bad" {}))))
    (send a inc)
    (await a)
    (is (= 2 @a))))

(def ^:dynamic *level* 1)
(deftest bindings_that_are_set
  (is (= 3 (binding [*level* 2] (set! *level* 3) *level*)))
  (is (= 1 *level*))
  (is (thrown? Exception (set! *level* 2)))
  (is (= 5 (binding [*level* 2] (var-set (var *level*) 5) *level*)))
  (is (= 9 (do (push-thread-bindings {(var *level*) 9}) (let [x *level*] (pop-thread-bindings) x))))
  (is (= 1 *level*))
  (is (= [2 2] (with-local-vars [x 1] (var-set x (inc @x)) [@x (var-get x)])))
  (is (= 120 (with-local-vars [acc 1 n 5]
               (while (pos? @n) (var-set acc (* @acc @n)) (var-set n (dec @n)))
               @acc))))

(deftest matchers
  (let [m (re-matcher #"(\d)(\w)?" "1a 2 3c")]
    (is (= ["1a" "1" "a"] (re-find m) (re-groups m)))
    (is (= ["2" "2" nil] (re-find m)))
    (is (= ["3c" "3" "c"] (re-find m)))
    (is (nil? (re-find m)))
    (is (thrown? Exception (re-groups m))))
  (let [m (re-matcher #"x*" "axx")]
    (is (= ["" "xx" "" nil] [(re-find m) (re-find m) (re-find m) (re-find m)]))))

(deftest arrays
  (let [a (int-array [1 2 3])]
    (is (= 10 (aset a 0 10)))
    (is (= 10 (aget a 0)))
    (is (= [10 2 3] (vec a) (seq a) (map identity a) (into [] a)))
    (is (= 3 (alength a) (count a)))
    (is (= 15 (reduce + a) (apply + a) (areduce a i sum 0 (+ sum (aget a i)))))
    (is (= [20 4 6] (seq (amap a i out (* 2 (aget a i))))))
    (is (= [10 2 3] (seq a)))
    (let [b (aclone a)]
      (aset b 1 0)
      (is (= [[10 2 3] [10 0 3]] [(vec a) (vec b)])))
    (is (= [2 3] (rest a) (next a)))
    (is (= 2 (nth a 1)))
    (is (thrown? Exception (aget a 3)))
    (is (thrown? Exception (aset a -1 0))))
  (is (= [0 0] (seq (long-array 2))))
  (is (= [7 7] (seq (long-array 2 7))))
  (is (= [0.0 0.0] (seq (double-array 2))))
  (is (= [nil nil] (seq (object-array 2))))
  (is (= [false] (seq (boolean-array 1))))
  (is (= [\a \b] (seq (char-array "ab"))))
  (is (nil? (seq (object-array 0))))
  (is (= [1 :a "x"] (seq (to-array [1 :a "x"])) (seq (into-array Object [1 :a "x"]))))
  (is (= [[1 2] [3]] (map seq (to-array-2d [[1 2] [3]]))))
  (let [grid (make-array Long 2 3)]
    (aset grid 1 2 5)
    (is (= 5 (aget grid 1 2))))
  (is (= [1 2 3] (vector-of :int 1 2 3)))
  (is (= [2 1] (sort > (into-array [1 2])) (reverse (into-array [1 2])))))

(defstruct point :x :y)
(deftest structs
  (is (= {:x 1 :y nil} (struct point 1)))
  (is (= {:x 1 :y 2} (struct point 1 2)))
  (is (thrown? Exception (struct point 1 2 3)))
  (is (= {:x nil :y 2 :z 3} (struct-map point :y 2 :z 3)))
  (is (= 4 ((accessor point :x) (struct point 4))))
  (is (= {:a 1} (struct (create-struct :a) 1))))

(deftest destructuring_as_a_function
  (is (= '[a 1 b 2] (destructure '[a 1 b 2])))
  (are [pattern value body expected] (= expected (eval (list 'let* (destructure [pattern value]) body)))
    '[a & b] [1 2 3] '[a b] [1 [2 3]]
    '[a [b] :as c] [1 [2]] '[a b c] [1 2 [1 [2]]]
    '{:keys [a n/b] :or {a 5} :as m} {:n/b 2} '[a b m] [5 2 {:n/b 2}]
    '{:strs [s] x :x} {"s" 1 :x 2} '[s x] [1 2]
    '{:syms [y]} {''y 3} 'y 3
    '[& {:keys [k]}] [:k 1] 'k 1))

(deftest errors_as_maps
  (let [m (Throwable->map (ex-info "a" {:x 1} (ex-info "b" {:y 2})))]
    (is (= "b" (:cause m)))
    (is (= {:y 2} (:data m)))
    (is (= ["a" "b"] (map :message (:via m))))
    (is (= [{:x 1} {:y 2}] (map :data (:via m))))))

(deftest input-and-output-in-transactions
  (is (= 2 (io! 1 2)))
  (is (thrown? IllegalStateException (dosync (io! 1))))
  (is (thrown-with-msg? Exception #"not here" (dosync (io! "not here" 1)))))
