//! The one task that owns the call machine: feeds it, does what it wants done, and wakes it when it asked to be woken.

mod media;
mod outcome;
mod waiting;

use std::{collections::VecDeque, time::Duration};

use carillon_call::{
    OpIds,
    device::{Command, Device, Input, Link, Media, Output, Phase},
};
use carillon_protocol::{
    Answer, ChannelName, MediaSignal, PendingRequest, Refusal, RefusalCode, Request, Secret, Uid,
    identity::description_text,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    CallEvent, CommandError, StartCallError, Unverified, avatar::Avatars, names::Names, outbox::Outbox,
    publisher::StatusPublisher, trust::Trust,
};
use crate::{
    Connection, KnownKeys, clock,
    connection::{CallLink, Feed},
    media::{CallSettings, FirstPictures, WantedView},
};
use media::CurrentMedia;
pub(super) use media::Figures;
pub(super) use waiting::Reply;
use waiting::{Waiting, answer};

/// How long closing may take.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
/// tokio's timers stop while the machine sleeps, the clock of calls does not: it is looked at as often as this.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(1);

/// What the handles want.
#[derive(Debug)]
pub(crate) enum AppOrder {
    /// For the call machine.
    Command { command: Command, reply: Reply },
    /// The same: the user calls or accepts, and this is shown from the first moment on.
    Join { command: Command, pictures: FirstPictures, reply: Reply },
    /// Whether to ring, and a token of the app's own for when the user accepts.
    AnswerCall { ring: bool, access_token: Option<Secret>, reply: Reply },
    /// The user wants more people in the group call in hand.
    AddPerson { reply: oneshot::Sender<Result<(), CommandError>> },
    /// The end.
    Close { done: oneshot::Sender<()> },
}

/// What the app has set.
pub(crate) struct AppChoices {
    /// As whom this user is in channels, where that is not by the account's name.
    pub(crate) uid: Option<Uid>,
    /// Grows with what is learned.
    pub(crate) known_keys: watch::Sender<KnownKeys>,
    pub(crate) names: watch::Receiver<Names>,
    /// Cleared at each call's end.
    pub(crate) avatars: watch::Sender<Avatars>,
    /// At each call's end unmuted, nothing shared, and the camera as the next call's kind has it.
    pub(crate) settings: watch::Sender<CallSettings>,
    /// What of a group call is shown. Empty again at its end.
    pub(crate) views: watch::Sender<Vec<WantedView>>,
}

pub(crate) struct Driver {
    device: Device,
    connection: Connection,
    link: CallLink,
    outbox: Outbox,
    trust: Trust,
    orders: mpsc::Receiver<AppOrder>,
    choices: AppChoices,
    media: CurrentMedia,
    publisher: StatusPublisher,
    waiting: Waiting,
    /// What this task itself has to say to the machine, after what the machine says to the input in hand.
    follow_ups: VecDeque<Input>,
}

impl Driver {
    pub(crate) fn new(
        connection: Connection,
        link: CallLink,
        orders: mpsc::Receiver<AppOrder>,
        choices: AppChoices,
        figures: Figures,
        publisher: StatusPublisher,
    ) -> Self {
        Self {
            device: Device::new(connection.account().user, OpIds::starting_at(Connection::new_op())),
            outbox: Outbox::new(connection.clone(), choices.uid.clone()),
            trust: Trust::new(choices.known_keys.clone()),
            connection,
            link,
            orders,
            media: CurrentMedia::new(&choices, figures),
            choices,
            publisher,
            waiting: Waiting::default(),
            follow_ups: VecDeque::new(),
        }
    }

    /// Runs until the last handle is gone, or one of them closes.
    pub(crate) async fn run(mut self) {
        self.link.attach().await;
        let done = self.serve().await;
        self.close().await;
        // From here on the connection may have another kit.
        drop(self.link);
        // The handle that wanted it closed may not wait for it.
        done.map(|done| done.send(()));
    }

    async fn serve(&mut self) -> Option<oneshot::Sender<()>> {
        let mut settings = self.choices.settings.subscribe();
        let mut avatars = self.choices.avatars.subscribe();
        let mut views = self.choices.views.subscribe();
        let mut is_linked = true;
        loop {
            let wait = self.until_deadline();
            let mut warning = None;
            tokio::select! {
                // What the link has told comes first: an app that saw it up may order at once.
                biased;
                feed = self.link.next(), if is_linked => match feed {
                    Some(feed) => warning = self.feed(feed),
                    None => is_linked = false,
                },
                order = self.orders.recv() => match order {
                    None => return None,
                    Some(AppOrder::Close { done }) => return Some(done),
                    Some(order) => self.obey(order),
                },
                report = self.media.next() => self.hear(report),
                Ok(()) = self.choices.names.changed() => self.publisher.rename(),
                Ok(()) = avatars.changed() => self.publisher.redraw(),
                Ok(()) = views.changed() => {} // what is new of it is told with all else
                Ok(()) = settings.changed() => self.publisher.set_muted(settings.borrow_and_update().muted),
                token = self.outbox.wait(), if self.outbox.is_waiting() => {
                    if let Some(access_token) = token {
                        self.command(Command::RenewToken { access_token });
                    }
                }
                () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {
                    self.device.handle_timeout(clock::now());
                }
            }
            self.settle(warning).await;
        }
    }

    fn until_deadline(&self) -> Option<Duration> {
        let deadline = self.device.poll_timeout()?;
        Some(deadline.at.saturating_duration_since(clock::now()).min(LOOK_AT_CLOCK))
    }

    fn obey(&mut self, order: AppOrder) {
        match order {
            AppOrder::Command { command, reply } => {
                self.waiting.ordered(&command, reply);
                self.order(command);
            }
            AppOrder::Join { command, pictures, reply } => {
                self.waiting.ordered(&command, reply);
                self.join(command, pictures);
            }
            AppOrder::AnswerCall { ring, access_token, reply } => {
                if matches!(self.device.phase(), Phase::Ringing) {
                    self.outbox.keep_own(access_token);
                }
                let command = Command::AnswerCall { ring };
                self.waiting.ordered(&command, reply);
                self.command(command);
            }
            AppOrder::AddPerson { reply } => answer(reply, self.publisher.add_person()),
            AppOrder::Close { .. } => {} // ends the loop
        }
    }

    /// What is shown is known before the machine lets anything be opened, and forgotten where it lets nothing.
    fn join(&mut self, command: Command, pictures: FirstPictures) {
        let begins = self.choices.settings.send_if_modified(|settings| settings.begin_call(pictures));
        self.order(command);
        let is_joined = matches!(self.device.phase(), Phase::Inviting | Phase::Joining | Phase::Active { .. });
        if begins && !is_joined {
            self.choices.settings.send_if_modified(CallSettings::take_back_call);
        }
    }

    /// An order of the app, with what only this task knows.
    fn order(&mut self, command: Command) {
        match command {
            Command::StartCall(mut invitation) => {
                invitation.uid = invitation.uid.or_else(|| self.outbox.uid());
                invitation.hides_address |= self.hides_address();
                self.command(Command::StartCall(invitation));
            }
            Command::Accept { hides_address, .. } => {
                let (access_token, uid) = (self.outbox.take_own(), self.outbox.uid());
                self.command(Command::Accept {
                    access_token,
                    uid,
                    hides_address: hides_address || self.hides_address(),
                });
            }
            Command::HangUp => self.hang_up(),
            Command::RenewToken { access_token } => {
                self.outbox.leave_renewals_to_the_app();
                self.command(Command::RenewToken { access_token });
            }
            Command::Dismiss => {
                self.publisher.dismiss();
                self.command(Command::Dismiss);
            }
            command @ (Command::AddPeople(_)
            | Command::SetHand { .. }
            | Command::Moderate { .. }
            | Command::AnswerCall { .. }
            | Command::Decline) => self.command(command),
        }
    }

    fn hides_address(&self) -> bool {
        self.choices.settings.borrow().hides_address
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
            self.follow_ups.push_back(Input::Answer { op, result: Answer::Refused(refusal) });
        }
    }

    fn is_named(&self) -> bool {
        self.device.call().is_none_or(|call| call.id.is_some())
    }

    /// What the link tells; a warning that the app hears after what the machine says to it.
    fn feed(&mut self, feed: Feed) -> Option<CallEvent> {
        let warning = self.trust.notice(&feed);
        self.input(match feed {
            Feed::Resumed => Input::Link(Link::Resumed),
            Feed::Reset(call) => Input::Link(Link::Reset(call)),
            Feed::Down => Input::Link(Link::Down),
            Feed::Signal(signal) => Input::Signal(signal),
            Feed::Answer { op, result } => Input::Answer { op, result },
        });
        warning
    }

    fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    fn input(&mut self, input: Input) {
        tracing::trace!(?input);
        self.device.handle_input(input, clock::now());
    }

    /// Does all that the machine wants done, then tells it.
    async fn settle(&mut self, warning: Option<CallEvent>) {
        loop {
            while let Some(output) = self.device.poll_output() {
                tracing::trace!(?output);
                match output {
                    Output::Send(request) => {
                        let request = self.signed(request);
                        self.outbox.push(request);
                    }
                    Output::Media(order) => self.arrange(order),
                    Output::Event(event) => self.tell(event),
                }
            }
            self.waiting.is_heard();
            match self.follow_ups.pop_front().or_else(|| self.wish()) {
                Some(input) => self.input(input),
                None => break,
            }
        }
        self.send().await;
        if let Some(call) = self.device.call() {
            let is_silenced = matches!(self.device.phase(), Phase::Ringing) && self.device.shown_ring().is_none();
            self.publisher.know(call, is_silenced);
            if let Some(id) = call.id {
                self.waiting.named(id);
            }
        }
        warning.into_iter().for_each(|warning| self.publisher.add(warning));
        self.publisher.publish();
    }

    async fn send(&mut self) {
        let channel = self.channel();
        while let Some(request) = self.outbox.next(channel.as_ref()) {
            self.link.ask(request).await;
        }
    }

    /// What this device says about its media is signed with its own key.
    fn signed(&self, mut request: PendingRequest) -> PendingRequest {
        if let (Request::Media { call, signal: MediaSignal::Description(description) }, Some(secret)) =
            (&mut request.body, self.connection.secret())
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
        self.settle(None).await;
        for report in self.media.finish().await {
            self.hear(report);
        }
        self.publisher.publish();
    }
}
