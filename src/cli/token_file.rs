//! The file with the token that callers of the REST API must present.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::exit::Failure;

/// Longest token, in bytes; it has to fit in a header.
const TOKEN_BYTES_MAX: usize = 4096;

/// Reads the token: one line, the blanks around it left out. It is in no message.
///
/// # Errors
///
/// When the file cannot be read, or does not hold one token that fits in a header.
pub fn read(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let problem = |problem: String| Failure::Mistake(format!("the token file {shown} {problem}"));
    let mut content = Vec::new();
    let file = File::open(path).map_err(|error| problem(format!("cannot be read: {error}")))?;
    let read = file.take(TOKEN_BYTES_MAX as u64 + 1).read_to_end(&mut content);
    read.map_err(|error| problem(format!("cannot be read: {error}")))?;
    if content.len() > TOKEN_BYTES_MAX {
        return Err(problem(format!("has more than {TOKEN_BYTES_MAX} bytes; it should hold one token")));
    }
    let token = content.trim_ascii();
    if token.is_empty() {
        return Err(problem("is empty; it should hold one token".to_owned()));
    }
    match std::str::from_utf8(token) {
        Ok(token) if token.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(token.to_owned()),
        _ => Err(problem("should hold one token of visible ASCII characters, without blanks".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read_text(text: &[u8]) -> Result<String, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        read(file.path()).map_err(|failure| match failure {
            Failure::Mistake(text) => text,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn the_token_is_trimmed() {
        assert_eq!(read_text(b" s3cret-~\r\n"), Ok("s3cret-~".to_owned()));
        assert_eq!(read_text(&[b'x'; TOKEN_BYTES_MAX]).map(|token| token.len()), Ok(TOKEN_BYTES_MAX));
    }

    #[test]
    fn what_holds_no_token_is_named_without_its_content() {
        for (text, expected) in [
            (&b" \n"[..], "is empty"),
            (b"two tokens", "without blanks"),
            (b"two\ntokens", "without blanks"),
            (b"t\xc3\xb6ken", "visible ASCII"),
            (b"\xfftoken", "visible ASCII"),
            (&[b'x'; TOKEN_BYTES_MAX + 1], "more than 4096 bytes"),
        ] {
            let refused = read_text(text).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
            assert!(!refused.contains("tokens"), "{refused}");
        }
        let missing = read(Path::new("/nowhere/token")).unwrap_err();
        assert!(matches!(missing, Failure::Mistake(text) if text.contains("/nowhere/token cannot be read")));
    }
}
