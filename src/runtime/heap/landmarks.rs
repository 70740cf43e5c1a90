//! Where the things are that reading begins with.

use wasmtime::component::{ComponentType, Lift, Lower};

use super::json::Writer;
use super::layout::{Name, Object, Text, integer, only};
use super::memory::Memory;

/// Addresses of what never moves, and how many properties the prototypes have; see `wit/engine.wit`.
#[derive(Clone, Copy, Debug, ComponentType, Lift, Lower)]
#[component(record)]
pub struct Landmarks {
    /// The elements of the array in which JavaScript shows something.
    pub mailbox: u32,
    /// The pointer to the table of atoms.
    pub atoms: u32,
    /// `Array.prototype`.
    #[component(name = "array-prototype")]
    pub array_prototype: u32,
    /// `Object.prototype`.
    #[component(name = "object-prototype")]
    pub object_prototype: u32,
    /// Of `Array.prototype`, as long as nobody has added to it.
    #[component(name = "array-prototype-properties")]
    pub array_prototype_properties: u32,
    /// Of `Object.prototype`.
    #[component(name = "object-prototype-properties")]
    pub object_prototype_properties: u32,
}

/// How many numbers the mailbox begins with when it is searched for; the sample comes after them.
const MARKS: u32 = 4;
/// The names that the table of atoms begins with, after an empty place.
const FIRST_ATOMS: [&[u8]; 4] = [b"null", b"false", b"true", b"if"];

/// The numbers; heap.js has the same.
const fn mark(index: u32) -> u32 {
    0x1d3c_5b79 + index * 0x0135_7924
}

/// Searches for the landmarks when the mailbox holds the marks and a sample, whose JSON text is `expected`. None
/// unless each is found once and the sample is read as that text.
pub fn find(memory: &[u8], expected: &str) -> Option<Landmarks> {
    let memory = Memory(memory);
    let mailbox = only(memory.addresses(8).filter(|address| is_marked(memory, *address)))?;
    let atoms = only(memory.addresses(4).filter(|address| points_to_atoms(memory, *address)))?;
    let array_prototype = Object::array_with(memory, mailbox, MARKS + 1)?.prototype()?;
    let object_prototype = Object::at(memory, array_prototype).prototype()?;
    let landmarks = Landmarks {
        mailbox,
        atoms,
        array_prototype,
        object_prototype,
        array_prototype_properties: Object::at(memory, array_prototype).property_count()?,
        object_prototype_properties: Object::at(memory, object_prototype).property_count()?,
    };
    let mut writer = Writer::new(memory, &landmarks, expected.len());
    writer.value(Object::element(mailbox, MARKS)?)?;
    (writer.text() == expected.as_bytes()).then_some(landmarks)
}

fn is_marked(memory: Memory<'_>, address: u32) -> bool {
    (0..MARKS).all(|index| {
        let element = Object::element(address, index);
        element.and_then(|element| memory.u64(element)) == Some(integer(mark(index)))
    })
}

/// Whether there is the pointer of `JSRuntime.atom_array`. What `atom_count` and `atom_size` are lies before it, so
/// that copies of the pointer elsewhere do not count.
fn points_to_atoms(memory: Memory<'_>, address: u32) -> bool {
    let before = |offset| address.checked_sub(offset).and_then(|address| memory.u32(address));
    let (Some(size), Some(count)) = (before(12), before(16)) else { return false };
    let begins_so = |(index, name): (u32, &&[u8])| {
        let atom = Name::of_atom(memory, address, index);
        matches!(atom, Some(Name::Text(Text::Narrow(text))) if text == *name)
    };
    (1..=size).contains(&count) && (1..).zip(&FIRST_ATOMS).all(begins_so)
}

impl Landmarks {
    /// Whether nobody has added to the prototypes, from which every plain object inherits.
    pub fn hold(&self, memory: Memory<'_>) -> bool {
        let count = |address| Object::at(memory, address).property_count();
        count(self.array_prototype) == Some(self.array_prototype_properties)
            && count(self.object_prototype) == Some(self.object_prototype_properties)
    }
}
