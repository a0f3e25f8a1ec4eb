;; Clock, stopwatch and timer. What runs is a value with the time since when; ticks only bring the time of now.
;;
;; The state: {:page :seconds since-1970 :offset minutes :time ms, :watch {:since ms-or-nil :before ms :laps [ms]}, :timer
;; {:until ms-or-nil :left ms :text typed :done?}}.

(def start
  {:page :clock :seconds (wall-clock) :offset (halt.shell/utc-offset) :time 0 :radius 100
   :watch {:since nil :before 0 :laps []} :timer {:until nil :left 300000 :text "5:00" :done? false}})

(defn- two [n] (if (< n 10) (str "0" n) (str n)))

(defn minutes-text [ms]
  (let [seconds (quot ms 1000)]
    (if (< seconds 3600)
      (str (quot seconds 60) ":" (two (mod seconds 60)))
      (str (quot seconds 3600) ":" (two (mod (quot seconds 60) 60)) ":" (two (mod seconds 60))))))

(defn exact-text [ms] (str (minutes-text ms) "." (two (quot (mod ms 1000) 10))))

(defn text->ms
  "Milliseconds of 90 (seconds), 1:30 or 1:00:00; nil for what is no time."
  [text]
  (when (re-find #"^\s*\d{1,4}(:\d{1,2}){0,2}\s*$" text)
    (let [ms (* 1000 (reduce (fn [all part] (+ (* 60 all) part)) 0 (map parse-long (re-seq #"\d+" text))))]
      (when (pos? ms) ms))))

;; --- Stopwatch ----------------------------------------------------------------------------------------

(defn elapsed [{:keys [since before]} time] (if since (+ before (max 0 (- time since))) before))

(defn- toggle-watch [{:keys [watch] :as state} {:keys [time]}]
  (assoc state :watch (if (:since watch)
                        (assoc watch :since nil :before (elapsed watch time))
                        (assoc watch :since time))))

(defn- lap [{:keys [watch] :as state} {:keys [time]}]
  (if (:since watch) (update-in state [:watch :laps] conj (elapsed watch time)) state))

(defn- reset-watch [state] (assoc state :watch (:watch start)))

;; --- Timer --------------------------------------------------------------------------------------------

(defn- left [{:keys [until left]} time] (if until (max 0 (- until time)) left))

(defn- set-timer [state text]
  (if (re-find #"^[\d:]*$" text)
    (update state :timer assoc :text text :until nil :done? false :left (or (text->ms text) 0))
    state))

(defn- toggle-timer [{:keys [timer] :as state} {:keys [time]}]
  (let [{:keys [until text]} timer
        ms (if (pos? (:left timer)) (:left timer) (text->ms text))]
    (cond
      until (assoc state :time time :timer (assoc timer :until nil :left (left timer time)))
      ms (assoc state :time time :timer (assoc timer :until (+ time ms) :left ms :done? false))
      :else state)))

(defn- reset-timer [state] (set-timer state (:text (:timer state))))

;; --- Time and keys ------------------------------------------------------------------------------------

(defn tick [{:keys [timer] :as state} {:keys [time]}]
  (let [state (assoc state :seconds (wall-clock))
        state (if (:until timer) (assoc state :time time) state)]
    (if (and (:until timer) (>= time (:until timer)))
      {:state (assoc state :timer (assoc timer :until nil :left 0 :done? true))
       :fx [[notify! "Timer" (str (:text timer) " is over")]]}
      state)))

(def pages [[:clock "Clock"] [:watch "Stopwatch"] [:timer "Timer"]])

(defn key-pressed [{:keys [page] :as state} {:keys [key] :as event}]
  (case key
    :1 (assoc state :page :clock)
    :2 (assoc state :page :watch)
    :3 (assoc state :page :timer)
    :space (case page :watch (toggle-watch state event) :timer (toggle-timer state event) state)
    :l (if (= :watch page) (lap state event) state)
    :r (case page :watch (reset-watch state) :timer (reset-timer state) state)
    :pass))

;; --- What it looks like -------------------------------------------------------------------------------

(defn- at-angle
  "A place on the face, some share of a turn after twelve and of the radius from the middle."
  [radius turn share]
  (let [angle (* 2 clojure.math/PI turn) r (* radius share)]
    [(+ radius (* r (clojure.math/sin angle))) (- radius (* r (clojure.math/cos angle)))]))

(defn- hand [radius turn from to width color]
  (let [[x1 y1] (at-angle radius turn from) [x2 y2] (at-angle radius turn to)]
    [[:line {:x1 x1 :y1 y1 :x2 x2 :y2 y2 :stroke color :stroke-width width}]
     (when (< 2 width) [:circle {:x x2 :y y2 :r (/ (dec width) 2.0) :fill color}])]))

(defn- dial [radius]
  (concat
   [[:circle {:x radius :y radius :r radius :fill :field :stroke :border :stroke-width 2}]]
   (for [i (range 60) :let [hour? (zero? (mod i 5))]]
     (hand radius (/ i 60.0) (if hour? 0.84 0.9) 0.93 (if hour? 3 1) (if hour? :text :muted)))
   (for [h (range 1 13) :let [[x y] (at-angle radius (/ h 12.0) 0.7)]]
     [:row {:x (- x 12) :y (- y 10) :width 24 :height 20 :justify :center :align :center} [:text {:bold true} h]])))

(defn- clock-view [seconds offset radius]
  (let [seconds (+ seconds (* 60 offset))
        day (mod seconds 86400)
        [year month date] (halt.shell/days->date (quot seconds 86400))]
    [:column {:align :center :gap 12 :grow 1 :justify :center}
     [:canvas {:key :face :width (* 2 radius) :height (* 2 radius) :shrink 0}
      [dial radius]
      (hand radius (/ (mod day 43200) 43200.0) 0 0.5 6 :text)
      (hand radius (/ (mod day 3600) 3600.0) 0 0.78 4 :text)
      (hand radius (/ (mod day 60) 60.0) -0.16 0.84 2 :danger)
      [:circle {:x radius :y radius :r 5 :fill :danger}]]
     [:text {:font-size 32 :bold true} (str (two (quot day 3600)) ":" (two (mod (quot day 60) 60)) ":" (two (mod day 60)))]
     [:text {:color :muted} (str (nth ["Monday" "Tuesday" "Wednesday" "Thursday" "Friday" "Saturday" "Sunday"] (halt.shell/weekday (quot seconds 86400)))
                                 ", " date " " (nth halt.shell/month-names (dec month)) " " year)]
     [:row {:gap 8 :align :center}
      [:button {:key :earlier :on-click (fn [state] (update state :offset (fn [m] (max -720 (- m 30)))))} "-"]
      [:text {:align :center :width 90} (str "UTC" (if (neg? offset) "-" "+") (quot (abs offset) 60) ":" (two (mod (abs offset) 60)))]
      [:button {:key :later :on-click (fn [state] (update state :offset (fn [m] (min 840 (+ m 30)))))} "+"]]]))

(defn- buttons [& all] [:row {:gap 8 :justify :center} (map (fn [[label f primary?]] [:button {:key label :on-click f :primary? (boolean primary?) :min-width 84 :justify :center} label]) all)])

(defn- elapsed-view [ms] [:text {:key :elapsed :font-size 32 :bold true :align :center} (exact-text ms)])

(defn- watch-view [{:keys [since laps] :as watch}]
  [:column {:gap 14 :grow 1 :shrink 1 :pad [16 0 0 0] :max-width 480}
   (if since
     [animate {:at since} (fn [ms] (elapsed-view (elapsed watch (+ since ms))))]
     (elapsed-view (elapsed watch 0)))
   [buttons [(if since "Stop" "Start") toggle-watch true] ["Lap" lap] ["Reset" reset-watch]]
   [:scroll {:grow 1 :fill :field :radius 8 :pad 10 :gap 6}
    (if (empty? laps)
      [:text {:color :muted :align :center} "Space starts and stops, L is a lap, R begins again"]
      (for [i (range (dec (count laps)) -1 -1)]
        [:row {:key i :gap 12}
         [:text {:color :muted :width 60} (str "Lap " (inc i))]
         [:text {:bold true :grow 1 :align :end} (exact-text (- (laps i) (get laps (dec i) 0)))]
         [:text {:color :muted :width 100 :align :end} (exact-text (laps i))]]))]])

(defn- timer-view [{:keys [until text done?] :as timer} time]
  (let [ms (left timer time) whole (text->ms text)]
    [:column {:gap 14 :grow 1 :pad [16 0 0 0] :max-width 480}
     [:text {:key :left :font-size 32 :bold true :align :center :color (if done? :success :text)}
      (if done? "Time is up" (minutes-text (if until (+ 999 ms) ms)))]
     [:progress {:value (if whole (- whole ms) 0) :max (or whole 1) :color (if done? :success :accent)}]
     [buttons [(if until "Pause" "Start") toggle-timer true] ["Reset" reset-timer]]
     [:row {:gap 8 :align :center}
      [:text {:color :muted} "Time"]
      [:input {:key :text :value text :grow 1 :invalid? (nil? whole) :on-change set-timer :on-enter toggle-timer}]]
     [:row {:gap 6}
      (map (fn [minutes] [:button {:key minutes :grow 1 :pad 0 :height 30 :justify :center
                                   :on-click (fn [state] (set-timer state (str minutes ":00")))} (str minutes " min")]) [1 3 5 10 25])]
     [:text {:color (if whole :muted :danger) :align :center}
      (if whole "Enter starts and pauses" "This is no time: try 90, 1:30 or 1:00:00")]]))

(defapp clock
  {:title "Clock" :state start :width 340 :height 400 :tick-ms 200 :on-tick tick
   :on-resize (fn [state {:keys [width height]}] (assoc state :radius (max 40 (quot (min (- width 40) (- height 200)) 2))))}
  (fn [{:keys [page seconds offset time watch timer radius]}]
    [:column {:grow 1 :pad 12 :gap 8 :on-key key-pressed}
     [:row {:gap 6 :justify :center}
      (map (fn [[id label]] [:button {:key id :primary? (= id page) :on-click (fn [state] (assoc state :page id))} label]) pages)]
     [:row {:grow 1 :shrink 1 :justify :center :align :stretch}
      (case page
       :clock (if seconds [clock-view seconds offset radius] [:text {:align :center :color :muted} "This machine has no clock"])
       :watch [watch-view watch]
       :timer [timer-view timer time])]]))
