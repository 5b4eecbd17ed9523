//! Where a message is written. Enter sends it, Shift and Enter begin a line.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use carillon_ipc::{Arg, ChatRequest, MainRequest, testid};
use carillon_protocol::{Chat, MAX_TEXT_BYTES, TYPING_AGAIN_MS};
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, FileList, HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use super::{
    attach::{AllPicked, AttachButton, picked_list, send_all},
    talk::Writing,
};
use crate::{
    components::{Icon, IconButton},
    context::{Language, use_texts},
    hooks::{focus, monotonic_ms},
};

/// How near to the limit it is spoken of.
const NEAR_LIMIT: usize = 400;
/// More than fits the highest field, however narrow the letters are.
const COPIED_CHARS: usize = 2000;
/// Who has pressed no key for so long has stopped typing.
const STOPPED_MS: u32 = 5_000;

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

#[derive(Clone, Properties, PartialEq)]
pub(super) struct ComposerProps {
    pub(super) chat: Chat,
    pub(super) name: AttrValue,
    pub(super) drafts: Drafts,
    /// What the next text is.
    pub(super) writing: Writing,
    /// Files that are about to be sent.
    pub(super) picked: AllPicked,
    pub(super) on_files: Callback<FileList>,
    pub(super) on_writing: Callback<Writing>,
    pub(super) send: Callback<MainRequest>,
}

/// What is shown of what is typed. The field itself has the words, so that a key far into a long text renders nothing.
#[derive(Debug, Clone, PartialEq)]
struct Typed {
    /// Enough of it to give the field its height.
    copy: String,
    room: Room,
    can_send: bool,
}

impl Typed {
    fn of(text: &str) -> Self {
        let room = room(text);
        let copy = text.chars().take(COPIED_CHARS).collect();
        Self { copy, room, can_send: !text.trim().is_empty() && !matches!(room, Room::Over(_)) }
    }
}

/// Rendered anew for each conversation, by its key.
#[component]
pub(super) fn Composer(props: &ComposerProps) -> Html {
    let texts = use_texts();
    let field = use_node_ref();
    let typed = use_state_eq(|| Typed::of(&props.drafts.of(&props.chat)));
    let teller = use_mut_ref(TypingTeller::default);
    use_words(&field, &typed, props);
    let submit = submit(&field, &typed, &teller, props);
    let oninput = on_input(&typed, &teller, props);
    let onkeydown = on_key(&submit, props);
    let onpaste = on_paste(&props.on_files);
    let can_send = typed.can_send || !props.picked.is_empty();
    html! {
        <footer class="composer">
            { above(&texts, props) }
            { picked_list(&texts, &props.picked) }
            <div class="composer-box">
                // The copy gives the field its height; a web view knows no field that grows by itself.
                <div class="composer-copy" aria-hidden="true">{ format!("{} ", typed.copy) }</div>
                <textarea
                    ref={field}
                    class="composer-field"
                    rows="1"
                    dir="auto"
                    placeholder={texts.t("composer-placeholder")}
                    aria-label={texts.with("composer-label", &[("name", Arg::Text(&props.name))])}
                    aria-describedby="composer-limit"
                    data-testid={testid::COMPOSER}
                    {oninput}
                    {onkeydown}
                    {onpaste}
                />
                <AttachButton on_files={props.on_files.clone()} />
                <IconButton
                    class={classes!("composer-send", "tooltip-left", can_send.then_some("can-send"))}
                    icon={if matches!(props.writing, Writing::Edit(_)) { Icon::Check } else { Icon::Send }}
                    label={texts.t(if matches!(props.writing, Writing::Edit(_)) { "composer-save" } else { "composer-send" })}
                    key_hint="Enter"
                    testid={testid::SEND}
                    on_press={submit}
                />
            </div>
            <div id="composer-limit" role="status">
                { limit(&texts, typed.room) }
            </div>
        </footer>
    }
}

/// Sends what there is, or saves what was changed.
fn submit(
    field: &NodeRef,
    typed: &UseStateHandle<Typed>,
    teller: &Rc<RefCell<TypingTeller>>,
    props: &ComposerProps,
) -> Callback<()> {
    let (field, typed, props, teller) = (field.clone(), typed.clone(), props.clone(), Rc::clone(teller));
    let is_edit = matches!(props.writing, Writing::Edit(_));
    Callback::from(move |()| {
        let text = words(&field);
        if !is_edit && !props.picked.is_empty() {
            send_all(&props.picked, &props.chat, &props.send);
            props.picked.set(Rc::default());
        }
        if Typed::of(&text).can_send {
            props.send.emit(MainRequest::Chat(request(&props, text.trim())));
            teller.borrow_mut().sent();
            if !is_edit {
                props.drafts.keep(&props.chat, "");
                show(&field, &typed, "");
            }
            props.on_writing.emit(Writing::New);
        }
    })
}

fn on_input(
    typed: &UseStateHandle<Typed>,
    teller: &Rc<RefCell<TypingTeller>>,
    props: &ComposerProps,
) -> Callback<InputEvent> {
    let (typed, props, teller) = (typed.clone(), props.clone(), Rc::clone(teller));
    Callback::from(move |event: InputEvent| {
        let text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
        if !matches!(props.writing, Writing::Edit(_)) {
            props.drafts.keep(&props.chat, &text);
        }
        TypingTeller::typed(&teller, !text.trim().is_empty(), &props);
        typed.set(Typed::of(&text));
    })
}

/// Escape ends an answer or a change; Enter sends.
fn on_key(submit: &Callback<()>, props: &ComposerProps) -> Callback<KeyboardEvent> {
    let (submit, on_writing, is_new) = (submit.clone(), props.on_writing.clone(), props.writing == Writing::New);
    Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Escape" && !is_new {
            event.stop_propagation();
            on_writing.emit(Writing::New);
        }
        on_enter(&event, &submit);
    })
}

/// What is pasted as text stays text.
fn on_paste(on_files: &Callback<FileList>) -> Callback<Event> {
    let on_files = on_files.clone();
    Callback::from(move |event: Event| {
        let pasted = event.dyn_into::<ClipboardEvent>().ok().and_then(|event| event.clipboard_data());
        if let Some(files) = pasted.and_then(|pasted| pasted.files()).filter(|files| files.length() > 0) {
            on_files.emit(files);
        }
    })
}

/// The field begins with the draft; it has the words of a message while that is changed, and the draft again after it.
#[hook]
fn use_words(field: &NodeRef, typed: &UseStateHandle<Typed>, props: &ComposerProps) {
    let subject = match &props.writing {
        Writing::Edit(message) => Some(message.id.clone()),
        Writing::New | Writing::Reply(_) => None,
    };
    let text = match &props.writing {
        Writing::Edit(message) => message.text.clone(),
        Writing::New | Writing::Reply(_) => props.drafts.of(&props.chat),
    };
    use_effect_with(subject, {
        let (field, typed) = (field.clone(), typed.clone());
        move |_| {
            show(&field, &typed, &text);
            focus(&field);
        }
    });
    let is_reply = matches!(props.writing, Writing::Reply(_));
    use_effect_with(is_reply, {
        let field = field.clone();
        move |_| focus(&field)
    });
}

fn words(field: &NodeRef) -> String {
    field.cast::<HtmlTextAreaElement>().map(|field| field.value()).unwrap_or_default()
}

fn show(field: &NodeRef, typed: &UseStateHandle<Typed>, text: &str) {
    if let Some(field) = field.cast::<HtmlTextAreaElement>() {
        field.set_value(text);
    }
    typed.set(Typed::of(text));
}

fn request(props: &ComposerProps, text: &str) -> ChatRequest {
    let (chat, text) = (props.chat.clone(), text.to_owned());
    match &props.writing {
        Writing::New => ChatRequest::Send { chat, text, reply_to: None },
        Writing::Reply(message) => ChatRequest::Send { chat, text, reply_to: Some(message.pos) },
        Writing::Edit(message) => ChatRequest::Edit { chat, pos: message.pos, text },
    }
}

/// What the next text answers or changes, and the way out of that.
fn above(texts: &Language, props: &ComposerProps) -> Html {
    let (title, message) = match &props.writing {
        Writing::New => return Html::default(),
        Writing::Reply(message) if message.own => (texts.t("writing-reply-own"), message),
        Writing::Reply(message) => (texts.with("writing-reply", &[("name", Arg::Text(&message.name))]), message),
        Writing::Edit(message) => (texts.t("writing-edit"), message),
    };
    html! {
        <div class="writing" data-testid={testid::WRITING}>
            <div class="writing-what">
                <span class="quote-name">{ title }</span>
                <span class="quote-text" dir="auto">
                    { message.file.as_ref().map_or(&message.text, |file| &file.name) }
                </span>
            </div>
            <IconButton
                class="tooltip-left"
                icon={Icon::Close}
                label={texts.t("writing-cancel")}
                key_hint="Esc"
                testid={testid::WRITING_CANCEL}
                on_press={props.on_writing.reform(|()| Writing::New)}
            />
        </div>
    }
}

/// Tells the others that this user types: at the first key, now and then after it, and once when they stop.
#[derive(Default)]
struct TypingTeller {
    told_at: Option<f64>,
    stop: Option<Timeout>,
}

impl TypingTeller {
    fn typed(this: &Rc<RefCell<Self>>, is_any: bool, props: &ComposerProps) {
        let tell = {
            let (send, chat) = (props.send.clone(), props.chat.clone());
            move |typing| send.emit(MainRequest::Chat(ChatRequest::Typing { chat: chat.clone(), typing }))
        };
        let now = monotonic_ms();
        let mut teller = this.borrow_mut();
        if !is_any {
            teller.stop = None;
            if teller.told_at.take().is_some() {
                tell(false);
            }
            return;
        }
        if teller.told_at.is_none_or(|at| now - at >= TYPING_AGAIN_MS as f64) {
            teller.told_at = Some(now);
            tell(true);
        }
        let stopped = Rc::clone(this);
        teller.stop = Some(Timeout::new(STOPPED_MS, move || {
            if let Ok(mut teller) = stopped.try_borrow_mut()
                && teller.told_at.take().is_some()
            {
                tell(false);
            }
        }));
    }

    /// The message itself says that it is written.
    fn sent(&mut self) {
        (self.told_at, self.stop) = (None, None);
    }
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
