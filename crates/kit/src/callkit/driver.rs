//! The one task that owns the call machine: feeds it, does what it wants done, and wakes it when it asked to be woken.

mod media;
mod outcome;
mod waiting;

use std::time::Duration;

use carillon_call::{
    OpIds,
    device::{Command, Device, Input, Link, Media, Output, Phase},
};
use carillon_protocol::{
    Answer, CallId, ChannelName, Invitation, MediaSignal, Refusal, RefusalCode, Request, Secret, Uid,
    identity::description_text,
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::timeout,
};

use super::{
    CallEvent, StartCallError, Unverified, avatar::Avatars, names::Names, outbox::Outbox, teller::Teller, trust::Trust,
};
use crate::{
    Connection, KnownKeys, Levels, clock,
    connection::{CallLink, Feed},
    media::{CallMedia, MediaEvent, MediaOutput, Settings, What},
};
use waiting::{Reply, Waiting};

/// How long closing may take.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
/// What a call's media tell: some dozens of candidates at once.
const MEDIA_EVENT_QUEUE: usize = 256;
/// tokio's timers stop while the machine sleeps, the clock of calls does not: it is looked at as often as this.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(1);

/// What the handles want.
#[derive(Debug)]
pub(crate) enum Order {
    Start { invitation: Invitation, reply: Reply },
    AnswerCall { ring: bool, access_token: Option<Secret> },
    Accept,
    Command(Command),
    RenewToken { access_token: Secret },
    AddPerson,
    Close { done: oneshot::Sender<()> },
}

/// What the app has set.
pub(crate) struct Wishes {
    /// As whom this user is in channels, where that is not by the account's name.
    pub(crate) uid: Option<Uid>,
    /// Grows with what is learned.
    pub(crate) known_keys: watch::Sender<KnownKeys>,
    pub(crate) names: watch::Receiver<Names>,
    /// Cleared at each call's end.
    pub(crate) avatars: watch::Sender<Avatars>,
    /// Unmuted at each call's end.
    pub(crate) settings: watch::Sender<Settings>,
}

type Started = Result<CallId, StartCallError>;

pub(crate) struct Driver {
    device: Device,
    connection: Connection,
    link: CallLink,
    outbox: Outbox,
    trust: Trust,
    orders: mpsc::Receiver<Order>,
    wishes: Wishes,
    media_output: MediaOutput,
    media_events: mpsc::Receiver<MediaEvent>,
    media: Option<CallMedia>,
    /// How many were made so far.
    media_made: u64,
    closing: JoinSet<()>,
    teller: Teller,
    waiting: Waiting,
    /// From `answer_call`, for `accept`.
    access_token: Option<Secret>,
    /// To tell after what the machine says to the same input.
    warning: Option<CallEvent>,
    /// The answer to an invite that was taken back before it went.
    unsent: Option<Input>,
    /// A description that was not used ends the call, once everything before it is done.
    unverified: Option<Unverified>,
}

impl Driver {
    pub(crate) fn new(
        connection: Connection,
        link: CallLink,
        orders: mpsc::Receiver<Order>,
        wishes: Wishes,
        levels: watch::Sender<Levels>,
        teller: Teller,
    ) -> Self {
        let (events, media_events) = mpsc::channel(MEDIA_EVENT_QUEUE);
        Self {
            device: Device::new(connection.account().user, OpIds::starting_at(Connection::new_op())),
            outbox: Outbox::new(connection.clone(), wishes.uid.clone()),
            trust: Trust::new(wishes.known_keys.clone()),
            connection,
            link,
            orders,
            wishes,
            media_output: MediaOutput { events, levels },
            media_events,
            media: None,
            media_made: 0,
            closing: JoinSet::new(),
            teller,
            waiting: Waiting::default(),
            access_token: None,
            warning: None,
            unsent: None,
            unverified: None,
        }
    }

    /// Runs until the last handle is gone, or one of them closes.
    pub(crate) async fn run(mut self) {
        self.link.attach().await;
        let mut settings = self.wishes.settings.subscribe();
        let mut avatars = self.wishes.avatars.subscribe();
        let mut is_linked = true;
        let done = loop {
            let wait = self.until_deadline();
            tokio::select! {
                // What the link has told comes first: whoever saw it up may order at once.
                biased;
                feed = self.link.next(), if is_linked => match feed {
                    Some(feed) => self.feed(feed),
                    None => is_linked = false,
                },
                order = self.orders.recv() => match order {
                    None => break None,
                    Some(Order::Close { done }) => break Some(done),
                    Some(order) => self.obey(order),
                },
                Some(event) = self.media_events.recv() => self.hear(event),
                Ok(()) = self.wishes.names.changed() => self.teller.rename(),
                Ok(()) = avatars.changed() => self.teller.redraw(),
                Ok(()) = settings.changed() => self.teller.set_muted(settings.borrow_and_update().muted),
                token = self.outbox.wait(), if self.outbox.is_waiting() => {
                    if let Some(access_token) = token {
                        self.command(Command::RenewToken { access_token });
                    }
                }
                Some(_) = self.closing.join_next() => {}
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {
                    self.device.handle_timeout(clock::now());
                }
            }
            self.settle().await;
        };
        self.close().await;
        // Whoever wanted it closed may not wait for it.
        done.map(|done| done.send(()));
    }

    fn until_deadline(&self) -> Option<Duration> {
        let deadline = self.device.poll_timeout()?;
        Some(deadline.at.saturating_duration_since(clock::now()).min(LOOK_AT_CLOCK))
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Start { invitation, reply } => self.start(invitation, reply),
            Order::AnswerCall { ring, access_token } => {
                self.access_token = access_token;
                self.command(Command::AnswerCall { ring });
            }
            Order::Accept => {
                let (access_token, uid) = (self.access_token.take(), self.outbox.uid());
                self.command(Command::Accept { access_token, uid });
            }
            Order::Command(Command::HangUp) => self.hang_up(),
            Order::RenewToken { access_token } => {
                self.outbox.leave_renewals_to_the_app();
                self.command(Command::RenewToken { access_token });
            }
            Order::Command(command) => {
                if command == Command::Dismiss {
                    self.teller.dismiss();
                }
                self.command(command);
            }
            Order::AddPerson => self.teller.add_person(),
            Order::Close { .. } => {} // ends the loop
        }
    }

    /// On the channel of the group call in hand it brings more people into that.
    fn start(&mut self, mut invitation: Invitation, reply: Reply) {
        invitation.uid = invitation.uid.or_else(|| self.outbox.uid());
        self.waiting.ordered(invitation.to.clone(), reply);
        self.command(Command::StartCall(invitation));
    }

    fn channel(&self) -> Option<ChannelName> {
        self.device.call().map(|call| call.channel.clone())
    }

    /// An invite that has not gone yet never goes.
    fn hang_up(&mut self) {
        let unsent = if self.is_named() { None } else { self.outbox.take_back_invite() };
        self.command(Command::HangUp);
        if let Some(op) = unsent {
            let refusal = Refusal { code: RefusalCode::Invalid, detail: "taken back before it was sent".into() };
            self.unsent = Some(Input::Answer { op, result: Answer::Refused(refusal) });
        }
    }

    fn is_named(&self) -> bool {
        self.device.call().is_none_or(|call| call.id.is_some())
    }

    fn feed(&mut self, feed: Feed) {
        self.warning = self.trust.notice(&feed);
        self.input(match feed {
            Feed::Resumed => Input::Link(Link::Resumed),
            Feed::Reset(call) => Input::Link(Link::Reset(call)),
            Feed::Down => Input::Link(Link::Down),
            Feed::Signal(signal) => Input::Signal(signal),
            Feed::Answer { op, result } => Input::Answer { op, result },
        });
    }

    fn hear(&mut self, event: MediaEvent) {
        let is_current = self.media.as_ref().is_some_and(|media| media.number == event.by);
        match event.what {
            // The end of a recording may be written after its call's.
            What::Notice(notice) => self.teller.notice(notice),
            _ if !is_current => {} // media that were closed meanwhile
            What::Media(media) => self.input(Input::Media(media)),
            What::Hearing => self.teller.hearing(),
            What::Useless => self.hang_up(),
            What::PoorNetwork(poor) => self.teller.set_poor_network(poor),
        }
    }

    fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    fn input(&mut self, input: Input) {
        tracing::trace!(?input);
        self.device.handle_input(input, clock::now());
    }

    /// Does all that the machine wants done, then tells it.
    async fn settle(&mut self) {
        loop {
            while let Some(output) = self.device.poll_output() {
                tracing::trace!(?output);
                match output {
                    Output::Send { op, request } => {
                        let request = self.signed(request);
                        self.outbox.push(op, request);
                    }
                    Output::Media(order) => self.arrange(order),
                    Output::Event(event) => self.tell(event),
                }
            }
            self.waiting.is_heard();
            match self.own_input() {
                Some(input) => self.input(input),
                None => break,
            }
        }
        self.send().await;
        if let Some(call) = self.device.call() {
            let is_silenced = matches!(self.device.phase(), Phase::Ringing) && self.device.shown_ring().is_none();
            self.teller.know(call, is_silenced);
            if let Some(id) = call.id {
                self.waiting.named(id);
            }
        }
        self.warning.take().into_iter().for_each(|warning| self.teller.add(warning));
        self.teller.publish();
    }

    /// What the driver has to say to the machine, one input at a time.
    fn own_input(&mut self) -> Option<Input> {
        let taken_back = self.unsent.take();
        taken_back.or_else(|| self.unverified.take().map(|_| Input::Media(Media::Failed)))
    }

    async fn send(&mut self) {
        let channel = self.channel();
        while let Some((op, request)) = self.outbox.next(channel.as_ref()) {
            self.link.ask(op, request).await;
        }
    }

    /// What this device says about its media is signed with its own key.
    fn signed(&self, mut request: Request) -> Request {
        if let (Request::Media { call, signal: MediaSignal::Description(description) }, Some(secret)) =
            (&mut request, self.connection.secret())
        {
            let text = description_text(*call, description.kind, &description.sdp);
            description.signature = Some(secret.sign(&text));
        }
        request
    }

    async fn close(&mut self) {
        // Silence first: a ring goes on elsewhere, everything else ends.
        if matches!(self.device.phase(), Phase::Ringing) {
            self.command(Command::AnswerCall { ring: false });
        } else {
            self.hang_up();
        }
        self.settle().await;
        self.close_media();
        let all_closed = async { while self.closing.join_next().await.is_some() {} };
        if timeout(CLOSE_TIMEOUT, all_closed).await.is_err() {
            tracing::warn!("media did not close in time");
        }
        while let Ok(event) = self.media_events.try_recv() {
            self.hear(event);
        }
        self.teller.publish();
    }
}
