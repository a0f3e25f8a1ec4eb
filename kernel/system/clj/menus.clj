;; Menus: the launcher, and what a right click offers. A menu is a value in the desktop, its items [label handler] are
;; computed when they are drawn or chosen; a handler takes the desktop.

(def fade-ms "How long what lies over the windows takes to come or to go, in milliseconds." 100)

(defn- follow-fades
  "Notes when a menu, or what else lies over the windows, came or went; what went is drawn a little longer."
  [before after]
  (reduce (fn [d key]
            (if (= (nil? (get before key)) (nil? (get after key)))
              d
              (assoc-in d [:fades key] {:at (quot (time-us) 1000) :was (when (get before key) (dissoc before :fades :fx))})))
          after
          [:menu :travel :switch :help?]))

(defn- toggle-help [d] (assoc d :help? (when-not (:help? d) true)))

(defn- toggle-menu [d] (assoc d :menu (if (:menu d) nil :launcher) :menu-at 0 :query ""))

(defn- open-menu
  "Opens a context menu at a place: menu is {:window id}, {:content id} (inside of a window), {:popup id :items items} (an app's),
  {:group app} (its windows) or {:desktop true}."
  [d menu x y]
  (assoc d :menu (assoc menu :x x :y y) :menu-at 0))

(defn- asked-menu
  "An app shows a menu of its own, at what was clicked last: items [label handler]."
  [d message]
  (let [w (focused-window d)
        [x y] (:menu-place d)
        items (filterv (fn [item] (fn? (second item))) (:items message))]
    (if (and x (= (:id w) (:id message)) (seq items))
      (open-menu d {:popup (:id w) :items items} x y)
      d)))

(defn- toggle-group
  "Opens the list of an app's windows above the task bar, or closes it."
  [d app x]
  (if (= app (:group (:menu d)))
    (assoc d :menu nil)
    (open-menu d {:group app} x (:height d))))

(defn- toggle-window [d id]
  (let [front (focused-window d)]
    (if (= id (:id front)) (minimize d id) (raise d id))))

(defn- all-items
  "The launcher's items: [label handler {:about :group :icon :color}], apps first."
  []
  (conj (mapv (fn [[name app]] [(:title app) (fn [d] (open d name nil)) app])
              (sort-by (fn [[_ app]] (clojure.string/lower-case (:title app)))
                       (remove (fn [entry] (:hidden? (val entry))) (known-apps))))
        ["Timeline" (fn [d] (open-timeline d nil)) {:about "The desktop's past, to look at and to resume" :icon :clock}]
        ["Fork the desktop" fork-desktop {:about "Go on in a copy, to keep or to drop" :icon :fork}]
        ["Power off" (fn [d] (with-fx d [power-off])) {:about "Ends everything" :icon :power}]))

(defn- found-items
  "The items in which every word of a query is found: those whose title begins with it first, then those that have it in the title."
  [query]
  (let [query (clojure.string/lower-case query)
        words (remove empty? (clojure.string/split query #" +"))
        text (fn [[label _ more]] (clojure.string/lower-case (str label " " (:about more) " " (:group more))))
        rank (fn [[label]]
               (let [label (clojure.string/lower-case label)]
                 (cond (clojure.string/starts-with? label query) 0 (clojure.string/includes? label query) 1 :else 2)))]
    (vec (sort-by rank (filter (fn [item] (let [text (text item)] (every? (fn [word] (clojure.string/includes? text word)) words)))
                               (all-items))))))

(def app-items-max "How many items of an app's own menu are shown." 20)

(defn- for-app
  "An item of a menu that an app answers: [label handler of the desktop]."
  [w [label handler]]
  [(clipped label) (fn [d] (to-app d w {:type :event :handler handler :event {:type :menu}}))])

(defn- app-items
  "The items of an app's own menu, `:menu [[label handler] ...]` of its `defapp`: [label handler of the desktop]."
  [w]
  (let [items (:menu (get @apps (:app w)))]
    (mapv (fn [item] (for-app w item))
          (take app-items-max (filter (fn [item] (and (vector? item) (fn? (second item)))) (when (sequential? items) items))))))

(defn- window-items
  "What can be done with a window: [label handler]."
  [d id]
  (let [w (window-by-id d id)]
    (into [["Minimise" (fn [d] (minimize d id))]
           [(if (= :max (:tile w)) "Restore" "Maximise") (fn [d] (toggle-max d id))]
           ["Undo" (fn [d] (with-fx d [send-control (:pid w) {:type :undo}]))]
           ["Timeline" (fn [d] (open-timeline d id))]
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
     ["Keys" toggle-help]]))

(defn- menu-items
  "The items of the open menu: [label handler]."
  [d]
  (let [menu (:menu d)]
    (cond
      (nil? menu) []
      (:window menu) (into (app-items (window-by-id d (:window menu))) (window-items d (:window menu)))
      (:popup menu) (let [w (window-by-id d (:popup menu))] (if w (mapv (fn [item] (for-app w item)) (:items menu)) []))
      (:content menu) (app-items (window-by-id d (:content menu)))
      (:group menu) (mapv (fn [w] [(:title w) (fn [d] (raise d (:id w)))])
                          (filter (fn [w] (and (= (:group menu) (:app w)) (= (:workspace d) (:workspace w))))
                                  (sort-by :id (:windows d))))
      (= :calendar menu) []
      (= :notices menu) (mapv (fn [notice] [(:title notice) (fn [d] (assoc (dismiss d (:id notice)) :menu :notices))])
                                  (reverse (:notices d)))
      (:desktop menu) (desktop-items d)
      :else (found-items (:query d "")))))

(defn- choose
  "Closes the open menu and does what its item of a number says."
  [d index]
  (let [items (menu-items d)]
    (if (empty? items)
      d
      ((second (nth items (min index (dec (count items))))) (assoc d :menu nil)))))

(defn- toggle-calendar [d]
  (assoc d :menu (when-not (= :calendar (:menu d)) :calendar) :month-step 0))

(defn- step-month [d n] (assoc d :month-step (+ n (:month-step d 0))))

(defn- calendar-key [d message]
  (case (:key message)
    (:left :page-up) (step-month d -1)
    (:right :page-down) (step-month d 1)
    :up (step-month d -12)
    :down (step-month d 12)
    :home (assoc d :month-step 0)
    d))

(declare event-ms)

(defn- type-in-menu
  "Goes to the next item of a menu that begins with what is typed."
  [d message]
  (let [typed (typed-on (:typed (:menu d)) (:text message) (event-ms message))
        items (menu-items d)
        at (row-typed (:text typed) (fn [i] (first (nth items i))) (:menu-at d) (count items))]
    (assoc (assoc-in d [:menu :typed] typed) :menu-at (or at (:menu-at d)))))

(defn- list-key [d message]
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
        (and (= :space (:key message)) (not (:typed (:menu d)))) (choose d (:menu-at d))
        (and (map? (:menu d)) (:text message) (not (:ctrl message))) (type-in-menu d message)
        :else d))))

(defn- menu-key
  "A key while a menu is open."
  [d message]
  (if (= :calendar (:menu d)) (calendar-key d message) (list-key d message)))
