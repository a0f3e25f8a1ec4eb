;; Life on a large board (its edges meet) that is a vector of immutable blocks: 32 numbers of 32 bits, and the image of them.
;;
;; A generation is a new vector, made by as many futures as there are stripes. A block around which nothing changed is not looked
;; at, it is the old one; so generations share what is at rest, and only what changed is painted.

(ns app.life (:require [halt.demo :as demo]))

(def side "Cells of a block's side." 32)
(def columns "Blocks of the board." 32)
(def rows 24)
(def width (* side columns))
(def height (* side rows))

;; --- Blocks -------------------------------------------------------------------------------------------

(def mask 0xFFFFFFFF)

(def eight-cells
  "The pixels of every byte, its lowest bit first."
  (mapv (fn [byte] (mapv (fn [bit] (bit-and 1 (bit-shift-right byte bit))) (range 8))) (range 256)))

(defn block
  "The block of 32 rows of bits, with its image."
  [bits]
  {:bits bits
   :image (image side side
                 (reduce (fn [pixels row]
                           (-> pixels (into (eight-cells (bit-and 255 row))) (into (eight-cells (bit-and 255 (bit-shift-right row 8))))
                               (into (eight-cells (bit-and 255 (bit-shift-right row 16)))) (into (eight-cells (bit-shift-right row 24)))))
                         [] bits)
                 [0x0B1020 0x7EE0B0])})

(def nothing (block (vec (repeat side 0))))
(def empty-board (vec (repeat (* columns rows) nothing)))

(defn- majority [a b c] (bit-or (bit-and a b) (bit-and c (bit-or a b))))

(defn next-row
  "The row after three rows of 34 bits: the cells above, those of the row, and those below, each with a neighbour at both ends. It
  adds up all neighbours of 32 cells at once, in binary: `one` are the sums' lowest bits, `twos` where the sum is 2 or 3."
  [above row below]
  (if (= 0 above row below)
    0
    (let [a (bit-shift-right above 1) a+ (bit-shift-right above 2)
          b (bit-shift-right below 1) b+ (bit-shift-right below 2)
          r+ (bit-shift-right row 2)
          s1 (bit-xor above a a+) c1 (majority above a a+)
          s2 (bit-xor below b b+) c2 (majority below b b+)
          s3 (bit-xor row r+) c3 (bit-and row r+)
          one (bit-xor s1 s2 s3) c4 (majority s1 s2 s3)
          pairs (bit-or (bit-and c1 c2) (bit-and c3 c4) (bit-and (bit-or c1 c2) (bit-or c3 c4)))
          twos (bit-and-not (bit-or c1 c2 c3 c4) pairs)]
      (bit-and mask twos (bit-or one (bit-shift-right row 1))))))

(defn- place [column row] (+ (mod column columns) (* columns (mod row rows))))

(def around
  "For every block the places of the nine that it depends on, row by row; it is in the middle."
  (mapv (fn [i] (let [row (quot i columns) column (rem i columns)]
                  (vec (for [dy [-1 0 1] dx [-1 0 1]] (place (+ column dx) (+ row dy))))))
        (range (* columns rows))))

(defn- wide
  "A row of a block with a neighbour at both ends."
  [[left middle right] n]
  (bit-or (bit-shift-right (nth (:bits left) n) 31) (bit-shift-left (nth (:bits middle) n) 1)
          (bit-shift-left (bit-and 1 (nth (:bits right) n)) 33)))

(defn next-block
  "The block at a place in the next generation: the old one if it stays as it is."
  [board before i]
  (let [places (nth around i)
        old (nth board i)]
    (if (every? (fn [p] (identical? (nth board p) (nth before p))) places)
      old
      (let [all (mapv (fn [p] (nth board p)) places)
            middle (subvec all 3 6)
            lines (-> [(wide (subvec all 0 3) 31)] (into (map (fn [n] (wide middle n))) (range side)) (conj (wide (subvec all 6 9) 0)))
            bits (mapv (fn [n] (next-row (nth lines n) (nth lines (inc n)) (nth lines (+ n 2)))) (range side))]
        (if (= bits (:bits old)) old (block bits))))))

(defn step
  "The next generation of a world {:board :before :generation}: each row of blocks by a future."
  [{:keys [board before generation] :as world}]
  (let [stripes (mapv (fn [row] (future (mapv (fn [i] (next-block board before i)) (range (* row columns) (* (inc row) columns)))))
                      (range rows))]
    (assoc world :board (into [] (mapcat deref) stripes) :before board :generation (inc generation))))

;; --- Worlds -------------------------------------------------------------------------------------------

(defn cell [board x y]
  (let [x (mod x width) y (mod y height)]
    (bit-and 1 (bit-shift-right (nth (:bits (nth board (place (quot x side) (quot y side)))) (rem y side)) (rem x side)))))

(defn set-cells
  "The board with a value (0 or 1) for some cells [x y]."
  [board cells value]
  (reduce (fn [board [i cells]]
            (let [change (if (= 1 value) bit-set bit-clear)]
              (assoc board i (block (reduce (fn [bits [x y]] (update bits (mod y side) change (mod x side))) (:bits (nth board i)) cells)))))
          board
          (group-by (fn [[x y]] (place (quot (mod x width) side) (quot (mod y height) side))) cells)))

(defn pattern
  "The cells of a drawing, in which # lives, from a place on."
  [x y & lines]
  (for [[dy line] (map-indexed vector lines) [dx c] (map-indexed vector line) :when (= c \#)] [(+ x dx) (+ y dy)]))

(defn gun [x y]
  (pattern x y
    "........................#" "......................#.#" "............##......##............##" "...........#...#....##............##"
    "##........#.....#...##" "##........#...#.##....#.#" "..........#.....#.......#" "...........#...#" "............##"))

(defn soup
  "Every block of a rectangle at random."
  [board from-column from-row to-column to-row]
  (reduce (fn [board i] (assoc board i (block (mapv (fn [_] (bit-and (rand-int (inc mask)) (bit-or (rand-int (inc mask)) (rand-int (inc mask))))) (range side)))))
          board
          (for [row (range from-row to-row) column (range from-column to-column)] (place column row))))

(defn- with-board [world board] (assoc world :board board :before (:board world)))

(def starts
  {:garden (fn [] (-> empty-board (soup 11 4 15 8)
                      (set-cells (mapcat (fn [n] (gun (+ 20 (* 90 n)) (+ 20 (* 30 n)))) (range 3)) 1)
                      (set-cells (pattern 520 150 ".#" "...#" "##..###") 1)))
   :soup (fn [] (soup empty-board 0 0 columns rows))
   :empty (fn [] empty-board)})

(defn run
  "Makes one generation after the other, for ever; what was drawn meanwhile counts."
  [world]
  (loop []
    (let [old @world]
      (if (:running? old)
        (do (compare-and-set! world old (step old)) (sleep (:pause old)))
        (sleep 30))
      (recur))))

;; --- The app: {:world atom :seen its value :at [x y] :zoom :drawing 0-or-1 :demo} -----------------------

(defn- begin! [world name]
  (let [board ((starts name))] (swap! world (fn [old] (assoc (with-board old board) :generation 0)))))

(defn- begin [name] (fn [state] {:state (demo/forget-rates state) :fx [[begin! (:world state) name]]}))

(defn- change [f & args] (fn [{:keys [world] :as state}] {:state state :fx [(into [swap! world f] args)]}))

(defn- cell-at [{:keys [at zoom]} {:keys [x y]}] [(+ (first at) (quot (int x) zoom)) (+ (second at) (quot (int y) zoom))])

(defn- line-of "The cells on the way from one to another." [[x0 y0] [x1 y1]]
  (let [n (max 1 (abs (- x1 x0)) (abs (- y1 y0)))]
    (map (fn [i] [(+ x0 (quot (* i (- x1 x0)) n)) (+ y0 (quot (* i (- y1 y0)) n))]) (range (inc n)))))

(defn- draw [{:keys [world pen] :as state} [from value] to]
  {:state (assoc state :pen [to value])
   :fx [[swap! world (fn [old] (with-board old (set-cells (:board old) (line-of from to) value)))]]})

(defn- pen-down [{:keys [seen] :as state} event]
  (let [[x y :as at] (cell-at state event)] (draw state [at (- 1 (cell (:board seen) x y))] at)))

(defn- pen-moved [{:keys [pen] :as state} event] (if pen (draw state pen (cell-at state event)) state))

(defn- move [dx dy] (fn [{[x y] :at :keys [zoom] :as state}] (assoc state :at [(mod (+ x (quot dx zoom)) width) (mod (+ y (quot dy zoom)) height)])))

(defn- zoom-by
  "Another zoom; the cell at a pixel stays where it is."
  [{:keys [zoom] :as state} factor event]
  (let [new (int (max 1 (min 16 (* factor zoom))))
        [x y] (cell-at state event)]
    (assoc state :zoom new :at [(mod (- x (quot (int (:x event)) new)) width) (mod (- y (quot (int (:y event)) new)) height)])))

(defn- zoom-middle [factor] (fn [{[w h] :size :as state}] (zoom-by state factor {:x (/ w 2) :y (/ h 2)})))
(defn- wheel [state event] (zoom-by state (if (pos? (:notches event)) 2 1/2) event))

(defn- key-pressed [state event]
  (let [handler (case (:key event)
                  :left (move -96 0) :right (move 96 0) :up (move 0 -96) :down (move 0 96)
                  :space (change update :running? not)
                  (case (:text event) ("+" "=") (zoom-middle 2) ("-" "_") (zoom-middle 1/2) "." (change step) nil))]
    (if handler (handler state) :pass)))

(defn- tick [{:keys [world] :as state}]
  (let [seen @world] (demo/measure (assoc state :seen seen) (:generation seen))))

(defn- blocks-seen
  "The images of the blocks that are to be seen, where they lie."
  [{:keys [seen zoom size] [x y] :at}]
  (let [pixels (* side zoom) [w h] size
        left (- (* zoom (mod x side))) top (- (* zoom (mod y side)))]
    (for [j (range (inc (quot (+ h pixels -1) pixels))) i (range (inc (quot (+ w pixels -1) pixels)))]
      [:image {:x (+ left (* i pixels)) :y (+ top (* j pixels)) :width pixels :height pixels :smooth? false :key [i j]
               :source (:image (nth (:board seen) (place (+ i (quot x side)) (+ j (quot y side)))))}])))

(defn- changed [{:keys [board before]}] (count (remove true? (map identical? board before))))

(defapp life
  {:title "Life" :width 660 :height 490
   :init (fn [] (let [world (atom {:board ((:garden starts)) :before empty-board :generation 0 :running? true :pause 0})]
                  {:world world :seen @world :at [0 0] :zoom 1 :size [1 1] :demo (demo/start)}))
   :on-start (fn [state event] {:state (demo/on-start state event) :fx [[spawn run (:world state)]]})
   :on-resize demo/resized
   :tick-ms 33 :on-tick tick :rests? true :on-wake demo/on-wake}
  (fn [{:keys [seen] :as state}]
    (demo/frame state
      {:unit "generations"
       :note (str (changed seen) " of " (* columns rows) " blocks changed")
       :tools [:row {:gap 6 :align :center}
               [:button {:on-click (change update :running? not) :primary? (not (:running? seen)) :key :run} (if (:running? seen) "Pause" "Run")]
               [:button {:on-click (begin :garden)} "Guns"]
               [:button {:on-click (begin :soup)} "Soup"]
               [:button {:on-click (begin :empty)} "Clear"]]}
      [:canvas {:grow 1 :fill 0x0B1020 :radius 8 :clip true :key :board
                :on-pointer-down pen-down :on-pointer-move pen-moved :on-pointer-up (fn [state] (assoc state :pen nil))
                :on-scroll wheel :on-key key-pressed}
       (blocks-seen state)])))
