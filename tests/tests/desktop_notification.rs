//! The ring's notification, against a daemon on a bus of its own.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_desktop_lib::ring::{FreedesktopNotifier, RingAction, RingPress, RingShown, follow};
use carillon_ipc::Locale;
use carillon_protocol::{CallId, CallKind};
use carillon_tests::desktop::{FakeNotifications, SessionBus, until};
use tokio::sync::{mpsc, watch};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_ring_is_urgent_stays_makes_no_sound_of_its_own_and_can_be_answered() -> Result<()> {
    let mut desk = Desk::with_daemon().await?;

    desk.rings.send_replace(Some(ring(1)));
    let shown = desk.daemon()?.ring(PATIENCE).await?;
    assert_eq!((shown.summary.as_str(), shown.body.as_str(), shown.expires), ("Ada", "Voice call", 0));
    assert_eq!(shown.actions, ["default", "Open", "accept", "Accept", "decline", "Decline"]);
    let hint = |name: &str| shown.hints.get(name).map(String::as_str);
    assert_eq!(
        (hint("urgency"), hint("category"), hint("desktop-entry")),
        (Some("2"), Some("call.incoming"), Some("org.carillon.desktop"))
    );
    assert_eq!((hint("resident"), hint("suppress-sound")), (Some("true"), Some("true")));

    desk.daemon()?.press(shown.id, "decline").await?;
    assert_eq!(desk.presses.recv().await, Some(RingPress { call: call(1), action: RingAction::Decline }));
    Ok(())
}

#[tokio::test]
async fn the_end_of_the_ring_withdraws_it_and_the_next_ring_is_another_one() -> Result<()> {
    let desk = Desk::with_daemon().await?;

    desk.rings.send_replace(Some(ring(1)));
    let first = desk.daemon()?.ring(PATIENCE).await?;
    desk.rings.send_replace(None);
    desk.daemon()?.withdrawn(first.id, PATIENCE).await?;
    desk.rings.send_replace(Some(ring(2)));
    let second = desk.daemon()?.ring(PATIENCE).await?;

    assert_ne!(first.id, second.id);
    Ok(())
}

#[tokio::test]
async fn a_press_on_a_ring_that_is_over_presses_nothing() -> Result<()> {
    let mut desk = Desk::with_daemon().await?;
    desk.rings.send_replace(Some(ring(1)));
    let first = desk.daemon()?.ring(PATIENCE).await?;
    desk.rings.send_replace(Some(ring(2)));
    desk.daemon()?.withdrawn(first.id, PATIENCE).await?;
    let second = desk.daemon()?.ring(PATIENCE).await?;

    desk.daemon()?.press(first.id, "accept").await?;
    desk.daemon()?.press(second.id, "default").await?;

    assert_eq!(desk.presses.recv().await, Some(RingPress { call: call(2), action: RingAction::Open }));
    assert!(desk.presses.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_daemon_that_starts_anew_in_the_middle_of_a_ring_shows_it_again() -> Result<()> {
    let mut desk = Desk::with_daemon().await?;
    desk.rings.send_replace(Some(ring(1)));
    desk.daemon()?.ring(PATIENCE).await?;

    desk.daemon = None; // it crashes
    desk.daemon = Some(take_name(&desk.bus).await?);

    let again = desk.daemon()?.ring(PATIENCE).await?;
    assert_eq!(again.summary, "Ada");
    Ok(())
}

#[tokio::test]
async fn without_a_daemon_a_ring_is_only_not_shown() -> Result<()> {
    let mut desk = Desk::without_daemon().await?;

    desk.rings.send_replace(Some(ring(1)));
    desk.rings.send_replace(None);
    desk.daemon = Some(take_name(&desk.bus).await?);
    desk.rings.send_replace(Some(ring(2)));

    desk.daemon()?.ring(PATIENCE).await?;
    Ok(())
}

#[tokio::test]
async fn a_ring_whose_notifications_are_switched_off_has_none() -> Result<()> {
    let desk = Desk::with_daemon().await?;

    desk.rings.send_replace(Some(RingShown { notification: false, ..ring(1) }));
    desk.rings.send_replace(Some(ring(2)));
    desk.daemon()?.ring(PATIENCE).await?;

    assert_eq!(desk.daemon()?.all().len(), 1);
    Ok(())
}

/// A notifier that follows `rings`, and a daemon.
struct Desk {
    rings: watch::Sender<Option<RingShown>>,
    presses: mpsc::Receiver<RingPress>,
    daemon: Option<FakeNotifications>,
    bus: SessionBus,
}

impl Desk {
    async fn with_daemon() -> Result<Self> {
        let bus = SessionBus::start()?;
        let daemon = FakeNotifications::on_bus(&bus).await?;
        Self::on(bus, Some(daemon)).await
    }

    async fn without_daemon() -> Result<Self> {
        Self::on(SessionBus::start()?, None).await
    }

    async fn on(bus: SessionBus, daemon: Option<FakeNotifications>) -> Result<Self> {
        let notifier = FreedesktopNotifier::on_bus(&bus.connect().await?).await?;
        let (rings, rings_rx) = watch::channel(None);
        let (presses_tx, presses) = mpsc::channel(4);
        tokio::spawn(follow(notifier, rings_rx, presses_tx));
        Ok(Self { rings, presses, daemon, bus })
    }

    fn daemon(&self) -> Result<&FakeNotifications> {
        self.daemon.as_ref().context("there is a daemon")
    }
}

/// A bus takes a moment to notice that the last owner has gone.
async fn take_name(bus: &SessionBus) -> Result<FakeNotifications> {
    until("the daemon's name", PATIENCE, || async { FakeNotifications::on_bus(bus).await.ok() }).await
}

fn call(number: u128) -> CallId {
    CallId::new(uuid::Uuid::from_u128(number))
}

fn ring(number: u128) -> RingShown {
    RingShown {
        call: call(number),
        name: "Ada".into(),
        kind: CallKind::Voice,
        locale: Locale::English,
        notification: true,
    }
}
