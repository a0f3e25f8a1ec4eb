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
