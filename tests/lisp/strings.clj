;; Strings, characters, names, printing, reading.
(ns lisp.strings
  (:require [clojure.test :refer [deftest is are]]
            [clojure.string :as string]))

(deftest text-of-values
  (are [form text] (= form text)
    (str) ""
    (str nil) ""
    (str 1) "1"
    (str "a" nil \b :c 'd 1.5) "ab:cd1.5"
    (str [1 "a" \b nil]) "[1 \"a\" \\b nil]"
    (str {:a "b"}) "{:a \"b\"}"
    (str '(1 2)) "(1 2)"
    (str true) "true"
    (pr-str "a\"b\n") "\"a\\\"b\\n\""
    (pr-str \a \newline \space) "\\a \\newline \\space"
    (pr-str nil) "nil"
    (pr-str) ""
    (pr-str [1 [2]] #{3}) "[1 [2]] #{3}"
    (pr-str {:a 1}) "{:a 1}"
    (pr-str 'a/b :a/b) "a/b :a/b"
    (pr-str (map inc [1 2])) "(2 3)"
    (prn-str 1) "1\n"
    (print-str "a" \b) "a b"
    (println-str "a") "a\n"
    (with-out-str (print "a" "b") (println [1 "c"]) (pr "d") (newline)) "a b[1 c]\n\"d\"\n"
    (with-out-str (prn "x" 'y)) "\"x\" y\n"
    (with-out-str) ""))

(deftest printing-within-limits
  (are [form text] (= form text)
    (binding [*print-length* 3] (pr-str (range))) "(0 1 2 ...)"
    (binding [*print-length* 3] (pr-str [1 2 3 4])) "[1 2 3 ...]"
    (binding [*print-length* 3] (pr-str [1 2 3])) "[1 2 3]"
    (binding [*print-length* 2] (pr-str (iterate (fn [x] (map inc [x x])) 1))) "(1 (2 2) ...)"
    (binding [*print-length* 1] (pr-str [(range)])) "[(0 ...)]"
    (binding [*print-length* 0] (pr-str (range))) "(...)"
    (binding [*print-length* 3] (pr-str (map inc (list 1 2 3)))) "(2 3 4)"
    (binding [*print-level* 2] (pr-str (nth (iterate (fn [x] (map identity [x x])) 1) 3))) "((# #) (# #))"
    (pr-str (for [i (range 3)] (for [j (range i)] (map inc (range j))))) "(() (()) (() (1)))"
    (count (pr-str (vec (map (fn [x] (map inc [x])) (range 20000))))) 148895))

(deftest parts-of-strings
  (are [form value] (= form value)
    (subs "abcdef" 2) "cdef"
    (subs "abcdef" 2 4) "cd"
    (subs "abc" 3) ""
    (count "abc") 3
    (count "äöü") 3
    (subs "äöü" 1 2) "ö"
    (get "abc" 1) \b
    (get "abc" 9) nil
    (nth "abc" 2) \c
    (first "abc") \a
    (apply str (reverse "abc")) "cba"
    (seq "ab") [\a \b]
    (vec "ab") [\a \b]
    (map int "ab") [97 98]
    (contains? "abc" 2) true)
  (is (thrown? IndexOutOfBoundsException (subs "abc" 4)))
  (is (thrown? IndexOutOfBoundsException (subs "abc" 2 1)))
  (is (thrown? Exception (subs 1 1))))

(deftest string-functions
  (are [form value] (= form value)
    (string/join [1 2 3]) "123"
    (string/join ", " [1 "a" :b]) "1, a, :b"
    (string/join "," []) ""
    (string/join \- ["a" "b"]) "a-b"
    (string/trim "  a b \n") "a b"
    (string/triml " a ") "a "
    (string/trimr " a ") " a"
    (string/trim-newline "a\n\n") "a"
    (string/upper-case "aBc") "ABC"
    (string/lower-case "aBc") "abc"
    (string/capitalize "aBC") "Abc"
    (string/capitalize "") ""
    (string/reverse "abc") "cba"
    (string/replace "banana" "an" "x") "bxxa"
    (string/replace "banana" \a \o) "bonono"
    (string/replace-first "banana" "an" "x") "bxana"
    (string/includes? "banana" "nan") true
    (string/includes? "banana" "x") false
    (string/starts-with? "banana" "ba") true
    (string/ends-with? "banana" "na") true
    (string/blank? " \n") true
    (string/blank? nil) true
    (string/blank? "a") false
    (string/index-of "banana" "an") 1
    (string/index-of "banana" "an" 2) 3
    (string/index-of "banana" \n) 2
    (string/index-of "banana" "x") nil
    (string/last-index-of "banana" "an") 3
    (string/last-index-of "banana" "an" 2) 1
    (string/split-lines "a\nb\r\nc") ["a" "b" "c"]
    (string/escape "a<b" {\< "&lt;"}) "a&lt;b"))

(deftest formatted
  (are [form text] (= form text)
    (format "a%sb" 1) "a1b"
    (format "%s %s" "x" :y) "x :y"
    (format "%d" 42) "42"
    (format "%5d|" 42) "   42|"
    (format "%-5d|" 42) "42   |"
    (format "%05d" 42) "00042"
    (format "%+d" 42) "+42"
    (format "%,d" 1234567) "1,234,567"
    (format "%x %X" 255 255) "ff FF"
    (format "%o" 8) "10"
    (format "%.2f" 3.14159) "3.14"
    (format "%8.3f|" 3.14159) "   3.142|"
    (format "%.0f" 2.5) "3"
    (format "%f" 1.5) "1.500000"
    (format "%e" 12345.678) "1.234568e+04"
    (format "%.1f" -0.25) "-0.3"
    (format "%c%c" \a \b) "ab"
    (format "%b" nil) "false"
    (format "100%%") "100%"
    (format "%10s|%-5s|" "ab" "cd") "        ab|cd   |"
    (format "%2$s %1$s" "a" "b") "b a"
    (format "%.2s" "abc") "ab"
    (format "%s" nil) "null"
    (format "%s" [1 "a"]) "[1 \"a\"]")
  (is (thrown? Exception (format "%d" "x")))
  (is (thrown? Exception (format "%s"))))

(deftest names
  (are [form value] (= form value)
    (name :a) "a"
    (name :a/b) "b"
    (name 'x) "x"
    (name "s") "s"
    (namespace :a/b) "a"
    (namespace :a) nil
    (keyword "a") :a
    (keyword "a" "b") :a/b
    (keyword 'a) :a
    (keyword nil) nil
    (symbol "a") 'a
    (symbol "a" "b") 'a/b
    (symbol :a) 'a
    (= :a (keyword "a")) true
    (symbol? (gensym)) true
    (= (gensym) (gensym)) false
    (char 65) \A
    (int \A) 65)
  (is (thrown? Exception (name 1))))

(deftest reading
  (are [form value] (= form value)
    (read-string "1") 1
    (read-string "[1 {:a \"b\"} #{c}]") [1 {:a "b"} '#{c}]
    (read-string "(+ 1 2)") '(+ 1 2)
    (read-string "'a") '(quote a)
    (read-string "; c\n :a") :a
    (read-string "#_1 2") 2
    (eval (read-string "(+ 1 2)")) 3
    (eval '(let [x 2] (* x x))) 4
    (eval (list '+ 1 2)) 3
    (load-string "(def ls-x 1) (+ ls-x 1)") 2)
  (is (thrown? Exception (read-string "(1 2")))
  (is (thrown? Exception (read-string "}")))
  (is (= '(1 "a" \b :c [d] {:e nil} #{2.5}) (read-string (pr-str '(1 "a" \b :c [d] {:e nil} #{2.5}))))))

(deftest long-strings
  (let [long (reduce str (map (fn [i] (str i ",")) (range 5000)))
        joined (str (string/join "," (range 5000)) ",")
        wide (apply str (repeat 3000 "añ"))]
    (are [form value] (= form value)
      long joined
      (hash long) (hash joined)
      (count long) 23890
      (subs long 0 10) "0,1,2,3,4,"
      (subs long 23880) "4998,4999,"
      (count (subs long 5 20000)) 19995
      (subs (subs long 5 20000) 100 110) (subs joined 105 115)
      (str (subs long 0 9000) (subs long 9000)) joined
      (= long (str joined "x")) false
      (compare long (str joined "x")) -1
      (pos? (compare (str long "b") (str long "a"))) true
      (nth long 23888) \9
      (get long 23890) nil
      (first long) \0
      (last long) \,
      (count (seq long)) 23890
      (apply str (reverse (reverse long))) long
      (string/starts-with? long "0,1,") true
      (string/index-of long "4999") 23885
      (count (string/split long #",")) 5000
      (string/upper-case (subs wide 0 4)) "AÑAÑ"
      (count wide) 6000
      (subs wide 2999 3003) "ñaña"
      (count (str wide wide)) 12000
      (= wide (str (subs wide 0 3001) (subs wide 3001))) true
      (get {long :found} joined) :found
      (contains? #{joined} long) true
      (read-string (pr-str long)) long
      (count (with-out-str (print long))) 23890
      (empty? (subs long 100)) false
      (empty? (subs long 23890)) true
      (keyword (subs long 0 1)) (keyword "0")
      (vec (subs long 0 3)) [\0 \, \1]
      (count (reduce (fn [s i] (str s "ab")) "" (range 20000))) 40000
      (count (reduce (fn [s i] (str "ab" s)) "" (range 20000))) 40000
      (loop [s long n 0] (if (pos? (count s)) (recur (subs s 1) (inc n)) n)) 23890)))

(deftest case-of-anything
  (are [form text] (= form text)
    (string/upper-case :ab) ":AB"
    (string/lower-case 'A/b) "a/b"
    (string/capitalize 12) "12"
    (string/upper-case \a) "A")
  (is (thrown? Exception (string/upper-case nil))))

(deftest general-notation
  (are [pattern x text] (= text (format pattern x))
    "%g" 0.0001234 "0.000123400"
    "%g" 123456.0 "123456"
    "%g" 1234567.0 "1.23457e+06"
    "%g" 1.5 "1.50000"
    "%.3g" 1234.5 "1.23e+03"
    "%.3g" 12.0 "12.0"
    "%g" 0.0 "0.00000"
    "%g" 0.00001 "1.00000e-05"
    "%10.2g" 1.0 "       1.0"))
