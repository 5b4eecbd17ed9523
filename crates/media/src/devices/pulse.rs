//! Streams of a PulseAudio server (or PipeWire in its place), spoken to directly.
//!
//! cpal's client clears a megabyte for every message and asks for timing after each; at call latencies that is a third
//! of a core. Here one thread per stream reads what the server sends and answers what it asks, and nothing else.

use std::ffi::CString;
use std::io::{BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use pulseaudio::protocol::{self, Command, ProtocolError, PulseError};

use super::ring::{self, CaptureFeed, CaptureTap, PlayoutFeed, PlayoutTap};
use super::{Opened, Stream};
use crate::error::MediaError;
use crate::frame::SAMPLE_RATE;

/// Captured sound comes in blocks of 10 ms, which is what it is worked on in. Every block wakes us twice, for its head and its body.
const CAPTURE_BLOCK: usize = SAMPLE_RATE as usize / 100;

/// Playout goes in blocks of 5 ms: three of them stand in the server's buffer, and longer ones would be that much more delay.
const PLAYOUT_BLOCK: usize = SAMPLE_RATE as usize / 200;

/// What the server keeps of our playout. Of it the server takes what exceeds two blocks for its device.
const PLAYOUT_BLOCKS: usize = 3;

/// Captured sound that nobody has taken for so long is dropped.
const CAPTURE_BLOCKS: usize = 20;

/// A hung server must not hold a call's devices for longer.
const PATIENCE: Duration = Duration::from_secs(2);

const BYTES: usize = size_of::<f32>();

/// Ids of devices begin with this, as cpal has them.
const PREFIX: &str = "pulseaudio:";

/// The server's name of a device, if it is one of PulseAudio's.
pub(super) fn name_of(id: &str) -> Option<&str> {
    id.strip_prefix(PREFIX)
}

/// The thread of one stream; dropping it closes the stream.
pub(crate) struct Worker {
    socket: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    fn start(name: &str, socket: UnixStream, run: impl FnOnce() + Send + 'static) -> Result<Self, MediaError> {
        let thread = thread::Builder::new().name(name.into()).spawn(run).map_err(other)?;
        Ok(Self { socket, thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Fails only if the server has closed it already; either way the thread's read returns.
        let _ = self.socket.shutdown(Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Captures from the source `name`.
pub(super) fn open_source(name: &str, listener: Option<Thread>) -> Result<Opened<CaptureTap>, MediaError> {
    let mut connection = Connection::open(name)?;
    let stream: protocol::CreateRecordStreamReply =
        connection.ask(Command::CreateRecordStream(protocol::RecordStreamParams {
            sample_spec: format(),
            channel_map: protocol::ChannelMap::new([protocol::ChannelPosition::Mono]),
            source_name: Some(c_string(name)?),
            buffer_attr: protocol::stream::BufferAttr {
                max_length: (CAPTURE_BLOCKS * CAPTURE_BLOCK * BYTES) as u32,
                fragment_size: (CAPTURE_BLOCK * BYTES) as u32,
                ..Default::default()
            },
            flags: protocol::stream::StreamFlags { adjust_latency: true, ..Default::default() },
            props: properties(c"Microphone"),
            ..Default::default()
        }))?;
    let (mut feed, tap) = ring::capture_ring(SAMPLE_RATE, listener);
    let worker = Worker::start("microphone", connection.handle()?, move || {
        let health = feed.health();
        let ended = capture(connection, stream.channel, &mut feed);
        tracing::debug!(reason = ?ended, "the microphone's stream ended");
        health.fail();
    })?;
    Ok(Opened { stream: Stream::Pulse(worker), tap, id: Some(format!("{PREFIX}{name}")) })
}

/// Plays to the sink `name`.
pub(super) fn open_sink(name: &str, listener: Option<Thread>) -> Result<Opened<PlayoutTap>, MediaError> {
    let mut connection = Connection::open(name)?;
    let stream: protocol::CreatePlaybackStreamReply =
        connection.ask(Command::CreatePlaybackStream(protocol::PlaybackStreamParams {
            sample_spec: format(),
            channel_map: protocol::ChannelMap::new([protocol::ChannelPosition::Mono]),
            sink_name: Some(c_string(name)?),
            buffer_attr: protocol::stream::BufferAttr {
                target_length: (PLAYOUT_BLOCKS * PLAYOUT_BLOCK * BYTES) as u32,
                minimum_request_length: (PLAYOUT_BLOCK * BYTES) as u32,
                // Plays from the first sample on, and plays on after a gap without waiting for more.
                pre_buffering: 0,
                ..Default::default()
            },
            flags: protocol::stream::StreamFlags { adjust_latency: true, ..Default::default() },
            props: properties(c"Speaker"),
            ..Default::default()
        }))?;
    let (mut feed, tap) = ring::playout_ring(SAMPLE_RATE, listener);
    let worker = Worker::start("speaker", connection.handle()?, move || {
        let health = feed.health();
        let ended = playout(connection, &stream, &mut feed);
        tracing::debug!(reason = ?ended, "the speaker's stream ended");
        health.fail();
    })?;
    Ok(Opened { stream: Stream::Pulse(worker), tap, id: Some(format!("{PREFIX}{name}")) })
}

/// Reads sound until the stream or the connection ends.
fn capture(mut connection: Connection, channel: u32, feed: &mut CaptureFeed) -> Result<(), ProtocolError> {
    let mut bytes = vec![0; CAPTURE_BLOCK * BYTES];
    let mut samples = vec![0.0; CAPTURE_BLOCK];
    loop {
        let descriptor = protocol::read_descriptor(&mut connection.socket)?;
        let mut left = descriptor.length as usize;
        if descriptor.channel != channel {
            if let Command::RecordStreamKilled(_) = connection.command(left)? {
                return Ok(());
            }
            continue;
        }
        while left > 0 {
            let piece = left.min(bytes.len());
            connection.socket.read_exact(&mut bytes[..piece])?;
            let heard = bytes[..piece].chunks_exact(BYTES).zip(&mut samples);
            heard.for_each(|(b, s)| *s = f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            feed.push(&samples[..piece / BYTES], 1, |s| s);
            left -= piece;
        }
    }
}

/// Sends sound whenever the server asks for some, until the stream or the connection ends.
fn playout(
    mut connection: Connection,
    stream: &protocol::CreatePlaybackStreamReply,
    feed: &mut PlayoutFeed,
) -> Result<(), ProtocolError> {
    let mut message = vec![0; protocol::DESCRIPTOR_SIZE + PLAYOUT_BLOCK * BYTES];
    let mut samples = [0.0; PLAYOUT_BLOCK];
    // The first request only fills the server's buffer; no sound is made for it yet.
    let mut wanted = stream.requested_bytes as usize / BYTES;
    while wanted > 0 {
        let frames = wanted.min(PLAYOUT_BLOCK);
        connection.send(&mut message, stream.channel, &samples[..frames])?;
        wanted -= frames;
    }
    loop {
        let descriptor = protocol::read_descriptor(&mut connection.socket)?;
        match connection.command(descriptor.length as usize)? {
            Command::Request(request) if request.channel == stream.channel => wanted += request.length as usize / BYTES,
            Command::PlaybackStreamKilled(_) => return Ok(()),
            _ => {}
        }
        while wanted > 0 {
            let frames = wanted.min(PLAYOUT_BLOCK);
            feed.pull(&mut samples[..frames], 1, |s| s);
            connection.send(&mut message, stream.channel, &samples[..frames])?;
            wanted -= frames;
        }
    }
}

/// A connection for one stream.
struct Connection {
    socket: BufReader<UnixStream>,
    version: u16,
    sequence: u32,
    name: String,
}

impl Connection {
    fn open(name: &str) -> Result<Self, MediaError> {
        let path = pulseaudio::socket_path_from_env().ok_or(MediaError::NoSoundSystem)?;
        let socket = UnixStream::connect(path).map_err(|_| MediaError::NoSoundSystem)?;
        socket.set_read_timeout(Some(PATIENCE)).map_err(other)?;
        let socket = BufReader::with_capacity(16 * 1024, socket);
        let mut connection = Self { socket, version: protocol::MAX_VERSION, sequence: 0, name: name.into() };
        let cookie = pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok());
        let reply: protocol::AuthReply = connection.ask(Command::Auth(protocol::AuthParams {
            version: protocol::MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: cookie.unwrap_or_default(),
        }))?;
        connection.version = protocol::MAX_VERSION.min(reply.version);
        let _: protocol::SetClientNameReply = connection.ask(Command::SetClientName(properties(c"Carillon")))?;
        Ok(connection)
    }

    fn ask<R: protocol::CommandReply>(&mut self, command: Command) -> Result<R, MediaError> {
        let sequence = self.sequence;
        self.sequence += 1;
        let sent = protocol::write_command_message(self.socket.get_mut(), sequence, &command, self.version);
        let answer = sent.and_then(|()| protocol::read_reply_message::<R>(&mut self.socket, self.version));
        answer.map(|(_, reply)| reply).map_err(|error| explain(&self.name, &error))
    }

    /// What ends the connection from outside. From here on a read waits for as long as it takes.
    fn handle(&self) -> Result<UnixStream, MediaError> {
        let socket = self.socket.get_ref();
        socket.set_read_timeout(None).map_err(other)?;
        socket.try_clone().map_err(other)
    }

    /// Reads the rest of a message that is no sound. What this library does not know is no reason to end a stream.
    fn command(&mut self, length: usize) -> Result<Command, ProtocolError> {
        let mut message = vec![0; length];
        self.socket.read_exact(&mut message)?;
        match Command::read_tag_prefixed(&mut message.as_slice(), self.version) {
            Ok((_, command)) => Ok(command),
            Err(_) => Ok(Command::Reply),
        }
    }

    fn send(&mut self, message: &mut [u8], channel: u32, samples: &[f32]) -> Result<(), ProtocolError> {
        let length = samples.len() * BYTES;
        let descriptor = protocol::Descriptor {
            length: length as u32,
            channel,
            offset: 0,
            flags: protocol::DescriptorFlags::empty(),
        };
        let (head, body) = message.split_at_mut(protocol::DESCRIPTOR_SIZE);
        if let Ok(head) = head.try_into() {
            protocol::encode_descriptor(head, &descriptor);
        }
        body.chunks_exact_mut(BYTES).zip(samples).for_each(|(b, s)| b.copy_from_slice(&s.to_le_bytes()));
        Ok(self.socket.get_mut().write_all(&message[..protocol::DESCRIPTOR_SIZE + length])?)
    }
}

fn explain(name: &str, error: &ProtocolError) -> MediaError {
    match error {
        ProtocolError::ServerError(PulseError::NoEntity) => MediaError::NotConnected(format!("{PREFIX}{name}")),
        ProtocolError::ServerError(PulseError::AccessDenied | PulseError::AuthKey) => MediaError::PermissionDenied,
        ProtocolError::ServerError(PulseError::Busy) => MediaError::Busy,
        error => MediaError::Other(error.to_string()),
    }
}

fn format() -> protocol::SampleSpec {
    protocol::SampleSpec { format: protocol::SampleFormat::Float32Le, channels: 1, sample_rate: SAMPLE_RATE }
}

/// What volume controls show; `phone` lets desktops quieten music during a call.
fn properties(name: &std::ffi::CStr) -> protocol::Props {
    let mut properties = protocol::Props::new();
    properties.set(protocol::Prop::ApplicationName, c"Carillon");
    properties.set(protocol::Prop::MediaName, name);
    properties.set(protocol::Prop::MediaRole, c"phone");
    properties
}

fn c_string(name: &str) -> Result<CString, MediaError> {
    CString::new(name).map_err(other)
}

fn other(error: impl std::fmt::Display) -> MediaError {
    MediaError::Other(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sound_server_refuses_is_told_from_what_is_gone_and_what_is_taken() {
        let said = |error| explain("headset", &ProtocolError::ServerError(error));

        assert_eq!(said(PulseError::AccessDenied), MediaError::PermissionDenied);
        assert_eq!(said(PulseError::AuthKey), MediaError::PermissionDenied);
        assert_eq!(said(PulseError::Busy), MediaError::Busy);
        assert_eq!(said(PulseError::NoEntity), MediaError::NotConnected("pulseaudio:headset".into()));
        assert!(matches!(said(PulseError::Killed), MediaError::Other(_)));
    }
}
