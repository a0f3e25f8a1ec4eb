;; A whole app: state, view, and one handler.
(defapp counter
  {:title "Counter" :state 0 :width 260 :height 110}
  (fn [n]
    [:row {:gap 16 :pad 24 :align :center}
     [:text {:font-size 32 :key :number} (str n)]
     [:button {:on-click inc :primary? true} "Add one"]
     [:button {:on-click (fn [_] 0)} "Reset"]]))
