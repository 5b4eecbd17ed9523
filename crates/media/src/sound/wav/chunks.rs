//! Where in a file its sound is, and what it is like.
//!
//! Programs that stream write their sizes before they know them: 0, the highest number, or more than there comes. Others leave the byte out that should
//! follow an odd chunk. The readers on crates.io refuse one or another of these, and RF64; people's files have all of them.

use super::Refused;

/// Below this nothing is sound, and above it no device.
const RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// The rest of each kind's GUID, of which the first two bytes are the kind (RFC 2361, appendix A).
const KINDS_GUID: [u8; 14] = *b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";

/// What stands for "see the GUID".
const EXTENSIBLE: u16 = 0xfffe;

/// What the sound is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Format {
    /// PCM, floats, …
    pub(super) kind: u16,
    pub(super) channels: usize,
    pub(super) rate_hz: u32,
    /// Of one sample of one channel.
    pub(super) bytes: usize,
}

/// A file's sound.
#[derive(Debug)]
pub(super) struct Content<'a> {
    pub(super) format: Format,
    pub(super) data: &'a [u8],
}

/// Finds the sound.
pub(super) fn content(file: &[u8]) -> Result<Content<'_>, Refused> {
    match (file.get(..4), file.get(8..12)) {
        (Some(b"RIFX"), _) => return Err(Refused::BigEndian),
        (Some(b"RIFF" | b"RF64" | b"BW64"), Some(b"WAVE")) => {}
        _ => return Err(Refused::NotWav),
    }
    let (mut format, mut data, mut long_size) = (None, None, None);
    let mut left = &file[12..];
    while let Some(chunk) = Chunk::first_in(left, long_size) {
        match chunk.id {
            b"fmt " => format = format.or(Some(Format::read(chunk.body)?)),
            b"data" => data = data.or(Some(chunk.body)),
            // Sizes of RF64 (EBU Tech 3306): the file's, the sound's, …
            b"ds64" => {
                long_size =
                    chunk.body.get(8..16).and_then(|size| size.first_chunk()).map(|&size| u64::from_le_bytes(size))
            }
            _ => {}
        }
        left = chunk.after;
    }
    Ok(Content { format: format.ok_or(Refused::NoFormat)?, data: data.ok_or(Refused::NoData)? })
}

struct Chunk<'a> {
    id: &'a [u8; 4],
    body: &'a [u8],
    after: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn first_in(bytes: &'a [u8], long_size: Option<u64>) -> Option<Self> {
        let (id, sized) = bytes.split_first_chunk()?;
        let (size, rest) = sized.split_first_chunk()?;
        let size = u32::from_le_bytes(*size);
        let size = match long_size.filter(|_| size == u32::MAX && id == b"data") {
            Some(long) => usize::try_from(long).unwrap_or(usize::MAX),
            None => size as usize,
        };
        let is_unknown = size > rest.len() || (size == 0 && id == b"data" && !are_chunks(rest));
        let (body, after) = if is_unknown { (rest, &rest[rest.len()..]) } else { rest.split_at(size) };
        Some(Self { id, body, after: behind_the_padding(size, after) })
    }
}

/// An odd chunk is followed by one more byte, unless its writer forgot that: then the next chunk begins right there.
fn behind_the_padding(size: usize, after: &[u8]) -> &[u8] {
    let is_next = after.get(..4).is_some_and(is_id);
    if size.is_multiple_of(2) || is_next { after } else { after.get(1..).unwrap_or_default() }
}

/// Whether chunks follow a chunk of no size. If not, its size was not known when it was written.
fn are_chunks(mut bytes: &[u8]) -> bool {
    while bytes.get(..4).is_some_and(is_id) {
        let Some((size, rest)) = bytes[4..].split_first_chunk() else { return false };
        let size = u32::from_le_bytes(*size) as usize;
        let Some(after) = rest.get(size..) else { return false };
        bytes = behind_the_padding(size, after);
    }
    bytes.is_empty()
}

fn is_id(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}

impl Format {
    fn read(body: &[u8]) -> Result<Self, Refused> {
        let two = |at: usize| body.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
        let (Some(tag), Some(channels), Some(align), Some(bits)) = (two(0), two(2), two(12), two(14)) else {
            return Err(Refused::NoFormat);
        };
        let rate_hz = u32::from(two(4).unwrap_or(0)) | u32::from(two(6).unwrap_or(0)) << 16;
        if channels == 0 || !RATES_HZ.contains(&rate_hz) {
            return Err(Refused::Shape { channels, rate_hz });
        }
        let is_extended = tag == EXTENSIBLE && body.get(26..40) == Some(KINDS_GUID.as_slice());
        let kind = two(24).filter(|_| is_extended).unwrap_or(tag);
        // Samples of fewer bits than their bytes hold stand at the upper end of them.
        let bytes = if align.is_multiple_of(channels) { align / channels } else { bits.div_ceil(8) };
        Ok(Self { kind, channels: channels.into(), rate_hz, bytes: bytes.into() })
    }
}
