//! The token that callers of the REST API must present, and the file it may be in.

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
    let token = String::from_utf8_lossy(content.trim_ascii());
    check(&token).map_err(|refusal| problem(format!("{refusal}; it should hold one token")))?;
    Ok(token.into_owned())
}

/// The token of an argument, or of the environment, under the same rule. It is in no message.
///
/// # Errors
///
/// When no caller could send it.
pub fn checked(token: Option<String>) -> Result<Option<String>, String> {
    match token.as_deref().map(check) {
        Some(Err(refusal)) => Err(format!(
            "the token of --api-token, or of QEMU_DEV_API_TOKEN, {refusal}; leave it out, or give one token"
        )),
        _ => Ok(token),
    }
}

/// Whether a header can carry the token.
fn check(token: &str) -> Result<(), &'static str> {
    if token.is_empty() {
        return Err("is empty");
    }
    if token.len() > TOKEN_BYTES_MAX {
        return Err("has more than 4096 bytes");
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("has other than visible ASCII characters");
    }
    Ok(())
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
    fn an_argument_is_held_to_the_same_rule() {
        assert_eq!(checked(None), Ok(None));
        assert_eq!(checked(Some("s3cret".to_owned())).unwrap().as_deref(), Some("s3cret"));
        for (token, expected) in
            [("", "is empty"), ("a\nb", "visible ASCII"), ("two tokens", "visible ASCII")]
        {
            let refused = checked(Some(token.to_owned())).unwrap_err();
            assert!(refused.contains(expected), "{token:?}: {refused}");
        }
    }

    #[test]
    fn what_holds_no_token_is_named_without_its_content() {
        for (text, expected) in [
            (&b" \n"[..], "is empty"),
            (b"two tokens", "visible ASCII"),
            (b"two\ntokens", "visible ASCII"),
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
