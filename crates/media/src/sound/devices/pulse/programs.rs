//! What other programs play, each by itself: this program's own sound is not among it, nor that of other calls that say they are one.
//!
//! A speaker's monitor has everything in it, the call included: the other end would hear itself. The server lets one listen to one
//! program's stream alone (`direct_on_input`), so that what is shared is put together here from the streams that may be.

use std::collections::{BTreeMap, VecDeque};

use pulseaudio::protocol::{self, Command, Prop, SinkInputInfo};

use super::wire::{Ended, Wire};
use super::{BYTES, Connection, OpenStream, properties};
use crate::error::MediaError;
use crate::sound::frame::{PACKET, SAMPLE_RATE};

/// Left and right.
pub(in crate::sound) const CHANNELS: usize = 2;
/// More programs than play at once. Each has a connection to the server, which has few.
const MOST_PROGRAMS: usize = 8;
/// What a program has played waits until there is so much of it, so that a late block leaves no hole …
const READY: usize = 2 * PACKET * CHANNELS;
/// … and beyond this the oldest is left out: the clocks of server and call differ a little.
const TOO_MUCH: usize = 8 * PACKET * CHANNELS;

/// All other programs of this user, as they come and go.
pub(in crate::sound) struct OtherPrograms {
    control: Connection,
    playing: BTreeMap<u32, Listening>,
}

impl OtherPrograms {
    /// Connects to the sound server, and listens to nobody yet.
    pub(in crate::sound) fn connect() -> Result<Self, MediaError> {
        super::cookie::ensure();
        Ok(Self { control: Connection::open("")?, playing: BTreeMap::new() })
    }

    /// Looks who plays now.
    pub(in crate::sound) fn look(&mut self) -> Result<(), MediaError> {
        let inputs: protocol::SinkInputInfoList = self.control.ask(Command::GetSinkInputInfoList)?;
        let shared: Vec<u32> = inputs.iter().filter(|input| may_be_shared(input)).map(|input| input.index).collect();
        self.playing.retain(|index, _| shared.contains(index));
        for index in shared {
            if self.playing.len() < MOST_PROGRAMS && !self.playing.contains_key(&index) {
                match Listening::begin(index) {
                    Ok(listening) => drop(self.playing.insert(index, listening)),
                    // It may just have ended; the next look tells.
                    Err(error) => tracing::debug!(%error, "a program is not heard"),
                }
            }
        }
        Ok(())
    }

    /// The next 20 ms of them all, left and right by turns.
    pub(in crate::sound) fn mix(&mut self, into: &mut [f32; PACKET * CHANNELS]) {
        into.fill(0.0);
        self.playing.retain(|_, listening| match listening.hear() {
            Ok(()) => {
                listening.waiting.add_to(into);
                true
            }
            Err(ended) => {
                tracing::debug!(?ended, "a program is no longer heard");
                false
            }
        });
        into.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
    }
}

/// Not what this program plays, nor what another call plays that says it is one: who speaks there did not agree to be heard here. Streams without a program
/// are filters of the server, which play again what programs have played.
fn may_be_shared(input: &SinkInputInfo) -> bool {
    let says = |prop, value: &[u8]| {
        let told = input.props.get(prop);
        told.is_some_and(|told| told.strip_suffix(&[0]).unwrap_or(told) == value)
    };
    let is_ours = says(Prop::ApplicationProcessId, std::process::id().to_string().as_bytes());
    // One that stands still has a place of those that play only when it goes on.
    input.client_index.is_some() && !input.corked && !is_ours && !says(Prop::MediaRole, b"phone")
}

/// One program's stream.
struct Listening {
    wire: Wire,
    channel: u32,
    waiting: Waiting,
    _open: OpenStream,
}

impl Listening {
    fn begin(input: u32) -> Result<Self, MediaError> {
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

/// What one program has played and nobody has taken yet.
#[derive(Default)]
struct Waiting {
    samples: VecDeque<f32>,
    /// There was enough, and it has not run out since.
    is_ready: bool,
}

impl Waiting {
    /// What is no number is silence.
    fn push(&mut self, samples: impl Iterator<Item = f32>) {
        self.samples.extend(samples.map(|sample| if sample.is_finite() { sample } else { 0.0 }));
        if self.samples.len() > TOO_MUCH {
            let whole = (self.samples.len() - READY).next_multiple_of(CHANNELS);
            self.samples.drain(..whole);
        }
    }

    fn add_to(&mut self, into: &mut [f32]) {
        self.is_ready |= self.samples.len() >= READY;
        if !self.is_ready {
            return;
        }
        self.is_ready = self.samples.len() >= into.len();
        let there = self.samples.len().min(into.len());
        into.iter_mut().zip(self.samples.drain(..there)).for_each(|(sum, sample)| *sum += sample);
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn music_is_shared_and_neither_calls_nor_filters_nor_this_program_are() {
        let own = std::ffi::CString::new(std::process::id().to_string()).expect("digits");
        let player: &[(Prop, &CStr)] = &[(Prop::ApplicationProcessId, c"7"), (Prop::MediaRole, c"music")];

        assert!(may_be_shared(&input(Some(1), player)) && may_be_shared(&input(Some(1), &[])));
        assert!(!may_be_shared(&input(None, player)));
        assert!(!may_be_shared(&input(Some(1), &[(Prop::MediaRole, c"phone")])));
        assert!(!may_be_shared(&input(Some(1), &[(Prop::ApplicationProcessId, &own)])));
    }

    #[test]
    fn a_late_block_leaves_no_hole_and_what_ran_out_waits_for_enough_again() {
        let mut waiting = Waiting::default();

        // For each 20 ms: how many blocks of 20 ms come before them.
        let heard: Vec<usize> = [1, 1, 1, 0, 1, 0, 0, 1, 1].map(|blocks| waiting.next(blocks)).to_vec();

        let all = PACKET * CHANNELS;
        assert_eq!(heard, [0, all, all, all, all, 0, 0, 0, all]);
    }

    #[test]
    fn what_was_not_taken_in_time_is_left_out_and_the_latest_is_kept() {
        let mut waiting = Waiting::default();

        waiting.push((0..2 * TOO_MUCH).map(|at| at as f32));

        assert_eq!(waiting.samples.len(), READY);
        assert_eq!(waiting.samples.back(), Some(&((2 * TOO_MUCH - 1) as f32)));
    }

    impl Waiting {
        /// How many samples of the next 20 ms are heard.
        fn next(&mut self, blocks: usize) -> usize {
            (0..blocks).for_each(|_| self.push([0.5; PACKET * CHANNELS].into_iter()));
            let mut into = [0.0; PACKET * CHANNELS];
            self.add_to(&mut into);
            into.iter().filter(|sample| **sample > 0.0).count()
        }
    }

    fn input(client_index: Option<u32>, told: &[(Prop, &CStr)]) -> SinkInputInfo {
        let mut props = protocol::Props::new();
        told.iter().for_each(|(prop, value)| props.set(*prop, value));
        SinkInputInfo { client_index, props, ..SinkInputInfo::default() }
    }
}
