;; The shell: the desktop as one value, and the pure functions that turn events into the next one.
;;
;; Enter at `shell-main`. windows.clj holds the value and what is done with windows, menus.clj the menus, look.clj the
;; picture, wallpapers.clj and settings.clj what the user chooses of it, pointer.clj, keyboard.clj and focus.clj the hands, switcher.clj Alt+Tab, timeline.clj the past, notices.clj what apps tell, gauges.clj the
;; task bar's figures, time.clj the calendar, carry.clj what goes with the pointer,
;; picking.clj how a node is picked for the inspector. `handle` answers each message with the next desktop, plus effects
;; under :fx. All of it can be redefined while it runs.

(defn- app-error [d message]
  (let [id (:id message)]
    (if (= (:message message) (:error (window-by-id d id)))
      d
      (-> d
          (update-window id (fn [w] (assoc w :error (:message message))))
          (send-size id)))))

(defn- app-died [d message]
  (let [[id _] (some (fn [entry] (when (= (:pid message) (:pid (val entry))) entry)) @running-apps)
        d (if (and id (nil? (window-by-id d id))) (with-fx d [drop-window! id]) d)
        w (some (fn [w] (when (= (:pid message) (:pid w)) w)) (:windows d))]
    (if w
      (let [text (if (= "killed" (:reason message)) "the app was ended" (str "the app died: " (:reason message)))
            d (update-window d (:id w) (fn [w] (assoc w :dead? true :error text)))]
        ;; Who does not see the window's strip is told.
        (if (visible? d w) d (notify d (:title w) text (time-us))))
      d)))

(defn- answered [d message]
  (case (if (and (:pick d) (hands (:type message))) ::picking (:type message))
    ::picking (pick-message d message)
    :pick (start-pick d)
    :pointer-down (pointer-down d message)
    :pointer-move (pointer-move d message)
    :pointer-up (pointer-up d message)
    :wheel (wheel d message)
    :key (key-down d message)
    :key-up (key-up d message)
    :notify (notify d (:title message) (:text message) (time-us))
    :restart (restart-running d (:id message))
    :copy (assoc d :clipboard (:value message))
    :open (open d (:app message) (if (vector? (:given message))
                                     {:clojure.core/given (first (:given message))}
                                     (:state message)))
    :app-error (app-error d message)
    :exit (app-died d message)
    :focus (asked-focus d message)
    :menu (asked-menu d message)
    :settings (change-settings d (:change message))
    d))

(defn handle
  "Answers a message with the next desktop."
  [d message]
  (let [after (answered (if (and (:tip d) (not= :pointer-move (:type message))) (assoc d :tip nil) d) message)]
    (follow-fades d (follow-sight d (follow-front d after)))))

(defn- apply-message! [message]
  (try
    (let [before @desktop
          d (handle (dissoc before :fx) message)
          after (dissoc d :fx)]
      ;; What only has effects paints nothing.
      (when-not (= before after) (reset! desktop after))
      (doseq [effect (:fx d)] (apply (first effect) (rest effect))))
    (catch :default error
      (log (str "shell: " (error-text error)))
      (when (and (= :open (:type message)) (not= "problem" (:app message)))
        (apply-message! {:type :open :app "problem" :state (error-text error)})))))

(defonce ^{:doc "When the next picture of what moves in the shell's own scenes is due, in milliseconds; nil while all is still."} moving (atom nil))

(defn- paint-desktop! [cache]
  (try
    (commit-desktop! (expand-view cache scene @desktop) (:width @desktop) (:height @desktop))
    (reset! moving (:due @cache))
    (set-focus-ring! (ring @desktop))
    (catch :default error
      (reset! moving nil)
      (log (str "shell: " (error-text error))))))

(defn- read-clock! []
  (let [seconds (wall-clock)
        now (when seconds (+ seconds (* 60 (:utc-offset (:settings @desktop)))))
        clock (if now (time-text now) "")]
    (when-not (= clock (:clock @desktop)) (swap! desktop assoc :clock clock :now now))))

(def gauges-us "Time from one reading of the gauges to the next, in microseconds." 1000000)

(def keep-us "The least time from one time that a launcher is asked to keep settings and files to the next, in microseconds." 5000000)

(defonce ^{:doc "What was to be kept when the launcher was asked last: {:settings :files :time-us}."} kept (atom nil))

(defn- ask-to-keep!
  "Asks the launcher, by a line of the log, to keep settings and files, if they have changed."
  [now-us]
  (let [now {:settings (:settings @desktop) :files @files :time-us now-us}
        old @kept]
    (cond
      (nil? old) (reset! kept now)
      (and (identical? (:settings old) (:settings now)) (identical? (:files old) (:files now))) nil
      (>= (- now-us (:time-us old)) keep-us) (do (reset! kept now) (log "halt: keep")))))

(defn- look-around!
  "What time brings: the clock, toasts that go, the gauges. Returns the newest reading."
  [before]
  (read-clock!)
  (let [now (time-us)]
    (swap! desktop (fn [d] (show-tip (expire-toasts d now) now)))
    (record! @desktop now)
    (ask-to-keep! now)
    (if (< (- now (:time-us before)) gauges-us)
      before
      (let [after (reading)
            new (gauges before after)]
        (when-not (= new (:gauges @desktop)) (swap! desktop assoc :gauges new))
        after))))

(defn- until-due
  "Milliseconds until the next picture of what moves, at most so many."
  [most]
  (if-let [due @moving] (max 0 (min most (- due (quot (time-us) 1000)))) most))

(defn shell-main
  "Runs the desktop for ever: opens apps by name, and a window for each problem. scale: percent that were asked for, or 0."
  [width height scale app-names problems]
  (become-shell!)
  (swap! desktop assoc :width width :height height :screen [width height])
  (when (pos? scale)
    (swap! desktop assoc :asked-scale scale)
    (apply-message! {:type :settings :change {:scale scale}}))
  (read-clock!)
  (doseq [name app-names] (apply-message! {:type :open :app name}))
  (doseq [problem problems] (apply-message! {:type :open :app "problem" :state problem}))
  (let [cache (atom {:old {} :new {}})]
    (loop [painted nil read (reading)]
      (when-not (and (identical? painted @desktop) (pos? (until-due 1))) (paint-desktop! cache))
      (let [painted @desktop
            message (next-message (until-due (if (waits-for-tip? painted) 100 1000)))]
        (loop [message message n 0]
          (when message
            (apply-message! message)
            (recur (when (< n 64) (next-message 0)) (inc n))))
        (recur painted (look-around! read))))))
