;; A peer: Clojure's own vectors, maps and atoms. Reads lines "NAME COUNT", answers each with "VALUE CHECK".
;; Run as: java -cp CLOJURE clojure.main heap.clj
(set! *unchecked-math* true)
(set! *warn-on-reflection* true)

(def ^java.lang.management.ThreadMXBean threads (java.lang.management.ManagementFactory/getThreadMXBean))

(defmacro scatter [n]
  `(let [n# (bit-and (* (bit-and (long ~n) 0x7FFFFFFF) 0x9E3779B) 0x7FFFFFFF)
         n# (bit-and (* (bit-xor n# (bit-shift-right n# 15)) 0x85EBCA7) 0x7FFFFFFF)
         n# (bit-and (* (bit-xor n# (bit-shift-right n# 13)) 0xC2B2AE3) 0x7FFFFFFF)]
     (bit-xor n# (bit-shift-right n# 16))))

(defmacro place [n size] `(rem (scatter (+ (long ~n) 0x12345678)) (long ~size)))

;; Nanoseconds of all threads that run, to a few milliseconds.
(defn cpu-ns ^long []
  (let [^objects tasks (.listFiles (java.io.File. "/proc/self/task"))]
    (loop [i 0 sum 0]
      (if (< i (alength tasks))
        (let [path (.resolve (.toPath ^java.io.File (aget tasks i)) "schedstat")
              ns (try (Long/parseLong (aget (.split (java.nio.file.Files/readString path) " ") 0))
                      (catch java.nio.file.NoSuchFileException _ 0))]
          (recur (inc i) (+ sum (long ns))))
        sum))))

;; Nanoseconds an operation of all threads, the collector's and the compiler's too; and what was computed. Work that is
;; too short for the clock is done several times.
(defmacro timed [times n & body]
  `(let [start# (cpu-ns)]
     (dotimes [_# (dec ~times)] ~@body)
     (let [result# (do ~@body)]
       [(/ (double (- (cpu-ns) start#)) (* (double ~n) ~times)) result#])))

(defn filled-vector [^long n] (loop [i 0 v []] (if (< i n) (recur (inc i) (conj v i)) v)))
(defn sum-vector [v] (reduce (fn [^long a ^long b] (+ a b)) 0 v))
(defn assoc-vector [v ^long n]
  (loop [i 0 v v] (if (< i n) (recur (inc i) (assoc v (place i n) (+ i 7))) v)))
(defn get-vector [^clojure.lang.IPersistentVector v ^long n]
  (loop [i 0 sum 0] (if (< i n) (recur (inc i) (+ sum (long (.nth v (int (place i n)))))) sum)))

(defn filled-map [^long n] (loop [i 0 m {}] (if (< i n) (recur (inc i) (assoc m (scatter i) i)) m)))
(defn sum-map [m] (reduce-kv (fn [^long a ^long k ^long v] (+ a (bit-xor k v))) 0 m))
(defn update-map [m ^long n]
  (loop [i 0 m m] (if (< i n) (recur (inc i) (assoc m (scatter (place i n)) (+ i 7))) m)))
(defn get-map [^clojure.lang.ILookup m ^long n]
  (loop [i 0 sum 0] (if (< i n) (recur (inc i) (+ sum (long (.valAt m (scatter (place i n)))))) sum)))
(defn dissoc-map [m ^long n] (loop [i 0 m m] (if (< i n) (recur (inc i) (dissoc m (scatter i))) m)))

(defn texts [^long n] (object-array (map #(str "key-" (scatter %)) (range n))))
(defn filled-texts [^objects keys]
  (let [n (alength keys)] (loop [i 0 m {}] (if (< i n) (recur (inc i) (assoc m (aget keys i) i)) m))))
(defn get-texts [^clojure.lang.ILookup m ^objects keys]
  (let [n (alength keys)]
    (loop [i 0 sum 0]
      (if (< i n) (recur (inc i) (+ sum (long (.valAt m (aget keys (int (place i n))))))) sum))))
(defn sum-values [m] (reduce-kv (fn [^long a _ ^long v] (+ a v)) 0 m))

;; Millions of operations a second: each writer's own, by its own time, in sum.
(defn together [^long writers ^long n write]
  (let [barrier (java.util.concurrent.CyclicBarrier. writers)
        run (fn [w]
              (.await barrier)
              (let [start (.getCurrentThreadCpuTime threads)]
                (write w)
                (/ (* n 1e3) (- (.getCurrentThreadCpuTime threads) start))))
        runs (mapv (fn [w] (let [p (promise)] (.start (Thread. #(deliver p (run w)))) p)) (range writers))]
    (reduce + (map deref runs))))

(defn swap-numbers [^long writers ^long n]
  (let [a (atom 0)]
    [(together writers n (fn [_] (dotimes [_ n] (swap! a inc)))) @a]))

(defn swap-maps [^long writers ^long n]
  (let [a (atom (into {} (map (fn [i] [i 0]) (range 1024))))
        write (fn [^long w] (dotimes [i n] (swap! a update (place (+ i (* w 7919)) 1024) inc)))]
    [(together writers n write) (sum-values @a)]))

(defn loads [^long n]
  (let [a (atom 0)
        done (java.util.concurrent.atomic.AtomicBoolean.)
        writer (doto (Thread. #(while (not (.get done)) (swap! a inc))) .start)
        start (.getCurrentThreadCpuTime threads)
        sum (loop [i 0 sum 0] (if (< i n) (recur (inc i) (+ sum (long @a))) sum))
        ns (- (.getCurrentThreadCpuTime threads) start)]
    (.set done true)
    (.join ^Thread writer)
    [(/ (* n 1e3) ns) (if (= sum -1) 0 n)]))

(def prepared (atom {}))
;; What a benchmark works on: made once.
(defn prepare [key make] (or (get @prepared key) (get (swap! prepared assoc key (make)) key)))

(defn run [name n]
  (case name
    "vector-push" (let [[ns v] (timed 5 n (filled-vector n))] [ns (sum-vector v)])
    "vector-assoc" (let [v (prepare :vector #(filled-vector n))
                         [ns v] (timed 1 n (assoc-vector v n))] [ns (sum-vector v)])
    "vector-get" (let [v (prepare :vector #(filled-vector n))] (timed 5 n (get-vector v n)))
    "vector-iterate" (let [v (prepare :vector #(filled-vector n))] (timed 10 n (sum-vector v)))
    "map-assoc" (let [[ns m] (timed 1 n (filled-map n))] [ns (sum-map m)])
    "map-update" (let [m (prepare :map #(filled-map n))
                       [ns m] (timed 1 n (update-map m n))] [ns (sum-map m)])
    "map-get" (let [m (prepare :map #(filled-map n))] (timed 1 n (get-map m n)))
    "map-iterate" (let [m (prepare :map #(filled-map n))] (timed 10 n (sum-map m)))
    "map-dissoc" (let [m (prepare :map #(filled-map n))
                       [ns m] (timed 1 n (dissoc-map m n))] [ns (sum-map m)])
    "map-str-assoc" (let [keys (prepare :texts #(texts n))
                          [ns m] (timed 1 n (filled-texts keys))] [ns (sum-values m)])
    "map-str-get" (let [m (prepare :text-map #(filled-texts (texts n)))
                        keys (prepare :texts #(texts n))] (timed 1 n (get-texts m keys)))
    "swap-number-1" (swap-numbers 1 n)
    "swap-number-2" (swap-numbers 2 n)
    "swap-map-1" (swap-maps 1 n)
    "swap-map-2" (swap-maps 2 n)
    "atom-load" (loads n)))

(let [in (java.io.BufferedReader. *in*)]
  (loop []
    (when-let [line (.readLine in)]
      (let [[name n] (.split line " ")
            n (Long/parseLong n)]
        ;; The first request meets a cold machine: let it compile what is hot.
        (prepare [:warm name] #(dotimes [_ 3] (run name n)))
        (System/gc)
        (let [[value check] (run name n)]
          (println (double value) check)
          (flush)))
      (recur))))
