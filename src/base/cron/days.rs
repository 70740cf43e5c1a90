//! Which values of a field, and which days, an expression means.

use chrono::{Datelike, Days, NaiveDate};
use saffron::parse::{DayOfMonthExpr, DayOfWeekExpr, Expr, Exprs, Last, OrsExpr};

/// The values of a field that is no day, as bits of numbers from 0.
pub fn values<Value: Copy + Into<u8>>(expression: &Expr<Value>, count: u8) -> u64 {
    match expression {
        Expr::Many(list) => listed(list, count),
        _ => (1 << count) - 1,
    }
}

/// Whether both of the days' fields, as far as they are given, allow `date`; when both are, one is enough.
pub fn allow(date: NaiveDate, month_days: &DayOfMonthExpr, week_days: &DayOfWeekExpr) -> bool {
    match (month_days, week_days) {
        (DayOfMonthExpr::All, DayOfWeekExpr::All) => true,
        (DayOfMonthExpr::All, week_days) => is_week_day(date, week_days),
        (month_days, DayOfWeekExpr::All) => is_month_day(date, month_days),
        (month_days, week_days) => is_month_day(date, month_days) || is_week_day(date, week_days),
    }
}

fn is_month_day(date: NaiveDate, expression: &DayOfMonthExpr) -> bool {
    let last = days_in_month(date);
    let day = |day: u32| date.with_day(day);
    let before_last = |offset: u8| last.checked_sub(u32::from(offset)).and_then(day);
    let meant = match expression {
        DayOfMonthExpr::All => return true,
        DayOfMonthExpr::Many(list) => return listed(list, 31) & (1 << date.day0()) != 0,
        DayOfMonthExpr::ClosestWeekday(wanted) => day(u32::from(u8::from(*wanted)) + 1).map(closest_weekday),
        DayOfMonthExpr::Last(Last::Day) => day(last),
        DayOfMonthExpr::Last(Last::Weekday) => day(last).map(closest_weekday),
        DayOfMonthExpr::Last(Last::Offset(offset)) => before_last(u8::from(*offset)),
        DayOfMonthExpr::Last(Last::OffsetWeekday(offset)) => {
            before_last(u8::from(*offset)).map(closest_weekday)
        }
        _ => None,
    };
    meant == Some(date)
}

fn is_week_day(date: NaiveDate, expression: &DayOfWeekExpr) -> bool {
    let day_number = date.weekday().num_days_from_sunday();
    let is = |wanted: u8| u32::from(wanted) == day_number;
    match expression {
        DayOfWeekExpr::All => true,
        DayOfWeekExpr::Many(list) => listed(list, 7) & (1 << day_number) != 0,
        DayOfWeekExpr::Last(wanted) => is(u8::from(*wanted)) && date.day() + 7 > days_in_month(date),
        DayOfWeekExpr::Nth(wanted, nth) => {
            is(u8::from(*wanted)) && date.day0() / 7 + 1 == u32::from(u8::from(*nth))
        }
        _ => false,
    }
}

/// The Monday to Friday nearest to `date` in its month.
fn closest_weekday(date: NaiveDate) -> NaiveDate {
    let moved = match date.weekday() {
        chrono::Weekday::Sat if date.day() == 1 => date.checked_add_days(Days::new(2)),
        chrono::Weekday::Sat => date.pred_opt(),
        chrono::Weekday::Sun if date.day() == days_in_month(date) => date.checked_sub_days(Days::new(2)),
        chrono::Weekday::Sun => date.succ_opt(),
        _ => None,
    };
    moved.unwrap_or(date)
}

fn days_in_month(date: NaiveDate) -> u32 {
    u32::from(date.num_days_in_month())
}

fn listed<Value: Copy + Into<u8>>(list: &Exprs<Value>, count: u8) -> u64 {
    list.iter().fold(0, |bits, part| {
        let (start, end, step) = match *part {
            OrsExpr::One(value) => (value, value, 1),
            OrsExpr::Range(start, end) => (start, end, 1),
            OrsExpr::Step { start, end, step } => (start, end, usize::from(u8::from(step))),
            _ => return bits,
        };
        let (start, end) = (start.into(), end.into());
        // A range that ends before it starts goes on at the first value, as in FRI-MON.
        let length = (count + end - start) % count;
        (0..=length).step_by(step.max(1)).fold(bits, |bits, offset| bits | 1 << ((start + offset) % count))
    })
}
