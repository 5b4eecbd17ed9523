//! Opus as calls use it: 48 kHz mono, 20 ms, voice, with in-band FEC and DTX.

use crate::error::MediaError;
use crate::sound::frame::{PACKET, SAMPLE_RATE};

/// Good wide-band speech; FEC takes its share from it. By PESQ-WB, 32 kbit/s score 0.15 less.
const BITRATE_BPS: i32 = 40_000;

/// Of ten. From seven on the encoder finds out whether it hears music or speech, which we tell it.
const COMPLEXITY: i32 = 6;

/// The most that a 20 ms packet may take; 40 kbit/s need about 100 bytes.
const MAX_PACKET_BYTES: usize = 1275;

/// A packet of one or two bytes says "nothing to hear": discontinuous transmission.
pub(crate) const DTX_PACKET_BYTES: usize = 2;

/// What became of 20 ms of sound.
pub(crate) enum Encoded<'a> {
    /// Send this.
    Packet(&'a [u8]),
    /// Silence that the other side fills with comfort noise: send nothing.
    Silence,
}

/// 20 ms of samples in, one packet out.
pub(crate) struct Encoder {
    opus: opus::Encoder,
    buffer: Box<[u8; MAX_PACKET_BYTES]>,
    in_silence: bool,
}

impl Encoder {
    pub(crate) fn new() -> Result<Self, MediaError> {
        let mut opus = opus::Encoder::new(SAMPLE_RATE, opus::Channels::Mono, opus::Application::Voip)?;
        opus.set_bitrate(opus::Bitrate::Bits(BITRATE_BPS))?;
        opus.set_vbr(true)?;
        opus.set_vbr_constraint(true)?;
        opus.set_signal(opus::Signal::Voice)?;
        opus.set_complexity(COMPLEXITY)?;
        opus.set_inband_fec(true)?;
        opus.set_dtx(true)?;
        Ok(Self { opus, buffer: Box::new([0; MAX_PACKET_BYTES]), in_silence: false })
    }

    /// How much loss the other side reports; FEC is sent accordingly.
    pub(crate) fn set_packet_loss(&mut self, percent: u8) -> Result<(), MediaError> {
        Ok(self.opus.set_packet_loss_perc(i32::from(percent.min(100)))?)
    }

    /// Encodes 20 ms. The first silent packet is still sent: it tells the decoder that silence begins.
    pub(crate) fn encode(&mut self, samples: &[f32; PACKET]) -> Result<Encoded<'_>, MediaError> {
        let bytes = self.opus.encode_float(samples, self.buffer.as_mut_slice())?;
        let silent = bytes <= DTX_PACKET_BYTES;
        let known = std::mem::replace(&mut self.in_silence, silent);
        if silent && known {
            return Ok(Encoded::Silence);
        }
        Ok(Encoded::Packet(&self.buffer[..bytes]))
    }
}

/// Packets in, samples out, for every frame length that a sender may choose.
pub(crate) struct Decoder(opus::Decoder);

/// The longest packet that Opus allows is 120 ms.
pub(crate) const MAX_DECODED: usize = 5760;

impl Decoder {
    pub(crate) fn new() -> Result<Self, MediaError> {
        Ok(Self(opus::Decoder::new(SAMPLE_RATE, opus::Channels::Mono)?))
    }

    /// Decodes a packet into `out`, which must hold [`MAX_DECODED`] samples, and says how many there are.
    pub(crate) fn decode(&mut self, payload: &[u8], out: &mut [f32]) -> Result<usize, MediaError> {
        Ok(self.0.decode_float(payload, out, false)?)
    }

    /// Recovers what was lost just before `next` from the copy that `next` carries; without a copy this conceals.
    pub(crate) fn recover(&mut self, next: &[u8], out: &mut [f32]) -> Result<usize, MediaError> {
        Ok(self.0.decode_float(next, out, true)?)
    }

    /// Invents `out.len()` samples (a multiple of 2.5 ms) from what was heard before.
    pub(crate) fn conceal(&mut self, out: &mut [f32]) -> Result<usize, MediaError> {
        Ok(self.0.decode_float(&[], out, false)?)
    }
}

/// How many samples a packet holds, or `None` if it is not Opus.
pub(crate) fn packet_samples(payload: &[u8]) -> Option<u32> {
    let samples = opus::packet::get_nb_samples(payload, SAMPLE_RATE).ok()?;
    u32::try_from(samples).ok().filter(|&n| n > 0 && n as usize <= MAX_DECODED)
}
