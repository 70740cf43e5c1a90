//! Takes out of an engine what only its making needs: the import that loads modules and the export that begins the
//! snapshot. What is left is the engine's world and WASI.
//!
//! The import is defined inside instead, by functions that trap, so nothing else of the component changes but indices.

use std::convert::Infallible;

use anyhow::{Context, Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent, component_utils};
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentSectionId, RawSection,
};
use wasmparser::{CanonicalFunction, ComponentAlias, ComponentExternalKind, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// The interface by which the engine loads modules while it is made.
pub const MODULE_LOADER: &str = "local:init/module-loader";
/// The function that begins the snapshot.
const INIT: &str = "init";
/// The interface as a world that exports it.
const STUB: &str = "package local:init;
    interface module-loader {
        resolve: func(referrer: string, specifier: string) -> result<string, string>;
        load: func(path: string) -> result<string, string>;
    }
    world stub { export module-loader; }";

/// The component without what its making left. Equal bytes for equal bytes.
///
/// # Errors
///
/// When it is not one that `snapshot` made.
pub fn seal(component: &[u8]) -> Result<Vec<u8>> {
    let mut sealed = Component::new();
    let mut sealing = Sealing { stub: stub()?, ..Sealing::default() };
    sealing
        .parse_component(&mut sealed, Parser::new(0), component)
        .map_err(|error| anyhow!("the engine cannot be sealed: {error}"))?;
    Ok(sealed.finish())
}

/// A component that exports the interface by functions that trap.
fn stub() -> Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("stub.wit", STUB)?;
    let world = resolve.select_world(&[package], None)?;
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.encode().context("the stub cannot be encoded")
}

/// Copies the sections of one component, with other indices where something was put in or left out.
#[derive(Default)]
struct Sealing {
    stub: Vec<u8>,
    /// How many there are of each kind so far, in the component that is read.
    components: u32,
    instances: u32,
    functions: u32,
    /// Where the import was: as many components and instances as came before it.
    stubbed: Option<(u32, u32)>,
    /// The index that the export had among functions.
    left_out: Option<u32>,
}

impl Reencode for Sealing {
    type Error = Infallible;
}

impl ReencodeComponent for Sealing {
    fn component_index(&mut self, index: u32) -> u32 {
        index + u32::from(self.stubbed.is_some_and(|(components, _)| index >= components))
    }

    /// The stub and what it exports are two instances in place of one.
    fn component_instance_index(&mut self, index: u32) -> u32 {
        index + u32::from(self.stubbed.is_some_and(|(_, instances)| index >= instances))
    }

    fn component_func_index(&mut self, index: u32) -> u32 {
        index - u32::from(self.left_out.is_some_and(|left_out| index > left_out))
    }

    fn parse_component_payload(
        &mut self,
        component: &mut Component,
        payload: Payload<'_>,
        whole: &[u8],
    ) -> Result<(), Error<Infallible>> {
        self.count(&payload)?;
        match payload {
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    let import = import?;
                    if import.name.name == MODULE_LOADER {
                        self.put_stub(component);
                    } else {
                        let mut section = ComponentImportSection::new();
                        section.import(import.name, self.component_type_ref(import.ty)?);
                        component.section(&section);
                    }
                    self.count_external(import.ty.kind());
                }
                Ok(())
            }
            Payload::ComponentExportSection(exports) => {
                let mut section = ComponentExportSection::new();
                for export in exports {
                    let export = export?;
                    let kind = export.kind;
                    if export.name.name == INIT {
                        self.left_out = Some(self.functions);
                    } else {
                        self.parse_component_export(&mut section, export)?;
                    }
                    self.count_external(kind);
                }
                component.section(&section);
                Ok(())
            }
            // What is inside others has indices of its own.
            Payload::ComponentSection { unchecked_range, .. } => {
                let data = &whole[unchecked_range.start as usize..unchecked_range.end as usize];
                component.section(&RawSection { id: ComponentSectionId::Component.into(), data });
                Ok(())
            }
            // Names for people, by indices.
            Payload::CustomSection(section) if section.name() == "component-name" => Ok(()),
            payload => component_utils::parse_component_payload(self, component, payload, whole),
        }
    }
}

impl Sealing {
    /// Defines what the import would have been.
    fn put_stub(&mut self, component: &mut Component) {
        component.section(&RawSection { id: ComponentSectionId::Component.into(), data: &self.stub });
        let mut instances = ComponentInstanceSection::new();
        instances.instantiate(self.components, std::iter::empty::<(&str, ComponentExportKind, u32)>());
        component.section(&instances);
        let mut aliases = ComponentAliasSection::new();
        aliases.alias(Alias::InstanceExport {
            instance: self.instances,
            kind: ComponentExportKind::Instance,
            name: MODULE_LOADER,
        });
        component.section(&aliases);
        self.stubbed = Some((self.components, self.instances));
    }

    /// Counts what a section defines, unless its own reading does.
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), Error<Infallible>> {
        match payload {
            Payload::ComponentSection { .. } => self.components += 1,
            Payload::ComponentInstanceSection(section) => self.instances += section.count(),
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    let is_lifted = matches!(function?, CanonicalFunction::Lift { .. });
                    self.functions += u32::from(is_lifted);
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    if let ComponentAlias::InstanceExport { kind, .. } = alias? {
                        self.count_external(kind);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts an import, an export or an alias.
    fn count_external(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Component => self.components += 1,
            ComponentExternalKind::Instance => self.instances += 1,
            ComponentExternalKind::Func => self.functions += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::artifact::Interfaces;

    #[test]
    fn a_component_keeps_what_it_does_and_loses_what_made_it() {
        let component = wat::parse_str(
            r#"(component
                (import "before" (instance $before))
                (import "local:init/module-loader" (instance $loader
                    (export "resolve" (func (param "referrer" string) (param "specifier" string)
                        (result (result string (error string)))))
                    (export "load" (func (param "path" string) (result (result string (error string)))))))
                (import "after" (instance $after (export "act" (func))))
                (component $inner (instance $i) (export "nothing" (instance $i)))
                (core module $memory (memory (export "memory") 1)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
                (core instance $memory (instantiate $memory))
                (core func $load (canon lower (func $loader "load")
                    (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
                (core func $act (canon lower (func $after "act")))
                (core module $work (import "" "act" (func $act)) (import "" "load" (func (param i32 i32 i32)))
                    (func (export "act") (call $act)))
                (core instance $work (instantiate $work (with "" (instance
                    (export "act" (func $act)) (export "load" (func $load))))))
                (instance $nothing (instantiate $inner))
                (func $init (canon lift (core func $work "act")))
                (func $act2 (canon lift (core func $work "act")))
                (export "init" (func $init))
                (export "act" (func $act2))
                (export "nothing" (instance $nothing))
            )"#,
        )
        .expect("WAT");
        let sealed = seal(&component).expect("it can be sealed");
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&sealed)
            .expect("it is valid");
        let interfaces = Interfaces::of(&sealed);
        assert_eq!(interfaces.imports, ["before", "after"]);
        assert_eq!(interfaces.exports, ["act", "nothing"]);
        assert_eq!(seal(&sealed).expect("once more"), sealed, "a second time changes nothing");
    }
}
