//! Values on their way between JavaScript and modules: slots of eight bytes.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::{ExternRef, HeapType, Ref, RefType, StoreContextMut, Val, ValType};

use super::coroutines::State;

/// Bytes of one slot.
pub const SLOT_BYTES: usize = 8;
/// The number of a null reference.
const NULL: u32 = u32::MAX;

/// JavaScript values that no module refers to any more, by the numbers that the prelude gave them.
#[derive(Clone, Default)]
pub struct Released(Arc<Mutex<Vec<u32>>>);

impl Released {
    /// The numbers since the last call.
    pub fn take(&self) -> Vec<u32> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A JavaScript value inside a module: an `externref`. The value itself stays in the engine.
struct Reference {
    number: u32,
    released: Released,
}

impl Drop for Reference {
    fn drop(&mut self) {
        self.released.0.lock().unwrap_or_else(PoisonError::into_inner).push(self.number);
    }
}

/// One value per type of `types` from as many slots.
///
/// # Errors
///
/// When there are fewer slots, or a reference names nothing.
pub fn decode(
    store: &mut StoreContextMut<'_, State>,
    types: impl Iterator<Item = ValType>,
    slots: &[u8],
) -> wasmtime::Result<Vec<Val>> {
    let mut slots = slots.chunks_exact(SLOT_BYTES);
    types
        .map(|ty| {
            let missing = || wasmtime::format_err!("fewer values than the function has parameters");
            let slot = slots.next().and_then(|slot| slot.try_into().ok()).ok_or_else(missing)?;
            value(store, &ty, u64::from_le_bytes(slot))
        })
        .collect()
}

fn value(store: &mut StoreContextMut<'_, State>, ty: &ValType, slot: u64) -> wasmtime::Result<Val> {
    // The low half is the value of the smaller types.
    Ok(match ty {
        ValType::I32 => Val::I32(slot as u32 as i32),
        ValType::I64 => Val::I64(slot as i64),
        ValType::F32 => Val::F32(slot as u32),
        ValType::F64 => Val::F64(slot),
        ValType::V128 => wasmtime::bail!("type incompatibility when transforming from/to JS"),
        ValType::Ref(ty) => reference(store, ty, slot as u32)?.into(),
    })
}

/// The reference with this number, of a type that JavaScript can hold.
///
/// # Errors
///
/// When no function has the number, or the type is another.
pub fn reference(store: &mut StoreContextMut<'_, State>, ty: &RefType, number: u32) -> wasmtime::Result<Ref> {
    if number == NULL {
        return Ok(Ref::null(ty.heap_type()));
    }
    match ty.heap_type() {
        HeapType::Extern => {
            let released = store.data().released.clone();
            Ok(Ref::Extern(Some(ExternRef::new(&mut *store, Reference { number, released })?)))
        }
        HeapType::Func | HeapType::ConcreteFunc(_) => {
            Ok(Ref::Func(Some(store.data().objects.function(number)?)))
        }
        _ => wasmtime::bail!("type incompatibility when transforming from/to JS"),
    }
}

/// The slots of `values`.
///
/// # Errors
///
/// When a value is of a type that JavaScript cannot hold.
pub fn encode(store: &mut StoreContextMut<'_, State>, values: &[Val]) -> wasmtime::Result<Vec<u8>> {
    let mut slots = Vec::with_capacity((values.len() + 1) * SLOT_BYTES);
    for value in values {
        let slot = match value {
            Val::I32(value) => u64::from(*value as u32),
            Val::I64(value) => *value as u64,
            Val::F32(bits) => u64::from(*bits),
            Val::F64(bits) => *bits,
            Val::V128(_) => wasmtime::bail!("type incompatibility when transforming from/to JS"),
            other => match other.ref_() {
                Some(reference) => u64::from(number(store, reference)?),
                None => wasmtime::bail!("type incompatibility when transforming from/to JS"),
            },
        };
        slots.extend_from_slice(&slot.to_le_bytes());
    }
    Ok(slots)
}

/// The number of a reference.
///
/// # Errors
///
/// When it is of a type that JavaScript cannot hold.
pub fn number(store: &mut StoreContextMut<'_, State>, reference: Ref) -> wasmtime::Result<u32> {
    match reference {
        reference if reference.is_null() => Ok(NULL),
        Ref::Func(Some(function)) => {
            let address = function.to_raw(&mut *store) as usize;
            store.data_mut().objects.add_function(function, address)
        }
        Ref::Extern(Some(reference)) => {
            let data = reference.data(&*store)?.and_then(|data| data.downcast_ref::<Reference>());
            Ok(data.map_or(NULL, |reference| reference.number))
        }
        _ => wasmtime::bail!("type incompatibility when transforming from/to JS"),
    }
}
