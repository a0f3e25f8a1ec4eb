;; Paint. A drawing is a value, {:paper color :shapes [shape ...]}; undo and redo are lists of drawings, which share what is equal.
;;
;; A shape is {:kind :brush :points [[x y] ...] :color :size}, {:kind :line|:rect|:ellipse :points [from to] :color :size :fill}, or
;; {:kind :area :rows [[x y width] ...] :color}, what fills a closed stroke. The shape being drawn is under :current.

(def colors
  [0x1A1D26 0x6B7280 0xB8BEC9 0xFFFFFF 0xE5484D 0xF08A3C 0xF2C94C 0x8BC34A
   0x2FA866 0x18A5A5 0x3CA9E8 0x3B6EF0 0x8B5CF6 0xE05CB8 0x8A5A3B 0xF3C9A5])

(def empty-drawing {:paper 0xFFFFFF :shapes []})

(def start {:drawing empty-drawing :past () :future () :current nil :tool :brush :color 0x3B6EF0 :size 4 :solid? false :pen nil :pen-down? false :name nil :note nil})

(def points-max "Points of a stroke; a longer one goes on as another." 500)

;; --- Geometry -----------------------------------------------------------------------------------------

(defn- distance [[x1 y1] [x2 y2]] (clojure.math/sqrt (+ (* (- x1 x2) (- x1 x2)) (* (- y1 y2) (- y1 y2)))))

(defn- to-segment
  "How far a place is from the line between two others."
  [[px py :as p] [[x1 y1 :as a] [x2 y2 :as b]]]
  (let [dx (- x2 x1) dy (- y2 y1) length (+ (* dx dx) (* dy dy))
        share (if (zero? length) 0 (max 0 (min 1 (/ (+ (* (- px x1) dx) (* (- py y1) dy)) (double length)))))]
    (distance p [(+ x1 (* share dx)) (+ y1 (* share dy))])))

(defn- bounds [points]
  (let [xs (map first points) ys (map second points)] [(apply min xs) (apply min ys) (apply max xs) (apply max ys)]))

(defn- closed? [{:keys [kind points size]}]
  (and (= :brush kind) (< 5 (count points)) (< (distance (first points) (peek points)) (+ 24 size))))

(defn area-rows
  "What is inside of a closed stroke, row by row: [x y width]."
  [points]
  (let [[_ top _ bottom] (bounds points)
        edges (map vector points (conj (subvec points 1) (first points)))]
    (for [y (range (long top) (inc bottom))
          [from to] (partition 2 (sort (for [[[x1 y1] [x2 y2]] edges :when (not= (<= y1 y) (<= y2 y))]
                                         (+ x1 (/ (* (- y y1) (- x2 x1)) (double (- y2 y1)))))))]
      [from y (- to from)])))

(defn hit?
  "Whether a place is on a shape, or inside of one that has an inside."
  [{:keys [kind points size rows fill] :as shape} [x y :as place]]
  (let [near (+ 3 (/ size 2.0))
        [left top right bottom] (when points (bounds points))]
    (case kind
      (:brush :line) (some (fn [segment] (< (to-segment place segment) near)) (map vector points (or (next points) points)))
      :rect (and (<= left x right) (<= top y bottom))
      :ellipse (let [rx (max 1 (/ (- right left) 2.0)) ry (max 1 (/ (- bottom top) 2.0))
                     dx (/ (- x left rx) rx) dy (/ (- y top ry) ry)]
                 (<= (+ (* dx dx) (* dy dy)) 1))
      :area (some (fn [[from row width]] (and (= row y) (<= from x (+ from width)))) rows))))

;; --- Drawing ------------------------------------------------------------------------------------------

(defn- changed [state drawing]
  (if (= drawing (:drawing state))
    state
    (assoc state :note nil :drawing drawing :past (cons (:drawing state) (:past state)) :future ())))

(defn- undo [{:keys [drawing past future] :as state}]
  (if (empty? past) state (assoc state :drawing (first past) :past (rest past) :future (cons drawing future) :current nil)))

(defn- redo [{:keys [drawing past future] :as state}]
  (if (empty? future) state (assoc state :drawing (first future) :past (cons drawing past) :future (rest future))))

(defn- clear [state] (changed (assoc state :current nil) empty-drawing))

(defn fill-at
  "The drawing with a colour where a place is: in a shape, in a closed stroke, or on the paper."
  [{:keys [shapes] :as drawing} place color]
  (let [i (last (keep-indexed (fn [i shape] (when (hit? shape place) i)) shapes))
        round (last (keep-indexed (fn [i shape] (when (and (closed? shape) (hit? {:kind :area :size 0 :rows (area-rows (:points shape))} place)) i)) shapes))]
    (cond
      (and i (or (nil? round) (>= i round)))
      (update-in drawing [:shapes i] (fn [shape] (if (contains? #{:rect :ellipse} (:kind shape)) (assoc shape :fill color) (assoc shape :color color))))
      round (assoc drawing :shapes (into (conj (subvec shapes 0 round) {:kind :area :size 0 :rows (vec (area-rows (:points (shapes round)))) :color color})
                                         (subvec shapes round)))
      :else (assoc drawing :paper color))))

(defn begin [{:keys [tool color size solid? drawing] :as state} place]
  (case tool
    :fill (changed state (fill-at drawing place color))
    :eraser (assoc state :current {:kind :brush :points [place] :color :paper :size (* 3 size)})
    :brush (assoc state :current {:kind :brush :points [place] :color color :size size})
    (assoc state :current {:kind tool :points [place place] :color color :size size :fill (when solid? color)})))

(defn finish [{:keys [current drawing] :as state}]
  (if current (assoc (changed state (update drawing :shapes conj current)) :current nil) state))

(defn extend-to [{:keys [current] :as state} place]
  (let [{:keys [kind points]} current]
    (cond
      (nil? current) state
      (not= :brush kind) (assoc-in state [:current :points 1] place)
      (< (distance (peek points) place) 3) state
      (< (count points) points-max) (assoc-in state [:current :points] (conj points place))
      :else (assoc (finish state) :current (assoc current :points [(peek points) place])))))

;; --- Drawings among the files ---------------------------------------------------------------------------

(defn- drawings [] (filter (fn [name] (clojure.string/starts-with? name "drawings/")) (keys @files)))

(defn- save [{:keys [name drawing] :as state}]
  (let [taken (set (drawings))
        name (or name (first (remove taken (map (fn [n] (str "drawings/" n)) (iterate inc 1)))))]
    {:state (assoc state :name name :note (str "Saved as " name)) :fx [[swap! files assoc name (pr-str drawing)]]}))

(defn- drawing-of
  "The drawing that a text is, or nil."
  [text]
  (let [{:keys [paper shapes] :as drawing} (try (read-string text) (catch :default _ nil))]
    (when (and (int? paper) (vector? shapes) (every? (fn [shape] (contains? #{:brush :line :rect :ellipse :area} (:kind shape))) shapes))
      drawing)))

(defn load-drawing [state name]
  (if-let [drawing (drawing-of (get @files name ""))]
    (assoc (changed state drawing) :name name :note (str "This is " name))
    (assoc state :note (str name " is no drawing"))))

(defn- choose-drawing [state]
  (if (empty? (drawings))
    (assoc state :note "No drawing is saved yet")
    {:state state :fx [[menu! (map (fn [name] [name (fn [state] (load-drawing state name))]) (drawings))]]}))

;; --- Pointer and keys ---------------------------------------------------------------------------------

(defn- pointer [f] (fn [state {:keys [x y]}] (f (assoc state :pen nil :pen-down? false) [x y])))

(defn- move-pen
  "By keyboard: the pen goes, and draws while it is down."
  [{:keys [pen pen-down?] :as state} dx dy]
  (let [[x y] (or pen [100 100])
        place [(max 0 (+ x dx)) (max 0 (+ y dy))]]
    (assoc (if pen-down? (extend-to state place) state) :pen place)))

(defn- toggle-pen [{:keys [pen pen-down? tool] :as state}]
  (let [pen (or pen [100 100])]
    (if pen-down?
      (assoc (finish state) :pen-down? false)
      (assoc (begin state pen) :pen pen :pen-down? (not= :fill tool)))))

(def tools [[:brush "Brush" :b] [:line "Line" :l] [:rect "Rectangle" :r] [:ellipse "Ellipse" :e] [:fill "Fill" :f] [:eraser "Eraser" :x]])

(defn- resize [state n] (assoc state :size (max 1 (min 24 n))))

(defn key-pressed [{:keys [size] :as state} {:keys [key ctrl shift text]}]
  (let [tool (some (fn [[id _ letter]] (when (= letter key) id)) tools)
        by (if shift 1 10)]
    (cond
      (and ctrl (= :z key)) (if shift (redo state) (undo state))
      (and ctrl (= :y key)) (redo state)
      (and ctrl (= :s key)) (save state)
      (and ctrl (= :n key)) (assoc (clear state) :name nil)
      ctrl :pass
      tool (assoc state :tool tool)
      (contains? #{"+" "]"} text) (resize state (inc size))
      (contains? #{"-" "["} text) (resize state (dec size))
      :else (case key
              :left (move-pen state (- by) 0)
              :right (move-pen state by 0)
              :up (move-pen state 0 (- by))
              :down (move-pen state 0 by)
              (:space :enter) (toggle-pen state)
              :escape (assoc state :current nil :pen nil :pen-down? false)
              :delete (clear state)
              :s (update state :solid? not)
              :c (assoc state :color (second (drop-while (fn [c] (not= c (:color state))) (cycle colors))))
              :pass))))

;; --- What it looks like -------------------------------------------------------------------------------

(defn- shape-view [{:keys [kind points size fill rows color]} paper]
  (let [color (if (= :paper color) paper color)
        [left top right bottom] (when points (bounds points))]
    (case kind
      (:brush :line)
      [(for [[[x1 y1] [x2 y2]] (map vector points (rest points))]
         [:line {:x1 x1 :y1 y1 :x2 x2 :y2 y2 :stroke color :stroke-width size}])
       (for [[x y] points] [:circle {:x x :y y :r (/ (dec size) 2.0) :fill color}])]
      :area (for [[x y width] rows] [:rect {:x x :y y :w width :h 1 :fill color}])
      [kind {:x left :y top :w (- right left) :h (- bottom top) :stroke color :stroke-width size :fill fill}])))

(defn- icon [tool color]
  [:canvas {:width 20 :height 20}
   (case tool
     :brush [[:line {:x1 6 :y1 14 :x2 16 :y2 4 :stroke color :stroke-width 3}] [:circle {:x 5 :y 15 :r 3 :fill color}]]
     :line [:line {:x1 3 :y1 17 :x2 17 :y2 3 :stroke color :stroke-width 2}]
     :rect [:rect {:x 3 :y 5 :w 14 :h 10 :stroke color :stroke-width 2}]
     :ellipse [:ellipse {:x 2 :y 4 :w 16 :h 12 :stroke color :stroke-width 2}]
     :fill [[:rect {:x 4 :y 4 :w 9 :h 12 :radius 2 :fill color}] [:circle {:x 16 :y 14 :r 2.5 :fill color}]]
     :eraser [[:rect {:x 3 :y 7 :w 14 :h 8 :radius 2 :stroke color :stroke-width 2}] [:rect {:x 10 :y 7 :w 7 :h 8 :radius 2 :fill color}]])])

(defn- tool-view [id label chosen?]
  [:button {:key id :primary? chosen? :on-click (fn [state] (assoc state :tool id)) :justify :start :gap 8 :pad [0 8] :height 30 :align-self :stretch}
   [icon id (if chosen? :accent-text :text)] label])

(defn- swatch [color chosen?]
  [:box {:key color :height 24 :radius 6 :fill color :border {:width (if chosen? 3 1) :color (if chosen? :text :border)}
         :on-click (fn [state] (assoc state :color color))}])

(defn- pen-view [[x y]]
  [[:line {:x1 (- x 8) :y1 y :x2 (+ x 8) :y2 y :stroke 0xE5484D}] [:line {:x1 x :y1 (- y 8) :x2 x :y2 (+ y 8) :stroke 0xE5484D}]])

(defn- hint [{:keys [tool pen pen-down? note]}]
  (cond
    note note
    pen-down? "Arrows draw, Space lifts the pen"
    pen "Space puts the pen down, Escape puts it away"
    (= :fill tool) "Click into a shape, a closed line, or the paper"
    :else "Drag, or use arrows and Space. Ctrl+Z undoes"))

(defapp paint
  {:title "Paint" :state start :width 660 :height 486 :from (fn [name] (load-drawing start name))
   :menu [["Undo" undo] ["Redo" redo] ["Save" save] ["Clear" clear] ["New drawing" (fn [state] (assoc (clear state) :name nil))]]}
  (fn [{:keys [drawing current tool color size solid? past future pen] :as state}]
    (let [{:keys [paper shapes]} drawing]
      [:row {:grow 1 :pad 10 :gap 10 :align :stretch :on-key key-pressed}
       [:scroll {:width 140 :gap 6 :shrink 0}
        (map (fn [[id label]] [tool-view id label (= id tool)]) tools)
        [:checkbox {:checked? solid? :on-click (fn [state] (update state :solid? not))} "Filled"]
        [:row {:gap 8 :align :center}
         [:slider {:key :size :min 1 :max 24 :step 1 :value size :on-change resize :grow 1 :width 90}] [:text {:width 20 :align :end} size]]
        [:grid {:columns [:fr :fr :fr :fr] :gap 4} (map (fn [c] [swatch c (= c color)]) colors)]
        [:spacer]
        [:row {:gap 6}
         [:button {:key :undo :on-click undo :disabled? (empty? past) :grow 1 :height 30 :justify :center :pad 0} "Undo"]
         [:button {:key :redo :on-click redo :disabled? (empty? future) :grow 1 :height 30 :justify :center :pad 0} "Redo"]]
        [:button {:key :clear :on-click clear :justify :center :align-self :stretch} "Clear"]]
       [:column {:grow 1 :shrink 1 :gap 6}
        [:canvas {:key :paper :grow 1 :fill paper :radius 8 :border :border
                  :on-pointer-down (pointer begin) :on-pointer-move (pointer extend-to) :on-pointer-up (fn [state] (finish state))}
         (map (fn [shape] [shape-view shape paper]) shapes)
         (when current [shape-view current paper])
         (when pen [pen-view pen])]
        [:row {:gap 6 :align :center}
         [:text {:color :muted :grow 1 :shrink 1} (hint state)]
         [:button {:key :open :on-click choose-drawing} "Open"]
         [:button {:key :save :on-click save} "Save"]]]])))
