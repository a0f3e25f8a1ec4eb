;; The core library: what needs to call functions of the program. The rest is Rust, in src/natives/.
;;
;; It is read and compiled at every start, so it keeps to special forms and the macros of the compiler.
;; A name that ends in * is the library's own business.
;; Absent: processes, time and randomness belong to the system.

(def ^:dynamic *out* "Where printed text is collected: nil for the system's own output." nil)
(def ^:dynamic *print-length* "How many elements of a collection are printed; nil for all." nil)
(def ^:dynamic *print-level* "How many levels of collections are printed; nil for all." nil)

(declare concat mapv swap! range filter repeat into apply)

;; Equality of what is not realised yet

;; Walks both side by side, so that no more is realised than it takes to tell.
(defn equal* [a b]
  (if (and (sequential? a) (sequential? b))
    (loop [a (seq a) b (seq b)]
      (if (and a b)
        (if (= (first a) (first b)) (recur (next a) (next b)) false)
        (identical? a b)))
    (if (and (map? a) (map? b) (= (count a) (count b)))
      (let [b (if (sorted? b) (into {} b) b)]
        (loop [entries (seq a)]
          (if entries
            (let [entry (first entries) k (nth entry 0)]
              (if (if (contains? b k) (= (nth entry 1) (get b k)) false) (recur (next entries)) false))
            true)))
      (= a b))))

(defn all-equal* [a & more]
  (loop [a a more more]
    (if more
      (if (= a (first more)) (recur (first more) (next more)) false)
      true)))

(defn not-all-equal* [& values] (not (apply all-equal* values)))

;; Reductions

;; What comes of it may be reduced.
(defn fold-vector* [f init v]
  (let [n (count v)]
    (if (simple* f)
      (loop [i 0 acc init]
        (if (< i n)
          (let [part (fold* f acc v i) j (nth part 1)
                acc (if (= i j) (f acc (nth v i)) (nth part 0))]
            (if (reduced? acc) acc (recur (if (= i j) (inc i) j) acc)))
          acc))
      (loop [i 0 acc init]
        (if (< i n)
          (let [acc (f acc (nth v i))]
            (if (reduced? acc) acc (recur (inc i) acc)))
          acc)))))

(defn reduce-vector* [f init v]
  (let [acc (fold-vector* f init v)]
    (if (reduced? acc) (if (= 0 (count v)) acc (deref acc)) acc)))

(defn reduce-seq* [f init coll]
  (loop [s (seq coll) acc init]
    (if s
      (let [c (chunk* s true)
            acc (if c (fold-vector* f acc c) (f acc (first s)))]
        (if (reduced? acc)
          (deref acc)
          (recur (if c (seq (chunk-rest* s c)) (next s)) acc)))
      acc)))

(defn reduce
  "Combines the elements of coll by f of two arguments, from init or the first element on. Ends early with a reduced value."
  ([f coll]
   (let [s (seq coll)]
     (if s (reduce f (first s) (next s)) (f))))
  ([f init coll]
   (let [v (as-vector* coll)]
     (if v (reduce-vector* f init v) (reduce-seq* f init coll)))))

(defn reduce-kv
  "Combines the keys and values of a map, or indexes and elements of a vector, by f of three arguments."
  [f init coll]
  (let [entries (entries* coll) n (count entries)]
    (loop [i 0 acc init]
      (if (< i n)
        (let [e (nth entries i)
              acc (f acc (nth e 0) (nth e 1))]
          (if (reduced? acc) (deref acc) (recur (inc i) acc)))
        acc))))

(defn transduce
  "Reduces coll by f transformed by xform."
  ([xform f coll] (transduce xform f (f) coll))
  ([xform f init coll] (let [g (xform f)] (g (reduce g init coll)))))

(defn completing
  "Returns f with an arity of one argument, cf, for use in transduce."
  ([f] (completing f identity))
  ([f cf] (fn ([] (f)) ([acc] (cf acc)) ([acc x] (f acc x)))))

(defn into
  "Returns to with all elements of from added, transformed by xform if given."
  ([] [])
  ([to] to)
  ([to from] (into* to from))
  ([to xform from]
   (if (nil? to) (transduce xform conj from) (transduce xform conj to from))))

(defn run! "Calls f with each element of coll for its effects. Returns nil." [f coll]
  (reduce (fn [_ x] (f x) nil) nil coll)
  nil)

;; Functions of functions

(defn constantly "Returns a function of any arguments that returns x." [x] (fn [& _] x))

(defn complement "Returns a function that returns the opposite truth of f." [f]
  (fn ([] (not (f))) ([x] (not (f x))) ([x y] (not (f x y))) ([x y & more] (not (apply f x y more)))))

(defn comp "Returns the composition of functions, the last of which is called first."
  ([] identity)
  ([f] f)
  ([f g]
   (fn ([] (f (g))) ([x] (f (g x))) ([x y] (f (g x y))) ([x y & more] (f (apply g x y more)))))
  ([f g & fs] (reduce comp (comp f g) fs)))

(defn partial "Returns f with its first arguments given."
  ([f] f)
  ([f a] (fn ([] (f a)) ([x] (f a x)) ([x y] (f a x y)) ([x y & more] (apply f a x y more))))
  ([f a b] (fn ([] (f a b)) ([x] (f a b x)) ([x y] (f a b x y)) ([x y & more] (apply f a b x y more))))
  ([f a b & more] (fn [& args] (apply f a b (concat more args)))))

(defn juxt "Returns a function that returns a vector of what each function returns." [& fs]
  (let [fs (vec fs)]
    (fn [& args] (mapv (fn [f] (apply f args)) fs))))

(defn fnil "Returns f with nil replaced by defaults in its first arguments."
  ([f a] (fn [x & more] (apply f (if (nil? x) a x) more)))
  ([f a b] (fn [x y & more] (apply f (if (nil? x) a x) (if (nil? y) b y) more)))
  ([f a b c]
   (fn [x y z & more] (apply f (if (nil? x) a x) (if (nil? y) b y) (if (nil? z) c z) more))))

(defn every? "Returns true if pred holds for every element of coll." [pred coll]
  (loop [s (seq coll)]
    (if s (if (pred (first s)) (recur (next s)) false) true)))

(defn some "Returns the first true value of pred for an element of coll, or nil." [pred coll]
  (loop [s (seq coll)]
    (if s (or (pred (first s)) (recur (next s))) nil)))

(defn not-any? "Returns true if pred holds for no element of coll." [pred coll] (not (some pred coll)))
(defn not-every? "Returns true if pred fails for an element of coll." [pred coll] (not (every? pred coll)))

(defn every-pred "Returns a function that is true when all predicates hold for all its arguments." [& preds]
  (fn [& xs] (every? (fn [p] (every? p xs)) preds)))

(defn some-fn "Returns a function that returns the first true value of a predicate for an argument." [& preds]
  (fn [& xs]
    (loop [preds (seq preds) s (seq xs) result nil]
      (cond
        (nil? preds) result
        (nil? s) (recur (next preds) (seq xs) result)
        :else (let [result ((first preds) (first s))] (if result result (recur preds (next s) result)))))))

(defn memoize "Returns f with its results remembered by arguments." [f]
  (let [known (atom {})]
    (fn [& args]
      (let [e (find (deref known) args)]
        (if e
          (val e)
          (let [result (apply f args)]
            (swap! known assoc args result)
            result))))))

(defn trampoline "Calls f, then what it returns as long as that is a function."
  ([f] (let [r (f)] (if (fn? r) (recur r) r)))
  ([f & args] (trampoline (fn [] (apply f args)))))

;; Lazy sequences

(defn nth-lazy* [coll n not-found has-default]
  (loop [s (seq coll) n n]
    (if s
      (if (= n 0) (first s) (recur (next s) (dec n)))
      (if has-default not-found (index-failed* n)))))

(defn nthrest-lazy* [coll n]
  (loop [coll coll n n]
    (if (and (> n 0) (seq coll)) (recur (rest coll) (dec n)) coll)))

(defn nthnext-lazy* [coll n] (seq (nthrest-lazy* coll n)))

(defn dorun "Realises a lazy sequence, the first n elements of it if given. Returns nil."
  ([coll] (realise-all* coll) nil)
  ([n coll] (loop [s (seq coll) n n] (if (and s (> n 0)) (recur (next s) (dec n)) nil))))

(defn doall "Realises a lazy sequence, the first n elements of it if given. Returns it."
  ([coll] (realise-all* coll))
  ([n coll] (dorun n coll) coll))

(defn bounded-count "Returns the count of coll, at most n where counting means walking." [n coll]
  (if (counted? coll)
    (count coll)
    (loop [s (seq coll) i 0] (if (and s (< i n)) (recur (next s) (inc i)) i))))

(defn map-vector* [f v]
  (let [n (count v)]
    (if (simple* f)
      (loop [i 0 out []]
        (if (< i n)
          (let [more (map* f v out) j (count more)]
            (if (= i j) (recur (inc i) (conj out (f (nth v i)))) (recur j more)))
          out))
      (loop [i 0 out []]
        (if (< i n) (recur (inc i) (conj out (f (nth v i)))) out)))))

(defn map
  "Returns a lazy sequence of f of each element, or of the elements of several collections side by side. A transducer without a collection."
  ([f]
   (fn [rf]
     (fn ([] (rf)) ([acc] (rf acc)) ([acc x] (rf acc (f x))) ([acc x & more] (rf acc (apply f x more))))))
  ([f coll]
   (lazy-seq
    (let [s (seq coll)]
      (if s
        (let [is-simple (simple* f) made (if is-simple (map-chunk* f s) nil)]
          (if made
            (onto* made (map f (chunk-rest* s made)) s)
            (let [c (chunk* s is-simple)]
              (if c
                (onto* (map-vector* f c) (map f (chunk-rest* s c)) s)
                (cons (f (first s)) (map f (rest s)))))))
        nil))))
  ([f a b]
   (lazy-seq
    (let [s (seq a) t (seq b)]
      (if (and s t) (cons (f (first s) (first t)) (map f (rest s) (rest t))) nil))))
  ([f a b & more]
   (let [step (fn step [colls]
                (lazy-seq
                 (let [ss (mapv seq colls)]
                   (if (every? identity ss) (cons (map-vector* first ss) (step (map-vector* rest ss))) nil))))]
     (map (fn [args] (apply f args)) (step (list* a b more))))))

(defn mapv "Returns a vector of f of each element."
  ([f coll]
   (let [v (as-vector* coll)]
     (if v (map-vector* f v) (reduce-seq* (fn [out x] (conj out (f x))) [] coll))))
  ([f a b] (into* [] (map f a b)))
  ([f a b & more] (into* [] (apply map f a b more))))

(defn filter "Returns a lazy sequence of the elements for which pred holds. A transducer without a collection."
  ([pred]
   (fn [rf] (fn ([] (rf)) ([acc] (rf acc)) ([acc x] (if (pred x) (rf acc x) acc)))))
  ([pred coll]
   (lazy-seq
    (loop [s (seq coll)]
      (if s
        (let [is-simple (simple* pred) sifted (if is-simple (sift* pred s) nil)]
          (if sifted
            (let [kept (nth sifted 0) n (nth sifted 1)]
              (if (= 0 (count kept))
                (recur (seq (chunk-rest* s n)))
                (onto* kept (filter pred (chunk-rest* s n)) s (nth sifted 2))))
            (let [c (chunk* s is-simple)]
              (if c
                (let [flags (map-vector* pred c) kept (select* c flags)]
                  (if (= 0 (count kept))
                    (recur (seq (chunk-rest* s c)))
                    (onto* kept (filter pred (chunk-rest* s c)) s flags)))
                (let [x (first s)]
                  (if (pred x) (cons x (filter pred (rest s))) (recur (next s))))))))
        nil)))))

(defn filterv "Returns a vector of the elements for which pred holds." [pred coll]
  (reduce (fn [out x] (if (pred x) (conj out x) out)) [] coll))

(defn remove "Returns a lazy sequence of the elements for which pred fails."
  ([pred] (filter (complement pred)))
  ([pred coll] (filter (complement pred) coll)))

(defn keep "Returns a lazy sequence of the values of f that are not nil."
  ([f] (fn [rf] (fn ([] (rf)) ([acc] (rf acc)) ([acc x] (let [v (f x)] (if (nil? v) acc (rf acc v)))))))
  ([f coll] (filter some? (map f coll))))

(defn map-indexed "Returns a lazy sequence of f of index and element."
  ([f]
   (fn [rf]
     (let [i (atom -1)]
       (fn ([] (rf)) ([acc] (rf acc)) ([acc x] (rf acc (f (swap! i inc) x)))))))
  ([f coll] (map f (range) coll)))

(defn keep-indexed "Returns a lazy sequence of the values of f of index and element that are not nil."
  ([f] (comp (map-indexed f) (filter some?)))
  ([f coll] (filter some? (map-indexed f coll))))

(defn chain* [s colls]
  (lazy-seq
   (loop [s (seq s) colls colls]
     (if s
       (let [c (chunk* s)]
         (if c
           (onto* c (chain* (chunk-rest* s c) colls) s)
           (cons (first s) (chain* (rest s) colls))))
       (let [cs (seq colls)]
         (cond
           (nil? cs) nil
           ;; The last one stays as it is: nested concatenations would pass each element on, level by level.
           (nil? (next cs)) (seq (first cs))
           :else (recur (seq (first cs)) (rest cs))))))))

(defn concat "Returns a lazy sequence of the elements of all collections." [& colls] (chain* nil colls))

(defn cat "A transducer that takes apart the collections it gets." [rf]
  (let [inner (fn [acc x] (let [r (rf acc x)] (if (reduced? r) (reduced r) r)))]
    (fn ([] (rf)) ([acc] (rf acc)) ([acc coll] (reduce inner acc coll)))))

(defn mapcat "Returns the concatenation of f of each element."
  ([f] (comp (map f) cat))
  ([f coll] (chain* nil (map f coll)))
  ([f coll & more] (chain* nil (apply map f coll more))))

(defn take "Returns a lazy sequence of the first n elements."
  ([n]
   (fn [rf]
     (let [left (atom n)]
       (fn ([] (rf)) ([acc] (rf acc))
         ([acc x]
          (let [before (deref left) now (swap! left dec) acc (if (> before 0) (rf acc x) acc)]
            (if (> now 0) acc (ensure-reduced acc))))))))
  ([n coll]
   (lazy-seq
    (if (> n 0)
      (let [s (seq coll)] (if s (cons (first s) (take (dec n) (rest s))) nil))
      nil))))

(defn drop "Returns a lazy sequence without the first n elements."
  ([n]
   (fn [rf]
     (let [left (atom n)]
       (fn ([] (rf)) ([acc] (rf acc))
         ([acc x] (if (> (deref left) 0) (do (swap! left dec) acc) (rf acc x)))))))
  ([n coll] (lazy-seq (nthnext coll n))))

(defn take-while "Returns a lazy sequence of the elements before the first for which pred fails."
  ([pred]
   (fn [rf] (fn ([] (rf)) ([acc] (rf acc)) ([acc x] (if (pred x) (rf acc x) (reduced acc))))))
  ([pred coll]
   (lazy-seq
    (let [s (seq coll)]
      (if s
        (let [x (first s)] (if (pred x) (cons x (take-while pred (rest s))) nil))
        nil)))))

(defn drop-while "Returns a lazy sequence from the first element on for which pred fails."
  ([pred]
   (fn [rf]
     (let [dropping (atom true)]
       (fn ([] (rf)) ([acc] (rf acc))
         ([acc x]
          (if (and (deref dropping) (pred x)) acc (do (reset! dropping false) (rf acc x))))))))
  ([pred coll]
   (lazy-seq
    (loop [s (seq coll)] (if (and s (pred (first s))) (recur (next s)) s)))))

(defn take-nth "Returns a lazy sequence of every nth element."
  ([n]
   (fn [rf]
     (let [i (atom -1)]
       (fn ([] (rf)) ([acc] (rf acc)) ([acc x] (if (= 0 (rem (swap! i inc) n)) (rf acc x) acc))))))
  ([n coll]
   (lazy-seq (let [s (seq coll)] (if s (cons (first s) (take-nth n (nthrest s n))) nil)))))

(defn drop-last "Returns a lazy sequence without the last n elements, one by default."
  ([coll] (drop-last 1 coll))
  ([n coll] (map (fn [x _] x) coll (drop n coll))))

(defn split-at "Returns [(take n coll) (drop n coll)]." [n coll] [(take n coll) (drop n coll)])
(defn split-with "Returns [(take-while pred coll) (drop-while pred coll)]." [pred coll]
  [(take-while pred coll) (drop-while pred coll)])

(defn partition "Returns a lazy sequence of sequences of n elements, step apart; the last is filled from pad, if given."
  ([n coll] (partition n n coll))
  ([n step coll]
   (lazy-seq
    (let [s (seq coll)]
      (if s
        (let [p (doall (take n s))]
          (if (= n (count p)) (cons p (partition n step (nthrest s step))) nil))
        nil))))
  ([n step pad coll]
   (lazy-seq
    (let [s (seq coll)]
      (if s
        (let [p (doall (take n s))]
          (if (= n (count p))
            (cons p (partition n step pad (nthrest s step)))
            (list (take n (concat p pad)))))
        nil)))))

(defn partition-all "Returns a lazy sequence of sequences of n elements, step apart; the last may be shorter."
  ([n]
   (fn [rf]
     (let [buffer (atom [])]
       (fn ([] (rf))
         ([acc]
          (let [b (deref buffer)
                acc (if (= 0 (count b)) acc (do (reset! buffer []) (unreduced (rf acc b))))]
            (rf acc)))
         ([acc x]
          (let [b (swap! buffer conj x)]
            (if (= n (count b)) (do (reset! buffer []) (rf acc b)) acc)))))))
  ([n coll] (partition-all n n coll))
  ([n step coll]
   (lazy-seq
    (let [s (seq coll)]
      (if s (cons (doall (take n s)) (partition-all n step (nthrest s step))) nil)))))

(defn partition-by "Returns a lazy sequence of runs of elements for which f has the same value."
  ([f]
   (fn [rf]
     (let [buffer (atom []) value (atom buffer)]
       (fn ([] (rf))
         ([acc]
          (let [b (deref buffer)
                acc (if (= 0 (count b)) acc (do (reset! buffer []) (unreduced (rf acc b))))]
            (rf acc)))
         ([acc x]
          (let [old (deref value) new (f x) b (deref buffer)]
            (reset! value new)
            (if (or (= 0 (count b)) (= old new))
              (do (swap! buffer conj x) acc)
              (let [acc (rf acc b)]
                (reset! buffer (if (reduced? acc) [] [x]))
                acc))))))))
  ([f coll]
   (lazy-seq
    (let [s (seq coll)]
      (if s
        (let [value (f (first s))
              run (doall (cons (first s) (take-while (fn [x] (= value (f x))) (next s))))]
          (cons run (partition-by f (lazy-seq (nthnext s (count run))))))
        nil)))))

(defn interleave "Returns a lazy sequence of the first elements of all, then the second ones, and so on."
  ([] ())
  ([coll] (lazy-seq coll))
  ([a b]
   (lazy-seq
    (let [s (seq a) t (seq b)]
      (if (and s t) (list* (first s) (first t) (interleave (rest s) (rest t))) nil))))
  ([a b & more]
   (lazy-seq
    (let [ss (mapv seq (list* a b more))]
      (if (every? identity ss) (concat (map-vector* first ss) (apply interleave (map-vector* rest ss))) nil)))))

(defn interpose "Returns a lazy sequence with sep between the elements."
  ([sep]
   (fn [rf]
     (let [started (atom false)]
       (fn ([] (rf)) ([acc] (rf acc))
         ([acc x]
          (if (deref started)
            (let [acc (rf acc sep)] (if (reduced? acc) acc (rf acc x)))
            (do (reset! started true) (rf acc x))))))))
  ([sep coll] (drop 1 (interleave (repeat sep) coll))))

(defn repeat "Returns a lazy sequence of x, n times or without end."
  ([x] (lazy-seq (cons x (repeat x))))
  ([n x] (take n (repeat x))))

(defn repeatedly "Returns a lazy sequence of calls of f, n of them or without end."
  ([f] (lazy-seq (cons (f) (repeatedly f))))
  ([n f] (take n (repeatedly f))))

(defn iterate "Returns a lazy sequence of x, (f x), (f (f x)), and so on." [f x]
  (cons x (lazy-seq (iterate f (f x)))))

(defn cycle "Returns a lazy sequence that repeats the elements of coll without end." [coll]
  (lazy-seq (if (seq coll) (concat coll (cycle coll)) nil)))

(defn range-ints* [start end step]
  (lazy-seq
   (let [c (range-chunk* start end step)]
     (if (< (count c) 32) (seq c) (onto* c (range-ints* (+ start (* 32 step)) end step))))))

(defn range-any* [start end step]
  (lazy-seq
   (if (if (< step 0) (> start end) (< start end)) (cons start (range-any* (+ start step) end step)) nil)))

(defn range "Returns a lazy sequence of numbers from start (0) to below end (infinity), by step (1)."
  ([] (iterate inc 0))
  ([end] (range 0 end 1))
  ([start end] (range start end 1))
  ([start end step]
   (cond
     (and (= step 0) (not (= start end))) (repeat start)
     (and (int? start) (int? end) (int? step)) (if (= step 0) () (or (range* start end step) (range-ints* start end step)))
     :else (range-any* start end step))))

(defn distinct "Returns a lazy sequence of the elements without repetitions."
  ([]
   (fn [rf]
     (let [seen (atom #{})]
       (fn ([] (rf)) ([acc] (rf acc))
         ([acc x] (if (contains? (deref seen) x) acc (do (swap! seen conj x) (rf acc x))))))))
  ([coll]
   (let [step (fn step [coll seen]
                (lazy-seq
                 (loop [s (seq coll) seen seen]
                   (if s
                     (let [x (first s)]
                       (if (contains? seen x)
                         (recur (next s) seen)
                         (cons x (step (rest s) (conj seen x)))))
                     nil))))]
     (step coll #{}))))

(defn dedupe "Returns a lazy sequence without repetitions in a row."
  ([]
   (fn [rf]
     (let [last (atom rf)]
       (fn ([] (rf)) ([acc] (rf acc))
         ([acc x] (if (= x (deref last)) acc (do (reset! last x) (rf acc x))))))))
  ([coll] (map first (partition-by identity coll))))

(defn reductions "Returns a lazy sequence of the steps of reduce."
  ([f coll]
   (lazy-seq (let [s (seq coll)] (if s (reductions f (first s) (rest s)) (list (f))))))
  ([f init coll]
   (if (reduced? init)
     (list (deref init))
     (cons init (lazy-seq (let [s (seq coll)] (if s (reductions f (f init (first s)) (rest s)) nil)))))))

(defn tree-seq "Returns a lazy sequence of the nodes of a tree, parents first." [branch? children root]
  (let [walk (fn walk [node]
               (lazy-seq (cons node (if (branch? node) (mapcat walk (children node)) nil))))]
    (walk root)))

(defn flatten "Returns a lazy sequence of what is nested in sequential collections." [x]
  (filter (complement sequential?) (rest (tree-seq sequential? seq x))))

(defn sequence "Returns coll as a sequence, never nil; transformed by xform if given."
  ([coll] (or (seq coll) ()))
  ([xform coll] (or (seq (into [] xform coll)) ()))
  ([xform coll & more]
   (let [rf (xform conj)]
     (or (seq (rf (reduce (fn [acc xs] (apply rf acc xs)) [] (apply map list coll more)))) ()))))

(defn eduction "Returns the elements of coll transformed by the transducers." [& xforms]
  (sequence (apply comp (butlast xforms)) (last xforms)))

(defn halt-when "A transducer that ends the reduction when pred holds, with the element or (f result element)."
  ([pred] (halt-when pred nil))
  ([pred f]
   (fn [rf]
     (fn ([] (rf))
       ([acc] (if (and (map? acc) (contains? acc ::halt)) (::halt acc) (rf acc)))
       ([acc x] (if (pred x) (reduced {::halt (if f (f (rf acc) x) x)}) (rf acc x)))))))

(defn replace-parts* [parts f]
  (apply str (map-indexed (fn [i part] (if (odd? i) (f part) part)) parts)))

;; Order

(defn before?* [f] (fn [a b] (let [r (f a b)] (if (number? r) (< r 0) r))))

(defn merge-sorted* [before? a b]
  (let [n (count a) m (count b)]
    (loop [i 0 j 0 out []]
      (cond
        (= i n) (into* out (subvec b j))
        (= j m) (into* out (subvec a i))
        (before? (nth b j) (nth a i)) (recur i (inc j) (conj out (nth b j)))
        :else (recur (inc i) j (conj out (nth a i)))))))

(defn merge-sort* [before? v]
  (let [n (count v)]
    (if (< n 2)
      v
      (let [m (quot n 2)]
        (merge-sorted* before? (merge-sort* before? (subvec v 0 m)) (merge-sort* before? (subvec v m)))))))

(defn comparator "Returns a comparator of a predicate that tells whether x comes before y." [pred]
  (fn [x y] (cond (pred x y) -1 (pred y x) 1 :else 0)))

(defn sort "Returns a sorted sequence of the elements, by compare or a comparator. Stable."
  ([coll] (or (seq (sort* coll)) ()))
  ([comp coll]
   (if (identical? comp compare)
     (sort coll)
     (or (seq (merge-sort* (before?* comp) (vec coll))) ()))))

(defn sort-by "Returns a sequence of the elements sorted by keyfn of each. Stable."
  ([keyfn coll] (or (seq (sort-pairs* (mapv (fn [x] [(keyfn x) x]) coll))) ()))
  ([keyfn comp coll] (sort (fn [a b] (comp (keyfn a) (keyfn b))) coll)))

;; Sorted maps and sets. Where the order is a function of the program, a native that needs it is replaced by the
;; function of its name with -by* behind: see natives/sorted.rs.

(defn order-by* [f a b]
  (let [r (f a b)]
    (if (number? r) (int r) (if r -1 (if (f b a) 1 0)))))

(defn sorted-rank*-by* [coll k]
  (let [f (sorted-comparator* coll)]
    (loop [low 0 high (count coll)]
      (if (< low high)
        (let [middle (quot (+ low high) 2)
              order (order-by* f k (sorted-key-at* coll middle))]
          (cond
            (= 0 order) middle
            (< order 0) (recur low middle)
            :else (recur (inc middle) high)))
        (- -1 low)))))

(defn get-by*
  ([coll k] (get-by* coll k nil))
  ([coll k not-found]
   (let [rank (sorted-rank* coll k)]
     (cond
       (< rank 0) not-found
       (map? coll) (sorted-value-at* coll rank)
       :else (sorted-key-at* coll rank)))))

(defn contains?-by* [coll k] (>= (sorted-rank* coll k) 0))
(defn find-by* [coll k]
  (let [rank (sorted-rank* coll k)]
    (if (< rank 0) nil [(sorted-key-at* coll rank) (sorted-value-at* coll rank)])))
(defn get-in-by*
  ([coll ks] (get-in-by* coll ks nil))
  ([coll ks not-found]
   (let [none (atom nil)]
     (loop [at coll ks (seq ks)]
       (if ks
         (let [v (get at (first ks) none)] (if (identical? v none) not-found (recur v (next ks))))
         at)))))
(defn select-keys-by* [coll ks]
  (with-meta (reduce (fn [out k] (let [e (find coll k)] (if e (conj out e) out))) {} ks) (meta coll)))

(defn sorted-put* [coll k v] (sorted-put-at* coll (sorted-rank* coll k) k v))
(defn sorted-drop* [coll k] (sorted-remove-at* coll (sorted-rank* coll k)))
(defn sorted-conj* [coll x]
  (cond
    (set? coll) (sorted-put* coll x nil)
    (and (vector? x) (= 2 (count x))) (sorted-put* coll (nth x 0) (nth x 1))
    ;; What is no entry is entries, or conj knows what is wrong with it.
    :else (do (conj {} x) (reduce sorted-conj* coll x))))
(defn assoc-by* [coll & kvs]
  (loop [coll coll kvs (seq kvs)]
    (if kvs (recur (sorted-put* coll (first kvs) (second kvs)) (nnext kvs)) coll)))
(defn assoc-in-by* [coll ks v]
  (let [k (first ks) more (next ks)]
    (assoc coll k (if more (assoc-in (get coll k) more v) v))))
(defn dissoc-by* [coll & ks] (reduce sorted-drop* coll ks))
(defn disj-by* [coll & ks] (reduce sorted-drop* coll ks))
(defn conj-by* [coll & xs] (reduce sorted-conj* coll xs))
(defn into*-by* [to from] (reduce sorted-conj* to from))
(defn merge-by* [& maps]
  (reduce (fn [m x] (cond (nil? x) m (nil? m) x :else (conj m x))) nil maps))

(defn sorted-map-by "Returns a sorted map of these keys and values, in the order of a comparator."
  [comparator & keyvals]
  (apply assoc (sorted-with* true (if (= comparator compare) nil comparator)) keyvals))
(defn sorted-set-by "Returns a sorted set of these elements, in the order of a comparator."
  [comparator & elements]
  (into* (sorted-with* false (if (= comparator compare) nil comparator)) elements))

(defn sorted-from* [coll test k]
  (let [rank (sorted-rank* coll k)]
    (cond
      (or (= test <) (= test <=)) 0
      (< rank 0) (- -1 rank)
      :else (if (= test >) (inc rank) rank))))
(defn sorted-end* [coll test k]
  (let [rank (sorted-rank* coll k)]
    (cond
      (or (= test >) (= test >=)) (count coll)
      (< rank 0) (- -1 rank)
      :else (if (= test <=) (inc rank) rank))))
(defn sorted-part* [coll from end]
  (if (< from end) (sorted-range* coll from end) nil))
(defn sorted-part-back* [coll from end]
  (if (< from end) (sorted-range* coll (dec end) (dec from)) nil))

(defn subseq
  "Returns a sequence of the part of a sorted collection whose keys are < <= > or >= than others."
  ([coll test k]
   ;; As in Clojure, an open start makes the empty list of nothing, an open end makes nil.
   (or (sorted-part* coll (sorted-from* coll test k) (sorted-end* coll test k))
       (if (or (= test <) (= test <=)) () nil)))
  ([coll start-test start-key end-test end-key]
   (or (sorted-part* coll (sorted-from* coll start-test start-key) (sorted-end* coll end-test end-key))
       (if (< (sorted-from* coll >= start-key) (count coll)) () nil))))
(defn rsubseq
  "Returns what subseq returns, in reverse order."
  ([coll test k]
   (or (sorted-part-back* coll (sorted-from* coll test k) (sorted-end* coll test k))
       (if (or (= test >) (= test >=)) () nil)))
  ([coll start-test start-key end-test end-key]
   (or (sorted-part-back* coll (sorted-from* coll start-test start-key) (sorted-end* coll end-test end-key))
       (if (> (sorted-end* coll <= end-key) 0) () nil))))

(defn max-key "Returns the x for which (k x) is greatest; the last of several."
  ([k x] x)
  ([k x y] (if (> (k x) (k y)) x y))
  ([k x y & more] (reduce (fn [a b] (max-key k a b)) (max-key k x y) more)))

(defn min-key "Returns the x for which (k x) is least; the last of several."
  ([k x] x)
  ([k x y] (if (< (k x) (k y)) x y))
  ([k x y & more] (reduce (fn [a b] (min-key k a b)) (min-key k x y) more)))

;; Maps

(defn zipmap "Returns a map from the keys to the values, pairwise." [ks vs]
  (loop [m {} ks (seq ks) vs (seq vs)]
    (if (and ks vs) (recur (assoc m (first ks) (first vs)) (next ks) (next vs)) m)))

(defn update "Returns m with the value of k replaced by f of it and the arguments."
  ([m k f] (assoc m k (f (get m k))))
  ([m k f x] (assoc m k (f (get m k) x)))
  ([m k f x y] (assoc m k (f (get m k) x y)))
  ([m k f x y & more] (assoc m k (apply f (get m k) x y more))))

(defn update-in "Returns nested maps with the value at the path ks replaced by f of it and the arguments." [m ks f & args]
  (assoc-in m ks (apply f (get-in m ks) args)))

(defn update-vals "Returns a map with f applied to every value." [m f]
  (with-meta (reduce-kv (fn [out k v] (assoc out k (f v))) {} m) (meta m)))

(defn update-keys "Returns a map with f applied to every key." [m f]
  (with-meta (reduce-kv (fn [out k v] (assoc out (f k) v)) {} m) (meta m)))

(defn merge-with "Returns the union of maps; values under the same key are combined by f." [f & maps]
  (if (some identity maps)
    (reduce (fn [a b]
              (reduce-kv (fn [m k v] (assoc m k (if (contains? m k) (f (get m k) v) v))) (or a {}) b))
            maps)
    nil))

(defn group-by "Returns a map from each value of f to a vector of the elements that have it." [f coll]
  (reduce (fn [m x] (let [k (f x)] (assoc m k (conj (get m k []) x)))) {} coll))

(defn replace "Returns coll with elements replaced by their values in smap."
  ([smap] (map (fn [x] (let [e (find smap x)] (if e (val e) x)))))
  ([smap coll]
   (let [swap (fn [x] (let [e (find smap x)] (if e (val e) x)))]
     (if (vector? coll) (mapv swap coll) (map swap coll)))))

;; Atoms

(defn on-retry* "Called when another writer came between, before swap! tries again." [] nil)

(defn swap-any* [a f & args]
  (let [old (deref a) new (apply f old args)]
    (if (commit* a old new) new (do (on-retry*) (recur a f args)))))

(defn swap!
  "Sets an atom to f of its value and the arguments, again until no other writer came between. Returns the new value."
  ([a f]
   (if (plain* f)
     (swap-plain* a f)
     (let [old (deref a) new (f old)]
       (if (commit* a old new) new (do (on-retry*) (recur a f))))))
  ([a f x]
   (if (plain* f)
     (swap-plain* a f x)
     (let [old (deref a) new (f old x)]
       (if (commit* a old new) new (do (on-retry*) (recur a f x))))))
  ([a f x y]
   (if (plain* f)
     (swap-plain* a f x y)
     (let [old (deref a) new (f old x y)]
       (if (commit* a old new) new (do (on-retry*) (recur a f x y))))))
  ([a f x y & more] (swap! a (fn [v] (apply f v x y more)))))

(defn swap-vals! "Like swap!, but returns [old new]." [a f & args]
  (let [old (deref a) new (apply f old args)]
    (if (commit* a old new) [old new] (do (on-retry*) (recur a f args)))))

(defn reset-vals! "Sets an atom to a value. Returns [old new]." [a new] (swap-vals! a (fn [_] new)))
(defn vswap! "Sets a volatile to f of its value and the arguments." [v f & args] (vreset! v (apply f (deref v) args)))

(defn validate* [validator new]
  (if (or (nil? validator) (validator new)) nil (throw-error* :state "invalid reference state")))

(defn commit-watched* [a old new]
  (validate* (atom-info* a :validator) new)
  (if (compare-and-set* a old new)
    (do (reduce-kv (fn [_ k f] (f k a old new) nil) nil (atom-info* a :watches)) true)
    false))

(defn reset-watched* [a new]
  (if (commit-watched* a (deref a) new) new (recur a new)))

(defn with-validator* [a validator]
  (validate* validator (deref a))
  (set-atom-info* a :validator validator))

(defn set-validator! "Sets the function that must hold for every new value of an atom; nil for none." [a validator]
  (with-validator* a validator)
  nil)
(defn get-validator "Returns the validator of an atom, or nil." [a] (atom-info* a :validator))

(defn add-watch "Calls (f key atom old new) after every change of an atom. Returns the atom." [a key f]
  (set-atom-info* a :watches (assoc (atom-info* a :watches) key f)))
(defn remove-watch "Ends the watch of a key. Returns the atom." [a key]
  (set-atom-info* a :watches (not-empty (dissoc (atom-info* a :watches) key))))

(defn vary-meta "Returns x with the metadata (f meta & args)." [x f & args] (with-meta x (apply f (meta x) args)))
(defn reset-meta! "Sets the metadata of an atom or var." [x m]
  (if (var? x)
    (do (run! (fn [k] (set-atom-info* x k nil)) (keys (meta x))) (reduce-kv (fn [_ k v] (set-atom-info* x k v)) nil m))
    (set-atom-info* x :meta m))
  m)
(defn alter-meta! "Sets the metadata of an atom or var to (f meta & args)." [x f & args]
  (reset-meta! x (apply f (meta x) args)))
(defn alter-var-root "Sets the root value of a var to (f root & args)." [v f & args]
  (var-root* v (apply f (var-root* v) args)))
(defn var-get "Returns the value of a var." [v] (deref v))
(defn eval-all* [forms]
  (loop [forms (seq forms) value nil]
    (if forms (recur (next forms) (eval (first forms))) value)))
(defn find-var "Returns the var of a qualified symbol, or nil." [sym]
  (if (namespace sym) (resolve sym) (throw-error* :argument "find-var wants a symbol with a namespace")))
(defn requiring-resolve "Returns the var of a qualified symbol, loading its namespace if need be." [sym]
  (require (symbol (namespace sym)))
  (resolve sym))

;; Hierarchies

(defn make-hierarchy "Returns a hierarchy without relations, for derive and isa?." []
  {:parents {} :ancestors {} :descendants {}})

(def ^:guarded hierarchy* "The hierarchy that derive changes when it is given none." (atom (make-hierarchy)))

(defn isa? "Returns true if child is parent, or derived from it; vectors are compared element by element."
  ([child parent] (isa? (deref hierarchy*) child parent))
  ([h child parent]
   (or (= child parent)
       (contains? (get (:ancestors h) child #{}) parent)
       (and (vector? child) (vector? parent) (= (count child) (count parent))
            (every? true? (map (fn [c p] (isa? h c p)) child parent))))))

(defn derive "Makes parent a parent of tag, in the global hierarchy or a given one."
  ([tag parent] (swap! hierarchy* derive tag parent) nil)
  ([h tag parent]
   (cond
     (= tag parent) (throw-error* :argument (str "derive: " tag " cannot be its own parent"))
     (contains? (get (:parents h) tag #{}) parent) h
     (isa? h parent tag) (throw-error* :argument (str "derive: " parent " is derived from " tag " already"))
     :else
     (let [ups (conj (get (:ancestors h) parent #{}) parent)
           downs (conj (get (:descendants h) tag #{}) tag)
           add (fn [m k more] (assoc m k (into (get m k #{}) more)))]
       {:parents (add (:parents h) tag [parent])
        :ancestors (reduce (fn [m d] (add m d ups)) (:ancestors h) downs)
        :descendants (reduce (fn [m u] (add m u downs)) (:descendants h) ups)}))))

(defn underive "Undoes derive."
  ([tag parent] (swap! hierarchy* underive tag parent) nil)
  ([h tag parent]
   (reduce-kv (fn [h t ps] (reduce (fn [h p] (derive h t p)) h ps))
              (make-hierarchy)
              (assoc (:parents h) tag (disj (get (:parents h) tag) parent)))))

(defn parents "Returns the set of the parents of a tag, or nil."
  ([tag] (parents (deref hierarchy*) tag))
  ([h tag] (not-empty (get (:parents h) tag))))
(defn ancestors "Returns the set of all that a tag is derived from, or nil."
  ([tag] (ancestors (deref hierarchy*) tag))
  ([h tag] (not-empty (get (:ancestors h) tag))))
(defn descendants "Returns the set of all that is derived from a tag, or nil."
  ([tag] (descendants (deref hierarchy*) tag))
  ([h tag] (not-empty (get (:descendants h) tag))))

;; Multimethods: functions with their methods in an atom, found through their metadata.

(defn best-method* [known prefers value]
  (let [before? (fn [a b] (or (contains? (get prefers a #{}) b) (isa? a b)))
        best (reduce (fn [a b]
                       (cond
                         (nil? a) b
                         (before? b a) b
                         (before? a b) a
                         :else (throw-error* :argument (str "methods " (pr-str a) " and " (pr-str b)
                                                            " both match, and neither is preferred"))))
                     nil
                     (filter (fn [k] (isa? value k)) (keys known)))]
    (get known best)))

(defn multi* [dispatch default]
  (let [methods (atom {}) prefers (atom {}) owner (confined*)
        choose (fn [value]
                 (let [known (deref methods)]
                   (or (get known value) (best-method* known (deref prefers) value) (get known default))))]
    (with-meta
      (fn [& args]
        (let [value (apply dispatch args) method (choose value)]
          (if method
            (apply method args)
            (throw-error* :argument (str "no method for the dispatch value " (pr-str value))))))
      {:halt/methods methods :halt/prefers prefers :halt/choose choose :halt/owner owner})))

(set-atom-info* (var raw-meta*) :guarded true)
(defn ^:guarded multi-part* [multi k] (or (get (raw-meta* multi) k) (throw-error* :type (str "not a multimethod: " (pr-str multi)))))
(defn methods "Returns a map from dispatch value to method." [multi] (deref (multi-part* multi :halt/methods)))
(defn prefers "Returns a map from dispatch value to those that it is preferred to." [multi]
  (deref (multi-part* multi :halt/prefers)))
(defn get-method "Returns the method that a dispatch value leads to, or nil." [multi value]
  ((multi-part* multi :halt/choose) value))
;; A confined program gives methods to its own multimethods only: others run them with their own rights.
(defn own-part* [multi k]
  (let [own (confined*)]
    (if (and own (not (= own (get (raw-meta* multi) :halt/owner))))
      (throw-error* :not-permitted (str "methods of " (pr-str multi) ": this process was not handed the right to change them"))
      (multi-part* multi k))))
(defn add-method* [multi value f] (swap! (own-part* multi :halt/methods) assoc value f) multi)
(defn remove-method "Removes the method of a dispatch value." [multi value]
  (swap! (own-part* multi :halt/methods) dissoc value)
  multi)
(defn remove-all-methods "Removes all methods." [multi] (reset! (own-part* multi :halt/methods) {}) multi)
(defn prefer-method "Prefers the method of a to that of b where both match." [multi a b]
  (swap! (own-part* multi :halt/prefers) (fn [m] (assoc m a (conj (get m a #{}) b))))
  multi)

;; Protocols and records. A record is a map whose metadata names its type.

(def Object "The type of everything, for extend-type." :default)
(def String "The type of strings." :string)
(def Long "The type of integers." :integer)
(def Double "The type of doubles." :double)
(def BigInt "The type of big integers." :big-integer)
(def Ratio "The type of ratios." :ratio)
(def BigDecimal "The type of decimals." :decimal)
(def Number "The type of numbers." :number)
(def Boolean "The type of true and false." :boolean)
(def Character "The type of characters." :character)
(def Keyword "The type of keywords." :keyword)
(def Symbol "The type of symbols." :symbol)

(defn supertype* [t] (if (contains? #{:integer :double :big-integer :ratio :decimal} t) :number :default))

(defn instance? "Returns true if x is of a type: a record's, or one of those named in extend-type." [t x]
  (let [own (type x)] (or (= t own) (= t :default) (and (= t :number) (= :number (supertype* own))))))
(defn record? "Returns true if x is a record." [x] (and (map? x) (symbol? (:type (meta x)))))

(defn satisfies? "Returns true if x implements a protocol." [protocol x] (boolean (find-methods* protocol x)))
(defn extends? "Returns true if a type implements a protocol." [protocol t] (contains? (deref (:impls protocol)) t))
(defn extenders "Returns the types that implement a protocol." [protocol] (keys (deref (:impls protocol))))
(defn extend "Implements protocols for a type: each by a map from keyword to function." [t & pairs]
  (run! (fn [[protocol fs]] (swap! (:impls protocol) update t merge fs)) (partition 2 pairs))
  nil)

(defn method-map* [specs wrap]
  (reduce (fn [m [name & tail]]
            (let [clauses (if (vector? (first tail)) (list tail) tail)]
              (update m (keyword (clojure.core/name name)) (fnil into []) (map wrap clauses))))
          {}
          specs))
(defn methods-form* [specs wrap]
  (reduce-kv (fn [m k clauses] (assoc m k (cons 'clojure.core/fn clauses))) {} (method-map* specs wrap)))
(defn by-head* [forms]
  (loop [forms (seq forms) out []]
    (if forms
      (let [specs (take-while seq? (next forms))]
        (recur (nthnext forms (inc (count specs))) (conj out [(first forms) specs])))
      out)))

(defmacro defprotocol "Defines a protocol: functions that are chosen by the type of their first argument." [name & forms]
  (let [specs (filter seq? forms)]
    `(do
       (def ~name {:name '~(symbol (str (current-ns*)) (str name)) :impls (atom {})})
       ~@(map (fn [[method & tail]]
                `(defn ~method ~@(filter string? tail)
                   ~@(map (fn [args]
                            (let [args (mapv (fn [a] (if (symbol? a) a (gensym "arg"))) args)]
                              `(~args ((protocol-method* ~name ~(keyword (str method)) ~(first args)) ~@args))))
                          (filter vector? tail))))
              specs)
       '~name)))

(defmacro extend-type "Implements protocols for a type." [t & forms]
  `(do ~@(map (fn [[protocol specs]] `(extend ~t ~protocol ~(methods-form* specs identity))) (by-head* forms)) nil))

(defmacro extend-protocol "Implements a protocol for several types." [protocol & forms]
  `(do ~@(map (fn [[t specs]] `(extend ~t ~protocol ~(methods-form* specs identity))) (by-head* forms)) nil))

(defmacro reify "Returns a value that implements protocols." [& forms]
  `(with-meta {} {:type :reify
                  :halt/reified ~(reduce (fn [m [protocol specs]]
                                           (assoc m `(:name ~protocol) (methods-form* specs identity)))
                                         {} (by-head* forms))}))

(defmacro defrecord "Defines a type of maps with these keys, its functions ->Name and map->Name, and its protocols."
  [name fields & forms]
  (let [t (symbol (str (current-ns*)) (str name))
        own (mapv (fn [f] (keyword (clojure.core/name f))) fields)
        wrap (fn [[args & body]]
               (let [this (gensym "this") shadowed (set (rest args))
                     seen (vec (remove (fn [f] (or (contains? shadowed f) (= f (first args)))) fields))]
                 `([~this ~@(rest args)]
                   (let [~(first args) ~this {:keys ~seen} ~this] ~@body))))]
    `(do
       (def ~name '~t)
       (defn ~(symbol (str "->" name)) "Returns a record of these fields." ~fields
         (with-meta ~(zipmap own fields) {:type '~t}))
       (defn ~(symbol (str "map->" name)) "Returns a record of the entries of a map." [m#]
         (with-meta (merge ~(zipmap own (repeat nil)) m#) {:type '~t}))
       ~@(map (fn [[protocol specs]] `(extend ~name ~protocol ~(methods-form* specs wrap))) (by-head* forms))
       ~name)))

(defmacro deftype "Like defrecord: there are no objects that are not values." [name fields & forms]
  `(defrecord ~name ~fields ~@forms))

(defmacro defmulti "Defines a function whose methods are chosen by a dispatch function of the arguments." [name & args]
  (let [doc (if (string? (first args)) [(first args)] [])
        args (if (seq doc) (rest args) args)
        args (if (map? (first args)) (rest args) args)
        default (get (apply hash-map (rest args)) :default :default)]
    `(def ~name ~@doc (multi* ~(first args) ~default))))

(defmacro defmethod "Adds a method for a dispatch value to a multimethod." [multi value & tail]
  `(add-method* ~multi ~value (fn ~@tail)))

;; Macros beyond those of the compiler

(defmacro doto "Calls each form with x as its first argument. Returns x." [x & forms]
  (let [v (gensym "doto")]
    `(let [~v ~x]
       ~@(map (fn [form] (if (seq? form) `(~(first form) ~v ~@(rest form)) (list form v))) forms)
       ~v)))

(defmacro as-> "Binds name to x, then to the value of each form in turn. Returns the last." [x name & forms]
  `(let [~name ~x ~@(mapcat (fn [form] [name form]) forms)] ~name))

(defn thread-some* [arrow x forms]
  (let [v (gensym "some")]
    (if (seq forms)
      `(let [~v ~x] (if (nil? ~v) nil ~(thread-some* arrow (list arrow v (first forms)) (rest forms))))
      x)))
(defmacro some-> "Like ->, but ends with nil as soon as a value is nil." [x & forms] (thread-some* '-> x forms))
(defmacro some->> "Like ->>, but ends with nil as soon as a value is nil." [x & forms] (thread-some* '->> x forms))

(defn thread-cond* [arrow x clauses]
  (let [v (gensym "cond")]
    (if (seq clauses)
      `(let [~v ~x]
         ~(thread-cond* arrow `(if ~(first clauses) (~arrow ~v ~(second clauses)) ~v) (nnext clauses)))
      x)))
(defmacro cond-> "Threads x through each form whose test holds, as its first argument." [x & clauses]
  (thread-cond* '-> x clauses))
(defmacro cond->> "Threads x through each form whose test holds, as its last argument." [x & clauses]
  (thread-cond* '->> x clauses))

(defmacro condp "Returns the result of the first clause whose test holds with the value: (pred test value)." [pred expr & clauses]
  (let [p (gensym "pred") v (gensym "value")
        step (fn step [clauses]
               (cond
                 (empty? clauses) `(case-failed "condp" ~v)
                 (nil? (next clauses)) (first clauses)
                 (= :>> (second clauses))
                 (let [[test _ f & more] clauses]
                   `(let [found# (~p ~test ~v)] (if found# (~f found#) ~(step more))))
                 :else
                 (let [[test then & more] clauses] `(if (~p ~test ~v) ~then ~(step more)))))]
    `(let [~p ~pred ~v ~expr] ~(step clauses))))

(defmacro when-first "Evaluates the body with the first element of a collection, unless it is empty." [[name coll] & body]
  `(let [s# (seq ~coll)] (if s# (let [~name (first s#)] ~@body) nil)))

(defn doseq* [bindings body]
  (if (empty? bindings)
    `(do ~@body true)
    (let [[k v & more] bindings]
      (cond
        (= k :when) `(if ~v ~(doseq* more body) true)
        (= k :while) `(if ~v ~(doseq* more body) false)
        (= k :let) `(let ~v ~(doseq* more body))
        (keyword? k) (throw-error* :compile (str "doseq knows :let, :when and :while, got " k))
        :else (let [s (gensym "s")]
                `(loop [~s (seq ~v)]
                   (if ~s
                     (let [~k (first ~s)] (if ~(doseq* more body) (recur (next ~s)) true))
                     true)))))))
(defmacro doseq "Evaluates the body for each element, with :let, :when and :while as in for. Returns nil." [bindings & body]
  `(do ~(doseq* (seq bindings) body) nil))

(defn for-level* [bindings body]
  (let [step (gensym "step") s (gensym "s")
        [pattern coll & more] bindings
        inner (fn inner [bindings]
                (if (empty? bindings)
                  `(cons ~body (~step (rest ~s)))
                  (let [[k v & more] bindings]
                    (cond
                      (= k :when) `(if ~v ~(inner more) (recur (next ~s)))
                      (= k :while) `(if ~v ~(inner more) nil)
                      (= k :let) `(let ~v ~(inner more))
                      (keyword? k) (throw-error* :compile (str "for knows :let, :when and :while, got " k))
                      :else `(let [some# (seq ~(for-level* bindings body))]
                               (if some# (concat some# (~step (rest ~s))) (recur (next ~s))))))))]
    `((fn ~step [~s]
        (lazy-seq (loop [~s (seq ~s)] (if ~s (let [~pattern (first ~s)] ~(inner more)) nil))))
      ~coll)))
(defmacro for "Returns a lazy sequence of the body for each combination of elements, with :let, :when and :while." [bindings body]
  (for-level* (seq bindings) body))

(defmacro lazy-cat "Returns a lazy concatenation of collections that are made when they are reached." [& colls]
  `(concat ~@(map (fn [coll] `(lazy-seq ~coll)) colls)))

(defmacro defonce "Defines name unless it has a value." [name value]
  `(let [v# (def ~name)] (if (bound? v#) nil (def ~name ~value))))

(def ^:dynamic *assert* "Whether assert checks anything, asked when it is expanded." true)
(defmacro assert "Throws unless x is true, with the form and a message."
  ([x] (if *assert* `(if ~x nil (assert-failed* '~x)) nil))
  ([x message] (if *assert* `(if ~x nil (assert-failed* '~x ~message)) nil)))

(defmacro with-out-str "Returns what the body prints as a string." [& body]
  `(let [out# (atom [])]
     (binding [*out* out#] ~@body)
     (join-strings* (deref out#))))

(defmacro with-redefs "Gives vars other root values while the body runs, then puts the old ones back." [bindings & body]
  (let [pairs (partition 2 bindings)
        olds (mapv (fn [_] (gensym "old")) pairs)]
    `(let [~@(mapcat (fn [old [name _]] [old `(var-root* (var ~name))]) olds pairs)]
       (try
         ~@(map (fn [[name value]] `(var-root* (var ~name) ~value)) pairs)
         ~@body
         (finally
           ~@(map (fn [old [name _]] `(var-root* (var ~name) ~old)) olds pairs))))))

(defmacro doc "Prints the documentation of a name." [name]
  `(println (let [v# (resolve '~name)] (if v# (doc* v#) (str '~name " is not defined, or built into the compiler")))))

;; Odds and ends

(def ^:dynamic *1 "The last value of the REPL." nil)
(def ^:dynamic *2 "The last value but one of the REPL." nil)
(def ^:dynamic *3 "The last value but two of the REPL." nil)
(def ^:dynamic *e "The last error of the REPL." nil)

;; Transients exist for compatibility: they are the collections themselves.
(def transient "Returns coll." identity)
(def persistent! "Returns coll." identity)
(def conj! "Like conj." conj)
(def assoc! "Like assoc." assoc)
(def dissoc! "Like dissoc." dissoc)
(def disj! "Like disj." disj)
(def pop! "Like pop." pop)

(defn printf "Prints a formatted text: see format." [pattern & args] (print (apply format pattern args)))
(defn chunked-seq? "Returns true if the sequence hands out its elements in chunks." [s] (some? (chunk* s)))
(defn random-below* [n]
  (let [v (resolve 'clojure.core/rand-int)]
    (if v (v n) (throw-error* :unsupported "there is no source of randomness here"))))
(defn rand "Returns a random double from 0 to below n (1)."
  ([] (/ (random-below* 4503599627370496) 4503599627370496.0))
  ([n] (* n (rand))))
(defn rand-nth "Returns a random element of coll." [coll] (nth coll (random-below* (count coll))))
(defn shuffle "Returns a vector of the elements of coll in random order." [coll]
  (loop [v (vec coll) i (dec (count v))]
    (if (< i 1)
      v
      (let [j (random-below* (inc i))]
        (recur (assoc v i (nth v j) j (nth v i)) (dec i))))))
(defn random-sample "Returns the elements of coll, each with a probability. A transducer without a collection."
  ([p] (filter (fn [_] (< (rand) p))))
  ([p coll] (filter (fn [_] (< (rand) p)) coll)))

(defn find-keyword "Returns the keyword of a name." [& names] (apply keyword names))
(defn replicate "Returns a sequence of n times x." [n x] (repeat n x))
(defn clojure-version "Returns the version of Clojure that the language follows." [] "1.11")
(defn special-symbol? "Returns true if a symbol names a form of the compiler." [s]
  (contains? '#{def do if let* loop* fn* letfn* quote recur throw try catch finally var &} s))
(defn iteration "Returns a lazy sequence of what step returns, called with its own key: see the options." [step & options]
  (let [{:keys [somef vf kf initk] :or {somef some? vf identity kf identity}} (apply hash-map options)
        go (fn go [ret]
             (if (somef ret)
               (cons (vf ret) (let [k (kf ret)] (if (nil? k) nil (lazy-seq (go (step k))))))
               nil))]
    (lazy-seq (go (step initk)))))
(defn with-redefs-fn "Calls f while vars have other root values, by a map from var to value." [values f]
  (let [olds (mapv (fn [v] [v (var-root* v)]) (keys values))]
    (try
      (reduce-kv (fn [_ v x] (var-root* v x)) nil values)
      (f)
      (finally (run! (fn [[v old]] (var-root* v old)) olds)))))
(defn ns-interns "Returns a map from the names that a namespace defines to their vars." [ns]
  (let [own (str (ns-name ns))]
    (into {} (filter (fn [e] (= own (namespace (var-symbol* (val e)))))) (ns-map ns))))
(defn ns-refers "Returns a map from the names that a namespace takes from others to their vars." [ns]
  (let [own (str (ns-name ns))]
    (into {} (remove (fn [e] (= own (namespace (var-symbol* (val e)))))) (ns-map ns))))
(defmacro locking "Evaluates the body: what could be locked never changes." [x & body] `(do ~x ~@body))

(defmacro time "Evaluates a form and prints how long it took. Returns its value." [form]
  `(let [start# (~'time-us) value# ~form]
     (prn (str "Elapsed time: " (/ (- (~'time-us) start#) 1000.0) " msecs"))
     value#))

(in-ns 'clojure.math)
(def PI "The ratio of a circle's circumference to its diameter." 3.141592653589793)
(def E "The base of the natural logarithm." 2.718281828459045)
(def random "Returns a random double from 0 to below 1." rand)
(in-ns 'clojure.core)
