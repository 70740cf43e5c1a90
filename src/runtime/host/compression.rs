//! The Compression Standard's formats, by the `flate2` crate.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

/// Most bytes one decompression yields: an isolate could not hold more.
const DECOMPRESSED_BYTES_MAX: u64 = crate::base::limits::ISOLATE_MEMORY_BYTES_MAX as u64;

/// Compresses all of `bytes`.
///
/// # Errors
///
/// When `format` is unknown; the text names it.
pub fn compress(format: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let level = Compression::default();
    match format {
        "gzip" => finish(GzEncoder::new(Vec::new(), level), bytes, GzEncoder::finish),
        "deflate" => finish(ZlibEncoder::new(Vec::new(), level), bytes, ZlibEncoder::finish),
        "deflate-raw" => finish(DeflateEncoder::new(Vec::new(), level), bytes, DeflateEncoder::finish),
        other => Err(unknown(other)),
    }
}

/// Decompresses all of `bytes`.
///
/// # Errors
///
/// When `format` is unknown, the data is malformed or ends early, or would not fit an isolate.
pub fn decompress(format: &str, bytes: &[u8]) -> Result<Vec<u8>, String> {
    match format {
        "gzip" => read_all(MultiGzDecoder::new(bytes)),
        "deflate" => read_all(ZlibDecoder::new(bytes)),
        "deflate-raw" => read_all(DeflateDecoder::new(bytes)),
        other => Err(unknown(other)),
    }
}

fn finish<E: Write>(
    mut encoder: E,
    bytes: &[u8],
    end: impl FnOnce(E) -> std::io::Result<Vec<u8>>,
) -> Result<Vec<u8>, String> {
    encoder.write_all(bytes).map_err(|error| error.to_string())?;
    end(encoder).map_err(|error| error.to_string())
}

fn read_all(decoder: impl Read) -> Result<Vec<u8>, String> {
    let mut output = Vec::new();
    decoder
        .take(DECOMPRESSED_BYTES_MAX)
        .read_to_end(&mut output)
        .map_err(|_| String::from("Decompression failed."))?;
    if output.len() as u64 == DECOMPRESSED_BYTES_MAX {
        return Err(String::from("Decompression failed: the data does not fit the memory of an isolate."));
    }
    Ok(output)
}

fn unknown(format: &str) -> String {
    format!("Unknown compression format {format}: it is one of gzip, deflate, deflate-raw")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_round_trips() {
        let data = b"to be or not to be ".repeat(50);
        for format in ["gzip", "deflate", "deflate-raw"] {
            let small = compress(format, &data).expect("compresses");
            assert!(small.len() < data.len(), "{format}");
            assert_eq!(decompress(format, &small).as_deref(), Ok(data.as_slice()), "{format}");
        }
        assert!(compress("zip", &data).is_err());
        assert!(decompress("gzip", b"nonsense").is_err());
    }
}
