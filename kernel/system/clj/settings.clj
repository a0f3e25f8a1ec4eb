;; Settings: what the user has chosen, a map in the desktop. `change-settings` is the only way to another one; whoever
;; holds the capability :settings asks for it by `change-settings!`.

(def ^:open accents
  "Colours to choose the accent from as [name colour]; :blue is what the themes have."
  [[:blue nil] [:teal 0x0B8A99] [:green 0x2B8F5B] [:orange 0xC9601F] [:red 0xD0404C] [:pink 0xC13C91] [:purple 0x8150D8]])

(defn- accent-color [name] (second (first (filter (fn [[known]] (= name known)) accents))))

(defn- darker [color]
  (reduce (fn [out shift] (+ out (bit-shift-left (quot (* 4 (bit-and 255 (bit-shift-right color shift))) 5) shift)))
          0 [0 8 16]))

(def repeats
  "How often a key that is held counts, at most: milliseconds from one time to the next; nil for once."
  {:off nil :slow 250 :normal 80 :fast 0})

(def least-room "The least width and height that windows are to have." [640 400])

(defn scales
  "The scales, in percent, at which the screen still has room for windows."
  [{[width height] :screen}]
  (filterv (fn [percent] (or (= 100 percent)
                             (and (>= (quot (* 100 width) percent) (first least-room)) (>= (quot (* 100 height) percent) (second least-room)))))
           [100 125 150 200]))

(def settings-known
  "Whether a value will do, for each setting."
  {:theme      #{:dark :light :high-contrast}
   :accent     (set (map first accents))
   :wallpaper  (set (map first wallpapers))
   :scale      #{100 125 150 200}
   :pointer    #{50 100 150 200}
   :repeat     (set (keys repeats))
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

(defn- fit-window
  "Puts a window where the desktop has room for it; in its tile, if it has one."
  [d id]
  (let [w (window-by-id d id)
        width (min (:w w) (:width d)) height (min (:h w) (- (:height d) bar-height))
        rect (if (:tile w)
               (tile-rect d (:tile w))
               [(max 0 (min (:x w) (- (:width d) width))) (max 0 (min (:y w) (- (:height d) bar-height height))) width height])]
    (send-size (update-window d id (fn [w] (merge w (zipmap [:x :y :w :h] rect)))) id)))

(defn- rescale
  "Shows everything in so many percent: fewer pixels of the desktop's own fill the screen."
  [d percent]
  (let [size (fn [pixels] (quot (+ (* 100 pixels) percent -1) percent))
        [width height] (map size (:screen d))]
    (reduce fit-window (with-fx (assoc d :width width :height height) [set-zoom! percent]) (map :id (:windows d)))))

(defn- hands-changed [d {:keys [pointer repeat]}] (with-fx d [set-hands! pointer (get repeats repeat)]))

(defn change-settings
  "Takes over what a change says, as far as it will do; every window shows it."
  [d change]
  (let [before (:settings d)
        change (fitting change)
        change (if (some #{(:scale change)} (scales d)) change (dissoc change :scale))
        after (merge before change)
        d (assoc d :settings after)
        d (if (= (:scale before) (:scale after)) d (rescale d (:scale after)))
        d (if (= (map before [:pointer :repeat]) (map after [:pointer :repeat])) d (hands-changed d after))
        told (reduce (fn [d w] (if (sets-up? w) (with-fx d [send (:pid w) (settings-message d)]) d))
                     d (:windows d))]
    (if (= (theme-of before) (theme-of after))
      told
      (reduce (fn [d w] (to-app d w {:type :refresh}))
              (with-fx told (into [set-theme!] (theme-of after)))
              (:windows d)))))
