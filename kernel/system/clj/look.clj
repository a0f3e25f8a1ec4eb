;; What the desktop looks like: `scene` draws it, each part a component of its own.

(defn- window-of-rows
  "The rows of a list of n that are shown when so many fit: [first end], with the chosen one among them."
  [n at fit]
  (let [fit (max 1 fit)
        top (max 0 (min (- at (quot fit 2)) (- n fit)))]
    [top (min n (+ top fit))]))

(defn- frame-button [drawing tip handler]
  [icon-button {:key drawing :icon drawing :tip tip :size 14 :on-click handler :width 26 :height 22 :radius 6}])

(defn- app-icon
  "An app's square in its colour, with its drawing, its sign or the first letter of its title."
  [size {:keys [icon color title]}]
  [:row {:width size :height size :radius (quot size 4) :align :center :justify :center :shrink 0 :fill (or color :muted)}
   (if (keyword? icon)
     [clojure.core/icon icon {:size (quot (* 2 size) 3) :color 0x10141F}]
     [:text {:bold true :color 0x10141F :font-size (min 16 (- size 4))} (or icon (take 1 title))])])

(defn- last-state
  "The state of a window's app, when it has one."
  [w]
  (when-let [run (get @running-apps (:id w))] @(:state run)))

(defn- error-strip [w]
  [:row {:height strip-height :pad [4 10] :gap 8 :align :center :fill [:danger 60] :clip true}
   [:text {:grow 1 :shrink 1 :wrap true} (:error w)]
   (when (> (:w w) 400)
     [:button {:on-click (fn [d] (open d "inspector" {:clojure.core/given (last-state w)}))} "Inspect"])
   (when-not (:dead? w) [:button {:on-click (fn [d] (to-app d w {:type :undo}))} "Undo"])
   (if (:dead? w)
     [:button {:on-click (fn [d] (restart d (:id w)))} "Restart"]
     [:button {:on-click (fn [d] (to-app d w {:type :retry}))} "Retry"])])

(defn- frame [w focused?]
  (let [id (:id w)]
    [:column {:key id :x (:x w) :y (:y w) :w (:w w) :h (:h w) :radius 10 :clip true :fill :surface
              :border {:color (if focused? :accent :border) :width 1}
              :shadow {:color (if focused? :shadow [:shadow 150]) :blur (if focused? 28 16) :dy 8}}
     [:row {:height title-height :radius [9 0] :pad [0 6 0 12] :gap 6 :align :center
            :fill (if focused? :panel :field) :border-width 0}
      [:text {:grow 1 :shrink 1 :bold focused? :color (if focused? :text :muted)} (:title w)]
      [frame-button :minimize "Minimise: Alt+M" (fn [d] (minimize d id))]
      (let [[drawing tip] (if (= :max (:tile w)) [:restore "Back: Alt+Enter"] [:maximize "Maximise: Alt+Enter"])]
        [frame-button drawing tip (fn [d] (toggle-max d id))])
      [frame-button :close "Close: Alt+F4" (fn [d] (close d id))]]
     (when (:error w) [error-strip w])
     [:surface {:id id :grow 1}]]))

(defn- bar-button [key label on? handler & [tip]]
  [:button {:key key :on-click handler :tip tip :height 28 :radius 6 :primary? on? :min-width 14 :max-width 180
            :shrink (if (= key :launcher) 0 1) :pad [0 (if (= key :launcher) 14 8)]} label])

(defn- workspace-buttons
  "A small button for each workspace; those with windows are bright."
  [current used]
  [:row {:gap 2 :align :center :shrink 0}
   (map (fn [n]
          [:button {:key n :on-click (fn [d] (show-workspace d n)) :width 22 :height 22 :pad 0 :radius 5
                    :primary? (= n current) :color (cond (= n current) :accent-text (contains? (set used) n) :text :else :muted)}
           (str (inc n))])
        (range workspaces))])

(defn- gauge-column
  "A column of which some steps of `gauge-steps` are filled."
  [key filled color]
  (let [h 18 part (quot (* h filled) gauge-steps)]
    [:canvas {:key key :width 5 :height h}
     [:rect {:x 0 :y 0 :w 5 :h h :r 2 :fill [:text 30]}]
     (when (pos? part) [:rect {:x 0 :y (- h part) :w 5 :h part :r 2 :fill color}])]))

(def gauge-cores-max "How many cores have a column of their own in the task bar." 16)

(defn- gauge-panel [{:keys [load memory painting?]}]
  [:row {:key :gauges :tip "Cores, memory, frames: the monitor" :gap 2 :align :center :shrink 0 :on-click (fn [d] (open d "monitor" nil))}
   (map-indexed (fn [i filled] [gauge-column i filled :accent]) (take gauge-cores-max load))
   [:box {:width 3 :key :gap}]
   [gauge-column :memory memory :purple]
   [:box {:width 3 :key :gap-2}]
   [:canvas {:key :light :width 8 :height 8} [:circle {:x 4 :y 4 :r 3 :fill (if painting? :success [:text 50])}]]])

(defn- bell [unread open?]
  (let [color (cond open? :accent-text (pos? unread) :text :else :muted)]
    [:button {:key :bell :tip "Notices: Super+N" :on-click toggle-notices :height 22 :radius 6 :pad [0 8] :shrink 0 :primary? open? :color color}
     [icon :bell {:size 14 :color color}]
     (when (pos? unread) (str (min 99 unread)))]))

(defn- bar-label [app title titles? n]
  (list [app-icon 18 (merge (built-in app) (select-keys (get @apps app) [:title :icon :color]))]
        (when titles? [:text {:shrink 1} title])
        (when (> n 1) [:text (str "\u00d7" n)])))

(def window-button-min "The least room for a window's button in the task bar, in pixels; with less, windows are grouped by app." 96)

(defn- window-buttons
  "A button for each window of the workspace; for each app when there are more windows than room, and without a title when there are more
  apps than that."
  [windows front width]
  (let [here (sort-by :id windows)
        each? (<= (* window-button-min (count here)) width)
        groups (if each? (map list here) (sort-by (fn [group] (:id (first group))) (vals (group-by :app here))))
        titles? (<= (* window-button-min (count groups)) width)]
    (map (fn [group]
           (let [{:keys [id app title]} (first group)
                 n (count group)
                 title (if (= 1 n) title (:title (get @apps app)))]
             [bar-button id
              (bar-label app title titles? n)
              (boolean (some (fn [w] (= front (:id w))) group))
              (if (= 1 n) (fn [d] (toggle-window d id)) (fn [d event] (toggle-group d app (:left event))))
              (when-not titles? title)]))
         groups)))

(defn- task-bar [d]
  (let [front (:id (focused-window d))
        here (filterv (fn [w] (= (:workspace d) (:workspace w))) (:windows d))]
    [:row {:key :bar :x 0 :y (- (:height d) bar-height) :w (:width d) :h bar-height :pad [0 10] :gap 8
           :align :center :fill [:panel 240]}
     [bar-button :launcher "HALT" (= :launcher (:menu d)) toggle-menu]
     [workspace-buttons (:workspace d) (mapv :workspace (:windows d))]
     [:row {:gap 4 :grow 1 :shrink 1 :align :center :clip true}
      (window-buttons here front (- (:width d) 400))]
     (when (:fork d) [fork-pill])
     (when (:gauges d) [gauge-panel (:gauges d)])
     [bell (:unread d) (= :notices (:menu d))]
     (when (:now d)
       [:button {:key :clock :tip "Calendar: Super+C" :on-click toggle-calendar :height 28 :radius 6 :pad [0 8] :shrink 0
                 :primary? (= :calendar (:menu d))}
        (:clock d)])]))

(defn- calendar
  "The month that is some months after today's."
  [today step width height]
  (let [[year month day] (days->date today)
        shown (month-after [year month] step)
        cell (fn [i text color fill]
               [:row {:key i :width 32 :height 26 :radius 6 :align :center :justify :center :fill fill}
                [:text {:color color} text]])]
    [:column {:key :menu :x (max 0 (- width 276)) :y (max 0 (- height bar-height 276)) :w 266 :h 270 :pad 14 :gap 4 :radius 10
              :fill :surface :border {:color :border :width 1} :shadow {:color :shadow :blur 24 :dy 6}}
     [:row {:align :center :gap 6}
      [:text {:bold true :grow 1} (str (nth month-names (dec (second shown))) " " (first shown))]
      [icon-button {:icon :left :size 14 :on-click (fn [d] (step-month d -1)) :height 24 :radius 6}]
      [icon-button {:icon :right :size 14 :on-click (fn [d] (step-month d 1)) :height 24 :radius 6}]]
     [:row {:gap 2} (map-indexed (fn [i name] (cell i name :muted nil)) ["Mo" "Tu" "We" "Th" "Fr" "Sa" "Su"])]
     (map-indexed
      (fn [row week]
        [:row {:key row :gap 2}
         (map-indexed (fn [i n]
                        (let [today? (and (zero? step) (= n day))]
                          (cell i (if n (str n) "") (if today? :accent-text :text) (when today? :accent))))
                      week)])
      (month-weeks shown))]))

(defn- notice-card [notice chosen?]
  [:column {:key (:id notice) :pad [10 12] :gap 4 :radius 8 :fill :panel :align :stretch
            :border {:color (if chosen? :accent :border) :width 1}}
   [:row {:gap 8 :align :center}
    [:text {:bold true :grow 1 :shrink 1} (:title notice)]
    [:text {:color :muted} (:clock notice)]
    [icon-button {:icon :close :size 12 :on-click (fn [d] (dismiss d (:id notice))) :width 22 :height 20 :radius 5}]]
   [:text {:wrap true :color :muted} (:text notice)]])

(defn- toast
  "A notice that slides in from the right; at its end it fades and lets those below close up."
  [notice]
  (let [until (quot (:until-us notice) 1000)]
    [animate {:at (- until (quot toast-us 1000)) :for toast-ms}
     (fn [came]
       [animate {:at (- until (* 2 toast-ms)) :for (* 2 toast-ms)}
        (fn [going]
          (let [away (- 1 (/ came (double toast-ms))) left (- 2 (/ going (double toast-ms)))]
            [:box {:key (:id notice) :x (int (* 48 away away)) :opacity (min (- 1 (* 0.8 away)) 1 left) :clip (< left 1)
                   :max-height (if (< left 1) (int (* toast-height-max left)) 1000)}
             [notice-card notice false]]))])]))

(defn- toasts
  "The newest notices, below the upper right corner."
  [notices width]
  [:column {:key :toasts :x (max 0 (- width 332)) :y 12 :w (min 320 width) :gap 8 :align :stretch}
   (map (fn [notice] [toast notice]) notices)])

(defn- notice-list
  "All notices, the newest first; Enter dismisses the chosen one."
  [notices at width height]
  (let [n (count notices)
        at (min at (dec n))
        [top end] (window-of-rows n at (quot (- height 120) 100))
        w (min width 340)]
    [:column {:key :menu :x (max 0 (- width w 10)) :y 12 :w w :pad 14 :gap 8 :radius 10
              :align :stretch :fill :surface :border {:color :border :width 1} :shadow {:color :shadow :blur 24 :dy 6}}
     [:row {:align :center :gap 6}
      [:text {:bold true :grow 1} "Notices"]
      (when (pos? n) [:button {:on-click (fn [d] (assoc d :notices [] :menu nil)) :height 24 :radius 6} "Clear"])]
     (if (zero? n)
       [:text {:color :muted} "Nothing has happened"]
       (map-indexed (fn [i notice] [notice-card notice (= (+ top i) at)])
                    (take (- end top) (drop top (reverse notices)))))
     (when (> n (- end top)) [:text {:color :muted} (str n " in all")])]))

(defn- window-card
  "A window's picture, small and alive, with its title; the chosen one is bright."
  [w chosen?]
  [:column {:key (:id w) :width (- card-width 12) :height (- card-height 12) :pad 8 :gap 6 :radius 10 :align :stretch
            :fill (if chosen? :accent :panel) :border {:color (if chosen? :accent :border) :width 1}
            :on-click (fn [d] (raise (assoc d :switch nil) (:id w)))}
   [:box {:height 126 :radius 6 :clip true :fill :surface :pad 3}
    [:surface {:id [:preview (:id w)] :grow 1}]]
   [:row {:gap 8 :align :center}
    [:text {:grow 1 :shrink 1 :bold chosen? :color (if chosen? :accent-text :text)} (:title w)]
    (when (or (:dead? w) (:error w) (:minimized? w))
      [:text {:shrink 0 :color (if chosen? :accent-text :muted)} (cond (:dead? w) "ended" (:error w) "failed" :else "minimised")])]])

(defn- switcher
  "The windows to choose from in rows of cards, as many rows as fit around the chosen one."
  [windows at width height]
  (let [columns (switch-columns (count windows) width)
        rows (vec (partition-all columns windows))
        [top end] (window-of-rows (count rows) (quot at columns) (quot (- height 80) card-height))
        w (+ 12 (* columns card-width))
        h (+ 12 (* card-height (- end top)))]
    [:column {:key :switch :x (quot (- width w) 2) :y (max 0 (quot (- height h) 2)) :w w :h h :pad 12 :gap 12 :radius 14
              :align :stretch :fill [:surface 245] :border {:color :border :width 1} :shadow {:color :shadow :blur 28 :dy 8}}
     (map (fn [r]
            [:row {:key r :gap 12}
             (map-indexed (fn [i w] [window-card w (= at (+ i (* r columns)))]) (nth rows r))])
          (range top end))]))

(defn- menu-rows
  "A menu's items as buttons, as many as fit; what is above and below is said."
  [items at fit]
  (let [n (count items)
        at (min at (dec n))
        fit (if (> n fit) (- fit 1) fit)
        [top end] (window-of-rows n at fit)]
    (concat
     (map (fn [i]
            (let [[label handler] (nth items i)]
              [:button {:key i :on-click (fn [d] (handler (assoc d :menu nil))) :height 32 :radius 6 :justify :start
                        :primary? (= i at)}
               label]))
          (range top end))
     (when (> n fit)
       [[:row {:key :more :height 20 :align :center :pad [0 12]}
         [:text {:color :muted} (str (inc at) " of " n)]]]))))

(def launcher-row "Height of a line of the launcher, with what is between two." 46)

(defn- launcher-item [i [label handler app] chosen?]
  [:row {:key i :on-click (fn [d] (handler (assoc d :menu nil))) :height (- launcher-row 4) :radius 8 :pad [0 10] :gap 12
         :align :center :fill (when chosen? :accent)}
   [app-icon 28 app]
   [:column {:grow 1 :shrink 1}
    [:text {:bold true :color (if chosen? :accent-text :text)} label]
    [:text {:color (if chosen? :accent-text :muted)} (:about app "")]]
   [:text {:color (if chosen? :accent-text :muted) :shrink 0} (:group app "")]])

(defn- launcher [d]
  (let [items (menu-items d)
        n (count items)
        at (min (:menu-at d) (dec n))
        room (- (:height d) bar-height 12)
        h (min (+ 84 (* launcher-row (count (all-items)))) room 640)
        [top end] (window-of-rows n at (quot (- h 84) launcher-row))]
    [:column {:key :menu :x 10 :y (- (:height d) bar-height h 6) :w (min 460 (- (:width d) 20)) :h h :pad 12 :gap 4 :radius 12
              :align :stretch :fill :surface :border {:color :border :width 1} :clip true
              :shadow {:color :shadow :blur 28 :dy 8}}
     [:input {:key :query :value (:query d "") :cursor (count (:query d "")) :focused? true :placeholder "Search apps" :margin [0 0 4 0]}]
     (if (zero? n)
       [:text {:color :muted :pad 6} "Nothing is called so, nor tells of it"]
       (map (fn [i] [launcher-item i (nth items i) (= i at)]) (range top end)))
     [:spacer]
     [:text {:color :muted :pad [0 6]} (if (> n (- end top)) (str (inc at) " of " n) "Enter opens, Escape closes")]]))

(defn- context-menu [d]
  (let [items (menu-items d)
        w (min 220 (:width d))
        n (count items)
        fit (quot (- (:height d) bar-height 30) 34)
        h (if (> n fit) (+ (* 34 (dec fit)) 32) (+ 10 (* 34 n)))
        x (max 0 (min (:x (:menu d)) (- (:width d) w)))
        y (max 0 (min (:y (:menu d)) (- (:height d) bar-height h 6)))]
    [:column {:key :menu :x x :y y :w w :h h :pad 6 :gap 2 :radius 10 :align :stretch :fill :surface
              :border {:color :border :width 1} :shadow {:color :shadow :blur 24 :dy 6}}
     (menu-rows items (:menu-at d) fit)]))

(def ^:open keys-help
  [["Super, or Alt+Esc" "launcher: type, Enter opens"] ["Alt+Tab" "choose a window: hold Alt"]
   ["Alt+F4" "close the window"] ["Alt+M" "minimise the window"] ["Alt+Enter" "maximise it, or back"]
   ["Super+arrows" "tile it in halves and quarters"] ["Alt+arrows" "move it"] ["Alt+Shift+arrows" "resize it"]
   ["Super+1 to 4" "show a workspace"] ["Super+Shift+1 to 4" "send the window there"]
   ["Alt+Space, or Menu" "what can be done with it"]
   ["Super+T" "timeline: go back, fork, resume"]
   ["Super+N, Super+C" "notices, calendar"] ["Super+I" "inspect what you point at"] ["Print" "take a picture of the screen"] ["Tab, Shift+Tab" "next control"] ["Enter, Space" "press it"]
   ["F1" "this list"]])

(defn- help [d]
  [:column {:key :help :x (quot (- (:width d) 500) 2) :y (max 0 (min 80 (- (:height d) 480))) :w 500 :h 436 :pad [14 20] :gap 4 :radius 10
            :fill :surface :border {:color :accent :width 1} :shadow {:color :shadow :blur 28 :dy 8}}
   [:text {:font-size 20 :bold true} "Keys"]
   (map (fn [[key what]] [:row {:gap 12} [:text {:width 190 :bold true} key] [:text what]]) keys-help)])

(defn- snap-preview
  "Where the window being dragged would go."
  [[x y w h]]
  [:box {:key :snap :x (+ x 6) :y (+ y 6) :w (- w 12) :h (- h 12) :radius 10 :fill [:accent 60]
         :border {:color :accent :width 2} :disabled? true}])

(defn- open-menu-scene [{:keys [menu now] :as d}]
  (cond
    (= :launcher menu) [launcher d]
    (= :calendar menu) (when now [calendar (quot now 86400) (:month-step d 0) (:width d) (:height d)])
    (= :notices menu) [notice-list (:notices d) (:menu-at d) (:width d) (:height d)]
    menu [context-menu d]))

(defn- faded
  "A scene over the windows that comes, or goes, gradually; what goes is out of reach."
  [key at on? scene]
  (let [clear (fn [opacity] [:stack {:key key :opacity opacity :disabled? (not on?)} scene])]
    (if at
      [animate {:at at :for fade-ms}
       (fn [ms] (let [share (/ ms (double fade-ms))] (cond on? (clear (+ 0.3 (* 0.7 share))) (< share 1) (clear (- 1 share)))))]
      (clear 1))))

(defn- overlay
  "What f draws of a desktop, or drew of it until a moment ago."
  [d key f]
  (let [{:keys [at was]} (get-in d [:fades key]) shown (f d)]
    (cond shown [faded key at true shown]
          was [faded key at false (f was)])))

(defn scene
  "Draws a desktop."
  [d]
  (let [front (:id (focused-window d))]
    [:stack {:width (:width d) :height (:height d)}
     [wallpaper (:wallpaper (:settings d)) (:width d) (:height d)]
     (map (fn [w] [frame w (= front (:id w))]) (shown d))
     (when (:snap d) [snap-preview (tile-rect d (:snap d))])
     [task-bar d]
     (overlay d :menu open-menu-scene)
     (when (and (seq (:toasts d)) (not= :notices (:menu d))) [toasts (:toasts d) (:width d)])
     (overlay d :travel (fn [d] (when (:travel d)
                                  [timeline-panel (:travel d) (:title (window-by-id d (:id (:travel d)))) (:memory (:travel d))
                                   (:width d) (:height d)])))
     (overlay d :switch (fn [d] (when (:switch d)
                                  [switcher (keep (fn [id] (window-by-id d id)) (:ids (:switch d))) (:at (:switch d)) (:width d) (:height d)])))
     (overlay d :help? (fn [d] (when (:help? d) [help d])))
     (when (:pick d) [pick-frame (:hit (:pick d)) (:width d) (:height d)])
     (when (:shown? (:tip d)) [tip-box (:tip d) (:width d) (:height d)])
     (when (:moving? (:carry d)) [carry-box (:carry d)])]))
