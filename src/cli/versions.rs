//! The versions that matter in a report of a problem.

/// What was built into this program.
const LOCK_FILE: &str = include_str!("../../Cargo.lock");

/// Packages that decide how Workers and queues behave.
const PACKAGES: [(&str, &str); 4] = [
    ("wasmtime", "wasmtime"),
    ("componentize-qjs", "QuickJS-ng, by componentize-qjs"),
    ("rolldown", "rolldown"),
    ("libsqlite3-sys", "SQLite, by libsqlite3-sys"),
];

/// This program's version, then a line for each of the packages.
pub fn text() -> String {
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    for (package, shown) in PACKAGES {
        if let Some(version) = locked(package) {
            text += &format!("\n{shown} {version}");
        }
    }
    text
}

fn locked(package: &str) -> Option<&'static str> {
    let entry = format!("name = \"{package}\"\nversion = \"");
    LOCK_FILE.split_once(&entry)?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_in_the_lock_file() {
        assert_eq!(text().lines().count(), 1 + PACKAGES.len(), "{}", text());
    }
}
