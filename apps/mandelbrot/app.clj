;; Mandelbrot: the picture is cut into tiles, which processes compute: all of them coarsely at first, then each finely, from the
;; middle outwards. A view is {:x :y :scale}: the point in the middle and the size of a pixel. While the tiles of a new view
;; come, those of the view before lie below them, moved and scaled to where they belong.

(ns app.mandelbrot (:require [halt.demo :as demo]))

(def tile "Pixels of a tile's side." 64)
(def home {:x -0.6 :y 0.0 :scale 0.006})
(def scales "The smallest and the largest pixel: what doubles can tell apart, and the whole set as a dot." [1e-15 0.1])

(def stops "The colours of the points that escape, over and over." [[0 7 100] [32 107 203] [237 255 255] [255 170 0] [60 10 20]])
(def shades 640)

(def palette
  "A colour for each shade between the stops; the last one is that of the points that do not escape."
  (let [each (quot shades (count stops))
        mix (fn [from to part] (int (+ from (* part (- to from)))))
        shade (fn [i] (let [from (nth stops (quot i each)) to (nth stops (rem (inc (quot i each)) (count stops)))]
                        (reduce (fn [rgb c] (+ (* 256 rgb) c)) (map mix from to (repeat (/ (rem i each) (double each)))))))]
    (conj (mapv shade (range shades)) 0x05060C)))

(defn shade
  "The shade of a point: how soon it leaves the circle of radius 8, or none within limit steps."
  [cx cy limit]
  (loop [x 0.0 y 0.0 n 0]
    (let [xx (* x x) yy (* y y) far (+ xx yy)]
      (cond
        (> far 64.0) (rem (int (* 20 (- (+ n 3) (clojure.math/log (clojure.math/log far))))) shades)
        (= n limit) shades
        :else (recur (+ (- xx yy) cx) (+ (* 2.0 (* x y)) cy) (inc n))))))

(defn- limit-of [{:keys [scale]}] (+ 100 (int (* 40 (clojure.math/log (/ 0.01 (min scale 0.01)))))))

(defn picture
  "The image of a tile with one sample for every step pixels."
  [{:keys [x y scale] :as view} [width height] [column row] step]
  (let [n (quot tile step)
        limit (limit-of view)
        left (+ x (* scale (- (* tile column) (/ width 2.0) (/ step -2.0))))
        top (+ y (* scale (- (* tile row) (/ height 2.0) (/ step -2.0))))
        pixel (* scale step)]
    (loop [i 0 pixels []]
      (if (= i (* n n))
        (image n n pixels palette)
        (recur (inc i) (conj pixels (shade (+ left (* pixel (rem i n))) (+ top (* pixel (quot i n))) limit)))))))

;; --- State: {:view :size :crew :run :before :drag :demo} ----------------------------------------------

(defn jobs [[width height]]
  (let [columns (quot (+ width tile -1) tile) rows (quot (+ height tile -1) tile)
        far (fn [[column row]] (+ (abs (- (* 2 column) columns -1)) (abs (- (* 2 row) rows -1))))
        places (sort-by far (for [row (range rows) column (range columns)] [column row]))]
    (concat (map (fn [place] [place 8]) places) (map (fn [place] [place 1]) places))))

(defn compute
  "Has the crew compute what is to be seen; what was there stays below until it is done."
  [{:keys [view size crew run] :as state}]
  {:state (assoc state :run nil :before (or run (:before state)))
   :fx [[demo/work-on! crew view (jobs size) (fn [[place step]] [place (picture view size place step)])]]})

(defn- look
  "Another view: its rates cannot be compared with those before."
  [state view]
  (let [[least most] scales]
    (compute (demo/forget-rates (assoc state :view (update view :scale (fn [scale] (max least (min scale most)))) :drag nil)))))

(defn- shifted [{:keys [scale] :as view} dx dy]
  (-> view (update :x - (* scale dx)) (update :y - (* scale dy))))

(defn- zoom
  "Scales around a pixel, which stays where it is."
  [{:keys [view size] :as state} factor x y]
  (let [[least most] scales
        scale (max least (min most (* factor (:scale view))))
        by (- (:scale view) scale)
        [width height] size]
    (look state {:x (+ (:x view) (* by (- x (/ width 2.0)))) :y (+ (:y view) (* by (- y (/ height 2.0)))) :scale scale})))

(defn- zoom-middle [factor] (fn [{[width height] :size :as state}] (zoom state factor (/ width 2.0) (/ height 2.0))))

(defn- pan [dx dy] (fn [state] (look state (shifted (:view state) dx dy))))

(defn- pressed [state {:keys [x y]}] (assoc state :drag {:x x :y y :view (:view state) :moved? false}))

(defn- dragged [{:keys [drag] :as state} event]
  (if drag
    (let [dx (- (:x event) (:x drag)) dy (- (:y event) (:y drag))
          moved? (or (:moved? drag) (> (+ (abs dx) (abs dy)) 4))]
      (if moved? (assoc state :view (shifted (:view drag) dx dy) :drag (assoc drag :moved? true)) state))
    state))

(defn- let-go [{:keys [drag] :as state} {:keys [x y]}]
  (cond (nil? drag) state
        (:moved? drag) (look state (:view state))
        :else (zoom state 0.5 x y)))

(defn- wheel [state {:keys [x y notches]}]
  (zoom state (clojure.math/pow 0.8 notches) x y))

(defn- key-pressed [state event]
  (let [handler (case (:key event)
                  :left (pan 80 0) :right (pan -80 0) :up (pan 0 80) :down (pan 0 -80)
                  (:home :0) (fn [state] (look state home))
                  (case (:text event) ("+" "=") (zoom-middle 0.5) ("-" "_") (zoom-middle 2.0) nil))]
    (if handler (handler state) :pass)))

(defn- tick [{[width height] :size :as state}]
  (let [{:keys [run before] :as state} (demo/follow state (* width height))]
    (demo/measure (if (and before (:until run)) (assoc state :before nil) state))))

;; --- The picture --------------------------------------------------------------------------------------

(defn- tiles
  "The tiles of a run as they lie in a view."
  [{:keys [about done]} {:keys [x y scale]} [width height]]
  (let [by (/ (:scale about) scale)
        left (+ (/ (- (:x about) x) scale) (* (- by) (/ width 2.0)) (/ width 2.0))
        top (+ (/ (- (:y about) y) scale) (* (- by) (/ height 2.0)) (/ height 2.0))
        edge (fn [from n] (int (clojure.math/floor (+ from (* by tile n)))))]
    ;; What is scaled by more than this says nothing any more.
    (when (< 0.03 by 33)
      (for [[[column row] source] done
            :let [x (edge left column) y (edge top row)]]
        [:image {:x x :y y :width (- (edge left (inc column)) x) :height (- (edge top (inc row)) y) :fit :fill
                 :source source :key [(:since done) column row]}]))))

(defapp mandelbrot
  {:title "Mandelbrot" :width 660 :height 480
   :init (fn [] {:view home :size [1 1] :crew (demo/crew) :demo (demo/start)})
   :on-start demo/on-start
   :on-resize (fn [state event] (compute (demo/forget-rates (demo/resized state event))))
   :tick-ms 50 :on-tick tick :rests? true :on-wake demo/on-wake}
  (fn [{:keys [view size run before] :as state}]
    (demo/frame state
      {:unit "pixels" :on-workers compute
       :tools [:row {:gap 6}
               [:button {:on-click (zoom-middle 0.5) :tip "+"} "+"]
               [:button {:on-click (zoom-middle 2.0) :tip "-"} "-"]
               [:button {:on-click (fn [state] (look state home)) :tip "Home"} "Whole set"]]}
      [:canvas {:grow 1 :fill 0x05060C :radius 8 :clip true :key :picture
                :on-pointer-down pressed :on-pointer-move dragged :on-pointer-up let-go :on-scroll wheel :on-key key-pressed}
       (when before (tiles before view size))
       (when run (tiles run view size))])))
