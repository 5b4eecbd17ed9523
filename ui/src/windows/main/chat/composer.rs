//! Where a message is written. Enter sends it, Shift and Enter begin a line.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use carillon_ipc::{Arg, ChatRequest, MainRequest, testid};
use carillon_protocol::{Chat, MAX_TEXT_BYTES};
use web_sys::{HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use crate::{
    components::{Icon, IconButton},
    context::{Language, use_texts},
    hooks::focus,
};

/// How near to the limit it is spoken of.
const NEAR_LIMIT: usize = 400;

/// What was begun and not sent, for as long as the window is there.
#[derive(Clone, Default)]
pub(crate) struct Drafts(Rc<RefCell<BTreeMap<Chat, String>>>);

impl Drafts {
    fn of(&self, chat: &Chat) -> String {
        self.0.borrow().get(chat).cloned().unwrap_or_default()
    }

    fn keep(&self, chat: &Chat, text: &str) {
        let mut drafts = self.0.borrow_mut();
        if text.is_empty() {
            drafts.remove(chat)
        } else {
            drafts.insert(chat.clone(), text.to_owned())
        };
    }
}

impl PartialEq for Drafts {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// How a text stands to the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Far from it.
    Plenty,
    /// About so many characters fit yet.
    Left(u64),
    /// So many characters are too many.
    Over(u64),
}

/// The limit counts bytes, and people count characters.
pub(crate) fn room(text: &str) -> Room {
    let text = text.trim();
    if text.len() > MAX_TEXT_BYTES {
        let over = text.char_indices().filter(|(at, c)| at + c.len_utf8() > MAX_TEXT_BYTES).count();
        return Room::Over(over as u64);
    }
    let left = MAX_TEXT_BYTES - text.len();
    let per_character = text.chars().next_back().map_or(1, char::len_utf8);
    if left < NEAR_LIMIT { Room::Left((left / per_character) as u64) } else { Room::Plenty }
}

#[derive(Properties, PartialEq)]
pub(super) struct ComposerProps {
    pub(super) chat: Chat,
    pub(super) name: AttrValue,
    pub(super) drafts: Drafts,
    pub(super) send: Callback<MainRequest>,
}

/// Rendered anew for each conversation, by its key.
#[component]
pub(super) fn Composer(props: &ComposerProps) -> Html {
    let texts = use_texts();
    let text = use_state(|| props.drafts.of(&props.chat));
    let field = use_node_ref();
    use_effect_with((), {
        let field = field.clone();
        move |()| focus(&field)
    });
    let set = keep(&text, props);
    let room = room(&text);
    let can_send = !text.trim().is_empty() && !matches!(room, Room::Over(_));
    let submit = {
        let (text, set, send, chat) = (text.clone(), set.clone(), props.send.clone(), props.chat.clone());
        Callback::from(move |()| {
            if can_send {
                send.emit(MainRequest::Chat(ChatRequest::Send { chat: chat.clone(), text: text.trim().to_owned() }));
                set.emit(String::new());
            }
        })
    };
    let oninput = set.reform(|event: InputEvent| event.target_unchecked_into::<HtmlTextAreaElement>().value());
    let onkeydown = {
        let submit = submit.clone();
        Callback::from(move |event: KeyboardEvent| on_enter(&event, &submit))
    };
    html! {
        <footer class="composer">
            <div class="composer-box">
                // The copy gives the field its height; a web view knows no field that grows by itself.
                <div class="composer-copy" aria-hidden="true">{ format!("{} ", *text) }</div>
                <textarea
                    ref={field}
                    class="composer-field"
                    rows="1"
                    dir="auto"
                    placeholder={texts.t("composer-placeholder")}
                    aria-label={texts.with("composer-label", &[("name", Arg::Text(&props.name))])}
                    aria-describedby="composer-limit"
                    value={(*text).clone()}
                    data-testid={testid::COMPOSER}
                    {oninput}
                    {onkeydown}
                />
                <IconButton
                    class={classes!("composer-send", "tooltip-left", can_send.then_some("can-send"))}
                    icon={Icon::Send}
                    label={texts.t("composer-send")}
                    key_hint="Enter"
                    testid={testid::SEND}
                    on_press={submit}
                />
            </div>
            <div id="composer-limit" role="status">
                { limit(&texts, room) }
            </div>
        </footer>
    }
}

/// Takes what is typed, and keeps it as the conversation's draft.
fn keep(text: &UseStateHandle<String>, props: &ComposerProps) -> Callback<String> {
    let (text, drafts, chat) = (text.clone(), props.drafts.clone(), props.chat.clone());
    Callback::from(move |typed: String| {
        drafts.keep(&chat, &typed);
        text.set(typed);
    })
}

/// Enter sends. The Enter that ends the composing of a Chinese word belongs to the input method.
fn on_enter(event: &KeyboardEvent, submit: &Callback<()>) {
    if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
        event.prevent_default();
        submit.emit(());
    }
}

/// How much room is left, once that is little.
fn limit(texts: &Language, room: Room) -> Html {
    let (class, key, count) = match room {
        Room::Plenty => return Html::default(),
        Room::Left(count) => ("composer-limit", "composer-left", count),
        Room::Over(count) => ("composer-limit composer-over", "composer-too-long", count),
    };
    let text = texts.with(key, &[("count", Arg::Number(count))]);
    html! { <p {class} data-testid={testid::COMPOSER_LIMIT}>{ text }</p> }
}
