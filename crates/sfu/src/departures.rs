//! What a connection was given to send, and what of it has left: so it is known when the connection has to be looked at again.
//!
//! The library's pacer lets one packet leave for each look at the time, and asks for another look after each, at once. Where more
//! waits, that look lets the next one leave. Where nothing does, it is bookkeeping, and costs as much as a packet.

use std::time::{Duration, Instant};

/// How long bookkeeping may wait: so often the pacer of libwebrtc looks at all. The next packet that is given brings a look with it.
const REST: Duration = Duration::from_millis(5);

/// What was given to a connection, and what has left since it looked at the time.
#[derive(Debug, Default)]
pub(crate) struct Departures {
    /// What numbers the packets that were given bear (RFC 3550 §8).
    sources: Vec<u32>,
    waiting: u32,
    has_left: bool,
    /// Repairs and padding, which nobody has given.
    others_have_left: bool,
}

impl Departures {
    /// Packets of this source are given from now on.
    pub(crate) fn begin(&mut self, source: u32) {
        self.sources.push(source);
    }

    /// One more packet is given.
    pub(crate) fn give(&mut self) {
        self.waiting += 1;
    }

    /// The connection looks at the time.
    pub(crate) fn look(&mut self) {
        (self.has_left, self.others_have_left) = (false, false);
    }

    /// A datagram leaves.
    pub(crate) fn leave(&mut self, datagram: &[u8]) {
        let Some(source) = source(datagram) else { return };
        self.has_left = true;
        if self.sources.contains(&source) {
            self.waiting = self.waiting.saturating_sub(1);
        } else {
            self.others_have_left = true;
        }
    }

    /// Whether one more look lets more leave. It ends: without a packet that has left there is no other.
    pub(crate) const fn go_on(&self) -> bool {
        self.has_left && self.waiting > 0
    }

    /// When to look, where the pacer asks for a look at once: whether it is for bookkeeping only.
    pub(crate) fn rest(&self, now: Instant) -> Option<Instant> {
        (self.has_left && self.waiting == 0 && !self.others_have_left).then(|| now + REST)
    }
}

/// Whose packet of media a datagram is; `None`: it is something else (RFC 7983 §7, RFC 5761 §4).
fn source(datagram: &[u8]) -> Option<u32> {
    let [first, second, _, _, _, _, _, _, a, b, c, d, ..] = datagram else { return None };
    let is_media = (128..192).contains(first) && !(192..224).contains(second);
    is_media.then(|| u32::from_be_bytes([*a, *b, *c, *d]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [u8; 13] = [0x80, 102, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7, 0xff];
    const REPAIR: [u8; 13] = [0x80, 103, 0, 1, 0, 0, 0, 2, 0, 0, 0, 8, 0xff];
    const REPORT: [u8; 13] = [0x80, 200, 0, 1, 0, 0, 0, 2, 0, 0, 0, 7, 0xff];

    #[test]
    fn it_goes_on_while_packets_wait_and_leave_and_rests_when_all_have_left() {
        let (mut departures, now) = (given(2), Instant::now());

        assert!(!departures.go_on() && departures.rest(now).is_none(), "nothing has left yet");
        departures.leave(&OURS);
        assert!(departures.go_on() && departures.rest(now).is_none(), "one waits");
        departures.look();
        departures.leave(&OURS);

        assert!(!departures.go_on());
        assert_eq!(departures.rest(now), Some(now + REST));
    }

    #[test]
    fn a_packet_that_the_pacer_holds_back_is_not_asked_for_again() {
        let mut departures = given(2);
        departures.leave(&OURS);

        departures.look();

        assert!(!departures.go_on());
    }

    #[test]
    fn repairs_and_padding_are_waited_for_by_nobody_and_let_nothing_rest() {
        let (mut departures, now) = (given(1), Instant::now());
        departures.leave(&OURS);
        departures.leave(&REPAIR);
        assert_eq!((departures.go_on(), departures.rest(now)), (false, None));

        departures.look();
        departures.leave(&REPORT);
        departures.leave(&OURS[..11]);

        assert_eq!(departures.rest(now), None, "no packet of media has left");
    }

    fn given(count: u32) -> Departures {
        let mut departures = Departures::default();
        departures.begin(7);
        (0..count).for_each(|_| departures.give());
        departures.look();
        departures
    }
}
