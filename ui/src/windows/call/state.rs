//! How far a call is, in words.

use carillon_ipc::{CallState, CallView, end_key, testid};
use carillon_protocol::HangupReason;
use yew::prelude::*;

use crate::{
    context::{Language, use_texts},
    format,
    hooks::use_passed,
};

/// How often running times are looked at.
const TICK_MS: u32 = 250;

/// For tests and style sheets.
pub(super) const fn word(state: &CallState) -> &'static str {
    match state {
        CallState::Idle => "idle",
        CallState::Calling => "calling",
        CallState::RingingThere { .. } => "ringing",
        CallState::Connecting => "connecting",
        CallState::Active { .. } => "active",
        CallState::Reconnecting { .. } => "reconnecting",
        CallState::Ended { .. } => "ended",
    }
}

/// What the moderator is called who has taken this user out of the group call, if one has.
pub(super) fn who_ended(view: &CallView) -> Option<String> {
    let CallState::Ended { reason: HangupReason::Removed { by: Some(by) }, .. } = &view.state else { return None };
    let leg = view.group.as_ref()?.legs.iter().find(|leg| leg.user == *by);
    Some(super::shown(by, leg.map_or("", |leg| leg.name.as_str())))
}

#[derive(Properties, PartialEq)]
pub(super) struct StateLineProps {
    pub(super) state: CallState,
    pub(super) name: AttrValue,
    /// Whether the name is a group's: then what it means for a person is not said.
    #[prop_or_default]
    pub(super) group: bool,
}

/// The line under the name. It is said once for each state, not once a second.
#[component]
pub(super) fn StateLine(props: &StateLineProps) -> Html {
    let texts = use_texts();
    let (said, hint) = words(&texts, &props.state, props.group, &props.name);
    let shown = match &props.state {
        CallState::Active { for_ms } => html! { <Timer for_ms={*for_ms} /> },
        CallState::Reconnecting { left_ms } => html! { <Countdown left_ms={*left_ms} /> },
        CallState::Ended { talked_ms, .. } if *talked_ms > 0 => {
            let time = format::timer(*talked_ms);
            html! { { texts.with("call-ended-after", &[("reason", said.as_str().into()), ("time", time.as_str().into())]) } }
        }
        CallState::Idle
        | CallState::Calling
        | CallState::RingingThere { .. }
        | CallState::Connecting
        | CallState::Ended { .. } => html! { { said.clone() } },
    };
    html! {
        <div class={classes!("call-state", format!("call-state-{}", word(&props.state)))}>
            <p class="for-screen-readers" aria-live="polite">{ said }</p>
            <p class="call-state-line" aria-hidden="true" data-testid={testid::CALL_STATE}>{ shown }</p>
            if let Some(hint) = hint.filter(|_| !props.group) {
                <p class="call-state-hint">{ hint }</p>
            }
        </div>
    }
}

/// What is so, and what it means where that helps.
fn words(texts: &Language, state: &CallState, in_group: bool, name: &str) -> (String, Option<String>) {
    let said = match state {
        CallState::Idle => texts.t("call-state-idle"),
        CallState::Calling => texts.t("call-state-calling"),
        CallState::RingingThere { devices } => texts.with("call-state-ringing", &[("devices", (*devices).into())]),
        CallState::Connecting => texts.t("call-state-connecting"),
        CallState::Active { .. } => texts.t("call-state-active"),
        CallState::Reconnecting { left_ms } => reconnecting(texts, *left_ms),
        CallState::Ended { reason, .. } => {
            let hint = texts.hint(end_key(reason, in_group), &[("name", name.into())]);
            return (texts.call_end(reason, in_group, name), hint);
        }
    };
    (said, None)
}

fn reconnecting(texts: &Language, left_ms: u64) -> String {
    texts.with("call-state-reconnecting", &[("seconds", left_ms.div_ceil(1000).into())])
}

#[derive(Properties, PartialEq)]
struct TimerProps {
    for_ms: u64,
}

#[component]
fn Timer(props: &TimerProps) -> Html {
    let passed = use_passed(props.for_ms, TICK_MS);
    html! { <time class="timer">{ format::timer(props.for_ms + passed) }</time> }
}

#[derive(Properties, PartialEq)]
struct CountdownProps {
    left_ms: u64,
}

#[component]
fn Countdown(props: &CountdownProps) -> Html {
    let texts = use_texts();
    let passed = use_passed(props.left_ms, TICK_MS);
    html! { <span class="timer">{ reconnecting(&texts, props.left_ms.saturating_sub(passed)) }</span> }
}
