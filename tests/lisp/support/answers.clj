;; What the scripts of recorded answers share.
(ns lisp.answers
  (:require [clojure.test :refer [is]] [clojure.string :as str]))

(defn show [x]
  (cond
    (map? x) (str "{" (str/join ", " (sort (map (fn [[k v]] (str (show k) " " (show v))) x))) "}")
    (set? x) (str "#{" (str/join " " (sort (map show x))) "}")
    (vector? x) (str "[" (str/join " " (map show x)) "]")
    (sequential? x) (str "(" (str/join " " (map show x)) ")")
    :else (pr-str x)))

(defmacro answers [& rows]
  `(do ~@(map (fn [[form text]] `(is (= ~text (try (show ((fn [] ~form))) (catch Throwable e# "thrown")))))
              (partition 2 rows))))
