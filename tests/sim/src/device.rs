//! A device's program: its end of the link, its call machine, and its app that lets everything ring.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use carillon_call::{
    OpIds,
    device::{Device, Event, Input, Link as LinkNews, Output},
    session::{
        DeviceEnd,
        device::{Input as LinkInput, Output as LinkOutput},
    },
};
use carillon_protocol::{Answer, DeviceId, Done, OpId, PendingRequest, Request, ServerFrame, Signal, Snapshot, UserId};
use uuid::Uuid;

use super::{
    Sim,
    freeze::Frozen,
    link::{Downward, Link, Upward},
    media::FakeMedia,
    messages::KnownMessages,
    publishing::Publishing,
    queue::{Doubled, Happening},
    streams::StreamNews,
    told::{Act, Told},
};

/// One device of a simulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dev(pub(super) usize);

impl Dev {
    pub(super) fn id(self) -> DeviceId {
        DeviceId::new(Uuid::from_u128(0xd0 + self.0 as u128))
    }
}

#[derive(Debug)]
pub(super) struct SimDevice {
    pub(super) user: UserId,
    pub(super) name: String,
    pub(super) machine: Device,
    /// Counts starts of the program.
    pub(super) life: u32,
    pub(super) is_alive: bool,
    pub(super) frozen: Option<Frozen>,
    pub(super) rings: bool,
    /// Its user wants all calls to go through the server.
    pub(super) hides_address: bool,
    pub(super) link: Link,
    pub(super) end: DeviceEnd,
    /// How much time a broken clock of its link has missed.
    pub(super) missed_time: Duration,
    /// What its end of the link wants done is being done.
    is_settling: bool,
    pub(super) media: FakeMedia,
    pub(super) told: Vec<Told>,
    /// Counts invitations.
    invited: u32,
    pub(super) messages: KnownMessages,
    pub(super) publishing: Publishing,
    askers: BTreeMap<OpId, Asker>,
    /// Counts its user's requests.
    requests: u128,
    woken_at: Option<Instant>,
    link_woken_at: Option<Instant>,
}

/// Who waits for the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    /// The machine.
    Machine,
    /// The user, who wrote a message.
    User,
}

impl SimDevice {
    pub(super) fn new(now: Instant, dev: Dev, user: &str, name: &str) -> Self {
        let user = UserId::new(user).expect("stories use good names");
        Self {
            machine: Device::new(user.clone(), machine_ids(dev, 0)),
            user,
            name: name.to_owned(),
            life: 0,
            is_alive: true,
            frozen: None,
            rings: true,
            hides_address: false,
            link: Link::new(now),
            end: DeviceEnd::new(own_ids(dev, 0), now),
            missed_time: Duration::ZERO,
            is_settling: false,
            media: FakeMedia::default(),
            told: Vec::new(),
            invited: 0,
            messages: KnownMessages::default(),
            publishing: Publishing::default(),
            askers: BTreeMap::new(),
            requests: 0,
            woken_at: None,
            link_woken_at: None,
        }
    }

    /// Whether a request has no answer yet.
    pub(super) fn waits_for_answers(&self) -> bool {
        !self.askers.is_empty()
    }

    /// Whether a message, or a page of them, has no answer yet.
    pub(super) fn waits_for_messages(&self) -> bool {
        let is_of_user = |op| self.askers.get(&op) == Some(&Asker::User);
        self.end.is_catching_up() || self.end.unanswered().any(is_of_user)
    }
}

impl Sim {
    /// The app of this device keeps it silent from now on when another user calls.
    pub fn keep_silent(&mut self, dev: Dev) {
        self.devices[dev.0].rings = false;
    }

    /// The user of this device hides its address from now on.
    pub fn hide_address(&mut self, dev: Dev) {
        self.devices[dev.0].hides_address = true;
    }

    /// Kills the program, as the power does.
    pub fn kill(&mut self, dev: Dev) {
        self.note(|| format!("{dev:?} is killed"));
        self.close_transport(dev);
        self.drop_link(dev);
        self.devices[dev.0].is_alive = false;
        self.devices[dev.0].frozen = None;
        self.watch.killed(dev);
    }

    /// Starts a killed program again: it remembers nothing.
    pub fn revive(&mut self, dev: Dev) {
        let now = self.now;
        let device = &mut self.devices[dev.0];
        if device.is_alive {
            return;
        }
        device.is_alive = true;
        device.life += 1;
        device.machine = Device::new(device.user.clone(), machine_ids(dev, device.life));
        device.end = DeviceEnd::new(own_ids(dev, device.life), now);
        device.missed_time = Duration::ZERO;
        device.woken_at = None;
        device.link_woken_at = None;
        device.messages = KnownMessages::default();
        device.publishing = Publishing::default();
        device.askers.clear();
        self.note(|| format!("{dev:?} starts again"));
        self.connect(dev);
    }

    /// Gives a device an input, and does all that it wants done.
    pub(super) fn input(&mut self, dev: Dev, input: Input) {
        if !self.devices[dev.0].is_alive {
            return;
        }
        let is_word = matches!(input, Input::Signal(_));
        self.note(|| format!("{dev:?} <- {input:?}"));
        self.watch.consent(dev, &input, self.devices[dev.0].machine.phase());
        self.devices[dev.0].machine.handle_input(input, self.now);
        self.drain(dev, is_word);
    }

    pub(super) fn wake(&mut self, dev: Dev, life: u32) {
        let device = &mut self.devices[dev.0];
        if !device.is_alive || device.life != life {
            return;
        }
        device.woken_at = None;
        device.machine.handle_timeout(self.now);
        self.drain(dev, false);
    }

    fn drain(&mut self, dev: Dev, is_word: bool) {
        let (mut invited, mut expires, mut muted) = (false, false, false);
        while let Some(output) = self.devices[dev.0].machine.poll_output() {
            self.note(|| format!("{dev:?} -> {output:?}"));
            match output {
                Output::Send(request) => self.ask(dev, Asker::Machine, request),
                Output::Media(order) => self.obey(dev, order),
                Output::Event(event) => {
                    invited |= matches!(event, Event::Invited(_));
                    expires |= matches!(event, Event::TokenWillExpire { .. } | Event::TokenExpired { .. });
                    muted |= matches!(event, Event::Muted { .. });
                    self.hear(dev, event, is_word);
                }
            }
        }
        self.schedule_wake(dev);
        self.settle_link(dev);
        self.watch_step(dev);
        // An app that may be busy, so that some tokens do expire.
        if expires && self.chance(600) {
            self.act(dev, Act::Renew);
        }
        if muted {
            self.obey_moderator(dev);
        }
        if invited {
            let ring = self.devices[dev.0].rings;
            self.input(dev, Input::Command(carillon_call::device::Command::AnswerCall { ring }));
        }
    }

    fn schedule_wake(&mut self, dev: Dev) {
        let device = &mut self.devices[dev.0];
        let at = device.machine.poll_timeout().map(|deadline| deadline.at);
        if let Some(at) = at.filter(|at| device.woken_at != Some(*at)) {
            device.woken_at = Some(at);
            self.queue.push(at, Happening::Wake { dev, life: device.life });
        }
    }

    /// The user of a device asks the server.
    pub(super) fn ask_for_user(&mut self, dev: Dev, request: Request) {
        self.devices[dev.0].requests += 1;
        let op_id = op_id(dev, self.devices[dev.0].requests);
        self.ask(dev, Asker::User, PendingRequest { op_id, body: request });
        self.settle_link(dev);
    }

    /// Asks the server, as soon as the link is settled.
    fn ask(&mut self, dev: Dev, asker: Asker, request: PendingRequest) {
        let now = self.link_now(dev);
        let device = &mut self.devices[dev.0];
        device.askers.insert(request.op_id, asker);
        device.end.handle_input(LinkInput::Ask { request, patience: None }, now);
    }

    /// Gives a device's end of the link an input, and does all that it wants done.
    pub(super) fn link_input(&mut self, dev: Dev, input: LinkInput) {
        let now = self.link_now(dev);
        self.devices[dev.0].end.handle_input(input, now);
        self.settle_link(dev);
    }

    pub(super) fn wake_link(&mut self, dev: Dev, life: u32) {
        let now = self.link_now(dev);
        let device = &mut self.devices[dev.0];
        let is_due = device.link_woken_at.is_some_and(|at| at <= self.now);
        if !device.is_alive || device.life != life || !is_due {
            return;
        }
        device.link_woken_at = None;
        device.end.handle_timeout(now);
        self.settle_link(dev);
    }

    /// What the link's clock says.
    fn link_now(&self, dev: Dev) -> Instant {
        self.now - self.devices[dev.0].missed_time
    }

    /// One thing after the other: what follows from it waits until it is done.
    pub(super) fn settle_link(&mut self, dev: Dev) {
        if std::mem::replace(&mut self.devices[dev.0].is_settling, true) {
            return;
        }
        while let Some(output) = self.devices[dev.0].end.poll_output() {
            self.do_for_link(dev, output);
        }
        let device = &mut self.devices[dev.0];
        device.is_settling = false;
        let at = device.end.poll_timeout().map(|at| at + device.missed_time);
        if let Some(at) = at.filter(|at| device.link_woken_at.is_none_or(|woken_at| *at < woken_at)) {
            device.link_woken_at = Some(at);
            self.queue.push(at, Happening::WakeLink { dev, life: device.life });
        }
    }

    fn do_for_link(&mut self, dev: Dev, output: LinkOutput) {
        match output {
            LinkOutput::Send(frame) => {
                self.stream_said(dev, &frame);
                self.send_up(dev, Upward::Frame(frame));
            }
            LinkOutput::Ping => self.send_up(dev, Upward::Ping),
            LinkOutput::Close(fault) => {
                self.note(|| format!("{dev:?} closes its link: {fault:?}"));
                self.drop_link(dev);
                self.connect_later(dev);
            }
            LinkOutput::Up { snapshot, .. } => self.greeted(dev, snapshot.map(|snapshot| *snapshot)),
            LinkOutput::Down => {
                self.watch.trouble(dev, self.now);
                self.input(dev, Input::Link(LinkNews::Down));
            }
            LinkOutput::Signal { seq, body } => {
                self.stream_told(dev, seq);
                self.input(dev, Input::Signal((*body).clone()));
                self.double(dev, Input::Signal(*body));
            }
            LinkOutput::Message(message) => self.tell_message(dev, &message),
            // Nobody types in here.
            LinkOutput::Typing { .. } => {}
            LinkOutput::Answer { op, result } => self.answered(dev, op, *result),
            LinkOutput::NotFetched(refusal) => {
                self.watch.violated(format!("{dev:?} is refused its messages: {refusal:?}"))
            }
            LinkOutput::GivenUp { op } => self.watch.violated(format!("{dev:?} gives up {op}")),
        }
    }

    fn answered(&mut self, dev: Dev, op: OpId, result: Answer) {
        match self.devices[dev.0].askers.remove(&op) {
            Some(Asker::Machine) => {
                self.input(dev, Input::Answer { op, result: result.clone() });
                self.double(dev, Input::Answer { op, result });
            }
            Some(Asker::User) => self.message_was_sent(dev, &result),
            None => self.watch.violated(format!("{dev:?} tells the answer to {op} twice")),
        }
    }

    fn hear(&mut self, dev: Dev, event: Event, is_word: bool) {
        self.devices[dev.0].invited += u32::from(matches!(event, Event::Invited(_)));
        self.devices[dev.0].publishing.heard(&event);
        self.devices[dev.0].told.extend(Told::of(&event));
        self.watch_event(dev, &event, is_word);
    }

    pub(super) fn at_device(&mut self, dev: Dev, epoch: u32, came: Downward) {
        let device = &self.devices[dev.0];
        if device.is_alive && device.link.epoch == epoch {
            self.take_from_socket(dev, came);
        }
    }

    pub(super) fn take_from_socket(&mut self, dev: Dev, came: Downward) {
        let frame = match came {
            Downward::Frame(frame) => frame,
            Downward::Ping | Downward::Pong => {
                if matches!(came, Downward::Ping) {
                    self.send_up(dev, Upward::Pong);
                }
                return self.link_input(dev, LinkInput::SignOfLife);
            }
        };
        let is_page = matches!(&frame, ServerFrame::Answer { result: Answer::Ok(Done::Messages { .. }), .. });
        let (news, told) = (StreamNews::of(&frame), self.news(dev).len());
        let now = self.link_now(dev);
        self.devices[dev.0].end.handle_input(LinkInput::Frame(frame), now);
        if let Some(news) = news.filter(|_| self.devices[dev.0].end.is_up()) {
            self.stream_came(dev, news);
        }
        self.settle_link(dev);
        if is_page {
            let messages = &mut self.devices[dev.0].messages;
            messages.fetched += messages.news.len() - told;
        }
    }

    fn greeted(&mut self, dev: Dev, snapshot: Option<Snapshot>) {
        self.watch.trouble(dev, self.now);
        let news = match snapshot {
            None => LinkNews::Resumed,
            Some(snapshot) => {
                self.devices[dev.0].messages.since.get_or_insert(snapshot.latest_message);
                LinkNews::Reset(snapshot.call)
            }
        };
        self.input(dev, Input::Link(news));
    }

    /// Sometimes a device hears a thing twice, also after a new session has told it how things are; never over a second ring of the
    /// same call, which signals are numbered for.
    fn double(&mut self, dev: Dev, input: Input) {
        // A ring that comes again is what hurts most.
        let is_ring = matches!(input, Input::Signal(Signal::Ring(_)));
        if self.chance(self.network.double_per_mille * if is_ring { 3 } else { 1 }) {
            let later = self.roll(0..=self.network.double_within_ms);
            let SimDevice { life, invited: rings, .. } = self.devices[dev.0];
            self.after_ms(later, Happening::Doubled { dev, again: Doubled { life, rings, input } });
        }
    }

    pub(super) fn hear_again(&mut self, dev: Dev, again: Doubled) {
        let Doubled { life, rings, input } = again;
        let device = &self.devices[dev.0];
        let is_asked_again = device.machine.call().is_some_and(|call| call.is_group()) && device.invited != rings;
        if device.life == life && !is_asked_again {
            self.input(dev, input);
        }
    }
}

/// Names for what a device's end of the link asks by itself.
fn own_ids(dev: Dev, life: u32) -> OpIds {
    OpIds::starting_at(op_id(dev, (u128::from(life) + 1) << 40))
}

/// Names for what a device's call machine asks.
fn machine_ids(dev: Dev, life: u32) -> OpIds {
    OpIds::starting_at(op_id(dev, (u128::from(life) + 1) << 20))
}

/// A request's name: no two devices have the same, and a restarted program goes on counting.
fn op_id(dev: Dev, number: u128) -> OpId {
    OpId::new(Uuid::from_u128(((dev.0 as u128) << 64) + number))
}
