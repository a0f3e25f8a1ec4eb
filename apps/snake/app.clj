;; Snake. A game is a value: {:body [head ... tail] :way [dx dy] :turns [way ...] :food place :status :walls? :speed}; a tick is a step.

(def columns 24)
(def rows 16)
(def speeds "Milliseconds of a step." {:slow 190 :normal 130 :fast 80})

(defonce ^{:doc "The longest snakes by speed and walls, as long as the machine runs."} best-scores (atom {}))

(defn place-food
  "Puts food on a free place; without one the game is won."
  [{:keys [body] :as game}]
  (let [taken (set body)
        free (for [x (range columns) y (range rows) :when (not (taken [x y]))] [x y])]
    (if (empty? free) (assoc game :food nil :status :won) (assoc game :food (rand-nth free)))))

(defn fresh [settings]
  (place-food (merge {:walls? true :speed :normal :cell 22 :best @best-scores} settings
                     {:body [[7 12] [6 12] [5 12]] :way [1 0] :turns [] :status :ready})))

(defn- again [game] (fresh (select-keys game [:walls? :speed :cell])))

(defn score [game] (- (count (:body game)) 3))

(defn- inside? [[x y]] (and (< -1 x columns) (< -1 y rows)))

(defn- ended [{:keys [speed walls?] :as game} status]
  (let [best (max (score game) (get-in game [:best [speed walls?]] 0))]
    {:state (assoc (assoc-in game [:best [speed walls?]] best) :status status)
     :fx [[swap! best-scores assoc [speed walls?] best]]}))

(defn step
  "The game one step later."
  [{:keys [body way turns food walls?] :as game}]
  (let [way (first (conj turns way))
        [x y] (mapv + (first body) way)
        head (if walls? [x y] [(mod x columns) (mod y rows)])
        eats? (= head food)
        rest-of-it (if eats? body (pop body))]
    (if (or (not (inside? head)) (some (fn [part] (= part head)) rest-of-it))
      (ended game :over)
      (let [game (assoc game :body (into [head] rest-of-it) :way way :turns (vec (rest turns)))
            game (if eats? (place-food game) game)]
        (if (= :won (:status game)) (ended game :won) game)))))

(defn turn
  "Turns at the next step; two turns can be waiting. What would go back is no turn."
  [{:keys [way turns status] :as game} new]
  (let [last-way (or (peek turns) way)
        game (if (= :ready status) (assoc game :status :playing) game)]
    (if (or (contains? #{last-way (mapv - last-way)} new) (< 1 (count turns)) (not= :playing (:status game)))
      game
      (assoc game :turns (conj turns new)))))

(defn- go-on
  "Starts, pauses, goes on, or begins again."
  [{:keys [status] :as game}]
  (case status
    (:ready :paused) (assoc game :status :playing)
    :playing (assoc game :status :paused)
    (assoc (again game) :status :playing)))

(defn- behind
  "Who goes to another window leaves the game."
  [game {:keys [on?]}]
  (if (and (= :playing (:status game)) (not on?)) (go-on game) game))

(def ways {:left [-1 0] :right [1 0] :up [0 -1] :down [0 1] :a [-1 0] :d [1 0] :w [0 -1] :s [0 1]})

(defn key-pressed [game {:keys [key]}]
  (cond
    (ways key) (turn game (ways key))
    (contains? #{:space :enter :p} key) (go-on game)
    (= :n key) (again game)
    :else :pass))

(defn- towards
  "Turns to where the pointer is, seen from the head."
  [{[[head-x head-y]] :body [dx] :way :as game} {:keys [x y]}]
  (if (contains? #{:over :won} (:status game))
    (go-on game)
    (let [cell (:cell game) right (- x (* cell (+ head-x 0.5))) down (- y (* cell (+ head-y 0.5)))]
      ;; It turns across its way.
      (turn (assoc game :status :playing) (if (zero? dx) [(if (pos? right) 1 -1) 0] [0 (if (pos? down) 1 -1)])))))

(defn- fit
  "Chooses the pixels of a cell, so that the field fills the window."
  [game {:keys [width height]}]
  (assoc game :cell (max 8 (min 60 (quot (- width 24) columns) (quot (- height 98) rows)))))

;; --- What it looks like: sizes are shares of a cell -----------------------------------------------------

(defn- ground [cell]
  (for [x (range columns) y (range rows) :when (even? (+ x y))]
    [:rect {:x (* x cell) :y (* y cell) :w cell :h cell :fill [128 128 128 14]}]))

(defn- middle [[x y] cell] [(* cell (+ x 0.5)) (* cell (+ y 0.5))])

(defn- body-view [body color cell]
  (let [r (* 0.37 cell)]
    (for [[a b] (map vector body (concat (rest body) [(peek body)]))
          ;; Around the edge there is nothing between two parts.
          :let [b (if (< 1 (+ (abs (- (first a) (first b))) (abs (- (second a) (second b))))) a b)
                [x1 y1] (middle a cell) [x2 y2] (middle b cell)]]
      [:rect {:x (- (min x1 x2) r) :y (- (min y1 y2) r) :w (+ r r (abs (- x1 x2))) :h (+ r r (abs (- y1 y2))) :radius r :fill color}])))

(defn- head-view [head [dx dy] color cell]
  (let [[x y] (middle head cell) unit (/ cell 22.0)]
    [[:circle {:x x :y y :r (* 10 unit) :fill color}]
     (for [side [-4 4] :let [eye-x (+ x (* unit (+ (* 3 dx) (* side dy)))) eye-y (+ y (* unit (+ (* 3 dy) (* side dx))))]]
       [[:circle {:x eye-x :y eye-y :r (* 3 unit) :fill :white}]
        [:circle {:x (+ eye-x (* unit dx)) :y (+ eye-y (* unit dy)) :r (* 1.5 unit) :fill 0x101420}]])]))

(defn- food-view [place cell]
  (let [[x y] (middle place cell) unit (/ cell 22.0)]
    [[:circle {:x x :y (+ y unit) :r (* 7 unit) :fill :danger}]
     [:line {:x1 x :y1 (- y (* 5 unit)) :x2 (+ x (* 3 unit)) :y2 (- y (* 9 unit)) :stroke :success :stroke-width (* 2 unit)}]]))

(defn- curtain [title text cell]
  [[:rect {:x 0 :y 0 :w (* columns cell) :h (* rows cell) :fill [10 12 24 180]}]
   [:column {:x 0 :y (- (* rows cell 0.5) 36) :w (* columns cell) :gap 8 :align :stretch}
    [:text {:font-size 32 :bold true :align :center :color :white} title]
    [:text {:align :center :color :white} text]]])

;; A button that was chosen by keyboard must not take the next Space: the field gets it.
(defn- to-field [game] {:state game :fx [[focus! :field]]})

(defn- choice [key value label current]
  [:button {:key label :primary? (= value current) :on-click (fn [game] (to-field (again (assoc game key value))))} label])

(defapp snake
  {:title "Snake" :init (fn [] (fresh nil)) :width 552 :height 452
   :tick-ms (fn [{:keys [status speed]}] (when (= :playing status) (speeds speed))) :on-tick step :on-front behind :on-resize fit}
  (fn [{:keys [body way food status walls? speed best cell] :as game}]
    [:column {:grow 1 :pad 12 :gap 10 :align :center :on-key key-pressed}
     [:row {:gap 6 :align :center :align-self :stretch}
      [choice :speed :slow "Slow" speed] [choice :speed :normal "Normal" speed] [choice :speed :fast "Fast" speed]
      [:spacer]
      [choice :walls? true "Walls" walls?] [choice :walls? false "No walls" walls?]
      [:spacer]
      [:button {:key :go :on-click (fn [game] (to-field (go-on game)))} (case status :playing "Pause" (:over :won) "Again" "Start")]]
     [:canvas {:key :field :focusable true :width (* columns cell) :height (* rows cell) :fill :field :radius 8 :shrink 0 :on-pointer-down towards
               :border {:width (if walls? 2 1) :color (if walls? :muted :border)}}
      [ground cell]
      (when food [food-view food cell])
      [body-view body :success cell]
      [head-view (first body) way :success cell]
      (case status
        :ready [curtain "Snake" "Arrow keys, Space or a click" cell]
        :paused [curtain "Paused" "Space goes on" cell]
        :over [curtain (str "Length " (count body)) "Space plays again" cell]
        :won [curtain "All is snake" "Space plays again" cell]
        nil)]
     [:row {:gap 24 :align :center}
      [:text {:bold true} "Score " (score game)]
      [:text {:color :muted} "Best " (get best [speed walls?] 0)]]]))
