//! The name a person probably meant.

use std::path::Path;

/// The candidate that differs least from `wanted`, when it differs by no more than a typing mistake or two.
pub(super) fn nearest(wanted: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    let most = (wanted.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(wanted, &candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most && candidate != wanted)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The specifier of an existing file that resembles the relative `specifier` in a file of `folder`.
pub(super) fn nearest_file(folder: &Path, specifier: &str) -> Option<String> {
    let (prefix, wanted) = specifier.rsplit_once('/')?;
    let entries = std::fs::read_dir(folder.join(prefix)).ok()?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let has_extension = Path::new(wanted).extension().is_some();
    let candidates = names.map(|name| if has_extension { name } else { without_extension(&name) });
    nearest(wanted, candidates).map(|name| format!("{prefix}/{name}"))
}

/// The name as an import may write it: extensions of code can be left out.
fn without_extension(name: &str) -> String {
    let code = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts"];
    match name.rsplit_once('.') {
        Some((stem, extension)) if code.contains(&extension) => stem.to_owned(),
        _ => name.to_owned(),
    }
}

fn distance(wanted: &str, candidate: &str) -> usize {
    if wanted.eq_ignore_ascii_case(candidate) {
        return 1;
    }
    strsim::damerau_levenshtein(wanted, candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest_of(wanted: &str, candidates: &[&str]) -> Option<String> {
        nearest(wanted, candidates.iter().map(|candidate| (*candidate).to_owned()))
    }

    #[test]
    fn the_nearest_name_is_found_and_a_distant_one_is_not() {
        assert_eq!(nearest_of("helpre", &["helper", "help", "other"]).as_deref(), Some("helper"));
        assert_eq!(nearest_of("Helper", &["helper"]).as_deref(), Some("helper"));
        assert_eq!(nearest_of("helper", &["sender"]), None);
        assert_eq!(nearest_of("a", &["b"]).as_deref(), Some("b"));
    }
}
