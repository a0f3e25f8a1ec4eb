;; A peer: Clojure on a JVM. Reads lines "NAME SIZE TIMES", answers each with "MILLISECONDS CHECK".
;; Run as: java -cp CLOJURE clojure.main lisp.clj, beside programs.clj.
(load-file (str (.resolveSibling (.toPath (java.io.File. ^String *file*)) "programs.clj")))

;; Nanoseconds of all threads, the collector's and the compiler's too, to ten milliseconds.
(def machine (java.lang.management.ManagementFactory/getOperatingSystemMXBean))
(defn cpu-ns [] (.getProcessCpuTime ^com.sun.management.OperatingSystemMXBean machine))

(defn timed [times work]
  (let [start (cpu-ns)]
    (dotimes [_ (dec times)] (work))
    (let [result (work)]
      [(/ (- (cpu-ns) start) 1e6 times) result])))

(defn swap-together [n]
  (reset! counter 0)
  (let [threads (doall (repeatedly 2 #(Thread. (fn [] (swap-many n)))))]
    (run! (fn [^Thread t] (.start t)) threads)
    (run! (fn [^Thread t] (.join t)) threads)
    @counter))

(defn run [name n times]
  (if (= name "swap")
    (timed times #(swap-together n))
    (let [[prepare work check] (programs name)
          prepared (prepare n)
          [ms result] (timed times #(work prepared))]
      [ms (check result)])))

(let [warm (atom #{})]
  (loop []
    (when-let [line (read-line)]
      (let [[name n times] (.split ^String line " ")
            [n times] (map #(Long/parseLong %) [n times])]
        ;; The first request meets a cold machine: let it compile what is hot.
        (when-not (@warm name)
          (swap! warm conj name)
          (dotimes [_ 5] (run name n times)))
        (System/gc)
        (let [[ms check] (run name n times)]
          (println ms check)
          (flush)))
      (recur))))
