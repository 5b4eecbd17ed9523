//! What a description must be before the library underneath sees it: a session of slots, as its layout has them.

mod section;

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZero;

use crate::tunnel::MOST_SERVERS;
use crate::{Layout, TransportError};

pub(crate) use section::{LOUDNESS, Stream, TRANSPORT_WIDE};
use section::{Section, split, value, values};

/// What a description of ours says of its maker, so that two of us know each other: what the path loses of a handshake is sent again by
/// both ends, whichever of them begins it.
const REPEATS_HANDSHAKE: &str = "a=x-repeats-handshake";

/// The longest text that is looked at: what one frame of a link carries.
const MAX_SDP_BYTES: usize = 64 * 1024;

const FINGERPRINT: &str = "a=fingerprint:sha-256 ";

/// What a good description says, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// User fragment and password; a change of them is a restart (RFC 8839 §4.4.1).
    pub(crate) ice: (String, String),
    /// How each slot's stream is encoded, in the order of the layout.
    pub(crate) streams: Vec<Stream>,
    /// The header extension of packets of pictures by which their arrival is told of, if the other end does so.
    pub(crate) feedback: Option<u8>,
    /// That of packets of sound by which it is told how loud they are, if the other end reads it.
    pub(crate) loudness: Option<u8>,
}

/// Reads a description, and refuses what no honest device sends.
///
/// # Errors
///
/// [`TransportError::BadDescription`] with the reason.
pub(crate) fn read(sdp: &str, layout: Layout) -> Result<Session, TransportError> {
    check_text(sdp)?;
    let (session, sections) = split(sdp);
    let slots = layout.sections();
    if sections.len() > slots.len() {
        return bad("more streams than slots");
    }
    // An answer has as many as the offer (RFC 3264 §6); a device of another make that offers may have fewer than we.
    if layout.is_offered_only() && sections.len() < slots.len() {
        return bad("fewer streams than slots");
    }
    let streams = slots.into_iter().zip(&sections).map(|(slot, section)| section.stream(slot));
    let streams = streams.collect::<Result<Vec<_>, _>>()?;
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
    let loudness = used.iter().find_map(|section| section.loudness());
    Ok(Session { ice: (ice.0.to_owned(), ice.1.to_owned()), streams, feedback, loudness })
}

/// Where the other end takes connections for media (RFC 6544 §4.5), each once; no more than are tried.
pub(crate) fn connections(sdp: &str) -> Vec<SocketAddr> {
    let mut servers = Vec::new();
    for candidate in sdp.lines().filter_map(|line| line.strip_prefix("a=candidate:")) {
        let fields: Vec<&str> = candidate.split_whitespace().collect();
        let [_, "1", protocol, _, ip, port, "typ", "host", ..] = fields.as_slice() else { continue };
        let is_passive = fields.windows(2).any(|two| two == ["tcptype", "passive"]);
        let Ok(ip) = ip.parse::<IpAddr>() else { continue };
        let Ok(port) = port.parse::<NonZero<u16>>() else { continue };
        let server = SocketAddr::new(ip, port.get());
        let is_good = protocol.eq_ignore_ascii_case("tcp") && is_passive && !ip.is_unspecified() && !ip.is_multicast();
        if is_good && servers.len() < MOST_SERVERS && !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers
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

#[cfg(test)]
mod tests;
