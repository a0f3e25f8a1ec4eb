;; What the desktop looks like: `scene` draws it, each part a component of its own.

(defn- frame-button [label handler]
  [:button {:on-click handler :width 26 :height 22 :pad 0 :radius 6} label])

(defn- error-strip [w]
  [:row {:height strip-height :pad [4 10] :gap 8 :align :center :fill 0x8E2A3A :clip true}
   [:text {:color 0xFFFFFF :grow 1 :shrink 1 :wrap true} (:error w)]
   (if (:dead? w)
     [:button {:on-click (fn [d] (restart d (:id w)))} "Restart"]
     [:button {:on-click (fn [d] (with-fx d [send (:pid w) {:type :retry}]))} "Retry"])
   (when-not (:dead? w)
     [:button {:on-click (fn [d] (with-fx d [send (:pid w) {:type :undo}]))} "Undo"])])

(defn- frame [w focused?]
  (let [id (:id w)]
    [:column {:key id :x (:x w) :y (:y w) :w (:w w) :h (:h w) :radius 10 :clip true :fill :surface
              :border {:color (if focused? :accent :border) :width 1}
              :shadow {:color (if focused? [0 0 0 150] [0 0 0 90]) :blur (if focused? 28 16) :dy 8}}
     [:row {:height title-height :radius [9 0] :pad [0 6 0 12] :gap 6 :align :center
            :fill (if focused? :panel :field)}
      [:text {:grow 1 :shrink 1 :bold focused? :color (if focused? :text :muted)} (:title w)]
      [frame-button "_" (fn [d] (minimize d id))]
      [frame-button (if (= :max (:tile w)) "\u2013" "+") (fn [d] (toggle-max d id))]
      [frame-button "\u00d7" (fn [d] (close d id))]]
     (when (:error w) [error-strip w])
     [:surface {:id id :grow 1}]]))

(defn- wallpaper [width height]
  [:stack {:x 0 :y 0 :w width :h height :fill [:gradient 0x101B3A 0x3A1F55 :down] :key :wallpaper}
   [:canvas {:x 0 :y 0 :w width :h height}
    [:circle {:x (- width 220) :y 180 :r 260 :fill [120 140 255 18]}]
    [:circle {:x (- width 120) :y 260 :r 170 :fill [255 140 220 18]}]
    [:circle {:x 140 :y (- height 120) :r 220 :fill [80 200 255 14]}]]
   [:column {:x 0 :y (- height 150) :w (- width 32) :h 90 :align :end :gap 4}
    [:text {:font-size 32 :bold true :color [255 255 255 150]} "HALT"]
    [:text {:color [255 255 255 120]} "values, not places"]]])

(defn- bar-button [key label on? handler]
  [:button {:key key :on-click handler :height 28 :radius 6 :primary? on? :min-width 14 :max-width 180
            :shrink (if (= key :launcher) 0 1) :pad [0 (if (= key :launcher) 14 8)]} label])

(defn- workspace-buttons
  "A small button for each workspace; those with windows are bright."
  [current used]
  [:row {:gap 2 :align :center :shrink 0}
   (map (fn [n]
          [:button {:key n :on-click (fn [d] (show-workspace d n)) :width 22 :height 22 :pad 0 :radius 5
                    :primary? (= n current) :color (if (or (= n current) (contains? (set used) n)) :text :muted)}
           (str (inc n))])
        (range workspaces))])

(defn- task-bar [d]
  (let [front (:id (focused-window d))]
    [:row {:key :bar :x 0 :y (- (:height d) bar-height) :w (:width d) :h bar-height :pad [0 10] :gap 8
           :align :center :fill [14 17 28 235]}
     [bar-button :launcher "HALT" (= :launcher (:menu d)) toggle-menu]
     [workspace-buttons (:workspace d) (mapv :workspace (:windows d))]
     [:row {:gap 4 :grow 1 :shrink 1 :align :center :clip true}
      (map (fn [w] [bar-button (:id w) (:title w) (= front (:id w)) (fn [d] (toggle-window d (:id w)))])
           (sort-by :id (filter (fn [w] (= (:workspace d) (:workspace w))) (:windows d))))]
     [:text {:color :text :shrink 0} (:clock d)]]))

(defn- menu-rows [items at]
  (map-indexed (fn [i [label handler]]
                 [:button {:key i :on-click (fn [d] (handler (assoc d :menu nil))) :height 32 :radius 6 :justify :start
                           :primary? (= i at)}
                  label])
               items))

(defn- launcher [d]
  (let [items (menu-items d)
        all (inc (count (all-items)))
        h (min (+ 18 (* 38 all)) (- (:height d) bar-height 12))]
    [:column {:key :menu :x 10 :y (- (:height d) bar-height h 6) :w 240 :h h :pad 12 :gap 6 :radius 10
              :align :stretch :fill :surface :border {:color :border :width 1} :clip true
              :shadow {:color [0 0 0 150] :blur 24 :dy 6}}
     [:input {:key :query :value (:query d "") :cursor (count (:query d "")) :focused? true
              :placeholder "Type to search"}]
     (if (empty? items)
       [:text {:color :muted :pad 6} "Nothing has this name"]
       (menu-rows items (min (:menu-at d) (dec (count items)))))]))

(defn- context-menu [d]
  (let [items (menu-items d)
        w 200
        h (+ 10 (* 34 (count items)))
        x (max 0 (min (:x (:menu d)) (- (:width d) w)))
        y (max 0 (min (:y (:menu d)) (- (:height d) h)))]
    [:column {:key :menu :x x :y y :w w :h h :pad 6 :gap 2 :radius 10 :align :stretch :fill :surface
              :border {:color :border :width 1} :shadow {:color [0 0 0 150] :blur 24 :dy 6}}
     (menu-rows items (:menu-at d))]))

(def keys-help
  [["Super, or Alt+Esc" "launcher: type, Enter opens"] ["Alt+Tab" "next window"]
   ["Alt+F4" "close the window"] ["Alt+M" "minimise the window"] ["Alt+Enter" "maximise it, or back"]
   ["Super+arrows" "tile it in halves and quarters"] ["Alt+arrows" "move it"] ["Alt+Shift+arrows" "resize it"]
   ["Super+1 to 4" "show a workspace"] ["Super+Shift+1 to 4" "send the window there"]
   ["Alt+Space, or Menu" "what can be done with it"] ["Tab, Shift+Tab" "next control"] ["Enter, Space" "press it"]
   ["F1" "this list"]])

(defn- help [d]
  [:column {:key :help :x (quot (- (:width d) 500) 2) :y (max 0 (min 80 (- (:height d) 440))) :w 500 :h 400 :pad 20 :gap 8 :radius 10
            :fill :surface :border {:color :accent :width 1} :shadow {:color [0 0 0 150] :blur 28 :dy 8}}
   [:text {:font-size 20 :bold true} "Keys"]
   (map (fn [[key what]] [:row {:gap 12} [:text {:width 190 :bold true} key] [:text what]]) keys-help)])

(defn- snap-preview
  "Where the window being dragged would go."
  [[x y w h]]
  [:box {:key :snap :x (+ x 6) :y (+ y 6) :w (- w 12) :h (- h 12) :radius 10 :fill [91 140 255 60]
         :border {:color :accent :width 2} :disabled? true}])

(defn scene
  "Draws a desktop."
  [d]
  (let [front (:id (focused-window d))]
    [:stack {:width (:width d) :height (:height d)}
     [wallpaper (:width d) (:height d)]
     (map (fn [w] [frame w (= front (:id w))]) (shown d))
     (when (:snap d) [snap-preview (tile-rect d (:snap d))])
     [task-bar d]
     (when (= :launcher (:menu d)) [launcher d])
     (when (map? (:menu d)) [context-menu d])
     (when (:help? d) [help d])]))
