//! The other end's candidates: kept until its description is there, and counted.

use crate::{Candidate, TransportError};

/// How many candidates one description may bring. A device has one or two for each network interface; browsers in a machine
/// with VPNs and containers reach some twenty.
pub(crate) const MAX_CANDIDATES: usize = 64;

/// The longest text that is looked at. RFC 8839 candidates have some 200 characters.
const MAX_CANDIDATE_BYTES: usize = 1024;

/// Keeps what came before the description, and lets through what comes after it.
#[derive(Debug, Default)]
pub(crate) struct RemoteCandidates {
    early: Vec<Candidate>,
    seen: usize,
    described: bool,
}

impl RemoteCandidates {
    /// Takes a candidate; `Some` if it can be used now.
    pub(crate) fn take(&mut self, candidate: Candidate) -> Result<Option<Candidate>, TransportError> {
        check_text(&candidate)?;
        if candidate.candidate.is_empty() {
            return Ok(None);
        }
        if self.seen == MAX_CANDIDATES {
            return Err(TransportError::TooManyCandidates { limit: MAX_CANDIDATES });
        }
        self.seen += 1;
        if self.described {
            return Ok(Some(candidate));
        }
        self.early.push(candidate);
        Ok(None)
    }

    /// The description is there: returns what waited for it.
    pub(crate) fn described(&mut self) -> Vec<Candidate> {
        self.described = true;
        std::mem::take(&mut self.early)
    }

    /// A new round of candidates begins with the other end's next description, which a restart asks for.
    pub(crate) fn restarted(&mut self) {
        self.seen = 0;
    }
}

fn check_text(candidate: &Candidate) -> Result<(), TransportError> {
    let bad = |why: &str| Err(TransportError::BadCandidate(why.to_owned()));
    let mid = candidate.sdp_mid.as_deref().unwrap_or_default();
    if candidate.candidate.len() > MAX_CANDIDATE_BYTES || mid.len() > MAX_CANDIDATE_BYTES {
        return bad("too long");
    }
    if !candidate.candidate.chars().all(is_printable) || !mid.chars().all(is_printable) {
        return bad("not printable ASCII");
    }
    Ok(())
}

fn is_printable(c: char) -> bool {
    c.is_ascii_graphic() || c == ' '
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_before_the_description_wait_for_it_in_order() {
        let mut candidates = RemoteCandidates::default();

        assert!(candidates.take(candidate("a")).unwrap().is_none());
        assert!(candidates.take(candidate("b")).unwrap().is_none());

        assert_eq!(candidates.described(), [candidate("a"), candidate("b")]);
        assert_eq!(candidates.take(candidate("c")).unwrap(), Some(candidate("c")));
    }

    #[test]
    fn no_more_than_a_bounded_number_is_taken() {
        let mut candidates = RemoteCandidates::default();
        for _ in 0..MAX_CANDIDATES {
            candidates.take(candidate("a")).unwrap();
        }

        let refused = candidates.take(candidate("one too many"));

        assert!(matches!(refused, Err(TransportError::TooManyCandidates { .. })));
        assert_eq!(candidates.described().len(), MAX_CANDIDATES);
    }

    #[test]
    fn a_restart_brings_a_new_round_of_candidates() {
        let mut candidates = RemoteCandidates::default();
        candidates.described();
        for _ in 0..MAX_CANDIDATES {
            candidates.take(candidate("a")).unwrap();
        }

        candidates.restarted();

        assert!(candidates.take(candidate("b")).unwrap().is_some());
    }

    #[test]
    fn nul_bytes_and_endless_texts_are_refused() {
        let mut candidates = RemoteCandidates::default();

        for text in ["candidate:\0", "line\nbreak", &"x".repeat(64 * 1024)] {
            assert!(matches!(candidates.take(candidate(text)), Err(TransportError::BadCandidate(_))));
        }
    }

    #[test]
    fn the_empty_candidate_that_ends_the_list_is_no_error() {
        assert!(RemoteCandidates::default().take(candidate("")).unwrap().is_none());
    }

    fn candidate(text: &str) -> Candidate {
        Candidate { candidate: text.to_owned(), sdp_mid: Some("0".to_owned()), sdp_m_line_index: Some(0) }
    }
}
