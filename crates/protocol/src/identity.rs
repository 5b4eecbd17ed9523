//! The texts that devices sign with their own keys. Both ends make them here, so that they cannot differ.

use crate::{CallId, DescriptionKind, DeviceId, Nonce};

/// What a device signs to open a link.
pub fn link_text(nonce: &Nonce, device: DeviceId) -> String {
    format!("carillon-link-1\n{nonce}\n{device}")
}

/// What a device signs of a session description: for which call, which half, and every DTLS certificate that it names.
pub fn description_text(call: CallId, kind: DescriptionKind, sdp: &str) -> String {
    let kind = match kind {
        DescriptionKind::Offer => "offer",
        DescriptionKind::Answer => "answer",
    };
    format!("carillon-dtls-1\n{call}\n{kind}\n{}", fingerprints(sdp).join("\n"))
}

/// The certificates that a session description names (`a=fingerprint`, RFC 8122 §5), in a form that compares: sorted, each once.
pub fn fingerprints(sdp: &str) -> Vec<String> {
    let lines = sdp.lines().filter_map(|line| line.trim().strip_prefix("a=fingerprint:"));
    let mut all: Vec<String> = lines.map(|value| value.trim().to_ascii_lowercase()).collect();
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_of_a_description_is_signed_once_however_it_is_written() {
        let sdp = "v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=audio\r\na=fingerprint:SHA-256 ab:cd\r\na=fingerprint:sha-256 01:02\r\n";

        assert_eq!(fingerprints(sdp), ["sha-256 01:02", "sha-256 ab:cd"]);
    }

    #[test]
    fn a_signature_is_good_for_one_call_and_one_half_only() {
        let sdp = "a=fingerprint:sha-256 AB:CD";
        let (one, other) = (CallId::new(uuid::Uuid::from_u128(1)), CallId::new(uuid::Uuid::from_u128(2)));

        let text = description_text(one, DescriptionKind::Offer, sdp);

        assert_ne!(text, description_text(other, DescriptionKind::Offer, sdp));
        assert_ne!(text, description_text(one, DescriptionKind::Answer, sdp));
    }
}
