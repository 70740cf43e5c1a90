//! One level of a JSON text, without what is in it: a value as deep as a Worker can send has no room on the stack as a
//! tree, and strings need not be Unicode.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// What kind of JSON value a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string, a number, a boolean or null.
    Primitive,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// That of `value`.
    pub fn of(value: &RawValue) -> Self {
        match value.get().as_bytes().first() {
            Some(b'[') => Self::Array,
            Some(b'{') => Self::Object,
            _ => Self::Primitive,
        }
    }
}

/// The elements of an array, or the keys and values of an object in turn.
pub struct Parts<'a>(pub Vec<&'a RawValue>);

impl<'a> Parts<'a> {
    /// Those of an array.
    pub fn of_array(array: &'a RawValue) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(array.get());
        reader.deserialize_seq(Collect(PhantomData)).map(Self).map_err(|error| error.to_string())
    }

    /// Those of an object.
    pub fn of_object(object: &'a RawValue) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(object.get());
        reader.deserialize_map(Collect(PhantomData)).map(Self).map_err(|error| error.to_string())
    }

    /// The values of an object.
    pub fn values(&self) -> impl Iterator<Item = &'a RawValue> {
        self.0.iter().skip(1).step_by(2).copied()
    }
}

struct Collect<'a>(PhantomData<&'a RawValue>);

impl<'de> Visitor<'de> for Collect<'de> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some(element) = elements.next_element()? {
            parts.push(element);
        }
        Ok(parts)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut parts = Vec::new();
        while let Some((key, value)) = entries.next_entry::<&RawValue, &RawValue>()? {
            parts.extend([key, value]);
        }
        Ok(parts)
    }
}
