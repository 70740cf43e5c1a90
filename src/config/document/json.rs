//! JSON and JSONC: comments and trailing commas are welcome, other liberties are not.

use jsonc_parser::ast::Value as Ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::json_strings::string_across_lines;
use super::{DEPTH_MAX, Entry, Node, Value, add_entry, report_depth};
use crate::config::problems::Problems;

/// What wrangler accepts.
const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Parses the text; on failure the problem is reported and there is no tree.
pub(super) fn parse(text: &str, problems: &mut Problems) -> Option<Node> {
    // The parser would take the line break as part of the string and fail somewhere below.
    if let Some(span) = string_across_lines(text) {
        let problem =
            problems.error(&span, "Invalid JSON: expected a closing quote before the end of the line.");
        problem.help("close the string with \"");
        return None;
    }
    match parse_to_ast(text, &CollectOptions::default(), &OPTIONS) {
        Ok(parsed) => match parsed.value {
            Some(value) => convert(value, 0, problems),
            None => {
                problems
                    .error(&(0..0), "The file is empty.")
                    .help("start with { \"name\": \"…\", \"main\": \"…\" }");
                None
            }
        },
        Err(error) => {
            report(text, &error, problems);
            None
        }
    }
}

fn convert(ast: Ast<'_>, depth: usize, problems: &mut Problems) -> Option<Node> {
    let span = ast.start()..ast.end();
    if depth > DEPTH_MAX {
        report_depth(&span, problems);
        return None;
    }
    let value = match ast {
        Ast::NullKeyword(_) => Value::Null,
        Ast::BooleanLit(literal) => Value::Boolean(literal.value),
        Ast::NumberLit(literal) => Value::Number(literal.value.parse().unwrap_or(f64::NAN)),
        Ast::StringLit(literal) => Value::String(literal.value.into_owned()),
        Ast::Array(array) => {
            let elements = array.elements.into_iter().map(|element| convert(element, depth + 1, problems));
            Value::Array(elements.collect::<Option<_>>()?)
        }
        Ast::Object(object) => {
            let mut entries = Vec::with_capacity(object.properties.len());
            for property in object.properties {
                let key_span = property.name.start()..property.name.end();
                let node = convert(property.value, depth + 1, problems)?;
                add_entry(&mut entries, Entry { key: property.name.into_string(), key_span, node }, problems);
            }
            Value::Object(entries)
        }
    };
    Some(Node { span, value })
}

fn report(text: &str, error: &ParseError, problems: &mut Problems) {
    let range = error.range();
    let start = range.start.min(text.len());
    let span = start..range.end.max(start + 1).min(text.len()).max(start);
    let (message, help) = match &text[span.clone()] {
        "," => ("expected no further comma".to_owned(), "remove this comma".to_owned()),
        _ => describe(error.kind()),
    };
    problems.error(&span, format!("Invalid JSON: {message}.")).help(help);
}

/// What was expected, and how to mend it.
fn describe(kind: &ParseErrorKind) -> (String, String) {
    use ParseErrorKind as Kind;
    let (message, help) = match kind {
        Kind::ExpectedComma => ("expected a comma here", "separate values with commas"),
        Kind::ExpectedColonAfterObjectKey => ("expected a colon after the key", "write \"key\": value"),
        Kind::ExpectedObjectValue => ("expected a value after the colon", "write \"key\": value"),
        Kind::ExpectedStringObjectProperty | Kind::UnexpectedTokenInObject => {
            ("expected a key in double quotes", "write \"key\": value")
        }
        Kind::UnexpectedWord => ("expected a value", "strings are written in double quotes"),
        Kind::SingleQuotedStringsNotAllowed => ("expected double quotes", "write \"text\" instead of 'text'"),
        Kind::UnterminatedObject => ("expected a closing brace", "close the object with }"),
        Kind::UnterminatedArray => ("expected a closing bracket", "close the array with ]"),
        Kind::UnterminatedCommentBlock => ("expected the end of the comment", "close the comment with */"),
        Kind::UnexpectedCloseBrace => {
            ("expected a value before this brace", "remove it, or close with ] what is open before it")
        }
        Kind::UnexpectedCloseBracket => {
            ("expected a value before this bracket", "remove it, or close with } what is open before it")
        }
        Kind::UnexpectedColon => ("expected a value before the colon", "remove the colon"),
        Kind::UnexpectedComma => ("expected a value before the comma", "remove the comma"),
        Kind::MultipleRootJsonValues => ("expected the end of the file", "a file holds one object"),
        Kind::HexadecimalNumbersNotAllowed
        | Kind::UnaryPlusNumbersNotAllowed
        | Kind::BareDecimalPointNumbersNotAllowed
        | Kind::NonFiniteNumbersNotAllowed
        | Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => {
            ("expected a number", "write it like 10, -1 or 0.5")
        }
        Kind::NestingDepthExceeded => ("expected less nesting", "a wrangler file is a few levels deep"),
        Kind::String(kind) => {
            return (lowercase_first(&kind.to_string()), "check the quotes and backslashes".into());
        }
        Kind::UnexpectedToken | Kind::CommentsNotAllowed | Kind::TrailingCommasNotAllowed => {
            ("expected a value", "remove this character")
        }
    };
    (message.into(), help.into())
}

fn lowercase_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}
