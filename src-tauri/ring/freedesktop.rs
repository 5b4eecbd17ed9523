//! Linux: `org.freedesktop.Notifications`, directly, because a ring must be urgent, stay, and be withdrawn.
//!
//! One connection lives as long as the program: GNOME closes the notifications of a sender that leaves the bus.

use std::{collections::HashMap, future::pending};

use async_trait::async_trait;
use carillon_kit::CallId;
use futures_util::{Stream, StreamExt};
use zbus::{Connection, zvariant::Value};

use super::{
    RingContent, RingNotifier, RingPress,
    content::{ACCEPT, DECLINE, OPEN, Words, press},
};

/// Daemons leave a *critical* notification on show, and put it over full-screen windows.
const CRITICAL: u8 = 2;
/// Never by itself: the ring's end withdraws it.
const NO_EXPIRY: i32 = 0;
/// The name of the installed `.desktop` file, and of the icon that comes with it.
const DESKTOP_ENTRY: &str = crate::APP_ID;

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    #[allow(clippy::too_many_arguments)] // the standard's own
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;
    fn close_notification(&self, id: u32) -> zbus::Result<()>;
    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;
    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;
    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
}

/// Shows rings through the desktop's notification daemon.
pub struct FreedesktopNotifier {
    daemon: NotificationsProxy<'static>,
    events: std::pin::Pin<Box<dyn Stream<Item = DaemonEvent> + Send>>,
    shown: Option<Shown>,
}

struct Shown {
    id: u32,
    ring: RingContent,
}

/// What the daemon tells.
enum DaemonEvent {
    Pressed { id: u32, key: String },
    Closed { id: u32 },
    Restarted,
}

impl FreedesktopNotifier {
    /// Listens on a session bus. There need not be a daemon yet.
    ///
    /// # Errors
    /// What the bus says.
    pub async fn on_bus(bus: &Connection) -> zbus::Result<Self> {
        let daemon = NotificationsProxy::new(bus).await?;
        let pressed = daemon.receive_action_invoked().await?.filter_map(|signal| async move {
            let args = signal.args().ok()?;
            Some(DaemonEvent::Pressed { id: args.id, key: args.action_key.clone() })
        });
        let closed = daemon
            .receive_notification_closed()
            .await?
            .filter_map(|signal| async move { Some(DaemonEvent::Closed { id: signal.args().ok()?.id }) });
        let restarted = daemon
            .inner()
            .receive_owner_changed()
            .await?
            .filter_map(|owner| async move { owner.map(|_| DaemonEvent::Restarted) });
        let events = futures_util::stream::select(
            Box::pin(pressed),
            futures_util::stream::select(Box::pin(closed), Box::pin(restarted)),
        );
        Ok(Self { daemon, events: Box::pin(events), shown: None })
    }

    /// What an event means for the ring on show, if anything.
    async fn take(&mut self, event: DaemonEvent) -> Option<RingPress> {
        match event {
            DaemonEvent::Pressed { id, key } => {
                let call = self.on_show(id)?;
                press(&key, call)
            }
            DaemonEvent::Closed { id } => {
                self.on_show(id)?;
                self.shown = None;
                None
            }
            DaemonEvent::Restarted => {
                let ring = self.shown.take()?.ring;
                self.show(&ring).await;
                None
            }
        }
    }

    fn on_show(&self, id: u32) -> Option<CallId> {
        self.shown.as_ref().filter(|shown| shown.id == id).map(|shown| shown.ring.call)
    }
}

#[async_trait]
impl RingNotifier for FreedesktopNotifier {
    async fn show(&mut self, ring: &RingContent) {
        match notify(&self.daemon, ring).await {
            Ok(id) => self.shown = Some(Shown { id, ring: ring.clone() }),
            // The ring window and the bell say it too.
            Err(error) => tracing::warn!(%error, "the ring has no notification"),
        }
    }

    async fn withdraw(&mut self) {
        let Some(Shown { id, .. }) = self.shown.take() else { return };
        if let Err(error) = self.daemon.close_notification(id).await {
            tracing::debug!(%error, "the ring's notification was gone already");
        }
    }

    async fn pressed(&mut self) -> RingPress {
        loop {
            let Some(event) = self.events.next().await else { return pending().await };
            if let Some(press) = self.take(event).await {
                return press;
            }
        }
    }
}

async fn notify(daemon: &NotificationsProxy<'_>, ring: &RingContent) -> zbus::Result<u32> {
    let words = Words::of(ring);
    let capabilities = daemon.get_capabilities().await.unwrap_or_default();
    let can = |what: &str| capabilities.iter().any(|capability| capability == what);
    let all: [&str; 6] = [OPEN, &words.open, ACCEPT, &words.accept, DECLINE, &words.decline];
    let actions: &[&str] = if can("actions") { &all } else { &[] };
    // The kind is our own text, so nothing in the body needs escaping; the name is in the summary, which has no markup.
    daemon.notify(crate::APP_NAME, 0, DESKTOP_ENTRY, &words.name, &words.kind, actions, hints(), NO_EXPIRY).await
}

fn hints() -> HashMap<&'static str, Value<'static>> {
    HashMap::from([
        ("urgency", Value::U8(CRITICAL)),
        ("category", Value::from("call.incoming")),
        ("desktop-entry", Value::from(DESKTOP_ENTRY)),
        ("resident", Value::Bool(true)),
        ("suppress-sound", Value::Bool(true)), // we ring ourselves, on the output that the user chose
    ])
}
