//! The ring of this device: what windows, notification, tray and keys do about it.

use std::time::Duration;

use carillon_ipc::{ChatRequest, Notice, NoticeCode, Reply, RingAnswer, RingRequest};
use carillon_kit::{CallId, CallInfo, Chat, FirstPictures, Ring};

use super::{
    Controller,
    call_pictures::may_show,
    input::{ControllerHandle, Input},
    notices,
    session_event::{CallUpdate, SessionEvent},
};
use crate::{desktop::Desktop, ring::RingPress, window::WindowName};

/// How long the ring window says which device answered.
const ANSWERED_ELSEWHERE: Duration = Duration::from_secs(2);

/// What is known of rings beside the kit's own value.
#[derive(Debug, Default)]
pub(super) struct RingHistory {
    /// The ring that the user has answered, declined or silenced here. No surface shows it, unless the kit does not take that answer: then
    /// it is back.
    answered: Option<CallId>,
    /// What rang last.
    last: Option<Ring>,
    /// A ring that another device answered a moment ago, and that device's name.
    pub(super) elsewhere: Option<(Ring, String)>,
}

impl<D: Desktop> Controller<D> {
    /// What rings, as far as the user has not answered it.
    pub(super) fn ring(&self) -> Option<&Ring> {
        self.account.session()?.ring.as_ref().filter(|ring| self.rings.answered != Some(ring.call))
    }

    /// The kit has another value of what rings.
    pub(super) fn ring_changed(&mut self, ring: Option<Ring>) {
        let call = ring.as_ref().map(|ring| ring.call);
        if self.ring().map(|ring| ring.call) != call {
            self.devices.end_look_in(WindowName::Ring); // the user looked before answering that one
        }
        if call.is_none() {
            self.ring_unseen = false;
        }
        if ring.is_some() {
            self.rings.last.clone_from(&ring);
        }
        if let Some(session) = self.account.session_mut() {
            if ring.is_some() {
                session.refresh_devices(); // which of them are there, and ring too
            }
            session.ring = ring;
        }
    }

    pub(super) fn ring_request(&mut self, request: RingRequest) -> Result<(), Notice> {
        match request {
            RingRequest::Ready => self.desktop.reveal(WindowName::Ring),
            RingRequest::Answer(answer) => return self.answer_ring(answer),
            RingRequest::SetCamera { on } => {
                self.change_settings(|settings| settings.camera_in_video_calls = on);
                return self.look_in_ring(on);
            }
            RingRequest::Look { on } => return self.look_in_ring(on),
        }
        Ok(())
    }

    /// The user looks at themself before they accept. In another call the camera is that call's.
    fn look_in_ring(&mut self, on: bool) -> Result<(), Notice> {
        let may_look = self.ring().is_some_and(|ring| may_show(&ring.scope)) && self.in_call().is_err();
        if on && !may_look {
            return Err(notices::plain(NoticeCode::NotAllowed));
        }
        self.look_at_oneself(WindowName::Ring, on);
        Ok(())
    }

    /// A button of the ring's notification.
    pub(super) fn press(&mut self, press: RingPress) {
        match press {
            RingPress::Open => self.desktop.open(WindowName::Ring),
            RingPress::Answer(answer) => {
                if self.answer_ring(unseen(answer)).is_err() {
                    tracing::debug!(call = %answer.call(), "pressed after the ring was over");
                }
            }
        }
    }

    /// From the tray, or by keys while another program has the focus.
    pub(super) fn answer_what_rings(&mut self, accept: bool) -> Result<(), Notice> {
        let call = self.ring().map(|ring| ring.call).ok_or_else(|| notices::plain(NoticeCode::NotAllowed))?;
        self.answer_ring(unseen(if accept { RingAnswer::Accept { call } } else { RingAnswer::Decline { call } }))
    }

    pub(super) fn silence_what_rings(&mut self) {
        let Some(call) = self.ring().map(|ring| ring.call) else {
            self.rings.elsewhere = None;
            return;
        };
        if self.answer_ring(RingAnswer::Silence { call }).is_err() {
            tracing::debug!(%call, "the ring goes on");
        }
    }

    /// Does something about a ring if it still rings, once.
    pub(super) fn answer_ring(&mut self, answer: RingAnswer) -> Result<(), Notice> {
        let call = answer.call();
        if self.rings.answered == Some(call) {
            return Ok(()); // a second click
        }
        let Some(scope) = self.ring().filter(|ring| ring.call == call).map(|ring| ring.scope.clone()) else {
            return Err(notices::plain(NoticeCode::NotAllowed));
        };
        let pictures = match answer {
            RingAnswer::Accept { .. } => self.first_pictures(&scope, self.opens_camera(&scope)),
            RingAnswer::AcceptWithoutVideo { .. } => self.first_pictures(&scope, false),
            RingAnswer::Decline { .. } | RingAnswer::Message { .. } | RingAnswer::Silence { .. } => {
                FirstPictures::default()
            }
        };
        let refused = SessionEvent::Call(CallUpdate::NotAnswered(call));
        let reply = self.reply_to(answer);
        let is_free = self.free_camera(pictures.camera_on == Some(true));
        self.devices.end_look_in(WindowName::Ring);
        self.session()?.order_or(Some(refused), |kit| async move {
            is_free.await;
            match answer {
                RingAnswer::Accept { .. } | RingAnswer::AcceptWithoutVideo { .. } => kit.accept(pictures).await,
                RingAnswer::Decline { .. } => kit.decline().await,
                RingAnswer::Message { .. } => {
                    kit.decline().await?;
                    if let Some((handle, reply)) = reply {
                        handle.tell(reply).await;
                    }
                    Ok(())
                }
                RingAnswer::Silence { .. } => kit.answer_call(false).await,
            }
        })?;
        self.rings.answered = Some(call);
        Ok(())
    }

    /// What is to be written once the ring is declined, and by whom that is done.
    fn reply_to(&self, answer: RingAnswer) -> Option<(ControllerHandle, Input)> {
        let RingAnswer::Message { reply, .. } = answer else { return None };
        let (session, ring) = (self.account.session()?, self.ring()?);
        let group = ring.scope.group().map(|group| Chat::Group { group: group.clone() });
        let chat = group.unwrap_or_else(|| Chat::User { user: ring.from.clone() });
        let text = (reply != Reply::Own).then(|| self.texts.t(reply.key()));
        let declined = SessionEvent::Call(CallUpdate::Declined { chat, text });
        Some((self.handle.clone(), Input::Session(session.number(), declined)))
    }

    /// The ring is declined, and this is written instead; `None`: the user writes it.
    pub(super) fn write_instead(&mut self, chat: Chat, text: Option<String>) {
        let written = match text {
            Some(text) => self.chat_request(ChatRequest::Send { chat, text, reply_to: None }),
            None => {
                self.open_main();
                self.select(Some(chat))
            }
        };
        self.main_notice = written.err().or(self.main_notice.take());
    }

    /// The kit did not take the answer: the ring is back, if it still rings.
    pub(super) fn not_answered(&mut self, call: CallId) {
        if self.rings.answered.take_if(|answered| *answered == call).is_some() && self.live_call().is_none() {
            self.forget_camera();
        }
    }

    pub(super) fn answered_elsewhere(&mut self, call: &CallInfo, device: String) {
        let Some(ring) = self.rings.last.clone().filter(|ring| Some(ring.call) == call.id) else { return };
        if self.rings.answered == Some(ring.call) {
            return; // it was silent here already
        }
        let over = Input::AnsweredElsewhereOver(ring.call);
        self.rings.elsewhere = Some((ring, device));
        self.later(ANSWERED_ELSEWHERE, over);
    }

    pub(super) fn answered_elsewhere_over(&mut self, call: CallId) {
        self.rings.elsewhere.take_if(|(ring, _)| ring.call == call);
    }
}

/// What is answered without a window of ours in sight: a camera opens only where it is said beside the button that it will.
const fn unseen(answer: RingAnswer) -> RingAnswer {
    match answer {
        RingAnswer::Accept { call } => RingAnswer::AcceptWithoutVideo { call },
        RingAnswer::AcceptWithoutVideo { .. }
        | RingAnswer::Decline { .. }
        | RingAnswer::Message { .. }
        | RingAnswer::Silence { .. } => answer,
    }
}
