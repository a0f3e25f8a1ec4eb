;; Notices: what apps tell the user. Each shows as a toast for a while and stays in a list behind the task bar's bell.

(def notices-max "How many notices are kept; the oldest go first." 50)
(def toasts-max "How many toasts show at once; the newest." 3)
(def toast-us "How long a toast stays, in microseconds." 6000000)
(def toast-ms "How long a toast takes to come, in milliseconds; to go it takes twice as long." 180)
(def toast-height-max "The height from which a toast that goes shrinks, in pixels." 130)
(def notice-text-max "How many characters of a title or a text are kept." 200)

(defn- clipped [text]
  (let [text (str text)]
    (if (> (count text) notice-text-max) (str (subs text 0 (dec notice-text-max)) "\u2026") text)))

(defn notify
  "Adds a notice that came at a time."
  [d title text at-us]
  (let [notice {:id (:next-id d) :title (clipped title) :text (clipped text) :clock (:clock d) :until-us (+ at-us toast-us)}
        notices (conj (:notices d) notice)]
    (assoc d :next-id (inc (:next-id d))
             :unread (inc (:unread d))
             :notices (if (> (count notices) notices-max) (subvec notices 1) notices)
             :toasts (vec (take-last toasts-max (conj (:toasts d) notice))))))

(defn expire-toasts
  "Takes away the toasts whose time is over."
  [d now-us]
  (if (some (fn [toast] (<= (:until-us toast) now-us)) (:toasts d))
    (assoc d :toasts (filterv (fn [toast] (> (:until-us toast) now-us)) (:toasts d)))
    d))

(defn- dismiss [d id]
  (let [others (fn [notices] (filterv (fn [notice] (not= id (:id notice))) notices))]
    (assoc d :toasts (others (:toasts d)) :notices (others (:notices d)))))

(defn- toggle-notices [d]
  (assoc d :menu (when-not (= :notices (:menu d)) :notices) :menu-at 0 :unread 0 :toasts []))
