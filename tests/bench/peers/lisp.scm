;; A peer: Guile 3. Reads lines "NAME SIZE TIMES", answers each with "MILLISECONDS CHECK".
(use-modules (srfi srfi-1) (ice-9 rdelim))

(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))

(define (tak x y z)
  (if (< y x)
      (tak (tak (- x 1) y z) (tak (- y 1) z x) (tak (- z 1) x y))
      z))

(define (sum n) (let loop ((i 0) (total 0)) (if (< i n) (loop (+ i 1) (+ total i)) total)))

(define (point cr ci)
  (let loop ((zr 0.0) (zi 0.0) (i 0))
    (let ((r2 (* zr zr)) (i2 (* zi zi)))
      (if (and (< i 50) (<= (+ r2 i2) 4.0))
          (loop (+ (- r2 i2) cr) (+ (* 2.0 (* zr zi)) ci) (+ i 1))
          i))))

(define (mandelbrot n)
  (let ((step (/ 3.0 n)))
    (let rows ((y 0) (total 0))
      (if (< y n)
          (rows (+ y 1)
                (let columns ((x 0) (total total))
                  (if (< x n)
                      (columns (+ x 1) (+ total (point (- (* x step) 2.0) (- (* y step) 1.5))))
                      total)))
          total))))

(define (safe? column distance placed)
  (if (null? placed)
      #t
      (let ((other (car placed)))
        (if (or (= other column) (= other (+ column distance)) (= other (- column distance)))
            #f
            (safe? column (+ distance 1) (cdr placed))))))

(define (queens n row placed)
  (if (= row n)
      1
      (let loop ((column 0) (found 0))
        (if (< column n)
            (loop (+ column 1)
                  (if (safe? column 1 placed)
                      (+ found (queens n (+ row 1) (cons column placed)))
                      found))
            found))))

(define (text n)
  (string-join
   (map (lambda (i) (string-append "key-" (number->string i) "=" (number->string (* i i)))) (iota n))
   ","))

(define (hof n) (fold + 0 (filter even? (map 1+ (iota n)))))

(define (numbers n)
  (let loop ((i 0) (x 42) (made '()))
    (if (< i n) (loop (+ i 1) (remainder (* x 16807) 2147483647) (cons x made)) (reverse made))))

(define (filled-vector n)
  (let ((v (make-vector n 0)))
    (let loop ((i 0)) (if (< i n) (begin (vector-set! v i i) (loop (+ i 1))) v))))

(define (key-of i) (remainder (* i 7919) 1000003))
(define (filled-map n)
  (let ((m (make-hash-table)))
    (let loop ((i 0)) (if (< i n) (begin (hashv-set! m (key-of i) i) (loop (+ i 1))) m))))
(define (look-up m n)
  (let loop ((i 0) (total 0)) (if (< i n) (loop (+ i 1) (+ total (hashv-ref m (key-of i)))) total)))

(define (same x) x)
(define programs
  `(("fib" ,same ,fib ,same)
    ("tak" ,same ,(lambda (n) (tak n (- n 6) (- n 12))) ,same)
    ("sum" ,same ,sum ,same)
    ("mandelbrot" ,same ,mandelbrot ,same)
    ("queens" ,same ,(lambda (n) (queens n 0 '())) ,same)
    ("string" ,same ,text ,string-length)
    ("hof" ,same ,hof ,same)
    ("sort" ,numbers ,(lambda (l) (sort l <)) ,(lambda (l) (+ (car l) (* 3 (list-ref l (quotient (length l) 2))))))
    ("vector" ,same ,filled-vector ,(lambda (v) (let ((n (vector-length v))) (+ n (vector-ref v (- n 1))))))
    ("map" ,same ,(lambda (n) (look-up (filled-map n) n)) ,same)))

(let serve ((line (read-line)))
  (unless (eof-object? line)
    (let* ((words (string-split line #\space))
           (program (cdr (assoc (car words) programs)))
           (prepared ((first program) (string->number (cadr words))))
           (times (string->number (caddr words))))
      (gc)
      (let* ((start (get-internal-run-time))
             (result (let again ((left times))
                       (let ((result ((second program) prepared)))
                         (if (> left 1) (again (- left 1)) result))))
             (taken (- (get-internal-run-time) start)))
        (display (exact->inexact (/ (* taken 1000) (* times internal-time-units-per-second))))
        (display " ")
        (display ((third program) result))
        (newline)
        (force-output)))
    (serve (read-line))))
