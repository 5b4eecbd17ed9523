//! Calls: verbs in, events and two values out.

mod avatar;
mod driver;
mod event;
mod events;
mod names;
mod outbox;
mod publisher;
mod start;
mod status;
mod trust;

use std::sync::Arc;

use carillon_call::device::Command;
use carillon_protocol::{AppId, CallId, Moderation, RefusalCode, Ring, Secret, Uid, UserId};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

pub use avatar::{Avatar, AvatarError};
pub use carillon_call::device::CallInfo;
pub use event::{CallEvent, HangupReason, StateChange, Unverified};
pub use events::CallEvents;
pub use start::{StartCall, StartCallError};
pub use status::{CallPhase, CallStatus};

use crate::{
    CallStats, Connection, KnownKeys, Levels, MediaOptions, Microphone, Processing, Speaker, VoiceLevel, WantedView,
    media::{CallSettings, Camera, End, FirstPictures, Picture, PictureSource, Screen, ShownPictures, Volume},
};
use avatar::Avatars;
use driver::{AppChoices, AppOrder, Driver, Figures, Reply};
use events::{Announced, Numbered};
use names::Names;
use publisher::EventSender;

/// A window that is so far behind has more to worry about than events.
const EVENT_QUEUE: usize = 256;
/// More than a user can click before they are carried out.
const ORDER_QUEUE: usize = 32;

/// Why there is no [`CallKit`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InitError {
    /// The connection belongs to another application.
    #[error("the connection belongs to the application {0}")]
    OtherApp(AppId),
    /// The connection has a [`CallKit`] already.
    #[error("the connection has a CallKit already")]
    AlreadyInitialised,
}

/// Why an order of the app was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No call rings on this device, or no longer.
    #[error("no call rings on this device")]
    NothingRings,
    /// This device is in no call, or no longer.
    #[error("this device is in no call")]
    NotInACall,
    /// More people can only come into a group call.
    #[error("the call is no group call")]
    NotAGroupCall,
    /// There is no link to the server, and it would come too late.
    #[error("there is no link to the server")]
    Offline,
    /// The server has not done it: this user may not, or the other one is not in the call.
    #[error("the server refuses it: {0:?}")]
    Refused(RefusalCode),
    /// The kit is shut down.
    #[error("the kit is closed")]
    Closed,
}

#[doc = include_str!("guide.md")]
#[derive(Clone)]
pub struct CallKit {
    shared: Arc<SharedKit>,
}

struct SharedKit {
    uid: Uid,
    connection: Connection,
    orders: mpsc::Sender<AppOrder>,
    names: watch::Sender<Names>,
    avatars: watch::Sender<Avatars>,
    known_keys: watch::Sender<KnownKeys>,
    settings: watch::Sender<CallSettings>,
    events: broadcast::Sender<Numbered>,
    announced: watch::Receiver<Announced>,
    ring: watch::Receiver<Option<Ring>>,
    call: watch::Receiver<CallStatus>,
    levels: watch::Receiver<Levels>,
    voices: watch::Receiver<Vec<VoiceLevel>>,
    stats: watch::Receiver<Option<CallStats>>,
    shown: ShownPictures,
    views: watch::Sender<Vec<WantedView>>,
}

impl CallKit {
    /// Begins to take calls over a connection, with the system's default microphone and speaker. Best right after
    /// [`Connection::open`]: a link that is up already begins a new session, because calls begin from a snapshot.
    ///
    /// # Errors
    /// [`InitError`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn init(app_id: &AppId, uid: impl Into<Uid>, connection: Connection) -> Result<Self, InitError> {
        Self::init_with(app_id, uid, connection, MediaOptions::default())
    }

    /// [`init`](Self::init) with a choice of microphone, speaker and sound processing.
    ///
    /// # Errors
    /// [`InitError`].
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn init_with(
        app_id: &AppId,
        uid: impl Into<Uid>,
        connection: Connection,
        media: MediaOptions,
    ) -> Result<Self, InitError> {
        let app = connection.login().signed_in.app;
        if app != *app_id {
            return Err(InitError::OtherApp(app));
        }
        let link = connection.attach().map_err(|_| InitError::AlreadyInitialised)?;
        let (me, uid) = (connection.account().user, uid.into());
        let (orders, orders_rx) = mpsc::channel(ORDER_QUEUE);
        let (names, names_rx) = watch::channel(Names::default());
        let (avatars, avatars_rx) = watch::channel(Avatars::default());
        let (known_keys, _) = watch::channel(KnownKeys::default());
        let (settings, _) = watch::channel(CallSettings::new(media));
        let (events, _) = broadcast::channel(EVENT_QUEUE);
        let (announced_tx, announced) = watch::channel(Announced::default());
        let told = EventSender { events_tx: events.clone(), announced_tx };
        let (publisher, ring, call) = publisher::StatusPublisher::new(me.clone(), told, names_rx.clone(), avatars_rx);
        let (levels_tx, levels) = watch::channel(Levels::default());
        let (voices_tx, voices) = watch::channel(Vec::new());
        let (stats_tx, stats) = watch::channel(None);
        let (shown, views) = (ShownPictures::default(), watch::Sender::new(Vec::new()));
        let figures = Figures { levels: levels_tx, voices: voices_tx, stats: stats_tx, shown: shown.clone() };
        let choices = AppChoices {
            uid: Some(uid.clone()).filter(|uid| *uid != Uid::from(me)),
            known_keys: known_keys.clone(),
            names: names_rx,
            avatars: avatars.clone(),
            settings: settings.clone(),
            views: views.clone(),
        };
        let driver = Driver::new(connection.clone(), link, orders_rx, choices, figures, publisher);
        tokio::spawn(driver.run());
        let shared = SharedKit {
            uid,
            connection,
            orders,
            names,
            avatars,
            known_keys,
            settings,
            events,
            announced,
            ring,
            call,
            levels,
            voices,
            stats,
            shown,
            views,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Who this user is in channels.
    pub fn uid(&self) -> &Uid {
        &self.shared.uid
    }

    /// What it calls over.
    pub fn connection(&self) -> &Connection {
        &self.shared.connection
    }

    /// Calls a user, or several in a group call, and returns when the server knows of it. This is the caller's consent: the
    /// microphone may open. On the channel of the group call that this device is in, it brings more people into that. To the user whose
    /// call rings here it takes that call, whose id it gives.
    ///
    /// Without an `access_token` the kit gets one from the server, and renews it.
    ///
    /// # Errors
    /// [`StartCallError`]. What happens to the call later is an event.
    pub async fn start_call(&self, options: StartCall) -> Result<CallId, StartCallError> {
        options.check()?;
        let (reply, started) = oneshot::channel();
        let (pictures, command) = (options.pictures.clone(), Command::StartCall(options.into()));
        let order = AppOrder::Join { command, pictures, reply: Reply::Started(reply) };
        self.shared.orders.send(order).await.map_err(|_| StartCallError::Closed)?;
        started.await.map_err(|_| StartCallError::Closed)?
    }

    /// The answer to [`CallEvent::Invited`]: `true` lets this device ring, and keeps `access_token` for
    /// [`accept`](Self::accept), or gets one from the server meanwhile; `false` keeps this device silent while the user's others ring on. Never an accept.
    ///
    /// # Errors
    /// [`CommandError::NothingRings`] if the caller has given up meanwhile.
    pub async fn answer_call(&self, ring: bool, access_token: Option<Secret>) -> Result<(), CommandError> {
        self.order(|reply| AppOrder::AnswerCall { ring, access_token, reply: Reply::Taken(reply) }).await
    }

    /// The Accept button: this device joins, the user's others fall silent. This is consent: the microphone may open, and in a video call
    /// the camera.
    ///
    /// # Errors
    /// [`CommandError::NothingRings`] if the ring is over. Whether this device wins the call is an event.
    pub async fn accept(&self) -> Result<(), CommandError> {
        self.accept_with(FirstPictures::default()).await
    }

    /// [`accept`](Self::accept) with a choice of what the other end sees, such as [`FirstPictures::WITHOUT_CAMERA`].
    ///
    /// # Errors
    /// As for [`accept`](Self::accept).
    pub async fn accept_with(&self, pictures: FirstPictures) -> Result<(), CommandError> {
        let command = Command::Accept { access_token: None, uid: None, hides_address: false };
        self.order(|reply| AppOrder::Join { command, pictures, reply: Reply::Taken(reply) }).await
    }

    /// The Decline button: ends the ring on all of the user's devices.
    ///
    /// # Errors
    /// [`CommandError::NothingRings`] if the ring is over.
    pub async fn decline(&self) -> Result<(), CommandError> {
        self.command(Command::Decline).await
    }

    /// Takes the invitation back before the answer, hangs up after it.
    ///
    /// # Errors
    /// [`CommandError::NotInACall`] if there is nothing to hang up. A ring is declined instead.
    pub async fn hang_up(&self) -> Result<(), CommandError> {
        self.command(Command::HangUp).await
    }

    /// Puts away how the last call ended: [`CallPhase::Ended`] becomes [`CallPhase::Idle`]. Where there is
    /// no end to put away, nothing happens.
    ///
    /// # Errors
    /// [`CommandError::Closed`].
    pub async fn dismiss(&self) -> Result<(), CommandError> {
        self.command(Command::Dismiss).await
    }

    /// The user asks for more people in a group call: emits [`CallEvent::AddPerson`].
    ///
    /// # Errors
    /// [`CommandError::NotAGroupCall`] in a call of two, [`CommandError::NotInACall`] in none.
    pub async fn request_add_person(&self) -> Result<(), CommandError> {
        self.order(|reply| AppOrder::AddPerson { reply }).await
    }

    /// Raises this user's hand in the group call in hand, or lowers it. All see it, and in which order hands were raised
    /// ([`Leg::hand`](crate::Leg::hand)). Leaving lowers it.
    ///
    /// # Errors
    /// [`CommandError::NotInACall`] in no group call, [`CommandError::Offline`] without a link.
    pub async fn set_hand(&self, raised: bool) -> Result<(), CommandError> {
        self.command(Command::SetHand { raised }).await
    }

    /// Mutes another participant of the group call in hand, lowers their hand or takes them out of it, and returns when the server has done it.
    /// They hear who did it. Whoever is muted can unmute by themself only; whoever is taken out comes back only if they are asked again.
    ///
    /// # Errors
    /// [`CommandError::Refused`] unless this user's [`Leg::role`](crate::Leg::role) stands above theirs; as for [`set_hand`](Self::set_hand).
    pub async fn moderate(&self, user: UserId, what: Moderation) -> Result<(), CommandError> {
        let command = Command::Moderate { user, what };
        self.order(|reply| AppOrder::Command { command, reply: Reply::Moderated(reply) }).await
    }

    /// Another RTC token of the app's own for the call in hand, for the same channel and uid: the answer to
    /// [`CallEvent::TokenWillExpire`]. Tokens that the kit has fetched are renewed by it.
    ///
    /// # Errors
    /// [`CommandError::NotInACall`]. A token that the server does not take is [`CallEvent::TokenRefused`].
    pub async fn renew_token(&self, access_token: Secret) -> Result<(), CommandError> {
        self.command(Command::RenewToken { access_token }).await
    }

    /// The keys of other people's devices, as they have become known, now and from now on: for the app to keep.
    pub fn known_keys(&self) -> watch::Receiver<KnownKeys> {
        self.shared.known_keys.subscribe()
    }

    /// What the app has kept; best before the connection is up. A key that differs later is [`CallEvent::IdentityChanged`].
    pub fn set_known_keys(&self, known: KnownKeys) {
        self.shared.known_keys.send_replace(known);
    }

    /// Names to show for users, by their uid in the channel (a number or a name) or by their account; replaces the map set before.
    pub fn set_user_id_map(&self, map: impl IntoIterator<Item = (Uid, String)>) {
        self.shared.names.send_replace(Names::new(map));
    }

    /// The picture to show for the other one in a call of two (`contactAvatar`), instead of what the server has: for the call there
    /// is, else for the next one, and gone with its end. [`CallStatus::avatar`] has it. Set it on [`CallEvent::Invited`], before
    /// [`answer_call`](Self::answer_call), or before [`start_call`](Self::start_call).
    pub fn set_contact_avatar(&self, avatar: Option<Avatar>) {
        self.shared.avatars.send_modify(|avatars| avatars.contact = avatar);
    }

    /// The picture to show for the others in a group call (`groupAvatar`); otherwise as
    /// [`set_contact_avatar`](Self::set_contact_avatar).
    pub fn set_group_avatar(&self, avatar: Option<Avatar>) {
        self.shared.avatars.send_modify(|avatars| avatars.group = avatar);
    }

    /// Sends nothing of the microphone, or sends it again: for the call there is, else for the next one. The end of a call unmutes.
    pub fn set_muted(&self, muted: bool) {
        self.change(|settings| settings.muted = muted);
    }

    /// Turns this camera on, in the call in hand, and chooses it for the next ones; `None` turns it off. How a call begins is said with
    /// [`FirstPictures`]. Once it is off not one more picture is sent.
    ///
    /// # Errors
    /// [`CommandError::NotInACall`] before this user has called or accepted, and after the end: then nothing is changed.
    pub fn set_camera(&self, camera: Option<Camera>) -> Result<(), CommandError> {
        self.change_call(|settings| {
            settings.camera_on = Some(camera.is_some());
            settings.media.camera = camera.or(settings.media.camera.take());
        })
    }

    /// Chooses a camera, for this call and the next ones, and leaves it on or off as it is; `None`: this device has no camera.
    pub fn choose_camera(&self, camera: Option<Camera>) {
        self.change(|settings| settings.media.camera = camera);
    }

    /// Shares a screen or a window with the other end of the call in hand, of any kind. `None` stops it, and so does the call's end. Once it
    /// has stopped not one more picture is sent.
    ///
    /// # Errors
    /// As for [`set_camera`](Self::set_camera).
    pub fn set_screen(&self, screen: Option<Screen>) -> Result<(), CommandError> {
        self.change_call(|settings| settings.screen = screen)
    }

    /// Whether what other programs play is heard with the shared screen ([`MediaOptions::screen_sound`](crate::MediaOptions::screen_sound)): as long as one is shared, and not beyond the
    /// call's end. What other calls say is never among it.
    ///
    /// # Errors
    /// As for [`set_camera`](Self::set_camera).
    pub fn set_screen_sound(&self, on: bool) -> Result<(), CommandError> {
        self.change_call(|settings| settings.screen_sound = on)
    }

    /// Whether calls of two that begin, or are accepted, from now on go through the server, so that the other device does not learn this one's
    /// address. Then nothing is sent from device to device, and the server can hear them.
    pub fn set_hide_address(&self, hide: bool) {
        self.change(|settings| settings.hides_address = hide);
    }

    /// Chooses a microphone, for this call and the next ones.
    pub fn set_microphone(&self, microphone: Microphone) {
        self.change(|settings| settings.media.microphone = microphone);
    }

    /// Chooses a speaker, for this call and the next ones.
    pub fn set_speaker(&self, speaker: Speaker) {
        self.change(|settings| settings.media.speaker = speaker);
    }

    /// How loud this user is played in group calls, this one and the next ones: in percent of how loud they come, `0` to `200`. Nobody else hears of it.
    pub fn set_volume(&self, user: UserId, percent: u8) {
        self.change(|settings| settings.set_volume(user, Volume::percent(percent)));
    }

    /// Switches parts of the sound processing, for this call and the next ones.
    pub fn set_processing(&self, processing: Processing) {
        self.change(|settings| settings.media.processing = processing);
    }

    /// What rings on this device: the one value that every window, notification and bell of a ring follows.
    pub fn ring(&self) -> watch::Receiver<Option<Ring>> {
        self.shared.ring.clone()
    }

    /// How the call of this device is.
    pub fn call(&self) -> watch::Receiver<CallStatus> {
        self.shared.call.clone()
    }

    /// How loud both ends are, about 20 times a second while a call's devices are open.
    pub fn levels(&self) -> watch::Receiver<Levels> {
        self.shared.levels.clone()
    }

    /// How loud each of those is who are heard in a group call, about 20 times a second while the call's devices are open. Empty in a call
    /// of two, whose other end is in [`levels`](Self::levels).
    pub fn voices(&self) -> watch::Receiver<Vec<VoiceLevel>> {
        self.shared.voices.clone()
    }

    /// How the media of the call are doing: loss, round trip, jitter, levels and path, about once a second while they flow; `None` before
    /// and after that; in a group call, of the way to the server.
    pub fn stats(&self) -> watch::Receiver<Option<CallStats>> {
        self.shared.stats.clone()
    }

    /// The latest picture of one end's camera or screen; `None` while there is none. This end's own pictures are as they were taken, not as
    /// they arrive, and cost nothing while nobody holds a receiver of them.
    pub fn picture(&self, end: End, source: PictureSource) -> watch::Receiver<Option<Picture>> {
        self.shared.shown.look(end, source)
    }

    /// How much of the other end's camera or screen is seen here, for the call in hand: so many rows at most, 0 for none, and `None` for all that
    /// there is, as each call begins. The other end makes no more than that, and with 0 nothing: then [`picture`](Self::picture) is `None`.
    pub fn want(&self, source: PictureSource, rows: Option<u16>) {
        self.shared.shown.want(source, rows);
    }

    /// What of the group call in hand is shown now, the most important first; it replaces what was said before. Only that is received, and no
    /// larger than it is shown: at most 16 cameras, and one screen with its sound. Nobody is shown before this is said, and nobody any more
    /// when the call is over: before the next call it is empty again. In a call of two it means nothing: see [`want`](Self::want).
    pub fn show(&self, views: Vec<WantedView>) {
        self.shared.views.send_if_modified(|shown| {
            let is_new = *shown != views;
            *shown = views;
            is_new
        });
    }

    /// The latest picture of somebody's camera or screen in a group call, as long as it is among the [shown](Self::show); `None` while there is
    /// none, and never of somebody else. The receiver may be kept: it outlives the call, and is for the next one too. Of this user's own the
    /// pictures are in [`picture`](Self::picture).
    pub fn picture_of(&self, user: &UserId, source: PictureSource) -> watch::Receiver<Option<Picture>> {
        self.shared.shown.look_at(user, source)
    }

    /// What happens, from now on, and before that what rings already: an app that asks late misses no call. A reader that lags behind
    /// misses the oldest; [`ring`](Self::ring) and [`call`](Self::call) are always true.
    pub fn events(&self) -> CallEvents {
        CallEvents::new(self.shared.events.subscribe(), &self.shared.announced)
    }

    /// Hangs up what there is, closes the devices, and stops taking calls. The connection stays, and another [`CallKit`] can be made for it.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.shared.orders.send(AppOrder::Close { done }).await.is_ok() {
            // An error means that the driver has gone already.
            let _ = tokio::time::timeout(driver::CLOSE_TIMEOUT, closed).await;
        }
    }

    async fn command(&self, command: Command) -> Result<(), CommandError> {
        self.order(|reply| AppOrder::Command { command, reply: Reply::Taken(reply) }).await
    }

    async fn order(
        &self,
        order: impl FnOnce(oneshot::Sender<Result<(), CommandError>>) -> AppOrder,
    ) -> Result<(), CommandError> {
        let (reply, taken) = oneshot::channel();
        self.shared.orders.send(order(reply)).await.map_err(|_| CommandError::Closed)?;
        taken.await.map_err(|_| CommandError::Closed)?
    }

    fn change(&self, change: impl FnOnce(&mut CallSettings)) {
        self.shared.settings.send_modify(change);
    }

    fn change_call(&self, change: impl FnOnce(&mut CallSettings)) -> Result<(), CommandError> {
        let is_in_call = self.shared.settings.send_if_modified(|settings| settings.change_call(change));
        if is_in_call { Ok(()) } else { Err(CommandError::NotInACall) }
    }
}
