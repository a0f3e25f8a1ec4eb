;; What is rarely asked for: settable bindings, matchers, arrays, struct maps, and the like. See natives::LATER.

(def *command-line-args* "The arguments of the program, or nil." nil)
(def ^:dynamic *warn-on-reflection* "Has no effect: there is no reflection." false)
(def ^:dynamic *unchecked-math* "Has no effect: arithmetic is checked." false)
(def ^:dynamic *read-eval* "Has no effect: reading evaluates nothing." false)
(def ^:dynamic *flush-on-newline* "Has no effect: what is printed is out at once." true)
(def ^:dynamic *print-dup* "Has no effect: printing has one form." false)

;; Bindings that are set

(defn set-bound* [v value]
  (let [name (var-symbol* v) bound (bindings*)]
    (if (or (contains? bound name) (= "clojure.core" (namespace name)))
      (do (set-bindings* (assoc bound name value)) value)
      (throw-error* :state (str "set! changes a binding in force, and " v " has none: see binding")))))
(defmacro set! "Sets the binding in force of a dynamic var. Returns the value." [name value]
  `(set-bound* (var ~name) ~value))
(defmacro with-local-vars "Evaluates the body with names that hold vars of their own: see var-get and var-set." [bindings & body]
  `(let [~@(mapcat (fn [[name value]] [name `(local-var* ~value)]) (partition 2 bindings))] ~@body))
(defn var-set "Sets a local var, or the binding in force of a dynamic one. Returns the value." [v value]
  (if (= "local" (namespace (var-symbol* v))) (var-root* v value) (set-bound* v value)))
(defn push-thread-bindings "Puts bindings in force, by a map from var to value, until pop-thread-bindings." [bound]
  (let [outer (bindings*)]
    (set-bindings* (assoc (reduce-kv (fn [m v x] (assoc m (var-symbol* v) x)) outer bound) 'halt/outer outer))))
(defn pop-thread-bindings "Ends what push-thread-bindings put in force." []
  (let [bound (bindings*)]
    (if (contains? bound 'halt/outer)
      (set-bindings* (get bound 'halt/outer))
      (throw-error* :state "pop without matching push"))))

(defn refer-clojure "Takes names of clojure.core into the current namespace: see refer." [& filters]
  (apply refer 'clojure.core filters))
(defn load-reader "Evaluates all forms of an atom that holds text. Returns the last value." [in]
  (let [[text _] (reset-vals! in "")] (load-string text)))
(defmacro definline "Like defn." [name & tail] `(defn ~name ~@tail))
(defn inst-ms* "Returns the milliseconds of an instant since 1970." [inst] (inst-ms inst))
(defn cast "Returns x, which must be of a type." [t x]
  (if (or (nil? x) (instance? t x)) x (throw-error* :type (str "cannot cast " (pr-str x) " to " (pr-str t)))))
(defn xml-seq "Returns a lazy sequence of the elements of a tree as of clojure.xml: maps with :content." [root]
  (tree-seq (complement string?) (comp seq :content) root))
(defn find-protocol-impl "Returns the methods of a protocol for x, or nil." [protocol x] (find-methods* protocol x))
(defn find-protocol-method "Returns the method of a protocol under a keyword for x, or nil." [protocol k x]
  (get (find-methods* protocol x) k))
(def char-escape-string "The escapes of characters in strings."
  {\newline "\\n" \tab "\\t" \return "\\r" \" "\\\"" \\ "\\\\" \formfeed "\\f" \backspace "\\b"})
(def char-name-string "The names of characters."
  {\newline "newline" \tab "tab" \space "space" \backspace "backspace" \formfeed "formfeed" \return "return"})

(defn Throwable->map "Returns an error as a map of :via, :trace, :cause and maybe :data." [e]
  (let [chain (vec (take-while some? (iterate ex-cause e)))
        root (peek chain)
        entry (fn [e]
                (let [data (ex-data e) trace (:trace e)]
                  (cond-> {:type (if (map? e) (:type e) (type e))}
                    (ex-message e) (assoc :message (ex-message e))
                    data (assoc :data data)
                    (seq trace) (assoc :at (first trace)))))]
    (cond-> {:via (mapv entry chain) :trace (or (:trace root) []) :cause (ex-message root)}
      (ex-data root) (assoc :data (ex-data root)))))

;; Destructuring, as a function

(declare destructure-into*)
(defn destructure-map* [out pattern value]
  (let [m (gensym "map__")
        defaults (:or pattern)
        out (conj out m value
                  m (list 'if (list 'clojure.core/seq? m)
                          (list 'clojure.core/seq-to-map-for-destructuring m)
                          m))
        out (if (:as pattern) (conj out (:as pattern) m) out)
        look (fn [local k]
               (if (contains? defaults local)
                 (list 'clojure.core/get m k (get defaults local))
                 (list 'clojure.core/get m k)))
        named (fn [out k names]
                (let [space (or (namespace k) nil)]
                  (reduce (fn [out n]
                            (let [local (with-meta (symbol (name n)) (meta n))
                                  space (or (namespace n) space)
                                  k (case (name k)
                                      "keys" (keyword space (name n))
                                      "syms" (list 'quote (symbol space (name n)))
                                      "strs" (str n))]
                              (conj out local (look local k))))
                          out names)))]
    (reduce-kv (fn [out p k]
                 (cond
                   (and (keyword? p) (contains? #{"keys" "syms" "strs"} (name p))) (named out p k)
                   (keyword? p) out
                   :else (destructure-into* out p (look p k))))
               out pattern)))
(defn destructure-vector* [out pattern value]
  (let [v (gensym "vec__")]
    (loop [ps (seq pattern) i 0 out (conj out v value)]
      (if ps
        (let [p (first ps)]
          (cond
            (= p '&) (recur (nnext ps) i (destructure-into* out (second ps) (list 'clojure.core/nthnext v i)))
            (= p :as) (recur (nnext ps) i (conj out (second ps) v))
            :else (recur (next ps) (inc i) (destructure-into* out p (list 'clojure.core/nth v i nil)))))
        out))))
(defn destructure-into* [out pattern value]
  (cond
    (symbol? pattern) (conj out pattern value)
    (vector? pattern) (destructure-vector* out pattern value)
    (map? pattern) (destructure-map* out pattern value)
    :else (throw-error* :compile (str "Unsupported binding form: " (pr-str pattern)))))
(defn destructure "Returns the bindings of a let with its patterns taken apart: a vector of symbols and forms." [bindings]
  (if (every? symbol? (take-nth 2 bindings))
    bindings
    (reduce (fn [out [pattern value]] (destructure-into* out pattern value)) [] (partition 2 bindings))))
(defn seq-to-map-for-destructuring "Returns a map of keys and values, or of the map that a sequence holds alone." [s]
  (if (next s) (apply hash-map s) (if (seq s) (first s) {})))

;; Matchers: an atom of where a search is

(defn re-matcher "Returns a matcher of a regex over a text: see re-find and re-groups." [re text]
  (reference* :matcher (atom {:re re :text text :at 0 :groups nil}) nil))
(defn matcher-find* [m]
  (let [state (reference-part* m :matcher) {:keys [re text at]} (deref state)
        [found next] (if at (re-find-from* re text at) nil)]
    (swap! state assoc :at next :groups (if next [found] nil))
    found))
(defn re-groups "Returns what the last match of a matcher found." [m]
  (let [groups (:groups (deref (reference-part* m :matcher)))]
    (if groups (nth groups 0) (throw-error* :state "No match found"))))

;; Arrays: an atom that holds a vector, and what its elements have to be

(defn array* [kind elements] (reference* :array (atom (vec elements)) kind))
(defn element* [kind x]
  (case kind
    (:int :long :short :byte) (long x)
    (:double :float) (double x)
    :char (char x)
    :boolean (boolean x)
    x))
(defn array-of* [kind zero]
  (fn
    ([size-or-seq]
     (if (number? size-or-seq)
       (array* kind (repeat size-or-seq zero))
       (array* kind (map (fn [x] (element* kind x)) size-or-seq))))
    ([size init-or-seq]
     (if (coll? init-or-seq)
       (array* kind (take size (concat (map (fn [x] (element* kind x)) init-or-seq) (repeat zero))))
       (array* kind (repeat size (element* kind init-or-seq)))))))
(def int-array "Returns an array of integers of a size or of a collection." (array-of* :int 0))
(def long-array "Returns an array of integers of a size or of a collection." (array-of* :long 0))
(def short-array "Returns an array of integers of a size or of a collection." (array-of* :short 0))
(def byte-array "Returns an array of integers of a size or of a collection." (array-of* :byte 0))
(def double-array "Returns an array of doubles of a size or of a collection." (array-of* :double 0.0))
(def float-array "Returns an array of doubles of a size or of a collection." (array-of* :float 0.0))
(def char-array "Returns an array of characters of a size or of a collection." (array-of* :char \u0000))
(def boolean-array "Returns an array of booleans of a size or of a collection." (array-of* :boolean false))
(def object-array "Returns an array of values of a size or of a collection." (array-of* :object nil))
(defn make-array "Returns an array of a type and a size; of arrays for several sizes."
  ([t n] (let [kind (get {:integer :long :double :double :boolean :boolean :character :char} t :object)]
           (array* kind (repeat n (get {:long 0 :double 0.0 :boolean false :char \u0000} kind)))))
  ([t n & more] (array* :object (map (fn [_] (apply make-array t more)) (range n)))))
(defn into-array "Returns an array of the elements of a collection."
  ([coll] (array* :object coll))
  ([t coll] (array* :object coll)))
(defn to-array "Returns an array of the elements of a collection." [coll] (array* :object coll))
(defn to-array-2d "Returns an array of arrays." [coll] (array* :object (map to-array coll)))
(defn array-index* [v i]
  (if (and (int? i) (<= 0 i) (< i (count v)))
    i
    (throw-error* :index (str "Index " (pr-str i) " out of bounds for length " (count v)))))
(defn aget "Returns the element of an array at an index, or of arrays in it."
  ([array i] (let [v (deref (reference-part* array :array))] (nth v (array-index* v i))))
  ([array i & more] (apply aget (aget array i) more)))
(defn aset "Sets the element of an array at an index, or of arrays in it. Returns the value."
  ([array i x]
   (let [x (element* (reference-extra* array :array) x)]
     (swap! (reference-part* array :array) (fn [v] (assoc v (array-index* v i) x)))
     x))
  ([array i j & more] (apply aset (aget array i) j more)))
(defn alength "Returns the count of the elements of an array." [array] (count (deref (reference-part* array :array))))
(defn aclone "Returns an array of its own with the same elements." [array]
  (array* (reference-extra* array :array) (deref (reference-part* array :array))))
(defmacro amap "Returns an array of expr for each index, with ret bound to it." [a idx ret expr]
  `(let [a# ~a ~ret (aclone a#)]
     (dotimes [~idx (alength a#)] (aset ~ret ~idx ~expr))
     ~ret))
(defmacro areduce "Returns the last value of expr, evaluated for each index with ret bound to the one before." [a idx ret init expr]
  `(let [a# ~a n# (alength a#)]
     (loop [~idx 0 ~ret ~init] (if (< ~idx n#) (recur (inc ~idx) ~expr) ~ret))))
(def aset-int "Like aset." aset)
(def aset-long "Like aset." aset)
(def aset-short "Like aset." aset)
(def aset-byte "Like aset." aset)
(def aset-double "Like aset." aset)
(def aset-float "Like aset." aset)
(def aset-char "Like aset." aset)
(def aset-boolean "Like aset." aset)
(defn array-cast* [kind] (fn [x] (if (= kind (reference-extra* x :array)) x (throw-error* :type (str "not an array of " (name kind) "s")))))
(def ints "Returns an array of integers." (array-cast* :int))
(def longs "Returns an array of integers." (array-cast* :long))
(def shorts "Returns an array of integers." (array-cast* :short))
(def bytes "Returns an array of integers." (array-cast* :byte))
(def doubles "Returns an array of doubles." (array-cast* :double))
(def floats "Returns an array of doubles." (array-cast* :float))
(def chars "Returns an array of characters." (array-cast* :char))
(def booleans "Returns an array of booleans." (array-cast* :boolean))
(defn vector-of "Returns a vector of elements of a kind such as :int or :double." [kind & elements]
  (mapv (fn [x] (element* kind x)) elements))

;; Struct maps: maps that have certain keys

(defn create-struct "Returns a structure basis: keys for struct and struct-map." [& ks]
  (if (seq ks) {:halt/struct (vec ks)} (throw-error* :argument "Must supply keys")))
(defmacro defstruct "Defines a structure basis: see struct." [name & ks] `(def ~name (create-struct ~@ks)))
(defn struct "Returns a map of the keys of a basis and these values, in order." [basis & values]
  (let [ks (:halt/struct basis)]
    (if (> (count values) (count ks)) (throw-error* :argument "Too many arguments to struct constructor") nil)
    (merge (zipmap ks (repeat nil)) (zipmap ks values))))
(defn struct-map "Returns a map of the keys of a basis, nil where none is given, and of more." [basis & keyvals]
  (merge (zipmap (:halt/struct basis) (repeat nil)) (apply hash-map keyvals)))
(defn accessor "Returns a function that looks up a key of a basis." [basis k]
  (if (some (fn [known] (= known k)) (:halt/struct basis))
    (fn [m] (get m k))
    (throw-error* :argument "Not a key of struct")))

;; Where the time goes: samples are a map from stacks (calls [name file line], the innermost first) to microseconds.

(defn ranked* [weights key] (sort-by (fn [row] [(- (:us row)) (str (key row))]) (map (fn [[k us]] {key k :us us}) weights)))
(defn profile-report "Returns what samples of profile* say: {:us in all, :functions with their own :us and :total-us, :lines of the program with theirs}; most first."
  [samples]
  (let [add (fn [sums k us] (assoc sums k (+ us (get sums k 0))))
        function (fn [[name file _]] (if (= "" file) name (str name " (" file ")")))
        own (reduce-kv (fn [sums stack us] (add sums (function (first stack)) us)) {} samples)
        total (reduce-kv (fn [sums stack us] (reduce (fn [sums f] (add sums f us)) sums (set (map function stack)))) {} samples)
        program? (fn [[_ file _]] (not (or (= "" file) (clojure.string/starts-with? file "clojure/"))))
        lines (reduce-kv (fn [sums stack us]
                           (let [[name file line :as call] (first (filter program? stack))]
                             (if call (add sums (str file ":" line " in " name) us) sums)))
                         {} samples)]
    {:us (reduce + (vals samples))
     :functions (mapv (fn [row] (assoc row :total-us (get total (:function row))))
                      (ranked* (merge (zipmap (keys total) (repeat 0)) own) :function))
     :lines (vec (ranked* lines :line))}))

(defn print-profile "Prints the report of samples: the functions and the lines of the program that took most." [samples]
  (let [report (profile-report samples)
        share (fn [us] (format "%5.1f%%" (/ (* 100.0 us) (max 1 (:us report)))))
        few (fn [rows] (take 15 (filter (fn [row] (< 0.005 (/ (:us row) (max 1.0 (:us report))))) rows)))]
    (println (str "profile: " (/ (:us report) 1000.0) " ms"))
    (println "  self   total  function")
    (run! (fn [row] (println (str (share (:us row)) "  " (share (:total-us row)) "  " (:function row)))) (few (:functions report)))
    (println "  self  line")
    (run! (fn [row] (println (str (share (:us row)) "  " (:line row)))) (few (:lines report)))))

(defn profiled* [f]
  (let [samples (atom {})]
    (profile* samples)
    (let [value (try (f) (finally (profile* nil)))]
      [value (deref samples)])))
(defmacro profile "Evaluates the body, prints in which functions and lines the time went, and returns its value. Needs a clock (time-us); without one counts calls and turns of loops."
  [& body]
  `(let [[value# samples#] (profiled* (fn [] ~@body))] (print-profile samples#) value#))

;; Printing that programs extend: the natives that print ask for this once there is a method beside that for :default.

(defmulti print-method "Prints x into a writer. Methods are for types, as (type x) names them; pr, print and the like then print by them. A method writes with .write,
  with print-method for a part of x, or by printing."
  (fn [x writer] (type x)))
(defn .write "Writes a text into the writer that a print-method was given." [writer text]
  (swap! writer conj (str text))
  nil)
(defn print-parts* [open between close print-part parts writer]
  (if (and *print-level* (<= *print-level* 0))
    (.write writer "#")
    (binding [*print-level* (and *print-level* (dec *print-level*))]
      (.write writer open)
      (loop [parts (seq parts) left *print-length* before ""]
        (when parts
          (.write writer before)
          (if (= 0 left)
            (.write writer "...")
            (do (print-part (first parts))
                (recur (next parts) (and left (dec left)) between)))))
      (.write writer close))))
(defmethod print-method :default [x writer]
  (let [part (fn [y] (print-method y writer))
        entry (fn [[k v]] (part k) (.write writer " ") (part v))]
    (cond
      (map? x) (print-parts* "{" ", " "}" entry x writer)
      (vector? x) (print-parts* "[" " " "]" part x writer)
      (set? x) (print-parts* "#{" " " "}" part x writer)
      (seq? x) (print-parts* "(" " " ")" part x writer)
      :else (.write writer (plain-str* x)))))
(defn extended-str* [xs readably? end]
  (let [writer (atom [])]
    (binding [*out* writer, *print-readably* readably?]
      (run! (fn [x] (print-method x writer) (.write writer " ")) (butlast xs))
      (run! (fn [x] (print-method x writer)) (take-last 1 xs)))
    (join-strings* (conj (deref writer) end))))
(defn extended-print* [xs readably? end] (write-text* (extended-str* xs readably? end)))
(defn extended-show* [x length] (binding [*print-length* (or *print-length* length)] (extended-str* [x] true "")))
