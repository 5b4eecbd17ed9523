//! Windows: toasts, withdrawn by their tag.
//!
//! They belong to an application id, which the installer registers: without it Windows shows none. Buttons are told to this process while it
//! runs, which is as long as a call can ring here.

use tokio::sync::mpsc;
use windows::{
    Data::Xml::Dom::XmlDocument,
    Foundation::TypedEventHandler,
    UI::Notifications::{ToastActivatedEventArgs, ToastNotification, ToastNotificationManager, ToastNotifier},
    core::{HSTRING, IInspectable, Interface as _, Ref, Result},
};

use super::{
    tagged::{TaggedNotifications, TaggedNotifier, TaggedPress, TaggedRing},
    toast,
};

/// All rings, so that what a crash left behind can be taken back together.
const GROUP: &str = "rings";

/// The toasts of one application id.
pub(crate) struct Toasts {
    app: HSTRING,
    notifier: ToastNotifier,
    presses: mpsc::Sender<TaggedPress>,
    shown: Option<ToastNotification>,
}

impl TaggedNotifier<Toasts> {
    /// Begins to show rings as toasts of this application id.
    ///
    /// # Errors
    /// What Windows says: it may come without toasts.
    pub(crate) fn of_app(app: &str) -> Result<Self> {
        Self::on(|presses| {
            let app = HSTRING::from(app);
            let notifier = ToastNotificationManager::CreateToastNotifierWithId(&app)?;
            let toasts = Toasts { app, notifier, presses, shown: None };
            if let Err(error) = toasts.clear() {
                tracing::debug!(%error, "there was nothing of an earlier start to take back");
            }
            Ok(toasts)
        })
    }
}

impl Toasts {
    /// A ring that was on show when the program or the machine went down is over.
    fn clear(&self) -> Result<()> {
        ToastNotificationManager::History()?.RemoveGroupWithId(&GROUP.into(), &self.app)
    }

    fn listens(&self, toast: &ToastNotification, tag: &str) -> Result<i64> {
        let (presses, tag) = (self.presses.clone(), tag.to_owned());
        toast.Activated(&TypedEventHandler::new(move |_: Ref<ToastNotification>, args: Ref<IInspectable>| {
            let args: ToastActivatedEventArgs = args.ok()?.cast()?;
            let press = TaggedPress { tag: tag.clone(), key: args.Arguments()?.to_string() };
            if presses.try_send(press).is_err() {
                tracing::warn!("a press on a toast came too late, or too often");
            }
            Ok(())
        }))
    }
}

impl TaggedNotifications for Toasts {
    fn show(&mut self, ring: &TaggedRing) -> anyhow::Result<()> {
        let document = XmlDocument::new()?;
        document.LoadXml(&toast::xml(ring).into())?;
        let toast = ToastNotification::CreateToastNotification(&document)?;
        toast.SetTag(&HSTRING::from(&ring.tag))?;
        toast.SetGroup(&GROUP.into())?;
        self.listens(&toast, &ring.tag)?;
        self.notifier.Show(&toast)?;
        self.shown = Some(toast);
        Ok(())
    }

    fn withdraw(&mut self, tag: &str) -> anyhow::Result<()> {
        let hidden = self.shown.take().map_or(Ok(()), |toast| self.notifier.Hide(&toast));
        // What was waved away is in the action centre; there it is known by its tag.
        ToastNotificationManager::History()?.RemoveGroupedTagWithId(&tag.into(), &GROUP.into(), &self.app)?;
        Ok(hidden?)
    }
}
