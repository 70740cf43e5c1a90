//! Whatever a guest has in its memory, reading it ends, and finds something or nothing.

use proptest::prelude::*;

use super::{Landmarks, bodies, find};

/// So much that addresses often lead somewhere.
const MEMORY_BYTES: u32 = 2048;

/// Words as they are found in values, objects and shapes.
fn word() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => (0..MEMORY_BYTES).prop_map(|address| address & !7),
        2 => prop_oneof![Just(-1_i32), Just(-7), Just(0), Just(3)].prop_map(|tag| tag as u32),
        // A plain object, and an array.
        2 => prop_oneof![Just(1 << 16), Just(2 << 16 | 1 << 4)],
        2 => 0..8_u32,
        1 => any::<u32>(),
    ]
}

proptest! {
    #[test]
    fn any_memory_can_be_read(
        words in proptest::collection::vec(word(), MEMORY_BYTES as usize / 4),
        places in proptest::array::uniform6(word()),
    ) {
        let memory: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let [mailbox, atoms, array_prototype, object_prototype, array_count, object_count] = places;
        let landmarks = Landmarks {
            mailbox,
            atoms,
            array_prototype,
            object_prototype,
            array_prototype_properties: array_count,
            object_prototype_properties: object_count,
        };
        for body in bodies(&memory, &landmarks).unwrap_or_default() {
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok());
        }
        prop_assert!(find(&memory, "null").is_none());
    }
}
