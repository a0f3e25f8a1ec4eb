;; A REPL into the running system: each input runs in a process of its own, so it can be ended (Ctrl+C).

(def repl-lines-max 200)

(defn- add-line [state kind text]
  (let [lines (into (:lines state) (map (fn [line] [kind line]) (clojure.string/split-lines text)))
        extra (- (count lines) repl-lines-max)
        state (assoc state :scroll 0)]
    (assoc state :lines (if (pos? extra) (subvec lines extra) lines))))

(defn- clear-input [state] (assoc state :input {:text "" :cursor 0 :anchor 0} :at nil))

(defn- started
  "The evaluation has a process; Ctrl+C may have come before it."
  [state pid]
  (if (:cancel? state)
    {:state (assoc state :running pid :cancel? false) :fx [[kill pid]]}
    (assoc state :running pid)))

(defn- evaluate! [text repl]
  ;; It may have ended by the time the message is read: then nothing runs any more.
  ;; Printing runs programs too (lazy sequences): the evaluation does it itself.
  (let [pid (spawn-source "repl" text "user" show-str)]
    (send-control repl {:type :update :fn (fn [state] (if (:running state) (started state pid) state))})))

(defn- submit [state]
  (let [text (:text (:input state))]
    (cond
      (= "" (clojure.string/trim text)) (clear-input state)
      (:running state) state
      :else {:state (-> state
                        (add-line :in text)
                        (assoc :history (conj (:history state) text) :running :soon)
                        (clear-input))
             :fx [[evaluate! text (self)]]})))

(defn- recall [state step]
  (let [history (:history state)
        n (count history)
        at (max 0 (min n (+ step (or (:at state) n))))
        text (if (< at n) (nth history at) "")]
    (assoc state :at at :input {:text text :cursor (count text) :anchor (count text)})))

(defn- edit [state op] (assoc state :input (edit-text (:input state) op)))

(defn- scroll-by [state lines]
  (let [most (max 0 (- (count (:lines state)) 5))]
    (assoc state :scroll (max 0 (min most (+ (:scroll state) lines))))))

(defn- repl-wheel [state event] (scroll-by state (* 3 (:notches event))))

(defn repl-key [state event]
  (let [key (:key event) text (:text (:input state)) one-line? (not (clojure.string/includes? text "\n"))]
    (cond
      (and (:ctrl event) (= :c key))
      (cond
        (number? (:running state)) {:state state :fx [[kill (:running state)]]}
        (:running state) (assoc state :cancel? true)
        :else (clear-input state))
      (and (:ctrl event) (= :l key)) (assoc state :lines [])
      (and (= :enter key) (or (:shift event) (not (form-complete? text)))) (edit state [:insert "\n"])
      (= :enter key) (submit state)
      (= :page-up key) (scroll-by state 10)
      (= :page-down key) (scroll-by state -10)
      (and (= :up key) one-line?) (recall state -1)
      (and (= :down key) one-line?) (recall state 1)
      (edit-op event) (edit state (edit-op event))
      :else state)))

(defn repl-message [state message]
  (if (= :exit (:type message))
    (let [state (assoc state :running nil :cancel? false)]
      (if (= :normal (:reason message))
        (add-line state :out (:value message))
        (add-line state :err (str (:reason message)))))
    (if (= :output (:type message))
      (add-line state :print (:text message))
      state)))

(defn- line-count
  "Lines that the input shows: as many as it has, up to 8."
  [text]
  (min 8 (inc (count (filter (fn [c] (= c \newline)) text)))))

(defn- repl-line [[kind text]]
  [:text {:font :mono :wrap true :color (get {:in :text :out :accent :err :danger :print :muted} kind)}
   (str (get {:in "> " :out "" :err "" :print ""} kind) text)])

(defapp repl
  {:title "REPL" :width 560 :height 340 :place [704 48]
   :state {:lines [[:print "Values, not places. Enter runs, Shift+Enter is a new line,"]
                   [:print "Up and Down recall, Page Up scrolls, Ctrl+C ends what runs."]]
           :input {:text "" :cursor 0 :anchor 0} :history [] :at nil :running nil :scroll 0}
   :on-message repl-message}
  (fn [state]
    [:column {:grow 1 :pad 10 :gap 8 :on-key repl-key :on-scroll repl-wheel}
     [:column {:grow 1 :shrink 1 :justify :end :clip true}
      (map (fn [line] [repl-line line]) (take-last 60 (drop-last (:scroll state) (:lines state))))]
     [:text-area {:font :mono :value (:text (:input state)) :cursor (:cursor (:input state))
                  :anchor (:anchor (:input state)) :rows (line-count (:text (:input state))) :focused? true :disabled? (boolean (:running state))}]]))
