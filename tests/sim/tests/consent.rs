//! Security case S2: whichever words a server or the other side says, in whichever order, no microphone opens and nothing of the
//! media leaves before this device's own user called or accepted.

use std::time::{Duration, Instant};

use carillon_call::{
    OpIds,
    device::{Command, Device, Event, Input, Link, Media, MediaControl, Output, Phase},
};
use carillon_protocol::{
    Answer, AppId, CallEntry, CallId, CallKind, CallPath, CallScope, Candidate, ChannelName, Description,
    DescriptionKind, DeviceId, Direction, Done, EndReason, Ended, Handled, HandledHow, Invitation, MediaSignal, OpId,
    PendingRequest, Presence, Refusal, RefusalCode, Request, Ring, Signal, SnapshotCall, UserId,
};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
use uuid::Uuid;

/// So many sequences, each of so many inputs.
const SEQUENCES: u64 = 100_000;
const INPUTS: usize = 40;

#[test]
fn s2_nothing_opens_before_the_own_user_called_or_accepted() {
    let mut seen = Seen::default();
    for seed in 0..SEQUENCES {
        Sequence::new(seed).run(Users::NeverConsent, &mut seen);
    }

    assert_eq!(seen.opened, 0);
    assert!(seen.rang > SEQUENCES / 4, "only {} rang: the sequences are too dull", seen.rang);
}

#[test]
fn s2_what_opens_was_consented_to_in_this_very_call() {
    let mut seen = Seen::default();
    for seed in 0..SEQUENCES {
        Sequence::new(seed).run(Users::Anything, &mut seen);
    }

    assert!(seen.opened > SEQUENCES / 4, "only {} opened: the sequences are too dull", seen.opened);
    assert!(seen.active > 100, "only {} became active", seen.active);
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Users {
    NeverConsent,
    Anything,
}

#[derive(Debug, Default)]
struct Seen {
    rang: u64,
    opened: u64,
    active: u64,
}

/// One device that hears one sequence.
struct Sequence {
    seed: u64,
    dice: Xoshiro256PlusPlus,
    device: Device,
    now: Instant,
    /// By the user's orders alone, so that the device's own idea is not its witness.
    has_consented: bool,
    /// The caller of the call of two that was announced last: calling them back takes their call.
    announced: Option<UserId>,
    /// Whether they said with it that this device's address is to be hidden.
    hides_address: bool,
    heard: Vec<Input>,
}

impl Sequence {
    fn new(seed: u64) -> Self {
        Self {
            seed,
            dice: Xoshiro256PlusPlus::seed_from_u64(seed),
            device: Device::new(user("bob"), OpIds::starting_at(op(1))),
            now: Instant::now(),
            has_consented: false,
            announced: None,
            hides_address: false,
            heard: Vec::new(),
        }
    }

    fn run(mut self, users: Users, seen: &mut Seen) {
        self.hear(Input::Link(Link::Reset(None)), seen);
        for _ in 0..INPUTS {
            self.now += Duration::from_millis(self.dice.random_range(0..4_000));
            self.device.handle_timeout(self.now);
            self.judge(seen);
            let input = self.any_input(users);
            self.hear(input, seen);
        }
    }

    fn hear(&mut self, input: Input, seen: &mut Seen) {
        let is_consent = match (self.device.phase(), &input) {
            (Phase::Idle | Phase::Ended(_), Input::Command(Command::StartCall(_))) => true,
            (Phase::Ringing, Input::Command(Command::Accept { .. })) => true,
            (Phase::Ringing, Input::Command(Command::StartCall(invitation))) => {
                self.announced.as_ref().is_some_and(|caller| invitation.to == [caller.clone()])
            }
            (_, _) => false,
        };
        self.has_consented |= is_consent;
        if let Input::Command(
            Command::StartCall(Invitation { hides_address, .. }) | Command::Accept { hides_address, .. },
        ) = &input
            && is_consent
        {
            self.hides_address = *hides_address;
        }
        self.heard.push(input.clone());
        self.device.handle_input(input, self.now);
        self.judge(seen);
    }

    fn judge(&mut self, seen: &mut Seen) {
        while let Some(output) = self.device.poll_output() {
            match output {
                Output::Media(MediaControl::Open) => {
                    seen.opened += 1;
                    self.must_have_consented("opens");
                }
                Output::Send(PendingRequest { body: Request::Media { .. }, .. }) => {
                    self.must_have_consented("signals media");
                    assert!(!self.hides_address, "seed {}: it says where it is, after {:#?}", self.seed, self.heard);
                }
                Output::Send(PendingRequest {
                    body: Request::MediaOffer { .. } | Request::MoveToServer { .. },
                    ..
                }) => {
                    self.must_have_consented("goes through the server");
                }
                Output::Send(PendingRequest { body: Request::Accept { .. }, .. }) => {
                    self.must_have_consented("accepts")
                }
                Output::Event(Event::Active { .. }) => {
                    seen.active += 1;
                    self.must_have_consented("is active");
                }
                Output::Event(Event::Invited(ring)) => {
                    seen.rang += 1;
                    self.has_consented = false;
                    self.announced = (!ring.scope.is_group()).then_some(ring.from);
                }
                Output::Event(Event::Ended { .. }) => self.has_consented = false,
                Output::Media(_) | Output::Send { .. } | Output::Event(_) => {}
            }
        }
    }

    #[track_caller]
    fn must_have_consented(&self, what: &str) {
        assert!(self.has_consented, "seed {}: it {what} without consent, after {:#?}", self.seed, self.heard);
    }

    fn any_input(&mut self, users: Users) -> Input {
        match self.dice.random_range(0..20) {
            0..9 => Input::Signal(self.any_signal()),
            9..12 => Input::Answer { op: op(self.dice.random_range(1..8)), result: self.any_answer() },
            12..14 => Input::Link(self.any_link()),
            14..17 => Input::Media(self.any_media()),
            _ => Input::Command(self.any_command(users)),
        }
    }

    fn any_command(&mut self, users: Users) -> Command {
        let most = if users == Users::NeverConsent { 5 } else { 10 };
        match self.dice.random_range(0..most) {
            0 | 1 => Command::AnswerCall { ring: true },
            2 => Command::AnswerCall { ring: false },
            3 => Command::Decline,
            4 => self.pick(&[Command::HangUp, Command::Dismiss]),
            5..8 => Command::Accept { access_token: None, uid: None, hides_address: self.dice.random_range(0..3) == 0 },
            _ => Command::StartCall(invitation(self.dice.random_range(0..3) == 0)),
        }
    }

    fn any_signal(&mut self) -> Signal {
        let call = self.any_call();
        let kind = self.pick(&[CallKind::Voice, CallKind::Video]);
        let path = self.pick(&[CallPath::Direct, CallPath::Server]);
        match self.dice.random_range(0..11) {
            0..3 => Signal::Ring(self.any_ring(call)),
            3 => Signal::Accepted { call, user: self.any_user(), kind, device: None, uid: None, path },
            4 => Signal::RingingOn { call, devices: self.dice.random_range(0..3) },
            5 => {
                let how = self.pick(&[HandledHow::Accepted, HandledHow::Declined]);
                Signal::Handled(Handled { call, how, device: device(), device_name: String::new() })
            }
            6 => {
                let reason = self.pick(&[EndReason::HungUp, EndReason::Cancelled, EndReason::NoAnswer]);
                let by = Some(self.any_user());
                Signal::Ended(Ended { call, reason, by })
            }
            9 => Signal::PathChanged { call, path },
            7 | 8 => Signal::Media { call, signal: self.any_media_signal() },
            _ => self.pick(&[
                Signal::Unknown,
                Signal::PresenceChanged { user: user("alice"), presence: Presence::Online },
                Signal::CallLogged(entry(call)),
            ]),
        }
    }

    fn any_answer(&mut self) -> Answer {
        let call = self.any_call();
        let ring_left_ms = self.dice.random_range(0..40_000);
        let refused = |code| Answer::Refused(Refusal { code, detail: String::new() });
        match self.dice.random_range(0..6) {
            0 | 1 => Answer::Ok(Done::Joined { ring: self.any_ring(call), legs: vec![] }),
            2 => Answer::Ok(Done::Calling { call, ring_left_ms, legs: vec![] }),
            3 => Answer::Ok(Done::Done),
            4 => refused(RefusalCode::AlreadyHandled),
            _ => refused(RefusalCode::InAnotherCall),
        }
    }

    fn any_link(&mut self) -> Link {
        let (call, path) = (self.any_call(), self.pick(&[CallPath::Direct, CallPath::Server]));
        let found = match self.dice.random_range(0..6) {
            0 => Some(SnapshotCall::Joined { call, with: None, legs: vec![], path }),
            1 => Some(SnapshotCall::Ringing(self.any_ring(call))),
            2 => Some(SnapshotCall::Inviting { call, ring_left_ms: 10_000, legs: vec![] }),
            3 => Some(SnapshotCall::Elsewhere { call }),
            4 => None,
            _ => return self.pick(&[Link::Down, Link::Resumed]),
        };
        Link::Reset(found)
    }

    fn any_media(&mut self) -> Media {
        let signal = self.any_media_signal();
        self.pick(&[
            Media::Signal(signal),
            Media::Connected,
            Media::Connected,
            Media::Lost,
            Media::Failed,
            Media::Unverified,
        ])
    }

    fn any_media_signal(&mut self) -> MediaSignal {
        let description = |kind| MediaSignal::Description(Description { kind, sdp: "v=0".to_owned(), signature: None });
        let candidate = Candidate { candidate: "host".to_owned(), sdp_mid: None, sdp_m_line_index: None };
        self.pick(&[
            description(DescriptionKind::Offer),
            description(DescriptionKind::Answer),
            MediaSignal::Candidate(candidate),
            MediaSignal::EndOfCandidates,
        ])
    }

    fn any_ring(&mut self, call: CallId) -> Ring {
        Ring {
            call,
            app: AppId::new("carillon").expect("a good name"),
            from: self.any_user(),
            from_name: "Alice".to_owned(),
            from_avatar: None,
            from_device: None,
            from_uid: None,
            scope: self.pick(&[
                CallScope::Pair { kind: CallKind::Voice },
                CallScope::Pair { kind: CallKind::Video },
                CallScope::Several { kind: CallKind::Voice, name: None },
            ]),
            channel: ChannelName::new("channel").expect("a good name"),
            message: String::new(),
            ring_left_ms: self.pick(&[0, 1, 5_000, 30_000, u64::MAX]),
            round: 0,
            also_on: Vec::new(),
            path: self.pick(&[CallPath::Direct, CallPath::Direct, CallPath::Server]),
        }
    }

    /// Few ids, so that what is said is often about the call in hand.
    fn any_call(&mut self) -> CallId {
        CallId::new(Uuid::from_u128(self.dice.random_range(1..4)))
    }

    fn any_user(&mut self) -> UserId {
        self.pick(&[user("alice"), user("bob"), user("mallory")])
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.dice.random_range(0..from.len())].clone()
    }
}

fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
}

fn device() -> DeviceId {
    DeviceId::new(Uuid::from_u128(9))
}

fn invitation(hides_address: bool) -> Invitation {
    Invitation {
        scope: CallScope::Pair { kind: CallKind::Voice },
        to: vec![user("alice")],
        message: String::new(),
        channel: ChannelName::new("channel").expect("a good name"),
        access_token: None,
        uid: None,
        ring_ms: None,
        hides_address,
    }
}

fn entry(call: CallId) -> CallEntry {
    CallEntry {
        call,
        with: user("alice"),
        with_name: String::new(),
        direction: Direction::Incoming,
        kind: CallKind::Voice,
        group: None,
        reason: EndReason::NoAnswer,
        answered: false,
        seen: false,
        at_ms: 0,
        duration_ms: 0,
    }
}

fn op(number: u128) -> OpId {
    OpId::new(Uuid::from_u128(number))
}
