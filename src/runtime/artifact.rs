//! JavaScript compiled into a component by `qemu-dev build`: the engine with the script of one Worker in it.
//!
//! It exports `qemu-dev:engine/isolate` of `wit/engine.wit` and is run by the same code as any isolate; for other hosts
//! it exports what it has of `wit/worker.wit`. Beside its code it carries the bundle it was made from, so that positions in logs are those of the user's files.

use std::sync::Arc;

use anyhow::Result;
use serde_json::{Map, Value, json};
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};
use wasmtime::component::Component;

use super::component::Refusal;
use super::engine::{self, BuiltWorker, Engine};
use super::protocol::operations::Handlers;
use super::setup::{Setup, SetupMissing};
use crate::workers::Bundle;

/// The custom section that holds the bundle.
const SECTION: &str = "qemu-dev:bundle";
/// The interface by which an artifact is known.
const INTERFACE: &str = "qemu-dev:engine/isolate";
/// The versions of the interface that this host drives.
const VERSION: &str = "0.1";

/// An artifact, compiled and linked.
pub struct Artifact {
    engine: Engine,
    bundle: Arc<Bundle>,
}

impl Artifact {
    /// Makes an artifact of a Worker that handles the events of `handlers`. Of `setup` it keeps what hosts of the
    /// public world cannot know; no values of variables. Equal arguments, equal bytes. Blocks for seconds, and must not be called on a runtime.
    ///
    /// # Errors
    ///
    /// When wasmtime does not support this machine.
    pub fn build(bundle: &Bundle, handlers: Handlers, setup: &Setup) -> Result<Vec<u8>> {
        let configuration = configuration(setup);
        let built = BuiltWorker { script: &bundle.script, configuration: &configuration, handlers };
        let mut component = engine::build(Some(&built))?;
        let data = bundle.to_bytes();
        CustomSection { name: SECTION.into(), data: data.into() }.append_to_component(&mut component);
        Ok(component)
    }

    /// The artifact that `component` is; `None` when it is a component of another kind.
    ///
    /// # Errors
    ///
    /// When it is one for another version of this program, or its bundle is missing.
    pub fn of(engine: &Engine, component: &Component, bytes: &[u8]) -> Result<Option<Self>, Refusal> {
        let component_type = component.component_type();
        let mut exports = component_type.exports(engine.machine().engine()).map(|(name, _)| name);
        let version = exports.find_map(|name| name.strip_prefix(INTERFACE)?.strip_prefix('@'));
        let Some(version) = version else { return Ok(None) };
        let again = "build it again with `qemu-dev build` of this version";
        if !version.starts_with(VERSION) {
            let message = format!("exports {INTERFACE}@{version}; this host drives version {VERSION} of it");
            return Err(Refusal::new(message, again));
        }
        let bundle = section(bytes).and_then(Bundle::from_bytes).ok_or_else(|| {
            Refusal::new(format!("has no section {SECTION} that this version reads"), again)
        })?;
        let engine = engine
            .of_artifact(component)
            .map_err(|error| Refusal::new(format!("does not fit this host: {error:#}"), again))?;
        Ok(Some(Self { engine, bundle: Arc::new(bundle) }))
    }

    /// The engine with the script in it.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What it was made from.
    pub(super) fn bundle(&self) -> &Arc<Bundle> {
        &self.bundle
    }
}

/// What a host by the public world cannot tell: the names of bindings, compatibility, and which variables are no
/// texts. No values of variables.
fn configuration(setup: &Setup) -> String {
    let no_text = |(name, value): (&String, &Value)| (!value.is_string()).then(|| name.clone());
    let json_variables: Vec<String> = setup.vars.iter().filter_map(no_text).collect();
    let unreachable = setup.services.iter().map(|service| SetupMissing {
        binding: service.binding.clone(),
        message: format!(
            "the service binding \"{}\" leads nowhere: this host runs the component by qemu-dev:worker, \
             which has none",
            service.binding
        ),
        kind: String::new(),
    });
    let setup = Setup {
        vars: Map::new(),
        services: Vec::new(),
        missing: setup.missing.iter().cloned().chain(unreachable).collect(),
        ..setup.clone()
    };
    json!({ "setup": setup, "jsonVariables": json_variables }).to_string()
}

fn section(bytes: &[u8]) -> Option<&[u8]> {
    Parser::new(0).parse_all(bytes).find_map(|payload| match payload {
        Ok(Payload::CustomSection(section)) if section.name() == SECTION => Some(section.data()),
        _ => None,
    })
}

/// The interfaces of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interfaces {
    /// What it exports, in its own order.
    pub exports: Vec<String>,
    /// What it imports, in its own order.
    pub imports: Vec<String>,
}

impl Interfaces {
    /// The interfaces of the component in `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut interfaces = Self { exports: Vec::new(), imports: Vec::new() };
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    let names = section.into_iter().map_while(Result::ok);
                    interfaces.imports.extend(names.map(|import| import.name.name.to_owned()));
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    let names = section.into_iter().map_while(Result::ok);
                    interfaces.exports.extend(names.map(|export| export.name.name.to_owned()));
                }
                _ => {}
            }
        }
        interfaces
    }
}
