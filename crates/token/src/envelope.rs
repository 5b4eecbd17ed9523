//! A payload's way into a text and back: `007`, then base64, then zlib (RFC 1950).
//!
//! The same payload has many texts, since every deflate packs in its own way. Compare payloads, never texts.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use miniz_oxide::{
    deflate::compress_to_vec_zlib,
    inflate::{
        TINFLStatus,
        core::{
            DecompressorOxide, decompress,
            inflate_flags::{TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF},
        },
    },
};

use crate::{MAX_PAYLOAD_BYTES, MAX_TEXT_BYTES, MintError, ParseError, parse::Reading};

const VERSION: &str = "007";

/// zlib's own default; a token is too short for more to matter.
const LEVEL: u8 = 6;

/// Makes the text of a payload.
pub(crate) fn seal(payload: &[u8]) -> Result<String, MintError> {
    if payload.len() > MAX_PAYLOAD_BYTES {
        return Err(MintError::TooLarge);
    }
    let text = format!("{VERSION}{}", STANDARD.encode(compress_to_vec_zlib(payload, LEVEL)));
    if text.len() > MAX_TEXT_BYTES { Err(MintError::TooLarge) } else { Ok(text) }
}

/// Makes the payload of a text.
pub(crate) fn open(text: &str, reading: Reading) -> Result<Vec<u8>, ParseError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(ParseError::TextTooLong);
    }
    let coded = text.strip_prefix(VERSION).ok_or(ParseError::Version)?;
    let packed = STANDARD.decode(coded).map_err(|_| ParseError::Base64)?;
    let (payload, read) = inflate(&packed)?;
    if reading == Reading::Strict && read < packed.len() {
        return Err(ParseError::TrailingBytes);
    }
    Ok(payload)
}

/// Inflates one whole stream into at most the payload's limit; how much of `packed` it took comes with it.
fn inflate(packed: &[u8]) -> Result<(Vec<u8>, usize), ParseError> {
    let mut payload = vec![0; MAX_PAYLOAD_BYTES];
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = Box::<DecompressorOxide>::default();
    let (status, read, written) = decompress(&mut state, packed, &mut payload, 0, flags);
    if status == TINFLStatus::HasMoreOutput {
        return Err(ParseError::PayloadTooLong);
    }
    if status != TINFLStatus::Done {
        return Err(ParseError::Compression);
    }
    payload.truncate(written);
    Ok((payload, read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
        let limit = vec![0; MAX_PAYLOAD_BYTES];
        let over = STANDARD.encode(compress_to_vec_zlib(&vec![0; MAX_PAYLOAD_BYTES + 1], LEVEL));

        assert_eq!(open(&seal(&limit).unwrap(), Reading::Strict), Ok(limit));
        assert_eq!(open(&format!("007{over}"), Reading::Strict), Err(ParseError::PayloadTooLong));
        assert_eq!(seal(&vec![0; MAX_PAYLOAD_BYTES + 1]), Err(MintError::TooLarge));
    }

    #[test]
    fn what_follows_the_stream_is_refused_strictly_and_left_alone_otherwise() {
        let packed = [compress_to_vec_zlib(b"payload", LEVEL), b"more".to_vec()].concat();
        let text = format!("007{}", STANDARD.encode(packed));

        assert_eq!(open(&text, Reading::Strict), Err(ParseError::TrailingBytes));
        assert_eq!(open(&text, Reading::AsReference).as_deref(), Ok(b"payload".as_slice()));
    }

    #[test]
    fn a_stream_that_breaks_off_or_has_another_checksum_is_no_stream() {
        let whole = compress_to_vec_zlib(b"a payload of some length", LEVEL);
        let mut other = whole.clone();
        *other.last_mut().unwrap() ^= 1;

        assert_eq!(inflate(&other), Err(ParseError::Compression));
        for end in 0..whole.len() {
            assert_eq!(inflate(&whole[..end]), Err(ParseError::Compression), "cut at {end}");
        }
    }
}
