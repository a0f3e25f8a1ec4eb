;; A form whose parts depend on each other: what can be pressed is a function of what the fields hold.
(defn- date
  "The day that a text such as 27.03.2014 names, as [year month day], or nil."
  [text]
  (when-let [[day month year] (some->> (re-matches #"(\d\d?)\.(\d\d?)\.(\d{4})" text) rest (map parse-long))]
    (let [leap? (and (zero? (mod year 4)) (or (pos? (mod year 100)) (zero? (mod year 400))))
          days [31 (if leap? 29 28) 31 30 31 30 31 31 30 31 30 31]]
      (when (and (<= 1 month 12) (<= 1 day (nth days (dec month)))) [year month day]))))

(defn- bookable? [{:keys [kind start return]}]
  (let [start (date start) return (date return)]
    (and start (or (= kind :one-way) (and return (not (neg? (compare return start))))))))

(defn- book [{:keys [kind start return]}]
  (str "You have booked a " (if (= kind :one-way) (str "one-way flight on " start) (str "return flight from " start " to " return)) "."))

(defn- date-field [state key on?]
  [:input {:key key :value (get state key) :disabled? (not on?) :invalid? (and on? (not (date (get state key))))
           :on-change (fn [state text] (assoc state key text :booked nil))}])

(defapp flight
  {:title "Flight Booker" :state {:kind :one-way :start "27.03.2014" :return "27.03.2014"} :width 250 :height 230}
  (fn [{:keys [kind booked] :as state}]
    [:column {:gap 10 :pad 16}
     [select {:key :kind :value kind :options [[:one-way "one-way flight"] [:return "return flight"]] :justify :start
              :on-change (fn [state kind] (assoc state :kind kind :booked nil))}]
     [date-field state :start true]
     [date-field state :return (= kind :return)]
     [:button {:primary? true :justify :center :disabled? (not (bookable? state)) :on-click (fn [state] (assoc state :booked (book state)))} "Book"]
     [:text {:wrap true :color :success} booked]]))
