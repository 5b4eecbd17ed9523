//! Calls and rings: what windows, notification and tray order, and what the kit tells.

use std::time::Duration;

use carillon_ipc::{Notice, NoticeCode, RingAnswer, RingRequest};
use carillon_kit::{
    CallEntry, CallEvent, CallId, CallInfo, CallKind, CallPhase, CallScope, CallStatus, Chat, HangupReason, LinkState,
    News, Ring, StartCallError, StateChange, UserId,
};
use carillon_protocol::{HandledHow, shown_person};

use super::{
    Controller,
    input::{Input, Said},
    notices,
    session::RECENT,
};
use crate::{
    backend::{CallOrder, Calling, Change, SoundSetting},
    desktop::{Desktop, MissedCallNotification, PutAway},
    ring::{RingAction, RingPress},
    window::WindowName,
};

/// How long the ring window says which device answered.
const ANSWERED_ELSEWHERE: Duration = Duration::from_secs(2);
/// How long the call window says that a call is over to the user who ended it.
const OWN_END: Duration = Duration::from_secs(3);

/// What the user has done about rings and calls that the kit has not said back yet.
#[derive(Debug, Default)]
pub(super) struct Ringing {
    /// The ring that was answered, declined or silenced here: it is over on every surface at once.
    pub(super) done: Option<CallId>,
    /// A call is about to begin.
    starting: bool,
    /// What rang last.
    last: Option<Ring>,
    /// A ring that another device answered a moment ago, and that device's name.
    pub(super) elsewhere: Option<(Ring, String)>,
}

impl<D: Desktop> Controller<D> {
    pub(super) fn said(&mut self, number: u64, said: Said) {
        if !self.account.session().is_some_and(|session| session.is(number)) {
            return;
        }
        match said {
            Said::Link(LinkState::SignedOut) => self.signed_out_by_server(),
            Said::Event(event) => self.call_event(event),
            Said::Call(status) => self.call_changed(status),
            Said::Levels(levels) => {
                self.desktop.levels(carillon_ipc::Levels { microphone: levels.microphone, speaker: levels.speaker });
            }
            Said::News(news) => self.news(news),
            Said::OwnDevices(devices) => self.own_devices(devices),
            Said::PasswordChanged(result) => self.password_changed(result),
            Said::KnownKeys(keys) => self.keep_keys(&keys),
            Said::NotStarted { calling, error } => self.not_started(&calling, &error),
            other => {
                if let Some(other) = self.talk(other) {
                    self.note(other);
                }
            }
        }
    }

    fn news(&mut self, news: News) {
        match news {
            News::CallLogged(entry) => return self.call_logged(entry),
            News::Message(message) => return self.message(message),
            News::LoginChanged(login) => return self.keep(login),
            _ => {}
        }
        let Some(session) = self.account.session_mut() else { return };
        match news {
            News::PresenceChanged { user, presence } if !session.people.set_presence(&user, presence) => {
                session.search_again(); // somebody new
            }
            News::AccountChanged(account) => session.account = account,
            News::DevicesChanged => session.refresh_devices(),
            News::PersonChanged(person) => session.people.changed(person),
            News::Read { chat, up_to, unread } => session.chats.read(&chat, up_to, unread),
            News::GroupChanged(info) => {
                if session.members.contains_key(&info.group) {
                    session.refresh_group(&info.group);
                }
                session.group_changed(info);
            }
            News::GroupLeft { group } => session.group_left(&group),
            News::Refresh => {
                session.refresh();
                self.link_is_up();
            }
            _ => {}
        }
    }

    fn not_started(&mut self, calling: &Calling, error: &StartCallError) {
        self.ringing.starting = false;
        let name = calling.to().first().map(UserId::as_str).unwrap_or_default();
        let Some(notice) = notices::of_start_call(error, name) else { return };
        if matches!(calling, Calling::More { .. }) {
            self.call_notice = Some(notice); // the call that there is goes on
            return;
        }
        self.main_notice = Some(notice);
        if let Some(session) = self.account.session_mut() {
            // The kit has ended it; the news of that come on another way and may be later.
            let status = session.kit.call().borrow().clone();
            session.set_call(status);
        }
        self.close_call_window();
    }

    /// What is only remembered.
    fn note(&mut self, said: Said) {
        let Some(session) = self.account.session_mut() else { return };
        match said {
            Said::Link(state) => {
                let was = std::mem::replace(&mut session.link, state);
                if state == LinkState::Up && (was != state || session.people.is_loading()) {
                    session.refresh();
                    self.link_is_up();
                }
            }
            Said::Ring(ring) => {
                if ring.is_some() {
                    self.ringing.last.clone_from(&ring);
                }
                session.ring = ring;
            }
            Said::NewsLost => session.refresh(),
            Said::LookAgain => session.search_again(),
            Said::Recent(calls) => session.recent = calls,
            Said::Missed(count) => session.missed = count,
            Said::SavedOver => session.you.saved = None,
            _ => {}
        }
    }

    fn call_event(&mut self, event: CallEvent) {
        match event {
            CallEvent::Invited(_) => {
                let here = self.setup.settings.ring_here;
                self.account.session().into_iter().for_each(|session| session.order(CallOrder::Ring(here)));
            }
            CallEvent::StateChanged(StateChange::Hangup {
                reason: HangupReason::HandledElsewhere { how: HandledHow::Accepted, device },
                call,
            }) => self.answered_elsewhere(&call, device),
            CallEvent::AddPerson { .. } => self.choose_more(),
            CallEvent::IdentityChanged { user, .. } => {
                self.account.session_mut().into_iter().for_each(|session| {
                    session.keys_changed.insert(user.clone());
                });
            }
            CallEvent::Unverified { why, .. } => {
                self.call_notice = Some(Notice { detail: why.to_string(), ..notices::plain(NoticeCode::Unverified) });
            }
            CallEvent::Media(notice) => match notices::of_media(&notice) {
                Some(told) => self.call_notice = Some(told),
                None => drop(self.call_notice.take_if(|told| notices::is_of_media(told.code))),
            },
            _ => {}
        }
    }

    fn answered_elsewhere(&mut self, call: &CallInfo, device: String) {
        let Some(ring) = self.ringing.last.clone().filter(|ring| Some(ring.call) == call.id) else { return };
        if self.ringing.done == Some(ring.call) {
            return; // it was silent here already
        }
        let over = Input::AnsweredElsewhereOver(ring.call);
        self.ringing.elsewhere = Some((ring, device));
        self.later(ANSWERED_ELSEWHERE, over);
    }

    pub(super) fn answered_elsewhere_over(&mut self, call: CallId) {
        self.ringing.elsewhere.take_if(|(ring, _)| ring.call == call);
    }

    fn call_changed(&mut self, status: CallStatus) {
        let Some(session) = self.account.session_mut() else { return };
        let was_in_call = session.in_call();
        session.set_call(status);
        session.adding &= session.in_call();
        if session.in_call() {
            self.ringing.starting = false;
            if !was_in_call {
                self.call_notice = None;
                self.desktop.open(WindowName::Call);
            }
        }
        let Some(session) = self.account.session() else { return };
        if let CallPhase::Ended { reason: HangupReason::Normal | HangupReason::Cancelled, .. } = session.call.phase {
            let call = session.call.call;
            self.later(OWN_END, Input::EndOver(call));
        }
    }

    pub(super) fn end_over(&mut self, call: Option<CallId>) {
        let ended = |session: &super::session::SignedInSession| {
            matches!(session.call.phase, CallPhase::Ended { .. }) && session.call.call == call
        };
        if self.account.session().is_some_and(ended) {
            self.close_call_window();
        }
    }

    fn call_logged(&mut self, entry: CallEntry) {
        let Some(session) = self.account.session_mut() else { return };
        session.recent.retain(|other| other.call != entry.call);
        session.recent.insert(0, entry.clone());
        session.recent.truncate(RECENT);
        if entry.is_missed() && self.setup.settings.notifications {
            let (name, chat) = (shown_person(&entry.with_name, &entry.with), super::lists::chat_of(&entry));
            let kind = entry.kind;
            self.desktop.missed(MissedCallNotification { user: entry.with, chat, name, kind, locale: self.locale() });
        }
    }

    pub(super) fn ring_request(&mut self, request: RingRequest) -> Result<(), Notice> {
        match request {
            RingRequest::Ready => self.desktop.reveal(WindowName::Ring),
            RingRequest::Answer(answer) => return self.ring_answer(answer),
        }
        Ok(())
    }

    pub(super) fn ring_answer(&mut self, answer: RingAnswer) -> Result<(), Notice> {
        let (call, order) = match answer {
            RingAnswer::Accept { call } => (call, CallOrder::Accept),
            RingAnswer::Decline { call } => (call, CallOrder::Decline),
            RingAnswer::Silence { call } => (call, CallOrder::Ring(false)),
        };
        let call = call.parse().map_err(|_| notices::plain(NoticeCode::NotAllowed))?;
        self.answer(call, order)
    }

    pub(super) fn press(&mut self, press: RingPress) {
        let order = match press.action {
            RingAction::Open => return self.desktop.open(WindowName::Ring),
            RingAction::Accept => CallOrder::Accept,
            RingAction::Decline => CallOrder::Decline,
        };
        if self.answer(press.call, order).is_err() {
            tracing::debug!(call = %press.call, "pressed after the ring was over");
        }
    }

    /// A notice leads to the conversation that it is about.
    pub(super) fn notice_clicked(&mut self, chat: Option<Chat>) {
        self.open_main();
        if chat.is_some() && self.select(chat).is_err() {
            tracing::debug!("a notice is older than the sign-out");
        }
    }

    pub(super) fn answer_what_rings(&mut self, accept: bool) -> Result<(), Notice> {
        let call = self.ring().map(|ring| ring.call).ok_or_else(|| notices::plain(NoticeCode::NotAllowed))?;
        self.answer(call, if accept { CallOrder::Accept } else { CallOrder::Decline })
    }

    pub(super) fn silence_what_rings(&mut self) {
        let Some(call) = self.ring().map(|ring| ring.call) else {
            self.ringing.elsewhere = None;
            return;
        };
        // It rings: `ring` has just said so.
        let _ = self.answer(call, CallOrder::Ring(false));
    }

    /// Does something about a ring if it still rings, once.
    fn answer(&mut self, call: CallId, order: CallOrder) -> Result<(), Notice> {
        if self.ringing.done == Some(call) {
            return Ok(()); // a second click
        }
        if self.ring().is_none_or(|ring| ring.call != call) {
            return Err(notices::plain(NoticeCode::NotAllowed));
        }
        self.ringing.done = Some(call);
        self.session()?.order(order);
        Ok(())
    }

    /// What rings, as far as the user has not dealt with it.
    pub(super) fn ring(&self) -> Option<&Ring> {
        self.account.session()?.ring.as_ref().filter(|ring| self.ringing.done != Some(ring.call))
    }

    pub(super) fn start_call(&mut self, user: UserId, kind: CallKind) -> Result<(), Notice> {
        self.start(Calling::Person { to: user, kind })
    }

    pub(super) fn start(&mut self, calling: Calling) -> Result<(), Notice> {
        if self.ringing.starting {
            return Ok(()); // a second click
        }
        let session = self.session()?;
        if calling.to().contains(&session.account.user) {
            return Err(notices::plain(NoticeCode::SelfCall));
        }
        // A ring is no call yet: who calls the user who rings takes it, and for anybody else the kit says no.
        if session.in_call() {
            return Err(notices::plain(NoticeCode::InAnotherCall));
        }
        self.ringing.starting = true;
        self.main_notice = None;
        self.session()?.start_call(calling);
        Ok(())
    }

    pub(super) fn call_again(&mut self) -> Result<(), Notice> {
        let not_now = || notices::plain(NoticeCode::NotAllowed);
        let session = self.session()?;
        let call = &session.call;
        if let Some(group) = call.group_id.clone() {
            let chat_type = session.chat_type(&group).ok_or_else(not_now)?;
            let me = &session.account.user;
            let to = call.legs.iter().map(|leg| leg.user.clone()).filter(|user| user != me).collect();
            return self.start(Calling::Group { group, chat_type, to });
        }
        self.start_call(call.with, call.kind)
    }

    /// The kit says that people are to be chosen for the group call.
    fn choose_more(&mut self) {
        let Some(session) = self.account.session_mut().filter(|session| session.in_call()) else { return };
        session.adding = true;
        if let Some(group) = session.call.group_id.clone() {
            session.refresh_group(&group);
        }
        self.desktop.open(WindowName::Call);
    }

    pub(super) fn invite(&mut self, to: Vec<UserId>) -> Result<(), Notice> {
        let session = self.in_call()?;
        session.adding = false;
        let not_now = || notices::plain(NoticeCode::NotAllowed);
        let channel = session.call.channel.clone().ok_or_else(not_now)?;
        let call_type = session.call.call_type.filter(|kind| kind.is_group()).ok_or_else(not_now)?;
        let group = match session.call.group_id.clone() {
            Some(group) => Some((group.clone(), session.chat_type(&group).ok_or_else(not_now)?)),
            None => None,
        };
        session.start_call(Calling::More { channel, call_type, group, to });
        Ok(())
    }

    /// The warning about the other end's key was read.
    pub(super) fn key_seen(&mut self) {
        let Some(session) = self.account.session_mut() else { return };
        if let Some(with) = &session.call.with {
            session.keys_changed.remove(&with.user);
        }
    }

    pub(super) fn hang_up(&mut self) -> Result<(), Notice> {
        self.in_call()?.order(CallOrder::HangUp);
        Ok(())
    }

    pub(super) fn set_muted(&mut self, muted: bool) -> Result<(), Notice> {
        self.in_call()?.kit.set(SoundSetting::Muted(muted));
        Ok(())
    }

    pub(super) fn show_call(&mut self) -> Result<(), Notice> {
        self.in_call()?;
        self.desktop.open(WindowName::Call);
        Ok(())
    }

    /// A live call goes on out of sight; an end is put away.
    pub(super) fn close_call_window(&mut self) {
        let Some(session) = self.account.session() else { return };
        if session.in_call() {
            self.desktop.put_away(WindowName::Call, PutAway::Minimise);
            return;
        }
        session.order(CallOrder::Dismiss);
        self.call_notice = None;
        self.close(WindowName::Call);
    }

    pub(super) fn seen_missed(&mut self) {
        let Some(session) = self.account.session_mut().filter(|session| session.missed > 0) else { return };
        if let Some(latest) = session.recent.iter().filter(|entry| entry.is_missed()).max_by_key(|entry| entry.at_ms) {
            session.change(Change::MarkCallsSeen(latest.call));
        }
    }

    pub(super) fn in_call(&mut self) -> Result<&mut super::session::SignedInSession, Notice> {
        let session = self.session()?;
        if session.in_call() { Ok(session) } else { Err(notices::plain(NoticeCode::NotAllowed)) }
    }

    pub(super) fn later(&self, after: Duration, input: Input) {
        let handle = self.handle.clone();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            handle.tell(input).await;
        });
    }
}
