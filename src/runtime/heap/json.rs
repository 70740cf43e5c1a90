//! Plain values as the text that `JSON.stringify` makes of them.
//!
//! Source: ECMA-262, SerializeJSONProperty and what it calls.

use super::landmarks::Landmarks;
use super::layout::{CLASS_ARRAY, CLASS_OBJECT, Name, Object, Property, Text, Value};
use super::memory::Memory;

/// How deep values may lie in each other.
const DEPTH_MAX: usize = 64;
/// How many properties, elements and pieces of strings are looked at for one text. Not all of them get into it.
const STEPS_MAX: usize = 200_000;
/// So many units of a string are a step.
const UNITS_PER_STEP: usize = 16;
/// A property that decides about the text.
const TO_JSON: &[u8] = b"toJSON";

/// Writes one text.
pub struct Writer<'a> {
    memory: Memory<'a>,
    landmarks: &'a Landmarks,
    text: Vec<u8>,
    bytes_max: usize,
    steps_left: usize,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Text,
    /// It is undefined.
    Nothing,
}

impl<'a> Writer<'a> {
    /// A text of at most so many bytes, at least as far as it can be used.
    pub fn new(memory: Memory<'a>, landmarks: &'a Landmarks, bytes_max: usize) -> Self {
        Self { memory, landmarks, text: Vec::new(), bytes_max, steps_left: STEPS_MAX }
    }

    /// What is written so far.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Writes the value at an address. None where JavaScript has to do it.
    pub fn value(&mut self, address: u32) -> Option<Written> {
        self.value_in(address, DEPTH_MAX)
    }

    fn value_in(&mut self, address: u32, depth_left: usize) -> Option<Written> {
        match Value::at(self.memory, address)? {
            Value::Undefined => return Some(Written::Nothing),
            Value::Null => self.text.extend_from_slice(b"null"),
            Value::Boolean(true) => self.text.extend_from_slice(b"true"),
            Value::Boolean(false) => self.text.extend_from_slice(b"false"),
            Value::Integer(number) => serde_json::to_writer(&mut self.text, &number).ok()?,
            Value::Float(number) => self.float(number),
            Value::Text(text) => self.quoted(text)?,
            Value::Object(object) => self.object(object, depth_left.checked_sub(1)?)?,
        }
        (self.text.len() <= self.bytes_max).then_some(Written::Text)
    }

    fn float(&mut self, number: f64) {
        if number.is_finite() {
            self.text.extend_from_slice(dragonbox_ecma::Buffer::new().format(number).as_bytes());
        } else {
            self.text.extend_from_slice(b"null");
        }
    }

    fn object(&mut self, object: Object<'_>, depth_left: usize) -> Option<()> {
        let prototype = object.prototype()?;
        match object.class()? {
            CLASS_OBJECT if [0, self.landmarks.object_prototype].contains(&prototype) => {
                self.properties(object, depth_left)
            }
            CLASS_ARRAY if prototype == self.landmarks.array_prototype => self.elements(object, depth_left),
            _ => None,
        }
    }

    fn properties(&mut self, object: Object<'_>, depth_left: usize) -> Option<()> {
        self.text.push(b'{');
        let mut has_content = false;
        for property in object.properties()? {
            self.charge(1)?;
            let Property { atom, value, is_enumerable, is_data } = property?;
            // A deleted property has no name.
            if atom == 0 {
                continue;
            }
            let Name::Text(name) = Name::of_atom(self.memory, self.landmarks.atoms, atom)? else { continue };
            if !is_data || is_out_of_order(name) || matches!(name, Text::Narrow(TO_JSON)) {
                return None;
            }
            if !is_enumerable {
                continue;
            }
            let before = self.text.len();
            if has_content {
                self.text.push(b',');
            }
            self.quoted(name)?;
            self.text.push(b':');
            match self.value_in(value, depth_left)? {
                Written::Text => has_content = true,
                Written::Nothing => self.text.truncate(before),
            }
        }
        self.text.push(b'}');
        Some(())
    }

    fn elements(&mut self, array: Object<'_>, depth_left: usize) -> Option<()> {
        let (values, count) = array.elements()?;
        self.text.push(b'[');
        for index in 0..count {
            self.charge(1)?;
            if index > 0 {
                self.text.push(b',');
            }
            if self.value_in(Object::element(values, index)?, depth_left)? == Written::Nothing {
                self.text.extend_from_slice(b"null");
            }
        }
        self.text.push(b']');
        Some(())
    }

    fn charge(&mut self, steps: usize) -> Option<()> {
        self.steps_left = self.steps_left.checked_sub(steps)?;
        Some(())
    }

    fn quoted(&mut self, text: Text<'_>) -> Option<()> {
        let (Text::Narrow(units) | Text::Wide(units)) = text;
        self.charge(units.len() / UNITS_PER_STEP)?;
        match text {
            Text::Narrow(units) if units.iter().all(|unit| is_plain(*unit)) => {
                self.text.push(b'"');
                self.text.extend_from_slice(units);
                self.text.push(b'"');
            }
            Text::Narrow(units) => {
                self.escaped(&units.iter().copied().map(char::from).collect::<String>())?
            }
            Text::Wide(bytes) => {
                let units = bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit));
                // What is no text on its own JSON has to escape.
                let text: Result<String, _> = char::decode_utf16(units).collect();
                self.escaped(&text.ok()?)?;
            }
        }
        (self.text.len() <= self.bytes_max).then_some(())
    }

    fn escaped(&mut self, text: &str) -> Option<()> {
        serde_json::to_writer(&mut self.text, text).ok()
    }
}

/// Whether a unit of one byte is itself in JSON and in UTF-8.
fn is_plain(unit: u8) -> bool {
    matches!(unit, 0x20..0x7f) && unit != b'"' && unit != b'\\'
}

/// Whether a property may come before those that were made earlier: numbers do.
fn is_out_of_order(name: Text<'_>) -> bool {
    match name {
        Text::Narrow(units) => units.first().is_some_and(u8::is_ascii_digit),
        Text::Wide(_) => false,
    }
}
