;; A spreadsheet: columns A to Z, rows 0 to 99. A changed cell has those computed anew that use it, in order, and no others.
(def columns 26)
(def rows 100)

;; --- Formulas: =A1+2*(B3-sum(C0:C9)) -------------------------------------------------------------------

(defn- mean [& ns] (if (seq ns) (/ (apply + ns) (double (count ns))) 0))
(def functions {"SUM" + "PROD" * "MIN" min "MAX" max "MEAN" mean "COUNT" (fn [& ns] (count ns)) "ADD" + "SUB" - "MUL" * "DIV" /})

(defn- wrong [& text] (throw (ex-info (apply str text) {:type :formula})))

(defn- cell-named [token]
  (when-let [[_ column row] (re-matches #"([A-Z])(\d\d?)" (or token ""))] [(- (int (first column)) 65) (parse-long row)]))

(defn- range-of [[c1 r1] [c2 r2]]
  (for [r (range (min r1 r2) (inc (max r1 r2))) c (range (min c1 c2) (inc (max c1 c2)))] [c r]))

(declare expression)

(defn- arguments
  "The expressions up to the closing bracket: [forms rest]."
  [tokens]
  (loop [[form [token & more]] (expression tokens) forms []]
    (case token "," (recur (expression more) (conj forms form)) ")" [(conj forms form) more] (wrong ") is missing"))))

(defn- factor [[token & more]]
  (cond
    (nil? token) (wrong "the formula ends too soon")
    (= "-" token) (let [[form more] (factor more)] [[:call - [form]] more])
    (= "(" token) (let [[forms more] (arguments more)] [(first forms) more])
    (parse-double token) [(parse-double token) more]
    (and (cell-named token) (= ":" (first more)))
    (let [from (cell-named token) to (cell-named (second more))]
      (if to [(into [:cells] (range-of from to)) (drop 2 more)] (wrong (second more) " is no cell")))
    (cell-named token) [[:cell (cell-named token)] more]
    (and (functions token) (= "(" (first more))) (let [[forms more] (arguments (rest more))] [[:call (functions token) forms] more])
    :else (wrong "what is " token "?")))

(defn- chain [operand operators]
  (fn [tokens]
    (loop [[left [token & more :as tokens]] (operand tokens)]
      (if-let [f (get operators token)]
        (let [[right tokens] (operand more)] (recur [[:call f [left right]] tokens]))
        [left tokens]))))

(def expression (chain (chain factor {"*" * "/" /}) {"+" + "-" -}))

(defn parse
  "What a cell's text says: nil, a number, a text, or a formula [:call ...], [:cell ...]; {:error text} for one that is wrong."
  [text]
  (cond
    (= "" text) nil
    (= \= (first text))
    (try (let [[form more] (expression (re-seq #"[A-Z]+\d*|[\d.]+|\S" (clojure.string/upper-case (subs text 1))))]
           (if (seq more) (wrong "what is " (first more) "?") form))
         (catch :default e {:error (ex-message e)}))
    :else (or (parse-double text) text)))

(defn- uses [form]
  (if (vector? form)
    (case (first form) :cell [(second form)] :cells (rest form) :call (mapcat uses (nth form 2)))
    []))

(defn- value-of [values form]
  (if (vector? form)
    (case (first form)
      :cell (let [v (or (get values (second form)) 0)]
              (cond (number? v) v (map? v) (throw (ex-info (:error v) {})) :else (wrong (pr-str v) " is no number")))
      :call (apply (second form) (mapcat (fn [form] (if (and (vector? form) (= :cells (first form)))
                                                      (mapcat (fn [cell] (let [v (get values cell)]
                                                                           (cond (number? v) [v] (map? v) (throw (ex-info (:error v) {})))))
                                                              (rest form))
                                                      [(value-of values form)]))
                                         (nth form 2)))
      :cells (wrong "a range belongs into a function"))
    form))

(defn- computed [values form]
  (try (let [v (value-of values form)]
         (if (and (float? v) (or (infinite? v) (NaN? v))) {:error "division by zero"} v))
       (catch :default e {:error (ex-message e)})))

;; --- Cells ------------------------------------------------------------------------------------------------

(defn- affected
  "A cell and all that depend on it, each after what it depends on."
  [users cell]
  (let [walk (fn walk [[seen order] cell]
               (if (seen cell)
                 [seen order]
                 (let [[seen order] (reduce walk [(conj seen cell) order] (get users cell))] [seen (cons cell order)])))]
    (second (walk [#{} ()] cell))))

(defn set-cell
  "Puts a text into a cell, and computes what that changes."
  [{:keys [texts forms values users] :as state} cell text]
  (let [form (parse text)
        users (reduce (fn [users used] (update users used disj cell)) users (uses (get forms cell)))
        users (reduce (fn [users used] (update users used (fnil conj #{}) cell)) users (uses form))
        forms (assoc forms cell form)
        order (affected users cell)
        forms-now (if (some (set order) (uses form)) (assoc forms cell {:error "it depends on itself"}) forms)
        [values changed] (reduce (fn [[values changed] at]
                                   (let [v (if (or (= at cell) (some changed (uses (forms at)))) (computed values (forms-now at)) (values at))]
                                     (if (= v (values at)) [values changed] [(assoc values at v) (conj changed at)])))
                                 [values #{}] order)]
    (assoc state :texts (assoc texts cell text) :forms forms :users users :values values :changed (count changed))))

;; --- The sheet --------------------------------------------------------------------------------------------

(def cell-width 88)
(def cell-height 26)
(def head-width 40)

(defn- shown [v] (cond (nil? v) "" (map? v) "error" (and (float? v) (< -1e15 v 1e15) (== v (long v))) (str (long v)) :else (str v)))
(defn- cell-name [[c r]] (str (char (+ 65 c)) r))

(defn- edit [state text] {:state (assoc state :draft text) :fx [[focus! :draft]]})
(defn- between [low n high] (max low (min n high)))

(defn- select-cell
  "Moves the selection, and the sheet so far that it is seen."
  [{:keys [left top across down] :as state} [c r]]
  (let [c (between 0 c (dec columns)) r (between 0 r (dec rows))
        in-sight (fn [from at fit] (between (- at fit -1) from at))]
    (assoc state :draft nil :at [c r] :left (in-sight left c across) :top (in-sight top r down))))

(defn- scroll [{:keys [left top across down] :as state} {:keys [notches shift]}]
  (let [n (* -3 notches)]
    (if shift
      (assoc state :left (between 0 (+ left n) (- columns across)))
      (assoc state :top (between 0 (+ top n) (- rows down))))))

(defn- resize [state {:keys [width height]}]
  (let [across (between 1 (quot (- width 20 head-width) cell-width) columns)
        down (between 1 (quot (- height 52 cell-height) cell-height) rows)]
    (select-cell (assoc state :across across :down down) (:at state))))

(defn- commit [{:keys [at draft] :as state} dc dr]
  (let [[c r] at] (select-cell (if draft (set-cell state at draft) state) [(+ c dc) (+ r dr)])))

(defn- key-pressed [{:keys [at draft texts] :as state} {:keys [key text ctrl shift]}]
  (let [[c r] at]
    (cond
      (= :enter key) (if (or draft shift) (commit state 0 (if shift -1 1)) (edit state (get texts at "")))
      (= :tab key) (commit state (if shift -1 1) 0)
      (= :escape key) (assoc state :draft nil)
      (and draft text (not ctrl)) (edit state (str draft text))
      draft :pass
      :else (case key
              :left (select-cell state [(dec c) r])
              :right (select-cell state [(inc c) r])
              :up (select-cell state [c (dec r)])
              :down (select-cell state [c (inc r)])
              :page-up (select-cell state [c (- r 10)])
              :page-down (select-cell state [c (+ r 10)])
              :home (select-cell state [0 (if ctrl 0 r)])
              :end (select-cell state [(dec columns) (if ctrl (dec rows) r)])
              :f2 (edit state (get texts at ""))
              (:delete :backspace) (set-cell state at "")
              (if (and text (not ctrl)) (edit state text) :pass)))))

(defn- cell-view [cell v selected?]
  [:row {:key cell :width cell-width :height cell-height :pad [0 6] :align :center :clip true :focusable false :fill (if selected? :selection :field)
         :border {:color (if selected? :accent :border) :width 1} :justify (if (number? v) :end :start)
         :on-click (fn [state {:keys [clicks]}]
                     (let [state (select-cell (commit state 0 0) cell)]
                       (if (= 2 clicks) (edit state (get (:texts state) cell "")) state)))}
   [:text {:color (if (map? v) :danger :text) :shrink 1} (shown v)]])

(defn- draft-view [draft]
  [:input {:key :draft :width cell-width :height cell-height :pad [0 5] :radius 0 :value draft
           :on-change (fn [state text] (assoc state :draft text)) :on-enter (fn [state] (commit state 0 1))}])

(defn- head [key text width] [:row {:key key :width width :height cell-height :align :center :justify :center} [:text {:color :muted} text]])

(defapp cells
  {:title "Cells" :width 600 :height 420 :on-resize resize
   :state (reduce (fn [state [cell text]] (set-cell state cell text))
                  {:texts {} :forms {} :values {} :users {} :at [0 0] :left 0 :top 0 :across 1 :down 1}
                  [[[0 0] "Item"] [[1 0] "Price"] [[0 1] "Tea"] [[1 1] "3.5"] [[0 2] "Cake"] [[1 2] "4"] [[0 3] "Sum"] [[1 3] "=sum(B1:B2)"]])}
  (fn [{:keys [at draft texts values changed left top across down]}]
    (let [seen-columns (range left (+ left across))]
      [:column {:grow 1 :pad 10 :gap 8 :on-key key-pressed :on-scroll scroll}
       [:row {:gap 10 :height 24}
        [:text {:bold true :width 40} (cell-name at)]
        [:text {:key :formula :grow 1 :shrink 1} (or draft (get texts at ""))]
        [:text {:key :note :color (if (:error (values at)) :danger :muted)}
         (or (:error (values at)) (when changed (str changed " changed")))]]
       [:column {:grow 1 :clip true}
        [:row {:key :heads} [head :corner "" head-width] (map (fn [c] [head c (str (char (+ 65 c))) cell-width]) seen-columns)]
        (map (fn [r]
               [:row {:key r}
                [head :head (str r) head-width]
                (map (fn [c] (if (and draft (= at [c r])) [draft-view draft] [cell-view [c r] (values [c r]) (= at [c r])])) seen-columns)])
             (range top (+ top down)))]])))
