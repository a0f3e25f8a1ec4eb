;; The shell: the desktop as one value, and the pure functions that turn events into the next one.
;;
;; Enter at `shell-main`. `desktop` holds everything: windows from back to front, the open menu, the drag in
;; progress. `scene` draws it; `handle` answers each message with the next desktop, plus effects under :fx.
;; All of it can be redefined while it runs.

(def bar-height 40)
(def title-height 32)
(def strip-height 64)
(def edge 6)
(def width-min 160)
(def height-min 90)

(def desktop
  "The whole desktop as a value."
  (atom {:width 0 :height 0 :windows [] :next-id 1 :workspace 0 :menu nil :drag nil :pressed nil :clock "" :help? false}))

;; --- Windows ----------------------------------------------------------------------------------------

(defn- window-by-id [d id] (some (fn [w] (when (= id (:id w)) w)) (:windows d)))
(defn- update-window [d id f]
  (assoc d :windows (mapv (fn [w] (if (= id (:id w)) (f w) w)) (:windows d))))
(defn- visible?
  "Whether a window is shown: on the workspace in front, and not minimised."
  [d w]
  (and (not (:minimized? w)) (= (:workspace d) (:workspace w))))
(defn- shown [d] (filterv (fn [w] (visible? d w)) (:windows d)))
(defn focused-window [d] (peek (shown d)))

(defn- with-fx [d effect] (assoc d :fx (conj (:fx d []) effect)))

(defn raise
  "Brings a window to the front, which gives it the keyboard."
  [d id]
  (let [w (window-by-id d id)]
    (if (or (nil? w) (and (= w (peek (:windows d))) (visible? d w)))
      d
      (assoc d :workspace (:workspace w)
               :windows (conj (filterv (fn [other] (not= id (:id other))) (:windows d))
                              (assoc w :minimized? false))))))

(defn- send-size [d id]
  (let [w (window-by-id d id)]
    (if w
      (with-fx d [send (:pid w) {:type :resize :width (:w w) :height (- (:h w) title-height (if (:error w) strip-height 0))}])
      d)))

;; --- Places: tiles and workspaces -------------------------------------------------------------------

(def workspaces "How many workspaces there are." 4)

(defn tile-rect
  "The rectangle [x y w h] of a tile: :max, a half or a quarter of what the task bar leaves."
  [d tile]
  (let [w (:width d) h (- (:height d) bar-height)
        half-w (quot w 2) half-h (quot h 2)]
    (case tile
      :max          [0 0 w h]
      :left         [0 0 half-w h]
      :right        [half-w 0 (- w half-w) h]
      :top-left     [0 0 half-w half-h]
      :top-right    [half-w 0 (- w half-w) half-h]
      :bottom-left  [0 half-h half-w (- h half-h)]
      :bottom-right [half-w half-h (- w half-w) (- h half-h)])))

(defn tile
  "Puts a window into a tile, or back to where it was with nil."
  [d id tile]
  (let [w (window-by-id d id)
        rect [(:x w) (:y w) (:w w) (:h w)]
        before (if (:tile w) (:before w) rect)
        [x y width height] (if tile (tile-rect d tile) before)]
    (if (or (nil? w) (= tile (:tile w)))
      d
      (-> d
          (update-window id (fn [w] (assoc w :x x :y y :w width :h height :tile tile :before (when tile before))))
          (send-size id)))))

(defn toggle-max
  "Lets a window fill the screen, or puts it back."
  [d id]
  (tile d id (when-not (= :max (:tile (window-by-id d id))) :max)))

(def tile-steps
  "Where Super and an arrow take a window, by the tile that it is in."
  {nil           {:left :left, :right :right, :up :max, :down :minimize}
   :max          {:left :left, :right :right, :down nil}
   :left         {:right nil, :up :top-left, :down :bottom-left}
   :right        {:left nil, :up :top-right, :down :bottom-right}
   :top-left     {:right :top-right, :up :max, :down :left}
   :top-right    {:left :top-left, :up :max, :down :right}
   :bottom-left  {:right :bottom-right, :up :left, :down :minimize}
   :bottom-right {:left :bottom-left, :up :right, :down :minimize}})

(def snap-edge "Pixels from an edge of the screen within which a dragged window snaps." 4)
(def snap-corner "Pixels along an edge, from a corner, that mean the quarter." 90)

(defn snap-tile
  "The tile that a window dragged to a place would take, or nil."
  [d x y]
  (let [left? (< x snap-edge)
        right? (>= x (- (:width d) snap-edge))
        top? (< y snap-edge)
        high? (< y snap-corner)
        low? (>= y (- (:height d) bar-height snap-corner))]
    (cond
      (and left? high?) :top-left
      (and left? low?) :bottom-left
      left? :left
      (and right? high?) :top-right
      (and right? low?) :bottom-right
      right? :right
      top? :max)))

(defn show-workspace
  "Shows a workspace, 0 to 3."
  [d n]
  (assoc d :workspace (mod n workspaces) :menu nil))

(defn move-to-workspace
  "Sends a window to a workspace, and stays where it is."
  [d id n]
  (update-window d id (fn [w] (assoc w :workspace n))))

(declare minimize)

(defn- tile-step
  "Moves a window to the tile that lies in a direction."
  [d id direction]
  (let [steps (get tile-steps (:tile (window-by-id d id)))
        to (get steps direction :stay)]
    (case to
      :stay d
      :minimize (minimize d id)
      (tile d id to))))

(defn minimize [d id]
  (let [w (window-by-id d id)]
    (if w
      (assoc d :windows (into [(assoc w :minimized? true)]
                              (filterv (fn [other] (not= id (:id other))) (:windows d))))
      d)))

(defn- drop-window! [id]
  (swap! running-apps dissoc id)
  (forget-window! id))

(defn close
  "Closes a window and ends its app."
  [d id]
  (let [w (window-by-id d id)]
    (if w
      (-> d
          (assoc :windows (filterv (fn [other] (not= id (:id other))) (:windows d)))
          (with-fx [kill (:pid w)]))
      d)))

(defn- place [d id w h]
  (let [step (* 28 (mod (dec id) 8))
        column (* 64 (mod (quot (dec id) 8) 12))
        room-x (- (:width d) w)
        room-y (- (:height d) bar-height h)]
    [(max 0 (min (+ 60 step column) room-x)) (max 0 (min (+ 48 step) room-y))]))

(defn- spawn-app [name & args]
  (apply (if (= name "repl") spawn-privileged spawn) app-process args))

(defn- start-app
  "Spawns the process of a window's app; returns the window with it."
  [w state]
  (let [pid (spawn-app (:app w) (make-window! (:id w)) (:id w) (:app w) state (:w w) (- (:h w) title-height))]
    (monitor pid)
    (assoc w :pid pid :error nil :dead? false)))

(defn restart
  "Starts the app of a window again, with a fresh state."
  [d id]
  (update-window d id (fn [w] (start-app w nil))))

(defapp problem
  {:title "Problem" :width 560 :height 150 :hidden? true :state ""}
  (fn [message]
    [:column {:pad 16 :gap 10 :grow 1}
     [:text {:bold true :color :danger} "An app could not be loaded"]
     [:text {:wrap true} message]
     [:text {:color :muted} "The rest of the desktop goes on."]]))

(defn open
  "Opens a window for an app: the next desktop. The process is spawned at once."
  [d name state]
  (let [app (get @apps name)
        id (:next-id d)]
    (if (nil? app)
      d
      (let [w (min (:width app) (:width d))
            h (min (+ title-height (:height app)) (- (:height d) bar-height))
            [x y] (or (:place app) (place d id w h))
            x (max 0 (min x (- (:width d) w)))
            y (max 0 (min y (- (:height d) bar-height h)))
            w {:id id :app name :title (:title app) :x x :y y :w w :h h :workspace (:workspace d)
               :minimized? false :focus nil}]
        (-> d
            (assoc :next-id (inc id) :menu nil)
            (assoc :windows (conj (:windows d) (start-app w state))))))))

;; --- The picture of the desktop ---------------------------------------------------------------------

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

(defn- toggle-menu [d] (assoc d :menu (if (:menu d) nil :launcher) :menu-at 0 :query ""))

(defn- open-menu
  "Opens a context menu at a place: menu is {:window id} or {:desktop true}."
  [d menu x y]
  (assoc d :menu (assoc menu :x x :y y) :menu-at 0))

(defn- toggle-window [d id]
  (let [front (focused-window d)]
    (if (= id (:id front)) (minimize d id) (raise d id))))

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

(defn- all-items
  "The launcher's items: [label handler]."
  []
  (conj (mapv (fn [name] [(:title (get @apps name)) (fn [d] (open d name nil))])
              (sort (remove (fn [name] (:hidden? (get @apps name))) (keys @apps))))
        ["Power off" (fn [d] (with-fx d [power-off]))]))

(defn- window-items
  "What can be done with a window: [label handler]."
  [d id]
  (let [w (window-by-id d id)]
    (into [["Minimise" (fn [d] (minimize d id))]
           [(if (= :max (:tile w)) "Restore" "Maximise") (fn [d] (toggle-max d id))]
           ["Left half" (fn [d] (tile d id :left))]
           ["Right half" (fn [d] (tile d id :right))]]
          (conj (mapv (fn [n] [(str "To workspace " (inc n)) (fn [d] (move-to-workspace d id n))])
                      (remove (fn [n] (= n (:workspace w))) (range workspaces)))
                ["Close" (fn [d] (close d id))]))))

(defn- desktop-items
  "What the wallpaper's menu offers: [label handler]."
  [d]
  (let [windows (shown d)]
    [["Open the launcher" toggle-menu]
     ["New REPL" (fn [d] (open d "repl" nil))]
     ["Minimise all" (fn [d] (reduce (fn [d w] (minimize d (:id w))) d windows))]
     ["Keys" (fn [d] (assoc d :help? true))]]))

(defn- menu-items
  "The items of the open menu: [label handler]."
  [d]
  (let [menu (:menu d)]
    (cond
      (nil? menu) []
      (:window menu) (window-items d (:window menu))
      (:desktop menu) (desktop-items d)
      :else (let [query (clojure.string/lower-case (:query d ""))]
              (filterv (fn [[label _]] (clojure.string/includes? (clojure.string/lower-case label) query))
                       (all-items))))))

(defn- choose
  "Closes the open menu and does what its item of a number says."
  [d index]
  (let [items (menu-items d)]
    (if (empty? items)
      d
      ((second (nth items (min index (dec (count items))))) (assoc d :menu nil)))))

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

(defn- menu-key [d message]
  (let [n (max 1 (count (menu-items d)))
        query (:query d "")
        search (fn [text] (assoc d :query text :menu-at 0))]
    (case (:key message)
      :down (assoc d :menu-at (mod (inc (:menu-at d)) n))
      :up (assoc d :menu-at (mod (dec (:menu-at d)) n))
      :home (assoc d :menu-at 0)
      :end (assoc d :menu-at (dec n))
      :enter (choose d (:menu-at d))
      :backspace (if (empty? query) d (search (subs query 0 (dec (count query)))))
      (cond
        (and (= :launcher (:menu d)) (:text message)) (search (str query (:text message)))
        (= :space (:key message)) (choose d (:menu-at d))
        :else d))))

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

;; --- The pointer ------------------------------------------------------------------------------------

(defn- inside? [x y left top w h]
  (and (>= x left) (>= y top) (< x (+ left w)) (< y (+ top h))))

(defn- window-at [d x y]
  (last (filter (fn [w]
                  (and (visible? d w)
                       (inside? x y (- (:x w) edge) (- (:y w) edge) (+ (:w w) edge edge) (+ (:h w) edge edge))))
                (:windows d))))

(defn- edges-at [w x y]
  (let [left? (< x (+ (:x w) 3)) right? (>= x (- (+ (:x w) (:w w)) 5))
        top? (< y (+ (:y w) 3)) bottom? (>= y (- (+ (:y w) (:h w)) 5))]
    (when (or left? right? top? bottom?)
      {:left left? :right right? :top top? :bottom bottom?})))

(defn- overlay? [hit] (and (nil? (:surface hit)) (contains? #{:bar :menu :help} (:key hit))))

(defn- target [hits event]
  (some (fn [hit] (when (contains? (:handlers hit) event) hit)) hits))

(defn- fire
  "Calls a handler where it belongs: the shell's own with the desktop, an app's by message."
  [d hit event-key event]
  (let [handler (get (:handlers hit) event-key)
        event (assoc event :x (first (:local hit)) :y (second (:local hit)))]
    (if (:surface hit)
      (let [w (window-by-id d (:surface hit))]
        (if w (with-fx d [send (:pid w) {:type :event :handler handler :event event}]) d))
      (call-handler handler d event))))

(def double-click-us "Two clicks within this time are a double click." 400000)

(defn- double-click? [before message]
  (and before
       (< (- (:time-us message) (:time-us before)) double-click-us)
       (< (abs (- (:x message) (:x before))) 5)
       (< (abs (- (:y message) (:y before))) 5)))

(defn- pointer-down [d message]
  (let [x (:x message) y (:y message)
        hits (hit-test x y)
        overlaid? (some overlay? hits)
        w (when-not overlaid? (window-at d x y))
        d (if overlaid? d (assoc d :menu nil :help? false))
        d (if w (update-window (raise d (:id w)) (:id w) (fn [w] (if (:focus w) (assoc w :focus nil) w))) d)
        click (target hits :on-click)
        down (target hits :on-pointer-down)
        edges (when (and w (not click)) (edges-at w x y))
        title? (and w (not click) (>= y (:y w)) (< y (+ (:y w) title-height)))
        again? (double-click? (:last-down d) message)
        d (assoc d :last-down (select-keys message [:x :y :time-us]))]
    (cond
      (and (= :right (:button message)) overlaid?) d
      (and (= :right (:button message)) title?) (open-menu d {:window (:id w)} x y)
      (and (= :right (:button message)) (nil? w)) (open-menu d {:desktop true} x y)
      (not= :left (:button message)) d
      (and w (:alt message)) (assoc d :drag {:kind :move :id (:id w) :x x :y y :from w})
      edges (assoc d :drag {:kind :resize :id (:id w) :edges edges :x x :y y :from w})
      click (let [d (assoc d :pressed click)]
              (if down (fire d down :on-pointer-down {:type :pointer-down}) d))
      down (fire (assoc d :pressed down) down :on-pointer-down {:type :pointer-down})
      title?
      (assoc d :drag {:again? again? :kind :move :id (:id w) :x x :y y :from w})
      :else d)))

(defn- moved [d drag x y]
  (let [from (:from drag)
        dx (- x (:x drag)) dy (- y (:y drag))
        limit-x (- (:width d) 40) limit-y (- (:height d) bar-height title-height)]
    (update-window d (:id drag)
                   (fn [w] (assoc w
                                  :x (max (- 80 (:w w)) (min limit-x (+ (:x from) dx)))
                                  :y (max 0 (min limit-y (+ (:y from) dy))))))))

(defn- pull-out
  "Takes a window that is dragged out of its tile: its old size, under the pointer."
  [d drag x y]
  (let [w (window-by-id d (:id drag))]
    (if (and (:tile w) (or (> (abs (- x (:x drag))) 6) (> (abs (- y (:y drag))) 6)))
      (let [d (tile d (:id w) nil)
            back (window-by-id d (:id w))
            left (- (:x drag) (quot (* (:w back) (- (:x drag) (:x w))) (max 1 (:w w))))
            from (assoc back :x left :y (:y w))]
        (assoc d :drag (assoc drag :from from)))
      d)))

(defn- drag-window
  "The window being moved follows the pointer; at an edge of the screen its tile is shown."
  [d x y]
  (let [d (pull-out d (:drag d) x y)
        drag (:drag d)]
    (if (:tile (window-by-id d (:id drag)))
      d
      (assoc (moved d drag x y) :snap (snap-tile d x y)))))

(defn- drop-window
  "Ends a move: into the tile shown, if one is. A double click that moved nothing fills the screen, or ends that."
  [d x y]
  (let [{from-x :x from-y :y :keys [id again?]} (:drag d)
        d (drag-window d x y)]
    (cond
      (and again? (< (abs (- x from-x)) 5) (< (abs (- y from-y)) 5)) (toggle-max (assoc d :last-down nil :snap nil) id)
      (:snap d) (assoc (tile (moved d (:drag d) (:x (:drag d)) (:y (:drag d))) id (:snap d)) :snap nil)
      :else d)))

(defn- resized [d drag x y]
  (let [from (:from drag) edges (:edges drag)
        dx (- x (:x drag)) dy (- y (:y drag))
        right (+ (:x from) (:w from)) bottom (+ (:y from) (:h from))
        left (if (:left edges) (min (+ (:x from) dx) (- right width-min)) (:x from))
        top (if (:top edges) (max 0 (min (+ (:y from) dy) (- bottom height-min))) (:y from))
        right (if (:right edges) (max (+ right dx) (+ left width-min)) right)
        bottom (if (:bottom edges) (max (+ bottom dy) (+ top height-min)) bottom)]
    (-> d
        (update-window (:id drag) (fn [w] (assoc w :x left :y top :w (- right left) :h (- bottom top) :tile nil)))
        (send-size (:id drag)))))

(defn- pointer-move [d message]
  (let [[x y] (pointer-place)
        drag (:drag d)
        pressed (:pressed d)]
    (cond
      (= :move (:kind drag)) (drag-window d x y)
      (= :resize (:kind drag)) (resized d drag x y)
      (and pressed (contains? (:handlers pressed) :on-pointer-move))
      (let [[left top] (:rect pressed)]
        (fire d (assoc pressed :local [(- x left) (- y top)]) :on-pointer-move {:type :pointer-move}))
      :else d)))

(defn- pointer-up [d message]
  (let [pressed (:pressed d)
        x (:x message) y (:y message)
        drag (:drag d)
        ;; The drag ends where the button was released, however many moves were left out.
        d (case (:kind drag) :move (drop-window d x y) :resize (resized d drag x y) d)
        same (when pressed (some (fn [hit] (when (= (:path hit) (:path pressed)) hit)) (hit-test x y)))
        d (assoc d :drag nil :pressed nil)
        d (if (and pressed (contains? (:handlers pressed) :on-pointer-up))
            (fire d pressed :on-pointer-up {:type :pointer-up})
            d)]
    (if (and same (contains? (:handlers same) :on-click))
      (fire d same :on-click {:type :click})
      d)))

(defn- wheel [d message]
  (let [hit (target (hit-test (:x message) (:y message)) :on-scroll)]
    (if hit (fire d hit :on-scroll {:type :scroll :notches (:notches message)}) d)))

;; --- The keyboard -----------------------------------------------------------------------------------

(defn- nudge [d key shift?]
  (let [w (focused-window d)
        [dx dy] (get {:left [-24 0] :right [24 0] :up [0 -24] :down [0 24]} key)]
    (cond
      (nil? w) d
      shift? (-> d
                 (update-window (:id w) (fn [w] (assoc w :tile nil :w (max width-min (+ (:w w) dx))
                                                         :h (max height-min (+ (:h w) dy)))))
                 (send-size (:id w)))
      :else (moved (update-window d (:id w) (fn [w] (assoc w :tile nil))) {:id (:id w) :from w :x 0 :y 0} dx dy))))

(defn- next-window [d]
  (let [windows (shown d)]
    (if (> (count windows) 1) (raise d (:id (first windows))) d)))

(defn- move-focus [d w step]
  (let [controls (focusables (:id w))
        n (count controls)
        at (:focus w)
        at (if (zero? n) nil (if (nil? at) (if (pos? step) 0 (dec n)) (mod (+ at step) n)))]
    (update-window d (:id w) (fn [w] (assoc w :focus at)))))

(defn- ring
  "The rectangle of the control that has the keyboard, or nil."
  [d]
  (let [w (focused-window d)
        controls (when (:focus w) (focusables (:id w)))]
    (when (and controls (< (:focus w) (count controls)))
      (:rect (nth controls (:focus w))))))

(defn- app-key [d w message]
  (let [root (some (fn [hit] (when (contains? (:handlers hit) :on-key) hit)) (key-targets (:id w)))
        controls (focusables (:id w))
        at (:focus w)
        control (when (and at (< at (count controls))) (nth controls at))]
    (cond
      root (with-fx d [send (:pid w) {:type :event :handler (:on-key (:handlers root)) :event message}])
      (= :tab (:key message)) (move-focus d w (if (:shift message) -1 1))
      (and control (contains? #{:enter :space} (:key message)) (contains? (:handlers control) :on-click))
      (with-fx d [send (:pid w) {:type :event :handler (:on-click (:handlers control)) :event {:type :click}}])
      :else d)))

(def workspace-keys "The keys that, with Super, name a workspace." {:1 0 :2 1 :3 2 :4 3})

(defn- key-down [d message]
  (let [key (:key message) alt? (:alt message) w (focused-window d)]
    (cond
      (= :f1 key) (assoc d :help? (not (:help? d)))
      (or (= :super key) (and alt? (= :escape key))) (toggle-menu d)
      (and (= :escape key) (or (:menu d) (:help? d))) (assoc d :menu nil :help? false)
      (and (:menu d) (not alt?) (not (:super message))) (menu-key d message)
      (and (:super message) (get workspace-keys key))
      (let [n (get workspace-keys key)]
        (if (and w (:shift message)) (move-to-workspace d (:id w) n) (show-workspace d n)))
      (and (:super message) w (contains? #{:left :right :up :down} key)) (tile-step d (:id w) key)
      (and w (or (= :menu key) (and alt? (= :space key))))
      (open-menu d {:window (:id w)} (+ (:x w) 8) (+ (:y w) title-height))
      (and alt? w (= :enter key)) (toggle-max d (:id w))
      (and alt? (= :tab key)) (next-window d)
      (and alt? w (= :f4 key)) (close d (:id w))
      (and alt? w (= :m key)) (minimize d (:id w))
      (and alt? (contains? #{:left :right :up :down} key)) (nudge d key (:shift message))
      w (app-key d w message)
      :else d)))

;; --- Messages ---------------------------------------------------------------------------------------

(defn- app-error [d message]
  (let [id (:id message)]
    (-> d
        (update-window id (fn [w] (assoc w :error (:message message))))
        (send-size id))))

(defn- app-died [d message]
  (let [[id _] (some (fn [entry] (when (= (:pid message) (:pid (val entry))) entry)) @running-apps)
        d (if (and id (nil? (window-by-id d id))) (with-fx d [drop-window! id]) d)
        w (some (fn [w] (when (= (:pid message) (:pid w)) w)) (:windows d))]
    (if w
      (update-window d (:id w)
                     (fn [w] (assoc w :dead? true
                                      :error (if (= "killed" (:reason message))
                                               "the app was ended"
                                               (str "the app died: " (:reason message))))))
      d)))

(defn handle
  "Answers a message with the next desktop."
  [d message]
  (case (:type message)
    :pointer-down (pointer-down d message)
    :pointer-move (pointer-move d message)
    :pointer-up (pointer-up d message)
    :wheel (wheel d message)
    :key (key-down d message)
    :open (open d (:app message) (:state message))
    :app-error (app-error d message)
    :exit (app-died d message)
    d))

(defn- clock-text []
  (let [seconds (wall-clock)]
    (if (nil? seconds)
      ""
      (let [minutes (quot seconds 60)
            two (fn [n] (if (< n 10) (str "0" n) (str n)))]
        (str (two (mod (quot minutes 60) 24)) ":" (two (mod minutes 60)))))))

(defn- apply-message! [message]
  (try
    (let [d (handle (dissoc @desktop :fx) message)]
      (reset! desktop (dissoc d :fx))
      (doseq [effect (:fx d)] (apply (first effect) (rest effect))))
    (catch :default error
      (log (str "shell: " (error-text error)))
      (when (and (= :open (:type message)) (not= "problem" (:app message)))
        (apply-message! {:type :open :app "problem" :state (error-text error)})))))

(defn- paint-desktop! [cache]
  (try
    (commit-desktop! (expand-view cache scene @desktop) (:width @desktop) (:height @desktop))
    (set-focus-ring! (ring @desktop))
    (catch :default error
      (log (str "shell: " (error-text error))))))

(defn shell-main
  "Runs the desktop for ever: opens apps by name, and a window for each problem."
  [width height app-names problems]
  (become-shell!)
  (swap! desktop assoc :width width :height height :clock (clock-text))
  (doseq [name app-names] (apply-message! {:type :open :app name}))
  (doseq [problem problems] (apply-message! {:type :open :app "problem" :state problem}))
  (let [cache (atom {:old {} :new {}})]
    (loop [painted nil]
      (when-not (identical? painted @desktop) (paint-desktop! cache))
      (let [painted @desktop
            message (next-message 1000)]
        (loop [message message n 0]
          (when message
            (apply-message! message)
            (recur (when (< n 64) (next-message 0)) (inc n))))
        (let [clock (clock-text)]
          (when-not (= clock (:clock @desktop)) (swap! desktop assoc :clock clock)))
        (recur painted)))))
