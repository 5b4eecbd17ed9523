//! The bar of controls: microphone, speaker, and apart from them the red one that ends it.

use std::rc::Rc;

use carillon_ipc::{CallRequest, CallState, CallView, can_call_again, testid};
use carillon_protocol::HangupReason;
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, DeviceList, Icon, IconButton, IconView, Menu},
    context::use_texts,
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
    let muted = view.muted;
    let answered =
        matches!(view.state, CallState::Connecting | CallState::Active { .. } | CallState::Reconnecting { .. });
    html! {
        <div class="controls" role="toolbar" aria-label={texts.t("call-controls")}>
            <div class="control-split">
                <IconButton
                    class={classes!("control", muted.then_some("control-off"))}
                    icon={if muted { Icon::MicrophoneOff } else { Icon::Microphone }}
                    label={texts.t(if muted { "call-unmute" } else { "call-mute" })}
                    key_hint="M"
                    pressed={muted}
                    testid={testid::CALL_MUTE}
                    on_press={send.reform(move |()| CallRequest::SetMuted { muted: !muted })}
                />
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
            </div>
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
            <IconButton
                class="control control-leave"
                icon={Icon::HangUp}
                label={texts.t(if answered { "call-hang-up" } else { "call-cancel" })}
                key_hint="H"
                testid={testid::CALL_HANGUP}
                on_press={send.reform(|()| CallRequest::HangUp)}
            />
        </div>
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
                    kind={ButtonKind::Primary}
                    icon={Icon::Phone}
                    text={texts.t("call-again")}
                    testid={testid::CALL_AGAIN}
                    on_press={props.send.reform(|()| CallRequest::CallAgain)}
                />
            }
        </div>
    }
}
