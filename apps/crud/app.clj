;; A list that is filtered, and a form that makes, changes and removes what is in it.
(defn- visible [{:keys [people prefix]}]
  (let [prefix (clojure.string/lower-case prefix)]
    (filterv (fn [i] (clojure.string/starts-with? (clojure.string/lower-case (second (people i))) prefix)) (range (count people)))))

(defn- choose [state i]
  (let [[name surname] ((:people state) i)] (assoc state :selected i :name name :surname surname)))

(defn- person [{:keys [name surname]}] [name surname])
(defn- create [state] (-> state (update :people conj (person state)) (assoc :selected nil)))
(defn- change [state] (assoc-in state [:people (:selected state)] (person state)))
(defn- delete [{:keys [people selected] :as state}]
  (assoc state :selected nil :people (into (subvec people 0 selected) (subvec people (inc selected)))))

(defn- text-field [state key label]
  [:row {:gap 8} [:text {:width 90} label]
   [:input {:key key :grow 1 :value (get state key) :on-change (fn [state text] (assoc state key text))}]])

(defapp crud
  {:title "CRUD" :width 460 :height 330
   :state {:people [["Hans" "Emil"] ["Max" "Mustermann"] ["Roman" "Tisch"]] :prefix "" :name "" :surname "" :selected nil}}
  (fn [{:keys [people selected] :as state}]
    (let [shown (visible state) at (first (keep-indexed (fn [n i] (when (= i selected) n)) shown))
          label (fn [n] (let [[name surname] (people (shown n))] (str surname ", " name)))]
      [:column {:gap 12 :pad 16 :grow 1}
       [text-field state :prefix "Filter"]
       [:row {:gap 16 :grow 1 :align :stretch}
        [list-view {:key :people :grow 1 :count (count shown) :row label :label label :selected at :on-change (fn [state n] (choose state (shown n)))}]
        [:column {:gap 10 :width 210} [text-field state :name "Name"] [text-field state :surname "Surname"]]]
       [:row {:gap 8}
        [:button {:on-click create} "Create"]
        [:button {:on-click change :disabled? (not at)} "Update"]
        [:button {:on-click delete :disabled? (not at)} "Delete"]]])))
