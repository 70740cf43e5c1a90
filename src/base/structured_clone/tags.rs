//! Arrays that say what they are.

use serde_json::value::RawValue;

use super::parts::{Kind, Parts};
use super::{Checked, Reading};

/// The views of a buffer, with the bytes of an element.
const VIEWS: [(&str, u64); 13] = [
    ("Int8Array", 1),
    ("Uint8Array", 1),
    ("Uint8ClampedArray", 1),
    ("Int16Array", 2),
    ("Uint16Array", 2),
    ("Int32Array", 4),
    ("Uint32Array", 4),
    ("Float16Array", 2),
    ("Float32Array", 4),
    ("Float64Array", 8),
    ("BigInt64Array", 8),
    ("BigUint64Array", 8),
    ("DataView", 1),
];
const ERRORS: [&str; 7] =
    ["EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError", "Error"];

impl Reading {
    /// An array whose first element says what it is.
    pub(super) fn tagged(&mut self, parts: &Parts<'_>) -> Checked {
        let Some((tag, rest)) = parts.0.split_first() else {
            return Err("an array does not begin with what it is".to_owned());
        };
        let tag = text(tag).ok_or("an array does not begin with what it is")?;
        let is_right = match (tag.as_str(), rest) {
            ("undefined", []) => true,
            ("number", [number]) => {
                text(number).is_some_and(|text| ["-0", "NaN", "Infinity", "-Infinity"].contains(&&*text))
            }
            ("bigint", [number]) => text(number).is_some_and(|text| is_integer(&text)),
            ("ref", [number]) => whole(number).is_some_and(|number| number < self.begun.len() as u64),
            ("date", [time]) => self.begins(time.get() == "null" || is_number(time)),
            ("regexp", [source, flags]) => self.begins(is_text(source) && is_text(flags)),
            ("boxed", [value]) => self.boxed(value)?,
            ("buffer", [bytes]) => self.buffer(bytes),
            ("view", [name, buffer, offset, length]) => self.view(name, buffer, offset, length)?,
            ("sparse", [length, properties]) => {
                self.begins(true);
                let is_length = whole(length).is_some_and(|length| length <= u64::from(u32::MAX));
                is_length && self.members(properties)?
            }
            ("error", [name, members]) => {
                self.begins(true);
                text(name).is_some_and(|name| ERRORS.contains(&&*name)) && self.members(members)?
            }
            ("exception", [name, members]) => {
                self.begins(true);
                is_text(name) && members.get().contains("\"message\"") && self.members(members)?
            }
            ("map", entries) if entries.len() % 2 == 0 => return self.all(entries.iter().copied()),
            ("array" | "set", items) => return self.all(items.iter().copied()),
            _ => false,
        };
        if is_right { Ok(()) } else { Err(format!("no value begins with [{tag:?}")) }
    }

    /// An object that has no others in it.
    fn begins(&mut self, is_right: bool) -> bool {
        self.begun.push(None);
        is_right
    }

    fn members(&mut self, members: &RawValue) -> Result<bool, String> {
        if Kind::of(members) != Kind::Object {
            return Ok(false);
        }
        self.properties(members).map(|()| true)
    }

    fn boxed(&mut self, value: &RawValue) -> Result<bool, String> {
        self.begins(true);
        let met = self.begun.len();
        self.value(value)?;
        Ok(self.begun.len() == met && value.get() != "null")
    }

    fn buffer(&mut self, bytes: &RawValue) -> bool {
        let bytes = text(bytes).filter(|text| text.chars().all(|letter| letter <= '\u{ff}'));
        let length = bytes.map(|text| text.chars().count() as u64);
        self.begun.push(length);
        length.is_some()
    }

    fn view(
        &mut self,
        name: &RawValue,
        buffer: &RawValue,
        offset: &RawValue,
        length: &RawValue,
    ) -> Result<bool, String> {
        self.begins(true);
        let number = self.begun.len();
        self.value(buffer)?;
        let buffer = match self.begun.get(number) {
            Some(begun) => *begun,
            None => self.referred(buffer),
        };
        let view = text(name).and_then(|name| VIEWS.into_iter().find(|(view, _)| *view == name));
        let (Some((_, element)), Some(bytes), Some(offset), Some(length)) =
            (view, buffer, whole(offset), whole(length))
        else {
            return Ok(false);
        };
        let end = length.checked_mul(element).and_then(|length| length.checked_add(offset));
        Ok(offset % element == 0 && end.is_some_and(|end| end <= bytes))
    }

    /// The length of the buffer that began before.
    fn referred(&self, reference: &RawValue) -> Option<u64> {
        let parts = Parts::of_array(reference).ok()?;
        let number = whole(parts.0.get(1)?)?;
        *self.begun.get(usize::try_from(number).ok()?)?
    }
}

fn is_text(value: &RawValue) -> bool {
    value.get().starts_with('"')
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

fn is_number(value: &RawValue) -> bool {
    value.get().starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

fn whole(value: &RawValue) -> Option<u64> {
    value.get().parse().ok()
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}
