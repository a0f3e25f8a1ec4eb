;; What goes with the pointer: the tip of what it rests on, and a value that is dragged from a node to another one, of whatever app.

(def tip-us "How long the pointer rests on a node before its tip is shown, in microseconds." 600000)

(defn- with-tip
  "Remembers the tip of a node, if it has one; it is shown when its time has come."
  [d {:keys [path tip] [left top _ height] :rect} now]
  (assoc d :tip (when tip {:path path :text tip :x left :y (+ top height 6) :above top :at-us (+ now tip-us) :shown? false})))

(defn- tip-at
  "Remembers the tip under the pointer."
  [d hits now]
  (let [hit (some (fn [hit] (when (:tip hit) hit)) hits)]
    (if (= (:path hit) (:path (:tip d))) d (with-tip d hit now))))

(defn- waits-for-tip? [d] (and (:tip d) (not (:shown? (:tip d)))))

(defn- show-tip [d now]
  (if (and (waits-for-tip? d) (>= now (:at-us (:tip d)))) (assoc-in d [:tip :shown?] true) d))

(defn- tip-box [{:keys [text x y above]} width height]
  (let [w (min (- width 8) (+ 18 (* 8 (count text)))) h 28]
    [:row {:key :tip :x (max 4 (min x (- width w 4))) :y (if (> (+ y h) (- height bar-height)) (- above h 6) y) :h h :pad [0 8] :radius 6
           :align :center :fill :panel :border :border :shadow true :disabled? true}
     [:text text]]))

;; --- Values on their way --------------------------------------------------------------------------------

(def carry-start "Pixels that the pointer moves before what it holds is dragged rather than clicked." 6)

(defn- pick-up
  "Remembers the value under a press: it is dragged once the pointer moves far enough."
  [d hits x y]
  (let [hit (some (fn [hit] (when (some? (:drag hit)) hit)) hits)]
    (if (and hit (:surface hit)) (assoc d :carry {:value (:drag hit) :label (clipped (or (:label hit) "value")) :x x :y y}) d)))

(defn- drop-target [hits] (some (fn [hit] (when (and (:surface hit) (contains? (:handlers hit) :on-drop)) hit)) hits))

(defn- carry-to
  "The value follows the pointer; where it can be dropped is framed."
  [d x y]
  (let [{:keys [moving?] from-x :x from-y :y :as carry} (:carry d)
        moving? (or moving? (> (max (abs (- x from-x)) (abs (- y from-y))) carry-start))]
    (if moving?
      (assoc d :pressed nil :carry (assoc carry :moving? true :at [x y] :over (:rect (drop-target (hit-test x y)))))
      d)))

(defn- carry-box [{:keys [at label over]}]
  (let [[x y] at]
    [:stack {:key :carry :disabled? true}
     (when over (let [[left top w h] over] [:box {:key :over :x left :y top :w w :h h :radius 8 :border {:color :accent :width 2} :fill [:accent 30]}]))
     [:row {:key :held :x (+ x 14) :y (+ y 10) :h 28 :max-width 220 :pad [0 10] :radius 14 :align :center :fill :accent :shadow true}
      [:text {:color :accent-text} label]]]))
