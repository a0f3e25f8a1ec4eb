//! Allocation of small objects beside what the memory takes.
//!
//! Enter at [`contest`]. Both write the same number of bytes; `memset` writes them over and over into a buffer that no
//! cache holds, and into one as large as a nursery.

use crate::Plan;
use crate::clock::process_ns;
use crate::contest::{Contest, Turn};
use crate::ours::heap;
use halt_heap::Value;
use std::hint::black_box;

/// A header, and a record of three words.
const NODE_BYTES: u64 = 32;
const NODES_IN_A_SCOPE: u64 = 10_000;

/// Bytes for each nanosecond: gigabytes a second.
fn rate(bytes: u64, work: impl FnOnce()) -> Turn {
    let start = process_ns();
    work();
    Turn { value: bytes as f64 / (process_ns() - start).max(1) as f64, check: bytes }
}

fn memset(buffer_bytes: u64, bytes: u64) -> impl FnMut() -> Turn + 'static {
    let mut buffer = vec![1u8; buffer_bytes as usize];
    let mut byte = 0;
    move || {
        rate(bytes, || {
            for _ in 0..bytes / buffer_bytes {
                byte = (byte + 1) & 0x7F;
                black_box(&mut buffer[..]).fill(byte);
            }
        })
    }
}

/// The contest of `alloc`.
pub(crate) fn contest(plan: &Plan) -> Contest {
    let buffer_bytes = plan.scaled(64 << 20).next_power_of_two();
    let bytes = 64 * buffer_bytes;
    let mut mutator = heap().mutator();
    let ours = move || {
        rate(bytes, || {
            for _ in 0..bytes / NODE_BYTES / NODES_IN_A_SCOPE {
                mutator.enter(|s| {
                    for n in 0..NODES_IN_A_SCOPE {
                        black_box(s.record(1, &[Value::NIL], &[n]).expect("room"));
                    }
                });
            }
        })
    };
    Contest::new(ours).and("memset", memset(buffer_bytes, bytes))
}
