//! What a description must be before the library underneath sees it: a session of slots, each a media section with one stream each way.

use std::collections::HashSet;

use crate::TransportError;
use crate::track::{Kind, Source};

/// What a description of ours says of its maker, so that two of us know each other: what the path loses of a handshake is sent again by
/// both ends, whichever of them begins it.
const REPEATS_HANDSHAKE: &str = "a=x-repeats-handshake";

/// The longest text that is looked at: what one frame of a link carries.
const MAX_SDP_BYTES: usize = 64 * 1024;

/// The numbers that packets leave with, whatever their stream (draft-holmer-rmcat-transport-wide-cc-extensions-01).
pub(crate) const TRANSPORT_WIDE: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

const FINGERPRINT: &str = "a=fingerprint:sha-256 ";

/// What a good description says, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// User fragment and password; a change of them is a restart (RFC 8839 §4.4.1).
    pub(crate) ice: (String, String),
    /// How each slot's stream is encoded, in the order of [`Source::IN_ORDER`].
    pub(crate) streams: Vec<Stream>,
    /// The header extension of packets of pictures by which their arrival is told of, if the other end does so.
    pub(crate) feedback: Option<u8>,
}

/// How one slot's stream is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Opus has this payload type, and redundant Opus (RFC 2198) that one, if it is read at all.
    Sound { opus: u8, red: Option<u8> },
    /// H.264 has this payload type, if the other end takes the kind of it that we make: constrained baseline, packetization mode 1.
    Picture { h264: Option<u8> },
    /// The other end does not use this slot.
    Declined,
}

/// Reads a description, and refuses what no honest device sends.
///
/// # Errors
///
/// [`TransportError::BadDescription`] with the reason.
pub(crate) fn read(sdp: &str) -> Result<Session, TransportError> {
    check_text(sdp)?;
    let (session, sections) = split(sdp);
    if sections.len() > Source::IN_ORDER.len() {
        return bad("more streams than slots");
    }
    let slots = || Source::IN_ORDER.into_iter().zip(&sections);
    let streams = slots().map(|(source, section)| section.stream(source)).collect::<Result<Vec<_>, _>>()?;
    // All that is in the other slots comes on top of it.
    if matches!(streams.first(), None | Some(Stream::Declined)) {
        return bad("no microphone's stream");
    }
    let used: Vec<&Section<'_>> = sections.iter().filter(|section| !section.is_declined()).collect();
    check_bundle(&session, &sections, &used)?;
    check_certificate(&session, &used)?;
    let value = |name| used.iter().find_map(|section| section.value(name)).or_else(|| value(&session, name));
    let Some(ice) = value("a=ice-ufrag:").zip(value("a=ice-pwd:")) else {
        return bad("no ICE credentials");
    };
    let feedback = used.iter().find_map(|section| section.feedback());
    Ok(Session { ice: (ice.0.to_owned(), ice.1.to_owned()), streams, feedback })
}

fn bad<T>(why: &str) -> Result<T, TransportError> {
    Err(TransportError::BadDescription(why.to_owned()))
}

fn check_text(sdp: &str) -> Result<(), TransportError> {
    if sdp.len() > MAX_SDP_BYTES {
        return bad("too long");
    }
    if sdp.chars().any(|c| c.is_control() && c != '\r' && c != '\n') {
        return bad("control characters");
    }
    Ok(())
}

/// The names of the media sections, in their order.
pub(crate) fn names(sdp: &str) -> impl Iterator<Item = &str> {
    sdp.lines().filter_map(|line| line.strip_prefix("a=mid:")).map(str::trim)
}

/// A description of ours as the other end sees it.
pub(crate) fn with_promise(sdp: &str) -> String {
    match sdp.find("m=") {
        Some(media) => format!("{}{REPEATS_HANDSHAKE}\r\n{}", &sdp[..media], &sdp[media..]),
        None => sdp.to_owned(),
    }
}

/// Whether the answerer of this offer begins the handshake: the offer says so, or its maker sends again what is lost of a handshake, also
/// where it is the one that waits.
pub(crate) fn lets_answerer_begin(offer: &str) -> bool {
    offer.lines().any(|line| line == REPEATS_HANDSHAKE || line == "a=setup:passive")
}

/// Who begins the handshake (RFC 8842 §5), said in another way.
pub(crate) fn with_setup(sdp: &str, said: &str, instead: &str) -> String {
    sdp.replace(&format!("a=setup:{said}\r\n"), &format!("a=setup:{instead}\r\n"))
}

/// All streams share one connection (RFC 9143): a second one would be another path, with another handshake to prove.
fn check_bundle(session: &[&str], all: &[Section<'_>], used: &[&Section<'_>]) -> Result<(), TransportError> {
    let named: Vec<&str> = all.iter().filter_map(|section| section.value("a=mid:")).collect();
    if named.iter().collect::<HashSet<_>>().len() < named.len() {
        return bad("two streams of one name");
    }
    if used.len() < 2 {
        return Ok(());
    }
    let bundled: HashSet<&str> =
        value(session, "a=group:BUNDLE ").into_iter().flat_map(str::split_whitespace).collect();
    let is_bundled = |section: &&Section<'_>| section.value("a=mid:").is_some_and(|name| bundled.contains(name));
    if used.iter().all(is_bundled) { Ok(()) } else { bad("streams apart from the others") }
}

/// Without a fingerprint the handshake could not tell the other end from a stranger, and with two of them it might be either of two.
fn check_certificate(session: &[&str], used: &[&Section<'_>]) -> Result<(), TransportError> {
    let common: Vec<&str> = values(session, FINGERPRINT).collect();
    if common.is_empty() && used.iter().any(|section| section.value(FINGERPRINT).is_none()) {
        return bad("no SHA-256 fingerprint");
    }
    let of_streams = used.iter().flat_map(|section| values(&section.lines, FINGERPRINT));
    let shown: HashSet<String> = of_streams.chain(common).map(str::to_ascii_uppercase).collect();
    if shown.len() > 1 { bad("more than one certificate") } else { Ok(()) }
}

/// One media section (RFC 8866 §5.14), with its own attributes.
struct Section<'a> {
    kind: &'a str,
    port: &'a str,
    protocol: &'a str,
    formats: Vec<&'a str>,
    lines: Vec<&'a str>,
}

/// The session's own lines, and its media sections.
fn split(sdp: &str) -> (Vec<&str>, Vec<Section<'_>>) {
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

fn values<'a, 'b>(lines: &'b [&'a str], name: &'b str) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
    lines.iter().filter_map(move |line| line.strip_prefix(name)).map(str::trim)
}

fn value<'a>(lines: &[&'a str], name: &str) -> Option<&'a str> {
    values(lines, name).next()
}

impl<'a> Section<'a> {
    fn beginning(media: &'a str) -> Self {
        let mut words = media.split_whitespace();
        let mut word = || words.next().unwrap_or_default();
        let (kind, port, protocol) = (word(), word(), word());
        Self { kind, port, protocol, formats: words.collect(), lines: Vec::new() }
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        value(&self.lines, name)
    }

    fn is_declined(&self) -> bool {
        // A port of 0 also stands where a stream is only ever sent along with others (RFC 9143 §6).
        self.port == "0" && !self.lines.contains(&"a=bundle-only")
    }

    fn stream(&self, source: Source) -> Result<Stream, TransportError> {
        let kind = match self.kind {
            "audio" => Kind::Sound,
            "video" => Kind::Picture,
            _ => return bad("a stream of neither sound nor picture"),
        };
        if kind != source.kind() {
            return bad("a stream in another's slot");
        }
        if self.is_declined() {
            return Ok(Stream::Declined);
        }
        if !matches!(self.protocol, "UDP/TLS/RTP/SAVPF" | "TCP/TLS/RTP/SAVPF") {
            return bad("a stream that is not encrypted");
        }
        if source != Source::Microphone && self.lines.contains(&"a=inactive") {
            return Ok(Stream::Declined);
        }
        match kind {
            Kind::Picture => Ok(Stream::Picture { h264: self.h264() }),
            // Without it the library would be left without any codec, for the next description too.
            Kind::Sound => {
                self.opus().map_or_else(|| bad("no Opus"), |opus| Ok(Stream::Sound { opus, red: self.red(opus) }))
            }
        }
    }

    /// One that has a byte for each header (RFC 8285 §4.2), of pictures, and both of which the section has to say.
    fn feedback(&self) -> Option<u8> {
        let is_told = values(&self.lines, "a=rtcp-fb:").any(|feedback| feedback.ends_with(" transport-cc"));
        let numbered = values(&self.lines, "a=extmap:").find_map(|extension| {
            let (number, uri) = extension.split_once(' ')?;
            (uri.trim() == TRANSPORT_WIDE).then(|| number.split('/').next().unwrap_or_default())
        });
        let number = numbered.filter(|_| self.kind == "video" && is_told)?.parse().ok();
        number.filter(|number| (1..=14).contains(number))
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

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSPORT: &str = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AA:BB\r\n";

    #[test]
    fn a_session_of_one_encrypted_sound_stream_passes() {
        let session = read(&good()).unwrap();

        assert_eq!(session.streams, [Stream::Sound { opus: 109, red: None }]);
        assert_eq!(session.ice, ("abcd".to_owned(), "0123456789012345678901".to_owned()));
    }

    #[test]
    fn a_session_with_a_stream_in_each_slot_passes() {
        let session = read(&of_four()).unwrap();

        let sound = |opus| Stream::Sound { opus, red: None };
        assert_eq!(
            session.streams,
            [sound(109), Stream::Picture { h264: None }, Stream::Picture { h264: None }, sound(111)]
        );
    }

    #[test]
    fn what_all_streams_share_may_stand_before_them() {
        let at_the_top = good().replace(TRANSPORT, "").replace("v=0\r\n", &format!("v=0\r\n{TRANSPORT}"));

        assert_eq!(read(&at_the_top).unwrap(), read(&good()).unwrap());
    }

    #[test]
    fn a_slot_may_be_declined_and_needs_nothing_then() {
        let declined = "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";

        let session = read(&(good() + declined)).unwrap();

        assert_eq!(session.streams, [Stream::Sound { opus: 109, red: None }, Stream::Declined]);
    }

    #[test]
    fn a_slot_through_which_nothing_flows_is_not_used_unless_it_is_the_microphones() {
        let inactive = of_four().replace("a=mid:1\r\n", "a=mid:1\r\na=inactive\r\n");
        let on_hold = good() + "a=inactive\r\n";

        assert_eq!(read(&inactive).unwrap().streams[1], Stream::Declined);
        assert_eq!(read(&on_hold).unwrap().streams, [Stream::Sound { opus: 109, red: None }]);
    }

    #[test]
    fn each_missing_or_hostile_part_is_named() {
        let cases = [
            (good().replace("m=audio", "m=video"), "a stream in another's slot"),
            (good().replace("m=audio", "m=application"), "a stream of neither sound nor picture"),
            (good().replace("m=audio 9", "m=audio 0"), "no microphone's stream"),
            (good().replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "a stream that is not encrypted"),
            (good().replace("sha-256", "sha-1"), "no SHA-256 fingerprint"),
            (good() + "a=fingerprint:sha-256 AA:CC\r\n", "more than one certificate"),
            (good().replace("a=ice-pwd", "a=ice-pwned"), "no ICE credentials"),
            (good() + "a=\0", "control characters"),
            (good() + &"a=x\r\n".repeat(20_000), "too long"),
            (good().replace("SAVPF 109", "SAVPF 110"), "no Opus"),
            (good().replace("OPUS", "SPEEX"), "no Opus"),
            (String::new(), "no microphone's stream"),
        ];
        for (sdp, reason) in cases {
            assert_refused(&sdp, reason);
        }
    }

    #[test]
    fn each_hostile_part_of_a_session_with_several_streams_is_named() {
        let cases = [
            (of_four() + &stream("video", "4"), "more streams than slots"),
            (of_four().replacen("m=video", "m=audio", 1), "a stream in another's slot"),
            (of_four().replacen("m=video", "m=text", 1), "a stream of neither sound nor picture"),
            (of_four().replacen("m=audio 9", "m=audio 0", 1), "no microphone's stream"),
            (
                of_four().replacen("m=video 9 UDP/TLS/RTP/SAVPF", "m=video 9 RTP/AVP", 1),
                "a stream that is not encrypted",
            ),
            (of_four().replace("a=mid:3", "a=mid:2"), "two streams of one name"),
            (of_four().replace("BUNDLE 0 1 2 3", "BUNDLE 0 1 2"), "streams apart from the others"),
            (of_four().replace("a=group:BUNDLE 0 1 2 3\r\n", ""), "streams apart from the others"),
            (of_four().replace("a=mid:3\r\n", ""), "streams apart from the others"),
            (of_four().replacen("sha-256 AA", "sha-256 CC", 1), "more than one certificate"),
            (of_four().replacen("a=fingerprint:sha-256 AA:BB\r\n", "", 1), "no SHA-256 fingerprint"),
            (of_four().replace("SAVPF 111", "SAVPF 0"), "no Opus"),
        ];
        for (sdp, reason) in cases {
            assert_refused(&sdp, reason);
        }
    }

    #[test]
    fn redundant_audio_is_taken_where_it_is_redundant_opus() {
        let red = |lines: &str| match read(&(good() + lines)).unwrap().streams[0] {
            Stream::Sound { red, .. } => red,
            Stream::Picture { .. } | Stream::Declined => panic!("it is sound"),
        };

        assert_eq!(red(""), None);
        assert_eq!(red("a=rtpmap:63 red/48000/2\r\na=fmtp:63 109/109\r\n"), Some(63));
        assert_eq!(red("a=rtpmap:63 red/48000/2\r\na=fmtp:63 0/0\r\n"), None);
        assert_eq!(red("a=rtpmap:63 red/48000/2\r\n"), None);
    }

    #[test]
    fn h264_is_taken_where_it_is_of_our_kind() {
        let h264 = |format: &str| {
            let video = stream("video", "1") + &format!("a=rtpmap:111 H264/90000\r\na=fmtp:111 {format}\r\n");
            let sdp = good().replace("v=0\r\n", "v=0\r\na=group:BUNDLE 0 1\r\n") + "a=mid:0\r\n" + &video;
            read(&sdp).unwrap().streams[1]
        };
        let taken = Stream::Picture { h264: Some(111) };
        let refused = Stream::Picture { h264: None };

        assert_eq!(h264("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"), taken);
        assert_eq!(h264("packetization-mode=1; profile-level-id=42C028"), taken);
        assert_eq!(h264("packetization-mode=0;profile-level-id=42e01f"), refused);
        assert_eq!(h264("packetization-mode=1;profile-level-id=640c1f"), refused);
        assert_eq!(h264("packetization-mode=1;profile-level-id=42001f"), refused);
        assert_eq!(h264("packetization-mode=1;profile-level-id=42e01"), refused);
        assert_eq!(h264("packetization-mode=1"), refused);
    }

    #[test]
    fn feedback_on_pictures_is_taken_where_the_other_end_gives_it() {
        let feedback = |lines: &str| {
            let video = stream("video", "1") + lines;
            let sdp = good().replace("v=0\r\n", "v=0\r\na=group:BUNDLE 0 1\r\n") + "a=mid:0\r\n" + &video;
            read(&sdp).unwrap().feedback
        };
        let extension = |number: &str| format!("a=extmap:{number} {TRANSPORT_WIDE}\r\n");
        let told = "a=rtcp-fb:111 transport-cc\r\n";

        assert_eq!(feedback(&(extension("3") + told)), Some(3));
        assert_eq!(feedback(&(extension("5/sendrecv") + told)), Some(5));
        assert_eq!(feedback(&extension("3")), None, "it is not told of");
        assert_eq!(feedback(told), None, "it has no number");
        assert_eq!(feedback(&(extension("15") + told)), None);
        assert_eq!(feedback(&(extension("x") + told)), None);
    }

    #[test]
    fn what_we_say_of_ourselves_is_heard_by_us_and_changes_nothing_else() {
        let ours = with_promise(&good());

        assert!(lets_answerer_begin(&ours) && !lets_answerer_begin(&good()));
        assert!(read(&ours).is_ok());
        assert_eq!(ours.replace("a=x-repeats-handshake\r\n", ""), good());
    }

    #[test]
    fn the_number_of_opus_is_the_other_ends_choice() {
        for number in [96, 109] {
            let session = read(&good().replace("109", &number.to_string())).unwrap();

            assert_eq!(session.streams, [Stream::Sound { opus: number, red: None }]);
        }
    }

    fn assert_refused(sdp: &str, reason: &str) {
        let read = read(sdp);
        assert!(matches!(&read, Err(TransportError::BadDescription(why)) if why == reason), "{reason}: {read:?}");
    }

    fn good() -> String {
        format!(
            "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 109 0\r\n{TRANSPORT}a=rtpmap:0 PCMU/8000\r\na=rtpmap:109 OPUS/48000/2\r\n"
        )
    }

    fn of_four() -> String {
        let microphone = good().replace("v=0\r\n", "v=0\r\na=group:BUNDLE 0 1 2 3\r\n") + "a=mid:0\r\n";
        microphone + &stream("video", "1") + &stream("video", "2") + &stream("audio", "3")
    }

    fn stream(kind: &str, name: &str) -> String {
        format!("m={kind} 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{name}\r\n{TRANSPORT}a=rtpmap:111 opus/48000/2\r\n")
    }
}
