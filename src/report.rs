//! Diagnostics as text: a frame of the user's code with the place, a few words and the remedy.

use std::path::Path;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::base::{Diagnostic, Severity, Source, Span};

/// Renders diagnostics for a terminal (`color`) or for a file, a blank line between them; an empty text for
/// none.
///
/// Paths below `working_directory` are shown relative to it, in sentences as well.
pub fn render(diagnostics: &[Diagnostic], color: bool, working_directory: &Path) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    let rendered: Vec<String> =
        diagnostics.iter().map(|diagnostic| render_one(diagnostic, &renderer, working_directory)).collect();
    if rendered.is_empty() { String::new() } else { rendered.join("\n\n") + "\n" }
}

fn render_one(diagnostic: &Diagnostic, renderer: &Renderer, working_directory: &Path) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = relative(&title(diagnostic), working_directory);
    let mut group = Group::with_title(level.primary_title(title));
    if let Some((source, span)) = &diagnostic.place {
        let frame = Frame::new(source, span);
        let annotation =
            AnnotationKind::Primary.span(frame.span).label(diagnostic.label.as_deref().map(harmless));
        group = group.element(
            Snippet::source(frame.line)
                .line_start(frame.line_number)
                .path(shown_path(source.path(), working_directory))
                .annotation(annotation),
        );
    }
    if let Some(help) = diagnostic.help.as_ref().filter(|_| diagnostic.place.is_some()) {
        group = group.element(Level::HELP.message(relative(help, working_directory)));
    }
    let rendered = renderer.render(&[group]);
    rendered.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// The message; where there is no code to show, with the remedy on the same line.
fn title(Diagnostic { message, place, help, .. }: &Diagnostic) -> String {
    match help {
        Some(help) if place.is_none() => format!("{}: {help}", message.trim_end_matches('.')),
        _ => message.clone(),
    }
}

/// The line of a place: a large file is not laid out for one line of it.
struct Frame {
    line: String,
    line_number: usize,
    /// The place within the line; a place of many lines is cut at the end of its first.
    span: Span,
}

impl Frame {
    fn new(source: &Source, span: &Span) -> Self {
        let text = source.text();
        let start = text.floor_char_boundary(span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let visible_end = line_start + text[line_start..line_end].trim_end().len();
        let end = text.floor_char_boundary(span.end).clamp(start, visible_end.max(start));
        let (line_number, _) = source.line_and_column(line_start);
        // Byte for byte, so that the place stays true: a carriage return would move the terminal's cursor.
        let line = text[line_start..line_end].replace('\r', " ");
        Self { line, line_number, span: start - line_start..end - line_start }
    }
}

/// Without control characters: what a file says must not steer the terminal.
fn harmless(text: &str) -> String {
    let is_harmless = |letter: char| !letter.is_control() || letter == '\n';
    text.chars()
        .map(|letter| if is_harmless(letter) { letter } else { char::REPLACEMENT_CHARACTER })
        .collect()
}

/// A sentence with its paths relative to the working directory.
fn relative(sentence: &str, working_directory: &Path) -> String {
    let is_below_root = working_directory.components().count() > 1;
    let prefix = format!("{}{}", working_directory.display(), std::path::MAIN_SEPARATOR);
    harmless(&if is_below_root { sentence.replace(&prefix, "") } else { sentence.to_owned() })
}

fn shown_path(path: &Path, working_directory: &Path) -> String {
    harmless(&path.strip_prefix(working_directory).unwrap_or(path).display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(text: &str, span: Span) -> Diagnostic {
        Diagnostic::error("wrong").at(&Source::new("/w/a.toml", text), span)
    }

    #[test]
    fn columns_hold_behind_tabs_wide_letters_and_windows_line_ends() {
        for (text, span, place) in [
            ("a\r\n\tb", 4..5, "a.toml:2:2"),
            ("ü🙂x", 6..7, "a.toml:1:3"),
            ("a\r\n", 3..3, "a.toml:2:1"),
            ("", 0..0, "a.toml:1:1"),
            ("a\nb", 0..99, "a.toml:1:1"),
        ] {
            let rendered = render(&[diagnostic(text, span)], false, Path::new("/w"));
            assert!(rendered.contains(&format!("--> {place}\n")), "{text:?}: {rendered}");
            assert!(!rendered.contains('\r'));
        }
    }

    #[test]
    fn colour_is_asked_for() {
        let diagnostics = [diagnostic("a", 0..1).with_help("mend it")];
        assert!(render(&diagnostics, true, Path::new("/w")).contains('\x1b'));
        assert!(!render(&diagnostics, false, Path::new("/w")).contains('\x1b'));
        assert_eq!(render(&[], true, Path::new("/w")), "");
    }

    #[test]
    fn without_a_place_everything_is_one_line() {
        let diagnostics = [Diagnostic::error("\"a\" does not exist.").with_help("check the spelling")];
        let rendered = render(&diagnostics, false, Path::new("/w"));
        assert_eq!(rendered, "error: \"a\" does not exist: check the spelling\n");
    }

    #[test]
    fn what_a_file_says_cannot_steer_the_terminal() {
        let hostile = "\x1b[2Jx";
        let diagnostic = Diagnostic::error(hostile).at(&Source::new("a", hostile), 0..1).with_help(hostile);
        assert!(!render(&[diagnostic.with_label(hostile)], false, Path::new("/w")).contains('\x1b'));
    }
}
