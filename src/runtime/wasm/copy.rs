//! Keeps the copy of a memory that JavaScript sees equal to the memory.
//!
//! An `ArrayBuffer` of the engine cannot lie over a module's memory. JavaScript has a copy instead, from the
//! moment it looks at `memory.buffer`, and at every crossing the pages that differ are carried over: into the
//! memory before a module runs, into the copy after it ran. A second copy here, of what both sides had at the
//! last crossing, tells who changed what.

/// How much is compared and carried at once, in bytes.
const PAGE_BYTES: usize = 4096;

/// What memory and copy held when they were last the same.
pub struct Copy {
    known: Vec<u8>,
}

/// A part of a memory that has changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Where it begins, in bytes.
    pub offset: usize,
    /// What is there now.
    pub bytes: Vec<u8>,
}

impl Copy {
    /// A copy of `memory` as it is.
    pub fn of(memory: &[u8]) -> Self {
        Self { known: memory.to_vec() }
    }

    /// The copy's length in bytes.
    pub fn length(&self) -> usize {
        self.known.len()
    }

    /// What JavaScript changed in `copy` since the last crossing. Nothing when the lengths differ: the buffer
    /// that JavaScript had is detached.
    pub fn carry_in(&mut self, copy: &[u8]) -> Vec<Page> {
        if copy.len() != self.known.len() {
            return Vec::new();
        }
        self.take_over(copy)
    }

    /// What a module changed in `memory` since the last crossing; `None` when the memory has grown.
    pub fn carry_out(&mut self, memory: &[u8]) -> Option<Vec<Page>> {
        (memory.len() == self.known.len()).then(|| self.take_over(memory))
    }

    fn take_over(&mut self, present: &[u8]) -> Vec<Page> {
        let mut changed = Vec::new();
        for (index, page) in present.chunks(PAGE_BYTES).enumerate() {
            let offset = index * PAGE_BYTES;
            let known = &mut self.known[offset..offset + page.len()];
            if page != known {
                known.copy_from_slice(page);
                changed.push(Page { offset, bytes: page.to_vec() });
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_that_differ_are_carried() {
        let memory = vec![0; 3 * PAGE_BYTES];
        let mut copy = Copy::of(&memory);
        let mut seen = memory.clone();
        seen[PAGE_BYTES + 1] = 7;
        let second = Page { offset: PAGE_BYTES, bytes: seen[PAGE_BYTES..2 * PAGE_BYTES].to_vec() };
        assert_eq!(copy.carry_in(&seen), [second]);
        assert_eq!(copy.carry_in(&seen), []);
        seen[0] = 9;
        let first = Page { offset: 0, bytes: seen[..PAGE_BYTES].to_vec() };
        assert_eq!(copy.carry_out(&seen), Some(vec![first]));
        assert_eq!(copy.carry_out(&seen), Some(Vec::new()));
    }

    #[test]
    fn a_memory_that_has_grown_has_no_copy_any_more() {
        let mut copy = Copy::of(&[0; PAGE_BYTES]);
        assert_eq!(copy.carry_in(&[]), []);
        assert_eq!(copy.carry_out(&[1; 2 * PAGE_BYTES]), None);
    }
}
