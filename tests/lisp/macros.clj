;; Macros of the library, and macros that programs write.
(ns lisp.macros
  (:require [clojure.test :refer [deftest is are testing]]))

(deftest conditions
  (are [form value] (= form value)
    (when true 1 2) 2
    (when false 1) nil
    (when-not false 1) 1
    (if-not true 1 2) 2
    (if-let [x 1] x :no) 1
    (if-let [x nil] x :no) :no
    (when-let [x 1] (inc x)) 2
    (when-let [x nil] :never) nil
    (if-some [x false] [x] :no) [false]
    (if-some [x nil] x :no) :no
    (when-some [x false] [x]) [false]
    (when-first [x [5 6]] x) 5
    (when-first [x []] :never) nil
    (cond) nil
    (cond false 1 true 2) 2
    (cond nil 1 :else 3) 3
    (case 1 1 :a 2 :b) :a
    (case 3 (1 2) :a (3 4) :b) :b
    (case :x :y 1 :default) :default
    (case "s" "s" 1) 1
    (case 'a a 1 b 2) 1
    (case [1 2] [1 2] :v) :v
    (case nil nil :n :other) :n
    (condp = 2 1 :a 2 :b) :b
    (condp = 9 1 :a :none) :none
    (condp some [1 2] #{5} :>> inc #{2} :>> inc) 3
    (and) true
    (and 1 2) 2
    (and 1 nil 2) nil
    (or) nil
    (or nil false 3) 3
    (or nil false) false)
  (is (thrown? Exception (case 5 1 :a)))
  (is (thrown? Exception (condp = 5 1 :a))))

(deftest threading
  (are [form value] (= form value)
    (-> 1 inc (+ 10)) 12
    (-> {:a {:b 1}} :a :b) 1
    (->> [1 2 3] (map inc) (reduce +)) 9
    (-> 1) 1
    (some-> {:a 1} :a inc) 2
    (some-> {:a 1} :b inc) nil
    (some->> [1 2] (map inc) first) 2
    (some->> nil (map inc)) nil
    (as-> 1 x (inc x) (* x 10)) 20
    (cond-> 1 true inc false (* 100)) 2
    (cond-> [] true (conj 1) nil (conj 2)) [1]
    (cond->> [1 2] true (map inc)) [2 3]
    (doto [] (conj 1)) []
    (deref (doto (atom 1) (reset! 5))) 5))

(deftest loops
  (is (= 10 (let [a (atom 0)] (dotimes [i 5] (swap! a + i)) @a)))
  (is (= [1 2] (let [a (atom [])] (doseq [x [1 2]] (swap! a conj x)) @a)))
  (is (= [[1 :a] [1 :b] [2 :a] [2 :b]]
         (let [a (atom [])] (doseq [x [1 2] y [:a :b]] (swap! a conj [x y])) @a)))
  (is (= [2 4] (let [a (atom [])] (doseq [x [1 2 3] :when (even? x) y [x (* 2 x)]] (swap! a conj y)) @a)))
  (is (= [0 1] (let [a (atom [])] (doseq [x (range) :while (< x 2)] (swap! a conj x)) @a)))
  (is (= [1 4] (let [a (atom [])] (doseq [x [1 2] :let [y (* x x)]] (swap! a conj y)) @a)))
  (is (nil? (doseq [x [1]] x)))
  (is (= 3 (let [a (atom 0)] (while (< @a 3) (swap! a inc)) @a)))
  (is (= 6 (let [a (atom 0)] (run! (fn [x] (swap! a + x)) [1 2 3]) @a))))

(defmacro unless [test then] `(if ~test nil ~then))
(defmacro twice [form] `(do ~form ~form))
(defmacro sum-of [& forms] `(+ ~@forms))
(defmacro with-fresh [x] `(let [y# ~x] (+ y# y#)))
(defmacro anaphoric [form] `(let [~'it 5] ~form))
(defmacro multi ([] 0) ([a] `(inc ~a)))

(deftest own-macros
  (is (= 1 (unless false 1)))
  (is (nil? (unless true (throw (ex-info "never" {})))))
  (is (= 2 (let [a (atom 0)] (twice (swap! a inc)) @a)))
  (is (= 6 (sum-of 1 2 3)))
  (is (= 4 (let [y 2] (with-fresh y))))
  (is (= 6 (anaphoric (inc it))))
  (is (= 0 (multi)))
  (is (= 2 (multi 1)))
  (is (= '(if a nil b) (macroexpand-1 '(lisp.macros/unless a b))))
  (is (= '(inc (inc 1)) (macroexpand-1 '(-> 1 inc inc)) '(inc (inc 1)))))

(deftest syntax-quote
  (are [form value] (= form value)
    `(1 ~(+ 1 1)) '(1 2)
    `[1 ~@[2 3]] [1 2 3]
    `{:a ~(+ 1 1)} {:a 2}
    `#{~(+ 1 1)} #{2}
    (first `(inc 1)) 'clojure.core/inc
    `~'x 'x
    (count (set `(a# a#))) 1
    (apply = `(a# a#)) true))

(deftest side-by-side
  (is (= "ab" (with-out-str (print "a") (print "b"))))
  (is (= 1 (let [d (delay 1)] @d)))
  (is (= [1 1] (let [n (atom 0) d (delay (swap! n inc))] [@d (force d)])))
  (is (not (realized? (delay 1))))
  (is (= [1 2 3] (lazy-cat [1] [2 3])))
  (is (nil? (assert true)))
  (is (thrown? AssertionError (assert false)))
  (is (thrown? AssertionError (assert (= 1 2) "numbers"))))

(def ^:dynamic *level* 0)
(defn level [] *level*)

(deftest dynamic-vars
  (is (= 0 (level)))
  (is (= 1 (binding [*level* 1] (level))))
  (is (= [1 2 1] (binding [*level* 1] [(level) (binding [*level* 2] (level)) (level)])))
  (is (= 0 (try (binding [*level* 9] (throw (ex-info "x" {}))) (catch Exception e (level)))))
  (is (= 0 (level))))

(defn real [] :real)
(deftest redefinition
  (is (= :fake (with-redefs [real (fn [] :fake)] (real))))
  (is (= :real (real))))

(defonce once 1)
(defonce once 2)
(defonce ^{:doc "Kept." :mark 7} described 1)
(defmacro defboth [a b] `(do (def ~a 1) (def ~b 2)))
(defboth ^:left lefty righty)
;; A def that the program itself writes has names of its own, whatever stands in the call of the macro around it.
(defmacro in-let [name & body] `(let [~name 1] ~@body))
(in-let ^:mark deeper (def deeper 2))
(in-let ^:mark deepest (defonce deepest 2))
(in-let ^:mark own (defonce ^:left own 2))
(deftest metadata-of-a-name-goes-through-a-macro
  (is (= ["Kept." 7 1] [(:doc (meta #'described)) (:mark (meta #'described)) described]))
  (is (= [true nil nil] [(:left (meta #'lefty)) (:left (meta #'righty)) (:mark (meta #'righty))]))
  (is (= [nil nil nil true] [(:mark (meta #'deeper)) (:mark (meta #'deepest)) (:mark (meta #'own)) (:left (meta #'own))])))
(defmulti area :shape)
(defmethod area :square [{:keys [side]}] (* side side))
(defmethod area :rect [{:keys [w h]}] (* w h))
(defmethod area :default [_] :unknown)
(defmulti two (fn [a b] [(number? a) (number? b)]))
(defmethod two [true true] [a b] (+ a b))

(deftest definitions
  (is (= 1 once))
  (is (= 9 (area {:shape :square :side 3})))
  (is (= 6 (area {:shape :rect :w 2 :h 3})))
  (is (= :unknown (area {:shape :x})))
  (is (= 3 (two 1 2)))
  (is (thrown? Exception (two 1 :a)))
  (is (= #{:square :rect :default} (set (keys (methods area)))))
  (is (= 'level (:name (meta #'level))))
  (is (= :real (#'real)))
  (is (= 1 @#'once)))

(defmacro define-in-vector [[name value]] `(def ~name ~value))
(define-in-vector [^:dynamic *of-a-vector* 1])

(defmacro define-both [name]
  `(do (defmacro ~name [x#] (list '+ x# 1))
       (def ~(symbol (str "from-" name)) (~name 2))))
(define-both add-one)

(defmacro macro-maker [name op]
  `(defmacro ~name [x#] `(~'~op ~x# ~x#)))
(macro-maker twice +)

(deftest forms-at-the-top
  (is (= 2 (binding [*of-a-vector* 2] *of-a-vector*)))
  (is (= 3 from-add-one))
  (is (= 4 (add-one 3)))
  (is (= 6 (twice 3)))
  (is (= 7 (eval '(do (defmacro lisp-macros-m [x] (list 'inc x)) (lisp-macros-m 6)))))
  (is (= "1,2" (binding [*ns* *ns*]
                 (eval '(do (ns lisp.macros.other (:require [clojure.string :refer [join]])) (join "," [1 2]))))))
  (is (= 5 (do (create-ns 'lisp.macros.made) (eval '(do (intern 'lisp.macros.made 'x 5) lisp.macros.made/x)))))
  (is (= 9 (load-string "(defmacro lisp-macros-n [x] (list '* x x)) (lisp-macros-n 3)")))
  (is (nil? (eval '(do)))))

(deftest templates-in-templates
  (are [form value] (= form value)
    (eval ``a) `a
    (eval `'~'b) 'b
    (let [x 1] (eval `(let [y# 2] `[~~x ~y#]))) [1 2]
    (let [x 'z] (eval `(quote ~x))) 'z
    (eval (eval ``(+ 1 ~~(+ 1 1)))) 3))
