//! The media of the call in hand: what the machine orders of them, and what they tell.

use carillon_call::device::{CallInfo, MediaControl, MediaRole, Phase};
use carillon_protocol::{CallKind, Description, Direction, Leg, LegState, MediaSignal, Published, WantedPicture};
use carillon_rtc::TransportConfig;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use super::{AppChoices, CLOSE_TIMEOUT, CallEvent, Driver, Input, Media, Unverified};
use crate::{
    CallStats, Levels, VoiceLevel, WantedView,
    media::{
        CallMedia, CallSettings, KnownNetworks, MediaEvent, MediaOutput, MediaReport, Purpose, ShownPictures, ViewSlots,
    },
};

/// What a call's media tell: some dozens of candidates at once.
const MEDIA_EVENT_QUEUE: usize = 256;

/// Where figures about the media go, and what is seen.
pub(crate) struct Figures {
    pub(crate) levels: watch::Sender<Levels>,
    pub(crate) voices: watch::Sender<Vec<VoiceLevel>>,
    pub(crate) shown: ShownPictures,
    pub(crate) stats: watch::Sender<Option<CallStats>>,
}

/// The media of the call in hand, if it has any, and those that still close.
pub(super) struct CurrentMedia {
    current: Option<CallMedia>,
    /// How many media and transports were made so far.
    made: u64,
    settings: watch::Sender<CallSettings>,
    /// What of a group call is shown, and where that is received.
    views: watch::Sender<Vec<WantedView>>,
    slots: ViewSlots,
    output: MediaOutput,
    events: mpsc::Receiver<MediaEvent>,
    closing: JoinSet<()>,
}

impl CurrentMedia {
    pub(super) fn new(choices: &AppChoices, figures: Figures) -> Self {
        let (settings, views) = (choices.settings.clone(), choices.views.clone());
        let (events_tx, events) = mpsc::channel(MEDIA_EVENT_QUEUE);
        let Figures { levels, voices, stats, shown } = figures;
        let output =
            MediaOutput { events: events_tx, levels, voices, stats, shown, networks: KnownNetworks::default() };
        let slots = ViewSlots::default();
        Self { current: None, made: 0, settings, views, slots, output, events, closing: JoinSet::new() }
    }

    fn prepare(&mut self, role: MediaRole, kind: CallKind, is_group: bool, config: TransportConfig) {
        self.made += 1;
        let number = self.made;
        if self.current.as_mut().is_some_and(|media| media.renew(number, role, &config)) {
            return;
        }
        self.close();
        let purpose = Purpose { number, role, kind, is_group };
        self.current = Some(CallMedia::prepare(purpose, config, self.settings.subscribe(), self.output.clone()));
    }

    fn are_of_group(&self) -> bool {
        self.current.as_ref().is_some_and(CallMedia::are_of_group)
    }

    /// What is to be received of a group call from now on, if that is something else than before.
    fn wish(&mut self) -> Option<Vec<WantedPicture>> {
        let media = self.current.as_ref().filter(|media| media.are_of_group())?;
        let wanted = self.slots.give(&self.views.borrow())?;
        media.want(wanted.clone());
        Some(wanted)
    }

    /// The other end says what it shows.
    pub(super) fn other_publishes(&self, published: Published) {
        self.output.shown.other_publishes(published);
    }

    /// Somebody in a group call says what they show.
    pub(super) fn person_publishes(&self, leg: &Leg) {
        let is_there = leg.state == LegState::Accepted;
        let published = if is_there { leg.published } else { Published::default() };
        self.output.shown.person_publishes(&leg.user, published);
    }

    /// What media tell. What those tell that were closed meanwhile is of no use, but for the end of a recording, which may be written
    /// after its call's. Safe to drop half-way.
    pub(super) async fn next(&mut self) -> MediaReport {
        loop {
            tokio::select! {
                Some(event) = self.events.recv() => if let Some(report) = self.believed(event) { return report },
                Some(_) = self.closing.join_next() => {}
            }
        }
    }

    fn believed(&self, event: MediaEvent) -> Option<MediaReport> {
        let is_current = self.current.as_ref().is_some_and(|media| media.tell(&event));
        (is_current || matches!(event.report, MediaReport::Notice(_))).then_some(event.report)
    }

    fn close(&mut self) {
        if let Some(media) = self.current.take() {
            self.slots = ViewSlots::default();
            let closed = media.close();
            self.closing.spawn(async move {
                // Media that panicked have closed their devices by that, and were told of.
                let _ = closed.await;
            });
        }
    }

    /// Closes all, and gives what they told last.
    pub(super) async fn finish(&mut self) -> Vec<MediaReport> {
        self.close();
        let all_closed = async { while self.closing.join_next().await.is_some() {} };
        if timeout(CLOSE_TIMEOUT, all_closed).await.is_err() {
            tracing::warn!("media did not close in time");
        }
        let last = std::iter::from_fn(|| self.events.try_recv().ok()).collect::<Vec<_>>();
        last.into_iter().filter_map(|event| self.believed(event)).collect()
    }
}

impl Driver {
    /// What this device's user sees of a group call, once they are in it.
    pub(super) fn wish(&mut self) -> Option<Input> {
        let is_in_it = matches!(self.device.phase(), Phase::Inviting | Phase::Joining | Phase::Active { .. });
        if is_in_it { self.media.wish().map(Input::Want) } else { None }
    }

    pub(super) fn arrange(&mut self, order: MediaControl) {
        match order {
            MediaControl::Prepare { role, kind } => {
                let config = self.transport_config(role);
                let is_group = self.device.call().is_some_and(CallInfo::is_group);
                self.media.prepare(role, kind, is_group, config);
            }
            MediaControl::Close => {
                self.media.close();
                self.media.output.shown.end_call();
                self.choices.views.send_modify(Vec::clear);
            }
            MediaControl::Open => {
                self.join_others();
                self.media.current.iter().for_each(CallMedia::open);
            }
            MediaControl::Restart => self.media.current.iter().for_each(CallMedia::restart),
            MediaControl::Deliver(signal) => self.deliver(signal),
            // In a call of two it is known who is in them, and what they want they say themselves.
            MediaControl::Slots { .. } if !self.media.are_of_group() => {}
            MediaControl::Slots { slots, wants } => {
                // Of a group call the server is the other end: it says what all others together want to see.
                self.media.other_publishes(Published { wants, ..Published::default() });
                self.media.current.iter().for_each(|media| media.set_slots(slots.clone()));
            }
        }
    }

    /// Before the microphone opens, for what is said in the first moment would be heard by all.
    fn join_others(&mut self) {
        let me = self.connection.account().user;
        let is_other = |leg: &&Leg| leg.state == LegState::Accepted && leg.user != me;
        let call = self.device.call().filter(|call| call.is_group() && call.direction == Direction::Incoming);
        let Some(others) = call.map(|call| call.legs.iter().filter(is_other).count()) else { return };
        if self.choices.settings.send_if_modified(|settings| settings.join_others(others)) {
            self.publisher.set_muted(true); // with the news that they are in it
        }
    }

    /// What media tell.
    pub(super) fn hear(&mut self, report: MediaReport) {
        match report {
            MediaReport::Notice(notice) => self.publisher.notice(notice),
            MediaReport::Media(media) => self.input(Input::Media(media)),
            MediaReport::Publishes(published) => self.input(Input::Publish(published)),
            MediaReport::Hearing => self.publisher.hearing(),
            MediaReport::Useless => self.hang_up(),
            MediaReport::PoorNetwork(poor) => self.publisher.set_poor_network(poor),
        }
    }

    /// What the other end says, if it says it.
    fn deliver(&mut self, signal: MediaSignal) {
        if let MediaSignal::Description(description) = &signal
            && let Err(why) = self.verify(description)
        {
            return self.refuse(why);
        }
        if let Some(media) = &self.media.current {
            media.deliver(signal);
        }
    }

    fn verify(&self, description: &Description) -> Result<(), Unverified> {
        match self.device.call() {
            // The server is the other end, which the link has proven.
            Some(call) if !call.path.is_direct() => Ok(()),
            Some(CallInfo { id: Some(call), with, .. }) => self.trust.check(*call, with, description),
            Some(_) | None => Ok(()), // no call, no media
        }
    }

    /// The app hears why. Media that flow already are the other end's own, and go on.
    fn refuse(&mut self, why: Unverified) {
        let Some(CallInfo { id: Some(call), with, .. }) = self.device.call() else { return };
        tracing::warn!(%call, %why, "a media description is not used");
        self.publisher.add(CallEvent::Unverified { call: *call, user: with.clone(), why });
        if !matches!(self.device.phase(), Phase::Active { .. }) {
            self.follow_ups.push_back(Input::Media(Media::Unverified));
        }
    }

    fn transport_config(&self, role: MediaRole) -> TransportConfig {
        // The server learns this device's address by the packets that come from it.
        let is_asked = role != MediaRole::Participant;
        let stun = self.connection.greeting().and_then(|greeting| greeting.stun).filter(|_| is_asked);
        TransportConfig {
            stun: stun.into_iter().map(|server| format!("stun:{server}")).collect(),
            ..Default::default()
        }
    }
}
