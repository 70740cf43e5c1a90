//! How the engine keeps values: `JSValue`, `JSObject`, `JSShape`, `JSString` and atoms of `quickjs.c`.

use super::memory::Memory;

/// `JS_CLASS_OBJECT`: what a literal `{}` is.
pub const CLASS_OBJECT: u16 = 1;
/// `JS_CLASS_ARRAY`.
pub const CLASS_ARRAY: u16 = 2;

/// `JS_TAG_*`, the upper half of a value. The lower one is a number or an address. What is below or above all of them
/// is a number with its fraction.
mod tag {
    pub const FIRST: i32 = -9;
    pub const STRING: i32 = -7;
    pub const OBJECT: i32 = -1;
    pub const INTEGER: i32 = 0;
    pub const BOOLEAN: i32 = 1;
    pub const NULL: i32 = 2;
    pub const UNDEFINED: i32 = 3;
    pub const FLOAT: i32 = 8;
}

/// `JS_FLOAT64_TAG_ADDEND`: what is subtracted from the upper half of a number with its fraction.
const FLOAT_ADDEND: u64 = 0x7ff8_0000 + tag::FIRST.unsigned_abs() as u64 + 1;
/// `JS_ATOM_TAG_INT`: an atom that is a number itself.
const ATOM_IS_NUMBER: u32 = 1 << 31;

/// A value, as far as JSON knows of it.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    Null,
    Undefined,
    Boolean(bool),
    Integer(i32),
    Float(f64),
    Text(Text<'a>),
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    /// The value that is kept at an address; none where it is none of these.
    pub fn at(memory: Memory<'a>, address: u32) -> Option<Self> {
        let bits = memory.u64(address)?;
        let (tag, low) = ((bits >> 32) as i32, bits as u32);
        Some(match tag {
            tag::NULL => Self::Null,
            tag::UNDEFINED => Self::Undefined,
            tag::BOOLEAN => Self::Boolean(low != 0),
            tag::INTEGER => Self::Integer(low as i32),
            tag::STRING => Self::Text(Text::at(memory, low)?),
            tag::OBJECT => Self::Object(Object { memory, address: low }),
            tag::FIRST..tag::FLOAT => return None,
            _ => Self::Float(f64::from_bits(bits.wrapping_add(FLOAT_ADDEND << 32))),
        })
    }
}

/// A value that is this integer, as it is kept.
pub const fn integer(number: u32) -> u64 {
    number as u64
}

/// The units of a string.
#[derive(Clone, Copy)]
pub enum Text<'a> {
    /// Those of one byte each: the first 256 code points.
    Narrow(&'a [u8]),
    /// Those of UTF-16, two bytes each.
    Wide(&'a [u8]),
}

impl<'a> Text<'a> {
    const HEADER_BYTES: u32 = 16;
    const KIND_NORMAL: u32 = 0;
    const KIND_SLICE: u32 = 1;

    /// The string at an address; none for one that is still in pieces.
    fn at(memory: Memory<'a>, address: u32) -> Option<Self> {
        let first = memory.u32(address)?;
        let (length, is_wide) = ((first & 0x7fff_ffff) as usize, first >> 31 == 1);
        let own = address.checked_add(Self::HEADER_BYTES)?;
        let units = match (memory.u32(address.checked_add(4)?)? >> 28) & 3 {
            Self::KIND_NORMAL => own,
            Self::KIND_SLICE => {
                let (whole, start) = (memory.u32(own)?, memory.u32(own.checked_add(4)?)?);
                whole.checked_add(Self::HEADER_BYTES)?.checked_add(start)?
            }
            _ => memory.u32(own)?,
        };
        Some(if is_wide {
            Self::Wide(memory.bytes(units, length.checked_mul(2)?)?)
        } else {
            Self::Narrow(memory.bytes(units, length)?)
        })
    }
}

/// The name of a property.
#[derive(Clone, Copy)]
pub enum Name<'a> {
    Text(Text<'a>),
    Symbol,
}

impl<'a> Name<'a> {
    const TYPE_TEXT: u32 = 1;

    /// That of an atom, whose table is pointed to at `atoms`; none for numbers.
    pub fn of_atom(memory: Memory<'a>, atoms: u32, atom: u32) -> Option<Self> {
        if atom & ATOM_IS_NUMBER != 0 {
            return None;
        }
        let entry = memory.u32(atoms)?.checked_add(atom.checked_mul(4)?)?;
        let string = memory.u32(entry)?;
        let is_text = memory.u32(string.checked_add(4)?)? >> 30 == Self::TYPE_TEXT;
        Some(if is_text { Self::Text(Text::at(memory, string)?) } else { Self::Symbol })
    }
}

/// An object.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    memory: Memory<'a>,
    pub address: u32,
}

impl<'a> Object<'a> {
    const FLAGS: u32 = 8;
    const CLASS: u32 = 10;
    const SHAPE: u32 = 12;
    const PROPERTIES: u32 = 16;
    const ARRAY_VALUES: u32 = 28;
    const ARRAY_COUNT: u32 = 32;
    const IS_EXOTIC: u8 = 1 << 3;
    const IS_FAST_ARRAY: u8 = 1 << 4;
    const VALUE_BYTES: u32 = 8;

    const SHAPE_HASH_MASK: u32 = 16;
    const SHAPE_PROPERTY_COUNT: u32 = 24;
    const SHAPE_PROTOTYPE: u32 = 36;
    const SHAPE_HASH_TABLE: u32 = 40;

    pub fn at(memory: Memory<'a>, address: u32) -> Self {
        Self { memory, address }
    }

    fn u32(self, offset: u32) -> Option<u32> {
        self.memory.u32(self.address.checked_add(offset)?)
    }

    /// Its class.
    pub fn class(self) -> Option<u16> {
        self.memory.u16(self.address.checked_add(Self::CLASS)?)
    }

    fn flags(self) -> Option<u8> {
        self.memory.u8(self.address.checked_add(Self::FLAGS)?)
    }

    /// The address of its prototype; 0 without one.
    pub fn prototype(self) -> Option<u32> {
        self.memory.u32(self.u32(Self::SHAPE)?.checked_add(Self::SHAPE_PROTOTYPE)?)
    }

    /// How many properties of its own it has had.
    pub fn property_count(self) -> Option<u32> {
        self.memory.u32(self.u32(Self::SHAPE)?.checked_add(Self::SHAPE_PROPERTY_COUNT)?)
    }

    /// Its own properties, in the order in which they were made; none of an object that has a will of its own.
    pub fn properties(self) -> Option<Properties<'a>> {
        if self.flags()? & Self::IS_EXOTIC != 0 {
            return None;
        }
        let shape = self.u32(Self::SHAPE)?;
        let hash_mask = self.memory.u32(shape.checked_add(Self::SHAPE_HASH_MASK)?)?;
        let hash_bytes = hash_mask.checked_add(1)?.checked_mul(4)?;
        Some(Properties {
            memory: self.memory,
            entry: shape.checked_add(Self::SHAPE_HASH_TABLE)?.checked_add(hash_bytes)?,
            value: self.u32(Self::PROPERTIES)?,
            left: self.property_count()?,
        })
    }

    /// Where the elements of an array without holes are, and how many.
    pub fn elements(self) -> Option<(u32, u32)> {
        let (values, count) = (self.u32(Self::ARRAY_VALUES)?, self.u32(Self::ARRAY_COUNT)?);
        // The first property of an array is its length.
        let length = memory_integer(self.memory, self.u32(Self::PROPERTIES)?)?;
        (self.flags()? & Self::IS_FAST_ARRAY != 0 && length == count).then_some((values, count))
    }

    /// The address of an element.
    pub fn element(values: u32, index: u32) -> Option<u32> {
        values.checked_add(index.checked_mul(Self::VALUE_BYTES)?)
    }

    /// The array whose elements are at this address, if there is just one.
    pub fn array_with(memory: Memory<'a>, values: u32, count: u32) -> Option<Self> {
        let has = |array: &Self| {
            array.u32(Self::ARRAY_VALUES) == Some(values) && array.elements() == Some((values, count))
        };
        only(memory.addresses(8).map(|address| Self { memory, address }).filter(has))
    }
}

fn memory_integer(memory: Memory<'_>, address: u32) -> Option<u32> {
    match Value::at(memory, address)? {
        Value::Integer(number) => u32::try_from(number).ok(),
        _ => None,
    }
}

/// What there is one of.
pub fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// The properties of an object.
pub struct Properties<'a> {
    memory: Memory<'a>,
    entry: u32,
    value: u32,
    left: u32,
}

/// One of them.
pub struct Property {
    /// Its name.
    pub atom: u32,
    /// Where its value is.
    pub value: u32,
    pub is_enumerable: bool,
    /// Whether it has a value, and not accessors or what is made when it is asked for.
    pub is_data: bool,
}

impl Properties<'_> {
    const ENTRY_BYTES: u32 = 8;
    const ENUMERABLE: u32 = 1 << 2;
    const KIND: u32 = 3 << 4;

    fn read(&mut self) -> Option<Property> {
        let flags = self.memory.u32(self.entry)? >> 26;
        let property = Property {
            atom: self.memory.u32(self.entry.checked_add(4)?)?,
            value: self.value,
            is_enumerable: flags & Self::ENUMERABLE != 0,
            is_data: flags & Self::KIND == 0,
        };
        self.left -= 1;
        self.entry = self.entry.checked_add(Self::ENTRY_BYTES)?;
        self.value = self.value.checked_add(Object::VALUE_BYTES)?;
        Some(property)
    }
}

impl Iterator for Properties<'_> {
    /// None for what lies outside of memory.
    type Item = Option<Property>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.left > 0).then(|| self.read())
    }
}
