//! The latest calls, below the people.

use std::rc::Rc;

use carillon_ipc::{MainRequest, MainView, RecentView, testid};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::call_log as log;
use crate::{
    components::{Badge, IconView, Name},
    context::{use_now, use_texts},
    format,
};

/// How long missed calls stand on a window that has the focus until they count as seen.
const SEEN_MS: u32 = 3_000;

#[derive(Properties, PartialEq)]
pub(super) struct RecentListProps {
    pub(super) view: Rc<MainView>,
    pub(super) send: Callback<MainRequest>,
}

#[component]
pub(super) fn RecentList(props: &RecentListProps) -> Html {
    let texts = use_texts();
    let view = &props.view;
    use_seen(view.missed, props.send.clone());
    html! {
        <section class="list" aria-labelledby="recent-title">
            <h2 class="list-title" id="recent-title">
                { texts.t("recent") }
                <Badge count={view.missed} key_of_text="recent-missed-count" class="badge-missed" />
            </h2>
            if view.recent.is_empty() {
                <p class="list-note">{ texts.t("recent-empty") }</p>
            } else {
                <ul data-testid={testid::RECENT}>
                    for call in view.recent.iter() {
                        <RecentRow key={call.id.as_str()} call={call.clone()} send={props.send.clone()} />
                    }
                </ul>
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct RecentRowProps {
    call: RecentView,
    send: Callback<MainRequest>,
}

#[component]
fn RecentRow(props: &RecentRowProps) -> Html {
    let texts = use_texts();
    let now = use_now();
    let call = &props.call;
    let chat = call.chat();
    let onclick = props.send.reform(move |_: MouseEvent| MainRequest::Select { chat: Some(chat.clone()) });
    let name = match &call.group {
        Some(group) if !group.name.is_empty() => group.name.clone(),
        _ => call.with.name.clone(),
    };
    html! {
        <li>
            <button type="button" class={classes!("list-row", "recent-row", call.missed.then_some("is-missed"))} {onclick}>
                <IconView icon={log::icon(call)} name={texts.t(if call.missed { "call-missed" } else { log::direction_key(call) })} />
                <Name {name} />
                <span class="list-aside">{ format::ago(&texts, call.at_ms, now) }</span>
            </button>
        </li>
    }
}

/// Says that missed calls have been seen, once they have been on show for a moment.
#[hook]
fn use_seen(missed: u32, send: Callback<MainRequest>) {
    use_effect_with((missed, send), |(missed, send)| {
        let window = web_sys::window().filter(|_| *missed > 0);
        let has_focus = window
            .as_ref()
            .and_then(|window| window.document())
            .is_some_and(|document| document.has_focus() == Ok(true));
        let seen = send.reform(|()| MainRequest::SeenMissed);
        let timeout = has_focus.then(|| {
            let seen = seen.clone();
            Timeout::new(SEEN_MS, move || seen.emit(()))
        });
        let on_focus = window.map(|window| EventListener::once(&window, "focus", move |_| seen.emit(())));
        move || drop((timeout, on_focus))
    });
}
