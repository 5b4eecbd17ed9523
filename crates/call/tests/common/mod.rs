//! What the tests of this crate are arranged with.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use carillon_call::{
    OpIds,
    device::{Command, Device, Event, Input, Link, Media, MediaControl, Output},
    record::{Action, Grant, Invitee, Profile, Profiles},
};
use carillon_protocol::{
    Answer, AppId, CallId, CallKind, CallPath, CallScope, Candidate, ChannelName, Description, DescriptionKind,
    DeviceCard, DeviceId, Done, EndReason, Ended, Handled, HandledHow, Invitation, MediaSignal, MicrophoneState, OpId,
    OtherEnd, Published, PublishedSize, Refusal, RefusalCode, Request, Ring, Signal, Uid, UserId,
};
use uuid::Uuid;

/// Any instant; tests add to it.
#[expect(clippy::disallowed_methods, reason = "virtual time has to begin somewhere")]
pub(crate) static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What a call of two is by voice.
pub(crate) const VOICE: CallScope = CallScope::Pair { kind: CallKind::Voice };
/// What a call of two is by video.
pub(crate) const VIDEO: CallScope = CallScope::Pair { kind: CallKind::Video };
/// What a group call is by voice, outside any group.
pub(crate) const GROUP_VOICE: CallScope = CallScope::Several { kind: CallKind::Voice, name: None };
pub(crate) const CALL: CallId = CallId::new(Uuid::from_u128(1));
pub(crate) const OTHER_CALL: CallId = CallId::new(Uuid::from_u128(2));

/// A device and everything that it wanted done.
pub(crate) struct Story {
    pub(crate) device: Device,
    pub(crate) outputs: Vec<Output>,
    pub(crate) now: Instant,
    sent: Vec<(OpId, Request)>,
}

impl Story {
    /// Alice's device with a good link.
    pub(crate) fn new() -> Self {
        let mut story = Self {
            device: Device::new(user("alice"), OpIds::starting_at(op(1))),
            outputs: Vec::new(),
            now: *START,
            sent: Vec::new(),
        };
        story.hear(Input::Link(Link::Reset(None)));
        story
    }

    pub(crate) fn hear(&mut self, input: Input) -> &mut Self {
        self.device.handle_input(input, self.now);
        self.drain();
        self
    }

    pub(crate) fn order(&mut self, command: Command) -> &mut Self {
        self.hear(Input::Command(command))
    }

    pub(crate) fn signal(&mut self, signal: Signal) -> &mut Self {
        self.hear(Input::Signal(signal))
    }

    pub(crate) fn media(&mut self, media: Media) -> &mut Self {
        self.hear(Input::Media(media))
    }

    pub(crate) fn link(&mut self, link: Link) -> &mut Self {
        self.hear(Input::Link(link))
    }

    /// The server answers the latest request of a kind.
    pub(crate) fn answer(&mut self, is_it: impl Fn(&Request) -> bool, result: Answer) -> &mut Self {
        let sent = self.sent.iter().rev().find(|(_, request)| is_it(request));
        let op = sent.expect("such a request was sent").0;
        self.hear(Input::Answer { op, result })
    }

    pub(crate) fn invite_answered(&mut self, result: Answer) -> &mut Self {
        self.answer(|request| matches!(request, Request::Invite(_)), result)
    }

    pub(crate) fn accept_answered(&mut self, result: Answer) -> &mut Self {
        self.answer(|request| matches!(request, Request::Accept { .. }), result)
    }

    pub(crate) fn renewal_answered(&mut self, result: Answer) -> &mut Self {
        self.answer(|request| matches!(request, Request::RenewToken { .. }), result)
    }

    pub(crate) fn offer_answered(&mut self, result: Answer) -> &mut Self {
        self.answer(|request| matches!(request, Request::MediaOffer { .. }), result)
    }

    pub(crate) fn publish_answered(&mut self, result: Answer) -> &mut Self {
        self.answer(|request| matches!(request, Request::Publish { .. }), result)
    }

    /// The answer to the accept (the second request of [`ringing`]) once more.
    pub(crate) fn accept_op_again(&mut self, result: Answer) -> &mut Self {
        self.hear(Input::Answer { op: op(2), result })
    }

    /// An answer to a request from before.
    pub(crate) fn stray_answer(&mut self, result: Answer) -> &mut Self {
        self.hear(Input::Answer { op: op(77), result })
    }

    /// Lets time pass, and wakes the device when it wants to be woken.
    pub(crate) fn wait(&mut self, duration: Duration) -> &mut Self {
        let until = self.now + duration;
        while let Some(deadline) = self.device.poll_timeout().filter(|deadline| deadline.at <= until) {
            self.now = deadline.at;
            self.device.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
        self
    }

    fn drain(&mut self) {
        while let Some(output) = self.device.poll_output() {
            if let Output::Send(request) = &output {
                self.sent.push((request.op_id, request.body.clone()));
            }
            self.outputs.push(output);
        }
    }

    /// Forgets what was wanted so far, but for how to answer it.
    pub(crate) fn forget(&mut self) -> &mut Self {
        self.outputs.clear();
        self
    }

    pub(crate) fn events(&self) -> Vec<&Event> {
        self.outputs
            .iter()
            .filter_map(|output| if let Output::Event(event) = output { Some(event) } else { None })
            .collect()
    }

    pub(crate) fn orders(&self) -> Vec<&MediaControl> {
        self.outputs
            .iter()
            .filter_map(|output| if let Output::Media(order) = output { Some(order) } else { None })
            .collect()
    }

    pub(crate) fn requests(&self) -> Vec<&Request> {
        self.outputs
            .iter()
            .filter_map(|output| if let Output::Send(request) = output { Some(&request.body) } else { None })
            .collect()
    }

    pub(crate) fn has_opened(&self) -> bool {
        self.orders().contains(&&MediaControl::Open)
    }
}

/// Alice has called Bob; the server has not answered.
pub(crate) fn calling_unnamed() -> Story {
    let mut story = Story::new();
    story.order(Command::StartCall(invitation("bob")));
    story
}

/// Alice calls Bob and it rings.
pub(crate) fn calling() -> Story {
    let mut story = calling_unnamed();
    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));
    story
}

/// Bob has answered.
pub(crate) fn joining_as_caller() -> Story {
    let mut story = calling();
    story.signal(accepted(CALL));
    story
}

/// Alice and Bob talk.
pub(crate) fn active_as_caller() -> Story {
    let mut story = joining_as_caller();
    story.media(Media::Connected);
    story
}

/// Bob calls Alice; her app has not said yet whether to ring.
pub(crate) fn invited() -> Story {
    let mut story = Story::new();
    story.signal(Signal::Ring(ring(CALL)));
    story
}

/// Bob calls Alice and it rings.
pub(crate) fn ringing() -> Story {
    let mut story = invited();
    story.order(Command::AnswerCall { ring: true });
    story
}

/// Alice has accepted; the server has not answered.
pub(crate) fn accepting() -> Story {
    let mut story = ringing();
    story.order(ACCEPT);
    story
}

/// Alice is in Bob's call.
pub(crate) fn joining_as_callee() -> Story {
    let mut story = accepting();
    story.accept_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));
    story
}

/// Alice and Bob talk.
pub(crate) fn active_as_callee() -> Story {
    let mut story = joining_as_callee();
    story.media(Media::Connected);
    story
}

/// Alice has hung up; the record has not said how it ended.
pub(crate) fn leaving() -> Story {
    let mut story = active_as_caller();
    story.order(Command::HangUp);
    story
}

/// Bob has hung up.
pub(crate) fn ended() -> Story {
    let mut story = active_as_caller();
    story.signal(hung_up(CALL));
    story
}

pub(crate) const ACCEPT: Command = Command::Accept { access_token: None, uid: None, hides_address: false };

pub(crate) fn user(name: &str) -> UserId {
    UserId::new(name).expect("tests use good names")
}

pub(crate) fn device(number: u128) -> DeviceId {
    DeviceId::new(Uuid::from_u128(number))
}

pub(crate) fn app() -> AppId {
    AppId::new("carillon").expect("a good name")
}

pub(crate) fn channel(name: &str) -> ChannelName {
    ChannelName::new(name).expect("a good name")
}

pub(crate) fn invitation(to: &str) -> Invitation {
    Invitation {
        scope: VOICE,
        to: vec![user(to)],
        message: "hello".to_owned(),
        channel: channel("meadow"),
        access_token: None,
        uid: None,
        ring_ms: None,
        hides_address: false,
    }
}

pub(crate) fn ring(call: CallId) -> Ring {
    Ring {
        call,
        app: app(),
        from: user("bob"),
        from_name: "Bob".to_owned(),
        from_avatar: None,
        from_device: None,
        from_uid: None,
        scope: VOICE,
        channel: channel("meadow"),
        message: "hello".to_owned(),
        round: 0,
        ring_left_ms: 30_000,
        also_on: Vec::new(),
        path: CallPath::Direct,
    }
}

pub(crate) fn accepted(call: CallId) -> Signal {
    Signal::Accepted { call, user: user("bob"), kind: CallKind::Voice, device: None, uid: None, path: CallPath::Direct }
}

/// What a device publishes whose microphone is on.
pub(crate) fn heard() -> Published {
    Published { microphone: MicrophoneState::On, ..Published::default() }
}

/// What a device publishes whose microphone and camera are on.
pub(crate) fn seen() -> Published {
    Published { camera: PublishedSize::new(1280, 720), ..heard() }
}

/// Bob, as a snapshot has him at the other end.
pub(crate) fn bob_with(published: Published, version: u64) -> OtherEnd {
    let device = DeviceCard { device: device(12), key: None };
    OtherEnd { user: user("bob"), device, uid: None, published, version }
}

pub(crate) fn handled(call: CallId) -> Signal {
    Signal::Handled(Handled { call, how: HandledHow::Accepted, device: device(99), device_name: "phone".to_owned() })
}

pub(crate) fn hung_up(call: CallId) -> Signal {
    ended_with(call, EndReason::HungUp)
}

pub(crate) fn ended_with(call: CallId, reason: EndReason) -> Signal {
    Signal::Ended(Ended { call, reason, by: Some(user("bob")) })
}

pub(crate) fn media(call: CallId) -> Signal {
    Signal::Media { call, signal: candidate() }
}

pub(crate) fn candidate() -> MediaSignal {
    MediaSignal::Candidate(Candidate { candidate: "host".to_owned(), sdp_mid: None, sdp_m_line_index: None })
}

pub(crate) fn offer() -> MediaSignal {
    MediaSignal::Description(Description { kind: DescriptionKind::Offer, sdp: "v=0 offer".to_owned(), signature: None })
}

pub(crate) fn sdp_answer() -> MediaSignal {
    MediaSignal::Description(Description {
        kind: DescriptionKind::Answer,
        sdp: "v=0 answer".to_owned(),
        signature: None,
    })
}

pub(crate) fn refused(code: RefusalCode) -> Answer {
    Answer::Refused(Refusal { code, detail: String::new() })
}

/// The refusals that tables of requests tell apart.
pub(crate) fn refusal_in_short(code: RefusalCode) -> &'static str {
    let words = [
        (RefusalCode::NotAllowed, "no"),
        (RefusalCode::AlreadyHandled, "late"),
        (RefusalCode::CallEnded, "over"),
        (RefusalCode::UnknownCall, "none"),
    ];
    words.into_iter().find(|(known, _)| *known == code).map_or("another refusal", |(_, word)| word)
}

/// As whom the tests' devices are in channels, for as long as the call lasts.
pub(crate) fn grant() -> Grant {
    Grant { uid: Uid::Number(7), until_ms: None }
}

pub(crate) fn accept() -> Action {
    Action::Accept { claim: Ok(grant()), hides_address: false }
}

/// A user who can be called, and whose devices ring.
pub(crate) fn invitee(name: &str, devices: &[(u128, &str)]) -> Invitee {
    Invitee {
        user: user(name),
        call: None,
        devices: devices.iter().map(|(number, name)| (device(*number), (*name).to_owned())).collect(),
        is_in_group: true,
        has_blocked: false,
    }
}

/// What is seen of some users: their display names.
pub(crate) fn profiles(names: &[(&str, &str)]) -> Profiles {
    names.iter().map(|(id, name)| (user(id), Profile { name: (*name).to_owned(), avatar: None })).collect()
}

/// A request's name.
fn op(number: u128) -> OpId {
    OpId::new(Uuid::from_u128(number))
}
