//! Which size a packet is of, where one section sends several: said by each packet itself (RFC 8852), for no description names their streams.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rtc::interceptor::{Packet, StreamInfo, TaggedPacket};
use rtc::rtp;

use crate::Layer;
use crate::interceptor::{Packets, Stage, Staged};

/// The section's name, that of the size, and that of the size that a packet repairs.
pub(crate) const EXTENSIONS: [&str; 3] = [
    "urn:ietf:params:rtp-hdrext:sdes:mid",
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
];

/// What is known of them before the first packet.
#[derive(Debug, Clone, Default)]
pub(crate) struct LayerNames(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    section: Option<Bytes>,
    /// By their SSRC.
    streams: BTreeMap<u32, Layer>,
}

impl LayerNames {
    pub(crate) fn note_streams(&self, streams: impl Iterator<Item = (u32, Layer)>) {
        self.lock().streams.extend(streams);
    }

    /// The section by which they are sent is called so.
    pub(crate) fn note_section(&self, name: &str) {
        self.lock().section = Some(Bytes::copy_from_slice(name.as_bytes()));
    }

    pub(crate) fn writer(&self) -> Staged<Writer> {
        Staged::new(Writer { names: self.clone(), streams: BTreeMap::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream whose packets are named.
#[derive(Debug, Clone, Copy)]
struct Named {
    layer: Layer,
    /// The numbers of the extensions by which section and size are said.
    section: u8,
    size: u8,
}

/// Sits below all that makes packets, and above what numbers them for the other end's feedback, which counts their bytes.
pub(crate) struct Writer {
    names: LayerNames,
    /// By their SSRC, also of those that are sent again.
    streams: BTreeMap<u32, Named>,
}

impl Writer {
    fn name(&self, packet: &mut rtp::Packet) {
        let Some(named) = self.streams.get(&packet.header.ssrc) else { return };
        let Some(section) = self.names.lock().section.clone() else { return };
        let header = &mut packet.header;
        // Both numbers are ones that may be, and both names are shorter than an extension's sixteen bytes.
        let _ = header.set_extension(named.section, section);
        let _ = header.set_extension(named.size, Bytes::from_static(named.layer.rid().as_bytes()));
    }
}

impl Stage for Writer {
    fn write(&mut self, mut message: TaggedPacket, on: &mut Packets) {
        if let Packet::Rtp(packet) = &mut message.message.packet {
            self.name(packet);
        }
        on.push_back(message);
    }

    fn begin_sending(&mut self, stream: &StreamInfo) {
        let Some(layer) = self.names.lock().streams.get(&stream.ssrc).copied() else { return };
        let number = |uri: &str| {
            let extension = stream.rtp_header_extensions.iter().find(|extension| extension.uri == uri)?;
            u8::try_from(extension.id).ok().filter(|number| (1..=14).contains(number))
        };
        let [section, size, repaired] = EXTENSIONS.map(number);
        if let Some((section, size)) = section.zip(size) {
            self.streams.insert(stream.ssrc, Named { layer, section, size });
        }
        if let Some(((section, size), again)) = section.zip(repaired).zip(stream.ssrc_rtx) {
            self.streams.insert(again, Named { layer, section, size });
        }
    }

    fn end_sending(&mut self, stream: &StreamInfo) {
        self.streams.remove(&stream.ssrc);
        self.streams.retain(|ssrc, _| Some(*ssrc) != stream.ssrc_rtx);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rtc::interceptor::{AttributedPacket, RTPHeaderExtension};
    use rtc::sansio::Protocol as _;
    use rtc::shared::TransportContext;

    use super::*;

    const MEDIUM: u32 = 7;
    const AGAIN: u32 = 8;
    const OTHER: u32 = 9;

    #[test]
    fn packets_say_their_section_and_their_size_and_what_repairs_them_says_that_it_does() {
        let names = LayerNames::default();
        names.note_streams([(MEDIUM, Layer::Medium)].into_iter());
        names.note_section("1");
        let mut writer = names.writer();
        rtc::interceptor::Interceptor::bind_local_stream(&mut writer, &stream(MEDIUM, Some(AGAIN)));
        rtc::interceptor::Interceptor::bind_local_stream(&mut writer, &stream(OTHER, None));

        assert_eq!(named(&mut writer, MEDIUM), [Some("1".into()), Some("m".into()), None]);
        assert_eq!(named(&mut writer, AGAIN), [Some("1".into()), None, Some("m".into())]);
        assert_eq!(named(&mut writer, OTHER), [None, None, None]);
    }

    /// What a packet of this stream says when it leaves.
    fn named(writer: &mut Staged<Writer>, ssrc: u32) -> [Option<String>; 3] {
        let header = rtp::header::Header { version: 2, ssrc, ..rtp::header::Header::default() };
        let packet = rtp::Packet { header, payload: Bytes::from_static(b"h264") };
        let message = AttributedPacket::new(Packet::Rtp(packet));
        let tagged = TaggedPacket { now: Instant::now(), transport: TransportContext::default(), message };
        writer.handle_write(tagged).expect("it passes");
        let left = writer.poll_write().expect("it leaves");
        let Packet::Rtp(packet) = left.message.packet else { panic!("it is no packet of a stream") };
        [2, 3, 4].map(|number| {
            let said = packet.header.get_extension(number)?;
            Some(String::from_utf8(said.to_vec()).expect("a name"))
        })
    }

    fn stream(ssrc: u32, again: Option<u32>) -> StreamInfo {
        let numbered = |(uri, id): (&str, u16)| RTPHeaderExtension { uri: uri.to_owned(), id };
        let rtp_header_extensions = EXTENSIONS.into_iter().zip(2..).map(numbered).collect();
        StreamInfo { ssrc, ssrc_rtx: again, rtp_header_extensions, ..StreamInfo::default() }
    }
}
