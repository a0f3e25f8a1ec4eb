;; Numbers: arithmetic, comparison, bits, conversion.
(ns lisp.numbers
  (:require [clojure.test :refer [deftest is are]]
            [clojure.math :as math]))

(deftest sums-and-products
  (are [form value] (= form value)
    (+) 0
    (+ 1) 1
    (+ 1 2) 3
    (+ 1 2 3 4) 10
    (+ 1 2.5) 3.5
    (*) 1
    (* 2 3 4) 24
    (* 2 0.5) 1.0
    (- 5) -5
    (- 5 3) 2
    (- 10 1 2 3) 4
    (- 0.5) -0.5
    (/ 6 3) 2
    (/ 100 5 2) 10
    (/ 1.0 4) 0.25
    (/ 2.0) 0.5
    (inc 1) 2
    (dec 1) 0
    (inc 1.5) 2.5
    (apply + (range 101)) 5050
    (reduce * (range 1 11)) 3628800))

(deftest division
  (are [form value] (= form value)
    (quot 7 2) 3
    (quot -7 2) -3
    (quot 7 -2) -3
    (quot 7.5 2) 3.0
    (rem 7 2) 1
    (rem -7 2) -1
    (rem 7 -2) 1
    (mod 7 2) 1
    (mod -7 2) 1
    (mod 7 -2) -1
    (mod -7 -2) -1
    (mod 6 3) 0
    (mod 5.5 2) 1.5
    (mod -1 5) 4)
  (is (thrown? ArithmeticException (/ 1 0)))
  (is (thrown? ArithmeticException (quot 1 0)))
  (is (thrown? ArithmeticException (rem 1 0)))
  (is (thrown? ArithmeticException (mod 1 0)))
  (is (= ##Inf (/ 1.0 0.0)))
  (is (NaN? (/ 0.0 0.0))))

(deftest overflow-throws
  (is (thrown? ArithmeticException (+ 9223372036854775807 1)))
  (is (thrown? ArithmeticException (inc 9223372036854775807)))
  (is (thrown? ArithmeticException (dec -9223372036854775808)))
  (is (thrown? ArithmeticException (* 9223372036854775807 2)))
  (is (thrown? ArithmeticException (- -9223372036854775808)))
  (is (= 9223372036854775807 (+ 9223372036854775806 1)))
  (is (= -9223372036854775808 (unchecked-add 9223372036854775807 1))))

(deftest numbers-beyond-the-immediate-ones
  (is (= 4611686018427387904 (* 2 2305843009213693952)))
  (is (= 9223372036854775807 9223372036854775807))
  (is (= {9223372036854775807 1} {9223372036854775807 1}))
  (is (= 1 (get {9223372036854775807 1} 9223372036854775807)))
  (is (= 1e300 (* 1e299 10))))

(deftest order
  (are [form] (true? form)
    (< 1 2)
    (< 1 2 3)
    (<= 1 1 2)
    (> 3 2 1)
    (>= 3 3 1)
    (< 1)
    (< 1 1.5 2)
    (== 1 1.0)
    (== 2 2 2.0)
    (not= 1 1.0)
    (= 1 1)
    (= 1.0 1.0))
  (are [form] (false? form)
    (< 2 1)
    (< 1 3 2)
    (> 1 1)
    (= 1 1.0)
    (= 1 1 2)
    (== 1 2))
  (is (thrown? Exception (< 1 :a)))
  (is (thrown? Exception (+ 1 "2")))
  (is (thrown? Exception (+ nil 1))))

(deftest extremes
  (are [form value] (= form value)
    (max 1 3 2) 3
    (min 1 3 2) 1
    (max 1) 1
    (max 1 2.5) 2.5
    (abs -3) 3
    (abs 3) 3
    (abs -2.5) 2.5
    (max-key count "a" "abc" "ab") "abc"
    (min-key abs -3 2 -1) -1))

(deftest questions
  (are [form] (true? form)
    (zero? 0) (zero? 0.0) (pos? 1) (neg? -1) (even? 0) (even? -2) (odd? 1) (odd? -1)
    (number? 1) (number? 1.5) (int? 1) (integer? 1) (float? 1.5) (double? 1.5)
    (nat-int? 0) (pos-int? 1) (neg-int? -1) (NaN? ##NaN) (infinite? ##-Inf) (rational? 1))
  (are [form] (false? form)
    (zero? 1) (pos? 0) (neg? 0) (even? 1) (odd? 2) (number? "1") (int? 1.0) (float? 1)
    (nat-int? -1) (pos-int? 0) (neg-int? 0) (infinite? 1.0) (ratio? 1))
  (is (thrown? Exception (even? 1.5)))
  (is (thrown? Exception (zero? nil))))

(deftest bits
  (are [form value] (= form value)
    (bit-and 12 10) 8
    (bit-or 12 10) 14
    (bit-xor 12 10) 6
    (bit-and-not 12 10) 4
    (bit-not 0) -1
    (bit-shift-left 1 10) 1024
    (bit-shift-right -8 1) -4
    (unsigned-bit-shift-right -1 60) 15
    (bit-set 0 3) 8
    (bit-clear 15 0) 14
    (bit-flip 5 1) 7
    (bit-test 4 2) true
    (bit-test 4 1) false
    (bit-and 7 6 4) 4))

(deftest conversions
  (are [form value] (= form value)
    (int 3.7) 3
    (int -3.7) -3
    (int \A) 65
    (long 2.0) 2
    (double 1) 1.0
    (char 97) \a
    (parse-long "42") 42
    (parse-long "-7") -7
    (parse-long "x") nil
    (parse-double "1.5") 1.5
    (parse-double "nope") nil
    (parse-boolean "true") true
    (parse-boolean "x") nil)
  (is (thrown? Exception (long "x"))))

(deftest printed-forms
  (are [form text] (= (pr-str form) text)
    1 "1"
    -7 "-7"
    1.0 "1.0"
    0.1 "0.1"
    100.0 "100.0"
    1e7 "1.0E7"
    1.5e-5 "1.5E-5"
    ##Inf "##Inf"
    0xFF "255"
    2r101 "5"
    017 "15")
  (is (= "1.5" (str 1.5)))
  (is (= "Infinity" (str ##Inf))))

(deftest mathematics
  (are [form value] (= form value)
    (math/sqrt 16) 4.0
    (math/pow 2 10) 1024.0
    (math/floor 1.7) 1.0
    (math/ceil 1.2) 2.0
    (math/round 2.5) 3
    (math/round -2.5) -2
    (math/signum -3.0) -1.0
    (math/floor-div -7 2) -4
    (math/floor-mod -7 2) 1
    (math/floor-div 7 -2) -4
    (math/floor-mod 7 -2) -1
    (math/hypot 3 4) 5.0
    (math/sin 0) 0.0
    (math/cos 0) 1.0
    (math/log 1) 0.0
    (math/exp 0) 1.0))

(deftest smallest-doubles
  (are [text x] (= text (str x))
    "4.9E-324" 4.9E-324
    "2.0E-5" 2.0E-5))

(deftest sums-of-many
  (let [a 1 b 2.5 c 3N d 1/2 log (atom [])
        noted (fn [x] (swap! log conj x) x)]
    (are [form value] (= form value)
      (+ a b c) 6.5
      (+ a c d a) 11/2
      (- a c d) -5/2
      (- a b a b) -5.0
      (* a c d 4) 6N
      (* 2.0 b b) 12.5
      (+ 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25) 325
      (- 100 1 2 3 4 5 6 7 8 9 10 11 12 13) 9
      (+ (noted 1) (noted 2) (noted 3) (noted 4)) 10
      @log [1 2 3 4]))
  (is (thrown? ClassCastException (+ 1 2 "3")))
  (is (thrown? ArithmeticException (* 4611686018427387904 2 2))))
