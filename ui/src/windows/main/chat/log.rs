//! What was said and called, the latest at the bottom.
//!
//! The scroller is a reversed column with the list in its natural order inside: it stays at the bottom by itself, and what comes
//! in above does not move what is being read.

use carillon_ipc::{Arg, ChatRequest, ChatView, ItemView, MainRequest, Older, testid};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use web_sys::Element;
use yew::prelude::*;

use super::{
    message::Message,
    rows::{self, Row},
    talk::Writing,
};
use crate::{
    components::{Button, ButtonKind, Icon, IconButton},
    context::{Language, use_now, use_texts},
    format::{self, LocalTime, local_time},
    hooks::focus,
};

/// How far from an end, in pixels, counts as being there.
const NEAR_LATEST: i32 = 80;
const NEAR_OLDEST: i32 = 240;
/// How long messages stand on a window that has the focus until they count as read.
const READ_MS: u32 = 400;

#[derive(Properties, PartialEq)]
pub(super) struct LogProps {
    pub(super) chat: ChatView,
    /// Whether names stand above what others say.
    pub(super) group: bool,
    /// How many messages have not been read.
    pub(super) unread: u32,
    /// Whether there is a link, by which messages can be changed.
    pub(super) linked: bool,
    /// What stands here while there are no messages.
    pub(super) empty: Html,
    pub(super) on_writing: Callback<Writing>,
    pub(super) send: Callback<MainRequest>,
}

#[component]
pub(super) fn Log(props: &LogProps) -> Html {
    let texts = use_texts();
    let now = local_time(use_now());
    let chat = &props.chat;
    let scroller = use_node_ref();
    let at_latest = use_state_eq(|| true);
    use_read(chat, props.unread, *at_latest, props.send.clone());
    use_stay(&scroller, chat);
    let older = props.send.reform(|()| MainRequest::Chat(ChatRequest::Older));
    let onscroll = {
        let (scroller, at_latest) = (scroller.clone(), at_latest.clone());
        let older = (chat.older == Older::More).then(|| older.clone());
        Callback::from(move |_: Event| on_scroll(&scroller, &at_latest, older.as_ref()))
    };
    let to_latest = {
        let scroller = scroller.clone();
        Callback::from(move |()| show_latest(&scroller))
    };
    if chat.items.is_empty() && chat.older == Older::None {
        return html! { <div class="log-empty" data-testid={testid::PERSON_CALLS}>{ props.empty.clone() }</div> };
    }
    html! {
        <div class="log-frame">
            <div class="log" ref={scroller} {onscroll} tabindex="0" role="log" aria-label={texts.t("chat-log")} data-testid={testid::PERSON_CALLS}>
                <div class="log-content">
                    { before(&texts, chat, older) }
                    <ol class="log-list">
                        { for rows::rows(chat).into_iter().map(|each| row(&texts, each, now, props)) }
                    </ol>
                </div>
            </div>
            if !*at_latest { { jump(&texts, props.unread, to_latest) } }
        </div>
    }
}

fn row(texts: &Language, row: Row<'_>, now: LocalTime, props: &LogProps) -> Html {
    match row {
        Row::Day(at) => html! {
            <li class="log-day" key={format!("day-{}", at.day_number)}><h2>{ format::day(texts, at, now) }</h2></li>
        },
        Row::Unread => html! {
            <li class="log-unread" key="unread" data-testid={testid::UNREAD_LINE}><span>{ texts.t("chat-unread") }</span></li>
        },
        Row::Call(call) => rows::call(texts, call, props.group),
        Row::Event(event) => rows::event(texts, event),
        Row::Message { message, first, last, timed } => html! {
            <Message
                key={message.id.as_str()}
                chat={props.chat.chat.clone()}
                message={message.clone()}
                {first}
                {last}
                {timed}
                group={props.group}
                linked={props.linked}
                on_writing={props.on_writing.clone()}
                send={props.send.clone()}
            />
        },
    }
}

/// Goes to the latest, and says how much of it has not been read.
fn jump(texts: &Language, unread: u32, to_latest: Callback<()>) -> Html {
    let label = match unread {
        0 => texts.t("chat-to-latest"),
        _ => texts.with("chat-to-latest-unread", &[("count", Arg::from(unread))]),
    };
    html! {
        <div class="to-latest">
            <IconButton icon={Icon::ArrowDown} {label} testid={testid::TO_LATEST} on_press={to_latest} />
            if unread > 0 {
                <span class="badge to-latest-count" aria-hidden="true">{ unread }</span>
            }
        </div>
    }
}

/// Notes whether the latest is on show, and asks for `older` messages near the oldest.
fn on_scroll(scroller: &NodeRef, at_latest: &UseStateHandle<bool>, older: Option<&Callback<()>>) {
    let Some(element) = scroller.cast::<Element>() else { return };
    let up = -element.scroll_top();
    at_latest.set(up < NEAR_LATEST);
    if element.scroll_height() - element.client_height() - up < NEAR_OLDEST {
        older.into_iter().for_each(|older| older.emit(()));
    }
}

fn show_latest(scroller: &NodeRef) {
    if let Some(element) = scroller.cast::<Element>() {
        element.set_scroll_top(0);
    }
    focus(scroller);
}

/// What stands above the first item.
fn before(texts: &Language, chat: &ChatView, older: Callback<()>) -> Html {
    let line = |text: String| html! { <p class="log-before" role="status">{ text }</p> };
    match chat.older {
        Older::None => Html::default(),
        Older::Loading if chat.items.is_empty() => line(texts.t("chat-loading")),
        Older::Loading => line(texts.t("chat-older-loading")),
        Older::More | Older::Failed => {
            let failed = chat.older == Older::Failed;
            html! {
                <div class="log-before">
                    if failed {
                        <p>{ texts.t("chat-older-failed") }</p>
                        <p class="quiet">{ texts.hint("chat-older-failed", &[]) }</p>
                    }
                    <Button kind={ButtonKind::Link} text={texts.t("chat-older")} testid={testid::OLDER} on_press={older} />
                </div>
            }
        }
    }
}

/// Says that messages have been read, once they have been on show for a moment.
#[hook]
fn use_read(chat: &ChatView, unread: u32, at_latest: bool, send: Callback<MainRequest>) {
    let up_to = chat.items.iter().filter_map(pos).max().unwrap_or_default();
    let wanted = (unread > 0 && at_latest && up_to > 0).then(|| (chat.chat.clone(), up_to));
    use_effect_with((wanted, send), |(wanted, send)| {
        let window = web_sys::window().filter(|_| wanted.is_some());
        let read = wanted.clone().map(|(chat, up_to)| {
            send.reform(move |()| MainRequest::Chat(ChatRequest::Read { chat: chat.clone(), up_to }))
        });
        let has_focus = window
            .as_ref()
            .and_then(|window| window.document())
            .is_some_and(|document| document.has_focus() == Ok(true));
        let soon = read.clone().filter(|_| has_focus).map(|read| Timeout::new(READ_MS, move || read.emit(())));
        let on_focus =
            window.zip(read).map(|(window, read)| EventListener::once(&window, "focus", move |_| read.emit(())));
        move || drop((soon, on_focus))
    });
}

fn pos(item: &ItemView) -> Option<u64> {
    match item {
        ItemView::Message(message) => Some(message.pos),
        ItemView::Call(_) | ItemView::Event(_) => None,
    }
}

/// What is being read does not move when something comes in below it. A conversation begins at its unread line.
#[hook]
fn use_stay(scroller: &NodeRef, chat: &ChatView) {
    let height = use_mut_ref(|| 0);
    let before = use_mut_ref(|| None);
    let newest = chat.items.last().map(|item| item.key().to_owned());
    let oldest = chat.items.first().map(|item| item.key().to_owned());
    use_effect_with((newest, oldest), {
        let scroller = scroller.clone();
        move |(newest, oldest)| {
            let Some(element) = scroller.cast::<Element>() else { return };
            let grown = element.scroll_height() - height.replace(element.scroll_height());
            let was = before.replace(Some((newest.clone(), oldest.clone())));
            let only_below = was.is_some_and(|(last, first)| last != *newest && first == *oldest);
            if only_below && element.scroll_top() < -NEAR_LATEST {
                element.set_scroll_top(element.scroll_top() - grown);
            }
        }
    });
    // The page with the first unread one may be a later one than the first that comes.
    let opened = use_mut_ref(|| false);
    let reached = chat.unread_from.is_none() || chat.older != Older::Loading;
    use_effect_with((chat.chat.clone(), chat.items.is_empty(), reached), {
        let scroller = scroller.clone();
        move |(_, is_empty, reached)| {
            if *is_empty || !*reached || opened.replace(true) {
                return;
            }
            let line = scroller.cast::<Element>().and_then(|log| log.query_selector(".log-unread").ok().flatten());
            if let Some(line) = line {
                line.scroll_into_view_with_bool(true);
            }
        }
    });
}
