;; From a pixel to what made it: the user picks a node, whoever painted it makes its scene once more with marks (see
;; `mark-vectors!`) and opens an inspector of the node, its scene, the state, and the place in the source.

(defn pick!
  "Lets the user pick a node of any window, which is shown in an inspector."
  []
  (send-shell {:type :pick})
  nil)

(defn source-text
  "The text of a file: of the store, of a built-in app, or of the system itself; nil for others."
  [file]
  (or (get @files file)
      (:text (system-file (str file)))
      (when-let [[_ name] (re-matches #"apps/([^/]+)/app\.clj" (str file))] (app-source name))))

(defn form-at
  "The form that begins at a line and a column of a text, as {:form :text}; nil if there is none."
  [text line column]
  (let [lines (drop (dec line) (clojure.string/split text #"\n"))
        from (when (<= column (count (first lines))) (clojure.string/join "\n" (cons (subs (first lines) (dec column)) (rest lines))))]
    (when from
      (try (when-let [[form left] (read-one* from)] {:form form :text (subs from 0 (- (count from) (count left)))})
           (catch :default _ nil)))))

(defn- place-within
  "The place of a literal of constants in the form that holds it, whose place is given; nil if it is not there."
  [{:keys [line column] :as place} form scene]
  (when-let [{l :line c :column} (some (fn [part] (when (and (vector? part) (= part scene)) (meta part))) (tree-seq coll? seq form))]
    (assoc place :line (+ line l -1) :column (if (= 1 l) (+ column c -1) c))))

(defn source-of
  "Where the last of some scenes, each within the one before, was written: {:file :line :column :text}, the text where it is
  known; nil if nobody knows."
  [scenes]
  (when-let [marked (last (filter (fn [scene] (:line (meta scene))) scenes))]
    (let [place (select-keys (meta marked) [:file :line :column])
          at (fn [{:keys [file line column]}] (when-let [text (source-text file)] (form-at text line column)))
          {:keys [form] :as found} (at place)
          ;; The file may have changed since.
          found (when (and (vector? form) (= (first form) (first marked))) found)
          scene (peek scenes)
          within (when (and found (not (identical? marked scene))) (place-within place form scene))]
      (if within (merge within (select-keys (at within) [:text])) (merge place (select-keys found [:text]))))))

(defn- show-picked!
  "Opens an inspector of the node that the last of some scenes is of."
  [scenes whose about]
  (let [scene (peek scenes)
        tag (if (vector? scene) (first scene) :text)]
    (open-app "inspector" (with-meta (merge {:scene scene :around (vec (reverse (pop scenes)))} about)
                                     {:picked (merge {:tag tag :whose whose} (source-of scenes))}))))

(defn explain-scene!
  "Has a scene made once more, with marks, by a function, and shows what lies at the end of a path in it."
  [make width height held path whose about]
  (mark-vectors! true)
  (try (show-picked! (scenes-along (make) width height held path) whose about)
       (catch :default error (notify! (str "Nothing to tell of " whose) (error-text error)))
       (finally (mark-vectors! nil))))

(defn- explain-node!
  "Shows what made the node at a path of an app's window."
  [run path]
  (let [app (get @apps (:app run))]
    (explain-scene! (fn [] (expand-view (atom {:old {} :new {}}) (:view app) @(:state run) (:places run)))
                    (:width run) (:height run) (held run) path (:title app) {:state (:state run) :app app})))
