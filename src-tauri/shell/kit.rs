//! The real kit behind the controller's traits. Translation only.

use std::sync::Arc;

use async_trait::async_trait;
use carillon_ipc::DeviceView;
use carillon_kit::{
    CallEntry, CallEvent, CallKind, CallKit, CallStatus, Connection, Levels, LinkState, Login, MediaDevice,
    MediaNotice, MediaOptions, Microphone, News, Person, Register, RequestError, Ring, SignIn, SignInError, StartCall,
    StartCallError, UserId,
    media::{LevelMeter, MediaError, bell, devices},
};
use tokio::sync::{broadcast, watch};

use crate::{
    backend::{Backend, CallOrder, Devices, Meter, Session, SoundSetting},
    desktop::{BellSound, Sounding},
};

/// As many calls as the main window shows.
const RECENT: u32 = 50;

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

    async fn bell(&self, sound: Sounding) -> Result<Box<dyn Send>, MediaNotice> {
        let bell = match sound.bell {
            BellSound::Ring => bell::Bell::Ring,
            BellSound::Ringback => bell::Bell::Ringback,
            BellSound::Test => bell::Bell::Test,
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
    fn login(&self) -> &Login {
        self.connection.login()
    }

    fn link(&self) -> watch::Receiver<LinkState> {
        self.connection.link()
    }

    fn news(&self) -> broadcast::Receiver<News> {
        self.connection.signals()
    }

    fn events(&self) -> broadcast::Receiver<CallEvent> {
        self.calls.events()
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

    async fn search(&self, query: &str) -> Result<Vec<Person>, RequestError> {
        self.connection.search_users(query).await
    }

    async fn recent(&self) -> Result<Vec<CallEntry>, RequestError> {
        self.connection.recent_calls(RECENT).await
    }

    async fn start_call(&self, to: UserId, kind: CallKind) -> Result<(), StartCallError> {
        let options = match kind {
            CallKind::Voice => StartCall::voice(to),
            CallKind::Video => StartCall::video(to),
        };
        self.calls.start_call(options).await.map(|_| ())
    }

    async fn order(&self, order: CallOrder) {
        let done = match order {
            CallOrder::Ring(here) => self.calls.answer_call(here, None).await,
            CallOrder::Accept => self.calls.accept().await,
            CallOrder::Decline => self.calls.decline().await,
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
