//! Streams of a PulseAudio server (or PipeWire in its place), spoken to directly.
//!
//! cpal's client clears a megabyte for every message and asks for timing after each; at call latencies that is a third
//! of a core. Here the thread that works on the sound reads what the server sends and answers what it asks ([`ring::PolledDevice`]): a
//! thread per stream would be woken as often as the worker, only to wake it.

pub(super) mod cookie;
mod finder;
mod listening;
mod pace;
mod programs;
mod sink;
mod source;
mod wire;

use std::ffi::CString;
use std::io::BufReader;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use pulseaudio::protocol::{self, Command, ProtocolError, PulseError};

pub(in crate::sound) use self::programs::OtherPrograms;
use self::sink::Sink;
use self::source::Source;
use self::wire::{Dialect, Wire};
use super::Stream;
use super::ring::{self, CaptureTap, PlayoutTap};
use super::wake::Waker;
use crate::error::MediaError;
use crate::sound::frame::{FRAME, PACKET, SAMPLE_RATE};

/// Captured sound comes in blocks of one packet: it leaves when its last sample has come, however many blocks it came in.
const CAPTURE_BLOCK: usize = PACKET;

/// Captured sound that has waited for so long is dropped.
const CAPTURE_BLOCKS: usize = 10;

/// What the server is to keep of our playout.
#[derive(Clone, Copy)]
struct BufferStep {
    /// With what is in its device.
    buffer: usize,
    /// It asks for no less than this at once.
    request: usize,
}

/// The first is usual; the others are for machines that were too slow for the one before. Half of what exceeds two requests becomes
/// the device's block: 5 ms, 5 ms and 10 ms. With those every request comes to 10 ms, which is what sound is made in; and with blocks
/// of nothing the server would wake up every half a millisecond.
const BUFFER_STEPS: [BufferStep; 3] = [
    BufferStep { buffer: FRAME * 5 / 2, request: FRAME * 3 / 4 },
    BufferStep { buffer: FRAME * 3, request: FRAME },
    BufferStep { buffer: FRAME * 4, request: FRAME },
];

/// A hung server must not hold a call's devices for longer.
const PATIENCE: Duration = Duration::from_secs(2);

const BYTES: usize = size_of::<f32>();

/// Ids of devices begin with this, as cpal has them.
const PREFIX: &str = "pulseaudio:";

/// The server's name of a device, if it is one of PulseAudio's.
pub(super) fn name_of(id: &str) -> Option<&str> {
    id.strip_prefix(PREFIX)
}

/// Whether a server is there and lets this user in. Waits for one that hangs no longer than for a stream.
pub(super) fn answers() -> bool {
    cookie::ensure();
    Connection::open("").is_ok()
}

/// Holds a stream open: the server ends it when this is dropped, also while its socket is still read.
pub(crate) struct OpenStream(UnixStream);

impl Drop for OpenStream {
    fn drop(&mut self) {
        // Fails only if the server has closed it already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// Captures from the source `name`; `listener` is woken when there is something.
pub(super) fn open_source(name: &str, listener: Option<Waker>) -> Result<(Stream, CaptureTap), MediaError> {
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
    let (feed, mut tap) = ring::capture_ring(SAMPLE_RATE, None);
    let (wire, open) = connection.stream(listener)?;
    tap.polled = Some(Box::new(Source::new(wire, stream.channel, feed)));
    Ok((Stream::Pulse(open), tap))
}

/// Plays to the sink `name`; `listener` is woken when more is wanted.
pub(super) fn open_sink(name: &str, listener: Option<Waker>) -> Result<(Stream, PlayoutTap), MediaError> {
    let mut connection = Connection::open(name)?;
    let stream: protocol::CreatePlaybackStreamReply =
        connection.ask(Command::CreatePlaybackStream(protocol::PlaybackStreamParams {
            sample_spec: format(),
            channel_map: protocol::ChannelMap::new([protocol::ChannelPosition::Mono]),
            sink_name: Some(c_string(name)?),
            buffer_attr: BUFFER_STEPS[0].attributes(),
            flags: protocol::stream::StreamFlags { adjust_latency: true, ..Default::default() },
            props: properties(c"Speaker"),
            ..Default::default()
        }))?;
    let (feed, mut tap) = ring::playout_ring(SAMPLE_RATE, None);
    let (wire, open) = connection.stream(listener)?;
    let mut sink = Sink::new(wire, stream.channel, feed, &stream.buffer_attr);
    // The first request only fills the server's buffer; no sound is made for it yet.
    sink.silence((stream.requested_bytes as usize / BYTES).min(SAMPLE_RATE as usize))
        .map_err(|error| explain(name, &error))?;
    tap.polled = Some(Box::new(sink));
    Ok((Stream::Pulse(open), tap))
}

impl BufferStep {
    fn attributes(self) -> protocol::stream::BufferAttr {
        protocol::stream::BufferAttr {
            target_length: (self.buffer * BYTES) as u32,
            minimum_request_length: (self.request * BYTES) as u32,
            // Plays from the first sample on, and plays on after a gap without waiting for more.
            pre_buffering: 0,
            ..Default::default()
        }
    }
}

/// A connection for one stream, while it is set up.
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
        let socket = BufReader::with_capacity(wire::ROOM, socket);
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

    /// From here on no thread waits for the server; it wakes the listener.
    fn stream(self, listener: Option<Waker>) -> Result<(Wire, OpenStream), MediaError> {
        let read = self.socket.buffer().to_vec();
        let socket = self.socket.into_inner();
        let open = OpenStream(socket.try_clone().map_err(other)?);
        let dialect = Dialect { version: self.version, next_sequence: self.sequence };
        let wire = Wire::new(socket, &read, dialect, listener).map_err(other)?;
        Ok((wire, open))
    }
}

fn explain(name: &str, error: &ProtocolError) -> MediaError {
    match error {
        ProtocolError::ServerError(PulseError::NoEntity) => MediaError::NotConnected(format!("{PREFIX}{name}")),
        ProtocolError::ServerError(PulseError::AccessDenied | PulseError::AuthKey) => MediaError::PermissionDenied,
        ProtocolError::ServerError(PulseError::Busy) => MediaError::Busy,
        ProtocolError::ServerError(_)
        | ProtocolError::UnsupportedVersion(_)
        | ProtocolError::UnexpectedCommand(_)
        | ProtocolError::Invalid(_)
        | ProtocolError::Io(_)
        | ProtocolError::Unimplemented(..)
        | ProtocolError::Timeout => MediaError::Other(error.to_string()),
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
    if let Ok(process) = CString::new(std::process::id().to_string()) {
        properties.set(protocol::Prop::ApplicationProcessId, &process); // by which this program knows its own sound
    }
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
