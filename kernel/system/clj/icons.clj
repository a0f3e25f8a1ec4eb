;; Icons: small drawings as data. Each is an SVG path in a square of 24, drawn with a round pen two wide; [line filled] where a part is
;; filled as well.

(def icons
  "The drawings by name."
  {:activity "M3 12H7L10 4L14 20L17 12H21"
   :bell ["M6 17V11A6 6 0 0 1 18 11V17L20 18.5H4L6 17Z M10.5 21.5H13.5"]
   :book "M12 7A3 3 0 0 0 9 4H3V18H10A2 2 0 0 1 12 20A2 2 0 0 1 14 18H21V4H15A3 3 0 0 0 12 7ZM12 7V20"
   :blocks ["M4 14H20V20H4Z M8 8H14V14H8Z M4 14V20M10 14V20M14.5 14V20"]
   :brush "M19 3L21 5L12 14L9.5 12Z M9.5 12A4 4 0 0 0 6 16C6 19 4 20 3 20C8 22 12 19 12 14"
   :calculator "M5 3H19V21H5Z M8.5 7H15.5M8.5 12H9M12 12H12.5M15 12H15.5M8.5 16.5H9M12 16.5H12.5M15 16.5H15.5"
   :check "M5 13L10 18L19 7"
   :circles ["M9 4A6 6 0 1 0 9 16A6 6 0 1 0 9 4Z M17 13A4 4 0 1 0 17 21A4 4 0 1 0 17 13Z"]
   :clock "M12 3A9 9 0 1 0 12 21A9 9 0 1 0 12 3ZM12 7V12L15.5 14"
   :close "M6 6L18 18M18 6L6 18"
   :code "M8 7L3 12L8 17M16 7L21 12L16 17"
   :copy "M9 8H20V21H9Z M5 16H4V3H15V4"
   :down "M6 9L12 15L18 9"
   :edit "M4 20L5.5 14.5L16 4L20 8L9.5 18.5Z M13.5 6.5L17.5 10.5"
   :file "M6 3H14L19 8V21H6Z M14 3V8H19"
   :flag "M6 21V4H19L15.5 8.5L19 13H6"
   :folder "M3 5H9L11.5 8H21V19H3Z"
   :fork ["M12 21V14M12 14L6 8V4M12 14L18 8V4M3.5 6.5L6 4L8.5 6.5M15.5 6.5L18 4L20.5 6.5"]
   :grid "M4 4H20V20H4Z M4 9.3H20M4 14.7H20M9.3 4V20M14.7 4V20"
   :hourglass "M6 3H18M6 21H18M7 3V7L17 17V21M17 3V7L7 17V21"
   :inspect "M10.5 4A6.5 6.5 0 1 0 10.5 17A6.5 6.5 0 1 0 10.5 4ZM15.2 15.2L20.5 20.5M8 10.5H13M10.5 8V13"
   :left "M15 6L9 12L15 18"
   :life ["M4 4H20V20H4Z" "M9 4H14V9H9Z M14 9H19V14H14Z M4 14H19V19H4Z"]
   :maximize "M5 5H19V19H5Z"
   :mine ["M12 2V22M2 12H22M5 5L19 19M19 5L5 19" "M12 6.5A5.5 5.5 0 1 0 12 17.5A5.5 5.5 0 1 0 12 6.5Z"]
   :minimize "M5 18H19"
   :minus "M5 12H19"
   :note "M5 3H19V15L14 21H5Z M19 15H14V21M8.5 8H15.5M8.5 12H13"
   :orbit ["M12 3A9 9 0 1 0 12 21A9 9 0 1 0 12 3Z" "M12 8.5A3.5 3.5 0 1 0 12 15.5A3.5 3.5 0 1 0 12 8.5Z M20 5.5A2 2 0 1 0 20 9.5A2 2 0 1 0 20 5.5Z"]
   :pause "M8 5V19M16 5V19"
   :people "M9 4A3.5 3.5 0 1 0 9 11A3.5 3.5 0 1 0 9 4ZM3 20V18A5 5 0 0 1 15 18V20M15.5 4.5A3.3 3.3 0 0 1 15.5 10.5M17.5 13.5A5 5 0 0 1 21 18V20"
   :plane "M21 3L3 10L10 14L14 21Z M10 14L15 9"
   :play ["M7 4L19 12L7 20Z" "M7 4L19 12L7 20Z"]
   :plus "M12 5V19M5 12H19"
   :power "M12 3V11M7 6A8 8 0 1 0 17 6"
   :question "M8 8.5A4 4 0 1 1 13.5 12.2C12.4 12.8 12 13.4 12 15M12 19.5V20"
   :redo "M15 6L20 11L15 16M20 11H10A5 5 0 0 0 10 21H12"
   :restore "M8 4H20V16H8Z M16 20H4V8"
   :right "M9 6L15 12L9 18"
   :search "M10.5 4A6.5 6.5 0 1 0 10.5 17A6.5 6.5 0 1 0 10.5 4ZM15.2 15.2L20.5 20.5"
   :sliders "M3 7H10M16 7H21M13 4.5A2.5 2.5 0 1 0 13 9.5A2.5 2.5 0 1 0 13 4.5ZM3 17H6M12 17H21M9 14.5A2.5 2.5 0 1 0 9 19.5A2.5 2.5 0 1 0 9 14.5Z"
   :snake "M4 19H16A4 4 0 0 0 16 11H9A3.5 3.5 0 0 1 9 4H17M17 4H19"
   :sphere ["M12 3A9 9 0 1 0 12 21A9 9 0 1 0 12 3Z" "M9 6.5A2.5 2.5 0 1 0 9 11.5A2.5 2.5 0 1 0 9 6.5Z"]
   :spiral "M12 12A2 2 0 0 1 14 14A4 4 0 0 1 6 14A6 6 0 0 1 18 12A8 8 0 0 1 10 20"
   :star "M12 3L14.7 9L21 9.7L16.3 14L17.6 20.5L12 17.2L6.4 20.5L7.7 14L3 9.7L9.3 9Z"
   :stop ["M6 6H18V18H6Z" "M6 6H18V18H6Z"]
   :swarm [nil "M5 5A2 2 0 1 0 5 9A2 2 0 1 0 5 5Z M13 3A2 2 0 1 0 13 7A2 2 0 1 0 13 3Z M19 9A2 2 0 1 0 19 13A2 2 0 1 0 19 9Z M11 10A2 2 0 1 0 11 14A2 2 0 1 0 11 10Z M5 15A2 2 0 1 0 5 19A2 2 0 1 0 5 15Z M16 17A2 2 0 1 0 16 21A2 2 0 1 0 16 17Z"]
   :table "M3 5H21V19H3Z M3 9.7H21M3 14.3H21M9 5V19"
   :terminal "M4 7L9 12L4 17M12 18H20"
   :thermometer ["M10 14V5A2 2 0 0 1 14 5V14A4.5 4.5 0 1 1 10 14Z" "M12 15.5A2.3 2.3 0 1 0 12 20A2.3 2.3 0 1 0 12 15.5Z"]
   :trash "M4 6.5H20M9 6.5V3.5H15V6.5M6 6.5L7 20.5H17L18 6.5M10 10.5V16.5M14 10.5V16.5"
   :undo "M9 6L4 11L9 16M4 11H14A5 5 0 0 1 14 21H12"
   :up "M6 15L12 9L18 15"})

(defn icon
  "A drawing by its name among `icons`, :size pixels wide and high (16), in a :color (:text)."
  [name & [{:keys [size color] :or {size 16 color :text} :as styles}]]
  (let [[line filled] (let [drawing (get icons name)] (if (vector? drawing) drawing [drawing]))
        drawn {:transform [:scale (/ size 24.0)] :cap :round :join :round}]
    [:canvas (merge {:width size :height size :shrink 0} (dissoc styles :size :color))
     (when filled [:path (assoc drawn :d filled :fill color)])
     (when line [:path (assoc drawn :d line :stroke color :stroke-width 2)])]))

(defn icon-button
  "A button that shows an :icon and tells by its :tip what it does. Other styles are those of a button."
  [{:keys [size primary? disabled?] :or {size 16} :as styles}]
  [:button (merge {:width (+ size 14) :height (+ size 14) :pad 0} (dissoc styles :icon :size))
   [icon (:icon styles) {:size size :color (cond disabled? :muted primary? :accent-text :else (:color styles :text))}]])

(defn switch
  "A knob that is to the right where :value is true; :on-change gets what it becomes. A label may follow."
  [{:keys [value on-change disabled?] :as styles} & label]
  [:row (merge {:gap 8 :align :center :align-self :start :radius 10 :on-click (when-not disabled? (fn [state] (call-handler on-change state (not value))))}
               (dissoc styles :value :on-change))
   [:canvas {:width 34 :height 20}
    [:rect {:w 34 :h 20 :radius 10 :fill (cond disabled? :border value :accent :else :field) :stroke (if value :accent :border) :stroke-width 1}]
    [:circle {:x (if value 24 10) :y 10 :r 7 :fill (if value :accent-text :muted)}]]
   (when (seq label) (into [:text {:color (if disabled? :muted :text)}] label))])
