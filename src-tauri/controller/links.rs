//! Links of ours (`carillon:…`) that the system was asked to open, on all systems and however they came. Anybody can write a link, so it
//! does nothing by itself: it fills the page of the way in, or asks whether to call.

use carillon_ipc::{AppLink, LinkAnswer, Notice, NoticeCode};
use carillon_kit::UserId;

use super::{Controller, account::AccountState, notices};
use crate::{desktop::Desktop, options::is_ours};

impl<D: Desktop> Controller<D> {
    /// Brings up the main window, where what the link asks for is asked of the user.
    pub(super) fn opened_link(&mut self, link: &str) {
        if !is_ours(link) {
            tracing::warn!("the system handed over a link that is not ours");
            return;
        }
        tracing::info!("a link was opened"); // not which one: an invite may be in it
        self.open_main();
        match AppLink::parse(link) {
            Some(AppLink::Join { server, invite }) => self.join_by_link(link, server, invite),
            Some(AppLink::Call { user }) => self.call_by_link(link, user),
            None => self.main_notice = Some(notices::plain(NoticeCode::BadLink)),
        }
    }

    fn join_by_link(&mut self, link: &str, server: String, invite: String) {
        match &mut self.account {
            AccountState::Starting => self.early_link = Some(link.to_owned()),
            AccountState::SignedOut(page) if page.is_busy() => {}
            AccountState::SignedOut(page) => page.fill_in(server, invite),
            AccountState::SignedIn(_) => self.main_notice = Some(notices::plain(NoticeCode::SignedInAlready)),
        }
    }

    fn call_by_link(&mut self, link: &str, user: UserId) {
        match &self.account {
            AccountState::Starting => self.early_link = Some(link.to_owned()),
            AccountState::SignedOut(_) => {} // the page says what to do first
            AccountState::SignedIn(session) if session.account.user == user => {
                self.main_notice = Some(notices::plain(NoticeCode::SelfCall));
            }
            AccountState::SignedIn(_) => self.link_call = Some(user),
        }
    }

    /// What came before it was known whether a user is signed in.
    pub(super) fn open_early_link(&mut self) {
        if let Some(link) = self.early_link.take() {
            self.opened_link(&link);
        }
    }

    /// The user's word. It names the person who was on show, so that a late click calls nobody else.
    pub(super) fn answer_link(&mut self, answer: LinkAnswer) -> Result<(), Notice> {
        let asked = self.link_call.take();
        match answer {
            LinkAnswer::Call { user, kind } if asked.as_ref() == Some(&user) => self.start_call(user, kind),
            LinkAnswer::Call { .. } | LinkAnswer::Cancel => Ok(()),
        }
    }
}
