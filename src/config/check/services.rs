//! `services`: bindings to other workers.

use super::environments::Scope;
use super::fields::Field;
use crate::config::document::Node;
use crate::config::problems::Problems;
use crate::config::resolved::ServiceBinding;

/// The service bindings, in the file's order. Whether their workers are in the session is for its checks.
pub(in crate::config) fn services(scope: &Scope<'_>, problems: &mut Problems) -> Vec<ServiceBinding> {
    let list = scope.not_inherited("services", problems).filter(|field| field.is_array(problems));
    list.map(|field| field.elements().filter_map(|element| service(&element, problems)).collect())
        .unwrap_or_default()
}

fn service(field: &Field<'_>, problems: &mut Problems) -> Option<ServiceBinding> {
    let binding = required(field, "binding", "OTHER", problems);
    let service = required(field, "service", "other-worker", problems);
    let entrypoint = field.child("entrypoint").and_then(|field| field.string(problems)).map(str::to_owned);
    let props =
        field.child("props").filter(|field| field.is_object(problems)).map(|field| field.node.to_json());
    let (binding, service) = (binding?, service?);
    Some(ServiceBinding {
        binding: binding.as_str()?.to_owned(),
        service: service.as_str()?.to_owned(),
        entrypoint,
        props,
        binding_span: binding.span.clone(),
        service_span: service.span.clone(),
    })
}

fn required<'a>(field: &Field<'a>, key: &str, example: &str, problems: &mut Problems) -> Option<&'a Node> {
    let node = field.node.get(key).filter(|node| node.as_str().is_some_and(|text| !text.is_empty()));
    if node.is_none() {
        let message = format!(
            "\"{}\" bindings should have a string \"{key}\" field but got {}.",
            field.path,
            field.shown()
        );
        let span = field.node.get(key).map_or(&field.node.span, |node| &node.span);
        let help = format!("write {}", problems.field(key, &format!("\"{example}\"")));
        problems.error(span, message).help(help);
    }
    node
}
