//! Next to the wire: of a track that is shut not one more packet leaves, neither one that is queued in the library nor one that the other
//! end asks for again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::sansio::Protocol;

/// The tracks that are shut, by their SSRC.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShutTracks {
    shut: Arc<Mutex<BTreeSet<u32>>>,
}

impl ShutTracks {
    pub(crate) fn set_shut(&self, ssrc: u32, is_shut: bool) {
        let mut shut = self.lock();
        if is_shut {
            shut.insert(ssrc);
        } else {
            shut.remove(&ssrc);
        }
    }

    pub(crate) fn gate(&self) -> Gate {
        Gate { shut: self.clone(), again: BTreeMap::new(), reads: VecDeque::new(), writes: VecDeque::new() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where all packets of a connection pass.
pub(crate) struct Gate {
    shut: ShutTracks,
    /// The track of the packets that are sent again, by their own SSRC.
    again: BTreeMap<u32, u32>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Gate {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = rtc::shared::error::Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        if let Packet::Rtp(packet) = &message.message.packet {
            let ssrc = packet.header.ssrc;
            if self.shut.lock().contains(self.again.get(&ssrc).unwrap_or(&ssrc)) {
                return Ok(());
            }
        }
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for Gate {
    fn bind_local_stream(&mut self, info: &StreamInfo) {
        if let Some(again) = info.ssrc_rtx {
            self.again.insert(again, info.ssrc);
        }
    }

    fn unbind_local_stream(&mut self, info: &StreamInfo) {
        if let Some(again) = info.ssrc_rtx {
            self.again.remove(&again);
        }
    }

    fn bind_remote_stream(&mut self, _: &StreamInfo) {}

    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
