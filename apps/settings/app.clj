;; Settings: what the desktop looks like. The shell hands this app the right to change settings and tells it what they are:
;; a press asks for a change, and what is shown is what the shell answers.

(defn- choose
  "A handler that asks for another value of a setting."
  [name value]
  (fn [state] {:state state :fx [[change-settings! (:right state) {name value}]]}))

(defn- started [state event] (assoc state :right (:settings (:grants event))))

(defn- told [state message]
  (if (= :settings (:type message)) (assoc state :chosen (:settings message) :scales (:scales message)) state))

(defn- card
  "Something to choose: a picture with its name below."
  [key title chosen? handler picture]
  [:column {:key key :on-click handler :pad 5 :gap 5 :radius 10 :align :center :fill (when chosen? [:accent 40])
            :border {:color (if chosen? :accent :border) :width (if chosen? 2 1)} :margin (if chosen? 0 1)}
   picture
   [:text {:bold chosen?} title]])

(defn- theme-picture [[wall surface bar text accent]]
  [:canvas {:width 120 :height 72 :radius 6 :fill wall}
   [:rect {:x 18 :y 12 :w 84 :h 50 :radius 5 :fill surface :stroke text :stroke-width (if (= surface 0) 1 0)}]
   [:rect {:x 19 :y 13 :w 82 :h 10 :radius 4 :fill bar}]
   [:rect {:x 26 :y 30 :w 44 :h 4 :radius 2 :fill text}]
   [:rect {:x 26 :y 39 :w 58 :h 4 :radius 2 :fill text :opacity 0.5}]
   [:rect {:x 26 :y 49 :w 22 :h 8 :radius 4 :fill accent}]])

(def themes
  [[:dark "Dark" [0x1B2A4A 0x1E2230 0x282D3E 0xE8EAF2 0x5B8CFF]]
   [:light "Light" [0x9DC3F0 0xFAFBFD 0xDDE1EA 0x1C2030 0x3B73F0]]
   [:high-contrast "High contrast" [0x202020 0x000000 0x202020 0xFFFFFF 0xFFDD00]]])

(defn- wallpaper-picture [{:keys [fill draw]}]
  [:canvas {:width 120 :height 75 :radius 6 :fill fill} (draw 120 75)])

(defn- swatch [key color chosen?]
  [:box {:key key :on-click (choose :accent key) :width 32 :height 32 :radius 16 :pad 3
         :border {:color (if chosen? :text :border) :width (if chosen? 2 1)}}
   [:box {:grow 1 :radius 13 :fill (or color 0x5B8CFF)}]])

(defn- offset-text [minutes]
  (let [n (abs minutes) rest (mod n 60)]
    (str "UTC" (if (neg? minutes) "-" "+") (quot n 60) (when (pos? rest) (str ":" rest)))))

(defn- part [title & scenes]
  [:column {:gap 8} [:text {:bold true :color :muted} title] scenes])

(defn- choices
  "A row of buttons of which one is chosen: what a setting may be, as [value label]."
  [setting chosen options]
  [:row {:gap 6}
   (map (fn [[value label]]
          [:button {:key [setting value] :primary? (= value chosen) :on-click (choose setting value)} label])
        options)])

(defn- percent [n] [n (str n "%")])

(defapp settings
  {:title "Settings" :width 640 :height 600 :state {:right nil :chosen {} :scales [100]}
   :on-start started :on-message told}
  (fn [{{:keys [theme accent wallpaper utc-offset scale pointer repeat]} :chosen scales :scales}]
    [:scroll {:grow 1 :pad 16 :gap 18}
     [part "Theme"
      [:row {:gap 8 :wrap true}
       (map (fn [[key title colors]] [card key title (= key theme) (choose :theme key) [theme-picture colors]]) themes)]]
     [:row {:gap 24 :align :start}
      [part "Accent"
       (if (= :high-contrast theme)
         [:text "High contrast has its own."]
         [:row {:gap 8} (map (fn [[key color]] [swatch key color (= key accent)]) halt.shell/accents)])]
      [:spacer]
      [part "Clock"
       [:row {:gap 8}
        [:button {:key :earlier :on-click (choose :utc-offset (- (or utc-offset 0) 30))} "-"]
        [:text {:width 90 :align :center} (offset-text (or utc-offset 0))]
        [:button {:key :later :on-click (choose :utc-offset (+ (or utc-offset 0) 30))} "+"]]]]
     [:row {:gap 24 :align :start}
      [part "Size of everything" [choices :scale scale (map percent scales)]]
      [:spacer]
      [part "Speed of a mouse" [choices :pointer pointer (map percent [50 100 150 200])]]]
     [part "A key that is held" [choices :repeat repeat [[:off "counts once"] [:slow "repeats slowly"] [:normal "repeats"] [:fast "repeats as the keyboard says"]]]]
     [part "Wallpaper"
      [:row {:gap 8 :wrap true}
       (map (fn [[key paper]] [card key (:title paper) (= key wallpaper) (choose :wallpaper key) [wallpaper-picture paper]])
            halt.shell/wallpapers)]]]))
