;; Time as a function of ticks. There are none once the time is up.
(defn- running? [{:keys [elapsed duration]}] (< elapsed duration))

(defn- tick [{:keys [elapsed duration at] :as state} {:keys [time]}]
  (let [elapsed (min duration (+ elapsed (- time (or at time))))]
    (assoc state :elapsed elapsed :at (when (< elapsed duration) time))))

(defapp timer
  {:title "Timer" :state {:elapsed 0 :duration 15000 :at nil} :width 340 :height 160
   :tick-ms (fn [state] (when (running? state) 50)) :on-tick tick}
  (fn [{:keys [elapsed duration]}]
    [:column {:gap 14 :pad 16}
     [:grid {:columns [110 :fr] :gap 14}
      "Elapsed time" [:progress {:value elapsed :max duration :align-self :center}]
      "" [:text {:key :seconds} (str (/ (quot elapsed 100) 10.0) " s")]
      "Duration" [:slider {:key :duration :value duration :min 1000 :max 30000 :step 100
                           :on-change (fn [state ms] (assoc state :duration ms :elapsed (min ms (:elapsed state))))}]]
     [:button {:justify :center :on-click (fn [state] (assoc state :elapsed 0 :at nil))} "Reset"]]))
