//! Missed calls and messages, as plain notices of the system. A click on one leads to its conversation.

use carillon_ipc::Texts;
use carillon_kit::{CallKind, Chat};
use tauri::AppHandle;
use tauri_plugin_notification::{ActionPerformed, NotificationExt};

use crate::{
    controller::ControllerHandle,
    desktop::{MessageNotification, MissedCallNotification},
};

/// What the notice carries, for the click.
const CHAT: &str = "chat";
/// The plugin's word for a click on the notice itself.
const CLICK: &str = "tap";

/// Listens for clicks, from now on.
pub(crate) fn follow_clicks(app: &AppHandle, handle: &ControllerHandle) {
    let handle = handle.clone();
    let on_action = move |performed: &ActionPerformed| {
        if performed.action_id() != CLICK {
            return;
        }
        let (handle, chat) = (handle.clone(), chat(performed));
        tauri::async_runtime::spawn(async move { handle.notice_clicked(chat).await });
    };
    if let Err(error) = app.notification().on_action(on_action) {
        tracing::warn!(%error, "a click on a notice does nothing");
    }
}

fn chat(performed: &ActionPerformed) -> Option<Chat> {
    serde_json::from_value(performed.notification()?.extra().get(CHAT)?.clone()).ok()
}

pub(super) fn show(app: &AppHandle, missed: &MissedCallNotification) {
    let (title, body) = words(missed);
    tell(app, None, &missed.chat, title, body);
}

pub(super) fn show_message(app: &AppHandle, message: MessageNotification) {
    tell(app, Some(number(message.pos)), &message.chat, message.title, message.text);
}

/// A notice's number, by which it is taken back. The latest messages have different ones.
fn number(pos: u64) -> i32 {
    let most = i32::MAX.unsigned_abs();
    i32::try_from(pos % u64::from(most)).unwrap_or_default()
}

fn tell(app: &AppHandle, number: Option<i32>, chat: &Chat, title: String, body: String) {
    let notice = app.notification().builder().title(title).body(body).extra(CHAT, chat);
    let notice = match number {
        Some(number) => notice.id(number),
        None => notice,
    };
    if let Err(error) = notice.show() {
        tracing::warn!(%error, "the system shows no notice");
    }
}

/// What a message said is not so any more.
pub(super) fn withdraw_message(app: &AppHandle, pos: u64) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = app.notification().remove_active(vec![number(pos)]) {
            tracing::debug!(%error, "a notice stays");
        }
    });
}

/// What is old news is taken back, where the system can.
pub(super) fn withdraw(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = app.notification().remove_all_active() {
            tracing::debug!(%error, "notices stay");
        }
    });
}

/// The name is in the title, which has no markup; the body, which may have, is all our own.
fn words(missed: &MissedCallNotification) -> (String, String) {
    let texts = Texts::new(missed.locale);
    let title = texts.with("missed-from", &[("name", missed.name.as_str().into())]);
    let body = texts.t(match missed.kind {
        CallKind::Voice => "notification-voice",
        CallKind::Video => "notification-video",
    });
    (title, body)
}

#[cfg(test)]
mod tests {
    use carillon_ipc::Locale;
    use carillon_kit::UserId;

    use super::*;

    #[test]
    fn s25_a_name_is_never_where_a_notice_may_have_markup() {
        let name = "<b>Your bank</b>".to_owned();
        let user = UserId::new("eve").expect("a good name");
        let chat = Chat::User { user: user.clone() };

        let (title, body) =
            words(&MissedCallNotification { user, chat, name, kind: CallKind::Voice, locale: Locale::English });

        assert_eq!(title, "Missed call from \u{2068}<b>Your bank</b>\u{2069}");
        assert_eq!(body, "Voice call");
    }

    #[test]
    fn a_click_leads_to_the_caller_whom_the_notice_names() {
        let clicked = |notification: serde_json::Value| {
            let performed = serde_json::json!({ "actionId": CLICK, "inputValue": null, "notification": notification });
            serde_json::from_value(performed).ok().and_then(|performed| chat(&performed))
        };
        let eve = serde_json::json!({ "type": "user", "user": "eve" });

        let named = clicked(serde_json::json!({ "id": 7, "extra": { CHAT: eve } }));
        assert_eq!(named, Some(Chat::User { user: UserId::new("eve").expect("a good name") }));
        let bad = serde_json::json!({ "type": "user", "user": "not a name!" });
        assert_eq!(clicked(serde_json::json!({ "id": 7, "extra": { CHAT: bad } })), None);
        assert_eq!(clicked(serde_json::json!({ "id": 7 })), None);
    }
}
