//! A link asks to call somebody: the user is asked first, because anybody can write a link.

use carillon_ipc::{Arg, LinkAnswer, MainRequest, PersonView, testid};
use carillon_protocol::CallKind;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Icon, PersonLine},
    context::use_texts,
    hooks::focus,
};

#[derive(Properties, PartialEq)]
pub(super) struct LinkCallProps {
    pub(super) person: PersonView,
    pub(super) send: Callback<MainRequest>,
}

/// *Cancel* has the focus: an *Enter* that was meant for something else calls nobody.
#[component]
pub(super) fn LinkCall(props: &LinkCallProps) -> Html {
    let texts = use_texts();
    let LinkCallProps { person, send } = props;
    let harmless = use_node_ref();
    use_effect_with((), {
        let harmless = harmless.clone();
        move |()| focus(&harmless)
    });
    let cancel = send.reform(|()| MainRequest::Link(LinkAnswer::Cancel));
    let onkeydown = {
        let cancel = cancel.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                cancel.emit(());
            }
        })
    };
    let call = |kind: CallKind| {
        let user = person.user.clone();
        send.reform(move |()| MainRequest::Link(LinkAnswer::Call { user: user.clone(), kind }))
    };
    html! {
        <div class="veil">
            <section
                class="dialog"
                role="alertdialog"
                aria-modal="true"
                aria-labelledby="link-call-title"
                aria-describedby="link-call-about"
                data-testid={testid::LINK_CALL}
                {onkeydown}
            >
                <h2 class="dialog-title" id="link-call-title">
                    { texts.with("link-call-ask", &[("name", Arg::Text(&person.name))]) }
                </h2>
                <div class="list-row"><PersonLine person={person.clone()} /></div>
                <p class="list-note" id="link-call-about">{ texts.t("link-call-about") }</p>
                <footer class="dialog-buttons">
                    <Button
                        node={harmless}
                        text={texts.t("link-call-cancel")}
                        testid={testid::LINK_CALL_CANCEL}
                        on_press={cancel}
                    />
                    <Button
                        icon={Icon::Camera}
                        text={texts.t("person-video")}
                        testid={testid::LINK_CALL_VIDEO}
                        on_press={call(CallKind::Video)}
                    />
                    <Button
                        kind={ButtonKind::Primary}
                        icon={Icon::Phone}
                        text={texts.t("person-call")}
                        testid={testid::LINK_CALL_VOICE}
                        on_press={call(CallKind::Voice)}
                    />
                </footer>
            </section>
        </div>
    }
}
