//! Before an address is opened: where it really leads.

use carillon_ipc::{AddressView, ChatRequest, MainRequest, testid};
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::{
    components::{Button, ButtonKind},
    context::use_texts,
    hooks::focus,
};

#[derive(Properties, PartialEq)]
pub(super) struct VisitProps {
    pub(super) address: AddressView,
    pub(super) send: Callback<MainRequest>,
}

/// The harmless answer has the focus; Escape stays.
#[component]
pub(super) fn Visit(props: &VisitProps) -> Html {
    let texts = use_texts();
    let AddressView { host, address, is_open } = &props.address;
    let stay = use_node_ref();
    use_effect_with((), {
        let stay = stay.clone();
        move |()| focus(&stay)
    });
    let answer = |go: bool| props.send.reform(move |()| MainRequest::Chat(ChatRequest::Visit { go }));
    let onkeydown = {
        let stay = answer(false);
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                stay.emit(());
            }
        })
    };
    let title = texts.with("visit-title", &[("host", host.as_str().into())]);
    html! {
        <div class="veil">
            <section
                class="dialog"
                role="alertdialog"
                aria-modal="true"
                aria-label={title.clone()}
                aria-describedby="visit-address"
                data-testid={testid::VISIT}
                {onkeydown}
            >
                <h2 class="dialog-title">{ title }</h2>
                <p id="visit-address" class="visit-address" dir="ltr">{ address }</p>
                if *is_open {
                    <p class="quiet">{ texts.t("visit-open") }</p>
                }
                <footer class="dialog-buttons">
                    <Button node={stay} text={texts.t("visit-stay")} testid={testid::VISIT_STAY} on_press={answer(false)} />
                    <Button
                        kind={ButtonKind::Primary}
                        text={texts.t("visit-go")}
                        testid={testid::VISIT_GO}
                        on_press={answer(true)}
                    />
                </footer>
            </section>
        </div>
    }
}
