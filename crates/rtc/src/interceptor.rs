//! What our interceptors have in common: the two queues between each of them and the next.

use std::collections::VecDeque;
use std::time::Instant;

use rtc::interceptor::{Interceptor, StreamInfo, TaggedPacket};
use rtc::sansio::Protocol;

/// Packets on their way to the next interceptor.
pub(crate) type Packets = VecDeque<TaggedPacket>;

/// What one interceptor does to the packets that pass. All that it says nothing of stays as it is.
pub(crate) trait Stage: Send + Sync + 'static {
    /// A packet of the other end comes by.
    fn read(&mut self, message: TaggedPacket, on: &mut Packets) {
        on.push_back(message);
    }

    /// A packet for the other end comes by.
    fn write(&mut self, message: TaggedPacket, on: &mut Packets) {
        on.push_back(message);
    }

    /// Time has passed; what was held back may go on to the other end.
    fn pass_time(&mut self, _now: Instant, _on: &mut Packets) {}

    /// When it wants to hear of the time again.
    fn next_time(&self) -> Option<Instant> {
        None
    }

    /// A stream of this end begins to be sent.
    fn begin_sending(&mut self, _stream: &StreamInfo) {}

    /// And ends.
    fn end_sending(&mut self, _stream: &StreamInfo) {}

    /// A stream of the other end begins to come in.
    fn begin_receiving(&mut self, _stream: &StreamInfo) {}

    /// And ends.
    fn end_receiving(&mut self, _stream: &StreamInfo) {}
}

/// A [`Stage`] as the library wants it.
pub(crate) struct Staged<S> {
    stage: S,
    reads: Packets,
    writes: Packets,
}

impl<S: Stage> Staged<S> {
    pub(crate) fn new(stage: S) -> Self {
        Self { stage, reads: Packets::new(), writes: Packets::new() }
    }
}

impl<S: Stage> Protocol<TaggedPacket, TaggedPacket, ()> for Staged<S> {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = rtc::shared::error::Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        self.stage.read(message, &mut self.reads);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        self.stage.write(message, &mut self.writes);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), Self::Error> {
        self.stage.pass_time(now, &mut self.writes);
        Ok(())
    }

    fn poll_timeout(&mut self) -> Option<Instant> {
        self.stage.next_time()
    }
}

impl<S: Stage> Interceptor for Staged<S> {
    fn bind_local_stream(&mut self, info: &StreamInfo) {
        self.stage.begin_sending(info);
    }

    fn unbind_local_stream(&mut self, info: &StreamInfo) {
        self.stage.end_sending(info);
    }

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        self.stage.begin_receiving(info);
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        self.stage.end_receiving(info);
    }
}
