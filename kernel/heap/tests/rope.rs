//! Long strings against `String`: put together, cut, compared, hashed; older versions stay as they were.

mod common;

use common::{Random, heap, in_scope};
use halt_heap::{Kind, Scope, StringBuilder, Value};
use std::cmp::Ordering;

const LETTERS: [char; 7] = ['a', 'b', 'c', ' ', 'ß', '…', '🜁'];

fn text(random: &mut Random, count: usize) -> String {
    (0..count).map(|_| LETTERS[random.below(LETTERS.len())]).collect()
}

fn check<'s>(s: Scope<'s>, string: Value<'s>, model: &str) {
    assert_eq!(s.kind(string), Kind::String);
    assert_eq!(s.string_len(string), Some(model.len()));
    assert_eq!(s.string_chunks(string).collect::<String>(), model);
    let flat = s.string(model).unwrap();
    assert!(s.equal(string, flat) && s.equal(flat, string));
    assert_eq!(s.hash(string), s.hash(flat));
    assert_eq!(s.compare(string, flat), Some(Ordering::Equal));
}

#[test]
fn every_version_agrees_with_its_model() {
    in_scope(|s| {
        let mut random = Random(3);
        let mut versions = vec![(s.string("").unwrap(), String::new())];
        for step in 0..400 {
            let recent = versions.len().min(8);
            let (string, model) = versions[versions.len() - 1 - random.below(recent)].clone();
            let next = match random.below(4) {
                0 | 1 if model.len() < 200_000 => {
                    let count = random.below(3000);
                    let piece = text(&mut random, count);
                    let value = s.string(&piece).unwrap();
                    (s.string_concat(string, value).unwrap(), model + &piece)
                }
                2 if model.len() < 200_000 => {
                    let (other, more) = &versions[random.below(versions.len())];
                    (s.string_concat(*other, string).unwrap(), more.clone() + &model)
                }
                _ => {
                    let count = model.chars().count();
                    let (a, b) = (random.below(count + 1), random.below(count + 1));
                    let at = |index| s.string_byte_of(string, index).unwrap();
                    let range = at(a.min(b))..at(a.max(b));
                    let part = s.string_slice(string, range.clone()).unwrap().unwrap();
                    (part, model[range].to_string())
                }
            };
            check(s, next.0, &next.1);
            if step % 3 == 0 {
                assert_eq!(s.as_str(next.0), Some(&next.1[..]));
            }
            versions.push(next);
            if step % 20 == 0 {
                versions.iter().for_each(|(string, model)| check(s, *string, model));
            }
        }
    });
}

#[test]
fn a_million_pieces_take_no_quadratic_time() {
    let heap = heap(256);
    let mut mutator = heap.mutator();
    mutator.enter(|s| s.root_push(s.string("").unwrap()));
    for step in 0..1000 {
        mutator.enter(|s| {
            let piece = s.string("0123").unwrap();
            let string = (0..1000).fold(s.root_get(0), |string, _| s.string_concat(string, piece).unwrap());
            s.root_set(0, string);
            assert_eq!(s.string_len(string), Some((step + 1) * 4000));
        });
    }
    mutator.enter(|s| {
        let string = s.root_get(0);
        assert!(s.string_chunks(string).count() < 10_000);
        assert_eq!(s.as_str(string), Some(&*"0123".repeat(1_000_000)));
        let mut rest = string;
        for _ in 0..10_000 {
            rest = s.string_slice(rest, 1..s.string_len(rest).unwrap()).unwrap().unwrap();
        }
        assert_eq!(s.string_len(rest), Some(3_990_000));
    });
}

#[test]
fn bad_places_are_none() {
    in_scope(|s| {
        let short = s.string("aß").unwrap();
        let long = s.string_concat(s.string(&"ß".repeat(3000)).unwrap(), short).unwrap();
        for string in [short, long] {
            let bytes = s.string_len(string).unwrap();
            for range in
                [0..bytes + 1, bytes + 1..bytes + 2, 1..bytes - 1, bytes - 1..bytes, usize::MAX..usize::MAX]
            {
                assert!(s.string_slice(string, range).unwrap().is_none());
            }
            #[allow(clippy::reversed_empty_ranges, reason = "that is the point")]
            let reversed = s.string_slice(string, 1..0).unwrap();
            assert!(reversed.is_none());
            let count = s.string_char_count(string).unwrap();
            assert_eq!(
                (s.string_byte_of(string, count), s.string_byte_of(string, count + 1)),
                (Some(bytes), None)
            );
            assert_eq!(
                (s.string_char_at(string, count - 1), s.string_char_at(string, count)),
                (Some('ß'), None)
            );
            let empty = s.string_slice(string, bytes..bytes).unwrap().unwrap();
            assert!(s.equal(empty, s.string("").unwrap()));
        }
        assert_eq!((s.string_len(Value::NIL), s.string_char_count(Value::TRUE)), (None, None));
        assert_eq!(s.string_chunks(Value::NIL).count(), 0);
        let bytes = s.bytes(&[1, 2, 3]).unwrap();
        let cut = |range| s.bytes_slice(bytes, range).unwrap().and_then(|part| s.as_bytes(part));
        assert_eq!((cut(1..3), cut(3..3), cut(2..4)), (Some(&[2, 3][..]), Some(&[][..]), None));
        assert_eq!(s.as_bytes(s.bytes_concat(bytes, bytes).unwrap()), Some(&[1, 2, 3, 1, 2, 3][..]));
    });
}

#[test]
fn a_string_that_doubles_for_ever_runs_out_of_memory() {
    in_scope(|s| {
        let mut string = s.string(&"x".repeat(1000)).unwrap();
        let failed_at = (0..60).find(|_| match s.string_concat(string, string) {
            Ok(longer) => {
                string = longer;
                false
            }
            Err(_) => true,
        });
        assert_eq!(failed_at, Some(17));
        assert_eq!(s.string_len(string), Some(1000 << 17));
        let mut builder = StringBuilder::new(s);
        builder.push(string).unwrap();
        assert!(builder.push(string).is_err());
    });
}

#[test]
fn differences_anywhere_are_seen_and_ordered() {
    in_scope(|s| {
        let base = "abcdefgh".repeat(500);
        let rope = |text: &str, at: usize| {
            let (left, right) = text.split_at(at);
            s.string_concat(s.string(left).unwrap(), s.string(right).unwrap()).unwrap()
        };
        let a = rope(&base, 1700);
        for at in [0, 7, 8, 1699, 1700, 2048, 3999] {
            let mut changed = base.clone().into_bytes();
            changed[at] = b'z';
            let b = rope(std::str::from_utf8(&changed).unwrap(), 900);
            assert!(!s.equal(a, b) && s.hash(a) != s.hash(b));
            assert_eq!((s.compare(a, b), s.compare(b, a)), (Some(Ordering::Less), Some(Ordering::Greater)));
        }
        let shorter = rope(&base[..3999], 2000);
        assert_eq!((s.compare(a, shorter), s.equal(a, shorter)), (Some(Ordering::Greater), false));
        assert!(s.equal(a, rope(&base, 3000)));
        let map = s.map(&[(a, Value::TRUE)]).unwrap();
        assert!(s.map_get(map, s.string(&base).unwrap()).is_some());
        let map = s.map(&[(s.string(&base).unwrap(), Value::TRUE)]).unwrap();
        assert!(s.map_get(map, rope(&base, 11)).is_some());
    });
}

#[test]
fn ropes_survive_collections_and_are_shared() {
    let heap = heap(64);
    heap.set_torture(true);
    let (mut mutator, mut other) = (heap.mutator(), heap.mutator());
    let mut random = Random(9);
    let mut model = String::new();
    let atom = mutator.enter(|s| {
        s.root_push(s.string("").unwrap());
        s.publish(s.atom(Value::NIL).unwrap()).unwrap()
    });
    for step in 0..40 {
        mutator.enter(|s| {
            let piece = text(&mut random, 900);
            let string = s.string_concat(s.root_get(0), s.string(&piece).unwrap()).unwrap();
            model.push_str(&piece);
            s.root_set(0, string);
            if step % 3 == 0 {
                assert_eq!(s.as_str(string), Some(&model[..]));
            }
            s.atom_store(s.open(&atom), string).unwrap();
        });
        heap.verify().unwrap();
        // Another one makes it flat, for all.
        other.enter(|s| assert_eq!(s.as_str(s.atom_load(s.open(&atom))), Some(&model[..])));
        heap.verify().unwrap();
        mutator.enter(|s| {
            check(s, s.root_get(0), &model);
            assert_eq!(s.as_str(s.atom_load(s.open(&atom))), Some(&model[..]));
        });
    }
}

#[test]
fn an_allocation_may_fail_at_any_point() {
    let heap = heap(16);
    let mut mutator = heap.mutator();
    let model = "äbcdefg".repeat(700);
    mutator.enter(|s| {
        let (left, right) = model.split_at(model.floor_char_boundary(model.len() / 3));
        s.root_push(s.string_concat(s.string(left).unwrap(), s.string(right).unwrap()).unwrap());
    });
    for allowed in 0.. {
        mutator.fail_allocation_after(Some(allowed));
        let done = mutator.enter(|s| {
            let string = s.root_get(0);
            let rest = s.string_slice(string, 2..s.string_len(string)?).ok()??;
            let twice = s.string_concat(rest, s.string_concat(string, rest).ok()?).ok()?;
            let mut builder = StringBuilder::new(s);
            builder.push(twice).ok()?;
            builder.push_str(&model).ok()?;
            let built = builder.finish().ok()?;
            s.try_str(built).ok()??;
            s.string_len(built)
        });
        mutator.fail_allocation_after(None);
        mutator.enter(|s| check(s, s.root_get(0), &model));
        heap.verify().unwrap();
        if let Some(bytes) = done {
            assert_eq!(bytes, 4 * model.len() - 4);
            break;
        }
    }
}
