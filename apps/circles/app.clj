;; Circles on a canvas. Undo is history itself: a list of what the circles were.
(defn- nearest
  "The number of the circle whose middle is nearest to a place that it holds, or nil."
  [circles x y]
  (let [distance (fn [i] (let [[cx cy] (circles i)] (clojure.math/hypot (- x cx) (- y cy))))
        around (filter (fn [i] (< (distance i) ((circles i) 2))) (range (count circles)))]
    (when (seq around) (apply min-key distance around))))

(defn- commit [state circles] (assoc state :circles circles :past (cons (:circles state) (:past state)) :future nil))
(defn- undo [{:keys [circles past future] :as state}] (assoc state :circles (first past) :past (rest past) :future (cons circles future) :chosen nil))
(defn- redo [{:keys [circles past future] :as state}] (assoc state :circles (first future) :past (cons circles past) :future (rest future) :chosen nil))

(defn- hover [{:keys [circles] :as state} {:keys [x y]}]
  (let [chosen (nearest circles x y)] (if (= chosen (:chosen state)) state (assoc state :chosen chosen))))

(defn- click [{:keys [circles adjusting] :as state} {:keys [x y]}]
  (if (or adjusting (nearest circles x y)) state (assoc (commit state (conj circles [x y 20])) :chosen (count circles))))

(defn- menu [state {:keys [x y]}]
  (let [i (nearest (:circles state) x y)]
    (if (and i (not (:adjusting state)))
      {:state (assoc state :chosen i)
       :fx [[menu! [["Adjust diameter.." (fn [state] (assoc state :adjusting {:circle i :before (:circles state)}))]]]]}
      state)))

(defn- close
  "The last diameter is one step to undo, however many there were on the way."
  [{:keys [circles adjusting] :as state}]
  (let [state (assoc state :adjusting nil)]
    (if (= circles (:before adjusting)) state (commit (assoc state :circles (:before adjusting)) circles))))

(defn- adjuster [{:keys [circles adjusting]}]
  (let [i (:circle adjusting) [x y r] (circles i)]
    [:column {:key :adjuster :gap 8 :pad 12 :radius 8 :fill :panel :border :border}
     [:row {:gap 8} [:text {:grow 1} (str "Adjust diameter of circle at (" x ", " y ").")] [:button {:on-click close} "Close"]]
     [:slider {:key :diameter :value (* 2 r) :min 4 :max 200 :step 2
               :on-change (fn [state d] (assoc-in state [:circles i 2] (quot d 2)))}]]))

(defapp circles
  {:title "Circle Drawer" :state {:circles []} :width 480 :height 400}
  (fn [{:keys [circles chosen past future adjusting] :as state}]
    [:column {:gap 10 :pad 12 :grow 1}
     [:row {:gap 8 :justify :center}
      [:button {:on-click undo :disabled? (boolean (or adjusting (empty? past)))} "Undo"]
      [:button {:on-click redo :disabled? (boolean (or adjusting (empty? future)))} "Redo"]]
     (into [:canvas {:key :paper :grow 1 :fill :field :radius 8 :border :border :on-click click :on-hover hover :on-context menu}]
           (map-indexed (fn [i [x y r]] [:circle {:x x :y y :r r :stroke :text :stroke-width 1 :fill (if (= i chosen) :muted :none)}])
                        circles))
     (when adjusting [adjuster state])]))
