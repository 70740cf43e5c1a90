//! Decimal numbers of any size, as JavaScript hands them over in text, and their rounding.
//!
//! Source: ECMA-402, "ToIntlMathematicalValue", "ToRawFixed", "ToRawPrecision" and the rounding modes of "Number
//! Format Functions".

use serde::Deserialize;

/// Largest power of ten that an exponent leads to; beyond, a number is infinite or zero, as JavaScript's own are.
/// Digits that are written out count as they are: a BigInt has as many as it likes.
const EXPONENT_MAX: i64 = 400;

/// A number to format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// Not a number.
    NaN,
    /// Infinite.
    Infinity {
        /// Whether it is below zero.
        negative: bool,
    },
    /// Everything else.
    Finite(Decimal),
}

/// A finite decimal number: `0.d1d2d3… × 10^point`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Whether it is below zero, or a zero with a minus sign.
    pub negative: bool,
    /// Its digits from 0 to 9, the first and the last of them not zero; none for zero.
    digits: Vec<u8>,
    /// How many digits are before the decimal point; below zero, zeros come after it first.
    point: i64,
}

/// How a number between two that can be written is rounded; the names are ECMA-402's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RoundingMode {
    /// Towards positive infinity.
    Ceil,
    /// Towards negative infinity.
    Floor,
    /// Away from zero.
    Expand,
    /// Towards zero.
    Trunc,
    /// To the nearer; half towards positive infinity.
    HalfCeil,
    /// To the nearer; half towards negative infinity.
    HalfFloor,
    /// To the nearer; half away from zero.
    HalfExpand,
    /// To the nearer; half towards zero.
    HalfTrunc,
    /// To the nearer; half to the even one.
    HalfEven,
}

impl Number {
    /// Reads what JavaScript writes for a Number or a BigInt, and decimal literals of strings.
    pub fn parse(text: &str) -> Self {
        let (negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if magnitude == "Infinity" {
            return Self::Infinity { negative };
        }
        Self::parse_magnitude(negative, magnitude).unwrap_or(Self::NaN)
    }

    fn parse_magnitude(negative: bool, text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = || integer.bytes().chain(fraction.bytes());
        if all().next().is_none() || !all().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = all().map(|byte| byte - b'0').collect();
        let point = (integer.len() as i64).checked_add(exponent)?;
        let decimal = Decimal { negative, digits, point }.normalised();
        if decimal.digits.is_empty() || decimal.point < -EXPONENT_MAX {
            return Some(Self::Finite(Decimal::zero(negative)));
        }
        Some(if exponent > 0 && decimal.point > EXPONENT_MAX {
            Self::Infinity { negative }
        } else {
            Self::Finite(decimal)
        })
    }
}

impl Decimal {
    fn zero(negative: bool) -> Self {
        Self { negative, digits: Vec::new(), point: 0 }
    }

    fn normalised(mut self) -> Self {
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.point -= zeros as i64;
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() { Self::zero(self.negative) } else { self }
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The power of ten of the first digit; 0 for zero.
    pub fn magnitude(&self) -> i64 {
        if self.is_zero() { 0 } else { self.point - 1 }
    }

    /// This number times ten to the power of `exponent`.
    pub fn scaled(mut self, exponent: i64) -> Self {
        if !self.is_zero() {
            self.point += exponent;
        }
        self
    }

    /// The nearest multiple, as `mode` has it, of `increment` times ten to the power of `power`.
    pub fn rounded(&self, power: i64, increment: u32, mode: RoundingMode) -> Self {
        let increment = increment.max(1);
        let mut kept = self.digits_down_to(power);
        let rest = remainder(&kept, increment);
        let order = self.compare_to_half(power, rest, increment);
        if order == Position::Exact {
            return self.clone();
        }
        let quotient_is_odd = is_odd_multiple(&kept, rest, increment);
        subtract(&mut kept, rest);
        if goes_away_from_zero(mode, self.negative, order, quotient_is_odd) {
            add(&mut kept, increment);
        }
        let point = kept.len() as i64 + power;
        Self { negative: self.negative, digits: kept, point }.normalised()
    }

    /// The digits of the integer that this number has in units of ten to the power of `power`.
    fn digits_down_to(&self, power: i64) -> Vec<u8> {
        let count = (self.point - power).max(0) as usize;
        let digits = self.digits.iter().copied().chain(std::iter::repeat(0));
        if self.is_zero() { Vec::new() } else { digits.take(count).collect() }
    }

    /// Where what is below the last kept multiple of `increment` lies: `rest` units and the digits beneath `power`.
    fn compare_to_half(&self, power: i64, rest: u32, increment: u32) -> Position {
        let tail = self.compare_tail_to_half(power);
        if rest == 0 && tail == Position::Exact {
            return Position::Exact;
        }
        let half = increment / 2;
        let at_half = if increment.is_multiple_of(2) {
            if tail == Position::Exact { Position::Half } else { Position::Above }
        } else if tail == Position::Exact {
            Position::Below
        } else {
            tail
        };
        match rest.cmp(&half) {
            std::cmp::Ordering::Less => Position::Below,
            std::cmp::Ordering::Equal => at_half,
            std::cmp::Ordering::Greater => Position::Above,
        }
    }

    fn compare_tail_to_half(&self, power: i64) -> Position {
        let first = self.point - power;
        if self.is_zero() || first >= self.digits.len() as i64 {
            return Position::Exact;
        }
        if first < 0 {
            return Position::Below;
        }
        let tail = &self.digits[first as usize..];
        match (tail[0].cmp(&5), tail.len() > 1) {
            (std::cmp::Ordering::Less, _) => Position::Below,
            (std::cmp::Ordering::Equal, false) => Position::Half,
            _ => Position::Above,
        }
    }

    /// The digits before the decimal point, at least `integer_digits_min`, and after it, at least
    /// `fraction_digits_min`.
    pub fn text(&self, integer_digits_min: usize, fraction_digits_min: usize) -> (String, String) {
        let digit_at = |power: i64| {
            let index = self.point - 1 - power;
            usize::try_from(index)
                .ok()
                .and_then(|index| self.digits.get(index))
                .map_or('0', |d| (b'0' + d) as char)
        };
        let integer_digits = self.point.max(integer_digits_min as i64);
        let fraction_digits = (self.digits.len() as i64 - self.point).max(fraction_digits_min as i64);
        let integer = (0..integer_digits).rev().map(digit_at).collect();
        let fraction = (1..=fraction_digits).map(|place| digit_at(-place)).collect();
        (integer, fraction)
    }
}

/// Where the part that is rounded away lies between zero and one increment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Exact,
    Below,
    Half,
    Above,
}

fn goes_away_from_zero(mode: RoundingMode, negative: bool, position: Position, is_odd: bool) -> bool {
    let at_half = match mode {
        RoundingMode::Ceil => return !negative,
        RoundingMode::Floor => return negative,
        RoundingMode::Expand => return true,
        RoundingMode::Trunc => return false,
        RoundingMode::HalfCeil => !negative,
        RoundingMode::HalfFloor => negative,
        RoundingMode::HalfExpand => true,
        RoundingMode::HalfTrunc => false,
        RoundingMode::HalfEven => is_odd,
    };
    position == Position::Above || (position == Position::Half && at_half)
}

fn remainder(digits: &[u8], divisor: u32) -> u32 {
    digits.iter().fold(0, |rest, digit| (rest * 10 + u32::from(*digit)) % divisor)
}

/// Whether `digits` less `rest`, divided by `increment`, is odd.
fn is_odd_multiple(digits: &[u8], rest: u32, increment: u32) -> bool {
    remainder(digits, increment * 2) != rest
}

fn subtract(digits: &mut [u8], value: u32) {
    let mut borrow = value;
    for digit in digits.iter_mut().rev() {
        if borrow == 0 {
            return;
        }
        let wanted = borrow % 10;
        borrow /= 10;
        let have = u32::from(*digit);
        if have < wanted {
            borrow += 1;
        }
        *digit = ((have + 10 - wanted) % 10) as u8;
    }
}

fn add(digits: &mut Vec<u8>, value: u32) {
    let mut carry = value;
    for digit in digits.iter_mut().rev() {
        let sum = u32::from(*digit) + carry;
        *digit = (sum % 10) as u8;
        carry = sum / 10;
    }
    while carry > 0 {
        digits.insert(0, (carry % 10) as u8);
        carry /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        match Number::parse(text) {
            Number::Finite(decimal) => decimal,
            other => panic!("{text} is {other:?}"),
        }
    }

    fn rounded(text: &str, power: i64, increment: u32, mode: RoundingMode) -> String {
        let (integer, fraction) = decimal(text).rounded(power, increment, mode).text(1, 0);
        if fraction.is_empty() { integer } else { format!("{integer}.{fraction}") }
    }

    #[test]
    fn numbers_are_read_as_javascript_writes_them() {
        assert_eq!(decimal("1e+21").text(1, 0), ("1".to_owned() + &"0".repeat(21), String::new()));
        assert_eq!(decimal("1.5e-7").text(1, 0).1, "00000015");
        assert_eq!(decimal("0012.3400").text(1, 0), ("12".into(), "34".into()));
        assert!(decimal("-0").negative && decimal("-0").is_zero());
        assert_eq!(Number::parse("-Infinity"), Number::Infinity { negative: true });
        assert_eq!(Number::parse("1e999999999999"), Number::Infinity { negative: false });
        assert!(decimal("1e-999999999999").is_zero());
        for text in ["NaN", "", "1..2", "e5", "0x10", "1e", "--1"] {
            assert_eq!(Number::parse(text), Number::NaN, "{text}");
        }
    }

    #[test]
    fn rounding_follows_the_mode() {
        use RoundingMode::*;
        let cases = [
            (Ceil, ["2", "3", "1", "2"]),
            (Floor, ["1", "2", "2", "3"]),
            (Expand, ["2", "3", "2", "3"]),
            (Trunc, ["1", "2", "1", "2"]),
            (HalfCeil, ["1", "3", "1", "2"]),
            (HalfFloor, ["1", "2", "1", "3"]),
            (HalfExpand, ["1", "3", "1", "3"]),
            (HalfTrunc, ["1", "2", "1", "2"]),
            (HalfEven, ["1", "2", "1", "2"]),
        ];
        for (mode, expected) in cases {
            let got = ["1.1", "2.5", "-1.1", "-2.5"].map(|text| rounded(text, 0, 1, mode));
            assert_eq!(got, expected, "{mode:?}");
        }
        assert_eq!(rounded("3.5", 0, 1, HalfEven), "4");
        assert_eq!(rounded("999.95", -1, 1, HalfExpand), "1000");
        assert_eq!(rounded("0.04", 0, 1, HalfExpand), "0");
        assert_eq!(rounded("0.6", 0, 1, HalfExpand), "1");
        assert_eq!(rounded("0.04", 1, 1, Ceil), "10");
    }

    #[test]
    fn increments_are_multiples_of_the_last_place() {
        use RoundingMode::*;
        assert_eq!(rounded("1.23", -2, 5, HalfExpand), "1.25");
        assert_eq!(rounded("1.225", -2, 5, HalfExpand), "1.25");
        assert_eq!(rounded("1.225", -2, 5, HalfTrunc), "1.2");
        assert_eq!(rounded("0.1", 0, 5000, Expand), "5000");
        assert_eq!(rounded("1250", 0, 500, HalfEven), "1000");
        assert_eq!(rounded("1750", 0, 500, HalfEven), "2000");
    }
}
