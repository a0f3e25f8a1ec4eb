;; Files: the store as a tree, with the sources of the system's apps, which can only be read. Names that end in / are folders; a folder is
;; there as long as a file is in it.
;;
;; A change is a map of names to texts, nil for what goes; :past holds the changes that would take each one back.

(def store "The files of all apps." files)

(def shown-max "How many lines of a text, and rows of the tree, are shown." 300)

(defn- sources [] (map (fn [name] (str "apps/" name ".clj")) (filter app-source (sort (keys (known-apps))))))

(defn- app-of "The app whose source a name is, or nil." [name] (second (re-find #"^apps/([^/]+)\.clj$" name)))

(defn- folder? [name] (clojure.string/ends-with? name "/"))

(defn- text-of [files name] (or (get files name) (some-> (app-of name) app-source)))

(defn- leaf [name] (re-find #"[^/]*/?$" name))

(defn- folder-of [name] (subs name 0 (- (count name) (count (leaf name)))))

(defn tree
  "The rows of a tree, folders first and the system's last: names, and what is below the open ones."
  [names open prefix]
  (->> (group-by (fn [name] (re-find #"^[^/]*/?" (subs name (count prefix)))) names)
       (sort-by (fn [[part _]] [(= "apps/" part) (not (folder? part)) part]))
       (mapcat (fn [[part group]]
                 (let [name (str prefix part)]
                   (if (and (folder? part) (open name)) (cons name (tree group open name)) [name]))))))

(defn- all-names [{:keys [files sources]}] (distinct (concat (keys files) sources)))

(defn- rows-of [{:keys [open] :as state}] (vec (take shown-max (tree (all-names state) open ""))))

(defn- inside [{:keys [files]} name] (filter (fn [file] (or (= file name) (and (folder? name) (clojure.string/starts-with? file name)))) (keys files)))

;; --- Changes ------------------------------------------------------------------------------------------

(defn apply-change [files change] (reduce-kv (fn [files name text] (if text (assoc files name text) (dissoc files name))) files change))

(defn- change [{:keys [files past] :as state} change note]
  (let [back (into {} (map (fn [[name _]] [name (get files name)]) change))]
    {:state (assoc state :files (apply-change files change) :past (cons [note back] past) :note note :editing nil)
     :fx [[swap! store apply-change change] [focus! (:at state)]]}))

(defn- undo [{:keys [files past] :as state}]
  (if-let [[[note back] & past] (seq past)]
    {:state (assoc state :files (apply-change files back) :past past :note (str "Undone: " note)) :fx [[swap! store apply-change back]]}
    (assoc state :note "There is nothing to undo")))

(defn- delete [{:keys [at] :as state}]
  (let [names (when at (inside state at))]
    (if (empty? names)
      (assoc state :note (if at "What belongs to the system cannot be deleted" "Nothing is chosen"))
      (change (assoc state :at nil) (zipmap names (repeat nil)) (str "Deleted " at)))))

(defn problem
  "What is wrong with a new name, or nil."
  [{:keys [files editing at]} name]
  (let [{:keys [kind]} editing name (clojure.string/trim name)]
    (cond
      (= "" name) "A file needs a name"
      (re-find #"^/|//" name) "A folder needs a name"
      (and (= :rename kind) (= name at)) nil
      (not= (folder? name) (boolean (and (= :rename kind) (folder? at)))) (if (folder? name) "A file's name does not end in /" "A folder's name ends in /")
      (or (contains? files name) (app-of name)) "There is a file with this name"
      (some (fn [file] (clojure.string/starts-with? file (if (folder? name) name (str name "/")))) (keys files)) "There is a folder with this name")))

(defn- begin-edit [{:keys [at] :as state} kind]
  (if (and (= :rename kind) (empty? (when at (inside state at))))
    (assoc state :note (if at "What belongs to the system keeps its name" "Nothing is chosen"))
    {:state (assoc state :note nil :editing {:kind kind :text (if (= :rename kind) at (str (folder-of (if (app-of (str at)) "" (str at))) "untitled"))})
     :fx [[focus! :name]]}))

(defn- end-edit [{:keys [at files editing] :as state}]
  (let [{:keys [kind text]} editing name (clojure.string/trim text)]
    (cond
      (problem state text) (assoc state :note (problem state text))
      (= :new kind) (change (assoc state :at name :open (conj (:open state) (folder-of name))) {name ""} (str "Made " name))
      (= name at) (assoc state :editing nil)
      :else (change (assoc state :at name :open (conj (:open state) (folder-of name) name))
                    (into {} (mapcat (fn [old] [[old nil] [(str name (subs old (count at))) (files old)]]) (inside state at)))
                    (str "Renamed " at " to " name)))))

;; --- Choosing and opening -----------------------------------------------------------------------------

(defn- toggle [{:keys [open] :as state} name] (assoc state :open ((if (open name) disj conj) open name)))

(defn- open-it [{:keys [at] :as state}]
  (cond
    (nil? at) (assoc state :note "Nothing is chosen")
    (folder? at) (toggle state at)
    (clojure.string/starts-with? at "drawings/") {:state state :fx [[open-app "paint" at]]}
    :else {:state state :fx [[open-app "editor" (or (when-not (contains? (:files state) at) (app-of at)) at)]]}))

(defn- choose
  "A click chooses, a double click opens, and so does Enter, which has no place."
  [state name {:keys [clicks x]}]
  (let [state (assoc state :at name :note nil :editing nil)]
    (cond (folder? name) (toggle state name) (or (= 2 clicks) (nil? x)) (open-it state) :else state)))

(defn- step [{:keys [at] :as state} n]
  (let [rows (rows-of state)
        i (or (first (keep-indexed (fn [i name] (when (= name at) i)) rows)) (if (pos? n) -1 0))]
    (if (empty? rows)
      state
      (let [name (nth rows (max 0 (min (dec (count rows)) (+ i n))))]
        {:state (assoc state :at name :note nil) :fx [[focus! name]]}))))

(defn key-pressed [{:keys [at open] :as state} {:keys [key ctrl]}]
  (case [(boolean ctrl) key]
    [false :down] (step state 1)
    [false :up] (step state -1)
    [false :page-down] (step state 10)
    [false :page-up] (step state -10)
    [false :right] (if (and at (folder? at) (not (open at))) (toggle state at) (step state 1))
    [false :left] (cond (and at (open at)) (toggle state at) (and at (not= at (leaf at))) {:state (assoc state :at (folder-of (if (folder? at) (subs at 0 (dec (count at))) at))) :fx []} :else state)
    [false :enter] (open-it state)
    [false :f2] (begin-edit state :rename)
    [false :delete] (delete state)
    [false :escape] (assoc state :editing nil :note nil)
    [true :n] (begin-edit state :new)
    [true :z] (undo state)
    :pass))

(defn- start [state] {:state (assoc state :files @store :sources (sources)) :fx [[follow-files!]]})

;; --- What it looks like -------------------------------------------------------------------------------

(defn- mark [folder? open?]
  [:canvas {:width 14 :height 14 :shrink 0}
   (cond
     open? [[:line {:x1 2 :y1 5 :x2 7 :y2 10 :stroke :muted :stroke-width 2}] [:line {:x1 7 :y1 10 :x2 12 :y2 5 :stroke :muted :stroke-width 2}]]
     folder? [[:line {:x1 5 :y1 2 :x2 10 :y2 7 :stroke :muted :stroke-width 2}] [:line {:x1 10 :y1 7 :x2 5 :y2 12 :stroke :muted :stroke-width 2}]]
     :else [:rect {:x 3 :y 1 :w 9 :h 12 :radius 2 :stroke :muted :stroke-width 1}])])

(defn- row-view [name open? at? info]
  [:row {:key name :gap 6 :align :center :height 26 :shrink 0 :radius 5 :pad [0 8 0 (+ 6 (* 16 (count (re-seq #"/" (folder-of (if (folder? name) (subs name 0 (dec (count name))) name))))))]
         :fill (when at? :selection) :on-click (fn [state event] (choose state name event))}
   [mark (folder? name) open?]
   [:text {:grow 1 :shrink 1} (leaf name)]
   [:text {:color (if at? :text :muted) :shrink 0} info]])

(defn- info [{:keys [files] :as state} name]
  (cond
    (folder? name) (count (filter (fn [file] (clojure.string/starts-with? file name)) (all-names state)))
    (contains? files name) (count (files name))
    :else ""))

(defn- preview [name text]
  (let [lines (clojure.string/split-lines text)]
    [:column {:grow 1 :shrink 1 :gap 8}
     [:row {:gap 8 :align :center}
      [:text {:bold true :grow 1 :shrink 1} name]
      [:text {:color :muted :shrink 0} (str (count lines) " lines")]]
     [:scroll {:grow 1 :fill :field :radius 8 :pad 10}
      [:text (clojure.string/join "\n" (take shown-max lines))]]]))

(defapp files
  {:title "Files" :width 660 :height 420 :on-start start
   :state {:files {} :sources [] :open #{"notes/"} :at nil :editing nil :past () :note nil}
   :on-message (fn [state message] (if (= :files (:type message)) (assoc state :files @store) state))
   :menu [["New file" (fn [state] (begin-edit state :new))] ["Rename" (fn [state] (begin-edit state :rename))] ["Delete" delete] ["Undo" undo]]}
  (fn [{:keys [files open at editing past note] :as state}]
    (let [text (when (and at (not (folder? at))) (text-of files at))
          wrong (when editing (problem state (:text editing)))]
      [:column {:grow 1 :pad 10 :gap 10 :on-key key-pressed}
       [:row {:gap 6 :align :center}
        [:button {:key :new :on-click (fn [state] (begin-edit state :new)) :primary? true} "New"]
        [:button {:key :open :on-click open-it :disabled? (nil? at)} "Open"]
        [:button {:key :rename :on-click (fn [state] (begin-edit state :rename)) :disabled? (nil? at)} "Rename"]
        [:button {:key :delete :on-click delete :disabled? (nil? at)} "Delete"]
        [:spacer]
        [:button {:key :undo :on-click undo :disabled? (empty? past)} "Undo"]]
       (when editing
         [:row {:gap 8 :align :center}
          [:text {:color :muted} (if (= :new (:kind editing)) "Name" "New name")]
          [:input {:key :name :value (:text editing) :grow 1 :invalid? (boolean wrong) :on-enter end-edit
                   :on-change (fn [state text] (assoc-in state [:editing :text] text))}]
          [:button {:key :done :on-click end-edit :disabled? (boolean wrong)} "Done"]])
       [:row {:grow 1 :shrink 1 :gap 10 :align :stretch}
        [:scroll {:width 250 :fill :panel :radius 8 :pad 6 :gap 1 :shrink 0}
         (map (fn [name] [row-view name (boolean (open name)) (= name at) (info state name)]) (rows-of state))]
        (if text
          [preview at text]
          [:column {:grow 1 :shrink 1 :justify :center :align :center :fill :field :radius 8}
           [:text {:color :muted} (if at "A folder" "Choose a file")]])]
       [:text {:color (if wrong :danger :muted)}
        (or wrong note "Enter opens, F2 renames, Delete deletes, Ctrl+Z takes back")]])))
