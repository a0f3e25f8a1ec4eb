;; Runs the assertion scripts of the folder above on Clojure itself: clojure tests/lisp/clojure/run.clj
(require 'clojure.test)

(let [folder (.getParentFile (.getParentFile (.getAbsoluteFile (java.io.File. *file*))))
      _ (load-file (str (java.io.File. folder "support/answers.clj")))
      scripts (->> (.listFiles folder)
                   (filter (fn [file] (.endsWith (.getName file) ".clj")))
                   sort)
      spaces (doall (for [script scripts]
                      (let [before (set (all-ns))]
                        (load-file (str script))
                        (first (filter (fn [ns] (.startsWith (str (ns-name ns)) "lisp.")) (remove before (all-ns)))))))
      results (binding [clojure.test/*test-out* *err*] (apply clojure.test/run-tests spaces))]
  (println (select-keys results [:test :pass :fail :error]))
  (shutdown-agents)
  (System/exit (if (clojure.test/successful? results) 0 1)))
