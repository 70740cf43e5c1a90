//! The WHATWG URL Standard, by the `url` crate.

use ::url::{Url, quirks};

/// Parses `input` against `base`; the ten lines of `parse-url` in `engine.wit`.
pub fn parse(input: &str, base: Option<&str>) -> Option<String> {
    let base = match base {
        Some(base) => Some(Url::parse(base).ok()?),
        None => None,
    };
    Url::options().base_url(base.as_ref()).parse(input).ok().map(|url| describe(&url))
}

/// Sets one part as the standard's setters do: a value that does not fit leaves the URL as it is.
pub fn set_part(href: &str, part: &str, value: &str) -> Option<String> {
    let mut url = Url::parse(href).ok()?;
    match part {
        "protocol" => drop(quirks::set_protocol(&mut url, value)),
        "username" => drop(quirks::set_username(&mut url, value)),
        "password" => drop(quirks::set_password(&mut url, value)),
        "host" => drop(quirks::set_host(&mut url, value)),
        "hostname" => drop(quirks::set_hostname(&mut url, value)),
        "port" => drop(quirks::set_port(&mut url, value)),
        "pathname" => quirks::set_pathname(&mut url, value),
        "search" => quirks::set_search(&mut url, value),
        "hash" => quirks::set_hash(&mut url, value),
        _ => {}
    }
    Some(describe(&url))
}

fn describe(url: &Url) -> String {
    [
        quirks::href(url),
        &quirks::origin(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ]
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_ten_lines() {
        let described = parse("../c?x=1#y", Some("http://u:p@example.com:8080/a/b/d")).expect("valid");
        let lines: Vec<_> = described.split('\n').collect();
        assert_eq!(
            lines,
            [
                "http://u:p@example.com:8080/a/c?x=1#y",
                "http://example.com:8080",
                "http:",
                "u",
                "p",
                "example.com",
                "8080",
                "/a/c",
                "?x=1",
                "#y"
            ]
        );
        assert_eq!(parse("/relative", None), None);
        assert_eq!(parse("x", Some("not a base")), None);
    }

    #[test]
    fn setters_follow_the_standard() {
        let changed = set_part("http://example.com:8080/", "port", "443").expect("valid");
        assert!(changed.starts_with("http://example.com:443/\n"));
        let refused = set_part("http://example.com/", "port", "nonsense").expect("valid");
        assert!(refused.starts_with("http://example.com/\n"));
    }
}
