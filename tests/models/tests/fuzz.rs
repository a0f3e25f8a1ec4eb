//! The fuzzer on a few seeds, each the same every time, and on two threads.

use halt_models::fuzz;

#[test]
fn seeds_do_what_the_plain_values_do() {
    let mut total = fuzz::Report::default();
    for seed in 0..300 {
        let bytes = fuzz::bytes(seed, 8_000);
        let heap = fuzz::heap(bytes[0]);
        let report = fuzz::run(&heap, &bytes);
        fuzz::check_empty(&heap);
        total.steps += report.steps;
        total.failures += report.failures;
        total.collections += report.collections;
    }
    println!("{total:?}");
    assert!(total.steps > 100_000 && total.failures > 10 && total.collections > 24, "{total:?}");
}

#[test]
fn two_threads_share_a_heap() {
    for seed in 100..140 {
        let heap = fuzz::heap(seed as u8);
        std::thread::scope(|threads| {
            for thread in 0..2 {
                let heap = heap.clone();
                threads.spawn(move || fuzz::run(&heap, &fuzz::bytes(seed * 2 + thread, 8_000)));
            }
        });
        fuzz::check_empty(&heap);
    }
}
