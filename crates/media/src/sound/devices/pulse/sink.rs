//! A speaker's stream.

use pulseaudio::protocol::stream::BufferAttr;
use pulseaudio::protocol::{self, Command, ProtocolError};

use super::wire::{Ended, Wire};
use super::{BUFFER_STEPS, BYTES, BufferStep};
use crate::sound::devices::ring::{CAPACITY, PlayoutFeed, PolledDevice};
use crate::sound::devices::taps::UnderrunMargin;
use crate::sound::frame::{FRAME, SAMPLE_RATE};

/// Of what the server asks for after it was asleep, so much is worth making; the rest it gets as silence.
const WORTH_MAKING: usize = CAPACITY / 2;

/// Rather than so much silence, a stream is begun anew.
const LONG_SLEEP: usize = SAMPLE_RATE as usize / 2;

pub(super) struct Sink {
    /// `None` once it has ended.
    wire: Option<Wire>,
    channel: u32,
    feed: PlayoutFeed,
    /// Samples that the server asked for and did not get yet. Negative for those that it got too early: it does not count these itself.
    wanted: i64,
    /// What its device needs it to keep, also where it was told to keep less.
    least: usize,
    /// Its steps are those of [`BUFFER_STEPS`].
    margin: UnderrunMargin,
}

impl Sink {
    pub(super) fn new(wire: Wire, channel: u32, feed: PlayoutFeed, granted: &BufferAttr) -> Self {
        let margin = UnderrunMargin::new(BUFFER_STEPS.len() - 1);
        let mut sink = Self { wire: Some(wire), channel, feed, wanted: 0, least: 0, margin };
        sink.granted(granted);
        sink
    }

    /// Hears what the server asks for, and gives it once it stands ready.
    fn play(&mut self) -> Result<(), Ended> {
        let Some(wire) = &mut self.wire else { return Ok(()) };
        let (known, mut granted) = (self.wanted, None);
        wire.look_again();
        while let Some(message) = wire.next()? {
            match message.command() {
                Some(Command::Request(request)) => self.wanted += i64::from(request.length) / BYTES as i64,
                Some(Command::PlaybackBufferAttrChanged(now)) => granted = Some(now.buffer_attr),
                Some(Command::PlaybackStreamKilled(_)) => return Err(Ended::Killed),
                _ => {}
            }
        }
        granted.iter().for_each(|granted| self.granted(granted));
        // What it asks for beyond its whole buffer it has already had to do without.
        let late = self.beyond(known.max(self.buffer() as i64));
        self.adjust_buffer(late)?;
        let excess = self.beyond(WORTH_MAKING.max(self.buffer()).min(CAPACITY - FRAME) as i64);
        if excess > LONG_SLEEP {
            return Err(Ended::Slept);
        }
        self.silence(excess)?;
        self.wanted -= excess as i64;
        let due = self.due();
        if let Some(wire) = self.wire.as_mut().filter(|_| due > 0 && self.feed.standing() >= due) {
            self.wanted -= due as i64;
            wire.send(self.channel, due, |sound| self.feed.pull(sound, 1, f32::to_le_bytes))?;
        }
        Ok(())
    }

    fn beyond(&self, limit: i64) -> usize {
        usize::try_from(self.wanted - limit).unwrap_or_default()
    }

    /// What was asked for, in whole frames: to make two because a little more than one is wanted would be too early for the second.
    fn due(&self) -> usize {
        usize::try_from(self.wanted + FRAME as i64 / 2).unwrap_or_default() / FRAME * FRAME
    }

    /// How much the server keeps, by its own words.
    fn granted(&mut self, granted: &BufferAttr) {
        let samples = granted.target_length as usize / BYTES;
        self.least = if samples > self.step().buffer { samples } else { 0 };
    }

    /// What the server was told to keep.
    fn step(&self) -> BufferStep {
        BUFFER_STEPS[self.margin.steps()]
    }

    fn buffer(&self) -> usize {
        self.step().buffer.max(self.least)
    }

    /// Has the server keep more if it goes without again and again, and less when that is over.
    fn adjust_buffer(&mut self, late: usize) -> Result<(), ProtocolError> {
        let health = self.feed.health();
        health.went_without(late);
        let before = self.margin.steps();
        if self.margin.watch(health.missing(), health.callbacks()) == before {
            return Ok(());
        }
        tracing::debug!(samples = self.buffer(), "the speaker keeps");
        let wish = protocol::SetPlaybackStreamBufferAttrParams {
            index: self.channel,
            buffer_attr: self.step().attributes(),
            adjust_latency: true,
            early_requests: false,
        };
        // The answer is read like any message that says nothing new.
        self.wire.as_mut().map_or(Ok(()), |wire| wire.tell(&Command::SetPlaybackStreamBufferAttr(wish)))
    }

    pub(super) fn silence(&mut self, frames: usize) -> Result<(), ProtocolError> {
        match self.wire.as_mut().filter(|_| frames > 0) {
            Some(wire) => wire.send(self.channel, frames, |sound| sound.fill([0; BYTES])),
            None => Ok(()),
        }
    }
}

impl PolledDevice for Sink {
    fn turn(&mut self) -> usize {
        if let Err(ended) = self.play() {
            tracing::debug!(?ended, "the speaker's stream ended");
            self.wire = None;
            self.wanted = 0;
            self.feed.health().fail();
        }
        self.due()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use super::super::wire::Dialect;
    use super::*;
    use crate::sound::devices::ring::{PlayoutTap, playout_ring};

    const CHANNEL: u32 = 7;

    /// A speaker whose server is this test.
    struct Played {
        sink: Sink,
        tap: PlayoutTap,
        server: UnixStream,
    }

    impl Played {
        fn new() -> Self {
            let (ours, server) = UnixStream::pair().expect("two sockets");
            server.set_nonblocking(true).expect("a choice");
            let wire = Wire::new(ours, &[], Dialect { version: protocol::MAX_VERSION, next_sequence: 0 }, None)
                .expect("a wire");
            let (feed, tap) = playout_ring(SAMPLE_RATE, None);
            Self { sink: Sink::new(wire, CHANNEL, feed, &BUFFER_STEPS[0].attributes()), tap, server }
        }

        fn ask_for(&mut self, samples: usize) -> usize {
            let request = protocol::Request { channel: CHANNEL, length: (samples * BYTES) as u32 };
            protocol::write_command_message(&mut self.server, 0, &Command::Request(request), protocol::MAX_VERSION)
                .expect("asked");
            self.server.flush().expect("asked");
            self.sink.turn()
        }

        /// Makes 10 ms.
        fn make(&mut self) -> usize {
            let _ = self.tap.ring.push_partial_slice(&[0.5; FRAME]);
            self.sink.turn()
        }

        /// Asks for 10 ms and gets them, so many times.
        fn goes_on_for(&mut self, callbacks: u64) {
            for _ in 0..callbacks {
                self.ask_for(FRAME);
                self.make();
                self.read();
            }
        }

        /// Asks for 10 ms more than it can have left.
        fn goes_without(&mut self) {
            self.ask_for(self.sink.buffer() + FRAME);
            while self.make() > 0 {}
        }

        /// How much sound and how much silence the server got since.
        fn got(&mut self) -> (usize, usize) {
            let messages = self.read();
            let samples = messages.iter().filter(|(channel, _)| *channel == CHANNEL);
            let samples: Vec<_> = samples.flat_map(|(_, body)| body.as_chunks::<BYTES>().0).collect();
            let silence = samples.iter().filter(|sample| ***sample == [0; BYTES]).count();
            (samples.len() - silence, silence)
        }

        /// How many samples it was told to keep since.
        fn told(&mut self) -> Vec<usize> {
            let commands = self.read().into_iter().filter(|(channel, _)| *channel == u32::MAX);
            let told = commands.map(|(_, body)| {
                let read = Command::read_tag_prefixed(&mut body.as_slice(), protocol::MAX_VERSION);
                let command = read.expect("a command").1;
                let Command::SetPlaybackStreamBufferAttr(wish) = command else { panic!("{command:?}") };
                wish.buffer_attr.target_length as usize / BYTES
            });
            told.collect()
        }

        /// The messages that have come, each with its channel.
        fn read(&mut self) -> Vec<(u32, Vec<u8>)> {
            let (mut bytes, mut messages) = (Vec::new(), Vec::new());
            // Ends when nothing more is there.
            let _ = self.server.read_to_end(&mut bytes);
            let mut left = bytes.as_slice();
            while !left.is_empty() {
                let descriptor = protocol::read_descriptor(&mut left).expect("a head");
                let (body, rest) = left.split_at(descriptor.length as usize);
                messages.push((descriptor.channel, body.to_vec()));
                left = rest;
            }
            messages
        }
    }

    #[test]
    fn a_request_is_answered_once_all_of_it_is_made() {
        let mut played = Played::new();

        assert_eq!(played.ask_for(2 * FRAME), 2 * FRAME);
        assert_eq!((played.make(), played.got()), (2 * FRAME, (0, 0)));
        assert_eq!((played.make(), played.got()), (0, (2 * FRAME, 0)));
        assert_eq!(played.tap.health.missing(), 0);
    }

    #[test]
    fn odd_requests_are_answered_in_frames_and_what_is_owed_is_remembered() {
        let mut played = Played::new();

        assert_eq!(played.ask_for(FRAME + 200), FRAME);
        assert_eq!((played.make(), played.got()), (0, (FRAME, 0)));
        assert_eq!(played.ask_for(FRAME + 200), 2 * FRAME);
    }

    #[test]
    fn odd_requests_come_to_what_was_asked_for() {
        for request in [220, 380, 479, 481, 600, 1_024] {
            let (mut played, mut got) = (Played::new(), 0);
            for _ in 0..100 {
                for _ in 0..played.ask_for(request) / FRAME {
                    played.make();
                }
                got += played.got().0;
            }

            assert!(got.abs_diff(100 * request) <= FRAME / 2, "{got} for 100 times {request}");
        }
    }

    #[test]
    fn a_server_that_keeps_more_than_it_was_told_is_not_starving() {
        let mut played = Played::new();
        let buffer_attr = BufferAttr { target_length: (3_000 * BYTES) as u32, ..BUFFER_STEPS[0].attributes() };
        let news = protocol::PlaybackBufferAttrChanged { stream_index: 0, buffer_attr, sink_input_latency: 0 };
        let news = Command::PlaybackBufferAttrChanged(news);
        protocol::write_command_message(&mut played.server, 0, &news, protocol::MAX_VERSION).expect("told");

        played.ask_for(2_900);

        assert_eq!(played.tap.health.missing(), 0);
    }

    #[test]
    fn what_was_asked_for_beyond_the_buffer_came_too_late() {
        let mut played = Played::new();

        played.ask_for(BUFFER_STEPS[0].buffer + 100);

        assert_eq!(played.tap.health.missing(), 100);
    }

    #[test]
    fn a_speaker_that_goes_without_again_and_again_keeps_more_until_that_is_long_over() {
        let mut played = Played::new();
        played.goes_on_for(200);

        played.goes_without();
        assert_eq!(played.told(), []);
        played.goes_on_for(200);
        played.goes_without();
        assert_eq!(played.told(), [BUFFER_STEPS[1].buffer]);

        played.goes_on_for(5_900);
        assert_eq!(played.sink.buffer(), BUFFER_STEPS[1].buffer);
        played.goes_on_for(200);
        assert_eq!(played.sink.buffer(), BUFFER_STEPS[0].buffer);
    }

    #[test]
    fn of_a_sleep_most_is_made_up_for_with_silence() {
        let mut played = Played::new();

        let wanted = played.ask_for(4 * WORTH_MAKING);

        assert_eq!(wanted, WORTH_MAKING);
        assert_eq!(played.got(), (0, 3 * WORTH_MAKING));
    }

    #[test]
    fn after_an_hour_of_sleep_the_stream_is_begun_anew() {
        let mut played = Played::new();

        let wanted = played.ask_for(3_600 * SAMPLE_RATE as usize);

        assert_eq!(wanted, 0);
        assert!(played.tap.health.has_failed());
    }

    #[test]
    fn a_server_that_is_gone_asks_for_nothing_and_the_stream_has_failed() {
        let mut played = Played::new();
        played.ask_for(FRAME);
        drop(std::mem::replace(&mut played.server, UnixStream::pair().expect("two sockets").0));

        assert_eq!(played.sink.turn(), 0);
        assert!(played.tap.health.has_failed());
    }
}
