//! Decimals: `unscaled / 10^scale` with exact arithmetic, as `1.50M` means it.
//!
//! Enter at [`Decimal::parse`], [`Decimal::add`], [`Decimal::divide`]. Trailing zeros are kept by all operations and ignored by
//! equality, which is that of [`Decimal::stripped`].
//!
//! Invariant: the scale lies within [`SCALE_MAX`] of zero; what would leave it is [`Fault::TooLarge`].

use crate::tower::{BITS_MAX, Fault};
use alloc::format;
use alloc::string::{String, ToString};
use core::cmp::Ordering;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Pow, ToPrimitive, Zero};

/// The greatest distance of a scale from zero.
pub(crate) const SCALE_MAX: i64 = 50_000;

/// An exact decimal number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) unscaled: BigInt,
    pub(crate) scale: i64,
}

fn ten_to(n: i64) -> BigInt {
    Pow::pow(BigInt::from(10), n.max(0) as u64)
}

impl Decimal {
    /// The number with these parts, if it is within bounds.
    pub(crate) fn new(unscaled: BigInt, scale: i64) -> Result<Decimal, Fault> {
        if scale.abs() > SCALE_MAX || unscaled.bits() > BITS_MAX {
            return Err(Fault::TooLarge);
        }
        Ok(Decimal { unscaled, scale })
    }

    /// Reads `digits[.digits][e[sign]digits]` with a sign or none.
    pub(crate) fn parse(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
        let is_plain = digits.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if !is_plain || digits.len() + fraction.len() == 0 || text.len() > SCALE_MAX as usize {
            return None;
        }
        let unscaled = format!("{whole}{fraction}").parse().ok()?;
        Decimal::new(unscaled, (fraction.len() as i64).checked_sub(exponent)?).ok()
    }

    /// A finite double, by the shortest digits that name it.
    pub(crate) fn from_float(f: f64) -> Option<Decimal> {
        if f.is_finite() { Decimal::parse(&crate::number::print_float(f)) } else { None }
    }

    /// A whole number.
    pub(crate) fn from_integer(n: BigInt) -> Decimal {
        Decimal { unscaled: n, scale: 0 }
    }

    /// A ratio; fails when it has no end as a decimal.
    pub(crate) fn from_ratio(ratio: &BigRational) -> Result<Decimal, Fault> {
        Decimal::from_integer(ratio.numer().clone()).divide(&Decimal::from_integer(ratio.denom().clone()))
    }

    /// The same number without trailing zeros.
    pub(crate) fn stripped(&self) -> Decimal {
        if self.unscaled.is_zero() {
            return Decimal::from_integer(BigInt::zero());
        }
        self.strip_to(i64::MIN)
    }

    /// Without the trailing zeros beyond a scale.
    fn strip_to(&self, scale: i64) -> Decimal {
        let (mut at, ten) = (self.clone(), BigInt::from(10));
        while at.scale > scale {
            let (quotient, rest) = at.unscaled.div_rem(&ten);
            if !rest.is_zero() || at.unscaled.is_zero() || at.scale <= -SCALE_MAX {
                break;
            }
            at = Decimal { unscaled: quotient, scale: at.scale - 1 };
        }
        at
    }

    /// The unscaled values of two numbers at their greater scale, and that.
    fn aligned(&self, other: &Decimal) -> Result<(BigInt, BigInt, i64), Fault> {
        let scale = self.scale.max(other.scale);
        let at = |d: &Decimal| &d.unscaled * ten_to(scale - d.scale);
        Ok((at(self), at(other), scale))
    }

    /// The sum.
    pub(crate) fn add(&self, other: &Decimal) -> Result<Decimal, Fault> {
        let (a, b, scale) = self.aligned(other)?;
        Decimal::new(a + b, scale)
    }

    /// The difference.
    pub(crate) fn subtract(&self, other: &Decimal) -> Result<Decimal, Fault> {
        let (a, b, scale) = self.aligned(other)?;
        Decimal::new(a - b, scale)
    }

    /// The product.
    pub(crate) fn multiply(&self, other: &Decimal) -> Result<Decimal, Fault> {
        Decimal::new(&self.unscaled * &other.unscaled, self.scale + other.scale)
    }

    /// The exact quotient; fails when it has no end.
    pub(crate) fn divide(&self, other: &Decimal) -> Result<Decimal, Fault> {
        if other.unscaled.is_zero() {
            return Err(Fault::ByZero);
        }
        let scale = self.scale - other.scale;
        if self.unscaled.is_zero() {
            return Decimal::new(BigInt::zero(), scale);
        }
        let common = self.unscaled.gcd(&other.unscaled);
        let (mut above, mut below) = (&self.unscaled / &common, &other.unscaled / &common);
        if below.sign() == Sign::Minus {
            (above, below) = (-above, -below);
        }
        let mut extra = 0;
        while !below.is_one() {
            // One more digit: the divisor loses its common factor with ten.
            let factor = below.gcd(&BigInt::from(10));
            if factor.is_one() || extra > SCALE_MAX {
                return Err(Fault::NoExpansion);
            }
            below = &below / &factor;
            above = above * 10 / factor;
            extra += 1;
        }
        Decimal::new(above, scale + extra)
    }

    /// The whole part of the quotient.
    pub(crate) fn quotient(&self, other: &Decimal) -> Result<Decimal, Fault> {
        if other.unscaled.is_zero() {
            return Err(Fault::ByZero);
        }
        let (a, b, _) = self.aligned(other)?;
        let (whole, preferred) = (Decimal::from_integer(a / b), self.scale - other.scale);
        if preferred < 0 {
            let stripped = whole.strip_to(preferred);
            return Ok(if whole.unscaled.is_zero() {
                Decimal { scale: preferred, ..whole }
            } else {
                stripped
            });
        }
        Decimal::new(whole.unscaled * ten_to(preferred), preferred)
    }

    /// What the whole quotient leaves.
    pub(crate) fn remainder(&self, other: &Decimal) -> Result<Decimal, Fault> {
        self.subtract(&self.quotient(other)?.multiply(other)?)
    }

    /// The order of two numbers.
    pub(crate) fn compare(&self, other: &Decimal) -> Ordering {
        match self.aligned(other) {
            Ok((a, b, _)) => a.cmp(&b),
            Err(_) => Ordering::Equal,
        }
    }

    /// The number without its fraction.
    pub(crate) fn truncated(&self) -> BigInt {
        if self.scale <= 0 {
            &self.unscaled * ten_to(-self.scale)
        } else {
            &self.unscaled / ten_to(self.scale)
        }
    }

    /// The number as a ratio.
    pub(crate) fn ratio(&self) -> BigRational {
        if self.scale <= 0 {
            return BigRational::from_integer(self.truncated());
        }
        BigRational::new(self.unscaled.clone(), ten_to(self.scale))
    }

    /// The nearest double.
    pub(crate) fn float(&self) -> f64 {
        let text = format!("{}e{}", self.unscaled, -self.scale);
        text.parse().unwrap_or_else(|_| self.unscaled.to_f64().unwrap_or(f64::NAN))
    }

    /// Rounded to so many digits after the point, halves away from zero.
    pub(crate) fn rounded(&self, digits: i64) -> Decimal {
        if self.scale <= digits {
            return Decimal { unscaled: &self.unscaled * ten_to(digits - self.scale), scale: digits };
        }
        self.cut(self.scale - digits, Rounding::HalfUp)
    }

    /// Rounded to so many significant digits. Fails where rounding is needed and not allowed.
    pub(crate) fn with_precision(&self, precision: u64, rounding: Rounding) -> Result<Decimal, Fault> {
        let mut at = self.clone();
        // A carry can make one digit more.
        for _ in 0..2 {
            let digits = at.unscaled.magnitude().to_string().len() as u64;
            if precision == 0 || digits <= precision {
                break;
            }
            let cut = at.cut((digits - precision) as i64, rounding);
            if rounding == Rounding::Unnecessary && cut.compare(&at) != Ordering::Equal {
                return Err(Fault::NeedsRounding);
            }
            at = cut;
        }
        Ok(at)
    }

    /// The quotient to so many significant digits.
    pub(crate) fn divide_to(
        &self,
        other: &Decimal,
        precision: u64,
        rounding: Rounding,
    ) -> Result<Decimal, Fault> {
        if other.unscaled.is_zero() {
            return Err(Fault::ByZero);
        }
        if let Ok(exact) = self.divide(other) {
            return exact.with_precision(precision, rounding);
        }
        let length = |n: &BigInt| n.magnitude().to_string().len() as i64;
        // Enough digits for the precision and one more; what the division leaves decides like any digit behind.
        let extra = (precision as i64 + 3 + length(&other.unscaled) - length(&self.unscaled)).max(0);
        let (quotient, _) = (&self.unscaled * ten_to(extra)).div_rem(&other.unscaled);
        let is_negative = (self.unscaled.sign() == Sign::Minus) != (other.unscaled.sign() == Sign::Minus);
        let sticky = if is_negative { -1 } else { 1 };
        Decimal::new(quotient * 10 + sticky, self.scale - other.scale + extra + 1)?
            .with_precision(precision, rounding)
    }

    /// Without its last digits.
    fn cut(&self, digits: i64, rounding: Rounding) -> Decimal {
        let unit = ten_to(digits);
        let (quotient, rest) = self.unscaled.div_rem(&unit);
        let away = match rounding {
            _ if rest.is_zero() => false,
            Rounding::Up => true,
            Rounding::Down | Rounding::Unnecessary => false,
            Rounding::Ceiling => rest.sign() == Sign::Plus,
            Rounding::Floor => rest.sign() == Sign::Minus,
            Rounding::HalfUp | Rounding::HalfDown | Rounding::HalfEven => {
                match (rest.magnitude() * 2u32).cmp(unit.magnitude()) {
                    Ordering::Greater => true,
                    Ordering::Less => false,
                    Ordering::Equal => {
                        rounding == Rounding::HalfUp || (rounding == Rounding::HalfEven && quotient.is_odd())
                    }
                }
            }
        };
        let step = BigInt::from(if self.unscaled.sign() == Sign::Minus { -1 } else { 1 });
        Decimal { unscaled: if away { quotient + step } else { quotient }, scale: self.scale - digits }
    }

    /// As `1.50`, or with an exponent where that is much shorter.
    pub(crate) fn text(&self) -> String {
        let digits = self.unscaled.magnitude().to_string();
        let sign = if self.unscaled.sign() == Sign::Minus { "-" } else { "" };
        let adjusted = digits.len() as i64 - 1 - self.scale;
        if self.scale == 0 {
            return format!("{sign}{digits}");
        }
        if self.scale > 0 && adjusted >= -6 {
            let point = digits.len() as i64 - self.scale;
            if point > 0 {
                let (whole, fraction) = digits.split_at(point as usize);
                return format!("{sign}{whole}.{fraction}");
            }
            return format!("{sign}0.{}{digits}", "0".repeat(-point as usize));
        }
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent = if adjusted == 0 { String::new() } else { format!("E{adjusted:+}") };
        format!("{sign}{first}{point}{rest}{exponent}")
    }
}

/// What becomes of digits that are cut off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rounding {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    Unnecessary,
}

impl Rounding {
    /// The rounding of a name such as `HALF_UP`.
    pub(crate) fn named(name: &str) -> Option<Rounding> {
        Some(match name {
            "UP" => Rounding::Up,
            "DOWN" => Rounding::Down,
            "CEILING" => Rounding::Ceiling,
            "FLOOR" => Rounding::Floor,
            "HALF_UP" => Rounding::HalfUp,
            "HALF_DOWN" => Rounding::HalfDown,
            "HALF_EVEN" => Rounding::HalfEven,
            "UNNECESSARY" => Rounding::Unnecessary,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).expect("a decimal")
    }

    #[test]
    fn text_goes_both_ways() {
        for text in ["0", "1.50", "-0.001", "1E+400", "1E-10", "0.000001", "1.00E+4", "-12.5", "0E+2"] {
            assert_eq!(d(text).text(), text);
        }
        for text in ["", ".", "1.2.3", "1e", "x", "1e99999999999"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn division_is_exact_or_says_so() {
        assert_eq!(d("1").divide(&d("8")).map(|q| q.text()), Ok("0.125".into()));
        assert_eq!(d("10").divide(&d("4")).map(|q| q.text()), Ok("2.5".into()));
        assert_eq!(d("0").divide(&d("3.00")).map(|q| q.text()), Ok("0E+2".into()));
        assert_eq!(d("1").divide(&d("3")), Err(Fault::NoExpansion));
        assert_eq!(d("1").divide(&d("0.0")), Err(Fault::ByZero));
        let third = d("1").divide_to(&d("3"), 5, Rounding::HalfUp).map(|q| q.text());
        assert_eq!(third, Ok("0.33333".into()));
    }

    #[test]
    fn whole_quotients_keep_the_scale_they_prefer() {
        for (a, b, quotient, rest) in [
            ("7.5", "2", "3.0", "1.5"),
            ("700", "2", "350", "0"),
            ("1e3", "2", "5E+2", "0"),
            ("-7.5", "2", "-3.0", "-1.5"),
        ] {
            assert_eq!(d(a).quotient(&d(b)).map(|q| q.text()), Ok(quotient.into()));
            assert_eq!(d(a).remainder(&d(b)).map(|r| r.stripped().text()), Ok(rest.into()), "{a} {b}");
        }
    }

    #[test]
    fn rounding_of_halves() {
        for (rounding, up, down) in [
            (Rounding::HalfUp, "3", "-3"),
            (Rounding::HalfDown, "2", "-2"),
            (Rounding::HalfEven, "2", "-2"),
            (Rounding::Ceiling, "3", "-2"),
            (Rounding::Floor, "2", "-3"),
        ] {
            let round = |text| d(text).with_precision(1, rounding).map(|d| d.text());
            assert_eq!((round("2.5"), round("-2.5")), (Ok(up.into()), Ok(down.into())), "{rounding:?}");
        }
    }
}
