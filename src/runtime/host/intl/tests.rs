//! What en-US writes, as V8 does with CLDR 47 and 48.

use serde_json::{Map, Value, json};

use super::*;

fn operate(operation: &str, options: &Value, values: &[&str]) -> Result<String, String> {
    let options = options.as_str().map_or_else(|| options.to_string(), str::to_owned);
    let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    Intl::default().operate(operation, &options, &values)
}

fn merged(base: Value, more: &Value) -> Value {
    let mut object: Map<String, Value> = serde_json::from_value(base).expect("an object");
    object.extend(more.as_object().cloned().unwrap_or_default());
    Value::Object(object)
}

fn number_options(more: Value, digits: Value) -> Value {
    let digits = merged(
        json!({ "minimumIntegerDigits": 1, "roundingPriority": "auto", "roundingIncrement": 1,
            "roundingMode": "halfExpand", "trailingZeroDisplay": "auto" }),
        &digits,
    );
    let base = json!({ "style": "decimal", "notation": "standard", "signDisplay": "auto", "useGrouping": "auto",
        "digits": digits });
    merged(base, &more)
}

fn fraction(least: u32, most: u32) -> Value {
    json!({ "minimumFractionDigits": least, "maximumFractionDigits": most })
}

fn number(more: Value, digits: Value, value: &str) -> String {
    operate("number", &number_options(more, digits), &[value]).expect("formatted")
}

fn dollars(more: Value, value: &str) -> String {
    let currency = merged(json!({ "style": "currency", "currency": "USD" }), &more);
    number(currency, fraction(2, 2), value)
}

fn date(options: Value, milliseconds: i64) -> String {
    let options = merged(json!({ "timeZone": "UTC" }), &options);
    operate("date-time", &options, &[&milliseconds.to_string()]).expect("formatted")
}

#[test]
fn numbers_have_groups_and_as_many_digits_as_asked() {
    let plain = |value| number(json!({}), fraction(0, 3), value);
    assert_eq!(plain("1234567.8915"), "1,234,567.892");
    assert_eq!(plain("-0"), "-0");
    assert_eq!(plain("NaN"), "NaN");
    assert_eq!(plain("-Infinity"), "-∞");
    assert_eq!(plain("1e+21"), "1,000,000,000,000,000,000,000");
    let min2 = json!({ "useGrouping": "min2" });
    assert_eq!(number(min2.clone(), fraction(0, 0), "1234"), "1234");
    assert_eq!(number(min2, fraction(0, 0), "12345"), "12,345");
    let significant = json!({ "minimumSignificantDigits": 3, "maximumSignificantDigits": 3 });
    assert_eq!(number(json!({}), significant.clone(), "9.995"), "10.0");
    assert_eq!(number(json!({}), significant, "0.000012"), "0.0000120");
    let strip = merged(fraction(2, 2), &json!({ "trailingZeroDisplay": "stripIfInteger" }));
    assert_eq!(number(json!({}), strip.clone(), "1"), "1");
    assert_eq!(number(json!({}), strip, "1.5"), "1.50");
}

#[test]
fn notations_carry_what_rounding_makes_larger() {
    let both = json!({ "minimumFractionDigits": 0, "maximumFractionDigits": 0, "minimumSignificantDigits": 1,
        "maximumSignificantDigits": 2, "roundingPriority": "morePrecision" });
    let compact = json!({ "notation": "compact", "useGrouping": "min2" });
    let short = |value| number(compact.clone(), both.clone(), value);
    assert_eq!(
        ["999", "999.5", "1500", "999999", "1550000000"].map(short),
        ["999", "1K", "1.5K", "1M", "1.6B"]
    );
    let long = merged(compact.clone(), &json!({ "compactDisplay": "long" }));
    assert_eq!(number(long, both.clone(), "-1500"), "-1.5 thousand");
    assert_eq!(number(json!({ "notation": "scientific" }), fraction(0, 3), "1234567"), "1.235E6");
    assert_eq!(number(json!({ "notation": "engineering" }), fraction(0, 3), "1e-7"), "100E-9");
}

#[test]
fn currencies_units_and_percents_have_their_signs() {
    assert_eq!(dollars(json!({}), "-1234.5"), "-$1,234.50");
    assert_eq!(dollars(json!({ "currencySign": "accounting" }), "-1234.5"), "($1,234.50)");
    assert_eq!(dollars(json!({ "currency": "CHF" }), "5"), "CHF\u{a0}5.00");
    assert_eq!(dollars(json!({ "currency": "CAD" }), "5"), "CA$5.00");
    assert_eq!(dollars(json!({ "currencyDisplay": "name" }), "5"), "5.00 US dollars");
    assert_eq!(dollars(json!({ "signDisplay": "exceptZero" }), "5"), "+$5.00");
    assert_eq!(number(json!({ "style": "percent" }), fraction(0, 0), "0.256"), "26%");
    let unit = |unit, display| {
        number(json!({ "style": "unit", "unit": unit, "unitDisplay": display }), fraction(0, 3), "1")
    };
    assert_eq!(unit("kilometer-per-hour", "short"), "1 km/h");
    assert_eq!(unit("byte-per-second", "narrow"), "1B/s");
    assert_eq!(unit("foot-per-minute", "long"), "1 foot per minute");
}

#[test]
fn dates_are_written_as_styles_and_components_say() {
    let moment = 1_704_423_846_078;
    let numeric = json!({ "year": "numeric", "month": "numeric", "day": "numeric", "hour": "numeric",
        "minute": "numeric", "second": "numeric", "hourCycle": "h12" });
    assert_eq!(date(numeric, 0), "1/1/1970, 12:00:00 AM");
    let style = |date_style, time_style| {
        let new_york =
            json!({ "dateStyle": date_style, "timeStyle": time_style, "timeZone": "America/New_York" });
        date(new_york, moment)
    };
    assert_eq!(style("full", "full"), "Thursday, January 4, 2024 at 10:04:06 PM Eastern Standard Time");
    assert_eq!(style("medium", "long"), "Jan 4, 2024, 10:04:06 PM EST");
    assert_eq!(style("short", "short"), "1/4/24, 10:04 PM");
    let two_digits = json!({ "year": "numeric", "month": "2-digit", "day": "2-digit" });
    assert_eq!(date(two_digits, moment), "01/05/2024");
    let words = json!({ "weekday": "short", "year": "numeric", "month": "long", "day": "numeric" });
    assert_eq!(date(words, moment), "Fri, January 5, 2024");
    let hours = json!({ "weekday": "short", "hour": "numeric", "minute": "numeric", "hourCycle": "h12" });
    assert_eq!(date(hours.clone(), moment), "Fri 3:04 AM");
    let with_zone = merged(hours, &json!({ "timeZoneName": "short", "timeZone": "America/New_York" }));
    assert_eq!(date(with_zone, moment), "Thu, 10:04 PM EST");
    let period = |milliseconds| {
        let options = json!({ "hour": "numeric", "hourCycle": "h12", "dayPeriod": "long" });
        date(options, milliseconds)
    };
    let periods = [0, 6, 12, 13, 19, 22].map(|hour| period(hour * 3_600_000));
    assert_eq!(
        periods,
        [
            "12 in the morning",
            "6 in the morning",
            "12 noon",
            "1 in the afternoon",
            "7 in the evening",
            "10 at night"
        ]
    );
    let clock = json!({ "hour": "numeric", "minute": "2-digit", "second": "2-digit", "hourCycle": "h23",
        "fractionalSecondDigits": 2 });
    assert_eq!(date(clock, moment), "03:04:06.07");
    assert_eq!(date(json!({ "era": "short", "year": "numeric" }), -62_198_755_200_000), "2 BC");
}

#[test]
fn zones_have_rules_and_names() {
    let (winter, summer) = (1_704_423_846_078, 1_720_000_000_000);
    let named = |zone: &str, name: &str, milliseconds| {
        date(json!({ "hour": "numeric", "timeZoneName": name, "timeZone": zone }), milliseconds)
    };
    assert_eq!(named("Europe/Berlin", "short", winter), "4 AM GMT+1");
    assert_eq!(named("Europe/Berlin", "long", summer), "11 AM Central European Summer Time");
    assert_eq!(named("Asia/Kolkata", "short", summer), "3 PM GMT+5:30");
    assert_eq!(named("America/Los_Angeles", "shortGeneric", summer), "2 AM PT");
    assert_eq!(named("+05:30", "longOffset", summer), "3 PM GMT+05:30");
    assert_eq!(named("Europe/London", "shortOffset", winter), "3 AM GMT+0");
    let zone = |name: &str| operate("time-zone", &Value::from(name), &[]);
    assert_eq!(zone("europe/berlin").as_deref(), Ok("Europe/Berlin"));
    assert_eq!(zone("Etc/GMT").as_deref(), Ok("UTC"));
    assert_eq!(zone("+0530").as_deref(), Ok("+05:30"));
    for name in ["Mars/Olympus", "+25:00", "+5", "-ab:cd", "+é1", ""] {
        assert!(zone(name).is_err(), "{name}");
    }
}

#[test]
fn rules_hold_over_all_of_javascripts_time() {
    let new_york = |milliseconds: i64| {
        date(json!({ "year": "numeric", "hour": "numeric", "timeZone": "America/New_York" }), milliseconds)
    };
    assert_eq!(new_york(8_640_000_000_000_000), "275760, 8 PM");
    assert_eq!(new_york(-8_640_000_000_000_000), "271822, 7 PM");
}

#[test]
fn words_go_with_numbers() {
    let plural = |kind: &str, value: &str| {
        let options = number_options(json!({ "type": kind }), fraction(0, 3));
        operate("plural", &options, &[value]).expect("selected")
    };
    assert_eq!(
        ["0", "1", "-1", "1.5"].map(|value| plural("cardinal", value)),
        ["other", "one", "one", "other"]
    );
    assert_eq!(
        ["1", "2", "3", "11", "113", "121"].map(|value| plural("ordinal", value)),
        ["one", "two", "few", "other", "other", "one"]
    );
    let relative = |numeric: &str, value: &str, unit: &str| {
        let options = json!({ "style": "long", "numeric": numeric, "number": number_options(json!({}), fraction(0, 3)) });
        operate("relative-time", &options, &[value, unit])
    };
    assert_eq!(relative("auto", "-1", "day").as_deref(), Ok(r#"["literal","yesterday"]"#));
    assert_eq!(
        relative("always", "2", "week").as_deref(),
        Ok(r#"["literal","in ","integer","2","literal"," weeks"]"#)
    );
    assert!(relative("always", "1", "eon").is_err());
}

#[test]
fn what_is_none_has_no_answer() {
    assert!(operate("number", &json!({}), &["1"]).is_err());
    assert!(operate("nothing", &json!({}), &[]).is_err());
    assert!(operate("locale", &Value::from("x"), &[]).is_err());
    assert_eq!(
        operate("locale", &Value::from("EN-latn-us"), &[]).as_deref(),
        Ok(r#"["en-Latn-US","en-Latn-US","en","Latn","US"]"#)
    );
    assert_eq!(operate("display-name", &Value::from("region"), &["DE"]).as_deref(), Ok("Germany"));
    assert_eq!(operate("is-unit", &Value::from("liter-per-parsec"), &[]).as_deref(), Ok("false"));
}
