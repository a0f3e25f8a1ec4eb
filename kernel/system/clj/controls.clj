;; What the toolkit does with controls, so that apps need not: carets, sliders, scrolls, the focus.
;;
;; Enter at `control-event`, `key-event` and `settle`. A run (app.clj) holds what is no part of an app's state: :focus is the path
;; of the node that has the keyboard, :field the text field (fields.clj) it stands for, :fields those that had it before, :scrolls how
;; far scrolls are moved, by path. `held` makes the styles of it that a picture is laid out with.

(declare attempt copy! show!)

(def controls-max "How many fields and scrolls of a window are remembered." 64)

(defn- remember [known path value]
  (assoc (if (< (count known) controls-max) known {}) path value))

(defn- held
  "Styles by path: the caret of the field that has the focus, and the places of scrolls."
  [{:keys [focus field in-front? caret? scrolls]}]
  (let [styles (reduce (fn [styles [path y]] (assoc-in styles (conj path nil :scroll-y) y)) {} scrolls)]
    (if (and caret? in-front?)
      (update-in styles (conj focus nil) merge {:focused? true} (when field (select-keys field [:cursor :anchor])))
      styles)))

(defn- node-text [node]
  (let [value (:value (:styles node))] (if (nil? value) "" (str value))))

(defn- text-node? [node] (contains? #{:input :text-area} (:tag node)))
(defn- scrolls? "Whether a node holds more than it shows, and the toolkit where it is scrolled to." [node] (contains? #{:scroll :text-area} (:tag node)))
(defn- live? [node] (and (text-node? node) (contains? (:handlers node) :on-change)))
(defn- several-lines? [node] (= :text-area (:tag node)))

;; --- Focus --------------------------------------------------------------------------------------------

(defn- in-sight
  "How far down what shows so many pixels of a content is scrolled, so that a part of it is seen."
  [down height from to]
  (cond (< from down) from (> to (+ down height)) (- to height) :else down))

(defn- reveal
  "Scrolls so far that a node is seen."
  [run path]
  (reduce (fn [run n]
            (let [outer (subvec path 0 n)
                  node (window-node (:window run) outer)]
              (if (= :scroll (:tag node))
                (let [[_ top _ height] (:rect node)
                      [_ y _ h] (:rect (window-node (:window run) path))
                      [content _ from] (scroll-extent (:window run) outer)
                      to (in-sight from height (+ from (- y top)) (+ from (- (+ y h) top)))
                      to (max 0 (min to (- content height)))]
                  (if (= to from) run (assoc run :scrolls (remember (:scrolls run) outer to))))
                run)))
          run
          (range 1 (count path))))

(defn- focus-on
  "Gives the keyboard to the node at a path, or to none with nil. A field that comes by keyboard is selected as a whole."
  [run path by]
  (let [run (if (:field run) (assoc run :fields (remember (:fields run) (:focus run) (:field run))) run)
        node (when path (window-node (:window run) path))
        text (node-text node)
        known (get (:fields run) path)
        f (when (live? node) (if (= text (:text known)) known (field text)))
        f (if (and f (contains? #{:key :all} by) (not (several-lines? node))) (assoc f :anchor 0 :cursor (count text)) f)
        run (assoc run :focus path :field f :caret? (text-node? node) :typed nil)]
    (if node (reveal run path) run)))

(defn focus!
  "Moves the keyboard to the node with a :key in the app's own window, once it is painted; an effect: [focus! :name]. With :all
  the text of a field is selected, so that typing replaces it."
  [key & [all]]
  (send (self) {:type ::focus :key key :all? (= :all all)})
  nil)

(defn- ask-focus! [run path all?]
  (send-shell {:type :focus :window (:window run) :path path :all? all?}))

(defn- follow
  "Lets the field go along with the picture: what the state says is what it shows."
  [{:keys [focus field] :as run}]
  (let [node (window-node (:window run) focus)]
    (cond
      (not (text-node? node)) (assoc run :field nil :caret? false)
      (not (live? node)) (assoc run :field nil :caret? true)
      (nil? field) (focus-on run focus nil)
      (= (:text field) (node-text node)) run
      :else (let [new (clojure.core/field (node-text node)) n (count (:text new))]
              (assoc run :field (merge new {:cursor (min n (:cursor field)) :anchor (min n (:cursor field))}))))))

(def row-height-default "Pixels of a row of a list." 28)
(def list-frame "Pixels of a list above and below its rows: border and pads." 10)

(defn- measured
  "Notes how many rows fit into each list of the window."
  [run]
  (reduce (fn [run [key row-height]]
            (let [path (path-of-key (:window run) key)
                  [_ _ _ height] (:rect (when path (window-node (:window run) path)))
                  fit (when height (max 1 (quot (- height list-frame) row-height)))]
              (if (or (nil? fit) (= fit (get-in run [:places key :fit])))
                run
                (assoc-in run [:places key] (merge {:top 0} (get (:places run) key) {:fit fit})))))
          run
          (:lists @(:cache run))))

(defn- turn-list
  "Moves a list: by so many rows, to one, or so far that one is seen."
  [run {:keys [key by to show n]}]
  (let [{:keys [top fit] :or {top 0 fit 1}} (get (:places run) key)
        new (cond
              by (+ top by)
              to to
              (< show top) show
              (>= show (+ top fit)) (- show fit -1)
              :else top)]
    (assoc-in run [:places key] {:fit fit :top (max 0 (if n (min new (- n fit)) new))})))

(defn- keep-caret
  "Notes where the text area with the focus is scrolled to, so that it stays there without the keyboard. A caret that was moved is scrolled into
  sight; who turns the wheel looks elsewhere."
  [{:keys [focus field] :as run}]
  (let [[_ height down from to] (when (and field focus) (scroll-extent (:window run) focus))
        caret [focus (:cursor field) height]]
    (if from
      (let [down (if (= caret (:caret-seen run)) down (in-sight down height from to))
            run (assoc run :caret-seen caret)]
        (if (= down (get (:scrolls run) focus)) run (assoc run :scrolls (remember (:scrolls run) focus down))))
      run)))

(defn- settle
  "After a paint: at first, the first field gets the keyboard; a focus that was asked for is found; the field follows the state."
  [run]
  (let [all? (:all? (:wanted run))
        path (cond
               (:wanted run) (path-of-key (:window run) (:key (:wanted run)))
               ;; What had the keyboard is gone, or a dialog is in front of it.
               (or (:fresh? run) (and (:focus run) (nil? (window-node (:window run) (:focus run))))) (first-field (:window run)))
        run (dissoc run :wanted :fresh?)]
    (when path (ask-focus! run path all?))
    (measured (keep-caret (if (:focus run) (follow run) run)))))

;; --- Keys and pointer -----------------------------------------------------------------------------------

(defn- set-field
  "Puts the field after an edit in its place, and tells the app what it holds now. What the app makes nothing of is refused."
  [run node f]
  (when (:copied f) (copy! (:copied f)))
  (let [before (:field run)
        run (assoc run :field (dissoc f :copied))]
    (if (= (:text before) (:text f))
      run
      (let [[run answer] (attempt run (:on-change (:handlers node)) (:text f))]
        (if (= :changed answer) run (assoc run :field before))))))

(defn- paged
  "The field of a text area after Page Up or Page Down: as many lines on as are seen, but for one."
  [run event rows]
  (when-let [key (get {:page-up :up :page-down :down} (:key event))]
    (let [[_ height _ from to] (scroll-extent (:window run) (:focus run))]
      (nth (iterate (fn [f] (edit-field f (assoc event :key key) true rows)) (:field run))
           (max 1 (dec (quot (or height 0) (max 1 (- (or to 1) (or from 0))))))))))

(defn- field-key
  "What a key does to the field with the focus, or nil."
  [run node event]
  (if-let [f (if (several-lines? node)
               (let [rows (text-rows (:window run) (:focus run))]
                 (or (paged run event rows) (edit-field (:field run) event true rows)))
               (edit-field (:field run) event))]
    (set-field run node f)
    (when-let [handler (and (= :enter (:key event)) (:on-enter (:handlers node)))]
      (first (attempt run handler event)))))

(defn- stepped
  "A number between the ends of a slider, at one of its steps."
  [{:keys [min max step] :or {min 0 max 1}} n]
  (let [n (clojure.core/max min (clojure.core/min max n))]
    (cond
      (nil? step) n
      (and (int? step) (int? min)) (+ min (* step (long (+ 0.5 (/ (- n min) (double step))))))
      :else (+ min (* step (double (long (+ 0.5 (/ (- n min) (double step))))))))))

(defn- set-slider [run node n]
  (let [styles (:styles node) n (stepped styles n)]
    (if (= n (:value styles)) run (first (attempt run (:on-change (:handlers node)) n)))))

(defn- slider-key [run node {:keys [key]}]
  (let [{:keys [value min max step] :or {min 0 max 1}} (:styles node)
        value (or value min)
        by (or step (/ (- max min) 20.0))]
    (when-let [n (case key
                   (:right :up) (+ value by)
                   (:left :down) (- value by)
                   :page-up (+ value (* 5 by))
                   :page-down (- value (* 5 by))
                   :home min
                   :end max
                   nil)]
      (set-slider run node n))))

(def slider-thumb "Pixels that a slider's handle takes of its width." 16)

(defn- slider-pointer [run node {:keys [x width]}]
  (let [{:keys [min max] :or {min 0 max 1}} (:styles node)
        share (/ (- x (/ slider-thumb 2.0)) (clojure.core/max 1 (- width slider-thumb)))]
    (set-slider run node (+ min (* (clojure.core/max 0.0 (clojure.core/min 1.0 share)) (- max min))))))

(defn- scroll-to [run path pixels]
  (let [[content height] (scroll-extent (:window run) path)]
    (assoc run :scrolls (remember (:scrolls run) path (max 0 (min pixels (- content height)))))))

(defn- drag-bar
  "The bar beside a scroll or a text area was pressed at a height, or is dragged: it goes along; beside it, it comes there first."
  [run path {:keys [type y height]}]
  (if-let [[content shown down] (scroll-extent (:window run) path)]
    (let [length (max 16 (quot (* shown shown) (max 1 content)))
          way (max 1 (- shown length)) hidden (max 0 (- content shown))
          top (quot (* way down) (max 1 hidden))
          grip (cond (= :pointer-move type) (:grip run) (<= top y (+ top length)) (- y top) :else (quot length 2))]
      (scroll-to (assoc run :grip grip) path (quot (* hidden (- y grip)) way)))
    run))

(defn control-event
  "The pointer went down on a control, or was moved with the button held: the toolkit's part."
  [run path event]
  (let [node (window-node (:window run) path)]
    (cond
      (:bar? event) (drag-bar run path event)
      (and (= :slider (:tag node)) (:on-change (:handlers node))) (slider-pointer run node event)
      (and (live? node) (= path (:focus run)) (:field run))
      (assoc run :field (point-field (:field run) (text-index (:window run) path (:x event) (:y event)) event))
      :else run)))

(def typing-ms "How long after a letter the next one goes on with it." 1000)

(defn typed-on
  "What was typed with one more letter, as {:text :ms}: it begins anew some time after the letter before."
  [{:keys [text ms]} letter now]
  {:text (if (and text (< (- now ms) typing-ms)) (str text letter) letter) :ms now})

(defn row-typed
  "The number of the row that is meant by what was typed: of n rows the first from one on whose label, made by a function of the number,
  begins so. One letter again and again goes from row to row. nil if there is none."
  [typed label at n]
  (let [typed (clojure.string/lower-case typed)
        again? (apply = typed)
        wanted (if again? (subs typed 0 1) typed)
        from (if again? (inc at) (max at 0))]
    (some (fn [i] (let [row (mod (+ from i) n)]
                    (when (clojure.string/starts-with? (clojure.string/lower-case (str (label row))) wanted) row)))
          (range n))))

(defn- note-typed
  "Lets a key go on with what was typed, or ends that: letters without Ctrl or Alt, but no space to begin with."
  [run {:keys [text ctrl alt time]}]
  (assoc run :typed (when (and text (not ctrl) (not alt) (or (:typed run) (not= " " text))) (typed-on (:typed run) text (or time 0)))))

(def wheel-step "Pixels that a scroll moves by for a notch of the wheel." 48)

(defn scroll-node
  "Moves what is at a path, if it holds more than it shows; at its end, what is around it."
  [run path pixels]
  (let [way (fn [n] (let [outer (subvec path 0 n)
                          [content height down] (when (scrolls? (window-node (:window run) outer)) (scroll-extent (:window run) outer))]
                      (when (and content (if (neg? pixels) (pos? down) (< (+ down height) content))) [outer (+ down pixels)])))]
    (if-let [[outer to] (some way (range (count path) -1 -1))] (scroll-to run outer to) run)))

(defn key-event
  "A key for the node with the focus: the toolkit's part, else the handlers from there outwards, as long as they answer :pass.
  A Tab that changed nothing moves the focus. What the keys before have changed is painted first: a key means what is there now."
  [run {:keys [path targets event]}]
  (let [run (show! run)
        run (note-typed (if (= path (:focus run)) run (focus-on run path nil)) event)
        event (if (:typed run) (assoc event :typed (:text (:typed run))) event)
        node (when path (window-node (:window run) path))]
    (or (cond
          (and (:field run) (live? node)) (field-key run node event)
          (and (= :slider (:tag node)) (:on-change (:handlers node))) (slider-key run node event))
        (loop [run run targets targets]
          (if (empty? targets)
            (do (when (= :tab (:key event))
                  (send-shell {:type :focus :window (:window run) :step (if (:shift event) -1 1)}))
                run)
            (let [handler (:on-key (:handlers (window-node (:window run) (first targets))))
                  [run answer] (if handler (attempt run handler event) [run :pass])]
              (if (or (= :pass answer) (and (= :same answer) (= :tab (:key event))))
                (recur run (rest targets))
                run)))))))
