;; Inspector: any value, as lines that unfold. Only what is unfolded is looked at, so a value of a million parts opens at once.
;;
;; What was picked from the screen has its place in the source as metadata, :picked (pick.clj of the system).
;;
;; State: {:root value, :picked place, :open #{paths}, :at line, :top line, :lines [line ...]}. A path is the list of part numbers from the root.
;; A part is [label value]; a collection of more than a hundred has its parts in groups, and groups of groups.

(def group-size "How many parts unfold at once." 100)
(def source-lines "Lines of a form that are shown." 6)
(def lines-shown "Lines of a page, for Page Up and Page Down." 16)

(defrecord Group [coll from to])
(defrecord Rest [coll from])

(defn- group? [x] (instance? Group x))

(defn- group-step
  "How many parts each group of n parts has: the least power of `group-size` that makes at most `group-size` groups."
  [n]
  (loop [step group-size]
    (if (<= n (* step group-size)) step (recur (* step group-size)))))

(defn- groups [coll from to]
  (let [step (group-step (- to from))]
    (map (fn [start]
           (let [end (min to (+ start step))]
             [(str start " to " (dec end)) (->Group coll start end)]))
         (range from to step))))

(defn- entries [coll from to]
  (cond
    (vector? coll) (map (fn [i] [i (nth coll i)]) (range from to))
    (map? coll)    (map (fn [[k v]] [(pr-str k) v]) (take (- to from) (drop from coll)))
    :else          (map-indexed (fn [i x] [(+ from i) x]) (take (- to from) (drop from coll)))))

(defn- slice [coll from to]
  (if (<= (- to from) group-size) (entries coll from to) (groups coll from to)))

(defn parts
  "The parts of a value as [label value]; nil for what has none."
  [x]
  (cond
    (group? x)           (slice (:coll x) (:from x) (:to x))
    (instance? Rest x)   (let [head (take group-size (:coll x))
                               more (drop group-size (:coll x))]
                           (concat (map-indexed (fn [i part] [(+ (:from x) i) part]) head)
                                   (when (seq more) [["more" (->Rest more (+ (:from x) group-size))]])))
    (atom? x)   [["now" @x]]
    (or (vector? x) (map? x) (set? x)) (when (pos? (count x)) (slice x 0 (count x)))
    (and (seq? x) (seq x)) (parts (->Rest x 0))
    :else nil))

(defn- clip [text] (if (> (count text) 90) (str (subs text 0 89) "\u2026") text))

(defn- plain? [x] (or (nil? x) (boolean? x) (number? x) (keyword? x) (symbol? x) (char? x) (and (string? x) (< (count x) 60))))

(defn- small? [x]
  (and (<= (count x) 8) (every? plain? (if (map? x) (concat (keys x) (vals x)) x))))

(defn summary
  "A value in a few words; it never walks a large one."
  [x]
  (cond
    (group? x)         ""
    (instance? Rest x) ""
    (string? x)        (clip (pr-str (if (> (count x) 90) (subs x 0 90) x)))
    (vector? x)        (if (small? x) (clip (pr-str x)) (str "vector of " (count x)))
    (map? x)           (if (small? x) (clip (pr-str x)) (str "map of " (count x)))
    (set? x)           (if (small? x) (clip (pr-str x)) (str "set of " (count x)))
    (seq? x)           "sequence"
    (atom? x) "atom"
    (fn? x)            "function"
    :else              (clip (pr-str x))))

(defn- lines-of
  "The lines of a value and of what is unfolded in it."
  [open label x path]
  (let [known (parts x)
        open? (and (some? known) (contains? open path))]
    (cons {:label label :value x :path path :parts? (some? known) :open? open?}
          (when open?
            (mapcat (fn [i [label part]] (lines-of open label part (conj path i))) (range) known)))))

(defn- show [state]
  (let [lines (vec (lines-of (:open state) "value" (:root state) []))
        at (max 0 (min (:at state) (dec (count lines))))
        top (max 0 (min (:top state) (dec (count lines))))]
    (assoc state :lines lines :at at :top top)))

(defn- choose [state at]
  (let [at (max 0 (min at (dec (count (:lines state)))))
        top (:top state)]
    (assoc state :at at :top (cond (< at top) at
                                   (>= at (+ top lines-shown)) (inc (- at lines-shown))
                                   :else top))))

(defn- fold [state line open?]
  (if (:parts? line)
    (show (assoc state :open ((if open? conj disj) (:open state) (:path line))))
    state))

(defn- parent [state line]
  (let [path (:path line)
        above (when (seq path) (pop path))]
    (choose state (or (first (keep-indexed (fn [i line] (when (= above (:path line)) i)) (:lines state))) 0))))

(defn inspect-value
  "The state of an inspector that shows a value, unfolded once."
  [x]
  (show {:root x :open #{[]} :at 0 :top 0 :picked (:picked (meta x))}))

(defn- key-pressed [state event]
  (let [line (nth (:lines state) (:at state) nil) at (:at state)]
    (case (:key event)
      :down      (choose state (inc at))
      :up        (choose state (dec at))
      :page-down (choose state (+ at lines-shown))
      :page-up   (choose state (- at lines-shown))
      :home      (choose state 0)
      :end       (choose state (dec (count (:lines state))))
      :right     (if (:open? line) (choose state (inc at)) (fold state line true))
      :left      (if (:open? line) (fold state line false) (parent state line))
      :enter     (fold state line (not (:open? line)))
      :c         (if (:ctrl event) {:state state :fx [[copy! (:value line)]]} state)
      :v         (if (contains? event :clipboard) (inspect-value (:clipboard event)) state)
      state)))

(defn- wheel [state event]
  (assoc state :top (max 0 (min (dec (count (:lines state))) (- (:top state) (* 3 (:notches event)))))))

(defn- line-view [i line chosen?]
  [:row {:key (:path line) :gap 8 :pad [2 8 2 (+ 8 (* 16 (count (:path line))))] :radius 4 :align :center
         :fill (when chosen? :field)
         :on-click (fn [state] (fold (choose state i) line (not (:open? line))))}
   [:text {:font :mono :width 12 :color :accent} (cond (:open? line) "-" (:parts? line) "+" :else "")]
   [:text {:color :muted :shrink 0} (str (:label line))]
   [:text {:font :mono :grow 1 :shrink 1} (summary (:value line))]])

(defn- place-view
  "Where a node that was picked was written."
  [{:keys [tag whose file line column text]}]
  (let [[_ app] (re-matches #"apps/([^/]+)/app\.clj" (str file))]
    [:column {:pad [10 12] :gap 6 :radius 8 :fill :panel :align :stretch}
     [:row {:gap 8 :align :center :height 28}
      [:text {:bold true :shrink 0} (str tag)]
      [:text {:color :muted :grow 1} (str "in " whose (when file (str ", " file ":" line ":" column)))]
      (when text
        [:button {:key :edit :on-click (fn [state] {:state state :fx [[open-app "editor" {:name (or app file) :row (dec line) :col (dec column)}]]})}
         "Edit"])]
     (when text
       (let [lines (clojure.string/split text #"\n")]
         [:column {:pad [6 8] :radius 6 :fill :field :key :source}
          (map (fn [line] [:text {:font :mono} line]) (take source-lines lines))
          (when (> (count lines) source-lines) [:text {:color :muted} (str "and " (- (count lines) source-lines) " lines more")])]))]))

(defapp inspector
  {:title "Inspector" :width 520 :height 420
   :from inspect-value
   ;; Without a value it shows what all others are in.
   :on-start (fn [state {:keys [grants]}] (or state (inspect-value (:desktop grants))))
   ;; Atoms are watched: what they hold now is read again.
   :tick-ms 250 :on-tick show
   :menu [["Copy the value" (fn [state] {:state state :fx [[copy! (:value (nth (:lines state) (:at state)))]]})]]}
  (fn [{:keys [lines top at picked]}]
    [:column {:grow 1 :pad 8 :gap 6 :on-key key-pressed :on-scroll wheel}
     (when picked [place-view picked])
     [:column {:grow 1 :shrink 1 :clip true :align :stretch}
      (map (fn [i] [line-view i (nth lines i) (= i at)]) (range top (min (count lines) (+ top 60))))]
     [:row {:gap 8 :align :center}
      [:text {:color :muted :grow 1} "Arrows unfold, Ctrl+C copies, Ctrl+V shows the clipboard"]
      [:button {:key :pick :on-click (fn [state] {:state state :fx [[pick!]]}) :tip "Super+I"} "Pick a node"]]]))
