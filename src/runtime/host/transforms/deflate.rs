//! DEFLATE (RFC 1951) and its containers zlib (RFC 1950) and gzip (RFC 1952), by `zlib-rs`.

use zlib_rs::{
    Deflate, DeflateConfig, DeflateFlush, Inflate, InflateError, InflateFlush, Method, Status, Strategy,
};

use super::{Flush, Step, Transform, failure};
use crate::runtime::host::crypto::{Call, Failure, Result, data};

/// What zlib says it takes with a window of 15 bits and the usual memory level.
const DEFLATE_BYTES: usize = 300 * 1024;
const INFLATE_BYTES: usize = 48 * 1024;
/// zlib's way to ask for gzip, and to take either container.
const GZIP: i32 = 16;
const EITHER: i32 = 32;
const GZIP_MAGIC: u8 = 0x1f;

fn window_bits(call: &Call) -> Result<i32> {
    let bits = call.number("windowBits").filter(|bits| *bits != 0).unwrap_or(15);
    if !(8..=15).contains(&bits) {
        return Err(data(format!("windowBits is {bits}: it is from 8 to 15")));
    }
    // zlib itself makes 9 of 8, which its format cannot express.
    let bits = bits.max(9) as i32;
    Ok(match call.text("format") {
        "gzip" => bits + GZIP,
        "either" => bits + EITHER,
        "deflate-raw" => -bits,
        _ => bits,
    })
}

fn memory_error(_: impl std::fmt::Debug) -> Failure {
    failure("Z_STREAM_ERROR", "stream error")
}

struct Compressor(Deflate);

/// Opens a compressor of a `format`: `gzip`, `deflate` or `deflate-raw`. Input 0 is a dictionary, if any.
pub fn compressor(call: &Call) -> Result<(Box<dyn Transform>, usize)> {
    let number = |name: &str, usual: i32| call.number(name).map_or(usual, |number| number.min(99) as i32);
    let strategy =
        Strategy::try_from(number("strategy", 0)).map_err(|()| data("There is no such strategy"))?;
    let (level, mem_level) = (number("level", -1), number("memLevel", 8));
    if level > 9 || !(1..=9).contains(&mem_level) {
        return Err(data("level is from 0 to 9, memLevel from 1 to 9"));
    }
    let window_bits = window_bits(call)?;
    let config = DeflateConfig { level, method: Method::Deflated, window_bits, mem_level, strategy };
    let mut stream = Deflate::new_with_config(config);
    if !call.bytes(0).is_empty() {
        stream.set_dictionary(call.bytes(0)).map_err(memory_error)?;
    }
    Ok((Box::new(Compressor(stream)), DEFLATE_BYTES))
}

impl Transform for Compressor {
    fn step(&mut self, input: &[u8], flush: Flush, output_bytes_max: usize) -> Result<Step> {
        let mut output = vec![0; output_bytes_max];
        let before = (self.0.total_in(), self.0.total_out());
        let flush = match flush {
            Flush::None => DeflateFlush::NoFlush,
            Flush::Partial => DeflateFlush::PartialFlush,
            Flush::Sync => DeflateFlush::SyncFlush,
            Flush::Full => DeflateFlush::FullFlush,
            Flush::Finish => DeflateFlush::Finish,
            Flush::Block => DeflateFlush::Block,
        };
        let status = self.0.compress(input, &mut output, flush).map_err(memory_error)?;
        output.truncate((self.0.total_out() - before.1) as usize);
        let consumed = (self.0.total_in() - before.0) as usize;
        Ok(Step { output, consumed, has_ended: status == Status::StreamEnd })
    }
}

struct Decompressor {
    stream: Inflate,
    window_bits: i32,
    dictionary: Vec<u8>,
    /// Whether a gzip file may have several members, as Node.js reads them.
    has_members: bool,
    has_ended: bool,
}

/// Opens a decompressor of a `format`: `gzip`, `deflate`, `deflate-raw`, or `either` of the first two. Input 0 is
/// a dictionary, if any.
pub fn decompressor(call: &Call) -> Result<(Box<dyn Transform>, usize)> {
    let window_bits = window_bits(call)?;
    let decompressor = Decompressor {
        stream: inflate(window_bits),
        window_bits,
        dictionary: call.bytes(0).to_vec(),
        has_members: call.flag("members"),
        has_ended: false,
    };
    let mut decompressor = decompressor;
    if window_bits < 0 && !decompressor.dictionary.is_empty() {
        decompressor.stream.set_dictionary(call.bytes(0)).map_err(memory_error)?;
    }
    Ok((Box::new(decompressor), INFLATE_BYTES))
}

fn inflate(window_bits: i32) -> Inflate {
    Inflate::new(window_bits > 0, window_bits.unsigned_abs() as u8)
}

impl Transform for Decompressor {
    fn step(&mut self, input: &[u8], _flush: Flush, output_bytes_max: usize) -> Result<Step> {
        if self.has_ended && !self.begins_member(input) {
            return Ok(Step { has_ended: true, ..Step::default() });
        }
        let mut output = vec![0; output_bytes_max];
        let before = (self.stream.total_in(), self.stream.total_out());
        let mut result = self.stream.decompress(input, &mut output, InflateFlush::NoFlush);
        if let Err(InflateError::NeedDict { .. }) = result {
            self.find_dictionary()?;
            let taken = (self.stream.total_in() - before.0) as usize;
            result = self.stream.decompress(&input[taken..], &mut output, InflateFlush::NoFlush);
        }
        let status = result
            .map_err(|_| failure("Z_DATA_ERROR", self.stream.error_message().unwrap_or("incorrect data")))?;
        output.truncate((self.stream.total_out() - before.1) as usize);
        let consumed = (self.stream.total_in() - before.0) as usize;
        self.has_ended = status == Status::StreamEnd;
        Ok(Step { output, consumed, has_ended: self.has_ended })
    }
}

impl Decompressor {
    /// Starts again when another member of a gzip file follows.
    fn begins_member(&mut self, input: &[u8]) -> bool {
        if !self.has_members || input.first() != Some(&GZIP_MAGIC) {
            return false;
        }
        self.stream = inflate(self.window_bits);
        self.has_ended = false;
        true
    }

    fn find_dictionary(&mut self) -> Result<()> {
        if self.dictionary.is_empty() {
            return Err(failure("Z_NEED_DICT", "Missing dictionary"));
        }
        self.stream
            .set_dictionary(&self.dictionary)
            .map(drop)
            .map_err(|_| failure("Z_DATA_ERROR", "Bad dictionary"))
    }
}
