;; The desktop as one value, and what can be done with its windows.
;;
;; `desktop` holds everything: windows from back to front, the workspace in front, the open menu, the drag in progress.
;; Every function here takes a desktop and returns the next one; effects wait under :fx.

(def bar-height 40)
(def title-height 32)
(def strip-height 64)
(def edge 6)
(def width-min 160)
(def height-min 90)

;; Whoever evaluates this file anew keeps the windows.
(defonce ^{:doc "The whole desktop as a value."} desktop
  (atom {:width 0 :height 0 :screen [0 0] :windows [] :next-id 1 :workspace 0 :menu nil :drag nil :pressed nil :hover nil :tip nil :carry nil :switch nil :travel nil :fork nil :resting #{} :pick nil
         :clock "" :now nil :gauges nil :clipboard nil :notices [] :toasts [] :unread 0 :help? nil :fades {}
         :settings {:theme :dark :accent :blue :wallpaper :dusk :utc-offset 0 :scale 100 :pointer 100 :repeat :fast}}))

(defn ^:open utc-offset "Minutes that the user's clock is ahead of UTC." [] (:utc-offset (:settings @desktop) 0))

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

(defn- to-app
  "Sends the app of a window a message that it obeys."
  [d w message]
  (with-fx d [send-control (:pid w) message]))

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
      (with-fx d [send-control (:pid w) {:type :resize :width (:w w) :height (- (:h w) title-height (if (:error w) strip-height 0))}])
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

(defn- spawn-app
  "Spawns the process of an app: confined to where the app comes from, unless its about.clj asks for all rights."
  [name & args]
  (if (:privileged? (built-in name))
    (apply spawn-privileged app-process args)
    (apply spawn-confined (:clojure.core/home (get @apps name)) app-process args)))

(defn- grants-of
  "The capabilities that an app is handed when it starts, by name: those that its about.clj asks for."
  [name]
  (into {}
        ;; Who holds the desktop's atoms can look at all and change it.
        (map (fn [right] [right (if (= :desktop right) {:desktop desktop :apps apps :running running-apps} (make-capability! right))]))
        (:grants (built-in name))))

(defn- sets-up?
  "Whether a window's app may change the settings; it is told what they are."
  [w]
  (boolean (some #{:settings} (:grants (built-in (:app w))))))

(declare scales)

(defn- settings-message [d] {:type :settings :settings (:settings d) :scales (scales d)})

(defn- start-app
  "Spawns the process of a window's app; returns the window with it."
  [w state]
  (let [pid (spawn-app (:app w) (make-window! (:id w)) (:id w) (:app w) state (:w w) (- (:h w) title-height) (grants-of (:app w)))]
    (monitor pid)
    (when (sets-up? w) (send pid (settings-message @desktop)))
    (assoc w :pid pid :error nil :dead? false)))

(defn restart
  "Starts the app of a window again, with a fresh state."
  [d id]
  (update-window d id (fn [w] (start-app w nil))))

(defn restart-running
  "Ends the app of a window, if there is such a window, and starts it again."
  [d id]
  (if-let [w (window-by-id d id)] (restart (with-fx d [kill (:pid w)]) id) d))

(defapp problem
  {:title "Problem" :width 560 :height 150 :hidden? true :state "" :from identity}
  (fn [message]
    [:column {:pad 16 :gap 10 :grow 1}
     [:text {:bold true :color :danger} "An app could not be loaded"]
     [:text {:wrap true} message]
     [:text {:color :muted} "The rest of the desktop goes on."]]))

(defn- fresh-title
  "The title of an app's next window: a number tells it from those that are open."
  [d title]
  (let [taken (set (map :title (:windows d)))]
    (first (remove taken (cons title (map (fn [n] (str title " " n)) (iterate inc 2)))))))

(defn- between
  "A whole number: one cut to a range, the least for what is not a number."
  [least most n]
  (cond (>= n most) most (> n least) (long n) :else least))

(defn open
  "Opens a window for an app: the next desktop. The process is spawned at once; an app that is not loaded yet comes when it is."
  [d name state]
  (let [app (get @apps name)
        id (:next-id d)]
    (if (nil? app)
      (if (contains? (known-apps) name) (with-fx (assoc d :menu nil) [spawn-confined (str "app." name) load-app name state]) d)
      (let [room (- (:height d) bar-height)
            w (between (min width-min (:width d)) (:width d) (:width app))
            h (between (min height-min room) room (+ title-height (between 0 room (:height app))))
            [x y] (or (:place app) (place d id w h))
            x (between 0 (- (:width d) w) x)
            y (between 0 (- room h) y)
            w {:id id :app name :title (fresh-title d (:title app)) :x x :y y :w w :h h :workspace (:workspace d)
               :minimized? false :focus nil}]
        (-> d
            (assoc :next-id (inc id) :menu nil)
            (assoc :windows (conj (:windows d) (start-app w state))))))))
