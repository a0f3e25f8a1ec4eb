;; Alt+Tab shows every window of the workspace as it is now, small: while Alt is held, Tab steps through the windows of the workspace, the newest used first; letting Alt go
;; brings the chosen one to the front, Escape leaves everything as it was.

(def card-width "Width of a window's card, with what is between two." 232)
(def card-height "Height of a card, with what is between two." 176)

(defn- switch-columns
  "How many cards lie side by side."
  [n width]
  (max 1 (min n (quot (- width 40) card-width))))

(defn- switch-ids
  "The ids of a workspace's windows, the one in front first, minimised ones last."
  [d]
  (let [here (filterv (fn [w] (= (:workspace d) (:workspace w))) (reverse (:windows d)))]
    (mapv :id (concat (remove :minimized? here) (filter :minimized? here)))))

(defn- step-switch
  "Opens the list of windows, or goes on in it by a step."
  [d step]
  (let [ids (or (:ids (:switch d)) (switch-ids d))
        at (+ step (:at (:switch d) 0))]
    (if (empty? ids)
      d
      (assoc d :menu nil :switch {:ids ids :at (mod at (count ids))}))))

(defn- end-switch
  "Closes the list and brings its window to the front."
  [d]
  (let [{:keys [ids at]} (:switch d)]
    (if ids
      (raise (assoc d :switch nil) (nth ids at))
      d)))

(defn- row-switch
  "Goes a row of cards down or up, when there is one."
  [d step]
  (let [{:keys [ids at] :as switch} (:switch d)
        to (+ at (* step (switch-columns (count ids) (:width d))))]
    (if (< -1 to (count ids)) (assoc d :switch (assoc switch :at to)) d)))
