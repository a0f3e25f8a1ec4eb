;; Help: the reference of the language, from its doc strings; of the toolkit, from docs/APPS.md and docs/SCENES.md with its examples
;; drawn; and the keys. An entry is {:name :kind :about :text :parts}: text is what a search looks at, parts what is shown.

(def pages [["APPS" "toolkit"] ["SCENES" "toolkit"] ["LISP" "language"]])

(defn- entry [name kind about text parts]
  {:name name :kind kind :about about :text (clojure.string/lower-case text) :parts parts})

(defn- function-entry [namespace [name v]]
  (let [{:keys [doc arglists macro]} (meta v)
        where (str (ns-name namespace) (when macro ", macro"))]
    (entry (str name) :function where (str name " " doc)
           (concat [[:heading [1 (str name)]] [:note where]]
                   (when (seq arglists) [[:code (clojure.string/join "\n" (map (fn [args] (str "(" (clojure.string/join " " (cons name args)) ")")) arglists))]])
                   [[:text (clojure.string/replace (str doc) #"\s+" " ")]]))))

(defn- functions []
  (for [namespace (all-ns) :when (clojure.string/starts-with? (str (ns-name namespace)) "clojure.")
        [name v] (ns-publics namespace) :when (:doc (meta v))]
    (function-entry namespace [name v])))

(defn- text-of [parts] (clojure.string/join " " (map (fn [[_ value]] (str value)) parts)))

(defn- page-entries
  "An entry for each heading of a page. A node is called by its tag."
  [[page kind]]
  (let [sections (reduce (fn [all [kind :as part]] (if (= :heading kind) (conj all [part]) (conj (pop all) (conj (peek all) part))))
                         [] (manual-parts (manual-page page)))]
    (for [[[_ [level title]] :as parts] sections :when (next parts)]
      (let [title (clojure.string/replace title "`" "") node? (clojure.string/starts-with? title ":")]
        (entry title (if node? :node :page) kind (str title " " (text-of parts))
               (if node? (mapcat (fn [[kind value :as part]] (if (= :code kind) [part [:example value]] [part])) parts) parts))))))

(defn- keys-entry []
  (let [rows (map (fn [[key what]] [:row [key what]]) halt.shell/keys-help)]
    (entry "Keys" :page "desktop" (str "keys shortcuts keyboard " (text-of rows)) (cons [:heading [1 "Keys"]] rows))))

(defn- all-entries []
  ;; As the pages have it, then the functions by name.
  (let [paged (mapcat page-entries pages)]
    (vec (concat [(keys-entry)] (filter (fn [e] (= :page (:kind e))) paged) (filter (fn [e] (= :node (:kind e))) paged)
                 (sort-by :name (functions))))))

;; --- Search ---------------------------------------------------------------------------------------------

(defn find-entries
  "The entries of a kind (or of :all) in which every word is found: those that are called so first."
  [entries kind query]
  (let [query (clojure.string/trim (clojure.string/lower-case query))
        words (remove empty? (clojure.string/split query #" +"))
        rank (fn [{:keys [name]}]
               (let [name (clojure.string/lower-case name)]
                 (cond (= name query) 0 (clojure.string/starts-with? name query) 1 (clojure.string/includes? name query) 2 :else 3)))
        fits? (fn [e] (and (or (= :all kind) (= kind (:kind e)))
                           (every? (fn [word] (clojure.string/includes? (:text e) word)) words)))
        found (filter fits? entries)]
    (vec (if (seq words) (sort-by rank found) found))))

(defn- search [state change]
  (let [{:keys [entries kind query] :as state} (merge state change)]
    (assoc state :found (find-entries entries kind query) :at 0)))

;; --- What it looks like ------------------------------------------------------------------------------------

(def photo (image 2 2 [0x5B8CFF 0xC79BFF 0x7EE0B0 0xFFD479]))

(defn- still
  "An example as data: its handlers do nothing, a name that it leaves open is a picture."
  [form]
  (cond
    (vector? form) (mapv still form)
    (map? form) (into {} (for [[k v] form :when (not (clojure.string/starts-with? (name k) "on-"))] [k (still v)]))
    (= 'photo form) photo
    (symbol? form) (str form)
    :else form))

(defn- part-view [[kind value :as part]]
  (case kind
    :note [:text {:color :muted} value]
    :example [:column {:pad 12 :radius 8 :border :border} (try (still (read-string value)) (catch :default _ nil))]
    (manual-part part)))

(defapp help
  {:title "Help" :width 820 :height 560
   :init (fn [] (search {:entries (all-entries) :kind :all :query "" :at 0} {}))}
  (fn [{:keys [found kind query at]}]
    (let [{:keys [parts name]} (get found at)]
      [:row {:grow 1 :align :stretch}
       [:column {:width 300 :pad 12 :gap 8 :fill :panel :shrink 0}
        [:input {:key :query :value query :placeholder "Search" :on-change (fn [state text] (search state {:query text}))}]
        [tabs {:value kind :options [[:all "All"] [:function "Lisp"] [:node "Nodes"] [:page "Pages"]]
               :on-change (fn [state kind] (search state {:kind kind}))}]
        [list-view {:key :entries :grow 1 :count (count found) :selected at :on-change (fn [state i] (assoc state :at i)) :label (fn [i] (:name (nth found i)))
                    :row (fn [i] (let [e (nth found i)]
                                   [:row {:gap 8 :grow 1} [:text {:grow 1 :shrink 1} (:name e)] [:text {:color :muted :shrink 0} (:about e)]]))}]
        [:text {:color :muted} (str (count found) " found")]]
       (if parts
         [:scroll {:key [:entry name] :grow 1 :pad 20 :gap 10} (map part-view parts)]
         [:text {:pad 20 :color :muted} "Nothing is called so, and nothing tells of it."])])))
