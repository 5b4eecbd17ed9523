//! The real kit behind the controller's traits. Translation only.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use carillon_ipc::{DeviceView, ScreenKind, ScreenView};
use carillon_kit::{
    Attachment, AttachmentId, AvatarId, CallEvent, CallEvents, CallKit, CommandError, Connection, End, FirstPictures,
    GroupId, KnownKeys, Login, MediaDevice, MediaNotice, MediaOptions, Microphone, Moderation, NewAttachment,
    PictureSource, Processing, Register, RequestError, SignIn, SignInError, Speaker, StartCall, StartCallError,
    TransferError, UserId, WantedView,
    media::{
        Camera, CameraPreview, LevelMeter, MediaError, Screen, ScreenInfo, Thumbnails, bell::BellPlayer, cameras,
        devices, screens, shown_level,
    },
    shown_name,
};
use tokio::sync::{broadcast, mpsc};

use super::{
    files::{Parts, Saving},
    thumbnail,
};
use crate::{
    backend::{Backend, CallValues, Devices, LatestPicture, Meter, Preview, Session, ShareableScreen},
    desktop::PlayingBell,
};

/// The controller does nothing slow.
const EVENT_QUEUE: usize = 256;

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
        let calls = CallKit::init_with(&app, user, connection, media).map_err(|error| error.to_string())?;
        Ok(Arc::new(calls))
    }

    async fn devices(&self) -> Devices {
        tokio::task::spawn_blocking(listed).await.unwrap_or_default()
    }

    async fn meter(&self, microphone: Microphone) -> Result<Box<dyn Meter>, MediaNotice> {
        let opened = blocking(move || LevelMeter::start(&microphone)).await;
        let meter = opened.map_err(|error| MediaNotice::of(MediaDevice::Microphone, error))?;
        Ok(Box::new(KitMeter(meter)))
    }

    async fn screens(&self) -> Vec<ShareableScreen> {
        let listed = || screens(Thumbnails::Made).into_iter().map(shareable).collect();
        tokio::task::spawn_blocking(listed).await.unwrap_or_default()
    }

    async fn preview(&self, camera: Camera) -> Result<Box<dyn Preview>, MediaNotice> {
        let (failures, failed) = mpsc::channel(1);
        let tell = move |error| drop(failures.try_send(error)); // one is enough
        let opened = blocking(move || CameraPreview::open(&camera, tell)).await;
        let preview = opened.map_err(|error| MediaNotice::of(MediaDevice::Camera, error))?;
        Ok(Box::new(KitPreview { preview, failed }))
    }

    async fn bell(&self, playing: PlayingBell) -> Result<Box<dyn Send>, MediaNotice> {
        let opened =
            blocking(move || BellPlayer::start(playing.bell, f32::from(playing.volume) / 100.0, &playing.output)).await;
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
    Devices { microphones: views(list.microphones), speakers: views(list.speakers), cameras: views(cameras()) }
}

fn shareable(info: ScreenInfo) -> ShareableScreen {
    let kind = match info.kind {
        carillon_kit::media::ScreenKind::Screen => ScreenKind::Screen,
        carillon_kit::media::ScreenKind::Window => ScreenKind::Window,
        carillon_kit::media::ScreenKind::Picker => ScreenKind::Picker,
    };
    let thumbnail = info.thumbnail.as_ref().and_then(thumbnail::data_url);
    // What the desktop's picker will show is not known here.
    let name = if info.name.is_empty() { String::new() } else { shown_name(&info.name) };
    let view = ScreenView { id: info.id.to_string(), name, kind, thumbnail };
    ShareableScreen { screen: Screen::Device(info.id), view }
}

struct KitPreview {
    preview: CameraPreview,
    failed: mpsc::Receiver<MediaError>,
}

#[async_trait]
impl Preview for KitPreview {
    fn pictures(&self) -> LatestPicture {
        self.preview.pictures()
    }

    async fn failed(&mut self) -> MediaNotice {
        match self.failed.recv().await {
            Some(error) => MediaNotice::of(MediaDevice::Camera, error),
            None => std::future::pending().await, // it was closed, and nobody waits
        }
    }
}

struct KitMeter(LevelMeter);

impl Meter for KitMeter {
    fn level(&self) -> f32 {
        shown_level(self.0.level_dbov())
    }
}

#[async_trait]
impl Session for CallKit {
    fn connection(&self) -> &Connection {
        self.connection()
    }

    fn calls(&self) -> CallValues {
        let (events_tx, events) = broadcast::channel(EVENT_QUEUE);
        tokio::spawn(pass_on(self.events(), events_tx));
        CallValues {
            ring: self.ring(),
            status: self.call(),
            levels: self.levels(),
            voices: self.voices(),
            stats: self.stats(),
            their_camera: self.picture(End::Other, PictureSource::Camera),
            their_screen: self.picture(End::Other, PictureSource::Screen),
            known_keys: self.known_keys(),
            events,
        }
    }

    fn set_known_keys(&self, keys: KnownKeys) {
        self.set_known_keys(keys);
    }

    async fn picture(&self, picture: &AvatarId) -> Result<Vec<u8>, RequestError> {
        self.connection().avatar(picture).await.map(|bytes| bytes.to_vec())
    }

    async fn thumbnail(&self, file: AttachmentId) -> Result<Vec<u8>, RequestError> {
        self.connection().thumbnail(file).await.map(|bytes| bytes.to_vec())
    }

    async fn send_file(
        &self,
        new: NewAttachment,
        thumbnail: Option<Vec<u8>>,
        parts: mpsc::Receiver<Vec<u8>>,
        progress: Box<dyn FnMut(u64) + Send>,
    ) -> Result<Attachment, TransferError> {
        self.connection().upload(&new, &mut Parts::new(parts), thumbnail, progress).await
    }

    async fn save_file(
        &self,
        file: Attachment,
        folder: PathBuf,
        progress: Box<dyn FnMut(u64) + Send>,
    ) -> Result<String, TransferError> {
        let mut saved = Saving::begin(&folder, &file.name).await?;
        self.connection().download(&file, saved.file(), progress).await?;
        Ok(saved.keep().await?)
    }

    async fn set_picture(&self, picture: Option<Vec<u8>>) -> Result<(), RequestError> {
        self.connection().set_avatar(picture).await
    }

    async fn set_group_picture(&self, group: &GroupId, picture: Vec<u8>) -> Result<(), RequestError> {
        self.connection().set_group_avatar(group, picture).await
    }

    async fn change_password(&self, old: &str, new: &str) -> Result<(), SignInError> {
        self.connection().change_password(old, new).await
    }

    async fn delete_account(&self, password: &str) -> Result<(), SignInError> {
        self.connection().delete_account(password).await
    }

    async fn start_call(&self, call: StartCall) -> Result<(), StartCallError> {
        self.start_call(call).await.map(|_| ())
    }

    async fn answer_call(&self, ring: bool) -> Result<(), CommandError> {
        self.answer_call(ring, None).await
    }

    async fn accept(&self, pictures: FirstPictures) -> Result<(), CommandError> {
        self.accept_with(pictures).await
    }

    async fn decline(&self) -> Result<(), CommandError> {
        self.decline().await
    }

    async fn hang_up(&self) -> Result<(), CommandError> {
        self.hang_up().await
    }

    async fn dismiss(&self) -> Result<(), CommandError> {
        self.dismiss().await
    }

    async fn request_add_person(&self) -> Result<(), CommandError> {
        self.request_add_person().await
    }

    async fn set_hand(&self, raised: bool) -> Result<(), CommandError> {
        self.set_hand(raised).await
    }

    async fn moderate(&self, user: UserId, what: Moderation) -> Result<(), CommandError> {
        self.moderate(user, what).await
    }

    fn set_muted(&self, muted: bool) {
        self.set_muted(muted);
    }

    fn set_camera(&self, camera: Option<Camera>) {
        let camera = self.set_camera(camera);
        camera.unwrap_or_else(|error| tracing::debug!(%error, "a camera was switched after the call"));
    }

    fn choose_camera(&self, camera: Camera) {
        self.choose_camera(Some(camera));
    }

    fn set_screen(&self, screen: Option<Screen>) {
        let screen = self.set_screen(screen);
        screen.unwrap_or_else(|error| tracing::debug!(%error, "a screen was shared after the call"));
    }

    fn pictures(&self, end: End, source: PictureSource) -> LatestPicture {
        self.picture(end, source)
    }

    fn want(&self, source: PictureSource, rows: Option<u16>) {
        self.want(source, rows);
    }

    fn picture_of(&self, user: &UserId, source: PictureSource) -> LatestPicture {
        self.picture_of(user, source)
    }

    fn show(&self, views: Vec<WantedView>) {
        self.show(views);
    }

    fn set_volume(&self, user: UserId, percent: u8) {
        self.set_volume(user, percent);
    }

    fn set_microphone(&self, microphone: Microphone) {
        self.set_microphone(microphone);
    }

    fn set_speaker(&self, speaker: Speaker) {
        self.set_speaker(speaker);
    }

    fn set_processing(&self, processing: Processing) {
        self.set_processing(processing);
    }

    fn set_hide_address(&self, hide: bool) {
        self.set_hide_address(hide);
    }

    async fn close(&self) {
        self.close().await;
        self.connection().close().await;
    }
}

/// Passes on what happens to calls. One reader from the start misses no event.
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
