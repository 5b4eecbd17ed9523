//! What was written and the server does not have yet is kept for the next start. Where that fails, on a full disk say, it waits in
//! memory, the user is told, and it is tried again until there is room.

use std::{io, time::Duration};

use carillon_ipc::{Notice, NoticeCode, QuitAnswer};

use super::{
    Controller,
    input::Input,
    notices,
    session_event::{OutboxEvent, SessionEvent},
};
use crate::{desktop::Desktop, window::WindowName};

/// Soon enough after the user has made room; and a message that leaves within this time needs no notice.
const SAVE_AGAIN: Duration = Duration::from_secs(2);

/// Whether what waits to be sent is in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum OutboxSaved {
    #[default]
    Yes,
    /// It is tried again.
    No {
        /// Whether the user knows.
        told: bool,
    },
}

impl<D: Desktop> Controller<D> {
    /// Keeps what waits to be sent, if that has changed.
    pub(super) fn save_unsent(&mut self) {
        let Some(session) = self.account.session_mut() else { return };
        let Some(unsent) = session.chats.unsaved() else { return };
        let result = self.setup.outbox_file.save(&session.kit.connection().login(), unsent);
        let before = std::mem::replace(&mut session.outbox_saved, OutboxSaved::Yes);
        match result {
            Ok(()) => self.withdraw(&[NoticeCode::UnsentNotKept, NoticeCode::QuitLosesUnsent]),
            Err(error) => {
                tracing::warn!(%error, "what waits to be sent is not kept");
                session.outbox_saved = OutboxSaved::No { told: false };
                if before == OutboxSaved::Yes {
                    let again = Input::Session(session.number(), SessionEvent::Outbox(OutboxEvent::SaveAgain));
                    self.later(SAVE_AGAIN, again);
                }
            }
        }
    }

    /// Tries once more what failed, and says so if it fails again.
    pub(super) fn save_unsent_again(&mut self) {
        let Some((told, Err(error))) = self.try_again() else { return };
        if !told {
            self.main_notice = Some(Notice { detail: error.to_string(), ..notices::plain(NoticeCode::UnsentNotKept) });
        }
        if let Some(session) = self.account.session_mut() {
            session.outbox_saved = OutboxSaved::No { told: true };
            let again = Input::Session(session.number(), SessionEvent::Outbox(OutboxEvent::SaveAgain));
            self.later(SAVE_AGAIN, again);
        }
    }

    /// The user wants to quit, in this window: during a call it asks, once.
    pub(super) fn quit_request(&mut self, window: WindowName, answer: QuitAnswer) {
        let asks = answer == QuitAnswer::Ask && self.in_call().is_ok();
        self.asks_to_quit = asks.then_some(window);
        match answer {
            QuitAnswer::Ask if asks => {
                if window == WindowName::Main {
                    self.open_main(); // from the tray it may be out of sight
                }
            }
            QuitAnswer::Ask | QuitAnswer::Quit => self.quit_by_user(),
            QuitAnswer::Cancel => {}
        }
    }

    /// The user wants to quit: not without having heard that words of theirs would be lost by it.
    fn quit_by_user(&mut self) {
        let knows = self.main_notice.as_ref().is_some_and(|notice| notice.code == NoticeCode::QuitLosesUnsent);
        match self.try_again() {
            Some((_, Err(error))) if !knows => {
                let notice = notices::plain(NoticeCode::QuitLosesUnsent);
                self.main_notice = Some(Notice { detail: error.to_string(), ..notice });
                if let Some(session) = self.account.session_mut() {
                    session.outbox_saved = OutboxSaved::No { told: true };
                }
                self.open_main();
            }
            _ => self.quit(),
        }
    }

    /// What came of another try, and whether the user knew of the one before; `None` if all is kept already.
    fn try_again(&mut self) -> Option<(bool, io::Result<()>)> {
        let session = self.account.session_mut()?;
        let OutboxSaved::No { told } = session.outbox_saved else { return None };
        let result = self.setup.outbox_file.save(&session.kit.connection().login(), session.chats.unsent());
        if result.is_ok() {
            session.outbox_saved = OutboxSaved::Yes;
            self.withdraw(&[NoticeCode::UnsentNotKept, NoticeCode::QuitLosesUnsent]);
        }
        Some((told, result))
    }

    fn withdraw(&mut self, codes: &[NoticeCode]) {
        self.main_notice.take_if(|notice| codes.contains(&notice.code));
    }
}
