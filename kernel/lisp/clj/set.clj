;; clojure.set: sets as in mathematics, and maps as rows of relations.
(ns clojure.set)

(defn union "Returns the elements that are in any of the sets."
  ([] #{})
  ([a] a)
  ([a b] (if (< (count a) (count b)) (into b a) (into a b)))
  ([a b & more] (reduce union (union a b) more)))

(defn intersection "Returns the elements that are in all of the sets."
  ([a] a)
  ([a b]
   (if (< (count b) (count a))
     (recur b a)
     (or (intersection* a b)
         (reduce (fn [out x] (if (contains? b x) out (disj out x))) a a))))
  ([a b & more] (reduce intersection (intersection a b) more)))

(defn difference "Returns the elements of the first set that are in none of the others."
  ([a] a)
  ([a b] (or (difference* a b)
             (reduce (fn [out x] (if (contains? b x) (disj out x) out)) a a)))
  ([a b & more] (reduce difference (difference a b) more)))

(defn select "Returns the elements of a set for which pred holds." [pred s]
  (reduce (fn [out x] (if (pred x) out (disj out x))) s s))

(defn subset? "Returns true if every element of a is in b." [a b]
  (and (<= (count a) (count b)) (every? (fn [x] (contains? b x)) a)))

(defn superset? "Returns true if every element of b is in a." [a b] (subset? b a))

(defn project "Returns the rows with only these keys." [rows ks]
  (into #{} (map (fn [row] (select-keys row ks))) rows))

(defn rename-keys "Returns a map with keys renamed by kmap." [m kmap]
  (reduce-kv (fn [out old new] (if (contains? m old) (assoc out new (get m old)) out))
             (apply dissoc m (keys kmap))
             kmap))

(defn rename "Returns the rows with keys renamed by kmap." [rows kmap]
  (into #{} (map (fn [row] (rename-keys row kmap))) rows))

(defn index "Returns a map from the values of ks to the set of rows that have them." [rows ks]
  (reduce (fn [m row] (let [k (select-keys row ks)] (assoc m k (conj (get m k #{}) row)))) {} rows))

(defn map-invert "Returns a map from values to keys." [m]
  (reduce-kv (fn [out k v] (assoc out v k)) {} m))

(defn join "Returns the natural join of two relations, or the one on a map of keys."
  ([a b]
   (if (and (seq a) (seq b))
     (let [ks (intersection (set (keys (first a))) (set (keys (first b))))]
       (join a b (zipmap ks ks)))
     #{}))
  ([a b kmap]
   (let [rows (index b (vals kmap))]
     (reduce (fn [out row]
               (reduce (fn [out other] (conj out (merge row other)))
                       out
                       (get rows (rename-keys (select-keys row (keys kmap)) kmap))))
             #{}
             a))))
