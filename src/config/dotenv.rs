//! The syntax of `.dev.vars` and `.env` files.
//!
//! As wrangler reads them: `NAME=value`, `NAME: value`, an optional `export`, `#` comments, values in single
//! quotes, double quotes or backticks that may span lines. Only double quotes turn `\n` and `\r` into line
//! breaks. Where wrangler skips a line in silence, we say so.

use super::problems::Problems;
use crate::base::{Source, Span};

/// One `NAME=value` of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) value: String,
    /// The file with its values masked, so that later problems can point at the value.
    pub(super) source: Source,
    /// The value in the file, quotes included.
    pub(super) span: Span,
}

/// All assignments of a file, in its order; lines that are none are reported.
///
/// `problems` must be about [`masked`], never about the file itself.
pub(super) fn parse(source: &Source, problems: &mut Problems) -> Vec<Assignment> {
    let mut parser = Parser { shown: problems.source().clone(), text: source.text(), position: 0 };
    let mut assignments = Vec::new();
    while parser.skip_to_statement() {
        let start = parser.position;
        match parser.name() {
            Some(name) => assignments.push(parser.assignment(name, problems)),
            None => {
                let end = parser.skip_line();
                let line = start..end;
                problems
                    .warning(&line, "Expected NAME=value; the line is skipped.")
                    .label("no assignment")
                    .help("begin a comment with #, and write names with letters, digits, _, . and -");
            }
        }
    }
    assignments
}

/// The file as diagnostics may show it: values are secrets, so all letters but those of a name before `=` are
/// masked. Every place stays where it is.
pub(super) fn masked(source: &Source) -> Source {
    let mut masked = String::with_capacity(source.text().len());
    for line in source.text().split_inclusive('\n') {
        let before = line.split_once('=').map_or("", |(before, _)| before);
        let name = before.trim().trim_start_matches("export").trim_start();
        let name_end = if name.chars().all(is_name_letter) { before.len() } else { 0 };
        masked.push_str(&line[..name_end]);
        masked.extend(line[name_end..].chars().map(mask));
    }
    Source::new(source.path(), masked)
}

/// A character of the same length in UTF-8 that tells nothing.
fn mask(letter: char) -> char {
    match letter {
        '=' | '#' | '"' | '\'' | '`' | '$' | '{' | '}' => letter,
        _ if letter.is_whitespace() => letter,
        _ => match letter.len_utf8() {
            1 => '*',
            2 => '·',
            3 => '•',
            _ => '🔒',
        },
    }
}

struct Parser<'a> {
    /// What diagnostics show.
    shown: Source,
    text: &'a str,
    position: usize,
}

impl Parser<'_> {
    /// Moves over blank lines and comments; false at the end of the file.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            self.skip(char::is_whitespace);
            if !self.rest().starts_with('#') {
                return !self.rest().is_empty();
            }
            self.skip_line();
        }
    }

    /// The name and what separates it from its value; moves nowhere unless both are there.
    fn name(&mut self) -> Option<String> {
        let start = self.position;
        let rest = self.rest();
        if let Some(after) = rest.strip_prefix("export").filter(|after| after.starts_with([' ', '\t'])) {
            self.position += rest.len() - after.trim_start_matches([' ', '\t']).len();
        }
        let name_start = self.position;
        self.skip(is_name_letter);
        let name = self.text[name_start..self.position].to_owned();
        let is_followed_by_space = |after: &str| after.starts_with([' ', '\t']);
        if self.rest().strip_prefix(':').is_some_and(is_followed_by_space) {
            self.position += 1;
        } else {
            self.skip(is_blank);
            if !self.rest().starts_with('=') {
                self.position = start;
                return None;
            }
            self.position += 1;
        }
        (!name.is_empty()).then_some(name)
    }

    fn assignment(&mut self, name: String, problems: &mut Problems) -> Assignment {
        self.skip(is_blank);
        let start = self.position;
        let (value, span) = match self.quoted(start, problems) {
            Some(quoted) => quoted,
            None => self.unquoted(start, problems),
        };
        Assignment { name, value, source: self.shown.clone(), span }
    }

    /// A quoted value with nothing but a comment after it.
    fn quoted(&mut self, start: usize, problems: &mut Problems) -> Option<(String, Span)> {
        let quote = self.rest().chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
        let Some(length) = closing_quote(&self.rest()[1..], quote) else {
            problems
                .warning(
                    &(start..start + 1),
                    format!("The quote {quote} is never closed; the line is taken as it is."),
                )
                .help(format!("close it with {quote}, or remove it"));
            return None;
        };
        let (inner, end) = (start + 1..start + 1 + length, start + length + 2);
        let after = self.text[end..].lines().next().unwrap_or_default().trim_start();
        if !(after.is_empty() || after.starts_with('#')) {
            return None;
        }
        self.position = end;
        self.skip_line();
        let value = self.text[inner].replace("\r\n", "\n");
        let value = if quote == '"' { value.replace("\\n", "\n").replace("\\r", "\r") } else { value };
        Some((value, start..end))
    }

    /// The rest of the line up to a comment.
    fn unquoted(&mut self, start: usize, problems: &mut Problems) -> (String, Span) {
        let line_end = self.skip_line();
        let line = &self.text[start..line_end];
        let length = line.find('#').unwrap_or(line.len());
        let written = &line[..length];
        if length < line.len() && written.ends_with(|last: char| !last.is_whitespace()) {
            let comment = start + length..line_end;
            problems
                .warning(&comment, "A # begins a comment, here in the middle of a value.")
                .label("left out")
                .help("put the value in quotes to keep all of it");
        }
        let value = written.trim();
        (value.to_owned(), start..start + value.len())
    }

    fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start_matches(skipped).len();
    }

    /// Moves to the end of the line and says where that is, the line break left out.
    fn skip_line(&mut self) -> usize {
        let rest = self.rest();
        self.position += rest.find(['\n', '\r']).unwrap_or(rest.len());
        self.position
    }
}

fn is_name_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-')
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t')
}

/// Where the quote is closed; a backslash before it keeps it open.
fn closing_quote(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (index, letter) in text.char_indices() {
        if letter == quote && !escaped {
            return Some(index);
        }
        escaped = letter == '\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)], warnings: usize) {
        let source = Source::new(".env", text);
        let mut problems = Problems::new(&masked(&source));
        let assignments = parse(&source, &mut problems);
        let found: Vec<_> = assignments.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
        assert_eq!(found, expected, "{text:?}");
        assert_eq!(problems.into_diagnostics().len(), warnings, "{text:?}");
    }

    #[test]
    fn plain_values() {
        check("A=1\nB = two words \n\nC=", &[("A", "1"), ("B", "two words"), ("C", "")], 0);
        check("export A=1\nexport=2\nA.b-c: x", &[("A", "1"), ("export", "2"), ("A.b-c", "x")], 0);
        check("URL=https://a.b/?c=d", &[("URL", "https://a.b/?c=d")], 0);
    }

    #[test]
    fn comments() {
        check("# all\n  # of it\nA=1 # one", &[("A", "1")], 0);
        check("A=a#b", &[("A", "a")], 1);
        check("A='a#b' # c", &[("A", "a#b")], 0);
    }

    #[test]
    fn quotes() {
        check(r#"A="a\nb" "#, &[("A", "a\nb")], 0);
        check(r"A='a\nb'", &[("A", r"a\nb")], 0);
        check("A=`it's \"b\"`", &[("A", "it's \"b\"")], 0);
        check("A=\"one\r\ntwo\"\r\nB=2\r\n", &[("A", "one\ntwo"), ("B", "2")], 0);
        check(r#"A="a \"b\"""#, &[("A", r#"a \"b\""#)], 0);
        check(r#"A="a" b"#, &[("A", r#""a" b"#)], 0);
        check("A=\"a\nB=2", &[("A", "\"a"), ("B", "2")], 1);
        check("A=''", &[("A", "")], 0);
    }

    #[test]
    fn masking_keeps_places_and_hides_values() {
        let source = Source::new(".env", "# note\nA=\"pä ß#\" $X\r\nsecret🙂\na+b=c\nexport B=日本");
        let masked = masked(&source);
        assert_eq!(masked.text(), "# ****\nA=\"*· ·#\" $*\r\n******🔒\n***=*\nexport B=••");
        assert_eq!(masked.text().len(), source.text().len());
    }

    #[test]
    fn lines_that_are_none() {
        check("nonsense\nA=1\n=2\nü=3", &[("A", "1")], 3);
        check("export\nA", &[], 2);
    }
}
