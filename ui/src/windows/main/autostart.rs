//! The offer to start when the user logs in: made once, where no conversation is in the way.

use carillon_ipc::{MainRequest, testid};
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct AutostartOfferProps {
    pub(super) send: Callback<MainRequest>,
}

/// What it is good for, and both answers.
#[component]
pub(super) fn AutostartOffer(props: &AutostartOfferProps) -> Html {
    let texts = use_texts();
    let answer = |on| props.send.reform(move |()| MainRequest::SetAutostart { on });
    html! {
        <section class="autostart-offer" aria-label={texts.t("autostart-offer")}>
            <p class="autostart-title">{ texts.t("autostart-offer") }</p>
            if let Some(hint) = texts.hint("autostart-offer", &[]) {
                <p class="autostart-hint">{ hint }</p>
            }
            <div class="autostart-answers">
                <Button
                    kind={ButtonKind::Plain}
                    text={texts.t("autostart-decline")}
                    testid={testid::AUTOSTART_DECLINE}
                    on_press={answer(false)}
                />
                <Button
                    kind={ButtonKind::Primary}
                    text={texts.t("autostart-accept")}
                    testid={testid::AUTOSTART_ACCEPT}
                    on_press={answer(true)}
                />
            </div>
        </section>
    }
}
