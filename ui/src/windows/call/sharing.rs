//! While this device's screen is shared, nobody who looks at the window can miss it.

use carillon_ipc::{CallRequest, testid};
use yew::prelude::*;

use crate::{
    components::{Button, Icon, IconView},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct SharingProps {
    /// What is shared, in the system's words.
    pub(super) what: AttrValue,
    pub(super) send: Callback<CallRequest>,
}

#[component]
pub(super) fn Sharing(props: &SharingProps) -> Html {
    let texts = use_texts();
    html! {
        <>
            <div class="sharing-frame" aria-hidden="true" />
            <div class="sharing" data-testid={testid::CALL_SHARING}>
                <IconView icon={Icon::Screen} />
                <p class="sharing-text">
                    <span class="sharing-title">{ texts.t("call-sharing") }</span>
                    <bdi class="sharing-what name">{ &props.what }</bdi>
                </p>
                <Button
                    class="sharing-stop"
                    text={texts.t("call-stop")}
                    label={texts.t("call-stop-sharing")}
                    key_hint="S"
                    testid={testid::CALL_STOP_SHARING}
                    on_press={props.send.reform(|()| CallRequest::StopSharing)}
                />
            </div>
        </>
    }
}
