;; Refs and agents: references that are no atoms. See natives::LATER.
;;
;; A ref is an atom that changes with others, by the heap's transactions over several atoms. A transaction notes what it
;; read and what it wants to store, and commits if nothing that it read has changed; else it runs again.
;; An agent is an atom with a queue of actions. Where there are processes one of them works the queue off, else send does.

(def ^:dynamic *transaction* "The transaction that runs, or nil: an atom of what it read and wants to store." nil)
(def ^:dynamic *agent* "The agent whose action runs, or nil." nil)
(def ^:dynamic *sends* "The sends that an action holds back until it ends, or nil: an atom." nil)

(defn reference-options* [reference options]
  (let [{:keys [meta validator]} options]
    (if meta (set-atom-info* reference :meta meta) nil)
    (if validator (with-validator* reference validator) nil)
    reference))

(defn ref "Returns a ref that holds x: see dosync. Options as those of atom." [x & options]
  (reference-options* (reference* :ref (atom x) nil) (apply hash-map options)))

(defn ref-held* [r] (deref (reference-part* r :ref)))
(defn retry* [] (throw {:type :halt/retry :message "a transaction runs again"}))
(defn transaction* []
  (or *transaction* (throw-error* :state "no transaction is running: see dosync")))
(defn holds-all* [seen] (every? (fn [e] (identical? (ref-held* (key e)) (val e))) seen))

(defn ref-read* [r]
  (let [t (transaction*) {:keys [seen now]} (deref t) e (or (find now r) (find seen r))]
    (if e
      (val e)
      (let [value (ref-held* r)]
        ;; What one transaction sees existed at one time.
        (if (holds-all* seen) nil (retry*))
        (swap! t assoc-in [:seen r] value)
        value))))
(defn ref-store* [r value]
  (let [t (transaction*)]
    (if (contains? (:commutes (deref t)) r) (throw-error* :state "a ref cannot be set after it was commuted") nil)
    (ref-read* r)
    (validate* (atom-info* r :validator) value)
    (swap! t assoc-in [:now r] value)
    value))

(defn ref-set "Sets a ref within a transaction. Returns the value." [r value] (ref-store* r value))
(defn alter "Sets a ref to f of its value and args within a transaction. Returns the new value." [r f & args]
  (ref-store* r (apply f (ref-read* r) args)))
(defn ensure "Lets a transaction commit only if the ref does not change meanwhile. Returns its value." [r] (ref-read* r))
(defn commute "Like alter, but f is called again with the value at the commit: other writers of the ref do not matter." [r f & args]
  (let [t (transaction*) {:keys [seen now]} (deref t)
        step (fn [value] (apply f value args))]
    (if (contains? seen r)
      (ref-store* r (step (ref-read* r)))
      (let [value (step (if (contains? now r) (get now r) (ref-held* r)))]
        (swap! t (fn [m] (assoc-in (update-in m [:commutes r] (fnil conj []) step) [:now r] value)))
        value))))

(defn commit-refs* [{:keys [seen now commutes] :as work}]
  (let [plain (map (fn [e] [(key e) (val e) (get now (key e) (val e))]) seen)
        commuted (map (fn [e]
                        (let [held (ref-held* (key e)) value (reduce (fn [v f] (f v)) held (val e))]
                          (validate* (atom-info* (key e) :validator) value)
                          [(key e) held value]))
                      commutes)
        changes (vec (concat plain commuted))]
    (cond
      (transact* (mapv (fn [[r old new]] [(reference-part* r :ref) old new]) changes)) changes
      (holds-all* seen) (recur work)
      :else nil)))

(declare dispatch*)

(defn run-transaction* [f]
  (if *transaction*
    (f)
    (loop []
      (let [t (atom {:seen {} :now {} :commutes {} :sends []})
            result (try [(binding [*transaction* t] (f))] (catch :halt/retry e nil))
            changes (if result (commit-refs* (deref t)) nil)]
        (if changes
          (do
            (run! (fn [[r old new]]
                    (if (identical? old new)
                      nil
                      (reduce-kv (fn [_ k watch] (watch k r old new) nil) nil (atom-info* r :watches))))
                  changes)
            (run! (fn [[a action]] (dispatch* a action)) (:sends (deref t)))
            (nth result 0))
          (do (on-retry*) (recur)))))))

(defmacro dosync "Evaluates the body as a transaction: what it changes of refs is seen at once, and it runs again when others changed what it read."
  [& body]
  `(run-transaction* (fn [] ~@body)))
(defmacro io! "Evaluates the body, outside of transactions only: they may run it again. A text before it is the message." [& body]
  (let [[message body] (if (string? (first body)) [(first body) (rest body)] ["I/O in transaction" body])]
    `(if *transaction* (throw-error* :state ~message) (do ~@body))))
(defmacro sync "Like dosync." [options & body] `(run-transaction* (fn [] ~@body)))
(defn ref-history-count "Returns 0: no old values are kept." [r] (reference-part* r :ref) 0)
(defn ref-min-history "Returns 0, or the ref: no old values are kept." ([r] (reference-part* r :ref) 0) ([r n] r))
(defn ref-max-history "Returns 0, or the ref: no old values are kept." ([r] (reference-part* r :ref) 0) ([r n] r))

;; Agents. The control of one is an atom: its queue, whether something works it off, its error, mode and handler.

(defn agent "Returns an agent that holds x: see send. Options: :meta, :validator, :error-handler, :error-mode (:fail or :continue)."
  [x & options]
  (let [{:keys [error-handler error-mode] :as options} (apply hash-map options)]
    (reference-options*
     (reference* :agent (atom x)
                 (atom {:queue [] :busy false :error nil :handler error-handler
                        :mode (or error-mode (if error-handler :continue :fail))}))
     options)))
(defn control* [a] (reference-extra* a :agent))

(defn act* [a [f args]]
  (let [held (atom []) state (reference-part* a :agent)
        error (try
                (binding [*agent* a *sends* held]
                  (let [old (deref state) new (apply f old args)]
                    (validate* (atom-info* a :validator) new)
                    (transact* [[state old new]])
                    (reduce-kv (fn [_ k watch] (watch k a old new) nil) nil (atom-info* a :watches))
                    nil))
                (catch :default e [e]))
        {:keys [mode handler]} (deref (control* a))]
    (if error
      (do
        (if (= mode :fail) (swap! (control* a) assoc :error (nth error 0)) nil)
        (if handler (try (handler a (nth error 0)) (catch :default _ nil)) nil))
      (run! (fn [[b action]] (dispatch* b action)) (deref held)))))

;; An agent at rest wakes the processes that wait for it.
(defn rest* [control]
  (let [[old _] (swap-vals! control (fn [c] (if (:busy c) c (assoc c :waiting nil))))]
    (if (or (:busy old) (nil? (:waiting old))) nil (run! (resolve 'halt.sys/unpark) (:waiting old)))))

(defn drain* [a]
  (let [control (control* a)
        [old _] (swap-vals! control
                            (fn [{:keys [queue error] :as c}]
                              (if (or error (empty? queue)) (assoc c :busy false) (assoc c :queue (subvec queue 1)))))]
    (if (or (:error old) (empty? (:queue old)))
      (rest* control)
      (do (act* a (nth (:queue old) 0)) (recur a)))))

(defn dispatch* [a action]
  (let [[old _] (swap-vals! (control* a) (fn [c] (assoc c :queue (conj (:queue c) action) :busy true)))
        spawn (resolve 'clojure.core/spawn)]
    (cond
      (:busy old) nil
      spawn (spawn drain* a)
      :else (drain* a))
    a))

(defn send-agent* [a f & args]
  (let [error (:error (deref (control* a)))]
    (cond
      error (throw (ex-info "Agent is failed, needs restart" {} error))
      *transaction* (do (swap! *transaction* update :sends conj [a [f args]]) a)
      *sends* (do (swap! *sends* conj [a [f args]]) a)
      :else (dispatch* a [f args]))))

(defonce send send-agent*)
(if (= send send-agent*)
  (alter-meta! (var send) assoc :doc "Has an agent set itself to f of its value and args, after what was sent before. Returns the agent.")
  nil)
(defn send-off "Like send: an agent's process may wait." [a f & args] (apply send-agent* a f args))
(defn send-via "Like send; there is nothing that could be an executor." [executor a f & args] (apply send-agent* a f args))

(defn agent-error "Returns the error that stopped an agent, or nil." [a] (:error (deref (control* a))))
(defn agent-errors "Returns a list of the error that stopped an agent, or nil." [a]
  (let [e (agent-error a)] (if e (list e) nil)))
(defn restart-agent "Gives an agent that failed a new value, and lets it go on. Options: :clear-actions drops what was sent."
  [a value & options]
  (if (agent-error a) nil (throw-error* :state "Agent does not need a restart"))
  (validate* (atom-info* a :validator) value)
  (let [state (reference-part* a :agent)] (transact* [[state (deref state) value]]))
  (let [clear (:clear-actions (apply hash-map options))]
    (swap! (control* a) (fn [c] (assoc c :error nil :busy true :queue (if clear [] (:queue c)))))
    (let [spawn (resolve 'clojure.core/spawn)] (if spawn (spawn drain* a) (drain* a)))
    value))
(defn clear-agent-errors "Lets an agent that failed go on with the value it has." [a] (restart-agent a (deref a)))
(defn set-error-handler! "Sets the function of agent and error that is called when an action throws." [a f]
  (swap! (control* a) assoc :handler f)
  nil)
(defn error-handler "Returns the function that is called when an action throws, or nil." [a] (:handler (deref (control* a))))
(defn set-error-mode! "Says what an agent does when an action throws: :fail stops it, :continue goes on." [a mode]
  (swap! (control* a) assoc :mode mode)
  nil)
(defn error-mode "Returns :fail or :continue: see set-error-mode!." [a] (:mode (deref (control* a))))

(defn await-until* [agents ms]
  (if *agent* (throw-error* :state "Can't await in agent action") nil)
  (let [park (resolve 'halt.sys/park) now (resolve 'clojure.core/time-us)
        until (if (and ms park) (+ (now) (* 1000 (long (max 0 (min ms 1000000000000))))) nil)]
    (loop [agents (seq agents)]
      (let [a (first agents)]
        (cond
          (nil? agents) true
          (agent-error a) (throw (ex-info "an agent that is awaited failed" {} (agent-error a)))
          (not (:busy (deref (control* a)))) (recur (next agents))
          (nil? park) (throw-error* :state "the agent works, and nothing else could run")
          (and until (<= until (now))) false
          :else
          (let [me ((resolve 'clojure.core/self))
                waits (fn [c] (if (:busy c) (assoc c :waiting (conj (or (:waiting c) #{}) me)) c))]
            (if (:busy (swap! (control* a) waits)) (park until) nil)
            (recur agents)))))))
(defn await "Waits until all that was sent to the agents so far is done." [& agents] (await-until* agents nil) nil)
(defn await-for "Waits as await does, at most so many milliseconds. Returns whether all was done." [ms & agents] (await-until* agents ms))
(defn await1 "Waits until all that was sent to an agent is done. Returns the agent." [a] (await a) a)
(defn release-pending-sends "Sends what the running action holds back. Returns how many there were." []
  (if *sends*
    (let [[held _] (reset-vals! *sends* [])]
      (run! (fn [[a action]] (dispatch* a action)) held)
      (count held))
    0))
(defn shutdown-agents "Does nothing: no process of an agent outlives its queue." [] nil)
