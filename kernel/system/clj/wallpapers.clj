;; Wallpapers: functions from the size of the screen to a picture behind the windows. A new one is one more entry of
;; `wallpapers`; :ink is the colour of what is written on it.

(defn- spots
  "Some numbers from 0 to 1 for each of n spots, always the same: [x y size]."
  [n seed]
  (let [next (fn [r] (mod (+ (* r 1103515245) 12345) 2147483648))
        share (fn [r] (/ (double (quot r 256)) 8388608.0))]
    (map (fn [[x y size]] [(share x) (share y) (share size)])
         (partition 3 (take (* 3 n) (rest (iterate next seed)))))))

(defn- at [share pixels] (long (* share pixels)))

(defn- stars
  "Stars in a night sky, as many as there is room for."
  [w h room]
  (map (fn [[x y size]]
         [:circle {:x (at x w) :y (at y h) :r (if (> size 0.92) 2 1) :fill [255 255 255 (+ 40 (at size 150))]}])
       (spots (quot (* w h) room) 7)))

(defn- hills
  "Wide ellipses along the lower edge, one a layer; each [share-of-height colour shift]."
  [w h layers]
  (map (fn [[level color shift]]
         (list [:ellipse {:x (at (- shift 0.35) w) :y (at level h) :w (at 0.95 w) :h (* 2 h) :fill color}]
               [:ellipse {:x (at (+ shift 0.35) w) :y (at (+ level 0.04) h) :w (at 1.0 w) :h (* 2 h) :fill color}]))
       layers))

(def ^:open wallpapers
  "The wallpapers as [name {:title :fill :ink :draw (fn [w h] shapes)}], in the order in which they are offered."
  [[:dusk {:title "Dusk" :fill [:gradient 0x101B3A 0x3A1F55 :down] :ink [255 255 255 140]
            :draw (fn [w h]
                    [[:circle {:x (at 0.83 w) :y (at 0.22 h) :r (at 0.33 h) :fill [120 140 255 18]}]
                     [:circle {:x (at 0.91 w) :y (at 0.32 h) :r (at 0.21 h) :fill [255 140 220 18]}]
                     [:circle {:x (at 0.11 w) :y (at 0.85 h) :r (at 0.28 h) :fill [80 200 255 14]}]])}]
   [:dunes {:title "Dunes" :fill [:gradient 0x3B2A63 0xF2A27C :down] :ink [255 255 255 190]
            :draw (fn [w h]
                    [[:circle {:x (at 0.72 w) :y (at 0.42 h) :r (at 0.16 h) :fill [255 236 200 40]}]
                     [:circle {:x (at 0.72 w) :y (at 0.42 h) :r (at 0.11 h) :fill [255 240 214 230]}]
                     (hills w h [[0.56 0xD9806A 0.1] [0.66 0xA95B63 0.4] [0.76 0x6F3F5C -0.05] [0.87 0x3D2749 0.3]])])}]
   [:aurora {:title "Aurora" :fill [:gradient 0x04101F 0x0B3B46 :down] :ink [255 255 255 150]
            :draw (fn [w h]
                    [(stars w h 9000)
                     (map (fn [i]
                            [:ellipse {:x (at (+ 0.06 (* 0.075 i)) w) :y (at (+ 0.02 (* 0.05 (mod (* i 5) 7))) h)
                                       :w (at 0.16 w) :h (at (+ 0.5 (* 0.04 (mod (* i 3) 5))) h)
                                       :fill (if (even? i) [70 240 180 13] [120 130 255 12])}])
                          (range 11))
                     (hills w h [[0.84 0x06262E 0.2] [0.92 0x03151C 0.0]])])}]
   [:night {:title "Night" :fill [:gradient 0x05070F 0x16213F :down] :ink [255 255 255 130]
            :draw (fn [w h]
                    [(stars w h 4500)
                     [:circle {:x (at 0.8 w) :y (at 0.22 h) :r (at 0.1 h) :fill [220 228 255 16]}]
                     [:circle {:x (at 0.8 w) :y (at 0.22 h) :r (at 0.06 h) :fill 0xE9ECF7}]
                     [:circle {:x (+ (at 0.8 w) (at 0.02 h)) :y (at 0.2 h) :r (at 0.052 h) :fill 0x0A0F20}]])}]
   [:grid {:title "Blueprint" :fill 0x123A6B :ink [255 255 255 150]
            :draw (fn [w h]
                    (let [line (fn [x y w h strong?] [:rect {:x x :y y :w w :h h :fill [255 255 255 (if strong? 34 13)]}])]
                      [(map (fn [x] (line x 0 1 h (zero? (mod x 160)))) (range 0 w 32))
                       (map (fn [y] (line 0 y w 1 (zero? (mod y 160)))) (range 0 h 32))]))}]
   [:bloom {:title "Bloom" :fill [:gradient 0xE9F1FF 0xFBE6F1 :down] :ink [40 50 90 130]
            :draw (fn [w h]
                    (map (fn [[x y size] color]
                           [:circle {:x (at x w) :y (at y h) :r (at (+ 0.08 (* 0.22 size)) h) :fill color}])
                         (spots 14 11)
                         (cycle [[255 150 190 30] [130 170 255 34] [255 205 120 32] [120 220 200 30]])))}]
   [:paper {:title "Paper" :fill [:gradient 0xF6F1E7 0xE9DFCD :down] :ink [80 66 40 120]
            :draw (fn [w h]
                    (for [y (range 20 h 40) x (range 20 w 40)]
                      [:rect {:x x :y y :w 2 :h 2 :fill [120 96 50 38]}]))}]
   [:plain {:title "Plain" :fill [:gradient :background :background-end :down] :ink [:text 130] :draw (fn [w h] [])}]])

(defn- wallpaper-named [name] (second (first (filter (fn [[known]] (= name known)) wallpapers))))

(defn- wallpaper [name width height]
  (let [{:keys [fill ink draw]} (wallpaper-named name)]
    [:stack {:x 0 :y 0 :w width :h height :fill fill :key :wallpaper}
     [:canvas {:x 0 :y 0 :w width :h height} (draw width height)]
     [:column {:x 0 :y (- height 150) :w (- width 32) :h 90 :align :end :gap 4}
      [:text {:font-size 32 :bold true :color ink} "HALT"]
      [:text {:color ink} "values, not places"]]]))
