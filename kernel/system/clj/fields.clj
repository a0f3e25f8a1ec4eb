;; Text fields as values: a text, its cursor, the other end of the selection, and what it was before.
;;
;; Enter at `field` and `edit-field`. An app rarely needs them: an :input with :on-change is edited by the toolkit, which
;; keeps such a value for it (controls.clj). An app that wants to hold cursor and selection itself puts one into its state.

(def field-undo-max "How many steps a field can take back." 200)

(defn field
  "Returns a field with a text, its cursor at the end."
  [text]
  (let [n (count text)] {:text text :cursor n :anchor n :past [] :future () :kind nil}))

(defn selected-text
  "The part of a field's text that is selected, or nil."
  [{:keys [text cursor anchor]}]
  (when (not= cursor anchor) (subs text (min cursor anchor) (max cursor anchor))))

(defn- content [f] (select-keys f [:text :cursor :anchor]))

(defn apply-edit
  "The field after an edit such as [:insert \"a\"] or [:word-left]. Letters typed one after the other are one step to undo. `rows` says what
  the lines are wrapped into, see edit-text."
  [f [kind text :as op] & [rows]]
  (let [new (edit-text f op rows)
        kind (cond (not= :insert kind) kind (and (= 1 (count text)) (not= " " text)) :letter :else :insert)]
    (cond
      (= (:text new) (:text f)) (merge f new {:kind nil})
      (and (= kind (:kind f)) (not= :insert kind) (= (:cursor f) (:anchor f))) (merge f new {:future ()})
      :else (let [past (:past f [])
                  past (if (< (count past) field-undo-max) past (subvec past 1))]
              (merge f new {:past (conj past (content f)) :future () :kind kind})))))

(defn- undo-field [f]
  (if (empty? (:past f))
    f
    (merge f (peek (:past f)) {:past (pop (:past f)) :future (cons (content f) (:future f)) :kind nil :across nil})))

(defn- redo-field [f]
  (if (empty? (:future f))
    f
    (merge f (first (:future f)) {:past (conj (:past f) (content f)) :future (rest (:future f)) :kind nil :across nil})))

(defn- one-line [op]
  (if (= :insert (first op)) [:insert (clojure.string/replace (second op) #"\s*\n\s*" " ")] op))

(defn edit-field
  "The field after a key event, or nil when the key is none of a field's: Tab, Escape, Enter and up and down where it has
  one line. What is to go to the clipboard is under :copied. Up, down, home and end go by lines of the text, or by the rows of a text area that
  are given."
  [f {:keys [key ctrl shift] :as event} & [lines? rows]]
  (let [f (dissoc f :copied) op (edit-op event)]
    (cond
      (and ctrl (= :z key)) (if shift (redo-field f) (undo-field f))
      (and ctrl (= :y key)) (redo-field f)
      (and ctrl (contains? #{:c :x} key)) (if-let [text (selected-text f)]
                                            (assoc (if (= :x key) (apply-edit f [:delete]) f) :copied text)
                                            f)
      (= :enter key) (when (and lines? (not ctrl)) (apply-edit f [:insert "\n"]))
      (= :tab key) nil
      (and (contains? #{:up :down} key) (not lines?)) nil
      op (apply-edit f (if lines? op (one-line op)) rows))))

(defn point-field
  "The field after the pointer went down at a character, or was moved there with the button held. A double click selects
  the word, a third the whole."
  [f index {:keys [type clicks shift]}]
  (let [f (assoc f :across nil) at (max 0 (min index (count (:text f))))]
    (cond
      (or (= :pointer-move type) shift) (assoc f :cursor at :kind nil)
      (= 2 clicks) (apply-edit f [:select-word at])
      (and clicks (> clicks 2)) (apply-edit f [:select-all])
      :else (assoc f :cursor at :anchor at :kind nil))))
