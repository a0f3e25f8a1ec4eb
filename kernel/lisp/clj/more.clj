;; The rest of the core library: what is asked for less often. Loaded into clojure.core when the first of its names is
;; asked for, as every file of natives::LATER. A definition begins at the start of a line.

;; Vars that say how things are done

(def ^:dynamic *print-readably* "Whether pr prints what the reader takes." true)
(def ^:dynamic *print-meta* "Whether pr prints metadata: never, here." false)
(def ^:dynamic *print-namespace-maps* "Whether pr takes the namespace of all keys out of a map: never, here." false)
(def ^:dynamic *err* "Where errors are printed: as *out*." nil)
(def ^:dynamic *in* "Where read and read-line take text from: an atom that holds it, see with-in-str." nil)
(def ^:dynamic *ns* "The current namespace." nil)
(def ^:dynamic *file* "The name of the file that is being loaded." nil)
(def ^:dynamic *data-readers* "Functions by tag, for tagged literals that read-string meets." {})
(def ^:dynamic *default-data-reader-fn* "A function of tag and form for tags without a reader, or nil." nil)
(def ^:dynamic *math-context* "The [precision rounding] that with-precision asks for, or nil." nil)
(def *clojure-version* "The version of Clojure that the language follows." {:major 1 :minor 11 :incremental 1 :qualifier nil})
(def default-data-readers "The tags that the language reads."
  {'inst (fn [form] (read-tag* 'inst form)) 'uuid (fn [form] (read-tag* 'uuid form))})

;; Reading

(defn map-tags* [f x]
  (cond
    (tagged-literal? x) (f (:tag x) (map-tags* f (:form x)))
    (seq? x) (with-meta (apply list (map (fn [y] (map-tags* f y)) x)) (meta x))
    (vector? x) (with-meta (mapv (fn [y] (map-tags* f y)) x) (meta x))
    (map? x) (with-meta (into {} (map (fn [e] [(map-tags* f (key e)) (map-tags* f (val e))]) x)) (meta x))
    (set? x) (with-meta (into #{} (map (fn [y] (map-tags* f y)) x)) (meta x))
    :else x))

(defn read-tags* [x]
  (map-tags* (fn [tag form]
               (let [reader (get *data-readers* tag)]
                 (cond
                   reader (reader form)
                   *default-data-reader-fn* (*default-data-reader-fn* tag form)
                   :else (throw-error* :read (str "no reader for the tag #" tag)))))
             x))

(defn read-from* [options text]
  (let [found (read-one* text (:halt/data options))]
    (cond
      found (let [[form rest tagged] found] [(if tagged (read-tags* form) form) rest])
      (contains? options :eof) [(:eof options) ""]
      :else (throw-error* :read "end of text where a form was expected"))))
(defn read-string-by* [options text] (first (read-from* options text)))

(defn reader-of* [in]
  (or in *in* (throw-error* :state "there is nothing to read from: see with-in-str")))

(defn read+string "Reads a form from an atom that holds text, or *in*. Returns [form its-text]."
  ([] (read+string nil))
  ([in]
   (let [in (reader-of* in) text (deref in) [form rest] (read-from* {} text)]
     (reset! in rest)
     [form (clojure.string/trim (subs text 0 (- (count text) (count rest))))]))
  ([in eof-error? eof]
   (if (and (not eof-error?) (nil? (read-one* (deref (reader-of* in))))) [eof ""] (read+string in))))
(defn read "Reads a form from an atom that holds text, or *in*."
  ([] (first (read+string)))
  ([in] (first (read+string in)))
  ([in eof-error? eof] (first (read+string in eof-error? eof)))
  ([in eof-error? eof recursive?] (first (read+string in eof-error? eof))))
(defn take-line* [in]
  (let [text (deref in)]
    (if (= text "")
      nil
      (let [at (clojure.string/index-of text "\n")]
        (reset! in (if at (subs text (inc at)) ""))
        (if at (subs text 0 at) text)))))
(defn read-line "Reads a line from *in*; nil at its end." [] (take-line* (reader-of* nil)))
(defn line-seq "Returns a lazy sequence of the lines of an atom that holds text." [in]
  (lazy-seq (let [line (take-line* in)] (if line (cons line (line-seq in)) nil))))
(defmacro with-in-str "Evaluates the body with a text to read from." [text & body]
  `(binding [*in* (atom ~text)] ~@body))

;; Namespaces

(defn refer "Takes public names of a namespace into the current one. Filters: :only, :exclude, :rename." [ns & filters]
  (let [{:keys [only exclude rename]} (apply hash-map filters)
        publics (ns-publics ns)
        names (remove (set exclude) (or only (keys publics)))]
    (run! (fn [name]
            (let [v (or (get publics name) (throw-error* :unbound (str name " is not public in " (ns-name ns))))]
              (refer* (get rename name name) v)))
          names)
    nil))
(defn use "Loads namespaces and takes their public names into the current one." [& specs]
  (run! (fn [spec]
          (let [[name & filters] (if (symbol? spec) [spec] spec)]
            (require name)
            (apply refer name filters)))
        (remove keyword? specs)))
(defn loaded-libs "Returns the set of the names of all namespaces." [] (into #{} (map ns-name) (all-ns)))
(defn ns-imports "Returns an empty map: there are no classes to import." [ns] {})
(defn test "Calls the :test function in a var's metadata. Returns :ok, or :no-test when there is none." [v]
  (let [f (:test (meta v))] (if f (do (f) :ok) :no-test)))
(defn unchecked-char "Returns the character of a number." [n] (char n))
(def unquote "Means something inside of a syntax-quote only." nil)
(def unquote-splicing "Means something inside of a syntax-quote only." nil)

;; Bindings

(defn get-thread-bindings "Returns a map from vars to their bindings in force." []
  (into {} (map (fn [e] [(find-var (key e)) (val e)])) (bindings*)))
(defn thread-bound? "Returns true if all vars have a binding in force." [& vars]
  (let [bound (bindings*)] (every? (fn [v] (contains? bound (var-symbol* v))) vars)))
(defn with-bindings* "Calls f with args while vars are bound, by a map from var to value." [bound f & args]
  (let [vars (vec (keys bound))
        names (mapv (fn [_] (gensym "value")) vars)
        run (eval `(fn [~names f# args#]
                     (binding [~@(mapcat (fn [v name] [(var-symbol* v) name]) vars names)] (apply f# args#))))]
    (run (mapv bound vars) f args)))
(defmacro with-bindings "Evaluates the body while vars are bound, by a map from var to value." [bound & body]
  `(with-bindings* ~bound (fn [] ~@body)))
(defn bound-fn* "Returns a function that calls f with the bindings in force now." [f]
  (let [bound (get-thread-bindings)]
    (if (empty? bound) f (fn [& args] (apply with-bindings* bound f args)))))
(defmacro bound-fn "Returns a function that runs with the bindings in force where it was made." [& tail]
  `(bound-fn* (fn ~@tail)))

(defn precision* [x]
  (if (and *math-context* (decimal? x)) (round-decimal* x (first *math-context*) (second *math-context*)) x))
(defmacro with-precision "Evaluates the body with decimal quotients, and its result, rounded to so many digits. Before the body: :rounding and HALF_UP, HALF_EVEN, HALF_DOWN, UP, DOWN, CEILING, FLOOR or UNNECESSARY."
  [precision & body]
  (let [named (= (first body) :rounding)
        rounding (if named (second body) 'HALF_UP)]
    `(binding [*math-context* [~precision '~rounding]] (precision* (do ~@(if named (nnext body) body))))))

;; Promises and futures. Where there are processes, a future is one; else it runs when it is made.

;; The atom of one holds [value] or [nil error]; until then nil, or a list of the processes that wait for it.

(defn settle* [state result]
  (let [held (deref state)]
    (cond
      (vector? held) false
      (compare-and-set! state held result)
      (do (if held (run! (resolve 'halt.sys/unpark) held) nil) true)
      :else (recur state result))))

(defn waiting* [p until otherwise]
  (let [state (promise-part* p 0) process (promise-part* p 1)
        me ((resolve 'clojure.core/self)) now (resolve 'clojure.core/time-us) park (resolve 'halt.sys/park)
        ;; What is killed never has a value; its end wakes who waits.
        ends? (fn [] (and process (not ((resolve 'halt.sys/wake-at-end) (deref process)))))]
    (loop []
      (let [held (deref state)]
        (cond
          (vector? held) (deref p)
          (and until (<= until (now)))
          (do (swap! state (fn [held] (if (vector? held) held (into () (remove (fn [pid] (= pid me)) held))))) otherwise)
          (not (some (fn [pid] (= pid me)) held)) (do (compare-and-set! state held (conj held me)) (recur))
          (ends?) (do (settle* state [nil {:type :cancelled :message "the future's process ended before it had a value"}]) (recur))
          :else (do (park until) (recur)))))))

(defn await-promise*
  ([p]
   (if (resolve 'halt.sys/park)
     (waiting* p nil nil)
     (throw-error* :state "the promise has no value, and nothing here could deliver one")))
  ([p ms otherwise]
   (if (resolve 'halt.sys/park)
     (waiting* p (+ ((resolve 'clojure.core/time-us)) (* 1000 (long (max 0 (min ms 1000000000000))))) otherwise)
     otherwise)))

(defn promise "Returns a promise: deref waits until deliver has given it a value." [] (promise* (atom nil) nil))
(defn deliver "Gives a promise its value, unless it has one. Returns the promise, or nil." [p value]
  (if (settle* (promise-part* p 0) [value]) p nil))

(defn future-call "Calls f in a process of its own. Returns a future: deref waits for the result, and throws what f threw." [f]
  (let [f (bound-fn* f)
        state (atom nil)
        kind (atom :running)
        work (fn []
               (settle* state (try [(f)] (catch :default e [nil e])))
               nil)
        spawn (resolve 'clojure.core/spawn)]
    (if spawn (reset! kind (spawn work)) (work))
    (promise* state kind)))
(defmacro future "Evaluates the body in a process of its own. Returns a future: see future-call." [& body]
  `(future-call (fn [] ~@body)))
(defn future-done? "Returns true if a future has its result." [f] (realized? f))
(defn future-cancel "Ends a future that has no result yet. Returns whether it did." [f]
  (let [cancelled [nil {:type :cancelled :message "the future was cancelled"}]]
    (if (settle* (promise-part* f 0) cancelled)
      (let [process (deref (promise-part* f 1)) kill (resolve 'clojure.core/kill)]
        (if (and kill (int? process)) (kill process) nil)
        true)
      false)))
(defn future-cancelled? "Returns true if a future was cancelled." [f]
  (= :cancelled (:type (second (deref (promise-part* f 0))))))
(defn pmap "Like map, with every element in a process of its own." [f coll & more]
  (map deref (doall (apply map (fn [& args] (future-call (fn [] (apply f args)))) coll more))))
(defn pcalls "Returns a sequence of the values of functions, each called in a process of its own." [& fs] (pmap (fn [f] (f)) fs))
(defmacro pvalues "Returns a sequence of the values of forms, each evaluated in a process of its own." [& forms]
  `(pcalls ~@(map (fn [form] `(fn [] ~form)) forms)))
(defn seque "Returns the sequence: it needs no queue." ([s] (seq s)) ([n s] (seq s)))

;; Messages: receive looks for the first that a pattern fits, and leaves the others where they were.

(declare patterns*)

(defn pattern* [pattern value then]
  (cond
    (= pattern '_) then
    (symbol? pattern) `(let [~pattern ~value] ~then)
    (and (seq? pattern) (= (first pattern) 'quote)) `(if (= ~value ~pattern) ~then nil)
    (vector? pattern)
    (let [named (vec (take-while (fn [p] (not (= p '&))) pattern))
          n (count named)
          tail (nth pattern (inc n) nil)
          each (map-indexed (fn [i p] [p (list 'clojure.core/nth value i)]) named)
          each (if tail (concat each [[tail (list 'clojure.core/nthnext value n)]]) each)]
      `(if (and (sequential? ~value) (~(if tail '<= '=) ~n (bounded-count ~(inc n) ~value))) ~(patterns* each then) nil))
    (map? pattern)
    `(if (and (map? ~value) ~@(map (fn [k] `(contains? ~value ~k)) (keys pattern)))
       ~(patterns* (map (fn [e] [(val e) (list 'clojure.core/get value (key e))]) pattern) then)
       nil)
    (or (keyword? pattern) (number? pattern) (string? pattern) (char? pattern) (boolean? pattern) (nil? pattern))
    `(if (= ~value ~pattern) ~then nil)
    :else (throw-error* :compile (str "receive knows no pattern such as " (pr-str pattern)))))

(defn patterns* [each then]
  (reduce (fn [then [pattern form]]
            (let [part (gensym "part")] `(let [~part ~form] ~(pattern* pattern part then))))
          then
          (reverse each)))

(defn receive* [choose ms after]
  (let [next-message (or (resolve 'clojure.core/next-message) (throw-error* :state "there are no messages here"))
        now (resolve 'clojure.core/time-us)
        end (if ms (+ (now) (* 1000 ms)) nil)
        none (atom nil)]
    (loop [skipped []]
      (let [message (next-message (if end (max 0 (quot (- end (now)) 1000)) nil) none)
            found (if (identical? message none) after (choose message))]
        (if found
          (do (if (seq skipped) ((resolve 'clojure.core/put-back-messages!) skipped) nil) (found))
          (recur (conj skipped message)))))))

(defmacro receive "Waits for a message that one of the patterns fits and evaluates the form behind it; other messages stay where they are: (receive pattern form ... :after ms form). A pattern is a symbol, _ for anything, a constant, 'symbol, or a vector (with & rest) or map of patterns; :when and a test may follow it."
  [& clauses]
  (let [message (gensym "message")]
    (loop [clauses (seq clauses) forms [] ms nil after nil]
      (if clauses
        (let [[pattern form & more] clauses]
          (cond
            (= pattern :after) (recur (nnext (next clauses)) forms form (first more))
            (= form :when)
            (let [[test form & more] more]
              (recur more (conj forms (pattern* pattern message `(if ~test (fn [] ~form) nil))) ms after))
            :else (recur more (conj forms (pattern* pattern message `(fn [] ~form))) ms after)))
        `(receive* (fn [~message] (or ~@forms)) ~ms (fn [] ~after))))))

;; Taps

(def taps* (atom #{}))
(defn add-tap "Adds a function that gets what is sent to tap>." [f] (swap! taps* conj f) nil)
(defn remove-tap "Removes a function that add-tap added." [f] (swap! taps* disj f) nil)
(defn tap> "Sends a value to all taps. Returns true." [x]
  (run! (fn [f] (try (f x) (catch :default _ nil))) (deref taps*))
  true)

;; Chunks are vectors; a buffer for one is an atom.

(defn chunk-buffer "Returns a buffer in which a chunk is built." [capacity] (atom []))
(defn chunk-append "Adds an element to a buffer." [buffer x] (swap! buffer conj x) nil)
(defn chunk "Returns the chunk that was built in a buffer." [buffer] (deref buffer))
(defn chunk-cons "Returns a sequence of the elements of a chunk and then those of rest." [chunk rest]
  (if (= 0 (count chunk)) rest (onto* chunk rest)))
(defn chunk-first "Returns the first chunk of a sequence." [s] (chunk* (seq s)))
(defn chunk-next "Returns the sequence behind the first chunk, or nil." [s]
  (let [s (seq s)] (seq (chunk-rest* s (chunk* s)))))
(defn chunk-rest "Returns the sequence behind the first chunk, maybe empty." [s] (or (chunk-next s) ()))

;; Hashes, UUIDs

(defn hash-ordered-coll "Returns the hash of the elements in their order, as that of a vector." [coll] (hash (vec coll)))
(defn hash-unordered-coll "Returns the hash of the elements in any order, as that of a set." [coll] (hash (set coll)))
(defn hash-combine "Returns a hash of a hash and a value's hash." [seed x] (hash [seed (hash x)]))
(defn mix-collection-hash "Returns a hash of a hash and a count." [basis n] (hash [basis n]))
(defn random-uuid "Returns a random UUID." []
  (let [word (fn [] (bit-xor (bit-shift-left (random-below* 4294967296) 32) (random-below* 4294967296)))]
    (uuid* (word) (word))))

