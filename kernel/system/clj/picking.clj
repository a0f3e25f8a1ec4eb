;; Picking a node from the screen: a frame follows the pointer, a click or Enter chooses, Escape ends it. Whoever painted the
;; node tells the rest (pick.clj).

(declare scene)

(defn- pick-at
  "The innermost node under a pixel; a string is picked with what it is a label of."
  [d x y]
  (assoc d :pick {:hit (first (filter :tag (nodes-at x y)))}))

(defn start-pick [d]
  (let [[x y] (pointer-place)] (pick-at (assoc d :menu nil :help? nil :switch nil :tip nil) x y)))

(defn- explain-desktop! [path]
  (let [d (dissoc @desktop :pick)]
    (explain-scene! (fn [] (expand-view (atom {:old {} :new {}}) scene d)) (:width d) (:height d) nil path "the desktop" {:desktop d})))

(defn- choose-pick [d]
  (let [hit (:hit (:pick d))
        d (assoc d :pick nil)
        w (when hit (window-by-id d (:surface hit)))]
    (cond w (to-app d w {:type :explain :path (:inner hit)})
          hit (with-fx d [explain-desktop! (vec (rest (:path hit)))])
          :else d)))

(defn- pick-message
  "Answers what hands do while a node is picked."
  [d message]
  (case (:type message)
    :pointer-move (let [[x y] (pointer-place)] (pick-at d x y))
    :pointer-down (if (= :left (:button message)) (choose-pick (pick-at d (:x message) (:y message))) (assoc d :pick nil))
    :key (case (:key message)
           :escape (assoc d :pick nil)
           (:enter :space) (choose-pick d)
           d)
    d))

(def hands "Types of the messages of pointer and keyboard." #{:pointer-move :pointer-down :pointer-up :wheel :key :key-up})

(defn- pick-frame
  "A frame around the node under the pointer, and what it is."
  [{:keys [rect tag]} width height]
  (let [[x y w h] (or rect [0 0 0 0])
        label (str tag "  " w " x " h)]
    [:stack {:key :pick :width width :height height :disabled? true}
     (when rect [:box {:x (- x 2) :y (- y 2) :w (+ w 4) :h (+ h 4) :fill [:accent 50] :border {:color :accent :width 2} :radius 3}])
     (when rect
       [:row {:x (max 0 (min x (- width 190))) :y (if (< y 30) (min (+ y h 4) (- height 30)) (- y 28)) :height 22 :pad [0 8] :radius 5 :align :center :fill :accent}
        [:text {:color :accent-text :font :mono} label]])
     [:row {:x (quot (- width 420) 2) :y (- height bar-height 46) :w 420 :height 34 :radius 17 :align :center :justify :center
            :fill :surface :border {:color :accent :width 1} :shadow {:color :shadow :blur 20 :dy 4}}
      [:text "Click what you want to know about. Escape ends this."]]]))
