//! One row after the other: days, what is unread, calls, messages.

use carillon_ipc::{Arg, ChatView, EventKind, EventView, ItemView, MessageView, NamedView, RecentView};
use carillon_protocol::{Direction, shown_name};
use yew::prelude::*;

use super::super::call_log;
use crate::{
    components::IconView,
    context::Language,
    format::{self, LocalTime, local_time},
};

/// What one person says within this time stands together.
const TOGETHER_MS: u64 = 5 * MINUTE_MS;
const MINUTE_MS: u64 = 60_000;
/// So many people are named in one line.
const MOST_NAMED: usize = 5;

/// A row of the log.
#[derive(Debug, PartialEq)]
pub(crate) enum Row<'a> {
    /// Another day begins.
    Day(LocalTime),
    /// From here on it has not been read.
    Unread,
    /// A call.
    Call(&'a RecentView),
    /// Something that happened to the group.
    Event(&'a EventView),
    /// Something written.
    Message {
        /// What.
        message: &'a MessageView,
        /// Whether it begins what one person says in one go.
        first: bool,
        /// Whether it ends that.
        last: bool,
        /// Whether its time is shown: of what one person says within a minute, that of the last.
        timed: bool,
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
            ItemView::Event(event) => rows.push(Row::Event(event)),
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
    if let Some(Row::Message { message: before, last, timed, .. }) = rows.last_mut()
        && before.from == message.from
        && message.at_ms.saturating_sub(before.at_ms) < TOGETHER_MS
    {
        (*last, first) = (false, false);
        // One that has not come as far as the next shows how far it has come.
        *timed = before.at_ms / MINUTE_MS != message.at_ms / MINUTE_MS || before.state != message.state;
    }
    rows.push(Row::Message { message, first, last: true, timed: true });
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

/// Something that happened to the group, as a line.
pub(super) fn event(texts: &Language, event: &EventView) -> Html {
    html! {
        <li class="log-event" key={event.id.as_str()}>
            <span>{ said(texts, event) }</span>
            <time class="log-time">{ local_time(event.at_ms).clock() }</time>
        </li>
    }
}

fn said(texts: &Language, event: &EventView) -> String {
    let say = |[key, by_you]: [&str; 2], other: &[(&str, Arg<'_>)]| {
        let name = [("name", Arg::Text(&event.by.name))];
        texts.with(if event.by.is_me { by_you } else { key }, &[&name[..], other].concat())
    };
    let named = |person: &NamedView| {
        if person.is_me { texts.t("event-you") } else { shown_name(&person.name) }
    };
    match &event.what {
        EventKind::Joined => say(["event-joined", "event-joined-by-you"], &[]),
        EventKind::Left => say(["event-left", "event-left-by-you"], &[]),
        EventKind::Added { people } => {
            let shown: Vec<String> = people.iter().take(MOST_NAMED).map(named).collect();
            let (shown, more) = (shown.join(&texts.t("event-and")), people.len().saturating_sub(MOST_NAMED));
            let args = [("people", Arg::Text(&shown)), ("more", Arg::Number(more as u64))];
            say(["event-added", "event-added-by-you"], &args)
        }
        EventKind::Removed { person } => {
            say(["event-removed", "event-removed-by-you"], &[("person", Arg::Text(&named(person)))])
        }
        EventKind::Renamed { name } => say(["event-renamed", "event-renamed-by-you"], &[("group", Arg::Text(name))]),
        EventKind::NewOwner { person } if person.is_me => texts.t("event-owner-you"),
        EventKind::NewOwner { person } => texts.with("event-owner", &[("person", Arg::Text(&person.name))]),
    }
}
