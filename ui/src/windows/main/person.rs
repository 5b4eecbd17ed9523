//! One person: call them, and the calls there were.

use std::rc::Rc;

use carillon_ipc::{MainRequest, MainView, PersonView, RecentView, testid};
use carillon_protocol::{CallKind, Presence};
use yew::prelude::*;

use super::log;
use crate::{
    components::{Avatar, AvatarSize, Button, ButtonKind, EmptyState, Icon, IconView, Name, PresenceView},
    context::{Language, use_now, use_texts},
    format::{self, LocalTime, local_time},
};

#[derive(Properties, PartialEq)]
pub(super) struct PersonPageProps {
    pub(super) person: PersonView,
    pub(super) view: Rc<MainView>,
    pub(super) send: Callback<MainRequest>,
}

#[component]
pub(super) fn PersonPage(props: &PersonPageProps) -> Html {
    let texts = use_texts();
    let PersonPageProps { person, view, send } = props;
    let name = person.name.as_str();
    let calls: Vec<RecentView> = view.recent.iter().filter(|call| call.with.user == person.user).cloned().collect();
    html! {
        <article class="person" data-testid={testid::PERSON}>
            <header class="person-header">
                <Avatar user={person.user.clone()} name={person.name.clone()} size={AvatarSize::Medium} />
                <div class="person-who">
                    <h1 class="person-name"><Name name={person.name.clone()} /></h1>
                    <PresenceView presence={person.presence} />
                </div>
                <CallButton person={person.clone()} in_call={view.in_call} send={send.clone()} />
            </header>
            if person.presence == Presence::Offline {
                <p class="person-note">{ texts.with("person-offline-hint", &[("name", name.into())]) }</p>
            }
            if calls.is_empty() {
                <EmptyState
                    icon={Icon::Phone}
                    title={html! { { texts.with("person-no-calls", &[("name", name.into())]) } }}
                    hint={texts.hint("person-no-calls", &[]).map(|hint| html! { { hint } })}
                />
            } else {
                <Calls {calls} />
            }
        </article>
    }
}

#[derive(Properties, PartialEq)]
struct CallButtonProps {
    person: PersonView,
    in_call: bool,
    send: Callback<MainRequest>,
}

/// Calls; while there is a call, goes to it, since there can be no other.
#[component]
fn CallButton(props: &CallButtonProps) -> Html {
    let texts = use_texts();
    if props.in_call {
        return html! {
            <Button
                icon={Icon::Phone}
                text={texts.t("person-show-call")}
                testid={testid::SHOW_CALL}
                on_press={props.send.reform(|()| MainRequest::ShowCall)}
            />
        };
    }
    let user = props.person.user.clone();
    html! {
        <Button
            kind={ButtonKind::Primary}
            icon={Icon::Phone}
            text={texts.t("person-call")}
            label={texts.with("person-call-label", &[("name", props.person.name.as_str().into())])}
            testid={testid::CALL_VOICE}
            on_press={props.send.reform(move |()| MainRequest::Call { user: user.clone(), kind: CallKind::Voice })}
        />
    }
}

#[derive(Properties, PartialEq)]
struct CallsProps {
    calls: Vec<RecentView>,
}

#[component]
fn Calls(props: &CallsProps) -> Html {
    let texts = use_texts();
    let now = local_time(use_now());
    html! {
        <section class="calls" aria-label={texts.t("person-calls")} data-testid={testid::PERSON_CALLS}>
            for (day, calls) in by_day(&props.calls) {
                <>
                    <h2 class="calls-day">{ format::day(&texts, day, now) }</h2>
                    <ul class="calls-list">
                        { for calls.iter().map(|(at, call)| call_row(&texts, *at, call)) }
                    </ul>
                </>
            }
        </section>
    }
}

/// Newest first, as they come, cut where the day changes.
fn by_day(calls: &[RecentView]) -> Vec<(LocalTime, Vec<(LocalTime, &RecentView)>)> {
    let mut days: Vec<(LocalTime, Vec<(LocalTime, &RecentView)>)> = Vec::new();
    for call in calls {
        let at = local_time(call.at_ms);
        match days.last_mut() {
            Some((day, calls)) if day.day_number == at.day_number => calls.push((at, call)),
            _ => days.push((at, vec![(at, call)])),
        }
    }
    days
}

fn call_row(texts: &Language, at: LocalTime, call: &RecentView) -> Html {
    let class = classes!("calls-row", call.missed.then_some("is-missed"));
    html! {
        <li {class} key={call.id.as_str()}>
            <IconView icon={log::icon(call)} name={texts.t(log::direction_key(call))} />
            <span class="calls-what">{ texts.t(log::key(call)) }</span>
            if call.duration_ms > 0 {
                <span class="calls-duration">{ format::duration(texts, call.duration_ms) }</span>
            }
            <time class="calls-time">{ at.clock() }</time>
        </li>
    }
}
