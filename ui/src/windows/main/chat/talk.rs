//! What was said, who is writing, and where one writes: the same in a conversation of two and in a group.

use carillon_ipc::{ChatView, MainRequest, MessageView, testid};
use yew::prelude::*;

use super::{
    attach::{use_pick, use_picked},
    composer::{Composer, Drafts},
    log::Log,
    visit::Visit,
};
use crate::context::{Language, use_texts};

/// What the next text is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Writing {
    /// A message like any other.
    #[default]
    New,
    /// An answer.
    Reply(MessageView),
    /// Other words for one of one's own.
    Edit(MessageView),
}

#[derive(Properties, PartialEq)]
pub(super) struct TalkProps {
    pub(super) chat: ChatView,
    /// Whether names stand above what others say.
    pub(super) group: bool,
    /// What the conversation is called.
    pub(super) name: AttrValue,
    /// How many messages have not been read.
    pub(super) unread: u32,
    /// Whether there is a link, by which messages can be changed.
    pub(super) linked: bool,
    /// What stands here while there are no messages.
    pub(super) empty: Html,
    /// What stands in the place of the composer.
    #[prop_or_default]
    pub(super) closed: Option<Html>,
    pub(super) drafts: Drafts,
    pub(super) send: Callback<MainRequest>,
}

/// Rendered anew for each conversation, by its page's key.
#[component]
pub(super) fn Talk(props: &TalkProps) -> Html {
    let texts = use_texts();
    let TalkProps { chat, group, send, .. } = props;
    let writing = use_state_eq(Writing::default);
    let picked = use_picked();
    let on_files = use_pick(&picked);
    let on_writing = {
        let writing = writing.clone();
        Callback::from(move |what: Writing| writing.set(what))
    };
    // What is deleted meanwhile is neither answered nor changed.
    let writing = match &*writing {
        Writing::Reply(message) | Writing::Edit(message) if is_gone(chat, message) => Writing::New,
        Writing::New | Writing::Reply(_) | Writing::Edit(_) => (*writing).clone(),
    };
    let ondragover = Callback::from(|event: DragEvent| event.prevent_default());
    let ondrop = {
        let (on_files, is_closed) = (on_files.clone(), props.closed.is_some());
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            if let Some(files) = event.data_transfer().and_then(|dropped| dropped.files()).filter(|_| !is_closed) {
                on_files.emit(files);
            }
        })
    };
    html! {
        <div class="talk" {ondragover} {ondrop}>
            <Log
                chat={chat.clone()}
                group={*group}
                unread={props.unread}
                linked={props.linked}
                empty={props.empty.clone()}
                on_writing={on_writing.clone()}
                send={send.clone()}
            />
            <p class="typing" role="status" data-testid={testid::TYPING}>{ typing(&texts, &chat.typing) }</p>
            if let Some(closed) = &props.closed {
                { closed.clone() }
            } else {
                <Composer
                    chat={chat.chat.clone()}
                    name={props.name.clone()}
                    drafts={props.drafts.clone()}
                    {writing}
                    picked={picked.clone()}
                    {on_files}
                    {on_writing}
                    send={send.clone()}
                />
            }
            if let Some(address) = &chat.visit {
                <Visit address={address.clone()} send={send.clone()} />
            }
        </div>
    }
}

fn is_gone(chat: &ChatView, message: &MessageView) -> bool {
    chat.items.iter().any(|item| match item {
        carillon_ipc::ItemView::Message(one) => one.id == message.id && one.deleted,
        carillon_ipc::ItemView::Call(_) | carillon_ipc::ItemView::Event(_) => false,
    })
}

/// Who is writing; of many only that they are many.
fn typing(texts: &Language, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => texts.with("typing-one", &[("name", one.as_str().into())]),
        [one, other] => texts.with("typing-two", &[("name", one.as_str().into()), ("other", other.as_str().into())]),
        _ => texts.t("typing-many"),
    }
}
