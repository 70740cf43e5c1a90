//! Brotli (RFC 7932), by the `brotli` crate.

use brotli::enc::StandardAlloc;
use brotli::enc::encode::{BrotliEncoderOperation, BrotliEncoderParameter, BrotliEncoderStateStruct};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};

use super::{Flush, Step, Transform, failure};
use crate::runtime::host::crypto::{Call, Result, data};

/// Two windows' worth and the tables, for the largest window there is.
const COMPRESS_BYTES: usize = 16 * 1024 * 1024;
const DECOMPRESS_BYTES: usize = 4 * 1024 * 1024;
/// The parameters of Node.js that are passed on: their name here, their number there, the range.
const PARAMETERS: [(&str, BrotliEncoderParameter, u64, u64); 4] = [
    ("mode", BrotliEncoderParameter::BROTLI_PARAM_MODE, 0, 2),
    ("quality", BrotliEncoderParameter::BROTLI_PARAM_QUALITY, 0, 11),
    ("lgwin", BrotliEncoderParameter::BROTLI_PARAM_LGWIN, 10, 24),
    ("lgblock", BrotliEncoderParameter::BROTLI_PARAM_LGBLOCK, 0, 24),
];

struct Compressor(BrotliEncoderStateStruct<StandardAlloc>);

/// Opens a compressor.
pub fn compressor(call: &Call) -> Result<(Box<dyn Transform>, usize)> {
    let mut state = BrotliEncoderStateStruct::new(StandardAlloc::default());
    for (name, parameter, minimum, maximum) in PARAMETERS {
        match call.number(name) {
            Some(value) if (minimum..=maximum).contains(&value) => {
                state.set_parameter(parameter, value as u32);
            }
            Some(value) => return Err(data(format!("{name} is {value}: it is from {minimum} to {maximum}"))),
            None => {}
        }
    }
    Ok((Box::new(Compressor(state)), COMPRESS_BYTES))
}

impl Transform for Compressor {
    fn step(&mut self, input: &[u8], flush: Flush, output_bytes_max: usize) -> Result<Step> {
        let operation = match flush {
            Flush::None => BrotliEncoderOperation::BROTLI_OPERATION_PROCESS,
            Flush::Finish => BrotliEncoderOperation::BROTLI_OPERATION_FINISH,
            _ => BrotliEncoderOperation::BROTLI_OPERATION_FLUSH,
        };
        let mut output = vec![0; output_bytes_max];
        let (mut available_in, mut consumed) = (input.len(), 0);
        let (mut available_out, mut written) = (output.len(), 0);
        let is_good = self.0.compress_stream(
            operation,
            &mut available_in,
            input,
            &mut consumed,
            &mut available_out,
            &mut output,
            &mut written,
            &mut None,
            &mut |_, _, _, _| (),
        );
        if !is_good {
            return Err(failure("ERR_BROTLI_COMPRESSION_FAILED", "Compression failed"));
        }
        output.truncate(written);
        Ok(Step { output, consumed, has_ended: self.0.is_finished() })
    }
}

struct Decompressor {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    total_out: usize,
    has_ended: bool,
}

/// Opens a decompressor. Windows beyond RFC 7932 are refused: they could take a gigabyte.
pub fn decompressor(_call: &Call) -> Result<(Box<dyn Transform>, usize)> {
    let allocator = StandardAlloc::default;
    let state = BrotliState::new_strict(allocator(), allocator(), allocator());
    Ok((Box::new(Decompressor { state, total_out: 0, has_ended: false }), DECOMPRESS_BYTES))
}

impl Transform for Decompressor {
    fn step(&mut self, input: &[u8], _flush: Flush, output_bytes_max: usize) -> Result<Step> {
        if self.has_ended {
            return Ok(Step { has_ended: true, ..Step::default() });
        }
        let mut output = vec![0; output_bytes_max];
        let (mut available_in, mut consumed) = (input.len(), 0);
        let (mut available_out, mut written) = (output.len(), 0);
        let result = BrotliDecompressStream(
            &mut available_in,
            &mut consumed,
            input,
            &mut available_out,
            &mut written,
            &mut output,
            &mut self.total_out,
            &mut self.state,
        );
        if let BrotliResult::ResultFailure = result {
            return Err(failure("ERR__ERROR_FORMAT_PADDING_1", "Decompression failed"));
        }
        output.truncate(written);
        self.has_ended = matches!(result, BrotliResult::ResultSuccess);
        Ok(Step { output, consumed, has_ended: self.has_ended })
    }
}
