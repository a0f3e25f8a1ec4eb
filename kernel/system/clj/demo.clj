;; What the concurrent demos share: the switch of workers, the tint, live figures, the speed-up, and crews of processes.
;;
;; A demo's state is a map; what is here keeps its part of it under :demo. Enter at `start`, `frame` and `work-on!`.
;; A worker is a core: the switch chooses how many paint and run processes. The rate of work that each number of workers has
;; reached is remembered, so that the speed-up is a quotient of two things that this machine has done.

;; --- Figures ------------------------------------------------------------------------------------------

(defn start
  "The part of a demo's state that is kept here."
  []
  {:workers (figures :workers) :tint? (= 1 (figures :tint)) :rates {} :by-workers {}})

(defn on-start
  "For :on-start: takes the right to choose the workers."
  [state event]
  (assoc-in state [:demo :painters] (:painters (:grants event))))

(defn- reading [work] (assoc (select-keys (figures) [:time-us :frames :commits :retries]) :work work))

(defn- per-second [old new]
  (let [seconds (/ (- (:time-us new) (:time-us old)) 1000000.0)]
    (into {} (map (fn [[name n]] [name (/ (- n (get old name)) seconds)])) (dissoc new :time-us))))

(defn note-rate
  "Remembers how much work per second the present number of workers gets done."
  [state rate]
  (assoc-in state [:demo :by-workers (:workers (:demo state))] rate))

(defn measure
  "For :on-tick: makes rates of what was done since the last reading, once that is a second ago. Where work is given, any
  count that grows with what the demo gets done, its rate is noted for the speed-up."
  ([state] (measure state nil))
  ([state work]
   (let [{:keys [old settling?]} (:demo state)
         new (reading (or work 0))]
     (cond
       (nil? old) (assoc-in state [:demo :old] new)
       (< (- (:time-us new) (:time-us old)) 1000000) state
       :else (let [rates (per-second old new)
                   state (update state :demo assoc :old new :rates rates :settling? false)]
               ;; A second in which the workers were changed tells of neither number.
               (if (and work (not settling?)) (note-rate state (:work rates)) state))))))

(defn forget-rates
  "For when other work begins, which cannot be compared."
  [state]
  (update state :demo assoc :by-workers {} :old nil :settling? true))

(defn on-wake
  "For :on-wake: what went on before the rest is no part of a rate."
  [{:keys [crew] :as state}]
  {:state (update state :demo assoc :old nil :settling? true)
   :fx (when-let [run (and crew (:run @crew))] [[swap! run assoc :rested? true]])})

(defn speed-up
  "How many times as fast as one the present number of workers is, or nil while that is not known."
  [{:keys [workers by-workers]}]
  (let [one (get by-workers 1) now (get by-workers workers)]
    (when (and one now (pos? one) (not= 1 workers)) (/ now one))))

(defn short-number
  "A number in few characters: 950, 12.3 k, 4.56 M."
  [n]
  (let [n (double n)
        [n suffix] (cond (>= n 1e9) [(/ n 1e9) " G"] (>= n 1e6) [(/ n 1e6) " M"] (>= n 1e3) [(/ n 1e3) " k"] :else [n ""])]
    (str (format (if (or (zero? n) (>= n 100)) "%.0f" "%.1f") n) suffix)))

(defn- figures-text [{:keys [rates by-workers workers narrow?]} unit]
  (clojure.string/join "   "
    (concat (map (fn [name] (str (short-number (get rates name 0)) " " (clojure.core/name name) "/s")) (if (and narrow? unit) [] [:frames :commits :retries]))
            (when-let [rate (and unit (get by-workers workers))] [(str (short-number rate) " " unit "/s")]))))

;; --- The window ---------------------------------------------------------------------------------------

(defn- choose-workers [n then]
  (fn [state]
    (let [state (update state :demo assoc :workers n :settling? true)
          {:keys [state fx]} (if then (then state) {:state state})]
      {:state state :fx (cons [set-workers! (:painters (:demo state)) n] fx)})))

(defn- switch-tint [state]
  (let [tint? (not (:tint? (:demo state)))]
    {:state (assoc-in state [:demo :tint?] tint?) :fx [[set-tint! (:painters (:demo state)) tint?]]}))

(defn- counts
  "The numbers of workers to choose from: all up to four, then each twice the one before."
  [cores]
  (if (<= cores 4) (range 1 (inc cores)) (conj (vec (take-while (fn [n] (< n cores)) (iterate (fn [n] (* 2 n)) 1))) cores)))

(def ^:private margin 10)
(def ^:private bar 30)
(def ^:private line 18)
(def ^:private gap 8)
(def ^:private narrow "In a window that is not as wide, the tools have a line of their own." 580)

(defn resized
  "For :on-resize: notes under :size how large [width height] the body is that `frame` has room for."
  [state {:keys [width height]}]
  (let [narrow? (< width narrow)
        used (+ (* 2 margin) bar line (* 2 gap) (if narrow? (+ bar gap) 0))]
    (-> state (assoc :size [(max 1 (- width (* 2 margin))) (max 1 (- height used))]) (assoc-in [:demo :narrow?] narrow?))))

(defn frame
  "The scene of a demo: tools above, figures below its body. options: :unit (of its work, if the rate is to be shown),
  :tools (more nodes for the bar), :note (text beside the figures), :on-workers (a handler that answers {:state :fx}, called
  when the workers were changed)."
  [state {:keys [unit tools note on-workers]} body]
  (let [{:keys [workers tint? narrow?] :as demo} (:demo state)
        faster (speed-up demo)]
    [:column {:pad margin :gap gap :grow 1}
     [:row {:gap 6 :align :center :height bar :clip true}
      [:text {:color :muted :shrink 0} "Workers"]
      (map (fn [n] [:button {:on-click (choose-workers n on-workers) :primary? (= n workers) :key (keyword (str "workers-" n))} (str n)])
           (counts (figures :cores)))
      (when faster [:text {:color :success :shrink 0 :tip "as fast as one worker" :key :speed-up} (format "%.2f times" faster)])
      [:button {:on-click switch-tint :primary? tint? :tip "Which worker painted which tile"} "Tint"]
      [:spacer]
      (when-not narrow? tools)]
     (when narrow? [:row {:gap 6 :height bar :clip true} tools])
     body
     [:row {:gap 12 :height line}
      [:text {:color :muted :key :figures} (figures-text demo unit)]
      [:spacer]
      (when note [:text {:color :muted :key :note :shrink 0} note])]]))

;; --- Crews --------------------------------------------------------------------------------------------

(defn crew
  "A crew of processes that has nothing to do yet: one for each core. It lives as long as the process that it works for."
  []
  (atom nil))

(defn- take-jobs [jobs f run]
  (loop []
    (let [[before] (swap-vals! jobs next)]
      (when before
        (let [[key value] (f (first before))
              now (time-us)]
          (swap! run (fn [{:keys [left] :as run}]
                       (cond-> (-> run (assoc-in [:done key] value) (assoc :left (dec left)))
                         (= 1 left) (assoc :until now))))
          (recur))))))

(defn work-on!
  "Lets a crew drop what it does and do jobs, each as soon as a process is free: (f job) returns [key value], which
  the run collects. about is any value that says what for."
  [crew about jobs f]
  (run! kill (:pids @crew))
  (let [run (atom {:about about :done {} :left (count jobs) :since (time-us) :until nil})
        jobs (atom (seq jobs))]
    (reset! crew {:run run :pids (mapv (fn [_] (spawn take-jobs jobs f run)) (range (figures :cores)))})))

(defn run-of
  "What a crew has done so far: {:about :done {key value} :left count :since us :until us-or-nil}, or nil."
  [crew]
  (when-let [run (:run @crew)] @run))

(defn- note-run
  "Notes the rate of a run that has come to its end, which did so much work."
  [state run work]
  (if-let [until (when-not (:rested? run) (:until run))]
    (note-rate state (/ (* 1000000.0 work) (max 1 (- until (:since run)))))
    state))

(defn follow
  "For :on-tick: takes over under :run what the state's :crew has done since, and the rate of a run of so much work that has
  come to its end."
  [{:keys [crew] :as state} work]
  (let [run (run-of crew)]
    (if (identical? run (:run state)) state (note-run (assoc state :run run) run work))))
