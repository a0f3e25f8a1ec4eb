;; What the suite `lisp` measures: the same text in HALT and in Clojure, and the model of the programs in the other languages.
;; Each entry of `programs` is [prepare work check]: the work, on what was prepared for a size, is timed; the check of its result, a number,
;; is the same in every language.
(require '[clojure.string])

(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))

(defn tak [x y z]
  (if (< y x)
    (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y))
    z))

(defn sum [n] (loop [i 0 total 0] (if (< i n) (recur (+ i 1) (+ total i)) total)))

(defn point [cr ci]
  (loop [zr 0.0 zi 0.0 i 0]
    (let [r2 (* zr zr) i2 (* zi zi)]
      (if (and (< i 50) (<= (+ r2 i2) 4.0))
        (recur (+ (- r2 i2) cr) (+ (* 2.0 (* zr zi)) ci) (+ i 1))
        i))))

(defn mandelbrot [n]
  (let [step (/ 3.0 n)]
    (loop [y 0 total 0]
      (if (< y n)
        (recur (+ y 1)
               (loop [x 0 total total]
                 (if (< x n)
                   (recur (+ x 1) (+ total (point (- (* x step) 2.0) (- (* y step) 1.5))))
                   total)))
        total))))

(defn safe? [column distance placed]
  (if (nil? placed)
    true
    (let [other (first placed)]
      (if (or (= other column) (= other (+ column distance)) (= other (- column distance)))
        false
        (recur column (+ distance 1) (next placed))))))

(defn queens [n row placed]
  (if (= row n)
    1
    (loop [column 0 found 0]
      (if (< column n)
        (recur (+ column 1)
               (if (safe? column 1 placed) (+ found (queens n (+ row 1) (cons column placed))) found))
        found))))

(defn text [n] (clojure.string/join "," (map (fn [i] (str "key-" i "=" (* i i))) (range n))))

(defn hof [n] (reduce + 0 (filter even? (map inc (range n)))))

;; A vector of numbers that look random, below 2^31.
(defn numbers [n]
  (loop [i 0 x 42 v []] (if (< i n) (recur (+ i 1) (rem (* x 16807) 2147483647) (conj v x)) v)))

(defn filled-vector [n] (loop [i 0 v []] (if (< i n) (recur (+ i 1) (conj v i)) v)))

(defn key-of [i] (rem (* i 7919) 1000003))
(defn filled-map [n] (loop [i 0 m {}] (if (< i n) (recur (+ i 1) (assoc m (key-of i) i)) m)))
(defn look-up [m n] (loop [i 0 total 0] (if (< i n) (recur (+ i 1) (+ total (get m (key-of i)))) total)))

(def counter (atom 0))
(defn swap-many [n] (dotimes [_ n] (swap! counter inc)))

(def programs
  {"fib" [identity fib identity]
   "tak" [identity (fn [n] (tak n (- n 6) (- n 12))) identity]
   "sum" [identity sum identity]
   "mandelbrot" [identity mandelbrot identity]
   "queens" [identity (fn [n] (queens n 0 nil)) identity]
   "string" [identity text count]
   "hof" [identity hof identity]
   "sort" [numbers sort (fn [sorted] (+ (first sorted) (* 3 (nth sorted (quot (count sorted) 2)))))]
   "vector" [identity filled-vector (fn [v] (+ (count v) (peek v)))]
   "map" [identity (fn [n] (look-up (filled-map n) n)) identity]})
