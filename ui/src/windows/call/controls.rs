//! The pill of controls: microphone, speaker, camera, screen, more, and apart from them the red one that ends it.

use std::rc::Rc;

use carillon_ipc::{CallRequest, CallState, CallView, GroupCallView, PicturesView, can_call_again, testid};
use carillon_protocol::HangupReason;
use yew::prelude::*;

use super::more::More;
use crate::{
    components::{Button, ButtonKind, DeviceList, Icon, IconButton, IconView, Menu},
    context::{Language, use_texts},
    hooks::focus,
};

#[derive(Properties, PartialEq)]
pub(super) struct ControlsProps {
    pub(super) view: Rc<CallView>,
    pub(super) send: Callback<CallRequest>,
}

#[component]
pub(super) fn Controls(props: &ControlsProps) -> Html {
    let texts = use_texts();
    let ControlsProps { view, send } = props;
    html! {
        <div class="controls" role="toolbar" aria-label={texts.t("call-controls")}>
            { labelled(texts.t("call-label-microphone"), microphone(&texts, view, send)) }
            { labelled(texts.t("call-label-speaker"), speaker(&texts, view, send)) }
            if let Some(pictures) = &view.pictures {
                { labelled(texts.t("call-label-camera"), camera(&texts, pictures, send)) }
                { labelled(texts.t("call-label-share"), share(&texts, pictures, send)) }
            }
            if let Some(group) = &view.group {
                { labelled(texts.t("call-label-hand"), hand(&texts, group, send)) }
                { labelled(texts.t("call-label-people"), people(&texts, group, send)) }
                { labelled(texts.t("call-label-layout"), spotlight(&texts, group, send)) }
            }
            if let Some(pictures) = &view.pictures {
                { labelled(texts.t("call-label-more"), html! { <More pictures={pictures.clone()} send={send.clone()} /> }) }
            }
            <span class="control-last">{ labelled(leave_label(&texts, view), leave(&texts, view, send)) }</span>
        </div>
    }
}

/// A control with a word under it, where there is room. Screen readers hear the control's own name.
fn labelled(label: String, control: Html) -> Html {
    html! {
        <div class="control-labelled">
            <div class="control-split">{ control }</div>
            <span class="control-label" aria-hidden="true">{ label }</span>
        </div>
    }
}

pub(super) fn mute_button(texts: &Language, view: &CallView, send: &Callback<CallRequest>) -> Html {
    let muted = view.muted;
    html! {
        <IconButton
            class={classes!("control", muted.then_some("control-off"))}
            icon={if muted { Icon::MicrophoneOff } else { Icon::Microphone }}
            label={texts.t(if muted { "call-unmute" } else { "call-mute" })}
            key_hint="M"
            pressed={muted}
            testid={testid::CALL_MUTE}
            on_press={send.reform(move |()| CallRequest::SetMuted { muted: !muted })}
        />
    }
}

fn microphone(texts: &Language, view: &CallView, send: &Callback<CallRequest>) -> Html {
    html! {
        <>
            { mute_button(texts, view, send) }
            <Menu
                class="control-menu"
                button={html! { <IconView icon={Icon::ChevronDown} /> }}
                label={texts.t("call-microphones")}
                testid={testid::CALL_MICROPHONES}
            >
                <DeviceList
                    title={texts.t("microphone")}
                    choice={view.microphones.clone()}
                    on_choose={send.reform(|id| CallRequest::SetMicrophone { id })}
                    footer={live_meter(&texts.t("level"), "meter-microphone")}
                />
            </Menu>
        </>
    }
}

fn speaker(texts: &Language, view: &CallView, send: &Callback<CallRequest>) -> Html {
    html! {
        <Menu
            class="control-menu control-wide"
            button={html! { <><IconView icon={Icon::Speaker} /><IconView icon={Icon::ChevronDown} /></> }}
            label={texts.t("call-speakers")}
            testid={testid::CALL_SPEAKERS}
        >
            <DeviceList
                title={texts.t("speaker")}
                choice={view.speakers.clone()}
                on_choose={send.reform(|id| CallRequest::SetSpeaker { id })}
                footer={live_meter(&texts.t("level"), "meter-speaker")}
            />
        </Menu>
    }
}

fn camera(texts: &Language, pictures: &PicturesView, send: &Callback<CallRequest>) -> Html {
    let on = pictures.camera.is_on;
    html! {
        <>
            <IconButton
                class={classes!("control", on.then_some("control-on"))}
                icon={if on { Icon::Camera } else { Icon::CameraOff }}
                label={texts.t(if on { "call-camera-turn-off" } else { "call-camera-turn-on" })}
                key_hint="V"
                pressed={on}
                testid={testid::CALL_CAMERA}
                on_press={send.reform(move |()| CallRequest::SetCamera { on: !on })}
            />
            <Menu
                class="control-menu"
                button={html! { <IconView icon={Icon::ChevronDown} /> }}
                label={texts.t("call-cameras")}
                testid={testid::CALL_CAMERAS}
            >
                <DeviceList
                    title={texts.t("camera")}
                    choice={pictures.camera.cameras.clone()}
                    on_choose={send.reform(|id| CallRequest::ChooseCamera { id })}
                />
            </Menu>
        </>
    }
}

fn share(texts: &Language, pictures: &PicturesView, send: &Callback<CallRequest>) -> Html {
    let on = pictures.sharing.is_some();
    html! {
        <IconButton
            class={classes!("control", on.then_some("control-on"))}
            icon={if on { Icon::ScreenOff } else { Icon::Screen }}
            label={texts.t(if on { "call-stop-sharing" } else { "call-share" })}
            key_hint="S"
            pressed={on}
            testid={testid::CALL_SHARE}
            on_press={send.reform(move |()| if on { CallRequest::StopSharing } else { CallRequest::PickScreen { on: true } })}
        />
    }
}

fn hand(texts: &Language, group: &GroupCallView, send: &Callback<CallRequest>) -> Html {
    let is_up = group.has_raised_hand();
    html! {
        <IconButton
            class={classes!("control", is_up.then_some("control-on"))}
            icon={Icon::Hand}
            label={texts.t(if is_up { "call-lower-hand" } else { "call-raise-hand" })}
            key_hint="R"
            pressed={is_up}
            testid={testid::CALL_HAND}
            on_press={send.reform(move |()| CallRequest::SetHand { raised: !is_up })}
        />
    }
}

fn people(texts: &Language, group: &GroupCallView, send: &Callback<CallRequest>) -> Html {
    let on = group.shows_people;
    html! {
        <IconButton
            class={classes!("control", on.then_some("control-on"))}
            icon={Icon::People}
            label={texts.t(if on { "call-people-hide" } else { "call-people" })}
            key_hint="P"
            pressed={on}
            testid={testid::CALL_PEOPLE}
            on_press={send.reform(move |()| CallRequest::ShowPeople { on: !on })}
        />
    }
}

/// Shows what a press leads to.
fn spotlight(texts: &Language, group: &GroupCallView, send: &Callback<CallRequest>) -> Html {
    let on = group.is_spotlight;
    html! {
        <IconButton
            class="control"
            icon={if on { Icon::Grid } else { Icon::Spotlight }}
            label={texts.t(if on { "call-grid" } else { "call-spotlight" })}
            key_hint="G"
            pressed={on}
            testid={testid::CALL_SPOTLIGHT}
            on_press={send.reform(move |()| CallRequest::SetSpotlight { on: !on })}
        />
    }
}

/// What ends the call, or what it has come to so far.
fn leave_label(texts: &Language, view: &CallView) -> String {
    if view.group.is_some() {
        return texts.t("call-leave");
    }
    let answered =
        matches!(view.state, CallState::Connecting | CallState::Active { .. } | CallState::Reconnecting { .. });
    texts.t(if answered { "call-hang-up" } else { "call-cancel" })
}

pub(super) fn leave(texts: &Language, view: &CallView, send: &Callback<CallRequest>) -> Html {
    html! {
        <IconButton
            class="control control-leave"
            icon={Icon::HangUp}
            label={leave_label(texts, view)}
            key_hint="H"
            testid={testid::CALL_HANGUP}
            on_press={send.reform(|()| CallRequest::HangUp)}
        />
    }
}

/// A meter that follows the page's CSS variables. It says nothing to screen readers, which cannot follow it.
fn live_meter(label: &str, class: &'static str) -> Html {
    html! {
        <div class="menu-footer" aria-hidden="true">
            <span>{ label.to_owned() }</span>
            <span class={classes!("meter", class)}><span class="meter-bar" /></span>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct EndControlsProps {
    pub(super) reason: HangupReason,
    pub(super) send: Callback<CallRequest>,
}

#[component]
pub(super) fn EndControls(props: &EndControlsProps) -> Html {
    let texts = use_texts();
    let close = use_node_ref();
    use_effect_with((), {
        let close = close.clone();
        move |()| focus(&close)
    });
    html! {
        <div class="end-controls">
            <Button
                text={texts.t("call-close")}
                node={close}
                testid={testid::CALL_CLOSE}
                on_press={props.send.reform(|()| CallRequest::Close)}
            />
            if can_call_again(&props.reason) {
                <Button
                    text={texts.t("call-message")}
                    testid={testid::CALL_MESSAGE}
                    on_press={props.send.reform(|()| CallRequest::Message)}
                />
                <Button
                    kind={ButtonKind::Primary}
                    icon={Icon::Phone}
                    text={texts.t("call-again")}
                    testid={testid::CALL_AGAIN}
                    on_press={props.send.reform(|()| CallRequest::CallAgain)}
                    on_focus={props.send.reform(|()| CallRequest::Stay)}
                />
            }
        </div>
    }
}
