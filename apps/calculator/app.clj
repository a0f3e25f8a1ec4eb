;; Calculator: expressions with precedence, in exact numbers (0.1 + 0.2 is 0.3), and a memory of the last ones.
;;
;; A text becomes a tree, such as ["+" 200 ["%" 10]], and the tree a number. The state: {:text :done? :error :past [[text result] ...] :at}.

(def text-max "Characters of an expression." 200)
(def past-max "How many expressions are remembered." 50)

;; --- From text to tree: each level of precedence takes tokens and returns [tree rest] -----------------

(defn tokens-of [text] (re-seq #"(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?|sqrt|[-+×÷^%²()]" text))

(def levels "Operators from weak to strong." [#{"+" "-"} #{"×" "÷"}])

(declare binary)

(defn- wrong [message] (throw (ex-info message {})))

(defn- primary [[token & more]]
  (cond
    (nil? token) (wrong "Something is missing")
    ;; A bracket that is still open ends with the text.
    (= "(" token) (let [[tree more] (binary 0 more)]
                    (if (contains? #{")" nil} (first more)) [tree (rest more)] (wrong "This does not fit together")))
    (= "sqrt" token) (let [[tree more] (primary more)] [["sqrt" tree] more])
    (re-find #"\d" token) [(rationalize (bigdec (clojure.string/replace token #"^\.|\.$" "0."))) more]
    :else (wrong "Something is missing")))

(defn- postfix [tokens]
  (loop [[tree [token & more :as tokens]] (primary tokens)]
    (cond
      (contains? #{"%" "²"} token) (recur [[token tree] more])
      (= "^" token) (let [[exponent more] (if (= "-" (first more)) (update (postfix (rest more)) 0 (fn [tree] ["neg" tree])) (postfix more))]
                      [["^" tree exponent] more])
      :else [tree tokens])))

(defn- unary [[token & more :as tokens]]
  (if (= "-" token) (update (unary more) 0 (fn [tree] ["neg" tree])) (postfix tokens)))

(defn- binary [level tokens]
  (if-let [operators (get levels level)]
    (loop [[left [token & more :as tokens]] (binary (inc level) tokens)]
      (cond
        (operators token) (let [[right more] (binary (inc level) more)] (recur [[token left right] more]))
        (and (= 1 level) (contains? #{"(" "sqrt"} token)) (let [[right more] (unary tokens)] (recur [["×" left right] more]))
        :else [left tokens]))
    (unary tokens)))

(defn parse [text]
  (let [[tree more] (binary 0 (tokens-of text))]
    (if (empty? more) tree (wrong "This does not fit together"))))

;; --- From tree to number ------------------------------------------------------------------------------

(defn- from-double [x]
  (cond (NaN? x) (wrong "This is no real number") (infinite? x) (wrong "This is too large") :else (rationalize x)))

(defn- power [a b]
  (cond
    (not (integer? b)) (from-double (clojure.math/pow (double a) (double b)))
    (> (abs b) 9999) (wrong "This is too large")
    (not (neg? b)) (reduce *' 1 (repeat b a))
    (zero? a) (wrong "Cannot divide by zero")
    :else (/ (power a (-' b)))))

(defn value-of [tree]
  (if (vector? tree)
    (let [[op left right] tree
          a (value-of left)
          b (when right (value-of right))
          ;; 200 + 10% is 220.
          part (if (and (vector? right) (= "%" (first right))) (*' a b) b)]
      (case op
        "+" (+' a part)
        "-" (-' a part)
        "×" (*' a b)
        "÷" (if (zero? b) (wrong "Cannot divide by zero") (/ a b))
        "^" (power a b)
        "²" (*' a a)
        "%" (/ a 100)
        "neg" (-' a)
        "sqrt" (from-double (clojure.math/sqrt (double a)))))
    tree))

(defn number-text
  "A number with at most 12 digits; whole ones up to 15."
  [n]
  (if (and (integer? n) (< (abs n) 1000000000000000))
    (str (bigint n))
    (let [text (str (with-precision 12 (if (ratio? n) (/ (bigdec (numerator n)) (bigdec (denominator n))) (* 1M (bigdec n)))))
          [_ digits exponent] (re-find #"^([^E]*)(.*)$" text)]
      (str (if (clojure.string/includes? digits ".") (clojure.string/replace digits #"\.?0*$" "") digits) exponent))))

(defn calculate
  "What an expression comes to: {:result text} or {:error text}."
  [text]
  (try {:result (number-text (value-of (parse text)))}
       (catch :default error {:error (if (= :ex-info (:type error)) (:message error) "This is too large")})))

;; --- Keys ---------------------------------------------------------------------------------------------

(def start {:text "" :done? false :error nil :past [] :at nil})

(defn- with-text [state text] (if (> (count text) text-max) state (assoc state :text text :done? false :error nil :at nil)))

(defn- operator? [token] (contains? #{"+" "-" "×" "÷" "^"} token))

(defn- add
  "The text with one more token, as far as it makes sense there."
  [text token]
  (let [end (when-not (= "" text) (subs text (dec (count text))))]
    (cond
      (and (operator? token) (or (nil? end) (= "(" end))) (if (= "-" token) (str text token) text)
      (and (operator? token) (operator? end) (not (and (= "-" token) (contains? #{"×" "÷" "^"} end)))) (str (clojure.string/replace text #"[-+×÷^]+$" "") token)
      (and (contains? #{"%" "²" ")"} token) (or (nil? end) (operator? end) (= "(" end))) text
      (and (= "." token) (re-find #"\.\d*$" text)) text
      (and (re-find #"^[\d.]" token) (contains? #{")" "%" "²"} end)) (str text "×" token)
      (and (= "." token) (not (re-find #"\d$" text))) (str text "0.")
      :else (str text token))))

(defn- negate [text]
  (let [[_ head n] (re-find #"^(.*)\(-([^()]+)\)$" text)
        [_ before last-number] (re-find #"^(.*?)([\d.]+(?:E[+-]?\d+)?)$" text)]
    (cond
      n (str head n)
      (nil? last-number) text
      (= "-" before) last-number
      (= "" before) (str "-" last-number)
      :else (str before "(-" last-number ")"))))

(defn- equals [{:keys [text past] :as state}]
  (if (or (= "" text) (:done? state))
    state
    (let [{:keys [result error]} (calculate text)]
      (if error
        (assoc state :error error)
        (assoc state :text result :done? true :error nil :at nil
                     :past (vec (take-last past-max (conj past [text result]))))))))

(defn press [{:keys [text] :as state} token]
  (case token
    "C" (assoc start :past (:past state))
    "Del" (with-text state (if (:done? state) "" (clojure.string/replace text #"(sqrt\(|.)$" "")))
    "±" (with-text state (negate text))
    "=" (equals state)
    (with-text state (add (if (and (:done? state) (re-find #"^[\d.(s]" token)) "" text) token))))

(defn- recall [{:keys [past at] :as state} step]
  (let [at (max 0 (min (count past) (+ step (or at (count past)))))]
    (assoc (with-text state (first (get past at [""]))) :at at)))

(defn- paste [state text]
  (reduce press state (tokens-of (clojure.string/escape (subs text 0 (min text-max (count text))) {\* "×" \/ "÷" \, "."}))))

(def typed "What keys mean that do not show it." {"*" "×" "/" "÷" "," "." ":" "÷" "x" "×" "s" "sqrt(" "r" "sqrt(" "n" "±"})

(defn key-pressed [state {:keys [key text ctrl clipboard]}]
  (cond
    (and ctrl (= :c key)) {:state state :fx [[copy! (or (:result (calculate (:text state))) (:text state))]]}
    (and ctrl (= :v key)) (if (string? clipboard) (paste state clipboard) state)
    ctrl :pass
    :else (case key
            :enter (press state "=")
            (:escape :delete) (press state "C")
            :backspace (press state "Del")
            :up (recall state -1)
            :down (recall state 1)
            (let [token (get typed text text)]
              (if (and token (re-find #"^([-\d+×÷^%().=±]|sqrt\()$" token)) (press state token) :pass)))))

;; --- What it looks like -------------------------------------------------------------------------------

(def pad [["C" "(" ")" "Del"] ["sqrt(" "²" "^" "÷"] ["7" "8" "9" "×"] ["4" "5" "6" "-"] ["1" "2" "3" "+"] ["±" "0" "%" "."]])

(defn- key-view [token]
  [:button {:key token :on-click (fn [state] (press state token)) :font-size 20 :pad 0 :min-height 20
            :fill (when (re-find #"^[\d.]$" token) :field) :color (cond (= "C" token) :danger (contains? #{"+" "-" "×" "÷"} token) :accent)}
   (get {"sqrt(" "sqrt" "²" "x²" "^" "x^y"} token token)])

(defn- spaced [text] (clojure.string/trimr (clojure.string/replace text #"([\d.)%²])([-+×÷])" "$1 $2 ")))

(defn- past-view [[text result]]
  [:row {:justify :end :gap 6 :shrink 0 :on-click (fn [state] (with-text state (str (if (:done? state) "" (:text state)) result)))}
   [:text {:color :muted} (str (spaced text) " =")] [:text result]])

(defapp calculator
  {:title "Calculator" :state start :width 300 :height 460
   :menu [["Copy" (fn [state] {:state state :fx [[copy! (:text state)]]})] ["Forget all" (fn [_] start)]]}
  (fn [{:keys [text done? error past]}]
    (let [{:keys [result]} (when-not (or done? (= "" text)) (calculate text))]
      [:column {:grow 1 :pad 10 :gap 8 :on-key key-pressed}
       [:column {:grow 1 :shrink 1 :height 20 :justify :end :clip true :gap 2} (map past-view (take-last 20 past))]
       [:column {:fill :field :radius 8 :pad [8 12] :border (if error :danger :border) :shrink 0}
        [:row {:justify :end :clip true :height 40 :align :center}
         [:text {:key :text :font-size (if (> (count text) 12) 20 32) :shrink 0} (if (= "" text) "0" (spaced text))]]
        [:text {:align :end :color (if error :danger :muted)} (or error (when (and result (not= result text)) (str "= " result)) " ")]]
       [:grid {:columns [:fr :fr :fr :fr] :rows [:fr :fr :fr :fr :fr :fr] :gap 6 :grow 5}
        (map (fn [token] [key-view token]) (apply concat pad))]
       [:button {:on-click equals :primary? true :font-size 20 :justify :center :min-height 34} "="]])))
