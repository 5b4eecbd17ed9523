//! Missed calls and messages, as plain notices of the system. A click on one leads to its conversation.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use carillon_ipc::Texts;
use carillon_kit::{CallKind, Chat};
use tauri::AppHandle;
use tauri_plugin_notification::{ActionPerformed, NotificationExt};
use tokio::sync::mpsc;

use crate::{
    controller::ControllerHandle,
    desktop::{MessageNotification, MissedCallNotification},
};

/// What the notice carries, for the click.
const CHAT: &str = "chat";
/// The plugin's word for a click on the notice itself.
const CLICK: &str = "tap";
/// What comes within this time is told at once. The notice before is known to the plugin by then, which shows it in a task of its own.
const GATHER: Duration = Duration::from_millis(200);

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

/// What is to happen with the notice of a conversation. There is one for each: the next takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoticeOrder {
    /// Show it; of a message, with its place.
    Show { chat: Chat, pos: Option<u64>, title: String, body: String },
    /// The message at this place says something else now: it goes, if it is of that.
    Gone(Chat, u64),
    /// It is old news.
    Withdraw(Chat),
}

impl NoticeOrder {
    pub(super) fn missed(missed: MissedCallNotification) -> Self {
        let (title, body) = words(&missed);
        Self::Show { chat: missed.chat, pos: None, title, body }
    }

    pub(super) fn message(message: MessageNotification) -> Self {
        Self::Show { chat: message.chat, pos: Some(message.pos), title: message.title, body: message.text }
    }

    const fn chat(&self) -> &Chat {
        match self {
            Self::Show { chat, .. } | Self::Gone(chat, _) | Self::Withdraw(chat) => chat,
        }
    }
}

/// Works through orders until the program ends. What comes at once, such as all that was written while there was no link, is one notice
/// for each conversation.
pub(crate) async fn follow(app: AppHandle, mut orders: mpsc::Receiver<NoticeOrder>) {
    let mut shown = BTreeMap::new();
    while let Some(first) = orders.recv().await {
        tokio::time::sleep(GATHER).await;
        let mut gathered = vec![first];
        while let Ok(next) = orders.try_recv() {
            gathered.push(next);
        }
        for order in latest(gathered, &mut shown) {
            obey(&app, order).await;
        }
    }
}

/// The last order for each conversation. What is `shown` of which message follows.
fn latest(orders: Vec<NoticeOrder>, shown: &mut BTreeMap<Chat, u64>) -> Vec<NoticeOrder> {
    let mut latest = BTreeMap::new();
    for order in orders {
        let chat = order.chat().clone();
        let order = match order {
            NoticeOrder::Gone(_, pos) if shown.get(&chat) != Some(&pos) => continue,
            NoticeOrder::Gone(..) => NoticeOrder::Withdraw(chat.clone()),
            order @ (NoticeOrder::Show { .. } | NoticeOrder::Withdraw(_)) => order,
        };
        match &order {
            NoticeOrder::Show { pos: Some(pos), .. } => shown.insert(chat.clone(), *pos),
            NoticeOrder::Show { .. } | NoticeOrder::Gone(..) | NoticeOrder::Withdraw(_) => shown.remove(&chat),
        };
        latest.insert(chat, order);
    }
    latest.into_values().collect()
}

/// The one before goes first, where the system can take it back.
async fn obey(app: &AppHandle, order: NoticeOrder) {
    let id = id(order.chat());
    let going = app.clone();
    let withdrawn = tauri::async_runtime::spawn_blocking(move || going.notification().remove_active(vec![id])).await;
    if let Ok(Err(error)) = withdrawn {
        tracing::debug!(%error, "a notice stays");
    }
    let NoticeOrder::Show { chat, title, body, .. } = order else { return };
    if let Err(error) = app.notification().builder().id(id).title(title).body(body).extra(CHAT, &chat).show() {
        tracing::warn!(%error, "the system shows no notice");
    }
}

/// By which the system knows a conversation's notice, in this run of the program.
fn id(chat: &Chat) -> i32 {
    let mut hasher = DefaultHasher::new();
    chat.hash(&mut hasher);
    i32::from_ne_bytes((hasher.finish() as u32).to_ne_bytes())
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
    fn a_conversation_has_one_notice_however_much_is_written_at_once() {
        let chat = |name: &str| Chat::User { user: UserId::new(name).expect("a good name") };
        let show = |name: &str, pos: u64, body: &str| NoticeOrder::Show {
            chat: chat(name),
            pos: Some(pos),
            title: name.into(),
            body: body.into(),
        };
        let withdrawn = NoticeOrder::Withdraw(chat("eve"));
        let all = vec![show("bob", 1, "one"), show("eve", 1, "hello"), show("bob", 2, "two"), withdrawn.clone()];

        let mut shown = BTreeMap::new();
        assert_eq!(latest(all, &mut shown), [show("bob", 2, "two"), withdrawn]);
        let gone = vec![NoticeOrder::Gone(chat("bob"), 1), NoticeOrder::Gone(chat("eve"), 1)];
        assert_eq!(latest(gone, &mut shown), [], "what was said of these is not shown");
        let gone = vec![NoticeOrder::Gone(chat("bob"), 2)];
        assert_eq!(latest(gone, &mut shown), [NoticeOrder::Withdraw(chat("bob"))]);
        assert_eq!(id(&chat("bob")), id(&chat("bob")));
        assert_ne!(id(&chat("bob")), id(&chat("eve")));
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
