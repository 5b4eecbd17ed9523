//! What is written instead of answering a ring.

use carillon_ipc::{Reply, testid};
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Icon, IconButton},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct RepliesProps {
    pub(super) on_reply: Callback<Reply>,
    /// The ring is to be answered after all, or not yet.
    pub(super) on_back: Callback<()>,
}

/// Three texts, and one's own. Any of them declines.
#[component]
pub(super) fn Replies(props: &RepliesProps) -> Html {
    let texts = use_texts();
    html! {
        <div class="ring-replies" role="group" aria-label={texts.t("ring-message")}>
            for reply in Reply::ALL {
                <Button
                    key={reply.key()}
                    kind={if reply == Reply::Own { ButtonKind::Link } else { ButtonKind::Plain }}
                    class="button-small"
                    text={texts.t(reply.key())}
                    testid={testid::reply(reply)}
                    on_press={props.on_reply.reform(move |()| reply)}
                />
            }
            <IconButton
                icon={Icon::ChevronLeft}
                class="tooltip-left"
                label={texts.t("ring-message-back")}
                testid={testid::RING_MESSAGE_BACK}
                on_press={props.on_back.clone()}
            />
        </div>
    }
}
