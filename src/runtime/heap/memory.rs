//! The engine's memory.

/// All of it. Numbers are little-endian, as WebAssembly's are.
#[derive(Clone, Copy)]
pub struct Memory<'a>(pub &'a [u8]);

impl<'a> Memory<'a> {
    /// So many bytes at an address; none where memory ends before.
    pub fn bytes(self, address: u32, length: usize) -> Option<&'a [u8]> {
        let start = address as usize;
        self.0.get(start..start.checked_add(length)?)
    }

    pub fn u8(self, address: u32) -> Option<u8> {
        self.0.get(address as usize).copied()
    }

    pub fn u16(self, address: u32) -> Option<u16> {
        self.array(address).map(u16::from_le_bytes)
    }

    pub fn u32(self, address: u32) -> Option<u32> {
        self.array(address).map(u32::from_le_bytes)
    }

    pub fn u64(self, address: u32) -> Option<u64> {
        self.array(address).map(u64::from_le_bytes)
    }

    /// The addresses at which something of this alignment can be.
    pub fn addresses(self, alignment: usize) -> impl Iterator<Item = u32> {
        let end = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        (0..end).step_by(alignment)
    }

    fn array<const N: usize>(self, address: u32) -> Option<[u8; N]> {
        self.bytes(address, N)?.try_into().ok()
    }
}
