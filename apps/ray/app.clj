;; A small ray tracer: spheres that mirror each other over a checkered floor. A crew of processes takes tiles from a queue, so the
;; picture fills as workers finish: coarsely at first, then with a ray for each pixel, then, if asked, with four.

(ns app.ray (:require [halt.demo :as demo]))

(def tile "Pixels of a tile's side." 32)
(def bounces "How often a ray is followed into a mirror." 3)

;; --- The scene: spheres as [x y z radius red green blue mirror], lengths in spheres, colours from 0 to 1 ----

(def spheres
  [[0.0 1.0 0.0 1.0 0.95 0.95 1.0 0.75]
   [-2.1 0.7 0.6 0.7 0.95 0.35 0.3 0.25]
   [1.9 0.6 0.9 0.6 0.3 0.75 0.45 0.25]
   [0.7 0.35 1.9 0.35 1.0 0.8 0.25 0.15]
   [-0.8 0.3 1.7 0.3 0.35 0.5 1.0 0.3]
   [1.6 1.1 -1.8 1.1 0.75 0.45 0.95 0.45]])

(def light "The direction to the sun, of length 1." [0.5298 0.7417 0.4133])

(defn- root [x] (clojure.math/sqrt x))

(defn nearest
  "The sphere that a ray (of a direction of length 1) meets first beyond a hair's breadth, as [distance sphere]; nil for none."
  [ox oy oz dx dy dz]
  (loop [i 0 best nil least 1e9]
    (if (= i (count spheres))
      (when best [least best])
      (let [sphere (nth spheres i)
            x (- ox (nth sphere 0)) y (- oy (nth sphere 1)) z (- oz (nth sphere 2)) r (nth sphere 3)
            b (+ (* x dx) (* y dy) (* z dz))
            square (- (* b b) (- (+ (* x x) (* y y) (* z z)) (* r r)))]
        (if (< square 0.0)
          (recur (inc i) best least)
          (let [half (root square) near (- (- b) half) distance (if (> near 0.0001) near (+ (- b) half))]
            (if (and (> distance 0.0001) (< distance least)) (recur (inc i) sphere distance) (recur (inc i) best least))))))))

(defn- sky [dy] (let [up (max 0.0 dy)] [(- 0.75 (* 0.55 up)) (- 0.85 (* 0.45 up)) (- 1.0 (* 0.2 up))]))

(declare trace)

(defn- mixed "A colour with a share of another one." [[r g b] [r2 g2 b2] share]
  (let [rest (- 1.0 share)] [(+ (* rest r) (* share r2)) (+ (* rest g) (* share g2)) (+ (* rest b) (* share b2))]))

(defn- lit
  "The colour of a point: what the sun and the sky do to its own, and what it mirrors."
  [x y z nx ny nz dx dy dz r g b mirror depth]
  (let [[lx ly lz] light
        sun (+ (* nx lx) (* ny ly) (* nz lz))
        sun (if (and (> sun 0.0) (nil? (nearest x y z lx ly lz))) sun 0.0)
        bright (+ 0.25 (* 0.15 ny) (* 0.7 sun))
        own [(* r bright) (* g bright) (* b bright)]]
    (if (or (< mirror 0.01) (= 0 depth))
      own
      (let [back (* 2.0 (+ (* nx dx) (* ny dy) (* nz dz)))]
        (mixed own (trace x y z (- dx (* back nx)) (- dy (* back ny)) (- dz (* back nz)) (dec depth)) mirror)))))

(defn trace
  "The colour [red green blue] that a ray meets."
  [ox oy oz dx dy dz depth]
  (if-let [[distance [cx cy cz radius r g b mirror]] (nearest ox oy oz dx dy dz)]
    (let [x (+ ox (* distance dx)) y (+ oy (* distance dy)) z (+ oz (* distance dz))]
      (lit x y z (/ (- x cx) radius) (/ (- y cy) radius) (/ (- z cz) radius) dx dy dz r g b mirror depth))
    (if (< dy -0.0001)
      (let [distance (/ oy (- dy)) x (+ ox (* distance dx)) z (+ oz (* distance dz))
            shade (if (even? (+ (int (clojure.math/floor x)) (int (clojure.math/floor z)))) 0.9 0.35)
            far (min 1.0 (/ distance 40.0))]
        (mixed (lit x 0.0 z 0.0 1.0 0.0 dx dy dz shade shade shade 0.12 depth) (sky 0.0) far))
      (sky dy))))

(defn- channel [c] (int (* 255.0 (root (max 0.0 (min 1.0 c))))))

(defn pixel
  "The colour 0xRRGGBB of a place of the picture, in heights of it from its middle, for a camera that looks at the middle sphere."
  [{:keys [turn rise far]} px py]
  (let [sin clojure.math/sin cos clojure.math/cos
        ex (* far (sin turn) (cos rise)) ey (+ 0.8 (* far (sin rise))) ez (* far (cos turn) (cos rise))
        ;; Forward, right and up.
        fx (- (* (sin turn) (cos rise))) fy (- (sin rise)) fz (- (* (cos turn) (cos rise)))
        rx (cos turn) rz (- (sin turn))
        ux (* fy rz) uy (- (* fz rx) (* fx rz)) uz (- (* fy rx))
        ux (- ux) uz (- uz) uy (abs uy)
        dx (+ (* 1.4 fx) (* px rx) (* py ux)) dy (+ (* 1.4 fy) (* py uy)) dz (+ (* 1.4 fz) (* px rz) (* py uz))
        long (root (+ (* dx dx) (* dy dy) (* dz dz)))
        [r g b] (trace ex ey ez (/ dx long) (/ dy long) (/ dz long) bounces)]
    (+ (* 65536 (channel r)) (* 256 (channel g)) (channel b))))

(defn picture
  "The image of a tile with n rays on a side; drawn smaller, it is smoothed."
  [view [width height] [column row] n]
  (let [step (/ tile (double n))
        place (fn [at i] (+ (* tile at) (* step (+ i 0.5))))]
    (image n n (for [j (range n) i (range n)]
                 (pixel view (/ (- (place column i) (/ width 2.0)) height) (/ (- (/ height 2.0) (place row j)) height))))))

;; --- The app: {:view :size :fine? :crew :run :demo} --------------------------------------------------

(def home {:turn 0.35 :rise 0.22 :far 6.5})

(defn jobs
  "Every tile coarsely, then again with a ray for each pixel, from the middle outwards; finely with four."
  [[width height] fine?]
  (let [columns (quot (+ width tile -1) tile) rows (quot (+ height tile -1) tile)
        far (fn [[column row]] (let [x (- (* 2 column) columns -1) y (- (* 2 row) rows -1)] (+ (* x x) (* y y))))
        places (sort-by far (for [row (range rows) column (range columns)] [column row]))]
    (for [n (if fine? [4 tile (* 2 tile)] [4 tile]) place places] [place n])))

(defn compute [{:keys [view size fine? crew] :as state}]
  {:state state
   :fx [[demo/work-on! crew view (jobs size fine?) (fn [[place n]] [place (picture view size place n)])]]})

(defn- look [f & args] (fn [state] (compute (demo/forget-rates (apply update state :view f args)))))
(defn- turned [by] (look update :turn + by))
(defn- raised [by] (look update :rise (fn [rise] (max 0.0 (min 1.3 (+ rise by))))))
(defn- nearer [by] (look update :far (fn [far] (max 3.5 (min 30.0 (* far by))))))

(defn- pressed [state {:keys [x y]}] (assoc state :drag {:x x :y y :view (:view state)}))

(defn- let-go [{:keys [drag view] :as state} {:keys [x y]}]
  (let [state (assoc state :drag nil)
        dx (- x (:x drag)) dy (- y (:y drag))]
    (if (> (+ (abs dx) (abs dy)) 4) ((raised (* 0.005 dy)) (update-in state [:view :turn] - (* 0.01 dx))) state)))

(defn- key-pressed [state event]
  (let [handler (case (:key event)
                  :left (turned -0.25) :right (turned 0.25) :up (raised 0.15) :down (raised -0.15) :home (look (constantly home))
                  (case (:text event) ("+" "=") (nearer 0.8) ("-" "_") (nearer 1.25) nil))]
    (if handler (handler state) :pass)))

(defn- tick [{[width height] :size :as state}]
  (demo/measure (demo/follow state (* width height))))

(defapp ray
  {:title "Ray tracer" :width 660 :height 480
   :init (fn [] {:view home :size [1 1] :crew (demo/crew) :demo (demo/start)})
   :on-start demo/on-start
   :on-resize (fn [state event] (compute (demo/forget-rates (demo/resized state event))))
   :tick-ms 50 :on-tick tick :rests? true :on-wake demo/on-wake}
  (fn [{:keys [run fine?] :as state}]
    (demo/frame state
      {:unit "pixels" :on-workers compute
       :note (when run (if (:until run) (format "%.1f s" (/ (- (:until run) (:since run)) 1e6)) (str (:left run) " tiles to go")))
       :tools [:row {:gap 6}
               [:button {:on-click (turned -0.25) :tip "Left, or drag the picture" :key :left} "<"]
               [:button {:on-click (turned 0.25) :tip "Right" :key :right} ">"]
               [:button {:on-click (fn [state] (compute (demo/forget-rates (update state :fine? not)))) :primary? fine? :tip "Four rays a pixel"} "Fine"]]}
      [:canvas {:grow 1 :fill :field :radius 8 :clip true :key :picture
                :on-pointer-down pressed :on-pointer-up let-go :on-key key-pressed
                :on-scroll (fn [state event] ((nearer (clojure.math/pow 0.9 (:notches event))) state))}
       (for [[[column row :as place] source] (:done run)]
         [:image {:x (* tile column) :y (* tile row) :width tile :height tile :fit :fill :source source :key place}])])))
