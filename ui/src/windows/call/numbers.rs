//! How good the network is, and the numbers behind it.

use carillon_ipc::{CallRequest, NumberView, Quality, path_key, testid};
use yew::prelude::*;

use crate::{
    components::{Icon, IconButton, IconView},
    context::use_texts,
};

#[derive(Properties, PartialEq)]
pub(super) struct QualityChipProps {
    pub(super) quality: Quality,
    pub(super) send: Callback<CallRequest>,
}

/// Nothing while it is good. A click shows the numbers.
#[component]
pub(super) fn QualityChip(props: &QualityChipProps) -> Html {
    let texts = use_texts();
    let (key, icon, class) = match props.quality {
        Quality::Good => return html! { <span role="status" /> },
        Quality::Poor => ("call-poor-network", Icon::SignalFair, "chip-poor"),
        Quality::Bad => ("call-bad-network", Icon::SignalWeak, "chip-bad"),
    };
    let onclick = props.send.reform(|_: MouseEvent| CallRequest::ShowNumbers { on: true });
    html! {
        <span role="status">
            <button
                type="button"
                class={classes!("chip", "chip-button", class)}
                aria-describedby="quality-hint"
                data-testid={testid::CALL_QUALITY}
                {onclick}
            >
                <IconView {icon} />
                { texts.t(key) }
                <span id="quality-hint" class="for-screen-readers">{ texts.t("call-show-numbers") }</span>
            </button>
        </span>
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct NumbersProps {
    pub(super) numbers: Vec<NumberView>,
    pub(super) send: Callback<CallRequest>,
}

/// A table of what is measured, over the stage.
#[component]
pub(super) fn Numbers(props: &NumbersProps) -> Html {
    let texts = use_texts();
    let row = |number: &NumberView| {
        html! {
            <tr key={number.name.key()}>
                <th scope="row">{ texts.t(number.name.key()) }</th>
                <td>
                    if let Some(path) = number.path {
                        { texts.t(path_key(path)) }{ ", " }
                    }
                    { &number.value }
                </td>
            </tr>
        }
    };
    html! {
        <section class="numbers" aria-label={texts.t("call-numbers")} data-testid={testid::CALL_NUMBERS}>
            <header class="numbers-head">
                <h2 class="numbers-title">{ texts.t("call-numbers") }</h2>
                <IconButton
                    icon={Icon::Close}
                    label={texts.t("call-hide-numbers")}
                    key_hint="Esc"
                    on_press={props.send.reform(|()| CallRequest::ShowNumbers { on: false })}
                />
            </header>
            if props.numbers.is_empty() {
                <p class="quiet">{ texts.t("call-numbers-none") }</p>
            } else {
                <table><tbody>{ for props.numbers.iter().map(row) }</tbody></table>
            }
        </section>
    }
}
