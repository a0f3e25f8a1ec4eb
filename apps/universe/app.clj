;; Universe: a process that computes a world forks, as often as asked. Both go on from the very same world, side by side, until a
;; click throws a stone into one of them. Three suns chase each other on one curve, an eight; a small push is enough to end that.
;;
;; A world is a value, {:suns [[x y vx vy] ...] :dust [[x y vx vy] ...] :trail (places ...) :age steps :born age :name n}.

(ns app.universe (:require [halt.demo :as demo]))

(def dt "Time of a step." 0.008)
(def trail-max "So many places of the suns are drawn." 150)
(def worlds-max 4)

(def suns "On an eight, as C. Moore found it in 1993."
  [[0.97000436 -0.24308753 0.466203685 0.43236573]
   [-0.97000436 0.24308753 0.466203685 0.43236573]
   [0.0 0.0 -0.93240737 -0.86473146]])

(defn- grain "Dust on a circle around the suns." [i]
  (let [angle (* i 2.399963) far (+ 1.7 (* 0.006 i)) speed (clojure.math/sqrt (/ 3.0 far))
        c (clojure.math/cos angle) s (clojure.math/sin angle)]
    [(* far c) (* far s) (* speed (- s)) (* speed c)]))

(def big-bang {:suns suns :dust (mapv grain (range 120)) :trail () :age 0 :born 0})

(defn moved
  "A body a step later: the suns pull at it, itself apart."
  [[x y vx vy :as body] suns]
  (loop [i 0 ax 0.0 ay 0.0]
    (if (= i (count suns))
      (let [vx (+ vx (* dt ax)) vy (+ vy (* dt ay))] [(+ x (* dt vx)) (+ y (* dt vy)) vx vy])
      (let [sun (nth suns i)
            dx (- (nth sun 0) x) dy (- (nth sun 1) y)
            square (+ (* dx dx) (* dy dy))
            pull (if (identical? sun body) 0.0 (/ 1.0 (* (+ square 0.0005) (clojure.math/sqrt (+ square 0.0005)))))]
        (recur (inc i) (+ ax (* pull dx)) (+ ay (* pull dy)))))))

(defn step [{:keys [suns dust trail age] :as world}]
  (assoc world :suns (mapv (fn [sun] (moved sun suns)) suns)
               :dust (mapv (fn [grain] (moved grain suns)) dust)
               :trail (if (= 0 (rem age 3)) (doall (take trail-max (into trail (map (fn [[x y]] [x y])) suns))) trail)
               :age (inc age)))

(defn push
  "Pushes the suns away from a place, the nearer the more."
  [world px py]
  (update world :suns
    (fn [suns] (mapv (fn [[x y vx vy]]
                       (let [dx (- x px) dy (- y py) near (/ 0.06 (+ 0.3 (* dx dx) (* dy dy)))] [x y (+ vx (* near dx)) (+ vy (* near dy))]))
                     suns))))

(defn live
  "The process of a world: shows every step in the atom all, as {:world :pid} under its own id."
  [all world]
  (loop [world world]
    (swap! all assoc-in [:worlds (self)] world)
    (let [[what x y] (next-message (:pause @all))]
      (case what
        ;; Both go on from here; who is new takes a name.
        :fork (recur (if (fork) world (assoc world :name (:named (swap! all update :named inc)) :of (:name world) :born (:age world))))
        :push (recur (push world x y))
        :end nil
        (recur (step world))))))

;; --- The app: {:all atom :worlds {pid world} :watched #{pid} :size :demo} -------------------------------

(defn- begin [{:keys [all] :as state}]
  {:state state :fx [[(fn [] (spawn live all (assoc big-bang :name (:named (swap! all update :named inc)))))]]})

(defn- steps-of "Steps that a world's own process has made." [{:keys [age born]}] (- age born))

(defn- tick [{:keys [all watched] :as state}]
  (let [{:keys [worlds]} @all
        new (remove watched (keys worlds))
        state (assoc state :worlds worlds :watched (into watched new))]
    {:state (demo/measure state (+ (:gone state) (reduce + (map steps-of (vals worlds)))))
     :fx (map (fn [pid] [monitor pid]) new)}))

(defn- ended
  "A world's process has ended: with it those that were forked of it."
  [{:keys [all worlds] :as state} {:keys [type pid]}]
  (if (= :exit type)
    {:state (update state :gone + (if-let [world (get worlds pid)] (steps-of world) 0)) :fx [[swap! all update :worlds dissoc pid]]}
    state))

(defn- ask [pid & message] (fn [state] {:state state :fx [[send pid (vec message)]]}))

(defn- scale-of [width height] (/ (min width height) 4.8))

(defn- stone [pid width height]
  (fn [state {:keys [x y]}]
    (let [scale (scale-of width height)]
      {:state state :fx [[send pid [:push (/ (- x (/ width 2.0)) scale) (/ (- y (/ height 2.0)) scale)]]]})))

(defn- world-view [pid {:keys [suns dust trail age name of]} room? width height]
  (let [scale (scale-of width height)
        at (fn [key place] (int (+ (/ key 2) (* scale place))))
        dot (fn [[x y] r color opacity] [:circle {:x (at width x) :y (at height y) :r r :fill color :opacity opacity}])]
    [:column {:key pid :gap 6 :width width}
     [:row {:gap 6 :align :center :height 30 :clip true}
      [:text {:bold true :shrink 0} (str "World " name)]
      [:text {:color :muted} (str (when of (str "of " of ", ")) "step " age)]
      [:spacer]
      [:button {:on-click (ask pid :fork) :disabled? (not room?) :key (keyword (str "fork-" name))} "Fork"]
      [:button {:on-click (ask pid :end) :key (keyword (str "end-" name)) :tip "Ends this world and its forks"} "End"]]
     [:canvas {:width width :height height :fill 0x0B1020 :radius 8 :clip true :key (keyword (str "sky-" name)) :on-pointer-down (stone pid width height)}
      (map (fn [grain] (dot grain 1 0x8A93A8 0.8)) dust)
      (map-indexed (fn [i place] (dot place 1.5 0xFFD479 (max 0.1 (- 0.8 (/ i (* 1.2 trail-max)))))) trail)
      (map (fn [sun color] (dot sun 6 color 1)) suns [0xFFD479 0xFF8FB8 0x6EA8FF])]]))

(defapp universe
  {:title "Universe" :width 760 :height 480
   :init (fn [] {:all (atom {:worlds {} :named 0 :pause 16}) :worlds {} :watched #{} :gone 0 :size [1 1] :demo (demo/start)})
   :on-start (fn [state event] (begin (demo/on-start state event)))
   :on-resize demo/resized
   :on-message ended :tick-ms 33 :on-tick tick :rests? true :on-wake demo/on-wake}
  (fn [{:keys [all worlds size] :as state}]
    (let [[width height] size
          n (max 1 (count worlds))
          across (if (and (> n 2) (> height 300)) 2 n)
          down (quot (+ n across -1) across)
          w (max 1 (quot (- width (* 10 (dec across))) across))
          h (max 1 (- (quot (- height (* 10 (dec down))) down) 36))
          slow? (pos? (:pause @all))]
      (demo/frame state
        {:unit "steps" :note "a click throws a stone"
         :tools [:button {:primary? (not slow?) :key :pace
                          :on-click (fn [state] {:state (demo/forget-rates state) :fx [[swap! all update :pause {16 0, 0 16}]]})} "Full speed"]}
        (if (empty? worlds)
          [:column {:grow 1 :align :center :justify :center :gap 12}
           [:text {:color :muted} "There is no world."]
           [:button {:primary? true :on-click begin} "Big bang"]]
          [:column {:grow 1 :gap 10}
           (map (fn [line] [:row {:gap 10} (map (fn [[pid world]] (world-view pid world (< n worlds-max) w h)) line)])
                (partition-all across (sort-by key worlds)))])))))
