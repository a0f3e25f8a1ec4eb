;; Widgets made of nodes: components that an app uses like a tag, `[select {:value v :options [[v "label"] ...] :on-change f}]`. :on-change
;; is a handler that gets what was chosen.

(defn menu!
  "Shows a menu, [[label handler] ...], at what was clicked last; an effect: [menu! items]."
  [items]
  (send (self) {:type ::menu :items (vec items)})
  nil)

(defn- chosen [on-change value] (fn [state] (call-handler on-change state value)))

(defn select
  "A button that shows one of its options, and offers all of them in a menu. Other styles are those of a button."
  [{:keys [value options on-change] :as styles}]
  (let [items (mapv (fn [[v label]] [(str label) (chosen on-change v)]) options)]
    [:button (assoc (dissoc styles :value :options :on-change) :on-click (fn [state] {:state state :fx [[menu! items]]}))
     [:text {:grow 1} (second (first (filter (fn [[v _]] (= v value)) options)))]
     [:canvas {:width 10 :height 6}
      [:line {:x1 1 :y1 1 :x2 5 :y2 5 :stroke :muted :stroke-width 2}] [:line {:x1 5 :y1 5 :x2 9 :y2 1 :stroke :muted :stroke-width 2}]]]))

(defn radio-group
  "One of several options, all of them seen."
  [{:keys [value options on-change disabled?] :as styles}]
  [:column (merge {:gap 8} (dissoc styles :value :options :on-change))
   (map (fn [[v label]]
          [:row {:key v :gap 8 :align :center :align-self :start :radius 9 :on-click (chosen on-change v)}
           [:canvas {:width 18 :height 18}
            [:circle {:x 9 :y 9 :r 9 :fill :field :stroke (if (= v value) :accent :border) :stroke-width 1}]
            (when (= v value) [:circle {:x 9 :y 9 :r 5 :fill :accent}])]
           [:text {:color (if disabled? :muted :text)} label]])
        options)])

(defn tabs
  "A row of options of which one is in front; what it shows is up to the app."
  [{:keys [value options on-change] :as styles}]
  [:row (merge {:gap 4} (dissoc styles :value :options :on-change))
   (map (fn [[v label]] [:button {:key v :primary? (= v value) :on-click (chosen on-change v)} label]) options)])

;; --- What moves ------------------------------------------------------------------------------------------

(defn animate
  "A scene that is a function of time, `[animate {:at ms :for ms} f]`: f gets the milliseconds since :at, a time as events have it, from 0 to
  :for; without :for they go on for ever. It is called anew while they change, and then no more."
  [{:keys [at] length :for} f]
  (f (max 0 (cond-> (- (quot (time-us) 1000) at) length (min length)))))

;; --- Lists: as many rows as there are pixels for -------------------------------------------------------

(defn show-row!
  "Scrolls a list, by its :key, so far that a row is seen; an effect: [show-row! :people 17]."
  [key row]
  (send (self) {:type ::list :key key :show row})
  nil)

(defn- turn-list! [key n by] (send (self) {:type ::list :key key :n n :by by}))
(defn- place-list! [key n top] (send (self) {:type ::list :key key :n n :to top}))

(defn- list-bar
  "A bar beside so many rows of n from a top on; pressed or dragged, it moves them."
  [key n top fit row-height]
  (let [height (* fit row-height)
        length (max 24 (quot (* height fit) n))
        way (- height length)
        go (fn [state {:keys [y]}]
             {:state state :fx [[place-list! key n (quot (* (max 0 (- y (quot length 2))) (- n fit)) (max 1 way))]]})]
    [:canvas {:key :bar :width 10 :on-pointer-down go :on-pointer-move go}
     [:rect {:x 2 :y (quot (* way top) (- n fit)) :w 6 :h length :radius 3 :fill :border}]]))

(defn list-view
  "A list of :count rows of which only those in sight are made, by :row, a function of a number to a scene. It has a :key, :row-height pixels
  (28), a :selected row or nil; :on-change gets the number of the row that was chosen, :on-open that of one that was double-clicked or
  entered. With :label, a function of a number to a text, what is typed chooses the next row whose label begins so. :on-row-key gets any
  other key, with the number of the row under :row. Wheel, bar and keys scroll it. place is where it is scrolled to, and what the toolkit
  measured."
  [{:keys [key row row-height selected label on-change on-open on-row-key] n :count :or {row-height row-height-default} :as styles} & [{:keys [top fit] :or {top 0 fit 20}}]]
  (let [top (max 0 (min top (- n fit)))
        with (fn [handler state i fx] (let [o (if handler (outcome (call-handler handler state i)) {})]
                                        {:state (get o :state state) :fx (into (vec (:fx o)) fx)}))
        go (fn [state i] (let [i (max 0 (min i (dec n)))] (if (pos? n) (with on-change state i [[show-row! key i]]) state)))]
    [:row (merge {:align :stretch :clip true :focusable true :fill :field :radius 8 :border :border :min-height (* 2 row-height)}
                 (dissoc styles :count :row :row-height :selected :label :on-change :on-open :on-row-key)
                 {:on-scroll (fn [state {:keys [notches]}] {:state state :fx [[turn-list! key n (* -3 notches)]]})
                  :on-key (fn [state event]
                            (let [at (or selected -1)]
                              (case (:key event)
                                :down (go state (inc at))
                                :up (go state (if selected (dec at) (dec n)))
                                :home (go state 0)
                                :end (go state (dec n))
                                :page-down (go state (+ (max at 0) fit))
                                :page-up (go state (- at fit))
                                :enter (if (and selected on-open) (with on-open state selected []) :pass)
                                (if-let [i (when (and label (:typed event)) (row-typed (:typed event) label at n))]
                                  (go state i)
                                  (if (and selected on-row-key) (call-handler on-row-key state (assoc event :row selected)) :pass)))))})
     ;; A canvas asks for no room of its own, however many rows there are.
     [:canvas {:grow 1 :shrink 1 :margin 4}
      (map (fn [i]
             [:row {:key i :y (* row-height (- i top)) :width "100%" :height row-height :pad [0 8] :radius 5 :align :center :focusable false :fill (when (= i selected) :selection)
                    :on-click (fn [state {:keys [clicks]}]
                                (if (and on-open clicks (even? clicks)) (with on-open state i []) (with on-change state i [])))}
              (row i)])
           (range top (min n (+ top fit 1))))]
     (when (> n fit) (list-bar key n top fit row-height))]))

(defn table
  "A list of :rows, a vector, in :columns [[title width f] ...]: f makes a row's text, widths are those of a :grid. What is typed looks for a
  row by its first text. Other styles are those of a list."
  [{:keys [columns rows] :as styles}]
  (let [widths (mapv second columns)
        text (fn [[_ _ f] i] (str (f (nth rows i))))
        line (fn [style texts] [:grid {:columns widths :gap 8 :grow 1} (map (fn [text] [:text style (str text)]) texts)])]
    [:column (merge {:gap 4} (select-keys styles [:grow :shrink :width :height :min-height]))
     [:box {:pad [0 23 0 13]} (line {:bold true :color :muted} (map first columns))]
     [list-view (assoc (dissoc styles :columns :rows :width :height :min-height) :grow 1 :count (count rows)
                       :label (fn [i] (text (first columns) i))
                       :row (fn [i] (line {} (map (fn [column] (text column i)) columns))))]]))

;; --- Trees ----------------------------------------------------------------------------------------------

(defn- tree-rows
  "The nodes of a tree that are in sight, one after the other: [{:node :id :depth :inner? :open?} ...]."
  [nodes depth {:keys [children id open] :or {id identity} :as tree}]
  (mapcat (fn [node]
            (let [below (children node) inner? (boolean (seq below)) open? (and inner? (contains? open (id node)))]
              (cons {:node node :id (id node) :depth depth :inner? inner? :open? open?}
                    (when open? (tree-rows below (inc depth) tree)))))
          nodes))

(defn tree
  "The nodes under :roots, of which :children makes those below one, :label the text and :id what tells it from others (itself). :open is the set of
  ids that are unfolded; :on-toggle gets an id to fold or unfold, :on-change the one that was chosen, which is :selected."
  [{:keys [key roots label open selected on-change on-toggle] :as styles}]
  (let [shown (vec (tree-rows roots 0 styles))
        at (first (keep-indexed (fn [i row] (when (= selected (:id row)) i)) shown))
        toggle (fn [state i] (if (:inner? (shown i)) (call-handler on-toggle state (:id (shown i))) state))]
    [list-view (merge {:row-height 26}
                      (dissoc styles :roots :children :label :id :open :selected :on-change :on-toggle)
                      {:count (count shown) :selected at :on-open toggle :label (fn [i] (label (:node (shown i))))
                       :on-change (fn [state i] (call-handler on-change state (:id (shown i))))
                       :on-row-key (fn [state event]
                                     (let [i (:row event) {:keys [open? inner? depth]} (shown i)
                                           above (last (filter (fn [n] (< (:depth (shown n)) depth)) (range i)))]
                                       (case (:key event)
                                         :right (if (and inner? (not open?)) (toggle state i) state)
                                         :left (cond open? (toggle state i)
                                                     above (call-handler on-change state (:id (shown above)))
                                                     :else state)
                                         :pass)))
                       :row (fn [i]
                              (let [{:keys [node depth inner? open? id]} (shown i)]
                                [:row {:gap 4 :align :center}
                                 [:box {:width (* 16 depth)}]
                                 [:canvas {:width 16 :height 16 :on-click (when inner? (fn [state] (call-handler on-toggle state id)))}
                                  (when inner?
                                    (if open?
                                      [[:line {:x1 4 :y1 6 :x2 8 :y2 10 :stroke :muted :stroke-width 2}] [:line {:x1 8 :y1 10 :x2 12 :y2 6 :stroke :muted :stroke-width 2}]]
                                      [[:line {:x1 6 :y1 4 :x2 10 :y2 8 :stroke :muted :stroke-width 2}] [:line {:x1 10 :y1 8 :x2 6 :y2 12 :stroke :muted :stroke-width 2}]]))]
                                 [:text (str (label node))]]))})]))

;; --- Panes and dialogs ----------------------------------------------------------------------------------

(defn split
  "Two scenes side by side, or with :down? one above the other, the first :at pixels wide (high); :on-change gets the pixels that the bar
  between them is moved to, by pointer or arrows."
  [{:keys [at down? on-change min-size] :or {min-size 60} :as styles} one other]
  (let [to (fn [state pixels] (call-handler on-change state (max min-size pixels)))
        size (if down? :height :width)]
    [(if down? :column :row) (merge {:grow 1 :align :stretch :min-width 0 :min-height 0} (dissoc styles :at :down? :on-change :min-size))
     [:column {size at :shrink 0 :clip true} one]
     [:row {:key :bar size 8 :shrink 0 :align :center :justify :center :focusable true :on-pointer-down identity
            :on-pointer-move (fn [state {:keys [x y]}] (to state (+ at (- (if down? y x) 4))))
            :on-key (fn [state {:keys [key]}]
                      (case key (:left :up) (to state (- at 16)) (:right :down) (to state (+ at 16)) :pass))}
      [:box (if down? {:width 32 :height 3 :radius 1 :fill :border} {:width 3 :height 32 :radius 1 :fill :border})]]
     [:column {:grow 1 :shrink 1 :min-width 0 :min-height 0 :clip true} other]]))

(defn dialog
  "Shows a scene in front of another one, which is out of reach meanwhile; nil shows the other one alone. :on-close is the handler of Escape."
  [{:keys [title on-close width] :or {width 320}} scene shown]
  [:stack {:grow 1}
   [:column {:key :behind :width "100%" :height "100%" :disabled? (boolean shown)} scene]
   (when shown
     [:column {:key :dialog :width "100%" :height "100%" :align :center :justify :center :fill [0 0 0 110]
               :on-key (fn [state {:keys [key]}] (if (and (= :escape key) on-close) (call-handler on-close state nil) :pass))}
      [:column {:width width :pad 16 :gap 12 :radius 10 :fill :surface :border :border :shadow true}
       (when title [:text {:bold true} title])
       shown]])])
