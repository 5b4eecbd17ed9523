//! Missed calls, as plain notices of the system. A click on one leads to whoever called.

use carillon_ipc::Texts;
use carillon_kit::{CallKind, UserId};
use tauri::AppHandle;
use tauri_plugin_notification::{ActionPerformed, NotificationExt};

use crate::{controller::Ear, desktop::MissedCall};

/// What the notice carries, for the click.
const USER: &str = "user";
/// The plugin's word for a click on the notice itself.
const CLICK: &str = "tap";

/// Listens for clicks, from now on.
pub(crate) fn follow_clicks(app: &AppHandle, ear: &Ear) {
    let ear = ear.clone();
    let on_action = move |performed: &ActionPerformed| {
        if performed.action_id() != CLICK {
            return;
        }
        let (ear, user) = (ear.clone(), caller(performed));
        tauri::async_runtime::spawn(async move { ear.missed_clicked(user).await });
    };
    if let Err(error) = app.notification().on_action(on_action) {
        tracing::warn!(%error, "a click on a notice does nothing");
    }
}

fn caller(performed: &ActionPerformed) -> Option<UserId> {
    let user = performed.notification()?.extra().get(USER)?.as_str()?;
    UserId::new(user).ok()
}

pub(super) fn show(app: &AppHandle, missed: &MissedCall) {
    let (title, body) = words(missed);
    let notice = app.notification().builder().title(title).body(body).extra(USER, missed.user.as_str());
    if let Err(error) = notice.show() {
        tracing::warn!(%error, "a missed call is not told of");
    }
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
fn words(missed: &MissedCall) -> (String, String) {
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

    use super::*;

    #[test]
    fn s25_a_name_is_never_where_a_notice_may_have_markup() {
        let name = "<b>Your bank</b>".to_owned();
        let user = UserId::new("eve").expect("a good name");

        let (title, body) = words(&MissedCall { user, name, kind: CallKind::Voice, locale: Locale::English });

        assert_eq!(title, "Missed call from \u{2068}<b>Your bank</b>\u{2069}");
        assert_eq!(body, "Voice call");
    }

    #[test]
    fn a_click_leads_to_the_caller_whom_the_notice_names() {
        let clicked = |notification: serde_json::Value| {
            let performed = serde_json::json!({ "actionId": CLICK, "inputValue": null, "notification": notification });
            serde_json::from_value(performed).ok().and_then(|performed| caller(&performed))
        };

        let named = clicked(serde_json::json!({ "id": 7, "extra": { USER: "eve" } }));
        assert_eq!(named.as_ref().map(UserId::as_str), Some("eve"));
        assert_eq!(clicked(serde_json::json!({ "id": 7, "extra": { USER: "not a name!" } })), None);
        assert_eq!(clicked(serde_json::json!({ "id": 7 })), None);
    }
}
