//! The live call in one line over the conversation, wherever the call's own window is.

use carillon_ipc::{CallBarView, CallState, MainRequest, SwitchView, testid};
use carillon_protocol::CallKind;
use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Icon, IconButton, IconView, Name, Question},
    context::{Language, use_texts},
    format,
    hooks::use_passed,
};

/// How often the running time is looked at.
const TICK_MS: u32 = 250;
/// For how long clicks do nothing.
const DEAF_MS: u32 = 500;

#[derive(Properties, PartialEq)]
pub(super) struct CallBarProps {
    pub(super) call: Option<CallBarView>,
    pub(super) send: Callback<MainRequest>,
}

/// Nothing while there is no call.
#[component]
pub(super) fn CallBar(props: &CallBarProps) -> Html {
    match &props.call {
        Some(call) => html! { <Bar call={call.clone()} send={props.send.clone()} /> },
        None => Html::default(),
    }
}

#[derive(Properties, PartialEq)]
struct BarProps {
    call: CallBarView,
    send: Callback<MainRequest>,
}

#[component]
fn Bar(props: &BarProps) -> Html {
    let texts = use_texts();
    let hears = use_hears();
    let call = &props.call;
    let send = {
        let (send, hears) = (props.send.clone(), *hears);
        Callback::from(move |request| {
            if hears {
                send.emit(request);
            }
        })
    };
    let name = title(&texts, call);
    let muted = call.muted;
    let (icon, key) = if muted { (Icon::MicrophoneOff, "call-unmute") } else { (Icon::Microphone, "call-mute") };
    html! {
        <section class="call-bar" aria-label={texts.t("call-bar")} data-testid={testid::CALL_BAR}>
            <IconView icon={Icon::Phone} />
            <Name class="call-bar-name" {name} />
            <span class="call-bar-state"><State state={call.state.clone()} /></span>
            <IconButton
                class={classes!("tooltip-below", muted.then_some("control-off"))}
                {icon}
                label={texts.t(key)}
                pressed={muted}
                testid={testid::CALL_BAR_MUTE}
                on_press={send.reform(move |()| MainRequest::SetMuted { muted: !muted })}
            />
            <Button
                class="button-small"
                text={texts.t("call-bar-return")}
                testid={testid::SHOW_CALL}
                on_press={send.reform(|()| MainRequest::ShowCall)}
            />
            <Button
                kind={ButtonKind::Danger}
                class="button-small"
                icon={Icon::HangUp}
                text={texts.t(leave_key(call))}
                testid={testid::CALL_BAR_HANG_UP}
                on_press={send.reform(|()| MainRequest::HangUp)}
            />
        </section>
    }
}

/// The bar comes to where *Call* was a moment ago: the second half of a double click is not meant for it.
#[hook]
fn use_hears() -> UseStateHandle<bool> {
    let hears = use_state_eq(|| false);
    use_effect_with((), {
        let hears = hears.setter();
        move |()| {
            let timeout = Timeout::new(DEAF_MS, move || hears.set(true));
            move || drop(timeout)
        }
    });
    hears
}

fn title(texts: &Language, call: &CallBarView) -> String {
    if call.name.is_empty() { texts.t("call-group-title") } else { call.name.clone() }
}

/// What ends the call, or what it has come to so far.
const fn leave_key(call: &CallBarView) -> &'static str {
    match call.state {
        _ if call.group => "call-leave",
        CallState::Calling | CallState::RingingThere { .. } => "call-cancel",
        CallState::Idle
        | CallState::Connecting
        | CallState::Active { .. }
        | CallState::Reconnecting { .. }
        | CallState::Ended { .. } => "call-hang-up",
    }
}

#[derive(Properties, PartialEq)]
struct StateProps {
    state: CallState,
}

#[component]
fn State(props: &StateProps) -> Html {
    let texts = use_texts();
    let since = if let CallState::Active { for_ms } = props.state { for_ms } else { 0 };
    let passed = use_passed(since, TICK_MS);
    let said = match &props.state {
        CallState::Active { for_ms } => return html! { <time class="timer">{ format::timer(for_ms + passed) }</time> },
        CallState::Calling => texts.t("call-state-calling"),
        CallState::RingingThere { devices } => texts.with("call-state-ringing", &[("devices", (*devices).into())]),
        CallState::Connecting => texts.t("call-state-connecting"),
        CallState::Reconnecting { .. } => texts.t("link-reconnecting"),
        CallState::Idle | CallState::Ended { .. } => String::new(),
    };
    html! { { said } }
}

#[derive(Properties, PartialEq)]
pub(super) struct SwitchQuestionProps {
    pub(super) call: Option<CallBarView>,
    pub(super) switch: Option<SwitchView>,
    pub(super) send: Callback<MainRequest>,
}

/// Whether the call there is ends for the one that was asked for.
#[component]
pub(super) fn SwitchQuestion(props: &SwitchQuestionProps) -> Html {
    let texts = use_texts();
    let (Some(call), Some(switch)) = (&props.call, &props.switch) else { return Html::default() };
    let key = match switch.kind {
        CallKind::Voice => "switch-call-voice",
        CallKind::Video => "switch-call-video",
    };
    let from = title(&texts, call);
    let args = [("to", switch.to.as_str().into()), ("from", from.as_str().into())];
    html! {
        <Question
            title={texts.with(key, &args)}
            hint={Some(AttrValue::from(texts.with("switch-call-hint", &args)))}
            confirm={texts.t("switch-call-confirm")}
            cancel={texts.t("question-cancel")}
            confirm_testid={testid::SWITCH_CALL}
            cancel_testid={testid::SWITCH_CALL_CANCEL}
            on_confirm={props.send.reform(|()| MainRequest::Switch { go: true })}
            on_cancel={props.send.reform(|()| MainRequest::Switch { go: false })}
        />
    }
}
