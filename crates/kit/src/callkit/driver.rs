//! The one task that owns the call machine: feeds it, does what it wants done, and wakes it when it asked to be woken.

use std::time::Duration;

use carillon_call::device::{self, Command, Device, End, Event, Input, Link, Output, Phase, Rejection};
use carillon_protocol::{CallId, Invitation};
use carillon_rtc::TransportConfig;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::timeout,
};

use super::{StartCallError, avatar::Avatars, names::Names, teller::Teller};
use crate::{
    Connection, Levels, clock,
    connection::{CallLink, Feed},
    pipeline::{Outlets, Pipeline, Said, Settings, What},
};

/// How long closing may take.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);
/// What pipelines say: some dozens of candidates at once.
const SAID_QUEUE: usize = 256;
/// tokio's timers stop while the machine sleeps, the clock of calls does not: it is looked at as often as this.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(1);

/// What the handles want.
#[derive(Debug)]
pub(crate) enum Order {
    Start { invitation: Invitation, reply: oneshot::Sender<Started> },
    AnswerCall { ring: bool, access_token: Option<String> },
    Accept,
    Command(Command),
    AddPerson,
    Close { done: oneshot::Sender<()> },
}

/// What the app has set.
pub(crate) struct Wishes {
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
    orders: mpsc::Receiver<Order>,
    wishes: Wishes,
    outlets: Outlets,
    said: mpsc::Receiver<Said>,
    pipeline: Option<Pipeline>,
    pipelines: u64,
    closing: JoinSet<()>,
    teller: Teller,
    /// Who waits for a call to begin.
    starting: Option<oneshot::Sender<Started>>,
    /// From `answer_call`, for `accept`.
    access_token: Option<String>,
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
        let (said_tx, said) = mpsc::channel(SAID_QUEUE);
        Self {
            device: Device::new(connection.account().user.clone()),
            connection,
            link,
            orders,
            wishes,
            outlets: Outlets { said: said_tx, levels },
            said,
            pipeline: None,
            pipelines: 0,
            closing: JoinSet::new(),
            teller,
            starting: None,
            access_token: None,
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
                Some(said) = self.said.recv() => self.hear(said),
                Ok(()) = self.wishes.names.changed() => self.teller.rename(),
                Ok(()) = avatars.changed() => self.teller.redraw(),
                Ok(()) = settings.changed() => self.teller.set_muted(settings.borrow_and_update().muted),
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
            Order::Start { invitation, reply } => {
                if let Some(forgotten) = self.starting.replace(reply) {
                    // Whoever asked may have gone meanwhile.
                    let _ = forgotten.send(Err(StartCallError::InAnotherCall));
                }
                self.command(Command::StartCall(invitation));
            }
            Order::AnswerCall { ring, access_token } => {
                self.access_token = access_token;
                self.command(Command::AnswerCall { ring });
            }
            Order::Accept => {
                let access_token = self.access_token.take();
                self.command(Command::Accept { access_token });
            }
            Order::Command(command) => {
                if command == Command::Dismiss {
                    self.teller.dismiss();
                }
                self.command(command);
            }
            Order::AddPerson => {
                let is_group = self.device.call().is_some_and(|call| call.call_type.is_group());
                self.teller.add_person(is_group);
            }
            Order::Close { .. } => {} // ends the loop
        }
    }

    fn feed(&mut self, feed: Feed) {
        self.input(match feed {
            Feed::Resumed => Input::Link(Link::Resumed),
            Feed::Reset(call) => Input::Link(Link::Reset(call)),
            Feed::Down => Input::Link(Link::Down),
            Feed::Signal(signal) => Input::Signal(signal),
            Feed::Answer { op, result } => Input::Answer { op, result },
        });
    }

    fn hear(&mut self, said: Said) {
        if self.pipeline.as_ref().is_none_or(|pipeline| pipeline.number != said.by) {
            return; // a pipeline that was closed meanwhile
        }
        match said.what {
            What::Media(media) => self.input(Input::Media(media)),
            What::Hearing => self.teller.hearing(),
            What::Notice(notice) => self.teller.notice(notice),
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
        while let Some(output) = self.device.poll_output() {
            tracing::trace!(?output);
            match output {
                Output::Send { op, request } => self.link.ask(op, request).await,
                Output::Media(order) => self.arrange(order),
                Output::Event(event) => self.tell(event),
            }
        }
        if let Some(call) = self.device.call() {
            let is_silenced =
                matches!(self.device.phase(), Phase::Ringing { .. }) && self.device.shown_ring().is_none();
            self.teller.know(call, is_silenced);
            if let Some(id) = call.id {
                self.started(Ok(id));
            }
        }
        self.teller.publish();
    }

    fn arrange(&mut self, order: device::Order) {
        match order {
            device::Order::Prepare { role, .. } => {
                self.close_pipeline();
                self.pipelines += 1;
                let settings = self.wishes.settings.subscribe();
                let config = self.transport_config();
                self.pipeline = Some(Pipeline::prepare(self.pipelines, role, config, settings, self.outlets.clone()));
            }
            device::Order::Close => self.close_pipeline(),
            device::Order::Open => self.pipeline.iter().for_each(Pipeline::open),
            device::Order::Restart => self.pipeline.iter().for_each(Pipeline::restart),
            device::Order::Deliver(signal) => {
                if let Some(pipeline) = &self.pipeline {
                    pipeline.deliver(signal);
                }
            }
        }
    }

    fn transport_config(&self) -> TransportConfig {
        let stun = self.connection.greeting().and_then(|greeting| greeting.stun);
        TransportConfig {
            stun: stun.into_iter().map(|server| format!("stun:{server}")).collect(),
            ..Default::default()
        }
    }

    fn close_pipeline(&mut self) {
        if let Some(pipeline) = self.pipeline.take() {
            let closed = pipeline.close();
            self.closing.spawn(async move {
                // A pipeline that panicked has closed its devices by that.
                let _ = closed.await;
            });
        }
    }

    fn tell(&mut self, event: Event) {
        match &event {
            Event::Rejected { command: Command::StartCall(_), why } => self.started(Err(match why {
                Rejection::Offline => StartCallError::Offline,
                Rejection::InACall | Rejection::NothingRings => StartCallError::InAnotherCall,
            })),
            Event::Ended { end, .. } => {
                self.access_token = None;
                self.wishes.settings.send_if_modified(|settings| std::mem::take(&mut settings.muted));
                self.started(Err(match end {
                    End::Refused(refusal) => StartCallError::Refused(refusal.clone()),
                    _ => StartCallError::Ended,
                }));
            }
            _ => {}
        }
        let is_end = matches!(event, Event::Ended { .. });
        self.teller.note(event, clock::now());
        if is_end {
            self.wishes.avatars.send_if_modified(|avatars| std::mem::take(avatars) != Avatars::default());
        }
    }

    fn started(&mut self, how: Started) {
        if let Some(reply) = self.starting.take() {
            // Whoever asked may have gone meanwhile.
            let _ = reply.send(how);
        }
    }

    async fn close(&mut self) {
        // Silence first: a ring goes on elsewhere, everything else ends.
        if matches!(self.device.phase(), Phase::Ringing { .. }) {
            self.command(Command::AnswerCall { ring: false });
        } else {
            self.command(Command::HangUp);
        }
        self.settle().await;
        self.close_pipeline();
        let all_closed = async { while self.closing.join_next().await.is_some() {} };
        if timeout(CLOSE_TIMEOUT, all_closed).await.is_err() {
            tracing::warn!("media did not close in time");
        }
    }
}
