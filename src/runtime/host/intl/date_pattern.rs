//! The patterns of dates and times in en-US, in the letters of CLDR's date format patterns.
//!
//! Source: Unicode Technical Standard 35, "Date Field Symbol Table", and CLDR's available formats for English.

use serde::Deserialize;

/// What CLDR has before AM and PM. V8 writes a plain space in texts, and this one in parts.
pub const NARROW_SPACE: char = '\u{202f}';

/// What a `DateTimeFormat` shows, resolved. Styles and components exclude each other.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DateTimeOptions {
    /// `full`, `long`, `medium` or `short`.
    date_style: Option<String>,
    time_style: Option<String>,
    weekday: Option<String>,
    era: Option<String>,
    year: Option<String>,
    month: Option<String>,
    day: Option<String>,
    day_period: Option<String>,
    hour: Option<String>,
    minute: Option<String>,
    second: Option<String>,
    fractional_second_digits: Option<usize>,
    time_zone_name: Option<String>,
    hour_cycle: Option<String>,
    /// The zone's name or its offset.
    pub time_zone: String,
}

impl DateTimeOptions {
    /// The pattern.
    pub fn pattern(&self) -> String {
        if self.date_style.is_some() || self.time_style.is_some() {
            return self.pattern_of_styles();
        }
        let date = self.date();
        let time = self.time();
        match (date.is_empty(), time.is_empty()) {
            (_, true) => date,
            (true, false) => time,
            (false, false) => format!("{date}{}{time}", self.glue(&date)),
        }
    }

    fn pattern_of_styles(&self) -> String {
        let date = match self.date_style.as_deref() {
            Some("full") => "EEEE, MMMM d, y",
            Some("long") => "MMMM d, y",
            Some("medium") => "MMM d, y",
            Some(_) => "M/d/yy",
            None => "",
        };
        let zone = match self.time_style.as_deref() {
            Some("full") => " zzzz",
            Some("long") => " z",
            Some(_) => "",
            None => return date.to_owned(),
        };
        let seconds = if self.time_style.as_deref() == Some("short") { "" } else { ":ss" };
        let (hour, period) = self.hour_letters(false);
        let glue = match self.date_style.as_deref() {
            Some("full" | "long") => " 'at' ",
            Some(_) => ", ",
            None => "",
        };
        format!("{date}{glue}{hour}:mm{seconds}{period}{zone}")
    }

    /// What stands between date and time.
    fn glue(&self, date: &str) -> &'static str {
        if date.contains("MMMM") && !date.contains("MMMMM") {
            " 'at' "
        } else if date.starts_with('E') && !date.contains(['M', 'd', 'y', 'G']) && self.hour.is_some() {
            // An hour of 24 alone has no pattern together with the day.
            let is_bare = self.minute.is_none() && self.hour_letters(false).1.is_empty();
            if is_bare || self.time_zone_name.is_some() { ", " } else { " " }
        } else {
            ", "
        }
    }

    fn date(&self) -> String {
        let weekday = letters('E', self.weekday.as_deref());
        let era = letters('G', self.era.as_deref());
        let year = numeric('y', self.year.as_deref());
        let month = month(self.month.as_deref());
        let day = numeric('d', self.day.as_deref());
        let is_text = month.len() > 2;
        match (month.is_empty(), day.is_empty()) {
            (false, false) => {
                let core = match (is_text, year.is_empty()) {
                    (true, false) => format!("{month} {day}, {year}"),
                    (true, true) => format!("{month} {day}"),
                    (false, false) => format!("{month}/{day}/{year}"),
                    (false, true) => format!("{month}/{day}"),
                };
                let weekday = if weekday.is_empty() { weekday } else { weekday + ", " };
                format!("{weekday}{}", spaced(&[&core, &era]))
            }
            (false, true) if year.is_empty() && !era.is_empty() => format!("{era} ('month': {month})"),
            (false, true) if year.is_empty() && !matches!(month.len(), 1 | 3) && !weekday.is_empty() => {
                format!("{weekday} ('month': {month})")
            }
            (false, true) => {
                let core = match (is_text, year.is_empty()) {
                    (_, true) => month,
                    (true, false) => format!("{month} {year}"),
                    (false, false) => format!("{month}/{year}"),
                };
                spaced(&[&core, &era, &weekday])
            }
            (true, false) if weekday.is_empty() && era.is_empty() && year == "yy" && day == "d" => {
                format!("{day} {year}")
            }
            (true, false) if weekday.is_empty() || !era.is_empty() => {
                let rest = spaced(&[&year, &era]);
                let day = spaced(&[&day, &weekday]);
                if rest.is_empty() { day } else { format!("{rest} ('day': {day})") }
            }
            (true, false) => spaced(&[&day, &weekday, &year]),
            (true, true) => spaced(&[&year, &era, &weekday]),
        }
    }

    fn time(&self) -> String {
        let zone = match self.time_zone_name.as_deref() {
            Some("short") => "z",
            Some("long") => "zzzz",
            Some("shortOffset") => "O",
            Some("longOffset") => "OOOO",
            Some("shortGeneric") => "v",
            Some(_) => "vvvv",
            None => "",
        };
        spaced(&[&self.clock(), zone])
    }

    fn clock(&self) -> String {
        let fraction = "S".repeat(self.fractional_second_digits.unwrap_or(0).min(3));
        let has_minute = self.minute.is_some();
        let has_second = self.second.is_some() || (has_minute && !fraction.is_empty());
        let seconds = match (has_second, fraction.is_empty()) {
            (false, _) => fraction,
            (true, true) => "ss".to_owned(),
            (true, false) => format!("ss.{fraction}"),
        };
        if let Some(hour) = self.hour.as_deref() {
            return self.clock_with_hour(hour == "2-digit", &seconds);
        }
        match (has_minute, seconds.is_empty()) {
            (true, false) => format!("mm:{seconds}"),
            (true, true) => "m".to_owned(),
            // Alone they are written without a leading zero, whatever was asked for.
            (false, false) => seconds.replacen("ss", "s", 1),
            (false, true) => day_period(self.day_period.as_deref()),
        }
    }

    fn clock_with_hour(&self, is_two_digits: bool, seconds: &str) -> String {
        let (hour, period) = self.hour_letters(is_two_digits);
        match (self.minute.is_some(), seconds.is_empty()) {
            (true, true) => format!("{hour}:mm{period}"),
            (true, false) => format!("{hour}:mm:{seconds}{period}"),
            (false, true) if period.is_empty() && self.time_zone_name.is_some() => format!("{hour}'h'"),
            (false, true) => format!("{hour}{period}"),
            (false, false) => format!("{hour}{period} ('second': {})", seconds.replacen("ss", "s", 1)),
        }
    }

    /// The letters of the hour, and those of the half of the day with the space before them.
    fn hour_letters(&self, is_two_digits: bool) -> (&'static str, String) {
        let period = match self.day_period.as_deref() {
            None => format!("{NARROW_SPACE}a"),
            // CLDR has these patterns with a zone for AM and PM only, and so with their space.
            period if self.time_zone_name.is_some() => format!("{NARROW_SPACE}{}", day_period(period)),
            period => format!(" {}", day_period(period)),
        };
        match (self.hour_cycle.as_deref(), is_two_digits) {
            (Some("h23"), _) => ("HH", String::new()),
            (Some("h24"), _) => ("kk", String::new()),
            (Some("h11"), true) => ("KK", period),
            (Some("h11"), false) => ("K", period),
            (_, true) => ("hh", period),
            (_, false) => ("h", period),
        }
    }
}

fn spaced(texts: &[&str]) -> String {
    texts.iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

fn letters(letter: char, length: Option<&str>) -> String {
    let count = match length {
        None => return String::new(),
        Some("long") => 4,
        Some("narrow") => 5,
        Some(_) if letter == 'E' => 3,
        Some(_) => 1,
    };
    letter.to_string().repeat(count)
}

fn numeric(letter: char, length: Option<&str>) -> String {
    let count = match length {
        None => 0,
        Some("2-digit") => 2,
        Some(_) => 1,
    };
    letter.to_string().repeat(count)
}

fn month(length: Option<&str>) -> String {
    match length {
        Some("short") => "MMM".to_owned(),
        Some("long") => "MMMM".to_owned(),
        Some("narrow") => "MMMMM".to_owned(),
        other => numeric('M', other),
    }
}

fn day_period(length: Option<&str>) -> String {
    match length {
        None => "",
        Some("long") => "BBBB",
        Some("narrow") => "BBBBB",
        Some(_) => "B",
    }
    .to_owned()
}

/// The components that a pattern has, as `resolvedOptions` tells them: names and values in turn.
pub fn components(pattern: &str) -> Vec<(&'static str, String)> {
    fields(pattern).into_iter().filter_map(|field| component(&field)).collect()
}

fn component(field: &Field) -> Option<(&'static str, String)> {
    let Field::Letters(letter, count) = *field else { return None };
    let width = match count {
        4 => "long",
        5 => "narrow",
        _ => "short",
    };
    let digits = if count == 2 { "2-digit" } else { "numeric" };
    let (name, value) = match letter {
        'E' => ("weekday", width),
        'G' => ("era", width),
        'y' => ("year", digits),
        'M' if count > 2 => ("month", width),
        'M' => ("month", digits),
        'd' => ("day", digits),
        'B' => ("dayPeriod", width),
        'h' | 'H' | 'k' | 'K' => ("hour", digits),
        'm' => ("minute", digits),
        's' => ("second", digits),
        'z' => ("timeZoneName", if count == 4 { "long" } else { "short" }),
        'O' => ("timeZoneName", if count == 4 { "longOffset" } else { "shortOffset" }),
        'v' => ("timeZoneName", if count == 4 { "longGeneric" } else { "shortGeneric" }),
        'S' => return Some(("fractionalSecondDigits", count.to_string())),
        _ => return None,
    };
    Some((name, value.to_owned()))
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A letter and how often it is there.
    Letters(char, usize),
    /// Text that stands for itself.
    Literal(String),
}

/// A pattern taken apart.
pub fn fields(pattern: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut is_quoted = false;
    for character in pattern.chars() {
        if character == '\'' {
            is_quoted = !is_quoted;
            continue;
        }
        let is_letter = !is_quoted && character.is_ascii_alphabetic();
        match fields.last_mut() {
            Some(Field::Letters(letter, count)) if is_letter && *letter == character => *count += 1,
            Some(Field::Literal(text)) if !is_letter => text.push(character),
            _ if is_letter => fields.push(Field::Letters(character, 1)),
            _ => fields.push(Field::Literal(character.to_string())),
        }
    }
    fields
}
