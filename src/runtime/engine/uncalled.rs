//! Imports that are there and never called.

use anyhow::Result;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker};

/// Defines functions that trap for the interfaces that `component` imports and whose names begin with `prefix`.
///
/// # Errors
///
/// When one is defined already, which is a mistake of ours.
pub fn define<T: 'static>(linker: &mut Linker<T>, component: &Component, prefix: &str) -> Result<()> {
    let engine = linker.engine().clone();
    for (name, import) in component.component_type().imports(&engine) {
        let ComponentItem::ComponentInstance(interface) = import.ty else { continue };
        if !name.starts_with(prefix) {
            continue;
        }
        let mut instance = linker.instance(name)?;
        for (function, item) in interface.exports(&engine) {
            if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                instance.func_new(function, |_, _, _, _| {
                    Err(wasmtime::Error::msg("this function is never called here"))
                })?;
            }
        }
    }
    Ok(())
}
