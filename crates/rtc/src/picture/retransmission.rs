//! Packets that are sent again (RFC 4588) become what they were, below the library's generator of NACKs: that one would not see otherwise
//! that they have come, and ask for them again.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use bytes::Buf as _;
use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtp;
use rtc::sansio::Protocol;

/// Before the original packet's payload: its sequence number.
const HEADER: usize = 2;

/// What is repaired by a stream of packets sent again.
#[derive(Debug, Clone, Copy)]
struct Repaired {
    ssrc: u32,
    payload_type: u8,
}

/// Sits between the wire and the generator of NACKs.
#[derive(Default)]
pub(crate) struct Unwrapper {
    /// By the SSRC of the packets that are sent again.
    streams: BTreeMap<u32, Repaired>,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Repaired {
    /// Packets without content, which probe the path, stay what they are.
    fn unwrap(self, packet: &mut rtp::Packet) {
        if packet.payload.len() <= HEADER {
            return;
        }
        packet.header.sequence_number = packet.payload.get_u16();
        packet.header.ssrc = self.ssrc;
        packet.header.payload_type = self.payload_type;
        packet.header.padding = false;
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Unwrapper {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = rtc::shared::error::Error;
    type Time = Instant;

    fn handle_read(&mut self, mut message: TaggedPacket) -> Result<(), Self::Error> {
        if let Packet::Rtp(packet) = &mut message.message.packet
            && let Some(repaired) = self.streams.get(&packet.header.ssrc)
        {
            repaired.unwrap(packet);
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for Unwrapper {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}

    fn unbind_local_stream(&mut self, _: &StreamInfo) {}

    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        if let Some(again) = info.ssrc_rtx {
            self.streams.insert(again, Repaired { ssrc: info.ssrc, payload_type: info.payload_type });
        }
    }

    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        if let Some(again) = info.ssrc_rtx {
            self.streams.remove(&again);
        }
    }
}
