//! The ring's notification, against a daemon on a bus of its own.

pub(crate) mod daemon;

use carillon_ipc::{Locale, RingAnswer};
use carillon_kit::{CallId, CallKind};
use tokio::sync::{mpsc, watch};

use self::daemon::{Bus, Daemon};
use super::{FreedesktopNotifier, RingContent, RingPress, follow};

#[tokio::test]
async fn a_ring_is_urgent_stays_makes_no_sound_of_its_own_and_can_be_answered() {
    let mut desk = Desk::with_daemon().await;

    desk.rings.send_replace(Some(ring(1)));
    let shown = desk.daemon().ring().await;
    assert_eq!((shown.summary.as_str(), shown.body.as_str(), shown.expires), ("Ada", "Voice call", 0));
    assert_eq!(shown.actions, ["default", "Open", "accept", "Accept", "decline", "Decline"]);
    let hint = |name: &str| shown.hints.get(name).map(String::as_str);
    assert_eq!(
        (hint("urgency"), hint("category"), hint("desktop-entry")),
        (Some("2"), Some("call.incoming"), Some("org.carillon.desktop"))
    );
    assert_eq!((hint("resident"), hint("suppress-sound")), (Some("true"), Some("true")));

    desk.daemon().press(shown.id, "decline").await;
    assert_eq!(desk.presses.recv().await, Some(RingPress::Answer(RingAnswer::Decline { call: call(1) })));
}

#[tokio::test]
async fn the_end_of_the_ring_withdraws_it_and_the_next_ring_is_another_one() {
    let desk = Desk::with_daemon().await;

    desk.rings.send_replace(Some(ring(1)));
    let first = desk.daemon().ring().await;
    desk.rings.send_replace(None);
    desk.daemon().withdrawn(first.id).await;
    desk.rings.send_replace(Some(ring(2)));
    let second = desk.daemon().ring().await;

    assert_ne!(first.id, second.id);
}

#[tokio::test]
async fn a_press_on_a_ring_that_is_over_presses_nothing() {
    let mut desk = Desk::with_daemon().await;
    desk.rings.send_replace(Some(ring(1)));
    let first = desk.daemon().ring().await;
    desk.rings.send_replace(Some(ring(2)));
    desk.daemon().withdrawn(first.id).await;
    let second = desk.daemon().ring().await;

    desk.daemon().press(first.id, "accept").await;
    desk.daemon().press(second.id, "default").await;

    assert_eq!(desk.presses.recv().await, Some(RingPress::Open));
    assert!(desk.presses.is_empty());
}

#[tokio::test]
async fn a_daemon_that_starts_anew_in_the_middle_of_a_ring_shows_it_again() {
    let mut desk = Desk::with_daemon().await;
    desk.rings.send_replace(Some(ring(1)));
    desk.daemon().ring().await;

    desk.daemon.take().expect("there is a daemon").crash(&desk.bus).await;
    desk.daemon = Some(Daemon::on(&desk.bus).await);

    assert_eq!(desk.daemon().ring().await.summary, "Ada");
}

#[tokio::test]
async fn without_a_daemon_a_ring_is_only_not_shown() {
    let mut desk = Desk::without_daemon().await;

    desk.rings.send_replace(Some(ring(1)));
    desk.rings.send_replace(None);
    desk.daemon = Some(Daemon::on(&desk.bus).await);
    desk.rings.send_replace(Some(ring(2)));

    desk.daemon().ring().await;
}

#[tokio::test]
async fn a_ring_whose_notifications_are_switched_off_has_none() {
    let desk = Desk::with_daemon().await;

    desk.rings.send_replace(Some(RingContent { notification: false, ..ring(1) }));
    desk.rings.send_replace(Some(ring(2)));
    desk.daemon().ring().await;

    assert_eq!(desk.daemon().so_far().len(), 1);
}

/// A notifier that follows `rings`, and a daemon.
struct Desk {
    rings: watch::Sender<Option<RingContent>>,
    presses: mpsc::Receiver<RingPress>,
    daemon: Option<Daemon>,
    bus: Bus,
}

impl Desk {
    async fn with_daemon() -> Self {
        let bus = Bus::start().await;
        let daemon = Daemon::on(&bus).await;
        Self::on(bus, Some(daemon)).await
    }

    async fn without_daemon() -> Self {
        Self::on(Bus::start().await, None).await
    }

    async fn on(bus: Bus, daemon: Option<Daemon>) -> Self {
        let notifier = FreedesktopNotifier::on_bus(&bus.connect().await).await.expect("the bus listens");
        let (rings, rings_rx) = watch::channel(None);
        let (presses_tx, presses) = mpsc::channel(4);
        tokio::spawn(follow(notifier, rings_rx, presses_tx));
        Self { rings, presses, daemon, bus }
    }

    fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().expect("there is a daemon")
    }
}

fn call(number: u128) -> CallId {
    format!("{number:032x}").parse().expect("hexadecimal is a UUID")
}

fn ring(number: u128) -> RingContent {
    RingContent {
        call: call(number),
        name: "Ada".into(),
        kind: CallKind::Voice,
        group: false,
        locale: Locale::English,
        notification: true,
    }
}
