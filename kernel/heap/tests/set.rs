//! Sets against `BTreeSet`, for keys whose hashes differ, nearly collide and collide. Every older version is
//! checked again after every step.

mod common;

use common::{FAMILIES, Random, in_scope};
use halt_heap::{Scope, Value};
use std::collections::BTreeSet;

fn check<'s>(s: Scope<'s>, set: Value<'s>, model: &BTreeSet<i64>, context: &str) {
    assert_eq!(s.set_count(set), model.len(), "{context}");
    let got: Vec<_> = s.set_iter(set).map(|v| s.as_int(v).unwrap()).collect();
    assert_eq!(got.len(), model.len(), "{context}");
    assert_eq!(&got.into_iter().collect::<BTreeSet<_>>(), model, "{context}");
}

#[test]
fn every_version_agrees_with_its_model() {
    for (family, key) in FAMILIES.into_iter().enumerate() {
        in_scope(|s| {
            let mut random = Random(family as u64 + 99);
            let mut versions = vec![(s.empty_set().unwrap(), BTreeSet::new())];
            for at in 0..200 {
                let recent = versions.len().min(5);
                let (set, mut model) = versions[versions.len() - 1 - random.below(recent)].clone();
                let n = key(random.below(40) as u32);
                let value = s.int(n).unwrap();
                let next = if random.below(5) < 2 {
                    let changes = model.remove(&n);
                    let next = s.set_disj(set, value).unwrap();
                    assert_eq!(changes, !next.is_identical(set));
                    next
                } else {
                    let changes = model.insert(n);
                    let next = s.set_conj(set, value).unwrap();
                    assert_eq!(changes, !next.is_identical(set));
                    next
                };
                let context = format!("family {family}, step {at}");
                assert_eq!(s.set_contains(next, value), model.contains(&n), "{context}");
                let all: Vec<_> = model.iter().rev().map(|n| s.int(*n).unwrap()).collect();
                let fresh = s.set(&all).unwrap();
                assert!(s.equal(fresh, next) && s.hash(fresh) == s.hash(next), "{context}");
                versions.push((next, model));
                for (set, model) in &versions {
                    check(s, *set, model, &context);
                }
            }
        });
    }
}

#[test]
fn an_equal_element_stays() {
    in_scope(|s| {
        let (list, vector) = (s.list(&[Value::NIL]).unwrap(), s.vector(&[Value::NIL]).unwrap());
        let set = s.set(&[list, vector]).unwrap();
        assert_eq!(s.set_count(set), 1);
        assert!(s.set_get(set, vector).unwrap().is_identical(list));
        assert!(s.set_conj(set, vector).unwrap().is_identical(set));
    });
}
