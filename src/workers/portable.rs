//! A bundle as bytes, to be kept in an artifact.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use oxc_sourcemap::SourceMap;
use serde::{Deserialize, Serialize};

use super::bundle::Bundle;
use super::script_map::ScriptMap;
use super::wasm_module::WasmModule;

/// The version of the format.
const VERSION: u32 = 1;

/// What an artifact keeps of a bundle: what it takes to run it and to name places in the user's files.
#[derive(Serialize, Deserialize)]
struct PortableBundle {
    version: u32,
    script: String,
    /// Names, and bytes in base64.
    wasm_modules: Vec<(String, String)>,
    exports: Vec<String>,
    source_map: Option<String>,
}

impl Bundle {
    /// The bundle as bytes: equal bundles, equal bytes. Files that went into it are not named, but for the sources in
    /// its map, whose names are relative to the configuration's folder.
    pub fn to_bytes(&self) -> Vec<u8> {
        let portable = PortableBundle {
            version: VERSION,
            script: self.script.to_string(),
            wasm_modules: self
                .wasm_modules
                .iter()
                .map(|module| (module.name.clone(), BASE64_STANDARD.encode(&module.bytes)))
                .collect(),
            exports: self.exports.clone(),
            source_map: self.source_map().to_json(),
        };
        // Strings and numbers always serialise.
        serde_json::to_vec(&portable).unwrap_or_default()
    }

    /// The bundle that [`Bundle::to_bytes`] wrote; `None` when it was another version, or nobody.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let portable: PortableBundle = serde_json::from_slice(bytes).ok()?;
        let known = portable.version == VERSION;
        let script: Arc<str> = portable.script.into();
        let source_map = match &portable.source_map {
            Some(json) => Some(SourceMap::from_json_string(json).ok()?.into_owned()),
            None => None,
        };
        let source_map = ScriptMap::new(script.clone(), source_map);
        let wasm_modules = portable.wasm_modules.into_iter().map(|(name, bytes)| {
            Some(WasmModule { name, bytes: BASE64_STANDARD.decode(bytes).ok()?.into() })
        });
        let wasm_modules = wasm_modules.collect::<Option<Vec<_>>>()?;
        known.then(|| Self::of_parts(script, wasm_modules, portable.exports, source_map))
    }
}
