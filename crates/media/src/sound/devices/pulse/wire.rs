//! A stream's socket, read and written without ever waiting.

use std::io::{self, Read as _, Write as _};
use std::ops::Range;
use std::os::unix::net::UnixStream;

use pulseaudio::protocol::{self, Command, DESCRIPTOR_SIZE, ProtocolError};

use super::BYTES;
use crate::sound::devices::wake::Waker;

/// For some blocks of sound.
pub(super) const ROOM: usize = 16 * 1024;

/// Commands are some hundred bytes long, and sound comes in blocks; a longer message is none of this protocol.
const LONGEST_MESSAGE: usize = 1 << 20;

/// Why a stream is over.
#[derive(Debug)]
pub(super) enum Ended {
    Killed,
    /// The server asks for what it should have had long ago.
    Slept,
    Broken(#[expect(dead_code, reason = "read by Debug, in the log")] ProtocolError),
}

impl<E: Into<ProtocolError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// What the server sends: sound of a channel, or a command.
pub(super) struct Message<'a> {
    pub(super) channel: u32,
    pub(super) body: &'a [u8],
    version: u16,
}

impl Message<'_> {
    /// What this library does not know is no reason to end a stream.
    pub(super) fn command(mut self) -> Option<Command> {
        let is_command = self.channel == u32::MAX;
        let command = is_command.then(|| Command::read_tag_prefixed(&mut self.body, self.version))?;
        command.ok().map(|(_, command)| command)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // The socket has a second handle, so that closing this one would leave the listener with its news.
        let _ = self.listen(false);
    }
}

/// What client and server agreed on before the stream began.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub(super) version: u16,
    /// The number of the client's next command.
    pub(super) next_sequence: u32,
}

/// A stream's socket.
pub(super) struct Wire {
    socket: mio::net::UnixStream,
    listener: Option<Waker>,
    is_listening: bool,
    /// What is sent; kept for its room.
    message: Vec<u8>,
    version: u16,
    sequence: u32,
    buffer: Vec<u8>,
    /// Of the buffer, what was read and not yet understood.
    unread: Range<usize>,
    /// Nothing more is to be had until the socket says so.
    is_dry: bool,
}

impl Wire {
    /// Takes over a socket after the setting up, of which `read` came after the last answer.
    pub(super) fn new(socket: UnixStream, read: &[u8], dialect: Dialect, listener: Option<Waker>) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let mut buffer = vec![0; ROOM.max(read.len())];
        buffer[..read.len()].copy_from_slice(read);
        let mut wire = Self {
            socket: mio::net::UnixStream::from_std(socket),
            listener,
            is_listening: false,
            message: Vec::new(),
            version: dialect.version,
            sequence: dialect.next_sequence,
            buffer,
            unread: 0..read.len(),
            is_dry: false,
        };
        wire.listen(true)?;
        Ok(wire)
    }

    /// Whether the listener is woken for what comes. To begin wakes it for what is there.
    pub(super) fn listen(&mut self, yes: bool) -> io::Result<()> {
        if let Some(listener) = self.listener.as_ref().filter(|_| yes != self.is_listening) {
            if yes { listener.watch(&mut self.socket) } else { listener.ignore(&mut self.socket) }?;
            self.is_listening = yes;
        }
        Ok(())
    }

    /// The listener was woken, perhaps for this.
    pub(super) fn look_again(&mut self) {
        self.is_dry = false;
    }

    /// The next message, if it has come whole.
    pub(super) fn next(&mut self) -> Result<Option<Message<'_>>, ProtocolError> {
        loop {
            let there = &self.buffer[self.unread.clone()];
            if let Some(head) = there.first_chunk::<DESCRIPTOR_SIZE>() {
                let descriptor = protocol::read_descriptor(&mut head.as_slice())?;
                let length = descriptor.length as usize;
                if length > LONGEST_MESSAGE {
                    return Err(ProtocolError::Invalid(format!("a message of {length} bytes")));
                }
                if there.len() >= DESCRIPTOR_SIZE + length {
                    let start = self.unread.start + DESCRIPTOR_SIZE;
                    self.unread.start = start + length;
                    let body = &self.buffer[start..start + length];
                    return Ok(Some(Message { channel: descriptor.channel, body, version: self.version }));
                }
            }
            if !self.receive()? {
                return Ok(None);
            }
        }
    }

    /// Reads what there is; `false` if that is nothing.
    fn receive(&mut self) -> io::Result<bool> {
        if self.is_dry {
            return Ok(false);
        }
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        if self.unread.end == self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        let room = self.buffer.len() - self.unread.end;
        match self.socket.read(&mut self.buffer[self.unread.end..]) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.is_dry = read < room;
                self.unread.end += read;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.is_dry = true;
                Ok(false)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Sends so many samples of sound as `fill` makes them.
    pub(super) fn send(
        &mut self,
        channel: u32,
        samples: usize,
        fill: impl FnOnce(&mut [[u8; BYTES]]),
    ) -> Result<(), ProtocolError> {
        let length = samples * BYTES;
        let flags = protocol::DescriptorFlags::empty();
        let descriptor = protocol::Descriptor { length: length as u32, channel, offset: 0, flags };
        self.message.clear();
        protocol::write_descriptor(&mut self.message, &descriptor)?;
        self.message.resize(DESCRIPTOR_SIZE + length, 0);
        fill(self.message[DESCRIPTOR_SIZE..].as_chunks_mut().0);
        // A server that has not read for so long that this would block is hung.
        Ok(self.socket.write_all(&self.message)?)
    }

    /// Says something whose answer does not matter.
    pub(super) fn tell(&mut self, command: &Command) -> Result<(), ProtocolError> {
        self.sequence += 1;
        protocol::write_command_message(&mut self.socket, self.sequence, command, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire() -> (Wire, UnixStream) {
        let (ours, theirs) = UnixStream::pair().expect("two sockets");
        (
            Wire::new(ours, &[], Dialect { version: protocol::MAX_VERSION, next_sequence: 0 }, None).expect("a wire"),
            theirs,
        )
    }

    fn message(channel: u32, body: &[u8]) -> Vec<u8> {
        let flags = protocol::DescriptorFlags::empty();
        let descriptor = protocol::Descriptor { length: body.len() as u32, channel, offset: 0, flags };
        let mut message = Vec::new();
        protocol::write_descriptor(&mut message, &descriptor).expect("written");
        message.extend_from_slice(body);
        message
    }

    /// What has come whole: channels, and how long their sound is.
    fn read(wire: &mut Wire) -> Vec<(u32, usize)> {
        wire.look_again();
        let next = || wire.next().expect("it goes on").map(|message| (message.channel, message.body.len()));
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn messages_come_whole_however_they_were_cut() {
        let (mut wire, mut server) = wire();
        let sent = [message(3, &[1; 1_920]), message(4, &[2; 40_000]), message(5, &[])].concat();

        let mut came = Vec::new();
        for piece in sent.chunks(977) {
            server.write_all(piece).expect("sent");
            came.extend(read(&mut wire));
        }

        assert_eq!(came, [(3, 1_920), (4, 40_000), (5, 0)]);
    }

    #[test]
    fn what_came_with_the_last_answer_is_not_lost() {
        let (ours, _theirs) = UnixStream::pair().expect("two sockets");

        let mut wire =
            Wire::new(ours, &message(3, &[1; 8]), Dialect { version: protocol::MAX_VERSION, next_sequence: 0 }, None)
                .expect("a wire");

        assert_eq!(read(&mut wire), [(3, 8)]);
    }

    #[test]
    fn a_command_that_is_not_known_is_none() {
        let (mut wire, mut server) = wire();
        server.write_all(&message(u32::MAX, b"no tags at all")).expect("sent");

        let came = wire.next().expect("it goes on").expect("a message");

        assert!(came.command().is_none());
    }

    #[test]
    fn a_message_without_measure_ends_the_stream() {
        let (mut wire, mut server) = wire();
        let mut head = message(3, &[]);
        head[..4].copy_from_slice(&u32::MAX.to_be_bytes());
        server.write_all(&head).expect("sent");

        assert!(wire.next().is_err());
    }

    #[test]
    fn a_server_that_is_gone_ends_the_stream() {
        let (mut wire, server) = wire();
        drop(server);

        assert!(wire.next().is_err());
    }
}
