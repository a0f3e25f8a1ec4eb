;; Files: named texts that apps share, kept from one desktop to the next where there is a launcher. The store is one atom with one value: whoever holds an old
;; value of it holds every file as it was.

(defonce ^{:doc "The files by name, such as \"notes/1\": an atom with a sorted map of texts. What is before the last / is the folder."} files
  (atom (sorted-map)))

(defn follow-files!
  "Sends this process the message {:type :files} whenever a file changes, as long as it lives; an effect: [follow-files!]."
  []
  (let [pid (self)]
    (add-watch files pid (fn [_ _ _ _] (when-not (send pid {:type :files}) (remove-watch files pid))))
    nil))
