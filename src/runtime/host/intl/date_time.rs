//! Dates and times as en-US writes them: what `Intl.DateTimeFormat` formats.

use super::civil::Civil;
use super::date_pattern::{DateTimeOptions, Field, fields};
use super::parts::Parts;
use super::zone::{NameKind, Zone};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Formats a point in time, in milliseconds since the beginning of 1970; `None` when the zone is none.
pub fn format(options: &DateTimeOptions, milliseconds: i64) -> Option<Parts> {
    let zone = Zone::find(&options.time_zone)?;
    let local = milliseconds + i64::from(zone.offset_seconds(milliseconds)) * 1000;
    let moment = Moment { civil: Civil::at(local), zone: &zone, milliseconds };
    let mut parts = Parts::default();
    for field in fields(&options.pattern()) {
        match field {
            Field::Literal(text) => parts.literal(&text),
            Field::Letters(letter, count) => {
                let (kind, text) = moment.field(letter, count);
                parts.push(kind, text);
            }
        }
    }
    Some(parts)
}

struct Moment<'a> {
    civil: Civil,
    zone: &'a Zone,
    milliseconds: i64,
}

impl Moment<'_> {
    fn field(&self, letter: char, count: usize) -> (&'static str, String) {
        let civil = &self.civil;
        match letter {
            'G' => ("era", self.era(count)),
            'y' => ("year", self.year(count)),
            'M' if count <= 2 => ("month", padded(civil.month, count)),
            'M' => ("month", abbreviated(MONTHS[civil.month as usize - 1], count)),
            'd' => ("day", padded(civil.day, count)),
            'E' => ("weekday", abbreviated(WEEKDAYS[civil.weekday], count)),
            'a' => ("dayPeriod", if civil.hour < 12 { "AM" } else { "PM" }.to_owned()),
            'B' => ("dayPeriod", self.day_period(count)),
            'h' => ("hour", padded((civil.hour + 11) % 12 + 1, count)),
            'H' => ("hour", padded(civil.hour, count)),
            'K' => ("hour", padded(civil.hour % 12, count)),
            'k' => ("hour", padded(if civil.hour == 0 { 24 } else { civil.hour }, count)),
            'm' => ("minute", padded(civil.minute, count)),
            's' => ("second", padded(civil.second, count)),
            'S' => ("fractionalSecond", format!("{:03}", civil.millisecond)[..count.min(3)].to_owned()),
            'z' => ("timeZoneName", self.zone_name(NameKind::Specific, count)),
            'v' => ("timeZoneName", self.zone_name(NameKind::Generic, count)),
            'O' => ("timeZoneName", self.zone_name(NameKind::Offset, count)),
            other => ("literal", other.to_string()),
        }
    }

    fn era(&self, count: usize) -> String {
        let [common, before] = match count {
            4 => ["Anno Domini", "Before Christ"],
            5 => ["A", "B"],
            _ => ["AD", "BC"],
        };
        String::from(if self.civil.year > 0 { common } else { before })
    }

    fn year(&self, count: usize) -> String {
        let year = self.civil.year;
        let of_era = if year > 0 { year } else { 1 - year };
        if count == 2 { format!("{:02}", of_era % 100) } else { of_era.to_string() }
    }

    fn day_period(&self, count: usize) -> String {
        match self.civil.hour {
            12 if self.civil.minute == 0 && self.civil.second == 0 && count == 5 => "n",
            12 if self.civil.minute == 0 && self.civil.second == 0 => "noon",
            0..12 => "in the morning",
            12..18 => "in the afternoon",
            18..21 => "in the evening",
            _ => "at night",
        }
        .to_owned()
    }

    fn zone_name(&self, kind: NameKind, count: usize) -> String {
        self.zone.display_name(kind, count == 4, self.milliseconds)
    }
}

fn padded(value: u32, count: usize) -> String {
    format!("{value:0count$}")
}

fn abbreviated(name: &str, count: usize) -> String {
    match count {
        4 => name,
        5 => &name[..1],
        _ => &name[..3],
    }
    .to_owned()
}
