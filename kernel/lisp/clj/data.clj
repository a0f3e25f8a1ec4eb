;; clojure.data: what differs between two values.
(ns clojure.data
  (:require [clojure.set :as set]))

(declare diff)

(defn diff-leaf* [a b] (if (= a b) [nil nil a] [a b nil]))

(defn diff-map* [a b ks]
  (reduce (fn [[as bs both] k]
            (let [[x y z] (diff (get a k) (get b k))
                  same (and (contains? a k) (contains? b k) (= (get a k) (get b k)))
                  in-a (and (contains? a k) (or (some? x) (not same)) (not (and same (nil? x))))
                  in-b (and (contains? b k) (or (some? y) (not same)) (not (and same (nil? y))))]
              [(if (and in-a (or (some? x) (not (contains? b k)))) (assoc as k x) as)
               (if (and in-b (or (some? y) (not (contains? a k)))) (assoc bs k y) bs)
               (if (or (some? z) same) (assoc both k z) both)]))
          [nil nil nil]
          ks))

(defn diff-vector* [a b]
  (let [n (max (count a) (count b))
        as-map (fn [v] (zipmap (range) v))
        back (fn [m] (if m (reduce (fn [v [k x]] (assoc v k x)) (vec (repeat (inc (apply max (keys m))) nil)) m) nil))]
    (mapv back (diff-map* (as-map a) (as-map b) (range n)))))

(defn diff "Returns [only in a, only in b, in both], to any depth of maps, sets and sequential collections." [a b]
  (cond
    (= a b) [nil nil a]
    (and (map? a) (map? b)) (seq (diff-map* a b (set/union (set (keys a)) (set (keys b)))))
    (and (set? a) (set? b))
    (mapv not-empty [(set/difference a b) (set/difference b a) (set/intersection a b)])
    (and (sequential? a) (sequential? b)) (diff-vector* (vec a) (vec b))
    :else (diff-leaf* a b)))

(defn equality-partition "Returns what kind of thing diff takes a value for: :map, :set, :sequential or :atom." [x]
  (cond (map? x) :map (set? x) :set (sequential? x) :sequential :else :atom))
(defn diff-similar "Like diff, for two values of one equality-partition." [a b] (diff a b))
