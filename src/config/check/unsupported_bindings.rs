//! Bindings of production that are not emulated: accepted, listed, and thrown when touched.

use super::environments::Scope;
use super::fields::Field;
use crate::config::document::Node;
use crate::config::problems::Problems;
use crate::config::resolved::MissingBinding;

/// How a section of the file names its bindings.
enum Shape {
    /// An array of objects; the binding's name is in this field.
    List(&'static str),
    /// An object whose field `bindings` is such an array.
    Bindings(&'static str),
    /// One object with a field `binding`, which may be left out where `true`.
    One { optional: bool },
    /// An object whose keys are the bindings.
    Keys,
}

/// Section, what its bindings are, shape.
const KINDS: &[(&str, &str, Shape)] = &[
    ("agent_memory", "Agent Memory", Shape::List("binding")),
    ("ai", "AI", Shape::One { optional: false }),
    ("ai_search", "AI Search", Shape::List("binding")),
    ("ai_search_namespaces", "AI Search namespace", Shape::List("binding")),
    ("analytics_engine_datasets", "Analytics Engine", Shape::List("binding")),
    ("artifacts", "Artifacts", Shape::List("binding")),
    ("assets", "Assets", Shape::One { optional: true }),
    ("browser", "Browser", Shape::One { optional: false }),
    ("d1_databases", "D1", Shape::List("binding")),
    ("data_blobs", "Data blob", Shape::Keys),
    ("dispatch_namespaces", "Dispatch namespace", Shape::List("binding")),
    ("durable_objects", "Durable Object", Shape::Bindings("name")),
    ("flagship", "Flagship", Shape::List("binding")),
    ("hyperdrive", "Hyperdrive", Shape::List("binding")),
    ("images", "Images", Shape::One { optional: false }),
    ("kv_namespaces", "KV", Shape::List("binding")),
    ("logfwdr", "Log forwarder", Shape::Bindings("name")),
    ("media", "Media", Shape::One { optional: false }),
    ("mtls_certificates", "mTLS certificate", Shape::List("binding")),
    ("pipelines", "Pipeline", Shape::List("binding")),
    ("r2_buckets", "R2", Shape::List("binding")),
    ("ratelimits", "Rate limit", Shape::List("name")),
    ("secrets_store_secrets", "Secrets Store", Shape::List("binding")),
    ("send_email", "Send Email", Shape::List("name")),
    ("stream", "Stream", Shape::One { optional: false }),
    ("text_blobs", "Text blob", Shape::Keys),
    ("unsafe", "Unsafe", Shape::Bindings("name")),
    ("unsafe_hello_world", "Hello World", Shape::List("binding")),
    ("vectorize", "Vectorize", Shape::List("binding")),
    ("version_metadata", "Version metadata", Shape::One { optional: false }),
    ("vpc_networks", "VPC network", Shape::List("binding")),
    ("vpc_services", "VPC service", Shape::List("binding")),
    ("wasm_modules", "Wasm module", Shape::Keys),
    ("websearch", "Web search", Shape::One { optional: false }),
    ("worker_loaders", "Worker loader", Shape::List("binding")),
    ("workflows", "Workflow", Shape::List("binding")),
];

/// Sections that environments inherit; they inherit none of the others.
const INHERITED: &[&str] = &["assets", "logfwdr"];

/// Whether `section` holds bindings that are not emulated.
pub(super) fn is_known(section: &str) -> bool {
    KINDS.iter().any(|(known, _, _)| *known == section)
}

/// The sections whose bindings are not emulated.
pub(super) fn sections() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(section, _, _)| *section)
}

/// The bindings of the chosen environment that are not emulated, in the order of the text.
pub(in crate::config) fn unsupported_bindings(
    scope: &Scope<'_>,
    problems: &mut Problems,
) -> Vec<MissingBinding> {
    let mut missing = Vec::new();
    for (section, kind, shape) in KINDS {
        let field = match shape {
            Shape::Keys => scope.top_level(section),
            _ if INHERITED.contains(section) => scope.inherited(section),
            _ => scope.not_inherited(section, problems),
        };
        if let Some(field) = field {
            collect(&field, kind, shape, &mut missing, problems);
        }
    }
    missing.sort_by_key(|binding| binding.span.start);
    missing
}

fn collect(
    field: &Field<'_>,
    kind: &'static str,
    shape: &Shape,
    missing: &mut Vec<MissingBinding>,
    problems: &mut Problems,
) {
    let fits = match shape {
        Shape::List(_) => field.is_array(problems),
        Shape::Bindings(_) | Shape::One { .. } | Shape::Keys => field.is_object(problems),
    };
    if !fits {
        return;
    }
    let mut add = |node: &Node, name: &str| {
        missing.push(MissingBinding { binding: name.to_owned(), kind, span: node.span.clone() });
    };
    match shape {
        Shape::Keys => field.node.entries().iter().for_each(|entry| add(&entry.node, &entry.key)),
        Shape::One { optional: true } if field.node.get("binding").is_none() => {}
        Shape::One { .. } => add_named(field, "binding", &mut add, problems),
        Shape::List(key) => field.elements().for_each(|element| add_named(&element, key, &mut add, problems)),
        Shape::Bindings(key) => {
            if let Some(list) = field.child("bindings").filter(|list| list.is_array(problems)) {
                list.elements().for_each(|element| add_named(&element, key, &mut add, problems));
            }
        }
    }
}

fn add_named(field: &Field<'_>, key: &str, add: &mut impl FnMut(&Node, &str), problems: &mut Problems) {
    let written = field.node.get(key);
    if let Some(node) = written
        && let Some(name) = node.as_str()
    {
        add(node, name);
        return;
    }
    let message = format!(
        "\"{}\" bindings should have a string \"{key}\" field but got {}.",
        field.path,
        field.shown()
    );
    let span = written.map_or(&field.node.span, |node| &node.span);
    let help =
        format!("write {}, its name on env in the worker's code", problems.field(key, "\"MY_BINDING\""));
    problems.error(span, message).help(help);
}
