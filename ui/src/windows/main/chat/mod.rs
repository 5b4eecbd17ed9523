//! The right side: a conversation of two, or of a group.

mod attach;
mod composer;
mod details;
mod group;
mod log;
mod message;
mod person;
mod rows;
mod talk;
mod text;
mod visit;

use carillon_ipc::{ChatRequest, ChatView, MainRequest, testid};
use yew::prelude::*;

use crate::{
    components::{Icon, menu_item},
    context::Language,
};

pub(super) use composer::Drafts;
pub(super) use group::GroupPage;
pub(super) use person::PersonPage;
#[cfg(test)]
pub(crate) use {
    composer::{Room, room},
    rows::{Row, rows},
};

/// An entry of a conversation's menu: whether there are notices of it, on all devices.
fn mute_item(texts: &Language, chat: &ChatView, send: &Callback<MainRequest>) -> Html {
    let muted = !chat.muted;
    let (icon, key) = if muted { (Icon::BellOff, "chat-mute") } else { (Icon::Bell, "chat-unmute") };
    let chat = chat.chat.clone();
    let on_press = send.reform(move |()| MainRequest::Chat(ChatRequest::Mute { chat: chat.clone(), muted }));
    menu_item(icon, texts.t(key), testid::CHAT_MUTE, on_press)
}
