;; Ten thousand sprites, moved by thousands of processes that commit to one shared atom. What a process commits is its part of the
;; scene, so that the nodes are made wherever there is a worker free, and the view only puts the parts together.

(ns app.swarm (:require [halt.demo :as demo]))

(def each "Sprites that a process moves." 5)
(def crowds "Numbers of sprites to choose from." [500 2000 10000])
(def colors [0x6EA8FF 0xFF8FB8 0x7EE0B0 0xFFD479 0xC79BFF])

(defn new-sprite [[width height] i]
  [(rand-int (int width)) (rand-int (int height)) (- (rand-int 9) 4) (- (rand-int 9) 4) (nth colors (mod i (count colors)))])

(defn- bounced "A place and a speed after a step between 0 and end." [at speed end]
  (let [next (+ at speed)]
    (cond (< next 0) [0 (abs speed)] (> next end) [end (- (abs speed))] :else [next speed])))

(defn step-sprite
  "Moves a sprite; it bounces off the walls."
  [[x y dx dy color] [width height]]
  (let [[x dx] (bounced x dx width) [y dy] (bounced y dy height)] [x y dx dy color]))

(defn- shape [[x y _ _ color]] [:circle {:x x :y y :r 2 :fill color}])

(defn fly
  "Moves some sprites while their era lasts; each step is one commit, of what they look like."
  [sky era i sprites]
  (loop [sprites sprites]
    (let [{:keys [size] now :era} @sky
          sprites (mapv (fn [sprite] (step-sprite sprite size)) sprites)
          part (apply list (map shape sprites))]
      (when (= era now)
        (swap! sky (fn [sky] (if (= era (:era sky)) (assoc-in sky [:parts i] part) sky)))
        (sleep (+ 50 (rand-int 30)))
        (recur sprites)))))

;; --- The app: {:sky atom :parts {number nodes} :sprites count :demo} ------------------------------------

(defn- start!
  "Begins another era, in which so many sprites fly."
  [sky sprites]
  (let [{:keys [era size]} (swap! sky (fn [sky] (-> sky (update :era inc) (assoc :parts {}))))]
    (dotimes [i (quot sprites each)]
      (spawn fly sky era i (mapv (fn [n] (new-sprite size n)) (range each))))))

(defn- choose [sprites]
  (fn [{:keys [sky] :as state}]
    {:state (demo/forget-rates (assoc state :sprites sprites)) :fx [[start! sky sprites]]}))

(defn- resized [{:keys [sky sprites] :as state} event]
  (let [state (demo/resized state event)]
    {:state state :fx (cons [swap! sky assoc :size (:size state)] (when (= 0 (:era @sky)) [[start! sky sprites]]))}))

(defn- tick [{:keys [sky] :as state}]
  (demo/measure (assoc state :parts (:parts @sky)) (figures :frames)))

(defapp swarm
  {:title "Swarm" :width 700 :height 460
   :init (fn [] {:sky (atom {:era 0 :size [640 300] :parts {}}) :parts {} :sprites (peek crowds) :demo (demo/start)})
   :on-start demo/on-start :on-resize resized :tick-ms 33 :on-tick tick :rests? true :on-wake demo/on-wake}
  (fn [{:keys [parts sprites] :as state}]
    (demo/frame state
      {:note (str (* each (count parts)) " sprites, " (count parts) " processes")
       :tools [:row {:gap 6 :align :center}
               [:text {:color :muted} "Sprites"]
               (map (fn [n] [:button {:key (keyword (str "sprites-" n)) :primary? (= n sprites) :on-click (choose n)} (str n)]) crowds)]}
      [:canvas {:grow 1 :fill 0x0B1020 :radius 8 :clip true :key :sky} (vals parts)])))
