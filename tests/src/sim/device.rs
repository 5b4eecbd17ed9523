//! A device's shell: its session, its unanswered requests, its app that lets everything ring.

use std::{collections::BTreeMap, time::Instant};

use carillon_call::device::{Device, Event, Input, Link as LinkNews, Op, Output};
use carillon_protocol::{ClientFrame, DeviceId, OpId, Request, ServerFrame, SessionId, Signal, UserId};
use uuid::Uuid;

use super::{
    Sim,
    freeze::Frozen,
    link::Link,
    mail::Mail,
    media::FakeMedia,
    queue::Happening,
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
    pub(super) link: Link,
    /// Whether the server has greeted on this link, as far as the device knows.
    pub(super) is_ready: bool,
    pub(super) session: Option<SessionId>,
    pub(super) last_seq: u64,
    pub(super) media: FakeMedia,
    pub(super) told: Vec<Told>,
    /// Counts invitations.
    invited: u32,
    pub(super) mail: Mail,
    /// By their numbers, which are the order in which they are repeated.
    unanswered: BTreeMap<u128, (Asker, Request)>,
    requests: u128,
    woken_at: Option<Instant>,
}

/// Who waits for the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// The machine.
    Machine(Op),
    /// Whoever wrote a message.
    User,
    /// The inbox, for a page.
    Inbox,
}

impl SimDevice {
    pub(super) fn new(now: Instant, user: &str, name: &str) -> Self {
        let user = UserId::new(user).expect("stories use good names");
        Self {
            machine: Device::new(user.clone()),
            user,
            name: name.to_owned(),
            life: 0,
            is_alive: true,
            frozen: None,
            rings: true,
            link: Link::new(now),
            is_ready: false,
            session: None,
            last_seq: 0,
            media: FakeMedia::default(),
            told: Vec::new(),
            invited: 0,
            mail: Mail::default(),
            unanswered: BTreeMap::new(),
            requests: 0,
            woken_at: None,
        }
    }

    /// Who waits for answers.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = Asker> {
        self.unanswered.values().map(|(asker, _)| *asker)
    }
}

impl Sim {
    /// The app of this device keeps it silent from now on when somebody calls.
    pub fn keep_silent(&mut self, dev: Dev) {
        self.devices[dev.0].rings = false;
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
        let device = &mut self.devices[dev.0];
        if device.is_alive {
            return;
        }
        device.is_alive = true;
        device.life += 1;
        device.machine = Device::new(device.user.clone());
        device.is_ready = false;
        device.session = None;
        device.last_seq = 0;
        device.woken_at = None;
        device.mail = Mail::default();
        device.unanswered.clear();
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
        let (mut invited, mut expires) = (false, false);
        while let Some(output) = self.devices[dev.0].machine.poll_output() {
            self.note(|| format!("{dev:?} -> {output:?}"));
            match output {
                Output::Send { op, request } => self.request(dev, Asker::Machine(op), request),
                Output::Media(order) => self.obey(dev, order),
                Output::Event(event) => {
                    invited |= matches!(event, Event::Invited(_));
                    expires |= matches!(event, Event::TokenWillExpire { .. } | Event::TokenExpired { .. });
                    self.hear(dev, event, is_word);
                }
            }
        }
        self.schedule_wake(dev);
        self.watch_step(dev);
        // An app that may be busy, so that some tokens do expire.
        if expires && self.chance(600) {
            self.act(dev, Act::Renew);
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

    pub(super) fn request(&mut self, dev: Dev, asker: Asker, request: Request) {
        let device = &mut self.devices[dev.0];
        device.requests += 1;
        let number = device.requests;
        device.unanswered.insert(number, (asker, request.clone()));
        if device.is_ready {
            self.send_up(dev, ClientFrame::Request { op_id: op_id(dev, number), body: request });
        }
    }

    fn hear(&mut self, dev: Dev, event: Event, is_word: bool) {
        self.devices[dev.0].invited += u32::from(matches!(event, Event::Invited(_)));
        self.devices[dev.0].told.extend(Told::of(&event));
        self.watch_event(dev, &event, is_word);
    }

    pub(super) fn at_device(&mut self, dev: Dev, epoch: u32, frame: ServerFrame) {
        let device = &mut self.devices[dev.0];
        if !device.is_alive || device.link.epoch != epoch {
            return;
        }
        match frame {
            ServerFrame::Resumed { .. } => self.greeted(dev, LinkNews::Resumed),
            ServerFrame::Reset { session, snapshot, .. } => {
                device.session = Some(session);
                device.last_seq = snapshot.seq;
                device.unanswered.retain(|_, (asker, _)| *asker != Asker::Inbox);
                self.watch.trouble(dev, self.now);
                self.greeted(dev, LinkNews::Reset(snapshot.call));
                self.mail_begins(dev, snapshot.latest_message);
            }
            ServerFrame::Signal { seq, body } if seq > device.last_seq => {
                device.last_seq = seq;
                self.send_up(dev, ClientFrame::Ack { seq });
                if let Signal::Message(message) = body {
                    return self.mail_came(dev, message);
                }
                self.input(dev, Input::Signal(body.clone()));
                self.double(dev, Input::Signal(body));
            }
            ServerFrame::Signal { .. } | ServerFrame::Challenge { .. } => {}
            ServerFrame::Answer { op_id, result } => {
                let number = op_id.uuid().as_u128() & u128::from(u64::MAX);
                match device.unanswered.remove(&number) {
                    None => {}
                    Some((Asker::Machine(op), _)) => {
                        self.input(dev, Input::Answer { op, result: result.clone() });
                        self.double(dev, Input::Answer { op, result });
                    }
                    Some((Asker::User, _)) => self.mail_was_sent(dev, &result),
                    Some((Asker::Inbox, _)) => self.mail_was_fetched(dev, result),
                }
            }
        }
    }

    fn greeted(&mut self, dev: Dev, news: LinkNews) {
        let device = &mut self.devices[dev.0];
        let repeated = device.unanswered.iter().map(|(number, (_, request))| (*number, request.clone()));
        let repeated: Vec<_> = repeated.collect();
        device.is_ready = true;
        for (number, body) in repeated {
            self.send_up(dev, ClientFrame::Request { op_id: op_id(dev, number), body });
        }
        self.watch.trouble(dev, self.now);
        self.input(dev, Input::Link(news));
    }

    /// Sometimes a device hears a thing twice; never over a second ring of the same call, which signals are numbered for.
    fn double(&mut self, dev: Dev, input: Input) {
        // A ring that comes again is what hurts most.
        let is_ring = matches!(input, Input::Signal(Signal::Ring(_)));
        if self.chance(self.network.double_per_mille * if is_ring { 3 } else { 1 }) {
            let life = self.devices[dev.0].life;
            let later = self.roll(0..=self.network.double_within_ms);
            let rings = self.devices[dev.0].invited;
            self.after_ms(later, Happening::Doubled { dev, life, rings, input });
        }
    }

    pub(super) fn hear_again(&mut self, dev: Dev, (life, rings): (u32, u32), input: Input) {
        let device = &self.devices[dev.0];
        let is_asked_again = device.machine.call().is_some_and(|call| call.is_group()) && device.invited != rings;
        if device.life == life && !is_asked_again {
            self.input(dev, input);
        }
    }
}

/// A request's name: no two devices have the same, and a restarted program goes on counting.
fn op_id(dev: Dev, number: u128) -> OpId {
    OpId::new(Uuid::from_u128(((dev.0 as u128) << 64) + number))
}
