;; Which node of a window has the keyboard. A window holds its path under :focus, and under :ring? whether it is marked: it is
;; when the keyboard moved it there.

(defn- reachable?
  "Whether the keyboard can do something with a control."
  [control]
  (some (fn [handler] (contains? (:handlers control) handler)) [:on-click :on-key :on-change :on-pointer-down :on-focus]))

(defn- control-at
  "The control at a path in a window, or nil."
  [w path]
  (when path (first (filter (fn [control] (= path (:inner control))) (focusables (:id w))))))

(defn- app-keys
  "Whether an app has a handler of keys for the whole of its window."
  [w]
  (boolean (seq (remove :focusable (key-targets (:id w))))))

(defn- set-focus
  "Gives the keyboard to the node at a path, or to none; by is :key, :pointer, :app, :all or :open. The app and both nodes are told."
  [d w path by]
  (let [marked (update-window d (:id w) (fn [w] (assoc w :focus path :ring? (contains? #{:key :app :all} by))))]
    (if (= path (:focus w))
      ;; Its text is to be selected, whoever has the keyboard.
      (if (= :all by) (to-app marked w {:type :focus :path path :by by}) marked)
      (let [tell (fn [d control event-key]
                   (if-let [handler (get (:handlers control) event-key)]
                     (to-app d w {:type :event :handler handler
                                  :event {:type (keyword (subs (name event-key) 3)) :time (quot (time-us) 1000)}})
                     d))]
        (-> marked
            (tell (control-at w (:focus w)) :on-blur)
            (to-app w {:type :focus :path path :by by})
            (tell (control-at w path) :on-focus))))))

(declare move-focus)

(defn- asked-focus
  "An app moves the keyboard within its own window: to a path, or some controls on."
  [d message]
  (if-let [w (window-by-id d (:id message))]
    ;; What a window begins with is not marked.
    (if (:path message) (set-focus d w (:path message) (cond (:all? message) :all (:focus w) :app :else :open)) (move-focus d w (:step message 1)))
    d))

(defn- keys-elsewhere?
  "Whether keys go to the desktop rather than to the window in front: a menu, the key list, the windows to choose from, the past."
  [d]
  (or (:menu d) (:help? d) (:switch d) (:travel d)))

(defn- follow-front
  "Tells the apps which of them keys go to now: it alone shows a caret. The one in front has precedence."
  [before after]
  (let [[old new] (map focused-window [before after])
        [was is] (map (fn [d w] (when-not (keys-elsewhere? d) (:pid w))) [before after] [old new])
        tell (fn [d w on?] (if (and w (window-by-id d (:id w))) (to-app d w {:type :in-front :on? on?}) d))]
    (cond-> after
      (and was (not= was is)) (tell old false)
      (and is (not= was is)) (tell new true)
      (not= (:pid old) (:pid new)) (with-fx [set-front! (:pid new)]))))

(defn- covers?
  "Whether a window that is shown hides all of another one."
  [over w]
  (and (<= (:x over) (:x w)) (<= (:y over) (:y w))
       (>= (+ (:x over) (:w over)) (+ (:x w) (:w w))) (>= (+ (:y over) (:h over)) (+ (:y w) (:h w)))))

(defn- to-rest
  "The processes of the apps that say :rests? and of which nothing is to be seen: minimised, on another workspace, or covered by
  one window. While the windows are shown small to choose from, those of the workspace are seen."
  [{:keys [windows switch] :as d}]
  (set (keep-indexed (fn [i w]
                       (when (and (:rests? (get @apps (:app w)))
                                  (not (some #{(:id w)} (:ids switch)))
                                  (or (not (visible? d w))
                                      (some (fn [over] (and (visible? d over) (covers? over w))) (subvec windows (inc i)))))
                         (:pid w)))
                     windows)))

(defn- follow-sight
  "Lets apps rest that have gone out of sight, and go on that have come back."
  [before after]
  (if (and (identical? (:windows before) (:windows after)) (= (:workspace before) (:workspace after)) (identical? (:ids (:switch before)) (:ids (:switch after))))
    after
    (let [old (:resting after) new (to-rest after)
          tell (fn [on?] (fn [d pid] (-> d (with-fx [set-resting! pid on?]) (with-fx [send-control pid {:type :rest :on? on?}]))))]
      (as-> after d
        (reduce (tell false) d (remove new old))
        (reduce (tell true) d (remove old new))
        (assoc d :resting new)))))
