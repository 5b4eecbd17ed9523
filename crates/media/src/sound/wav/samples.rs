//! From the bytes of a file to samples, in each format that is taken.

use super::Refused;
use super::chunks::Format;

/// Full scale of 16 bits, which G.711's values are given in.
const FULL_SCALE: f32 = 32_768.0;

/// The mean of all channels, and how many samples were no numbers.
pub(super) fn mono(format: &Format, data: &[u8]) -> Result<(Vec<f32>, usize), Refused> {
    let sample = reader(format)?;
    let mut not_numbers = 0;
    let mut read = |bytes| {
        let sample: f32 = sample(bytes);
        not_numbers += usize::from(!sample.is_finite());
        if sample.is_finite() { sample } else { 0.0 }
    };
    let frames = data.chunks_exact(format.channels * format.bytes);
    let mono =
        frames.map(|frame| frame.chunks_exact(format.bytes).map(&mut read).sum::<f32>() / format.channels as f32);
    let mono = mono.collect();
    Ok((mono, not_numbers))
}

/// What makes a sample of its bytes.
fn reader(format: &Format) -> Result<fn(&[u8]) -> f32, Refused> {
    match (format.kind, format.bytes) {
        (1, 1) => Ok(|bytes| (f32::from(bytes[0]) - 128.0) / 128.0),
        (1, 2..=4) => Ok(integer),
        (3, 4) => Ok(|bytes| bytes.first_chunk().map_or(0.0, |four| f32::from_le_bytes(*four))),
        (3, 8) => Ok(|bytes| bytes.first_chunk().map_or(0.0, |eight| f64::from_le_bytes(*eight) as f32)),
        (6, 1) => Ok(|bytes| a_law(bytes[0])),
        (7, 1) => Ok(|bytes| mu_law(bytes[0])),
        (kind, bytes) => Err(Refused::Format(name_of(kind, bytes))),
    }
}

fn name_of(kind: u16, bytes: usize) -> String {
    match kind {
        1 => format!("PCM of {} bits", 8 * bytes),
        3 => format!("floats of {} bits", 8 * bytes),
        6 | 7 => format!("G.711 of {} bits", 8 * bytes),
        0x02 => "Microsoft ADPCM".into(),
        0x11 => "IMA ADPCM".into(),
        0x31 => "GSM 6.10".into(),
        0x45 => "G.726".into(),
        0x50 | 0x55 => "MP3".into(),
        0xff => "AAC".into(),
        0x674f..=0x6771 => "Vorbis".into(),
        other => format!("a format with the number {other:#06x}"),
    }
}

/// Two to four bytes, of which the last counts most.
fn integer(bytes: &[u8]) -> f32 {
    let mut upper = [0; 4];
    upper[4 - bytes.len()..].copy_from_slice(bytes);
    (f64::from(i32::from_le_bytes(upper)) / 2_f64.powi(31)) as f32
}

/// ITU-T G.711: every other bit is turned; then sign, three bits of exponent, four of what it multiplies.
fn a_law(byte: u8) -> f32 {
    let code = byte ^ 0x55;
    let (exponent, steps) = (code >> 4 & 7, i32::from(code & 15));
    let magnitude = if exponent == 0 { 16 * steps + 8 } else { (16 * steps + 264) << (exponent - 1) };
    let value = if code & 0x80 == 0 { -magnitude } else { magnitude };
    value as f32 / FULL_SCALE
}

/// ITU-T G.711: all bits are turned; then as A-law, with a bias of 132 in place of a linear part.
fn mu_law(byte: u8) -> f32 {
    let code = !byte;
    let (exponent, steps) = (code >> 4 & 7, i32::from(code & 15));
    let magnitude = ((8 * steps + 132) << exponent) - 132;
    let value = if code & 0x80 == 0 { magnitude } else { -magnitude };
    value as f32 / FULL_SCALE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g_711_has_the_values_of_its_tables() {
        let a_law = |byte| (a_law(byte) * FULL_SCALE) as i32;
        assert_eq!([0xd5, 0x55, 0xaa, 0x2a, 0x80].map(a_law), [8, -8, 32_256, -32_256, 5_504]);

        let mu_law = |byte| (mu_law(byte) * FULL_SCALE) as i32;
        assert_eq!([0xff, 0x7f, 0x80, 0x00, 0xaf].map(mu_law), [0, 0, 32_124, -32_124, 4_092]);
    }
}
