;; The timeline: the desktop's past as values. Every snapshot holds the windows and the state of each app; what did not
;; change between two is shared. Travelling puts a snapshot back: windows, places and states, apps that were closed
;; since included. Nothing is lost by it: going on from the past makes it the newest snapshot.
;;
;; What a program did beside its state (processes it spawned, messages under way) is not taken back.

(def snapshots-max "How many snapshots are kept; when there are more, every second one of the older half goes." 400)
(def snapshot-us "The least time between two snapshots, in microseconds." 400000)

(defonce ^{:doc "The snapshots so far, oldest first: {:time-us :workspace :windows :states {window id -> state}}."} snapshots (atom []))

(defn snapshot
  "What the desktop is at a time, as a value."
  [d time-us]
  (let [running @running-apps]
    {:time-us time-us :workspace (:workspace d) :windows (:windows d)
     :states (into {} (keep (fn [w] (when-let [run (get running (:id w))] [(:id w) @(:state run)])) (:windows d)))}))

(defn thin
  "Leaves out every second snapshot of the older half when there are too many."
  [all]
  (if (<= (count all) snapshots-max)
    all
    (let [half (quot (count all) 2)]
      (into (vec (take-nth 2 (subvec all 0 half))) (subvec all half)))))

(defn halve
  "Leaves out every second snapshot, but never the newest."
  [all]
  (let [newest (dec (count all))]
    (into [] (keep-indexed (fn [i snap] (when (even? (- newest i)) snap))) all)))

(def ^:private halved-at "How many collections there had been when the past last gave way to the present." (atom -1))

(defn- make-room!
  "Halves the past where memory is scarce, and lets each app do so with the states that it can undo; the next collection tells what
  it brought."
  []
  (let [n (figures :major-collections)]
    (when (and (not= n @halved-at) (memory-scarce?))
      (reset! halved-at n)
      (swap! snapshots halve)
      (doseq [run (vals @running-apps)] (send-control (:pid run) {:type :make-room})))))

(defn- differs? [a b]
  (not= (dissoc a :time-us) (dissoc b :time-us)))

(defn record!
  "Adds a snapshot if something has changed and the last one is old enough. Nothing is recorded while travelling."
  [d now-us]
  (let [newest (peek @snapshots)]
    (when (and (nil? (:travel d)) (or (nil? newest) (>= (- now-us (:time-us newest)) snapshot-us)))
      (let [new (snapshot d now-us)]
        (make-room!)
        (when (or (nil? newest) (differs? newest new))
          (swap! snapshots (fn [all] (thin (conj all new)))))))))

(defn- restore-window
  "Puts a window of a snapshot back: [desktop window]."
  [d snap w frozen?]
  (let [live (window-by-id d (:id w))
        run (get @running-apps (:id w))
        state (get (:states snap) (:id w))]
    (if (and live run (not (:dead? live)))
      (let [back (assoc w :pid (:pid live) :error (:error live) :dead? false)
            d (if (identical? state @(:state run)) d (with-fx d [reset! (:state run) state]))]
        [d back])
      (let [back (start-app w state)]
        [(if frozen? (with-fx d [send-control (:pid back) {:type :freeze :on? true}]) d) back]))))

(defn restore
  "Makes the desktop what it was in a snapshot; of one app alone when an id is given."
  [d snap frozen? id]
  (if id
    (let [run (get @running-apps id)]
      (if (and run (contains? (:states snap) id))
        (with-fx d [reset! (:state run) (get (:states snap) id)])
        d))
    (let [kept (set (map :id (:windows snap)))
          gone (remove (fn [w] (contains? kept (:id w))) (:windows d))
          [next windows] (reduce (fn [[d windows] w]
                                   (let [[d back] (restore-window d snap w frozen?)] [d (conj windows back)]))
                                 [d []] (:windows snap))
          d (reduce (fn [d w] (with-fx d [kill (:pid w)])) next gone)
          d (assoc d :windows windows :workspace (:workspace snap))]
      (reduce (fn [d w] (send-size d (:id w))) d windows))))

(defn- freeze [d on?]
  (reduce (fn [d w] (with-fx d [send-control (:pid w) {:type :freeze :on? on?}])) d (:windows d)))

(defn- changes-of
  "The snapshots in which the state of one app is another than before."
  [snaps id]
  (second (reduce (fn [[before found] snap]
                    (let [state (get (:states snap) id ::none)]
                      (if (or (= ::none state) (and (seq found) (= before state)))
                        [before found]
                        [state (conj found snap)])))
                  [nil []] snaps)))

(defn open-timeline
  "Stops every app and shows the past: of the desktop, or of one app when an id is given."
  [d id]
  (if (:travel d)
    d
    (let [now (snapshot d (time-us))
          before (if id (changes-of @snapshots id) @snapshots)
          snaps (if (and (seq before) (not (differs? (peek before) now))) before (conj before now))]
      (freeze (assoc d :menu nil :switch nil :travel {:snaps snaps :at (dec (count snaps)) :now now :id id
                                                                   :memory [(- (figures :arena-bytes) (figures :free-bytes)) (figures :arena-bytes)]}) true))))

(defn travel-to
  "Shows the snapshot of a number."
  [d at]
  (let [{:keys [snaps id] :as travel} (:travel d)
        at (max 0 (min at (dec (count snaps))))]
    (if (= at (:at travel))
      d
      (assoc (restore d (nth snaps at) true id) :travel (assoc travel :at at)))))

(defn- resume
  "Goes on from the snapshot that is shown."
  [d]
  (if (:travel d) (freeze (assoc d :travel nil) false) d))

(defn- cancel-travel
  "Goes back to now."
  [d]
  (if-let [{:keys [now id]} (:travel d)]
    (resume (restore d now true id))
    d))

(defn- travel-key [d message]
  (let [at (:at (:travel d))]
    (case (:key message)
      (:left :up) (travel-to d (dec at))
      (:right :down) (travel-to d (inc at))
      :page-up (travel-to d (- at 10))
      :page-down (travel-to d (+ at 10))
      :home (travel-to d 0)
      :end (travel-to d (dec (count (:snaps (:travel d)))))
      :enter (resume d)
      :escape (cancel-travel d)
      d)))

;; --- Forks: a snapshot to go back to ----------------------------------------------------------------

(defn fork-desktop
  "Remembers the desktop as it is now; what follows can be kept or dropped."
  [d]
  (let [d (resume d)]
    (assoc d :fork (snapshot d (time-us)) :menu nil)))

(defn- keep-fork [d] (assoc d :fork nil))

(defn- drop-fork
  "Goes back to where the fork began."
  [d]
  (if-let [snap (:fork d)]
    (restore (assoc (resume d) :fork nil) snap false nil)
    d))

;; --- What it looks like -----------------------------------------------------------------------------

(defn- age-text [us]
  (let [seconds (quot us 1000000)]
    (cond
      (< seconds 1) "now"
      (< seconds 60) (str seconds " s ago")
      (< seconds 3600) (str (quot seconds 60) " min " (rem seconds 60) " s ago")
      :else (str (quot seconds 3600) " h " (rem (quot seconds 60) 60) " min ago"))))

(defn- size-text [bytes]
  (if (< bytes 10485760) (str (quot bytes 1024) " KiB") (str (quot bytes 1048576) " MiB")))

(defn- track-at
  "The number of the snapshot under a place on a track of a width."
  [x width n]
  (max 0 (min (dec n) (quot (* x n) (max 1 width)))))

(defn- timeline-panel [{:keys [snaps at now id]} title [used-bytes bytes] width height]
  (let [n (count snaps)
        w (- width 40) track (- w 28)
        to-place (fn [i] (+ 4 (quot (* i (- track 8)) (max 1 (dec n)))))
        go (fn [d event] (travel-to d (track-at (:x event) track n)))]
    [:column {:key :timeline :x 20 :y (max 0 (- height 40 122)) :w w :h 112 :pad [10 14] :gap 8 :radius 12 :align :stretch
              :fill :surface :border {:color :accent :width 1} :shadow {:color :shadow :blur 28 :dy 8}}
     [:row {:align :center :gap 8}
      [:text {:bold true :shrink (if id 1 0)} (if id (str "Timeline of " title) "Timeline")]
      [:text {:color :muted :grow 1 :shrink 1}
       (str (inc at) " of " n ", " (age-text (- (:time-us now) (:time-us (nth snaps at))))
            "; " (size-text used-bytes) " of " (size-text bytes) " in use")]
      (when-not id [:button {:height 26 :radius 6 :on-click fork-desktop} "Fork here"])
      [:button {:height 26 :radius 6 :on-click cancel-travel} "Back to now"]
      [:button {:height 26 :radius 6 :primary? true :on-click resume} "Resume here"]]
     [:canvas {:key :track :height 34 :radius 8 :fill :field :clip true :on-pointer-down go :on-pointer-move go}
      [:rect {:x 0 :y 0 :w (+ (to-place at) 1) :h 34 :fill [:accent 50]}]
      (map (fn [i] [:rect {:x (to-place i) :y 12 :w 1 :h 10 :fill [:text 90]}])
           (range 0 n (max 1 (quot n 200))))
      [:rect {:x (- (to-place at) 2) :y 4 :w 5 :h 26 :r 2 :fill :accent}]]
     [:text {:color :muted} "Left and Right step, Home and End; Enter resumes here, Escape goes back to now"]]))

(defn- fork-pill []
  [:row {:key :fork :gap 4 :align :center :shrink 0}
   [:text {:color :warning} "Fork"]
   [:button {:height 24 :radius 6 :pad [0 8] :on-click keep-fork} "Keep"]
   [:button {:height 24 :radius 6 :pad [0 8] :on-click drop-fork} "Drop"]])
