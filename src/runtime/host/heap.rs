//! The interface `heap` of `wit/engine.wit`.

use bytes::Bytes;
use wasmtime::component::{Linker, WasmList, WasmStr};

use crate::runtime::heap::{self, Landmarks};

/// The interface.
pub const HEAP: &str = "qemu-dev:engine/heap@0.1.0";
/// Most bytes of bodies that are kept between two drains. JavaScript, whose memory is limited, keeps what is more.
const TAKEN_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bodies of messages that are to be sent.
#[derive(Default)]
pub struct TakenBodies {
    batches: Vec<Vec<Bytes>>,
    bytes: usize,
}

impl TakenBodies {
    /// Keeps a batch, unless there are too many.
    pub fn keep(&mut self, bodies: Vec<Bytes>) -> Option<u32> {
        let bytes = self.bytes + bodies.iter().map(Bytes::len).sum::<usize>();
        let number = u32::try_from(self.batches.len()).ok()?;
        if bytes > TAKEN_BYTES_MAX {
            return None;
        }
        self.bytes = bytes;
        self.batches.push(bodies);
        Some(number)
    }

    /// All batches, by their numbers.
    pub fn take(&mut self) -> Vec<Vec<Bytes>> {
        std::mem::take(self).batches
    }
}

/// Adds the interface; `keep` keeps the bodies that were read in a store, or not.
///
/// # Errors
///
/// When it is defined already, which is a mistake of ours.
pub fn link<T: 'static>(
    linker: &mut Linker<T>,
    keep: impl Fn(&mut T, Vec<Bytes>) -> Option<u32> + Send + Sync + 'static,
) -> wasmtime::Result<()> {
    let mut interface = linker.instance(HEAP)?;
    interface.func_wrap("find", |context, (memory, expected): (WasmList<u8>, WasmStr)| {
        let expected = expected.to_str(&context)?;
        Ok((heap::find(memory.as_le_slice(&context), &expected),))
    })?;
    interface.func_wrap("take-bodies", move |mut context, arguments: (WasmList<u8>, Landmarks)| {
        let (memory, landmarks) = arguments;
        let bodies = heap::bodies(memory.as_le_slice(&context), &landmarks);
        Ok((bodies.and_then(|bodies| keep(context.data_mut(), bodies)),))
    })
}
