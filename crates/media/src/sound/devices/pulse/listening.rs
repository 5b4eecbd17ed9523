//! One program's stream of a PulseAudio server.

use pulseaudio::protocol::{self, Command};

use super::programs::Heard;
use super::wire::{Ended, Wire};
use super::{BYTES, Connection, OpenStream, properties};
use crate::error::MediaError;
use crate::sound::devices::waiting::{CHANNELS, TOO_MUCH, Waiting};
use crate::sound::frame::{PACKET, SAMPLE_RATE};

/// One program's stream.
pub(super) struct Listening {
    wire: Wire,
    channel: u32,
    waiting: Waiting,
    _open: OpenStream,
}

impl Listening {
    pub(super) fn begin(input: u32) -> Result<Self, MediaError> {
        let mut connection = Connection::open("")?;
        let stream: protocol::CreateRecordStreamReply =
            connection.ask(Command::CreateRecordStream(protocol::RecordStreamParams {
                sample_spec: protocol::SampleSpec {
                    format: protocol::SampleFormat::Float32Le,
                    channels: CHANNELS as u8,
                    sample_rate: SAMPLE_RATE,
                },
                channel_map: protocol::ChannelMap::stereo(),
                direct_on_input_index: Some(input),
                buffer_attr: protocol::stream::BufferAttr {
                    max_length: (TOO_MUCH * BYTES) as u32,
                    fragment_size: (PACKET * CHANNELS * BYTES) as u32,
                    ..Default::default()
                },
                flags: protocol::stream::StreamFlags { adjust_latency: true, ..Default::default() },
                props: properties(c"Shared sound"),
                ..Default::default()
            }))?;
        let (wire, open) = connection.stream(None)?;
        Ok(Self { wire, channel: stream.channel, waiting: Waiting::default(), _open: open })
    }

    /// Takes all that has come.
    fn hear(&mut self) -> Result<(), Ended> {
        self.wire.look_again();
        while let Some(message) = self.wire.next()? {
            if message.channel == self.channel {
                self.waiting.push(message.body.as_chunks().0.iter().map(|sample| f32::from_le_bytes(*sample)));
            } else if let Some(Command::RecordStreamKilled(_)) = message.command() {
                return Err(Ended::Killed);
            }
        }
        Ok(())
    }
}

impl Heard for Listening {
    fn add_to(&mut self, into: &mut [f32]) -> bool {
        let heard = self.hear();
        if let Err(ended) = &heard {
            tracing::debug!(?ended, "a program is no longer heard");
        }
        self.waiting.add_to(into);
        heard.is_ok()
    }
}
