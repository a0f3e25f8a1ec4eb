;; Apps: what `defapp` makes, and the process that runs one.
;;
;; An app is a value: options and a view. A running app is a process with a window (a record that only the
;; shell can make), an atom for its state, and this loop: view -> scene -> picture -> commit -> wait for a
;; message -> new state. Handlers and views are pure; what they throw never loses the last good picture.

(defonce ^{:doc "All apps by name, the newest definition of each." :guarded true} apps (atom {}))

(defonce ^{:doc "The running apps by window id: {:app name :pid process :state atom}." :guarded true} running-apps (atom {}))

(defn app-changed!
  "Lets the running apps of a name paint again."
  [name]
  (doseq [run (vals @running-apps)]
    (when (= name (:app run)) (send (:pid run) {:type :repaint}))))

(defn code-changed!
  "Lets every running app make its scene anew: a function that it uses may be another one now."
  []
  (doseq [run (vals @running-apps)] (send (:pid run) {:type :code-changed})))

(defmacro defapp
  "Defines an app. options: {:title :state :width :height, :init (fn [] state), :from (fn [value] state) for
  `(open-app NAME value)`, :tick-ms n-or-function-of-the-state :on-tick handler, :on-message handler, :on-start handler (its event is
  {:type :start :grants map}: the capabilities that the shell hands to this app), :menu [[label handler] ...] (what
  a right click offers), :on-resize handler, :rests? true (while nothing of the window is to be seen, no tick comes and the processes that
  it spawned stand still), :on-wake handler (after that), :on-front handler (the window has the keyboard now, or no more)}. view is a pure function from state to scene. A handler is a pure function from state,
  or from state and event when it has exactly that arity, to state or to {:state s :fx [[f & args] ...]}."
  [name options view]
  `(do
     (def ~name (merge {:name ~(str name) :title ~(str name) :width 360 :height 240} ~options {:view ~view}))
     (register-app! ~name)
     '~name))

(defn ^:guarded app-state
  "Returns the atom with the state of the first running app of a name, or of the window with an id; else nil."
  [name-or-id]
  (if (number? name-or-id)
    (:state (get @running-apps name-or-id))
    (:state (some (fn [entry] (when (= name-or-id (:app (val entry))) (val entry)))
                  (sort-by key @running-apps)))))

;; --- Built-in apps: known from the start, loaded when they are first opened --------------------------

(def ^:private catalogue (delay (read-string (app-catalogue))))

(defn built-in
  "What the about.clj of a built-in app says, or nil."
  [name]
  (get @catalogue name))

(defn register-app!
  "Makes an app known by its name, in place of one that is called so. Its processes are confined to the namespace that it comes from. A process
  that is confined itself may take no name of a built-in app but its own, nor that of an app from elsewhere."
  [app]
  (let [name (:name app) own (confined*) home (or own (str (current-ns*)))]
    (when (and own (not= home (if (built-in name) (str "app." name) (::home (get @apps name) home))))
      (throw (ex-info (str "the app " (pr-str name) ": this process was not handed the right to define it") {:type :not-permitted})))
    (swap! apps assoc name (assoc app ::home home))
    (app-changed! name)))

(defn known-apps
  "What there is to open, by name: maps with :title, :about, :group, :icon and :color, as far as they are told."
  []
  (reduce (fn [known app] (assoc known (:name app) (merge (get known (:name app)) (select-keys app [:title :hidden? :about :icon :color]))))
          @catalogue
          (vals @apps)))

(defn load-app
  "Loads a built-in app into a namespace of its own, app.NAME, then has the shell open it; run by a process of its own."
  [name state]
  (let [file (str "apps/" name "/app.clj")
        pid (spawn-source file (app-source name) (str "app." name))
        end (loop []
              (let [message (next-message)]
                (case (:type message)
                  :exit message
                  (do (log (str name ": " (:text message))) (recur)))))
        problem (cond
                  (not= :normal (:reason end)) (str (:reason end))
                  (not (contains? @apps name)) (str file ": defines no app " (pr-str name)))]
    (when problem (log (str "halt: app: " problem)))
    (send-shell (if problem
                  {:type :open :app "problem" :given [problem]}
                  {:type :open :app name :given (when (and (map? state) (contains? state ::given)) [(::given state)])}))))

(defn open-app
  "Opens a window with the app of a name, or of the app itself; with a value, the app's `:from` makes its state of it."
  [app & [value :as given]]
  (let [name (if (map? app) (:name app) app)]
    (when-not (contains? (known-apps) name)
      (throw (ex-info (str "there is no app " (pr-str name) "; there are "
                           (clojure.string/join ", " (sort (keys (remove (fn [entry] (:hidden? (val entry))) (known-apps))))))
                      {:type :no-such-app :name name})))
    (send-shell {:type :open :app name :given (when given [value])})
    name))

(defn inspect
  "Opens an inspector of any value, and returns it."
  [value]
  (open-app "inspector" value)
  value)

(defn- first-state
  "The state that an app begins with: a given one, one made of a given value, or its own."
  [app state]
  (cond
    (and (map? state) (contains? state ::given))
    (if-let [from (:from app)]
      (from (::given state))
      (throw (ex-info (str "the app " (pr-str (:name app)) " is opened without a value: it has no :from") {:type :takes-no-value})))
    (some? state) state
    (:init app) ((:init app))
    :else (:state app)))

;; --- What handlers may ask of the desktop, as effects: {:state s :fx [[notify! "Done" "42 files"]]} -------

(defn notify!
  "Tells the user something: a toast for a while, then a line among the notices."
  [title text]
  (send-shell {:type :notify :title (str title) :text (str text)})
  nil)

(defn copy!
  "Makes any value the clipboard's. A key event of Ctrl+V brings it to the app in front, as :clipboard."
  [value]
  (send-shell {:type :copy :value value})
  nil)

;; --- Components -------------------------------------------------------------------------------------

(declare expand expand-parts list-view animate explain-node!)

(def frame-ms "Milliseconds from one picture of what moves to the next." 16)

(defn- now-ms [] (quot (time-us) 1000))

(defn- expand-component [cache call]
  (let [known (get (:old @cache) call)]
    (if known
      (do (swap! cache assoc-in [:new call] known) known)
      (let [moving (:moving @cache)
            scene (expand cache (apply (first call) (rest call)))]
        ;; What moves is another one next time.
        (when (= moving (:moving @cache)) (swap! cache assoc-in [:new call] scene))
        scene))))

(defn- expand-moving
  "What is a function of time is called with the time now, and asks for another picture as long as it changes."
  [cache [_ {:keys [at] length :for} f]]
  (let [now (now-ms) t (- now at) due (if (neg? t) at (+ now frame-ms))]
    (when (or (nil? length) (< t length))
      (swap! cache (fn [calls] (assoc calls :moving (inc (:moving calls 0)) :due (min due (:due calls due))))))
    (expand cache (f (max 0 (if length (min t length) t))))))

(defn- expand-list
  "A list makes only the rows that are in sight: what was measured of it is at its :key."
  [cache [_ {:keys [key row-height] :as styles}]]
  (swap! cache assoc-in [:lists key] (or row-height row-height-default))
  (expand cache (list-view styles (get (:places @cache) key))))

(def ^:private parts-max
  "Parts of vectors and sequences that are made for one picture: some for each node that is laid out at a time. A sequence may be endless."
  60000)

(defn- take-parts
  "The parts of a vector or a sequence, as a vector; nil when there are more than may be made."
  [cache parts]
  (let [room (- parts-max (:made @cache 0))
        parts (if (vector? parts) parts (into [] (take (inc room)) parts))
        n (count parts)]
    (when (<= n room)
      (swap! cache (fn [calls] (assoc calls :made (+ n (:made calls 0)))))
      parts)))

(defn expand
  "Calls the components of a scene (vectors that begin with a function) and realises its sequences. A component
  is not called again while its arguments are equal: cache is an atom of {:old calls :new calls}. In place of what is
  more than one picture holds stands an error."
  [cache scene]
  (cond
    (scene-flat? scene) scene
    (vector? scene) (let [head (nth scene 0 nil)]
                      (cond
                        (identical? list-view head) (expand-list cache scene)
                        (identical? animate head) (expand-moving cache scene)
                        (fn? head) (expand-component cache scene)
                        :else (expand-parts cache scene)))
    (map? scene) scene
    (seq? scene) (expand-parts cache scene)
    :else scene))

(defn- expand-parts [cache scene]
  (if-let [parts (take-parts cache scene)]
    (let [parts (mapv (fn [part] (expand cache part)) parts) place (meta scene)]
      (cond
        (seq? scene) (apply list parts)
        ;; What is picked from the screen tells by its metadata where it was written.
        place (with-meta parts place)
        :else parts))
    [:error (str "more than " parts-max " parts of a scene are new at a time: a list-view makes those in sight")]))

(defn- expand-view
  "Calls a view. places: where its lists are, by key; when these change, no component is taken over."
  [cache view state & [places]]
  (swap! cache (fn [calls] {:old (if (= places (:places calls)) (:new calls) {}) :new {} :places places :lists {}}))
  (expand cache (view state)))

;; --- Events -----------------------------------------------------------------------------------------

(defn call-handler
  "Calls a handler: with state and event when it takes exactly two arguments, else with the state."
  [handler state event]
  (if (takes-two? handler) (handler state event) (handler state)))

(defn- outcome [result]
  (if (and (map? result) (contains? result :fx))
    result
    {:state result}))

(def history-max "How many states of an app can be undone, where there is room for them." 200)

(defn memory-scarce?
  "Whether more than half of the memory lives, as of the last collection."
  []
  (> (* 2 (figures :old-live-bytes)) (figures :arena-bytes)))

(defn- make-room
  "Forgets the older half of an app's states where memory is scarce; the next collection tells what it brought."
  [run]
  (let [n (figures :major-collections)]
    (if (= n (:room-at run))
      run
      (let [history (:history run)]
        (assoc run :room-at n :history (if (memory-scarce?) (subvec history (quot (inc (count history)) 2)) history))))))

(defn- commit-state!
  "Commits what a handler makes of the state. Returns the states before and after, and what it answered: :pass, which leaves
  all as it is, :same when nothing came of it, else :changed."
  [state handler event]
  (loop []
    (let [old @state
          result (call-handler handler old event)]
      (if (= :pass result)
        [old old :pass]
        (let [new (outcome result)
              next-state (if (contains? new :state) (:state new) old)]
          (if (compare-and-set! state old next-state)
            (do (doseq [effect (:fx new)] (apply (first effect) (rest effect)))
                [old next-state (if (and (identical? old next-state) (empty? (:fx new))) :same :changed)])
            (recur)))))))

;; --- The loop ---------------------------------------------------------------------------------------

(defn- complain!
  "Shows a strip with an error of the view or of a handler; the last good picture stays."
  [run what error]
  (let [text (str (name what) ": " (error-text error))]
    (log (str (:app run) ": " text))
    (send-shell {:type :app-error :window (:window run) :id (:id run) :message text})
    (assoc run :failed what :failed-event nil)))

(defn- all-well!
  "Takes the strip away when what failed has worked again."
  [run what]
  (if (= what (:failed run))
    (do (send-shell {:type :app-error :window (:window run) :id (:id run) :message nil})
        (assoc run :failed nil :failed-event nil))
    run))

(defn- due?
  "Whether the time has come for another picture of what moves by itself."
  [{:keys [due]}]
  (and due (>= (now-ms) due)))

(defn- paint!
  "Paints what the window is to show now, unless it shows it already."
  [run]
  (let [app (get @apps (:app run))
        state @(:state run)
        now [(:width run) (:height run)]
        same? (and (identical? state (:state-shown run)) (identical? app (:app-shown run)) (= now (:size-shown run)))
        same? (and same? (= (:places run) (:places-shown run)) (not (due? run)))
        held (held run)]
    (if (and same? (= held (:held-tried run)))
      run
      (let [run (assoc run :state-shown state :app-shown app :size-shown now :places-shown (:places run) :held-tried held)]
        (try
          ;; A caret that moves asks for no new scene.
          (let [scene (if (and same? (:scene run)) (:scene run) (expand-view (:cache run) (:view app) state (:places run)))]
            (paint-window! (:window run) scene (:width run) (:height run) held (:held-shown run))
            (all-well! (assoc run :scene scene :held-shown held :due (:due @(:cache run))) :view))
          (catch :default error
            (complain! (assoc run :scene nil :due nil) :view error)))))))

(defn- attempt
  "Lets a handler answer an event: [run answer], see commit-state!."
  [run handler event]
  (try
    (let [[old new answer] (commit-state! (:state run) handler event)
          run (if (identical? old new) run (make-room run))
          history (:history run)
          history (if (< (count history) history-max) history (subvec history 1))]
      ;; What changed nothing is nothing to undo.
      [(all-well! (if (identical? old new) run (assoc run :history (conj history old))) :handler) answer])
    (catch :default error
      [(assoc (complain! run :handler error) :failed-event [handler event]) :failed])))

(defn- handle-event [run handler event] (first (attempt run handler event)))

(defn- handle-aside
  "Lets a handler, if there is one, answer an event that is no step to undo."
  [run handler event]
  (if handler
    (let [run (make-room run)]
      (assoc (handle-event run handler event) :history (:history run)))
    run))

;; --- Time -------------------------------------------------------------------------------------------

(defn- tick-ms
  "Milliseconds from one tick to the next, or nil while the app asks for none."
  [run]
  (let [ms (:tick-ms (get @apps (:app run)))]
    (when-not (or (:frozen? run) (:resting? run)) (if (fn? ms) (try (ms @(:state run)) (catch :default _ nil)) ms))))

(defn- wait-ms
  "Milliseconds to wait for a message before the next tick is due, or a picture of what moves; nil for ever."
  [run]
  (let [ms (tick-ms run)
        times (remove nil? [(when ms (+ (:ticked-ms run) ms)) (when-not (or (:frozen? run) (:resting? run)) (:due run))])]
    (when (seq times) (max 0 (- (reduce min times) (now-ms))))))

(defn- tick
  "Calls :on-tick when its time has come. What it changes is no step to undo."
  [run]
  (let [now (quot (time-us) 1000)
        ms (tick-ms run)]
    (if (and ms (>= now (+ (:ticked-ms run) ms)))
      (handle-aside (assoc run :ticked-ms now) (:on-tick (get @apps (:app run))) {:type :tick :time now})
      run)))

(defn- resized
  "Notes the size of the window's content; an app that asks for it by :on-resize gets it as an event: no step to undo."
  [run width height]
  (handle-aside (assoc run :width width :height height)
                (:on-resize (get @apps (:app run)))
                {:type :resize :width width :height height}))

(defn- rested
  "The window has gone out of sight, or come back after that, which :on-wake is told of: no step to undo."
  [run on?]
  (let [run (assoc run :resting? on?)]
    (if on? run (handle-aside run (:on-wake (get @apps (:app run))) {:type :wake :time (quot (time-us) 1000)}))))

(defn- retry
  "Tries again what failed: the view is called anew, or the handler with the event that it threw at."
  [run]
  (let [[handler event] (:failed-event run)
        run (assoc run :size-shown nil)]
    (if handler (handle-event run handler event) run)))

(defn- anew
  "Forgets what was painted: scenes hold functions and colours, and components that were expanded before hold what those gave."
  [run]
  (reset! (:cache run) {:old {} :new {}})
  (assoc run :size-shown nil))

(defn- handle-control
  "Does what the shell, or a process that may do as much, wants of this very process."
  [run message]
  (case (:type message)
    :freeze (assoc run :frozen? (:on? message))
    :event (handle-event run (:handler message) (:event message))
    :key (key-event run message)
    :control (control-event run (:path message) (:event message))
    :scroll (scroll-node run (:path message) (:pixels message))
    :focus (focus-on run (:path message) (:by message))
    :in-front (handle-aside (assoc run :in-front? (:on? message)) (:on-front (get @apps (:app run))) {:type :front :on? (:on? message)})
    :rest (rested run (:on? message))
    :retry (retry run)
    :refresh (anew run)
    :make-room (make-room run)
    :update (handle-event run (:fn message) nil)
    :resize (resized run (:width message) (:height message))
    :explain (do (explain-node! run (:path message)) run)
    :undo (if (empty? (:history run))
            run
            (do (reset! (:state run) (peek (:history run)))
                (assoc run :history (pop (:history run)))))
    run))

(defn- handle-plain
  "Answers a message that anybody may have sent: it can bring a new picture of the same state, or what :on-message makes of it."
  [run message]
  (case (:type message)
    :repaint run
    :code-changed (anew run)
    ::focus (assoc run :wanted message)
    ::list (turn-list run message)
    ::menu (do (send-shell {:type :menu :window (:window run) :items (:items message)}) run)
    (let [handler (:on-message (get @apps (:app run)))]
      (if handler (handle-event run handler message) run))))

(defn- handle-message [run message]
  (let [control (control-message message)]
    (if control (handle-control run control) (handle-plain run message))))

(defn- show!
  "Paints; again, when the picture tells that a caret is somewhere else."
  [run]
  (paint! (settle (paint! run))))

(defn- drain
  "Handles what waits in the mailbox, so that many messages cost one picture."
  [run]
  (loop [run run n 0]
    (let [message (when (< n 64) (next-message 0))]
      (if message (recur (handle-message run message) (inc n)) run))))

(defn app-process
  "Runs an app in a window until it is killed. grants: the capabilities that are handed to it, by name."
  [window id name state width height grants]
  (let [app (get @apps name)
        state (atom (first-state app state))
        run {:app name :window window :id id :width width :height height :state state
             :history [] :ticked-ms (quot (time-us) 1000) :fresh? true :in-front? true :cache (atom {:old {} :new {}})}]
    (swap! running-apps assoc id {:app name :pid (self) :state state})
    ;; Whoever changes the state, the window shows it.
    (let [pid (self)]
      (add-watch state :repaint (fn [_ _ _ _] (send pid {:type :repaint}))))
    (loop [run (let [start (:on-start app)
                     run (handle-aside run start {:type :start :grants grants})]
                 (show! (resized run width height)))]
      ;; Frozen, it only paints what it is told to: the shell looks at its past.
      (let [message (next-message (wait-ms run))
            run (if message (drain (handle-message run message)) run)]
        (recur (show! (tick run)))))))
