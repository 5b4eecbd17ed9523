//! What a participant's offer must be before the library underneath sees it: its four own sections, then all receiving slots, in the
//! order that the protocol gives them.

use carillon_protocol::{PublishedSource, RECEIVING_SLOTS};
use str0m::media::Mid;

/// What an offer may have: a frame of the link is no larger.
const MOST_BYTES: usize = 64 * 1024;
/// A section of ours has some forty lines.
const MOST_LINES: usize = 4_000;

/// Why an offer is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the offer is not good: {0}")]
pub struct OfferError(pub(crate) &'static str);

/// The sections of a good offer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The participant's own sources, in the order of [`PublishedSource::ALL`].
    pub(crate) own: Vec<Mid>,
    /// Its receiving slots, by their numbers.
    pub(crate) slots: Vec<Mid>,
}

/// Reads an offer.
///
/// # Errors
/// [`OfferError`] says what no device of ours offers.
pub(crate) fn read(sdp: &str) -> Result<Layout, OfferError> {
    if sdp.len() > MOST_BYTES || sdp.lines().count() > MOST_LINES {
        return Err(OfferError("it is too long"));
    }
    if sdp.contains(|c: char| c.is_control() && c != '\r' && c != '\n') {
        return Err(OfferError("it has control characters"));
    }
    let sections: Vec<Section<'_>> = sections(sdp);
    let receiving = RECEIVING_SLOTS.iter().flat_map(|(source, count)| (0..*count).map(|_| (*source, "a=recvonly")));
    let wanted: Vec<_> =
        PublishedSource::ALL.into_iter().map(|source| (source, "a=sendonly")).chain(receiving).collect();
    if sections.len() != wanted.len() {
        return Err(OfferError("it has not the sections of a participant"));
    }
    for (section, (source, direction)) in sections.iter().zip(wanted) {
        section.check(source, direction)?;
    }
    let mids = mids(&sections)?;
    let (own, slots) = mids.split_at(PublishedSource::ALL.len());
    Ok(Layout { own: own.to_vec(), slots: slots.to_vec() })
}

struct Section<'a> {
    kind: &'a str,
    lines: Vec<&'a str>,
}

fn sections(sdp: &str) -> Vec<Section<'_>> {
    let mut sections = Vec::<Section<'_>>::new();
    for line in sdp.lines().map(str::trim_end) {
        if let Some(media) = line.strip_prefix("m=") {
            let kind = media.split_whitespace().next().unwrap_or_default();
            sections.push(Section { kind, lines: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
    }
    sections
}

/// All different, and as long as the header extension that carries them may be.
fn mids(sections: &[Section<'_>]) -> Result<Vec<Mid>, OfferError> {
    let mut names: Vec<&str> = Vec::with_capacity(sections.len());
    for section in sections {
        let name = section.lines.iter().find_map(|line| line.strip_prefix("a=mid:")).unwrap_or_default();
        if name.is_empty() || name.len() > 16 || !name.is_ascii() || names.contains(&name) {
            return Err(OfferError("its sections have no names of their own"));
        }
        names.push(name);
    }
    Ok(names.into_iter().map(Mid::from).collect())
}

impl Section<'_> {
    fn check(&self, source: PublishedSource, direction: &str) -> Result<(), OfferError> {
        let kind = match source {
            PublishedSource::Microphone | PublishedSource::ScreenSound => "audio",
            PublishedSource::Camera | PublishedSource::Screen => "video",
        };
        let directions = ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"];
        let mut said = self.lines.iter().filter(|line| directions.contains(line));
        match (self.kind == kind, said.next() == Some(&direction), said.next()) {
            (true, true, None) => Ok(()),
            (false, ..) => Err(OfferError("sound and pictures are not in their places")),
            (true, ..) => Err(OfferError("a section does not send or receive as it should")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_with_all_sections_is_read() {
        let layout = read(&offer()).unwrap();

        assert_eq!((layout.own.len(), layout.slots.len()), (4, 23));
        assert_eq!(
            (layout.own[0], layout.slots[0], layout.slots[22]),
            (Mid::from("0"), Mid::from("4"), Mid::from("26"))
        );
    }

    #[test]
    fn whatever_no_device_of_ours_offers_is_refused_by_its_fault() {
        let cases = [
            (offer() + &"a=x\r\n".repeat(10_000), "it is too long"),
            (offer() + &"x".repeat(70_000), "it is too long"),
            (offer() + "a=\0", "it has control characters"),
            (String::new(), "it has not the sections of a participant"),
            (offer() + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "it has not the sections of a participant"),
            (offer().replacen("m=audio", "m=video", 1), "sound and pictures are not in their places"),
            (offer().replacen("m=video", "m=application", 1), "sound and pictures are not in their places"),
            (offer().replacen("a=sendonly", "a=sendrecv", 1), "a section does not send or receive as it should"),
            (
                offer().replacen("a=recvonly", "a=recvonly\r\na=sendonly", 1),
                "a section does not send or receive as it should",
            ),
            (offer().replace("a=mid:26", "a=mid:25"), "its sections have no names of their own"),
            (offer().replace("a=mid:26", ""), "its sections have no names of their own"),
            (offer().replace("a=mid:26", "a=mid:0123456789abcdefg"), "its sections have no names of their own"),
        ];
        for (sdp, fault) in cases {
            assert_eq!(read(&sdp), Err(OfferError(fault)));
        }
    }

    fn offer() -> String {
        let own = ["audio", "video", "video", "audio"].map(|kind| (kind, "sendonly"));
        let pools = [("audio", 5), ("video", 16), ("video", 1), ("audio", 1)];
        let slots = pools.into_iter().flat_map(|(kind, count)| (0..count).map(move |_| (kind, "recvonly")));
        let section = |(number, (kind, direction))| {
            format!("m={kind} 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:{number}\r\na={direction}\r\n")
        };
        format!("v=0\r\n{}", own.into_iter().chain(slots).enumerate().map(section).collect::<String>())
    }
}
