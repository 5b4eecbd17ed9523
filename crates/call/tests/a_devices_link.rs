//! Stories of the device's end of a link: what is told, acknowledged, resumed and repeated.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use carillon_call::{
    OpIds,
    session::{
        DeviceEnd,
        device::{Fault, Input, Output},
    },
};
use carillon_protocol::{
    Account, Answer, AppId, ClientFrame, DeviceId, Done, Greeting, OpId, PendingRequest, Request, ServerFrame,
    SessionId, Signal, Snapshot, UserId,
};
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "virtual time has to begin somewhere")]
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

#[test]
fn a_session_goes_on_over_the_next_link_and_nothing_is_told_twice() {
    let mut end = End::up();
    assert_eq!(end.tell(1), told(1));
    end.lose_the_socket();

    assert_eq!(end.connect(), [hello(Some(1))]);
    let up = end.hear(ServerFrame::Resumed { session: session(1), greeting: greeting() });
    assert!(matches!(&up[..], [Output::Up { snapshot: None, .. }]), "{up:?}");

    assert_eq!(end.tell(1), [], "it was told before");
    assert_eq!(end.tell(2), told(2));
}

#[test]
fn a_signal_that_is_missing_begins_a_new_session() {
    let mut end = End::up();
    end.tell(1);

    assert_eq!(end.tell(3), [Output::Close(Fault::Gap), Output::Down]);
    assert_eq!(end.connect(), [hello(None)]);
}

#[test]
fn a_server_that_resumes_what_was_given_up_is_not_believed() {
    let mut end = End::up();
    end.tell(1);
    end.lose_the_socket();
    end.input(Input::BeginAnew);
    assert_eq!(end.connect(), [hello(None)]);

    let heard = end.hear(ServerFrame::Resumed { session: session(1), greeting: greeting() });

    assert_eq!(heard, [Output::Close(Fault::Gap)]);
}

#[test]
fn a_program_that_wants_to_begin_anew_gets_a_new_session_even_while_the_old_one_is_being_resumed() {
    let mut end = End::up();
    end.tell(1);
    assert_eq!(end.input(Input::BeginAnew), [Output::Close(Fault::BeginAnew), Output::Down]);
    assert_eq!(end.connect(), [hello(None)]);
    assert_eq!(end.input(Input::BeginAnew), [], "it is about to have one");
    end.reset(0, 0);
    end.lose_the_socket();
    assert_eq!(end.connect(), [hello(Some(0))]);

    assert_eq!(end.input(Input::BeginAnew), [Output::Close(Fault::BeginAnew)]);
    assert_eq!(end.connect(), [hello(None)]);
}

#[test]
fn a_signal_that_could_not_be_handed_on_begins_a_new_session() {
    let mut end = End::up();
    end.tell(1);

    assert_eq!(end.input(Input::SignalLost), [Output::Close(Fault::SignalLost), Output::Down]);
    assert_eq!(end.connect(), [hello(None)]);
}

#[test]
fn what_was_told_is_acknowledged_soon_and_once() {
    let mut end = End::up();
    end.tell(1);
    end.after_ms(150);
    end.tell(2);

    assert_eq!(end.after_ms(49), []);
    assert_eq!(end.after_ms(1), [Output::Send(ClientFrame::Ack { seq: 2 })]);
    assert_eq!(end.after_ms(1_000), []);
}

#[test]
fn many_signals_are_acknowledged_before_the_server_keeps_too_many() {
    let mut end = End::up();

    let outputs: Vec<_> = (1..=64).flat_map(|seq| end.tell(seq)).collect();

    let acks = outputs.iter().filter(|output| matches!(output, Output::Send(_)));
    let expected = [32, 64].map(|seq| Output::Send(ClientFrame::Ack { seq }));
    assert!(acks.eq(&expected));
}

#[test]
fn a_resumption_acknowledges_by_itself() {
    let mut end = End::up();
    end.tell(1);
    end.lose_the_socket();
    end.connect();
    end.hear(ServerFrame::Resumed { session: session(1), greeting: greeting() });

    assert_eq!(end.after_ms(1_000), []);
}

#[test]
fn nothing_is_asked_before_the_server_has_said_how_the_session_goes_on() {
    let mut end = End::new();
    assert_eq!(end.ask(1, None), []);
    assert_eq!(end.connect(), [hello(None)]);
    assert_eq!(end.ask(2, None), []);

    let outputs = end.reset(0, 0);

    assert!(matches!(outputs[0], Output::Up { snapshot: Some(_), .. }));
    assert_eq!(outputs[1..], [request(1), request(2)]);
}

#[test]
fn nothing_is_told_before_the_server_has_said_how_the_session_goes_on() {
    let mut end = End::up();
    end.ask(1, None);
    end.lose_the_socket();
    end.connect();

    assert_eq!(end.tell(1), []);
    assert_eq!(end.answer(1), []);
}

#[test]
fn what_has_no_answer_is_asked_again_over_the_next_link_under_the_same_name() {
    let mut end = End::up();
    assert_eq!(end.ask(1, None), [request(1)]);
    assert_eq!(end.ask(2, None), [request(2)]);
    assert_eq!(end.answer(1), [answered(1)]);
    end.lose_the_socket();
    end.connect();

    let outputs = end.hear(ServerFrame::Resumed { session: session(1), greeting: greeting() });

    assert_eq!(outputs[1..], [request(2)]);
    assert_eq!(end.answer(2), [answered(2)]);
    assert_eq!(end.answer(2), [], "an answer counts once");
}

#[test]
fn a_window_is_told_when_there_is_no_answer_in_time() {
    let mut end = End::new();
    end.ask(1, Some(Duration::from_secs(10)));

    assert_eq!(end.after_ms(9_999), []);
    assert_eq!(end.after_ms(1), [Output::GivenUp { op: op(1) }]);
    end.connect();
    assert_eq!(end.reset(0, 0)[1..], []);
}

#[test]
fn who_is_away_stays_so_in_a_new_session() {
    let mut end = End::up();
    let request = PendingRequest { op_id: op(1), body: Request::SetAway { away: true } };
    end.input(Input::Ask { request, patience: None });
    end.answer(1);

    let again = end.reset(0, 0);

    let is_said = |output: &Output| {
        matches!(
            output,
            Output::Send(ClientFrame::Request(PendingRequest { body: Request::SetAway { away: true }, .. }))
        )
    };
    assert_eq!(again.iter().filter(|output| is_said(output)).count(), 1);
    assert_eq!(end.reset(0, 0).into_iter().filter(is_said).count(), 1, "what it said before is not repeated");
}

#[test]
fn missed_messages_are_asked_for_in_a_new_session_and_once_at_a_time() {
    let mut end = End::up();
    end.lose_the_socket();
    end.connect();

    let first = end.reset(0, 7);
    let [_, Output::Send(ClientFrame::Request(asked))] = &first[..] else { panic!("not a request: {first:?}") };
    assert!(matches!(asked.body, Request::MessagesAfter { .. }));
    assert!(end.is_catching_up());
    let again = end.reset(0, 7);

    assert_eq!(again.len(), 2, "the first question is of no use any more: {again:?}");
}

#[test]
fn a_link_is_pinged_and_given_up_when_nothing_comes_back() {
    let mut end = End::up();

    assert_eq!(end.after_ms(15_000), [Output::Ping]);
    end.input(Input::SignOfLife);
    assert_eq!(end.after_ms(15_000), [Output::Ping]);

    assert_eq!(end.after_ms(15_000), [Output::Close(Fault::Silent), Output::Down]);
    assert_eq!(end.connect(), [hello(Some(0))]);
}

#[test]
fn what_waited_while_the_program_stood_still_is_not_believed() {
    let mut end = End::up();

    end.now += Duration::from_secs(45);

    assert_eq!(end.tell(1), [Output::Close(Fault::StoodStill), Output::Down]);
    assert_eq!(end.tell(2), [], "nor is what comes behind it");
    assert_eq!(end.connect(), [hello(Some(0))], "it comes again over the next link");
}

/// A device's end with a clock.
struct End {
    end: DeviceEnd,
    now: Instant,
}

impl End {
    fn new() -> Self {
        Self { end: DeviceEnd::new(OpIds::starting_at(op(1_000)), *START), now: *START }
    }

    /// In a session of which nothing was told.
    fn up() -> Self {
        let mut end = Self::new();
        end.connect();
        end.reset(0, 0);
        end
    }

    fn input(&mut self, input: Input) -> Vec<Output> {
        self.end.handle_input(input, self.now);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.end.poll_output()).collect()
    }

    fn connect(&mut self) -> Vec<Output> {
        self.input(Input::Connected { proof: None })
    }

    fn lose_the_socket(&mut self) {
        assert_eq!(self.input(Input::Disconnected), [Output::Down]);
    }

    fn hear(&mut self, frame: ServerFrame) -> Vec<Output> {
        self.input(Input::Frame(frame))
    }

    fn reset(&mut self, seq: u64, latest_message: u64) -> Vec<Output> {
        let snapshot = Snapshot { seq, latest_message, ..Snapshot::default() };
        self.hear(ServerFrame::Reset { session: session(1), greeting: greeting(), snapshot })
    }

    fn tell(&mut self, seq: u64) -> Vec<Output> {
        self.hear(ServerFrame::Signal { seq, body: Signal::DevicesChanged })
    }

    fn ask(&mut self, n: u128, patience: Option<Duration>) -> Vec<Output> {
        let request = PendingRequest { op_id: op(n), body: Request::Contacts };
        self.input(Input::Ask { request, patience })
    }

    fn answer(&mut self, n: u128) -> Vec<Output> {
        self.hear(ServerFrame::Answer { op_id: op(n), result: Answer::Ok(Done::Done) })
    }

    fn is_catching_up(&self) -> bool {
        self.end.is_catching_up()
    }

    /// Lets time pass, with everything done when it is due.
    fn after_ms(&mut self, ms: u64) -> Vec<Output> {
        let until = self.now + Duration::from_millis(ms);
        let mut outputs = Vec::new();
        while let Some(at) = self.end.poll_timeout().filter(|at| *at <= until) {
            assert!(at >= self.now, "a deadline in the past");
            self.now = at;
            self.end.handle_timeout(at);
            outputs.extend(self.drain());
        }
        self.now = until;
        outputs
    }
}

fn told(seq: u64) -> [Output; 1] {
    [Output::Signal { seq, body: Box::new(Signal::DevicesChanged) }]
}

fn hello(told: Option<u64>) -> Output {
    Output::Send(ClientFrame::Hello { resume: told.map(|seq| (session(1), seq)), proof: None })
}

fn request(n: u128) -> Output {
    Output::Send(ClientFrame::Request(PendingRequest { op_id: op(n), body: Request::Contacts }))
}

fn answered(n: u128) -> Output {
    Output::Answer { op: op(n), result: Box::new(Answer::Ok(Done::Done)) }
}

fn op(n: u128) -> OpId {
    OpId::new(Uuid::from_u128(n))
}

fn session(n: u128) -> SessionId {
    SessionId::new(Uuid::from_u128(n))
}

fn greeting() -> Greeting {
    let user = UserId::new("alice").expect("a good name");
    let account = Account::new(user, "Alice".to_owned());
    let app = AppId::new("carillon").expect("a good name");
    Greeting { account, device: DeviceId::new(Uuid::from_u128(1)), app, stun: None, call_size: 100 }
}
