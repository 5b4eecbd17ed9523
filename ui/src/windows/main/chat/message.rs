//! One message: its words, how far it has come, and what can be done with it.

use carillon_ipc::{Arg, ChatRequest, FileView, MainRequest, MessageView, QuoteView, SendState, TransferView, testid};
use carillon_protocol::{CHANGEABLE_MS, Chat, shown_name};
use yew::prelude::*;

use super::{
    attach::thumbnail,
    talk::Writing,
    text::{Part, is_lone_emoji, parts},
};
use crate::{
    components::{AskOnce, Avatar, AvatarSize, Button, ButtonKind, Icon, IconButton, IconView, Name},
    context::{Language, use_now, use_texts},
    format::{self, local_time},
};

#[derive(Properties, PartialEq)]
pub(super) struct MessageProps {
    pub(super) chat: Chat,
    pub(super) message: MessageView,
    pub(super) first: bool,
    pub(super) last: bool,
    /// Whether its time is shown.
    pub(super) timed: bool,
    pub(super) group: bool,
    /// Whether there is a link, by which it can be changed.
    pub(super) linked: bool,
    pub(super) on_writing: Callback<Writing>,
    pub(super) send: Callback<MainRequest>,
}

/// Something written. Its direction is its own.
#[component]
pub(super) fn Message(props: &MessageProps) -> Html {
    let texts = use_texts();
    let MessageProps { message, first, last, group, send, .. } = props;
    let deleting = use_state(|| false);
    let others = !message.own;
    let class = classes!(
        "message",
        if message.own { "message-own" } else { "message-other" },
        first.then_some("message-first"),
        last.then_some("message-last"),
        message.deleted.then_some("message-deleted"),
        is_lone_emoji(&message.text).then_some("message-emoji"),
        matches!(message.state, SendState::Sending | SendState::Waiting).then_some("message-sending"),
        matches!(message.state, SendState::Failed { .. }).then_some("message-failed"),
    );
    html! {
        <li {class} id={(message.pos > 0).then(|| anchor(message.pos))}>
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
            <div class="message-line">
                <div class="bubble">
                    if others && *group && *first {
                        <Name class="message-name" name={message.name.clone()} />
                    } else {
                        <bdi class="for-screen-readers">
                            { if message.own { texts.t("chat-you") } else { shown_name(&message.name) } }
                        </bdi>
                    }
                    if let Some(reply) = &message.reply { { quote(&texts, reply) } }
                    if message.deleted {
                        <p class="message-text quiet">{ texts.t("message-deleted") }</p>
                    } else if let Some(file) = &message.file {
                        { file_of(&texts, file, props) }
                    } else {
                        <p class="message-text" dir="auto">{ for parts(&message.text).into_iter().map(|part| words(part, send)) }</p>
                    }
                    { foot(&texts, props) }
                </div>
                <Tools
                    chat={props.chat.clone()}
                    message={message.clone()}
                    linked={props.linked}
                    on_writing={props.on_writing.clone()}
                    on_delete={set(&deleting, true)}
                />
            </div>
            if *deleting && !message.deleted {
                { ask_to_delete(&texts, props, set(&deleting, false)) }
            }
            { state(&texts, message, send) }
        </li>
    }
}

fn set(state: &UseStateHandle<bool>, to: bool) -> Callback<()> {
    let state = state.clone();
    Callback::from(move |()| state.set(to))
}

/// By which an answer finds the message that it answers.
pub(super) fn anchor(pos: u64) -> String {
    format!("message-{pos}")
}

/// An address is a button: the web view itself never follows one.
fn words(part: Part<'_>, send: &Callback<MainRequest>) -> Html {
    match part {
        Part::Words(text) => html! { { text } },
        Part::Address(address) => {
            let text = address.to_owned();
            let address = text.clone();
            let onclick =
                send.reform(move |_: MouseEvent| MainRequest::Chat(ChatRequest::LookAt { address: address.clone() }));
            html! { <button type="button" role="link" class="address" dir="ltr" data-testid={testid::ADDRESS} {onclick}>{ text }</button> }
        }
    }
}

/// What it answers; a click shows that.
fn quote(texts: &Language, reply: &QuoteView) -> Html {
    let pos = reply.pos;
    let onclick = Callback::from(move |_: MouseEvent| {
        let page = web_sys::window().and_then(|window| window.document());
        if let Some(element) = page.and_then(|page| page.get_element_by_id(&anchor(pos))) {
            element.scroll_into_view();
        }
    });
    html! {
        <button type="button" class="quote" {onclick}>
            <bdi class="quote-name">{ if reply.who.is_me { texts.t("chat-you") } else { shown_name(&reply.who.name) } }</bdi>
            <span class="quote-text" dir="auto">
                { if reply.text.is_empty() { texts.t("message-deleted") } else { reply.text.clone() } }
            </span>
        </button>
    }
}

/// A file: what it is, how far it has come, and the way to have it here. Nothing of it is opened.
fn file_of(texts: &Language, file: &FileView, props: &MessageProps) -> Html {
    let name = [("name", file.name.as_str().into())];
    let button = |icon: Icon, label: String, testid: &'static str, request: ChatRequest| {
        let on_press = props.send.reform(move |()| MainRequest::Chat(request.clone()));
        html! { <IconButton {icon} {label} testid={testid} {on_press} /> }
    };
    let (chat, pos, id) = (props.chat.clone(), props.message.pos, props.message.id.clone());
    let state = match &file.transfer {
        TransferView::There if pos > 0 => button(
            Icon::ArrowDown,
            texts.with("file-save", &name),
            testid::FILE_SAVE,
            ChatRequest::SaveFile { chat, pos },
        ),
        TransferView::There => Html::default(),
        TransferView::Moving { percent } => html! {
            <span class="file-moving" role="status">
                { texts.with("file-moving", &[("percent", Arg::Number(u64::from(*percent)))]) }
                if pos == 0 {
                    { button(Icon::Close, texts.t("file-cancel"), testid::DISCARD, ChatRequest::Discard { id }) }
                }
            </span>
        },
        TransferView::Saved { name } => html! {
            <span class="quiet" role="status">{ texts.with("file-saved", &[("name", name.as_str().into())]) }</span>
        },
    };
    html! {
        <div class={classes!("file", file.picture.is_some().then_some("file-with-picture"))}>
            { thumbnail(file.picture.as_ref()) }
            <span class="picked-what">
                <Name name={file.name.clone()} />
                <span class="quiet">{ format::bytes(texts, file.bytes) }</span>
            </span>
            { state }
        </div>
    }
}

/// When, whether it was changed, and how far it has come.
fn foot(texts: &Language, props: &MessageProps) -> Html {
    let message = &props.message;
    if !props.timed && !message.edited {
        return Html::default();
    }
    let tick = match message.state {
        _ if !message.own || message.deleted || !props.timed => None,
        SendState::Sent => Some(("tick", Icon::Check, "message-sent")),
        SendState::Delivered => Some(("tick", Icon::Checks, "message-delivered")),
        SendState::Read => Some(("tick tick-read", Icon::Checks, "message-read")),
        SendState::Waiting | SendState::Sending | SendState::Failed { .. } => None,
    };
    html! {
        <span class="message-foot">
            if message.edited && !message.deleted {
                <span class="message-edited">{ texts.t("message-edited") }</span>
            }
            if props.timed {
                <time class="log-time">{ local_time(message.at_ms).clock() }</time>
            }
            if let Some((class, icon, key)) = tick {
                <span {class}><IconView {icon} name={texts.t(key)} /></span>
            }
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct ToolsProps {
    chat: Chat,
    message: MessageView,
    linked: bool,
    on_writing: Callback<Writing>,
    on_delete: Callback<()>,
}

/// They show beside the message while the pointer or the focus is on it.
#[component]
fn Tools(props: &ToolsProps) -> Html {
    let texts = use_texts();
    let now = use_now();
    let ToolsProps { message, linked, on_writing, on_delete, .. } = props;
    if !message.state.is_sent() || message.deleted {
        return Html::default();
    }
    // The server's clock decides; this one only hides what is surely too late.
    let can_change = message.own && *linked && now.saturating_sub(message.at_ms) < CHANGEABLE_MS;
    let write = |writing: fn(MessageView) -> Writing| {
        let message = message.clone();
        on_writing.reform(move |()| writing(message.clone()))
    };
    html! {
        <span class="message-tools">
            <IconButton icon={Icon::Reply} label={texts.t("message-reply")} testid={testid::MESSAGE_REPLY} on_press={write(Writing::Reply)} />
            if can_change {
                if message.file.is_none() {
                    <IconButton icon={Icon::Pencil} label={texts.t("message-edit")} testid={testid::MESSAGE_EDIT} on_press={write(Writing::Edit)} />
                }
                <IconButton icon={Icon::Trash} label={texts.t("message-delete")} testid={testid::MESSAGE_DELETE} on_press={on_delete.clone()} />
            }
        </span>
    }
}

fn ask_to_delete(texts: &Language, props: &MessageProps, on_cancel: Callback<()>) -> Html {
    let (chat, pos) = (props.chat.clone(), props.message.pos);
    let on_confirm = {
        let done = on_cancel.clone();
        props.send.reform(move |()| {
            done.emit(());
            MainRequest::Chat(ChatRequest::Delete { chat: chat.clone(), pos })
        })
    };
    html! {
        <AskOnce
            text={texts.t("message-delete")}
            ask={texts.t("message-delete-ask")}
            confirm={texts.t("message-delete-confirm")}
            cancel={texts.t("writing-cancel")}
            confirm_testid={testid::MESSAGE_DELETE_CONFIRM}
            asking={true}
            {on_confirm}
            {on_cancel}
        />
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
        SendState::Sent | SendState::Delivered | SendState::Read => Html::default(),
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
