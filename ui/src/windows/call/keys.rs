//! The call window's keys.

use carillon_ipc::{CallRequest, CallView, GroupCallView, PicturesView, QuitAnswer};
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{is_live, live_pictures};
use crate::hooks::{is_command, is_command_shift, is_typing};

pub(super) fn on_key(event: &KeyboardEvent, view: &CallView, send: &Callback<CallRequest>) {
    if is_command(event) && event.key().to_lowercase() == "q" {
        send.emit(CallRequest::Quit(QuitAnswer::Ask));
        return event.prevent_default();
    }
    // Also while a field has the focus: it is no letter then.
    if is_live(&view.state) && is_command_shift(event) && event.key().eq_ignore_ascii_case("h") {
        event.prevent_default();
        return send.emit(CallRequest::HangUp);
    }
    let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat() || is_typing(event));
    if !plain || !is_live(&view.state) {
        return;
    }
    let key = event.key().to_lowercase();
    let asked = match key.as_str() {
        "m" => Some(CallRequest::SetMuted { muted: !view.muted }),
        "a" if view.group.as_ref().is_some_and(|group| group.can_add) => Some(CallRequest::AddPeople { on: true }),
        "h" => Some(CallRequest::HangUp),
        "escape" => closed_by_escape(view),
        _ => {
            let of_group = view.group.as_ref().and_then(|group| of_group(&key, group));
            of_group.or_else(|| live_pictures(view).and_then(|pictures| of_pictures(&key, pictures)))
        }
    };
    if let Some(request) = asked {
        send.emit(request);
    }
}

fn of_group(key: &str, group: &GroupCallView) -> Option<CallRequest> {
    match key {
        "g" => Some(CallRequest::SetSpotlight { on: !group.is_spotlight }),
        "p" => Some(CallRequest::ShowPeople { on: !group.shows_people }),
        "r" => Some(CallRequest::SetHand { raised: !group.has_raised_hand() }),
        _ => None,
    }
}

/// What lies on top first.
fn closed_by_escape(view: &CallView) -> Option<CallRequest> {
    let (pictures, group) = (live_pictures(view), view.group.as_ref());
    if pictures.is_some_and(|pictures| pictures.picker.is_some()) {
        return Some(CallRequest::PickScreen { on: false });
    }
    if pictures.is_some_and(|pictures| pictures.numbers.is_some()) {
        return Some(CallRequest::ShowNumbers { on: false });
    }
    if group.is_some_and(|group| group.shows_people) {
        return Some(CallRequest::ShowPeople { on: false });
    }
    let is_full_screen = pictures.is_some_and(|pictures| pictures.is_full_screen);
    is_full_screen.then_some(CallRequest::SetFullScreen { on: false })
}

/// What a key asks about pictures.
fn of_pictures(key: &str, pictures: &PicturesView) -> Option<CallRequest> {
    match key {
        "v" => Some(CallRequest::SetCamera { on: !pictures.camera.is_on }),
        "s" if pictures.sharing.is_some() => Some(CallRequest::StopSharing),
        "s" => Some(CallRequest::PickScreen { on: pictures.picker.is_none() }),
        "f" => Some(CallRequest::SetFullScreen { on: !pictures.is_full_screen }),
        _ => None,
    }
}
