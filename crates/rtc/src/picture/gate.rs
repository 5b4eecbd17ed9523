//! Next to the wire: of a track that is shut not one more packet leaves, neither one that is queued in the library nor one that the other
//! end asks for again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rtc::interceptor::{Packet, StreamInfo, TaggedPacket};

use crate::interceptor::{Packets, Stage, Staged};

/// The tracks that are shut or were so, by their SSRC.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShutTracks {
    tracks: Arc<Mutex<BTreeMap<u32, Shutter>>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Shutter {
    is_shut: bool,
    times: u32,
}

impl ShutTracks {
    pub(crate) fn set_shut(&self, ssrc: u32, is_shut: bool) {
        let mut tracks = self.lock();
        let shutter = tracks.entry(ssrc).or_default();
        shutter.is_shut = is_shut;
        shutter.times += u32::from(is_shut);
    }

    /// How many times this track was shut so far. What waits to leave belongs to the time in which it began to wait.
    pub(crate) fn times_shut(&self, ssrc: u32) -> u32 {
        self.lock().get(&ssrc).map_or(0, |shutter| shutter.times)
    }

    pub(crate) fn gate(&self) -> Staged<Gate> {
        Staged::new(Gate { shut: self.clone(), again: BTreeMap::new() })
    }

    fn is_shut(&self, ssrc: u32) -> bool {
        self.lock().get(&ssrc).is_some_and(|shutter| shutter.is_shut)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Shutter>> {
        self.tracks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where all packets of a connection pass.
pub(crate) struct Gate {
    shut: ShutTracks,
    /// The track of the packets that are sent again, by their own SSRC.
    again: BTreeMap<u32, u32>,
}

impl Stage for Gate {
    fn write(&mut self, message: TaggedPacket, on: &mut Packets) {
        if let Packet::Rtp(packet) = &message.message.packet {
            let ssrc = packet.header.ssrc;
            if self.shut.is_shut(*self.again.get(&ssrc).unwrap_or(&ssrc)) {
                return;
            }
        }
        on.push_back(message);
    }

    fn begin_sending(&mut self, stream: &StreamInfo) {
        if let Some(again) = stream.ssrc_rtx {
            self.again.insert(again, stream.ssrc);
        }
    }

    fn end_sending(&mut self, stream: &StreamInfo) {
        if let Some(again) = stream.ssrc_rtx {
            self.again.remove(&again);
        }
    }
}
