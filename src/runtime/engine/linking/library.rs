//! What a library has and needs.

use anyhow::{Result, ensure};
use wasmparser::{
    Dylink0SectionReader, Dylink0Subsection, ExternalKind, Global, Import, KnownCustom, Parser, Payload,
    TypeRef,
};

use super::ENVIRONMENT;

/// A library, read once.
#[derive(Default)]
pub(super) struct Library<'a> {
    pub bytes: &'a [u8],
    /// How much memory its data take, and the number that their address has to be a multiple of.
    pub data_bytes: u32,
    pub data_alignment: u32,
    /// How many places of the table it fills.
    pub table_elements: u32,
    /// How many there are of each.
    pub types: u32,
    pub functions: u32,
    pub element_segments: u32,
    pub data_segments: u32,
    pub imported_functions: Vec<ImportedFunction<'a>>,
    /// By module and name.
    pub imported_globals: Vec<(&'a str, &'a str)>,
    pub globals: Vec<Global<'a>>,
    pub exported_functions: Vec<(&'a str, u32)>,
    pub start: Option<u32>,
}

/// A function that a library needs, by a type of its own.
#[derive(Clone, Copy)]
pub(super) struct ImportedFunction<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub type_index: u32,
}

impl<'a> Library<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let mut library = Self { bytes, data_alignment: 1, ..Self::default() };
        for payload in Parser::new(0).parse_all(bytes) {
            library.read_section(payload?)?;
        }
        Ok(library)
    }

    fn read_section(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::CustomSection(section) => {
                if let KnownCustom::Dylink0(needs) = section.as_known() {
                    self.read_needs(needs)?;
                }
            }
            Payload::TypeSection(section) => self.types = section.count(),
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    self.read_import(import?);
                }
            }
            Payload::FunctionSection(section) => self.functions = section.count(),
            Payload::GlobalSection(section) => {
                self.globals = section.into_iter().collect::<Result<_, _>>()?
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        self.exported_functions.push((export.name, export.index));
                    }
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(section) => self.element_segments = section.count(),
            Payload::DataSection(section) => self.data_segments = section.count(),
            _ => {}
        }
        Ok(())
    }

    fn read_needs(&mut self, needs: Dylink0SectionReader<'_>) -> Result<()> {
        for subsection in needs {
            if let Dylink0Subsection::MemInfo(info) = subsection? {
                ensure!(info.memory_alignment < 32, "a library wants an address that no memory has");
                ensure!(info.table_alignment == 0, "a library wants its part of the table aligned");
                self.data_bytes = info.memory_size;
                self.data_alignment = 1 << info.memory_alignment;
                self.table_elements = info.table_size;
            }
        }
        Ok(())
    }

    fn read_import(&mut self, import: Import<'a>) {
        let Import { module, name, ty } = import;
        match ty {
            TypeRef::Func(type_index) => {
                self.imported_functions.push(ImportedFunction { module, name, type_index });
            }
            TypeRef::Global(_) => self.imported_globals.push((module, name)),
            // There is one memory and one table, the module's.
            _ => {}
        }
    }

    /// The library's index of a function that it exports.
    pub fn exported_function(&self, name: &str) -> Option<u32> {
        self.exported_functions.iter().find(|(exported, _)| *exported == name).map(|(_, index)| *index)
    }

    /// Whether it wants a function of this name from another library.
    pub fn imports_function(&self, name: &str) -> bool {
        self.imported_functions.iter().any(|import| import.module == ENVIRONMENT && import.name == name)
    }
}
