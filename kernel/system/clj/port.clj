;; What people and editors ask the development port for: values as text, apps to load, names that a word could become,
;; what a name means.

(def ^:private compiler-names
  (merge
    (zipmap ["def" "if" "do" "quote" "var" "recur" "throw" "try" "catch" "finally" "set!"] (repeat "special-form"))
    (zipmap ["defn" "defn-" "defmacro" "when" "when-not" "if-not" "cond" "->" "->>" "if-let" "when-let" "if-some" "when-some"
             "lazy-seq" "delay" "ns" "declare" "comment" "doto" "dotimes" "while" "let" "loop" "fn" "and" "or" "binding"
             "letfn" "case"]
            (repeat "macro"))))

(defn- kind-of [v]
  (cond
    (:macro (meta v)) "macro"
    (not (bound? v)) "var"
    (fn? @v) "function"
    :else "var"))

(defn- known-ns [name]
  (or (find-ns (symbol name)) (find-ns 'user)))

(defn- ns-called
  "The namespace of this name or alias, as seen from a namespace; or nil."
  [here name]
  (or (get (ns-aliases here) (symbol name)) (find-ns (symbol name))))

(defn- rows [names prefix before where]
  (for [[name v] names :when (clojure.string/starts-with? (str name) prefix)]
    [(str before name) where (kind-of v)]))

(defn- candidates [here word]
  (let [slash (clojure.string/index-of word "/")]
    (if (and slash (pos? slash))
      (let [space (subs word 0 slash)
            found (ns-called here space)]
        (when found
          (rows (ns-publics found) (subs word (inc slash)) (str space "/") (str (ns-name found)))))
      (concat
        (rows (ns-map here) word "" (str (ns-name here)))
        (when (not= 'clojure.core (ns-name here)) (rows (ns-publics 'clojure.core) word "" "clojure.core"))
        (for [[name kind] compiler-names :when (clojure.string/starts-with? name word)] [name "clojure.core" kind])
        (for [name (concat (keys (ns-aliases here)) (map ns-name (all-ns)))
              :when (clojure.string/starts-with? (str name) word)]
          [(str name) (str name) "namespace"])))))

(def candidates-max "How many completions are told." 500)

(defn complete
  "The names that a word could become, a line each: name, namespace and kind with tabs between."
  [namespace word]
  (->> (candidates (known-ns namespace) word)
       (sort-by first)
       (dedupe)
       (take candidates-max)
       (map (fn [row] (clojure.string/join "\t" row)))
       (clojure.string/join "\n")))

(defn lookup
  "What a name means: lines of a key and a value; the doc string comes last, after an empty line. Nothing for a
  name that nobody knows."
  [namespace word]
  (let [v (when (not= "" word) (ns-resolve (known-ns namespace) (symbol word)))
        m (meta v)]
    (cond
      v (str "name " (:name m) "\nns " (:ns m) "\nkind " (kind-of v)
             (when (:file m) (str "\nfile " (:file m)))
             (when (:line m) (str "\nline " (:line m)))
             (when (:column m) (str "\ncolumn " (:column m)))
             (when (:arglists m) (str "\narglists " (pr-str (:arglists m))))
             "\n\n" (:doc m))
      (contains? compiler-names word)
      (let [kind (compiler-names word)]
        (str "name " word "\nns clojure.core\nkind " kind "\n\nA "
             (clojure.string/replace kind "-" " ") ", built into the compiler."))
      :else "")))

(defn show
  "The text of a value that a REPL asked for, which is *1 then. After a definition the apps that run show what is new."
  [value]
  (when (var? value) (code-changed!))
  (var-root* #'*3 *2)
  (var-root* #'*2 *1)
  (var-root* #'*1 value)
  (show-str value))

(defn push
  "The text of the value that a pushed file ended in. When it names an app, the app is opened unless it runs already.
  Every running app paints again, as functions that it uses may be new."
  [value]
  (let [name (str value)]
    (when (and (symbol? value) (contains? @apps name) (nil? (app-state name)))
      (open-app name))
    (code-changed!)
    (show-str value)))

;; What scripts ask for to play an app: where parts of the front window are, and what it shows.

(defn- front-parts []
  (window-parts (:id (halt.shell/focused-window @halt.shell/desktop))))

(defn- no-part [what parts]
  (throw (ex-info (str "the front window does not show " (pr-str what) "; it shows "
                       (pr-str (vec (distinct (keep :text parts)))) " and has the keys "
                       (pr-str (vec (distinct (keep :key parts)))))
                  {:type :no-such-part})))

(defn place-of
  "The place [x y] in the middle of the part of the front window that shows a text; of `:key x y`, x and y pixels from
  the corner of the part with that key. A part that shows just the text goes before one in which it is."
  [what]
  (let [parts (front-parts)
        [key dx dy] (when (= \: (first what)) (clojure.string/split what #" +"))
        part (if key
               (first (filter (fn [part] (= key (str (:key part)))) parts))
               (or (first (filter (fn [part] (= what (:text part))) parts))
                   (first (filter (fn [part] (clojure.string/includes? (str (:text part)) what)) parts))))
        [x y w h] (:rect (or part (no-part what parts)))]
    (if dy
      [(+ x (parse-long dx)) (+ y (parse-long dy))]
      [(+ x (quot w 2)) (+ y (quot h 2))])))

(defn see
  "Fails unless a part of the front window shows a text."
  [what]
  (let [parts (front-parts)]
    (or (some (fn [part] (clojure.string/includes? (str (:text part)) what)) parts)
        (no-part what parts))))

(defn- to-front! [message] (send-control (:pid (halt.shell/focused-window @halt.shell/desktop)) message) nil)

(defn freeze
  "Stops the time of the app in front, and gives it the state that f makes of its own: so what runs by itself can be compared with a picture."
  [f]
  (to-front! {:type :freeze :on? true})
  (to-front! {:type :update :fn f}))

(defn thaw "Lets the time of the app in front go on." [] (to-front! {:type :freeze :on? false}))

(defn await-still
  "Waits until what comes or goes over the windows is there, or gone: a second at most."
  []
  (loop [n 0]
    (let [due @halt.shell/moving]
      (when (and due (< n 100) (< due (+ 100 (quot (time-us) 1000))))
        (sleep 10)
        (recur (inc n))))))

(defn front-area
  "Where the content of the front window is, but for its rounded corners, and how large the screen is: [x y width height
  screen-width screen-height]."
  []
  (let [d @halt.shell/desktop
        {:keys [x y w h]} (halt.shell/focused-window d)
        top halt.shell/title-height]
    [(+ x 4) (+ y top) (- w 8) (- h top 8) (:width d) (:height d)]))

;; --- What outlives a restart: a launcher that reads "halt: keep" in the log asks for it, and hands it over to the next desktop -----

(defn kept
  "The settings and the files of the store, as text: a form a line."
  []
  (clojure.string/join "\n" (cons (pr-str {:settings (:settings @halt.shell/desktop)}) (map pr-str @files))))

(defn restore
  "Takes over a form of what was kept."
  [form]
  (cond
    ;; A scale that this boot was asked for holds.
    (map? form) (change-settings! (cond-> (:settings form) (:asked-scale @halt.shell/desktop) (dissoc :scale)))
    (and (vector? form) (every? string? form)) (let [[name text] form] (swap! files assoc name text)))
  nil)
