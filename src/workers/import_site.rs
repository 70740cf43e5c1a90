//! Where a file imports a module, found in its text.
//!
//! The bundler reports imports that it cannot resolve only until the first it takes for fatal, and without
//! a place to those who resolve for it. So the place is looked up here, by the way imports are written.

use crate::base::Span;

/// The quoted `specifier` in `text` that an `import`, an `export … from` or a `require` names.
pub(super) fn find(text: &str, specifier: &str) -> Option<Span> {
    ['"', '\'', '`']
        .into_iter()
        .flat_map(|quote| occurrences(text, format!("{quote}{specifier}{quote}")))
        .filter(|span| names_a_module(&text[..span.start]))
        .min_by_key(|span| span.start)
}

/// Whether code that could not find its module at `site` goes on: it is in a `try` block of its own function,
/// or a `catch` follows.
pub(super) fn failure_is_handled(text: &str, site: &Span) -> bool {
    let after = text.get(site.end..).unwrap_or_default().trim_start();
    let caught = after.strip_prefix(')').is_some_and(|after| after.trim_start().starts_with(".catch("));
    caught || text.get(..site.start).is_some_and(in_try_block)
}

fn occurrences(text: &str, quoted: String) -> Vec<Span> {
    text.match_indices(&quoted).map(|(start, found)| start..start + found.len()).collect()
}

/// Whether `before` ends in `from`, `import`, `import(` or `require(`, outside a line comment.
fn names_a_module(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before).trim_start();
    let before = before.trim_end();
    let call = before.strip_suffix('(').map(str::trim_end);
    let keyword = match call {
        Some(callee) => ["import", "require"].iter().any(|name| ends_with_word(callee, name)),
        None => ["from", "import"].iter().any(|name| ends_with_word(before, name)),
    };
    keyword && !line.starts_with("//") && !line.starts_with('*')
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
    text.strip_suffix(word).is_some_and(|before| !before.ends_with(is_part))
}

/// Whether the innermost blocks that are open at the end of `before` lead to a `try` before a function.
fn in_try_block(before: &str) -> bool {
    let mut closed = 0usize;
    for (index, character) in before.char_indices().rev() {
        match character {
            '}' => closed += 1,
            '{' if closed > 0 => closed -= 1,
            '{' => {
                let opener = before[..index].trim_end();
                if ends_with_word(opener, "try") {
                    return true;
                }
                if opener.ends_with("=>") || opener.ends_with(')') && !is_statement_head(opener) {
                    return false;
                }
            }
            _ => {}
        }
    }
    false
}

/// Whether the parenthesis that ends `opener` belongs to `if`, `for`, `while`, `switch` or `catch`.
fn is_statement_head(opener: &str) -> bool {
    let mut depth = 0usize;
    for (index, character) in opener.char_indices().rev() {
        match character {
            ')' => depth += 1,
            '(' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let head = opener[..index].trim_end();
            return ["if", "for", "await", "while", "switch", "catch"]
                .iter()
                .any(|word| ends_with_word(head, word));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, specifier: &str) -> Option<usize> {
        find(text, specifier).map(|span| span.start)
    }

    #[test]
    fn every_form_of_import_is_found() {
        assert_eq!(found("import a from \"x\"", "x"), Some(14));
        assert_eq!(found("import 'x'", "x"), Some(7));
        assert_eq!(found("await import( 'x' )", "x"), Some(14));
        assert_eq!(found("export {\n a\n} from 'x'", "x"), Some(19));
        assert_eq!(found("const x = require('x')", "x"), Some(18));
    }

    #[test]
    fn the_same_text_elsewhere_is_not() {
        assert_eq!(found("// import a from 'x'\nf('x');\nimport a from 'x'", "x"), Some(43));
        assert_eq!(found("f('x'); my_import('x'); a.require('x')", "x"), None);
    }

    #[test]
    fn a_try_block_counts_within_its_function() {
        let handled = |text: &str| failure_is_handled(text, &find(text, "x").unwrap());
        assert!(handled("try { if (a) { await import('x') } } catch {}"));
        assert!(handled("import('x').catch(() => {})"));
        assert!(!handled("try { } finally { } await import('x')"));
        assert!(!handled("try { f(() => { import('x') }) } catch {}"));
        assert!(!handled("try { async function f() { import('x') } } catch {}"));
    }
}
