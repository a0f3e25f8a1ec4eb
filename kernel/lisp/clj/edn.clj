;; clojure.edn: data as text.
(ns clojure.edn)

(defn read-string "Reads the first value of a text; nil when there is none."
  ([text] (first (clojure.core/read-all* text)))
  ([options text] (let [all (clojure.core/read-all* text)] (if (seq all) (first all) (:eof options)))))
