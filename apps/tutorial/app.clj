;; Tutorial: docs/TUTORIAL.md, a chapter at a time. Each block of code can be changed and run; it runs in a process of its own.
;;
;; State: {:chapters [[title part ...] ...] :at chapter, :code {place text}, :runs {place {:pid :ok? :text}}}; a place is
;; [chapter part].

(defn- chapters
  "The chapters of a page: [title part ...]; what comes first is one of its own."
  [page]
  (reduce (fn [all [kind value :as part]]
            (if (= :heading kind) (conj all [(second value)]) (conj (pop all) (conj (peek all) part))))
          [] (manual-parts page)))

(defn- first-code
  "The code of each place, as the page has it."
  [chapters]
  (into {} (for [[i chapter] (map-indexed vector chapters) [j [kind text]] (map-indexed vector chapter) :when (= :code kind)]
             [[i j] text])))

;; --- Running ------------------------------------------------------------------------------------------

(defn- evaluate!
  "Runs a text, and tells the app what it prints and what comes of it. right: to run what may define anything."
  [right place text app]
  (spawn-source right "tutorial" text "user" show-str)
  (loop []
    (let [message (next-message)]
      (case (:type message)
        :output (do (send app {:type :printed :place place :text (:text message)}) (recur))
        :exit (send app {:type :done :place place :ok? (= :normal (:reason message))
                         :text (str (if (= :normal (:reason message)) (:value message) (:reason message)))})
        (recur)))))

(defn- start! [right place text]
  (send (self) {:type :started :place place :pid (spawn evaluate! right place text (self))}))

(defn- run [place]
  (fn [state]
    (if (= :running (:ok? (get (:runs state) place)))
      state
      {:state (assoc-in state [:runs place] {:ok? :running :text ""}) :fx [[start! (:right state) place (get (:code state) place)]]})))

(defn- stop [place]
  (fn [state]
    (let [{:keys [pid] :as run} (get (:runs state) place)]
      {:state (assoc-in state [:runs place] (assoc run :ok? false :text (str (:text run) "stopped"))) :fx (if pid [[kill pid]] [])})))

(defn- told [state {:keys [type place pid text ok?]}]
  (let [running? (= :running (:ok? (get (:runs state) place)))]
    (cond
      (not running?) state
      (= :started type) (assoc-in state [:runs place :pid] pid)
      (= :printed type) (update-in state [:runs place :text] str text)
      (= :done type) (assoc-in state [:runs place] {:ok? ok? :text (str (:text (get (:runs state) place)) text)})
      :else state)))

(defn- done?
  "Whether every block of a chapter has run well."
  [{:keys [code runs]} chapter]
  (every? (fn [place] (true? (:ok? (get runs place)))) (filter (fn [[i _]] (= i chapter)) (keys code))))

;; --- What it looks like ----------------------------------------------------------------------------------

(defn- go [at] (fn [state] (assoc state :at (max 0 (min at (dec (count (:chapters state))))))))

(defn- block [place code {:keys [ok? text]}]
  [:column {:key place :gap 6 :on-key (fn [state event] (if (and (:ctrl event) (= :enter (:key event))) ((run place) state) :pass))}
   [:text-area {:key [place :code] :font :mono :value code :rows (inc (count (filter #{\newline} code)))
                :on-change (fn [state text] (assoc-in state [:code place] text))}]
   [:row {:gap 10 :align :start}
    (if (= :running ok?)
      [:button {:key [place :stop] :on-click (stop place)} "Stop"]
      [:button {:key [place :run] :on-click (run place) :primary? (nil? ok?)} "Run"])
    [:text {:grow 1 :shrink 1 :wrap true :pad [7 0] :color (case ok? true :success false :danger :muted) :font :mono}
     (case ok? :running (str text "...") nil "" (str (when ok? "=> ") text))]]])

(defn- chapter-button [i title at done?]
  [:row {:key [:chapter i] :on-click (go i) :gap 8 :pad [6 10] :radius 6 :fill (when (= i at) :selection)}
   [:text {:width 14 :color :success} (if done? "\u2713" "")]
   [:text {:grow 1 :shrink 1 :bold (= i at)} title]])

(defapp tutorial
  {:title "Tutorial" :width 860 :height 620 :on-message told
   :on-start (fn [state event] (assoc state :right (:code (:grants event))))
   :init (fn [] (let [all (chapters (manual-page "TUTORIAL"))] {:chapters all :at 0 :code (first-code all) :runs {}}))}
  (fn [{:keys [chapters at code runs] :as state}]
    [:row {:grow 1 :align :stretch}
     [:column {:width 230 :pad 10 :gap 2 :fill :panel :shrink 0}
      (map-indexed (fn [i [title]] [chapter-button i title at (and (some (fn [[c _]] (= c i)) (keys code)) (done? state i))]) chapters)]
     [:column {:grow 1 :shrink 1 :pad 16 :gap 12}
      [:text {:font-size 24 :bold true} (first (nth chapters at))]
      [:scroll {:key [:page at] :grow 1 :gap 12}
       (map-indexed (fn [j [kind text :as part]]
                      (cond
                        (zero? j) nil
                        (= :code kind) [block [at j] (get code [at j]) (get runs [at j])]
                        :else [manual-part part]))
                    (nth chapters at))]
      [:row {:gap 8}
       [:button {:key :back :on-click (go (dec at)) :disabled? (zero? at)} "Back"]
       [:text {:grow 1 :align :center :color :muted} (str (inc at) " of " (count chapters))]
       [:button {:key :next :on-click (go (inc at)) :primary? true :disabled? (= at (dec (count chapters)))} "Next"]]]]))
