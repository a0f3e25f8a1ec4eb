;; Settings: what the user has chosen, a map in the desktop. `change-settings` is the only way to another one; whoever
;; holds the capability :settings asks for it by `change-settings!`.

(def accents
  "Colours to choose the accent from as [name colour]; :blue is what the themes have."
  [[:blue nil] [:teal 0x0B8A99] [:green 0x2B8F5B] [:orange 0xC9601F] [:red 0xD0404C] [:pink 0xC13C91] [:purple 0x8150D8]])

(defn- accent-color [name] (second (first (filter (fn [[known]] (= name known)) accents))))

(defn- darker [color]
  (reduce (fn [out shift] (+ out (bit-shift-left (quot (* 4 (bit-and 255 (bit-shift-right color shift))) 5) shift)))
          0 [0 8 16]))

(def settings-known
  "Whether a value will do, for each setting."
  {:theme      #{:dark :light :high-contrast}
   :accent     (set (map first accents))
   :wallpaper  (set (map first wallpapers))
   :utc-offset (fn [minutes] (and (int? minutes) (<= -720 minutes 840)))})

(defn- fitting
  "The part of a change that can be done: known settings with values that will do."
  [change]
  (into {} (filter (fn [[name value]] (when-let [will-do? (get settings-known name)] (will-do? value))) change)))

(defn- theme-of
  "What a choice means for the colours: the arguments of `set-theme!`."
  [{:keys [theme accent]}]
  (let [color (when-not (= :high-contrast theme) (accent-color accent))]
    [theme (if color {:accent color :accent-end (darker color)} {})]))

(defn change-settings
  "Takes over what a change says, as far as it will do; every window shows it."
  [d change]
  (let [before (:settings d)
        after (merge before (fitting change))
        d (assoc d :settings after)
        told (reduce (fn [d w] (if (sets-up? w) (with-fx d [send (:pid w) {:type :settings :settings after}]) d))
                     d (:windows d))]
    (if (= (theme-of before) (theme-of after))
      told
      (reduce (fn [d w] (to-app d w {:type :refresh}))
              (with-fx told (into [set-theme!] (theme-of after)))
              (:windows d)))))
