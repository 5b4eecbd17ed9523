//! The other device has shown another key than before.

use carillon_ipc::{Arg, CallRequest, testid};
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Icon, IconView},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct KeyLineProps {
    pub(super) name: AttrValue,
    pub(super) send: Callback<CallRequest>,
}

/// The other device has shown another key than before: what that means, and what to do.
#[component]
pub(super) fn KeyLine(props: &KeyLineProps) -> Html {
    let texts = use_texts();
    let name = [("name", Arg::Text(&props.name))];
    html! {
        <div class="chat-note chat-note-key" role="status" data-testid={testid::KEY_CHANGED}>
            <IconView icon={Icon::Shield} />
            <div class="chat-note-text">
                <p class="notice-title">{ texts.with("key-changed", &name) }</p>
                <p>{ texts.hint("key-changed", &name) }</p>
            </div>
            <Button
                kind={ButtonKind::Plain}
                class="button-small"
                text={texts.t("key-seen")}
                testid={testid::KEY_SEEN}
                on_press={props.send.reform(|()| CallRequest::KeySeen)}
            />
        </div>
    }
}
