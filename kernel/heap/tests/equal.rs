//! Equality and hash: against a plain model of values, for depths and shares that no recursion survives, and
//! where keys collide.

mod common;

use common::{Random, colliding_int, in_scope};
use halt_heap::{Scope, Value};

fn int<'s>(s: Scope<'s>, n: i64) -> Value<'s> {
    s.int(n).unwrap()
}

#[track_caller]
fn check<'s>(s: Scope<'s>, a: Value<'s>, b: Value<'s>, expected: bool) {
    assert_eq!(s.equal(a, b), expected);
    assert_eq!(s.equal(b, a), expected);
    if expected {
        assert_eq!(s.hash(a), s.hash(b));
    }
}

/// A value as plain data. Collections are sorted and free of duplicates, so derived equality is by value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Plain {
    Nil,
    Int(i64),
    Half(i64),
    Text(String),
    Sequence(Vec<Plain>),
    Map(std::collections::BTreeMap<Plain, Plain>),
    Set(std::collections::BTreeSet<Plain>),
    Record(u16, Vec<Plain>, u64),
}

fn random_plain(random: &mut Random, depth: usize) -> Plain {
    let count = random.below(4);
    match random.below(if depth == 0 { 4 } else { 9 }) {
        0 => Plain::Nil,
        // Few numbers, so that equal values are common; some have one hash, some are boxed.
        1 => Plain::Int(colliding_int(5, random.below(4) as u32)),
        2 => Plain::Half(random.below(4) as i64),
        3 => Plain::Text("\u{e9}x".repeat(random.below(5))),
        4 => Plain::Record(random.below(2) as u16, many(random, depth, count).collect(), 7),
        5 => Plain::Map((0..count).map(|_| (random_plain(random, depth - 1), Plain::Nil)).collect()),
        6 => Plain::Set(many(random, depth, count).collect()),
        7 => Plain::Map((0..count * 8).map(|n| (Plain::Int(n as i64), random_plain(random, 0))).collect()),
        _ => Plain::Sequence(many(random, depth, count * 12).collect()),
    }
}

fn many(random: &mut Random, depth: usize, count: usize) -> impl Iterator<Item = Plain> + '_ {
    (0..count).map(move |_| random_plain(random, depth - 1))
}

/// Makes the value in one of the many ways.
fn make<'s>(s: Scope<'s>, random: &mut Random, plain: &Plain) -> Value<'s> {
    match plain {
        Plain::Nil => Value::NIL,
        Plain::Int(n) => int(s, *n),
        Plain::Half(n) => {
            s.float(*n as f64 / if *n == 0 && random.below(2) == 0 { -2.0 } else { 2.0 }).unwrap()
        }
        Plain::Text(text) => s.string(text).unwrap(),
        Plain::Record(tag, values, word) => {
            let values: Vec<_> = values.iter().map(|plain| make(s, random, plain)).collect();
            s.record(*tag, &values, &[*word]).unwrap()
        }
        Plain::Sequence(plains) => {
            let values: Vec<_> = plains.iter().map(|plain| make(s, random, plain)).collect();
            match random.below(4) {
                0 => s.vector(&values).unwrap(),
                1 => s.vector(&values).and_then(|vector| s.with_meta(vector, Value::TRUE)).unwrap(),
                2 => s.list(&values).unwrap(),
                _ => {
                    let (front, back) = values.split_at(values.len() / 2);
                    let rest = s.vector(back).unwrap();
                    front.iter().rev().fold(rest, |rest, first| s.pair(*first, rest).unwrap())
                }
            }
        }
        Plain::Set(plains) => {
            let mut values: Vec<_> = plains.iter().map(|plain| make(s, random, plain)).collect();
            if random.below(2) == 0 {
                return s.set(&values).unwrap();
            }
            values.reverse();
            let empty = s.empty_set().unwrap();
            values.iter().fold(empty, |set, value| s.set_conj(set, *value).unwrap())
        }
        Plain::Map(plains) => {
            let mut entries: Vec<_> =
                plains.iter().map(|(k, v)| (make(s, random, k), make(s, random, v))).collect();
            if random.below(2) == 0 {
                return s.map(&entries).unwrap();
            }
            entries.reverse();
            let empty = s.empty_map().unwrap();
            entries.iter().fold(empty, |map, (k, v)| s.map_assoc(map, *k, *v).unwrap())
        }
    }
}

#[test]
fn agrees_with_plain_data() {
    in_scope(|s| {
        let mut random = Random(42);
        let mut equal_count = 0;
        for _ in 0..400 {
            let plain = random_plain(&mut random, 3);
            let (a, b) = (make(s, &mut random, &plain), make(s, &mut random, &plain));
            if random.below(2) == 0 {
                s.hash(a);
            }
            check(s, a, b, true);
        }
        let plains: Vec<_> = (0..200).map(|_| random_plain(&mut random, 2)).collect();
        let values: Vec<_> = plains.iter().map(|plain| make(s, &mut random, plain)).collect();
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate().take(i) {
                check(s, *a, *b, plains[i] == plains[j]);
                equal_count += usize::from(plains[i] == plains[j]);
            }
        }
        assert!(equal_count > 100);
    });
}

#[test]
fn numbers_and_texts() {
    in_scope(|s| {
        let float = |f| s.float(f).unwrap();
        check(s, int(s, 1), float(1.0), false);
        check(s, int(s, i64::MAX), int(s, i64::MAX), true);
        check(s, int(s, i64::MAX), int(s, i64::MIN), false);
        check(s, float(f64::NAN), float(f64::NAN), false);
        let nan = float(f64::NAN);
        check(s, nan, nan, false);
        check(s, float(0.0), float(-0.0), true);
        check(s, float(1e300), float(1e300), true);
        let text = |text| s.string(text).unwrap();
        check(s, text("12345678"), text("12345678"), true);
        check(s, text("12345678"), text("12345678\0"), false);
        check(s, text(""), s.bytes(b"").unwrap(), false);
        check(s, s.bytes(b"ab\0").unwrap(), s.bytes(b"ab\0").unwrap(), true);
        assert_eq!(s.as_str(text("caf\u{e9} \u{1F600}")), Some("caf\u{e9} \u{1F600}"));
        assert_eq!(s.as_bytes(s.bytes(b"\xFF\x00").unwrap()), Some(&b"\xFF\x00"[..]));
        check(s, s.keyword("a"), s.symbol("a"), false);
        check(s, Value::NIL, Value::EMPTY_LIST, false);
        check(s, s.vector(&[]).unwrap(), Value::EMPTY_LIST, true);
        check(s, s.empty_map().unwrap(), s.empty_set().unwrap(), false);
        check(s, s.empty_map().unwrap(), s.vector(&[]).unwrap(), false);
        let atom = s.atom(Value::NIL).unwrap();
        check(s, atom, atom, true);
        check(s, atom, s.atom(Value::NIL).unwrap(), false);
    });
}

#[test]
fn lists_that_end_in_another_sequence() {
    in_scope(|s| {
        let one_two = s.vector(&[int(s, 1), int(s, 2)]).unwrap();
        let two = s.vector(&[int(s, 2)]).unwrap();
        check(s, s.pair(int(s, 1), two).unwrap(), one_two, true);
        check(s, s.pair(int(s, 1), two).unwrap(), s.list(&[int(s, 1), int(s, 2)]).unwrap(), true);
        check(s, s.pair(int(s, 1), Value::NIL).unwrap(), s.list(&[int(s, 1)]).unwrap(), true);
        let opaque = || s.pair(int(s, 1), s.record(9, &[two], &[]).unwrap()).unwrap();
        check(s, opaque(), opaque(), true);
        check(s, opaque(), s.vector(&[int(s, 1)]).unwrap(), false);
        check(s, opaque(), s.list(&[int(s, 1)]).unwrap(), false);
        assert_eq!(s.list_count(opaque()), None);
        assert_eq!(s.list_count(s.list(&[two, two]).unwrap()), Some(2));
    });
}

/// A chain of one kind of collection in another.
fn nest<'s>(
    s: Scope<'s>,
    depth: usize,
    core: i64,
    wrap: impl Fn(Scope<'s>, Value<'s>) -> Value<'s>,
) -> Value<'s> {
    (0..depth).fold(int(s, core), |inner, _| wrap(s, inner))
}

#[test]
fn a_million_levels_need_no_deep_stack() {
    let wraps: [for<'s> fn(Scope<'s>, Value<'s>) -> Value<'s>; 7] = [
        |s, inner| s.pair(inner, Value::EMPTY_LIST).unwrap(),
        |s, inner| s.pair(Value::NIL, inner).unwrap(),
        |s, inner| s.vector(&[inner]).unwrap(),
        |s, inner| s.map(&[(Value::NIL, inner)]).unwrap(),
        |s, inner| s.map(&[(inner, Value::NIL)]).unwrap(),
        |s, inner| s.set(&[inner]).unwrap(),
        |s, inner| s.record(1, &[inner], &[]).unwrap(),
    ];
    for (index, wrap) in wraps.into_iter().enumerate() {
        let depth = if index == 0 { 1_000_000 } else { 30_000 };
        in_scope(|s| {
            let (a, b, c) = (nest(s, depth, 1, wrap), nest(s, depth, 1, wrap), nest(s, depth, 2, wrap));
            check(s, a, b, true);
            check(s, a, c, false);
            check(s, a, nest(s, depth - 1, 1, wrap), false);
        });
    }
}

#[test]
fn searches_among_colliding_keys_nest_without_recursion() {
    in_scope(|s| {
        // Each level is a set of the level below and of an integer with its hash, in either order.
        let build = |core, flip: bool| {
            (0..20_000).fold(s.set(&[int(s, core)]).unwrap(), |inner, n| {
                let other = int(s, colliding_int(s.hash(inner), 3));
                s.set(&if flip && n % 3 != 0 { [inner, other] } else { [other, inner] }).unwrap()
            })
        };
        check(s, build(1, false), build(1, true), true);
        check(s, build(1, false), build(2, true), false);
    });
}

#[test]
fn colliding_keys_that_are_collections_find_their_values() {
    in_scope(|s| {
        // Cells share one hash, so keys that hold them collide, and take a look inside to be told apart.
        let cells: Vec<_> = (0..12).map(|n| s.cell(int(s, n)).unwrap()).collect();
        let entry =
            |n: usize| (s.vector(&[Value::NIL, cells[n]]).unwrap(), s.list(&[int(s, n as i64)]).unwrap());
        let entries: Vec<_> = (0..12).map(entry).collect();
        let turned: Vec<_> = (0..12).map(|n| entry((n * 5 + 3) % 12)).collect();
        let (a, b) = (s.map(&entries).unwrap(), s.map(&turned).unwrap());
        assert_eq!(s.map_count(a), 12);
        check(s, a, b, true);
        check(s, a, s.map_assoc(b, turned[4].0, Value::NIL).unwrap(), false);
        check(s, a, s.map_dissoc(b, turned[4].0).unwrap(), false);
        let less = s.map_dissoc(b, turned[4].0).unwrap();
        let moved = s.map_assoc(less, s.vector(&[Value::TRUE, cells[0]]).unwrap(), turned[4].1).unwrap();
        check(s, a, moved, false);
    });
}

#[test]
fn values_made_by_sharing_cost_no_more_than_their_parts() {
    let doubles: [for<'s> fn(Scope<'s>, Value<'s>) -> Value<'s>; 5] = [
        |s, half| s.vector(&[half, half]).unwrap(),
        |s, half| s.list(&[half, half]).unwrap(),
        |s, half| s.pair(half, half).unwrap(),
        |s, half| s.record(1, &[half, half], &[]).unwrap(),
        |s, half| s.map(&[(Value::NIL, half), (Value::TRUE, half)]).unwrap(),
    ];
    for double in doubles {
        in_scope(|s| {
            let build = |core| (0..400).fold(s.list(&[int(s, core)]).unwrap(), |half, _| double(s, half));
            let (a, b) = (build(1), build(1));
            assert!(s.equal(a, b));
            check(s, a, b, true);
            check(s, a, build(2), false);
        });
    }
}

#[test]
fn metadata_does_not_count() {
    in_scope(|s| {
        let note = s.keyword("m");
        let values = [
            s.vector(&[int(s, 1)]).unwrap(),
            s.list(&[int(s, 1)]).unwrap(),
            s.map(&[(note, note)]).unwrap(),
            s.set(&[note]).unwrap(),
        ];
        for value in values {
            s.hash(value);
            let with = s.with_meta(value, note).unwrap();
            check(s, value, with, true);
            assert!(s.meta(with).is_identical(note) && s.meta(value).is_nil());
        }
        let pushed = s.vector_push(s.with_meta(values[0], note).unwrap(), int(s, 2)).unwrap();
        assert!(s.meta(pushed).is_identical(note));
        check(s, pushed, s.vector(&[int(s, 1), int(s, 2)]).unwrap(), true);
        assert!(s.with_meta(int(s, 1), note).unwrap().is_identical(int(s, 1)) && s.meta(note).is_nil());
    });
}

#[test]
#[should_panic(expected = "expected Vector, got String")]
fn a_value_of_another_kind_is_named() {
    in_scope(|s| {
        s.vector_push(s.string("12345678").unwrap(), Value::NIL).unwrap();
    });
}

#[test]
fn an_alias_stands_for_its_first_value() {
    in_scope(|s| {
        let plain =
            [int(s, 7), int(s, i64::MAX), s.record(5, &[], &[1, 2]).unwrap(), s.string("text").unwrap()];
        for value in plain {
            let one = s.record(1 | halt_heap::ALIAS, &[value], &[]).unwrap();
            let other = s.record(2 | halt_heap::ALIAS, &[value], &[9]).unwrap();
            check(s, one, value, true);
            check(s, one, other, true);
            check(s, one, int(s, 8), false);
            check(s, s.vector(&[one]).unwrap(), s.list(&[value]).unwrap(), true);
            let map = s.map(&[(one, value)]).unwrap();
            check(s, map, s.map(&[(value, other)]).unwrap(), true);
            assert!(s.map_get(map, value).is_some() && s.map_get(map, other).is_some());
            assert_eq!(s.record_tag(one), Some(1 | halt_heap::ALIAS));
        }
    });
}
