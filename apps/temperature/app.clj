;; Two fields that follow each other. What is no number stays where it was typed, and changes nothing.
(defn- shown [n] (let [n (/ (clojure.math/round (* 100 n)) 100.0)] (str (if (== n (long n)) (long n) n))))

(defn- number-of [text] (let [n (parse-double text)] (when (and n (< -1e12 n 1e12)) n)))

(defn- field-of [state key to other]
  (let [text (get state key)]
    [:input {:key key :width 100 :value text :invalid? (not (or (= "" text) (number-of text)))
             :on-change (fn [state text]
                          (let [n (number-of text)]
                            (cond-> (assoc state key text) n (assoc other (shown (to n))))))}]))

(defapp temperature
  {:title "Temperature" :state {:celsius "" :fahrenheit ""} :width 396 :height 64}
  (fn [state]
    [:row {:gap 10 :pad 16 :align :center}
     [field-of state :celsius (fn [c] (+ 32 (* c 1.8))) :fahrenheit] "Celsius ="
     [field-of state :fahrenheit (fn [f] (/ (- f 32) 1.8)) :celsius] "Fahrenheit"]))
