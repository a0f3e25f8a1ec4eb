;; Minesweeper. A board is a value: {:level :mines #{place} :open {place mines-around} :flags #{place} :status :at place}, with
;; places as [x y]. Mines are laid when the first cell is opened, away from it.

(def levels
  {:easy {:title "Easy" :size [9 9] :mines 10}
   :medium {:title "Medium" :size [16 16] :mines 40}
   :hard {:title "Hard" :size [30 16] :mines 99}})

(defonce ^{:doc "The shortest time of each level, in seconds, as long as the machine runs."} best-times (atom {}))

(defn- now [] (quot (time-us) 1000000))

(defn fresh [level]
  {:level level :size (:size (levels level)) :mines #{} :open {} :flags #{} :status :ready :at [0 0] :seconds 0 :best @best-times})

(defn- again "Another board, in the same window." [board level] (assoc (fresh level) :room (:room board)))

(defn neighbours [[width height] [x y]]
  (for [dy [-1 0 1] dx [-1 0 1]
        :let [column (+ x dx) row (+ y dy)]
        :when (and (not= 0 dx dy) (< -1 column width) (< -1 row height))]
    [column row]))

(defn lay
  "A board with mines anywhere but at a place and around it."
  [{[width height :as size] :size :as board} place]
  (let [safe (set (cons place (neighbours size place)))
        places (for [y (range height) x (range width) :when (not (safe [x y]))] [x y])]
    (assoc board :status :playing :start (now) :mines (set (take (:mines (levels (:level board))) (shuffle places))))))

(defn reveal
  "Opens a place that holds no mine, and what surrounds it where there is none around."
  [{:keys [size mines flags] :as board} place]
  (loop [open (:open board) [place & more] (list place)]
    (cond
      (nil? place) (assoc board :open open)
      (or (open place) (flags place)) (recur open more)
      :else (let [around (neighbours size place)
                  n (count (filter mines around))]
              (recur (assoc open place n) (if (zero? n) (into more around) more))))))

(defn- settled
  "Whether the board is won now."
  [{:keys [open mines level start best] [width height] :size :as board}]
  (if (and (= :playing (:status board)) (= (count open) (- (* width height) (count mines))))
    (let [seconds (- (now) start)
          best (assoc best level (min seconds (get best level seconds)))]
      {:state (assoc board :status :won :flags mines :seconds seconds :record? (= seconds (best level)) :best best)
       :fx [[swap! best-times assoc level (best level)]]})
    board))

(defn- step-on [board place]
  (cond
    ((:flags board) place) board
    ((:mines board) place) (assoc board :status :lost :hit place)
    :else (reveal board place)))

(defn- over? [board] (contains? #{:won :lost} (:status board)))

(defn open-cell
  "Opens a cell; all around it, when it is open and has as many flags around as mines."
  [{:keys [size open flags mines] :as board} place]
  (let [board (assoc board :at place)
        around (neighbours size place)]
    (cond
      (over? board) board
      (= (open place) (count (filter flags around))) (settled (reduce step-on board (remove open around)))
      (open place) board
      (empty? mines) (settled (step-on (if (flags place) board (lay board place)) place))
      :else (settled (step-on board place)))))

(defn flag-cell [{:keys [open flags] :as board} place]
  (cond
    (or (over? board) (open place)) board
    (flags place) (assoc board :at place :flags (disj flags place))
    :else (assoc board :at place :flags (conj flags place))))

(defn- tick [board]
  (let [seconds (if (= :playing (:status board)) (- (now) (:start board)) (:seconds board))]
    (if (= seconds (:seconds board)) board (assoc board :seconds seconds))))

(defn key-pressed [{[x y] :at [width height] :size :as board} {:keys [key ctrl]}]
  (let [go (fn [dx dy] (assoc board :keys? true :at [(mod (+ x dx) width) (mod (+ y dy) height)]))]
    (case (if ctrl nil key)
      :left (go -1 0)
      :right (go 1 0)
      :up (go 0 -1)
      :down (go 0 1)
      (:space :enter) (open-cell (assoc board :keys? true) [x y])
      :f (flag-cell (assoc board :keys? true) [x y])
      :n (again board (:level board))
      :1 (again board :easy)
      :2 (again board :medium)
      :3 (again board :hard)
      :pass)))

;; A button that was chosen by keyboard must not take the next Space: the board gets it.
(defn- to-board [board] {:state board :fx [[focus! :board]]})

;; --- What it looks like -------------------------------------------------------------------------------

(def number-colors [:none 0x4C8DFF 0x2FA866 0xE5484D 0x8B5CF6 0xD97706 0x0EA5A5 :text :muted])

(defn- flag-view [wrong?]
  [:canvas {:width 16 :height 16}
   [:rect {:x 4 :y 1 :w 2 :h 14 :fill :text}]
   [:rect {:x 6 :y 2 :w 8 :h 6 :fill :danger}]
   [:rect {:x 2 :y 13 :w 6 :h 2 :fill :text}]
   (when wrong? [:line {:x1 1 :y1 1 :x2 15 :y2 15 :stroke :warning :stroke-width 2}])])

(defn- mine-view []
  [:canvas {:width 16 :height 16}
   (map (fn [[x1 y1 x2 y2]] [:line {:x1 x1 :y1 y1 :x2 x2 :y2 y2 :stroke :text :stroke-width 2}]) [[8 1 8 15] [1 8 15 8] [3 3 13 13] [3 13 13 3]])
   [:circle {:x 8 :y 8 :r 5 :fill :text}]])

(defn- look
  "What a cell shows: a number of mines, or what it is."
  [{:keys [open flags mines status hit]} place]
  (let [lost? (= :lost status)]
    (cond
      (open place) (open place)
      (= place hit) :hit
      (flags place) (if (and lost? (not (mines place))) :wrong-flag :flag)
      (and lost? (mines place)) :mine
      :else :closed)))

(defn- cell-size
  "Pixels of a cell: as many as fit into the window."
  [{[room-x room-y] :room [width height] :size}]
  (max 14 (min 56 (quot (- (or room-x 0) 24) width) (quot (- (or room-y 0) 118) height))))

(defn- cell-view [place looks at? size]
  (let [open? (number? looks)]
    [:row {:key place :align :center :justify :center :radius 3 :focusable false :clip true
           :fill (cond open? :field (= :hit looks) :danger :else [110 122 168 90])
           :border {:width (if at? 2 1) :color (if at? :accent :border)}
           :on-click (fn [board] (open-cell (dissoc board :keys?) place))
           :on-context (fn [board] (flag-cell (dissoc board :keys?) place))}
     (case looks
       (0 :closed) nil
       (:mine :hit) [mine-view]
       :flag [flag-view false]
       :wrong-flag [flag-view true]
       [:text {:bold true :font-size (cond (< size 17) 12 (< size 32) 16 :else 20) :color (number-colors looks)} looks])]))

(defn- figure [label value]
  [:row {:gap 8 :align :center :width 110} [:text {:color :muted} label] [:text {:font-size 20 :bold true} value]])

(defapp minesweeper
  {:title "Minesweeper" :init (fn [] (fresh :easy)) :width 692 :height 470 :tick-ms 250 :on-tick tick
   :on-resize (fn [board {:keys [width height]}] (assoc board :room [width height]))}
  (fn [{:keys [level flags mines status seconds best at keys? record?] [width height] :size :as board}]
    (let [cell (cell-size board)]
      [:column {:grow 1 :pad 12 :gap 10 :on-key key-pressed}
       [:row {:gap 6 :align :center}
        (map (fn [[id {:keys [title]}]] [:button {:key id :primary? (= id level) :on-click (fn [board] (to-board (again board id)))} title])
             (sort-by (fn [[_ l]] (:mines l)) levels))
        [:spacer]
        [:button {:key :new :on-click (fn [board] (to-board (again board level)))} "New game"]]
       [:row {:align :center :justify :center}
        [figure "Mines" (- (:mines (levels level)) (count flags))]
        [figure "Time" seconds]
        [figure "Best" (or (best level) "-")]]
       [:row {:justify :center :grow 1 :shrink 1 :align :start}
        [:grid {:key :board :focusable true :columns (vec (repeat width (dec cell))) :rows (vec (repeat height (dec cell))) :gap 1}
         (for [y (range height) x (range width)]
           [cell-view [x y] (look board [x y]) (and keys? (= at [x y])) cell])]]
       [:text {:align :center :color (case status :won :success :lost :danger :muted)}
        (case status
          :won (str "Cleared in " seconds " s" (if record? ", the best so far" "") ". N is a new game")
          :lost "That was a mine. N is a new game"
          "Click opens, right click flags; or arrows, Space and F")]])))
