//! The clauses of `import` and `export` statements, as the bundler writes them.

/// Splits `import … from "specifier" with { … }` into the part before `from` and the quoted specifier.
pub(super) fn specifier_at_end(line: &str) -> Option<(&str, &str)> {
    let line = line.rsplit_once("\" with {").map_or(line, |(before, _)| &line[..=before.len()]);
    let unclosed = line.strip_suffix('"')?;
    let start = unclosed.rfind('"')?;
    let statement = line[..start].trim_end();
    Some((statement.strip_suffix(" from").unwrap_or(statement), &line[start..]))
}

/// The pairs of exported and local name in `default, { a, b as c }`.
pub(super) fn bindings(clause: &str) -> Option<Vec<(String, String)>> {
    let (default, braces) = match clause.split_once('{') {
        Some((default, braces)) => (default, braces.trim_end().strip_suffix('}')?),
        None => (clause, ""),
    };
    let default = default.trim().trim_end_matches(',').trim_end();
    let mut bindings = Vec::new();
    if !default.is_empty() {
        bindings.push(("default".to_owned(), default.to_owned()));
    }
    for (name, alias) in items(braces)? {
        let local = alias.unwrap_or_else(|| name.clone());
        bindings.push((name, local));
    }
    Some(bindings)
}

/// The items of a braced list: `name`, `name as alias`, either of them an identifier or a string.
pub(super) fn items(list: &str) -> Option<Vec<(String, Option<String>)>> {
    let mut items = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let (name, after) = word(rest)?;
        let (alias, after) = match after.strip_prefix("as ") {
            Some(after) => word(after.trim_start()).map(|(alias, after)| (Some(alias), after))?,
            None => (None, after),
        };
        items.push((name, alias));
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(items)
}

/// The identifier or string at the start of `text`, and what follows it.
fn word(text: &str) -> Option<(String, &str)> {
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    if text.starts_with('"') {
        let name = strings.next()?.ok()?;
        return Some((name, text[strings.byte_offset()..].trim_start()));
    }
    let end = text.find([',', ' ']).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), text[end..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, local: &str) -> (String, String) {
        (name.to_owned(), local.to_owned())
    }

    #[test]
    fn clauses_give_names_and_local_names() {
        assert_eq!(bindings("a"), Some(vec![pair("default", "a")]));
        assert_eq!(
            bindings("a, { b as c, \"x, \\\"y\" as d }"),
            Some(vec![pair("default", "a"), pair("b", "c"), pair("x, \"y", "d")])
        );
        assert_eq!(bindings("{ }"), Some(vec![]));
        assert_eq!(bindings("{ a b }"), None);
        assert_eq!(bindings("{ a"), None);
        assert_eq!(bindings("{ \"a }"), None);
    }

    #[test]
    fn specifiers_are_found_at_the_end() {
        assert_eq!(specifier_at_end("import a from \"b\""), Some(("import a", "\"b\"")));
        assert_eq!(specifier_at_end("import \"b\" with { type: \"c\" }"), Some(("import", "\"b\"")));
        assert_eq!(specifier_at_end("import a from b"), None);
    }
}
