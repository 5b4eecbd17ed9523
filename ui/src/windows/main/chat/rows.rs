//! One row after the other: days, what is unread, calls, messages.

use carillon_ipc::{ChatRequest, ChatView, ItemView, MainRequest, MessageView, RecentView, SendState, testid};
use carillon_protocol::{Direction, shown_name};
use yew::prelude::*;

use super::super::call_log;
use crate::{
    components::{Avatar, AvatarSize, Button, ButtonKind, Icon, IconView, Name},
    context::{Language, use_texts},
    format::{self, LocalTime, local_time},
};

/// What one person says within this time stands together.
const TOGETHER_MS: u64 = 5 * 60_000;

/// A row of the log.
#[derive(Debug, PartialEq)]
pub(crate) enum Row<'a> {
    /// Another day begins.
    Day(LocalTime),
    /// From here on it has not been read.
    Unread,
    /// A call.
    Call(&'a RecentView),
    /// Something written.
    Message {
        /// What.
        message: &'a MessageView,
        /// Whether it begins what one person says in one go.
        first: bool,
        /// Whether it ends that.
        last: bool,
    },
}

/// The rows of a conversation.
pub(crate) fn rows(chat: &ChatView) -> Vec<Row<'_>> {
    let mut rows = Vec::with_capacity(chat.items.len() * 2);
    let (mut day, mut divided) = (None, false);
    for item in &chat.items {
        let at = local_time(item.at_ms());
        if day != Some(at.day_number) {
            day = Some(at.day_number);
            rows.push(Row::Day(at));
        }
        match item {
            ItemView::Call(call) => rows.push(Row::Call(call)),
            ItemView::Message(message) => {
                let is_unread = !message.own && chat.unread_from.is_some_and(|from| message.pos >= from);
                if is_unread && !divided {
                    divided = true;
                    rows.push(Row::Unread);
                }
                push_message(&mut rows, message);
            }
        }
    }
    rows
}

fn push_message<'a>(rows: &mut Vec<Row<'a>>, message: &'a MessageView) {
    let mut first = true;
    if let Some(Row::Message { message: before, last, .. }) = rows.last_mut()
        && before.from == message.from
        && message.at_ms.saturating_sub(before.at_ms) < TOGETHER_MS
    {
        (*last, first) = (false, false);
    }
    rows.push(Row::Message { message, first, last: true });
}

/// A call in the log.
pub(super) fn call(texts: &Language, call: &RecentView, group: bool) -> Html {
    let class = classes!("log-call", call.missed.then_some("is-missed"));
    let by = match call.direction {
        Direction::Outgoing => texts.t("call-by-you"),
        Direction::Incoming => texts.with("call-by", &[("name", call.with.name.as_str().into())]),
    };
    html! {
        <li {class} key={call.id.as_str()}>
            <IconView icon={call_log::icon(call)} name={texts.t(call_log::direction_key(call))} />
            <span class="log-call-what">{ texts.t(call_log::key(call)) }</span>
            if group {
                <span class="log-call-by">{ by }</span>
            }
            if call.duration_ms > 0 {
                <span class="log-call-duration">{ format::duration(texts, call.duration_ms) }</span>
            }
            <time class="log-time">{ local_time(call.at_ms).clock() }</time>
        </li>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct MessageProps {
    pub(super) message: MessageView,
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) group: bool,
    pub(super) send: Callback<MainRequest>,
}

/// Something written. Its direction is its own.
#[component]
pub(super) fn Message(props: &MessageProps) -> Html {
    let texts = use_texts();
    let MessageProps { message, first, last, group, .. } = props;
    let others = !message.own;
    let class = classes!(
        "message",
        if message.own { "message-own" } else { "message-other" },
        first.then_some("message-first"),
        last.then_some("message-last"),
        matches!(message.state, SendState::Sending | SendState::Waiting).then_some("message-sending"),
        matches!(message.state, SendState::Failed { .. }).then_some("message-failed"),
    );
    let clock = local_time(message.at_ms).clock();
    html! {
        <li {class}>
            if others && *group {
                <span class="message-picture">
                    if *last {
                        <Avatar
                            user={message.from.clone()}
                            name={message.name.clone()}
                            size={AvatarSize::Small}
                            picture={message.picture.clone()}
                        />
                    }
                </span>
            }
            <div class="bubble">
                if others && *group && *first {
                    <Name class="message-name" name={message.name.clone()} />
                } else {
                    <bdi class="for-screen-readers">
                        { if message.own { texts.t("chat-you") } else { shown_name(&message.name) } }
                    </bdi>
                }
                <p class="message-text" dir="auto">{ &message.text }</p>
                <time class="log-time">{ clock }</time>
            </div>
            { state(&texts, message, &props.send) }
        </li>
    }
}

fn state(texts: &Language, message: &MessageView, send: &Callback<MainRequest>) -> Html {
    let ask = |request: fn(String) -> ChatRequest| {
        let id = message.id.clone();
        send.reform(move |()| MainRequest::Chat(request(id.clone())))
    };
    let discard = html! {
        <Button
            kind={ButtonKind::Link}
            text={texts.t("message-discard")}
            testid={testid::DISCARD}
            on_press={ask(|id| ChatRequest::Discard { id })}
        />
    };
    match &message.state {
        SendState::Sent => Html::default(),
        SendState::Sending => html! { <p class="message-state">{ texts.t("message-sending") }</p> },
        SendState::Waiting => html! {
            <div class="message-state" role="status">
                <span>{ texts.t("message-waiting") }</span>
                { discard }
            </div>
        },
        SendState::Failed { notice } => html! {
            <div class="message-state" role="status">
                <IconView icon={Icon::Warning} />
                <span data-tip={texts.notice_hint(notice)}>{ texts.t("message-failed") }{ " · " }{ texts.notice(notice) }</span>
                <Button kind={ButtonKind::Link} text={texts.t("message-again")} testid={testid::SEND_AGAIN} on_press={ask(|id| ChatRequest::SendAgain { id })} />
                { discard }
            </div>
        },
    }
}
