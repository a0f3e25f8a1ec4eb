;; Editor: the source of any app, changed while the app runs. Evaluating redefines; the running windows keep their states.
;;
;; A document is a value: {:name :lines [line ...] :row :col :anchor [row col]-or-nil :past :future}, and what is seen of it: :top and
;; :left, the first line and column, and :size [rows columns], line numbers included. What was is a list of such values, so undo has no end and costs what was
;; changed. Everything else of the state is around it: {:doc :docs {name -> doc} :bar nil-or-{:kind :find|:replace|:open, :text, :with, :from
;; place :found [place ...] :lines those-that-it-was-found-in} :sought text :note :error :front?}.

(def line-height "Pixels of a line." 18)
(def cell "Pixels of a character." 7)
(def above "Pixels above the first line." 6)

;; --- Text ---------------------------------------------------------------------------------------------

(defn lines-of [text] (vec (clojure.string/split text #"\n" -1)))
(defn text-of [doc] (clojure.string/join "\n" (:lines doc)))

(defn document [name text]
  {:name name :lines (lines-of text) :row 0 :col 0 :anchor nil :top 0 :left 0 :size [20 90] :past nil :future nil :kind nil})

(defn- line [doc row] (nth (:lines doc) row ""))

(defn- number-cells
  "Characters that the line numbers take."
  [doc]
  (+ 2 (max 4 (count (str (count (:lines doc)))))))

(defn- margin
  "Pixels that the line numbers take."
  [doc]
  (+ 2 (* cell (number-cells doc))))

(defn- first-seen
  "Where what is seen begins, so that a place is in it: from here on as long as that will do, else with so much around the place."
  [place from n around]
  (cond (< place from) (max 0 (- place around))
        (>= place (+ from n)) (+ (- place n) 1 around)
        :else from))

(defn- in-view
  "Scrolls so far that the cursor is seen."
  [{:keys [row col top left] [rows columns] :size :as doc}]
  (let [columns (max 10 (- columns (number-cells doc)))]
    (assoc doc :top (first-seen row top rows 0) :left (if (< col (- columns 8)) 0 (first-seen col left columns 8)))))

(defn- resized
  "Notes how many rows and columns there is room for."
  [{:keys [doc] :as state} {:keys [width height]}]
  (assoc state :doc (in-view (assoc doc :size [(max 1 (quot (- height 120) line-height)) (max 16 (quot (- width 34) cell))]))))

(defn- go
  "Moves the cursor; what is between it and the anchor is selected while one is set."
  [doc row col]
  (let [row (max 0 (min row (dec (count (:lines doc)))))
        col (max 0 (min col (count (line doc row))))]
    (in-view (assoc doc :row row :col col :kind nil))))

(defn- place [doc] [(:row doc) (:col doc)])

(defn selection
  "The selected places [from to], or nil."
  [doc]
  (when (and (:anchor doc) (not= (:anchor doc) (place doc)))
    (if (neg? (compare (:anchor doc) (place doc))) [(:anchor doc) (place doc)] [(place doc) (:anchor doc)])))

(defn text-between [doc [r1 c1] [r2 c2]]
  (if (= r1 r2)
    (subs (line doc r1) c1 c2)
    (clojure.string/join "\n" (concat [(subs (line doc r1) c1)]
                                      (subvec (:lines doc) (inc r1) r2)
                                      [(subs (line doc r2) 0 c2)]))))

(defn- saved
  "Remembers what the document is before a change of a kind; a run of equal kinds is one step back."
  [doc kind]
  (if (and kind (= kind (:kind doc)))
    doc
    (assoc doc :past (cons (select-keys doc [:lines :row :col :top]) (:past doc)) :future nil :kind kind)))

(defn replace-between
  "Puts a text in the place of what is between two places; the cursor is after it."
  [doc [r1 c1] [r2 c2] text kind]
  (let [doc (saved doc kind)
        new (lines-of text)
        head (subs (line doc r1) 0 c1)
        tail (subs (line doc r2) c2)
        end-row (+ r1 (dec (count new)))
        end-col (+ (count (peek new)) (if (= 1 (count new)) c1 0))
        new (update (update new 0 (fn [first-line] (str head first-line))) (dec (count new)) (fn [last-line] (str last-line tail)))
        lines (if (and (= r1 r2) (= 1 (count new)))
                (assoc (:lines doc) r1 (first new))
                (into (into (subvec (:lines doc) 0 r1) new) (subvec (:lines doc) (inc r2))))]
    (in-view (assoc doc :lines lines :row end-row :col end-col :anchor nil))))

(defn insert [doc text kind]
  (let [[from to] (or (selection doc) [(place doc) (place doc)])]
    (replace-between doc from to text (when-not (selection doc) kind))))

(defn undo [doc]
  (if-let [[before & past] (seq (:past doc))]
    (merge doc before {:past past :future (cons (select-keys doc [:lines :row :col :top]) (:future doc)) :anchor nil :kind nil})
    doc))

(defn redo [doc]
  (if-let [[after & future] (seq (:future doc))]
    (merge doc after {:future future :past (cons (select-keys doc [:lines :row :col :top]) (:past doc)) :anchor nil :kind nil})
    doc))

;; --- Moves ----------------------------------------------------------------------------------------------

(defn- before [doc]
  (let [[row col] (place doc)]
    (cond (pos? col) [row (dec col)]
          (pos? row) [(dec row) (count (line doc (dec row)))]
          :else [row col])))

(defn- after [doc]
  (let [[row col] (place doc)]
    (cond (< col (count (line doc row))) [row (inc col)]
          (< row (dec (count (:lines doc)))) [(inc row) 0]
          :else [row col])))

(defn- word-char? [c] (not (contains? #{\space \( \) \[ \] \{ \} \" \, \;} c)))

(defn- word-before [doc]
  (let [[row col] (place doc) text (line doc row)]
    (if (zero? col)
      (before doc)
      (let [skip (loop [i col] (if (and (pos? i) (not (word-char? (nth text (dec i))))) (recur (dec i)) i))]
        [row (loop [i skip] (if (and (pos? i) (word-char? (nth text (dec i)))) (recur (dec i)) i))]))))

(defn- word-after [doc]
  (let [[row col] (place doc) text (line doc row) n (count text)]
    (if (= col n)
      (after doc)
      (let [skip (loop [i col] (if (and (< i n) (not (word-char? (nth text i)))) (recur (inc i)) i))]
        [row (loop [i skip] (if (and (< i n) (word-char? (nth text i))) (recur (inc i)) i))]))))

;; --- Clojure's text -------------------------------------------------------------------------------------

(def closing {\( \), \[ \], \{ \}})
(def opening {\) \(, \] \[, \} \{})
(def search-lines "How many lines a bracket's partner is looked for in." 2000)

(def special-forms
  #{"fn" "let" "if" "when" "cond" "case" "loop" "recur" "do" "for" "doseq" "if-let" "when-let" "try" "catch" "throw" "->" "->>" "and" "or"})

(defn- digit? [c] (<= 48 (int c) 57))

(defn- kind-of [word]
  (let [c (nth word 0 \space)]
    (case c
      \; :comment
      \" :string
      (\( \) \[ \] \{ \}) :bracket
      \: :keyword
      (cond (or (digit? c) (and (= c \-) (digit? (nth word 1 \-)))) :number
            (or (contains? special-forms word) (clojure.string/starts-with? word "def")) :special
            :else :plain))))

(defn tokens
  "The parts of a line as [kind text], each with the space before it: :comment :string :keyword :number :bracket (or several of them)
  :special :plain."
  [text]
  (map (fn [token] [(kind-of (clojure.string/triml token)) token])
       (re-seq #"\s*(?:;.*|\"(?:\\.|[^\"\\])*\"?|[\(\)\[\]\{\}]+|\\[^\s]\w*|[^\s\(\)\[\]\{\}\";]+)|\s+" text)))

(defn brackets
  "The brackets of a line that are code, as [column bracket]."
  [text]
  (loop [parts (tokens text) col 0 found []]
    (if-let [[[kind token] & more] (seq parts)]
      (recur more (+ col (count token))
             (if (= :bracket kind)
               (into found (filter (fn [[_ c]] (or (closing c) (opening c)))) (map-indexed (fn [i c] [(+ col i) c]) token))
               found))
      found)))

(defn- scan
  "Walks over brackets from a place until the depth is zero: [row col] or nil. step is 1 or -1."
  [doc row step found-in depth]
  (loop [row row found found-in depth depth n 0]
    (if-let [[[col bracket] & more] (seq found)]
      (let [depth (+ depth (if (= (= step 1) (contains? closing bracket)) 1 -1))]
        (if (zero? depth) [row col] (recur row more depth n)))
      (let [row (+ row step)]
        (when (and (< -1 row (count (:lines doc))) (< n search-lines))
          (let [found (brackets (line doc row))]
            (recur row (if (= step 1) found (reverse found)) depth (inc n))))))))

(defn partner
  "The place of the bracket that belongs to the one at a place, or nil."
  [doc [row col]]
  (let [found (brackets (line doc row))
        at (some (fn [[c bracket]] (when (= c col) bracket)) found)]
    (cond
      (closing at) (scan doc row 1 (filter (fn [[c _]] (> c col)) found) 1)
      (opening at) (scan doc row -1 (filter (fn [[c _]] (< c col)) (reverse found)) 1))))

(defn- form-start
  "The bracket that opens the form around the cursor, or nil."
  [doc]
  (let [[row col] (place doc)]
    (scan doc row -1 (filter (fn [[c _]] (< c col)) (reverse (brackets (line doc row)))) 1)))

(defn- form-end [doc]
  (let [[row col] (place doc)]
    (scan doc row 1 (filter (fn [[c _]] (>= c col)) (brackets (line doc row))) 1)))

(defn top-form
  "The text of the top-level form that the cursor is in, and its first row: [text row]."
  [doc]
  (let [starts? (fn [row] (= \( (first (line doc row))))
        start (or (first (filter starts? (range (:row doc) -1 -1))) 0)
        end (or (first (filter starts? (range (inc start) (count (:lines doc))))) (count (:lines doc)))]
    [(clojure.string/join "\n" (subvec (:lines doc) start end)) start]))

(defn- indentation
  "The spaces that a new line after the cursor begins with."
  [doc]
  (if-let [[row col] (form-start doc)]
    (let [bracket (nth (line doc row) col)]
      (apply str (repeat (+ col (if (= bracket \() 2 1)) " ")))
    ""))

;; --- Find and replace -------------------------------------------------------------------------------------

(defn columns-of
  "The columns of a line at which a text begins."
  [text what]
  (loop [from 0 found []]
    (if-let [at (clojure.string/index-of text what from)] (recur (+ at (count what)) (conj found at)) found)))

(defn places-of
  "All places [row col] of a text in a document."
  [doc what]
  (if (= "" what)
    []
    (reduce-kv (fn [found row l] (if (clojure.string/includes? l what) (into found (map (fn [col] [row col]) (columns-of l what))) found))
               [] (:lines doc))))

(defn- look
  "The state with what its bar seeks looked for anew, where the document or the text is another one."
  [{:keys [bar doc] :as state} text]
  (if (and (identical? (:lines doc) (:lines bar)) (= text (:text bar)))
    state
    (assoc state :sought text :bar (assoc bar :text text :lines (:lines doc) :found (places-of doc text)))))

(defn- before? [a b] (neg? (compare a b)))

(defn- show-found
  "Selects a text of the bar's that is at a place; nil says that there is none."
  [{:keys [bar doc] :as state} at]
  (let [text (:text bar)]
    (if at
      (let [[row col] at] (assoc state :note nil :doc (assoc (go doc row (+ col (count text))) :anchor at)))
      (assoc state :note (if (= "" text) nil (str "not found: " text))))))

(defn- seek
  "Goes to the next place of the text, from the beginning again at the end, or back."
  [state back?]
  (let [state (if (:bar state) state (assoc state :bar {:kind :find :text (:sought state "")}))
        {:keys [bar doc] :as state} (look state (:text (:bar state)))
        [from to] (or (selection doc) [(place doc) (place doc)])
        found (:found bar)]
    (show-found state (if back?
                        (or (last (take-while (fn [at] (before? at from)) found)) (peek found))
                        (or (first (drop-while (fn [at] (before? at to)) found)) (first found))))))

(defn- seek-again
  "The same without the bar, for what was sought last."
  [state back?]
  (assoc (seek state back?) :bar (:bar state)))

(defn- write-sought
  "What is sought has changed: the first place of it from where the search began is shown."
  [state text]
  (let [{:keys [bar doc] :as state} (look (assoc state :note nil) text)
        {:keys [found from]} bar
        at (or (first (drop-while (fn [at] (before? at from)) found)) (first found))]
    (if at
      (show-found state at)
      (assoc state :doc (go (assoc doc :anchor nil) (first from) (second from))))))

(defn- which-found
  "Which of the places is selected, in words."
  [{:keys [bar doc]}]
  (let [{:keys [text found lines]} bar n (count found)
        at (when (identical? lines (:lines doc)) (first (selection doc)))
        i (when at (first (keep-indexed (fn [i place] (when (= at place) (inc i))) found)))]
    (cond (= "" text) "" (zero? n) "none" i (str i " of " n) :else (str n))))

(defn- replace-all [state]
  (let [{:keys [bar doc] :as state} (look state (:text (:bar state)))
        {:keys [text with found]} bar]
    (if (empty? found)
      (show-found state nil)
      (look (assoc state :note (str (count found) " replaced")
                         :doc (go (assoc (saved doc nil) :lines (mapv (fn [l] (clojure.string/replace l text with)) (:lines doc)))
                                  (:row doc) (:col doc)))
            text))))

(defn- replace-one
  "Replaces what is selected, if it is what is sought, and goes to the next."
  [{:keys [bar doc] :as state}]
  (let [[from to :as selected] (selection doc)]
    (seek (if (and selected (= (:text bar) (text-between doc from to)))
            (assoc state :doc (replace-between doc from to (:with bar) nil))
            state)
          false)))

;; --- Documents and evaluation ----------------------------------------------------------------------------

(def store "The files of all apps." files)

(defn- file? [name] (or (contains? @store name) (and (clojure.string/includes? name "/") (not (system-file name)))))

(defn- app? [name] (not (or (file? name) (system-file name))))

(defn- text-named
  "The text of a file, of the store or of the system, or the source of an app; nil for what is neither."
  [name]
  (or (source-text name) (app-source name)))

(defn open-document
  "Shows a document: one that is open already, a file, an app's source, or a new one."
  [state name]
  (let [doc (or (get (:docs state) name) (document name (or (text-named name) (if (file? name) "" (str ";; " name "\n")))))]
    (assoc state :docs (assoc (:docs state) (:name (:doc state)) (:doc state)) :doc (in-view (assoc doc :size (:size (:doc state))))
                 :bar nil :note nil :error nil)))

(defn from-place
  "The editor of a document: of its name, or of {:name :row :col}."
  [place]
  (let [{:keys [name row col]} (if (map? place) place {:name place})
        doc (document name (or (text-named name) ""))]
    {:doc (if row (go doc row col) doc) :docs {} :bar nil :note nil :error nil :front? true}))

(defn- file-of [{:keys [name]}] (if (app? name) (str "apps/" name "/app.clj") name))

(defn- namespace-of [{:keys [name]}]
  (cond (file? name) "user" (system-file name) (:namespace (system-file name)) :else (str "app." name)))

(defn- evaluate! [right file text namespace editor what]
  (let [pid (spawn-source right file text namespace show-str)
        end (loop [] (let [message (next-message)] (if (= :exit (:type message)) message (recur))))]
    (send editor {:type :evaluated :what what :ok? (= :normal (:reason end)) :value (:value end) :reason (:reason end)})))

(defn- evaluate
  "Evaluates a text of the document, whose first line is a row of it, in the app's namespace."
  [state text row what]
  (let [doc (:doc state)
        ;; Errors name lines: what comes before is there as empty lines.
        text (str (apply str (repeat row "\n")) text)]
    {:state (assoc state :note (str "evaluating " what " ...") :error nil)
     :fx [[spawn evaluate! (:right state) (file-of doc) text (namespace-of doc) (self) what]]}))

(defn- evaluate-form [state]
  (let [[text row] (top-form (:doc state))] (evaluate state text row "the form")))

(defn- evaluate-all
  "Evaluates an app's source; saves a file."
  [state]
  (let [doc (:doc state) text (text-of doc)]
    (if (file? (:name doc))
      {:state (assoc state :error nil :note (str "saved " (:name doc))) :fx [[swap! store assoc (:name doc) text]]}
      (evaluate state text 0 "everything"))))

(defn- open-what [state] {:state state :fx [[open-app (:name (:doc state))]]})

(defn message-came [state message]
  (if (not= :evaluated (:type message))
    state
    (if (:ok? message)
      (assoc state :error nil :note (let [text (:value message)] (if (> (count text) 80) (str (subs text 0 79) " ...") text)))
      (let [reason (str (:reason message))
            [_ row col] (re-find #":(\d+):(\d+):" reason)
            doc (:doc state)]
        (assoc state :note nil :error {:text reason :row (when row (dec (parse-long row)))}
                     :doc (if row (go (assoc doc :anchor nil) (dec (parse-long row)) (dec (parse-long col))) doc))))))

;; --- Keys ------------------------------------------------------------------------------------------------

(defn- change [state f & args] (assoc state :doc (apply f (:doc state) args) :note nil))

(defn- move
  "Moves the cursor; with Shift the selection goes along."
  [state event [row col]]
  (let [doc (:doc state)
        doc (assoc doc :anchor (when (:shift event) (or (:anchor doc) (place doc))))]
    (assoc state :doc (go doc row col) :note nil)))

(defn- erase [state to]
  (let [doc (:doc state) [from end] (or (selection doc) (sort [(place doc) (to doc)]))]
    (change state replace-between from end "" (when-not (selection doc) :erase))))

(defn- open-bar
  "Shows a bar above the text, and moves the keyboard there. What is selected is sought, or what was sought last."
  [{:keys [doc bar] :as state} kind]
  (let [[from to] (when (not= :open kind) (selection doc))
        text (cond (= :open kind) "" from (first (lines-of (text-between doc from to))) :else (:sought state ""))
        bar {:kind kind :text text :with (:with bar "") :from (or from (place doc))}]
    {:state (if (= :open kind) (assoc state :note nil :bar bar) (look (assoc state :note nil :bar bar) text))
     :fx [[focus! :sought :all]]}))

(defn- close-bar [state] (assoc state :bar nil :note nil))

(defn- control-key [state event]
  (let [doc (:doc state) selected (selection doc)]
    (case (:key event)
      :z (if (:shift event) (change state redo) (change state undo))
      :y (change state redo)
      :a (assoc state :doc (assoc (go doc (dec (count (:lines doc))) (count (peek (:lines doc)))) :anchor [0 0]))
      :c (if selected {:state state :fx [[copy! (apply text-between doc selected)]]} state)
      :x (if selected {:state (erase state identity) :fx [[copy! (apply text-between doc selected)]]} state)
      :v (if (string? (:clipboard event)) (change state insert (:clipboard event) nil) state)
      :f (open-bar state :find)
      (:r :h) (open-bar state :replace)
      :o (open-bar state :open)
      :s (evaluate-all state)
      :enter (if (:shift event) (evaluate-all state) (evaluate-form state))
      :left (move state event (word-before doc))
      :right (move state event (word-after doc))
      :up (move state event (or (form-start doc) (place doc)))
      :down (move state event (if-let [[row col] (form-end doc)] [row (inc col)] (place doc)))
      :home (move state event [0 0])
      :end (move state event [(dec (count (:lines doc))) (count (peek (:lines doc)))])
      :backspace (erase state word-before)
      :delete (erase state word-after)
      state)))

(defn- text-key [state event]
  (let [doc (:doc state) {:keys [row col]} doc]
    (case (:key event)
      :left (move state event (before doc))
      :right (move state event (after doc))
      :up (move state event [(dec row) col])
      :down (move state event [(inc row) col])
      :page-up (move state event [(- row (first (:size doc))) col])
      :page-down (move state event [(+ row (first (:size doc))) col])
      :home (let [indent (count (re-find #"^ *" (line doc row)))] (move state event [row (if (= col indent) 0 indent)]))
      :end (move state event [row (count (line doc row))])
      :enter (change state insert (str "\n" (indentation doc)) nil)
      :tab (change state insert "  " nil)
      :backspace (erase state before)
      :delete (erase state after)
      :f3 (seek-again state (:shift event))
      :escape (assoc state :error nil :note nil :doc (assoc doc :anchor nil))
      (if (and (:text event) (not (:alt event))) (change state insert (:text event) :type) state))))

(def names-shown "How many names are offered to be opened." 6)

(defn- names-with
  "What there is to open that has a text in its name: apps and files, those first that begin with it."
  [text]
  (let [what (clojure.string/lower-case text)
        names (filter (fn [name] (clojure.string/includes? (clojure.string/lower-case name) what))
                      (sort (concat (keys (known-apps)) (keys @store))))]
    (take names-shown (concat (filter (fn [name] (clojure.string/starts-with? name what)) names)
                              (remove (fn [name] (clojure.string/starts-with? name what)) names)))))

(defn- bar-enter [{:keys [bar] :as state} event]
  (case (:kind bar)
    :open (if (= "" (:text bar)) (close-bar state) (open-document state (:text bar)))
    :find (seek state (:shift event))
    :replace (if (:ctrl event) (replace-all state) (replace-one state))))

(defn key-pressed [state event]
  (cond
    (and (:bar state) (= :escape (:key event))) (close-bar state)
    (and (:bar state) (= :tab (:key event))) :pass
    (:ctrl event) (control-key state event)
    :else (text-key state event)))

(defn- place-under
  "The place of the text that a pointer event is at."
  [doc event]
  (let [row (+ (:top doc) (quot (- (:y event) above) line-height))
        col (quot (+ (- (:x event) (margin doc) 4) (quot cell 2)) cell)]
    [row (+ (:left doc) (max 0 col))]))

(defn- pointer-down [state event]
  (let [doc (:doc state) [row col] (place-under doc event) doc (go doc row col)]
    (assoc state :note nil :doc (assoc doc :anchor (place doc)))))

(defn- pointer-move [state event]
  (let [doc (:doc state) [row col] (place-under doc event)]
    (assoc state :doc (go doc row col))))

(defn- wheel
  "The wheel scrolls by lines; with Shift sideways, as far as the lines that are seen go."
  [{:keys [doc] :as state} {:keys [notches shift]}]
  (let [{:keys [lines top left]} doc
        seen (subvec lines top (min (count lines) (+ top (first (:size doc)))))
        [at n step most] (if shift [:left left 9 (reduce max 0 (map count seen))] [:top top 3 (count lines)])]
    (assoc-in state [:doc at] (max 0 (min (dec most) (- n (* step notches)))))))

;; --- What it looks like ----------------------------------------------------------------------------------

(def colors {:comment :muted :string :success :keyword :pink :number :warning :bracket :muted :special :accent :plain :text})

(defn- marks
  "The columns of a line that stand out, as {column fill}: what is sought, the selection, the bracket's partner, the cursor."
  [doc row pair front? what]
  (let [[[r1 c1] [r2 c2]] (selection doc)
        n (count (line doc row))
        selected (when (and r1 (<= r1 row r2))
                   (range (if (= row r1) c1 0) (if (= row r2) c2 (inc n))))
        found (when what (mapcat (fn [col] (range col (+ col (count what)))) (columns-of (line doc row) what)))]
    (cond-> (into (zipmap found (repeat [255 212 121 80])) (zipmap selected (repeat [91 140 255 90])))
      (= row (first pair)) (assoc (second pair) [126 224 176 90])
      (= row (:row doc)) (assoc (:col doc) (if front? :accent :border)))))

(defn- cut
  "The tokens of a line cut where marks are: [text color fill]."
  [text marked]
  (if (empty? marked)
    (map (fn [[kind token]] [token (colors kind) nil]) (tokens text))
    (let [chars (mapcat (fn [[kind token]] (map (fn [c] [c (colors kind)]) token)) (tokens text))
          chars (map-indexed (fn [i [c color]] [(str c) color (get marked i)]) (concat chars [[\space :text]]))]
      (map (fn [run] [(apply str (map first run)) (second (first run)) (nth (first run) 2)])
           (partition-by (fn [[_ color fill]] [color fill]) chars)))))

(defn- from-column
  "The parts of a line [text color fill] from a column on."
  [[[text color fill] & more :as parts] column]
  (cond (zero? column) parts
        (empty? parts) nil
        (<= (count text) column) (recur more (- column (count text)))
        :else (cons [(subs text column) color fill] more)))

(defn- line-view [row width text left marked error?]
  [:row {:key row :height line-height :align :center :fill (when error? [:danger 60])}
   [:text {:font :mono :color :muted :width width :align :end} (str (inc row) "  ")]
   (map-indexed (fn [i [part color fill]]
                  (if fill
                    [:row {:key i :fill fill :shrink 0} [:text {:font :mono :color (if (= :accent fill) :accent-text color)} part]]
                    [:text {:key i :font :mono :color color :shrink 0} part]))
                (from-column (cut text marked) left))])

(defn- bar-view [{:keys [bar] :as state}]
  (let [{:keys [kind text with found]} bar]
    [:column {:gap 6}
     [:row {:gap 8 :align :center}
      [:text {:color :muted} (if (= :open kind) "Open app or name" "Find")]
      [:input {:key :sought :grow 1 :value text :on-enter bar-enter
               :invalid? (and (not= :open kind) (not= "" text) (empty? found))
               :on-change (if (= :open kind) (fn [state text] (assoc-in state [:bar :text] text)) write-sought)}]
      (when (= :replace kind) [:text {:color :muted} "with"])
      (when (= :replace kind)
        [:input {:key :with :grow 1 :value with :on-enter bar-enter :on-change (fn [state text] (assoc-in state [:bar :with] text))}])
      (when (not= :open kind) [:text {:color :muted} (which-found state)])
      [:text {:color :muted} (case kind :replace "Enter one, Ctrl+Enter all" :find "Enter next, Shift+Enter back" "Enter")]]
     (when (= :open kind)
       [:row {:gap 6 :wrap true}
        (map (fn [name] [:button {:key [:open name] :on-click (fn [state] (open-document state name))} name]) (names-with text))])]))

(defapp editor
  {:title "Editor" :width 720 :height 480
   :from from-place
   :init (fn [] (from-place "counter"))
   :on-start (fn [state event] (assoc state :right (:code (:grants event))))
   :on-message message-came :on-resize resized :on-front (fn [state event] (assoc state :front? (:on? event)))
   :menu [["Evaluate the form" evaluate-form] ["Evaluate everything" evaluate-all] ["Open its app" open-what]
          ["Undo" (fn [state] (change state undo))] ["Redo" (fn [state] (change state redo))]
          ["Find" (fn [state] (open-bar state :find))] ["Replace" (fn [state] (open-bar state :replace))] ["Open another" (fn [state] (open-bar state :open))]]}
  (fn [{:keys [doc bar note error front?] :as state}]
    (let [what (when (and bar (not= :open (:kind bar)) (not= "" (:text bar))) (:text bar))
          front? (and front? (not bar))
          pair (or (partner doc (place doc)) (when (pos? (:col doc)) (partner doc [(:row doc) (dec (:col doc))])))]
      [:column {:grow 1 :pad 8 :gap 6 :on-key key-pressed :on-scroll wheel}
       [:row {:gap 6 :align :center}
        [:text {:bold true :grow 1} (:name doc)]
        (when (app? (:name doc)) [:button {:on-click open-what} "Open app"])
        [:button {:on-click evaluate-form} "Form"]
        [:button {:on-click evaluate-all :primary? true} (if (file? (:name doc)) "Save" "Evaluate")]]
       (when bar [bar-view state])
       [:column {:key :text :on-pointer-down pointer-down :on-pointer-move pointer-move :grow 1 :shrink 1 :clip true :align :stretch :fill :field :radius 6 :pad [6 4]}
        (map (fn [row] [line-view row (margin doc) (line doc row) (:left doc) (marks doc row pair front? what) (= row (:row error))])
             (range (:top doc) (min (count (:lines doc)) (+ (:top doc) (first (:size doc)) 2))))]
       (if error
         [:text {:color :danger :wrap true} (:text error)]
         [:text {:color :muted} (or note (str "Line " (inc (:row doc)) " of " (count (:lines doc))
                                              ". Ctrl+Enter evaluates the form, Ctrl+S everything, Ctrl+F finds, Ctrl+O opens"))])])))
