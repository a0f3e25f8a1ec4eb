;; The keyboard on the desktop: its own keys, the focus, and what goes to the app in front.

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

(defn- move-focus
  "Gives the keyboard to the next control of a window, or the one before; its tip comes as it does for the pointer."
  [d w step]
  (let [controls (filterv reachable? (focusables (:id w)))
        n (count controls)
        at (first (keep-indexed (fn [i control] (when (= (:inner control) (:focus w)) i)) controls))]
    (if (zero? n)
      d
      (let [control (nth controls (if at (mod (+ at step) n) (if (pos? step) 0 (dec n))))]
        (with-tip (set-focus d w (:inner control) :key) control (time-us))))))

(defn- ring
  "What shows who has the keyboard: [window path], or nil. A field shows it by its caret."
  [d]
  (let [w (focused-window d)
        control (when (and w (:ring? w) (not (keys-elsewhere? d))) (control-at w (:focus w)))]
    (when (and control (not (contains? #{:input :text-area} (:tag control))))
      [(:id w) (:inner control)])))

(defn- within? [inner outer]
  (and (<= (count outer) (count inner)) (= outer (subvec inner 0 (count outer)))))

(defn- key-paths
  "Who listens to a key, one after the other: the paths of the node with the focus, of what it is in, and of the app's own."
  [w control]
  (let [targets (key-targets (:id w))
        around (when control (filter (fn [target] (within? (:inner control) (:inner target))) (reverse targets)))
        app (first (remove :focusable targets))]
    (mapv :inner
          (if (or (nil? app) (some (fn [target] (= (:inner app) (:inner target))) around)) around (concat around [app])))))

(defn- app-key [d w message]
  (let [path (or (:focus w) (:inner (first (filter :field (focusables (:id w))))))
        d (if (= path (:focus w)) d (set-focus d w path :pointer))
        control (control-at w path)
        targets (key-paths w control)
        event (assoc message :time (event-ms message))
        event (if (and (:ctrl message) (= :v (:key message))) (assoc event :clipboard (:clipboard d)) event)
        step (if (:shift message) -1 1)]
    (cond
      (and (= :tab (:key message)) (or control (empty? targets))) (move-focus d (window-by-id d (:id w)) step)
      (and control (contains? #{:enter :space} (:key message)) (contains? (:handlers control) :on-click))
      (to-app (let [[x y _ height] (:rect control)] (assoc d :menu-place [x (+ y height)]))
              w {:type :event :handler (:on-click (:handlers control)) :event (assoc event :type :click)})
      (or control (seq targets)) (to-app d w {:type :key :path (when control path) :targets targets :event event})
      :else d)))

(def workspace-keys "The keys that, with Super, name a workspace." {:1 0 :2 1 :3 2 :4 3})

(defn- key-down [d message]
  (let [key (:key message) alt? (:alt message) w (focused-window d)]
    (cond
      (= :print key) (with-fx d [log "halt: screenshot"])
      (and alt? (= :tab key)) (step-switch d (if (:shift message) -1 1))
      (:switch d) (case key
                    :escape (assoc d :switch nil)
                    :right (step-switch d 1)
                    :left (step-switch d -1)
                    :down (row-switch d 1)
                    :up (row-switch d -1)
                    :enter (end-switch d)
                    d)
      (and (:super message) (= :t key)) (if (:travel d) (cancel-travel d) (open-timeline d nil))
      (:travel d) (travel-key d message)
      (= :f1 key) (toggle-help d)
      (or (= :super key) (and alt? (= :escape key))) (toggle-menu d)
      (and (= :escape key) (or (:menu d) (:help? d))) (assoc d :menu nil :help? nil)
      (and (:menu d) (not alt?) (not (:super message))) (menu-key d message)
      (and (:super message) (get workspace-keys key))
      (let [n (get workspace-keys key)]
        (if (and w (:shift message)) (move-to-workspace d (:id w) n) (show-workspace d n)))
      (and (:super message) (= :i key)) (start-pick d)
      (and (:super message) (= :n key)) (toggle-notices d)
      (and (:super message) (= :c key)) (toggle-calendar d)
      (and (:super message) w (contains? #{:left :right :up :down} key)) (tile-step d (:id w) key)
      (and w (or (= :menu key) (and alt? (= :space key))))
      (open-menu d {:window (:id w)} (+ (:x w) 8) (+ (:y w) title-height))
      (and alt? w (= :enter key)) (toggle-max d (:id w))
      (and alt? w (= :f4 key)) (close d (:id w))
      (and alt? w (= :m key)) (minimize d (:id w))
      (and alt? (contains? #{:left :right :up :down} key)) (nudge d key (:shift message))
      w (app-key d w message)
      :else d)))

(defn- key-up
  "Alt was let go: whoever steps through the windows has chosen."
  [d message]
  (if (= :alt (:key message)) (end-switch d) d))
