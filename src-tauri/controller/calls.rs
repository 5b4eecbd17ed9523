//! The call: what windows and tray order, and what the kit tells.

use std::time::Duration;

use carillon_ipc::{Notice, NoticeCode};
use carillon_kit::{
    CallEntry, CallEvent, CallId, CallKind, CallPhase, CallScope, CallStatus, Chat, HandledHow, HangupReason, Levels,
    StartCall, StartCallError, StateChange, UserId, VoiceLevel, shown_person,
};

use super::{
    Controller,
    changes::Changed,
    feeds::seats,
    input::Input,
    lists, notices,
    session::{RECENT, SignedInSession},
    session_event::CallUpdate,
};
use crate::{
    desktop::{Desktop, MissedCallNotification, Shape},
    window::WindowName,
};

/// How long the call window says that a call is over to the user who ended it.
const OWN_END: Duration = Duration::from_secs(3);

impl<D: Desktop> Controller<D> {
    pub(super) fn call_update(&mut self, update: CallUpdate) {
        match update {
            CallUpdate::Event(event) => self.call_event(event),
            CallUpdate::Ring(ring) => self.ring_changed(ring),
            CallUpdate::Status(status) => self.call_changed(status),
            CallUpdate::Levels(levels) => self.show_levels(levels),
            CallUpdate::Speaker(user) => self.call_pictures.group.speaks(user),
            CallUpdate::TheirPicture(source, is_there) => self.their_picture(source, is_there),
            CallUpdate::Stats(stats) => self.call_stats(stats),
            CallUpdate::KnownKeys(keys) => self.keep_keys(&keys),
            CallUpdate::Missed(count) => {
                self.account.session_mut().into_iter().for_each(|session| session.missed = count);
            }
            CallUpdate::NotStarted { to, into_call, error } => self.not_started(to.as_ref(), into_call, &error),
            CallUpdate::NotAnswered(call) => self.not_answered(call),
        }
    }

    fn show_levels(&mut self, levels: Levels) {
        let Some(session) = self.account.session() else { return };
        let level = |voice: &VoiceLevel| {
            let (seat, _) = seats(session.call.legs()).find(|(_, leg)| leg.user == voice.user)?;
            Some((seat, voice.level))
        };
        let voices = session.voices.borrow().iter().filter_map(level).collect();
        let Levels { microphone, speaker } = levels;
        self.desktop.levels(carillon_ipc::Levels { microphone, speaker, voices });
    }

    fn not_started(&mut self, to: Option<&UserId>, into_call: bool, error: &StartCallError) {
        let Some(session) = self.account.session_mut() else { return };
        session.starting_call = false;
        let name = to.map(UserId::as_str).unwrap_or_default();
        let Some(notice) = notices::of_start_call(error, name) else { return };
        if into_call {
            self.call_notice = Some(notice); // the call that there is goes on
            return;
        }
        session.set_latest_call();
        self.forget_camera();
        self.main_notice = Some(notice);
        self.close_call_window();
    }

    fn call_event(&mut self, event: CallEvent) {
        let Some(session) = self.account.session_mut() else { return };
        match event {
            CallEvent::Invited(_) => {
                let here = self.setup.settings.ring_here;
                if session.order(move |kit| async move { kit.answer_call(here).await }).is_err() {
                    tracing::warn!("the kit is not told whether this device rings");
                }
            }
            CallEvent::StateChanged(StateChange::Hangup {
                reason: HangupReason::HandledElsewhere { how: HandledHow::Accepted, device },
                call,
            }) => self.answered_elsewhere(&call, device),
            CallEvent::AddPerson { .. } => self.choose_more(),
            CallEvent::IdentityChanged { user, .. } => {
                session.keys_changed.insert(user);
            }
            CallEvent::Unverified { why, .. } => {
                self.call_notice = Some(Notice { detail: why.to_string(), ..notices::plain(NoticeCode::Unverified) });
            }
            CallEvent::Media(notice) => self.media_notice(&notice),
            // The kit's values say all of it.
            CallEvent::StateChanged(_)
            | CallEvent::LegChanged { .. }
            | CallEvent::RingingThere { .. }
            | CallEvent::RingStarted(_)
            | CallEvent::RingStopped { .. }
            | CallEvent::Active { .. }
            | CallEvent::Hearing { .. }
            | CallEvent::Reconnecting { .. }
            | CallEvent::Reconnected { .. }
            | CallEvent::PathChanged { .. }
            // The kit's own tokens are renewed by it.
            | CallEvent::TokenWillExpire { .. }
            | CallEvent::TokenExpired { .. }
            | CallEvent::TokenRefused { .. } => {}
        }
    }

    fn call_changed(&mut self, status: CallStatus) {
        let Some(session) = self.account.session_mut() else { return };
        let before = session.in_call().then(|| session.call.id());
        session.set_call(status);
        session.adding &= session.in_call();
        session.starting_call &= !session.in_call();
        let now = session.in_call().then(|| session.call.id());
        // The end of the one may not have been seen before the next began. A call has no id before the server has named it.
        let is_another = now.is_some() && before.flatten().is_some_and(|before| now.flatten() != Some(before));
        if before.is_some() && (now.is_none() || is_another) {
            let camera_on = self.call_pictures.camera_on && is_another; // which was chosen for the next one
            self.end_pictures();
            self.call_pictures.camera_on = camera_on;
        }
        if now.is_some() && (before.is_none() || is_another) {
            self.call_notice = None;
            self.open_call_window();
        }
        self.look_at_group();
        self.watch_devices();
        let Some(session) = self.account.session() else { return };
        if let CallPhase::Ended { reason: HangupReason::Normal | HangupReason::Cancelled, .. } = session.call.phase {
            let call = session.call.id();
            self.later(OWN_END, Input::EndOver(call));
        }
    }

    pub(super) fn end_over(&mut self, call: Option<CallId>) {
        let ended = |session: &SignedInSession| {
            matches!(session.call.phase, CallPhase::Ended { .. }) && session.call.id() == call
        };
        if self.account.session().is_some_and(ended) {
            self.close_call_window();
        }
    }

    pub(super) fn call_logged(&mut self, entry: CallEntry) {
        let Some(session) = self.account.session_mut() else { return };
        session.recent.retain(|other| other.call != entry.call);
        session.recent.insert(0, entry.clone());
        session.recent.truncate(RECENT as usize);
        let is_silent = session.account.do_not_disturb;
        if entry.is_missed() && self.setup.settings.notifications && !is_silent {
            let (name, chat) = (shown_person(&entry.with_name, &entry.with), lists::chat_of(&entry));
            let kind = entry.kind;
            self.desktop.missed(MissedCallNotification { user: entry.with, chat, name, kind, locale: self.locale() });
        }
    }

    /// A click on a notification leads to the conversation that it is about.
    pub(super) fn notice_clicked(&mut self, chat: Option<Chat>) {
        self.open_main();
        if chat.is_some() && self.select(chat).is_err() {
            tracing::debug!("a notification is older than the sign-out");
        }
    }

    pub(super) fn start_call(&mut self, user: UserId, kind: CallKind) -> Result<(), Notice> {
        let with_video = self.setup.settings.camera_in_video_calls;
        self.start(pair_call(user, kind), with_video)
    }

    pub(super) fn start(&mut self, call: StartCall, with_video: bool) -> Result<(), Notice> {
        let session = self.session()?;
        if session.starting_call {
            return Ok(()); // a second click
        }
        if call.to.contains(&session.account.user) {
            return Err(notices::plain(NoticeCode::SelfCall));
        }
        // A ring is no call yet: who calls the user who rings takes it, and for anybody else the kit says no.
        if session.in_call() {
            return Err(notices::plain(NoticeCode::InAnotherCall));
        }
        session.starting_call = true;
        let pictures = self.first_pictures(&call.scope, with_video);
        let is_free = self.free_camera(pictures.camera_on == Some(true));
        self.session()?.start_call(StartCall { pictures, ..call }, false, is_free);
        self.main_notice = None;
        Ok(())
    }

    /// A camera that was off when the call ended stays so.
    pub(super) fn call_again(&mut self) -> Result<(), Notice> {
        let with_video = self.call_pictures.camera_was_on;
        let not_now = || notices::plain(NoticeCode::NotAllowed);
        let session = self.session()?;
        let call = session.call.call.clone().ok_or_else(not_now)?;
        if let CallScope::Group { group, .. } = call.scope {
            let place = session.place(&group).ok_or_else(not_now)?;
            let me = &session.account.user;
            let to = call.legs.into_iter().map(|leg| leg.user).filter(|user| user != me).collect();
            return self.start(StartCall::group(call.kind, place, group, to), with_video);
        }
        self.start(pair_call(call.with, call.kind), with_video)
    }

    /// The kit says that people are to be chosen for the group call.
    fn choose_more(&mut self) {
        let Some(session) = self.account.session_mut().filter(|session| session.in_call()) else { return };
        session.adding = true;
        if let Some(group) = session.call.scope().and_then(CallScope::group).cloned() {
            session.refresh_group(&group);
        }
        self.open_call_window();
    }

    pub(super) fn invite(&mut self, to: Vec<UserId>) -> Result<(), Notice> {
        let session = self.in_call()?;
        session.adding = false;
        let not_now = || notices::plain(NoticeCode::NotAllowed);
        let call = session.call.call.as_ref().filter(|call| call.is_group()).ok_or_else(not_now)?;
        let more = StartCall::more(call, to);
        session.start_call(more, true, std::future::ready(()));
        Ok(())
    }

    /// The warning about the other end's key was read.
    pub(super) fn key_seen(&mut self) {
        let Some(session) = self.account.session_mut() else { return };
        if let Some(call) = &session.call.call {
            session.keys_changed.remove(&call.with);
        }
    }

    pub(super) fn hang_up(&mut self) -> Result<(), Notice> {
        self.in_call()?.order(|kit| async move { kit.hang_up().await })
    }

    pub(super) fn set_muted(&mut self, muted: bool) -> Result<(), Notice> {
        self.in_call()?.kit.set_muted(muted);
        Ok(())
    }

    pub(super) fn show_call(&mut self) -> Result<(), Notice> {
        self.in_call()?;
        self.shape_call_window(Shape::Whole);
        self.open_call_window();
        Ok(())
    }

    pub(super) fn open_call_window(&mut self) {
        self.call_seen = true;
        self.desktop.open(WindowName::Call);
    }

    /// A live call goes on out of sight; an end is put away.
    pub(super) fn close_call_window(&mut self) {
        let Some(session) = self.account.session() else { return };
        if session.in_call() {
            return self.leave_call_window();
        }
        if session.order(|kit| async move { kit.dismiss().await }).is_err() {
            tracing::warn!("the call's end stays in the kit");
        }
        self.call_notice = None;
        self.close(WindowName::Call);
    }

    pub(super) fn seen_missed(&mut self) {
        let Some(session) = self.account.session_mut().filter(|session| session.missed > 0) else { return };
        if let Some(latest) = session.recent.iter().filter(|entry| entry.is_missed()).max_by_key(|entry| entry.at_ms) {
            let latest = latest.call;
            session.change(Changed::Status, move |server| async move { server.mark_calls_seen(latest).await });
        }
    }

    pub(super) fn in_call(&mut self) -> Result<&mut SignedInSession, Notice> {
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

fn pair_call(user: UserId, kind: CallKind) -> StartCall {
    match kind {
        CallKind::Voice => StartCall::voice(user),
        CallKind::Video => StartCall::video(user),
    }
}
