//! What must hold in every run, looked at in every step.

mod settled;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use carillon_call::{
    device::{Command, End, Event, Input, MediaControl, Phase},
    record::{CallState, LegRow, LegState, Rows},
};
use carillon_protocol::{CallId, Direction, MAX_RING_MS, Ring, UserId};

use super::{Sim, device::Dev, link::Way, streams::Stream, told::Why};

/// How long what the record has said may be on its way to a device with a good link.
const ON_THE_WAY: Duration = Duration::from_secs(5);

/// What the record has said so long ago no ring may contradict, not even after trouble with the device or its link.
const WHATEVER_HAPPENED: Duration = Duration::from_secs(15);

/// What was seen, and what of it should not have been.
#[derive(Debug, Default)]
pub struct Watch {
    violations: Vec<String>,
    heard: Vec<Heard>,
    devices: BTreeMap<Dev, DeviceWatch>,
    pub(super) streams: BTreeMap<Dev, Stream>,
    /// What became of every ring of every user.
    rounds: BTreeMap<(CallId, UserId, u32), Round>,
    /// When each call began, and when the record changed it the last time.
    began_at: BTreeMap<CallId, Instant>,
    changed_at: BTreeMap<CallId, Instant>,
    crossings: u32,
    /// Each time that a moderator muted a user in a call, by the call's version, and how often their devices heard of it.
    pub(super) mutes: BTreeMap<(CallId, UserId), BTreeSet<u64>>,
    pub(super) mutes_heard: BTreeMap<(Dev, CallId), usize>,
    /// When the server's clock was put back the last time.
    clock_back_at: Option<Instant>,
    /// How many messages people wrote.
    pub(super) wrote: u32,
}

/// One ring of one user in one call: the leg as it was last, and since when it is over.
#[derive(Debug, Clone)]
struct Round {
    leg: LegRow,
    over_at: Option<Instant>,
}

/// A device heard of a call's end.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Which device.
    pub dev: Dev,
    /// The call.
    pub call: Option<CallId>,
    /// How it ended.
    pub end: End,
    /// Which of the user's rings in the call it was.
    round: u32,
    /// Whether the server's own word said so. Otherwise the device had to guess.
    is_word: bool,
    /// Whether its link was in trouble at that time, so that a guess may be wrong.
    is_excused: bool,
}

impl Heard {
    /// The end in short.
    pub fn why(&self) -> Why {
        Why::of(&self.end)
    }
}

/// One device, in one life of its program.
#[derive(Debug, Default)]
struct DeviceWatch {
    is_start_ordered: bool,
    /// Its latest call began by its own user's order, and not by a ring.
    has_called: bool,
    has_consented: bool,
    /// Whether it has shown the ring in hand already, or its user has silenced it.
    has_shown: bool,
    begun: u32,
    ended: u32,
    shown: Option<(CallId, Instant)>,
    round: u32,
    over: Vec<(CallId, u32)>,
    trouble_at: Option<Instant>,
}

/// What an event was wrong about.
type Wrongs = Vec<&'static str>;

impl DeviceWatch {
    /// A call begins on this device: by its user's order, or by a ring.
    fn begins(&mut self, round: u32, has_called: bool) -> Wrongs {
        self.begun += 1;
        self.round = round;
        self.has_called = has_called;
        self.has_consented = has_called && self.is_start_ordered;
        self.has_shown &= has_called;
        Wrongs::new()
    }

    /// A ring is shown that has been over for so long, if it is. Its user may silence a ring and show it again, for as long as this
    /// device is not told that it is over.
    fn rings(&mut self, ring: &Ring, now: Instant, over_for: Option<Duration>, hears_badly: bool) -> Wrongs {
        let is_over_for = |time| over_for.is_some_and(|over_for| over_for > time);
        let is_shown_again = std::mem::replace(&mut self.has_shown, true);
        let is_shown_twice = self.shown.replace((ring.call, now)).is_some();
        let wrongs = [
            (self.over.contains(&(ring.call, ring.round)), "rings after the end that it told"),
            (is_over_for(ON_THE_WAY) && !hears_badly, "rings long after the end"),
            (is_over_for(WHATEVER_HAPPENED) && !is_shown_again, "rings for what is long over"),
            (is_shown_twice, "rings twice at once"),
        ];
        those_true(wrongs)
    }

    fn stops_ringing(&mut self, call: CallId) -> Wrongs {
        let shown = self.shown.take().map(|(shown, _)| shown);
        those_true([(shown != Some(call), "stops a ring that it does not show")])
    }

    /// A caller whose call still rings by the clock that was put back, and is over by this device's, is taken by that call.
    fn joins(&mut self, call: CallId, is_joining: bool, is_clock_wrong: bool) -> Wrongs {
        let is_over = self.over.contains(&(call, self.round)) && !(is_clock_wrong && self.has_called);
        // A user who calls back has consented by that.
        self.has_consented |= is_joining && !is_over && self.is_start_ordered;
        those_true([(is_over, "joins after the end that it told")])
    }

    fn ends(&mut self, call: Option<CallId>) -> Wrongs {
        self.ended += 1;
        self.has_consented = false;
        self.over.extend(call.map(|call| (call, self.round)));
        those_true([
            (self.ended > self.begun, "ends more calls than began"),
            (self.shown.is_some(), "ends without stopping its ring"),
        ])
    }
}

fn those_true<const N: usize>(wrongs: [(bool, &'static str); N]) -> Wrongs {
    wrongs.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, wrong)| wrong).collect()
}

impl Watch {
    /// What should not have happened.
    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// Every end that a device heard of.
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }

    /// How many calls were each other's glare.
    pub fn crossings(&self) -> u32 {
        self.crossings
    }

    /// A device's user orders something: it may be consent.
    pub(super) fn consent(&mut self, dev: Dev, input: &Input, phase: &Phase) {
        let watch = self.devices.entry(dev).or_default();
        watch.is_start_ordered = matches!(input, Input::Command(Command::StartCall(_)));
        if matches!((input, phase), (Input::Command(Command::Accept { .. }), Phase::Ringing)) {
            watch.has_consented = true;
        }
        watch.has_shown |= matches!(input, Input::Command(Command::AnswerCall { ring: false }));
    }

    pub(super) fn ordered(&mut self, dev: Dev, order: &MediaControl) {
        if *order == MediaControl::Open && !self.devices.entry(dev).or_default().has_consented {
            self.violations.push(format!("{dev:?} opens its microphone before its user called or accepted"));
        }
    }

    pub(super) fn trouble(&mut self, dev: Dev, now: Instant) {
        self.devices.entry(dev).or_default().trouble_at = Some(now);
    }

    /// The server's clock was put back: for a while what devices make of a ring's time is not what the record makes of it.
    pub(super) fn clock_went_back(&mut self, now: Instant) {
        self.clock_back_at = Some(now);
    }

    /// A program that was killed owes nothing any more.
    pub(super) fn killed(&mut self, dev: Dev) {
        self.devices.remove(&dev);
        self.streams.remove(&dev);
    }

    pub(super) fn violated(&mut self, violation: String) {
        self.violations.push(violation);
    }
}

impl Sim {
    pub(super) fn watch_event(&mut self, dev: Dev, event: &Event, is_word: bool) {
        let is_clock_wrong = call_of(event).is_some_and(|call| self.is_clock_in_trouble(call));
        let is_excused = self.is_in_trouble(dev) || is_clock_wrong;
        let ring_over_for = if let Event::RingStarted(ring) = event { self.ring_over_for(dev, ring) } else { None };
        let (now, hears_badly) = (self.now, self.hears_badly(dev));
        let watch = self.watch.devices.entry(dev).or_default();
        let wrongs = match event {
            Event::Calling { .. } => watch.begins(0, true),
            Event::Invited(ring) => watch.begins(ring.round, false),
            Event::RingStarted(ring) => watch.rings(ring, now, ring_over_for, hears_badly),
            Event::RingStopped { call } => watch.stops_ringing(*call),
            Event::Joining { call, .. } | Event::Active { call } => {
                let is_joining = matches!(event, Event::Joining { .. });
                watch.joins(*call, is_joining, is_clock_wrong)
            }
            Event::Ended { call, end } => {
                let (round, wrongs) = (watch.round, watch.ends(*call));
                self.watch.heard.push(Heard { dev, call: *call, end: end.clone(), round, is_word, is_excused });
                wrongs
            }
            Event::RingingOn { .. }
            | Event::Reconnecting { .. }
            | Event::Reconnected { .. }
            | Event::PathChanged { .. }
            | Event::LegChanged { .. }
            | Event::PublishedChanged { .. }
            | Event::Added { .. }
            | Event::NotAdded { .. }
            | Event::Moderated { .. }
            | Event::NotModerated { .. }
            | Event::Muted { .. }
            | Event::TokenWillExpire { .. }
            | Event::TokenExpired { .. }
            | Event::NotRenewed { .. }
            | Event::Rejected { .. } => Vec::new(),
        };
        self.watch_mute(dev, event);
        if matches!(event, Event::Joining { .. }) && self.is_crossing(dev) {
            self.watch.crossings += 1;
        }
        for wrong in wrongs {
            self.watch.violated(format!("{dev:?} {wrong}: {event:?}"));
        }
    }

    /// For how long this ring of a device's user has been over by the record.
    fn ring_over_for(&self, dev: Dev, ring: &Ring) -> Option<Duration> {
        let round = (ring.call, self.devices[dev.0].user.clone(), ring.round);
        let over_at = self.watch.rounds.get(&round).and_then(|round| round.over_at)?;
        Some(self.now.duration_since(over_at))
    }

    /// A caller that finds itself called: glare.
    fn is_crossing(&self, dev: Dev) -> bool {
        let device = &self.devices[dev.0];
        let is_called = device.machine.call().is_some_and(|call| call.direction == Direction::Incoming);
        is_called && device.told.iter().rev().nth(1) == Some(&super::Told::Calling)
    }

    /// Whether what a device and the server say to each other may not arrive, or late. Who does not hear the other's word has to guess.
    fn is_in_trouble(&self, dev: Dev) -> bool {
        self.hears_badly(dev) || self.devices[dev.0].link.blocked.is_some()
    }

    /// Whether what the server says may not arrive at a device, or late. A link that carries nothing to the server is no reason for that.
    fn hears_badly(&self, dev: Dev) -> bool {
        let device = &self.devices[dev.0];
        let trouble_at = self.watch.devices.get(&dev).and_then(|watch| watch.trouble_at);
        let was_lately = trouble_at.is_some_and(|at| at + ON_THE_WAY >= self.now);
        let link = &device.link;
        let is_good = device.end.is_up() && link.is_up && link.blocked != Some(Way::Down) && device.frozen.is_none();
        !is_good || was_lately
    }

    /// Whether a call may still ring that began by a clock of the server that was put back since: longer than its devices know, because
    /// they are not told of the clock. So they guess that no callee has answered, and the record may hear otherwise.
    fn is_clock_in_trouble(&self, call: CallId) -> bool {
        let longest = Duration::from_millis(MAX_RING_MS) + ON_THE_WAY;
        let began_at = self.watch.began_at.get(&call);
        self.watch.clock_back_at.is_some_and(|at| at + longest >= self.now && began_at.is_none_or(|began| *began <= at))
    }

    pub(super) fn watch_step(&mut self, dev: Dev) {
        let machine = &self.devices[dev.0].machine;
        if machine.poll_timeout().is_some_and(|deadline| deadline.at < self.now) {
            self.watch.violated(format!("{dev:?} has a deadline in the past"));
        }
        let longest = Duration::from_millis(MAX_RING_MS);
        let shown = self.watch.devices.get(&dev).and_then(|watch| watch.shown);
        if shown.is_some_and(|(_, since)| since + longest < self.now) {
            self.watch.violated(format!("{dev:?} rings longer than anybody may ask for"));
        }
        if shown.map(|(call, _)| call) != machine.shown_ring().map(|ring| ring.call) {
            self.watch.violated(format!("{dev:?} shows another ring than it told"));
        }
        if let Some(twin) = self.twin(dev) {
            self.watch.violated(format!("{dev:?} and {twin:?} of one user are in the same call"));
        }
    }

    /// Another device of the same user in the same call, with its microphone open. In a group call, where nothing opens yet, a device
    /// that is cut off may take itself for being in it until it hears otherwise.
    fn twin(&self, dev: Dev) -> Option<Dev> {
        let in_call = |dev: Dev| {
            let device = &self.devices[dev.0];
            let is_in_group = || self.is_active(dev) && !self.hears_badly(dev);
            let is_in_it = |is_group| if is_group { is_in_group() } else { device.machine.is_media_open() };
            let call = device.machine.call().filter(|call| device.is_alive && is_in_it(call.is_group()));
            call.and_then(|call| call.id)
        };
        let own = in_call(dev)?;
        let user = &self.devices[dev.0].user;
        self.all().find(|other| *other != dev && self.devices[other.0].user == *user && in_call(*other) == Some(own))
    }

    pub(super) fn watch_record(&mut self, before: Option<&Rows>, call: CallId) {
        let Some(rows) = self.server.call(call) else { return };
        let now = self.now;
        self.watch.began_at.entry(call).or_insert(now);
        self.watch.changed_at.insert(call, now);
        let is_ended = matches!(rows.call.state, CallState::Ended { .. });
        let was_ended = before.is_some_and(|rows| matches!(rows.call.state, CallState::Ended { .. }));
        if was_ended {
            self.watch.violated(format!("{call} changes after its end"));
        }
        let mut wrongs = self.doubly_taken(rows);
        for leg in &rows.legs {
            let is_over = is_ended || !matches!(leg.state, LegState::Ringing | LegState::Accepted);
            let key = (call, leg.user.clone(), leg.round);
            let known = self.watch.rounds.get(&key);
            if known.is_some_and(|known| known.leg.device.is_some() && known.leg.device != leg.device) {
                wrongs.push(format!("{}'s leg of {call} has a second winner", leg.user));
            }
            let over_at = known.and_then(|known| known.over_at).or(is_over.then_some(now));
            if leg.state != LegState::Accepted && !leg.published.is_nothing() {
                wrongs.push(format!("{}'s leg of {call} is not in it and publishes", leg.user));
            }
            let round = Round { leg: leg.clone(), over_at };
            self.watch.rounds.insert(key, round);
        }
        for wrong in wrongs {
            self.watch.violated(wrong);
        }
        self.watch_moderated(before, call);
    }

    /// A channel has one live call at most, and a user too.
    fn doubly_taken(&self, rows: &Rows) -> Vec<String> {
        let now_ms = self.server_now_ms();
        let others = || self.server.live(now_ms).filter(|other| other.call.id != rows.call.id);
        if !rows.is_live(now_ms) {
            return Vec::new();
        }
        let has_channel = others().any(|other| other.call.channel == rows.call.channel);
        let channel = has_channel.then(|| format!("{} has two live calls", rows.call.channel));
        let taken = rows.taken().into_iter().filter(|user| rows.takes(user, now_ms));
        let twice = taken.filter(|user| others().any(|other| other.takes(user, now_ms)));
        channel.into_iter().chain(twice.map(|user| format!("{user} is in two calls"))).collect()
    }
}

/// The call that an event is about, where the rules for it look at that.
fn call_of(event: &Event) -> Option<CallId> {
    match event {
        Event::RingStarted(ring) => Some(ring.call),
        Event::Joining { call, .. } | Event::Active { call } => Some(*call),
        Event::Ended { call, .. } => *call,
        Event::Calling { .. }
        | Event::RingingOn { .. }
        | Event::Invited(_)
        | Event::RingStopped { .. }
        | Event::Reconnecting { .. }
        | Event::Reconnected { .. }
        | Event::PathChanged { .. }
        | Event::LegChanged { .. }
        | Event::PublishedChanged { .. }
        | Event::Added { .. }
        | Event::NotAdded { .. }
        | Event::Moderated { .. }
        | Event::NotModerated { .. }
        | Event::Muted { .. }
        | Event::TokenWillExpire { .. }
        | Event::TokenExpired { .. }
        | Event::NotRenewed { .. }
        | Event::Rejected { .. } => None,
    }
}
