//! NAL units in a byte stream (H.264 Annex B), and what a sequence parameter set says of its pictures.

/// Types of NAL units (H.264 table 7-1).
pub(super) const IDR_SLICE: u8 = 5;
pub(super) const SEQUENCE_PARAMETERS: u8 = 7;

/// The units of a stream, without their start codes.
pub(super) fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start(stream);
    std::iter::from_fn(move || {
        let from = rest?;
        let next = after_start(from);
        let to = from.len() - next.map_or(0, <[u8]>::len);
        rest = next;
        let unit = from[..to].strip_suffix(if next.is_some() { &[0, 0, 1][..] } else { &[] }).unwrap_or(&from[..to]);
        let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        Some(&unit[..end])
    })
    .filter(|unit| !unit.is_empty())
}

/// What follows the next start code.
fn after_start(stream: &[u8]) -> Option<&[u8]> {
    let mut zeros = 0;
    for (at, byte) in stream.iter().enumerate() {
        match byte {
            0 => zeros += 1,
            1 if zeros >= 2 => return Some(&stream[at + 1..]),
            _ => zeros = 0,
        }
    }
    None
}

pub(super) fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |header| header & 0x1f)
}

/// What a sequence parameter set says of the pictures that follow (H.264 7.3.2.1.1), as far as it decides what a decoder allocates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SequenceParameters {
    /// In macroblocks.
    pub(super) width: u32,
    /// In macroblocks.
    pub(super) height: u32,
    /// How many pictures are kept to refer to.
    pub(super) references: u32,
}

impl SequenceParameters {
    /// `None` for what is not well-formed, and for what no profile of 4:2:0 with eight bits has.
    pub(super) fn read(unit: &[u8]) -> Option<Self> {
        let bytes = without_emulation(unit.get(1..)?);
        let mut bits = Bits { bytes: &bytes, at: 0 };
        let profile = bits.number(8)?;
        bits.number(16)?; // constraints and level
        bits.golomb()?; // its id
        // The profiles that say more of themselves.
        if matches!(profile, 44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244) {
            high_profile(&mut bits)?;
        }
        bits.golomb()?; // how far frames are numbered
        picture_order(&mut bits)?;
        let references = bits.golomb()?;
        bits.number(1)?; // gaps in numbers
        let (width, map_units) = (bits.golomb()?.checked_add(1)?, bits.golomb()?.checked_add(1)?);
        let is_progressive = bits.number(1)? == 1;
        let height = if is_progressive { map_units } else { map_units.checked_mul(2)? };
        Some(Self { width, height, references })
    }
}

fn high_profile(bits: &mut Bits<'_>) -> Option<()> {
    let (chroma, luma_depth, chroma_depth) = (bits.golomb()?, bits.golomb()?, bits.golomb()?);
    bits.number(1)?;
    let has_matrices = bits.number(1)? == 1;
    // Matrices are never used in calls, and are a good place for nonsense.
    (chroma == 1 && luma_depth == 0 && chroma_depth == 0 && !has_matrices).then_some(())
}

fn picture_order(bits: &mut Bits<'_>) -> Option<()> {
    match bits.golomb()? {
        0 => drop(bits.golomb()?),
        1 => {
            bits.number(1)?;
            bits.golomb()?;
            bits.golomb()?;
            let count = bits.golomb()?;
            if count > 255 {
                return None;
            }
            for _ in 0..count {
                bits.golomb()?;
            }
        }
        2 => {}
        _ => return None,
    }
    Some(())
}

/// Takes out the bytes that keep start codes from appearing inside a unit (H.264 7.4.1.1).
fn without_emulation(unit: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for byte in unit.iter().copied() {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        bytes.push(byte);
    }
    bytes
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit.into())
    }

    fn number(&mut self, bits: u32) -> Option<u32> {
        (0..bits).try_fold(0, |number, _| Some(number << 1 | self.bit()?))
    }

    /// Exp-Golomb (H.264 9.1); signed ones are as long.
    fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        (1_u32 << zeros).checked_sub(1)?.checked_add(self.number(zeros)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 1280 × 720, as OpenH264 writes it.
    const OF_720P: &[u8] = &[0x67, 0x42, 0xc0, 0x1f, 0x8c, 0x68, 0x05, 0x00, 0x5b, 0xa1, 0x00, 0x00, 0x03, 0x00, 0x01];

    #[test]
    fn units_are_found_behind_long_and_short_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 9, 9, 0, 0, 1, 0x68, 8, 0, 0, 0, 1, 0x65, 7, 0, 3];

        let found: Vec<&[u8]> = units(&stream).collect();

        assert_eq!(found, [&[0x67, 9, 9][..], &[0x68, 8], &[0x65, 7, 0, 3]]);
        assert_eq!(found.iter().map(|unit| kind(unit)).collect::<Vec<_>>(), [7, 8, 5]);
        assert_eq!(units(&[1, 2, 3]).count(), 0);
        assert_eq!(units(&[0, 0, 1]).count(), 0);
    }

    #[test]
    fn the_size_is_read_from_a_sequence_parameter_set() {
        let read = SequenceParameters::read(OF_720P).expect("well-formed");

        assert_eq!((read.width, read.height), (80, 45));
    }

    proptest! {
        #[test]
        fn whatever_comes_in_reading_it_ends(bytes: Vec<u8>) {
            let read = units(&bytes).filter_map(SequenceParameters::read).count();
            prop_assert!(read <= bytes.len());
            SequenceParameters::read(&bytes);
        }
    }
}
