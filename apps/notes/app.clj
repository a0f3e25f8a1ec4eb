;; Notes: the files below notes/, titled by their first lines. The state: {:files the-store's-value :at name :query :gone [name text]}.

(def store "The files of all apps." files)

(def shown-max "How many notes are listed." 200)

(defn title [text]
  (or (first (remove clojure.string/blank? (clojure.string/split-lines text))) "New note"))

(defn- preview [text]
  (or (second (remove clojure.string/blank? (clojure.string/split-lines text))) "No more text"))

(defn- number-of [name] (or (parse-long (subs name 6)) 0))

(defn found
  "The notes that have a text in them, the newest first: [name text]."
  [{:keys [files query]}]
  (let [what (clojure.string/lower-case (clojure.string/trim query))]
    (->> files
         (filter (fn [[name text]] (and (clojure.string/starts-with? name "notes/") (clojure.string/includes? (clojure.string/lower-case text) what))))
         (sort-by (fn [[name _]] (- (number-of name)))))))

(defn- chosen
  "The state with one of the notes that it finds shown: the one it is at, else the first."
  [{:keys [at] :as state}]
  (let [names (map first (found state))]
    (assoc state :at (if (some (fn [name] (= at name)) names) at (first names)))))

(defn- read-files [state] (chosen (assoc state :files @store)))

(defn- start [state] {:state (read-files state) :fx [[follow-files!]]})

(defn- write [{:keys [at] :as state} text]
  {:state (assoc-in state [:files at] text) :fx [[swap! store assoc at text]]})

(defn- create [{:keys [files] :as state}]
  (let [name (str "notes/" (inc (reduce max 0 (map (fn [[name _]] (number-of name)) (found (assoc state :query ""))))))]
    {:state (assoc state :files (assoc files name "") :at name :query "")
     :fx [[swap! store assoc name ""] [focus! :text]]}))

(defn- delete [{:keys [files at] :as state}]
  (if at
    {:state (chosen (assoc state :files (dissoc files at) :gone [at (files at)])) :fx [[swap! store dissoc at]]}
    state))

(defn- bring-back [{[name text] :gone :as state}]
  (if name
    {:state (assoc (assoc-in state [:files name] text) :gone nil :at name :query "") :fx [[swap! store assoc name text]]}
    state))

(defn- search [state text] (chosen (assoc state :query text)))

(defn- step
  "Goes to a note some places further down."
  [{:keys [at] :as state} n]
  (let [names (mapv first (take shown-max (found state)))
        i (or (first (keep-indexed (fn [i name] (when (= name at) i)) names)) 0)]
    (if (empty? names)
      state
      (let [name (nth names (max 0 (min (dec (count names)) (+ i n))))]
        {:state (assoc state :at name) :fx [[focus! name]]}))))

(defn key-pressed [state {:keys [key ctrl]}]
  (case [(boolean ctrl) key]
    [true :n] (create state)
    [true :f] {:state state :fx [[focus! :query :all]]}
    [true :d] (delete state)
    [true :z] (bring-back state)
    [false :up] (step state -1)
    [false :down] (step state 1)
    [false :enter] {:state state :fx [[focus! :text]]}
    [false :escape] (search state "")
    :pass))

;; --- What it looks like -------------------------------------------------------------------------------

(defn- card [name text at?]
  [:column {:key name :pad [8 10] :gap 2 :radius 6 :shrink 0 :clip true :fill (if at? :selection :panel)
            :on-click (fn [state] {:state (assoc state :at name) :fx [[focus! :text]]})}
   [:text {:bold true} (title text)]
   [:text {:color (if at? :text :muted)} (preview text)]])

(defn- words [text] (count (re-seq #"\S+" text)))

(defapp notes
  {:title "Notes" :state {:files {} :at nil :query "" :gone nil} :width 640 :height 420 :on-start start
   :on-message (fn [state message] (if (= :files (:type message)) (read-files state) state))
   :menu [["New note" create] ["Delete note" delete] ["Bring back" bring-back]]}
  (fn [{:keys [files at query gone] :as state}]
    (let [notes (found state) text (get files at)]
      [:row {:grow 1 :pad 10 :gap 10 :align :stretch :on-key key-pressed}
       [:column {:width 210 :gap 8 :shrink 0}
        [:row {:gap 6 :align :center}
         [:input {:key :query :value query :placeholder "Search" :on-change search :grow 1 :width 100}]
         [:button {:key :new :on-click create :primary? true} "New"]]
        [:scroll {:grow 1 :gap 6}
         (if (empty? notes)
           [:text {:color :muted :wrap true :pad 6} (if (= "" query) "No notes yet. New begins one, or Ctrl+N" "No note has this in it")]
           (map (fn [[name text]] [card name text (= name at)]) (take shown-max notes)))
         (when (< shown-max (count notes)) [:text {:color :muted :pad 6} (str "and " (- (count notes) shown-max) " more")])]]
       [:column {:grow 1 :shrink 1 :gap 8}
        (if text
          [:text-area {:key :text :value text :placeholder "The first line is the title" :grow 1 :shrink 1 :on-change write}]
          [:column {:grow 1 :justify :center :align :center :fill :field :radius 8} [:text {:color :muted} "Nothing to show"]])
        [:row {:gap 8 :align :center}
         [:text {:color :muted :grow 1 :shrink 1} (if text (str (words text) " words, " (count text) " characters") "")]
         (when gone [:button {:key :back :on-click bring-back} "Undo delete"])
         [:button {:key :delete :on-click delete :disabled? (nil? text)} "Delete"]]]])))
