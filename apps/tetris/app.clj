;; Tetris. A game is a value: {:board {place kind} :piece {:kind :turns :x :y} :queue [kind ...] :held :score :lines :status}; a tick is a row down.

(def columns 10)
(def rows 20)

(def kinds
  "The pieces: how many cells wide and high the square is that they turn in, their cells and colour."
  {:i {:size 4 :cells [[0 1] [1 1] [2 1] [3 1]] :color 0x3CC4DC}
   :j {:size 3 :cells [[0 0] [0 1] [1 1] [2 1]] :color 0x4C7DF0}
   :l {:size 3 :cells [[2 0] [0 1] [1 1] [2 1]] :color 0xEE9A3A}
   :o {:size 2 :cells [[0 0] [1 0] [0 1] [1 1]] :color 0xE9C83C}
   :s {:size 3 :cells [[1 0] [2 0] [0 1] [1 1]] :color 0x52BE62}
   :t {:size 3 :cells [[1 0] [0 1] [1 1] [2 1]] :color 0xA462DC}
   :z {:size 3 :cells [[0 0] [1 0] [1 1] [2 1]] :color 0xE5555F}})

(defonce ^{:doc "The best score, as long as the machine runs."} best-score (atom 0))

(defn level [game] (inc (quot (:lines game) 10)))

;; --- Pieces -------------------------------------------------------------------------------------------

(defn cells-of
  "The places that a piece takes."
  [{:keys [kind turns x y]}]
  (let [{:keys [size cells]} (kinds kind)
        turned (nth (iterate (fn [cells] (map (fn [[a b]] [(- size 1 b) a]) cells)) cells) turns)]
    (map (fn [[a b]] [(+ x a) (+ y b)]) turned)))

(defn- fits? [{:keys [board]} piece]
  (every? (fn [[x y :as place]] (and (< -1 x columns) (< y rows) (not (board place)))) (cells-of piece)))

(defn- shifted
  "The game with its piece elsewhere, or nil where it does not fit."
  [game dx dy]
  (let [piece (-> (:piece game) (update :x + dx) (update :y + dy))]
    (when (fits? game piece) (assoc game :piece piece))))

(defn- spawned
  "The next piece comes; where there is no room for it the game is over. All seven kinds come before one comes again."
  [{:keys [queue best score] :as game} kind]
  (let [queue (if (< (count queue) 7) (into queue (shuffle (keys kinds))) queue)
        piece {:kind (or kind (first queue)) :turns 0 :x (if (= :o (or kind (first queue))) 4 3) :y 0}
        game (assoc game :queue (if kind queue (subvec queue 1)) :piece piece)]
    (if (fits? game piece) game (assoc game :status :over :best (max best score)))))

(defn fresh []
  (spawned {:cell 22 :board {} :queue [] :held nil :held? false :score 0 :lines 0 :status :ready :best @best-score} nil))

(defn- without-full-rows
  "The board after its full rows are taken out, and how many they were."
  [board]
  (let [full (for [y (range rows) :when (every? (fn [x] (board [x y])) (range columns))] y)
        fall (fn [y] (+ y (count (filter (fn [row] (< y row)) full))))]
    [(into {} (for [[[x y] kind] board :when (not-any? (fn [row] (= row y)) full)] [[x (fall y)] kind]))
     (count full)]))

(defn- landed
  "The piece stays where it is, full rows go, and the next one comes."
  [{:keys [board piece score] :as game}]
  (let [[board n] (without-full-rows (into board (map (fn [place] [place (:kind piece)]) (cells-of piece))))
        score (+ score (* (level game) (get [0 100 300 500 800] n)))
        game (spawned (-> game (assoc :board board :score score :held? false) (update :lines + n)) nil)]
    (if (= :over (:status game)) {:state game :fx [[swap! best-score max score]]} game)))

;; --- What a player can do -----------------------------------------------------------------------------

(defn move [game dx] (or (shifted game dx 0) game))

(defn step "One row down." [game] (or (shifted game 0 1) (landed game)))

(defn soft-drop [game] (if-let [lower (shifted game 0 1)] (update lower :score inc) (landed game)))

(defn- lowest [game] (last (take-while some? (iterate (fn [game] (shifted game 0 1)) game))))

(defn hard-drop [game]
  (let [low (lowest game)]
    (landed (update low :score + (* 2 (- (:y (:piece low)) (:y (:piece game))))))))

(defn turn
  "Turns the piece by some quarters; beside a wall or a neighbour it moves aside."
  [game quarters]
  (let [turned (update-in game [:piece :turns] (fn [turns] (mod (+ turns quarters) 4)))]
    (or (some (fn [[dx dy]] (shifted turned dx dy)) [[0 0] [-1 0] [1 0] [0 -1] [-2 0] [2 0]]) game)))

(defn hold
  "Puts the piece aside and takes the one that was; once for each piece."
  [{:keys [piece held held?] :as game}]
  (if held? game (assoc (spawned game held) :held (:kind piece) :held? true)))

(defn- again [game] (assoc (fresh) :cell (:cell game)))

(defn- go-on [game]
  (case (:status game)
    (:ready :paused) (assoc game :status :playing)
    :playing (assoc game :status :paused)
    (assoc (again game) :status :playing)))

(defn- behind
  "Who goes to another window leaves the game."
  [game {:keys [on?]}]
  (if (and (= :playing (:status game)) (not on?)) (go-on game) game))

(defn key-pressed [{:keys [status] :as game} {:keys [key]}]
  (cond
    (= :n key) (again game)
    (contains? #{:p :escape} key) (if (= :over status) game (go-on game))
    (not= :playing status) (if (contains? #{:space :enter} key) (go-on game) :pass)
    :else (case key
            (:left :a) (move game -1)
            (:right :d) (move game 1)
            (:down :s) (soft-drop game)
            (:up :x :w) (turn game 1)
            :z (turn game 3)
            :space (hard-drop game)
            :c (hold game)
            :pass)))

(defn- when-playing [f] (fn [game] (if (= :playing (:status game)) (f game) (go-on game))))

(defn- follow
  "Moves the piece to the column under the pointer, as far as it can go."
  [{:keys [piece status cell] :as game} {:keys [x]}]
  (let [size (:size (kinds (:kind piece)))
        by (- (quot x cell) (quot (dec size) 2) (:x piece))]
    (if (= :playing status) (nth (iterate (fn [game] (move game (compare by 0))) game) (abs by)) game)))

(defn- fit
  "Chooses the pixels of a cell, so that the board fills the window."
  [game {:keys [width height]}]
  (assoc game :cell (max 8 (min 48 (quot (- height 28) rows) (quot (- width 248) columns)))))

;; --- What it looks like -------------------------------------------------------------------------------

(defn- block [[x y] kind cell]
  (let [left (* x cell) top (* y cell) size (dec cell)]
    [[:rect {:x left :y top :w size :h size :radius 4 :fill (:color (kinds kind))}]
     [:rect {:x (+ 3 left) :y (+ 3 top) :w (- size 6) :h 3 :radius 1 :fill [255 255 255 70]}]]))

(defn- ground [cell]
  (concat (for [x (range 1 columns)] [:line {:x1 (* x cell) :y1 0 :x2 (* x cell) :y2 (* rows cell) :stroke [128 128 128 24]}])
          (for [y (range 1 rows)] [:line {:x1 0 :y1 (* y cell) :x2 (* columns cell) :y2 (* y cell) :stroke [128 128 128 24]}])))

(defn- board-view [board cell] (map (fn [[place kind]] [block place kind cell]) board))

(defn- ghost-view [piece cell]
  (map (fn [[x y]] [:rect {:x (inc (* x cell)) :y (inc (* y cell)) :w (- cell 3) :h (- cell 3) :radius 4
                           :stroke (:color (kinds (:kind piece))) :stroke-width 1 :opacity 0.6}])
       (cells-of piece)))

(defn- small-view [kind]
  (let [{:keys [cells color]} (kinds kind)
        left (/ (- 76 (* 16 (inc (apply max 0 (map first cells))))) 2)]
    [:canvas {:width 76 :height 40}
     (map (fn [[x y]] [:rect {:x (+ left (* 16 x)) :y (+ 4 (* 16 y)) :w 15 :h 15 :radius 3 :fill color}]) cells)]))

(defn- card [title & children]
  [:column {:fill :panel :radius 8 :pad 8 :gap 6 :align :center :width 96}
   [:text {:color :muted} title] children])

(defn- figure [label n]
  [:column {:align :center :grow 1} [:text {:color :muted} label] [:text {:key label :font-size 20 :bold true} n]])

(defn- curtain [title text cell]
  [[:rect {:x 0 :y 0 :w (* columns cell) :h (* rows cell) :fill [10 12 24 190]}]
   [:column {:x 0 :y (- (* rows (quot cell 2)) 40) :w (* columns cell) :gap 8 :align :stretch}
    [:text {:font-size 32 :bold true :align :center :color :white} title]
    [:text {:align :center :color :white} text]]])

;; A button that was chosen by keyboard must not take the next Space: the board gets it. What a game answers may be state and effects.
(defn- to-board [answer]
  (if (:fx answer) (update answer :fx conj [focus! :board]) {:state answer :fx [[focus! :board]]}))

(defn- control [label f & [grow]]
  [:button {:key label :grow (or grow 0) :on-click (fn [game] (to-board ((when-playing f) game))) :height 28 :pad 0 :justify :center :align-self :stretch} label])

(defapp tetris
  {:title "Tetris" :init fresh :width 464 :height 468
   :tick-ms (fn [game] (when (= :playing (:status game)) (max 50 (- 800 (* 75 (dec (level game))))))) :on-tick step :on-front behind
   :on-resize fit}
  (fn [{:keys [board piece queue held held? score lines status best cell] :as game}]
    [:row {:grow 1 :pad 14 :gap 14 :justify :center :align :start :on-key key-pressed}
     [:column {:gap 10 :align :stretch}
      [card "Hold" (if held [small-view held] [:box {:width 76 :height 40}])]
      [:column {:gap 4}
       [control "Hold" hold] [control "Turn" (fn [game] (turn game 1))]
       [:row {:gap 4}
        [control "<" (fn [game] (move game -1)) 1] [control ">" (fn [game] (move game 1)) 1]]
       [control "Drop" hard-drop]]
      [:column {:gap 4}
       [:button {:key :go :primary? (not= :playing status) :on-click (fn [game] (to-board (go-on game))) :height 28 :justify :center :align-self :stretch :pad 0}
        (case status :playing "Pause" :over "Again" "Start")]
       [:button {:on-click (fn [game] (to-board (again game))) :height 28 :justify :center :align-self :stretch :pad 0} "New"]]]
     [:canvas {:key :board :focusable true :width (* columns cell) :height (* rows cell) :fill :field :border :border :radius 6 :shrink 0
               :on-hover follow :on-pointer-down (when-playing (fn [game] (turn game 1))) :on-context (when-playing hard-drop)}
      [ground cell]
      [board-view board cell]
      (when (not= :over status) [ghost-view (:piece (lowest game)) cell])
      (map (fn [place] [block place (:kind piece) cell]) (cells-of piece))
      (case status
        :ready [curtain "Tetris" "Space starts" cell]
        :paused [curtain "Paused" "P goes on" cell]
        :over [curtain "Over" "Space plays again" cell]
        nil)]
     [:column {:gap 10 :align :stretch}
      [card "Next" (map (fn [kind] [small-view kind]) (take (if (< cell 17) 1 3) queue))]
      [:column {:fill :panel :radius 8 :pad 8 :gap 8 :width 96 :align :stretch}
       [figure "Score" score] [:row {} [figure "Lines" lines] [figure "Level" (level game)]] [figure "Best" (max best score)]]]]))
