//! From a path to text: what can go wrong before there is anything to parse.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::base::{Diagnostic, Source};

/// The largest file that is read, in bytes (8 MB). Wrangler files are a few kilobytes, or some more with certificates
/// among the variables; a larger one is a mistake, such as a bundle given to `-c`.
const FILE_BYTES_MAX: u64 = 8_000_000;

/// Reads a configuration file, as [`read_text`] does. What is no regular file, such as a pipe, might be waited for
/// without an end.
pub(super) fn read_configuration(path: &Path) -> Result<Source, Box<Diagnostic>> {
    match path.metadata() {
        Ok(found) if !found.is_file() && !found.is_dir() => {
            let message = format!("Could not read file: \"{}\" is not a file.", path.display());
            Err(Diagnostic::error(message).with_help("name the wrangler file itself").into())
        }
        _ => read_text(path),
    }
}

/// Reads a configuration or variables file: UTF-8, with or without a byte order mark.
pub(super) fn read_text(path: &Path) -> Result<Source, Box<Diagnostic>> {
    let bytes = read_bytes(path).map_err(|error| Box::new(describe(path, &error)))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let message = format!("\"{}\" is larger than {FILE_BYTES_MAX} bytes.", path.display());
        return Err(Diagnostic::error(message).with_help("name the wrangler file itself").into());
    }
    decode(path, &bytes)
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // Opening a folder works on some systems, and reading it then gives a less clear error.
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn describe(path: &Path, error: &io::Error) -> Diagnostic {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            Diagnostic::error(format!("Could not read file: \"{path}\" does not exist."))
                .with_help("check the spelling; the path is relative to the working directory")
        }
        io::ErrorKind::IsADirectory => {
            Diagnostic::error(format!("Could not read file: \"{path}\" is a folder."))
                .with_help(format!("name the file in it, such as {path}/wrangler.jsonc"))
        }
        io::ErrorKind::PermissionDenied => {
            Diagnostic::error(format!("Could not read file: \"{path}\" may not be read by this user."))
                .with_help("change its permissions")
        }
        _ => Diagnostic::error(format!("Could not read file: \"{path}\": {error}.")),
    }
}

fn decode(path: &Path, bytes: &[u8]) -> Result<Source, Box<Diagnostic>> {
    const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";
    let bytes = bytes.strip_prefix(UTF_8_MARK).unwrap_or(bytes);
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let message = format!("\"{}\" is encoded as UTF-16.", path.display());
        return Err(Diagnostic::error(message).with_help("save the file as UTF-8").into());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(path, text)),
        Err(error) => {
            let start = error.valid_up_to();
            // Replacement characters only appear from there on, so the offset stays true.
            let source = Source::new(path, String::from_utf8_lossy(bytes));
            Err(Diagnostic::error("The file is not valid UTF-8.")
                .at(&source, start..start + char::REPLACEMENT_CHARACTER.len_utf8())
                .with_label("from here")
                .with_help("save the file as UTF-8")
                .into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_wrangler_file_is_not_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wrangler.jsonc");
        std::fs::write(&path, " ".repeat(8_000_000)).unwrap();
        assert!(read_text(&path).is_ok());
        std::fs::write(&path, " ".repeat(8_000_001)).unwrap();
        let diagnostic = read_text(&path).unwrap_err();
        assert!(diagnostic.message.ends_with("is larger than 8000000 bytes."), "{}", diagnostic.message);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.json");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let diagnostic = read_configuration(&pipe).unwrap_err();
        assert!(diagnostic.message.ends_with("pipe.json\" is not a file."), "{}", diagnostic.message);
    }

    #[test]
    fn a_bad_byte_is_pointed_at() {
        let diagnostic = decode(Path::new("a"), b"a\n\xc3\xbc\xff").unwrap_err();
        let (source, span) = diagnostic.place.unwrap();
        assert_eq!(source.line_and_column(span.start), (2, 2));
    }
}
