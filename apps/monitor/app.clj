;; Monitor: what the machine does, as live plots, and its processes, which can be ended and started again.
;;
;; Twice a second it takes a reading; two readings make a sample. All that is shown is a function of the last samples.

(def samples-max "So many samples are kept: half a minute." 60)
(def rows-max "The busiest processes that are listed." 100)

;; --- Readings and samples -----------------------------------------------------------------------------

(defn reading []
  {:figures (figures) :idle (core-idle-us) :heap (heap-report) :processes (processes)})

(defn sample
  "What went on between two readings: numbers per second, shares from 0 to 1."
  [old new]
  (let [us (max 1 (- (:time-us (:figures new)) (:time-us (:figures old))))
        grown (fn [key] (/ (* 1000000.0 (- (key (:figures new)) (key (:figures old)))) us))
        {:keys [arena nurseries]} (:heap new)]
    {:busy (mapv (fn [before after] (max 0.0 (min 1.0 (- 1.0 (/ (- after before) us))))) (:idle old) (:idle new))
     :frames (grown :frames) :commits (grown :commits) :retries (grown :retries)
     :damage (if (= (:frames (:figures old)) (:frames (:figures new))) 0 (:frame-pixels (:figures new)))
     :frame-us (:frame-us (:figures new))
     :used (- (:bytes arena) (:free-bytes arena)) :allocated (:allocated-bytes-per-s nurseries)}))

(defn rows
  "The processes, the busiest first: what the reading says, with :load and, for that of an app, :window and :title."
  [old new running]
  (let [us (max 1 (- (:time-us (:figures new)) (:time-us (:figures old))))
        before (into {} (map (juxt :pid :run-us)) (:processes old))
        windows (into {} (map (fn [[id run]] [(:pid run) [id (:app run)]])) running)]
    (->> (:processes new)
         (map (fn [{:keys [pid name run-us] :as process}]
                (let [[window app] (get windows pid)]
                  (assoc process :load (/ (- run-us (get before pid 0)) (double us)) :window window :title (or app name)))))
         (sort-by (juxt (comp - :load) :pid)))))

(defn- tick [{:keys [now samples running] :as state}]
  (let [new (reading)
        samples (if now (conj samples (sample now new)) [])]
    (assoc state :now new :rows (rows (or now new) new (if running @running {}))
                 :samples (if (> (count samples) samples-max) (subvec samples 1) samples))))

;; --- Numbers as people read them ----------------------------------------------------------------------

(defn bytes-text [n]
  (cond (>= n 1048576) (format "%.1f MiB" (/ n 1048576.0)) (>= n 1024) (format "%.1f KiB" (/ n 1024.0)) :else (str n " B")))

(defn count-text [n] (cond (>= n 1e6) (format "%.1f M" (/ n 1e6)) (>= n 1e4) (format "%.1f k" (/ n 1e3)) :else (format "%.0f" (double n))))
(defn us-text [us] (cond (>= us 1e6) (format "%.1f s" (/ us 1e6)) (>= us 1000) (format "%.1f ms" (/ us 1000.0)) :else (str us " us")))
(defn percent [share] (format "%.0f%%" (* 100.0 share)))

;; --- Plots --------------------------------------------------------------------------------------------

(defn plot
  "A card with a title, the last value as text, and bars: one for each number, as high as its share of most."
  [title text color [width height] most numbers]
  (let [step (/ width (double samples-max))
        left (- width (* step (count numbers)))
        edge (fn [i] (int (+ left (* i step))))
        bar (fn [i n] (let [h (min height (int (* height (/ n (double (max 1e-9 most))))))]
                        (when (pos? h) [:rect {:x (edge i) :y (- height h) :w (- (edge (inc i)) (edge i)) :h h :fill color}])))]
    [:column {:gap 4 :width width}
     [:row {:gap 8} [:text {:color :muted} title] [:spacer] [:text text]]
     [:canvas {:height height :fill :field :border :border :radius 6 :clip true} (keep-indexed bar numbers)]]))

(defn- peak "The largest of some numbers, at least so much." [least numbers] (reduce max least numbers))

(def plot-height "The least height of a plot." 54)

(defn- in-rows [n cards] (map (fn [cards] [:row {:gap 12} cards]) (partition-all n cards)))

(defn shares-bar
  "A bar cut by the shares of [label amount colour], with a legend below it."
  [width text parts]
  (let [all (max 1 (reduce + (map second parts)))
        ends (reductions + (map (fn [[_ amount]] (/ (* width (double amount)) all)) parts))]
    [:column {:gap 6}
     [:canvas {:height 18 :width width :fill :field :radius 6 :clip true}
      (map (fn [from to [_ _ color]] [:rect {:x from :y 0 :w (- to from) :h 18 :fill color}]) (cons 0 ends) ends parts)]
     [:row {:gap 14 :wrap true}
      (map (fn [[label amount color]]
             [:row {:gap 6 :align :center} [:box {:width 10 :height 10 :radius 3 :fill color}] [:text {:color :muted} label] [:text (text amount)]])
           parts)]]))

;; --- The three pages ----------------------------------------------------------------------------------

(defn machine-page [{:keys [samples now height]} width]
  (let [n (if (< width 520) 1 2)
        rows (quot (+ (count (:idle now)) 4 (dec n)) n)
        ;; They share the height below the tabs; each has a title above it and a gap below.
        card [(quot (- width (* 12 (dec n))) n) (max plot-height (- (quot (- height 66) rows) 36))]
        last-of (fn [key] (get (peek samples) key 0))
        of (fn [key] (map key samples))
        rate (fn [title key color] [plot title (str (count-text (last-of key)) "/s") color card (peak 10 (of key)) (of key)])]
    [:column {:gap 12}
     (in-rows n
       (concat
         (map (fn [core] [plot (str "Core " core) (percent (get-in (peek samples) [:busy core] 0)) :accent card 1.0 (map (fn [s] (nth (:busy s) core)) samples)])
              (range (count (:idle now))))
         [(rate "Frames" :frames :success)
          [plot "Damage of the last frame" (str (count-text (last-of :damage)) " pixels, " (us-text (last-of :frame-us))) :orange card (peak 1000 (of :damage)) (of :damage)]
          (rate "Commits" :commits :purple)
          (rate "Retries" :retries :danger)]))]))

(def phases [[:prepare-us "prepare" :cyan] [:mark-us "mark" :accent] [:move-us "move" :purple] [:sweep-us "sweep" :success]])

(defn memory-page [{:keys [samples now]} width]
  (let [{:keys [arena old nurseries collections handshakes] :as heap} (:heap now)
        pauses (:pauses heap)
        bar (/ width (double (count pauses)))
        most (peak 1 (map second pauses))]
    [:column {:gap 14}
     [:text {:bold true} "Heap by space"]
     [shares-bar width bytes-text
      (let [[old nursery free] [(:used-bytes old) (:bytes nurseries) (:free-bytes arena)]]
        [["old" old :accent] ["nurseries" nursery :warning] ["gaps in blocks" (max 0 (- (:bytes arena) old nursery free)) :muted] ["free" free :border]])]
     [plot "Memory in use" (bytes-text (:used (peek samples) 0)) :accent [width plot-height] (peak 1 (map :used samples)) (map :used samples)]
     [plot "Allocation" (str (bytes-text (:allocated (peek samples) 0)) "/s") :warning [width plot-height] (peak 1 (map :allocated samples)) (map :allocated samples)]
     [:text {:bold true} "Collector"]
     [:text {:color :muted :wrap true}
      (str (:collections nurseries) " collections of nurseries, the longest " (us-text (:us-max nurseries)) ";   "
           (:count collections) " of the old space, " (:concurrent collections) " beside running programs, the longest stop "
           (us-text (:stopped-us-max collections)) ";   " (:count handshakes) " hand-shakes")]
     [shares-bar width us-text (mapv (fn [[key label color]] [label (get (:phases heap) key 0) color]) phases)]
     [:row {:width width} [:text {:bold true} "Pauses by length"] [:spacer] [:text {:color :muted} (str (reduce + (map second pauses)) " in all")]]
     [:canvas {:height 78 :width width :fill :field :border :border :radius 6 :clip true}
      (map-indexed
        (fn [i [us n]]
          ;; One pause in a million is still to be seen: heights are logarithms.
          (let [h (if (pos? n) (max 3 (* 44.0 (/ (clojure.math/log (inc n)) (clojure.math/log (inc most))))) 0)]
            [[:rect {:x (+ 2 (* i bar)) :y (- 58 h) :w (- bar 4) :h h :radius 2 :fill (if (and us (<= us 64)) :success :warning)}]
             [:text {:x (+ 4 (* i bar)) :y 60 :color :muted} (cond (nil? us) "more" (>= us 1024) (str (quot us 1024) "m") :else (str us))]]))
        pauses)]
     [:text {:color :muted} "Micro-seconds, m milliseconds; heights are logarithms of counts."]]))

(defn- ask-end [pid] (fn [{:keys [right] :as state}] {:state state :fx [[kill right pid]]}))
(defn- ask-restart [id] (fn [{:keys [right] :as state}] {:state state :fx [[send-shell {:type :restart :id id :right right}]]}))

(def columns
  "Of the table: title, width, side, from which width of the table on it is there, and what shows a row's cell."
  [["pid" 52 :start 520 (fn [row] [:text {:color :muted} (str (:pid row))])]
   ["name" :fr :start 0 (fn [row] [:text (:title row)])]
   ["state" 64 :start 520 (fn [{:keys [state]}] [:text {:color (if (= :parked state) :muted :success)} (name state)])]
   ["load" 48 :end 0 (fn [row] [:text {:align :end} (percent (:load row))])]
   ["memory" 84 :end 400 (fn [row] [:text {:align :end} (bytes-text (:bytes row))])]
   ["messages" 66 :end 600 (fn [row] [:text {:align :end} (str (:messages row))])]
   ["" 140 :end 0
    (fn [{:keys [pid title window]}]
      [:row {:gap 6 :justify :end}
       (when window [:button {:on-click (ask-restart window) :key [:restart pid] :height 26 :tip "End it and start it anew"} "Restart"])
       ;; Without the shell there is no desktop to see anything on.
       (when-not (= "shell" title) [:button {:on-click (ask-end pid) :key [:end pid] :height 26} "End"])])]])

(defn- columns-for [width] (filterv (fn [column] (>= width (nth column 3))) columns))

(defn- table-row [columns styles cells]
  [:grid (merge {:columns (mapv second columns) :gap 8 :align :center} styles) cells])

(defn process-row [columns row]
  (table-row columns {:key (:pid row) :height 30} (map (fn [column] ((peek column) row)) columns)))

(defn processes-page [{:keys [rows] wanted :filter} width]
  (let [found (filter (fn [row] (clojure.string/includes? (:title row) wanted)) rows)
        columns (columns-for width)]
    [:column {:gap 8 :grow 1}
     [:row {:gap 8 :align :center}
      [:input {:value wanted :key :filter :placeholder "Filter by name" :width 200 :on-change (fn [state text] (assoc state :filter text))}]
      [:spacer] [:text {:color :muted} (str (count rows) " processes")]]
     [table-row columns {:margin [0 8 0 0]} (map (fn [[title _ side]] [:text {:color :muted :align side} title]) columns)]
     [:scroll {:grow 1}
      (map (fn [row] [process-row columns row]) (take rows-max found))
      (cond (empty? found) [:text {:color :muted} "No process has this name."]
            (> (count found) rows-max) [:text {:color :muted} (str "and " (- (count found) rows-max) " more")])]]))

(def pages [[:machine "Machine" machine-page] [:memory "Memory" memory-page] [:processes "Processes" processes-page]])

(defapp monitor
  {:title "Monitor" :width 700 :height 500
   :init (fn [] {:page :machine :filter "" :samples [] :rows [] :now (reading) :width 700 :height 500})
   :on-start (fn [state {:keys [grants]}] (assoc state :right (:processes grants) :running (:running (:desktop grants))))
   :on-resize (fn [state event] (merge state (select-keys event [:width :height])))
   :tick-ms 500 :on-tick tick}
  (fn [{:keys [page width] :as state}]
    (let [[_ _ show] (first (filter (fn [[key]] (= key page)) pages))
          width (max 120 (- width 36))]
      [:column {:pad 12 :gap 12 :grow 1}
       [tabs {:value page :options pages :on-change (fn [state page] (assoc state :page page))}]
       (if (= page :processes) (show state width) [:scroll {:grow 1} (show state width)])])))
