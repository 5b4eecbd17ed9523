//! One media section of a description: what its stream is, as far as it matters here.

use super::bad;
use crate::layout::{self, Way};
use crate::track::{Kind, Source};
use crate::{Layer, TransportError};

/// The numbers that packets leave with, whatever their stream (draft-holmer-rmcat-transport-wide-cc-extensions-01).
pub(crate) const TRANSPORT_WIDE: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// How loud a packet's sound is (RFC 6464).
pub(crate) const LOUDNESS: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// How one slot's stream is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Opus has this payload type, and redundant Opus (RFC 2198) that one, if it is read at all.
    Sound { opus: u8, red: Option<u8> },
    /// H.264 has this payload type, if the other end takes the kind of it that we make: constrained baseline, packetization mode 1.
    /// And whether it takes pictures in every [`Layer`](crate::Layer).
    Picture { h264: Option<u8>, takes_layers: bool },
    /// The other end does not use this slot.
    Declined,
}

/// One media section (RFC 8866 §5.14), with its own attributes.
pub(super) struct Section<'a> {
    kind: &'a str,
    port: &'a str,
    protocol: &'a str,
    formats: Vec<&'a str>,
    pub(super) lines: Vec<&'a str>,
}

/// The session's own lines, and its media sections.
pub(super) fn split(sdp: &str) -> (Vec<&str>, Vec<Section<'_>>) {
    let (mut session, mut sections) = (Vec::new(), Vec::<Section<'_>>::new());
    for line in sdp.lines() {
        if let Some(media) = line.strip_prefix("m=") {
            sections.push(Section::beginning(media));
        } else if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        } else {
            session.push(line);
        }
    }
    (session, sections)
}

pub(super) fn values<'a, 'b>(lines: &'b [&'a str], name: &'b str) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
    lines.iter().filter_map(move |line| line.strip_prefix(name)).map(str::trim)
}

pub(super) fn value<'a>(lines: &[&'a str], name: &str) -> Option<&'a str> {
    values(lines, name).next()
}

impl<'a> Section<'a> {
    fn beginning(media: &'a str) -> Self {
        let mut words = media.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        let (kind, port, protocol) = (word(), word(), word());
        Self { kind, port, protocol, formats: words.collect(), lines: Vec::new() }
    }

    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        value(&self.lines, name)
    }

    pub(super) fn is_declined(&self) -> bool {
        // A port of 0 also stands where a stream is only ever sent along with others (RFC 9143 §6).
        self.port == "0" && !self.lines.contains(&"a=bundle-only")
    }

    pub(super) fn stream(&self, slot: layout::Section) -> Result<Stream, TransportError> {
        let kind = match self.kind {
            "audio" => Kind::Sound,
            "video" => Kind::Picture,
            _ => return bad("a stream of neither sound nor picture"),
        };
        if kind != slot.source.kind() {
            return bad("a stream in another's slot");
        }
        if self.is_declined() {
            return Ok(Stream::Declined);
        }
        if !matches!(self.protocol, "UDP/TLS/RTP/SAVPF" | "TCP/TLS/RTP/SAVPF") {
            return bad("a stream that is not encrypted");
        }
        let is_inactive = self.lines.contains(&"a=inactive");
        if is_inactive && !(slot.source == Source::Microphone && slot.sends()) {
            return Ok(Stream::Declined);
        }
        if !is_inactive && !self.goes(slot.way) {
            return bad("a stream that goes the wrong way");
        }
        match kind {
            Kind::Picture => Ok(Stream::Picture { h264: self.h264(), takes_layers: self.takes_layers() }),
            // Without it the library would be left without any codec, for the next description too.
            Kind::Sound => {
                self.opus().map_or_else(|| bad("no Opus"), |opus| Ok(Stream::Sound { opus, red: self.red(opus) }))
            }
        }
    }

    /// What goes one way only is answered by the other way (RFC 3264 §6.1).
    fn goes(&self, way: Way) -> bool {
        match way {
            Way::Both => true,
            Way::Out => self.lines.contains(&"a=recvonly"),
            Way::In(_) => self.lines.contains(&"a=sendonly"),
        }
    }

    /// One that has a byte for each header (RFC 8285 §4.2), of pictures, and both of which the section has to say.
    pub(super) fn feedback(&self) -> Option<u8> {
        let is_told = values(&self.lines, "a=rtcp-fb:").any(|feedback| feedback.ends_with(" transport-cc"));
        self.extension(TRANSPORT_WIDE).filter(|_| self.kind == "video" && is_told)
    }

    /// The same of sound, by which its loudness is told.
    pub(super) fn loudness(&self) -> Option<u8> {
        self.extension(LOUDNESS).filter(|_| self.kind == "audio")
    }

    fn extension(&self, wanted: &str) -> Option<u8> {
        let numbered = values(&self.lines, "a=extmap:").find_map(|extension| {
            let (number, uri) = extension.split_once(' ')?;
            let uri = uri.split_whitespace().next();
            (uri == Some(wanted)).then(|| number.split('/').next().unwrap_or_default())
        });
        numbered?.parse().ok().filter(|number| (1..=14).contains(number))
    }

    fn opus(&self) -> Option<u8> {
        let numbered = self.codecs("opus/48000").find_map(|number| number.parse().ok().map(|opus| (number, opus)));
        numbered.filter(|(number, _)| self.formats.contains(number)).map(|(_, opus)| opus)
    }

    fn h264(&self) -> Option<u8> {
        let is_ours = |number: &&str| {
            let format = self.format(number).unwrap_or_default().to_ascii_lowercase();
            let value =
                |name: &str| format.split(';').find_map(|part| part.trim().strip_prefix(name)).map(str::to_owned);
            let profile = value("profile-level-id=").unwrap_or_default();
            value("packetization-mode=").as_deref() == Some("1") && is_constrained_baseline(&profile)
        };
        let offered = self.codecs("h264/90000").filter(|number| self.formats.contains(number));
        offered.filter(is_ours).find_map(|number| number.parse().ok())
    }

    /// All of them, by the names that we give them (RFC 8853 §5.1); one that is paused would be taken later only.
    fn takes_layers(&self) -> bool {
        let mut words = self.value("a=simulcast:").unwrap_or_default().split_whitespace();
        let taken = words.by_ref().find(|word| *word == "recv").and_then(|_| words.next()).unwrap_or_default();
        let taken: Vec<&str> = taken.split([';', ',']).collect();
        Layer::ALL.into_iter().all(|layer| taken.contains(&layer.rid()))
    }

    /// What is said of a payload type, beside its name.
    fn format(&self, number: &str) -> Option<&'a str> {
        let after = |line: &&'a str| line.strip_prefix("a=fmtp:")?.strip_prefix(number)?.strip_prefix(' ');
        self.lines.iter().find_map(after).map(str::trim)
    }

    /// Redundant audio, if what it repeats is Opus.
    fn red(&self, opus: u8) -> Option<u8> {
        let repeats_opus = |number: &&str| {
            let formats = self.format(number);
            formats.is_some_and(|formats| formats.split('/').all(|format| format.parse() == Ok(opus)))
        };
        self.codecs("red/48000").find(repeats_opus).and_then(|number| number.parse().ok())
    }

    /// The payload types of a codec, as they are written.
    fn codecs(&self, name: &str) -> impl Iterator<Item = &'a str> {
        values(&self.lines, "a=rtpmap:")
            .filter_map(|mapped| mapped.split_once(' '))
            .filter(move |(_, codec)| codec.to_ascii_lowercase().starts_with(name))
            .map(|(number, _)| number)
    }
}

/// Its profile is baseline, and it says that it keeps the constraints of main too (RFC 6184 table 5).
fn is_constrained_baseline(profile_level_id: &str) -> bool {
    let number = u32::from_str_radix(profile_level_id, 16).ok().filter(|_| profile_level_id.len() == 6);
    number.is_some_and(|number| number >> 16 == 0x42 && number >> 8 & 0x40 != 0)
}
