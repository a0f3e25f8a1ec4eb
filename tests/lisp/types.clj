;; Hierarchies, multimethods, protocols, records, and the smaller libraries.
(ns lisp.types
  (:require [clojure.test :refer [deftest is are]]
            [clojure.data :as data]
            [clojure.edn :as edn]
            [clojure.math :as math]))

(derive ::square ::rect)
(derive ::rect ::shape)

(deftest hierarchies
  (are [form] (true? form)
    (isa? ::square ::rect)
    (isa? ::square ::shape)
    (isa? ::square ::square)
    (isa? [::square 1] [::shape 1]))
  (are [form] (false? form)
    (isa? ::shape ::square)
    (isa? [::square] [::shape 1])
    (isa? 1 2))
  (is (= #{::rect} (parents ::square)))
  (is (= #{::rect ::shape} (ancestors ::square)))
  (is (= #{::rect ::square} (descendants ::shape)))
  (is (nil? (parents ::shape)))
  (is (thrown? Exception (derive ::shape ::square)))
  (let [h (-> (make-hierarchy) (derive :a :b) (derive :b :c))]
    (is (isa? h :a :c))
    (is (not (isa? :a :c)))
    (is (not (isa? (underive h :b :c) :a :c)))
    (is (isa? (underive h :b :c) :a :b))))

(defmulti describe identity)
(defmethod describe ::shape [_] :shape)
(defmethod describe :default [_] :other)
(defmulti pick (fn [x] x))
(derive ::both ::left)
(derive ::both ::right)
(defmethod pick ::left [_] :left)
(defmethod pick ::right [_] :right)

(deftest methods-by-hierarchy
  (is (= :shape (describe ::square)))
  (is (= :other (describe 5)))
  (is (thrown? Exception (pick ::both)))
  (prefer-method pick ::left ::right)
  (is (= :left (pick ::both)))
  (is (= :shape ((get-method describe ::square) 1)))
  (remove-method describe ::shape)
  (is (= :other (describe ::square))))

(defprotocol Shape
  "Things with an area."
  (area [this] "The area.")
  (scale [this k] [this k l]))

(defrecord Square [side]
  Shape
  (area [_] (* side side))
  (scale [this k] (assoc this :side (* side k)))
  (scale [this k l] (assoc this :side (* side k l))))
(defrecord Circle [r])
(extend-type Circle
  Shape
  (area [this] (* 3 (:r this) (:r this))))
(extend-protocol Shape
  nil
  (area [_] 0)
  String
  (area [s] (count s))
  Number
  (area [n] n))

(deftest protocols-and-records
  (are [form value] (= form value)
    (area (->Square 3)) 9
    (area (scale (->Square 2) 3)) 36
    (:side (scale (->Square 2) 3 2)) 12
    (area (map->Square {:side 4})) 16
    (area (->Circle 2)) 12
    (area nil) 0
    (area "four") 4
    (area 7) 7
    (area 7.5) 7.5
    (:side (->Square 3)) 3
    (:side (assoc (->Square 3) :side 4)) 4
    (:other (map->Square {:side 1 :other 2})) 2
    (satisfies? Shape (->Square 1)) true
    (satisfies? Shape "x") true
    (satisfies? Shape :x) false
    (instance? Square (->Square 1)) true
    (instance? Square {:side 1}) false
    (record? (->Square 1)) true
    (record? {}) false
    (map? (->Square 1)) true
    (keys (->Square 1)) [:side]
    (= (->Square 1) (->Square 1)) true
    (= (->Square 1) (->Square 2)) false
    (area (reify Shape (area [_] 42))) 42
    (let [k 5] (area (reify Shape (area [_] k)))) 5)
  (is (thrown? Exception (area :x)))
  (is (thrown? Exception (scale "x" 1))))

(deftest differences
  (are [a b value] (= (data/diff a b) value)
    1 1 [nil nil 1]
    1 2 [1 2 nil]
    {:a 1 :b 2} {:a 1 :b 3} [{:b 2} {:b 3} {:a 1}]
    {:a 1} {:b 1} [{:a 1} {:b 1} nil]
    {:a {:b 1 :c 2}} {:a {:b 1}} [{:a {:c 2}} nil {:a {:b 1}}]
    #{1 2} #{2 3} [#{1} #{3} #{2}]
    [1 2 3] [1 5 3] [[nil 2] [nil 5] [1 nil 3]]
    [1] [1 2] [nil [nil 2] [1]]))

(deftest edn
  (is (= {:a [1 2 #{3}]} (edn/read-string "{:a [1 2 #{3}]}")))
  (is (nil? (edn/read-string "")))
  (is (= :end (edn/read-string {:eof :end} ""))))

(deftest transients
  (is (= [1 2] (persistent! (conj! (transient [1]) 2))))
  (is (= {:a 1} (persistent! (assoc! (transient {}) :a 1))))
  (is (= #{1} (persistent! (disj! (transient #{1 2}) 2))))
  (is (= "1-2" (with-out-str (printf "%d-%d" 1 2))))
  (is (< 3.14 math/PI 3.15))
  (is (< 2.71 math/E 2.72)))

(def swapped 1)

(deftest odds-and-ends
  (are [form value] (= form value)
    (unchecked-inc 9223372036854775807) -9223372036854775808
    (unchecked-dec -9223372036854775808) 9223372036854775807
    (unchecked-negate -9223372036854775808) -9223372036854775808
    (unchecked-add-int 2147483647 1) -2147483648
    (unchecked-multiply-int 65536 65536) 0
    (unchecked-byte 200) -56
    (unchecked-int 4294967297) 1
    (unchecked-long 1.9) 1
    (special-symbol? 'if) true
    (special-symbol? 'when) false
    (locking 1 2) 2
    (io! 3) 3
    (find-keyword "a") :a
    (with-redefs-fn {#'swapped 5} (fn [] swapped)) 5
    (seq (iteration (fn [k] {:v k :next (if (< k 2) (inc k) nil)}) :initk 0 :vf :v :kf :next)) [0 1 2]
    (contains? (ns-interns 'lisp.types) 'swapped) true
    (contains? (ns-aliases 'lisp.types) 'data) true)
  (is (= 1 swapped)))

(defrecord Money [amount])
(defrecord Box [content])

(deftest printing-by-methods
  (defmethod print-method Money [money writer] (.write writer (str "$" (:amount money))))
  (defmethod print-method Box [box writer]
    (.write writer "<")
    (print-method (:content box) writer)
    (.write writer ">"))
  (let [five (->Money 5)]
    (are [text x] (= text (pr-str x))
      "$5" five
      "[$5 {:a $5} \"$5\"]" [five {:a five} "$5"]
      "($6 #{$5})" (list (->Money 6) #{five})
      "($1 $2)" (map ->Money [1 2])
      "<[$5 \"s\" <nil>]>" (->Box [five "s" (->Box nil)])
      "{$5 [1 \\a 2.0 nil :k sym]}" {five [1 \a 2.0 nil :k 'sym]})
    (is (= "$5 \"x\"\n" (prn-str five "x")))
    (is (= "$5 x [s $5]\n" (with-out-str (println five "x" ["s" five]))))
    (is (= "" (pr-str)))
    (is (= "($0 $1 ...)" (binding [*print-length* 2] (pr-str (map ->Money (range))))))
    (is (= "[$5 #]" (binding [*print-level* 1] (pr-str [five [five]])))))
  (remove-method print-method Money)
  (is (= "<{:amount 5}>" (clojure.string/replace (pr-str (->Box (->Money 5))) #"#lisp.types.Money" "")))
  (remove-method print-method Box)
  (is (= "[1 \"a\"]" (pr-str [1 "a"]))))

(defrecord Made [a b])

(deftest records-by-their-class
  (is (= (->Made 1 2) (Made. 1 2)))
  (is (= 1 (:a (new Made 1 2))))
  (is (instance? Made (Made. 1 2))))

(deftest data-is-no-code
  (is (= {:a [1 #{2}] 'b "x"} (edn/read-string "{:a [1 #{2}] b \"x\"}")))
  (are [text] (thrown? Exception (edn/read-string text))
    "@a" "#(a)" "#\"a\"" "::a" "[1 ~a]" "`a"))
