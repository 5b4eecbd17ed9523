//! Who called during a call, as a bar in the windows of that one: they heard that this user is in a call.

use carillon_ipc::{TriedAnswer, TriedView, testid};
use carillon_protocol::CallKind;
use yew::prelude::*;

use crate::{
    components::{Avatar, AvatarSize, Button, ButtonKind, Icon, Name},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct TriedBarProps {
    pub(super) tried: Option<TriedView>,
    pub(super) on_answer: Callback<TriedAnswer>,
}

/// Nothing while there is nobody. It lies over the page and moves nothing of it.
#[component]
pub(super) fn TriedBar(props: &TriedBarProps) -> Html {
    let texts = use_texts();
    html! {
        <div class="tried-area" role="status">
            if let Some(tried) = &props.tried {
                <div class="ring-bar tried-bar" data-testid={testid::TRIED}>
                    <Avatar
                        user={tried.user.clone()}
                        name={tried.name.clone()}
                        size={AvatarSize::Small}
                        picture={tried.picture.clone()}
                    />
                    <div class="ring-text">
                        <p class="ring-bar-name"><Name name={tried.name.clone()} /></p>
                        <p class="ring-kind">
                            { texts.t(if tried.kind == CallKind::Video { "tried-video" } else { "tried-voice" }) }
                        </p>
                    </div>
                    <Button
                        text={texts.t("tried-dismiss")}
                        testid={testid::TRIED_DISMISS}
                        on_press={props.on_answer.reform(|()| TriedAnswer::Dismiss)}
                    />
                    <Button
                        kind={ButtonKind::Danger}
                        icon={Icon::Phone}
                        text={texts.t("tried-call-back")}
                        testid={testid::TRIED_CALL_BACK}
                        on_press={props.on_answer.reform(|()| TriedAnswer::CallBack)}
                    />
                </div>
            }
        </div>
    }
}
