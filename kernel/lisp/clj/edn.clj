;; clojure.edn: data as text.
(ns clojure.edn)

(defn read-string "Reads the first value of a text; nil when there is none. Options: :eof, :readers (functions by tag), :default (a function of tag and value)."
  ([text] (read-string {:eof nil} text))
  ([options text]
   (if (nil? text)
     nil
     (binding [*data-readers* (get options :readers {}) *default-data-reader-fn* (:default options)]
       (clojure.core/read-string-by* (assoc options :halt/data true) text)))))

(defn read "Reads a value from an atom that holds text, or *in*. Options as for read-string."
  ([] (read {} nil))
  ([in] (read {} in))
  ([options in]
   (let [in (reader-of* in)
         [value rest] (binding [*data-readers* (get options :readers {}) *default-data-reader-fn* (:default options)]
                        (read-from* (assoc options :halt/data true) (deref in)))]
     (reset! in rest)
     value)))
