//! Times small programs: `cargo run --release -p halt-lisp --example bench [FILE...]`.

use halt_heap::{Heap, Region};
use halt_lisp::{Runtime, eval_to_string};

const PROGRAMS: &[(&str, &str)] = &[
    ("fib 32", "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 32)"),
    (
        "tak 18 12 6",
        "(defn tak [x y z] (if (< y x) (tak (tak (dec x) y z) (tak (dec y) z x) (tak (dec z) x y)) z)) (tak 18 12 6)",
    ),
    ("sum 10^8", "(loop [i 0 acc 0] (if (< i 100000000) (recur (inc i) (+ acc i)) acc))"),
    (
        "mandelbrot 200",
        "(defn point [cr ci]
           (loop [zr 0.0 zi 0.0 n 0]
             (let [r2 (* zr zr) i2 (* zi zi)]
               (if (and (< n 50) (<= (+ r2 i2) 4.0))
                 (recur (+ (- r2 i2) cr) (+ (* 2.0 (* zr zi)) ci) (inc n))
                 n))))
         (loop [y 0 total 0]
           (if (< y 200)
             (recur (inc y)
                    (loop [x 0 total total]
                      (if (< x 200)
                        (recur (inc x) (+ total (point (- (* x 0.015) 2.0) (- (* y 0.01) 1.0))))
                        total)))
             total))",
    ),
    ("hof 10^6", "(reduce + 0 (filter even? (map inc (range 1000000))))"),
    ("conj 10^6", "(count (loop [i 0 v []] (if (< i 1000000) (recur (inc i) (conj v i)) v)))"),
    ("assoc 10^6", "(count (loop [i 0 m {}] (if (< i 1000000) (recur (inc i) (assoc m i i)) m)))"),
];

/// CPU seconds of this process (Linux): wall time says little on a busy machine.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn main() {
    let heap = Heap::new(Region::allocate(1 << 30)).expect("a heap");
    let start = cpu_seconds();
    let runtime = Runtime::new(&heap, &[]).expect("a runtime");
    println!("{:20} {:9.2} ms", "start", (cpu_seconds() - start) * 1e3);
    let files: Vec<(String, String)> = std::env::args()
        .skip(1)
        .map(|file| (file.clone(), std::fs::read_to_string(&file).expect("a readable file")))
        .collect();
    let own = PROGRAMS.iter().map(|(name, source)| (name.to_string(), source.to_string()));
    let programs: Vec<_> = if files.is_empty() { own.collect() } else { files };
    for (name, source) in programs {
        let start = cpu_seconds();
        let value = eval_to_string(&runtime, &name, &source, &()).unwrap_or_else(|error| error);
        println!("{name:20} {:9.2} ms  {value}", (cpu_seconds() - start) * 1e3);
    }
}
