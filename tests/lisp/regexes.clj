;; Regular expressions.
(ns lisp.regexes
  (:require [clojure.test :refer [deftest is are]]
            [clojure.string :as string]))

(deftest finding
  (are [form value] (= form value)
    (re-find #"\d+" "abc 123 def 45") "123"
    (re-find #"x" "abc") nil
    (re-find #"(\w)(\d)?" "a") ["a" "a" nil]
    (re-find #"(\w+)@(\w+)" "me@host") ["me@host" "me" "host"]
    (re-matches #"\d+" "123") "123"
    (re-matches #"\d+" "123a") nil
    (re-matches #"a|ab" "ab") "ab"
    (re-matches #"(\d+)-(\d+)" "1-22") ["1-22" "1" "22"]
    (re-seq #"\d" "1a2b3") ["1" "2" "3"]
    (re-seq #"(\w)=(\d)" "a=1 b=2") [["a=1" "a" "1"] ["b=2" "b" "2"]]
    (re-seq #"x" "abc") nil
    (re-seq #"a*" "baac") ["" "aa" "" ""]
    (re-find (re-pattern "b+") "abbb") "bbb"
    (re-find #"(?i)HELLO" "say hello") "hello"
    (re-find #"(?:ab){2}" "ababab") "abab"
    (re-find #"a{2,3}?" "aaaa") "aa"
    (re-find #"[^\s,]+" "  one,two") "one"
    (re-find #"^\s*$" "") ""
    (re-find #"(?m)^b" "a\nb") "b"
    (re-find #"\"(.*?)\"" "say \"hi\" or \"ho\"") ["\"hi\"" "hi"]
    (re-find #"\bcat\b" "concat cat") "cat"
    (str #"a\d\"") "a\\d\\\""
    (pr-str #"a\d") "#\"a\\d\"")
  (is (thrown? Exception (re-pattern "(")))
  (is (thrown? Exception (re-find "x" "abc"))))

(deftest in-strings
  (are [form value] (= form value)
    (string/split "a,b,,c,," #",") ["a" "b" "" "c"]
    (string/split "a,b,,c,," #"," -1) ["a" "b" "" "c" "" ""]
    (string/split "a,b,c" #"," 2) ["a" "b,c"]
    (string/split "" #",") [""]
    (string/split "abc" #"") ["a" "b" "c"]
    (string/split "a1b22c" #"\d+") ["a" "b" "c"]
    (string/split "  a  b " #"\s+") ["" "a" "b"]
    (string/split "abc" #"x") ["abc"]
    (string/split "," #",") []
    (string/replace "a1b2" #"\d" "#") "a#b#"
    (string/replace "john smith" #"(\w+) (\w+)" "$2 $1") "smith john"
    (string/replace "a.b" #"\." (string/re-quote-replacement "$")) "a$b"
    (string/replace "hello" #"[aeiou]" string/upper-case) "hEllO"
    (string/replace "a1b2" #"([a-z])(\d)" (fn [[_ l d]] (str d l))) "1a2b"
    (string/replace-first "a1b2" #"\d" "#") "a#b2"
    (string/replace "abc" #"x*" "-") "-a-b-c-")
  (is (thrown? Exception (string/replace "a" #"a" "$1"))))
