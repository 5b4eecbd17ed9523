//! The real kit behind the controller's traits. Translation only.

use std::sync::Arc;

use async_trait::async_trait;
use carillon_ipc::DeviceView;
use carillon_kit::{
    Account, AvatarId, CallEntry, CallEvent, CallEvents, CallKind, CallKit, CallStatus, Chat, Connection, Conversation,
    DeviceEntry, DeviceId, GroupId, GroupInfo, GroupKind, KnownKeys, Levels, LinkState, Login, MediaDevice,
    MediaNotice, MediaOptions, Member, Message, MessageBody, Microphone, News, OpId, Person, Register, RequestError,
    Ring, SignIn, SignInError, StartCall, StartCallError, UserId,
    media::{LevelMeter, MediaError, bell, devices},
};
use tokio::sync::{broadcast, watch};

use crate::{
    backend::{Backend, CallOrder, Calling, Change, Devices, Meter, Session, SoundSetting},
    desktop::{Bell, PlayingBell},
};

/// As many calls as the main window shows.
const RECENT: u32 = 50;
/// The controller does nothing slow.
const EVENT_QUEUE: usize = 256;
/// One page of a conversation.
const PAGE: u32 = 50;

/// The kit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kit;

#[async_trait]
impl Backend for Kit {
    async fn sign_in(&self, typed: SignIn) -> Result<Login, SignInError> {
        carillon_kit::sign_in(typed).await
    }

    async fn register(&self, typed: Register) -> Result<Login, SignInError> {
        carillon_kit::register(typed).await
    }

    async fn sign_out(&self, login: Login) {
        if let Err(error) = carillon_kit::sign_out(&login).await {
            tracing::warn!(%error, "the server did not hear of the sign-out");
        }
    }

    fn open(&self, login: Login, media: MediaOptions) -> Result<Arc<dyn Session>, String> {
        let (app, user) = (login.signed_in.app.clone(), login.signed_in.account.user.clone());
        let connection = Connection::open(login).map_err(|error| error.to_string())?;
        let calls = CallKit::init_with(&app, user, connection.clone(), media).map_err(|error| error.to_string())?;
        Ok(Arc::new(KitSession { connection, calls }))
    }

    async fn devices(&self) -> Devices {
        tokio::task::spawn_blocking(listed).await.unwrap_or_default()
    }

    async fn meter(&self, microphone: Microphone) -> Result<Box<dyn Meter>, MediaNotice> {
        let opened = blocking(move || LevelMeter::start(&microphone)).await;
        let meter = opened.map_err(|error| MediaNotice::of(MediaDevice::Microphone, error))?;
        Ok(Box::new(KitMeter(meter)))
    }

    async fn bell(&self, sound: PlayingBell) -> Result<Box<dyn Send>, MediaNotice> {
        let bell = match sound.bell {
            Bell::Ring => bell::Bell::Ring,
            Bell::Ringback => bell::Bell::Ringback,
            Bell::Test => bell::Bell::Test,
        };
        let opened = blocking(move || bell::BellPlayer::start(bell, &sound.output)).await;
        Ok(Box::new(opened.map_err(|error| MediaNotice::of(MediaDevice::Speaker, error))?))
    }
}

/// Sound systems answer when they like.
async fn blocking<T: Send + 'static>(
    open: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    match tokio::task::spawn_blocking(open).await {
        Ok(opened) => opened,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

fn listed() -> Devices {
    let views = |infos: Vec<devices::DeviceInfo>| {
        infos.into_iter().map(|info| DeviceView { id: info.id, name: info.name }).collect()
    };
    let list = devices::list();
    Devices { microphones: views(list.microphones), speakers: views(list.speakers) }
}

struct KitMeter(LevelMeter);

impl Meter for KitMeter {
    fn level(&self) -> f32 {
        // As the kit shows a call's levels: below -60 dBov nobody hears anything.
        ((self.0.level_dbov() + 60.0) / 60.0).clamp(0.0, 1.0)
    }
}

/// One connection with its calls.
struct KitSession {
    connection: Connection,
    calls: CallKit,
}

#[async_trait]
impl Session for KitSession {
    fn login(&self) -> Login {
        self.connection.login()
    }

    fn account(&self) -> Account {
        self.connection.account()
    }

    fn device(&self) -> DeviceId {
        self.connection.device()
    }

    fn link(&self) -> watch::Receiver<LinkState> {
        self.connection.link()
    }

    fn news(&self) -> broadcast::Receiver<News> {
        self.connection.signals()
    }

    fn events(&self) -> broadcast::Receiver<CallEvent> {
        let (events_tx, events) = broadcast::channel(EVENT_QUEUE);
        tokio::spawn(pass_on(self.calls.events(), events_tx));
        events
    }

    fn ring(&self) -> watch::Receiver<Option<Ring>> {
        self.calls.ring()
    }

    fn call(&self) -> watch::Receiver<CallStatus> {
        self.calls.call()
    }

    fn levels(&self) -> watch::Receiver<Levels> {
        self.calls.levels()
    }

    fn missed_calls(&self) -> watch::Receiver<u32> {
        self.connection.missed_calls()
    }

    fn known_keys(&self) -> watch::Receiver<KnownKeys> {
        self.calls.known_keys()
    }

    fn set_known_keys(&self, keys: KnownKeys) {
        self.calls.set_known_keys(keys);
    }

    async fn search(&self, query: &str) -> Result<Vec<Person>, RequestError> {
        self.connection.search_users(query).await
    }

    async fn recent(&self) -> Result<Vec<CallEntry>, RequestError> {
        self.connection.recent_calls(RECENT).await
    }

    async fn contacts(&self) -> Result<Vec<Person>, RequestError> {
        self.connection.contacts().await
    }

    async fn conversations(&self) -> Result<Vec<Conversation>, RequestError> {
        self.connection.conversations().await
    }

    async fn history(&self, chat: &Chat, before: Option<u64>) -> Result<(Vec<Message>, bool), RequestError> {
        self.connection.history(chat, before, PAGE).await
    }

    async fn send_text(&self, op: OpId, chat: Chat, text: &str) -> Result<Message, RequestError> {
        let body = MessageBody::Text { text: text.to_owned() };
        self.connection.send_message_as(op, chat, body, serde_json::Map::new()).await
    }

    async fn groups(&self) -> Result<Vec<GroupInfo>, RequestError> {
        self.connection.groups().await
    }

    async fn rooms(&self, query: &str) -> Result<Vec<GroupInfo>, RequestError> {
        self.connection.search_rooms(query).await
    }

    async fn group(&self, group: &GroupId) -> Result<(GroupInfo, Vec<Member>), RequestError> {
        self.connection.group(group).await
    }

    async fn create_group(
        &self,
        kind: GroupKind,
        name: &str,
        members: Vec<UserId>,
    ) -> Result<(GroupInfo, Vec<Member>), RequestError> {
        self.connection.create_group(kind, name, members).await
    }

    async fn devices(&self) -> Result<Vec<DeviceEntry>, RequestError> {
        self.connection.devices().await
    }

    async fn picture(&self, picture: &AvatarId) -> Result<Vec<u8>, RequestError> {
        self.connection.avatar(picture).await.map(|bytes| bytes.to_vec())
    }

    async fn change(&self, change: Change) -> Result<(), RequestError> {
        let at = &self.connection;
        match change {
            Change::AddContact(user) => at.add_contact(&user).await,
            Change::RemoveContact(user) => at.remove_contact(&user).await,
            Change::SetBlocked(user, blocked) => at.set_blocked(&user, blocked).await,
            Change::SetDisplayName(name) => at.set_display_name(&name).await,
            Change::SetPicture(picture) => at.set_avatar(picture).await,
            Change::SetDoNotDisturb(on) => at.set_do_not_disturb(on).await,
            Change::SetAway(away) => at.set_away(away).await,
            Change::RenameDevice(device, name) => at.rename_device(device, &name).await,
            Change::RevokeDevice(device) => at.revoke_device(device).await,
            Change::SetRingHere(device, ring) => at.set_ring_here(device, ring).await,
            Change::MarkRead(chat, up_to) => at.mark_read(&chat, up_to).await,
            Change::MarkCallsSeen(call) => at.mark_calls_seen(call).await,
            Change::RenameGroup(group, name) => at.rename_group(&group, &name).await,
            Change::SetGroupPicture(group, picture) => at.set_group_avatar(&group, picture).await,
            Change::AddMembers(group, users) => at.add_members(&group, users).await.map(|_| ()),
            Change::RemoveMember(group, user) => at.remove_member(&group, &user).await,
            Change::SetGroupRole(group, user, role) => at.set_group_role(&group, &user, role).await,
            Change::JoinRoom(group) => at.join_room(&group).await,
            Change::LeaveGroup(group) => at.leave_group(&group).await,
        }
    }

    async fn change_password(&self, old: &str, new: &str) -> Result<(), SignInError> {
        self.connection.change_password(old, new).await
    }

    async fn start_call(&self, calling: Calling) -> Result<(), StartCallError> {
        self.calls.start_call(options(calling)).await.map(|_| ())
    }

    async fn order(&self, order: CallOrder) {
        let done = match order {
            CallOrder::Ring(here) => self.calls.answer_call(here, None).await,
            CallOrder::Accept => self.calls.accept().await,
            CallOrder::Decline => self.calls.decline().await,
            CallOrder::AddPerson => self.calls.request_add_person().await,
            CallOrder::HangUp => self.calls.hang_up().await,
            CallOrder::Dismiss => self.calls.dismiss().await,
        };
        if done.is_err() {
            tracing::debug!(?order, "ordered after the end");
        }
    }

    fn set(&self, sound: SoundSetting) {
        match sound {
            SoundSetting::Muted(muted) => self.calls.set_muted(muted),
            SoundSetting::Microphone(microphone) => self.calls.set_microphone(microphone),
            SoundSetting::Speaker(speaker) => self.calls.set_speaker(speaker),
            SoundSetting::Processing(processing) => self.calls.set_processing(processing),
        }
    }

    async fn close(&self) {
        self.calls.close().await;
        self.connection.close().await;
    }
}

/// What happens to calls, as the controller takes it: by one reader from the start, so that nothing is to be told anew.
async fn pass_on(mut events: CallEvents, to: broadcast::Sender<CallEvent>) {
    loop {
        match events.recv().await {
            Ok(event) => {
                // Its reader has gone with the session.
                if to.send(event).is_err() {
                    return;
                }
            }
            Err(broadcast::error::RecvError::Lagged(missed)) => tracing::warn!(missed, "events of calls were missed"),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

fn options(calling: Calling) -> StartCall {
    match calling {
        Calling::Person { to, kind: CallKind::Voice } => StartCall::voice(to),
        Calling::Person { to, kind: CallKind::Video } => StartCall::video(to),
        Calling::Group { group, place, to } => StartCall::group(CallKind::Voice, place, group, to),
        Calling::More { channel, scope, to } => StartCall { channel, scope, ..StartCall::several(CallKind::Voice, to) },
    }
}
