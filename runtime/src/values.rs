//! Values as configurations hold them: integers of any type, limits that may be absent, short floats.

use std::time::Duration;

/// An integer of any type. A value out of range is taken as the nearest in range.
#[diagnostic::on_unimplemented(
    message = "expected an integer, found `{Self}`",
    label = "not an integer",
    note = "write an integer of any type; of an `Option` say what `None` means: `.unwrap_or(3)`"
)]
pub trait Integer {
    /// The integer as a `u32`: if it is out of range, the nearest `u32`.
    fn into_u32(self) -> u32;
}

macro_rules! integer {
    ($($integer:ty)+) => {
        $(impl Integer for $integer {
            #[inline]
            fn into_u32(self) -> u32 {
                // A value that is out of range is above `u32::MAX`, unless it is below zero.
                u32::try_from(self).unwrap_or(if self > 0 { u32::MAX } else { 0 })
            }
        })+
    };
}

integer!(i8 i16 i32 i64 i128 isize u16 u64 u128 usize);

impl Integer for u8 {
    #[inline]
    fn into_u32(self) -> u32 {
        self.into()
    }
}

impl Integer for u32 {
    #[inline]
    fn into_u32(self) -> u32 {
        self
    }
}

/// A limit that may be absent: a `Duration` or an `Option<Duration>`, of which `None` is no limit.
#[diagnostic::on_unimplemented(
    message = "expected a `Duration`, found `{Self}`",
    label = "not a `Duration`",
    note = "write a `std::time::Duration` or an `Option` of one; a literal is a string with a unit: `\"1.5s\"`"
)]
pub trait Limit {
    /// The limit, if there is one.
    fn into_limit(self) -> Option<Duration>;
}

impl Limit for Duration {
    #[inline]
    fn into_limit(self) -> Option<Duration> {
        Some(self)
    }
}

impl Limit for Option<Duration> {
    #[inline]
    fn into_limit(self) -> Self {
        self
    }
}

/// A number: an `f64` or an `f32`.
#[diagnostic::on_unimplemented(
    message = "expected an `f64`, found `{Self}`",
    label = "not a floating-point number",
    note = "write an `f64` or an `f32`: `f64::from(..)` makes one of an integer"
)]
pub trait Number {
    /// The number as an `f64`.
    fn into_number(self) -> f64;
}

impl Number for f64 {
    #[inline]
    fn into_number(self) -> f64 {
        self
    }
}

impl Number for f32 {
    #[inline]
    fn into_number(self) -> f64 {
        self.into()
    }
}
