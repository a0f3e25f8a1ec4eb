;; clojure.walk: nested data, transformed from the inside or from the outside.
(ns clojure.walk)

(defn walk "Applies inner to each element of form, and outer to the result." [inner outer form]
  (cond
    (list? form) (outer (with-meta (apply list (map inner form)) (meta form)))
    (seq? form) (outer (doall (map inner form)))
    (coll? form) (outer (into (empty form) (map inner) form))
    :else (outer form)))

(defn postwalk "Applies f to every part of form, innermost first." [f form]
  (walk (fn [x] (postwalk f x)) f form))

(defn prewalk "Applies f to every part of form, outermost first." [f form]
  (walk (fn [x] (prewalk f x)) identity (f form)))

(defn postwalk-replace "Replaces parts of form that are keys of smap, innermost first." [smap form]
  (postwalk (fn [x] (if (contains? smap x) (get smap x) x)) form))

(defn prewalk-replace "Replaces parts of form that are keys of smap, outermost first." [smap form]
  (prewalk (fn [x] (if (contains? smap x) (get smap x) x)) form))

(defn keywordize-keys "Turns the keys of all maps that are strings into keywords." [m]
  (postwalk (fn [x] (if (map? x) (update-keys x (fn [k] (if (string? k) (keyword k) k))) x)) m))

(defn stringify-keys "Turns the keys of all maps that are keywords into strings." [m]
  (postwalk (fn [x] (if (map? x) (update-keys x (fn [k] (if (keyword? k) (name k) k))) x)) m))

(defn macroexpand-all "Expands all macros in form." [form]
  (prewalk (fn [x] (if (seq? x) (macroexpand x) x)) form))

(defn postwalk-demo "Prints each form that postwalk meets. Returns the form." [form]
  (postwalk (fn [x] (print "Walked: ") (prn x) x) form))
(defn prewalk-demo "Prints each form that prewalk meets. Returns the form." [form]
  (prewalk (fn [x] (print "Walked: ") (prn x) x) form))
