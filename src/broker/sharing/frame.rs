//! Frames: a length of four bytes, then so many bytes. Lengths are checked before anything is kept.

use std::io::{self, ErrorKind, Read};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest frame, in bytes: a hundred of the largest messages fit several times.
pub(super) const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest frame before the peer has shown the secret, in bytes.
pub(super) const GREETING_BYTES_MAX: usize = 4096;

/// Reads a frame of at most `bytes_max` bytes.
pub(super) fn read(source: &mut impl Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    source.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > bytes_max {
        let text = format!("a frame of {length} bytes, longer than {bytes_max}");
        return Err(io::Error::new(ErrorKind::InvalidData, text));
    }
    // Memory comes with the bytes, not with the promise of them.
    let mut frame = Vec::with_capacity(length.min(64 * 1024));
    source.take(length as u64).read_to_end(&mut frame)?;
    if frame.len() < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(frame)
}

/// Reads a message.
pub(super) fn read_message<Message: DeserializeOwned>(source: &mut impl Read) -> io::Result<Message> {
    let frame = read(source, FRAME_BYTES_MAX)?;
    let (message, rest) = postcard::take_from_bytes(&frame).map_err(invalid)?;
    if rest.is_empty() { Ok(message) } else { Err(invalid("bytes after the message")) }
}

/// Appends a frame with these bytes.
pub(super) fn append(buffer: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(invalid)?;
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(bytes);
    Ok(())
}

/// Appends a message; one that is too long is not appended and said to be so.
pub(super) fn append_message(buffer: &mut Vec<u8>, message: &impl Serialize) -> Result<(), TooLong> {
    let start = buffer.len();
    let mut written = std::mem::take(buffer);
    written.extend_from_slice(&[0; 4]);
    // The flavour appends, and what it holds comes back only when all went well.
    match postcard::to_extend(message, written) {
        Ok(whole) => *buffer = whole,
        Err(_) => return Err(TooLong),
    }
    let length = buffer.len() - start - 4;
    match u32::try_from(length) {
        Ok(bytes) if length <= FRAME_BYTES_MAX => {
            buffer[start..start + 4].copy_from_slice(&bytes.to_le_bytes());
            Ok(())
        }
        _ => {
            buffer.truncate(start);
            Err(TooLong)
        }
    }
}

/// A message does not fit into a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

fn invalid(cause: impl ToString) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, cause.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_appended_is_read_back() {
        let mut buffer = Vec::new();
        append_message(&mut buffer, &(7_u64, "seven")).unwrap();
        append_message(&mut buffer, &(8_u64, "eight")).unwrap();
        let mut source = buffer.as_slice();
        assert_eq!(read_message::<(u64, String)>(&mut source).unwrap(), (7, "seven".to_owned()));
        assert_eq!(read_message::<(u64, String)>(&mut source).unwrap(), (8, "eight".to_owned()));
        assert_eq!(read_message::<u64>(&mut source).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_promise_of_too_much_is_refused_before_it_is_kept() {
        let refused = read(&mut [0xff; 8].as_slice(), GREETING_BYTES_MAX).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidData);
        assert_eq!(append_message(&mut Vec::new(), &vec![0_u8; FRAME_BYTES_MAX + 1]), Err(TooLong));
    }

    proptest! {
        #[test]
        fn no_bytes_harm_the_reader(bytes: Vec<u8>) {
            let mut framed = Vec::new();
            append(&mut framed, &bytes).unwrap();
            let _ = read_message::<super::super::protocol::FromMember>(&mut framed.as_slice());
            let _ = read_message::<super::super::protocol::FromOwner>(&mut framed.as_slice());
            let _ = read_message::<super::super::protocol::FromMember>(&mut bytes.as_slice());
        }
    }
}
