//! `clojure.math`: functions of doubles.

use super::arithmetic::number;
use super::{Answer, fixed};
use crate::native::{Call, Native};

/// The natives of this file.
pub(crate) const NATIVES: &[Native] = &[
    fixed("clojure.math/sqrt", 1, "Returns the square root of x.", |c| of(c, libm::sqrt)),
    fixed("clojure.math/cbrt", 1, "Returns the cube root of x.", |c| of(c, libm::cbrt)),
    fixed("clojure.math/pow", 2, "Returns x to the power of y.", |c| of_two(c, libm::pow)),
    fixed("clojure.math/exp", 1, "Returns e to the power of x.", |c| of(c, libm::exp)),
    fixed("clojure.math/log", 1, "Returns the natural logarithm of x.", |c| of(c, libm::log)),
    fixed("clojure.math/log10", 1, "Returns the logarithm of x to base 10.", |c| of(c, libm::log10)),
    fixed("clojure.math/sin", 1, "Returns the sine of an angle in radians.", |c| of(c, libm::sin)),
    fixed("clojure.math/cos", 1, "Returns the cosine of an angle in radians.", |c| of(c, libm::cos)),
    fixed("clojure.math/tan", 1, "Returns the tangent of an angle in radians.", |c| of(c, libm::tan)),
    fixed("clojure.math/asin", 1, "Returns the arc sine of x.", |c| of(c, libm::asin)),
    fixed("clojure.math/acos", 1, "Returns the arc cosine of x.", |c| of(c, libm::acos)),
    fixed("clojure.math/atan", 1, "Returns the arc tangent of x.", |c| of(c, libm::atan)),
    fixed("clojure.math/atan2", 2, "Returns the angle of the point (x, y), given y and x.", |c| {
        of_two(c, libm::atan2)
    }),
    fixed("clojure.math/sinh", 1, "Returns the hyperbolic sine of x.", |c| of(c, libm::sinh)),
    fixed("clojure.math/cosh", 1, "Returns the hyperbolic cosine of x.", |c| of(c, libm::cosh)),
    fixed("clojure.math/tanh", 1, "Returns the hyperbolic tangent of x.", |c| of(c, libm::tanh)),
    fixed("clojure.math/hypot", 2, "Returns the length of the vector (x, y).", |c| of_two(c, libm::hypot)),
    fixed("clojure.math/floor", 1, "Returns the greatest whole double that is at most x.", |c| {
        of(c, libm::floor)
    }),
    fixed("clojure.math/ceil", 1, "Returns the least whole double that is at least x.", |c| {
        of(c, libm::ceil)
    }),
    fixed("clojure.math/rint", 1, "Returns the whole double nearest to x; ties go to the even one.", |c| {
        of(c, libm::rint)
    }),
    fixed("clojure.math/round", 1, "Returns the integer nearest to x; ties go up.", round),
    fixed("clojure.math/signum", 1, "Returns -1.0, 0.0 or 1.0 by the sign of x.", |c| {
        of(c, |x| if x == 0.0 || x.is_nan() { x } else { libm::copysign(1.0, x) })
    }),
    fixed("clojure.math/to-radians", 1, "Converts degrees to radians.", |c| of(c, f64::to_radians)),
    fixed("clojure.math/to-degrees", 1, "Converts radians to degrees.", |c| of(c, f64::to_degrees)),
    fixed("clojure.math/floor-div", 2, "Returns the quotient of two integers, rounded down.", |c| {
        floors(c, |(quotient, _)| quotient)
    }),
    fixed("clojure.math/IEEE-remainder", 2, "Returns x less the nearest multiple of y.", |c| {
        of_two(c, |x, y| if x.is_finite() && y.is_infinite() { x } else { libm::remainder(x, y) })
    }),
    fixed("clojure.math/copy-sign", 2, "Returns x with the sign of y.", |c| of_two(c, libm::copysign)),
    fixed("clojure.math/expm1", 1, "Returns e to the power of x, less 1.", |c| of(c, libm::expm1)),
    fixed("clojure.math/log1p", 1, "Returns the natural logarithm of x plus 1.", |c| of(c, libm::log1p)),
    fixed("clojure.math/next-after", 2, "Returns the double next to x in the direction of y.", |c| {
        of_two(c, libm::nextafter)
    }),
    fixed("clojure.math/next-up", 1, "Returns the least double greater than x.", |c| of(c, f64::next_up)),
    fixed("clojure.math/next-down", 1, "Returns the greatest double less than x.", |c| of(c, f64::next_down)),
    fixed("clojure.math/ulp", 1, "Returns the distance of x to the next double away from zero.", |c| {
        of(c, |x| match x.abs() {
            f64::MAX => f64::MAX - f64::MAX.next_down(),
            x if x.is_finite() => x.next_up() - x,
            x => x,
        })
    }),
    fixed("clojure.math/scalb", 2, "Returns x times 2 to the power of n.", |c| {
        let n = super::int_at(c, 1)?.clamp(-5000, 5000);
        Ok(c.s.float(libm::scalbn(number(c, 0)?.float(), n as i32))?)
    }),
    fixed("clojure.math/get-exponent", 1, "Returns the exponent of the highest bit of x.", |c| {
        let x = number(c, 0)?.float();
        let stored = (x.to_bits() >> 52 & 0x7FF) as i64;
        // What is too small for an exponent of its own counts as one less than the least.
        Ok(c.s.int(stored - 1023)?)
    }),
    fixed("clojure.math/add-exact", 2, "Returns x + y. Throws on overflow.", |c| exact(c, i64::checked_add)),
    fixed("clojure.math/subtract-exact", 2, "Returns x - y. Throws on overflow.", |c| {
        exact(c, i64::checked_sub)
    }),
    fixed("clojure.math/multiply-exact", 2, "Returns x * y. Throws on overflow.", |c| {
        exact(c, i64::checked_mul)
    }),
    fixed("clojure.math/increment-exact", 1, "Returns x + 1. Throws on overflow.", |c| {
        exact(c, |x, _| x.checked_add(1))
    }),
    fixed("clojure.math/decrement-exact", 1, "Returns x - 1. Throws on overflow.", |c| {
        exact(c, |x, _| x.checked_sub(1))
    }),
    fixed("clojure.math/negate-exact", 1, "Returns -x. Throws on overflow.", |c| {
        exact(c, |x, _| x.checked_neg())
    }),
    fixed("clojure.math/floor-mod", 2, "Returns x - (floor-div x y) * y.", |c| {
        floors(c, |(_, remainder)| remainder)
    }),
];

fn of<'s>(call: &Call<'_, 's>, function: fn(f64) -> f64) -> Answer<'s> {
    Ok(call.s.float(function(number(call, 0)?.float()))?)
}

fn of_two<'s>(call: &Call<'_, 's>, function: fn(f64, f64) -> f64) -> Answer<'s> {
    Ok(call.s.float(function(number(call, 0)?.float(), number(call, 1)?.float()))?)
}

fn exact<'s>(call: &Call<'_, 's>, function: fn(i64, i64) -> Option<i64>) -> Answer<'s> {
    let second = if call.args.len() > 1 { super::int_at(call, 1)? } else { 0 };
    match function(super::int_at(call, 0)?, second) {
        Some(n) => Ok(call.s.int(n)?),
        None => call.throw("arithmetic", "integer overflow"),
    }
}

fn round<'s>(call: &Call<'_, 's>) -> Answer<'s> {
    Ok(call.s.int(libm::floor(number(call, 0)?.float() + 0.5) as i64)?)
}

/// The quotient of two integers rounded down, and the remainder that goes with it: one of the two.
fn floors<'s>(call: &Call<'_, 's>, pick: fn((i64, i64)) -> i64) -> Answer<'s> {
    let (a, b) = (super::int_at(call, 0)?, super::int_at(call, 1)?);
    if b == 0 {
        return call.throw("arithmetic", "divide by zero");
    }
    let (quotient, remainder) = (a.wrapping_div(b), a.wrapping_rem(b));
    let is_above = remainder != 0 && (remainder < 0) != (b < 0);
    Ok(call.s.int(pick(if is_above { (quotient - 1, remainder + b) } else { (quotient, remainder) }))?)
}
