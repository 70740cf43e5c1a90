//! Holds values against the schemas of the API's description: the part of JSON Schema that it uses.

use std::sync::LazyLock;

use serde_json::Value;

use crate::http::api::openapi::{self, describe};
use crate::http::api::paths::{Operation, ROUTES};

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| openapi::description(&serde_json::Map::new()));

/// Panics when an answer is not what the description says of the operation.
pub fn check_answer(operation: Operation, status: u16, body: &Value) {
    let route = ROUTES.iter().find(|route| route.operation == operation).unwrap();
    let responses = &DESCRIPTION["paths"][route.template][route.method.to_ascii_lowercase()]["responses"];
    let response = if status == 200 { &responses["200"] } else { &responses["default"] };
    check(&response["content"]["application/json"]["schema"], body, describe(operation).id);
}

/// Whether a value is what a named schema says.
pub fn fits(schema: &str, value: &Value) -> bool {
    problem(&DESCRIPTION["components"]["schemas"][schema], value).is_none()
}

fn check(schema: &Value, value: &Value, context: &str) {
    if let Some(problem) = problem(schema, value) {
        panic!("{context}: {problem} in {value:#}");
    }
}

/// Follows `$ref`.
fn resolved(schema: &Value) -> &Value {
    let Some(reference) = schema["$ref"].as_str() else { return schema };
    let pointer = reference.strip_prefix('#').unwrap();
    DESCRIPTION.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn problem(schema: &Value, value: &Value) -> Option<String> {
    let schema = resolved(schema);
    for (keyword, rule) in schema.as_object()? {
        let problem = match keyword.as_str() {
            "type" => wrong_type(rule, value),
            "const" => (rule != value).then(|| format!("not {rule}")),
            "enum" => (!rule.as_array().unwrap().contains(value)).then(|| format!("none of {rule}")),
            "minimum" => {
                value.as_f64().filter(|number| *number < rule.as_f64().unwrap()).map(|_| "too small".into())
            }
            "maximum" => {
                value.as_f64().filter(|number| *number > rule.as_f64().unwrap()).map(|_| "too large".into())
            }
            "minLength" => value.as_str().filter(|text| text.is_empty()).map(|_| "empty".into()),
            "minItems" | "maxItems" => wrong_length(keyword, rule, value),
            "required" => missing(rule, value),
            "properties" => wrong_property(rule, value),
            "additionalProperties" => {
                value.as_object().and_then(|object| object.values().find_map(|value| problem(rule, value)))
            }
            "items" => value.as_array().and_then(|items| items.iter().find_map(|item| problem(rule, item))),
            "allOf" => rule.as_array().unwrap().iter().find_map(|schema| problem(schema, value)),
            "oneOf" => not_one(rule, value),
            "pattern" => wrong_pattern(rule.as_str().unwrap(), value),
            "format" => wrong_time(value),
            other => panic!("the keyword {other} is not checked"),
        };
        if problem.is_some() {
            return problem;
        }
    }
    None
}

fn wrong_type(rule: &Value, value: &Value) -> Option<String> {
    let one = [rule.clone()];
    let types = rule.as_array().map_or(&one[..], Vec::as_slice);
    let fits = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the type {other} is not checked"),
    };
    (!types.iter().any(fits)).then(|| format!("{value} is no {rule}"))
}

fn wrong_length(keyword: &str, rule: &Value, value: &Value) -> Option<String> {
    let (length, bound) = (value.as_array()?.len() as u64, rule.as_u64().unwrap());
    let wrong = if keyword == "minItems" { length < bound } else { length > bound };
    wrong.then(|| format!("{length} items, {keyword} is {bound}"))
}

fn missing(rule: &Value, value: &Value) -> Option<String> {
    let object = value.as_object()?;
    let mut names = rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    names.find(|name| !object.contains_key(*name)).map(|name| format!("{name} is missing"))
}

/// Answers hold nothing that is not described; requests may.
fn wrong_property(rule: &Value, value: &Value) -> Option<String> {
    let (rules, object) = (rule.as_object().unwrap(), value.as_object()?);
    rules.iter().find_map(|(name, schema)| {
        let problem = problem(schema, object.get(name)?)?;
        Some(format!("{name}: {problem}"))
    })
}

fn not_one(rule: &Value, value: &Value) -> Option<String> {
    let fitting = rule.as_array().unwrap().iter().filter(|schema| problem(schema, value).is_none()).count();
    (fitting != 1).then(|| format!("{fitting} of the alternatives fit"))
}

fn wrong_pattern(pattern: &str, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let fits = match pattern {
        "^[0-9a-f]{32}$" => {
            text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }
        "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" => crate::base::queue_name::is_valid(text),
        other => panic!("the pattern {other} is not checked"),
    };
    (!fits).then(|| format!("{text} does not match {pattern}"))
}

fn wrong_time(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let form: String = text.chars().map(|one| if one.is_ascii_digit() { '0' } else { one }).collect();
    (form != "0000-00-00T00:00:00.000000Z").then(|| format!("{text} is no time"))
}
