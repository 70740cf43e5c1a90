//! What `sendBatch()` was given.

use bytes::Bytes;

use super::json::{Writer, Written};
use super::landmarks::Landmarks;
use super::layout::{CLASS_ARRAY, CLASS_OBJECT, Name, Object, Property, Text, Value};
use super::memory::Memory;

/// Most messages of a batch: https://developers.cloudflare.com/queues/platform/limits/. JavaScript refuses more.
const MESSAGES_MAX: u32 = 100;
/// What one message may have, and all of them together have here at most, so that no limit has to be looked at.
const BYTES_MAX: usize = 128_000;
/// Most properties of one message that are looked at.
const PROPERTIES_MAX: u32 = 16;
/// What is said about a message beside its body.
const OPTIONS: [&[u8]; 3] = [b"contentType", b"delaySeconds", b"options"];

/// The bodies, as JSON, of the messages in the mailbox: an array of objects with a body and nothing said beside it.
/// None where JavaScript has to read them.
pub fn bodies(memory: &[u8], landmarks: &Landmarks) -> Option<Vec<Bytes>> {
    let memory = Memory(memory);
    let Value::Object(array) = Value::at(memory, landmarks.mailbox)? else { return None };
    let is_array = array.class()? == CLASS_ARRAY && array.prototype()? == landmarks.array_prototype;
    if !is_array || !landmarks.hold(memory) {
        return None;
    }
    let (values, count) = array.elements()?;
    if !(1..=MESSAGES_MAX).contains(&count) {
        return None;
    }
    let mut writer = Writer::new(memory, landmarks, BYTES_MAX);
    let mut bodies = Vec::with_capacity(count as usize);
    for index in 0..count {
        let Value::Object(message) = Value::at(memory, Object::element(values, index)?)? else { return None };
        let body = body(memory, landmarks, message)?;
        let start = writer.text().len();
        if writer.value(body)? == Written::Nothing {
            return None;
        }
        bodies.push(Bytes::copy_from_slice(&writer.text()[start..]));
    }
    Some(bodies)
}

/// Where the body of a message is that says nothing else.
fn body(memory: Memory<'_>, landmarks: &Landmarks, message: Object<'_>) -> Option<u32> {
    let inherits_nothing_else = [0, landmarks.object_prototype].contains(&message.prototype()?);
    let is_plain = message.class()? == CLASS_OBJECT && inherits_nothing_else;
    if !is_plain || message.property_count()? > PROPERTIES_MAX {
        return None;
    }
    let mut body = None;
    for property in message.properties()? {
        let Property { atom, value, is_data, .. } = property?;
        if atom == 0 {
            continue;
        }
        let Name::Text(Text::Narrow(name)) = Name::of_atom(memory, landmarks.atoms, atom)? else { continue };
        if name == b"body" && is_data {
            body = Some(value);
        } else if name == b"body" || OPTIONS.contains(&name) && !is_undefined(memory, value, is_data) {
            return None;
        }
    }
    body
}

fn is_undefined(memory: Memory<'_>, value: u32, is_data: bool) -> bool {
    is_data && matches!(Value::at(memory, value), Some(Value::Undefined))
}
