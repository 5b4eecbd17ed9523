//! The desktop's portal: it asks the user, and says where the pixels are.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, atomic::AtomicBool};
use std::time::Duration;

use ashpd::desktop::screencast::{CursorMode, Screencast, SelectSourcesOptions, SourceType, Streams};
use ashpd::desktop::{PersistMode, ResponseError, Session};
use futures_util::StreamExt as _;
use tokio::runtime::Runtime;
use tokio::time::{interval, timeout};

use crate::error::MediaError;
use crate::picture::input::ScreenId;
use crate::picture::source::Stop;

/// How often it is looked whether the user has turned it off meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A desktop without a portal says so in no time.
const PATIENCE: Duration = Duration::from_secs(5);
/// So long the connection is given its turn when it is looked for news.
const NEWS: Duration = Duration::from_millis(1);
/// More than are shared in one run of the program.
const MOST_TOKENS: usize = 64;

/// The number of the next id: each time the user is to pick there is another one.
static NEXT: AtomicU64 = AtomicU64::new(0);
/// What the portal gave for each id: with it the same is shared again without asking, say when a call's media are made anew. A token is good for once.
static TOKENS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Where PipeWire has the pixels.
pub(super) struct Remote {
    pub(super) socket: OwnedFd,
    pub(super) node: u32,
}

/// A cast that goes on until this is dropped, or until the user ends it on the desktop.
pub(super) struct Cast {
    runtime: Runtime,
    session: Arc<Session<Screencast>>,
    is_over: Arc<AtomicBool>,
    // The session lives as long as its connection.
    _screencast: Screencast,
}

/// One id more, if the desktop has a picker.
pub(super) fn new_id() -> Option<ScreenId> {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let runtime = runtime().ok()?;
    let asked = runtime.block_on(async { timeout(PATIENCE, has_picker()).await });
    matches!(asked, Ok(Ok(true))).then(|| ScreenId::of_picker(number))
}

async fn has_picker() -> Result<bool, ashpd::Error> {
    let screencast = connected().await?;
    Ok(!screencast.available_source_types().await?.is_empty())
}

impl Cast {
    pub(super) fn pick(id: &ScreenId, stop: &Stop) -> Result<(Self, Remote), MediaError> {
        let runtime = runtime()?;
        let picked = runtime.block_on(async {
            let mut picking = pin!(pick(id));
            let mut looks = interval(LOOK_EVERY);
            loop {
                tokio::select! {
                    picked = &mut picking => return picked.map_err(explain),
                    _ = looks.tick() => if stop.is_stopped() { return Err(MediaError::Closed) },
                }
            }
        });
        let (screencast, session, remote) = picked?;
        let (session, is_over) = (Arc::new(session), Arc::new(AtomicBool::new(false)));
        let (watched, over) = (Arc::clone(&session), Arc::clone(&is_over));
        runtime.spawn(async move {
            if let Ok(closed) = watched.receive_closed().await {
                let _ = pin!(closed).next().await;
                over.store(true, Ordering::Release);
            }
        });
        Ok((Self { runtime, session, is_over, _screencast: screencast }, remote))
    }

    /// Whether it has ended. Looks for news from the desktop.
    pub(super) fn is_over(&self) -> bool {
        // Made within the runtime, whose clock it takes.
        self.runtime.block_on(async { tokio::time::sleep(NEWS).await });
        self.is_over.load(Ordering::Acquire)
    }
}

impl Drop for Cast {
    fn drop(&mut self) {
        let closing = async { timeout(PATIENCE, self.session.close()).await };
        // The desktop has most likely ended it.
        let _ = self.runtime.block_on(closing);
    }
}

/// What has ended on the desktop does not begin again without asking.
pub(super) fn forget(id: &ScreenId) {
    tokens().remove(&id.0);
}

async fn pick(id: &ScreenId) -> Result<(Screencast, Session<Screencast>, Remote), ashpd::Error> {
    let screencast = connected().await?;
    let session = screencast.create_session(Default::default()).await?;
    let kinds = screencast.available_source_types().await? & (SourceType::Monitor | SourceType::Window);
    let token = tokens().remove(&id.0);
    let wanted = SelectSourcesOptions::default()
        .set_cursor_mode(CursorMode::Embedded)
        .set_sources(kinds)
        .set_multiple(false)
        .set_persist_mode(PersistMode::Application)
        .set_restore_token(token.as_deref());
    screencast.select_sources(&session, wanted).await?.response()?;
    let picked: Streams = screencast.start(&session, None, Default::default()).await?.response()?;
    if let Some(token) = picked.restore_token() {
        keep_token(id, token);
    }
    let node = picked.streams().first().ok_or(ashpd::Error::NoResponse)?.pipe_wire_node_id();
    let socket = screencast.open_pipe_wire_remote(&session, Default::default()).await?;
    Ok((screencast, session, Remote { socket, node }))
}

/// With a connection of its own, which ends with it.
async fn connected() -> Result<Screencast, ashpd::Error> {
    let connection = ashpd::zbus::Connection::session().await.map_err(ashpd::Error::Zbus)?;
    Screencast::with_connection(connection).await
}

fn keep_token(id: &ScreenId, token: &str) {
    let mut tokens = tokens();
    if tokens.len() >= MOST_TOKENS {
        tokens.clear();
    }
    tokens.insert(id.0.clone(), token.to_owned());
}

fn tokens() -> std::sync::MutexGuard<'static, BTreeMap<String, String>> {
    TOKENS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn runtime() -> Result<Runtime, MediaError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| MediaError::Other(error.to_string()))
}

fn explain(error: ashpd::Error) -> MediaError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is not exhaustive")]
    match error {
        ashpd::Error::Response(ResponseError::Cancelled) => MediaError::Cancelled,
        ashpd::Error::PortalNotFound(_) => MediaError::NoScreen,
        error => MediaError::Other(error.to_string()),
    }
}
