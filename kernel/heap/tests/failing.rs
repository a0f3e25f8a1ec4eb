//! Every operation that allocates, with allocation failing at each of its points in turn: the heap is in order,
//! old values are what they were, atoms hold what they held, and once there is room the operation works.

mod common;

use common::heap;
use halt_heap::{Abort, OutOfMemory, Scope, Value};
use std::cmp::Ordering;

const VECTOR: usize = 0;
const VECTOR_2: usize = 1;
const MAP: usize = 2;
const MAP_2: usize = 3;
const SET: usize = 4;
const SET_2: usize = 5;
const SORTED_MAP: usize = 6;
const SORTED_SET: usize = 7;
const LIST: usize = 8;
const RECORD: usize = 9;
const TEXT: usize = 10;
const ATOM: usize = 11;
const ATOM_2: usize = 12;
const CELL: usize = 13;

/// A key that is boxed, collides or neither.
fn key(s: Scope<'_>, n: i64) -> Result<Value<'_>, OutOfMemory> {
    match n % 3 {
        0 => s.int(n),
        1 => s.int(common::colliding_int(77, n as u32)),
        _ => s.string(&n.to_string()),
    }
}

/// The values that operations work on; the same ones each time.
fn values(s: Scope<'_>) -> Result<Vec<Value<'_>>, OutOfMemory> {
    let keys = |from, to| (from..to).map(|n| key(s, n)).collect::<Result<Vec<_>, _>>();
    let vector = s.vector(&keys(0, 120)?)?;
    let entries: Vec<_> = keys(0, 90)?.into_iter().zip(keys(5, 95)?).collect();
    let entries_2: Vec<_> = keys(40, 130)?.into_iter().zip(keys(7, 97)?).collect();
    let ints = (0..200).map(|n| s.int(2 * n)).collect::<Result<Vec<_>, _>>()?;
    let pairs: Vec<_> = ints.iter().map(|n| [*n, vector]).collect();
    Ok(vec![
        vector,
        s.vector(&keys(100, 190)?)?,
        s.map(&entries)?,
        s.map(&entries_2)?,
        s.set(&keys(0, 90)?)?,
        s.set(&keys(40, 130)?)?,
        s.sorted_map_in_order(Value::NIL, &pairs)?,
        s.sorted_set_in_order(Value::NIL, &ints)?,
        s.list(&keys(0, 20)?)?,
        s.record(5, &keys(0, 5)?, &[1, 2, 3])?,
        s.string(&"text ".repeat(100))?,
        s.atom(vector)?,
        s.atom(s.map(&entries)?)?,
        s.cell(Value::UNBOUND)?,
    ])
}

fn natural<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>) -> Result<Ordering, OutOfMemory> {
    Ok(s.compare(a, b).unwrap())
}

type Operation = for<'s> fn(Scope<'s>, &[Value<'s>]) -> Result<(), OutOfMemory>;

/// Collections and other values.
const MAKING: &[(&str, Operation)] = &[
    ("values", |s, _| values(s).map(drop)),
    ("int", |s, _| s.int(i64::MAX).map(drop)),
    ("float", |s, _| s.float(f64::MIN_POSITIVE / 8.0).map(drop)),
    ("string", |s, _| s.string("long enough not to be immediate").map(drop)),
    ("a large string", |s, _| s.string(&"x".repeat(100_000)).map(drop)),
    ("bytes", |s, _| s.bytes(&[7; 100]).map(drop)),
    ("record", |s, v| s.record(1, v, &[1]).map(drop)),
    ("a large record", |s, v| s.record(1, &[s.pair(v[LIST], v[LIST])?; 5_000], &[]).map(drop)),
    ("pair", |s, v| s.pair(v[MAP], v[LIST]).map(drop)),
    ("with_meta", |s, v| s.with_meta(v[VECTOR], v[MAP]).map(drop)),
    ("vector_push", |s, v| s.vector_push(v[VECTOR], v[MAP]).map(drop)),
    ("vector_push, often", |s, v| {
        (0..70).try_fold(v[VECTOR], |vector, _| s.vector_push(vector, v[MAP])).map(drop)
    }),
    ("vector_pop", |s, v| s.vector_pop(v[VECTOR]).map(drop)),
    ("vector_assoc", |s, v| s.vector_assoc(v[VECTOR], 50, v[MAP]).map(drop)),
    ("vector_slice", |s, v| s.vector_slice(v[VECTOR], 10, 100).map(drop)),
    ("vector_concat", |s, v| s.vector_concat(v[VECTOR], v[VECTOR_2]).map(drop)),
    ("map_assoc", |s, v| s.map_assoc(v[MAP], key(s, 1_000)?, v[LIST]).map(drop)),
    ("map_assoc, replacing", |s, v| s.map_assoc(v[MAP], key(s, 7)?, v[LIST]).map(drop)),
    ("map_dissoc", |s, v| s.map_dissoc(v[MAP], key(s, 7)?).map(drop)),
    ("map_merge", |s, v| s.map_merge(v[MAP], v[MAP_2]).map(drop)),
    ("set_conj", |s, v| s.set_conj(v[SET], key(s, 1_000)?).map(drop)),
    ("set_disj", |s, v| s.set_disj(v[SET], key(s, 7)?).map(drop)),
    ("set_union", |s, v| s.set_union(v[SET], v[SET_2]).map(drop)),
    ("set_intersection", |s, v| s.set_intersection(v[SET], v[SET_2]).map(drop)),
    ("set_difference", |s, v| s.set_difference(v[SET], v[SET_2]).map(drop)),
    ("sorted_map_assoc", |s, v| {
        s.sorted_map_assoc(v[SORTED_MAP], s.int(33)?, v[MAP], |a, b| natural(s, a, b)).map(drop)
    }),
    ("sorted_map_dissoc", |s, v| {
        s.sorted_map_dissoc(v[SORTED_MAP], s.int(34)?, |a, b| natural(s, a, b)).map(drop)
    }),
    ("sorted_set_conj", |s, v| {
        s.sorted_set_conj(v[SORTED_SET], s.int(33)?, |a, b| natural(s, a, b)).map(drop)
    }),
    ("sorted_set_disj", |s, v| {
        s.sorted_set_disj(v[SORTED_SET], s.int(34)?, |a, b| natural(s, a, b)).map(drop)
    }),
    ("sorted_remove_at", |s, v| s.sorted_remove_at(v[SORTED_SET], 50).map(drop)),
];

/// What publishes, and what changes atoms and cells.
const SHARING: &[(&str, Operation)] = &[
    ("publish", |s, v| s.publish(s.record(1, v, &[])?).map(drop)),
    ("atom", |s, v| s.atom(s.record(1, v, &[])?).map(drop)),
    ("atom_store", |s, v| s.atom_store(v[ATOM], s.record(1, &v[..ATOM], &[])?)),
    ("atom_compare_and_set", |s, v| {
        let new = s.vector_push(v[VECTOR], v[MAP])?;
        s.atom_compare_and_set(v[ATOM], s.atom_load(v[ATOM]), new).map(|stored| assert!(stored))
    }),
    ("atom_swap", |s, v| s.atom_swap(v[ATOM], |old| s.vector_push(old, v[RECORD])).map(drop)),
    ("atom_swap_validated", |s, v| {
        let next = |old| s.vector_push(old, v[RECORD]);
        s.atom_swap_validated(v[ATOM], next, |new| s.vector_push(new, new).map(drop), |_, _| ()).map(drop)
    }),
    ("atom_set_info", |s, v| s.atom_set_info(v[ATOM], s.pair(v[TEXT], v[LIST])?)),
    ("transact", |s, v| {
        let result = s.transact(|t| {
            let (vector, map) = (t.load(v[ATOM])?, t.load(v[ATOM_2])?);
            t.store(v[ATOM], s.vector_push(vector, map)?)?;
            t.store(v[ATOM_2], s.map_assoc(map, vector, v[RECORD])?)
        });
        result.map_err(|abort| {
            assert!(matches!(abort, Abort::OutOfMemory), "{abort:?}");
            OutOfMemory
        })
    }),
    ("cell", |s, v| s.cell(v[MAP]).map(drop)),
    ("cell_set", |s, v| {
        let shared = s.open(&s.publish(v[CELL])?);
        s.cell_set(shared, Value::UNBOUND, s.pair(v[TEXT], v[LIST])?).map(drop)
    }),
];

/// Panics unless the values are the ones that `values` makes.
fn check<'s>(s: Scope<'s>, values: &[Value<'s>], expected: &[Value<'s>]) {
    for (index, (value, expected)) in values.iter().zip(expected).enumerate() {
        match index {
            ATOM | ATOM_2 => {
                assert!(s.equal(s.atom_load(*value), s.atom_load(*expected)), "an atom has changed");
                assert!(s.atom_info(*value).is_nil(), "an atom's info has changed");
            }
            CELL => assert!(s.cell_get(*value).is_identical(Value::UNBOUND), "a cell has changed"),
            _ => assert!(s.equal(*value, *expected), "value {index} has changed"),
        }
    }
}

/// Returns at how many points the operation failed before it worked.
fn failures(name: &str, operation: Operation, is_shared: bool) -> u64 {
    let heap = heap(4);
    let mut mutator = heap.mutator();
    for count in 0.. {
        let made = mutator.enter(|s| {
            s.root_resize(0);
            let values = values(s).unwrap();
            values.iter().for_each(|value| s.root_push(*value));
            is_shared.then(|| s.publish(s.record(0, &values, &[]).unwrap()).unwrap())
        });
        mutator.fail_allocation_after(Some(count));
        let result = mutator.enter(|s| {
            let values: Vec<_> = (0..s.root_count()).map(|index| s.root_get(index)).collect();
            operation(s, &values)
        });
        mutator.fail_allocation_after(None);
        heap.verify().unwrap_or_else(|error| panic!("{name}, after {count} allocations: {error}"));
        if result.is_ok() {
            return count;
        }
        mutator.enter(|s| {
            let expected = values(s).unwrap();
            let roots: Vec<_> = (0..s.root_count()).map(|index| s.root_get(index)).collect();
            check(s, &roots, &expected);
            if let Some(made) = &made {
                check(s, s.record_values(s.open(made)), &expected);
            }
        });
        mutator.collect_young();
        assert!(heap.collect());
        heap.verify().unwrap_or_else(|error| panic!("{name}, {count}, after a collection: {error}"));
    }
    unreachable!("some count is enough");
}

fn check_all(operations: &[(&str, Operation)]) {
    for (name, operation) in operations {
        for is_shared in [false, true] {
            let failures = failures(name, *operation, is_shared);
            assert!(failures > 0, "{name} allocates nothing");
        }
    }
}

#[test]
fn operations_that_make_values_fail_without_a_trace() {
    check_all(MAKING);
}

#[test]
fn operations_that_share_values_fail_without_a_trace() {
    check_all(SHARING);
}
