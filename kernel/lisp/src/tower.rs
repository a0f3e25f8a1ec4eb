//! The tower of numbers: integers of 64 bits, big integers, ratios, decimals and doubles, and how they meet.
//!
//! Enter at [`Number::binary`] and [`Number::compare`]. The kinds are contagious, as in Clojure: a double makes everything a
//! double, else a decimal a decimal, else a ratio a ratio, else a big integer a big integer.
//!
//! Invariant: what is made stays within [`BITS_MAX`], so that no program holds a core with one operation.
//! Absent: values and the heap, which are `boxed.rs`'s business.

use crate::decimal::Decimal;
use core::cmp::Ordering;
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The most bits of a big integer.
pub(crate) const BITS_MAX: u64 = 1 << 18;
/// The most bits of a ratio's parts: finding their common divisor takes time by the square of that.
const RATIO_BITS_MAX: u64 = 1 << 14;

/// A number of any kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Big(BigInt),
    Ratio(BigRational),
    Decimal(Decimal),
    Float(f64),
}

/// Why there is no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// It does not fit 64 bits.
    Overflow,
    /// Division by zero.
    ByZero,
    /// It is beyond all bounds.
    TooLarge,
    /// The quotient of two decimals has no end.
    NoExpansion,
    /// Infinite or not a number.
    NotFinite,
    /// Digits would have to be cut off.
    NeedsRounding,
}

impl Fault {
    /// What an error says about it.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Fault::Overflow => "integer overflow",
            Fault::ByZero => "divide by zero",
            Fault::TooLarge => "the number is too large",
            Fault::NoExpansion => "non-terminating decimal expansion: the quotient has no exact decimal",
            Fault::NotFinite => "infinite or not a number",
            Fault::NeedsRounding => "rounding is necessary",
        }
    }
}

/// What two numbers are combined by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Quotient,
    Remainder,
}

/// Two numbers brought to one kind.
enum Pair {
    Ints(i64, i64),
    Bigs(BigInt, BigInt),
    Ratios(BigRational, BigRational),
    Decimals(Decimal, Decimal),
    Floats(f64, f64),
}

/// A big integer, if it is within bounds.
pub(crate) fn big(n: BigInt) -> Result<Number, Fault> {
    if n.bits() > BITS_MAX { Err(Fault::TooLarge) } else { Ok(Number::Big(n)) }
}

/// A ratio, or the big integer that it is; the denominator is not zero.
pub(crate) fn ratio(above: BigInt, below: BigInt) -> Result<Number, Fault> {
    if above.is_multiple_of(&below) {
        return big(above / below);
    }
    if above.bits().max(below.bits()) > RATIO_BITS_MAX {
        return Err(Fault::TooLarge);
    }
    Ok(Number::Ratio(BigRational::new(above, below)))
}

impl Number {
    fn rank(&self) -> u8 {
        match self {
            Number::Int(_) => 0,
            Number::Big(_) => 1,
            Number::Ratio(_) => 2,
            Number::Decimal(_) => 3,
            Number::Float(_) => 4,
        }
    }

    /// The nearest double.
    pub(crate) fn float(&self) -> f64 {
        match self {
            Number::Int(n) => *n as f64,
            Number::Big(n) => n.to_f64().unwrap_or(f64::NAN),
            // By 16 decimal digits, as in Clojure.
            Number::Ratio(r) => {
                let (above, below) =
                    (Decimal::from_integer(r.numer().clone()), Decimal::from_integer(r.denom().clone()));
                above
                    .divide_to(&below, 16, crate::decimal::Rounding::HalfEven)
                    .map_or_else(|_| r.to_f64().unwrap_or(f64::NAN), |decimal| decimal.float())
            }
            Number::Decimal(d) => d.float(),
            Number::Float(f) => *f,
        }
    }

    /// The whole part, towards zero.
    pub(crate) fn truncated(&self) -> Result<BigInt, Fault> {
        Ok(match self {
            Number::Int(n) => BigInt::from(*n),
            Number::Big(n) => n.clone(),
            Number::Ratio(r) => r.to_integer(),
            Number::Decimal(d) => d.truncated(),
            Number::Float(f) => return num_traits::FromPrimitive::from_f64(*f).ok_or(Fault::NotFinite),
        })
    }

    /// The number as a ratio; a double by the digits that it prints as.
    pub(crate) fn rational(&self) -> Result<BigRational, Fault> {
        Ok(match self {
            Number::Ratio(r) => r.clone(),
            Number::Decimal(d) => d.ratio(),
            Number::Float(f) => Decimal::from_float(*f).ok_or(Fault::NotFinite)?.ratio(),
            whole => BigRational::from_integer(whole.truncated()?),
        })
    }

    /// The number as a decimal; a double by the digits that it prints as.
    pub(crate) fn decimal(&self) -> Result<Decimal, Fault> {
        match self {
            Number::Decimal(d) => Ok(d.clone()),
            Number::Ratio(r) => Decimal::from_ratio(r),
            Number::Float(f) => Decimal::from_float(*f).ok_or(Fault::NotFinite),
            whole => Ok(Decimal::from_integer(whole.truncated()?)),
        }
    }

    fn pair(&self, other: &Number) -> Result<Pair, Fault> {
        Ok(match (self, other, self.rank().max(other.rank())) {
            (Number::Int(a), Number::Int(b), _) => Pair::Ints(*a, *b),
            (_, _, 4) => Pair::Floats(self.float(), other.float()),
            (_, _, 3) => Pair::Decimals(self.decimal()?, other.decimal()?),
            (_, _, 2) => Pair::Ratios(self.rational()?, other.rational()?),
            _ => Pair::Bigs(self.truncated()?, other.truncated()?),
        })
    }

    /// The result of an operation. Integers that overflow become big ones when `promotes`.
    pub(crate) fn binary(
        &self,
        operation: Operation,
        other: &Number,
        promotes: bool,
    ) -> Result<Number, Fault> {
        use Operation::{Add, Divide, Multiply, Quotient, Remainder, Subtract};
        match self.pair(other)? {
            Pair::Ints(a, b) => {
                let result = match operation {
                    Add => a.checked_add(b),
                    Subtract => a.checked_sub(b),
                    Multiply => a.checked_mul(b),
                    _ if b == 0 => return Err(Fault::ByZero),
                    Divide if a.checked_rem(b).unwrap_or(0) != 0 => {
                        return ratio(BigInt::from(a), BigInt::from(b));
                    }
                    // As in Clojure, the one quotient that does not fit wraps.
                    Divide | Quotient => Some(a.wrapping_div(b)),
                    Remainder => Some(a.wrapping_rem(b)),
                };
                match result {
                    Some(n) => Ok(Number::Int(n)),
                    None if promotes => {
                        Number::Big(BigInt::from(a)).binary(operation, &Number::Int(b), false)
                    }
                    None => Err(Fault::Overflow),
                }
            }
            Pair::Bigs(a, b) => match operation {
                Add => big(a + b),
                Subtract => big(a - b),
                Multiply if a.bits() + b.bits() > BITS_MAX + 1 => Err(Fault::TooLarge),
                Multiply => big(a * b),
                _ if b.is_zero() => Err(Fault::ByZero),
                Divide => ratio(a, b),
                Quotient => big(a / b),
                Remainder => big(a % b),
            },
            Pair::Ratios(a, b) => {
                let parts = [a.numer(), a.denom(), b.numer(), b.denom()];
                if parts.iter().any(|part| part.bits() > RATIO_BITS_MAX) {
                    return Err(Fault::TooLarge);
                }
                let result = match operation {
                    Add => a + b,
                    Subtract => a - b,
                    Multiply => a * b,
                    _ if b.is_zero() => return Err(Fault::ByZero),
                    Divide => a / b,
                    Quotient => return big((a / b).to_integer()),
                    Remainder => {
                        let whole = BigRational::from_integer((&a / &b).to_integer());
                        a - whole * b
                    }
                };
                let (above, below) = result.into_raw();
                ratio(above, below)
            }
            Pair::Decimals(a, b) => match operation {
                Add => a.add(&b),
                Subtract => a.subtract(&b),
                Multiply => a.multiply(&b),
                Divide => a.divide(&b),
                Quotient => a.quotient(&b),
                Remainder => a.remainder(&b),
            }
            .map(Number::Decimal),
            Pair::Floats(a, b) => float_operation(operation, a, b).map(Number::Float),
        }
    }

    /// The modulus: the remainder with the sign of the divisor.
    pub(crate) fn modulus(&self, other: &Number) -> Result<Number, Fault> {
        let rest = self.binary(Operation::Remainder, other, false)?;
        if rest.sign() == Ordering::Equal
            || (self.sign() == Ordering::Greater) == (other.sign() == Ordering::Greater)
        {
            return Ok(rest);
        }
        rest.binary(Operation::Add, other, false)
    }

    /// The order of two numbers; none when one is not a number.
    pub(crate) fn compare(&self, other: &Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Float(_), _) | (_, Number::Float(_)) => self.float().partial_cmp(&other.float()),
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(b)),
            (Number::Decimal(a), Number::Decimal(b)) => Some(a.compare(b)),
            (Number::Ratio(_) | Number::Decimal(_), _) | (_, Number::Ratio(_) | Number::Decimal(_)) => {
                Some(self.rational().ok()?.cmp(&other.rational().ok()?))
            }
            _ => Some(self.truncated().ok()?.cmp(&other.truncated().ok()?)),
        }
    }

    /// Whether it is less than, equal to or greater than zero; not a number counts as zero.
    pub(crate) fn sign(&self) -> Ordering {
        match self {
            Number::Int(n) => n.cmp(&0),
            Number::Big(n) => n.cmp(&BigInt::zero()),
            Number::Ratio(r) => r.numer().cmp(&BigInt::zero()),
            Number::Decimal(d) => d.unscaled.cmp(&BigInt::zero()),
            Number::Float(f) => f.partial_cmp(&0.0).unwrap_or(Ordering::Equal),
        }
    }

    /// The number with the opposite sign.
    pub(crate) fn negated(&self, promotes: bool) -> Result<Number, Fault> {
        Ok(match self {
            Number::Int(n) => match n.checked_neg() {
                Some(n) => Number::Int(n),
                None if promotes => Number::Big(-BigInt::from(*n)),
                None => return Err(Fault::Overflow),
            },
            Number::Big(n) => Number::Big(-n),
            Number::Ratio(r) => Number::Ratio(-r),
            Number::Decimal(d) => Number::Decimal(Decimal { unscaled: -&d.unscaled, scale: d.scale }),
            Number::Float(f) => Number::Float(-f),
        })
    }

    /// The absolute value. As in Clojure, the least integer of 64 bits has none and stays as it is.
    pub(crate) fn absolute(&self) -> Number {
        match self {
            Number::Int(n) => Number::Int(n.wrapping_abs()),
            Number::Big(n) => Number::Big(n.abs()),
            Number::Ratio(r) => Number::Ratio(r.abs()),
            Number::Decimal(d) => Number::Decimal(Decimal { unscaled: d.unscaled.abs(), scale: d.scale }),
            Number::Float(f) => Number::Float(f.abs()),
        }
    }

    /// One of an integer's kinds that is odd; none for what is no integer.
    pub(crate) fn is_odd(&self) -> Option<bool> {
        match self {
            Number::Int(n) => Some(n & 1 == 1),
            Number::Big(n) => Some(n.is_odd()),
            _ => None,
        }
    }

    /// The nearest ratio, or the big integer that it is.
    pub(crate) fn rationalized(&self) -> Result<Number, Fault> {
        match self {
            Number::Float(_) | Number::Decimal(_) => {
                let (above, below) = self.rational()?.into_raw();
                if below.is_one() { big(above) } else { ratio(above, below) }
            }
            exact => Ok(exact.clone()),
        }
    }
}

fn float_operation(operation: Operation, a: f64, b: f64) -> Result<f64, Fault> {
    Ok(match operation {
        Operation::Add => a + b,
        Operation::Subtract => a - b,
        Operation::Multiply => a * b,
        Operation::Divide => a / b,
        Operation::Quotient | Operation::Remainder if b == 0.0 => return Err(Fault::ByZero),
        Operation::Quotient | Operation::Remainder if !(a / b).is_finite() => return Err(Fault::NotFinite),
        // Never the negative zero.
        Operation::Quotient => libm::trunc(a / b) + 0.0,
        // By the rounded quotient, as in Clojure.
        Operation::Remainder => a - libm::trunc(a / b) * b,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Number {
        crate::number::parse(text).expect("a number")
    }

    fn check(operation: Operation, a: &str, b: &str, expected: &str) {
        let shown = match n(a).binary(operation, &n(b), false) {
            Ok(number) => crate::number::print(&number, true),
            Err(fault) => fault.message().into(),
        };
        assert_eq!(shown, expected, "{operation:?} {a} {b}");
    }

    #[test]
    fn kinds_are_contagious() {
        for (a, b, sum) in [
            ("1", "2", "3"),
            ("1", "2N", "3N"),
            ("1/2", "1", "3/2"),
            ("1/2", "1/2", "1N"),
            ("1/2", "0.5M", "1.0M"),
            ("1.10M", "1N", "2.10M"),
            ("1N", "0.5", "1.5"),
            ("9223372036854775807", "1", "integer overflow"),
            ("9223372036854775807", "1N", "9223372036854775808N"),
        ] {
            check(Operation::Add, a, b, sum);
        }
    }

    #[test]
    fn quotients_and_remainders() {
        for (a, b, quotient, rest) in [
            ("7", "-2", "-3", "1"),
            ("-7N", "2", "-3N", "-1N"),
            ("7/2", "1/3", "10N", "1/6"),
            ("7.5M", "2M", "3.0M", "1.5M"),
            ("1e30", "7", "1.4285714285714285E29", "0.0"),
            ("1", "0", "divide by zero", "divide by zero"),
        ] {
            check(Operation::Quotient, a, b, quotient);
            check(Operation::Remainder, a, b, rest);
        }
        check(Operation::Divide, "6", "-4", "-3/2");
        check(Operation::Divide, "-9223372036854775808", "-1", "-9223372036854775808");
    }

    #[test]
    fn nothing_grows_without_bound() {
        let mut power = n("3N");
        let fault = loop {
            match power.binary(Operation::Multiply, &power, true) {
                Ok(next) => power = next,
                Err(fault) => break fault,
            }
        };
        assert_eq!(fault, Fault::TooLarge);
    }
}
