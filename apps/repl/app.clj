;; A REPL into the running system: each input runs in a process of its own, so it can be ended (Ctrl+C). A line is [kind text];
;; that of a result has the value itself as metadata, so that a click can open an inspector of it.

(def repl-lines-max 200)
(def fold-at "A result with more characters is folded." 280)

(defn- add-lines [state new]
  (let [lines (into (:lines state) new)
        extra (- (count lines) repl-lines-max)
        state (assoc state :scroll 0)]
    (assoc state :lines (if (pos? extra) (subvec lines extra) lines))))

(defn- add-line [state kind text]
  (add-lines state (map (fn [line] [kind line]) (clojure.string/split-lines text))))

(defn- add-result [state [text value]]
  (add-lines state [(with-meta [:out text] {:value value})]))

(defn- toggle-fold [i] (fn [state] (update-in state [:lines i] vary-meta update :open? not)))

(defn- clear-input [state] (assoc state :input {:text "" :cursor 0 :anchor 0} :at nil))

(defn- started
  "The evaluation has a process; Ctrl+C may have come before it."
  [state pid]
  (if (:cancel? state)
    {:state (assoc state :running pid :cancel? false) :fx [[kill pid]]}
    (assoc state :running pid)))

(defn shown
  "A result as text and as itself; it is *1 from now on."
  [value]
  (let [text (show-str value)]
    (var-root* #'*3 *2)
    (var-root* #'*2 *1)
    (var-root* #'*1 value)
    [text value]))

(defn- evaluate! [text repl]
  ;; It may have ended by the time the message is read: then nothing runs any more.
  ;; Printing runs programs too (lazy sequences): the evaluation does it itself.
  (let [pid (spawn-source "repl" text "user" shown)]
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

(defn- edit [state op] (assoc state :names nil :input (edit-text (:input state) op)))

;; --- Completion, and what a name means ---------------------------------------------------------------

(defn- word-before [{:keys [text cursor]}] (re-find #"[^\s()\[\]{}\"'`,;@^#]*$" (subs text 0 cursor)))

(defn- common-start [a b] (apply str (map first (take-while (fn [[x y]] (= x y)) (map vector a b)))))

(defn- complete-word
  "Completes the word before the cursor as far as its completions agree, and tells them."
  [state]
  (let [word (word-before (:input state))
        names (when (not= "" word) (map (fn [row] (first (clojure.string/split row #"\t")))
                                        (remove empty? (clojure.string/split-lines (halt.port/complete "user" word)))))]
    (cond
      (= "" word) (edit state [:insert "  "])
      (empty? names) (assoc state :names [])
      :else (assoc (edit state [:insert (subs (reduce common-start names) (count word))])
                   :names (when (next names) (vec (take 24 names)))))))

(defn- call-around
  "The name that is called by the form around the cursor, or nil."
  [{:keys [text cursor]}]
  (second (re-find #"\(([^\s()\[\]{}\"]+)[^()]*$" (subs text 0 cursor))))

(defn- hint
  "What helps with the input: the names it could go on with, or how what it calls is called."
  [names input]
  (let [v (when-let [name (call-around input)] (try (ns-resolve 'user (symbol name)) (catch :default _ nil)))
        {:keys [name arglists doc]} (meta v)]
    (cond
      (= [] names) "Nothing is called so."
      names (clojure.string/join "  " names)
      arglists (str (clojure.string/join " " (map (fn [args] (str "(" (clojure.string/join " " (cons name args)) ")")) arglists))
                    "  " (clojure.string/replace (str doc) #"\s+" " "))
      :else "Tab completes; click a result to look into it")))

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
      (and (= :tab key) (:shift event)) :pass
      (= :tab key) (complete-word state)
      (and (= :up key) one-line?) (recall state -1)
      (and (= :down key) one-line?) (recall state 1)
      (edit-op event) (edit state (edit-op event))
      :else state)))

(defn repl-message [state message]
  (if (= :exit (:type message))
    (let [state (assoc state :running nil :cancel? false)]
      (if (= :normal (:reason message))
        (add-result state (:value message))
        (add-line state :err (str (:reason message)))))
    (if (= :output (:type message))
      (add-line state :print (:text message))
      state)))

(defn- line-count
  "Lines that the input shows: as many as it has, up to 8."
  [text]
  (min 8 (inc (count (filter (fn [c] (= c \newline)) text)))))

(defn- result-line
  "A result: pressed, it opens an inspector; a long one can be folded."
  [i text {:keys [open? value]}]
  (let [long? (> (count text) fold-at)]
    [:column {:gap 2}
     [:text {:key (keyword (str "result-" i)) :font :mono :wrap true :color :accent :radius 4 :on-click (fn [state] {:state state :fx [[inspect value]]})}
      (if (and long? (not open?)) (str (subs text 0 fold-at) " ...") text)]
     (when long?
       [:text {:key (keyword (str "fold-" i)) :color :muted :on-click (toggle-fold i) :radius 4 :align-self :start}
        (if open? "Fold" (str "Unfold " (count text) " characters"))])]))

(defn- repl-line [i [kind text] result]
  (if (= :out kind)
    [result-line i text result]
    [:text {:font :mono :wrap true :color (get {:in :text :err :danger :print :muted} kind)} (str (if (= :in kind) "> " "") text)]))

(defapp repl
  {:title "REPL" :width 560 :height 340 :place [704 48]
   :state {:lines [[:print "Values, not places. Enter runs, Shift+Enter is a new line,"]
                   [:print "Up and Down recall, Page Up scrolls, Ctrl+L clears."]]
           :input {:text "" :cursor 0 :anchor 0} :history [] :at nil :running nil :scroll 0 :front? true}
   :on-message repl-message :on-front (fn [state event] (assoc state :front? (:on? event)))}
  (fn [state]
    [:column {:grow 1 :pad 10 :gap 8 :on-key repl-key :on-scroll repl-wheel}
     [:column {:grow 1 :shrink 1 :justify :end :clip true}
      (let [end (- (count (:lines state)) (:scroll state))]
        (map (fn [i] (let [line (nth (:lines state) i)] [repl-line i line (meta line)])) (range (max 0 (- end 60)) end)))]
     [:text-area {:font :mono :value (:text (:input state)) :cursor (:cursor (:input state))
                  :anchor (:anchor (:input state)) :rows (line-count (:text (:input state))) :focused? (:front? state) :disabled? (boolean (:running state))}]
     [:text {:color :muted} (if (:running state) "Running; Ctrl+C ends it" (hint (:names state) (:input state)))]]))
