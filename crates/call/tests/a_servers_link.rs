//! Stories of the server's end of a socket: what is sent, what is read from the store, and when a device is given up.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use carillon_call::session::{
    ServerEnd,
    server::{Fault, Input, Outgoing, Output, Timeouts},
};
use carillon_protocol::{ClientFrame, OpId, PendingRequest, Request, SessionId};
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "virtual time has to begin somewhere")]
static START: LazyLock<Instant> = LazyLock::new(Instant::now);
const PATIENCE: Timeouts = Timeouts { hello: Duration::from_secs(10), silence: Duration::from_secs(15) };

#[test]
fn a_device_that_comes_back_is_sent_what_the_store_has_for_it() {
    let mut end = End::new();
    let resume = Some((SessionId::new(Uuid::from_u128(1)), 7));

    let opens = end.hear(ClientFrame::Hello { resume, proof: None });
    assert_eq!(opens, [Output::Open { resume, proof: None }]);
    assert_eq!(end.input(Input::Opened { told: 7 }), [Output::Read { after: 7 }]);
    assert_eq!(end.store([8, 9]), [late(8), late(9), Output::Read { after: 9 }]);
    assert_eq!(end.store([]), []);
    assert_eq!(end.commit(10), [now(10)]);
}

#[test]
fn what_is_missing_before_a_signal_is_read_from_the_store_and_nothing_is_sent_twice() {
    let mut end = End::open();
    assert_eq!(end.commit(1), [now(1)]);

    assert_eq!(end.commit(4), [Output::Read { after: 1 }]);
    assert_eq!(end.commit(5), [], "it waits for what is read");
    assert_eq!(end.store([2, 3, 4]), [late(2), late(3), late(4), Output::Read { after: 4 }]);

    assert_eq!(end.store([]), [now(5)]);
    assert_eq!(end.commit(5), []);
}

#[test]
fn a_signal_that_has_waited_is_sent_as_to_a_device_that_comes_back() {
    let mut end = End::open();

    assert_eq!(end.input(Input::Committed { signal: signal(1), has_waited: true }), [Output::Read { after: 0 }]);
    assert_eq!(end.store([1]), [late(1), Output::Read { after: 1 }]);
    assert_eq!(end.store([]), []);
    assert_eq!(end.commit(2), [now(2)]);
}

#[test]
fn a_device_that_took_too_long_is_closed_and_told_how_things_are_when_it_comes_back() {
    let mut end = End::open();
    end.commit(9);

    assert_eq!(end.store([5, 6]), [Output::Close(Fault::SlowReader)]);
    assert_eq!(end.commit(10), []);
}

#[test]
fn acknowledgements_are_written_down_in_bundles_and_never_beyond_what_was_sent() {
    let mut end = End::open();
    (1..=40).for_each(|seq| drop(end.commit(seq)));

    assert_eq!(end.hear(ClientFrame::Ack { seq: 31 }), []);
    assert_eq!(end.hear(ClientFrame::Ack { seq: 32 }), [Output::Acknowledged { seq: 32 }]);
    assert_eq!(end.hear(ClientFrame::Ack { seq: 9 }), []);
    assert_eq!(end.end.acked(), 32, "an acknowledgement is not taken back");
    end.hear(ClientFrame::Ack { seq: 1_000 });
    assert_eq!(end.end.acked(), 40);
}

#[test]
fn a_request_is_dealt_with_once_the_session_is_open() {
    let request =
        || ClientFrame::Request(PendingRequest { op_id: OpId::new(Uuid::from_u128(1)), body: Request::Contacts });
    let mut end = End::open();

    assert!(matches!(end.hear(request())[..], [Output::Request { body: Request::Contacts, .. }]));
    assert_eq!(End::new().hear(request()), [Output::Close(Fault::Malformed)]);
}

#[test]
fn hello_is_said_once_and_first() {
    let hello = || ClientFrame::Hello { resume: None, proof: None };
    let mut end = End::open();

    assert_eq!(end.hear(hello()), [Output::Close(Fault::Malformed)]);
    assert_eq!(end.hear(hello()), [], "it is over");
}

#[test]
fn a_device_that_does_not_answer_the_challenge_is_given_up_whatever_else_it_sends() {
    let mut end = End::new();

    assert_eq!(end.after_s(9), []);
    end.input(Input::SignOfLife);
    assert_eq!(end.after_s(1), [Output::Close(Fault::Silent)]);
}

#[test]
fn a_silent_device_is_asked_once_and_then_given_up() {
    let mut end = End::open();

    assert_eq!(end.after_s(15), [Output::Ping]);
    end.input(Input::SignOfLife);
    assert_eq!(end.after_s(15), [Output::Ping]);
    assert_eq!(end.after_s(15), [Output::Close(Fault::Silent)]);
    assert_eq!(end.after_s(1_000), []);
}

/// A server's end with a clock.
struct End {
    end: ServerEnd<&'static str>,
    now: Instant,
}

impl End {
    fn new() -> Self {
        Self { end: ServerEnd::new(PATIENCE, *START), now: *START }
    }

    /// With a new session.
    fn open() -> Self {
        let mut end = Self::new();
        end.hear(ClientFrame::Hello { resume: None, proof: None });
        end.input(Input::Opened { told: 0 });
        end.store([]);
        end
    }

    fn input(&mut self, input: Input<&'static str>) -> Vec<Output<&'static str>> {
        self.end.handle_input(input, self.now);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Output<&'static str>> {
        std::iter::from_fn(|| self.end.poll_output()).collect()
    }

    fn hear(&mut self, frame: ClientFrame) -> Vec<Output<&'static str>> {
        self.input(Input::Frame(frame))
    }

    fn commit(&mut self, seq: u64) -> Vec<Output<&'static str>> {
        self.input(Input::Committed { signal: signal(seq), has_waited: false })
    }

    fn store<const N: usize>(&mut self, seqs: [u64; N]) -> Vec<Output<&'static str>> {
        self.input(Input::Stored(seqs.map(signal).into()))
    }

    /// Lets time pass, with everything done when it is due.
    fn after_s(&mut self, s: u64) -> Vec<Output<&'static str>> {
        let until = self.now + Duration::from_secs(s);
        let mut outputs = Vec::new();
        while let Some(at) = self.end.poll_timeout().filter(|at| *at <= until) {
            self.now = at;
            self.end.handle_timeout(at);
            outputs.extend(self.drain());
        }
        self.now = until;
        outputs
    }
}

fn signal(seq: u64) -> Outgoing<&'static str> {
    Outgoing { seq, body: "news", at_ms: 0 }
}

fn now(seq: u64) -> Output<&'static str> {
    Output::Tell { signal: signal(seq), is_late: false }
}

fn late(seq: u64) -> Output<&'static str> {
    Output::Tell { signal: signal(seq), is_late: true }
}
