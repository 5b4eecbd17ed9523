//! The server's shell around the record: rows, operations, and an outbox for every session.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};

use carillon_call::{
    record::{self, Action, Actor, Decision, Facts, Grant, Group, GroupAction, Invitee, Recipient, Rows, Viewer},
    session::server::RequestState,
};
use carillon_protocol::{
    Answer, AppId, CallId, DeviceId, Done, Invitation, MAX_RING_MS, OpId, Refusal, Request, ServerFrame, Signal,
    SnapshotCall, Uid, UserId,
};
use uuid::Uuid;

use super::{
    Sim,
    device::Dev,
    forwarder::Forwarder,
    messages::{MessageFault, MessageStore},
    moderating::profiles,
    publishing::PublishFault,
    queue::Happening,
    server_link::{MAX_OUTBOX, ServerLink, Session},
    told::team,
};

/// How a server judges; [`record::decide`], unless a test is after a broken one.
pub type Judge = fn(&Facts, &Actor, Action, u64) -> Result<Decision, Refusal>;

/// What the server's clock says at the beginning: late enough to be put back by hours.
const FIRST_CLOCK_MS: u64 = 100_000_000;

/// What a server keeps in its database, and whether its program runs.
pub(super) struct Server {
    pub(super) is_up: bool,
    judge: Judge,
    users: BTreeMap<UserId, Vec<Dev>>,
    /// Who is in the one group.
    team: BTreeSet<UserId>,
    /// Who wants nothing of whom.
    blocks: BTreeSet<(UserId, UserId)>,
    rows: BTreeMap<CallId, Rows>,
    answers: HashMap<OpId, Answer>,
    pub(super) sessions: BTreeMap<Dev, Session>,
    pub(super) links: BTreeMap<Dev, ServerLink>,
    pub(super) messages: MessageStore,
    pub(super) publish_fault: Option<PublishFault>,
    pub(super) forwarder: Forwarder,
    /// The most signals that wait for a device.
    pub(super) max_outbox: u64,
    minted: u128,
    /// What its clock said when the run began.
    clock_ms: u64,
}

impl Server {
    pub(super) fn new(judge: Judge) -> Self {
        Self {
            is_up: true,
            judge,
            users: BTreeMap::new(),
            team: BTreeSet::new(),
            blocks: BTreeSet::new(),
            rows: BTreeMap::new(),
            answers: HashMap::new(),
            sessions: BTreeMap::new(),
            links: BTreeMap::new(),
            messages: MessageStore::default(),
            publish_fault: None,
            forwarder: Forwarder::default(),
            max_outbox: MAX_OUTBOX,
            minted: 0,
            clock_ms: FIRST_CLOCK_MS,
        }
    }

    pub(super) fn register(&mut self, user: &UserId, dev: Dev) {
        self.users.entry(user.clone()).or_default().push(dev);
        self.team.insert(user.clone());
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Rows> {
        self.rows.values()
    }

    pub(super) fn call(&self, id: CallId) -> Option<&Rows> {
        self.rows.get(&id)
    }

    pub(super) fn live(&self, now_ms: u64) -> impl Iterator<Item = &Rows> {
        self.rows.values().filter(move |rows| rows.is_live(now_ms))
    }

    pub(super) fn live_call_of(&self, user: &UserId, now_ms: u64) -> Option<&Rows> {
        self.live(now_ms).find(|rows| rows.takes(user, now_ms))
    }

    pub(super) fn has_blocked(&self, user: &UserId, other: &UserId) -> bool {
        self.blocks.contains(&(user.clone(), other.clone()))
    }

    /// A forwarder that has just started is told who is in the calls that live.
    fn admit_again(&mut self) {
        self.forwarder = Forwarder::default();
        for order in self.rows.values().flat_map(|rows| record::media_orders(None, rows)) {
            self.forwarder.obey(order);
        }
    }

    pub(super) fn forget_published(&mut self) {
        for leg in self.rows.values_mut().flat_map(|rows| &mut rows.legs) {
            leg.published = carillon_protocol::Published::default();
        }
    }

    pub(super) fn mint(&mut self) -> Uuid {
        self.minted += 1;
        Uuid::from_u128((7 << 100) + self.minted)
    }
}

impl Sim {
    /// Kills the server's program; it starts again after a while. What was committed stays.
    pub fn restart_server(&mut self, down_for: Duration) {
        self.restart_server_with_another_clock(down_for, 0);
    }

    /// The same, and its clock is another one then: so many milliseconds ahead, or behind.
    pub fn restart_server_with_another_clock(&mut self, down_for: Duration, clock_moved_ms: i64) {
        if !self.server.is_up {
            return;
        }
        self.note(|| "server is killed".to_owned());
        self.server.is_up = false;
        self.server.links.clear();
        for dev in self.all() {
            self.drop_link(dev);
        }
        self.lose_forwarder();
        self.queue.push(self.now + down_for, Happening::ServerUp { clock_moved_ms });
    }

    pub(super) fn start_server(&mut self, clock_moved_ms: i64) {
        self.note(|| format!("server starts, its clock moved by {clock_moved_ms} ms"));
        self.server.is_up = true;
        self.server.clock_ms = self.server.clock_ms.saturating_add_signed(clock_moved_ms);
        if clock_moved_ms < 0 {
            self.clamp_rings();
        }
        if self.chance(self.network.forget_per_mille) {
            self.forget_published();
        }
        self.unlink_all();
        self.server.admit_again();
        let due: Vec<_> = self.server.rows().filter_map(|rows| Some((rows.call.id, rows.due_at_ms()?))).collect();
        for (call, due_ms) in due {
            let wait = due_ms.saturating_sub(self.server_now_ms());
            self.after_ms(wait, Happening::Expire { call });
        }
    }

    /// A clock that was put back makes no ring longer than the longest that may be asked for.
    fn clamp_rings(&mut self) {
        let latest_ms = self.server_now_ms() + MAX_RING_MS;
        self.watch.clock_went_back(self.now);
        for rows in self.server.rows.values_mut().filter(|rows| !rows.has_ended()) {
            rows.call.ring_until_ms = rows.call.ring_until_ms.min(latest_ms);
            for leg in &mut rows.legs {
                leg.ring_until_ms = leg.ring_until_ms.min(latest_ms);
            }
        }
    }

    pub(super) fn server_now_ms(&self) -> u64 {
        self.server.clock_ms + u64::try_from(self.now.duration_since(self.began).as_millis()).expect("a run is short")
    }

    /// A device has been without a link for longer than calls wait.
    pub(super) fn server_misses(&mut self, dev: Dev, since: Instant) {
        if !self.is_away_since(dev, since) {
            return;
        }
        let device = &self.devices[dev.0];
        if let Some(rows) = self.server.live_call_of(&device.user, self.server_now_ms()) {
            let call = rows.call.id;
            // Refused only if it has no part in it.
            let _ = self.judge(dev, Some(call), Action::DeviceGone);
        }
    }

    /// Takes a user out of the team, and of its call.
    pub fn remove_from_team(&mut self, user: &str) {
        let user = UserId::new(user).expect("stories use good names");
        if !self.server.is_up || !self.server.team.remove(&user) {
            return;
        }
        let live = self.server.live_call_of(&user, self.server_now_ms());
        if let Some(call) = live.filter(|rows| rows.call.scope.group().is_some()).map(|rows| rows.call.id) {
            // Nobody asks, so nobody is refused.
            let _ = self.judge(Dev(0), Some(call), Action::Remove { user });
        }
    }

    /// Takes a user into the team again.
    pub fn take_into_team(&mut self, user: &str) {
        self.server.team.insert(UserId::new(user).expect("stories use good names"));
    }

    /// A user blocks another from now on.
    pub fn block(&mut self, user: &str, other: &str) {
        let name = |name| UserId::new(name).expect("stories use good names");
        self.server.blocks.insert((name(user), name(other)));
    }

    pub(super) fn expire(&mut self, call: CallId) {
        if self.server.is_up {
            // The actor of an expiry is not looked at.
            let _ = self.judge(Dev(0), Some(call), Action::Expire);
        }
    }

    fn expire_all_due(&mut self) {
        let now_ms = self.server_now_ms();
        let due: Vec<_> = self.server.rows().filter(|rows| rows.is_overdue(now_ms)).map(|rows| rows.call.id).collect();
        for call in due {
            self.expire(call);
        }
    }

    pub(super) fn snapshot_call(&self, dev: Dev) -> Option<SnapshotCall> {
        let (user, now_ms) = (&self.devices[dev.0].user, self.server_now_ms());
        let rows = self.server.live_call_of(user, now_ms)?;
        let found = record::snapshot(rows, Viewer::alone(user, dev.id()), &profiles(), now_ms)?;
        Some(self.with_publish_fault(found))
    }

    pub(super) fn answer(&mut self, dev: Dev, op_id: OpId, request: Request) {
        if let RequestState::Answered(result) = RequestState::of(self.server.answers.get(&op_id).cloned(), true) {
            let result = *result;
            let verdict = self.verdict(dev, &result);
            self.say_to(dev, ServerFrame::Answer { op_id, result });
            return self.deliver(verdict.into_iter().collect());
        }
        if let Request::MessagesAfter { after, .. } = request {
            let result = self.page_of_messages(dev, after);
            return self.say_to(dev, ServerFrame::Answer { op_id, result });
        }
        let (signals, result) = if let Request::SendMessage { chat, body, .. } = request {
            self.take_message(dev, chat, body)
        } else {
            self.judge_request(dev, request)
        };
        let is_forgotten = self.server.messages.fault == Some(MessageFault::ForgetsAnswers)
            && matches!(result, Answer::Ok(Done::Sent { .. }));
        if !is_forgotten {
            self.server.answers.insert(op_id, result.clone());
        }
        // Nothing promises which of the two goes first on the actor's own link.
        let answer_first = self.chance(500);
        if answer_first {
            self.say_to(dev, ServerFrame::Answer { op_id, result: result.clone() });
        }
        self.deliver(signals);
        if !answer_first {
            self.say_to(dev, ServerFrame::Answer { op_id, result });
        }
    }

    /// How a call ended that an answer which is given again began, or joined.
    fn verdict(&mut self, dev: Dev, result: &Answer) -> Option<(Dev, u64)> {
        let call = record::call_begun_by(result)?;
        let ended = record::verdict(self.server.rows.get(&call)?, &self.devices[dev.0].user)?;
        self.put_out_to(dev, &Signal::Ended(ended))
    }

    fn judge_request(&mut self, dev: Dev, request: Request) -> (Vec<(Dev, u64)>, Answer) {
        if let Some(answer) = self.publish_refused(&request).or_else(|| self.media_answer(dev, &request)) {
            return (Vec::new(), answer);
        }
        let (call, asked) = self.asked(dev, request);
        if matches!(asked, Action::Invite { .. }) {
            self.expire_all_due();
        }
        match self.judge_quietly(dev, call, asked) {
            Ok((signals, done)) => (signals, Answer::Ok(done)),
            Err(refusal) => (Vec::new(), Answer::Refused(refusal)),
        }
    }

    fn asked(&mut self, dev: Dev, request: Request) -> (Option<CallId>, Action) {
        let claim = Ok(self.grant(dev));
        #[expect(clippy::wildcard_enum_match_arm, reason = "the simulator's devices only call and write messages")]
        match request {
            Request::Invite(invitation) => {
                let id = CallId::new(self.server.mint());
                (None, Action::Invite { id, app: app(), invitation, claim })
            }
            Request::Ringing { call } => (Some(call), Action::Ringing),
            Request::Accept { call, hides_address, .. } => (Some(call), Action::Accept { claim, hides_address }),
            Request::RenewToken { call, .. } => (Some(call), Action::RenewToken { claim }),
            Request::Decline { call } => (Some(call), Action::Decline),
            Request::HangUp { call } => (Some(call), Action::HangUp),
            Request::MediaLost { call, was_connected } => (Some(call), Action::MediaLost { was_connected }),
            Request::MoveToServer { call } => (Some(call), Action::MoveToServer),
            Request::Media { call, signal } => (Some(call), Action::Media(signal)),
            Request::Publish { call, published } => (Some(call), Action::Publish(published)),
            Request::SetHand { call, raised } => (Some(call), Action::InGroup(GroupAction::SetHand { raised })),
            Request::Moderate { call, user, what } => {
                (Some(call), Action::InGroup(GroupAction::Moderate { user, what }))
            }
            _ => unreachable!("devices here do not ask that"),
        }
    }

    /// What a token says that this device has just fetched.
    fn grant(&mut self, dev: Dev) -> Grant {
        let life_ms = self.network.token_ms.clone().map(|life_ms| self.roll(life_ms));
        let until_ms = life_ms.map(|life_ms| self.server_now_ms() + life_ms);
        Grant { uid: Uid::from(self.devices[dev.0].user.clone()), until_ms }
    }

    pub(super) fn judge(&mut self, dev: Dev, call: Option<CallId>, asked: Action) -> Result<Done, Refusal> {
        let (signals, done) = self.judge_quietly(dev, call, asked)?;
        self.deliver(signals);
        Ok(done)
    }

    /// Judges and commits; the signals are in the outboxes, and not sent yet.
    pub(super) fn judge_quietly(
        &mut self,
        dev: Dev,
        call: Option<CallId>,
        asked: Action,
    ) -> Result<(Vec<(Dev, u64)>, Done), Refusal> {
        let now_ms = self.server_now_ms();
        let device = &self.devices[dev.0];
        let user = device.user.clone();
        let actor = Actor {
            user_name: user.to_string(),
            user,
            avatar: None,
            device: dev.id(),
            device_name: device.name.clone(),
            key: None,
        };
        let before = self.before(&actor, call, &asked, now_ms);
        let decided = (self.server.judge)(&before, &actor, asked.clone(), now_ms);
        self.note(|| format!("server: {dev:?} asks {asked:?}: {decided:?}"));
        // Also where the record refuses it.
        if matches!(asked, Action::Media(_)) && self.devices[dev.0].hides_address {
            self.watch.violated(format!("{dev:?} hides its address and says where it is"));
        }
        let decision = decided?;
        let call = decision.rows.as_ref().map(|rows| rows.call.id);
        if let Some(rows) = decision.rows {
            let (call, due_ms) = (rows.call.id, rows.due_at_ms());
            decision.media.into_iter().for_each(|order| self.server.forwarder.obey(order));
            if let Some(fault) = self.server.forwarder.fault(&rows) {
                self.watch.violated(format!("{call}: {fault}"));
            }
            let before = self.server.rows.insert(call, rows);
            if let Some(due_ms) = due_ms.filter(|_| before.as_ref().and_then(Rows::due_at_ms) != due_ms) {
                let late = self.roll(0..=1_000);
                self.after_ms(due_ms.saturating_sub(now_ms) + late, Happening::Expire { call });
            }
            self.watch_record(before.as_ref(), call);
        }
        let mut put = self.put_out(decision.signals);
        if let Some(call) = call {
            put.extend(self.write_invitation(&actor, &asked, call));
        }
        Ok((put, decision.done))
    }

    fn before(&self, actor: &Actor, call: Option<CallId>, asked: &Action, now_ms: u64) -> Facts {
        let server = &self.server;
        let Action::Invite { invitation, .. } = asked else {
            let call = call.and_then(|id| server.rows.get(&id)).cloned();
            return Facts { call, profiles: profiles(), ..Facts::default() };
        };
        let call = server.live_call_of(&actor.user, now_ms).cloned();
        let group = record::group_of(call.as_ref(), invitation);
        let channel_call = server.live(now_ms).find(|rows| rows.call.channel == invitation.channel);
        Facts {
            channel_call: channel_call.map(|rows| rows.call.id),
            invitees: self.invitees(actor, invitation, now_ms),
            group: group
                .filter(|group| *group == team() && server.team.contains(&actor.user))
                .map(|id| Group { id, name: "Team".to_owned() }),
            most_legs: None,
            node: 0,
            profiles: profiles(),
            call,
        }
    }

    fn invitees(&self, actor: &Actor, invitation: &Invitation, now_ms: u64) -> Vec<Invitee> {
        let server = &self.server;
        let invitee = |user: &UserId| {
            let devices = server.users.get(user)?.iter().filter(|dev| server.sessions.contains_key(dev));
            Some(Invitee {
                user: user.clone(),
                call: server.live_call_of(user, now_ms).cloned(),
                devices: devices.map(|dev| (dev.id(), self.devices[dev.0].name.clone())).collect(),
                is_in_group: server.team.contains(user),
                has_blocked: server.has_blocked(user, &actor.user),
            })
        };
        invitation.to.iter().filter_map(invitee).collect()
    }

    /// Puts signals into the outboxes of all who are told.
    fn put_out(&mut self, signals: Vec<(Recipient, Signal)>) -> Vec<(Dev, u64)> {
        let mut put = Vec::new();
        for (recipient, signal) in signals {
            for dev in self.recipients(&recipient) {
                if matches!(signal, Signal::Media { .. }) && self.devices[dev.0].hides_address {
                    self.watch.violated(format!("{dev:?} hides its address and is told where to send to"));
                }
                put.extend(self.put_out_to(dev, &signal));
            }
        }
        put
    }

    fn recipients(&self, recipient: &Recipient) -> Vec<Dev> {
        let of_user = |user| self.server.users.get(user).cloned().unwrap_or_default();
        let by_id = |id: DeviceId| self.all().find(|dev| dev.id() == id);
        match recipient {
            Recipient::Device(id) => by_id(*id).into_iter().collect(),
            Recipient::User(user) => of_user(user),
            Recipient::OtherDevices(user, id) => of_user(user).into_iter().filter(|dev| dev.id() != *id).collect(),
        }
    }
}

pub(super) fn app() -> AppId {
    AppId::new("carillon").expect("a good name")
}
