;; The pointer on the desktop: what is under it, clicks, moving and resizing windows, the wheel.

(defn- inside? [x y left top w h]
  (and (>= x left) (>= y top) (< x (+ left w)) (< y (+ top h))))

(defn- window-at [d x y]
  (last (filter (fn [w]
                  (and (visible? d w)
                       (inside? x y (- (:x w) edge) (- (:y w) edge) (+ (:w w) edge edge) (+ (:h w) edge edge))))
                (:windows d))))

(defn- edges-at
  "The edges of a window that are seized at a place, so many pixels within it."
  [w x y within]
  (let [left? (< x (+ (:x w) (min 3 within))) right? (>= x (- (+ (:x w) (:w w)) within))
        top? (< y (+ (:y w) (min 3 within))) bottom? (>= y (- (+ (:y w) (:h w)) within))]
    (when (or left? right? top? bottom?)
      {:left left? :right right? :top top? :bottom bottom?})))

(defn- overlay? [hit] (and (nil? (:surface hit)) (contains? #{:bar :menu :help :toasts :switch :timeline} (:key hit))))

(defn- target [hits event]
  (some (fn [hit] (when (contains? (:handlers hit) event) hit)) hits))

(defn- event-ms [message] (quot (or (:time-us message) (time-us)) 1000))
(defn- held [message] (select-keys message [:shift :ctrl :alt :super]))

(defn- node-event
  "What a handler of a node is told: the place within the node, its size, the time in milliseconds, the modifier keys."
  [hit event-key message]
  (let [[_ _ width height] (:rect hit) [x y] (:local hit)]
    (merge {:type (keyword (subs (name event-key) 3)) :x x :y y :width width :height height
            :time (event-ms message)}
           (held message))))

(defn- fire
  "Calls a handler where it belongs: the shell's own with the desktop, an app's by message. more: what the event says beside."
  [d hit event-key message & [more]]
  (let [handler (get (:handlers hit) event-key)
        event (merge (node-event hit event-key message) more)
        [left top _ height] (:rect hit)
        ;; Where a menu that the app shows for it would be.
        d (case event-key
            :on-click (assoc d :menu-place [left (+ top height)])
            :on-context (assoc d :menu-place [(+ left (:x event)) (+ top (:y event))])
            d)]
    (if (:surface hit)
      (let [w (window-by-id d (:surface hit))]
        (if w (to-app d w {:type :event :handler handler :event event}) d))
      (call-handler handler d (assoc event :left (first (:rect hit)))))))

(defn- moved-over
  "A node that was hit before, with the place of the pointer now."
  [hit x y]
  (let [[left top] (:rect hit)] (assoc hit :local [(- x left) (- y top)])))

(def double-click-us "Two clicks within this time are a double click." 400000)

(defn- double-click? [before message]
  (and before
       (< (- (:time-us message) (:time-us before)) double-click-us)
       (< (abs (- (:x message) (:x before))) 5)
       (< (abs (- (:y message) (:y before))) 5)))

(defn- control?
  "Whether the toolkit makes something of the pointer in a node: text fields and sliders that say :on-change."
  [hit]
  (and (:surface hit) (contains? (:handlers hit) :on-change) (contains? #{:input :text-area :slider} (:tag hit))))

(def bar-width "Pixels at the right of a scroll or a text area that are its bar." 10)

(defn- scrolls? [hit] (and (:surface hit) (contains? #{:scroll :text-area} (:tag hit))))

(defn- bar?
  "Whether the pointer is on the bar of what scrolls by itself."
  [hit]
  (and (scrolls? hit) (not (contains? (:handlers hit) :on-scroll)) (>= (first (:local hit)) (- (nth (:rect hit) 2) bar-width))))

(defn- takes-down [hits]
  (some (fn [hit] (cond (bar? hit) (assoc hit :bar? true) (or (control? hit) (contains? (:handlers hit) :on-pointer-down)) hit)) hits))

(defn- fire-down
  "The pointer is pressed, or moved while it is, on a node: first the toolkit's part, then the node's own handler."
  [d hit event-key message & [more]]
  (let [w (when (or (:bar? hit) (control? hit)) (window-by-id d (:surface hit)))
        d (if w
            (to-app d w {:type :control :path (:inner hit) :event (merge (node-event hit event-key message) more (select-keys hit [:bar?]))})
            d)]
    (if (and (not (:bar? hit)) (contains? (:handlers hit) event-key)) (fire d hit event-key message more) d)))

(defn- focus-at
  "The pointer gives the keyboard to what it presses, if that can have it. Where the app has the keys to itself, only to what takes
  keys of its own: a button that was clicked must not take the next space."
  [d w hits]
  (let [hit (some (fn [hit] (when (and (:focusable hit) (= (:id w) (:surface hit))) hit)) hits)
        own? (and hit (or (contains? (:handlers hit) :on-change) (contains? (:handlers hit) :on-key)))]
    (cond
      own? (set-focus d w (:inner hit) :pointer)
      (app-keys w) (if (:field (control-at w (:focus w))) d (set-focus d w nil :pointer))
      hit (set-focus d w (:inner hit) :pointer)
      (:ring? w) (update-window d (:id w) (fn [w] (assoc w :ring? false)))
      :else d)))

(defn- pointer-down [d message]
  (let [x (:x message) y (:y message)
        hits (hit-test x y)
        overlaid? (some overlay? hits)
        w (when-not overlaid? (window-at d x y))
        d (if overlaid? d (assoc d :menu nil :help? nil))
        d (if w (raise d (:id w)) d)
        d (if (and w (= :left (:button message)) (not (:travel d))) (focus-at d (window-by-id d (:id w)) hits) d)
        down (takes-down hits)
        click (target (if (and down (or (:bar? down) (control? down))) (take-while (fn [hit] (not= (:path hit) (:path down))) hits) hits) :on-click)
        ;; What takes the pointer, such as the bar of a list, has it up to the border.
        edges (when (and w (not click)) (edges-at w x y (if down 1 5)))
        title? (and w (not click) (>= y (:y w)) (< y (+ (:y w) title-height)))
        again? (double-click? (:last-down d) message)
        clicks (if again? (inc (:clicks (:last-down d))) 1)
        d (if (and (= :left (:button message)) (not (:travel d)) (not overlaid?)) (pick-up d hits x y) d)
        d (assoc d :last-down (assoc (select-keys message [:x :y :time-us]) :clicks clicks))
        context (when (= :right (:button message)) (target hits :on-context))]
    (cond
      (and context (not (and (:travel d) (not overlaid?)))) (fire d context :on-context message)
      (and (= :right (:button message)) overlaid?) d
      (and (= :right (:button message)) title?) (open-menu d {:window (:id w)} x y)
      (and (= :right (:button message)) w (not-empty (app-items w))) (open-menu d {:content (:id w)} x y)
      (and (= :right (:button message)) (nil? w)) (open-menu d {:desktop true} x y)
      (not= :left (:button message)) d
      ;; The past can be looked at and moved about, not acted in.
      (and (:travel d) (not overlaid?)) d
      (and w (:alt message)) (assoc d :drag {:kind :move :id (:id w) :x x :y y :from w})
      edges (assoc d :drag {:kind :resize :id (:id w) :edges edges :x x :y y :from w})
      click (let [d (assoc d :pressed click)]
              (if down (fire-down d down :on-pointer-down message {:clicks clicks}) d))
      down (fire-down (assoc d :pressed down) down :on-pointer-down message {:clicks clicks})
      title?
      (assoc d :drag {:again? again? :kind :move :id (:id w) :x x :y y :from w})
      :else d)))

(defn- moved [d drag x y]
  (let [from (:from drag)
        dx (- x (:x drag)) dy (- y (:y drag))
        limit-x (- (:width d) 40) limit-y (- (:height d) bar-height title-height)]
    (update-window d (:id drag)
                   (fn [w] (assoc w
                                  :x (max (- 80 (:w w)) (min limit-x (+ (:x from) dx)))
                                  :y (max 0 (min limit-y (+ (:y from) dy))))))))

(defn- pull-out
  "Takes a window that is dragged out of its tile: its old size, under the pointer."
  [d drag x y]
  (let [w (window-by-id d (:id drag))]
    (if (and (:tile w) (or (> (abs (- x (:x drag))) 6) (> (abs (- y (:y drag))) 6)))
      (let [d (tile d (:id w) nil)
            back (window-by-id d (:id w))
            left (- (:x drag) (quot (* (:w back) (- (:x drag) (:x w))) (max 1 (:w w))))
            from (assoc back :x left :y (:y w))]
        (assoc d :drag (assoc drag :from from)))
      d)))

(defn- drag-window
  "The window being moved follows the pointer; at an edge of the screen its tile is shown."
  [d x y]
  (let [d (pull-out d (:drag d) x y)
        drag (:drag d)]
    (if (:tile (window-by-id d (:id drag)))
      d
      (assoc (moved d drag x y) :snap (snap-tile d x y)))))

(defn- drop-window
  "Ends a move: into the tile shown, if one is. A double click that moved nothing fills the screen, or ends that."
  [d x y]
  (let [{from-x :x from-y :y :keys [id again?]} (:drag d)
        d (drag-window d x y)]
    (cond
      (and again? (< (abs (- x from-x)) 5) (< (abs (- y from-y)) 5)) (toggle-max (assoc d :last-down nil :snap nil) id)
      (:snap d) (assoc (tile (moved d (:drag d) (:x (:drag d)) (:y (:drag d))) id (:snap d)) :snap nil)
      :else d)))

(defn- resized [d drag x y]
  (let [from (:from drag) edges (:edges drag)
        dx (- x (:x drag)) dy (- y (:y drag))
        right (+ (:x from) (:w from)) bottom (+ (:y from) (:h from))
        left (if (:left edges) (min (+ (:x from) dx) (- right width-min)) (:x from))
        top (if (:top edges) (max 0 (min (+ (:y from) dy) (- bottom height-min))) (:y from))
        right (if (:right edges) (max (+ right dx) (+ left width-min)) right)
        bottom (if (:bottom edges) (max (+ bottom dy) (+ top height-min)) bottom)]
    (-> d
        (update-window (:id drag) (fn [w] (assoc w :x left :y top :w (- right left) :h (- bottom top) :tile nil)))
        (send-size (:id drag)))))

(defn- hovers? [hit]
  (let [handlers (:handlers hit)]
    (or (contains? handlers :on-hover) (contains? handlers :on-pointer-enter) (contains? handlers :on-pointer-leave))))

(defn- fire-some [d hit event-key message]
  (if (and hit (contains? (:handlers hit) event-key)) (fire d hit event-key message) d))

(defn- hover
  "The pointer moves with no button held: the node under it that wants to know is told, and the one that it has left."
  [d x y message]
  (let [before (when (:hover d) (moved-over (:hover d) x y))
        hits (hit-test x y)
        d (tip-at d hits (time-us))
        hit (some (fn [hit] (when (hovers? hit) hit)) hits)
        same? (= (:path hit) (:path before))
        d (if same? d (fire-some (assoc d :hover hit) before :on-pointer-leave message))
        d (if same? d (fire-some d hit :on-pointer-enter message))]
    (fire-some d hit :on-hover message)))

(defn- pointer-move [d message]
  (let [[x y] (pointer-place)
        drag (:drag d)
        pressed (:pressed d)]
    (cond
      (= :move (:kind drag)) (drag-window d x y)
      (= :resize (:kind drag)) (resized d drag x y)
      (:carry d) (let [d (carry-to d x y)]
                   (if (and pressed (not (:moving? (:carry d)))) (fire-down d (moved-over pressed x y) :on-pointer-move message) d))
      pressed (fire-down d (moved-over pressed x y) :on-pointer-move message)
      (or drag (:travel d)) d
      :else (hover d x y message))))

(defn- pointer-up [d message]
  (let [pressed (:pressed d)
        x (:x message) y (:y message)
        drag (:drag d)
        ;; The drag ends where the button was released, however many moves were left out.
        d (case (:kind drag) :move (drop-window d x y) :resize (resized d drag x y) d)
        carry (:carry (if (:carry d) (carry-to d x y) d))
        target (when (:moving? carry) (drop-target (hit-test x y)))
        pressed (when-not (:moving? carry) pressed)
        same (when pressed (some (fn [hit] (when (= (:path hit) (:path pressed)) hit)) (hit-test x y)))
        d (assoc d :drag nil :pressed nil :carry nil)
        d (if target (fire d (moved-over target x y) :on-drop message {:value (:value carry)}) d)
        d (if (and pressed (contains? (:handlers pressed) :on-pointer-up))
            (fire d (moved-over pressed x y) :on-pointer-up message)
            d)]
    (if (and same (contains? (:handlers same) :on-click))
      (fire d same :on-click message {:clicks (:clicks (:last-down d) 1)})
      d)))

(defn- wheel
  "The wheel scrolls what is under the pointer; over a menu, it chooses."
  [d message]
  (let [hits (hit-test (:x message) (:y message))
        hit (some (fn [hit] (when (or (contains? (:handlers hit) :on-scroll) (scrolls? hit)) hit)) hits)
        w (when (and hit (not (contains? (:handlers hit) :on-scroll))) (window-by-id d (:surface hit)))
        n (count (menu-items d))]
    (cond
      ;; A scroll without a handler holds its place itself.
      w (to-app d w {:type :scroll :path (:inner hit) :pixels (* -1 wheel-step (:notches message))})
      hit (fire d hit :on-scroll message {:notches (:notches message)})
      (and (pos? n) (some (fn [hit] (= :menu (:key hit))) hits))
      (assoc d :menu-at (max 0 (min (dec n) (- (:menu-at d) (:notches message)))))
      :else d)))
