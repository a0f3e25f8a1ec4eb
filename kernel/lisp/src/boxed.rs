//! Numbers as values of the heap.
//!
//! Enter at [`unbox`] and [`to_value`]. Integers of 64 bits and doubles are the heap's own; the others are records. One that
//! equals a value in another form (`1N` and `1`, `1.50M` and `1.5M`) is an alias of that, so that the heap finds both under
//! one key.

use crate::decimal::Decimal;
use crate::tags;
use crate::tower::Number;
use alloc::vec::Vec;
use halt_heap::{Kind, OutOfMemory, Scope, Value};
use num_bigint::{BigInt, BigUint, Sign};
use num_rational::BigRational;
use num_traits::ToPrimitive;

/// The number that a value is, if it is one.
pub(crate) fn unbox<'s>(s: Scope<'s>, value: Value<'s>) -> Option<Number> {
    match s.kind(value) {
        Kind::Int => s.as_int(value).map(Number::Int),
        Kind::Float => s.as_float(value).map(Number::Float),
        Kind::Record => unbox_record(s, value),
        _ => None,
    }
}

#[cold]
fn unbox_record<'s>(s: Scope<'s>, value: Value<'s>) -> Option<Number> {
    let (tag, values, words) = s.record_parts(value)?;
    Some(match tag {
        tags::BIG => Number::Big(integer(words)),
        tags::SMALL_BIG => Number::Big(BigInt::from(s.as_int(*values.first()?)?)),
        tags::RATIO => {
            let part = |index: usize| unbox(s, *values.get(index)?)?.truncated().ok();
            Number::Ratio(BigRational::new_raw(part(0)?, part(1)?))
        }
        tags::DECIMAL | tags::PADDED_DECIMAL => {
            let (scale, rest) = words.split_first()?;
            Number::Decimal(Decimal { unscaled: integer(rest), scale: *scale as i64 })
        }
        _ => return None,
    })
}

/// Whether a value is a number of any kind.
pub(crate) fn is_number<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    matches!(s.kind(value), Kind::Int | Kind::Float) || is_boxed(s, value)
}

/// Whether a value is a number that is a record.
pub(crate) fn is_boxed<'s>(s: Scope<'s>, value: Value<'s>) -> bool {
    matches!(
        s.record_tag(value),
        Some(tags::BIG | tags::SMALL_BIG | tags::RATIO | tags::DECIMAL | tags::PADDED_DECIMAL)
    )
}

/// The value of a number.
pub(crate) fn to_value<'s>(s: Scope<'s>, number: &Number) -> Result<Value<'s>, OutOfMemory> {
    match number {
        Number::Int(n) => s.int(*n),
        Number::Float(f) => s.float(*f),
        Number::Big(n) => match n.to_i64() {
            Some(small) => s.record(tags::SMALL_BIG, &[s.int(small)?], &[]),
            None => s.record(tags::BIG, &[], &words(n)),
        },
        Number::Ratio(r) => s.record(tags::RATIO, &[plain(s, r.numer())?, plain(s, r.denom())?], &[]),
        Number::Decimal(d) => {
            let record = |tag, values: &[Value<'s>], d: &Decimal| {
                let mut all = alloc::vec![d.scale as u64];
                all.extend(words(&d.unscaled));
                s.record(tag, values, &all)
            };
            let stripped = d.stripped();
            let canonical = record(tags::DECIMAL, &[], &stripped)?;
            if stripped == *d { Ok(canonical) } else { record(tags::PADDED_DECIMAL, &[canonical], d) }
        }
    }
}

/// A whole number in the plainest form that holds it.
pub(crate) fn plain<'s>(s: Scope<'s>, n: &BigInt) -> Result<Value<'s>, OutOfMemory> {
    match n.to_i64() {
        Some(n) => s.int(n),
        None => s.record(tags::BIG, &[], &words(n)),
    }
}

/// Sign, then the magnitude, the least part first.
fn words(n: &BigInt) -> Vec<u64> {
    let mut words = alloc::vec![(n.sign() == Sign::Minus) as u64];
    words.extend(n.iter_u64_digits());
    words
}

fn integer(words: &[u64]) -> BigInt {
    let Some((sign, digits)) = words.split_first() else { return BigInt::default() };
    let halves = digits.iter().flat_map(|word| [*word as u32, (word >> 32) as u32]);
    let magnitude = BigUint::new(halves.collect());
    BigInt::from_biguint(if *sign == 1 { Sign::Minus } else { Sign::Plus }, magnitude)
}
