//! Reading a request's JSON: unknown fields are passed over, wrong ones are named by their JSON pointer.
//!
//! Whatever the content type says, a body is read as JSON: wrangler calls it plain text, and the
//! documented `curl` lines call it a form. Numbers are read from their text, and a part that nobody asked
//! for is scanned and never built, so that nesting costs nothing.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{ApiError, codes};

/// An object of a request's JSON.
#[derive(Debug, Default)]
pub(in crate::http) struct Object<'a> {
    pointer: String,
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> Object<'a> {
    /// Reads a body that must be an object.
    pub fn read(body: &'a [u8]) -> Result<Self, ApiError> {
        let text = std::str::from_utf8(body).map_err(|error| malformed(&error.to_string()))?;
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| malformed(&error.to_string()))?;
        Field { pointer: String::new(), raw }.object()
    }

    /// Reads a body that may be missing, because none of its fields is required.
    pub fn read_optional(body: &'a [u8]) -> Result<Self, ApiError> {
        if body.iter().all(u8::is_ascii_whitespace) { Ok(Self::default()) } else { Self::read(body) }
    }

    /// Refuses fields of other names, so that a misspelt one is not passed over.
    pub fn only(self, names: &[&str]) -> Result<Self, ApiError> {
        match self.fields.keys().find(|name| !names.contains(&name.as_str())) {
            None => Ok(self),
            Some(name) => Err(ApiError::invalid(
                &self.pointer_to(name),
                &format!("is not known here; there are {}", names.join(", ")),
            )),
        }
    }

    /// A field; `None` when it is missing or null.
    pub fn field(&self, name: &str) -> Option<Field<'a>> {
        self.value(name).filter(|field| field.raw.get() != "null")
    }

    /// A field that must be there and not null.
    pub fn required(&self, name: &str) -> Result<Field<'a>, ApiError> {
        self.field(name).ok_or_else(|| ApiError::invalid(&self.pointer_to(name), "is required"))
    }

    /// A field whose value may be anything, null too; `None` when it is missing.
    pub fn value(&self, name: &str) -> Option<Field<'a>> {
        self.fields.get(name).map(|raw| Field { pointer: self.pointer_to(name), raw })
    }

    /// The JSON pointer of a field of this object.
    pub fn pointer_to(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }
}

/// A value of a request's JSON, and where it is.
#[derive(Clone, Debug)]
pub(in crate::http) struct Field<'a> {
    pointer: String,
    raw: &'a RawValue,
}

impl<'a> Field<'a> {
    /// Where it is: a JSON pointer (RFC 6901).
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Its JSON text.
    pub fn json(&self) -> &'a str {
        self.raw.get()
    }

    /// It must be an object.
    pub fn object(self) -> Result<Object<'a>, ApiError> {
        let fields = self.parse("must be an object")?;
        Ok(Object { pointer: self.pointer, fields })
    }

    /// It must be an array.
    pub fn array(self) -> Result<Vec<Field<'a>>, ApiError> {
        let items: Vec<&'a RawValue> = self.parse("must be an array")?;
        let items = items.into_iter().enumerate();
        Ok(items.map(|(index, raw)| Field { pointer: format!("{}/{index}", self.pointer), raw }).collect())
    }

    /// It must be a string.
    pub fn text(&self) -> Result<String, ApiError> {
        let is_string = self.raw.get().starts_with('"');
        self.parse(if is_string { "is no well-formed Unicode" } else { "must be a string" })
    }

    /// It must be true or false.
    pub fn boolean(&self) -> Result<bool, ApiError> {
        self.parse("must be true or false")
    }

    /// It must be a whole number in this range, `5` or `5.0`: the Python client's numbers have fractions.
    /// A number out of range is refused with `code`.
    pub fn integer(&self, range: RangeInclusive<u64>, code: u32) -> Result<u64, ApiError> {
        let text = self.raw.get();
        if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Err(ApiError::invalid(self.pointer(), "must be a number"));
        }
        whole(text).filter(|number| range.contains(number)).ok_or_else(|| {
            let (first, last) = (range.start(), range.end());
            let given = shortened(text);
            self.refused(code, &format!("is {given}: it must be a whole number between {first} and {last}"))
        })
    }

    /// As [`Field::integer`], for ranges that fit.
    pub fn small_integer(&self, range: RangeInclusive<u32>, code: u32) -> Result<u32, ApiError> {
        let wide = u64::from(*range.start())..=u64::from(*range.end());
        let number = self.integer(wide, code)?;
        Ok(u32::try_from(number).unwrap_or(*range.end()))
    }

    /// It is not what it must be.
    pub fn refused(&self, code: u32, problem: &str) -> ApiError {
        ApiError::refused_at(code, self.pointer(), problem)
    }

    fn parse<Value: Deserialize<'a>>(&self, otherwise: &str) -> Result<Value, ApiError> {
        serde_json::from_str(self.raw.get()).map_err(|_| ApiError::invalid(self.pointer(), otherwise))
    }
}

/// The whole number that a JSON number stands for.
fn whole(text: &str) -> Option<u64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number: f64 = text.parse().ok()?;
    // Beyond 2^53 not every whole number can be told from its neighbours; no limit comes near.
    let exact = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just before")]
    exact.then_some(number as u64)
}

fn shortened(number: &str) -> &str {
    number.get(..24).unwrap_or(number)
}

fn malformed(reason: &str) -> ApiError {
    ApiError::bad_request(codes::BODY_MALFORMED, format!("the request body is not valid JSON: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(json: &str) -> Result<u64, u32> {
        let body = format!("{{\"n\":{json}}}");
        let object = Object::read(body.as_bytes()).map_err(|error| error.code)?;
        object.required("n").and_then(|field| field.integer(0..=100, 7)).map_err(|error| error.code)
    }

    #[test]
    fn whole_numbers_however_they_are_written() {
        for (json, expected) in [("5", 5), ("5.0", 5), ("1e2", 100), ("0", 0), ("-0", 0), ("-0.0", 0)] {
            assert_eq!(integer(json), Ok(expected), "{json}");
        }
        for out_of_range in ["101", "-1", "1.5", "1e400", "184467440737095516160"] {
            assert_eq!(integer(out_of_range), Err(7), "{out_of_range}");
        }
        for wrong in ["\"5\"", "[]", "true", "{}", "null"] {
            assert_eq!(integer(wrong), Err(codes::BODY_INVALID), "{wrong}");
        }
        for malformed in ["+5", "05", "NaN", ".5", ""] {
            assert_eq!(integer(malformed), Err(codes::BODY_MALFORMED), "{malformed}");
        }
    }

    #[test]
    fn wrong_fields_are_named_by_their_pointer() {
        let body = br#"{"a":{"b":[{"c":1},{"c":"x"}]},"later":null}"#;
        let object = Object::read(body).unwrap();
        let inner = object.required("a").unwrap().object().unwrap();
        let items = inner.required("b").unwrap().array().unwrap();
        let second = items[1].clone().object().unwrap().required("c").unwrap();
        assert_eq!(second.boolean().unwrap_err().pointer.as_deref(), Some("/a/b/1/c"));
        assert_eq!(object.required("later").unwrap_err().pointer.as_deref(), Some("/later"));
        assert!(object.value("later").is_some());
    }

    #[test]
    fn a_text_that_is_none_is_told_from_what_is_no_string() {
        let problem = |body: &str| {
            let object = Object::read(body.as_bytes()).unwrap();
            object.required("a").unwrap().text().unwrap_err().message
        };
        assert!(problem(r#"{"a":"\ud800"}"#).contains("is no well-formed Unicode"));
        assert!(problem(r#"{"a":5}"#).contains("must be a string"));
    }

    #[test]
    fn a_misspelt_field_is_named_where_nothing_is_passed_over() {
        let object = || Object::read(br#"{"queue":"q","evnt":"sent"}"#).unwrap();
        assert!(object().only(&["queue", "evnt"]).is_ok());
        let error = object().only(&["queue", "event"]).unwrap_err();
        assert_eq!(error.pointer.as_deref(), Some("/evnt"));
        assert!(error.message.contains("there are queue, event"), "{}", error.message);
    }

    #[test]
    fn bodies_that_are_no_objects() {
        for (body, code) in [
            ("", codes::BODY_MALFORMED),
            ("{", codes::BODY_MALFORMED),
            ("{}x", codes::BODY_MALFORMED),
            ("[1,", codes::BODY_MALFORMED),
            ("[]", codes::BODY_INVALID),
            ("null", codes::BODY_INVALID),
            ("\"text\"", codes::BODY_INVALID),
        ] {
            assert_eq!(Object::read(body.as_bytes()).unwrap_err().code, code, "{body}");
        }
        assert_eq!(Object::read(b"{\"a\":\"\xff\"}").unwrap_err().code, codes::BODY_MALFORMED);
        assert!(Object::read_optional(b" \n").unwrap().field("a").is_none());
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000));
        assert!(Object::read(deep.as_bytes()).unwrap().field("a").is_some());
    }
}
