//! What other programs play, by WASAPI's process loopback: everything that Windows plays but what this program and its children do, the web view among
//! them. It is there from Windows 10 of 2020 on; before it, and in place of it, nothing is offered: what loopback of a speaker gives has the call in it,
//! and the other end would hear itself.

use std::collections::VecDeque;

use wasapi::{
    AudioCaptureClient, AudioClient, Direction, Handle, SampleType, StreamMode, WasapiError, WaveFormat, initialize_mta,
};

use super::waiting::{CHANNELS, Waiting};
use crate::error::MediaError;
use crate::sound::frame::{PACKET, SAMPLE_RATE};

const BITS: usize = 32;
/// So much is kept for this program, which takes it every 20 ms: 200 ms, in units of 100 ns.
const BUFFER: i64 = 2_000_000;
/// More blocks than come in 20 ms. What is left then is taken with the next ones.
const MOST_BLOCKS: usize = 64;

/// All other programs.
pub(in crate::sound) struct OtherPrograms {
    capture: AudioCaptureClient,
    // Windows wants an event to tell of each block; nobody waits for it.
    _event: Handle,
    client: AudioClient,
    bytes: VecDeque<u8>,
    waiting: Waiting,
}

impl OtherPrograms {
    /// Begins to listen.
    pub(in crate::sound) fn connect() -> Result<Self, MediaError> {
        // The thread is this sound's own. It may be in that apartment already.
        let _ = initialize_mta();
        let mut client =
            AudioClient::new_application_loopback_client(std::process::id(), false).map_err(|error| told(&error))?;
        let format = WaveFormat::new(BITS, BITS, &SampleType::Float, SAMPLE_RATE as usize, CHANNELS, None);
        let mode = StreamMode::EventsShared { autoconvert: true, buffer_duration_hns: BUFFER };
        let begun = client.initialize_client(&format, &Direction::Capture, &mode).and_then(|()| {
            let event = client.set_get_eventhandle()?;
            let capture = client.get_audiocaptureclient()?;
            client.start_stream()?;
            Ok((event, capture))
        });
        let (event, capture) = begun.map_err(|error| told(&error))?;
        Ok(Self { capture, _event: event, client, bytes: VecDeque::new(), waiting: Waiting::default() })
    }

    /// The next 20 ms of them all, left and right by turns. Waits for nothing.
    pub(in crate::sound) fn mix(&mut self, into: &mut [f32; PACKET * CHANNELS]) -> Result<(), MediaError> {
        self.hear().map_err(|error| told(&error))?;
        into.fill(0.0);
        self.waiting.add_to(into);
        into.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        Ok(())
    }

    /// Takes what has come.
    fn hear(&mut self) -> Result<(), WasapiError> {
        for _ in 0..MOST_BLOCKS {
            if self.capture.get_next_packet_size()?.unwrap_or(0) == 0 {
                break;
            }
            let about = self.capture.read_from_device_to_deque(&mut self.bytes)?;
            if about.flags.silent {
                // What the bytes are then Windows does not say.
                self.bytes.iter_mut().for_each(|byte| *byte = 0);
            }
            let (samples, _) = self.bytes.make_contiguous().as_chunks();
            self.waiting.push(samples.iter().map(|sample| f32::from_le_bytes(*sample)));
            self.bytes.clear();
        }
        Ok(())
    }
}

impl Drop for OtherPrograms {
    fn drop(&mut self) {
        // What fails here has ended by itself.
        let _ = self.client.stop_stream();
    }
}

fn told(error: &WasapiError) -> MediaError {
    MediaError::Other(format!("the sound of other programs: {error}"))
}
