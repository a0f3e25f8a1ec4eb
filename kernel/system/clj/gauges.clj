;; Gauges of the task bar: how busy each core is, how full memory is, whether pictures are being painted.

(def gauge-steps "Load and memory are shown in so many steps, so that a quiet machine paints nothing." 8)

(defn reading
  "What the machine says now: a value to compare with the next one."
  []
  {:time-us (time-us) :idle-us (core-idle-us) :frames (figures :frames)
   :free (figures :free-bytes) :arena (figures :arena-bytes)})

(defn- steps [part whole]
  (max 0 (min gauge-steps (quot (+ (* part gauge-steps) (quot whole 2)) (max 1 whole)))))

(defn gauges
  "What the gauges show between two readings: {:load [steps of each core] :memory steps :painting? bool}."
  [before after]
  (let [us (max 1 (- (:time-us after) (:time-us before)))]
    {:load (mapv (fn [old new] (steps (- us (- new old)) us)) (:idle-us before) (:idle-us after))
     :memory (steps (- (:arena after) (:free after)) (:arena after))
     ;; One picture a second may be the gauges themselves.
     :painting? (> (- (:frames after) (:frames before)) 2)}))
