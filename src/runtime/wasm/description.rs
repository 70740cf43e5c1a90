//! What a module imports and exports, as JavaScript is told.

use serde::Serialize;
use wasmtime::{ExternType, FuncType, Module, RefType, ValType};

/// Imports and exports in their order.
#[derive(Serialize)]
struct Description<'a> {
    imports: Vec<Item<'a>>,
    exports: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    name: &'a str,
    kind: &'static str,
    /// A function's [`signature`], the letter of a table's elements or of a global's value.
    #[serde(rename = "type")]
    ty: String,
    /// Whether a global can be set.
    mutable: bool,
}

/// JSON text: `{ imports, exports }`, each a list of `{ module, name, kind, type, mutable }`.
pub fn describe(module: &Module) -> String {
    let imports = module.imports().map(|import| item(Some(import.module()), import.name(), import.ty()));
    let exports = module.exports().map(|export| item(None, export.name(), export.ty()));
    let description = Description { imports: imports.collect(), exports: exports.collect() };
    // Plain strings always serialise.
    serde_json::to_string(&description).unwrap_or_default()
}

fn item<'a>(module: Option<&'a str>, name: &'a str, ty: ExternType) -> Item<'a> {
    let (kind, ty, mutable) = match ty {
        ExternType::Func(ty) => ("function", signature(&ty), false),
        ExternType::Table(ty) => ("table", reference_letter(ty.element()).to_string(), false),
        ExternType::Memory(_) => ("memory", String::new(), false),
        ExternType::Global(ty) => {
            ("global", letter(ty.content()).to_string(), ty.mutability() == wasmtime::Mutability::Var)
        }
        ExternType::Tag(_) => ("tag", String::new(), false),
    };
    Item { module, name, kind, ty, mutable }
}

/// The letters of a function's parameters, a colon, those of its results.
pub fn signature(ty: &FuncType) -> String {
    let letters = |types: &mut dyn Iterator<Item = ValType>| types.map(|ty| letter(&ty)).collect::<String>();
    format!("{}:{}", letters(&mut ty.params()), letters(&mut ty.results()))
}

/// `i` i32, `I` i64, `f` f32, `F` f64, `v` v128, `x` externref, `r` funcref, `?` any other reference.
pub fn letter(ty: &ValType) -> char {
    match ty {
        ValType::I32 => 'i',
        ValType::I64 => 'I',
        ValType::F32 => 'f',
        ValType::F64 => 'F',
        ValType::V128 => 'v',
        ValType::Ref(ty) => reference_letter(ty),
    }
}

fn reference_letter(ty: &RefType) -> char {
    match ty {
        _ if RefType::EXTERNREF.matches(ty) || ty.matches(&RefType::EXTERNREF) => 'x',
        _ if ty.matches(&RefType::FUNCREF) => 'r',
        _ => '?',
    }
}

/// The type that a letter stands for, of those that JavaScript can name.
pub fn type_of_letter(letter: char) -> Option<ValType> {
    Some(match letter {
        'i' => ValType::I32,
        'I' => ValType::I64,
        'f' => ValType::F32,
        'F' => ValType::F64,
        'x' => ValType::EXTERNREF,
        'r' => ValType::FUNCREF,
        _ => return None,
    })
}
