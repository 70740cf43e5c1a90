//! Bodies under a `content-encoding` header, as Cloudflare's runtime has them: gzip and br are decoded when a
//! Worker reads a response and made when its answer leaves, so that a Worker handles plain bytes under the
//! header of the encoded ones. Other encodings pass as they are.
//!
//! Source: Cloudflare's documentation, "Response", `encodeBody`; compatibility flag `brotli_content_encoding`.

use std::io;
use std::pin::Pin;

use async_compression::tokio::bufread::{BrotliDecoder, BrotliEncoder, GzipDecoder, GzipEncoder};
use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use tokio::io::{AsyncBufRead, AsyncRead};
use tokio_util::io::{ReaderStream, StreamReader};

use super::stream::HostBody;

/// What requests to the outside accept unless they say it themselves.
pub const ACCEPTED: &str = "br, gzip";

/// An encoding that bodies are decoded from and encoded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentEncoding {
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

impl ContentEncoding {
    /// What the header says, if it is exactly one encoding that is known here.
    pub fn of(headers: &[(String, String)]) -> Option<Self> {
        let mut values = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
        let (_, value) = values.next()?;
        match value.as_str() {
            "gzip" => Some(Self::Gzip),
            "br" => Some(Self::Brotli),
            _ => None,
        }
        .filter(|_| values.next().is_none())
    }

    /// The plain bytes of an encoded body. Memory is bounded by the encoding's window.
    pub fn decode(self, body: HostBody) -> HostBody {
        let encoded = reader(body);
        match self {
            Self::Gzip => {
                let mut decoder = GzipDecoder::new(encoded);
                decoder.multiple_members(true);
                chunks(decoder)
            }
            Self::Brotli => chunks(BrotliDecoder::new(encoded)),
        }
    }

    /// A plain body in this encoding. What has come is flushed whenever the body makes a pause, so that a
    /// stream of events stays one.
    pub fn encode(self, body: HostBody) -> HostBody {
        let plain = reader(body);
        match self {
            Self::Gzip => chunks(GzipEncoder::new(plain)),
            Self::Brotli => chunks(BrotliEncoder::with_quality(plain, QUALITY)),
        }
    }
}

/// Brotli's best takes seconds for a megabyte.
const QUALITY: async_compression::Level = async_compression::Level::Fastest;

fn reader(body: HostBody) -> impl AsyncBufRead + Send + 'static {
    StreamReader::new(body.map_err(io::Error::other))
}

fn chunks(reader: impl AsyncRead + Send + 'static) -> HostBody {
    let chunks: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>> = Box::pin(ReaderStream::new(reader));
    Box::pin(chunks.map(|chunk| chunk.map_err(|error| error.to_string())))
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    fn body(chunks: &[&'static [u8]]) -> HostBody {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk))).collect();
        Box::pin(stream::iter(chunks))
    }

    fn headers(values: &[&str]) -> Vec<(String, String)> {
        values.iter().map(|value| ("content-encoding".to_owned(), (*value).to_owned())).collect()
    }

    async fn whole(body: HostBody) -> Result<Vec<u8>, String> {
        body.try_collect::<Vec<_>>().await.map(|chunks| chunks.concat())
    }

    #[tokio::test]
    async fn what_is_encoded_can_be_decoded() {
        for encoding in [ContentEncoding::Gzip, ContentEncoding::Brotli] {
            let encoded = whole(encoding.encode(body(&[b"one ", b"and ", b"two"]))).await.expect("encoded");
            assert_ne!(encoded, b"one and two");
            let encoded: HostBody = Box::pin(stream::iter([Ok(Bytes::from(encoded))]));
            assert_eq!(whole(encoding.decode(encoded)).await.expect("decoded"), b"one and two");
        }
    }

    #[tokio::test]
    async fn bodies_that_break_and_bytes_that_are_no_code_are_errors() {
        let broken: HostBody = Box::pin(stream::iter([Ok(Bytes::from_static(b"a")), Err("gone".to_owned())]));
        assert_eq!(whole(ContentEncoding::Gzip.encode(broken)).await, Err("gone".to_owned()));
        assert!(whole(ContentEncoding::Gzip.decode(body(&[b"plain"]))).await.is_err());
        assert!(whole(ContentEncoding::Brotli.decode(body(&[b"plain"]))).await.is_err());
    }

    #[tokio::test]
    async fn a_pause_lets_out_what_has_come() {
        let paused = stream::once(async { Ok(Bytes::from_static(b"event")) }).chain(stream::pending());
        let mut encoded = ContentEncoding::Gzip.encode(Box::pin(paused));
        let first = encoded.next().await.expect("a chunk").expect("encoded");
        assert!(!first.is_empty());
    }

    #[test]
    fn one_known_encoding_counts() {
        assert_eq!(ContentEncoding::of(&headers(&["gzip"])), Some(ContentEncoding::Gzip));
        assert_eq!(ContentEncoding::of(&headers(&["br"])), Some(ContentEncoding::Brotli));
        for others in [&["deflate"][..], &["gzip, br"], &["gzip", "br"], &["identity"], &[]] {
            assert_eq!(ContentEncoding::of(&headers(others)), None, "{others:?}");
        }
    }
}
