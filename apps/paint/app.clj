;; Paint. A drawing is a value, {:paper color :shapes [shape ...]}; undo and redo are lists of drawings, which share what is equal.
;;
;; A shape is {:kind :brush :points [[x y] ...] :color :size}, {:kind :line|:rect|:ellipse :points [from to] :color :size :fill}, or
;; {:kind :area :rows [[x y width] ...] :color}, where a colour was poured. The shape being drawn is under :current.

(def colors
  [0x1A1D26 0x6B7280 0xB8BEC9 0xFFFFFF 0xE5484D 0xF08A3C 0xF2C94C 0x8BC34A
   0x2FA866 0x18A5A5 0x3CA9E8 0x3B6EF0 0x8B5CF6 0xE05CB8 0x8A5A3B 0xF3C9A5])

(def empty-drawing {:paper 0xFFFFFF :shapes []})

(def start {:drawing empty-drawing :past () :future () :current nil :tool :brush :color 0x3B6EF0 :size 4 :solid? false :pen nil :pen-down? false :room [488 424] :name nil :note nil})

(def points-max "Points of a stroke; a longer one goes on as another." 500)

;; --- Geometry -----------------------------------------------------------------------------------------

(defn- distance [[x1 y1] [x2 y2]] (clojure.math/sqrt (+ (* (- x1 x2) (- x1 x2)) (* (- y1 y2) (- y1 y2)))))

(defn- bounds [points]
  (let [xs (map first points) ys (map second points)] [(apply min xs) (apply min ys) (apply max xs) (apply max ys)]))

;; --- Filling: every row of the drawing is cut into parts by what is seen there, and a colour flows from part to part ---------------

(defn- gap "The line that closes a stroke whose ends are near each other, or nil." [{:keys [kind points size]}]
  (when (and (= :brush kind) (< 5 (count points)) (< (distance (first points) (peek points)) (+ 24 size))) [(peek points) (first points)]))

(defn- across
  "Where a row crosses a line with round ends, of a radius: [from to], or nil."
  [y r [[x1 y1] [x2 y2]]]
  (let [length (max 0.001 (distance [x1 y1] [x2 y2]))
        nx (* r (/ (- y1 y2) length)) ny (* r (/ (- x2 x1) length))
        corners [[(+ x1 nx) (+ y1 ny)] [(+ x2 nx) (+ y2 ny)] [(- x2 nx) (- y2 ny)] [(- x1 nx) (- y1 ny)]]
        xs (concat (mapcat (fn [[x cy]] (let [square (- (* r r) (* (- y cy) (- y cy)))]
                                          (when-not (neg? square) (let [w (clojure.math/sqrt square)] [(- x w) (+ x w)]))))
                           [[x1 y1] [x2 y2]])
                   (keep (fn [[[ax ay] [bx by]]] (when (not= (<= ay y) (<= by y)) (+ ax (/ (* (- y ay) (- bx ax)) (double (- by ay))))))
                         (map vector corners (concat (rest corners) [(first corners)]))))]
    (when (seq xs) [(reduce min xs) (reduce max xs)])))

(defn- half "Pixels of a line to either side of its middle; what is filled goes on below its soft edge." [size] (max 0.5 (- (/ size 2.0) 0.75)))

(defn- ink
  "The parts of rows that lines cover: [y from to]."
  [lines size]
  (let [r (half size)]
    (for [[[_ y1] [_ y2] :as line] lines
          y (range (long (- (min y1 y2) r 1)) (+ 1 (max y1 y2) r))
          :let [[from to] (across (+ y 0.5) r line)] :when from]
      [y from to])))

(defn- oval "The parts of rows within an ellipse." [x y rx ry]
  (for [row (range (long (- y ry 1)) (+ 1 y ry))
        :let [down (- (+ row 0.5) y) square (- 1 (/ (* down down) (max 0.01 (* ry ry))))] :when (pos? square)
        :let [w (* rx (clojure.math/sqrt square))]]
    [row (- x w) (+ x w)]))

(defn- parts-of
  "What a shape covers, in the order in which it is painted: [y from to colour ink?]."
  [{:keys [kind points size rows color fill] :as shape} paper]
  (let [[left top right bottom] (when points (bounds points))
        as (fn [color ink? parts] (map (fn [part] (conj part color ink?)) parts))]
    (case kind
      (:brush :line) (let [lines (map vector points (or (next points) points)) end (gap shape)]
                       (as (if (= :paper color) paper color) (not= :paper color) (ink (if end (cons end lines) lines) size)))
      :rect (concat (when fill (as fill false (for [y (range top (inc bottom))] [y left right])))
                    (as color true (ink (partition 2 1 [[left top] [right top] [right bottom] [left bottom] [left top]]) size)))
      :ellipse (let [x (/ (+ left right) 2.0) y (/ (+ top bottom) 2.0) rx (/ (- right left) 2.0) ry (/ (- bottom top) 2.0) half (half size)
                     within (group-by first (oval x y (- rx half) (- ry half)))]
                 (concat (when fill (as fill false (mapcat val within)))
                         (as color true (mapcat (fn [[row from to]]
                                                  (if-let [[[_ a b]] (within row)] [[row from (inc a)] [row (dec b) to]] [[row from to]]))
                                                (oval x y (+ rx half) (+ ry half))))))
      :area (as color false (map (fn [[x y width]] [y x (+ x width)]) rows)))))

(defn- over
  "The parts [from to colour ink? shape] of a row with one more painted over them."
  [parts [from to :as part]]
  (if (< from to)
    (conj (into [] (mapcat (fn [[a b & more :as old]]
                             (if (or (<= b from) (>= a to)) [old] (cond-> [] (< a from) (conj (into [a from] more)) (> b to) (conj (into [to b] more))))))
                parts)
          part)
    parts))

(defn- rows-of
  "The rows of a drawing, as parts."
  [{:keys [paper shapes]} [width height]]
  (reduce (fn [rows [i [y from to color ink?]]]
            (if (< -1 y height) (update rows y over [(max 0 from) (min width to) color ink? i]) rows))
          (vec (repeat height [[0 width paper false -1]]))
          (mapcat (fn [i shape] (map (fn [part] [i part]) (parts-of shape paper))) (range) shapes)))

(defn- flow
  "The parts that a colour reaches from one, as {[row from] part}: next to each other and of the same colour, but no lines."
  [rows y [from _ color :as part]]
  (loop [seen {[y from] part} [[y [from to]] & more] (list [y part])]
    (if (nil? y)
      seen
      (let [found (for [row [(dec y) (inc y)] [a b c ink? :as next] (get rows row)
                        :when (and (= c color) (not ink?) (not (seen [row a])) (< 0.5 (- (min b to) (max a from))))]
                    [row next])]
        (recur (into seen (map (fn [[row next]] [[row (first next)] next]) found)) (into more found))))))

(defn- area [color parts] {:kind :area :size 0 :color color :rows (mapv (fn [[[y from] [_ to]]] [from y (- to from)]) parts)})

(defn fill-at
  "The drawing of a size with another colour where a place is: of a line, or of all that is around the place up to the next lines. The ground
  that reaches the edge is the paper; what was paper within lines stays as it was."
  [{:keys [paper] :as drawing} [x y :as place] color [width height :as size]]
  (let [rows (rows-of drawing size)
        [_ _ before ink? i :as part] (some (fn [[from to :as part]] (when (and (<= from x) (< x to)) part)) (get rows (long y)))]
    (cond
      (or (nil? part) (= before color)) drawing
      ink? (assoc-in drawing [:shapes i :color] color)
      :else
      (let [reached (flow rows (long y) part)
            edge? (some (fn [[[y from] [_ to]]] (or (= 0 from) (= width to) (= 0 y) (= (dec height) y))) reached)
            put (fn [drawing i area] (update drawing :shapes (fn [shapes] (into (conj (subvec shapes 0 i) area) (subvec shapes i)))))]
        (if (and edge? (= before paper) (every? (fn [[_ part]] (= -1 (peek part))) reached))
          (let [within (for [[y parts] (map-indexed vector rows) [from _ _ _ i :as part] parts :when (and (= -1 i) (not (reached [y from])))] [[y from] part])]
            (cond-> (assoc drawing :paper color) (seq within) (put 0 (area paper within))))
          ;; Above what was seen there, below the lines around it.
          (put drawing (inc (reduce max -1 (map (fn [[_ part]] (peek part)) reached))) (area color reached)))))))

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

(defn begin [{:keys [tool color size solid? drawing room] :as state} place]
  (case tool
    :fill (changed state (fill-at drawing place color room))
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
    (= :fill tool) "Click on a line, or where a colour is to flow up to the lines around"
    :else "Drag, or use arrows and Space. Ctrl+Z undoes"))

(defapp paint
  {:title "Paint" :state start :width 660 :height 486 :from (fn [name] (load-drawing start name))
   :on-resize (fn [state {:keys [width height]}] (assoc state :room [(max 1 (- width 170)) (max 1 (- height 60))]))
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
