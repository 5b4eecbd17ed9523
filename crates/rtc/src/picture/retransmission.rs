//! Packets that are sent again (RFC 4588) become what they were, below the library's generator of NACKs: that one would not see otherwise
//! that they have come, and ask for them again.

use std::collections::BTreeMap;

use bytes::Buf as _;
use rtc::interceptor::{Packet, StreamInfo, TaggedPacket};
use rtc::rtp;

use crate::interceptor::{Packets, Stage, Staged};

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

impl Unwrapper {
    pub(crate) fn staged() -> Staged<Self> {
        Staged::new(Self::default())
    }
}

impl Stage for Unwrapper {
    fn read(&mut self, mut message: TaggedPacket, on: &mut Packets) {
        if let Packet::Rtp(packet) = &mut message.message.packet
            && let Some(repaired) = self.streams.get(&packet.header.ssrc)
        {
            repaired.unwrap(packet);
        }
        on.push_back(message);
    }

    fn begin_receiving(&mut self, stream: &StreamInfo) {
        if let Some(again) = stream.ssrc_rtx {
            self.streams.insert(again, Repaired { ssrc: stream.ssrc, payload_type: stream.payload_type });
        }
    }

    fn end_receiving(&mut self, stream: &StreamInfo) {
        if let Some(again) = stream.ssrc_rtx {
            self.streams.remove(&again);
        }
    }
}
