//! What a description must be before the library underneath sees it.

use crate::TransportError;

/// What a description of ours says of its maker, so that two of us know each other: what the path loses of a handshake is sent again by
/// both ends, whichever of them begins it.
const REPEATS_HANDSHAKE: &str = "a=x-repeats-handshake";

/// The longest text that is looked at: what one frame of a link carries.
const MAX_SDP_BYTES: usize = 64 * 1024;

/// Refuses what no honest device sends.
///
/// # Errors
///
/// [`TransportError::BadDescription`] with the reason.
pub(crate) fn check(sdp: &str) -> Result<(), TransportError> {
    let bad = |why: &str| Err(TransportError::BadDescription(why.to_owned()));
    if sdp.len() > MAX_SDP_BYTES {
        return bad("too long");
    }
    if sdp.chars().any(|c| c.is_control() && c != '\r' && c != '\n') {
        return bad("control characters");
    }
    let Some(voice) = sdp.lines().find(|line| line.starts_with("m=audio ")) else {
        return bad("no voice stream");
    };
    // A description without it would leave the library without any codec, for the next description too.
    let opus = opus_payload_type(sdp).map(|payload_type| payload_type.to_string());
    if !opus.is_some_and(|opus| voice.split_whitespace().skip(3).any(|offered| offered == opus)) {
        return bad("no Opus");
    }
    // Without it the handshake could not tell the other end from anybody else.
    if !sdp.lines().any(|line| line.starts_with("a=fingerprint:sha-256 ")) {
        return bad("no SHA-256 fingerprint");
    }
    if ice_credentials(sdp).is_none() {
        return bad("no ICE credentials");
    }
    Ok(())
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

/// The ICE user fragment and password of a description; a change of them is a restart (RFC 8839 §4.4.1).
pub(crate) fn ice_credentials(sdp: &str) -> Option<(&str, &str)> {
    let value = |name: &str| sdp.lines().find_map(|line| line.strip_prefix(name));
    Some((value("a=ice-ufrag:")?, value("a=ice-pwd:")?))
}

/// The payload type that the description gives Opus.
pub(crate) fn opus_payload_type(sdp: &str) -> Option<u8> {
    sdp.lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '))
        .find(|(_, codec)| codec.to_ascii_lowercase().starts_with("opus/48000"))
        .and_then(|(payload_type, _)| payload_type.parse().ok())
}

/// The payload type that the description gives redundant audio (RFC 2198), if it is redundant Opus.
pub(crate) fn red_payload_type(sdp: &str) -> Option<u8> {
    let opus = opus_payload_type(sdp)?;
    let is_of_opus = |payload_type: &&str| {
        let formats =
            sdp.lines().find_map(|line| line.strip_prefix("a=fmtp:")?.strip_prefix(payload_type)?.strip_prefix(' '));
        formats.is_some_and(|formats| formats.trim().split('/').all(|format| format.parse() == Ok(opus)))
    };
    sdp.lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '))
        .filter(|(_, codec)| codec.to_ascii_lowercase().starts_with("red/48000"))
        .map(|(payload_type, _)| payload_type)
        .find(is_of_opus)
        .and_then(|payload_type| payload_type.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 109 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n\
        a=fingerprint:sha-256 AA:BB\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:109 OPUS/48000/2\r\n";

    #[test]
    fn a_description_of_one_encrypted_voice_stream_passes() {
        assert!(check(GOOD).is_ok());
    }

    #[test]
    fn each_missing_or_hostile_part_is_named() {
        let cases = [
            (GOOD.replace("m=audio", "m=video"), "no voice stream"),
            (GOOD.replace("sha-256", "sha-1"), "no SHA-256 fingerprint"),
            (GOOD.replace("a=ice-pwd", "a=ice-pwned"), "no ICE credentials"),
            (format!("{GOOD}a=\0"), "control characters"),
            (format!("{GOOD}{}", "a=x\r\n".repeat(20_000)), "too long"),
            (GOOD.replace("SAVPF 109", "SAVPF 110"), "no Opus"),
            (GOOD.replace("OPUS", "SPEEX"), "no Opus"),
            (String::new(), "no voice stream"),
        ];
        for (sdp, reason) in cases {
            assert!(matches!(check(&sdp), Err(TransportError::BadDescription(why)) if why == reason), "{reason}");
        }
    }

    #[test]
    fn redundant_audio_is_taken_where_it_is_redundant_opus() {
        let with = |lines: &str| format!("{GOOD}{lines}");

        assert_eq!(red_payload_type(GOOD), None);
        assert_eq!(red_payload_type(&with("a=rtpmap:63 red/48000/2\r\na=fmtp:63 109/109\r\n")), Some(63));
        assert_eq!(red_payload_type(&with("a=rtpmap:63 red/48000/2\r\na=fmtp:63 0/0\r\n")), None);
        assert_eq!(red_payload_type(&with("a=rtpmap:63 red/48000/2\r\n")), None);
    }

    #[test]
    fn what_we_say_of_ourselves_is_heard_by_us_and_changes_nothing_else() {
        let ours = with_promise(GOOD);

        assert!(lets_answerer_begin(&ours) && !lets_answerer_begin(GOOD));
        assert!(check(&ours).is_ok());
        assert_eq!(ours.replace("a=x-repeats-handshake\r\n", ""), GOOD);
    }

    #[test]
    fn the_number_of_opus_is_the_other_ends_choice() {
        assert_eq!(opus_payload_type(GOOD), Some(109));
        assert_eq!(opus_payload_type("a=rtpmap:0 PCMU/8000"), None);
    }
}
