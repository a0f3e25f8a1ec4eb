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
        control (when (and at (< at (count controls))) (nth controls at))
        paste? (and (:ctrl message) (= :v (:key message)))
        message (assoc message :time (event-ms message))
        message (if paste? (assoc message :clipboard (:clipboard d)) message)]
    (cond
      root (with-fx d [send-control (:pid w) {:type :event :handler (:on-key (:handlers root)) :event message}])
      (= :tab (:key message)) (move-focus d w (if (:shift message) -1 1))
      (and control (contains? #{:enter :space} (:key message)) (contains? (:handlers control) :on-click))
      (with-fx d [send-control (:pid w) {:type :event :handler (:on-click (:handlers control)) :event (assoc message :type :click)}])
      :else d)))

(def workspace-keys "The keys that, with Super, name a workspace." {:1 0 :2 1 :3 2 :4 3})

(defn- key-down [d message]
  (let [key (:key message) alt? (:alt message) w (focused-window d)]
    (cond
      (= :print key) (with-fx d [log "halt: screenshot"])
      (and alt? (= :tab key)) (step-switch d (if (:shift message) -1 1))
      (:switch d) (case key
                    :escape (assoc d :switch nil)
                    (:right :down) (step-switch d 1)
                    (:left :up) (step-switch d -1)
                    :enter (end-switch d)
                    d)
      (and (:super message) (= :t key)) (if (:travel d) (cancel-travel d) (open-timeline d nil))
      (:travel d) (travel-key d message)
      (= :f1 key) (assoc d :help? (not (:help? d)))
      (or (= :super key) (and alt? (= :escape key))) (toggle-menu d)
      (and (= :escape key) (or (:menu d) (:help? d))) (assoc d :menu nil :help? false)
      (and (:menu d) (not alt?) (not (:super message))) (menu-key d message)
      (and (:super message) (get workspace-keys key))
      (let [n (get workspace-keys key)]
        (if (and w (:shift message)) (move-to-workspace d (:id w) n) (show-workspace d n)))
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
