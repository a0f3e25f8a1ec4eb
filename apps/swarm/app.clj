;; Several hundred sprites, each moved by a process of its own that commits to one shared atom.

(def swarm-size 300)
(def swarm-width 620)
(def swarm-height 330)
(defn- new-sprite [i]
  [(rand-int swarm-width) (rand-int swarm-height) (- (rand-int 9) 4) (- (rand-int 9) 4)
   (nth [0x6EA8FF 0xFF8FB8 0x7EE0B0 0xFFD479 0xC79BFF] (mod i 5))])

(defn step-sprite
  "Moves a sprite; it bounces off the walls."
  [[x y dx dy colour]]
  (let [dx (if (or (< (+ x dx) 0) (> (+ x dx) swarm-width)) (- dx) dx)
        dy (if (or (< (+ y dy) 0) (> (+ y dy) swarm-height)) (- dy) dy)]
    [(+ x dx) (+ y dy) dx dy colour]))

(defn- run-sprite [sprites i]
  (loop []
    (swap! sprites (fn [all] (assoc all i (step-sprite (get all i)))))
    (sleep 30)
    (recur)))

(defn- start-swarm []
  ;; The one shared atom: {number [x y dx dy colour]}.
  (let [sprites (atom (into {} (map (fn [i] [i (new-sprite i)]) (range swarm-size))))]
    (dotimes [i swarm-size] (spawn run-sprite sprites i))
    {:shared sprites :sprites @sprites :figures (figures) :rates {}
     :workers (figures :workers) :tint? (= 1 (figures :tint))}))

(defn- per-second [old new key]
  (let [us (- (:time-us new) (:time-us old))]
    (if (pos? us) (quot (* 1000000 (- (get new key) (get old key))) us) 0)))

(defn- swarm-tick [state]
  (let [old (:figures state)
        new (figures)
        state (assoc state :sprites @(:shared state))]
    (if (< (- (:time-us new) (:time-us old)) 1000000)
      state
      (assoc state :figures new :rates {:frames (per-second old new :frames)
                                        :commits (per-second old new :commits)
                                        :retries (per-second old new :retries)}))))

(defn- choose-workers [n]
  (fn [state] {:state (assoc state :workers n) :fx [[set-workers! (:painters state) n]]}))

(defn- switch-tint [state]
  (let [tint? (not (:tint? state))]
    {:state (assoc state :tint? tint?) :fx [[set-tint! (:painters state) tint?]]}))

(defn- sprite-shape [sprite]
  [:circle {:x (nth sprite 0) :y (nth sprite 1) :r 5 :fill (nth sprite 4)}])

(defapp swarm
  {:title "Swarm" :width 640 :height 420 :place [60 230] :init start-swarm
   ;; The right to choose how many cores paint: the shell hands it to this app.
   :on-start (fn [state event] (assoc state :painters (:painters (:grants event)))) :tick-ms 33 :on-tick swarm-tick}
  (fn [state]
    [:column {:pad 10 :gap 8 :grow 1}
     [:row {:gap 6 :align :center}
      [:text {:color :muted} "Workers"]
      (map (fn [n] [:button {:on-click (choose-workers n) :primary? (= n (:workers state)) :key n} (str n)])
           (range 1 (inc (figures :cores))))
      [:button {:on-click switch-tint :primary? (:tint? state)} "Tint tiles"]
      [:spacer]
      [:text {:color :text}
       (str (:frames (:rates state) 0) " frames/s  " (:commits (:rates state) 0) " commits/s  "
            (:retries (:rates state) 0) " retries/s")]]
     (into [:canvas {:grow 1 :fill 0x0B1020 :radius 8 :clip true}]
           (map sprite-shape (vals (:sprites state))))]))
