//! A link asks to call somebody: the user is asked first, because anybody can write a link.

use carillon_ipc::{Arg, LinkAnswer, MainRequest, PersonView, testid};
use carillon_protocol::CallKind;
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind, Dialog, Icon, PersonLine},
    context::use_texts,
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
    let cancel = send.reform(|()| MainRequest::Link(LinkAnswer::Cancel));
    let call = |kind: CallKind| {
        let user = person.user.clone();
        send.reform(move |()| MainRequest::Link(LinkAnswer::Call { user: user.clone(), kind }))
    };
    html! {
        <Dialog
            title={texts.with("link-call-ask", &[("name", Arg::Text(&person.name))])}
            is_alert=true
            first={harmless.clone()}
            testid={testid::LINK_CALL}
            on_cancel={cancel.clone()}
        >
            <div class="list-row"><PersonLine person={person.clone()} /></div>
            <p class="list-note">{ texts.t("link-call-about") }</p>
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
        </Dialog>
    }
}
