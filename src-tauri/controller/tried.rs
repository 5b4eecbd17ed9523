//! Who calls during a call: the server tells them that this user is in one, and this user that they tried.

use std::time::Duration;

use carillon_ipc::{Notice, NoticeCode, TriedAnswer, TriedView};
use carillon_kit::{CallEntry, CallId, Direction, EndReason, shown_person};

use super::{
    Controller,
    calls::pair_call,
    input::Input,
    lists::known_person,
    notices,
    session::{NextCall, SignedInSession},
};
use crate::desktop::Desktop;

/// How long windows say that a person tried to call. The log has it for longer.
const SHOWN: Duration = Duration::from_secs(30);

impl<D: Desktop> Controller<D> {
    /// Whether the windows of the call there is say that this one was missed, so that no notification has to.
    pub(super) fn tells_of(&mut self, entry: &CallEntry) -> bool {
        let Some(session) = self.account.session_mut().filter(|session| session.in_call()) else { return false };
        if !is_try(entry) || session.account.do_not_disturb {
            return false;
        }
        session.tried = Some(entry.clone());
        self.later(SHOWN, Input::TriedOver(entry.call));
        self.call_seen
    }

    pub(super) fn tried_over(&mut self, call: CallId) {
        let session = self.account.session_mut();
        session.into_iter().for_each(|session| drop(session.tried.take_if(|tried| tried.call == call)));
    }

    pub(super) fn answer_tried(&mut self, answer: TriedAnswer) -> Result<(), Notice> {
        let with_video = self.setup.settings.camera_in_video_calls;
        let session = self.in_call()?;
        let tried = session.tried.take().ok_or_else(|| notices::plain(NoticeCode::NotAllowed))?;
        match answer {
            TriedAnswer::Dismiss => Ok(()),
            TriedAnswer::CallBack => {
                let call = pair_call(tried.with, tried.kind);
                session.next_call = Some(NextCall { call, with_video, is_confirmed: true });
                self.hang_up()
            }
        }
    }
}

/// Whether a person called this one user, who was in a call.
fn is_try(entry: &CallEntry) -> bool {
    entry.direction == Direction::Incoming && entry.reason == EndReason::Busy && entry.group.is_none()
}

pub(super) fn view(session: &SignedInSession) -> Option<TriedView> {
    let tried = session.tried.as_ref().filter(|_| session.in_call())?;
    Some(TriedView {
        user: tried.with.clone(),
        name: shown_person(&tried.with_name, &tried.with),
        picture: known_person(session, &tried.with).picture,
        kind: tried.kind,
    })
}
