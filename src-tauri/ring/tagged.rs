//! Windows and macOS: systems that know a notification by a tag, and tell presses on threads of their own.

use std::future::pending;

use async_trait::async_trait;
use carillon_kit::CallId;
use tokio::sync::mpsc;

use super::{
    RingContent, RingNotifier, RingPress,
    content::{Words, press},
};

/// A user cannot press more than this before the first press is looked at.
const PRESSES: usize = 8;

/// What a system is asked to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaggedRing {
    /// Of this ring alone.
    pub(super) tag: String,
    pub(super) words: Words,
}

/// A press, as a system tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaggedPress {
    pub(super) tag: String,
    pub(super) key: String,
}

/// One system's way to show them. It is told what to show by one task.
pub(crate) trait TaggedNotifications: Send + 'static {
    /// Shows a ring, without a sound: we ring ourselves, on the output that the user chose.
    fn show(&mut self, ring: &TaggedRing) -> anyhow::Result<()>;
    /// Takes it back, from the screen and from the list of what was missed.
    fn withdraw(&mut self, tag: &str) -> anyhow::Result<()>;
}

/// Shows rings by such a system.
pub(crate) struct TaggedNotifier<S> {
    system: S,
    presses: mpsc::Receiver<TaggedPress>,
    shown: Option<CallId>,
}

impl<S> TaggedNotifier<S> {
    /// A notifier on the system that `begin` makes, which is given the way to tell presses.
    pub(super) fn on<E>(begin: impl FnOnce(mpsc::Sender<TaggedPress>) -> Result<S, E>) -> Result<Self, E> {
        let (presses_tx, presses) = mpsc::channel(PRESSES);
        Ok(Self { system: begin(presses_tx)?, presses, shown: None })
    }
}

#[async_trait]
impl<S: TaggedNotifications> RingNotifier for TaggedNotifier<S> {
    async fn show(&mut self, ring: &RingContent) {
        match self.system.show(&TaggedRing { tag: tag(ring.call), words: Words::of(ring) }) {
            Ok(()) => self.shown = Some(ring.call),
            // The ring window and the bell say it too.
            Err(error) => tracing::warn!(%error, "the ring has no notification"),
        }
    }

    async fn withdraw(&mut self) {
        let Some(call) = self.shown.take() else { return };
        if let Err(error) = self.system.withdraw(&tag(call)) {
            tracing::debug!(%error, "the ring's notification was gone already");
        }
    }

    async fn pressed(&mut self) -> RingPress {
        loop {
            let Some(pressed) = self.presses.recv().await else { return pending().await };
            // What is pressed in a list of old ones is not about the ring on show.
            let press = self.shown.filter(|call| tag(*call) == pressed.tag).and_then(|call| press(&pressed.key, call));
            if let Some(press) = press {
                return press;
            }
        }
    }
}

/// Short enough for Windows, which takes 64 characters.
fn tag(call: CallId) -> String {
    call.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use carillon_ipc::{Locale, RingAnswer};
    use carillon_kit::CallKind;
    use tokio::sync::watch;

    use super::*;
    use crate::ring::{content::OPEN, follow};

    #[tokio::test]
    async fn a_ring_is_shown_in_its_language_and_withdrawn_by_its_tag_when_it_is_over() {
        let mut desk = Desk::new();

        desk.rings.send_replace(Some(RingContent { locale: Locale::SimplifiedChinese, ..ring(1) }));
        desk.asked(1).await;
        desk.rings.send_replace(None);
        let asked = desk.asked(2).await;

        let words = Words::of(&RingContent { locale: Locale::SimplifiedChinese, ..ring(1) });
        assert_eq!(asked[0], Asked::Show(TaggedRing { tag: tag(call(1)), words: words.clone() }));
        assert_ne!(words, Words::of(&ring(1)));
        assert_eq!(asked[1], Asked::Withdraw(tag(call(1))));
    }

    #[tokio::test]
    async fn each_press_means_what_is_written_on_it_and_is_about_the_ring_on_show() {
        let mut desk = Desk::new();
        desk.rings.send_replace(Some(ring(2)));
        desk.asked(1).await;

        for (number, key) in [(1, "accept"), (2, "something else"), (2, "accept"), (2, "decline"), (2, OPEN)] {
            desk.press(number, key).await;
        }

        let accept = RingPress::Answer(RingAnswer::Accept { call: call(2) });
        let decline = RingPress::Answer(RingAnswer::Decline { call: call(2) });
        for expected in [accept, decline, RingPress::Open] {
            assert_eq!(desk.pressed.recv().await, Some(expected));
        }
        assert!(desk.pressed.is_empty());
    }

    #[tokio::test]
    async fn a_system_that_shows_nothing_is_asked_to_take_nothing_back() {
        let mut desk = Desk::new();
        desk.refuse(true);
        desk.rings.send_replace(Some(ring(1)));
        desk.asked(1).await;

        desk.refuse(false);
        desk.rings.send_replace(Some(ring(2)));
        let asked = desk.asked(2).await;

        assert!(matches!(&asked[1], Asked::Show(shown) if shown.tag == tag(call(2))), "{asked:?}");
        assert!(tag(call(2)).len() <= 64, "Windows takes no longer one");
    }

    #[derive(Debug, Clone, PartialEq, Eq)]
    enum Asked {
        Show(TaggedRing),
        Withdraw(String),
    }

    /// A system that only remembers.
    struct FakeSystem {
        asked: watch::Sender<Vec<Asked>>,
        refuses: Arc<Mutex<bool>>,
    }

    impl TaggedNotifications for FakeSystem {
        fn show(&mut self, ring: &TaggedRing) -> anyhow::Result<()> {
            self.asked.send_modify(|asked| asked.push(Asked::Show(ring.clone())));
            anyhow::ensure!(!*self.refuses.lock().unwrap_or_else(PoisonError::into_inner), "notifications are off");
            Ok(())
        }

        fn withdraw(&mut self, tag: &str) -> anyhow::Result<()> {
            self.asked.send_modify(|asked| asked.push(Asked::Withdraw(tag.to_owned())));
            Ok(())
        }
    }

    struct Desk {
        rings: watch::Sender<Option<RingContent>>,
        asked: watch::Receiver<Vec<Asked>>,
        refuses: Arc<Mutex<bool>>,
        presses: mpsc::Sender<TaggedPress>,
        pressed: mpsc::Receiver<RingPress>,
    }

    impl Desk {
        fn new() -> Self {
            let (asked_tx, asked) = watch::channel(Vec::new());
            let refuses = Arc::default();
            let mut presses = None;
            let notifier = TaggedNotifier::on(|presses_tx| {
                presses = Some(presses_tx);
                Ok::<_, std::convert::Infallible>(FakeSystem { asked: asked_tx, refuses: Arc::clone(&refuses) })
            });
            let Ok(notifier) = notifier;
            let (rings, rings_rx) = watch::channel(None);
            let (pressed_tx, pressed) = mpsc::channel(8);
            tokio::spawn(follow(notifier, rings_rx, pressed_tx));
            Self { rings, asked, refuses, presses: presses.expect("it was begun"), pressed }
        }

        /// Everything that the system was asked, once it is so much.
        async fn asked(&mut self, count: usize) -> Vec<Asked> {
            self.asked.wait_for(|asked| asked.len() >= count).await.expect("the notifier lives").clone()
        }

        async fn press(&self, number: u128, key: &str) {
            let press = TaggedPress { tag: tag(call(number)), key: key.to_owned() };
            self.presses.send(press).await.expect("the notifier lives");
        }

        fn refuse(&self, refuses: bool) {
            *self.refuses.lock().unwrap_or_else(PoisonError::into_inner) = refuses;
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
}
