;; Race: processes that write to one atom, each as often as it can. What a writer has done stands in the atom itself, so every
;; commit has to be based on the newest value; a writer that comes too late tries again.

(ns app.race (:require [halt.demo :as demo]))

(def crowds "Numbers of writers to choose from." [2 8 32])
(def works "Steps of work between reading and writing: the more, the more often somebody else is first." [0 100 1000])

(defn- toil "Work that takes n steps." [n] (loop [i 0] (when (< i n) (recur (inc i)))))

(defn write
  "Commits to the score until it is killed: for the writer i, how often it committed and how often in vain."
  [score i work]
  (let [tries (atom 0)]
    (loop []
      (swap! score (fn [scores]
                     (let [{:keys [commits]} (nth scores i)]
                       (toil work)
                       (assoc scores i {:commits (inc commits) :tries (swap! tries inc)}))))
      (recur))))

(defn fairness
  "Jain's index of how equal some numbers are: 1 when all are the same, 1/n when one has everything."
  [numbers]
  (let [sum (reduce + numbers) squares (reduce + (map (fn [n] (* n n)) numbers))]
    (if (pos? squares) (/ (* 1.0 sum sum) (* (count numbers) squares)) 1.0)))

(defn- start!
  "Ends the writers and lets others race from nothing."
  [race writers work]
  (run! kill (:pids @race))
  (let [score (atom (vec (repeat writers {:commits 0 :tries 0})))]
    (reset! race {:score score :pids (mapv (fn [i] (spawn write score i work)) (range writers))})))

(defn- restart [{:keys [race writers work] :as state}]
  {:state (demo/forget-rates state) :fx [[start! race writers work]]})

(defn- total [scores key] (reduce + (map key scores)))

(defn- tick [{:keys [race] :as state}]
  (let [scores @(:score @race)]
    (demo/measure (assoc state :scores scores) (total scores :commits))))

;; --- The picture --------------------------------------------------------------------------------------

(defn- choice
  "Buttons of which one is chosen: what is under a key of the state."
  [state key values]
  (map (fn [value] [:button {:key (keyword (str (name key) "-" value)) :primary? (= value (key state)) :on-click (fn [state] (restart (assoc state key value)))} (str value)])
       values))

(defn bars
  "Commits of each writer upwards, and downwards how often it tried in vain."
  [scores [width height]]
  (let [most (max 1 (reduce max (map :commits scores)) (reduce max (map (fn [{:keys [commits tries]}] (- tries commits)) scores)))
        middle (int (* 0.6 height))
        edge (fn [i] (int (/ (* i width) (count scores))))
        up (/ (- middle 12) (double most)) down (/ (- height middle 12) (double most))]
    (list
      (map-indexed (fn [i {:keys [commits tries]}]
                     (let [x (+ 3 (edge i)) w (max 1 (- (edge (inc i)) (edge i) 6))
                           h (int (* up commits)) lost (int (* down (- tries commits)))]
                       [[:rect {:x x :y (- middle 1 h) :w w :h h :fill :accent :radius 3}]
                        [:rect {:x x :y (+ middle 1) :w w :h lost :fill :danger :radius 3}]]))
                   scores)
      [:line {:x1 0 :y1 middle :x2 width :y2 middle :stroke :border :stroke-width 1}])))

(defapp race
  {:title "Race" :width 740 :height 420
   :init (fn [] {:writers 8 :work 100 :race (atom {:score (atom [])}) :scores [] :size [1 1] :demo (demo/start)})
   :on-start (fn [state event] (restart (demo/on-start state event)))
   :on-resize demo/resized
   :tick-ms 100 :on-tick tick :rests? true :on-wake demo/on-wake}
  (fn [{:keys [scores size] :as state}]
    (let [commits (total scores :commits) tries (total scores :tries)]
      (demo/frame state
        {:unit "race commits"
         :note (str "fairness " (format "%.3f" (fairness (map :commits scores))) ", "
                    (format "%.1f" (/ (* 100.0 (- tries commits)) (max 1 tries))) "% in vain")
         :tools [:row {:gap 6 :align :center}
                 [:text {:color :muted :shrink 0} "Writers"] (choice state :writers crowds)
                 [:text {:color :muted :shrink 0} "Work"] (choice state :work works)]}
        [:canvas {:grow 1 :fill :field :border :border :radius 8 :clip true :key :bars}
         (when (seq scores) (bars scores size))]))))
